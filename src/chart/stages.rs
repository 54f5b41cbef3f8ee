//! Throughput and response time against the number of users, of a progressive load.

use super::axis::{BASELINE, Caption, Frame, Mark, RADIUS, RUN, SMALL, baseline_mark, legend};
use super::canvas::{Canvas, Point, Stroke, crisp, draw};
use super::points::Points;
use super::scale::{Linear, Unit, from_zero};
use super::theme::Role;
use super::{ByUsers, Chart, Size};
use crate::compare::{Change, Comparison, Curve, Level, StagedRun};
use crate::number;
use crate::run::stages::Stage;

/// Points of a drawn curve.
const CURVE: u32 = 80;

/// Both runs' stages by users: a point each. Throughput has the fitted scalability law and its knee, if there are enough
/// levels; else points are connected. `None` without stages.
#[must_use]
pub fn stages(comparison: &Comparison, what: ByUsers, size: Size) -> Option<Chart> {
    let stages = comparison.stages.as_deref()?;
    let baseline = Series::of(&stages.levels, |level| level.baseline.as_ref(), &stages.baseline, what);
    let run = Series::of(&stages.levels, |level| level.run.as_ref(), &stages.run, what);
    let limit = stages.limits.mean_ms.filter(|_| what == ByUsers::Latency);
    let points = || baseline.points.iter().chain(&run.points);
    let most = points().map(|(users, _)| *users).reduce(f64::max)?;
    let curves = [&baseline, &run].map(|series| series.curve(most)).concat();
    let max = points().map(|(_, value)| *value).chain(curves.iter().map(|(_, value)| *value)).chain(limit);
    let (top, ticks) = from_zero(max.reduce(f64::max)?, unit(what), 5);
    let (width, height) = (size.px(), if size.narrow { 220.0 } else { 260.0 });
    let frame = Frame::new((width, height), top, &ticks);
    // Rings stay inside.
    let x = Linear::new((0.0, most), (frame.x.0, frame.x.1 - 8.0));
    let law = baseline.law.is_some() || run.law.is_some();
    let summary = summary(what, law, &baseline, &run);
    let svg = draw(width, height, &summary, |canvas| {
        let captions = match what {
            ByUsers::Throughput if law => [
                "curve: Universal Scalability Law; upright line: knee",
                "curve: fitted law; upright line: knee",
                "with fitted law",
            ],
            ByUsers::Throughput => ["successful requests per second", "requests per second", "requests/s"],
            ByUsers::Latency if limit.is_some() => {
                ["mean response time; line across: limit", "line across: limit", "mean"]
            }
            ByUsers::Latency => ["mean response time", "response time", "mean"],
        };
        let from = if size.narrow { 0.0 } else { frame.x.0 };
        legend(canvas, Mark::Points, (from, frame.x.1), &captions.map(Caption::Text));
        frame.draw_values(canvas, &ticks);
        frame.draw_axis(canvas, user_ticks(points().map(|(users, _)| *users), &x).into_iter());
        if let Some(limit) = limit {
            let y = crisp(frame.scale.px(limit));
            canvas.line((frame.x.0, y), (frame.x.1, y), Stroke::new(Role::Warning, 1.2).alpha(0.8));
        }
        series(canvas, &frame, &x, &baseline, most, BASELINE);
        series(canvas, &frame, &x, &run, most, RUN);
    });
    let points = pointed(&stages.levels, what, &frame, &x);
    Some(Chart { svg, summary, table: table(&stages.levels, what), points, rows: Vec::new() })
}

/// The levels that both sides, or one, have.
fn pointed(levels: &[Level], what: ByUsers, frame: &Frame, x: &Linear) -> String {
    let mut points = Points::new("users", frame.x, frame.y, &["Baseline", "Run", "Change"]);
    for (level, cells) in levels.iter().zip(table(levels, what).1) {
        let values = [&level.baseline, &level.run].map(|stage| value(stage.as_ref()?, what));
        let change = match values {
            [Some(from), Some(to)] => Change::between(from, to).pct.map(number::percent_change),
            _ => None,
        };
        let at = level.users as f64;
        let change = change.unwrap_or_else(|| "–".to_owned());
        if let [users, from, to] = cells.as_slice() {
            let cells = [&format!("{users} users"), from.as_str(), to, &change];
            points.push(at, x.px(at), values.map(|value| value.map(|v| frame.scale.px(v))), &cells);
        }
    }
    points.text()
}

fn unit(what: ByUsers) -> Unit {
    match what {
        ByUsers::Throughput => Unit::Rate,
        ByUsers::Latency => Unit::Latency,
    }
}

fn value(stage: &Stage, what: ByUsers) -> Option<f64> {
    let value = match what {
        ByUsers::Throughput => Some(stage.per_s()),
        ByUsers::Latency => stage.mean_ms,
    };
    value.filter(|value| value.is_finite() && *value >= 0.0)
}

fn text(value: f64, what: ByUsers) -> String {
    match what {
        ByUsers::Throughput => format!("{} /s", number::rate(value)),
        ByUsers::Latency => number::latency_ms(value),
    }
}

/// One run for drawing.
struct Series {
    points: Vec<Point>,
    law: Option<Curve>,
}

impl Series {
    fn of(levels: &[Level], of: impl Fn(&Level) -> Option<&Stage>, side: &StagedRun, what: ByUsers) -> Self {
        let points = levels.iter().filter_map(of).filter_map(|stage| Some((stage.users as f64, value(stage, what)?)));
        Self { points: points.collect(), law: side.curve.filter(|_| what == ByUsers::Throughput) }
    }

    /// The fitted law up to this many users, else the points.
    fn curve(&self, most: f64) -> Vec<Point> {
        let Some(curve) = self.law else { return self.points.clone() };
        let users = (0..=CURVE).map(|i| 1.0 + (most - 1.0) * f64::from(i) / f64::from(CURVE));
        users.map(|users| (users, curve.law.per_s(users))).filter(|(_, y)| y.is_finite()).collect()
    }
}

fn series(canvas: &Canvas<'_>, frame: &Frame, x: &Linear, series: &Series, most: f64, stroke: Stroke) {
    let place = |(users, value): &Point| (x.px(*users), frame.scale.px(*value));
    let line: Vec<Point> = series.curve(most).iter().map(place).collect();
    if line.len() > 1 {
        canvas.path(&line, stroke.alpha(0.75));
    }
    if let Some(curve) = series.law
        && let Some(knee) = curve.knee.filter(|knee| *knee <= most)
    {
        let (at, top) = place(&(knee, curve.law.per_s(knee)));
        canvas.line((crisp(at), frame.y.1), (crisp(at), top), Stroke::new(stroke.role, 1.0));
    }
    for point in &series.points {
        match stroke.role {
            Role::Baseline => baseline_mark(canvas, place(point)),
            role => canvas.dot(place(point), RADIUS, role),
        }
    }
}

/// Labels of the levels that fit, from the highest: `10`, `20`, `80 users`.
fn user_ticks(users: impl Iterator<Item = f64>, x: &Linear) -> Vec<(f64, String)> {
    let levels = crate::order::set(users.map(|users| users as u64));
    let mut ticks: Vec<(f64, String)> = Vec::new();
    let mut free = f64::INFINITY;
    for level in levels.into_iter().rev() {
        let count = number::count(level);
        let label = if ticks.is_empty() { format!("{count} users") } else { count };
        let (px, width) = (x.px(level as f64), SMALL.width(&label));
        // The frame keeps the last label inside.
        let right = if ticks.is_empty() { px } else { px + width / 2.0 };
        if right + 8.0 <= free {
            free = px - if ticks.is_empty() { width } else { width / 2.0 };
            ticks.push((px, label));
        }
    }
    ticks
}

fn summary(what: ByUsers, law: bool, baseline: &Series, run: &Series) -> String {
    let title = match what {
        ByUsers::Throughput => "Successful requests per second",
        ByUsers::Latency => "Mean response time",
    };
    let side = |name: &str, series: &Series| {
        let (users, best) = series.points.iter().copied().reduce(|a, b| if b.1 > a.1 { b } else { a })?;
        let levels = match series.points.len() {
            1 => "1 level".to_owned(),
            n => format!("{n} levels"),
        };
        Some(format!("{name} {levels}, at most {} at {} users", text(best, what), number::count(users as u64)))
    };
    let sides: Vec<_> = side("baseline", baseline).into_iter().chain(side("run", run)).collect();
    let fitted = if law { ", with the fitted Universal Scalability Law" } else { "" };
    format!("{title} by number of users{fitted}: {}.", sides.join("; "))
}

fn table(levels: &[Level], what: ByUsers) -> (Vec<String>, Vec<Vec<String>>) {
    let cell = |stage: Option<&Stage>| {
        stage.and_then(|stage| value(stage, what)).map_or_else(|| "–".to_owned(), |value| text(value, what))
    };
    let row = |level: &Level| vec![number::count(level.users), cell(level.baseline.as_ref()), cell(level.run.as_ref())];
    (vec!["Users".into(), "Baseline".into(), "Run".into()], levels.iter().map(row).collect())
}
