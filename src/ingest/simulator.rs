//! The load simulator's CSV: Locust's old columns without a method, times with units.

use super::error::Error;
use super::importer::{Descriptor, Format, How, Imported, Input, Sniff};
use super::locust::columns::evidence;
use super::locust::stats::{parse, read_table};

pub(super) const FORMAT: Descriptor = Descriptor {
    format: Format {
        id: "simulator-csv",
        tool: "Simulator",
        title: "CSV in Locust's old columns (`Name,# requests,# failures,Median response time,…`)",
        command: "the load simulator's results file",
        percentiles: None,
        endings: &[],
    },
    recognise,
    read: How::Whole(read),
};

fn recognise(sniff: &Sniff<'_>) -> Option<String> {
    let has = |wanted: &str| sniff.header.iter().any(|h| h.eq_ignore_ascii_case(wanted));
    // With these it is Locust's own.
    let is_locust = has("Type") || has("Method");
    (has("Name") && has("# requests") && has("# failures") && !is_locust).then(|| evidence(&sniff.header))
}

fn read(input: &Input<'_>) -> Result<Imported, Error> {
    read_table(input, parse(input)?, None, false)
}
