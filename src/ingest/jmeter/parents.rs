//! Transaction controllers whose requests have no rows of their own ("Generate parent sample", up to 4.0).
//!
//! A thread writes its rows one after the other. That of a controller comes behind those of its requests, the last of which
//! began no earlier than the transaction did; or, from 5.0 on with a parent sample, before those of its sub-results, the first
//! of which began with the transaction, or after a pause. So the thread's rows next to that of the controller tell whether there are
//! any. They stand close to it: [`LOOK_BACK`] rows are looked at on either side.

use std::collections::BTreeMap;

use super::recent::{LOOK_BACK, Recent, Seen};
use crate::run::recorder::{Sample, Slot};
use crate::wire::wire_struct;

/// Maximum difference of two readings of the clock that may be one moment: JMeter reads it for each row.
const AS_ONE_MS: i64 = 2;

/// A row's sample with its place.
pub(super) struct Row {
    pub slot: Slot,
    pub sample: Sample,
    pub cause: Option<String>,
}

/// A controller of which it is not known yet whether its requests have rows.
pub(super) struct Waiting {
    /// Rows before it.
    pub before: u64,
    /// Its thread, not turned.
    pub thread: u64,
    pub label: u32,
    pub start_ms: i64,
    pub end_ms: i64,
    /// Its pauses, which are not in the time from its begin to its end.
    pub idle_ms: i64,
    pub row: Row,
    /// The row of its thread before it may be in the slice before.
    pub looks_back: bool,
}

/// Controllers that wait, and the rows that those of the slice before wait for.
#[derive(Default)]
pub(super) struct Parents {
    /// For the next row of their thread.
    ahead: BTreeMap<u64, Waiting>,
    /// For the slice before alone.
    behind: Vec<Waiting>,
    /// The first [`LOOK_BACK`] rows.
    first: Vec<Seen>,
}

wire_struct! {
    Row { slot, sample, cause }
    Waiting { before, thread, label, start_ms, end_ms, idle_ms, row, looks_back }
    Parents { ahead, behind, first }
}

/// A controller with what was found: whether it is a parent sample, which stands for its requests.
pub(super) type Decided = (Waiting, bool);

impl Waiting {
    /// Whether the row of the thread before it is of a request in it.
    fn holds_before(&self, seen: &Seen) -> bool {
        // Of two that took no time, the one before is no part of this one.
        let is_instant = seen.thread == !self.thread && seen.end_ms == seen.start_ms;
        // Where the file has the ends of samples for their begins, the last request ends as the transaction does.
        let ends_with_it = seen.end_ms > self.start_ms && self.start_ms.saturating_sub(seen.start_ms) <= AS_ONE_MS;
        seen.start_ms > self.start_ms || seen.start_ms == self.start_ms && !is_instant || ends_with_it
    }

    /// Whether the row of the thread behind it is of a request in it: the first one begins with it, or after its pauses. The
    /// next request behind it begins after both; half of its time is between. That of a controller may be of one around it.
    fn holds_behind(&self, seen: &Seen) -> bool {
        let is_around = seen.thread == !self.thread
            && (seen.end_ms > self.end_ms || (seen.start_ms, seen.end_ms) == (self.start_ms, self.end_ms));
        let since = seen.start_ms.saturating_sub(self.start_ms);
        let took = self.end_ms.saturating_sub(self.start_ms);
        since >= 0 && since.saturating_sub(self.idle_ms).saturating_mul(2) < took && !is_around
    }

    /// Whether a row of this number is in its window.
    fn sees(&self, row: u64) -> bool {
        row.saturating_sub(self.before) <= LOOK_BACK as u64
    }
}

impl Parents {
    /// Whether no controller waits for a row.
    pub(super) fn is_idle(&self) -> bool {
        self.ahead.is_empty()
    }

    /// Whether [`Parents::keep`] is of use.
    pub(super) fn is_first(&self) -> bool {
        self.first.len() < LOOK_BACK
    }

    /// Keeps one of the first rows.
    pub(super) fn keep(&mut self, seen: Seen) {
        self.first.push(seen);
    }

    /// A row of a thread, the next one of this number: what it decides.
    pub(super) fn row(&mut self, seen: &Seen, number: u64) -> Option<Decided> {
        let thread = if self.ahead.contains_key(&seen.thread) { seen.thread } else { !seen.thread };
        let waiting = self.ahead.remove(&thread)?;
        let holds = waiting.sees(number) && waiting.holds_behind(seen);
        self.ahead_is_told(waiting, holds)
    }

    fn ahead_is_told(&mut self, waiting: Waiting, holds: bool) -> Option<Decided> {
        if holds {
            Some((waiting, false))
        } else if waiting.looks_back {
            self.behind.push(waiting);
            None
        } else {
            Some((waiting, true))
        }
    }

    /// A controller's row behind the rows that are remembered: it, if that decides, and others that wait no longer.
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
                decided.extend(late.and_then(|late| self.ahead_is_told(late, false)));
            }
        }
        if let Some(other) = self.ahead.insert(waiting.thread, waiting) {
            decided.extend(self.ahead_is_told(other, false));
        }
        decided
    }

    /// Adds those of the next slice, whose labels are renumbered: what that decides. `recent` are the rows of this slice.
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
                    decided.extend(self.ahead_is_told(waiting, holds));
                }
                None if waiting.sees(rows + next_rows) => drop(self.ahead.insert(waiting.thread, waiting)),
                None => decided.extend(self.ahead_is_told(waiting, false)),
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
                    decided.extend(self.ahead_is_told(other, false));
                }
            } else {
                decided.extend(self.ahead_is_told(waiting, false));
            }
        }
        let room = LOOK_BACK.saturating_sub(self.first.len());
        self.first.extend(next.first.into_iter().take(room).map(|seen| Seen { label: label(seen.label), ..seen }));
        decided
    }

    /// Nothing follows, and nothing was before: what waits has no rows.
    pub(super) fn rest(&mut self) -> Vec<Decided> {
        let ahead = std::mem::take(&mut self.ahead).into_values();
        ahead.chain(std::mem::take(&mut self.behind)).map(|waiting| (waiting, true)).collect()
    }
}
