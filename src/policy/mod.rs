//! The thresholds file: what is compared, how, and how much of a change is too much.
//!
//! A [`Policy`] is read from TOML or JSON by [`parse`], or is one of the built-in [`PROFILES`]. Its rules say which change
//! of which metric is too large; [`evaluate`] applies one rule to two numbers. Nothing here knows what a run is: the
//! matching of endpoints, and what to do where there is no number, is the work of `compare`.
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
//! A limit is a sign, a number and a unit: `%` is relative to the baseline, `pp` are percentage points, `ms`, `s`, `rps`
//! and `req` are absolute changes. Which absolute unit fits follows from the metric's name: `pp` for `…_pct`, `ms` and `s`
//! for `…_ms`, `rps` for `rps` and `…_per_s`, `req` for all others. The sign is the direction of the *worse* change and
//! must agree with `better`. `max` and `min` are values of the run itself and have no sign.
//!
//! `better` may be left out: it is `lower` for `…_ms` and `…_pct`, `higher` for `rps` and `…_per_s`, and for other metrics
//! follows from the limits: a `+` or a `max` makes it `lower`, a `-` or a `min` makes it `higher`.
//!
//! # Which rule
//!
//! [`Policy::rule_for`] takes the rules that select the metric, and of these, in this order: one of the file before one of
//! its profile; the more specific `name`; one with a `method`; the more specific `service`; the later one. A name without
//! wildcards is more specific than a glob, a glob with more plain characters than one with fewer, and `*` the least.
//!
//! # Mistakes
//!
//! Every mistake is a [`PolicyError`] with line and column. Unknown keys are refused, since a mistyped key would
//! otherwise be a limit that is never applied. What is legal but probably not meant (`+0.5%` on an error rate) is in
//! [`Policy::questions`].

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
pub(crate) use pattern::{MOST as MOST_PATTERNS, MOST_REGEXES};
pub use pattern::{Pattern, Patterns};
pub use profiles::{PROFILES, profile_text};
pub use rule::{Better, Condition, Rule, Severity, Source};
pub use settings::{
    CompareSettings, Correction, EqualIs, EvidenceIs, Gate, ImprovedIs, MissingIs, NewIs, NoVerdictIs, Noise,
    OtherToolIs, Same, UnmappedIs, Warmup, WarmupMode, ZeroBaseline,
};
pub use work::{MOST_STEPS, TooMuchMatching};

words! {
    /// How the endpoints of one service become rows.
    pub enum Aggregate {
        /// Each endpoint is a row of its own.
        PerEndpoint = "per-endpoint",
        /// One row: the endpoints' counts are added.
        PooledCounts = "pooled-counts",
        /// One row: the one that the tool itself reports as the total.
        ReportedAggregate = "reported-aggregate",
    }
}

/// One `[[match]]`: endpoints that belong to a service.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Match {
    /// The service.
    pub service: String,
    /// The endpoint's name matches one of these.
    pub name: Patterns,
    /// The HTTP method, in any case; `None` is every one.
    pub method: Option<String>,
    /// How its endpoints become rows.
    pub aggregate: Aggregate,
    /// The line of the file it stands on, from 1; `None` in a built-in profile.
    pub line: Option<usize>,
}

impl Match {
    /// Whether the endpoint belongs to the service.
    pub fn matches(&self, method: Option<&str>, name: &str) -> bool {
        self.method.as_deref().is_none_or(|wanted| method.is_some_and(|method| method.eq_ignore_ascii_case(wanted)))
            && self.name.matches(name)
    }
}

/// One `[[ack]]`: a regression that is known and accepted for a while.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ack {
    /// The services it is about.
    pub service: Pattern,
    /// The endpoints it is about; `None` is every one.
    pub name: Option<Pattern>,
    /// The metric, exactly.
    pub metric: String,
    /// The last day it holds, `YYYY-MM-DD`; `None` is for ever.
    pub until: Option<String>,
    /// Why it is accepted.
    pub reason: String,
    /// The change up to which it is accepted; `None` is any.
    pub up_to: Option<Limit>,
    /// The line of the file it stands on, from 1.
    pub line: Option<usize>,
}

/// A limit that is legal, but may mean something other than what it says: a relative `+0.5%` on a metric that is itself
/// a percentage.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Question {
    /// The rule, as an index of [`Policy::rules`].
    pub rule: usize,
    /// The line of the limit, from 1.
    pub line: usize,
    /// The column of the limit, from 1.
    pub column: usize,
    /// The metric.
    pub metric: String,
    /// The limit as it is written and judged, relative to the baseline: `+0.5%`.
    pub relative: String,
    /// The limit that may be meant, in percentage points: `+0.5pp`.
    pub points: String,
}

impl Question {
    /// The question in words, with both ways to answer it in the file.
    pub fn text(&self) -> String {
        let Self { metric, relative, points, .. } = self;
        format!(
            "is \"{relative}\" on {metric} relative or percentage points? It is judged as relative to the baseline; for \
             points write \"{points}\"; to keep it relative without being asked, write limit = \"{relative}\" with \
             band = 1"
        )
    }
}

/// Everything that decides how two runs are compared and judged.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Policy {
    /// `default`, `seed-v1`, or the name of the file.
    pub name: String,
    /// The profile whose rules stand below those of the file.
    pub profile: Option<String>,
    /// How a comparison is judged as a whole.
    pub compare: CompareSettings,
    /// Endpoint → service; the first match wins. Those of the file, then those of its profile.
    pub matches: Vec<Match>,
    /// The rules: those of the profile, then those of the file. An index here names a rule elsewhere.
    pub rules: Vec<Rule>,
    /// Known regressions.
    pub acks: Vec<Ack>,
    /// Limits of the file that may mean something else than they say.
    pub questions: Vec<Question>,
}

impl Policy {
    /// The first match that the endpoint meets: it names the service.
    pub fn service_for(&self, method: Option<&str>, name: &str) -> Option<&Match> {
        self.matches.iter().find(|candidate| candidate.matches(method, name))
    }

    /// The rule that judges a metric of an endpoint: the most specific one, of equally specific ones the later.
    pub fn rule_for(&self, service: Option<&str>, method: Option<&str>, endpoint: &str, metric: &str) -> Option<&Rule> {
        self.find_rule(service, method, endpoint, metric).map(|(_, rule)| rule)
    }

    /// As [`Policy::rule_for`], with the rule's index: what is never found matches nothing, or is shadowed.
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

    /// The rules about a metric with their indices, the one that wins first: for judging many endpoints, look these up
    /// once and take the first that [selects](Rule::selects) each.
    pub fn rules_about(&self, metric: &str) -> Vec<(usize, &Rule)> {
        let mut rules: Vec<_> = self.rules().filter(|(_, rule)| rule.metric == metric).collect();
        crate::order::sort_by(&mut rules, |(i, a), (j, b)| b.rank().cmp(&a.rank()).then(j.cmp(i)));
        rules
    }

    /// Every rule with its index. Those of the file have a [`Rule::line`]: one that selects nothing is worth a note.
    pub fn rules(&self) -> impl Iterator<Item = (usize, &Rule)> {
        self.rules.iter().enumerate()
    }

    /// The policy with every limit that is in question read as percentage points, to show what that would say.
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
