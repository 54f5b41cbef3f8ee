//! `loaddiff simulate`: what it writes is read, with the figures of the scripts' scenarios.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn loaddiff(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_loaddiff")).args(args).current_dir(folder).output().unwrap()
}

/// Runs it, and expects it to succeed.
fn simulate(folder: &Path, args: &[&str]) {
    let output = loaddiff(folder, &[&["simulate"], args].concat());
    assert_eq!(output.status.code(), Some(0), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stdout.is_empty());
}

fn inspect(folder: &Path, files: &[&str]) -> Value {
    let output = loaddiff(folder, &[&["inspect", "--format", "json"], files].concat());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn compare(folder: &Path, args: &[&str]) -> (Option<i32>, Value) {
    let output = loaddiff(folder, &[&["compare", "--format", "json"], args].concat());
    let report = serde_json::from_slice(&output.stdout);
    (output.status.code(), report.unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&output.stderr))))
}

/// Figures of a service: requests, failures, median, average, minimum and maximum in milliseconds, requests a second.
type Row = (&'static str, [f64; 7]);

/// The scripts' table, with the users and seconds of the last stage.
const TABLE: [(&str, u64, f64, &[Row]); 4] = [
    (
        "baseline",
        1,
        120.0,
        &[
            ("api_gateway", [300.0, 1.0, 120.0, 150.0, 50.0, 500.0, 50.0]),
            ("rag_service", [150.0, 0.0, 2000.0, 2500.0, 1000.0, 8000.0, 25.0]),
            ("mcp_server", [90.0, 0.0, 3000.0, 3500.0, 500.0, 12000.0, 15.0]),
        ],
    ),
    (
        "api",
        100,
        900.0,
        &[
            ("api_gateway", [1500.0, 15.0, 150.0, 180.0, 50.0, 750.0, 35.0]),
            ("rag_service", [300.0, 1.0, 2100.0, 2600.0, 1000.0, 8500.0, 24.0]),
        ],
    ),
    (
        "rag",
        50,
        900.0,
        &[
            ("rag_service", [250.0, 3.0, 2200.0, 2700.0, 1000.0, 9000.0, 22.0]),
            ("api_gateway", [600.0, 2.0, 140.0, 170.0, 50.0, 600.0, 45.0]),
        ],
    ),
    ("mcp", 20, 600.0, &[("mcp_server", [100.0, 0.0, 3200.0, 3700.0, 500.0, 13000.0, 14.0])]),
];

#[test]
fn every_format_is_read_with_the_figures_of_the_scenario() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for (scenario, users, seconds, rows) in TABLE {
        simulate(folder, &[scenario, "--format", "locust,jtl,scripts", "--seed", "7"]);
        let locust = ["stats", "stats_history", "failures", "exceptions"].map(|kind| format!("{scenario}_{kind}.csv"));
        let (jtl, scripts) = (format!("{scenario}.jtl"), format!("{scenario}.csv"));
        let sources: [(&str, Vec<&str>); 3] = [
            ("locust-stats", locust.iter().map(String::as_str).collect()),
            ("jmeter-csv", vec![&jtl]),
            ("simulator-csv", vec![&scripts]),
        ];
        for (format, files) in sources {
            let run = inspect(folder, &files);
            assert_eq!(run["files"].as_array().unwrap().len(), files.len(), "{run:#}");
            assert!(run["files"].as_array().unwrap().iter().any(|f| f["format"] == format), "{run:#}");
            assert_eq!(run["endpoints"].as_array().unwrap().len(), rows.len(), "{scenario} {format}");
            for (service, [requests, failures, median, average, min, max, rps]) in rows {
                let endpoints = run["endpoints"].as_array().unwrap();
                let row = endpoints.iter().find(|e| e["name"] == *service).unwrap_or_else(|| panic!("{service}"));
                let number = |value: &Value| value.as_f64();
                let about = format!("{scenario} {format} {service}: {row:#}");
                assert_eq!(number(&row["requests"]), Some(*requests), "{about}");
                assert_eq!(number(&row["failures"]), Some(*failures), "{about}");
                let times = &row["latency_ms"];
                assert_eq!(number(&times["mean"]), Some(*average), "{about}");
                assert_eq!(number(&times["p50"]), Some(*median), "{about}");
                assert_eq!(number(&times["min"]), Some(*min), "{about}");
                assert_eq!(number(&times["max"]), Some(*max), "{about}");
                // Files with times have the rate that follows from them.
                let expected = if format == "simulator-csv" { *rps } else { requests / seconds };
                let rate = number(&row["rate_per_s"]).unwrap();
                assert!((rate / expected - 1.0).abs() < 0.02, "{rate} is not {expected}: {about}");
            }
            if format != "simulator-csv" {
                assert_eq!(run["users"], users, "{scenario} {format}");
            }
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let read = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
    for (dir, seed) in [("one", "3"), ("again", "3"), ("other", "4")] {
        simulate(
            folder.path(),
            &["api", "--format", "locust,jtl", "--noise", "3", "--seed", seed, "--output-dir", dir],
        );
    }
    for file in ["api_stats.csv", "api_stats_history.csv", "api_failures.csv", "api_exceptions.csv", "api.jtl"] {
        let one = read(&format!("one/{file}"));
        assert_eq!(one, read(&format!("again/{file}")), "{file}");
        assert_eq!(one != read(&format!("other/{file}")), file != "api_exceptions.csv", "{file}");
    }
}

/// Each change is found where it is, in each format; without one nothing is.
#[test]
fn changes_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    simulate(folder, &["api", "--scale", "20", "--format", "locust,jtl", "--name", "base"]);
    let cases: [(&str, &[&str], &str, &str); 4] = [
        ("equal", &[], "no_regression_found", ""),
        ("slower", &["--slower", "rag_service=40"], "regressed", "rag_service"),
        ("errors", &["--errors", "api_gateway=8"], "regressed", "api_gateway"),
        ("leak", &["--leak", "80"], "regressed", ""),
    ];
    for (name, change, word, worst) in cases {
        let args = ["api", "--scale", "20", "--format", "locust,jtl", "--seed", "2", "--name", name];
        simulate(folder, &[&args, change].concat());
        for (base, run) in [("base_stats.csv", format!("{name}_stats.csv")), ("base.jtl", format!("{name}.jtl"))] {
            let (code, report) = compare(folder, &[base, &run]);
            assert_eq!(
                (code, &report["word"]),
                (Some(i32::from(!worst.is_empty() || word == "regressed")), &word.into()),
                "{run}"
            );
            let rows = report["rows"].as_array().unwrap();
            let worse: Vec<&Value> = rows.iter().filter(|r| r["verdict"] == "regressed").collect();
            assert!(
                worse.iter().all(|r| worst.is_empty() || r["name"] == worst || r["scope"] == "total"),
                "{worse:#?}"
            );
        }
    }
    // The rate of errors is the one that was asked for.
    let run = inspect(folder, &["errors.jtl"]);
    let api = run["endpoints"].as_array().unwrap().iter().find(|e| e["name"] == "api_gateway").unwrap();
    assert_eq!((&api["requests"], &api["failures"]), (&30_000.into(), &2400.into()));
}

#[test]
fn wrong_values_are_named() {
    let folder = tempfile::tempdir().unwrap();
    for (args, expected) in [
        (
            &["simulate", "mcp", "--slower", "rag_service=3"][..],
            "“rag_service” is no service of the scenario mcp. It has mcp_server.",
        ),
        (&["simulate", "mcp", "--errors", "101"], "--errors: 101 is out of range. Give 0 to 100 percent."),
        (&["simulate", "mcp", "--slower", "many"], "give a number of percent from -10000 to 10000"),
        (&["simulate", "mcp", "--name", "../up"], "give the beginning of a file's name"),
        (&["simulate", "unknown"], "baseline, api, rag, mcp"),
        (&["simulate", "mcp", "--scale", "0"], "1..=1000"),
    ] {
        let output = loaddiff(folder.path(), args);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(said.contains(expected), "{args:?}: {said}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
