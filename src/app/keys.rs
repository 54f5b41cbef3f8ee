//! Keys for what the page's buttons do too. index.html lists them in the help dialog.

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlInputElement, KeyboardEvent};

use super::{browser, engine, patch, touch};

/// Listens as long as the page lives.
pub(super) fn listen() {
    browser::listen("keydown", |event| {
        if let Ok(event) = event.dyn_into::<KeyboardEvent>() {
            heard(&event);
        }
    });
}

fn heard(event: &KeyboardEvent) {
    if event.ctrl_key() || event.meta_key() || event.alt_key() || event.default_prevented() {
        return;
    }
    let target = event.target().and_then(|t| t.dyn_into::<Element>().ok());
    let within = |selector: &str| target.as_ref().and_then(|t| t.closest(selector).ok().flatten()).is_some();
    let typing = within("input:not([type=file]):not([type=checkbox]), select, textarea");
    if event.key() == "Escape" && typing {
        if let Some(input) =
            target.as_ref().and_then(|t| t.dyn_ref::<HtmlInputElement>()).filter(|i| i.id() == "filter")
        {
            input.set_value("");
            engine::act("filter", "");
        }
        if let Some(field) = target.as_ref().and_then(|t| t.dyn_ref::<HtmlElement>()) {
            let _ = field.blur();
        }
        return;
    }
    // A dialog has keys of its own: Escape closes it, and the browser does that.
    if typing || within("dialog") {
        return;
    }
    if act(&event.key()) {
        event.prevent_default();
    }
}

/// Does what a key stands for; whether it stands for anything.
fn act(key: &str) -> bool {
    let report = patch::has_report();
    match key {
        "?" => touch::on_page("open help"),
        "d" => touch::on_page("theme"),
        "/" if report => {
            if let Some(input) = browser::by_id("filter").and_then(|e| e.dyn_into::<HtmlElement>().ok()) {
                let _ = input.focus();
            }
        }
        "j" if report => engine::act("step 1", ""),
        "k" if report => engine::act("step -1", ""),
        "Escape" if browser::by_id("details").is_some() => engine::act("close", ""),
        "r" if report => engine::act("verdict regressed", ""),
        "x" if report => engine::act("swap", ""),
        "s" if report => touch::on_page("open share"),
        "e" if report => touch::on_page("go export"),
        _ => return false,
    }
    true
}
