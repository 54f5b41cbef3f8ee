//! Precision of the figures of both runs, if not computed from the figures themselves.
//!
//! Most of it is predictable. The metrics with an error, and the sort of error, follow from the policy and the previous
//! endpoint; common values of both sides are stored once; the error of a quantile is predicted from the neighbouring
//! quantiles, that of a mean from their spread, all others from the square root of the requests. The difference from
//! the prediction is coded, in points of the error grid.

use std::collections::BTreeMap;

use super::coder::{Codec, Kind};
use super::rows::normal_quantile;
use super::value::{FLOAT_KINDS, float, list, option};
use super::{LinkError, caps};
use crate::compare::{MIN_FOR_ERRORS, ORDER_TAILS};
use crate::run::{
    Batches, Distribution, Endpoint, Judged, Metric, Order, Percentile, Precision, Rounding, Run, Sureness, at_place,
    place_above,
};
use crate::stats::quantile::{locust_half_width, minimum_samples};

const ANY: Kind = Kind(400);
const USUAL: Kind = Kind(401);
const SORT: Kind = Kind(402);
const BATCHES: Kind = Kind(403);
const SAME: Kind = Kind(404);
const ASSUMED: Kind = Kind(405);
const JUDGED: Kind = Kind(406);
const LENGTH: Kind = Kind(407);
const METRIC: Kind = Kind(408);
const SHIFT: Kind = Kind(409);
/// Kinds of [`gridded`].
const ERROR: Kind = Kind(410);
const DISPERSION: Kind = Kind(430);
/// Kinds of [`float`].
const DESIGN: Kind = Kind(420);
const DEEPEST: Kind = Kind(440);
const FIGURE: Kind = Kind(445);
const NOISE: Kind = Kind(450);
const SECOND: Kind = Kind(460);
const FEW: Kind = Kind(461);
const _: () = assert!(NOISE.0 + FLOAT_KINDS < SECOND.0);

/// Significant digits of the figures of single runs, and of noise floors.
const DIGITS: u32 = 4;
/// Significant digits of design effects.
const DESIGN_DIGITS: u32 = 3;
/// Maximum repeats of a run.
const MAX_RUNS: usize = 1000;
/// Maximum degrees of freedom plus one.
const MAX_BATCHES: u32 = 1_000_001;
/// Maximum distance of the judged figure from the displayed one, in steps of [`Judged::STEPS`].
const MAX_SHIFT: i64 = 200_000;
/// The sorts of precision; the first is none.
const SORTS: u32 = 6;
/// Points for estimating the spread of response times.
const POINTS: u32 = 32;

/// Statistics of one metric from earlier endpoints.
#[derive(Debug, Clone, Copy)]
struct MetricStats {
    /// Minimum requests for an error.
    needed: u64,
    /// The sort of precision with too few requests, and with enough.
    sorts: [u32; 2],
    batches: u32,
    assumed: bool,
    /// Ratio of the error to that of independent requests, as a logarithm.
    ratio: f64,
    /// The last design effect of order statistics.
    design: f64,
}

/// Codes the precision of a pair's figures; `said` states for each side's total and endpoints in that order which have
/// one, for these metrics.
pub(super) fn sureness(
    codec: &mut Codec<'_>,
    [baseline, run]: [&mut Run; 2],
    said: [Vec<Sureness>; 2],
    metrics: &[Metric],
) -> Result<(), LinkError> {
    let [of_baseline, of_run] = said;
    side(codec, (0, baseline), None, of_baseline, metrics)?;
    side(codec, (1, run), Some(baseline), of_run, metrics)
}

fn side(
    codec: &mut Codec<'_>,
    (side, run): (u32, &mut Run),
    baseline: Option<&Run>,
    said: Vec<Sureness>,
    metrics: &[Metric],
) -> Result<(), LinkError> {
    let precise = codec.flag(ANY, &[side << 4], said.iter().any(|s| !s.precision.is_empty()))?;
    let noisy = codec.flag(ANY, &[side << 4 | 1], said.iter().any(|s| !s.noise_pct.is_empty()))?;
    let judged = baseline.is_some() && codec.flag(ANY, &[2], said.iter().any(|s| !s.judged.is_empty()))?;
    let fresh = |metric| MetricStats {
        needed: needed(metric),
        sorts: [0; 2],
        batches: 10,
        assumed: false,
        ratio: 0.0,
        design: 1.0,
    };
    let mut learned: Vec<MetricStats> = metrics.iter().map(fresh).collect();
    let mut last = Judged::default();
    let mut said = said.into_iter();
    let total = run.total.iter_mut().map(|e| (true, e));
    for (is_total, endpoint) in total.chain(run.endpoints.iter_mut().map(|e| (false, e))) {
        let mut said = said.next().unwrap_or_default();
        let other = baseline.and_then(|run| if is_total { run.total.as_ref() } else { partner(run, endpoint) });
        let told = other.map(|e| &e.sureness.precision);
        if precise {
            let row = Row::of(endpoint);
            let sorts = row.sorts(codec, metrics, &mut learned, told, &said.precision)?;
            for (at, ((metric, learned), sort)) in metrics.iter().zip(&mut learned).zip(sorts).enumerate() {
                let other = told.and_then(|told| told.get(metric));
                let own = said.precision.remove(metric);
                let one = row.precision(codec, (at as u32, metric), learned, other, sort, own)?;
                endpoint.sureness.precision.extend(one.map(|one| (metric.clone(), one)));
            }
        }
        if noisy {
            let floors = said.noise_pct.into_iter().map(Some).collect();
            let mut last = 0;
            let floors = list(codec, LENGTH, caps::PERCENTILES, "noise floors", floors, |c, one| {
                let (metric, pct) = one.unwrap_or((Metric::Mean, 0.0));
                let metric = named(c, &mut last, &metric)?;
                Ok(Some((metric, positive(float(c, NOISE, &[last], DIGITS, Some(8.0), pct)?)?)))
            })?;
            endpoint.sureness.noise_pct = floors.into_iter().flatten().collect();
        }
        if judged && codec.flag(JUDGED, &[0], !said.judged.is_empty())? {
            for (at, metric) in (0_u32..).zip(metrics) {
                let own = said.judged.remove(metric);
                if codec.flag(JUDGED, &[1 << 16 | at, 2 << 16], own.is_some())? {
                    last = self::judged(codec, at, last, own.unwrap_or_default())?;
                    endpoint.sureness.judged.insert(metric.clone(), last);
                }
            }
        }
    }
    Ok(())
}

/// The endpoint of another run with the same name and method.
fn partner<'r>(run: &'r Run, endpoint: &Endpoint) -> Option<&'r Endpoint> {
    let at = run.endpoints.binary_search_by(|e| e.key().cmp(&endpoint.key())).ok()?;
    run.endpoints.get(at)
}

/// What was judged if not a figure itself, predicted from the previous one.
fn judged(codec: &mut Codec<'_>, at: u32, last: Judged, own: Judged) -> Result<Judged, LinkError> {
    // Mostly, response times are of the same requests throughout a run.
    let seconds = |c: &mut Codec<'_>, which: u32, last: Option<u32>, own: Option<u32>| {
        let found = option(c, JUDGED, &[3 << 16 | which << 1 | u32::from(last.is_some())], own, |c, own| {
            let last = last.unwrap_or(0);
            let moved = c.signed(SECOND, &[which], i64::from(own) - i64::from(last))?;
            i64::from(last).checked_add(moved).and_then(|s| u32::try_from(s).ok()).ok_or(LinkError::Unreadable)
        })?;
        Ok::<_, LinkError>(found)
    };
    let flag = |c: &mut Codec<'_>, which: u32, last: bool, own: bool| {
        c.flag(JUDGED, &[4 << 16 | which << 1 | u32::from(last), 5 << 16 | which << 8 | at], own)
    };
    let shift = codec.signed(SHIFT, &[at, 1000], i64::from(own.shift))?;
    let shift = i32::try_from(shift).ok().filter(|s| i64::from(*s).abs() <= MAX_SHIFT).ok_or(LinkError::Unreadable)?;
    let successes = flag(codec, 0, last.successes, own.successes)?;
    let mixed = flag(codec, 1, last.mixed, own.mixed)?;
    let mix = flag(codec, 2, last.mix, own.mix)?;
    let left_out_s = seconds(codec, 0, last.left_out_s, own.left_out_s)?;
    let since_s = seconds(codec, 1, None, own.since_s)?;
    let from_s = seconds(codec, 2, None, own.burst_s.map(|(from, _)| from))?;
    let to_s = match from_s {
        Some(from) => {
            let to = own.burst_s.map_or(0, |(_, to)| to);
            let length = codec.number(SECOND, &[3], u64::from(to.saturating_sub(from)))?;
            u32::try_from(length).ok().and_then(|length| from.checked_add(length)).ok_or(LinkError::Unreadable)?
        }
        None => 0,
    };
    let some = |more: u8| Some(u32::from(more)).filter(|more| *more > 0);
    let more_noise = seconds(codec, 4, some(last.more_noise), some(own.more_noise))?.unwrap_or(0);
    let more_noise = u8::try_from(more_noise).map_err(|_| LinkError::Unreadable)?;
    Ok(Judged {
        shift,
        successes,
        mixed,
        mix,
        left_out_s,
        since_s,
        burst_s: from_s.map(|from| (from, to_s)),
        more_noise,
    })
}

/// A metric, relative to the previous one.
fn named(codec: &mut Codec<'_>, last: &mut u32, metric: &Metric) -> Result<Metric, LinkError> {
    let code = match metric {
        Metric::Mean => 0,
        Metric::Rps => 1,
        Metric::ErrorRate => 2,
        Metric::Latency(p) => 3 + u64::from(p.0),
        _ => {
            return Err(LinkError::Unreadable);
        }
    };
    let code = codec.number(METRIC, &[*last], code)?;
    *last = u32::try_from(code).ok().and_then(|code| code.checked_add(1)).ok_or(LinkError::Unreadable)?;
    match code {
        0 => Ok(Metric::Mean),
        1 => Ok(Metric::Rps),
        2 => Ok(Metric::ErrorRate),
        4..=100_003 => Ok(Metric::Latency(Percentile((code - 3) as u32))),
        _ => Err(LinkError::Unreadable),
    }
}

/// Minimum requests for an error of a figure.
fn needed(metric: &Metric) -> u64 {
    match metric {
        Metric::Latency(p) => minimum_samples(p.share(), ORDER_TAILS[0]).unwrap_or(u64::MAX),
        _ => MIN_FOR_ERRORS,
    }
}

/// Known figures of an endpoint.
struct Row {
    requests: u64,
    rounded: bool,
    /// The quantiles: normal score, and logarithm of the milliseconds.
    knots: Vec<(f64, f64)>,
}

impl Row {
    fn of(endpoint: &Endpoint) -> Self {
        let requests = endpoint.latency.timed.or(endpoint.requests).unwrap_or(0);
        let (mut rounded, mut knots) = (false, Vec::new());
        if let Distribution::Table(table) = &endpoint.latency.distribution {
            rounded = table.rounding == Rounding::TwoDigits;
            let last = 1.0 - 0.5 / requests.max(2) as f64;
            for (p, ms) in table.values_ms.iter().filter(|(_, ms)| **ms > 1e-9 && **ms < 1e15) {
                let (score, log): (f64, f64) = (normal_quantile(p.share().min(last)), libm::log(*ms));
                if knots.last().is_none_or(|(before, _)| *before < score) {
                    knots.push((score, log));
                }
            }
        }
        Self { requests, rounded, knots }
    }

    /// The logarithm of the quantile at a share, interpolated linearly between known ones.
    fn log_at(&self, share: f64) -> f64 {
        let score = normal_quantile(share);
        let next = self.knots.partition_point(|(s, _)| *s < score).clamp(1, self.knots.len().max(2) - 1);
        match (self.knots.get(next - 1), self.knots.get(next)) {
            (Some(a), Some(b)) => a.1 + (b.1 - a.1) * (score - a.0) / (b.0 - a.0),
            (Some(a), None) => a.1,
            _ => 0.0,
        }
    }

    /// The sort of each metric's precision: nearly always that of earlier endpoints.
    fn sorts(
        &self,
        codec: &mut Codec<'_>,
        metrics: &[Metric],
        learned: &mut [MetricStats],
        other: Option<&BTreeMap<Metric, Precision>>,
        said: &BTreeMap<Metric, Precision>,
    ) -> Result<Vec<u32>, LinkError> {
        let sort = |metric: &Metric| sort_of(said.get(metric));
        let mut sorts: Vec<u32> = metrics.iter().map(sort).collect();
        let enough = |l: &MetricStats| usize::from(self.requests >= l.needed);
        // Both sides of a pair have one, or neither.
        let usual: Vec<u32> = match other {
            Some(other) => metrics.iter().map(|metric| sort_of(other.get(metric))).collect(),
            None => learned.iter().map(|l| l.sorts.get(enough(l)).copied().unwrap_or(0)).collect(),
        };
        let paired = u32::from(other.is_some());
        if codec.flag(
            USUAL,
            &[paired, 1 << 8 | paired << 1 | u32::from(usual.iter().all(|s| *s == 0))],
            sorts == usual,
        )? {
            sorts.clone_from(&usual);
        } else {
            for (at, (sort, usual)) in sorts.iter_mut().zip(&usual).enumerate() {
                *sort = codec.choice(SORT, &[(at as u32) << 3 | usual, 1 << 20 | usual], SORTS, *sort)?;
            }
        }
        for (sort, learned) in sorts.iter().zip(learned) {
            let enough = enough(learned);
            if let Some(slot) = learned.sorts.get_mut(enough) {
                *slot = *sort;
            }
        }
        Ok(sorts)
    }

    fn precision(
        &self,
        codec: &mut Codec<'_>,
        (at, metric): (u32, &Metric),
        learned: &mut MetricStats,
        other: Option<&Precision>,
        sort: u32,
        precision: Option<Precision>,
    ) -> Result<Option<Precision>, LinkError> {
        if sort == 0 {
            return Ok(None);
        }
        // The prediction of each is expensive.
        codec.count_values(2)?;
        // Slices of both runs, and counts, have a common error.
        if let Some(other) = other.filter(|other| sort_of(Some(other)) == sort && sort != RUNS)
            && codec.flag(SAME, &[sort, sort << 8 | at], precision.as_ref() == Some(other))?
        {
            return Ok(Some(other.clone()));
        }
        Ok(Some(match (sort, metric) {
            (BATCHED, _) => {
                let batches = if let Some(Precision::Batches(b)) = precision { Some(b) } else { None };
                let other = if let Some(Precision::Batches(b)) = other { Some(b) } else { None };
                Precision::Batches(self.batches(codec, (at, metric), learned, other, batches)?)
            }
            (ORDERED, Metric::Latency(p)) => {
                let order = if let Some(Precision::Order(o)) = precision { Some(o) } else { None };
                let other = if let Some(Precision::Order(o)) = other { Some(o) } else { None };
                Precision::Order(self.order(codec, at, Some(*p), learned, other, order)?)
            }
            (ORDERED, _) => {
                let order = if let Some(Precision::Order(o)) = precision { Some(o) } else { None };
                Precision::Order(self.order(codec, at, None, learned, None, order)?)
            }
            (COUNTED, _) => {
                let d = if let Some(Precision::Dispersion(d)) = precision { d } else { 0.0 };
                Precision::Dispersion(gridded(codec, DISPERSION, &[0], 1.0, d)?)
            }
            (RUNS, _) => {
                let values = if let Some(Precision::Runs(values)) = precision { values } else { Vec::new() };
                let mut near = None;
                let values = list(codec, LENGTH, MAX_RUNS, "repeats", values, |c, value| {
                    let value = positive(float(c, FIGURE, &[at], DIGITS, near, value)?)?;
                    near = Some(value);
                    Ok(value)
                })?;
                Precision::Runs(values)
            }
            (TOO_FEW, _) => {
                let few = if let Some(Precision::TooFew(few)) = precision { few } else { 0 };
                Precision::TooFew(codec.number(FEW, &[at], few)?)
            }
            _ => {
                return Err(LinkError::Unreadable);
            }
        }))
    }

    fn batches(
        &self,
        codec: &mut Codec<'_>,
        (at, metric): (u32, &Metric),
        learned: &mut MetricStats,
        other: Option<&Batches>,
        batches: Option<Batches>,
    ) -> Result<Batches, LinkError> {
        let b = batches.unwrap_or(Batches { standard_error: 0.0, batches: 0, assumed: false });
        let near = other.map_or(learned.batches, |b| b.batches);
        let count = codec.signed(BATCHES, &[u32::from(other.is_some())], i64::from(b.batches) - i64::from(near))?;
        let batches = i64::from(near).checked_add(count).and_then(|n| u32::try_from(n).ok());
        let batches = batches.filter(|n| (2..=MAX_BATCHES).contains(n)).ok_or(LinkError::Unreadable)?;
        let usual = other.map_or(learned.assumed, |b| b.assumed);
        let assumed = codec.flag(ASSUMED, &[2 | u32::from(usual)], b.assumed)?;
        (learned.batches, learned.assumed) = (batches, assumed);
        let alone = self.alone(metric);
        let expected = alone * libm::exp(learned.ratio);
        let standard_error = gridded(codec, ERROR, &[at, batches.ilog2() << 8 | at], expected, b.standard_error)?;
        if standard_error > 0.0 {
            let now = libm::log((standard_error / alone).clamp(1e-6, 1e6));
            learned.ratio += (now - learned.ratio) * 0.25;
        }
        Ok(Batches { standard_error, batches, assumed })
    }

    /// The error for independent requests.
    fn alone(&self, metric: &Metric) -> f64 {
        let n = self.requests.max(1) as f64;
        let deviation = (*metric == Metric::Mean && self.knots.len() > 2).then(|| {
            let at = |i: u32| libm::exp(self.log_at((f64::from(i) + 0.5) / f64::from(POINTS)).min(35.0));
            let (sum, squares) = (0..POINTS).map(at).fold((0.0, 0.0), |(a, b), ms| (a + ms, b + ms * ms));
            let mean = sum / f64::from(POINTS);
            libm::sqrt((squares / f64::from(POINTS) / mean / mean - 1.0).max(0.0))
        });
        deviation.filter(|d| *d > 1e-3 && *d < 1e3).unwrap_or(1.0) / libm::sqrt(n)
    }

    fn order(
        &self,
        codec: &mut Codec<'_>,
        at: u32,
        p: Option<Percentile>,
        learned: &mut MetricStats,
        other: Option<&Order>,
        order: Option<Order>,
    ) -> Result<Order, LinkError> {
        let o = order.unwrap_or(Order { below: 0.0, above: 0.0, deepest: 0.0, design: 1.0, assumed: true });
        let (design, assumed) = other.map_or((learned.design, learned.assumed), |o| (o.design, o.assumed));
        let (mut found, expected) = (Order { design, assumed, ..o }, self.expected(p, design));
        let deepest = other.map_or(expected.2, |o| o.deepest);
        let usual = o.design == design && o.assumed == assumed && o.deepest == deepest;
        found.deepest = deepest;
        let mut expected = expected;
        if !codec.flag(USUAL, &[2 << 8 | u32::from(other.is_some()), 3 << 8], usual)? {
            found.design = positive(float(codec, DESIGN, &[0], DESIGN_DIGITS, Some(design), o.design)?)?;
            found.assumed = codec.flag(ASSUMED, &[u32::from(assumed)], o.assumed)?;
            expected = self.expected(p, found.design);
            found.deepest = positive(float(codec, DEEPEST, &[0], DIGITS, Some(expected.2), o.deepest)?)?;
        }
        (learned.design, learned.assumed) = (found.design, found.assumed);
        let sort = 1000 + (u32::from(self.rounded) << 1);
        let (mut drift, ratio) = (0, libm::exp(learned.ratio));
        for (up, expected, value) in [(0, expected.0, &mut found.below), (1, expected.1, &mut found.above)] {
            let contexts = [sort | up, 1 << 16 | up << 10 | at, 2 << 16 | up << 10 | drift];
            let expected = (expected * ratio).max(1e-6);
            *value = gridded(codec, ERROR, &contexts, expected, *value)?;
            if *value > 0.0 {
                let off = libm::log((*value / expected).clamp(0.1, 10.0));
                drift = (libm::round(off * 20.0).clamp(-3.0, 3.0) + 4.0) as u32;
                learned.ratio = (learned.ratio + off * 0.15).clamp(-2.0, 2.0);
            }
        }
        Ok(found)
    }

    /// Predicted order statistics of a percentile: the errors below and above, and the deepest tail.
    fn expected(&self, p: Option<Percentile>, design: f64) -> (f64, f64, f64) {
        let Some(share) = p.map(Percentile::share).filter(|share| *share > 0.0 && *share < 1.0) else {
            return (0.1, 0.1, 1e-12);
        };
        let n = libm::floor(self.requests as f64 / design.max(1.0)).max(1.0);
        let centre = self.log_at(share);
        let (mut below, mut above, mut deepest) = (0.0_f64, 0.0_f64, 0.0);
        for tail in ORDER_TAILS {
            if minimum_samples(share, tail).is_none_or(|needed| n < needed as f64) {
                break;
            }
            let z = -normal_quantile(tail);
            let reach = z * libm::sqrt(share * (1.0 - share) / n);
            let skew = (1.0 - 2.0 * share) * (z * z - 1.0) / 6.0 / n;
            below = below.max((centre - self.log_at(share + skew - reach)) / z);
            above = above.max((self.log_at(share + skew + reach) - centre) / z);
            deepest = tail;
        }
        let ms = libm::exp(centre.clamp(-20.0, 35.0));
        let half = if self.rounded { locust_half_width(ms) / ms / libm::sqrt(3.0) } else { 0.0 };
        (libm::hypot(below, half), libm::hypot(above, half), deepest)
    }
}

/// Sorts of precision; 0 is none.
const BATCHED: u32 = 1;
const ORDERED: u32 = 2;
const COUNTED: u32 = 3;
const RUNS: u32 = 4;
const TOO_FEW: u32 = 5;

fn sort_of(precision: Option<&Precision>) -> u32 {
    match precision {
        None => 0,
        Some(Precision::Batches(_)) => BATCHED,
        Some(Precision::Order(_)) => ORDERED,
        Some(Precision::Dispersion(_)) => COUNTED,
        Some(Precision::Runs(_)) => RUNS,
        Some(Precision::TooFew(_)) => TOO_FEW,
    }
}

/// The grid position of an error.
fn place_of(error: f64) -> Option<i64> {
    place_above(error).filter(|place| at_place(*place) == Some(error))
}

/// A value of the error grid, by its distance in positions from the expected one; or 0, or any other.
fn gridded(codec: &mut Codec<'_>, kind: Kind, contexts: &[u32], expected: f64, value: f64) -> Result<f64, LinkError> {
    const PLACES: u32 = 0;
    const ZERO: u32 = 1;
    const OTHER: u32 = 2;
    let near = place_above(expected.clamp(1e-9, 1e6)).unwrap_or(0);
    let place = place_of(value);
    let class = match place {
        Some(_) => PLACES,
        None if value.to_bits() == 0 => ZERO,
        None => OTHER,
    };
    let first = contexts.get(..1).unwrap_or_default();
    Ok(match codec.choice(Kind(kind.0 + 1), first, 3, class)? {
        PLACES => {
            let moved = codec.signed(kind, contexts, place.unwrap_or(0) - near)?;
            near.checked_add(moved).and_then(at_place).ok_or(LinkError::Unreadable)?
        }
        ZERO => 0.0,
        _ => positive(float(codec, Kind(kind.0 + 2), &[0], DIGITS, None, value)?)?,
    })
}

/// Refuses values below 0.
fn positive(value: f64) -> Result<f64, LinkError> {
    if value >= 0.0 && value.is_finite() { Ok(value) } else { Err(LinkError::Unreadable) }
}
