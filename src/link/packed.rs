//! The body of a link in bytes, by a coder trained on the examples.

use super::{LinkError, Shared, body, caps, prime, simplify};
use crate::compare;
use crate::policy::Policy;
use crate::run::{Metric, Run};

/// Writes the body of a link.
pub(super) fn write(shared: &Shared) -> Result<Vec<u8>, LinkError> {
    let mut codec = prime::learned()?.writing();
    body::body(&mut codec, shared.clone())?;
    Ok(codec.written())
}

/// Reads a body, and checks that no data is left and judging it is not too expensive.
pub(super) fn read(bytes: &[u8]) -> Result<Shared, LinkError> {
    let mut codec = prime::learned()?.reading(bytes);
    let blank = Shared { baseline: Run::default(), run: Run::default(), policy: Policy::default() };
    let mut shared = body::body(&mut codec, blank)?;
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

/// Maximum metrics of an endpoint that are judged.
fn judged_metrics(policy: &Policy, extra: u64) -> u64 {
    let named = policy.rules.iter().filter(|r| matches!(Metric::parse(&r.metric), Metric::Named(_))).count();
    8 + named as u64 + extra
}
