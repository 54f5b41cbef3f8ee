//! Digests of random comparisons, natively and from wasm32: see `tests/parity/README.md`.
#![allow(missing_docs, clippy::indexing_slicing)]

#[path = "../tests/parity/cases.rs"]
mod cases;

/// Prints one digest per line.
fn main() {
    for seed in 0..cases::CASES {
        println!("{:016x}", cases::digest(seed));
    }
}

/// Called by `tests/parity/run.mjs`.
#[cfg(target_arch = "wasm32")]
#[allow(unsafe_code)] // Without wasm-bindgen, an exported name is the only entry point of the module.
#[unsafe(no_mangle)]
pub extern "C" fn parity_digest(seed: u64) -> u64 {
    cases::digest(seed)
}

/// Number of cases.
#[cfg(target_arch = "wasm32")]
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn parity_cases() -> u64 {
    cases::CASES
}
