//! Sums of response times.

use crate::wire::Wire;

/// A sum in nanoseconds, of 128 bits: whole, so that any order of adding gives the same. In two halves, since a `u128` takes
/// its neighbours to multiples of 16 bytes, and the timelines of many endpoints are mostly intervals.
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
    /// Both together; the most there is where that is more.
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
        /// Against the number that it stands for.
        #[test]
        fn as_a_number(a: u128, b: u128) {
            prop_assert_eq!(u128::from(Nanos::from(a)), a);
            prop_assert_eq!(u128::from(Nanos::from(a).plus(Nanos::from(b))), a.saturating_add(b));
            prop_assert_eq!(crate::wire::from_bytes::<Nanos>(&crate::wire::to_bytes(&Nanos::from(a))), Some(Nanos::from(a)));
        }
    }
}
