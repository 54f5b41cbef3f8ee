//! Response times as counts by value: exact up to a limit, log-linear above.
//!
//! A [`Histogram`] holds the whole distribution of one endpoint in a few kilobytes, for any number of requests. Up to
//! [`EXACT`] distinct values are kept exactly. Beyond, values fall into log-linear buckets of 1,024 per octave. A
//! bucket's representative (the middle) is within 2⁻¹¹ = 0.049 % of every member, so that a quantile is within 0.05 %
//! of the exact order statistic. Minimum and maximum stay exact.
//!
//! Only the union of distinct values decides whether a histogram is exact, and only the value decides its bucket:
//! merging is associative and commutative, bit for bit.
//!
//! [`HistogramBuilder`] records into an open-addressing table by value. On request it also has an array of whole
//! milliseconds, which most tools write. [`Histogram`] is the finished form: sorted, with cumulative counts, so that a
//! quantile is a binary search.
//!
//! `docs/performance.md` compares it with `hdrhistogram` and a DDSketch.

use std::sync::Arc;

use super::Definition;
use crate::wire::{Wire, wire_struct};

/// Maximum distinct values kept exactly.
pub const EXACT: usize = 2048;

/// Buckets per octave, as a power of two.
const BITS: u32 = 10;

const NS_PER_MS: u64 = 1_000_000;

/// The value counted beyond [`EXACT`] distinct values: the middle of the bucket.
fn representative(ns: u64) -> u64 {
    let exponent = 63 - (ns | 1).leading_zeros();
    let shift = exponent.saturating_sub(BITS);
    ((ns >> shift) << shift) + ((1 << shift) >> 1)
}

/// Numbers in ascending order, stored at the byte width of the last one. Clones share them.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Ascending {
    Narrow(Arc<[u16]>),
    Half(Arc<[u32]>),
    Whole(Arc<[u64]>),
}

impl Default for Ascending {
    fn default() -> Self {
        Self::from(Vec::new())
    }
}

impl From<Vec<u64>> for Ascending {
    fn from(numbers: Vec<u64>) -> Self {
        match numbers.last().copied().unwrap_or(0) {
            0..=0xffff => Self::Narrow(numbers.iter().map(|n| *n as u16).collect()),
            0x1_0000..=0xffff_ffff => Self::Half(numbers.iter().map(|n| *n as u32).collect()),
            _ => Self::Whole(numbers.into()),
        }
    }
}

impl Ascending {
    fn len(&self) -> usize {
        match self {
            Self::Narrow(numbers) => numbers.len(),
            Self::Half(numbers) => numbers.len(),
            Self::Whole(numbers) => numbers.len(),
        }
    }

    fn get(&self, at: usize) -> Option<u64> {
        match self {
            Self::Narrow(numbers) => numbers.get(at).map(|n| u64::from(*n)),
            Self::Half(numbers) => numbers.get(at).map(|n| u64::from(*n)),
            Self::Whole(numbers) => numbers.get(at).copied(),
        }
    }

    fn iter(&self) -> impl Iterator<Item = u64> + '_ {
        (0..self.len()).filter_map(|at| self.get(at))
    }

    /// Number of entries before the first that is not `before`.
    fn point(&self, before: impl Fn(u64) -> bool) -> usize {
        match self {
            Self::Narrow(numbers) => numbers.partition_point(|n| before(u64::from(*n))),
            Self::Half(numbers) => numbers.partition_point(|n| before(u64::from(*n))),
            Self::Whole(numbers) => numbers.partition_point(|n| before(*n)),
        }
    }
}

/// Units to store values in: milliseconds, as most tools write them, microseconds, else nanoseconds.
const UNITS: [u64; 2] = [NS_PER_MS, 1000];

/// Counts by response time in nanoseconds, finished.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Histogram {
    /// The distinct values (or the middles of their buckets), ascending, divided by the unit.
    values: Ascending,
    /// Number of samples at or below each value.
    up_to: Ascending,
    /// In nanoseconds; 0 without samples.
    unit: u64,
    min_ns: u64,
    max_ns: u64,
    bucketed: bool,
    /// How quantiles are computed; the default without samples.
    definition: Definition,
}

impl Histogram {
    /// A histogram of values and counts, in any order, with duplicates allowed.
    #[must_use]
    pub fn of(pairs: impl IntoIterator<Item = (u64, u64)>) -> Self {
        let mut builder = HistogramBuilder::default();
        for (ns, count) in pairs {
            builder.record_n(ns, count);
        }
        builder.build()
    }

    /// As [`Histogram::of`], for values that may be bucket middles, with the original extremes and whether values were
    /// bucketed. Restores the results of [`Histogram::iter`], [`Histogram::min_ns`], [`Histogram::max_ns`] and
    /// [`Histogram::is_exact`].
    #[must_use]
    pub fn restore(pairs: impl IntoIterator<Item = (u64, u64)>, min_ns: u64, max_ns: u64, exact: bool) -> Self {
        let mut builder = HistogramBuilder::default();
        if !exact {
            builder.coarsen();
        }
        for (ns, count) in pairs {
            builder.record_n(ns, count);
        }
        let mut histogram = builder.build();
        if !histogram.is_empty() {
            histogram.min_ns = min_ns.min(histogram.min_ns);
            histogram.max_ns = max_ns.max(histogram.max_ns);
            if histogram.bucketed {
                (histogram.min_ns, histogram.max_ns) = (min_ns, max_ns.max(min_ns));
            }
        }
        histogram
    }

    /// The same samples with this definition of quantiles. No effect without samples.
    #[must_use]
    pub fn by(mut self, definition: Definition) -> Self {
        self.definition = if self.is_empty() { Definition::default() } else { definition };
        self
    }

    /// How quantiles are computed.
    #[must_use]
    pub fn definition(&self) -> Definition {
        self.definition
    }

    /// Whether recording can produce it: ascending values, each with a count, within the extremes.
    pub(super) fn is_sound(&self) -> bool {
        let (mut before, mut sum) = (None, 0_u64);
        for (value, count) in self.iter() {
            let fits = before.is_none_or(|before| before < value) && (!self.bucketed || representative(value) == value);
            let Some(more) = sum.checked_add(count).filter(|_| fits && count > 0) else { return false };
            (before, sum) = (Some(value), more);
        }
        let ends = self.iter().next().zip(self.iter().last());
        match ends {
            None => *self == Self::default(),
            Some(((low, _), (high, _))) if self.bucketed => {
                self.min_ns <= self.max_ns && representative(self.min_ns) <= low && representative(self.max_ns) >= high
            }
            Some(((low, _), (high, _))) => (self.min_ns, self.max_ns) == (low, high) && self.len() <= EXACT,
        }
    }

    /// From ascending values in nanoseconds and the number of samples at or below each.
    fn sorted(mut values: Vec<u64>, up_to: Vec<u64>) -> Self {
        if values.is_empty() {
            return Self::default();
        }
        let unit = UNITS.into_iter().find(|unit| values.iter().all(|ns| ns % unit == 0)).unwrap_or(1);
        values.iter_mut().for_each(|ns| *ns /= unit);
        Self { values: values.into(), up_to: up_to.into(), unit, ..Self::default() }
    }

    /// Number of samples.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.len().checked_sub(1).and_then(|last| self.up_to.get(last)).unwrap_or(0)
    }

    /// Whether there are no samples.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether every value is exact, not a bucket middle.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        !self.bucketed
    }

    /// Smallest value in nanoseconds, always exact; `None` without samples.
    #[must_use]
    pub fn min_ns(&self) -> Option<u64> {
        (!self.is_empty()).then_some(self.min_ns)
    }

    /// Largest value in nanoseconds, always exact; `None` without samples.
    #[must_use]
    pub fn max_ns(&self) -> Option<u64> {
        (!self.is_empty()).then_some(self.max_ns)
    }

    /// Values in nanoseconds (or the middles of their buckets) with their counts, ascending.
    pub fn iter(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        let before = std::iter::once(0).chain(self.up_to.iter());
        let counts = self.up_to.iter().zip(before).map(|(up_to, before)| up_to.saturating_sub(before));
        self.values.iter().map(|value| value.saturating_mul(self.unit)).zip(counts)
    }

    /// Number of distinct values.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// The `rank`-th smallest sample in nanoseconds, counted from 1. `None` beyond the number of samples.
    #[must_use]
    pub fn order_statistic_ns(&self, rank: u64) -> Option<u64> {
        let count = self.count();
        if rank == 0 || rank > count {
            return None;
        }
        if rank == 1 {
            return Some(self.min_ns);
        }
        if rank == count {
            return Some(self.max_ns);
        }
        let value = self.values.get(self.up_to.point(|up_to| up_to < rank))?;
        Some(value.saturating_mul(self.unit).clamp(self.min_ns, self.max_ns))
    }

    /// The quantile at `share` (0 to 1) in milliseconds: by [`Definition::Legacy`] or [`Definition::Rank`] if the tool
    /// uses it, else by [`Definition::Linear`].
    #[must_use]
    pub fn quantile_ms(&self, share: f64) -> Option<f64> {
        let share = share.clamp(0.0, 1.0);
        let n = self.count() as f64;
        // Ranks count from 1. Between two ranks, interpolate.
        let at = match self.definition {
            Definition::Legacy => (n + 1.0) * share,
            Definition::Rank => libm::floor(n * share) + 1.0,
            _ => (n - 1.0) * share + 1.0,
        };
        let at = at.min(n).max(1.0);
        let below = libm::floor(at);
        let rank = below as u64;
        let low = self.order_statistic_ns(rank)? as f64;
        let high = self.order_statistic_ns(rank.saturating_add(1)).map_or(low, |ns| ns as f64);
        Some((low + (high - low) * (at - below)) / NS_PER_MS as f64)
    }

    /// Samples at or below `ns` (with buckets: in buckets whose middle is at or below).
    #[must_use]
    pub fn at_most(&self, ns: u64) -> u64 {
        let Some(most) = ns.checked_div(self.unit) else { return 0 };
        let last = self.values.point(|value| value <= most).checked_sub(1);
        last.and_then(|last| self.up_to.get(last)).unwrap_or(0)
    }

    /// The sum of two. If their definitions differ, the result has [`Definition::Linear`].
    #[must_use]
    pub fn merge(&self, other: &Self) -> Self {
        if self.is_empty() {
            return other.clone();
        }
        if other.is_empty() {
            return self.clone();
        }
        let mut builder = HistogramBuilder::from(self);
        builder.merge(&HistogramBuilder::from(other));
        builder.build().by(if self.definition == other.definition { self.definition } else { Definition::default() })
    }

    /// The remainder without `part`. `None` if `part` is not contained in it.
    ///
    /// If the whole is exact, the remainder equals a recording of the remaining values. Otherwise it is in buckets, and
    /// an extreme that only `part` has becomes the middle of the adjacent bucket: [`Histogram::min_ns`] and
    /// [`Histogram::max_ns`] are then not measured values.
    #[must_use]
    pub fn minus(&self, part: &Self) -> Option<Self> {
        if part.is_empty() {
            return Some(self.clone());
        }
        let mut taken = HistogramBuilder::from(part);
        if self.bucketed {
            taken.coarsen();
        }
        let taken = taken.build();
        if taken.bucketed != self.bucketed || part.min_ns < self.min_ns || part.max_ns > self.max_ns {
            return None;
        }
        let mut taken = taken.iter().peekable();
        let mut left = Vec::with_capacity(self.len());
        for (value, count) in self.iter() {
            let n = taken.next_if(|(of, _)| *of == value).map_or(0, |(_, n)| n);
            left.push((value, count.checked_sub(n)?));
        }
        if taken.next().is_some() {
            return None;
        }
        let left = left.into_iter().filter(|(_, count)| *count > 0);
        let (min_ns, max_ns) = (self.min_ns, self.max_ns);
        if !self.bucketed {
            return Some(Self::of(left).by(self.definition));
        }
        let mut rest = Self::restore(left, 0, u64::MAX, false);
        let ends = rest.iter().next().zip(rest.iter().last());
        if let Some(((low, _), (high, _))) = ends {
            rest.min_ns = if min_ns < part.min_ns { min_ns } else { low.max(min_ns) };
            rest.max_ns = if max_ns > part.max_ns { max_ns } else { high.min(max_ns) };
            rest.max_ns = rest.max_ns.max(rest.min_ns);
        }
        Some(rest.by(self.definition))
    }
}

/// Values and counts as differences, which are short.
impl Wire for Histogram {
    fn put(&self, out: &mut Vec<u8>) {
        (self.len(), self.unit).put(out);
        let mut before = 0;
        for (value, (_, count)) in self.values.iter().zip(self.iter()) {
            value.wrapping_sub(before).put(out);
            count.put(out);
            before = value;
        }
        (self.min_ns, (self.max_ns, (self.bucketed, self.definition))).put(out);
    }

    fn take(from: &mut &[u8]) -> Option<Self> {
        let (length, unit) = <(usize, u64)>::take(from)?;
        let room = length.min(from.len());
        let (mut values, mut up_to) = (Vec::with_capacity(room), Vec::with_capacity(room));
        let (mut ns, mut sum) = (0_u64, 0_u64);
        for _ in 0..length {
            ns = ns.checked_add(u64::take(from)?.checked_mul(unit)?)?;
            sum = sum.saturating_add(u64::take(from)?);
            values.push(ns);
            up_to.push(sum);
        }
        let (min_ns, (max_ns, (bucketed, definition))) = Wire::take(from)?;
        Some(Self { min_ns, max_ns, bucketed, ..Self::sorted(values, up_to) }.by(definition))
    }
}

/// A histogram during recording.
#[derive(Debug, Clone)]
pub struct HistogramBuilder {
    table: Table,
    min_ns: u64,
    max_ns: u64,
    bucketed: bool,
    /// Counts of whole milliseconds below its length, not yet in the table.
    dense: Vec<u32>,
}

wire_struct! {
    HistogramBuilder { table, min_ns, max_ns, bucketed, dense }
    Table { values, counts, len, more }
}

impl Default for HistogramBuilder {
    fn default() -> Self {
        Self { table: Table::default(), min_ns: u64::MAX, max_ns: 0, bucketed: false, dense: Vec::new() }
    }
}

impl HistogramBuilder {
    /// With an array for whole milliseconds below `dense_ms` (four bytes each), used by
    /// [`HistogramBuilder::record_ms`].
    #[must_use]
    pub fn with_dense(dense_ms: usize) -> Self {
        Self { dense: vec![0; dense_ms], ..Self::default() }
    }

    /// Counts one response time in nanoseconds.
    pub fn record(&mut self, ns: u64) {
        self.record_n(ns, 1);
    }

    /// Counts `n` response times of `ns` nanoseconds.
    #[inline]
    pub fn record_n(&mut self, ns: u64, n: u64) {
        if n == 0 {
            return;
        }
        self.min_ns = self.min_ns.min(ns);
        self.max_ns = self.max_ns.max(ns);
        let value = if self.bucketed { representative(ns) } else { ns };
        let is_new = self.table.add(value, n);
        if is_new && !self.bucketed && self.table.len > EXACT {
            self.coarsen();
        }
    }

    /// Counts one response time in whole milliseconds: one increment within the array.
    #[inline]
    pub fn record_ms(&mut self, ms: u64) {
        if let Some(slot) = usize::try_from(ms).ok().and_then(|at| self.dense.get_mut(at))
            && let Some(more) = slot.checked_add(1)
        {
            *slot = more;
        } else {
            self.record(ms.saturating_mul(NS_PER_MS));
        }
    }

    /// Adds the counts of another builder.
    pub fn merge(&mut self, other: &Self) {
        if other.bucketed {
            self.coarsen();
        }
        // The extremes of buckets are not their middles.
        let (min, max) = (self.min_ns.min(other.min_ns), self.max_ns.max(other.max_ns));
        other.table.each(|value, count| self.record_n(value, count));
        if other.bucketed {
            (self.min_ns, self.max_ns) = (min, max);
        }
        other.each_dense(|ns, count| self.record_n(ns, count));
    }

    /// The histogram at this point.
    #[must_use]
    pub fn build(&self) -> Histogram {
        let mut whole;
        let built = if self.dense.iter().any(|n| *n > 0) {
            whole = Self { dense: Vec::new(), ..self.clone() };
            self.each_dense(|ns, count| whole.record_n(ns, count));
            &whole
        } else {
            self
        };
        let mut pairs = Vec::with_capacity(built.table.len);
        built.table.each(|value, count| pairs.push((value, count)));
        pairs.sort_unstable();
        let mut sum = 0_u64;
        let up_to = pairs.iter().map(|(_, count)| {
            sum = sum.saturating_add(*count);
            sum
        });
        let up_to: Vec<u64> = up_to.collect();
        let values: Vec<u64> = pairs.into_iter().map(|(value, _)| value).collect();
        if values.is_empty() {
            return Histogram::default();
        }
        let (min_ns, max_ns, bucketed) = (built.min_ns, built.max_ns, built.bucketed);
        Histogram { min_ns, max_ns, bucketed, ..Histogram::sorted(values, up_to) }
    }

    fn each_dense(&self, mut with: impl FnMut(u64, u64)) {
        for (ms, count) in self.dense.iter().enumerate().filter(|(_, count)| **count > 0) {
            with(ms as u64 * NS_PER_MS, u64::from(*count));
        }
    }

    /// Replaces single values by buckets.
    fn coarsen(&mut self) {
        if self.bucketed {
            return;
        }
        self.bucketed = true;
        let exact = std::mem::take(&mut self.table);
        exact.each(|value, count| {
            self.table.add(representative(value), count);
        });
    }
}

impl From<&Histogram> for HistogramBuilder {
    fn from(histogram: &Histogram) -> Self {
        let mut builder = Self { bucketed: histogram.bucketed, ..Self::default() };
        for (value, count) in histogram.iter() {
            builder.table.add(value, count);
        }
        if !histogram.is_empty() {
            (builder.min_ns, builder.max_ns) = (histogram.min_ns, histogram.max_ns);
        }
        builder
    }
}

/// Counts by value: open addressing with linear probing, twelve bytes per slot.
#[derive(Debug, Clone, Default)]
struct Table {
    values: Vec<u64>,
    /// 0 is a free slot.
    counts: Vec<u32>,
    len: usize,
    /// Counts that do not fit into 32 bits, by value.
    more: std::collections::BTreeMap<u64, u64>,
}

impl Table {
    /// Adds to a value's count. Returns whether the value is new.
    #[inline]
    fn add(&mut self, value: u64, n: u64) -> bool {
        // At most seven of eight slots are used, so that every search ends.
        if self.len * 8 >= self.counts.len() * 7 {
            self.grow();
        }
        let mask = self.counts.len().wrapping_sub(1);
        let mut at = hash(value) & mask;
        while let (Some(held), Some(count)) = (self.values.get_mut(at), self.counts.get_mut(at)) {
            let is_new = *count == 0;
            if is_new || *held == value {
                *held = value;
                let small = u32::try_from(n).ok().and_then(|n| count.checked_add(n));
                if let Some(sum) = small {
                    *count = sum;
                } else {
                    // The slot keeps 1, which marks it as used.
                    let one = u64::from(is_new);
                    *count += u32::from(is_new);
                    let slot = self.more.entry(value).or_insert(0);
                    *slot = slot.saturating_add(n - one);
                }
                self.len += usize::from(is_new);
                return is_new;
            }
            at = (at + 1) & mask;
        }
        false
    }

    #[cold]
    fn grow(&mut self) {
        let size = (self.counts.len() * 2).max(16);
        let more = std::mem::take(&mut self.more);
        let old = std::mem::replace(self, Self { values: vec![0; size], counts: vec![0; size], len: 0, more });
        let mask = size - 1;
        for (value, count) in old.values.into_iter().zip(old.counts).filter(|(_, count)| *count > 0) {
            let mut at = hash(value) & mask;
            while self.counts.get(at).is_some_and(|count| *count > 0) {
                at = (at + 1) & mask;
            }
            if let (Some(v), Some(c)) = (self.values.get_mut(at), self.counts.get_mut(at)) {
                (*v, *c) = (value, count);
                self.len += 1;
            }
        }
    }

    fn each(&self, mut with: impl FnMut(u64, u64)) {
        for (value, count) in self.values.iter().zip(&self.counts).filter(|(_, count)| **count > 0) {
            let more = if self.more.is_empty() { 0 } else { self.more.get(value).copied().unwrap_or(0) };
            with(*value, more.saturating_add(u64::from(*count)));
        }
    }
}

/// Fibonacci hashing (Knuth, *The Art of Computer Programming* 3, 6.4): the high bits of a product.
#[inline]
fn hash(value: u64) -> usize {
    (value.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as usize
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Type 7 on sorted samples, from its definition.
    fn type_7(sorted: &[u64], share: f64) -> f64 {
        let at = (sorted.len() - 1) as f64 * share;
        let low = sorted[at.floor() as usize] as f64;
        let high = sorted[at.ceil() as usize] as f64;
        (low + (high - low) * (at - at.floor())) / 1e6
    }

    /// `numpy.quantile([1, 2, 4, 8, 16], q)` (its default, linear).
    #[test]
    fn quantiles_as_numpy_gives_them() {
        let histogram = Histogram::of([1, 2, 4, 8, 16].map(|ms| (ms * NS_PER_MS, 1)));
        for (share, ms) in [(0.0, 1.0), (0.25, 2.0), (0.5, 4.0), (0.9, 12.8), (0.95, 14.4), (0.99, 15.68), (1.0, 16.0)]
        {
            assert!((histogram.quantile_ms(share).unwrap() - ms).abs() < 1e-9, "{share}");
        }
        assert_eq!(Histogram::default().quantile_ms(0.5), None);
        assert_eq!(histogram.order_statistic_ns(0), None);
        assert_eq!(histogram.order_statistic_ns(6), None);
    }

    /// By hand, on 10, 20, … 100 ms. Commons Math's `LEGACY` reads at p·(n + 1): the median is at rank 5.5, the 90th
    /// percentile at 9.9, and for p·11 ≥ 10 it is the maximum. Locust takes the sample at rank ⌊10·p⌋ + 1.
    #[test]
    fn quantiles_as_tools_define_them() {
        let histogram = Histogram::of((1..=10).map(|i| (i * 10 * NS_PER_MS, 1)));
        let of = |definition, share| histogram.clone().by(definition).quantile_ms(share).unwrap();
        for (share, legacy, rank) in [
            (0.0, 10.0, 10.0),
            (0.05, 10.0, 10.0),
            (0.25, 27.5, 30.0),
            (0.5, 55.0, 60.0),
            (0.9, 99.0, 100.0),
            (0.95, 100.0, 100.0),
            (1.0, 100.0, 100.0),
        ] {
            assert!((of(Definition::Legacy, share) - legacy).abs() < 1e-9, "{share}");
            assert!((of(Definition::Rank, share) - rank).abs() < 1e-9, "{share}");
        }
        for definition in [Definition::Legacy, Definition::Rank, Definition::Linear] {
            let one = Histogram::of([(7 * NS_PER_MS, 1)]).by(definition);
            assert!([0.0, 0.5, 1.0].iter().all(|share| one.quantile_ms(*share) == Some(7.0)));
            assert_eq!(Histogram::default().by(definition).quantile_ms(0.5), None);
            assert_eq!(one.merge(&one).definition(), definition);
            assert_eq!(crate::wire::from_bytes::<Histogram>(&crate::wire::to_bytes(&one)), Some(one));
        }
        let mixed = histogram.clone().by(Definition::Legacy).merge(&histogram);
        assert_eq!(mixed.definition(), Definition::Linear);
    }

    #[test]
    fn counts_beyond_32_bits_are_kept() {
        let mut builder = HistogramBuilder::default();
        builder.record_n(7, u64::from(u32::MAX));
        builder.record_n(7, 3);
        builder.record_n(9, 1 << 40);
        assert_eq!(builder.build().iter().collect::<Vec<_>>(), [(7, (1 << 32) + 2), (9, 1 << 40)]);
        builder.record_n(9, u64::MAX);
        assert_eq!(builder.build().count(), u64::MAX);
    }

    #[test]
    fn the_limit_of_exact_values() {
        let of = |n: u64| Histogram::of((0..n).map(|i| (1_000_003 * i, 1)));
        assert!(of(EXACT as u64).is_exact());
        assert!(!of(EXACT as u64 + 1).is_exact());
    }

    fn values() -> impl Strategy<Value = Vec<u64>> {
        // Few distinct values, many, and some outliers.
        prop_oneof![
            prop::collection::vec((0..300_u64).prop_map(|ms| ms * NS_PER_MS), 0..400),
            prop::collection::vec(0..20_000_000_000_u64, 0..3000),
            prop::collection::vec(any::<u64>(), 0..2200),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn quantiles_are_within_a_thousandth(mut values in values(), share in 0.0..=1.0_f64) {
            prop_assume!(!values.is_empty());
            let histogram = Histogram::of(values.iter().map(|v| (*v, 1)));
            values.sort_unstable();
            let (got, want) = (histogram.quantile_ms(share).unwrap(), type_7(&values, share));
            prop_assert!((got - want).abs() <= want * 0.0005 + 1e-9, "{} {}", got, want);
            prop_assert_eq!(histogram.count(), values.len() as u64);
            prop_assert_eq!(histogram.min_ns(), values.first().copied());
            prop_assert_eq!(histogram.max_ns(), values.last().copied());
            prop_assert_eq!(histogram.iter().map(|(_, n)| n).sum::<u64>(), values.len() as u64);
        }

        /// The remainder equals a recording of the remaining values if exact, and is within the buckets otherwise.
        #[test]
        fn the_remainder_without_a_part(values in values(), keep in prop::collection::vec(any::<bool>(), 1..9)) {
            let part = |wanted: bool| {
                let of = values.iter().zip(keep.iter().cycle()).filter(move |(_, keep)| **keep == wanted);
                Histogram::of(of.map(|(ns, _)| (*ns, 1)))
            };
            let whole = Histogram::of(values.iter().map(|ns| (*ns, 1)));
            let (kept, taken) = (part(true), part(false));
            let rest = whole.minus(&taken).unwrap();
            prop_assert_eq!(rest.count(), kept.count());
            if whole.is_exact() {
                prop_assert_eq!(&rest, &kept);
            }
            for rank in [1, 2, kept.count() / 2, kept.count()] {
                let (got, want) = (rest.order_statistic_ns(rank), kept.order_statistic_ns(rank));
                let (got, want) = (got.unwrap_or(0) as f64, want.unwrap_or(0) as f64);
                prop_assert!((got - want).abs() <= want * 0.001, "{} {}", got, want);
            }
            // Values that are not contained cannot be removed.
            prop_assume!(!taken.is_empty());
            prop_assert_eq!(kept.minus(&whole), None);
        }

        /// Any split into parts and any order of merging give the same histogram.
        #[test]
        fn merging_is_associative_and_commutative(
            parts in prop::collection::vec(values(), 1..5), dense in any::<bool>(), turn in any::<bool>(),
        ) {
            let whole = Histogram::of(parts.iter().flatten().map(|v| (*v, 1)));
            let build = |part: &Vec<u64>| {
                let mut builder = if dense { HistogramBuilder::with_dense(128) } else { HistogramBuilder::default() };
                for ns in part {
                    if ns % NS_PER_MS == 0 { builder.record_ms(ns / NS_PER_MS) } else { builder.record(*ns) }
                }
                builder
            };
            let mut builders: Vec<HistogramBuilder> = parts.iter().map(build).collect();
            if turn {
                builders.reverse();
            }
            let at_rest = builders.iter().map(HistogramBuilder::build).reduce(|a, b| b.merge(&a)).unwrap();
            prop_assert_eq!(&at_rest, &whole);
            let recording = builders.into_iter().reduce(|mut a, b| { a.merge(&b); a }).unwrap().build();
            prop_assert_eq!(&recording, &whole);
            let again = Histogram::restore(whole.iter(), whole.min_ns, whole.max_ns, whole.is_exact());
            prop_assert_eq!(&again, &whole);
        }
    }
}
