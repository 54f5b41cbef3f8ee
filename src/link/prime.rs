//! What the coder knows before the first bit: what names, figures and facts of load tests look like. It is part of version
//! r1 and never changed: another example is another format.
//!
//! `r1/rows.txt` holds a real pair of runs, eight endpoints and the total under Locust 2.47: for each first the baseline
//! and then the run, with requests, failures, mean, minimum, maximum, and the quantiles of [`QUANTILES`].

use std::sync::OnceLock;

use super::coder::{Codec, Model};
use super::rows::{LOCUST, QUANTILES};
use super::value::{at_log, nearest_log, text};
use super::{LinkError, Shared, r1, rows, thresholds};
use crate::run::{
    Distribution, Endpoint, Failure, Interval, Latency, Note, NoteKind, Percentile, PercentileTable, Rounding,
    RowAccount, Run, Source, Timeline,
};

const WORDS: &str = include_str!("r1/words.txt");
const ROWS: &str = include_str!("r1/rows.txt");

const NAMES: [(&str, &str); 8] = [
    ("GET", "/health"),
    ("POST", "/query"),
    ("GET", "/search"),
    ("POST", "/tools/run"),
    ("GET", "/users/[id]"),
    ("PUT", "/users/[id]"),
    ("POST", "/v1/chat"),
    ("GET", "/v1/models"),
];

/// A codec that has seen the examples.
pub(super) fn learned() -> Result<Codec<'static>, LinkError> {
    static LEARNED: OnceLock<Result<Model, LinkError>> = OnceLock::new();
    LEARNED.get_or_init(learn).clone().map(Codec::knowing)
}

fn learn() -> Result<Model, LinkError> {
    let mut codec = Codec::new();
    let mut last = "";
    for line in WORDS.lines() {
        let (sort, word) = line.split_once(' ').unwrap_or(("0", line));
        let sort = sort.parse().unwrap_or(0);
        text(&mut codec, sort, if sort == 0 { last } else { "" }, word)?;
        last = word;
    }
    // The last one is the freshest in its memory, and the most usual.
    for kept in [Kept::Logarithmic, Kept::Quantiles, Kept::Table] {
        r1::body(&mut codec, example(kept))?;
    }
    Ok(codec.known())
}

#[derive(Clone, Copy, PartialEq)]
enum Kept {
    Table,
    Quantiles,
    Logarithmic,
}

fn example(kept: Kept) -> Shared {
    let mut baseline = blank("baseline", 1_795_458_079_000, kept);
    let mut run = blank("run", 1_795_461_679_000, kept);
    let mut lines = ROWS.lines();
    for name in NAMES.into_iter().map(Some).chain([None]) {
        for (run, seconds) in [(&mut baseline, 89.328_649_520_874_02), (&mut run, 89.553_030_252_456_67)] {
            let Some(e) = lines.next().map(|line| row(line, name, seconds, kept)) else { continue };
            match name {
                Some(_) => run.endpoints.push(e),
                None => run.total = Some(e),
            }
        }
    }
    let policy = thresholds::known_profile(thresholds::Version::R1, 0).unwrap_or_default();
    Shared { baseline, run, policy }
}

fn row(line: &str, name: Option<(&str, &str)>, seconds: f64, kept: Kept) -> Endpoint {
    let mut numbers = line.split(' ').map(|n| n.parse::<f64>().unwrap_or(0.0));
    let mut next = || numbers.next().unwrap_or(0.0);
    let (requests, failures, mean, min, max) = (next() as u64, next() as u64, next(), next(), next());
    let values = QUANTILES.into_iter().zip(numbers).filter(|(p, _)| kept != Kept::Table || LOCUST.contains(p));
    let kept_as = |ms: f64| if kept == Kept::Logarithmic { at_log(nearest_log(ms)).unwrap_or(ms) } else { ms };
    let values_ms = values.map(|(p, ms)| (Percentile(p), kept_as(ms))).collect();
    let rounding = if kept == Kept::Logarithmic { Rounding::None } else { Rounding::TwoDigits };
    Endpoint {
        method: name.map(|(method, _)| method.to_owned()),
        name: name.map_or("Aggregated", |(_, name)| name).to_owned(),
        requests: Some(requests),
        failures: Some(failures),
        latency: Latency {
            mean_ms: Some(mean),
            sum_ns: rows::sum_ns(Some(mean), Some(requests)),
            min_ms: Some(min),
            max_ms: Some(max),
            timed: Some(requests),
            distribution: Distribution::Table(PercentileTable { values_ms, rounding }),
        },
        rate_per_s: Some(requests as f64 / seconds),
        ..Endpoint::default()
    }
}

fn blank(label: &str, started_ms: i64, kept: Kept) -> Run {
    let interval = |s: u8| Interval {
        end_s: started_ms / 1000 + i64::from(s) + 1,
        length_s: 1,
        requests: 38 + u64::from(s) * 7 % 5,
        failures: u64::from(s % 10 == 9),
        mean_ms: Some(100.0 + f64::from(s % 11)),
        users: Some(20.min(u64::from(s) * 10)),
        window_p95_ms: None,
        ..Interval::default()
    };
    let mut notes = vec![Note::on_run(NoteKind::PercentilesRounded)];
    if kept == Kept::Table {
        notes.push(Note::on_run(NoteKind::CsvMayMissEnd));
        notes.push(Note::on_run(NoteKind::HistoryPercentilesWindowed));
    }
    Run {
        label: label.to_owned(),
        source: Source { tool: "Locust".to_owned(), version: Some(">=1.0".to_owned()), files: Vec::new() },
        started_ms: Some(started_ms),
        duration_s: Some(89.0),
        users: Some(20),
        timeline: Some(Timeline { intervals: (0..30).map(interval).collect(), grid: None }),
        failures: vec![Failure {
            method: Some("POST".to_owned()),
            name: "/query".to_owned(),
            message: "HTTPError('500 Server Error: Internal Server Error for url: /query')".to_owned(),
            count: 3,
        }],
        rows: RowAccount { read: 9, endpoints: 8, totals: 1, merged: 0, rejected: 0 },
        notes,
        ..Run::default()
    }
}
