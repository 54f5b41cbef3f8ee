//! The thresholds file: what is compared, how, and which changes are allowed.
//!
//! A [`Policy`] is read from TOML or JSON by [`parse`], or is one of the built-in [`PROFILES`]. Its rules define the
//! allowed changes of metrics; [`evaluate`] applies one rule to two numbers. This module is independent of runs:
//! `compare` matches endpoints and handles missing numbers.
//!
//! # A file
//!
//! ```toml
//! schema = 1
//! profile = "default"             # its rules stand below the ones of this file; without it, the file stands alone
//!
//! [compare]
//! missing = "warn"
//!
//! [[match]]                       # endpoint → service; the first match wins
//! service = "api_gateway"
//! name = ["/v1/*", "/health"]     # globs, or "re:…"
//!
//! [[rule]]
//! service = "api_gateway"         # the most specific rule wins; of equally specific ones, the later
//! metric = "p95_latency_ms"
//! warn = { any = ["+25%"] }
//! fail = { all = ["+50%", "+20ms"] }
//! max = "800ms"
//! ```
//!
//! A limit is a sign, a number and a unit: `%` is relative to the baseline, `pp` are percentage points, `ms`, `s`,
//! `rps` and `req` are absolute changes. The metric's name decides which absolute unit is valid: `pp` for `…_pct`, `ms`
//! and `s` for `…_ms`, `rps` for `rps` and `…_per_s`, `req` for all others. The sign is the direction of the *worse*
//! change and must agree with `better`. `max` and `min` are values of the run itself and have no sign.
//!
//! `better` is optional: it is `lower` for `…_ms` and `…_pct`, `higher` for `rps` and `…_per_s`; for other metrics it
//! follows from the limits: a `+` or a `max` makes it `lower`, a `-` or a `min` makes it `higher`.
//!
//! # Precedence of rules
//!
//! [`Policy::rule_for`] takes the rules that select the metric, and of these, in this order: one of the file before one
//! of its profile; the more specific `name`; one with a `method`; the more specific `service`; the later one.
//! Specificity of names, in descending order: without wildcards, globs by number of plain characters, `*`.
//!
//! # Errors
//!
//! Every error is a [`PolicyError`] with line and column. Unknown keys are refused, since a mistyped key would be a
//! limit that is never applied. Valid but suspicious limits (`+0.5%` on an error rate) are in [`Policy::questions`].

#[macro_use]
mod settings;

mod adjust;
mod error;
mod judge;
mod limit;
mod parse;
mod pattern;
mod profiles;
mod rule;
mod tree;
mod work;

use serde::Serialize;

pub use adjust::Adjustments;
pub use error::PolicyError;
pub use judge::{Decider, Events, Level, Outcome, Reason, Target, Targets, evaluate, evaluate_run, targets};
pub use limit::{Bound, Limit, Quantity, Unit};
pub(crate) use parse::parse_stored;
pub use parse::{parse, parse_bytes, profile};
pub(crate) use pattern::{MAX_PATTERNS, MAX_REGEXES};
pub use pattern::{Pattern, Patterns};
pub use profiles::{PROFILES, profile_text};
pub use rule::{Better, Condition, Rule, Severity, Source};
pub use settings::{
    CompareSettings, Correction, EqualIs, EvidenceIs, Gate, ImprovedIs, MissingIs, NewIs, NoVerdictIs, Noise,
    OtherToolIs, Same, UnmappedIs, Warmup, WarmupMode, ZeroBaseline,
};
pub use work::{MOST_STEPS, TooMuchMatching};

words! {
    /// How the endpoints of a service become rows.
    pub enum Aggregate {
        /// Each endpoint is a separate row.
        PerEndpoint = "per-endpoint",
        /// One row: the endpoints' counts are added.
        PooledCounts = "pooled-counts",
        /// One row: the tool's own total.
        ReportedAggregate = "reported-aggregate",
    }
}

/// One `[[match]]`: assigns endpoints to a service.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Match {
    /// The service.
    pub service: String,
    /// Patterns of endpoint names; one must match.
    pub name: Patterns,
    /// The HTTP method, ignoring case; `None` matches all.
    pub method: Option<String>,
    /// How its endpoints become rows.
    pub aggregate: Aggregate,
    /// Line in the file, from 1; `None` in a built-in profile.
    pub line: Option<usize>,
}

impl Match {
    /// Whether the endpoint belongs to the service.
    pub fn matches(&self, method: Option<&str>, name: &str) -> bool {
        self.method.as_deref().is_none_or(|wanted| method.is_some_and(|method| method.eq_ignore_ascii_case(wanted)))
            && self.name.matches(name)
    }
}

/// One `[[ack]]`: a regression that is known and accepted for a limited time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ack {
    /// Services.
    pub service: Pattern,
    /// Endpoints; `None` matches all.
    pub name: Option<Pattern>,
    /// The metric, exactly.
    pub metric: String,
    /// The last valid day, `YYYY-MM-DD`; `None` does not expire.
    pub until: Option<String>,
    /// Reason for accepting it.
    pub reason: String,
    /// Maximum accepted change; `None` accepts any.
    pub up_to: Option<Limit>,
    /// Line in the file, from 1.
    pub line: Option<usize>,
}

/// A valid limit with a probably different intention: a relative `+0.5%` on a metric that is itself a percentage.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Question {
    /// The rule, as an index into [`Policy::rules`].
    pub rule: usize,
    /// The line of the limit, from 1.
    pub line: usize,
    /// The column of the limit, from 1.
    pub column: usize,
    /// The metric.
    pub metric: String,
    /// The limit as written and applied, relative to the baseline: `+0.5%`.
    pub relative: String,
    /// The limit that may be intended, in percentage points: `+0.5pp`.
    pub points: String,
}

impl Question {
    /// The question in words, with both ways to resolve it in the file.
    pub fn text(&self) -> String {
        let Self { metric, relative, points, .. } = self;
        format!(
            "is \"{relative}\" on {metric} relative or percentage points? It is judged as relative to the baseline; for \
             points write \"{points}\"; to keep it relative without being asked, write limit = \"{relative}\" with \
             band = 1"
        )
    }
}

/// All settings for comparing and judging two runs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Policy {
    /// `default`, `seed-v1`, or the name of the file.
    pub name: String,
    /// The profile whose rules are below those of the file.
    pub profile: Option<String>,
    /// Settings of the comparison as a whole.
    pub compare: CompareSettings,
    /// Endpoint → service; the first match wins. Those of the file precede those of its profile.
    pub matches: Vec<Match>,
    /// The rules: those of the profile, then those of the file. Rules are referenced by index.
    pub rules: Vec<Rule>,
    /// Known regressions.
    pub acks: Vec<Ack>,
    /// Suspicious limits of the file.
    pub questions: Vec<Question>,
}

impl Policy {
    /// The first match for the endpoint, which names its service.
    pub fn service_for(&self, method: Option<&str>, name: &str) -> Option<&Match> {
        self.matches.iter().find(|candidate| candidate.matches(method, name))
    }

    /// The rule that judges a metric of an endpoint: the most specific one; of equally specific ones the later.
    pub fn rule_for(&self, service: Option<&str>, method: Option<&str>, endpoint: &str, metric: &str) -> Option<&Rule> {
        self.find_rule(service, method, endpoint, metric).map(|(_, rule)| rule)
    }

    /// As [`Policy::rule_for`], with the rule's index: a rule never found matches nothing, or is shadowed.
    pub fn find_rule(
        &self,
        service: Option<&str>,
        method: Option<&str>,
        endpoint: &str,
        metric: &str,
    ) -> Option<(usize, &Rule)> {
        let rules = self.rules_about(metric);
        rules.into_iter().find(|(_, rule)| rule.selects(service, method, endpoint, metric))
    }

    /// The rules about a metric with their indices, in order of precedence. For many endpoints, look these up once and
    /// take the first that [selects](Rule::selects) each.
    pub fn rules_about(&self, metric: &str) -> Vec<(usize, &Rule)> {
        let mut rules: Vec<_> = self.rules().filter(|(_, rule)| rule.metric == metric).collect();
        crate::order::sort_by(&mut rules, |(i, a), (j, b)| b.rank().cmp(&a.rank()).then(j.cmp(i)));
        rules
    }

    /// Every rule with its index. Those of the file have a [`Rule::line`]: one that selects nothing gets a note.
    pub fn rules(&self) -> impl Iterator<Item = (usize, &Rule)> {
        self.rules.iter().enumerate()
    }

    /// The policy with every limit in question converted to percentage points, to show the effect.
    pub fn in_points(&self) -> Self {
        let mut points = self.clone();
        for question in std::mem::take(&mut points.questions) {
            let Some(rule) = points.rules.get_mut(question.rule) else {
                continue;
            };
            let conditions = rule.fail.iter_mut().chain(rule.warn.iter_mut());
            for limit in conditions.flat_map(|condition| &mut condition.limits) {
                if limit.unit == Unit::Percent && limit.text == question.relative {
                    *limit = limit.in_points();
                }
            }
        }
        points
    }
}

impl Default for Policy {
    /// The profile `default`.
    fn default() -> Self {
        profile("default").unwrap_or_else(|| Self {
            name: "default".to_owned(),
            profile: None,
            compare: CompareSettings::default(),
            matches: Vec::new(),
            rules: Vec::new(),
            acks: Vec::new(),
            questions: Vec::new(),
        })
    }
}
