//! Taurus' final statistics: `dump-csv` and `dump-xml` of its `final-stats` reporter, and AWS' Distributed Load
//! Testing, which stores the latter.
//!
//! From Taurus' source (`bzt/modules/reporting.py`, `aggregator.py`): one row or group per label, with an empty
//! label for all (`ALL` in the cloud). Times are seconds with five decimals. `throughput` is the number of requests,
//! `fail` that of failed ones; `concurrency` the users at the end; `perc_95.0` a percentile, from `perc_0.0` (the
//! smallest) to `perc_100.0` (the largest); `rc_200` the number with this response code. The errors themselves are left
//! out.

pub(super) mod csv;
pub(super) mod xml;

use super::field;
use super::summary::{Summary, percentiles};
use super::text::clip;
use crate::run::{Endpoint, Latency, Note, NoteLevel, Percentile, Run, Words};

/// Missing in both files.
const NO_RATES: Words = Words {
    code: "taurus-final-stats",
    level: NoteLevel::Info,
    text: "Taurus' final statistics hold no rate and no moment: their `throughput` is a number of requests.",
};

/// The figures of one label.
#[derive(Default)]
struct Row {
    label: String,
    requests: Option<u64>,
    succeeded: Option<u64>,
    failed: Option<u64>,
    mean_ms: Option<f64>,
    bytes: Option<f64>,
    users: Option<u64>,
    levels: Vec<(Percentile, Option<f64>)>,
}

impl Row {
    /// Stores a figure by its name; `level` is the part after `perc_`, or `param`.
    fn take(&mut self, name: &str, level: &str, value: &str) {
        let number = field::number(value).ok().flatten();
        let whole = number.and_then(|number| field::whole(number).ok());
        // Seconds have five decimals.
        let ms = number.map(|seconds| libm::round(seconds * 1e8) / 1e5);
        match name {
            "throughput" => self.requests = whole,
            "succ" => self.succeeded = whole,
            "fail" => self.failed = whole,
            "avg_rt" => self.mean_ms = ms,
            "bytes" => self.bytes = number,
            "concurrency" => self.users = whole,
            "perc" => self.levels.extend(percentile(level).map(|level| (level, ms))),
            _ => {}
        }
    }

    /// The number of requests, else the sum of its parts.
    fn requests(&self) -> Option<u64> {
        self.requests.or_else(|| self.succeeded?.checked_add(self.failed?))
    }

    fn is_total(&self) -> bool {
        self.label.trim().is_empty()
    }

    fn endpoint(self, requests: u64) -> Endpoint {
        let level = |wanted: u32| self.levels.iter().find(|(level, _)| level.0 == wanted).and_then(|(_, ms)| *ms);
        let known = |ms: Option<f64>| ms.filter(|_| requests > 0);
        let (min_ms, max_ms) = (known(level(0)), known(level(100_000)));
        let levels = self.levels.into_iter().filter(|(level, _)| (1..100_000).contains(&level.0));
        Endpoint {
            name: self.label,
            requests: Some(requests),
            failures: self.failed,
            latency: Latency {
                mean_ms: known(self.mean_ms),
                min_ms,
                max_ms,
                distribution: percentiles(levels.map(|(level, ms)| (level, known(ms)))),
                ..Latency::default()
            },
            mean_bytes: self.bytes.filter(|_| requests > 0).map(|bytes| bytes / requests as f64),
            ..Endpoint::default()
        }
    }
}

/// `95.0`; 0 is the smallest.
fn percentile(text: &str) -> Option<Percentile> {
    match field::number(text) {
        Ok(Some(0.0)) => Some(Percentile(0)),
        _ => Percentile::parse(text.trim()),
    }
}

/// Adds a row, and its properties of the whole run.
fn add(summary: &mut Summary<'_>, run: &mut Run, row: Row, line: u64) {
    let Some(requests) = row.requests() else {
        let shown: String = clip(&row.label);
        return summary.reject(line, 1, format!("“{shown}” has no number of requests (throughput)"));
    };
    if row.is_total() {
        run.users = row.users.filter(|users| *users > 0);
        summary.total(row.endpoint(requests));
    } else {
        summary.push(row.endpoint(requests));
    }
}

fn note(file: &str) -> Note {
    Note::say(file, &NO_RATES, [])
}
