//! Scales from values to pixels, and round ticks: plain structs, identical on every target.

use crate::number;
use crate::run::Percentile;

/// A value on an axis with its label.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tick {
    /// The value.
    pub value: f64,
    /// Its label.
    pub label: String,
}

/// Linear map from a range of values to a range of pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Linear {
    values: (f64, f64),
    pixels: (f64, f64),
}

impl Linear {
    /// Maps `values` onto `pixels`. A range without width maps to the first pixel.
    pub(super) fn new(values: (f64, f64), pixels: (f64, f64)) -> Self {
        Self { values, pixels }
    }

    /// The pixel of a value; values outside the range are clamped.
    pub(super) fn px(&self, value: f64) -> f64 {
        let ((lo, hi), (from, to)) = (self.values, self.pixels);
        // Halved, to avoid overflow of the difference.
        let share = (value / 2.0 - lo / 2.0) / (hi / 2.0 - lo / 2.0);
        let share = if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) };
        from + share * (to - from)
    }
}

impl Linear {
    /// The value of a pixel within the range.
    pub(super) fn value(&self, px: f64) -> f64 {
        let ((lo, hi), (from, to)) = (self.values, self.pixels);
        let share = (px - from) / (to - from);
        lo + (hi - lo) * if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) }
    }
}

/// Logarithmic map from values of at least 0 to pixels. 0, which has no logarithm, has a position of its own before the
/// smallest value above it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Log {
    logs: Linear,
    range: (f64, f64),
    /// The pixel of 0, if there is a 0.
    pub zero_px: Option<f64>,
}

/// Pixels between 0 and the smallest value above it.
const ZERO_GAP: f64 = 34.0;

/// Minimum factor covered by a logarithmic axis, so that noise does not look like a change.
const MIN_SPAN: f64 = 2.5;

impl Log {
    /// A scale for these values onto `pixels`.
    pub(super) fn new(values: impl Iterator<Item = f64> + Clone, pixels: (f64, f64)) -> Self {
        let (from, to) = pixels;
        let has_zero = values.clone().any(|v| v <= 0.0);
        let mut positive = values.filter(|v| *v > 0.0 && v.is_finite());
        let first = positive.next().unwrap_or(1.0);
        let (lo, hi) = positive.fold((first, first), |(lo, hi), v| (lo.min(v), hi.max(v)));
        let (mut log_lo, mut log_hi) = (libm::log10(lo), libm::log10(hi));
        let missing = libm::log10(MIN_SPAN) - (log_hi - log_lo);
        if missing > 0.0 {
            log_lo -= missing / 2.0;
            log_hi += missing / 2.0;
        }
        let start = if has_zero { from + ZERO_GAP } else { from };
        Self {
            logs: Linear::new((log_lo, log_hi), (start, to)),
            range: (libm::pow(10.0, log_lo), libm::pow(10.0, log_hi).min(f64::MAX)),
            zero_px: has_zero.then_some(from),
        }
    }

    /// The pixel of a value of at least 0.
    pub(super) fn px(&self, value: f64) -> f64 {
        match self.zero_px {
            Some(zero) if value <= 0.0 => zero,
            _ => self.logs.px(libm::log10(value)),
        }
    }

    /// The value of a pixel.
    pub(super) fn value(&self, px: f64) -> f64 {
        libm::pow(10.0, self.logs.value(px)).min(f64::MAX)
    }

    /// Round, labelled response times on this axis, with distance between labels of the given `width`.
    pub(super) fn latency_ticks(&self, width: impl Fn(&str) -> f64) -> Vec<Tick> {
        let (lo, hi) = self.range;
        let (log_lo, log_hi) = self.logs.values;
        let decades = (log_lo.floor() as i32, log_hi.ceil() as i32);
        let within =
            |values: Vec<f64>| values.into_iter().filter(|v| *v > 0.0 && (lo..=hi).contains(v)).collect::<Vec<_>>();
        let per_decade = |mantissas: &[f64], every: usize| {
            let powers = (decades.0..=decades.1).step_by(every).map(|k| libm::pow(10.0, f64::from(k)));
            within(powers.flat_map(|power| mantissas.iter().map(move |m| m * power)).collect())
        };
        let mut choices: Vec<_> = [&[1.0, 2.0, 5.0][..], &[1.0, 3.0], &[1.0]].map(|m| per_decade(m, 1)).into();
        choices.extend([2, 3, 5, 10, 20, 50, 100, 200].map(|every| per_decade(&[1.0], every)));
        if log_hi - log_lo < 1.2 {
            choices.extend([10, 8, 6, 5, 4, 3, 2].map(|count| within(multiples(lo, hi, count))));
        }
        let labelled: Vec<_> = choices.into_iter().map(|values| label_latencies(&values)).collect();
        let roomy = |ticks: &Vec<Tick>| {
            let edges: Vec<_> = ticks.iter().map(|t| (self.px(t.value), width(&t.label) / 2.0)).collect();
            edges.iter().zip(edges.iter().skip(1)).all(|(a, b)| b.0 - a.0 >= (a.1 + b.1 + 18.0).max(46.0))
        };
        // Prefer the most that fit, then the first.
        labelled.into_iter().filter(roomy).rev().max_by_key(Vec::len).unwrap_or_default()
    }
}

/// Labels for ascending response times: the unit on the first, and where it changes.
fn label_latencies(values: &[f64]) -> Vec<Tick> {
    let mut last_unit = "";
    let label = |value: &f64| {
        let text = number::latency_ms(*value);
        let (figure, unit) = text.rsplit_once(' ').unwrap_or((&text, ""));
        // Seconds always have their unit.
        let bare = unit == last_unit && unit == "ms";
        last_unit = if unit == "s" { "s" } else { "ms" };
        Tick { value: *value, label: if bare { figure.to_owned() } else { text } }
    };
    values.iter().map(label).collect()
}

/// The step for about `count` round multiples (1, 2 or 5 times a power of ten) over a width; `None` without one.
fn round_step(width: f64, count: u32) -> Option<f64> {
    let raw = width / f64::from(count.max(1));
    if !(raw.is_finite() && raw > 0.0) {
        return None;
    }
    let power = libm::pow(10.0, libm::floor(libm::log10(raw)));
    let step = [1.0, 2.0, 5.0, 10.0].map(|m| m * power).into_iter().find(|step| *step >= raw * 0.999_999)?;
    (step.is_finite() && step > 0.0).then_some(step)
}

/// Round multiples from `lo` to `hi`, about `count`.
fn multiples(lo: f64, hi: f64, count: u32) -> Vec<f64> {
    let Some(step) = round_step(hi - lo, count) else { return Vec::new() };
    let first = (lo / step).ceil();
    (0..=count * 3).map(|i| (first + f64::from(i)) * step).take_while(|v| *v <= hi * (1.0 + 1e-9)).collect()
}

/// The unit of an axis from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// Milliseconds; long ones in seconds.
    Latency,
    /// Per second.
    Rate,
    /// Percent.
    Percent,
    /// A number without a unit.
    Count,
}

/// An axis from 0 to a round number of at least `max`: its upper end, and its ticks, with the unit on the topmost.
pub(super) fn from_zero(max: f64, unit: Unit, count: u32) -> (f64, Vec<Tick>) {
    let max = if max > 0.0 && max.is_finite() { max } else { 1.0 };
    let steps = round_step(max, count).map(|step| (step, (max / step * 0.999_999).ceil()));
    let (step, parts) = steps.filter(|(step, parts)| (step * parts).is_finite()).unwrap_or((max, 1.0));
    let top = step * parts;
    let (divisor, name) = match unit {
        Unit::Latency if top >= 2000.0 => (1000.0, " s"),
        Unit::Latency => (1.0, " ms"),
        Unit::Rate => (1.0, " /s"),
        Unit::Percent => (1.0, " %"),
        Unit::Count => (1.0, ""),
    };
    let parts = parts.clamp(1.0, 20.0) as u32;
    let tick = |i: u32| {
        let value = f64::from(i) * step;
        let name = if i == parts { name } else { "" };
        Tick { value, label: format!("{}{name}", number::figure(value / divisor)) }
    };
    (top, (0..=parts).map(tick).collect())
}

/// Steps of a time axis in seconds.
const TIME_STEPS: [u64; 18] =
    [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400];

/// A round number of seconds of at least `least`.
pub(super) fn time_step_s(least: f64) -> u64 {
    let day = 86_400_u64;
    TIME_STEPS.into_iter().find(|step| *step as f64 >= least).unwrap_or_else(|| {
        let days = round_step(least / day as f64, 1).unwrap_or(1.0);
        (days as u64).saturating_mul(day).max(day)
    })
}

/// Ticks from 0 to `duration_s`, at most about `count`.
pub(super) fn time_ticks(duration_s: f64, count: u32) -> Vec<Tick> {
    let step = time_step_s(duration_s / f64::from(count.max(1)));
    let ticks = (0..=u64::from(count) + 1).map(|i| i.saturating_mul(step));
    let ticks = ticks.take_while(|t| *t as f64 <= duration_s);
    ticks.map(|t| Tick { value: t as f64, label: clock(t) }).collect()
}

/// Label of a moment of a run: `0`, `30 s`, `1 min`, `1:30`, `2 h`, `3 d`.
fn clock(s: u64) -> String {
    match s {
        0 => "0".into(),
        s if s % 86_400 == 0 && s > 86_400 => format!("{} d", number::count(s / 86_400)),
        s if s % 3600 == 0 => format!("{} h", s / 3600),
        s if s > 3600 => format!("{}:{:02} h", s / 3600, s / 60 % 60),
        s if s % 60 == 0 => format!("{} min", s / 60),
        s if s > 60 => format!("{}:{:02}", s / 60, s % 60),
        s => format!("{s} s"),
    }
}

/// Position of a percentile (a share below 1) on a nines axis: 1 for 0.9, 2 for 0.99, 3 for 0.999.
pub(super) fn nines(share: f64) -> f64 {
    -libm::log10((1.0 - share).max(1e-9))
}

/// Label of a round change: `+20 %`, `−0.5 pp`, `0`.
pub(super) fn round_change(value: f64, unit: &str) -> String {
    match value {
        v if v > 0.0 => format!("+{}{unit}", number::figure(v)),
        v if v < 0.0 => format!("−{}{unit}", number::figure(-v)),
        _ => "0".into(),
    }
}

/// An axis of changes in percent that covers 0 and `lo` to `hi`: its round ends, and its ticks.
pub(super) fn around_zero(lo: f64, hi: f64, count: u32) -> ((f64, f64), Vec<Tick>) {
    let bound = |v: f64| if v.is_finite() { v.clamp(-1e300, 1e300) } else { 0.0 };
    let (lo, hi) = (bound(lo).min(0.0), bound(hi).max(0.0));
    let (lo, hi) = if hi - lo < 1.0 { (lo - 1.0, hi + 1.0) } else { (lo, hi) };
    let Some(step) = round_step(hi - lo, count) else { return ((lo, hi), Vec::new()) };
    let (below, above) = ((-lo / step * 0.999_999).ceil(), (hi / step * 0.999_999).ceil());
    let (below, above) = (below.clamp(0.0, 40.0) as i32, above.clamp(0.0, 40.0) as i32);
    let tick = |i: i32| {
        let value = f64::from(i) * step;
        Tick { value, label: round_change(value, " %") }
    };
    ((f64::from(-below) * step, f64::from(above) * step), (-below..=above).map(tick).collect())
}

/// The usual percentiles between `first` and `last`, without overlaps: pixels and labels.
pub(super) fn percentile_ticks(first: f64, last: f64, x: &Linear, width: impl Fn(&str) -> f64) -> Vec<(f64, String)> {
    let usual = [50_000, 90_000, 99_000, 99_900, 99_990, 99_999, 95_000, 75_000, 25_000].map(Percentile);
    let mut ticks: Vec<(f64, String)> = Vec::new();
    // In order of importance; later ones must fit.
    for p in usual {
        let at = nines(p.share());
        let (px, label) = (x.px(at), format!("p{p}"));
        let half = |label: &str| width(label) / 2.0;
        let free = |(other, text): &(f64, String)| (other - px).abs() >= half(text) + half(&label) + 10.0;
        if at >= first - 1e-9 && at <= last + 1e-9 && ticks.iter().all(free) {
            ticks.push((px, label));
        }
    }
    crate::order::sort_by(&mut ticks, |a, b| a.0.total_cmp(&b.0));
    ticks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(ticks: &[Tick]) -> Vec<&str> {
        ticks.iter().map(|t| t.label.as_str()).collect()
    }

    #[test]
    fn linear_by_hand() {
        let scale = Linear::new((0.0, 200.0), (100.0, 0.0));
        assert_eq!(scale.px(0.0), 100.0);
        assert_eq!(scale.px(50.0), 75.0);
        assert_eq!(scale.px(1000.0), 0.0);
        assert_eq!(Linear::new((3.0, 3.0), (10.0, 20.0)).px(3.0), 10.0);
        assert_eq!(Linear::new((-1.7e308, 1.7e308), (0.0, 10.0)).px(0.0), 5.0);
    }

    #[test]
    fn log_by_hand() {
        let scale = Log::new([10.0, 1000.0, 100.0].into_iter(), (0.0, 200.0));
        assert_eq!(scale.px(10.0), 0.0);
        assert!((scale.px(100.0) - 100.0).abs() < 1e-9);
        assert_eq!(scale.px(1000.0), 200.0);
        assert_eq!(scale.zero_px, None);
    }

    /// The least span around 100 is 100/√2.5 to 100·√2.5: 63 to 158.
    #[test]
    fn equal_values_are_in_the_middle() {
        let scale = Log::new([100.0, 100.0].into_iter(), (0.0, 200.0));
        assert!((scale.px(100.0) - 100.0).abs() < 1e-9);
        assert_eq!(labels(&scale.latency_ticks(|_| 20.0)), ["100 ms", "150"]);
    }

    #[test]
    fn zero_has_its_own_position() {
        let scale = Log::new([0.0, 1.0, 100.0].into_iter(), (10.0, 244.0));
        assert_eq!(scale.px(0.0), 10.0);
        assert_eq!(scale.px(1.0), 44.0);
        assert_eq!(scale.px(100.0), 244.0);
        let only_zero = Log::new([0.0].into_iter(), (10.0, 244.0));
        assert_eq!(only_zero.px(0.0), 10.0);
    }

    #[test]
    fn latency_ticks_by_width() {
        let scale = |width| Log::new([8.0, 2400.0].into_iter(), (0.0, width));
        let ticks = |width| scale(width).latency_ticks(|label| label.len() as f64 * 7.0);
        assert_eq!(labels(&ticks(800.0)), ["10 ms", "20", "50", "100", "200", "500", "1 s", "2 s"]);
        assert_eq!(labels(&ticks(300.0)), ["10 ms", "30", "100", "300", "1 s"]);
        assert_eq!(labels(&ticks(200.0)), ["10 ms", "100", "1 s"]);
    }

    #[test]
    fn axes_from_zero() {
        let (top, ticks) = from_zero(790.0, Unit::Latency, 4);
        assert_eq!((top, labels(&ticks)), (800.0, vec!["0", "200", "400", "600", "800 ms"]));
        let (top, ticks) = from_zero(2300.0, Unit::Latency, 4);
        assert_eq!((top, labels(&ticks)), (3000.0, vec!["0", "1", "2", "3 s"]));
        assert_eq!(from_zero(0.0, Unit::Percent, 4).0, 1.0);
        for max in [1e308, f64::MAX, 5e-324, 1e-300] {
            let (top, ticks) = from_zero(max, Unit::Rate, 5);
            assert!(top.is_finite() && top >= max, "{max} {top}");
            assert!(ticks.iter().all(|t| !t.label.contains("inf") && !t.label.contains("NaN")), "{ticks:?}");
        }
    }

    #[test]
    fn time_ticks_by_hand() {
        assert_eq!(labels(&time_ticks(90.0, 4)), ["0", "30 s", "1 min", "1:30"]);
        assert_eq!(labels(&time_ticks(900.0, 6)), ["0", "5 min", "10 min", "15 min"]);
        assert_eq!(labels(&time_ticks(7000.0, 4)), ["0", "30 min", "1 h", "1:30 h"]);
        assert_eq!(labels(&time_ticks(0.0, 4)), ["0"]);
        assert!(time_ticks(1e18, 5).len() <= 7);
    }

    #[test]
    fn axes_around_zero() {
        let ((lo, hi), ticks) = around_zero(-12.0, 47.0, 5);
        assert_eq!((lo, hi), (-20.0, 60.0));
        assert_eq!(labels(&ticks), ["−20 %", "0", "+20 %", "+40 %", "+60 %"]);
        for (lo, hi) in [(0.0, 0.0), (-1e308, 1e308), (f64::NAN, 5.0), (0.0, f64::INFINITY), (-5e-324, 0.0)] {
            let ((from, to), ticks) = around_zero(lo, hi, 5);
            assert!(from < to && from.is_finite() && to.is_finite(), "{lo} {hi}");
            assert!(ticks.iter().all(|t| !t.label.contains("inf") && !t.label.contains("NaN")), "{ticks:?}");
        }
    }

    #[test]
    fn nines_by_hand() {
        assert!((nines(0.9) - 1.0).abs() < 1e-12);
        assert!((nines(0.999) - 3.0).abs() < 1e-12);
        assert!(nines(1.0).is_finite());
    }
}
