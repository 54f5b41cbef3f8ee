//! Files that come with what they are: those of a link to files, and those from the page around this one. They take the
//! road of dropped files, but for the guessing.

use leptos::prelude::*;

use super::opened::Opened;
use super::reader::{self, Content, Failure, Given};
use super::state::{Filters, State, Target, Thresholds};
use super::take::{announce, read_all};
use super::turns;
use crate::ingest::Role;

/// What a file is given as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum As {
    Side(Role),
    Thresholds,
}

/// A file, read into memory.
pub(super) struct Named {
    pub given: As,
    pub name: String,
    pub bytes: Vec<u8>,
}

/// All bytes that are taken in this way at once: the page holds them twice for a moment.
pub(super) const LARGEST_TOGETHER: u64 = 100_000_000;

/// Puts the files in their places. Where one cannot be used, none is, and its card is shown: a comparison of some of
/// the files would be another one. The error is the text of the first card.
pub(super) async fn put(state: State, files: Vec<Named>) -> Result<(), String> {
    let _turn = turns::turn().await;
    let (mut baseline, mut run, mut failures) = (Vec::new(), Vec::new(), Vec::new());
    let (mut report, mut thresholds) = (None, None);
    let (mut roles, mut given) = (Vec::new(), Vec::new());
    for file in files {
        match file.given {
            As::Thresholds => match reader::thresholds(&file.name, &file.bytes) {
                Ok(policy) => thresholds = Some(policy),
                Err(failure) => failures.push(failure),
            },
            As::Side(role) => match Given::of(&file.name, &file.bytes) {
                Some(file) => {
                    roles.push(role);
                    given.push(file);
                }
                None => failures.push(Failure::Unreadable { file: file.name, detail: "no memory".into() }),
            },
        }
    }
    let names: Vec<String> = given.iter().map(|given| given.file.name()).collect();
    let ids = announce(state, &given);
    for ((role, name), outcome) in roles.into_iter().zip(names).zip(read_all(state, ids, given).await) {
        match (outcome, role) {
            (Some(Ok(Content::Parts(parts))), Role::Baseline) => baseline.extend(parts),
            (Some(Ok(Content::Parts(parts))), Role::Run) => run.extend(parts),
            (Some(Ok(Content::Policy(policy))), _) => thresholds = Some(policy),
            (Some(Ok(Content::Report(restored))), _) => report = Some(Opened::report(name, *restored)),
            (Some(Err(failure)), _) => failures.push(failure),
            (None, _) => return Err("Reading was cancelled.".into()),
        }
    }
    state.cards.set(Vec::new());
    if let Some(first) = failures.first().map(Failure::diagnostic) {
        failures.into_iter().for_each(|failure| state.fail(failure));
        return Err(first);
    }
    state.selected.set(None);
    state.filters.set(Filters::default());
    state.undecided.set(Vec::new());
    state.clear(Role::Baseline);
    state.clear(Role::Run);
    // A report brings both runs and thresholds; whoever gives others with it means those.
    if let Some(opened) = report {
        state.open(opened);
    }
    if let Some(policy) = thresholds {
        state.thresholds.set(Thresholds::File(policy.into()));
    }
    state.place(baseline, Target::Side(Role::Baseline));
    state.place(run, Target::Side(Role::Run));
    Ok(())
}
