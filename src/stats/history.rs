//! What earlier runs of the same test say of its noise.

use super::quantile::type7;
use super::special::student_quantile;
use super::welch::logarithms;
use super::{Interval, Weighted, finite, is_tail, mean, squares};

/// Quartiles of the changes between one run and the next, and the floor they set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NoiseFloor {
    /// First quartile of |change|, a share of the run before.
    pub q1: f64,
    /// Third quartile.
    pub q3: f64,
    /// Q3 + 3·(Q3 − Q1): changes below it are the test's own noise (as rustc-perf's significance threshold).
    pub floor: f64,
}

/// The noise floor of a history in the order of its runs: at least three values, all above zero. Quartiles are of type
/// 7. Vector T15.
#[must_use]
pub fn noise_floor(history: &[f64]) -> Option<NoiseFloor> {
    if history.len() < 3 || history.iter().any(|v| !(*v > 0.0)) {
        return None;
    }
    let changes: Vec<f64> =
        history.iter().zip(history.iter().skip(1)).map(|(before, after)| ((after - before) / before).abs()).collect();
    let changes = Weighted::of_samples(&changes)?;
    let (q1, q3) = (type7(&changes, 0.25)?, type7(&changes, 0.75)?);
    Some(NoiseFloor { q1, q3, floor: finite(q3 + 3.0 * (q3 - q1))? })
}

/// Where the next of a normal series lies: mean ± t·s·√(1 + 1/n), from n ≥ 2 values of this mean and standard deviation
/// (divisor n − 1). Vector T16.
#[must_use]
pub fn prediction(mean: f64, standard_deviation: f64, n: u64, tail: f64) -> Option<Interval> {
    if !is_tail(tail) || n < 2 || !(standard_deviation >= 0.0) {
        return None;
    }
    let n = n as f64;
    let half = student_quantile(tail, n - 1.0)? * standard_deviation * libm::sqrt(1.0 + 1.0 / n);
    Interval::new(mean - half, mean + half)
}

/// Where the next value of a history lies if its logarithms are normal: exp of [`prediction`]. At least two values, all
/// above zero. Vector T15.
#[must_use]
pub fn log_prediction(history: &[f64], tail: f64) -> Option<Interval> {
    let logs = logarithms(history)?;
    let center = mean(&logs)?;
    if logs.len() < 2 {
        return None;
    }
    let deviation = libm::sqrt(squares(&logs, center) / (logs.len() as f64 - 1.0));
    prediction(center, deviation, logs.len() as u64, tail)?.map(libm::exp)
}
