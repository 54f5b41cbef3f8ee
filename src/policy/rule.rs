//! One rule: its metric, its endpoints, and its limits.

use serde::Serialize;

use super::limit::{Bound, Limit, Unit};
use super::pattern::Pattern;

words! {
    /// The better direction of a change.
    pub enum Better {
        /// Smaller is better: latencies, error rates.
        Lower = "lower",
        /// Larger is better: throughput.
        Higher = "higher",
        /// Neither: a limit judges the direction of its own sign, and nothing is IMPROVED.
        Neutral = "neutral",
    }

    /// Importance of a violation to a reader. It orders and labels rows without changing verdicts.
    pub enum Severity {
        /// Above all others; the default.
        Critical = "critical",
        /// Important.
        Major = "major",
        /// Less important.
        Minor = "minor",
        /// For information.
        Info = "info",
    }

    /// The figure used for a share.
    pub enum Source {
        /// The quotient of the counts; the default.
        Counts = "counts",
        /// The rounded percentage printed in the file (`seed-v1`).
        RoundedPct = "rounded_pct",
    }
}

/// Limits on the change, and whether all must be exceeded.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Condition {
    /// At least one limit.
    pub limits: Vec<Limit>,
    /// `all`: violated only if every limit is exceeded. Else `any`: if one is.
    pub all: bool,
    /// Minimum events (failures) in the run for the condition to count, if known.
    pub min_events: Option<u64>,
}

/// One `[[rule]]`: a metric, its endpoints, and limits. A rule without limits makes its rows INFO.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rule {
    /// Services; `*` includes endpoints without a service.
    pub service: Pattern,
    /// The HTTP method, ignoring case; `None` matches all.
    pub method: Option<String>,
    /// Endpoints, by name; `None` matches all.
    pub name: Option<Pattern>,
    /// The metric, exactly.
    pub metric: String,
    /// The better direction.
    pub better: Better,
    /// Beyond this, a warning.
    pub warn: Option<Condition>,
    /// Beyond this, CRITICAL. Judged before `warn`.
    pub fail: Option<Condition>,
    /// The rule was written `limit` + `band`: `warn` is the limit, `fail` the limit times the band, and a change that
    /// just reaches `fail` is CRITICAL, as in the four scripts.
    pub band: Option<f64>,
    /// Maximum value of the run, independent of the baseline: above it is CRITICAL.
    pub max: Option<Bound>,
    /// Minimum value of the run, independent of the baseline: below it is CRITICAL.
    pub min: Option<Bound>,
    /// Importance of a violation to a reader.
    pub severity: Severity,
    /// Minimum requests on both sides for judging. Applied by `compare`, where requests are known.
    pub min_requests: Option<u64>,
    /// The figure used for a share.
    pub source: Source,
    /// Line in the file, from 1; `None` for a rule of a built-in profile.
    pub line: Option<usize>,
}

impl Rule {
    /// Whether the rule applies to this metric of this endpoint. Endpoints without a service, or without a method, are
    /// selected by rules that name none.
    pub fn selects(&self, service: Option<&str>, method: Option<&str>, endpoint: &str, metric: &str) -> bool {
        self.metric == metric
            && self.service.matches(service.unwrap_or_default())
            && self
                .method
                .as_deref()
                .is_none_or(|wanted| method.is_some_and(|method| method.eq_ignore_ascii_case(wanted)))
            && self.name.as_ref().is_none_or(|name| name.matches(endpoint))
    }

    /// Whether it has no limits, so that its rows are INFO.
    pub fn is_info(&self) -> bool {
        self.warn.is_none() && self.fail.is_none() && self.max.is_none() && self.min.is_none()
    }

    /// Precedence: rules of the file above those of its profile, then by endpoint name, method, and service.
    pub(super) fn rank(&self) -> impl Ord + use<> {
        (
            self.line.is_some(),
            self.name.as_ref().map_or((0, 0), Pattern::specificity),
            self.method.is_some(),
            self.service.specificity(),
        )
    }

    /// The change conditions, the stricter one first.
    pub(super) fn conditions(&self) -> impl Iterator<Item = &Condition> {
        self.fail.iter().chain(&self.warn)
    }

    pub(super) fn has_relative_limit(&self) -> bool {
        self.conditions().flat_map(|condition| &condition.limits).any(|limit| limit.unit == Unit::Percent)
    }
}
