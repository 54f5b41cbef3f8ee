//! The command line as a pipeline uses it.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::process::{Command, Output};

use serde_json::Value;

fn loaddiff(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_loaddiff")).args(args).current_dir(support::fixture("")).output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

const BASE: &str = "locust/2.47.0/base_stats.csv";
const SLOW: &str = "locust/2.47.0/slow_stats.csv";

#[test]
fn the_deciding_row_is_one_line_on_standard_error() {
    let regressed = loaddiff(&["compare", "--baseline", BASE, "--run", SLOW]);
    assert_eq!(regressed.status.code(), Some(1));
    assert!(out(&regressed).starts_with("## ▲ Regressed: slow against base\n"), "{}", out(&regressed));
    assert!(err(&regressed).starts_with("REGRESSED: ") && err(&regressed).lines().count() == 1, "{}", err(&regressed));
}

/// The same file twice gives no verdict, unless configured otherwise.
#[test]
fn the_same_file_twice_gives_no_verdict() {
    for (args, code) in [
        (&[][..], 3),
        (&["--no-verdict", "pass"][..], 0),
        (&["--no-verdict", "fail"][..], 1),
        // As in the scripts.
        (&["--profile", "seed-v1"][..], 0),
    ] {
        let same = loaddiff(&[&["compare", "--baseline", BASE, "--run", BASE], args].concat());
        assert_eq!(same.status.code(), Some(code), "{args:?}");
        let said =
            if code == 0 { "" } else { "NOT COMPARABLE: Both sides are the same file: there is nothing to compare.\n" };
        assert_eq!(err(&same), said);
    }
}

#[test]
fn all_files_of_a_run_behind_one_flag() {
    let files = |side: &str| {
        ["stats", "stats_history", "failures", "exceptions"].map(|k| format!("locust/2.47.0/{side}_{k}.csv"))
    };
    let (base, slow) = (files("base"), files("slow"));
    let mut args = vec!["compare", "--format", "json", "--baseline"];
    args.extend(base.iter().map(String::as_str));
    args.push("--run");
    args.extend(slow.iter().map(String::as_str));
    let output = loaddiff(&args);
    let report: Value = serde_json::from_str(&out(&output)).unwrap();
    assert_eq!(report["runs"]["baseline"]["files"].as_array().unwrap().len(), 4);
    assert_eq!(report["runs"]["run"]["users"], 20);
    assert_eq!(report["headline"].as_str().unwrap().split(' ').nth(1), Some("/v1/chat"), "{}", report["headline"]);
}

/// The golden case through the command line: exit code 1, the scripts' format.
#[test]
fn the_scripts_golden_case() {
    let output = loaddiff(&[
        "compare",
        "--profile",
        "seed-v1",
        "--baseline",
        "scripts/report-1/performance-baselines.json",
        "--run",
        "scripts/report-1/load-results.csv",
    ]);
    let golden = std::fs::read_to_string(support::fixture("scripts/report-1/regression-analysis.md")).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(out(&output).starts_with(&golden), "{}", out(&output));
}

#[test]
fn usage_and_input_errors_are_exit_code_2_on_standard_error() {
    let dir = std::env::temp_dir().join(format!("loaddiff-cli-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let write = |name: &str, text: &str| {
        let path = dir.join(name);
        std::fs::write(&path, text).unwrap();
        path.to_string_lossy().into_owned()
    };
    let empty = write("empty.csv", "");
    let other = write("other.txt", "hello\nworld\n");
    let others = write("others.json", "{\"elsewhere\": {\"p95_latency_ms\": 5}}");
    let limits = write(
        "limits.toml",
        "[[rule]]\nservice = \"*\"\nmetric = \"rps\"\nbetter = \"higher\"\nfail = { any = [\"-15\"] }\n",
    );
    for (args, expected) in [
        (vec!["compare", "--baseline", BASE], "--run"),
        (vec!["compare", "--baseline", "no-such-file.csv", "--run", SLOW], "no-such-file.csv"),
        (vec!["compare", "--baseline", &empty, "--run", SLOW], "empty.csv: The file is empty."),
        (
            vec!["compare", "--baseline", &other, "--run", SLOW],
            "other.txt:1:1: The format is not recognised. It is text of no known tool. Give a result of ",
        ),
        (vec!["compare", "--baseline", BASE, "--run", SLOW, "--policy", &limits], "limits.toml:5:"),
        (vec!["compare", "--baseline", BASE, "--run", SLOW, "--fail-on", "sometimes"], "confirmed"),
        (vec!["compare", "--baseline", "locust/2.47.0/base_failures.csv", "--run", SLOW], "No summary among the files"),
        (vec!["compare", "--baseline", BASE, "--run", SLOW, "--profile", "x"], "seed-v1"),
        (vec!["inspect"], "FILE"),
        (vec!["report", "--baseline", BASE, "--run", SLOW, "--format", "csv,json"], "--output-dir"),
        (vec!["report", "--baseline", BASE, "--run", SLOW, "--format", "pdf"], "junit"),
        (
            vec!["report", "--baseline", BASE, "--run", SLOW, "--output", "a", "--output-dir", "b"],
            "cannot be used with",
        ),
        (vec!["report", "--baseline", BASE], "--run"),
        (vec!["report", "--baseline", BASE, "--run", SLOW, "--output-dir", &empty], "empty.csv: could not be made"),
        (vec!["extract"], "FILE"),
        (
            vec!["extract", &other],
            "other.txt:1:1: The format is not recognised. It is text of no known tool. Give a result of ",
        ),
        (vec!["baseline", BASE, "--policy", &limits], "limits.toml:5:"),
        (vec!["baseline", &others, "--profile", "seed-v1"], "none of the endpoints is of a service"),
        (vec!["baseline", BASE, "--output", "no/such/folder.json"], "could not be written"),
    ] {
        let output = loaddiff(&args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(err(&output).contains(expected), "{args:?}: {}", err(&output));
        assert!(output.stdout.is_empty(), "{args:?}");
    }
    std::fs::remove_dir_all(dir).unwrap();
}

#[test]
fn inspect_shows_what_was_read() {
    let text = out(&loaddiff(&["inspect", BASE]));
    assert!(text.contains("POST /v1/chat") && text.contains("locust-stats"), "{text}");
    let report: Value = serde_json::from_str(&out(&loaddiff(&["inspect", "--format", "json", BASE]))).unwrap();
    // Values from tests/fixtures/locust/2.47.0/expected.json.
    assert_eq!((&report["tool"], report["total"]["requests"].as_u64()), (&"Locust".into(), Some(3499)));
    let chat = report["endpoints"].as_array().unwrap().iter().find(|e| e["name"] == "/v1/chat").unwrap();
    assert_eq!(
        (chat["method"].as_str(), chat["requests"].as_u64(), chat["failures"].as_u64()),
        (Some("POST"), Some(634), Some(0))
    );
    assert_eq!((chat["latency_ms"]["p95"].as_f64(), chat["latency_ms"]["p90"].is_number()), (Some(430.0), true));
    for key in ["failures_by_cause", "notes"] {
        assert!(report[key].is_array(), "{key}");
    }
}

#[test]
fn output_goes_to_a_file() {
    let path = std::env::temp_dir().join(format!("loaddiff-out-{}.json", std::process::id()));
    let output = loaddiff(&[
        "compare",
        "--baseline",
        BASE,
        "--run",
        SLOW,
        "--format",
        "json",
        "--output",
        &path.to_string_lossy(),
    ]);
    assert_eq!((output.status.code(), output.stdout.is_empty()), (Some(1), true));
    let report: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(report["gate"], "fail");
    std::fs::remove_file(path).unwrap();
}

/// A temporary folder, removed on drop.
struct Folder(std::path::PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("loaddiff-{name}-{}", std::process::id())))
    }

    fn path(&self, file: &str) -> String {
        self.0.join(file).to_string_lossy().into_owned()
    }

    fn read(&self, file: &str) -> String {
        std::fs::read_to_string(self.0.join(file)).unwrap_or_else(|e| panic!("{file}: {e}"))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_report_in_several_formats_at_once() {
    let folder = Folder::new("report");
    let nested = folder.path("made/on/the/way");
    let output = loaddiff(&[
        "report",
        "--baseline",
        BASE,
        "--run",
        SLOW,
        "--format",
        "markdown,review",
        "--format",
        "csv",
        "--format",
        "json",
        "--format",
        "junit",
        "--output-dir",
        &nested,
    ]);
    assert_eq!((output.status.code(), out(&output)), (Some(1), String::new()));
    let mut files: Vec<_> =
        std::fs::read_dir(&nested).unwrap().map(|f| f.unwrap().file_name().into_string().unwrap()).collect();
    files.sort();
    let expected = [
        "loaddiff-junit.xml",
        "loaddiff-report.csv",
        "loaddiff-report.json",
        "loaddiff-report.md",
        "loaddiff-review.md",
    ];
    assert_eq!(files, expected);
    let read = |file: &str| folder.read(&format!("made/on/the/way/{file}"));
    assert!(read("loaddiff-report.md").starts_with("## ▲ Regressed"));
    assert!(read("loaddiff-review.md").starts_with("## ▲ Regressed"));
    let report: Value = serde_json::from_str(&read("loaddiff-report.json")).unwrap();
    assert_eq!(read("loaddiff-report.csv").lines().count(), report["rows"].as_array().unwrap().len() + 1);
    let junit = read("loaddiff-junit.xml");
    assert!(junit.contains(&format!("tests=\"{}\" failures=\"", report["counts"]["total"])), "{junit}");
}

#[test]
fn one_format_is_printed_or_written_to_a_file() {
    let printed = loaddiff(&["report", "--baseline", BASE, "--run", SLOW]);
    assert_eq!(printed.status.code(), Some(1));
    assert_eq!(out(&printed), out(&loaddiff(&["compare", "--baseline", BASE, "--run", SLOW])));
    let folder = Folder::new("one");
    std::fs::create_dir_all(&folder.0).unwrap();
    let (file, format) = (folder.path("mine.csv"), ["--format", "csv", "--format", "csv"]);
    let args = ["report", "--baseline", BASE, "--run", BASE];
    let output = loaddiff(&[&args[..], &format[..], &["--output", &file]].concat());
    assert_eq!((output.status.code(), output.stdout.is_empty()), (Some(3), true));
    assert_eq!(folder.read("mine.csv"), out(&loaddiff(&[&args[..], &format[..]].concat())));
}

/// From a run to the next baseline and its gate: the golden counts of the first row of base_stats.csv.
#[test]
fn a_run_becomes_the_next_baseline() {
    let folder = Folder::new("baseline");
    std::fs::create_dir_all(&folder.0).unwrap();
    let file = folder.path("performance-baselines.json");
    let made = loaddiff(&["baseline", BASE, "locust/2.47.0/base_stats_history.csv", "--output", &file]);
    assert_eq!((made.status.code(), out(&made), err(&made)), (Some(0), String::new(), String::new()));
    let baseline: Value = serde_json::from_str(&folder.read("performance-baselines.json")).unwrap();
    let health = &baseline["GET /health"];
    assert_eq!((&health["total_requests"], &health["p95_latency_ms"]), (&245.into(), &21.0.into()));
    assert_eq!((&health["baseline_users"], &health["timestamp"]), (&20.into(), &"2026-11-23T18:21:20Z".into()));
    // A promoted baseline has all data of its run.
    for (fail_on, code, word) in [("confirmed", 1, "regressed"), ("suspected", 1, "regressed")] {
        let args = ["--baseline", &file, "--run", SLOW, "--format", "json", "--fail-on", fail_on];
        let compared = loaddiff(&[&["compare"], &args[..]].concat());
        let report: Value = serde_json::from_str(&out(&compared)).unwrap();
        assert_eq!((compared.status.code(), &report["word"]), (Some(code), &word.into()));
        assert_eq!((&report["counts"]["missing"], &report["counts"]["new"]), (&0.into(), &0.into()));
    }
    assert_eq!(loaddiff(&["compare", "--baseline", &file, "--run", BASE]).status.code(), Some(0));
}

#[test]
fn extract_prints_the_services_and_lists_what_it_left_out() {
    let output = loaddiff(&["extract", "--profile", "seed-v1", BASE]);
    let services: Value = serde_json::from_str(&out(&output)).unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(services["api_gateway"]["total_requests"], 981);
    assert!(services["api_gateway"].get("timestamp").is_none());
    assert_eq!(
        err(&output),
        "warning: left out, since no service is named for: GET /health, GET /search, GET /users/[id], PUT /users/[id].\n"
    );
}

/// The self-contained report is one file, and restores the comparison.
#[test]
fn an_html_report_holds_its_comparison() {
    let output = loaddiff(&["report", "--format", "html", "--baseline", BASE, "--run", SLOW]);
    assert_eq!(output.status.code(), Some(1));
    let html = out(&output);
    assert!(html.starts_with("<!doctype html>") || html.starts_with("<!DOCTYPE html>"));
    let restored = loaddiff::report::html::restore("loaddiff-report.html", &html).unwrap();
    assert_eq!(restored.run.endpoint(Some("POST"), "/v1/chat").unwrap().requests, Some(564));
}

#[test]
fn a_link_holds_the_comparison() {
    let made = loaddiff(&["link", "--baseline", BASE, "--run", SLOW, "--base-url", "https://example.org/#old"]);
    assert_eq!(made.status.code(), Some(0));
    let text = String::from_utf8(made.stdout).unwrap();
    assert!(text.starts_with("https://example.org/#r1.") && text.ends_with('\n') && text.matches('#').count() == 1);
    let shared = loaddiff::link::decode(&text).unwrap();
    assert_eq!(shared.judge().word, loaddiff::compare::Word::Regressed);
    let said = String::from_utf8(made.stderr).unwrap();
    assert!(said.contains(" characters: 8 endpoints, endpoint names, ") && said.contains("Left out: "), "{said}");

    let hidden = loaddiff(&["link", "--baseline", BASE, "--run", SLOW, "--hash-names"]);
    assert!(String::from_utf8(hidden.stdout).unwrap().starts_with("#r1."));
}

/// One file in slices on threads, on one thread, compressed, and through standard input: the same figures.
#[test]
fn every_way_of_reading_a_log_gives_the_same() {
    use std::io::Write;
    let folder = std::env::temp_dir().join(format!("loaddiff-log-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let mut text =
        String::from("timeStamp,elapsed,label,responseCode,responseMessage,threadName,success,bytes,allThreads\n");
    let mut at = 1_700_000_000_000_u64;
    // Enough for three slices.
    while text.len() < 50 << 20 {
        at += 3;
        let message = if at.is_multiple_of(501) { "\"a, \"\"b\"\"\nc,1,2\n\"" } else { "OK" };
        let (ms, label, padding) = (at * 7919 % 997, at % 7, "x".repeat(300));
        text.push_str(&format!("{at},{ms},/{label},200,{message},T {padding},{},5,9\n", !at.is_multiple_of(50)));
    }
    let (plain, packed) = (folder.join("big.jtl"), folder.join("big.gz"));
    std::fs::write(&plain, &text).unwrap();
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(text.as_bytes()).unwrap();
    std::fs::write(&packed, packer.finish().unwrap()).unwrap();
    let figures = |args: &[&str], input: Option<&std::path::Path>| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_loaddiff"));
        command.args(["inspect", "--format", "json"]).args(args);
        if let Some(path) = input {
            command.stdin(std::fs::File::open(path).unwrap());
        }
        let output = command.output().unwrap();
        assert!(output.status.success(), "{args:?}: {}", err(&output));
        let json: Value = serde_json::from_str(&out(&output)).unwrap();
        (json["endpoints"].clone(), json["total"].clone())
    };
    let (path, archive) = (plain.to_str().unwrap(), packed.to_str().unwrap());
    let one = figures(&["--threads", "1", path], None);
    assert_eq!(one.0.as_array().unwrap().len(), 7);
    assert_eq!(figures(&["--threads", "3", path], None), one);
    assert_eq!(figures(&["-"], Some(&plain)), one);
    assert_eq!(figures(&[archive], None), one);
    std::fs::remove_dir_all(folder).unwrap();
}
