//! Where a series of runs changed: E-divisive (Matteson & James 2014) as Apache Otava runs it (Fleming et al. 2023,
//! *Hunter*): in windows, with Student's t in place of permutations, and with weak changes merged away.
//!
//! Otava 0.8 is followed step by step. That includes its standard deviations, which divide by n and not by n − 1: its p
//! is too small for short series. [`Search::find`] uses it to find changes; whether a change is *confirmed* is decided
//! elsewhere, by a test with n − 1. One step is different: when a change is merged away, both of its neighbours are
//! computed anew. Otava leaves the one before as it was (`tests/change_points.rs` compares both).

use super::special::student_sf;
use super::{mean, squares};

/// How changes are searched.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Search {
    /// Values of a window. The next window begins half a window later, or at the last change found.
    pub window: usize,
    /// A change is kept if its p is below this. The first search uses ten times as much.
    pub level: f64,
    /// A change is kept if it is larger than this share of the mean before or after it.
    pub magnitude: f64,
}

impl Default for Search {
    /// Otava's defaults.
    fn default() -> Self {
        Self { window: 50, level: 0.001, magnitude: 0.0 }
    }
}

/// A change between one value and the next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChangePoint {
    /// Index of the first value after the change.
    pub index: usize,
    /// Two-sided p of Student's t, with standard deviations that divide by n.
    pub p: f64,
    /// Mean since the previous change.
    pub mean_before: f64,
    /// Mean until the next change.
    pub mean_after: f64,
}

impl ChangePoint {
    /// The larger of |after ÷ before − 1| and |before ÷ after − 1|; 0 for a direction that starts at 0.
    #[must_use]
    pub fn magnitude(&self) -> f64 {
        let change = |from: f64, to: f64| if from == 0.0 { 0.0 } else { (to / from - 1.0).abs() };
        change(self.mean_before, self.mean_after).max(change(self.mean_after, self.mean_before))
    }
}

/// The place where a series most likely changes.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Split {
    /// τ: index of the first value after the change.
    tau: usize,
    /// κ: end of the values after the change that were compared.
    kappa: usize,
    /// Q̂ = mn/(m+n) · (2·mean|x−y| − mean|x−x′| − mean|y−y′|).
    q: f64,
}

/// Memory for [`Distances::best_split`], kept from window to window.
#[derive(Default)]
struct Distances {
    /// By value: the sum of its distances to all values before it.
    before: Vec<f64>,
    /// By value: the part of that sum to the values before τ.
    left: Vec<f64>,
    /// 1/k by k; 0 for k = 0, since a single value has no distances.
    inverse: Vec<f64>,
}

impl Distances {
    /// The largest Q̂ over all τ and κ, values 0..τ against τ..κ; the first of equals. O(n²). Vector T14. `None` with fewer
    /// than two values, or where all are equal.
    fn best_split(&mut self, series: &[f64]) -> Option<Split> {
        let count = series.len();
        for k in self.inverse.len()..=count {
            self.inverse.push(if k == 0 { 0.0 } else { 1.0 / k as f64 });
        }
        self.before.clear();
        self.before.extend(
            series
                .iter()
                .enumerate()
                .map(|(at, value)| series.iter().take(at).map(|other| (value - other).abs()).sum::<f64>()),
        );
        self.left.clear();
        self.left.resize(count, 0.0);
        let mut within_left = 0.0;
        let mut best = Split { tau: 0, kappa: 0, q: 0.0 };
        for (at, added) in series.iter().enumerate().take(count.saturating_sub(1)) {
            let tau = at + 1;
            within_left += self.before.get(at)?;
            for (sum, value) in self.left.iter_mut().zip(series).skip(tau) {
                *sum += (value - added).abs();
            }
            let m = tau as f64;
            let mean_left = within_left * self.inverse.get(at)?;
            let (mut cross, mut within_right, mut n) = (0.0, 0.0, 0.0);
            let (before, left) = (self.before.get(tau..)?, self.left.get(tau..)?);
            let inverses = self.inverse.iter().zip(self.inverse.get(tau + 1..)?);
            for (later, ((before, left), (of_pairs, of_all))) in before.iter().zip(left).zip(inverses).enumerate() {
                cross += left;
                within_right += before - left;
                n += 1.0;
                let q = 2.0 * (cross - n * mean_left - m * within_right * of_pairs) * of_all;
                if q > best.q {
                    best = Split { tau, kappa: tau + later + 1, q };
                }
            }
        }
        (best.tau > 0).then_some(best)
    }
}

impl Search {
    /// The changes of a series in order. Values must be finite; a series with another value has no changes.
    #[must_use]
    pub fn find(&self, series: &[f64]) -> Vec<ChangePoint> {
        if series.iter().any(|value| !value.is_finite()) {
            return Vec::new();
        }
        self.merge(series, self.split(series))
    }

    /// The places of possible changes, from all windows.
    fn split(&self, series: &[f64]) -> Vec<usize> {
        let window = self.window.max(2);
        let level = match self.level {
            level if level < 0.05 => level * 10.0,
            level if level < 0.5 => level * 2.0,
            level => level,
        };
        let mut distances = Distances::default();
        let (mut places, mut start): (Vec<usize>, usize) = (Vec::new(), 0);
        while start < series.len() {
            let end = series.len().min(start + window);
            let found = series.get(start..end).map(|part| changes_within(&mut distances, part, level));
            let found = found.unwrap_or_default();
            let last = found.last().map_or(0, |last| start + last);
            places.extend(found.into_iter().map(|at| start + at));
            start = last.max(start + window / 2);
        }
        crate::order::sort(&mut places);
        places.dedup();
        places
    }

    /// Removes the weakest place until all are significant and large enough.
    fn merge(&self, series: &[f64], mut places: Vec<usize>) -> Vec<ChangePoint> {
        let tested = |places: &[usize], at: usize| -> Option<ChangePoint> {
            let index = *places.get(at)?;
            let start = at.checked_sub(1).and_then(|before| places.get(before)).copied().unwrap_or(0);
            let end = places.get(at + 1).copied().unwrap_or(series.len());
            Some(compare(index, series.get(start..index)?, series.get(index..end)?))
        };
        let mut points: Vec<ChangePoint> = (0..places.len()).filter_map(|at| tested(&places, at)).collect();
        while let Some((mut weakest, p)) = first_largest(points.iter().map(|point| point.p)) {
            if p < self.level
                && let Some((smallest, negative)) = first_largest(points.iter().map(|point| -point.magnitude()))
            {
                if -negative > self.magnitude {
                    break;
                }
                weakest = smallest;
            }
            places.remove(weakest);
            points.remove(weakest);
            for at in [weakest.checked_sub(1), Some(weakest)].into_iter().flatten() {
                if let (Some(point), Some(again)) = (points.get_mut(at), tested(&places, at)) {
                    *point = again;
                }
            }
        }
        points
    }
}

/// The changes within one window, in order: in turn the likeliest of all parts, until one is not significant.
fn changes_within(distances: &mut Distances, window: &[f64], level: f64) -> Vec<usize> {
    let mut part = |start: usize, end: usize| {
        let split = window.get(start..end).and_then(|part| distances.best_split(part));
        (start, end, split)
    };
    let mut parts = vec![part(0, window.len())];
    loop {
        let likeliest = first_largest(parts.iter().map(|(.., split)| split.map_or(f64::NEG_INFINITY, |split| split.q)));
        let Some((at, (start, end, Some(split)))) = likeliest.and_then(|(at, _)| Some((at, *parts.get(at)?))) else {
            break;
        };
        let index = start + split.tau;
        let significant = window
            .get(start..index)
            .zip(window.get(index..end))
            .is_some_and(|(left, right)| compare(index, left, right).p <= level);
        if !significant {
            break;
        }
        parts.splice(at..=at, [part(start, index), part(index, end)]);
    }
    parts.iter().skip(1).map(|(start, ..)| *start).collect()
}

/// The largest of some numbers, with its index; the first of equals.
fn first_largest(values: impl Iterator<Item = f64>) -> Option<(usize, f64)> {
    values.enumerate().reduce(|best, next| if next.1 > best.1 { next } else { best })
}

/// Student's t of two neighbouring parts.
fn compare(index: usize, left: &[f64], right: &[f64]) -> ChangePoint {
    let (before, after) = (mean(left).unwrap_or(0.0), mean(right).unwrap_or(0.0));
    let (n, m) = (left.len() as f64, right.len() as f64);
    let degrees = n + m - 2.0;
    // (n − 1) times a variance that divides by n: Otava's.
    let spread =
        |values: &[f64], center: f64, n: f64| if n > 1.0 { squares(values, center) * (n - 1.0) / n } else { 0.0 };
    let pooled = (spread(left, before, n) + spread(right, after, m)) / degrees;
    let error = libm::sqrt(pooled * (1.0 / n + 1.0 / m));
    let off = (before - after).abs();
    let p = if degrees > 0.0 && off > 0.0 { 2.0 * student_sf(off / error, degrees) } else { 1.0 };
    ChangePoint { index, p, mean_before: before, mean_after: after }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    fn best_split(series: &[f64]) -> Option<Split> {
        Distances::default().best_split(series)
    }

    /// The example of Otava's documentation. Vector T14.
    const T14: [f64; 10] = [10.43, 10.23, 10.29, 10.91, 10.34, 10.69, 9.23, 9.11, 9.13, 9.03];

    #[test]
    fn t14_e_divisive() {
        let split = best_split(&T14).unwrap();
        assert_eq!((split.tau, split.kappa), (6, 10));
        assert!((split.q - 5.5136).abs() < 5e-5, "{split:?}");
        let found = Search::default().find(&T14);
        assert_eq!(found.len(), 1);
        let ChangePoint { index, p, mean_before, mean_after } = found[0];
        // What Otava prints: 4.985e-06 and −12.9 %.
        assert_eq!(index, 6);
        assert!((p / 4.985e-6 - 1.0).abs() < 5e-4, "{p}");
        assert!(((mean_after / mean_before - 1.0) * 100.0 + 12.9).abs() < 0.05, "{mean_before} {mean_after}");
    }

    /// The definition, term by term.
    fn q(left: &[f64], right: &[f64]) -> f64 {
        let pairs = |a: &[f64], b: &[f64]| a.iter().flat_map(|x| b.iter().map(move |y| (x - y).abs())).sum::<f64>();
        let (m, n) = (left.len() as f64, right.len() as f64);
        let within = |values: &[f64], n: f64| if n > 1.0 { pairs(values, values) / (n * (n - 1.0)) } else { 0.0 };
        m * n / (m + n) * (2.0 * pairs(left, right) / (m * n) - within(left, m) - within(right, n))
    }

    #[test]
    fn the_best_split_is_the_largest_by_definition() {
        let mut random = crate::stats::random::SplitMix64::new(3);
        for length in 2..24 {
            let series: Vec<f64> = (0..length).map(|_| random.below(1000) as f64).collect();
            let all = (1..length).flat_map(|tau| (tau + 1..=length).map(move |kappa| (tau, kappa)));
            let largest = all.map(|(tau, kappa)| q(&series[..tau], &series[tau..kappa])).fold(0.0, f64::max);
            let found = best_split(&series).unwrap();
            assert!((found.q - largest).abs() < 1e-9 * largest, "{series:?}");
            let here = q(&series[..found.tau], &series[found.tau..found.kappa]);
            assert!((found.q - here).abs() < 1e-9 * largest, "{series:?}");
        }
    }

    #[test]
    fn what_has_no_change() {
        for series in [&[][..], &[1.0], &[5.0; 120], &[1.0, f64::NAN, 9.0], &[0.0, 0.0, 0.0]] {
            assert_eq!(Search::default().find(series), vec![]);
        }
        assert_eq!(best_split(&[0.1; 7]), None);
    }

    #[test]
    fn small_changes_are_left_out_on_request() {
        let series: Vec<f64> = (0..60).map(|i| if i < 30 { 100.0 } else { 104.0 } + f64::from(i % 3)).collect();
        assert_eq!(Search::default().find(&series).len(), 1);
        assert_eq!(Search { magnitude: 0.05, ..Search::default() }.find(&series), vec![]);
    }
}
