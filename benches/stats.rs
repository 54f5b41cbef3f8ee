//! What the gate needs of one row, and what is computed when a row is opened. `cargo bench --bench stats`.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing)]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use loaddiff::stats::bootstrap::{BlockBootstrap, SplitMix64};
use loaddiff::stats::changepoint::EDivisive;
use loaddiff::stats::mover::{self, Estimated};
use loaddiff::stats::proportion::{self, Proportion};
use loaddiff::stats::quantile::{self, Printed, RankRule, TableBracket};
use loaddiff::stats::rate::{self, Rate};
use loaddiff::stats::{Weighted, batch, ks, multiple, rank};

fn table(n: u64, scale: f64) -> Vec<Printed> {
    let row = [(0.5, 40.0), (0.66, 50.0), (0.75, 60.0), (0.8, 70.0), (0.9, 120.0), (0.95, 200.0), (0.98, 900.0)];
    row.into_iter()
        .chain([(0.99, 1500.0), (0.999, 2000.0), (0.9999, 9000.0), (1.0, 30000.0)])
        .map(|(share, v)| Printed::new(RankRule::Locust, n, share, v * scale, quantile::locust_half_width(v)).unwrap())
        .collect()
}

fn gate(c: &mut Criterion) {
    let mut group = c.benchmark_group("one row of the gate");
    let (base, run) = (Proportion::new(100, 20_000).unwrap(), Proportion::new(310, 20_000).unwrap());
    group.bench_function("Newcombe inverted", |b| {
        b.iter(|| proportion::newcombe_p_above(black_box(base), black_box(run), 0.005));
    });
    group.bench_function("Newcombe interval", |b| b.iter(|| proportion::newcombe(black_box(base), run, 0.025)));
    group.bench_function("Miettinen-Nurminen inverted", |b| {
        b.iter(|| proportion::miettinen_nurminen_p_above(black_box(base), black_box(run), 0.005));
    });
    for n in [1_500, 20_000, 1_000_000] {
        let (before, after) = (table(n, 1.0), table(n, 1.4));
        group.bench_function(format!("table brackets of both sides, n = {n}"), |b| {
            b.iter(|| (TableBracket::new(n, 0.95, black_box(&before)), TableBracket::new(n, 0.95, black_box(&after))));
        });
        let (before, after) =
            (TableBracket::new(n, 0.95, &before).unwrap(), TableBracket::new(n, 0.95, &after).unwrap());
        group.bench_function(format!("MOVER down the ladder, n = {n}"), |b| {
            b.iter(|| {
                quantile::smallest_level(|tail| {
                    let base = Estimated { value: 200.0, bounds: before.at(tail) };
                    let run = Estimated { value: 280.0, bounds: after.at(tail) };
                    mover::log_ratio(black_box(&base), &run).lower.is_some_and(|lower| lower > -9.0)
                })
            });
        });
    }
    let mut random = SplitMix64::new(1);
    let mut ten = || (0..10).map(|_| 100.0 + random.below(1000) as f64 / 50.0).collect::<Vec<f64>>();
    let (before, after) = (ten(), ten());
    group.bench_function("Welch on ten batches a side, p", |b| {
        b.iter(|| {
            let (before, after) = (batch::log_means(black_box(&before)), batch::log_means(black_box(&after)));
            after.zip(before).and_then(|(after, before)| after.minus(&before)).map(|change| change.p_above(0.05))
        });
    });
    group.bench_function("sectioning of ten batches a side, p and interval", |b| {
        b.iter(|| {
            let before = batch::sectioning(110.0, black_box(&before));
            let after = batch::sectioning(113.0, black_box(&after));
            let change = after.zip(before).and_then(|(after, before)| after.minus(&before));
            change.map(|change| (change.p_above(0.05), change.interval(0.025)))
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
    group.bench_function("Mann-Whitney, 20,000 a side", |b| b.iter(|| rank::mann_whitney(black_box(&base), &run)));
    group.bench_function("Brunner-Munzel, 20,000 a side", |b| b.iter(|| rank::brunner_munzel(black_box(&base), &run)));
    group.bench_function("Hodges-Lehmann, 20,000 a side", |b| {
        b.iter(|| rank::hodges_lehmann(black_box(&base), &run, 0.025))
    });
    group.bench_function("Kolmogorov-Smirnov, 20,000 a side", |b| {
        b.iter(|| ks::kolmogorov_smirnov(black_box(&base), &run))
    });
    let bootstrap = BlockBootstrap { block: 10, replicates: 2000, seed: 42 };
    group.bench_function("block bootstrap, 300 a side", |b| {
        b.iter(|| bootstrap.quantile_difference(black_box(&before[..300]), &after[..300], 0.95, 0.025));
    });
    group.bench_function("E-divisive, 50 runs, 999 permutations", |b| {
        b.iter(|| EDivisive::default().detect(black_box(&before[..50])))
    });
    group.bench_function("Geyer, 20,000 values", |b| b.iter(|| batch::geyer(black_box(&before))));
    group.finish();
}

criterion_group!(benches, gate, opened);
criterion_main!(benches);
