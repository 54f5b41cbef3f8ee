//! Rows with quotes, by the rules of the `csv` crate: a quote at the start of a field opens it, two within it are one,
//! all others are ordinary characters; `\n` and `\r` end a row. In addition, cut rows are detected: quotes that do not
//! close would merge the following rows into one field.

use memchr::{memchr, memchr2, memchr3};

use crate::wire::wire_struct;

wire_struct! { Fields { bytes, ends } }

/// Maximum bytes of a row: 1 MiB. A longer one begins with an unclosed quote or is not a row: its first line is
/// rejected, and reading continues with the next.
pub(super) const MAX_ROW_BYTES: usize = 1 << 20;

/// End of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// At this line end.
    At(usize),
    /// Not yet in the data.
    Open,
    /// Its quotes do not close before the next row: the row is cut after its first line.
    Broken,
}

/// Finds the end of the row at the start of the bytes. `begins` returns whether a whole line is the start of a row:
/// such a line within quotes means that they were not closed. In closed quotes, an inner line is never
/// [open](Shape::is_open), so that `begins` may accept open lines: then at most two rows examine any byte.
pub(super) fn row_end(row: &[u8], delimiter: Option<u8>, begins: impl Fn(&[u8]) -> bool) -> End {
    let Some(delimiter) = delimiter else { return memchr2(b'\n', b'\r', row).map_or(End::Open, End::At) };
    find_end(row, delimiter, begins).unwrap_or(End::Open)
}

fn find_end(row: &[u8], delimiter: u8, begins: impl Fn(&[u8]) -> bool) -> Option<End> {
    let mut at = 0;
    let mut has_lines = false;
    loop {
        if row.get(at) == Some(&b'"') {
            at += 1;
            // Start of the current line within the quotes.
            let mut line = None;
            loop {
                at += memchr3(b'"', b'\n', b'\r', row.get(at..)?)?;
                if row.get(at) != Some(&b'"') {
                    if let Some(line) = line
                        && begins(row.get(line..at)?)
                    {
                        return Some(End::Broken);
                    }
                    at += 1;
                    (line, has_lines) = (Some(at), true);
                    continue;
                }
                at += 1;
                match *row.get(at)? {
                    b'"' => at += 1,
                    behind if has_lines && behind != delimiter && !matches!(behind, b'\n' | b'\r') => {
                        return Some(End::Broken);
                    }
                    _ => break,
                }
            }
        }
        at += memchr3(delimiter, b'\n', b'\r', row.get(at..)?)?;
        if *row.get(at)? != delimiter || delimiter == b'\r' || delimiter == b'\n' {
            return Some(End::At(at));
        }
        at += 1;
    }
}

/// End of the first line of a text: at `\n`, at `\r\n`, or at a lone `\r`. `None` for the last line.
pub(super) fn line_end(text: &[u8]) -> Option<usize> {
    let end = memchr(b'\n', text);
    let line = text.get(..end.unwrap_or(text.len())).unwrap_or_default();
    // Any number of carriage returns may precede the line feed.
    let bare = line.len() - line.iter().rev().take_while(|b| **b == b'\r').count();
    memchr(b'\r', line.get(..bare).unwrap_or_default()).or(end)
}

/// Properties of a single line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    pub fields: usize,
    /// Whether a quote is open at its end.
    pub is_open: bool,
}

impl Shape {
    pub(super) fn of(line: &[u8], delimiter: u8) -> Self {
        let mut shape = Self { fields: 1, is_open: false };
        let mut rest = line;
        loop {
            if let Some(quoted) = rest.strip_prefix(b"\"") {
                rest = quoted;
                loop {
                    let Some(at) = memchr(b'"', rest) else { return Self { is_open: true, ..shape } };
                    rest = rest.get(at + 1..).unwrap_or_default();
                    match rest.strip_prefix(b"\"") {
                        Some(more) => rest = more,
                        None => break,
                    }
                }
            }
            let Some(at) = memchr(delimiter, rest) else { return shape };
            shape.fields += 1;
            rest = rest.get(at + 1..).unwrap_or_default();
        }
    }
}

/// The fields of a row without quotes: concatenated bytes, and the end of each.
#[derive(Debug, Clone, Default)]
pub(super) struct Fields {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Fields {
    /// Splits a row by the rules of the `csv` crate.
    pub(super) fn split(&mut self, row: &[u8], delimiter: u8) {
        self.bytes.clear();
        self.ends.clear();
        let mut rest = row;
        loop {
            if let Some(quoted) = rest.strip_prefix(b"\"") {
                rest = quoted;
                loop {
                    let Some(at) = memchr(b'"', rest) else {
                        self.bytes.extend_from_slice(rest);
                        rest = &[];
                        break;
                    };
                    let (text, behind) = rest.split_at_checked(at).unwrap_or((rest, &[]));
                    self.bytes.extend_from_slice(text);
                    if let Some(more) = behind.strip_prefix(b"\"\"") {
                        self.bytes.push(b'"');
                        rest = more;
                    } else {
                        rest = behind.get(1..).unwrap_or_default();
                        break;
                    }
                }
            }
            match memchr(delimiter, rest) {
                Some(at) => {
                    let (text, behind) = rest.split_at_checked(at).unwrap_or((rest, &[]));
                    self.bytes.extend_from_slice(text);
                    self.ends.push(self.bytes.len());
                    rest = behind.get(1..).unwrap_or_default();
                }
                None => {
                    self.bytes.extend_from_slice(rest);
                    self.ends.push(self.bytes.len());
                    return;
                }
            }
        }
    }

    /// Stores fields unchanged.
    pub(super) fn set<'f>(&mut self, fields: impl Iterator<Item = &'f [u8]>) {
        self.bytes.clear();
        self.ends.clear();
        for field in fields {
            self.bytes.extend_from_slice(field);
            self.ends.push(self.bytes.len());
        }
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn get(&self, column: usize) -> Option<&[u8]> {
        let end = *self.ends.get(column)?;
        let start = column.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        self.bytes.get(start..end)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.len()).filter_map(|column| self.get(column))
    }
}
