//! The engine: a session in a worker, with readers of its own.
//!
//! The page starts one worker of this module as the engine and sends it [`message::ToEngine`]; it answers with
//! [`message::ToPage`]. The engine starts further workers of the same module as readers ([`protocol`]), gives each a file or
//! a slice of one, and puts what they read into its [`Session`](crate::session::Session). Bytes of files and runs never
//! cross to the page.

pub mod message;
pub mod protocol;

#[cfg(all(target_arch = "wasm32", feature = "engine"))]
mod browser;
#[cfg(all(target_arch = "wasm32", feature = "engine"))]
mod fetch;
#[cfg(all(target_arch = "wasm32", feature = "engine"))]
mod hear;
#[cfg(all(target_arch = "wasm32", feature = "engine"))]
mod held;
#[cfg(all(target_arch = "wasm32", feature = "engine"))]
mod keep;
#[cfg(all(target_arch = "wasm32", feature = "engine"))]
mod pool;
#[cfg(all(target_arch = "wasm32", feature = "engine"))]
mod reader;
#[cfg(all(target_arch = "wasm32", feature = "engine"))]
mod source;
#[cfg(all(target_arch = "wasm32", feature = "engine"))]
mod take;
#[cfg(all(target_arch = "wasm32", feature = "engine"))]
mod turns;

/// Starts this worker as what it was made for: the engine or a reader.
#[cfg(all(target_arch = "wasm32", feature = "engine"))]
pub fn start() {
    if browser::is_reader() { reader::start() } else { hear::start() }
}
