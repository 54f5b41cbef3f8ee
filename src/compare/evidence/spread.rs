//! How sure the change from one side to the other is, whatever the limits are.
//!
//! Response times and rates change by a factor: everything is in ln(run ÷ baseline), so that exchanging the sides
//! negates it. Error rates change by a difference of shares.

use super::side::{Error, Side, log};
use crate::run::{Metric, Order};
use crate::stats::proportion::{Proportion, miettinen_nurminen_p_above, newcombe, newcombe_p_above};
use crate::stats::quantile::smallest_level;
use crate::stats::rate::{self, Rate};
use crate::stats::special::normal_quantile;
use crate::stats::welch::Estimate;
use crate::stats::{Bounds, mover};

/// A change with its error.
#[derive(Debug, Clone, PartialEq)]
pub enum Spread {
    /// Student's t by Welch: time batches, or several runs, on both sides.
    Welch(Estimate),
    /// Failures among requests: Newcombe's interval. With the counts as they are, and as many as independent ones would
    /// say the same.
    Shares {
        /// The baseline's.
        baseline: Proportion,
        /// The run's.
        run: Proportion,
    },
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

/// Sides whose sizes differ by more than this factor make Newcombe's interval liberal.
const LOPSIDED: u64 = 3;

impl Spread {
    /// Of two sides; `None` where one of them has too few requests, or the figures are not above 0.
    #[must_use]
    pub fn of(metric: &Metric, baseline: &Side, run: &Side) -> Option<Self> {
        match (&baseline.error, &run.error) {
            (Error::TooFew(_), _) | (_, Error::TooFew(_)) => None,
            (Error::Counts(b, db), Error::Counts(r, dr)) => {
                Some(Self::Shares { baseline: thinned(*b, *db)?, run: thinned(*r, *dr)? })
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

    /// Bounds of the change, each wrong with this probability.
    #[must_use]
    pub fn bounds(&self, tail: f64) -> Bounds {
        match self {
            Self::Welch(estimate) => estimate.interval(tail).map_or_else(Bounds::default, Bounds::from),
            Self::Shares { baseline, run } => {
                newcombe(*baseline, *run, tail).map_or_else(Bounds::default, Bounds::from)
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
    /// interval still clears the margin; where intervals only come in steps, an upper bound of it.
    #[must_use]
    pub fn p_beyond(&self, sign: f64, margin: f64) -> f64 {
        match self {
            Self::Welch(e) if sign > 0.0 => e.p_above(margin),
            Self::Welch(e) => e.p_below(-margin),
            Self::Shares { baseline, run } => {
                let (from, to) = if sign > 0.0 { (*baseline, *run) } else { (*run, *baseline) };
                newcombe_p_above(from, to, margin).unwrap_or(1.0)
            }
            Self::Mover(_) => {
                smallest_level(|tail| towards(self.bounds(tail), sign).0.is_some_and(|l| l > margin)).unwrap_or(1.0)
            }
            Self::Poisson(..) => 1.0,
        }
    }

    /// Whether sizes so different that Newcombe's interval is liberal are not cleared by Miettinen and Nurminen's
    /// either, at this level. The brackets of a printed table take requests for independent, which in a short run costs
    /// most, and there is no stricter interval to clear: sizes so different are enough.
    #[must_use]
    pub fn lopsided(&self, requests: (Option<u64>, Option<u64>), sign: f64, margin: f64, tail: f64) -> bool {
        let far_apart = |a: u64, b: u64| a.max(b) > a.min(b).saturating_mul(LOPSIDED);
        let (baseline, run) = match self {
            Self::Shares { baseline, run } => (baseline, run),
            Self::Mover(sides) if sides.0.is_table() || sides.1.is_table() => {
                return requests.0.zip(requests.1).is_some_and(|(a, b)| far_apart(a, b));
            }
            _ => return false,
        };
        if !far_apart(baseline.trials(), run.trials()) {
            return false;
        }
        let (from, to) = if sign > 0.0 { (*baseline, *run) } else { (*run, *baseline) };
        miettinen_nurminen_p_above(from, to, margin).is_none_or(|p| p > tail)
    }

    /// The change itself.
    #[must_use]
    pub fn estimate(&self) -> Option<f64> {
        match self {
            Self::Welch(e) => Some(e.value),
            Self::Shares { baseline, run } => Some(run.share() - baseline.share()),
            Self::Mover(sides) => Some(sides.1.figure - sides.0.figure),
            Self::Poisson(baseline, run) => rate::ratio(*baseline, *run).and_then(log),
        }
    }
}

/// (lower, upper) of the change in the direction of `sign`.
pub(super) fn towards(bounds: Bounds, sign: f64) -> (Option<f64>, Option<f64>) {
    if sign > 0.0 { (bounds.lower, bounds.upper) } else { (bounds.upper.map(|u| -u), bounds.lower.map(|l| -l)) }
}

/// Without any spread nothing is known: the figures were rounded to the same value.
fn sure(spread: &Spread) -> bool {
    !matches!(spread, Spread::Welch(e) if e.standard_error.is_nan() || e.standard_error <= 0.0)
}

/// So many independent requests say as much as these.
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

    /// Whether a printed table is all there is.
    pub(super) fn is_table(&self) -> bool {
        matches!(self.error, Error::Table(_))
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
            Error::Table(bracket) => {
                let bounds = bracket.at(tail);
                Bounds { lower: bounds.lower.and_then(log), upper: bounds.upper.and_then(log) }
            }
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
