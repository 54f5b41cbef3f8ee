//! Judges every metric of a pair.

use std::sync::Arc;

use super::evidence::Precisions;
use super::matching::Pair;
use super::{AppliedRule, Change, Reason, Row, Scope, Subject, Verdict};
use crate::order;
use crate::policy::{
    self, CompareSettings, Condition, Events, EvidenceIs, Level, MissingIs, Outcome, Policy, Rule, Source,
};
use crate::run::{Absent, Endpoint, Metric, Percentile, Provenance, Run, Sureness, Value};

/// The default metrics of every subject, in the order of reports.
const SHOWN: [Metric; 7] = [
    Metric::Latency(Percentile::P50),
    Metric::Latency(Percentile::P95),
    Metric::Latency(Percentile::P99),
    Metric::Mean,
    Metric::ErrorRate,
    Metric::Rps,
    Metric::Requests,
];

/// The limits of a rule in words: of `fail`, `max` and `min`, and of `warn`.
type Limits = (Option<Arc<str>>, Option<Arc<str>>);

/// Judges pairs by a policy. Everything common to all pairs is looked up once.
pub(super) struct Judge<'p> {
    settings: &'p CompareSettings,
    /// The default metrics and those with rules, in the order of reports.
    metrics: Vec<MetricRules<'p>>,
    /// Rules about metrics that only some files have.
    policy: &'p Policy,
    /// Limits in words, by rule index.
    limits: Vec<Limits>,
    /// Whether a rule judged anything, by rule index.
    pub used: Vec<bool>,
    chance: AbsenceChance,
}

/// Whether an endpoint may be absent from the run by chance.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct AbsenceChance {
    /// Requests of the run per request of the baseline; `None` if either is unknown.
    times: Option<f64>,
    /// Minimum requests at which absence is not by chance.
    enough: f64,
}

/// Probability per comparison that an endpoint absent by chance is called missing.
const MISSING_CHANCE: f64 = 0.01;
/// Maximum factor of the variance of an endpoint's requests over that of independent ones.
const MISSING_DESIGN: f64 = 1.5;

impl AbsenceChance {
    pub fn of(baseline: &Run, run: &Run) -> Self {
        let requests = |run: &Run| run.requests().filter(|n| *n > 0).map(|n| n as f64);
        let endpoints = baseline.endpoints.len().max(1) as f64;
        Self {
            times: requests(baseline).zip(requests(run)).map(|(b, r)| r / b),
            // No request with n expected: e⁻ⁿ (Poisson), for every endpoint.
            enough: MISSING_DESIGN * libm::log(endpoints / MISSING_CHANCE),
        }
    }

    /// The requests expected in the run, if few enough for chance to explain their absence.
    fn explains(&self, baseline: Option<&Endpoint>) -> Option<u64> {
        let expected = baseline?.requests? as f64 * self.times?;
        (expected < self.enough).then(|| libm::round(expected) as u64)
    }
}

/// A metric and the rules about it, in order of precedence.
struct MetricRules<'p> {
    metric: Metric,
    rules: Vec<(usize, &'p Rule)>,
}

impl<'p> MetricRules<'p> {
    /// The rules may use our name of the metric or the scripts'.
    fn new(metric: Metric, policy: &'p Policy) -> Self {
        let mut rules = policy.rules_about(&metric.to_string());
        rules.extend(metric.alias().map(|name| policy.rules_about(name)).unwrap_or_default());
        Self { metric, rules }
    }

    fn rule(&self, pair: &Pair) -> Option<(usize, &'p Rule)> {
        let (service, method) = (pair.service.as_deref(), pair.method.as_deref());
        self.rules.iter().copied().find(|(_, rule)| rule.selects(service, method, &pair.name, &rule.metric))
    }
}

impl<'p> Judge<'p> {
    pub(super) fn new(policy: &'p Policy, chance: AbsenceChance) -> Self {
        let mut ruled: Vec<Metric> =
            policy.rules.iter().map(|rule| Metric::parse(&rule.metric)).filter(|m| !SHOWN.contains(m)).collect();
        crate::order::sort(&mut ruled);
        ruled.dedup();
        Self {
            settings: &policy.compare,
            metrics: SHOWN.into_iter().chain(ruled).map(|metric| MetricRules::new(metric, policy)).collect(),
            policy,
            limits: policy.rules.iter().map(limits).collect(),
            used: vec![false; policy.rules.len()],
            chance,
        }
    }

    pub(super) fn judge(&mut self, pair: Pair, precisions: &Precisions) -> Subject {
        self.judge_with(pair, precisions, Vec::new())
    }

    /// As [`Judge::judge`], keeping the known errors of the figures.
    pub(super) fn judge_again(&mut self, subject: Subject, precisions: &Precisions) -> Subject {
        let Subject { scope, service, method, name, baseline, run, rows, .. } = subject;
        self.judge_with(Pair { scope, service, method, name, baseline, run }, precisions, rows)
    }

    fn judge_with(&mut self, pair: Pair, precisions: &Precisions, mut before: Vec<Row>) -> Subject {
        let mut rows = Vec::with_capacity(self.metrics.len());
        for index in 0..self.metrics.len() {
            let Some((metric, found)) = self.metrics.get(index).map(|a| (a.metric.clone(), a.rule(&pair))) else {
                break;
            };
            rows.extend(self.row(&pair, metric, found, &before));
        }
        for asked in self.named(&pair) {
            let found = asked.rule(&pair);
            rows.extend(self.row(&pair, asked.metric, found, &before));
        }
        if self.settings.evidence == EvidenceIs::Judge {
            // A link carries no time series for summed rows. Their precision is always taken from counts and
            // histograms, so that the result is the same everywhere.
            let bare = |e: &Endpoint| Endpoint { timeline: None, sureness: Sureness::default(), ..e.clone() };
            let summed =
                (pair.scope == Scope::Service).then(|| (pair.baseline.as_ref().map(bare), pair.run.as_ref().map(bare)));
            let (baseline, run) = match &summed {
                Some((baseline, run)) => (baseline.as_ref(), run.as_ref()),
                None => (pair.baseline.as_ref(), pair.run.as_ref()),
            };
            let mut both = None;
            for row in &mut rows {
                let known = before.iter_mut().find(|b| b.metric == row.metric).map(|b| b.sides.take());
                row.sides = known.unwrap_or_else(|| {
                    let both = both.get_or_insert_with(|| precisions.pair(pair.scope, baseline, run));
                    both.sides(&row.metric, &row.baseline, &row.run)
                });
            }
        }
        let Pair { scope, service, method, name, baseline, run } = pair;
        let mut subject = Subject { scope, service, method, name, baseline, run, rows, verdict: Verdict::Info };
        if subject.run.is_none()
            && self.settings.evidence == EvidenceIs::Judge
            && let Some(expected) = self.chance.explains(subject.baseline.as_ref())
        {
            for row in subject.rows.iter_mut().filter(|row| row.verdict == Verdict::Missing) {
                (row.verdict, row.reason) = (Verdict::TooFew, Reason::AbsentByChance { expected });
            }
        }
        subject.verdict = worst(&subject, self.settings);
        subject
    }

    /// Metrics in the pair's files without a rule.
    fn named(&self, pair: &Pair) -> Vec<MetricRules<'p>> {
        let sides = [&pair.baseline, &pair.run];
        let names = sides.into_iter().flatten().flat_map(|e| e.metrics.keys());
        let metrics = order::set(names.map(|name| Metric::Named(name.clone())));
        let unknown = metrics.into_iter().filter(|m| !self.metrics.iter().any(|a| a.metric == *m));
        unknown.map(|metric| MetricRules::new(metric, self.policy)).collect()
    }

    fn row(&mut self, pair: &Pair, metric: Metric, found: Option<(usize, &Rule)>, before: &[Row]) -> Option<Row> {
        if let Some(used) = found.and_then(|(index, _)| self.used.get_mut(index)) {
            *used = true;
        }
        // Only the form of an error rate is the rule's choice; other figures are what they were.
        let known = before.iter().find(|row| row.metric == metric && metric != Metric::ErrorRate);
        let source = found.map_or(Source::Counts, |(_, rule)| rule.source);
        let values = known.map(|row| (row.baseline, row.run)).unwrap_or_else(|| {
            (value(pair.baseline.as_ref(), &metric, source), value(pair.run.as_ref(), &metric, source))
        });
        row(pair, metric, found, values, self.settings, &self.limits)
    }
}

/// The worst of a subject's verdicts, including being on one side only.
pub(super) fn worst(subject: &Subject, settings: &CompareSettings) -> Verdict {
    let worst = subject.deciding().map(|(_, row)| row.verdict).min().unwrap_or(Verdict::Info);
    let by_chance = subject.rows.iter().any(|r| matches!(r.reason, Reason::AbsentByChance { .. }));
    match (&subject.baseline, &subject.run) {
        (Some(_), None) if settings.missing != MissingIs::Zero && !by_chance => worst.min(Verdict::Missing),
        (None, Some(_)) if settings.missing != MissingIs::Zero => worst.min(Verdict::New),
        _ => worst,
    }
}

/// The value of a metric on one side, in the form required by the rule.
fn value(side: Option<&Endpoint>, metric: &Metric, source: Source) -> Value {
    let Some(endpoint) = side else { return Value::absent(Absent::NoEndpoint) };
    let value = endpoint.value(metric);
    if *metric != Metric::ErrorRate || source != Source::RoundedPct {
        return value;
    }
    // As in the scripts: the rounded figure of the file, else the counts rounded to two decimals. A file with the exact
    // quotient of its counts (as written by `loaddiff extract`) is not rounded yet.
    let counted = value.number.filter(|_| value.provenance == Provenance::Counts);
    match (endpoint.stated_error_rate_pct.filter(|stated| counted != Some(*stated)), value.number) {
        (Some(stated), _) => Value::known(stated, Provenance::Summary),
        (None, Some(exact)) => format!("{exact:.2}").parse().map_or(value, |n| Value::known(n, value.provenance)),
        (None, None) => value,
    }
}

fn row(
    pair: &Pair,
    metric: Metric,
    found: Option<(usize, &Rule)>,
    (baseline, run): (Value, Value),
    settings: &CompareSettings,
    limits: &[Limits],
) -> Option<Row> {
    let nothing =
        baseline.number.is_none() && run.number.is_none() && baseline.bounds.is_none() && run.bounds.is_none();
    // A figure missing on both sides has a row only if a rule asks for it; the scripts never counted those. A rule for
    // everything does not ask a pair of services for a metric that is not theirs.
    if nothing && (found.is_none() || settings.missing == MissingIs::Zero || !asks_for(pair, &metric)) {
        return None;
    }
    let change = baseline.number.zip(run.number).map(|(b, r)| Change::between(b, r));
    let mut row = Row {
        metric,
        baseline,
        run,
        change,
        rule: found.map(|(index, rule)| {
            let (fail, warn) = limits.get(index).cloned().unwrap_or_default();
            AppliedRule { index, better: rule.better, fail, warn, decided_by: None, target: None, band_edge: None }
        }),
        verdict: Verdict::Info,
        reason: Reason::NoRule,
        beyond: false,
        times_limit: 0.0,
        sides: None,
        evidence: None,
        ack: None,
    };
    let Some((_, rule)) = found else {
        if pair.run.is_none() {
            row.reason = Reason::OnlyInBaseline;
        } else if pair.baseline.is_none() {
            row.reason = Reason::OnlyInRun;
        }
        return Some(row);
    };
    decide(&mut row, pair, rule, settings);
    Some(row)
}

/// Whether a metric absent on both sides was expected: request metrics of a subject with requests.
fn asks_for(pair: &Pair, metric: &Metric) -> bool {
    let counted = [&pair.baseline, &pair.run].into_iter().flatten().any(|e| e.requests.is_some());
    pair.scope != Scope::Service && counted && !matches!(metric, Metric::Named(_))
}

fn decide(row: &mut Row, pair: &Pair, rule: &Rule, settings: &CompareSettings) {
    let as_scripts = settings.missing == MissingIs::Zero;
    if pair.run.is_none() {
        (row.verdict, row.reason) = match as_scripts {
            true => (Verdict::Info, Reason::OnlyInBaseline),
            false => (Verdict::Missing, Reason::OnlyInBaseline),
        };
        return;
    }
    if pair.baseline.is_none() {
        row.reason = Reason::OnlyInRun;
        row.verdict = if as_scripts { Verdict::Info } else { Verdict::New };
        if let Some(run) = row.run.number
            && !as_scripts
        {
            let outcome = policy::evaluate_run(rule, run);
            if outcome.level == Level::Fail {
                apply(row, outcome, Reason::Judged);
            }
        }
        return;
    }
    match (row.baseline.number, row.run.number) {
        (Some(baseline), Some(run)) => {
            let requests = |e: &Option<Endpoint>| e.as_ref().and_then(|e| e.requests);
            let fewest = requests(&pair.baseline).into_iter().chain(requests(&pair.run)).min();
            if let (Some(needed), Some(requests)) = (rule.min_requests, fewest)
                && requests < needed
            {
                row.verdict = Verdict::NoData;
                row.reason = Reason::TooFewRequests { requests, needed };
                return;
            }
            let outcome = policy::evaluate(rule, settings, baseline, run, events(pair, &row.metric));
            apply(row, outcome, Reason::Judged);
            row.times_limit = times_limit(row, baseline, run);
        }
        (Some(baseline), None) if as_scripts && row.run.bounds.is_none() => {
            let outcome = policy::evaluate(rule, settings, baseline, 0.0, Events::default());
            apply(row, outcome, Reason::MissingReadAsZero);
        }
        (None, Some(run)) => {
            let outcome = policy::evaluate_run(rule, run);
            if outcome.level == Level::Fail {
                apply(row, outcome, Reason::Judged);
            } else {
                row.verdict = if as_scripts { Verdict::Info } else { Verdict::NoData };
                row.reason = Reason::NoBaselineValue;
            }
        }
        (Some(_), None) => {
            row.verdict = Verdict::NoData;
            row.reason = Reason::NoRunValue;
        }
        (None, None) => {
            row.verdict = Verdict::NoData;
            row.reason = Reason::NoValues;
        }
    }
}

fn events(pair: &Pair, metric: &Metric) -> Events {
    if *metric != Metric::ErrorRate {
        return Events::default();
    }
    let failures = |e: &Option<Endpoint>| e.as_ref().and_then(|e| e.failures);
    Events { baseline: failures(&pair.baseline), run: failures(&pair.run) }
}

fn apply(row: &mut Row, outcome: Outcome, reason: fn(policy::Reason) -> Reason) {
    row.verdict = match outcome.level {
        Level::Fail => Verdict::Critical,
        Level::Warn => Verdict::Warning,
        Level::Improved => Verdict::Improved,
        Level::Pass => Verdict::Pass,
        Level::Info => Verdict::Info,
    };
    row.reason = reason(outcome.why);
    row.beyond = outcome.level == Level::Fail;
    if let Some(rule) = &mut row.rule {
        rule.decided_by = outcome.decided_by;
        rule.target = outcome.target;
        rule.band_edge = outcome.band_edge;
    }
}

/// See [`Row::times_limit`].
fn times_limit(row: &Row, baseline: f64, run: f64) -> f64 {
    if !matches!(row.verdict, Verdict::Critical | Verdict::Warning) {
        return 0.0;
    }
    let Some(target) = row.rule.as_ref().and_then(|r| r.target) else { return 0.0 };
    let times = (run - baseline) / (target - baseline);
    if times.is_nan() { 0.0 } else { times.max(0.0) }
}

fn limits(rule: &Rule) -> Limits {
    let bounds = [("at most ", &rule.max), ("at least ", &rule.min)];
    let bounds = bounds.into_iter().filter_map(|(word, bound)| Some(format!("{word}{}", bound.as_ref()?.text)));
    let fail: Vec<String> = rule.fail.as_ref().map(condition).into_iter().chain(bounds).collect();
    ((!fail.is_empty()).then(|| fail.join(", ").into()), rule.warn.as_ref().map(|warn| condition(warn).into()))
}

fn condition(condition: &Condition) -> String {
    let limits: Vec<&str> = condition.limits.iter().map(|l| l.text.as_str()).collect();
    limits.join(if condition.all { " and " } else { " or " })
}
