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
mod pair;
mod quantiles;
mod settle;
mod side;
mod slices;
mod spread;

use crate::compare::Scope;
use crate::policy::Policy;
use crate::run::{Endpoint, Judged, Metric, Percentile, Precision, Run, Sureness};
use crate::stats::Bounds;

pub use explore::{Exploration, Samples, Shifted, explore};
pub use hint::Settle;
pub(crate) use pair::FEWEST_FOR_ERRORS;
pub(super) use pair::Precisions;
pub(super) use settle::{Context, settle};
pub(crate) use side::ORDER_TAILS;
pub use side::{Error, Side, portable};
pub use spread::Spread;

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

/// How sure the figures of both runs of a pair are: for a link, which leaves samples and time series behind.
pub(crate) struct Portable {
    precisions: Precisions,
}

/// What travels with the baseline's and the run's endpoint.
pub(crate) type Travelling = (Sureness, Sureness);

impl Portable {
    pub fn of(baseline: &Run, run: &Run, policy: &Policy) -> Self {
        Self { precisions: Precisions::of(baseline, run, &policy.compare.warmup) }
    }

    /// The metrics whose figures may be judged by evidence.
    pub fn metrics(policy: &Policy) -> Vec<Metric> {
        let usual = [Percentile::P50, Percentile::P95, Percentile::P99].map(Metric::Latency);
        let ruled = policy.rules.iter().map(|rule| Metric::parse(&rule.metric));
        let ruled = ruled.filter(|m| matches!(m, Metric::Latency(_)));
        let mut metrics: Vec<Metric> =
            usual.into_iter().chain([Metric::Mean, Metric::ErrorRate, Metric::Rps]).chain(ruled).collect();
        crate::order::sort(&mut metrics);
        metrics.dedup();
        metrics
    }

    /// The few numbers by which the errors of a subject's figures travel.
    pub fn sureness(
        &self,
        scope: Scope,
        (baseline, run): (Option<&Endpoint>, Option<&Endpoint>),
        metrics: &[Metric],
    ) -> Travelling {
        let pair = self.precisions.pair(scope, baseline, run);
        let mut found = Travelling::default();
        let noise = |e: Option<&Endpoint>| e.map(|e| e.sureness.noise_pct.clone()).unwrap_or_default();
        (found.0.noise_pct, found.1.noise_pct) = (noise(baseline), noise(run));
        for metric in metrics {
            let value = |e: Option<&Endpoint>| {
                e.map(|e| e.value(metric)).unwrap_or_else(|| crate::run::Value::absent(crate::run::Absent::NoEndpoint))
            };
            let (was, is) = (value(baseline), value(run));
            let both = baseline.is_some() && run.is_some() && was.number.is_some() && is.number.is_some();
            let sides = pair.sides(metric, &was, &is).map(|sides| *sides).unwrap_or_default();
            let travels = |side: &Option<Side>| -> Option<Precision> { portable(side.as_ref()?) };
            found.0.precision.extend(travels(&sides.baseline).map(|p| (metric.clone(), p)));
            found.1.precision.extend(travels(&sides.run).map(|p| (metric.clone(), p)));
            // Where an error is not known that is told as well, so that nobody finds one in what is left of the data.
            let mut present = [&sides.baseline, &sides.run].into_iter().flatten();
            let unknown = both
                && (sides.baseline.is_none() || sides.run.is_none())
                && present.all(|side| portable(side).is_some());
            if unknown || sides.judged != Judged::default() {
                found.1.judged.insert(metric.clone(), sides.judged);
            }
        }
        found
    }
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
