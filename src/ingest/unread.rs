//! Results that are not read: what each is, how it is recognised, and what to give instead.
//!
//! To add one, add a row to [`UNREAD`]. Once a format is read, take its row out. Only the head of the file is looked at
//! (the first 64 KiB), after every format that is read row by row has been tried on it.

use super::error::{Error, Problem};
use super::{json, text};

/// A kind of file that is not read.
pub(super) struct Unread {
    /// A stable name, e.g. `k6-summary`.
    id: &'static str,
    /// What the file is; the error says "This is …".
    name: &'static str,
    /// Whether the head is of such a file.
    recognise: fn(&Head) -> bool,
    /// The next step.
    advice: &'static str,
}

const JMETER_XML: &str = "Have JMeter write CSV, its default (`jmeter.save.saveservice.output_format=csv`), or convert \
                          this file with JMeter itself: load it into a “Simple Data Writer” that is configured for CSV.";

const JTL: &str = "It holds totals only. Give the `.jtl` file beside it: `jmeter -n -t plan.jmx -l results.jtl`.";

const K6: &str = "Give the results of `k6 run --out json=results.json script.js`.";

const TAURUS: &str = "Give the `kpi.jtl` file in the artifacts folder of the same run.";

const LOCUST: &str = "Give the CSV files of the same run: `locust --headless --csv results`.";

const GATLING: &str = "Give the `simulation.log` of the same run, which holds every request, or `js/stats.json` of its \
                       report.";

const OTHER_TOOL: &str = "Give the results of JMeter, k6 or Locust, or write the figures as normalised metrics JSON: \
                          {\"/cart\": {\"p95_latency_ms\": 120, \"error_rate_pct\": 0.5, \"rps\": 40}}.";

/// A row of the table.
const fn row(id: &'static str, name: &'static str, recognise: fn(&Head) -> bool, advice: &'static str) -> Unread {
    Unread { id, name, recognise, advice }
}

/// Every kind of file that is recognised and not read, more specific ones first.
static UNREAD: &[Unread] = &[
    row("jmeter-xml", "a JMeter results file in XML, which is not read yet", is_jmeter_xml, JMETER_XML),
    row("jmeter-dashboard", "JMeter's HTML dashboard", |h| h.has_title("Apache JMeter Dashboard"), JTL),
    row("jmeter-aggregate", "JMeter's aggregate or summary report", is_jmeter_table, JTL),
    row("k6-summary", "k6's end-of-test summary", is_k6_summary, K6),
    row("k6-console", "k6's console output", |h| h.has_line("http_req_duration..."), K6),
    row("locust-html", "Locust's HTML report", |h| h.has_title("Locust"), LOCUST),
    row("taurus-stats", "Taurus' final-stats CSV", |h| h.header("label,") && h.first_line().contains(",perc_"), TAURUS),
    row("gatling-stats-js", "Gatling's stats.js", is_gatling_js, GATLING),
    row("gatling-assertions", "Gatling's assertions.json", is_gatling_assertions, GATLING),
    row("gatling-html", "Gatling's HTML report, which is not read", |h| h.has_title("Gatling Stats"), GATLING),
    row("artillery", "Artillery's JSON report, which is not read yet", is_artillery, OTHER_TOOL),
    row(
        "autocannon",
        "autocannon's JSON, which is not read yet",
        |h| h.has_all(&["latency/p97_5", "requests/average"]),
        OTHER_TOOL,
    ),
    row(
        "autocannon-text",
        "autocannon's console output, which is not read",
        |h| h.has_line("Running ") && h.has_line("│ Latency"),
        OTHER_TOOL,
    ),
    row(
        "oha",
        "oha's JSON, which is not read yet",
        |h| h.has_all(&["latencyPercentiles", "statusCodeDistribution", "summary"]),
        OTHER_TOOL,
    ),
    row(
        "oha-csv",
        "oha's CSV, which is not read yet",
        |h| h.header("request-start,DNS,DNS+dialup,Response-delay,"),
        OTHER_TOOL,
    ),
    row(
        "oha-text",
        "oha's console output, which is not read",
        |h| h.has_line("Summary:") && h.has_line("Success rate:"),
        OTHER_TOOL,
    ),
    row("hey-csv", "hey's CSV, which is not read yet", |h| h.header("response-time,DNS+dialup,DNS,"), OTHER_TOOL),
    row(
        "hey-text",
        "hey's console output, which is not read",
        |h| h.has_line("Summary:") && h.has_line("Total:\t"),
        OTHER_TOOL,
    ),
    row("vegeta-report", "vegeta's report, which is not read yet", |h| h.has_all(&["latencies/50th"]), OTHER_TOOL),
    row(
        "vegeta-json",
        "vegeta's JSON, which is not read yet",
        |h| h.has_all(&["attack", "seq", "latency"]),
        OTHER_TOOL,
    ),
    row("vegeta-csv", "vegeta's CSV, which is not read yet", is_vegeta_csv, OTHER_TOOL),
    row("vegeta-text", "vegeta's report, which is not read", |h| h.has_line("Requests      [total, rate"), OTHER_TOOL),
    row(
        "wrk",
        "the console output of wrk or wrk2, which is not read",
        |h| h.has_line("Running ") && h.has_line("Thread Stats"),
        OTHER_TOOL,
    ),
    row(
        "ab",
        "the console output of ab (ApacheBench), which is not read",
        |h| h.has_line("This is ApacheBench"),
        OTHER_TOOL,
    ),
    row(
        "ab-tsv",
        "the table of `ab -g`, which is not read yet",
        |h| h.header("starttime\tseconds\tctime\t"),
        OTHER_TOOL,
    ),
    row(
        "ab-percentiles",
        "the table of `ab -e`, which is not read yet",
        |h| h.header("Percentage served,Time in ms"),
        OTHER_TOOL,
    ),
    row(
        "bombardier",
        "bombardier's JSON, which is not read yet",
        |h| h.has_all(&["spec/numberOfConnections", "result/req2xx"]),
        OTHER_TOOL,
    ),
    row("fortio", "fortio's JSON, which is not read yet", |h| h.has_all(&["DurationHistogram"]), OTHER_TOOL),
    row(
        "ghz",
        "ghz's JSON, which is not read yet",
        |h| h.has_all(&["latencyDistribution", "fastest", "rps"]),
        OTHER_TOOL,
    ),
    row("goose", "Goose's JSON report, which is not read yet", |h| h.has_all(&["raw_metrics/requests"]), OTHER_TOOL),
    row("nbomber", "NBomber's CSV, which is not read yet", |h| h.header("test_suite,test_name,scenario,"), OTHER_TOOL),
];

/// The error for a file that is known and not read; `None` where the head is of none of them.
pub(super) fn find(file: &str, head: &[u8]) -> Option<Error> {
    let head = Head::of(head);
    let Unread { id, name, advice, .. } = UNREAD.iter().find(|unread| (unread.recognise)(&head))?;
    Some(Error::new(file, Problem::NotYet { id, what: name, instead: advice }).at(1, 1))
}

/// The beginning of a file.
struct Head {
    /// Decoded, and without blanks in front. The last line may be cut.
    text: String,
    /// The keys of the JSON document in it, see [`keys`].
    keys: Vec<String>,
}

/// So many lines are looked at.
const LINES: usize = 200;

impl Head {
    fn of(bytes: &[u8]) -> Self {
        let text = text::beginning(bytes).trim_start().to_owned();
        let lines = text.match_indices('\n').map(|(at, _)| at + 1).take(LINES);
        let mut starts = std::iter::once(0).chain(lines).filter_map(|at| text.get(at..));
        let keys = starts.find(|text| json::begins_document(text)).map(keys).unwrap_or_default();
        Self { text, keys }
    }

    fn bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }

    fn first_line(&self) -> &str {
        self.text.lines().next().unwrap_or_default()
    }

    /// Whether the first line begins with these columns, quoted or not.
    fn header(&self, columns: &str) -> bool {
        self.first_line().replace('"', "").starts_with(columns)
    }

    /// Whether a line begins with this text, blanks aside.
    fn has_line(&self, start: &str) -> bool {
        self.text.lines().take(LINES).any(|line| line.trim_start().starts_with(start))
    }

    /// Whether it is HTML whose title begins with this text.
    fn has_title(&self, start: &str) -> bool {
        self.text.starts_with('<')
            && self.text.split_once("<title>").is_some_and(|(_, title)| title.trim_start().starts_with(start))
    }

    /// Whether the JSON document has all these keys. `*/name` is the key `name` in any member.
    fn has_all(&self, wanted: &[&str]) -> bool {
        let has = |wanted: &str| match wanted.strip_prefix("*/") {
            Some(last) => self.keys.iter().any(|key| key.split_once('/').is_some_and(|(_, rest)| rest == last)),
            None => self.keys.iter().any(|key| key == wanted),
        };
        wanted.iter().all(|wanted| has(wanted))
    }
}

/// So many levels of a JSON document have their keys listed.
const LEVELS: usize = 2;

/// The keys of the JSON document that a text begins with, down to [`LEVELS`], as `outer/inner`. The document may be cut;
/// what is no JSON gives some keys or none. Keys are taken as they are written, escapes included.
fn keys(text: &str) -> Vec<String> {
    let mut keys = Vec::new();
    // The key of every object and array that is open, the document itself first.
    let mut open: Vec<&str> = Vec::new();
    let (mut last_text, mut key) = ("", "");
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}', '[', ']', '"', ':', ',']) {
        let (_, from) = rest.split_at(at);
        let mut chars = from.chars();
        let sign = chars.next();
        rest = chars.as_str();
        match sign {
            Some('"') => {
                let Some((inner, behind)) = quoted(rest) else { break };
                (last_text, rest) = (inner, behind);
            }
            Some(':') => {
                key = last_text;
                if (1..=LEVELS).contains(&open.len()) {
                    let around = open.iter().skip(1).copied();
                    keys.push(around.chain([key]).collect::<Vec<_>>().join("/"));
                }
            }
            Some('{' | '[') => {
                open.push(key);
                key = "";
            }
            Some('}' | ']') => {
                open.pop();
                if open.is_empty() {
                    break;
                }
            }
            _ => key = "",
        }
    }
    keys
}

/// A JSON text whose opening quote was taken, and what is behind its closing one.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let mut escaped = false;
    let end = text.find(|c| {
        let ends = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    })?;
    let (inner, behind) = text.split_at_checked(end)?;
    Some((inner, behind.strip_prefix('"')?))
}

/// The XML that JMeter writes where it is told to.
fn is_jmeter_xml(head: &Head) -> bool {
    let head = head.bytes();
    let head = head.get(..4096).unwrap_or(head);
    head.starts_with(b"<testResults")
        || head.starts_with(b"<?xml") && memchr::memmem::find(head, b"<testResults").is_some()
}

/// `--summary-export`, `handleSummary` and the machine-readable summary.
fn is_k6_summary(head: &Head) -> bool {
    let metrics = ["metrics/http_req_duration", "metrics/http_reqs", "metrics/iterations", "metrics/data_received"];
    metrics.iter().any(|key| head.has_all(&[key]))
        || head.has_all(&["root_group"])
        || head.has_all(&["metadata/k6Version"])
}

/// The tables that JMeter's listeners "Aggregate Report" and "Summary Report" save, and its `AggregateReport` plugin.
fn is_jmeter_table(head: &Head) -> bool {
    let header = head.first_line().replace('"', "");
    let columns: Vec<&str> = header.split([',', ';', '\t']).map(str::trim).collect();
    columns.starts_with(&["Label", "# Samples", "Average"])
        || columns.starts_with(&["sampler_label", "aggregate_report_count"])
}

/// JavaScript with the figures of `stats.json`, and the functions that show them.
fn is_gatling_js(head: &Head) -> bool {
    head.text.starts_with("var stats = {") && head.text.contains("numberOfRequests")
}

/// Whether each assertion held: no response times.
fn is_gatling_assertions(head: &Head) -> bool {
    head.has_all(&["simulation", "scenarios", "assertions"])
}

/// Artillery 2, or 1.
fn is_artillery(head: &Head) -> bool {
    ["aggregate/counters", "aggregate/scenariosCreated"].iter().any(|key| head.has_all(&[key]))
}

/// No header: nanoseconds since 1970, the status, the latency in nanoseconds.
fn is_vegeta_csv(head: &Head) -> bool {
    let fields: Vec<&str> = head.first_line().split(',').collect();
    let is_number = |text: &&str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    fields.len() >= 9 && fields.first().is_some_and(|ns| ns.len() == 19) && fields.iter().take(5).all(is_number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_a_document() {
        assert_eq!(keys(r#"{"a": {"b": {"c": 1}, "d\"}": [{"e": 1}]}, "f": ":{", "g"#), ["a", "a/b", "a/d\\\"}", "f"]);
        assert_eq!(keys(r#"[{"a": 1}] {"b": 2}"#), ["/a"]);
        assert_eq!(keys(r#"}{"a":"#), Vec::<String>::new());
        assert_eq!(keys("{:\"é"), [""]);
    }

    #[test]
    fn rows_of_the_table() {
        for (at, unread) in UNREAD.iter().enumerate() {
            assert!(UNREAD.iter().skip(at + 1).all(|other| other.id != unread.id), "{}", unread.id);
            // A worker hands texts on up to this length.
            assert!(unread.advice.len() < 500 && unread.advice.ends_with('.'), "{}", unread.id);
        }
    }

    #[test]
    fn hostile_heads_are_of_nothing() {
        for bytes in [
            "[".repeat(65536).into_bytes(),
            "{\"a\":".repeat(13000).into_bytes(),
            "[\n".repeat(32768).into_bytes(),
            "\n".repeat(65536).into_bytes(),
            b"\xff\xfe\x00".to_vec(),
            vec![0; 65536],
            b"\0\0\0\0\x3f3.".to_vec(),
            Vec::new(),
        ] {
            assert!(find("x", &bytes).is_none());
        }
    }
}
