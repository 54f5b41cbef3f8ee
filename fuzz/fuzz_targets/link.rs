//! `cargo +nightly fuzz run link`: see [`loaddiff_fuzz::link`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| loaddiff_fuzz::link(bytes));
