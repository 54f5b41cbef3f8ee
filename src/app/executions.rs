//! Several executions on a side: a card for each, and whether they are repeats of the same test or parts of one run.

use leptos::prelude::*;

use super::parts::{dot, side_id, side_name};
use super::state;
use super::state::{Origin, State};
use crate::ingest::{Group, Role};
use crate::number;
use crate::run::repeats::FEWEST_EARLIER;

#[component]
pub(super) fn Executions() -> impl IntoView {
    let state = state();
    let several = move |role: Role| {
        state.side(role).with(|side| match side.as_ref().map(|s| &s.origin) {
            Some(Origin::Files(files)) if !files.more.is_empty() => Some((files.executions(), files.all_parts)),
            _ => None,
        })
    };
    move || {
        let (baseline, run) = (several(Role::Baseline), several(Role::Run));
        let earlier = state.earlier.get();
        (baseline.is_some() || run.is_some() || !earlier.is_empty()).then(|| {
            view! {
                <section class="panel executions" aria-labelledby="executions-title">
                    <h2 id="executions-title">"Executions"</h2>
                    {[(Role::Baseline, baseline), (Role::Run, run)]
                        .into_iter()
                        .filter_map(|(role, several)| several.map(|(groups, all_parts)| side(state, role, groups, all_parts)))
                        .collect_view()}
                    {(!earlier.is_empty()).then(|| history(state, earlier))}
                </section>
            }
        })
    }
}

/// One side's executions, with the switch.
fn side(state: State, role: Role, groups: Vec<Group>, all_parts: bool) -> impl IntoView {
    let count = number::count(groups.len() as u64);
    let cards = groups
        .into_iter()
        .enumerate()
        .map(|(index, group)| card(&group, side_name(role), move || state.remove_execution(role, index)));
    view! {
        <div class="executions-side">
            <h3>{dot(role)} " " {side_name(role)} <span class="sub">{format!("{count} executions")}</span></h3>
            <div class="choice" role="group" aria-label=format!("What the executions of the {} are", side_id(role))>
                <button
                    type="button"
                    aria-pressed=(!all_parts).to_string()
                    on:click=move |_| state.set_all_parts(role, false)
                >
                    "Repeats of the same test"
                </button>
                <button
                    type="button"
                    aria-pressed=all_parts.to_string()
                    on:click=move |_| state.set_all_parts(role, true)
                >
                    "Parts of one run"
                </button>
            </div>
            <ul class="executions-cards">{cards.collect_view()}</ul>
        </div>
    }
}

/// The earlier runs, and whether they are enough.
fn history(state: State, groups: Vec<Group>) -> impl IntoView {
    let enough = if groups.len() < FEWEST_EARLIER {
        format!("{} of them; {FEWEST_EARLIER} are needed to measure how far equal runs differ", groups.len())
    } else {
        format!("{} of them tell how far equal runs differ", groups.len())
    };
    let cards = groups.into_iter().enumerate().map(|(index, group)| {
        card(&group, "earlier run", move || {
            state.earlier.update(|earlier| {
                if index < earlier.len() {
                    earlier.remove(index);
                }
            });
        })
    });
    view! {
        <div class="executions-side">
            <h3>"Earlier runs" <span class="sub">{enough}</span></h3>
            <ul class="executions-cards">{cards.collect_view()}</ul>
        </div>
    }
}

/// One execution: its files, and a way to take it away.
fn card<F: Fn() + 'static>(group: &Group, of: &str, remove: F) -> impl IntoView + use<F> {
    let files: Vec<String> = group.parts.iter().map(|part| part.file.name.clone()).collect();
    let files = files.join(", ");
    let name = format!("Remove {files} from the {}", of.to_lowercase());
    view! {
        <li class="execution">
            <span class="mono wrap">{files}</span>
            <button type="button" class="quiet small" aria-label=name on:click=move |_| remove()>"Remove"</button>
        </li>
    }
}
