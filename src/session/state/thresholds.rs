//! Where the thresholds come from, and the fields of their panel.

use std::sync::Arc;

use crate::policy::{self, Policy};

/// Where the thresholds come from.
#[derive(Debug, Clone)]
pub enum Thresholds {
    /// A built-in profile, by its name.
    Profile(&'static str),
    /// A file.
    File(Arc<Policy>),
    /// What was opened brought them.
    Opened(Arc<Policy>),
}

impl Default for Thresholds {
    fn default() -> Self {
        Self::Profile("default")
    }
}

impl Thresholds {
    /// Those that a link or report brought: a profile where they equal one.
    pub fn brought(policy: &Arc<Policy>) -> Self {
        let built_in = policy::PROFILES.iter().find(|(name, _)| policy::profile(name).as_ref() == Some(&**policy));
        built_in.map_or_else(|| Self::Opened(Arc::clone(policy)), |(name, _)| Self::Profile(name))
    }

    /// The built-in profile of this name.
    pub fn profile(name: &str) -> Option<Self> {
        policy::PROFILES.iter().find(|(known, _)| *known == name).map(|(known, _)| Self::Profile(known))
    }

    /// The thresholds as a policy.
    pub fn policy(&self) -> Policy {
        match self {
            Self::Profile(name) => policy::profile(name).unwrap_or_default(),
            Self::File(policy) | Self::Opened(policy) => (**policy).clone(),
        }
    }
}

/// A field of the panel of limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// A limit, by the number of its rule; empty is no limit.
    Limit(usize),
    /// The only percentile that is judged; empty is all that have a rule.
    Percentile,
    /// Which changes fail the gate.
    Gate,
    /// The level of the intervals, in percent.
    Confidence,
    /// The correction for judging many rules.
    Correction,
    /// How far equal runs may differ, in percent; empty is automatic.
    Noise,
    /// What becomes of the warm-up.
    Warmup,
    /// Seconds of the warm-up.
    WarmupSeconds,
    /// Seconds at the start of both runs that are left out; 0 leaves nothing out.
    WarmupAt,
}
