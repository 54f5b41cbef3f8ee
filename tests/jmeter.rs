//! JMeter's results files: values against other readers, special cases of the format, and independence of chunks and
//! slices.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::fs;
use std::path::PathBuf;

use loaddiff::ingest::slice::{Plan, Stretch};
use loaddiff::ingest::{Options, Part, Parts, Problem, Reader, assemble, read};
use loaddiff::run::{Definition, Distribution, Failure, Figure, Percentile, Run};
use proptest::prelude::*;
use serde_json::Value;

const HEADER: &str = "timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success,failureMessage,bytes,\
                      sentBytes,grpThreads,allThreads,Latency,IdleTime,Connect";

fn run_of(part: Part) -> Run {
    assemble(vec![part], Parts::Refuse).unwrap()
}

fn run_from(text: &str) -> Run {
    run_of(read("results.jtl", text.as_bytes()).unwrap_or_else(|e| panic!("{e}")))
}

fn collapsed(text: &str) -> Run {
    let mut reader = Reader::new("results.jtl", Options { collapse_sub_results: true });
    reader.push(text.as_bytes()).unwrap();
    run_of(reader.finish().unwrap())
}

/// A row of [`HEADER`].
fn row(start: i64, elapsed: u64, label: &str, thread: u64) -> String {
    format!("{start},{elapsed},{label},200,OK,T {thread},text,true,,100,10,5,{},1,0,0\n", thread + 4)
}

fn requests(run: &Run) -> u64 {
    run.total.as_ref().unwrap().requests.unwrap()
}

fn note(run: &Run, code: &str) -> Option<Vec<Figure>> {
    run.notes.iter().find(|n| n.code() == code).map(|n| n.figures.clone())
}

fn counts<const N: usize>(counts: [u64; N]) -> Option<Vec<Figure>> {
    Some(counts.map(Into::into).into())
}

/// A field case: 50 samples, with p95 139.5 and p99 400 in JMeter's dashboard (Commons Math's `LEGACY`). By hand: with
/// 10 ms for all but the last three, 90, 200 and 400, the 95th percentile is at rank 0.95 · 51 = 48.45.
#[test]
fn percentiles_equal_the_dashboard() {
    let mut text = String::from("timeStamp,elapsed,label,success\n");
    for i in 0..50_u64 {
        let ms = match i {
            47 => 90,
            48 => 200,
            49 => 400,
            _ => 10,
        };
        text += &format!("{},{ms},/a,true\n", 1_700_000_000_000 + i * 1000);
    }
    let run = run_from(&text);
    for row in run.endpoints.iter().chain(&run.total) {
        let quantile = |p| row.latency.distribution.quantile_ms(p).unwrap();
        assert!((quantile(Percentile::P95) - 139.5).abs() < 1e-9);
        assert_eq!((quantile(Percentile::P50), quantile(Percentile::P99)), (10.0, 400.0));
    }
    let case = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cases/field/jmeter-percentiles/results.jtl");
    {
        let bytes = fs::read(case).unwrap();
        let total = run_of(read("results.jtl", &bytes).unwrap()).total.unwrap();
        let quantile = |p| total.latency.distribution.quantile_ms(p).unwrap();
        assert!((quantile(Percentile::P95) - 139.5).abs() < 1e-9);
        assert_eq!(quantile(Percentile::P99), 400.0);
    }
    assert_eq!(note(&run, "dashboard-window"), None);
}

/// The dashboard's percentiles cover at most 20,000 samples of a row.
#[test]
fn the_dashboards_window_is_reported() {
    let text = |n: u64| {
        let rows = (0..n).map(|i| format!("{},{},/a,true\n", 1_700_000_000_000 + i, i % 7));
        format!("timeStamp,elapsed,label,success\n{}", rows.collect::<String>())
    };
    assert_eq!(note(&run_from(&text(20_000)), "dashboard-window"), None);
    let run = run_from(&text(20_001));
    assert_eq!(note(&run, "dashboard-window"), Some(vec![20_000.into(), 20_001.into(), "/a".into()]));
    let told = run.notes.iter().find(|n| n.code() == "dashboard-window").unwrap();
    assert_eq!(told.level(), loaddiff::run::NoteLevel::Info);
    let text = "Percentiles cover all samples, 20,001 on “/a”. JMeter's dashboard covers the last 20,000 of each row.";
    assert_eq!(told.text(), text);
}

/// By hand. For two samples in one row, of which one failed, their response times are unknown; without a success
/// column, failures are unknown.
#[test]
fn successful_requests_alone() {
    let rows = |rows: &[(u32, bool)]| {
        let row = |(i, (ms, ok)): (usize, &(u32, bool))| format!("{},{ms},/a,{ok}\n", 1_700_000_000_000 + i * 1000);
        rows.iter().enumerate().map(row).collect::<String>()
    };
    let mixed = rows(&[(100, true), (1, false), (300, true), (3, false)]);
    let run = run_from(&format!("timeStamp,elapsed,label,success\n{mixed}"));
    let alone = run.endpoints[0].successes().unwrap();
    assert_eq!((alone.requests, alone.failures, alone.latency.mean_ms), (Some(2), Some(0), Some(200.0)));
    assert_eq!((alone.latency.min_ms, alone.latency.max_ms), (Some(100.0), Some(300.0)));
    let intervals = run.timeline.unwrap().successes().map(|timeline| timeline.intervals);
    assert_eq!(intervals, alone.timeline.map(|timeline| timeline.intervals));
    let counts = "timeStamp,elapsed,label,success,SampleCount,ErrorCount\n1700000000000,100,/a,false,2,";
    assert_eq!(run_from(&format!("{counts}1\n")).endpoints[0].successes(), None);
    assert_eq!(run_from(&format!("{counts}2\n")).endpoints[0].successes().unwrap().requests, Some(0));
    let bare = run_from("timeStamp,elapsed,label\n1700000000000,100,/a\n");
    assert_eq!(bare.endpoints[0].successes(), None);
}

// ---- values of JMeter's own files, by an independent reader

#[test]
fn fixtures_as_expected() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/jmeter/2.13");
    let expected: Value = serde_json::from_slice(&fs::read(folder.join("expected.json")).unwrap()).unwrap();
    // Of the files with all samples as CSV.
    let files = expected["files"].as_object().unwrap().iter().filter(|(_, expected)| expected["rows"].is_u64());
    assert_eq!(files.clone().count(), 4);
    for (name, expected) in files {
        // The same under any other name.
        let bytes = fs::read(folder.join(name)).unwrap();
        let run = run_of(read("unknown", &bytes).unwrap_or_else(|e| panic!("{name}: {e}")));
        assert_eq!(run.source.tool, "JMeter", "{name}");
        assert_eq!(run.rows.read, expected["rows"].as_u64().unwrap(), "{name}");
        assert_eq!(run.rows.rejected, 0, "{name}: {:?}", run.notes);
        assert_eq!(run.users, expected["users"].as_u64(), "{name}");
        let endpoints = expected["endpoints"].as_array().unwrap();
        assert_eq!(run.endpoints.len(), endpoints.len(), "{name}");
        let total = run.total.as_ref().unwrap();
        for (got, want) in run.endpoints.iter().zip(endpoints).chain([(total, &expected["total"])]) {
            let what = format!("{name} {}", got.label());
            if let Some(label) = want["name"].as_str() {
                assert_eq!(got.label(), label, "{name}");
            }
            assert_eq!(got.requests, want["requests"].as_u64(), "{what}");
            assert_eq!(got.failures, want["failures"].as_u64(), "{what}");
            assert_eq!(
                (got.latency.min_ms, got.latency.max_ms),
                (want["min"].as_f64(), want["max"].as_f64()),
                "{what}"
            );
            let near = |got: f64, key: &str| {
                let want = want[key].as_f64().unwrap();
                assert!((got - want).abs() <= want * 0.001, "{what} {key}: {got} for {want}");
            };
            near(got.latency.mean_ms.unwrap(), "mean");
            let Distribution::Samples(histogram) = &got.latency.distribution else {
                panic!("{what}: {:?}", got.latency.distribution)
            };
            for (share, key) in [(0.5, "p50"), (0.95, "p95"), (0.99, "p99")] {
                near(histogram.quantile_ms(share).unwrap(), key);
            }
        }
    }
}

// ---- values of third-party files, by an independent reader

fn samples() -> Option<(PathBuf, Value)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/samples");
    let Ok(text) = fs::read_to_string(folder.join("expected.json")) else {
        println!("skipped: {} is not here", folder.display());
        return None;
    };
    Some((folder, serde_json::from_str(&text).unwrap()))
}

#[test]
fn samples_as_expected() {
    let Some((folder, expected)) = samples() else { return };
    let (mut seen, mut xml) = (0, 0);
    for (name, expected) in expected.as_object().unwrap() {
        if !name.starts_with("jmeter/") {
            continue;
        }
        let bytes = fs::read(folder.join(name)).unwrap();
        if expected["kind"].as_str().unwrap().starts_with("jmeter xml") {
            let run = run_of(read("unknown", &bytes).unwrap_or_else(|e| panic!("{name}: {e}")));
            xml_as_expected(name, &run, expected);
            xml += 1;
            continue;
        }
        seen += 1;
        // The same under any other name.
        let run = run_of(read("unknown", &bytes).unwrap_or_else(|e| panic!("{name}: {e}")));
        let count = |key: &str| expected[key].as_u64().unwrap();
        assert_eq!(run.rows.read, count("samples"), "{name}");
        assert_eq!(run.rows.rejected, 0, "{name}: {:?}", run.notes);
        assert_eq!(run.endpoints.len() as u64, count("labels"), "{name}");
        let sum = |of: fn(&loaddiff::run::Endpoint) -> Option<u64>| run.endpoints.iter().filter_map(of).sum::<u64>();
        assert_eq!(sum(|e| e.requests), count("samples"), "{name}");
        assert_eq!(sum(|e| e.failures), count("failed"), "{name}");
        let controllers = count("transaction_parent_rows");
        let total = run.total.as_ref();
        // If there is nothing else, they are the run.
        let counted = if controllers == count("samples") { controllers } else { count("samples") - controllers };
        assert_eq!(total.map_or(0, |t| t.requests.unwrap()), counted, "{name}");
        if let Some(dashboard) = expected["subresults"]["dashboard_total"].as_u64() {
            assert_eq!(requests(&run), dashboard, "{name}");
            let mut reader = Reader::new(name, Options { collapse_sub_results: true });
            reader.push(&bytes).unwrap();
            let run = run_of(reader.finish().unwrap());
            assert_eq!(Some(requests(&run)), expected["subresults"]["collapsed"].as_u64(), "{name}");
        }
        // Over all rows including controllers, as in the independent reader.
        let all = run.endpoints.iter().map(|e| match &e.latency.distribution {
            Distribution::Samples(histogram) => histogram.clone(),
            other => panic!("{name}: {other:?}"),
        });
        let all = all.reduce(|a, b| a.merge(&b)).unwrap();
        let times = &expected["elapsed_ms"];
        let want = |key: &str| times[key].as_f64().unwrap();
        assert_eq!(all.count() as f64, want("n"), "{name}");
        assert_eq!(all.min_ns().unwrap() as f64 / 1e6, want("min"), "{name}");
        assert_eq!(all.max_ns().unwrap() as f64 / 1e6, want("max"), "{name}");
        for (share, key) in [(0.5, "p50_linear"), (0.95, "p95_linear"), (0.99, "p99_linear")] {
            let got = all.clone().by(Definition::Linear).quantile_ms(share).unwrap();
            assert!((got - want(key)).abs() <= want(key) * 0.001 + 0.006, "{name} {key}: {got}");
        }
        let sum_ns: u128 = run.endpoints.iter().filter_map(|e| e.latency.sum_ns).sum();
        let mean = sum_ns as f64 / 1e6 / want("n");
        assert!((mean - want("mean")).abs() < 0.000_06, "{name}: {mean}");
    }
    assert_eq!((seen, xml), (16, 7));
}

/// The top-level samples, as in the independent reader.
fn xml_as_expected(name: &str, run: &Run, expected: &Value) {
    let count = |key: &str| expected[key].as_u64().unwrap();
    assert_eq!((run.rows.read, run.rows.rejected), (count("top_level"), 0), "{name}");
    assert_eq!(requests(run), count("top_level"), "{name}");
    assert_eq!(run.total.as_ref().unwrap().failures, Some(count("failed_top")), "{name}");
    if let Some(labels) = expected["labels"].as_u64() {
        assert_eq!(run.endpoints.len() as u64, labels, "{name}");
    }
    let times = &expected["elapsed_ms_top"];
    let want = |key: &str| times[key].as_f64().unwrap();
    let total = run.total.as_ref().unwrap();
    let Distribution::Samples(all) = &total.latency.distribution else { panic!("{name}") };
    assert_eq!(all.count() as f64, want("n"), "{name}");
    assert_eq!((total.latency.min_ms, total.latency.max_ms), (Some(want("min")), Some(want("max"))), "{name}");
    assert!((total.latency.mean_ms.unwrap() - want("mean")).abs() < 0.0001, "{name}");
    for (share, key) in [(0.5, "p50_linear"), (0.95, "p95_linear"), (0.99, "p99_linear")] {
        let got = all.clone().by(Definition::Linear).quantile_ms(share).unwrap();
        assert!((got - want(key)).abs() <= want(key) * 0.001 + 0.006, "{name} {key}: {got}");
    }
    let failed: u64 = run.failures.iter().map(|failure| failure.count).sum();
    assert_eq!(failed, count("failed_top"), "{name}");
    assert_eq!(run.started_ms.is_some(), run.timeline.is_some(), "{name}");
}

/// Taurus writes the same for other tools, with a column unknown to JMeter.
#[test]
fn a_file_of_taurus() {
    let Some((folder, _)) = samples() else { return };
    let bytes = fs::read(folder.join("locust/taurus_locust-kpi.jtl")).unwrap();
    let run = run_of(read("kpi.jtl", &bytes).unwrap());
    assert_eq!((requests(&run), run.total.as_ref().unwrap().failures), (1, Some(1)));
    assert!(run.failures[0].message.starts_with("500 __on_request_failure()"), "{:?}", run.failures);
}

// ---- special cases

#[test]
fn any_delimiter_and_any_subset() {
    for delimiter in [",", "\t", ";", "|"] {
        let text = "label,elapsed,timeStamp,success\n/a,100,1700000000000,true\n/a,300,1700000001000,false\n";
        let run = run_from(&text.replace(',', delimiter));
        assert_eq!(requests(&run), 2, "{delimiter}");
        assert_eq!(run.total.as_ref().unwrap().failures, Some(1));
        assert_eq!(run.total.as_ref().unwrap().latency.mean_ms, Some(200.0));
        assert_eq!(run.started_ms, Some(1_700_000_000_000));
        assert_eq!(run.duration_s, Some(1.3));
    }
}

#[test]
fn without_a_header() {
    // 2.12: `…,bytes,grpThreads,allThreads,Latency`.
    let run = run_from(
        "1700000000000,100,/a,200,OK,T 1-1,text,true,500,3,7,90\n1700000000100,50,/b,404,Not Found,T 1-1,text,false,600,3,7,40",
    );
    assert_eq!((requests(&run), run.users), (2, Some(7)));
    assert_eq!(run.total.as_ref().unwrap().sum_bytes, Some(1100));
    let failure = Failure { method: None, name: "/b".into(), message: "404 Not Found".into(), count: 1 };
    assert_eq!(run.failures, [failure]);
}

#[test]
fn quoted_line_ends_and_doubled_quotes() {
    let text = format!(
        "{HEADER}\n1700000000000,100,\"a \"\"b\"\", c\",500,\"Internal\nError\",T 1,text,false,\"said \"\"no\"\",\r\ntwice\",1,1,1,1,1,0,0\n{}",
        row(1_700_000_000_500, 20, "/x", 1)
    );
    let run = run_from(&text);
    assert_eq!(requests(&run), 2);
    assert_eq!(run.endpoints[1].name, "a \"b\", c");
    // Line ends are normalised in causes: a tool may have changed those of the file.
    assert_eq!(run.failures[0].message, "500 Internal\nError: said \"no\",\ntwice");
    assert_eq!(run_from(&text.replace("\r\n", "\n").replace('\n', "\r\n")).failures, run.failures);
}

#[test]
fn several_samples_in_a_row_count_individually() {
    let text = "timeStamp,elapsed,label,success,SampleCount,ErrorCount\n1700000000000,1000,/a,false,10,3\n1700000000000,40,/a,true,1,0\n";
    let run = run_from(text);
    let total = run.total.as_ref().unwrap();
    assert_eq!((total.requests, total.failures), (Some(11), Some(3)));
    // 1,000 ms are ten samples of 100 ms.
    assert_eq!(total.latency.sum_ns, Some(1_040_000_000));
    assert_eq!(total.latency.distribution.quantile_ms(Percentile::P50), Some(100.0));
    assert_eq!(note(&run, "several-per-row"), counts([1, 10]));
}

#[test]
fn controllers_are_listed_but_not_summed() {
    let message = "\"Number of samples in transaction : 2, number of failing samples : 1\"";
    let text = format!(
        "{HEADER}\n{}{}1700000000000,300,Checkout,200,{message},T 1,,false,,0,0,1,1,0,0,0\n",
        row(1_700_000_000_000, 100, "/a", 1),
        row(1_700_000_000_100, 200, "/b", 1)
    );
    let run = run_from(&text);
    assert_eq!(requests(&run), 2);
    assert_eq!(run.endpoint(None, "Checkout").unwrap().failures, Some(1));
    assert_eq!(run.total.as_ref().unwrap().failures, Some(0));
    assert_eq!(note(&run, "transactions-listed"), Some(vec![1.into(), "Checkout".into()]));
}

/// The row of a transaction controller.
fn controller(start: i64, elapsed: u64, label: &str, thread: u64) -> String {
    let message = "\"Number of samples in transaction : 2, number of failing samples : 0\"";
    row(start, elapsed, label, thread).replace(",OK,", &format!(",{message},"))
}

/// "Generate parent sample": up to 4.0 the requests of such a controller have no rows, so that it counts as a request,
/// as in XML. From 5.0 on they follow it, and without the option they precede it.
#[test]
fn controllers_whose_requests_have_no_rows() {
    let at = |ms: i64| 1_700_000_000_000 + ms;
    let text = [
        HEADER.to_owned() + "\n",
        // Thread 1: a request, a parent sample; thread 2 writes in between.
        row(at(0), 10, "/a", 1),
        row(at(12), 5, "/b", 2),
        controller(at(10), 30, "parent", 1),
        // Of thread 2, with its requests before it and a pause between them, which is in none of the times.
        row(at(5_000), 5, "/c", 2),
        controller(at(12), 10, "beside", 2),
        // The first row of a thread, and its last.
        controller(at(0), 30, "parent", 3),
        // As 5.0 writes them: requests after the controller.
        controller(at(100), 40, "with parts", 1),
        row(at(100), 20, "with parts-0", 1),
        row(at(120), 20, "with parts-1", 1),
        // A parent sample in a transaction that has its own row.
        controller(at(200), 30, "parent", 1),
        controller(at(200), 31, "around", 1),
        row(at(300), 10, "/a", 1),
    ]
    .concat();
    let run = run_from(&text);
    assert_eq!(requests(&run), 9);
    assert_eq!(note(&run, "transactions-counted"), Some(vec![3.into(), "parent".into()]));
    assert_eq!(note(&run, "transactions-listed"), Some(vec![3.into(), "around".into()]));
    for name in ["parent", "beside", "with parts", "around"] {
        assert!(run.endpoint(None, name).is_some(), "{name}");
    }
    // A pause before the first request: that row still follows the transaction's, within its time including pauses.
    let paused = controller(at(0), 30, "TX", 1).replace(",1,0,0\n", ",1,500,0\n");
    let run = run_from(&[HEADER.to_owned() + "\n", paused, row(at(500), 30, "/a", 1)].concat());
    assert_eq!((requests(&run), note(&run, "transactions-counted")), (1, None));
    let alone = [HEADER.to_owned() + "\n", controller(at(0), 0, "TX", 1), controller(at(0), 0, "TX", 1)].concat();
    let run = run_from(&alone);
    assert_eq!((requests(&run), note(&run, "transactions-counted")), (2, None));
    assert_eq!(note(&run, "transactions-alone"), Some(vec!["TX".into()]));
}

/// More rows than the look-back window, of many threads, in slices of any size: the same run.
#[test]
fn controllers_in_slices() {
    let mut text = HEADER.to_owned() + "\n";
    let mut random = 7_u64;
    for at in 0..2500_i64 {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let thread = [1, 2, 3, random >> 54][(random >> 33) as usize % 4];
        let (start, elapsed) = (1_700_000_000_000 + at * 3 - (random >> 60) as i64, random >> 59);
        text += &match (random >> 40) % 5 {
            0 => controller(start, elapsed * 2, ["TX", "TY"][(random >> 45) as usize % 2], thread),
            _ => row(start, elapsed, "/a", thread),
        };
    }
    let bytes = text.as_bytes();
    let want = content(whole(bytes, Options::default()));
    let run = want.as_ref().unwrap();
    assert!(note(run, "transactions-counted").is_some() && note(run, "transactions-listed").is_some());
    for size in [997, 7_001, 40_009, 61_001, 130_003] {
        let mut ends: Vec<usize> = (size..bytes.len()).step_by(size).collect();
        ends.push(bytes.len());
        assert_eq!(content(sliced(bytes, &ends, Options::default(), 4096, true)), want, "{size}");
    }
}

/// A page with a redirect and a resource within it, an ordinary request with a similar name, and one of another thread.
#[test]
fn sub_results_are_counted_or_left_out() {
    let text = [
        HEADER.to_owned() + "\n",
        row(1_700_000_000_000, 500, "Home", 1),
        row(1_700_000_000_000, 200, "Home-0", 1),
        row(1_700_000_000_100, 50, "/other", 2),
        row(1_700_000_000_200, 300, "Home-1", 1),
        row(1_700_000_000_210, 30, "Home-1-0", 1),
        // Another thread, and later: none of them.
        row(1_700_000_000_200, 300, "Home-1", 2),
        row(1_700_000_009_000, 300, "Home-1", 1),
    ]
    .concat();
    let run = run_from(&text);
    assert_eq!(requests(&run), 7);
    let said = |run: &Run| run.notes.iter().find(|n| n.code() == "sub-results").unwrap().text();
    let what = "3 rows of sub-results (redirects and embedded resources, which their page's row covers)";
    let counted = format!("Counted {what}, as JMeter's dashboard does. The run has 7 samples with them, 4 without.");
    assert_eq!((note(&run, "sub-results"), said(&run)), (counts([3, 7, 4]), counted));
    let run = collapsed(&text);
    assert_eq!(requests(&run), 4);
    let left_out = format!("Left out {what}. The run has 7 samples with them, 4 without.");
    assert_eq!((note(&run, "sub-results"), said(&run)), (counts([3, 7, 4]), left_out));
}

#[test]
fn a_cut_last_line_and_bad_rows() {
    let text = format!(
        "{HEADER}\n{}1700000000000,x,/a,200,OK,T 1,text,true,,1,1,1,1,1,0,0\n{}17000000",
        row(1_700_000_000_000, 10, "/a", 1),
        row(1_700_000_000_000, 12, "/a", 1)
    );
    let run = run_from(&text);
    // The cut row is one of the rejected ones.
    assert_eq!((requests(&run), run.rows.read, run.rows.rejected), (2, 4, 2));
    assert_eq!(note(&run, "cut-row"), counts([5]));
    let rejected = note(&run, "rows-rejected").unwrap();
    let [Figure::Count(1), Figure::Text(first)] = &*rejected else { panic!("{rejected:?}") };
    assert!(first.starts_with("line 3, column 2: elapsed “x”"), "{first}");
    // Within quotes.
    let run =
        run_from(&format!("{HEADER}\n{}1700000000000,5,/a,500,\"cut here\nand", row(1_700_000_000_000, 10, "/a", 1)));
    assert_eq!((requests(&run), note(&run, "cut-row")), (1, counts([3])));
    // A header in between, from concatenated files.
    let run = run_from(&format!(
        "{HEADER}\n{}{HEADER}\n{}",
        row(1_700_000_000_000, 1, "/a", 1),
        row(1_700_000_000_000, 2, "/a", 1)
    ));
    assert_eq!((requests(&run), run.rows.rejected), (2, 0));
}

#[test]
fn unusable_files_are_named() {
    let problem = |text: &str| read("r.jtl", text.as_bytes()).err().unwrap().problem().clone();
    assert_eq!(problem(&format!("{HEADER}\n")), Problem::HeaderOnly);
    assert!(matches!(problem(&format!("{HEADER}\na,b,c\n")), Problem::NoUsableRow { rows: 1, .. }));
    assert_eq!(problem("\n <?xml version=\"1.0\"?>\n<testResults version=\"1.2\">\n"), Problem::HeaderOnly);
}

#[test]
fn utf16_and_archives_read_the_same() {
    use std::io::Write;
    let text = format!("{HEADER}\n{}{}", row(1_700_000_000_000, 10, "/é", 1), row(1_700_000_000_000, 20, "/é", 1));
    let plain = run_from(&text);
    let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(text.as_bytes()).unwrap();
    let packed = packer.finish().unwrap();
    let twice = [packed.clone(), packed.clone()].concat();
    for bytes in [utf16, packed.clone(), [b"\xef\xbb\xbf".as_slice(), text.as_bytes()].concat()] {
        let run = run_of(read("r", &bytes).unwrap_or_else(|e| panic!("{e}")));
        assert_eq!((run.endpoints, run.total), (plain.endpoints.clone(), plain.total.clone()));
    }
    // Several gzip members form one file.
    assert_eq!(requests(&run_of(read("r", &twice).unwrap())), 4);
    // A cut archive gives its readable part with a note; a damaged one is an error.
    let cut = run_of(read("r", &packed[..packed.len() - 6]).unwrap());
    assert!(note(&cut, "cut-archive").is_some(), "{:?}", cut.notes);
    let mut damaged = packed;
    let at = damaged.len() - 6;
    damaged[at] ^= 0xff;
    assert!(matches!(read("r", &damaged).err().unwrap().problem(), Problem::BadArchive { .. }));
}

/// A megabyte of zeros per kilobyte, many times over.
#[test]
fn an_archive_that_explodes_is_refused() {
    use std::io::Write;
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packer.write_all(format!("{HEADER}\n").as_bytes()).unwrap();
    (0..200).for_each(|_| packer.write_all(&vec![b'0'; 1 << 20]).unwrap());
    let error = read("r", &packer.finish().unwrap()).err().unwrap();
    assert!(matches!(error.problem(), Problem::BadArchive { .. }), "{error}");
}

// ---- chunks and slices

/// Rows with all special cases.
fn rows() -> impl Strategy<Value = String> {
    let texts: &'static [&'static str] = &[
        "OK",
        "\"a, b\"",
        "\"line\nend\"",
        "\"\"\"\n\"\"\"",
        "\"1700000000000,5,x\n1700000000000,5,x\"",
        "O\"K",
        "",
        "\"\r\n\"",
        "\"Number of samples in transaction : 2, number of failing samples : 1\"",
        "Number of samples in transaction : 0",
    ];
    let one = (
        (0_i64..90_000, 0_u64..30_000, 0_usize..6, prop::sample::select(texts), 1_u64..4),
        prop::sample::select(&["true", "true", "true", "false", "maybe"][..]),
        prop::sample::select(&["\n", "\n", "\n", "\r\n", "\n\n"][..]),
        prop::sample::select(texts),
    );
    let labels = ["Home", "Home-0", "Home-1", "\"x, y\"", "/api", "é"];
    let row = one.prop_map(move |((at, elapsed, label, message, thread), success, end, failure)| {
        let (start, label) = (1_700_000_000_000 + at, labels[label]);
        format!("{start},{elapsed},{label},200,{message},T {thread},text,{success},{failure},7,1,1,{thread},1,0,0{end}")
    });
    (prop::collection::vec(row, 1..30), any::<bool>(), 0..12_usize).prop_map(|(rows, header, cut)| {
        let mut text = if header { format!("{HEADER}\n") } else { String::new() };
        if !header {
            text.push_str(&self::row(1_700_000_000_000, 1, "/first", 1));
        }
        rows.iter().for_each(|row| text.push_str(row));
        let mut end = text.len() - cut.min(text.len() - 200.min(text.len()));
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
        text
    })
}

/// Read whole.
fn whole(text: &[u8], options: Options) -> Result<Run, String> {
    let mut reader = Reader::new("results.jtl", options);
    reader.push(text).map_err(|e| e.to_string())?;
    reader.finish().map(run_of).map_err(|e| e.to_string())
}

/// Reads in slices that end at these positions; `send`: transferred from other workers.
fn sliced(bytes: &[u8], ends: &[usize], options: Options, chunk: usize, send: bool) -> Result<Run, String> {
    let plan =
        Plan::new("results.jtl", &bytes[..bytes.len().min(loaddiff::ingest::slice::HEAD)], options).expect("rows");
    let fill = |stretch: &Stretch, mut slice: loaddiff::ingest::slice::Slice| {
        for chunk in bytes[stretch.bytes.start as usize..].chunks(chunk) {
            if !slice.push(chunk) {
                break;
            }
        }
        let slice = slice.end();
        if !send {
            return slice;
        }
        plan.arrived(&slice.to_bytes().expect("a slice that can be sent")).expect("the slice that was sent")
    };
    assert!(plan.can_be_sent());
    let mut joined = plan.join();
    for (i, end) in ends.iter().enumerate() {
        let start = if i == 0 { 0 } else { ends[i - 1] };
        let stretch = Stretch { bytes: start as u64..*end as u64, is_last: i + 1 == ends.len() };
        let mut next = joined.add_rows(fill(&stretch, plan.slice(&stretch))).map_err(|e| e.to_string())?;
        while let Some(again) = next {
            next = joined.add_rows(fill(&again, plan.again(&again))).map_err(|e| e.to_string())?;
        }
    }
    joined.finish().map(run_of).map_err(|e| e.to_string())
}

/// The part of a result independent of the slice's position in the file.
fn content(run: Result<Run, String>) -> Result<Run, String> {
    run.map(|mut run| {
        run.source.files.iter_mut().for_each(|f| (f.bytes, f.fingerprint) = (0, 0));
        run
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// A file cut in two at every byte, including quoted line ends: the same run.
    #[test]
    fn slices_at_every_byte(text in rows(), collapse in any::<bool>()) {
        let options = Options { collapse_sub_results: collapse };
        let bytes = text.as_bytes();
        let want = content(whole(bytes, options));
        for cut in 0..=bytes.len() {
            let got = content(sliced(bytes, &[cut, bytes.len()], options, 64, false));
            prop_assert_eq!(&got, &want, "cut at {}", cut);
        }
    }

    /// In many slices, down to single bytes: the same run.
    #[test]
    fn many_slices(text in rows(), size in 1..200_usize, chunk in 1..300_usize, collapse in any::<bool>()) {
        let options = Options { collapse_sub_results: collapse };
        let bytes = text.as_bytes();
        let mut ends: Vec<usize> = (size..bytes.len()).step_by(size).collect();
        ends.push(bytes.len());
        prop_assert_eq!(content(sliced(bytes, &ends, options, chunk, true)), content(whole(bytes, options)));
    }

    /// In chunks of any size, including single bytes: the same run.
    #[test]
    fn chunks(text in rows(), size in 1..100_usize, collapse in any::<bool>()) {
        let options = Options { collapse_sub_results: collapse };
        let mut reader = Reader::new("results.jtl", options);
        text.as_bytes().chunks(size).for_each(|chunk| reader.push(chunk).unwrap());
        let chunked = reader.finish().map(run_of).map_err(|e| e.to_string());
        prop_assert_eq!(chunked, whole(text.as_bytes(), options));
    }

    /// The slow path, used for every row with a quote, and the fast path give the same.
    #[test]
    fn fast_path_equals_slow_path(rows in prop::collection::vec((0_i64..90_000, 0_u64..30_000, 0..4_u64), 1..60)) {
        let labels = ["/a", "Home", "Home-0", "/long/label/with/{id}/and/more"];
        let plain: String = rows.iter().map(|(at, ms, l)| row(1_700_000_000_000 + at, *ms, labels[*l as usize], l % 2)).collect();
        let quoted = plain.replace(",OK,", ",\"OK\",");
        let file = |rows: &str| content(whole(format!("{HEADER}\n{rows}").as_bytes(), Options::default()));
        prop_assert_eq!(file(&plain), file(&quoted));
    }
}

/// Every sample of every format, in chunks of one byte and of odd sizes. `tests/fixtures.rs` covers the fixtures.
#[test]
fn all_files_in_chunks() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![
        root.join("tests/fixtures/scripts"),
        root.join("../shared/samples/jmeter"),
        root.join("../shared/samples/k6"),
        root.join("../shared/samples/locust"),
    ];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = fs::read(&path).unwrap();
            let outcome = |part: Result<Part, loaddiff::ingest::Error>| {
                part.and_then(|p| assemble(vec![p], Parts::Refuse)).map_err(|e| e.to_string())
            };
            let want = outcome(read("f", &bytes));
            let sizes = if bytes.len() < 200_000 { vec![1, 7, 4096] } else { vec![997, 65_537] };
            for size in sizes {
                let mut reader = Reader::new("f", Options::default());
                let pushed = bytes.chunks(size).try_for_each(|chunk| reader.push(chunk));
                let got = match pushed {
                    Ok(()) => outcome(reader.finish()),
                    Err(e) => Err(e.to_string()),
                };
                assert_eq!(got, want, "{} in {size}", path.display());
            }
            files += 1;
        }
    }
    assert!(files > if root.join("../shared/samples").exists() { 20 } else { 0 }, "{files}");
}

/// An unquoted comma in a message shifts the following fields: the message is joined from the right.
#[test]
fn unquoted_commas_in_messages() {
    let rows = [
        "1700000000000,10,/a,200,OK,T 1,text,true,,100,10,1,1,1,0,0",
        "1700000000100,20,/a,500,Internal, Server, Error,T 1,text,false,,100,10,1,1,1,0,0",
        "1700000000200,30,/a,200,OK,T 1,text,false,expected 1, got 2,100,10,1,1,1,0,0",
        "1700000000300,40,/a,200,O,K,T 1,text,perhaps,,100,10,1,1,1,0,0",
    ];
    let run = run_from(&format!("{HEADER}\n{}\n", rows.join("\n")));
    let total = run.total.as_ref().unwrap();
    assert_eq!((total.requests, total.failures, run.rows.rejected), (Some(3), Some(2), 1));
    let mut causes: Vec<&str> = run.failures.iter().map(|f| f.message.as_str()).collect();
    causes.sort_unstable();
    assert_eq!(causes, ["200 OK: expected 1, got 2", "500 Internal, Server, Error"]);
}

#[test]
fn appended_runs_are_reported() {
    let run = run_from(&format!(
        "{HEADER}\n{}{HEADER}\n{}",
        row(1_700_000_000_000, 5, "/a", 1),
        row(1_700_000_900_000, 7, "/a", 1)
    ));
    assert_eq!((requests(&run), run.rows.rejected), (2, 0));
    let told = run.notes.iter().find(|n| n.code() == "runs-appended").unwrap();
    assert!(told.text().starts_with("1 more run begins within the file: several runs"), "{}", told.text());
}
