//! Integers parsed in place, for the fast paths of the row formats.

/// Parses an integer of at most 18 digits, with no other characters.
#[inline]
pub(super) fn whole(field: &[u8]) -> Option<u64> {
    if field.is_empty() || field.len() > 18 {
        return None;
    }
    let mut number = 0_u64;
    for byte in field {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        number = number * 10 + u64::from(digit);
    }
    Some(number)
}

/// As [`whole`], for `from..to` of the data. Fast path: at most eight digits, with eight bytes before the end
/// available.
#[inline]
pub(super) fn number(data: &[u8], from: usize, to: usize) -> Option<u64> {
    let length = to.wrapping_sub(from);
    match data.get(..to)?.last_chunk::<8>() {
        Some(eight) if length.wrapping_sub(1) < 8 => eight_digits(eight, length),
        _ => whole(data.get(from..to)?),
    }
}

/// The number in the last `length` (1 to 8) of eight bytes. Branch-free, since lengths are unpredictable.
#[inline]
fn eight_digits(bytes: &[u8; 8], length: usize) -> Option<u64> {
    let word = (u64::from_le_bytes(*bytes) ^ 0x3030_3030_3030_3030) & u64::MAX << (64 - 8 * length.clamp(1, 8));
    // Detects values above nine: the highest bit is set, or becomes set by the addition.
    if (word.wrapping_add(0x7676_7676_7676_7676) | word) & 0x8080_8080_8080_8080 != 0 {
        return None;
    }
    // Combines neighbours: two digits, four, eight.
    let twos = word.wrapping_mul((10 << 8) + 1) >> 8 & 0x00ff_00ff_00ff_00ff;
    let fours = twos.wrapping_mul((100 << 16) + 1) >> 16 & 0x0000_ffff_0000_ffff;
    Some(fours.wrapping_mul((10_000 << 32) + 1) >> 32)
}

/// Parses a timestamp of 13 digits. The first five are nearly always those of the previous row.
#[inline]
pub(super) fn epoch_ms(field: &[u8], last: &mut (u64, i64)) -> Option<i64> {
    let (head, tail) = (field.first_chunk::<8>()?, field.last_chunk::<8>()?);
    if field.len() != 13 {
        return None;
    }
    let bits = u64::from_le_bytes(*head) & 0xff_ffff_ffff;
    if bits != last.0 || last.1 == i64::MIN {
        *last = (bits, i64::try_from(whole(field.get(..5)?)?).ok()? * 100_000_000);
    }
    Some(last.1 + i64::try_from(eight_digits(tail, 8)?).ok()?)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Against the standard library.
        #[test]
        fn numbers(before in "[0-9a/:]{0,9}", digits in "[0-9]{0,19}|[0-9/:\u{80}é]{1,9}", behind in "[,0-9]{0,9}") {
            let data = format!("{before}{digits}{behind}");
            let (from, to) = (before.len(), before.len() + digits.len());
            let all_digits = !digits.is_empty() && digits.len() <= 18 && digits.bytes().all(|b| b.is_ascii_digit());
            let want = all_digits.then(|| digits.parse::<u64>().unwrap());
            prop_assert_eq!(number(data.as_bytes(), from, to), want);
            let mut last = (0, i64::MIN);
            let moment = want.filter(|_| digits.len() == 13).map(|ms| ms as i64);
            prop_assert_eq!(epoch_ms(digits.as_bytes(), &mut last), moment);
            prop_assert_eq!(epoch_ms(digits.as_bytes(), &mut last), moment);
        }
    }

    /// Rejects every byte but digits, in every position.
    #[test]
    fn other_bytes_are_rejected() {
        for (place, byte) in (0..8).flat_map(|place| (0..=255_u8).map(move |byte| (place, byte))) {
            let mut eight = *b"12345678";
            *eight.get_mut(place).unwrap() = byte;
            let want = std::str::from_utf8(&eight).ok().filter(|_| byte.is_ascii_digit()).map(|t| t.parse().unwrap());
            assert_eq!(eight_digits(&eight, 8), want, "{eight:?}");
        }
    }
}
