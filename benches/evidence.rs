//! Judging a large comparison: 1,000 endpoints with six rules each, from raw samples over time, and again with a moved
//! limit.
#![allow(clippy::unwrap_used)]

use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use loaddiff::compare::{compare, judge_again};
use loaddiff::policy::{self, Policy};
use loaddiff::run::recorder::Sample;
use loaddiff::run::{Recorder, Run};

const ENDPOINTS: u64 = 1000;
const REQUESTS: u64 = 400;

fn run(seed: u64) -> Run {
    let mut state = seed;
    let mut recorder = Recorder::default();
    let slots: Vec<_> =
        (0..ENDPOINTS).map(|i| recorder.endpoint(Some("GET"), &format!("/path/{i:04}"), true)).collect();
    for i in 0..REQUESTS {
        for slot in &slots {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let ns = 50_000_000 + (state >> 40);
            let end_ms = 1_700_000_000_000 + (i * 1000) as i64;
            recorder.record(*slot, &Sample::one(Some(end_ms), ns, state >> 57 == 0));
        }
    }
    recorder.run(ENDPOINTS * REQUESTS, 0)
}

fn judging(c: &mut Criterion) {
    let (baseline, slow) = (run(1), run(2));
    c.bench_function("compare, 1,000 endpoints x 6 rules", |b| {
        b.iter_batched(
            || (baseline.clone(), slow.clone(), Policy::default()),
            |(baseline, slow, policy)| black_box(compare(baseline, slow, policy)),
            BatchSize::LargeInput,
        );
    });
    let judged = compare(baseline, slow, Policy::default());
    let moved = policy::parse(
        "thresholds.toml",
        "profile = \"default\"\n[[rule]]\nmetric = \"p95_latency_ms\"\nfail = { any = [\"+12%\"] }\n",
    )
    .unwrap();
    c.bench_function("judge again by a moved limit, 1,000 endpoints", |b| {
        b.iter_batched(
            || (judged.clone(), moved.clone()),
            |(judged, policy)| black_box(judge_again(judged, policy)),
            BatchSize::LargeInput,
        );
    });
}

criterion_group!(benches, judging);
criterion_main!(benches);
