//! A link to the comparison, and what of it a person chooses.

use std::sync::Arc;

use crate::compare::Comparison;
use crate::link::Link;

/// A link as it is given away.
#[derive(Debug)]
pub struct Made {
    /// The page's address with the link.
    pub address: String,
    /// What the link shows: without names, where they are hidden.
    pub comparison: Arc<Comparison>,
    /// What it holds.
    pub link: Link,
}

/// What of a link a person chooses.
#[derive(Debug, Clone, Copy)]
pub struct Wishes {
    /// Endpoints are called by hashes of their names.
    pub hide_names: bool,
    /// The runs over time go along.
    pub time_series: bool,
    /// Nothing is left out to make the link short.
    pub however_long: bool,
}

impl Default for Wishes {
    fn default() -> Self {
        Self { hide_names: false, time_series: true, however_long: false }
    }
}
