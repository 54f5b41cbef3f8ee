//! A history of runs, with what can be done about it.

use super::parts::button;
use crate::report::html::sections::{self, Chosen};
use crate::session::action::Action;
use crate::session::state::trends::Trends;

/// The trend of the metric that is chosen.
pub fn trend(trends: &Trends, chosen: &Chosen) -> String {
    let section = sections::trend(&trends.history, &trends.trends, Some(chosen));
    format!("{section}<p class=\"rest\">{}</p>", button("quiet", &Action::TrendClose, "Close the trend"))
}
