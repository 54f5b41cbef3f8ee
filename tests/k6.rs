//! k6's raw outputs: values against other readers and k6's own summary, special cases of the formats, and independence
//! of chunks and slices.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use loaddiff::ingest::slice::{Plan, Stretch};
use loaddiff::ingest::{Options, Part, Parts, Problem, Reader, assemble, read};
use loaddiff::run::{Endpoint, Figure, NoteLevel, Percentile, Run};
use proptest::prelude::*;
use serde_json::Value;

fn run_of(part: Part) -> Run {
    assemble(vec![part], Parts::Refuse).unwrap()
}

fn run_from(text: &str) -> Run {
    run_of(read("results", text.as_bytes()).unwrap_or_else(|e| panic!("{e}")))
}

fn fixtures() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/k6")
}

fn json_of(path: PathBuf) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn note(run: &Run, code: &str) -> Option<Vec<Figure>> {
    run.notes.iter().find(|n| n.code() == code).map(|n| n.figures.clone())
}

fn counts<const N: usize>(counts: [u64; N]) -> Option<Vec<Figure>> {
    Some(counts.map(Into::into).into())
}

fn quantile(endpoint: &Endpoint, p: Percentile) -> f64 {
    endpoint.latency.distribution.quantile_ms(p).unwrap()
}

/// Within 0.1 %, and rounding errors.
fn assert_near(got: f64, want: &Value, what: &str) {
    let want = want.as_f64().unwrap();
    assert!((got - want).abs() <= want * 0.001 + 1e-9, "{what}: {got} for {want}");
}

/// A point in k6's format, with line end.
fn point(metric: &str, time: &str, value: &str, tags: &str) -> String {
    format!(
        "{{\"metric\":\"{metric}\",\"type\":\"Point\",\"data\":{{\"time\":\"{time}\",\"value\":{value},\"tags\":{{{tags}}}}}}}\n"
    )
}

/// The points of one request that are read.
fn request(time: &str, ms: &str, failed: bool, tags: &str) -> String {
    [("http_reqs", "1"), ("http_req_duration", ms), ("http_req_failed", if failed { "1" } else { "0" })]
        .map(|(metric, value)| point(metric, time, value, tags))
        .concat()
}

const TAGS: &str =
    "\"expected_response\":\"true\",\"group\":\"\",\"method\":\"GET\",\"name\":\"/a\",\"status\":\"200\"";
const TIME: &str = "2026-11-24T14:16:33.06467258Z";

// ---- values by independent readers

/// k6's summary separates the response times of successful requests: `http_req_duration{expected_response:true}`.
#[test]
fn successful_requests_equal_k6s_summary() {
    for (version, files) in [("0.57.0", ["samples.json", "samples.csv"]), ("1.1.0", ["samples.json", "samples.csv"])] {
        let summary = json_of(fixtures().join(version).join("summary.json"));
        let summary = &summary["metrics"]["http_req_duration{expected_response:true}"];
        for name in files {
            let what = format!("{version}/{name}");
            let run = run_of(read(name, &fs::read(fixtures().join(version).join(name)).unwrap()).unwrap());
            let alone = run.total.unwrap().successes().unwrap_or_else(|| panic!("{what}"));
            assert_near(alone.latency.mean_ms.unwrap(), &summary["avg"], &what);
            assert_near(alone.latency.min_ms.unwrap(), &summary["min"], &what);
            assert_near(alone.latency.max_ms.unwrap(), &summary["max"], &what);
            for (p, key) in [(Percentile::P50, "med"), (Percentile::P90, "p(90)"), (Percentile::P95, "p(95)")] {
                assert_near(quantile(&alone, p), &summary[key], &format!("{what} {key}"));
            }
            let timeline = alone.timeline.unwrap();
            assert_eq!(Some(timeline.requests()), alone.requests, "{what}");
        }
    }
}

/// A field case: ten requests per second by an arrival-rate executor, whose `vus` are latency × rate. In the recorded
/// pairs, 20 users with think time were configured.
#[test]
fn users_of_an_arrival_rate_follow() {
    let mut text = String::new();
    for i in 0..600_u64 {
        let (time, ms) = (i * 100, 300 + i * 37 % 240);
        let time = format!("2026-11-24T14:{:02}:{:02}.{:03}Z", time / 60_000, time / 1000 % 60, time % 1000);
        text += &request(&time, &format!("{ms}.5"), false, TAGS);
        if i % 10 == 0 {
            text += &point("vus", &time, &(4 + i / 10 * 7 % 3).to_string(), "");
        }
    }
    let run = run_from(&text);
    assert_eq!((run.users, run.users_follow), (Some(6), true));
    let flat = text.lines().map(|line| {
        if line.contains("\"vus\"") { line.replace(":5,", ":4,").replace(":6,", ":4,") } else { line.into() }
    });
    assert!(!run_from(&flat.collect::<Vec<String>>().join("\n")).users_follow);

    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    for name in ["base", "slow2x"] {
        let path = root.join(format!("tests/cases/field/k6-arrival-rate-users/{name}.json.gz"));
        let bytes = fs::read(path).unwrap();
        assert!(run_of(read(name, &bytes).unwrap()).users_follow, "{name}");
    }
    for entry in fs::read_dir(root.join("tests/fixtures/pairs")).unwrap() {
        for side in ["base", "run"] {
            let Ok(bytes) = fs::read(entry.as_ref().unwrap().path().join(format!("{side}.csv.gz"))) else { continue };
            let run = run_of(read(side, &bytes).unwrap());
            assert_eq!((run.users, run.users_follow), (Some(20), false), "{side}");
        }
    }
}

/// `expected_response` can be disabled (`systemTags`): then failed requests are not separate.
#[test]
fn without_the_tag_failed_requests_are_not_separate() {
    let bare = TAGS.replace("\"expected_response\":\"true\",", "");
    for (tags, failed, known) in [(TAGS, false, true), (&*bare, false, false), (&*bare, true, false)] {
        let run = run_from(&(request(TIME, "12.5", false, TAGS) + &request(TIME, "2.5", failed, tags)));
        let total = run.total.unwrap();
        assert_eq!(total.failures, Some(u64::from(failed)));
        assert_eq!(total.successes().is_some(), known);
        assert_eq!(run.endpoints[0].successes().is_some(), known);
    }
}

#[test]
fn fixtures_as_expected() {
    let mut seen = 0;
    for version in ["0.57.0", "1.1.0"] {
        let folder = fixtures().join(version);
        let expected = json_of(folder.join("expected.json"));
        // `tests/k6_summaries.rs` covers summaries.
        let raw = expected["files"].as_object().unwrap().iter().filter(|(_, expected)| expected["figures"].is_null());
        for (name, expected) in raw {
            seen += 1;
            let what = format!("{version}/{name}");
            // The same under any other name.
            let run = run_of(
                read("unknown", &fs::read(folder.join(name)).unwrap()).unwrap_or_else(|e| panic!("{what}: {e}")),
            );
            assert_eq!(run.source.tool, "k6", "{what}");
            assert_eq!(run.rows.rejected, 0, "{what}: {:?}", run.notes);
            let total = run.total.as_ref().unwrap();
            let pairs = run.endpoints.iter().zip(expected["endpoints"].as_array().unwrap());
            assert_eq!(run.endpoints.len(), expected["endpoints"].as_array().unwrap().len(), "{what}");
            for (got, want) in pairs.chain([(total, &expected["total"])]) {
                let what = format!("{what} {}", got.label());
                if want["name"].is_string() {
                    assert_eq!(
                        (got.method.as_deref(), Some(&*got.name)),
                        (want["method"].as_str(), want["name"].as_str())
                    );
                }
                assert_eq!(got.requests, want["requests"].as_u64(), "{what}");
                assert_eq!(got.failures, want["failures"].as_u64(), "{what}");
                assert_near(got.latency.mean_ms.unwrap(), &want["mean"], &what);
                assert_eq!(got.latency.min_ms, want["min"].as_f64(), "{what}");
                assert_eq!(got.latency.max_ms, want["max"].as_f64(), "{what}");
                for (p, key) in [(Percentile::P50, "p50"), (Percentile::P95, "p95"), (Percentile::P99, "p99")] {
                    assert_near(quantile(got, p), &want[key], &what);
                }
            }
            assert_eq!(run.users, expected["users"].as_u64(), "{what}");
            assert_eq!(run.timeline.as_ref().unwrap().max_users(), expected["users"].as_u64(), "{what}");
            let seconds = expected["seconds"].as_f64().unwrap();
            // Times are truncated to milliseconds at both ends.
            assert!((run.duration_s.unwrap() - seconds).abs() <= 0.002, "{what}: {:?} for {seconds}", run.duration_s);
            // Each endpoint's rate is over the run, like k6's own: two close requests are not a hundred per second.
            for endpoint in run.endpoints.iter().chain([total]) {
                let rate = endpoint.requests.unwrap() as f64 / seconds;
                let got = endpoint.rate_per_s.unwrap();
                assert!(
                    (got / rate - 1.0).abs() <= 0.002 / seconds + 1e-9,
                    "{what} {}: {got} for {rate}",
                    endpoint.label()
                );
            }
            let untimed = expected["http_reqs"].as_u64() != total.requests;
            assert_eq!(note(&run, "requests-untimed").is_some(), untimed, "{what}");
            let silent = expected["no_response"].as_u64().unwrap();
            assert_eq!(note(&run, "no-responses"), counts([silent]).filter(|_| silent > 0), "{what}");
            checks_as_expected(&run, expected, &what);
            let causes: u64 = run.failures.iter().map(|f| f.count).sum();
            let wanted = expected["causes"].as_array().unwrap();
            assert_eq!(causes, wanted.iter().map(|c| c["count"].as_u64().unwrap()).sum::<u64>(), "{what}");
            for cause in wanted {
                let status = cause["status"].as_str().unwrap();
                let text = match cause["error"].as_str().unwrap() {
                    "" => format!("status {status}"),
                    error => format!("{error} (error {})", cause["error_code"].as_str().unwrap()),
                };
                let found: u64 = run.failures.iter().filter(|f| f.message == text).map(|f| f.count).sum();
                assert_eq!(Some(found), cause["count"].as_u64(), "{what}: {text} in {:?}", run.failures);
            }
        }
    }
    assert_eq!(seen, 18);
}

fn checks_as_expected(run: &Run, expected: &Value, what: &str) {
    let checks = expected["checks"].as_object().unwrap();
    let sum = |at: usize| checks.values().map(|c| c[at].as_u64().unwrap()).sum::<u64>();
    match note(run, "checks-counted") {
        Some(figures) => {
            let [Figure::Count(failed), Figure::Count(all), Figure::Text(name), Figure::Count(worst)] = &*figures
            else {
                panic!("{what}: {figures:?}")
            };
            assert_eq!((*failed, *all), (sum(1), sum(0) + sum(1)), "{what}");
            assert_eq!(checks[name][1].as_u64(), Some(*worst), "{what}");
        }
        None => assert!(checks.is_empty(), "{what}"),
    }
}

/// k6's own summary of the same run.
#[test]
fn results_equal_k6s_own_summary() {
    for version in ["0.57.0", "1.1.0"] {
        let summary = json_of(fixtures().join(version).join("summary.json"));
        let metrics = &summary["metrics"];
        for name in ["samples.json", "samples.csv"] {
            let run = run_of(read(name, &fs::read(fixtures().join(version).join(name)).unwrap()).unwrap());
            let (total, duration) = (run.total.as_ref().unwrap(), &metrics["http_req_duration"]);
            assert_eq!(total.requests, metrics["http_reqs"]["count"].as_u64());
            // `passes` of http_req_failed are the failed requests.
            assert_eq!(total.failures, metrics["http_req_failed"]["passes"].as_u64());
            assert_eq!(
                total.failures.map(|n| total.requests.unwrap() - n),
                metrics["http_req_failed"]["fails"].as_u64()
            );
            assert_near(total.latency.mean_ms.unwrap(), &duration["avg"], name);
            assert_near(quantile(total, Percentile::P50), &duration["med"], name);
            assert_near(quantile(total, Percentile::parse("90").unwrap()), &duration["p(90)"], name);
            assert_near(quantile(total, Percentile::P95), &duration["p(95)"], name);
            assert_eq!(
                (total.latency.min_ms, total.latency.max_ms),
                (duration["min"].as_f64(), duration["max"].as_f64())
            );
            let counted = run.notes.iter().find(|n| n.code() == "checks-counted").unwrap();
            let (failed, all) = (counted.count(0).unwrap(), counted.count(1).unwrap());
            let passed = all - failed;
            assert_eq!(Some(passed), metrics["checks"]["passes"].as_u64());
            assert_eq!(Some(failed), metrics["checks"]["fails"].as_u64());
            assert_eq!(run.users, metrics["vus"]["max"].as_u64());
            let share = failed as f64 / (passed + failed) as f64 * 100.0;
            assert_eq!(total.metrics.get("checks_failed_pct"), Some(&share));
        }
    }
}

/// Both outputs give the same run, except for times.
#[test]
fn both_outputs_agree() {
    for version in ["0.57.0", "1.1.0"] {
        let of = |name: &str| run_of(read(name, &fs::read(fixtures().join(version).join(name)).unwrap()).unwrap());
        let (json, csv) = (of("samples.json"), of("samples.csv"));
        assert_eq!(json.failures, csv.failures);
        assert_eq!(json.endpoints.len(), csv.endpoints.len());
        for (a, b) in json.endpoints.iter().zip(&csv.endpoints) {
            assert_eq!((a.key(), a.requests, a.failures, &a.latency), (b.key(), b.requests, b.failures, &b.latency));
        }
        assert!(note(&csv, "moments-whole-seconds").is_some() && note(&json, "moments-whole-seconds").is_none());
    }
}

#[test]
fn samples_as_expected() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/samples");
    let Ok(text) = fs::read(folder.join("expected.json")) else {
        println!("skipped: {} is not here", folder.display());
        return;
    };
    let expected: Value = serde_json::from_slice(&text).unwrap();
    let mut seen = 0;
    for (name, expected) in expected.as_object().unwrap().iter().filter(|(name, _)| name.starts_with("k6/")) {
        seen += 1;
        let run =
            run_of(read("unknown", &fs::read(folder.join(name)).unwrap()).unwrap_or_else(|e| panic!("{name}: {e}")));
        let total = run.total.as_ref().unwrap();
        assert_eq!(total.requests, expected["requests"].as_u64(), "{name}");
        assert_eq!(total.failures.map(|n| n as f64), expected["failed"].as_f64(), "{name}");
        let names = expected["names"].as_u64().or_else(|| expected["names"].as_object().map(|n| n.len() as u64));
        assert_eq!(Some(run.endpoints.len() as u64), names, "{name}");
        for (endpoint, requests) in expected["names"].as_object().into_iter().flatten() {
            let found = run.endpoints.iter().find(|e| e.name == *endpoint).unwrap();
            assert_eq!(found.requests, requests.as_u64(), "{name} {endpoint}");
        }
        let times = &expected["duration_ms"];
        // expected.json rounds to four decimals.
        let near = |got: f64, key: &str| {
            let want = times[key].as_f64().unwrap();
            assert!((got - want).abs() <= want * 0.001 + 0.000_06, "{name} {key}: {got} for {want}");
        };
        near(total.latency.mean_ms.unwrap(), "mean");
        near(total.latency.min_ms.unwrap(), "min");
        near(total.latency.max_ms.unwrap(), "max");
        near(quantile(total, Percentile::P50), "p50_linear");
        near(quantile(total, Percentile::P95), "p95_linear");
        near(quantile(total, Percentile::P99), "p99_linear");
    }
    assert_eq!(seen, 3);
}

// ---- special cases

/// The same request in the layouts of every version, and in JSON from other programs.
#[test]
fn key_order_does_not_matter() {
    let want = run_from(&request(TIME, "12.5", false, TAGS));
    let older = |metric: &str, value: &str| {
        format!(
            "{{\"type\":\"Point\",\"data\":{{\"time\":\"{TIME}\",\"value\":{value},\"tags\":{{{TAGS}}}}},\"metric\":\"{metric}\"}}\n"
        )
    };
    let text = older("http_reqs", "1") + &older("http_req_duration", "12.5") + &older("http_req_failed", "0");
    assert_eq!(run_from(&text).endpoints, want.endpoints);
    let spaced = text.replace("\":", "\": ").replace(",\"", ", \"");
    assert_eq!(run_from(&spaced).endpoints, want.endpoints);
    let with_metadata = request(TIME, "12.5", false, TAGS).replace("}}}", "},\"metadata\":{\"trace_id\":\"1\"}}}");
    assert_eq!(run_from(&with_metadata).endpoints, want.endpoints);
}

/// Go writes `&` in addresses as `\u0026`; both spellings are one endpoint.
#[test]
fn escapes_in_names() {
    let tags = |name: &str| format!("\"method\":\"GET\",\"name\":\"{name}\"");
    let text = request(TIME, "1", false, &tags(r"/a?b=1\u0026c=\u00e9\ud83d\ude00"))
        + &request(TIME, "3", false, &tags("/a?b=1&c=é😀"))
        + &request(TIME, "5", false, &tags(r#"\"q\" \\ \u003c"#));
    let run = run_from(&text);
    assert_eq!(run.endpoint(Some("GET"), "/a?b=1&c=é😀").unwrap().requests, Some(2));
    assert_eq!(run.endpoint(Some("GET"), "\"q\" \\ <").unwrap().requests, Some(1));
}

#[test]
fn without_a_name_the_address_counts() {
    let text = request(TIME, "1", false, "\"method\":\"GET\",\"url\":\"http://x/a\"") + &request(TIME, "1", false, "");
    let run = run_from(&text);
    let names: Vec<_> = run.endpoints.iter().map(|e| (e.method.as_deref(), &*e.name)).collect();
    assert_eq!(names, [(None, "(requests without a name)"), (Some("GET"), "http://x/a")]);
}

/// Only `http_req_failed` of 1 is a failed request; a failed check is not.
#[test]
fn failures_are_only_those_of_http_req_failed() {
    let status = |status: &str| TAGS.replace("200", status);
    let text = request(TIME, "1", true, &status("500"))
        + &request(TIME, "1", false, &status("404"))
        + &point("checks", TIME, "0", "\"check\":\"is fast\"");
    let run = run_from(&text);
    assert_eq!(run.total.as_ref().unwrap().failures, Some(1));
    assert_eq!(run.failures[0].message, "status 500");
    let figures = vec![1.into(), 1.into(), "is fast".into(), 1.into()];
    assert_eq!(note(&run, "checks-counted"), Some(figures));
    assert_eq!(run.timeline.as_ref().unwrap().intervals.iter().map(|i| i.failures).sum::<u64>(), 1);
}

/// Up to k6 0.30, and after `setResponseCallback(null)`: unknown, not 0.
#[test]
fn failures_may_be_unknown() {
    let other = TAGS.replace("/a", "/b");
    let old = point("http_reqs", TIME, "1", TAGS) + &point("http_req_duration", TIME, "5", TAGS);
    let run = run_from(&old);
    assert_eq!((run.total.as_ref().unwrap().failures, run.endpoints[0].failures), (None, None));
    assert_eq!(note(&run, "failures-unknown"), counts([1, 1]));
    let run = run_from(&(old + &request(TIME, "5", true, &other)));
    assert_eq!((run.endpoints[0].failures, run.endpoints[1].failures), (None, Some(1)));
    assert_eq!(note(&run, "failures-unknown"), counts([1, 2]));
}

#[test]
fn no_response_is_zero_milliseconds_with_a_note() {
    let silent = "\"error\":\"dial: connection refused\",\"error_code\":\"1212\",\"method\":\"GET\",\"name\":\"/a\",\"status\":\"0\"";
    let run = run_from(&(request(TIME, "0", true, silent) + &request(TIME, "10", false, TAGS)));
    assert_eq!(quantile(run.total.as_ref().unwrap(), Percentile::P50), 5.0);
    assert_eq!(note(&run, "no-responses"), counts([1]));
    assert_eq!(run.failures[0].message, "dial: connection refused (error 1212)");
    // A time-out and a cut connection have their elapsed time.
    let run = run_from(&(request(TIME, "201", true, silent) + &request(TIME, "10", false, TAGS)));
    assert_eq!(note(&run, "no-responses"), None);
}

/// The time of a point is the request's end.
#[test]
fn moments_are_ends() {
    let text = request("2026-11-24T14:16:33.500Z", "1500", false, TAGS)
        + &request("2026-11-24T19:46:35.250+05:30", "100", false, TAGS);
    let run = run_from(&text);
    // From 14:16:32.000 to 14:16:35.250, UTC.
    assert_eq!((run.started_ms, run.duration_s), (Some(1_795_529_792_000), Some(3.25)));
}

#[test]
fn users_over_time() {
    let vus = |second: u32, n: u32| point("vus", &format!("2026-11-24T14:16:{second}.1Z"), &n.to_string(), "");
    let text = vus(30, 5) + &request("2026-11-24T14:16:30.5Z", "1", false, TAGS) + &vus(31, 20) + &vus(32, 7);
    let run = run_from(&text);
    assert_eq!(run.users, Some(20));
    let users: Vec<_> = run.timeline.as_ref().unwrap().intervals.iter().map(|i| i.users).collect();
    assert_eq!(users, [Some(5), Some(20), Some(7)]);
}

/// Left-out metrics are listed; other protocols give a warning, and alone an error.
#[test]
fn left_out_metrics_are_named() {
    let grpc = point("grpc_req_duration", TIME, "3", "\"method\":\"Get\",\"name\":\"x\"");
    let text =
        request(TIME, "1", false, TAGS) + &point("http_req_waiting", TIME, "1", TAGS) + &point("mine", TIME, "7", "");
    let run = run_from(&text);
    assert_eq!(note(&run, "metrics-left-out"), Some(vec![2.into(), "mine, http_req_waiting".into()]));
    assert_eq!(run.notes.iter().find(|n| n.code() == "metrics-left-out").unwrap().level(), NoteLevel::Info);
    let run = run_from(&(text + &grpc));
    let said = run.notes.iter().find(|n| n.code() == "metrics-left-out").unwrap();
    assert_eq!(said.level(), NoteLevel::Warning);
    assert!(said.text().contains("grpc_req_duration, mine"), "{}", said.text());
    let error = read("r", grpc.as_bytes()).err().unwrap();
    assert!(matches!(error.problem(), Problem::NotYet { .. }), "{error}");
}

#[test]
fn a_service_is_a_tag_that_all_requests_have() {
    let tags = |name: &str, service: &str| format!("\"method\":\"GET\",\"name\":\"{name}\",\"service\":\"{service}\"");
    let text = request(TIME, "1", false, &tags("/a", "shop"))
        + &request(TIME, "1", false, &tags("/b", "shop"))
        + &request(TIME, "1", false, &tags("/b", "back"))
        + &request(TIME, "1", false, "\"group\":\"::browse\",\"name\":\"/c\"");
    let services: Vec<_> = run_from(&text).endpoints.into_iter().map(|e| e.service).collect();
    assert_eq!(services, [Some("shop".to_owned()), None, None]);
}

/// Bad lines are counted, with the first shown; a cut last line is reported; k6's banner is not a row.
#[test]
fn bad_lines() {
    let text = format!(
        "     execution: local\n\n{}{}{}{}{{\"metric\":\"http_req_dur",
        request(TIME, "1", false, TAGS),
        point("http_req_duration", TIME, "-1", TAGS),
        point("http_req_failed", TIME, "0.5", TAGS),
        "{\"metric\":\"http_reqs\",\"type\":\"Po\n"
    );
    let run = run_from(&text);
    assert_eq!((run.rows.read, run.rows.rejected), (5, 4), "{:?}", run.notes);
    assert_eq!(note(&run, "cut-row"), counts([9]));
    let first = "line 6: the value -1 of http_req_duration is negative or too large.";
    assert_eq!(note(&run, "rows-rejected"), Some(vec![3.into(), first.into()]));
    assert_eq!(note(&run, "banner-skipped"), counts([16]));
}

#[test]
fn unusable_files_are_errors() {
    let problem = |text: &str| read("r", text.as_bytes()).err().unwrap().problem().clone();
    let metric = "{\"type\":\"Metric\",\"data\":{\"name\":\"vus\",\"type\":\"gauge\"},\"metric\":\"vus\"}\n";
    assert_eq!(problem(metric), Problem::HeaderOnly);
    assert_eq!(problem("metric_name,timestamp,metric_value,method,name\n"), Problem::HeaderOnly);
    let bad = point("http_req_duration", TIME, "-1", TAGS);
    assert!(matches!(problem(&bad), Problem::NoUsableRow { rows: 1, .. }));
    // Not for a summary.
    let summary = read("r", b"{\"metrics\":{\"http_reqs\":{\"count\":1}}}").unwrap();
    assert_eq!(summary.file.format, "k6-summary");
}

/// Lines longer than a megabyte are left out, and the rest is read.
#[test]
fn a_line_without_an_end() {
    let long = point("http_req_duration", TIME, "1", &format!("\"name\":\"{}\"", "x".repeat(1 << 20)));
    let run = run_from(&(request(TIME, "1", false, TAGS) + &long + &request(TIME, "3", false, TAGS)));
    assert_eq!((run.total.as_ref().unwrap().requests, run.rows.rejected), (Some(2), 1));
}

#[test]
fn any_columns_in_any_order() {
    let run = run_from(
        "status,metric_value,name,metric_name,timestamp\n200,12.500000,/a,http_req_duration,1795529802091\n\
         500,1.000000,/a,http_req_failed,1795529802091\n",
    );
    let total = run.total.as_ref().unwrap();
    assert_eq!((total.requests, total.failures, total.latency.max_ms), (Some(1), Some(1), Some(12.5)));
    assert_eq!((run.endpoints[0].method.as_deref(), run.failures[0].message.as_str()), (None, "status 500"));
}

#[test]
fn quotes_and_cut_rows_in_csv() {
    let header = "metric_name,timestamp,metric_value,error,method,name,status,extra_tags,metadata\n";
    let run = run_from(&format!(
        "{header}http_req_duration,1795529802,5.000000,,GET,\"/a \"\"b\"\", c\nd\",200,\"k=a,b\",\n\
         http_req_duration,x,5.000000,,GET,/e,200,,\nhttp_req_duration,1795529802,five,,GET,/e,200,,\n\
         {header}http_req_duration,1795529802,5.0"
    ));
    let names: Vec<_> = run.endpoints.iter().map(|e| e.name.as_str()).collect();
    assert_eq!(names, ["/a \"b\", c\nd", "/e"]);
    assert_eq!(run.rows.rejected, 2);
    let first = "line 5: column 3: metric_value “five” is no number of at least 0.";
    assert_eq!(note(&run, "rows-rejected"), Some(vec![1.into(), first.into()]));
    assert_eq!(note(&run, "cut-row"), counts([7]));
    assert_eq!(note(&run, "moments-unread"), Some(vec![1.into(), "“x”".into()]));
    assert_eq!(run.total.as_ref().unwrap().rate_per_s, None);
}

// ---- chunks and slices

/// JSON lines with all special cases.
fn lines() -> impl Strategy<Value = Vec<u8>> {
    let tags: &'static [&'static str] = &[
        "\"method\":\"GET\",\"name\":\"/a\",\"status\":\"200\"",
        "\"method\":\"GET\",\"name\":\"/b\",\"service\":\"s\",\"status\":\"0\",\"error\":\"e\"",
        "\"name\":\"/b\",\"service\":\"t\",\"method\":\"GET\"",
        "\"name\":\"a\\u0026\\n\",\"url\":\"é\"",
        "\"check\":\"c\"",
        "",
    ];
    let metrics = &["http_req_duration", "http_req_failed", "http_reqs", "vus", "checks", "mine", "vus_max"][..];
    let values = &["0", "1", "25.5", "-1", "1e3"][..];
    let ends = &["\n", "\n", "\n", "\r\n", "\n\n", "\r", "\nnoise\n", "\n{\"level\":\"info\"}\n"][..];
    let pick = |from: &'static [&'static str]| prop::sample::select(from);
    let line =
        (pick(metrics), 0..90_u32, pick(values), pick(tags), pick(ends)).prop_map(|(metric, at, value, tags, end)| {
            let time = format!("2026-11-24T14:{:02}:{:02}.{at}Z", at / 60, at % 60);
            point(metric, &time, value, tags).trim_end().to_owned() + end
        });
    (prop::collection::vec(line, 1..9), 0..12_usize).prop_map(|(lines, cut)| {
        let mut bytes = request(TIME, "1", false, TAGS).into_bytes();
        lines.iter().for_each(|line| bytes.extend_from_slice(line.as_bytes()));
        bytes.truncate(bytes.len() - cut);
        bytes
    })
}

/// CSV rows, including quoted line ends.
fn rows() -> impl Strategy<Value = Vec<u8>> {
    let names = &[
        "/a",
        "\"/a, b\"",
        "\"line\nend\"",
        "\"\"\"\n\"\"\"",
        "O\"K",
        "",
        "\"\r\n\"",
        "\"http_reqs,1795529802,1,x\nhttp_req_duration,1795529802,1,x\"",
    ][..];
    let metrics = &["http_req_duration", "http_req_failed", "http_reqs", "vus", "checks", "mine", "vus_max"][..];
    let pick = |from: &'static [&'static str]| prop::sample::select(from);
    let row = (
        pick(metrics),
        0..5000_u32,
        pick(&["0.000000", "1.000000", "25.5", "-1", "x"]),
        pick(names),
        pick(&["\n", "\n", "\r\n", "\n\n", ",\n"]),
        pick(&["200", "500", "0"]),
    );
    let row = row.prop_map(|(metric, at, value, name, end, status)| {
        let mut row = String::new();
        write!(row, "{metric},{},{value},{status},GET,{name}{end}", 1_795_529_802_000_u64 + u64::from(at)).unwrap();
        row
    });
    (prop::collection::vec(row, 1..16), 0..12_usize).prop_map(|(rows, cut)| {
        let header = "metric_name,timestamp,metric_value,status,method,name\nhttp_req_duration,1795529802000,1.5,200,GET,/first\n";
        let mut bytes = header.as_bytes().to_vec();
        rows.iter().for_each(|row| bytes.extend_from_slice(row.as_bytes()));
        bytes.truncate(bytes.len() - cut);
        bytes
    })
}

/// A log of Locust's.
fn log() -> impl Strategy<Value = Vec<u8>> {
    let texts = &[
        "",
        "",
        "404 Not Found",
        "\"two,\nlines\"",
        "\"a \"\"b\"\"\"",
        "\"1795530085.1,GET,/x\n1795530085.1,GET,/x\"",
    ][..];
    let pick = |from: &'static [&'static str]| prop::sample::select(from);
    let row = (
        0..9000_u32,
        pick(&["/a", "\"/b, c\"", "é"]),
        pick(&["1.5", "", "20", "x"]),
        pick(texts),
        pick(&["\r\n", "\r\n", "\n"]),
    );
    let row = row
        .prop_map(|(at, name, ms, exception, end)| format!("179553{at:04}.25,GET,{name},{ms},10,200,{exception}{end}"));
    (prop::collection::vec(row, 1..16), 0..12_usize).prop_map(|(rows, cut)| {
        let header = "timestamp,request_type,name,response_time_ms,response_length,status_code,exception\r\n\
                      1795530085.160264,GET,/first,11.68,29,200,\r\n";
        let mut bytes = header.as_bytes().to_vec();
        rows.iter().for_each(|row| bytes.extend_from_slice(row.as_bytes()));
        bytes.truncate(bytes.len() - cut);
        bytes
    })
}

fn outcome(part: Result<Part, loaddiff::ingest::Error>) -> Result<Run, String> {
    let mut run = part.map(run_of).map_err(|e| e.to_string())?;
    // Slices that begin anywhere have no fingerprint.
    run.source.files.iter_mut().for_each(|f| (f.bytes, f.fingerprint) = (0, 0));
    Ok(run)
}

/// Reads in slices that end at these positions.
fn sliced(bytes: &[u8], ends: &[usize], chunk: usize) -> Result<Run, String> {
    let head = &bytes[..bytes.len().min(loaddiff::ingest::slice::HEAD)];
    let plan = Plan::new("f", head, Options::default()).expect("rows");
    let fill = |stretch: &Stretch, mut slice: loaddiff::ingest::slice::Slice| {
        for chunk in bytes[stretch.bytes.start as usize..].chunks(chunk) {
            if !slice.push(chunk) {
                break;
            }
        }
        slice.end()
    };
    let mut joined = plan.join();
    for (i, end) in ends.iter().enumerate() {
        let start = if i == 0 { 0 } else { ends[i - 1] };
        let stretch = Stretch { bytes: start as u64..*end as u64, is_last: i + 1 == ends.len() };
        let mut next = joined.add_rows(fill(&stretch, plan.slice(&stretch))).map_err(|e| e.to_string())?;
        while let Some(again) = next {
            next = joined.add_rows(fill(&again, plan.again(&again))).map_err(|e| e.to_string())?;
        }
    }
    outcome(joined.finish())
}

fn at_every_byte(bytes: &[u8]) -> Result<(), TestCaseError> {
    let want = outcome(read("f", bytes));
    for cut in 0..=bytes.len() {
        prop_assert_eq!(&sliced(bytes, &[cut, bytes.len()], 64), &want, "cut at {}", cut);
    }
    Ok(())
}

fn in_pieces(bytes: &[u8], size: usize, chunk: usize) -> Result<(), TestCaseError> {
    let want = outcome(read("f", bytes));
    let mut ends: Vec<usize> = (size..bytes.len()).step_by(size).collect();
    ends.push(bytes.len());
    prop_assert_eq!(&sliced(bytes, &ends, chunk), &want);
    let mut reader = Reader::new("f", Options::default());
    bytes.chunks(chunk).for_each(|chunk| reader.push(chunk).unwrap());
    prop_assert_eq!(outcome(reader.finish()), want);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    #[test]
    fn json_in_slices_at_every_byte(bytes in lines()) {
        at_every_byte(&bytes)?;
    }

    #[test]
    fn csv_in_slices_at_every_byte(bytes in rows()) {
        at_every_byte(&bytes)?;
    }

    #[test]
    fn locust_log_in_slices_at_every_byte(bytes in log()) {
        at_every_byte(&bytes)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn json_in_many_slices_and_chunks(bytes in lines(), size in 1..400_usize, chunk in 1..300_usize) {
        in_pieces(&bytes, size, chunk)?;
    }

    #[test]
    fn csv_in_many_slices_and_chunks(bytes in rows(), size in 1..400_usize, chunk in 1..300_usize) {
        in_pieces(&bytes, size, chunk)?;
    }

    #[test]
    fn locust_log_in_many_slices_and_chunks(bytes in log(), size in 1..400_usize, chunk in 1..300_usize) {
        in_pieces(&bytes, size, chunk)?;
    }
}
