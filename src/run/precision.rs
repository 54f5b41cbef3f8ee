use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::OnceLock;

use super::Metric;

/// Precision of one side's figures, if it cannot be computed from the endpoint: the samples, the time series or the
/// single runs are not stored here. A shared link, a saved report and the typical run of several repeats carry these
/// few numbers instead.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sureness {
    /// Precision by metric.
    pub precision: BTreeMap<Metric, Precision>,
    /// Noise between runs of the same program in percent, by metric, from earlier runs.
    pub noise_pct: BTreeMap<Metric, f64>,
    /// For the run of a pair, by metric: what was judged, if not the figure itself.
    pub judged: BTreeMap<Metric, Judged>,
}

impl Sureness {
    /// Whether it is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.precision.is_empty() && self.noise_pct.is_empty() && self.judged.is_empty()
    }
}

/// What was judged of a change if not the figures shown. Stored with the run's figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Judged {
    /// Added to ln(run ÷ baseline) of the figures shown, in units of 1 ÷ [`Judged::STEPS`].
    pub shift: i32,
    /// Judged on response times of successful requests only.
    pub successes: bool,
    /// Failed requests are among the response times and may explain part of the change.
    pub mixed: bool,
    /// Judged on the total with the baseline's mix of endpoints.
    pub mix: bool,
    /// Seconds excluded on both sides as warm-up.
    pub left_out_s: Option<u32>,
    /// Start of the change, in seconds since the start of the run.
    pub since_s: Option<u32>,
    /// Period of nearly all failures, in seconds since the start of the run.
    pub burst_s: Option<(u32, u32)>,
    /// Extra noise between two runs beyond the stated noise, in tenths of it: queues amplify small changes.
    pub more_noise: u8,
}

impl Judged {
    /// Steps of [`Judged::shift`] in a change by a factor of e.
    pub const STEPS: f64 = 10_000.0;
}

/// Precision of one figure of one side.
#[derive(Debug, Clone, PartialEq)]
pub enum Precision {
    /// From slices of both runs, or from moments: Student's t around the figure's logarithm.
    Batches(Batches),
    /// From order statistics of independent samples: one standard error on each side of the figure's logarithm.
    Order(Order),
    /// From counts: factor of their variance over that of independent requests (at least 1).
    Dispersion(f64),
    /// The figure in each of several runs, in order. The run is the unit.
    Runs(Vec<f64>),
    /// None; the number of requests that would be needed.
    TooFew(u64),
}

/// Precision from slices of a run, or from moments.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Batches {
    /// Standard error of the figure's natural logarithm.
    pub standard_error: f64,
    /// One more than the degrees of freedom.
    pub batches: u32,
    /// Whether the dependence between requests was assumed, for lack of times.
    pub assumed: bool,
}

/// Precision of a quantile from order statistics.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Order {
    /// Standard error of the logarithm below the figure: the distance to the lower bound over the normal quantile.
    pub below: f64,
    /// The same above the figure.
    pub above: f64,
    /// The smallest tail at which the samples bound the quantile on both sides.
    pub deepest: f64,
    /// Factor of the variance over that of independent samples.
    pub design: f64,
    /// Whether the dependence between requests was assumed, for lack of times.
    pub assumed: bool,
}

/// Points per decade of the error grid: neighbours are 2.4 % apart.
const POINTS: i64 = 96;
/// Positions of the grid's first and last point: 10⁻¹² and 10⁶.
const PLACES: RangeInclusive<i64> = -12 * POINTS..=6 * POINTS;

/// Rounds an error up to the next point of a logarithmic grid, so that transferring the grid position is lossless. An
/// interval gets wider by 1.2 % on average and never narrower; the standard error of ten batches is itself uncertain by
/// a quarter.
pub(crate) fn rounded_up(value: f64) -> f64 {
    place_above(value).and_then(at_place).unwrap_or(value)
}

/// Position of the first grid point not below the value. `None` for 0 and beyond the grid.
pub(crate) fn place_above(value: f64) -> Option<i64> {
    if !(value > 0.0 && value <= 1e6) {
        return None;
    }
    let near = libm::floor(libm::log10(value.max(1e-12)) * POINTS as f64) as i64;
    (near - 1..near + 3).find(|place| at_place(*place).is_some_and(|point| point >= value))
}

/// The grid point at a position, to four digits.
pub(crate) fn at_place(place: i64) -> Option<f64> {
    static GRID: OnceLock<Vec<f64>> = OnceLock::new();
    let point = |place| significant(libm::pow(10.0, place as f64 / POINTS as f64), 4);
    let grid = GRID.get_or_init(|| PLACES.map(point).collect());
    grid.get(usize::try_from(place.checked_sub(*PLACES.start())?).ok()?).copied()
}

/// Rounds to this number of significant digits, so that transferring the digits is lossless.
#[must_use]
pub fn significant(value: f64, digits: usize) -> f64 {
    if !value.is_finite() || value == 0.0 {
        return value;
    }
    format!("{value:.*e}", digits.saturating_sub(1)).parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_rounded_up_and_only_once() {
        let mut value = 1e-12;
        while value < 1e6 {
            let up = rounded_up(value);
            assert!((value..value * 1.025).contains(&up), "{value} became {up}");
            assert_eq!(rounded_up(up), up);
            assert_eq!(place_above(up).and_then(at_place), Some(up));
            value *= 1.0137;
        }
        assert_eq!(rounded_up(1.0), 1.0);
        assert_eq!(rounded_up(1e-30), 1e-12);
        for beyond in [0.0, 2e6, f64::INFINITY] {
            assert_eq!((rounded_up(beyond), place_above(beyond)), (beyond, None));
        }
    }

    #[test]
    fn digits_are_kept() {
        assert_eq!(significant(0.012_345_6, 4), 0.012_35);
        assert_eq!(significant(123_456.0, 3), 123_000.0);
        assert_eq!(significant(0.0, 3), 0.0);
    }
}
