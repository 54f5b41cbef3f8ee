//! `ab -e`: the time within which each percent of the requests was served. It has no number of requests, so it is not a
//! run: it adds percentiles to ab's report of the same run.
//!
//! From ab's source (`ab.c`, `output_results`): milliseconds with three decimals, up to 99 percent in old versions,
//! then to 100. 0 percent is skipped.

use super::super::content::{Content, Percentiles};
use super::super::error::Error;
use super::super::field::{self, FieldError};
use super::super::importer::{Descriptor, Format, How, Imported, Input, Sniff};
use super::super::table::{Row, Table};
use crate::run::{Definition, Percentile, PercentileTable};

pub(in super::super) const FORMAT: Descriptor = Descriptor {
    format: Format {
        id: "ab-percentiles",
        tool: "ab",
        title: "percentiles (`-e`), to go with the report of the same run",
        command: "ab -n 1000 -c 10 -e percentiles.csv http://127.0.0.1/ > results.txt",
        percentiles: Some(Definition::Rank),
        endings: &[],
    },
    recognise,
    read: How::Whole(read),
};

fn recognise(sniff: &Sniff<'_>) -> Option<String> {
    (sniff.header == ["Percentage served", "Time in ms"]).then(|| "header Percentage served,Time in ms".into())
}

fn read(input: &Input<'_>) -> Result<Imported, Error> {
    let mut table = Table::parse(input.name, input.text, &["Percentage served", "Time in ms"])?;
    let read = table.len();
    table.reject_misshapen();
    let mut percentiles = PercentileTable::default();
    let mut row = Row::default();
    for place in table.take() {
        table.fill(place, &mut row);
        let (level, ms) = (row.get(Some(0)), row.get(Some(1)));
        match (Percentile::parse(level), field::number(ms)) {
            (Some(percentile), Ok(Some(ms))) => drop(percentiles.values_ms.insert(percentile, ms)),
            (None, _) if field::number(level) != Ok(Some(0.0)) => table.reject_field(&row, 0, FieldError::NotANumber),
            (_, Err(bad)) => table.reject_field(&row, 1, bad),
            _ => {}
        }
    }
    if percentiles.values_ms.is_empty() {
        return Err(table.unusable(read));
    }
    let content = Content::Percentiles(Box::new(Percentiles { endpoints: Vec::new(), total: Some(percentiles) }));
    Ok(Imported { content, version: None, notes: table.notes(), evidence: None })
}
