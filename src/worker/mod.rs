//! Reading files off the page's own thread. [`protocol`] is what page and worker say to each other.

pub mod protocol;
#[cfg(all(target_arch = "wasm32", feature = "worker"))]
mod reading;
#[cfg(all(target_arch = "wasm32", feature = "worker"))]
mod source;

#[cfg(all(target_arch = "wasm32", feature = "worker"))]
pub use reading::start;
