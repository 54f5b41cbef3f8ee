//! How sure is that: evidence beside every verdict (statistics.md §4).
//!
//! * [`side`](self::Side): how sure each side's figure is, computed once from what its run holds;
//! * [`Spread`]: how sure the change is, at every level and whatever the limits are;
//! * `settle`: rows with their spreads × policy → evidence and verdicts. It touches no data, so that a moved limit
//!   re-judges at once;
//! * `family`: many rules judged at once;
//! * `hint`: what would settle what cannot be told, and which limit would change a verdict;
//! * `explore`: what is worth knowing of one subject beyond its verdicts, computed when someone looks.

mod explore;
mod family;
mod hint;
mod settle;
mod side;
mod spread;

use crate::policy::Policy;
use crate::run::{Endpoint, Metric, Percentile, Precision, Run, Sureness, Value};
use crate::stats::Bounds;

pub use explore::{Exploration, Samples, Shifted, explore};
use side::Merged;

pub use hint::Settle;
pub(super) use settle::settle;
pub use side::{Error, Side, portable};
pub(crate) use side::{FEWEST_FOR_ERRORS, ORDER_TAILS};
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
}

/// What is computed once for all percentiles of a pair: the baseline's and the run's.
#[derive(Default)]
pub(super) struct Mergeds(Merged, Merged);

/// Looks up how sure the figures of two runs are.
pub(super) struct Precisions {
    baseline: side::Whole,
    run: side::Whole,
}

impl Precisions {
    pub fn of(baseline: &Run, run: &Run) -> Self {
        Self { baseline: side::Whole::of(baseline), run: side::Whole::of(run) }
    }

    /// What is known of a metric on both sides; `None` where that is nothing.
    pub fn sides(
        &self,
        metric: &Metric,
        (baseline, run): (Option<&Endpoint>, Option<&Endpoint>),
        merged: &Mergeds,
        (was, is): (&Value, &Value),
    ) -> Option<Box<Sides>> {
        let side = |endpoint: Option<&Endpoint>, value: &Value, whole: &side::Whole, merged: &Merged| {
            side::side(endpoint?, metric, value.number?, whole, merged)
        };
        let baseline = side(baseline, was, &self.baseline, &merged.0);
        let run = side(run, is, &self.run, &merged.1);
        let spread = baseline.as_ref().zip(run.as_ref()).and_then(|(b, r)| Spread::of(metric, b, r));
        let usual = spread.as_ref().map(|s| s.bounds(side::USUAL_TAIL)).unwrap_or_default();
        (baseline.is_some() || run.is_some()).then(|| Box::new(Sides { baseline, run, spread, usual }))
    }
}

/// How sure the figures of one run are, by themselves: for a link, which leaves samples and time series behind.
pub(crate) struct Portable {
    whole: side::Whole,
}

impl Portable {
    pub fn of(run: &Run) -> Self {
        Self { whole: side::Whole::of(run) }
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

    /// The few numbers by which the errors of an endpoint's figures travel. `keeps_time` is whether its time series
    /// goes along: what could be computed from that, less exactly, has to be told.
    pub fn sureness(&self, endpoint: &Endpoint, metrics: &[Metric], keeps_time: bool) -> Sureness {
        let merged = Merged::default();
        let precision = |metric: &Metric| {
            let figure = endpoint.value(metric).number?;
            let side = side::side(endpoint, metric, figure, &self.whole, &merged)?;
            match side.error {
                Error::Counts(_, d) if keeps_time && endpoint.timeline.is_some() => Some(Precision::Dispersion(d)),
                _ => portable(&side),
            }
        };
        Sureness {
            precision: crate::order::map(metrics.iter().filter_map(|m| Some((m.clone(), precision(m)?)))),
            noise_pct: endpoint.sureness.noise_pct.clone(),
        }
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
        }
    }
}

/// How an interval was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Failures among requests: Newcombe 1998, method 10.
    Newcombe,
    /// Time batches of both runs: Welch on logarithms.
    Batches,
    /// Several runs a side: Welch on logarithms of the runs' figures (error rates: on the rates).
    Repeats,
    /// Order statistics of samples: MOVER.
    OrderStatistics,
    /// Percentiles of a printed table on either side: MOVER.
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
            Self::Batches => "time_batches",
            Self::Repeats => "repeats",
            Self::OrderStatistics => "order_statistics",
            Self::Table => "table_bracket",
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
    /// As stated, and twice that, since independence had to be assumed.
    Doubled,
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
            Self::Doubled => "stated_doubled",
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
