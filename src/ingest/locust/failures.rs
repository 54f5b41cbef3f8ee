//! `_failures.csv` and `_exceptions.csv`.

use super::super::error::Error;
use super::super::field;
use super::super::table::Table;
use super::super::{Content, Input, Reading, Sniff};
use super::some_text;
use crate::run::{Exception, Failure};

fn starts_with(header: &[String], names: &[&str]) -> Option<String> {
    (header.len() >= names.len() && header.iter().zip(names).all(|(h, n)| h == n))
        .then(|| format!("header {}", names.join(",")))
}

pub(in super::super) fn recognise_failures(sniff: &Sniff<'_>) -> Option<String> {
    starts_with(&sniff.header, &["Method", "Name", "Error", "Occurrences"])
}

pub(in super::super) fn recognise_exceptions(sniff: &Sniff<'_>) -> Option<String> {
    starts_with(&sniff.header, &["Count", "Message", "Traceback", "Nodes"])
}

pub(in super::super) fn read_failures(input: &Input<'_>) -> Result<Reading, Error> {
    let mut table = Table::parse(input.name, input.text);
    let columns = (table.need(&["Method"])?, table.need(&["Name"])?, table.need(&["Error"])?);
    let occurrences = table.need(&["Occurrences"])?;
    // `First Seen` came with 2.44.0.
    let version = table.column(&["First Seen"]).map(|_| ">=2.44".to_owned());
    // Up to 1.0 the error is the last text, and quotes in it are not doubled: `"GET","/","ConnectionError("…")",3`.
    let mut notes = table.repair_quotes(3, 2);
    table.reject_misshapen();
    let mut failures = Vec::new();
    for row in std::mem::take(&mut table.rows) {
        match field::count(row.get(Some(occurrences))) {
            Ok(Some(count)) => failures.push(Failure {
                method: some_text(row.get(Some(columns.0))),
                name: row.get(Some(columns.1)).to_owned(),
                message: row.get(Some(columns.2)).to_owned(),
                count,
            }),
            Ok(None) => table.reject_field(&row, occurrences, field::Bad::NotANumber),
            Err(bad) => table.reject_field(&row, occurrences, bad),
        }
    }
    notes.extend(table.notes());
    Ok(Reading { content: Content::Failures(failures), version, notes, format: None })
}

pub(in super::super) fn read_exceptions(input: &Input<'_>) -> Result<Reading, Error> {
    let mut table = Table::parse(input.name, input.text);
    let (message, traceback) = (table.need(&["Message"])?, table.need(&["Traceback"])?);
    let count_column = table.need(&["Count"])?;
    table.reject_misshapen();
    let mut exceptions = Vec::new();
    for row in std::mem::take(&mut table.rows) {
        match field::count(row.get(Some(count_column))) {
            Ok(Some(count)) => exceptions.push(Exception {
                message: row.get(Some(message)).to_owned(),
                traceback: row.get(Some(traceback)).to_owned(),
                count,
            }),
            Ok(None) => table.reject_field(&row, count_column, field::Bad::NotANumber),
            Err(bad) => table.reject_field(&row, count_column, bad),
        }
    }
    Ok(Reading { content: Content::Exceptions(exceptions), version: None, notes: table.notes(), format: None })
}
