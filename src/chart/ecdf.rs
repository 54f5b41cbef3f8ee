//! The share of requests up to each response time (ECDF), both sides, on a logarithmic axis.

use super::axis::{BASELINE, Caption, Frame, Mark, RUN, SMALL, legend};
use super::canvas::{Canvas, Point, Stroke, draw};
use super::points::Points;
use super::scale::{Log, Unit, from_zero};
use super::text::shorten;
use super::{Chart, Size};
use crate::compare::Subject;
use crate::number;
use crate::run::{Distribution, Endpoint, Histogram};

/// Places on the axis that the overlay reads.
const PLACES: u32 = 96;
/// Rows of the table.
const ROWS: u32 = 16;
/// Pixels between two points of a line.
const STEP: f64 = 2.0;

/// The response times of a subject as empirical distribution functions. Lines end where samples end; percentiles of a
/// table are joined by straight lines. `None` if no side has at least two.
#[must_use]
pub fn ecdf(subject: &Subject, size: Size) -> Option<Chart> {
    let baseline = Side::of(subject.baseline.as_ref());
    let run = Side::of(subject.run.as_ref());
    let sides = [&baseline, &run];
    if sides.iter().all(|side| side.ends.is_none()) {
        return None;
    }
    let (width, height) = (size.px(), if size.narrow { 230.0 } else { 280.0 });
    let (top, ticks) = from_zero(100.0, Unit::Percent, 5);
    let frame = Frame::new((width, height), top, &ticks);
    let ends = sides.iter().filter_map(|side| side.ends).flat_map(|(least, most)| [least, most]);
    let x = Log::new(ends, (frame.x.0 + 6.0, frame.x.1 - 6.0));
    let summary = summary(subject, sides);
    let svg = draw(width, height, &summary, |canvas| {
        let from = if size.narrow { 0.0 } else { frame.x.0 };
        let captions = ["share of requests up to a response time, logarithmic axis", "share up to a time, log axis"]
            .map(Caption::Text);
        legend(canvas, Mark::Lines, (from, frame.x.1), &captions);
        frame.draw_values(canvas, &ticks);
        let latencies = x.latency_ticks(|label| SMALL.width(label));
        frame.draw_axis(canvas, latencies.into_iter().map(|t| (x.px(t.value), t.label)));
        line(canvas, &frame, &x, &baseline, BASELINE);
        line(canvas, &frame, &x, &run, RUN.dashed());
    });
    let mut points = Points::new("latency", frame.x, frame.y, &["Baseline at most", "Run at most", "Change"]);
    for (ms, px) in places(&frame, &x, PLACES) {
        let shares = sides.map(|side| side.share(ms));
        let y = shares.map(|share| share.map(|share| frame.scale.px(share * 100.0)));
        points.push(libm::log10(ms), px, y, &cells(ms, shares).each_ref().map(String::as_str));
    }
    let header = ["Response time", "Baseline at most", "Run at most", "Change"].map(str::to_owned).to_vec();
    let rows = places(&frame, &x, ROWS).map(|(ms, _)| cells(ms, sides.map(|side| side.share(ms))).to_vec()).collect();
    Some(Chart { svg, summary, table: (header, rows), points: points.text(), rows: Vec::new() })
}

/// Response times at equal distances on the axis, with their pixels.
fn places<'a>(frame: &'a Frame, x: &'a Log, count: u32) -> impl Iterator<Item = (f64, f64)> + 'a {
    let (from, to) = (frame.x.0 + 6.0, frame.x.1 - 6.0);
    (0..=count).map(move |i| from + (to - from) * f64::from(i) / f64::from(count)).map(|px| (x.value(px), px))
}

fn cells(ms: f64, shares: [Option<f64>; 2]) -> [String; 4] {
    let none = || "–".to_owned();
    let change = match shares {
        [Some(from), Some(to)] => number::points_change((to - from) * 100.0),
        _ => none(),
    };
    let [from, to] = shares.map(|share| share.map_or_else(none, |share| number::percent(share * 100.0)));
    [number::latency_ms(ms), from, to, change]
}

/// One side's distribution.
struct Side<'a> {
    samples: Option<&'a Histogram>,
    /// Response times and shares, ascending, where there are no samples.
    known: Vec<(f64, f64)>,
    /// Smallest and largest known response time.
    ends: Option<(f64, f64)>,
}

impl<'a> Side<'a> {
    fn of(endpoint: Option<&'a Endpoint>) -> Self {
        let nothing = Self { samples: None, known: Vec::new(), ends: None };
        let Some(latency) = endpoint.map(|e| &e.latency) else { return nothing };
        if let Distribution::Samples(samples) = &latency.distribution {
            let ends = samples.min_ns().zip(samples.max_ns()).map(|(least, most)| (positive(least), positive(most)));
            return Self { samples: Some(samples), ends, ..nothing };
        }
        let mut known: Vec<(f64, f64)> = Vec::new();
        let points = latency.distribution.points_ms().into_iter().map(|(p, ms)| (ms, p.share()));
        for (ms, share) in points.filter(|(ms, _)| *ms > 0.0 && ms.is_finite()) {
            match known.last_mut() {
                // Several percentiles of one value: the last counts.
                Some(last) if last.0 >= ms => last.1 = share.max(last.1),
                _ => known.push((ms, share)),
            }
        }
        let ends = known.first().zip(known.last()).filter(|_| known.len() > 1).map(|(a, b)| (a.0, b.0));
        Self { known, ends, ..nothing }
    }

    /// The share of requests that take at most `ms`; `None` beyond what is known.
    fn share(&self, ms: f64) -> Option<f64> {
        let (least, most) = self.ends?;
        if let Some(samples) = self.samples {
            let count = samples.count().max(1) as f64;
            return (ms <= most * 1.000_001).then(|| samples.at_most((ms * 1e6) as u64) as f64 / count);
        }
        if ms < least || ms > most * 1.000_001 {
            return None;
        }
        let next = self.known.iter().position(|(at, _)| *at >= ms).unwrap_or(self.known.len().saturating_sub(1));
        let (to, upper) = *self.known.get(next)?;
        let (from, lower) = *self.known.get(next.saturating_sub(1))?;
        let part = libm::log(ms / from) / libm::log(to / from);
        Some(if part.is_finite() { lower + (upper - lower) * part.clamp(0.0, 1.0) } else { upper })
    }
}

/// Nanoseconds as milliseconds above 0, which a logarithm needs.
fn positive(ns: u64) -> f64 {
    ns.max(1_000) as f64 / 1e6
}

fn line(canvas: &Canvas<'_>, frame: &Frame, x: &Log, side: &Side<'_>, stroke: Stroke) {
    let Some((least, most)) = side.ends else { return };
    let (from, to) = (x.px(least), x.px(most));
    let steps = ((to - from) / STEP).ceil().clamp(1.0, 4000.0) as u32;
    let pixels = (0..=steps).map(|i| (from + STEP * f64::from(i)).min(to));
    let place = |px: f64| side.share(x.value(px).min(most)).map(|share| (px, frame.scale.px(share * 100.0)));
    let points: Vec<Point> = if side.samples.is_some() {
        pixels.filter_map(place).collect()
    } else {
        side.known.iter().map(|(ms, share)| (x.px(*ms), frame.scale.px(share * 100.0))).collect()
    };
    // A level stretch needs its ends alone.
    let mut drawn: Vec<Point> = Vec::new();
    for point in points {
        match drawn.as_mut_slice() {
            [.., before, last] if before.1 == last.1 && last.1 == point.1 => last.0 = point.0,
            _ => drawn.push(point),
        }
    }
    canvas.path(&drawn, stroke);
}

fn summary(subject: &Subject, sides: [&Side<'_>; 2]) -> String {
    let name = shorten(&subject.label(), 80);
    let mut summary = format!("Share of requests of {name} by response time, on a logarithmic axis.");
    let spans: Vec<String> = ["baseline", "run"]
        .into_iter()
        .zip(sides)
        .filter_map(|(name, side)| {
            let (least, most) = side.ends?;
            Some(format!("{name} {} to {}", number::latency_ms(least), number::latency_ms(most)))
        })
        .collect();
    summary.push_str(&format!(" Known: {}.", spans.join(", ")));
    summary
}
