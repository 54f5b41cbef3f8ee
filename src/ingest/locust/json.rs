//! `--json` and `--json-file`: per endpoint a histogram of response times and counts per second. The best summary that
//! Locust writes: it holds the whole run, and percentiles can be merged.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::super::error::{Error, Problem};
use super::super::field;
use super::super::{Content, Input, Reading, Sniff};
use super::{some_text, sum_ns};
use crate::run::merge::{fold_endpoints, sum_endpoints};
use crate::run::time::is_moment;
use crate::run::{
    Buckets, Distribution, Endpoint, Interval, Latency, Note, NoteKind, Rounding, RowAccount, Run, Timeline,
};

/// Seconds without requests are filled in as zeros up to this length of a run; beyond it the file is implausible.
const LONGEST_S: i64 = 7 * 86_400;

/// So many seconds without requests are filled in over all entries of a file. Beyond that a timeline holds the seconds
/// alone that the file lists, so that memory stays in proportion to the file.
const MOST_FILLED: u64 = 1_000_000;

pub(in super::super) fn recognise(sniff: &Sniff<'_>) -> Option<String> {
    let entries = sniff.json?.as_array()?;
    let first = entries.first()?.as_object()?;
    (first.contains_key("num_reqs_per_sec") && first.contains_key("response_times"))
        .then(|| "JSON entries with num_reqs_per_sec and response_times".to_owned())
}

pub(in super::super) fn read(input: &Input<'_>) -> Result<Reading, Error> {
    let entries = input.json.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut notes = vec![Note::about(input.name, NoteKind::PercentilesRounded)];
    let mut endpoints = Vec::with_capacity(entries.len());
    let mut rejected: Option<(u64, Error)> = None;
    let mut span: Option<(f64, f64)> = None;
    let mut none_responses = 0_u64;
    let mut fill = MOST_FILLED;
    for (index, entry) in entries.iter().enumerate() {
        let read = Entry { file: input.name, index, fields: entry.as_object() }.read(&mut fill);
        match read {
            Ok(entry) => {
                none_responses = none_responses.saturating_add(entry.none_requests);
                if let Some((start, end)) = entry.span {
                    span = Some(span.map_or((start, end), |(a, b): (f64, f64)| (a.min(start), b.max(end))));
                }
                endpoints.push(entry.endpoint);
            }
            Err(error) => {
                let first = rejected.take().map_or((1, error), |(count, first)| (count + 1, first));
                rejected = Some(first);
            }
        }
    }
    if let Some((count, first)) = &rejected {
        if endpoints.is_empty() {
            return Err(first.clone());
        }
        notes.push(Note::about(input.name, NoteKind::RowsRejected { count: *count, first: first.what() }));
    }
    let mut rows = RowAccount {
        read: entries.len() as u64,
        rejected: rejected.map_or(0, |(count, _)| count),
        ..RowAccount::default()
    };
    rows.merged = fold_endpoints(&mut endpoints);
    rows.endpoints = endpoints.len() as u64;
    if none_responses > 0 {
        notes.push(Note::about(input.name, NoteKind::NoneResponses { count: none_responses }));
    }
    notes.push(Note::about(input.name, NoteKind::TotalSummed));
    let duration_s = span.map(|(start, end)| end - start).filter(|s| *s > 0.0);
    let mut total = sum_endpoints("Total", &endpoints);
    // As Locust's own table has it, a rate is over the whole run: over the time between an endpoint's own first and last
    // request, what was called once would have had 100,000 requests per second.
    let rate = |count: Option<u64>| count.zip(duration_s).map(|(n, s)| n as f64 / s).filter(|r| r.is_finite());
    for endpoint in endpoints.iter_mut().chain(&mut total) {
        endpoint.rate_per_s = rate(endpoint.requests);
        endpoint.failures_per_s = rate(endpoint.failures);
    }
    let run = Run {
        started_ms: span.map(|(start, _)| libm::round(start * 1000.0) as i64),
        duration_s,
        timeline: total.as_ref().and_then(|t| t.timeline.clone()),
        endpoints: endpoints.into(),
        total,
        rows,
        ..Run::default()
    };
    Ok(Reading { content: Content::Results(Box::new(run)), version: Some(">=2.14".into()), notes, format: None })
}

struct Entry<'a> {
    file: &'a str,
    index: usize,
    fields: Option<&'a Map<String, Value>>,
}

struct ReadEntry {
    endpoint: Endpoint,
    none_requests: u64,
    /// First and last request, seconds since the Unix epoch.
    span: Option<(f64, f64)>,
}

impl Entry<'_> {
    fn bad(&self, key: &str, expected: &'static str) -> Error {
        let path = format!("entry {}, {key}", self.index + 1);
        Error::new(self.file, Problem::BadValue { path, expected })
    }

    fn get(&self, key: &str) -> Option<&Value> {
        self.fields?.get(key).filter(|v| !v.is_null())
    }

    fn number(&self, key: &str) -> Result<Option<f64>, Error> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let number = value.as_f64().and_then(|n| field::checked(n).ok());
        number.map(Some).ok_or_else(|| self.bad(key, "a number of at least 0"))
    }

    fn count(&self, key: &str) -> Result<Option<u64>, Error> {
        let number = self.number(key)?;
        number.map(field::whole).transpose().map_err(|_| self.bad(key, "a whole number"))
    }

    /// `{"key": count}` with numeric keys, scaled by `scale` to whole numbers.
    fn counts(&self, key: &str, scale: f64) -> Result<BTreeMap<u64, u64>, Error> {
        let mut counts = BTreeMap::new();
        let Some(value) = self.get(key) else { return Ok(counts) };
        let expected = "an object of counts by number";
        for (at, count) in value.as_object().ok_or_else(|| self.bad(key, expected))? {
            let at = field::number(at).ok().flatten().and_then(|n| field::whole(libm::round(n * scale)).ok());
            let count = count.as_f64().and_then(|n| field::whole(field::checked(n).ok()?).ok());
            let (Some(at), Some(count)) = (at, count) else { return Err(self.bad(key, expected)) };
            let slot = counts.entry(at).or_insert(0_u64);
            *slot = slot.saturating_add(count);
        }
        Ok(counts)
    }

    /// `fill` is how many seconds without requests may still be filled in.
    fn read(&self, fill: &mut u64) -> Result<ReadEntry, Error> {
        let name = self.get("name").and_then(Value::as_str).ok_or_else(|| self.bad("name", "a text"))?;
        let requests = self.count("num_requests")?.ok_or_else(|| self.bad("num_requests", "a whole number"))?;
        let failures = self.count("num_failures")?;
        let none_requests = self.count("num_none_requests")?.unwrap_or(0);
        let timed = requests.saturating_sub(none_requests);
        let mean_ms = self.number("total_response_time")?.filter(|_| timed > 0).map(|sum| sum / timed as f64);
        let counts_by_us = self.counts("response_times", 1000.0)?;
        let latency = Latency {
            mean_ms,
            sum_ns: sum_ns(mean_ms, Some(timed)),
            min_ms: self.number("min_response_time")?,
            max_ms: self.number("max_response_time")?.filter(|_| timed > 0),
            timed: Some(timed),
            distribution: if counts_by_us.is_empty() {
                Distribution::Unknown
            } else {
                Distribution::Buckets(Buckets { counts_by_us, rounding: Rounding::TwoDigits })
            },
        };
        let span = self.number("start_time")?.zip(self.number("last_request_timestamp")?);
        let span =
            span.filter(|(start, end)| end > start && [start, end].iter().all(|s| is_moment((**s * 1000.0) as i64)));
        let bytes = self.number("total_content_length")?.filter(|_| requests > 0);
        Ok(ReadEntry {
            endpoint: Endpoint {
                method: self.get("method").and_then(Value::as_str).and_then(some_text),
                name: name.to_owned(),
                requests: Some(requests),
                failures,
                latency,
                mean_bytes: bytes.map(|sum| sum / requests as f64),
                timeline: timeline(
                    &self.counts("num_reqs_per_sec", 1.0)?,
                    &self.counts("num_fail_per_sec", 1.0)?,
                    fill,
                ),
                ..Endpoint::default()
            },
            none_requests,
            span,
        })
    }
}

/// Counts per second to intervals; seconds in between without requests are intervals with none, as far as `fill` goes.
fn timeline(requests: &BTreeMap<u64, u64>, failures: &BTreeMap<u64, u64>, fill: &mut u64) -> Option<Timeline> {
    let bound = |at: Option<(&u64, &u64)>| at.and_then(|(s, _)| i64::try_from(*s).ok());
    let (first, last) = (bound(requests.first_key_value())?, bound(requests.last_key_value())?);
    if last - first > LONGEST_S {
        return None;
    }
    let of =
        |counts: &BTreeMap<u64, u64>, s: i64| u64::try_from(s).ok().and_then(|s| counts.get(&s).copied()).unwrap_or(0);
    let interval = |s: i64| Interval {
        end_s: s + 1,
        length_s: 1,
        requests: of(requests, s),
        failures: of(failures, s),
        ..Interval::default()
    };
    let empty = u64::try_from(last - first + 1).unwrap_or(0).saturating_sub(requests.len() as u64);
    let intervals = if let Some(left) = fill.checked_sub(empty) {
        *fill = left;
        (first..=last).map(interval).collect()
    } else {
        requests.keys().filter_map(|s| i64::try_from(*s).ok()).map(interval).collect()
    };
    Some(Timeline { intervals, grid: None })
}
