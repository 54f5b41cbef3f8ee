//! hey's report on its standard output.
//!
//! From hey's source (`requester/report.go`, `print.go`): seconds. Times are those of responses; requests without one
//! are only in the error distribution. A percentile is the value at a rank; a level not reached by few responses is
//! printed as `0% in 0.0000 secs`. The figures under “Details” repeat the totals and are not read.

use super::super::error::Error;
use super::super::importer::{Descriptor, Format, How, Imported, Input, Sniff};
use super::super::printed::{self, Printed};
use super::super::summary::{Causes, Summary, percentiles};
use super::BY_STATUS;
use crate::run::{ALL_REQUESTS, Definition, Endpoint, Latency, Note, Percentile, Run};

pub(in super::super) const FORMAT: Descriptor = Descriptor {
    format: Format {
        id: "hey",
        tool: "hey",
        title: "report on standard output",
        command: "hey -n 1000 -c 10 http://127.0.0.1/ > results.txt",
        percentiles: Some(Definition::Rank),
        endings: &[],
    },
    recognise,
    read: How::Text(read),
};

fn find(text: &str) -> Option<Printed<'_>> {
    let report = Printed::find(text, |line| line == "Summary:")?;
    let is_next = report.lines().nth(1).is_some_and(|line| line.starts_with("Total:") && line.ends_with(" secs"));
    (is_next && report.value("Requests/sec:").is_some()).then_some(report)
}

fn recognise(sniff: &Sniff<'_>) -> Option<String> {
    find(sniff.text).map(|_| "lines “Summary:”, “Total: … secs” and “Requests/sec:”".into())
}

fn read(input: &Input<'_>) -> Result<Imported, Error> {
    let mut summary = Summary::new(input);
    let Some(report) = find(input.text) else { return summary.finish(Run::default(), None) };
    let (mut responses, mut errors, mut causes) = (0_u64, 0_u64, Causes::of(None, ALL_REQUESTS));
    let mut section = "";
    for line in report.lines() {
        if line.ends_with("distribution:") {
            section = line;
        }
        let Some((key, rest)) = line.strip_prefix('[').and_then(|line| line.split_once(']')) else { continue };
        match (section, printed::count(key), printed::count(rest)) {
            ("Status code distribution:", Some(status), Some(count)) => {
                responses = responses.saturating_add(count);
                if status >= 400 {
                    causes.push(format!("status {status}"), count);
                }
            }
            ("Error distribution:", Some(count), _) => {
                errors = errors.saturating_add(count);
                causes.push(rest.trim(), count);
            }
            _ => {}
        }
    }
    let requests = responses.saturating_add(errors);
    if requests == 0 {
        return Err(report.aborted(input.name, "hey", ""));
    }
    summary.note(Note::say(input.name, &BY_STATUS, []));
    if let Some(note) = report.note(input.name) {
        summary.note(note);
    }
    summary.only(Endpoint {
        name: ALL_REQUESTS.into(),
        requests: Some(requests),
        failures: Some(causes.count),
        latency: if responses > 0 { latency(&report, responses) } else { Latency::default() },
        rate_per_s: report.number("Requests/sec:"),
        mean_bytes: report.number("Size/request:").filter(|_| responses > 0),
        ..Endpoint::default()
    });
    summary.finish(Run { duration_s: report.number("Total:"), failures: causes.finish(), ..Run::default() }, None)
}

fn latency(report: &Printed<'_>, responses: u64) -> Latency {
    let ms = |label: &str| report.number(label).map(|seconds| seconds * 1000.0);
    let levels = report.lines().filter_map(|line| {
        let (level, seconds) = line.split_once("% in ")?;
        Some((Percentile::parse(level)?, printed::number(seconds).map(|seconds| seconds * 1000.0)))
    });
    Latency {
        mean_ms: ms("Average:"),
        min_ms: ms("Fastest:"),
        max_ms: ms("Slowest:"),
        timed: Some(responses),
        distribution: percentiles(levels),
        ..Latency::default()
    }
}
