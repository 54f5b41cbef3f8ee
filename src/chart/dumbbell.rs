//! One line per endpoint from baseline to run: response times on a logarithmic axis, rates on one from 0.

use super::axis::{Caption, LEGEND, Mark, RADIUS, RING, SMALL, baseline_mark, legend};
use super::canvas::{Anchor, Canvas, Stroke, crisp, draw};
use super::points::Points;
use super::scale::{Linear, Log, Tick, Unit, from_zero};
use super::text::{Font, clean, fit, shorten};
use super::theme::Role;
use super::{Chart, DrawnRow, Size};
use crate::compare::{Change, Comparison, Subject, Verdict};
use crate::number;
use crate::run::{Endpoint, Metric};
use crate::stats::Bounds;

const LABEL: Font = Font::mono(13.0);
const VALUES: Font = Font::sans(12.5);
const CHANGE: Font = Font::sans(13.0);
/// Half the height of an interval band.
const BAND: f64 = 5.0;

/// Minimum upper end of an axis of error rates, so that noise does not look like a change.
const MIN_PERCENT: f64 = 0.5;

/// One metric of every service and endpoint that has it on both sides, the most severe in it first, at most `rows`: a
/// ring for the baseline, a dot for the run in the colour of its verdict, a light band for the interval of the change,
/// and the change. `None` if there are none.
#[must_use]
pub fn dumbbell(comparison: &Comparison, metric: &Metric, rows: usize, size: Size) -> Option<Chart> {
    let mut all: Vec<Line> = comparison.endpoints_by_severity().filter_map(|(i, s)| Line::of(i, s, metric)).collect();
    crate::order::sort_by(&mut all, |a, b| {
        let further = b.times_limit.total_cmp(&a.times_limit);
        a.verdict.cmp(&b.verdict).then(further).then(b.size.total_cmp(&a.size))
    });
    let lines = all.get(..rows.min(all.len())).filter(|lines| !lines.is_empty())?;
    let summary = summary(lines, all.len(), metric);
    let layout = Layout::new(lines, metric, size);
    let svg = draw(layout.width, layout.height, &summary, |canvas| layout.draw(canvas, lines, metric));
    let title = metric.title();
    let header = ["Endpoint", &format!("Baseline {title}"), &format!("Run {title}"), "Change", "Interval", "Verdict"];
    let cells = lines.iter().map(|line| {
        let verdict = line.verdict.as_str().to_owned();
        vec![clean(&line.name), line.from(), line.to(), line.change.clone(), line.range.clone(), verdict]
    });
    let table = (header.map(str::to_owned).to_vec(), cells.collect());
    Some(Chart { svg, summary, table, points: layout.points(lines), rows: layout.rows(lines) })
}

/// The data of one row.
struct Line<'m> {
    metric: &'m Metric,
    subject: usize,
    name: String,
    requests: String,
    baseline: f64,
    run: f64,
    change: String,
    verdict: Verdict,
    times_limit: f64,
    /// The change without its sign: percentage points or the logarithm of the ratio.
    size: f64,
    /// The interval of the change, applied to the baseline's figure.
    interval: Option<(f64, f64)>,
    /// The same in words.
    range: String,
}

impl<'m> Line<'m> {
    fn of(index: usize, subject: &Subject, metric: &'m Metric) -> Option<Self> {
        let row = subject.row(metric);
        let value = |side: Option<f64>| side.filter(|value| value.is_finite() && *value >= 0.0);
        let (baseline, run, change, verdict) = match row {
            Some(row) => (value(row.baseline.number)?, value(row.run.number)?, row.change, row.verdict),
            None => {
                let baseline = value(subject.baseline.as_ref()?.value(metric).number)?;
                let run = value(subject.run.as_ref()?.value(metric).number)?;
                (baseline, run, None, Verdict::Info)
            }
        };
        let bounds = row.and_then(|row| row.evidence.as_ref()).map(|e| e.interval).filter(|b| *b != Bounds::default());
        let unit = metric.change_unit();
        let in_points = unit == " pp";
        let range = bounds.and_then(|b| number::change_range(b.lower, b.upper, unit)).unwrap_or_else(|| "–".into());
        let interval = bounds.map(|bounds| {
            let at = |change: f64| if in_points { baseline + change } else { baseline * (1.0 + change / 100.0) };
            (bounds.lower.map_or(0.0, at).max(0.0), bounds.upper.map_or(f64::MAX, at).min(f64::MAX))
        });
        let change = change.unwrap_or_else(|| Change::between(baseline, run));
        let size = if in_points { change.abs } else { change.log_ratio.unwrap_or(f64::INFINITY) }.abs();
        let change = if in_points { Some(change.abs) } else { change.pct };
        let change = change.map_or_else(|| "∞".into(), |change| number::brief(change, unit));
        let count = |side: &Option<Endpoint>| side.as_ref().and_then(|e| e.requests).map(number::count);
        let [before, after] = [&subject.baseline, &subject.run].map(|side| count(side).unwrap_or_else(|| "–".into()));
        let requests = format!("{before} → {after}");
        let (name, times_limit) = (subject.shown(), row.map_or(0.0, |row| row.times_limit));
        Some(Self {
            metric,
            subject: index,
            name,
            requests,
            baseline,
            run,
            change,
            verdict,
            times_limit,
            size,
            interval,
            range,
        })
    }

    /// The baseline's value with its unit.
    fn from(&self) -> String {
        self.metric.figure(self.baseline)
    }

    /// The run's value with its unit.
    fn to(&self) -> String {
        self.metric.figure(self.run)
    }

    fn values(&self) -> String {
        format!("{} → {}", self.from(), self.to())
    }

    /// Colours of its dot and of its change.
    fn roles(&self) -> (Role, Role) {
        match self.verdict {
            Verdict::Critical | Verdict::Regressed => (Role::Critical, Role::Critical),
            Verdict::Warning | Verdict::Missing | Verdict::ProbablyRegressed => (Role::Warning, Role::Warning),
            Verdict::Improved | Verdict::ProbablyImproved => (Role::Improved, Role::Improved),
            Verdict::Unclear | Verdict::TooFew => (Role::Unknown, Role::Unknown),
            Verdict::Within | Verdict::Slower | Verdict::Pass | Verdict::Info | Verdict::New | Verdict::NoData => {
                (Role::Run, Role::Pass)
            }
        }
    }

    fn change_font(&self) -> Font {
        if matches!(self.roles().0, Role::Run | Role::Unknown) { CHANGE } else { CHANGE.bold() }
    }
}

fn summary(lines: &[Line<'_>], all: usize, metric: &Metric) -> String {
    let Some(worst) = lines.first() else { return String::new() };
    let endpoints = |n: usize| format!("{} {}", number::count(n as u64), if n == 1 { "endpoint" } else { "endpoints" });
    let verdict = match worst.verdict {
        Verdict::Info => String::new(),
        verdict => format!(", {}", verdict.as_str().to_lowercase()),
    };
    let title = metric.title();
    let (what, axis) = match is_latency(metric) {
        true => (format!("{title} response time"), " on a logarithmic axis"),
        false => (title, ""),
    };
    let mut summary = format!(
        "{what} of {}, from baseline to run{axis}. Most severe: {}, from {} to {} ({}{verdict}).",
        endpoints(lines.len()),
        shorten(&worst.name, 80),
        worst.from(),
        worst.to(),
        worst.change,
    );
    if let Some(first) = summary.get(..1).map(str::to_uppercase).filter(|_| !matches!(metric, Metric::Latency(_))) {
        summary.replace_range(..1, &first);
    }
    if all > lines.len() {
        summary.push_str(&format!(" {} of {} shown.", number::count(lines.len() as u64), endpoints(all)));
    }
    summary
}

fn is_latency(metric: &Metric) -> bool {
    metric.unit() == "ms"
}

/// The axis of the values.
enum Axis {
    /// Response times.
    Log(Log),
    /// Everything else, from 0.
    Zero(Linear),
}

impl Axis {
    /// The axis of these lines, with its ticks.
    fn new(lines: &[Line<'_>], metric: &Metric, pixels: (f64, f64)) -> (Self, Vec<Tick>) {
        let figures = lines.iter().flat_map(|l| [l.baseline, l.run]);
        let positive = figures.clone().filter(|v| *v > 0.0);
        let ends = positive.clone().reduce(f64::min).zip(positive.reduce(f64::max));
        // Bands widen the axis by at most half; the rest is cut off.
        let bands = lines.iter().filter_map(|l| l.interval).flat_map(|(low, high)| [low, high]);
        let bands = bands.filter(|v| ends.is_some_and(|(lo, hi)| *v > lo / 1.5 && *v < hi * 1.5));
        let values: Vec<f64> = figures.chain(bands).collect();
        if is_latency(metric) {
            let scale = Log::new(values.into_iter(), pixels);
            let ticks = scale.latency_ticks(|label| SMALL.width(label));
            return (Self::Log(scale), ticks);
        }
        let (unit, least) = match metric.unit() {
            "%" => (Unit::Percent, MIN_PERCENT),
            "/s" => (Unit::Rate, 0.0),
            _ => (Unit::Count, 0.0),
        };
        let most = values.into_iter().fold(least, f64::max);
        let (top, ticks) = from_zero(most, unit, ((pixels.1 - pixels.0) / 90.0).clamp(2.0, 6.0) as u32);
        (Self::Zero(Linear::new((0.0, top), pixels)), ticks)
    }

    fn px(&self, value: f64) -> f64 {
        match self {
            Self::Log(scale) => scale.px(value),
            Self::Zero(scale) => scale.px(value),
        }
    }

    /// The pixel of 0 where it is no tick.
    fn zero_px(&self) -> Option<f64> {
        match self {
            Self::Log(scale) => scale.zero_px,
            Self::Zero(_) => None,
        }
    }
}

/// Positions of all elements.
struct Layout {
    width: f64,
    height: f64,
    narrow: bool,
    /// Left and right edge of the axis' lines.
    plot: (f64, f64),
    /// Width available for a name.
    name_room: f64,
    /// Right edge of the values, if shown.
    values_end: Option<f64>,
    row: f64,
    /// Upper edge of the first row.
    top: f64,
    axis: Axis,
    ticks: Vec<Tick>,
    /// Repeats the axis labels above many rows.
    labels_above: bool,
}

impl Layout {
    fn new(lines: &[Line<'_>], metric: &Metric, size: Size) -> Self {
        let width = size.px();
        let widest = |text: &dyn Fn(&Line<'_>) -> f64| lines.iter().map(text).fold(0.0, f64::max);
        let names = widest(&|l| LABEL.width(&clean(&l.name)));
        let changes = widest(&|l| l.change_font().width(&l.change)).max(48.0);
        let (plot, name_room, values_end) = if size.narrow {
            ((2.0, width - 2.0), width - changes - 16.0, None)
        } else {
            let name_room = names.min(width * 0.32);
            let values = widest(&|l| VALUES.width(&l.values()));
            let values_end = (width >= 800.0).then_some(width - changes - 24.0);
            let right = values_end.map_or(width - changes - 20.0, |end| end - values - 28.0);
            ((name_room + 18.0, right.max(name_room + 118.0)), name_room, values_end)
        };
        // Keep dots at the ends of the scale inside.
        let pixels = (plot.0 + 12.0, plot.1 - 12.0);
        let (axis, ticks) = Axis::new(lines, metric, pixels);
        let row = if size.narrow { 48.0 } else { 30.0 };
        let labels_above = lines.len() > 20;
        let top = LEGEND + if labels_above { 24.0 } else { 6.0 };
        let height = top + row * lines.len() as f64 + 30.0;
        Self { width, height, narrow: size.narrow, plot, name_room, values_end, row, top, axis, ticks, labels_above }
    }

    /// Both dots of each row; the rows are the axis.
    fn points(&self, lines: &[Line<'_>]) -> String {
        let bottom = self.top + self.row * lines.len() as f64;
        let heads = ["Baseline", "Run", "Change", "Interval", "Requests"];
        let mut points = Points::new("rows", self.plot, (self.top, bottom), &heads);
        for (i, line) in lines.iter().enumerate() {
            let (from, to) = (line.from(), line.to());
            let cells = [&line.name, &from, &to, &line.change, &line.range, &line.requests].map(String::as_str);
            let x = [line.baseline, line.run].map(|value| Some(self.axis.px(value)));
            points.push(i as f64, self.dots_y(i), x, &cells);
        }
        points.text()
    }

    fn rows(&self, lines: &[Line<'_>]) -> Vec<DrawnRow> {
        let row = |(i, line): (usize, &Line<'_>)| DrawnRow {
            subject: line.subject,
            name: clean(&line.name),
            top: (self.top + self.row * i as f64) as u32,
            height: self.row as u32,
        };
        lines.iter().enumerate().map(row).collect()
    }

    fn draw(&self, canvas: &Canvas<'_>, lines: &[Line<'_>], metric: &Metric) {
        let legend_from = if self.narrow { 0.0 } else { self.plot.0 };
        let kind = if matches!(self.axis, Axis::Log(_)) { ", logarithmic axis" } else { "" };
        let caption = format!("{}{kind}", metric.title());
        let banded = lines.iter().any(|l| l.interval.is_some()).then(|| format!("{caption}; band: interval"));
        let captions: Vec<Caption<'_>> = banded.iter().chain([&caption]).map(|text| Caption::Text(text)).collect();
        legend(canvas, Mark::Points, (legend_from, self.width), &captions);
        self.draw_axis(canvas, lines.len());
        for (i, line) in lines.iter().enumerate() {
            self.draw_line(canvas, i, line);
        }
    }

    fn draw_axis(&self, canvas: &Canvas<'_>, rows: usize) {
        let bottom = self.top + self.row * rows as f64 + 4.0;
        let zero = self.axis.zero_px().map(|px| (px, "0".to_owned()));
        // Omit a first tick whose label would touch that of 0.
        let free = |px: f64, label: &str| self.axis.zero_px().is_none_or(|z| px - z >= SMALL.width(label) / 2.0 + 12.0);
        let ticks = self.ticks.iter().map(|t| (self.axis.px(t.value), t.label.clone()));
        let ticks = ticks.filter(|(px, label)| free(*px, label));
        for (px, label) in zero.into_iter().chain(ticks) {
            let (x, half) = (crisp(px), SMALL.width(&label) / 2.0);
            if self.narrow {
                // Only beside the dots, so that no line crosses a name.
                for row in 0..rows {
                    let y = self.dots_y(row);
                    canvas.line((x, y - 9.0), (x, y + 9.0), Stroke::new(Role::Line, 1.0));
                }
            } else {
                canvas.line((x, self.top), (x, bottom), Stroke::new(Role::Line, 1.0));
            }
            // Keep labels of a narrow chart inside.
            let x = px.clamp(half, (self.width - half).max(half));
            canvas.text((x, bottom + 13.0), Anchor::Middle, SMALL, Role::Muted, &label);
            if self.labels_above {
                canvas.text((x, self.top - 10.0), Anchor::Middle, SMALL, Role::Muted, &label);
            }
        }
    }

    /// Vertical position of the dots of a row.
    fn dots_y(&self, row: usize) -> f64 {
        self.top + self.row * row as f64 + if self.narrow { 31.0 } else { self.row / 2.0 }
    }

    fn draw_line(&self, canvas: &Canvas<'_>, row: usize, line: &Line<'_>) {
        let (dot, ink) = line.roles();
        let y = self.dots_y(row);
        let text_y = if self.narrow { y - 18.0 } else { y };
        let radius = if dot == Role::Run { RADIUS } else { RADIUS + 1.0 };
        let name = fit(&line.name, LABEL, self.name_room);
        if self.narrow {
            canvas.text((0.0, text_y), Anchor::Start, LABEL, Role::Ink, &name);
        } else {
            canvas.text((self.name_room, text_y), Anchor::End, LABEL, Role::Ink, &name);
        }
        canvas.text((self.width, text_y), Anchor::End, line.change_font(), ink, &line.change);
        if let Some(end) = self.values_end {
            canvas.text((end, text_y), Anchor::End, VALUES, Role::Muted, &line.values());
        }
        // Connects the name, the dots and the change.
        canvas.line((self.plot.0, crisp(y)), (self.plot.1, crisp(y)), Stroke::new(Role::Line, 1.0).alpha(0.55));
        let (from, to) = (self.axis.px(line.baseline), self.axis.px(line.run));
        if let Some((low, high)) = line.interval {
            // Values below the axis end at its edge, not at the position of 0.
            let (low, high) = (self.axis.px(low.max(f64::MIN_POSITIVE)), self.axis.px(high));
            canvas.rect((low, y - BAND), (high, y + BAND), dot, 0.2);
        }
        if (to - from).abs() > RING + radius {
            let edge = if to > from { from + RING } else { from - RING };
            canvas.line((edge, y), (to, y), Stroke::new(dot, 2.4).alpha(0.55));
        }
        baseline_mark(canvas, (from, y));
        canvas.dot((to, y), radius, dot);
    }
}
