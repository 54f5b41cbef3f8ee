//! How far and how fast a file is read, in words.

use crate::number;

/// Minimum time before a speed is shown, in milliseconds.
const SETTLED_MS: i64 = 500;

/// How far the reading of a file is.
#[derive(Debug, Clone, PartialEq)]
pub struct Pace {
    /// Whole percent of the file's bytes, rounded down.
    pub percent: u64,
    /// Bytes of how many, bytes in a second, time left: what is known of it.
    pub text: String,
}

/// After `elapsed_ms`, `read` of `bytes` are read. The speed is that since the beginning, and the time left follows from
/// it.
#[must_use]
pub fn pace(read: u64, bytes: u64, elapsed_ms: i64) -> Pace {
    let read = read.min(bytes);
    let percent = (u128::from(read) * 100).checked_div(u128::from(bytes)).unwrap_or(100);
    let mut text = format!("{} of {}", number::bytes(read), number::bytes(bytes));
    if elapsed_ms >= SETTLED_MS && read > 0 {
        let seconds = elapsed_ms as f64 / 1000.0;
        let per_s = read as f64 / seconds;
        text.push_str(&format!(" · {}/s", number::bytes(per_s as u64)));
        let left_s = libm::ceil((bytes - read) as f64 / per_s);
        if left_s > 0.0 {
            text.push_str(&format!(" · {} left", number::duration_s(left_s)));
        }
    }
    Pace { percent: u64::try_from(percent).unwrap_or(100), text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paces_by_hand() {
        for (read, bytes, ms, percent, text) in [
            (0, 1_000_000_000, 0, 0, "0 B of 1 GB"),
            (0, 1_000_000_000, 9000, 0, "0 B of 1 GB"),
            // 250 MB in 2 s are 125 MB/s; 750 MB take 6 s more.
            (250_000_000, 1_000_000_000, 2000, 25, "250 MB of 1 GB · 125 MB/s · 6 s left"),
            (999_999_999, 1_000_000_000, 400, 99, "1,000 MB of 1 GB"),
            (1_000_000_000, 1_000_000_000, 8000, 100, "1 GB of 1 GB · 125 MB/s"),
            (10, 0, 1000, 100, "0 B of 0 B"),
            (u64::MAX, u64::MAX, i64::MIN, 100, ""),
        ] {
            let pace = pace(read, bytes, ms);
            assert_eq!(pace.percent, percent, "{read} of {bytes}");
            assert!(pace.text.starts_with(text), "{} is not {text}", pace.text);
        }
    }
}
