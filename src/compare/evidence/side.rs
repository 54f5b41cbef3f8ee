//! The precision of one side's figure, independent of limits.
//!
//! | Data of the runs | Source of a figure's error |
//! |---|---|
//! | several runs | spread between the runs (Kalibera & Jones 2013) |
//! | response times over time | slices of the same elapsed time: scatter of their ratios around a smooth curve |
//! | samples, tables | order statistics, at the effective sample size (Woodruff 1952) |
//! | counts of failures | score tests, at the dispersion of both runs |
//! | a total over a time | Poisson count: for reference only |

use crate::run::{Batches, Order, Precision, rounded_up, significant};
use crate::stats::proportion::Proportion;
use crate::stats::quantile;
use crate::stats::rate::Rate;
use crate::stats::special::{normal_quantile, student_quantile};
use crate::stats::welch::Estimate;

/// The tail for which samples must suffice: each bound of a two-sided 95 % interval.
pub(super) const USUAL_TAIL: f64 = 0.025;

/// Tails at which order statistics are evaluated.
pub(crate) const ORDER_TAILS: [f64; 4] = [USUAL_TAIL, 0.003, 0.000_3, 0.000_03];

/// One side's figure with its error.
#[derive(Debug, Clone, PartialEq)]
pub struct Side {
    /// The judged figure: milliseconds, a share of requests, or per second.
    pub figure: f64,
    /// Its error.
    pub error: Error,
    /// Requests behind it, if known.
    pub requests: Option<u64>,
    /// Half the width of the tool's rounding interval.
    pub half_width: f64,
    /// Whether the dependence between requests was assumed, for lack of times.
    pub assumed: bool,
}

/// Error of a figure.
#[derive(Debug, Clone, PartialEq)]
pub enum Error {
    /// A standard error of the logarithm with its degrees of freedom: from slices, or moments.
    Batches(Batches),
    /// Order statistics, as standard errors of the logarithm below and above.
    Order(Order),
    /// Failures among requests, and the factor of their variance over that of independent requests.
    Counts(Proportion, f64),
    /// The figure of each of several runs.
    Runs(Vec<f64>),
    /// A count over a time: exact only for Poisson arrivals, for reference.
    Poisson(Rate),
    /// Too few samples for an interval; the number needed.
    TooFew(u64),
}

/// The compact form of a side's error; `None` if it can be computed from data that is transferred anyway.
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
    /// The figure's logarithm with its standard error, if from slices or runs.
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

/// Transferable form of a standard error of a logarithm with its degrees of freedom.
pub(super) fn batches(standard_error: f64, degrees_of_freedom: f64, assumed: bool) -> Option<Batches> {
    let batches = (libm::round(degrees_of_freedom).clamp(1.0, 1e6)) as u32 + 1;
    let standard_error = rounded_up(standard_error);
    (standard_error > 0.0 && standard_error.is_finite()).then_some(Batches { standard_error, batches, assumed })
}

/// Factors that widen the error of a quantile.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Wider {
    /// Factor of the variance of the share over that of independent samples, with its degrees of freedom.
    pub design: f64,
    pub degrees_of_freedom: f64,
    /// Non-sampling standard error of the logarithm: rounding, disagreeing neighbours.
    pub beside: f64,
    /// Maximum shift of the logarithm by failed requests among the response times, down and up.
    pub moved: (f64, f64),
    pub assumed: bool,
}

/// Standard deviation between runs of the share of requests below a quantile: a cache's hit ratio varies. Near 1, it is
/// limited to this share of the remainder.
const SHARE_NOISE: f64 = 0.006;
const SHARE_NOISE_OF_REST: f64 = 0.15;

/// Order statistics as standard errors: at each of several levels the distance to the bound divided by the normal
/// quantile; the largest of these, since bounds of a long tail grow faster than normal ones. Ranks are those of fewer
/// independent samples (Woodruff 1952), by the design effect and, since that is estimated, by Student's t. `log_at` is
/// the logarithm of the quantile at a share; `fewest` is the minimum number of samples to bound it.
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
        // Keep the minimum: confirmed changes need a smaller tail anyway.
        let effective = (libm::floor(effective) as u64).max(fewest);
        let ranks = quantile::ranks(effective, share, tail)?;
        let (Some(lower), Some(upper)) = (ranks.lower, ranks.upper) else { break };
        // A printed table has no quantile at its ends; with few samples the extremes are half a sample inside.
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
    // A tiny figure may have a rounding error beyond the range of numbers.
    (found.below.is_finite() && found.above.is_finite()).then_some(found)
}

/// Bounds explained by failures are not random: at this many standard errors they apply in full.
pub(super) const FAILURES_Z: f64 = 2.7;
