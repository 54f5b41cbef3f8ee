//! `vegeta report -type json`, of every version.
//!
//! From vegeta's source (`lib/metrics.go`): nanoseconds. Percentiles are from a t-digest; `90th` and `min` exist since
//! 12.8, and 0 means missing. `duration` is from the first request to the last; `wait` is the time from there to the
//! last response. `errors` are texts without counts.

use serde_json::Value;

use super::super::error::Error;
use super::super::importer::{Descriptor, Format, How, Imported, Input, Sniff};
use super::super::json::{self, at, count, number};
use super::super::summary::{Causes, Summary, percentiles};
use super::is_success;
use crate::run::time::parse_rfc3339;
use crate::run::{ALL_REQUESTS, Definition, Endpoint, Latency, Percentile, Run};

pub(in super::super) const FORMAT: Descriptor = Descriptor {
    format: Format {
        id: "vegeta-report",
        tool: "vegeta",
        title: "report as JSON (`vegeta report -type json`)",
        command: "vegeta report -type json results.bin > report.json",
        percentiles: Some(Definition::TDigest),
        endings: &[],
    },
    recognise,
    read: How::Whole(read),
};

fn recognise(sniff: &Sniff<'_>) -> Option<String> {
    let keys = ["latencies/mean", "latencies/50th", "requests", "success", "status_codes"];
    json::has(sniff.json?, keys).then(|| "JSON with latencies.50th and status_codes".into())
}

fn read(input: &Input<'_>) -> Result<Imported, Error> {
    let mut summary = Summary::new(input);
    let document = json::values(input.name, input.json.unwrap_or_default())?;
    let Some(requests) = count(at(&document, "requests")) else {
        summary.reject(1, 1, "“requests” is no number of requests".into());
        return summary.finish(Run::default(), None);
    };
    let codes: Vec<(u16, u64)> = at(&document, "status_codes")
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(code, n)| Some((code.parse().ok()?, count(n)?)))
        .collect();
    let counted = codes.iter().fold(0_u64, |sum, (_, n)| sum.saturating_add(*n));
    let bad: Vec<(u16, u64)> = codes.into_iter().filter(|(code, n)| !is_success((*code).into()) && *n > 0).collect();
    let failures = if counted == requests {
        Some(bad.iter().fold(0_u64, |sum, (_, n)| sum.saturating_add(*n)))
    } else {
        let share = number(at(&document, "success")).filter(|share| *share <= 1.0);
        share.map(|share| libm::round(requests as f64 * (1.0 - share)) as u64)
    };
    let mut causes = Causes::of(None, ALL_REQUESTS);
    for (code, count) in bad {
        let message = if code == 0 { "no response".to_owned() } else { format!("status {code}") };
        causes.push(message, count);
    }
    let seconds = |key: &str| number(at(&document, key)).map(|ns| ns / 1e9);
    let run = Run {
        started_ms: at(&document, "earliest").as_str().filter(|_| requests > 0).and_then(parse_rfc3339),
        duration_s: seconds("duration").map(|duration| duration + seconds("wait").unwrap_or(0.0)),
        failures: causes.finish(),
        ..Run::default()
    };
    summary.only(Endpoint {
        name: ALL_REQUESTS.into(),
        requests: Some(requests),
        failures,
        latency: if requests > 0 { latency(at(&document, "latencies")) } else { Latency::default() },
        rate_per_s: number(at(&document, "rate")),
        mean_bytes: number(at(&document, "bytes_in/mean")).filter(|_| requests > 0),
        ..Endpoint::default()
    });
    summary.finish(run, None)
}

fn latency(of: &Value) -> Latency {
    let ms = |key: &str| number(at(of, key)).map(|ns| ns / 1e6);
    let levels = of.as_object().into_iter().flatten();
    let levels = levels.filter_map(|(key, _)| Some((Percentile::parse(key.strip_suffix("th")?)?, ms(key))));
    Latency {
        mean_ms: ms("mean"),
        min_ms: ms("min").filter(|ms| *ms > 0.0),
        max_ms: ms("max"),
        distribution: percentiles(levels),
        ..Latency::default()
    }
}
