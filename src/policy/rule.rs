//! One rule: which metric of which endpoints it is about, and what it allows.

use serde::Serialize;

use super::limit::{Bound, Limit, Unit};
use super::pattern::Pattern;

words! {
    /// Which direction of a change is the better one.
    pub enum Better {
        /// Smaller is better: latencies, error rates.
        Lower = "lower",
        /// Larger is better: throughput.
        Higher = "higher",
        /// Neither: a limit judges the direction of its own sign, and nothing is IMPROVED.
        Neutral = "neutral",
    }

    /// How much a violation matters to a reader. It orders and labels rows and changes no verdict.
    pub enum Severity {
        /// Above all others; the default.
        Critical = "critical",
        /// Important.
        Major = "major",
        /// Less important.
        Minor = "minor",
        /// Good to know.
        Info = "info",
    }

    /// Which figure of a share is judged.
    pub enum Source {
        /// The quotient of the counts; the default.
        Counts = "counts",
        /// The percentage as the file prints it, rounded (`seed-v1`).
        RoundedPct = "rounded_pct",
    }
}

/// Limits on the change, and how many of them must be exceeded.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Condition {
    /// At least one limit.
    pub limits: Vec<Limit>,
    /// `all`: violated only if every limit is exceeded. Else `any`: if one is.
    pub all: bool,
    /// The events (failures) the run must hold for the condition to count, where their number is known.
    pub min_events: Option<u64>,
}

/// One `[[rule]]`: a metric, the endpoints it is about, and its limits. A rule without any limit makes its rows INFO.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rule {
    /// The services it is about; `*` also means endpoints without a service.
    pub service: Pattern,
    /// The HTTP method it is about, in any case; `None` is every one.
    pub method: Option<String>,
    /// The endpoints it is about, by name; `None` is every one.
    pub name: Option<Pattern>,
    /// The metric, exactly.
    pub metric: String,
    /// Which direction is better.
    pub better: Better,
    /// Beyond this, a warning.
    pub warn: Option<Condition>,
    /// Beyond this, CRITICAL. Judged before `warn`.
    pub fail: Option<Condition>,
    /// The rule was written `limit` + `band`: `warn` is the limit, `fail` the limit times the band, and a change that just
    /// reaches the latter is CRITICAL, as in the four scripts.
    pub band: Option<f64>,
    /// The largest value of the run, whatever the baseline: above it is CRITICAL.
    pub max: Option<Bound>,
    /// The smallest value of the run, whatever the baseline: below it is CRITICAL.
    pub min: Option<Bound>,
    /// How much a violation matters to a reader.
    pub severity: Severity,
    /// Fewer requests than these on either side are too few to judge. Applied where the requests are known: by `compare`.
    pub min_requests: Option<u64>,
    /// Which figure of a share is judged.
    pub source: Source,
    /// The line of the file it stands on, from 1; `None` for a rule of a built-in profile.
    pub line: Option<usize>,
}

impl Rule {
    /// Whether the rule is about this metric of this endpoint. An endpoint without a service, and one without a method,
    /// is met by rules that name none.
    pub fn selects(&self, service: Option<&str>, method: Option<&str>, endpoint: &str, metric: &str) -> bool {
        self.metric == metric
            && self.service.matches(service.unwrap_or_default())
            && self
                .method
                .as_deref()
                .is_none_or(|wanted| method.is_some_and(|method| method.eq_ignore_ascii_case(wanted)))
            && self.name.as_ref().is_none_or(|name| name.matches(endpoint))
    }

    /// Whether it has no limit at all, so that its rows are INFO.
    pub fn is_info(&self) -> bool {
        self.warn.is_none() && self.fail.is_none() && self.max.is_none() && self.min.is_none()
    }

    /// How narrowly it selects: a rule of the file above every rule of its profile, then by the endpoint's name, the
    /// method, and the service.
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
