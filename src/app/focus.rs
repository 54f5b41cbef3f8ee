//! Keeps the focus on the page: what has it may be replaced or removed by what the engine sends.

use std::cell::RefCell;

use js_sys::{Function, Object, Reflect};
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::Element;

use super::browser;

thread_local! {
    /// What had the focus last, and all around it, innermost first.
    static LAST: RefCell<Vec<Element>> = const { RefCell::new(Vec::new()) };
}

/// Remembers what gets the focus, as long as the page lives.
pub(super) fn listen() {
    browser::listen("focusin", |event| {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let around = std::iter::successors(target, |element| element.parent_element());
        let around = around.take_while(|element| element.tag_name() != "BODY").collect();
        LAST.set(around);
    });
}

/// Whether anything has the focus.
pub(super) fn is_somewhere() -> bool {
    document().active_element().is_some_and(|active| active.tag_name() != "BODY")
}

/// Gives the focus back where what was shown has taken it away: to the element that had it or the one in its place, else to
/// the nearest around it that is still there. An element that is moved loses it too.
pub(super) fn keep(was_somewhere: bool) {
    if !was_somewhere || is_somewhere() {
        return;
    }
    let around = LAST.with_borrow(Vec::clone);
    let Some(first) = around.first() else { return };
    if first.is_connected() && focus(first) {
        return;
    }
    let again = Some(first.id()).filter(|id| !id.is_empty()).and_then(|id| browser::by_id(&id));
    let around = around.iter().skip(1).filter(|element| element.is_connected());
    for element in again.iter().chain(around) {
        if focus(element) {
            return;
        }
    }
    browser::by_id("main").map(|main| focus(&main));
}

/// Gives an element the focus, if it can have it.
fn focus(element: &Element) -> bool {
    let options = Object::new();
    let _ = Reflect::set(&options, &"preventScroll".into(), &JsValue::TRUE);
    if let Ok(Ok(focus)) = Reflect::get(element, &"focus".into()).map(|focus| focus.dyn_into::<Function>()) {
        let _ = focus.call1(element, &options);
    }
    document().active_element().as_ref() == Some(element)
}
