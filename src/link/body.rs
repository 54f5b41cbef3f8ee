//! The body of a link, in order: the policy, both runs, and the precision of their figures.

use super::coder::Codec;
use super::{LinkError, Shared, runs, sure, thresholds};
use crate::compare::Portable;
use crate::run::{Run, Sureness};

/// Writes, reads or learns the body.
pub(super) fn body(codec: &mut Codec<'_>, mut shared: Shared) -> Result<Shared, LinkError> {
    let policy = thresholds::policy(codec, shared.policy)?;
    let sureness = [&mut shared.baseline, &mut shared.run].map(take);
    let [mut baseline, mut run] = runs::runs(codec, [shared.baseline, shared.run])?;
    let metrics = Portable::metrics(&policy);
    sure::sureness(codec, [&mut baseline, &mut run], sureness, &metrics)?;
    Ok(Shared { baseline, run, policy })
}

/// Takes the precision of the total's figures, then of each endpoint's.
fn take(run: &mut Run) -> Vec<Sureness> {
    run.total.iter_mut().chain(&mut run.endpoints).map(|e| std::mem::take(&mut e.sureness)).collect()
}
