//! Whether one side's values tend to be larger, and by how much: tests and estimates by ranks.
//!
//! All take [`Weighted`] values, so that a histogram answers as its samples would, and all know ties. Samples are taken
//! as independent. With tens of thousands of requests every p is tiny: a verdict asks for the size of the change.

use super::root::bisect_floats;
use super::special::{normal_quantile, student_sf};
use super::{Bounds, Weighted, finite, is_tail};

/// For every distinct value of either side, in rising order: how often it occurs in the baseline and in the run.
fn merged(baseline: &Weighted, run: &Weighted) -> Vec<(u64, u64)> {
    let mut counts = Vec::with_capacity(baseline.distinct() + run.distinct());
    let (mut left, mut right) = (baseline.iter().peekable(), run.iter().peekable());
    loop {
        match (left.peek().copied(), right.peek().copied()) {
            (Some((a, na)), Some((b, nb))) => {
                if a <= b {
                    left.next();
                }
                if b <= a {
                    right.next();
                }
                counts.push((if a <= b { na } else { 0 }, if b <= a { nb } else { 0 }));
            }
            (Some((_, na)), None) => {
                left.next();
                counts.push((na, 0));
            }
            (None, Some((_, nb))) => {
                right.next();
                counts.push((0, nb));
            }
            (None, None) => return counts,
        }
    }
}

/// The largest side for which [`hodges_lehmann`] takes the exact distribution of U.
const EXACT: u64 = 20;

/// 2U of the run: pairs in which the run's value is the larger count two, ties one.
fn pairs(baseline: &Weighted, run: &Weighted) -> u128 {
    let (mut below, mut twice_u) = (0_u128, 0_u128);
    for (a, b) in merged(baseline, run) {
        twice_u += u128::from(b) * (2 * below + u128::from(a));
        below += u128::from(a);
    }
    twice_u
}

/// For every U from 0 to mn, in how many ways m and n untied values can be arranged to give it: the Gaussian binomial
/// coefficient ∏(1 − qⁿ⁺ⁱ)/(1 − qⁱ). For at most 20 values a side no count exceeds 2³⁷.
fn arrangements(m: usize, n: usize) -> Vec<i64> {
    let mut counts = vec![0_i64; m * n + 1];
    if let Some(first) = counts.first_mut() {
        *first = 1;
    }
    for i in 1..=m {
        for k in (n + i..counts.len()).rev() {
            let before = counts.get(k - n - i).copied().unwrap_or(0);
            if let Some(count) = counts.get_mut(k) {
                *count -= before;
            }
        }
        for k in i..counts.len() {
            let before = counts.get(k - i).copied().unwrap_or(0);
            if let Some(count) = counts.get_mut(k) {
                *count += before;
            }
        }
    }
    counts
}

/// How far two sides overlap.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CliffsDelta {
    /// P(run > baseline) − P(run < baseline), −1 to 1.
    pub delta: f64,
    /// A word for it.
    pub label: Magnitude,
}

/// A word for the size of [`CliffsDelta`] (Romano et al. 2006).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Magnitude {
    /// |δ| < 0.147.
    Negligible,
    /// |δ| < 0.33.
    Small,
    /// |δ| < 0.474.
    Medium,
    /// Above.
    Large,
}

/// Cliff's δ (1993), 2U/(mn) − 1; `None` where a side is empty. Vector T6.
#[must_use]
pub fn cliffs_delta(baseline: &Weighted, run: &Weighted) -> Option<CliffsDelta> {
    let pairs_of_all = u128::from(baseline.total()) * u128::from(run.total());
    if pairs_of_all == 0 {
        return None;
    }
    let twice_u = pairs(baseline, run);
    let delta = (twice_u as f64 - pairs_of_all as f64) / pairs_of_all as f64;
    let size = delta.abs();
    let label = if size < 0.147 {
        Magnitude::Negligible
    } else if size < 0.33 {
        Magnitude::Small
    } else if size < 0.474 {
        Magnitude::Medium
    } else {
        Magnitude::Large
    };
    Some(CliffsDelta { delta, label })
}

/// The test of Brunner and Munzel (2000), which allows the sides to differ in spread.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BrunnerMunzel {
    /// The statistic; above zero where the run's values tend to be larger.
    pub statistic: f64,
    /// Degrees of freedom.
    pub degrees_of_freedom: f64,
    /// One-sided p of "the run's values are no larger".
    pub greater: f64,
    /// Two-sided p.
    pub two_sided: f64,
}

/// Brunner and Munzel's test with Student's distribution, good from 10 values a side. `None` with fewer than two values
/// a side, and where the sides do not overlap or all values are equal (there is no spread of ranks). Vector T7.
#[must_use]
pub fn brunner_munzel(baseline: &Weighted, run: &Weighted) -> Option<BrunnerMunzel> {
    let (m, n) = (baseline.total() as f64, run.total() as f64);
    if m < 2.0 || n < 2.0 {
        return None;
    }
    // Placements: a value's rank among all less its rank on its own side, which is how many of the other side are below
    // it. Their mean and spread are all the test needs.
    let counts = merged(baseline, run);
    let (mut below_a, mut below_b) = (0.0, 0.0);
    let mut placements = Vec::with_capacity(counts.len());
    for (a, b) in counts {
        let (a, b) = (a as f64, b as f64);
        placements.push((a, below_b + b / 2.0, b, below_a + a / 2.0));
        below_a += a;
        below_b += b;
    }
    let mean_a = placements.iter().map(|(a, at, _, _)| a * at).sum::<f64>() / m;
    let mean_b = placements.iter().map(|(_, _, b, at)| b * at).sum::<f64>() / n;
    let variance_a = placements.iter().map(|(a, at, _, _)| a * (at - mean_a) * (at - mean_a)).sum::<f64>() / (m - 1.0);
    let variance_b = placements.iter().map(|(_, _, b, at)| b * (at - mean_b) * (at - mean_b)).sum::<f64>() / (n - 1.0);
    let (part_a, part_b) = (m * variance_a, n * variance_b);
    let both = part_a + part_b;
    if !(both > 0.0) {
        return None;
    }
    // Mean ranks among all: (m+1)/2 + placement for the baseline, (n+1)/2 + placement for the run.
    let difference = (n - m) / 2.0 + mean_b - mean_a;
    let statistic = finite(m * n * difference / ((m + n) * libm::sqrt(both)))?;
    let (share_a, share_b) = (part_a / both, part_b / both);
    let degrees_of_freedom = finite(1.0 / (share_a * share_a / (m - 1.0) + share_b * share_b / (n - 1.0)))?;
    let greater = student_sf(statistic, degrees_of_freedom);
    let two_sided = (2.0 * student_sf(statistic.abs(), degrees_of_freedom)).min(1.0);
    Some(BrunnerMunzel { statistic, degrees_of_freedom, greater, two_sided })
}

/// By how much the run's values are larger.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shift {
    /// The median of all differences run − baseline (Hodges & Lehmann 1963), in the values' unit.
    pub shift: f64,
    /// Moses' interval: the k-th difference from either end. None where there are too few values.
    pub bounds: Bounds,
}

/// Hodges and Lehmann's shift with Moses' interval. Differences are never written out: the k-th is found by counting how
/// many are below a guess, O(m + n) a time and at most 64 times (after Monahan 1984). k is exact for at most 20 values a
/// side and normal above, both as if there were no ties. `None` where a side is empty. Vector T6.
#[must_use]
pub fn hodges_lehmann(baseline: &Weighted, run: &Weighted, tail: f64) -> Option<Shift> {
    let (m, n) = (baseline.total(), run.total());
    let all = u128::from(m) * u128::from(n);
    if all == 0 || !is_tail(tail) {
        return None;
    }
    let select = |k: u128| kth_difference(baseline, run, k);
    let shift = if all % 2 == 1 {
        select(all / 2 + 1)?
    } else {
        let (low, high) = (select(all / 2)?, select(all / 2 + 1)?);
        low * 0.5 + high * 0.5
    };
    let k = if m <= EXACT && n <= EXACT { exact_k(m as usize, n as usize, tail) } else { normal_k(m, n, tail)? };
    let bounds = if k == 0 { Bounds::default() } else { Bounds::new(select(k), select(all + 1 - k)) };
    Some(Shift { shift, bounds })
}

/// The largest k with P(U ≤ k − 1) ≤ tail, from the distribution of U.
fn exact_k(m: usize, n: usize, tail: f64) -> u128 {
    let counts = arrangements(m, n);
    let allowed = tail * counts.iter().map(|c| *c as f64).sum::<f64>();
    let mut sum = 0.0;
    let within = counts.iter().take_while(|count| {
        sum += **count as f64;
        sum <= allowed
    });
    within.count() as u128
}

/// The same by the normal distribution, with continuity correction.
fn normal_k(m: u64, n: u64, tail: f64) -> Option<u128> {
    let (m, n) = (m as f64, n as f64);
    let k = m * n / 2.0 + 0.5 - normal_quantile(tail)? * libm::sqrt(m * n / 12.0 * (m + n + 1.0));
    Some(if k >= 1.0 { k as u128 } else { 0 })
}

/// The k-th smallest difference run − baseline, from 1.
fn kth_difference(baseline: &Weighted, run: &Weighted, k: u128) -> Option<f64> {
    let smallest = run.at_rank(1)? - baseline.at_rank(baseline.total())?;
    let largest = run.at_rank(run.total())? - baseline.at_rank(1)?;
    bisect_floats(finite(smallest)?, finite(largest)?, |guess| {
        // The larger the run's value, the larger the baseline's must be for their difference to stay below the guess.
        let mut left = baseline.iter().peekable();
        let mut still = u128::from(baseline.total());
        let mut count = 0_u128;
        for (value, times) in run.iter() {
            while let Some((other, others)) = left.peek().copied() {
                if value - other <= guess {
                    break;
                }
                still -= u128::from(others);
                left.next();
            }
            count += u128::from(times) * still;
        }
        count >= k
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::vectors::close;
    use super::*;

    /// T6: "exact-count", the distribution of U as if A and B had no ties.
    #[test]
    fn the_distribution_of_u() {
        let counts = arrangements(20, 20);
        let all: i64 = counts.iter().sum();
        // 40! / (20! 20!)
        assert_eq!(all, 137_846_528_820);
        let above: i64 = counts.iter().skip(262).sum();
        close(2.0 * above as f64 / all as f64, 0.09649955243610027);
        assert_eq!(exact_k(20, 20, 0.025), 128);
        // 1 − 2 P(U ≤ 127): the level that T6's interval achieves.
        let below: i64 = counts.iter().take(128).sum();
        assert!((1.0 - 2.0 * below as f64 / all as f64 - 0.95091).abs() < 5e-6);
        assert_eq!(arrangements(2, 2), [1, 1, 2, 1, 1]);
    }
}
