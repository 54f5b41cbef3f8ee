//! The headline strip: the total's figures.

use leptos::prelude::*;

use super::state;
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
                                            <i aria-hidden="true">{words::sign(tile.verdict)}</i>
                                            " "
                                            {words::badge(tile.verdict)}
                                        </span>
                                    </p>
                                </div>
                            }
                        })
                        .collect_view()}
                </section>
            }
        })
    }
}
