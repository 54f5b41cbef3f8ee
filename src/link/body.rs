//! What stands in the body of a link, in its order: the policy, both runs, and how sure their figures are.

use super::coder::Codec;
use super::{LinkError, Shared, caps, prime, runs, simplify, sure, thresholds};
use crate::compare::{self, Portable};
use crate::policy::Policy;
use crate::run::{Metric, Run, Sureness};

/// The body of a link.
pub(super) fn write(shared: &Shared) -> Result<Vec<u8>, LinkError> {
    let mut codec = prime::learned()?.writing();
    body(&mut codec, shared.clone())?;
    Ok(codec.written())
}

/// What a body holds, if nothing is left to read and judging it is not too much.
pub(super) fn read(bytes: &[u8]) -> Result<Shared, LinkError> {
    let mut codec = prime::learned()?.reading(bytes);
    let blank = Shared { baseline: Run::default(), run: Run::default(), policy: Policy::default() };
    let mut shared = body(&mut codec, blank)?;
    codec.finish()?;
    let metrics = |run: &Run| run.endpoints.iter().map(|e| e.metrics.len()).max().unwrap_or(0) as u64;
    let endpoints = (shared.baseline.endpoints.len() + shared.run.endpoints.len()) as u64;
    let judged = judged_metrics(&shared.policy, metrics(&shared.baseline) + metrics(&shared.run));
    if endpoints * judged * (shared.policy.rules.len() as u64 + 1) > caps::JUDGING {
        return Err(LinkError::Beyond { what: "rules for so many endpoints" });
    }
    compare::check_matching([&shared.baseline, &shared.run], &shared.policy, caps::MATCHING)
        .map_err(LinkError::Matching)?;
    simplify::note(&mut shared.baseline);
    simplify::note(&mut shared.run);
    Ok(shared)
}

/// At most so many metrics is an endpoint judged by.
fn judged_metrics(policy: &Policy, extra: u64) -> u64 {
    let named = policy.rules.iter().filter(|r| matches!(Metric::parse(&r.metric), Metric::Named(_))).count();
    8 + named as u64 + extra
}

/// The body, written, read or learned from.
pub(super) fn body(codec: &mut Codec<'_>, mut shared: Shared) -> Result<Shared, LinkError> {
    let policy = thresholds::policy(codec, shared.policy)?;
    let sureness = [&mut shared.baseline, &mut shared.run].map(take);
    let [mut baseline, mut run] = runs::runs(codec, [shared.baseline, shared.run])?;
    let metrics = Portable::metrics(&policy);
    sure::sureness(codec, [&mut baseline, &mut run], sureness, &metrics)?;
    Ok(Shared { baseline, run, policy })
}

/// How sure the total's figures are, then those of each endpoint.
fn take(run: &mut Run) -> Vec<Sureness> {
    run.total.iter_mut().chain(&mut run.endpoints).map(|e| std::mem::take(&mut e.sureness)).collect()
}
