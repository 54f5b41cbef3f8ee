//! The evidence of a row.

use super::hint::Settle;
use super::side::Side;
use super::spread::Spread;
use crate::run::Judged;
use crate::stats::Bounds;

/// Both sides of a row and the change between them, with errors.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sides {
    /// The baseline's figure.
    pub baseline: Option<Side>,
    /// The run's figure.
    pub run: Option<Side>,
    /// The change.
    pub spread: Option<Spread>,
    /// The change's bounds at 95 %, the usual confidence: stored, so that moved limits are judged at once.
    pub usual: Bounds,
    /// What is judged, if not the figures themselves.
    pub judged: Judged,
    /// The smallest rise of an error rate that would be confirmed, as it was last computed.
    pub(super) rise: LastRise,
}

/// The smallest rise of an error rate that is confirmed, as it was last computed: most moved limits are about other
/// figures.
#[derive(Debug, Clone, Copy, Default)]
pub struct LastRise(pub(super) Option<Rise>);

/// A cache is no part of what was judged.
impl PartialEq for LastRise {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// The smallest rise of an error rate that is confirmed beyond `margin` at `level`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rise {
    pub margin: f64,
    pub level: f64,
    /// As a share of the requests; `None` if no rise is confirmed.
    pub share: Option<f64>,
}

/// The precision of a change, and its effect on the verdict: the second criterion next to the limit.
///
/// Changes and limits are in display units: run − baseline in percent of the baseline, for error rates in percentage
/// points.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// Method of the interval.
    pub method: Method,
    /// The confidence of the interval, in percent: the policy's.
    pub confidence_pct: f64,
    /// The judged change. It differs from the change of the figures shown as described by [`Basis`].
    pub estimate: Option<f64>,
    /// Interval of that change at that confidence; a side without a bound is `None`. It excludes the noise between
    /// runs, see [`Evidence::floor`].
    pub interval: Bounds,
    /// The largest change allowed by the limit, if a rule has one.
    pub limit: Option<f64>,
    /// The smallest change that this row would confirm with a probability of 80 %.
    pub detectable: Option<f64>,
    /// Maximum change between two runs of the same program, in percent; 0 if not applied. A change within it is never
    /// confirmed.
    pub floor: f64,
    /// Source of the floor.
    pub noise: NoiseFrom,
    /// What was judged, if not the figures shown.
    pub basis: Basis,
    /// Requests, or runs, behind the two figures, if known.
    pub n: (Option<u64>, Option<u64>),
    /// One-sided p of "the change is within the limit and the noise"; `None` without an interval or a limit.
    pub p: Option<f64>,
    /// The same, corrected for multiple testing.
    pub adjusted_p: Option<f64>,
    /// Number of rules tested together.
    pub family: usize,
    /// Whether there is any change.
    pub direction: Direction,
    /// The smallest limit with which the row would be within.
    pub passes_from: Option<f64>,
    /// The limit below which the row is beyond it.
    pub critical_below: Option<f64>,
    /// The limit below which the row is confirmed to be beyond it.
    pub confirmed_below: Option<f64>,
    /// What would make an unclear result clear.
    pub settle: Option<Settle>,
}

/// What a row's evidence is about, if not the figures shown, and what widened it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Basis {
    /// Response times of successful requests only.
    pub successes: bool,
    /// Failed requests are among the response times: only changes that they cannot explain are confirmed.
    pub mixed_failures: bool,
    /// Seconds excluded as warm-up on both sides.
    pub left_out_s: Option<u32>,
    /// The total with the baseline's mix of endpoints.
    pub mix: bool,
    /// Start of the change, in seconds since the start of the run, if later than that.
    pub since_s: Option<u32>,
    /// Period of all or nearly all failures of the run, in seconds since its start.
    pub burst_s: Option<(u32, u32)>,
    /// Causes of a wider interval or floor.
    pub widened: Vec<Widened>,
}

/// Cause of a wider interval or noise floor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Widened {
    /// No times: the dependence between requests is assumed.
    NoTimes,
    /// A run was shorter than half a minute.
    Short,
    /// The numbers of users differ.
    Users,
    /// Failures occurred in bursts on both sides.
    Bursts,
    /// Requests are dependent over long times, as in a queue, which amplifies small changes.
    Dependent,
}

impl Widened {
    /// Stable identifier for programs.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NoTimes => "no_times",
            Self::Short => "short",
            Self::Users => "users_differ",
            Self::Bursts => "bursts",
            Self::Dependent => "dependent",
        }
    }
}

/// Method of an interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Failures among requests: Newcombe 1998, method 10.
    Newcombe,
    /// Failures among requests, endpoint by endpoint: Mantel and Haenszel 1959.
    Strata,
    /// Slices of both runs at the same elapsed time.
    Slices,
    /// Mean and standard deviation of the response times, at an assumed dependence.
    Moments,
    /// Several runs per side: Welch on logarithms of the runs' figures (error rates: on the rates).
    Repeats,
    /// Order statistics of samples: MOVER.
    OrderStatistics,
    /// The slope of a printed table, at an assumed dependence: MOVER.
    Table,
    /// Intervals of different kinds: MOVER.
    Mixed,
    /// Counts over time: exact for Poisson arrivals; for reference only.
    Poisson,
    /// Too few requests.
    TooFew {
        /// The smaller side's.
        requests: u64,
        /// Requests needed.
        needed: u64,
    },
    /// The files have no information on the figure's spread.
    None,
}

impl Method {
    /// Stable identifier for programs.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Newcombe => "newcombe",
            Self::Strata => "strata",
            Self::Slices => "time_slices",
            Self::Moments => "moments",
            Self::Repeats => "repeats",
            Self::OrderStatistics => "order_statistics",
            Self::Table => "table_slope",
            Self::Mixed => "mover",
            Self::Poisson => "poisson_reference",
            Self::TooFew { .. } => "too_few",
            Self::None => "none",
        }
    }
}

/// Source of a noise floor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoiseFrom {
    /// None: an error rate, or `none` in the thresholds file.
    None,
    /// The stated 8 %, without information on the noise between runs.
    Stated,
    /// More than stated: no times, a short run, or dependent requests.
    Raised,
    /// The thresholds file.
    Policy,
    /// Earlier runs.
    History,
    /// The repeats themselves: their spread is in the interval.
    Repeats,
}

impl NoiseFrom {
    /// Stable identifier for programs.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Stated => "stated",
            Self::Raised => "stated_raised",
            Self::Policy => "thresholds",
            Self::History => "history",
            Self::Repeats => "repeats",
        }
    }
}

/// Whether an interval excludes 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The change is for the worse.
    Worse,
    /// The change is for the better.
    Better,
    /// The interval includes 0.
    None,
}

impl Direction {
    /// Stable identifier for programs.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Worse => "worse",
            Self::Better => "better",
            Self::None => "none",
        }
    }
}
