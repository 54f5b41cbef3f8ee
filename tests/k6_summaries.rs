//! k6's own summaries: JSON in three layouts, text in three layouts, the web dashboard. Values are in
//! `tests/fixtures/k6`; this file covers special cases. Also Artillery, newman and Locust's HTML.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use loaddiff::compare::check;
use loaddiff::ingest::{Error, Part, Parts, Problem, assemble, read};
use loaddiff::run::{Endpoint, Percentile, Run};

fn part(content: impl AsRef<[u8]>) -> Part {
    read("f", content.as_ref()).unwrap_or_else(|error| panic!("{error}"))
}

fn run(content: impl AsRef<[u8]>) -> Run {
    assemble(vec![part(content)], Parts::Refuse).unwrap()
}

fn error(content: impl AsRef<[u8]>) -> Error {
    read("f", content.as_ref()).map(|part| panic!("read as {}", part.file.format)).unwrap_err()
}

fn fixture(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(path)
}

fn text_of(path: &str) -> String {
    fs::read_to_string(fixture(path)).unwrap()
}

fn total(run: &Run) -> &Endpoint {
    run.total.as_ref().unwrap()
}

fn has_note(run: &Run, code: &str) -> bool {
    run.notes.iter().any(|note| note.code() == code)
}

fn p(endpoint: &Endpoint, level: &str) -> Option<f64> {
    endpoint.latency.distribution.quantile_ms(Percentile::parse(level).unwrap())
}

fn near(got: Option<f64>, want: f64) {
    let got = got.unwrap();
    assert!((got - want).abs() <= 1e-9 * want.abs().max(1.0), "{got} for {want}");
}

/// Requests and failures.
fn counts(endpoint: &Endpoint) -> (Option<u64>, Option<u64>) {
    (endpoint.requests, endpoint.failures)
}

// ---- k6, JSON

const LEGACY: &str = r#"{"root_group":{"name":"","groups":{"a":{"checks":{"x is 200":{"name":"x is 200","passes":7,"fails":3}}}},
"checks":{}},"metrics":{"http_reqs":{"count":200,"rate":20},"http_req_failed":{"passes":50,"fails":150,"value":0.25},
"http_req_duration":{"avg":12.5,"min":1,"med":10,"max":90,"p(90)":20,"p(99.9)":88.5,"thresholds":{"p(90)<1":true}},
"checks":{"passes":7,"fails":3,"value":0.7},"vus":{"value":1,"min":1,"max":12},"vus_max":{"value":50,"min":50,"max":50},
"iterations":{"count":100,"rate":10}}}"#;

fn says(run: &Run, code: &str) -> Option<String> {
    run.notes.iter().find(|note| note.code() == code).map(|note| note.text())
}

/// `true` in `--summary-export` is a failed threshold; `ok` is a passed one.
#[test]
fn thresholds_that_failed() {
    let code = "k6-thresholds-failed";
    let said =
        "1 threshold of the k6 script failed (such as http_req_duration p(90)<1). They have no say in this report.";
    assert_eq!(says(&run(LEGACY), code).as_deref(), Some(said));
    assert_eq!(says(&run(LEGACY.replace("\"p(90)<1\":true", "\"p(90)<1\":false")), code), None);
    assert_eq!(
        says(&run(LEGACY.replace("\"p(90)<1\":true", "\"p(90)<1\":{\"ok\":false}")), code).as_deref(),
        Some(said)
    );
    assert_eq!(says(&run(LEGACY.replace("\"p(90)<1\":true", "\"p(90)<1\":{\"ok\":true}")), code), None);
    let text = "  █ THRESHOLDS \n\n    http_req_duration\n    ✗ 'p(95)<30' p(95)=92.24ms\n\n      {name:slow}\n      ✓ 'p(95)<500' \
                p(95)=98.08ms\n\n  █ TOTAL RESULTS \n\n    ✗ is 200\n      ↳  0% — ✓ 0 / ✗ 85\n\n    HTTP\n    \
                http_req_duration....: avg=25.76ms min=7.47ms med=13.3ms max=201.16ms p(90)=73.92ms p(95)=92.24ms\n    \
                http_req_failed......: 19.68% 125 out of 635\n    http_reqs............: 635 150.7/s\n";
    assert_eq!(says(&run(text), code), Some(said.replace("p(90)<1", "p(95)<30")));
    let old = "     ✗ is 200\n      ↳  0% — ✓ 0 / ✗ 84\n\n     checks.........: 50.00% ✓ 84 ✗ 84\n   ✗ http_req_duration....: avg=26.52ms min=8.08ms \
               med=12.86ms max=201.24ms p(90)=76.88ms p(95)=93.29ms\n     ✓ { name:slow }......: avg=79.86ms min=61.44ms med=79.2ms \
               max=99.63ms p(90)=96.6ms p(95)=98.52ms\n   ✓ http_req_failed......: 20.50% ✓ 130 ✗ 504\n     http_reqs............: 634 \
               145/s\n";
    assert_eq!(says(&run(old), code), Some(said.replace(" p(90)<1", "")));
}

#[test]
fn iterations_that_were_dropped() {
    let text = LEGACY.replace("\"iterations\":", "\"dropped_iterations\":{\"count\":85,\"rate\":27.9},\"iterations\":");
    assert!(says(&run(text), "k6-iterations-dropped").unwrap().starts_with("k6 dropped 85 iterations"));
    assert_eq!(says(&run(LEGACY), "k6-iterations-dropped"), None);
}

/// Without `http_req_failed` failures are unknown.
#[test]
fn a_summary_without_failures() {
    let run = run(LEGACY.replace("\"http_req_failed\":{\"passes\":50,\"fails\":150,\"value\":0.25},", ""));
    assert_eq!(counts(total(&run)), (Some(200), None));
    assert!(says(&run, "failures-unknown").unwrap().starts_with("200 of 200 requests"));
}

/// `passes` of `http_req_failed` are the failed requests: 50, not 150.
#[test]
fn passes_of_failed_requests_failed() {
    let run = run(LEGACY);
    assert_eq!(counts(total(&run)), (Some(200), Some(50)));
    assert_eq!(total(&run).error_rate_pct(), Some(25.0));
    assert_eq!(total(&run).metrics.get("checks_failed_pct"), Some(&30.0));
    let handled = r#"{"metrics":{"http_reqs":{"type":"counter","contains":"default","values":{"count":8,"rate":2}},
        "http_req_failed":{"type":"rate","values":{"rate":0.125,"passes":1,"fails":7}}},"state":{"testRunDurationMs":4000.5}}"#;
    let run = self::run(handled);
    assert_eq!(counts(total(&run)), (Some(8), Some(1)));
    assert_eq!(run.duration_s, Some(4.0005));
}

/// Levels are those in the file: p95 may be missing, and p99.9 is not p99.
#[test]
fn levels_are_those_of_the_file() {
    let run = run(LEGACY);
    let all = total(&run);
    assert_eq!((p(all, "50"), p(all, "90"), p(all, "99.9")), (Some(10.0), Some(20.0), Some(88.5)));
    assert_eq!((p(all, "95"), p(all, "99")), (None, None));
}

/// Rates are over the whole run, so the duration is a count divided by its rate; users are the active ones.
#[test]
fn the_run_of_a_summary() {
    let run = run(LEGACY);
    assert_eq!((run.duration_s, run.users), (Some(10.0), Some(12)));
    assert_eq!(total(&run).rate_per_s, Some(20.0));
    assert_eq!((run.endpoints.len(), run.endpoints[0].name.as_str()), (1, "all requests"));
    let checks = run.notes.iter().find(|n| n.code() == "checks-counted").unwrap();
    assert_eq!(checks.figures, [3.into(), 10.into(), "x is 200".into(), 3.into()]);
}

/// A field case, formerly refused with the advice to run the test again.
#[test]
fn a_stored_summary() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/field/unsupported-advice");
    let run = run(fs::read(folder.join("k6-summary.json")).unwrap());
    assert_eq!((counts(total(&run)), run.duration_s), ((Some(2000), Some(0)), Some(200.0)));
}

/// Implausible numbers are harmless.
#[test]
fn absurd_numbers() {
    for number in ["1e308", "-1e308", "-1", "18446744073709551615", "9223372036854775807", "0.5", "\"x\"", "null"] {
        let period = format!("{{\"counters\":{{\"http.requests\":{number}}},\"period\":{number}}}");
        let _ = read("f", format!("{{\"aggregate\":{period},\"intermediate\":[{period},{period}]}}").as_bytes());
        let event = format!("[[{number},1],[{number}]]");
        let events = format!(
            "{{\"event\":\"metric\",\"data\":{{\"time\":{{}},\"http_reqs\":{{\"type\":\"counter\"}}}}}}\n\
             {{\"event\":\"snapshot\",\"data\":{event}}}\n{{\"event\":\"cumulative\",\"data\":{event}}}\n"
        );
        let _ = read("f", packed(&events).as_bytes());
        let metrics = LEGACY.replace("50", number).replace("200", number).replace("20", number);
        let _ = read("f", metrics.as_bytes());
        let execution = format!(
            "{{\"item\":{{\"name\":\"a\"}},\"response\":{{\"responseTime\":{number},\"responseSize\":{number}}}}}"
        );
        let text = format!(
            "{{\"run\":{{\"timings\":{{\"started\":{number},\"completed\":{number}}},\"executions\":[{execution}]}}}}"
        );
        let _ = read("f", text.as_bytes());
        let row =
            format!("{{\"name\":\"a\",\"num_requests\":{number},\"avg_response_time\":{number},\"0.5\":{number}}}");
        let html = format!(
            "<html>window.templateArgs = {{\"requests_statistics\":[{row},{row}],\"response_time_statistics\":[{row}]}}"
        );
        let _ = read("f", html.as_bytes());
    }
}

/// The machine-readable layout, in which a counter has no rate and a rate has `matches`.
#[test]
fn machine_readable() {
    let text = r#"{"config":{"duration":20.5,"execution":"local","script":"x.js"},"metadata":{"generatedAt":
        "2026-11-29T10:00:00Z","k6Version":"1.5.0"},"results":{"checks":{"metrics":[{"name":"checks_succeeded","type":"rate",
        "contains":"default","values":{"matches":3,"rate":0.75,"total":4}}],"results":[{"name":"a","passes":1,"fails":0},
        {"name":"b","passes":2,"fails":1}]},"metrics":[{"name":"http_req_failed","type":"rate","contains":"default","values":
        {"matches":2,"rate":0.02,"total":100}},{"name":"http_reqs","type":"counter","contains":"default","values":{"count":100}},
        {"name":"http_req_duration","type":"trend","contains":"time","values":{"avg":2.5,"max":9,"med":2,"min":1,"p(90)":4,
        "p(95)":5}}]},"version":"1.0.0"}"#;
    let part = part(text);
    assert_eq!(part.file.format, "k6-summary");
    let run = assemble(vec![part], Parts::Refuse).unwrap();
    assert_eq!(run.source.version.as_deref(), Some("1.5.0"));
    assert_eq!(counts(total(&run)), (Some(100), Some(2)));
    assert_eq!((run.duration_s, p(total(&run), "95")), (Some(20.5), Some(5.0)));
    near(total(&run).rate_per_s, 100.0 / 20.5);
    let checks = run.notes.iter().find(|n| n.code() == "checks-counted").unwrap();
    assert_eq!(checks.figures, [1.into(), 4.into(), "b".into(), 1.into()]);
}

/// Users dump any part of the data.
#[test]
fn any_part_of_the_data() {
    let metrics =
        r#"{"http_reqs":{"type":"counter","values":{"count":5,"rate":1}},"vus":{"type":"gauge","values":{"max":2}}}"#;
    assert_eq!(part(metrics).file.format, "k6-summary");
    assert_eq!(run(metrics).requests(), Some(5));
    let run = run(r#"{"metrics":{"http_req_duration":{"values":{"avg":5,"count":9,"p(95)":7}}},"who":"me"}"#);
    assert_eq!(counts(total(&run)), (Some(9), None));
    // The rate alone gives the count if it is unique.
    let run =
        self::run(r#"{"metrics":{"http_reqs":{"values":{"count":8}},"http_req_failed":{"values":{"rate":0.25}}}}"#);
    assert_eq!(counts(total(&run)), (Some(8), Some(2)));
    let run =
        self::run(r#"{"metrics":{"http_reqs":{"values":{"count":8}},"http_req_failed":{"values":{"rate":0.3}}}}"#);
    assert_eq!((counts(total(&run)), total(&run).error_rate_pct()), ((Some(8), None), Some(30.0)));
}

/// Sub-metrics overlap: separate rows, not summed. One without requests is no row.
#[test]
fn sub_metrics_are_not_summed() {
    let text = r#"{"metrics":{"http_reqs":{"count":10,"rate":1},"http_req_failed":{"passes":1,"fails":9,"value":0.1},
        "http_req_duration":{"avg":5,"p(95)":7},"http_req_duration{expected_response:true}":{"avg":4},
        "http_req_duration{name:/a}":{"avg":3,"max":4},"http_reqs{name:/a}":{"count":8,"rate":0.8},
        "http_req_duration{scenario:s}":{"avg":3,"max":4},"http_req_duration{url:http://h/b,method:GET}":{"avg":3,"max":4},
        "http_req_duration{name:/never}":{"avg":0,"min":0,"med":0,"max":0,"p(95)":0}}}"#;
    let run = run(text);
    let rows: Vec<_> = run.endpoints.iter().map(|e| (e.label(), e.requests)).collect();
    let want = [("/a", Some(8)), ("all requests", Some(10)), ("GET http://h/b", None)];
    let mut want: Vec<_> = want.map(|(label, n)| (label.to_owned(), n)).into();
    want.sort_by_key(|(label, _)| label.trim_start_matches("GET ").to_owned());
    assert_eq!(rows, want);
    assert_eq!(counts(total(&run)), (Some(10), Some(1)));
    assert!(has_note(&run, "rows-overlap"));
    assert!(!check::of_run(&run).iter().any(|found| found.code() == "total-disagrees"));
}

/// Iterations are not requests.
#[test]
fn no_http_is_an_error() {
    for text in [
        r#"{"root_group":{"name":"","groups":[],"checks":[]},"metrics":{"iterations":{"count":5,"rate":1},"iteration_duration":{"avg":7}}}"#,
        "  iteration_duration...: avg=1.2s min=1s\n  iterations...........: 5 1/s\n",
    ] {
        let error = error(text);
        assert!(matches!(error.problem(), Problem::NotYet { id: "k6-without-http", .. }), "{error}");
        assert!(error.to_string().contains("iterations are no requests"), "{error}");
    }
}

#[test]
fn other_protocols_are_named() {
    let run = run(
        r#"{"metrics":{"http_reqs":{"count":1,"rate":1},"grpc_req_duration":{"avg":5},"ws_sessions":{"count":1}}}"#,
    );
    let note = run.notes.iter().find(|n| n.code() == "other-protocols").unwrap();
    assert!(note.text().contains("grpc_req_duration, ws_sessions"), "{}", note.text());
}

/// A script that disabled the judging of responses for some requests.
#[test]
fn requests_that_were_not_judged() {
    let run =
        run(r#"{"metrics":{"http_reqs":{"count":10,"rate":1},"http_req_failed":{"passes":1,"fails":5,"value":0.16}}}"#);
    assert!(run.notes.iter().any(|n| n.code() == "failures-unknown" && n.figures == [4.into(), 10.into()]));
}

// ---- k6, text

const OLD: &str = "\
     ✓ status was 200

     checks.....................: 50.00% ✓ 6        ✗ 6
     http_req_duration..........: avg=1.23s   min=250µs med=900.5ms max=1m5s p(90)=2.5s p(95)=1h2m3s
       { expected_response:true }...: avg=1.2s min=250µs med=900ms max=2s p(90)=2s p(95)=2s
     http_req_failed............: 15.00% ✓ 3        ✗ 17
     http_reqs..................: 20     2/s
     iterations.................: 10     1/s
     vus........................: 1      min=1      max=7
";

/// Up to 0.53 the sign does not refer to the request: `✓ 3` are three failed requests.
#[test]
fn the_tick_counts_failed_requests() {
    let run = run(OLD);
    let all = total(&run);
    assert_eq!(counts(all), (Some(20), Some(3)));
    assert_eq!((all.latency.mean_ms, all.latency.min_ms), (Some(1230.0), Some(0.25)));
    assert_eq!((all.latency.max_ms, p(all, "95")), (Some(65_000.0), Some(3_723_000.0)));
    assert_eq!((run.duration_s, run.users, all.rate_per_s), (Some(10.0), Some(7), Some(2.0)));
    assert!(has_note(&run, "cut-to-two-decimals"));
}

/// Only the section of the whole run, not a group or a scenario with the same names.
#[test]
fn groups_and_scenarios_are_not_the_total() {
    let text = text_of("k6/1.1.0/full.txt");
    assert!(text.contains("█ SCENARIO: back") && text.contains("↳ GROUP: browse"));
    assert_eq!(counts(total(&run(&text))), (Some(40), Some(9)));
    // Also before it, and in a log that begins in the middle.
    let (_, scenario) = text.split_once("█ SCENARIO").unwrap();
    let reordered = format!("  █ SCENARIO{scenario}\n{text}");
    assert_eq!(counts(total(&run(reordered))), (Some(40), Some(9)));
    let error = error(format!("  █ SCENARIO{scenario}"));
    assert!(error.to_string().contains("without HTTP requests"), "{error}");
}

/// A log with line prefixes, colours, other code pages, a Markdown fence.
#[test]
fn summaries_inside_a_log() {
    for (path, failures) in [("k6/1.1.0/compact.txt", 12), ("k6/1.1.0/full.txt", 9), ("k6/0.57.0/legacy.txt", 13)] {
        let text = text_of(path);
        let want = run(&text);
        let mut log = "##[group]Run k6\n```\n".to_owned();
        for line in text.lines() {
            writeln!(log, "2026-11-29T15:33:05.1234567Z k6-1  | {line}").unwrap();
        }
        let coloured =
            text.replace("avg=", "\u{1b}[36mavg=").replace("http_req", "\u{1b}[1;32mhttp_req\u{1b}[0m\u{1b}[2m");
        let coloured = coloured.replace("\u{1b}[0m\u{1b}[2m_", "_").replace(" p(90)", "\u{1b}[0m p(90)");
        let mojibake = text.replace('µ', "Âµ").replace('█', "â–ˆ").replace('↳', "â†³").replace('✓', "âœ“");
        for text in [log + "```\n", coloured, mojibake, text.replace('\n', "\r\n")] {
            let run = run(&text);
            assert_eq!(counts(total(&run)), (Some(40), Some(failures)), "{text}");
            assert_eq!(run.total, want.total, "{text}");
            assert_eq!(run.endpoints, want.endpoints, "{text}");
        }
    }
}

/// Of several runs in one log the last is read, with a note.
#[test]
fn several_summaries_in_one_text() {
    for (first, last, failures) in [
        ("k6/1.1.0/compact.txt", "k6/1.1.0/full.txt", 9),
        ("k6/1.1.0/full.txt", "k6/1.1.0/compact.txt", 12),
        ("k6/0.57.0/legacy.txt", "k6/1.1.0/legacy.txt", 10),
    ] {
        let run = run(text_of(first) + &text_of(last));
        assert_eq!(total(&run).failures, Some(failures), "{first} {last}");
        let note = run.notes.iter().find(|n| n.code() == "several-summaries").unwrap();
        assert!(note.text().contains("2 summaries"), "{}", note.text());
    }
}

/// Cut lines: a rate without its counts gives no count.
#[test]
fn lines_without_their_counts() {
    let run = run(
        "```\nhttp_req_duration....: avg=2.07ms p(95)=1ms\nhttp_req_failed......: 0.15%\nhttp_reqs............: 5420\n```\n",
    );
    assert_eq!((counts(total(&run)), total(&run).error_rate_pct()), ((Some(5420), None), Some(0.15)));
}

/// Dots and a colon alone are not a summary.
#[test]
fn other_texts_are_not_k6() {
    for text in ["Loading...: done\n", "http_req_duration\n", "http_reqs...: many\n", "a http_req_duration...: slow\n"]
    {
        assert!(matches!(error(text).problem(), Problem::Unrecognised { .. }), "{text}");
    }
}

// ---- k6, web dashboard

fn packed(events: &str) -> String {
    use std::io::Write as _;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(events.as_bytes()).unwrap();
    let bytes = gzip.finish().unwrap();
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let word = (0..3).fold(0_u32, |word, i| word << 8 | u32::from(chunk.get(i).copied().unwrap_or(0)));
        for i in 0..4 {
            let letter = LETTERS[(word >> (18 - 6 * i) & 63) as usize];
            text.push(if i <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    format!(
        "<!doctype html><title>k6 report</title>\n<script id=\"data\" type=\"application/json; charset=utf-8; gzip; base64\">\
         {text}\n</script></html>"
    )
}

const EVENTS: &str = r#"{"event":"param","data":{"period":10000,"aggregates":{"trend":["avg","max","med","min","p(90)","p(95)","p(99)"]}}}
{"event":"metric","data":{"time":{"type":"gauge","contains":"time"}}}
{"event":"start","data":[[1700000000500]]}
{"event":"metric","data":{"http_reqs":{"type":"counter"},"http_req_failed":{"type":"rate"},"http_req_duration":{"type":"trend"},"a_trend":{"type":"trend"}}}
{"event":"snapshot","data":[[-5,1,1,-9,1,1,1],[10,90,9,1,40,50,80],[0.33333],[3,0.3],[1700000010500]]}
{"event":"metric","data":{"vus":{"type":"gauge"}}}
{"event":"snapshot","data":[[],[],[],[],[1700000020510],[4]]}
{"event":"snapshot","data":[[],[20,20,20,20,20,20,20],[0],[1,0.1],[1700000030490],[7]]}
{"event":"stop","data":[[1700000031000]]}
{"event":"cumulative","data":[[],[12.5,90,9.5,1,40,50,80],[0.25],[4,0.1311],[1700000031000],[2]]}
"#;

/// Figures are in the order of the names so far, and a period may have none.
#[test]
fn periods_of_the_dashboard() {
    let run = run(packed(EVENTS));
    assert_eq!(counts(total(&run)), (Some(4), Some(1)));
    assert_eq!((run.started_ms, run.duration_s, run.users), (Some(1_700_000_000_500), Some(30.5), Some(7)));
    let timeline = run.timeline.as_ref().unwrap();
    let intervals: Vec<_> = timeline
        .intervals
        .iter()
        .map(|i| (i.end_s - 1_700_000_000, i.length_s, i.requests, i.failures, i.users))
        .collect();
    assert_eq!(intervals, [(10, 10, 3, 1, None), (20, 10, 0, 0, Some(4)), (30, 10, 1, 0, Some(7))]);
    let first = &timeline.intervals[0];
    assert_eq!((first.mean_ms, first.window_p50_ms, first.window_p95_ms), (Some(10.0), Some(9.0), Some(50.0)));
    assert_eq!(timeline.intervals[1].mean_ms, None);
    assert_eq!((p(total(&run), "50"), p(total(&run), "99")), (Some(9.5), Some(80.0)));
    assert_eq!(part(packed(EVENTS)).file.format, "k6-dashboard");
}

/// Rates are truncated to five digits: of a million requests, ten failures more or less have the same rate.
#[test]
fn a_truncated_rate_gives_no_count() {
    let many = EVENTS.replace("[0.25],[4,0.1311]", "[0.00012],[1000000,32786]");
    let run = run(packed(&many));
    assert_eq!(counts(total(&run)), (Some(1_000_000), None));
    near(total(&run).error_rate_pct(), 0.012);
}

/// xk6-dashboard's first reports: one object, figures by name.
#[test]
fn the_oldest_dashboards() {
    let text = r#"{"cumulative":{"http_reqs":{"count":4,"rate":0.2},"http_req_failed":{"rate":0.5},"http_req_duration":{"avg":5,
        "p(95)":9}},"param":{"period":10000},"config":null,"metrics":{"http_reqs":{"type":"counter"}},"snapshot":[
        {"time":{"value":1700000010000},"http_reqs":{"count":3},"vus":{"value":2}}
        ,{"time":{"value":1700000020000},"http_reqs":{"count":1}}
        ]}"#;
    let run = run(packed(text));
    assert_eq!((counts(total(&run)), p(total(&run), "95")), ((Some(4), Some(2)), Some(9.0)));
    let intervals: Vec<_> =
        run.timeline.unwrap().intervals.iter().map(|i| (i.end_s - 1_700_000_000, i.length_s, i.requests)).collect();
    assert_eq!(intervals, [(10, 10, 3), (20, 10, 1)]);
}

#[test]
fn damaged_dashboards() {
    let whole = packed(EVENTS);
    let problem = |text: &str| error(text).problem().clone();
    assert!(matches!(problem(&whole.replace("</script>", "")), Problem::BadArchive { .. }));
    assert!(matches!(problem(&whole.replace("H4s", "H4*")), Problem::BadArchive { .. }));
    let at = whole.find("\n</script>").unwrap();
    let mut cut = whole.clone();
    cut.replace_range(at - 40..at, "");
    assert!(matches!(problem(&cut), Problem::BadArchive { .. }));
    let (unfinished, _) = EVENTS.split_once("{\"event\":\"cum").unwrap();
    assert!(error(packed(unfinished)).to_string().contains("cumulative"));
    // 100 MB of zeros.
    let bomb = packed(&" ".repeat(100 << 20));
    assert!(matches!(problem(&bomb), Problem::TooLarge { .. } | Problem::BadArchive { .. }));
}

#[test]
fn k6_reporter_is_named() {
    let html = "<!DOCTYPE html>\n<html><body><h4>Breached Thresholds</h4></body></html>";
    let error = error(html);
    assert!(matches!(error.problem(), Problem::NotYet { id: "k6-reporter", .. }), "{error}");
    assert!(error.next_step().contains("--summary-export"), "{error}");
}

// ---- Artillery

/// Sent requests, some without a response: response times are those of responses.
#[test]
fn artillery_counts_what_was_sent() {
    let run = run(text_of("artillery/2.0.21/report.json"));
    assert_eq!(counts(total(&run)), (Some(144), Some(36)));
    assert_eq!(total(&run).latency.timed, Some(108));
    assert!(has_note(&run, "requests-unanswered"));
    let causes: Vec<_> = run.failures.iter().map(|f| (f.name.as_str(), f.message.as_str(), f.count)).collect();
    assert_eq!(causes, [("refused", "ECONNREFUSED", 36)]);
    assert_eq!(run.started_ms, Some(1_795_967_556_596));
    near(run.duration_s, 11.849);
    assert!(check::of_run(&run).iter().all(|c| !["total-disagrees", "causes-disagree"].contains(&&*c.code())));
}

/// 404 and 500 are responses, not errors, with a note.
#[test]
fn artillery_has_no_failed_answers() {
    let run = run(text_of("artillery/2.0.21/report.json"));
    let failures: Vec<_> = run.endpoints.iter().map(|e| (e.name.as_str(), e.requests, e.failures)).collect();
    let want = [("missing", 36, 0), ("models", 36, 0), ("query", 36, 0), ("refused", 36, 36)];
    assert_eq!(failures, want.map(|(name, requests, failures)| (name, Some(requests), Some(failures))));
    let note = run.notes.iter().find(|n| n.code() == "answers-with-error-status").unwrap();
    assert!(note.text().starts_with("46 answers have a status of 400 or more"), "{}", note.text());
}

/// `period` is a string in the periods and a number in the whole; `http.request_rate` may be null.
#[test]
fn artillerys_periods() {
    let run = run(text_of("artillery/2.0.21/report.json"));
    let timeline = run.timeline.unwrap();
    let intervals: Vec<_> = timeline.intervals.iter().map(|i| (i.end_s, i.length_s, i.requests)).collect();
    assert_eq!(intervals.len(), 2);
    assert_eq!((intervals[0].0, intervals[0].1), (1_795_967_560, 10));
    assert_eq!(intervals.iter().map(|i| i.2).sum::<u64>(), 144);
    assert!(timeline.intervals.iter().all(|i| i.mean_ms.is_some() && i.window_p95_ms.is_some()));
}

/// A run without responses, the names of early builds of 2, and failures missed by the plugin.
#[test]
fn artillerys_other_layouts() {
    let dead = r#"{"aggregate":{"counters":{"http.requests":5,"errors.ETIMEDOUT":5},"rates":{"http.request_rate":1},
        "summaries":{}},"intermediate":[{"counters":{"http.requests":5},"period":"1700000000000"}]}"#;
    let run = run(dead);
    assert_eq!((counts(total(&run)), total(&run).latency.mean_ms), ((Some(5), Some(5)), None));
    let early = r#"{"aggregate":{"counters":{"engine.http.requests":9,"engine.http.responses":8,"engine.http.codes.500":2,
        "errors.ETIMEDOUT":1,"core.vusers.created.total":3},"summaries":{"engine.http.response_time":{"median":5,"p95":9}}}}"#;
    let run = self::run(early);
    assert_eq!((counts(total(&run)), p(total(&run), "95")), ((Some(9), Some(1)), Some(9.0)));
    let expect = r#"{"aggregate":{"counters":{"http.requests":4,"http.responses":4,"errors.Failed expectations":2,
        "plugins.metrics-by-endpoint./a.b.codes.200":3,"plugins.metrics-by-endpoint./c.errors.d.codes.200":1},
        "summaries":{"plugins.metrics-by-endpoint.response_time./a.b":{"p95":7,"count":3}}}}"#;
    let run = self::run(expect);
    let rows: Vec<_> = run.endpoints.iter().map(|e| (e.name.as_str(), e.requests, e.failures)).collect();
    assert_eq!(rows, [("/a.b", Some(3), None), ("/c.errors.d", Some(1), None)]);
    assert_eq!((p(&run.endpoints[0], "95"), total(&run).failures), (Some(7.0), Some(2)));
}

/// Generation 1: `rps.count` sent, `requestsCompleted` answered; an empty period has nulls.
#[test]
fn artillery_1() {
    let part = part(text_of("artillery/1.x/report.json"));
    assert_eq!(part.file.format, "artillery");
    let run = assemble(vec![part], Parts::Refuse).unwrap();
    assert_eq!((counts(total(&run)), total(&run).latency.timed), ((Some(120), Some(5)), Some(115)));
    let intervals: Vec<_> = run.timeline.as_ref().unwrap().intervals.iter().map(|i| (i.requests, i.failures)).collect();
    assert_eq!(intervals, [(60, 2), (60, 3), (0, 0)]);
    assert_eq!(run.timeline.unwrap().intervals[2].window_p50_ms, None);
}

// ---- newman and Postman

/// A request fails by its tests, or without a response; a 404 without tests does not.
#[test]
fn newmans_failures() {
    let run = run(text_of("newman/6.2.2/report.json"));
    let of = |name: &str| counts(run.endpoints.iter().find(|e| e.name == name).unwrap());
    assert_eq!(of("missing"), (Some(3), Some(0)));
    assert_eq!(of("refused"), (Some(3), Some(3)));
    assert_eq!(of("small"), (Some(3), Some(3)));
    assert!(has_note(&run, "failed-tests-fail"));
    let causes: Vec<_> = run.failures.iter().map(|f| f.message.as_str()).collect();
    assert!(causes.contains(&"ECONNREFUSED"), "{causes:?}");
    assert!(causes.iter().any(|cause| cause.starts_with("is small: expected 2239")), "{causes:?}");
    let refused = run.endpoints.iter().find(|e| e.name == "refused").unwrap();
    assert_eq!((refused.latency.mean_ms, refused.latency.timed), (None, Some(0)));
    assert_eq!(run.started_ms, Some(1_795_967_698_562));
    near(run.duration_s, 4.781);
}

/// Bodies are byte arrays, which are skipped: a report has more of them than the limit of values.
#[test]
fn newmans_bodies_are_skipped() {
    let body = "1,".repeat(1_200_000) + "1";
    let execution = format!(
        r#"{{"item":{{"name":"a"}},"request":{{"method":"GET"}},"response":{{"code":200,"responseTime":7,"stream":{{"data":[{body}]}}}}}}"#
    );
    let run = run(format!(r#"{{"run":{{"timings":{{}},"executions":[{execution}]}}}}"#));
    assert_eq!((counts(total(&run)), total(&run).latency.mean_ms), ((Some(1), Some(0)), Some(7.0)));
}

#[test]
fn postmans_runner_has_a_time_for_each_iteration() {
    let part = part(text_of("newman/runner/results.json"));
    assert_eq!(part.file.format, "postman-runner");
    let run = assemble(vec![part], Parts::Refuse).unwrap();
    assert_eq!(counts(total(&run)), (Some(8), Some(1)));
    assert_eq!(run.endpoint(Some("POST"), "query").unwrap().latency.max_ms, Some(110.0));
    assert_eq!(run.failures[0].message, "status is 200");
    let none = r#"{"results":[{"name":"a","times":[]}],"totalPass":0,"totalFail":0}"#;
    assert_eq!(error(none).problem(), &Problem::HeaderOnly);
}

// ---- Locust's HTML report

/// The words before the data also occur in the page's own script.
#[test]
fn locusts_report_begins_at_its_data() {
    let html = text_of("locust-html/2.47.0/report.html");
    assert!(html.find("window.templateArgs").unwrap() < html.find("window.templateArgs =").unwrap());
    let part = part(&html);
    assert_eq!(part.file.format, "locust-html");
    let run = assemble(vec![part], Parts::Refuse).unwrap();
    assert_eq!((run.users, run.duration_s, run.started_ms), (Some(6), Some(14.0), Some(1_795_967_648_000)));
    assert_eq!((run.failures.len(), run.failures[0].count), (1, 4));
    assert!(run.timeline.is_none() && has_note(&run, "history-without-counts"));
    let cut = error(html.get(..html.len() - 2000).unwrap());
    assert!(matches!(cut.problem(), Problem::BadJson { .. }), "{cut}");
}

/// Users in the history: a number up to 2.31, then a pair of time and number. An endpoint may be named Aggregated.
#[test]
fn locusts_histories() {
    let html = |history: &str, rows: &str| {
        format!(
            "<!DOCTYPE html><title>Locust</title><script>window.templateArgs={{\"requests_statistics\":[{rows}],\"history\":[{history}],\
             \"start_time\":\"2022-11-29 15:54:08\",\"end_time\":\"2022-11-29 15:54:18\"}}\n window.theme = \"\"</script>"
        )
    };
    let row = |method: &str, n: u64| {
        format!("{{\"method\":\"{method}\",\"name\":\"Aggregated\",\"num_requests\":{n},\"num_failures\":0}}")
    };
    let rows = [row("GET", 3), row("POST", 4), row("", 7)].join(",");
    for history in [
        "{\"time\":\"15:54:13\",\"user_count\":5}",
        "{\"user_count\":[\"2022-11-29T15:54:13Z\",5]},{\"user_count\":[\"\",2]}",
    ] {
        let run = run(html(history, &rows));
        assert_eq!((run.users, run.endpoints.len(), total(&run).requests), (Some(5), 2, Some(7)));
        assert_eq!(run.duration_s, Some(10.0));
    }
    let run = run(html("", &row("GET", 3)));
    assert_eq!((run.endpoints.len(), total(&run).requests), (1, Some(3)));
    assert!(has_note(&run, "total-summed"));
}
