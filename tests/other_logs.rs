//! Yandex.Tank's phout, Tsung, siege, HdrHistogram's log and the plain CSV: the traps of each, and real files.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::fs;
use std::path::{Path, PathBuf};

use loaddiff::ingest::{Parts, Problem, assemble, read};
use loaddiff::run::{Endpoint, Note, Percentile, Run};
use serde_json::Value;

fn run(bytes: impl AsRef<[u8]>) -> Run {
    let part = read("unknown", bytes.as_ref()).unwrap_or_else(|e| panic!("{e}"));
    assemble(vec![part], Parts::Refuse).unwrap()
}

fn fixture(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)).unwrap()
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

fn names(run: &Run) -> Vec<&str> {
    run.endpoints.iter().map(|e| e.name.as_str()).collect()
}

// ---- phout

#[test]
fn real_phouts_give_what_an_independent_reader_found() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/samples");
    let Ok(expected) = fs::read(folder.join("expected.json")) else {
        println!("skipped: {} is not here", folder.display());
        return;
    };
    let expected: Value = serde_json::from_slice(&expected).unwrap();
    for name in ["yandextank/phantom_phout.dat", "yandextank/phout1", "yandextank/phout2927"] {
        let (run, want) = (run(fs::read(folder.join(name)).unwrap()), &expected[name]);
        assert_eq!(total(&run).requests, want["rows"].as_u64(), "{name}");
        let http = want["http"].as_array().unwrap().iter();
        let good = http.filter(|pair| (200..400).contains(&pair[0].as_str().unwrap().parse::<u64>().unwrap()));
        let good: u64 = good.map(|pair| pair[1].as_u64().unwrap()).sum();
        assert_eq!(total(&run).failures, Some(want["rows"].as_u64().unwrap() - good), "{name}");
        let (latency, times) = (&total(&run).latency, &want["interval_real_ms"]);
        let near = |got: Option<f64>, key: &str| {
            let want = times[key].as_f64().unwrap();
            // Of more values than are kept one by one, percentiles are within the histogram's width.
            assert!((got.unwrap() / want - 1.0).abs() <= 1e-3, "{name} {key}: {got:?} for {want}");
        };
        near(latency.min_ms, "min");
        near(latency.max_ms, "max");
        near(latency.mean_ms, "mean");
        near(latency.distribution.quantile_ms(Percentile::P50), "p50_linear");
        near(latency.distribution.quantile_ms(Percentile::P95), "p95_linear");
        near(latency.distribution.quantile_ms(Percentile::P99), "p99_linear");
        assert_eq!(run.rows.rejected, 0, "{name}");
    }
}

/// Quotes are ordinary characters, `#7` is the number of the request's text, and 314 is a success.
#[test]
fn tags_and_codes_of_a_phout() {
    let row = |tag: &str, net: u32, proto: u32| {
        format!("1700000000.500\t{tag}\t1500\t1\t2\t3\t4\t5\t6\t70\t{net}\t{proto}\n")
    };
    let run =
        run([row("\"open", 0, 200), row("a#7", 0, 314), row("a#b", 0, 404), row("#3", 110, 0), row("a", 0, 200)]
            .concat());
    assert_eq!(names(&run), ["\"open", "(no tag)", "a", "a#b"]);
    assert_eq!(counts(&run), (Some(5), Some(2)));
    let causes: Vec<&str> = run.failures.iter().map(|f| f.message.as_str()).collect();
    assert_eq!(causes, ["net code 110", "status 404"]);
    assert_eq!((total(&run).latency.mean_ms, total(&run).mean_bytes), (Some(1.5), Some(70.0)));
    // The moment is that of sending.
    assert_eq!(run.started_ms, Some(1_700_000_000_500));
}

#[test]
fn a_phout_that_is_cut_says_so() {
    let row = "1700000000.500\ta\t1500\t1\t2\t3\t4\t5\t6\t70\t0\t200";
    for cut in ["1700000000.500\ta\t15", "1700000000.500\ta\t1500\t1\t2\t3\t4\t5\t6\t70\t0\t20"] {
        let run = run(format!("{row}\n{cut}"));
        assert_eq!((counts(&run), codes(&run)), ((Some(1), Some(0)), vec!["cut-row", "phout-failures"]), "{cut}");
    }
    let run = run(format!("{row}\n{}\n", row.replace("\t1500\t", "\tx\t")));
    assert!(run.notes[0].text().contains("line 2, column 3: “x” is no whole number"), "{:?}", run.notes);
}

// ---- Tsung

/// The largest value is of the run so far, and means and numbers are of all intervals before.
#[test]
fn a_dump_is_put_together_with_those_before() {
    let text = "# stats: dump at 1700000010\nstats: users 3 4\nstats: request 2 10.0 0 12.0 8.0 0 0\nstats: 200 2 2\n\
                # stats: dump at 1700000020\nstats: users 1 4\nstats: request 6 30.0 0 50.0 8.0 10.0 2\nstats: 200 5 7\n\
                stats: 404 1 1\nstats: connected -3 0\nstats: error_timeout 2 2\n";
    let run = run(text);
    assert_eq!(counts(&run), (Some(8), Some(1)));
    let latency = &total(&run).latency;
    assert_eq!((latency.mean_ms, latency.max_ms, latency.min_ms), (Some(25.0), Some(50.0), Some(8.0)));
    assert_eq!((run.users, run.duration_s, total(&run).rate_per_s), (Some(4), Some(20.0), Some(0.4)));
    let intervals = &run.timeline.as_ref().unwrap().intervals;
    let told: Vec<_> = intervals.iter().map(|i| (i.end_s, i.length_s, i.requests, i.failures, i.users)).collect();
    assert_eq!(told, [(1_700_000_010, 10, 2, 0, Some(3)), (1_700_000_020, 10, 6, 1, Some(1))]);
    // The errors are listed, and counted as no requests.
    assert_eq!(codes(&run), ["tsung-errors", "failures-cut-off", "tsung-failures", "tsung-intervals"]);
    let causes: Vec<_> = run.failures.iter().map(|f| (f.message.as_str(), f.count)).collect();
    assert_eq!(causes, [("error_timeout", 2), ("status 404", 1)]);
}

/// In old builds the `value` of a counter of events is its sum.
#[test]
fn events_are_counted_by_their_sums() {
    let dump = |at: u32, n: u32, total: u32| {
        format!(
            "{{\"timestamp\": {at}, \"samples\": [{{\"name\": \"request\", \"value\": {n}, \"mean\": 5, \"stdvar\": 0, \
             \"max\": 9, \"min\": 1, \"global_mean\": 5, \"global_count\": {0}}}, \
             {{\"name\": \"http_500\", \"value\": {total}, \"total\": {total}}}, \
             {{\"name\": \"http_200\", \"value\": {1}, \"total\": {1}}}]}}",
            total * 2,
            total * 2 + n - total
        )
    };
    let run = run(format!("{{\"stats\": [{}, {}]}}", dump(1_700_000_010, 4, 2), dump(1_700_000_020, 4, 3)));
    let failures: Vec<u64> = run.timeline.as_ref().unwrap().intervals.iter().map(|i| i.failures).collect();
    assert_eq!((counts(&run), failures), ((Some(10), Some(3)), vec![2, 1]));
}

#[test]
fn transactions_are_in_no_total() {
    for name in ["tsung/1.7.0/tsung.log", "tsung/1.7.0/tsung.json"] {
        let run = run(fixture(name));
        assert_eq!(names(&run), ["all requests", "tr_browse"], "{name}");
        assert_eq!(total(&run).requests, Some(150), "{name}");
    }
}

/// Of two logs in one file, no interval overlaps another.
#[test]
fn time_may_go_back() {
    let dump = |at: u32| format!("# stats: dump at {at}\nstats: request 2 10.0 0 12.0 8.0 0 0\n");
    let run = run([1_700_000_100, 1_700_000_050, 1_700_000_060, 1_700_000_110].map(dump).concat());
    let intervals = &run.timeline.as_ref().unwrap().intervals;
    let told: Vec<_> = intervals.iter().map(|i| (i.end_s - 1_700_000_000, i.length_s)).collect();
    assert_eq!(told, [(100, 10), (110, 10)]);
}

/// Killed: the last dump is cut.
#[test]
fn a_tsung_log_may_end_anywhere() {
    let text = String::from_utf8(fixture("tsung/1.7.0/tsung.log")).unwrap();
    let at = text.rfind("stats: page").unwrap();
    // The dump before it is whole: its statuses belong to its requests.
    let cut = run(&text[..at + 14]);
    assert_eq!(counts(&cut), (Some(149), Some(16)));
    assert!(codes(&cut).contains(&"cut-report"));
    let whole = run(&text);
    assert_eq!(counts(&whole), (Some(150), Some(16)));
    assert!(!codes(&whole).contains(&"cut-report"));
}

/// 379 requests, of which 222 got a 200, 74 a 404, 74 a 500, and 9 no answer.
#[test]
fn requests_without_a_status_have_failed() {
    let run = run(fixture("tsung/1.7.0/resets.log"));
    assert_eq!(counts(&run), (Some(379), Some(157)));
    let causes: Vec<_> = run.failures.iter().map(|f| (f.name.as_str(), f.message.as_str(), f.count)).collect();
    let all = "all requests";
    assert_eq!(causes, [(all, "status 404", 74), (all, "status 500", 74), (all, "no status", 9)]);
    let failures: u64 = run.timeline.as_ref().unwrap().intervals.iter().map(|i| i.failures).sum();
    assert_eq!(failures, 157);
    // Other protocols have no statuses.
    let text = "# stats: dump at 1700000010\nstats: users 3 4\nstats: request 2 10.0 0 12.0 8.0 0 0\n";
    let run = self::run(text);
    assert_eq!(counts(&run), (Some(2), None));
    assert!(codes(&run).contains(&"failures-unknown"));
}

// ---- siege

const SIEGE: &str = "Transactions:\t\t  90 hits\nAvailability:\t\t  90.00 %\nElapsed time:\t\t  9.00 secs\n\
                     Response time:\t\t  0.05 secs\nTransaction rate:\t  10.00 trans/sec\nFailed transactions:\t  10\n\
                     Longest transaction:\t  0.20\nShortest transaction:\t  0.01\n";

#[test]
fn every_form_of_siege() {
    let run = run(SIEGE);
    assert_eq!((counts(&run), total(&run).rate_per_s), ((Some(100), Some(10)), Some(100.0 / 9.0)));
    let latency = &total(&run).latency;
    assert_eq!((latency.mean_ms, latency.max_ms, latency.min_ms), (Some(50.0), Some(200.0), Some(10.0)));
    assert_eq!(latency.distribution.quantile_ms(Percentile::P95), None);
}

/// A 404 is a transaction, and not successful. It has failed, as a 500 has, which is no transaction.
#[test]
fn what_is_not_successful_has_failed() {
    let text = String::from_utf8(fixture("siege/4.0.7/mixed.txt")).unwrap();
    assert_eq!(counts(&run(&text)), (Some(300), Some(35)));
    assert_eq!(counts(&run(fixture("siege/4.0.7/not-found.json"))), (Some(400), Some(400)));
    let header = "      Date & Time,  Trans,  Elap Time,  Data Trans,  Resp Time,  Trans Rate,  Throughput,  Concurrent,    OKAY,   Failed\n";
    let row = "2026-11-29 20:44:23,    400,       1.31,           0,       0.01,      305.34,        0.00,        3.91,       0,       0\n";
    assert_eq!(counts(&run(format!("{header}{row}"))), (Some(400), Some(400)));
    // Lines of single requests, in colours.
    let line = "\u{1b}[0;34mHTTP/1.1 200     0.01 secs:     120 bytes ==> GET  /mix\u{1b}[0m\n";
    let listed = run(format!("{}{text}", line.repeat(3)));
    assert_eq!(counts(&listed), (Some(300), Some(35)));
    let note = listed.notes.iter().find(|note| note.code() == "siege-requests-listed").unwrap();
    assert!(note.text().starts_with("Left out 3 lines"), "{}", note.text());
}

#[test]
fn a_summary_of_siege_that_is_cut() {
    let text = String::from_utf8(fixture("siege/4.0.7/mixed.txt")).unwrap();
    for mark in ["Successful transactions", "\t          21", "1\nLongest"] {
        let run = run(&text[..text.find(mark).unwrap()]);
        assert_eq!(total(&run).failures, None, "{mark}");
        assert!(codes(&run).contains(&"cut-report"), "{mark}");
    }
    assert!(!codes(&run(&text)).contains(&"cut-report"));
}

/// Since 4.1.7, for the times alone.
#[test]
fn milliseconds_say_so() {
    let text = SIEGE.replace("0.05 secs", "50.00 ms").replace("0.20", "200.00 ms").replace("0.01", "10.00 ms");
    let (mut got, mut want) = (run(text), run(SIEGE));
    (got.source, want.source) = Default::default();
    assert_eq!(got, want);
}

/// Where failed requests are among the transactions, the availability tells.
#[test]
fn availability_tells_what_transactions_are() {
    let text = SIEGE.replace("  90 hits", "  100 hits");
    assert_eq!(counts(&run(text)), (Some(100), Some(10)));
}

#[test]
fn without_an_answer_there_are_no_times() {
    let text = SIEGE.replace("90 hits", "0 hits").replace("90.00 %", "0.00 %").replace("0.05", "0.00");
    let run = run(text);
    assert_eq!((counts(&run), total(&run).latency.mean_ms), ((Some(10), Some(10)), None));
}

#[test]
fn the_last_run_of_siege_log_is_read() {
    let run = run(fixture("siege/4.0.7/siege.log"));
    assert_eq!(counts(&run), (Some(24), Some(1)));
    assert_eq!(codes(&run), ["several-runs", "siege-rounding"]);
    assert!(run.notes[0].text().contains("3 runs") && run.notes[0].text().contains("second"), "{:?}", run.notes);
    let header = "      Date & Time,  Trans,  Elap Time,  Data Trans,  Resp Time\n";
    let nan = self::run(format!("{header}2026-11-29 15:48:54, 0, 0.06, 0, -nan, 0.00, 0.00, 0.00, 0, 4\n"));
    assert_eq!((counts(&nan), total(&nan).latency.mean_ms), ((Some(4), Some(4)), None));
}

// ---- HdrHistogram

/// One tag's histograms, in all three layouts.
#[test]
fn histograms_of_every_version() {
    let [v2, v1, v0] = ["tags", "v1", "v0"].map(|name| run(fixture(&format!("hdrhistogram/1.2/{name}.hlog"))));
    assert_eq!(names(&v2), ["GET /search", "POST /cart"]);
    let search = &v2.endpoints[0];
    for run in [&v1, &v0] {
        assert_eq!(names(run), ["all requests"]);
        assert_eq!((run.endpoints[0].requests, &run.endpoints[0].latency), (search.requests, &search.latency));
    }
    assert_eq!(v2.started_ms, Some(1_700_000_000_000));
    let intervals = &v2.timeline.as_ref().unwrap().intervals;
    let told: Vec<_> = intervals.iter().map(|i| (i.end_s - 1_700_000_000, i.length_s, i.requests)).collect();
    assert_eq!(told, (1..=6).map(|second| (second, 1, 120)).collect::<Vec<_>>());
    assert_eq!((total(&v2).failures, codes(&v2)), (None, vec!["hdr-unit"]));
}

/// The unit is what the maximum says.
#[test]
fn the_unit_follows_from_the_maximum() {
    let text = String::from_utf8(fixture("hdrhistogram/1.2/v1.hlog")).unwrap();
    let times = |factor: f64| {
        let lines = text.lines().map(|line| {
            let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
            if let Some(Ok(max)) = cells.get(2).map(|max| max.parse::<f64>()) {
                cells[2] = (max * factor).to_string();
            }
            cells.join(",") + "\n"
        });
        run(lines.collect::<String>())
    };
    let mean = |run: &Run| total(run).latency.mean_ms.unwrap();
    let want = mean(&times(1.0));
    assert!((mean(&times(0.001)) - want).abs() < 1e-9, "nanoseconds beside seconds");
    assert!((mean(&times(1000.0)) / want - 1000.0).abs() < 1e-6, "microseconds beside milliseconds");
    let unknown = times(1e6);
    assert!((mean(&unknown) / want - 1e6).abs() < 1.0, "milliseconds");
    assert!(unknown.notes[0].text().contains("do not tell it"), "{:?}", unknown.notes);
}

#[test]
fn hostile_histograms_are_rejected() {
    let head = "#[Histogram log format version 1.3]\n#[StartTime: 1700000000.0 (seconds since epoch)]\n";
    let long = format!("0,1,1,HISTFP////8{}", "A".repeat(40));
    for row in ["0,1,1,HIST", "0,1,1,!!!", "0,1,x,HISTFAAA", "a line", &long] {
        let error = read("x", format!("{head}{row}\n").as_bytes()).unwrap_err();
        assert!(matches!(error.problem(), Problem::NoUsableRow { .. }), "{row}: {error}");
    }
    let error = read("x", head.as_bytes()).unwrap_err();
    assert!(matches!(error.problem(), Problem::HeaderOnly), "{error}");
}

// ---- the plain CSV

#[test]
fn columns_stand_in_any_order() {
    let run = run("users,ok,endpoint,latency_ms,start_ms\n3,TRUE,/a,10.5,1700000000000\n4,0,/a,20.5,1700000001000\n");
    assert_eq!((counts(&run), run.users), ((Some(2), Some(1)), Some(4)));
    assert_eq!(total(&run).latency.mean_ms, Some(15.5));
    assert_eq!(run.duration_s, Some(1.02));
}

#[test]
fn rows_that_tell_no_success_are_rejected() {
    let head = "endpoint,start_ms,latency_ms,ok\n/a,1700000000000,10,1\n";
    let run = run(format!("{head}/a,1700000000000,10,yes\n/a,1700000000000,-1,0\n/a,soon,10,1\n/a,17000"));
    assert_eq!((counts(&run), run.rows.rejected), ((Some(2), Some(0)), 3));
    assert_eq!(codes(&run), ["rows-rejected", "cut-row", "failing-rows-lost", "moments-unread"]);
    assert_eq!(total(&run).rate_per_s, None);
}
