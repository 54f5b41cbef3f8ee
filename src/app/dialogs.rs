//! The dialogs of index.html. The browser holds the focus in an open one, closes it on Escape, and gives the focus back.
//! The panel of limits is no modal one: it stands beside the report, which stays usable.

use leptos::prelude::document;
use wasm_bindgen::prelude::*;
use web_sys::{Event, HtmlDialogElement, KeyboardEvent};

use super::{browser, engine};
use crate::ingest::Role;
use crate::session::Action;

/// What closing or opening a dialog means for the engine.
fn action(id: &str, open: bool) -> Option<Action> {
    match (id, open) {
        (LIMITS, _) => Some(Action::Settings(open)),
        ("dialog-share", _) => Some(Action::Share(open)),
        ("dialog-ask", false) => Some(Action::Answer(None::<Role>)),
        _ => None,
    }
}

/// The panel of limits.
const LIMITS: &str = "dialog-settings";

/// Opens a dialog, and has the engine fill it. The panel of limits is closed where it is open.
pub(super) fn open(id: &str) {
    let Some(dialog) = browser::dialog(id) else { return };
    if dialog.open() {
        if id == LIMITS {
            dialog.close();
        }
        return;
    }
    if let Some(action) = action(id, true) {
        engine::act(&action.to_string(), "");
    }
    if id == LIMITS {
        return dialog.show();
    }
    browser::show_dialog(id, true);
}

/// Closes the panel of limits; whether it was open.
pub(super) fn close_limits() -> bool {
    let open = browser::dialog(LIMITS).filter(HtmlDialogElement::open);
    open.map(|dialog| dialog.close()).is_some()
}

/// Tells the engine of dialogs that are closed, by whatever means, and closes one that is clicked beside.
pub(super) fn listen() {
    // A dialog beside the page has no key of the browser's.
    browser::listen("keydown", |event| {
        let is_escape = event.dyn_ref::<KeyboardEvent>().is_some_and(|event| event.key() == "Escape");
        let is_open = browser::dialog("dialog-ask").is_some_and(|dialog| dialog.open());
        if is_escape && is_open && document().query_selector("dialog:modal").ok().flatten().is_none() {
            // It closes nothing else.
            event.prevent_default();
            browser::show_dialog("dialog-ask", false);
        }
    });
    for id in ["dialog-settings", "dialog-share", "dialog-ask", "dialog-help"] {
        let Some(dialog) = browser::dialog(id) else { continue };
        let closed = Closure::<dyn Fn()>::new(move || {
            if let Some(action) = action(id, false) {
                engine::act(&action.to_string(), "");
            }
        });
        let _ = dialog.add_event_listener_with_callback("close", closed.as_ref().unchecked_ref());
        closed.forget();
        if id == LIMITS {
            continue;
        }
        let clicked = Closure::<dyn Fn(Event)>::new(|event: Event| {
            // A click on the dialog itself, and not on what it holds, is one beside it.
            if let Some(dialog) = event.target().and_then(|t| t.dyn_into::<HtmlDialogElement>().ok()) {
                dialog.close();
            }
        });
        let _ = dialog.add_event_listener_with_callback("click", clicked.as_ref().unchecked_ref());
        clicked.forget();
    }
}
