//! The engine of the page and its readers: the module that web/boot.js starts in workers.

#[cfg(target_arch = "wasm32")]
fn main() {
    loaddiff::engine::start();
}

/// A worker runs in a browser alone.
#[cfg(not(target_arch = "wasm32"))]
fn main() {}
