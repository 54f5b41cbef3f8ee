//! The dialogs of index.html. The browser holds the focus in an open one, closes it on Escape, and gives the focus back.

use wasm_bindgen::prelude::*;
use web_sys::{Event, HtmlDialogElement};

use super::{browser, engine};
use crate::ingest::Role;
use crate::session::Action;

/// What closing or opening a dialog means for the engine.
fn action(id: &str, open: bool) -> Option<Action> {
    match (id, open) {
        ("dialog-settings", _) => Some(Action::Settings(open)),
        ("dialog-share", _) => Some(Action::Share(open)),
        ("dialog-ask", false) => Some(Action::Answer(None::<Role>)),
        _ => None,
    }
}

/// Opens a dialog, and has the engine fill it.
pub(super) fn open(id: &str) {
    if browser::dialog(id).is_none_or(|dialog| dialog.open()) {
        return;
    }
    if let Some(action) = action(id, true) {
        engine::act(&action.to_string(), "");
    }
    browser::show_dialog(id, true);
}

/// Tells the engine of dialogs that are closed, by whatever means, and closes one that is clicked beside.
pub(super) fn listen() {
    for id in ["dialog-settings", "dialog-share", "dialog-ask", "dialog-help"] {
        let Some(dialog) = browser::dialog(id) else { continue };
        let closed = Closure::<dyn Fn()>::new(move || {
            if let Some(action) = action(id, false) {
                engine::act(&action.to_string(), "");
            }
        });
        let _ = dialog.add_event_listener_with_callback("close", closed.as_ref().unchecked_ref());
        closed.forget();
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
