//! Whether the shapes of two samples differ: the test of Kolmogorov and Smirnov.

use super::Weighted;
use super::special::kolmogorov_sf;

/// The largest number of pairs for which the test is exact: 1,000 values against 1,000.
const EXACT: u128 = 1_000_000;

/// The two-sample test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KolmogorovSmirnov {
    /// The largest distance of the two distribution functions, 0 to 1.
    pub distance: f64,
    /// The value at which it is reached first.
    pub at: f64,
    /// Two-sided p: exact up to a million pairs (Hodges 1957), else of Kolmogorov's limit. With ties it is too large, on
    /// the safe side.
    pub p: f64,
    /// Whether p is exact.
    pub exact: bool,
}

/// Kolmogorov and Smirnov's test; `None` where a side is empty. Vector T6.
#[must_use]
pub fn kolmogorov_smirnov(baseline: &Weighted, run: &Weighted) -> Option<KolmogorovSmirnov> {
    let (m, n) = (u128::from(baseline.total()), u128::from(run.total()));
    if m == 0 || n == 0 {
        return None;
    }
    let (mut left, mut right) = (baseline.iter().peekable(), run.iter().peekable());
    let (mut below_left, mut below_right) = (0_u128, 0_u128);
    // Distances in units of 1/(mn): whole numbers.
    let (mut largest, mut at) = (0_u128, baseline.at_rank(1)?);
    while let (Some((a, na)), Some((b, nb))) = (left.peek().copied(), right.peek().copied()) {
        if a <= b {
            below_left += u128::from(na);
            left.next();
        }
        if b <= a {
            below_right += u128::from(nb);
            right.next();
        }
        let distance = (below_left * n).abs_diff(below_right * m);
        if distance > largest {
            (largest, at) = (distance, a.min(b));
        }
    }
    let all = m * n;
    let distance = largest as f64 / all as f64;
    let exact = all <= EXACT;
    let p = if largest == 0 {
        1.0
    } else if exact {
        outside(m as u64, n as u64, largest as u64)
    } else {
        kolmogorov_sf(libm::sqrt(all as f64 / (m + n) as f64) * distance)
    };
    Some(KolmogorovSmirnov { distance, at, p, exact })
}

/// The chance that a random path of m steps right and n steps up comes to a point (i, j) with |in − jm| ≥ `limit`.
fn outside(m: u64, n: u64, limit: u64) -> f64 {
    let mut row = vec![0.0_f64; n as usize + 1];
    for i in 0..=m {
        let mut left = 0.0;
        for (j, cell) in row.iter_mut().enumerate() {
            let j = j as u64;
            let chance = if (i * n).abs_diff(j * m) >= limit {
                1.0
            } else if i + j == 0 {
                0.0
            } else {
                // The last step came from below with chance j/(i+j).
                (i as f64 * *cell + j as f64 * left) / (i + j) as f64
            };
            *cell = chance;
            left = chance;
        }
    }
    row.last().copied().unwrap_or(1.0).clamp(0.0, 1.0)
}
