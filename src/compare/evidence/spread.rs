//! The precision of the change between the sides, independent of limits.
//!
//! Response times and rates change by a factor: all is in ln(run ÷ baseline), negated when the sides are swapped. Error
//! rates change by a difference of shares.

use super::side::{Error, Side, log};
use crate::run::{Metric, Order};
use crate::stats::proportion::{Proportion, fisher, miettinen_nurminen_p_above, newcombe};
use crate::stats::quantile::smallest_level;
use crate::stats::rate::{self, Rate};
use crate::stats::root::last_true;
use crate::stats::special::{normal_quantile, normal_sf};
use crate::stats::welch::Estimate;
use crate::stats::{Bounds, mover};

/// A change with its error.
#[derive(Debug, Clone, PartialEq)]
pub enum Spread {
    /// Student's t by Welch: slices, moments, or several runs, on both sides.
    Welch(Estimate),
    /// Failures among requests, and the factor of their variance over that of independent requests.
    Shares {
        /// The baseline's.
        baseline: Proportion,
        /// The run's.
        run: Proportion,
        /// At least 1.
        dispersion: f64,
    },
    /// The difference of error rates by endpoint, weighted (Mantel and Haenszel 1959); and the growth of its variance
    /// with the run's share.
    Strata(Estimate, f64),
    /// Any two intervals on the log scale: MOVER.
    Mover(Box<(Bounded, Bounded)>),
    /// Counts over time, exact for Poisson arrivals only.
    Poisson(Rate, Rate),
}

/// One side's figure on the log scale, with bounds at every level.
#[derive(Debug, Clone, PartialEq)]
pub struct Bounded {
    figure: f64,
    error: Error,
}

/// Maximum failures of both sides together for also applying the exact test.
const EXACT_UP_TO: u64 = 60;

/// Degrees of freedom that count as infinite.
const MANY: f64 = 1e6;

impl Spread {
    /// From two sides; `None` if one has too few requests, or a figure is not above 0.
    #[must_use]
    pub fn of(metric: &Metric, baseline: &Side, run: &Side) -> Option<Self> {
        match (&baseline.error, &run.error) {
            (Error::TooFew(_), _) | (_, Error::TooFew(_)) => None,
            (Error::Counts(b, d), Error::Counts(r, _)) => {
                Some(Self::Shares { baseline: *b, run: *r, dispersion: d.max(1.0) })
            }
            (Error::Runs(b), Error::Runs(r)) if *metric == Metric::ErrorRate => {
                let share = |v: &[f64]| v.iter().map(|pct| pct / 100.0).collect::<Vec<_>>();
                Some(Self::Welch(Estimate::of_mean(&share(r))?.minus(&Estimate::of_mean(&share(b))?)?)).filter(sure)
            }
            _ if *metric == Metric::ErrorRate => None,
            (Error::Poisson(b), Error::Poisson(r)) => Some(Self::Poisson(*b, *r)),
            (Error::Poisson(_), _) | (_, Error::Poisson(_)) => None,
            _ => match (baseline.estimate(), run.estimate()) {
                (Some(b), Some(r)) => Some(Self::Welch(r.minus(&b)?)).filter(sure),
                _ => Some(Self::Mover(Box::new((Bounded::of(baseline)?, Bounded::of(run)?)))),
            },
        }
    }

    /// From failures among requests, by endpoint: baseline's and run's.
    #[must_use]
    pub fn strata(strata: &[(Proportion, Proportion)], dispersion: f64) -> Option<Self> {
        let (mut sum, mut weights, mut variance, mut growth) = (0.0, 0.0, 0.0, 0.0);
        for (b, r) in strata {
            let (n0, n1) = (b.trials() as f64, r.trials() as f64);
            let weight = n0 * n1 / (n0 + n1);
            // Under the hypothesis both sides have the same share, apart from the limit.
            let pooled = (b.events() + r.events()) as f64 / (n0 + n1);
            sum += weight * (r.share() - b.share());
            weights += weight;
            let each = weight * weight * (1.0 / n0 + 1.0 / n1);
            variance += each * pooled * (1.0 - pooled);
            // The pooled share rises by half of the run's rise.
            growth += each * (1.0 - 2.0 * pooled) / 2.0;
        }
        let standard_error = libm::sqrt(variance * dispersion.max(1.0)) / weights;
        let estimate = Estimate { value: sum / weights, standard_error, degrees_of_freedom: MANY };
        let growth = growth.max(0.0) * dispersion.max(1.0) / (weights * weights);
        (weights > 0.0 && standard_error > 0.0 && estimate.value.is_finite()).then_some(Self::Strata(estimate, growth))
    }

    /// Bounds of the change, each wrong with probability `tail`.
    #[must_use]
    pub fn bounds(&self, tail: f64) -> Bounds {
        match self {
            Self::Welch(estimate) | Self::Strata(estimate, _) => {
                estimate.interval(tail).map_or_else(Bounds::default, Bounds::from)
            }
            Self::Shares { baseline, run, dispersion } => {
                let (Some(baseline), Some(run)) = (thinned(*baseline, *dispersion), thinned(*run, *dispersion)) else {
                    return Bounds::default();
                };
                newcombe(baseline, run, tail).map_or_else(Bounds::default, Bounds::from)
            }
            Self::Mover(sides) => {
                let (Some(baseline), Some(run)) = (sides.0.at(tail), sides.1.at(tail)) else {
                    return Bounds::default();
                };
                mover::difference(&baseline, &run)
            }
            Self::Poisson(baseline, run) => {
                let bounds = rate::ratio_interval(*baseline, *run, tail).unwrap_or_default();
                Bounds::new(bounds.lower.and_then(log), bounds.upper.and_then(log))
            }
        }
    }

    /// One-sided p of "the change in the direction of `sign` is at most `margin`": the smallest level at which the
    /// interval excludes the margin, or an upper bound of it if intervals are in steps. For failures by Miettinen and
    /// Nurminen's score test, and for few failures also by Fisher's exact test of "no change": the larger p counts.
    #[must_use]
    pub fn p_beyond(&self, sign: f64, margin: f64) -> f64 {
        match self {
            Self::Welch(e) | Self::Strata(e, _) if sign > 0.0 => e.p_above(margin),
            Self::Welch(e) | Self::Strata(e, _) => e.p_below(-margin),
            Self::Shares { baseline, run, dispersion } => {
                let (from, to) = if sign > 0.0 { (*baseline, *run) } else { (*run, *baseline) };
                shares_p(from, to, margin, *dispersion)
            }
            Self::Mover(_) => self.mover_p(sign, margin),
            Self::Poisson(..) => 1.0,
        }
    }

    /// As [`Spread::p_beyond`]: first the steps of the ladder, then between two of them.
    fn mover_p(&self, sign: f64, margin: f64) -> f64 {
        let clears = |tail: f64| towards(self.bounds(tail), sign).0.is_some_and(|l| l > margin);
        let Some(low) = smallest_level(clears) else { return 1.0 };
        let mut edge = (low / 2.0, low);
        for _ in 0..REFINEMENTS {
            let middle = libm::sqrt(edge.0 * edge.1);
            edge = if clears(middle) { (edge.0, middle) } else { (middle, edge.1) };
        }
        edge.1
    }

    /// Distance of the bound at a level below the estimate, in the direction of `sign`; `None` if there is none.
    #[must_use]
    pub fn half(&self, sign: f64, tail: f64) -> Option<f64> {
        let estimate = sign * self.estimate()?;
        towards(self.bounds(tail), sign).0.map(|lower| (estimate - lower).max(0.0))
    }

    /// The change itself.
    #[must_use]
    pub fn estimate(&self) -> Option<f64> {
        match self {
            Self::Welch(e) | Self::Strata(e, _) => Some(e.value),
            Self::Shares { baseline, run, .. } => Some(run.share() - baseline.share()),
            Self::Mover(sides) => Some(sides.1.figure - sides.0.figure),
            Self::Poisson(baseline, run) => rate::ratio(*baseline, *run).and_then(log),
        }
    }
}

/// Bisections within a step of the ladder.
const REFINEMENTS: usize = 5;

/// One-sided p of "the share rises by at most `margin`".
fn shares_p(from: Proportion, to: Proportion, margin: f64, dispersion: f64) -> f64 {
    let p = miettinen_nurminen_p_above(from, to, margin).unwrap_or(1.0);
    let wider = |p: f64| match normal_quantile(p) {
        Some(z) if dispersion > 1.0 => normal_sf(z / libm::sqrt(dispersion)),
        _ => p,
    };
    let p = wider(p);
    if from.events() + to.events() > EXACT_UP_TO {
        return p;
    }
    p.max(fisher(from, to).map_or(1.0, |f| wider(f.greater.clamp(0.0, 1.0))))
}

/// The smallest confirmed rise of a share from the baseline's, at a level against a margin, by the same test, in whole
/// failures. `None` if not even 100 % failures would be confirmed.
#[must_use]
pub(super) fn smallest_rise(
    baseline: Proportion,
    run: Proportion,
    margin: f64,
    dispersion: f64,
    level: f64,
) -> Option<f64> {
    let confirmed = |events: u64| {
        Proportion::new(events, run.trials()).is_some_and(|to| {
            to.share() > baseline.share() + margin && shares_p(baseline, to, margin, dispersion) <= level
        })
    };
    if !confirmed(run.trials()) {
        return None;
    }
    let (from, to) = (baseline.trials() as f64, run.trials() as f64);
    let share = (baseline.share() + margin).clamp(0.5 / from, 0.5);
    let error = libm::sqrt(dispersion.max(1.0) * share * (1.0 - share) * (1.0 / from + 1.0 / to));
    let guess = ((share + normal_quantile(level).unwrap_or(0.0) * error) * to) as u64;
    let below = run.trials() - 1;
    let unconfirmed = last_true(below, guess.clamp(1, below.max(1)), |events| !confirmed(events)).unwrap_or(0);
    Some((unconfirmed + 1) as f64 / to - baseline.share())
}

/// (lower, upper) of the change in the direction of `sign`.
pub(super) fn towards(bounds: Bounds, sign: f64) -> (Option<f64>, Option<f64>) {
    if sign > 0.0 { (bounds.lower, bounds.upper) } else { (bounds.upper.map(|u| -u), bounds.lower.map(|l| -l)) }
}

/// Without spread the error is unknown: the figures were rounded to the same value.
fn sure(spread: &Spread) -> bool {
    !matches!(spread, Spread::Welch(e) if e.standard_error.is_nan() || e.standard_error <= 0.0)
}

/// The equivalent number of independent requests.
fn thinned(counts: Proportion, dispersion: f64) -> Option<Proportion> {
    if dispersion <= 1.0 {
        return Some(counts);
    }
    let fewer = |n: u64| libm::round(n as f64 / dispersion) as u64;
    let trials = fewer(counts.trials()).max(1);
    Proportion::new(fewer(counts.events()).min(trials), trials)
}

impl Bounded {
    pub(super) fn of(side: &Side) -> Option<Self> {
        Some(Self { figure: log(side.figure)?, error: side.error.clone() })
    }

    fn at(&self, tail: f64) -> Option<mover::Estimated> {
        let value = self.figure;
        let bounds = match &self.error {
            Error::Batches(b) => {
                let df = f64::from(b.batches.saturating_sub(1));
                let estimate = Estimate { value, standard_error: b.standard_error, degrees_of_freedom: df };
                estimate.interval(tail)?.into()
            }
            Error::Order(order) => order_bounds(value, order, tail)?,
            Error::Runs(values) => {
                let logs: Option<Vec<f64>> = values.iter().map(|v| log(*v)).collect();
                Estimate::of_mean(&logs?)?.interval(tail)?.into()
            }
            _ => return None,
        };
        Some(mover::Estimated { value, bounds })
    }

    /// The side's own interval on the log scale.
    pub(super) fn bounds(&self, tail: f64) -> Bounds {
        self.at(tail).map_or_else(Bounds::default, |e| e.bounds)
    }
}

fn order_bounds(value: f64, order: &Order, tail: f64) -> Option<Bounds> {
    if tail < order.deepest * (1.0 - 1e-9) {
        return Some(Bounds::default());
    }
    let z = normal_quantile(tail)?;
    Some(Bounds { lower: Some(value - z * order.below), upper: Some(value + z * order.above) })
}
