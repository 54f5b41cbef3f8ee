//! How far the reading of files is. It stands above the page and takes no room in it; the style sheet shows it after
//! 200 ms, so that a quick file makes nothing flash.

use leptos::prelude::*;

use super::state;
use super::state::Stage;
use crate::number;

#[component]
pub(super) fn Progress() -> impl IntoView {
    let state = state();
    let reading = move || state.reading.with(|r| !r.is_empty());
    view! {
        <Show when=reading>
            <div class="progress" role="status" aria-label="Reading files">
                <b>"Reading"</b>
                <ul>
                    <For each=move || state.reading.get() key=|r| (r.id, r.stage as u8) let:file>
                        <li>
                            <span class="progress-sign" aria-hidden="true">
                                {match file.stage {
                                    Stage::Waiting => "·",
                                    Stage::Reading => "…",
                                    Stage::Done => "✓",
                                    Stage::Failed => "✕",
                                }}
                            </span>
                            <span class="progress-name">{file.name}</span>
                            <span class="muted">{number::bytes(file.bytes as u64)}</span>
                        </li>
                    </For>
                </ul>
            </div>
        </Show>
    }
}
