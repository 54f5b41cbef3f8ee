//! The precision of a pair's figures, for links and reports.

use super::pair::Precisions;
use super::side::{Side, portable};
use crate::compare::Scope;
use crate::policy::Policy;
use crate::run::{Endpoint, Judged, Metric, Percentile, Precision, Run, Sureness};

/// Precision of the figures of a pair, for links, which omit samples and time series.
pub(crate) struct Portable {
    precisions: Precisions,
}

/// The transferred precision of the baseline's and the run's endpoint.
pub(crate) type Travelling = (Sureness, Sureness);

impl Portable {
    pub fn of(baseline: &Run, run: &Run, policy: &Policy) -> Self {
        Self { precisions: Precisions::of(baseline, run, &policy.compare.warmup) }
    }

    /// Metrics whose figures may be judged by evidence.
    pub fn metrics(policy: &Policy) -> Vec<Metric> {
        let usual = [Percentile::P50, Percentile::P95, Percentile::P99].map(Metric::Latency);
        let ruled = policy.rules.iter().map(|rule| Metric::parse(&rule.metric));
        let ruled = ruled.filter(|m| matches!(m, Metric::Latency(_)));
        let mut metrics: Vec<Metric> =
            usual.into_iter().chain([Metric::Mean, Metric::ErrorRate, Metric::Rps]).chain(ruled).collect();
        crate::order::sort(&mut metrics);
        metrics.dedup();
        metrics
    }

    /// The compact form of a subject's errors.
    pub fn sureness(
        &self,
        scope: Scope,
        (baseline, run): (Option<&Endpoint>, Option<&Endpoint>),
        metrics: &[Metric],
    ) -> Travelling {
        let pair = self.precisions.pair(scope, baseline, run);
        let mut found = Travelling::default();
        let noise = |e: Option<&Endpoint>| e.map(|e| e.sureness.noise_pct.clone()).unwrap_or_default();
        (found.0.noise_pct, found.1.noise_pct) = (noise(baseline), noise(run));
        for metric in metrics {
            let value = |e: Option<&Endpoint>| {
                e.map(|e| e.value(metric)).unwrap_or_else(|| crate::run::Value::absent(crate::run::Absent::NoEndpoint))
            };
            let (was, is) = (value(baseline), value(run));
            let both = baseline.is_some() && run.is_some() && was.number.is_some() && is.number.is_some();
            let sides = pair.sides(metric, &was, &is).map(|sides| *sides).unwrap_or_default();
            let travels = |side: &Option<Side>| -> Option<Precision> { portable(side.as_ref()?) };
            found.0.precision.extend(travels(&sides.baseline).map(|p| (metric.clone(), p)));
            found.1.precision.extend(travels(&sides.run).map(|p| (metric.clone(), p)));
            // Unknown errors are stated explicitly, so that they are not derived from the remaining data.
            let mut present = [&sides.baseline, &sides.run].into_iter().flatten();
            let unknown = both
                && (sides.baseline.is_none() || sides.run.is_none())
                && present.all(|side| portable(side).is_some());
            if unknown || sides.judged != Judged::default() {
                found.1.judged.insert(metric.clone(), sides.judged);
            }
        }
        found
    }
}
