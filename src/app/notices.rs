//! What the page itself has to say about the engine: that it compares, or is gone.

use leptos::prelude::*;

use super::browser;
use crate::number;

#[derive(Clone, Copy)]
struct Notices {
    comparing: RwSignal<Option<u64>>,
    gone: RwSignal<Option<String>>,
}

thread_local! {
    static NOTICES: Notices = Notices { comparing: RwSignal::new(None), gone: RwSignal::new(None) };
}

/// Shows that this many endpoints are being compared, or no longer.
pub(super) fn comparing(endpoints: Option<u64>) {
    let signal = NOTICES.with(|notices| notices.comparing);
    if signal.get_untracked() != endpoints {
        signal.set(endpoints);
    }
}

/// Shows why there is no engine.
pub(super) fn gone(why: String) {
    NOTICES.with(|notices| notices.gone.set(Some(why)));
    browser::reveal("main", web_sys::ScrollLogicalPosition::Start);
}

/// Mounts both. `cancel` ends a comparison, `again` starts a fresh engine, `given` names the files it reads then.
pub(super) fn mount(cancel: fn(), again: fn(), given: fn() -> Vec<String>) {
    let Notices { comparing, gone } = NOTICES.with(|notices| *notices);
    browser::mount_into("p-comparing", move || view! { <Comparing comparing cancel/> });
    browser::mount_into("p-engine", move || view! { <NoEngine gone again given/> });
}

#[component]
fn Comparing(comparing: RwSignal<Option<u64>>, cancel: fn()) -> impl IntoView {
    let clicked = move |_| {
        comparing.set(None);
        cancel();
        browser::say("Comparing was cancelled.");
    };
    move || {
        comparing.get().map(|endpoints| {
            view! {
                <section class="progress" aria-label="Comparing">
                    <div class="progress-head">
                        <b role="status">{format!("Comparing {} endpoints", number::count(endpoints))}</b>
                        <button type="button" class="small" on:click=clicked>"Cancel"</button>
                    </div>
                </section>
            }
        })
    }
}

#[component]
fn NoEngine(gone: RwSignal<Option<String>>, again: fn(), given: fn() -> Vec<String>) -> impl IntoView {
    let clicked = move |_| {
        gone.set(None);
        again();
    };
    move || {
        gone.get().map(|detail| {
            let detail = detail.trim_end_matches('.').to_owned();
            let files = given().join(", ");
            let details = format!("loaddiff {}: the engine ended: {detail}\n{files}", env!("CARGO_PKG_VERSION"));
            let listed = (!files.is_empty()).then(|| view! { <p>"Files: " {files}</p> });
            view! {
                <div class="card-error" role="alert">
                    <h2>"The comparison broke off"</h2>
                    <p>
                        {format!(
                            "The program that compares has ended ({detail}). The files that you gave are still here: read \
                             them again. If it breaks off again, the browser may be short of memory: close other tabs, or \
                             compare on the command line. loaddiff {}",
                            env!("CARGO_PKG_VERSION"),
                        )}
                    </p>
                    {listed}
                    <div class="card-acts">
                        <button type="button" class="primary" on:click=clicked>"Read the files again"</button>
                        <button type="button" class="quiet small" data-copy=details>"Copy details"</button>
                    </div>
                </div>
            }
        })
    }
}
