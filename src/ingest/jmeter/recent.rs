//! The last rows, to find the page that a sub-result belongs to, and the samples in a transaction.

use crate::wire::wire_struct;

/// So many rows are looked back: JMeter writes sub-results right behind the row of their page, and other threads may write
/// in between.
pub(super) const LOOK_BACK: usize = 512;

/// What is remembered of a row.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Seen {
    /// Hash of the thread's name, for a transaction controller with all bits turned: it is the page of no sub-result.
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
    /// Rows seen in all.
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

    /// Rows seen in all.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// Whether one of the last `rows` rows is of this thread and label and was running at `at_ms`.
    pub(super) fn covers(&self, thread: u64, label: u32, at_ms: i64, rows: usize) -> bool {
        self.backwards()
            .take(rows)
            .any(|seen| seen.thread == thread && seen.label == label && (seen.start_ms..=seen.end_ms).contains(&at_ms))
    }

    /// The last row of a thread among the last `rows` rows: a sample's, or (by `!thread`) a transaction controller's.
    pub(super) fn last_of(&self, thread: u64, rows: usize) -> Option<&Seen> {
        self.backwards().take(rows).find(|seen| seen.thread == thread || seen.thread == !thread)
    }

    /// From the last row to the first that is remembered.
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
            // All of them are the next slice's.
            self.rows = vec![Seen::default(); LOOK_BACK];
        }
        for seen in rows {
            self.push(Seen { label: label(seen.label), ..seen });
        }
    }
}
