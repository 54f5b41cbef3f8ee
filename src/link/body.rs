//! What stands in the body of a link, in its order: the policy, both runs, and how sure their figures are.

use super::coder::Codec;
use super::{LinkError, Shared, runs, sure, thresholds};
use crate::compare::Portable;
use crate::run::{Run, Sureness};

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
