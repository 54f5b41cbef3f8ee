//! Moments as milliseconds since the Unix epoch (UTC) and their RFC 3339 text. The calendar is the proleptic Gregorian
//! one, after Howard Hinnant's `days_from_civil` and `civil_from_days` (*chrono-Compatible Low-Level Date Algorithms*).

const DAY_MS: i64 = 86_400_000;

/// Valid moments of a run, in seconds since the Unix epoch: the years 1 to 9999. Files, reports, baselines and links
/// are all limited to these.
pub const MOMENTS_S: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;

/// Whether these milliseconds since the Unix epoch are within [`MOMENTS_S`].
#[must_use]
#[inline]
pub fn is_moment(epoch_ms: i64) -> bool {
    MOMENTS_S.contains(&epoch_ms.div_euclid(1000))
}

/// Whether a number from a file is a moment in milliseconds, since the Unix epoch or since a start of its own. A number
/// of 10 or 11 digits that would be between 12 January 1970 and March 1973 is in seconds.
#[must_use]
#[inline]
pub fn is_moment_ms(ms: i64) -> bool {
    is_moment(ms) && !(1_000_000_000..100_000_000_000).contains(&ms)
}

/// Whether an interval that ends at this second has a moment within [`MOMENTS_S`]: a long one may end beyond.
#[must_use]
pub fn has_moment(end_s: i64, length_s: u32) -> bool {
    end_s >= *MOMENTS_S.start() && end_s.saturating_sub(length_s.into()) <= *MOMENTS_S.end()
}

/// `2026-11-23T18:00:00Z`: whole seconds, UTC.
#[must_use]
pub fn format_rfc3339(epoch_ms: i64) -> String {
    let (days, ms) = (epoch_ms.div_euclid(DAY_MS), epoch_ms.rem_euclid(DAY_MS));
    let (year, month, day) = civil_from_days(days);
    let seconds = ms / 1000;
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// Reads `2025-10-17T14:30:00Z`, with an optional fraction and an offset `Z`, `+02:00` or none (then UTC), `T` or a
/// space between date and time. `None` for any other text.
#[must_use]
pub fn parse_rfc3339(text: &str) -> Option<i64> {
    let text = text.trim();
    let (date, time) = text.split_once(['T', 't', ' '])?;
    let mut date = date.splitn(3, '-').map(number);
    let (year, month, day) = (date.next()??, date.next()??, date.next()??);
    let (clock, offset_minutes) = split_offset(time)?;
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, ""));
    let mut clock = clock.splitn(3, ':').map(number);
    let (hour, minute) = (clock.next()??, clock.next()??);
    let second = clock.next().unwrap_or(Some(0))?;
    let valid = (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && (0..24).contains(&hour)
        && (0..60).contains(&minute)
        && (0..=60).contains(&second)
        && (1..=9999).contains(&year)
        && fraction.chars().all(|c| c.is_ascii_digit());
    if !valid {
        return None;
    }
    let ms: i64 = format!("{:0<3.3}", fraction).parse().ok()?;
    let minutes = (hour * 60 + minute) - offset_minutes;
    Some(days_from_civil(year, month, day) * DAY_MS + minutes * 60_000 + second * 1000 + ms).filter(|ms| is_moment(*ms))
}

/// Reads an HTTP date in the form that servers must send, `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, section 5.6.7).
#[must_use]
pub fn parse_http_date(text: &str) -> Option<i64> {
    const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";
    let (_, text) = text.split_once(", ")?;
    let mut words = text.split(' ');
    let (day, month, year, clock, zone) = (words.next()?, words.next()?, words.next()?, words.next()?, words.next()?);
    let month = MONTHS.find(month).filter(|at| month.len() == 3 && at % 3 == 0)? / 3 + 1;
    if zone != "GMT" || words.next().is_some() {
        return None;
    }
    parse_rfc3339(&format!("{year}-{month:02}-{day}T{clock}Z"))
}

fn number(digits: &str) -> Option<i64> {
    let plain = !digits.is_empty() && digits.len() <= 4 && digits.chars().all(|c| c.is_ascii_digit());
    if plain { digits.parse().ok() } else { None }
}

/// Splits the offset off a time; minutes east of UTC.
fn split_offset(time: &str) -> Option<(&str, i64)> {
    if let Some(clock) = time.strip_suffix(['Z', 'z']) {
        return Some((clock, 0));
    }
    let Some(at) = time.rfind(['+', '-']) else { return Some((time, 0)) };
    let (clock, offset) = time.split_at_checked(at)?;
    let sign = if offset.starts_with('-') { -1 } else { 1 };
    let digits: String = offset.chars().filter(char::is_ascii_digit).collect();
    let (hours, minutes) = digits.split_at_checked(2)?;
    Some((clock, sign * (number(hours)? * 60 + if minutes.is_empty() { 0 } else { number(minutes)? })))
}

fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let mp = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values from Python: `datetime.fromisoformat(text).timestamp()`.
    #[test]
    fn known_moments() {
        for (text, ms) in [
            ("2025-10-17T14:30:00Z", 1_760_711_400_000),
            ("2025-10-17T16:30:00+02:00", 1_760_711_400_000),
            ("2025-10-17 14:30:00.250", 1_760_711_400_250),
            ("2000-02-29T23:59:59Z", 951_868_799_000),
            ("1969-12-31T23:59:59Z", -1000),
        ] {
            assert_eq!(parse_rfc3339(text), Some(ms), "{text}");
        }
        assert_eq!(format_rfc3339(1_760_711_400_999), "2025-10-17T14:30:00Z");
        assert_eq!(format_rfc3339(-1000), "1969-12-31T23:59:59Z");
    }

    /// The example of RFC 9110, and Python's `email.utils.parsedate_to_datetime`.
    #[test]
    fn dates_of_http() {
        assert_eq!(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777_000));
        assert_eq!(parse_http_date("Tue, 24 Nov 2026 12:01:30 GMT"), Some(1_795_521_690_000));
        for text in [
            "",
            "Sun",
            "Sun, 06 anF 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37 CET",
            "Sun, 06  1994 08:49:37 GMT",
            "é, é",
        ] {
            assert_eq!(parse_http_date(text), None, "{text}");
        }
    }

    #[test]
    fn invalid_moments() {
        for text in
            ["", "2025-10-17", "2025-13-01T00:00:00Z", "T", "2025-10-17T25:00:00Z", "99999-01-01T00:00:00Z", "é"]
        {
            assert_eq!(parse_rfc3339(text), None, "{text}");
        }
    }
}
