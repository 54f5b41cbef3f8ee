//! Rows with their spreads × policy → evidence and verdicts (statistics.md §4.1): a pure function, so that moved limits
//! are judged without reading the data.

use super::family::{self, Question};
use super::model::{LastRise, Rise};
use super::side::{USUAL_TAIL, log};
use super::spread::{Bounded, smallest_rise, towards};
use super::{Basis, Direction, Error, Evidence, Method, NoiseFrom, Side, Sides, Spread, Widened, hint};
use crate::compare::{Reason, Row, Scope, Subject, Verdict};
use crate::policy::{self, Bound, EvidenceIs, Noise, Policy, Rule, Target, targets};
use crate::run::{Judged, Metric};
use crate::stats::Bounds;
use crate::stats::quantile::smallest_level;
use crate::stats::special::normal_quantile;

/// Maximum difference in percent between two single runs of the same program, by default (statistics.md §4.1).
const STATED_NOISE_PCT: f64 = 8.0;
/// Factor on the stated noise if the dependence between requests is assumed, or a run is short.
pub(super) const ASSUMED_TIMES: f64 = 1.7;
/// Default run-to-run standard deviation of response times, as a logarithm, for detectable changes.
const STATED_DEVIATION: f64 = 0.02;
/// Standard normal quantile at 80 %.
const POWER_Z: f64 = 0.841_621_233_572_914_2;
/// Maximum effect of a relative difference of users on response times, as a multiple: queues amplify.
const USERS_TIMES: f64 = 3.0;

/// Common to all rows of a pair.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::compare) struct Context {
    /// |ln| of the ratio of users, if these differ and the policy requires equality.
    pub users: f64,
    /// Whether a run was shorter than half a minute.
    pub short: bool,
}

/// Iterations for finding the smallest rise of an error rate.
const STEPS: usize = 20;

/// Determines the evidence of every row, and its verdict.
pub(in crate::compare) fn settle(subjects: &mut [Subject], policy: &Policy, context: Context) {
    if policy.compare.evidence == EvidenceIs::Ignore {
        return;
    }
    let tail = (1.0 - policy.compare.confidence) / 2.0;
    let mut drafts: Vec<Draft> = Vec::new();
    for (s, subject) in subjects.iter().enumerate() {
        for (r, row) in subject.rows.iter().enumerate() {
            drafts.extend(Draft::of((s, r), subject, row, policy, tail, context));
        }
    }
    // Rows that can change the gate form one family: those with a limit and an interval. Improvements form another, and
    // so do likely changes, which exclude the noise from the error but must clear it.
    let ask = |of: fn(&Draft) -> Option<(f64, Hypothesis)>| correct(subjects, &drafts, policy, of);
    let sure = (ask(|d| d.worse), ask(|d| d.better));
    let likely = (ask(|d| d.likely_worse), ask(|d| d.likely_better));
    let family = sure.0.iter().flatten().count();
    let at = |found: &[Option<Corrected>], i: usize| found.get(i).copied().flatten();
    let concluded: Vec<RowEvidence> = (0..drafts.len())
        .map(|i| RowEvidence {
            worse: at(&sure.0, i),
            better: at(&sure.1, i),
            likely_worse: at(&likely.0, i),
            likely_better: at(&likely.1, i),
        })
        .collect();
    for (draft, found) in drafts.into_iter().zip(concluded) {
        let (s, r) = draft.at;
        if let Some(row) = subjects.get_mut(s).and_then(|subject| subject.rows.get_mut(r)) {
            draft.conclude(row, found, family, tail);
        }
    }
    for row in subjects.iter_mut().flat_map(|subject| &mut subject.rows) {
        by_run_alone(row, policy, family, tail);
    }
}

/// A bound on the run's own value needs no baseline: without one, the run's own interval decides.
fn by_run_alone(row: &mut Row, policy: &Policy, family: usize, tail: f64) {
    if row.baseline.number.is_some() || row.verdict != Verdict::Critical {
        return;
    }
    let rule = row.rule.as_ref().and_then(|applied| policy.rules.get(applied.index));
    let run = row.sides.as_deref().and_then(|sides| sides.run.as_ref());
    let own = rule.zip(run).and_then(|(rule, run)| own(rule, run, &row.metric, tail));
    let adjusted = own.map(|own| (own.p * family.max(1) as f64).min(1.0));
    (row.verdict, row.reason) = by_bound(row, own, adjusted, tail);
}

/// A question of a family: its p and its margin.
#[derive(Clone, Copy)]
struct Hypothesis {
    p: f64,
    margin: f64,
}

/// A question after correction.
#[derive(Clone, Copy)]
struct Corrected {
    p: f64,
    /// Initial share of the allowed error.
    weight: f64,
}

/// The evidence of one row.
#[derive(Clone, Copy)]
struct RowEvidence {
    worse: Option<Corrected>,
    better: Option<Corrected>,
    likely_worse: Option<Corrected>,
    likely_better: Option<Corrected>,
}

fn correct(
    subjects: &[Subject],
    drafts: &[Draft],
    policy: &Policy,
    asked: impl Fn(&Draft) -> Option<(f64, Hypothesis)>,
) -> Vec<Option<Corrected>> {
    let mut places = Vec::new();
    let mut questions = Vec::new();
    for (at, draft) in drafts.iter().enumerate() {
        let (s, r) = draft.at;
        if let (Some((sign, asked)), Some(subject)) = (asked(draft), subjects.get(s))
            && let Some(row) = subject.rows.get(r)
            && let Some(sides) = row.sides.as_deref()
        {
            places.push(at);
            questions.push(Question {
                p: asked.p,
                total: subject.scope == Scope::Total,
                requests: both_requests(subject),
                metric: &row.metric,
                sides,
                sign,
                margin: asked.margin,
            });
        }
    }
    let mut adjusted = vec![None; drafts.len()];
    let found = family::adjusted(&questions, policy.compare.correction);
    for (at, (p, weight)) in places.into_iter().zip(found) {
        if let Some(slot) = adjusted.get_mut(at) {
            *slot = Some(Corrected { p, weight });
        }
    }
    adjusted
}

/// Requests of both sides.
fn both_requests(subject: &Subject) -> Option<u64> {
    let requests = |e: &Option<crate::run::Endpoint>| e.as_ref().and_then(|e| e.requests);
    requests(&subject.baseline)?.checked_add(requests(&subject.run)?)
}

/// A row before multiple testing. Margins and bounds are on the scale of the spread, in the direction of worse.
struct Draft {
    at: (usize, usize),
    method: Method,
    /// 1 if an increase is worse, else −1.
    sign: f64,
    /// Bounds of the change, run − baseline.
    bounds: Bounds,
    theta: Option<f64>,
    /// The margins of `fail` and `warn`.
    fail: Option<f64>,
    warn: Option<f64>,
    floor: f64,
    floor_pct: f64,
    noise: NoiseFrom,
    /// Run-to-run standard deviation of the change.
    deviation: f64,
    worse: Option<(f64, Hypothesis)>,
    better: Option<(f64, Hypothesis)>,
    likely_worse: Option<(f64, Hypothesis)>,
    likely_better: Option<(f64, Hypothesis)>,
    /// The run's own interval against `max` and `min`.
    own: Option<Own>,
    n: (Option<u64>, Option<u64>),
    basis: Basis,
}

/// The run's own interval against a bound on the run's value.
#[derive(Clone, Copy)]
struct Own {
    /// The smallest level at which the interval is entirely beyond the bound.
    p: f64,
    /// Whether the interval at the policy's confidence extends beyond it.
    reaches: bool,
}

impl Draft {
    fn of(
        at: (usize, usize),
        subject: &Subject,
        row: &Row,
        policy: &Policy,
        tail: f64,
        context: Context,
    ) -> Option<Self> {
        let (baseline, run) = (row.baseline.number?, row.run.number?);
        let rule = row.rule.as_ref().and_then(|applied| policy.rules.get(applied.index));
        let judged = !matches!(row.verdict, Verdict::NoData | Verdict::New | Verdict::Missing);
        let rule = rule.filter(|rule| judged && !rule.is_info());
        let sides = row.sides.as_deref();
        let spread = sides.and_then(|s| s.spread.as_ref());
        let places = rule.map(|rule| targets(rule, &policy.compare, baseline)).unwrap_or_default();
        let falls = places.fail.or(places.warn).map_or(row.metric == Metric::Rps, |t| t.falls);
        let sign = if falls { -1.0 } else { 1.0 };
        let scale = Scale::of(&row.metric);
        let margin = |target: Option<Target>| {
            let target = target.filter(|t| t.falls == falls)?;
            scale.between(baseline, target.at).map(|m| (sign * m).max(0.0))
        };
        let noise = noise(subject, row, sides, policy, context);
        let floor = scale.floor(noise.pct);
        let mut draft = Self {
            at,
            method: method(sides),
            sign,
            bounds: match sides {
                // 1 − 0.95 is not exactly 0.05.
                Some(sides) if (tail - USUAL_TAIL).abs() < 1e-12 => sides.usual,
                _ => spread.map(|s| s.bounds(tail)).unwrap_or_default(),
            },
            theta: spread.and_then(Spread::estimate).map(|t| sign * t),
            fail: margin(places.fail),
            warn: margin(places.warn),
            floor,
            floor_pct: noise.pct,
            noise: noise.from,
            deviation: noise.deviation,
            worse: None,
            better: None,
            likely_worse: None,
            likely_better: None,
            own: rule.and_then(|rule| own(rule, sides?.run.as_ref()?, &row.metric, tail)),
            n: runs_or_requests(sides),
            basis: basis(sides, noise.widened),
        };
        // Fewer requests may have been offered: throughput alone confirms nothing.
        let counts = !matches!(spread, Some(Spread::Poisson(..))) && row.metric != Metric::Rps;
        if let (Some(spread), Some(theta)) = (spread.filter(|_| counts), draft.theta) {
            let ask = |sign: f64, theta: f64, limit: f64, floor: f64, add: bool| {
                let margin = if add { effective(theta, limit, floor) } else { limit.max(floor) };
                let p = if theta > margin { spread.p_beyond(sign, margin) } else { 1.0 };
                (sign, Hypothesis { p, margin })
            };
            let likely_floor = scale.floor(noise.likely_pct);
            draft.worse = draft.fail.map(|limit| ask(sign, theta, limit, floor, true));
            draft.likely_worse = draft.fail.map(|limit| ask(sign, theta, limit, likely_floor, false));
            // An improvement is a change whose opposite would fail.
            let opposite = rule.and_then(|rule| {
                let target = targets(rule, &policy.compare, run).fail.filter(|t| t.falls == falls)?;
                scale.between(run, target.at).map(|m| (sign * m).max(0.0))
            });
            draft.better = opposite.map(|limit| ask(-sign, -theta, limit, floor, true));
            draft.likely_better = opposite.map(|limit| ask(-sign, -theta, limit, likely_floor, false));
        }
        Some(draft)
    }

    fn conclude(mut self, row: &mut Row, found: RowEvidence, family: usize, tail: f64) {
        let (lower, upper) = towards(self.bounds, self.sign);
        let reference = self.method == Method::Poisson;
        let direction = match (lower, upper) {
            _ if reference => Direction::None,
            (Some(l), _) if l > 0.0 => Direction::Worse,
            (_, Some(u)) if u < 0.0 => Direction::Better,
            _ => Direction::None,
        };
        let spread = row.sides.as_deref().and_then(|s| s.spread.as_ref());
        let has_interval = spread.is_some() && !reference;
        let limit = self.fail.unwrap_or(0.0);
        let by_own = matches!(row.reason, Reason::Judged(policy::Reason::AboveMax | policy::Reason::BelowMin));
        let (mut p, mut adjusted) = (self.worse.map(|(_, a)| a.p), found.worse.map(|c| c.p));
        if by_own {
            // A single interval against a bound: tested separately, without noise between runs.
            p = self.own.map(|own| own.p);
            adjusted = p.map(|p| (p * family.max(1) as f64).min(1.0));
        }
        let weight = found.worse.map_or(1.0 / family.max(1) as f64, |c| c.weight);
        let detectable = if has_interval { self.detectable(row, tail * weight) } else { None };
        let is = |corrected: Option<Corrected>| corrected.is_some_and(|c| c.p <= tail);
        if row.rule.is_some() && judged(row.verdict) {
            if let (Some(theta), Some(fail)) = (self.theta, self.fail)
                && has_interval
                && !by_own
            {
                row.beyond = theta > fail && !few_events(row);
            }
            (row.verdict, row.reason) = if by_own {
                by_bound(row, self.own, adjusted, tail)
            } else if let Some(few) = few(self.method) {
                (Verdict::TooFew, few)
            } else if matches!(row.metric, Metric::Named(_)) {
                by_figures(row)
            } else if row.metric == Metric::Rps {
                self.by_rate(row, lower)
            } else if !has_interval {
                (Verdict::Unclear, Reason::NoInterval)
            } else {
                self.by_interval(row, found, is, (lower, upper))
            };
        }
        let unsettled = matches!(row.verdict, Verdict::Unclear | Verdict::ProbablyRegressed | Verdict::TooFew);
        let fewest = self.n.0.into_iter().chain(self.n.1).min();
        let spread = row.sides.as_deref().and_then(|s| s.spread.as_ref());
        let settle = match (spread, self.method) {
            _ if !unsettled || self.fail.is_none() || row.metric == Metric::Rps => None,
            (_, Method::TooFew { needed, .. }) => Some(hint::Settle::Requests(needed)),
            (Some(spread), _) if has_interval => {
                let runs = self.method == Method::Repeats;
                let assumed = self.basis.widened.contains(&Widened::NoTimes);
                let settle = |tail: f64| {
                    hint::settle(spread, self.sign, limit, self.floor, tail, fewest.unwrap_or(0), (runs, assumed))
                };
                // A change confirmed on its own must also be confirmed among all rules.
                let enough = |settle: &hint::Settle| matches!(settle, hint::Settle::Requests(n) if Some(*n) <= fewest);
                settle(tail).filter(|s| !enough(s)).or_else(|| settle(tail * weight)).filter(|s| !enough(s))
            }
            _ => Some(hint::Settle::Samples),
        };
        if !matches!(row.verdict, Verdict::Regressed | Verdict::ProbablyRegressed | Verdict::Slower) {
            row.times_limit = 0.0;
            self.basis.since_s = None;
        } else if let (Some(theta), Some(fail)) = (self.theta.filter(|_| has_interval), self.fail.filter(|f| *f > 0.0))
        {
            row.times_limit = theta / fail;
        }
        let scale = Scale::of(&row.metric);
        let shown = |worse: f64| scale.shown(self.sign * worse);
        let spread = row.sides.as_deref().and_then(|s| s.spread.as_ref());
        let confirmed_below = spread.filter(|_| has_interval && self.fail.is_some()).and_then(|spread| {
            let theta = self.theta.filter(|theta| *theta > self.floor)?;
            let half = spread.half(self.sign, tail * weight)?;
            (half + self.floor < theta).then(|| shown(theta - libm::hypot(half, self.floor)))
        });
        row.evidence = Some(Box::new(Evidence {
            method: self.method,
            confidence_pct: (1.0 - 2.0 * tail) * 100.0,
            estimate: self.theta.map(shown),
            interval: Bounds {
                lower: self.bounds.lower.map(|l| scale.shown(l)),
                upper: self.bounds.upper.map(|u| scale.shown(u)),
            },
            limit: self.fail.map(shown),
            detectable,
            floor: self.floor_pct,
            noise: self.noise,
            basis: self.basis,
            n: self.n,
            p,
            adjusted_p: adjusted,
            family,
            direction,
            passes_from: upper.filter(|_| has_interval && self.fail.is_some()).zip(self.theta).and_then(
                |(upper, theta)| {
                    let from = if upper <= self.floor { theta } else { upper - self.floor };
                    (from > 0.0).then(|| shown(from))
                },
            ),
            critical_below: self.theta.filter(|t| *t > 0.0 && self.fail.is_some()).map(shown),
            confirmed_below,
            settle,
        }));
    }

    /// The smallest change confirmed with a probability of 80 %, by this row's own test at its initial share of the
    /// allowed error, in display units.
    fn detectable(&self, row: &mut Row, level: f64) -> Option<f64> {
        let limit = self.fail?;
        if row.metric == Metric::Rps {
            return None;
        }
        let Sides { spread, rise, .. } = row.sides.as_deref_mut()?;
        let spread = spread.as_ref()?;
        let scale = Scale::of(&row.metric);
        let (edge, error) = match spread {
            Spread::Shares { baseline, run, dispersion } => {
                let edge = match rise.0 {
                    Some(known) if known.margin == limit && known.level == level => known.share,
                    _ => {
                        let share = smallest_rise(*baseline, *run, limit, *dispersion, level);
                        *rise = LastRise(Some(Rise { margin: limit, level, share }));
                        share
                    }
                }?;
                let (p0, p1) = (baseline.share(), (baseline.share() + edge).min(1.0));
                let variance = p0 * (1.0 - p0) / baseline.trials() as f64 + p1 * (1.0 - p1) / run.trials() as f64;
                (edge, libm::sqrt(variance * dispersion))
            }
            Spread::Strata(estimate, growth) => {
                let z = normal_quantile(level)?;
                let at = |rise: f64| {
                    let variance = estimate.standard_error * estimate.standard_error + (rise - estimate.value) * growth;
                    libm::sqrt(variance.max(0.0))
                };
                // More failures have more variance: iterate.
                let edge = (0..STEPS).fold(limit, |edge, _| limit + z * at(edge));
                (edge, at(edge))
            }
            _ => {
                let half = spread.half(self.sign, level)?;
                (edge(limit, self.floor, half), half / normal_quantile(level)?)
            }
        };
        let found = edge + POWER_Z * libm::hypot(error, self.deviation);
        let shown = scale.shown(self.sign * found).abs();
        shown.is_finite().then_some(shown)
    }

    /// From an interval of the change.
    fn by_interval(
        &self,
        row: &Row,
        found: RowEvidence,
        is: impl Fn(Option<Corrected>) -> bool,
        (lower, upper): (Option<f64>, Option<f64>),
    ) -> (Verdict, Reason) {
        let Some(fail) = self.fail else { return by_figures(row) };
        let reason = if few_events(row) { row.reason } else { Reason::Judged(policy::Reason::Exceeded) };
        let opposite = Reason::Judged(policy::Reason::OppositeFails);
        let within = Reason::Judged(policy::Reason::WithinLimits);
        let reach = fail + self.floor;
        let slower =
            self.theta.zip(self.warn).is_some_and(|(theta, warn)| theta > warn) && lower.is_some_and(|l| l > 0.0);
        match () {
            () if is(found.worse) && !few_events(row) && !self.below_resolution(row) => (Verdict::Regressed, reason),
            () if is(found.likely_worse) && !few_events(row) && !self.below_resolution(row) => {
                (Verdict::ProbablyRegressed, reason)
            }
            () if is(found.better) && !self.below_resolution(row) => (Verdict::Improved, opposite),
            () if is(found.likely_better) && !self.below_resolution(row) => (Verdict::ProbablyImproved, opposite),
            () if self.own.is_some_and(|own| own.reaches) => (Verdict::Unclear, Reason::SpansLimit),
            () if self.below_resolution(row) => (Verdict::Within, Reason::BelowResolution),
            () if upper.is_some_and(|u| u <= reach) && slower => (Verdict::Slower, reason),
            () if upper.is_some_and(|u| u <= reach) => (Verdict::Within, within),
            () => (Verdict::Unclear, Reason::SpansLimit),
        }
    }

    /// Throughput depends on the offered load: a clear decrease is reported, but never fails.
    fn by_rate(&self, row: &Row, lower: Option<f64>) -> (Verdict, Reason) {
        let clear = match (lower, self.warn.or(self.fail)) {
            (Some(lower), Some(warn)) => lower > warn,
            _ => row.verdict == Verdict::Critical,
        };
        match () {
            () if clear => (Verdict::Slower, Reason::FewerRequests),
            () if self.theta.zip(self.fail).is_some_and(|(theta, fail)| theta > fail) => {
                (Verdict::Unclear, Reason::SpansLimit)
            }
            () => (Verdict::Within, Reason::Judged(policy::Reason::WithinLimits)),
        }
    }

    /// Whether a change is below the tool's rounding.
    fn below_resolution(&self, row: &Row) -> bool {
        let halves = |sides: &Sides| {
            let half = |side: &Option<Side>| side.as_ref().map(|s| s.half_width).filter(|h| *h > 0.0);
            Some(half(&sides.baseline)? + half(&sides.run)?)
        };
        let change = row.change.map(|c| c.abs.abs());
        let widths = row.sides.as_deref().and_then(halves);
        change.zip(widths).is_some_and(|(change, widths)| change > 0.0 && change <= widths)
    }
}

/// Whether evidence can refine this verdict by limits.
fn judged(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Critical | Verdict::Warning | Verdict::Pass | Verdict::Improved)
}

/// Whether there are fewer failures than a rule requires.
fn few_events(row: &Row) -> bool {
    matches!(row.reason, Reason::Judged(policy::Reason::TooFewEvents { .. }))
}

fn few(method: Method) -> Option<Reason> {
    match method {
        Method::TooFew { requests, needed } => Some(Reason::TooFewSamples { requests, needed }),
        _ => None,
    }
}

/// A figure without samples, such as a count of violations: judged by limits only.
fn by_figures(row: &Row) -> (Verdict, Reason) {
    let verdict = match row.verdict {
        Verdict::Critical => Verdict::Regressed,
        Verdict::Warning => Verdict::Slower,
        Verdict::Improved => Verdict::Improved,
        _ => Verdict::Within,
    };
    (verdict, row.reason)
}

/// The run's own interval against `max` and `min`.
fn by_bound(row: &Row, own: Option<Own>, adjusted: Option<f64>, tail: f64) -> (Verdict, Reason) {
    let verdict = match own {
        _ if matches!(row.metric, Metric::Named(_)) => Verdict::Regressed,
        Some(_) if adjusted.is_some_and(|p| p <= tail) => Verdict::Regressed,
        Some(own) if own.p <= tail => Verdict::ProbablyRegressed,
        Some(_) => return (Verdict::Unclear, Reason::SpansLimit),
        None => Verdict::ProbablyRegressed,
    };
    (verdict, row.reason)
}

/// The smallest confirmed change: limit and floor, with the error at the level added to the floor as independent
/// errors.
fn edge(limit: f64, floor: f64, half: f64) -> f64 {
    if floor <= 0.0 {
        return limit + half;
    }
    (limit + libm::hypot(floor, half)).max(floor + half)
}

fn basis(sides: Option<&Sides>, mut widened: Vec<Widened>) -> Basis {
    let Judged { successes, mixed, mix, left_out_s, since_s, burst_s, .. } =
        sides.map(|s| s.judged).unwrap_or_default();
    let bursts = |side: &Option<Side>| matches!(side.as_ref().map(|s| (&s.error, s.assumed)), Some((Error::Counts(_, d), false)) if *d >= BURSTY);
    if sides.is_some_and(|s| bursts(&s.run)) {
        widened.push(Widened::Bursts);
    }
    let mix = mix || sides.is_some_and(|s| matches!(s.spread, Some(Spread::Strata(..))));
    Basis { successes, mixed_failures: mixed, left_out_s, mix, since_s, burst_s, widened }
}

/// Minimum dispersion for failures in bursts.
const BURSTY: f64 = 2.0;

/// The margin that a change must clear, with the noise between runs: limit and floor, increased such that the noise,
/// added to the error within the runs as independent errors (square and add, Zou & Donner 2008), clears the limit: θ −
/// √((θ − L)² + floor²) > limit. Infinite if the change is within the noise above the limit.
fn effective(theta: f64, limit: f64, floor: f64) -> f64 {
    let gap = theta - limit;
    if floor <= 0.0 {
        return limit;
    }
    if gap.is_nan() || gap <= floor {
        return f64::INFINITY;
    }
    limit.max(floor).max(theta - libm::sqrt(gap * gap - floor * floor))
}

/// The scale of a metric's changes.
#[derive(Clone, Copy, PartialEq)]
enum Scale {
    /// ln(run ÷ baseline), shown in percent.
    Ratio,
    /// A difference of shares, shown in percentage points.
    Points,
}

impl Scale {
    fn of(metric: &Metric) -> Self {
        if *metric == Metric::ErrorRate { Self::Points } else { Self::Ratio }
    }

    /// The change from one figure to another, in the metric's unit.
    fn between(self, from: f64, to: f64) -> Option<f64> {
        match self {
            Self::Ratio => Some(log(to)? - log(from)?),
            Self::Points => Some((to - from) / 100.0),
        }
    }

    fn shown(self, change: f64) -> f64 {
        match self {
            Self::Ratio => libm::expm1(change) * 100.0,
            Self::Points => change * 100.0,
        }
    }

    /// A noise floor in percent as a margin, the same in both directions, since either run may be the baseline; error
    /// rates have none.
    fn floor(self, pct: f64) -> f64 {
        match self {
            Self::Ratio => libm::log1p(pct / 100.0),
            Self::Points => 0.0,
        }
    }
}

/// The noise between runs for one row.
struct Floor {
    /// In percent, for confirmed changes.
    pct: f64,
    /// In percent, for likely changes.
    likely_pct: f64,
    from: NoiseFrom,
    /// Run-to-run standard deviation of the change, as a logarithm.
    deviation: f64,
    widened: Vec<Widened>,
}

/// The noise floor of a row, and its source.
fn noise(subject: &Subject, row: &Row, sides: Option<&Sides>, policy: &Policy, context: Context) -> Floor {
    let none = |from| Floor { pct: 0.0, likely_pct: 0.0, from, deviation: 0.0, widened: Vec::new() };
    if !matches!(row.metric, Metric::Latency(_) | Metric::Mean) {
        return none(NoiseFrom::None);
    }
    let both = sides.map(|s| [s.baseline.as_ref(), s.run.as_ref()]).unwrap_or_default();
    let runs = |side: &Option<&Side>| match side.map(|s| &s.error) {
        Some(Error::Runs(runs)) => runs.len(),
        _ => 1,
    };
    if both.iter().all(|side| runs(side) >= 3) {
        return none(NoiseFrom::Repeats);
    }
    let assumed = both.iter().any(|side| side.is_some_and(|s| s.assumed));
    let known = subject.baseline.as_ref().and_then(|e| e.sureness.noise_pct.get(&row.metric));
    let usual = libm::hypot(STATED_DEVIATION, STATED_DEVIATION);
    let predicted = is_predicted(both);
    let (pct, from, deviation) = match (policy.compare.noise, known) {
        // The noise between runs is the interval itself.
        (Noise::Auto, _) if predicted => (0.0, NoiseFrom::History, 0.0),
        (Noise::None, _) => (0.0, NoiseFrom::None, usual),
        (Noise::Percent(pct), _) => (pct, NoiseFrom::Policy, usual),
        // Q3 + 3 IQR of absolute normal changes is about 3.5 standard deviations.
        (Noise::Auto, Some(pct)) => (*pct, NoiseFrom::History, libm::log1p(pct / 100.0) / 3.5),
        (Noise::Auto, None) => (STATED_NOISE_PCT, NoiseFrom::Stated, usual),
    };
    let stated = from == NoiseFrom::Stated;
    let mut widened = Vec::new();
    let mut times = 1.0;
    if assumed && stated {
        widened.push(Widened::NoTimes);
        times = ASSUMED_TIMES;
    }
    if context.short && stated {
        widened.push(Widened::Short);
        times = ASSUMED_TIMES;
    }
    let more = sides.map_or(0, |s| s.judged.more_noise);
    if more > 0 && stated {
        widened.push(Widened::Dependent);
        times += f64::from(more) / 10.0;
    }
    let mut likely_pct = if more > 0 && stated { pct * (1.0 + f64::from(more) / 10.0) } else { pct };
    let mut pct = pct * times;
    if context.users > 0.0 {
        widened.push(Widened::Users);
        let users = libm::expm1(USERS_TIMES * context.users) * 100.0;
        (pct, likely_pct) = (pct + users, likely_pct + users);
    }
    let from = if stated && times > 1.0 { NoiseFrom::Raised } else { from };
    Floor { pct, likely_pct, from, deviation, widened }
}

/// Whether one run is judged by the spread of several.
fn is_predicted(sides: [Option<&Side>; 2]) -> bool {
    let [Some(baseline), Some(run)] = sides else { return false };
    matches!((&baseline.error, &run.error), (Error::Runs(_), Error::Batches(_)))
}

fn method(sides: Option<&Sides>) -> Method {
    let Some(sides) = sides else { return Method::None };
    let both = [&sides.baseline, &sides.run];
    let mut few = both.into_iter().flatten().filter_map(|side| match side.error {
        Error::TooFew(needed) => Some(Method::TooFew { requests: side.requests.unwrap_or(0), needed }),
        _ => None,
    });
    if let Some(few) = few.next_back() {
        return few;
    }
    let assumed = both.into_iter().flatten().any(|s| s.assumed);
    match (&sides.spread, sides.baseline.as_ref().map(|s| &s.error), sides.run.as_ref().map(|s| &s.error)) {
        (None, ..) => Method::None,
        (Some(Spread::Shares { .. }), ..) => Method::Newcombe,
        (Some(Spread::Strata(..)), ..) => Method::Strata,
        (Some(Spread::Poisson(..)), ..) => Method::Poisson,
        (_, Some(Error::Runs(_)), Some(Error::Runs(_) | Error::Batches(_))) => Method::Repeats,
        (_, Some(Error::Batches(_)), Some(Error::Batches(_))) if assumed => Method::Moments,
        (_, Some(Error::Batches(_)), Some(Error::Batches(_))) => Method::Slices,
        (_, Some(Error::Order(_)), Some(Error::Order(_))) if assumed => Method::Table,
        (_, Some(Error::Order(_)), Some(Error::Order(_))) => Method::OrderStatistics,
        _ => Method::Mixed,
    }
}

/// Number of runs per side if there are several, else of requests.
fn runs_or_requests(sides: Option<&Sides>) -> (Option<u64>, Option<u64>) {
    let n = |side: Option<&Side>| match side.map(|s| &s.error) {
        Some(Error::Runs(runs)) => Some(runs.len() as u64),
        _ => side.and_then(|s| s.requests),
    };
    match sides {
        // One run against several.
        Some(s) if is_predicted([s.baseline.as_ref(), s.run.as_ref()]) => (n(s.baseline.as_ref()), Some(1)),
        Some(s) => (n(s.baseline.as_ref()), n(s.run.as_ref())),
        None => (None, None),
    }
}

/// The run's own interval against `max` and `min`.
fn own(rule: &Rule, run: &Side, metric: &Metric, tail: f64) -> Option<Own> {
    let (bound, above): (&Bound, bool) = match (&rule.max, &rule.min) {
        (Some(max), _) => (max, true),
        (None, Some(min)) => (min, false),
        (None, None) => return None,
    };
    let at = |tail: f64| match &run.error {
        Error::Counts(counts, _) => counts.wilson(tail).map_or_else(Bounds::default, Bounds::from),
        _ => Bounded::of(run).map(|b| b.bounds(tail)).unwrap_or_default(),
    };
    let value = match (&run.error, *metric == Metric::ErrorRate) {
        (Error::TooFew(_) | Error::Poisson(_), _) => return None,
        (Error::Counts(..), _) => bound.value / 100.0,
        (_, true) => return None,
        // A bound of 0 has no logarithm: everything is above it.
        (_, false) => log(bound.value)?,
    };
    let beyond = |bounds: Bounds| {
        if above { bounds.lower.is_some_and(|l| l > value) } else { bounds.upper.is_some_and(|u| u < value) }
    };
    let bounds = at(tail);
    let reaches = if above { bounds.upper.is_none_or(|u| u > value) } else { bounds.lower.is_none_or(|l| l < value) };
    let p = smallest_level(|level| beyond(at(level))).unwrap_or(if beyond(bounds) { tail } else { 1.0 });
    Some(Own { p, reaches })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{Context, settle};
    use crate::compare::evidence::{Error, Side, Sides, Spread};
    use crate::compare::{AppliedRule, Reason, Row, Scope, Subject, Verdict};
    use crate::policy::{self, Better};
    use crate::run::{Batches, Metric, Provenance, Value};
    use crate::stats::Bounds;
    use crate::stats::special::normal_quantile;
    use crate::stats::welch::Estimate;

    /// The only judged row: its verdict, and its detectable change in percent.
    fn judged(spread: Estimate, thresholds: &str) -> (Verdict, f64) {
        let policy = policy::parse("thresholds.toml", thresholds).unwrap();
        let side = |figure| {
            let error = Error::Batches(Batches { standard_error: 0.01, batches: 20, assumed: false });
            Some(Side { figure, error, requests: Some(10_000), half_width: 0.0, assumed: false })
        };
        let run = 100.0 * libm::exp(spread.value);
        let sides = Sides {
            baseline: side(100.0),
            run: side(run),
            spread: Some(Spread::Welch(spread)),
            usual: Bounds::from(spread.interval(0.025).unwrap()),
            ..Sides::default()
        };
        let row = Row {
            metric: Metric::Mean,
            baseline: Value::known(100.0, Provenance::Summary),
            run: Value::known(run, Provenance::Summary),
            change: None,
            rule: Some(AppliedRule {
                index: 0,
                better: Better::Lower,
                fail: None,
                warn: None,
                decided_by: None,
                target: None,
                band_edge: None,
            }),
            verdict: Verdict::Pass,
            reason: Reason::NoRule,
            beyond: false,
            times_limit: 0.0,
            sides: Some(Box::new(sides)),
            evidence: None,
            ack: None,
        };
        let mut subjects = [Subject {
            scope: Scope::Endpoint,
            service: None,
            method: None,
            name: "/a".into(),
            baseline: None,
            run: None,
            rows: vec![row],
            verdict: Verdict::Info,
        }];
        settle(&mut subjects, &policy, Context::default());
        let row = subjects.first().unwrap().rows.first().unwrap();
        (row.verdict, row.evidence.as_ref().unwrap().detectable.unwrap())
    }

    /// The smallest confirmed estimate is confirmed with a probability of 50 %; the size for 80 % is 0.8416 standard
    /// deviations of the change beyond it: those of the runs' precision and of run to run, 2 % per side. The row has
    /// all of the allowed error, being the only one.
    #[test]
    fn a_detectable_change_is_confirmed() {
        let with = |noise: &str, limit: &str| {
            format!(
                "[compare]\nnoise = \"{noise}\"\n[[rule]]\nmetric = \"mean_latency_ms\"\nfail = {{ any = [\"{limit}\"] }}\n"
            )
        };
        for (noise, limit) in [("auto", "+5%"), ("none", "+5%"), ("20%", "+5%"), ("auto", "+20%"), ("auto", "+0%")] {
            let thresholds = with(noise, limit);
            for (standard_error, degrees_of_freedom) in
                [(0.001, 1e9), (0.02, 1e9), (0.05, 1e9), (0.3, 1e9), (0.02, 19.0), (0.05, 4.0)]
            {
                let at = |value| judged(Estimate { value, standard_error, degrees_of_freedom }, &thresholds);
                let (_, detectable) = at(0.0);
                // With few degrees of freedom the error is less certain: t instead of z.
                let half = Estimate { value: 0.0, standard_error, degrees_of_freedom }.interval(0.025).unwrap().upper;
                let error = half / normal_quantile(0.025).unwrap();
                if degrees_of_freedom > 1e6 {
                    assert!((error / standard_error - 1.0).abs() < 1e-6);
                }
                let power = 0.841_621_233_572_914_2 * libm::hypot(error, 0.02 * std::f64::consts::SQRT_2);
                let smallest = libm::log1p(detectable / 100.0) - power;
                let case =
                    format!("noise {noise}, limit {limit}, error {standard_error}, {degrees_of_freedom}: {smallest}");
                assert_eq!(at(smallest + 1e-6).0, Verdict::Regressed, "{case}");
                assert_ne!(at(smallest - 1e-6).0, Verdict::Regressed, "{case}");
                // The detectable change does not depend on the observed one.
                assert!((at(smallest).1 - detectable).abs() < 1e-9, "{case}");
            }
        }
    }
}
