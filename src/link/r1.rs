//! Version r1: what stands in the body, in its order.

use super::coder::Codec;
use super::{LinkError, Shared, Version, caps, prime, runs, simplify, thresholds};
use crate::policy::Policy;
use crate::run::{Metric, Run};

/// What a body holds.
pub(super) fn read(bytes: &[u8]) -> Result<Shared, LinkError> {
    let mut codec = prime::learned(Version::R1)?.reading(bytes);
    let blank = Shared { baseline: Run::default(), run: Run::default(), policy: Policy::default() };
    let shared = body(&mut codec, blank)?;
    checked(&codec, shared)
}

/// What was read, if nothing is left to read and judging it is not too much.
pub(super) fn checked(codec: &Codec<'_>, mut shared: Shared) -> Result<Shared, LinkError> {
    codec.finish()?;
    let metrics = |run: &Run| run.endpoints.iter().map(|e| e.metrics.len()).max().unwrap_or(0) as u64;
    let endpoints = (shared.baseline.endpoints.len() + shared.run.endpoints.len()) as u64;
    if endpoints
        * judged_metrics(&shared.policy, metrics(&shared.baseline) + metrics(&shared.run))
        * (shared.policy.rules.len() as u64 + 1)
        > caps::JUDGING
    {
        return Err(LinkError::Beyond { what: "rules for so many endpoints" });
    }
    simplify::note(&mut shared.baseline);
    simplify::note(&mut shared.run);
    Ok(shared)
}

/// At most so many metrics is an endpoint judged by.
fn judged_metrics(policy: &Policy, extra: u64) -> u64 {
    let named = policy.rules.iter().filter(|r| matches!(Metric::parse(&r.metric), Metric::Named(_))).count();
    8 + named as u64 + extra
}

/// What stands in a body, in its order.
pub(super) fn body(codec: &mut Codec<'_>, shared: Shared) -> Result<Shared, LinkError> {
    let policy = thresholds::policy(codec, shared.policy)?;
    let [baseline, run] = runs::runs(codec, [shared.baseline, shared.run])?;
    Ok(Shared { baseline, run, policy })
}
