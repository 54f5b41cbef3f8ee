//! What reads files for the page, off its own thread: the second program that Trunk builds into `dist/`.

#[cfg(target_arch = "wasm32")]
fn main() {
    loaddiff::worker::start();
}

/// A worker runs in a browser alone.
#[cfg(not(target_arch = "wasm32"))]
fn main() {}
