//! What could not be used: where, why, what to do. And whether an opened report shows its own verdict.

use std::fmt::Write;

use super::parts::{button, copy_button, marked, several, side_name};
use crate::ingest::Role;
use crate::report::html::Verification;
use crate::report::html::escape::{Name, Text};
use crate::session::action::Action;
use crate::session::failure::Failure;
use crate::session::opened::Bringer;
use crate::session::state::{Card, State};

/// Every card.
pub(super) fn cards(state: &State) -> String {
    let mut out = String::new();
    for role in [Role::Baseline, Role::Run] {
        out += &side(state, role);
    }
    if let Some((thresholds, error)) = &state.refused {
        let failure = Failure::Matching { thresholds: thresholds.clone(), error: error.clone() };
        let default = Action::Profile("default".into());
        out += &card("not-matched", "", &failure, &button("", &default, "Use the default thresholds"), None);
    }
    for shown in state.cards.iter().filter(|card| !is_unused(state, card)) {
        out += &dismissible(shown);
    }
    out
}

/// A card that can be put away.
fn dismissible(shown: &Card) -> String {
    let dismiss = button("quiet small", &Action::Dismiss(shown.id), "Dismiss");
    card(&format!("card-{}", shown.id), "", &shown.failure, "", Some(dismiss))
}

/// Whether a card is about a file that came along with those of the report that is shown.
fn is_unused(state: &State, card: &Card) -> bool {
    card.extra && state.comparison.is_some()
}

/// Below the verdict: files of the same gesture that are not used, in one line.
pub(super) fn unused(state: &State) -> String {
    let unused: Vec<&Card> = state.cards.iter().filter(|card| is_unused(state, card)).collect();
    if unused.is_empty() {
        return String::new();
    }
    let files = if unused.len() == 1 { "1 file".to_owned() } else { format!("{} files", unused.len()) };
    let names: Vec<&str> = unused.iter().map(|card| card.failure.file()).collect();
    let cards: String = unused.into_iter().map(dismissible).collect();
    format!(
        "<details class=\"unused\"><summary>{files} not used <span class=\"muted\">{}</span></summary><div \
         class=\"cards\">{cards}</div></details>",
        Name(&names.join(", "))
    )
}

/// One card: place, problem, excerpt, next step, and what can be done.
fn card(id: &str, side: &str, failure: &Failure, before: &str, after: Option<String>) -> String {
    let (class, role, sign) =
        if failure.is_note() { ("card-error card-note", "status", "ⓘ") } else { ("card-error", "alert", "✕") };
    let mut out = format!("<div class=\"{class}\" role=\"{role}\" id=\"{id}\">");
    if !side.is_empty() {
        out += &format!("<p class=\"card-side\">{side}</p>");
    }
    let place = failure.place();
    let place = if place.is_empty() { place } else { format!(" <code class=\"place\">{}</code>", Name(&place)) };
    // Writing to a `String` cannot fail.
    let _ = write!(
        out,
        "<h2><span aria-hidden=\"true\">{sign} </span>{}{place}</h2><p>{}</p>",
        Text(failure.title()),
        marked(&failure.what())
    );
    if let Some(excerpt) = failure.excerpt() {
        out += &format!(
            "<pre class=\"excerpt\" tabindex=\"0\" aria-label=\"The offending text\">{}</pre>",
            Text(&excerpt)
        );
    }
    if let Some(next) = failure.next_step() {
        out += &format!("<p class=\"next\">{}</p>", marked(&next));
    }
    let copy = copy_button(&failure.diagnostic(), "Copy details");
    out + &format!("<div class=\"card-acts\">{before}{copy}{}</div></div>", after.unwrap_or_default())
}

/// Why the files of a side are no run, with the choices there are.
fn side(state: &State, role: Role) -> String {
    let Some(Err(error)) = state.side(role).map(|side| side.run()) else { return String::new() };
    let files = several(state.side(role));
    let mut choices = String::new();
    if !files.is_empty() {
        choices += &button("", &Action::Merge(role), "Merge as parts of one run");
        choices += &button("", &Action::Repeats(role), "Take as repeats of the same test");
        if files.len() == 2 {
            choices += &button("", &Action::Split(role), "Compare them with each other");
        }
        for (index, file) in files.iter().enumerate() {
            choices += &button("", &Action::Keep(role, index), &format!("Keep only {file}"));
        }
    }
    let clear = button("quiet small", &Action::Clear(role), "Remove these files");
    let id = format!("card-{}", crate::session::action::role_word(role));
    card(&id, side_name(role), &Failure::Results(error.clone()), &choices, Some(clear))
}

/// Above the verdict: whether the verdict of an opened report is the one it shows, and whether it still is.
pub(super) fn checked(state: &State) -> String {
    let Some(Bringer::Report { file, made_at, verified }) = state.opened().map(|opened| &opened.by) else {
        return String::new();
    };
    if state.comparison.is_none() {
        return String::new();
    }
    let (sign, tone) = match verified {
        Verification::Verified => ("✓", "improved"),
        Verification::OtherVersion { .. } => ("✓", "pass"),
        _ => ("✕", "critical"),
    };
    let (first, more) = verified.differences();
    let mut listed = String::new();
    if first.len() > 1 {
        let items: String = first.iter().map(|line| format!("<li>{}</li>", Text(line))).collect();
        let more = if more > 0 { format!("<li>and {more} more</li>") } else { String::new() };
        listed = format!("<details><summary>What differs</summary><ul>{items}{more}</ul></details>");
    }
    let changed = state.changed_since().map(|what| format!("<p><b>{what}</b></p>")).unwrap_or_default();
    format!(
        "<section class=\"checked tone-{tone}\" role=\"status\" aria-label=\"Check of the report\"><h2><span \
         aria-hidden=\"true\">{sign} </span>{}</h2><p>{}</p><p class=\"muted\"><span class=\"mono wrap\">{}</span>, made \
         {}</p>{changed}{listed}</section>",
        Text(verified.title()),
        Text(&verified.sentence()),
        Name(file),
        Text(&made_at.replace('T', " "))
    )
}
