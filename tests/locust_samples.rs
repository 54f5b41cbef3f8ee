//! Third-party Locust files, read in place, against `expected.json` next to them.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::fs;
use std::path::PathBuf;

use loaddiff::ingest::{Parts, assemble, read};
use loaddiff::run::{Figure, Percentile, Run};
use serde_json::Value;

fn samples() -> Option<(PathBuf, Value)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/samples");
    let Ok(text) = fs::read_to_string(folder.join("expected.json")) else {
        println!("skipped: {} is not here", folder.display());
        return None;
    };
    Some((folder, serde_json::from_str(&text).unwrap()))
}

fn run_of(folder: &std::path::Path, names: &[&str]) -> Run {
    let parts = names.iter().map(|name| read(name, &fs::read(folder.join(name)).unwrap()).unwrap());
    assemble(parts.collect(), Parts::Refuse).unwrap()
}

fn number(value: &Value) -> Option<f64> {
    value.as_str().map(|text| text.parse().unwrap())
}

#[test]
fn summaries() {
    let Some((folder, expected)) = samples() else { return };
    for name in ["locust/bitcoinapi_results_stats.csv", "locust/jenkins_test_results_stats.csv"] {
        let (run, expected) = (run_of(&folder, &[name]), &expected[name]);
        let total = run.total.as_ref().unwrap();
        let aggregated = &expected["aggregated"];
        assert_eq!(run.endpoints.len() as u64, expected["endpoints"].as_u64().unwrap(), "{name}");
        assert_eq!(run.rows.read, expected["rows"].as_u64().unwrap(), "{name}");
        assert_eq!(total.requests.map(|n| n as f64), number(&aggregated["Request Count"]), "{name}");
        assert_eq!(total.failures.map(|n| n as f64), number(&aggregated["Failure Count"]), "{name}");
        assert_eq!(total.latency.mean_ms, number(&aggregated["Average Response Time"]), "{name}");
        assert_eq!(total.latency.min_ms, number(&aggregated["Min Response Time"]), "{name}");
        assert_eq!(total.latency.max_ms, number(&aggregated["Max Response Time"]), "{name}");
        assert_eq!(total.rate_per_s, number(&aggregated["Requests/s"]), "{name}");
        assert_eq!(total.failures_per_s, number(&aggregated["Failures/s"]), "{name}");
        for p in ["50%", "95%", "99%", "100%"] {
            let percentile = Percentile::parse(p.trim_end_matches('%')).unwrap();
            assert_eq!(total.latency.distribution.quantile_ms(percentile), number(&aggregated[p]), "{name} {p}");
        }
        let sums = (expected["sum_req"].as_u64(), expected["sum_fail"].as_u64());
        let sum = |pick: fn(&loaddiff::run::Endpoint) -> Option<u64>| Some(run.endpoints.iter().filter_map(pick).sum());
        assert_eq!((sum(|e| e.requests), sum(|e| e.failures)), sums, "{name}");
        let disagrees = |what: &str| {
            let notes = run.notes.iter().filter(|n| n.code() == "total-disagrees");
            notes.filter(|n| n.text().contains(what)).find_map(|n| n.count(1).zip(n.count(2)))
        };
        for (what, total, sum) in [("requests", total.requests, sums.0), ("failures", total.failures, sums.1)] {
            assert_eq!(disagrees(what), total.zip(sum).filter(|(a, b)| a != b), "{name} {what}");
        }
    }
}

/// The hand-edited file has 10,000 failures in its total and 10 in its rows.
#[test]
fn a_total_that_disagrees_is_named() {
    let Some((folder, _)) = samples() else { return };
    let run = run_of(&folder, &["locust/jenkins_test_results_stats.csv"]);
    let figures = [Figure::Word("failures"), 10_000.into(), 10.into()];
    assert!(run.notes.iter().any(|n| n.code() == "total-disagrees" && n.figures == figures), "{:?}", run.notes);
}

#[test]
fn a_whole_run() {
    let Some((folder, expected)) = samples() else { return };
    let names = ["exceptions", "failures", "stats", "stats_history"]
        .map(|kind| format!("locust/bitcoinapi_results_{kind}.csv"));
    let run = run_of(&folder, &names.each_ref().map(String::as_str));
    let history = &expected["locust/bitcoinapi_results_stats_history.csv"];
    assert_eq!(run.users, history["max_users"].as_u64());
    let first: i64 = history["ts_first"].as_str().unwrap().parse().unwrap();
    assert_eq!(run.started_ms, Some(first * 1000));
    let timeline = run.timeline.as_ref().unwrap();
    assert_eq!(timeline.start_s(), Some(first));
    let last: u64 = history["last_total_req"].as_str().unwrap().parse().unwrap();
    let last_failed: u64 = history["last_total_fail"].as_str().unwrap().parse().unwrap();
    assert_eq!(timeline.requests(), last);
    assert_eq!(timeline.intervals.iter().map(|i| i.failures).sum::<u64>(), last_failed);
    let has = |code: &str, figures: &[Figure]| run.notes.iter().any(|n| n.code() == code && n.figures == figures);
    assert!(has("history-ends-early", &[2050.into(), 2210.into()]), "{:?}", run.notes);
    let missing = history["missing_seconds"].as_u64().unwrap();
    assert!(has("history-skipped-seconds", &[missing.into()]), "{:?}", run.notes);
    let failures = &expected["locust/bitcoinapi_results_failures.csv"];
    assert_eq!(run.failures.len() as u64, failures["rows"].as_u64().unwrap());
    assert_eq!(Some(run.failures.iter().map(|f| f.count).sum()), failures["sum_occurrences"].as_u64());
    assert!(run.exceptions.is_empty());
}
