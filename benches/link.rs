//! Making a link and opening one, at 8, 50 and 200 endpoints of real runs. Making includes opening: each link is read
//! and judged before it is handed out. `cargo bench --bench link`.
#![allow(missing_docs, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

#[path = "../tests/support/mod.rs"]
mod support;

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use loaddiff::link::{self, Options};
use loaddiff::{compare, policy};
use support::{Recorded, locust_pair, recorded_pair};

fn links(c: &mut Criterion) {
    let policy = || policy::profile("default").expect("a built-in profile");
    let pairs = [
        ("8, CSV", locust_pair()),
        ("50, CSV", recorded_pair(50, Recorded::Csv)),
        ("50, JSON", recorded_pair(50, Recorded::Json)),
        ("200, CSV", recorded_pair(200, Recorded::Csv)),
        ("200, JSON", recorded_pair(200, Recorded::Json)),
    ];
    let mut group = c.benchmark_group("link");
    group.sample_size(10);
    for (name, (baseline, run)) in pairs {
        let comparison = compare::compare(baseline, run, policy());
        let text = link::encode(&comparison, &Options::default()).expect("a link").text;
        group.bench_function(BenchmarkId::new("encode", name), |b| {
            b.iter(|| link::encode(black_box(&comparison), &Options::default()));
        });
        group.bench_function(BenchmarkId::new("decode", name), |b| b.iter(|| link::decode(black_box(&text))));
    }
    group.finish();
}

criterion_group!(benches, links);
criterion_main!(benches);
