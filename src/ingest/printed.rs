//! Reports that tools print for people: lines, each with a label and a value.

use super::error::{Error, Problem};
use super::field;
use crate::run::{Note, NoteLevel, Words};

/// The first report of a text.
pub(super) struct Printed<'a> {
    /// From its first line to the next report.
    pub text: &'a str,
    /// Where it begins, from 1.
    pub line: u64,
    /// How many reports the text has.
    reports: u64,
}

/// A report begins within so many bytes: every text is looked through by each format.
const LOOKED_AT: usize = 16 << 20;

const FIRST_ALONE: Words = Words {
    code: "first-report-alone",
    level: NoteLevel::Warning,
    text: "The file has {0} reports. The first was read: give each run a file of its own.",
};

impl<'a> Printed<'a> {
    /// The first report, where `begins` says whether a line is the first of one. Blanks around lines are no part of them.
    pub(super) fn find(text: &'a str, begins: impl Fn(&str) -> bool) -> Option<Self> {
        let mut found = Self { text: "", line: 0, reports: 0 };
        let (mut at, mut end) = (0, text.len());
        let mut start = None;
        for (nth, line) in text.split_inclusive('\n').enumerate() {
            if at > LOOKED_AT && start.is_none() {
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

    /// Whether a line is there that no whole report is without. Otherwise the report is cut: a last line without its end
    /// may have lost digits, and is taken out.
    pub(super) fn is_whole(&mut self, is_last: impl Fn(&str) -> bool) -> bool {
        let is_whole = self.lines().any(is_last);
        if !is_whole {
            let end = self.text.rfind('\n').map_or(0, |at| at + 1);
            self.text = self.text.get(..end).unwrap_or_default();
        }
        is_whole
    }

    /// Its lines, without blanks around them.
    pub(super) fn lines(&self) -> impl Iterator<Item = &'a str> {
        self.text.lines().map(str::trim)
    }

    /// What stands behind a label, in the first line that begins with it.
    pub(super) fn value(&self, label: &str) -> Option<&'a str> {
        self.lines().find_map(|line| line.strip_prefix(label)).map(str::trim)
    }

    /// The number behind a label.
    pub(super) fn number(&self, label: &str) -> Option<f64> {
        number(self.value(label)?)
    }

    /// The whole number behind a label.
    pub(super) fn count(&self, label: &str) -> Option<u64> {
        count(self.value(label)?)
    }

    /// The error for a report that stops before its figures. `why` is what the tool says of it, or empty.
    pub(super) fn aborted(&self, file: &str, tool: &'static str, why: &str) -> Error {
        let why: String = why.trim().trim_end_matches('.').chars().filter(|c| !c.is_control()).take(200).collect();
        Error::new(file, Problem::Aborted { tool, why }).at(self.line, 1)
    }

    /// Says that there are more.
    pub(super) fn note(&self, file: &str) -> Option<Note> {
        (self.reports > 1).then(|| Note::say(file, &FIRST_ALONE, [self.reports.into()]))
    }
}

/// The number that a text begins with; what follows is behind a blank.
pub(super) fn number(text: &str) -> Option<f64> {
    field::number(text.split_whitespace().next()?).ok()?
}

/// The whole number that a text begins with.
pub(super) fn count(text: &str) -> Option<u64> {
    field::whole(number(text)?).ok()
}
