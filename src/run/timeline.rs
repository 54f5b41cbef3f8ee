//! Timelines: intervals on a grid aligned to the epoch. The interval length doubles when there are too many.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::{Nanos, Shared, Sketch};
use crate::order;
use crate::wire::wire_struct;

/// Maximum intervals of a run's timeline, from raw samples.
pub const RUN_INTERVALS: usize = 512;

/// Maximum intervals of an endpoint's timeline, from raw samples.
pub const ENDPOINT_INTERVALS: usize = 128;

/// Maximum intervals of an endpoint's timeline beyond [`FINE_ENDPOINTS`] endpoints; these have no sketch.
pub const COARSE_INTERVALS: usize = 32;

/// Maximum endpoints whose timelines have sketches.
pub const FINE_ENDPOINTS: usize = 500;

/// Maximum doublings of a second: intervals of 34 years.
const MAX_DOUBLINGS: u8 = 30;

/// A run, or one endpoint of it, over time.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Timeline {
    /// The intervals in order of time, none overlapping.
    pub intervals: Shared<Interval>,
    /// The grid of the intervals, if the timeline is of raw samples. Such a timeline has no empty intervals.
    pub grid: Option<Grid>,
}

/// A grid of intervals of 1 s · 2ᵏ, aligned to the Unix epoch; `k` is the smallest at which there are at most `most`
/// intervals. It depends only on the set of seconds with samples, so that merging and doubling commute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    /// `k`.
    pub doublings: u8,
    /// Maximum intervals.
    pub most: usize,
}

impl Grid {
    /// Length of an interval in seconds.
    #[must_use]
    pub fn step_s(self) -> u32 {
        1 << self.doublings.min(MAX_DOUBLINGS)
    }
}

/// One interval of a timeline.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Interval {
    /// End of the interval, seconds since the Unix epoch: when the tool wrote its counters.
    pub end_s: i64,
    /// Length in seconds; longer than the tool's period if it skipped a write.
    pub length_s: u32,
    /// Requests that ended in the interval.
    pub requests: u64,
    /// Of these, failed ones.
    pub failures: u64,
    /// Mean response time of the interval's requests; `None` without requests.
    pub mean_ms: Option<f64>,
    /// Sum of their response times in nanoseconds, from raw samples.
    pub sum_ns: Option<Nanos>,
    /// Users at the end of the interval, if known; for raw samples, the maximum in the interval.
    pub users: Option<u64>,
    /// The tool's sliding-window median at the end of the interval, if it has one.
    pub window_p50_ms: Option<f64>,
    /// The same for the 95th percentile.
    pub window_p95_ms: Option<f64>,
    /// Distribution of the response times, from raw samples.
    pub sketch: Option<Box<Sketch>>,
    /// Response times of the failed requests. `None` if none failed, or, with [`Interval::failures`] above 0, if the
    /// file does not separate them.
    pub failed: Option<Box<FailedInterval>>,
}

/// Response times of the failed requests of one interval.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FailedInterval {
    /// Failed requests with a response time.
    pub requests: u64,
    /// Sum of their response times in nanoseconds.
    pub sum_ns: Nanos,
    /// Their distribution; empty if the interval has none.
    pub sketch: Sketch,
}

impl FailedInterval {
    fn add(&mut self, other: &Self) {
        self.requests = self.requests.saturating_add(other.requests);
        self.sum_ns = self.sum_ns.plus(other.sum_ns);
        self.sketch.merge(&other.sketch);
    }
}

impl Interval {
    /// The quantile at `share` (0 to 1) of the interval's response times in milliseconds, within 0.8 %.
    #[must_use]
    pub fn quantile_ms(&self, share: f64) -> Option<f64> {
        self.sketch.as_ref()?.quantile_ms(share)
    }

    /// The interval with its successful requests only; `None` if the failed ones are not separate.
    #[must_use]
    pub fn successes(&self) -> Option<Self> {
        let Some(failed) = &self.failed else {
            return (self.failures == 0).then(|| self.clone());
        };
        let requests = self.requests.checked_sub(failed.requests)?;
        let sum_ns = u128::from(self.sum_ns?).checked_sub(failed.sum_ns.into())?;
        Some(Self {
            requests,
            failures: 0,
            mean_ms: (requests > 0).then(|| sum_ns as f64 / requests as f64 / 1e6),
            sum_ns: Some(sum_ns.into()),
            sketch: self.sketch.as_ref().map(|sketch| Box::new(sketch.minus(&failed.sketch))),
            window_p50_ms: None,
            window_p95_ms: None,
            failed: None,
            ..*self
        })
    }

    /// The failed requests of two intervals together; `None` if either has no separate record of them.
    pub(super) fn failed_with(&self, other: &Self) -> Option<Box<FailedInterval>> {
        let unknown = |i: &Self| i.failures > 0 && i.failed.is_none();
        if unknown(self) || unknown(other) {
            return None;
        }
        let mut both = self.failed.clone().or_else(|| other.failed.clone())?;
        if let (Some(_), Some(more)) = (&self.failed, &other.failed) {
            both.add(more);
        }
        Some(both)
    }
}

impl Timeline {
    /// Start of the first interval, seconds since the Unix epoch.
    #[must_use]
    pub fn start_s(&self) -> Option<i64> {
        self.intervals.first().map(|i| i.end_s.saturating_sub(i64::from(i.length_s)))
    }

    /// Seconds from the start of the first interval to the end of the last.
    #[must_use]
    pub fn duration_s(&self) -> Option<f64> {
        Some(self.intervals.last()?.end_s.saturating_sub(self.start_s()?) as f64)
    }

    /// Maximum users in any interval.
    #[must_use]
    pub fn max_users(&self) -> Option<u64> {
        self.intervals.iter().filter_map(|i| i.users).max()
    }

    /// Requests over all intervals.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.intervals.iter().fold(0, |sum, i| sum.saturating_add(i.requests))
    }

    /// The timeline of successful requests only; `None` if some interval has no separate record of its failed requests.
    /// A file may have no failures column at all: see [`Endpoint::failed`](super::Endpoint::failed).
    #[must_use]
    pub fn successes(&self) -> Option<Self> {
        let intervals: Option<Vec<Interval>> = self.intervals.iter().map(Interval::successes).collect();
        Some(Self { intervals: intervals?.into(), grid: self.grid })
    }

    /// Drops the separate record of failed requests.
    pub(crate) fn forget_failed(&mut self) {
        if self.intervals.iter().any(|i| i.failed.is_some()) {
            self.intervals.iter_mut().for_each(|i| i.failed = None);
        }
    }

    /// Reduces a timeline of raw samples to at most [`COARSE_INTERVALS`] intervals without sketches. No effect on
    /// others.
    pub fn coarsen(&mut self) {
        if let Some(grid) = self.grid {
            let mut builder = TimelineBuilder::of(self, grid);
            builder.coarsen();
            *self = builder.build();
        }
    }

    /// The sum of two timelines of raw samples. Users at one moment add if the load generators ran at the same time
    /// (`users_add`); for consecutive ones, a common interval has the larger number. `None` if either is not of raw
    /// samples.
    pub(super) fn plus(&self, other: &Self, users_add: bool) -> Option<Self> {
        let mut builder = TimelineBuilder::of(self, self.grid?);
        builder.join(&TimelineBuilder::of(other, other.grid?), users_add);
        Some(builder.build())
    }
}

/// Builds a timeline from raw samples.
#[derive(Debug, Clone)]
pub struct TimelineBuilder {
    doublings: u8,
    most: usize,
    /// In order of time.
    slots: Vec<Slot>,
    /// One per slot, if enabled.
    sketches: Option<Vec<Sketch>>,
    /// Failed requests by [`Slot::at`], kept apart so that they cost nothing without failures. `None` if some of the
    /// interval's are not separate.
    failed: BTreeMap<i64, Option<FailedInterval>>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    /// Seconds since the Unix epoch divided by the interval's length, rounded down.
    at: i64,
    requests: u64,
    failures: u64,
    sum_ns: Nanos,
    /// Users plus one; 0 if unknown.
    users: u64,
}

wire_struct! {
    TimelineBuilder { doublings, most, slots, sketches, failed }
    Slot { at, requests, failures, sum_ns, users }
}

impl Slot {
    fn plus(&mut self, other: &Self, users_add: bool) {
        self.requests = self.requests.saturating_add(other.requests);
        self.failures = self.failures.saturating_add(other.failures);
        self.sum_ns = self.sum_ns.plus(other.sum_ns);
        self.users = match (self.users, other.users) {
            (a, b) if users_add && a > 0 && b > 0 => a.saturating_add(b - 1),
            (a, b) => a.max(b),
        };
    }
}

/// The contribution of one sample, or of several equal ones, to an interval.
#[derive(Debug, Clone, Copy, Default)]
pub struct Beat {
    /// End, seconds since the Unix epoch.
    pub end_s: i64,
    /// Number of samples.
    pub requests: u64,
    /// Of these, failed ones.
    pub failures: u64,
    /// Sum of their response times.
    pub sum_ns: u64,
    /// Bucket of each response time: [`Sketch::bucket`].
    pub bucket: u16,
    /// Users at that moment, if known.
    pub users: Option<u64>,
}

/// The contribution of failed samples, recorded as a [`Beat`], to an interval's failed requests.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct FailedBeat {
    /// Number with a response time.
    pub requests: u64,
    /// Sum of their response times.
    pub sum_ns: u64,
    /// Bucket of each.
    pub bucket: u16,
}

impl TimelineBuilder {
    /// An empty timeline of at most `most` intervals, optionally with sketches.
    #[must_use]
    pub fn new(most: usize, with_sketches: bool) -> Self {
        Self {
            doublings: 0,
            most: most.max(1),
            slots: Vec::new(),
            sketches: with_sketches.then(Vec::new),
            failed: BTreeMap::new(),
        }
    }

    /// Marks recorded samples as failed; `None` if it is unknown which failed.
    #[cold]
    pub(super) fn failed(&mut self, end_s: i64, failed: Option<&FailedBeat>) {
        let slot = self.failed.entry(end_s >> self.doublings).or_insert_with(|| Some(FailedInterval::default()));
        match (slot.as_mut(), failed) {
            (Some(into), Some(beat)) => {
                into.requests = into.requests.saturating_add(beat.requests);
                into.sum_ns = into.sum_ns.plus(beat.sum_ns);
                if self.sketches.is_some() {
                    into.sketch.record(beat.bucket, u32::try_from(beat.requests).unwrap_or(u32::MAX));
                }
            }
            _ => *slot = None,
        }
    }

    /// Adds failed requests to an interval of this grid.
    fn add_failed(&mut self, at: i64, failed: Option<FailedInterval>) {
        match (self.failed.entry(at), failed) {
            (Entry::Vacant(slot), failed) => {
                slot.insert(failed);
            }
            (Entry::Occupied(mut slot), failed) => match (slot.get_mut(), failed) {
                (Some(into), Some(failed)) => into.add(&failed),
                (into, _) => *into = None,
            },
        }
    }

    /// Counts samples.
    #[inline]
    pub fn record(&mut self, beat: &Beat) {
        let at = self.find(beat.end_s);
        if let Some(slot) = self.slots.get_mut(at) {
            slot.requests = slot.requests.saturating_add(beat.requests);
            slot.failures = slot.failures.saturating_add(beat.failures);
            slot.sum_ns = slot.sum_ns.plus(beat.sum_ns);
            slot.users = slot.users.max(beat.users.map_or(0, |users| users.saturating_add(1)));
        }
        if let Some(sketch) = self.sketches.as_mut().and_then(|s| s.get_mut(at)) {
            sketch.record(beat.bucket, u32::try_from(beat.requests).unwrap_or(u32::MAX));
        }
    }

    /// As [`TimelineBuilder::record`], for one sample.
    #[inline]
    pub(super) fn record_one(&mut self, beat: &Beat) {
        let at = self.find(beat.end_s);
        self.add_at(at, beat);
        self.sketch_at(at, beat.bucket);
    }

    /// Counts samples in the slot at an index, without sketches.
    #[inline]
    pub(super) fn add_at(&mut self, at: usize, beat: &Beat) {
        if beat.requests == 0 {
            return;
        }
        let Some(slot) = self.slots.get_mut(at) else { return };
        slot.requests = slot.requests.saturating_add(beat.requests);
        slot.failures = slot.failures.saturating_add(beat.failures);
        slot.sum_ns = slot.sum_ns.plus(beat.sum_ns);
        if let Some(users) = beat.users {
            slot.users = slot.users.max(users.saturating_add(1));
        }
    }

    /// Counts one response time in the sketch of the slot at an index, if there is one.
    #[inline]
    pub(super) fn sketch_at(&mut self, at: usize, bucket: u16) {
        if let Some(sketch) = self.sketches.as_mut().and_then(|s| s.get_mut(at)) {
            sketch.record_one(bucket);
        }
    }

    /// Records the number of users at a moment.
    pub fn users(&mut self, at_s: i64, users: u64) {
        let at = self.find(at_s);
        if let Some(slot) = self.slots.get_mut(at) {
            slot.users = slot.users.max(users.saturating_add(1));
        }
    }

    /// Index of the slot of a second, created if missing. Valid until another slot is created.
    #[inline]
    pub(super) fn find(&mut self, second: i64) -> usize {
        let wanted = second >> self.doublings;
        // Without gaps, the index follows from the first slot.
        if let Some(first) = self.slots.first()
            && let Ok(at) = usize::try_from(wanted.wrapping_sub(first.at))
            && self.slots.get(at).is_some_and(|slot| slot.at == wanted)
        {
            return at;
        }
        self.search(second)
    }

    #[cold]
    fn search(&mut self, second: i64) -> usize {
        let wanted = second >> self.doublings;
        match self.slots.binary_search_by(|slot| slot.at.cmp(&wanted)) {
            Ok(at) => at,
            Err(at) => {
                self.slots.insert(at, Slot { at: wanted, ..Slot::default() });
                if let Some(sketches) = &mut self.sketches {
                    let before = at.checked_sub(1).and_then(|before| sketches.get(before));
                    sketches.insert(at, before.map(Sketch::with_same_room).unwrap_or_default());
                    // Rows are nearly in order of time: the interval before the last is complete.
                    if let Some(over) = at.checked_sub(2).and_then(|over| sketches.get_mut(over)) {
                        *over = std::mem::take(over).at_rest();
                    }
                }
                if self.slots.len() <= self.most || self.doublings >= MAX_DOUBLINGS {
                    return at;
                }
                self.shorten();
                let wanted = second >> self.doublings;
                self.slots.binary_search_by(|slot| slot.at.cmp(&wanted)).unwrap_or(0)
            }
        }
    }

    fn double_to(&mut self, doublings: u8) {
        let by = doublings.min(MAX_DOUBLINGS).saturating_sub(self.doublings);
        if by == 0 {
            return;
        }
        self.doublings += by;
        for (at, failed) in std::mem::take(&mut self.failed) {
            self.add_failed(at >> by, failed);
        }
        let slots = std::mem::take(&mut self.slots);
        let mut sketches = self.sketches.as_mut().map(std::mem::take).map(Vec::into_iter);
        for mut slot in slots {
            slot.at >>= by;
            let sketch = sketches.as_mut().and_then(Iterator::next);
            match self.slots.last_mut() {
                Some(last) if last.at == slot.at => {
                    last.plus(&slot, false);
                    if let (Some(into), Some(sketch)) = (self.sketches.as_mut().and_then(|s| s.last_mut()), sketch) {
                        into.merge(&sketch);
                        *into = std::mem::take(into).at_rest();
                    }
                }
                _ => {
                    self.slots.push(slot);
                    if let (Some(into), Some(sketch)) = (self.sketches.as_mut(), sketch) {
                        into.push(sketch);
                    }
                }
            }
        }
    }

    /// Continues a finished timeline.
    fn of(timeline: &Timeline, grid: Grid) -> Self {
        let doublings = grid.doublings.min(MAX_DOUBLINGS);
        let slots = timeline.intervals.iter().map(|i| Slot {
            at: i.end_s.saturating_sub(1) >> doublings,
            requests: i.requests,
            failures: i.failures,
            sum_ns: i.sum_ns.unwrap_or_default(),
            users: i.users.map_or(0, |users| users.saturating_add(1)),
        });
        let sketches: Option<Vec<Sketch>> = timeline.intervals.iter().map(|i| i.sketch.as_deref().cloned()).collect();
        let told = timeline.intervals.iter().filter(|i| i.failures > 0 || i.failed.is_some());
        let failed = told.map(|i| (i.end_s.saturating_sub(1) >> doublings, i.failed.as_deref().cloned()));
        // An empty timeline may still get sketches.
        Self { doublings, most: grid.most.max(1), slots: slots.collect(), sketches, failed: order::map(failed) }
    }

    /// Merges slices of one file: users are the maximum of both.
    pub fn merge(&mut self, other: &Self) {
        self.join(other, false);
    }

    fn join(&mut self, other: &Self, users_add: bool) {
        self.most = self.most.min(other.most);
        if other.sketches.is_none() {
            self.sketches = None;
        }
        let mut doubled;
        let other = if other.doublings < self.doublings {
            doubled = other.clone();
            doubled.double_to(self.doublings);
            &doubled
        } else {
            self.double_to(other.doublings);
            other
        };
        for (i, slot) in other.slots.iter().enumerate() {
            let at = match self.slots.binary_search_by(|mine| mine.at.cmp(&slot.at)) {
                Ok(at) => at,
                Err(at) => {
                    self.slots.insert(at, Slot { at: slot.at, ..Slot::default() });
                    if let Some(sketches) = &mut self.sketches {
                        sketches.insert(at, Sketch::default());
                    }
                    at
                }
            };
            if let Some(into) = self.slots.get_mut(at) {
                into.plus(slot, users_add);
            }
            let theirs = other.sketches.as_ref().and_then(|s| s.get(i));
            if let (Some(into), Some(sketch)) = (self.sketches.as_mut().and_then(|s| s.get_mut(at)), theirs) {
                into.merge(sketch);
            }
        }
        for (at, failed) in &other.failed {
            self.add_failed(*at, failed.clone());
        }
        self.shorten();
    }

    /// Doubles the interval length until the limit holds.
    fn shorten(&mut self) {
        while self.slots.len() > self.most && self.doublings < MAX_DOUBLINGS {
            self.double_to(self.doublings + 1);
        }
    }

    /// Limits to [`COARSE_INTERVALS`] intervals without sketches from now on.
    pub fn coarsen(&mut self) {
        self.sketches = None;
        self.failed.values_mut().flatten().for_each(|failed| failed.sketch = Sketch::default());
        self.most = self.most.min(COARSE_INTERVALS);
        self.shorten();
        self.slots.shrink_to_fit();
    }

    /// The timeline at this point.
    #[must_use]
    pub fn build(&self) -> Timeline {
        self.clone().finish()
    }

    /// The finished timeline.
    #[must_use]
    pub fn finish(mut self) -> Timeline {
        let with_sketches = self.sketches.is_some();
        let mut sketches = self.sketches.take().into_iter().flatten();
        let mut failed = self.failed;
        let grid = Grid { doublings: self.doublings, most: self.most };
        let intervals = self.slots.iter().map(|slot| Interval {
            end_s: (slot.at << self.doublings).saturating_add(i64::from(grid.step_s())),
            length_s: grid.step_s(),
            requests: slot.requests,
            failures: slot.failures,
            mean_ms: (slot.requests > 0).then(|| u128::from(slot.sum_ns) as f64 / slot.requests as f64 / 1e6),
            sum_ns: Some(slot.sum_ns),
            users: slot.users.checked_sub(1),
            window_p50_ms: None,
            window_p95_ms: None,
            sketch: sketches.next().map(|sketch| Box::new(sketch.at_rest())),
            failed: failed.remove(&slot.at).flatten().map(|failed| {
                let sketch = if with_sketches { failed.sketch.at_rest() } else { Sketch::default() };
                Box::new(FailedInterval { sketch, ..failed })
            }),
        });
        Timeline { intervals: intervals.collect(), grid: Some(grid) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn beat(end_s: i64, ms: u64) -> Beat {
        let ns = ms * 1_000_000;
        Beat { end_s, requests: 1, failures: ms % 2, sum_ns: ns, bucket: Sketch::bucket(ns), users: Some(ms % 7) }
    }

    fn of(beats: &[(i64, u64)], most: usize) -> TimelineBuilder {
        let mut builder = TimelineBuilder::new(most, true);
        beats.iter().for_each(|(end_s, ms)| builder.record(&beat(*end_s, *ms)));
        builder
    }

    /// By hand: 5 seconds in at most 3 intervals are intervals of 4 s, aligned to the epoch: 10 and 11 end at 12, 12
    /// and 15 at 16, 16 at 20.
    #[test]
    fn intervals_double_and_are_aligned() {
        let timeline = of(&[(16, 10), (10, 30), (11, 20), (15, 5), (12, 5)], 3).build();
        let rows: Vec<_> = timeline.intervals.iter().map(|i| (i.end_s, i.length_s, i.requests, i.mean_ms)).collect();
        assert_eq!(rows, [(12, 4, 2, Some(25.0)), (16, 4, 2, Some(5.0)), (20, 4, 1, Some(10.0))]);
    }

    /// Distant moments, and moments before the epoch, neither panic nor overlap.
    #[test]
    fn far_moments() {
        let timeline = of(&[(i64::MIN, 1), (i64::MAX, 2), (0, 3), (-1, 4)], 2).build();
        assert_eq!(timeline.requests(), 4);
        assert!(timeline.intervals.windows(2).all(|w| matches!(w, [a, b] if a.end_s < b.end_s)));
    }

    proptest! {
        /// Any split into parts and any order of merging give the same timeline.
        #[test]
        fn doubling_commutes_with_merging(
            parts in prop::collection::vec(prop::collection::vec((-500_i64..4000, 0..90_u64), 0..60), 1..5),
            // At least two: no interval crosses the epoch.
            most in 2..40_usize,
        ) {
            let whole = of(&parts.concat(), most).build();
            prop_assert!(whole.intervals.len() <= most);
            let builders: Vec<_> = parts.iter().map(|p| of(p, most)).collect();
            let fold = |mut a: TimelineBuilder, b: &TimelineBuilder| { a.merge(b); a };
            let forth = builders.iter().fold(TimelineBuilder::new(most, true), fold).build();
            let back = builders.iter().rev().fold(TimelineBuilder::new(most, true), fold).build();
            prop_assert_eq!(&forth, &whole);
            prop_assert_eq!(&back, &whole);
            // Finished timelines too, without users, which add there.
            let without_users = |mut t: Timeline| { t.intervals.iter_mut().for_each(|i| i.users = None); t };
            let at_rest = builders.iter().map(TimelineBuilder::build).reduce(|a, b| crate::run::merge::merge_timelines(a, b, true));
            prop_assert_eq!(without_users(at_rest.unwrap_or_default()), without_users(whole.clone()));
            let mut coarse = whole;
            coarse.coarsen();
            let mut early = builders.first().cloned().unwrap_or(TimelineBuilder::new(most, true));
            early.coarsen();
            builders.iter().skip(1).for_each(|b| early.merge(b));
            prop_assert_eq!(early.build(), coarse);
        }
    }
}
