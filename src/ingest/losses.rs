//! Losses in a log of single requests: rows left out, a row cut off, unreadable timestamps, rows of several runs in one
//! file. Counts them and keeps the first of each.

use super::error::{Error, Problem};
use super::notes::{APPENDED, CUT_ROW, FAILING_ROWS_LOST, MOMENTS_UNREAD, ROWS_REJECTED};
use super::text;
use crate::run::Note;
use crate::wire::wire_struct;

/// The losses of a file, or of a slice of it.
#[derive(Debug, Clone, Default)]
pub(super) struct Losses {
    rejected: u64,
    first: Option<Rejection>,
    cut: Option<u64>,
    /// Rejected or cut rows that are failed requests.
    failing: u64,
    unread_moments: u64,
    first_unread: Option<String>,
    headers: u64,
}

/// A row that was left out.
#[derive(Debug, Clone)]
struct Rejection {
    /// From 1.
    line: u64,
    /// From 1, if one column is at fault.
    column: Option<u64>,
    why: String,
}

wire_struct! {
    Losses { rejected, first, cut, failing, unread_moments, first_unread, headers }
    Rejection { line, column, why }
}

impl Losses {
    /// Counts a rejected row. `column` counts from 0; `why` is a sentence without its capital and its full stop.
    pub fn reject(&mut self, line: u64, column: Option<usize>, why: String) {
        self.rejected += 1;
        let column = column.map(|column| column as u64 + 1);
        self.first.get_or_insert(Rejection { line, column, why });
    }

    /// Counts a row whose quotes do not close.
    pub fn broken(&mut self, row: &[u8], line: u64) {
        let (shown, _) = text::lenient(row.get(..60).unwrap_or(row));
        self.reject(line, None, format!("the row's quotes do not close (“{shown}…”)"));
    }

    /// The file ends within the row of this line.
    pub fn cut(&mut self, line: u64) {
        self.cut = Some(line);
    }

    /// Counts an unreadable timestamp; `shown` is the field.
    pub fn unread_moment(&mut self, shown: impl FnOnce() -> String) {
        self.unread_moments += 1;
        self.first_unread.get_or_insert_with(|| {
            let shown = shown();
            let digits = shown.chars().filter(char::is_ascii_digit).count();
            // `“1700000000”`
            let is_seconds = digits == 10 && shown.chars().count() == digits + 2;
            if is_seconds { format!("{shown}, which seems to be in seconds") } else { shown }
        });
    }

    /// Marks a rejected or cut row as a failed request.
    pub fn failing(&mut self) {
        self.failing += 1;
    }

    /// Counts a start of a run, such as a header. Concatenated files, and files that a tool appends to, have several.
    pub fn header(&mut self) {
        self.headers += 1;
    }

    /// Whether the file holds more than one run.
    pub fn is_appended(&self) -> bool {
        self.headers > 1
    }

    /// Whether the file ends within a row.
    pub fn is_cut(&self) -> bool {
        self.cut.is_some()
    }

    /// Rows left out, including the cut one.
    pub fn lost(&self) -> u64 {
        self.rejected + u64::from(self.cut.is_some())
    }

    /// Rows with an unreadable timestamp.
    pub fn unread_moments(&self) -> u64 {
        self.unread_moments
    }

    /// Adds the losses of the next slice, which begins `lines` lines later.
    pub fn join(&mut self, next: Self, lines: u64) {
        self.rejected += next.rejected;
        let first = next.first.map(|first| Rejection { line: first.line + lines, ..first });
        self.first = self.first.take().or(first);
        self.cut = self.cut.or(next.cut.map(|line| line + lines));
        self.failing += next.failing;
        self.unread_moments += next.unread_moments;
        self.first_unread = self.first_unread.take().or(next.first_unread);
        self.headers += next.headers;
    }

    /// The error for a file without a usable row.
    pub fn no_usable_row(&self, file: &str, rows: u64) -> Error {
        let cut = self.cut.map(|line| (format!("line {line}: the file ends in the middle of the row."), line));
        let first = self.first.as_ref().map(|first| (first.text(), first.line)).or(cut);
        let (first, line) = first.unwrap_or_default();
        Error::new(file, Problem::NoUsableRow { rows, first }).at(line, 1)
    }

    /// Notes on the file.
    pub fn notes(&self, file: &str) -> Vec<Note> {
        let (rejected, unread) = (self.first.as_ref(), self.first_unread.as_deref());
        let notes = [
            rejected.map(|first| Note::say(file, &ROWS_REJECTED, [self.rejected.into(), first.text().into()])),
            self.cut.map(|line| Note::say(file, &CUT_ROW, [line.into()])),
            (self.failing > 0).then(|| Note::say(file, &FAILING_ROWS_LOST, [self.failing.into()])),
            self.is_appended().then(|| Note::say(file, &APPENDED, [(self.headers - 1).into()])),
            unread.map(|first| Note::say(file, &MOMENTS_UNREAD, [self.unread_moments.into(), first.into()])),
        ];
        notes.into_iter().flatten().collect()
    }
}

impl Rejection {
    fn text(&self) -> String {
        match self.column {
            Some(column) => format!("line {}, column {column}: {}.", self.line, self.why),
            None => format!("line {}: {}.", self.line, self.why),
        }
    }
}
