//! What could not be used: where, why, what to do. The rest of the page lives on.

use leptos::prelude::*;
use web_sys::ScrollLogicalPosition;

use super::parts::{Copy, marked, side_name};
use super::reader::Failure;
use super::state::Thresholds;
use super::{browser, state};
use crate::ingest::{Problem, Role};

#[component]
pub(super) fn Errors() -> impl IntoView {
    let state = state();
    // Cards stand at the top: who looks at something further down must learn of them.
    Effect::new(move |before: Option<usize>| {
        let now = state.cards.with(Vec::len);
        if before.is_some_and(|before| now > before) {
            request_animation_frame(|| browser::reveal("main", ScrollLogicalPosition::Start));
        }
        now
    });
    view! {
        <div class="cards">
            <SideError role=Role::Baseline/>
            <SideError role=Role::Run/>
            <NotMatched/>
            <For each=move || state.cards.get() key=|card| card.id let:card>
                <div class="card-error" role="alert">
                    {text(&card.failure)}
                    <div class="card-acts">
                        <Copy text=card.failure.diagnostic() label="Copy" name="Copy this message"/>
                        <button
                            type="button"
                            class="quiet small"
                            on:click=move |_| state.cards.update(|cards| cards.retain(|c| c.id != card.id))
                        >
                            "Dismiss"
                        </button>
                    </div>
                </div>
            </For>
        </div>
    }
}

/// Place, problem, excerpt and next step.
fn text(failure: &Failure) -> impl IntoView + use<> {
    let place = failure.place();
    view! {
        <h2>
            <span aria-hidden="true">"✕ "</span>
            {failure.title()}
            {(!place.is_empty()).then(|| view! { <code class="place">{place}</code> })}
        </h2>
        <p>{marked(&failure.what())}</p>
        {failure.excerpt().map(|excerpt| view! { <pre class="excerpt" tabindex="0" aria-label="The offending text">{excerpt}</pre> })}
        {failure.next_step().map(|next| view! { <p class="next">{marked(&next)}</p> })}
    }
}

/// Why the runs are not compared with these thresholds.
#[component]
fn NotMatched() -> impl IntoView {
    let state = state();
    move || {
        let (thresholds, error) = state.refused.get()?;
        let failure = Failure::Matching { thresholds, error };
        Some(view! {
            <div class="card-error" role="alert">
                {text(&failure)}
                <div class="card-acts">
                    <Copy text=failure.diagnostic() label="Copy" name="Copy this message"/>
                    <button
                        type="button"
                        on:click=move |_| state.thresholds.set(Thresholds::Profile("default"))
                    >
                        "Use the default thresholds"
                    </button>
                </div>
            </div>
        })
    }
}

/// Why a side's files are no run, with the choices there are.
#[component]
fn SideError(role: Role) -> impl IntoView {
    let state = state();
    move || {
        let error = state.run_of(role).get()?.err()?;
        let files = match error.problem() {
            Problem::SeveralResults { files } => files.clone(),
            _ => Vec::new(),
        };
        let several = !files.is_empty();
        let two = files.len() == 2;
        let failure = Failure::Results(error);
        Some(view! {
            <div class="card-error" role="alert">
                <p class="card-side">{side_name(role)}</p>
                {text(&failure)}
                <div class="card-acts">
                    {several
                        .then(|| {
                            view! {
                                <button type="button" on:click=move |_| state.merge(role)>"Merge as parts of one run"</button>
                                <button type="button" on:click=move |_| state.repeats(role)>"Take as repeats of the same test"</button>
                                {two
                                    .then(|| {
                                        view! {
                                            <button type="button" on:click=move |_| state.split(role)>
                                                "Compare them with each other"
                                            </button>
                                        }
                                    })}
                                {files
                                    .into_iter()
                                    .map(|file| {
                                        let label = format!("Keep only {file}");
                                        view! {
                                            <button type="button" on:click=move |_| state.keep(role, &file)>{label}</button>
                                        }
                                    })
                                    .collect_view()}
                            }
                        })}
                    <Copy text=failure.diagnostic() label="Copy" name="Copy this message"/>
                    <button type="button" class="quiet small" on:click=move |_| state.clear(role)>"Remove these files"</button>
                </div>
            </div>
        })
    }
}
