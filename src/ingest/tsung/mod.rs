//! `tsung.log`: the counters of a run every ten seconds, as text or as JSON.
//!
//! From Tsung's source (`ts_mon.erl`, `ts_stats_mon.erl`) and real files: a time counter (`request`, `page`, `tr_NAME`)
//! has the number and the mean of its interval in milliseconds, the largest and smallest value of the run so far, and
//! mean and number of all intervals **before** this one. So a run's figures are those of its last dump, both combined.
//! An event counter (a status, `error_…`) has the interval's number and the sum so far. Transactions (`tr_`) hold
//! several requests and pauses: they are listed but not summed. Tsung does not mark failed requests. A request whose
//! connection was closed without a response counts as a `request`, but in no status counter.

use std::collections::BTreeMap;

use super::error::Error;
use super::importer::{Imported, Input};
use super::notes::CUT_REPORT;
use super::summary::Summary;
use crate::run::time::is_moment;
use crate::run::{ALL_REQUESTS, Endpoint, Failure, Figure, Interval, Latency, Note, NoteLevel, Run, Timeline, Words};

pub(super) mod json;
pub(super) mod text;

const NOTES: Words = Words {
    code: "tsung-failures",
    level: NoteLevel::Info,
    text: "Tsung does not call requests failed. Those with a status of 400 or more and those without a status count as failed \
           here. It keeps no percentiles, and one row for all requests beside its transactions.",
};

const NO_STATUSES: Words = Words {
    code: "failures-unknown",
    level: NoteLevel::Warning,
    text: "Tsung counted no status. Whether requests failed is unknown.",
};

const INTERVALS: Words = Words {
    code: "tsung-intervals",
    level: NoteLevel::Info,
    text: "Tsung counts in intervals, the longest here of {0:second|seconds}. The duration is that of all intervals. The load \
           may have ended earlier, and the rate have been higher.",
};

const NO_STATUS: &str = "no status";

const ERRORS: Words = Words {
    code: "tsung-errors",
    level: NoteLevel::Warning,
    text: "Tsung counted {0:error|errors} (such as {1}). They are listed and are in no count of requests.",
};

/// Maximum counters.
const MAX_COUNTERS: usize = 10_000;

/// Maximum dumps in the timeline: usually ten seconds each.
const MAX_DUMPS: usize = 100_000;

/// A counter in a dump.
#[derive(Debug, Clone, Copy, Default)]
struct Counter {
    /// In the interval.
    count: u64,
    mean: Option<f64>,
    max: Option<f64>,
    min: Option<f64>,
    /// Of all intervals before.
    before_mean: Option<f64>,
    before_count: u64,
    /// Event counters: sum so far.
    total: Option<u64>,
}

impl Counter {
    /// Number and mean of all intervals.
    fn all(&self) -> (u64, Option<f64>) {
        let sum = |count: u64, mean: Option<f64>| mean.unwrap_or(0.0) * count as f64;
        let count = self.before_count.saturating_add(self.count);
        let sum = sum(self.before_count, self.before_mean) + sum(self.count, self.mean);
        (count, (count > 0).then(|| sum / count as f64))
    }

    fn endpoint(&self, name: &str) -> Endpoint {
        let (requests, mean_ms) = self.all();
        let latency = Latency {
            mean_ms,
            max_ms: self.max.filter(|_| requests > 0),
            min_ms: self.min.filter(|_| requests > 0),
            ..Latency::default()
        };
        Endpoint { name: name.to_owned(), requests: Some(requests), latency, ..Endpoint::default() }
    }
}

/// Dumps during reading.
#[derive(Default)]
struct Dumps {
    /// The last state of each counter.
    counters: BTreeMap<String, Counter>,
    intervals: Vec<Interval>,
    /// Time of the current dump and of the previous one.
    at_s: Option<i64>,
    before_s: Option<i64>,
    /// Failed requests up to the last dump.
    failed: u64,
    now: Interval,
    /// The last dump is incomplete and left out.
    is_cut: bool,
    max_users: Option<u64>,
}

impl Dumps {
    /// Begins a dump.
    fn dump(&mut self, at_s: i64) {
        self.end();
        self.before_s = self.at_s.or(self.before_s);
        self.at_s = Some(at_s).filter(|at_s| is_moment(at_s.saturating_mul(1000)));
    }

    fn users(&mut self, users: u64, max: Option<u64>) {
        self.now.users = Some(users);
        self.max_users = self.max_users.max(max).max(Some(users));
    }

    fn counter(&mut self, name: &str, counter: Counter) {
        if name == "request" {
            self.now.requests = counter.count;
            self.now.mean_ms = counter.mean.filter(|_| counter.count > 0);
        }
        if let Some(known) = self.counters.get_mut(name) {
            *known = counter;
        } else if self.counters.len() < MAX_COUNTERS {
            self.counters.insert(name.to_owned(), counter);
        }
    }

    /// Requests with a status of 400 or more, and requests without a status, so far; `None` if no status was counted,
    /// as with protocols other than HTTP.
    fn failures(&self) -> Option<(u64, u64)> {
        let (mut failed, mut counted) = (0_u64, None);
        for (status, counter) in self.counters.iter().filter_map(|(name, counter)| Some((status(name)?, counter))) {
            let total = counter.total.unwrap_or(0);
            counted = Some(counted.unwrap_or(0_u64).saturating_add(total));
            failed = failed.saturating_add(if status >= 400 { total } else { 0 });
        }
        let requests = self.counters.get("request").map_or(0, |counter| counter.all().0);
        Some((failed, requests.saturating_sub(counted?)))
    }

    /// Ends the dump.
    fn end(&mut self) {
        let mut now = std::mem::take(&mut self.now);
        let Some(end_s) = self.at_s else { return };
        let failed = self.failures().map_or(0, |(failed, without_status)| failed.saturating_add(without_status));
        now.failures = failed.saturating_sub(self.failed);
        // A request may be counted an interval after its status.
        self.failed = self.failed.max(failed);
        // The JSON begins with an empty dump at the start.
        if self.before_s.is_none() && self.counters.is_empty() {
            return;
        }
        // The first dump has no predecessor: assume Tsung's ten seconds. If another run follows in the file, time goes
        // back: no interval begins before the last has ended.
        let before_s = self.before_s.max(self.intervals.last().map(|interval| interval.end_s));
        let length_s = before_s.map_or(Some(10), |before| u32::try_from(end_s.saturating_sub(before)).ok());
        let length_s = length_s.filter(|length| *length > 0);
        if let Some(length_s) = length_s
            && self.intervals.len() < MAX_DUMPS
        {
            self.intervals.push(Interval { end_s, length_s, ..now });
        }
    }

    fn imported(mut self, input: &Input<'_>) -> Result<Imported, Error> {
        self.end();
        let mut summary = Summary::new(input);
        let failures = self.failures();
        let timeline = Timeline { intervals: std::mem::take(&mut self.intervals).into(), grid: None };
        let timeline = Some(timeline).filter(|timeline| !timeline.intervals.is_empty());
        let duration_s = timeline.as_ref().and_then(Timeline::duration_s);
        let rate = |requests: Option<u64>| Some(requests? as f64 / duration_s.filter(|seconds| *seconds > 0.0)?);
        let mut causes = Vec::new();
        let cause =
            |message: String, count| Failure { name: ALL_REQUESTS.into(), message, count, ..Failure::default() };
        if let Some((_, without_status)) = failures {
            causes.push(cause(NO_STATUS.to_owned(), without_status));
        }
        let (mut errors, mut error) = (0_u64, None);
        for (name, counter) in &self.counters {
            let total = counter.total.unwrap_or(0);
            if name == "request" {
                let all = counter.endpoint(ALL_REQUESTS);
                let rate_per_s = rate(all.requests);
                let failures = failures.map(|(failed, without_status)| failed.saturating_add(without_status));
                let all = Endpoint { failures, rate_per_s, ..all };
                summary.total(Endpoint { timeline: timeline.clone(), ..all.clone() });
                summary.push(all);
            } else if name.starts_with("tr_") {
                let transaction = counter.endpoint(name);
                summary.push(Endpoint { rate_per_s: rate(transaction.requests), ..transaction });
            } else if let Some(status) = status(name).filter(|status| *status >= 400) {
                causes.push(cause(format!("status {status}"), total));
            } else if name.starts_with("error") && total > 0 {
                errors = errors.saturating_add(total);
                error.get_or_insert(name.as_str());
                causes.push(cause(name.clone(), total));
            }
        }
        summary.note(Note::say(input.name, &NOTES, []));
        if failures.is_none() {
            summary.note(Note::say(input.name, &NO_STATUSES, []));
        }
        let longest = timeline.as_ref().and_then(|timeline| timeline.intervals.iter().map(|i| i.length_s).max());
        if let Some(longest) = longest {
            summary.note(Note::say(input.name, &INTERVALS, [u64::from(longest).into()]));
        }
        if self.is_cut {
            summary.note(Note::say(input.name, &CUT_REPORT, [Figure::Word("Tsung")]));
        }
        if let Some(error) = error {
            summary.note(Note::say(input.name, &ERRORS, [errors.into(), error.into()]));
        }
        causes.retain(|cause| cause.count > 0);
        crate::order::sort_by_key(&mut causes, |cause| std::cmp::Reverse(cause.count));
        let started_ms = timeline.as_ref().and_then(Timeline::start_s).map(|seconds| seconds.saturating_mul(1000));
        let run = Run { started_ms, duration_s, users: self.max_users, timeline, failures: causes, ..Run::default() };
        summary.finish_overlapping(run, None)
    }
}

/// The status of a counter: `200`, in JSON `http_200`.
fn status(name: &str) -> Option<u16> {
    let digits = name.strip_prefix("http_").unwrap_or(name);
    (digits.len() == 3).then(|| digits.parse().ok()).flatten()
}
