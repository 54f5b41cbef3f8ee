//! Yandex.Tank's phout, Tsung, siege, HdrHistogram's log and the plain CSV: special cases of each, and real files.

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
fn real_phouts_equal_an_independent_reader() {
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
            // Beyond the limit of exact values, percentiles are within the histogram's precision.
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
    // The timestamp is the start.
    assert_eq!(run.started_ms, Some(1_700_000_000_500));
}

#[test]
fn a_cut_phout_is_reported() {
    let row = "1700000000.500\ta\t1500\t1\t2\t3\t4\t5\t6\t70\t0\t200";
    for cut in ["1700000000.500\ta\t15", "1700000000.500\ta\t1500\t1\t2\t3\t4\t5\t6\t70\t0\t20"] {
        let run = run(format!("{row}\n{cut}"));
        assert_eq!((counts(&run), codes(&run)), ((Some(1), Some(0)), vec!["cut-row", "phout-failures"]), "{cut}");
    }
    let run = run(format!("{row}\n{}\n", row.replace("\t1500\t", "\tx\t")));
    assert!(run.notes[0].text().contains("line 2, column 3: “x” is no whole number"), "{:?}", run.notes);
}

// ---- Tsung

/// The largest value covers the run so far, and means and numbers all intervals before.
#[test]
fn a_dump_is_combined_with_earlier_ones() {
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
    // The errors are listed, but not counted as requests.
    assert_eq!(codes(&run), ["tsung-errors", "failures-cut-off", "tsung-failures", "tsung-intervals"]);
    let causes: Vec<_> = run.failures.iter().map(|f| (f.message.as_str(), f.count)).collect();
    assert_eq!(causes, [("error_timeout", 2), ("status 404", 1)]);
}

/// In old builds the `value` of an event counter is its sum.
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
fn transactions_are_not_summed() {
    for name in ["tsung/1.7.0/tsung.log", "tsung/1.7.0/tsung.json"] {
        let run = run(fixture(name));
        assert_eq!(names(&run), ["all requests", "tr_browse"], "{name}");
        assert_eq!(total(&run).requests, Some(150), "{name}");
    }
}

/// With two logs in one file, no intervals overlap.
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
    // The dump before it is complete: its statuses match its requests.
    let cut = run(&text[..at + 14]);
    assert_eq!(counts(&cut), (Some(149), Some(16)));
    assert!(codes(&cut).contains(&"cut-report"));
    let whole = run(&text);
    assert_eq!(counts(&whole), (Some(150), Some(16)));
    assert!(!codes(&whole).contains(&"cut-report"));
}

/// 379 requests, of which 222 have a 200, 74 a 404, 74 a 500, and 9 no response.
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

/// A 404 is a transaction, but not successful. It has failed, like a 500, which is not a transaction.
#[test]
fn unsuccessful_requests_have_failed() {
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
fn a_cut_summary_of_siege() {
    let text = String::from_utf8(fixture("siege/4.0.7/mixed.txt")).unwrap();
    for mark in ["Successful transactions", "\t          21", "1\nLongest"] {
        let run = run(&text[..text.find(mark).unwrap()]);
        assert_eq!(total(&run).failures, None, "{mark}");
        assert!(codes(&run).contains(&"cut-report"), "{mark}");
    }
    assert!(!codes(&run(&text)).contains(&"cut-report"));
}

/// Since 4.1.7, only for times.
#[test]
fn milliseconds_have_a_unit() {
    let text = SIEGE.replace("0.05 secs", "50.00 ms").replace("0.20", "200.00 ms").replace("0.01", "10.00 ms");
    let (mut got, mut want) = (run(text), run(SIEGE));
    (got.source, want.source) = Default::default();
    assert_eq!(got, want);
}

/// If failed requests are among the transactions, the availability shows it.
#[test]
fn availability_shows_the_meaning_of_transactions() {
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

/// The maximum determines the unit.
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
    // Read as milliseconds, they would be longer than the log.
    assert_eq!(total(&times(1e6)).latency.mean_ms, None);
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
fn columns_may_be_in_any_order() {
    let run = run("users,ok,endpoint,latency_ms,start_ms\n3,TRUE,/a,10.5,1700000000000\n4,0,/a,20.5,1700000001000\n");
    assert_eq!((counts(&run), run.users), ((Some(2), Some(1)), Some(4)));
    assert_eq!(total(&run).latency.mean_ms, Some(15.5));
    assert_eq!(run.duration_s, Some(1.02));
}

#[test]
fn rows_without_success_are_rejected() {
    let head = "endpoint,start_ms,latency_ms,ok\n/a,1700000000000,10,1\n";
    let run = run(format!("{head}/a,1700000000000,10,yes\n/a,1700000000000,-1,0\n/a,soon,10,1\n/a,17000"));
    assert_eq!((counts(&run), run.rows.rejected), ((Some(2), Some(0)), 3));
    assert_eq!(codes(&run), ["rows-rejected", "cut-row", "failing-rows-lost", "moments-unread"]);
    assert_eq!(total(&run).rate_per_s, None);
}

// ---- several runs in one file

/// A file concatenated with itself, as an appended second run.
fn twice(name: &str) -> Vec<u8> {
    let mut bytes = fixture(name);
    if !bytes.ends_with(b"\n") && !name.ends_with("3.14/simulation.log") {
        bytes.push(b'\n');
    }
    bytes.repeat(2)
}

#[test]
fn appended_runs_are_reported_for_every_log() {
    for (name, counts_from_start) in [
        ("hey/0.1.4/results.csv", true),
        ("oha/1.15/results.csv", true),
        ("goose/0.18/requests.csv", true),
        ("ghz/0.121/calls.csv", true),
        ("ab/2.3/plot.tsv", false),
        ("hdrhistogram/1.2/tags.hlog", false),
        ("gatling/2.1/simulation.log", false),
        ("gatling/3.9/simulation.log", false),
        ("gatling/3.14/simulation.log", false),
        ("locust/2.47.0/requests.csv", false),
        ("k6/1.1.0/samples.csv", false),
        ("k6/1.1.0/samples.json", false),
        ("plain/1.0/every-column.csv", false),
        ("jmeter/2.13/every-column.csv", false),
        ("jmeter/2.13/results.xml", false),
    ] {
        let (one, two) = (run(fixture(name)), run(twice(name)));
        assert!(!codes(&one).contains(&"runs-appended"), "{name}");
        let note = two.notes.iter().find(|note| note.code() == "runs-appended").unwrap_or_else(|| panic!("{name}"));
        assert!(note.text().starts_with("1 more run begins within the file: "), "{}", note.text());
        assert_eq!(two.requests(), one.requests().map(|n| 2 * n), "{name}");
        if counts_from_start {
            assert_eq!((total(&two).rate_per_s, two.duration_s, two.timeline.is_some()), (None, None, false), "{name}");
        }
    }
}

/// Tsung's counters restart: the file has the figures of its last run only.
#[test]
fn the_last_run_of_a_tsung_log_is_read() {
    let text = String::from_utf8(fixture("tsung/1.7.0/tsung.log")).unwrap();
    // The same an hour later.
    let later: String = text
        .lines()
        .map(|line| match line.strip_prefix("# stats: dump at ") {
            Some(at) => format!("# stats: dump at {}\n", at.parse::<u64>().unwrap() + 3600),
            None => format!("{line}\n"),
        })
        .collect();
    let (one, two) = (run(&text), run(format!("{text}{later}")));
    assert_eq!((counts(&two), two.duration_s, two.users), (counts(&one), one.duration_s, one.users));
    assert_eq!(two.started_ms, one.started_ms.map(|ms| ms + 3_600_000));
    let note = two.notes.iter().find(|note| note.code() == "runs-appended").unwrap();
    assert!(note.text().starts_with("1 earlier run is in the file. Only the last run was read."), "{}", note.text());
    assert!(!codes(&one).contains(&"runs-appended"));
}

/// A second header with other columns: rows after it would be misread.
#[test]
fn other_columns_are_refused() {
    let text = "timeStamp,elapsed,label,responseCode,success,Latency\n1700000000000,5,a,200,true,100\n\
                timeStamp,Latency,label,responseCode,success,elapsed\n1700000000100,3,b,200,true,700\n";
    let error = read("r.csv", text.as_bytes()).unwrap_err();
    assert!(matches!(error.problem(), Problem::OtherColumns), "{error}");
    assert_eq!(error.line(), Some(3));
    // The same columns, in quotes.
    let text = "timeStamp,elapsed,label,success\n1700000000000,5,a,true\n\
                \"timeStamp\",\"elapsed\",\"label\",\"success\"\n1700000000100,3,b,false\n";
    let run = run(text);
    assert_eq!(counts(&run), (Some(2), Some(1)));
    assert!(codes(&run).contains(&"runs-appended"));
}

// ---- moments in seconds

/// By hand: 10 s apart. Read as milliseconds, two requests in 25 ms would be 80 per second.
#[test]
fn seconds_are_not_milliseconds() {
    for text in [
        "timeStamp,elapsed,label,success\n1700000000,12,a,true\n1700000010,15,a,true\n",
        "endpoint,start_ms,latency_ms,ok\na,1700000000,12,1\na,1700000010,15,1\n",
        "<?xml version=\"1.0\"?>\n<testResults version=\"1.2\">\n<sample t=\"12\" ts=\"1700000000\" s=\"true\" lb=\"a\"/>\n\
         <sample t=\"15\" ts=\"1700000010\" s=\"true\" lb=\"a\"/>\n</testResults>\n",
    ] {
        let run = run(text);
        assert_eq!((total(&run).requests, total(&run).rate_per_s, run.started_ms), (Some(2), None, None), "{text}");
        let note = run.notes.iter().find(|note| note.code() == "moments-unread").unwrap();
        assert!(note.text().contains("“1700000000”, which seems to be in seconds"), "{}", note.text());
    }
    // With relative times.
    let run = run("endpoint,start_ms,latency_ms,ok\na,0,100,1\na,9900,100,1\n");
    assert_eq!(total(&run).rate_per_s, Some(0.2));
}

// ---- comments and CDATA in JMeter's XML

#[test]
fn comments_contain_no_samples() {
    let text = "<?xml version=\"1.0\"?>\n<testResults version=\"1.2\">\n\
                <sample t=\"5\" ts=\"1700000000000\" s=\"true\" lb=\"a\"/>\n\
                <!-- <sample t=\"9\" ts=\"1700000000100\" s=\"false\" lb=\"b\"/> > -->\n\
                <httpSample t=\"6\" ts=\"1700000000200\" s=\"true\" lb=\"c\">\n\
                <responseData><![CDATA[<sample t=\"7\" ts=\"1\" s=\"true\" lb=\"d\"/> ]] >]]></responseData>\n\
                </httpSample>\n</testResults>\n";
    let whole = run(text);
    assert_eq!((counts(&whole), names(&whole)), ((Some(2), Some(0)), vec!["a", "c"]));
    assert!(!codes(&whole).contains(&"samples-within-samples"));
    for chunk in [1, 2, 3, 7] {
        let mut reader = loaddiff::ingest::Reader::new("unknown", loaddiff::ingest::Options::default());
        text.as_bytes().chunks(chunk).for_each(|bytes| reader.push(bytes).unwrap());
        let again = assemble(reader.parts().unwrap(), Parts::Refuse).unwrap();
        assert_eq!(again, whole, "{chunk}");
    }
}

// ---- separators

/// A run without file properties.
fn bare(mut run: Run) -> Run {
    run.source.files.clear();
    run.notes.clear();
    run
}

#[test]
fn logs_with_semicolons() {
    for name in ["hey/0.1.4/results.csv", "oha/1.15/results.csv", "ghz/0.121/calls.csv", "plain/1.0/least.csv"] {
        let text = String::from_utf8(fixture(name)).unwrap();
        // As saved by a spreadsheet with decimal commas.
        let saved = run(text.replace(',', ";").replace('.', ","));
        assert!(codes(&saved).contains(&"separated-otherwise"), "{name}");
        assert_eq!(bare(saved).total, bare(run(&text)).total, "{name}");
    }
    let run = run("sep=;\ntimeStamp;elapsed;label;success\n1700000000000;12;a;true\n1700000001000;x;a;true\n");
    assert_eq!(counts(&run), (Some(1), Some(0)));
    let note = run.notes.iter().find(|note| note.code() == "rows-rejected").unwrap();
    assert!(note.text().contains("line 4, column 2"), "{}", note.text());
}

// ---- JSON that a program has reformatted, and several documents

#[test]
fn lines_of_json_in_an_array_or_over_several_lines() {
    for name in ["k6/1.1.0/offset.json", "vegeta/12.13/results.json"] {
        let text = String::from_utf8(fixture(name)).unwrap();
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let pretty: String = lines.iter().map(|line| serde_json::to_string_pretty(line).unwrap() + "\n").collect();
        let array = serde_json::to_string(&lines).unwrap();
        for printed in [pretty, array, serde_json::to_string_pretty(&lines).unwrap()] {
            let behind_a_banner = run(format!("Starting\n{printed}"));
            assert_eq!(bare(run(printed)), bare(run(&text)), "{name}");
            assert_eq!(bare(behind_a_banner), bare(run(&text)), "{name}");
        }
    }
}

#[test]
fn several_documents_of_a_tool_are_named() {
    for (name, tool) in [
        ("autocannon/9.0.0/results.json", "autocannon"),
        ("ghz/0.121/report.json", "ghz"),
        ("locust/2.47.0/base.json", "Locust"),
    ] {
        let text = String::from_utf8(fixture(name)).unwrap();
        let text = text.trim();
        for several in [format!("{text}\n{text}\n"), format!("[{text}, {text}]"), format!("{text}{text}")] {
            let error = read("r.json", several.as_bytes()).unwrap_err();
            assert!(matches!(error.problem(), Problem::SeveralDocuments { tool: of } if *of == tool), "{error}");
        }
    }
    // In a console log, the first is read.
    let text = String::from_utf8(fixture("bombardier/2.0.2/results.json")).unwrap();
    let log = format!("Bombarding\n{text}\nDone!\n{{\"a\": 1}}\nBombarding\n{text}\n");
    let (one, two) = (run(&text), run(log));
    assert_eq!(counts(&one), counts(&two));
    let note = two.notes.iter().find(|note| note.code() == "several-reports").unwrap();
    assert!(note.text().starts_with("The file has 1 more report behind the first."), "{}", note.text());
    assert!(!codes(&one).contains(&"several-reports"));
}

/// Tsung closes its JSON at the end of its run.
#[test]
fn tsungs_json_that_is_cut() {
    let text = String::from_utf8(fixture("tsung/1.7.0/tsung.json")).unwrap();
    let whole = run(&text);
    let end = text.trim_end().strip_suffix('}').unwrap().trim_end().strip_suffix(']').unwrap();
    let cut = run(end);
    assert!(codes(&cut).contains(&"tsung-ends-early"));
    assert_eq!(counts(&cut), counts(&whole));
    // Within the last dump: the previous one is the last.
    let last = end.rfind("{\"timestamp\"").unwrap();
    let within = run(&end[..last + 200]);
    assert_eq!(counts(&within), counts(&run(&end[..last])));
    assert!(total(&within).requests < total(&whole).requests);
    assert!(read("x", b"{\"stats\": [ {\"timestamp\": 17").is_err());
}

// ---- others

/// The maximum next to the histograms matches no unit, and milliseconds are impossible: the log has 6 s.
#[test]
fn a_unit_that_is_longer_than_the_log() {
    let text = String::from_utf8(fixture("hdrhistogram/1.2/tags.hlog")).unwrap();
    let changed: String = text
        .lines()
        .map(|line| {
            let mut fields: Vec<String> = line.split(',').map(str::to_owned).collect();
            if line.starts_with("Tag=") {
                fields[3] = (fields[3].parse::<f64>().unwrap() * 1e6).to_string();
            }
            fields.join(",") + "\n"
        })
        .collect();
    let (whole, run) = (run(&text), run(changed));
    assert_eq!(run.requests(), whole.requests());
    assert_eq!((total(&run).latency.mean_ms, total(&run).latency.max_ms), (None, None));
    let note = run.notes.iter().find(|note| note.code() == "hdr-unit-unknown").unwrap();
    assert!(note.text().contains("longer than the log (6 seconds)"), "{}", note.text());
}

#[test]
fn long_names_are_reported_and_names_have_no_effect() {
    let header = "timeStamp,elapsed,label,success\n";
    let row = |label: &str| format!("1700000000000,5,{label},true\n");
    let long = "x".repeat(3000);
    let run_long = run(format!("{header}{}{}", row(&format!("{long}1")), row(&format!("{long}2"))));
    assert_eq!(run_long.endpoints.len(), 1);
    let note = run_long.notes.iter().find(|note| note.code() == "names-shortened").unwrap();
    assert!(note.text().starts_with("1 endpoint name may be cut: at most 2,048 bytes"), "{}", note.text());
    let run = run(format!("{header}{}", row("(all other endpoints)")));
    assert!(run.notes.is_empty(), "{:?}", run.notes);
}

#[test]
fn nbombers_decimal_commas_are_named() {
    let text = String::from_utf8(fixture("nbomber/4.1/report.csv")).unwrap();
    let mut lines = text.lines();
    let header = lines.next().unwrap();
    let rows: String = lines.map(|line| line.replace('.', ",") + "\n").collect();
    let error = read("r.csv", format!("{header}\n{rows}").as_bytes()).unwrap_err();
    assert!(error.to_string().contains("decimal commas") && !error.to_string().contains("report it"), "{error}");
    // Two rows in one line, as version 1 joined scenarios, are different.
    let joined = read("r.csv", format!("{header}\n{}\n", text.lines().skip(1).collect::<String>()).as_bytes());
    assert!(matches!(joined.unwrap_err().problem(), Problem::NoUsableRow { .. }));
}

#[test]
fn utf16_without_a_mark() {
    // The last has few ASCII characters.
    for name in [
        "vegeta/12.13/report.json",
        "ab/2.3/report.txt",
        "plain/1.0/least.csv",
        "hey/0.1.4/errors.txt",
        "jmeter/5.6/summary-zh.csv",
    ] {
        let text = String::from_utf8(fixture(name)).unwrap();
        for unit in [u16::to_le_bytes, u16::to_be_bytes] {
            let bytes: Vec<u8> = text.encode_utf16().flat_map(unit).collect();
            let read = run(bytes);
            assert!(codes(&read).contains(&"decoded"), "{name}");
            assert_eq!(bare(read), bare(run(&text)), "{name}");
        }
    }
}
