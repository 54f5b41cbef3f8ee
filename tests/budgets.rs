//! Peak memory while reading a file, checked against the table in `docs/limits.md`: allocated bytes per input byte, for
//! the worst known input of each format. `-- --nocapture` prints the figures.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs)]
// A global allocator must be unsafe. This one counts and forwards to the system's.
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};

use loaddiff::ingest::{FORMATS, Parts, assemble, read};

struct Counting;

static HELD: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call is forwarded unchanged to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let held = HELD.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        PEAK.fetch_max(held, Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        HELD.fetch_sub(layout.size(), Ordering::Relaxed);
        let held = HELD.fetch_add(size, Ordering::Relaxed) + size;
        PEAK.fetch_max(held, Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.realloc(at, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Peak allocation while running `of`, beyond the level before.
fn peak<T>(of: impl FnOnce() -> T) -> (usize, T) {
    let before = HELD.load(Ordering::Relaxed);
    PEAK.store(before, Ordering::Relaxed);
    let done = of();
    (PEAK.load(Ordering::Relaxed) - before, done)
}

/// Approximate length of the inputs.
const BYTES: usize = 3 << 20;

/// A header, then rows up to [`BYTES`].
fn table(header: &str, row: impl Fn(usize) -> String) -> Vec<u8> {
    let mut text = header.to_owned();
    for i in 0.. {
        if text.len() > BYTES {
            break;
        }
        text.push_str(&row(i));
    }
    text.into_bytes()
}

fn json(begin: &str, item: impl Fn(usize) -> String, end: &str) -> Vec<u8> {
    let mut bytes = table(begin, |i| if i == 0 { item(i) } else { format!(",{}", item(i)) });
    bytes.extend_from_slice(end.as_bytes());
    bytes
}

/// Each level of a percentile in turn.
fn level(i: usize) -> String {
    format!("{}.{:03}", i / 1000 % 100, i % 1000)
}

/// k6's web dashboard, uncompressed: one interval per 90 bytes.
fn dashboard() -> Vec<u8> {
    let begin = "{\"event\":\"metric\",\"data\":{\"time\":{},\"http_reqs\":{\"type\":\"counter\"}}}\n";
    let mut events = table(begin, |i| {
        format!("{{\"event\":\"snapshot\",\"data\":[[1],[{}]]}}\n", 1_700_000_000_000_u64 + i as u64 * 1000)
    });
    events.extend(b"{\"event\":\"cumulative\",\"data\":[[1,1],[]]}\n");
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
    packer.write_all(&events).unwrap();
    let bytes = packer.finish().unwrap();
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = b"<html><script id=\"data\" type=\"application/json; charset=utf-8; gzip; base64\">".to_vec();
    for chunk in bytes.chunks(3) {
        let word = (0..3).fold(0_usize, |word, i| word << 8 | usize::from(chunk.get(i).copied().unwrap_or(0)));
        let written = [18, 12, 6, 0].map(|shift| letters[word >> shift & 63]);
        text.extend(written.into_iter().take(chunk.len() + 1));
    }
    text.extend(b"</script></html>");
    text
}

/// 1 to 20, packed by HdrHistogram.
const HISTOGRAM: &str = "HISTFAAAAD14nJNpmSzMwMCgxQABTFCaEURcm7yEwf4DROAzO9NfRqZ6pmomRyZrILRlUmSSZZIGYhgpyMQLhgC8dAne";

/// A binary log in which each request has a different name.
fn gatling_binary() -> Vec<u8> {
    let text = |text: &str| [&(text.len() as u32).to_be_bytes(), text.as_bytes(), &[0]].concat();
    let mut log = [b"\0".to_vec(), text("3.14.3"), text("a.B"), 1_700_000_000_000_u64.to_be_bytes().to_vec()].concat();
    log.extend([0; 12]);
    for i in 1_u32.. {
        if log.len() > BYTES {
            break;
        }
        log.extend([1, 0, 0, 0, 0]);
        log.extend(i.to_be_bytes());
        log.extend(text(&i.to_string()));
        log.extend([(i * 100).to_be_bytes(), (i * 100 + 1).to_be_bytes()].concat());
        // It succeeded with an empty message.
        log.extend([[1, 0, 0, 0], [0, 0, 0, 0]].concat());
        log.push(0);
    }
    log
}

/// Worst known inputs by format.
fn inputs() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let stats = "Type,Name,Request Count,Median Response Time,99%\n";
    let history = "Timestamp,User Count,Type,Name,99%,Total Request Count,Total Failure Count\n";
    let jtl = "timeStamp,elapsed,label,success\n";
    let entry = |i: usize| {
        format!(
            "{{\"name\":\"{i}\",\"num_requests\":1,\"response_times\":{{\"1\":1}},\"num_reqs_per_sec\":{{\"1\":1}}}}"
        )
    };
    let k6 = |i: usize| {
        format!(
            "{{\"metric\":\"http_req_duration\",\"type\":\"Point\",\"data\":{{\"time\":\"2026-01-01T00:{:02}:{:02}Z\",\
             \"value\":1,\"tags\":{{\"name\":\"{i}\"}}}}}}\n",
            i / 60 % 60,
            i % 60
        )
    };
    vec![
        ("locust-stats", "a name for each row", table(stats, |i| format!(",{i},1,1,1\n"))),
        ("locust-stats", "one name", table(stats, |_| ",a,1,1,1\n".into())),
        ("locust-stats", "blank fields", table(stats, |_| ",,,,\n".into())),
        ("locust-stats", "empty rows", table(stats, |_| "a\n".into())),
        ("locust-stats", "a quote in each row", table(stats, |_| ",\"a,1\n".into())),
        (
            "locust-stats",
            "old, with quotes in names",
            table(&stats.replace("Type", "\"Type\""), |_| "\"GET\",\"a\"b\",1,1,1\n".into()),
        ),
        ("locust-history", "a row a second", table(history, |i| format!("{i},1,,a,1,{i},0\n"))),
        ("locust-history", "a name for each row", table(history, |i| format!("1,1,,{i},1,1,0\n"))),
        (
            "locust-history",
            "one long name",
            table(history, |i| format!("{i},1,,{},1,{i},0\n", if i == 0 { "x".repeat(1 << 19) } else { "a".into() })),
        ),
        ("locust-failures", "a cause for each row", table("Method,Name,Error,Occurrences\n", |i| format!(",,{i},1\n"))),
        (
            "locust-exceptions",
            "a text for each row",
            table("Count,Message,Traceback,Nodes\n", |i| format!("1,{i},,\n")),
        ),
        ("locust-distribution", "a name for each row", table("Name,# requests,50%\n", |i| format!("{i},1,1\n"))),
        ("locust-json", "an entry each", json("[", entry, "]")),
        (
            "locust-json",
            "many response times",
            json(
                "[{\"name\":\"a\",\"num_requests\":1,\"num_reqs_per_sec\":{\"1\":1},\"response_times\":{\"0\":1,",
                |i| format!("\"{i}\":1"),
                "}}]",
            ),
        ),
        (
            "locust-json",
            "many seconds",
            json(
                "[{\"name\":\"a\",\"num_requests\":1,\"response_times\":{\"0\":1},\"num_reqs_per_sec\":{\"0\":1,",
                |i| format!("\"{i}\":1"),
                "}}]",
            ),
        ),
        (
            "locust-json",
            "deep and wide in an unknown field",
            json(
                "[{\"name\":\"a\",\"num_requests\":1,\"response_times\":{},\"num_reqs_per_sec\":{},\"x\":[",
                |_| "[]".into(),
                "]}]",
            ),
        ),
        (
            "locust-requests",
            "a name for each row",
            table("timestamp,request_type,name,response_time_ms,exception\n", |i| format!("{i},,{i},1,\n")),
        ),
        (
            "jmeter-csv",
            "a label for each row",
            table(jtl, |i| format!("{},1,{i},true\n", 1_700_000_000_000_usize + i * 100)),
        ),
        (
            "jmeter-csv",
            "a cause for each row",
            table("timeStamp,elapsed,label,success,failureMessage\n", |i| {
                format!("{},1,a,false,{i}\n", 1_700_000_000_000_usize + i * 100)
            }),
        ),
        ("jmeter-csv", "a quote in each row", table(jtl, |_| "1,1,\"a\",\"\n".into())),
        (
            "jmeter-xml",
            "a label for each sample",
            table("<testResults>\n", |i| {
                format!("<sample t=\"1\" ts=\"{}\" lb=\"{i}\"/>", 1_700_000_000_000_usize + i * 100)
            }),
        ),
        (
            "jmeter-xml",
            "a cause for each sample",
            table("<testResults>\n", |i| format!("<sample t=\"1\" lb=\"a\" s=\"false\" rm=\"{i}\"/>")),
        ),
        ("jmeter-xml", "samples that never end", table("<testResults>\n", |_| "<sample t=\"1\">".into())),
        ("jmeter-xml", "one long tag", [b"<testResults>\n<sample t=\"1\" lb=\"".to_vec(), vec![b'x'; BYTES]].concat()),
        (
            "jmeter-statistics",
            "a label for each row",
            json("{", |i| format!("\"{i}\":{{\"transaction\":\"{i}\",\"sampleCount\":1,\"meanResTime\":1}}"), "}"),
        ),
        (
            "jmeter-dashboard-js",
            "empty lists",
            json("x\ncreateTable($(\"#statisticsTable\"), {\"titles\": [\"NaN\",", |_| "[]".into(), "]})"),
        ),
        (
            "jmeter-dashboard-js",
            "a label for each row",
            json(
                "createTable($(\"#statisticsTable\"), {\"overall\": {\"data\": [\"Total\",1,0,0,1,1,1,1,1,1,1]}, \"items\": [",
                |i| format!("{{\"data\":[\"{i}\",1,0,0,1,1,1,1,1,1,1]}}"),
                "]})",
            ),
        ),
        (
            "jmeter-table",
            "a label for each row",
            table("Label,# Samples,Average,Min,Max,Std. Dev.,Error %,Throughput\n", |i| {
                format!("{i},1,1,1,1,1,0%,1\n")
            }),
        ),
        (
            "jmeter-table",
            "empty rows",
            table("Label,# Samples,Average,Min,Max,Std. Dev.,Error %,Throughput\n", |_| "a\n".into()),
        ),
        (
            "jmeter-summary-lines",
            "a line a second",
            table("", |i| {
                format!(
                    "s + 1 in 1s = 1/s Avg: 1 Min: 1 Max: 1 Err: {}\ns = {i} in {i}s = 1/s Avg: 1 Min: 1 Max: 1 Err: 0\n",
                    i % 2
                )
            }),
        ),
        (
            "jmeter-summary-lines",
            "a name for each line",
            table("", |i| {
                format!("n{} = 1 in 1s = 1/s Avg: 1 Min: 1 Max: 1 Err: 0\n", (b'a' + (i % 26) as u8) as char)
            }),
        ),
        (
            "taurus-csv",
            "a label for each row",
            table("label,avg_rt,fail,throughput,perc_50.0\n", |i| format!("{i},1,0,1,1\n")),
        ),
        ("taurus-csv", "many percentiles", {
            let levels: String = (1..4000).map(|i| format!(",perc_{}.{:03}", i / 41, i % 41)).collect();
            table(&format!("label,avg_rt,fail,throughput{levels}\n"), |i| format!("{i},1,0,1{}\n", ",1".repeat(3999)))
        }),
        (
            "taurus-xml",
            "a label for each group",
            table("<FinalStatus>\n", |i| format!("<Group label=\"{i}\"><throughput value=\"1\"/></Group>")),
        ),
        (
            "taurus-xml",
            "many percentiles",
            table("<FinalStatus>\n<Group label=\"a\"><throughput value=\"1\"/>", |i| {
                format!(
                    "<perc value=\"1\" param=\"{}.{}\"/>{}",
                    i % 99,
                    i % 1000,
                    if i % 1000 == 0 { "</Group><Group label=\"b\">" } else { "" }
                )
            }),
        ),
        ("k6-json", "a name for each point", table("", k6)),
        (
            "k6-csv",
            "a name for each point",
            table("metric_name,timestamp,metric_value,name\n", |i| {
                format!("http_req_duration,{},1,{i}\n", 1_700_000_000 + i / 10)
            }),
        ),
        (
            "ab",
            "a level for each line",
            table("This is ApacheBench, Version 2\nComplete requests: 1\n", |i| format!("{}%1\n", level(i))),
        ),
        (
            "ab-percentiles",
            "a level for each row",
            table("Percentage served,Time in ms\n", |i| format!("{},1\n", level(i))),
        ),
        (
            "ab-plot",
            "a row a second",
            table("starttime\tseconds\tctime\tdtime\tttime\twait\n", |i| format!("\t{i}\t\t\t{i}\t\n")),
        ),
        (
            "hey-csv",
            "a status for each row",
            table("response-time,DNS+dialup,DNS,status-code,offset\n", |i| format!("{i},,,{i},{i}\n")),
        ),
        (
            "hey",
            "a cause for each line",
            table("Summary:\nTotal: 1 secs\nRequests/sec: 1\nError distribution:\n", |i| format!("[1]{i}\n")),
        ),
        (
            "wrk",
            "a level for each line",
            table("Running 1s test @ x\nThread Stats\n1 requests in 1s\n", |_| "1% 1\n".into()),
        ),
        (
            "wrk2",
            "a level for each line",
            table("Running 1s test @ x\nThread Stats\n1 requests in 1s\nDetailed Percentile spectrum:\n", |_| {
                "1 .1 1 1\n".into()
            }),
        ),
        (
            "oha",
            "a cause for each request",
            json(
                "{\"summary\":{\"requestsPerSec\":1},\"latencyPercentiles\":{},\"statusCodeDistribution\":{},\
                 \"errorDistribution\":{",
                |i| format!("\"{i}\":1"),
                "}}",
            ),
        ),
        (
            "oha-csv",
            "a row a second",
            table("request-start,DNS,DNS+dialup,Response-delay,request-duration,bytes,status\n", |i| {
                format!("{i},,,,{i},1,{i}\n")
            }),
        ),
        (
            "vegeta-json",
            "a URL for each line",
            table("", |i| {
                format!(
                    "{{\"attack\":\"\",\"seq\":{i},\"code\":200,\"timestamp\":\"2026-01-01T00:{:02}:{:02}Z\",\"latency\":{i},\
                     \"bytes_out\":0,\"bytes_in\":0,\"error\":\"\",\"body\":null,\"method\":\"\",\"url\":\"{i}\"}}\n",
                    i / 60 % 60,
                    i % 60
                )
            }),
        ),
        (
            "vegeta-csv",
            "a URL for each row",
            table("", |i| format!("{},200,{i},0,0,,,,,,{i},\n", 1_700_000_000_000_000_000 + i * 1_000_000_000)),
        ),
        (
            "vegeta-report",
            "a bucket for each request",
            json(
                "{\"latencies\":{\"mean\":1,\"50th\":1},\"requests\":1,\"success\":1,\"status_codes\":{},\"buckets\":{",
                |i| format!("\"{i}\":1"),
                "}}",
            ),
        ),
        ("vegeta-hist", "a bucket for each line", table("Bucket # % Histogram\n", |_| "[,]1\n".into())),
        (
            "vegeta-hdrplot",
            "a level for each line",
            table("Value(ms) Percentile TotalCount 1/(1-Percentile)\n", |_| "1 1 1\n".into()),
        ),
        (
            "autocannon",
            "other members",
            json(
                "{\"latency\":{\"p97_5\":1},\"requests\":{\"total\":1,\"average\":1},\"non2xx\":0,\"errors\":0,\"x\":{",
                |i| format!("\"{i}\":1"),
                "}}",
            ),
        ),
        (
            "bombardier",
            "a cause for each request",
            json(
                "{\"spec\":{\"numberOfConnections\":1},\"result\":{\"req1xx\":0,\"req2xx\":0,\"req3xx\":0,\"req4xx\":0,\
                 \"req5xx\":0,\"others\":1,\"errors\":[",
                |_| "{\"count\":1}".into(),
                "]}}",
            ),
        ),
        (
            "k6-summary",
            "many metrics",
            json("{\"metrics\":{\"http_reqs\":{\"count\":1},", |i| format!("\"m{i}\":{{\"a\":1}}"), "}}"),
        ),
        (
            "k6-summary",
            "a sub-metric each",
            json(
                "{\"metrics\":{\"http_reqs\":{\"count\":1},",
                |i| format!("\"http_req_duration{{name:{i}}}\":{{\"max\":1{}}}", "        ".repeat(14)),
                "}}",
            ),
        ),
        ("k6-text", "a metric each", table("http_reqs...: 1 1/s\n", |i| format!("http_req{i}...: 1 1/s\n"))),
        ("k6-dashboard", "an event each", dashboard()),
        (
            "artillery",
            "a counter each",
            json(
                "{\"aggregate\":{\"counters\":{\"http.requests\":1,",
                |i| format!("\"plugins.metrics-by-endpoint.{i}.codes.200\":1"),
                "}}}",
            ),
        ),
        (
            "newman",
            "an execution each",
            json("{\"run\":{\"timings\":{},\"executions\":[", |i| format!("{{\"item\":{{\"name\":\"{i}\"}}}}"), "]}}"),
        ),
        (
            "postman-runner",
            "a request each",
            json(
                "{\"totalPass\":1,\"totalFail\":1,\"results\":[",
                |i| format!("{{\"name\":\"{i}\",\"times\":[1]}}"),
                "]}",
            ),
        ),
        (
            "locust-html",
            "a row each",
            json(
                "<html><script>window.templateArgs = {\"requests_statistics\":[",
                |i| format!("{{\"name\":\"{i}\",\"num_requests\":1}}"),
                "]}</script>",
            ),
        ),
        (
            "gatling-log",
            "a name for each request",
            table("RUN\ta.B\tb\t1700000000000\t \t3.9.5\n", |i| {
                format!("REQUEST\t\t{i}\t{0}\t{0}\tOK\t \n", 1_700_000_000_000_usize + i * 100)
            }),
        ),
        ("gatling-binary", "a name for each request", gatling_binary()),
        (
            "gatling-stats",
            "a request each",
            json(
                "{\"type\":\"GROUP\",\"stats\":{\"numberOfRequests\":{\"total\":1,\"ko\":0}},\"contents\":{",
                |i| format!("\"{i}\":{{\"stats\":{{\"numberOfRequests\":{{\"total\":1}}}}}}"),
                "}}",
            ),
        ),
        (
            "phout",
            "a tag for each row",
            table("", |i| format!("{}.000\t{i}\t1\t0\t0\t0\t0\t0\t0\t0\t0\t200\n", 1_700_000_000 + i / 10)),
        ),
        (
            "tsung-log",
            "a dump each",
            table("", |i| format!("# stats: dump at {}\nstats: request 1 1 0 1 1 1 1\n", 1_700_000_000 + i)),
        ),
        ("tsung-log", "a counter each", table("# stats: dump at 1700000000\n", |i| format!("stats: {i} 1 1\n"))),
        (
            "tsung-json",
            "a dump each",
            json(
                "{\"stats\":[",
                |i| {
                    format!(
                        "{{\"timestamp\":{i},\"samples\":[{{\"name\":\"request\",\"value\":1,\"global_count\":0}}]}}"
                    )
                },
                "]}",
            ),
        ),
        ("siege-text", "a run each", table("Availability: 1\nTransaction rate: 1\n", |_| "Transactions: 1\n".into())),
        ("siege-log", "a run each", table("Date & Time,  Trans,\n", |i| format!("{i},1,1,1,1,1,1,1,1,1\n"))),
        (
            "siege-json",
            "unknown members",
            json("{\"transactions\":1,\"availability\":1,\"elapsed_time\":1,", |i| format!("\"{i}\":1"), "}"),
        ),
        (
            "hdr-log",
            "a tag each",
            table("#[Histogram log format version 1.3]\n", |i| format!("Tag={i},1,1,1,{HISTOGRAM}\n")),
        ),
        (
            "plain-csv",
            "an endpoint for each row",
            table("endpoint,start_ms,latency_ms,ok\n", |i| format!("{i},{},1,1\n", 1_700_000_000_000_usize + i * 100)),
        ),
        (
            "fortio",
            "a code for each call",
            json(
                "{\"RunType\":\"TCP\",\"ActualDuration\":1,\"NumThreads\":1,\"DurationHistogram\":{\"Count\":1},\"RetCodes\":{",
                |i| format!("\"{i}\":1"),
                "}}",
            ),
        ),
        (
            "nighthawk-fortio",
            "many buckets",
            json(
                "{\"RequestedQPS\":1,\"ActualDuration\":1,\"DurationHistogram\":{\"Count\":1,\"Data\":[",
                |_| "{\"End\":1}".into(),
                "]}}",
            ),
        ),
        (
            "ghz-json",
            "a cause for each call",
            json(
                "{\"count\":1,\"average\":1,\"fastest\":1,\"rps\":1,\"latencyDistribution\":[],\"statusCodeDistribution\":{",
                |i| format!("\"{i}\":1"),
                "}}",
            ),
        ),
        ("ghz-csv", "a cause for each call", table("\nduration (ms),status,error\n", |i| format!("1,{i},\n"))),
        (
            "goose-json",
            "a row each",
            json(
                "{\"raw_metrics\":{},\"raw_response_metrics\":[],\"raw_request_metrics\":[",
                |i| format!("{{\"name\":\"{i}\",\"number_of_requests\":1}}"),
                "]}",
            ),
        ),
        (
            "goose-requests",
            "a name for each row",
            table("elapsed,name,final_url,response_time,success,update\n", |i| format!("{i},{i},,1,true,false\n")),
        ),
        (
            "goose-requests",
            "a changed result for each row",
            table("elapsed,name,final_url,response_time,success,update\n", |i| {
                format!("{i},{i},,1,false,{}\n", i % 2 == 1)
            }),
        ),
        (
            "nbomber-csv",
            "a step for each row",
            table("test_suite,scenario,step_name,request_count,failed\n", |i| format!(",{i},a,1,0\n")),
        ),
        (
            "simulator-csv",
            "a name for each row",
            table("Name,# requests,# failures,Median response time\n", |i| format!("{i},1,0,1\n")),
        ),
        ("service-metrics", "a service each", json("{", |i| format!("\"{i}\":{{\"rps\":1}}"), "}")),
        ("service-metrics", "many metrics", json("{\"a\":{\"rps\":1,", |i| format!("\"m{i}\":1"), "}}")),
        ("service-metrics", "empty lists", json("{\"a\":{\"rps\":1},\"b\":[", |_| "[]".into(), "]}")),
        (
            "loaddiff-digest",
            "a text for each run",
            json("{\"loaddiff_digest\":1,\"runs\":[", |_| "\"AA\"".into(), "]}"),
        ),
        ("none", "empty lists", json("[", |_| "[]".into(), "]")),
        ("none", "an object of empty lists", json("{\"a\":[", |_| "[]".into(), "]}")),
        ("none", "deep lists", [vec![b'['; BYTES / 2], vec![b']'; BYTES / 2]].concat()),
        ("none", "beginnings of JSON", table("log\n", |_| "[\n".into())),
        ("none", "columns", vec![b','; BYTES]),
        ("none", "a code page", [b"a\n".to_vec(), vec![0x80; BYTES]].concat()),
    ]
}

/// The allocator counts all threads: run one test at a time.
static ONE: std::sync::Mutex<()> = std::sync::Mutex::new(());

#[test]
fn memory_is_in_proportion() {
    let _one = ONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let stated = stated();
    let mut worst: BTreeMap<&str, (f64, &str)> = BTreeMap::new();
    for (id, what, bytes) in inputs() {
        let started = std::time::Instant::now();
        let (held, part) = peak(|| {
            read("x", &bytes).and_then(|part| {
                let id = part.file.format.clone();
                assemble(vec![part], Parts::Refuse).map_or(Ok(id.clone()), |_| Ok(id))
            })
        });
        match &part {
            Ok(found) => assert_eq!(found, id, "{what}"),
            Err(error) => assert!(!error.to_string().is_empty()),
        }
        let times = held as f64 / bytes.len() as f64;
        let seconds = started.elapsed().as_secs_f64() / bytes.len() as f64 * 1e8;
        println!(
            "{id:20} {what:36} {times:7.1} {seconds:8.2} s/100 MB {}",
            part.as_ref().map_or_else(|e| e.what().chars().take(60).collect::<String>(), |_| "read".into())
        );
        let entry = worst.entry(id).or_insert((times, what));
        if times > entry.0 {
            *entry = (times, what);
        }
    }
    let mut list = String::new();
    for (id, (times, what)) in &worst {
        let limit = stated.get(*id).copied().unwrap_or_else(|| panic!("docs/limits.md says nothing of {id}"));
        write!(list, "{id}: {times:.1} of {limit} ({what}); ").unwrap();
        assert!(*times <= limit, "{id}: {times:.1} bytes a byte, {limit} are stated ({what})");
    }
    println!("{list}");
    for format in FORMATS {
        assert!(worst.contains_key(format.id), "{}", format.id);
    }
}

/// A row of a history takes its own memory, independent of the longest row.
#[test]
fn one_long_name_takes_its_own_memory() {
    let _one = ONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let case = include_bytes!("cases/robust/wide-row-memory/one_long_name_stats_history.csv.gz");
    let (held, part) = peak(|| read("x_stats_history.csv", case));
    assert!(part.is_ok());
    // 3.6 MB, unpacked.
    assert!(held < 100 << 20, "{held}");
}

/// A table with more rows than any real one is refused before buffering them.
#[test]
fn rows_and_columns_are_bounded() {
    let _one = ONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let header = "Type,Name,Request Count\n";
    let rows = format!("{header}{}", ",a,1\n".repeat(2_000_001));
    let columns = format!("Type,Name,Request Count{}\n,a,1\n", ",x".repeat(5000));
    for (text, limit) in [(rows, "2,000,000 rows"), (columns, "4,096 columns")] {
        let error = read("x", text.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(limit), "{error}");
    }
}

/// 60 MB of empty lists in 59 kB: refused, with memory of at most twice the text.
#[test]
fn an_archive_of_empty_lists_is_refused() {
    let _one = ONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let mut text = b"{\"a\":[".to_vec();
    text.extend(b"[],".repeat(20 << 20));
    text.extend(b"[]]}");
    packer.write_all(&text).unwrap();
    let packed = packer.finish().unwrap();
    let size = text.len();
    drop(text);
    let (held, part) = peak(|| read("x.gz", &packed));
    assert!(part.is_err());
    assert!(held < 3 * size, "{held} for {size}");
}

/// Bytes per input byte, as stated in `docs/limits.md`.
fn stated() -> BTreeMap<String, f64> {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/limits.md")).unwrap();
    let rows = text.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| `")?.split('|').map(str::trim);
        let id = cells.next()?.trim_end_matches('`').to_owned();
        Some((id, cells.next()?.parse().ok()?))
    });
    rows.collect()
}
