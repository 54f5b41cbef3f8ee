//! [`Run`] × [`Run`] × [`Policy`] → [`Comparison`]: endpoints matched, metrics judged.
//!
//! * `comparing` goes from two runs to the comparison, at once or step by step;
//! * `matching` pairs what both runs have, and keeps what only one has;
//! * `judge` gives every metric of a pair its verdict;
//! * `overall` sums the verdicts up to one word and the gate;
//! * `account` says where every row of the files went;
//! * [`check`] asks whether the files can be trusted, [`comparable`] whether the two can be compared at all, and
//!   [`warmup`](warmup()) where the measurement begins.
//!
//! All arithmetic of a comparison happens here, once. Reports, charts and the page show what is in the
//! [`Comparison`].

mod account;
mod acknowledged;
mod change;
pub mod check;
pub mod comparable;
mod comparing;
mod evidence;
mod judge;
mod lost;
mod matching;
mod note;
mod overall;
mod warmup;

pub use account::{Account, Excluded};
pub use change::Change;
pub use check::{Check, Checks};
pub use comparable::Comparability;
pub use comparing::{Comparing, check_matching, compare, judge_again, only_moves_limits};
pub use evidence::{
    Basis, Direction, Error, Evidence, Exploration, Method, NoiseFrom, Samples, Settle, Shifted, Side, Sides, Spread,
    Widened, explore,
};
pub(crate) use evidence::{FEWEST_FOR_ERRORS, ORDER_TAILS, Portable};
pub use lost::Lost;
pub use note::PairNote;
pub use overall::{Counts, Gate, Seen, Word};
pub use warmup::{Cut, Warmup, Why, trim, warmup};

use std::sync::Arc;

use crate::policy::{Better, Decider, Policy};
use crate::run::repeats::{note_noise, typical};
use crate::run::{Endpoint, Metric, Run, Value};

/// Two runs, compared.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// What is compared with.
    pub baseline: Run,
    /// What is judged.
    pub run: Run,
    /// The thresholds it was judged by.
    pub policy: Policy,
    /// Everything that was judged: the total first, then services and endpoints by name.
    pub subjects: Vec<Subject>,
    /// The same, most severe first: indices into [`Comparison::subjects`].
    pub by_severity: Vec<usize>,
    /// Verdicts by kind, over all judged rows.
    pub counts: Counts,
    /// The one word.
    pub word: Word,
    /// Whether a pipeline should stop.
    pub gate: Gate,
    /// The row that decided: its subject and row index.
    pub worst: Option<(usize, usize)>,
    /// What could have been seen.
    pub seen: Seen,
    /// What the reader should know about the pair.
    pub notes: Vec<PairNote>,
    /// Whether the two can be compared at all.
    pub comparability: Comparability,
    /// Whether the files can be trusted.
    pub checks: Checks,
    /// The total's mean and error rate: what the endpoints changed, and what the mix of requests changed.
    pub mix: check::Mix,
    /// Where the warm-ups end. Nothing is judged without them yet: [`trim`] makes the runs without.
    pub warmup: Warmup,
    /// Where the baseline's rows went.
    pub baseline_account: Account,
    /// Where the run's rows went.
    pub run_account: Account,
}

/// Which side of the comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// What is compared with.
    Baseline,
    /// What is judged.
    Run,
}

/// What a subject is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// All endpoints together.
    Total,
    /// Rows summed to a service.
    Service,
    /// One endpoint.
    Endpoint,
}

impl Scope {
    /// The name used in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Total => "total",
            Self::Service => "service",
            Self::Endpoint => "endpoint",
        }
    }
}

/// Something that is judged: an endpoint, a service or the total, with its metrics.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    /// What it is.
    pub scope: Scope,
    /// The service it belongs to, where services are known.
    pub service: Option<String>,
    /// Request method.
    pub method: Option<String>,
    /// Name.
    pub name: String,
    /// Its figures in the baseline; `None` where it is new.
    pub baseline: Option<Endpoint>,
    /// Its figures in the run; `None` where it is missing.
    pub run: Option<Endpoint>,
    /// Its metrics, judged.
    pub rows: Vec<Row>,
    /// The worst of its rows' verdicts.
    pub verdict: Verdict,
}

impl Subject {
    /// Method and name as one label.
    #[must_use]
    pub fn label(&self) -> String {
        match &self.method {
            Some(method) => format!("{method} {}", self.name),
            None => self.name.clone(),
        }
    }

    /// The row of a metric.
    #[must_use]
    pub fn row(&self, metric: &Metric) -> Option<&Row> {
        self.rows.iter().find(|r| r.metric == *metric)
    }

    /// The row that decided the subject's verdict: of its worst rows the one that is furthest beyond its limit.
    #[must_use]
    pub fn worst_row(&self) -> Option<(usize, &Row)> {
        let rows = self.rows.iter().enumerate().filter(|(_, r)| r.verdict == self.verdict);
        // The first of equals, so that the order of metrics decides.
        rows.rev().max_by(|(_, a), (_, b)| a.times_limit.total_cmp(&b.times_limit))
    }
}

/// One metric of one subject, judged.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The metric.
    pub metric: Metric,
    /// Its value in the baseline.
    pub baseline: Value,
    /// Its value in the run.
    pub run: Value,
    /// The change, where both values are known.
    pub change: Option<Change>,
    /// The limits it was judged by; `None` where no rule is about it.
    pub rule: Option<AppliedRule>,
    /// The verdict.
    pub verdict: Verdict,
    /// Why.
    pub reason: Reason,
    /// Whether the figures as measured are beyond a `fail` limit, however sure that is.
    pub beyond: bool,
    /// How far the change went towards the limit: 1 just reaches it, 2 is twice as far; infinite from a baseline of
    /// 0; 0 where there is no limit or no change for the worse.
    pub times_limit: f64,
    /// How sure each side's figure is, and the change; `None` where nothing is known of that.
    pub sides: Option<Box<Sides>>,
    /// How sure the verdict is. `None` where a side has no figure, or the policy judges by limits alone.
    pub evidence: Option<Box<Evidence>>,
    /// The acknowledgement that keeps a CRITICAL from failing the gate: an index into the policy's.
    pub ack: Option<usize>,
}

/// The rule that judged a row, as far as a reader needs it.
#[derive(Debug, Clone, PartialEq)]
pub struct AppliedRule {
    /// Index into the policy's rules.
    pub index: usize,
    /// The direction that is better.
    pub better: Better,
    /// The limits of `fail`, as written, e.g. `+20% and +10ms`.
    pub fail: Option<Arc<str>>,
    /// The limits of `warn`, as written.
    pub warn: Option<Arc<str>>,
    /// The limit that decided.
    pub decided_by: Option<Decider>,
    /// Where that limit lies in the metric's unit.
    pub target: Option<f64>,
    /// With a band: from where on a change is CRITICAL.
    pub band_edge: Option<f64>,
}

/// A verdict, from the worst to the mildest; see `docs/how-verdicts-are-made.md`. CRITICAL, WARNING and PASS are by limits
/// alone (`evidence = "ignore"`, as in `seed-v1`); all others weigh the evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// By limits alone: beyond a `fail` limit.
    Critical,
    /// Beyond a `fail` limit, and that is confirmed.
    Regressed,
    /// In the baseline and not in the run, and chance does not explain that.
    Missing,
    /// Beyond a `fail` limit, and that is likely.
    ProbablyRegressed,
    /// By limits alone: beyond a `warn` limit.
    Warning,
    /// Beyond a `warn` limit, and within `fail` as far as can be told.
    Slower,
    /// The interval of the change spans the limit.
    Unclear,
    /// Too few requests for an interval.
    TooFew,
    /// A figure that a rule asks for is not there.
    NoData,
    /// In the run and not in the baseline.
    New,
    /// Better by more than the opposite limit, and that is likely.
    ProbablyImproved,
    /// Better by more than the opposite limit, and that is confirmed.
    Improved,
    /// The whole interval is below the limit and the noise between two runs.
    Within,
    /// By limits alone: within the limits.
    Pass,
    /// No rule is about it.
    Info,
}

impl Verdict {
    /// Every verdict, in order.
    pub const ALL: [Self; 15] = [
        Self::Critical,
        Self::Regressed,
        Self::Missing,
        Self::ProbablyRegressed,
        Self::Warning,
        Self::Slower,
        Self::Unclear,
        Self::TooFew,
        Self::NoData,
        Self::New,
        Self::ProbablyImproved,
        Self::Improved,
        Self::Within,
        Self::Pass,
        Self::Info,
    ];

    /// The word used in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Critical => "CRITICAL",
            Self::Regressed => "regressed",
            Self::Missing => "missing",
            Self::ProbablyRegressed => "probably regressed",
            Self::Warning => "WARNING",
            Self::Slower => "slower, within limit",
            Self::Unclear => "unclear",
            Self::TooFew => "too few requests",
            Self::NoData => "no data",
            Self::New => "new",
            Self::ProbablyImproved => "probably improved",
            Self::Improved => "improved",
            Self::Within => "within limit",
            Self::Pass => "PASS",
            Self::Info => "info",
        }
    }

    /// A stable name for programs.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::ProbablyRegressed => "probably_regressed",
            Self::Slower => "slower_within_limit",
            Self::TooFew => "too_few_requests",
            Self::NoData => "no_data",
            Self::ProbablyImproved => "probably_improved",
            Self::Within => "within_limit",
            other => other.as_str(),
        }
    }

    /// Whether it says that something became worse than a limit allows.
    #[must_use]
    pub fn is_worse(self) -> bool {
        matches!(self, Self::Critical | Self::Regressed | Self::Missing | Self::ProbablyRegressed)
    }

    /// Whether it says that something became better.
    #[must_use]
    pub fn is_better(self) -> bool {
        matches!(self, Self::Improved | Self::ProbablyImproved)
    }
}

/// Why a row has its verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// A rule compared both values; where evidence is weighed, the verdict says how sure that is.
    Judged(crate::policy::Reason),
    /// No rule is about this metric.
    NoRule,
    /// The value is missing in the baseline.
    NoBaselineValue,
    /// The value is missing in the run.
    NoRunValue,
    /// The value is missing on both sides.
    NoValues,
    /// The value is missing in the run, and the profile reads that as 0, as the scripts did.
    MissingReadAsZero(crate::policy::Reason),
    /// The rule asks for more requests than there were.
    TooFewRequests {
        /// The smaller side's requests.
        requests: u64,
        /// What the rule asks for.
        needed: u64,
    },
    /// The interval spans the limit.
    SpansLimit,
    /// So many rows of the run could not be read: if they were failed requests, the error rate would be beyond its limit.
    RowsLost {
        /// How many.
        rows: u64,
    },
    /// Nothing is known of the figure's error.
    NoInterval,
    /// Too few requests for an interval.
    TooFewSamples {
        /// The smaller side's requests.
        requests: u64,
        /// What an interval takes.
        needed: u64,
    },
    /// Beyond a limit by less than what the tool rounds away.
    BelowResolution,
    /// Throughput is lower; that fails nothing, since fewer requests may have been offered.
    FewerRequests,
    /// Only in the run.
    OnlyInRun,
    /// Only in the baseline.
    OnlyInBaseline,
    /// Only in the baseline, with so few requests that chance explains that.
    AbsentByChance {
        /// Requests that the run would have had.
        expected: u64,
    },
}

/// Compares several runs of the same test a side: where there are two or more, the run is the unit. `earlier` are runs
/// of the baseline's program from before, which tell how far two runs of the same program differ; fewer than
/// [`FEWEST_EARLIER`](crate::run::repeats::FEWEST_EARLIER) tell nothing. `None` where a side has no run.
#[must_use]
pub fn compare_sides(mut baseline: Vec<Run>, mut run: Vec<Run>, earlier: &[Run], policy: Policy) -> Option<Comparison> {
    let mut all: Vec<&mut Run> = baseline.iter_mut().chain(&mut run).collect();
    warmup::leave_out(&mut all, &policy.compare.warmup);
    let mut baseline = typical(baseline)?;
    note_noise(&mut baseline, earlier.iter().collect());
    Some(compare(baseline, typical(run)?, policy))
}

/// One run as a policy judges it: the rows of a pooled service summed, in the order of the policy, then the endpoints
/// that stand for themselves, by name; and where the rows went.
#[must_use]
pub fn judged(run: &Run, policy: &Policy) -> (Vec<Endpoint>, Account) {
    let (endpoints, account) = matching::one_side(run, policy);
    (endpoints, Account::of(run, account))
}

impl Comparison {
    /// Whether a row is one that fails the gate.
    #[must_use]
    pub fn fails_gate(&self, row: &Row) -> bool {
        overall::fails_gate(row, &self.policy.compare)
    }

    /// Whether a subject fails the gate by being on one side only, whatever rules there are about it.
    #[must_use]
    pub fn absence_fails_gate(&self, subject: &Subject) -> bool {
        overall::absence_fails(subject, &self.policy.compare)
    }

    /// The total over all endpoints, where both or one of the runs has one.
    #[must_use]
    pub fn total(&self) -> Option<&Subject> {
        self.subjects.iter().find(|s| s.scope == Scope::Total)
    }

    /// The services and endpoints, most severe first.
    pub fn endpoints_by_severity(&self) -> impl Iterator<Item = (usize, &Subject)> {
        self.by_severity
            .iter()
            .filter_map(|i| Some((*i, self.subjects.get(*i)?)))
            .filter(|(_, s)| s.scope != Scope::Total)
    }

    /// The row that decided the verdict, with its subject.
    #[must_use]
    pub fn worst_row(&self) -> Option<(&Subject, &Row)> {
        let (subject, row) = self.worst?;
        let subject = self.subjects.get(subject)?;
        Some((subject, subject.rows.get(row)?))
    }
}
