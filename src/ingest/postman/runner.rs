//! Export of Postman's collection runner ("Export results"): the response times of every request of a collection.
//!
//! From real files: each of `results` has `times`, whole milliseconds, one per iteration, and `allTests`, the tests of
//! each iteration by name. The method is in `collection.requests`. The status is that of the last iteration only.

#![allow(clippy::indexing_slicing, reason = "a member that a JSON value does not have is null")]

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::error::Error;
use super::super::importer::{Descriptor, Format, How, Imported, Input, Sniff};
use super::super::json::{self, number};
use super::super::text::shortened;
use crate::run::recorder::Sample;
use crate::run::time::parse_rfc3339;
use crate::run::{Definition, Recorder, Run};

pub(in super::super) const FORMAT: Descriptor = Descriptor {
    format: Format {
        id: "postman-runner",
        tool: "Postman",
        title: "results of the collection runner",
        command: "Postman: “Export Results” in the collection runner",
        percentiles: Some(Definition::Linear),
        endings: &[],
    },
    recognise,
    read: How::Whole(read),
};

fn recognise(sniff: &Sniff<'_>) -> Option<String> {
    let document = sniff.json.filter(|document| document.starts_with('{'))?;
    if !json::has(document, ["results", "totalPass", "totalFail"]) {
        return None;
    }
    let mut found = false;
    let _ = json::members_without("", document, &["collection"], &mut |key, value| {
        found |= key == "results" && value[0]["times"].is_array();
        Ok(())
    });
    found.then(|| "JSON object with results and their times".to_owned())
}

fn read(input: &Input<'_>) -> Result<Imported, Error> {
    let mut recorder = Recorder::by(Definition::Linear);
    let (mut run, mut requests) = (Run::default(), 0_u64);
    let (mut results, mut methods) = (Value::Null, BTreeMap::new());
    json::members(input.name, input.json.unwrap_or_default(), &mut |key, value| {
        match key {
            "results" => results = value,
            "timestamp" => run.started_ms = value.as_str().and_then(parse_rfc3339),
            "collection" => {
                for request in value["requests"].as_array().into_iter().flatten() {
                    let (id, method) = (request["id"].as_str(), request["method"].as_str());
                    methods.extend(id.zip(method).map(|(id, method)| (id.to_owned(), method.to_owned())));
                }
            }
            _ => {}
        }
        Ok(())
    })?;
    for result in results.as_array().into_iter().flatten() {
        let name = result["name"].as_str().unwrap_or_default();
        let method = result["id"].as_str().and_then(|id| methods.get(id)).map(String::as_str);
        let slot = recorder.endpoint(method, shortened(name), true);
        for (at, time) in result["times"].as_array().into_iter().flatten().enumerate() {
            requests += 1;
            let tests = &result["allTests"][at];
            let failed = tests.as_object().into_iter().flatten().find(|(_, passed)| **passed == Value::Bool(false));
            match number(time).filter(|ms| *ms < 1e9) {
                Some(ms) => {
                    let ns = libm::round(ms * 1e6) as u64;
                    recorder.record(slot, &Sample::one(None, ns, failed.is_some()));
                }
                None => recorder.record_untimed(slot, None, failed.is_some(), None),
            }
            if let Some((test, _)) = failed {
                recorder.failed(slot, test, 1);
            }
        }
    }
    super::imported(input.name, recorder, run, requests, None)
}
