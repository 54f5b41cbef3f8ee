//! Positions of a byte in the next 64, as a bit mask, with the vector instructions available on every processor of a
//! target.

/// Bytes per block.
pub(super) const BLOCK: usize = 64;

/// A bit per byte of the block, lowest first: whether it equals `byte`.
#[inline]
pub(super) fn mask(block: &[u8; BLOCK], byte: u8) -> u64 {
    let bits = |sixteen: &[u8; 16]| u64::from(sixteen_bits(sixteen, byte));
    // Unrolled: with optimisation for size, a loop would stay one.
    match block.as_chunks::<16>() {
        ([a, b, c, d], _) => bits(a) | bits(b) << 16 | bits(c) << 32 | bits(d) << 48,
        _ => 0,
    }
}

/// Whether any byte equals `byte`.
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
#[inline]
pub(super) fn has<const N: usize>(block: &[u8; N], byte: u8) -> bool {
    // A branch-free comparison, which every target vectorises.
    block.iter().fold(0, |any, b| any | u8::from(*b == byte)) != 0
}

/// Whether any byte equals `byte`; the length is a multiple of 32.
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
#[inline]
pub(super) fn has<const N: usize>(block: &[u8; N], byte: u8) -> bool {
    use core::arch::wasm32::{u8x16_eq, u8x16_splat, v128_any_true, v128_or};
    const { assert!(N.is_multiple_of(32)) };
    let wanted = u8x16_splat(byte);
    let (pairs, _) = block.as_chunks::<32>();
    pairs.iter().any(|pair| match pair.as_chunks::<16>() {
        ([a, b], _) => v128_any_true(v128_or(u8x16_eq(load(a), wanted), u8x16_eq(load(b), wanted))),
        _ => false,
    })
}

#[cfg(target_arch = "x86_64")]
#[inline]
fn sixteen_bits(bytes: &[u8; 16], byte: u8) -> u16 {
    // SSE2 is always available on x86-64.
    let bytes = safe_arch::load_unaligned_m128i(bytes);
    let wanted = safe_arch::set_splat_i8_m128i(byte.cast_signed());
    safe_arch::move_mask_i8_m128i(safe_arch::cmp_eq_mask_i8_m128i(bytes, wanted)) as u16
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
#[inline]
fn sixteen_bits(bytes: &[u8; 16], byte: u8) -> u16 {
    use core::arch::wasm32::{i8x16_bitmask, u8x16_eq, u8x16_splat};
    i8x16_bitmask(u8x16_eq(load(bytes), u8x16_splat(byte)))
}

/// Two loads; listing the bytes would be sixteen loads when optimised for size.
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
#[inline]
fn load(bytes: &[u8; 16]) -> core::arch::wasm32::v128 {
    match bytes.as_chunks::<8>() {
        ([low, high], _) => core::arch::wasm32::u64x2(u64::from_le_bytes(*low), u64::from_le_bytes(*high)),
        _ => core::arch::wasm32::u64x2(0, 0),
    }
}

/// Eight bytes at a time, branch-free: the exact form of Mycroft's zero-byte test (Warren, *Hacker's Delight*, 6-1),
/// with the bits collected by a product.
#[cfg(not(any(target_arch = "x86_64", all(target_arch = "wasm32", target_feature = "simd128"))))]
#[inline]
fn sixteen_bits(bytes: &[u8; 16], byte: u8) -> u16 {
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    let wanted = u64::from(byte) * 0x0101_0101_0101_0101;
    let (eights, _) = bytes.as_chunks::<8>();
    eights.iter().rev().fold(0, |mask, eight| {
        let word = u64::from_le_bytes(*eight) ^ wanted;
        let zero = !(((word & LOW) + LOW) | word | LOW) >> 7;
        mask << 8 | (zero.wrapping_mul(0x0102_0408_1020_4080) >> 56) as u16
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Against the standard library.
        #[test]
        fn masks(bytes in prop::collection::vec(prop::sample::select(&[b',', b'-', 0xac, b'a', 0, 0xff][..]), BLOCK)) {
            let mut block = [0; BLOCK];
            block.copy_from_slice(&bytes);
            for byte in [b',', 0, 0xac, 0xff] {
                let got: Vec<bool> = (0..BLOCK).map(|bit| mask(&block, byte) >> bit & 1 == 1).collect();
                let want: Vec<bool> = block.iter().map(|b| *b == byte).collect();
                prop_assert_eq!(&got, &want);
                prop_assert_eq!(has(&block, byte), want.contains(&true));
            }
        }
    }
}
