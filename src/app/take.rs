//! Taking files: has them read, shows how far that is, and puts each in its place.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::browser;
use super::opened::Opened;
use super::reader::{self, Content, Failure, Given};
use super::state::{Reading, SoFar, Stage, State, Target, Thresholds};
use super::turns;
use super::workers::{self, Told};

/// Reads the files and puts them where they belong; `target` is where a person put them. Files that were given before are
/// read first.
pub(super) fn take(state: State, files: Vec<Given>, target: Target) {
    if files.is_empty() {
        return;
    }
    let ids = announce(state, &files);
    spawn_local(async move {
        let _turn = turns::turn().await;
        let (mut parts, mut report, mut thresholds) = (Vec::new(), None, None);
        let names: Vec<String> = files.iter().map(|given| given.file.name()).collect();
        for (name, outcome) in names.into_iter().zip(read_all(state, ids, files).await) {
            match outcome {
                Some(Ok(Content::Parts(read))) => parts.extend(read),
                Some(Ok(Content::Policy(policy))) => thresholds = Some(policy),
                Some(Ok(Content::Report(restored))) => report = Some(Opened::report(name, *restored)),
                Some(Err(failure)) => state.fail(failure),
                None => {}
            }
        }
        // A report brings thresholds; whoever gives others with it means those.
        if let Some(opened) = report {
            state.open(opened);
        }
        if let Some(policy) = thresholds {
            state.said.set(format!("Thresholds are taken from {}.", policy.name));
            state.thresholds.set(Thresholds::File(policy.into()));
        }
        state.place(parts, target);
    });
}

/// Lists files that wait to be read; returns their numbers.
pub(super) fn announce(state: State, files: &[Given]) -> Vec<u32> {
    let first = state.read_before.get_value();
    let ids: Vec<u32> = (first..).take(files.len()).collect();
    state.read_before.set_value(ids.last().map_or(first, |last| last.wrapping_add(1)));
    state.reading.update(|reading| {
        reading.extend(ids.iter().zip(files).map(|(id, given)| Reading {
            id: *id,
            name: given.file.name(),
            bytes: given.file.size() as u64,
            stage: Stage::Waiting,
            read: 0,
            began_ms: 0,
            now_ms: 0,
        }));
    });
    ids
}

/// Reads files, several at a time where the machine is made for it; what each is, in the same order. `None` is one that
/// a person does not want any more.
pub(super) async fn read_all(state: State, ids: Vec<u32>, files: Vec<Given>) -> Vec<Option<Result<Content, Failure>>> {
    // The last file's first lines may be drawn before the next one begins.
    browser::breathe().await;
    let count = files.len();
    let outcomes: Rc<RefCell<Vec<_>>> = Rc::new(RefCell::new((0..count).map(|_| None).collect()));
    let (slots, jobs) = (Rc::clone(&outcomes), ids.clone());
    let lanes = workers::at_a_time(files.iter().map(|given| given.file.size() as u64));
    turns::all(count, lanes, async move |at| {
        let (Some(id), Some(given)) = (jobs.get(at).copied(), files.get(at)) else { return };
        if stage_of(state, id) != Some(Stage::Waiting) {
            return;
        }
        change(state, id, |reading| {
            reading.stage = Stage::Reading;
            (reading.began_ms, reading.now_ms) = (browser::now_ms(), browser::now_ms());
        });
        let name = given.file.name();
        let told = move |told| match told {
            Told::Read(bytes) => change(state, id, |reading| {
                reading.read = bytes;
                reading.now_ms = browser::now_ms();
            }),
            Told::SoFar(run) => state.so_far.update(|all| {
                all.retain(|so_far| so_far.id != id);
                all.push(SoFar { id, name: name.clone(), run: Arc::from(run) });
                crate::order::sort_by_key(all, |so_far| so_far.id);
            }),
        };
        let wanted = move || stage_of(state, id) == Some(Stage::Reading);
        let outcome = reader::read(id, given, told, wanted).await;
        let stage = match &outcome {
            Some(Ok(_)) => Stage::Done,
            Some(Err(_)) => Stage::Failed,
            None => Stage::Cancelled,
        };
        change(state, id, |reading| reading.stage = stage);
        state.so_far.update(|all| all.retain(|so_far| so_far.id != id));
        if let Some(slot) = slots.borrow_mut().get_mut(at) {
            *slot = outcome;
        }
    })
    .await;
    state.reading.update(|reading| reading.retain(|r| !ids.contains(&r.id)));
    outcomes.take()
}

/// Ends the reading of a file, or of all that are read or wait; what was read of others stays.
pub(super) fn cancel(state: State, which: Option<u32>) {
    let ids: Vec<u32> = state.reading.with_untracked(|reading| {
        let going = reading.iter().filter(|r| matches!(r.stage, Stage::Waiting | Stage::Reading));
        going.map(|r| r.id).filter(|id| which.is_none_or(|only| only == *id)).collect()
    });
    for id in ids {
        change(state, id, |reading| reading.stage = Stage::Cancelled);
        workers::cancel(id);
    }
    state.said.set("Reading was cancelled.".into());
}

fn stage_of(state: State, id: u32) -> Option<Stage> {
    state.reading.with_untracked(|reading| reading.iter().find(|r| r.id == id).map(|r| r.stage))
}

fn change(state: State, id: u32, change: impl FnOnce(&mut Reading)) {
    state.reading.update(|reading| {
        if let Some(reading) = reading.iter_mut().find(|r| r.id == id) {
            change(reading);
        }
    });
}
