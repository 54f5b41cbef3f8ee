//! Postman collections: run by newman, or by Postman's own collection runner.

pub(super) mod newman;
pub(super) mod runner;

use super::content::Content;
use super::error::{Error, Problem};
use super::importer::Imported;
use crate::run::{Note, NoteLevel, Recorder, Run, Words};

const FAILED_TESTS: Words = Words {
    code: "failed-tests-fail",
    level: NoteLevel::Info,
    text: "A request failed if it got no answer, or if one of its tests failed. A status of 400 or more alone is no failure.",
};

/// Builds the run from a recorder, with the note on failures. `run` has the properties of the whole run.
fn imported(
    file: &str,
    mut recorder: Recorder,
    run: Run,
    requests: u64,
    version: Option<&str>,
) -> Result<Imported, Error> {
    if requests == 0 {
        return Err(Error::new(file, Problem::HeaderOnly).at(1, 1));
    }
    let recorded = recorder.take(requests, 0);
    let Run { started_ms, duration_s, .. } = run;
    let mut run = Run { started_ms, duration_s, ..recorded };
    run.notes.iter_mut().for_each(|note| note.file = Some(file.to_owned()));
    let notes = vec![Note::say(file, &FAILED_TESTS, [])];
    let version = version.map(str::to_owned);
    Ok(Imported { content: Content::Results(Box::new(run)), version, notes, evidence: None })
}
