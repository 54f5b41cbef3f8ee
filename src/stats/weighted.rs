//! Values with how often each occurred.

use crate::order;

/// Values in rising order, each once, with its count: samples, or a histogram's buckets. Everything that looks at ranks
/// takes this, so that a histogram with counts answers as the samples written out would.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Weighted {
    /// Value, count, and the count up to and including this value.
    entries: Vec<(f64, u64, u64)>,
}

impl Weighted {
    /// From (value, count) in any order; a value may come more than once, zero counts are dropped. `None` if a value is
    /// not finite or the counts exceed 2⁵³.
    #[must_use]
    pub fn new(pairs: impl IntoIterator<Item = (f64, u64)>) -> Option<Self> {
        // Adding zero makes 0 of −0, which a total order would hold apart.
        let mut pairs: Vec<(f64, u64)> =
            pairs.into_iter().filter(|(_, count)| *count > 0).map(|(value, count)| (value + 0.0, count)).collect();
        if pairs.iter().any(|(value, _)| !value.is_finite()) {
            return None;
        }
        order::sort_by(&mut pairs, |a, b| a.0.total_cmp(&b.0));
        let mut entries: Vec<(f64, u64, u64)> = Vec::new();
        let mut total = 0_u64;
        for (value, count) in pairs {
            total = total.checked_add(count).filter(|total| *total <= 1 << 53)?;
            match entries.last_mut() {
                Some(last) if last.0 == value => {
                    last.1 += count;
                    last.2 = total;
                }
                _ => entries.push((value, count, total)),
            }
        }
        Some(Self { entries })
    }

    /// From samples in any order. `None` if one is not finite.
    #[must_use]
    pub fn of_samples(samples: &[f64]) -> Option<Self> {
        Self::new(samples.iter().map(|value| (*value, 1)))
    }

    /// How many samples there are.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.entries.last().map_or(0, |last| last.2)
    }

    /// The distinct values with their counts, in rising order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (f64, u64)> + Clone {
        self.entries.iter().map(|(value, count, _)| (*value, *count))
    }

    /// How many distinct values there are.
    #[must_use]
    pub fn distinct(&self) -> usize {
        self.entries.len()
    }

    /// The value of this rank, from 1.
    #[must_use]
    pub fn at_rank(&self, rank: u64) -> Option<f64> {
        if rank == 0 {
            return None;
        }
        let at = self.entries.partition_point(|entry| entry.2 < rank);
        self.entries.get(at).map(|entry| entry.0)
    }
}
