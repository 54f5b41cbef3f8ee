//! Details of one subject, computed when its row is opened, without effect on verdicts.

use super::{Precisions, Spread};
use crate::compare::{Comparison, Scope, Subject};
use crate::run::{Distribution, Endpoint, Metric, Percentile};
use crate::stats::ks::{KolmogorovSmirnov, kolmogorov_smirnov};
use crate::stats::proportion::{Fisher, Proportion, fisher};
use crate::stats::rank::{BrunnerMunzel, CliffsDelta, Shift, brunner_munzel, cliffs_delta, hodges_lehmann};
use crate::stats::{Bounds, Weighted};

/// Percentiles at which two sets of samples are compared, in thousandths of a percent.
const GRID: [u32; 20] = [
    5_000, 10_000, 20_000, 30_000, 40_000, 50_000, 60_000, 70_000, 75_000, 80_000, 85_000, 90_000, 93_000, 95_000,
    97_000, 98_000, 99_000, 99_500, 99_900, 99_990,
];

/// Details of one subject.
#[derive(Debug, Clone, PartialEq)]
pub struct Exploration {
    /// The change at every percentile that both sides have, ascending.
    pub shift: Vec<Shifted>,
    /// Comparison of the response times as a whole, if both sides have samples.
    pub samples: Option<Samples>,
    /// Whether failures differ in frequency, independent of any limit: Fisher's exact test.
    pub failures: Option<Fisher>,
}

/// The change of one percentile.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shifted {
    /// The percentile.
    pub percentile: Percentile,
    /// The baseline's, in milliseconds.
    pub baseline_ms: f64,
    /// The run's, in milliseconds.
    pub run_ms: f64,
    /// The interval of the change in percent, at the policy's confidence, for this percentile alone.
    pub interval: Bounds,
    /// Requests above this percentile on the smaller side; `None` if unknown.
    pub above: Option<f64>,
}

impl Shifted {
    /// The change in percent; `None` from 0.
    #[must_use]
    pub fn change_pct(&self) -> Option<f64> {
        crate::compare::Change::between(self.baseline_ms, self.run_ms).pct.filter(|pct| pct.is_finite())
    }
}

/// Comparison of two sets of response times as a whole. Assumes independent requests, so with many of them every p is
/// tiny: effect sizes are what matters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Samples {
    /// Response times in the baseline and in the run.
    pub n: (u64, u64),
    /// Typical slowdown of a request of the run in milliseconds.
    pub shift_ms: Option<Shift>,
    /// Probability that a request of the run is slower than one of the baseline, minus the probability that it is
    /// faster.
    pub delta: Option<CliffsDelta>,
    /// Whether requests of the run tend to be slower.
    pub tendency: Option<BrunnerMunzel>,
    /// Whether the distributions differ anywhere.
    pub shape: Option<KolmogorovSmirnov>,
}

/// Explores one subject. Linear in the distinct response times of both sides.
#[must_use]
pub fn explore(comparison: &Comparison, subject: &Subject) -> Exploration {
    let tail = (1.0 - comparison.policy.compare.confidence) / 2.0;
    let both = subject.baseline.as_ref().zip(subject.run.as_ref());
    Exploration {
        shift: both.map(|both| shift(comparison, subject.scope, both, tail)).unwrap_or_default(),
        samples: both.and_then(|(b, r)| samples(b, r, tail)),
        failures: both.and_then(|(b, r)| fisher(share(b)?, share(r)?)),
    }
}

fn share(endpoint: &Endpoint) -> Option<Proportion> {
    Proportion::new(endpoint.failures?, endpoint.requests?)
}

fn shift(comparison: &Comparison, scope: Scope, (baseline, run): (&Endpoint, &Endpoint), tail: f64) -> Vec<Shifted> {
    let precisions = Precisions::of(&comparison.baseline, &comparison.run, &comparison.policy.compare.warmup);
    let pair = precisions.pair(scope, Some(baseline), Some(run));
    let requests = |e: &Endpoint| e.latency.timed.or(e.requests);
    let fewest = requests(baseline).zip(requests(run)).map(|(b, r)| b.min(r) as f64);
    let one = |percentile: Percentile| {
        let metric = Metric::Latency(percentile);
        let (was, is) = (baseline.value(&metric), run.value(&metric));
        let (baseline_ms, run_ms) = (was.number?, is.number?);
        let spread = pair.sides(&metric, &was, &is).and_then(|s| s.spread);
        let bounds = spread.as_ref().map(|s: &Spread| s.bounds(tail)).unwrap_or_default();
        let shown = |log: f64| libm::expm1(log) * 100.0;
        let interval = Bounds::new(bounds.lower.map(shown), bounds.upper.map(shown));
        Some(Shifted {
            percentile,
            baseline_ms,
            run_ms,
            interval,
            above: fewest.map(|n| n * (1.0 - percentile.share())),
        })
    };
    explored(baseline, run).into_iter().filter_map(one).collect()
}

/// The percentiles at which two endpoints are explored.
pub(crate) fn explored(baseline: &Endpoint, run: &Endpoint) -> Vec<Percentile> {
    let counted = |e: &Endpoint| matches!(e.latency.distribution, Distribution::Samples(_) | Distribution::Buckets(_));
    if counted(baseline) && counted(run) {
        return GRID.map(Percentile).to_vec();
    }
    let points = baseline.latency.distribution.points_ms().into_iter();
    points.map(|(p, _)| p).filter(|p| *p < Percentile::P100).collect()
}

fn samples(baseline: &Endpoint, run: &Endpoint, tail: f64) -> Option<Samples> {
    let (b, r) = (weighted(baseline)?, weighted(run)?);
    if b.total() == 0 || r.total() == 0 {
        return None;
    }
    Some(Samples {
        n: (b.total(), r.total()),
        shift_ms: hodges_lehmann(&b, &r, tail),
        delta: cliffs_delta(&b, &r),
        tendency: brunner_munzel(&b, &r),
        shape: kolmogorov_smirnov(&b, &r),
    })
}

/// The response times in milliseconds.
fn weighted(endpoint: &Endpoint) -> Option<Weighted> {
    match &endpoint.latency.distribution {
        Distribution::Samples(histogram) => Weighted::new(histogram.iter().map(|(ns, n)| (ns as f64 / 1e6, n))),
        Distribution::Buckets(buckets) => {
            Weighted::new(buckets.counts_by_us.iter().map(|(us, n)| (*us as f64 / 1e3, *n)))
        }
        _ => None,
    }
}
