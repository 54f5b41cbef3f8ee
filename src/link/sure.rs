//! How sure the figures of a run are: what r2 has behind what r1 holds.
//!
//! Nearly all of it is known before it is read. Which metrics have an error, and of which sort, goes by the policy and by
//! the endpoint before; the error of a quantile by the quantiles around it, between which the sample lies that bounds
//! it; every other error by the square root of the requests. What is coded is how far that was off.

use std::collections::{BTreeMap, BTreeSet};

use super::coder::{Codec, Kind};
use super::rows::normal_quantile;
use super::value::{FLOAT_KINDS, at_two_digit, float, list, two_digit_of};
use super::{LinkError, caps};
use crate::compare::{FEWEST_FOR_ERRORS, ORDER_TAILS};
use crate::run::{
    Batches, Distribution, Endpoint, Metric, Order, Percentile, Precision, Rounding, Run, Sureness, at_place,
    place_above,
};
use crate::stats::quantile::{locust_half_width, minimum_samples};
use crate::stats::special;

const ANY: Kind = Kind(400);
const USUAL: Kind = Kind(401);
const SORT: Kind = Kind(402);
const BATCHES: Kind = Kind(403);
const DEPENDENT: Kind = Kind(404);
const ASSUMED: Kind = Kind(405);
const PLACE: Kind = Kind(406);
const LENGTH: Kind = Kind(407);
const METRIC: Kind = Kind(408);
/// Kinds of [`gridded`].
const ERROR: Kind = Kind(410);
const DESIGN: Kind = Kind(420);
const DISPERSION: Kind = Kind(430);
/// Kinds of [`float`].
const DEEPEST: Kind = Kind(440);
const FIGURE: Kind = Kind(445);
const NOISE: Kind = Kind(450);
const _: () = assert!(NOISE.0 + FLOAT_KINDS < 460);

/// Significant digits of the figures of single runs, and of noise floors.
const DIGITS: u32 = 4;
/// Repeats of a run.
const MOST_RUNS: usize = 1000;
/// The sorts of precision, the first being that there is none.
const SORTS: u32 = 5;

/// What the endpoints before have taught of one metric.
#[derive(Debug, Clone, Copy)]
struct Learned {
    /// Requests from which on there are enough.
    needed: u64,
    /// The sort of precision where there are too few requests, and where there are enough.
    sorts: [u32; 2],
    batches: u32,
    /// The error of time batches by that of independent requests, as a logarithm.
    ratio: f64,
}

/// How sure the figures of a run's total and endpoints are, of which `said` tells in that order, about these metrics.
pub(super) fn sureness(
    codec: &mut Codec<'_>,
    run: &mut Run,
    said: Vec<Sureness>,
    metrics: &[Metric],
) -> Result<(), LinkError> {
    let precise = codec.flag(ANY, &[0], said.iter().any(|s| !s.precision.is_empty()))?;
    let noisy = codec.flag(ANY, &[1], said.iter().any(|s| !s.noise_pct.is_empty()))?;
    let fresh = |metric| Learned { needed: needed(metric), sorts: [0; 2], batches: 10, ratio: 0.0 };
    let mut learned: Vec<Learned> = metrics.iter().map(fresh).collect();
    let mut said = said.into_iter();
    for endpoint in run.total.iter_mut().chain(&mut run.endpoints) {
        let mut said = said.next().unwrap_or_default();
        if precise {
            let mut row = Row::of(endpoint);
            let sorts = row.sorts(codec, metrics, &mut learned, &said.precision)?;
            for (at, ((metric, learned), sort)) in metrics.iter().zip(&mut learned).zip(sorts).enumerate() {
                let one = row.precision(codec, (at as u32, metric), learned, sort, said.precision.remove(metric))?;
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
    }
    Ok(())
}

/// A metric, by the one before it.
fn named(codec: &mut Codec<'_>, last: &mut u32, metric: &Metric) -> Result<Metric, LinkError> {
    let code = match metric {
        Metric::Mean => 0,
        Metric::Rps => 1,
        Metric::ErrorRate => 2,
        Metric::Latency(p) => 3 + u64::from(p.0),
        _ => return Err(LinkError::Unreadable),
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

/// Requests from which on there is an error of a figure.
fn needed(metric: &Metric) -> u64 {
    match metric {
        Metric::Latency(p) => minimum_samples(p.share(), ORDER_TAILS[0]).unwrap_or(u64::MAX),
        _ => FEWEST_FOR_ERRORS,
    }
}

/// The rank, from 1, of the sample that is a percentile of so many.
fn rank(requests: f64, p: Percentile) -> f64 {
    libm::floor(requests * p.share() + 1.0).min(requests).max(1.0)
}

/// What is known of an endpoint.
struct Row {
    requests: u64,
    rounded: bool,
    /// The quantiles: rank, from 1, and milliseconds.
    knots: Vec<(f64, f64)>,
    /// Of the percentile before.
    design: f64,
    assumed: bool,
}

impl Row {
    fn of(endpoint: &Endpoint) -> Self {
        let requests = endpoint.latency.timed.or(endpoint.requests).unwrap_or(0);
        let n = requests as f64;
        let (rounded, knots) = match &endpoint.latency.distribution {
            Distribution::Table(t) => {
                let knots = t.values_ms.iter().map(|(p, ms)| (rank(n, *p), *ms)).collect();
                (t.rounding == Rounding::TwoDigits, knots)
            }
            _ => (false, Vec::new()),
        };
        Self { requests, rounded, knots, design: 1.0, assumed: true }
    }

    /// The sort of each metric's precision: nearly always that of the endpoints before.
    fn sorts(
        &self,
        codec: &mut Codec<'_>,
        metrics: &[Metric],
        learned: &mut [Learned],
        said: &BTreeMap<Metric, Precision>,
    ) -> Result<Vec<u32>, LinkError> {
        let sort = |metric: &Metric| match said.get(metric) {
            None => 0,
            Some(Precision::Batches(_)) => 1,
            Some(Precision::Order(_)) => 2,
            Some(Precision::Dispersion(_)) => 3,
            Some(Precision::Runs(_)) => 4,
        };
        let mut sorts: Vec<u32> = metrics.iter().map(sort).collect();
        let enough = |l: &Learned| usize::from(self.requests >= l.needed);
        let usual: Vec<u32> = learned.iter().map(|l| l.sorts.get(enough(l)).copied().unwrap_or(0)).collect();
        if codec.flag(USUAL, &[0, 1], sorts == usual)? {
            return Ok(usual);
        }
        for (at, ((sort, learned), usual)) in sorts.iter_mut().zip(learned).zip(usual).enumerate() {
            *sort = codec.choice(SORT, &[(at as u32) << 3 | usual, 1 << 20 | usual], SORTS, *sort)?;
            let enough = enough(learned);
            if let Some(slot) = learned.sorts.get_mut(enough) {
                *slot = *sort;
            }
        }
        Ok(sorts)
    }

    fn precision(
        &mut self,
        codec: &mut Codec<'_>,
        (at, metric): (u32, &Metric),
        learned: &mut Learned,
        sort: u32,
        precision: Option<Precision>,
    ) -> Result<Option<Precision>, LinkError> {
        if sort > 0 {
            // What is expected of each takes some work.
            codec.count_values(2)?;
        }
        Ok(match (sort, metric) {
            (0, _) => None,
            (1, _) => {
                let batches = if let Some(Precision::Batches(b)) = precision { Some(b) } else { None };
                Some(Precision::Batches(self.batches(codec, (at, metric), learned, batches)?))
            }
            (2, Metric::Latency(p)) => {
                let order = if let Some(Precision::Order(o)) = precision { Some(o) } else { None };
                Some(Precision::Order(self.order(codec, at, *p, order)?))
            }
            (3, _) => {
                let d = if let Some(Precision::Dispersion(d)) = precision { d } else { 0.0 };
                Some(Precision::Dispersion(gridded(codec, DISPERSION, &[0], 3.0, d)?))
            }
            (4, _) => {
                let values = if let Some(Precision::Runs(values)) = precision { values } else { Vec::new() };
                let mut near = None;
                let values = list(codec, LENGTH, MOST_RUNS, "repeats", values, |c, value| {
                    let value = positive(float(c, FIGURE, &[at], DIGITS, near, value)?)?;
                    near = Some(value);
                    Ok(value)
                })?;
                Some(Precision::Runs(values))
            }
            _ => return Err(LinkError::Unreadable),
        })
    }

    fn batches(
        &self,
        codec: &mut Codec<'_>,
        (at, metric): (u32, &Metric),
        learned: &mut Learned,
        batches: Option<Batches>,
    ) -> Result<Batches, LinkError> {
        let b = batches.unwrap_or(Batches { standard_error: 0.0, batches: 0, dependent: false });
        let contexts = [at << 10 | learned.batches.min(1000), at, 1 << 30 | at << 6 | self.requests.max(1).ilog2()];
        let count = codec.number(BATCHES, &contexts, u64::from(b.batches))?;
        let batches = u32::try_from(count).ok().filter(|n| (2..=1000).contains(n)).ok_or(LinkError::Unreadable)?;
        learned.batches = batches;
        let dependent = codec.flag(DEPENDENT, &[batches], b.dependent)?;
        let alone = self.alone(metric);
        let expected = alone * libm::exp(learned.ratio);
        let standard_error = gridded(codec, ERROR, &[at, batches << 8 | at], expected, b.standard_error)?;
        if standard_error > 0.0 {
            let now = libm::log((standard_error / alone).clamp(1e-6, 1e6));
            learned.ratio += (now - learned.ratio) * 0.25;
        }
        Ok(Batches { standard_error, batches, dependent })
    }

    /// The error that independent requests would have.
    fn alone(&self, metric: &Metric) -> f64 {
        let error = |p: Percentile| {
            let tail = self.tails(p.share(), 1.0).into_iter().next()?;
            let (low, high) = (self.around(tail.low, 0.0).expected, self.around(tail.high, 0.0).expected);
            let error = libm::log(high / low) / (2.0 * tail.z);
            (error > 1e-4 && error < 1e3).then_some(error)
        };
        let by_quantiles = if let Metric::Latency(p) = metric { error(*p) } else { None };
        by_quantiles.unwrap_or_else(|| 1.0 / libm::sqrt(self.requests.max(1) as f64))
    }

    fn order(
        &mut self,
        codec: &mut Codec<'_>,
        at: u32,
        p: Percentile,
        order: Option<Order>,
    ) -> Result<Order, LinkError> {
        let o = order.unwrap_or(Order { below: 0.0, above: 0.0, deepest: 0.0, design: 1.0, assumed: true });
        let (deepest, below, above) = self.expected(p, self.design);
        let usual = o.design == self.design && o.assumed == self.assumed && o.deepest == deepest;
        let usual = usual && below.place_of(o.below).is_some() && above.place_of(o.above).is_some();
        let rounded = u32::from(self.rounded);
        if codec.flag(USUAL, &[2 + rounded, 4], usual)? {
            let mut drift = 0;
            let below = below.coded(codec, rounded << 1, at, &mut drift, o.below)?;
            let above = above.coded(codec, rounded << 1 | 1, at, &mut drift, o.above)?;
            return Ok(Order { below, above, deepest, design: self.design, assumed: self.assumed });
        }
        self.design = gridded(codec, DESIGN, &[0], self.design, o.design)?;
        self.assumed = codec.flag(ASSUMED, &[0], o.assumed)?;
        let (deepest, below, above) = self.expected(p, self.design);
        Ok(Order {
            below: gridded(codec, ERROR, &[1000, 1002 + at], below.expected(), o.below)?,
            above: gridded(codec, ERROR, &[1001, 2002 + at], above.expected(), o.above)?,
            deepest: positive(float(codec, DEEPEST, &[0], DIGITS, Some(deepest), o.deepest)?)?,
            design: self.design,
            assumed: self.assumed,
        })
    }

    /// What order statistics of a percentile may say: the deepest tail, and the errors below and above.
    fn expected(&self, p: Percentile, design: f64) -> (f64, Candidates, Candidates) {
        let figure = self.around(rank(self.requests as f64, p), 0.0).expected;
        let tails = self.tails(p.share(), design);
        let [below, above] = [false, true].map(|up| self.candidates(figure, up, &tails));
        (tails.last().map_or(0.0, |t| t.tail), below, above)
    }

    /// The tails at which so many requests bound a quantile, with the ranks of the bounds: the normal approximation to the
    /// binomial distribution with its first correction (Cornish & Fisher 1937), which is off by one at most.
    fn tails(&self, share: f64, design: f64) -> Vec<Tail> {
        let n = libm::floor(self.requests as f64 / design.max(1.0)).max(1.0);
        let scale = self.requests as f64 / n;
        let bounded = |tail: &f64| minimum_samples(share, *tail).is_some_and(|needed| n >= needed as f64);
        let tails = ORDER_TAILS.into_iter().take_while(bounded).filter_map(|tail| {
            let z = special::normal_quantile(tail)?;
            let spread = z * libm::sqrt(n * share * (1.0 - share));
            let middle = n * share + (1.0 - 2.0 * share) * (z * z - 1.0) / 6.0;
            // The largest l with P(X < l) ≤ tail, and the smallest u with P(X ≥ u) ≤ tail.
            let low = libm::floor(middle - spread + 0.5).clamp(1.0, n);
            let high = libm::ceil(middle + spread + 0.5).clamp(1.0, n);
            Some(Tail { tail, z, low: low * scale, high: high * scale })
        });
        tails.collect()
    }

    /// What a sample of this rank may be, so many ranks to either side included.
    fn around(&self, rank: f64, slack: f64) -> Between {
        let n = self.requests as f64;
        let at = |rank: f64| {
            let next = self.knots.partition_point(|(r, _)| *r <= rank);
            let before = next.checked_sub(1).and_then(|i| self.knots.get(i)).copied();
            let exact = before.filter(|(r, _)| *r == rank);
            let after = exact.or(self.knots.get(next).copied()).or(before);
            let before = before.or(after).unwrap_or((1.0, 1.0));
            (before, after.unwrap_or(before))
        };
        let (a, b) = at(rank);
        let z = |rank: f64| normal_quantile((rank - 0.4) / (n + 0.2));
        let expected = if b.0 > a.0 && a.1 > 0.0 && b.1 > a.1 {
            let part = (z(rank) - z(a.0)) / (z(b.0) - z(a.0));
            a.1 * libm::exp(libm::log(b.1 / a.1) * part.clamp(0.0, 1.0))
        } else {
            a.1
        };
        Between { least: at(rank - slack).0.1, expected, most: at(rank + slack).1.1 }
    }

    /// The errors, as places of the grid, that there may be to one side of a figure, and which of them is expected.
    fn candidates(&self, figure: f64, up: bool, tails: &[Tail]) -> Candidates {
        let half = if self.rounded { locust_half_width(figure) } else { 0.0 };
        let error = |ms: f64, z: f64| {
            let apart = if up { libm::log((ms + half) / figure) } else { libm::log(figure / (ms - half)) };
            if apart.is_finite() { apart.max(0.0) / z } else { 0.0 }
        };
        let place = |error: f64| place_above(error).unwrap_or(NOTHING);
        let mut found = BTreeSet::new();
        let (mut least, mut expected, mut most) = (0.0_f64, 0.0_f64, 0.0_f64);
        for tail in tails {
            let b = self.around(if up { tail.high } else { tail.low }, 1.0);
            // Quantiles that were not rounded by the tool were put on a grid for the link.
            let slack = if self.rounded { 1.0 } else { GRID };
            let (near, far) = if up { (b.least / slack, b.most * slack) } else { (b.most * slack, b.least / slack) };
            least = least.max(error(near, tail.z));
            expected = expected.max(error(b.expected, tail.z));
            most = most.max(error(far, tail.z));
            if let (true, Some(from), Some(to)) = (self.rounded, two_digit_of(b.least), two_digit_of(b.most)) {
                let values = (from..=to).take(MOST_CANDIDATES).filter_map(at_two_digit);
                found.extend(values.map(|ms| place(error(ms, tail.z))));
            }
        }
        let (least, expected, most) = (place(least), place(expected), place(most));
        if self.rounded {
            found.retain(|p| (least..=most).contains(p));
        } else {
            found.extend([least, most]);
            found.extend(least.max(most.saturating_sub(MOST_CANDIDATES as i64))..most);
        }
        let found: Vec<i64> = found.into_iter().collect();
        // The nearest.
        let next = found.partition_point(|p| *p < expected);
        let nearer = next.checked_sub(1).filter(|before| match (found.get(*before), found.get(next)) {
            (Some(a), Some(b)) => expected - a < b - expected,
            _ => true,
        });
        Candidates { near: nearer.unwrap_or(next).min(found.len().saturating_sub(1)), places: found }
    }
}

/// The errors that there may be, as places of the grid, ascending.
struct Candidates {
    places: Vec<i64>,
    /// Which of them is expected.
    near: usize,
}

impl Candidates {
    fn expected(&self) -> f64 {
        self.places.get(self.near).map_or(0.0, |place| error_at(*place))
    }

    fn place_of(&self, error: f64) -> Option<usize> {
        let place = if error == 0.0 { NOTHING } else { place_of(error)? };
        self.places.binary_search(&place).ok()
    }

    /// One of them. `drift` is how far the one before was from what was expected.
    fn coded(
        &self,
        codec: &mut Codec<'_>,
        side: u32,
        metric: u32,
        drift: &mut i64,
        error: f64,
    ) -> Result<f64, LinkError> {
        let last = self.places.len().checked_sub(1).ok_or(LinkError::Unreadable)?;
        if last == 0 {
            return Ok(self.expected());
        }
        let length = self.places.len().ilog2();
        let room = (self.near.min(7) << 3 | (last - self.near).min(7)) as u32;
        let contexts = [
            side << 8 | length,
            side << 16 | metric << 8 | length,
            side << 16 | room,
            side << 8 | 1 << 7 | length << 3 | ((*drift).clamp(-2, 2) + 2) as u32,
        ];
        let found = self.place_of(error).unwrap_or(0);
        *drift = codec.signed(PLACE, &contexts, found as i64 - self.near as i64)?;
        let found = (self.near as i64).checked_add(*drift).and_then(|at| usize::try_from(at).ok());
        let place = found.and_then(|at| self.places.get(at)).ok_or(LinkError::Unreadable)?;
        Ok(error_at(*place))
    }
}

/// A tail with its normal quantile and the ranks, from 1, of the bounds.
struct Tail {
    tail: f64,
    z: f64,
    low: f64,
    high: f64,
}

/// Between what a sample lies, in milliseconds.
struct Between {
    least: f64,
    expected: f64,
    most: f64,
}

/// Below every place: no error at all.
const NOTHING: i64 = i64::MIN;

fn error_at(place: i64) -> f64 {
    at_place(place).unwrap_or(0.0)
}

/// The place of what lies on the grid.
fn place_of(error: f64) -> Option<i64> {
    place_above(error).filter(|place| at_place(*place) == Some(error))
}

/// More than any table leaves open.
const MOST_CANDIDATES: usize = 400;
/// How far a quantile may be from the one that was put on the link's grid.
const GRID: f64 = 1.02;

/// A value of the grid of errors, by how many places it is from what is expected; or 0, or any other.
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

/// Nothing here is below 0.
fn positive(value: f64) -> Result<f64, LinkError> {
    if value >= 0.0 && value.is_finite() { Ok(value) } else { Err(LinkError::Unreadable) }
}
