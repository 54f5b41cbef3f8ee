//! Apache JMeter's results files ("JTL"), of every version, as CSV.
//!
//! From JMeter's sources (`CSVSaveService`, `SampleEvent`, `report/*`): a row is one sample, written when it ends, so
//! that rows are not in the order of their moments. Columns are a subset of a fixed list in a fixed order, with a header
//! from 3.0 on (before, by default, without); any delimiter. `timeStamp` is the begin of the sample as JMeter is shipped
//! (`sampleresult.timestamp.start=true`), in milliseconds or as text in the local time zone. `elapsed` is milliseconds.
//! A failed sample is one whose `success` is false: a response code of 400 or more, or an assertion.
//!
//! Two kinds of rows cover others. A *transaction controller* has a row for the requests within it, recognised by its
//! message; the dashboard lists it and leaves it out of the total, and so does this, unless the requests within it have no
//! rows: then it is a request, as in the XML. *Sub-results* (redirects, embedded
//! resources) have rows of their own from 5.0 on, behind the row of their page, named after it; the dashboard counts
//! them, and so does this unless [`Options::collapse_sub_results`](super::Options) is set.

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

/// The error for a results file in which a column that is needed has another name; `None` where the first line is not
/// plainly a header of JMeter's.
pub(super) fn renamed(file: &str, first_line: &str) -> Option<Error> {
    let (column, found) = layout::Layout::renamed(first_line)?;
    Some(Error::new(file, Problem::RenamedColumn { column, found }).at(1, 1))
}

/// The percentile that a title names in whatever language: `90% Line`, `99.9th pct`.
fn level(title: &str) -> Option<Percentile> {
    let digits = title.get(title.find(|c: char| c.is_ascii_digit())?..)?;
    let end = digits.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ',').unwrap_or(digits.len());
    let number = digits.get(..end)?.replace(',', ".");
    Percentile::parse(number.trim_end_matches('.'))
}

/// A whole number as it stands in any locale. JMeter writes none with a separator: `1.000` may be one or a thousand.
fn whole(text: &str) -> Option<u64> {
    let (plain, _) = plain(text);
    plain.bytes().all(|b| b.is_ascii_digit()).then(|| plain.parse().ok())?
}

/// A number as it stands in any locale in plain digits; whether there was a percent sign. No number has separators between
/// thousands, so that a comma is a decimal one.
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
