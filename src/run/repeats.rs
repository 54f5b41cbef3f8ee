//! Merges several runs of the same test into one typical run, and derives the noise between runs from earlier ones.
//!
//! Parts of one run add ([`merge`](super::merge)). Repeats do not: the run is the unit, and its figures vary (Kalibera
//! & Jones 2013; Georges et al. 2007). A typical run has the geometric mean of the runs' response times and rates, the
//! sums of their counts, and every run's own figure ([`Precision::Runs`]).

use std::collections::BTreeMap;

use super::merge::fold_failures;
use super::{
    Distribution, Endpoint, Latency, Metric, Note, NoteLevel, Percentile, PercentileTable, Precision, Rounding, Run,
    Sureness, Words, significant,
};
use crate::stats::history::noise_floor;

/// Percentiles of a typical run, in thousandths of a percent, in addition to those that all runs print.
const PERCENTILES: [u32; 8] = [50_000, 75_000, 90_000, 95_000, 98_000, 99_000, 99_900, 99_990];

/// Digits kept of a run's figure: more than any tool prints.
const DIGITS: usize = 7;

const REPEATS: Words = Words {
    code: "repeats",
    level: NoteLevel::Info,
    text: "Combined {0} runs of the same test. Figures are geometric means, counts are sums.",
};

/// Minimum earlier runs for a noise floor.
pub const FEWEST_EARLIER: usize = 5;

/// The typical run of several. A single run is returned unchanged; `None` without runs.
#[must_use]
pub fn typical(mut runs: Vec<Run>) -> Option<Run> {
    if runs.len() < 2 {
        return runs.pop();
    }
    let same = |f: fn(&Run) -> Option<u64>| {
        let first = runs.first().and_then(f);
        first.filter(|_| runs.iter().all(|run| f(run) == first))
    };
    let users = same(|run| run.users);
    let durations: Option<Vec<f64>> = runs.iter().map(|run| run.duration_s).collect();
    let duration_s = durations.map(|d| d.iter().sum::<f64>() / d.len() as f64).filter(|d| d.is_finite());
    let started_ms = runs.iter().filter_map(|run| run.started_ms).min();
    let totals: Option<Vec<&Endpoint>> = runs.iter().map(|run| run.total.as_ref()).collect();
    let total = totals.map(|totals| typical_endpoint(&totals));
    let mut by_key: BTreeMap<(String, Option<String>), Vec<&Endpoint>> = BTreeMap::new();
    for endpoint in runs.iter().flat_map(|run| &run.endpoints) {
        by_key.entry((endpoint.name.clone(), endpoint.method.clone())).or_default().push(endpoint);
    }
    let endpoints: Vec<Endpoint> = by_key.values().map(|same| typical_endpoint(same)).collect();
    let mut rows = runs.iter().map(|run| run.rows).reduce(super::RowAccount::plus).unwrap_or_default();
    let merged = rows.endpoints.saturating_sub(endpoints.len() as u64);
    rows.endpoints = rows.endpoints.saturating_sub(merged);
    rows.merged = rows.merged.saturating_add(merged);
    let count = runs.len() as u64;
    let first = runs.first()?;
    let mut made = Run {
        label: first.label.clone(),
        source: first.source.clone(),
        started_ms,
        duration_s,
        users,
        users_follow: runs.iter().any(|run| run.users_follow),
        left_out_s: first.left_out_s,
        endpoints: endpoints.into(),
        total,
        timeline: None,
        failures: Vec::new(),
        exceptions: Vec::new(),
        notes: vec![Note::on_run(&REPEATS, [count.into()])],
        rows,
    };
    for run in runs.iter().skip(1) {
        made.source.files.extend(run.source.files.iter().cloned());
        if made.source.version != run.source.version {
            made.source.version = None;
        }
    }
    for run in runs {
        made.failures.extend(run.failures);
        made.exceptions.extend(run.exceptions);
        for note in run.notes {
            if !made.notes.contains(&note) {
                made.notes.push(note);
            }
        }
    }
    fold_failures(&mut made.failures);
    Some(made)
}

/// The same endpoint of several runs.
fn typical_endpoint(runs: &[&Endpoint]) -> Endpoint {
    let sum = |f: fn(&Endpoint) -> Option<u64>| runs.iter().map(|e| f(e)).try_fold(0_u64, |sum, n| sum.checked_add(n?));
    let extreme = |f: fn(&Endpoint) -> Option<f64>, pick: fn(f64, f64) -> f64| {
        let all: Option<Vec<f64>> = runs.iter().map(|e| f(e)).collect();
        all.and_then(|all| all.into_iter().reduce(pick))
    };
    let mut sureness = Sureness::default();
    let mut figure = |metric: Metric| {
        let values: Option<Vec<f64>> =
            runs.iter().map(|e| e.value(&metric).number.map(|v| significant(v, DIGITS))).collect();
        let values = values?;
        let typical = geometric_mean(&values);
        if values.len() > 1 {
            sureness.precision.insert(metric, Precision::Runs(values));
        }
        typical
    };
    let printed = runs.iter().flat_map(|e| match &e.latency.distribution {
        Distribution::Table(table) => table.values_ms.keys().copied().collect(),
        _ => Vec::new(),
    });
    let percentiles = crate::order::set(PERCENTILES.into_iter().map(Percentile).chain(printed));
    let values_ms = crate::order::map(
        percentiles.into_iter().filter_map(|p| Some((p, figure(Metric::Latency(p))?))).collect::<Vec<_>>(),
    );
    let mean_ms = figure(Metric::Mean);
    let rate_per_s = figure(Metric::Rps);
    let _ = figure(Metric::ErrorRate);
    let distribution = if values_ms.is_empty() {
        Distribution::Unknown
    } else {
        Distribution::Table(PercentileTable { values_ms, rounding: Rounding::None })
    };
    let first = runs.first();
    Endpoint {
        method: first.and_then(|e| e.method.clone()),
        name: first.map(|e| e.name.clone()).unwrap_or_default(),
        service: first.and_then(|e| e.service.clone()),
        requests: sum(|e| e.requests),
        failures: sum(|e| e.failures),
        latency: Latency {
            mean_ms,
            sum_ns: None,
            min_ms: extreme(|e| e.latency.min_ms, f64::min),
            max_ms: extreme(|e| e.latency.max_ms, f64::max),
            timed: sum(|e| e.latency.timed),
            distribution,
        },
        rate_per_s,
        sureness,
        ..Endpoint::default()
    }
}

/// exp of the mean logarithm. If a figure is 0, the arithmetic mean.
fn geometric_mean(values: &[f64]) -> Option<f64> {
    let n = values.len() as f64;
    let mean = if values.iter().all(|v| *v > 0.0) {
        libm::exp(values.iter().map(|v| libm::log(*v)).sum::<f64>() / n)
    } else {
        values.iter().sum::<f64>() / n
    };
    mean.is_finite().then(|| significant(mean, DIGITS))
}

/// Stores the noise of earlier runs in the baseline: Q3 + 3·IQR of the changes from one run to the next (statistics.md
/// §4.6). Runs are in order of their start if known, else as given. No effect with fewer than [`FEWEST_EARLIER`] runs.
pub fn note_noise(baseline: &mut Run, mut earlier: Vec<&Run>) {
    if earlier.len() < FEWEST_EARLIER {
        return;
    }
    if earlier.iter().all(|run| run.started_ms.is_some()) {
        crate::order::sort_by_key(&mut earlier, |run| run.started_ms);
    }
    let note = |endpoint: &mut Endpoint, of: &[&Endpoint]| {
        let metrics = [Percentile::P50, Percentile::P90, Percentile::P95, Percentile::P99].map(Metric::Latency);
        for metric in metrics.into_iter().chain([Metric::Mean, Metric::Rps]) {
            let values: Vec<f64> = of.iter().filter_map(|e| e.value(&metric).number).collect();
            if values.len() >= FEWEST_EARLIER
                && let Some(noise) = noise_floor(&values)
            {
                endpoint.sureness.noise_pct.insert(metric, significant(noise.floor * 100.0, 4));
            }
        }
    };
    if let Some(total) = &mut baseline.total {
        let of: Vec<&Endpoint> = earlier.iter().filter_map(|run| run.total.as_ref()).collect();
        note(total, &of);
    }
    for endpoint in &mut baseline.endpoints {
        let of: Vec<&Endpoint> =
            earlier.iter().filter_map(|run| run.endpoint(endpoint.method.as_deref(), &endpoint.name)).collect();
        note(endpoint, &of);
    }
}
