//! From the bytes of two Locust summaries to a verdict, at 1,000, 10,000 and 100,000 endpoints: the time per endpoint
//! must stay the same. `cargo bench`.
#![allow(missing_docs, clippy::expect_used)]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use loaddiff::compare::{self, Word};
use loaddiff::ingest::{self, Parts};
use loaddiff::policy;
use loaddiff::report::{json, view};
use loaddiff::run::{Percentile, Run};

/// A summary of `endpoints` rows as Locust 2 writes it, with its total row.
fn summary(endpoints: usize, slower: usize) -> String {
    rows(endpoints, slower) + TOTAL
}

/// The total row. Its figures do not matter to the time.
const TOTAL: &str = ",Aggregated,1000,0,50,60.5,1.25,900.5,512.0,99.5,0.01,50,60,70,80,90,100,120,140,200,300,300\r\n";

/// The rows alone: of such a file the total is summed, and its percentiles are bounds of a mixture.
fn rows(endpoints: usize, slower: usize) -> String {
    let mut csv = String::from(
        "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min Response Time,\
         Max Response Time,Average Content Size,Requests/s,Failures/s,50%,66%,75%,80%,90%,95%,98%,99%,99.9%,\
         99.99%,100%\r\n",
    );
    for i in 0..endpoints {
        let p95 = 100 + i % 400 + if i % 97 == 0 { slower } else { 0 };
        csv.push_str(&format!(
            "GET,/api/v1/resource/{i},{},{},{},{}.123456789,1.25,{}.5,512.0,12.345678901234567,0.01,{},{},{},{},{},{p95},{},{},{},{},{}\r\n",
            1000 + i, i % 7, p95 / 2, p95 / 2, p95 * 3, p95 / 2, p95 * 6 / 10, p95 * 7 / 10, p95 * 8 / 10,
            p95 * 9 / 10, p95 + 20, p95 + 40, p95 * 2, p95 * 3, p95 * 3,
        ));
    }
    csv
}

fn read(csv: &str) -> Run {
    let part = ingest::read("results_stats.csv", csv.as_bytes()).expect("the file is read");
    ingest::assemble(vec![part], Parts::Refuse).expect("it is a run")
}

fn word(baseline: &str, run: &str) -> Word {
    compare::compare(read(baseline), read(run), policy::profile("default").unwrap_or_default()).word
}

fn bytes_to_verdict(c: &mut Criterion) {
    let mut group = c.benchmark_group("bytes to verdict");
    group.sample_size(10);
    for endpoints in [1_000, 10_000, 100_000] {
        let (baseline, run) = (summary(endpoints, 0), summary(endpoints, 200));
        assert_eq!(word(&baseline, &run), Word::Regressed);
        group.throughput(Throughput::Elements(endpoints as u64));
        group.bench_function(BenchmarkId::from_parameter(endpoints), |b| {
            b.iter(|| word(black_box(&baseline), black_box(&run)));
        });
    }
    group.finish();
}

fn steps(c: &mut Criterion) {
    let (baseline, run) = (summary(10_000, 0), summary(10_000, 200));
    let thresholds = || policy::profile("default").unwrap_or_default();
    let comparison = compare::compare(read(&baseline), read(&run), thresholds());
    let mut group = c.benchmark_group("10,000 endpoints");
    group.sample_size(10);
    group.bench_function("read one summary", |b| b.iter(|| read(black_box(&run))));
    let totalless = rows(10_000, 200);
    group.bench_function("read one without a total row", |b| b.iter(|| read(black_box(&totalless))));
    group.bench_function("judge", |b| {
        b.iter_batched(
            || (read(&baseline), read(&run), thresholds()),
            |(baseline, run, policy)| compare::compare(baseline, run, policy),
            criterion::BatchSize::LargeInput,
        );
    });
    group.bench_function("table lines", |b| b.iter(|| view::lines(black_box(&comparison), Percentile::P95)));
    group.bench_function("JSON report", |b| b.iter(|| json::render(black_box(&comparison), "")));
    group.finish();
}

criterion_group!(benches, bytes_to_verdict, steps);
criterion_main!(benches);
