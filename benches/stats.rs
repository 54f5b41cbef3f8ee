//! What the gate needs of one row, and what is computed when a row is opened. `cargo bench --bench stats`.
#![allow(missing_docs, clippy::unwrap_used)]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use loaddiff::stats::proportion::{self, Proportion};
use loaddiff::stats::random::SplitMix64;
use loaddiff::stats::rate::{self, Rate};
use loaddiff::stats::scatter::scatter;
use loaddiff::stats::welch::Estimate;
use loaddiff::stats::{Weighted, ks, multiple, quantile, rank};

fn gate(c: &mut Criterion) {
    let mut group = c.benchmark_group("one row of the gate");
    let (base, run) = (Proportion::new(100, 20_000).unwrap(), Proportion::new(310, 20_000).unwrap());
    group.bench_function("Newcombe interval", |b| b.iter(|| proportion::newcombe(black_box(base), run, 0.025)));
    group.bench_function("Miettinen-Nurminen inverted", |b| {
        b.iter(|| proportion::miettinen_nurminen_p_above(black_box(base), black_box(run), 0.005));
    });
    let mut random = SplitMix64::new(1);
    let mut ten = || (0..10).map(|_| 100.0 + random.below(1000) as f64 / 50.0).collect::<Vec<f64>>();
    let (before, after) = (ten(), ten());
    group.bench_function("Welch on ten batches a side, p", |b| {
        b.iter(|| {
            let (before, after) = (Estimate::of_mean(black_box(&before)), Estimate::of_mean(black_box(&after)));
            after.zip(before).and_then(|(after, before)| after.minus(&before)).map(|change| change.p_above(0.05))
        });
    });
    let (base, run) = (Rate::new(20_000, 60.0).unwrap(), Rate::new(20_400, 61.0).unwrap());
    group.bench_function("exact rate ratio", |b| b.iter(|| rate::ratio_interval(black_box(base), run, 0.025)));
    group.bench_function("order-statistic ranks, n = 20,000", |b| {
        b.iter(|| quantile::ranks(black_box(20_000), 0.95, 0.025))
    });
    let p: Vec<f64> = (0..6000).map(|i| f64::from(i * 7919 % 6000) / 6000.0).collect();
    group.bench_function("Holm over 6,000 rules", |b| b.iter(|| multiple::holm(black_box(&p))));
    group.finish();
}

fn opened(c: &mut Criterion) {
    let mut group = c.benchmark_group("an opened row");
    group.sample_size(10);
    let mut random = SplitMix64::new(2);
    let mut samples = |n: usize| (0..n).map(|_| 1.0 + random.below(100_000) as f64 / 100.0).collect::<Vec<f64>>();
    let (before, after) = (samples(20_000), samples(20_000));
    let (base, run) = (Weighted::of_samples(&before).unwrap(), Weighted::of_samples(&after).unwrap());
    group.bench_function("sort 20,000 samples", |b| b.iter(|| Weighted::of_samples(black_box(&before))));
    group.bench_function("Brunner-Munzel, 20,000 a side", |b| b.iter(|| rank::brunner_munzel(black_box(&base), &run)));
    group.bench_function("Hodges-Lehmann, 20,000 a side", |b| {
        b.iter(|| rank::hodges_lehmann(black_box(&base), &run, 0.025))
    });
    group.bench_function("Kolmogorov-Smirnov, 20,000 a side", |b| {
        b.iter(|| ks::kolmogorov_smirnov(black_box(&base), &run))
    });
    group.bench_function("scatter of 20,000 values", |b| b.iter(|| scatter(black_box(&before))));
    group.finish();
}

criterion_group!(benches, gate, opened);
criterion_main!(benches);
