//! Keys for what the page's buttons do too.

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent, ScrollLogicalPosition};

use super::browser;
use super::state::State;
use crate::compare::Verdict;

/// The keys and what they do, as the help shows them.
pub(super) const KEYS: &[(&str, &str)] = &[
    ("/", "filter the endpoints"),
    ("j", "next endpoint"),
    ("k", "previous endpoint"),
    ("r", "what regressed only, and back"),
    ("x", "swap baseline and run"),
    ("s", "share"),
    ("e", "go to the exports"),
    ("d", "dark or light"),
    ("?", "this list"),
    ("Esc", "close, or empty the filter"),
];

/// Listens as long as the page lives.
pub(super) fn listen(state: State) {
    let handle = window_event_listener(ev::keydown, move |event: KeyboardEvent| {
        if event.ctrl_key() || event.meta_key() || event.alt_key() || event.default_prevented() {
            return;
        }
        let target = event.target().and_then(|t| t.dyn_into::<Element>().ok());
        let within = |selector: &str| target.as_ref().and_then(|t| t.closest(selector).ok().flatten()).is_some();
        let typing = within("input:not([type=file]):not([type=checkbox]), select, textarea");
        if event.key() == "Escape" && typing {
            state.filters.update(|f| f.text.clear());
            if let Some(input) = target.as_ref().and_then(|t| t.dyn_ref::<HtmlElement>()) {
                let _ = input.blur();
            }
            return;
        }
        // A dialog has keys of its own: Escape closes it, and the browser does that.
        if typing || within("dialog") {
            return;
        }
        if act(state, &event.key()) {
            event.prevent_default();
        }
    });
    // The handle would take the listener away again.
    std::mem::forget(handle);
}

/// Does what a key stands for; whether it stands for anything.
fn act(state: State, key: &str) -> bool {
    let report = state.comparison.with_untracked(Option::is_some);
    match key {
        "?" => state.help_open.set(true),
        "d" => browser::toggle_theme(),
        "/" if report => {
            if let Some(input) = browser::by_id("filter").and_then(|e| e.dyn_into::<HtmlElement>().ok()) {
                let _ = input.focus();
            }
        }
        "j" | "k" if report => {
            state.step(if key == "j" { 1 } else { -1 });
            browser::reveal("details", ScrollLogicalPosition::Nearest);
        }
        "r" if report => state.toggle_verdict(Verdict::Regressed),
        "x" if report => state.swap(),
        "s" if report => state.share_open.set(true),
        "e" if report => browser::go_to("export"),
        _ => return false,
    }
    true
}
