//! Digests of random comparisons, natively and from wasm32: see `tests/parity/README.md`.
#![allow(missing_docs, clippy::indexing_slicing)]

#[path = "../tests/parity/cases.rs"]
mod cases;

/// Prints one digest a line.
fn main() {
    for seed in 0..cases::CASES {
        println!("{:016x}", cases::digest(seed));
    }
}

/// What `tests/parity/run.mjs` calls.
#[cfg(target_arch = "wasm32")]
#[allow(unsafe_code)] // An exported name is the only way into the module without wasm-bindgen.
#[unsafe(no_mangle)]
pub extern "C" fn parity_digest(seed: u64) -> u64 {
    cases::digest(seed)
}

/// How many there are.
#[cfg(target_arch = "wasm32")]
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn parity_cases() -> u64 {
    cases::CASES
}
