//! A run dropped over a report: the person says what it replaces. And the dialog that asks, sets and helps.

use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::state;
use crate::ingest::Role;

/// A modal dialog: the browser holds the focus in it, closes it on Escape, and gives the focus back.
#[component]
pub(super) fn Dialog(
    /// Whether it is open.
    #[prop(into)]
    open: Signal<bool>,
    /// What closing it does; it must make `open` false.
    close: impl Fn() + Copy + 'static,
    /// Its heading.
    title: &'static str,
    children: Children,
) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        let Some(dialog) = dialog.get() else { return };
        if open.get() && !dialog.open() {
            let _ = dialog.show_modal();
        } else if !open.get() && dialog.open() {
            dialog.close();
        }
    });
    // A click on the dialog itself, and not on what it holds, is one beside it.
    let beside = move |event: web_sys::MouseEvent| {
        let on_dialog = event.target().is_some_and(|t| t.is_instance_of::<web_sys::HtmlDialogElement>());
        if on_dialog {
            close();
        }
    };
    view! {
        <dialog node_ref=dialog aria-label=title on:close=move |_| close() on:click=beside>
            <div class="dialog-body">
                <header>
                    <h2>{title}</h2>
                    <button type="button" class="quiet" aria-label="Close" on:click=move |_| close()>"✕"</button>
                </header>
                {children()}
            </div>
        </dialog>
    }
}

#[component]
pub(super) fn Ask() -> impl IntoView {
    let state = state();
    let open = Signal::derive(move || state.asked.with(Option::is_some));
    let files = move || {
        state.asked.with(|asked| {
            asked.as_ref().map(|g| g.parts.iter().map(|p| p.file.name.clone()).collect::<Vec<_>>().join(", "))
        })
    };
    view! {
        <Dialog open close=move || if state.asked.with_untracked(Option::is_some) { state.answer(None) } title="What are these files?">
            <p class="mono wrap">{files}</p>
            <div class="acts">
                <button type="button" class="primary" on:click=move |_| state.answer(Some(Role::Run))>"Replace the run"</button>
                <button type="button" on:click=move |_| state.answer(Some(Role::Baseline))>"Set as baseline"</button>
                <Show when=move || state.has_files(Role::Run)>
                    <button type="button" on:click=move |_| state.add_repeat(Role::Run)>"Add as a repeat of the run"</button>
                </Show>
                <Show when=move || state.has_files(Role::Baseline)>
                    <button type="button" on:click=move |_| state.add_repeat(Role::Baseline)>"Add as a repeat of the baseline"</button>
                </Show>
                <button type="button" on:click=move |_| state.add_earlier()>"Add as an earlier run: how far equal runs differ"</button>
                <button type="button" class="quiet" on:click=move |_| state.answer(None)>"Cancel"</button>
            </div>
        </Dialog>
    }
}
