//! Rows with their spreads × policy → evidence and verdicts (statistics.md §4.1): a pure function, so that a moved limit
//! re-judges every row without a look at the data.

use super::family::{self, Question};
use super::side::{USUAL_TAIL, log};
use super::spread::{Bounded, towards};
use super::{Cap, Direction, Error, Evidence, EvidenceState, Method, NoiseFrom, Side, Sides, Spread, hint};
use crate::compare::{Reason, Row, Scope, Subject, Verdict};
use crate::policy::{self, Bound, EvidenceIs, Noise, Policy, Rule, Target, targets};
use crate::run::Metric;
use crate::stats::Bounds;
use crate::stats::quantile::smallest_level;

/// Between two single runs of the same program lie up to so many per cent, where nothing better is known
/// (statistics.md §4.1).
const STATED_NOISE_PCT: f64 = 8.0;

/// Judges how sure every row is, and gives it the verdict that this makes. `comparable` is whether the two runs can be
/// compared at all.
pub(in crate::compare) fn settle(subjects: &mut [Subject], policy: &Policy, comparable: bool) {
    if policy.compare.evidence == EvidenceIs::Ignore {
        return;
    }
    let tail = (1.0 - policy.compare.confidence) / 2.0;
    let mut drafts: Vec<Draft> = Vec::new();
    for (s, subject) in subjects.iter().enumerate() {
        for (r, row) in subject.rows.iter().enumerate() {
            drafts.extend(Draft::of((s, r), subject, row, policy, tail));
        }
    }
    // What can change the gate is asked together: rows with a limit and an interval. What is better is a family of its
    // own.
    let worse = correct(subjects, &drafts, policy, |d| d.worse);
    let better = correct(subjects, &drafts, policy, |d| d.better);
    let family = worse.iter().filter(|p| p.is_some()).count();
    for ((draft, worse), better) in drafts.into_iter().zip(worse).zip(better) {
        let (s, r) = draft.at;
        if let Some(row) = subjects.get_mut(s).and_then(|subject| subject.rows.get_mut(r)) {
            draft.conclude(row, (worse, better), family, tail, comparable);
        }
    }
}

/// A question of a family: its p and the margin it is about.
#[derive(Clone, Copy)]
struct Asked {
    p: f64,
    margin: f64,
}

fn correct(
    subjects: &[Subject],
    drafts: &[Draft],
    policy: &Policy,
    asked: impl Fn(&Draft) -> Option<(f64, Asked)>,
) -> Vec<Option<f64>> {
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
    for (at, p) in places.into_iter().zip(family::adjusted(&questions, policy.compare.correction)) {
        if let Some(slot) = adjusted.get_mut(at) {
            *slot = Some(p);
        }
    }
    adjusted
}

/// Requests of both sides.
fn both_requests(subject: &Subject) -> Option<u64> {
    let requests = |e: &Option<crate::run::Endpoint>| e.as_ref().and_then(|e| e.requests);
    requests(&subject.baseline)?.checked_add(requests(&subject.run)?)
}

/// What is known of a row before it is seen among the others. Margins and bounds are on the scale of the spread, in the
/// direction of what is worse.
struct Draft {
    at: (usize, usize),
    method: Method,
    /// 1 where growth is worse, else −1.
    sign: f64,
    /// Bounds of the change as it is, run − baseline.
    bounds: Bounds,
    theta: Option<f64>,
    /// The margin of `fail`.
    fail: Option<f64>,
    floor: f64,
    floor_pct: f64,
    noise: NoiseFrom,
    worse: Option<(f64, Asked)>,
    better: Option<(f64, Asked)>,
    /// The run's own interval against `max` and `min`.
    own: Option<Own>,
    n: (Option<u64>, Option<u64>),
}

/// The run's own interval against a bound on the run alone.
#[derive(Clone, Copy)]
struct Own {
    /// The smallest level at which the interval lies wholly beyond the bound.
    p: f64,
    /// Whether at the policy's confidence the interval reaches beyond it.
    reaches: bool,
}

impl Draft {
    fn of(at: (usize, usize), subject: &Subject, row: &Row, policy: &Policy, tail: f64) -> Option<Self> {
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
        let (floor_pct, noise) = noise(subject, row, sides, policy);
        let floor = scale.floor(sign, floor_pct);
        let mut draft = Self {
            at,
            method: method(sides),
            sign,
            bounds: match sides {
                // 1 − 0.95 is not quite 0.05.
                Some(sides) if (tail - USUAL_TAIL).abs() < 1e-12 => sides.usual,
                _ => spread.map(|s| s.bounds(tail)).unwrap_or_default(),
            },
            theta: spread.and_then(Spread::estimate).map(|t| sign * t),
            fail: margin(places.fail),
            floor,
            floor_pct,
            noise,
            worse: None,
            better: None,
            own: rule.and_then(|rule| own(rule, sides?.run.as_ref()?, &row.metric, tail)),
            n: runs_or_requests(sides),
        };
        if let (Some(spread), Some(theta)) = (spread.filter(|s| !matches!(s, Spread::Poisson(..))), draft.theta) {
            draft.worse = draft.fail.map(|limit| {
                let margin = effective(theta, limit, floor);
                let p = if theta > margin { spread.p_beyond(sign, margin) } else { 1.0 };
                (sign, Asked { p, margin })
            });
            // An improvement is a change whose opposite would fail.
            let opposite = rule.and_then(|rule| {
                let target = targets(rule, &policy.compare, run).fail.filter(|t| t.falls == falls)?;
                scale.between(run, target.at).map(|m| (sign * m).max(0.0))
            });
            draft.better = opposite.map(|limit| {
                let margin = effective(-theta, limit, scale.floor(-sign, floor_pct));
                let p = if -theta > margin { spread.p_beyond(-sign, margin) } else { 1.0 };
                (-sign, Asked { p, margin })
            });
        }
        Some(draft)
    }

    fn conclude(
        self,
        row: &mut Row,
        (worse, better): (Option<f64>, Option<f64>),
        family: usize,
        tail: f64,
        comparable: bool,
    ) {
        let (lower, upper) = towards(self.bounds, self.sign);
        let reference = self.method == Method::Poisson;
        let direction = match (lower, upper) {
            _ if reference => Direction::None,
            (Some(l), _) if l > 0.0 => Direction::Worse,
            (_, Some(u)) if u < 0.0 => Direction::Better,
            _ => Direction::None,
        };
        let spread = row.sides.as_deref().and_then(|s| s.spread.as_ref());
        let mut caps = self.caps(row, comparable, tail);
        let limit = self.fail.unwrap_or(0.0);
        let reach = limit.max(self.floor);
        let by_own = matches!(row.reason, Reason::Judged(policy::Reason::AboveMax | policy::Reason::BelowMin));
        let (mut p, mut adjusted) = (self.worse.map(|(_, a)| a.p), worse);
        let clears;
        if by_own {
            // One interval against a bound: it is asked by itself, and has no noise between two runs.
            p = self.own.map(|own| own.p);
            adjusted = p.map(|p| (p * family.max(1) as f64).min(1.0));
            clears = p.is_some_and(|p| p <= tail);
        } else {
            clears = !reference && lower.is_some_and(|l| l > reach) && self.fail.is_some();
        }
        let mut state = match adjusted {
            Some(p) if p <= tail => EvidenceState::Confirmed,
            _ if clears => EvidenceState::Suspected,
            _ => EvidenceState::Unconfirmed,
        };
        let alone = !by_own && state == EvidenceState::Suspected && self.worse.is_some_and(|(_, a)| a.p <= tail);
        for cap in &caps {
            state = state.max(if *cap == Cap::Short { EvidenceState::Unconfirmed } else { EvidenceState::Suspected });
        }

        let improved = better.is_some_and(|p| p <= tail) && caps.is_empty();
        let was = row.verdict;
        let too_few = matches!(self.method, Method::TooFew { .. });
        let told = spread.is_some() && !reference;
        if self.below_resolution(row) {
            (row.verdict, row.reason) = (Verdict::BelowResolution, Reason::BelowResolution);
        } else if row.rule.is_some() && matches!(was, Verdict::Pass | Verdict::Warning | Verdict::Improved) {
            let out = upper.is_none_or(|u| u > reach);
            (row.verdict, row.reason) = match () {
                () if self.own.is_some_and(|own| own.reaches) => (Verdict::Inconclusive, Reason::Inconclusive),
                () if self.fail.is_none() => (was, row.reason),
                () if too_few => (Verdict::Inconclusive, Reason::TooFewSamples),
                // Without an interval that counts an improvement has to leave at least the noise behind, and one for
                // reference must not hold the opposite.
                () if !told
                    && was == Verdict::Improved
                    && (!self.beyond_noise(row) || upper.is_some_and(|u| u >= 0.0)) =>
                {
                    (Verdict::Pass, Reason::SurelyWithin)
                }
                () if !told => (was, row.reason),
                () if was == Verdict::Improved && improved => (was, row.reason),
                () if was == Verdict::Warning && out && lower.is_some_and(|l| l > 0.0) => (was, row.reason),
                () if out => (Verdict::Inconclusive, Reason::Inconclusive),
                () if was == Verdict::Pass => (was, row.reason),
                () => (Verdict::Pass, Reason::SurelyWithin),
            };
        }
        match row.verdict {
            Verdict::Improved if told => state = EvidenceState::Confirmed,
            Verdict::Critical => {}
            _ => {
                state = EvidenceState::Unconfirmed;
                caps.clear();
            }
        }
        if row.verdict != Verdict::Critical {
            row.times_limit = if row.verdict == Verdict::Warning { row.times_limit } else { 0.0 };
        }

        let unsettled = row.verdict == Verdict::Inconclusive
            || (row.verdict == Verdict::Critical && state != EvidenceState::Confirmed);
        let fewest = self.n.0.into_iter().chain(self.n.1).min();
        let settle = match (spread, self.method) {
            _ if !unsettled => None,
            (_, Method::TooFew { needed, .. }) => Some(hint::Settle::Requests(needed)),
            (Some(spread), _) if told => {
                let runs = self.method == Method::Repeats;
                hint::settle(spread, self.sign, limit, self.floor, tail, fewest.unwrap_or(0), runs)
            }
            _ => Some(hint::Settle::Samples),
        };

        let scale = Scale::of(&row.metric);
        let shown = |worse: f64| scale.shown(self.sign * worse);
        let level = match (p, adjusted) {
            (Some(p), Some(a)) if p > 0.0 && a > 0.0 => tail * (p / a).min(1.0),
            _ => tail / family.max(1) as f64,
        };
        let confirmed_below = spread.filter(|_| told && self.fail.is_some()).and_then(|spread| {
            let theta = self.theta.filter(|theta| *theta > self.floor)?;
            let half = theta - towards(spread.bounds(level), self.sign).0?;
            (half + self.floor < theta).then(|| shown(theta - libm::hypot(half, self.floor)))
        });
        row.evidence = Some(Box::new(Evidence {
            method: self.method,
            confidence_pct: (1.0 - 2.0 * tail) * 100.0,
            interval: Bounds {
                lower: self.bounds.lower.map(|l| scale.shown(l)),
                upper: self.bounds.upper.map(|u| scale.shown(u)),
            },
            limit: self.fail.map(shown),
            floor: self.floor_pct,
            noise: self.noise,
            n: self.n,
            p,
            adjusted_p: adjusted,
            family,
            state,
            caps,
            alone,
            direction,
            passes_from: upper.filter(|_| told && self.fail.is_some()).zip(self.theta).and_then(|(upper, theta)| {
                let from = if upper <= self.floor { theta } else { upper };
                (from > 0.0).then(|| shown(from))
            }),
            critical_below: self.theta.filter(|t| *t > 0.0 && self.fail.is_some()).map(shown),
            confirmed_below,
            settle,
        }));
    }

    /// Whether the figures themselves are better by more than the noise between two runs.
    fn beyond_noise(&self, row: &Row) -> bool {
        let scale = Scale::of(&row.metric);
        let change = row.baseline.number.zip(row.run.number).and_then(|(b, r)| scale.between(b, r));
        // From or to 0 there is no ratio: that is beyond any noise.
        change.is_none_or(|change| -self.sign * change > scale.floor(-self.sign, self.floor_pct))
    }

    /// What keeps the row from being confirmed.
    fn caps(&self, row: &Row, comparable: bool, tail: f64) -> Vec<Cap> {
        let mut caps = Vec::new();
        let Some(sides) = row.sides.as_deref() else { return caps };
        let both = [&sides.baseline, &sides.run];
        let any = |is: fn(&Side) -> bool| both.iter().any(|side| side.as_ref().is_some_and(is));
        let margin = self.worse.map_or(0.0, |(_, a)| a.margin);
        for (holds, cap) in [
            (any(|s| matches!(&s.error, Error::Runs(runs) if runs.len() == 2)), Cap::TwoRuns),
            (any(|s| s.dependent), Cap::Dependent),
            (sides.spread.as_ref().is_some_and(|s| s.lopsided(self.n, self.sign, margin, tail)), Cap::Lopsided),
            (any(|s| s.short), Cap::Short),
            (!comparable, Cap::NotComparable),
        ] {
            if holds {
                caps.push(cap);
            }
        }
        caps
    }

    /// Whether a change that a limit forbids is smaller than what the tool may have rounded away.
    fn below_resolution(&self, row: &Row) -> bool {
        let forbidden = row.verdict == Verdict::Warning
            || (row.verdict == Verdict::Critical && row.reason == Reason::Judged(policy::Reason::Exceeded));
        let halves = |sides: &Sides| {
            let half = |side: &Option<Side>| side.as_ref().map(|s| s.half_width).filter(|h| *h > 0.0);
            Some(half(&sides.baseline)? + half(&sides.run)?)
        };
        let change = row.change.map(|c| c.abs.abs());
        let widths = row.sides.as_deref().and_then(halves);
        forbidden && change.zip(widths).is_some_and(|(change, widths)| change <= widths)
    }
}

/// The margin that a change has to clear, with the noise between runs: the limit and the floor, and so much more that
/// the noise, added to the error within the runs as independent errors add (square and add, Zou & Donner 2008), leaves
/// the limit behind: θ − √((θ − L)² + floor²) > limit. Infinite where the change lies within the noise beyond the limit.
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

/// How changes of a metric are measured.
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

    /// From one figure, in the metric's unit, to another.
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

    /// A noise floor in percent as a margin in the direction of `sign`; error rates have none.
    fn floor(self, sign: f64, pct: f64) -> f64 {
        match self {
            Self::Ratio if sign > 0.0 => libm::log1p(pct / 100.0),
            Self::Ratio => -libm::log1p(-(pct / 100.0).min(0.99)),
            Self::Points => 0.0,
        }
    }
}

/// The noise floor of a row, in percent, and where it comes from.
fn noise(subject: &Subject, row: &Row, sides: Option<&Sides>, policy: &Policy) -> (f64, NoiseFrom) {
    if !matches!(row.metric, Metric::Latency(_) | Metric::Mean | Metric::Rps) {
        return (0.0, NoiseFrom::None);
    }
    let both = sides.map(|s| [s.baseline.as_ref(), s.run.as_ref()]).unwrap_or_default();
    let runs = |side: &Option<&Side>| match side.map(|s| &s.error) {
        Some(Error::Runs(runs)) => runs.len(),
        _ => 1,
    };
    if both.iter().all(|side| runs(side) >= 3) {
        return (0.0, NoiseFrom::Repeats);
    }
    let assumed = both.iter().any(|side| side.is_none_or(|s| s.assumed));
    let known = subject.baseline.as_ref().and_then(|e| e.sureness.noise_pct.get(&row.metric));
    match (policy.compare.noise, known) {
        (Noise::None, _) => (0.0, NoiseFrom::None),
        (Noise::Percent(pct), _) => (if assumed { 2.0 * pct } else { pct }, NoiseFrom::Policy),
        (Noise::Auto, Some(pct)) => (if assumed { 2.0 * pct } else { *pct }, NoiseFrom::History),
        (Noise::Auto, None) if assumed => (2.0 * STATED_NOISE_PCT, NoiseFrom::Doubled),
        (Noise::Auto, None) => (STATED_NOISE_PCT, NoiseFrom::Stated),
    }
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
    match (&sides.spread, sides.baseline.as_ref().map(|s| &s.error), sides.run.as_ref().map(|s| &s.error)) {
        (None, ..) => Method::None,
        (Some(Spread::Shares { .. }), ..) => Method::Newcombe,
        (Some(Spread::Poisson(..)), ..) => Method::Poisson,
        (_, Some(Error::Runs(_)), Some(Error::Runs(_))) => Method::Repeats,
        (_, Some(Error::Batches(_)), Some(Error::Batches(_))) => Method::Batches,
        (_, Some(Error::Order(_)), Some(Error::Order(_))) => Method::OrderStatistics,
        (_, Some(Error::Table(_)), Some(Error::Table(_))) => Method::Table,
        _ => Method::Mixed,
    }
}

/// How much is behind each side: runs where there are several, else requests.
fn runs_or_requests(sides: Option<&Sides>) -> (Option<u64>, Option<u64>) {
    let n = |side: Option<&Side>| match side.map(|s| &s.error) {
        Some(Error::Runs(runs)) => Some(runs.len() as u64),
        _ => side.and_then(|s| s.requests),
    };
    sides.map_or((None, None), |s| (n(s.baseline.as_ref()), n(s.run.as_ref())))
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
        // A bound of 0 has no logarithm: everything lies above it.
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
