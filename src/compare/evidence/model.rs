//! What evidence says of a row.

use super::hint::Settle;
use super::side::Side;
use super::spread::Spread;
use crate::run::Judged;
use crate::stats::Bounds;

/// Both sides of a row and the change between them, each with its error.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sides {
    /// The baseline's figure.
    pub baseline: Option<Side>,
    /// The run's figure.
    pub run: Option<Side>,
    /// The change.
    pub spread: Option<Spread>,
    /// The change's bounds at 95 %, which most policies ask for: kept, so that a moved limit is judged at once.
    pub usual: Bounds,
    /// What is judged, where that is not the figures themselves.
    pub judged: Judged,
}

/// How sure a change is, and what that makes of the verdict: the second axis beside the limit.
///
/// Changes and limits are as they are shown: run − baseline in percent of the baseline, of error rates in percentage
/// points.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// How the interval was found.
    pub method: Method,
    /// The confidence of the interval, in percent: the policy's.
    pub confidence_pct: f64,
    /// The change that is judged. It differs from the change of the figures shown where [`Basis`] says so.
    pub estimate: Option<f64>,
    /// The interval of that change at that confidence; a side without a bound is `None`. It does not allow for
    /// the noise between runs: [`Evidence::floor`] does.
    pub interval: Bounds,
    /// The largest change that the limit allows, where a rule has one.
    pub limit: Option<f64>,
    /// The smallest change that this row would confirm with a chance of 80 %.
    pub detectable: Option<f64>,
    /// The change up to which two runs of the same program may differ, in percent; 0 where that is not added. Nothing
    /// inside it is confirmed.
    pub floor: f64,
    /// Where the floor comes from.
    pub noise: NoiseFrom,
    /// What was judged, where that is not the figures as they are shown.
    pub basis: Basis,
    /// Requests, or runs, behind the two figures, where known.
    pub n: (Option<u64>, Option<u64>),
    /// One-sided p of "the change is within the limit and the noise"; `None` where there is no interval or no limit.
    pub p: Option<f64>,
    /// The same, corrected for judging many rules at once.
    pub adjusted_p: Option<f64>,
    /// How many rules were judged at once.
    pub family: usize,
    /// Whether there is a change at all.
    pub direction: Direction,
    /// The smallest limit with which the row would be within.
    pub passes_from: Option<f64>,
    /// Limits tighter than this are exceeded.
    pub critical_below: Option<f64>,
    /// Limits tighter than this are exceeded and that is confirmed.
    pub confirmed_below: Option<f64>,
    /// What would settle what cannot be told.
    pub settle: Option<Settle>,
}

/// What a row's evidence is about, where that is not the figures as they are shown, and what made it wider.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Basis {
    /// Response times of successful requests alone.
    pub successes: bool,
    /// Failed requests are among the response times: only what they cannot explain is confirmed.
    pub mixed_failures: bool,
    /// Seconds left out as warm-up on both sides.
    pub left_out_s: Option<u32>,
    /// The total at the baseline's mix of endpoints.
    pub mix: bool,
    /// When the change began, in seconds since the start of the run, where it was not there from the start.
    pub since_s: Option<u32>,
    /// All or nearly all failures of the run were between these seconds since its start.
    pub burst_s: Option<(u32, u32)>,
    /// What made the interval or the floor wider.
    pub widened: Vec<Widened>,
}

/// What made an interval or a noise floor wider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Widened {
    /// There are no times: how much requests depend on each other is assumed.
    NoTimes,
    /// A run took less than half a minute.
    Short,
    /// The numbers of users differ.
    Users,
    /// Failures came in bursts on both sides.
    Bursts,
    /// Requests depend on each other for long, as in a queue, which makes much of little.
    Dependent,
}

impl Widened {
    /// A stable name for programs.
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

/// How an interval was found.
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
    /// Several runs a side: Welch on logarithms of the runs' figures (error rates: on the rates).
    Repeats,
    /// Order statistics of samples: MOVER.
    OrderStatistics,
    /// The slope of a printed table, at an assumed dependence: MOVER.
    Table,
    /// Intervals of different kinds: MOVER.
    Mixed,
    /// Counts over time: exact, if arrivals were Poisson; for reference only.
    Poisson,
    /// There are too few requests.
    TooFew {
        /// The smaller side's.
        requests: u64,
        /// What it takes.
        needed: u64,
    },
    /// The files say nothing of the figure's spread.
    None,
}

impl Method {
    /// A stable name for programs.
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

/// Where a noise floor comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoiseFrom {
    /// Error rates have none; or the thresholds file says `none`.
    None,
    /// Nothing is known of what is between runs: the stated 8 %.
    Stated,
    /// As stated, and more, for want of times or of a longer run, or since requests depend on each other.
    Raised,
    /// The thresholds file.
    Policy,
    /// Earlier runs.
    History,
    /// The repeats themselves: their spread is in the interval.
    Repeats,
}

impl NoiseFrom {
    /// A stable name for programs.
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

/// Whether an interval leaves out 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The change is for the worse.
    Worse,
    /// The change is for the better.
    Better,
    /// There may be none.
    None,
}

impl Direction {
    /// A stable name for programs.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Worse => "worse",
            Self::Better => "better",
            Self::None => "none",
        }
    }
}
