//! How far the reading of files is. It stands above the page and takes no room in it; the style sheet shows it after
//! 200 ms, so that a quick file makes nothing flash.

use leptos::prelude::*;

use super::state;
use super::state::{Reading, Stage};
use super::take::cancel;
use crate::number;
use crate::report::pace::{Pace, pace};

#[component]
pub(super) fn Progress() -> impl IntoView {
    let state = state();
    let is_reading = Memo::new(move |_| state.reading.with(|r| !r.is_empty()));
    let several = Memo::new(move |_| state.reading.with(|r| r.len() > 1));
    let ids = Memo::new(move |_| state.reading.with(|r| r.iter().map(|r| r.id).collect::<Vec<_>>()));
    // Said once a file: what changes ten times a second is not for the ear.
    let says = Memo::new(move |_| {
        state.reading.with(|reading| {
            let over = reading.iter().filter(|r| !matches!(r.stage, Stage::Waiting | Stage::Reading)).count();
            match reading.len() {
                1 => "Reading 1 file".to_owned(),
                files => format!("Reading file {} of {files}", (over + 1).min(files)),
            }
        })
    });
    let comparing = move || {
        let count = state.comparing.get()?;
        Some(view! {
            <section class="progress" aria-label="Comparing">
                <div class="progress-head">
                    <b role="status">{format!("Comparing {} endpoints", number::count(count as u64))}</b>
                    <button
                        type="button"
                        class="small"
                        on:click=move |_| {
                            state.cancelled.set(true);
                            state.said.set("Comparing was cancelled.".into());
                        }
                    >
                        "Cancel"
                    </button>
                </div>
            </section>
        })
    };
    let reading = move || {
        is_reading.get().then(|| {
            view! {
                <section class="progress" aria-label="Reading files">
                    <div class="progress-head">
                        <b role="status">{move || says.get()}</b>
                        <button type="button" class="small" on:click=move |_| cancel(state, None)>"Cancel"</button>
                    </div>
                    <ul>
                        <For each=move || ids.get() key=|id| *id let:id>
                            <File id several/>
                        </For>
                    </ul>
                </section>
            }
        })
    };
    view! {
        {reading}
        {comparing}
    }
}

#[component]
fn File(id: u32, several: Memo<bool>) -> impl IntoView {
    let state = state();
    let file = Memo::new(move |_| state.reading.with(|r| r.iter().find(|r| r.id == id).cloned()));
    let name = file.get_untracked().map(|f| f.name).unwrap_or_default();
    let stage = Memo::new(move |_| file.with(|f| f.as_ref().map_or(Stage::Done, |f| f.stage)));
    let pace_of = |f: &Reading| pace(f.read, f.bytes, f.now_ms.saturating_sub(f.began_ms));
    let now = Memo::new(move |_| file.with(|f| f.as_ref().map_or(Pace { percent: 100, text: String::new() }, pace_of)));
    let sign = move || match stage.get() {
        Stage::Waiting => "·",
        Stage::Reading => "…",
        Stage::Done => "✓",
        Stage::Failed | Stage::Cancelled => "✕",
    };
    let said = move || match stage.get() {
        Stage::Reading => now.get().text,
        Stage::Cancelled => "cancelled".into(),
        _ => file.with(|f| f.as_ref().map(|f| number::bytes(f.bytes)).unwrap_or_default()),
    };
    let bar = {
        let name = name.clone();
        move || {
            (stage.get() == Stage::Reading).then(|| {
                let label = format!("Bytes read of {name}");
                view! { <progress max="100" prop:value=move || now.get().percent as f64 aria-label=label></progress> }
            })
        }
    };
    let stop = {
        let label = format!("Cancel {name}");
        move || {
            (several.get() && matches!(stage.get(), Stage::Waiting | Stage::Reading)).then(|| {
                view! {
                    <button
                        type="button"
                        class="quiet small"
                        aria-label=label.clone()
                        on:click=move |_| cancel(state, Some(id))
                    >
                        "✕"
                    </button>
                }
            })
        }
    };
    view! {
        <li>
            <span class="progress-sign" aria-hidden="true">{sign}</span>
            <span class="progress-name" title=name.clone()>{name.clone()}</span>
            {stop}
            <span class="muted n progress-pace">{said}</span>
            {bar}
        </li>
    }
}
