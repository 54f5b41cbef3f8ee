//! More than two runs, or files that are none by themselves: a person says what each is.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlSelectElement;

use super::state;
use super::state::Place;
use crate::ingest::{self, Group, Role};

#[component]
pub(super) fn Assign() -> impl IntoView {
    let state = state();
    move || {
        let groups = state.undecided.get();
        (!groups.is_empty()).then(|| view! { <Panel groups/> })
    }
}

/// What is proposed: of runs that say when they started, the first is the baseline and the last the run; else a word
/// in the name decides between the first two.
fn proposal(groups: &[Group]) -> Vec<Option<Place>> {
    let mut by_start: Vec<usize> = (0..groups.len()).collect();
    crate::order::sort_by_key(&mut by_start, |i| groups.get(*i).and_then(Group::started_ms).unwrap_or(i64::MAX));
    let pair = by_start.first().zip(by_start.iter().rfind(|i| groups.get(**i).and_then(Group::started_ms).is_some()));
    let mut roles = vec![None; groups.len()];
    let mut give = |i: usize, role: Role| {
        if let Some(slot) = roles.get_mut(i) {
            *slot = Some(Place::Side(role));
        }
    };
    if let Some((first, last)) = pair.filter(|(first, last)| first != last) {
        give(*first, Role::Baseline);
        give(*last, Role::Run);
    }
    roles
}

#[component]
fn Panel(groups: Vec<Group>) -> impl IntoView {
    let state = state();
    let roles = RwSignal::new(proposal(&groups));
    let has = move |role| roles.with(|r| r.contains(&Some(Place::Side(role))));
    let ready = move || has(Role::Baseline) && has(Role::Run);
    let rows = groups
        .iter()
        .enumerate()
        .map(|(index, group)| {
            let files: Vec<String> = group.parts.iter().map(|p| p.file.name.clone()).collect();
            let is_run = ingest::assemble(group.parts.clone(), ingest::Parts::Merge).is_ok();
            let label = if group.label.is_empty() { "unnamed".to_owned() } else { group.label.clone() };
            let name = format!("What {label} is");
            let chosen = move |event: web_sys::Event| {
                let value = event
                    .target()
                    .and_then(|t| t.dyn_into::<HtmlSelectElement>().ok())
                    .map(|s| s.value())
                    .unwrap_or_default();
                roles.update(|roles| {
                    if let Some(role) = roles.get_mut(index) {
                        *role = match value.as_str() {
                            "baseline" => Some(Place::Side(Role::Baseline)),
                            "run" => Some(Place::Side(Role::Run)),
                            "earlier" => Some(Place::Earlier),
                            _ => None,
                        };
                    }
                });
            };
            let value = move || match roles.with(|r| r.get(index).copied().flatten()) {
                Some(Place::Side(Role::Baseline)) => "baseline",
                Some(Place::Side(Role::Run)) => "run",
                Some(Place::Earlier) => "earlier",
                None => "none",
            };
            view! {
                <li>
                    <div>
                        <b>{label}</b>
                        <span class="muted">
                            {if is_run { "" } else { "no run by itself: " }}
                            {files.join(", ")}
                        </span>
                    </div>
                    <select aria-label=name on:change=chosen prop:value=value>
                        <option value="baseline" selected=move || value() == "baseline">"Baseline"</option>
                        <option value="run" selected=move || value() == "run">"Run"</option>
                        <option value="earlier" selected=move || value() == "earlier">"Earlier run (how far equal runs differ)"</option>
                        <option value="none" selected=move || value() == "none">"Leave out"</option>
                    </select>
                </li>
            }
        })
        .collect_view();
    view! {
        <section class="panel assign" aria-labelledby="assign-title">
            <h2 id="assign-title">"Which is which?"</h2>
            <p>
                "The files are not two runs that can be told apart. Say what each is; what stays unnamed is left out. \
                 Several on one side are repeats of the same test: the run is then the unit. Five or more earlier runs of \
                 the baseline tell how far equal runs differ."
            </p>
            <ul>{rows}</ul>
            <div class="acts">
                <button
                    type="button"
                    class="primary"
                    disabled=move || !ready()
                    on:click=move |_| state.assign(&roles.get_untracked())
                >
                    "Compare"
                </button>
                <button type="button" on:click=move |_| state.undecided.set(Vec::new())>"Cancel"</button>
                <Show when=move || !ready()>
                    <span class="muted">"One baseline and one run are needed."</span>
                </Show>
            </div>
        </section>
    }
}
