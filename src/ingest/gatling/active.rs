//! Number of active users, from their start and end times.

use std::collections::BTreeMap;

use crate::run::Run;
use crate::run::users::follow_from_latency;
use crate::wire::wire_struct;

/// Minimum milliseconds per step: users that start and end within one are not counted.
const MIN_STEP_MS: i64 = 125;

/// Maximum steps. Beyond, pairs of steps are merged.
const MAX_STEPS: usize = 16_384;

/// Maximum doublings of the step length.
const MAX_DOUBLINGS: u32 = 40;

/// Users started minus users ended, by step of time. The step length depends only on the set of times, so that slices
/// of a file join to the result of the whole file.
#[derive(Debug, Clone, Default)]
pub(super) struct Active {
    doublings: u32,
    steps: BTreeMap<i64, i64>,
    /// The step of the last time, not in `steps` yet: consecutive times mostly share a step.
    last: Option<(i64, i64)>,
}

wire_struct! { Active { doublings, steps, last } }

impl Active {
    fn step(&self, at_ms: i64) -> i64 {
        at_ms.div_euclid(MIN_STEP_MS) >> self.doublings
    }

    /// Counts a user's start (1) or end (-1).
    #[inline]
    pub(super) fn change(&mut self, at_ms: i64, by: i64) {
        let step = self.step(at_ms);
        match &mut self.last {
            Some((last, sum)) if *last == step => *sum += by,
            _ => {
                self.put();
                self.last = Some((self.step(at_ms), by));
            }
        }
    }

    /// Moves the last step into `steps`.
    fn put(&mut self) {
        if let Some((step, by)) = self.last.take() {
            self.add(step, by);
        }
    }

    fn add(&mut self, step: i64, by: i64) {
        *self.steps.entry(step).or_default() += by;
        while self.steps.len() > MAX_STEPS && self.doublings < MAX_DOUBLINGS {
            self.double();
        }
    }

    fn double(&mut self) {
        self.doublings += 1;
        for (step, by) in std::mem::take(&mut self.steps) {
            *self.steps.entry(step >> 1).or_default() += by;
        }
    }

    /// Adds the next slice.
    pub(super) fn join(&mut self, mut next: Self) {
        self.put();
        next.put();
        while self.doublings < next.doublings {
            self.double();
        }
        for (step, by) in next.steps {
            let step = step >> self.doublings.saturating_sub(next.doublings);
            self.add(step, by);
            // Adding this step may have doubled ours; the following steps are then of a finer grid.
        }
    }

    /// The number of users after each step that changes it, with the start of the step in milliseconds.
    fn levels(&self) -> Vec<(i64, u64)> {
        let mut all = self.clone();
        all.put();
        let mut level = 0_i64;
        let steps = all.steps.iter().map(|(step, by)| {
            level = level.saturating_add(*by);
            ((step << all.doublings).saturating_mul(MIN_STEP_MS), u64::try_from(level).unwrap_or(0))
        });
        steps.collect()
    }

    /// Stores the users in a run: the maximum in each interval of its timeline, and overall. Unknown if no user was
    /// active for longer than a step.
    pub(super) fn into_run(self, run: &mut Run) {
        let levels = self.levels();
        let Some(most) = levels.iter().map(|(_, users)| *users).max().filter(|most| *most > 0) else { return };
        run.users = Some(most);
        let Some(timeline) = &mut run.timeline else { return };
        let (mut rest, mut level) = (levels.iter().peekable(), 0);
        for interval in timeline.intervals.iter_mut() {
            let begins = interval.end_s.saturating_sub(i64::from(interval.length_s)).saturating_mul(1000);
            while let Some((_, users)) = rest.next_if(|(at, _)| *at <= begins) {
                level = *users;
            }
            let mut most = level;
            while let Some((_, users)) = rest.next_if(|(at, _)| *at < interval.end_s.saturating_mul(1000)) {
                level = *users;
                most = most.max(level);
            }
            interval.users = Some(most);
        }
        run.users_follow = follow_from_latency(timeline);
        if let Some(total) = &mut run.total {
            total.timeline = run.timeline.clone();
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(changes: &[(i64, i64)]) -> Active {
        let mut active = Active::default();
        changes.iter().for_each(|(at, by)| active.change(*at, *by));
        active.put();
        active
    }

    #[test]
    fn users_come_and_go() {
        let active = of(&[(1000, 1), (1010, 1), (5000, -1), (9000, 1), (9000, -1), (20_000, -1)]);
        let levels: Vec<u64> = active.levels().iter().map(|(_, users)| *users).collect();
        assert_eq!(levels, [2, 1, 1, 0]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]

        /// Slices join to the whole, for any step length.
        #[test]
        fn slices_join(cut in 0..40_000_usize, spread in 1..5000_i64) {
            let changes: Vec<(i64, i64)> =
                (0..40_000).map(|i| (i * spread % 9_999_991, if i % 3 == 0 { -1 } else { 1 })).collect();
            let (first, second) = changes.split_at(cut);
            let (mut joined, whole) = (of(first), of(&changes));
            joined.join(of(second));
            prop_assert_eq!(joined.levels(), whole.levels());
            prop_assert!(whole.steps.len() <= MAX_STEPS);
        }
    }
}
