//! One interval per row against its limit, on a common axis: a forest plot in table cells.
//!
//! Response times and rates change by a factor: the axis is ln(run ÷ baseline), so that double and half are equally far
//! from 0. Error rates change by percentage points, on a linear axis.

use super::axis::SHADE;
use super::canvas::{Anchor, Canvas, Stroke, crisp, draw, glyph};
use super::scale::{Linear, round_change};
use super::text::Font;
use super::theme::Role;
use super::{Chart, Size};
use crate::compare::{Comparison, Row, Subject, Verdict};
use crate::number;
use crate::run::Metric;
use crate::stats::Bounds;

const LABEL: Font = Font::sans(11.5);
/// Height of a row.
const HEIGHT: f64 = 26.0;
/// Space at both ends for arrows of values beyond the axis.
const EDGE: f64 = 9.0;
/// Height and half the width of such an arrow.
const ARROW: (f64, f64) = (7.0, 4.5);

/// Minimum extent of the axis to each side, so that noise does not look like a change.
const MIN_RATIO: f64 = 0.182_321_556_793_954_6; // ln 1.2
const MIN_POINTS: f64 = 0.5;
/// Maximum extent for intervals that are wide because of little data.
const MAX_RATIO: f64 = 1.386_294_361_119_890_6; // ln 4
const MAX_POINTS: f64 = 5.0;

/// The intervals of one metric on one axis.
#[derive(Debug, Clone)]
pub struct Forest {
    metric: Metric,
    width: f64,
    /// Extent of the axis to each side, in the unit of [`Forest::at`].
    span: f64,
    confidence_pct: f64,
}

/// The data of one row, in display units: percent or points.
struct Mark {
    change: f64,
    interval: Bounds,
    limit: Option<f64>,
    floor: f64,
    verdict: Verdict,
    /// Whether the verdict is certain: a filled dot.
    settled: bool,
}

impl Forest {
    /// The axis for a metric over all subjects with a known change; `None` without any.
    #[must_use]
    pub fn new(comparison: &Comparison, metric: &Metric, size: Size) -> Option<Self> {
        let width = if size.narrow { 320.0 } else { 196.0 };
        let confidence_pct = comparison.policy.compare.confidence * 100.0;
        let mut forest = Self { metric: metric.clone(), width, span: 1.0, confidence_pct };
        let marks: Vec<Mark> = comparison.subjects.iter().filter_map(|s| forest.mark(s)).collect();
        if marks.is_empty() {
            return None;
        }
        let (least, widest) = if forest.is_points() { (MIN_POINTS, MAX_POINTS) } else { (MIN_RATIO, MAX_RATIO) };
        let most = |of: &dyn Fn(&Mark) -> Option<f64>| {
            let far: Vec<f64> = marks.iter().filter_map(of).map(|v| forest.at(v).abs()).collect();
            most_of(far.into_iter().filter(|v| v.is_finite()).collect())
        };
        let ends = |pick: fn(&Bounds) -> Option<f64>| most(&|m| pick(&m.interval));
        let extent = ends(|b| b.lower).max(ends(|b| b.upper));
        let needed = (most(&|m| m.limit) * 1.6).max(most(&|m| Some(m.change)) * 1.15).max(most(&|m| Some(m.floor)));
        forest.span = (extent * 1.08).min(widest).max(needed).max(least);
        Some(forest)
    }

    fn is_points(&self) -> bool {
        self.metric.unit() == "%"
    }

    /// Position of a change on the axis: infinite below −100 %.
    fn at(&self, change: f64) -> f64 {
        match () {
            () if self.is_points() => change,
            () if change > -100.0 => libm::log1p(change / 100.0),
            () => f64::NEG_INFINITY,
        }
    }

    fn scale(&self) -> Linear {
        Linear::new((-self.span, self.span), (EDGE, self.width - EDGE))
    }

    fn mark(&self, subject: &Subject) -> Option<Mark> {
        let row = subject.row(&self.metric)?;
        let change = row.change.as_ref()?;
        let change = if self.is_points() { Some(change.abs) } else { change.pct };
        let change = change.filter(|c| c.is_finite())?;
        let evidence = row.evidence.as_ref();
        Some(Mark {
            change,
            interval: evidence.map(|e| e.interval).unwrap_or_default(),
            limit: evidence.map_or_else(|| limit_of(row, self.is_points()), |e| e.limit),
            floor: evidence.map_or(0.0, |e| e.floor),
            verdict: row.verdict,
            settled: !matches!(
                row.verdict,
                Verdict::ProbablyRegressed | Verdict::ProbablyImproved | Verdict::Unclear | Verdict::TooFew
            ),
        })
    }

    /// The metric whose intervals are drawn.
    #[must_use]
    pub fn metric(&self) -> &Metric {
        &self.metric
    }

    /// The axis for a column head: its ends, and no change.
    #[must_use]
    pub fn head(&self) -> Chart {
        let scale = self.scale();
        let [low, high] = self.ticks();
        let labels = [low, 0.0, high].map(|value| (value, round_change(value, self.metric.change_unit())));
        let kind = if self.is_points() { "" } else { ", logarithmic, so that twice and half lie equally far from 0" };
        let summary = format!("Axis: change of {}, {} to {}{kind}", self.metric.title(), labels[0].1, labels[2].1);
        let svg = draw(self.width, 18.0, &summary, |canvas| {
            for (value, label) in &labels {
                let px = scale.px(self.at(*value));
                let half = LABEL.width(label) / 2.0;
                let x = px.clamp(half, (self.width - half).max(half));
                canvas.text((x, 7.0), Anchor::Middle, LABEL, Role::Muted, label);
                canvas.line((crisp(px), 14.0), (crisp(px), 18.0), Stroke::new(Role::Baseline, 1.0));
            }
        });
        let table = (vec!["Tick".to_owned()], labels.into_iter().map(|(_, label)| vec![label]).collect());
        Chart { svg, summary, table, ..Chart::default() }
    }

    /// The last round change on each side.
    fn ticks(&self) -> [f64; 2] {
        let last = |round: &mut dyn Iterator<Item = f64>| {
            round.take_while(|v| self.at(*v).abs() <= self.span).last().unwrap_or(0.0)
        };
        if self.is_points() {
            let mut round = (-2..9).flat_map(|k| [1.0, 2.0, 5.0].map(|m| m * libm::pow(10.0, f64::from(k))));
            let high = last(&mut round);
            return [-high, high];
        }
        let down = [5.0, 10.0, 15.0, 20.0, 30.0, 40.0, 50.0, 60.0, 75.0, 90.0, 95.0, 99.0, 99.9];
        let up = [5.0, 10.0, 20.0, 30.0, 50.0, 75.0, 100.0, 150.0, 200.0, 300.0, 500.0];
        let more = (3..300).map(|k| libm::pow(10.0, f64::from(k)));
        [last(&mut down.into_iter().map(|d| -d)), last(&mut up.into_iter().chain(more))]
    }

    /// One subject's interval; `None` if the metric is not on both sides.
    #[must_use]
    pub fn row(&self, subject: &Subject) -> Option<Chart> {
        let mark = self.mark(subject)?;
        let summary = self.words(&mark);
        let svg = glyph(self.width, HEIGHT, &summary, |canvas| self.draw(canvas, &mark));
        let cells = [
            number::signed(mark.change, self.metric.change_unit()),
            number::change_range(mark.interval.lower, mark.interval.upper, self.metric.change_unit())
                .unwrap_or_else(|| "–".into()),
            mark.limit.map_or_else(|| "–".into(), |l| number::signed(l, self.metric.change_unit())),
        ];
        let table = (["Change", "Interval", "Limit"].map(str::to_owned).to_vec(), vec![cells.to_vec()]);
        Some(Chart { svg, summary, table, ..Chart::default() })
    }

    fn words(&self, mark: &Mark) -> String {
        let unit = self.metric.change_unit();
        let mut words = format!("{} {}", self.metric.title(), number::signed(mark.change, unit));
        match number::change_range(mark.interval.lower, mark.interval.upper, unit) {
            Some(range) => words.push_str(&format!(", {} % interval {range}", number::figure(self.confidence_pct))),
            None => words.push_str(", no interval"),
        }
        if let Some(limit) = mark.limit {
            words.push_str(&format!("; limit {}", number::signed(limit, unit)));
        }
        if mark.floor > 0.0 {
            words.push_str(&format!("; equal runs may differ by {} %", number::figure(mark.floor)));
        }
        words
    }

    fn draw(&self, canvas: &Canvas<'_>, mark: &Mark) {
        let scale = self.scale();
        let px = |change: f64| scale.px(self.at(change));
        let (top, bottom, y) = (2.0, HEIGHT - 2.0, HEIGHT / 2.0);
        if mark.floor > 0.0 {
            canvas.rect((px(-mark.floor), top), (px(mark.floor), bottom), Role::Muted, SHADE * 1.4);
        }
        let zero = crisp(px(0.0));
        canvas.line((zero, top), (zero, bottom), Stroke::new(Role::Baseline, 1.0));
        if let Some(limit) = mark.limit.filter(|l| self.at(*l).abs() <= self.span) {
            let x = crisp(px(limit));
            for dash in 0..4 {
                let from = top + 6.0 * f64::from(dash);
                canvas.line((x, from), (x, (from + 3.6).min(bottom)), Stroke::new(Role::Ink, 1.3));
            }
        }
        let role = role_of(mark.verdict);
        let known = mark.interval.lower.is_some() || mark.interval.upper.is_some();
        if known {
            let (from, to) = (mark.interval.lower.map_or(EDGE, px), mark.interval.upper.map_or(self.width - EDGE, px));
            canvas.line((from, y), (to, y), Stroke::new(role, 2.2));
            let beyond = |end: Option<f64>| end.is_none_or(|v| self.at(v).abs() > self.span);
            if beyond(mark.interval.lower) {
                arrow(canvas, (from, y), -1.0, role);
            }
            if beyond(mark.interval.upper) {
                arrow(canvas, (to, y), 1.0, role);
            }
        }
        let x = px(mark.change);
        if self.at(mark.change).abs() > self.span {
            // The figure itself is beyond the axis.
            return arrow(canvas, (x, y), mark.change.signum(), role);
        }
        canvas.dot((x, y), 4.2, role);
        if !mark.settled {
            canvas.dot((x, y), 2.3, Role::Card);
        }
    }
}

/// An arrow pointing beyond the axis.
fn arrow(canvas: &Canvas<'_>, (x, y): (f64, f64), to: f64, role: Role) {
    let (length, half) = ARROW;
    canvas.area(&[(x + to * length, y), (x, y - half), (x, y + half)], role, 1.0);
}

/// A rule's limit as a change, without evidence.
fn limit_of(row: &Row, points: bool) -> Option<f64> {
    let (target, baseline) = (row.rule.as_ref()?.target?, row.baseline.number?);
    let limit = if points { target - baseline } else { (target / baseline - 1.0) * 100.0 };
    limit.is_finite().then_some(limit)
}

fn role_of(verdict: Verdict) -> Role {
    match verdict {
        Verdict::Critical | Verdict::Regressed => Role::Critical,
        Verdict::Warning | Verdict::Missing | Verdict::ProbablyRegressed => Role::Warning,
        Verdict::Improved | Verdict::ProbablyImproved => Role::Improved,
        Verdict::Unclear | Verdict::TooFew | Verdict::NoData => Role::Unknown,
        Verdict::Within | Verdict::Slower | Verdict::Pass | Verdict::Info | Verdict::New => Role::Pass,
    }
}

/// The 90th percentile (nearest rank), so that few outliers do not compress the rest.
fn most_of(mut values: Vec<f64>) -> f64 {
    crate::order::sort_by(&mut values, f64::total_cmp);
    let rank = (values.len() * 9).div_ceil(10);
    rank.checked_sub(1).and_then(|i| values.get(i)).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forest(metric: Metric, span: f64) -> Forest {
        Forest { metric, width: 200.0, span, confidence_pct: 95.0 }
    }

    #[test]
    fn double_and_half_are_equally_far_from_zero() {
        let forest = forest(Metric::Mean, 1.0);
        let px = |change| forest.scale().px(forest.at(change));
        assert!((px(0.0) - 100.0).abs() < 1e-9);
        assert!((px(100.0) - 100.0 - (100.0 - px(-50.0))).abs() < 1e-9);
        assert_eq!(px(-100.0), EDGE);
        assert_eq!(px(1e9), 200.0 - EDGE);
    }

    /// ln 2 = 0.693; ln(1 − 0.5) = −0.693; ln 1.75 = 0.560.
    #[test]
    fn ticks_by_hand() {
        assert_eq!(forest(Metric::Mean, 0.70).ticks(), [-50.0, 100.0]);
        assert_eq!(forest(Metric::Mean, 0.69).ticks(), [-40.0, 75.0]);
        assert_eq!(forest(Metric::ErrorRate, 1.9).ticks(), [-1.0, 1.0]);
        assert_eq!(forest(Metric::ErrorRate, 2.0).ticks(), [-2.0, 2.0]);
    }

    #[test]
    fn one_in_ten_may_be_outside() {
        assert_eq!(most_of((1..=10).map(f64::from).collect()), 9.0);
        assert_eq!(most_of(vec![3.0, 1000.0]), 1000.0);
        assert_eq!(most_of(Vec::new()), 0.0);
    }
}
