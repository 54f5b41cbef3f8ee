//! autocannon's JSON (`-j`).
//!
//! From autocannon's source (`lib/run.js`, `lib/aggregateResult.js`): response times are whole milliseconds from an
//! HDR histogram, at fixed levels without the 95th percentile. `requests` and `throughput` are sampled once per second;
//! only their `total` is a count, of responses. Errors, including timeouts, have no response; a status other than 2xx
//! is not an error. With `-R`, response times that a steady rate would have seen are added (correction for coordinated
//! omission), far more than requests.

use serde_json::Value;

use super::error::Error;
use super::importer::{Descriptor, Format, How, Imported, Input, Sniff};
use super::json::{self, at, count, number};
use super::summary::{Causes, Summary, percentiles};
use crate::run::time::parse_rfc3339;
use crate::run::{ALL_REQUESTS, Definition, Endpoint, Latency, Note, NoteLevel, Percentile, Run, Words};

pub(super) const FORMAT: Descriptor = Descriptor {
    format: Format {
        id: "autocannon",
        tool: "autocannon",
        title: "JSON (`-j`)",
        command: "autocannon -j -c 10 -d 60 http://127.0.0.1/ > results.json",
        percentiles: Some(Definition::HdrHistogram),
        endings: &[],
    },
    recognise,
    read: How::Whole(read),
};

const NO_P95: Words = Words {
    code: "autocannon-no-p95",
    level: NoteLevel::Info,
    text: "autocannon computes no 95th percentile; the nearest are p90 and p97.5. Its times are whole milliseconds.",
};

const NOT_2XX: Words = Words {
    code: "autocannon-non-2xx",
    level: NoteLevel::Warning,
    text: "{0:response has|responses have} a status other than 2xx. autocannon does not count them as errors.",
};

const CORRECTED: Words = Words {
    code: "autocannon-corrected",
    level: NoteLevel::Warning,
    text: "The mean and the percentiles are of {0} response times, and {1:request was|requests were} answered: with a rate (-R) \
           autocannon adds times that it takes to be missing. Compare only runs with the same rate.",
};

const UNANSWERED: Words = Words {
    code: "autocannon-unanswered",
    level: NoteLevel::Warning,
    text: "autocannon sent {0:request|requests}: {1} were answered and {2} failed. It counts the others neither as answered nor \
           as failed, and they are in no figure: the server may have closed their connections.",
};

fn recognise(sniff: &Sniff<'_>) -> Option<String> {
    let keys = ["latency/p97_5", "requests/total", "requests/average", "non2xx", "errors"];
    json::has(sniff.json?, keys).then(|| "JSON with latency.p97_5 and requests.total".into())
}

fn read(input: &Input<'_>) -> Result<Imported, Error> {
    let mut summary = Summary::new(input);
    let document = json::values(input.name, input.json.unwrap_or_default())?;
    let Some(responses) = count(at(&document, "requests/total")) else {
        summary.reject(1, 1, "requests.total is no number of requests".into());
        return summary.finish(Run::default(), None);
    };
    let name = at(&document, "url").as_str().filter(|url| !url.is_empty()).unwrap_or(ALL_REQUESTS).to_owned();
    let (errors, timeouts) = (count(at(&document, "errors")), count(at(&document, "timeouts")).unwrap_or(0));
    let timed = count(at(&document, "latency/totalCount"));
    summary.note(Note::say(input.name, &NO_P95, []));
    if let Some(bad) = count(at(&document, "non2xx")).filter(|bad| *bad > 0) {
        summary.note(Note::say(input.name, &NOT_2XX, [bad.into()]));
    }
    if let Some(timed) = timed.filter(|timed| *timed > responses) {
        summary.note(Note::say(input.name, &CORRECTED, [timed.into(), responses.into()]));
    }
    // At the end each connection may have a request in progress. With `-R`, autocannon counts requests before sending
    // them.
    let open = count(at(&document, "connections")).unwrap_or(0).max(1);
    let open = open.saturating_mul(count(at(&document, "pipelining")).unwrap_or(1).max(1));
    if let Some(sent) = count(at(&document, "requests/sent"))
        && sent.saturating_sub(responses).saturating_sub(errors.unwrap_or(0)) > open
        && timed.is_none_or(|timed| timed <= responses)
    {
        summary.note(Note::say(input.name, &UNANSWERED, [sent, responses, errors.unwrap_or(0)].map(Into::into)));
    }
    let mut causes = Causes::of(None, &name);
    causes.push("timeout", timeouts);
    causes.push("connection error", errors.unwrap_or(0).saturating_sub(timeouts));
    let run = Run {
        started_ms: at(&document, "start").as_str().and_then(parse_rfc3339),
        duration_s: number(at(&document, "duration")),
        users: count(at(&document, "connections")),
        failures: causes.finish(),
        ..Run::default()
    };
    let requests = responses.saturating_add(errors.unwrap_or(0));
    // autocannon's own rate counts responses.
    let rate = run.duration_s.filter(|seconds| *seconds > 0.0).map(|seconds| requests as f64 / seconds);
    let rate_per_s = rate.filter(|_| requests > responses).or_else(|| number(at(&document, "requests/average")));
    summary.only(Endpoint {
        name,
        requests: Some(requests),
        failures: errors,
        latency: if responses > 0 { latency(at(&document, "latency"), responses) } else { Latency::default() },
        rate_per_s,
        ..Endpoint::default()
    });
    summary.finish(run, None)
}

fn latency(of: &Value, responses: u64) -> Latency {
    let levels = of.as_object().into_iter().flatten().filter_map(|(key, value)| {
        Some((Percentile::parse(&key.strip_prefix('p')?.replace('_', "."))?, number(value)))
    });
    Latency {
        mean_ms: number(at(of, "average")),
        min_ms: number(at(of, "min")),
        max_ms: number(at(of, "max")),
        timed: Some(responses),
        distribution: percentiles(levels),
        ..Latency::default()
    }
}
