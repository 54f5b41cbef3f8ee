//! k6's summary as JSON, in three layouts.
//!
//! From k6's source (`internal/js/summary.go`, `internal/cmd/summary*`):
//!
//! * **`--summary-export`**: `metrics` by name, each containing its figures.
//! * **The argument of `handleSummary(data)`**, since 0.30: the figures are in `values`. Scripts dump any part of it,
//!   down to its `metrics`.
//! * **`--new-machine-readable-summary`**, since 1.5: `results.metrics` is an array. A rate has `matches` and `total`, a
//!   counter no rate.

#![allow(clippy::indexing_slicing, reason = "a member that a JSON value does not have is null")]

use serde_json::Value;

use super::super::error::Error;
use super::super::importer::{Descriptor, Format, How, Imported, Input, Sniff};
use super::super::json::{self, count, number};
use super::totals::{Figures, Totals};
use crate::run::{Definition, Run};

pub(in super::super) const FORMAT: Descriptor = Descriptor {
    format: Format {
        id: "k6-summary",
        tool: "k6",
        title: "end-of-test summary as JSON (`--summary-export`, `handleSummary`)",
        command: "k6 run --summary-export summary.json script.js",
        percentiles: Some(Definition::Linear),
        endings: &[],
    },
    recognise,
    read: How::Whole(read),
};

fn recognise(sniff: &Sniff<'_>) -> Option<String> {
    let document = sniff.json.filter(|document| document.starts_with('{'))?;
    let paths = [
        "metrics/http_reqs",
        "metrics/http_req_duration",
        "metrics/iterations",
        "metrics/data_received",
        "metadata/k6Version",
        "root_group/groups",
        "http_req_duration/values",
        "http_req_duration/med",
        "http_reqs/values",
        "http_reqs/rate",
    ];
    let found = json::which(document, paths);
    let path = paths.into_iter().zip(found).find_map(|(path, found)| found.then_some(path))?;
    Some(format!("JSON object with {}", path.replace('/', ".")))
}

fn read(input: &Input<'_>) -> Result<Imported, Error> {
    let (mut totals, mut run) = (Totals::default(), Run::default());
    json::members(input.name, input.json.unwrap_or_default(), &mut |key, value| {
        match key {
            "metrics" => value.as_object().into_iter().flatten().for_each(|(name, metric)| {
                thresholds(&mut totals, name, metric);
                totals.put(name, figures(metric));
            }),
            "root_group" => totals.worst_check = worst_check(&value),
            "state" => run.duration_s = number(&value["testRunDurationMs"]).map(|ms| ms / 1000.0),
            "config" => run.duration_s = number(&value["duration"]),
            "metadata" => totals.version = value["k6Version"].as_str().map(str::to_owned),
            "results" => {
                let checks = &value["checks"];
                for metric in [&value["metrics"], &checks["metrics"]].into_iter().filter_map(Value::as_array).flatten()
                {
                    totals.put(metric["name"].as_str().unwrap_or_default(), figures(metric));
                }
                if let Some(passes) = totals.get("checks_succeeded", "passes") {
                    let fails = totals.get("checks_succeeded", "fails").unwrap_or(0.0);
                    totals.put("checks", Figures::from([("passes".into(), passes), ("fails".into(), fails)]));
                }
                totals.worst_check = worst(checks["results"].as_array().into_iter().flatten());
            }
            // Only `metrics`.
            name => {
                thresholds(&mut totals, name, &value);
                totals.put(name, figures(&value));
            }
        }
        Ok(())
    })?;
    run.duration_s = run.duration_s.filter(|seconds| *seconds > 0.0);
    totals.imported(input, run)
}

/// The failed thresholds of a metric: `true` in `--summary-export` (kept by k6 for compatibility), `"ok": false` in the
/// argument of `handleSummary`.
fn thresholds(totals: &mut Totals, name: &str, metric: &Value) {
    for (condition, held) in metric["thresholds"].as_object().into_iter().flatten() {
        if held.as_bool() == Some(true) || held["ok"].as_bool() == Some(false) {
            totals.thresholds.add(name, condition);
        }
    }
}

/// The figures of a metric in any layout, under the keys of `handleSummary`.
fn figures(metric: &Value) -> Figures {
    let values = metric.get("values").unwrap_or(metric);
    let mut figures = Figures::new();
    for (key, value) in values.as_object().into_iter().flatten() {
        if let Some(value) = number(value) {
            figures.insert(key.clone(), value);
        }
    }
    if let (Some(matches), Some(total)) = (figures.get("matches").copied(), figures.get("total").copied()) {
        figures.insert("passes".into(), matches);
        figures.insert("fails".into(), (total - matches).max(0.0));
    }
    figures
}

/// The check that failed most, in all groups. Groups and checks are arrays or objects by name.
fn worst_check(root: &Value) -> Option<(String, u64)> {
    let (mut open, mut all) = (vec![root], Vec::new());
    while let Some(group) = open.pop() {
        open.extend(children(&group["groups"]));
        all.extend(children(&group["checks"]));
    }
    worst(all)
}

fn children(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        Value::Object(members) => members.values().collect(),
        _ => Vec::new(),
    }
}

fn worst<'a>(checks: impl IntoIterator<Item = &'a Value>) -> Option<(String, u64)> {
    let failed = |check: &Value| Some((check["name"].as_str()?.to_owned(), count(&check["fails"])?));
    let all = checks.into_iter().filter_map(failed).filter(|(_, fails)| *fails > 0);
    // The first of those that fail most, independent of the order in the file.
    all.reduce(|best, next| if (next.1, &best.0) > (best.1, &next.0) { next } else { best })
}
