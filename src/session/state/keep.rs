//! What is kept on this device, and what can be brought back.

use super::compared::Compared;
use super::thresholds::Thresholds;
use crate::ingest::Group;
use crate::policy::Adjustments;
use crate::report::table::Filters;
use crate::run::Percentile;
use crate::session::address::Fragment;
use crate::session::side::Side;

/// What is kept on this device.
#[derive(Debug, Default)]
pub struct Keeping {
    /// The comparison that is shown, by the name it is kept under.
    pub id: Option<String>,
    /// Whether both sides are written again, though the name is known: they may have been forgotten.
    pub rewrite: bool,
    /// What that name is of.
    pub of: Option<Compared>,
    /// The number of the comparison that was kept last.
    pub made: u32,
    /// The comparison that the address names, until it is here.
    pub wanted: Option<String>,
    /// Whether it was asked for.
    pub is_asked: bool,
    /// Whether the list of what is kept is to be brought up to date.
    pub list: bool,
    /// What is kept, the newest first.
    pub recents: Vec<Recent>,
    /// When `recents` was listed, in milliseconds since the Unix epoch.
    pub now_ms: i64,
    /// Whether it was said that nothing can be kept.
    pub is_told: bool,
    /// The comparison that was put away last.
    pub undo: Option<Box<Undo>>,
}

/// A comparison that is kept.
#[derive(Debug)]
pub struct Recent {
    /// The name it is kept under.
    pub id: String,
    /// When it was shown last, in milliseconds since the Unix epoch.
    pub at_ms: i64,
    /// The word of its verdict.
    pub word: String,
    /// The word's tone.
    pub tone: String,
    /// The labels of baseline and run.
    pub labels: (String, String),
}

/// A comparison that was put away.
#[derive(Debug)]
pub struct Undo {
    pub baseline: Option<Side>,
    pub run: Option<Side>,
    pub earlier: Vec<Group>,
    pub thresholds: Thresholds,
    pub adjustments: Adjustments,
    pub selected: Option<String>,
    pub filters: Filters,
    pub percentile: Option<Percentile>,
    /// The name it was kept under.
    pub id: Option<String>,
    /// The link it came by.
    pub main: Fragment,
}
