//! Taking files: reads them one after the other, shows how far that is, and puts each in its place.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::browser;
use super::opened::Opened;
use super::reader::{self, Content, Given};
use super::state::{Reading, Stage, State, Target, Thresholds};

/// Reads the files and puts them where they belong; `target` is where a person put them.
pub(super) fn take(state: State, files: Vec<Given>, target: Target) {
    if files.is_empty() {
        return;
    }
    let first = state.reading.with_untracked(|r| r.last().map_or(0, |last| last.id.wrapping_add(1)));
    let jobs: Vec<(u32, Given)> = (first..).zip(files).collect();
    state.reading.update(|reading| {
        reading.extend(jobs.iter().map(|(id, given)| Reading {
            id: *id,
            name: given.file.name(),
            bytes: given.file.size(),
            stage: Stage::Waiting,
        }));
    });
    spawn_local(async move {
        let (mut parts, mut report, mut thresholds) = (Vec::new(), None, None);
        for (id, given) in &jobs {
            stage(state, *id, Stage::Reading);
            browser::breathe().await;
            let outcome = match reader::read(given).await {
                Ok(Content::Part(part)) => {
                    parts.push(*part);
                    Stage::Done
                }
                Ok(Content::Policy(policy)) => {
                    thresholds = Some(policy);
                    Stage::Done
                }
                Ok(Content::Report(restored)) => {
                    report = Some(Opened::report(given.file.name(), *restored));
                    Stage::Done
                }
                Err(failure) => {
                    state.fail(failure);
                    Stage::Failed
                }
            };
            stage(state, *id, outcome);
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
        state.reading.update(|reading| reading.retain(|r| !jobs.iter().any(|(id, _)| *id == r.id)));
    });
}

fn stage(state: State, id: u32, stage: Stage) {
    state.reading.update(|reading| {
        if let Some(reading) = reading.iter_mut().find(|r| r.id == id) {
            reading.stage = stage;
        }
    });
}
