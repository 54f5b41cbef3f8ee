//! `_stats_history.csv`: one row per second and entry, with cumulative counters.
//!
//! The printed `Requests/s` is a mean over ten seconds that lags by two. Counts, failures and means per second are
//! therefore recovered by differencing the cumulative columns. Percentiles are of a sliding window with
//! `--csv-full-history` and before 1.0; otherwise they are cumulative and not usable over time.

use std::collections::BTreeMap;

use super::super::capped::Capped;
use super::super::content::{Content, History};
use super::super::error::Error;
use super::super::field::{self, FieldError};
use super::super::importer::{Descriptor, Format, How, Imported, Input, Sniff};
use super::super::table::{Row, Table};
use super::columns::{
    BLANK, is_total_name, is_total_type, percentile_columns, percentiles, some_text, sum_ns, without_times,
};
use super::notes::{
    HISTORY_BEFORE_START, HISTORY_PERCENTILES_CUMULATIVE, HISTORY_PERCENTILES_WINDOWED, HISTORY_RESET,
    HISTORY_RESET_ONCE, HISTORY_SKIPPED_SECONDS, quotes_repaired,
};
use crate::run::time::is_moment;
use crate::run::{
    Definition, Distribution, Endpoint, Interval, Latency, Note, Percentile, PercentileTable, Rounding, RowAccount,
    Run, Timeline,
};

pub(in super::super) const FORMAT: Descriptor = Descriptor {
    format: Format {
        id: "locust-history",
        tool: "Locust",
        title: "history CSV (`_stats_history.csv`)",
        command: "locust --headless --csv results --csv-full-history",
        percentiles: Some(Definition::RankTwoDigits),
        endings: &["_stats_history"],
    },
    recognise,
    read: How::Whole(read),
};

fn recognise(sniff: &Sniff<'_>) -> Option<String> {
    let begins = |names: &[&str]| {
        sniff.header.len() > names.len() && sniff.header.iter().zip(names).all(|(h, n)| h.eq_ignore_ascii_case(n))
    };
    let names = [&["Timestamp", "User Count", "Type", "Name"], &["Type", "Name", "Timestamp", "# requests"]];
    names.into_iter().find(|n| begins(*n)).map(|n| format!("header {},…", n.join(",")))
}

struct Columns {
    time: usize,
    users: Option<usize>,
    method: usize,
    name: usize,
    requests: usize,
    failures: usize,
    mean: Option<usize>,
    median: Option<usize>,
    min: Option<usize>,
    max: Option<usize>,
    percentiles: Vec<(usize, Percentile)>,
}

/// One parsed row.
struct Beat {
    time_s: i64,
    users: Option<u64>,
    requests: u64,
    failures: u64,
    mean_ms: Option<f64>,
    median_ms: Option<f64>,
    min_ms: Option<f64>,
    max_ms: Option<f64>,
    table: Option<PercentileTable>,
}

/// Whether it is the total, name, method.
type Key = (bool, String, Option<String>);

fn read(input: &Input<'_>) -> Result<Imported, Error> {
    let mut table = Table::parse(input.name, input.text, &["Timestamp"])?;
    let columns = Columns {
        time: table.need(&["Timestamp"])?,
        users: table.column(&["User Count"]),
        method: table.need(&["Type"])?,
        name: table.need(&["Name"])?,
        requests: table.need(&["Total Request Count", "# requests"])?,
        failures: table.need(&["Total Failure Count", "# failures"])?,
        mean: table.column(&["Total Average Response Time", "Average response time"]),
        median: table.column(&["Total Median Response Time", "Median response time"]),
        min: table.column(&["Total Min Response Time", "Min response time"]),
        max: table.column(&["Total Max Response Time", "Max response time"]),
        percentiles: percentile_columns(&table.header),
    };
    let version = if columns.users.is_some() { ">=1.0" } else { "0.13.3 to 0.14" };
    // Up to 1.0: `"time","users","method","name",…`, before that `"method","name","time",…`.
    let (texts, free) = if columns.users.is_some() { (4, 3) } else { (3, 1) };
    let repaired = table.repair_quotes(texts, free, BLANK);
    let mut notes = quotes_repaired(input.name, repaired);
    let read = table.len();
    table.reject_misshapen();

    let mut series: BTreeMap<Key, Vec<Beat>> = BTreeMap::new();
    let mut row = Row::default();
    for place in table.take() {
        table.fill(place, &mut row);
        match beat(&row, &columns) {
            Ok(beat) => {
                let (kind, name) = (row.get(Some(columns.method)), row.get(Some(columns.name)));
                let is_total = is_total_type(kind) && is_total_name(name);
                let key = if is_total { (true, "Total".into(), None) } else { (false, name.into(), some_text(kind)) };
                series.entry(key).or_default().push(beat);
            }
            Err((column, bad)) => table.reject_field(&row, column, bad),
        }
    }
    if series.is_empty() {
        return Err(table.unusable(read));
    }
    let full = series.len() > 1;
    // Versions before 1.0 always print a sliding window.
    let windowed = full || columns.users.is_none();
    let period_s = period(&series);
    let first_s = series.values().flatten().map(|b| b.time_s).min().unwrap_or(0);
    notes.extend(table.notes());
    let mut history = History { total: None, users: None, endpoints: BTreeMap::new(), last: Run::default() };
    let mut endpoints = Capped::default();
    for ((is_total, name, method), mut beats) in series {
        crate::order::sort_by_key(&mut beats, |b| b.time_s);
        // Of several rows in one second, the last includes the others.
        beats.dedup_by(|next, kept| {
            let same = next.time_s == kept.time_s;
            if same {
                std::mem::swap(next, kept);
            }
            same
        });
        let differenced = difference(&beats, first_s, windowed, period_s);
        if is_total {
            notes.extend(differenced.notes(input.name));
        }
        if let Some(last) = beats.pop() {
            let endpoint = summary(&name, method.clone(), last, windowed, &differenced.timeline);
            if is_total {
                history.last.total = Some(endpoint);
            } else {
                endpoints.push(endpoint);
            }
        }
        if is_total {
            history.users = differenced.timeline.max_users();
            history.total = Some(differenced.timeline);
        } else {
            history.endpoints.insert((name, method), differenced.timeline);
        }
    }
    let words = if windowed { HISTORY_PERCENTILES_WINDOWED } else { HISTORY_PERCENTILES_CUMULATIVE };
    notes.push(Note::say(input.name, &words, []));
    let (endpoints, _, _, capped) = endpoints.finish(input.name);
    if capped.is_some() {
        let listed: std::collections::BTreeSet<_> = endpoints.iter().map(Endpoint::key).collect();
        history.endpoints.retain(|(name, method), _| listed.contains(&(name.as_str(), method.as_deref())));
    }
    notes.extend(capped);
    let (endpoints_n, totals) = (endpoints.len() as u64, u64::from(history.last.total.is_some()));
    history.last.endpoints = endpoints.into();
    let rejected = table.rejected();
    history.last.rows = RowAccount {
        read,
        endpoints: endpoints_n,
        totals,
        // All but the last row of each entry.
        merged: read.saturating_sub(endpoints_n + totals + rejected),
        rejected,
    };
    Ok(Imported { content: Content::History(Box::new(history)), version: Some(version.into()), notes, evidence: None })
}

fn beat(row: &Row, columns: &Columns) -> Result<Beat, (usize, FieldError)> {
    let at = |column: Option<usize>| column.unwrap_or(0);
    let time = |column: Option<usize>| field::time_ms(row.get(column)).map_err(|bad| (at(column), bad));
    let count = |column: Option<usize>| field::count(row.get(column)).map_err(|bad| (at(column), bad));
    let needed = |column: usize| count(Some(column))?.ok_or((column, FieldError::NotANumber));
    // Locust prints whole seconds; some wrappers print fractions.
    let seconds = field::number(row.get(Some(columns.time))).map_err(|bad| (columns.time, bad))?;
    let is_moment = |s: &f64| is_moment((s * 1000.0) as i64);
    let seconds = seconds.filter(is_moment).ok_or((columns.time, FieldError::NotANumber))?;
    Ok(Beat {
        time_s: libm::floor(seconds) as i64,
        users: count(columns.users)?,
        requests: needed(columns.requests)?,
        failures: needed(columns.failures)?,
        mean_ms: time(columns.mean)?,
        median_ms: time(columns.median)?,
        min_ms: time(columns.min)?,
        max_ms: time(columns.max)?,
        table: percentiles(row, &columns.percentiles, Rounding::TwoDigits)?,
    })
}

struct Differenced {
    timeline: Timeline,
    skipped_s: u64,
    resets: u64,
    before: u64,
}

impl Differenced {
    fn notes(&self, file: &str) -> Vec<Note> {
        let mut notes = Vec::new();
        if self.skipped_s > 0 {
            notes.push(Note::say(file, &HISTORY_SKIPPED_SECONDS, [self.skipped_s.into()]));
        }
        if self.resets > 0 {
            let words = if self.resets == 1 { HISTORY_RESET_ONCE } else { HISTORY_RESET };
            notes.push(Note::say(file, &words, [self.resets.into()]));
        }
        if self.before > 0 {
            notes.push(Note::say(file, &HISTORY_BEFORE_START, [self.before.into()]));
        }
        notes
    }
}

/// The most frequent interval between two rows of one entry in seconds: 1, or 2 up to 1.0.
fn period(series: &BTreeMap<Key, Vec<Beat>>) -> u32 {
    let mut times: BTreeMap<i64, u64> = BTreeMap::new();
    for beats in series.values() {
        for (a, b) in beats.iter().zip(beats.iter().skip(1)) {
            if b.time_s > a.time_s {
                *times.entry(b.time_s - a.time_s).or_default() += 1;
            }
        }
    }
    let most = times.into_iter().rev().max_by_key(|(_, count)| *count);
    most.and_then(|(seconds, _)| u32::try_from(seconds).ok()).unwrap_or(1)
}

/// Differences the cumulative counters. `beats` are in order of time, at most one per second.
fn difference(beats: &[Beat], file_starts_s: i64, windowed: bool, period_s: u32) -> Differenced {
    let mut out = Differenced { timeline: Timeline::default(), skipped_s: 0, resets: 0, before: 0 };
    let intervals = &mut out.timeline.intervals;
    let mut previous: Option<&Beat> = None;
    for beat in beats {
        let (length_s, requests, failures, mean_ms) = match previous {
            None if beat.time_s == file_starts_s => {
                // Counted before the first row, over an unknown time.
                out.before = beat.requests;
                previous = Some(beat);
                continue;
            }
            // An endpoint's first row: it appears in the second of its first requests.
            None => (period_s, beat.requests, beat.failures, beat.mean_ms),
            Some(last) => {
                let length = u32::try_from(beat.time_s - last.time_s).unwrap_or(u32::MAX);
                if beat.requests < last.requests || beat.failures < last.failures {
                    out.resets += 1;
                    (length, beat.requests, beat.failures, beat.mean_ms)
                } else {
                    let requests = beat.requests - last.requests;
                    (length, requests, beat.failures - last.failures, mean_between(last, beat))
                }
            }
        };
        out.skipped_s += u64::from(length_s.saturating_sub(period_s));
        // A window without requests prints 0: no data, not 0 ms.
        let window = |p: Percentile| {
            let table = beat.table.as_ref().filter(|_| windowed)?;
            table.values_ms.get(&p).copied().filter(|ms| *ms > 0.0)
        };
        intervals.push(Interval {
            end_s: beat.time_s,
            length_s,
            requests,
            failures,
            mean_ms: mean_ms.filter(|_| requests > 0),
            users: beat.users,
            window_p50_ms: window(Percentile::P50),
            window_p95_ms: window(Percentile::P95),
            ..Interval::default()
        });
        previous = Some(beat);
    }
    // After the test, Locust continues to write until it exits: without users and requests, not part of the run.
    while out.timeline.intervals.last().is_some_and(|i| i.requests == 0 && i.users == Some(0)) {
        out.timeline.intervals.pop();
    }
    out
}

/// Mean response time of the requests between two rows, from the difference of the sums. `None` without requests.
/// Clamped to 0, since the printed means are rounded.
fn mean_between(last: &Beat, beat: &Beat) -> Option<f64> {
    let requests = beat.requests.checked_sub(last.requests).filter(|n| *n > 0)?;
    let before = if last.requests == 0 { 0.0 } else { last.mean_ms? * last.requests as f64 };
    let sum = beat.mean_ms? * beat.requests as f64 - before;
    // Check for finite values first: the maximum of NaN and 0 is 0.
    Some(sum / requests as f64).filter(|mean| mean.is_finite()).map(|mean| mean.max(0.0))
}

/// The last row as a summary. Windowed percentiles cover the last seconds and do not describe the run.
fn summary(name: &str, method: Option<String>, last: Beat, windowed: bool, timeline: &Timeline) -> Endpoint {
    let requests = Some(last.requests);
    let table = if windowed { None } else { last.table };
    let table = match (table, last.median_ms) {
        (None, Some(median)) => {
            Some(PercentileTable { values_ms: [(Percentile::P50, median)].into(), rounding: Rounding::TwoDigits })
        }
        (table, _) => table,
    };
    let mut latency = Latency {
        mean_ms: last.mean_ms,
        sum_ns: sum_ns(last.mean_ms, requests),
        min_ms: last.min_ms,
        max_ms: last.max_ms,
        timed: requests,
        distribution: table.map_or(Distribution::Unknown, Distribution::Table),
    };
    without_times(&mut latency, requests);
    let seconds = timeline.duration_s().filter(|s| *s > 0.0);
    Endpoint {
        method,
        name: name.to_owned(),
        requests,
        failures: Some(last.failures),
        latency,
        rate_per_s: seconds.map(|s| timeline.requests() as f64 / s),
        ..Endpoint::default()
    }
}
