//! The rows of the endpoint table that are in the document: of many those near what is in view. Two rows of the height of
//! the others stand for those above and below; scrolling asks the engine for others.

use std::cell::Cell;

use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{Element, HtmlElement};

use super::{browser, engine};
use crate::session::{ROWS_ABOVE, ROWS_BELOW};

thread_local! {
    /// Whether a look is due at the next frame.
    static DUE: Cell<bool> = const { Cell::new(false) };
    /// The rows that were asked for.
    static ASKED: Cell<(usize, usize)> = const { Cell::new((0, 0)) };
    /// The last height of the details, in pixels: they may be of a row that is not in the document.
    static DETAILS: Cell<f64> = const { Cell::new(0.0) };
}

/// Listens as long as the page lives.
pub(super) fn listen() {
    let closure = Closure::<dyn Fn()>::new(soon);
    // The table may scroll by itself: events of elements inside the page are heard on their way down alone.
    for event in ["scroll", "resize"] {
        let heard = closure.as_ref().unchecked_ref();
        let _ = window().add_event_listener_with_callback_and_bool(event, heard, true);
    }
    closure.forget();
}

/// Looks once in the next frame, however often it is asked for.
fn soon() {
    if !DUE.replace(true) {
        request_animation_frame(|| {
            DUE.set(false);
            follow();
        });
    }
}

/// Rows that the row of this id stands for; and whether the details are among them.
fn stands_for(id: &str) -> Option<(Element, usize, bool)> {
    let row = browser::by_id(id)?;
    let rows = row.get_attribute("data-rows")?.parse().ok()?;
    let opened = row.has_attribute("data-opened");
    Some((row, rows, opened))
}

/// The height of one row, which all have.
fn height() -> Option<f64> {
    let row = document().query_selector("#endpoint-rows > .row:not(.total)").ok()??;
    Some(row.get_bounding_client_rect().height()).filter(|height| *height > 1.0)
}

/// Gives the two rows their heights, and numbers the others for assistive technology.
pub(super) fn fit() {
    if let Some(details) = browser::by_id("details-row") {
        DETAILS.set(details.get_bounding_client_rect().height());
    }
    let Some((above, hidden, _)) = stands_for(ROWS_ABOVE) else { return };
    let Some(height) = height() else { return };
    for (row, rows, opened) in [ROWS_ABOVE, ROWS_BELOW].into_iter().filter_map(stands_for) {
        let more = if opened { DETAILS.get() } else { 0.0 };
        let style = row.first_element_child().and_then(|cell| cell.dyn_into::<HtmlElement>().ok());
        if let Some(cell) = style {
            let _ = cell.style().set_property("height", &format!("{}px", rows as f64 * height + more));
        }
    }
    // The head is the first row; a total, where there is one, stands above the first of the two.
    let mut number = 2 + usize::from(above.previous_element_sibling().is_some()) + hidden;
    let mut next = above.next_element_sibling();
    while let Some(row) = next {
        if row.class_list().contains("row") {
            let text = number.to_string();
            if row.get_attribute("aria-rowindex").as_deref() != Some(&text) {
                let _ = row.set_attribute("aria-rowindex", &text);
            }
            number += 1;
        }
        next = row.next_element_sibling();
    }
    soon();
}

/// Asks for other rows where those in the document end too near what is in view.
fn follow() {
    let (Some((above, first, opened)), Some((below, left, _)), Some(height)) =
        (stands_for(ROWS_ABOVE), stands_for(ROWS_BELOW), height())
    else {
        return;
    };
    let (top, bottom) = (above.get_bounding_client_rect(), below.get_bounding_client_rect());
    let screen = window().inner_height().ok().and_then(|height| height.as_f64()).unwrap_or(800.0);
    let in_view = (screen / height).ceil().max(8.0);
    // A screen of rows above and below is there before it is seen.
    let needs_above = first > 0 && top.bottom() > -screen / 2.0;
    let needs_below = left > 0 && bottom.top() < screen * 1.5;
    if !needs_above && !needs_below {
        return ASKED.set((0, 0));
    }
    let more = if opened { DETAILS.get() } else { 0.0 };
    let scrolled = (-top.top() - more).max(0.0) / height;
    let from = (scrolled - in_view).max(0.0) as usize;
    let count = (in_view * 3.0) as usize;
    if ASKED.replace((from, count)) != (from, count) {
        engine::act(&format!("rows {from} {count}"), "");
    }
}
