//! Applies a rule to two numbers: the point verdict.
//!
//! All limits are in target form: a limit `L` and a baseline `b` give the target `b·(1 + L)`, or `b + L` for an
//! absolute limit, and the run is compared with it. Comparison is strict; two values are equal if they differ by at
//! most 1e-9 of the larger. There is no division, so a baseline of 0 is not a special case.

use serde::Serialize;

use super::limit::{Bound, Limit, Unit};
use super::rule::{Better, Condition, Rule};
use super::settings::{CompareSettings, EqualIs, ImprovedIs, ZeroBaseline};

/// Point verdict of a rule on a pair of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Within every limit.
    Pass,
    /// Beyond a `warn` limit, and no `fail` limit.
    Warn,
    /// Beyond a `fail` limit, above `max` or below `min`: CRITICAL.
    Fail,
    /// Better by at least the opposite `fail` limit.
    Improved,
    /// Not judged.
    Info,
}

/// Reason for a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Reason {
    /// No limit is exceeded.
    WithinLimits,
    /// The change is beyond the limit (for `all`: beyond each).
    Exceeded,
    /// The change is beyond the limit, but within its band.
    InBand,
    /// The run is above `max`.
    AboveMax,
    /// The run is below `min`.
    BelowMin,
    /// The opposite change would be CRITICAL.
    OppositeFails,
    /// As [`Reason::OppositeFails`], but `improved = "as-pass"`.
    ImprovedAsPass,
    /// The change is beyond the limit, but the run has too few events for it to count.
    TooFewEvents {
        /// Events of the run.
        events: u64,
        /// `min_events` of the condition.
        needed: u64,
    },
    /// The baseline is 0 and the rule has no absolute limit (`zero_baseline = "absolute"`).
    NoAbsoluteLimit,
    /// The baseline is 0 and `zero_baseline = "ignore"`.
    ZeroBaselineIgnored,
    /// The rule has no limit.
    NoLimits,
    /// A value is negative, infinite or not a number.
    NotANumber,
}

/// The deciding limit of a verdict.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Decider {
    /// A limit on the change.
    Change(Limit),
    /// The rule's `max`.
    Max(Bound),
    /// The rule's `min`.
    Min(Bound),
}

impl Decider {
    /// The limit in its original text.
    pub fn text(&self) -> &str {
        match self {
            Self::Change(limit) => &limit.text,
            Self::Max(bound) | Self::Min(bound) => &bound.text,
        }
    }
}

/// Number of events (failures) behind the two values, if known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Events {
    /// Of the baseline; only needed for improvements.
    pub baseline: Option<u64>,
    /// Of the run.
    pub run: Option<u64>,
}

/// A point verdict with its reasons.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outcome {
    /// The verdict.
    pub level: Level,
    /// The deciding limit: of an `any`, the tightest; of an `all`, the widest, which is the last to be exceeded. If
    /// none is exceeded, that of `fail`. With a band, the original limit.
    pub decided_by: Option<Decider>,
    /// That limit in the metric's unit: the value of the run that just reaches it. For an improvement it is the value
    /// of the *baseline* from which the opposite change would be CRITICAL.
    pub target: Option<f64>,
    /// With a band: the value of the run from which the change is CRITICAL.
    pub band_edge: Option<f64>,
    /// The reason.
    pub why: Reason,
}

impl Outcome {
    fn info(why: Reason) -> Self {
        Self { level: Level::Info, decided_by: None, target: None, band_edge: None, why }
    }

    fn bound(level: Level, decider: Decider, why: Reason) -> Self {
        let target = match &decider {
            Decider::Max(bound) | Decider::Min(bound) => Some(bound.value),
            Decider::Change(_) => None,
        };
        Self { level, decided_by: Some(decider), target, band_edge: None, why }
    }

    fn change(level: Level, at: &Reached<'_>, why: Reason) -> Self {
        Self {
            level,
            decided_by: at.binding.map(|(limit, _)| Decider::Change(limit.clone())),
            target: at.binding.map(|(_, target)| target),
            band_edge: at.band_edge,
            why,
        }
    }
}

/// Judges a change, in this order: `fail`; `max` and `min`, which are CRITICAL too; `warn`; improvement.
///
/// An improvement is a change whose opposite would violate `fail`. `max` and `min` are not considered, and neither are
/// rules that are `neutral` or have no `fail`.
///
/// ```
/// use loaddiff::policy::{self, Events, Level};
///
/// let seed = policy::profile("seed-v1").unwrap();
/// let rule = seed.rule_for(Some("api_gateway"), None, "/v1/chat", "error_rate_pct").unwrap();
/// let outcome = policy::evaluate(rule, &seed.compare, 0.33, 1.0, Events::default());
/// assert_eq!(outcome.level, Level::Fail);
/// assert_eq!(outcome.decided_by.unwrap().text(), "+0.5%");
/// assert!((outcome.target.unwrap() - 0.33165).abs() < 1e-12);
/// ```
pub fn evaluate(rule: &Rule, settings: &CompareSettings, baseline: f64, run: f64, events: Events) -> Outcome {
    if !usable(baseline) || !usable(run) {
        return Outcome::info(Reason::NotANumber);
    }
    if rule.is_info() {
        return Outcome::info(Reason::NoLimits);
    }
    if zero_ignored(rule, settings, baseline, run) {
        return broken_bound(rule, run).unwrap_or_else(|| Outcome::info(Reason::ZeroBaselineIgnored));
    }

    let pair = Pair { settings, baseline, run };
    let fail = pair.fail(rule);
    let warn = rule.warn.as_ref().map(|warn| pair.condition(warn));
    let short_fail = too_few(rule.fail.as_ref(), events.run);
    let short_warn = too_few(rule.warn.as_ref(), events.run);
    let fails = fail.as_ref().filter(|fail| fail.violated);
    let warns = warn.as_ref().filter(|warn| warn.violated);

    if let (Some(fail), None) = (fails, short_fail) {
        return Outcome::change(Level::Fail, fail, Reason::Exceeded);
    }
    if let Some(broken) = broken_bound(rule, run) {
        return broken;
    }
    if let (Some(warn), None) = (warns, short_warn) {
        return match fail.filter(|fail| fail.band_edge.is_some()) {
            Some(band) => Outcome::change(Level::Warn, &band, Reason::InBand),
            None => Outcome::change(Level::Warn, warn, Reason::Exceeded),
        };
    }
    for (violated, short) in [(fails, short_fail), (warns, short_warn)] {
        if let (Some(violated), Some(short)) = (violated, short) {
            return Outcome::change(Level::Pass, violated, short);
        }
    }
    if let Some(opposite) = opposite_fails(rule, settings, baseline, run, events) {
        return match settings.improved {
            ImprovedIs::Show => Outcome::change(Level::Improved, &opposite, Reason::OppositeFails),
            ImprovedIs::AsPass => match fail {
                Some(fail) => Outcome::change(Level::Pass, &fail, Reason::ImprovedAsPass),
                None => Outcome::change(Level::Pass, &opposite, Reason::ImprovedAsPass),
            },
        };
    }
    if let Some(within) = fail.iter().chain(&warn).find(|it| it.binding.is_some()) {
        return Outcome::change(Level::Pass, within, Reason::WithinLimits);
    }
    match kept_bound(rule) {
        Some(bound) => Outcome::bound(Level::Pass, bound, Reason::WithinLimits),
        None if run != baseline => Outcome::info(Reason::NoAbsoluteLimit),
        None => Outcome { level: Level::Pass, ..Outcome::info(Reason::WithinLimits) },
    }
}

/// Judges a run without a baseline, by `max` and `min` only. INFO if the rule has neither.
pub fn evaluate_run(rule: &Rule, run: f64) -> Outcome {
    if !usable(run) {
        return Outcome::info(Reason::NotANumber);
    }
    if let Some(broken) = broken_bound(rule, run) {
        return broken;
    }
    match kept_bound(rule) {
        Some(bound) => Outcome::bound(Level::Pass, bound, Reason::WithinLimits),
        None => Outcome::info(Reason::NoLimits),
    }
}

/// The targets of a rule's limits for a baseline, independent of the run, to compare with an interval.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Targets {
    /// The value of the run from which `fail` is violated; `None` without such a limit, or with limits on both rise and
    /// fall, which have no single target.
    pub fail: Option<Target>,
    /// The same for `warn`.
    pub warn: Option<Target>,
}

/// The target of a limit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Target {
    /// The value of the run that just reaches it, in the metric's unit.
    pub at: f64,
    /// Whether lower values are worse.
    pub falls: bool,
}

/// The targets of a rule's limits for a baseline: the nearest of an `any`, the farthest of an `all`.
#[must_use]
pub fn targets(rule: &Rule, settings: &CompareSettings, baseline: f64) -> Targets {
    if !usable(baseline) || (settings.zero_baseline == ZeroBaseline::Ignore && baseline == 0.0) {
        return Targets::default();
    }
    let pair = Pair { settings, baseline, run: baseline };
    let target = |condition: &Condition| {
        let mut limits = condition.limits.iter().filter(|limit| !pair.skips(limit)).peekable();
        let falls = limits.peek()?.limits_fall();
        let mut at: Option<f64> = None;
        for limit in limits {
            if limit.limits_fall() != falls {
                return None;
            }
            let here = limit.target(baseline);
            at = Some(match at {
                None => here,
                // The nearest is the lowest for a rise, the highest for a fall.
                Some(other) if condition.all == falls => other.min(here),
                Some(other) => other.max(here),
            });
        }
        at.filter(|at| at.is_finite()).map(|at| Target { at, falls })
    };
    Targets { fail: rule.fail.as_ref().and_then(target), warn: rule.warn.as_ref().and_then(target) }
}

fn usable(value: f64) -> bool {
    value.is_finite() && value >= 0.0
}

/// Equal within 1e-9 of the larger. Nothing equals an infinite target.
fn equal(a: f64, b: f64) -> bool {
    a.is_finite() && b.is_finite() && (a - b).abs() <= 1e-9 * a.abs().max(b.abs())
}

fn zero_ignored(rule: &Rule, settings: &CompareSettings, baseline: f64, run: f64) -> bool {
    settings.zero_baseline == ZeroBaseline::Ignore && baseline == 0.0 && run != 0.0 && rule.has_relative_limit()
}

fn too_few(condition: Option<&Condition>, events: Option<u64>) -> Option<Reason> {
    let needed = condition?.min_events?;
    let events = events.filter(|events| *events < needed)?;
    Some(Reason::TooFewEvents { events, needed })
}

fn broken_bound(rule: &Rule, run: f64) -> Option<Outcome> {
    let above = |max: &&Bound| run > max.value && !equal(run, max.value);
    let below = |min: &&Bound| run < min.value && !equal(run, min.value);
    if let Some(max) = rule.max.as_ref().filter(above) {
        let max = Decider::Max(max.clone());
        return Some(Outcome::bound(Level::Fail, max, Reason::AboveMax));
    }
    let min = Decider::Min(rule.min.as_ref().filter(below)?.clone());
    Some(Outcome::bound(Level::Fail, min, Reason::BelowMin))
}

fn kept_bound(rule: &Rule) -> Option<Decider> {
    let max = rule.max.clone().map(Decider::Max);
    max.or_else(|| rule.min.clone().map(Decider::Min))
}

fn opposite_fails<'r>(
    rule: &'r Rule,
    settings: &CompareSettings,
    baseline: f64,
    run: f64,
    events: Events,
) -> Option<Reached<'r>> {
    if rule.better == Better::Neutral
        || too_few(rule.fail.as_ref(), events.baseline).is_some()
        || zero_ignored(rule, settings, run, baseline)
    {
        return None;
    }
    let opposite = Pair { settings, baseline: run, run: baseline };
    opposite.fail(rule).filter(|fail| fail.violated)
}

struct Pair<'s> {
    settings: &'s CompareSettings,
    baseline: f64,
    run: f64,
}

/// State of a condition: whether it is violated, and the deciding limit with its target.
struct Reached<'r> {
    violated: bool,
    binding: Option<(&'r Limit, f64)>,
    band_edge: Option<f64>,
}

impl Pair<'_> {
    /// `fail`, or the upper edge of a band: violated from there, if the limit itself is exceeded.
    fn fail<'r>(&self, rule: &'r Rule) -> Option<Reached<'r>> {
        let fail = rule.fail.as_ref()?;
        if let (Some(_), Some(warn), [edge]) = (rule.band, &rule.warn, fail.limits.as_slice()) {
            let limit = self.condition(warn);
            let edge = (!self.skips(edge)).then(|| (edge, edge.target(self.baseline)));
            return Some(Reached {
                violated: limit.violated && edge.is_some_and(|(edge, at)| self.beyond(edge, at, true)),
                band_edge: edge.map(|(_, at)| at),
                ..limit
            });
        }
        Some(self.condition(fail))
    }

    fn condition<'r>(&self, condition: &'r Condition) -> Reached<'r> {
        let equal_counts = self.settings.equal_is == EqualIs::Fail && self.baseline != self.run;
        let judged = condition
            .limits
            .iter()
            .filter(|limit| !self.skips(limit))
            .map(|limit| (limit, limit.target(self.baseline)));
        let exceeded = |(limit, target): (&Limit, f64)| self.beyond(limit, target, equal_counts);
        let violated = if condition.all {
            let mut judged = judged.clone().peekable();
            judged.peek().is_some() && judged.all(exceeded)
        } else {
            judged.clone().any(exceeded)
        };
        // Distance of the run from the target; below 0 if beyond it.
        let room = |(limit, target): &(&Limit, f64)| match limit.limits_fall() {
            true => self.run - target,
            false => target - self.run,
        };
        let nearer = |a: &(&Limit, f64), b: &(&Limit, f64)| room(a).total_cmp(&room(b));
        let binding = if condition.all {
            // `max_by` returns the last of several equal ones.
            judged.rev().max_by(nearer)
        } else {
            judged.min_by(nearer)
        };
        Reached { violated, binding, band_edge: None }
    }

    fn skips(&self, limit: &Limit) -> bool {
        limit.unit == Unit::Percent && self.baseline == 0.0 && self.settings.zero_baseline == ZeroBaseline::Absolute
    }

    fn beyond(&self, limit: &Limit, target: f64, equal_counts: bool) -> bool {
        if equal(self.run, target) {
            equal_counts
        } else if limit.limits_fall() {
            self.run < target
        } else {
            self.run > target
        }
    }
}
