//! Counts over time: requests per second.
//!
//! Exact for Poisson arrivals, which closed-model load tests do not make (their counts vary less): a reference, not a
//! verdict.

use super::proportion::Proportion;
use super::root::{newton, root};
use super::special::{beta, log_beta};
use super::{Bounds, finite, is_tail};

/// A count over a time in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    count: u64,
    seconds: f64,
}

impl Rate {
    /// A count (at most 2⁵²) over a time above zero.
    #[must_use]
    pub fn new(count: u64, seconds: f64) -> Option<Self> {
        let per_second = count as f64 / seconds;
        (count <= 1 << 52 && seconds > 0.0 && seconds.is_finite() && per_second.is_finite())
            .then_some(Self { count, seconds })
    }

    /// Per second.
    #[must_use]
    pub fn per_second(self) -> f64 {
        self.count as f64 / self.seconds
    }
}

/// Run ÷ baseline; `None` where the baseline counts nothing.
#[must_use]
pub fn ratio(baseline: Rate, run: Rate) -> Option<f64> {
    if baseline.count == 0 {
        return None;
    }
    finite((run.count as f64 / baseline.count as f64) * (baseline.seconds / run.seconds))
}

/// The exact conditional interval of the ratio of rates, run ÷ baseline: given the sum of both counts, the run's is
/// binomial (Przyborowski & Wilenski 1940), and its share has Clopper and Pearson's interval (1934). A baseline without
/// a count bounds the ratio only from below, a run without one has the lower bound 0. Vector T4.
#[must_use]
pub fn ratio_interval(baseline: Rate, run: Rate, tail: f64) -> Option<Bounds> {
    if !is_tail(tail) {
        return None;
    }
    let both = Proportion::new(run.count, run.count + baseline.count)?;
    let times = baseline.seconds / run.seconds;
    let odds = |(share, rest): (f64, f64)| finite(share / rest * times);
    let lower = if run.count == 0 { Some(0.0) } else { share_bound(both, tail, false).and_then(odds) };
    let upper = if baseline.count == 0 { None } else { share_bound(both, tail, true).and_then(odds) };
    Some(Bounds::new(lower, upper))
}

/// Clopper and Pearson's bound of a share, with what is left to 1.
fn share_bound(both: Proportion, tail: f64, upper: bool) -> Option<(f64, f64)> {
    let (x, rest) = (both.events() as f64, (both.trials() - both.events()) as f64);
    let goal = libm::log(tail);
    // In the logarithm of the odds, where both ends are far.
    let share = |logit: f64| {
        let e = libm::exp(-logit.abs());
        let (small, large) = (e / (1.0 + e), 1.0 / (1.0 + e));
        if logit < 0.0 { (small, large) } else { (large, small) }
    };
    let near = |p: f64| libm::log(p / (1.0 - p));
    if let Some(logit) = both.wilson(tail).and_then(|at| {
        newton(near(if upper { at.upper } else { at.lower }), |logit| {
            let (p, q) = share(logit);
            // The upper tail is the lower one of what is left to 1.
            let (log, slope) = if upper { log_beta(rest, x + 1.0, q, p)? } else { log_beta(x, rest + 1.0, p, q)? };
            Some((log - goal, if upper { -slope } else { slope }))
        })
    }) {
        return Some(share(logit));
    }
    let off = |logit: f64| {
        let (p, q) = share(logit);
        let tail = if upper { beta(x + 1.0, rest, p, q).1 } else { beta(x, rest + 1.0, p, q).0 };
        (libm::log(tail) - goal).clamp(-1e6, 1e6)
    };
    // Wilson's bound for a smaller tail is near, and on the far side.
    let wide = both.wilson(tail * 0.25)?;
    let centre = near(both.share()).clamp(-700.0, 700.0);
    let mut far = near(if upper { wide.upper } else { wide.lower }).clamp(-700.0, 700.0);
    while off(far) > 0.0 && far.abs() < 700.0 {
        far = (far + if upper { 1.0 } else { -1.0 }).clamp(-700.0, 700.0);
    }
    let (low, high) = if upper { (centre, far) } else { (far, centre) };
    root(off, low, high).map(share)
}
