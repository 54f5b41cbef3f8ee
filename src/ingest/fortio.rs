//! fortio's JSON (`-json`), and its older layouts.
//!
//! From fortio's source (`periodic.RunnerResults`, `stats.HistogramData`, `fhttp`, `fgrpc`, `tcprunner`): times of
//! the histogram are seconds, `ActualDuration` is nanoseconds. The histogram counts every call, failed ones too.
//! Percentiles are interpolated within its buckets. `RetCodes` counts calls by result: HTTP status (-1 without a
//! response), `OK` of TCP and UDP, `SERVING` of gRPC (1 up to 0.11).

use serde_json::Value;

use super::error::{Error, Problem};
use super::importer::{Descriptor, Format, How, Imported, Input, Sniff};
use super::json::{self, count, number};
use super::summary::{Summary, percentiles};
use crate::run::time::parse_rfc3339;
use crate::run::{ALL_REQUESTS, Endpoint, Failure, Latency, Note, NoteLevel, Percentile, Run, Words};

pub(super) const FORMAT: Descriptor = Descriptor {
    format: Format {
        id: "fortio",
        tool: "fortio",
        title: "JSON result",
        command: "fortio load -json result.json http://127.0.0.1:8080/",
        percentiles: None,
        endings: &[],
    },
    recognise,
    read: How::Whole(read),
};

const BUCKETS: Words = Words {
    code: "fortio-buckets",
    level: NoteLevel::Info,
    text: "fortio interpolates percentiles within the buckets of its histogram (1 ms wide unless -r says otherwise). Count, \
           mean, minimum and maximum are exact.",
};

fn recognise(sniff: &Sniff<'_>) -> Option<String> {
    let is_known = json::has(sniff.json?, ["RunType", "DurationHistogram/Count", "ActualDuration", "NumThreads"]);
    is_known.then(|| "JSON with RunType, DurationHistogram and ActualDuration".into())
}

fn read(input: &Input<'_>) -> Result<Imported, Error> {
    let document = &json::values(input.name, input.json.unwrap_or_default())?;
    let histogram = &document["DurationHistogram"];
    let Some(requests) = count(&histogram["Count"]) else {
        let path = "DurationHistogram.Count".to_owned();
        return Err(Error::new(input.name, Problem::BadValue { path, expected: "the number of calls" }));
    };
    let name = target(document);
    let codes = codes(document);
    let is_grpc = document["RunType"].as_str().is_some_and(|of| of.starts_with("GRPC"));
    let failed = codes.as_ref().map(|codes| codes.iter().filter(|(code, _)| !is_success(code, is_grpc)));
    let failures = failed.clone().map(|failed| failed.fold(0, |sum: u64, (_, n)| sum.saturating_add(*n)));
    let time = |of: &Value| number(of).filter(|_| requests > 0).map(|s| s * 1000.0);
    let levels = histogram["Percentiles"].as_array().into_iter().flatten().filter_map(|level| {
        let percentile = Percentile::parse(&number(&level["Percentile"])?.to_string())?;
        Some((percentile, time(&level["Value"])))
    });
    let endpoint = Endpoint {
        name: name.clone(),
        requests: Some(requests),
        failures,
        latency: Latency {
            mean_ms: time(&histogram["Avg"]),
            min_ms: time(&histogram["Min"]),
            max_ms: time(&histogram["Max"]),
            distribution: percentiles(levels),
            ..Latency::default()
        },
        rate_per_s: number(&document["ActualQPS"]).filter(|_| requests > 0),
        ..Endpoint::default()
    };
    let run = Run {
        duration_s: number(&document["ActualDuration"]).map(|ns| ns / 1e9).filter(|s| *s > 0.0),
        failures: failed.into_iter().flatten().map(|(code, n)| cause(&name, code, *n)).collect(),
        ..begun(document)
    };
    let mut summary = Summary::new(input);
    summary.only(endpoint);
    summary.note(Note::say(input.name, &BUCKETS, []));
    let version = document["Version"].as_str().filter(|version| !version.is_empty());
    summary.finish(run, version.map(Into::into))
}

/// The target.
pub(super) fn target(document: &Value) -> String {
    let named = ["URL", "Destination"].into_iter().find_map(|key| document[key].as_str().filter(|url| !url.is_empty()));
    named.unwrap_or(ALL_REQUESTS).to_owned()
}

/// A run with start and users.
pub(super) fn begun(document: &Value) -> Run {
    Run {
        started_ms: document["StartTime"].as_str().and_then(parse_rfc3339),
        users: count(&document["NumThreads"]).filter(|threads| *threads > 0),
        ..Run::default()
    }
}

/// Calls by result code; `None` if absent.
pub(super) fn codes(document: &Value) -> Option<Vec<(String, u64)>> {
    let codes = document["RetCodes"].as_object()?;
    Some(codes.iter().filter_map(|(code, n)| Some((code.clone(), count(n).filter(|n| *n > 0)?))).collect())
}

/// Whether a result code is a success.
pub(super) fn is_success(code: &str, is_grpc: bool) -> bool {
    match code.parse::<i64>() {
        Ok(code) => (200..400).contains(&code) || is_grpc && code == 1,
        Err(_) => matches!(code, "OK" | "SERVING"),
    }
}

/// A cause of failed calls.
pub(super) fn cause(name: &str, code: &str, count: u64) -> Failure {
    let message = match code {
        "-1" => "no response (-1)".to_owned(),
        code if code.bytes().all(|b| b.is_ascii_digit()) => format!("status {code}"),
        other => other.to_owned(),
    };
    Failure { method: None, name: name.to_owned(), message, count }
}
