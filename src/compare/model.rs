//! Parts of a comparison: subjects, their rows, and their verdicts.

use std::sync::Arc;

use super::change::Change;
use super::evidence::{Evidence, Sides};
use crate::policy::{Better, Decider};
use crate::run::{ALL_REQUESTS, Endpoint, Metric, Value};

/// A side of the comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// The reference.
    Baseline,
    /// The run to judge.
    Run,
}

/// The kind of a subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// All endpoints together.
    Total,
    /// Rows summed into a service.
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

/// A judged subject: an endpoint, a service or the total, with its metrics.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    /// Its kind.
    pub scope: Scope,
    /// Its service, if known.
    pub service: Option<String>,
    /// Request method.
    pub method: Option<String>,
    /// Name.
    pub name: String,
    /// Its figures in the baseline; `None` if it is new.
    pub baseline: Option<Endpoint>,
    /// Its figures in the run; `None` if it is missing.
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

    /// The label for display: cut in the middle if long.
    #[must_use]
    pub fn shown(&self) -> String {
        if self.scope == Scope::Total {
            return ALL_REQUESTS.to_owned();
        }
        crate::run::shown(&self.label()).into_owned()
    }

    /// The row of a metric.
    #[must_use]
    pub fn row(&self, metric: &Metric) -> Option<&Row> {
        self.rows.iter().find(|r| r.metric == *metric)
    }

    /// The row that decided the subject's verdict: of its worst rows the one furthest beyond its limit; where all are
    /// unclear, one whose interval lies beyond it before others.
    #[must_use]
    pub fn worst_row(&self) -> Option<(usize, &Row)> {
        let rows = self.deciding().filter(|(_, r)| r.verdict == self.verdict);
        let further = |a: &Row, b: &Row| match self.verdict {
            Verdict::Unclear => a.cmp_unsure(b),
            _ => a.times_limit.total_cmp(&b.times_limit),
        };
        // The first of equals, so that the order of metrics decides.
        rows.rev().max_by(|(_, a), (_, b)| further(a, b))
    }

    /// The rows that its verdict comes from, by index: all but [asides](Row::is_aside), where there are others.
    pub(super) fn deciding(&self) -> impl DoubleEndedIterator<Item = (usize, &Row)> {
        let only = self.rows.iter().all(Row::is_aside);
        self.rows.iter().enumerate().filter(move |(_, row)| only || !row.is_aside())
    }
}

impl Row {
    /// Whether it is no verdict on its subject: unclear throughput, which depends on the offered load and fails no gate.
    #[must_use]
    pub fn is_aside(&self) -> bool {
        self.metric == Metric::Rps && self.verdict == Verdict::Unclear
    }

    /// Whether this row alone puts it beyond its limit, before the correction for all rules: its interval lies beyond the
    /// limit, or it rose from 0, where there is no interval.
    #[must_use]
    pub fn is_clearly_beyond(&self) -> bool {
        self.interval_is_beyond() || self.rose_from_zero()
    }

    /// Orders rows that are not sure by how far they are beyond their limits; those [clearly](Self::is_clearly_beyond) so are
    /// greater.
    #[must_use]
    pub fn cmp_unsure(&self, other: &Self) -> std::cmp::Ordering {
        let beyond = self.is_clearly_beyond().cmp(&other.is_clearly_beyond());
        beyond.then_with(|| self.measured_times_limit().total_cmp(&other.measured_times_limit()))
    }

    /// Whether a response time is beyond its limit from a baseline of 0, as fast requests in whole milliseconds have.
    #[must_use]
    pub fn rose_from_zero(&self) -> bool {
        let is_time = matches!(self.metric, Metric::Mean | Metric::Latency(_));
        is_time && self.reason == Reason::NoInterval && self.beyond && self.baseline.number == Some(0.0)
    }

    /// Whether the interval lies wholly beyond the limit, in the direction that is worse.
    #[must_use]
    pub fn interval_is_beyond(&self) -> bool {
        self.evidence.as_ref().is_some_and(|e| match e.limit {
            Some(limit) if limit < 0.0 => e.interval.upper.is_some_and(|upper| upper < limit),
            Some(limit) => e.interval.lower.is_some_and(|lower| lower > limit),
            None => false,
        })
    }

    /// Ratio of the judged change to the limit, sure or not: infinite from a baseline of 0; 0 where the change is for the
    /// better or either is unknown.
    #[must_use]
    pub fn measured_times_limit(&self) -> f64 {
        if self.rose_from_zero() {
            return f64::INFINITY;
        }
        let evidence = self.evidence.as_ref();
        let known = evidence.and_then(|e| e.estimate.zip(e.limit.filter(|limit| *limit != 0.0)));
        known.map_or(0.0, |(estimate, limit)| (estimate / limit).max(0.0))
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
    /// The change, if both values are known.
    pub change: Option<Change>,
    /// The limits applied; `None` without a rule.
    pub rule: Option<AppliedRule>,
    /// The verdict.
    pub verdict: Verdict,
    /// The reason for the verdict.
    pub reason: Reason,
    /// Whether the measured figures are beyond a `fail` limit, independent of evidence.
    pub beyond: bool,
    /// Ratio of the change to the limit: 1 just reaches it, 2 is twice as far; infinite from a baseline of 0; 0 without
    /// a limit or a change for the worse.
    pub times_limit: f64,
    /// Precision of each side's figure and of the change; `None` if unknown.
    pub sides: Option<Box<Sides>>,
    /// Evidence for the verdict. `None` if a side has no figure, or the policy judges by limits alone.
    pub evidence: Option<Box<Evidence>>,
    /// The acknowledgement that keeps a CRITICAL from failing the gate: an index into the policy's.
    pub ack: Option<usize>,
}

/// The rule that judged a row, with the details for a reader.
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
    /// The deciding limit.
    pub decided_by: Option<Decider>,
    /// That limit as a value in the metric's unit.
    pub target: Option<f64>,
    /// With a band: the change from which it is CRITICAL.
    pub band_edge: Option<f64>,
}

/// A verdict, from worst to best; see `docs/how-verdicts-are-made.md`. CRITICAL, WARNING and PASS are by limits alone
/// (`evidence = "ignore"`, as in `seed-v1`); all others weigh the evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// By limits alone: beyond a `fail` limit.
    Critical,
    /// Confirmed to be beyond a `fail` limit.
    Regressed,
    /// In the baseline and not in the run, not by chance.
    Missing,
    /// Likely to be beyond a `fail` limit.
    ProbablyRegressed,
    /// By limits alone: beyond a `warn` limit.
    Warning,
    /// Beyond a `warn` limit, and within `fail` as far as detectable.
    Slower,
    /// The interval of the change spans the limit.
    Unclear,
    /// Too few requests for an interval.
    TooFew,
    /// A figure that a rule asks for is missing.
    NoData,
    /// In the run and not in the baseline.
    New,
    /// Likely to be better by more than the opposite limit.
    ProbablyImproved,
    /// Confirmed to be better by more than the opposite limit.
    Improved,
    /// The whole interval is below the limit and the noise between two runs.
    Within,
    /// By limits alone: within the limits.
    Pass,
    /// No rule applies.
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

    /// Stable identifier for programs.
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

    /// Whether a limit is exceeded.
    #[must_use]
    pub fn is_worse(self) -> bool {
        matches!(self, Self::Critical | Self::Regressed | Self::Missing | Self::ProbablyRegressed)
    }

    /// Whether it is an improvement.
    #[must_use]
    pub fn is_better(self) -> bool {
        matches!(self, Self::Improved | Self::ProbablyImproved)
    }
}

/// The reason for a row's verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// A rule compared both values; with evidence, the verdict includes its certainty.
    Judged(crate::policy::Reason),
    /// No rule applies to this metric.
    NoRule,
    /// The value is missing in the baseline.
    NoBaselineValue,
    /// The value is missing in the run.
    NoRunValue,
    /// The value is missing on both sides.
    NoValues,
    /// The value is missing in the run, and the profile reads that as 0, as in the scripts.
    MissingReadAsZero(crate::policy::Reason),
    /// Fewer requests than the rule requires.
    TooFewRequests {
        /// The smaller side's requests.
        requests: u64,
        /// Requests required by the rule.
        needed: u64,
    },
    /// The interval spans the limit.
    SpansLimit,
    /// Rows of the run could not be read: as failed requests, they would put the error rate beyond its limit.
    RowsLost {
        /// Number of rows.
        rows: u64,
    },
    /// The figure's error is unknown.
    NoInterval,
    /// Too few requests for an interval.
    TooFewSamples {
        /// The smaller side's requests.
        requests: u64,
        /// Requests needed for an interval.
        needed: u64,
    },
    /// Beyond a limit by less than the tool's rounding.
    BelowResolution,
    /// Throughput is lower; never fails, since fewer requests may have been offered.
    FewerRequests,
    /// Only in the run.
    OnlyInRun,
    /// Only in the baseline.
    OnlyInBaseline,
    /// Only in the baseline, with so few requests that chance explains it.
    AbsentByChance {
        /// Requests expected in the run.
        expected: u64,
    },
}
