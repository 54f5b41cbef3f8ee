//! `_distribution.csv`: the percentiles of the oldest versions, next to their `_requests.csv`.

use super::super::content::{Content, Percentiles};
use super::super::error::Error;
use super::super::importer::{Descriptor, Format, How, Imported, Input, Sniff};
use super::super::table::{Row, Table};
use super::columns::{BLANK, evidence, percentile_columns, percentiles};
use super::notes::quotes_repaired;
use crate::run::{Definition, Rounding};

pub(in super::super) const FORMAT: Descriptor = Descriptor {
    format: Format {
        id: "locust-distribution",
        tool: "Locust",
        title: "percentiles CSV up to 0.13.2 (`_distribution.csv`)",
        command: "locust --no-web --csv results",
        percentiles: Some(Definition::RankTwoDigits),
        endings: &["_distribution"],
    },
    recognise,
    read: How::Whole(read),
};

fn recognise(sniff: &Sniff<'_>) -> Option<String> {
    let [name, requests, first, ..] = sniff.header.as_slice() else { return None };
    (name == "Name" && requests == "# requests" && first.ends_with('%')).then(|| evidence(&sniff.header))
}

/// Names of the total row.
const TOTALS: [&str; 4] = ["None Aggregated", "None Total", "Aggregated", "Total"];

/// Percentiles by label (`GET /path`).
fn read(input: &Input<'_>) -> Result<Imported, Error> {
    let mut table = Table::parse(input.name, input.text, &["# requests"])?;
    let name = table.need(&["Name"])?;
    let columns = percentile_columns(&table.header);
    let mut notes = quotes_repaired(input.name, table.repair_quotes(1, 0, BLANK));
    let read = table.len();
    table.reject_misshapen();
    let mut found = Percentiles::default();
    let mut row = Row::default();
    for place in table.take() {
        table.fill(place, &mut row);
        match percentiles(&row, &columns, Rounding::TwoDigits) {
            Ok(Some(percentiles)) => {
                let label = row.get(Some(name));
                if TOTALS.contains(&label) {
                    found.total = Some(percentiles);
                } else {
                    found.endpoints.push((label.to_owned(), percentiles));
                }
            }
            Ok(None) => {}
            Err((column, bad)) => table.reject_field(&row, column, bad),
        }
    }
    if found.endpoints.is_empty() && found.total.is_none() {
        return Err(table.unusable(read));
    }
    notes.extend(table.notes());
    Ok(Imported {
        content: Content::Percentiles(Box::new(found)),
        version: Some("<=0.13.2".into()),
        notes,
        evidence: None,
    })
}
