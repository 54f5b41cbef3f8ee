//! Transaction controllers whose requests have no separate rows ("Generate parent sample", up to 4.0).
//!
//! A thread writes its rows in order. A controller's row follows those of its requests, the last of which began no
//! earlier than the transaction. From 5.0 on, with a parent sample, it precedes those of its sub-results, the first of
//! which began with the transaction, or after a pause. So the thread's adjacent rows decide whether there are any. They
//! are close: [`LOOK_BACK`] rows are examined on either side.

use std::collections::BTreeMap;

use super::recent::{LOOK_BACK, Recent, Seen};
use crate::run::recorder::{Sample, Slot};
use crate::wire::wire_struct;

/// Maximum difference between two clock readings of the same moment: JMeter reads the clock for each row.
const AS_ONE_MS: i64 = 2;

/// A row's sample with its index.
pub(super) struct Row {
    pub slot: Slot,
    pub sample: Sample,
    pub cause: Option<String>,
}

/// A controller for which it is undecided whether its requests have rows.
pub(super) struct Waiting {
    /// Rows before it.
    pub before: u64,
    /// Its thread hash, not inverted.
    pub thread: u64,
    pub label: u32,
    pub start_ms: i64,
    pub end_ms: i64,
    /// Its pauses, excluded from its elapsed time.
    pub idle_ms: i64,
    pub row: Row,
    /// The preceding row of its thread may be in the previous slice.
    pub looks_back: bool,
}

/// Undecided controllers, and the rows needed by those of the previous slice.
#[derive(Default)]
pub(super) struct Parents {
    /// Waiting for the next row of their thread.
    ahead: BTreeMap<u64, Waiting>,
    /// Waiting only for the previous slice.
    behind: Vec<Waiting>,
    /// The first [`LOOK_BACK`] rows.
    first: Vec<Seen>,
}

wire_struct! {
    Row { slot, sample, cause }
    Waiting { before, thread, label, start_ms, end_ms, idle_ms, row, looks_back }
    Parents { ahead, behind, first }
}

/// A decided controller: whether it is a parent sample, which represents its requests.
pub(super) type Decided = (Waiting, bool);

impl Waiting {
    /// Whether the preceding row of its thread is a request in it.
    fn holds_before(&self, seen: &Seen) -> bool {
        // Two instantaneous transactions do not contain each other.
        let is_instant = seen.thread == !self.thread && seen.end_ms == seen.start_ms;
        // If the file has end times instead of start times, the last request ends with the transaction.
        let ends_with_it = seen.end_ms > self.start_ms && self.start_ms.saturating_sub(seen.start_ms) <= AS_ONE_MS;
        seen.start_ms > self.start_ms || seen.start_ms == self.start_ms && !is_instant || ends_with_it
    }

    /// Whether the following row of its thread is a request in it: the first begins with it, or after its pauses. An
    /// unrelated next request begins after both; the threshold is half of its time. A controller's row may enclose it.
    fn holds_behind(&self, seen: &Seen) -> bool {
        let is_around = seen.thread == !self.thread
            && (seen.end_ms > self.end_ms || (seen.start_ms, seen.end_ms) == (self.start_ms, self.end_ms));
        let since = seen.start_ms.saturating_sub(self.start_ms);
        let took = self.end_ms.saturating_sub(self.start_ms);
        since >= 0 && since.saturating_sub(self.idle_ms).saturating_mul(2) < took && !is_around
    }

    /// Whether a row of this index is in its window.
    fn sees(&self, row: u64) -> bool {
        row.saturating_sub(self.before) <= LOOK_BACK as u64
    }
}

impl Parents {
    /// Whether no controller waits for a row.
    pub(super) fn is_idle(&self) -> bool {
        self.ahead.is_empty()
    }

    /// Whether [`Parents::keep`] has an effect.
    pub(super) fn is_first(&self) -> bool {
        self.first.len() < LOOK_BACK
    }

    /// Keeps one of the first rows.
    pub(super) fn keep(&mut self, seen: Seen) {
        self.first.push(seen);
    }

    /// Takes the next row. Returns the controller that it decides.
    pub(super) fn row(&mut self, seen: &Seen, number: u64) -> Option<Decided> {
        let thread = if self.ahead.contains_key(&seen.thread) { seen.thread } else { !seen.thread };
        let waiting = self.ahead.remove(&thread)?;
        let holds = waiting.sees(number) && waiting.holds_behind(seen);
        self.decide_ahead(waiting, holds)
    }

    fn decide_ahead(&mut self, waiting: Waiting, holds: bool) -> Option<Decided> {
        if holds {
            Some((waiting, false))
        } else if waiting.looks_back {
            self.behind.push(waiting);
            None
        } else {
            Some((waiting, true))
        }
    }

    /// Takes a controller's row. Returns it if the recent rows decide it, and others that stop waiting.
    pub(super) fn controller(&mut self, mut waiting: Waiting, recent: &Recent) -> Vec<Decided> {
        match recent.last_of(waiting.thread, LOOK_BACK) {
            Some(seen) if waiting.holds_before(seen) => return vec![(waiting, false)],
            Some(_) => waiting.looks_back = false,
            None => waiting.looks_back = recent.count() < LOOK_BACK as u64,
        }
        let now = waiting.before;
        let mut decided = Vec::new();
        if self.ahead.len() >= LOOK_BACK {
            let late: Vec<u64> = self.ahead.iter().filter(|(_, w)| !w.sees(now)).map(|(thread, _)| *thread).collect();
            for thread in late {
                let late = self.ahead.remove(&thread);
                decided.extend(late.and_then(|late| self.decide_ahead(late, false)));
            }
        }
        if let Some(other) = self.ahead.insert(waiting.thread, waiting) {
            decided.extend(self.decide_ahead(other, false));
        }
        decided
    }

    /// Adds the next slice, with labels renumbered, and returns what it decides. `recent` are the rows of this slice.
    pub(super) fn join(
        &mut self,
        next: Self,
        next_rows: u64,
        recent: &Recent,
        label: impl Fn(u32) -> u32,
    ) -> Vec<Decided> {
        let rows = recent.count();
        let mut decided = Vec::new();
        for (_, waiting) in std::mem::take(&mut self.ahead) {
            let seen =
                (rows..).zip(&next.first).find(|(_, s)| s.thread == waiting.thread || s.thread == !waiting.thread);
            match seen {
                Some((number, seen)) => {
                    let holds = waiting.sees(number) && waiting.holds_behind(seen);
                    decided.extend(self.decide_ahead(waiting, holds));
                }
                None if waiting.sees(rows + next_rows) => drop(self.ahead.insert(waiting.thread, waiting)),
                None => decided.extend(self.decide_ahead(waiting, false)),
            }
        }
        let (ahead, behind) =
            (next.ahead.into_values().map(|w| (w, true)), next.behind.into_iter().map(|w| (w, false)));
        for (mut waiting, looks_ahead) in ahead.chain(behind) {
            waiting.label = label(waiting.label);
            if waiting.looks_back {
                let back = (LOOK_BACK as u64).saturating_sub(waiting.before) as usize;
                match recent.last_of(waiting.thread, back) {
                    Some(seen) if waiting.holds_before(seen) => {
                        decided.push((waiting, false));
                        continue;
                    }
                    Some(_) => waiting.looks_back = false,
                    None => waiting.looks_back = rows + waiting.before < LOOK_BACK as u64,
                }
            }
            waiting.before += rows;
            if looks_ahead {
                if let Some(other) = self.ahead.insert(waiting.thread, waiting) {
                    decided.extend(self.decide_ahead(other, false));
                }
            } else {
                decided.extend(self.decide_ahead(waiting, false));
            }
        }
        let room = LOOK_BACK.saturating_sub(self.first.len());
        self.first.extend(next.first.into_iter().take(room).map(|seen| Seen { label: label(seen.label), ..seen }));
        decided
    }

    /// At the end of the file: waiting controllers have no rows.
    pub(super) fn rest(&mut self) -> Vec<Decided> {
        let ahead = std::mem::take(&mut self.ahead).into_values();
        ahead.chain(std::mem::take(&mut self.behind)).map(|waiting| (waiting, true)).collect()
    }
}
