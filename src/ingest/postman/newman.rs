//! newman's JSON report (`newman run -r json`): every request of a collection, with its tests.
//!
//! From newman's source (`lib/run/summary.js`), checked with 6.2.2: `run.executions` has one entry per request, in
//! order. `responseTime` is whole milliseconds. A request without a response has `requestError`. newman exits with 1 if
//! a test or a request failed. Requests have no timestamps, so there is no timeline.

#![allow(clippy::indexing_slicing, reason = "a member that a JSON value does not have is null")]

use serde_json::Value;

use super::super::error::Error;
use super::super::importer::{Descriptor, Format, How, Imported, Input, Sniff};
use super::super::json::{self, count, number};
use super::super::text::shortened;
use crate::run::recorder::Sample;
use crate::run::time::is_moment;
use crate::run::{Definition, Recorder, Run};

pub(in super::super) const FORMAT: Descriptor = Descriptor {
    format: Format {
        id: "newman",
        tool: "newman",
        title: "JSON report",
        command: "newman run collection.json -r json --reporter-json-export report.json",
        percentiles: Some(Definition::Linear),
        endings: &[],
    },
    recognise,
    read: How::Whole(read),
};

/// Skipped, and long: bodies are arrays of bytes.
const WITHOUT: [&str; 13] = [
    "stream", "body", "header", "headers", "cookie", "cookies", "event", "events", "url", "auth", "failures", "cursor",
    "stack",
];

fn recognise(sniff: &Sniff<'_>) -> Option<String> {
    json::has(sniff.json?, ["run/executions", "run/timings"])
        .then(|| "JSON object with run.executions and run.timings".to_owned())
}

fn read(input: &Input<'_>) -> Result<Imported, Error> {
    let mut recorder = Recorder::by(Definition::Linear);
    let (mut run, mut requests) = (Run::default(), 0);
    json::members_without(input.name, input.json.unwrap_or_default(), &WITHOUT, &mut |key, value| {
        if key == "run" {
            let moment = |key: &str| number(&value["timings"][key]).filter(|ms| is_moment(*ms as i64));
            let (started, completed) = (moment("started"), moment("completed"));
            run.started_ms = started.map(|ms| ms as i64);
            run.duration_s = started.zip(completed).map(|(a, b)| (b - a) / 1000.0).filter(|seconds| *seconds > 0.0);
            for execution in value["executions"].as_array().into_iter().flatten() {
                record(&mut recorder, execution);
                requests += 1;
            }
        }
        Ok(())
    })?;
    super::imported(input.name, recorder, run, requests, None)
}

fn record(recorder: &mut Recorder, execution: &Value) {
    let name = execution["item"]["name"].as_str().unwrap_or_default();
    let method = execution["request"]["method"].as_str().filter(|method| !method.is_empty());
    let slot = recorder.endpoint(method, shortened(name), true);
    let error = &execution["requestError"];
    let cause = if error.is_null() {
        execution["assertions"].as_array().into_iter().flatten().find_map(failed)
    } else {
        let texts = [&error["message"], &error["code"], error];
        Some(texts.iter().find_map(|text| text.as_str()).unwrap_or("no answer").to_owned())
    };
    let response = &execution["response"];
    let bytes = count(&response["responseSize"]);
    match number(&response["responseTime"]).filter(|ms| *ms < 1e9) {
        Some(ms) => {
            let ns = libm::round(ms * 1e6) as u64;
            recorder.record(slot, &Sample { bytes, ..Sample::one(None, ns, cause.is_some()) });
        }
        None => recorder.record_untimed(slot, None, cause.is_some(), bytes),
    }
    if let Some(cause) = cause {
        recorder.failed(slot, &cause, 1);
    }
}

/// The cause if a test failed: its name and message.
fn failed(assertion: &Value) -> Option<String> {
    let error = assertion.get("error").filter(|error| !error.is_null())?;
    let name = assertion["assertion"].as_str().unwrap_or("a test");
    Some(match error["message"].as_str() {
        Some(message) => format!("{name}: {message}"),
        None => name.to_owned(),
    })
}
