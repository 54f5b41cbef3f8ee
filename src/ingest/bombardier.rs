//! bombardier's JSON (`-o json`).
//!
//! From bombardier's source (`templates.go`): a template, not an encoder. It may contain `NaN`, and without `-p r`
//! there is text before it. Times are microseconds; percentiles need `-l`. There is no number of requests: it is the
//! sum of the status classes and of `others`, which had no response. bombardier does not judge responses.

use serde_json::Value;

use super::error::Error;
use super::importer::{Descriptor, Format, How, Imported, Input, Sniff};
use super::json::{self, at, count, number};
use super::summary::{Causes, Summary, percentiles};
use crate::run::{ALL_REQUESTS, Endpoint, Latency, Note, NoteLevel, Percentile, Run, Words};

pub(super) const FORMAT: Descriptor = Descriptor {
    format: Format {
        id: "bombardier",
        tool: "bombardier",
        title: "JSON (`-o json`)",
        command: "bombardier -l -p r -o json -c 10 -d 60s http://127.0.0.1/ > results.json",
        percentiles: None,
        endings: &[],
    },
    recognise,
    read: How::Whole(read),
};

const BY_STATUS: Words = Words {
    code: "failures-by-status",
    level: NoteLevel::Info,
    text: "bombardier does not judge responses. Here a status of 400 or more is a failure, and a request without a response.",
};

const NO_PERCENTILES: Words = Words {
    code: "bombardier-no-percentiles",
    level: NoteLevel::Warning,
    text: "The file has no percentiles: bombardier writes them with -l.",
};

fn recognise(sniff: &Sniff<'_>) -> Option<String> {
    let keys = ["spec/numberOfConnections", "result/req2xx", "result/others"];
    json::has(sniff.json?, keys).then(|| "JSON with spec.numberOfConnections and result.req2xx".into())
}

fn read(input: &Input<'_>) -> Result<Imported, Error> {
    let mut summary = Summary::new(input);
    let document = json::values(input.name, input.json.unwrap_or_default())?;
    let (spec, result) = (at(&document, "spec"), at(&document, "result"));
    let counts = ["req1xx", "req2xx", "req3xx", "req4xx", "req5xx", "others"].map(|key| count(at(result, key)));
    let [Some(informed), Some(well), Some(moved), Some(refused), Some(broken), Some(others)] = counts else {
        summary.reject(1, 1, "a class of statuses has no number in “result”".into());
        return summary.finish(Run::default(), None);
    };
    let sum = |counts: &[u64]| counts.iter().fold(0_u64, |sum, count| sum.saturating_add(*count));
    let requests = sum(&[informed, well, moved, refused, broken, others]);
    let name = at(spec, "url").as_str().filter(|url| !url.is_empty()).unwrap_or(ALL_REQUESTS).to_owned();
    let method = at(spec, "method").as_str().filter(|method| !method.is_empty()).map(str::to_owned);
    let mut causes = Causes::of(method.as_deref(), &name);
    causes.push("status 4xx", refused);
    causes.push("status 5xx", broken);
    for error in at(result, "errors").as_array().into_iter().flatten() {
        causes.push(at(error, "description").as_str().unwrap_or("error"), count(at(error, "count")).unwrap_or(0));
    }
    let failures = causes.finish();
    summary.note(Note::say(input.name, &BY_STATUS, []));
    let latency = if requests > 0 { latency(at(result, "latency")) } else { Latency::default() };
    if requests > 0 && !at(result, "latency/percentiles").is_object() {
        summary.note(Note::say(input.name, &NO_PERCENTILES, []));
    }
    let run = Run {
        duration_s: number(at(result, "timeTakenSeconds")),
        users: count(at(spec, "numberOfConnections")),
        failures,
        ..Run::default()
    };
    summary.only(Endpoint {
        method,
        name,
        requests: Some(requests),
        failures: Some(sum(&[refused, broken, others])),
        latency,
        rate_per_s: number(at(result, "rps/mean")),
        ..Endpoint::default()
    });
    summary.finish(run, None)
}

fn latency(of: &Value) -> Latency {
    let ms = |us: &Value| number(us).map(|us| us / 1000.0);
    let levels = at(of, "percentiles").as_object().into_iter().flatten();
    let levels = levels.filter_map(|(key, value)| Some((Percentile::parse(key.trim())?, ms(value))));
    Latency {
        mean_ms: ms(at(of, "mean")),
        max_ms: ms(at(of, "max")),
        distribution: percentiles(levels),
        ..Latency::default()
    }
}
