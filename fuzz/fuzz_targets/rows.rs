//! `cargo +nightly fuzz run rows`: see [`loaddiff_fuzz::rows`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| loaddiff_fuzz::rows(bytes));
