//! Codes numbers and texts as decisions of the codec.

use super::coder::{Codec, Kind, hash};
use super::{LinkError, caps};

/// The shortest decimal that parses to the value: `mantissa × 10^exponent`. For finite values above 0.
fn shortest(value: f64) -> Option<(u64, i32)> {
    if !(value.is_finite() && value > 0.0) {
        return None;
    }
    let text = format!("{value:e}");
    let (digits, exponent) = text.split_once('e')?;
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let mantissa: u64 = format!("{whole}{fraction}").parse().ok()?;
    let exponent: i32 = exponent.parse().ok()?;
    Some((mantissa, exponent.checked_sub(i32::try_from(fraction.len()).ok()?)?))
}

fn decimal(mantissa: u64, exponent: i32) -> f64 {
    format!("{mantissa}e{exponent}").parse().unwrap_or(0.0)
}

/// Rounds to this many significant digits, half to even.
pub(super) fn rounded(value: f64, digits: usize) -> f64 {
    format!("{value:.*e}", digits.saturating_sub(1)).parse().unwrap_or(value)
}

/// Number of values per decade with this many significant digits.
fn decade(digits: u32) -> i64 {
    9 * 10_i64.pow(digits - 1)
}

/// Index among numbers above 0 with `digits` significant digits: the next index is the next larger number.
fn step_of(value: f64, digits: u32) -> Option<i64> {
    let (mantissa, exponent) = shortest(value)?;
    let length = mantissa.checked_ilog10()? + 1;
    let missing = digits.checked_sub(length)?;
    let mantissa = i64::try_from(mantissa).ok()? * 10_i64.pow(missing);
    let leading = i64::from(exponent) - i64::from(missing) + i64::from(digits) - 1;
    Some(leading * decade(digits) + mantissa - 10_i64.pow(digits - 1))
}

fn at_step(step: i64, digits: u32) -> Option<f64> {
    let leading = step.div_euclid(decade(digits));
    let mantissa = step.rem_euclid(decade(digits)) + 10_i64.pow(digits - 1);
    let exponent = i32::try_from(leading - i64::from(digits) + 1).ok().filter(|e| e.abs() < 400)?;
    Some(decimal(u64::try_from(mantissa).ok()?, exponent)).filter(|v| v.is_finite() && *v > 0.0)
}

/// Index among Locust's rounded response times: 0 to 99 in steps of 1, then 90 steps per decade.
pub(super) fn two_digit_of(value: f64) -> Option<i64> {
    if (0.0..100.0).contains(&value) && value.fract() == 0.0 && value.is_sign_positive() {
        return Some(value as i64);
    }
    if !(100.0..1e15).contains(&value) {
        return None;
    }
    let (mut mantissa, mut exponent) = (value as u64, 0);
    if mantissa as f64 != value {
        return None;
    }
    while mantissa >= 100 {
        if mantissa % 10 != 0 {
            return None;
        }
        mantissa /= 10;
        exponent += 1;
    }
    Some(100 + (exponent - 1) * 90 + mantissa as i64 - 10)
}

pub(super) fn at_two_digit(step: i64) -> Option<f64> {
    match step {
        0..100 => Some(step as f64),
        100..1500 => {
            let (exponent, mantissa) = ((step - 100) / 90 + 1, (step - 100) % 90 + 10);
            Some(decimal(u64::try_from(mantissa).ok()?, i32::try_from(exponent).ok()?))
        }
        _ => None,
    }
}

/// Index of the nearest of Locust's rounded response times.
pub(super) fn nearest_two_digit(value: f64) -> i64 {
    if value.is_nan() || value <= 0.0 {
        return 0;
    }
    if value < 99.5 {
        return libm::round(value) as i64;
    }
    two_digit_of(rounded(value.min(1e14), 2)).unwrap_or(0)
}

/// Steps per decade of the logarithmic grid: neighbours are 3.98 % apart, so that every value is within 2 % of one.
const LOG_STEPS: f64 = 59.0;

/// The nearest point of the logarithmic grid.
pub(super) fn nearest_log(value: f64) -> i64 {
    libm::round(libm::log10(value.clamp(1e-9, 1e15)) * LOG_STEPS) as i64
}

/// A point of the logarithmic grid, to five digits.
pub(super) fn at_log(step: i64) -> Option<f64> {
    (-600..1000).contains(&step).then(|| rounded(libm::pow(10.0, step as f64 / LOG_STEPS), 5))
}

pub(super) fn log_of(value: f64) -> Option<i64> {
    if !(1e-9..1e15).contains(&value) {
        return None;
    }
    let step = nearest_log(value);
    at_log(step).filter(|at| *at == value).map(|_| step)
}

/// A float, exactly: as the expected value, as steps of its rounded digits from it, as a decimal, or bit by bit.
pub(super) fn float(
    codec: &mut Codec<'_>,
    kind: Kind,
    contexts: &[u32],
    digits: u32,
    expected: Option<f64>,
    value: f64,
) -> Result<f64, LinkError> {
    const STEPS: u32 = 0;
    const EXPECTED: u32 = 1;
    const ZERO: u32 = 2;
    const DECIMAL: u32 = 3;
    const BITS: u32 = 4;
    /// Two or four more digits.
    const FINE: u32 = 5;
    const FINEST: u32 = 6;
    let origin = expected.filter(|e| *e > 1e-300 && *e < 1e300).unwrap_or(1.0);
    let origin = step_of(rounded(origin, digits as usize), digits).unwrap_or(0);
    let step = step_of(value, digits);
    let short = shortest(value);
    let [fine, finest] = [2, 4].map(|more| step_of(value, digits + more));
    let class = if expected.is_some_and(|e| e.to_bits() == value.to_bits()) {
        EXPECTED
    } else if value.to_bits() == 0 {
        ZERO
    } else if step.is_some() {
        STEPS
    } else if fine.is_some() {
        FINE
    } else if finest.is_some() {
        FINEST
    } else if short.is_some() {
        DECIMAL
    } else {
        BITS
    };
    let sub = |n: u16| Kind(kind.0 + n);
    Ok(match codec.choice(sub(1), contexts.get(..1).unwrap_or_default(), 7, class)? {
        class @ (STEPS | FINE | FINEST) => {
            let exact = value;
            let (value, more) = match class {
                FINE => (fine, 2),
                FINEST => (finest, 4),
                _ => (step, 0),
            };
            let coarse = if more > 0 { step_of(rounded(exact, digits as usize), digits) } else { step };
            let moved = codec.signed(kind, contexts, coarse.unwrap_or(0) - origin)?;
            let coarse =
                origin.checked_add(moved).and_then(|step| at_step(step, digits)).ok_or(LinkError::Unreadable)?;
            if more > 0 { finer(codec, sub(3), coarse, (value, digits, more))? } else { coarse }
        }
        EXPECTED => expected.ok_or(LinkError::Unreadable)?,
        ZERO => 0.0,
        DECIMAL => {
            let (mantissa, exponent) = short.unwrap_or_default();
            let exponent = codec.signed(sub(2), &[0], i64::from(exponent))?;
            let mantissa = codec.number(sub(3), &[0], mantissa)?;
            let exponent = i32::try_from(exponent).ok().filter(|e| e.abs() < 400).ok_or(LinkError::Unreadable)?;
            decimal(mantissa, exponent)
        }
        _ => f64::from_bits(codec.raw(sub(2), value.to_bits())?),
    })
}

/// The digits of a value beyond a rounded one, two at a time: they have no pattern.
fn finer(
    codec: &mut Codec<'_>,
    kind: Kind,
    coarse: f64,
    (step, digits, more): (Option<i64>, u32, u32),
) -> Result<f64, LinkError> {
    let near = step_of(coarse, digits + more).ok_or(LinkError::Unreadable)?;
    // Two digits are within 50 steps of the rounded value, four within 5,000.
    let parts = more / 2;
    let half = 1_i64 << (7 * parts - 1);
    let moved = (step.unwrap_or(near).saturating_sub(near) + half).clamp(0, 2 * half - 1) as u32;
    let mut found = 0;
    for part in (0..parts).rev() {
        let seven = moved >> (7 * part) & 127;
        found = found << 7 | i64::from(codec.choice(kind, &[parts << 8 | part], 128, seven)?);
    }
    near.checked_add(found - half).and_then(|step| at_step(step, digits + more)).ok_or(LinkError::Unreadable)
}

/// Number of kinds that [`float`] uses from the given one on.
pub(super) const FLOAT_KINDS: u16 = 4;

/// An optional value: whether it is present, then its coding by `of`.
pub(super) fn option<T: Default>(
    codec: &mut Codec<'_>,
    kind: Kind,
    contexts: &[u32],
    value: Option<T>,
    of: impl FnOnce(&mut Codec<'_>, T) -> Result<T, LinkError>,
) -> Result<Option<T>, LinkError> {
    if codec.flag(kind, contexts, value.is_some())? { of(codec, value.unwrap_or_default()).map(Some) } else { Ok(None) }
}

/// A list: its length, then the coding of each item by `of`.
pub(super) fn list<T: Default>(
    codec: &mut Codec<'_>,
    kind: Kind,
    most: usize,
    what: &'static str,
    items: Vec<T>,
    mut of: impl FnMut(&mut Codec<'_>, T) -> Result<T, LinkError>,
) -> Result<Vec<T>, LinkError> {
    let length = codec.number(kind, &[0], items.len() as u64)?;
    let length = usize::try_from(length).ok().filter(|n| *n <= most).ok_or(LinkError::Beyond { what })?;
    let mut out = Vec::with_capacity(length.min(1024));
    let mut items = items.into_iter();
    for _ in 0..length {
        out.push(of(codec, items.next().unwrap_or_default())?);
    }
    Ok(out)
}

/// Contexts from earlier texts: names, labels and messages are learned together.
const TEXT: Kind = Kind(500);
const SHARED: Kind = Kind(499);
/// Not a byte of UTF-8.
const END: u8 = 0xff;

/// A text that may share a prefix with `previous`. `sort` separates texts with different starts.
pub(super) fn text(codec: &mut Codec<'_>, sort: u32, previous: &str, value: &str) -> Result<String, LinkError> {
    let same = previous.bytes().zip(value.bytes()).take_while(|(a, b)| a == b).count();
    let shared = codec.number(SHARED, &[sort, sort << 8 | previous.len().min(255) as u32], same as u64)?;
    let shared = usize::try_from(shared).map_err(|_| LinkError::Unreadable)?;
    let mut bytes = previous.as_bytes().get(..shared).ok_or(LinkError::Unreadable)?.to_vec();
    let mut rest = value.bytes().skip(same).chain(std::iter::once(END));
    // After the shared prefix, the next byte differs from that of `previous`.
    loop {
        let byte = byte(codec, sort, &bytes, rest.next().unwrap_or(END))?;
        if byte == END {
            break;
        }
        bytes.push(byte);
        if bytes.len() > caps::TEXT {
            return Err(LinkError::Beyond { what: "characters in a text" });
        }
    }
    codec.count_text(bytes.len())?;
    String::from_utf8(bytes).map_err(|_| LinkError::Unreadable)
}

fn byte(codec: &mut Codec<'_>, sort: u32, before: &[u8], value: u8) -> Result<u8, LinkError> {
    let back = |n: usize| before.len().checked_sub(n).and_then(|at| before.get(at)).map_or(0, |b| u32::from(*b));
    let last = |n: usize| (1..=n).fold(n as u32, |h, i| hash(h, back(i), 7));
    let word = before.iter().rev().take_while(|b| b.is_ascii_alphanumeric()).fold(77, |h, b| hash(h, u32::from(*b), 3));
    let contexts = [back(1), last(2), last(3), last(4), word, hash(sort, u32::from(before.is_empty()), 99)];
    let mut node = 1_u32;
    for place in (0..8).rev() {
        node = node << 1 | u32::from(codec.bit(TEXT, node + 100, &contexts, value >> place & 1 == 1)?);
    }
    Ok(node as u8)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn steps_index_numbers_by_digits() {
        for value in [1.0, 0.5, 0.001234, 9.999, 10.0, 101.2, 5e-324, 1.79e308, 12340.0] {
            let step = step_of(value, 4).unwrap();
            assert_eq!(at_step(step, 4), Some(value));
        }
        assert_eq!(step_of(10.0, 4).unwrap() - step_of(9.999, 4).unwrap(), 1);
        assert_eq!(step_of(1.2345, 4), None);
        assert_eq!(step_of(f64::NAN, 4), None);
    }

    #[test]
    fn locusts_steps() {
        for (value, step) in [(0.0, 0), (99.0, 99), (100.0, 100), (990.0, 189), (1000.0, 190), (640.0, 154)] {
            assert_eq!(two_digit_of(value), Some(step));
            assert_eq!(at_two_digit(step), Some(value));
            assert_eq!(nearest_two_digit(value), step);
        }
        for value in [0.5, 101.0, 1050.0, -1.0, f64::NAN] {
            assert_eq!(two_digit_of(value), None);
        }
        assert_eq!(at_two_digit(nearest_two_digit(996.0)), Some(1000.0));
    }

    #[test]
    fn the_logarithmic_grid_is_within_two_percent() {
        let mut value = 0.013;
        while value < 1e6 {
            let at = at_log(nearest_log(value)).unwrap();
            assert!((at / value - 1.0).abs() <= 0.02, "{value} {at}");
            assert_eq!(log_of(at), Some(nearest_log(value)));
            value *= 1.0037;
        }
    }
}
