//! What a person is asked about files: what each execution is, and what a dropped one replaces.

use super::parts::button;
use crate::ingest::{Group, Role};
use crate::report::html::escape::{Name, Text};
use crate::session::action::Action;
use crate::session::place::is_run;
use crate::session::state::State;
use crate::session::state::place::Place;

/// The files of a group, by name.
fn files(group: &Group) -> String {
    group.parts.iter().map(|part| part.file.name.as_str()).collect::<Vec<_>>().join(", ")
}

/// More than two runs, or files that are none by themselves: a person says what each is.
pub(super) fn assign(state: &State) -> String {
    if state.undecided.is_empty() {
        return String::new();
    }
    let zones = [
        ("baseline", "Baseline", Some(Place::Side(Role::Baseline))),
        ("run", "Run", Some(Place::Side(Role::Run))),
        ("earlier", "Earlier runs", Some(Place::Earlier)),
        ("none", "Left out", None),
    ];
    let mut rows = String::new();
    for (zone, title, of) in zones {
        let items: String = state
            .undecided
            .iter()
            .zip(&state.places)
            .enumerate()
            .filter(|(_, (_, place))| **place == of)
            .map(|(index, (group, _))| item(index, group, zone))
            .collect();
        let empty = if items.is_empty() {
            "<li class=\"muted\">Drag a run here, or choose its place in its list.</li>"
        } else {
            ""
        };
        rows += &format!(
            "<section class=\"zone\" id=\"zone-{zone}\" data-zone=\"{zone}\" aria-label=\"{title}\"><h3>{title}</h3><ul>{items}\
             {empty}</ul></section>"
        );
    }
    let has = |role| state.places.contains(&Some(Place::Side(role)));
    let ready = has(Role::Baseline) && has(Role::Run);
    let (disabled, needed) = if ready {
        ("", "")
    } else {
        (" disabled", "<span class=\"muted\">One baseline and one run are needed.</span>")
    };
    format!(
        "<section class=\"panel assign\" aria-labelledby=\"assign-title\"><h2 id=\"assign-title\">Which is \
         which?</h2><p>Say what each run is. Several runs on one side are repeats of the same test: they are compared run by \
         run. Five or more earlier runs of the baseline show how far equal runs differ.</p><div class=\"zones\">{rows}</div><div class=\"acts\"><button type=\"button\" \
         class=\"primary\" data-do=\"{}\"{disabled}>Compare</button>{}{needed}</div></section>",
        Action::Assign,
        button("", &Action::AssignCancel, "Cancel")
    )
}

/// One execution, which can be dragged to another place, or put there by its list.
fn item(index: usize, group: &Group, now: &str) -> String {
    let label = if group.label.is_empty() { "unnamed" } else { &group.label };
    let alone = if is_run(group) { "" } else { "no run by itself: " };
    let choices = [
        ("baseline", "Baseline"),
        ("run", "Run"),
        ("earlier", "Earlier run (how far equal runs differ)"),
        ("none", "Leave out"),
    ];
    let options: String = choices
        .iter()
        .map(|(value, text)| {
            let selected = if *value == now { " selected" } else { "" };
            format!("<option value=\"{value}\"{selected}>{text}</option>")
        })
        .collect();
    format!(
        "<li draggable=\"true\" id=\"item-{index}\" data-item=\"{index}\"><b>{}</b> <span class=\"muted wrap\">{alone}{}</span>\
         <select id=\"place-{index}\" aria-label=\"What {} is\" data-set=\"{}\">{options}</select></li>",
        Name(label),
        Name(&files(group)),
        Text(label),
        Action::Place(index)
    )
}

/// The dialog about an execution dropped over a report: what does it replace?
pub(super) fn ask(state: &State) -> String {
    let Some(group) = &state.asked else { return String::new() };
    let has_files = |role| state.side(role).is_some_and(|side| side.files().is_some());
    let (run, baseline) = (has_files(Role::Run), has_files(Role::Baseline));
    let repeat = |role, label| button("", &Action::Repeat(role), label);
    let mut acts = button("primary", &Action::Answer(Some(Role::Run)), "Replace the run");
    acts += &button("", &Action::Answer(Some(Role::Baseline)), "Set as baseline");
    let mut more = String::new();
    if run {
        acts += &repeat(Role::Run, "Add as a repeat of the run");
    }
    if baseline {
        more += &repeat(Role::Baseline, "Add as a repeat of the baseline");
    }
    more += &button("", &Action::Earlier, "Add as an earlier run: how far equal runs differ");
    acts += &format!("<details><summary>More</summary><div class=\"acts\">{more}</div></details>");
    format!("<p class=\"mono wrap\">{}</p><div class=\"acts\">{acts}</div>", Name(&files(group)))
}
