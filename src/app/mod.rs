//! The page: what a person touches. It sends what they do to the engine and shows what comes back; it neither judges nor
//! formats.
//!
//! index.html holds the page's frame with a place for each part; the engine fills the parts with HTML
//! ([`patch`](self)), whose elements carry what they do as text ([`touch`](self)).

mod browser;
mod dialogs;
mod drop;
mod embed;
mod engine;
mod focus;
mod keys;
mod notices;
mod panics;
mod patch;
mod rows;
mod scrolling;
mod sides;
mod touch;

use crate::engine::message::ToEngine;
use crate::session::Opening;

/// Starts the page in the document that index.html made.
pub fn mount() {
    panics::watch();
    let embedded = embed::is_asked_for();
    let opening = move || Opening {
        address: browser::address(),
        allowed: browser::allowed_origins(),
        narrow: browser::media(browser::NARROW),
        embedded,
        paused: false,
    };
    engine::start(Box::new(opening));
    notices::mount(|| engine::restart(true), || engine::restart(false), engine::given_names);
    dialogs::listen();
    focus::listen();
    touch::listen();
    keys::listen();
    scrolling::listen();
    sides::listen();
    if embedded {
        embed::mount();
    } else {
        drop::mount();
    }
    browser::watch_media(browser::NARROW, |narrow| engine::send(&ToEngine::Narrow(narrow)));
    browser::listen("hashchange", |_| engine::open_address(browser::address()));
    touch::early();
}
