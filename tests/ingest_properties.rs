//! Properties of reading and merging, over random and mutated files.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use loaddiff::ingest::{Parts, assemble, read};
use loaddiff::run::merge::merge_runs;
use loaddiff::run::{
    Buckets, Distribution, Endpoint, Interval, Latency, Percentile, PercentileTable, Rounding, RowAccount, Run, Source,
    Timeline,
};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;

static FIXTURES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut all = Vec::new();
    let folders = ["locust", "k6"].map(|tool| fs::read_dir(folder.join(tool)).unwrap());
    for version in folders.into_iter().flatten() {
        let Ok(files) = fs::read_dir(version.unwrap().path()) else { continue };
        for file in files {
            let path = file.unwrap().path();
            if path.extension().is_some_and(|e| e == "csv" || e == "json") && !path.ends_with("expected.json") {
                let mut bytes = fs::read(path).unwrap();
                // Longer files only repeat; cutting is one more mutation.
                bytes.truncate(6000);
                all.push(bytes);
            }
        }
    }
    all.push(
        br#"{"_note": "x", "api": {"p95_latency_ms": 12.5, "rps": "9", "requests": 100, "x_pct": null}}"#.to_vec(),
    );
    all.push(b"Name,# requests,# failures,Median response time\napi,10,1,150ms\nrag,20,0,1.5s\n".to_vec());
    all.sort();
    all
});

/// All numbers are finite and at least 0, and every row is accounted for.
fn check(run: &Run) {
    let good = |value: Option<f64>, what: &str| {
        assert!(value.is_none_or(|v| v.is_finite() && v >= 0.0), "{what}: {value:?}");
    };
    good(run.duration_s, "duration");
    for endpoint in run.endpoints.iter().chain(&run.total) {
        let latency = &endpoint.latency;
        good(latency.mean_ms, "mean");
        good(latency.min_ms, "min");
        good(latency.max_ms, "max");
        good(endpoint.rate_per_s, "rate");
        good(endpoint.failures_per_s, "failure rate");
        good(endpoint.mean_bytes, "bytes");
        good(endpoint.stated_error_rate_pct, "error rate");
        good(endpoint.error_rate_pct(), "error rate of counts");
        for (_, ms) in latency.distribution.points_ms() {
            good(Some(ms), "percentile");
        }
        if let Some((low, high)) = latency.distribution.quantile_bounds_ms(Percentile::P95) {
            good(Some(low), "low");
            good(Some(high), "high");
            assert!(low <= high, "{low} {high}");
        }
        endpoint.metrics.values().for_each(|v| good(Some(*v), "metric"));
    }
    for interval in run.endpoints.iter().chain(&run.total).filter_map(|e| e.timeline.as_ref()).chain(&run.timeline) {
        for interval in &interval.intervals {
            good(interval.mean_ms, "interval's mean");
            good(interval.window_p50_ms, "window's median");
            good(interval.window_p95_ms, "window's p95");
        }
    }
    let rows = run.rows;
    assert_eq!(rows.read, rows.endpoints + rows.totals + rows.merged + rows.rejected, "{rows:?}");
    assert_eq!(rows.endpoints, run.endpoints.len() as u64, "{rows:?}");
    assert!(run.endpoints.is_sorted_by(|a, b| a.key() < b.key()));
    run.notes.iter().for_each(|n| assert!(!n.text().is_empty()));
}

/// Reads any bytes without panics and impossible numbers.
fn survive(bytes: &[u8]) {
    match read("some/file.csv", bytes) {
        Err(error) => assert!(!error.to_string().is_empty()),
        Ok(part) => {
            for parts in [vec![part.clone()], vec![part.clone(), part]] {
                if let Ok(run) = assemble(parts, Parts::Merge) {
                    check(&run);
                }
            }
        }
    }
}

#[derive(Debug, Clone)]
enum Mutation {
    Flip(usize, u8),
    Cut(usize),
    Insert(usize, Vec<u8>),
    Repeat(usize, usize),
    Remove(usize, usize),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let token = prop_oneof![
        Just(&b"\""[..]),
        Just(&b","[..]),
        Just(&b"\n"[..]),
        Just(&b"-"[..]),
        Just(&b"99999999999999999999"[..]),
        Just(&b"9007199254740992"[..]),
        Just(&b"1e308"[..]),
        Just(&b"NaN"[..]),
        Just(&b"inf"[..]),
        Just(&b"N/A"[..]),
        Just(&b"\xff\xfe"[..]),
        Just(&b"0"[..]),
    ];
    prop_oneof![
        (any::<usize>(), any::<u8>()).prop_map(|(at, byte)| Mutation::Flip(at, byte)),
        any::<usize>().prop_map(Mutation::Cut),
        (any::<usize>(), token).prop_map(|(at, token)| Mutation::Insert(at, token.to_vec())),
        (any::<usize>(), 1..400_usize).prop_map(|(at, length)| Mutation::Repeat(at, length)),
        (any::<usize>(), 1..200_usize).prop_map(|(at, length)| Mutation::Remove(at, length)),
    ]
}

fn mutate(bytes: &mut Vec<u8>, mutation: &Mutation) {
    if bytes.is_empty() {
        return;
    }
    match mutation {
        Mutation::Flip(at, byte) => {
            let at = at % bytes.len();
            bytes[at] ^= byte;
        }
        Mutation::Cut(at) => bytes.truncate(at % bytes.len()),
        Mutation::Insert(at, token) => {
            let at = at % bytes.len();
            bytes.splice(at..at, token.iter().copied());
        }
        Mutation::Repeat(at, length) => {
            let at = at % bytes.len();
            let piece = bytes[at..(at + length).min(bytes.len())].to_vec();
            bytes.splice(at..at, piece);
        }
        Mutation::Remove(at, length) => {
            let at = at % bytes.len();
            bytes.drain(at..(at + length).min(bytes.len()));
        }
    }
}

fn field(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// Counts near the maximum of their type, and others.
fn counts() -> impl Strategy<Value = u64> {
    prop_oneof![8 => 0..100_000_u64, 1 => Just(u64::MAX / 2), 1 => Just(u64::MAX), 1 => Just(9_007_199_254_740_992)]
}

fn distribution() -> impl Strategy<Value = Distribution> {
    prop_oneof![
        1 => Just(Distribution::Unknown),
        3 => btree_map(prop_oneof![Just(50_000_u32), Just(95_000), Just(99_000)], 1..5000_u32, 1..4).prop_map(|values| {
            Distribution::Table(PercentileTable {
                values_ms: values.into_iter().map(|(p, v)| (Percentile(p), f64::from(v))).collect(),
                rounding: Rounding::TwoDigits,
            })
        }),
        3 => btree_map(1..5000_u64, counts(), 1..6).prop_map(|counts_by_us| {
            Distribution::Buckets(Buckets { counts_by_us, rounding: Rounding::TwoDigits })
        }),
    ]
}

fn timeline() -> impl Strategy<Value = Timeline> {
    btree_map(0..8_i64, (1..3_u32, 0..1000_u64, 0..9_u64, 0.0..5000.0_f64, option::of(0..9_u64)), 0..6).prop_map(
        |rows| Timeline {
            grid: None,
            intervals: rows
                .into_iter()
                .map(|(end_s, (length_s, requests, failures, mean, users))| Interval {
                    end_s,
                    length_s,
                    requests,
                    failures,
                    mean_ms: (requests > 0).then_some(mean),
                    users,
                    ..Interval::default()
                })
                .collect(),
        },
    )
}

fn endpoint() -> impl Strategy<Value = Endpoint> {
    let figures = (counts(), 0..50_u64, 0..u128::from(u64::MAX), distribution(), option::of(timeline()));
    (prop_oneof![Just("/a"), Just("/b"), Just("/c")], option::of(Just("GET")), figures).prop_map(
        |(name, method, (requests, failures, sum_ns, distribution, timeline))| Endpoint {
            name: name.into(),
            method: method.map(Into::into),
            requests: Some(requests),
            failures: Some(failures),
            latency: Latency {
                mean_ms: (requests > 0).then(|| sum_ns as f64 / requests as f64 / 1e6),
                sum_ns: Some(sum_ns),
                min_ms: Some(1.0),
                max_ms: Some(9000.0),
                timed: Some(requests),
                distribution,
            },
            timeline,
            ..Endpoint::default()
        },
    )
}

fn run() -> impl Strategy<Value = Run> {
    let times = (option::of(0..1_000_000_i64), option::of(0.0..1000.0_f64));
    let tool = prop_oneof![Just("Locust"), Just("Simulator"), Just("Service metrics")];
    (vec(endpoint(), 0..4), option::of(endpoint()), option::of(timeline()), times, tool).prop_map(
        |(mut endpoints, total, timeline, (started_ms, duration_s), tool)| {
            let read = endpoints.len() as u64;
            let merged = loaddiff::run::merge::fold_endpoints(&mut endpoints);
            let rows = RowAccount { read, endpoints: read - merged, merged, ..RowAccount::default() };
            let total = total.map(|t| Endpoint { name: "Total".into(), method: None, ..t });
            let source = Source { tool: tool.into(), ..Source::default() };
            // Whole milliseconds, as a merged duration has them.
            let duration_s = duration_s.map(|s| (s * 1000.0).round() / 1000.0);
            Run { endpoints: endpoints.into(), total, timeline, rows, started_ms, duration_s, source, ..Run::default() }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_do_no_harm(bytes in vec(any::<u8>(), 0..600)) {
        survive(&bytes);
    }

    #[test]
    fn random_rows_do_no_harm(rows in "[0-9a-z,\"'\n\r.%/eE+-]{0,300}", header in 0..20_usize) {
        let fixture = &FIXTURES[header % FIXTURES.len()];
        let end = fixture.iter().position(|b| *b == b'\n').unwrap_or(fixture.len());
        survive(&[&fixture[..end], b"\n", rows.as_bytes()].concat());
    }

    #[test]
    fn mutated_files_do_no_harm(file in any::<usize>(), mutations in vec(mutation(), 1..5)) {
        let mut bytes = FIXTURES[file % FIXTURES.len()].clone();
        for mutation in &mutations {
            mutate(&mut bytes, mutation);
        }
        survive(&bytes);
    }

    /// Data written in Locust's columns reads back unchanged, with any file name and line ends.
    #[test]
    fn tables_read_back(
        rows in btree_map(
            ("[A-Z]{1,6}", "[a-zA-Z0-9/,\"é日|<>`=][a-zA-Z0-9/ ,\"\né日|<>`=]{0,10}[a-z0-9\"/]"),
            (1..1_000_000_u64, 0..1_000_000_u64, 0.001..1e6_f64, vec(0.5..1e5_f64, 3)),
            1..12,
        ),
        path in "[a-z/_.]{0,12}",
        end in prop_oneof![Just("\n"), Just("\r\n"), Just("\r\r\n"), Just("\r")],
    ) {
        let mut text = String::from("Type,Name,Request Count,Failure Count,Average Response Time,Min Response Time,50%,99.5%\n");
        for ((method, name), (requests, failures, mean, values)) in &rows {
            let v = &values[..];
            writeln!(text, "{method},{},{requests},{failures},{mean},{},{},{}", field(name), v[0], v[1], v[2]).unwrap();
        }
        let run = assemble(vec![read(&path, text.replace('\n', end).as_bytes()).unwrap()], Parts::Refuse).unwrap();
        check(&run);
        prop_assert_eq!(run.endpoints.len(), rows.len());
        for ((method, name), (requests, failures, mean, values)) in &rows {
            let got = run.endpoint(Some(method), name).unwrap();
            prop_assert_eq!((got.requests, got.failures), (Some(*requests), Some(*failures)));
            prop_assert_eq!((got.latency.mean_ms, got.latency.min_ms), (Some(*mean), Some(values[0])));
            let quantile = |p| got.latency.distribution.quantile_ms(p);
            prop_assert_eq!(quantile(Percentile::P50), Some(values[1]));
            prop_assert_eq!(quantile(Percentile(99_500)), Some(values[2]));
        }
        prop_assert_eq!(run.requests(), Some(rows.values().map(|r| r.0).sum()));
        prop_assert_eq!(run.total.unwrap().failures, Some(rows.values().map(|r| r.1).sum()));
    }

    /// Differences of cumulative counters sum to the counters.
    #[test]
    fn history_differences_sum_to_the_counters(steps in vec((0..4_i64, 0..50_u64, 0..3_u64), 1..40)) {
        let mut text = String::from(
            "Timestamp,User Count,Type,Name,Requests/s,Failures/s,50%,Total Request Count,Total Failure Count\n",
        );
        let (mut at, mut requests, mut failures) = (1_700_000_000_i64, 0, 0);
        let mut seconds = BTreeMap::new();
        for (seconds_on, more, failed) in &steps {
            (at, requests, failures) = (at + seconds_on, requests + more, failures + failed);
            writeln!(text, "{at},5,,Aggregated,0,0,10,{requests},{failures}").unwrap();
            seconds.insert(at, (requests, failures));
        }
        let run = assemble(vec![read("h.csv", text.as_bytes()).unwrap()], Parts::Refuse).unwrap();
        check(&run);
        let before = seconds.first_key_value().unwrap().1;
        let timeline = run.timeline.unwrap();
        prop_assert_eq!(timeline.requests() + before.0, requests);
        prop_assert_eq!(timeline.intervals.iter().map(|i| i.failures).sum::<u64>() + before.1, failures);
        prop_assert_eq!(timeline.intervals.len(), seconds.len() - 1);
        prop_assert_eq!(run.total.unwrap().requests, Some(requests));
        let noted = run.notes.iter().find(|n| n.code() == "history-before-start").and_then(|n| n.count(0));
        prop_assert_eq!(noted.unwrap_or(0), before.0);
    }

    #[test]
    fn merging_commutes(a in run(), b in run()) {
        let (ab, ba) = (merge_runs(a.clone(), b.clone()), merge_runs(b, a));
        prop_assert_eq!(&ab, &ba);
        prop_assert_eq!(ab.rows.read, ab.rows.endpoints + ab.rows.merged);
    }

    #[test]
    fn merging_associates(a in run(), b in run(), c in run()) {
        let left = merge_runs(merge_runs(a.clone(), b.clone()), c.clone());
        let right = merge_runs(a, merge_runs(b, c));
        prop_assert_eq!(left, right);
    }
}
