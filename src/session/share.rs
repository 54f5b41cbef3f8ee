//! The link to the comparison that is shown.

use std::sync::Arc;

use super::show::decided;
use super::state::State;
use super::state::share::{Made, Wishes};
use crate::compare::{Comparison, Subject};
use crate::link::{self, Link, Options, Piece, Unshareable};
use crate::mask::{self, Kind, Leaving, Names, NamesDecide, Told};
use crate::report::view;

/// Characters that an address should have at most.
pub(super) const SHORT: usize = 2000;

impl State {
    /// Makes the link; `None` without a comparison.
    pub fn make_link(&self, wishes: Wishes) -> Option<Result<Made, Unshareable>> {
        let comparison = Arc::clone(self.comparison.as_ref()?);
        let leaving = match mask::leaving(&comparison, wishes.names) {
            Ok(leaving) => leaving,
            Err(NamesDecide) => return Some(Err(Unshareable::NamesDecide)),
        };
        let view = self.view_leaving(&comparison, &leaving, wishes.names);
        let options = Options {
            time_series: wishes.time_series,
            names: wishes.names,
            max_chars: (!wishes.however_long).then(|| SHORT.saturating_sub(self.page.len() + 1 + view.len())),
        };
        let made = link::encode_leaving(&comparison, &leaving, &options);
        let Leaving { comparison: changed, mut texts } = leaving;
        // A text beside the link must not tell what the link does not.
        let comparison = changed.map_or(comparison, Arc::new);
        Some(made.map(|link| {
            texts.retain(|told| is_sent(told, &link));
            Made { address: format!("{}{}{view}", self.page, link.text), comparison, link, texts, view }
        }))
    }

    /// [`view`](Self::view) for the comparison that leaves: nothing in it tells what that masks.
    fn view_leaving(&self, given: &Comparison, leaving: &Leaving, names: Names) -> String {
        let there = leaving.of(given);
        // A link opens at this one anyway.
        let first = decided(there).and_then(|subject| there.subjects.get(subject)).map(view::key).unwrap_or_default();
        let selected = self.selected.clone();
        let selected =
            selected.and_then(|key| if key.is_empty() { Some(key) } else { key_leaving(given, leaving, &key) });
        let selected = selected.filter(|key| *key != first);
        let text = &self.filters.text;
        let may_leave = match names {
            Names::Keep => true,
            Names::Mask => mask::text(text, Kind::Name) == text.as_str() && are_named(text, there),
            Names::Hash => false,
        };
        self.view_of(selected, if may_leave { text } else { "" })
    }
}

/// Whether the names of a comparison tell each word of a filter. A piece of a masked name is no longer in any.
fn are_named(filter: &str, there: &Comparison) -> bool {
    filter.to_lowercase().split_whitespace().all(|word| {
        let word = word.trim_start_matches('-');
        let told = |text: &str| text.to_lowercase().contains(word);
        there.subjects.iter().any(|subject| told(&subject.name) || subject.method.as_deref().is_some_and(told))
    })
}

/// The key of an endpoint in the comparison that leaves, where it may have another name.
fn key_leaving(given: &Comparison, leaving: &Leaving, key: &str) -> Option<String> {
    let subject = given.subjects.get(view::find(given, key)?)?;
    let told = leaving.texts.iter().find(|told| told.what == "endpoint" && told.before == subject.name);
    let name = told.map_or(&subject.name, |told| &told.after);
    let is_it = |other: &&Subject| (other.scope, &other.name) == (subject.scope, name);
    let mut found = leaving.of(given).subjects.iter().filter(is_it).filter(|s| s.method == subject.method);
    found.next().map(view::key)
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
