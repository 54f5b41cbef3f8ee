//! The reading of files: how far each is, and what a person cancels.

use std::sync::Arc;

use super::state::State;
use super::state::reading::{Reading, Snapshot, Stage};
use crate::run::Run;

impl State {
    /// Lists a file that waits to be read.
    pub fn announce(&mut self, id: u32, name: String, bytes: u64) {
        let (stage, read, began_ms, now_ms) = (Stage::Waiting, 0, 0, 0);
        self.reading.push(Reading { id, name, bytes, stage, read, began_ms, now_ms });
    }

    /// A file is at another stage. Snapshots of files that are not read any more are dropped.
    pub fn set_stage(&mut self, id: u32, stage: Stage, at_ms: i64) {
        if let Some(reading) = self.reading.iter_mut().find(|r| r.id == id) {
            if stage == Stage::Reading {
                reading.began_ms = at_ms;
            }
            (reading.stage, reading.now_ms) = (stage, at_ms);
        }
        if !stage.is_open() {
            self.snapshots.retain(|snapshot| snapshot.id != id);
        }
    }

    /// The stage of a file; `None` where it is not listed.
    pub fn stage_of(&self, id: u32) -> Option<Stage> {
        self.reading.iter().find(|r| r.id == id).map(|r| r.stage)
    }

    /// Bytes of a file that are read.
    pub fn set_read(&mut self, id: u32, bytes: u64, at_ms: i64) {
        if let Some(reading) = self.reading.iter_mut().find(|r| r.id == id) {
            (reading.read, reading.now_ms) = (bytes, at_ms);
        }
    }

    /// Figures of the part of a file that was read.
    pub fn set_snapshot(&mut self, id: u32, run: Run) {
        let Some(reading) = self.reading.iter().find(|r| r.id == id) else { return };
        let snapshot = Snapshot { id, name: reading.name.clone(), run: Arc::new(run) };
        self.snapshots.retain(|other| other.id != id);
        self.snapshots.push(snapshot);
        crate::order::sort_by_key(&mut self.snapshots, |snapshot| snapshot.id);
    }

    /// Ends the reading of a file, or of all that are read or wait; returns their numbers.
    pub fn cancel(&mut self, which: Option<u32>, at_ms: i64) -> Vec<u32> {
        let open = self.reading.iter().filter(|r| r.stage.is_open()).map(|r| r.id);
        let ids: Vec<u32> = open.filter(|id| which.is_none_or(|only| only == *id)).collect();
        ids.iter().for_each(|id| self.set_stage(*id, Stage::Cancelled, at_ms));
        ids
    }
}
