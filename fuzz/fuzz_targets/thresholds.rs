//! `cargo +nightly fuzz run thresholds`: any text as a thresholds file, and what is read is judged by.
#![no_main]

use libfuzzer_sys::fuzz_target;
use loaddiff::run::{Endpoint, Run};
use loaddiff::{compare, policy};

fuzz_target!(|text: &str| {
    match policy::parse("thresholds.toml", text) {
        Ok(policy) => {
            let endpoint = |requests| Endpoint { name: "/a".into(), requests: Some(requests), ..Endpoint::default() };
            let run = |requests| Run { endpoints: vec![endpoint(requests)].into(), ..Run::default() };
            let _ = compare::compare(run(100), run(90), policy);
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
