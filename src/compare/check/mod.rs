//! Can these files be trusted? Checks on each run, and on what the pair says together: data first, words at the edge.
//!
//! What an importer found amiss while reading is a [`Note`](crate::run::Note) of the run and travels with it; [`of_run`]
//! shows such a note as a check ([`Check::Noted`]) and computes everything else from the run itself, so that it is found
//! again wherever the run comes from: a file, a report, a link. Whatever is found twice is shown once, in the words of the
//! note, which knows the file. Notes are told apart by their codes, since a report brings them back as words.
//!
//! * `counts`: requests, failures and rates that do not add up;
//! * `percentiles`: quantiles that contradict each other, the mean, or the number of requests;
//! * `load`: gaps in time, users against throughput × latency, too short a run;
//! * `pair`: what makes a total or an improvement mean something other than it seems.

mod all;
mod counts;
mod finding;
mod load;
mod pair;
mod percentiles;

pub(super) use all::of_pair;
pub use all::{of_run, other_notes};
pub(super) use counts::notes;
pub use finding::{Check, Checks, Phase, Thin};
pub(super) use pair::pairs as sides;
pub use pair::{Mix, Parts, mix};
pub use percentiles::fewest_for;
