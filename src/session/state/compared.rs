//! What was compared.

use std::sync::Arc;

use crate::run::Run;

/// What was compared: the same runs need no new matching when a limit moves.
#[derive(Debug, Clone)]
pub struct Compared {
    pub baseline: Arc<Run>,
    pub run: Arc<Run>,
    /// Labels and keys of the earlier runs.
    pub earlier: Vec<String>,
}

impl Compared {
    /// Whether the same runs were compared.
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.baseline, &other.baseline)
            && Arc::ptr_eq(&self.run, &other.run)
            && self.earlier == other.earlier
    }
}
