//! Collects the records of both logs.

use super::super::content::Content;
use super::super::error::{Error, Problem};
use super::super::importer::Imported;
use super::super::losses::Losses;
use super::super::notes::decoded;
use super::active::Active;
use crate::run::recorder::Slot;
use crate::run::{Definition, Note, NoteLevel, Recorder, Run, Words};
use crate::wire::wire_struct;

const ERRORS: Words = Words {
    code: "gatling-errors",
    level: NoteLevel::Warning,
    text: "Gatling logged {0:error|errors} outside of requests (such as “{1}”). None counts as a failed request.",
};

const INCOMING: Words = Words {
    code: "unmatched-messages",
    level: NoteLevel::Info,
    text: "Left out {0:incoming message|incoming messages} that nothing waited for, as Gatling's report does.",
};

/// Maximum characters of an error to show.
const SHOWN: usize = 100;

/// The content of a log, or of a slice of it.
#[derive(Debug, Clone)]
pub(super) struct Records {
    pub recorder: Recorder,
    pub active: Active,
    /// Records of requests, including unreadable ones.
    pub rows: u64,
    pub losses: Losses,
    /// Unsolicited incoming messages.
    pub incoming: u64,
    errors: u64,
    error: Option<String>,
    pub decoded: bool,
}

wire_struct! { Records { recorder, active, rows, losses, incoming, errors, error, decoded } }

impl Default for Records {
    fn default() -> Self {
        Self {
            recorder: Recorder::by(Definition::of_samples("Gatling")),
            active: Active::default(),
            rows: 0,
            losses: Losses::default(),
            incoming: 0,
            errors: 0,
            error: None,
            decoded: false,
        }
    }
}

impl Records {
    /// Counts the cause of a failed request.
    pub(super) fn failed(&mut self, slot: Slot, message: &str) {
        let message = message.trim();
        self.recorder.failed(slot, if message.is_empty() { "(no reason given)" } else { message }, 1);
    }

    /// Counts an error that is not a request.
    pub(super) fn error(&mut self, message: impl FnOnce() -> String) {
        self.errors += 1;
        self.error.get_or_insert_with(|| message().trim().chars().take(SHOWN).collect());
    }

    /// Adds the next slice, which begins `lines` lines later.
    pub(super) fn join(&mut self, next: Self, lines: u64) {
        self.recorder.merge(&next.recorder);
        self.active.join(next.active);
        self.rows += next.rows;
        self.losses.join(next.losses, lines);
        self.incoming += next.incoming;
        self.errors += next.errors;
        self.error = self.error.take().or(next.error);
        self.decoded |= next.decoded;
    }

    pub(super) fn digest(&self) -> Run {
        dressed(self.recorder.digest(self.rows, self.losses.lost()))
    }

    pub(super) fn imported(mut self, file: &str, version: Option<String>, more: Vec<Note>) -> Result<Imported, Error> {
        if self.rows == 0 {
            return Err(Error::new(file, Problem::HeaderOnly));
        }
        if self.rows == self.losses.lost() {
            return Err(self.losses.no_usable_row(file, self.rows));
        }
        let mut notes = self.losses.notes(file);
        notes.extend(more);
        if self.incoming > 0 {
            notes.push(Note::say(file, &INCOMING, [self.incoming.into()]));
        }
        if let Some(error) = self.error {
            notes.push(Note::say(file, &ERRORS, [self.errors.into(), error.into()]));
        }
        if self.decoded {
            notes.push(decoded(file, "Windows-1252"));
        }
        let mut run = dressed(self.recorder.take(self.rows, self.losses.lost()));
        self.active.into_run(&mut run);
        run.notes.iter_mut().for_each(|note| note.file = Some(file.to_owned()));
        Ok(Imported { content: Content::Results(Box::new(run)), version, notes, evidence: None })
    }
}

/// Gatling's rates are over the duration of the whole run.
fn dressed(mut run: Run) -> Run {
    run.rates_over_the_run();
    run
}

/// The name of a request in groups.
pub(super) fn path<'a>(groups: impl IntoIterator<Item = &'a str>, name: &'a str) -> String {
    let parts: Vec<&str> = groups.into_iter().chain([name]).collect();
    parts.join(" / ")
}
