//! Where a percentile lies, by order statistics.
//!
//! Requests are taken as independent draws. No assumption is made on the shape of the distribution.

use super::root::last_true;
use super::special::{binomial_at_least, binomial_at_most, binomial_tail, normal_quantile};
use super::{Weighted, is_tail};

/// Ranks, from 1, of the samples that bound a quantile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ranks {
    /// The largest l with P(Bin(n, p) ≤ l − 1) ≤ tail; `None` if not even the smallest sample bounds the quantile.
    pub lower: Option<u64>,
    /// The smallest u with P(Bin(n, p) ≥ u) ≤ tail; `None` if not even the largest sample does.
    pub upper: Option<u64>,
}

/// The ranks that bound the quantile `p` (0 < p < 1) of n samples (Hahn & Meeker 1991). Vector T5.
#[must_use]
pub fn ranks(n: u64, p: f64, tail: f64) -> Option<Ranks> {
    if !(is_tail(tail) && p > 0.0 && p < 1.0 && (1..=1 << 52).contains(&n)) {
        return None;
    }
    let z = normal_quantile(tail)?;
    let spread = z * libm::sqrt(n as f64 * p * (1.0 - p));
    // Cornish and Fisher's correction of the normal quantile for skewness, and half a rank for continuity: mostly the rank.
    let guess = |p: f64| {
        let rank = n as f64 * p - spread + (1.0 - 2.0 * p) * (z * z - 1.0) / 6.0 + 0.5;
        (rank.max(1.0) as u64).clamp(1, n)
    };
    let lower = near(n, (p, 1.0 - p), tail, guess(p))
        .unwrap_or_else(|| last_true(n, guess(p), |l| binomial_at_most(l - 1, n, p) <= tail));
    // Counted from the top, the upper rank is a lower one.
    let from_top = near(n, (1.0 - p, p), tail, guess(1.0 - p))
        .unwrap_or_else(|| last_true(n, guess(1.0 - p), |l| binomial_at_least(n + 1 - l, n, p) <= tail));
    Some(Ranks { lower, upper: from_top.map(|l| n + 1 - l) })
}

/// The largest rank l with P(Bin(n, p) ≤ l − 1) ≤ tail, where it is a few ranks from `guess`: one tail is computed, its
/// neighbours follow by one term each. `None` where it is not near, or too close to a tie for the terms' rounding.
fn near(n: u64, (p, q): (f64, f64), tail: f64, guess: u64) -> Option<Option<u64>> {
    const STEPS: usize = 8;
    let mut k = guess.checked_sub(1)?;
    let (mut at_most, mut term) = binomial_tail(k, n, p, q)?;
    if at_most > 1e3 * tail {
        return None;
    }
    for _ in 0..STEPS {
        let tie = |at_most: f64| (at_most - tail).abs() < 1e-11 * tail;
        if tie(at_most) {
            return None;
        }
        if at_most < tail {
            term *= (n - k) as f64 / (k + 1) as f64 * (p / q);
            if k + 1 >= n || tie(at_most + term) {
                return None;
            }
            if at_most + term > tail {
                return Some(Some(k + 1));
            }
            at_most += term;
            k += 1;
        } else {
            if k == 0 {
                return Some(None);
            }
            at_most -= term;
            term *= k as f64 / (n - k + 1) as f64 * (q / p);
            k -= 1;
            if at_most < tail && !tie(at_most) {
                return Some(Some(k + 1));
            }
        }
    }
    None
}

/// The fewest samples for which both bounds of the quantile `p` exist. With a two-sided 95 %: 6, 36, 72 and 368 for the
/// 50th, 90th, 95th and 99th percentile; with a tail of 0.05, for the upper bound alone: 5, 29, 59 and 299.
#[must_use]
pub fn minimum_samples(p: f64, tail: f64) -> Option<u64> {
    if !(is_tail(tail) && p > 0.0 && p < 1.0) {
        return None;
    }
    let n = libm::ceil(libm::log(tail) / libm::log(p.max(1.0 - p)));
    (n < 1e15).then_some(n as u64)
}

/// The quantile by linear interpolation: Hyndman and Fan's type 7 (1996), NumPy's and R's default.
#[must_use]
pub fn type7(samples: &Weighted, p: f64) -> Option<f64> {
    let n = samples.total();
    if n == 0 || !(0.0..=1.0).contains(&p) {
        return None;
    }
    let at = (n - 1) as f64 * p;
    let below = libm::floor(at);
    let rank = below as u64 + 1;
    let (low, high) = (samples.at_rank(rank)?, samples.at_rank((rank + 1).min(n))?);
    let share = at - below;
    // In this form a pair of huge values with opposite signs does not overflow.
    Some(low * (1.0 - share) + high * share)
}

/// Half the width of what Locust may have rounded to this value: 0.5 below 100, 5 below 1,000, 50 below 10,000, else
/// 500 (milliseconds).
#[must_use]
pub fn locust_half_width(value: f64) -> f64 {
    if value < 100.0 {
        0.5
    } else if value < 1_000.0 {
        5.0
    } else if value < 10_000.0 {
        50.0
    } else {
        500.0
    }
}

/// The levels at which a table is asked: 0.025, and each half of the one before, down to 3e-9.
pub fn ladder() -> impl Iterator<Item = f64> + Clone {
    std::iter::successors(Some(0.025), |level| Some(level * 0.5)).take(LADDER_STEPS)
}

/// How many levels [`ladder`] has.
pub const LADDER_STEPS: usize = 24;

/// The smallest level of the [`ladder`] that still clears; `None` if the first does not. The stand-in for a p-value
/// where intervals only come in steps.
#[must_use]
pub fn smallest_level(mut clears: impl FnMut(f64) -> bool) -> Option<f64> {
    ladder().take_while(|level| clears(*level)).last()
}
