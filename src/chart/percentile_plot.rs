//! Latency by percentile, both sides, with equal space for each further nine.

use std::collections::BTreeMap;

use super::axis::{BASELINE, Caption, Frame, Mark, RUN, SHADE, SMALL, legend};
use super::canvas::{Canvas, Stroke, draw};
use super::points::Points;
use super::scale::{Linear, Unit, from_zero, nines, percentile_ticks};
use super::text::shorten;
use super::theme::Role;
use super::{Chart, Size};
use crate::compare::{Change, Subject};
use crate::number;
use crate::run::{Distribution, Endpoint, Percentile};

/// Minimum requests above a percentile for a solid point.
const SUPPORT: f64 = 10.0;

/// The response times of a subject at the tool's percentiles, connected by straight lines. With fewer than ten requests
/// above, points are hollow and the background is shaded. Percentiles above the 95th without a full request above are
/// only in the table, as is the maximum. `None` if neither side has percentiles.
#[must_use]
pub fn percentile_plot(subject: &Subject, size: Size) -> Option<Chart> {
    let baseline = SidePercentiles::of(subject.baseline.as_ref());
    let run = SidePercentiles::of(subject.run.as_ref());
    let drawn = || baseline.drawn.iter().chain(&run.drawn);
    let first = drawn().map(|point| point.at).fold(nines(0.5), f64::min);
    let last = drawn().map(|point| point.at).reduce(f64::max)?;
    // A single percentile still needs an axis.
    let last = last.max(nines(0.95));
    let summary = summary(subject, &baseline, &run);

    let width = size.px();
    let height = if size.narrow { 230.0 } else { 280.0 };
    let (top, ticks) = from_zero(drawn().map(|point| point.ms).fold(0.0, f64::max), Unit::Latency, 5);
    let frame = Frame::new((width, height), top, &ticks);
    let x = Linear::new((first, last), (frame.x.0 + 10.0, frame.x.1 - 10.0));
    let svg = draw(width, height, &summary, |canvas| {
        let from = if size.narrow { 0.0 } else { frame.x.0 };
        let support = baseline.support.min(run.support);
        if support < last {
            let texts = ["fewer than 10 requests above", "fewer than 10 above", "< 10 above"].map(Caption::Shaded);
            legend(canvas, Mark::Lines, (from, frame.x.1), &texts);
            canvas.rect((x.px(support), frame.y.0), (frame.x.1, frame.y.1), Role::Muted, SHADE);
        } else {
            legend(canvas, Mark::Lines, (from, frame.x.1), &[Caption::Text("response time by percentile")]);
        }
        frame.draw_values(canvas, &ticks);
        frame.draw_axis(canvas, percentile_ticks(first, last, &x, |label| SMALL.width(label)).into_iter());
        draw_side(canvas, &frame, &x, &baseline, BASELINE);
        draw_side(canvas, &frame, &x, &run, RUN.dashed());
    });
    let points = points(&baseline, &run, &frame, &x);
    Some(Chart { svg, summary, table: table(&baseline, &run), points, rows: Vec::new() })
}

/// The drawn percentiles, with the number of requests above each.
fn points(baseline: &SidePercentiles, run: &SidePercentiles, frame: &Frame, x: &Linear) -> String {
    let mut points = Points::new("percentile", frame.x, frame.y, &["Baseline", "Run", "Change", "Requests above"]);
    let sides = [baseline, run];
    for p in crate::order::set(sides.iter().flat_map(|side| &side.drawn).map(|point| point.percentile)) {
        let drawn = sides.map(|side| side.drawn.iter().find(|point| point.percentile == p));
        let [from, to] = drawn.map(|point| point.map_or_else(none, |point| number::latency_ms(point.ms)));
        let [above, run_above] = sides.map(|side| match side.requests {
            Some(n) => number::count((n * (1.0 - p.share()) + 1e-6) as u64),
            None => none(),
        });
        let change = match drawn {
            [Some(from), Some(to)] => change_text(from.ms, to.ms),
            _ => none(),
        };
        let at = nines(p.share());
        let y = drawn.map(|point| point.map(|point| frame.scale.px(point.ms)));
        points.push(at, x.px(at), y, &[&format!("p{p}"), &from, &to, &change, &format!("{above} → {run_above}")]);
    }
    points.text()
}

fn none() -> String {
    "–".to_owned()
}

fn change_text(from: f64, to: f64) -> String {
    Change::between(from, to).pct.map_or_else(|| "∞".into(), number::percent_change)
}

/// A plotted percentile.
struct Point {
    percentile: Percentile,
    /// Position on the nines axis.
    at: f64,
    ms: f64,
}

/// One side's percentiles.
struct SidePercentiles {
    /// All known percentiles, including the maximum.
    known: BTreeMap<Percentile, f64>,
    drawn: Vec<Point>,
    requests: Option<f64>,
    /// Position on the axis from which fewer than ten requests are above; infinite if their number is unknown.
    support: f64,
    from_counts: bool,
}

impl SidePercentiles {
    fn of(endpoint: Option<&Endpoint>) -> Self {
        let finite = |ms: &f64| ms.is_finite() && *ms >= 0.0;
        let points = endpoint.map(|e| e.latency.distribution.points_ms()).unwrap_or_default();
        let mut known = crate::order::map(points.into_iter().filter(|(_, ms)| finite(ms)));
        let requests = endpoint.and_then(|e| e.requests).map(|n| n as f64);
        let above = |p: Percentile| requests.map_or(f64::INFINITY, |n| n * (1.0 - p.share()));
        let drawn =
            known.iter().filter(|(p, _)| **p < Percentile::P100 && (**p <= Percentile::P95 || above(**p) >= 1.0));
        let drawn = drawn.map(|(p, ms)| Point { percentile: *p, at: nines(p.share()), ms: *ms }).collect();
        if let Some(max) = endpoint.and_then(|e| e.latency.max_ms).filter(finite) {
            known.insert(Percentile::P100, max);
        }
        let support = match requests {
            Some(n) if n > SUPPORT => libm::log10(n / SUPPORT),
            Some(_) => 0.0,
            None => f64::INFINITY,
        };
        let from_counts = endpoint
            .is_some_and(|e| matches!(e.latency.distribution, Distribution::Buckets(_) | Distribution::Samples(_)));
        Self { known, drawn, requests, support, from_counts }
    }
}

fn draw_side(canvas: &Canvas<'_>, frame: &Frame, x: &Linear, side: &SidePercentiles, stroke: Stroke) {
    let place = |point: &Point| (x.px(point.at), frame.scale.px(point.ms));
    // Tolerance: 1 - 0.99 is not exactly 0.01.
    let supported = |point: &Point| point.at <= side.support + 1e-9;
    let firm: Vec<_> = side.drawn.iter().filter(|p| supported(p)).map(place).collect();
    let weak: Vec<_> = side.drawn.iter().filter(|p| !supported(p)).map(place).collect();
    if firm.len() > 1 {
        canvas.path(&firm, stroke);
    }
    let tail: Vec<_> = firm.last().into_iter().chain(&weak).copied().collect();
    if tail.len() > 1 {
        canvas.path(&tail, stroke.alpha(0.5));
    }
    for point in firm {
        canvas.dot(point, stroke.width / 2.0 + 2.0, stroke.role);
    }
    for point in weak {
        canvas.ring(point, stroke.width / 2.0 + 1.6, Stroke::new(stroke.role, 1.2));
    }
}

fn summary(subject: &Subject, baseline: &SidePercentiles, run: &SidePercentiles) -> String {
    let name = shorten(&subject.label(), 80);
    let mut summary = format!("Response time of {name} by percentile.");
    let moves: Vec<String> = [Percentile::P50, Percentile::P95, Percentile::P99]
        .into_iter()
        .filter_map(|p| {
            let (from, to) = (*baseline.known.get(&p)?, *run.known.get(&p)?);
            Some(format!("p{p} {} to {}", number::latency_ms(from), number::latency_ms(to)))
        })
        .collect();
    match (moves.as_slice(), baseline.known.is_empty(), run.known.is_empty()) {
        ([], true, _) => summary.push_str(" Only the run has percentiles."),
        ([], _, true) => summary.push_str(" Only the baseline has percentiles."),
        ([], ..) => {}
        (moves, ..) => summary.push_str(&format!(" From baseline to run: {}.", moves.join(", "))),
    }
    let source =
        if baseline.from_counts || run.from_counts { "that follow from the tool's counts" } else { "the tool printed" };
    summary.push_str(&format!(" Straight lines join the percentiles {source}"));
    let unsupported = |side: &SidePercentiles| side.drawn.iter().any(|p| p.at > side.support + 1e-9);
    let weak = unsupported(baseline) || unsupported(run);
    summary.push_str(if weak { "; hollow points have fewer than 10 requests above them." } else { "." });
    summary
}

fn table(baseline: &SidePercentiles, run: &SidePercentiles) -> (Vec<String>, Vec<Vec<String>>) {
    let percentiles = crate::order::set(baseline.known.keys().chain(run.known.keys()).copied());
    let cell = |value: Option<&f64>| value.map_or_else(none, |ms| number::latency_ms(*ms));
    let rows = percentiles.into_iter().map(|p| {
        let (from, to) = (baseline.known.get(&p), run.known.get(&p));
        let change = from.zip(to).map_or_else(none, |(from, to)| change_text(*from, *to));
        let name = if p == Percentile::P100 { "max".to_owned() } else { format!("p{p}") };
        vec![name, cell(from), cell(to), change]
    });
    (["Percentile", "Baseline", "Run", "Change"].map(str::to_owned).to_vec(), rows.collect())
}
