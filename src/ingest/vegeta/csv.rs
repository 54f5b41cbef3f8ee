//! `vegeta encode -to csv`: one row per request, without a header.
//!
//! From vegeta's source (`lib/results.go`): nanoseconds since 1970, status, nanoseconds, bytes out and in, error;
//! since 7.0 the body in base64, the attack's name and a number; since 12.8 method, URL and headers. Up to 6 the error
//! is always quoted, and quotes in it are not doubled.

use super::super::error::Error;
use super::super::importer::{Descriptor, Format, How, Imported, Opening, Sliced, Sniff};
use super::super::quoted::Fields;
use super::super::rows::{RowFormat, Rows};
use super::super::text;
use super::super::text::clip;
use super::is_success;
use super::results::{Results, SentRequest, whole};
use crate::run::{Definition, Run};

pub(in super::super) const FORMAT: Descriptor = Descriptor {
    format: Format {
        id: "vegeta-csv",
        tool: "vegeta",
        title: "every request as CSV (`vegeta encode -to csv`)",
        command: "vegeta encode -to csv results.bin > results.csv",
        percentiles: Some(Definition::Linear),
        endings: &[],
    },
    recognise,
    read: How::Rows(open),
};

/// Number of columns by version.
const WIDTHS: [usize; 3] = [6, 9, MAX_COLUMNS];
const MAX_COLUMNS: usize = 12;

/// The columns of the first row; `None` if it is not vegeta's. If the head ends in a long body, assumes those of
/// current versions.
fn columns(head: &[u8]) -> Option<usize> {
    let head = head.trim_ascii_start();
    let line = head.split(|b| matches!(b, b'\n' | b'\r')).next()?;
    let mut fields = Fields::default();
    fields.split(line, b',');
    match fields.len() {
        _ if !begins(line) => None,
        n if WIDTHS.contains(&n) => Some(n),
        n if n < MAX_COLUMNS && line.len() == head.len() => Some(MAX_COLUMNS),
        _ => None,
    }
}

/// Whether a line begins with the five unquoted numbers of a row.
fn begins(line: &[u8]) -> bool {
    let mut fields = line.split(|b| *b == b',');
    let mut is = |lengths: std::ops::RangeInclusive<usize>| {
        fields.next().is_some_and(|field| lengths.contains(&field.len()) && whole(field).is_some())
    };
    is(19..=19) && is(1..=3) && is(1..=19) && is(1..=19) && is(1..=19) && line.split(|b| *b == b',').nth(5).is_some()
}

fn recognise(sniff: &Sniff<'_>) -> Option<String> {
    columns(sniff.head)
        .map(|n| format!("{n} columns, of which the first are nanoseconds since 1970, a status and nanoseconds"))
}

fn open(opening: Opening<'_>) -> Box<dyn Sliced> {
    Box::new(Rows::new(Csv {
        columns: columns(opening.head).unwrap_or_default(),
        results: Results::new(opening.name),
        fields: Fields::default(),
    }))
}

struct Csv {
    columns: usize,
    results: Results,
    fields: Fields,
}

/// The raw fields of a row.
type Split<'a> = [&'a [u8]; MAX_COLUMNS];

impl Csv {
    /// Fast path: a row without quotes. Returns `None` without counting anything for the slow path.
    #[inline]
    fn fast(&mut self, row: &[u8]) -> Option<()> {
        let mut fields: Split<'_> = [&[]; MAX_COLUMNS];
        let (mut from, mut n) = (0, 0);
        for at in memchr::memchr_iter(b',', row).chain([row.len()]) {
            *fields.get_mut(n)? = row.get(from..at)?;
            (from, n) = (at + 1, n + 1);
        }
        if n != self.columns {
            return None;
        }
        let [time, code, latency, _, bytes_in, error, _, _, _, method, url, _] = fields;
        let start_ms = Some(i64::try_from(whole(time)? / 1_000_000).ok()?);
        let sent =
            SentRequest { start_ms, code: whole(code)?, latency_ns: whole(latency)?, bytes_in: whole(bytes_in)? };
        // Both are adjacent.
        let raw = if self.columns == MAX_COLUMNS {
            let before: usize = fields.iter().take(9).map(|field| field.len() + 1).sum();
            row.get(before..before + method.len() + 1 + url.len())?
        } else {
            &[]
        };
        let slot = match self.results.known(raw) {
            Some(slot) => slot,
            None => self.results.endpoint(raw, std::str::from_utf8(method).ok()?, std::str::from_utf8(url).ok()?),
        };
        self.results.add(slot, &sent, error);
        self.results.rows += 1;
        Some(())
    }

    /// Slow path: any row; the error contains the column.
    fn any(&mut self, fields: &Fields) -> Result<(), (usize, String)> {
        if fields.len() != self.columns {
            let why = format!("the row has {} of {} columns", fields.len(), self.columns);
            return Err((fields.len().min(self.columns), why));
        }
        let field = |column: usize| fields.get(column).unwrap_or_default();
        let number = |column: usize, what: &str| {
            whole(field(column).trim_ascii()).ok_or_else(|| {
                let shown: String = clip(&text::lenient(field(column)).0);
                (column, format!("{what} “{shown}” is no whole number"))
            })
        };
        let start_ms = i64::try_from(number(0, "the timestamp")? / 1_000_000).ok();
        let (code, latency_ns) = (number(1, "the status")?, number(2, "the latency")?);
        let sent = SentRequest { start_ms, code, latency_ns, bytes_in: number(4, "the size")? };
        let (method, _) = text::lenient(field(9));
        let (url, is_utf8) = text::lenient(field(10));
        self.results.decoded(is_utf8);
        let slot = self.results.endpoint(&[], &method, &url);
        self.results.add(slot, &sent, field(5));
        Ok(())
    }

    /// Marks a rejected row as a failed request if it is one.
    fn failing(&mut self, row: &[u8]) {
        let code = row.split(|b| *b == b',').nth(1).and_then(whole);
        if code.is_some_and(|code| !is_success(code)) {
            self.results.losses.failing();
        }
    }
}

impl RowFormat for Csv {
    fn delimiter(&self) -> Option<u8> {
        Some(b',')
    }

    fn unquoted_row(&mut self, row: &[u8], line: u64) {
        if self.fast(row).is_none() {
            self.general_row(row, line, false);
        }
    }

    fn general_row(&mut self, row: &[u8], line: u64, is_last: bool) {
        if row.trim_ascii().is_empty() {
            return;
        }
        let mut fields = std::mem::take(&mut self.fields);
        fields.split(row, b',');
        if is_last && fields.len() < self.columns {
            self.cut(row, line);
        } else {
            self.results.rows += 1;
            if let Err((column, why)) = self.any(&fields) {
                self.results.losses.reject(line, Some(column), why);
                self.failing(row);
            }
        }
        self.fields = fields;
    }

    fn broken(&mut self, line_text: &[u8], line: u64) {
        self.results.rows += 1;
        self.results.losses.broken(line_text, line);
        self.failing(line_text);
    }

    fn cut(&mut self, line_text: &[u8], line: u64) {
        self.results.rows += 1;
        self.results.losses.cut(line);
        self.failing(line_text);
    }

    fn looks_like_row(&self, rest: &[u8]) -> bool {
        begins(rest.split(|b| matches!(b, b'\n' | b'\r')).next().unwrap_or_default())
    }

    fn columns(&self) -> usize {
        self.columns
    }

    fn join(&mut self, next: Self, lines: u64) {
        self.results.join(next.results, lines);
    }

    fn digest(&self) -> Run {
        self.results.digest()
    }

    fn imported(self) -> Result<Imported, Error> {
        self.results.imported()
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::content::Content;
    use super::*;
    use proptest::prelude::*;

    fn run(csv: Csv) -> Option<Run> {
        match csv.imported().ok()?.content {
            Content::Results(run) => Some(*run),
            _ => None,
        }
    }

    proptest! {
        /// The fast path equals the slow path for every row it accepts.
        #[test]
        fn the_fast_path_equals_the_slow_path(rows in prop::collection::vec(prop::collection::vec(0..9_usize, 12), 1..6), narrow in any::<bool>()) {
            let numbers = ["1795966281213597892", "200", "500", "0", "", "-1", "1.5", "7", "99999999999999999999"];
            let texts = ["", "GET", "http://x/a", "é", " a", "b c", "EOF", "=", "/"];
            let columns = if narrow { 9 } else { MAX_COLUMNS };
            let csv = || Csv { columns, results: Results::new("f"), fields: Fields::default() };
            let (mut fast, mut any) = (csv(), csv());
            for row in rows {
                let fields = row.iter().take(columns).enumerate();
                let fields = fields.map(|(at, n)| if at < 5 { numbers } else { texts }.get(*n).copied().unwrap_or_default());
                let row = fields.collect::<Vec<_>>().join(",");
                if fast.fast(row.as_bytes()).is_some() {
                    let mut fields = Fields::default();
                    fields.split(row.as_bytes(), b',');
                    any.results.rows += 1;
                    prop_assert_eq!(any.any(&fields), Ok(()), "{}", row);
                }
            }
            prop_assert_eq!(run(fast), run(any));
        }
    }
}
