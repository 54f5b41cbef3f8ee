//! One run over elapsed time, for the time overlay: its intervals, and sums of them.

use std::collections::BTreeMap;

use super::Over;
use super::canvas::Point;
use super::scale::time_step_s;
use crate::run::{Interval, Percentile, Sketch, Timeline};

/// The sum of several intervals.
#[derive(Default, Clone)]
pub(super) struct Sum {
    pub requests: u64,
    failures: u64,
    length_s: u64,
    /// Requests in the mean.
    timed: u64,
    mean_ms: f64,
    users: Option<u64>,
    /// Response times, where a percentile is asked for.
    sketch: Sketch,
    /// The last figure of the tool's sliding window.
    window_ms: Option<f64>,
}

impl Sum {
    fn add(&mut self, interval: &Interval, what: Over) {
        self.requests = self.requests.saturating_add(interval.requests);
        self.failures = self.failures.saturating_add(interval.failures);
        self.length_s = self.length_s.saturating_add(u64::from(interval.length_s));
        self.users = self.users.max(interval.users);
        if let Over::Percentile(p) = what {
            if let Some(sketch) = &interval.sketch {
                self.sketch.merge(sketch);
            }
            self.window_ms = window(interval, p).or(self.window_ms);
        }
        if let Some(mean) = interval.mean_ms.filter(|m| m.is_finite() && *m >= 0.0)
            && interval.requests > 0
        {
            self.timed = self.timed.saturating_add(interval.requests);
            // Incremental mean, to avoid overflow.
            self.mean_ms += (mean - self.mean_ms) * (interval.requests as f64 / self.timed as f64);
        }
    }

    /// The plotted value; `None` without requests, which have no response time and no error rate, and for a percentile
    /// with too few of them.
    pub(super) fn value(&self, what: Over) -> Option<f64> {
        match what {
            Over::Latency => (self.timed > 0).then_some(self.mean_ms),
            Over::Percentile(p) if self.sketch.count() > 0 => {
                let is_supported = self.sketch.count() as f64 * (1.0 - p.share()) >= 1.0 - 1e-9;
                self.sketch.quantile_ms(p.share()).filter(|_| is_supported)
            }
            Over::Percentile(_) => self.window_ms,
            Over::Throughput => (self.length_s > 0).then(|| self.requests as f64 / self.length_s as f64),
            Over::Errors => (self.requests > 0).then(|| self.failures as f64 / self.requests as f64 * 100.0),
            Over::Users => self.users.map(|users| users as f64),
        }
    }
}

/// Whether a percentile of an interval is known.
pub(super) fn knows(interval: &Interval, p: Percentile) -> bool {
    interval.sketch.as_ref().is_some_and(|sketch| sketch.count() > 0) || window(interval, p).is_some()
}

/// The tool's sliding-window figure at the end of an interval.
fn window(interval: &Interval, p: Percentile) -> Option<f64> {
    let ms = match p {
        Percentile::P50 => interval.window_p50_ms,
        Percentile::P95 => interval.window_p95_ms,
        _ => None,
    };
    ms.filter(|ms| ms.is_finite() && *ms >= 0.0 && interval.requests > 0)
}

/// One side's timeline for drawing.
#[derive(Default)]
pub(super) struct Series<'a> {
    /// Middle in seconds since the start of the run, and the interval.
    intervals: Vec<(f64, &'a Interval)>,
    /// Seconds from the start of the run to the end of its last interval.
    pub duration_s: f64,
    /// Seconds from the start that are left out as warm-up.
    pub left_out_s: u32,
    /// Over the whole run.
    pub whole: Sum,
    /// Shortest and longest interval in seconds.
    pub lengths_s: Option<(u32, u32)>,
}

impl<'a> Series<'a> {
    /// The timeline of a run whose first seconds are left out.
    pub(super) fn of(timeline: Option<&'a Timeline>, left_out_s: Option<u32>, what: Over) -> Self {
        let Some((timeline, start)) = timeline.and_then(|t| Some((t, t.start_s()?))) else { return Self::default() };
        let left_out_s = left_out_s.unwrap_or(0);
        let before = f64::from(left_out_s);
        let duration_s = timeline.duration_s().unwrap_or(0.0).max(0.0) + before;
        let mut series = Self { duration_s, left_out_s, ..Self::default() };
        for interval in &timeline.intervals {
            let middle = interval.end_s.saturating_sub(start) as f64 - f64::from(interval.length_s) / 2.0;
            series.whole.add(interval, what);
            series.intervals.push((middle + before, interval));
            let (least, most) = series.lengths_s.unwrap_or((interval.length_s, interval.length_s));
            series.lengths_s = Some((least.min(interval.length_s), most.max(interval.length_s)));
        }
        series
    }

    pub(super) fn count(&self) -> usize {
        self.intervals.len()
    }

    /// Length in seconds of a step that holds enough requests for a percentile; `None` without response times.
    fn least_s(&self, p: Percentile) -> Option<f64> {
        let per_s = self.whole.requests as f64 / self.whole.length_s.max(1) as f64;
        let needed = 2.0 / (1.0 - p.share()).max(1e-9);
        (self.whole.sketch.count() > 0 && per_s > 0.0).then_some(needed / per_s)
    }

    /// Sums over steps of this many seconds, by step number; without empty steps.
    pub(super) fn steps(&self, step_s: u64, what: Over) -> BTreeMap<u64, Sum> {
        let mut steps: BTreeMap<u64, Sum> = BTreeMap::new();
        for (middle, interval) in &self.intervals {
            steps.entry(middle.max(0.0) as u64 / step_s.max(1)).or_default().add(interval, what);
        }
        steps
    }

    /// Middle of an interval in seconds since the start, and its value; a new segment after each gap.
    pub(super) fn segments(&self, what: Over) -> Vec<Vec<Point>> {
        let mut segments = Vec::new();
        let mut segment: Vec<Point> = Vec::new();
        let mut last_end = None;
        for (middle, interval) in &self.intervals {
            let mut single = Sum::default();
            single.add(interval, what);
            let value = single.value(what);
            let begin = interval.end_s.saturating_sub(i64::from(interval.length_s));
            let unrecorded = last_end.is_some_and(|end| begin > end);
            if (value.is_none() || unrecorded) && !segment.is_empty() {
                segments.push(std::mem::take(&mut segment));
            }
            segment.extend(value.map(|value| (*middle, value)));
            last_end = Some(interval.end_s);
        }
        if !segment.is_empty() {
            segments.push(segment);
        }
        segments
    }

    /// The same of steps.
    pub(super) fn stepped(&self, step_s: u64, what: Over) -> Vec<Vec<Point>> {
        let mut segments = Vec::new();
        let mut segment: Vec<Point> = Vec::new();
        let mut last = None;
        for (i, sum) in self.steps(step_s, what) {
            let value = sum.value(what);
            if (value.is_none() || last.is_some_and(|last| last + 1 != i)) && !segment.is_empty() {
                segments.push(std::mem::take(&mut segment));
            }
            segment.extend(value.map(|value| (self.middle_s(i, step_s), value)));
            last = Some(i);
        }
        if !segment.is_empty() {
            segments.push(segment);
        }
        segments
    }

    /// The middle of a step, as far as the run goes.
    pub(super) fn middle_s(&self, step: u64, step_s: u64) -> f64 {
        let (from, to) = (step.saturating_mul(step_s) as f64, step.saturating_add(1).saturating_mul(step_s) as f64);
        (from.max(f64::from(self.left_out_s)) + to.min(self.duration_s.max(from))) / 2.0
    }
}

/// Maximum intervals of one run per pixel for drawing single ones; beyond, a line of means is drawn over their range.
const DENSE: f64 = 0.5;

/// Minimum width in pixels of a step with a mean.
const STEP: f64 = 5.0;

/// The step of the lines in seconds; `None` if every interval is drawn.
pub(super) fn line_step_s(sides: &[&Series<'_>], what: Over, duration_s: f64, width: f64) -> Option<u64> {
    let most = sides.iter().map(|s| s.count()).max().unwrap_or(0);
    let longest = sides.iter().filter_map(|s| s.lengths_s).map(|(_, most)| u64::from(most)).max().unwrap_or(0);
    let room = if most as f64 > width * DENSE { duration_s * STEP / width.max(1.0) } else { 0.0 };
    let needed = match what {
        Over::Percentile(p) => sides.iter().filter_map(|s| s.least_s(p)).fold(0.0, f64::max),
        _ => 0.0,
    };
    let step = time_step_s(room.max(needed));
    (room.max(needed) > 0.0 && step > longest).then_some(step)
}
