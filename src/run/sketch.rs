//! A small latency sketch for one interval of a timeline.

use crate::wire::{Wire, wire_struct};

/// Buckets per octave, as a power of two.
const BITS: u32 = 6;

/// Counts by response time in log-linear buckets of 64 per octave. A quantile is within 0.8 % of the exact order
/// statistic. Merging is associative and commutative; a bucket's count saturates at 2³² − 1.
#[derive(Debug, Clone, Default)]
pub struct Sketch {
    /// Index of the first bucket in `counts`.
    first: u16,
    /// Counts from there to the last bucket, with spare room while recording.
    counts: Counts,
}

/// Counts, at the byte width of the largest one when finished: there are many sketches, and few large counts.
#[derive(Debug, Clone)]
enum Counts {
    Growing(Vec<u32>),
    Bytes(Box<[u8]>),
    Words(Box<[u16]>),
}

impl Default for Counts {
    fn default() -> Self {
        Self::Growing(Vec::new())
    }
}

impl Counts {
    fn len(&self) -> usize {
        match self {
            Self::Growing(counts) => counts.len(),
            Self::Bytes(counts) => counts.len(),
            Self::Words(counts) => counts.len(),
        }
    }

    fn get(&self, at: usize) -> u32 {
        match self {
            Self::Growing(counts) => counts.get(at).copied().unwrap_or(0),
            Self::Bytes(counts) => counts.get(at).copied().unwrap_or(0).into(),
            Self::Words(counts) => counts.get(at).copied().unwrap_or(0).into(),
        }
    }

    fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        (0..self.len()).map(|at| self.get(at))
    }

    fn at_rest(counts: &[u32]) -> Self {
        match counts.iter().max().copied().unwrap_or(0) {
            0..=0xff => Self::Bytes(counts.iter().map(|n| *n as u8).collect()),
            0x100..=0xffff => Self::Words(counts.iter().map(|n| *n as u16).collect()),
            _ => Self::Growing(counts.to_vec()),
        }
    }
}

/// Equal counts are equal sketches, in any width.
impl PartialEq for Sketch {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Sketch {}

wire_struct! { Sketch { first, counts } }

impl Wire for Counts {
    fn put(&self, out: &mut Vec<u8>) {
        self.len().put(out);
        self.iter().for_each(|count| count.put(out));
    }

    fn take(from: &mut &[u8]) -> Option<Self> {
        Vec::take(from).map(|counts: Vec<u32>| Self::at_rest(&counts))
    }
}

impl Sketch {
    /// Bucket of a response time in nanoseconds, computed once for several sketches.
    #[must_use]
    #[inline]
    pub fn bucket(ns: u64) -> u16 {
        let exponent = 63 - (ns | 1).leading_zeros();
        let shift = exponent.saturating_sub(BITS);
        // At most 57 · 64 + 127.
        ((u64::from(shift) << BITS) + (ns >> shift)) as u16
    }

    /// Whether all buckets are valid for a response time.
    pub(super) fn is_sound(&self) -> bool {
        usize::from(self.first) + self.counts.len() <= usize::from(Self::bucket(u64::MAX)) + 1
    }

    /// The middle of a bucket in nanoseconds.
    fn middle_ns(bucket: u16) -> f64 {
        let bucket = u64::from(bucket);
        let shift = (bucket >> BITS).saturating_sub(1);
        let low = (bucket - (shift << BITS)) << shift;
        low as f64 + libm::floor(libm::exp2(shift as f64 - 1.0))
    }

    /// Counts `n` response times of a bucket.
    #[inline]
    pub fn record(&mut self, bucket: u16, n: u32) {
        let at = usize::from(bucket.wrapping_sub(self.first));
        if let Counts::Growing(counts) = &mut self.counts
            && let Some(slot) = counts.get_mut(at)
        {
            *slot = slot.saturating_add(n);
        } else if n > 0 {
            self.widen(bucket, n);
        }
    }

    /// Compacts the memory, at a pause in recording.
    #[must_use]
    pub fn at_rest(self) -> Self {
        let Counts::Growing(counts) = &self.counts else { return self };
        let from = counts.iter().position(|n| *n > 0).unwrap_or(counts.len());
        let to = counts.iter().rposition(|n| *n > 0).map_or(from, |last| last + 1);
        let first = self.first.saturating_add(u16::try_from(from).unwrap_or(u16::MAX));
        Self { first, counts: Counts::at_rest(counts.get(from..to).unwrap_or_default()) }
    }

    /// An empty sketch with the capacity of this one: the next interval is usually similar.
    #[must_use]
    pub(super) fn with_same_room(&self) -> Self {
        Self { first: self.first, counts: Counts::Growing(vec![0; self.counts.len()]) }
    }

    /// Counts one response time of a bucket.
    #[inline]
    pub(super) fn record_one(&mut self, bucket: u16) {
        self.record(bucket, 1);
    }

    #[cold]
    fn widen(&mut self, bucket: u16, n: u32) {
        if let Some(slot) = self.room(bucket, 1).first_mut() {
            *slot = slot.saturating_add(n);
        }
    }

    /// Mutable counts of a range of buckets, extended as needed.
    fn room(&mut self, bucket: u16, buckets: usize) -> &mut [u32] {
        if !matches!(self.counts, Counts::Growing(_)) {
            self.counts = Counts::Growing(self.counts.iter().collect());
        }
        let Counts::Growing(counts) = &mut self.counts else { return &mut [] };
        if counts.is_empty() {
            self.first = bucket;
        } else if bucket < self.first {
            counts.splice(0..0, std::iter::repeat_n(0, usize::from(self.first - bucket)));
            self.first = bucket;
        }
        let from = usize::from(bucket - self.first);
        if counts.len() < from + buckets {
            counts.resize(from + buckets, 0);
        }
        counts.get_mut(from..from + buckets).unwrap_or_default()
    }

    /// Adds the counts of another sketch.
    pub fn merge(&mut self, other: &Self) {
        if other.counts.len() == 0 {
            return;
        }
        let into = self.room(other.first, other.counts.len()).iter_mut();
        let add = |(into, n): (&mut u32, u32)| *into = into.saturating_add(n);
        match &other.counts {
            Counts::Growing(counts) => into.zip(counts.iter().copied()).for_each(add),
            Counts::Bytes(counts) => into.zip(counts.iter().map(|n| u32::from(*n))).for_each(add),
            Counts::Words(counts) => into.zip(counts.iter().map(|n| u32::from(*n))).for_each(add),
        }
    }

    /// The remainder without `part`; counts saturate at 0.
    #[must_use]
    pub fn minus(&self, part: &Self) -> Self {
        let mut taken = part.iter().peekable();
        let mut left = Self::default();
        for (bucket, n) in self.iter() {
            while taken.next_if(|(of, _)| *of < bucket).is_some() {}
            let less = taken.next_if(|(of, _)| *of == bucket).map_or(0, |(_, n)| n);
            left.record(bucket, n.saturating_sub(less));
        }
        left.at_rest()
    }

    /// The buckets with a count, ascending.
    pub fn iter(&self) -> impl Iterator<Item = (u16, u32)> + '_ {
        (self.first..=u16::MAX).zip(self.counts.iter()).filter(|(_, n)| *n > 0)
    }

    /// The middles of the buckets with a count, in nanoseconds, ascending, with their counts.
    pub fn middles_ns(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.iter().map(|(bucket, n)| (Self::middle_ns(bucket) as u64, u64::from(n)))
    }

    /// Number of response times.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.counts.iter().map(u64::from).sum()
    }

    /// Response times in buckets above this one.
    #[must_use]
    pub fn above(&self, bucket: u16) -> u64 {
        self.iter().filter(|(b, _)| *b > bucket).map(|(_, n)| u64::from(n)).sum()
    }

    /// The quantile at `share` (0 to 1) in milliseconds, by type 7 on the buckets' middles; `None` without samples.
    #[must_use]
    pub fn quantile_ms(&self, share: f64) -> Option<f64> {
        let at = self.count().checked_sub(1)? as f64 * share.clamp(0.0, 1.0);
        let below = libm::floor(at);
        let value = |rank: u64| {
            let mut passed = 0_u64;
            let found = self.iter().find(|(_, n)| {
                passed += u64::from(*n);
                passed > rank
            });
            found.map(|(bucket, _)| Self::middle_ns(bucket))
        };
        let low = value(below as u64)?;
        let high = value(below as u64 + 1).unwrap_or(low);
        Some((low + (high - low) * (at - below)) / 1e6)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(values: &[u64]) -> Sketch {
        let mut sketch = Sketch::default();
        values.iter().for_each(|ns| sketch.record(Sketch::bucket(*ns), 1));
        sketch
    }

    /// By hand: one byte, two bytes and more hold the same counts, and counting continues from each.
    #[test]
    fn a_finished_sketch_is_equal() {
        for (n, is_narrow) in
            [(1_u32, true), (255, true), (256, true), (65_535, true), (65_536, false), (u32::MAX, false)]
        {
            let mut sketch = Sketch::default();
            sketch.record(300, n);
            sketch.record(310, 1);
            let rest = sketch.clone().at_rest();
            assert_eq!(!matches!(rest.counts, Counts::Growing(_)), is_narrow, "{n}");
            assert_eq!(rest.iter().collect::<Vec<_>>(), [(300, n), (310, 1)]);
            assert_eq!(crate::wire::from_bytes::<Sketch>(&crate::wire::to_bytes(&rest)), Some(rest.clone()));
            let mut more = rest;
            more.record(299, 7);
            more.record(310, 2);
            assert_eq!(more.iter().collect::<Vec<_>>(), [(299, 7), (300, n), (310, 3)]);
        }
    }

    proptest! {
        #[test]
        fn a_quantile_is_within_a_hundredth(mut values in prop::collection::vec(0..1_u64 << 40, 1..200)) {
            let sketch = of(&values);
            values.sort_unstable();
            for share in [0.0, 0.5, 0.95, 1.0] {
                let at = (values.len() - 1) as f64 * share;
                let (low, high) = (values[at.floor() as usize] as f64, values[at.ceil() as usize] as f64);
                let want = (low + (high - low) * (at - at.floor())) / 1e6;
                prop_assert!((sketch.quantile_ms(share).unwrap() - want).abs() <= want * 0.008 + 1e-9);
            }
        }

        #[test]
        fn merging_equals_counting_together(a in prop::collection::vec(any::<u64>(), 0..60),
                                        b in prop::collection::vec(any::<u64>(), 0..60)) {
            let (mut ab, mut ba) = (of(&a), of(&b));
            ab.merge(&of(&b));
            ba.merge(&of(&a));
            let mut rest = of(&a).at_rest();
            rest.merge(&of(&b).at_rest());
            prop_assert_eq!(&ab, &rest);
            prop_assert_eq!(&ab, &of(&[a, b].concat()));
            prop_assert_eq!(&ab, &ba);
            prop_assert_eq!(ab.count(), ab.iter().map(|(_, n)| u64::from(n)).sum::<u64>());
        }
    }
}
