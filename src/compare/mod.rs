//! [`Run`](crate::run::Run) × `Run` × [`Policy`](crate::policy::Policy) → [`Comparison`]: matches endpoints and judges
//! metrics.
//!
//! * `comparing` turns two runs into a comparison;
//! * `matching` pairs common endpoints and keeps the others;
//! * `judge` gives every metric of a pair its verdict;
//! * `overall` aggregates the verdicts to one word and the gate;
//! * `account` accounts for every row of the files;
//! * [`check`] checks whether the files can be trusted, [`comparable`] whether the two can be compared, and
//!   [`warmup`](warmup()) finds the start of the measurement;
//! * `stages` compares progressive loads at equal numbers of users.
//!
//! All arithmetic of a comparison is done here, once. Reports, charts and the page show the [`Comparison`].

mod account;
mod acknowledged;
mod change;
pub mod check;
pub mod comparable;
mod comparing;
mod comparison;
mod evidence;
mod ids;
mod judge;
mod lost;
mod matching;
mod model;
mod note;
mod overall;
mod paths;
mod stages;
mod warmup;

pub use account::{Account, Excluded};
pub use change::Change;
pub use check::{Check, Checks};
pub use comparable::Comparability;
pub use comparing::{check_matching, compare, compare_noted, compare_sides, judge_again, judged, only_moves_limits};
pub use comparison::Comparison;
pub use evidence::{
    Basis, Direction, Error, Evidence, Exploration, Method, NoiseFrom, Samples, Settle, Shifted, Side, Sides, Spread,
    Widened, explore,
};
pub(crate) use evidence::{MIN_FOR_ERRORS, ORDER_TAILS, Portable, explored};
pub use lost::Lost;
pub use model::{AppliedRule, Reason, Row, Scope, Subject, Verdict, Which};
pub use note::{PairNote, id_matches};
pub use overall::{Counts, Gate, Seen, Word};
pub use stages::{Curve, Held, Level, Limits, Shift, StagedRun, Stages};
pub use warmup::{Cut, Warmup, Why, trim, warmup};
