//! Both runs over the time since their starts.

use std::collections::BTreeMap;

use super::axis::{BASELINE, Caption, Frame, Mark, RUN, legend};
use super::canvas::{Canvas, Point, Stroke, draw};
use super::scale::{Linear, Unit, from_zero, time_step_s, time_ticks};
use super::text::shorten;
use super::{Chart, Over, Size};
use crate::compare::{Comparison, Scope, Subject};
use crate::number;
use crate::run::{Interval, Timeline};

/// Approximate number of table rows.
const TABLE_ROWS: f64 = 24.0;

/// A subject's response time, throughput or errors over elapsed time, each run from the start of its own first
/// interval; for a total without a timeline, that of the whole run. `None` if no side has data. With too many intervals
/// to distinguish, a line shows the mean of longer, stated steps, over the range (smallest to largest) of the intervals
/// in each column of pixels.
#[must_use]
pub fn time_overlay(comparison: &Comparison, subject: &Subject, what: Over, size: Size) -> Option<Chart> {
    let whole = |run| if subject.scope == Scope::Total { run } else { None };
    let baseline = subject.baseline.as_ref().and_then(|e| e.timeline.as_ref());
    let run = subject.run.as_ref().and_then(|e| e.timeline.as_ref());
    let baseline = Series::of(baseline.or(whole(comparison.baseline.timeline.as_ref())), what);
    let run = Series::of(run.or(whole(comparison.run.timeline.as_ref())), what);
    let values = || baseline.values().chain(run.values());
    let max = values().reduce(f64::max)?;
    let width = size.px();
    let height = if size.narrow { 210.0 } else { 250.0 };
    let duration = baseline.duration_s.max(run.duration_s);
    let (top, ticks) = from_zero(max, unit(what), 5);
    let frame = Frame::new((width, height), top, &ticks);
    let x = Linear::new((0.0, duration.max(1.0)), frame.x);
    let room = frame.x.1 - frame.x.0;
    let sides = [&baseline, &run];
    let step = mean_step_s(&sides, duration, room);
    let summary = summary(subject, what, &baseline, &run, step);
    let svg = draw(width, height, &summary, |canvas| {
        let (title, each) = (title(what), interval_text(&sides));
        let captions = match step.map(|s| number::duration_s(s as f64)) {
            Some(step) => [
                format!("{title}, {step} intervals; shaded: range of {each} intervals"),
                format!("{title}, {step} intervals"),
            ],
            None => [format!("{title}, {each} intervals"), title.to_owned()],
        };
        let from = if size.narrow { 0.0 } else { frame.x.0 };
        legend(canvas, Mark::Lines, (from, frame.x.1), &captions.each_ref().map(|text| Caption::Text(text)));
        frame.draw_values(canvas, &ticks);
        let times = time_ticks(duration, (room / 80.0) as u32);
        frame.draw_axis(canvas, times.into_iter().map(|t| (x.px(t.value), t.label)));
        draw_series(canvas, &frame, &x, &baseline, what, step, BASELINE);
        draw_series(canvas, &frame, &x, &run, what, step, RUN);
    });
    Some(Chart { svg, summary, table: table(&baseline, &run, what, duration) })
}

fn title(what: Over) -> &'static str {
    match what {
        Over::Latency => "mean response time",
        Over::Throughput => "requests per second",
        Over::Errors => "failed requests",
    }
}

fn unit(what: Over) -> Unit {
    match what {
        Over::Latency => Unit::Latency,
        Over::Throughput => Unit::Rate,
        Over::Errors => Unit::Percent,
    }
}

fn value_text(what: Over, value: f64) -> String {
    match what {
        Over::Latency => number::latency_ms(value),
        Over::Throughput => format!("{} /s", number::rate(value)),
        Over::Errors => number::percent(value),
    }
}

/// The sum of several intervals.
#[derive(Default, Clone, Copy)]
struct Sum {
    requests: u64,
    failures: u64,
    length_s: u64,
    /// Requests in the mean.
    timed: u64,
    mean_ms: f64,
}

impl Sum {
    fn add(&mut self, interval: &Interval) {
        self.requests = self.requests.saturating_add(interval.requests);
        self.failures = self.failures.saturating_add(interval.failures);
        self.length_s = self.length_s.saturating_add(u64::from(interval.length_s));
        if let Some(mean) = interval.mean_ms.filter(|m| m.is_finite() && *m >= 0.0)
            && interval.requests > 0
        {
            self.timed = self.timed.saturating_add(interval.requests);
            // Incremental mean, to avoid overflow.
            self.mean_ms += (mean - self.mean_ms) * (interval.requests as f64 / self.timed as f64);
        }
    }

    /// The plotted value; `None` without requests, which have no response time and no error rate.
    fn value(&self, what: Over) -> Option<f64> {
        match what {
            Over::Latency => (self.timed > 0).then_some(self.mean_ms),
            Over::Throughput => (self.length_s > 0).then(|| self.requests as f64 / self.length_s as f64),
            Over::Errors => (self.requests > 0).then(|| self.failures as f64 / self.requests as f64 * 100.0),
        }
    }
}

/// One side's timeline for drawing.
#[derive(Default)]
struct Series {
    /// Middle of an interval in seconds since the start, and its value; a new segment after each gap.
    segments: Vec<Vec<Point>>,
    /// Middle in seconds since the start and the interval.
    intervals: Vec<(f64, Interval)>,
    duration_s: f64,
    /// Over the whole run.
    whole: Sum,
    /// Shortest and longest interval in seconds.
    lengths_s: Option<(u32, u32)>,
}

impl Series {
    fn of(timeline: Option<&Timeline>, what: Over) -> Self {
        let Some((timeline, start)) = timeline.and_then(|t| Some((t, t.start_s()?))) else { return Self::default() };
        let mut series = Self { duration_s: timeline.duration_s().unwrap_or(0.0).max(0.0), ..Self::default() };
        let mut segment: Vec<Point> = Vec::new();
        let mut last_end = start;
        for interval in &timeline.intervals {
            let middle = interval.end_s.saturating_sub(start) as f64 - f64::from(interval.length_s) / 2.0;
            let mut single = Sum::default();
            single.add(interval);
            let value = single.value(what);
            let unrecorded = interval.end_s.saturating_sub(i64::from(interval.length_s)) > last_end;
            if (value.is_none() || unrecorded) && !segment.is_empty() {
                series.segments.push(std::mem::take(&mut segment));
            }
            segment.extend(value.map(|value| (middle, value)));
            last_end = interval.end_s;
            series.whole.add(interval);
            series.intervals.push((middle, interval.clone()));
            let (least, most) = series.lengths_s.unwrap_or((interval.length_s, interval.length_s));
            series.lengths_s = Some((least.min(interval.length_s), most.max(interval.length_s)));
        }
        if !segment.is_empty() {
            series.segments.push(segment);
        }
        series
    }

    /// Sums over steps of this many seconds, by step number; without empty steps.
    fn steps(&self, step_s: u64) -> BTreeMap<u64, Sum> {
        let mut steps: BTreeMap<u64, Sum> = BTreeMap::new();
        for (middle, interval) in &self.intervals {
            steps.entry(middle.max(0.0) as u64 / step_s.max(1)).or_default().add(interval);
        }
        steps
    }

    fn values(&self) -> impl Iterator<Item = f64> {
        self.segments.iter().flatten().map(|(_, value)| *value)
    }
}

/// Maximum intervals of one run per pixel for drawing single ones; beyond, a line of means is drawn over their range.
const DENSE: f64 = 0.5;

/// Width in pixels of a column with a range, and minimum width of a step with a mean.
const COLUMN: f64 = 2.0;
const STEP: f64 = 5.0;

/// The step of the lines of means in seconds; `None` if every interval is drawn.
fn mean_step_s(sides: &[&Series], duration_s: f64, width: f64) -> Option<u64> {
    let most = sides.iter().map(|s| s.intervals.len()).max().unwrap_or(0);
    let step = time_step_s(duration_s * STEP / width.max(1.0));
    let longest = sides.iter().filter_map(|s| s.lengths_s).map(|(_, most)| u64::from(most)).max().unwrap_or(0);
    (most as f64 > width * DENSE && step > longest).then_some(step)
}

fn draw_series(
    canvas: &Canvas<'_>,
    frame: &Frame,
    x: &Linear,
    series: &Series,
    what: Over,
    step_s: Option<u64>,
    stroke: Stroke,
) {
    let place = |(at, value): &Point| (x.px(*at), frame.scale.px(*value));
    let Some(step) = step_s else {
        for segment in &series.segments {
            draw_segment(canvas, &segment.iter().map(place).collect::<Vec<_>>(), stroke);
        }
        return;
    };
    for columns in ranges(&series.segments.iter().map(|s| s.iter().map(place).collect()).collect::<Vec<Vec<_>>>()) {
        let upper = columns.iter().map(|c| (c.x, c.top));
        let lower = columns.iter().rev().map(|c| (c.x, c.bottom));
        canvas.area(&upper.chain(lower).collect::<Vec<_>>(), stroke.role, 0.2);
    }
    let mut segment: Vec<Point> = Vec::new();
    let mut last = None;
    for (i, sum) in series.steps(step) {
        let value = sum.value(what);
        if value.is_none() || last.is_some_and(|last| last + 1 != i) {
            draw_segment(canvas, &std::mem::take(&mut segment), stroke);
        }
        let (from, to) = (i.saturating_mul(step) as f64, i.saturating_add(1).saturating_mul(step) as f64);
        segment.extend(value.map(|value| place(&((from + to.min(series.duration_s)) / 2.0, value))));
        last = Some(i);
    }
    draw_segment(canvas, &segment, stroke);
}

fn draw_segment(canvas: &Canvas<'_>, segment: &[Point], stroke: Stroke) {
    match segment {
        [] => {}
        [point] => canvas.dot(*point, stroke.width / 2.0 + 0.4, stroke.role),
        points => canvas.path(points, stroke),
    }
}

/// Smallest and largest of a column of pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Column {
    x: f64,
    top: f64,
    bottom: f64,
}

/// The range of each column, by segment: at most two points per [`COLUMN`] pixels. Gaps within a column are not shown.
fn ranges(segments: &[Vec<Point>]) -> Vec<Vec<Column>> {
    let mut ranges: Vec<Vec<Column>> = Vec::new();
    for segment in segments {
        let mut open = false;
        for (x, y) in segment {
            let x = ((x / COLUMN).floor() + 0.5) * COLUMN;
            let last = ranges.last_mut();
            match last.as_ref().and_then(|columns| columns.last()).copied() {
                Some(column) if column.x == x => {
                    let joined = Column { x, top: column.top.min(*y), bottom: column.bottom.max(*y) };
                    if let Some(place) = last.and_then(|columns| columns.last_mut()) {
                        *place = joined;
                    }
                }
                _ => {
                    let column = Column { x, top: *y, bottom: *y };
                    match last {
                        Some(columns) if open => columns.push(column),
                        _ => ranges.push(vec![column]),
                    }
                }
            }
            open = true;
        }
    }
    ranges
}

/// Length of an interval: `1 s`, `1 to 3 s`.
fn interval_text(sides: &[&Series]) -> String {
    let lengths = sides.iter().filter_map(|s| s.lengths_s).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
    match lengths {
        Some((least, most)) if least < most => {
            format!("{} to {}", number::duration_s(least.into()), number::duration_s(most.into()))
        }
        Some((least, _)) => number::duration_s(least.into()),
        None => "interval".into(),
    }
}

fn summary(subject: &Subject, what: Over, baseline: &Series, run: &Series, step_s: Option<u64>) -> String {
    let what_text = match what {
        Over::Latency => "Mean response time",
        Over::Throughput => "Throughput",
        Over::Errors => "Failed requests in percent",
    };
    let mut summary = format!(
        "{what_text} of {} over elapsed time, in intervals of {}{}.",
        shorten(&subject.label(), 80),
        interval_text(&[baseline, run]),
        step_s.map_or_else(String::new, |step| {
            format!(", drawn as the mean of {} before their range", number::duration_s(step as f64))
        }),
    );
    let side = |name: &str, series: &Series| {
        let value = series.whole.value(what)?;
        Some(format!("{name} {} over {}", value_text(what, value), number::duration_s(series.duration_s)))
    };
    let sides: Vec<_> = side("baseline", baseline).into_iter().chain(side("run", run)).collect();
    summary.push_str(&format!(" On average: {}.", sides.join(", ")));
    summary
}

/// The data in round steps, few enough for a screen reader.
fn table(baseline: &Series, run: &Series, what: Over, duration_s: f64) -> (Vec<String>, Vec<Vec<String>>) {
    let step = time_step_s(duration_s / TABLE_ROWS);
    let sides = [baseline, run].map(|series| series.steps(step));
    let steps = crate::order::set(sides.iter().flat_map(BTreeMap::keys).copied());
    let cell = |sum: Option<&Sum>| {
        sum.and_then(|sum| sum.value(what)).map_or_else(|| "–".to_owned(), |value| value_text(what, value))
    };
    let rows = steps.into_iter().map(|i| {
        let mut row = vec![number::duration_s(i.saturating_mul(step) as f64)];
        row.extend(sides.iter().map(|steps| cell(steps.get(&i))));
        row
    });
    let header = vec![
        format!("Elapsed, {} each", number::duration_s(step as f64)),
        format!("Baseline {}", title(what)),
        format!("Run {}", title(what)),
    ];
    (header, rows.collect())
}
