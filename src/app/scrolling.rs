//! Scrolling the endpoint table asks the engine for other rows before the end of those in the document is seen.

use std::cell::Cell;

use leptos::prelude::*;
use wasm_bindgen::prelude::*;

use super::{browser, engine, rows};
use crate::session::{ROWS_ABOVE, ROWS_BELOW};

thread_local! {
    /// Whether a look is due at the next frame.
    static DUE: Cell<bool> = const { Cell::new(false) };
    /// The rows that were asked for.
    static ASKED: Cell<(usize, usize)> = const { Cell::new((0, 0)) };
}

/// Listens as long as the page lives.
pub(super) fn listen() {
    let closure = Closure::<dyn Fn()>::new(soon);
    // The table may scroll by itself: events of elements inside the page are heard on their way down alone.
    for event in ["scroll", "resize", rows::FITTED] {
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

/// Asks for other rows where those in the document end too near what is in view.
fn follow() {
    let (Some((above, first, opened)), Some((below, left, _)), Some(height)) =
        (rows::stands_for(ROWS_ABOVE), rows::stands_for(ROWS_BELOW), rows::height())
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
    let details = browser::by_id("details-row").map(|details| details.get_bounding_client_rect());
    let drawn = details.map_or(0.0, |details| (-details.top()).clamp(0.0, details.height()));
    let more = if opened { rows::details() } else { drawn };
    let scrolled = (-top.top() - more).max(0.0) / height;
    let from = (scrolled - in_view).max(0.0) as usize;
    let count = ((scrolled + in_view * 2.0).ceil() as usize).saturating_sub(from);
    if ASKED.replace((from, count)) != (from, count) {
        engine::act(&format!("rows {from} {count}"), "");
    }
}
