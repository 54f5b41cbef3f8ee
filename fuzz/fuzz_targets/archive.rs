//! `cargo +nightly fuzz run archive`: see [`loaddiff_fuzz::archive`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| loaddiff_fuzz::archive(bytes));
