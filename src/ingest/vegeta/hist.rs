//! `vegeta report -type 'hist[0,10ms,20ms]'`: number of requests by range of response time.
//!
//! From vegeta's source (`lib/reporters.go`, `lib/histogram.go`): bounds are the user's, in Go's format. The response
//! times within a bucket are unknown, so there are no percentiles.

use super::super::error::Error;
use super::super::importer::{Descriptor, Format, How, Imported, Input, Sniff};
use super::super::notes::CUT_REPORT;
use super::super::printed::{self, Printed};
use super::super::summary::Summary;
use crate::run::{ALL_REQUESTS, Endpoint, Figure, Note, NoteLevel, Run, Words};

pub(in super::super) const FORMAT: Descriptor = Descriptor {
    format: Format {
        id: "vegeta-hist",
        tool: "vegeta",
        title: "histogram (`vegeta report -type 'hist[…]'`)",
        command: "vegeta report -type 'hist[0,10ms,20ms]' results.bin > hist.txt",
        percentiles: None,
        endings: &[],
    },
    recognise,
    read: How::Text(read),
};

const COUNTS_ALONE: Words = Words {
    code: "vegeta-hist",
    level: NoteLevel::Warning,
    text: "The histogram has the number of requests, but no percentiles or failures. `vegeta report -type json` has them.",
};

fn find(text: &str) -> Option<Printed<'_>> {
    Printed::find(text, |line| line.split_whitespace().eq(["Bucket", "#", "%", "Histogram"]))
}

fn recognise(sniff: &Sniff<'_>) -> Option<String> {
    let report = find(sniff.text)?;
    bucket(report.lines().nth(1)?).map(|_| "columns Bucket, #, %, Histogram".into())
}

/// The requests of a bucket: `[2ms,    4ms]    1124  18.00%  #############`.
fn bucket(line: &str) -> Option<u64> {
    let (bounds, rest) = line.strip_prefix('[')?.split_once(']')?;
    let is_row = bounds.contains(',') && rest.split_whitespace().nth(1).is_some_and(|share| share.ends_with('%'));
    is_row.then(|| printed::count(rest))?
}

fn read(input: &Input<'_>) -> Result<Imported, Error> {
    let mut summary = Summary::new(input);
    let Some(report) = find(input.text) else { return summary.finish(Run::default(), None) };
    let buckets = report.lines().skip(1).map_while(bucket);
    let requests = buckets.fold(0_u64, u64::saturating_add);
    summary.note(Note::say(input.name, &COUNTS_ALONE, []));
    // The last bucket has no upper bound.
    if !report.lines().skip(1).any(|line| bucket(line).is_some() && line.contains("+Inf]")) {
        summary.note(Note::say(input.name, &CUT_REPORT, [Figure::Word("vegeta")]));
    }
    if let Some(note) = report.note(input.name) {
        summary.note(note);
    }
    summary.only(Endpoint { name: ALL_REQUESTS.into(), requests: Some(requests), ..Endpoint::default() });
    summary.finish(Run::default(), None)
}
