//! Multiple testing (statistics.md §4.7).
//!
//! A comparison tests some sixty hypotheses. With a tail of 0.025 each, most comparisons would raise a false alarm.
//! Holm's method (1979) keeps the probability of *any* false alarm below the tail. The weighted form of the same paper
//! is used: the rows of the total weigh slightly more than those of all endpoints together, since a general change
//! shows first in the total; endpoints weigh by their requests, and the rows of one by their sensitivity.
//!
//! With five or more runs per side, run-to-run effects move all rows together, and Holm would count one observation as
//! sixty. Then the rows are tested jointly by permuting the runs (Westfall & Young 1993, step-down maxT): under the
//! hypothesis that the change equals the limit, every assignment of runs to sides is equally likely. The few
//! permutations are used for two families: mean and median of the total, and all others.

use super::{Error, Sides};
use crate::order;
use crate::policy::Correction;
use crate::run::{Metric, Percentile};
use crate::stats::multiple::{benjamini_hochberg, holm};
use crate::stats::random::SplitMix64;

/// One hypothesis: its p, and its properties for joint testing.
pub(super) struct Question<'r> {
    pub p: f64,
    /// Whether it is about the total.
    pub total: bool,
    /// Requests of both sides; `None` if unknown.
    pub requests: Option<u64>,
    pub metric: &'r Metric,
    pub sides: &'r Sides,
    /// The direction that is worse: 1 or −1.
    pub sign: f64,
    /// The margin, on the scale of the spread.
    pub margin: f64,
}

/// Adjusted p and initial share of the allowed error for each question, in order.
pub(super) fn adjusted(questions: &[Question<'_>], correction: Correction) -> Vec<(f64, f64)> {
    let p: Vec<f64> = questions.iter().map(|q| q.p).collect();
    let even = 1.0 / questions.len().max(1) as f64;
    match correction {
        Correction::None => p.into_iter().map(|p| (p, 1.0)).collect(),
        Correction::Bh => benjamini_hochberg(&p).into_iter().map(|p| (p, even)).collect(),
        Correction::Holm => match parts(questions) {
            Some(adjusted) => adjusted.into_iter().map(|p| (p, OF_RELABELLED)).collect(),
            None => {
                let weights = weights(questions);
                weighted_holm(&p, &weights).into_iter().zip(weights).collect()
            }
        },
    }
}

/// Weight of all rows of the total; other rows have the rest.
const OF_TOTAL: f64 = 0.55;
/// Weight of all error rates, …
const OF_ERRORS: f64 = 0.2;
/// … of which the total's has this share; endpoints share the rest equally.
const OF_TOTAL_ERRORS: f64 = 0.4;
/// Maximum weight of a question in permuted repeats.
const OF_RELABELLED: f64 = 1.0 / 3.0;

/// Share of the allowed error for each question. Error rates have a fifth, equal among endpoints, since a failure is as
/// bad on a rarely called endpoint. Of the rest, [`OF_TOTAL`] is for the total's rows, and the remainder for all others
/// by their requests, if known: changes of a rarely called endpoint are hardly distinguishable from noise, and it takes
/// little from others. Within a subject by [`worth`]. The weights do not depend on response times or failures.
fn weights(questions: &[Question<'_>]) -> Vec<f64> {
    let errors = |q: &Question<'_>| *q.metric == Metric::ErrorRate;
    let counted = questions.iter().filter(|q| !q.total && !errors(q)).all(|q| q.requests.is_some_and(|n| n > 0));
    let share = |q: &Question<'_>| match q.requests {
        _ if errors(q) => {
            if q.total {
                2.0
            } else {
                1.0
            }
        }
        Some(n) if counted && !q.total => n as f64 * worth(q),
        _ => worth(q),
    };
    let part = |q: &Question<'_>| match () {
        () if errors(q) && q.total => 0,
        () if errors(q) => 1,
        () if q.total => 2,
        () => 3,
    };
    let mut sums = [0.0; 4];
    for q in questions {
        if let Some(sum) = sums.get_mut(part(q)) {
            *sum += share(q);
        }
    }
    let of = [
        OF_ERRORS * OF_TOTAL_ERRORS,
        OF_ERRORS * (1.0 - OF_TOTAL_ERRORS),
        (1.0 - OF_ERRORS) * OF_TOTAL,
        (1.0 - OF_ERRORS) * (1.0 - OF_TOTAL),
    ];
    // Distribute the weight of missing parts.
    let there: f64 = sums.iter().zip(of).filter(|(sum, _)| **sum > 0.0).map(|(_, of)| of).sum();
    let weight = |q: &Question<'_>| {
        let (sum, of) = (sums.get(part(q)).copied().unwrap_or(1.0), of.get(part(q)).copied().unwrap_or(1.0));
        share(q) / sum * of / there
    };
    questions.iter().map(weight).collect()
}

/// Weight of a question within its subject. A general change shows best in the median, which few slow responses hardly
/// move, and in the mean. A change of the slowest requests shows best in p99, mostly of a single endpoint. The others
/// are in between, or follow from these.
fn worth(q: &Question<'_>) -> f64 {
    match q.metric {
        Metric::Latency(Percentile::P50) => 4.0,
        Metric::Mean => 3.0,
        Metric::Latency(Percentile::P99) if !q.total => 2.0,
        _ => 0.2,
    }
}

/// Holm's method (1979) with weights that add up to 1.
fn weighted_holm(p: &[f64], weights: &[f64]) -> Vec<f64> {
    if weights.iter().all(|w| Some(w) == weights.first()) {
        return holm(p);
    }
    let mut items: Vec<(usize, f64, f64)> = p
        .iter()
        .zip(weights)
        .enumerate()
        .map(|(i, (p, weight))| (i, if p.is_nan() { 1.0 } else { p.clamp(0.0, 1.0) }, weight.max(1e-12)))
        .collect();
    order::sort_by(&mut items, |a, b| (a.1 / a.2).total_cmp(&(b.1 / b.2)));
    // Sum weights from the end, so that the order of summation is fixed.
    let mut left = 0.0;
    let mut rest: Vec<f64> = items
        .iter()
        .rev()
        .map(|item| {
            left += item.2;
            left
        })
        .collect();
    rest.reverse();
    let mut adjusted = vec![1.0; p.len()];
    let mut highest = 0.0_f64;
    for ((at, p, weight), left) in items.into_iter().zip(rest) {
        highest = highest.max(p / weight * left).min(1.0);
        if let Some(slot) = adjusted.get_mut(at) {
            *slot = highest;
        }
    }
    adjusted
}

/// Minimum permutations for a p of 0.025 with a margin: 5 and 5 runs have 252.
const MIN_PERMUTATIONS: usize = 200;
/// Maximum permutations enumerated; beyond, this many are sampled.
const MAX_PERMUTATIONS: usize = 1000;

/// Mean and median of the total share two thirds of the allowed error, all others one third: few runs have few
/// permutations, and each of ten equal shares would be less than one of them.
fn parts(questions: &[Question<'_>]) -> Option<Vec<f64>> {
    let leads = |q: &Question<'_>| q.total && matches!(q.metric, Metric::Mean | Metric::Latency(Percentile::P50));
    let of = |lead: bool| -> Vec<&Question<'_>> { questions.iter().filter(|q| leads(q) == lead).collect() };
    let (lead, others) = (of(true), of(false));
    if lead.is_empty() || others.is_empty() {
        return relabelled(&questions.iter().collect::<Vec<_>>());
    }
    let (mut lead, mut others) = (relabelled(&lead)?.into_iter(), relabelled(&others)?.into_iter());
    let p = questions.iter().map(|q| if leads(q) { Some(1.5 * lead.next()?) } else { Some(3.0 * others.next()?) });
    p.map(|p| p.map(|p| p.min(1.0))).collect()
}

/// Westfall and Young's step-down maxT; `None` unless all questions are about the same runs, and there are enough of
/// them.
fn relabelled(questions: &[&Question<'_>]) -> Option<Vec<f64>> {
    let shape = |q: &Question<'_>| match (&q.sides.baseline.as_ref()?.error, &q.sides.run.as_ref()?.error) {
        (Error::Runs(b), Error::Runs(r)) => Some((b.len(), r.len())),
        _ => None,
    };
    let (n0, n1) = shape(questions.first()?)?;
    if n0 < 3 || n1 < 3 || n0 + n1 > 60 || questions.iter().any(|q| shape(q) != Some((n0, n1))) {
        return None;
    }
    let labellings = labellings(n0, n1)?;
    // Every question's runs, with the run's side shifted back by the margin: exchangeable under the hypothesis.
    let rows: Vec<Vec<f64>> = questions.iter().map(|q| values(q)).collect::<Option<_>>()?;
    let seen: Vec<f64> = rows.iter().map(|row| statistic(row, |i| i >= n0)).collect();
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order::sort_by(&mut order, |a, b| seen.get(*b).unwrap_or(&0.0).total_cmp(seen.get(*a).unwrap_or(&0.0)));
    let mut beyond = vec![0_u64; rows.len()];
    for labels in &labellings {
        let mut largest = f64::NEG_INFINITY;
        for at in order.iter().rev() {
            let (Some(row), Some(seen), Some(beyond)) = (rows.get(*at), seen.get(*at), beyond.get_mut(*at)) else {
                continue;
            };
            largest = largest.max(statistic(row, |i| labels >> i & 1 == 1));
            // Equal except for rounding.
            *beyond += u64::from(largest >= seen - 1e-9 * seen.abs());
        }
    }
    let mut adjusted = vec![1.0; rows.len()];
    let mut highest = 0.0_f64;
    for at in order {
        let share = *beyond.get(at)? as f64 / labellings.len() as f64;
        highest = highest.max(share);
        *adjusted.get_mut(at)? = highest;
    }
    Some(adjusted)
}

fn values(q: &Question<'_>) -> Option<Vec<f64>> {
    let (Error::Runs(b), Error::Runs(r)) = (&q.sides.baseline.as_ref()?.error, &q.sides.run.as_ref()?.error) else {
        return None;
    };
    let on_scale = |v: f64| match q.metric {
        Metric::ErrorRate => Some(q.sign * v / 100.0),
        _ => super::side::log(v).map(|log| q.sign * log),
    };
    let margin = if q.margin.is_finite() { q.margin } else { 0.0 };
    let baseline = b.iter().map(|v| on_scale(*v));
    baseline.chain(r.iter().map(|v| Some(on_scale(*v)? - margin))).collect()
}

/// Assignments of runs to the run's side, as bits: all ways to choose n1 of n0 + n1, or a sample including the observed
/// one.
fn labellings(n0: usize, n1: usize) -> Option<Vec<u64>> {
    let all = n0 + n1;
    let mut count = 1_usize;
    for i in 0..n1.min(n0) {
        count = count.checked_mul(all - i)? / (i + 1);
        // Enough to decide, and within 32 bits.
        if count > 1 << 20 {
            break;
        }
    }
    if count < MIN_PERMUTATIONS {
        return None;
    }
    let seen: u64 = ((1 << n1) - 1) << n0;
    let mut labellings = vec![seen];
    if count <= MAX_PERMUTATIONS {
        labellings.extend((0..1_u64 << all).filter(|l| l.count_ones() as usize == n1 && *l != seen));
        return Some(labellings);
    }
    let mut random = SplitMix64::new(1);
    let mut runs: Vec<usize> = (0..all).collect();
    for _ in 0..MAX_PERMUTATIONS {
        random.shuffle(&mut runs);
        labellings.push(runs.iter().take(n1).fold(0, |bits, i| bits | 1 << i));
    }
    Some(labellings)
}

/// Welch's t of the values on the run's side against the others; 0 without spread.
fn statistic(values: &[f64], in_run: impl Fn(usize) -> bool) -> f64 {
    let (mut n, mut sum) = ([0.0_f64; 2], [0.0_f64; 2]);
    for (i, v) in values.iter().enumerate() {
        let side = usize::from(in_run(i));
        if let (Some(n), Some(sum)) = (n.get_mut(side), sum.get_mut(side)) {
            *n += 1.0;
            *sum += v;
        }
    }
    let [n0, n1] = n;
    let mean = [sum[0] / n0, sum[1] / n1];
    let mut squares = [0.0_f64; 2];
    for (i, v) in values.iter().enumerate() {
        let side = usize::from(in_run(i));
        if let (Some(s), Some(m)) = (squares.get_mut(side), mean.get(side)) {
            *s += (v - m) * (v - m);
        }
    }
    let variance = squares[0] / (n0 * (n0 - 1.0)) + squares[1] / (n1 * (n1 - 1.0));
    if variance > 0.0 { (mean[1] - mean[0]) / libm::sqrt(variance) } else { 0.0 }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{Question, parts, weighted_holm, weights};
    use crate::compare::evidence::{Error, Side, Sides};
    use crate::run::{Metric, Percentile};

    fn question<'r>(total: bool, requests: Option<u64>, metric: &'r Metric, sides: &'r Sides) -> Question<'r> {
        Question { p: 0.5, total, requests, metric, sides, sign: 1.0, margin: 0.0 }
    }

    /// By hand. Errors have 0.2: the total's 0.08, the endpoint's 0.12. Of 0.8 the total's mean has all of 0.55;
    /// endpoints of 300 and 100 requests share 0.45: the first 300 · 3 and 300 · 2, the second 100 · 3, of 1,800.
    #[test]
    fn weights_by_scope_requests_and_metric() {
        let sides = Sides::default();
        let (mean, p99) = (Metric::Mean, Metric::Latency(Percentile::P99));
        let errors = Metric::ErrorRate;
        let ask = |total, requests, metric| question(total, requests, metric, &sides);
        let all = |few| {
            weights(&[
                ask(true, None, &mean),
                ask(true, None, &errors),
                ask(false, Some(300), &mean),
                ask(false, Some(300), &p99),
                ask(false, few, &mean),
                ask(false, Some(300), &errors),
            ])
        };
        let close = |found: Vec<f64>, wanted: [f64; 6]| {
            assert!(found.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-12), "{found:?} {wanted:?}");
        };
        close(all(Some(100)), [0.44, 0.08, 0.18, 0.12, 0.06, 0.12]);
        // If an endpoint's requests are unknown, all endpoints weigh the same: 3, 2 and 3 of 8.
        close(all(None), [0.44, 0.08, 0.135, 0.09, 0.135, 0.12]);
        // Endpoints without a total share everything.
        let alone = weights(&[ask(false, Some(300), &mean), ask(false, Some(100), &mean)]);
        assert!((alone.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }

    /// Five runs above five: 1 of 252 permutations is as extreme. The mean of the total has two thirds, so its p is 3/2
    /// of 1/252; questions with one third have three times that. Noise rows next to it do not affect the mean.
    #[test]
    fn mean_and_median_of_the_total_are_a_separate_family() {
        let side = |runs: [f64; 5]| {
            Some(Side {
                figure: 1.0,
                error: Error::Runs(runs.to_vec()),
                requests: None,
                half_width: 0.0,
                assumed: false,
            })
        };
        let sides = |b, r| Sides { baseline: side(b), run: side(r), ..Sides::default() };
        let moved = sides([100.0, 101.0, 102.0, 103.0, 104.0], [110.0, 111.0, 112.0, 113.0, 114.0]);
        let noise = sides([100.0, 104.0, 98.0, 102.0, 101.0], [101.0, 99.0, 103.0, 100.0, 102.0]);
        let (mean, p95) = (Metric::Mean, Metric::Latency(Percentile::P95));
        let p = parts(&[question(true, None, &mean, &moved), question(true, None, &p95, &moved)]).unwrap();
        // The opposite extreme, all runs of the baseline above, is in the other direction.
        assert!((p.first().unwrap() - 1.5 / 252.0).abs() < 1e-12, "{p:?}");
        assert!((p.get(1).unwrap() - 3.0 / 252.0).abs() < 1e-12, "{p:?}");
        let beside = (0..40).map(|_| question(false, Some(9), &p95, &noise));
        let with: Vec<Question<'_>> = std::iter::once(question(true, None, &mean, &moved)).chain(beside).collect();
        assert_eq!(p.first(), parts(&with).unwrap().first());
    }

    /// By hand: with weights ½, ¼, ¼ and p of 0.01, 0.004, 0.2, p ÷ weight is 0.02, 0.016, 0.8. In that order the
    /// remaining weights are 1, ¾, ¼: 0.016, 0.02 × ¾ = 0.015 (at least the previous one: 0.016), 0.2.
    #[test]
    fn weighted_holm_by_hand() {
        let adjusted = weighted_holm(&[0.01, 0.004, 0.2], &[0.5, 0.25, 0.25]);
        for (found, wanted) in adjusted.iter().zip([0.016, 0.016, 0.2]) {
            assert!((found - wanted).abs() < 1e-12, "{adjusted:?}");
        }
    }
}
