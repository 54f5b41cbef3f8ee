//! Stages of a progressive load, at equal numbers of users: how each level changed, and to how many users each run holds.
//!
//! These figures are shown beside the verdict and do not change it.

use crate::policy::Policy;
use crate::run::stages::{Stage, stages};
use crate::run::{Metric, Percentile, Run};
use crate::stats::proportion::Proportion;
use crate::stats::usl::{self, Load, Usl};
use crate::stats::welch::Estimate;
use crate::stats::{Bounds, Interval};

/// The error of one bound of every interval here: 95 %.
const TAIL: f64 = 0.025;

/// Limit of the error rate in percent, unless the thresholds have a `max`.
const MAX_ERROR_PCT: f64 = 1.0;

/// Limit of the mean response time as a multiple of the lightest load's, unless the thresholds have a `max`. For M/M/1,
/// throughput ÷ response time is largest where the response time is twice that without load (Kleinrock 1979).
const MAX_TIMES: f64 = 2.0;

/// The stages of two runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Stages {
    /// Every level, by users; a level that a run visits twice is there twice.
    pub levels: Vec<Level>,
    /// The baseline.
    pub baseline: StagedRun,
    /// The run.
    pub run: StagedRun,
    /// What a level must keep to hold.
    pub limits: Limits,
}

/// One number of users.
#[derive(Debug, Clone, PartialEq)]
pub struct Level {
    /// The number of users.
    pub users: u64,
    /// The baseline's stage.
    pub baseline: Option<Stage>,
    /// The run's stage.
    pub run: Option<Stage>,
    /// Change of the successful requests per second in percent.
    pub per_s: Option<Shift>,
    /// Change of the mean response time in percent.
    pub mean: Option<Shift>,
    /// Change of the 95th percentile in percent, without an interval.
    pub p95: Option<Shift>,
}

/// A change in percent with its 95 % interval, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shift {
    /// The change.
    pub pct: f64,
    /// Its interval.
    pub between: Option<Interval>,
}

/// One run by stages.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StagedRun {
    /// Number of stages.
    pub stages: usize,
    /// Requests outside of every stage.
    pub outside: u64,
    /// Requests of the whole timeline.
    pub requests: u64,
    /// The scalability law, with at least four levels.
    pub curve: Option<Curve>,
    /// To how many users it holds.
    pub held: Held,
}

/// The Universal Scalability Law of one run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Curve {
    /// The law.
    pub law: Usl,
    /// The number of users with the largest throughput, if it falls at all.
    pub knee: Option<f64>,
    /// Its 95 % interval.
    pub knee_between: Bounds,
    /// Whether the knee is above the highest level: it is extrapolated.
    pub is_beyond: bool,
}

/// The highest level at which this and every lower one keep the limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Held {
    /// By the measured figures; `None` if not even the lowest level does, or there is no level.
    pub users: Option<u64>,
    /// With figures at the worse ends of their 95 % intervals.
    pub surely: Option<u64>,
    /// The lowest level that does not keep them with figures at the better ends; `None` if there is none.
    pub not: Option<u64>,
    /// The lowest and the highest level.
    pub levels: Option<(u64, u64)>,
}

/// What a level must keep.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Maximum failed requests in percent.
    pub error_pct: f64,
    /// Whether that is from the thresholds.
    pub error_by_rule: bool,
    /// Maximum mean response time.
    pub mean_ms: Option<f64>,
    /// Without a limit in the thresholds: the level whose mean is doubled.
    pub mean_from: Option<u64>,
    /// Maximum 95th percentile, from the thresholds.
    pub p95_ms: Option<f64>,
    /// Whether some level's 95th percentile is unknown, so that its limit was not checked there.
    pub p95_unknown: bool,
}

impl Stages {
    /// The stages of two runs; `None` if neither has two levels, or none of their users are a load setting.
    pub(super) fn of(baseline: &Run, run: &Run, policy: &Policy) -> Option<Self> {
        let ((before, b_side), (after, r_side)) = (staged(baseline), staged(run));
        if before.len() < 2 && after.len() < 2 {
            return None;
        }
        let mut levels = matched(before, after);
        crate::order::sort_by_key(&mut levels, |level| level.users);
        let limits = Limits {
            error_pct: MAX_ERROR_PCT,
            error_by_rule: false,
            mean_ms: None,
            mean_from: None,
            p95_ms: None,
            p95_unknown: false,
        };
        let mut all = Self { levels, baseline: b_side, run: r_side, limits };
        all.judge(policy);
        Some(all)
    }

    /// Applies the limits of a policy.
    pub(super) fn judge(&mut self, policy: &Policy) {
        self.limits = Limits::of(&self.levels, policy);
        let held = |of: fn(&Level) -> Option<&Stage>| {
            let stages: Vec<&Stage> = self.levels.iter().filter_map(of).collect();
            Held::of(&stages, &self.limits)
        };
        let (before, after) = (held(|level| level.baseline.as_ref()), held(|level| level.run.as_ref()));
        (self.baseline.held, self.run.held) = (before, after);
    }
}

fn staged(run: &Run) -> (Vec<Stage>, StagedRun) {
    let timeline = run.timeline.as_ref().or_else(|| run.total.as_ref()?.timeline.as_ref());
    let Some(timeline) = timeline.filter(|_| !run.users_follow) else { return Default::default() };
    let found = stages(timeline);
    let side = StagedRun {
        stages: found.stages.len(),
        outside: found.outside,
        requests: timeline.requests(),
        curve: curve(&found.stages),
        held: Held::default(),
    };
    (found.stages, side)
}

fn curve(stages: &[Stage]) -> Option<Curve> {
    let load = |stage: &Stage| {
        let rates: Vec<f64> = stage.batches.iter().map(|batch| batch.per_s).collect();
        let standard_error = Estimate::around(stage.per_s(), &rates).map_or(0.0, |e| e.standard_error);
        Load { users: stage.users as f64, per_s: stage.per_s(), standard_error }
    };
    let loads: Vec<Load> = stages.iter().map(load).collect();
    let law = usl::fit(&loads)?;
    let knee = law.knee();
    let most = loads.iter().map(|load| load.users).fold(0.0, f64::max);
    let is_beyond = knee.is_some_and(|knee| knee > most);
    Some(Curve { law, knee, knee_between: usl::knee_bounds(&loads, &law), is_beyond })
}

/// Pairs stages of the same number of users, in order of time where a run has several.
fn matched(baseline: Vec<Stage>, run: Vec<Stage>) -> Vec<Level> {
    let mut left: Vec<Option<Stage>> = run.into_iter().map(Some).collect();
    let mut levels: Vec<Level> = baseline
        .into_iter()
        .map(|stage| {
            let same =
                |other: &&mut Option<Stage>| other.as_ref().is_some_and(|other| is_same(other.users, stage.users));
            let partner = left.iter_mut().find(same).and_then(Option::take);
            Level::of(Some(stage), partner)
        })
        .collect();
    levels.extend(left.into_iter().flatten().map(|stage| Level::of(None, Some(stage))));
    levels
}

/// Within 2 %: threads that are replaced, or that did not start.
fn is_same(a: u64, b: u64) -> bool {
    a.abs_diff(b) <= a.max(b) / 50
}

impl Level {
    fn of(baseline: Option<Stage>, run: Option<Stage>) -> Self {
        let both = baseline.as_ref().zip(run.as_ref());
        let (per_s, mean, p95) = match both {
            Some((b, r)) => {
                let rates = |s: &Stage| s.batches.iter().map(|batch| Some(batch.per_s)).collect::<Option<Vec<f64>>>();
                let means = |s: &Stage| s.batches.iter().map(|batch| batch.mean_ms).collect::<Option<Vec<f64>>>();
                (
                    Shift::of(Some(b.per_s()), Some(r.per_s()), rates(b).zip(rates(r))),
                    Shift::of(b.mean_ms, r.mean_ms, means(b).zip(means(r))),
                    comparable_p95(b, r).and_then(|(b, r)| Shift::of(Some(b), Some(r), None)),
                )
            }
            None => (None, None, None),
        };
        let users = baseline.as_ref().or(run.as_ref()).map_or(0, |stage| stage.users);
        Self { users, baseline, run, per_s, mean, p95 }
    }
}

/// 95th percentiles of the same kind: a sliding window's median is not a percentile of all requests.
fn comparable_p95(b: &Stage, r: &Stage) -> Option<(f64, f64)> {
    let (b, r) = (b.percentiles?, r.percentiles?);
    if b.windows == r.windows { b.p95_ms.zip(r.p95_ms) } else { None }
}

impl Shift {
    /// Of two figures, and their batches: Welch's interval of the difference of logarithms.
    fn of(baseline: Option<f64>, run: Option<f64>, batches: Option<(Vec<f64>, Vec<f64>)>) -> Option<Self> {
        let (b, r) = (baseline?, run?);
        if !(b > 0.0 && r > 0.0) {
            return None;
        }
        let log = |figure: f64, batches: &[f64]| {
            let logs: Option<Vec<f64>> = batches.iter().map(|v| (*v > 0.0).then(|| libm::log(*v))).collect();
            Estimate::around(libm::log(figure), &logs?)
        };
        let pct = |log: f64| libm::expm1(log) * 100.0;
        let between = batches.and_then(|(before, after)| {
            let interval = log(r, &after)?.minus(&log(b, &before)?)?.interval(TAIL)?;
            Interval::new(pct(interval.lower), pct(interval.upper))
        });
        Some(Self { pct: (r / b - 1.0) * 100.0, between }).filter(|shift| shift.pct.is_finite())
    }
}

impl Limits {
    fn of(levels: &[Level], policy: &Policy) -> Self {
        let max = |metric: Metric| {
            let names = [Some(metric.to_string()), metric.alias().map(str::to_owned)];
            let found = names.into_iter().flatten().find_map(|name| policy.rule_for(None, None, "Total", &name));
            Some(found?.max.as_ref()?.value)
        };
        let error = max(Metric::ErrorRate);
        let (mean_ms, p95_ms) = (max(Metric::Mean), max(Metric::Latency(Percentile::P95)));
        // The lightest load of the baseline, at best one that both have.
        let of_both = levels.iter().filter(|level| level.baseline.is_some() && level.run.is_some());
        let candidates = of_both.chain(levels.iter().filter(|level| level.baseline.is_some())).chain(levels);
        let lightest = candidates.filter_map(|level| {
            let stage = level.baseline.as_ref().or(level.run.as_ref())?;
            Some((stage.users, stage.mean_ms?))
        });
        let doubled = if mean_ms.is_none() && p95_ms.is_none() { lightest.into_iter().next() } else { None };
        let stages = || levels.iter().flat_map(|level| level.baseline.iter().chain(&level.run));
        let unknown = |stage: &Stage| stage.percentiles.and_then(|p| p.p95_ms).is_none();
        Self {
            error_pct: error.unwrap_or(MAX_ERROR_PCT),
            error_by_rule: error.is_some(),
            mean_ms: mean_ms.or(doubled.map(|(_, mean)| mean * MAX_TIMES)),
            mean_from: doubled.map(|(users, _)| users),
            p95_ms,
            p95_unknown: p95_ms.is_some() && stages().any(unknown),
        }
    }

    /// Whether a stage keeps the limits: by its figures, with the worse and with the better ends of their intervals.
    fn kept_by(&self, stage: &Stage) -> (bool, bool, bool) {
        let means: Vec<f64> = stage.batches.iter().filter_map(|batch| batch.mean_ms).collect();
        let mean_between = stage
            .mean_ms
            .and_then(|mean| Estimate::around(mean, &means)?.interval(TAIL))
            .map(|interval| (interval.lower, interval.upper));
        let errors = Proportion::new(stage.failures, stage.requests).and_then(|share| share.wilson(TAIL));
        let errors = errors.map(|interval| (interval.lower * 100.0, interval.upper * 100.0));
        let percentiles = stage.percentiles.as_ref();
        let checks = [
            (stage.error_pct(), errors, Some(self.error_pct)),
            (stage.mean_ms, mean_between, self.mean_ms),
            (percentiles.and_then(|p| p.p95_ms), percentiles.and_then(|p| p.p95_between), self.p95_ms),
        ];
        let mut kept = (true, true, true);
        for (figure, between, limit) in checks {
            let (Some(figure), Some(limit)) = (figure, limit) else { continue };
            let (lower, upper) = between.unwrap_or((figure, figure));
            kept.0 &= figure <= limit;
            kept.1 &= upper <= limit;
            kept.2 &= lower <= limit;
        }
        kept
    }
}

impl Held {
    /// Of stages by users.
    fn of(stages: &[&Stage], limits: &Limits) -> Self {
        let mut held =
            Self { levels: stages.first().zip(stages.last()).map(|(a, b)| (a.users, b.users)), ..Self::default() };
        let (mut by_figures, mut surely) = (true, true);
        for level in stages.chunk_by(|a, b| a.users == b.users) {
            let Some(users) = level.first().map(|stage| stage.users) else { continue };
            let kept: Vec<_> = level.iter().map(|stage| limits.kept_by(stage)).collect();
            by_figures &= kept.iter().all(|kept| kept.0);
            surely &= kept.iter().all(|kept| kept.1);
            held.users = if by_figures { Some(users) } else { held.users };
            held.surely = if surely { Some(users) } else { held.surely };
            if held.not.is_none() && !kept.iter().all(|kept| kept.2) {
                held.not = Some(users);
            }
        }
        held
    }
}
