//! `cargo +nightly fuzz run report`: see [`loaddiff_fuzz::report`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| loaddiff_fuzz::report(bytes));
