//! `cargo +nightly fuzz run thresholds`: see [`loaddiff_fuzz::thresholds`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| loaddiff_fuzz::thresholds(bytes));
