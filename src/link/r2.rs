//! Version r2: what r1 holds, and behind it how sure the figures are.
//!
//! Evidence needs more than figures: the spread of time batches, of order statistics, of repeats. These are a few numbers
//! for each figure ([`Sureness`]); printed tables and counts need none. A policy says besides whether evidence judges, and
//! the built-in profiles are those of this version.

use super::coder::Codec;
use super::{LinkError, Shared, Version, prime, r1, runs, sure, thresholds};
use crate::compare::Portable;
use crate::policy::Policy;
use crate::run::{Run, Sureness};

/// The body of a link.
pub(super) fn write(shared: &Shared) -> Result<Vec<u8>, LinkError> {
    let mut codec = prime::learned(Version::R2)?.writing();
    body(&mut codec, shared.clone())?;
    Ok(codec.written())
}

/// What a body holds.
pub(super) fn read(bytes: &[u8]) -> Result<Shared, LinkError> {
    let mut codec = prime::learned(Version::R2)?.reading(bytes);
    let blank = Shared { baseline: Run::default(), run: Run::default(), policy: Policy::default() };
    let shared = body(&mut codec, blank)?;
    r1::checked(&codec, shared)
}

pub(super) fn body(codec: &mut Codec<'_>, mut shared: Shared) -> Result<Shared, LinkError> {
    let policy = thresholds::policy(codec, shared.policy)?;
    let sureness = [&mut shared.baseline, &mut shared.run].map(take);
    let [mut baseline, mut run] = runs::runs(codec, [shared.baseline, shared.run])?;
    let metrics = Portable::metrics(&policy);
    for (run, said) in [&mut baseline, &mut run].into_iter().zip(sureness) {
        sure::sureness(codec, run, said, &metrics)?;
    }
    Ok(Shared { baseline, run, policy })
}

/// How sure the total's figures are, then those of each endpoint.
fn take(run: &mut Run) -> Vec<Sureness> {
    run.total.iter_mut().chain(&mut run.endpoints).map(|e| std::mem::take(&mut e.sureness)).collect()
}
