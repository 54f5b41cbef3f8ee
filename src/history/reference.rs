//! A history as what a run is judged against: the history without that run, and the levels that follow.

use super::baseline::{last_good, note_noise, outdated};
use super::line;
use super::read::History;
use super::trend::{Trend, trends};
use crate::run::{Note, NoteLevel, Run, Words};

const OUTDATED: Words = Words { code: "baseline-outdated", level: NoteLevel::Warning, text: "{0}" };

/// A history without the runs that are judged.
#[derive(Debug)]
pub struct Reference {
    history: History,
    trends: Vec<Trend>,
}

impl Reference {
    /// Leaves out the runs that are judged, since a run is not judged against itself.
    #[must_use]
    pub fn of<'r>(history: History, judged: impl IntoIterator<Item = &'r Run>) -> Self {
        let history = judged.into_iter().filter_map(line::id_of).fold(history, |history, id| history.without(&id));
        let trends = trends(&history, |_, _| true);
        Self { history, trends }
    }

    /// The last good levels, in place of a baseline. `None` if no endpoint is left.
    #[must_use]
    pub fn last_good(&self) -> Option<Run> {
        last_good(&self.history, &self.trends)
    }

    /// Why a baseline is out of date, as sentences; empty if it is not.
    #[must_use]
    pub fn outdated(&self, baseline: &Run) -> Vec<String> {
        outdated(&self.history, &self.trends, baseline)
    }

    /// Stores the noise of the history in a baseline, and notes that the baseline is out of date if it is.
    pub fn note(&self, baseline: &mut Run) {
        let outdated = if baseline.source.files.iter().any(|file| file.format == "history") {
            Vec::new()
        } else {
            self.outdated(baseline)
        };
        baseline.notes.extend(outdated.into_iter().map(|why| Note::on_run(&OUTDATED, [why.into()])));
        note_noise(&self.history, &self.trends, baseline);
    }
}
