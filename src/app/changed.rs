//! What changed: one line per endpoint, baseline to run, at a percentile of one's choice.

use leptos::prelude::*;

use super::figure::Figure;
use super::state;
use crate::chart::{self, Size};
use crate::run::Percentile;

/// The percentiles to choose from.
const CHOICES: &[Percentile] = &[Percentile::P50, Percentile::P90, Percentile::P95, Percentile::P99];

/// As many endpoints as are drawn at first.
const FIRST: usize = 12;

#[component]
pub(super) fn Changed() -> impl IntoView {
    let state = state();
    let all = RwSignal::new(false);
    let chart = move || {
        let comparison = state.comparison.get()?;
        let percentile = state.percentile.get();
        let rows = if all.get() { usize::MAX } else { FIRST };
        let size = if state.narrow.get() { Size::NARROW } else { Size::WIDE };
        Some(match chart::dumbbell(&comparison, percentile, rows, size) {
            Some(chart) => {
                let more = (chart.table.1.len() >= FIRST).then(|| view! { <More all/> });
                view! {
                    <Figure caption=String::new() chart/>
                    {more}
                }
                .into_any()
            }
            None => {
                view! { <p class="muted">{format!("No endpoint has a p{percentile} on both sides.")}</p> }.into_any()
            }
        })
    };
    view! {
        <section class="panel changed" aria-labelledby="changed-title">
            <h2 id="changed-title">
                "What changed"
                <span class="sub">{move || format!("p{} by endpoint, the most severe first", state.percentile.get())}</span>
                <PercentileChoice/>
            </h2>
            {chart}
        </section>
    }
}

/// Draws all endpoints, or the first ones again.
#[component]
fn More(all: RwSignal<bool>) -> impl IntoView {
    let label = move || if all.get() { format!("Show the first {FIRST}") } else { "Show all".to_owned() };
    view! {
        <p class="rest">
            <button type="button" class="link" on:click=move |_| all.update(|all| *all = !*all)>{label}</button>
        </p>
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
