//! How sure one side's figure is: a side of a pair, whatever the limits are.
//!
//! | What the runs hold | How a figure's error is found |
//! |---|---|
//! | several runs | the spread between the runs (Kalibera & Jones 2013) |
//! | response times over time | slices of the same elapsed time: the scatter of their ratios around a smooth curve |
//! | samples, tables | order statistics, at the effective number of samples (Woodruff 1952) |
//! | counts of failures | score tests, at the dispersion that both runs show |
//! | a total over a time | a Poisson count: for reference only |

use crate::run::{Batches, Order, Precision, rounded_up, significant};
use crate::stats::proportion::Proportion;
use crate::stats::quantile;
use crate::stats::rate::Rate;
use crate::stats::special::{normal_quantile, student_quantile};
use crate::stats::welch::Estimate;

/// The tail for which samples are counted as enough: each bound of a two-sided 95 % interval.
pub(super) const USUAL_TAIL: f64 = 0.025;

/// The tails at which order statistics are looked at.
pub(crate) const ORDER_TAILS: [f64; 4] = [USUAL_TAIL, 0.003, 0.000_3, 0.000_03];

/// One side's figure with its error.
#[derive(Debug, Clone, PartialEq)]
pub struct Side {
    /// The figure that is judged: milliseconds, a share of requests, or per second.
    pub figure: f64,
    /// What is known of its error.
    pub error: Error,
    /// Requests behind it, where known.
    pub requests: Option<u64>,
    /// Half the width of what the tool may have rounded to the figure.
    pub half_width: f64,
    /// Whether how much requests depend on each other had to be assumed, there being no times that tell.
    pub assumed: bool,
}

/// What is known of a figure's error.
#[derive(Debug, Clone, PartialEq)]
pub enum Error {
    /// A standard error of the logarithm with its degrees of freedom: slices, or moments.
    Batches(Batches),
    /// Order statistics, as standard errors of the logarithm below and above.
    Order(Order),
    /// Failures among requests, and how many times their variance is that of independent requests.
    Counts(Proportion, f64),
    /// The figure of each of several runs.
    Runs(Vec<f64>),
    /// A count over a time: exact only for Poisson arrivals, so for reference.
    Poisson(Rate),
    /// Fewer samples than an interval needs: so many.
    TooFew(u64),
}

/// The few numbers by which a side's error travels; `None` where it is computed from what travels anyway.
#[must_use]
pub fn portable(side: &Side) -> Option<Precision> {
    match &side.error {
        Error::Batches(batches) => Some(Precision::Batches(*batches)),
        Error::Order(order) => Some(Precision::Order(*order)),
        Error::Counts(_, dispersion) if !side.assumed => Some(Precision::Dispersion(*dispersion)),
        Error::Runs(values) => Some(Precision::Runs(values.clone())),
        Error::TooFew(needed) => Some(Precision::TooFew(*needed)),
        Error::Counts(..) | Error::Poisson(_) => None,
    }
}

impl Side {
    /// The figure's logarithm with its standard error, where slices or runs gave one.
    pub(super) fn estimate(&self) -> Option<Estimate> {
        match &self.error {
            Error::Batches(b) => Some(Estimate {
                value: log(self.figure)?,
                standard_error: b.standard_error,
                degrees_of_freedom: f64::from(b.batches.saturating_sub(1)),
            }),
            Error::Runs(values) => {
                let logs: Option<Vec<f64>> = values.iter().map(|v| log(*v)).collect();
                Estimate::of_mean(&logs?)
            }
            _ => None,
        }
    }
}

pub(super) fn log(value: f64) -> Option<f64> {
    (value > 0.0 && value.is_finite()).then(|| libm::log(value))
}

/// A standard error of a logarithm with its degrees of freedom, as it travels.
pub(super) fn batches(standard_error: f64, degrees_of_freedom: f64, assumed: bool) -> Option<Batches> {
    let batches = (libm::round(degrees_of_freedom).clamp(1.0, 1e6)) as u32 + 1;
    let standard_error = rounded_up(standard_error);
    (standard_error > 0.0 && standard_error.is_finite()).then_some(Batches { standard_error, batches, assumed })
}

/// What widens the error of a quantile.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Wider {
    /// How many times the variance of the share is that of independent samples, and the degrees of freedom of that.
    pub design: f64,
    pub degrees_of_freedom: f64,
    /// Standard error of the logarithm beside that of sampling: rounding, neighbours that disagree.
    pub beside: f64,
    /// How far failed requests among the response times may have moved the logarithm, down and up.
    pub moved: (f64, f64),
    pub assumed: bool,
}

/// The share of requests that answer in time differs from run to run by so much (standard deviation): a cache's hit ratio
/// moves. Of a share near 1 it is no more than so much of the rest.
const SHARE_NOISE: f64 = 0.006;
const SHARE_NOISE_OF_REST: f64 = 0.15;

/// Order statistics as standard errors: at each of several levels the distance to the bound over the normal quantile, and
/// of these the largest, since bounds of a long tail go out faster than a normal's. Ranks are those of fewer independent
/// samples (Woodruff 1952), by the design effect and, since that is an estimate, by Student's t. `log_at` is the logarithm
/// of the quantile at a share; `fewest` are the samples that bound it at all.
pub(super) fn order(
    centre: f64,
    samples: u64,
    (share, fewest): (f64, u64),
    wider: &Wider,
    log_at: impl Fn(f64) -> Option<f64>,
) -> Option<Order> {
    let noise = SHARE_NOISE.min(SHARE_NOISE_OF_REST * share.min(1.0 - share));
    let (mut below, mut above, mut deepest) = (0.0_f64, 0.0_f64, None);
    for tail in ORDER_TAILS {
        let z = normal_quantile(tail)?;
        let t =
            if wider.degrees_of_freedom.is_finite() { student_quantile(tail, wider.degrees_of_freedom)? } else { z };
        let of_sampling = wider.design.max(1.0) / samples as f64 * (t / z) * (t / z);
        let effective = 1.0 / (of_sampling + noise * noise / (share * (1.0 - share)));
        // Never so few that nothing is known at all: what is confirmed asks for a smaller tail.
        let effective = (libm::floor(effective) as u64).max(fewest);
        let ranks = quantile::ranks(effective, share, tail)?;
        let (Some(lower), Some(upper)) = (ranks.lower, ranks.upper) else { break };
        // A printed table has no quantile at its very ends; the extremes of so few lie half a sample within.
        let half = 0.5 / effective as f64;
        let at = |rank: f64| {
            let share = (rank / effective as f64).clamp(0.0, 1.0);
            log_at(share).or_else(|| log_at(share.clamp(half, 1.0 - half)))
        };
        let (Some(low), Some(high)) = (at(lower as f64 - 1.0), at(upper as f64)) else { break };
        below = below.max((centre - low) / z);
        above = above.max((high - centre) / z);
        deepest = Some(tail);
    }
    let whole = |sampling: f64, moved: f64| {
        let by_failures = moved.max(0.0) / FAILURES_Z;
        rounded_up(libm::sqrt(sampling * sampling + wider.beside * wider.beside) + by_failures)
    };
    let found = Order {
        below: whole(below, wider.moved.0),
        above: whole(above, wider.moved.1),
        deepest: deepest?,
        design: significant(wider.design.max(1.0), 3),
        assumed: wider.assumed,
    };
    // A figure of next to nothing may be rounded by more than a number can hold.
    (found.below.is_finite() && found.above.is_finite()).then_some(found)
}

/// A bound by what failures can explain is no matter of chance: at this many standard errors it is whole.
pub(super) const FAILURES_Z: f64 = 2.7;
