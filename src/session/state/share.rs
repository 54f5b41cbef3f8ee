//! A link to the comparison, and what of it a person chooses.

use std::sync::Arc;

use crate::compare::Comparison;
use crate::link::Link;
use crate::mask::{Names, Told};

/// A link as it is given away.
#[derive(Debug)]
pub struct Made {
    /// The page's address with the link.
    pub address: String,
    /// What the link shows, with the names that it tells.
    pub comparison: Arc<Comparison>,
    /// The texts in it, before and after.
    pub texts: Vec<Told>,
    /// What it holds.
    pub link: Link,
    /// How it is looked at, as pairs of the address; may be empty.
    pub view: String,
}

/// What of a link a person chooses.
#[derive(Debug, Clone, Copy)]
pub struct Wishes {
    /// What happens to names.
    pub names: Names,
    /// The runs over time go along.
    pub time_series: bool,
    /// Nothing is left out to make the link short.
    pub however_long: bool,
}

impl Default for Wishes {
    fn default() -> Self {
        Self { names: Names::Mask, time_series: true, however_long: false }
    }
}
