//! Where a percentile lies: from samples or buckets by order statistics, from a printed table by bracketing.
//!
//! All intervals take requests as independent draws. They need no assumption on the shape of the distribution.

use super::proportion::{self, Fisher, Proportion};
use super::special::{binomial_at_least, binomial_at_most, normal_quantile};
use super::{Bounds, Interval, Weighted, is_tail};

/// Ranks, from 1, of the samples that bound a quantile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ranks {
    /// The largest l with P(Bin(n, p) ≤ l − 1) ≤ tail; `None` if not even the smallest sample bounds the quantile.
    pub lower: Option<u64>,
    /// The smallest u with P(Bin(n, p) ≥ u) ≤ tail; `None` if not even the largest sample does.
    pub upper: Option<u64>,
}

/// The ranks that bound the quantile `p` (0 < p < 1) of n samples (Hahn & Meeker 1991). Vector T5.
#[must_use]
pub fn ranks(n: u64, p: f64, tail: f64) -> Option<Ranks> {
    if !(is_tail(tail) && p > 0.0 && p < 1.0 && (1..=1 << 52).contains(&n)) {
        return None;
    }
    let z = normal_quantile(tail)?;
    let spread = z * libm::sqrt(n as f64 * p * (1.0 - p));
    let guess = |rank: f64| (rank.max(1.0) as u64).clamp(1, n);
    let lower = last_true(n, guess(n as f64 * p - spread), |l| binomial_at_most(l - 1, n, p) <= tail);
    // Counted from the top, the upper rank is a lower one.
    let from_top = last_true(n, guess(n as f64 * (1.0 - p) - spread), |l| binomial_at_least(n + 1 - l, n, p) <= tail);
    Some(Ranks { lower, upper: from_top.map(|l| n + 1 - l) })
}

/// The largest rank in 1..=n for which this holds, if it holds for all ranks before and none behind; looks near `guess`
/// first.
fn last_true(n: u64, guess: u64, mut holds: impl FnMut(u64) -> bool) -> Option<u64> {
    let (mut yes, mut no) = (0, n + 1);
    let (mut at, mut stride) = (guess, 1);
    // Outward in growing steps until the edge is enclosed, then by halves.
    while no - yes > 1 {
        if holds(at) {
            yes = at;
            at = if no == n + 1 { at.saturating_add(stride).min(n) } else { yes + (no - yes) / 2 };
        } else {
            no = at;
            at = if yes == 0 { at.saturating_sub(stride).max(1) } else { yes + (no - yes) / 2 };
        }
        if yes != 0 && no != n + 1 {
            at = yes + (no - yes) / 2;
        }
        stride = stride.saturating_mul(2);
    }
    (yes > 0).then_some(yes)
}

/// The interval of the quantile `p`, from order statistics. Ties need no care: the bounds hold, and are a little safer.
#[must_use]
pub fn interval(samples: &Weighted, p: f64, tail: f64) -> Bounds {
    let Some(ranks) = ranks(samples.total(), p, tail) else {
        return Bounds::default();
    };
    let value = |rank: Option<u64>| rank.and_then(|rank| samples.at_rank(rank));
    Bounds::new(value(ranks.lower), value(ranks.upper))
}

/// The fewest samples for which both bounds of the quantile `p` exist. With a two-sided 95 %: 6, 36, 72 and 368 for the
/// 50th, 90th, 95th and 99th percentile; with a tail of 0.05, for the upper bound alone: 5, 29, 59 and 299.
#[must_use]
pub fn minimum_samples(p: f64, tail: f64) -> Option<u64> {
    if !(is_tail(tail) && p > 0.0 && p < 1.0) {
        return None;
    }
    let n = libm::ceil(libm::log(tail) / libm::log(p.max(1.0 - p)));
    (n < 1e15).then_some(n as u64)
}

/// The quantile by linear interpolation: Hyndman and Fan's type 7 (1996), NumPy's and R's default.
#[must_use]
pub fn type7(samples: &Weighted, p: f64) -> Option<f64> {
    let n = samples.total();
    if n == 0 || !(0.0..=1.0).contains(&p) {
        return None;
    }
    let at = (n - 1) as f64 * p;
    let below = libm::floor(at);
    let rank = below as u64 + 1;
    let (low, high) = (samples.at_rank(rank)?, samples.at_rank((rank + 1).min(n))?);
    let share = at - below;
    // In this form a pair of huge values with opposite signs does not overflow.
    Some(low * (1.0 - share) + high * share)
}

/// The nearest rank, ⌈np⌉ but at least 1: type 1. A product that is whole but for rounding counts as whole.
#[must_use]
pub fn nearest_rank(n: u64, p: f64) -> u64 {
    let rank = libm::ceil(n as f64 * p * (1.0 - 4.0 * f64::EPSILON));
    (rank.max(1.0) as u64).min(n)
}

/// How a tool turns a percentile into a rank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RankRule {
    /// ⌊np⌋ + 1, at most n: Locust. Vector T17.
    Locust,
    /// ⌈np⌉.
    Nearest,
    /// Between two neighbouring samples, or not known: any of types 4 to 9.
    Interpolated,
}

impl RankRule {
    /// Lowest and highest rank, from 1, between whose samples the percentile at `share` (0 to 1) of n samples lies.
    #[must_use]
    pub fn ranks(self, n: u64, share: f64) -> Option<(u64, u64)> {
        if n == 0 || n > 1 << 52 || !(0.0..=1.0).contains(&share) {
            return None;
        }
        let floor = libm::floor(n as f64 * share) as u64;
        Some(match self {
            Self::Locust => {
                let rank = (floor + 1).min(n);
                (rank, rank)
            }
            Self::Nearest => {
                let rank = nearest_rank(n, share);
                (rank, rank)
            }
            Self::Interpolated => (floor.clamp(1, n), (floor + 2).min(n)),
        })
    }
}

/// Half the width of what Locust may have rounded to this value: 0.5 below 100, 5 below 1,000, 50 below 10,000, else
/// 500 (milliseconds).
#[must_use]
pub fn locust_half_width(value: f64) -> f64 {
    if value < 100.0 {
        0.5
    } else if value < 1_000.0 {
        5.0
    } else if value < 10_000.0 {
        50.0
    } else {
        500.0
    }
}

/// A percentile as a tool printed it, with the ranks it may stand for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Printed {
    /// The value.
    pub value: f64,
    /// Half the width of what was rounded to it.
    pub half_width: f64,
    /// It is not below the sample of this rank.
    pub lowest_rank: u64,
    /// It is not above the sample of this rank.
    pub highest_rank: u64,
}

impl Printed {
    /// The percentile at `share` (0.95 for the 95th) of n samples. `None` for a value that is not finite.
    #[must_use]
    pub fn new(rule: RankRule, n: u64, share: f64, value: f64, half_width: f64) -> Option<Self> {
        let (lowest_rank, highest_rank) = rule.ranks(n, share)?;
        (value.is_finite() && half_width >= 0.0 && half_width.is_finite()).then_some(Self {
            value,
            half_width,
            lowest_rank,
            highest_rank,
        })
    }

    /// The smallest sample, exactly.
    #[must_use]
    pub fn minimum(value: f64) -> Option<Self> {
        value.is_finite().then_some(Self { value, half_width: 0.0, lowest_rank: 1, highest_rank: 1 })
    }

    /// The largest of n samples, exactly.
    #[must_use]
    pub fn maximum(n: u64, value: f64) -> Option<Self> {
        (n > 0 && value.is_finite()).then_some(Self { value, half_width: 0.0, lowest_rank: n, highest_rank: n })
    }
}

/// What a printed table says of one quantile, at every level at once: each printed value is a bound from one tail on,
/// which is a single binomial probability.
#[derive(Debug, Clone, PartialEq)]
pub struct TableBracket {
    /// (tail, value − half width).
    lower: Vec<(f64, f64)>,
    /// (tail, value + half width).
    upper: Vec<(f64, f64)>,
}

impl TableBracket {
    /// The bracket of the quantile `p` of n independent samples. Values in any order; the tool's own figure for `p` may
    /// be among them (it bounds nothing).
    #[must_use]
    pub fn new(n: u64, p: f64, table: &[Printed]) -> Option<Self> {
        if !(p > 0.0 && p < 1.0) || n == 0 || n > 1 << 52 {
            return None;
        }
        // A value beside the quantile, or beyond, bounds it at no tail below 0.4, and costs most: it is left out.
        let middle = n as f64 * p;
        let deviation = libm::sqrt(middle * (1.0 - p));
        let near = if deviation > 5.0 { 0.2 * deviation } else { -1.0 };
        let (mut lower, mut upper) = (Vec::with_capacity(table.len()), Vec::with_capacity(table.len()));
        for printed in table {
            let (low, high) = (printed.highest_rank, printed.lowest_rank);
            if low >= 1 && (low - 1) as f64 <= middle - near {
                lower.push((binomial_at_most(low - 1, n, p), printed.value - printed.half_width));
            }
            if high as f64 >= middle + near {
                upper.push((binomial_at_least(high, n, p), printed.value + printed.half_width));
            }
        }
        Some(Self { lower, upper })
    }

    /// The bounds for this tail: of the printed values that are far enough out, widened by their rounding, the tightest.
    /// (An exact minimum may be tighter than a rounded percentile of higher rank.) None on a side where there is none.
    #[must_use]
    pub fn at(&self, tail: f64) -> Bounds {
        if !is_tail(tail) {
            return Bounds::default();
        }
        let bounds = |side: &[(f64, f64)], tighter: fn(f64, f64) -> f64| {
            side.iter().filter(|entry| entry.0 <= tail).map(|entry| entry.1).reduce(tighter)
        };
        Bounds::new(bounds(&self.lower, f64::max), bounds(&self.upper, f64::min))
    }
}

/// The levels at which a table is asked: 0.025, and each half of the one before, down to 3e-9.
pub fn ladder() -> impl Iterator<Item = f64> + Clone {
    std::iter::successors(Some(0.025), |level| Some(level * 0.5)).take(LADDER_STEPS)
}

/// How many levels [`ladder`] has.
pub const LADDER_STEPS: usize = 24;

/// The smallest level of the [`ladder`] that still clears; `None` if the first does not. The stand-in for a p-value
/// where intervals only come in steps.
#[must_use]
pub fn smallest_level(mut clears: impl FnMut(f64) -> bool) -> Option<f64> {
    ladder().take_while(|level| clears(*level)).last()
}

/// How many requests exceed a threshold at most on the baseline and at least on the run, as two tables tell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exceedance {
    /// The threshold: the baseline's percentile, its rounding added, times 1 + margin.
    pub threshold: f64,
    /// At most so many of the baseline exceed its percentile.
    pub baseline: Proportion,
    /// At least so many of the run exceed the threshold.
    pub run: Proportion,
}

impl Exceedance {
    /// From the baseline's percentile and the run's table. A `margin` above zero (a share: 0.5 for +50 %) asks whether
    /// the run is slower by more than that factor. `None` if no printed value of the run exceeds the threshold, or the
    /// percentile cannot be scaled.
    #[must_use]
    pub fn new(baseline_n: u64, percentile: &Printed, run_n: u64, table: &[Printed], margin: f64) -> Option<Self> {
        if !(margin >= 0.0) {
            return None;
        }
        let threshold = super::finite((percentile.value + percentile.half_width) * (1.0 + margin))?;
        let rank = table
            .iter()
            .filter(|printed| printed.value - printed.half_width > threshold)
            .map(|printed| printed.highest_rank)
            .min()?;
        Some(Self {
            threshold,
            baseline: Proportion::new(baseline_n.checked_sub(percentile.lowest_rank)?, baseline_n)?,
            run: Proportion::new((run_n + 1).checked_sub(rank)?, run_n)?,
        })
    }

    /// Fisher's test on the two counts: an upper bound of the p of "no more requests exceed the threshold".
    #[must_use]
    pub fn fisher(&self) -> Option<Fisher> {
        proportion::fisher(self.baseline, self.run)
    }

    /// Newcombe's interval of the difference of the two shares; its lower bound holds, its upper is that of the counts.
    #[must_use]
    pub fn newcombe(&self, tail: f64) -> Option<Interval> {
        proportion::newcombe(self.baseline, self.run, tail)
    }
}
