//! Reading JMeter's results files and k6's, and what they are counted in, beside what else could do it.
//!
//! ```sh
//! cargo bench --bench ingest
//! ```

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

#[path = "../examples/generate_jtl.rs"]
mod generate_jtl;
#[path = "../examples/read_jtl.rs"]
mod read_jtl;

use std::borrow::Cow;
use std::collections::HashMap;
use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use generate_jtl::Random;
use loaddiff::ingest::slice::{self, Plan};
use loaddiff::ingest::{Fingerprint, Options};
use loaddiff::run::recorder::Sample;
use loaddiff::run::{Histogram, HistogramBuilder, Recorder};
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
    group.bench_function("csv crate, same counts", |b| b.iter(|| by_csv(black_box(bytes.as_slice())).run(0, 0)));
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

/// A line of k6's, as far as it matters.
#[derive(serde::Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    metric: Cow<'a, str>,
    #[serde(borrow)]
    data: Option<Point<'a>>,
}

#[derive(serde::Deserialize)]
struct Point<'a> {
    #[serde(borrow, default)]
    time: Cow<'a, str>,
    #[serde(default)]
    value: f64,
    #[serde(borrow, default)]
    tags: HashMap<Cow<'a, str>, Cow<'a, str>>,
}

/// What k6's `--out json` writes for requests of 40 endpoints.
fn ndjson(bytes: usize) -> Vec<u8> {
    const PARTS: [&str; 10] = [
        "http_reqs",
        "http_req_duration",
        "http_req_blocked",
        "http_req_connecting",
        "http_req_tls_handshaking",
        "http_req_sending",
        "http_req_waiting",
        "http_req_receiving",
        "http_req_failed",
        "checks",
    ];
    let (mut random, mut out, mut i) = (Random::new(7), String::with_capacity(bytes + 4096), 0_u64);
    while out.len() < bytes {
        let (at_ms, endpoint) = (1_795_529_784_000 + i / 3, (random.normal() * 1000.0).abs() as u64 % 40);
        let seconds = at_ms / 1000 % 86_400;
        let time = format!(
            "2026-11-24T{:02}:{:02}:{:02}.{:03}{:06}Z",
            seconds / 3600,
            seconds / 60 % 60,
            seconds % 60,
            at_ms % 1000,
            i % 1_000_000
        );
        let failed = i.is_multiple_of(200);
        let (status, error) = if failed { ("500", "\"error_code\":\"1500\",") } else { ("200", "") };
        let ms = libm::exp(4.6 + 0.6 * random.normal());
        for part in PARTS {
            let value = match part {
                "http_reqs" | "checks" => "1".to_owned(),
                "http_req_failed" => u8::from(failed).to_string(),
                _ => format!("{}", libm::round(ms * 1e6) / 1e6),
            };
            let tags = if part == "checks" {
                "\"check\":\"status is 200\",\"group\":\"\",\"scenario\":\"default\"".to_owned()
            } else {
                format!(
                    "{error}\"expected_response\":\"{}\",\"group\":\"\",\"method\":\"GET\",\"name\":\"/api/v1/items/{{id}}/{endpoint}\",\
                     \"proto\":\"HTTP/1.1\",\"scenario\":\"default\",\"status\":\"{status}\",\
                     \"url\":\"http://127.0.0.1:8765/api/v1/items/{i}/{endpoint}\"",
                    !failed
                )
            };
            out.push_str(&format!(
                "{{\"metric\":\"{part}\",\"type\":\"Point\",\"data\":{{\"time\":\"{time}\",\"value\":{value},\"tags\":{{{tags}}}}}}}\n"
            ));
        }
        i += 1;
    }
    out.into_bytes()
}

/// The same counts from `serde_json`, a line at a time.
fn by_serde(bytes: &[u8]) -> Recorder {
    let (mut recorder, mut slots) = (Recorder::default(), HashMap::new());
    for line in bytes.split(|b| *b == b'\n').filter(|line| !line.is_empty()) {
        let line: Line<'_> = serde_json::from_slice(line).unwrap();
        let Some(point) = line.data else { continue };
        if !matches!(&*line.metric, "http_req_duration" | "http_req_failed") {
            continue;
        }
        let (method, name) = (&point.tags["method"], &point.tags["name"]);
        let key = format!("{method} {name}");
        let slot = *slots.entry(key).or_insert_with(|| recorder.endpoint(Some(method), name, true));
        let end_ms = loaddiff::run::time::parse_rfc3339(&point.time);
        if &*line.metric == "http_req_duration" {
            recorder.record(slot, &Sample::one(end_ms, libm::round(point.value * 1e6) as u64, false));
        } else if point.value > 0.0 {
            recorder.failed(slot, &point.tags["status"], 1);
        }
    }
    recorder
}

fn k6(c: &mut Criterion) {
    let bytes = ndjson(BYTES as usize);
    if let Ok(path) = std::env::var("K6_FILE") {
        std::fs::write(path, &bytes).unwrap();
    }
    let mut group = c.benchmark_group("k6 json");
    group.throughput(Throughput::Bytes(bytes.len() as u64)).sample_size(10);
    group.bench_function("loaddiff", |b| b.iter(|| ours(black_box(&bytes)).finish().unwrap()));
    group.bench_function("serde_json, same counts", |b| b.iter(|| by_serde(black_box(&bytes)).run(0, 0)));
    group.finish();
}

/// Requests to three targets as vegeta writes them, as JSON and as CSV.
fn results(bytes: usize) -> (Vec<u8>, Vec<u8>) {
    let mut random = Random::new(3);
    let (mut json, mut csv) = (String::new(), String::new());
    let body = "QUJD".repeat(100);
    for seq in 0_u64.. {
        if json.len() > bytes {
            break;
        }
        let ns = libm::round(libm::exp(17.0 + 0.4 * random.normal())) as u64;
        let (at, target) = (seq * 1_000_000, seq % 3);
        let (second, fraction) = (at / 1_000_000_000 % 60, at % 1_000_000_000);
        json.push_str(&format!(
            "{{\"attack\":\"\",\"seq\":{seq},\"code\":200,\"timestamp\":\"2026-11-29T15:31:{second:02}.{fraction:09}Z\",\
             \"latency\":{ns},\"bytes_out\":0,\"bytes_in\":300,\"error\":\"\",\"body\":\"{body}\",\"method\":\"GET\",\
             \"url\":\"http://127.0.0.1:8080/{target}?a=1\\u0026b=2\",\"headers\":{{\"Content-Type\":[\"text/plain\"],\
             \"Date\":[\"Sun, 29 Nov 2026 15:31:21 GMT\"]}}}}\n"
        ));
        csv.push_str(&format!(
            "{},200,{ns},0,300,,{body},,{seq},GET,http://127.0.0.1:8080/{target}?a=1&b=2,RGF0ZTogeA==\n",
            1_795_966_281_000_000_000_u64 + at
        ));
    }
    (json.into_bytes(), csv.into_bytes())
}

/// vegeta's rows, beside what has to look at every byte: line ends, or JSON that is parsed and dropped.
fn vegeta(c: &mut Criterion) {
    let (json, csv) = results(BYTES as usize);
    for (name, bytes) in [("vegeta json", &json), ("vegeta csv", &csv)] {
        let mut group = c.benchmark_group(name);
        group.throughput(Throughput::Bytes(bytes.len() as u64)).sample_size(10);
        group.bench_function("loaddiff", |b| b.iter(|| ours(black_box(bytes)).finish().unwrap()));
        group.bench_function("line ends alone", |b| b.iter(|| memchr::memchr_iter(b'\n', black_box(bytes)).count()));
        if name == "vegeta json" {
            group.bench_function("serde_json, nothing kept", |b| {
                b.iter(|| {
                    let lines = black_box(bytes).split(|b| *b == b'\n').filter(|line| !line.is_empty());
                    lines.filter(|line| serde_json::from_slice::<serde::de::IgnoredAny>(line).is_ok()).count()
                });
            });
        } else {
            group.bench_function("csv crate, records alone", |b| b.iter(|| csv_records(black_box(bytes))));
        }
        group.finish();
    }
}

/// Requests to three targets as Gatling 3.9 logs them, and as JMeter's XML has them.
fn logs(bytes: usize) -> (Vec<u8>, Vec<u8>) {
    let mut random = Random::new(5);
    let mut gatling = "RUN\tshop.BasketSimulation\tbasketsimulation\t1795966281000\t \t3.9.5\n".to_owned();
    let mut xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testResults version=\"1.2\">\n".to_owned();
    for i in 0_u64.. {
        if gatling.len() > bytes && xml.len() > bytes {
            break;
        }
        let ms = libm::round(libm::exp(4.6 + 0.6 * random.normal())) as u64;
        let (start, target) = (1_795_966_281_000 + i / 3, i % 3);
        if gatling.len() <= bytes {
            gatling.push_str(&format!("REQUEST\t\tGET /items/{target}\t{start}\t{}\tOK\t \n", start + ms));
        }
        if xml.len() <= bytes {
            xml.push_str(&format!(
                "<httpSample t=\"{ms}\" it=\"0\" lt=\"{ms}\" ct=\"1\" ts=\"{start}\" s=\"true\" lb=\"GET /items/{target}\" \
                 rc=\"200\" rm=\"OK\" tn=\"Thread Group 1-{}\" dt=\"text\" by=\"420\" sby=\"120\" ng=\"5\" na=\"5\"/>\n",
                i % 5
            ));
        }
    }
    xml.push_str("</testResults>\n");
    (gatling.into_bytes(), xml.into_bytes())
}

/// Gatling's log and JMeter's XML, beside a plain scan of the same bytes for what ends a row.
fn text_logs(c: &mut Criterion) {
    let (gatling, xml) = logs(BYTES as usize);
    for (name, bytes, end) in [("gatling text", &gatling, b'\n'), ("jmeter xml", &xml, b'>')] {
        let mut group = c.benchmark_group(name);
        group.throughput(Throughput::Bytes(bytes.len() as u64)).sample_size(10);
        group.bench_function("loaddiff", |b| b.iter(|| ours(black_box(bytes)).finish().unwrap()));
        group.bench_function("row ends alone", |b| b.iter(|| memchr::memchr_iter(end, black_box(bytes)).count()));
        if end == b'\n' {
            let fields = |bytes: &[u8]| {
                bytes.split(|b| *b == b'\n').map(|row| row.split(|b| *b == b'\t').count()).sum::<usize>()
            };
            group.bench_function("split at tabs", |b| b.iter(|| fields(black_box(bytes))));
        }
        group.finish();
    }
}

fn response_times() -> Vec<u64> {
    let mut random = Random::new(7);
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

criterion_group!(benches, jtl, k6, vegeta, text_logs, histograms, slices);
criterion_main!(benches);
