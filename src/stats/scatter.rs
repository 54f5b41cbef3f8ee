//! The error of a mean whose values depend on each other.
//!
//! Requests that follow each other are alike: a naive test on 300 of them takes noise for a change in half of all cases
//! at a correlation of 0.8.

use super::finite;

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
