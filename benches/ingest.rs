//! Reading JMeter's results files, and what they are counted in, beside what else could do it.
//!
//! ```sh
//! cargo bench --bench ingest
//! ```

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

#[path = "../examples/generate_jtl.rs"]
mod generate_jtl;
#[path = "../examples/read_jtl.rs"]
mod read_jtl;

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use generate_jtl::Random;
use loaddiff::ingest::slice::{self, Plan};
use loaddiff::ingest::{Fingerprint, Options};
use loaddiff::run::{Histogram, HistogramBuilder};
use read_jtl::{by_csv, ours};

const BYTES: u64 = 40_000_000;

fn file() -> Vec<u8> {
    let mut bytes = Vec::new();
    generate_jtl::write(&mut bytes, BYTES, 40, 1).unwrap();
    bytes
}

/// Records alone, nothing made of them.
fn csv_records(bytes: &[u8]) -> usize {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
    let (mut record, mut fields) = (csv::ByteRecord::new(), 0);
    while reader.read_byte_record(&mut record).unwrap() {
        fields += record.len();
    }
    fields
}

fn jtl(c: &mut Criterion) {
    let bytes = file();
    let mut group = c.benchmark_group("jtl");
    group.throughput(Throughput::Bytes(bytes.len() as u64)).sample_size(10);
    group.bench_function("loaddiff", |b| b.iter(|| ours(black_box(&bytes)).finish().unwrap()));
    group.bench_function("csv crate, same counts", |b| b.iter(|| by_csv(black_box(&bytes)).run(0, 0)));
    group.bench_function("csv crate, records alone", |b| b.iter(|| csv_records(black_box(&bytes))));
    group.bench_function("fingerprint", |b| {
        b.iter(|| {
            let mut print = Fingerprint::default();
            print.push(black_box(&bytes));
            print.value()
        });
    });
    group.finish();
}

fn response_times() -> Vec<u64> {
    let mut random = Random(7);
    (0..100_000).map(|_| libm::round(libm::exp(4.6 + 0.6 * random.normal())) as u64).collect()
}

fn histograms(c: &mut Criterion) {
    let ms = response_times();
    let mut group = c.benchmark_group("histogram");
    group.throughput(Throughput::Elements(ms.len() as u64)).sample_size(20);
    let ours = |dense| {
        let mut builder = HistogramBuilder::with_dense(dense);
        ms.iter().for_each(|ms| builder.record_ms(*ms));
        builder
    };
    let micros = || {
        let mut builder = HistogramBuilder::default();
        ms.iter().enumerate().for_each(|(i, ms)| builder.record(*ms * 1_000_000 + i as u64 * 1000 % 1_000_000));
        builder
    };
    let hdr = || {
        let mut histogram = hdrhistogram::Histogram::<u64>::new_with_bounds(1, 3_600_000_000_000, 3).unwrap();
        ms.iter().for_each(|ms| histogram.record(*ms * 1_000_000).unwrap());
        histogram
    };
    let dd = || {
        let mut sketch = sketches_ddsketch::DDSketch::new(sketches_ddsketch::Config::new(0.0005, 1 << 16, 1e-9));
        ms.iter().for_each(|ms| sketch.add(*ms as f64));
        sketch
    };
    group.bench_function("record ms, array", |b| b.iter(|| ours(4096)));
    group.bench_function("record ms, table", |b| b.iter(|| ours(0)));
    group.bench_function("record µs, buckets", |b| b.iter(micros));
    group.bench_function("record, hdrhistogram 3 digits", |b| b.iter(hdr));
    group.bench_function("record, DDSketch 0.05 %", |b| b.iter(dd));
    group.throughput(Throughput::Elements(1));
    let (a, b_) = (micros().build(), ours(4096).build());
    group.bench_function("merge at rest", |b| b.iter(|| a.merge(black_box(&b_))));
    group.bench_function("merge, recording", |b| {
        let (into, from) = (ours(0), micros());
        b.iter_batched(|| into.clone(), |mut into| into.merge(&from), BatchSize::SmallInput);
    });
    let (into, from) = (hdr(), hdr());
    group.bench_function("merge, hdrhistogram", |b| {
        b.iter_batched(|| into.clone(), |mut into| into.add(&from).unwrap(), BatchSize::SmallInput);
    });
    let (into, from) = (dd(), dd());
    group.bench_function("merge, DDSketch", |b| {
        b.iter_batched(|| into.clone(), |mut into| into.merge(&from).unwrap(), BatchSize::SmallInput);
    });
    group.finish();

    // How far each is from the exact p99 and p99.9, once.
    let mut sorted = ms.clone();
    sorted.sort_unstable();
    for share in [0.5, 0.99, 0.999] {
        let at = (sorted.len() - 1) as f64 * share;
        let (low, high) = (sorted[at.floor() as usize] as f64, sorted[at.ceil() as usize] as f64);
        let exact = low + (high - low) * (at - at.floor());
        let histogram: Histogram = ours(0).build();
        println!(
            "p{}: exact {exact}, ours {:?}, microseconds in buckets {:?}, hdrhistogram {}, DDSketch {:?}",
            share * 100.0,
            histogram.quantile_ms(share),
            micros().build().quantile_ms(share),
            hdr().value_at_quantile(share) as f64 / 1e6,
            dd().quantile(share).unwrap()
        );
    }
}

fn slices(c: &mut Criterion) {
    let bytes = file();
    let plan = Plan::new("bench.jtl", &bytes[..slice::HEAD], Options::default()).unwrap();
    let read = || -> Vec<slice::Sliced> {
        let read = |stretch: &slice::Stretch| {
            let mut slice = plan.slice(stretch);
            let from = stretch.bytes.start as usize;
            for chunk in bytes[from..].chunks(1 << 20) {
                if !slice.push(chunk) {
                    break;
                }
            }
            slice.end()
        };
        slice::cut(bytes.len() as u64, 4).iter().map(read).collect()
    };
    let mut group = c.benchmark_group("slices");
    group.sample_size(10);
    group.bench_function("join 4", |b| {
        b.iter_batched(
            read,
            |slices| {
                let mut joined = plan.join();
                for slice in slices {
                    assert!(joined.add(slice).unwrap().is_none());
                }
                joined.finish().unwrap()
            },
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

criterion_group!(benches, jtl, histograms, slices);
criterion_main!(benches);
