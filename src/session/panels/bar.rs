//! The bar: the two runs, what can be done with them, the theme.

use super::parts::{dot, file_input, side_name};
use crate::ingest::Role;
use crate::report::html::escape::{Name, Text};
use crate::report::view;
use crate::session::action::{Action, role_word};
use crate::session::opened::Bringer;
use crate::session::state::State;

const SWAP: &str = "<svg viewBox=\"0 0 20 20\" width=\"18\" height=\"18\" aria-hidden=\"true\"><path d=\"M3 7h13m-4-4 4 4-4 \
                    4M17 14H4m4 4-4-4 4-4\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"1.6\" \
                    stroke-linecap=\"round\" stroke-linejoin=\"round\"></path></svg>";
const HALF: &str = "<svg viewBox=\"0 0 20 20\" width=\"18\" height=\"18\" aria-hidden=\"true\"><circle cx=\"10\" cy=\"10\" \
                    r=\"7\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"1.6\"></circle><path d=\"M10 3a7 7 0 0 1 0 \
                    14Z\" fill=\"currentColor\"></path></svg>";

/// The bar's content.
pub(super) fn bar(state: &State) -> String {
    let report = state.comparison.is_some();
    let middle = if report {
        format!(
            "<div class=\"pills\">{}<button type=\"button\" class=\"icon\" aria-label=\"Swap baseline and run\" \
             title=\"Swap baseline and run (x)\" data-do=\"{}\">{SWAP}</button>{}<label class=\"button quiet add\">Add \
             files {}</label></div>{}",
            pill(state, Role::Baseline),
            Action::Swap,
            pill(state, Role::Run),
            file_input("anywhere", "Add files"),
            guessed(state)
        )
    } else {
        "<span class=\"bar-space\"></span>".to_owned()
    };
    let acts = if report {
        "<button type=\"button\" class=\"primary\" title=\"A link that holds the report (s)\" data-page=\"open \
         share\">Share</button><button type=\"button\" title=\"The report as a file (e)\" data-page=\"go \
         export\">Export</button>"
    } else {
        ""
    };
    format!(
        "<a class=\"word\" href=\"./\" aria-label=\"loaddiff: start over\" data-do=\"{}\">load \
         <b>diff</b></a>{middle}<div class=\"bar-acts\">{acts}<button type=\"button\" \
         title=\"Change limits and judge again (l)\" aria-controls=\"dialog-settings\" aria-expanded=\"{}\" \
         data-page=\"open settings\">Limits</button><button \
         type=\"button\" class=\"icon\" aria-label=\"Dark or light theme\" title=\"Dark or light (d)\" \
         data-page=\"theme\">{HALF}</button><button type=\"button\" class=\"icon bar-keys\" aria-label=\"Keys\" \
         title=\"Keys (?)\" data-page=\"open help\">?</button></div>",
        Action::StartOver,
        state.settings_open
    )
}

/// One side: its label, and a way to choose other files for it.
fn pill(state: &State, role: Role) -> String {
    let label = label(state, role);
    let about = match state.side(role).map(|side| side.run()) {
        Some(Ok(run)) => format!("{}. Choose other files", view::summary(run)),
        _ => String::new(),
    };
    let (side, name) = (role_word(role), side_name(role));
    let own = state.side(role).and_then(|side| side.label.as_deref()).unwrap_or_default();
    format!(
        "<label class=\"pill\" data-side=\"{side}\" title=\"{}\">{}<span class=\"pill-side\">{name}</span><b \
         class=\"pill-label\">{}</b>{}</label><button type=\"button\" class=\"icon pill-rename\" aria-label=\"Rename the {side}\" \
         title=\"Rename\" popovertarget=\"rename-{side}\"><span aria-hidden=\"true\">✎</span></button><div popover \
         class=\"rename\" id=\"rename-{side}\"><label>Name of the {side} <input id=\"label-{side}\" maxlength=\"80\" \
         value=\"{}\" placeholder=\"{}\" data-late data-set=\"{}\"></label></div>",
        Text(&about),
        dot(role),
        Name(&label),
        file_input(side, &format!("{name} files")),
        Text(own),
        Text(&label),
        Action::Label(role)
    )
}

fn label(state: &State, role: Role) -> String {
    let label = |c: &std::sync::Arc<crate::compare::Comparison>| match role {
        Role::Baseline => c.baseline.label.clone(),
        Role::Run => c.run.label.clone(),
    };
    state.comparison.as_ref().map(label).unwrap_or_default()
}

/// That a link brought the report; or how the baseline was told from the run, until a person has said so.
fn guessed(state: &State) -> String {
    if state.opened().is_some_and(|opened| matches!(opened.by, Bringer::Link)) {
        let changed = state.changed_since().unwrap_or_default();
        return format!("<p class=\"guess\"><b>Opened from a link</b>, and judged again here. {changed}</p>");
    }
    let Some(guess) = &state.guess else { return String::new() };
    format!(
        "<p class=\"guess\"><b>{}</b> taken as {}: {}</p>",
        Name(&label(state, guess.about)),
        role_word(guess.about),
        Text(&guess.reason.text())
    )
}
