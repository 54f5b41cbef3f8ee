//! Locust's log of single requests, against Locust's own counts of the same run.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::fs;
use std::path::PathBuf;

use loaddiff::ingest::{Parts, Problem, assemble, read};
use loaddiff::run::{Failure, Percentile, Run};
use serde_json::Value;

const HEADER: &str = "timestamp,request_type,name,response_time_ms,response_length,status_code,exception\r\n";

fn run_from(bytes: &[u8]) -> Run {
    assemble(vec![read("unknown", bytes).unwrap_or_else(|e| panic!("{e}"))], Parts::Refuse).unwrap()
}

fn fixture(name: &str) -> Vec<u8> {
    fs::read(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/locust/2.47.0").join(name)).unwrap()
}

/// `requests.json` is `--json-file` of the run that `requests.csv` logs.
#[test]
fn counts_equal_locusts_own() {
    let run = run_from(&fixture("requests.csv"));
    let entries: Vec<Value> = serde_json::from_slice(&fixture("requests.json")).unwrap();
    assert_eq!(run.source.files[0].format, "locust-requests");
    assert_eq!(run.endpoints.len(), entries.len());
    for entry in &entries {
        let name = entry["name"].as_str().unwrap();
        let endpoint = run.endpoint(entry["method"].as_str(), name).unwrap_or_else(|| panic!("{name}"));
        assert_eq!(endpoint.requests, entry["num_requests"].as_u64(), "{name}");
        assert_eq!(endpoint.failures, entry["num_failures"].as_u64(), "{name}");
        let timed = entry["num_requests"].as_u64().unwrap() - entry["num_none_requests"].as_u64().unwrap();
        assert_eq!(endpoint.latency.timed, Some(timed), "{name}");
        assert_eq!(endpoint.sum_bytes, entry["total_content_length"].as_u64().map(u128::from), "{name}");
        if timed == 0 {
            assert_eq!((endpoint.latency.mean_ms, endpoint.latency.min_ms), (None, None), "{name}");
            continue;
        }
        // The log rounds to a hundredth of a millisecond.
        let near = |got: Option<f64>, want: &Value| {
            let (got, want) = (got.unwrap(), want.as_f64().unwrap());
            assert!((got - want).abs() <= 0.005_001, "{name}: {got} for {want}");
        };
        near(endpoint.latency.min_ms, &entry["min_response_time"]);
        near(endpoint.latency.max_ms, &entry["max_response_time"]);
        let mean = entry["total_response_time"].as_f64().unwrap() / timed as f64;
        near(endpoint.latency.mean_ms, &Value::from(mean));
    }
    let none: u64 = entries.iter().map(|e| e["num_none_requests"].as_u64().unwrap()).sum();
    assert!(none > 0);
    assert!(run.notes.iter().any(|n| n.code() == "none-responses" && n.figures == [none.into()]), "{:?}", run.notes);
}

/// Percentiles are those of the column, read by the `csv` crate, at Locust's rank (locust/stats.py,
/// `calculate_response_time_percentile`).
#[test]
fn percentiles_of_the_log() {
    let run = run_from(&fixture("requests.csv"));
    let bytes = fixture("requests.csv");
    let records = csv::Reader::from_reader(bytes.as_slice()).into_records().map(Result::unwrap);
    let mut times: Vec<f64> = records.filter_map(|record| record[3].parse().ok()).collect();
    times.sort_by(f64::total_cmp);
    for (p, share) in [(Percentile::P50, 0.5), (Percentile::P95, 0.95), (Percentile::P99, 0.99)] {
        let want = times[(times.len() as f64 * share).floor() as usize];
        let got = run.total.as_ref().unwrap().latency.distribution.quantile_ms(p).unwrap();
        assert!((got - want).abs() <= want * 0.001, "{got} for {want}");
    }
}

#[test]
fn failures_and_successes() {
    let text = format!(
        "{HEADER}1795530085.160264,GET,/missing,11.68,29,404,404 Client Error: Not Found for url: /missing\r\n\
         1795530086.160264,GET,/missing,5,29,404,\r\n1795530087.5,POST,/a,100.25,,200,\"two lines,\n\"\"quoted\"\"\"\r\n"
    );
    let run = run_from(text.as_bytes());
    let total = run.total.as_ref().unwrap();
    // A 404 marked as a success by the script is one.
    assert_eq!((total.requests, total.failures), (Some(3), Some(2)));
    let failure = |method: &str, name: &str, message: &str| Failure {
        method: Some(method.into()),
        name: name.into(),
        message: message.into(),
        count: 1,
    };
    assert_eq!(
        run.failures,
        [
            failure("POST", "/a", "status 200: two lines,\n\"quoted\""),
            failure("GET", "/missing", "404 Client Error: Not Found for url: /missing"),
        ]
    );
    // The timestamp is the start: from …85.160 to …87.600.
    assert_eq!((run.started_ms, run.duration_s), (Some(1_795_530_085_160), Some(2.44)));
    // Rates are over these 2.44 s, also for an endpoint with a single call.
    let rates: Vec<f64> = run.endpoints.iter().chain([total]).map(|e| e.rate_per_s.unwrap() * 2.44).collect();
    let counts: Vec<f64> = run.endpoints.iter().chain([total]).map(|e| e.requests.unwrap() as f64).collect();
    assert!(rates.iter().zip(&counts).all(|(rate, n)| (rate - n).abs() < 1e-9), "{rates:?} {counts:?}");
    // One has no size.
    assert_eq!(total.mean_bytes, None);
}

#[test]
fn bad_and_cut_rows() {
    let text = format!("{HEADER}1795530085.1,GET,/a,x,29,200,\r\n1795530085.2,GET,/a,5,29,200,\r\n1795530085.3,GET,/a");
    let run = run_from(text.as_bytes());
    assert_eq!((run.total.as_ref().unwrap().requests, run.rows.rejected), (Some(1), 2));
    let texts: Vec<String> = run.notes.iter().map(loaddiff::run::Note::text).collect();
    assert!(texts.iter().any(|t| t.contains("line 2, column 4: response_time_ms “x”")), "{texts:?}");
    assert!(run.notes.iter().any(|n| n.code() == "cut-row" && n.figures == [4.into()]), "{texts:?}");
    assert_eq!(read("r", HEADER.as_bytes()).err().unwrap().problem(), &Problem::HeaderOnly);
}
