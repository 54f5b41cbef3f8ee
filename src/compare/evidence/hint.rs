//! What would make an unclear result clear.

use super::Spread;
use crate::stats::special::normal_quantile;

/// What would make an unclear result clear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settle {
    /// About this many requests per side.
    Requests(u64),
    /// About this many runs per side: the noise between runs hides the change.
    Runs(u64),
    /// The tool's history file, or raw samples: more requests in a table would not narrow the interval.
    Samples,
}

impl Settle {
    /// Stable identifier for programs.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Requests(_) => "requests",
            Self::Runs(_) => "runs",
            Self::Samples => "history_or_samples",
        }
    }

    /// The number; `None` if it has none.
    #[must_use]
    pub fn count(self) -> Option<u64> {
        match self {
            Self::Requests(n) | Self::Runs(n) => Some(n),
            Self::Samples => None,
        }
    }
}

/// Upper limit of plausible numbers of requests.
const MAX_REQUESTS: f64 = 1e12;

/// Runs per side that suffice to measure the variation between runs.
const ENOUGH_RUNS: u64 = 5;

/// What is needed for the interval to exclude `margin` (on the scale of the spread, in the direction of `sign`): from
/// below if the observed change is below it, else from above, with the noise between runs added.
pub(super) fn settle(
    spread: &Spread,
    sign: f64,
    margin: f64,
    floor: f64,
    tail: f64,
    n: u64,
    (is_runs, is_assumed): (bool, bool),
) -> Option<Settle> {
    let theta = sign * spread.estimate()?;
    let (lower, upper) = super::spread::towards(spread.bounds(tail), sign);
    let beyond = theta > margin;
    let room = if beyond {
        // Confirmed means θ − √(half² + floor²) > limit, and the lower bound above the floor.
        let gap = theta - margin;
        if gap <= floor {
            return Some(Settle::Runs(ENOUGH_RUNS));
        }
        libm::sqrt(gap * gap - floor * floor).min(theta - floor)
    } else {
        margin.max(floor) - theta
    };
    if room.is_nan() || room <= 0.0 {
        return None;
    }
    if let Spread::Shares { baseline, run, .. } = spread {
        let (p0, p1) = (baseline.share(), run.share());
        let (p0, p1) = if sign > 0.0 { (p0, p1) } else { (p1, p0) };
        return requests(p0, p1, margin, beyond, tail).map(Settle::Requests);
    }
    let half = if beyond { theta - lower? } else { upper? - theta };
    let times = (half / room) * (half / room);
    let needed = n as f64 * times.max(1.0);
    if needed.is_nan() || needed >= MAX_REQUESTS {
        return None;
    }
    if is_runs {
        return Some(Settle::Runs((libm::ceil(needed) as u64).max(3)));
    }
    Some(if is_assumed { Settle::Samples } else { Settle::Requests(rounded(needed)) })
}

/// Requests per side at which Newcombe's interval of the same two shares excludes the margin.
fn requests(p0: f64, p1: f64, margin: f64, beyond: bool, tail: f64) -> Option<u64> {
    let z = normal_quantile(tail)?;
    let clear = |n: f64| {
        let ((l0, u0), (l1, u1)) = (wilson(p0, n, z), wilson(p1, n, z));
        let hypot = |a: f64, b: f64| libm::sqrt(a * a + b * b);
        if beyond { p1 - p0 - hypot(p1 - l1, u0 - p0) > margin } else { p1 - p0 + hypot(u1 - p1, p0 - l0) <= margin }
    };
    let (mut low, mut high) = (1.0, 2.0);
    while !clear(high) {
        low = high;
        high *= 2.0;
        if high > MAX_REQUESTS {
            return None;
        }
    }
    while high / low > 1.000_5 {
        let middle = (low + high) / 2.0;
        if clear(middle) { high = middle } else { low = middle }
    }
    Some(rounded(high))
}

/// Wilson's interval of a share of n, which need not be an integer.
fn wilson(p: f64, n: f64, z: f64) -> (f64, f64) {
    let z2 = z * z;
    let centre = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = z * libm::sqrt(p * (1.0 - p) / n + z2 / (4.0 * n * n)) / (1.0 + z2 / n);
    (centre - half, centre + half)
}

/// Three digits, to show that it is approximate.
fn rounded(n: f64) -> u64 {
    let mut step = 1.0;
    while n / step >= 1000.0 {
        step *= 10.0;
    }
    (libm::round(n / step) * step) as u64
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    /// Statistics.md §5: about 17,800 requests per side would confirm 1/300 → 15/1500 against 0.5 points.
    #[test]
    fn requests_that_would_confirm() {
        let n = super::requests(1.0 / 300.0, 0.01, 0.005, true, 0.025).unwrap();
        assert_eq!(n, 17_800);
    }
}
