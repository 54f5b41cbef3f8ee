//! Known but unsupported results: their kind, how to detect them, and the alternative.
//!
//! To add one, add a row to [`UNREAD`], or to [`PRINTED`] for console output: a log may hold that next to a supported
//! report. Once a format is supported, remove its row. Only the head of the file is examined (the first 64 KiB), after
//! every streamed format.

use super::error::{Error, Problem};
use super::{console, jmeter, json, text};

/// An unsupported kind of file.
pub(super) struct Unread {
    /// A stable identifier, e.g. `wrk`.
    id: &'static str,
    /// Its kind, as in "This is …".
    name: &'static str,
    /// Whether the head is of such a file.
    recognise: fn(&Head) -> bool,
    /// The next step.
    advice: &'static str,
}

const DASHBOARD: &str = "Its figures are in another file. Give `content/js/dashboard.js` (or `statistics.json`) of the \
                         same folder, or the `.jtl` file that it was made from.";

const K6: &str = "Give the summary as JSON: `k6 run --summary-export summary.json script.js`, or have `handleSummary` write \
                  `JSON.stringify(data)` to a file.";

const LOCUST: &str = "Give the CSV files of the same run: `locust --headless --csv results`.";

const AUTOCANNON: &str = "Give its JSON: `autocannon -j -c 10 -d 60 http://127.0.0.1/ > results.json`.";

const OHA: &str = "Give its JSON: `oha --no-tui --output-format json -n 1000 http://127.0.0.1/ > results.json`.";

const VEGETA: &str =
    "Give every request, from vegeta's own results: `vegeta encode -to json results.bin > results.json`.";
const GATLING: &str = "Give the `simulation.log` of the same run, which holds every request, or `js/stats.json` of its \
                       report.";

const ARTILLERY: &str = "Give its JSON: `artillery run --output report.json script.yml`.";

const GHZ: &str = "Give its JSON: `ghz -O json -o report.json …`.";

const GOOSE: &str = "Give its JSON: run the load test with `--report-file report.json`.";

const NEWMAN: &str = "Give newman's JSON: `newman run collection.json -r json --reporter-json-export report.json`.";

const TAURUS: &str = "Have it write its final figures (`reporting: [{module: final-stats, dump-csv: stats.csv}]`), or give the \
                      `kpi.jtl` in its artifacts folder.";

/// A table row.
const fn row(id: &'static str, name: &'static str, recognise: fn(&Head) -> bool, advice: &'static str) -> Unread {
    Unread { id, name, recognise, advice }
}

/// Every known but unsupported kind of file, more specific ones first.
static UNREAD: &[Unread] = &[
    row(
        "jmeter-dashboard",
        "the page of JMeter's HTML dashboard",
        |h| h.has_title("Apache JMeter Dashboard"),
        DASHBOARD,
    ),
    row("jmeter-graphs", "the graphs of JMeter's HTML dashboard", is_jmeter_graphs, DASHBOARD),
    row("k6-reporter", "an HTML report of k6-reporter, which is not read", is_k6_reporter, K6),
    row("locust-html-old", "an HTML report of Locust before 2.28, which is not read", is_old_locust_html, LOCUST),
    row("gatling-stats-js", "Gatling's stats.js", is_gatling_js, GATLING),
    row("gatling-assertions", "Gatling's assertions.json", is_gatling_assertions, GATLING),
    row("gatling-html", "Gatling's HTML report, which is not read", |h| h.has_title("Gatling Stats"), GATLING),
    row(
        "autocannon-text",
        "autocannon's console output, whose figures are rounded",
        |h| h.has_line("Running ") && h.has_line("│ Latency"),
        AUTOCANNON,
    ),
    row(
        "oha-text",
        "oha's console output, which is not read",
        |h| h.has_line("Summary:") && h.has_line("Success rate:"),
        OHA,
    ),
    row(
        "ab-html",
        "ab's report as HTML (-w), which is not read",
        |h| h.text.starts_with('<') && h.text.contains("This is ApacheBench, Version "),
        "Give ab's report as text: run ab without `-w`.",
    ),
    row("goose-html", "Goose's HTML report, which is not read", |h| h.has_title("Goose Attack Report"), GOOSE),
    row("newman-html", "newman's HTML report, which is not read", |h| h.has_title("Newman Summary Report"), NEWMAN),
    row(
        "jmeter-plan",
        "a JMeter test plan, which holds no results",
        |h| h.text.starts_with('<') && h.text.contains("<jmeterTestPlan "),
        "Run it, and give its results: `jmeter -n -t plan.jmx -l results.jtl`.",
    ),
    row(
        "jmeter-xml-old",
        "JMeter's XML of version 2.0 and before (`sampleResult`), which is not read",
        |h| h.text.starts_with('<') && h.text.contains("<testResults") && h.text.contains("<sampleResult "),
        "Give results of JMeter 2.1 or newer, or a CSV file with a header: `timeStamp,elapsed,label,success`.",
    ),
    row("vegeta-gob", "vegeta's results in Go's own encoding (gob)", is_vegeta_gob, VEGETA),
    row("vegeta-text", "vegeta's report, which is not read", |h| h.has_line("Requests      [total, rate"), VEGETA),
];

/// Console output of tools: checked if no format matches.
static PRINTED: &[Unread] = &[
    row("locust-log", "Locust's console output, which is not read", is_locust_log, LOCUST),
    row("artillery-text", "Artillery's console output, which is not read", is_artillery_text, ARTILLERY),
    row("newman-text", "newman's console output, which is not read", is_newman_text, NEWMAN),
    row(
        "junit",
        "a JUnit report, which has results of tests and no response times of requests",
        |h| h.text.starts_with('<') && h.text.contains("<testsuites") && h.text.contains("<testcase"),
        "Give the result of the load test tool itself. newman's is `newman run collection.json -r json \
         --reporter-json-export report.json`.",
    ),
    row(
        "tsung-dump",
        "Tsung's dump of its requests (`tsung.dump`), which is not read",
        |h| h.text.starts_with("#date;pid;id;http method;"),
        "Give the `tsung.log` of the same folder.",
    ),
    row(
        "siege-requests",
        "a list of single requests by siege (-v), without siege's summary",
        is_siege_requests,
        "siege prints the summary to its standard error. Keep both: `siege -c 10 -r 100 URL > results.txt 2>&1`.",
    ),
    row(
        "bombardier-text",
        "bombardier's console output, which is not read",
        |h| h.line(|line| line.starts_with("Bombarding ") && line.ends_with(" connection(s)")),
        "Give its JSON: `bombardier -l -p r -o json -c 10 -d 60s http://127.0.0.1/ > results.json`.",
    ),
    row(
        "fortio-text",
        "fortio's console output, which is not read",
        |h| h.line(|line| line.starts_with("All done ") && line.contains(" calls (plus ")),
        "Give its JSON: `fortio load -json result.json http://127.0.0.1:8080/`.",
    ),
    row(
        "gatling-text",
        "Gatling's console output, which is not read",
        |h| h.line(|line| line.starts_with("---- Global Information -----")),
        GATLING,
    ),
    row(
        "goose-text",
        "Goose's console output, which is not read",
        |h| h.line(|line| line == "=== PER REQUEST METRICS ==="),
        GOOSE,
    ),
    row("ghz-text", "ghz's console output, which is not read", is_ghz_text, GHZ),
    row(
        "nighthawk-text",
        "Nighthawk's console output, which is not read",
        |h| h.line(|line| line == "Nighthawk - A layer 7 protocol benchmarking tool."),
        "Give its output in fortio's format: `nighthawk_client --output-format fortio …`.",
    ),
    row(
        "taurus-log",
        "the log of Taurus, which is not read",
        |h| h.line(|line| line.contains("Samples count: ") && line.ends_with("% failures")),
        TAURUS,
    ),
];

/// The error for unsupported console output; `None` for any other head.
pub(super) fn printed(file: &str, head: &[u8]) -> Option<Error> {
    let head = Head::of(head);
    let Unread { id, name, advice, .. } = PRINTED.iter().find(|unread| (unread.recognise)(&head))?;
    Some(Error::new(file, Problem::NotYet { id, what: name, instead: advice }).at(1, 1))
}

/// The error for a known but unsupported file; `None` for any other head.
pub(super) fn find(file: &str, head: &[u8]) -> Option<Error> {
    let head = Head::of(head);
    let Some(Unread { id, name, advice, .. }) = UNREAD.iter().find(|unread| (unread.recognise)(&head)) else {
        return jmeter::renamed(file, head.text.lines().next().unwrap_or_default());
    };
    Some(Error::new(file, Problem::NotYet { id, what: name, instead: advice }).at(1, 1))
}

/// The start of a file.
struct Head {
    /// Decoded, without leading blanks. The last line may be cut.
    text: String,
    /// The keys of its JSON document, see [`keys`].
    keys: Vec<String>,
}

/// Maximum lines examined.
const LINES: usize = 200;

impl Head {
    fn of(bytes: &[u8]) -> Self {
        let text = text::beginning(bytes);
        let text = console::without_colours(text.trim_start().into());
        let text = console::without_prefixes(&text).map_or_else(|| text.into_owned(), |(plain, _)| plain);
        let text = text.trim_start().to_owned();
        let lines = text.match_indices('\n').map(|(at, _)| at + 1).take(LINES);
        let mut starts = std::iter::once(0).chain(lines).filter_map(|at| text.get(at..));
        let keys = starts.find(|text| json::begins_document(text)).map(keys).unwrap_or_default();
        Self { text, keys }
    }

    /// Whether a line begins with this text, ignoring blanks.
    fn has_line(&self, start: &str) -> bool {
        self.text.lines().take(LINES).any(|line| line.trim_start().starts_with(start))
    }

    /// Whether a trimmed line satisfies the predicate.
    fn line(&self, is: impl Fn(&str) -> bool) -> bool {
        self.text.lines().any(|line| is(line.trim()))
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

/// Maximum depth of listed keys of a JSON document.
const LEVELS: usize = 2;

/// The keys of the JSON document at the start of a text, down to [`LEVELS`], as `outer/inner`. The document may be cut;
/// invalid JSON gives some keys or none. Escapes are not resolved.
fn keys(text: &str) -> Vec<String> {
    let mut keys = Vec::new();
    // The keys of all open objects and arrays, the document first.
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

/// A JSON string after its opening quote, and the rest after its closing one.
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

/// `content/js/graph.js` of JMeter's dashboard: the data of its charts over time.
fn is_jmeter_graphs(head: &Head) -> bool {
    head.text.contains("var responseTimePercentilesInfos = {")
}

/// Locust's log, and the table that it prints every two seconds and at its end.
fn is_locust_log(head: &Head) -> bool {
    let is_table = |line: &str| line.starts_with("Type ") && line.contains("# reqs") && line.contains("# fails");
    head.line(|line| is_table(line) || line.contains("/INFO/locust.main: Starting Locust"))
}

/// Artillery 2 prints the metrics of each period, 1 those of the scenarios.
fn is_artillery_text(head: &Head) -> bool {
    let starts = ["Metrics for period to: ", "Summary report @ ", "Scenarios launched: "];
    starts.iter().any(|start| head.line(|line| line.starts_with(start)))
}

fn is_newman_text(head: &Head) -> bool {
    head.text.lines().next().is_some_and(|line| line.trim() == "newman")
        && head.line(|line| line.starts_with(['→', '↳']))
}

/// As hey's, from which it derives, with a count.
fn is_ghz_text(head: &Head) -> bool {
    ["Summary:", "Count:", "Slowest:", "Fastest:", "Requests/sec:"].iter().all(|start| head.has_line(start))
}

/// `HTTP/1.1 200     0.01 secs:     120 bytes ==> GET  /`.
fn is_siege_requests(head: &Head) -> bool {
    head.line(|line| line.starts_with("HTTP/") && line.contains(" secs:") && line.contains(" bytes ==> "))
}

/// The HTML of `benc-uk/k6-reporter`. It truncates figures to two decimals and omits zeros.
fn is_k6_reporter(head: &Head) -> bool {
    head.text.starts_with('<')
        && (head.text.contains("benc-uk/k6-reporter") || head.text.contains("<h4>Breached Thresholds</h4>"))
}

/// Locust's default report up to 2.27.
fn is_old_locust_html(head: &Head) -> bool {
    head.has_title("Test Report for") && head.text.contains("Locust Test Report")
}

/// JavaScript with the figures of `stats.json` and the functions that display them.
fn is_gatling_js(head: &Head) -> bool {
    head.text.starts_with("var stats = {") && head.text.contains("numberOfRequests")
}

/// Results of assertions, without response times.
fn is_gatling_assertions(head: &Head) -> bool {
    head.has_all(&["simulation", "scenarios", "assertions"])
}

/// Output of `vegeta attack`: begins with the type description, whose names are length-prefixed.
fn is_vegeta_gob(head: &Head) -> bool {
    let names = ["\u{6}Result\u{1}", "\u{4}Code\u{1}", "\u{9}Timestamp\u{1}", "\u{7}Latency\u{1}"];
    names.iter().all(|name| head.text.contains(name))
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
        let all = || UNREAD.iter().chain(PRINTED);
        for (at, unread) in all().enumerate() {
            assert!(all().skip(at + 1).all(|other| other.id != unread.id), "{}", unread.id);
            // A worker passes on texts up to this length.
            assert!(unread.advice.len() < 500 && unread.advice.ends_with('.'), "{}", unread.id);
        }
    }

    #[test]
    fn hostile_heads_are_not_recognised() {
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
            assert!(find("x", &bytes).is_none() && printed("x", &bytes).is_none());
        }
    }
}
