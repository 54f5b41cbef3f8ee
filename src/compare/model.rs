//! What a comparison is made of: subjects, their rows, and the verdict of each.

use std::sync::Arc;

use super::change::Change;
use super::evidence::{Evidence, Sides};
use crate::policy::{Better, Decider};
use crate::run::{Endpoint, Metric, Value};

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

    /// The label as it is shown: cut in the middle where it is long.
    #[must_use]
    pub fn shown(&self) -> String {
        crate::run::shown(&self.label()).into_owned()
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
