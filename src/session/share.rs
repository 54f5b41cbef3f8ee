//! The link to the comparison that is shown.

use std::sync::Arc;

use super::state::State;
use super::state::share::{Made, Wishes};
use crate::link::{self, Link, Options, Piece, Unshareable};
use crate::mask::{self, Leaving, NamesDecide, Told};

/// Characters that an address should have at most.
pub(super) const SHORT: usize = 2000;

impl State {
    /// Makes the link; `None` without a comparison.
    pub fn make_link(&self, wishes: Wishes) -> Option<Result<Made, Unshareable>> {
        let comparison = Arc::clone(self.comparison.as_ref()?);
        let options = Options {
            time_series: wishes.time_series,
            names: wishes.names,
            max_chars: (!wishes.however_long).then(|| SHORT.saturating_sub(self.page.len() + 1)),
        };
        let leaving = match mask::leaving(&comparison, wishes.names) {
            Ok(leaving) => leaving,
            Err(NamesDecide) => return Some(Err(Unshareable::NamesDecide)),
        };
        let made = link::encode_leaving(&comparison, &leaving, &options);
        let Leaving { comparison: changed, mut texts } = leaving;
        // A text beside the link must not tell what the link does not.
        let comparison = changed.map_or(comparison, Arc::new);
        Some(made.map(|link| {
            texts.retain(|told| is_sent(told, &link));
            Made { address: format!("{}{}", self.page, link.text), comparison, link, texts }
        }))
    }
}

/// Whether a text that may leave is in this link.
fn is_sent(told: &Told, link: &Link) -> bool {
    let holds = |wanted: fn(&Piece) -> bool| link.included.iter().any(wanted);
    match told.what {
        "file" => holds(|piece| matches!(piece, Piece::Files)),
        "cause" => holds(|piece| matches!(piece, Piece::FailureCauses(_))),
        "exception" => holds(|piece| matches!(piece, Piece::Exceptions)),
        _ => true,
    }
}
