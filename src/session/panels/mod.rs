//! What stands around the report, as HTML: the bar, the start page, cards, questions, dialogs.

mod bar;
mod cards;
mod executions;
mod export;
mod formats;
mod parts;
mod progress;
mod questions;
mod recent;
mod settings;
mod share;
mod sources;
mod start;
mod trend;

use crate::session::state::State;

pub(super) use parts::several;
pub(super) use share::share;
pub(super) use start::promise;
pub use start::start_page;
pub(super) use trend::trend;

/// Renders a part of the page.
type Render = fn(&State) -> String;

/// The parts above the report, in the order they are shown.
pub(super) const ABOVE: [(&str, Render); 9] = [
    ("bar", bar::bar),
    ("sources", sources::sources),
    ("cards", cards::cards),
    ("assign", questions::assign),
    ("snapshots", progress::snapshots),
    ("executions", executions::executions),
    ("start", start::start),
    ("checked", cards::checked),
    ("progress", progress::progress),
];

/// The parts below the report, and the dialogs.
pub(super) const BELOW: [(&str, Render); 5] = [
    ("unused", cards::unused),
    ("export", export::export),
    ("ask", questions::ask),
    ("settings", settings::settings),
    ("foot", start::foot),
];
