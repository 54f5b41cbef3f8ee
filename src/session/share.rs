//! The link to the comparison that is shown.

use std::sync::Arc;

use super::state::State;
use super::state::share::{Made, Wishes};
use crate::link::{self, Link, Options, Unshareable};

/// Characters that an address should have at most.
pub(super) const SHORT: usize = 2000;

impl State {
    /// Makes the link; `None` without a comparison.
    pub fn make_link(&self, wishes: Wishes) -> Option<Result<Made, Unshareable>> {
        let comparison = Arc::clone(self.comparison.as_ref()?);
        let options = Options {
            time_series: wishes.time_series,
            hash_names: wishes.hide_names,
            max_chars: (!wishes.however_long).then(|| SHORT.saturating_sub(self.page.len() + 1)),
        };
        let made = |link: Link| {
            let comparison = match link::decode(&link.text) {
                // A text beside a link that hides names must not tell them.
                Ok(shared) if wishes.hide_names => Arc::new(shared.judge()),
                _ => comparison,
            };
            Made { address: format!("{}{}", self.page, link.text), comparison, link }
        };
        Some(link::encode(self.comparison.as_ref()?, &options).map(made))
    }
}
