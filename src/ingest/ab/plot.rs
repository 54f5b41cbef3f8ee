//! `ab -g`: one row per request, for gnuplot.
//!
//! From ab's source (`ab.c`, `output_results`): tabs, whole milliseconds, sorted by `ttime`, the response time.
//! `seconds` is the start in whole seconds since 1970; `starttime` is the same in local time. Failed requests are not
//! marked.

use super::super::importer::{Descriptor, Format, How, Opening, Sliced, Sniff};
use super::super::single::{self, Kind};
use crate::run::{Definition, NoteLevel, Words};

pub(in super::super) const FORMAT: Descriptor = Descriptor {
    format: Format {
        id: "ab-plot",
        tool: "ab",
        title: "every request (`-g`)",
        command: "ab -n 1000 -c 10 -g results.tsv http://127.0.0.1/",
        percentiles: Some(Definition::Rank),
        endings: &[],
    },
    recognise,
    read: How::Rows(open),
};

const FAILURES_UNTOLD: Words = Words {
    code: "failures-unknown",
    level: NoteLevel::Warning,
    text: "The rows of `ab -g` do not mark failed requests. ab's report has their number.",
};

const WHOLE_SECONDS: Words = Words {
    code: "moments-whole-seconds",
    level: NoteLevel::Info,
    text: "Requests begin at whole seconds, and times are whole milliseconds. The duration may be off by 1 s, and the rates \
           with it.",
};

static KIND: Kind = Kind {
    tool: "ab",
    delimiter: b'\t',
    header: &["starttime", "seconds", "ctime", "dtime", "ttime", "wait"],
    start: "seconds",
    since_1970: true,
    elapsed: "ttime",
    unit_ns: 1e6,
    status: None,
    bytes: None,
    notes: &[&FAILURES_UNTOLD, &WHOLE_SECONDS],
    most: None,
    empty: None,
};

fn recognise(sniff: &Sniff<'_>) -> Option<String> {
    single::recognise(&KIND, sniff.head)
}

fn open(opening: Opening<'_>) -> Box<dyn Sliced> {
    single::open(&KIND, &opening)
}
