//! Several executions on a side: a card for each, and whether they are repeats of the same test or parts of one run.

use super::parts::{button, dot, named_button, side_name};
use crate::ingest::{Group, Role};
use crate::number;
use crate::report::html::escape::Name;
use crate::run::repeats::FEWEST_EARLIER;
use crate::session::action::{Action, role_word};
use crate::session::state::State;

/// The executions of both sides and the earlier runs.
pub(super) fn executions(state: &State) -> String {
    let sides: String = [Role::Baseline, Role::Run].into_iter().map(|role| side(state, role)).collect();
    if sides.is_empty() && state.earlier.is_empty() {
        return String::new();
    }
    format!(
        "<section class=\"panel executions\" aria-labelledby=\"executions-title\"><h2 \
         id=\"executions-title\">Executions</h2>{sides}{}</section>",
        earlier(&state.earlier)
    )
}

/// One side's executions, with the switch.
fn side(state: &State, role: Role) -> String {
    let Some(files) = state.side(role).and_then(|side| side.files()).filter(|files| !files.more.is_empty()) else {
        return String::new();
    };
    let groups = files.executions();
    let name = side_name(role);
    let cards: String = groups
        .iter()
        .enumerate()
        .map(|(index, group)| card(group, name, &Action::RemoveExecution(role, index)))
        .collect();
    let choice = |all: bool, label: &str| {
        format!(
            "<button type=\"button\" aria-pressed=\"{}\" data-do=\"{}\">{label}</button>",
            files.all_parts == all,
            Action::AllParts(role, all)
        )
    };
    format!(
        "<div class=\"executions-side\"><h3>{} {name} <span class=\"sub\">{} executions</span></h3><div class=\"choice\" \
         role=\"group\" aria-label=\"What the executions of the {} are\">{}{}</div><ul \
         class=\"executions-cards\">{cards}</ul></div>",
        dot(role),
        number::count(groups.len() as u64),
        role_word(role),
        choice(false, "Repeats of the same test"),
        choice(true, "Parts of one run")
    )
}

/// The earlier runs, and whether they are enough.
fn earlier(groups: &[Group]) -> String {
    if groups.is_empty() {
        return String::new();
    }
    let count = groups.len();
    let enough = if count < FEWEST_EARLIER {
        format!("{count} of them; {FEWEST_EARLIER} are needed to measure how far equal runs differ")
    } else {
        format!("{count} of them show how far equal runs differ")
    };
    let cards: String =
        groups.iter().enumerate().map(|(index, g)| card(g, "earlier run", &Action::RemoveEarlier(index))).collect();
    format!(
        "<div class=\"executions-side\"><h3>Earlier runs <span class=\"sub\">{enough}</span></h3><ul \
         class=\"executions-cards\">{cards}</ul></div>"
    )
}

/// One execution: its files, and a way to remove it.
fn card(group: &Group, of: &str, remove: &Action) -> String {
    let files = group.parts.iter().map(|part| part.file.name.as_str()).collect::<Vec<_>>().join(", ");
    let name = format!("Remove {files} from the {}", of.to_lowercase());
    let button = if files.is_empty() {
        button("quiet small", remove, "Remove")
    } else {
        named_button("quiet small", remove, "Remove", &name)
    };
    format!("<li class=\"execution\"><span class=\"mono wrap\">{}</span>{button}</li>", Name(&files))
}
