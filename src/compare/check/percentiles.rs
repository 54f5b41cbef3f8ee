//! Quantiles that contradict each other, the mean, or the number of requests.

use std::collections::BTreeSet;

use super::{Check, Thin};
use crate::run::{Distribution, Endpoint, Percentile, PercentileTable, Rounding, Run};

/// Percentiles checked for too few requests: those shown in reports.
const SHOWN: [Percentile; 4] = [Percentile::P50, Percentile::P90, Percentile::P95, Percentile::P99];
/// Maximum relative error after transfer in a link, which keeps three digits of extremes.
const TRAVELLED: f64 = 0.006;
/// Minimum requests for checking the mean against percentiles; below, definitions of a percentile differ by whole
/// samples.
const MEAN_FROM: u64 = 100;
/// Maximum distance of the mean from the range allowed by the percentiles, as a share of itself.
const MEAN_SHARE: f64 = 0.02;

pub(super) fn check(run: &Run, out: &mut Vec<Check>) {
    let rows = || run.endpoints.iter().chain(&run.total);
    let (mut disordered, mut first_disorder) = (0, None);
    let (mut above, mut first_above) = (0, None);
    let (mut outside, mut first_outside) = (0, None);
    let (mut contrary, mut first_contrary) = (0, None);
    for row in rows().filter(|e| e.requests != Some(0)) {
        if let Distribution::Table(table) = &row.latency.distribution {
            let steps = table.values_ms.iter().zip(table.values_ms.iter().skip(1));
            if let Some(((p, x), (q, y))) = steps.into_iter().find(|((_, x), (_, y))| x > y) {
                disordered += 1;
                first_disorder.get_or_insert((row.shown(), (*p, *x), (*q, *y)));
            }
            if let Some(max) = row.latency.max_ms {
                let limit = max * (1.0 + TRAVELLED) + unit(max);
                for (p, ms) in
                    table.values_ms.iter().filter(|(_, ms)| **ms - half_step_ms(table.rounding, **ms) > limit)
                {
                    above += 1;
                    first_above.get_or_insert((row.shown(), *p, *ms, max));
                }
            }
            if let Some((mean, least, most)) = contradiction(row, table) {
                contrary += 1;
                first_contrary.get_or_insert((row.shown(), mean, least, most));
            }
        }
        if let Some(mean) = row.latency.mean_ms {
            let (min, max) = (row.latency.min_ms, row.latency.max_ms);
            let (most, least) = (mean * (1.0 + TRAVELLED) + unit(mean), mean * (1.0 - TRAVELLED) - unit(mean));
            if min.is_some_and(|min| most < min) || max.is_some_and(|max| least > max + unit(max)) {
                outside += 1;
                first_outside.get_or_insert((row.shown(), mean, min, max));
            }
        }
    }
    if let Some((example, lower, higher)) = first_disorder {
        out.push(Check::PercentilesOutOfOrder { endpoints: disordered, example, lower, higher });
    }
    if let Some((example, percentile, ms, max_ms)) = first_above {
        out.push(Check::PercentileBeyondMax { count: above, example, percentile, ms, max_ms });
    }
    if let Some((example, mean_ms, min_ms, max_ms)) = first_outside {
        out.push(Check::MeanOutOfRange { endpoints: outside, example, mean_ms, min_ms, max_ms });
    }
    if let Some((example, mean_ms, least_ms, most_ms)) = first_contrary {
        out.push(Check::MeanContradictsPercentiles { endpoints: contrary, example, mean_ms, least_ms, most_ms });
    }
    for percentile in [Percentile::P95, Percentile::P99] {
        out.extend(constant_ratio(run, percentile));
    }
    out.extend(too_few(run));
}

/// Maximum difference between a printed value and the measured one: half a step of the tool's rounding
/// (locust/stats.py, `StatsEntry._log_response_time`).
fn half_step_ms(rounding: Rounding, ms: f64) -> f64 {
    match rounding {
        Rounding::None => 0.0,
        Rounding::TwoDigits if ms < 100.0 => 0.5,
        Rounding::TwoDigits if ms < 1000.0 => 5.0,
        Rounding::TwoDigits if ms < 10_000.0 => 50.0,
        Rounding::TwoDigits => 500.0,
    }
}

/// Whether no distribution with these percentiles can have this mean: the mean, and the smallest and largest possible.
///
/// At least `1 − p` of the requests lie at or above `Q_p`, and at least `p` at or below it. With `p_1 < … < p_k` the
/// mean is therefore at least `p_1·min + Σ (p_{i+1} − p_i)·Q_i`, and at most
/// `p_1·Q_1 + Σ (p_{i+1} − p_i)·Q_{i+1} + (1 − p_k)·max`. Both are widened by the tool's rounding, and by one request,
/// the difference between definitions of a percentile.
fn contradiction(row: &Endpoint, table: &PercentileTable) -> Option<(f64, f64, f64)> {
    let timed = row.latency.timed.or(row.requests).filter(|n| *n >= MEAN_FROM)?;
    let mean = row.latency.mean_ms?;
    let half = |ms: f64| half_step_ms(table.rounding, ms);
    let first = *table.values_ms.keys().next()?;
    let mut least = first.share() * row.latency.min_ms.unwrap_or(0.0);
    let mut most = 0.0;
    let mut from = 0.0;
    for (p, ms) in &table.values_ms {
        most += (p.share() - from) * (ms + half(*ms));
        from = p.share();
    }
    let ends = table.values_ms.keys().skip(1).copied().chain([Percentile::P100]);
    for ((p, ms), next) in table.values_ms.iter().zip(ends) {
        least += (next.share() - p.share()) * (ms - half(*ms)).max(0.0);
    }
    let last = table.values_ms.values().next_back()?;
    // Without a maximum there is no upper bound.
    let most =
        row.latency.max_ms.map_or(f64::INFINITY, |max| most + (1.0 - from) * max + max.max(*last) / timed as f64);
    let least = least - last / timed as f64;
    let slack = MEAN_SHARE * mean + unit(mean);
    (mean + slack < least || mean - slack > most).then_some((mean, least.max(0.0), most))
}

/// Natural spread between endpoints of the ratio of a percentile to the mean, as a share: lower than in any real test,
/// to overestimate the probability of a coincidence.
const NATURAL_SPREAD: f64 = 0.2;
/// Below this probability of a coincidence, equal ratios were computed.
const COINCIDENCE: f64 = 1e-3;

/// Finds a percentile that is the same multiple of the mean on every endpoint, within the printed precision.
///
/// Each endpoint allows an interval of multiples, whose width is half a unit in the last printed place. The probability
/// that one multiple lies in all of them by chance is about the product of their widths divided by the natural spread,
/// without the widest. Figures rounded by the tool (Locust's two digits) are too wide to be detected. Histograms are
/// counted, not printed, and skipped.
fn constant_ratio(run: &Run, percentile: Percentile) -> Option<Check> {
    let (mut low, mut high) = (0.0_f64, f64::INFINITY);
    let mut widths = Vec::new();
    let mut seen = BTreeSet::new();
    let mut endpoints = 0;
    for endpoint in run.endpoints.iter().filter(|e| e.requests != Some(0)) {
        let Distribution::Table(table) = &endpoint.latency.distribution else { continue };
        let (Some(mean), Some(ms)) = (endpoint.latency.mean_ms, table.values_ms.get(&percentile).copied()) else {
            continue;
        };
        if mean <= 0.0 || ms <= 0.0 {
            continue;
        }
        endpoints += 1;
        // Duplicates add no information.
        if !seen.insert((mean.to_bits(), ms.to_bits())) {
            continue;
        }
        let (of_mean, of_ms) = (printed_half(mean), printed_half(ms).max(half_step_ms(table.rounding, ms)));
        if of_mean >= mean {
            return None;
        }
        let (from, to) = ((ms - of_ms) / (mean + of_mean), (ms + of_ms) / (mean - of_mean));
        (low, high) = (low.max(from), high.min(to));
        widths.push((to - from) / (ms / mean));
        if low > high {
            return None;
        }
    }
    // Leave out the widest, which counts least.
    let widest = widths.iter().copied().fold(0.0, f64::max);
    let all: f64 = widths.iter().map(|width| (width / NATURAL_SPREAD).min(1.0)).product();
    let likelihood = all / (widest / NATURAL_SPREAD).min(1.0);
    (seen.len() >= 3 && likelihood < COINCIDENCE).then(|| Check::ConstantRatio {
        percentile,
        endpoints,
        ratio: (low + high) / 2.0,
    })
}

/// A unit in the last place of the shortest form of a number: 1 for 147, 0.1 for 147.3. This is the maximum error of a
/// truncated figure: Locust up to 1.0 prints means and extremes as whole milliseconds.
fn unit(value: f64) -> f64 {
    let text = value.to_string();
    let decimals = text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    (0..decimals.min(9)).fold(1.0, |unit: f64, _| unit / 10.0)
}

/// Half of that [`unit`], at least 0.005 % of the number, to ignore floating-point errors.
fn printed_half(value: f64) -> f64 {
    (unit(value) / 2.0).max(value * 5e-5)
}

/// Minimum requests for a finite two-sided 95 % interval of a percentile from order statistics: `ln 0.025 ÷ ln p`, and
/// below the median that of its counterpart (Hahn and Meeker 1991). 72 for p95, 368 for p99. `None` for the maximum,
/// which has none.
#[must_use]
pub fn fewest_for(percentile: Percentile) -> Option<u64> {
    let share = percentile.share();
    let share = share.max(1.0 - share);
    (share < 1.0).then(|| libm::ceil(libm::log(0.025) / libm::log(share)) as u64)
}

fn too_few(run: &Run) -> Option<Check> {
    let timed = |e: &Endpoint| e.latency.timed.or(e.requests).filter(|n| *n > 0);
    let thin = |e: &Endpoint, p: Percentile, needed: u64| {
        timed(e).is_some_and(|n| n < needed) && e.latency.distribution.quantile_ms(p).is_some()
    };
    let percentiles: Vec<Thin> = SHOWN
        .into_iter()
        .filter_map(|percentile| {
            let needed = fewest_for(percentile)?;
            let endpoints = run.endpoints.iter().filter(|e| thin(e, percentile, needed)).count() as u64;
            (endpoints > 0).then_some(Thin { percentile, needed, endpoints })
        })
        .collect();
    let highest = percentiles.last()?;
    let fewest =
        run.endpoints.iter().filter(|e| thin(e, highest.percentile, highest.needed)).min_by_key(|e| timed(e))?;
    let needed = fewest_for(Percentile::P95)?;
    Some(Check::TooFewForPercentile {
        example: fewest.shown(),
        requests: timed(fewest)?,
        whole_run: run.total.as_ref().is_some_and(|t| thin(t, Percentile::P95, needed)),
        percentiles,
    })
}
