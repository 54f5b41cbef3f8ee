use std::collections::BTreeMap;

use super::Metric;

/// How sure one side's figures are, where that cannot be computed from what the endpoint itself holds: the samples, the
/// time series or the single runs are somewhere else. A shared link, a saved report and the typical run of several
/// repeats carry these few numbers instead.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sureness {
    /// By metric: how sure its figure is.
    pub precision: BTreeMap<Metric, Precision>,
    /// By metric: how far two runs of the same program differ, in percent, as earlier runs show.
    pub noise_pct: BTreeMap<Metric, f64>,
}

impl Sureness {
    /// Whether it says nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.precision.is_empty() && self.noise_pct.is_empty()
    }
}

/// How sure one figure of one side is.
#[derive(Debug, Clone, PartialEq)]
pub enum Precision {
    /// From time batches of one run: Student's t around the figure's logarithm.
    Batches(Batches),
    /// From order statistics of independent samples: one standard error to either side of the figure's logarithm.
    Order(Order),
    /// From counts, whose variance is so many times that of independent requests (at least 1).
    Dispersion(f64),
    /// The figure in each of several runs, in the order of the runs. The run is the unit.
    Runs(Vec<f64>),
}

/// What time batches say of a figure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Batches {
    /// Standard error of the figure's natural logarithm.
    pub standard_error: f64,
    /// How many batches: one more than the degrees of freedom.
    pub batches: u32,
    /// Integrated autocorrelation time over the whole series, in intervals of the series.
    pub tau: f64,
    /// Whether the series depends on itself for longer than batches can be made.
    pub dependent: bool,
}

/// What order statistics say of a quantile.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Order {
    /// Standard error of the logarithm below the figure: the distance to the lower bound over the normal quantile.
    pub below: f64,
    /// The same above the figure.
    pub above: f64,
    /// The smallest tail at which the samples still bound the quantile on both sides.
    pub deepest: f64,
    /// How many times the variance is that of independent samples.
    pub design: f64,
    /// Whether independence was assumed, there being no times.
    pub assumed: bool,
}

/// Rounds to so many significant digits, so that a figure is the same where only its digits travelled.
#[must_use]
pub fn significant(value: f64, digits: usize) -> f64 {
    if !value.is_finite() || value == 0.0 {
        return value;
    }
    format!("{value:.*e}", digits.saturating_sub(1)).parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::significant;

    #[test]
    fn digits_are_kept() {
        assert_eq!(significant(0.012_345_6, 4), 0.012_35);
        assert_eq!(significant(123_456.0, 3), 123_000.0);
        assert_eq!(significant(0.0, 3), 0.0);
    }
}
