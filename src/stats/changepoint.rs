//! Where a history of runs changed: E-divisive (Matteson & James 2014).

use super::bootstrap::SplitMix64;
use super::welch::{Estimate, pooled, welch};
use super::{finite, mean};

/// The most runs that are searched: a search costs their square, a thousand times over.
pub const MOST_RUNS: usize = 500;

/// The fewest runs on either side of a change.
const FEWEST: usize = 2;

/// How changes are sought.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EDivisive {
    /// Permutations per test: 999 make the smallest p 0.001.
    pub permutations: u32,
    /// A change is kept if its p is at most this. Nyrkiö's default: 0.001.
    pub level: f64,
    /// The generator's seed.
    pub seed: u64,
}

impl Default for EDivisive {
    fn default() -> Self {
        Self { permutations: 999, level: 0.001, seed: 42 }
    }
}

/// A change between one run and the next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChangePoint {
    /// The index of the first run after the change.
    pub index: usize,
    /// The statistic with which it was found.
    pub q: f64,
    /// (b + 1)/(R + 1), where b of R permutations reached the statistic.
    pub p: f64,
    /// The mean from the change before to this one.
    pub mean_before: f64,
    /// The mean from this one to the next.
    pub mean_after: f64,
    /// Welch's comparison of the two, after − before.
    pub welch: Option<Estimate>,
    /// Student's, with a pooled variance: what Otava reports, but with the divisor n − 1.
    pub student: Option<Estimate>,
}

impl ChangePoint {
    /// After ÷ before − 1; `None` where before is zero.
    #[must_use]
    pub fn change(&self) -> Option<f64> {
        finite(self.mean_after / self.mean_before - 1.0)
    }
}

/// Where a series is most likely to change.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Split {
    /// The first value after the change.
    pub tau: usize,
    /// The end of the part after it that was looked at.
    pub kappa: usize,
    /// Q̂ = mn/(m+n) · (2·mean|x−y| − mean|x−x′| − mean|y−y′|).
    pub q: f64,
}

/// The largest Q̂ over all τ and κ (as Otava searches): values 0..τ against τ..κ, at least two each. O(n²). Vector T14.
#[must_use]
pub fn best_split(series: &[f64]) -> Option<Split> {
    if series.len() > MOST_RUNS || series.iter().any(|v| !v.is_finite()) {
        return None;
    }
    // Of every value, the distances to all before it, and of these the ones to the values before τ.
    let before: Vec<f64> = series
        .iter()
        .enumerate()
        .map(|(at, value)| series.iter().take(at).map(|other| (value - other).abs()).sum())
        .collect();
    let mut to_left = vec![0.0; series.len()];
    let mut within_left = 0.0;
    let mut best: Option<Split> = None;
    for (tau, first) in series.iter().enumerate() {
        if tau >= FEWEST {
            let m = tau as f64;
            let mean_left = within_left / (m * (m - 1.0) / 2.0);
            let (mut cross, mut within_right, mut n) = (0.0, 0.0, 0.0);
            for (kappa, (all, left)) in before.iter().zip(&to_left).enumerate().skip(tau) {
                cross += left;
                within_right += all - left;
                n += 1.0;
                if n < FEWEST as f64 {
                    continue;
                }
                let q = m * n / (m + n) * (2.0 * cross / (m * n) - mean_left - within_right / (n * (n - 1.0) / 2.0));
                if q.is_finite() && best.is_none_or(|best| q > best.q) {
                    best = Some(Split { tau, kappa: kappa + 1, q });
                }
            }
        }
        within_left += before.get(tau).copied().unwrap_or(0.0);
        for (sum, value) in to_left.iter_mut().zip(series) {
            *sum += (value - first).abs();
        }
    }
    best
}

impl EDivisive {
    /// The changes of a history in the order of its runs, by index. In turn the likeliest change within any part is
    /// tested against permutations of the values within their parts, until one is not significant. `None` with more
    /// than [`MOST_RUNS`] runs or a value that is not finite.
    #[must_use]
    pub fn detect(&self, history: &[f64]) -> Option<Vec<ChangePoint>> {
        if history.len() > MOST_RUNS || history.iter().any(|v| !v.is_finite()) {
            return None;
        }
        let permutations = self.permutations.clamp(1, 100_000);
        let mut random = SplitMix64::new(self.seed);
        // Ends of parts, in order, with the statistic and p of the change there; the last is the history's own end.
        let mut ends: Vec<(usize, f64, f64)> = vec![(history.len(), 0.0, 1.0)];
        while let Some((at, q)) = likeliest(history, &ends) {
            let mut shuffled = history.to_vec();
            let mut reached = 0_u32;
            for _ in 0..permutations {
                let mut rest = shuffled.as_mut_slice();
                let mut start = 0;
                for (end, ..) in &ends {
                    let (part, after) = rest.split_at_mut_checked(end - start)?;
                    random.shuffle(part);
                    (rest, start) = (after, *end);
                }
                // Equal arrangements may differ in their last digits.
                if likeliest(&shuffled, &ends).is_some_and(|(_, other)| other >= q * (1.0 - 1e-12)) {
                    reached += 1;
                }
            }
            let p = (f64::from(reached) + 1.0) / (f64::from(permutations) + 1.0);
            if p > self.level {
                break;
            }
            let place = ends.partition_point(|(end, ..)| *end < at);
            ends.insert(place, (at, q, p));
        }
        let mut start = 0;
        let mut points = Vec::new();
        for ((at, q, p), (next, ..)) in ends.iter().zip(ends.iter().skip(1)) {
            let (left, right) = (history.get(start..*at)?, history.get(*at..*next)?);
            points.push(ChangePoint {
                index: *at,
                q: *q,
                p: *p,
                mean_before: mean(left)?,
                mean_after: mean(right)?,
                welch: welch(left, right),
                student: pooled(left, right),
            });
            start = *at;
        }
        Some(points)
    }
}

/// The likeliest change within any part: its index and Q̂. Only what is above zero.
fn likeliest(series: &[f64], ends: &[(usize, f64, f64)]) -> Option<(usize, f64)> {
    let mut start = 0;
    let mut best: Option<(usize, f64)> = None;
    for (end, ..) in ends {
        if let Some(split) = series.get(start..*end).and_then(best_split)
            && split.q > 0.0
            && best.is_none_or(|(_, q)| split.q > q)
        {
            best = Some((start + split.tau, split.q));
        }
        start = *end;
    }
    best
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    /// A step of three standard deviations in the middle of 30 runs; none in the first half alone.
    #[test]
    fn a_step_is_found_and_noise_is_not() {
        let mut random = SplitMix64::new(7);
        let mut noise = || (0..12).map(|_| random.below(1000) as f64 / 1000.0).sum::<f64>() - 6.0;
        let history: Vec<f64> = (0..30).map(|i| 100.0 + noise() + if i < 15 { 0.0 } else { 3.0 }).collect();
        let search = EDivisive::default();
        let points = search.detect(&history).unwrap();
        assert_eq!(points.len(), 1, "{points:?}");
        assert!((14..=16).contains(&points[0].index) && points[0].p == 0.001, "{points:?}");
        assert!(search.detect(&history[..15]).unwrap().is_empty());
        assert_eq!(search.detect(&[5.0; 12]), Some(vec![]));
        assert_eq!(search.detect(&[]), Some(vec![]));
        assert_eq!(search.detect(&[1.0; MOST_RUNS + 1]), None);
    }
}
