//! Shared by several test files.
#![allow(dead_code)] // Each test file uses a part of it.

use std::path::{Path, PathBuf};

use loaddiff::ingest::{self, Parts};
use loaddiff::run::Run;

/// A file of the project.
pub fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A fixture under `tests/fixtures`.
pub fn fixture(path: &str) -> PathBuf {
    project("tests/fixtures").join(path)
}

/// One execution from fixtures.
pub fn run_of(paths: &[&str]) -> Run {
    let parts = paths.iter().map(|path| {
        let bytes = std::fs::read(fixture(path)).unwrap_or_else(|e| panic!("{path}: {e}"));
        ingest::read(path, &bytes).unwrap_or_else(|e| panic!("{e}"))
    });
    ingest::assemble(parts.collect(), Parts::Refuse).unwrap_or_else(|e| panic!("{e}"))
}

/// One execution from the text of a summary.
pub fn run_from(text: &str) -> Run {
    let part = ingest::read("results_stats.csv", text.as_bytes()).unwrap_or_else(|e| panic!("{e}"));
    ingest::assemble(vec![part], Parts::Refuse).unwrap_or_else(|e| panic!("{e}"))
}

/// The real pair: `base` and `slow` of Locust 2.47.
pub fn locust_pair() -> (Run, Run) {
    let files = |side: &str| {
        ["stats", "stats_history", "failures", "exceptions"].map(|kind| format!("locust/2.47.0/{side}_{kind}.csv"))
    };
    let run = |side| {
        let files = files(side);
        run_of(&files.each_ref().map(String::as_str))
    };
    (run("base"), run("slow"))
}

/// Two progressive loads: `stairs` and `stairs-slow` of Locust 2.47.
pub fn stairs_pair() -> (Run, Run) {
    let run = |side: &str| {
        let files = ["stats", "stats_history"].map(|kind| format!("locust/2.47.0/{side}_{kind}.csv"));
        run_of(&files.each_ref().map(String::as_str))
    };
    (run("stairs"), run("stairs-slow"))
}

/// Numbers of endpoints of the recorded pairs for measuring links.
pub const RECORDED: [usize; 5] = [1, 5, 20, 50, 200];

/// Source of a side of a recorded pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// Locust's CSV files.
    Csv,
    /// Locust's JSON file.
    Json,
}

/// A real pair that the link's coder was not trained on: `tests/fixtures/link/runs`.
pub fn recorded_pair(endpoints: usize, from: Recorded) -> (Run, Run) {
    let run = |side: &str| {
        let files: &[&str] = match from {
            Recorded::Csv => &["_stats.csv", "_stats_history.csv", "_failures.csv"],
            Recorded::Json => &[".json"],
        };
        let parts = files.iter().map(|file| {
            let path = fixture(&format!("link/runs/{endpoints}/{side}{file}.gz"));
            let gzip = std::fs::read(&path).unwrap_or_else(|e| panic!("{path:?}: {e}"));
            let name = format!("{side}{file}");
            ingest::read(&name, &gunzipped(&gzip)).unwrap_or_else(|e| panic!("{e}"))
        });
        ingest::assemble(parts.collect(), Parts::Refuse).unwrap_or_else(|e| panic!("{e}"))
    };
    (run("base"), run("slow"))
}

/// Unpacks the output of `gzip -n`: ten bytes of header, deflate, eight bytes at the end.
fn gunzipped(gzip: &[u8]) -> Vec<u8> {
    assert_eq!(gzip[..4], [0x1f, 0x8b, 8, 0]);
    miniz_oxide::inflate::decompress_to_vec(&gzip[10..gzip.len() - 8]).unwrap()
}

/// One row of a Locust summary as [`summary`] writes it.
#[derive(Debug, Clone)]
pub struct Line {
    pub method: &'static str,
    pub name: String,
    pub requests: u64,
    pub failures: u64,
    pub mean: f64,
    pub rate: f64,
    /// p50, p90, p95, p99 and maximum.
    pub percentiles: [f64; 5],
}

/// A Locust summary of these rows, without a total row.
pub fn summary(lines: &[Line]) -> String {
    let mut csv = String::from(
        "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min Response Time,\
         Max Response Time,Average Content Size,Requests/s,Failures/s,50%,90%,95%,99%,100%\n",
    );
    for line in lines {
        let [p50, p90, p95, p99, max] = line.percentiles;
        let name = line.name.replace('"', "\"\"");
        csv.push_str(&format!(
            "{},\"{name}\",{},{},{p50},{},1,{max},10,{},0,{p50},{p90},{p95},{p99},{max}\n",
            line.method, line.requests, line.failures, line.mean, line.rate
        ));
    }
    csv
}

/// Usual rules judged by limits alone: for tests of output, not of evidence.
pub fn limits_alone() -> loaddiff::policy::Policy {
    let text = std::fs::read_to_string(project("tests/support/limits_alone.toml")).unwrap();
    let mut policy = loaddiff::policy::parse("default", &text).unwrap();
    policy.rules.iter_mut().for_each(|rule| rule.line = None);
    policy.compare.warmup.leave_out = false;
    policy
}
