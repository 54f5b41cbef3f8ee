//! The rows of the endpoint table that are in the document: of many those near what is in view. Two rows of the height of
//! the others stand for those above and below.

use std::cell::Cell;

use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{Element, Event, HtmlElement};

use super::browser;
use crate::session::{ROWS_ABOVE, ROWS_BELOW};

/// An event of the window: other rows are in the document.
pub(super) const FITTED: &str = "rows-fitted";

thread_local! {
    /// The last height of the details, in pixels: they may be of a row that is not in the document.
    static DETAILS: Cell<f64> = const { Cell::new(0.0) };
    /// The last height of a row, in pixels: between two updates there may be none.
    static HEIGHT: Cell<f64> = const { Cell::new(0.0) };
}

/// Rows that the row of this id stands for; and whether the details are among them.
pub(super) fn stands_for(id: &str) -> Option<(Element, usize, bool)> {
    let row = browser::by_id(id)?;
    let rows = row.get_attribute("data-rows")?.parse().ok()?;
    let opened = row.has_attribute("data-opened");
    Some((row, rows, opened))
}

/// The height of one row, which all have.
pub(super) fn height() -> Option<f64> {
    let row = document().query_selector("#endpoint-rows > .row:not(.total)").ok().flatten();
    if let Some(height) = row.map(|row| row.get_bounding_client_rect().height()).filter(|height| *height > 1.0) {
        HEIGHT.set(height);
    }
    Some(HEIGHT.get()).filter(|height| *height > 1.0)
}

/// Gives the two rows their heights, and numbers the others for assistive technology.
pub(super) fn fit() {
    // The known heights come first: measuring lays the page out, and with wrong heights it would lose its place.
    set_heights();
    let known = (HEIGHT.get(), DETAILS.get());
    if let Some(details) = browser::by_id("details-row") {
        DETAILS.set(details.get_bounding_client_rect().height());
    }
    height();
    if known != (HEIGHT.get(), DETAILS.get()) {
        set_heights();
    }
    number();
    if let Ok(event) = Event::new(FITTED) {
        let _ = window().dispatch_event(&event);
    }
}

fn set_heights() {
    for (row, rows, opened) in [ROWS_ABOVE, ROWS_BELOW].into_iter().filter_map(stands_for) {
        let more = if opened { DETAILS.get() } else { 0.0 };
        let style = row.first_element_child().and_then(|cell| cell.dyn_into::<HtmlElement>().ok());
        if let Some(cell) = style.filter(|_| HEIGHT.get() > 1.0) {
            let _ = cell.style().set_property("height", &format!("{}px", rows as f64 * HEIGHT.get() + more));
        }
    }
}

/// Numbers the rows as they stand in the whole table, whose head is the first; where all are in the document, none is.
fn number() {
    let Some(body) = browser::by_id("endpoint-rows") else { return };
    let Some((_, hidden, _)) = stands_for(ROWS_ABOVE) else {
        while let Ok(Some(row)) = body.query_selector(":scope > [aria-rowindex]") {
            let _ = row.remove_attribute("aria-rowindex");
        }
        return;
    };
    let mut number = 2;
    let mut next = body.first_element_child();
    while let Some(row) = next {
        if row.id() == ROWS_ABOVE {
            number += hidden;
        } else if row.class_list().contains("row") {
            let text = number.to_string();
            if row.get_attribute("aria-rowindex").as_deref() != Some(&text) {
                let _ = row.set_attribute("aria-rowindex", &text);
            }
            number += 1;
        }
        next = row.next_element_sibling();
    }
}

/// The last height of the details.
pub(super) fn details() -> f64 {
    DETAILS.get()
}
