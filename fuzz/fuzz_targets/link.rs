//! `cargo +nightly fuzz run link`: any bytes as a text, and as the body of a link in a right frame.
#![no_main]

use libfuzzer_sys::fuzz_target;
use loaddiff::link;

#[path = "../../tests/support/link_frame.rs"]
#[allow(dead_code)]
mod link_frame;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = link::decode(text);
    }
    if let Ok(shared) = link::decode(&link_frame::framed(1, bytes)) {
        let _ = shared.judge();
    }
});
