//! The page: what Trunk builds into `dist/`.

#[cfg(target_arch = "wasm32")]
fn main() {
    use leptos::prelude::*;

    console_error_panic_hook::set_once();
    mount_to_body(|| view! { <main><h1>"loaddiff"</h1></main> });
}

/// The page runs in a browser alone.
#[cfg(not(target_arch = "wasm32"))]
fn main() {}
