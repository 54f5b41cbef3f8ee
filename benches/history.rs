//! Histories: change points of Otava's series, and 10,000 runs of 50 endpoints. `cargo bench --bench history`.
#![allow(missing_docs, clippy::unwrap_used)]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use loaddiff::chart::{self, Size};
use loaddiff::history::{History, trends};
use loaddiff::report::html::sections::{self, Chosen};
use loaddiff::run::time;
use loaddiff::stats::change_points::Search;
use loaddiff::stats::random::SplitMix64;

/// As `series` of `tools/otava-changes.py`, without the rounding of every fourth.
fn series(seed: u64) -> Vec<f64> {
    let mut random = SplitMix64::new(seed);
    let length = 20 + random.below(481);
    let mut level = (100 + random.below(900)) as f64;
    let noise_pct = (1 + random.below(5)) as f64;
    let mut steps = std::collections::BTreeMap::new();
    for _ in 0..random.below(5) {
        let place = random.below(length);
        steps.insert(place, (80 + random.below(51)) as f64);
    }
    let value = |at| {
        level = steps.get(&at).map_or(level, |step| level * step / 100.0);
        let normal = (0..12).map(|_| random.below(1000)).sum::<u64>() as f64 / 1000.0 - 6.0;
        level + level * noise_pct / 100.0 * normal
    };
    (0..length).map(value).collect()
}

/// A history of noise of 3 %, where every seventh endpoint becomes 15 % slower three times.
fn file(runs: u64, endpoints: u64) -> String {
    let mut random = SplitMix64::new(1);
    let mut text = String::new();
    for run in 0..runs {
        let at = time::format_rfc3339(946_684_800_000 + run as i64 * 21_600_000);
        let mut rows = Vec::new();
        for endpoint in 0..endpoints {
            let steps = if endpoint.is_multiple_of(7) { run / (runs / 4).max(1) } else { 0 };
            let level = (5 + endpoint * 10) as f64 * 1.15_f64.powi(steps as i32);
            let normal = (0..12).map(|_| random.below(1000)).sum::<u64>() as f64 / 1000.0 - 6.0;
            let p50 = level * (1.0 + 0.03 * normal);
            let requests = 2_900 + random.below(200);
            rows.push(format!(
                "[\"GET\",\"/api/v1/resource-{endpoint:02}\",{requests},{},{:.3},{:.3},{p50:.3},{:.3},{:.3},{:.3}]",
                random.below(6),
                requests as f64 / 300.0,
                p50 * 1.1,
                p50 * 1.6,
                p50 * 2.0,
                p50 * 2.6
            ));
        }
        text.push_str(&format!(
            "{{\"history\":1,\"id\":\"{run:016x}\",\"at\":\"{at}\",\"label\":\"v{}\",\"source\":\"Locust\",\"endpoints\":[{}]}}\n",
            run / 500,
            rows.join(",")
        ));
    }
    text
}

fn change_points(c: &mut Criterion) {
    let all: Vec<Vec<f64>> = (1..=100).map(series).collect();
    c.bench_function("change points of 100 series", |b| {
        b.iter(|| all.iter().map(|series| Search::default().find(black_box(series)).len()).sum::<usize>());
    });
}

fn large(c: &mut Criterion) {
    let text = file(10_000, 50);
    let mut group = c.benchmark_group("10,000 runs of 50 endpoints");
    group.sample_size(10);
    group.bench_function("read", |b| b.iter(|| History::read("h", black_box(text.as_bytes())).unwrap().runs.len()));
    let history = History::read("h", text.as_bytes()).unwrap();
    group.bench_function("judge", |b| b.iter(|| trends(black_box(&history), |_, _| true).len()));
    let judged = trends(&history, |_, _| true);
    group.bench_function("draw the chart", |b| {
        b.iter(|| chart::trend(&history, black_box(judged.first().unwrap()), Size::WIDE).unwrap().svg.len());
    });
    group.bench_function("the page's view", |b| {
        b.iter(|| sections::trend(&history, &judged, Some(black_box(&Chosen::default()))).len());
    });
    group.finish();
}

criterion_group!(benches, change_points, large);
criterion_main!(benches);
