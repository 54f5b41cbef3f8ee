//! `stats.json` and `global_stats.json` of Gatling's report, up to 3.13.4: figures per request, or of all requests.
//!
//! From Gatling's source (`StatsJsonTemplate`, `GlobalStatsJsonTemplate`): each figure is given for all requests
//! (`total`), successful and failed ones (`ko`); times are milliseconds. Groups are listed next to their requests, by
//! duration, and are skipped. The percentile levels are set in `gatling.conf` and are not in the file: 50, 75, 95 and
//! 99 by default, 95 and 99 if there are two. In merged files, numbers are strings.

use serde_json::Value;

use super::super::error::Error;
use super::super::importer::{Descriptor, Format, How, Imported, Input, Sniff};
use super::super::json::{self, at, count, number};
use super::super::summary::{Summary, percentiles};
use crate::run::{ALL_REQUESTS, Definition, Endpoint, Latency, Note, NoteLevel, Percentile, Run, Words};

pub(in super::super) const FORMAT: Descriptor = Descriptor {
    format: Format {
        id: "gatling-stats",
        tool: "Gatling",
        title: "`stats.json` and `global_stats.json` of the report, up to 3.13.4",
        command: "Gatling, in `js` of its report",
        percentiles: Some(Definition::TDigest),
        endings: &[],
    },
    recognise,
    read: How::Whole(read),
};

const LEVELS: Words = Words {
    code: "percentile-levels-assumed",
    level: NoteLevel::Info,
    text: "The file does not name its percentiles. They were read as {0}, Gatling's default. They cover failed requests \
           as well.",
};

fn recognise(sniff: &Sniff<'_>) -> Option<String> {
    let document = sniff.json?;
    if json::has(document, ["stats/numberOfRequests/total", "stats/numberOfRequests/ko"]) {
        Some("JSON object with stats.numberOfRequests".into())
    } else {
        json::has(document, ["numberOfRequests/total", "numberOfRequests/ko", "percentiles1"])
            .then(|| "JSON object with numberOfRequests and percentiles1".into())
    }
}

fn read(input: &Input<'_>) -> Result<Imported, Error> {
    let document = json::values(input.name, input.json.unwrap_or_default())?;
    let mut summary = Summary::new(input);
    let stats = document.get("stats").unwrap_or(&document);
    let all = endpoint(ALL_REQUESTS.into(), stats);
    let mut found = false;
    // Nodes whose contents are not listed yet, with their paths.
    let mut open = vec![(String::new(), &document)];
    while let Some((path, node)) = open.pop() {
        for (key, child) in at(node, "contents").as_object().into_iter().flatten() {
            let name = at(child, "name").as_str().unwrap_or(key);
            let joined = if path.is_empty() { name.to_owned() } else { format!("{path} / {name}") };
            let child_path = at(child, "path").as_str().filter(|path| !path.is_empty()).map_or(joined, str::to_owned);
            if at(child, "type") == "GROUP" {
                open.push((child_path, child));
                continue;
            }
            found = true;
            match endpoint(child_path, at(child, "stats")) {
                Some(endpoint) => summary.push(endpoint),
                None => summary.reject(1, 1, format!("“{name}” has no numberOfRequests")),
            }
        }
    }
    match all {
        Some(all) if found => summary.total(all),
        Some(all) => summary.only(all),
        None => summary.reject(1, 1, "the document has no numberOfRequests".into()),
    }
    let levels = if has_four(stats) { "p50, p75, p95 and p99" } else { "p95 and p99" };
    summary.note(Note::say(input.name, &LEVELS, [levels.into()]));
    summary.finish(Run::default(), Some("<=3.13.4".into()))
}

fn has_four(stats: &Value) -> bool {
    !at(stats, "percentiles3").is_null()
}

fn endpoint(name: String, stats: &Value) -> Option<Endpoint> {
    let requests = count(at(stats, "numberOfRequests/total"))?;
    // Without requests the times are 0, or `-`.
    let time = |key: &str| number(at(at(stats, key), "total")).filter(|_| requests > 0);
    let levels: &[Percentile] = if has_four(stats) {
        &[Percentile::P50, Percentile(75_000), Percentile::P95, Percentile::P99]
    } else {
        &[Percentile::P95, Percentile::P99]
    };
    let keys = ["percentiles1", "percentiles2", "percentiles3", "percentiles4"];
    Some(Endpoint {
        name,
        requests: Some(requests),
        failures: count(at(stats, "numberOfRequests/ko")),
        latency: Latency {
            mean_ms: time("meanResponseTime"),
            min_ms: time("minResponseTime"),
            max_ms: time("maxResponseTime"),
            distribution: percentiles(levels.iter().copied().zip(keys.map(time))),
            ..Latency::default()
        },
        rate_per_s: number(at(stats, "meanNumberOfRequestsPerSecond/total")).filter(|_| requests > 0),
        ..Endpoint::default()
    })
}
