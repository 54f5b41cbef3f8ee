//! A metric of one endpoint over the runs of a history.

use super::axis::{Caption, Frame, SMALL, caption};
use super::canvas::{Anchor, Canvas, Point, Stroke, crisp, draw};
use super::points::Points;
use super::scale::{Linear, Unit, from_zero};
use super::text::{fit, shorten};
use super::theme::Role;
use super::{Chart, Size};
use crate::history::{History, Segment, State, Trend};
use crate::number;
use crate::run::Metric;

/// The runs' line: thinner than in a chart of two runs, since it has a point a run.
const VALUES: Stroke = Stroke::new(Role::Run, 1.4);
/// Mean of a level.
const LEVEL: Stroke = Stroke::new(Role::Ink, 1.2);
/// A release.
const RELEASE: Stroke = Stroke::new(Role::Baseline, 1.0);

/// Runs up to which every run has a dot.
const DOTS: usize = 120;

/// Width of a column of pixels with several runs.
const COLUMN: f64 = 2.0;

/// Labels of releases that are drawn at most; the newest.
const RELEASES: usize = 40;

/// A metric over the runs: a line, the interval of each level, its mean, the changes between levels, and releases. Every
/// run has the same width, whatever the time between them. `None` without values. With more runs than pixels, the range
/// of the runs in each column is drawn.
#[must_use]
pub fn trend(history: &History, trend: &Trend, size: Size) -> Option<Chart> {
    let intervals = || trend.segments.iter().filter_map(|segment| segment.next);
    let max =
        trend.values.iter().map(|(_, value)| *value).chain(intervals().map(|(_, upper)| upper)).reduce(f64::max)?;
    let width = size.px();
    let height = if size.narrow { 210.0 } else { 250.0 };
    let (top, ticks) = from_zero(max, unit(&trend.metric), 5);
    let frame = Frame::new((width, height), top, &ticks);
    let last = history.runs.len().saturating_sub(1).max(1);
    let x = Linear::new((0.0, last as f64), (frame.x.0 + 6.0, frame.x.1 - 6.0));
    let summary = summary(history, trend);
    let svg = draw(width, height, &summary, |canvas| {
        let captions = [
            "line: runs; shaded: where 95 % of the next runs of a level lie; vertical: change of level",
            "shaded: 95 % of the next runs of a level",
            "95 % of the next runs",
        ];
        caption(canvas, (frame.x.0, frame.x.1), &captions.map(Caption::Shaded));
        frame.draw_values(canvas, &ticks);
        releases(canvas, &frame, &x, history);
        trend.segments.iter().for_each(|segment| level(canvas, &frame, &x, trend, segment));
        values(canvas, &frame, &x, trend);
        trend.segments.iter().enumerate().for_each(|(at, segment)| change(canvas, &frame, &x, trend, at, segment));
        frame.draw_axis(canvas, days(history, &x, &frame));
    });
    let points = pointed(history, trend, &frame, &x);
    Some(Chart { svg, summary, table: table(history, trend), points, rows: Vec::new() })
}

/// The runs; of many only as many as can be told apart.
fn pointed(history: &History, trend: &Trend, frame: &Frame, x: &Linear) -> String {
    let mut points = Points::new("runs", frame.x, frame.y, &["Day", "Value"]);
    let every = trend.values.len().div_ceil(((frame.x.1 - frame.x.0) / COLUMN).max(1.0) as usize).max(1);
    for (run, value) in trend.values.iter().step_by(every) {
        let at = *run as f64;
        let cells = [history.run_name(*run), history.day(*run), trend.figure(*value)];
        points.push(at, x.px(at), [None, Some(frame.scale.px(*value))], &cells.each_ref().map(String::as_str));
    }
    points.text()
}

fn unit(metric: &Metric) -> Unit {
    match metric {
        Metric::ErrorRate => Unit::Percent,
        Metric::Rps => Unit::Rate,
        _ => Unit::Latency,
    }
}

/// Days of runs as the labels of the axis, as many as fit.
fn days(history: &History, x: &Linear, frame: &Frame) -> impl Iterator<Item = (f64, String)> {
    let count = history.runs.len();
    let fit = (((frame.x.1 - frame.x.0) / 100.0) as usize).clamp(1, 12);
    let step = count.div_ceil(fit).max(1);
    (0..count).step_by(step).map(|run| (x.px(run as f64), history.day(run))).collect::<Vec<_>>().into_iter()
}

/// A line at each run whose label is another than that of the run before.
fn releases(canvas: &Canvas<'_>, frame: &Frame, x: &Linear, history: &History) {
    let mut before: Option<&str> = None;
    let mut marks = Vec::new();
    for (run, entry) in history.runs.iter().enumerate() {
        let Some(label) = entry.label.as_deref() else { continue };
        if before != Some(label) {
            marks.push((x.px(run as f64), label));
        }
        before = Some(label);
    }
    let mut free = f64::NEG_INFINITY;
    for (at, label) in marks.iter().skip(marks.len().saturating_sub(RELEASES)) {
        canvas.line((crisp(*at), frame.y.0), (crisp(*at), frame.y.1), RELEASE.alpha(0.5));
        let label = fit(label, SMALL, 90.0);
        let end = at + 4.0 + SMALL.width(&label);
        if *at > free && end < frame.x.1 {
            canvas.text((at + 3.0, frame.y.1 - 8.0), Anchor::Start, SMALL, Role::Muted, &label);
            free = end + 4.0;
        }
    }
}

/// Whether a level is one of those that are worse than the last good one.
fn is_bad(trend: &Trend, first: usize) -> bool {
    matches!(trend.state, State::Broken { since } | State::Suspected { since } if first >= since)
}

/// A level: its interval, and its mean.
fn level(canvas: &Canvas<'_>, frame: &Frame, x: &Linear, trend: &Trend, segment: &Segment) {
    let Some((first, last)) = trend.runs(segment) else { return };
    let (from, to) = (x.px(first as f64) - 3.0, x.px(last as f64) + 3.0);
    let (role, alpha) = if is_bad(trend, first) { (Role::Critical, 0.16) } else { (Role::Baseline, 0.26) };
    if let Some((lower, upper)) = segment.next {
        canvas.rect((from, frame.scale.px(upper)), (to, frame.scale.px(lower)), role, alpha);
    }
    let y = frame.scale.px(segment.mean);
    canvas.line((from, y), (to, y), LEVEL);
}

/// The runs.
fn values(canvas: &Canvas<'_>, frame: &Frame, x: &Linear, trend: &Trend) {
    let points: Vec<Point> =
        trend.values.iter().map(|(run, value)| (x.px(*run as f64), frame.scale.px(*value))).collect();
    if points.len() as f64 <= (frame.x.1 - frame.x.0) {
        if points.len() > 1 {
            canvas.path(&points, VALUES);
        }
        if points.len() <= DOTS {
            points.iter().for_each(|point| canvas.dot(*point, 2.2, Role::Run));
        }
        return;
    }
    // Highest and lowest run of each column of pixels.
    let mut columns: Vec<(f64, f64, f64)> = Vec::new();
    for (at, y) in points {
        let column = ((at / COLUMN).floor() + 0.5) * COLUMN;
        match columns.last_mut() {
            Some((last, top, bottom)) if *last == column => (*top, *bottom) = (top.min(y), bottom.max(y)),
            _ => columns.push((column, y, y)),
        }
    }
    let upper = columns.iter().map(|(at, top, _)| (*at, *top));
    let lower = columns.iter().rev().map(|(at, _, bottom)| (*at, *bottom));
    canvas.area(&upper.chain(lower).collect::<Vec<_>>(), Role::Run, 0.45);
}

/// A change of level, with its size.
fn change(canvas: &Canvas<'_>, frame: &Frame, x: &Linear, trend: &Trend, at: usize, segment: &Segment) {
    let Some((change, (first, _))) = segment.change.zip(trend.runs(segment)) else { return };
    let role = if change.worse { Role::Critical } else { Role::Improved };
    let place = crisp(x.px(first as f64) - 3.0);
    canvas.line((place, frame.y.0), (place, frame.y.1), Stroke::new(role, 1.4));
    // Only the newest changes are named, so that names do not cover each other.
    if at + 3 >= trend.segments.len() {
        let sign = if change.worse { '▲' } else { '▼' };
        let size = change.pct.map_or_else(|| trend.figure(segment.mean), number::percent_change);
        let text = format!("{sign} {size}");
        let before = place - 4.0 - SMALL.width(&text) > frame.x.0;
        let (anchor, at) = if before { (Anchor::End, place - 4.0) } else { (Anchor::Start, place + 4.0) };
        canvas.text((at, frame.y.0 + 8.0), anchor, SMALL, role, &text);
    }
}

fn summary(history: &History, trend: &Trend) -> String {
    let subject = history.subjects.get(trend.subject).map(crate::history::read::Subject::label).unwrap_or_default();
    let changes = trend.segments.len().saturating_sub(1);
    let mut summary = format!(
        "{} of {} over {} runs: {}.",
        trend.metric.title(),
        shorten(&subject, 80),
        number::count(trend.values.len() as u64),
        match changes {
            0 => "no change of level".to_owned(),
            1 => "one change of level".to_owned(),
            n => format!("{n} changes of level"),
        }
    );
    if let Some(((before, now), since)) = trend.compared().zip(trend.state.since()) {
        summary.push_str(&format!(
            " {} since {}: {} before, {} now.",
            trend.state.title(),
            history.run_name(since),
            trend.figure(before.mean),
            trend.figure(now.mean)
        ));
    }
    summary
}

fn table(history: &History, trend: &Trend) -> (Vec<String>, Vec<Vec<String>>) {
    let header = ["Runs", "From", "To", "Mean", "95 % of the next runs", "Noise", "Change"].map(str::to_owned).into();
    let none = || "–".to_owned();
    let rows = trend.segments.iter().filter_map(|segment| {
        let (first, last) = trend.runs(segment)?;
        Some(vec![
            format!("{} to {}", first + 1, last + 1),
            history.day(first),
            history.day(last),
            trend.figure(segment.mean),
            segment.next.map_or_else(none, |(low, high)| format!("{} to {}", trend.figure(low), trend.figure(high))),
            segment.noise_pct.map_or_else(none, number::percent),
            segment.change.and_then(|change| change.pct).map_or_else(none, number::percent_change),
        ])
    });
    (header, rows.collect())
}
