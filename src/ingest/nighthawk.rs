//! Nighthawk's results in fortio's layout (`--output-format fortio`).
//!
//! From files of Envoy's test data: counts are strings, `ActualDuration` is seconds, and there is neither a mean nor
//! `Percentiles`. The histogram is an HDR histogram in percentile steps: `Percent` of all times are at most `End`, in
//! seconds. So each `End` is the percentile given by `Percent`; Nighthawk chooses the levels (99 is not one).
//! `RetCodes` counts responses, of which some may have no time.

use serde_json::Value;

use super::error::{Error, Problem};
use super::fortio::{begun, cause, codes, is_success, target};
use super::importer::{Descriptor, Format, How, Imported, Input, Sniff};
use super::json::{self, count, number};
use super::summary::{Summary, percentiles};
use crate::run::{Definition, Endpoint, Latency, Note, NoteLevel, Percentile, Run, Words};

pub(super) const FORMAT: Descriptor = Descriptor {
    format: Format {
        id: "nighthawk-fortio",
        tool: "Nighthawk",
        title: "JSON result in fortio's layout",
        command: "nighthawk_client --output-format fortio http://127.0.0.1:8080/",
        percentiles: Some(Definition::HdrHistogram),
        endings: &[],
    },
    recognise,
    read: How::Whole(read),
};

const NO_MEAN: Words = Words {
    code: "nighthawk-no-mean",
    level: NoteLevel::Info,
    text: "The file has no mean and no p99: Nighthawk's histogram in fortio's layout ends its buckets at other percentiles.",
};

const UNTIMED: Words = Words {
    code: "responses-untimed",
    level: NoteLevel::Info,
    text: "The file counts {0} responses and {1} response times.",
};

fn recognise(sniff: &Sniff<'_>) -> Option<String> {
    let document = sniff.json?;
    let paths =
        ["DurationHistogram/Data", "ActualDuration", "RequestedQPS", "RunType", "DurationHistogram/Percentiles"];
    let is_known = json::which(document, paths) == [true, true, true, false, false];
    is_known.then(|| "JSON with DurationHistogram and RequestedQPS, without RunType and Percentiles".into())
}

fn read(input: &Input<'_>) -> Result<Imported, Error> {
    let document = &json::values(input.name, input.json.unwrap_or_default())?;
    let histogram = &document["DurationHistogram"];
    let Some(timed) = count(&histogram["Count"]) else {
        let path = "DurationHistogram.Count".to_owned();
        return Err(Error::new(input.name, Problem::BadValue { path, expected: "the number of response times" }));
    };
    let name = target(document);
    let codes = codes(document);
    let sum = |is: fn(&str) -> bool| {
        let all = codes.as_ref()?.iter().filter(|(code, _)| is(code));
        Some(all.fold(0, |sum: u64, (_, n)| sum.saturating_add(*n)))
    };
    let is_failure = |code: &str| !is_success(code, false);
    let requests = sum(|_| true).filter(|all| *all >= timed).unwrap_or(timed);
    let data = histogram["Data"].as_array().map(Vec::as_slice).unwrap_or_default();
    let levels = data.iter().filter_map(|bucket| Some((level(&bucket["Percent"])?, time(&bucket["End"], timed))));
    let levels = levels.filter(|(percentile, _)| *percentile != Percentile::P100);
    let last = data.iter().rfind(|bucket| number(&bucket["Percent"]) == Some(100.0));
    let first = data.iter().find(|bucket| number(&bucket["Percent"]) == Some(0.0));
    let endpoint = Endpoint {
        name: name.clone(),
        requests: Some(requests),
        failures: sum(is_failure),
        latency: Latency {
            min_ms: first.and_then(|bucket| time(&bucket["End"], timed)),
            max_ms: last.and_then(|bucket| time(&bucket["End"], timed)),
            timed: Some(timed),
            distribution: percentiles(levels),
            ..Latency::default()
        },
        rate_per_s: number(&document["ActualQPS"]).filter(|_| requests > 0),
        ..Endpoint::default()
    };
    let failed = codes.iter().flatten().filter(|(code, _)| is_failure(code));
    let run = Run {
        duration_s: number(&document["ActualDuration"]).map(seconds).filter(|s| *s > 0.0),
        failures: failed.map(|(code, n)| cause(&name, code, *n)).collect(),
        ..begun(document)
    };
    let mut summary = Summary::new(input);
    summary.only(endpoint);
    summary.note(Note::say(input.name, &NO_MEAN, []));
    if requests != timed {
        summary.note(Note::say(input.name, &UNTIMED, [requests.into(), timed.into()]));
    }
    summary.finish(run, None)
}

fn time(seconds: &Value, timed: u64) -> Option<f64> {
    number(seconds).filter(|_| timed > 0).map(|s| s * 1000.0)
}

/// A bucket's percentile, if it has at most three decimals: `55.00000000000001` is 55.
fn level(percent: &Value) -> Option<Percentile> {
    let thousandths = number(percent)? * 1000.0;
    let whole = libm::round(thousandths);
    let is_level = (1.0..=100_000.0).contains(&whole) && (thousandths - whole).abs() < 1e-6;
    is_level.then_some(Percentile(whole as u32))
}

/// Seconds in the known files, nanoseconds if Nighthawk follows fortio: no run takes a million seconds, or a thousandth
/// of one.
fn seconds(duration: f64) -> f64 {
    if duration < 1e6 { duration } else { duration / 1e9 }
}
