//! One test per special case of the formats, named after it. Expected values are by hand.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::fs;
use std::path::PathBuf;

use loaddiff::ingest::{Error, Options, Part, Parts, Problem, Reader, RoleReason, assemble, group, guess_roles, read};
use loaddiff::run::{Distribution, Endpoint, Figure, Percentile, Run};

const HEADER: &str = "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,\
    Min Response Time,Max Response Time,Average Content Size,Requests/s,Failures/s,50%,95%,99%,100%";

/// A row: 40 requests, 2 failures, p95 of 90 and so on.
fn row(kind: &str, name: &str) -> String {
    format!("{kind},{name},40,2,20,25.5,5.25,99.5,100,4,0.2,20,90,98,99")
}

fn table(rows: &[String]) -> String {
    format!("{HEADER}\n{}\n", rows.join("\n"))
}

fn run_of(content: impl AsRef<[u8]>) -> Run {
    assemble(vec![part("x_stats.csv", content)], Parts::Refuse).unwrap()
}

fn part(path: &str, content: impl AsRef<[u8]>) -> Part {
    read(path, content.as_ref()).unwrap_or_else(|e| panic!("{e}"))
}

fn error(content: impl AsRef<[u8]>) -> Error {
    read("dir/x.csv", content.as_ref()).map(|p| panic!("read as {}", p.file.format)).unwrap_err()
}

fn codes(run: &Run) -> Vec<&str> {
    run.notes.iter().map(loaddiff::run::Note::code).collect()
}

fn quantile(endpoint: &Endpoint, thousandths: u32) -> Option<f64> {
    endpoint.latency.distribution.quantile_ms(Percentile(thousandths))
}

fn first_rejection(run: &Run) -> &str {
    run.notes
        .iter()
        .filter(|n| n.code() == "rows-rejected")
        .find_map(|n| if let Some(Figure::Text(first)) = n.figures.get(1) { Some(first.as_str()) } else { None })
        .unwrap()
}

#[test]
fn rows_end_in_cr_cr_lf() {
    let text = table(&[row("GET", "/a"), row("", "Aggregated")]);
    let run = run_of(text.replace('\n', "\r\r\n"));
    assert_eq!((run.endpoints.len(), run.rows.read, run.requests()), (1, 2, Some(40)));
}

#[test]
fn not_available() {
    let never = "GET,/never,0,0,0,0.0,0,0,0.0,0.0,0.0,N/A,N/A,N/A,N/A".to_owned();
    let run = run_of(table(&[row("GET", "/a"), never, row("", "Aggregated")]));
    let endpoint = run.endpoint(Some("GET"), "/never").unwrap();
    assert_eq!((endpoint.requests, endpoint.failures), (Some(0), Some(0)));
    assert_eq!(endpoint.latency.mean_ms, None);
    assert_eq!(endpoint.latency.distribution, Distribution::Unknown);
    assert_eq!(run.rows.rejected, 0);
}

#[test]
fn an_endpoint_named_aggregated() {
    let rows = [row("GET", "Aggregated"), row("", "Aggregated"), row("GET", "/a"), row("", "Aggregated")];
    let run = run_of(table(&rows));
    // Only the last row without a type is the total.
    let keys: Vec<_> = run.endpoints.iter().map(Endpoint::key).collect();
    assert_eq!(keys, [("/a", Some("GET")), ("Aggregated", None), ("Aggregated", Some("GET"))]);
    assert_eq!((run.rows.endpoints, run.rows.totals), (3, 1));
    let run = run_of(table(&[row("GET", "/a"), row("GET", "Aggregated")]));
    assert_eq!((run.rows.endpoints, run.rows.totals, run.requests()), (2, 0, Some(80)));
    assert!(codes(&run).contains(&"total-summed"));
}

#[test]
fn percentiles_above_the_maximum() {
    let above = "GET,/a,40,2,20,25.5,5.25,97.5,100,4,0.2,20,90,98,99".to_owned();
    let run = run_of(table(&[above, row("", "Aggregated")]));
    let endpoint = &run.endpoints[0];
    assert_eq!((quantile(endpoint, 99_000), endpoint.latency.max_ms), (Some(98.0), Some(97.5)));
    let noted = run.notes.iter().any(|n| n.code() == "percentile-above-max" && n.count(0) == Some(2));
    assert!(noted, "{:?}", run.notes);
}

#[test]
fn total_rows_of_every_generation() {
    for (kind, name) in [("", "Aggregated"), ("None", "Aggregated"), ("None", "Total"), ("", "Total")] {
        let run = run_of(table(&[row("GET", "/a"), row(kind, name)]));
        assert_eq!((run.endpoints.len(), run.rows.totals), (1, 1), "{kind} {name}");
        assert_eq!(run.total.unwrap().name, "Total");
    }
}

#[test]
fn commas_quotes_and_newlines_in_names() {
    let rows =
        [row("GET", "\"/a,b\""), row("GET", "\"say \"\"hi\"\"\""), row("GET", "\"one\ntwo\""), row("", "Aggregated")];
    let run = run_of(table(&rows));
    let names: Vec<_> = run.endpoints.iter().map(|e| e.name.as_str()).collect();
    assert_eq!(names, ["/a,b", "one\ntwo", "say \"hi\""]);
    assert_eq!((run.rows.read, run.rows.rejected), (4, 0));
}

/// Up to 1.0 quotes are not doubled, in names and in errors.
#[test]
fn unescaped_quotes() {
    let header = "\"Type\",\"Name\",\"Request Count\",\"Failure Count\",\"Average Response Time\",\"50%\"\n";
    for (name, written) in [
        ("say \"hello, you\"", "say \"hello, you\""),
        ("ends\"", "ends\""),
        ("\"all\"", "\"all\""),
        ("a\",\"b", "a\",\"b"),
        ("two\nlines \"x\"", "two\nlines \"x\""),
        ("doubled \"x\"", "doubled \"\"x\"\""),
    ] {
        let text = format!(
            "{header}\"GET\",\"/first\",1,0,10,\"N/A\"\n\"GET\",\"{written}\",7,1,12,11\n\
             \"GET\",\"/last\",2,0,10,9\n\"None\",\"Aggregated\",10,1,11,10"
        );
        let run = run_of(&text);
        assert_eq!((run.rows.read, run.rows.endpoints, run.rows.totals), (4, 3, 1), "{name}: {:?}", run.notes);
        let got = run.endpoint(Some("GET"), name).unwrap_or_else(|| panic!("{name}: {:?}", run.endpoints));
        assert_eq!((got.requests, got.failures, quantile(got, 50_000)), (Some(7), Some(1), Some(11.0)), "{name}");
    }
    let failures = "\"Method\",\"Name\",\"Error\",\"Occurrences\"\n\
        \"GET\",\"/a\",\"ConnectionError(\"Pool(host='a', port=1): Max retries\")\",3\n\
        \"GET\",\"/b\",\"plain\",1";
    let parts = vec![part("x_failures.csv", failures), part("x_stats.csv", table(&[row("GET", "/a")]))];
    let run = assemble(parts, Parts::Refuse).unwrap();
    let got: Vec<_> = run.failures.iter().map(|f| (f.message.as_str(), f.count)).collect();
    assert_eq!(got, [("ConnectionError(\"Pool(host='a', port=1): Max retries\")", 3), ("plain", 1)]);
}

/// At every byte: the rows entirely before the cut are kept. A cut inside the last field is undetectable, since Locust
/// up to 1.0.3 ends its files without a line end: `99` cut to `9` is also a number.
#[test]
fn cut_in_mid_row() {
    let rows = [row("GET", "/größe"), row("GET", "\"b,\nc\""), row("POST", "/日本"), row("", "Aggregated")];
    for end in ["\n", "\r\n"] {
        let text = table(&rows).replace('\n', end);
        let whole = run_of(&text);
        let bytes = text.as_bytes();
        let mut ends = Vec::new();
        let mut at = HEADER.len() + end.len();
        for row in &rows {
            at += row.replace('\n', end).len();
            ends.push(at);
            at += end.len();
        }
        for cut in 0..bytes.len() {
            let complete = ends.iter().filter(|e| **e <= cut).count();
            // `99` is the last field of each row.
            let in_last_field = ends.get(complete).is_some_and(|e| cut + 2 >= *e);
            let part = match read("cut.csv", &bytes[..cut]) {
                Ok(part) => part,
                Err(error) => {
                    assert!(complete == 0 && !in_last_field, "{cut}: {error}");
                    continue;
                }
            };
            let run = assemble(vec![part], Parts::Refuse).unwrap();
            let kept = complete + usize::from(in_last_field);
            let in_row = !in_last_field
                && ends.get(complete).is_some_and(|e| {
                    let start = if complete == 0 { HEADER.len() } else { ends[complete - 1] } + end.len();
                    start < cut && cut < *e
                });
            // One comma is not a row yet; the missing total is reported.
            let in_row = in_row && !bytes[..cut].ends_with(b"\n,");
            assert_eq!(codes(&run).contains(&"cut-row"), in_row, "{cut}: {:?}", run.notes);
            assert_eq!(run.rows.read, (kept + usize::from(in_row)) as u64, "{cut}");
            assert_eq!(run.endpoints.len(), kept.min(3), "{cut}");
            for got in &run.endpoints {
                let expected = whole.endpoint(got.method.as_deref(), &got.name).unwrap_or_else(|| panic!("{cut}"));
                let mut got = got.clone();
                if let Distribution::Table(table) = &mut got.latency.distribution
                    && table.values_ms.get(&Percentile::P100) != Some(&99.0)
                {
                    assert!(in_last_field, "{cut}");
                    table.values_ms.insert(Percentile::P100, 99.0);
                }
                assert_eq!(&got, expected, "{cut}");
            }
            assert_eq!(codes(&run).contains(&"total-summed"), kept < 4, "{cut}");
            assert_eq!(run.requests(), Some(if kept < 4 { 40 * kept as u64 } else { 40 }), "{cut}");
        }
    }
}

#[test]
fn nothing_in_it() {
    for bytes in [&b""[..], b"\n\r\n  ", b"\xef\xbb\xbf", b"\xff\xfe"] {
        assert_eq!(error(bytes).problem(), &Problem::Empty, "{bytes:?}");
    }
    for header in [HEADER.to_owned(), format!("{HEADER}\n"), format!("{HEADER}\r\r\n\r\r\n")] {
        let error = error(header);
        assert_eq!(error.problem(), &Problem::HeaderOnly);
        assert_eq!((error.file(), error.line(), error.column()), ("x.csv", Some(1), Some(1)));
    }
}

#[test]
fn byte_order_marks_and_code_pages() {
    let text = table(&[row("GET", "/café"), row("", "Aggregated")]);
    let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let windows: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    for (bytes, decoded) in [
        (text.clone().into_bytes(), false),
        (format!("\u{feff}{text}").into_bytes(), false),
        (utf16, true),
        (windows, true),
    ] {
        let run = run_of(&bytes);
        assert_eq!(run.endpoints[0].name, "/café");
        assert_eq!(run.requests(), Some(40));
        assert_eq!(codes(&run).contains(&"decoded"), decoded);
    }
}

#[test]
fn impossible_numbers() {
    for (column, value, why) in [
        (2, "1e308", "is not a whole number"),
        (2, "-1", "is negative"),
        (2, "12.5", "is not a whole number"),
        (3, "-3", "is negative"),
        (3, "inf", "is not a finite number"),
        (5, "-0.5", "is negative"),
        (5, "inf", "is not a finite number"),
        (7, "1e999", "is not a finite number"),
        (9, "-inf", "is not a finite number"),
        (12, "fast", "is not a number"),
    ] {
        let good = row("GET", "/good");
        let mut fields: Vec<&str> = good.split(',').collect();
        fields[1] = "/bad";
        let before: usize = fields[..column].iter().map(|f| f.len() + 1).sum();
        fields[column] = value;
        let run = run_of(table(&[good.clone(), fields.join(","), row("", "Aggregated")]));
        assert_eq!((run.endpoints.len(), run.rows.rejected), (1, 1), "{value}");
        let first = first_rejection(&run);
        assert!(first.starts_with(&format!("line 3, column {}: ", before + 1)), "{first}");
        assert!(first.contains(value) && first.contains(why), "{first}");
    }
    // A large number stays unchanged, but has no sum.
    let run = run_of(table(&["GET,/a,40,2,20,1e308,5,1e308,1e308,1e308,0,20,90,98,1e308".to_owned()]));
    assert_eq!(run.endpoints[0].latency.mean_ms, Some(1e308));
    assert_eq!(run.endpoints[0].latency.sum_ns, None);
    // Python's nan is missing.
    let run = run_of(table(&["GET,/a,40,2,20,nan,5,9,1,1,0,20,90,98,NaN".to_owned()]));
    assert_eq!((run.endpoints[0].latency.mean_ms, quantile(&run.endpoints[0], 100_000)), (None, None));
}

#[test]
fn reordered_and_additional_columns() {
    let run = run_of(
        "Region,99.5%,Name,Failure Count,50%,Type,Request Count,Average Response Time\neu,80,/a,2,20,GET,40,25\n",
    );
    let endpoint = run.endpoint(Some("GET"), "/a").unwrap();
    assert_eq!((endpoint.requests, endpoint.failures, endpoint.latency.mean_ms), (Some(40), Some(2), Some(25.0)));
    assert_eq!((quantile(endpoint, 50_000), quantile(endpoint, 99_500)), (Some(20.0), Some(80.0)));
}

#[test]
fn trailing_commas() {
    let text = table(&[row("GET", "/a"), row("", "Aggregated")]);
    let some = text.replace("\nGET", ",\nGET");
    let all = text.replace('\n', ",\n");
    let rows = text.replace("99\n", "99,,\n");
    for text in [&text, &some, &all, &rows] {
        let run = run_of(text);
        assert_eq!((run.endpoints.len(), run.rows.totals, run.rows.rejected), (1, 1, 0), "{text}");
        assert_eq!(quantile(&run.endpoints[0], 100_000), Some(99.0));
    }
}

#[test]
fn unrecognised_files() {
    for text in ["hello", "a,b,c\n1,2,3\n", "[]", "{}", "[1, 2]", "{\"a\": 1}"] {
        let error = error(text);
        assert!(matches!(error.problem(), Problem::Unrecognised { .. }), "{text}");
        let next = error.next_step();
        assert!(next.starts_with("Give a result of Locust, JMeter, k6, Gatling or one of "), "{error}");
        // What a file of one's own needs, and no list of everything.
        assert!(next.contains("columns `endpoint`, `start_ms`, `latency_ms` and `ok`"), "{error}");
        assert!(!next.contains("Simulator") && next.len() < 200, "{error}");
    }
    let long = error("x".repeat(200));
    assert_eq!(long.excerpt().map(|e| e.chars().count()), Some(81));
}

/// The kind of an unsupported file, and the error in words.
fn unread(name: &str, content: impl AsRef<[u8]>) -> (&'static str, String) {
    let error = read(name, content.as_ref()).map(|p| panic!("{name} read as {}", p.file.format)).unwrap_err();
    match error.problem() {
        Problem::NotYet { id, .. } => (id, error.to_string()),
        _ => panic!("{name}: {error}"),
    }
}

/// The files of the field case, formerly refused with advice about another tool, are readable now; the Gatling log is
/// its first bytes only.
#[test]
fn files_that_were_unsupported_are_read() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cases/field/unsupported-advice");
    for (name, format) in
        [("k6-summary.json", "k6-summary"), ("statistics.json", "jmeter-statistics"), ("aggregate.csv", "jmeter-table")]
    {
        let bytes = fs::read(folder.join(name)).unwrap();
        assert_eq!(read(name, &bytes).unwrap().file.format, format);
        // By content alone, also in PowerShell's encoding.
        let text = String::from_utf8(bytes).unwrap();
        let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        assert_eq!(read("x", &utf16).unwrap().file.format, format);
    }
    let error = read("x", &fs::read(folder.join("simulation.log")).unwrap()).unwrap_err();
    assert!(matches!(error.problem(), Problem::HeaderOnly), "{error}");
}

#[test]
fn files_of_other_tools_are_named() {
    // The layouts in each tool's documentation and sources, cut to the characteristic part.
    for (text, id) in [
        ("var responseTimePercentilesInfos = {\n        data: {\"result\": {}}}\n", "jmeter-graphs"),
        (
            "<!DOCTYPE html>\n<html><head><title>x</title></head><a href=\"https://github.com/benc-uk/k6-reporter\">",
            "k6-reporter",
        ),
        ("<!DOCTYPE html>\n<html><head><title>Apache JMeter Dashboard</title>", "jmeter-dashboard"),
        (
            "<!DOCTYPE html>\n<title>Test Report for locustfile.py</title>\n<h1>Locust Test Report</h1>",
            "locust-html-old",
        ),
        ("<!DOCTYPE html>\n<html><head><title>Gatling Stats - Global Information</title>", "gatling-html"),
        ("var stats = {\n    type: \"GROUP\",\nstats: {\n    \"numberOfRequests\": {\n", "gatling-stats-js"),
        ("{\"simulation\":\"a.B\",\"start\":1,\"scenarios\":[\"s\"],\"assertions\":[]}", "gatling-assertions"),
        ("Running 10s test @ http://x\n10 connections\n\n│ Stat    │\n│ Latency │ 0 ms │\n", "autocannon-text"),
        ("Summary:\n  Success rate:\t100.00%\n  Total:\t1 sec\n", "oha-text"),
        ("Requests      [total, rate, throughput]  1, 1.00, 1.00\n", "vegeta-text"),
    ] {
        let (found, said) = unread("x", text);
        assert_eq!(found, id, "{text}");
        assert!(said.contains("Give "), "{said}");
        assert!(said.starts_with("x:1:1: This is "), "{said}");
    }
}

/// Such a file is identified by its first kilobytes, cut or not, at any size. For console output, the characteristic
/// lines are from real output, or from the tools' sources.
#[test]
fn console_outputs_are_named() {
    for (id, text, said) in [
        (
            "locust-log",
            "[2026-11-29 20:30:46,849] vm/INFO/locust.main: Starting Locust 2.47.0\nType     Name                  # reqs      # fails |    Avg     Min     Max    Med |   req/s  failures/s\n",
            "locust --headless --csv",
        ),
        (
            "artillery-text",
            "Test run id: x\nMetrics for period to: 20:37:10(+0000) (width: 4.666s)\n",
            "artillery run --output",
        ),
        (
            "artillery-text",
            "Report @ 20:33:56(+0000) 2026-11-29\nElapsed time: 5 seconds\n  Scenarios launched:  48\n",
            "artillery run --output",
        ),
        (
            "newman-text",
            "newman\n\nc\n\nIteration 1/4\n\n→ ok\n  GET http://127.0.0.1:9871/ok [200 OK, 270B, 65ms]\n",
            "newman run",
        ),
        (
            "junit",
            "<?xml version=\"1.0\"?>\n<testsuites name=\"c\"><testsuite><testcase name=\"200\"/></testsuite></testsuites>\n",
            "newman run",
        ),
        (
            "tsung-dump",
            "#date;pid;id;http method;host;URL;HTTP status;size;duration;transaction;match;error;tag\n1795984753.321079;<0.194.0>;1;get;127.0.0.1;/ok;200;270;19.964;-;;;\n",
            "tsung.log",
        ),
        ("siege-requests", "\u{1b}[0;34mHTTP/1.1 200     0.01 secs:     120 bytes ==> GET  /mix\u{1b}[0m\n", "2>&1"),
        ("bombardier-text", "Bombarding http://127.0.0.1:8080 for 10s using 125 connection(s)\nDone!\n", "-o json"),
        (
            "fortio-text",
            "Fortio 1.60.3 running\nAll done 40 calls (plus 4 warmup) 1.2 ms avg, 8.0 qps\n",
            "fortio load -json",
        ),
        (
            "gatling-text",
            "====\n---- Global Information --------------------------------------------------------\n> request count  100\n",
            "simulation.log",
        ),
        ("goose-text", " === PER REQUEST METRICS ===\n", "--report-file"),
        ("goose-html", "<!DOCTYPE html>\n<html>\n<head>\n    <title>Goose Attack Report</title>\n", "--report-file"),
        ("newman-html", "<!DOCTYPE html>\n<html>\n  <title>Newman Summary Report</title>\n", "newman run"),
        (
            "ghz-text",
            "\nSummary:\n  Count:\t200\n  Total:\t181.57 ms\n  Slowest:\t69.60 ms\n  Fastest:\t26.09 ms\n  Average:\t32.01 ms\n  Requests/sec:\t1101.53\n",
            "ghz -O json",
        ),
        ("nighthawk-text", "Nighthawk - A layer 7 protocol benchmarking tool.\n\n", "--output-format fortio"),
        (
            "taurus-log",
            "12:34:56 INFO: Test duration: 0:00:30\n12:34:56 INFO: Samples count: 100, 1.00% failures\n",
            "dump-csv",
        ),
        (
            "jmeter-plan",
            "<?xml version=\"1.0\"?>\n<jmeterTestPlan version=\"1.2\" properties=\"5.0\"><hashTree/></jmeterTestPlan>\n",
            "jmeter -n -t",
        ),
    ] {
        let (found, message) = unread("x", text);
        assert_eq!(found, id);
        assert!(message.contains(said), "{message}");
    }
    // A supported report takes precedence over the text around it.
    let log = "Nighthawk - A layer 7 protocol benchmarking tool.\nsummary =     96 in   4.1s =   23.3/s Avg:   130 Min:     0 Max:   661 Err:    12 (12.50%)\n";
    assert_eq!(run_of(log).total.unwrap().requests, Some(96));
}

/// The table may have been sorted: the total is the sum of all others. Without a column of failures they are unknown.
#[test]
fn totals_of_sorted_tables() {
    let header = "Type,Name,Request Count,Failure Count,Median Response Time\n";
    let (a, b, sum) = ("GET,/a,10,1,5\n", "GET,/b,30,2,5\n", ",Aggregated,40,3,5\n");
    for rows in [[a, b, sum], [sum, a, b], [a, sum, b]] {
        let run = run_of(format!("{header}{}", rows.concat()));
        let total = run.total.as_ref().unwrap();
        assert_eq!((run.endpoints.len(), total.requests, total.failures), (2, Some(40), Some(3)), "{rows:?}");
        assert!(!codes(&run).contains(&"total-by-name-alone"));
    }
    let run = run_of(format!("{header},Aggregated,41,3,5\n{a}{b}"));
    assert_eq!((run.endpoints.len(), run.total.as_ref().unwrap().requests), (3, Some(81)));
    assert!(codes(&run).contains(&"total-by-name-alone"));
    let run = run_of(format!("{header}{a}{b}{sum}").replace("Failure Count", "Errors"));
    assert_eq!(run.total.as_ref().unwrap().failures, None);
    assert!(codes(&run).contains(&"failures-unknown"));
    // In a CI log it is still Locust's, not the simulator's.
    let old = "\"Method\",\"Name\",\"# requests\",\"# failures\",\"Median response time\"\n\"GET\",\"/a\",10,1,5\n\"None\",\"Aggregated\",10,1,5\n";
    let log: String = old.lines().map(|line| format!("2024-05-01T10:00:00.1234567Z {line}\n")).collect();
    assert_eq!(part("x", log).file.format, "locust-stats");
}

/// A truncated histogram: the coverage of its percentiles is reported.
#[test]
fn a_locust_histogram_that_lacks_times() {
    let json = |times: &str| {
        format!(
            "[{{\"name\":\"/a\",\"method\":\"GET\",\"num_requests\":10,\"num_none_requests\":0,\"num_failures\":0,\"total_response_time\":100,\
             \"max_response_time\":20,\"min_response_time\":5,\"response_times\":{times},\"num_reqs_per_sec\":{{}},\"num_fail_per_sec\":{{}}}}]"
        )
    };
    let run = run_of(json("{\"10\":4}"));
    let note = run.notes.iter().find(|note| note.code() == "histogram-incomplete").unwrap();
    assert!(note.text().contains("(such as GET /a: 4 of 10)"), "{}", note.text());
    assert!(!codes(&run_of(json("{\"10\":10}"))).contains(&"histogram-incomplete"));
}

#[test]
fn unsupported_files_are_named_early() {
    let mut reader = Reader::new("big.json", Options::default()).of_size(10 << 30);
    let piece = vec![b' '; 64 << 10];
    reader.push(b"<!DOCTYPE html>\n<html><head><title>Gatling Stats - Global Information</title>").unwrap();
    let error = reader.push(&piece).unwrap_err();
    assert!(matches!(error.problem(), Problem::NotYet { id: "gatling-html", .. }), "{error}");
}

const ENTRY: &str = r#"{"name": "/a", "method": "GET", "last_request_timestamp": 1700000010.5, "start_time": 1700000000.5,
"num_requests": 3, "num_none_requests": 0, "num_failures": 1, "total_response_time": 60, "max_response_time": 30,
"min_response_time": 10, "total_content_length": 300, "response_times": {"10": 1, "20": 1, "30": 1},
"num_reqs_per_sec": {"1700000000": 1, "1700000009": 2}, "num_fail_per_sec": {"1700000009": 1}}"#;

#[test]
fn malformed_json_names_its_place() {
    for (text, line, column) in [
        ("{\"a\": {\"p95_latency_ms\": 1}", 1, 27),
        ("{\n  \"a\": {\n    \"p95_latency_ms\": x\n  }\n}", 3, 23),
        ("\n\n{\n  \"é\": x}", 4, 8),
        ("{\"a\": {\"p95_latency_ms\": 1}} trailing", 1, 29),
    ] {
        let error = error(text);
        assert!(matches!(error.problem(), Problem::BadJson { .. }), "{text}: {error}");
        assert_eq!((error.line(), error.column()), (Some(line), Some(column)), "{text}: {error}");
    }
    // Cut at every byte, it is never read as a smaller one.
    let text = format!("[\n{ENTRY},\n{ENTRY}\n]");
    for cut in 1..text.len() {
        assert!(read("x", &text.as_bytes()[..cut]).is_err(), "{cut}");
    }
}

#[test]
fn text_around_json() {
    let document = format!("[\n{ENTRY}\n]\n");
    for text in [
        document.clone(),
        format!("Bombarding http://localhost\nDone!\n{document}"),
        format!("[2026-11-23 18:00:00,123] host/INFO/locust.main: Starting Locust\n[2026-11-23] x\n{document}"),
        format!("{document}[2026-11-23 18:00:00,123] host/INFO/locust.main: Shutting down\n"),
        format!("\u{feff}  \n{document}"),
    ] {
        let run = run_of(&text);
        let total = run.total.as_ref().unwrap();
        assert_eq!((total.requests, total.failures, total.latency.mean_ms), (Some(3), Some(1), Some(20.0)));
        assert_eq!(codes(&run).contains(&"banner-skipped"), text.contains("http") || text.contains("INFO"), "{text}");
    }
    // Two documents are two results: neither is read as the other.
    assert!(read("x", format!("{document}{document}").as_bytes()).is_err());
}

#[test]
fn nan_and_infinity_in_json() {
    let run =
        run_of("{\"a\": {\"p95_latency_ms\": NaN, \"p99_latency_ms\": -Infinity, \"note\": \"NaN\",\n\"rps\": 5}}");
    assert_eq!((run.endpoints[0].rate_per_s, quantile(&run.endpoints[0], 95_000)), (Some(5.0), None));
    let skipped: Vec<_> = run.notes.iter().filter(|n| n.code() == "key-skipped").map(|n| n.text()).collect();
    assert_eq!(skipped.len(), 3, "{skipped:?}");
    // An entry with invalid numbers is left out and named.
    let bad =
        ENTRY.replace("\"/a\"", "\"/bad\"").replace("\"total_response_time\": 60", "\"total_response_time\": Infinity");
    let run = run_of(format!("[{ENTRY}, {bad}]"));
    assert_eq!((run.rows.read, run.rows.endpoints, run.rows.rejected), (2, 1, 1));
    assert!(first_rejection(&run).contains("entry 2, total_response_time"));
    // Positions stay.
    let error = error("{\"a\": [NaN, Infinity, x]}");
    assert_eq!((error.line(), error.column()), (Some(1), Some(23)), "{error}");
}

#[test]
fn service_metrics() {
    let run = run_of(
        r#"{"_comment": "x", "thresholds": {"deep": {"p95_latency_ms": 1}}, "version": 2,
        "rag": {"avg_latency_ms": "150ms", "p95_latency_ms": "1.5s", "p99_latency_ms": 1900, "rps": 35, "error_rate_pct": 0.33,
            "total_requests": 300, "total_failures": 1.5, "sandbox_violations": 2, "query_p95_ms": 61.5,
            "qdrant_timeout_rate_pct": 0.1, "healthy": true, "owner": "me", "gone_ms": null, "nested": {"a": 1},
            "negative_ms": -1, "baseline_users": 50, "timestamp": "2025-10-17T14:30:00Z"},
        "api": {"p95_latency_ms": 20}}"#,
    );
    let names: Vec<_> = run.endpoints.iter().map(|e| e.name.as_str()).collect();
    assert_eq!(names, ["api", "rag"]);
    let rag = run.endpoint(None, "rag").unwrap();
    assert_eq!(rag.latency.mean_ms, Some(150.0));
    assert_eq!((quantile(rag, 95_000), quantile(rag, 99_000)), (Some(1500.0), Some(1900.0)));
    assert_eq!((rag.rate_per_s, rag.error_rate_pct(), rag.requests), (Some(35.0), Some(0.33), Some(300)));
    assert_eq!(rag.failures, None);
    let metrics: Vec<_> = rag.metrics.iter().map(|(k, v)| (k.as_str(), *v)).collect();
    assert_eq!(metrics, [("qdrant_timeout_rate_pct", 0.1), ("query_p95_ms", 61.5), ("sandbox_violations", 2.0)]);
    assert_eq!((run.users, run.started_ms), (Some(50), Some(1_760_711_400_000)));
    let mut skipped: Vec<_> = run
        .notes
        .iter()
        .filter(|n| n.code() == "key-skipped")
        .filter_map(|n| if let Some(Figure::Text(key)) = n.figures.first() { Some(key.as_str()) } else { None })
        .collect();
    skipped.sort_unstable();
    assert_eq!(
        skipped,
        [
            "_comment",
            "rag.healthy",
            "rag.negative_ms",
            "rag.nested",
            "rag.owner",
            "rag.total_failures",
            "thresholds",
            "version"
        ]
    );
    let wrapped = run_of(r#"{"generated": "today", "services": {"api": {"p95_latency_ms": 20}}}"#);
    assert_eq!(wrapped.endpoints.len(), 1);
    assert_eq!(quantile(&wrapped.endpoints[0], 95_000), Some(20.0));
}

#[test]
fn times_with_units_in_the_simulators_csv() {
    let run =
        run_of("Name,# requests,# failures,Median response time,Average response time,95%\napi,10,1,150ms,1.5s,2 s\n");
    let api = run.endpoint(None, "api").unwrap();
    assert_eq!((api.requests, api.failures), (Some(10), Some(1)));
    assert_eq!(
        (quantile(api, 50_000), api.latency.mean_ms, quantile(api, 95_000)),
        (Some(150.0), Some(1500.0), Some(2000.0))
    );
    assert_eq!(run.source.tool, "Simulator");
}

const HISTORY: &str = "Timestamp,User Count,Type,Name,Requests/s,Failures/s,50%,Total Request Count,Total Failure Count,\
    Total Median Response Time,Total Average Response Time\n";

fn history(start: i64) -> String {
    format!("{HISTORY}{start},0,,Aggregated,0,0,N/A,0,0,0,0\n{},5,,Aggregated,0,0,10,40,2,10,20.5\n", start + 1)
}

#[test]
fn grouping_by_names() {
    let stats = table(&[row("GET", "/a"), row("", "Aggregated")]);
    let failures = "Method,Name,Error,Occurrences\nGET,/a,boom,2\n";
    let pile = |paths: &[&str]| {
        let parts = paths.iter().map(|path| match *path {
            p if p.contains("history") => part(p, history(1_700_000_000)),
            p if p.contains("failures") => part(p, failures),
            p => part(p, &stats),
        });
        let groups = group(parts.collect());
        groups.iter().map(|g| (g.label.clone(), g.parts.len())).collect::<Vec<_>>()
    };
    let two = [("base".to_owned(), 3), ("pr".to_owned(), 2)];
    assert_eq!(
        pile(&["base_stats.csv", "pr_failures.csv", "base_stats_history.csv", "pr_stats.csv", "base_failures.csv"]),
        two
    );
    assert_eq!(
        pile(&["a/x_stats.csv", "b/x_stats.csv", "b/x_failures.csv"]),
        [("x".to_owned(), 1), ("x".to_owned(), 2)]
    );
    assert_eq!(pile(&["x_stats.csv", "x_stats.csv"]).len(), 2);
    assert_eq!(pile(&["a_stats.csv", "b_stats.csv", "c_stats.csv"]).len(), 3);
    // A companion file goes to the only run.
    assert_eq!(pile(&["other_failures.csv", "x_stats.csv"]), [("x".to_owned(), 2)]);
}

#[test]
fn roles() {
    let stats = |path: &str| part(path, table(&[row("GET", "/a")]));
    let guess = |parts: Vec<Part>| guess_roles(&group(parts)).map(|g| (g.baseline, g.reason));
    let name = |word: &str| RoleReason::Name(word.into());
    assert_eq!(guess(vec![stats("x_stats.csv"), stats("baseline_stats.csv")]), Some((1, name("baseline"))));
    assert_eq!(guess(vec![stats("pr-482_stats.csv"), stats("x_stats.csv")]), Some((1, name("pr"))));
    assert_eq!(guess(vec![stats("new/x_stats.csv"), stats("main/x_stats.csv")]), Some((1, name("main"))));
    // A part of a word does not count.
    assert_eq!(guess(vec![stats("x_stats.csv"), stats("database_stats.csv")]), Some((0, RoleReason::Order)));
    let later =
        vec![part("x_stats_history.csv", history(1_700_000_500)), part("y_stats_history.csv", history(1_700_000_000))];
    assert_eq!(guess(later), Some((1, RoleReason::EarlierStart)));
    assert_eq!(guess(vec![stats("x_stats.csv")]), None);
    assert_eq!(guess(vec![stats("a_stats.csv"), stats("b_stats.csv"), stats("c_stats.csv")]), None);
}

#[test]
fn several_results_on_one_side() {
    let other = "POST,/b,10,1,20,50,1,200,100,1,0.1,20,150,180,200".to_owned();
    let parts = || {
        let a = table(&[row("GET", "/a"), row("", "Aggregated")]);
        let b = table(&["GET,/a,60,0,30,100.5,2.5,300,100,6,0,30,250,280,300".to_owned(), other.clone()]);
        vec![part("one_stats.csv", a), part("two_stats.csv", b)]
    };
    let refused = assemble(parts(), Parts::Refuse).unwrap_err();
    let files = vec!["one_stats.csv".to_owned(), "two_stats.csv".to_owned()];
    assert_eq!(refused.problem(), &Problem::SeveralResults { files });
    let run = assemble(parts(), Parts::Merge).unwrap();
    let a = run.endpoint(Some("GET"), "/a").unwrap();
    assert_eq!((a.requests, a.failures, a.rate_per_s), (Some(100), Some(2), Some(10.0)));
    // (40 × 25.5 + 60 × 100.5) / 100
    assert_eq!(a.latency.mean_ms, Some(70.5));
    assert_eq!((a.latency.min_ms, a.latency.max_ms), (Some(2.5), Some(300.0)));
    assert_eq!(quantile(a, 95_000), None);
    // 95 of 100: at 30 ms the tables allow 95 % of either (38 + 57), at 250 ms they prove 40 + 57.
    let (low, high) = a.latency.distribution.quantile_bounds_ms(Percentile::P95).unwrap();
    assert_eq!((low, high), (30.0, 250.0));
    assert_eq!((run.rows.read, run.rows.endpoints, run.rows.totals, run.rows.merged), (4, 2, 1, 1));
    assert_eq!(run.requests(), Some(110));
    assert_eq!(codes(&run)[0], "parts-merged");
}

/// Two load generators, each with its history: both count.
#[test]
fn several_histories_on_one_side() {
    let parts = || {
        let stats = table(&[row("GET", "/a"), row("", "Aggregated")]);
        vec![
            part("one_stats.csv", &stats),
            part("one_stats_history.csv", history(1_700_000_000)),
            part("two_stats.csv", &stats),
            part("two_stats_history.csv", history(1_700_000_000)),
        ]
    };
    let run = assemble(parts(), Parts::Merge).unwrap();
    let timeline = run.timeline.as_ref().unwrap();
    assert_eq!((timeline.requests(), run.users, run.requests()), (80, Some(10), Some(80)));
    assert_eq!(timeline.intervals[0].mean_ms, Some(20.5));
    assert!(!codes(&run).contains(&"history-ends-early"), "{:?}", run.notes);
    // Without summaries, two histories are two runs as well.
    let alone = parts().into_iter().filter(|p| p.file.format == "locust-history").collect();
    assert!(matches!(assemble(alone, Parts::Refuse).unwrap_err().problem(), Problem::SeveralResults { .. }));
}

/// Parts of an old Locust: each percentile file belongs to its own summary, and merged percentiles are bounds.
#[test]
fn several_distributions_on_one_side() {
    let requests = "\"Method\",\"Name\",\"# requests\",\"# failures\",\"Average response time\"\n\"GET\",\"/a\",100,0,50\n\
        \"None\",\"Aggregated\",100,0,50";
    let percentiles = |p95: u32| {
        format!("\"Name\",\"# requests\",\"50%\",\"95%\"\n\"GET /a\",100,40,{p95}\n\"Aggregated\",100,40,{p95}")
    };
    let parts = vec![
        part("one_requests.csv", requests),
        part("one_distribution.csv", percentiles(100)),
        part("two_requests.csv", requests),
        part("two_distribution.csv", percentiles(900)),
    ];
    let run = assemble(parts, Parts::Merge).unwrap();
    for endpoint in run.endpoints.iter().chain(&run.total) {
        assert_eq!(quantile(endpoint, 95_000), None);
        let (low, high) = endpoint.latency.distribution.quantile_bounds_ms(Percentile::P95).unwrap();
        assert!(low <= 900.0 && high == 900.0, "{low} {high}");
    }
}

#[test]
fn places_of_bad_fields() {
    // After a quoted newline the row continues one line further down.
    let bad = "GET,\"one\nzwei,é\",40,2,20,25.5,5.25,bad,100,4,0.2,20,90,98,99".to_owned();
    let run = run_of(table(&[row("GET", "\"a\nb\""), String::new(), bad.clone(), row("", "Aggregated")]));
    // Header 1, first row 2–3, blank 4, the bad row 5–6; `zwei,é",40,2,20,25.5,5.25,` are 26 characters.
    let first = first_rejection(&run);
    assert!(first.starts_with("line 6, column 27: Max Response Time “bad” is not a number"), "{first}");
    // Without other rows, the error has the position.
    let error = error(table(&["GET,/a,40,-2,20,25.5,5.25,9,100,4,0.2,20,90,98,99".to_owned()]));
    assert_eq!((error.file(), error.line(), error.column()), ("x.csv", Some(2), Some(11)));
    assert!(error.excerpt().unwrap().starts_with("GET,/a,40,-2"));
    assert!(error.to_string().starts_with("x.csv:2:11: "), "{error}");
}

/// Endpoints without a timed request do not change a total: `PUB events` reports no response times.
#[test]
fn untimed_requests() {
    let untimed = ENTRY
        .replace("\"/a\"", "\"/none\"")
        .replace("\"num_none_requests\": 0", "\"num_none_requests\": 3")
        .replace("\"total_response_time\": 60", "\"total_response_time\": 0")
        .replace("\"max_response_time\": 30", "\"max_response_time\": 0")
        .replace("\"min_response_time\": 10", "\"min_response_time\": null")
        .replace("{\"10\": 1, \"20\": 1, \"30\": 1}", "{}");
    for text in [format!("[{ENTRY},{untimed}]"), format!("[{untimed},{ENTRY}]")] {
        let total = run_of(text).total.unwrap();
        assert_eq!((total.requests, total.latency.mean_ms), (Some(6), Some(20.0)));
        assert_eq!((total.latency.min_ms, total.latency.max_ms), (Some(10.0), Some(30.0)));
        assert_eq!(quantile(&total, 50_000), Some(20.0));
        // Locust's JSON has no mean per second: unknown, not 0.
        assert!(total.timeline.unwrap().intervals.iter().all(|i| i.mean_ms.is_none()));
    }
    let none = "PUB,events,41,0,0,0.0,0,0,0.0,2.1,0.0,0,0,0,0".to_owned();
    let total = run_of(table(&[row("GET", "/a"), none])).total.unwrap();
    assert_eq!((total.requests, total.latency.mean_ms, quantile(&total, 95_000)), (Some(81), Some(25.5), Some(90.0)));
}

/// A few bytes must not become gigabytes: distant seconds in many entries.
#[test]
fn seconds_far_apart() {
    let entry = ENTRY.replace("\"1700000000\": 1, \"1700000009\": 2", "\"1700000000\": 1, \"1700600000\": 2");
    let entries: Vec<_> = (0..200).map(|i| entry.replace("\"/a\"", &format!("\"/{i}\""))).collect();
    let run = run_of(format!("[{}]", entries.join(",")));
    let held: usize = run.endpoints.iter().filter_map(|e| e.timeline.as_ref()).map(|t| t.intervals.len()).sum();
    assert!(held <= 1_010_000, "{held}");
    assert_eq!(run.timeline.unwrap().requests(), 600);
}

/// Counts near the maximum of their type: unknown rather than wrong.
#[test]
fn sums_beyond_the_type() {
    let most = "9007199254740992";
    let rows: Vec<_> =
        (0..2500).map(|i| row("GET", &format!("/{i}")).replace(",40,2,", &format!(",{most},2,"))).collect();
    let total = run_of(table(&rows)).total.unwrap();
    assert_eq!((total.requests, total.failures), (None, Some(5000)));
    // All parts are equal: the bounds are theirs.
    let bounds = total.latency.distribution.quantile_bounds_ms(Percentile::P95).unwrap();
    assert!(bounds.0 <= 90.0 && bounds.1 == 90.0, "{bounds:?}");
    // Weighted means do not overflow either.
    let run = run_of(table(&[row("GET", "/a").replace(",100,4,", ",1e308,4,"), row("GET", "/a")]));
    assert_eq!(run.endpoints[0].mean_bytes, None);
}

/// More endpoints than a report can hold: the rest is one row with their sums, and the total's sums stay.
#[test]
fn more_endpoints_than_a_report_holds() {
    let rows: Vec<_> = (0..20_000).map(|i| row("GET", &format!("/{i}"))).collect();
    let one = run_of(table(&rows[..1])).endpoints[0].clone();
    let run = run_of(table(&rows));
    assert_eq!(run.endpoints.len(), 10_001);
    let rest = run.endpoints.iter().find(|e| e.name == "(all other endpoints)").unwrap();
    let total = run.total.as_ref().unwrap();
    for (endpoint, times) in [(rest, 10_000), (total, 20_000)] {
        assert_eq!(endpoint.requests, one.requests.map(|n| n * times));
        assert_eq!(endpoint.failures, one.failures.map(|n| n * times));
        assert_eq!(endpoint.latency.mean_ms, one.latency.mean_ms);
        assert_eq!(endpoint.latency.max_ms, one.latency.max_ms);
    }
    assert_eq!(run.rows.read, 20_000);
    assert_eq!(run.rows.endpoints + run.rows.merged, 20_000);
    assert!(codes(&run).contains(&"endpoints-capped"), "{:?}", codes(&run));
}

/// An open quote at the start of an old file: not every line is tried with all that follow.
#[test]
fn an_open_quote_before_many_lines() {
    let old = format!("\"Type\",\"Name\",\"Request Count\",\"x%\"\n\"GET\",\"a\n{}", "\"b\" c\n".repeat(20_000));
    assert!(read("x", old.as_bytes()).is_err());
}

/// A row of a history without its count of failures is left out and named: missing is not 0.
#[test]
fn a_history_without_failures_is_not_one_without_failing() {
    let header = "Timestamp,User Count,Type,Name,Requests/s,Failures/s,50%,Total Request Count,Total Failure Count,\
                  Total Average Response Time\n";
    let rows = "1000,1,,Aggregated,0,0,N/A,0,0,0\n1001,1,,Aggregated,0,0,5,10,,5\n1002,1,,Aggregated,0,0,5,20,3,5\n";
    let run = run_of(format!("{header}{rows}"));
    let intervals: Vec<_> =
        run.timeline.unwrap().intervals.iter().map(|i| (i.end_s, i.length_s, i.requests, i.failures)).collect();
    assert_eq!(intervals, [(1002, 2, 20, 3)]);
    let note = run.notes.iter().find(|n| n.code() == "rows-rejected").unwrap().text();
    assert!(note.contains("line 3") && note.contains("Total Failure Count"), "{note}");
    let error = read("x", header.replace(",Total Failure Count", "").as_bytes()).unwrap_err().to_string();
    assert!(error.contains("Total Failure Count"), "{error}");
}

/// A single key name in another tool's JSON is not evidence.
#[test]
fn other_json_is_no_service_metrics() {
    for text in [
        r#"{"config": {"timeout_ms": 500}, "result": {"passed": true}}"#,
        r#"{"result": {"rps": 12.5, "errors": 0}}"#,
        r#"{"summary": {"requests": 100, "failures": 2}}"#,
        r#"{"services": {"db": {"pool_wait_ms": 3}}}"#,
    ] {
        let error = read("x.json", text.as_bytes()).unwrap_err();
        assert!(matches!(error.problem(), Problem::Unrecognised { .. }), "{text}: {error}");
    }
    let read = read("x.json", br#"{"api": {"p95_latency_ms": 120, "rps": 12.5}}"#).unwrap();
    assert_eq!(read.file.format, "service-metrics");
}
