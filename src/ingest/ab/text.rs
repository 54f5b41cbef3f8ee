//! ab's report on its standard output.
//!
//! From ab's source (`ab.c`): times are milliseconds, rounded to whole ones. `Failed requests` counts errors of the
//! connection, of receiving, and responses whose length differs from the first; a request may be in several of these.
//! It does not count `Non-2xx responses`. A percentile is the value at rank ⌊n·p⌋ + 1. With `-S` the table of times has
//! no deviation or median.

use super::super::error::Error;
use super::super::importer::{Descriptor, Format, How, Imported, Input, Sniff};
use super::super::notes::CUT_REPORT;
use super::super::printed::{self, Printed};
use super::super::summary::{Causes, Summary, percentiles};
use crate::run::{ALL_REQUESTS, Definition, Endpoint, Figure, Latency, Note, NoteLevel, Percentile, Run, Words};

pub(in super::super) const FORMAT: Descriptor = Descriptor {
    format: Format {
        id: "ab",
        tool: "ab",
        title: "report on standard output",
        command: "ab -n 1000 -c 10 http://127.0.0.1/ > results.txt",
        percentiles: Some(Definition::Rank),
        endings: &[],
    },
    recognise,
    read: How::Text(read),
};

const NOT_2XX: Words = Words {
    code: "ab-non-2xx",
    level: NoteLevel::Warning,
    text: "{0:response has|responses have} a status other than 2xx. ab does not count them as failed.",
};

const OTHER_LENGTH: Words = Words {
    code: "ab-other-length",
    level: NoteLevel::Warning,
    text: "{0:failure is|failures are} a response of another length than the first. Where pages change their length, these \
           are no failures (ab -l).",
};

const SEVERAL_TIMES: Words = Words {
    code: "ab-failures-counted-twice",
    level: NoteLevel::Warning,
    text: "ab counted {0:failure|failures} of {1:request|requests}: a request that fails in several ways counts several \
           times.",
};

const NOTHING_RECEIVED: Words = Words {
    code: "ab-nothing-received",
    level: NoteLevel::Warning,
    text: "ab received 0 bytes: no request was answered. ab counts a connection that the server closes without an answer as \
           a complete request, and not as failed.",
};

const MARK: &str = "This is ApacheBench, Version ";

fn find(text: &str) -> Option<Printed<'_>> {
    Printed::find(text, |line| line.starts_with(MARK))
}

fn recognise(sniff: &Sniff<'_>) -> Option<String> {
    find(sniff.text).map(|_| format!("line “{}…”", MARK.trim_end()))
}

fn read(input: &Input<'_>) -> Result<Imported, Error> {
    let mut summary = Summary::new(input);
    let Some(mut report) = find(input.text) else { return summary.finish(Run::default(), None) };
    let version = report.value(MARK).and_then(|rest| rest.split_whitespace().next()).map(str::to_owned);
    let why = why_aborted(report.text);
    // Without response times (`-n 1`, `-d`) the table of percentiles is missing.
    let has_levels = report.value("Percentage of the requests").is_some();
    let is_whole = report.is_whole(|line| {
        let is_last_level = line.starts_with("100%") && line.ends_with("request)");
        is_last_level || !has_levels && line.starts_with("Total:")
    });
    let Some(requests) = report.count("Complete requests:") else {
        return Err(report.aborted(input.name, "ab", why));
    };
    let is_whole = is_whole || requests == 0 && report.value("Transfer rate:").is_some();
    let name = report.value("Document Path:").filter(|path| !path.is_empty()).unwrap_or(ALL_REQUESTS).to_owned();
    let failures = report.count("Failed requests:");
    let mut causes = Causes::of(None, &name);
    counts(&report).for_each(|(message, count)| causes.push(message, count));
    let causes = causes.finish();
    if let Some(count) = report.count("Non-2xx responses:").filter(|count| *count > 0) {
        summary.note(Note::say(input.name, &NOT_2XX, [count.into()]));
    }
    if !is_whole {
        summary.note(Note::say(input.name, &CUT_REPORT, [Figure::Word("ab")]));
    }
    if requests > 0 && report.count("Total transferred:") == Some(0) {
        summary.note(Note::say(input.name, &NOTHING_RECEIVED, []));
    }
    if let Some(length) = causes.iter().find(|cause| cause.message == "Length") {
        summary.note(Note::say(input.name, &OTHER_LENGTH, [length.count.into()]));
    }
    if let Some(failures) = failures.filter(|failures| *failures > requests) {
        summary.note(Note::say(input.name, &SEVERAL_TIMES, [failures.into(), requests.into()]));
    }
    if let Some(note) = report.note(input.name) {
        summary.note(note);
    }
    let bytes = report.number("HTML transferred:");
    summary.only(Endpoint {
        name,
        requests: Some(requests),
        failures,
        latency: if requests > 0 { latency(&report) } else { Latency::default() },
        rate_per_s: report.number("Requests per second:").filter(|_| requests > 0),
        mean_bytes: bytes.filter(|_| requests > 0).map(|bytes| bytes / requests as f64),
        ..Endpoint::default()
    });
    let run = Run {
        duration_s: report.number("Time taken for tests:"),
        users: report.count("Concurrency Level:"),
        failures: causes,
        ..Run::default()
    };
    summary.finish(run, version)
}

/// ab's message on abort, at the end of the line it was writing:
/// `Benchmarking 127.0.0.1 (be patient)...apr_socket_recv: Connection refused (111)`.
fn why_aborted(report: &str) -> &str {
    let reason = report.lines().find_map(|line| {
        let (_, error) = line.split_once("apr_")?;
        let (_, reason) = error.split_once(": ")?;
        Some(reason.rsplit_once(" (").map_or(reason, |(reason, _)| reason))
    });
    reason.or_else(|| report.lines().find(|line| line.starts_with("Test aborted after "))).unwrap_or_default()
}

fn latency(report: &Printed<'_>) -> Latency {
    let total: Vec<Option<f64>> =
        report.value("Total:").unwrap_or_default().split_whitespace().map(printed::number).collect();
    let (min_ms, mean_ms, max_ms) = match total.as_slice() {
        [min, mean, _, _, max] | [min, mean, max] => (*min, *mean, *max),
        _ => (None, None, None),
    };
    let levels = report.lines().filter_map(|line| {
        let (level, ms) = line.split_once('%')?;
        Some((Percentile::parse(level)?, printed::number(ms)))
    });
    Latency { mean_ms, min_ms, max_ms, distribution: percentiles(levels), ..Latency::default() }
}

/// `(Connect: 0, Receive: 0, Length: 8, Exceptions: 0)`, absent without failures.
fn counts<'a>(report: &Printed<'a>) -> impl Iterator<Item = (&'a str, u64)> {
    let line = report.lines().find(|line| line.starts_with("(Connect:")).unwrap_or_default();
    line.trim_matches(['(', ')']).split(',').take(8).filter_map(|cause| {
        let (message, count) = cause.split_once(':')?;
        Some((message.trim(), printed::count(count)?))
    })
}
