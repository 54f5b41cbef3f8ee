//! What repeats of one program say: how far they differ, how often the limits call that a regression, and which slowdown
//! would be seen.

use loaddiff::compare::{self, Comparison, Gate, Subject, Verdict};
use loaddiff::policy::Policy;
use loaddiff::run::{Endpoint, Metric, Percentile, Run};
use loaddiff::stats::special::student_quantile;
use loaddiff::stats::welch::Estimate;

use super::slowed::slowed;

/// The response times whose noise is told.
pub const METRICS: [Metric; 5] = [
    Metric::Latency(Percentile::P50),
    Metric::Latency(Percentile::P90),
    Metric::Latency(Percentile::P95),
    Metric::Latency(Percentile::P99),
    Metric::Mean,
];

/// The most sensitive ones: a slowdown of all requests is seen by one of these first.
pub const LEADS: [Metric; 2] = [Metric::Latency(Percentile::P50), Metric::Mean];

/// Share of pairs of equal runs whose run is slower by more than the noise.
const BEYOND: f64 = 0.01;

/// Normal quantile of 80 %: a change that much beyond the smallest confirmed one is seen 8 times in 10.
const POWER_Z: f64 = 0.841_621_233_572_914_2;

/// The share of comparisons that see the change.
const POWER: f64 = 0.8;

/// Pairs that are compared: for false alarms, for planted slowdowns, and to find the smallest confirmed change.
const ALARM_PAIRS: usize = 200;
const PLANTED_PAIRS: usize = 60;
const EDGE_PAIRS: usize = 12;

/// The largest planted slowdown, as a logarithm: threefold.
const LARGEST: f64 = 1.098_612_288_668_11;

/// Halvings of that range: to 0.2 %.
const HALVINGS: usize = 9;

/// How far a figure differs between equal runs.
#[derive(Debug, Clone, Copy)]
pub struct Noise {
    /// Standard deviation of a run's figure, as a logarithm.
    pub deviation: f64,
    /// Of 100 pairs of runs, one is slower by more, in percent: Student's t, since few runs tell the deviation badly.
    pub floor_pct: f64,
    /// Largest ÷ smallest, as a change in percent.
    pub range_pct: f64,
    /// Runs that have it.
    pub runs: usize,
}

/// The noise of one subject's metric; `None` with too few figures above 0.
pub fn noise<'r>(of: impl Iterator<Item = &'r Endpoint>, metric: &Metric) -> Option<Noise> {
    let logs: Vec<f64> =
        of.filter_map(|e| e.value(metric).number).filter(|value| *value > 0.0).map(libm::log).collect();
    if logs.len() < super::repeats::FEWEST {
        return None;
    }
    let estimate = Estimate::of_mean(&logs)?;
    let deviation = estimate.standard_error * libm::sqrt(logs.len() as f64);
    let times = student_quantile(BEYOND, estimate.degrees_of_freedom)? * std::f64::consts::SQRT_2;
    let (low, high) = logs.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(*v), h.max(*v)));
    let percent = |log: f64| libm::expm1(log) * 100.0;
    Some(Noise { deviation, floor_pct: percent(times * deviation), range_pct: percent(high - low), runs: logs.len() })
}

/// The requests whose slowdown is planted: all, or the endpoint with most of them.
#[derive(Debug, Clone)]
pub enum Lead {
    Total,
    Endpoint(String, Option<String>),
}

impl Lead {
    pub fn of(runs: &[Run]) -> Option<Self> {
        if runs.iter().all(|run| run.total.is_some()) {
            return Some(Self::Total);
        }
        let in_all = |e: &&Endpoint| runs.iter().all(|run| run.endpoint(e.method.as_deref(), &e.name).is_some());
        let busiest = runs.first()?.endpoints.iter().filter(in_all).max_by_key(|e| e.requests)?;
        Some(Self::Endpoint(busiest.name.clone(), busiest.method.clone()))
    }

    pub fn endpoint<'r>(&self, run: &'r Run) -> Option<&'r Endpoint> {
        match self {
            Self::Total => run.total.as_ref(),
            Self::Endpoint(name, method) => run.endpoint(method.as_deref(), name),
        }
    }

    fn subject<'c>(&self, c: &'c Comparison) -> Option<&'c Subject> {
        match self {
            Self::Total => c.total(),
            Self::Endpoint(name, method) => c.subjects.iter().find(|s| s.name == *name && s.method == *method),
        }
    }

    /// Whether a comparison confirms that it is slower, by this metric.
    fn is_slower(&self, c: &Comparison, metric: &Metric) -> bool {
        let row = self.subject(c).and_then(|subject| subject.row(metric));
        row.is_some_and(|row| matches!(row.verdict, Verdict::Regressed | Verdict::Critical))
    }
}

/// False alarms among pairs of equal runs.
#[derive(Debug, Clone, Copy, Default)]
pub struct Alarms {
    pub pairs: usize,
    /// The gate fails.
    pub failed: usize,
    /// There is no verdict.
    pub no_verdict: usize,
    /// A figure is beyond its limit as measured, whatever the evidence.
    pub beyond: usize,
}

/// The slowdown of all requests that is seen in 80 % of the comparisons, in percent; `None` above 200 %.
#[derive(Debug, Clone, Copy, Default)]
pub struct Seen {
    /// By the noise and the smallest confirmed change.
    pub predicted_pct: Option<f64>,
    /// By slowdowns planted in the runs.
    pub planted_pct: Option<f64>,
}

/// Some pairs of different runs, spread evenly over all in both orders.
fn pairs(n: usize, most: usize) -> Vec<(usize, usize)> {
    let all: Vec<(usize, usize)> = (1..n).flat_map(|lag| (0..n).map(move |a| (a, (a + lag) % n))).collect();
    let step = all.len().div_ceil(most).max(1);
    // A step that divides the number of runs would always take the same ones.
    let step = (step..).find(|step| *step == 1 || !n.is_multiple_of(*step)).unwrap_or(1);
    all.into_iter().step_by(step).take(most).collect()
}

/// Compares pairs of equal runs; with `with_history`, the other runs tell the noise as with `--history`.
pub fn alarms(runs: &[Run], policy: &Policy, with_history: bool) -> Alarms {
    let mut found = Alarms::default();
    for (a, b) in pairs(runs.len(), ALARM_PAIRS) {
        let (Some(base), Some(run)) = (runs.get(a), runs.get(b)) else { continue };
        let others = runs.iter().enumerate().filter(|(at, _)| with_history && *at != a && *at != b);
        let earlier: Vec<Run> = others.map(|(_, run)| run.clone()).collect();
        let Some(c) = compare::compare_sides(vec![base.clone()], vec![run.clone()], &earlier, policy.clone()) else {
            continue;
        };
        found.pairs += 1;
        found.failed += usize::from(c.gate == Gate::Fail);
        found.no_verdict += usize::from(c.gate == Gate::NoVerdict);
        found.beyond += usize::from(c.subjects.iter().flat_map(|s| &s.rows).any(|row| row.beyond));
    }
    found
}

/// The slowdown that would be seen.
pub fn seen(runs: &[Run], lead: &Lead, policy: &Policy) -> Seen {
    let predicted = LEADS.iter().filter_map(|metric| predicted(runs, lead, metric, policy));
    Seen {
        predicted_pct: predicted.reduce(f64::min).map(|log| libm::expm1(log) * 100.0),
        planted_pct: planted(runs, lead, policy).map(|log| libm::expm1(log) * 100.0),
    }
}

/// The smallest confirmed change, and 0.84 standard deviations of the change between two runs beyond it.
fn predicted(runs: &[Run], lead: &Lead, metric: &Metric, policy: &Policy) -> Option<f64> {
    let noise = noise(runs.iter().filter_map(|run| lead.endpoint(run)), metric)?;
    let mut edges: Vec<f64> = pairs(runs.len(), EDGE_PAIRS)
        .into_iter()
        .filter_map(|(a, b)| {
            let (base, run) = (runs.get(a)?, runs.get(b)?);
            let figure = |run: &Run| lead.endpoint(run)?.value(metric).number.filter(|value| *value > 0.0);
            let level = figure(base)? / figure(run)?;
            // Both runs at the same level: only the planted change is left.
            halved(|log| {
                let slow = slowed(run, level * libm::exp(log));
                lead.is_slower(&compare::compare(base.clone(), slow, policy.clone()), metric)
            })
        })
        .collect();
    edges.sort_by(f64::total_cmp);
    let edge = edges.get(edges.len() / 2)?;
    Some(edge + POWER_Z * std::f64::consts::SQRT_2 * noise.deviation)
}

/// The smallest slowdown that is confirmed in 80 % of the pairs.
fn planted(runs: &[Run], lead: &Lead, policy: &Policy) -> Option<f64> {
    let pairs = pairs(runs.len(), PLANTED_PAIRS);
    halved(|log| {
        let factor = libm::exp(log);
        let slow: Vec<Run> = runs.iter().map(|run| slowed(run, factor)).collect();
        // It is decided as soon as enough are confirmed, or cannot be any more.
        let needed = libm::ceil(POWER * pairs.len() as f64) as usize;
        let (mut confirmed, mut missed) = (0, 0);
        for (a, b) in &pairs {
            let (Some(base), Some(run)) = (runs.get(*a), slow.get(*b)) else { continue };
            let c = compare::compare(base.clone(), run.clone(), policy.clone());
            if LEADS.iter().any(|metric| lead.is_slower(&c, metric)) {
                confirmed += 1
            } else {
                missed += 1
            }
            if confirmed >= needed || missed > pairs.len() - needed {
                break;
            }
        }
        confirmed >= needed
    })
}

/// The smallest logarithm at which it holds, by halving; `None` if it does not even hold at the largest.
fn halved(holds: impl Fn(f64) -> bool) -> Option<f64> {
    if !holds(LARGEST) {
        return None;
    }
    let (mut no, mut yes) = (0.0, LARGEST);
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(no, yes);
        if holds(middle) { yes = middle } else { no = middle }
    }
    Some(f64::midpoint(no, yes))
}
