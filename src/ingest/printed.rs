//! Text reports printed by tools: lines with a label and a value.

use super::error::{Error, Problem};
use super::field;
use crate::run::{Note, NoteLevel, Words};

/// The first report in a text.
pub(super) struct Printed<'a> {
    /// From its first line to the next report.
    pub text: &'a str,
    /// Its first line, from 1.
    pub line: u64,
    /// Number of reports in the text.
    reports: u64,
}

/// Maximum offset of a report: each format searches every text.
const MAX_OFFSET: usize = 16 << 20;

const FIRST_ALONE: Words = Words {
    code: "first-report-alone",
    level: NoteLevel::Warning,
    text: "The file has {0} reports. The first was read: give each run a file of its own.",
};

impl<'a> Printed<'a> {
    /// Finds the first report; `begins` recognises its first line. Lines are trimmed.
    pub(super) fn find(text: &'a str, begins: impl Fn(&str) -> bool) -> Option<Self> {
        let mut found = Self { text: "", line: 0, reports: 0 };
        let (mut at, mut end) = (0, text.len());
        let mut start = None;
        for (nth, line) in text.split_inclusive('\n').enumerate() {
            if at > MAX_OFFSET && start.is_none() {
                return None;
            }
            if begins(line.trim()) {
                found.reports += 1;
                if start.is_none() {
                    (start, found.line) = (Some(at), nth as u64 + 1);
                } else if found.reports == 2 {
                    end = at;
                }
            }
            at += line.len();
        }
        found.text = text.get(start?..end)?;
        Some(found)
    }

    /// Whether a line is present that every complete report has. Otherwise the report is cut: an unterminated last line
    /// may have lost digits and is removed.
    pub(super) fn is_whole(&mut self, is_last: impl Fn(&str) -> bool) -> bool {
        let is_whole = self.lines().any(is_last);
        if !is_whole {
            let end = self.text.rfind('\n').map_or(0, |at| at + 1);
            self.text = self.text.get(..end).unwrap_or_default();
        }
        is_whole
    }

    /// Its lines, trimmed.
    pub(super) fn lines(&self) -> impl Iterator<Item = &'a str> {
        self.text.lines().map(str::trim)
    }

    /// The text after a label, in the first line that begins with it.
    pub(super) fn value(&self, label: &str) -> Option<&'a str> {
        self.lines().find_map(|line| line.strip_prefix(label)).map(str::trim)
    }

    /// The number after a label.
    pub(super) fn number(&self, label: &str) -> Option<f64> {
        number(self.value(label)?)
    }

    /// The integer after a label.
    pub(super) fn count(&self, label: &str) -> Option<u64> {
        count(self.value(label)?)
    }

    /// The error for a report without its figures. `why` is the tool's message, or empty.
    pub(super) fn aborted(&self, file: &str, tool: &'static str, why: &str) -> Error {
        let why: String = why.trim().trim_end_matches('.').chars().filter(|c| !c.is_control()).take(200).collect();
        Error::new(file, Problem::Aborted { tool, why }).at(self.line, 1)
    }

    /// A note if there are several reports.
    pub(super) fn note(&self, file: &str) -> Option<Note> {
        (self.reports > 1).then(|| Note::say(file, &FIRST_ALONE, [self.reports.into()]))
    }
}

/// The number at the start of a text, followed by a blank or nothing.
pub(super) fn number(text: &str) -> Option<f64> {
    field::number(text.split_whitespace().next()?).ok()?
}

/// The integer at the start of a text.
pub(super) fn count(text: &str) -> Option<u64> {
    field::whole(number(text)?).ok()
}
