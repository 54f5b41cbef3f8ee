//! Values as compact bytes and back: what the page and its workers send each other.
//!
//! The shape is that of this build and no other: both ends are built together. Where a run is stored so
//! (`run::kept`), the version of its shape is stored too. Bytes that do not fit give `None`, never a panic.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

/// Maximum items that memory is reserved for at once.
const ROOM: usize = 4096;

/// Maximum texts of the program's own in a message, and maximum bytes of each.
const MOST_TEXTS: usize = 1000;
const LONGEST_TEXT: usize = 500;

/// A value that can be sent.
pub(crate) trait Wire: Sized {
    /// Appends the value.
    fn put(&self, out: &mut Vec<u8>);

    /// Takes a value off the front; `None` where there is none.
    fn take(from: &mut &[u8]) -> Option<Self>;
}

/// The value as bytes.
pub(crate) fn to_bytes(value: &impl Wire) -> Vec<u8> {
    let mut out = Vec::new();
    value.put(&mut out);
    out
}

/// The value of these bytes, all of them.
pub(crate) fn from_bytes<T: Wire>(mut bytes: &[u8]) -> Option<T> {
    T::take(&mut bytes).filter(|_| bytes.is_empty())
}

/// [`Wire`] for structs, field by field. A field that is forgotten does not compile.
macro_rules! wire_struct {
    ($($type:ty { $($field:ident),* $(,)? })*) => {
        $(impl $crate::wire::Wire for $type {
            fn put(&self, out: &mut Vec<u8>) {
                let Self { $($field),* } = self;
                $($crate::wire::Wire::put($field, out);)*
            }

            fn take(from: &mut &[u8]) -> Option<Self> {
                Some(Self { $($field: $crate::wire::Wire::take(from)?),* })
            }
        })*
    };
}
pub(crate) use wire_struct;

/// [`Wire`] for enums: a number for each variant, then its fields. A variant that is forgotten does not compile.
macro_rules! wire_enum {
    ($($type:ty { $($number:literal $variant:ident $(($inner:ident))? $({ $($field:ident),* })?),* $(,)? })*) => {
        $(impl $crate::wire::Wire for $type {
            fn put(&self, out: &mut Vec<u8>) {
                match self {
                    $(Self::$variant $(($inner))? $({ $($field),* })? => {
                        out.push($number);
                        $($crate::wire::Wire::put($inner, out);)?
                        $($($crate::wire::Wire::put($field, out);)*)?
                    })*
                }
            }

            fn take(from: &mut &[u8]) -> Option<Self> {
                let number = *from.split_off_first()?;
                match number {
                    $($number => {
                        $(let $inner = $crate::wire::Wire::take(from)?;)?
                        $($(let $field = $crate::wire::Wire::take(from)?;)*)?
                        Some(Self::$variant $(($inner))? $({ $($field),* })?)
                    })*
                    _ => None,
                }
            }
        })*
    };
}
pub(crate) use wire_enum;

/// Seven bits a byte, the lowest first.
impl Wire for u128 {
    fn put(&self, out: &mut Vec<u8>) {
        let mut rest = *self;
        while rest >= 0x80 {
            out.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        out.push(rest as u8);
    }

    fn take(from: &mut &[u8]) -> Option<Self> {
        let mut value = 0;
        for shift in (0..128).step_by(7) {
            let byte = *from.split_off_first()?;
            value |= Self::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }
}

impl Wire for u64 {
    fn put(&self, out: &mut Vec<u8>) {
        let mut rest = *self;
        while rest >= 0x80 {
            out.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        out.push(rest as u8);
    }

    #[inline]
    fn take(from: &mut &[u8]) -> Option<Self> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = *from.split_off_first()?;
            value |= Self::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }
}

/// As 64 bits, and refused where it does not fit.
macro_rules! wire_narrow {
    ($($type:ty)*) => {
        $(impl Wire for $type {
            fn put(&self, out: &mut Vec<u8>) {
                (*self as u64).put(out);
            }

            fn take(from: &mut &[u8]) -> Option<Self> {
                u64::take(from)?.try_into().ok()
            }
        })*
    };
}
wire_narrow!(u8 u16 u32 usize);

/// The sign in the lowest bit.
impl Wire for i64 {
    fn put(&self, out: &mut Vec<u8>) {
        ((self << 1) ^ (self >> 63)).cast_unsigned().put(out);
    }

    fn take(from: &mut &[u8]) -> Option<Self> {
        let folded = u64::take(from)?;
        Some((folded >> 1).cast_signed() ^ -(folded & 1).cast_signed())
    }
}

/// All bits.
impl Wire for f64 {
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_bits().to_le_bytes());
    }

    fn take(from: &mut &[u8]) -> Option<Self> {
        let (bytes, rest) = from.split_first_chunk()?;
        *from = rest;
        Some(Self::from_bits(u64::from_le_bytes(*bytes)))
    }
}

impl Wire for bool {
    fn put(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }

    fn take(from: &mut &[u8]) -> Option<Self> {
        match from.split_off_first()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }
}

impl Wire for String {
    fn put(&self, out: &mut Vec<u8>) {
        self.len().put(out);
        out.extend_from_slice(self.as_bytes());
    }

    fn take(from: &mut &[u8]) -> Option<Self> {
        let length = usize::take(from)?;
        Self::from_utf8(from.split_off(..length)?.to_vec()).ok()
    }
}

/// A text of the program's own. What arrives is kept for ever, each text once: there are a few dozen of them, and more than
/// [`MOST_TEXTS`], or longer ones, are refused.
impl Wire for &'static str {
    fn put(&self, out: &mut Vec<u8>) {
        self.len().put(out);
        out.extend_from_slice(self.as_bytes());
    }

    fn take(from: &mut &[u8]) -> Option<Self> {
        static KNOWN: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
        let length = usize::take(from).filter(|length| *length <= LONGEST_TEXT)?;
        let text = str::from_utf8(from.split_off(..length)?).ok()?;
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(text) = known.get(text) {
            return Some(text);
        }
        if known.len() >= MOST_TEXTS {
            return None;
        }
        let text: &'static str = Box::leak(text.into());
        known.insert(text);
        Some(text)
    }
}

impl Wire for Cow<'static, str> {
    fn put(&self, out: &mut Vec<u8>) {
        self.len().put(out);
        out.extend_from_slice(self.as_bytes());
    }

    fn take(from: &mut &[u8]) -> Option<Self> {
        String::take(from).map(Cow::Owned)
    }
}

impl<T: Wire> Wire for Option<T> {
    fn put(&self, out: &mut Vec<u8>) {
        self.is_some().put(out);
        if let Some(value) = self {
            value.put(out);
        }
    }

    fn take(from: &mut &[u8]) -> Option<Self> {
        Some(if bool::take(from)? { Some(T::take(from)?) } else { None })
    }
}

impl<T: Wire> Wire for Box<T> {
    fn put(&self, out: &mut Vec<u8>) {
        (**self).put(out);
    }

    fn take(from: &mut &[u8]) -> Option<Self> {
        T::take(from).map(Self::new)
    }
}

impl<T: Wire> Wire for Vec<T> {
    fn put(&self, out: &mut Vec<u8>) {
        self.len().put(out);
        self.iter().for_each(|item| item.put(out));
    }

    fn take(from: &mut &[u8]) -> Option<Self> {
        let length = usize::take(from)?;
        // No item is shorter than a byte, and items are longer at rest: room beyond some is made as they arrive.
        let mut items = Self::with_capacity(length.min(from.len()).min(ROOM));
        for _ in 0..length {
            items.push(T::take(from)?);
        }
        Some(items)
    }
}

impl<T: Wire + Copy + Default, const N: usize> Wire for [T; N] {
    fn put(&self, out: &mut Vec<u8>) {
        self.iter().for_each(|item| item.put(out));
    }

    fn take(from: &mut &[u8]) -> Option<Self> {
        let mut items = [T::default(); N];
        for item in &mut items {
            *item = T::take(from)?;
        }
        Some(items)
    }
}

/// Bytes as they are, in one piece.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Packed(pub Vec<u8>);

impl Wire for Packed {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.len().put(out);
        out.extend_from_slice(&self.0);
    }

    fn take(from: &mut &[u8]) -> Option<Self> {
        let length = usize::take(from)?;
        from.split_off(..length).map(|bytes| Self(bytes.to_vec()))
    }
}

impl<A: Wire, B: Wire, C: Wire> Wire for (A, B, C) {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
        self.1.put(out);
        self.2.put(out);
    }

    fn take(from: &mut &[u8]) -> Option<Self> {
        Some((A::take(from)?, B::take(from)?, C::take(from)?))
    }
}

impl<A: Wire, B: Wire> Wire for (A, B) {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
        self.1.put(out);
    }

    fn take(from: &mut &[u8]) -> Option<Self> {
        Some((A::take(from)?, B::take(from)?))
    }
}

impl<K: Wire + Ord, V: Wire> Wire for BTreeMap<K, V> {
    fn put(&self, out: &mut Vec<u8>) {
        self.len().put(out);
        for (key, value) in self {
            key.put(out);
            value.put(out);
        }
    }

    fn take(from: &mut &[u8]) -> Option<Self> {
        Some(crate::order::map(Vec::<(K, V)>::take(from)?))
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_by_hand() {
        // LEB128, as in the WebAssembly specification's examples; ZigZag, as in Protocol Buffers' table.
        assert_eq!(to_bytes(&624_485_u64), [0xe5, 0x8e, 0x26]);
        assert_eq!(to_bytes(&624_485_u128), [0xe5, 0x8e, 0x26]);
        let zigzag = [(0_i64, 0_u64), (-1, 1), (1, 2), (-2, 3), (i64::MAX, u64::MAX - 1), (i64::MIN, u64::MAX)];
        for (value, folded) in zigzag {
            assert_eq!(to_bytes(&value), to_bytes(&folded), "{value}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert_eq!(from_bytes::<u32>(&to_bytes(&(1_u64 << 32))), None);
        assert_eq!(from_bytes::<bool>(&[2]), None);
        assert_eq!(from_bytes::<String>(&[1, 0xff]), None);
        assert_eq!(from_bytes::<Vec<u64>>(&to_bytes(&u64::MAX)), None);
        assert_eq!(from_bytes::<u64>(&[0x80; 20]), None);
        assert_eq!(from_bytes::<u8>(&[1, 1]), None);
    }

    type Sample = (Vec<Option<u64>>, (i64, (f64, (String, BTreeMap<u32, u128>))));

    proptest! {
        #[test]
        fn values_come_back(a in prop::collection::vec(any::<Option<u64>>(), 0..5), b: i64, c in -1e300..1e300, d: String,
                            e in prop::collection::btree_map(any::<u32>(), any::<u128>(), 0..4)) {
            let value: Sample = (a, (b, (c, (d, e))));
            let bytes = to_bytes(&value);
            prop_assert_eq!(from_bytes::<Sample>(&bytes), Some(value));
            // Cut anywhere, it is no value.
            for end in 0..bytes.len() {
                prop_assert_eq!(from_bytes::<Sample>(&bytes[..end]), None);
            }
        }

        #[test]
        fn no_bytes_do_harm(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let _ = from_bytes::<Sample>(&bytes);
            let _ = from_bytes::<crate::run::Run>(&bytes);
        }
    }
}
