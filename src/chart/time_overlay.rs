//! Both runs over the time since their starts.

use std::collections::BTreeMap;

use super::axis::{BASELINE, Caption, Frame, Mark, RUN, SHADE, SMALL, legend};
use super::canvas::{Anchor, Canvas, Point, Stroke, draw};
use super::points::Points;
use super::scale::{Linear, Unit, from_zero, time_step_s, time_ticks};
use super::text::shorten;
use super::theme::Role;
use super::time_series::{Series, Sum, knows, line_step_s};
use super::{Chart, Over, Size};
use crate::compare::{Change, Comparison, Scope, Subject};
use crate::number;
use crate::run::{Endpoint, Percentile, Run};

/// Approximate number of table rows.
const TABLE_ROWS: f64 = 24.0;

/// Width in pixels of a column with a range; narrower ones would double the size of a file.
const COLUMN: f64 = 4.0;

/// A subject's response time, throughput, errors or users over elapsed time, each run from the start of its own first
/// interval, the warm-up included; for a total without a timeline, that of the whole run. `None` if no side has data.
/// With too many intervals to distinguish, a line shows the mean of longer, stated steps, over the range (smallest to
/// largest) of the intervals in each column of pixels. Percentiles are of steps with enough requests.
#[must_use]
pub fn time_overlay(comparison: &Comparison, subject: &Subject, what: Over, size: Size) -> Option<Chart> {
    let whole = |run| if subject.scope == Scope::Total { run } else { None };
    let baseline = subject.baseline.as_ref().and_then(|e| e.timeline.as_ref());
    let run = subject.run.as_ref().and_then(|e| e.timeline.as_ref());
    let (before, after) = (&comparison.baseline, &comparison.run);
    let baseline = Series::of(baseline.or(whole(before.timeline.as_ref())), before.left_out_s, what);
    let run = Series::of(run.or(whole(after.timeline.as_ref())), after.left_out_s, what);
    let sides = [&baseline, &run];
    let width = size.px();
    let height = if size.narrow { 210.0 } else { 250.0 };
    let duration = baseline.duration_s.max(run.duration_s);
    // The axis' labels take some 60 pixels.
    let step = line_step_s(&sides, what, duration, width - 60.0);
    let lines = sides.map(|side| step.map_or_else(|| side.segments(what), |step| side.stepped(step, what)));
    let is_ranged = step.is_some() && matches!(what, Over::Latency | Over::Throughput | Over::Errors);
    let ranges = sides.map(|side| if is_ranged { side.segments(what) } else { Vec::new() });
    let max = lines.iter().chain(&ranges).flatten().flatten().map(|(_, value)| *value).reduce(f64::max)?;
    let (top, ticks) = from_zero(max, unit(what), 5);
    let frame = Frame::new((width, height), top, &ticks);
    let x = Linear::new((0.0, duration.max(1.0)), frame.x);
    let room = frame.x.1 - frame.x.0;
    let summary = summary(subject, what, &baseline, &run, step);
    let svg = draw(width, height, &summary, |canvas| {
        let captions = captions(what, step, is_ranged, &interval_text(&sides));
        let from = if size.narrow { 0.0 } else { frame.x.0 };
        legend(canvas, Mark::Lines, (from, frame.x.1), &captions.each_ref().map(|text| Caption::Text(text)));
        left_out(canvas, &frame, x.px(f64::from(baseline.left_out_s.max(run.left_out_s))));
        frame.draw_values(canvas, &ticks);
        let times = time_ticks(duration, (room / 80.0) as u32);
        frame.draw_axis(canvas, times.into_iter().map(|t| (x.px(t.value), t.label)));
        let place = |(at, value): &Point| (x.px(*at), frame.scale.px(*value));
        let placed = |line: &Vec<Point>| line.iter().map(place).collect::<Vec<_>>();
        for ((line, range), stroke) in lines.iter().zip(&ranges).zip([BASELINE, RUN.dashed()]) {
            for columns in columns(&range.iter().map(placed).collect::<Vec<_>>()) {
                let upper = columns.iter().map(|c| (c.x, c.top));
                let lower = columns.iter().rev().map(|c| (c.x, c.bottom));
                canvas.area(&upper.chain(lower).collect::<Vec<_>>(), stroke.role, 0.2);
            }
            line.iter().for_each(|line| draw_segment(canvas, &placed(line), stroke));
        }
    });
    let (points, table) = (points(sides, what, step, &frame, &x), table(sides, what, duration));
    Some(Chart { svg, summary, table, points, rows: Vec::new() })
}

/// What of the response times over time is known of a subject: the mean, and percentiles.
#[must_use]
pub fn latencies_over_time(comparison: &Comparison, subject: &Subject) -> Vec<Over> {
    let of = |endpoint: Option<&Endpoint>, run: &Run| {
        let own = endpoint.and_then(|e| e.timeline.as_ref());
        let timeline = own.or(run.timeline.as_ref().filter(|_| subject.scope == Scope::Total));
        let known = |p| timeline.is_some_and(|timeline| timeline.intervals.iter().any(|i| knows(i, p)));
        [Percentile::P50, Percentile::P95, Percentile::P99].map(known)
    };
    let baseline = of(subject.baseline.as_ref(), &comparison.baseline);
    let run = of(subject.run.as_ref(), &comparison.run);
    let percentiles = [Percentile::P50, Percentile::P95, Percentile::P99].into_iter().zip(baseline).zip(run);
    let known = percentiles.filter(|((_, baseline), run)| *baseline || *run).map(|((p, _), _)| Over::Percentile(p));
    std::iter::once(Over::Latency).chain(known).collect()
}

/// Shades the warm-up that is left out.
fn left_out(canvas: &Canvas<'_>, frame: &Frame, to: f64) {
    if to <= frame.x.0 {
        return;
    }
    canvas.rect((frame.x.0, frame.y.0), (to, frame.y.1), Role::Muted, SHADE);
    let text = "left out";
    if SMALL.width(text) + 8.0 < to - frame.x.0 {
        canvas.text((frame.x.0 + 4.0, frame.y.0 + 9.0), Anchor::Start, SMALL, Role::Muted, text);
    }
}

/// What is drawn, in words, longest first.
fn captions(what: Over, step: Option<u64>, is_ranged: bool, each: &str) -> [String; 2] {
    let title = title(what);
    match step.map(|s| number::duration_s(s as f64)) {
        Some(step) if is_ranged => [
            format!("{title}, {step} intervals; shaded: range of {each} intervals"),
            format!("{title}, {step} intervals"),
        ],
        Some(step) => [format!("{title}, {step} intervals"), title],
        None => [format!("{title}, {each} intervals"), title],
    }
}

fn title(what: Over) -> String {
    match what {
        Over::Latency => "mean response time".to_owned(),
        Over::Percentile(p) => format!("p{p} response time"),
        Over::Throughput => "requests per second".to_owned(),
        Over::Errors => "failed requests".to_owned(),
        Over::Users => "users".to_owned(),
    }
}

fn unit(what: Over) -> Unit {
    match what {
        Over::Latency | Over::Percentile(_) => Unit::Latency,
        Over::Throughput => Unit::Rate,
        Over::Errors => Unit::Percent,
        Over::Users => Unit::Count,
    }
}

fn value_text(what: Over, value: f64) -> String {
    match what {
        Over::Latency | Over::Percentile(_) => number::latency_ms(value),
        Over::Throughput => format!("{} /s", number::rate(value)),
        Over::Errors => number::percent(value),
        Over::Users => number::count(value as u64),
    }
}

/// Baseline, run and change of a moment.
fn cells(what: Over, sides: [Option<&Sum>; 2]) -> [String; 3] {
    let none = || "–".to_owned();
    let values = sides.map(|sum| sum.and_then(|sum| sum.value(what)));
    let change = match values {
        [Some(from), Some(to)] if what == Over::Errors => number::points_change(to - from),
        [Some(from), Some(to)] => Change::between(from, to).pct.map_or_else(none, number::percent_change),
        _ => none(),
    };
    let [from, to] = values.map(|value| value.map_or_else(none, |value| value_text(what, value)));
    [from, to, change]
}

/// The steps of both sides, side by side.
fn joined(sides: [&Series<'_>; 2], what: Over, step: u64) -> BTreeMap<u64, [Option<Sum>; 2]> {
    let mut joined: BTreeMap<u64, [Option<Sum>; 2]> = BTreeMap::new();
    let [baseline, run] = sides.map(|side| side.steps(step, what));
    for (i, sum) in baseline {
        joined.entry(i).or_default()[0] = Some(sum);
    }
    for (i, sum) in run {
        joined.entry(i).or_default()[1] = Some(sum);
    }
    joined
}

/// What is drawn at each moment.
fn points(sides: [&Series<'_>; 2], what: Over, step: Option<u64>, frame: &Frame, x: &Linear) -> String {
    let mut points = Points::new("time", frame.x, frame.y, &["Baseline", "Run", "Change", "Requests"]);
    let longest = sides.iter().filter_map(|side| side.lengths_s).map(|(_, most)| u64::from(most)).max();
    let step = step.or(longest).unwrap_or(1).max(1);
    for (i, sums) in joined(sides, what, step) {
        let at = sides.iter().map(|side| side.middle_s(i, step)).fold(0.0, f64::max);
        let y = sums.each_ref().map(|sum| sum.as_ref().and_then(|sum| sum.value(what)).map(|v| frame.scale.px(v)));
        let [from, to, change] = cells(what, sums.each_ref().map(Option::as_ref));
        let [n, run_n] = sums.map(|sum| sum.map_or_else(|| "–".to_owned(), |sum| number::count(sum.requests)));
        let label = number::duration_s(i.saturating_mul(step) as f64);
        points.push(at, x.px(at), y, &[&label, &from, &to, &change, &format!("{n} → {run_n}")]);
    }
    points.text()
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
fn columns(segments: &[Vec<Point>]) -> Vec<Vec<Column>> {
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
fn interval_text(sides: &[&Series<'_>]) -> String {
    let lengths = sides.iter().filter_map(|s| s.lengths_s).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
    match lengths {
        Some((least, most)) if least < most => {
            format!("{} to {}", number::duration_s(least.into()), number::duration_s(most.into()))
        }
        Some((least, _)) => number::duration_s(least.into()),
        None => "interval".into(),
    }
}

fn summary(subject: &Subject, what: Over, baseline: &Series<'_>, run: &Series<'_>, step_s: Option<u64>) -> String {
    let what_text = match what {
        Over::Latency => "Mean response time".to_owned(),
        Over::Percentile(p) => format!("p{p} response time"),
        Over::Throughput => "Throughput".to_owned(),
        Over::Errors => "Failed requests in percent".to_owned(),
        Over::Users => "Users".to_owned(),
    };
    let mut summary = format!(
        "{what_text} of {} over elapsed time, in intervals of {}{}.",
        shorten(&subject.label(), 80),
        interval_text(&[baseline, run]),
        step_s.map_or_else(String::new, |step| {
            let step = number::duration_s(step as f64);
            match what {
                Over::Percentile(_) | Over::Users => format!(", drawn in steps of {step}"),
                _ => format!(", drawn as the mean of {step} before their range"),
            }
        }),
    );
    let side = |name: &str, series: &Series<'_>| {
        let value = series.whole.value(what)?;
        Some(format!("{name} {} over {}", value_text(what, value), number::duration_s(series.duration_s)))
    };
    let sides: Vec<_> = side("baseline", baseline).into_iter().chain(side("run", run)).collect();
    let whole = match what {
        Over::Users => "At most",
        Over::Percentile(_) => "Overall",
        _ => "On average",
    };
    summary.push_str(&format!(" {whole}: {}.", sides.join(", ")));
    if baseline.left_out_s.max(run.left_out_s) > 0 {
        summary.push_str(" The warm-up is left out.");
    }
    summary
}

/// The data in round steps, few enough for a screen reader.
fn table(sides: [&Series<'_>; 2], what: Over, duration_s: f64) -> (Vec<String>, Vec<Vec<String>>) {
    let step = time_step_s(duration_s / TABLE_ROWS);
    let rows = joined(sides, what, step).into_iter().map(|(i, sums)| {
        let moment = number::duration_s(i.saturating_mul(step) as f64);
        // Without the change, which would make files of many endpoints much larger.
        let [from, to, _] = cells(what, sums.each_ref().map(Option::as_ref));
        vec![moment, from, to]
    });
    let header = vec![
        format!("Elapsed, {} each", number::duration_s(step as f64)),
        format!("Baseline {}", title(what)),
        format!("Run {}", title(what)),
    ];
    (header, rows.collect())
}
