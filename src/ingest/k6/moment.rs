//! k6's timestamps: RFC 3339 with nanoseconds and any offset, or a number since 1970 in seconds, milli-, micro- or
//! nanoseconds (`K6_CSV_TIME_FORMAT`), distinguished by size.

use crate::run::time::parse_rfc3339;

/// A timestamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Moment {
    /// Milliseconds since the Unix epoch.
    pub ms: i64,
    /// Whether it is finer than a second.
    pub is_fine: bool,
}

/// Parses a timestamp; `None` if invalid.
pub(in super::super) fn parse(field: &[u8]) -> Option<Moment> {
    if !field.is_empty() && field.len() <= 19 && field.iter().all(u8::is_ascii_digit) {
        // 19 digits fit.
        let number = field.iter().fold(0_i64, |n, b| n.saturating_mul(10).saturating_add(i64::from(b - b'0')));
        // Seconds are below this until the year 5138, milliseconds above it since 1973, and so on.
        const SECONDS: i64 = 100_000_000_000;
        if number < SECONDS {
            return Some(Moment { ms: number * 1000, is_fine: false });
        }
        let ms = if number < SECONDS * 1000 {
            number
        } else if number < SECONDS * 1_000_000 {
            number / 1000
        } else {
            number / 1_000_000
        };
        return Some(Moment { ms, is_fine: true });
    }
    let text = std::str::from_utf8(field).ok()?;
    let ms = parse_rfc3339(text)?;
    Some(Moment { ms, is_fine: text.contains('.') })
}

/// Parses timestamps, most of which are in the same second as the previous one.
#[derive(Debug, Clone, Default)]
pub(in super::super) struct Clock {
    second: [u8; 19],
    zone: Vec<u8>,
    /// The value of both, in milliseconds.
    at_ms: i64,
}

impl Clock {
    /// Parses k6's own format, `2026-11-24T14:16:33.06467258Z`; `None` for any other.
    #[inline(always)]
    pub(in super::super) fn read(&mut self, text: &[u8]) -> Option<Moment> {
        let (second, rest) = text.split_first_chunk::<19>()?;
        let (fraction, zone) = match rest.strip_prefix(b".") {
            None => (&[][..], rest),
            Some(rest) => rest.split_at_checked(rest.iter().take_while(|b| b.is_ascii_digit()).count())?,
        };
        if rest.len() != zone.len() && !(1..=9).contains(&fraction.len()) {
            return None;
        }
        if *second != self.second || zone != self.zone {
            self.at_ms = whole(second, zone)?;
            self.second = *second;
            self.zone = zone.to_vec();
        }
        let digit = |at: usize| fraction.get(at).map_or(0, |b| i64::from(b - b'0'));
        let ms = digit(0) * 100 + digit(1) * 10 + digit(2);
        Some(Moment { ms: self.at_ms + ms, is_fine: !fraction.is_empty() })
    }
}

/// Parses whole seconds with an offset, in the usual form.
#[cold]
fn whole(second: &[u8; 19], zone: &[u8]) -> Option<i64> {
    let is_like = |text: &[u8], form: &[u8]| {
        text.len() == form.len()
            && text.iter().zip(form).all(|(b, f)| if *f == b'0' { b.is_ascii_digit() } else { b == f })
    };
    let zone_fits = zone == b"Z" || is_like(zone, b"+00:00") || is_like(zone, b"-00:00");
    if !zone_fits || !is_like(second, b"0000-00-00T00:00:00") {
        return None;
    }
    parse_rfc3339(std::str::from_utf8(&[second, zone].concat()).ok()?)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// Values from Python: `datetime.fromisoformat(text).timestamp()`, the fraction cut to milliseconds.
    const KNOWN: [(&str, i64); 6] = [
        ("2026-11-24T14:16:33.06467258Z", 1_795_529_793_064),
        ("2026-11-24T19:46:42.237679002+05:30", 1_795_529_802_237),
        ("2026-11-24T09:16:33.9-05:00", 1_795_529_793_900),
        ("2026-11-24T14:16:33Z", 1_795_529_793_000),
        ("2024-02-29T23:59:59.999999999Z", 1_709_251_199_999),
        ("1969-12-31T23:59:58.25Z", -1750),
    ];

    #[test]
    fn known_moments() {
        let mut clock = Clock::default();
        for (text, ms) in KNOWN {
            assert_eq!(parse(text.as_bytes()).unwrap().ms, ms, "{text}");
            assert_eq!(clock.read(text.as_bytes()).unwrap().ms, ms, "{text}");
            assert_eq!(clock.read(text.as_bytes()), parse(text.as_bytes()), "{text}");
        }
    }

    /// One moment in every format, as k6 1.1.0 writes them.
    #[test]
    fn every_unit() {
        for (text, ms, is_fine) in [
            ("1795529802", 1_795_529_802_000, false),
            ("1795529802091", 1_795_529_802_091, true),
            ("1795529802091536", 1_795_529_802_091, true),
            ("1795529802091536225", 1_795_529_802_091, true),
            ("2026-11-24T14:16:42Z", 1_795_529_802_000, false),
        ] {
            assert_eq!(parse(text.as_bytes()), Some(Moment { ms, is_fine }), "{text}");
        }
    }

    #[test]
    fn invalid_moments() {
        let mut clock = Clock::default();
        for text in ["", "-1", "12345678901234567890", "2026-13-24T14:16:33Z", "now", "1.5"] {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
            assert_eq!(clock.read(text.as_bytes()), None, "{text}");
        }
        // Slow path only.
        for text in [
            "2026-11-24T14:16:33.+00:00",
            "2026-11-24 14:16:33Z",
            "2026-11-24T14:16:33",
            "2026-11-24T14:16:33+0530",
            "2026-11-24T14:16:33.1234567890Z",
        ] {
            assert!(parse(text.as_bytes()).is_some() && clock.read(text.as_bytes()).is_none(), "{text}");
        }
    }
}
