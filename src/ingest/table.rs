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
    first_rejection: Option<String>,
    cut_at_line: Option<u64>,
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

    pub(super) fn replace_fields(&mut self, fields: Vec<String>) {
        self.fields = StringRecord::from(fields);
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
            } else {
                table.rows.push(Row { fields: fields.clone(), line, start: start + skipped });
            }
        }
        table
    }

    /// The file's name.
    pub(super) fn file_name(&self) -> &'a str {
        self.name
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
                self.reject(row.line, None, &format!("{fields} fields where the header has {width}"));
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
        self.reject(line, Some(place), &format!("{name} “{shown}” {}", bad.why()));
    }

    fn reject(&mut self, line: u64, column: Option<u64>, why: &str) {
        self.rejected += 1;
        let place = column.map_or_else(|| format!("line {line}"), |c| format!("line {line}, column {c}"));
        self.first_rejection.get_or_insert_with(|| format!("{place}: {why}."));
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
            notes.push(Note::about(self.name, NoteKind::RowsRejected { count: self.rejected, first: first.clone() }));
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
        let first = match (&self.first_rejection, self.cut_at_line) {
            (Some(first), _) => first.clone(),
            (None, Some(line)) => format!("line {line}: the file ends in the middle of the row."),
            (None, None) => String::new(),
        };
        Error::new(self.name, Problem::NoUsableRow { rows, first })
    }
}
