//! How sure is that: evidence beside every verdict (statistics.md §4).
//!
//! * `slices`: both runs cut into slices of the same elapsed time; `quantiles`: a side's quantiles, whatever they are
//!   known from; `pair`: from these, how sure each side's figure is, computed once;
//! * [`Spread`]: how sure the change is, at every level and whatever the limits are;
//! * `settle`: rows with their spreads × policy → evidence and verdicts. It touches no data, so that a moved limit
//!   re-judges at once;
//! * `family`: many rules judged at once;
//! * `hint`: what would settle what cannot be told, and which limit would change a verdict;
//! * `explore`: what is worth knowing of one subject beyond its verdicts, computed when someone looks.

mod explore;
mod family;
mod hint;
mod model;
mod pair;
mod portable;
mod quantiles;
mod settle;
mod side;
mod slices;
mod spread;

pub(crate) use explore::explored;
pub use explore::{Exploration, Samples, Shifted, explore};
pub use hint::Settle;
pub use model::{Basis, Direction, Evidence, Method, NoiseFrom, Sides, Widened};
pub(crate) use pair::FEWEST_FOR_ERRORS;
pub(super) use pair::Precisions;
pub(crate) use portable::Portable;
pub(super) use settle::{Context, settle};
pub(crate) use side::ORDER_TAILS;
pub use side::{Error, Side};
pub use spread::Spread;
