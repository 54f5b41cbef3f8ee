//! The headline strip: the total's figures.

use leptos::prelude::*;

use super::state;
use crate::compare::Verdict;
use crate::report::{view, words};

#[component]
pub(super) fn Tiles() -> impl IntoView {
    let state = state();
    move || {
        let tiles = view::tiles(&*state.comparison.get()?);
        (!tiles.is_empty()).then(|| {
            view! {
                <section class="tiles" aria-label="All endpoints together">
                    {tiles
                        .into_iter()
                        .map(|tile| {
                            view! {
                                <div class=format!("tile tone-{}", words::tone(tile.verdict))>
                                    <h2>{tile.title}</h2>
                                    <p class="tile-run">{tile.run}</p>
                                    <p class="tile-from">"from " {tile.baseline}</p>
                                    <p class="tile-change">
                                        {tile.change}
                                        " "
                                        <span class="tile-verdict">
                                            {if tile.verdict == Verdict::Info {
                                                "no rule".to_owned()
                                            } else {
                                                format!("{} {}", words::sign(tile.verdict), tile.word)
                                            }}
                                        </span>
                                    </p>
                                    <p class="tile-interval">{tile.interval}</p>
                                </div>
                            }
                        })
                        .collect_view()}
                </section>
            }
        })
    }
}
