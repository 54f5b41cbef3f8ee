//! Files with rows as each tool writes them, chosen by bytes: the header of a tool, fields of the kind that each column has,
//! now and then one of another kind or at the edge; quotes, line ends, cuts and junk.

use arbitrary::{Result, Unstructured};

/// What a column holds.
#[derive(Clone, Copy)]
enum Field {
    Millis,
    Seconds,
    Rfc3339,
    Time,
    Count,
    Small,
    Name,
    Method,
    Status,
    Bool,
    Text,
    Metric,
}

use Field::{Bool, Count, Method, Metric, Millis, Name, Rfc3339, Seconds, Small, Status, Text, Time};

struct Shape {
    name: &'static str,
    header: &'static str,
    fields: &'static [Field],
}

const PERCENTILES: [Field; 11] = [Time; 11];

/// Locust's statistics: what stands before the percentiles, and those.
const STATS: [Field; 22] = {
    let mut fields = [Time; 22];
    let first = [Method, Name, Count, Count, Time, Time, Time, Time, Time, Time, Time];
    let mut i = 0;
    while i < 11 {
        fields[i] = first[i];
        fields[i + 11] = PERCENTILES[i];
        i += 1;
    }
    fields
};

const HISTORY: [Field; 24] = {
    let mut fields = [Time; 24];
    let first = [Seconds, Small, Method, Name];
    let mut i = 0;
    while i < 4 {
        fields[i] = first[i];
        i += 1;
    }
    fields[17] = Count;
    fields[18] = Count;
    fields
};

const SHAPES: [Shape; 7] = [
    Shape {
        name: "a_stats.csv",
        header: "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min Response Time,Max Response \
                 Time,Average Content Size,Requests/s,Failures/s,50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%",
        fields: &STATS,
    },
    Shape {
        name: "a_stats_history.csv",
        header: "Timestamp,User Count,Type,Name,Requests/s,Failures/s,50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%,Total \
                 Request Count,Total Failure Count,Total Median Response Time,Total Average Response Time,Total Min Response \
                 Time,Total Max Response Time,Total Average Content Size",
        fields: &HISTORY,
    },
    Shape {
        name: "a_requests.csv",
        header: "timestamp,request_type,name,response_time_ms,response_length,status_code,exception",
        fields: &[Seconds, Method, Name, Time, Count, Status, Text],
    },
    Shape {
        name: "a.jtl",
        header: "timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success,failureMessage,bytes,sentBytes,\
                 grpThreads,allThreads,URL,Latency,IdleTime,Connect",
        fields: &[
            Millis, Count, Name, Status, Text, Text, Text, Bool, Text, Count, Count, Small, Small, Text, Count, Count, Count,
        ],
    },
    Shape {
        name: "a.jtl",
        header: "timeStamp,elapsed,label,responseCode,success,SampleCount,ErrorCount",
        fields: &[Millis, Count, Name, Status, Bool, Small, Small],
    },
    Shape {
        name: "k6.csv",
        header: "metric_name,timestamp,metric_value,check,error,error_code,expected_response,group,method,name,proto,scenario,\
                 service,status,subproto,tls_version,url,extra_tags,metadata",
        fields: &[
            Metric, Seconds, Time, Text, Text, Small, Bool, Text, Method, Name, Text, Text, Text, Status, Text, Text, Name, Text,
            Text,
        ],
    },
    // k6's JSON: see `json_line`.
    Shape { name: "k6.json", header: "", fields: &[Metric, Rfc3339, Time, Method, Name, Status, Bool] },
];

const EDGES: [&str; 24] = [
    "", "0", "-1", "1e308", "-9e300", "NaN", "inf", "18446744073709551615", "18446744073709551616", "9007199254740993",
    "253402300799", "253402300800", "253402300799999", "999999999999", "0.0001", "1e-320", "null", "N/A", " ", "::error::x",
    "Aggregated", "\u{202e}x", "a\u{0}b", "_",
];
const NAMES: [&str; 8] = ["/", "/a", "/b/17", "/b/18", "Aggregated", "login", "é", "/a,b"];
const METRICS: [&str; 8] = [
    "http_req_duration", "http_req_failed", "http_reqs", "vus", "checks", "iterations", "http_req_waiting", "data_received",
];

/// A name and a content.
pub fn file(from: &mut Unstructured<'_>) -> Result<(&'static str, Vec<u8>)> {
    let shape = from.choose(&SHAPES)?;
    let json = shape.name.ends_with("json");
    let end = if from.ratio(1, 6)? { "\r\n" } else { "\n" };
    let separator = if json || !from.ratio(1, 10)? { "," } else { *from.choose(&[";", "\t", "|"])? };
    let mut text = String::new();
    if from.ratio(1, 12)? {
        text.push('\u{feff}');
    }
    if json {
        text.push_str("{\"type\":\"Metric\",\"data\":{\"name\":\"http_req_duration\",\"type\":\"trend\",\"contains\":\"time\",\"submetrics\":null},\"metric\":\"http_req_duration\"}\n");
    } else if !from.ratio(1, 16)? {
        text.push_str(&shape.header.replace(',', separator));
        text.push_str(end);
    }
    let mut moment = 1_700_000_000_000_u64;
    let mut lines = Vec::new();
    for _ in 0..from.int_in_range(0..=60)? {
        if from.is_empty() {
            break;
        }
        moment += u64::from(from.arbitrary::<u16>()?) / 16;
        let fields = shape.fields.iter().map(|field| value(from, *field, moment)).collect::<Result<Vec<_>>>()?;
        lines.push(if json { json_line(&fields) } else { line(from, fields, separator)? });
        if from.ratio(1, 24)? {
            lines.push(junk(from)?);
        }
    }
    if from.ratio(1, 10)? && lines.len() > 2 {
        let (a, b) = (from.choose_index(lines.len())?, from.choose_index(lines.len())?);
        lines.swap(a, b);
    }
    text.push_str(&lines.join(end));
    if from.ratio(7, 8)? {
        text.push_str(end);
    }
    let mut content = text.into_bytes();
    if from.ratio(1, 20)? && !content.is_empty() {
        content.truncate(from.choose_index(content.len())?);
    }
    if from.ratio(1, 20)? && !content.is_empty() {
        let at = from.choose_index(content.len())?;
        content[at] = from.arbitrary()?;
    }
    Ok((shape.name, content))
}

fn value(from: &mut Unstructured<'_>, field: Field, moment: u64) -> Result<String> {
    if from.ratio(1, 40)? {
        return Ok((*from.choose(&EDGES)?).to_owned());
    }
    Ok(match field {
        Millis => moment.to_string(),
        Seconds if from.ratio(1, 2)? => (moment / 1000).to_string(),
        Seconds => format!("{}.{:03}000", moment / 1000, moment % 1000),
        Rfc3339 => {
            let s = moment / 1000 % 86_400;
            format!("2026-01-02T{:02}:{:02}:{:02}.{:03}Z", s / 3600, s / 60 % 60, s % 60, moment % 1000)
        }
        Time if from.ratio(1, 2)? => from.arbitrary::<u16>()?.to_string(),
        Time => format!("{}.{}", from.arbitrary::<u8>()?, from.arbitrary::<u8>()?),
        Count => from.arbitrary::<u16>()?.to_string(),
        Small => from.int_in_range(0..=20)?.to_string(),
        Name => (*from.choose(&NAMES)?).to_owned(),
        Method => (*from.choose(&["GET", "POST", "", "get"])?).to_owned(),
        Status => (*from.choose(&["200", "500", "0", "404", "Non HTTP response code: x"])?).to_owned(),
        Bool => (*from.choose(&["true", "false", "true", "TRUE", ""])?).to_owned(),
        Text => (*from.choose(&["", "x", "Thread 1-1", "a \"b\"", "line\nend", "Number of samples in transaction : 2, number of failing samples : 1"])?).to_owned(),
        Metric => (*from.choose(&METRICS)?).to_owned(),
    })
}

fn line(from: &mut Unstructured<'_>, mut fields: Vec<String>, separator: &str) -> Result<String> {
    if from.ratio(1, 30)? {
        fields.pop();
    } else if from.ratio(1, 30)? {
        fields.push("more".to_owned());
    }
    for field in &mut fields {
        let needs = field.contains([',', ';', '\t', '|', '"', '\n', '\r']);
        if needs || from.ratio(1, 40)? {
            *field = format!("\"{}\"", field.replace('"', "\"\""));
        }
    }
    let mut line = fields.join(separator);
    if from.ratio(1, 50)? {
        // A quote that is opened and never closed.
        let at = (0..=from.choose_index(line.len() + 1)?).rev().find(|at| line.is_char_boundary(*at)).unwrap_or(0);
        line.insert(at, '"');
    }
    Ok(line)
}

fn json_line(fields: &[String]) -> String {
    let [metric, time, number, method, name, status, failed] = fields else { return String::new() };
    let text = |text: &str| format!("\"{}\"", text.escape_default());
    format!(
        "{{\"metric\":{},\"type\":\"Point\",\"data\":{{\"time\":{},\"value\":{},\"tags\":{{\"method\":{},\"name\":{},\"status\":{},\"expected_response\":{}}}}}}}",
        text(metric), text(time), if number.is_empty() { "0" } else { number }, text(method), text(name), text(status), text(failed)
    )
}

fn junk(from: &mut Unstructured<'_>) -> Result<String> {
    Ok((*from.choose(&["", " ", "#", "{}", "null", ",,,,,,", "\"", "Traceback (most recent call last):", "{\"type\":\"Point\"", "\u{feff}"])?).to_owned())
}
