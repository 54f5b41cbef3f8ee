//! A whole comparison that came in one piece: by a link, or from an HTML report that was made here or elsewhere.

use std::sync::Arc;

use crate::ingest::Role;
use crate::link::Shared;
use crate::policy::Policy;
use crate::report::html::{Restored, Verification};
use crate::run::Run;

/// A comparison as it was opened, to be judged again.
#[derive(Debug)]
pub(super) struct Opened {
    baseline: Arc<Run>,
    run: Arc<Run>,
    /// The thresholds that came with it.
    pub policy: Arc<Policy>,
    /// What brought it.
    pub by: Bringer,
}

/// What brings a whole comparison.
#[derive(Debug)]
pub(super) enum Bringer {
    /// The page's address.
    Link,
    /// An HTML report.
    Report { file: String, made_at: String, verified: Verification },
}

impl Opened {
    /// One of its runs.
    pub fn run(&self, role: Role) -> Arc<Run> {
        Arc::clone(match role {
            Role::Baseline => &self.baseline,
            Role::Run => &self.run,
        })
    }

    /// What a link holds.
    pub fn link(shared: Shared) -> Self {
        let Shared { baseline, run, policy } = shared;
        Self { baseline: Arc::new(baseline), run: Arc::new(run), policy: Arc::new(policy), by: Bringer::Link }
    }

    /// What a report holds.
    pub fn report(file: String, restored: Restored) -> Self {
        let Restored { baseline, run, policy, made_at, verified, .. } = restored;
        Self {
            baseline: Arc::new(baseline),
            run: Arc::new(run),
            policy: Arc::new(policy),
            by: Bringer::Report { file, made_at, verified },
        }
    }
}
