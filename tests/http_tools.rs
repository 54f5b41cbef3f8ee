//! ab, hey, wrk, wrk2, oha, vegeta, autocannon and bombardier: real files with known values, and one test per special
//! case of the formats, named after it. The figures of whole files are in `tests/fixtures.rs`.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::path::{Path, PathBuf};

use loaddiff::ingest::{Error, Parts, Problem, assemble, read};
use loaddiff::run::{Endpoint, Percentile, Run};
use serde_json::Value;

fn run_of(content: impl AsRef<[u8]>) -> Run {
    let part = read("x", content.as_ref()).unwrap_or_else(|error| panic!("{error}"));
    assemble(vec![part], Parts::Refuse).unwrap()
}

fn error(content: impl AsRef<[u8]>) -> Error {
    read("x", content.as_ref()).map(|part| panic!("read as {}", part.file.format)).unwrap_err()
}

fn format(content: impl AsRef<[u8]>) -> String {
    read("x", content.as_ref()).unwrap_or_else(|error| panic!("{error}")).file.format.into_owned()
}

fn fixture(path: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(path)).unwrap()
}

fn fixture_text(path: &str) -> String {
    String::from_utf8(fixture(path)).unwrap()
}

/// The only endpoint of a run, also its total.
fn only(run: &Run) -> &Endpoint {
    let [endpoint] = run.endpoints.as_slice() else { panic!("{:?}", run.endpoints) };
    let total = run.total.as_ref().unwrap();
    assert_eq!((total.requests, total.failures), (endpoint.requests, endpoint.failures));
    endpoint
}

fn counts(run: &Run) -> (u64, Option<u64>) {
    let endpoint = only(run);
    (endpoint.requests.unwrap(), endpoint.failures)
}

fn ms(endpoint: &Endpoint, level: &str) -> Option<f64> {
    endpoint.latency.distribution.quantile_ms(Percentile::parse(level).unwrap())
}

fn codes(run: &Run) -> Vec<&str> {
    run.notes.iter().map(|note| note.code()).collect()
}

/// The text of the note with this code.
fn says(run: &Run, code: &str) -> String {
    run.notes.iter().find(|note| note.code() == code).unwrap_or_else(|| panic!("{code}: {:?}", run.notes)).text()
}

fn causes(run: &Run) -> Vec<(&str, u64)> {
    run.failures.iter().map(|failure| (failure.message.as_str(), failure.count)).collect()
}

fn sample(name: &str) -> Option<Vec<u8>> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/samples").join(name);
    let bytes = std::fs::read(path).ok();
    if bytes.is_none() {
        println!("skipped: {name} is not here");
    }
    bytes
}

// ---- real files

#[test]
fn a_table_of_ab_as_taurus_reads_it() {
    let (Some(bytes), Some(expected)) = (sample("ab/taurus_ab.tsv"), sample("expected.json")) else { return };
    let expected: Value = serde_json::from_slice(&expected).unwrap();
    let expected = &expected["ab/taurus_ab.tsv"];
    let run = run_of(&bytes);
    let endpoint = only(&run);
    assert_eq!(endpoint.requests, expected["requests"].as_u64());
    assert_eq!(endpoint.failures, None);
    let times = &expected["ttime_ms"];
    let latency = &endpoint.latency;
    assert_eq!(latency.min_ms, times["min"].as_f64());
    assert_eq!(latency.max_ms, times["max"].as_f64());
    assert!((latency.mean_ms.unwrap() - times["mean"].as_f64().unwrap()).abs() < 1e-9);
    assert_eq!(ms(endpoint, "95"), times["p95_nearest"].as_f64());
    assert_eq!(ms(endpoint, "99"), times["p99_nearest"].as_f64());
    // The earliest start, which is not in the first row.
    assert_eq!(run.started_ms, Some(1_456_827_203_000));
}

/// The reports in wrk2's README, with values by hand.
#[test]
fn the_reports_of_wrk2s_readme() {
    for (name, requests, mean, p50, p95, p99, max, timed, seconds) in [
        ("wrk2/readme_example1.txt", 60_017, 6.46, None, None, None, 12.34, 60_017, 30.01),
        ("wrk2/readme_example2.txt", 60_018, 6.602, Some(6.671), Some(10.015), Some(11.18), 12.496, 39_500, 30.0),
        ("wrk2/readme_example3.txt", 60_031, 6.178, Some(6.207), Some(9.415), Some(10.52), 11.312, 39_500, 30.01),
        ("wrk2/readme_example4.txt", 60_055, 63.66, Some(8.615), Some(524.799), Some(1270.0), 1416.192, 39_500, 30.01),
    ] {
        let Some(bytes) = sample(name) else { continue };
        assert_eq!(format(&bytes), "wrk2", "{name}");
        let run = run_of(&bytes);
        let endpoint = only(&run);
        assert_eq!(counts(&run), (requests, Some(0)), "{name}");
        assert_eq!(endpoint.name, "http://127.0.0.1:80/index.html");
        assert_eq!((endpoint.latency.mean_ms, endpoint.latency.max_ms), (Some(mean), Some(max)), "{name}");
        assert_eq!((ms(endpoint, "50"), ms(endpoint, "95"), ms(endpoint, "99")), (p50, p95, p99), "{name}");
        assert_eq!(endpoint.latency.timed, Some(timed), "{name}");
        assert_eq!((run.users, run.duration_s), (Some(100), Some(seconds)), "{name}");
    }
}

// ---- ab

/// `Failed requests` excludes `Non-2xx responses`, but includes responses of another length.
#[test]
fn ab_does_not_count_statuses() {
    let report = fixture_text("ab/2.3/report.txt");
    let run = run_of(&report);
    assert_eq!(counts(&run), (100, Some(8)));
    assert_eq!(causes(&run), [("Length", 8)]);
    assert!(says(&run, "ab-non-2xx").starts_with("8 responses have a status other than 2xx."));
    assert!(says(&run, "ab-other-length").starts_with("8 failures are a response of another length"));
    assert_eq!((run.users, run.duration_s), (Some(4), Some(0.589)));
    assert_eq!(run.source.version.as_deref(), Some("2.3"));
    let quiet = report
        .replace("Failed requests:        8\n   (Connect: 0, Receive: 0, Length: 8, Exceptions: 0)\n", "")
        .replace("Non-2xx responses:      8", "Failed requests:        0");
    assert_eq!(codes(&run_of(quiet)), [""; 0]);
}

#[test]
fn ab_counts_one_failure_several_times() {
    let report = fixture_text("ab/2.3/report.txt")
        .replace("Failed requests:        8", "Failed requests:        240")
        .replace("Receive: 0, Length: 8, Exceptions: 0", "Receive: 80, Length: 80, Exceptions: 80");
    let run = run_of(report);
    assert_eq!(counts(&run), (100, Some(240)));
    assert!(says(&run, "ab-failures-counted-twice").contains("240 failures of 100 requests"));
}

#[test]
fn ab_was_aborted() {
    let error = error(
        "This is ApacheBench, Version 2.3 <$Revision: 1 $>\n\nBenchmarking x (be patient)\napr_socket_recv: Connection reset\n",
    );
    assert!(matches!(error.problem(), Problem::Aborted { tool: "ab", .. }), "{error}");
    assert!(error.to_string().contains("ab was aborted: Connection reset. "), "{error}");
    for (rest, said) in [
        ("...apr_socket_recv: Connection refused (111)\n", "ab was aborted: Connection refused. "),
        (
            "...apr_pollset_poll: The timeout specified has expired (70007)\n",
            "ab was aborted: The timeout specified has expired. ",
        ),
        ("\n", "ab's report ends before its figures: "),
    ] {
        let error = self::error(format!("This is ApacheBench, Version 2.3 <$>\n\nBenchmarking x (be patient){rest}"));
        let text = error.to_string();
        assert!(text.contains(said) && !text.contains("report it") && !text.contains("rows"), "{text}");
    }
    let html = "<p>\n This is ApacheBench, Version 2.3 <i>&lt;$&gt;</i><br>\n</p>\n<table >\n";
    assert!(matches!(self::error(html).problem(), Problem::NotYet { id: "ab-html", .. }));
}

/// A cut report: everything after the cut is unknown, with a note.
#[test]
fn reports_that_are_cut() {
    let cut = |text: &str, mark: &str| text[..text.find(mark).unwrap()].to_owned();
    let wrk = fixture_text("wrk/4.1.0/errors.txt");
    for (text, rate) in [
        (cut(&wrk, "  Socket errors:"), None),
        (cut(&wrk, ", 22.09KB read"), None),
        (cut(&wrk, "Requests/sec:"), None),
        (cut(&fixture_text("vegeta/12.13/hist.txt"), "[40ms,"), None),
    ] {
        let run = run_of(&text);
        let endpoint = only(&run);
        assert_eq!((endpoint.failures, endpoint.rate_per_s), (None, rate), "{text}");
        assert!(codes(&run).contains(&"cut-report"), "{text}");
    }
    // Failures precede the rate, whose digits may be cut.
    let run = run_of(cut(&wrk, "\nTransfer/sec:"));
    assert_eq!((counts(&run), only(&run).rate_per_s), ((16, Some(4)), None));
    for whole in ["wrk/4.1.0/errors.txt", "wrk2/2019/report.txt", "ab/2.3/report.txt", "vegeta/12.13/hist.txt"] {
        assert!(!codes(&run_of(fixture(whole))).contains(&"cut-report"), "{whole}");
    }
    let ab = fixture_text("ab/2.3/report.txt");
    // `100` may have had more digits.
    let error = error(cut(&ab, "00\nFailed requests:"));
    assert!(matches!(error.problem(), Problem::Aborted { tool: "ab", .. }), "{error}");
    let run = run_of(cut(&ab, "8\n   (Connect"));
    assert_eq!((counts(&run), codes(&run).contains(&"cut-report")), ((100, None), true));
    let run = run_of(cut(&ab, " 100%"));
    assert_eq!((counts(&run), codes(&run).contains(&"cut-report")), ((100, Some(8)), true));
}

/// A server that closes every connection without a response: ab counts that as complete, not failed.
#[test]
fn ab_received_nothing() {
    let report = fixture_text("ab/2.3/report.txt");
    let total = report.lines().find(|line| line.starts_with("Total transferred:")).unwrap();
    let run = run_of(report.replace(total, "Total transferred:      0 bytes"));
    assert!(codes(&run).contains(&"ab-nothing-received"));
    assert!(!codes(&run_of(report)).contains(&"ab-nothing-received"));
}

#[test]
fn a_decimal_comma_in_wrk_is_not_a_duration() {
    let text = fixture_text("wrk/4.1.0/latency.txt");
    let done = text.lines().find(|line| line.contains(" requests in ")).unwrap();
    let run = run_of(text.replace(done, "  15232 requests in 30,01s, 22.09KB read"));
    assert_eq!((only(&run).requests, run.duration_s), (Some(15_232), None));
}

/// hey and oha omit requests without a response from their CSV: without rows there may have been many.
#[test]
fn without_rows_there_may_be_requests() {
    for (header, id, said) in [
        (
            "response-time,DNS+dialup,DNS,Request-write,Response-delay,Response-read,status-code,offset\n",
            "hey-csv-empty",
            "Take hey's text report",
        ),
        (
            "request-start,DNS,DNS+dialup,Response-delay,request-duration,bytes,status\n",
            "oha-csv-empty",
            "Take oha's JSON",
        ),
    ] {
        let error = error(header);
        assert!(matches!(error.problem(), Problem::NotYet { id: found, .. } if *found == id), "{error}");
        assert!(error.to_string().contains(said), "{error}");
    }
}

/// In a CI log, in a container log, and with colours.
#[test]
fn printed_reports_inside_logs() {
    for name in ["wrk/4.1.0/errors.txt", "wrk2/2019/report.txt", "ab/2.3/report.txt", "hey/0.1.4/report.txt"] {
        let text = fixture_text(name);
        let each = |prefix: &str| text.lines().map(|line| format!("{prefix}{line}\n")).collect::<String>();
        let plain = run_of(&text);
        for (wrapped, words) in [
            (each("2024-05-01T10:00:00.1234567Z "), Some("the timestamps")),
            (each("load-1  | "), Some("the names")),
            (each("load-1  | 2024-05-01T10:00:00Z "), Some("the names and timestamps")),
            (text.replace('\n', "\u{1b}[0m\n\u{1b}[1;32m"), None),
        ] {
            let run = run_of(&wrapped);
            assert_eq!(
                (&run.endpoints, &run.total, run.duration_s),
                (&plain.endpoints, &plain.total, plain.duration_s)
            );
            match words {
                Some(words) => assert!(says(&run, "line-prefixes").contains(words), "{name}"),
                None => assert!(!codes(&run).contains(&"line-prefixes"), "{name}"),
            }
        }
    }
}

/// `-e` has no number of requests: it is added to the report of its run, and is not a run.
#[test]
fn percentiles_of_ab_join_its_report() {
    let part = |path: &str| read(path, &fixture(&format!("ab/2.3/{path}"))).unwrap();
    let alone = assemble(vec![part("percentiles.csv")], Parts::Refuse).unwrap_err();
    assert!(matches!(alone.problem(), Problem::NoResults { .. }), "{alone}");
    assert!(alone.next_step().contains("for ab its report"), "{alone}");
    let run = assemble(vec![part("percentiles.csv"), part("report.txt")], Parts::Refuse).unwrap();
    let expected: Value = serde_json::from_slice(&fixture("ab/2.3/expected.json")).unwrap();
    for (level, value) in expected["files"]["percentiles.csv"]["percentiles"].as_object().unwrap() {
        if level != "0" {
            assert_eq!(ms(only(&run), level), value.as_f64(), "{level}");
            assert_eq!(ms(run.total.as_ref().unwrap(), level), value.as_f64(), "{level}");
        }
    }
    // Old versions end at 99.
    let old = "Percentage served,Time in ms\n0,1.5\n50,2.5\n99,3.25\n";
    let run = assemble(vec![read("a", old.as_bytes()).unwrap(), part("report.txt")], Parts::Refuse).unwrap();
    assert_eq!(
        (ms(only(&run), "99"), ms(only(&run), "100"), ms(only(&run), "90")),
        (Some(3.25), Some(43.0), Some(33.0))
    );
}

/// The rows are sorted by response time: the first is not the earliest.
#[test]
fn rows_of_ab_are_not_in_the_order_of_time() {
    let rows = "starttime\tseconds\tctime\tdtime\tttime\twait\n\
        Sun Nov 29 15:31:23 2026\t1795966283\t0\t10\t10\t9\n\
        Sun Nov 29 15:31:21 2026\t1795966281\t0\t20\t20\t19\n\
        Sun Nov 29 15:31:25 2026\t1795966285\t0\t500\t500\t19\n";
    let run = run_of(rows);
    assert_eq!(counts(&run), (3, None));
    assert_eq!((run.started_ms, run.duration_s), (Some(1_795_966_281_000), Some(4.5)));
    assert_eq!(only(&run).failures_per_s, None);
    assert_eq!(only(&run).failed, None);
    assert!(codes(&run).contains(&"failures-unknown") && codes(&run).contains(&"moments-whole-seconds"));
    let intervals: Vec<(i64, u64)> =
        run.timeline.unwrap().intervals.iter().map(|interval| (interval.end_s, interval.requests)).collect();
    assert_eq!(intervals, [(1_795_966_282, 1), (1_795_966_284, 1), (1_795_966_286, 1)]);
}

#[test]
fn several_reports_in_one_file() {
    let report = fixture_text("ab/2.3/report.txt");
    let other = fixture_text("ab/2.3/no-median.txt");
    let run = run_of(format!("$ ab …\n{report}\n$ ab …\n{other}"));
    assert_eq!(counts(&run), (100, Some(8)));
    assert!(says(&run, "first-report-alone").contains("2 reports"));
}

// ---- hey

const HEY: &str = "response-time,DNS+dialup,DNS,Request-write,Response-delay,Response-read,status-code,offset\n";

/// A 500 is a normal row, and requests without a response have none.
#[test]
fn hey_does_not_judge_responses() {
    let rows = "0.0100,0.0000,0.0000,0.0000,0.0099,0.0000,200,0.0000\n\
        0.0200,0.0000,0.0000,0.0000,0.0199,0.0000,500,1.5000\n\
        0.0300,0.0000,0.0000,0.0000,0.0299,0.0000,404,0.7500\n\
        0.0400,0.0000,0.0000,0.0000,0.0399,0.0000,302,2.0000\n";
    let run = run_of(format!("{HEY}{rows}"));
    assert_eq!(counts(&run), (4, Some(2)));
    assert_eq!(causes(&run), [("status 404", 1), ("status 500", 1)]);
    assert!(says(&run, "failures-by-status").contains("status of 400 or more"));
    assert!(says(&run, "transport-errors-missing").contains("no row"));
    // `offset` is relative to the start of the run, which is unknown.
    assert_eq!((run.started_ms, run.duration_s), (None, Some(2.04)));
    assert_eq!(run.timeline.as_ref().unwrap().intervals.iter().map(|i| i.requests).collect::<Vec<_>>(), [2, 1, 1]);
    assert_eq!(ms(only(&run), "50"), Some(30.0));
    // Seconds with four decimals.
    assert_eq!((only(&run).latency.min_ms, only(&run).latency.max_ms), (Some(10.0), Some(40.0)));
}

/// Older versions have no offset: no rate.
#[test]
fn hey_without_offsets() {
    let run = run_of(
        "response-time,DNS+dialup,DNS,Request-write,Response-delay,Response-read,status-code\n0.0100,0,0,0,0,0,200\n",
    );
    assert_eq!((counts(&run), only(&run).rate_per_s, run.duration_s), ((1, Some(0)), None, None));
}

#[test]
fn hey_counts_errors_apart() {
    let run = run_of(fixture("hey/0.1.4/errors.txt"));
    assert_eq!(counts(&run), (40, Some(12)));
    assert_eq!(only(&run).latency.timed, Some(31));
    let [(timeout, 9), ("status 500", 3)] = causes(&run)[..] else { panic!("{:?}", run.failures) };
    assert!(
        timeout.ends_with("context deadline exceeded (Client.Timeout exceeded while awaiting headers)"),
        "{timeout}"
    );
    // The last percentile is printed as `0% in 0.0000 secs`.
    assert_eq!((ms(only(&run), "95"), ms(only(&run), "99")), (Some(978.7), None));
    // “Details” has its own fastest and slowest columns.
    assert!((only(&run).latency.mean_ms.unwrap() - 700.1).abs() < 1e-9);
}

#[test]
fn nothing_answered_hey() {
    let text = "\nSummary:\n  Total:\t0.0123 secs\n  Slowest:\t0.0000 secs\n  Fastest:\t0.0000 secs\n  Average:\tNaN secs\n  \
        Requests/sec:\t812.5\n\nResponse time histogram:\n\nStatus code distribution:\n\nError distribution:\n  [10]\tGet \
        \"http://127.0.0.1:1\": dial tcp 127.0.0.1:1: connect: connection refused\n";
    let run = run_of(text);
    assert_eq!(counts(&run), (10, Some(10)));
    let latency = &only(&run).latency;
    assert_eq!((latency.mean_ms, latency.min_ms, latency.max_ms), (None, None, None));
}

// ---- wrk, wrk2

/// A script prints additional lines, including JSON, possibly before the report.
#[test]
fn lines_of_a_script_are_skipped() {
    let report = fixture_text("wrk/4.1.0/lua.txt");
    assert!(report.contains("{\"requests\": 247"));
    for text in [
        report.clone(),
        format!("{{\"p95\": 12}}\n{report}"),
        format!("thread 1 started\n{report}{{\n  \"a\": {{\"p95_latency_ms\": 1}}\n}}\n"),
    ] {
        assert_eq!(format(&text), "wrk", "{text}");
        let run = run_of(&text);
        assert_eq!(counts(&run), (247, Some(0)));
        assert_eq!(codes(&run), ["wrk-corrected"]);
        assert_eq!((run.duration_s, run.users), (Some(1.1), Some(2)));
    }
}

/// Bad statuses and socket errors; a late response has no response time.
#[test]
fn failures_of_wrk() {
    let run = run_of(fixture("wrk/4.1.0/errors.txt"));
    assert_eq!(counts(&run), (16, Some(4)));
    assert_eq!(only(&run).latency.timed, Some(14));
    assert_eq!(causes(&run), [("socket error: timeout", 2), ("status of 400 or more", 2)]);
    assert!(says(&run, "wrk-late-untimed").starts_with("2 responses came later"));
    let broken = fixture_text("wrk/4.1.0/errors.txt").replace("connect 0, read 0", "connect 3, read 680");
    let run = run_of(broken);
    // Those had no response: they are added to the 16.
    assert_eq!(counts(&run), (699, Some(687)));
}

#[test]
fn nothing_answered_wrk() {
    let text = "Running 1s test @ http://127.0.0.1:1\n  1 threads and 2 connections\n  Thread Stats   Avg      Stdev     Max   +/- \
        Stdev\n    Latency     0.00us    0.00us   0.00us    -nan%\n    Req/Sec     0.00      0.00     0.00      -nan%\n  0 \
        requests in 1.00s, 0.00B read\n  Socket errors: connect 2, read 0, write 0, timeout 0\nRequests/sec:      0.00\n";
    let run = run_of(text);
    assert_eq!(counts(&run), (2, Some(2)));
    assert_eq!(only(&run).latency, loaddiff::run::Latency::default());
}

#[test]
fn units_of_wrk() {
    let text = fixture_text("wrk/4.1.0/latency.txt")
        .replace("90%   30.30ms", "90%    1.05m")
        .replace("50%   20.31ms", "50%  950.00us");
    let run = run_of(text);
    assert_eq!((ms(only(&run), "50"), ms(only(&run), "90"), ms(only(&run), "95")), (Some(0.95), Some(63_000.0), None));
}

/// Two blocks of percentiles: the first is measured from the scheduled start.
#[test]
fn uncorrected_latency_of_wrk2_is_skipped() {
    let run = run_of(fixture("wrk2/2019/report.txt"));
    assert_eq!(counts(&run), (60_025, Some(22)));
    let endpoint = only(&run);
    assert_eq!((ms(endpoint, "50"), ms(endpoint, "95"), ms(endpoint, "99")), (Some(6.671), Some(9.911), Some(11.18)));
    assert_eq!((endpoint.latency.mean_ms, endpoint.latency.max_ms), (Some(6.46), Some(1340.416)));
    assert_eq!(endpoint.latency.timed, Some(39_513));
    assert!(says(&run, "wrk2-from-schedule").contains("calibration"));
}

// ---- oha

/// A 503 is a success in oha, and requests cut off by the deadline are neither.
#[test]
fn oha_counts_only_transport_errors() {
    let run = run_of(fixture("oha/1.15/results.json"));
    assert_eq!(counts(&run), (85, Some(5)));
    assert_eq!(causes(&run), [("connection closed before message completed", 5)]);
    assert!(says(&run, "oha-bad-status").starts_with("9 responses have a status of 400 or more."));
    assert!(says(&run, "oha-deadline").starts_with("4 requests were under way"));
    assert_eq!(only(&run).latency.timed, Some(80));
    let rows = run_of(fixture("oha/1.15/results.csv"));
    assert_eq!(counts(&rows), (80, Some(9)));
    assert!(says(&rows, "failures-by-status").contains("400 or more"));
    assert_eq!(rows.started_ms, None);
    for level in ["50", "95", "99"] {
        let (of_json, of_rows) = (ms(only(&run), level).unwrap(), ms(only(&rows), level).unwrap());
        assert!((of_json - of_rows).abs() < 1e-5, "{level}: {of_json} {of_rows}");
    }
}

#[test]
fn nothing_answered_oha() {
    let run = run_of(fixture("oha/1.15/all-failed.json"));
    assert_eq!(counts(&run), (10, Some(10)));
    assert_eq!(only(&run).latency, loaddiff::run::Latency::default());
}

// ---- vegeta

fn vegeta(code: u64, time: &str, latency: u64, error: &str) -> String {
    format!(
        "{{\"attack\":\"\",\"seq\":0,\"code\":{code},\"timestamp\":\"{time}\",\"latency\":{latency},\"bytes_out\":0,\"bytes_in\":2,\
         \"error\":\"{error}\",\"body\":\"b2s=\",\"method\":\"GET\",\"url\":\"http://x/a\",\"headers\":{{}}}}\n"
    )
}

const MOMENT: &str = "2026-11-29T15:31:21.213597892Z";

/// 200 to 399; 0 is no response.
#[test]
fn failures_of_vegeta() {
    let lines: String = [(200, ""), (399, ""), (400, "400 Bad Request"), (101, ""), (0, "Get \\\"http://x/a\\\": EOF")]
        .map(|(code, error)| vegeta(code, MOMENT, 5_000_000, error))
        .concat();
    let run = run_of(&lines);
    assert_eq!(counts(&run), (5, Some(3)));
    assert_eq!(causes(&run), [("400 Bad Request", 1), ("Get \"http://x/a\": EOF", 1), ("status 101", 1)]);
    let rows = run_of(
        "1795966281213597892,0,5000000,0,0,\"Get \"\"http://x/a\"\": EOF\",,,1,GET,http://x/a,\n\
         1795966281213597892,200,5000000,0,0,,,,2,GET,http://x/a,\n",
    );
    assert_eq!(counts(&rows), (2, Some(1)));
    assert_eq!(causes(&rows), [("Get \"http://x/a\": EOF", 1)]);
    assert_eq!(only(&rows).method.as_deref(), Some("GET"));
}

#[test]
fn moments_of_vegeta() {
    for time in [MOMENT, "2026-11-29T17:31:21.213597892+02:00", "2026-11-29T07:31:21.2135-08:00"] {
        let run = run_of(vegeta(200, time, 1_500_000_000, ""));
        assert_eq!(run.started_ms, Some(1_795_966_281_213), "{time}");
        assert_eq!(run.duration_s, Some(1.5), "{time}");
        assert_eq!(only(&run).latency.mean_ms, Some(1500.0), "{time}");
    }
    // Without a fraction, and invalid.
    assert_eq!(run_of(vegeta(200, "2026-11-29T15:31:21Z", 1, "")).started_ms, Some(1_795_966_281_000));
    let run = run_of(vegeta(200, MOMENT, 1_000_000, "") + &vegeta(200, "never", 3_000_000, ""));
    assert_eq!((counts(&run), only(&run).rate_per_s), ((2, Some(0)), None));
    assert!(codes(&run).contains(&"moments-unread"), "{:?}", run.notes);
}

/// Lines with another order, other keys or blanks take the slow path, with the same result.
#[test]
fn other_layouts_of_vegetas_lines() {
    let want = run_of(vegeta(500, MOMENT, 7_000_000, "500 Internal Server Error"));
    let of = |line: &str| run_of(line.replace('\'', "\""));
    for line in [
        "{'code':500,'timestamp':'2026-11-29T15:31:21.213597892Z','latency':7000000,'bytes_out':0,'bytes_in':2,'error':'500 Internal Server Error','method':'GET','url':'http://x/a','attack':'','seq':0}",
        "{'attack': '', 'seq': 0, 'code': 500, 'timestamp': '2026-11-29T15:31:21.213597892Z', 'latency': 7000000, 'bytes_out': 0, 'bytes_in': 2, 'error': '500 Internal Server Error', 'body': null, 'method': 'GET', 'url': 'http://x/a', 'headers': null}",
        "{'attack':'','seq':0,'code':500,'timestamp':'2026-11-29T15:31:21.213597892Z','latency':7000000,'bytes_out':0,'bytes_in':2,'error':'500 Internal Server Error','body':null,'method':'GET','url':'http:\\/\\/x\\/\\u0061','headers':null}",
    ] {
        let got = of(line);
        assert_eq!(
            (&got.endpoints, &got.failures, &got.total),
            (&want.endpoints, &want.failures, &want.total),
            "{line}"
        );
    }
    // Before 12.8 there was no target.
    let old = of(
        "{'attack':'a','seq':0,'code':200,'timestamp':'2026-11-29T15:31:21Z','latency':7,'bytes_out':0,'bytes_in':2,'error':'','body':'b2s='}\n",
    );
    assert_eq!((only(&old).method.as_deref(), only(&old).name.as_str()), (None, "all requests"));
}

/// Two lines in one, the first of which was cut: they are not confused.
#[test]
fn a_line_of_vegeta_that_runs_into_the_next() {
    let line = vegeta(200, MOMENT, 1_000_000, "");
    let cut = line.trim_end().replace("\"headers\":{}}", "\"headers\":{\"Date\":[\"x\"");
    let run = run_of(format!("{line}{cut}{line}{line}"));
    assert_eq!((counts(&run), run.rows.read, run.rows.rejected), ((2, Some(0)), 3, 1));
}

/// A base64 body of a megabyte is skipped, in both.
#[test]
fn bodies_of_vegeta_are_skipped() {
    let body = "QUJD".repeat(200_000);
    let lines = vegeta(200, MOMENT, 1_000_000, "").repeat(2).replace("b2s=", &body);
    assert_eq!(counts(&run_of(lines)), (2, Some(0)));
    let row = format!("1795966281213597892,200,5000000,0,10,,{body},,0,GET,http://x,\n");
    assert_eq!(counts(&run_of(row.repeat(2))), (2, Some(0)));
}

#[test]
fn reports_of_vegeta_without_their_statuses() {
    let text = "{\"latencies\":{\"total\":1,\"mean\":2000000,\"50th\":2000000,\"95th\":3000000,\"99th\":4000000,\"max\":5000000,\"min\":0},\
        \"earliest\":\"2026-11-29T15:31:21.2Z\",\"duration\":2000000000,\"wait\":500000000,\"requests\":200,\"rate\":100.5,\
        \"success\":0.95,\"status_codes\":{},\"errors\":[\"EOF\"]}";
    let run = run_of(text);
    // 200 · (1 − 0.95)
    assert_eq!(counts(&run), (200, Some(10)));
    assert_eq!((run.started_ms, run.duration_s), (Some(1_795_966_281_200), Some(2.5)));
    // A minimum of 0 means missing, and there is no 90th.
    assert_eq!((only(&run).latency.min_ms, ms(only(&run), "90"), ms(only(&run), "95")), (None, None, Some(3.0)));
}

#[test]
fn a_histogram_of_vegeta_has_no_percentile() {
    let run = run_of(fixture("vegeta/12.13/hist.txt"));
    assert_eq!(counts(&run), (60, None));
    assert!(says(&run, "vegeta-hist").contains("vegeta report -type json"));
    let run = run_of(fixture("vegeta/12.13/hdrplot.txt"));
    assert_eq!(counts(&run), (60, None));
}

/// Unreadable formats are named, with the command for a readable one.
#[test]
fn unsupported_formats_have_a_command() {
    // The head of a file from `vegeta attack`: Go's type description.
    let gob = b"\xff\x8a\x7f\x03\x01\x01\x06Result\x01\xff\x80\x00\x01\x0c\x01\x06Attack\x01\x0c\x00\x01\x03Seq\x01\x06\x00\x01\x04Code\x01\
        \x06\x00\x01\x09Timestamp\x01\xff\x84\x00\x01\x07Latency\x01\x04\x00\x01\x08BytesOut\x01\x06\x00\x01\x07BytesIn\x01\x06\x00";
    let text = "Requests      [total, rate, throughput]  1, 1.00, 1.00\n";
    let autocannon = "Running 10s test @ http://x\n10 connections\n\n│ Stat    │\n│ Latency │ 0 ms │\n";
    for (bytes, id, command) in [
        (&gob[..], "vegeta-gob", "`vegeta encode -to json"),
        (text.as_bytes(), "vegeta-text", "`vegeta encode -to json"),
        (autocannon.as_bytes(), "autocannon-text", "`autocannon -j"),
        (b"Summary:\n  Success rate:\t100.00%\n  Total:\t1 sec\n", "oha-text", "`oha --no-tui --output-format json"),
    ] {
        let error = error(bytes);
        assert!(matches!(error.problem(), Problem::NotYet { id: found, .. } if *found == id), "{error}");
        assert!(error.next_step().contains(command), "{error}");
    }
}

// ---- autocannon, bombardier

/// There is no 95th, and none is derived.
#[test]
fn autocannon_has_no_95th() {
    let run = run_of(fixture("autocannon/9.0.0/results.json"));
    assert_eq!(counts(&run), (547, Some(0)));
    assert_eq!((ms(only(&run), "90"), ms(only(&run), "95"), ms(only(&run), "97.5")), (Some(30.0), None, Some(36.0)));
    assert_eq!(codes(&run), ["autocannon-non-2xx", "autocannon-no-p95"]);
    assert!(says(&run, "autocannon-non-2xx").starts_with("53 responses have a status other than 2xx."));
    assert_eq!(run.started_ms, Some(1_795_966_306_503));
    assert_eq!((run.duration_s, run.users), (Some(3.02), Some(4)));
}

/// With a rate there are more response times than requests. 1155 were sent over 6 connections, 1121 answered, none
/// failed: at least 28 were dropped.
#[test]
fn requests_that_autocannon_lost() {
    let run = run_of(fixture("autocannon/9.0.0/unanswered.json"));
    assert!(
        says(&run, "autocannon-unanswered")
            .starts_with("autocannon sent 1,155 requests: 1,121 were answered and 0 failed.")
    );
    for name in ["results", "rated", "errors"] {
        let run = run_of(fixture(&format!("autocannon/9.0.0/{name}.json")));
        assert!(!codes(&run).contains(&"autocannon-unanswered"), "{name}");
    }
}

#[test]
fn times_that_autocannon_added() {
    let run = run_of(fixture("autocannon/9.0.0/rated.json"));
    assert_eq!(counts(&run), (60, Some(0)));
    assert!(says(&run, "autocannon-corrected").contains("603 response times, and 60 requests were answered"));
    assert!(!codes(&run_of(fixture("autocannon/9.0.0/errors.json"))).contains(&"autocannon-corrected"));
}

/// Errors had no response: they are not among the 19.
#[test]
fn errors_of_autocannon() {
    let run = run_of(fixture("autocannon/9.0.0/errors.json"));
    assert_eq!(counts(&run), (22, Some(3)));
    assert_eq!(causes(&run), [("timeout", 3)]);
}

/// Lines before the document, microseconds, and `NaN`, which is not JSON.
#[test]
fn bombardiers_template() {
    let run = run_of(fixture("bombardier/2.0.2/results.json"));
    assert_eq!(counts(&run), (6008, Some(38)));
    assert!(codes(&run).contains(&"banner-skipped"));
    assert_eq!(ms(only(&run), "95"), Some(26.001));
    assert_eq!(run.failures.iter().map(|failure| failure.count).sum::<u64>(), 38);
    let run = run_of(fixture("bombardier/2.0.2/no-percentiles.json"));
    assert_eq!((counts(&run), only(&run).rate_per_s), ((3, Some(0)), None));
    assert!(codes(&run).contains(&"bombardier-no-percentiles"));
}

// ---- all of them

/// Reports in logs, and PowerShell's UTF-16.
#[test]
fn reports_in_logs_and_encodings() {
    for (path, id) in [
        ("ab/2.3/report.txt", "ab"),
        ("hey/0.1.4/report.txt", "hey"),
        ("wrk/4.1.0/latency.txt", "wrk"),
        ("wrk2/2019/report.txt", "wrk2"),
        ("vegeta/12.13/hist.txt", "vegeta-hist"),
        ("vegeta/12.13/hdrplot.txt", "vegeta-hdrplot"),
        ("oha/1.15/results.json", "oha"),
        ("oha/1.15/results.csv", "oha-csv"),
        ("autocannon/9.0.0/results.json", "autocannon"),
        ("vegeta/12.13/results.json", "vegeta-json"),
        ("vegeta/12.13/results.csv", "vegeta-csv"),
    ] {
        let text = fixture_text(path);
        let want = run_of(&text).total;
        let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        assert_eq!((format(&utf16).as_str(), run_of(&utf16).total), (id, want.clone()), "{path}");
        if path.ends_with(".txt") {
            let indented: String = text.lines().map(|line| format!("    {line}\r\n")).collect();
            let log = format!("## Results\r\n\r\n```\r\n{indented}```\r\n");
            assert_eq!((format(&log).as_str(), run_of(&log).total), (id, want), "{path}");
        }
    }
}
