//! Evidence for every verdict (statistics.md §4).
//!
//! * `slices`: both runs split into slices of the same elapsed time; `quantiles`: a side's quantiles from any source;
//!   `pair`: from these, the precision of each side's figures, computed once;
//! * [`Spread`]: the precision of the change, at every level and independent of limits;
//! * `settle`: rows with their spreads × policy → evidence and verdicts. It reads no data, so that moved limits are
//!   judged at once;
//! * `family`: multiple testing;
//! * `hint`: what would make an unclear result clear, and which limit would change a verdict;
//! * `explore`: details of one subject, computed on demand.

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
pub(crate) use pair::MIN_FOR_ERRORS;
pub(super) use pair::Precisions;
pub(crate) use portable::Portable;
pub(super) use settle::{Context, settle};
pub(crate) use side::ORDER_TAILS;
pub use side::{Error, Side};
pub use spread::Spread;
