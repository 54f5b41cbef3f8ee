//! `vegeta report -type hdrplot`: the time within which a share of the requests was answered.
//!
//! From vegeta's source (`lib/reporters.go`): milliseconds; the shares are those of HdrHistogram's plots, computed
//! from a t-digest. The last row, of all requests, has their number.

use super::super::error::Error;
use super::super::importer::{Descriptor, Format, How, Imported, Input, Sniff};
use super::super::printed::{self, Printed};
use super::super::summary::{Summary, percentiles};
use crate::run::{ALL_REQUESTS, Definition, Endpoint, Latency, Note, NoteLevel, Percentile, Run, Words};

pub(in super::super) const FORMAT: Descriptor = Descriptor {
    format: Format {
        id: "vegeta-hdrplot",
        tool: "vegeta",
        title: "percentiles (`vegeta report -type hdrplot`)",
        command: "vegeta report -type hdrplot results.bin > hdrplot.txt",
        percentiles: Some(Definition::TDigest),
        endings: &[],
    },
    recognise,
    read: How::Text(read),
};

const NO_FAILURES: Words = Words {
    code: "vegeta-hdrplot",
    level: NoteLevel::Warning,
    text: "The table has no failures and no p99: its levels are those of HdrHistogram's plots. `vegeta report -type json` \
           has both.",
};

fn find(text: &str) -> Option<Printed<'_>> {
    Printed::find(text, |line| {
        line.split_whitespace().eq(["Value(ms)", "Percentile", "TotalCount", "1/(1-Percentile)"])
    })
}

fn recognise(sniff: &Sniff<'_>) -> Option<String> {
    find(sniff.text).map(|_| "columns Value(ms), Percentile, TotalCount, 1/(1-Percentile)".into())
}

fn read(input: &Input<'_>) -> Result<Imported, Error> {
    let mut summary = Summary::new(input);
    let Some(report) = find(input.text) else { return summary.finish(Run::default(), None) };
    let mut levels = Vec::new();
    let mut requests = None;
    for line in report.lines().skip(1) {
        let mut words = line.split_whitespace();
        let (Some(value), Some(share), Some(count)) = (words.next(), words.next(), words.next()) else { continue };
        let (Some(percentile), Some(ms)) = (Percentile::of_share(share), printed::number(value)) else { continue };
        if percentile == Percentile::P100 {
            requests = printed::count(count);
        }
        levels.push((percentile, Some(ms)));
    }
    if levels.is_empty() {
        summary.reject(report.line, 1, "no row follows with a time and a share".into());
        return summary.finish(Run::default(), None);
    }
    summary.note(Note::say(input.name, &NO_FAILURES, []));
    if let Some(note) = report.note(input.name) {
        summary.note(note);
    }
    let max_ms = levels.iter().find(|(level, _)| *level == Percentile::P100).and_then(|(_, ms)| *ms);
    summary.only(Endpoint {
        name: ALL_REQUESTS.into(),
        requests,
        latency: Latency { max_ms, distribution: percentiles(levels), ..Latency::default() },
        ..Endpoint::default()
    });
    summary.finish(Run::default(), None)
}
