//! Version r2: what r1 holds, and behind it how sure the figures are.
//!
//! Evidence needs more than figures: the spread of time batches, of order statistics, of repeats. These are a few numbers
//! for each figure ([`Sureness`](crate::run::Sureness)); printed tables and counts need none. A policy says besides
//! whether evidence judges, and the built-in profiles are those of this version.

use std::collections::BTreeMap;

use super::coder::{Codec, Kind};
use super::value::{FLOAT_KINDS, float, list};
use super::{LinkError, Shared, caps, prime, r1, runs, thresholds};
use crate::policy::Policy;
use crate::run::{Batches, Metric, Order, Percentile, Precision, Run};

const ANY: Kind = Kind(400);
const LENGTH: Kind = Kind(401);
const WHAT: Kind = Kind(402);
const SORT: Kind = Kind(403);
const BATCHES: Kind = Kind(404);
const YES: Kind = Kind(405);
const NUMBER: Kind = Kind(410);
const _: () = assert!(NUMBER.0 + FLOAT_KINDS < 430);

/// Significant digits of a standard error.
const DIGITS: u32 = 3;
/// Repeats of a run.
const MOST_RUNS: usize = 1000;

/// The body of a link.
pub(super) fn write(shared: &Shared) -> Result<Vec<u8>, LinkError> {
    let mut codec = prime::learned()?.writing();
    body(&mut codec, shared.clone())?;
    Ok(codec.written())
}

/// What a body holds.
pub(super) fn read(bytes: &[u8]) -> Result<Shared, LinkError> {
    let mut codec = prime::learned()?.reading(bytes);
    let blank = Shared { baseline: Run::default(), run: Run::default(), policy: Policy::default() };
    let shared = body(&mut codec, blank)?;
    r1::checked(&codec, shared)
}

fn body(codec: &mut Codec<'_>, mut shared: Shared) -> Result<Shared, LinkError> {
    let policy = thresholds::policy(codec, thresholds::Version::R2, shared.policy)?;
    let sureness = [&mut shared.baseline, &mut shared.run].map(take);
    let [mut baseline, mut run] = runs::runs(codec, [shared.baseline, shared.run])?;
    for (run, said) in [&mut baseline, &mut run].into_iter().zip(sureness) {
        put(codec, run, said)?;
    }
    Ok(Shared { baseline, run, policy })
}

/// How sure the total's figures are, then those of each endpoint.
fn take(run: &mut Run) -> Vec<crate::run::Sureness> {
    run.total.iter_mut().chain(&mut run.endpoints).map(|e| std::mem::take(&mut e.sureness)).collect()
}

fn put(codec: &mut Codec<'_>, run: &mut Run, said: Vec<crate::run::Sureness>) -> Result<(), LinkError> {
    if !codec.flag(ANY, &[0], said.iter().any(|s| !s.is_empty()))? {
        return Ok(());
    }
    let mut said = said.into_iter();
    // The same metric of the endpoint before.
    let mut before: BTreeMap<Metric, f64> = BTreeMap::new();
    for endpoint in run.total.iter_mut().chain(&mut run.endpoints) {
        let said = said.next().unwrap_or_default();
        let mut last = 0;
        let precision = said.precision.into_iter().map(Some).collect();
        let precision = list(codec, LENGTH, caps::PERCENTILES, "precisions", precision, |c, one| {
            let (metric, one) = one.unwrap_or((Metric::Mean, Precision::Dispersion(1.0)));
            let metric = what(c, &mut last, &metric)?;
            let one = precision_of(c, before.entry(metric.clone()).or_insert(0.02), last, one)?;
            Ok(Some((metric, one)))
        })?;
        let mut last = 0;
        let noise = said.noise_pct.into_iter().map(Some).collect();
        let noise = list(codec, LENGTH, caps::PERCENTILES, "noise floors", noise, |c, one| {
            let (metric, pct) = one.unwrap_or((Metric::Mean, 0.0));
            let metric = what(c, &mut last, &metric)?;
            Ok(Some((metric, positive(float(c, NUMBER, &[7], DIGITS, Some(8.0), pct)?)?)))
        })?;
        endpoint.sureness.precision = precision.into_iter().flatten().collect();
        endpoint.sureness.noise_pct = noise.into_iter().flatten().collect();
    }
    Ok(())
}

/// A metric, by the one before it.
fn what(codec: &mut Codec<'_>, last: &mut u32, metric: &Metric) -> Result<Metric, LinkError> {
    let code = match metric {
        Metric::Mean => 0,
        Metric::Rps => 1,
        Metric::ErrorRate => 2,
        Metric::Latency(p) => 3 + u64::from(p.0),
        _ => return Err(LinkError::Unreadable),
    };
    let code = codec.number(WHAT, &[*last], code)?;
    if code > 100_003 {
        return Err(LinkError::Unreadable);
    }
    *last = code as u32 + 1;
    match code {
        0 => Ok(Metric::Mean),
        1 => Ok(Metric::Rps),
        2 => Ok(Metric::ErrorRate),
        code => u32::try_from(code - 3)
            .ok()
            .filter(|p| (1..=100_000).contains(p))
            .map(|p| Metric::Latency(Percentile(p)))
            .ok_or(LinkError::Unreadable),
    }
}

fn precision_of(
    codec: &mut Codec<'_>,
    before: &mut f64,
    metric: u32,
    precision: Precision,
) -> Result<Precision, LinkError> {
    let sort = match precision {
        Precision::Batches(_) => 0,
        Precision::Order(_) => 1,
        Precision::Dispersion(_) => 2,
        Precision::Runs(_) => 3,
    };
    let number = |c: &mut Codec<'_>, sort: u32, near: f64, value: f64| {
        positive(float(c, NUMBER, &[sort, sort << 20 | metric], DIGITS, Some(near), value)?)
    };
    Ok(match codec.choice(SORT, &[metric], 4, sort)? {
        0 => {
            let b = match precision {
                Precision::Batches(b) => b,
                _ => Batches { standard_error: 0.0, batches: 0, tau: 0.0, dependent: false },
            };
            let standard_error = number(codec, 0, *before, b.standard_error)?;
            *before = standard_error.max(1e-6);
            let batches = codec.number(BATCHES, &[metric], u64::from(b.batches))?;
            let batches = u32::try_from(batches).ok().filter(|n| (2..=1000).contains(n));
            Precision::Batches(Batches {
                standard_error,
                batches: batches.ok_or(LinkError::Unreadable)?,
                tau: number(codec, 1, 1.0, b.tau)?,
                dependent: codec.flag(YES, &[0], b.dependent)?,
            })
        }
        1 => {
            let o = match precision {
                Precision::Order(o) => o,
                _ => Order { below: 0.0, above: 0.0, deepest: 0.0, design: 0.0, assumed: false },
            };
            let below = number(codec, 0, *before, o.below)?;
            *before = below.max(1e-6);
            Precision::Order(Order {
                below,
                above: number(codec, 2, *before, o.above)?,
                deepest: number(codec, 3, 0.003, o.deepest)?,
                design: number(codec, 4, 1.0, o.design)?,
                assumed: codec.flag(YES, &[1], o.assumed)?,
            })
        }
        2 => Precision::Dispersion(number(
            codec,
            5,
            1.0,
            if let Precision::Dispersion(d) = precision { d } else { 0.0 },
        )?),
        _ => {
            let values = if let Precision::Runs(values) = precision { values } else { Vec::new() };
            let mut near = 1.0;
            let values = list(codec, LENGTH, MOST_RUNS, "repeats", values, |c, value| {
                near = number(c, 6, near, value)?;
                Ok(near)
            })?;
            Precision::Runs(values)
        }
    })
}

/// Nothing here is below 0.
fn positive(value: f64) -> Result<f64, LinkError> {
    if value >= 0.0 && value.is_finite() { Ok(value) } else { Err(LinkError::Unreadable) }
}
