//! The most recent rows, to find the page of a sub-result, and the samples in a transaction.

use crate::wire::wire_struct;

/// Number of rows kept: JMeter writes sub-results right after the row of their page, possibly with rows of other
/// threads in between.
pub(super) const LOOK_BACK: usize = 512;

/// The stored properties of a row.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Seen {
    /// Hash of the thread's name, with all bits inverted for a transaction controller: it has no sub-results.
    pub thread: u64,
    /// Number of the label.
    pub label: u32,
    pub start_ms: i64,
    pub end_ms: i64,
}

/// The last [`LOOK_BACK`] rows.
#[derive(Debug, Clone, Default)]
pub(super) struct Recent {
    rows: Vec<Seen>,
    /// Total number of rows.
    count: u64,
}

wire_struct! {
    Seen { thread, label, start_ms, end_ms }
    Recent { rows, count }
}

impl Recent {
    #[inline]
    pub(super) fn push(&mut self, seen: Seen) {
        let at = (self.count % LOOK_BACK as u64) as usize;
        match self.rows.get_mut(at) {
            Some(slot) => *slot = seen,
            None => self.rows.push(seen),
        }
        self.count += 1;
    }

    /// Total number of rows.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// Whether one of the last `rows` rows is of this thread and label and was running at `at_ms`.
    pub(super) fn covers(&self, thread: u64, label: u32, at_ms: i64, rows: usize) -> bool {
        self.backwards()
            .take(rows)
            .any(|seen| seen.thread == thread && seen.label == label && (seen.start_ms..=seen.end_ms).contains(&at_ms))
    }

    /// The last row of a thread among the last `rows` rows: of a sample, or (by `!thread`) of a transaction controller.
    pub(super) fn last_of(&self, thread: u64, rows: usize) -> Option<&Seen> {
        self.backwards().take(rows).find(|seen| seen.thread == thread || seen.thread == !thread)
    }

    /// From the last row back to the oldest kept.
    pub(super) fn backwards(&self) -> impl Iterator<Item = &Seen> {
        let (newer, older) =
            self.rows.split_at_checked((self.count % LOOK_BACK as u64) as usize).unwrap_or((&self.rows, &[]));
        newer.iter().rev().chain(older.iter().rev())
    }

    /// Adds the rows of the next slice, with labels renumbered.
    pub(super) fn join(&mut self, next: &Self, label: impl Fn(u32) -> u32) {
        let mut rows: Vec<Seen> = next.backwards().copied().collect();
        rows.reverse();
        self.count += next.count - rows.len() as u64;
        if next.count > LOOK_BACK as u64 {
            // All of them are from the next slice.
            self.rows = vec![Seen::default(); LOOK_BACK];
        }
        for seen in rows {
            self.push(Seen { label: label(seen.label), ..seen });
        }
    }
}
