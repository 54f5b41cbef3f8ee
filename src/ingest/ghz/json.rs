//! ghz's JSON (`-O json` or `pretty`).
//!
//! From ghz's source (`runner/reporter.go`): times are nanoseconds, except `histogram[].mark` in seconds. `average` and
//! `rps` cover all calls; `fastest`, `slowest` and `latencyDistribution` those without an error, unless
//! `--count-errors` was given. An entry of the distribution stays `{0, 0}` if its value is 0. `date` is the end of the
//! run. `details` holds single calls, but not all of them for large numbers, and no failed ones in old versions: they
//! are not used.

use serde_json::Value;

use super::super::error::{Error, Problem};
use super::super::importer::{Descriptor, Format, How, Imported, Input, Sniff};
use super::super::json::{self, count, number};
use super::super::summary::{Summary, percentiles};
use crate::run::time::parse_rfc3339;
use crate::run::{ALL_REQUESTS, Definition, Endpoint, Failure, Latency, Note, NoteLevel, Percentile, Run, Words};

pub(in super::super) const FORMAT: Descriptor = Descriptor {
    format: Format {
        id: "ghz-json",
        tool: "ghz",
        title: "JSON report",
        command: "ghz --insecure --call helloworld.Greeter.SayHello -O json -o report.json 127.0.0.1:50051",
        percentiles: Some(Definition::Rank),
        endings: &[],
    },
    recognise,
    read: How::Whole(read),
};

const OF_OK_CALLS: Words = Words {
    code: "ghz-ok-percentiles",
    level: NoteLevel::Info,
    text: "Percentiles, minimum and maximum are of the calls without an error, as ghz computes them. The mean is of all \
           calls.",
};

/// Members read from the document.
const MEMBERS: [&str; 11] = [
    "date",
    "options",
    "count",
    "total",
    "average",
    "fastest",
    "slowest",
    "rps",
    "errorDistribution",
    "statusCodeDistribution",
    "latencyDistribution",
];

fn recognise(sniff: &Sniff<'_>) -> Option<String> {
    let is_known =
        json::has(sniff.json?, ["latencyDistribution", "statusCodeDistribution", "fastest", "average", "rps"]);
    is_known.then(|| "JSON with latencyDistribution, statusCodeDistribution and fastest".into())
}

fn read(input: &Input<'_>) -> Result<Imported, Error> {
    let document = &json::picked(input.name, input.json.unwrap_or_default(), &MEMBERS)?;
    let Some(requests) = count(&document["count"]) else {
        let path = "count".to_owned();
        return Err(Error::new(input.name, Problem::BadValue { path, expected: "the number of calls" }));
    };
    let options = &document["options"];
    let name = options["call"].as_str().filter(|call| !call.is_empty()).unwrap_or(ALL_REQUESTS).to_owned();
    let by_status = counts(&document["statusCodeDistribution"]);
    let failed = by_status.as_ref().map(|all| all.iter().filter(|(status, _)| status != "OK"));
    let failures = failed.clone().map(|failed| failed.fold(0, |sum: u64, (_, n)| sum.saturating_add(*n)));
    // 0 means that no call was measured.
    let time = |ns: &Value| number(ns).filter(|ns| *ns > 0.0).map(|ns| ns / 1e6);
    let levels = document["latencyDistribution"].as_array().into_iter().flatten().filter_map(|level| {
        let percentile = Percentile::parse(&count(&level["percentage"])?.to_string())?;
        Some((percentile, time(&level["latency"])))
    });
    let endpoint = Endpoint {
        name: name.clone(),
        requests: Some(requests),
        failures,
        latency: Latency {
            mean_ms: time(&document["average"]),
            min_ms: time(&document["fastest"]),
            max_ms: time(&document["slowest"]),
            distribution: percentiles(levels),
            ..Latency::default()
        },
        rate_per_s: number(&document["rps"]).filter(|_| requests > 0),
        ..Endpoint::default()
    };
    let total_ns = number(&document["total"]).filter(|ns| *ns > 0.0);
    let ended_ms = document["date"].as_str().and_then(parse_rfc3339);
    // Messages are more informative than the status, but old versions lack those of some failed calls.
    let by_message = counts(&document["errorDistribution"]).unwrap_or_default();
    let is_all = Some(by_message.iter().fold(0, |sum: u64, (_, n)| sum.saturating_add(*n))) == failures;
    let causes = if is_all { by_message } else { failed.into_iter().flatten().cloned().collect() };
    let run = Run {
        started_ms: ended_ms.zip(total_ns).map(|(end, ns)| end.saturating_sub((ns / 1e6) as i64)),
        duration_s: total_ns.map(|ns| ns / 1e9),
        users: count(&options["c"]).or_else(|| count(&options["concurrency"])).filter(|users| *users > 0),
        failures: causes
            .into_iter()
            .map(|(message, count)| Failure { method: None, name: name.clone(), message, count })
            .collect(),
        ..Run::default()
    };
    let mut summary = Summary::new(input);
    summary.only(endpoint);
    if failures != Some(0) && options["count-errors"].as_bool() != Some(true) {
        summary.note(Note::say(input.name, &OF_OK_CALLS, []));
    }
    summary.finish(run, None)
}

/// Counts by name.
fn counts(of: &Value) -> Option<Vec<(String, u64)>> {
    let all = of.as_object()?.iter();
    Some(all.filter_map(|(name, n)| Some((name.clone(), count(n).filter(|n| *n > 0)?))).collect())
}
