//! How many requests had which response time when: both runs above each other, on one scale of colour.

use super::axis::SMALL;
use super::canvas::{Anchor, Canvas, Stroke, crisp, draw};
use super::points::Points;
use super::scale::{Linear, Log, time_step_s, time_ticks};
use super::text::shorten;
use super::theme::Role;
use super::{Chart, Size};
use crate::compare::{Comparison, Scope, Subject};
use crate::number;
use crate::run::{Sketch, Timeline};

/// Columns of a panel at most, rows of a panel, and steps of colour.
const COLUMNS: f64 = 48.0;
const ROWS: usize = 14;
const LEVELS: u32 = 6;

/// A subject's response times over elapsed time as two panels with one scale of colour: requests per second in each
/// cell. `None` unless at least one side has the response times of its intervals.
#[must_use]
pub fn heatmap(comparison: &Comparison, subject: &Subject, size: Size) -> Option<Chart> {
    let whole = |run| if subject.scope == Scope::Total { run } else { None };
    let (before, after) = (&comparison.baseline, &comparison.run);
    let own = |endpoint: &Option<crate::run::Endpoint>| endpoint.as_ref().and_then(|e| e.timeline.clone());
    let timelines = [
        (own(&subject.baseline).or_else(|| whole(before.timeline.clone())), before.left_out_s),
        (own(&subject.run).or_else(|| whole(after.timeline.clone())), after.left_out_s),
    ];
    let ends_s = timelines.iter().filter_map(|(timeline, left_out_s)| end_s(timeline.as_ref()?, *left_out_s));
    let duration = ends_s.reduce(f64::max).filter(|s| *s > 0.0)?;
    let step = time_step_s(duration / COLUMNS);
    let panels = timelines.each_ref().map(|(timeline, left_out)| Panel::of(timeline.as_ref(), *left_out, step));
    let sides = [&panels[0], &panels[1]];
    let values = sides.iter().flat_map(|panel| &panel.columns).flat_map(|(_, column)| ends_ms(column));
    let values: Vec<f64> = values.collect();
    values.first()?;
    let width = size.px();
    let panel_height = (ROWS as f64) * 7.0;
    let y = Log::new(values.iter().copied(), (panel_height, 0.0));
    // Ticks are found on an ascending axis.
    let ticks = Log::new(values.iter().copied(), (0.0, panel_height)).latency_ticks(|_| 0.0);
    let labels = ticks.iter().map(|t| SMALL.width(&t.label)).fold(30.0, f64::max);
    let frame = ((labels + 10.0).ceil(), width - 14.0);
    let x = Linear::new((0.0, duration), frame);
    let tops = [38.0, 38.0 + panel_height + 22.0];
    let bottom = tops[1] + panel_height;
    let most = sides.iter().map(|panel| panel.most(&y, panel_height)).fold(0.0, f64::max);
    let summary = summary(subject, sides, step);
    let svg = draw(width, bottom + 26.0, &summary, |canvas| {
        scale_of_colour(canvas, frame.1, most);
        for ((panel, top), name) in sides.into_iter().zip(tops).zip(["baseline", "run"]) {
            canvas.text((frame.0, top - 9.0), Anchor::Start, SMALL, Role::Ink, name);
            for tick in &ticks {
                let at = crisp(top + y.px(tick.value));
                canvas.line((frame.0, at), (frame.1, at), Stroke::new(Role::Line, 1.0));
                canvas.text((frame.0 - 8.0, at), Anchor::End, SMALL, Role::Muted, &tick.label);
            }
            panel.draw(canvas, (&x, &y), (top, panel_height), most, duration);
        }
        let edge = crisp(bottom);
        canvas.line((frame.0, edge), (frame.1, edge), Stroke::new(Role::Baseline, 1.0));
        for tick in time_ticks(duration, ((frame.1 - frame.0) / 80.0) as u32) {
            let at = x.px(tick.value);
            canvas.line((crisp(at), edge), (crisp(at), edge + 4.0), Stroke::new(Role::Baseline, 1.0));
            let at = at.min(width - SMALL.width(&tick.label) / 2.0);
            canvas.text((at, edge + 15.0), Anchor::Middle, SMALL, Role::Muted, &tick.label);
        }
    });
    let heads = ["Baseline p50", "Run p50", "Baseline p95", "Run p95", "Requests"];
    let mut points = Points::new("time", frame, (tops[0], bottom), &heads);
    let mut rows = Vec::new();
    for at in crate::order::set(sides.iter().flat_map(|panel| &panel.columns).map(|(at, _)| *at)) {
        let columns = sides.map(|panel| panel.columns.iter().find(|(i, _)| *i == at).map(|(_, column)| column));
        let cells = cells(at.saturating_mul(step), columns);
        let middle = (at.saturating_mul(step) as f64 + step as f64 / 2.0).min(duration);
        points.push(middle, x.px(middle), [None, None], &cells.each_ref().map(String::as_str));
        rows.push(cells.to_vec());
    }
    let header = std::iter::once(format!("Elapsed, {} each", number::duration_s(step as f64)));
    let table = (header.chain(heads.map(str::to_owned)).collect(), rows);
    Some(Chart { svg, summary, table, points: points.text(), rows: Vec::new() })
}

/// Seconds from the start of the run to the end of a timeline that has response times.
fn end_s(timeline: &Timeline, left_out_s: Option<u32>) -> Option<f64> {
    timeline.intervals.iter().find(|i| i.sketch.is_some())?;
    Some(timeline.duration_s()? + f64::from(left_out_s.unwrap_or(0)))
}

fn cells(at_s: u64, columns: [Option<&Sketch>; 2]) -> [String; 6] {
    let none = || "–".to_owned();
    let text = |column: Option<&Sketch>, share| {
        column.and_then(|column| column.quantile_ms(share)).map_or_else(none, number::latency_ms)
    };
    let [before, after] = columns;
    let [n, run_n] = columns.map(|column| column.map_or_else(none, |column| number::count(column.count())));
    [
        number::duration_s(at_s as f64),
        text(before, 0.5),
        text(after, 0.5),
        text(before, 0.95),
        text(after, 0.95),
        format!("{n} → {run_n}"),
    ]
}

/// Smallest and largest response time, above 0.
fn ends_ms(column: &Sketch) -> impl Iterator<Item = f64> + use<> {
    [column.quantile_ms(0.0), column.quantile_ms(1.0)].into_iter().flatten().map(|ms| ms.max(0.001))
}

/// One run: the response times of each step.
struct Panel {
    columns: Vec<(u64, Sketch)>,
    step_s: u64,
}

impl Panel {
    fn of(timeline: Option<&Timeline>, left_out_s: Option<u32>, step_s: u64) -> Self {
        let mut columns: Vec<(u64, Sketch)> = Vec::new();
        let start = timeline.and_then(Timeline::start_s).unwrap_or(0);
        for interval in timeline.iter().flat_map(|timeline| &timeline.intervals) {
            let Some(sketch) = interval.sketch.as_ref().filter(|sketch| sketch.count() > 0) else { continue };
            let begin = interval.end_s.saturating_sub(i64::from(interval.length_s)).saturating_sub(start);
            let begin = u64::try_from(begin).unwrap_or(0).saturating_add(u64::from(left_out_s.unwrap_or(0)));
            let at = begin / step_s.max(1);
            match columns.last_mut() {
                Some((last, column)) if *last == at => column.merge(sketch),
                _ => columns.push((at, (**sketch).clone())),
            }
        }
        Self { columns, step_s }
    }

    /// Requests per second by row, from the bottom, of one column.
    fn rates(&self, column: &Sketch, y: &Log, height: f64) -> [f64; ROWS] {
        let mut rates = [0.0; ROWS];
        for (ns, n) in column.middles_ns() {
            let up = 1.0 - y.px((ns as f64 / 1e6).max(0.001)) / height;
            let row = ((up * ROWS as f64) as usize).min(ROWS - 1);
            if let Some(rate) = rates.get_mut(row) {
                *rate += n as f64 / self.step_s.max(1) as f64;
            }
        }
        rates
    }

    fn most(&self, y: &Log, height: f64) -> f64 {
        self.columns.iter().flat_map(|(_, column)| self.rates(column, y, height)).fold(0.0, f64::max)
    }

    fn draw(&self, canvas: &Canvas<'_>, (x, y): (&Linear, &Log), (top, height): (f64, f64), most: f64, duration: f64) {
        let level =
            |rate: f64| (libm::sqrt(rate / most) * f64::from(LEVELS)).ceil().clamp(0.0, f64::from(LEVELS)) as u32;
        let grid: Vec<(u64, [f64; ROWS])> =
            self.columns.iter().map(|(at, column)| (*at, self.rates(column, y, height))).collect();
        let edge = |at: u64| x.px((at.saturating_mul(self.step_s) as f64).min(duration));
        let each = height / ROWS as f64;
        for row in 0..ROWS {
            let bottom = top + height - each * row as f64;
            // Neighbours of one level are one rectangle.
            let mut open: Option<(u64, u64, u32)> = None;
            let close = |open: Option<(u64, u64, u32)>| {
                if let Some((from, to, level)) = open.filter(|(_, _, level)| *level > 0) {
                    canvas.rect((edge(from), bottom - each), (edge(to), bottom), Role::Run, opacity(level));
                }
            };
            for (at, rates) in &grid {
                let level = level(rates.get(row).copied().unwrap_or(0.0));
                match &mut open {
                    Some((_, to, last)) if *to == *at && *last == level => *to = at.saturating_add(1),
                    _ => close(open.replace((*at, at.saturating_add(1), level))),
                }
            }
            close(open);
        }
    }
}

fn opacity(level: u32) -> f64 {
    libm::round(f64::from(level) / f64::from(LEVELS) * 100.0) / 100.0
}

/// The scale of colour, at the top right.
fn scale_of_colour(canvas: &Canvas<'_>, right: f64, most: f64) {
    let (y, each) = (10.0, 14.0);
    let text = format!("up to {} requests/s", number::rate(most));
    let left = right - SMALL.width(&text) - 8.0 - each * f64::from(LEVELS);
    for level in 1..=LEVELS {
        let from = left + each * f64::from(level - 1);
        canvas.rect((from, y - 6.0), (from + each, y + 6.0), Role::Run, opacity(level));
    }
    canvas.text((right, y), Anchor::End, SMALL, Role::Muted, &text);
}

fn summary(subject: &Subject, panels: [&Panel; 2], step: u64) -> String {
    let name = shorten(&subject.label(), 80);
    let mut summary = format!(
        "Response times of {name} over elapsed time, requests per second in steps of {}.",
        number::duration_s(step as f64)
    );
    for (side, panel) in ["Baseline", "Run"].into_iter().zip(panels) {
        let mut all = Sketch::default();
        panel.columns.iter().for_each(|(_, column)| all.merge(column));
        if let (Some(least), Some(half), Some(most)) =
            (all.quantile_ms(0.0), all.quantile_ms(0.5), all.quantile_ms(1.0))
        {
            let [least, half, most] = [least, half, most].map(number::latency_ms);
            summary.push_str(&format!(" {side}: {least} to {most}, half at most {half}."));
        }
    }
    summary
}
