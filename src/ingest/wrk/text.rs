//! wrk's report on its standard output.
//!
//! From wrk's source (`wrk.c`, `stats.c`, `units.c`): times have units. Requests are those with a response. A status
//! of 400 or more counts as `Non-2xx or 3xx`. Of the socket errors, a timeout is a late response, which is among the
//! requests and has no response time; the others are requests without a response. wrk adds response times that it
//! considers missing after each long one (`stats_correct`). Scripts print additional lines.

use super::super::error::Error;
use super::super::field;
use super::super::importer::{Descriptor, Format, How, Imported, Input, Sniff};
use super::super::notes::CUT_REPORT;
use super::super::printed::{self, Printed};
use super::super::summary::{Causes, Summary, percentiles};
use crate::run::{ALL_REQUESTS, Definition, Endpoint, Figure, Latency, Note, NoteLevel, Percentile, Run, Words};

pub(in super::super) const FORMAT: Descriptor = Descriptor {
    format: Format {
        id: "wrk",
        tool: "wrk",
        title: "report on standard output",
        command: "wrk -t 2 -c 100 -d 60s --latency http://127.0.0.1/ > results.txt",
        percentiles: Some(Definition::Rank),
        endings: &[],
    },
    recognise,
    read: How::Text(read),
};

const CORRECTED: Words = Words {
    code: "wrk-corrected",
    level: NoteLevel::Info,
    text: "wrk adds response times that it takes to be missing behind long ones (coordinated omission). They are in its mean \
           and percentiles.",
};

const FROM_SCHEDULE: Words = Words {
    code: "wrk2-from-schedule",
    level: NoteLevel::Info,
    text: "wrk2 measures from when a request should have been sent, and leaves out its calibration, the first 10 s.",
};

const FAILURES: Words = Words {
    code: "wrk-failures",
    level: NoteLevel::Info,
    text: "Failures are responses with a status of 400 or more and socket errors. Requests that got no response are added to \
           wrk's count.",
};

const LATE: Words = Words {
    code: "wrk-late-untimed",
    level: NoteLevel::Warning,
    text: "{0:response|responses} came later than wrk's timeout. They are failures, and in no response time: mean, maximum and \
           percentiles are too low.",
};

/// The report at the start of a text, or inside it.
pub(super) fn find(text: &str) -> Option<Printed<'_>> {
    let begins = |line: &str| line.starts_with("Running ") && line.contains(" test @ ");
    let report = Printed::find(text, begins)?;
    report.value("Thread Stats").is_some().then_some(report)
}

fn recognise(sniff: &Sniff<'_>) -> Option<String> {
    let report = find(sniff.text).filter(|report| of_wrk2(report).is_none());
    report.map(|_| "lines “Running … test @” and “Thread Stats”".into())
}

/// A line that only wrk2 writes.
pub(super) fn of_wrk2(report: &Printed<'_>) -> Option<&'static str> {
    let lines = ["Thread calibration:", "Latency Distribution (HdrHistogram", "Detailed Percentile spectrum:"];
    lines.into_iter().find(|line| report.value(line).is_some())
}

fn read(input: &Input<'_>) -> Result<Imported, Error> {
    report(input, true)
}

/// Reads a report: wrk's, or wrk2's.
pub(super) fn report(input: &Input<'_>, is_wrk: bool) -> Result<Imported, Error> {
    let tool = if is_wrk { "wrk" } else { "wrk2" };
    let mut summary = Summary::new(input);
    let Some(report) = find(input.text) else { return summary.finish(Run::default(), None) };
    let url = report.lines().next().and_then(|line| line.split_once(" test @ ")).map(|(_, url)| url.trim());
    let name = url.filter(|url| !url.is_empty()).unwrap_or(ALL_REQUESTS).to_owned();
    // `39500 requests in 30.01s, 19.81MB read`
    let done = report.lines().find_map(|line| {
        let (count, rest) = line.split_once(" requests in ")?;
        Some((printed::count(count)?, time_ms(rest.split(',').next()?)))
    });
    let Some((responses, duration_ms)) = done else {
        return Err(report.aborted(input.name, tool, ""));
    };
    // Failures follow the number of requests, and only if there are some.
    let is_whole = report.lines().any(|line| line.starts_with("Transfer/sec:") && line.ends_with('B'));
    let is_complete = is_whole || report.value("Requests/sec:").is_some();
    let mut causes = Causes::of(None, &name);
    let (unanswered, late) = failures(&report, &mut causes);
    let (failed, failures) = (causes.count, causes.finish());
    let requests = responses.saturating_add(unanswered);
    // wrk2 counts a timeout and continues to wait.
    let timed = if is_wrk { responses.saturating_sub(late) } else { responses };
    summary.note(Note::say(input.name, if is_wrk { &CORRECTED } else { &FROM_SCHEDULE }, []));
    if !is_whole {
        summary.note(Note::say(input.name, &CUT_REPORT, [Figure::Word(tool)]));
    }
    if failed > 0 {
        summary.note(Note::say(input.name, &FAILURES, []));
    }
    if late > 0 && is_wrk {
        summary.note(Note::say(input.name, &LATE, [late.into()]));
    }
    if let Some(note) = report.note(input.name) {
        summary.note(note);
    }
    summary.only(Endpoint {
        name,
        requests: Some(requests),
        // A late response may also have a bad status.
        failures: Some(failed.min(requests)).filter(|_| is_complete),
        latency: if timed > 0 { latency(&report, timed) } else { Latency::default() },
        rate_per_s: report.number("Requests/sec:").filter(|_| is_whole),
        ..Endpoint::default()
    });
    let users = report.lines().find_map(|line| printed::count(line.split_once(" threads and ")?.1));
    let run = Run { duration_s: duration_ms.map(|ms| ms / 1000.0), users, failures, ..Run::default() };
    summary.finish(run, None)
}

/// Parses a time with its unit. Without one it is part of a number, or cut.
fn time_ms(text: &str) -> Option<f64> {
    let has_unit = text.trim_end().ends_with(|c: char| c.is_alphabetic());
    has_unit.then(|| field::time_ms(text).ok()?)?
}

/// Counts the failures. Returns the requests without a response, and the responses without a time.
fn failures(report: &Printed<'_>, causes: &mut Causes<'_>) -> (u64, u64) {
    let (mut unanswered, mut late) = (0_u64, 0);
    causes.push("status of 400 or more", report.count("Non-2xx or 3xx responses:").unwrap_or(0));
    for error in report.value("Socket errors:").unwrap_or_default().split(',').take(8) {
        let mut words = error.split_whitespace();
        let (Some(kind), Some(count)) = (words.next(), words.next().and_then(printed::count)) else { continue };
        match kind {
            "timeout" => late = count,
            _ => unanswered = unanswered.saturating_add(count),
        }
        causes.push(format!("socket error: {kind}"), count);
    }
    (unanswered, late)
}

fn latency(report: &Printed<'_>, timed: u64) -> Latency {
    let mut latency = Latency { timed: Some(timed), ..Latency::default() };
    let (mut levels, mut is_spectrum) = (Vec::new(), false);
    for line in report.lines() {
        // The following lines ignore delayed starts.
        if line.contains("Uncorrected Latency") {
            break;
        }
        is_spectrum |= line.starts_with("Detailed Percentile spectrum:");
        let words: Vec<&str> = line.split_whitespace().take(5).collect();
        match words.as_slice() {
            // The same table has the per-thread means, of requests per second.
            ["Latency", mean, _, max, ..] if latency.mean_ms.is_none() => {
                (latency.mean_ms, latency.max_ms) = (time_ms(mean), time_ms(max));
            }
            [level, time] => {
                levels.extend(level.strip_suffix('%').and_then(Percentile::parse).zip(Some(time_ms(time))))
            }
            [value, share, _, _] if is_spectrum => {
                levels.extend(Percentile::of_share(share).zip(Some(printed::number(value))))
            }
            _ => {}
        }
        // `#[Mean    =        6.588, StdDeviation   =       70.891]`, `#[Max     =     1413.120, Total count    =        39500]`
        let mut figures = line.strip_prefix("#[").unwrap_or_default().trim_end_matches(']').split(',');
        while let Some((label, value)) = figures.next().and_then(|figure| figure.split_once('=')) {
            match label.trim() {
                "Mean" => latency.mean_ms = printed::number(value).or(latency.mean_ms),
                "Max" => latency.max_ms = printed::number(value).or(latency.max_ms),
                "Total count" => latency.timed = printed::count(value).or(latency.timed),
                _ => {}
            }
        }
    }
    latency.distribution = percentiles(levels);
    latency
}
