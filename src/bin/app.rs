//! The page: what Trunk builds into `dist/`.

#[cfg(target_arch = "wasm32")]
fn main() {
    loaddiff::app::mount();
}

/// The page runs in a browser alone.
#[cfg(not(target_arch = "wasm32"))]
fn main() {}
