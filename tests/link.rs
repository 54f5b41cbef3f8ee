//! Links: what goes in comes out, damage is found, and nothing that a link says can do harm.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "support/pairs.rs"]
mod pairs;
mod support;

use loaddiff::compare::{Comparison, compare};
use loaddiff::link::{self, Options};
use loaddiff::policy;
use loaddiff::run::Run;
use pairs::{Keeps, pair};
use support::locust_pair;

fn compared((baseline, run): (Run, Run), profile: &str) -> Comparison {
    compare(baseline, run, policy::profile(profile).unwrap())
}

fn figures_alone() -> Options {
    Options { time_series: false, max_chars: None, ..Options::default() }
}

#[allow(dead_code)]
fn everything() -> Options {
    Options { max_chars: None, ..Options::default() }
}

#[test]
fn sizes() {
    for (what, options) in [("figures", figures_alone())] {
        let real = compared(locust_pair(), "default");
        println!("{what}: real 8: {}", link::encode(&real, &options).unwrap().text.len());
        for keeps in [Keeps::Table, Keeps::TwoDigitBuckets, Keeps::Buckets] {
            for n in [20, 50] {
                let lengths: Vec<usize> = (1..=2)
                    .map(|seed| {
                        let c = compared(pair(n, keeps, seed), "default");
                        link::encode(&c, &options).unwrap().text.len()
                    })
                    .collect();
                println!("{what}: {keeps:?} {n}: {lengths:?}");
            }
        }
    }
}

#[test]
fn costs() {
    for keeps in [Keeps::Table, Keeps::TwoDigitBuckets, Keeps::Buckets] {
        let c = compared(pair(20, keeps, 1), "default");
        eprintln!("{}", link::encode(&c, &figures_alone()).unwrap().text.len());
    }
}
