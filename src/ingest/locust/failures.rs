//! `_failures.csv`.

use super::super::content::Content;
use super::super::error::Error;
use super::super::field;
use super::super::importer::{Descriptor, Format, How, Imported, Input, Sniff};
use super::super::table::{Row, Table};
use super::columns::{BLANK, begins, some_text};
use super::notes::quotes_repaired;
use crate::run::Failure;

pub(in super::super) const FORMAT: Descriptor = Descriptor {
    format: Format {
        id: "locust-failures",
        tool: "Locust",
        title: "failures CSV (`_failures.csv`)",
        command: "locust --headless --csv results",
        percentiles: None,
        endings: &["_failures"],
    },
    recognise,
    read: How::Whole(read),
};

fn recognise(sniff: &Sniff<'_>) -> Option<String> {
    begins(&sniff.header, &["Method", "Name", "Error", "Occurrences"])
}

fn read(input: &Input<'_>) -> Result<Imported, Error> {
    let mut table = Table::parse(input.name, input.text, &["Occurrences"])?;
    let columns = (table.need(&["Method"])?, table.need(&["Name"])?, table.need(&["Error"])?);
    let occurrences = table.need(&["Occurrences"])?;
    // `First Seen` was added in 2.44.0.
    let version = table.column(&["First Seen"]).map(|_| ">=2.44".to_owned());
    // Up to 1.0 the error is the last text, and its quotes are not doubled: `"GET","/","ConnectionError("…")",3`.
    let mut notes = quotes_repaired(input.name, table.repair_quotes(3, 2, BLANK));
    table.reject_misshapen();
    let mut failures = Vec::new();
    let mut row = Row::default();
    for place in table.take() {
        table.fill(place, &mut row);
        match field::count(row.get(Some(occurrences))) {
            Ok(Some(count)) => failures.push(Failure {
                method: some_text(row.get(Some(columns.0))),
                name: row.get(Some(columns.1)).to_owned(),
                message: row.get(Some(columns.2)).to_owned(),
                count,
            }),
            Ok(None) => table.reject_field(&row, occurrences, field::FieldError::NotANumber),
            Err(bad) => table.reject_field(&row, occurrences, bad),
        }
    }
    notes.extend(table.notes());
    Ok(Imported { content: Content::Failures(failures), version, notes, evidence: None })
}
