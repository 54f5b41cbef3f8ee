//! Gatling's files: special cases of each, and real ones.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::fs;
use std::path::{Path, PathBuf};

use loaddiff::ingest::slice::Plan;
use loaddiff::ingest::{Error, Options, Part, Parts, Problem, assemble, read};
use loaddiff::run::{Endpoint, Failure, Note, Percentile, Run};
use serde_json::Value;

fn part(bytes: impl AsRef<[u8]>) -> Part {
    read("unknown", bytes.as_ref()).unwrap_or_else(|e| panic!("{e}"))
}

fn run(bytes: impl AsRef<[u8]>) -> Run {
    assemble(vec![part(bytes)], Parts::Refuse).unwrap()
}

fn error(bytes: impl AsRef<[u8]>) -> Error {
    read("unknown", bytes.as_ref()).unwrap_err()
}

fn fixture(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/gatling").join(name)).unwrap()
}

fn total(run: &Run) -> &Endpoint {
    run.total.as_ref().unwrap()
}

fn counts(run: &Run) -> (Option<u64>, Option<u64>) {
    (total(run).requests, total(run).failures)
}

fn codes(run: &Run) -> Vec<&str> {
    run.notes.iter().map(Note::code).collect()
}

/// A log of Gatling 3.4 or later.
fn log(rows: &str) -> String {
    format!("RUN\tshop.Basket\tbasket\t1700000000000\t \t3.9.5\n{rows}")
}

// ---- the text log

/// One run in the layout of every generation, including the binary one.
#[test]
fn every_generation_gives_the_same_run() {
    let want = run(fixture("3.9/simulation.log"));
    for (folder, version) in
        [("1.5", "1.0 to 1.5"), ("2.1", "2.0 to 2.1"), ("2.3", "2.2 to 2.3"), ("3.3", "3.3.1"), ("3.9", "3.9.1")]
    {
        let run = run(fixture(&format!("{folder}/simulation.log")));
        assert_eq!(run.source.version.as_deref(), Some(version));
        assert_eq!(run.users, want.users, "{folder}");
        let total = |run: &Run| run.total.clone().unwrap();
        assert_eq!(total(&run).latency, total(&want).latency, "{folder}");
        assert_eq!(total(&run).failures, total(&want).failures, "{folder}");
        assert_eq!(run.timeline, want.timeline, "{folder}");
    }
    assert_eq!(want.users, Some(8));
}

#[test]
fn the_version_of_run_is_checked() {
    let two = "RUN\tBasket\t\tbasket\t1700000000000\t \t2.0\n";
    let request = "REQUEST\tScenario\t7\t\tHome\t1700000000000\t1700000000010\tOK\t \n";
    assert_eq!(part(format!("{two}{request}")).file.format, "gatling-log");
    assert_eq!(run(format!("{two}{request}")).source.version.as_deref(), Some("2.2 to 2.3"));
    let three = "REQUEST\t\tHome\t1700000000000\t1700000000010\tOK\t \n";
    assert_eq!(run(format!("{two}{three}")).source.version.as_deref(), Some("3.4 to 3.12"));
}

/// Editors strip the space for an empty message, and messages may be followed by further fields.
#[test]
fn times_precede_the_status() {
    let run = run(log("REQUEST\t\tOK\t1700000000000\t1700000000010\tOK\n\
                       REQUEST\t\tOK\t1700000000000\t1700000000030\tOK\t \n\
                       REQUEST\t\tOK\t1700000000000\t1700000000020\tKO\tOK\t1\t2\n"));
    assert_eq!(counts(&run), (Some(3), Some(1)));
    assert_eq!(total(&run).latency.mean_ms, Some(20.0));
    assert_eq!(run.endpoints[0].name, "OK");
    assert_eq!(run.failures, [Failure { method: None, name: "OK".into(), message: "OK".into(), count: 1 }]);
}

/// As `path` in the report's stats.json.
#[test]
fn groups_are_in_the_name_and_not_requests() {
    let run = run(log("REQUEST\tShop,Basket\tAdd\t1700000000000\t1700000000010\tOK\t \n\
                       GROUP\tShop,Basket\t1700000000000\t1700000000500\t10\tOK\n\
                       REQUEST\t\tAdd\t1700000000000\t1700000000020\tKO\t \n"));
    let names: Vec<&str> = run.endpoints.iter().map(|e| e.name.as_str()).collect();
    assert_eq!(names, ["Add", "Shop / Basket / Add"]);
    assert_eq!(counts(&run), (Some(2), Some(1)));
    assert_eq!(total(&run).latency.max_ms, Some(20.0));
    assert_eq!(run.failures[0].message, "(no reason given)");
}

/// In 2.2 and 2.3 an error has the keyword of a group.
#[test]
fn errors_are_reported_and_not_requests() {
    for row in ["ERROR\tNo attribute\t1700000000000\n", "GROUP\tNo attribute\t1700000000000\n"] {
        let run = run(log(&format!("{row}REQUEST\t\ta\t1700000000000\t1700000000010\tOK\t \n")));
        assert_eq!(counts(&run), (Some(1), Some(0)));
        assert_eq!(codes(&run), ["gatling-errors"]);
        assert!(run.notes[0].text().contains("No attribute"), "{}", run.notes[0].text());
    }
}

#[test]
fn assertions_may_come_first() {
    let rows = log("REQUEST\t\ta\t1700000000000\t1700000000010\tOK\t \n");
    assert_eq!(counts(&run(format!("ASSERTION\tAAEAAQA=\nASSERTION\tAAEC\n{rows}"))), (Some(1), Some(0)));
    let error = error("ASSERTION\tAAEAAQA=\nRUN\ta.B\tb\t1617204667323\t \t3.3.1\n");
    assert!(matches!(error.problem(), Problem::HeaderOnly), "{error}");
}

/// Gatling's report leaves them out: an unsolicited message has no end.
#[test]
fn unmatched_messages_are_not_requests() {
    let run = run(log("REQUEST\t\tfeed\t1700000000000\t-9223372036854775808\tOK\t \n\
                       REQUEST\t\ta\t1700000000000\t1700000000010\tOK\t \n"));
    assert_eq!(counts(&run), (Some(1), Some(0)));
    assert_eq!((run.rows.read, codes(&run)), (1, vec!["unmatched-messages"]));
}

#[test]
fn a_cut_log_is_reported() {
    let text = log("REQUEST\t\ta\t1700000000000\t1700000000010\tOK\t \nREQUEST\t\ta\t1700000000000\t17000");
    let run = run(text);
    assert_eq!((counts(&run), codes(&run)), ((Some(1), Some(0)), vec!["cut-row"]));
}

#[test]
fn users_are_those_between_start_and_end() {
    let run = run(log("USER\ts\tSTART\t1700000000000\nUSER\ts\tSTART\t1700000001000\n\
                       REQUEST\t\ta\t1700000000000\t1700000000010\tOK\t \n\
                       REQUEST\t\ta\t1700000001100\t1700000001110\tOK\t \n\
                       USER\ts\tEND\t1700000002000\n\
                       REQUEST\t\ta\t1700000003000\t1700000003010\tOK\t \n\
                       USER\ts\tEND\t1700000004000\n"));
    assert_eq!(run.users, Some(2));
    let users: Vec<Option<u64>> = run.timeline.as_ref().unwrap().intervals.iter().map(|i| i.users).collect();
    assert_eq!(users, [Some(1), Some(2), Some(1)]);
    assert_eq!(run.timeline, total(&run).timeline);
}

/// On Windows lines end in CR LF.
#[test]
fn carriage_returns_are_not_part_of_a_row() {
    let bytes = fixture("3.9/simulation.log");
    let text = String::from_utf8(bytes.clone()).unwrap().replace('\n', "\r\n");
    let (mut got, mut want) = (run(text), run(bytes));
    (got.source, want.source) = Default::default();
    assert_eq!(got, want);
}

#[test]
fn invalid_records_are_rejected() {
    let run = run(log("REQUEST\t\ta\t1700000000000\t1700000000010\tOK\t \n\
                       REQUEST\t\ta\t1700000000010\t1700000000000\tOK\t \n\
                       REQUEST\t\ta\t1700000000\t1700000000010\tKO\t \n\
                       not a record\n\
                       USER\ts\tPAUSE\t1700000000000\n\
                       REQUEST\t\ta\t1700000000000\t1700000000010\tOK\t \n"));
    assert_eq!((run.rows.read, run.rows.rejected), (6, 4));
    assert!(run.notes[0].text().contains("line 3, column 5: the request ends before it begins"), "{:?}", run.notes);
    assert_eq!(codes(&run), ["rows-rejected", "failing-rows-lost"]);
}

// ---- real files

fn sample(name: &str) -> Option<(Run, Value)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/samples");
    let Ok(expected) = fs::read(folder.join("expected.json")) else {
        println!("skipped: {} is not here", folder.display());
        return None;
    };
    let expected: Value = serde_json::from_slice(&expected).unwrap();
    Some((run(fs::read(folder.join(name)).unwrap()), expected[name].clone()))
}

fn near(got: Option<f64>, want: &Value, what: &str) {
    let want = want.as_f64().unwrap();
    assert!((got.unwrap() - want).abs() <= 1e-3, "{what}: {got:?} for {want}");
}

#[test]
fn real_logs_equal_an_independent_reader() {
    for name in SAMPLES {
        let Some((run, want)) = sample(name) else { return };
        assert_eq!(counts(&run), (want["requests"].as_u64(), want["ko"].as_u64()), "{name}");
        assert_eq!(run.endpoints.len() as u64, want["names"].as_u64().unwrap(), "{name}");
        let (times, latency) = (&want["rt_ms"], &total(&run).latency);
        near(latency.min_ms, &times["min"], name);
        near(latency.max_ms, &times["max"], name);
        near(latency.mean_ms, &times["mean"], name);
        for (percentile, key) in [(Percentile::P50, "p50"), (Percentile::P95, "p95"), (Percentile::P99, "p99")] {
            near(latency.distribution.quantile_ms(percentile), &times[format!("{key}_linear")], name);
        }
        assert_eq!(run.rows.rejected, 0, "{name}: {:?}", run.notes);
    }
}

const SAMPLES: [&str; 4] = [
    "gatling/taurus_gatling-331-000.simulation.log",
    "gatling/taurus_gatling-351-000.simulation.log",
    "gatling/gatling_known_stats_simulation.log",
    "gatling/taurus_gatling-6-314.simulation.log",
];

// ---- the binary log

#[test]
fn the_binary_log_gives_the_same_run() {
    let (binary, text) = (run(fixture("3.14/simulation.log")), run(fixture("3.9/simulation.log")));
    assert_eq!(binary.source.version.as_deref(), Some("3.14.3"));
    assert_eq!((counts(&binary), binary.users), (counts(&text), text.users));
    assert_eq!(total(&binary).latency, total(&text).latency);
    assert_eq!(binary.timeline, text.timeline);
    let names: Vec<&str> = binary.endpoints.iter().map(|e| e.name.as_str()).collect();
    assert_eq!(names, ["Home", "Log out", "Shop / Basket / Dodać", "Shop / Súche"]);
    assert_eq!(codes(&binary), ["gatling-errors", "unmatched-messages"]);
    assert_eq!(binary.failures[0].message, "status.find.in(200,304), found 503");
}

/// Cut anywhere, the part before is read, and the cut is reported.
#[test]
fn a_cut_binary_log_is_reported() {
    let bytes = fixture("3.14/simulation.log");
    let (mut requests, mut told) = (0, 0);
    for end in (100..bytes.len()).step_by(7) {
        let Ok(part) = read("x", &bytes[..end]) else { continue };
        let run = assemble(vec![part], Parts::Refuse).unwrap();
        assert!(run.requests().unwrap() >= requests);
        requests = run.requests().unwrap();
        told += usize::from(codes(&run).contains(&"cut-record"));
    }
    assert!(requests > 90 && told > 400, "{requests} {told}");
}

#[test]
fn a_damaged_binary_log_keeps_the_part_before() {
    let mut bytes = fixture("3.14/simulation.log");
    let middle = bytes.len() / 2;
    bytes[middle..middle + 40].fill(0xee);
    let run = run(bytes);
    assert!(run.requests().unwrap() > 20);
    assert_eq!(codes(&run)[0], "damaged-log");
}

/// An invalid length allocates no memory.
#[test]
fn hostile_lengths_are_refused() {
    let run_record = [&b"\0\0\0\0\x063.14.3\0"[..], &[0x7f, 0xff, 0xff, 0xff], &[0; 200]].concat();
    assert!(matches!(error(run_record).problem(), Problem::HeaderOnly));
}

// ---- the report's files

#[test]
fn groups_of_the_report_are_left_out() {
    let run = run(fixture("3.9/stats.json"));
    let names: Vec<&str> = run.endpoints.iter().map(|e| e.name.as_str()).collect();
    assert_eq!(names, ["Home", "Log out", "Shop / Basket / Add", "Shop / Search"]);
    assert_eq!(counts(&run), (Some(96), total(&run).failures));
    assert!(run.notes[0].text().contains("p50, p75, p95 and p99"), "{:?}", run.notes);
}

/// Numbers may be strings, and `-` is missing.
#[test]
fn numbers_may_be_texts() {
    let stats = r#"{"name": "Global Information", "numberOfRequests": {"total": "10", "ok": "8", "ko": "2"},
        "minResponseTime": {"total": "5", "ok": "5", "ko": "-"}, "maxResponseTime": {"total": "-"},
        "percentiles1": {"total": "95"}, "percentiles2": {"total": "99"}}"#;
    let run = run(stats);
    assert_eq!((run.endpoints.len(), counts(&run)), (1, (Some(10), Some(2))));
    let latency = &total(&run).latency;
    assert_eq!((latency.min_ms, latency.max_ms, latency.mean_ms), (Some(5.0), None, None));
    // With two levels these are 95 and 99.
    assert_eq!(latency.distribution.quantile_ms(Percentile::P95), Some(95.0));
    assert_eq!(latency.distribution.quantile_ms(Percentile::P50), None);
}

#[test]
fn without_requests_there_are_no_times() {
    let run = run(r#"{"numberOfRequests": {"total": 0, "ok": 0, "ko": 0}, "minResponseTime": {"total": 0},
        "percentiles1": {"total": 0}, "percentiles2": {"total": 0}, "percentiles3": {"total": 0}}"#);
    assert_eq!((counts(&run), total(&run).latency.min_ms), ((Some(0), Some(0)), None));
}

/// Slices can be transferred between workers.
#[test]
fn only_the_text_log_can_be_transferred() {
    let can_be_sent = |name: &str| Plan::new("x", &fixture(name), Options::default()).unwrap().can_be_sent();
    assert!(can_be_sent("3.9/simulation.log"));
    assert!(!can_be_sent("3.14/simulation.log"));
}
