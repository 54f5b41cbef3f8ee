//! Before there are two runs: two slots, the sample, the promise, what can be dropped.

use std::sync::Arc;

use leptos::prelude::*;

use super::formats::Formats;
use super::parts::{FileInput, Rest, dot, side_id, side_name};
use super::singles::Singles;
use super::state::{ROWS, Target};
use super::{facts, privacy, sample, state};
use crate::ingest::Role;
use crate::report::view;

#[component]
pub(super) fn Empty() -> impl IntoView {
    let state = state();
    let none = move || state.baseline.with(Option::is_none) && state.run.with(Option::is_none);
    view! {
        <div class="start">
            <Show when=none fallback=move || view! { <OneSide/> }>
                <h1>
                    "Drop two load-test results." <br/> <span>"See what regressed, and by how much."</span>
                </h1>
            </Show>
            <div class="slots">
                <Slot role=Role::Baseline/>
                <Slot role=Role::Run/>
            </div>
            <div class="start-or">
                <button type="button" class="primary" on:click=move |_| sample::load(state)>"Try sample data"</button>
                <span class="muted">"two real Locust runs, one endpoint slowed on purpose"</span>
            </div>
            <Promise/>
            <Single/>
            <Formats/>
        </div>
    }
}

/// The heading once one side is there.
#[component]
fn OneSide() -> impl IntoView {
    let state = state();
    let missing = move || if state.baseline.with(Option::is_none) { "a baseline" } else { "a run" };
    view! {
        <h1>
            {move || {
                let sides = [state.baseline_run, state.run_run];
                if sides.iter().any(|run| run.with(Option::is_none)) {
                    format!("Now drop {} to compare.", missing())
                } else if state.refused.with(Option::is_some) {
                    "These runs are not compared.".to_owned()
                } else if state.cancelled.get() {
                    "The comparison was cancelled.".to_owned()
                } else if sides.iter().all(|run| run.with(|run| matches!(run, Some(Ok(_))))) {
                    "Comparing …".to_owned()
                } else {
                    "These files cannot be compared yet.".to_owned()
                }
            }}
        </h1>
        <Show when=move || state.cancelled.get()>
            <p>
                <button type="button" class="primary" on:click=move |_| state.cancelled.set(false)>
                    "Compare"
                </button>
            </p>
        </Show>
    }
}

/// One side: what it is for, or what was read.
#[component]
fn Slot(role: Role) -> impl IntoView {
    let state = state();
    let input = match role {
        Role::Baseline => "Baseline files",
        Role::Run => "Run files",
    };
    let about = match role {
        Role::Baseline => "the run to compare with",
        Role::Run => "the run to judge",
    };
    let other_filled = move || {
        let other = match role {
            Role::Baseline => Role::Run,
            Role::Run => Role::Baseline,
        };
        state.side(other).with(Option::is_some)
    };
    let content = move || match state.run_of(role).get() {
        None => view! {
            <span class="slot-about">
                {move || if other_filled() {
                    format!("Drop a {} to compare", side_name(role).to_lowercase())
                } else {
                    about.to_owned()
                }}
            </span>
        }
        .into_any(),
        Some(Ok(run)) => view! {
            <b class="slot-label">{run.label.clone()}</b>
            <span class="slot-about">{view::summary(&run)}</span>
        }
        .into_any(),
        Some(Err(_)) => view! { <span class="slot-about">"These files are no run yet: see above."</span> }.into_any(),
    };
    let filled = move || state.side(role).with(Option::is_some);
    view! {
        <div class="slot" class:slot-filled=filled data-side=side_id(role)>
            <label class="slot-body">
                <span class="slot-name">{dot(role)} <b>{side_name(role)}</b></span>
                {content}
                <FileInput target=Target::Side(role) name=input/>
                <span class="slot-choose" aria-hidden="true">
                    {move || if filled() { "Choose other files" } else { "Choose files" }}
                </span>
            </label>
            <Show when=filled>
                <button
                    type="button"
                    class="quiet slot-clear"
                    aria-label=format!("Remove the {}", side_name(role).to_lowercase())
                    on:click=move |_| state.clear(role)
                >
                    "✕"
                </button>
            </Show>
        </div>
    }
}

/// The privacy sentence, and how to see that it is kept.
#[component]
pub(super) fn Promise() -> impl IntoView {
    view! {
        <details class="promise">
            <summary>
                {privacy::sentence()}
                <span class="link">"How to check"</span>
            </summary>
            <ul>
                <li>
                    "The first line of this page’s source is a content security policy: the browser itself refuses \
                     every connection that it does not name, whatever the page’s program tries."
                </li>
                <li>
                    "Open the developer tools (F12), choose “Network”, and drop your files: the list stays empty."
                </li>
                <li>"Or load the page, switch the network off, and drop your files: it works all the same."</li>
            </ul>
        </details>
    }
}

/// What was read of the one side that is there.
#[component]
fn Single() -> impl IntoView {
    let state = state();
    let all = RwSignal::new(false);
    move || {
        [Role::Baseline, Role::Run].into_iter().find_map(|role| {
            let run = state.run_of(role).get()?.ok()?;
            let (checks, notes) = (view::run_checks(side_name(role), &run), view::run_notes(side_name(role), &run));
            let (table, count) = (Arc::clone(&run), run.endpoints.len());
            let rows = move || {
                let most = if all.get() { usize::MAX } else { ROWS };
                view! { <Singles run=Arc::clone(&table) label="Endpoints read".to_owned() most/> }
            };
            let rest = move || {
                (!all.get() && count > ROWS).then(|| view! { <Rest drawn=ROWS of=count all=move || all.set(true)/> })
            };
            Some(view! {
                <section class="panel single" aria-label="What was read">
                    <h2>{dot(role)} {run.label.clone()} <span class="sub">"what was read so far"</span></h2>
                    <facts::Recognised run=Arc::clone(&run)/>
                    {rows}
                    {rest}
                    {(!checks.is_empty()).then(|| view! { <facts::NoteList lines=checks/> })}
                    {(!notes.is_empty()).then(|| view! { <facts::NoteList lines=notes/> })}
                </section>
            })
        })
    }
}
