//! Both runs over the time since each began.

use std::collections::BTreeMap;

use super::axis::{BASELINE, Frame, Mark, RUN, legend};
use super::canvas::{Canvas, Point, Stroke, draw};
use super::scale::{Linear, Unit, from_zero, time_step_s, time_ticks};
use super::text::shorten;
use super::{Chart, Over, Size};
use crate::compare::{Comparison, Scope, Subject};
use crate::number;
use crate::run::{Interval, Timeline};

/// Rows of the table, about.
const TABLE_ROWS: f64 = 24.0;

/// A subject's response time, throughput or errors over elapsed time, each run from the beginning of its own first
/// interval; for the total the whole run's timeline where it has none of its own. `None` if no side has anything to
/// draw. More than two points per pixel are thinned to the smallest and largest of each column of pixels.
#[must_use]
pub fn time_overlay(comparison: &Comparison, subject: &Subject, what: Over, size: Size) -> Option<Chart> {
    let whole = |run| if subject.scope == Scope::Total { run } else { None };
    let baseline = subject.baseline.as_ref().and_then(|e| e.timeline.as_ref());
    let run = subject.run.as_ref().and_then(|e| e.timeline.as_ref());
    let baseline = Series::of(baseline.or(whole(comparison.baseline.timeline.as_ref())), what);
    let run = Series::of(run.or(whole(comparison.run.timeline.as_ref())), what);
    let values = || baseline.values().chain(run.values());
    let max = values().reduce(f64::max)?;
    let summary = summary(subject, what, &baseline, &run);

    let width = size.px();
    let height = if size.narrow { 200.0 } else { 240.0 };
    let duration = baseline.duration_s.max(run.duration_s);
    let (top, ticks) = from_zero(max, unit(what), 4);
    let frame = Frame::new((width, height), top, &ticks);
    let x = Linear::new((0.0, duration.max(1.0)), frame.x);
    let svg = draw(width, height, &summary, |canvas| {
        let width = interval_text(&[&baseline, &run]);
        legend(canvas, Mark::Lines, frame.x, &format!("{}, {width}", title(what)));
        frame.draw_values(canvas, &ticks);
        let count = ((frame.x.1 - frame.x.0) / 95.0) as u32;
        frame.draw_axis(canvas, time_ticks(duration, count).into_iter().map(|t| (x.px(t.value), t.label)));
        draw_series(canvas, &frame, &x, &baseline, BASELINE);
        draw_series(canvas, &frame, &x, &run, RUN);
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

/// Some intervals of a timeline taken together.
#[derive(Default, Clone, Copy)]
struct Sum {
    requests: u64,
    failures: u64,
    length_s: u64,
    /// Requests that the mean is of.
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
            // Step by step: a sum of large times would overflow.
            self.mean_ms += (mean - self.mean_ms) * (interval.requests as f64 / self.timed as f64);
        }
    }

    /// What is drawn; `None` where there is nothing to draw: no requests have no response time and no error rate.
    fn value(&self, what: Over) -> Option<f64> {
        match what {
            Over::Latency => (self.timed > 0).then_some(self.mean_ms),
            Over::Throughput => (self.length_s > 0).then(|| self.requests as f64 / self.length_s as f64),
            Over::Errors => (self.requests > 0).then(|| self.failures as f64 / self.requests as f64 * 100.0),
        }
    }
}

/// One side's timeline as it is drawn.
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

    fn values(&self) -> impl Iterator<Item = f64> {
        self.segments.iter().flatten().map(|(_, value)| *value)
    }
}

fn draw_series(canvas: &Canvas<'_>, frame: &Frame, x: &Linear, series: &Series, stroke: Stroke) {
    let place = |(at, value): &Point| (x.px(*at), frame.scale.px(*value));
    let segments = series.segments.iter().map(|s| s.iter().map(place).collect()).collect();
    for segment in thin(segments, frame.x.1 - frame.x.0) {
        match segment.as_slice() {
            [point] => canvas.dot(*point, stroke.width / 2.0 + 0.4, stroke.role),
            points => canvas.path(points, stroke),
        }
    }
}

/// Leaves at most two points in a column of pixels, its highest and its lowest, where there are more points than two
/// per pixel of `width`.
fn thin(segments: Vec<Vec<Point>>, width: f64) -> Vec<Vec<Point>> {
    if segments.iter().map(Vec::len).sum::<usize>() as f64 <= width * 2.0 {
        return segments;
    }
    let column = |point: &Point| point.0.floor();
    // A gap within one column of pixels cannot be seen.
    let mut joined: Vec<Vec<Point>> = Vec::new();
    for segment in segments {
        match (joined.last_mut(), segment.first()) {
            (Some(last), Some(next)) if last.last().map(column) == Some(column(next)) => last.extend(segment),
            _ => joined.push(segment),
        }
    }
    let extremes = |points: &[Point]| {
        let by_y = |a: &(usize, &Point), b: &(usize, &Point)| a.1.1.total_cmp(&b.1.1);
        let lowest = points.iter().enumerate().min_by(by_y);
        let highest = points.iter().enumerate().max_by(by_y);
        let mut both: Vec<_> = lowest.into_iter().chain(highest).collect();
        both.sort_by_key(|(i, _)| *i);
        both.dedup_by_key(|(i, _)| *i);
        both.into_iter().map(|(_, point)| *point).collect::<Vec<_>>()
    };
    let columns = |segment: Vec<Point>| segment.chunk_by(|a, b| column(a) == column(b)).flat_map(extremes).collect();
    joined.into_iter().map(columns).collect()
}

/// How long one interval is: `1 s each`.
fn interval_text(sides: &[&Series]) -> String {
    let lengths = sides.iter().filter_map(|s| s.lengths_s).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
    match lengths {
        Some((least, most)) if least < most => {
            format!("{} to {} each", number::duration_s(least.into()), number::duration_s(most.into()))
        }
        Some((least, _)) => format!("{} each", number::duration_s(least.into())),
        None => "no intervals".into(),
    }
}

fn summary(subject: &Subject, what: Over, baseline: &Series, run: &Series) -> String {
    let what_text = match what {
        Over::Latency => "Mean response time",
        Over::Throughput => "Requests per second",
        Over::Errors => "Failed requests in percent",
    };
    let mut summary = format!(
        "{what_text} of {} over elapsed time, in intervals of {}.",
        shorten(&subject.label(), 80),
        interval_text(&[baseline, run]).trim_end_matches(" each"),
    );
    let side = |name: &str, series: &Series| {
        let value = series.whole.value(what)?;
        Some(format!("{name} {} over {}", value_text(what, value), number::duration_s(series.duration_s)))
    };
    let sides: Vec<_> = side("baseline", baseline).into_iter().chain(side("run", run)).collect();
    summary.push_str(&format!(" On average: {}.", sides.join(", ")));
    summary
}

/// The same in round steps, few enough to be read out.
fn table(baseline: &Series, run: &Series, what: Over, duration_s: f64) -> (Vec<String>, Vec<Vec<String>>) {
    let step = time_step_s(duration_s / TABLE_ROWS);
    let mut rows: BTreeMap<u64, [Sum; 2]> = BTreeMap::new();
    for (side, series) in [baseline, run].into_iter().enumerate() {
        for (middle, interval) in &series.intervals {
            let sums = rows.entry(middle.max(0.0) as u64 / step).or_default();
            if let Some(sum) = sums.get_mut(side) {
                sum.add(interval);
            }
        }
    }
    let cell = |sum: &Sum| sum.value(what).map_or_else(|| "–".to_owned(), |value| value_text(what, value));
    let rows = rows.into_iter().map(|(i, sums)| {
        let mut row = vec![number::duration_s(i.saturating_mul(step) as f64)];
        row.extend(sums.iter().map(cell));
        row
    });
    let header = vec![
        format!("Elapsed, {} each", number::duration_s(step as f64)),
        format!("Baseline {}", title(what)),
        format!("Run {}", title(what)),
    ];
    (header, rows.collect())
}
