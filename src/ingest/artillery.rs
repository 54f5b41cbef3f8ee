//! Artillery's JSON report (`artillery run --output`), of both generations.
//!
//! From Artillery's source (`lib/core/ssms.ts`, the plugin metrics-by-endpoint), checked with 2.0.21:
//!
//! * **2**: counters and summaries by name. `http.requests` are requests sent, `http.responses` those answered; only
//!   the latter have a response time. Early builds wrote `engine.http.…`. The plugin metrics-by-endpoint, part of
//!   Artillery, has codes, errors and response times by URL.
//! * **1**: `rps.count` are requests sent, `requestsCompleted` those answered.
//! * **A failed request** is one of `errors`: no answer, or one rejected by an expectation or a capture. A status of
//!   400 or more is not a failure.
//! * Percentiles come from a DDSketch with an error of 1 %. `histograms` is a copy of `summaries`.
//! * A period has ten seconds. Its `period` is its start, as a text.

#![allow(clippy::indexing_slicing, reason = "a member that a JSON value does not have is null")]

use std::collections::BTreeMap;

use serde_json::Value;

use super::error::Error;
use super::importer::{Descriptor, Format, How, Imported, Input, Sniff};
use super::json::{self, count, number};
use super::summary::{Summary, percentiles};
use crate::order;
use crate::run::time::{is_moment, parse_rfc3339};
use crate::run::{
    ALL_REQUESTS, Definition, Endpoint, Failure, Interval, Latency, Note, NoteLevel, Percentile, Run, Timeline, Words,
};

pub(super) const FORMAT: Descriptor = Descriptor {
    format: Format {
        id: "artillery",
        tool: "Artillery",
        title: "JSON report, of 2 and of 1",
        command: "artillery run --output report.json script.yml",
        percentiles: Some(Definition::Sketch),
        endings: &[],
    },
    recognise,
    read: How::Whole(read),
};

const REFUSED: Words = Words {
    code: "answers-with-error-status",
    level: NoteLevel::Warning,
    text: "{0:answer has|answers have} a status of 400 or more. Artillery does not count them as errors, and they are no \
           failed requests here.",
};

const UNANSWERED: Words = Words {
    code: "requests-unanswered",
    level: NoteLevel::Warning,
    text: "{0:request was|requests were} sent, and {1} answered. Response times are those of the answers.",
};

/// Seconds of a period.
const PERIOD_S: u32 = 10;

const BY_ENDPOINT: &str = "plugins.metrics-by-endpoint.";

fn recognise(sniff: &Sniff<'_>) -> Option<String> {
    let found = json::which(sniff.json?, ["aggregate/counters", "aggregate/scenariosCreated", "aggregate/latency"]);
    match found {
        [true, ..] => Some("JSON object with aggregate.counters".to_owned()),
        [_, true, true] => Some("JSON object with aggregate.scenariosCreated".to_owned()),
        _ => None,
    }
}

fn read(input: &Input<'_>) -> Result<Imported, Error> {
    let (mut aggregate, mut periods) = (Value::Null, Vec::new());
    // These may be long and are not needed.
    let without = ["latencies", "histograms", "customStats"];
    json::members_without(input.name, input.json.unwrap_or_default(), &without, &mut |key, value| {
        match key {
            "aggregate" => aggregate = value,
            "intermediate" => periods.extend(value.as_array().into_iter().flatten().filter_map(period)),
            _ => {}
        }
        Ok(())
    })?;
    let totals = Totals::of(&aggregate);
    let mut summary = Summary::new(input);
    let mut run = Run { timeline: timeline(periods), ..Run::default() };
    let moment = |key: &str| number(&aggregate[key]).filter(|ms| is_moment(*ms as i64));
    if let Some((first, last)) = moment("firstMetricAt").zip(moment("lastMetricAt")) {
        run.started_ms = Some(first as i64);
        run.duration_s = Some((last - first) / 1000.0).filter(|seconds| *seconds > 0.0);
    }
    let rate = run.duration_s.zip(totals.requests).map(|(seconds, requests)| requests as f64 / seconds);
    let all = Endpoint {
        name: ALL_REQUESTS.to_owned(),
        requests: totals.requests,
        failures: Some(totals.failures()),
        latency: latency(totals.times, totals.responses),
        rate_per_s: rate.or(totals.rate).filter(|rate| rate.is_finite()),
        timeline: run.timeline.clone(),
        ..Endpoint::default()
    };
    let endpoints = endpoints(&aggregate, totals.failures());
    let told = |e: &Endpoint| e.failures.is_some();
    run.failures = if endpoints.is_empty() || !endpoints.iter().all(|(endpoint, _)| told(endpoint)) {
        causes(ALL_REQUESTS, &totals.errors)
    } else {
        endpoints.iter().flat_map(|(endpoint, errors)| causes(&endpoint.name, errors)).collect()
    };
    if endpoints.is_empty() {
        summary.only(all);
    } else {
        summary.total(all);
        for (mut endpoint, _) in endpoints {
            let rate = run.duration_s.zip(endpoint.requests).map(|(seconds, requests)| requests as f64 / seconds);
            endpoint.rate_per_s = rate.filter(|rate| rate.is_finite());
            summary.push(endpoint);
        }
    }
    if totals.refused > 0 {
        summary.note(Note::say(input.name, &REFUSED, [totals.refused.into()]));
    }
    if let Some((sent, answered)) = totals.requests.zip(totals.responses).filter(|(sent, answered)| sent != answered) {
        summary.note(Note::say(input.name, &UNANSWERED, [sent.into(), answered.into()]));
    }
    summary.finish(run, Some(totals.generation.to_owned()))
}

/// Number of errors by name.
type Errors = BTreeMap<String, u64>;

/// Counts of an aggregate or a period.
struct Totals<'a> {
    requests: Option<u64>,
    responses: Option<u64>,
    errors: Errors,
    /// Responses with a status of 400 or more.
    refused: u64,
    rate: Option<f64>,
    times: &'a Value,
    generation: &'static str,
}

impl<'a> Totals<'a> {
    fn of(value: &'a Value) -> Self {
        match &value["counters"] {
            Value::Object(counters) if !value["scenariosCreated"].is_number() => {
                let get =
                    |key: &str| counters.get(key).or_else(|| counters.get(&format!("engine.{key}"))).and_then(count);
                let after = |start: &'static str| {
                    counters.iter().filter_map(move |(key, n)| {
                        let key = key.strip_prefix("engine.").or_else(|| key.strip_prefix("core.")).unwrap_or(key);
                        Some((key.strip_prefix(start)?, count(n)?))
                    })
                };
                let times = &value["summaries"];
                let times = times.get("http.response_time").unwrap_or(&times["engine.http.response_time"]);
                Totals {
                    requests: get("http.requests"),
                    responses: get("http.responses"),
                    errors: order::map(after("errors.").map(|(name, n)| (name.to_owned(), n))),
                    refused: refused(after("http.codes.")),
                    rate: number(&value["rates"]["http.request_rate"]),
                    times,
                    generation: "2",
                }
            }
            _ => {
                let by_name = |key: &str| value[key].as_object().into_iter().flatten();
                let counts = |key: &str| by_name(key).filter_map(|(name, n)| Some((name.as_str(), count(n)?)));
                Totals {
                    requests: count(&value["rps"]["count"]).or_else(|| count(&value["requestsCompleted"])),
                    responses: count(&value["requestsCompleted"]),
                    errors: order::map(counts("errors").map(|(name, n)| (name.to_owned(), n))),
                    refused: refused(counts("codes")),
                    rate: number(&value["rps"]["mean"]),
                    times: &value["latency"],
                    generation: "1",
                }
            }
        }
    }

    fn failures(&self) -> u64 {
        sum(self.errors.values())
    }
}

fn sum<'a>(counts: impl IntoIterator<Item = &'a u64>) -> u64 {
    counts.into_iter().fold(0, |sum, n| sum.saturating_add(*n))
}

fn refused<'a>(codes: impl Iterator<Item = (&'a str, u64)>) -> u64 {
    let refused = codes.filter(|(code, _)| code.parse::<u16>().is_ok_and(|code| code >= 400));
    refused.fold(0, |sum, (_, n)| sum.saturating_add(n))
}

/// Without responses the values are null or 0.
fn latency(times: &Value, responses: Option<u64>) -> Latency {
    let timed = count(&times["count"]).or(responses);
    let time = |key: &str| number(&times[key]).filter(|_| timed != Some(0));
    let levels = [
        (Percentile::P50, time("median").or_else(|| time("p50"))),
        (Percentile(75_000), time("p75")),
        (Percentile::P90, time("p90")),
        (Percentile::P95, time("p95")),
        (Percentile::P99, time("p99")),
        (Percentile(99_900), time("p999")),
    ];
    Latency {
        mean_ms: time("mean"),
        min_ms: time("min"),
        max_ms: time("max"),
        timed,
        distribution: percentiles(levels),
        ..Latency::default()
    }
}

/// The plugin's counts by URL, each with its errors. Failures are included only if the plugin counted all of them; it
/// misses those rejected by an expectation.
fn endpoints(aggregate: &Value, failures: u64) -> Vec<(Endpoint, Errors)> {
    let mut found: BTreeMap<&str, (u64, Errors)> = BTreeMap::new();
    for (key, n) in aggregate["counters"].as_object().into_iter().flatten() {
        let Some((rest, n)) = key.strip_prefix(BY_ENDPOINT).zip(count(n)) else { continue };
        // A name may contain any of these: the last one counts.
        if let Some((name, _)) = rest.rsplit_once(".codes.").filter(|(_, code)| code.parse::<u16>().is_ok()) {
            let slot = found.entry(name).or_default();
            slot.0 = slot.0.saturating_add(n);
        } else if let Some((name, error)) = rest.rsplit_once(".errors.") {
            found.entry(name).or_default().1.insert(error.to_owned(), n);
        }
    }
    let listed = found.values().fold(0, |all: u64, (_, errors)| all.saturating_add(sum(errors.values())));
    let times = &aggregate["summaries"];
    let endpoint = |(name, (answers, errors)): (&str, (u64, Errors))| {
        let failed = sum(errors.values());
        let endpoint = Endpoint {
            name: name.to_owned(),
            requests: Some(answers.saturating_add(failed)),
            failures: (listed == failures).then_some(failed),
            latency: latency(&times[format!("{BY_ENDPOINT}response_time.{name}")], Some(answers)),
            ..Endpoint::default()
        };
        (endpoint, errors)
    };
    found.into_iter().map(endpoint).collect()
}

fn causes(name: &str, errors: &Errors) -> Vec<Failure> {
    let cause = |(message, count): (&String, &u64)| Failure {
        method: None,
        name: name.to_owned(),
        message: message.clone(),
        count: *count,
    };
    errors.iter().map(cause).collect()
}

fn period(value: &Value) -> Option<Interval> {
    let totals = Totals::of(value);
    let end_ms = match number(&value["period"]) {
        Some(begin_ms) => (begin_ms as i64).saturating_add(i64::from(PERIOD_S) * 1000),
        // Generation 1 wrote the end of the period.
        None => parse_rfc3339(value["timestamp"].as_str()?)?,
    };
    let latency = latency(totals.times, totals.responses);
    let level = |p| latency.distribution.quantile_ms(p);
    is_moment(end_ms).then(|| Interval {
        end_s: end_ms.div_euclid(1000),
        length_s: PERIOD_S,
        requests: totals.requests.unwrap_or(0),
        failures: totals.failures(),
        mean_ms: latency.mean_ms,
        window_p50_ms: level(Percentile::P50),
        window_p95_ms: level(Percentile::P95),
        ..Interval::default()
    })
}

fn timeline(mut periods: Vec<Interval>) -> Option<Timeline> {
    crate::order::sort_by_key(&mut periods, |interval| interval.end_s);
    let mut intervals: Vec<Interval> = Vec::new();
    for mut next in periods {
        let Some(last) = intervals.last_mut() else {
            intervals.push(next);
            continue;
        };
        let since = u32::try_from(next.end_s.saturating_sub(last.end_s)).unwrap_or(PERIOD_S);
        if since > 0 {
            next.length_s = since.min(PERIOD_S);
            intervals.push(next);
        } else {
            // Several workers of one run.
            last.requests = last.requests.saturating_add(next.requests);
            last.failures = last.failures.saturating_add(next.failures);
            (last.mean_ms, last.window_p50_ms, last.window_p95_ms) = (None, None, None);
        }
    }
    (!intervals.is_empty()).then(|| Timeline { intervals: intervals.into(), grid: None })
}
