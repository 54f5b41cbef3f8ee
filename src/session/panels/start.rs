//! The start page: two slots, the sample, the promise, what can be dropped. index.html holds it as it is before anything
//! happened, so that it can be read and used before any program has arrived.

use super::parts::{button, dot, file_input, named_button, side_name};
use super::{bar, formats, recent};
use crate::ingest::Role;
use crate::link::refusal::listed;
use crate::link::sources::host_of;
use crate::number;
use crate::report::html::escape::{Name, Text};
use crate::report::html::sections;
use crate::report::view;
use crate::session::action::{Action, role_word};
use crate::session::state::State;

/// Maximum endpoints of a single run that are listed until all are asked for.
const ROWS: usize = 200;

/// The parts of the page before anything happened, by id: what index.html holds.
#[must_use]
pub fn start_page() -> [(&'static str, String); 3] {
    let state = State::new();
    [("bar", bar::bar(&state)), ("start", start(&state)), ("foot", foot(&state))]
}

/// Fields for the addresses of files, or for a link; and which hosts this page may fetch files from.
fn from_url(state: &State) -> String {
    let hosts: Vec<&str> = state.allowed.iter().map(|origin| host_of(origin)).collect();
    let may = if hosts.is_empty() {
        "This page may fetch files from no other host: download them and drop them here. A link of loaddiff opens."
            .to_owned()
    } else {
        format!("This page may fetch files from {} and from no other host.", listed(&hosts))
    };
    format!(
        "<details class=\"from-url\"><summary>From URL</summary><p class=\"muted\" id=\"from-about\">{}</p><div>\
         <label>Baseline <input type=\"url\" id=\"from-baseline\" placeholder=\"https://… file, or a link of loaddiff\" \
         data-from aria-describedby=\"from-about\" spellcheck=\"false\"></label><label>Run <input type=\"url\" \
         id=\"from-run\" placeholder=\"https://… file\" data-from aria-describedby=\"from-about\" \
         spellcheck=\"false\"></label><button type=\"button\" data-page=\"from-url\">Open</button></div></details>",
        Text(&may)
    )
}

/// The start page, until there is a report.
pub(super) fn start(state: &State) -> String {
    if state.comparison.is_some() {
        return String::new();
    }
    if state.embedded {
        return "<h1 class=\"embed-waiting\">No report yet. It comes with the address, or from the page around.</h1>"
            .to_owned();
    }
    format!(
        "<div class=\"start\">{}{}<div class=\"slots\">{}{}</div><div class=\"start-or\">{}<button type=\"button\" \
         data-page=\"paste\">Paste</button><span class=\"muted\">The sample: two real Locust runs, one endpoint slowed on \
         purpose.</span><span class=\"paste-said\" role=\"status\" id=\"paste-said\"></span></div>{}{}{}{}{}</div>",
        heading(state),
        recent::undo(state),
        slot(state, Role::Baseline),
        slot(state, Role::Run),
        button("primary", &Action::Sample, "Try sample data"),
        from_url(state),
        sections::promise(&promise(state)),
        recent::recents(state),
        single(state),
        formats::formats()
    )
}

fn heading(state: &State) -> String {
    let (baseline, run) = (&state.baseline, &state.run);
    let says = match (baseline, run) {
        (None, None) if state.keeping.wanted.is_some() => "Opening the comparison …",
        (None, None) if state.history.is_some() => "Now drop a run to judge it by this history.",
        (None, None) => {
            return "<h1>Drop two <span class=\"nowrap whole\">load-test</span> results.<br> <span>See what regressed, and by how much.</span></h1>"
                .to_owned();
        }
        (None, _) => "Now drop a baseline to compare.",
        (_, None) => "Now drop a run to compare.",
        _ if state.refused.is_some() => "These runs are not compared.",
        _ if state.runs().is_some() && state.paused => {
            let compare = button("primary", &Action::Compare, "Compare");
            return format!("<h1>The comparison was cancelled.</h1><p>{compare}</p>");
        }
        _ if state.runs().is_some() => "Comparing …",
        _ => "These files cannot be compared yet.",
    };
    format!("<h1>{says}</h1>")
}

/// One side: what it is for, or what was read.
fn slot(state: &State, role: Role) -> String {
    let (word, name) = (role_word(role), side_name(role));
    let other = match role {
        Role::Baseline => &state.run,
        Role::Run => &state.baseline,
    };
    let about = |text: &str| format!("<span class=\"slot-about\">{text}</span>");
    let side = state.side(role);
    let content = match side.map(|side| side.run()) {
        None if other.is_some() => about(&format!("Drop a {word} to compare")),
        None if role == Role::Baseline => about("the run to compare with"),
        None => about("the run to judge"),
        Some(Ok(run)) => {
            let summary = view::summary(run);
            format!("<b class=\"slot-label\">{}</b>{}", Name(&run.label), about(&Text(&summary).to_string()))
        }
        Some(Err(_)) => about("These files are no run yet: see above."),
    };
    let (class, choose, clear) = match side {
        Some(_) => {
            let clear = named_button("quiet slot-clear", &Action::Clear(role), "✕", &format!("Remove the {word}"));
            ("slot slot-filled", "Choose other files", clear)
        }
        None => ("slot", "Choose files", String::new()),
    };
    format!(
        "<div class=\"{class}\" data-side=\"{word}\"><label class=\"slot-body\"><span class=\"slot-name\">{} \
         <b>{name}</b></span>{content}{}<span class=\"slot-choose\" \
         aria-hidden=\"true\">{choose}</span></label>{clear}</div>",
        dot(role),
        file_input(word, &format!("{name} files"))
    )
}

/// What was read of the one side that is there.
fn single(state: &State) -> String {
    let sides = [Role::Baseline, Role::Run].into_iter();
    let Some((role, run)) = sides.filter_map(|role| Some((role, state.side(role)?.run().ok()?))).next() else {
        return String::new();
    };
    let (checks, notes) = (view::run_checks(side_name(role), run), view::run_notes(side_name(role), run));
    let count = run.endpoints.len();
    let most = if state.all_singles { usize::MAX } else { ROWS };
    let rest = if count > most {
        let all = number::count(count as u64);
        let show = button("link", &Action::SinglesAll, &format!("Show all {all}"));
        format!("<p class=\"rest\">The first {} of {all} are drawn. {show}</p>", number::count(ROWS as u64))
    } else {
        String::new()
    };
    let list = |lines: Vec<view::NoteLine>| if lines.is_empty() { String::new() } else { sections::note_list(&lines) };
    format!(
        "<section class=\"panel single\" aria-label=\"What was read\"><h2>{} {} <span class=\"sub\">what was read so \
         far</span></h2>{}{}{rest}{}{}</section>",
        dot(role),
        Name(&run.label),
        sections::recognised(run),
        sections::singles(run, "Endpoints read", most),
        list(checks),
        list(notes)
    )
}

/// The promise: what this page may contact.
pub(crate) fn promise(state: &State) -> String {
    let hosts: Vec<&str> = state.allowed.iter().map(|origin| host_of(origin)).collect();
    if hosts.is_empty() {
        return "Your files stay on this device. This page is not allowed to contact any server.".to_owned();
    }
    format!(
        "Your files stay on this device. This page may contact {}, to fetch the files of a link when you say so; it is not \
         allowed to contact any other server.",
        listed(&hosts)
    )
}

/// The foot of the page. The promise stands above it: beside the slots, or in the report's method.
pub(super) fn foot(_: &State) -> String {
    concat!("<p>loaddiff ", env!("CARGO_PKG_VERSION"), "</p>").to_owned()
}
