//! Resampling with a generator whose numbers are the same everywhere.

use super::quantile::nearest_rank;
use super::{Interval, finite, is_tail, mean};

/// SplitMix64 (Steele, Lea & Flood 2014). Vector T9.
#[derive(Debug, Clone)]
pub struct SplitMix64(u64);

impl SplitMix64 {
    /// A generator from a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A whole number below `n`, by the high half of a product: its bias is below n/2⁶⁴. 0 if `n` is 0.
    pub fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.next_u64()) * u128::from(n)) >> 64) as u64
    }

    /// The items in a random order (Fisher & Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let other = self.below(last as u64 + 1) as usize;
            items.swap(last, other);
        }
    }
}

/// The most replicates.
const MOST_REPLICATES: usize = 100_000;

/// A circular block bootstrap (Politis & Romano 1992) of the difference of one quantile, run − baseline.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BlockBootstrap {
    /// Values per block; 1 for independent values (Efron 1979).
    pub block: usize,
    /// How many replicates: 2,000 is usual, at most 100,000.
    pub replicates: usize,
    /// The generator's seed.
    pub seed: u64,
}

impl BlockBootstrap {
    /// The percentile interval of the quantile's difference. Both series are in the order of time, quantiles of replicates
    /// and of the interval are nearest ranks. Each replicate draws the baseline first: a start in the circle of values,
    /// and the block from there, until the series has its length. `None` for an empty series, a value that is not
    /// finite, or a quantile outside 0 < p < 1. Vectors T9 and T12.
    #[must_use]
    pub fn quantile_difference(&self, baseline: &[f64], run: &[f64], p: f64, tail: f64) -> Option<Interval> {
        let known = |series: &[f64]| !series.is_empty() && series.iter().all(|v| v.is_finite());
        if !(is_tail(tail) && p > 0.0 && p < 1.0 && known(baseline) && known(run))
            || self.block == 0
            || !(1..=MOST_REPLICATES).contains(&self.replicates)
        {
            return None;
        }
        let mut random = SplitMix64::new(self.seed);
        let mut drawn = Vec::new();
        let mut differences = Vec::with_capacity(self.replicates);
        for _ in 0..self.replicates {
            let mut one = |series: &[f64]| {
                resample(series, self.block, &mut random, &mut drawn);
                nth(&mut drawn, nearest_rank(series.len() as u64, p))
            };
            let (before, after) = (one(baseline)?, one(run)?);
            differences.push(finite(after - before)?);
        }
        let all = self.replicates as u64;
        let lower = nth(&mut differences, nearest_rank(all, tail))?;
        let upper = nth(&mut differences, nearest_rank(all, 1.0 - tail))?;
        Interval::new(lower, upper)
    }
}

/// Fills `drawn` with blocks from the circle of values.
fn resample(series: &[f64], block: usize, random: &mut SplitMix64, drawn: &mut Vec<f64>) {
    drawn.clear();
    while drawn.len() < series.len() {
        let start = random.below(series.len() as u64) as usize;
        let left = series.len() - drawn.len();
        let (before, after) = series.split_at_checked(start).unwrap_or((series, &[]));
        drawn.extend(after.iter().chain(before).cycle().take(block.min(left)));
    }
}

/// The value of this rank, from 1; the values change places.
fn nth(values: &mut [f64], rank: u64) -> Option<f64> {
    let at = usize::try_from(rank).ok()?.checked_sub(1)?;
    (at < values.len()).then(|| *values.select_nth_unstable_by(at, f64::total_cmp).1)
}

/// The block length for the circular block bootstrap of a mean (Politis & White 2004, corrected by Patton, Politis &
/// White 2009), in values, not rounded. At least 9 values that are not all equal. Vector T12.
#[must_use]
pub fn politis_white(series: &[f64]) -> Option<f64> {
    let n = series.len();
    if n < 9 {
        return None;
    }
    let size = n as f64;
    let center = mean(series)?;
    let centered: Vec<f64> = series.iter().map(|v| v - center).collect();
    // The correlations are insignificant from the first lag that starts a run of `quiet` small ones.
    let quiet = (libm::log10(size) as usize).max(5);
    let most = libm::ceil(libm::sqrt(size)) as usize + quiet;
    let limit = 2.0 * libm::sqrt(libm::log10(size) / size);
    let cross = |lag: usize| centered.iter().zip(centered.iter().skip(lag)).map(|(a, b)| a * b).sum::<f64>();
    let mut covariances = Vec::with_capacity(most + 1);
    let (mut small_before, mut found) = (0_usize, None);
    for lag in 0..=most.min(n - 2) {
        if small_before >= quiet && lag >= quiet && found.is_none() {
            found = Some(lag - quiet);
        }
        let product = cross(lag);
        covariances.push(product / size);
        let energy = |values: &mut dyn Iterator<Item = &f64>| values.map(|v| v * v).sum::<f64>();
        let tail = energy(&mut centered.iter().skip(lag + 1));
        let head = energy(&mut centered.iter().take(n - lag - 1));
        let correlation = product.abs() / libm::sqrt(tail * head);
        small_before = if correlation < limit { small_before + 1 } else { 0 };
    }
    let lags = found.map_or(most, |lag| 2 * lag.max(1)).min(most);
    let (mut slope, mut spectrum) = (0.0, *covariances.first()?);
    if !(spectrum > 0.0) {
        return None;
    }
    for (lag, covariance) in covariances.iter().enumerate().skip(1).take(lags) {
        let share = lag as f64 / lags as f64;
        let window = if share <= 0.5 { 1.0 } else { 2.0 * (1.0 - share) };
        slope += 2.0 * window * lag as f64 * covariance;
        spectrum += 2.0 * window * covariance;
    }
    let length = libm::cbrt(2.0 * slope * slope / (4.0 / 3.0 * spectrum * spectrum) * size);
    let longest = libm::ceil((3.0 * libm::sqrt(size)).min(size / 3.0));
    finite(length).map(|length| length.min(longest))
}
