//! Apache JMeter's results files ("JTL"), of every version, as CSV.
//!
//! From JMeter's sources (`CSVSaveService`, `SampleEvent`, `report/*`): one row per sample, written at its end, so rows
//! are not in order of their timestamps. Columns are a subset of a fixed list in a fixed order, with a header from 3.0
//! on (before, by default, without); any delimiter. `timeStamp` is the start of the sample by default
//! (`sampleresult.timestamp.start=true`), in milliseconds or as text in local time. `elapsed` is milliseconds. A sample
//! failed if its `success` is false: a response code of 400 or more, or an assertion.
//!
//! Two kinds of rows cover others. A *transaction controller* has a row for its requests, recognised by its message.
//! The dashboard lists it but excludes it from the total, and so does this importer, unless its requests have no rows:
//! then it counts as a request, as in XML. *Sub-results* (redirects, embedded resources) have separate rows from 5.0
//! on, after the row of their page and named after it. The dashboard counts them, and so does this importer unless
//! [`Options::collapse_sub_results`](super::Options) is set.

use super::error::{Error, Problem};
use crate::run::Percentile;

pub(super) mod csv;
pub(super) mod dashboard;
mod layout;
mod notes;
mod parents;
mod recent;
pub(super) mod statistics;
pub(super) mod summariser;
pub(super) mod tables;
mod time;
pub(super) mod xml;

/// The error for a results file with a required column renamed; `None` if the first line is not clearly a JMeter
/// header.
pub(super) fn renamed(file: &str, first_line: &str) -> Option<Error> {
    let (column, found) = layout::Layout::renamed(first_line)?;
    Some(Error::new(file, Problem::RenamedColumn { column, found }).at(1, 1))
}

/// The percentile level in a title of any language: `90% Line`, `99.9th pct`.
fn level(title: &str) -> Option<Percentile> {
    let digits = title.get(title.find(|c: char| c.is_ascii_digit())?..)?;
    let end = digits.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ',').unwrap_or(digits.len());
    let number = digits.get(..end)?.replace(',', ".");
    Percentile::parse(number.trim_end_matches('.'))
}

/// Parses an integer in any locale. JMeter writes no thousands separators in these: `1.000` would be ambiguous.
fn whole(text: &str) -> Option<u64> {
    let (plain, _) = plain(text);
    plain.bytes().all(|b| b.is_ascii_digit()).then(|| plain.parse().ok())?
}

/// Converts a number of any locale to plain digits. Returns whether there was a percent sign. There are no thousands
/// separators, so a comma is a decimal separator.
fn plain(text: &str) -> (String, bool) {
    let (mut plain, mut is_percent) = (String::new(), false);
    for c in text.chars() {
        let zeros = [0x660, 0x6f0, 0x966, 0x9e6, 0xff10];
        let digit = zeros.iter().filter_map(|zero| u32::from(c).checked_sub(*zero)).find(|digit| *digit < 10);
        match (c, digit.and_then(|digit| char::from_digit(digit, 10))) {
            (_, Some(digit)) => plain.push(digit),
            (',' | '٫', _) => plain.push('.'),
            ('%' | '٪' | '％', _) => is_percent = true,
            ('\u{61c}' | '\u{200e}' | '\u{200f}', _) => {}
            (c, _) if c.is_whitespace() => {}
            (c, _) => plain.push(c),
        }
    }
    (plain, is_percent)
}
