//! The link to the comparison that is shown.

use std::sync::Arc;

use leptos::prelude::GetUntracked;

use super::address;
use super::state::State;
use crate::compare::Comparison;
use crate::link::{self, Link, Options, Unshareable};

/// A link as it is given away.
pub(super) struct Made {
    /// The whole address: this page's, and the link.
    pub address: String,
    /// What whoever opens it sees: without names, where they are hidden.
    pub comparison: Arc<Comparison>,
    /// What it holds.
    pub link: Link,
}

/// What of a link is up to a person.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wishes {
    /// Endpoints are called by hashes of their names.
    pub hide_names: bool,
    /// The runs over time go along.
    pub time_series: bool,
    /// Nothing that goes along is left out to make the link short.
    pub however_long: bool,
}

/// As many characters as an address should have at most.
pub(super) const SHORT: usize = 2000;

/// Makes the link.
pub(super) fn make(comparison: Arc<Comparison>, wishes: Wishes) -> Result<Made, Unshareable> {
    let page = address::without_fragment();
    let options = Options {
        time_series: wishes.time_series,
        hash_names: wishes.hide_names,
        max_chars: (!wishes.however_long).then(|| SHORT.saturating_sub(page.len() + 1)),
    };
    let link = link::encode(&comparison, &options)?;
    let comparison = match link::decode(&link.text) {
        // A text beside a link that hides names must not tell them.
        Ok(shared) if wishes.hide_names => Arc::new(shared.judge()),
        _ => comparison,
    };
    Ok(Made { address: page + &link.text, comparison, link })
}

/// The link as it would be given away now, for what is written beside one.
pub(super) fn now(state: State) -> Option<Made> {
    let comparison = state.comparison.get_untracked()?;
    let hide_names = state.hide_names.get_untracked();
    make(comparison, Wishes { hide_names, time_series: true, however_long: false }).ok()
}
