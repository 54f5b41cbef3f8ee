//! `oha --output-format csv`: one row per response.
//!
//! From oha's source (`printer.rs`): seconds; `request-start` is relative to the start of the run. Rows are in that
//! order. Requests without a response have no row.

use super::super::importer::{Descriptor, Format, How, Opening, Sliced, Sniff};
use super::super::single::{self, Empty, Kind};
use crate::run::{Definition, NoteLevel, Words};

pub(in super::super) const FORMAT: Descriptor = Descriptor {
    format: Format {
        id: "oha-csv",
        tool: "oha",
        title: "every response (`--output-format csv`)",
        command: "oha --no-tui --output-format csv -n 1000 http://127.0.0.1/ > results.csv",
        percentiles: Some(Definition::Rank),
        endings: &[],
    },
    recognise,
    read: How::Rows(open),
};

const RESPONSES_ALONE: Words = Words {
    code: "failures-by-status",
    level: NoteLevel::Info,
    text: "The CSV has no row for requests without a response, which are oha's failures: oha's JSON counts them. Here a status \
           of 400 or more is a failure.",
};

static KIND: Kind = Kind {
    tool: "oha",
    delimiter: b',',
    header: &["request-start", "DNS", "DNS+dialup", "Response-delay", "request-duration"],
    start: "request-start",
    since_1970: false,
    elapsed: "request-duration",
    unit_ns: 1e9,
    status: Some("status"),
    bytes: Some("bytes"),
    notes: &[&RESPONSES_ALONE],
    most: None,
    empty: Some(&Empty {
        id: "oha-csv-empty",
        what: "oha's CSV without a row: no request got a response. oha leaves requests without a response out of it",
        instead: "Take oha's JSON of the run (`--output-format json`). It counts them under `errorDistribution`.",
    }),
};

fn recognise(sniff: &Sniff<'_>) -> Option<String> {
    single::recognise(&KIND, sniff.head)
}

fn open(opening: Opening<'_>) -> Box<dyn Sliced> {
    single::open(&KIND, &opening)
}
