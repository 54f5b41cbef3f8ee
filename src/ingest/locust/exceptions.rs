//! `_exceptions.csv`.

use super::super::content::Content;
use super::super::error::Error;
use super::super::field;
use super::super::importer::{Descriptor, Format, How, Imported, Input, Sniff};
use super::super::table::{Row, Table};
use super::columns::begins;
use crate::run::Exception;

pub(in super::super) const FORMAT: Descriptor = Descriptor {
    format: Format {
        id: "locust-exceptions",
        tool: "Locust",
        title: "exceptions CSV (`_exceptions.csv`)",
        command: "locust --headless --csv results",
        percentiles: None,
        endings: &["_exceptions"],
    },
    recognise,
    read: How::Whole(read),
};

fn recognise(sniff: &Sniff<'_>) -> Option<String> {
    begins(&sniff.header, &["Count", "Message", "Traceback", "Nodes"])
}

fn read(input: &Input<'_>) -> Result<Imported, Error> {
    let mut table = Table::parse(input.name, input.text, &["Count"])?;
    let (message, traceback) = (table.need(&["Message"])?, table.need(&["Traceback"])?);
    let count_column = table.need(&["Count"])?;
    table.reject_misshapen();
    let mut exceptions = Vec::new();
    let mut row = Row::default();
    for place in table.take() {
        table.fill(place, &mut row);
        match field::count(row.get(Some(count_column))) {
            Ok(Some(count)) => exceptions.push(Exception {
                message: row.get(Some(message)).to_owned(),
                traceback: row.get(Some(traceback)).to_owned(),
                count,
            }),
            Ok(None) => table.reject_field(&row, count_column, field::FieldError::NotANumber),
            Err(bad) => table.reject_field(&row, count_column, bad),
        }
    }
    Ok(Imported { content: Content::Exceptions(exceptions), version: None, notes: table.notes(), evidence: None })
}
