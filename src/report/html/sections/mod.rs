//! The sections of the report as markup: each function gives one whole element, the same for the page and for the file.
//!
//! Without a [`Live`] it is the file's: nothing can be touched, and charts are drawn for a wide page and for a phone. With
//! one it is the page's: buttons say in `data-do`, inputs in `data-set`, which [`Act`](super::act::Act) they ask for, and
//! charts have one width. What the page itself does stands in `data-page`: `open settings`, `go facts`, `go endpoints`.
//!
//! Everything was computed before; here it is set in HTML.

mod changes;
mod charts;
mod details;
mod endpoints;
mod facts;
mod figure;
mod file;
mod judged;
mod method;
mod parts;
mod reasons;
mod stages;
mod tiles;
mod trend;
mod verdict;

pub use changes::changes;
pub use details::{OPENED, details};
pub use endpoints::{SPACES, endpoints, forest, group_head, row, space};
pub use facts::{facts, note_list, recognised, singles};
pub use method::{method, promise};
pub use stages::stages;
pub use tiles::tiles;
pub use trend::{Chosen, name as trend_name, outcome as trend_outcome, trend};
pub use verdict::verdict;

pub(super) use file::body;

use super::super::band;
use super::super::table::Filters;
use crate::chart::Size;
use crate::compare::Comparison;
use crate::run::{Metric, Percentile};

/// What a person chose on the page.
#[derive(Debug, Clone, PartialEq)]
pub struct Live {
    /// Whether charts are drawn for a phone.
    pub narrow: bool,
    /// The percentile of chart and table.
    pub percentile: Percentile,
    /// The percentile of the response times over time; `None` is the mean.
    pub over: Option<Percentile>,
    /// The metric of the chart of changes; `None` is the one that the verdict's sentence names.
    pub changes_of: Option<Metric>,
    /// The metric whose intervals the table draws; `None` is the default of the comparison.
    pub forest_of: Option<Metric>,
    /// How the table is filtered and sorted.
    pub filters: Filters,
    /// Whether the chart of changes has all endpoints.
    pub all_changes: bool,
    /// The subject whose details are shown, as an index.
    pub selected: Option<usize>,
    /// Whether rows say from which limit on their verdict would be another.
    pub break_even: bool,
    /// Whether the page is inside another one: then there is no [`method`].
    pub embedded: bool,
}

impl Default for Live {
    fn default() -> Self {
        Self {
            narrow: false,
            percentile: Percentile::P95,
            over: None,
            changes_of: None,
            forest_of: None,
            filters: Filters::default(),
            all_changes: false,
            selected: None,
            break_even: false,
            embedded: false,
        }
    }
}

/// The percentile of chart and table.
fn percentile(c: &Comparison, live: Option<&Live>) -> Percentile {
    live.map_or_else(|| band::first_percentile(c), |live| live.percentile)
}

/// The width of a chart: as given, or a phone's.
fn size(live: Option<&Live>, wide: Size) -> Size {
    if live.is_some_and(|live| live.narrow) { Size::NARROW } else { wide }
}
