//! Misleading totals and improvements.
//!
//! A total is a mean over endpoints, weighted by how often each was requested: `M = Σ s_i·m_i`. It changes when
//! endpoints become slower, but also when the shares change, in extreme cases opposite to every single endpoint
//! (Simpson 1951). Bennet's decomposition (Bennet 1920) separates the two without a remainder,
//!
//! ```text
//! M₁ − M₀ = Σ ½(s₀+s₁)·(m₁−m₀)  +  Σ ½(m₀+m₁)·(s₁−s₀)
//!           within endpoints       by the mix
//! ```
//!
//! and is symmetric: swapping the sides only negates both parts. An endpoint missing on one side has a share of 0 there
//! and counts as mix only. Error rates are decomposed in the same way.

use super::Check;
use crate::compare::Which;
use crate::number;
use crate::run::{Endpoint, Run};

/// A decomposed change of a total.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parts {
    /// The baseline's value, over its endpoints.
    pub baseline: f64,
    /// The run's value, over its endpoints.
    pub run: f64,
    /// Part from the changes within the endpoints.
    pub within: f64,
    /// Part from the changed shares of the endpoints.
    pub mix: f64,
}

/// The decomposed changes of the totals, if every endpoint has the figures.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Mix {
    /// Mean response time in milliseconds.
    pub mean_ms: Option<Parts>,
    /// Error rate in percent; its parts are percentage points.
    pub error_pct: Option<Parts>,
}

impl Parts {
    /// The total change: the sum of both parts.
    #[must_use]
    pub fn change(&self) -> f64 {
        self.run - self.baseline
    }

    /// Whether the endpoints changed in the opposite direction to the total, both by at least `least`.
    fn reverses(&self, least: f64) -> bool {
        let (whole, within) = (self.change(), self.within);
        whole.abs() >= least && within.abs() >= least && (whole < 0.0) != (within < 0.0)
    }

    /// Whether the mix is worth reporting: at least `least`, and a quarter of the change.
    fn is_material(&self, least: f64) -> bool {
        self.mix.abs() >= least && self.mix.abs() >= 0.25 * self.change().abs()
    }

    pub(super) fn text(&self, what: &str, unit: &str) -> String {
        let signed = |value: f64| number::signed(value, unit);
        format!(
            "The total's {what} changed by {}: {} within endpoints, {} because the mix of endpoints changed. Judge the \
             endpoints, not the total.",
            signed(self.change()),
            signed(self.within),
            signed(self.mix)
        )
    }
}

/// Decomposes the changes of the totals. `None` if an endpoint lacks the figure, if there are no endpoints, or if a
/// total counts different requests.
#[must_use]
pub fn mix(baseline: &Run, run: &Run) -> Mix {
    let adds_up = |run: &Run| {
        let sum = run.endpoints.iter().map(|e| e.requests).try_fold(0_u64, |sum, n| sum.checked_add(n?));
        run.total.as_ref().and_then(|t| t.requests).is_none_or(|total| sum == Some(total))
    };
    if !adds_up(baseline) || !adds_up(run) {
        return Mix::default();
    }
    let mean = |e: &Endpoint| {
        let timed = e.latency.timed.or(e.requests)?;
        if timed == 0 { Some((0, 0.0)) } else { Some((timed, e.latency.mean_ms?)) }
    };
    let errors = |e: &Endpoint| {
        let requests = e.requests?;
        if requests == 0 { Some((0, 0.0)) } else { Some((requests, e.error_rate_pct()?)) }
    };
    Mix { mean_ms: parts(baseline, run, mean), error_pct: parts(baseline, run, errors) }
}

fn parts(baseline: &Run, run: &Run, figure: impl Fn(&Endpoint) -> Option<(u64, f64)>) -> Option<Parts> {
    let pairs = pairs(&baseline.endpoints, &run.endpoints);
    let mut weighed = Vec::with_capacity(pairs.len());
    let (mut all, mut all_run) = (0_u64, 0_u64);
    for (b, r) in pairs {
        let (b, r) = (b.map_or(Some((0, 0.0)), &figure)?, r.map_or(Some((0, 0.0)), &figure)?);
        (all, all_run) = (all.checked_add(b.0)?, all_run.checked_add(r.0)?);
        weighed.push((b, r));
    }
    if all == 0 || all_run == 0 {
        return None;
    }
    let mut parts = Parts { baseline: 0.0, run: 0.0, within: 0.0, mix: 0.0 };
    for ((n, value), (n_run, value_run)) in weighed {
        let (share, share_run) = (n as f64 / all as f64, n_run as f64 / all_run as f64);
        // Without requests there is no value: use that of the other side, so that all of the change is mix.
        let (value, value_run) = match (n, n_run) {
            (0, _) => (value_run, value_run),
            (_, 0) => (value, value),
            _ => (value, value_run),
        };
        parts.baseline += share * value;
        parts.run += share_run * value_run;
        parts.within += (share + share_run) / 2.0 * (value_run - value);
        parts.mix += (value + value_run) / 2.0 * (share_run - share);
    }
    [parts.baseline, parts.run, parts.within, parts.mix].iter().all(|v| v.is_finite()).then_some(parts)
}

/// Merges two lists sorted by [`Endpoint::key`].
pub(in crate::compare) fn pairs<'a>(
    baseline: &'a [Endpoint],
    run: &'a [Endpoint],
) -> Vec<(Option<&'a Endpoint>, Option<&'a Endpoint>)> {
    let (mut baseline, mut run) = (baseline.iter().peekable(), run.iter().peekable());
    let mut pairs = Vec::new();
    loop {
        let order = match (baseline.peek(), run.peek()) {
            (Some(b), Some(r)) => b.key().cmp(&r.key()),
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (None, None) => return pairs,
        };
        let b = if order.is_le() { baseline.next() } else { None };
        let r = if order.is_ge() { run.next() } else { None };
        pairs.push((b, r));
    }
}

/// The mix is reported from this share of the baseline's mean, …
const MIX_SHARE: f64 = 0.05;
/// … or this many percentage points of errors.
const MIX_PP: f64 = 0.25;
/// Minimum change of both, as a share, to report a total opposite to its endpoints.
const REVERSED_SHARE: f64 = 0.02;
const REVERSED_PP: f64 = 0.1;

pub(super) fn check(baseline: &Run, run: &Run, mix: &Mix, out: &mut Vec<Check>) {
    out.extend(fail_fast(baseline, run, Which::Run));
    out.extend(fail_fast(run, baseline, Which::Baseline));
    if let Some(parts) = mix.mean_ms {
        // Of both sides, for symmetry.
        let scale = (parts.baseline + parts.run) / 2.0;
        if parts.is_material(MIX_SHARE * scale) || parts.reverses(REVERSED_SHARE * scale) {
            out.push(Check::MeanMovedByMix(parts));
        }
    }
    if let Some(parts) = mix.error_pct
        && (parts.is_material(MIX_PP) || parts.reverses(REVERSED_PP))
    {
        out.push(Check::ErrorsMovedByMix(parts));
    }
}

/// Minimum increase of errors in percentage points, …
const MORE_ERRORS_PP: f64 = 1.0;
/// … minimum failures beyond those expected at the other side's rate, …
const MORE_FAILURES: f64 = 5.0;
/// … and minimum decrease of the mean, as a share.
const FASTER_SHARE: f64 = 0.05;

/// Whether errors rise and latency falls from `from` to `to`, if response times are known to include all requests.
fn fail_fast(from: &Run, to: &Run, side: Which) -> Option<Check> {
    let seen = |a: &Endpoint, b: &Endpoint| {
        let all = |e: &Endpoint| e.requests.filter(|n| *n > 0 && e.latency.timed == Some(*n));
        let (requests, _) = (all(b)?, all(a)?);
        let (before, after) = (a.error_rate_pct()?, b.error_rate_pct()?);
        let (slow, fast) = (a.latency.mean_ms?, b.latency.mean_ms?);
        let more = (after - before) / 100.0 * requests as f64;
        (after - before >= MORE_ERRORS_PP && more >= MORE_FAILURES && fast <= slow * (1.0 - FASTER_SHARE))
            .then(|| (b.shown(), before, after, slow, fast, more))
    };
    let pairs = pairs(&from.endpoints, &to.endpoints);
    let found: Vec<_> = pairs.into_iter().filter_map(|(a, b)| seen(a?, b?)).collect();
    let endpoints = found.len() as u64;
    let most = found.into_iter().reduce(|a, b| if b.5 > a.5 { b } else { a });
    let most = most.or_else(|| seen(from.total.as_ref()?, to.total.as_ref()?));
    let (example, from_error_pct, to_error_pct, from_mean_ms, to_mean_ms, _) = most?;
    Some(Check::FailFast { side, endpoints, example, from_error_pct, to_error_pct, from_mean_ms, to_mean_ms })
}
