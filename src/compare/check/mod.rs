//! Checks whether the files can be trusted: each run on its own, and the pair.
//!
//! An importer reports problems as [`Note`](crate::run::Note)s of the run. [`of_run`] shows these as checks
//! ([`Check::Noted`]) and computes everything else from the run itself, so that the result does not depend on the run's
//! origin: a file, a report, a link. A problem found twice is shown once, in the words of the note, which names the
//! file. Notes are identified by their codes, since a report restores them as text.
//!
//! * `counts`: inconsistent requests, failures and rates;
//! * `percentiles`: quantiles that contradict each other, the mean, or the number of requests;
//! * `load`: gaps in time, users against throughput × latency, short runs;
//! * `pair`: misleading totals and improvements.

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
