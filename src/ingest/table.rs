//! CSV with a header: columns by name, rows with their position in the file.
//!
//! The table stores row positions and splits a row when it is read. A row cut inside quotes loses its first line only,
//! as in logs.

use std::collections::BTreeMap;

use super::error::{Error, Problem};
use super::field::{self, FieldError};
use super::notes::{CUT_ROW, ROWS_REJECTED};
use super::quoted::{End, Fields, MAX_ROW_BYTES, Shape, line_end, row_end};
use crate::run::Note;

/// Maximum columns of a header.
const MAX_COLUMNS: usize = 4096;

/// Maximum rows of a table: a summary or history of this many has more than [`DOCUMENT_LIMIT`](super::DOCUMENT_LIMIT)
/// bytes.
const MAX_ROWS: usize = 2_000_000;

/// The first record's fields, trimmed; empty without a record.
pub(super) fn first_record(text: &str) -> Vec<String> {
    let head: String = text.trim_start().lines().next().unwrap_or("").chars().take(4096).collect();
    let mut fields = Fields::default();
    fields.split(head.as_bytes(), b',');
    fields.iter().map(|field| String::from_utf8_lossy(field).trim().to_owned()).collect()
}

/// Converts a table separated by semicolons or tabs to commas, and decimal commas to points. `None` for any other text.
/// Line numbers stay.
pub(super) fn with_commas(text: &str) -> Option<String> {
    let header = text.trim_start().lines().next()?;
    let count = |c: char| header.matches(c).count();
    let delimiter = if count('\t') > count(';') { '\t' } else { ';' };
    if count(delimiter) < 2 || count(',') >= count(delimiter) {
        return None;
    }
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    let (mut start, mut in_quotes) = (0, false);
    for (at, c) in text.char_indices() {
        if c == '"' {
            // Quotes open only at the start of a field.
            in_quotes =
                if in_quotes { false } else { at == start || text.get(start..).is_some_and(|t| t.starts_with('"')) };
        } else if !in_quotes && (c == delimiter || c == '\n') {
            put_field(&mut out, text.get(start..at).unwrap_or_default());
            out.push(if c == '\n' { c } else { ',' });
            start = at + c.len_utf8();
        }
    }
    put_field(&mut out, text.get(start..).unwrap_or_default());
    Some(out)
}

fn put_field(out: &mut String, field: &str) {
    let decimal = || {
        let (whole, fraction) = field.trim().split_once(',')?;
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        (digits(whole.strip_prefix('-').unwrap_or(whole)) && digits(fraction)).then(|| format!("{whole}.{fraction}"))
    };
    if field.starts_with('"') || !field.contains([',', '"']) {
        out.push_str(field);
    } else if let Some(decimal) = decimal() {
        out.push_str(&decimal);
    } else {
        out.push('"');
        out.push_str(&field.replace('"', "\"\""));
        out.push('"');
    }
}

/// A table: its header and its rows.
pub(super) struct Table<'a> {
    name: &'a str,
    text: &'a str,
    pub header: Vec<String>,
    places: Vec<Place>,
    /// The fields of repaired rows, by their first byte.
    repaired: BTreeMap<u32, Vec<String>>,
    rejected: u64,
    first_rejection: Option<Rejection>,
    cut_at_line: Option<u64>,
}

/// The first row that could not be used.
struct Rejection {
    line: u64,
    column: Option<u64>,
    why: String,
    excerpt: String,
}

impl Rejection {
    fn text(&self) -> String {
        let Self { line, column, why, .. } = self;
        column.map_or_else(|| format!("line {line}: {why}."), |c| format!("line {line}, column {c}: {why}."))
    }
}

/// Position of a row; compact, since there may be many. A text has less than 2^32 bytes: a document has at most
/// [`DOCUMENT_LIMIT`](super::DOCUMENT_LIMIT), and a code-page byte becomes at most three.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// Its first line, from 1.
    line: u32,
    start: u32,
    end: u32,
    /// Its quotes do not close.
    is_broken: bool,
}

/// One row, split into fields. Reused for every row.
#[derive(Debug, Default)]
pub(super) struct Row {
    fields: Fields,
    line: u64,
    start: usize,
    end: usize,
}

impl Row {
    pub(super) fn get(&self, column: Option<usize>) -> &str {
        let field = column.and_then(|c| self.fields.get(c)).unwrap_or_default();
        // The text is UTF-8 and split at ASCII characters.
        std::str::from_utf8(field).unwrap_or_default().trim()
    }

    /// Its first line, from 1.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// Whether the row has the header's number of fields, ignoring empty ones beyond.
    pub(super) fn has_width(&self, width: usize) -> bool {
        self.fields.len() >= width && self.fields.iter().skip(width).all(|field| field.trim_ascii().is_empty())
    }
}

fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

impl<'a> Table<'a> {
    /// Finds all rows. Blank lines are skipped. A line within quotes is the start of a row (the quotes were not closed)
    /// if it has the header's columns with a number in each of `numbers`.
    ///
    /// # Errors
    ///
    /// [`Problem::TooMany`] columns or rows.
    pub(super) fn parse(name: &'a str, text: &'a str, numbers: &[&str]) -> Result<Self, Error> {
        let mut table = Table {
            name,
            text,
            header: Vec::new(),
            places: Vec::new(),
            repaired: BTreeMap::new(),
            rejected: 0,
            first_rejection: None,
            cut_at_line: None,
        };
        let mut wanted: Vec<usize> = Vec::new();
        let (mut rest, mut at, mut line) = (text.as_bytes(), 0, 1_usize);
        let mut row = Row::default();
        while !rest.is_empty() {
            let begins = |line: &[u8]| {
                let shape = Shape::of(line, b',');
                shape.is_open || shape.fields >= table.header.len() && has_numbers(line, &wanted)
            };
            let (end, is_broken) = match row_end(rest, Some(b','), begins) {
                End::At(end) if end <= MAX_ROW_BYTES => (end, false),
                // Quotes open to the end of the file: the row is cut there, unless it is too long for a row.
                End::Open if rest.len() <= MAX_ROW_BYTES && !Shape::of(last_line(rest), b',').is_open => {
                    (rest.len(), false)
                }
                End::Open if line_end(rest).is_none() => (rest.len(), false),
                _ => (line_end(rest).unwrap_or(rest.len()), true),
            };
            let bytes = rest.get(..end).unwrap_or_default();
            row.fields.split(bytes, b',');
            if row.fields.iter().any(|field| !field.trim_ascii().is_empty()) {
                if table.header.is_empty() {
                    if row.fields.len() > MAX_COLUMNS {
                        return Err(Error::new(name, Problem::TooMany { what: "columns", limit: MAX_COLUMNS }).at(1, 1));
                    }
                    table.header = row.fields.iter().map(|f| String::from_utf8_lossy(f).trim().to_owned()).collect();
                    // Trailing commas in the header, which rows may or may not have.
                    while table.header.last().is_some_and(String::is_empty) {
                        table.header.pop();
                    }
                    wanted = numbers.iter().filter_map(|name| table.column(&[name])).collect();
                } else {
                    if table.places.len() >= MAX_ROWS {
                        let problem = Problem::TooMany { what: "rows", limit: MAX_ROWS };
                        return Err(Error::new(name, problem).at(line as u64, 1));
                    }
                    let (line, start, end) = (small(line), small(at), small(at + end));
                    table.places.push(Place { line, start, end, is_broken });
                }
            }
            line += memchr::memchr_iter(b'\n', bytes).count() + 1;
            at += end + 1;
            rest = rest.get(end + 1..).unwrap_or_default();
        }
        Ok(table)
    }

    /// Number of rows.
    pub(super) fn len(&self) -> u64 {
        self.places.len() as u64
    }

    /// Takes the row positions, to [fill](Table::fill) one after another.
    pub(super) fn take(&mut self) -> Vec<Place> {
        std::mem::take(&mut self.places)
    }

    pub(super) fn fill(&self, place: Place, row: &mut Row) {
        (row.line, row.start, row.end) = (u64::from(place.line), place.start as usize, place.end as usize);
        match self.repaired.get(&place.start) {
            Some(fields) => row.fields.set(fields.iter().map(String::as_bytes)),
            None => row.fields.split(self.raw(place).as_bytes(), b','),
        }
    }

    fn raw(&self, place: Place) -> &'a str {
        self.text.get(place.start as usize..place.end as usize).unwrap_or_default()
    }

    /// The column with one of these names, ignoring case.
    pub(super) fn column(&self, names: &[&str]) -> Option<usize> {
        self.header.iter().position(|h| names.iter().any(|n| h.eq_ignore_ascii_case(n)))
    }

    /// As [`Table::column`], or an error.
    pub(super) fn need(&self, names: &[&'static str]) -> Result<usize, Error> {
        self.column(names).ok_or_else(|| {
            let column = names.first().copied().unwrap_or("");
            Error::new(self.name, Problem::MissingColumn { column }).at(1, 1).showing(self.text)
        })
    }

    /// Repairs rows with undoubled quotes, as some tools write them: a text with a quote breaks its row, and one that
    /// ends with a quote absorbs the next rows. Only one of the `texts` is arbitrary, the one at `free`. All fields
    /// after them are unquoted numbers, or `blank` for none, so that a row can be parsed from both ends. Returns the
    /// number of repaired rows and the line of the first.
    pub(super) fn repair_quotes(&mut self, texts: usize, free: usize, blank: &'static str) -> Option<[u64; 2]> {
        if !self.text.trim_start().starts_with('"') {
            return None;
        }
        let shape = Unescaped { texts, free, numbers: self.header.len().saturating_sub(texts), blank };
        let quoted_blank = format!("\"{blank}\"");
        let (mut repaired, mut first_line, mut behind) = (0, 0, 0);
        let mut places = Vec::with_capacity(self.places.len());
        let mut row = Row::default();
        for place in self.take() {
            // Part of a repaired row.
            if place.start < behind {
                continue;
            }
            let raw = self.raw(place);
            if !place.is_broken && raw.matches('"').count() - 2 * raw.matches(&quoted_blank).count() <= 2 * texts {
                places.push(place);
                continue;
            }
            let rest = self.text.get(place.start as usize..).unwrap_or_default();
            let Some((piece, fields)) = shape.first(rest) else {
                places.push(place);
                continue;
            };
            self.fill(place, &mut row);
            behind = place.start.saturating_add(small(piece.len()));
            places.push(Place { end: behind, is_broken: false, ..place });
            if !row.fields.iter().eq(fields.iter().map(String::as_bytes)) {
                repaired += 1;
                if first_line == 0 {
                    first_line = u64::from(place.line);
                }
                self.repaired.insert(place.start, fields);
            }
            // Rows absorbed into this one become separate.
            if behind < place.end {
                places.extend(shape.others(self.text, behind, place, &mut self.repaired));
            }
        }
        self.places = places;
        (repaired > 0).then_some([repaired, first_line])
    }

    /// Removes rows without the header's number of fields (ignoring empty fields beyond): the last as cut off, others
    /// as rejected.
    pub(super) fn reject_misshapen(&mut self) {
        let width = self.header.len();
        let places = self.take();
        let last = places.last().copied();
        let mut row = Row::default();
        let mut kept = Vec::with_capacity(places.len());
        for place in places {
            self.fill(place, &mut row);
            let fields = row.fields.len();
            if !place.is_broken && row.has_width(width) {
                kept.push(place);
            } else if fields < width && Some(place) == last {
                self.cut_at_line = Some(row.line);
            } else {
                let why = if place.is_broken {
                    "the row's quotes do not close".to_owned()
                } else {
                    format!("{fields} fields where the header has {width}")
                };
                self.reject(&row, row.line, None, why);
            }
        }
        self.places = kept;
    }

    /// Counts a row as rejected because of a field.
    pub(super) fn reject_field(&mut self, row: &Row, column: usize, bad: FieldError) {
        let name = self.header.get(column).cloned().unwrap_or_default();
        let shown: String = row.get(Some(column)).chars().take(40).collect();
        let (line, place) = self.place(row, column);
        self.reject(row, line, Some(place), format!("{name} “{shown}” {}", bad.why()));
    }

    fn reject(&mut self, row: &Row, line: u64, column: Option<u64>, why: String) {
        self.rejected += 1;
        let raw = self.text.get(row.start..row.end).unwrap_or_default();
        let excerpt = || raw.lines().next().unwrap_or_default().chars().take(200).collect();
        self.first_rejection.get_or_insert_with(|| Rejection { line, column, why, excerpt: excerpt() });
    }

    /// Line and column (1-based, in characters) of a field.
    fn place(&self, row: &Row, column: usize) -> (u64, u64) {
        let (mut line, mut place, mut field, mut quoted) = (row.line, 1, 0, false);
        for c in self.text.get(row.start..).unwrap_or("").chars() {
            if field == column {
                break;
            }
            place += 1;
            match c {
                '"' => quoted = !quoted,
                ',' if !quoted => field += 1,
                '\n' if quoted => {
                    line += 1;
                    place = 1;
                }
                '\n' => break,
                _ => {}
            }
        }
        (line, place)
    }

    /// Rows that could not be used, including the cut one.
    pub(super) fn rejected(&self) -> u64 {
        self.rejected + u64::from(self.cut_at_line.is_some())
    }

    /// Notes on the rows left out.
    pub(super) fn notes(&self) -> Vec<Note> {
        let mut notes = Vec::new();
        if let Some(first) = &self.first_rejection {
            notes.push(Note::say(self.name, &ROWS_REJECTED, [self.rejected.into(), first.text().into()]));
        }
        if let Some(line) = self.cut_at_line {
            notes.push(Note::say(self.name, &CUT_ROW, [line.into()]));
        }
        notes
    }

    /// The error for a table without a usable row; `rows` is its number of rows.
    pub(super) fn unusable(&self, rows: u64) -> Error {
        if rows == 0 {
            return Error::new(self.name, Problem::HeaderOnly).at(1, 1);
        }
        match (&self.first_rejection, self.cut_at_line) {
            (Some(first), _) => Error::new(self.name, Problem::NoUsableRow { rows, first: first.text() })
                .at(first.line, first.column.unwrap_or(1))
                .showing(&first.excerpt),
            (None, Some(line)) => {
                let first = format!("line {line}: the file ends in the middle of the row.");
                Error::new(self.name, Problem::NoUsableRow { rows, first }).at(line, 1)
            }
            (None, None) => Error::new(self.name, Problem::NoUsableRow { rows, first: String::new() }),
        }
    }
}

/// The last line of a text.
fn last_line(text: &[u8]) -> &[u8] {
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    memchr::memrchr(b'\n', text).and_then(|at| text.get(at + 1..)).unwrap_or_default()
}

/// Whether a line has numbers in these columns.
fn has_numbers(line: &[u8], columns: &[usize]) -> bool {
    let mut fields = Fields::default();
    fields.split(line, b',');
    let number = |column: &usize| {
        let text = fields.get(*column).and_then(|field| std::str::from_utf8(field).ok());
        text.is_some_and(|text| matches!(field::number(text), Ok(Some(_))))
    };
    !columns.is_empty() && columns.iter().all(number)
}

/// The shape of a row with undoubled quotes: `"method","name",1,2,3`.
struct Unescaped {
    /// Number of quoted fields at the start.
    texts: usize,
    /// The arbitrary one of them.
    free: usize,
    /// Number of fields after them.
    numbers: usize,
    /// Text for no number.
    blank: &'static str,
}

impl Unescaped {
    /// Maximum lines of an arbitrary text.
    const LINES: usize = 20;

    /// The row of this shape at the start of a text: raw, and split into fields.
    fn first<'t>(&self, text: &'t str) -> Option<(&'t str, Vec<String>)> {
        let ends = text.match_indices('\n').map(|(end, _)| end).chain([text.len()]).take(Self::LINES);
        let pieces = ends.take_while(|end| *end <= MAX_ROW_BYTES).filter_map(|end| text.get(..end));
        pieces.map(|piece| (piece, self.fields(piece))).find_map(|(piece, fields)| Some((piece, fields?)))
    }

    /// The other rows of a position that was read as one row.
    fn others(&self, text: &str, behind: u32, place: Place, repaired: &mut BTreeMap<u32, Vec<String>>) -> Vec<Place> {
        let mut rows = Vec::new();
        let mut at = behind as usize + 1;
        let before = text.get(place.start as usize..at).unwrap_or_default();
        let mut line = place.line + small(before.matches('\n').count());
        while let Some(rest) = text.get(at..place.end as usize).filter(|rest| !rest.is_empty()) {
            let (piece, fields) = match self.first(rest) {
                Some((piece, fields)) => (piece, Some(fields)),
                None => (rest.lines().next().unwrap_or_default(), None),
            };
            let (start, end) = (small(at), small(at + piece.len()));
            if !piece.trim().is_empty() {
                let is_broken = fields.is_none();
                repaired.extend(fields.map(|fields| (start, fields)));
                rows.push(Place { line, start, end, is_broken });
            }
            line += small(piece.matches('\n').count()) + 1;
            at += piece.len() + 1;
        }
        rows
    }

    fn fields(&self, raw: &str) -> Option<Vec<String>> {
        let mut right: Vec<&str> = raw.rsplitn(self.numbers + 1, ',').collect();
        let head = right.pop()?;
        let is_number = |f: &&str| f.trim_matches('"') == self.blank || !f.contains(['"', '\n']);
        if right.len() != self.numbers || !right.iter().all(is_number) {
            return None;
        }
        let mut free = head.strip_prefix('"')?.strip_suffix('"')?;
        let mut fields = Vec::with_capacity(self.texts + self.numbers);
        for _ in 0..self.free {
            let (field, rest) = free.split_once("\",\"")?;
            fields.push(field.to_owned());
            free = rest;
        }
        let mut behind = Vec::new();
        for _ in self.free + 1..self.texts {
            let (rest, field) = free.rsplit_once("\",\"")?;
            behind.push(field.to_owned());
            free = rest;
        }
        fields.push(free.replace("\"\"", "\""));
        fields.extend(behind.into_iter().rev());
        fields.extend(right.into_iter().rev().map(|f| f.trim_matches('"').to_owned()));
        Some(fields)
    }
}
