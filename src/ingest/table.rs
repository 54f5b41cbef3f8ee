//! CSV with a header: columns by name, rows with their place in the file.

use csv::{ReaderBuilder, StringRecord};

use super::error::{Error, Problem};
use super::field::Bad;
use crate::run::{Note, NoteKind};

/// The first record's fields, trimmed; empty where there is none.
pub(super) fn first_record(text: &str) -> Vec<String> {
    let head: String = text.trim_start().lines().next().unwrap_or("").chars().take(4096).collect();
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(head.as_bytes());
    let record = reader.records().next().and_then(Result::ok).unwrap_or_default();
    record.iter().map(|field| field.trim().to_owned()).collect()
}

/// A table: its header and its rows.
pub(super) struct Table<'a> {
    name: &'a str,
    text: &'a str,
    pub header: Vec<String>,
    pub rows: Vec<Row>,
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

/// One row, with where it stands.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub fields: StringRecord,
    /// First line of the row, 1-based.
    pub line: u64,
    /// Byte offset of the row in the text.
    start: usize,
}

impl Row {
    pub(super) fn get(&self, column: Option<usize>) -> &str {
        column.and_then(|c| self.fields.get(c)).unwrap_or("").trim()
    }

    /// The row as it stands in the file, up to its end of line (rows without quoted newlines only).
    pub(super) fn raw<'t>(&self, table: &Table<'t>) -> &'t str {
        table.text.get(self.start..).and_then(|rest| rest.lines().next()).unwrap_or("")
    }
}

impl<'a> Table<'a> {
    /// Reads all rows. Blank lines are skipped; nothing else is judged yet.
    pub(super) fn parse(name: &'a str, text: &'a str) -> Self {
        let mut table = Table {
            name,
            text,
            header: Vec::new(),
            rows: Vec::new(),
            rejected: 0,
            first_rejection: None,
            cut_at_line: None,
        };
        let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
        let mut fields = StringRecord::new();
        // Text is valid UTF-8 and flexible, so that the reader has no error to give.
        while reader.read_record(&mut fields).unwrap_or(false) {
            if fields.iter().all(|f| f.trim().is_empty()) {
                continue;
            }
            let position = fields.position();
            let start = position.map_or(0, |p| p.byte() as usize);
            // The reader's position is before the blank lines it skips.
            let skipped = text.get(start..).map_or(0, |rest| rest.len() - rest.trim_start_matches('\n').len());
            let line = position.map_or(0, csv::Position::line) + skipped as u64;
            if table.header.is_empty() {
                table.header = fields.iter().map(|f| f.trim().to_owned()).collect();
                // Commas at the end of the header, where the rows may or may not have them too.
                while table.header.last().is_some_and(String::is_empty) {
                    table.header.pop();
                }
            } else {
                table.rows.push(Row { fields: fields.clone(), line, start: start + skipped });
            }
        }
        table
    }

    /// The column with one of these names, compared without case.
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

    /// Reads rows again that hold quotes nobody doubled.
    ///
    /// Versions up to 1.0 put quotes around their texts without doubling quotes inside, so that a name or an error with
    /// a quote breaks its row, and one that ends with a quote takes the next rows with it. Only one of the `texts` is
    /// free, the one at `free`; all that follows are numbers without quotes, so that a row can be read from both ends.
    pub(super) fn repair_quotes(&mut self, texts: usize, free: usize) -> Vec<Note> {
        if !self.text.trim_start().starts_with('"') {
            return Vec::new();
        }
        let shape = Unescaped { texts, free, numbers: self.header.len().saturating_sub(texts) };
        let rows = std::mem::take(&mut self.rows);
        let (mut repaired, mut first_line) = (0, 0);
        let mut ends = rows.iter().skip(1).map(|r| r.start).chain([self.text.len()]).collect::<Vec<_>>().into_iter();
        for row in rows {
            let raw = ends.next().and_then(|end| self.text.get(row.start..end)).unwrap_or("").trim_end_matches('\n');
            if raw.matches('"').count() - 2 * raw.matches("\"N/A\"").count() <= 2 * texts {
                self.rows.push(row);
                continue;
            }
            match shape.rows(raw, row.line, row.start) {
                Some(found) if !matches!(found.as_slice(), [only] if only.fields == row.fields) => {
                    repaired += found.len() as u64;
                    if first_line == 0 {
                        first_line = row.line;
                    }
                    self.rows.extend(found);
                }
                _ => self.rows.push(row),
            }
        }
        if repaired == 0 {
            return Vec::new();
        }
        vec![Note::about(self.name, NoteKind::QuotesRepaired { count: repaired, line: first_line })]
    }

    /// Takes out the rows that do not have the header's number of fields (empty fields beyond it are forgiven): the
    /// last one as cut off, others as rejected.
    pub(super) fn reject_misshapen(&mut self) {
        let width = self.header.len();
        let last_line = self.rows.last().map(|r| r.line);
        let mut rows = std::mem::take(&mut self.rows);
        rows.retain(|row| {
            let fields = row.fields.len();
            let extra_empty = fields > width && row.fields.iter().skip(width).all(|f| f.trim().is_empty());
            if fields == width || extra_empty {
                return true;
            }
            if fields < width && Some(row.line) == last_line {
                self.cut_at_line = Some(row.line);
            } else {
                self.reject(row, row.line, None, format!("{fields} fields where the header has {width}"));
            }
            false
        });
        self.rows = rows;
    }

    /// Counts a row as rejected because of a field.
    pub(super) fn reject_field(&mut self, row: &Row, column: usize, bad: Bad) {
        let name = self.header.get(column).cloned().unwrap_or_default();
        let shown: String = row.get(Some(column)).chars().take(40).collect();
        let (line, place) = self.place(row, column);
        self.reject(row, line, Some(place), format!("{name} “{shown}” {}", bad.why()));
    }

    fn reject(&mut self, row: &Row, line: u64, column: Option<u64>, why: String) {
        self.rejected += 1;
        let excerpt = row.raw(self);
        self.first_rejection.get_or_insert_with(|| Rejection { line, column, why, excerpt: excerpt.to_owned() });
    }

    /// Line and column (1-based, in characters) at which a field begins.
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

    /// Rows that could not be used, the cut one included.
    pub(super) fn rejected(&self) -> u64 {
        self.rejected + u64::from(self.cut_at_line.is_some())
    }

    /// What was left out, as notes.
    pub(super) fn notes(&self) -> Vec<Note> {
        let mut notes = Vec::new();
        if let Some(first) = &self.first_rejection {
            notes.push(Note::about(self.name, NoteKind::RowsRejected { count: self.rejected, first: first.text() }));
        }
        if let Some(line) = self.cut_at_line {
            notes.push(Note::about(self.name, NoteKind::CutRow { line }));
        }
        notes
    }

    /// The error for a table of which nothing could be used: `rows` is how many it had.
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

/// The shape of a row whose quotes are not doubled: `"method","name",1,2,3`.
struct Unescaped {
    /// Quoted fields at its beginning.
    texts: usize,
    /// The one of them that may hold anything.
    free: usize,
    /// Fields behind them.
    numbers: usize,
}

impl Unescaped {
    /// A text that may hold a line end spans this many lines at most.
    const LINES: usize = 20;

    /// The rows in a piece of text that was read as one; `None` where there is none of this shape. What is left over
    /// stays as rows of one field.
    fn rows(&self, raw: &str, line: u64, start: usize) -> Option<Vec<Row>> {
        let mut rows = Vec::new();
        let (mut at, mut line, mut any) = (0, line, false);
        while let Some(rest) = raw.get(at..).filter(|rest| !rest.is_empty()) {
            let ends = rest.match_indices('\n').map(|(end, _)| end).chain([rest.len()]).take(Self::LINES);
            let whole = ends.filter_map(|end| rest.get(..end)).find_map(|piece| Some((piece, self.fields(piece)?)));
            let (piece, fields) = whole.map_or_else(
                || {
                    let piece = rest.lines().next().unwrap_or("");
                    (piece, vec![piece.to_owned()])
                },
                |(piece, fields)| {
                    any = true;
                    (piece, fields)
                },
            );
            if !piece.trim().is_empty() {
                rows.push(Row { fields: StringRecord::from(fields), line, start: start + at });
            }
            line += piece.matches('\n').count() as u64 + 1;
            at += piece.len() + 1;
        }
        any.then_some(rows)
    }

    fn fields(&self, raw: &str) -> Option<Vec<String>> {
        let mut right: Vec<&str> = raw.rsplitn(self.numbers + 1, ',').collect();
        let head = right.pop()?;
        let is_number = |f: &&str| f.trim_matches('"') == "N/A" || !f.contains(['"', '\n']);
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
