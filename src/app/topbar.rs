//! The bar that stays: the two runs, what can be done with them, the theme.

use leptos::prelude::*;

use super::opened::Bringer;
use super::parts::{FileInput, dot, side_id, side_name};
use super::state::Target;
use super::{address, browser, state};
use crate::ingest::Role;
use crate::report::view;

#[component]
pub(super) fn TopBar(has_report: Memo<bool>) -> impl IntoView {
    let state = state();
    let home = move |event: web_sys::MouseEvent| {
        event.prevent_default();
        state.start_over();
        address::forget();
        window().scroll_to_with_x_and_y(0.0, 0.0);
    };
    view! {
        <header class="bar">
            <a class="word" href="./" aria-label="loaddiff: start over" on:click=home>"load" <b>"diff"</b></a>
            <Show when=move || has_report.get() fallback=|| view! { <span class="bar-space"></span> }>
                <div class="pills">
                    <Pill role=Role::Baseline/>
                    <button
                        type="button"
                        class="icon"
                        aria-label="Swap baseline and run"
                        title="Swap baseline and run (x)"
                        on:click=move |_| state.swap()
                    >
                        <svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true">
                            <path
                                d="M3 7h13m-4-4 4 4-4 4M17 14H4m4 4-4-4 4-4"
                                fill="none"
                                stroke="currentColor"
                                stroke-width="1.6"
                                stroke-linecap="round"
                                stroke-linejoin="round"
                            ></path>
                        </svg>
                    </button>
                    <Pill role=Role::Run/>
                    <label class="button quiet add">
                        "Add files" <FileInput target=Target::Anywhere name="Add files"/>
                    </label>
                </div>
                <Guessed/>
            </Show>
            <div class="bar-acts">
                <Show when=move || has_report.get()>
                    <button
                        type="button"
                        class="primary"
                        title="A link that holds the report (s)"
                        on:click=move |_| state.share_open.set(true)
                    >
                        "Share"
                    </button>
                    <button
                        type="button"
                        title="The report as a file (e)"
                        on:click=move |_| browser::go_to("export")
                    >
                        "Export"
                    </button>
                </Show>
                <button
                    type="button"
                    class="icon"
                    aria-label="Thresholds"
                    title="Thresholds"
                    on:click=move |_| state.settings_open.set(true)
                >
                    <svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true">
                        <path
                            d="M3 6h7m4 0h3M3 14h3m4 0h7M12 4v4M8 12v4"
                            fill="none"
                            stroke="currentColor"
                            stroke-width="1.6"
                            stroke-linecap="round"
                        ></path>
                    </svg>
                </button>
                <button
                    type="button"
                    class="icon"
                    aria-label="Dark or light theme"
                    title="Dark or light (d)"
                    on:click=move |_| browser::toggle_theme()
                >
                    <svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true">
                        <circle cx="10" cy="10" r="7" fill="none" stroke="currentColor" stroke-width="1.6"></circle>
                        <path d="M10 3a7 7 0 0 1 0 14Z" fill="currentColor"></path>
                    </svg>
                </button>
                <button
                    type="button"
                    class="icon bar-keys"
                    aria-label="Keys"
                    title="Keys (?)"
                    on:click=move |_| state.help_open.set(true)
                >
                    "?"
                </button>
            </div>
        </header>
    }
}

/// One side: its label, and a way to choose other files for it.
#[component]
fn Pill(role: Role) -> impl IntoView {
    let state = state();
    let input = match role {
        Role::Baseline => "Baseline files",
        Role::Run => "Run files",
    };
    let label = move || {
        state.comparison.with(|comparison| {
            comparison.as_ref().map(|c| match role {
                Role::Baseline => c.baseline.label.clone(),
                Role::Run => c.run.label.clone(),
            })
        })
    };
    let about = move || {
        state.run_of(role).with(|run| match run {
            Some(Ok(run)) => format!("{}. Choose other files", view::summary(run)),
            _ => String::new(),
        })
    };
    view! {
        <label class="pill" data-side=side_id(role) title=about>
            {dot(role)}
            <span class="pill-side">{side_name(role)}</span>
            <b class="pill-label">{label}</b>
            <FileInput target=Target::Side(role) name=input/>
        </label>
    }
}

/// That a link brought the report; or how the page came to say which is the baseline, until a person has said so.
#[component]
fn Guessed() -> impl IntoView {
    let state = state();
    move || {
        let by_link = state.opened.with(|o| o.as_ref().is_some_and(|o| matches!(o.by, Bringer::Link)));
        if by_link {
            let changed = state.changed_since();
            return Some(
                view! { <p class="guess"><b>"Opened from a link"</b> ", and judged again here. " {changed}</p> }
                    .into_any(),
            );
        }
        state.guess.get().map(|guess| {
            let side = match guess.about {
                Role::Baseline => "baseline",
                Role::Run => "run",
            };
            let label = state.comparison.with(|c| {
                c.as_ref().map(|c| match guess.about {
                    Role::Baseline => c.baseline.label.clone(),
                    Role::Run => c.run.label.clone(),
                })
            });
            view! {
                <p class="guess">
                    <b>{label}</b>
                    {format!(" taken as {side}: {}", guess.reason.text())}
                </p>
            }
            .into_any()
        })
    }
}
