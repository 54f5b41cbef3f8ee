//! fortio, Nighthawk, ghz, Goose and NBomber: third-party samples if present, and special cases of each format.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::fs;
use std::path::PathBuf;

use loaddiff::ingest::{Parts, Problem, assemble, read};
use loaddiff::run::{Endpoint, Percentile, Run};
use serde_json::Value;

fn samples() -> Option<(PathBuf, Value)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/samples");
    let Ok(text) = fs::read_to_string(folder.join("expected.json")) else {
        println!("skipped: {} is not here", folder.display());
        return None;
    };
    Some((folder, serde_json::from_str(&text).unwrap()))
}

fn run_from(bytes: &[u8]) -> Run {
    assemble(vec![read("unknown", bytes).unwrap_or_else(|e| panic!("{e}"))], Parts::Refuse).unwrap()
}

fn problem(text: &str) -> Problem {
    read("unknown", text.as_bytes()).err().unwrap().problem().clone()
}

fn only(run: &Run) -> &Endpoint {
    assert_eq!(run.endpoints.len(), 1);
    &run.endpoints[0]
}

fn has(run: &Run, code: &str) -> bool {
    run.notes.iter().any(|note| note.code() == code)
}

fn quantile(endpoint: &Endpoint, percent: &str) -> Option<f64> {
    endpoint.latency.distribution.quantile_ms(Percentile::parse(percent).unwrap())
}

fn near(got: Option<f64>, want: f64, what: &str) {
    assert!(got.is_some_and(|got| (got - want).abs() <= 1e-6 * want.max(1.0)), "{what}: {got:?} for {want}");
}

fn percentiles_are(endpoint: &Endpoint, expected: &Value, what: &str) {
    for (percent, want) in expected.as_object().unwrap() {
        near(quantile(endpoint, percent), want.as_f64().unwrap(), &format!("{what} p{percent}"));
    }
}

#[test]
fn samples_of_fortio() {
    let Some((folder, all)) = samples() else { return };
    for (name, users, started_ms) in
        [("fortio/fortio_readme_1.json", 2, 1_647_729_263_279), ("fortio/fortio_readme_2.json", 8, 1_522_798_378_895)]
    {
        let (expected, run) = (&all[name], run_from(&fs::read(folder.join(name)).unwrap()));
        let endpoint = only(&run);
        assert_eq!((endpoint.requests, endpoint.failures), (expected["count"].as_u64(), Some(0)), "{name}");
        near(endpoint.latency.mean_ms, expected["avg_ms"].as_f64().unwrap(), name);
        percentiles_are(endpoint, &expected["percentiles_ms"], name);
        near(run.duration_s, expected["actual_duration"].as_f64().unwrap() / 1e9, name);
        assert_eq!((run.users, run.started_ms), (Some(users), Some(started_ms)), "{name}");
    }
}

/// Counts are strings. There are more responses than response times, and percentiles only at bucket ends.
#[test]
fn samples_of_nighthawk() {
    let Some((folder, all)) = samples() else { return };
    for (name, requests, p50, p95) in [
        ("fortio/nighthawk_fortio_small.json", 60, 60.903423, 73.601023),
        ("fortio/nighthawk_fortio_large.json", 18_000, 0.182039, 0.336271),
    ] {
        let (expected, run) = (&all[name], run_from(&fs::read(folder.join(name)).unwrap()));
        let endpoint = only(&run);
        let count = expected["count"].as_str().unwrap().parse().ok();
        assert_eq!((endpoint.requests, endpoint.failures, endpoint.latency.timed), (Some(requests), Some(0), count));
        assert_eq!((endpoint.latency.mean_ms, quantile(endpoint, "99")), (None, None), "{name}");
        near(quantile(endpoint, "50"), p50, name);
        near(quantile(endpoint, "95"), p95, name);
        near(run.duration_s, expected["actual_duration"].as_f64().unwrap(), name);
        assert!(has(&run, "responses-untimed"), "{name}");
        assert_eq!(run.source.tool, "Nighthawk");
    }
}

#[test]
fn samples_of_ghz() {
    let Some((folder, all)) = samples() else { return };
    for number in 1..=3 {
        let name = format!("ghz/ghz_report{number}.json");
        let (expected, run) = (&all[&name], run_from(&fs::read(folder.join(&name)).unwrap()));
        let endpoint = only(&run);
        // Fewer calls are listed than made.
        assert!(expected["details"].as_u64() < expected["count"].as_u64());
        let failures = expected["count"].as_u64().unwrap() - expected["status"]["OK"].as_u64().unwrap();
        assert_eq!((endpoint.requests, endpoint.failures), (expected["count"].as_u64(), Some(failures)), "{name}");
        near(endpoint.latency.mean_ms, expected["average_ms"].as_f64().unwrap(), &name);
        near(endpoint.rate_per_s, expected["rps"].as_f64().unwrap(), &name);
        percentiles_are(endpoint, &expected["lat_ms"], &name);
        assert_eq!(run.failures.iter().map(|f| f.count).sum::<u64>(), failures, "{name}");
        assert_eq!(has(&run, "ghz-ok-percentiles"), failures > 0, "{name}");
    }
}

const FORTIO: &str = r#"{"RunType": "TYPE", "ActualQPS": 1, "ActualDuration": 10000000000, "NumThreads": 1,
"DurationHistogram": {"Count": 10, "Min": 0.001, "Max": 0.02, "Avg": 0.005, "Data": [],
"Percentiles": [{"Percentile": 99.9, "Value": 0.0195}]}, "RetCodes": CODES}"#;

fn fortio(kind: &str, codes: &str) -> Run {
    run_from(FORTIO.replace("TYPE", kind).replace("CODES", codes).as_bytes())
}

/// Seconds; -1 is a call without a response; success depends on the protocol.
#[test]
fn fortio_counts_failures_by_code() {
    let run = fortio("HTTP", r#"{"200": 4, "301": 1, "404": 2, "503": 2, "-1": 1}"#);
    let endpoint = only(&run);
    assert_eq!((endpoint.name.as_str(), endpoint.requests, endpoint.failures), ("all requests", Some(10), Some(5)));
    assert_eq!((endpoint.latency.mean_ms, quantile(endpoint, "99.9")), (Some(5.0), Some(19.5)));
    let causes: Vec<_> = run.failures.iter().map(|f| (f.message.as_str(), f.count)).collect();
    assert_eq!(causes, [("status 404", 2), ("status 503", 2), ("no response (-1)", 1)]);
    for (kind, codes, failures) in [
        ("HTTP", r#"{"1": 10}"#, 10),
        ("GRPC Ping", r#"{"1": 9, "-1": 1}"#, 1),
        ("GRPC Health for ''", r#"{"SERVING": 8, "NOT_SERVING": 1, "ERROR": 1}"#, 2),
        ("TCP", r#"{"OK": 7, "connection refused": 3}"#, 3),
    ] {
        assert_eq!(only(&fortio(kind, codes)).failures, Some(failures), "{kind}");
    }
    assert_eq!(only(&fortio("HTTP", "null")).failures, None);
    // A run without calls has no times.
    let empty = FORTIO.replace("\"Count\": 10", "\"Count\": 0").replace("CODES", "{}");
    let run = run_from(empty.as_bytes());
    assert_eq!((only(&run).latency.mean_ms, only(&run).rate_per_s), (None, None));
    let none = FORTIO.replace("\"Count\": 10", "\"Count\": \"many\"").replace("CODES", "{}");
    assert!(matches!(problem(&none), Problem::BadValue { .. }));
}

/// Nanoseconds if Nighthawk follows fortio; percentiles with more than three decimals are skipped.
#[test]
fn nighthawk_has_the_percentiles_of_its_buckets() {
    let text = r#"{"DurationHistogram": {"Count": "4", "Data": [{"Start": 0.001, "End": 0.001, "Percent": 0, "Count": "1"},
        {"Start": 0.001, "End": 0.002, "Percent": 55.00000000000001, "Count": "2"},
        {"Start": 0.002, "End": 0.003, "Percent": 99.0625, "Count": "0"},
        {"Start": 0.002, "End": 0.004, "Percent": 100, "Count": "1"}]}, "RetCodes": {"200": "3", "500": "1"},
        "RequestedQPS": 1, "ActualQPS": 1, "ActualDuration": 4000000000}"#;
    let run = run_from(text.as_bytes());
    let endpoint = only(&run);
    assert_eq!((endpoint.requests, endpoint.failures, run.duration_s), (Some(4), Some(1), Some(4.0)));
    assert_eq!((quantile(endpoint, "55"), quantile(endpoint, "99.063")), (Some(2.0), None));
    assert_eq!((endpoint.latency.min_ms, endpoint.latency.max_ms), (Some(1.0), Some(4.0)));
    assert!(!has(&run, "responses-untimed"));
}

const GHZ: &str = r#"{"count": 3, "total": 1000000000, "average": 2000000, "fastest": 0, "slowest": 0, "rps": 3,
"statusCodeDistribution": {"Unavailable": 3}, "errorDistribution": {"refused": 3}, "latencyDistribution": LATENCIES,
"options": {OPTIONS}, "date": "2025-11-23T10:20:31Z", "details": [DETAILS]}"#;

fn ghz(latencies: &str, options: &str, details: &str) -> Run {
    let text = GHZ.replace("LATENCIES", latencies).replace("OPTIONS", options).replace("DETAILS", details);
    run_from(text.as_bytes())
}

/// 0 means missing: ghz writes it if no call was without an error.
#[test]
fn ghz_without_a_good_call() {
    let run = ghz("null", "", "");
    let endpoint = only(&run);
    assert_eq!((endpoint.requests, endpoint.failures), (Some(3), Some(3)));
    assert_eq!((endpoint.latency.min_ms, endpoint.latency.mean_ms), (None, Some(2.0)));
    assert_eq!((run.started_ms, run.duration_s), (Some(1_763_893_230_000), Some(1.0)));
    assert_eq!((run.failures[0].message.as_str(), run.failures[0].count), ("refused", 3));
    assert!(has(&run, "ghz-ok-percentiles"));
    let run = ghz(
        r#"[{"percentage": 0, "latency": 0}, {"percentage": 99, "latency": 5000000}]"#,
        "\"count-errors\": true",
        "",
    );
    assert_eq!((quantile(only(&run), "99"), quantile(only(&run), "50")), (Some(5.0), None));
    assert!(!has(&run, "ghz-ok-percentiles"));
}

/// Listed calls are not buffered, for any number.
#[test]
fn ghz_lists_very_many_calls() {
    let details = vec!["{\"latency\":1,\"status\":\"OK\"}"; 400_000].join(",");
    assert_eq!(only(&ghz("[]", "\"call\": \"a.B.C\"", &details)).name, "a.B.C");
}

/// Nothing is quoted: an error may have commas and line ends; the rest of its line is not a call.
#[test]
fn errors_of_ghz_contain_anything() {
    let text = "\nduration (ms),status,error\n1.50,OK,\n2.50,Unavailable,no \"connection, again\nand again, and again\n0.50,OK,\n3.0";
    let run = run_from(text.as_bytes());
    let endpoint = only(&run);
    assert_eq!((endpoint.requests, endpoint.failures, run.rows.rejected), (Some(3), Some(1), 2));
    assert_eq!((endpoint.latency.mean_ms, endpoint.rate_per_s, run.timeline.is_none()), (Some(1.5), None, true));
    assert_eq!(run.failures[0].message, "no \"connection, again");
    assert!(has(&run, "cut-row") && has(&run, "rows-rejected"));
    assert_eq!(problem("\nduration (ms),status,error\n"), Problem::HeaderOnly);
    assert!(matches!(problem("\nduration (ms),status,error\nx\n"), Problem::NoUsableRow { .. }));
}

/// Older reports have strings instead of numbers, with thousands separators; a missing number is null.
#[test]
fn goose_writes_numbers_in_several_ways() {
    let text = r#"{"raw_metrics": {"duration": 10, "users": 4}, "raw_request_metrics": [
        {"method": "GET", "name": "/", "number_of_requests": 4, "number_of_failures": 1, "response_time_average": "1250.50",
         "response_time_minimum": 900, "response_time_maximum": 2013, "requests_per_second": "0.40", "failures_per_second": null},
        {"method": "GET", "name": "/never", "number_of_requests": 0, "number_of_failures": 0, "response_time_average": null,
         "response_time_minimum": 0, "response_time_maximum": 0, "requests_per_second": 0, "failures_per_second": 0},
        {"name": "no count"}],
        "raw_response_metrics": [{"method": "GET", "name": "/", "percentile_50": "1,000", "percentile_95": 2000}],
        "co_request_metrics": [], "errors": [{"method": "Get", "name": "/", "error": "503", "occurrences": 1}]}"#;
    let run = run_from(text.as_bytes());
    let endpoint = run.endpoint(Some("GET"), "/").unwrap();
    assert_eq!((endpoint.requests, endpoint.failures, endpoint.latency.mean_ms), (Some(4), Some(1), Some(1250.5)));
    assert_eq!(
        (quantile(endpoint, "50"), quantile(endpoint, "95"), quantile(endpoint, "99")),
        (Some(1000.0), Some(2000.0), None)
    );
    let never = run.endpoint(Some("GET"), "/never").unwrap();
    assert_eq!((never.requests, never.latency.mean_ms, never.latency.min_ms), (Some(0), None, None));
    assert_eq!((run.users, run.duration_s, run.rows.rejected), (Some(4), Some(10.0), 1));
    assert_eq!(run.failures[0].method.as_deref(), Some("GET"));
    assert!(has(&run, "goose-mitigated") && has(&run, "total-summed"));
    assert_eq!(
        problem(r#"{"raw_metrics":{},"raw_request_metrics":[],"raw_response_metrics":[]}"#),
        Problem::HeaderOnly
    );
}

const NBOMBER: &str = "test_suite,test_name,scenario,duration,step_name,request_count,ok,failed,rps,min,mean,max,50_percent,\
                       75_percent,95_percent,99_percent,std_dev,data_transfer_min_kb\n";

/// A row with decimal commas has more fields than the header: it is left out, with the reason in a note.
#[test]
fn decimal_commas_of_nbomber_break_rows() {
    let broken = "s,t,a,00:01:00,one,10,10,0,0,17,1,43,140,11,723,64,119,55,192,77,324,61,399,1,91,48,0,308\n";
    let whole = "s,t,a,00:01:00,two,10,8,2,0.13,1,2.5,9,2,3,8,9,1,0\n";
    let run = run_from(format!("{NBOMBER}{broken}{whole}").as_bytes());
    assert_eq!((only(&run).name.as_str(), run.rows.read, run.rows.rejected), ("a / two", 2, 1));
    assert!(has(&run, "decimal-commas") && has(&run, "nbomber-ok-times"));
    // The rate is that of successful requests: with failures it is not a rate of all.
    assert_eq!((only(&run).rate_per_s, only(&run).latency.timed, run.duration_s), (None, Some(8), Some(60.0)));
    let problem = problem(&format!("{NBOMBER}{broken}{broken}"));
    assert!(matches!(problem, Problem::NotYet { id: "nbomber-decimal-commas", .. }), "{problem:?}");
}

/// Times are of successful requests: without any, 0 means missing.
#[test]
fn nbomber_without_a_success() {
    let run = run_from(format!("{NBOMBER}s,t,a,00:00:30,one,10,0,10,0,0,0,0,0,0,0,0,0,0\n").as_bytes());
    let endpoint = only(&run);
    assert_eq!((endpoint.requests, endpoint.failures), (Some(10), Some(10)));
    assert_eq!((endpoint.latency.mean_ms, quantile(endpoint, "50")), (None, None));
}

/// A scenario's own row covers those of its steps: then there is no total. Without steps it is itself measured.
#[test]
fn nbomber_times_whole_scenarios() {
    let global = "s,t,a,1.00:00:30.5,global information,10,10,0,1,1,2,3,2,2,3,3,1,0\n";
    let run = run_from(format!("{NBOMBER}{global}").as_bytes());
    assert_eq!((only(&run).name.as_str(), run.total.as_ref().unwrap().requests), ("a", Some(10)));
    assert_eq!(run.duration_s, Some(86_430.5));
    let run = run_from(format!("{NBOMBER}{global}s,t,a,00:00:30,one,10,10,0,1,1,2,3,2,2,3,3,1,0\n").as_bytes());
    assert_eq!((run.endpoints.len(), run.total.is_none(), has(&run, "scenario-rows")), (2, true, true));
}

const LOGGED: &str = r#"{"elapsed":10,"raw":{"method":"Get","url":"http://x/a"},"name":"/a","final_url":"http://x/a","response_time":40,"status_code":200,"success":true,"update":false,"error":"","coordinated_omission_elapsed":0}"#;

/// A second row of a request changes its result and is not a request; rows added by Goose are not requests either.
#[test]
fn goose_logs_requests_more_than_once() {
    let changed = |to: bool| {
        let row =
            LOGGED.replace("\"update\":false", "\"update\":true").replace("\"error\":\"\"", "\"error\":\"no title\"");
        row.replace("\"success\":true", &format!("\"success\":{to}"))
    };
    let added = LOGGED.replace("elapsed\":0", "elapsed\":900").replace(":40,", ":9000,");
    let run = run_from(format!("{LOGGED}\n{}\n{LOGGED}\n{added}\n", changed(false)).as_bytes());
    let endpoint = run.endpoint(Some("GET"), "/a").unwrap();
    assert_eq!((endpoint.requests, endpoint.failures, endpoint.latency.max_ms), (Some(2), Some(1), Some(40.0)));
    assert_eq!(run.total.as_ref().unwrap().failures, Some(1));
    assert_eq!((run.failures[0].message.as_str(), run.failures[0].count), ("no title", 1));
    assert_eq!((run.duration_s, endpoint.rate_per_s), (Some(0.04), Some(50.0)));
    assert!(has(&run, "goose-added-rows"));
    // And reversed.
    let run = run_from(format!("{LOGGED}\n{}\n{}\n", changed(false), changed(true)).as_bytes());
    assert_eq!(run.endpoint(Some("GET"), "/a").unwrap().failures, Some(0));
    assert_eq!(problem(&format!("{added}\n")), Problem::HeaderOnly);
}

/// Up to 0.11 the method is next to the URL.
#[test]
fn goose_logged_the_method_elsewhere() {
    let old = LOGGED
        .replace("\"raw\":{\"method\":\"Get\",\"url\":\"http://x/a\"}", "\"method\":\"Put\",\"url\":\"http://x/a\"");
    assert_eq!(run_from(format!("{old}\n").as_bytes()).endpoints[0].label(), "PUT /a");
}
