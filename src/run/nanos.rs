//! Sums of response times.

use crate::wire::Wire;

/// A sum in nanoseconds of 128 bits: an integer, so that any order of addition gives the same result. Stored in two
/// halves: a `u128` aligns its neighbours to 16 bytes, and timelines consist mostly of intervals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Nanos {
    high: u64,
    low: u64,
}

impl From<u128> for Nanos {
    #[inline]
    fn from(sum: u128) -> Self {
        Self { high: (sum >> 64) as u64, low: sum as u64 }
    }
}

impl From<Nanos> for u128 {
    #[inline]
    fn from(sum: Nanos) -> Self {
        Self::from(sum.high) << 64 | Self::from(sum.low)
    }
}

impl Nanos {
    /// The saturating sum.
    #[must_use]
    #[inline]
    pub fn plus(self, other: impl Into<u128>) -> Self {
        u128::from(self).saturating_add(other.into()).into()
    }
}

impl Wire for Nanos {
    fn put(&self, out: &mut Vec<u8>) {
        u128::from(*self).put(out);
    }

    fn take(from: &mut &[u8]) -> Option<Self> {
        u128::take(from).map(Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Against `u128`.
        #[test]
        fn as_a_number(a: u128, b: u128) {
            prop_assert_eq!(u128::from(Nanos::from(a)), a);
            prop_assert_eq!(u128::from(Nanos::from(a).plus(Nanos::from(b))), a.saturating_add(b));
            prop_assert_eq!(crate::wire::from_bytes::<Nanos>(&crate::wire::to_bytes(&Nanos::from(a))), Some(Nanos::from(a)));
        }
    }
}
