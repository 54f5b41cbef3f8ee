//! What changed: one line per endpoint, baseline to run, at a percentile of one's choice.

use leptos::prelude::*;

use super::parts::dot;
use super::state;
use crate::ingest::Role;
use crate::run::Percentile;

/// The percentiles to choose from.
const CHOICES: &[Percentile] = &[Percentile::P50, Percentile::P90, Percentile::P95, Percentile::P99];

#[component]
pub(super) fn Changed() -> impl IntoView {
    view! {
        <section class="panel changed" aria-labelledby="changed-title">
            <h2 id="changed-title">
                "What changed"
                <span class="sub">{dot(Role::Baseline)} "baseline to " {dot(Role::Run)} "run"</span>
                <PercentileChoice/>
            </h2>
        </section>
    }
}

/// The percentile that chart and table show.
#[component]
pub(super) fn PercentileChoice() -> impl IntoView {
    let state = state();
    view! {
        <div class="choice" role="group" aria-label="Percentile">
            {CHOICES
                .iter()
                .map(|percentile| {
                    let percentile = *percentile;
                    let pressed = move || (state.percentile.get() == percentile).to_string();
                    view! {
                        <button type="button" aria-pressed=pressed on:click=move |_| state.percentile.set(percentile)>
                            {format!("p{percentile}")}
                        </button>
                    }
                })
                .collect_view()}
        </div>
    }
}
