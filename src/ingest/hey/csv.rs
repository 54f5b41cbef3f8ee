//! `hey -o csv`: one row per response.
//!
//! From hey's source (`requester/report.go`): seconds with four decimals; `offset` is the start of a request relative
//! to the run. Rows are in order of the responses. Requests without a response have no row, and there are at most a
//! million rows.

use super::super::importer::{Descriptor, Format, How, Opening, Sliced, Sniff};
use super::super::single::{self, Empty, Kind};
use super::BY_STATUS;
use crate::run::{Definition, NoteLevel, Words};

pub(in super::super) const FORMAT: Descriptor = Descriptor {
    format: Format {
        id: "hey-csv",
        tool: "hey",
        title: "every response (`-o csv`)",
        command: "hey -n 1000 -c 10 -o csv http://127.0.0.1/ > results.csv",
        percentiles: Some(Definition::Rank),
        endings: &[],
    },
    recognise,
    read: How::Rows(open),
};

const NO_RESPONSE_NO_ROW: Words = Words {
    code: "transport-errors-missing",
    level: NoteLevel::Info,
    text: "The CSV has no row for requests without a response (refused, reset, timed out). They are not counted.",
};

const ALL_ROWS: Words = Words {
    code: "hey-most-rows",
    level: NoteLevel::Warning,
    text: "The file has {0} rows, and hey writes a million at most: the run may have had more.",
};

static KIND: Kind = Kind {
    tool: "hey",
    delimiter: b',',
    header: &["response-time", "DNS+dialup", "DNS"],
    start: "offset",
    since_1970: false,
    elapsed: "response-time",
    unit_ns: 1e9,
    status: Some("status-code"),
    bytes: None,
    notes: &[&BY_STATUS, &NO_RESPONSE_NO_ROW],
    most: Some((1_000_000, &ALL_ROWS)),
    empty: Some(&Empty {
        id: "hey-csv-empty",
        what: "hey's CSV without a row: no request got a response. hey leaves requests without a response out of it",
        instead: "Take hey's text report of the run (without `-o csv`). It counts them under “Error distribution”.",
    }),
};

fn recognise(sniff: &Sniff<'_>) -> Option<String> {
    single::recognise(&KIND, sniff.head)
}

fn open(opening: Opening<'_>) -> Box<dyn Sliced> {
    single::open(&KIND, &opening)
}
