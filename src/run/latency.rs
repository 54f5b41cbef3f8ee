use std::collections::BTreeMap;
use std::fmt;

use super::Histogram;

/// A percentile in thousandths of a percent, so that 99.999 % is exact: `Percentile(99_999)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Percentile(pub u32);

impl Percentile {
    /// The median.
    pub const P50: Self = Self(50_000);
    /// The 90th percentile.
    pub const P90: Self = Self(90_000);
    /// The 95th percentile.
    pub const P95: Self = Self(95_000);
    /// The 99th percentile.
    pub const P99: Self = Self(99_000);
    /// The maximum, as a percentile.
    pub const P100: Self = Self(100_000);

    /// Reads `95`, `99.9` or `99.999` (percent, at most three decimals, over 0 and at most 100).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = |s: &str| s.chars().all(|c| c.is_ascii_digit());
        if whole.is_empty() || whole.len() > 3 || fraction.len() > 3 || !digits(whole) || !digits(fraction) {
            return None;
        }
        let thousandths: u32 = format!("{whole}{fraction:0<3}").parse().ok()?;
        (1..=100_000).contains(&thousandths).then_some(Self(thousandths))
    }

    /// Reads a share of 1, `0.95` or `0.999375`. `None` if it is not a percentile of at most three decimals.
    #[must_use]
    pub fn of_share(text: &str) -> Option<Self> {
        let share: f64 = text.parse().ok()?;
        let millionths = libm::round(share * 1e6);
        let is_one = (10.0..=1e6).contains(&millionths) && millionths % 10.0 == 0.0;
        is_one.then_some(Self(millionths as u32 / 10))
    }

    /// As a share of 1: 0.95 for the 95th.
    #[must_use]
    pub fn share(self) -> f64 {
        f64::from(self.0) / 100_000.0
    }
}

impl fmt::Display for Percentile {
    /// `95`, `99.9`: the percent without trailing zeros.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0 / 1000, self.0 % 1000);
        if rest == 0 {
            write!(f, "{whole}")
        } else {
            write!(f, "{whole}.{}", format!("{rest:03}").trim_end_matches('0'))
        }
    }
}

/// Response times of one endpoint, in milliseconds.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Latency {
    /// Arithmetic mean.
    pub mean_ms: Option<f64>,
    /// Sum of all response times in nanoseconds, for merging means.
    pub sum_ns: Option<u128>,
    /// Smallest.
    pub min_ms: Option<f64>,
    /// Largest.
    pub max_ms: Option<f64>,
    /// Requests with a response time, if known. Fewer than requests made if a client reported no time for some.
    /// `Some(0)` is an endpoint without response times; it changes nothing when merged.
    pub timed: Option<u64>,
    /// The known quantiles.
    pub distribution: Distribution,
}

/// What is known of a distribution, by source.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Distribution {
    /// No quantile is known.
    #[default]
    Unknown,
    /// Percentiles as the tool printed them.
    Table(PercentileTable),
    /// Several merged tables: a quantile is known only between bounds. Sorted, so that merging commutes.
    Tables(Vec<TablePart>),
    /// Counts by response time in the tool's buckets.
    Buckets(Buckets),
    /// All response times, from raw samples.
    Samples(Histogram),
}

/// Percentiles as a tool printed them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PercentileTable {
    /// Milliseconds by percentile.
    pub values_ms: BTreeMap<Percentile, f64>,
    /// How the tool rounded them.
    pub rounding: Rounding,
}

/// How a tool rounds response times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Rounding {
    /// Not rounded, or not known to be.
    #[default]
    None,
    /// Locust's buckets: 1 ms below 100, 10 ms below 1,000, 100 ms below 10 s, 1 s above
    /// (locust/stats.py, `StatsEntry._log_response_time`).
    TwoDigits,
}

/// One of several percentile tables that were merged.
#[derive(Debug, Clone, PartialEq)]
pub struct TablePart {
    /// Requests behind the table: its weight in the mixture.
    pub requests: u64,
    /// The table.
    pub table: PercentileTable,
    /// Smallest response time, if known.
    pub min_ms: Option<f64>,
    /// Largest response time, if known.
    pub max_ms: Option<f64>,
}

impl TablePart {
    /// A total order, for [`Distribution::Tables`].
    fn order(&self, other: &Self) -> std::cmp::Ordering {
        let bound = |v: Option<f64>| v.unwrap_or(f64::NEG_INFINITY);
        self.requests
            .cmp(&other.requests)
            .then_with(|| bound(self.min_ms).total_cmp(&bound(other.min_ms)))
            .then_with(|| bound(self.max_ms).total_cmp(&bound(other.max_ms)))
            .then_with(|| self.table.rounding.cmp(&other.table.rounding))
            .then_with(|| {
                let (a, b) = (&self.table.values_ms, &other.table.values_ms);
                a.len().cmp(&b.len()).then_with(|| {
                    a.iter()
                        .zip(b)
                        .map(|((p, x), (q, y))| p.cmp(q).then(x.total_cmp(y)))
                        .find(|o| o.is_ne())
                        .unwrap_or(std::cmp::Ordering::Equal)
                })
            })
    }

    /// Bounds of this part's share of requests at or below `ms`, as proven by the table, without interpolation.
    fn share_at_most(&self, ms: f64) -> (f64, f64) {
        if self.min_ms.is_some_and(|min| ms < min) {
            return (0.0, 0.0);
        }
        if self.max_ms.is_some_and(|max| ms >= max) {
            return (1.0, 1.0);
        }
        let at_least =
            self.table.values_ms.iter().filter(|(_, v)| **v <= ms).map(|(p, _)| p.share()).fold(0.0, f64::max);
        let at_most = self.table.values_ms.iter().filter(|(_, v)| **v > ms).map(|(p, _)| p.share()).fold(1.0, f64::min);
        (at_least, at_most.max(at_least))
    }
}

/// Sorts parts into their canonical order.
pub(super) fn sort_parts(parts: &mut [TablePart]) {
    crate::order::sort_by(parts, TablePart::order);
}

/// Bounds of the `p` quantile of a count-weighted mixture of tables: `(low, high)` in milliseconds. `None` if a table
/// does not reach that far.
///
/// A value `v` can be the quantile only if the mixture's share at or below `v` can reach `p`. The candidates are the
/// tables' own values, since the proven shares change only there.
#[must_use]
pub(super) fn mixture_bounds(parts: &[TablePart], p: Percentile) -> Option<(f64, f64)> {
    let weight: u128 = parts.iter().map(|part| u128::from(part.requests)).sum();
    if weight == 0 {
        return None;
    }
    let mut candidates: Vec<f64> = parts
        .iter()
        .flat_map(|part| part.table.values_ms.values().copied().chain(part.min_ms).chain(part.max_ms))
        .collect();
    crate::order::sort_by(&mut candidates, f64::total_cmp);
    candidates.dedup();
    let target = p.share() * weight as f64;
    let reach = |ms: f64, upper: bool| {
        let sum: f64 = parts
            .iter()
            .map(|part| {
                let (low, high) = part.share_at_most(ms);
                (if upper { high } else { low }) * part.requests as f64
            })
            .sum();
        sum >= target * (1.0 - 1e-12)
    };
    // The proven shares grow with the value: if one candidate reaches the target, all above it do.
    let first = |upper: bool| candidates.get(candidates.partition_point(|ms| !reach(*ms, upper))).copied();
    Some((first(true)?, first(false)?))
}

/// Counts by response time in the tool's buckets. Quantiles follow the tool's own definition.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Buckets {
    /// Requests by response time in whole microseconds.
    pub counts_by_us: BTreeMap<u64, u64>,
    /// How the tool rounded.
    pub rounding: Rounding,
}

impl Buckets {
    /// Total requests in the buckets.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts_by_us.values().fold(0, |sum, n| sum.saturating_add(*n))
    }

    /// The `p` quantile by Locust's definition: descending from the largest value, the first bucket at which the
    /// cumulative requests reach `total - floor(total * p)` (locust/stats.py, `calculate_response_time_percentile`).
    #[must_use]
    pub fn quantile_ms(&self, p: Percentile) -> Option<f64> {
        let total = self.total();
        if total == 0 {
            return None;
        }
        // In floating point, as Locust computes it: `int(num_requests * percent)`.
        let at_or_below = (total as f64 * p.share()) as u64;
        let mut passed = 0_u64;
        for (us, count) in self.counts_by_us.iter().rev() {
            passed = passed.saturating_add(*count);
            if total - passed.min(total) <= at_or_below {
                return Some(*us as f64 / 1000.0);
            }
        }
        None
    }
}

impl Distribution {
    /// The `p` quantile in milliseconds, only if the tool's numbers determine it as a point.
    #[must_use]
    pub fn quantile_ms(&self, p: Percentile) -> Option<f64> {
        match self {
            Self::Table(table) => table.values_ms.get(&p).copied(),
            Self::Buckets(buckets) => buckets.quantile_ms(p),
            Self::Samples(histogram) => histogram.quantile_ms(p.share()),
            Self::Unknown | Self::Tables(_) => None,
        }
    }

    /// Bounds of the `p` quantile in milliseconds, if merged tables leave a range.
    #[must_use]
    pub fn quantile_bounds_ms(&self, p: Percentile) -> Option<(f64, f64)> {
        match self {
            Self::Tables(parts) => mixture_bounds(parts, p),
            _ => None,
        }
    }

    /// The percentiles for charts, each with its value in milliseconds, ascending.
    #[must_use]
    pub fn points_ms(&self) -> Vec<(Percentile, f64)> {
        match self {
            Self::Table(table) => table.values_ms.iter().map(|(p, v)| (*p, *v)).collect(),
            Self::Buckets(_) | Self::Samples(_) => {
                [50_000, 66_000, 75_000, 80_000, 90_000, 95_000, 98_000, 99_000, 99_900, 99_990, 100_000]
                    .into_iter()
                    .filter_map(|p| Some((Percentile(p), self.quantile_ms(Percentile(p))?)))
                    .collect()
            }
            Self::Unknown | Self::Tables(_) => Vec::new(),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_read_and_print() {
        for (text, value) in [("50", 50_000), ("99.9", 99_900), ("99.999", 99_999), ("100", 100_000)] {
            assert_eq!(Percentile::parse(text), Some(Percentile(value)));
            assert_eq!(Percentile(value).to_string(), text);
        }
        for text in ["", "0", "101", "-5", "9e1", "99.9999", "95%"] {
            assert_eq!(Percentile::parse(text), None, "{text}");
        }
    }

    fn part(requests: u64, values: &[(u32, f64)]) -> TablePart {
        TablePart {
            requests,
            table: PercentileTable {
                values_ms: values.iter().map(|(p, v)| (Percentile(*p), *v)).collect(),
                rounding: Rounding::None,
            },
            min_ms: None,
            max_ms: None,
        }
    }

    /// Statistics.md §6: two rows with p95 of 10 and 1,000 are never 505.
    #[test]
    fn merged_tables_give_bounds_and_no_point() {
        let parts =
            vec![part(100, &[(95_000, 10.0), (100_000, 12.0)]), part(100, &[(95_000, 1000.0), (100_000, 1200.0)])];
        let merged = Distribution::Tables(parts);
        assert_eq!(merged.quantile_ms(Percentile::P95), None);
        let (low, high) = merged.quantile_bounds_ms(Percentile::P95).unwrap();
        // 190 of 200 requests: the fast half contributes at most 100, so the slow half must contribute at least 90.
        assert!(low <= 1000.0 && high == 1000.0, "{low}..{high}");
    }

    /// Against the definition on samples: the bounds contain the true quantile of the pooled samples.
    #[test]
    fn bounds_hold_the_pooled_quantile() {
        let quantile = |sorted: &[f64], p: f64| {
            let rank = ((p * sorted.len() as f64) - 1e-9).ceil().max(1.0) as usize;
            *sorted.get(rank - 1).unwrap()
        };
        let a: Vec<f64> = (0..300).map(|i| 10.0 + f64::from(i * i) / 900.0).collect();
        let b: Vec<f64> = (0..700).map(|i| 40.0 + f64::from(i) / 3.0).collect();
        let table = |samples: &[f64]| {
            let mut part = part(
                samples.len() as u64,
                &[50_000_u32, 75_000, 90_000, 95_000, 99_000].map(|p| (p, quantile(samples, f64::from(p) / 1e5))),
            );
            part.min_ms = samples.first().copied();
            part.max_ms = samples.last().copied();
            part
        };
        let mut pooled = [a.clone(), b.clone()].concat();
        pooled.sort_by(f64::total_cmp);
        let parts = [table(&a), table(&b)];
        for p in [50_000, 90_000, 95_000, 99_000] {
            let truth = quantile(&pooled, f64::from(p) / 1e5);
            let (low, high) = mixture_bounds(&parts, Percentile(p)).unwrap();
            assert!(low <= truth && truth <= high, "p{p}: {truth} not in {low}..{high}");
        }
    }

    /// T17 of the test vectors: `floor(np) + 1`-th value (Locust's definition) of A.
    #[test]
    fn bucket_quantiles_follow_locust() {
        let a = [112, 115, 118, 119, 121, 123, 124, 126, 127, 128, 130, 131, 133, 135, 138, 141, 147, 155, 168, 203];
        let buckets =
            Buckets { counts_by_us: a.into_iter().map(|v| (v * 1000, 1)).collect(), rounding: Rounding::None };
        for (p, value) in [(50_000, 130.0), (90_000, 168.0), (95_000, 203.0), (99_000, 203.0)] {
            assert_eq!(buckets.quantile_ms(Percentile(p)), Some(value), "p{p}");
        }
    }
}
