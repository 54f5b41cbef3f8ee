//! Numbers as text, the same in reports, charts and on the page: three significant digits, a real minus sign (U+2212),
//! thousands separated by commas.

/// Three significant digits of a figure of at least 0, without trailing zeros: `0.42`, `3`, `50.2`, `430`, `1,240`.
#[must_use]
pub fn figure(value: f64) -> String {
    decimal(value, decimals(value))
}

/// A figure of at least 0 with at most this many decimals, without trailing zeros.
fn decimal(value: f64, decimals: usize) -> String {
    if value == f64::INFINITY {
        return "∞".into();
    }
    if value >= 1e15 {
        return format!("{value:.2e}");
    }
    let text = format!("{value:.decimals$}");
    group(if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text })
}

/// Decimals that leave three significant digits.
fn decimals(magnitude: f64) -> usize {
    match magnitude {
        m if m >= 99.95 => 0,
        m if m >= 9.995 => 1,
        m if m >= 0.9995 => 2,
        m if m >= 0.099_95 => 3,
        _ => 4,
    }
}

/// A response time: `0.42 ms`, `430 ms`, `1.24 s`.
#[must_use]
pub fn latency_ms(ms: f64) -> String {
    if ms >= 999.5 { format!("{} s", figure(ms / 1000.0)) } else { format!("{} ms", figure(ms)) }
}

/// Requests per second, without a unit: `9.32`.
#[must_use]
pub fn rate(per_s: f64) -> String {
    figure(per_s)
}

/// A count: `8,390`.
#[must_use]
pub fn count(n: u64) -> String {
    group(&n.to_string())
}

/// A share in percent: `0.36 %`.
#[must_use]
pub fn percent(pct: f64) -> String {
    format!("{} %", figure(pct))
}

/// A change in percent: `+38.7 %`, `−2.04 %`, `0 %`.
#[must_use]
pub fn percent_change(pct: f64) -> String {
    signed(pct, " %")
}

/// A change in percentage points: `+0.05 pp`.
#[must_use]
pub fn points_change(pp: f64) -> String {
    signed(pp, " pp")
}

/// A change of a figure with its sign: `+12.5`, `−3`.
#[must_use]
pub fn signed(value: f64, unit: &str) -> String {
    let magnitude = value.abs();
    with_sign(value, &short_of_all(value, unit, decimal(magnitude, decimals(magnitude).min(3))), unit)
}

/// A rounded change. One that leaves something is not rounded to −100 %: it has as many decimals as that takes.
fn short_of_all(change: f64, unit: &str, rounded: String) -> String {
    if unit != " %" || change <= -100.0 || change >= 0.0 || rounded != "100" {
        return rounded;
    }
    let finer = (1..=3).map(|decimals| decimal(change.abs(), decimals)).find(|finer| finer != "100");
    finer.unwrap_or_else(|| "99.999".into())
}

/// A rounded change with its sign; 0 has none.
fn with_sign(change: f64, rounded: &str, unit: &str) -> String {
    let sign = match () {
        () if rounded == "0" => "",
        () if change < 0.0 => "−",
        () => "+",
    };
    format!("{sign}{rounded}{unit}")
}

/// A change in as many digits as a sentence needs, without its sign: whole percents from 10 on, two decimals of percentage
/// points. `unit` is ` %` or ` pp`.
pub(crate) fn brief_size(change: f64, unit: &str) -> String {
    let magnitude = change.abs();
    let decimals = match (unit, magnitude) {
        (" pp", m) if m >= 0.01 => 2,
        (" pp", _) => 3,
        (_, m) if m >= 9.95 => 0,
        (_, m) if m >= 0.95 => 1,
        (_, m) if m >= 0.005 => 2,
        (_, _) => 3,
    };
    short_of_all(change, unit, decimal(magnitude, decimals))
}

/// A change as a sentence has it: `+39 %`, `−0.5 %`, `+0.05 pp`.
#[must_use]
pub fn brief(change: f64, unit: &str) -> String {
    if change.is_infinite() {
        return "∞".into();
    }
    with_sign(change, &brief_size(change, unit), unit)
}

/// A change known within bounds: `+31.2 to +47 %`; `at least +31 %` and `at most +47 %` where one side is open; `None`
/// where both are.
#[must_use]
pub fn change_range(lower: Option<f64>, upper: Option<f64>, unit: &str) -> Option<String> {
    Some(match (lower, upper) {
        (Some(lower), Some(upper)) => format!("{} to {}", signed(lower, ""), signed(upper, unit)),
        (Some(lower), None) => format!("at least {}", signed(lower, unit)),
        (None, Some(upper)) => format!("at most {}", signed(upper, unit)),
        (None, None) => return None,
    })
}

/// Seconds as a duration: `0.5 s`, `42 s`, `1 min 30 s`, `2 h 5 min`.
#[must_use]
pub fn duration_s(seconds: f64) -> String {
    if seconds > 0.0 && seconds < 0.95 {
        return format!("{} s", crate::run::significant(seconds, 1));
    }
    let total = libm::round(seconds.clamp(0.0, 1e15)) as u64;
    let (hours, minutes, seconds) = (total / 3600, total / 60 % 60, total % 60);
    match (hours, minutes, seconds) {
        (0, 0, s) => format!("{s} s"),
        (0, m, 0) => format!("{m} min"),
        (0, m, s) => format!("{m} min {s} s"),
        (h, 0, _) => format!("{h} h"),
        (h, m, _) => format!("{h} h {m} min"),
    }
}

/// Bytes: `512 B`, `12.3 kB`, `4.56 MB`.
#[must_use]
pub fn bytes(n: u64) -> String {
    let n = n as f64;
    match n {
        n if n < 1000.0 => format!("{n} B"),
        n if n < 1e6 => format!("{} kB", figure(n / 1e3)),
        n if n < 1e9 => format!("{} MB", figure(n / 1e6)),
        n => format!("{} GB", figure(n / 1e9)),
    }
}

/// Puts commas between thousands.
fn group(number: &str) -> String {
    let (whole, rest) = number.split_at(number.find('.').unwrap_or(number.len()));
    let mut grouped = String::with_capacity(number.len() + whole.len() / 3);
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_in_few_digits() {
        for (change, unit, text) in [
            (38.7, " %", "+39 %"),
            (-94.6, " %", "−95 %"),
            (9.96, " %", "+10 %"),
            (4.25, " %", "+4.2 %"),
            (5.0, " %", "+5 %"),
            (-0.5, " %", "−0.5 %"),
            (0.02, " %", "+0.02 %"),
            (0.0001, " %", "0 %"),
            (1234.5, " %", "+1,234 %"),
            (-99.525, " %", "−99.5 %"),
            (-99.98, " %", "−99.98 %"),
            (-99.999_99, " %", "−99.999 %"),
            (-100.0, " %", "−100 %"),
            (99.6, " %", "+100 %"),
            (0.668, " pp", "+0.67 pp"),
            (-0.5, " pp", "−0.5 pp"),
            (18.9, " pp", "+18.9 pp"),
            (0.004, " pp", "+0.004 pp"),
            (f64::INFINITY, " %", "∞"),
        ] {
            assert_eq!(brief(change, unit), text);
        }
    }

    #[test]
    fn numbers_as_text() {
        for (ms, text) in [
            (0.0, "0 ms"),
            (0.4218, "0.422 ms"),
            (3.0, "3 ms"),
            (50.18, "50.2 ms"),
            (99.96, "100 ms"),
            (430.0, "430 ms"),
            (999.6, "1 s"),
            (1240.0, "1.24 s"),
            (2_160_000.0, "2,160 s"),
        ] {
            assert_eq!(latency_ms(ms), text);
        }
        for (pct, text) in [
            (53.488, "+53.5 %"),
            (203.03, "+203 %"),
            (-2.04, "−2.04 %"),
            (0.0, "0 %"),
            (-0.0, "0 %"),
            (0.0001, "0 %"),
            (0.5, "+0.5 %"),
            (12345.6, "+12,346 %"),
            (-99.97, "−99.97 %"),
            (-100.0, "−100 %"),
        ] {
            assert_eq!(percent_change(pct), text);
        }
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(count(12), "12");
        assert_eq!(duration_s(89.6), "1 min 30 s");
        assert_eq!(
            (duration_s(0.476).as_str(), duration_s(0.0).as_str(), duration_s(0.97).as_str()),
            ("0.5 s", "0 s", "1 s")
        );
        assert!(figure(1e308).len() < 12);
    }
}
