//! Locust's HTML report (`--html`), since 2.18; the only kind since 2.28.
//!
//! From Locust's source (`locust/html.py`): `window.templateArgs = {…}` is one JSON value. The same words occur
//! before it, in the page's own script. `requests_statistics` ends with the total. Percentiles are rounded to two
//! digits, minimum and maximum to whole milliseconds. `history` has rates of the last seconds without counts, so only
//! users are read over time: a number up to 2.31, a pair of time and number since.

use std::collections::BTreeMap;

use serde::de::IgnoredAny;
use serde_json::Value;

use super::super::error::{Error, Problem};
use super::super::importer::{Descriptor, Format, How, Imported, Input, Sniff};
use super::super::json::{self, count, number};
use super::super::summary::Summary;
use super::columns::{is_total_name, is_total_type, some_text, sum_ns, without_times};
use crate::order;
use crate::run::time::parse_rfc3339;
use crate::run::{
    Definition, Distribution, Endpoint, Exception, Failure, Latency, Note, NoteLevel, Percentile, PercentileTable,
    Rounding, Run, Words,
};

pub(in super::super) const FORMAT: Descriptor = Descriptor {
    format: Format {
        id: "locust-html",
        tool: "Locust",
        title: "HTML report (`--html`)",
        command: "locust --headless --html report.html",
        percentiles: Some(Definition::RankTwoDigits),
        endings: &[],
    },
    recognise,
    read: How::Whole(read),
};

const ROUNDED: Words = Words {
    code: "report-rounded",
    level: NoteLevel::Info,
    text: "Locust rounds percentiles to two digits (10 ms steps from 100 ms, 100 ms steps from 1 s), and in its report \
           minimum and maximum to whole milliseconds. Means are exact.",
};

const NO_TIMELINE: Words = Words {
    code: "history-without-counts",
    level: NoteLevel::Info,
    text: "The report's history has rates of the last seconds and no counts, so nothing is shown over time. \
           `_stats_history.csv` of the same run has counts.",
};

/// The text before the document.
fn document(text: &str) -> Option<&str> {
    let mut rest = text;
    while let Some((_, behind)) = rest.split_once("window.templateArgs") {
        let value = behind.trim_start().strip_prefix('=').map(str::trim_start);
        if let Some(value) = value.filter(|value| value.starts_with('{')) {
            return Some(value);
        }
        rest = behind;
    }
    None
}

fn recognise(sniff: &Sniff<'_>) -> Option<String> {
    (sniff.text.starts_with('<') && document(sniff.text).is_some())
        .then(|| "HTML with window.templateArgs = {".to_owned())
}

fn read(input: &Input<'_>) -> Result<Imported, Error> {
    let text = document(input.text).unwrap_or_default();
    let mut documents = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
    match documents.next() {
        Some(Ok(_)) => {}
        Some(Err(error)) => {
            let before = input.text.len() - text.len();
            let lines = input.text.get(..before).unwrap_or_default().matches('\n').count();
            return Err(json::malformed(input.name, text, &error, lines));
        }
        None => return Err(Error::new(input.name, Problem::HeaderOnly).at(1, 1)),
    }
    let text = text.get(..documents.byte_offset()).unwrap_or_default();
    let mut run = Run::default();
    let (mut rows, mut levels, mut end_ms) = (Value::Null, Value::Null, None);
    json::members(input.name, text, &mut |key, value| {
        let items = || value.as_array().into_iter().flatten();
        match key {
            "start_time" => run.started_ms = moment(&value),
            "end_time" => end_ms = moment(&value),
            "history" => {
                let users = |beat: &Value| {
                    let users = &beat["user_count"];
                    count(users.get(1).unwrap_or(users))
                };
                run.users = items().filter_map(users).max();
            }
            "failures_statistics" => run.failures = items().filter_map(failure).collect(),
            "exceptions_statistics" => run.exceptions = items().filter_map(exception).collect(),
            "requests_statistics" => rows = value,
            "response_time_statistics" => levels = value,
            _ => {}
        }
        Ok(())
    })?;
    let seconds = end_ms.zip(run.started_ms).map(|(end, start)| end.saturating_sub(start) as f64 / 1000.0);
    run.duration_s = seconds.filter(|seconds| *seconds > 0.0);

    let levels = order::map(levels.as_array().into_iter().flatten().map(|levels| (key(levels), levels)));
    let mut summary = Summary::new(input);
    let rows = rows.as_array().map(Vec::as_slice).unwrap_or_default();
    for (at, row) in rows.iter().enumerate() {
        let (method, name) = key(row);
        let Some(requests) = count(&row["num_requests"]) else {
            summary.reject(1, 1, format!("“{name}” has no num_requests"));
            continue;
        };
        let endpoint = endpoint(row, requests, levels.get(&(method, name)).copied());
        if at + 1 == rows.len() && is_total_name(name) && is_total_type(method) {
            summary.total(endpoint);
        } else {
            summary.push(endpoint);
        }
    }
    summary.note(Note::say(input.name, &ROUNDED, []));
    summary.note(Note::say(input.name, &NO_TIMELINE, []));
    summary.finish(run, Some(">=2.18".into()))
}

/// Method and name.
fn key(row: &Value) -> (&str, &str) {
    (row["method"].as_str().unwrap_or_default(), row["name"].as_str().unwrap_or_default())
}

fn endpoint(row: &Value, requests: u64, levels: Option<&Value>) -> Endpoint {
    let (method, name) = key(row);
    let mut values_ms: BTreeMap<Percentile, f64> = BTreeMap::new();
    // Both lists may have some: `response_time_percentile_0.95`, and `0.95` in the other.
    let others = levels.and_then(Value::as_object);
    for (name, value) in row.as_object().into_iter().chain(others).flatten() {
        let share = name.strip_prefix("response_time_percentile_").unwrap_or(name);
        let share = share.parse::<f64>().ok().filter(|share| (0.0..=1.0).contains(share));
        let level = share.map(|share| libm::round(share * 1e5) as u32).filter(|level| *level > 0);
        if let Some((level, ms)) = level.zip(number(value)) {
            values_ms.insert(Percentile(level), ms);
        }
    }
    if let Some(median) = number(&row["median_response_time"]) {
        values_ms.entry(Percentile::P50).or_insert(median);
    }
    let mean_ms = number(&row["avg_response_time"]);
    let table = PercentileTable { values_ms, rounding: Rounding::TwoDigits };
    let mut latency = Latency {
        mean_ms,
        sum_ns: sum_ns(mean_ms, Some(requests)),
        min_ms: number(&row["min_response_time"]),
        max_ms: number(&row["max_response_time"]),
        timed: Some(requests),
        distribution: if table.values_ms.is_empty() { Distribution::Unknown } else { Distribution::Table(table) },
    };
    without_times(&mut latency, Some(requests));
    Endpoint {
        method: some_text(method),
        name: name.to_owned(),
        requests: Some(requests),
        failures: count(&row["num_failures"]),
        latency,
        rate_per_s: number(&row["total_rps"]),
        failures_per_s: number(&row["total_fail_per_sec"]),
        mean_bytes: number(&row["avg_content_length"]).filter(|_| requests > 0),
        ..Endpoint::default()
    }
}

fn failure(value: &Value) -> Option<Failure> {
    let (method, name) = key(value);
    let message = value["error"].as_str()?.to_owned();
    Some(Failure { method: some_text(method), name: name.to_owned(), message, count: count(&value["occurrences"])? })
}

fn exception(value: &Value) -> Option<Exception> {
    let text = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
    Some(Exception { message: text("msg"), traceback: text("traceback"), count: count(&value["count"])? })
}

/// Parses `2026-11-29T15:54:08Z`, or `2022-11-29 15:54:08`, which is also UTC.
fn moment(value: &Value) -> Option<i64> {
    let text = value.as_str()?;
    parse_rfc3339(text).or_else(|| parse_rfc3339(&(text.replacen(' ', "T", 1) + "Z")))
}
