//! Both runs of a pair, split into slices of the same elapsed time.
//!
//! Common effects (a ramp, steps of users, a warm-up, a daily curve) are in both slices of a pair and cancel in their
//! ratio. The rest scatters around a smooth curve, and that scatter is the error.

use super::super::warmup::{self, Cut};
use crate::policy::{Warmup as Settings, WarmupMode};
use crate::run::{Endpoint, Interval, Percentile, Run, Sketch, Timeline};

/// Slices per run.
const SLICES: usize = 20;
/// Minimum slices for measuring scatter.
pub(super) const MIN_SLICES: usize = 8;
/// Maximum difference of durations for equal slices, as a share of the longer one.
const DURATION_SHARE: f64 = 0.2;
/// Seconds excluded at the start of runs of different lengths, at most half of the shorter.
const UNLIKE_S: i64 = 30;
/// Maximum warm-up as a share of the shorter run, …
const WARMUP_SHARE: f64 = 1.0 / 3.0;
/// … and if only response times show it: a trend, or a daily curve, is not a warm-up.
const SETTLED_SHARE: f64 = 0.15;
/// Maximum share of the end without load.
const DRAIN_SHARE: f64 = 0.1;
/// Minimum share of the maximum number of users for full load, …
const FULL_USERS: f64 = 0.9;
/// … which must last for at least this share of the rest after a warm-up.
const FULL_SHARE: f64 = 0.7;

/// The measured part of a run, in seconds since the Unix epoch.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    start_s: i64,
    from_s: i64,
    to_s: i64,
}

/// The measured parts of both runs.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Windows {
    baseline: Option<Window>,
    run: Option<Window>,
    /// Whether slices of both sides can be paired.
    aligned: bool,
    /// Seconds excluded on both sides as warm-up.
    pub left_out_s: u32,
}

impl Windows {
    pub fn of(baseline: &Run, run: &Run, settings: &Settings) -> Self {
        let window = |run: &Run| run.timeline.as_ref().and_then(window);
        let (mut b, mut r) = (window(baseline), window(run));
        let mut left_out_s = 0;
        if let (Some(b), Some(r)) = (&mut b, &mut r) {
            let cut = [baseline, run].map(|run| warmup_s(run, settings)).into_iter().max().unwrap_or(0);
            let shorter = b.seconds().min(r.seconds());
            let cut = if cut as f64 <= WARMUP_SHARE * shorter as f64 { cut } else { 0 };
            // The effect of an undetected warm-up depends on the length of a run.
            let cut = if alike(*b, *r) { cut } else { cut.max(UNLIKE_S.min(shorter / 2)) };
            if cut > 0 {
                left_out_s = u32::try_from(cut).unwrap_or(0);
                b.from_s = b.from_s.saturating_add(cut);
                r.from_s = r.from_s.saturating_add(cut);
            }
        }
        let aligned = b.zip(r).is_some_and(|(b, r)| alike(b, r));
        Self { baseline: b, run: r, aligned, left_out_s }
    }

    /// The slices of an endpoint on both sides, paired if possible. `without_outages` excludes intervals in which most
    /// requests failed: their response times are not representative.
    pub fn slices(&self, baseline: &Endpoint, run: &Endpoint, without_outages: bool) -> Sliced {
        let (b, r) = (baseline.timeline.as_ref(), run.timeline.as_ref());
        let window = |window: Option<Window>, timeline: Option<&Timeline>| {
            timeline.and_then(|t| window.or_else(|| self::window(t)))
        };
        let (bw, rw) = (window(self.baseline, b), window(self.run, r));
        if let (true, Some(b), Some(r), Some(bw), Some(rw)) = (self.aligned, b, r, bw, rw) {
            let seconds = bw.seconds().min(rw.seconds());
            if let Some(count) = count(seconds, step(b).max(step(r))) {
                let cut = |timeline, window| cut(timeline, window, seconds, count, without_outages);
                let (b, r) = (cut(b, bw), cut(r, rw));
                return Sliced {
                    baseline: b,
                    run: r,
                    aligned: true,
                    from_s: rw.from_s - rw.start_s,
                    length_s: seconds as f64 / count as f64,
                };
            }
        }
        let alone = |timeline: Option<&Timeline>, window: Option<Window>| {
            let (timeline, window) = (timeline?, window?);
            let count = count(window.seconds(), step(timeline))?;
            Some(cut(timeline, window, window.seconds(), count, without_outages))
        };
        Sliced {
            baseline: alone(b, bw).unwrap_or_default(),
            run: alone(r, rw).unwrap_or_default(),
            aligned: false,
            from_s: rw.map_or(0, |w| w.from_s - w.start_s),
            length_s: rw.map_or(0.0, |w| w.seconds() as f64 / SLICES as f64),
        }
    }

    /// An endpoint's activity in the measured part; `None` without a timeline.
    pub fn inside(&self, endpoint: &Endpoint, is_run: bool, without_outages: bool) -> Option<IntervalSum> {
        let timeline = endpoint.timeline.as_ref()?;
        let window = if is_run { self.run } else { self.baseline }?;
        let mut inside = IntervalSum::default();
        let counts = |i: &&Interval| window.holds(i) && !(without_outages && is_outage(i));
        for interval in timeline.intervals.iter().filter(counts) {
            inside.add(interval);
        }
        let held = timeline.requests();
        // Locust's history may miss the end of a run; a timeline of other requests does not represent it.
        let covered =
            endpoint.requests.is_some_and(|n| held as f64 >= 0.9 * n as f64 && held as f64 <= 1.01 * n as f64);
        (covered && inside.requests > 0.0).then_some(inside)
    }
}

impl Window {
    fn seconds(&self) -> i64 {
        self.to_s.saturating_sub(self.from_s)
    }

    /// Decided by the middle of the interval.
    fn holds(&self, interval: &Interval) -> bool {
        let middle = middle(interval);
        middle >= 2 * i128::from(self.from_s) && middle <= 2 * i128::from(self.to_s)
    }
}

/// Whether two runs have similar durations.
fn alike(b: Window, r: Window) -> bool {
    let (b, r) = (b.seconds() as f64, r.seconds() as f64);
    (b - r).abs() <= DURATION_SHARE * b.max(r)
}

/// A timeline without its end without load.
fn window(timeline: &Timeline) -> Option<Window> {
    let (start_s, end_s) = (timeline.start_s()?, timeline.intervals.last()?.end_s);
    let mut to_s = end_s;
    if let Some(most) = timeline.max_users().filter(|most| *most > 0) {
        let busy = |i: &&Interval| i.users.is_none_or(|users| users as f64 >= FULL_USERS * most as f64);
        let last = timeline.intervals.iter().rev().find(busy).map_or(end_s, |i| i.end_s);
        if (end_s.saturating_sub(last)) as f64 <= DRAIN_SHARE * (end_s.saturating_sub(start_s)) as f64 {
            to_s = last;
        }
    }
    (to_s > start_s).then_some(Window { start_s, from_s: start_s, to_s })
}

/// Seconds of a run's warm-up; 0 if it was excluded before.
fn warmup_s(run: &Run, settings: &Settings) -> i64 {
    if run.left_out_s.is_some() || settings.mode == WarmupMode::None {
        return 0;
    }
    let by_users: Cut = warmup::cut_of(run, WarmupMode::Users, settings);
    let settled = warmup::cut_of(run, WarmupMode::Mser5, settings);
    let fixed =
        if settings.mode == WarmupMode::Fixed { warmup::cut_of(run, WarmupMode::Fixed, settings).seconds } else { 0 };
    let timeline = run.timeline.as_ref();
    let seconds = timeline.and_then(Timeline::duration_s).unwrap_or(0.0);
    let settled = if f64::from(settled.seconds) > SETTLED_SHARE * seconds { 0 } else { settled.seconds };
    // Steps and curves of users also reach their maximum.
    let stays = timeline.is_some_and(|t| {
        let from_s = t.start_s().unwrap_or(0).saturating_add(i64::from(by_users.seconds));
        let most = t.max_users().unwrap_or(0) as f64;
        let rest = || t.intervals.iter().filter(|i| i.end_s > from_s);
        let full = rest().filter(|i| i.users.is_some_and(|users| users as f64 >= FULL_USERS * most)).count();
        full as f64 >= FULL_SHARE * rest().count() as f64
    });
    let by_users = if stays { by_users.seconds } else { 0 };
    i64::from(by_users.max(settled).max(fixed))
}

/// Number of slices, each with at least two intervals.
fn count(seconds: i64, step: i64) -> Option<usize> {
    let most = seconds.checked_div(2 * step.max(1)).and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
    let most = if most < MIN_SLICES { usize::try_from(seconds / step.max(1)).unwrap_or(0) } else { most };
    (most >= MIN_SLICES).then_some(most.min(SLICES))
}

fn step(timeline: &Timeline) -> i64 {
    // The usual length: Locust's history sometimes skips a write.
    let mut lengths: Vec<u32> = timeline.intervals.iter().map(|i| i.length_s).collect();
    crate::order::sort(&mut lengths);
    lengths.get(lengths.len() / 2).map_or(1, |s| i64::from(*s)).max(1)
}

/// Whether most requests of an interval failed.
fn is_outage(interval: &Interval) -> bool {
    interval.requests > 0 && interval.failures.saturating_mul(2) >= interval.requests
}

/// Twice the middle of an interval, seconds since the epoch.
fn middle(interval: &Interval) -> i128 {
    2 * i128::from(interval.end_s) - i128::from(interval.length_s)
}

/// Slices of equal time, by the middles of the intervals.
fn cut(timeline: &Timeline, window: Window, seconds: i64, count: usize, without_outages: bool) -> Vec<IntervalSum> {
    let mut slices = vec![IntervalSum::default(); count];
    let twice = 2 * i128::from(seconds.max(1));
    for interval in timeline.intervals.iter().filter(|i| window.holds(i) && !(without_outages && is_outage(i))) {
        let at = (middle(interval) - 2 * i128::from(window.from_s)).max(0) * count as i128 / twice;
        if let Some(slice) = slices.get_mut(at as usize) {
            slice.add(interval);
        }
    }
    slices
}

/// The sum of some intervals.
#[derive(Debug, Clone, Default)]
pub(super) struct IntervalSum {
    pub requests: f64,
    pub failures: f64,
    sum_ms: f64,
    timed: f64,
    pub sketch: Sketch,
    /// The last sliding-window percentiles printed in it: p50 and p95, in milliseconds.
    windows_ms: (Option<f64>, Option<f64>),
}

impl IntervalSum {
    fn add(&mut self, interval: &Interval) {
        let n = interval.requests as f64;
        self.requests += n;
        self.failures += interval.failures as f64;
        let sum_ms = match (interval.sum_ns, interval.mean_ms) {
            (Some(sum), _) => Some(u128::from(sum) as f64 / 1e6),
            (None, mean) => mean.map(|mean| mean * n),
        };
        if let Some(sum_ms) = sum_ms {
            self.sum_ms += sum_ms;
            self.timed += n;
        }
        if let Some(sketch) = &interval.sketch {
            self.sketch.merge(sketch);
        }
        self.windows_ms.0 = interval.window_p50_ms.or(self.windows_ms.0);
        self.windows_ms.1 = interval.window_p95_ms.or(self.windows_ms.1);
    }

    /// The tool's sliding-window percentile at the end of the slice, if it has one.
    pub fn window_ms(&self, p: Percentile) -> Option<f64> {
        match p {
            Percentile::P50 => self.windows_ms.0,
            Percentile::P95 => self.windows_ms.1,
            _ => None,
        }
    }

    /// Mean response time in milliseconds; `None` without requests.
    pub fn mean_ms(&self) -> Option<f64> {
        (self.timed > 0.0).then(|| self.sum_ms / self.timed).filter(|mean| *mean > 0.0)
    }

    /// The share of response times in buckets above this one.
    pub fn above(&self, bucket: u16) -> Option<f64> {
        let n = self.sketch.count();
        (n > 0).then(|| self.sketch.above(bucket) as f64 / n as f64)
    }
}

/// The slices of one endpoint on both sides.
#[derive(Debug, Clone, Default)]
pub(super) struct Sliced {
    pub baseline: Vec<IntervalSum>,
    pub run: Vec<IntervalSum>,
    pub aligned: bool,
    /// Start of the first slice of the run, in seconds since its start.
    from_s: i64,
    length_s: f64,
}

impl Sliced {
    /// A figure of both sides' slices, paired: run − baseline, if both have one.
    pub fn paired(&self, figure: impl Fn(&IntervalSum, bool) -> Option<f64>) -> Vec<f64> {
        let pairs = self.baseline.iter().zip(&self.run);
        pairs.filter_map(|(b, r)| Some(figure(r, true)? - figure(b, false)?)).collect()
    }

    /// Whether the sliding windows of two slices share no requests: Locust's cover the last ten seconds.
    pub fn windows_apart(&self) -> bool {
        self.length_s >= WINDOW_S
    }

    /// Start of a slice of the run, in seconds since the run's start.
    pub fn begins_s(&self, slice: usize) -> u32 {
        (self.from_s as f64 + slice as f64 * self.length_s).max(0.0) as u32
    }

    /// The period of the run with nearly all of its failures, if short: seconds since its start.
    pub fn burst_s(&self) -> Option<(u32, u32)> {
        let counts: Vec<f64> = self.run.iter().map(|s| s.failures).collect();
        let all: f64 = counts.iter().sum();
        if all < MIN_IN_BURST {
            return None;
        }
        let longest = ((counts.len() as f64 * BURST_TIME) as usize).max(2);
        (1..=longest).find_map(|length| {
            let at = counts.windows(length).position(|w| w.iter().sum::<f64>() >= BURST_SHARE * all)?;
            Some((self.begins_s(at), self.begins_s(at + length)))
        })
    }

    /// Where the run's paired means depart from the baseline's: the slice from which on they are higher by at least
    /// twice the earlier difference, and by more than `least` on the log scale.
    pub fn since_s(&self, least: f64) -> Option<u32> {
        if !self.aligned {
            return None;
        }
        let means = self.paired(|s, _| s.mean_ms().map(libm::log));
        if means.len() != self.run.len() {
            return None;
        }
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let split = (2..means.len().saturating_sub(1)).map(|at| {
            let (before, after) = means.split_at(at);
            let (a, b) = (mean(before), mean(after));
            let rest: f64 =
                before.iter().map(|v| (v - a) * (v - a)).chain(after.iter().map(|v| (v - b) * (v - b))).sum();
            (at, a, b, rest)
        });
        let (at, before, after, rest) = split.reduce(|x, y| if y.3 < x.3 { y } else { x })?;
        let whole = mean(&means);
        let all: f64 = means.iter().map(|v| (v - whole) * (v - whole)).sum();
        (after > least && after > 2.0 * before.max(0.0) + least / 2.0 && rest < 0.5 * all).then(|| self.begins_s(at))
    }
}

/// Length of Locust's sliding window, in seconds.
const WINDOW_S: f64 = 10.0;
/// Minimum failures for a burst, …
const MIN_IN_BURST: f64 = 10.0;
/// … minimum share of all failures in it …
const BURST_SHARE: f64 = 0.8;
/// … and maximum share of the time.
const BURST_TIME: f64 = 0.15;
