//! Runs that are dragged to the side they are on. The list beside each does the same by keyboard.

use std::cell::RefCell;

use wasm_bindgen::prelude::*;
use web_sys::{DragEvent, Element, Event};

use super::{browser, engine};

thread_local! {
    /// The number of the run that is dragged.
    static DRAGGED: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// The value of an attribute of the element of an event, or of one around it.
fn around(event: &Event, attribute: &str) -> Option<String> {
    let target = event.target()?.dyn_into::<Element>().ok()?;
    target.closest(&format!("[{attribute}]")).ok()??.get_attribute(attribute)
}

/// Listens as long as the page lives.
pub(super) fn listen() {
    browser::listen("dragstart", |event| {
        let item = around(&event, "data-item");
        if let Some((item, data)) = item.as_ref().zip(event.dyn_ref::<DragEvent>().and_then(DragEvent::data_transfer)) {
            // Firefox drags nothing without data.
            let _ = data.set_data("text/plain", item);
        }
        DRAGGED.set(item);
    });
    browser::listen("dragover", |event| {
        if DRAGGED.with_borrow(Option::is_some) && around(&event, "data-zone").is_some() {
            event.prevent_default();
        }
    });
    browser::listen("drop", |event| {
        if let Some((item, zone)) = DRAGGED.take().zip(around(&event, "data-zone")) {
            event.prevent_default();
            engine::act(&format!("place {item}"), &zone);
        }
    });
    browser::listen("dragend", |_| DRAGGED.set(None));
}
