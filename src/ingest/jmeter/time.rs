//! JMeter's timestamps: milliseconds since 1970, or text in the patterns that its own reader tries.

use crate::run::time::parse_rfc3339;

/// A timestamp in text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    pub ms: i64,
    /// The pattern, if it has no time zone.
    pub local: Option<&'static str>,
}

/// Parses `2014-02-24 07:42:21.256`, also with `/` for `-`, `T` for the space and without milliseconds, and
/// `02/24/14 07:42:21`. `None` for an invalid timestamp, such as month 20.
pub(super) fn parse(field: &[u8]) -> Option<Moment> {
    let text = std::str::from_utf8(field).ok()?.trim();
    let (date, clock) = text.split_once([' ', 'T'])?;
    let mut parts = date.split(['-', '/']);
    let (first, second, third) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || !clock.contains(':') {
        return None;
    }
    let has_zone = clock.ends_with(['Z', 'z']) || clock.contains(['+', '-']);
    let (date, pattern) = if first.len() == 4 {
        let pattern = if date.contains('/') { "yyyy/MM/dd HH:mm:ss" } else { "yyyy-MM-dd HH:mm:ss" };
        (format!("{first}-{second}-{third}"), pattern)
    } else {
        let year = if third.len() == 2 { format!("20{third}") } else { third.to_owned() };
        (format!("{year}-{first}-{second}"), "MM/dd/yy HH:mm:ss")
    };
    let clock = clock.replace(',', ".");
    let ms = parse_rfc3339(&format!("{date}T{clock}"))?;
    Some(Moment { ms, local: (!has_zone).then_some(pattern) })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// Values from Python: `datetime.strptime(text, pattern).replace(tzinfo=timezone.utc).timestamp()`.
    #[test]
    fn known_moments() {
        for (text, ms) in [
            ("2014-02-24 07:42:21.256", 1_393_227_741_256),
            ("2014/02/24 07:42:21.256", 1_393_227_741_256),
            ("2014/02/24 07:42:21", 1_393_227_741_000),
            ("2014-02-24 07:42:21", 1_393_227_741_000),
            ("02/24/14 07:42:21", 1_393_227_741_000),
        ] {
            let moment = parse(text.as_bytes()).unwrap();
            assert_eq!(moment.ms, ms, "{text}");
            assert!(moment.local.is_some());
        }
        assert_eq!(parse(b"2014-02-24T09:42:21.256+02:00").unwrap(), Moment { ms: 1_393_227_741_256, local: None });
        for text in ["", "1393227741256", "2001/20/20 12:05:05.123", "label 1:2", "2014-02-24"] {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
    }
}
