//! One endpoint's figures, each predicted from known ones: lower percentiles, the other side, earlier rows.

use std::collections::BTreeMap;

use super::coder::{Codec, Kind, hash};
use super::value::{
    at_log, at_two_digit, float, list, log_of, nearest_log, nearest_two_digit, option, text, two_digit_of,
};
use super::{LinkError, caps};
use crate::run::{Buckets, Distribution, Endpoint, Latency, Percentile, PercentileTable, Rounding, TablePart};

/// One of the two runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum RunSide {
    Baseline,
    Run,
}

impl RunSide {
    pub fn index(self) -> u32 {
        match self {
            Self::Baseline => 0,
            Self::Run => 1,
        }
    }
}

/// Significant digits of rounded figures.
pub(super) const DIGITS: u32 = 4;
/// Significant digits of the smallest and largest response time.
pub(super) const EXTREME_DIGITS: u32 = 3;

/// Locust's eleven percentiles.
pub(super) const LOCUST: [u32; 11] =
    [50_000, 66_000, 75_000, 80_000, 90_000, 95_000, 98_000, 99_000, 99_900, 99_990, 100_000];

/// The quantiles that represent a histogram.
pub(super) const QUANTILES: [u32; 33] = [
    1000, 2500, 5000, 10_000, 15_000, 20_000, 25_000, 30_000, 35_000, 40_000, 45_000, 50_000, 55_000, 60_000, 66_000,
    70_000, 75_000, 80_000, 85_000, 90_000, 92_500, 95_000, 96_000, 97_000, 97_500, 98_000, 99_000, 99_500, 99_750,
    99_900, 99_950, 99_990, 100_000,
];

const THERE: Kind = Kind(200);
const REQUESTS: Kind = Kind(201);
const FAILURES: Kind = Kind(202);
const SORT: Kind = Kind(203);
const SHAPE: Kind = Kind(204);
const SHAPE_PART: Kind = Kind(205);
const CELL: Kind = Kind(206);
const STEP: Kind = Kind(207);
const LOG_STEP: Kind = Kind(208);
const COUNT: Kind = Kind(209);
const PARTS: Kind = Kind(212);
const SUM: Kind = Kind(213);
const TIMED: Kind = Kind(214);
const FAILURES_SUM: Kind = Kind(218);
const REQUESTS_SUM: Kind = Kind(219);
const REQUESTS_FIRST: Kind = Kind(210);
const OTHER: Kind = Kind(216);
const MEAN: Kind = Kind(220);
const MIN: Kind = Kind(224);
const MAX: Kind = Kind(228);
const RATE: Kind = Kind(232);
const STATED: Kind = Kind(236);
const METRIC: Kind = Kind(240);
const METRICS: Kind = Kind(244);
const NAME_OF_METRIC: Kind = Kind(245);

/// Statistics of earlier rows: the same when writing and reading.
pub(super) struct RowStats {
    shapes: Vec<(Vec<Percentile>, Rounding)>,
    sides: [SideStats; 2],
    metric_names: Vec<String>,
}

#[derive(Debug, Clone, Copy)]
struct SideStats {
    /// Seconds that counts were divided by for rates.
    seconds: Option<f64>,
    requests: f64,
    shape: u32,
    /// Logarithmic growth per standard deviation of the normal distribution.
    spread: f64,
    mean_by_table: f64,
    min_by_median: f64,
    median: f64,
    previous_requests: u64,
}

impl RowStats {
    pub fn new(seconds: [Option<f64>; 2]) -> Self {
        let shape = |ps: &[u32], rounding| (ps.iter().map(|p| Percentile(*p)).collect(), rounding);
        let side = |seconds| SideStats {
            seconds,
            requests: 1.0,
            shape: 0,
            spread: 0.45,
            mean_by_table: 1.0,
            min_by_median: 0.45,
            median: 60.0,
            previous_requests: 0,
        };
        Self {
            shapes: vec![
                shape(&LOCUST, Rounding::TwoDigits),
                shape(&QUANTILES, Rounding::TwoDigits),
                shape(&QUANTILES, Rounding::None),
            ],
            sides: seconds.map(side),
            metric_names: Vec::new(),
        }
    }

    fn side(&mut self, side: RunSide) -> &mut SideStats {
        let [baseline, run] = &mut self.sides;
        match side {
            RunSide::Baseline => baseline,
            RunSide::Run => run,
        }
    }

    /// Ratio of run to baseline in requests so far.
    fn load(&self) -> f64 {
        let [baseline, run] = &self.sides;
        run.requests / baseline.requests
    }
}

fn log2(value: f64) -> u32 {
    libm::log2(value.clamp(0.0, 1e15) + 1.0) as u32
}

/// Expected figures of an endpoint, if predictable: the total is the sum of the rows.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Expected {
    pub requests: Option<u64>,
    pub failures: Option<u64>,
    pub mean_ms: Option<f64>,
    pub min_ms: Option<f64>,
    pub max_ms: Option<f64>,
}

/// One endpoint's figures, with `other` being the baseline's if this is the run's, without method, name and service.
pub(super) fn endpoint(
    codec: &mut Codec<'_>,
    learned: &mut RowStats,
    side: RunSide,
    other: Option<&Endpoint>,
    expected: Expected,
    e: Endpoint,
) -> Result<Endpoint, LinkError> {
    let s = side.index();
    let is_sum = u32::from(expected.requests.is_some());
    let requests = requests(codec, learned, side, other, expected.requests, e.requests)?;
    let other_failures = other.and_then(|o| o.failures);
    let failures = option(codec, THERE, &[s << 8 | 1], e.failures, |c, v| {
        let near = expected.failures.or(other_failures).map_or(99, |n| log2(n as f64));
        let sort = s << 1 | is_sum;
        match expected.failures {
            Some(sum) => difference(c, FAILURES_SUM, &[sort], sum, v),
            None => c.number(FAILURES, &[sort << 8 | near, sort], v),
        }
    })?;
    let latency = latency(codec, learned, side, other, requests, expected, e.latency)?;
    let seconds = learned.side(side).seconds;
    let by_seconds = |count: Option<u64>| Some(count? as f64 / seconds?);
    let others_rate = || Some(other?.rate_per_s? * requests? as f64 / other?.requests? as f64);
    let rate_expected = by_seconds(requests).or_else(others_rate);
    let rate = option(codec, THERE, &[s << 8 | 2], e.rate_per_s, |c, v| {
        float(c, RATE, &[s << 1 | is_sum, s], DIGITS, rate_expected, v)
    })?;
    let from_counts = || Some(failures? as f64 / requests.filter(|n| *n > 0)? as f64 * 100.0);
    let stated_expected =
        from_counts().map(|pct| super::value::rounded(pct, 3)).or(other.and_then(|o| o.stated_error_rate_pct));
    let stated = option(codec, THERE, &[s << 8 | 3], e.stated_error_rate_pct, |c, v| {
        float(c, STATED, &[s], DIGITS, stated_expected, v)
    })?;
    let metrics = metrics(codec, learned, other, e.metrics)?;
    Ok(Endpoint {
        requests,
        failures,
        latency,
        rate_per_s: rate,
        stated_error_rate_pct: stated,
        metrics,
        ..Endpoint::default()
    })
}

fn requests(
    codec: &mut Codec<'_>,
    learned: &mut RowStats,
    side: RunSide,
    other: Option<&Endpoint>,
    sum: Option<u64>,
    value: Option<u64>,
) -> Result<Option<u64>, LinkError> {
    let s = side.index();
    let load = learned.load();
    let previous = learned.side(side).previous_requests;
    let found = option(codec, THERE, &[s << 8], value, |c, v| match (sum, other.and_then(|o| o.requests)) {
        (Some(sum), _) => difference(c, REQUESTS_SUM, &[s], sum, v),
        (None, Some(other)) => {
            let near = libm::round(other as f64 * load).clamp(0.0, 1e18) as u64;
            difference(c, REQUESTS, &[1000 + log2(near as f64), 2000], near, v)
        }
        (None, None) => c.number(REQUESTS_FIRST, &[s, 10 + log2(previous as f64)], v),
    })?;
    if let (Some(n), None) = (found, sum) {
        let with_baseline = side == RunSide::Baseline || other.is_some_and(|o| o.requests.is_some());
        let known = learned.side(side);
        if with_baseline {
            known.requests += n as f64;
        }
        known.previous_requests = n;
    }
    Ok(found)
}

/// A count by its difference from another one.
fn difference(codec: &mut Codec<'_>, kind: Kind, contexts: &[u32], from: u64, value: u64) -> Result<u64, LinkError> {
    let moved = codec.signed(kind, contexts, value.wrapping_sub(from) as i64)?;
    Ok(from.wrapping_add(moved as u64))
}

fn latency(
    codec: &mut Codec<'_>,
    learned: &mut RowStats,
    side: RunSide,
    other: Option<&Endpoint>,
    requests: Option<u64>,
    expected: Expected,
    l: Latency,
) -> Result<Latency, LinkError> {
    let s = side.index();
    let sum = u32::from(expected.mean_ms.is_some());
    let other = other.map(|o| &o.latency);
    let timed = option(codec, THERE, &[s << 8 | 4], l.timed, |c, v| match requests {
        Some(requests) => difference(c, TIMED, &[0], requests, v),
        None => c.number(Kind(TIMED.0 + 1), &[0], v),
    })?;
    let weight = timed.or(requests);
    let distribution = distribution(codec, learned, side, other.map(|o| &o.distribution), weight, l.distribution)?;
    let table = match &distribution {
        Distribution::Table(table) => Some(table),
        _ => None,
    };
    let estimate = table.and_then(mean_of);
    let other_table = other.and_then(|o| match &o.distribution {
        Distribution::Table(table) => mean_of(table),
        _ => None,
    });
    let by_other = || Some(other?.mean_ms? * estimate? / other_table?);
    let by_table = estimate.map(|mean| mean * learned.side(side).mean_by_table);
    let near = expected.mean_ms.or_else(by_other).or(by_table).or(other.and_then(|o| o.mean_ms));
    let told = u32::from(estimate.is_some()) << 1 | u32::from(other.is_some_and(|o| o.mean_ms.is_some()));
    let mean_ms = option(codec, THERE, &[s << 8 | 5], l.mean_ms, |c, v| {
        float(c, MEAN, &[s << 3 | told << 1 | sum, told], DIGITS, near, v)
    })?;
    if let (Some(mean), Some(estimate), None) = (mean_ms, estimate, expected.mean_ms) {
        let known = learned.side(side);
        known.mean_by_table += ((mean / estimate).clamp(0.2, 5.0) - known.mean_by_table) * 0.15;
    }
    let median = table.and_then(|t| t.values_ms.get(&Percentile::P50)).copied().or(mean_ms);
    let other_min = other.and_then(|o| o.min_ms);
    let near = expected.min_ms.or(other_min).or(median.map(|m| m * learned.side(side).min_by_median));
    let min_ms = option(codec, THERE, &[s << 8 | 6], l.min_ms, |c, v| {
        float(c, MIN, &[s << 2 | u32::from(other_min.is_some()) << 1 | sum], EXTREME_DIGITS, near, v)
    })?;
    if let (Some(min), Some(median), None) = (min_ms, median, expected.min_ms) {
        let known = learned.side(side);
        known.min_by_median += ((min / median.max(1e-9)).clamp(0.001, 1.0) - known.min_by_median) * 0.15;
    }
    let top = table.and_then(|t| t.values_ms.get(&Percentile::P100)).copied();
    let near = expected.max_ms.or(top).or(other.and_then(|o| o.max_ms)).or(median.map(|m| m * 4.0));
    let leading = near.map_or(0, |v| 1 + leading_digits(v));
    let max_ms = option(codec, THERE, &[s << 8 | 7], l.max_ms, |c, v| {
        let sort = s << 2 | u32::from(top.is_some()) << 1 | sum;
        float(c, MAX, &[sort, sort << 8 | leading], EXTREME_DIGITS, near, v)
    })?;
    let by_mean = sum_ns(mean_ms, weight);
    let sum_ns = if codec.flag(SUM, &[s, 2], l.sum_ns.is_some())? {
        if codec.flag(SUM, &[3], l.sum_ns == by_mean)? {
            by_mean
        } else {
            let sum = l.sum_ns.unwrap_or(0);
            let high = codec.number(Kind(SUM.0), &[4], (sum >> 64) as u64)?;
            let low = codec.raw(SUM, sum as u64)?;
            Some(u128::from(high) << 64 | u128::from(low))
        }
    } else {
        None
    };
    Ok(Latency { mean_ms, sum_ns, min_ms, max_ms, timed, distribution })
}

/// The sum of all response times from their mean, computed as by the importers.
pub(super) fn sum_ns(mean_ms: Option<f64>, timed: Option<u64>) -> Option<u128> {
    let sum = mean_ms? * timed? as f64 * 1e6;
    (sum.is_finite() && (0.0..1e30).contains(&sum)).then(|| libm::round(sum) as u128)
}

/// The two leading digits, which determine the step of Locust's rounding.
fn leading_digits(value: f64) -> u32 {
    if !value.is_finite() || value <= 0.0 {
        return 0;
    }
    let mut value = value;
    let mut guard = 0;
    while value >= 100.0 && guard < 400 {
        value /= 10.0;
        guard += 1;
    }
    while value < 10.0 && guard < 400 {
        value *= 10.0;
        guard += 1;
    }
    ((value / 5.0) as u32).min(20)
}

/// Mean estimated from a table: its values, weighted by the shares between them.
fn mean_of(table: &PercentileTable) -> Option<f64> {
    if table.values_ms.len() < 4 {
        return None;
    }
    let mut points = table.values_ms.iter().map(|(p, ms)| (p.share(), *ms));
    let (mut share, mut last) = points.next()?;
    let mut sum = share * last * 0.8;
    for (next, ms) in points {
        sum += (next - share) * (ms + last) / 2.0;
        (share, last) = (next, ms);
    }
    Some(sum).filter(|mean| *mean > 1e-6 && *mean < 1e12)
}

fn distribution(
    codec: &mut Codec<'_>,
    learned: &mut RowStats,
    side: RunSide,
    other: Option<&Distribution>,
    requests: Option<u64>,
    d: Distribution,
) -> Result<Distribution, LinkError> {
    let s = side.index();
    let sort = match &d {
        // Samples are converted to another distribution first.
        Distribution::Unknown | Distribution::Samples(_) => 0,
        Distribution::Table(_) => 1,
        Distribution::Tables(_) => 2,
        Distribution::Buckets(_) => 3,
    };
    let other_table = match other {
        Some(Distribution::Table(table)) => Some(table),
        _ => None,
    };
    Ok(match codec.choice(SORT, &[s], 4, sort)? {
        0 => Distribution::Unknown,
        1 => {
            let t = if let Distribution::Table(t) = d { t } else { PercentileTable::default() };
            Distribution::Table(table(codec, learned, side, other_table, requests, t)?)
        }
        2 => {
            let parts = if let Distribution::Tables(parts) = d { parts } else { Vec::new() };
            let parts = parts.into_iter().map(Some).collect();
            let parts = list(codec, PARTS, caps::PARTS, "tables", parts, |c, p: Option<TablePart>| {
                let blank = || TablePart { requests: 0, table: PercentileTable::default(), min_ms: None, max_ms: None };
                let p = p.unwrap_or_else(blank);
                let requests = c.number(COUNT, &[1], p.requests)?;
                Ok(Some(TablePart {
                    requests,
                    table: table(c, learned, side, None, Some(requests), p.table)?,
                    min_ms: option(c, THERE, &[20], p.min_ms, |c, v| float(c, MIN, &[20], EXTREME_DIGITS, None, v))?,
                    max_ms: option(c, THERE, &[21], p.max_ms, |c, v| float(c, MAX, &[20], EXTREME_DIGITS, None, v))?,
                }))
            })?;
            Distribution::Tables(parts.into_iter().flatten().collect())
        }
        _ => {
            let b = if let Distribution::Buckets(b) = d { b } else { Buckets::default() };
            Distribution::Buckets(buckets(codec, b)?)
        }
    })
}

/// A whole histogram, if its quantiles would change verdicts.
fn buckets(codec: &mut Codec<'_>, b: Buckets) -> Result<Buckets, LinkError> {
    let two_digits = codec.flag(SHAPE_PART, &[2], b.rounding == Rounding::TwoDigits)?;
    let items = b.counts_by_us.into_iter().collect();
    let mut last = 0_u64;
    let mut last_step = 0_i64;
    let items = list(codec, PARTS, caps::BUCKETS, "buckets", items, |c, (us, count)| {
        let step = (us % 1000 == 0).then(|| two_digit_of((us / 1000) as f64)).flatten();
        let us = if c.flag(SHAPE_PART, &[3], step.is_some())? {
            let moved = c.signed(Kind(OTHER.0), &[0], step.unwrap_or(0) - last_step)?;
            let step = last_step.checked_add(moved).ok_or(LinkError::Unreadable)?;
            last_step = step;
            (at_two_digit(step).ok_or(LinkError::Unreadable)? as u64).checked_mul(1000).ok_or(LinkError::Unreadable)?
        } else {
            difference(c, Kind(OTHER.0 + 1), &[0], last, us)?
        };
        last = us;
        c.count_values(1)?;
        Ok((us, c.number(COUNT, &[2], count)?))
    })?;
    let rounding = if two_digits { Rounding::TwoDigits } else { Rounding::None };
    Ok(Buckets { counts_by_us: crate::order::map(items), rounding })
}

/// A table's percentile levels: nearly always those of the previous table.
fn shape(
    codec: &mut Codec<'_>,
    learned: &mut RowStats,
    side: RunSide,
    t: &PercentileTable,
) -> Result<(Vec<Percentile>, Rounding), LinkError> {
    let same = |(ps, rounding): &(Vec<Percentile>, Rounding)| *rounding == t.rounding && t.values_ms.keys().eq(ps);
    let known = learned.shapes.iter().position(same).unwrap_or(learned.shapes.len());
    let last = learned.side(side).shape;
    let at = codec.number(SHAPE, &[last], known as u64)?;
    let at = usize::try_from(at).ok().filter(|at| *at <= learned.shapes.len()).ok_or(LinkError::Unreadable)?;
    learned.side(side).shape = at as u32;
    if let Some(known) = learned.shapes.get(at) {
        return Ok(known.clone());
    }
    let two_digits = codec.flag(SHAPE_PART, &[0], t.rounding == Rounding::TwoDigits)?;
    let mut last = 0_u64;
    let keys = t.values_ms.keys().map(|p| u64::from(p.0)).collect();
    let keys = list(codec, SHAPE_PART, caps::PERCENTILES, "percentiles", keys, |c, p: u64| {
        last = difference(c, SHAPE_PART, &[1], last, p)?;
        Ok(last)
    })?;
    let keys = keys.into_iter().map(|p| u32::try_from(p).ok().map(Percentile)).collect::<Option<Vec<_>>>();
    let keys = keys.filter(|k| k.is_sorted_by(|a, b| a < b)).ok_or(LinkError::Unreadable)?;
    let rounding = if two_digits { Rounding::TwoDigits } else { Rounding::None };
    if learned.shapes.len() < caps::SHAPES {
        learned.shapes.push((keys.clone(), rounding));
    }
    Ok((keys, rounding))
}

/// Encoding of a table value.
const TWO_DIGIT: u32 = 0;
const LOG: u32 = 1;
const FLOAT: u32 = 2;

fn table(
    codec: &mut Codec<'_>,
    learned: &mut RowStats,
    side: RunSide,
    other: Option<&PercentileTable>,
    requests: Option<u64>,
    t: PercentileTable,
) -> Result<PercentileTable, LinkError> {
    let (keys, rounding) = shape(codec, learned, side, &t)?;
    codec.count_values(keys.len())?;
    let s = side.index();
    let known = *learned.side(side);
    let many = requests.filter(|n| *n > 0).unwrap_or(u64::MAX) as f64;
    let mut values = BTreeMap::new();
    // Normal quantile and logarithm of the previous value.
    let mut before: Option<(f64, f64, f64)> = None;
    let mut first: Option<(f64, f64)> = None;
    let mut class = if rounding == Rounding::TwoDigits { TWO_DIGIT } else { LOG };
    let mut residual = 0_i64;
    let mut ratio: Option<f64> = None;
    for (j, p) in keys.into_iter().enumerate() {
        let value = t.values_ms.get(&p).copied().unwrap_or(0.0);
        // Beyond the last request the quantile is the maximum.
        let z = normal_quantile(p.share().min(1.0 - 0.6 / many));
        let other_log = other.and_then(|o| o.values_ms.get(&p)).map(|ms| log(*ms));
        let mut spread = known.spread;
        let own = before.map(|(last_z, last_log, _)| {
            if let Some((first_z, first_log)) = first {
                let weight = 0.4;
                spread = (known.spread * weight + (last_log - first_log)) / (weight + (last_z - first_z));
            }
            last_log + (z - last_z) * spread.max(0.0)
        });
        let by_other = other_log.map(|log| log + ratio.unwrap_or(0.0));
        let same_rank = before.is_some_and(|(last_z, ..)| z - last_z < 1e-9);
        let guess = match (own, by_other) {
            _ if same_rank => before.map_or(0.0, |(_, log, _)| log),
            (Some(own), Some(by_other)) => own * 0.3 + by_other * 0.7,
            (own, by_other) => by_other.or(own).unwrap_or(log(known.median)),
        };
        let floor = before.map(|(_, _, ms)| ms);
        let near = libm::exp(guess.clamp(-20.0, 35.0)).max(floor.unwrap_or(0.0));
        let near_class = match value {
            v if class == TWO_DIGIT && two_digit_of(v).is_some() => TWO_DIGIT,
            v if log_of(v).is_some() => LOG,
            v if two_digit_of(v).is_some() => TWO_DIGIT,
            _ => FLOAT,
        };
        let last_class = class << 1 | u32::from(j == 0);
        // Percentiles with rules are finer than the others.
        let contexts = [last_class, 1 << 31 | p.0 << 3 | last_class];
        class = codec.choice(CELL, &contexts, 3, near_class)?;
        let told = u32::from(other_log.is_some()) << 1 | u32::from(before.is_some());
        let place = hash(s << 2 | told, p.0, 5);
        // Expected error of the guess in steps of this size, from the unknown growth.
        let width = if same_rank {
            40
        } else if before.is_none() {
            41 + told
        } else {
            let (last_z, ..) = before.unwrap_or_default();
            log2((z - last_z) * spread.max(0.05) / step_width(near, class) * 8.0)
        };
        let apart = match (own, by_other) {
            (Some(own), Some(by_other)) => {
                ((own - by_other) / step_width(near, class) * 1.5).clamp(-6.0, 6.0) as i32 + 8
            }
            _ => 0,
        };
        let room = floor.map_or(0, |ms| {
            if class == TWO_DIGIT { (nearest_two_digit(near) - nearest_two_digit(ms)).clamp(0, 6) } else { 7 }
        }) as u32;
        let drift = residual.clamp(-2, 2) + 2;
        let contexts = [
            place,
            told << 8 | width,
            told << 16 | width << 8 | apart as u32,
            told << 16 | (width << 4) | drift as u32,
            told << 16 | room << 8 | width,
            told << 8 | u32::from(same_rank) << 7 | leading_digits(near),
        ];
        let value = match class {
            TWO_DIGIT => {
                let near = nearest_two_digit(near);
                residual = codec.signed(STEP, &contexts, two_digit_of(value).unwrap_or(0) - near)?;
                at_two_digit(near.saturating_add(residual)).ok_or(LinkError::Unreadable)?
            }
            LOG => {
                let near = nearest_log(near);
                residual = codec.signed(LOG_STEP, &contexts, log_of(value).unwrap_or(0) - near)?;
                at_log(near.saturating_add(residual)).ok_or(LinkError::Unreadable)?
            }
            _ => float(codec, Kind(OTHER.0 + 40), &[told], DIGITS, Some(near), value)?,
        };
        let log = log(value);
        if let Some(other) = other_log {
            let now = log - other;
            ratio = Some(ratio.map_or(now, |r| r * 0.4 + now * 0.6));
        }
        first = first.or(Some((z, log)));
        before = Some((z, log, value));
        values.insert(p, value);
    }
    let known = learned.side(side);
    if let (Some((first_z, first_log)), Some((last_z, last_log, _))) = (first, before)
        && last_z - first_z > 0.5
    {
        let spread = ((last_log - first_log) / (last_z - first_z)).clamp(0.01, 3.0);
        known.spread += (spread - known.spread) * 0.25;
        known.median = values.get(&Percentile::P50).copied().unwrap_or(known.median).clamp(0.001, 1e9);
    }
    Ok(PercentileTable { values_ms: values, rounding })
}

fn log(ms: f64) -> f64 {
    libm::log(if ms > 0.1 { ms.min(1e15) } else { 0.1 })
}

/// The step of a value's grid, relative to the value.
fn step_width(value: f64, class: u32) -> f64 {
    if class != TWO_DIGIT {
        return 0.039;
    }
    let mut step = 1.0;
    while value >= step * 99.5 && step < 1e12 {
        step *= 10.0;
    }
    step / value.max(1.0)
}

/// The quantile of the standard normal distribution (Acklam's approximation, to 1e-9).
pub(super) fn normal_quantile(p: f64) -> f64 {
    let p = p.clamp(1e-12, 1.0 - 1e-12);
    let tail = |q: f64| {
        let upper = ((((-7.784894002430293e-03 * q - 3.223964580411365e-01) * q - 2.400758277161838) * q
            - 2.549732539343734)
            * q
            + 4.374664141464968)
            * q
            + 2.938163982698783;
        let lower =
            (((7.784695709041462e-03 * q + 3.224671290700398e-01) * q + 2.445134137142996) * q + 3.754408661907416) * q
                + 1.0;
        upper / lower
    };
    if p < 0.02425 {
        return tail(libm::sqrt(-2.0 * libm::log(p)));
    }
    if p > 1.0 - 0.02425 {
        return -tail(libm::sqrt(-2.0 * libm::log(1.0 - p)));
    }
    let q = p - 0.5;
    let r = q * q;
    let upper = (((((-3.969683028665376e+01 * r + 2.209460984245205e+02) * r - 2.759285104469687e+02) * r
        + 1.38357751867269e+02)
        * r
        - 3.066479806614716e+01)
        * r
        + 2.506628277459239)
        * q;
    let lower = ((((-5.447609879822406e+01 * r + 1.615858368580409e+02) * r - 1.556989798598866e+02) * r
        + 6.680131188771972e+01)
        * r
        - 1.328068155288572e+01)
        * r
        + 1.0;
    upper / lower
}

fn metrics(
    codec: &mut Codec<'_>,
    learned: &mut RowStats,
    other: Option<&Endpoint>,
    metrics: BTreeMap<String, f64>,
) -> Result<BTreeMap<String, f64>, LinkError> {
    let mut place = 0_u32;
    let items = list(codec, METRICS, caps::METRICS, "metrics", metrics.into_iter().collect(), |c, (name, value)| {
        let known = learned.metric_names.iter().position(|n| *n == name).unwrap_or(learned.metric_names.len());
        let at = c.number(NAME_OF_METRIC, &[place], known as u64)?;
        let at =
            usize::try_from(at).ok().filter(|at| *at <= learned.metric_names.len()).ok_or(LinkError::Unreadable)?;
        place = at as u32 + 1;
        let name = match learned.metric_names.get(at) {
            Some(name) => name.clone(),
            None => {
                let name = text(c, 3, "", &name)?;
                if learned.metric_names.len() >= caps::METRIC_NAMES {
                    return Err(LinkError::Beyond { what: "names of metrics" });
                }
                learned.metric_names.push(name.clone());
                name
            }
        };
        let near = other.and_then(|o| o.metrics.get(&name)).copied();
        let value = float(c, METRIC, &[at as u32, 1000], DIGITS, near, value)?;
        Ok((name, value))
    })?;
    Ok(crate::order::map(items))
}
