//! Stages of a progressive load: stretches of a constant number of users.

use super::{Interval, Sketch, Timeline};

/// Minimum length of a stage in seconds.
const MIN_S: u64 = 10;
/// Minimum intervals of a stage.
const MIN_INTERVALS: usize = 3;
/// Minimum length of a stage that is one user from a neighbour of its length: a slow ramp rests at each number of users.
const MIN_ONE_USER_S: u64 = 30;
/// Minimum share of a stage of the whole run.
const MIN_SHARE: f64 = 0.02;
/// Maximum stages: a run with more is a ramp.
const MAX_STAGES: usize = 60;
/// Maximum seconds at another number of users within a stage: a user that is replaced, or a short dip.
const MAX_GAP_S: i64 = 10;
/// Maximum batches of a stage.
const BATCHES: usize = 10;
/// Length of the sliding window of Locust's percentiles in seconds.
const WINDOW_S: i64 = 10;

/// The stages of a run in order of time.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Stages {
    /// The stages.
    pub stages: Vec<Stage>,
    /// Requests outside of every stage: ramps, and stretches too short to be a stage.
    pub outside: u64,
}

/// A stretch of a constant number of users, without the interval in which it was reached.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Stage {
    /// Users.
    pub users: u64,
    /// Start in seconds from the start of the run.
    pub start_s: u64,
    /// Measured seconds.
    pub seconds: u64,
    /// Requests.
    pub requests: u64,
    /// Of these, failed ones.
    pub failures: u64,
    /// Mean response time; `None` without requests, or if it is unknown for some.
    pub mean_ms: Option<f64>,
    /// Percentiles, if known.
    pub percentiles: Option<StagePercentiles>,
    /// The stage in order of time in at most ten parts of equal length, for its scatter.
    pub batches: Vec<Batch>,
}

/// Percentiles of a stage.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StagePercentiles {
    /// The median.
    pub p50_ms: Option<f64>,
    /// The 95th percentile.
    pub p95_ms: Option<f64>,
    /// The 99th percentile.
    pub p99_ms: Option<f64>,
    /// The 95th percentile's 95 % interval, by ranks.
    pub p95_between: Option<(f64, f64)>,
    /// Medians of the tool's sliding windows in the stage, instead of percentiles of its requests.
    pub windows: bool,
}

/// A part of a stage.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Batch {
    /// Successful requests per second.
    pub per_s: f64,
    /// Mean response time.
    pub mean_ms: Option<f64>,
}

impl Stage {
    /// Successful requests per second.
    #[must_use]
    pub fn per_s(&self) -> f64 {
        self.requests.saturating_sub(self.failures) as f64 / self.seconds.max(1) as f64
    }

    /// Failed requests in percent; `None` without requests.
    #[must_use]
    pub fn error_pct(&self) -> Option<f64> {
        (self.requests > 0).then(|| self.failures as f64 / self.requests as f64 * 100.0)
    }
}

/// Finds the stages of a timeline with a number of users.
#[must_use]
pub fn stages(timeline: &Timeline) -> Stages {
    let known: Vec<(usize, &Interval, u64)> =
        timeline.intervals.iter().enumerate().filter_map(|(i, t)| Some((i, t, t.users.filter(|n| *n > 0)?))).collect();
    let mut found: Vec<Plateau> = Vec::new();
    let mut from = 0;
    while let Some((_, _, level)) = known.get(from) {
        let rest = known.get(from..).unwrap_or_default();
        let plateau = Plateau::at_the_start(rest, *level);
        from += plateau.span.max(1);
        found.push(plateau);
    }
    keep_levels(&mut found, timeline.duration_s().unwrap_or(0.0));
    if found.len() > MAX_STAGES {
        found.clear();
    }
    let start_s = timeline.start_s().unwrap_or(0);
    let stages: Vec<Stage> = found.iter().map(|plateau| stage(plateau, start_s)).collect();
    let inside = stages.iter().fold(0_u64, |sum, stage| sum.saturating_add(stage.requests));
    Stages { stages, outside: timeline.requests().saturating_sub(inside) }
}

/// A stretch of one number of users.
struct Plateau<'t> {
    level: u64,
    /// Its intervals near the level, without the one in which it was reached.
    intervals: Vec<Part<'t>>,
    /// Number of intervals to the next candidate.
    span: usize,
    start_s: i64,
}

/// An interval and its seconds, including those before it without requests, which have no interval.
#[derive(Clone, Copy)]
struct Part<'t> {
    interval: &'t Interval,
    seconds: u64,
}

impl<'t> Plateau<'t> {
    fn at_the_start(rest: &[(usize, &'t Interval, u64)], level: u64) -> Self {
        let near = (level / 50).max(1);
        let mut last = (0, i64::MIN);
        let mut at_level = 0;
        for (i, (_, interval, users)) in rest.iter().enumerate() {
            if *users == level {
                last = (i, interval.end_s);
                at_level += 1;
            } else if interval.end_s.saturating_sub(last.1) > MAX_GAP_S {
                break;
            }
        }
        let whole = rest.get(..=last.0).unwrap_or_default();
        // Most intervals must be at the level itself. If not, try from the next number of users.
        let is_level = at_level * 2 > whole.len();
        let same = rest.iter().take_while(|(_, _, users)| *users == level).count();
        let span = if is_level { whole.len() } else { same };
        // An interval has the users at its end: the one that reached the level belongs to the ramp.
        let inside = whole.iter().skip(1).filter(|(_, _, users)| users.abs_diff(level) <= near);
        let mut before = rest.first().map(|(index, interval, _)| (*index, interval.end_s));
        let part = |(index, interval, _): &(usize, &'t Interval, u64)| {
            let since =
                before.filter(|(last, _)| last + 1 == *index).map(|(_, end_s)| interval.end_s.saturating_sub(end_s));
            before = Some((*index, interval.end_s));
            let seconds = since.and_then(|s| u64::try_from(s).ok()).unwrap_or(interval.length_s.into());
            Part { interval, seconds }
        };
        let intervals: Vec<Part<'t>> = inside.filter(|_| is_level).map(part).collect();
        let start_s = intervals.first().map_or(0, |p| p.interval.end_s.saturating_sub_unsigned(p.seconds));
        Self { level, intervals, span, start_s }
    }

    fn seconds(&self) -> u64 {
        self.intervals.iter().fold(0, |sum, part| sum.saturating_add(part.seconds))
    }

    fn is_long_enough(&self, duration_s: f64) -> bool {
        let seconds = self.seconds();
        self.intervals.len() >= MIN_INTERVALS && seconds >= MIN_S && seconds as f64 >= MIN_SHARE * duration_s
    }

    /// Whether this and a neighbour may be two steps of a slow ramp: one user apart, and the neighbour about as long.
    fn is_step_beside(&self, neighbour: &Self) -> bool {
        let alike = neighbour.seconds().saturating_mul(2) >= self.seconds();
        self.level.abs_diff(neighbour.level) <= 1 && alike && self.seconds() < MIN_ONE_USER_S
    }
}

/// Keeps what is long enough, and no step of a slow ramp.
fn keep_levels(found: &mut Vec<Plateau<'_>>, duration_s: f64) {
    let before = std::iter::once(None).chain(found.iter().map(Some));
    let after = found.iter().skip(1).map(Some).chain([None]);
    let keep: Vec<bool> = found
        .iter()
        .zip(before.zip(after))
        .map(|(plateau, (before, after))| {
            let on_a_ramp = before.into_iter().chain(after).any(|other| plateau.is_step_beside(other));
            plateau.is_long_enough(duration_s) && !on_a_ramp
        })
        .collect();
    let mut keep = keep.into_iter();
    found.retain(|_| keep.next().unwrap_or(true));
}

fn stage(plateau: &Plateau<'_>, run_starts_s: i64) -> Stage {
    let all = Sum::of(&plateau.intervals);
    let size = plateau.intervals.len().div_ceil(BATCHES).max(1);
    // A remainder of less than half a batch would scatter more.
    let batches = plateau.intervals.chunks(size).filter(|part| part.len() * 2 >= size).map(|part| {
        let part = Sum::of(part);
        let successes = part.requests.saturating_sub(part.failures);
        Batch { per_s: successes as f64 / part.seconds.max(1) as f64, mean_ms: part.mean_ms() }
    });
    Stage {
        users: plateau.level,
        start_s: u64::try_from(plateau.start_s.saturating_sub(run_starts_s)).unwrap_or(0),
        seconds: all.seconds,
        requests: all.requests,
        failures: all.failures,
        mean_ms: all.mean_ms(),
        percentiles: percentiles(&plateau.intervals).or_else(|| windows(plateau)),
        batches: batches.collect(),
    }
}

/// Figures of several intervals.
struct Sum {
    seconds: u64,
    requests: u64,
    failures: u64,
    /// Sum of the response times in milliseconds; `None` if some are unknown.
    waited_ms: Option<f64>,
}

impl Sum {
    fn of(parts: &[Part<'_>]) -> Self {
        let mut all = Self { seconds: 0, requests: 0, failures: 0, waited_ms: Some(0.0) };
        for Part { interval, seconds } in parts {
            all.seconds = all.seconds.saturating_add(*seconds);
            all.requests = all.requests.saturating_add(interval.requests);
            all.failures = all.failures.saturating_add(interval.failures);
            if interval.requests > 0 {
                let waited = interval.mean_ms.map(|mean| mean * interval.requests as f64);
                all.waited_ms = all.waited_ms.zip(waited).map(|(a, b)| a + b).filter(|sum| sum.is_finite());
            }
        }
        all
    }

    fn mean_ms(&self) -> Option<f64> {
        (self.requests > 0).then_some(self.waited_ms? / self.requests as f64)
    }
}

/// Percentiles of all requests of the intervals; `None` if one lacks its sketch.
fn percentiles(parts: &[Part<'_>]) -> Option<StagePercentiles> {
    let mut all = Sketch::default();
    for interval in parts.iter().map(|part| part.interval).filter(|i| i.requests > 0) {
        all.merge(interval.sketch.as_ref().filter(|s| s.count() == interval.requests)?);
    }
    let count = all.count() as f64;
    let half = 1.96 * libm::sqrt(0.95 * 0.05 / count);
    Some(StagePercentiles {
        p50_ms: Some(all.quantile_ms(0.5)?),
        p95_ms: all.quantile_ms(0.95),
        p99_ms: all.quantile_ms(0.99),
        // Below 100 requests, the upper rank may not exist.
        p95_between: (count >= 100.0)
            .then(|| Some((all.quantile_ms(0.95 - half)?, all.quantile_ms(0.95 + half)?)))
            .flatten(),
        windows: false,
    })
}

/// Medians of the tool's sliding windows that lie within the stage.
fn windows(plateau: &Plateau<'_>) -> Option<StagePercentiles> {
    let intervals = || plateau.intervals.iter().map(|part| part.interval);
    let inside = || intervals().filter(|i| i.end_s.saturating_sub(WINDOW_S) >= plateau.start_s);
    let median = |of: fn(&Interval) -> Option<f64>| {
        let mut values: Vec<f64> = inside().filter_map(of).collect();
        crate::order::sort_by(&mut values, f64::total_cmp);
        values.get(values.len() / 2).copied()
    };
    let (p50_ms, p95_ms) = (median(|i| i.window_p50_ms), median(|i| i.window_p95_ms));
    p50_ms.or(p95_ms)?;
    Some(StagePercentiles { p50_ms, p95_ms, p99_ms: None, p95_between: None, windows: true })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Every request is in one stage or outside, and stages are in order.
        #[test]
        fn nothing_is_counted_twice(steps in prop::collection::vec((0..60_u64, 1..50_usize), 0..12)) {
            let timeline = of(steps.into_iter().flat_map(|(users, seconds)| flat(users, seconds)));
            let found = stages(&timeline);
            let inside: u64 = found.stages.iter().map(|s| s.requests).sum();
            prop_assert_eq!(inside + found.outside, timeline.requests());
            let ends = found.stages.iter().map(|s| s.start_s + s.seconds);
            prop_assert!(ends.zip(found.stages.iter().skip(1)).all(|(end, next)| end <= next.start_s));
            for stage in &found.stages {
                prop_assert!(stage.seconds >= MIN_S && stage.users > 0 && stage.per_s().is_finite());
            }
        }
    }

    /// One-second intervals with these users: requests = users, each of 100 ms.
    fn of(users: impl IntoIterator<Item = u64>) -> Timeline {
        let interval = |(at, users): (usize, u64)| Interval {
            end_s: 1_700_000_001 + at as i64,
            length_s: 1,
            requests: users,
            mean_ms: (users > 0).then_some(100.0),
            users: Some(users),
            ..Interval::default()
        };
        Timeline { intervals: users.into_iter().enumerate().map(interval).collect(), grid: None }
    }

    fn levels(timeline: &Timeline) -> Vec<(u64, u64, u64)> {
        stages(timeline).stages.iter().map(|s| (s.users, s.start_s, s.seconds)).collect()
    }

    fn flat(users: u64, seconds: usize) -> Vec<u64> {
        vec![users; seconds]
    }

    #[test]
    fn stairs() {
        let stairs = of([flat(10, 30), vec![12, 16], flat(20, 30), flat(40, 30)].concat());
        assert_eq!(levels(&stairs), [(10, 1, 29), (20, 33, 29), (40, 63, 29)]);
        let found = stages(&stairs);
        // The ramp, and the seconds in which 10, 20 and 40 were reached.
        assert_eq!(found.outside, 10 + 12 + 16 + 20 + 40);
        let per_s: Vec<_> = found.stages.iter().map(|s| (s.per_s(), s.mean_ms, s.batches.len())).collect();
        assert_eq!(per_s, [(10.0, Some(100.0), 10), (20.0, Some(100.0), 10), (40.0, Some(100.0), 10)]);
    }

    /// The stairs of four scripts: 10, 50, 100 users, with ramps of five seconds; and down again.
    #[test]
    fn up_and_down() {
        let ramp = |from: u64, to: u64| (1..5).map(move |i| (from * (5 - i) + to * i) / 5).collect::<Vec<u64>>();
        let users =
            [flat(10, 60), ramp(10, 50), flat(50, 60), ramp(50, 100), flat(100, 60), ramp(100, 10), flat(10, 60)];
        assert_eq!(levels(&of(users.concat())), [(10, 1, 59), (50, 65, 59), (100, 129, 59), (10, 193, 59)]);
    }

    #[test]
    fn ramps_have_no_stages() {
        assert_eq!(levels(&of(0..300)), []);
        // A user every three, ten and fifteen seconds.
        assert_eq!(levels(&of((0..300).map(|s| 1 + s / 3))), []);
        assert_eq!(levels(&of((0..200).map(|s| 1 + s / 10))), []);
        assert_eq!(levels(&of((0..300).map(|s| 1 + s / 15))), []);
        // A ramp, then a plateau: one stage.
        assert_eq!(levels(&of((0..200).map(|s: u64| (1 + s / 2).min(50)))), [(50, 99, 101)]);
        // One user per second between stages is a ramp, and the stages stay.
        let slow = of([flat(10, 29), (11..20).collect(), flat(20, 29)].concat());
        assert_eq!(levels(&slow), [(10, 1, 28), (20, 39, 28)]);
        assert_eq!(levels(&of([])), []);
        assert_eq!(levels(&of(flat(0, 100))), []);
    }

    /// Users that are replaced, and a short dip, do not end a stage. The dip's own seconds are left out.
    #[test]
    fn short_deviations() {
        let at = |second: u64| match second {
            7 | 20 | 33 => 99,
            45..48 => 50,
            _ => 100,
        };
        let users: Vec<u64> = (0..60).map(at).collect();
        assert_eq!(levels(&of([users, flat(200, 40)].concat())), [(100, 1, 56), (200, 61, 39)]);
    }

    /// Steps of one user count where each is long.
    #[test]
    fn one_user_more() {
        assert_eq!(levels(&of((0..240).map(|s| 1 + s / 60))), [(1, 1, 59), (2, 61, 59), (3, 121, 59), (4, 181, 59)]);
    }

    /// Seconds without requests have no interval in a timeline of raw samples, and count.
    #[test]
    fn seconds_without_requests() {
        let mut sparse = of([flat(10, 60), flat(20, 60)].concat());
        sparse.intervals = sparse.intervals.iter().filter(|i| i.end_s % 2 == 1).cloned().collect();
        let found = stages(&sparse);
        let figures: Vec<_> = found.stages.iter().map(|s| (s.users, s.seconds, s.requests)).collect();
        assert_eq!(figures, [(10, 58, 290), (20, 58, 580)]);
    }

    #[test]
    fn hostile_timelines() {
        let mut far = of(flat(u64::MAX, 40));
        far.intervals.iter_mut().for_each(|i| (i.requests, i.length_s) = (u64::MAX, u32::MAX));
        far.intervals.iter_mut().for_each(|i| i.mean_ms = Some(f64::MAX));
        far.intervals.iter_mut().for_each(|i| i.end_s = i64::MAX);
        assert!(stages(&far).stages.iter().all(|s| s.mean_ms.is_none_or(f64::is_finite) && s.per_s().is_finite()));
    }
}
