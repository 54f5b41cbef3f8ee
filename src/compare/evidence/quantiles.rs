//! The quantiles of one side as a function of the share, from any source.

use std::borrow::Cow;

use super::slices::IntervalSum;
use crate::run::{Buckets, Distribution, Endpoint, Histogram, Latency, Percentile, PercentileTable, Rounding};
use crate::stats::quantile::locust_half_width;
use crate::stats::special::normal_quantile;

/// Points that represent a table in a mixture.
const MIXTURE_POINTS: usize = 100;
/// Points for integrating a mean.
const MEAN_POINTS: usize = 1000;

/// The quantiles of one side.
#[derive(Debug, Clone)]
pub(super) enum Quantiles {
    /// From values or buckets: the share of values up to each knot, and the knot in milliseconds. Between knots the
    /// share is linear, so that clock steps and rounding do not appear as steps of the quantile.
    Knots(Vec<(f64, f64)>),
    /// From a printed table: normal score and logarithm of each percentile.
    Table(Vec<(f64, f64)>),
}

impl Quantiles {
    /// From ascending values with weights.
    fn of_values(values: &[(f64, f64)]) -> Option<Self> {
        let whole: f64 = values.iter().map(|(_, n)| n).sum();
        let (first, last) = (values.first()?.0, values.last()?.0);
        if whole.is_nan() || whole <= 0.0 {
            return None;
        }
        let mut knots = Vec::with_capacity(values.len() + 1);
        let gap = values.get(1).map_or(first / 10.0, |(second, _)| second - first);
        knots.push((0.0, (first - gap / 2.0).max(first / 2.0)));
        let mut passed = 0.0;
        for (at, (value, n)) in values.iter().enumerate() {
            passed += n;
            let next = values.get(at + 1).map_or(last + gap.min(last / 10.0) / 2.0, |(next, _)| (value + next) / 2.0);
            knots.push((passed / whole, next));
        }
        Some(Self::Knots(knots))
    }

    /// From a histogram of samples.
    pub fn of_histogram(histogram: &Histogram) -> Option<Self> {
        Self::of_values(&histogram.iter().map(|(ns, n)| (ns as f64 / 1e6, n as f64)).collect::<Vec<_>>())
    }

    /// From the intervals of a timeline.
    pub fn of_interval_sum(inside: &IntervalSum) -> Option<Self> {
        Self::of_values(&inside.sketch.middles_ns().map(|(ns, n)| (ns as f64 / 1e6, n as f64)).collect::<Vec<_>>())
    }

    fn of_buckets(buckets: &Buckets) -> Option<Self> {
        let values = buckets.counts_by_us.iter().map(|(us, n)| (*us as f64 / 1e3, *n as f64));
        Self::of_values(&values.collect::<Vec<_>>())
    }

    /// From a printed table with its extremes.
    fn of_table(extremes: (Option<f64>, Option<f64>), table: &PercentileTable, requests: u64) -> Option<Self> {
        let n = requests.max(2) as f64;
        let mut points: Vec<(f64, f64)> = Vec::with_capacity(table.values_ms.len() + 2);
        let mut add = |share: f64, ms: f64| {
            let (score, log) = (score(share), if ms > 0.0 { libm::log(ms) } else { return });
            if let Some(score) = score
                && points.last().is_none_or(|(before, _)| score > *before)
            {
                // An out-of-order table is reported elsewhere; keep it flat here.
                let log = points.last().map_or(log, |(_, before)| log.max(*before));
                points.push((score, log));
            }
        };
        if let Some(min) = extremes.0 {
            add(0.5 / n, min);
        }
        for (percentile, ms) in table.values_ms.iter().filter(|(p, _)| **p < Percentile::P100) {
            add(percentile.share(), *ms);
        }
        if let Some(max) = extremes.1 {
            add(1.0 - 0.5 / n, max);
        }
        (points.len() > 1).then_some(Self::Table(points))
    }

    /// From an endpoint's response times.
    pub fn of(endpoint: &Endpoint) -> Option<Self> {
        match &endpoint.latency.distribution {
            Distribution::Samples(histogram) => Self::of_histogram(histogram),
            Distribution::Buckets(buckets) => Self::of_buckets(buckets),
            Distribution::Table(table) => {
                let extremes = (endpoint.latency.min_ms, endpoint.latency.max_ms);
                Self::of_table(extremes, table, endpoint.requests?)
            }
            Distribution::Tables(_) | Distribution::Unknown => None,
        }
    }

    /// Mean and standard deviation of several tables together, in milliseconds; `None` for other distributions. Without
    /// a printed total, this is the only source for the error of its mean.
    pub fn moments_of_tables(endpoint: &Endpoint) -> Option<(f64, f64)> {
        let Distribution::Tables(parts) = &endpoint.latency.distribution else { return None };
        let (mut n, mut first, mut second) = (0.0, 0.0, 0.0);
        for part in parts.iter().filter(|part| part.requests > 0) {
            let (mean, deviation) =
                Self::of_table((part.min_ms, part.max_ms), &part.table, part.requests)?.moments()?;
            let requests = part.requests as f64;
            n += requests;
            first += requests * mean;
            second += requests * (deviation * deviation + mean * mean);
        }
        let mean = first / n;
        (mean > 0.0 && second.is_finite()).then(|| (mean, libm::sqrt((second / n - mean * mean).max(0.0))))
    }

    /// Mixture of several sides with weights.
    pub fn mixture<'q>(parts: impl IntoIterator<Item = (f64, Cow<'q, Self>)>) -> Option<Self> {
        let mut values: Vec<(f64, f64)> = Vec::new();
        for (weight, part) in parts {
            match &*part {
                Self::Knots(knots) => {
                    let pairs = knots.iter().zip(knots.iter().skip(1));
                    values.extend(pairs.map(|(a, b)| ((a.1 + b.1) / 2.0, weight * (b.0 - a.0))));
                }
                Self::Table(_) => {
                    let each = weight / MIXTURE_POINTS as f64;
                    let shares = (0..MIXTURE_POINTS).map(|i| (i as f64 + 0.5) / MIXTURE_POINTS as f64);
                    values.extend(shares.filter_map(|share| Some((libm::exp(part.log_at(share)?), each))));
                }
            }
        }
        crate::order::sort_by(&mut values, |a, b| a.0.total_cmp(&b.0));
        Self::of_values(&values)
    }

    /// Logarithm of the quantile in milliseconds at a share between 0 and 1.
    pub fn log_at(&self, share: f64) -> Option<f64> {
        match self {
            Self::Knots(knots) => {
                let share = share.clamp(0.0, 1.0);
                let above = knots.partition_point(|(s, _)| *s < share).max(1);
                let (low, high) = (knots.get(above - 1)?, knots.get(above).or(knots.last())?);
                let room = high.0 - low.0;
                let part = if room > 0.0 { ((share - low.0) / room).clamp(0.0, 1.0) } else { 1.0 };
                super::side::log(low.1 + (high.1 - low.1) * part)
            }
            Self::Table(points) => {
                let score = score(share)?;
                let line = |a: &(f64, f64), b: &(f64, f64)| a.1 + (b.1 - a.1) * (score - a.0) / (b.0 - a.0);
                let above = points.partition_point(|(s, _)| *s < score).clamp(1, points.len() - 1);
                Some(line(points.get(above - 1)?, points.get(above)?))
            }
        }
    }

    /// Mean of the response times between two shares, in milliseconds.
    pub fn mean_between(&self, from: f64, to: f64) -> Option<f64> {
        let step = (to - from) / MEAN_POINTS as f64;
        let sum = (0..MEAN_POINTS)
            .map(|i| Some(libm::exp(self.log_at(from + (i as f64 + 0.5) * step)?)))
            .try_fold(0.0, |sum, ms| Some(sum + ms?))?;
        (step > 0.0).then_some(sum / MEAN_POINTS as f64)
    }

    /// Mean and standard deviation in milliseconds.
    pub fn moments(&self) -> Option<(f64, f64)> {
        let pieces: Vec<(f64, f64, f64)> = match self {
            Self::Knots(knots) => knots.iter().zip(knots.iter().skip(1)).map(|(a, b)| (b.0 - a.0, a.1, b.1)).collect(),
            Self::Table(points) => {
                let share = |score: f64| 1.0 - crate::stats::special::normal_sf(score);
                points
                    .iter()
                    .zip(points.iter().skip(1))
                    .map(|(a, b)| (share(b.0) - share(a.0), libm::exp(a.1), libm::exp(b.1)))
                    .collect()
            }
        };
        let whole: f64 = pieces.iter().map(|(w, ..)| w).sum();
        let mean = pieces.iter().map(|(w, a, b)| w * (a + b) / 2.0).sum::<f64>() / whole;
        let second = pieces.iter().map(|(w, a, b)| w * (a * a + a * b + b * b) / 3.0).sum::<f64>() / whole;
        (mean > 0.0 && second.is_finite()).then(|| (mean, libm::sqrt((second - mean * mean).max(0.0))))
    }
}

/// The standard normal quantile at this share.
fn score(share: f64) -> Option<f64> {
    if !(share > 0.0 && share < 1.0) {
        return None;
    }
    if share < 0.5 { normal_quantile(share).map(|z| -z) } else { normal_quantile(1.0 - share) }
}

/// Half the width of the rounding interval of a figure, in milliseconds: from the tool's rounding, or from clock steps
/// visible in every printed value below 100 ms.
pub(super) fn half_width(latency: &Latency, figure: f64) -> f64 {
    let (rounding, table) = match &latency.distribution {
        Distribution::Table(table) => (table.rounding, Some(table)),
        Distribution::Buckets(buckets) => (buckets.rounding, None),
        _ => (Rounding::None, None),
    };
    let rounded = if rounding == Rounding::TwoDigits { locust_half_width(figure) } else { 0.0 };
    rounded.max(table.and_then(|table| clock_ms(latency, table)).map_or(0.0, |step| step / 2.0))
}

/// The clock step behind a printed table: the common divisor of all its values below 100 ms, if there are several and
/// it is more than 1 ms.
fn clock_ms(latency: &Latency, table: &PercentileTable) -> Option<f64> {
    let below: Vec<f64> =
        table.values_ms.values().copied().chain(latency.min_ms).filter(|ms| *ms > 0.0 && *ms < 100.0).collect();
    let distinct = crate::order::set(below.iter().map(|ms| ms.to_bits())).len();
    if distinct < 3 || below.iter().any(|ms| *ms != libm::floor(*ms)) {
        return None;
    }
    let step = below.iter().fold(0_u64, |a, ms| greatest_common_divisor(a, *ms as u64));
    (step > 1).then_some(step as f64)
}

fn greatest_common_divisor(mut a: u64, mut b: u64) -> u64 {
    while b > 0 {
        (a, b) = (b, a % b);
    }
    a
}
