//! Where files are put, and by whom.

use serde::{Deserialize, Serialize};

use crate::ingest::{Role, RoleReason};

/// What a person says that an execution is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// On this side.
    Side(Role),
    /// An earlier run of the baseline's program: it shows how far two runs differ.
    Earlier,
}

/// Where a person put files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Target {
    /// On the window, or by a button that names no side.
    Anywhere,
    /// Dropped over a side: counts where the files are one run.
    Over(Role),
    /// Chosen for this side.
    Side(Role),
}

/// How the baseline was told from the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guess {
    /// The side the reason is about.
    pub about: Role,
    /// The reason.
    pub reason: RoleReason,
}
