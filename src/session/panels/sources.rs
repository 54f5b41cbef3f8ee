//! A link to files: where they are, and how far each has come.

use super::parts::{button, marked};
use crate::ingest::Role;
use crate::link::refusal::{self, Refusal};
use crate::link::sources::{Source, Sources, host_of};
use crate::number;
use crate::report::html::escape::{Name, Text};
use crate::session::action::Action;
use crate::session::sources::listed;
use crate::session::state::State;
use crate::session::state::sources::{As, Fetching, Phase, Stage};

/// The panel of a link to files.
pub(super) fn sources(state: &State) -> String {
    match &state.fetching {
        None => String::new(),
        Some(Fetching::Wrong(why)) => format!(
            "<div class=\"card-error\" role=\"alert\"><h2><span aria-hidden=\"true\">✕ </span>This link to files cannot \
             be read</h2><p>{}</p><div class=\"card-acts\">{}</div></div>",
            marked(why),
            button("quiet small", &Action::FetchCancel, "Dismiss")
        ),
        Some(Fetching::Files { sources, stages, phase }) => files(state, sources, stages, *phase),
    }
}

fn files(state: &State, sources: &Sources, stages: &[Stage], phase: Phase) -> String {
    let count = stages.len();
    let files = if count == 1 { "1 file".to_owned() } else { format!("{count} files") };
    let hosts: Vec<&str> = sources.origins().into_iter().map(host_of).collect();
    let own = state.page_address();
    let mut refused: Vec<String> = Vec::new();
    for file in sources.files().filter(|file| !file.address.may_be_fetched(own.as_ref(), &state.allowed)) {
        let origin = file.address.origin();
        if !refused.iter().any(|known| known == origin) {
            refused.push(origin.to_owned());
        }
    }
    let notice = if phase == Phase::Asking && !refused.is_empty() {
        let refusal = Refusal::NotAllowed { origins: refused.clone() };
        format!("<p class=\"sources-notice\"><b>{}</b> {}</p>", Text(&refusal.what(0)), marked(&refusal.next_step()))
    } else {
        String::new()
    };
    let rows: String = listed(sources)
        .zip(stages)
        .map(|((source, given), stage)| {
            let may = !refused.iter().any(|origin| origin == source.address.origin());
            row(source, given, stage, may, state.now_ms)
        })
        .collect();
    let says = match phase {
        Phase::Asking => "Nothing has been fetched yet.".to_owned(),
        Phase::Fetching => {
            let done = stages.iter().filter(|s| matches!(s, Stage::Here { .. } | Stage::Refused(_))).count();
            format!("Fetching {} of {files}.", (done + 1).min(count))
        }
        Phase::Failed => "Not every file could be used, so nothing was compared.".to_owned(),
    };
    let start = match phase {
        _ if !refused.is_empty() => String::new(),
        Phase::Asking => button("primary", &Action::Fetch, &format!("Fetch {files}")),
        Phase::Failed => button("primary", &Action::Fetch, "Fetch again"),
        Phase::Fetching => String::new(),
    };
    let along =
        if start.is_empty() { "" } else { "<span class=\"muted\">No cookies and no passwords are sent along.</span>" };
    format!(
        "<section class=\"panel sources\" aria-labelledby=\"sources-title\"><h2 id=\"sources-title\">This link compares \
         files from <b class=\"wrap\">{}</b></h2><p role=\"status\">{says}</p>{notice}<ul>{rows}</ul><div \
         class=\"acts\">{start}{}{along}</div></section>",
        Name(&refusal::listed(&hosts)),
        button("", &Action::FetchCancel, "Cancel")
    )
}

/// One file: what it is, where it is, how far it has come.
fn row(source: &Source, given: As, stage: &Stage, may: bool, now_ms: i64) -> String {
    let what = match given {
        As::Side(Role::Baseline) => "Baseline",
        As::Side(Role::Run) => "Run",
        As::Thresholds => "Thresholds",
    };
    let full = source.address.to_string();
    let origin = source.address.origin();
    let path = full.strip_prefix(origin).unwrap_or_default();
    let size = match stage {
        Stage::Waiting => String::new(),
        Stage::Coming { bytes, of: Some(of) } => format!("{} of {}", number::bytes(*bytes), number::bytes(*of)),
        Stage::Coming { bytes, of: None } => format!("{} …", number::bytes(*bytes)),
        Stage::Here { bytes } => format!("✓ {}", number::bytes(*bytes)),
        Stage::Refused(_) => "✕".to_owned(),
    };
    let why = match stage {
        Stage::Refused(refusal) => {
            let text = format!("{} {}", refusal.what(now_ms), refusal.next_step());
            format!("<p class=\"sources-refused\" role=\"alert\">{}</p>", marked(&text))
        }
        _ => String::new(),
    };
    let open = if !why.is_empty() || !may {
        let href = Text(&full);
        let label = if may { "Open the file in a tab" } else { "Download the file" };
        format!("<p><a href=\"{href}\" target=\"_blank\" rel=\"noopener noreferrer\" download>{label}</a></p>")
    } else {
        String::new()
    };
    format!(
        "<li><span class=\"muted\">{what}</span><b class=\"wrap\">{}</b><span class=\"n \
         sources-size\">{size}</span><code class=\"wrap\"><b>{}</b>{}</code>{why}{open}</li>",
        Name(&source.name()),
        Text(origin),
        Text(path)
    )
}
