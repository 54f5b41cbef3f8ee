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
    /// The link, or the report's whole text.
    pub text: String,
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

    /// The report's file; empty for a link.
    pub fn file(&self) -> &str {
        match &self.by {
            Bringer::Link => "",
            Bringer::Report { file, .. } => file,
        }
    }

    /// What a link holds.
    pub fn link(shared: Shared, text: String) -> Self {
        let Shared { baseline, run, policy } = shared;
        let (baseline, run, policy) = (Arc::new(baseline), Arc::new(run), Arc::new(policy));
        Self { baseline, run, policy, text, by: Bringer::Link }
    }

    /// What a report holds.
    pub fn report(file: String, restored: Restored, text: String) -> Self {
        let Restored { baseline, run, policy, made_at, verified, .. } = restored;
        Self {
            baseline: Arc::new(baseline),
            run: Arc::new(run),
            policy: Arc::new(policy),
            text,
            by: Bringer::Report { file, made_at, verified },
        }
    }
}
