//! Slowdown by percentile: the change of every percentile (Doksum 1974) with its interval, on the axis of the
//! percentile plot.

use super::axis::{Caption, LEGEND, RUN, SHADE, SMALL, caption};
use super::canvas::{Anchor, Canvas, Point, Stroke, crisp, draw};
use super::points::Points;
use super::scale::{Linear, Tick, around_zero, nines, percentile_ticks};
use super::text::shorten;
use super::theme::Role;
use super::{Chart, Size};
use crate::compare::{Exploration, Shifted, Subject};
use crate::number;
use crate::run::Percentile;

/// Minimum requests above a percentile for a solid point.
const SUPPORT: f64 = 10.0;
/// Maximum extent of intervals relative to the changes; the rest is cut off.
const BAND_REACH: f64 = 2.0;
/// Distance of hatching lines.
const HATCH: f64 = 7.0;

/// The change of a subject's percentiles in percent of the baseline. The band is the interval of each percentile by
/// itself. With fewer than ten requests above on either side the background is hatched. Percentiles above the 95th
/// without a full request above are only in the table. `limit` is one percentile's limit, in percent. `None` with fewer
/// than two percentiles.
#[must_use]
pub fn shift_plot(
    subject: &Subject,
    exploration: &Exploration,
    limit: Option<(Percentile, f64)>,
    size: Size,
) -> Option<Chart> {
    let points: Vec<Drawn> = exploration.shift.iter().filter_map(Drawn::of).collect();
    let (first, last) = (points.first()?.at, points.last()?.at);
    if points.len() < 2 {
        return None;
    }
    let limit = limit.filter(|(_, pct)| pct.is_finite());
    let summary = summary(subject, &points, limit);
    let width = size.px();
    let height = if size.narrow { 230.0 } else { 280.0 };
    let (lo, hi) = range(&points, limit.map(|(_, pct)| pct));
    let ((lo, hi), ticks) = around_zero(lo, hi, 5);
    let frame = Frame::new((width, height), (lo, hi), &ticks);
    let x = Linear::new((first, last), (frame.x.0 + 10.0, frame.x.1 - 10.0));
    let svg = draw(width, height, &summary, |canvas| {
        frame.draw(canvas, &x, &points, &ticks, limit);
    });
    let points = pointed(&exploration.shift, &points, &frame, &x);
    Some(Chart { svg, summary, table: table(&exploration.shift), points, rows: Vec::new() })
}

/// The drawn percentiles with both sides' figures.
fn pointed(shift: &[Shifted], drawn: &[Drawn], frame: &Frame, x: &Linear) -> String {
    let heads = ["Baseline", "Run", "Change", "Interval", "Requests above"];
    let mut points = Points::new("percentile", frame.x, frame.y, &heads);
    for s in shift {
        let Some(point) = drawn.iter().find(|point| point.percentile == s.percentile) else { continue };
        let cells = cells(s);
        let above = s.above.map_or_else(none, |n| number::count((n + 1e-6) as u64));
        let cells: Vec<&str> = cells.iter().map(String::as_str).chain([above.as_str()]).collect();
        points.push(point.at, x.px(point.at), [None, Some(frame.scale.px(point.pct))], &cells);
    }
    points.text()
}

fn none() -> String {
    "–".to_owned()
}

/// A plotted percentile.
struct Drawn {
    percentile: Percentile,
    /// Position on the nines axis.
    at: f64,
    pct: f64,
    band: Option<(Option<f64>, Option<f64>)>,
    supported: bool,
}

impl Drawn {
    fn of(shifted: &Shifted) -> Option<Self> {
        let percentile = shifted.percentile;
        let above = shifted.above.unwrap_or(f64::INFINITY);
        // Tolerance: 1 - 0.99 is not exactly 0.01.
        if percentile >= Percentile::P100 || (percentile > Percentile::P95 && above < 1.0 - 1e-9) {
            return None;
        }
        let band = (shifted.interval.lower, shifted.interval.upper);
        Some(Self {
            percentile,
            at: nines(percentile.share()),
            pct: shifted.change_pct()?,
            band: (band != (None, None)).then_some(band),
            supported: above >= SUPPORT - 1e-9,
        })
    }
}

/// Range of the vertical axis: the changes and the limit, and the bands unless much wider.
fn range(points: &[Drawn], limit: Option<f64>) -> (f64, f64) {
    let of =
        |values: &mut dyn Iterator<Item = f64>| values.fold((0.0_f64, 0.0_f64), |(lo, hi), v| (lo.min(v), hi.max(v)));
    let (lo, hi) = of(&mut points.iter().map(|p| p.pct).chain(limit));
    let reach = (hi - lo).max(5.0) * BAND_REACH;
    let ends = points.iter().filter_map(|p| p.band).flat_map(|(l, u)| [l, u]).flatten();
    let (band_lo, band_hi) = of(&mut ends.map(|v| v.clamp(lo - reach / 2.0, hi + reach)));
    // Room for the name of the limit on its side away from 0.
    let (lo, hi) = (lo.min(band_lo).max(-100.0).min(lo), hi.max(band_hi));
    let room = (hi - lo).max(1.0) * 0.16;
    match limit {
        Some(limit) if limit >= 0.0 => (lo, hi.max(limit + room)),
        Some(limit) => (lo.min(limit - room), hi),
        None => (lo, hi),
    }
}

/// The plotting area.
struct Frame {
    width: f64,
    x: (f64, f64),
    y: (f64, f64),
    scale: Linear,
}

impl Frame {
    fn new((width, height): (f64, f64), range: (f64, f64), ticks: &[Tick]) -> Self {
        let labels = ticks.iter().map(|t| SMALL.width(&t.label)).fold(20.0, f64::max);
        let y = (LEGEND + 8.0, height - 26.0);
        Self { width, x: ((labels + 10.0).ceil(), width - 14.0), y, scale: Linear::new(range, (y.1, y.0)) }
    }

    fn draw(
        &self,
        canvas: &Canvas<'_>,
        x: &Linear,
        points: &[Drawn],
        ticks: &[Tick],
        limit: Option<(Percentile, f64)>,
    ) {
        let banded = points.iter().any(|p| p.band.is_some());
        let weak = points.iter().find(|p| !p.supported);
        let texts: &[&str] = match (banded, weak.is_some()) {
            (true, true) => &[
                "band: interval; hatched: fewer than 10 requests above",
                "hatched: fewer than 10 above",
                "hatched: < 10",
            ],
            (true, false) => &["band: interval at each percentile", "band: interval"],
            (false, true) => {
                &["no interval; hatched: fewer than 10 requests above", "hatched: fewer than 10 above", "hatched: < 10"]
            }
            (false, false) => &["change of each percentile; no interval", "no interval"],
        };
        caption(canvas, (self.x.0, self.x.1), &texts.iter().map(|t| Caption::Text(t)).collect::<Vec<_>>());
        if let Some(weak) = weak {
            // From halfway between the last supported percentile and the first unsupported one.
            let before = points.iter().rfind(|p| p.supported).map_or(weak.at, |p| (p.at + weak.at) / 2.0);
            self.hatch(canvas, x.px(before).max(self.x.0));
        }
        for tick in ticks {
            let y = crisp(self.scale.px(tick.value));
            canvas.line((self.x.0, y), (self.x.1, y), Stroke::new(Role::Line, 1.0));
            canvas.text((self.x.0 - 8.0, y), Anchor::End, SMALL, Role::Muted, &tick.label);
        }
        self.band(canvas, x, points);
        let zero = crisp(self.scale.px(0.0));
        canvas.line((self.x.0, zero), (self.x.1, zero), Stroke::new(Role::Baseline, 1.2));
        let (first, last) = (points.first().map_or(0.0, |p| p.at), points.last().map_or(1.0, |p| p.at));
        for (px, label) in percentile_ticks(first, last, x, |label| SMALL.width(label)) {
            let bottom = crisp(self.y.1);
            canvas.line((crisp(px), bottom), (crisp(px), bottom + 4.0), Stroke::new(Role::Baseline, 1.0));
            let at = px.min(self.width - SMALL.width(&label) / 2.0);
            canvas.text((at, bottom + 15.0), Anchor::Middle, SMALL, Role::Muted, &label);
        }
        let place = |p: &Drawn| (x.px(p.at), self.scale.px(p.pct));
        let firm: Vec<Point> = points.iter().filter(|p| p.supported).map(place).collect();
        let tail: Vec<Point> =
            firm.last().copied().into_iter().chain(points.iter().filter(|p| !p.supported).map(place)).collect();
        if firm.len() > 1 {
            canvas.path(&firm, RUN);
        }
        if tail.len() > 1 {
            canvas.path(&tail, RUN.alpha(0.5));
        }
        for point in points {
            if point.supported {
                canvas.dot(place(point), 3.1, RUN.role);
            } else {
                canvas.ring(place(point), 2.7, Stroke::new(RUN.role, 1.2));
            }
        }
        if let Some((percentile, pct)) = limit {
            self.limit(canvas, x, points, percentile, pct);
        }
    }

    /// One percentile's limit: a short dashed line at that percentile.
    fn limit(&self, canvas: &Canvas<'_>, x: &Linear, points: &[Drawn], percentile: Percentile, pct: f64) {
        let Some(point) = points.iter().find(|p| p.percentile == percentile) else { return };
        let (middle, y) = (x.px(point.at), crisp(self.scale.px(pct)));
        for dash in 0..5 {
            let from = middle - 24.0 + 10.0 * f64::from(dash);
            let (from, to) = (from.clamp(self.x.0, self.x.1), (from + 6.0).clamp(self.x.0, self.x.1));
            canvas.line((from, y), (to, y), Stroke::new(Role::Ink, 1.6));
        }
        let text = format!("p{percentile} limit {}", number::percent_change(pct));
        let (anchor, at) = if middle > (self.x.0 + self.x.1) / 2.0 {
            (Anchor::End, (middle + 24.0).min(self.x.1))
        } else {
            (Anchor::Start, (middle - 24.0).max(self.x.0))
        };
        // On the side opposite to the line of changes, unless the line of no change is there.
        let zero = self.scale.px(0.0);
        let (above, below) = (y - 10.0, y + 11.0);
        let is_free = |at: f64| (at - zero).abs() > 11.0 && at > self.y.0 + 7.0 && at < self.y.1 - 7.0;
        let wanted = if point.pct > pct { [below, above] } else { [above, below] };
        let away = if y < zero { above } else { below };
        let beside = wanted.into_iter().find(|at| is_free(*at)).unwrap_or(away);
        canvas.text((at, beside), anchor, SMALL, Role::Ink, &text);
    }

    /// Draws the band over consecutive percentiles with an interval.
    fn band(&self, canvas: &Canvas<'_>, x: &Linear, points: &[Drawn]) {
        let y = |v: Option<f64>, open: f64| v.map_or(open, |v| self.scale.px(v));
        for run in points.chunk_by(|a, b| a.band.is_some() == b.band.is_some()) {
            let ends: Vec<(f64, f64, f64)> = run
                .iter()
                .filter_map(|p| p.band.map(|(lower, upper)| (x.px(p.at), y(lower, self.y.1), y(upper, self.y.0))))
                .collect();
            match ends.as_slice() {
                [] => {}
                [(x, lower, upper)] => canvas.rect((x - 4.0, *upper), (x + 4.0, *lower), Role::Run, 0.16),
                many => {
                    let upper = many.iter().map(|(x, _, upper)| (*x, *upper));
                    let lower = many.iter().rev().map(|(x, lower, _)| (*x, *lower));
                    canvas.area(&upper.chain(lower).collect::<Vec<_>>(), Role::Run, 0.16);
                }
            }
        }
    }

    /// Hatches the background from `from` to the right edge.
    fn hatch(&self, canvas: &Canvas<'_>, from: f64) {
        let ((left, right), (top, bottom)) = ((from.min(self.x.1), self.x.1), self.y);
        canvas.rect((left, top), (right, bottom), Role::Muted, SHADE * 0.6);
        let height = bottom - top;
        let lines = ((right - left + height) / HATCH).floor().clamp(0.0, 2000.0) as u32;
        // One continuous path: separate lines would make the SVG larger.
        let mut path: Vec<Point> = Vec::new();
        for i in 1..=lines {
            // From the lower edge up to the right, clipped at the left and right edges.
            let foot = left - height + HATCH * f64::from(i);
            let (start, end) = (foot.max(left), (foot + height).min(right));
            if end > start {
                let at = |x: f64| (x, bottom - (x - foot));
                let ends = [at(start), at(end)];
                path.extend(if i % 2 == 0 { ends } else { [ends[1], ends[0]] });
            }
        }
        if path.len() > 1 {
            canvas.path(&path, Stroke::new(Role::Muted, 1.0).alpha(0.22));
        }
    }
}

fn summary(subject: &Subject, points: &[Drawn], limit: Option<(Percentile, f64)>) -> String {
    let mut summary =
        format!("Change of response time of {} by percentile, run against baseline.", shorten(&subject.label(), 80));
    let moves: Vec<String> = [Percentile::P50, Percentile::P95, Percentile::P99]
        .into_iter()
        .filter_map(|p| {
            let point = points.iter().find(|drawn| drawn.percentile == p)?;
            let range = point.band.and_then(|(l, u)| number::change_range(l, u, " %"));
            let range = range.map(|range| format!(" (interval {range})")).unwrap_or_default();
            Some(format!("p{p} {}{range}", number::percent_change(point.pct)))
        })
        .collect();
    if !moves.is_empty() {
        summary.push_str(&format!(" {}.", moves.join(", ")));
    }
    if let Some((p, pct)) = limit {
        summary.push_str(&format!(" The limit of p{p} is {}.", number::percent_change(pct)));
    }
    if points.iter().any(|p| !p.supported) {
        summary.push_str(" Hollow points have fewer than 10 requests above them on one side.");
    }
    summary
}

fn table(shift: &[Shifted]) -> (Vec<String>, Vec<Vec<String>>) {
    let rows = shift.iter().map(|s| cells(s).to_vec());
    (["Percentile", "Baseline", "Run", "Change", "Interval"].map(str::to_owned).to_vec(), rows.collect())
}

fn cells(s: &Shifted) -> [String; 5] {
    [
        format!("p{}", s.percentile),
        number::latency_ms(s.baseline_ms),
        number::latency_ms(s.run_ms),
        s.change_pct().map_or_else(|| "∞".to_owned(), number::percent_change),
        number::change_range(s.interval.lower, s.interval.upper, " %").unwrap_or_else(none),
    ]
}
