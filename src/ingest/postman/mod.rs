//! Collections of Postman: run by newman, and by the collection runner of Postman itself.

pub(super) mod newman;
pub(super) mod runner;

use super::content::Content;
use super::error::{Error, Problem};
use super::importer::Reading;
use crate::run::{Note, NoteLevel, Recorder, Run, Words};

const FAILED_TESTS: Words = Words {
    code: "failed-tests-fail",
    level: NoteLevel::Info,
    text: "A request failed if it got no answer, or if one of its tests failed. A status of 400 or more alone is no failure.",
};

/// What a recorder has, with the note on failures. `run` has what the file tells of the run as a whole.
fn reading(
    file: &str,
    mut recorder: Recorder,
    run: Run,
    requests: u64,
    version: Option<&str>,
) -> Result<Reading, Error> {
    if requests == 0 {
        return Err(Error::new(file, Problem::HeaderOnly).at(1, 1));
    }
    let recorded = recorder.take(requests, 0);
    let Run { started_ms, duration_s, .. } = run;
    let mut run = Run { started_ms, duration_s, ..recorded };
    run.notes.iter_mut().for_each(|note| note.file = Some(file.to_owned()));
    let notes = vec![Note::say(file, &FAILED_TESTS, [])];
    let version = version.map(str::to_owned);
    Ok(Reading { content: Content::Results(Box::new(run)), version, notes, evidence: None })
}
