//! `oha --output-format json`, of every version.
//!
//! From oha's source (`printer.rs`, `result_data.rs`): seconds. There is no number of requests: it is the sum of the
//! statuses and the errors. A request failed if it had no response; a 500 is a success. Requests cut off by the end of
//! the run (`aborted due to deadline`) are neither. Times are those of responses; a percentile is the value at rank
//! ⌊n·p⌋ + 1. If every request failed, the figures are `null`.

use serde_json::Value;

use super::super::error::Error;
use super::super::importer::{Descriptor, Format, How, Imported, Input, Sniff};
use super::super::json::{self, at, count, number};
use super::super::summary::{Causes, Summary, percentiles};
use crate::run::{ALL_REQUESTS, Definition, Endpoint, Latency, Note, NoteLevel, Percentile, Run, Words};

pub(in super::super) const FORMAT: Descriptor = Descriptor {
    format: Format {
        id: "oha",
        tool: "oha",
        title: "JSON (`--output-format json`, `-j`)",
        command: "oha --no-tui --output-format json -n 1000 http://127.0.0.1/ > results.json",
        percentiles: Some(Definition::Rank),
        endings: &[],
    },
    recognise,
    read: How::Whole(read),
};

const BAD_STATUS: Words = Words {
    code: "oha-bad-status",
    level: NoteLevel::Warning,
    text: "{0:response has|responses have} a status of 400 or more. oha counts every response as a success.",
};

const CUT_OFF: Words = Words {
    code: "oha-deadline",
    level: NoteLevel::Info,
    text: "{0:request was|requests were} under way when the run ended. They are not counted.",
};

const KEYS: [&str; 3] = ["summary/requestsPerSec", "latencyPercentiles", "statusCodeDistribution"];

fn recognise(sniff: &Sniff<'_>) -> Option<String> {
    json::has(sniff.json?, KEYS).then(|| "JSON with latencyPercentiles and statusCodeDistribution".into())
}

const DEADLINE: &str = "aborted due to deadline";

fn read(input: &Input<'_>) -> Result<Imported, Error> {
    let mut summary = Summary::new(input);
    let document = json::values(input.name, input.json.unwrap_or_default())?;
    let counts = |key: &str| -> Vec<(String, u64)> {
        let entries = at(&document, key).as_object().into_iter().flatten();
        entries.filter_map(|(key, value)| Some((key.clone(), count(value)?))).collect()
    };
    let sum = |counts: &[(String, u64)]| counts.iter().fold(0_u64, |sum, (_, count)| sum.saturating_add(*count));
    let statuses = counts("statusCodeDistribution");
    let (cut_off, errors): (Vec<_>, Vec<_>) =
        counts("errorDistribution").into_iter().partition(|(message, _)| message == DEADLINE);
    let is_bad = |(status, _): &&(String, u64)| status.parse::<u16>().is_ok_and(|status| status >= 400);
    let bad: Vec<_> = statuses.iter().filter(is_bad).cloned().collect();
    for (words, count) in [(&BAD_STATUS, sum(&bad)), (&CUT_OFF, sum(&cut_off))] {
        if count > 0 {
            summary.note(Note::say(input.name, words, [count.into()]));
        }
    }
    let (responses, failed) = (sum(&statuses), sum(&errors));
    let of = at(&document, "summary");
    summary.only(Endpoint {
        name: ALL_REQUESTS.into(),
        requests: Some(responses.saturating_add(failed)),
        failures: Some(failed),
        latency: if responses > 0 { latency(&document, responses) } else { Latency::default() },
        rate_per_s: number(at(of, "requestsPerSec")),
        mean_bytes: number(at(of, "sizePerRequest")),
        ..Endpoint::default()
    });
    let mut causes = Causes::of(None, ALL_REQUESTS);
    errors.into_iter().for_each(|(message, count)| causes.push(message, count));
    let failures = causes.finish();
    summary.finish(Run { duration_s: number(at(of, "total")), failures, ..Run::default() }, None)
}

fn latency(document: &Value, responses: u64) -> Latency {
    let ms = |seconds: &Value| number(seconds).map(|seconds| seconds * 1000.0);
    let of = at(document, "summary");
    let levels = at(document, "latencyPercentiles").as_object().into_iter().flatten();
    let levels = levels.filter_map(|(key, value)| Some((Percentile::parse(key.strip_prefix('p')?)?, ms(value))));
    Latency {
        mean_ms: ms(at(of, "average")),
        min_ms: ms(at(of, "fastest")),
        max_ms: ms(at(of, "slowest")),
        timed: Some(responses),
        distribution: percentiles(levels),
        ..Latency::default()
    }
}
