//! Every Locust fixture against `expected.json`, which Python's `csv` and Locust's own functions made.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::fs;
use std::path::PathBuf;

use loaddiff::ingest::{Parts, Problem, assemble, read};
use loaddiff::run::{Distribution, Endpoint, Percentile, Run, Timeline};
use serde_json::Value;

struct Fixture {
    version: String,
    name: String,
    bytes: Vec<u8>,
    expected: Value,
}

impl Fixture {
    fn kind(&self) -> &str {
        self.expected["kind"].as_str().unwrap()
    }

    fn label(&self) -> String {
        format!("{}/{}", self.version, self.name)
    }

    /// The whole run of which this file is a part, read under these names.
    fn sibling(&self, suffix: &str) -> Vec<u8> {
        let base = self.name.split('_').next().unwrap();
        fs::read(folder().join(&self.version).join(format!("{base}{suffix}"))).unwrap()
    }
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/locust")
}

fn fixtures() -> Vec<Fixture> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        let Ok(text) = fs::read_to_string(path.join("expected.json")) else { continue };
        let expected: Value = serde_json::from_str(&text).unwrap();
        for (name, expected) in expected["files"].as_object().unwrap() {
            all.push(Fixture {
                version: path.file_name().unwrap().to_str().unwrap().to_owned(),
                name: name.clone(),
                bytes: fs::read(path.join(name)).unwrap(),
                expected: expected.clone(),
            });
        }
    }
    assert!(all.len() >= 37, "only {} fixtures", all.len());
    all.sort_by_key(Fixture::label);
    all
}

const SMALLEST: &str = "Type,Name,Request Count,Failure Count\nGET,/a,1,0\n";

/// The run of one file; failures, exceptions and distributions are read beside a summary.
fn run_of(name: &str, bytes: &[u8], fixture: &Fixture) -> Run {
    let mut parts = vec![read(name, bytes).unwrap_or_else(|e| panic!("{}: {e}", fixture.label()))];
    match fixture.kind() {
        "failures" | "exceptions" => parts.push(read("zzz_stats.csv", SMALLEST.as_bytes()).unwrap()),
        "distribution" => parts.push(read("zzz_requests.csv", &fixture.sibling("_requests.csv")).unwrap()),
        _ => {}
    }
    assemble(parts, Parts::Refuse).unwrap_or_else(|e| panic!("{}: {e}", fixture.label()))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

fn near(got: Option<f64>, expected: Option<f64>, label: &str) {
    match (got, expected) {
        (Some(a), Some(b)) => assert!((a - b).abs() <= 1e-9 * b.abs(), "{label}: {a} is not {b}"),
        (a, b) => assert_eq!(a, b, "{label}"),
    }
}

fn same_endpoint(got: &Endpoint, expected: &Value, label: &str) {
    let label = format!("{label} {}", got.label());
    let requests = expected["requests"].as_u64().unwrap();
    assert_eq!(got.requests, Some(requests), "{label}");
    assert_eq!(got.failures, expected["failures"].as_u64(), "{label}");
    // Without a timed request there are no response times: what the file prints as 0 is none.
    let none_timed = match expected.get("untimed") {
        Some(untimed) => untimed.as_u64() == Some(requests),
        None => requests == 0 || expected["max"].as_f64() == Some(0.0),
    };
    let number = |key: &str| expected[key].as_f64().filter(|_| !none_timed);
    near(got.latency.mean_ms, number("mean"), &label);
    assert_eq!(got.latency.min_ms, number("min"), "{label} min");
    assert_eq!(got.latency.max_ms, number("max"), "{label} max");
    for (key, p) in [("p50", Percentile::P50), ("p95", Percentile::P95), ("p99", Percentile::P99)] {
        let value = number(key).or_else(|| if key == "p50" { number("median") } else { None });
        assert_eq!(got.latency.distribution.quantile_ms(p), value, "{label} {key}");
    }
    let histogram = expected.get("histogram_sum").and_then(Value::as_u64).filter(|sum| *sum > 0);
    if let Distribution::Buckets(buckets) = &got.latency.distribution {
        assert_eq!(Some(buckets.total()), histogram, "{label}");
    } else {
        assert_eq!(histogram, None, "{label}");
    }
}

#[test]
fn summaries() {
    let mut seen = 0;
    for fixture in fixtures().iter().filter(|f| matches!(f.kind(), "stats" | "json")) {
        seen += 1;
        let (label, expected) = (fixture.label(), &fixture.expected);
        let run = run_of(&fixture.name, &fixture.bytes, fixture);
        let endpoints = list(&expected["endpoints"]);
        assert_eq!(run.endpoints.len(), endpoints.len(), "{label}");
        for endpoint in endpoints {
            let (method, name) = (endpoint["method"].as_str(), endpoint["name"].as_str().unwrap());
            let got = run.endpoint(method, name).unwrap_or_else(|| panic!("{label}: no {method:?} {name}"));
            same_endpoint(got, endpoint, &label);
        }
        let total = run.total.as_ref().unwrap();
        same_endpoint(total, &expected["total"], &label);
        assert_eq!((total.method.as_deref(), total.name.as_str()), (None, "Total"));
        let is_json = fixture.kind() == "json";
        let rows = expected[if is_json { "entries" } else { "rows" }].as_u64().unwrap();
        let account = (run.rows.read, run.rows.endpoints, run.rows.totals, run.rows.merged, run.rows.rejected);
        assert_eq!(account, (rows, endpoints.len() as u64, u64::from(!is_json), 0, 0), "{label}");
        assert_eq!(run.notes.iter().any(|n| n.code() == "total-summed"), is_json, "{label}");
    }
    assert_eq!(seen, 14);
}

fn same_series(got: &Timeline, series: &Value, starts_file: bool, period: i64, label: &str) {
    let numbers = |key: &str| list(&series[key]).iter().map(|n| n.as_i64().unwrap()).collect::<Vec<_>>();
    let (times, requests, failures) = (numbers("timestamps"), numbers("requests"), numbers("failures"));
    // A first row at the start of the file closes no interval.
    let skip = usize::from(starts_file);
    let kept = got.intervals.len();
    assert!(kept <= times.len() - skip, "{label}");
    for (i, interval) in got.intervals.iter().enumerate() {
        let at = i + skip;
        let length = if at == 0 { period } else { times[at] - times[at - 1] };
        let got = (interval.end_s, i64::from(interval.length_s), interval.requests as i64, interval.failures as i64);
        assert_eq!(got, (times[at], length, requests[at], failures[at]), "{label} at {at}");
        assert_eq!(interval.mean_ms.is_some(), requests[at] > 0, "{label} at {at}");
    }
    // Rows after the users left are no part of the run; they count nothing.
    assert!(requests[kept + skip..].iter().all(|n| *n == 0), "{label}");
    let before = if starts_file { requests[0] } else { 0 };
    assert_eq!(got.requests() as i64 + before, series["requests_sum"].as_i64().unwrap(), "{label}");
    let failed: u64 = got.intervals.iter().map(|i| i.failures).sum();
    let before = if starts_file { failures[0] } else { 0 };
    assert_eq!(failed as i64 + before, series["failures_sum"].as_i64().unwrap(), "{label}");
}

#[test]
fn histories() {
    for fixture in fixtures().iter().filter(|f| f.kind() == "history") {
        let label = fixture.label();
        let run = run_of(&fixture.name, &fixture.bytes, fixture);
        let series = list(&fixture.expected["series"]);
        let first = |s: &Value| s["timestamps"][0].as_i64().unwrap();
        let file_starts = series.iter().map(first).min().unwrap();
        let period = if matches!(fixture.version.as_str(), "2.47.0" | "1.6.0") { 1 } else { 2 };
        assert_eq!(run.users, fixture.expected["max_users"].as_u64(), "{label}");
        for one in series {
            let name = one["name"].as_str().unwrap();
            let starts_file = first(one) == file_starts;
            match one["method"].as_str() {
                None => {
                    same_series(run.timeline.as_ref().unwrap(), one, starts_file, period, &label);
                    let total = run.total.as_ref().unwrap();
                    assert_eq!(total.requests, one["requests_sum"].as_u64(), "{label}");
                    assert_eq!(total.failures, one["failures_sum"].as_u64(), "{label}");
                }
                method => {
                    let endpoint = run.endpoint(method, name).unwrap_or_else(|| panic!("{label}: {name}"));
                    let label = format!("{label} {name}");
                    same_series(endpoint.timeline.as_ref().unwrap(), one, starts_file, period, &label);
                }
            }
        }
        assert_eq!(run.endpoints.len(), series.len() - 1, "{label}");
        // A sliding window with a full history, and always before 1.0; else cumulative.
        let windowed = series.len() > 1 || fixture.version.starts_with("0.");
        assert_eq!(run.notes.iter().any(|n| n.code() == "history-percentiles-windowed"), windowed, "{label}");
        assert_eq!(run.notes.iter().any(|n| n.code() == "history-percentiles-cumulative"), !windowed, "{label}");
        if windowed {
            for endpoint in run.endpoints.iter().chain(&run.total) {
                assert_eq!(endpoint.latency.distribution.quantile_ms(Percentile::P95), None, "{label}");
            }
        }
    }
}

#[test]
fn failures_and_exceptions() {
    for fixture in fixtures().iter().filter(|f| matches!(f.kind(), "failures" | "exceptions")) {
        let (label, expected) = (fixture.label(), &fixture.expected);
        let run = run_of(&fixture.name, &fixture.bytes, fixture);
        let text = |v: &Value| v.as_str().unwrap().to_owned();
        if fixture.kind() == "failures" {
            let mut got: Vec<_> = run
                .failures
                .iter()
                .map(|f| (f.method.clone().unwrap_or_default(), f.name.clone(), f.message.clone(), f.count))
                .collect();
            let mut wanted: Vec<_> = list(&expected["failures"])
                .iter()
                .map(|f| (text(&f["method"]), text(&f["name"]), text(&f["error"]), f["occurrences"].as_u64().unwrap()))
                .collect();
            assert!(got.is_sorted_by(|a, b| a.3 >= b.3), "{label}: most frequent first");
            got.sort();
            wanted.sort();
            assert_eq!(got, wanted, "{label}");
            assert_eq!(Some(got.iter().map(|f| f.3).sum()), expected["occurrences"].as_u64(), "{label}");
        } else {
            let mut got: Vec<_> = run
                .exceptions
                .iter()
                .map(|e| (e.count, e.message.clone(), e.traceback.lines().count() as u64))
                .collect();
            let mut wanted: Vec<_> = list(&expected["exceptions"])
                .iter()
                .map(|e| (e["count"].as_u64().unwrap(), text(&e["message"]), e["traceback_lines"].as_u64().unwrap()))
                .collect();
            got.sort();
            wanted.sort();
            assert_eq!(got, wanted, "{label}");
        }
        // By themselves they are no run.
        let alone = assemble(vec![read(&fixture.name, &fixture.bytes).unwrap()], Parts::Refuse).unwrap_err();
        assert!(matches!(alone.problem(), Problem::NoResults { .. }), "{label}");
    }
}

/// 0.11 and 0.12: percentiles stand in a file of their own, by `METHOD name`.
#[test]
fn distributions_land_on_their_endpoints() {
    for fixture in fixtures().iter().filter(|f| f.kind() == "distribution") {
        let (label, expected) = (fixture.label(), &fixture.expected);
        let run = run_of(&fixture.name, &fixture.bytes, fixture);
        let endpoints = list(&expected["endpoints"]);
        assert_eq!(run.endpoints.len(), endpoints.len(), "{label}");
        let percentiles = |got: &Endpoint, expected: &Value| {
            for (key, p) in [("p50", Percentile::P50), ("p95", Percentile::P95), ("p99", Percentile::P99)] {
                assert_eq!(got.latency.distribution.quantile_ms(p), expected[key].as_f64(), "{label} {}", got.label());
            }
            assert_eq!(got.requests, expected["requests"].as_u64(), "{label} {}", got.label());
        };
        for endpoint in endpoints {
            let name = endpoint["name"].as_str().unwrap();
            percentiles(run.endpoints.iter().find(|e| e.label() == name).unwrap(), endpoint);
        }
        percentiles(run.total.as_ref().unwrap(), &expected["total"]);
    }
}

/// All files of one execution together make one run: figures of the summary, timelines of the history, causes of the
/// failures.
#[test]
fn whole_runs() {
    let read_all = |version: &str, names: &[&str]| {
        let parts = names.iter().map(|name| {
            let bytes = fs::read(folder().join(version).join(name)).unwrap();
            read(&format!("drop/{name}"), &bytes).unwrap()
        });
        assemble(parts.collect(), Parts::Refuse).unwrap()
    };
    for (version, base, requests, in_history) in [
        ("2.47.0", "base", 3499, 3499),
        ("2.47.0", "full", 514, 514),
        ("1.6.0", "base", 181, 114),
        ("1.0.3", "base", 187, 187),
        ("0.14.6", "base", 335, 335),
    ] {
        let mut names = ["stats", "stats_history", "failures"].map(|n| format!("{base}_{n}.csv")).to_vec();
        if matches!(version, "2.47.0" | "1.6.0") {
            names.push(format!("{base}_exceptions.csv"));
        }
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let run = read_all(version, &names);
        let reversed = read_all(version, &names.iter().rev().copied().collect::<Vec<_>>());
        assert_eq!(run, reversed, "{version}: the order of files matters");
        assert_eq!(run.label, base);
        assert_eq!(run.requests(), Some(requests), "{version}");
        assert_eq!(run.source.files.len(), names.len());
        let timeline = run.timeline.as_ref().unwrap();
        let note = |code: &str| run.notes.iter().find(|n| n.code() == code);
        let before = note("history-before-start").and_then(|n| n.count(0));
        assert_eq!(timeline.requests() + before.unwrap_or(0), in_history, "{version}");
        let early = note("history-ends-early").and_then(|n| n.count(0).zip(n.count(1)));
        assert_eq!(early, (in_history != requests).then_some((in_history, requests)), "{version}");
        let failed = run.total.as_ref().unwrap().failures.unwrap();
        assert_eq!(run.failures.iter().map(|f| f.count).sum::<u64>(), failed, "{version}");
        // The first row's second, in milliseconds.
        let history = fs::read_to_string(folder().join(version).join(format!("{base}_stats_history.csv"))).unwrap();
        let first = history.lines().nth(1).unwrap().split([',', '"']).find_map(|f| f.parse::<i64>().ok()).unwrap();
        assert_eq!(run.started_ms, Some(first * 1000), "{version}");
    }
}

/// 0.14.6, `quotes_stats.csv`, by hand: `GET /say "hello, you"` has bare quotes and is no CSV.
#[test]
fn bare_quotes() {
    let bytes = fs::read(folder().join("0.14.6/quotes_stats.csv")).unwrap();
    let run = assemble(vec![read("unknown", &bytes).unwrap()], Parts::Refuse).unwrap();
    assert_eq!(run.endpoints.len(), 7);
    let say = run.endpoint(Some("GET"), "/say \"hello, you\"").unwrap();
    assert_eq!((say.requests, say.failures), (Some(7), Some(0)));
    assert_eq!((say.latency.mean_ms, say.latency.min_ms, say.latency.max_ms), (Some(11.0), Some(7.0), Some(15.0)));
    assert_eq!(say.latency.distribution.quantile_ms(Percentile::P50), Some(12.0));
    assert_eq!(say.latency.distribution.quantile_ms(Percentile::P95), Some(15.0));
    assert_eq!(say.rate_per_s, Some(0.78));
    assert_eq!(run.requests(), Some(178));
    assert_eq!((run.rows.read, run.rows.rejected), (8, 0));
    let repaired = run.notes.iter().find(|n| n.code() == "quotes-repaired").unwrap();
    assert_eq!(repaired.figures, [1.into(), 4.into()]);
}

/// What may differ where only the name and the line ends of a file do.
fn without_names(mut run: Run) -> Run {
    run.label.clear();
    for file in &mut run.source.files {
        (file.name, file.fingerprint, file.bytes) = (String::new(), 0, 0);
    }
    run.source.files.sort_by(|a, b| a.format.cmp(&b.format));
    for note in &mut run.notes {
        note.file = None;
    }
    run.notes.sort_by_key(|n| format!("{n:?}"));
    run
}

#[test]
fn neither_names_nor_line_ends_matter() {
    for fixture in &fixtures() {
        let original = without_names(run_of(&fixture.name, &fixture.bytes, fixture));
        let text = String::from_utf8(fixture.bytes.clone()).unwrap().replace("\r\n", "\n");
        for (title, end) in [("LF", "\n"), ("CRLF", "\r\n"), ("CR CR LF", "\r\r\n"), ("CR", "\r")] {
            let changed = text.replace('\n', end);
            let again = without_names(run_of("unknown", changed.as_bytes(), fixture));
            assert_eq!(again, original, "{} with {title}", fixture.label());
        }
        // The wrong name says nothing either.
        let misnamed = without_names(run_of("x_failures.csv", &fixture.bytes, fixture));
        assert_eq!(misnamed, original, "{}", fixture.label());
    }
}

/// Locust counts requests per second over the whole run, in its CSV too. An endpoint's own first and last request are
/// closer together, and those of one that was called once are microseconds apart.
#[test]
fn rates_of_json_are_those_of_the_csv() {
    for side in ["base", "slow"] {
        let file = |name: String| {
            let bytes = fs::read(folder().join("2.47.0").join(&name)).unwrap();
            assemble(vec![read(&name, &bytes).unwrap()], Parts::Refuse).unwrap()
        };
        let (csv, json) = (file(format!("{side}_stats.csv")), file(format!("{side}.json")));
        for (a, b) in csv.endpoints.iter().chain(&csv.total).zip(json.endpoints.iter().chain(&json.total)) {
            assert_eq!(a.key().1, b.key().1);
            let (a, b) = (a.rate_per_s.unwrap(), b.rate_per_s.unwrap());
            // The CSV's run begins a moment before the first request. For a single endpoint it was 0.5 % and more.
            assert!((a / b - 1.0).abs() < 0.002, "{side}: {a} and {b}");
        }
    }
    let text = r#"[{"name": "/", "method": "GET", "last_request_timestamp": 110.0, "start_time": 100.0, "num_requests": 50,
        "num_failures": 0, "response_times": {"5": 50}, "num_reqs_per_sec": {}},
        {"name": "/once", "method": "GET", "last_request_timestamp": 103.00001, "start_time": 103.0, "num_requests": 1,
        "num_failures": 1, "response_times": {"5": 1}, "num_reqs_per_sec": {}}]"#;
    let run = assemble(vec![read("a.json", text.as_bytes()).unwrap()], Parts::Refuse).unwrap();
    assert_eq!((run.endpoints[1].rate_per_s, run.endpoints[1].failures_per_s), (Some(0.1), Some(0.1)));
}
