//! wrk2's report on its standard output: wrk's, with response times from an HDR histogram.
//!
//! From wrk2's source (`wrk.c`, `hdr_histogram.c`). Response times are measured from the scheduled start of a request
//! (with `-u` also from the actual start, in a second block, which is not read), excluding the calibration in the first
//! ten seconds.

use super::super::error::Error;
use super::super::importer::{Descriptor, Format, How, Imported, Input, Sniff};
use super::text;
use crate::run::Definition;

pub(in super::super) const FORMAT: Descriptor = Descriptor {
    format: Format {
        id: "wrk2",
        tool: "wrk2",
        title: "report on standard output",
        command: "wrk -t 2 -c 100 -d 60s -R 2000 --latency http://127.0.0.1/ > results.txt",
        percentiles: Some(Definition::HdrHistogram),
        endings: &[],
    },
    recognise,
    read: How::Text(read),
};

fn recognise(sniff: &Sniff<'_>) -> Option<String> {
    let line = text::of_wrk2(&text::find(sniff.text)?)?;
    Some(format!("lines “Running … test @” and “{line}”"))
}

fn read(input: &Input<'_>) -> Result<Imported, Error> {
    text::report(input, false)
}
