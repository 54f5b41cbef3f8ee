//! Keys for what the page's buttons do too. index.html lists them in the help dialog.

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlInputElement, KeyboardEvent};

use super::{browser, dialogs, engine, patch, touch};

/// Listens as long as the page lives.
pub(super) fn listen() {
    browser::listen("keydown", |event| {
        if let Ok(event) = event.dyn_into::<KeyboardEvent>() {
            heard(&event);
        }
    });
}

fn heard(event: &KeyboardEvent) {
    if event.default_prevented() || event.alt_key() {
        return;
    }
    let target = event.target().and_then(|t| t.dyn_into::<Element>().ok());
    let within = |selector: &str| target.as_ref().and_then(|t| t.closest(selector).ok().flatten()).is_some();
    if event.ctrl_key() || event.meta_key() {
        if event.key() == "o" && !within("dialog:modal") && choose_files() {
            event.prevent_default();
        }
        return;
    }
    let typing = within("input:not([type=file]):not([type=checkbox]):not([type=radio]), select, textarea");
    if event.key() == "Escape" {
        return escape(&within);
    }
    // A modal dialog has keys of its own.
    if typing || within("dialog:modal") {
        return;
    }
    if act(&event.key()) {
        event.prevent_default();
    }
}

/// Escape empties the filter and leaves it for the table; else it closes the details, or the panel of limits: first what has
/// the focus. The browser closes modal dialogs.
fn escape(within: &dyn Fn(&str) -> bool) {
    if within("#filter") {
        if let Some(input) = browser::by_id("filter").and_then(|e| e.dyn_into::<HtmlInputElement>().ok()) {
            input.set_value("");
            engine::act("filter", "");
        }
        return focus_on("#endpoints .scroll");
    }
    let closed = within("dialog:modal") || (within("dialog") && dialogs::close_limits());
    if !closed && browser::by_id("details").is_some() {
        engine::act("close", "");
    } else if !closed {
        dialogs::close_limits();
    }
}

/// Asks for files as the page's own button does; whether there is one.
fn choose_files() -> bool {
    let Some(input) = first("input[type=file][data-files=anywhere]") else { return false };
    input.click();
    true
}

fn first(selector: &str) -> Option<HtmlElement> {
    leptos::prelude::document().query_selector(selector).ok()??.dyn_into().ok()
}

fn focus_on(selector: &str) {
    if let Some(element) = first(selector) {
        let _ = element.focus();
    }
}

/// Does what a key stands for; whether it stands for anything.
fn act(key: &str) -> bool {
    let report = patch::has_report();
    match key {
        "?" => touch::on_page("open help"),
        "d" => touch::on_page("theme"),
        "l" => touch::on_page("open settings"),
        "/" if report => focus_on("#filter"),
        "j" if report => engine::act("step 1", ""),
        "k" if report => engine::act("step -1", ""),
        "r" if report => engine::act("verdict regressed", ""),
        "x" if report => engine::act("swap", ""),
        "s" if report => touch::on_page("open share"),
        "e" if report => touch::on_page("go export"),
        _ => return false,
    }
    true
}
