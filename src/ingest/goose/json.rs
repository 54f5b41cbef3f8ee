//! Goose's JSON report (`--report-file report.json`, since 0.18).
//!
//! From Goose's source (`metrics.rs`, `metrics/common.rs`, `report.rs`): times are milliseconds,
//! `raw_request_metrics` and `raw_response_metrics` have one row per request, and `Aggregated` for all. The mean is of
//! all response times. Percentiles are the value at a rank of rounded times: to 10 ms from 100 ms, to 100 ms from 500
//! ms, to 1 s from 1 s. Goose's correction for coordinated omission is in separate members (`co_…`), which are not
//! read. A missing number is `null`.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::error::Error;
use super::super::importer::{Descriptor, Format, How, Imported, Input, Sniff};
use super::super::json::{self, count, number};
use super::super::summary::{Summary, percentiles};
use crate::run::time::parse_rfc3339;
use crate::run::{Endpoint, Failure, Latency, Note, NoteLevel, Percentile, Run, Words};

pub(in super::super) const FORMAT: Descriptor = Descriptor {
    format: Format {
        id: "goose-json",
        tool: "Goose",
        title: "JSON report",
        command: "loadtest --report-file report.json --host http://127.0.0.1:8080",
        percentiles: None,
        endings: &[],
    },
    recognise,
    read: How::Whole(read),
};

const ROUNDED: Words = Words {
    code: "goose-rounded",
    level: NoteLevel::Info,
    text: "Goose rounds response times for its percentiles: to 10 ms from 100 ms, to 100 ms from 500 ms, to 1 s from 1 s. \
           Mean, minimum and maximum are exact.",
};

const MITIGATED: Words = Words {
    code: "goose-mitigated",
    level: NoteLevel::Info,
    text: "The file also holds response times that Goose corrected for coordinated omission. The measured ones are used.",
};

const PERCENTILES: [(&str, Percentile); 7] = [
    ("percentile_50", Percentile::P50),
    ("percentile_60", Percentile(60_000)),
    ("percentile_70", Percentile(70_000)),
    ("percentile_80", Percentile(80_000)),
    ("percentile_90", Percentile::P90),
    ("percentile_95", Percentile::P95),
    ("percentile_99", Percentile::P99),
];

const MEMBERS: [&str; 4] = ["raw_request_metrics", "raw_response_metrics", "co_request_metrics", "errors"];

fn recognise(sniff: &Sniff<'_>) -> Option<String> {
    let is_known = json::has(sniff.json?, ["raw_metrics", "raw_request_metrics", "raw_response_metrics"]);
    is_known.then(|| "JSON with raw_metrics, raw_request_metrics and raw_response_metrics".into())
}

fn read(input: &Input<'_>) -> Result<Imported, Error> {
    let text = input.json.unwrap_or_default();
    let document = &json::picked(input.name, text, &MEMBERS)?;
    let facts = &json::picked(input.name, text, &["raw_metrics"])?;
    let facts = &facts["raw_metrics"];
    let rows = |key: &str| document[key].as_array().map(Vec::as_slice).unwrap_or_default();
    let text_of = |row: &Value, key: &str| row[key].as_str().unwrap_or_default().to_owned();
    let key = |row: &Value| (text_of(row, "method"), text_of(row, "name"));
    let responses: BTreeMap<_, _> = crate::order::map(rows("raw_response_metrics").iter().map(|row| (key(row), row)));
    let mut summary = Summary::new(input);
    for row in rows("raw_request_metrics") {
        let (method, name) = key(row);
        let is_total = method.is_empty() && name == "Aggregated";
        let Some(requests) = count(&row["number_of_requests"]) else {
            summary.reject(1, 1, format!("“{name}” has no number_of_requests"));
            continue;
        };
        let response = responses.get(&(method.clone(), name.clone()));
        let levels = PERCENTILES.map(|(key, level)| (level, response.and_then(|row| time(&row[key], requests))));
        let endpoint = Endpoint {
            method: Some(method).filter(|method| !method.is_empty()),
            name,
            requests: Some(requests),
            failures: count(&row["number_of_failures"]),
            latency: Latency {
                mean_ms: time(&row["response_time_average"], requests),
                min_ms: time(&row["response_time_minimum"], requests),
                max_ms: time(&row["response_time_maximum"], requests),
                distribution: percentiles(levels),
                ..Latency::default()
            },
            rate_per_s: number(&row["requests_per_second"]).filter(|_| requests > 0),
            failures_per_s: number(&row["failures_per_second"]),
            ..Endpoint::default()
        };
        if is_total { summary.total(endpoint) } else { summary.push(endpoint) }
    }
    let failures = rows("errors").iter().filter_map(|row| {
        let (method, name) = key(row);
        let method = Some(method.to_uppercase()).filter(|method| !method.is_empty());
        Some(Failure { method, name, message: text_of(row, "error"), count: count(&row["occurrences"])? })
    });
    let first = facts["history"].as_array().and_then(|steps| steps.first());
    let run = Run {
        started_ms: first.and_then(|step| step["timestamp"].as_str()).and_then(parse_rfc3339),
        duration_s: number(&facts["duration"]).filter(|s| *s > 0.0),
        users: ["maximum_users", "users"].into_iter().find_map(|key| count(&facts[key])).filter(|users| *users > 0),
        failures: failures.collect(),
        ..Run::default()
    };
    summary.note(Note::say(input.name, &ROUNDED, []));
    if document["co_request_metrics"].is_array() {
        summary.note(Note::say(input.name, &MITIGATED, []));
    }
    summary.finish(run, Some(">=0.18".into()))
}

/// Parses a time, also in the format of Goose's tables: `1,000`.
fn time(value: &Value, requests: u64) -> Option<f64> {
    let ms = match value {
        Value::String(text) => text.replace(',', "").parse().ok().filter(|ms: &f64| ms.is_finite() && *ms >= 0.0),
        value => number(value),
    };
    ms.filter(|_| requests > 0)
}
