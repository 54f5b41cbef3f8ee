//! Single fields: counts and times as printed by tools.

/// Why a field could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FieldError {
    Negative,
    NotFinite,
    NotWhole,
    NotANumber,
}

impl FieldError {
    /// The reason, to follow the value.
    pub(super) fn why(self) -> &'static str {
        match self {
            Self::Negative => "is negative",
            Self::NotFinite => "is not a finite number",
            Self::NotWhole => "is not a whole number",
            Self::NotANumber => "is not a number",
        }
    }
}

/// Whether a tool writes this text for "no value".
fn is_blank(text: &str) -> bool {
    matches!(text.to_ascii_lowercase().as_str(), "" | "n/a" | "na" | "nan" | "none" | "null" | "-")
}

/// Parses a number of at least 0. `None` for a missing value.
pub(super) fn number(text: &str) -> Result<Option<f64>, FieldError> {
    let text = text.trim();
    if is_blank(text) {
        return Ok(None);
    }
    checked(text.parse().map_err(|_| FieldError::NotANumber)?).map(Some)
}

/// A finite number of at least 0.
pub(super) fn checked(number: f64) -> Result<f64, FieldError> {
    if !number.is_finite() {
        Err(FieldError::NotFinite)
    } else if number < 0.0 {
        Err(FieldError::Negative)
    } else {
        // -0.0 reads as 0.
        Ok(number + 0.0)
    }
}

/// Parses an integer of at least 0; `12.0` is one.
pub(super) fn count(text: &str) -> Result<Option<u64>, FieldError> {
    number(text)?.map(whole).transpose()
}

/// Converts an integer small enough for an exact `f64` (2^53).
pub(super) fn whole(number: f64) -> Result<u64, FieldError> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if libm::floor(number) == number && number <= EXACT { Ok(number as u64) } else { Err(FieldError::NotWhole) }
}

/// Parses a time into milliseconds. Units are honoured (`150ms`, `1.5s`, `2m`, `300us`, `40ns`); a number without one
/// is milliseconds.
pub(super) fn time_ms(text: &str) -> Result<Option<f64>, FieldError> {
    let text = text.trim();
    if is_blank(text) {
        return Ok(None);
    }
    let end = text.rfind(|c: char| c.is_ascii_digit() || c == '.').map_or(0, |i| i + 1);
    let (digits, unit) = text.split_at_checked(end).unwrap_or((text, ""));
    let (times, over) = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "ms" => (1.0, 1.0),
        "s" | "sec" => (1000.0, 1.0),
        "m" | "min" => (60_000.0, 1.0),
        "h" => (3_600_000.0, 1.0),
        "us" | "µs" | "μs" => (1.0, 1000.0),
        "ns" => (1.0, 1_000_000.0),
        // `inf`, `1e308` and other numbers without a unit.
        _ => return number(text),
    };
    match number(digits)? {
        Some(value) => checked(value * times / over).map(Some),
        None => Err(FieldError::NotANumber),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The scripts read "150ms" as 0.0, because they matched "s" before "ms".
    #[test]
    fn units_are_converted() {
        for (text, ms) in [
            ("150ms", 150.0),
            ("1.5s", 1500.0),
            ("1.5 s", 1500.0),
            ("2m", 120_000.0),
            ("250us", 0.25),
            ("250µs", 0.25),
            ("150", 150.0),
            ("1900.0", 1900.0),
            ("1e3", 1000.0),
            ("0", 0.0),
        ] {
            assert_eq!(time_ms(text), Ok(Some(ms)), "{text}");
        }
        for text in ["", "N/A", " n/a ", "NaN", "None"] {
            assert_eq!(time_ms(text), Ok(None), "{text}");
        }
        for (text, bad) in [
            ("-5", FieldError::Negative),
            ("-5ms", FieldError::Negative),
            ("inf", FieldError::NotFinite),
            ("1e999", FieldError::NotFinite),
            ("1e308s", FieldError::NotFinite),
            ("fast", FieldError::NotANumber),
            ("ms", FieldError::NotANumber),
            ("1,5", FieldError::NotANumber),
        ] {
            assert_eq!(time_ms(text), Err(bad), "{text}");
        }
    }

    #[test]
    fn counts_are_whole() {
        assert_eq!(count("12"), Ok(Some(12)));
        assert_eq!(count("12.0"), Ok(Some(12)));
        assert_eq!(count("12.5"), Err(FieldError::NotWhole));
        assert_eq!(count("1e308"), Err(FieldError::NotWhole));
        assert_eq!(count("-1"), Err(FieldError::Negative));
    }
}
