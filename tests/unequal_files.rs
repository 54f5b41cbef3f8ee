//! Files with different content on a run: a server without responses, a summary without endpoints, a list of failures
//! without causes, one run in two formats.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::path::Path;

use loaddiff::compare::{Comparison, Gate, Scope, Verdict, Word, compare};
use loaddiff::ingest::{Part, Parts, assemble, group, read};
use loaddiff::policy::profile;
use loaddiff::report::{brief, headline};
use loaddiff::run::{Metric, Run};

fn file(path: &str) -> Part {
    let bytes = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(path)).unwrap();
    read(path, &bytes).unwrap()
}

fn run(parts: Vec<Part>) -> Run {
    assemble(parts, Parts::Merge).unwrap()
}

fn compared(baseline: Vec<Part>, other: Vec<Part>) -> Comparison {
    compare(run(baseline), run(other), profile("default").unwrap())
}

/// wrk wrote both, against a responding server and one that accepts connections and never responds.
#[test]
fn a_server_without_responses_fails_the_gate() {
    let comparison = compared(vec![file("cases/dead-server/answers.txt")], vec![file("cases/dead-server/hangs.txt")]);
    assert_eq!((comparison.word, comparison.gate), (Word::Missing, Gate::Fail));
    let said = headline::plain(&comparison);
    assert_eq!(
        said,
        "http://127.0.0.1:9871/ok is missing: 1,374 requests in the baseline, none in the run. 100 % fewer requests a \
         second."
    );
}

/// ab, 400 requests by 5 users; the second server is slower.
fn ab(millis: f64, rate: f64) -> Part {
    let text = format!(
        "This is ApacheBench, Version 2.3\n\nDocument Path:          /ok\nConcurrency Level:      5\nTime taken for tests:   \
         {:.3} seconds\nComplete requests:      400\nFailed requests:        0\nRequests per second:    {rate} [#/sec] \
         (mean)\nConnection Times (ms)\n              min  mean[+/-sd] median   max\nTotal:          5   {millis} 2.0     \
         {millis}     60\nPercentage of the requests served within a certain time (ms)\n  50%     {millis}\n 100%     60 \
         (longest request)\n",
        400.0 / rate
    );
    read("ab.txt", text.as_bytes()).unwrap()
}

#[test]
fn fewer_requests_are_reported_with_the_latency() {
    let said = |baseline, run| headline::plain(&compared(vec![baseline], vec![run]));
    let slower = said(ab(14.0, 352.0), ab(20.0, 245.0));
    assert!(slower.contains("30 % fewer requests a second; the mean rose by 43 %."), "{slower}");
    let same = said(ab(14.0, 352.0), ab(14.0, 176.0));
    assert!(same.contains("50 % fewer requests a second at the same latency: fewer were sent."), "{same}");
}

/// The figures of the only endpoint are those of all requests: one regression, not two.
#[test]
fn an_only_endpoint_counts_once() {
    let comparison = compared(vec![ab(14.0, 352.0)], vec![ab(60.0, 80.0)]);
    let regressed = comparison.subjects.iter().filter(|s| s.scope == Scope::Endpoint).flat_map(|s| &s.rows);
    let regressed = regressed.filter(|row| row.verdict == Verdict::Regressed).count();
    let noun = if regressed == 1 { "confirmed regression" } else { "confirmed regressions" };
    assert!(regressed > 0);
    assert_eq!(brief::gate_why(&comparison), format!("{regressed} {noun}"));
    // Beside counters of endpoints, several figures of one endpoint say so.
    let of = if regressed == 1 { "" } else { " of 1 endpoint" };
    assert_eq!(brief::gate_beside(&comparison), format!("{regressed} {noun}{of}"));
}

/// k6's summary has no URLs: its run is that of the raw samples, without missing endpoints.
#[test]
fn a_summary_without_endpoints_misses_none() {
    for (baseline, other) in [("samples.json", "summary.json"), ("summary.json", "samples.json")] {
        let file = |name: &str| file(&format!("fixtures/k6/0.57.0/{name}"));
        let comparison = compared(vec![file(baseline)], vec![file(other)]);
        let note = comparison.notes.iter().find(|note| note.code() == "names-no-endpoints").unwrap();
        let side = if other == "summary.json" { "run" } else { "baseline" };
        assert_eq!(
            note.text(),
            format!("The {side}'s file names no endpoints, so that only all requests together are compared.")
        );
        assert_ne!(comparison.word, Word::Missing);
        assert!(comparison.subjects.iter().all(|s| s.baseline.is_some() && s.run.is_some()));
        assert!(comparison.baseline_account.adds_up() && comparison.run_account.adds_up());
    }
}

/// One run, read from Locust's JSON and from its CSV: the JSON lists no causes.
#[test]
fn unknown_causes_did_not_rise() {
    let files = |names: &[&str]| names.iter().map(|name| file(&format!("fixtures/locust/2.47.0/{name}"))).collect();
    let comparison = compared(files(&["full_stats.csv"]), files(&["full_stats.csv", "full_failures.csv"]));
    assert!(comparison.baseline.total.as_ref().unwrap().failures.unwrap() > 0);
    assert_eq!(brief::causes(&comparison), []);
    let both =
        compared(files(&["full_stats.csv", "full_failures.csv"]), files(&["full_stats.csv", "full_failures.csv"]));
    assert_eq!(brief::causes(&both), []);
}

/// Locust's CSV misses the end of the run, which its JSON has.
#[test]
fn one_run_in_two_formats_counts_once() {
    let files = ["full_stats.csv", "full_stats_history.csv", "full_failures.csv", "full.json"]
        .map(|name| file(&format!("fixtures/locust/2.47.0/{name}")));
    let alone = run(vec![file("fixtures/locust/2.47.0/full.json")]);
    let groups = group(files.to_vec());
    assert_eq!(groups.len(), 1);
    let together = assemble(groups[0].parts.clone(), Parts::Merge).unwrap();
    assert_eq!(together.requests(), alone.requests());
    assert!(together.notes.iter().any(|note| note.code() == "told-twice"), "{:?}", together.notes);
    // Both sets of one format are two runs.
    let two = run(vec![file("fixtures/locust/2.47.0/base.json"), file("fixtures/locust/2.47.0/slow.json")]);
    let requests = |name: &str| run(vec![file(&format!("fixtures/locust/2.47.0/{name}"))]).requests().unwrap();
    assert_eq!(two.requests(), Some(requests("base.json") + requests("slow.json")));
}

/// The comparison is pairwise: among more than 100 files, none is left out.
#[test]
fn duplicates_of_a_run_are_searched_among_few_files() {
    let name = |name: &str| file(&format!("fixtures/locust/2.47.0/{name}"));
    let (csv, json) = (name("full_stats.csv"), name("full.json"));
    let (of_csv, of_json) = (run(vec![csv.clone()]).requests().unwrap(), run(vec![json.clone()]).requests().unwrap());
    let few = run(vec![csv.clone(), json.clone()]);
    assert_eq!(few.requests(), Some(of_json));
    let many: Vec<Part> = std::iter::repeat_n(csv, 51).chain(std::iter::repeat_n(json, 51)).collect();
    assert_eq!(run(many).requests(), Some(51 * (of_csv + of_json)));
}

/// ab's `-g` file has every time and no failures; the report next to it has them.
#[test]
fn missing_figures_are_taken_from_the_other_file() {
    let report = "This is ApacheBench, Version 2.3\n\nDocument Path:          /mix\nConcurrency Level:      5\nTime taken for \
                  tests:   2.000 seconds\nComplete requests:      4\nFailed requests:        1\n   (Connect: 0, Receive: 0, \
                  Length: 1, Exceptions: 0)\nRequests per second:    2.00 [#/sec] (mean)\nConnection Times (ms)\n              \
                  min  mean[+/-sd] median   max\nTotal:          5   8 2.0     7     12\n";
    let rows: String =
        (0..4).map(|i| format!("Sun Nov 29 20:30:3{i} 2026\t179598423{i}\t0\t{0}\t{0}\t0\n", 5 + i)).collect();
    let plot = format!("starttime\tseconds\tctime\tdtime\tttime\twait\n{rows}");
    let together = run(vec![read("r.txt", report.as_bytes()).unwrap(), read("r.tsv", plot.as_bytes()).unwrap()]);
    let only = &together.endpoints[0];
    assert_eq!((only.name.as_str(), only.requests, only.failures), ("/mix", Some(4), Some(1)));
    assert_eq!((together.users, together.total.as_ref().unwrap().failures), (Some(5), Some(1)));
    // The rows begin at whole seconds; ab itself measured the duration.
    assert_eq!((together.duration_s, together.total.as_ref().unwrap().rate_per_s), (Some(2.0), Some(2.0)));
    assert!(matches!(only.latency.distribution, loaddiff::run::Distribution::Samples(_)));
    let codes: Vec<&str> = together.notes.iter().map(|note| note.code()).collect();
    assert!(codes.contains(&"failures-from-twin") && codes.contains(&"told-twice"), "{codes:?}");
}

/// The stratified interval is of the change at one mix of endpoints, and states it.
#[test]
fn an_error_rate_by_endpoint_is_at_equal_mix() {
    let side = |often: u64, name: &str| {
        let row = |name: &str, requests: u64, failures: u64| {
            format!("GET,{name},{requests},{failures},10,12,1,90,5,{},0.1\n", requests as f64 / 60.0)
        };
        let text = format!(
            "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min Response Time,Max \
             Response Time,Average Content Size,Requests/s,Failures/s\n{}{},Aggregated,{},{},10,12,1,90,5,{},0.1\n",
            row("/fails", often, often) + &row("/ok", 3000, 30),
            "",
            3000 + often,
            30 + often,
            (3000 + often) as f64 / 60.0
        );
        read(name, text.as_bytes()).unwrap()
    };
    let comparison = compared(vec![side(1200, "base_stats.csv")], vec![side(900, "run_stats.csv")]);
    let total = comparison.total().unwrap();
    let row = total.row(&Metric::ErrorRate).unwrap();
    let evidence = row.evidence.as_ref().unwrap();
    let (low, high) = (evidence.interval.lower.unwrap(), evidence.interval.upper.unwrap());
    let change = row.change.unwrap().abs;
    // Every request to `/fails` fails in both: the whole change is from the mix.
    assert!(
        evidence.basis.mix && (change < low || change > high),
        "{change} in {low} to {high}, {:?}",
        evidence.method
    );
}
