//! `cargo +nightly fuzz run ingest`: see [`loaddiff_fuzz::ingest`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| loaddiff_fuzz::ingest(bytes));
