//! The comparisons that are kept on this device, and the way back to the one that was put away.

use super::parts::{button, named_button};
use crate::report::html::escape::{Name, Text};
use crate::run::time;
use crate::session::action::Action;
use crate::session::state::State;
use crate::session::state::keep::Recent;

/// *Undo*, after a comparison was put away.
pub(super) fn undo(state: &State) -> String {
    if state.keeping.undo.is_none() || state.baseline.is_some() || state.run.is_some() {
        return String::new();
    }
    format!(
        "<p class=\"undo\" role=\"status\">The comparison is put away. {}</p>",
        button("small", &Action::Undo, "Undo")
    )
}

/// The list; nothing where nothing is kept.
pub(super) fn recents(state: &State) -> String {
    let recents = &state.keeping.recents;
    if recents.is_empty() {
        return String::new();
    }
    let rows: String = recents.iter().map(|recent| row(recent, state.keeping.now_ms)).collect();
    format!(
        "<section class=\"recents\" aria-labelledby=\"recents-title\"><h2 id=\"recents-title\">Recent comparisons <span \
         class=\"sub\">Kept on this device alone.</span>{}</h2><ul>{rows}</ul></section>",
        button("quiet small", &Action::Forget(None), "Forget all")
    )
}

fn row(recent: &Recent, now_ms: i64) -> String {
    let Recent { id, at_ms, word, tone, labels: (baseline, run) } = recent;
    let forget = Action::Forget(Some(id.clone()));
    format!(
        "<li id=\"kept-{id}\"><button type=\"button\" class=\"recent\" data-do=\"{}\"><b class=\"recent-word \
         tone-{}\">{}</b> <span class=\"recent-labels\">{} <span aria-hidden=\"true\">→</span><span class=\"hidden\"> and \
         </span> {}</span> <span class=\"muted n\" title=\"{}\">{}</span></button>{}</li>",
        Action::OpenKept(id.clone()),
        Text(tone),
        Text(word),
        Name(baseline),
        Name(run),
        time::format_rfc3339(*at_ms),
        ago(now_ms.saturating_sub(*at_ms)),
        named_button("quiet small", &forget, "✕", &format!("Forget {baseline} and {run}"))
    )
}

/// How long ago something was, in words.
fn ago(ms: i64) -> String {
    let counted = |n: i64, unit: &str| format!("{n} {unit}{} ago", if n == 1 { "" } else { "s" });
    match ms / 60_000 {
        ..1 => "just now".to_owned(),
        minutes @ 1..60 => counted(minutes, "minute"),
        minutes @ 60..1440 => counted(minutes / 60, "hour"),
        minutes => counted(minutes / 1440, "day"),
    }
}

#[cfg(test)]
mod tests {
    use super::ago;

    #[test]
    fn moments_in_words() {
        let says = [0, -5, 60_000, 59 * 60_000, 3_600_000, 25 * 3_600_000, 9 * 86_400_000].map(ago);
        assert_eq!(
            says,
            ["just now", "just now", "1 minute ago", "59 minutes ago", "1 hour ago", "1 day ago", "9 days ago"]
        );
    }
}
