//! Results of other methods for the same pair.
//!
//! Every rival is a score with a threshold: a pair is worse if the score of one of its rows is above it. So each can be
//! measured at its own threshold, and at the one with at most 1 % false alarms on the unchanged pairs. They share no
//! code with the library: the tests are implemented here, and checked against scipy.

use crate::simulate::{ENDPOINTS, Test};

/// A row of a rival: the total, or an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    Total,
    Endpoint(usize),
}

/// Quantity of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    Latency,
    Errors,
}

/// A rival's score of one row; higher is worse.
#[derive(Debug, Clone, Copy)]
pub struct Score {
    pub subject: Subject,
    pub about: About,
    pub score: f64,
}

/// The rivals that judge rows, in the order of tables. The library itself judges `seed-v1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rival {
    SeedV1,
    P95By10,
    P95By20,
    MannWhitney,
    Otava,
}

impl Rival {
    pub const EVERY: [Self; 5] = [Self::SeedV1, Self::P95By10, Self::P95By20, Self::MannWhitney, Self::Otava];

    /// For tables.
    pub fn title(self) -> &'static str {
        match self {
            Self::SeedV1 => "`seed-v1`",
            Self::P95By10 => "p95 ±10 %",
            Self::P95By20 => "p95 ±20 %",
            Self::MannWhitney => "Mann-Whitney 0.05",
            Self::Otava => "Welch as Otava",
        }
    }

    /// Its own threshold.
    pub fn threshold(self) -> f64 {
        match self {
            // In multiples of the limit; its CRITICAL begins at 1 or 1.5, which is included in the score.
            Self::SeedV1 => 0.0,
            Self::P95By10 => 0.10,
            Self::P95By20 => 0.20,
            // The 97.5 % point of the normal distribution: two-sided 0.05.
            Self::MannWhitney => 1.959_963_984_540_054,
            Self::Otava => 0.05,
        }
    }

    /// The raised threshold in words.
    pub fn raised(self, threshold: f64) -> String {
        if threshold.is_infinite() {
            return "none reaches 1 %".into();
        }
        match self {
            Self::SeedV1 => format!("{threshold:.1} × its limits"),
            Self::P95By10 | Self::P95By20 => format!("±{:.1} %", threshold * 100.0),
            Self::MannWhitney => format!("z {threshold:.1}"),
            Self::Otava => format!("{:.1} %", threshold * 100.0),
        }
    }
}

/// Counts of response times in whole ms, by endpoint.
pub struct Counts(Vec<Vec<u32>>);

/// Maximum response time; longer ones are counted as this.
const MAX_MS: usize = 60_000;

impl Counts {
    pub fn of(tests: &[Test]) -> Self {
        let mut counts = vec![Vec::new(); ENDPOINTS];
        for sample in tests.iter().flat_map(|t| &t.samples) {
            let ms = (sample.elapsed_ms as usize).min(MAX_MS);
            let of: &mut Vec<u32> = &mut counts[usize::from(sample.endpoint)];
            if of.len() <= ms {
                of.resize(ms + 1, 0);
            }
            of[ms] += 1;
        }
        Self(counts)
    }
}

/// Mann-Whitney of every endpoint, uncorrected: z of "the run is slower", ties and continuity corrected.
pub fn mann_whitney(baseline: &Counts, run: &Counts) -> Vec<Score> {
    let pairs = baseline.0.iter().zip(&run.0).enumerate();
    pairs
        .filter_map(|(endpoint, (a, b))| {
            let score = mann_whitney_z(a, b)?;
            Some(Score { subject: Subject::Endpoint(endpoint), about: About::Latency, score })
        })
        .collect()
}

/// z of the one-sided test that `b` is larger; both are counts by value. Mann and Whitney 1947.
fn mann_whitney_z(a: &[u32], b: &[u32]) -> Option<f64> {
    let (mut u_twice, mut ties) = (0_u128, 0_f64);
    let (m, n) = (sum(a), sum(b));
    if m == 0 || n == 0 {
        return None;
    }
    let mut smaller = 0_u64;
    for value in 0..a.len().max(b.len()) {
        let in_a = u64::from(a.get(value).copied().unwrap_or(0));
        let in_b = u64::from(b.get(value).copied().unwrap_or(0));
        // Each of b exceeds every smaller one of a, and half of its equals.
        u_twice += u128::from(in_b) * u128::from(2 * smaller + in_a);
        smaller += in_a;
        let t = (in_a + in_b) as f64;
        ties += t * t * t - t;
    }
    let (m, n) = (m as f64, n as f64);
    let all = m + n;
    let variance = m * n / 12.0 * (all + 1.0 - ties / (all * (all - 1.0)));
    let excess = u_twice as f64 / 2.0 - m * n / 2.0;
    (variance > 0.0).then(|| (excess - 0.5) / libm::sqrt(variance))
}

fn sum(counts: &[u32]) -> u64 {
    counts.iter().map(|c| u64::from(*c)).sum()
}

/// Requests, failures and the sum of response times per second: the data of a dashboard.
pub struct Series {
    /// The total first, then the endpoints.
    rows: Vec<Vec<(u32, u32, f64)>>,
}

impl Series {
    pub fn of(test: &Test) -> Self {
        let seconds = libm::ceil(test.end_ms / 1000.0) as usize;
        let mut rows = vec![vec![(0, 0, 0.0); seconds]; ENDPOINTS + 1];
        for sample in &test.samples {
            let second = ((sample.end_ms() / 1000.0) as usize).min(seconds - 1);
            for row in [0, usize::from(sample.endpoint) + 1] {
                let at = &mut rows[row][second];
                *at = (at.0 + 1, at.1 + u32::from(sample.failed), at.2 + sample.elapsed_ms);
            }
        }
        Self { rows }
    }

    fn points(&self, row: usize, about: About) -> Vec<f64> {
        let seconds = self.rows[row].iter().filter(|second| second.0 > 0);
        seconds
            .map(|(requests, failures, sum)| match about {
                About::Latency => sum / f64::from(*requests),
                About::Errors => f64::from(*failures) / f64::from(*requests),
            })
            .collect()
    }

    /// One figure for the whole run.
    fn whole(&self, row: usize, about: About) -> Option<f64> {
        let add = |a: (f64, f64, f64), s: &(u32, u32, f64)| (a.0 + f64::from(s.0), a.1 + f64::from(s.1), a.2 + s.2);
        let (requests, failures, sum) = self.rows[row].iter().fold((0.0, 0.0, 0.0), add);
        let value = if about == About::Latency { sum / requests } else { failures / requests };
        (requests > 0.0).then_some(value)
    }
}

/// Welch's t-test as in Apache Otava: p at most 0.001, then the size of the change in percent of the baseline. With one
/// run per side the points are the means of seconds; with several the points are the runs. `endpoints`: whether the
/// file has them over time.
pub fn otava(baseline: &[Series], run: &[Series], endpoints: bool) -> Vec<Score> {
    let mut scores = Vec::new();
    for row in 0..if endpoints { ENDPOINTS + 1 } else { 1 } {
        let subject = if row == 0 { Subject::Total } else { Subject::Endpoint(row - 1) };
        for about in [About::Latency, About::Errors] {
            let points = |side: &[Series]| match side {
                [one] => one.points(row, about),
                many => many.iter().filter_map(|s| s.whole(row, about)).collect(),
            };
            let (a, b) = (points(baseline), points(run));
            if let Some((p, change)) = welch(&a, &b)
                && p <= 0.001
            {
                scores.push(Score { subject, about, score: change });
            }
        }
    }
    scores
}

/// Two-sided p of Welch's test (1947), and the change of the mean relative to the first.
fn welch(a: &[f64], b: &[f64]) -> Option<(f64, f64)> {
    let moments = |x: &[f64]| {
        let n = x.len() as f64;
        let mean = x.iter().sum::<f64>() / n;
        let squares: f64 = x.iter().map(|v| (v - mean) * (v - mean)).sum();
        (x.len() >= 2).then(|| (mean, squares / (n - 1.0) / n, n))
    };
    let ((mean_a, va, na), (mean_b, vb, nb)) = (moments(a)?, moments(b)?);
    let variance = va + vb;
    if variance <= 0.0 || mean_a <= 0.0 {
        return None;
    }
    let t = (mean_b - mean_a) / libm::sqrt(variance);
    let df = variance * variance / (va * va / (na - 1.0) + vb * vb / (nb - 1.0));
    Some((beta(df / 2.0, 0.5, df / (df + t * t)), mean_b / mean_a - 1.0))
}

/// The regularised incomplete beta function, by Lentz's continued fraction. With `(df/2, 1/2, df/(df+t²))` it is the
/// two-sided p of Student's t.
fn beta(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return x.clamp(0.0, 1.0);
    }
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - beta(b, a, 1.0 - x);
    }
    let front =
        libm::exp(libm::lgamma(a + b) - libm::lgamma(a) - libm::lgamma(b) + a * libm::log(x) + b * libm::log1p(-x)) / a;
    let tiny = |v: f64| if v.abs() < 1e-300 { 1e-300 } else { v };
    let (mut c, mut d) = (1.0, 1.0 / tiny(1.0 - (a + b) * x / (a + 1.0)));
    let mut value = d;
    for m in 1..1000 {
        let m = f64::from(m);
        for term in [
            m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0)),
        ] {
            d = 1.0 / tiny(1.0 + term * d);
            c = tiny(1.0 + term / c);
            value *= c * d;
        }
        if (c * d - 1.0).abs() < 1e-15 {
            break;
        }
    }
    front * value
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: [u32; 20] =
        [112, 115, 118, 119, 121, 123, 124, 126, 127, 128, 130, 131, 133, 135, 138, 141, 147, 155, 168, 203];

    fn counts(values: &[u32]) -> Vec<u32> {
        let mut counts = vec![0; 300];
        for value in values {
            counts[*value as usize] += 1;
        }
        counts
    }

    /// `scipy.stats.mannwhitneyu(b, a, alternative="greater", method="asymptotic")`, z from its p by `norm.isf`.
    #[test]
    fn mann_whitney_is_scipys() {
        let b: Vec<u32> = A.iter().enumerate().map(|(i, v)| v + 3 * (i as u32 % 5)).collect();
        let z = mann_whitney_z(&counts(&A), &counts(&b)).unwrap_or_default();
        assert!((z - Z_SHIFTED).abs() < 1e-9, "{z}");
        assert_eq!(mann_whitney_z(&counts(&A), &[]), None);
    }

    /// `scipy.stats.ttest_ind(run, base, equal_var=False)` on the series of T11, not logged.
    #[test]
    fn welch_is_scipys() {
        let base = [412.0, 398.0, 431.0, 405.0, 420.0];
        let run = [455.0, 441.0, 470.0, 428.0, 462.0];
        let (p, change) = welch(&base, &run).unwrap_or_default();
        assert!((p / P_T11 - 1.0).abs() < 1e-9, "{p}");
        assert!((change - (451.2 / 413.2 - 1.0)).abs() < 1e-12);
        // A long series: p far below the smallest value of 1 - cdf.
        let a: Vec<f64> = (0..200).map(|i| f64::from(i % 7)).collect();
        let b: Vec<f64> = (0..150).map(|i| f64::from(i % 5) + 2.5).collect();
        let (p, _) = welch(&a, &b).unwrap_or_default();
        assert!((p / P_LONG - 1.0).abs() < 1e-8, "{p}");
    }

    const Z_SHIFTED: f64 = 1.2719509247331744;
    const P_T11: f64 = 0.004408769519761221;
    const P_LONG: f64 = 1.503529423654653e-15;
}
