//! A share of failures, and how two of them differ.
//!
//! Requests are taken as independent with one probability of failure per side. Failures come in bursts: where counts per
//! second are known, batches show more.

use super::root::root;
use super::special::{binomial_term, normal_quantile, normal_sf};
use super::{Interval, finite, is_tail};

/// Events among trials: failures among requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proportion {
    events: u64,
    trials: u64,
}

impl Proportion {
    /// At least one trial, at most 2⁵³, and no more events than trials.
    #[must_use]
    pub fn new(events: u64, trials: u64) -> Option<Self> {
        (trials > 0 && trials <= 1 << 53 && events <= trials).then_some(Self { events, trials })
    }

    /// How many events.
    #[must_use]
    pub fn events(self) -> u64 {
        self.events
    }

    /// How many trials.
    #[must_use]
    pub fn trials(self) -> u64 {
        self.trials
    }

    /// Events ÷ trials.
    #[must_use]
    pub fn share(self) -> f64 {
        self.events as f64 / self.trials as f64
    }

    /// What is not an event.
    fn complement(self) -> Self {
        Self { events: self.trials - self.events, trials: self.trials }
    }

    /// The score interval without continuity correction (Wilson 1927). Without events its lower bound is exactly 0,
    /// with nothing else its upper bound exactly 1. Vector T1.
    #[must_use]
    pub fn wilson(self, tail: f64) -> Option<Interval> {
        if !is_tail(tail) {
            return None;
        }
        let (lower, upper) = self.wilson_at(normal_quantile(tail)?);
        Interval::new(lower, upper)
    }

    /// The score interval's bounds at z ≥ 0. They are the roots of (1 + z²/n) t² − (2p + z²/n) t + p² = 0; the smaller
    /// comes from their product, since the usual difference loses digits where z is large. (And so for 1 − p.)
    fn wilson_at(self, z: f64) -> (f64, f64) {
        let (n, p) = (self.trials as f64, self.share());
        let q = (self.trials - self.events) as f64 / n;
        let z2 = z * z;
        let half = z * libm::sqrt(p * q / n + z2 / (4.0 * n * n));
        let scale = 1.0 + z2 / n;
        let lower = p * p / (p + z2 / (2.0 * n) + half);
        let upper =
            if p < 0.5 { (p + z2 / (2.0 * n) + half) / scale } else { 1.0 - q * q / (q + z2 / (2.0 * n) + half) };
        (if self.events == 0 { 0.0 } else { lower }, if self.events == self.trials { 1.0 } else { upper })
    }
}

/// The difference of two shares, run − baseline: Newcombe's method 10 (1998), from two Wilson intervals. Liberal where a
/// long baseline meets a short run (one-sided error up to 4.4 % at a nominal 2.5 %): see [`miettinen_nurminen_p_above`].
/// Vector T2.
#[must_use]
pub fn newcombe(baseline: Proportion, run: Proportion, tail: f64) -> Option<Interval> {
    if !is_tail(tail) {
        return None;
    }
    let z = normal_quantile(tail)?;
    Interval::new(newcombe_lower(baseline, run, z), newcombe_lower(baseline, run, -z))
}

/// Newcombe's lower bound at z; at −z his upper bound.
fn newcombe_lower(baseline: Proportion, run: Proportion, z: f64) -> f64 {
    let (p0, p1) = (baseline.share(), run.share());
    let (l0, u0) = baseline.wilson_at(z.abs());
    let (l1, u1) = run.wilson_at(z.abs());
    let distance = |a: f64, b: f64| libm::sqrt(a * a + b * b);
    if z >= 0.0 { p1 - p0 - distance(p1 - l1, u0 - p0) } else { p1 - p0 + distance(u1 - p1, p0 - l0) }
}

/// One-sided p of "the difference is at most `margin`" by Miettinen and Nurminen's score test.
#[must_use]
pub fn miettinen_nurminen_p_above(baseline: Proportion, run: Proportion, margin: f64) -> Option<f64> {
    finite(margin)?;
    if margin <= -1.0 {
        return Some(0.0);
    }
    if margin >= 1.0 {
        return Some(1.0);
    }
    Some(normal_sf(score(baseline, run, margin)))
}

/// The score statistic of "the difference is `margin`": falls as the margin grows. 0 where the sides are alike to the
/// margin, infinite where the margin cannot be.
fn score(baseline: Proportion, run: Proportion, margin: f64) -> f64 {
    let d = run.share() - baseline.share() - margin;
    let (n0, n1) = (baseline.trials as f64, run.trials as f64);
    let p0 = restricted(baseline, run, margin);
    let p1 = (p0 + margin).clamp(0.0, 1.0);
    let variance = (p1 * (1.0 - p1) / n1 + p0 * (1.0 - p0) / n0) * ((n0 + n1) / (n0 + n1 - 1.0));
    if d == 0.0 {
        0.0
    } else if variance > 0.0 {
        d / libm::sqrt(variance)
    } else if d > 0.0 {
        f64::INFINITY
    } else {
        f64::NEG_INFINITY
    }
}

/// The likeliest share of the baseline if the difference were `margin`: where the log-likelihood's slope, which only
/// falls, is zero.
fn restricted(baseline: Proportion, run: Proportion, margin: f64) -> f64 {
    // The larger of 0 and −0 may be either: adding 0 makes it 0, by which events divide to +∞.
    let (lower, upper) = ((-margin).max(0.0) + 0.0, (1.0 - margin).min(1.0));
    let part = |events: u64, share: f64| if events == 0 { 0.0 } else { events as f64 / (share.max(0.0) + 0.0) };
    let slope = |p: f64| {
        let (no, yes) = (baseline.complement(), run.complement());
        part(baseline.events, p) - part(no.events, 1.0 - p) + part(run.events, p + margin)
            - part(yes.events, 1.0 - p - margin)
    };
    if !(slope(lower) > 0.0) {
        return lower;
    }
    if !(slope(upper) < 0.0) {
        return upper;
    }
    root(slope, lower, upper).unwrap_or(lower)
}

/// Fisher's exact test of "the shares are equal".
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fisher {
    /// One-sided p: as many events in the run as seen, or more.
    pub greater: f64,
    /// One-sided p: as many events in the run as seen, or fewer.
    pub less: f64,
    /// Two-sided p: all tables that are no likelier than the one seen.
    pub two_sided: f64,
    /// `greater` with half the weight of the table seen (Lancaster 1961): nearly without Fisher's conservatism.
    pub mid_p_greater: f64,
}

/// The most trials that [`fisher`] takes: its sums grow with their square root.
const FISHER_LIMIT: u64 = 1_000_000_000_000;

/// Fisher's exact test (1935) of "any difference at all". It takes no margin, so it explains and does not gate. `None`
/// above 10¹² trials. Vector T2.
#[must_use]
pub fn fisher(baseline: Proportion, run: Proportion) -> Option<Fisher> {
    if baseline.trials.saturating_add(run.trials) > FISHER_LIMIT {
        return None;
    }
    let table =
        Hypergeometric { events: baseline.events + run.events, drawn: run.trials, all: baseline.trials + run.trials };
    let seen = run.events;
    let (greater, less) = (table.at_least(seen), table.at_most(seen));
    let likelihood = table.term(seen);
    // The other tail begins where a table is no likelier than this one; the slack is R's, for equal terms that differ in
    // their last digits.
    let allowed = likelihood * (1.0 + 1e-7);
    let mode = table.mode();
    let two_sided = if table.term(mode) <= allowed {
        1.0
    } else if seen < mode {
        less + table.at_least(table.first_after(mode, allowed))
    } else {
        greater + table.last_before(mode, allowed).map_or(0.0, |k| table.at_most(k))
    };
    Some(Fisher { greater, less, two_sided: two_sided.min(1.0), mid_p_greater: (greater - 0.5 * likelihood).max(0.0) })
}

/// How many of the events are among the drawn, if all draws are alike.
struct Hypergeometric {
    events: u64,
    drawn: u64,
    all: u64,
}

impl Hypergeometric {
    fn lowest(&self) -> u64 {
        (self.events + self.drawn).saturating_sub(self.all)
    }

    fn highest(&self) -> u64 {
        self.events.min(self.drawn)
    }

    fn mode(&self) -> u64 {
        let above = (u128::from(self.events) + 1) * (u128::from(self.drawn) + 1);
        let mode = above / (u128::from(self.all) + 2);
        u64::try_from(mode).unwrap_or(u64::MAX).clamp(self.lowest(), self.highest())
    }

    /// P(X = k), from three binomial terms (Loader 2000).
    fn term(&self, k: u64) -> f64 {
        if k < self.lowest() || k > self.highest() {
            return 0.0;
        }
        let p = self.drawn as f64 / self.all as f64;
        binomial_term(k, self.events, p) * binomial_term(self.drawn - k, self.all - self.events, p)
            / binomial_term(self.drawn, self.all, p)
    }

    /// P(X = k+1) ÷ P(X = k).
    fn step(&self, k: u64) -> f64 {
        let (k, events, drawn, all) = (k as f64, self.events as f64, self.drawn as f64, self.all as f64);
        (events - k) * (drawn - k) / ((k + 1.0) * (all - events - drawn + k + 1.0))
    }

    /// P(X ≥ k).
    fn at_least(&self, k: u64) -> f64 {
        if k <= self.lowest() {
            return 1.0;
        }
        if k <= self.mode() { 1.0 - self.tail_down(k - 1) } else { self.tail_up(k) }
    }

    /// P(X ≤ k).
    fn at_most(&self, k: u64) -> f64 {
        if k >= self.highest() {
            return 1.0;
        }
        if k >= self.mode() { 1.0 - self.tail_up(k + 1) } else { self.tail_down(k) }
    }

    /// P(X ≥ k) for k above the mode: terms only fall, so the sum ends when they no longer count.
    fn tail_up(&self, k: u64) -> f64 {
        let mut term = self.term(k);
        let mut sum = term;
        for k in k..self.highest() {
            term *= self.step(k);
            if term <= sum * 1e-18 {
                break;
            }
            sum += term;
        }
        sum.min(1.0)
    }

    /// P(X ≤ k) for k below the mode.
    fn tail_down(&self, k: u64) -> f64 {
        let mut term = self.term(k);
        let mut sum = term;
        for k in (self.lowest()..k).rev() {
            term /= self.step(k);
            if term <= sum * 1e-18 {
                break;
            }
            sum += term;
        }
        sum.min(1.0)
    }

    /// The first k above the mode whose term is at most `allowed`; one beyond the highest if there is none.
    fn first_after(&self, mode: u64, allowed: f64) -> u64 {
        let (mut low, mut high) = (mode, self.highest() + 1);
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if self.term(middle) <= allowed { high = middle } else { low = middle }
        }
        high
    }

    /// The last k below the mode whose term is at most `allowed`.
    fn last_before(&self, mode: u64, allowed: f64) -> Option<u64> {
        let lowest = self.lowest();
        if self.term(lowest) > allowed {
            return None;
        }
        let (mut low, mut high) = (lowest, mode);
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if self.term(middle) <= allowed { low = middle } else { high = middle }
        }
        Some(low)
    }
}
