//! Dependence within one run, and estimates that allow for it.
//!
//! Requests that follow each other are alike: a naive test on 300 of them takes noise for a change in half of all cases
//! at a correlation of 0.8. Batches of equal time are nearly independent, so their means, or the spread of their
//! percentiles around the whole's, carry an honest error (Schmeiser 1982; Asmussen & Glynn 2007).

use super::special::normal_sf;
use super::welch::{Estimate, logarithms};
use super::{finite, mean, squares};

/// The logarithm of a rate or mean over time batches: mean of the batches' logarithms, k − 1 degrees of freedom. The
/// comparison of two sides is [`Estimate::minus`]. All batches must be above zero. Vector T12.
#[must_use]
pub fn log_means(batches: &[f64]) -> Option<Estimate> {
    Estimate::of_log_mean(batches)
}

/// The logarithm of a percentile of the whole run with the spread of its batches' percentiles taken *around it*
/// (sectioning, Asmussen & Glynn 2007): the interval holds the number shown, and batch size biases nothing but its
/// width. All figures must be above zero, and at least two batches.
#[must_use]
pub fn sectioning(overall: f64, batches: &[f64]) -> Option<Estimate> {
    if !(overall > 0.0) {
        return None;
    }
    Estimate::around(libm::log(overall), &logarithms(batches)?)
}

/// Sectioning without logarithms, for figures that may be zero: an error rate.
#[must_use]
pub fn sectioning_linear(overall: f64, batches: &[f64]) -> Option<Estimate> {
    Estimate::around(overall, batches)
}

/// How a series scatters around a smooth curve over its time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scatter {
    /// Standard error of the series' mean.
    pub standard_error: f64,
    /// Degrees of freedom of that.
    pub degrees_of_freedom: f64,
}

/// Values from which on a wave is fitted beside the line.
const WAVE_FROM: usize = 12;

/// The standard error of the mean of a series in order of time, by its scatter around a line and one wave over its whole
/// length, fitted by least squares. What changes slowly (a trend, a daily curve) is thereby no error of the mean; what
/// neighbours have in common widens it by √((1 + ρ) ÷ (1 − ρ)), ρ being the residuals' lag-1 correlation, its bias of
/// about −p ÷ n for p fitted terms put back by half. At least six values.
#[must_use]
pub fn scatter(series: &[f64]) -> Option<Scatter> {
    let n = series.len();
    if n < 6 {
        return None;
    }
    let terms = if n < WAVE_FROM { 2 } else { 4 };
    let at = |i: usize| (i as f64 + 0.5) / n as f64;
    let basis = |i: usize| {
        let t = at(i);
        let turn = std::f64::consts::TAU * t;
        [1.0, t - 0.5, libm::cos(turn), libm::sin(turn)]
    };
    let mut system = [[0.0_f64; 5]; 4];
    for (i, value) in series.iter().enumerate() {
        let b = basis(i);
        for (row, x) in system.iter_mut().zip(b).take(terms) {
            for (cell, y) in row.iter_mut().zip(b).take(terms) {
                *cell += x * y;
            }
            if let Some(last) = row.last_mut() {
                *last += x * value;
            }
        }
    }
    let fitted = solve(system, terms)?;
    let residuals: Vec<f64> = series
        .iter()
        .enumerate()
        .map(|(i, value)| value - basis(i).iter().zip(fitted).take(terms).map(|(b, c)| b * c).sum::<f64>())
        .collect();
    let squares: f64 = residuals.iter().map(|r| r * r).sum();
    let degrees = (n - terms) as f64;
    let lagged: f64 = residuals.iter().zip(residuals.iter().skip(1)).map(|(a, b)| a * b).sum();
    let rho = if squares > 0.0 { lagged / squares + terms as f64 / (2.0 * n as f64) } else { 0.0 };
    let rho = rho.clamp(0.0, 0.9);
    let wider = (1.0 + rho) / (1.0 - rho);
    Some(Scatter {
        standard_error: finite(libm::sqrt(squares / degrees / n as f64 * wider))?,
        degrees_of_freedom: (degrees / wider).max(3.0),
    })
}

/// Solves a system of up to four equations by elimination; `None` where it has no single solution.
fn solve(mut system: [[f64; 5]; 4], terms: usize) -> Option<[f64; 4]> {
    for column in 0..terms {
        let pivot = (column..terms).max_by(|a, b| {
            let size = |row: &usize| system.get(*row).and_then(|r| r.get(column)).map_or(0.0, |v| v.abs());
            size(a).total_cmp(&size(b))
        })?;
        system.swap(column, pivot);
        let first = *system.get(column)?;
        let scale = *first.get(column)?;
        if scale.abs() < 1e-12 {
            return None;
        }
        for (at, row) in system.iter_mut().enumerate().take(terms) {
            if at == column {
                continue;
            }
            let times = row.get(column)? / scale;
            for (cell, other) in row.iter_mut().zip(first) {
                *cell -= times * other;
            }
        }
    }
    let mut found = [0.0; 4];
    for (at, slot) in found.iter_mut().enumerate().take(terms) {
        let row = system.get(at)?;
        *slot = finite(row.last()? / row.get(at)?)?;
    }
    Some(found)
}

/// The means of `batches` runs of values of equal number; what is left over at the end is dropped. `None` if a batch
/// would be empty.
#[must_use]
pub fn means(values: &[f64], batches: usize) -> Option<Vec<f64>> {
    let size = values.len().checked_div(batches)?;
    if size == 0 {
        return None;
    }
    values.chunks_exact(size).take(batches).map(mean).collect()
}

/// The correlation of a series with itself `lag` values later; the divisor is n at every lag. `None` for a constant.
#[must_use]
pub fn autocorrelation(series: &[f64], lag: usize) -> Option<f64> {
    let center = mean(series)?;
    let variance = autocovariance(series, center, 0);
    (variance > 0.0).then(|| autocovariance(series, center, lag) / variance).and_then(finite)
}

/// Σ (xᵢ − m)(xᵢ₊ₗ − m) ÷ n.
fn autocovariance(series: &[f64], center: f64, lag: usize) -> f64 {
    let products = series.iter().zip(series.iter().skip(lag)).map(|(a, b)| (a - center) * (b - center));
    products.sum::<f64>() / series.len() as f64
}

/// How much a series repeats itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dependence {
    /// Integrated autocorrelation time, in values: the variance of the mean is τ times that of independent values.
    pub tau: f64,
    /// Effective sample size, n ÷ τ.
    pub effective: f64,
}

/// τ by Geyer's initial monotone sequence (1992): sums of neighbouring autocovariances while they are above zero, each
/// held to the one before. At least four values that are not all equal. Vector T12.
#[must_use]
pub fn geyer(series: &[f64]) -> Option<Dependence> {
    let n = series.len();
    if n < 4 {
        return None;
    }
    let center = mean(series)?;
    let variance = autocovariance(series, center, 0);
    if !(variance > 0.0) {
        return None;
    }
    let (mut total, mut last) = (0.0, f64::INFINITY);
    for pair in 0..n / 2 {
        let both = autocovariance(series, center, 2 * pair) + autocovariance(series, center, 2 * pair + 1);
        if !(both > 0.0) {
            break;
        }
        last = both.min(last);
        total += last;
    }
    // A series that swings to and fro has a τ below 1; it is never below that of a mean known exactly.
    let tau = finite(2.0 * total / variance - 1.0)?.max(1.0 / n as f64);
    Some(Dependence { tau, effective: n as f64 / tau })
}

/// τ by the variance of batch means: batch size × variance of the means ÷ variance of the values (divisors k − 1 and
/// n − 1). Vector T12.
#[must_use]
pub fn batch_tau(series: &[f64], batches: usize) -> Option<f64> {
    let means = means(series, batches)?;
    if means.len() < 2 {
        return None;
    }
    let variance = |values: &[f64]| Some(squares(values, mean(values)?) / (values.len() as f64 - 1.0));
    let size = series.len() / batches;
    let all = variance(series)?;
    (all > 0.0).then_some(size as f64 * variance(&means)? / all).and_then(finite)
}

/// One-sided p of "the batches are independent" against positive dependence, by von Neumann's ratio Σ(xᵢ₊₁ − xᵢ)² ÷
/// Σ(xᵢ − x̄)² (1941) in its normal approximation (Young 1941). At least four batches, not all equal. Too weak to be the
/// only guard: of batches correlated at 0.4 it misses a quarter to a half.
#[must_use]
pub fn von_neumann(batches: &[f64]) -> Option<f64> {
    if batches.len() < 4 {
        return None;
    }
    let n = batches.len() as f64;
    let spread = squares(batches, mean(batches)?);
    if !(spread > 0.0) {
        return None;
    }
    let steps: f64 = batches.iter().zip(batches.iter().skip(1)).map(|(a, b)| (b - a) * (b - a)).sum();
    let c = 1.0 - finite(steps / spread)? / 2.0;
    Some(normal_sf(c / libm::sqrt((n - 2.0) / (n * n - 1.0))))
}
