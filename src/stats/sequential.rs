//! Two programs run in turn, looked at again and again: a group-sequential test on log ratios of paired runs.
//!
//! A *round* is one run of either program; its figure is ln(head ÷ base). After each look the test answers one of two
//! questions, or asks for more rounds:
//!
//! * Is the change above the limit? Then *worse*.
//! * Is the change below the one that matters? Then *cleared*.
//!
//! Each answer has an error of its own for the whole sequence of looks, spent as by Lan and DeMets (1983) in the form of
//! Pocock, α·ln(1 + (e − 1)·t): with few rounds per look a t statistic cannot reach the tiny levels that O'Brien and
//! Fleming's form has at first. The levels are those of a normal statistic, by the recursive integration of Armitage,
//! McPherson and Rowe (1969), and the p compared with them is Student's: the "significance level approach" (Jennison and
//! Turnbull 2000, 11.5).

use super::random::SplitMix64;
use super::root::root;
use super::special::{normal_quantile, normal_sf};
use super::welch::Estimate;

/// Rounds before the first look. Fewer have too few degrees of freedom, and too few permutations for the comparison of all
/// figures.
pub const FEWEST_ROUNDS: usize = 6;

/// Rounds between two looks. An even number keeps the order of the programs balanced: A B, B A.
const STEP: usize = 2;

/// Rounds that a plan may have.
pub const MOST_ROUNDS: usize = 60;

/// Error of *worse*, over all looks.
pub const FALSE_ALARM: f64 = 0.025;

/// Error of *cleared*, over all looks: the chance to miss exactly the change that matters.
pub const MISS: f64 = 0.1;

/// Error of one more look at fresh rounds.
const CONFIRMED_AT: f64 = 0.025;

/// Points of a grid: odd, for Simpson's rule.
const POINTS: usize = 321;

/// A grid reaches down to this many standard deviations.
const DEEP: f64 = 8.0;

/// One look at the rounds so far.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Look {
    /// Rounds until then.
    pub rounds: usize,
    /// One-sided p at which the change is above the limit.
    pub worse_at: f64,
    /// One-sided p at which the change is below the one that matters.
    pub cleared_at: f64,
}

/// When to look, and what decides. Changes are ln(head ÷ base), in the direction of worse.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The largest allowed change.
    pub limit: f64,
    /// The change that matters: above the limit.
    pub change: f64,
    /// The looks, in order.
    pub looks: Vec<Look>,
}

/// Result of a look at the rounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Above the limit.
    Worse,
    /// Below the change that matters.
    Cleared,
    /// More rounds are needed.
    Open,
    /// The last look has passed without an answer.
    Undecided,
}

impl Plan {
    /// A plan of at most `rounds` rounds, from [`FEWEST_ROUNDS`] to [`MOST_ROUNDS`]. `None` with another number, or if the
    /// change that matters is not above the limit.
    #[must_use]
    pub fn new(limit: f64, change: f64, rounds: usize) -> Option<Self> {
        let is_usable = (FEWEST_ROUNDS..=MOST_ROUNDS).contains(&rounds) && limit.is_finite() && change.is_finite();
        if !is_usable || change <= limit {
            return None;
        }
        let mut at: Vec<usize> = (FEWEST_ROUNDS..rounds).step_by(STEP).collect();
        at.push(rounds);
        let shares: Vec<f64> = at.iter().map(|n| *n as f64 / rounds as f64).collect();
        let (worse, cleared) = (levels(&shares, FALSE_ALARM)?, levels(&shares, MISS)?);
        let looks = at.into_iter().zip(worse).zip(cleared);
        let looks = looks.map(|((rounds, worse_at), cleared_at)| Look { rounds, worse_at, cleared_at }).collect();
        Some(Self { limit, change, looks })
    }

    /// What the rounds say. Between two looks, and before the first, that is nothing.
    #[must_use]
    pub fn answer(&self, ratios: &[f64]) -> Answer {
        let Some(last) = self.looks.last() else { return Answer::Undecided };
        let unknown = if ratios.len() < last.rounds { Answer::Open } else { Answer::Undecided };
        let Some(look) = self.looks.iter().find(|look| look.rounds == ratios.len()) else { return unknown };
        let Some(estimate) = Estimate::of_mean(ratios) else { return unknown };
        if estimate.p_above(self.limit) <= look.worse_at {
            Answer::Worse
        } else if estimate.p_below(self.change) <= look.cleared_at {
            Answer::Cleared
        } else {
            unknown
        }
    }

    /// Whether fresh rounds alone, looked at once, say that the change is above the limit.
    #[must_use]
    pub fn confirmed(&self, fresh: &[f64]) -> bool {
        Estimate::of_mean(fresh).is_some_and(|estimate| estimate.p_above(self.limit) <= CONFIRMED_AT)
    }

    /// What `times` simulated comparisons come to, if the true change is `change` and the figure of one run varies with
    /// this standard deviation, as a logarithm; with at least `fresh` rounds to confirm, see [`to_confirm`].
    #[must_use]
    pub fn expected(&self, change: f64, deviation: f64, fresh: usize, seed: u64, times: usize) -> Expected {
        let mut random = SplitMix64::new(seed);
        // Either run of a round varies.
        let spread = deviation * std::f64::consts::SQRT_2;
        let mut round = || change + spread * normal(&mut random);
        let (mut worse, mut cleared, mut confirmed, mut rounds) = (0_usize, 0_usize, 0_usize, Vec::new());
        for _ in 0..times {
            let mut ratios = Vec::new();
            let answer = loop {
                ratios.push(round());
                match self.answer(&ratios) {
                    Answer::Open => {}
                    answer => break answer,
                }
            };
            rounds.push(ratios.len());
            cleared += usize::from(answer == Answer::Cleared);
            if answer == Answer::Worse {
                worse += 1;
                let again: Vec<f64> = (0..to_confirm(fresh, ratios.len())).map(|_| round()).collect();
                confirmed += usize::from(self.confirmed(&again));
            }
        }
        crate::order::sort(&mut rounds);
        let share = |n: usize| n as f64 / times.max(1) as f64;
        let at = |quantile: usize| rounds.get(rounds.len().saturating_sub(1) * quantile / 100).copied().unwrap_or(0);
        Expected {
            worse: share(worse),
            cleared: share(cleared),
            confirmed: share(confirmed),
            median_rounds: at(50),
            most_rounds: at(90),
        }
    }
}

/// Fresh rounds that confirm what some rounds raised: as many, and not fewer than asked for.
#[must_use]
pub fn to_confirm(fewest: usize, rounds: usize) -> usize {
    fewest.max(rounds)
}

/// What a plan comes to, as shares of many comparisons.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Expected {
    /// Above the limit.
    pub worse: f64,
    /// Below the change that matters.
    pub cleared: f64,
    /// Above the limit, and confirmed by fresh rounds.
    pub confirmed: f64,
    /// Rounds until then, without those that confirm: the median, …
    pub median_rounds: usize,
    /// … and the number that suffices in 90 %.
    pub most_rounds: usize,
}

/// A standard normal number.
fn normal(random: &mut SplitMix64) -> f64 {
    let uniform = ((random.next_u64() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
    normal_quantile(uniform).unwrap_or(0.0)
}

/// Share of an error that is spent when this share of the rounds is known.
fn spent(error: f64, share: f64) -> f64 {
    error * libm::log(1.0 + (std::f64::consts::E - 1.0) * share.min(1.0))
}

/// The one-sided levels of looks at these shares of the rounds, ascending to 1, which together err with `error`.
fn levels(shares: &[f64], error: f64) -> Option<Vec<f64>> {
    let mut levels = Vec::new();
    let mut before: Option<Density> = None;
    let mut past = 0.0;
    for share in shares {
        let spend = spent(error, *share) - spent(error, past);
        let edge = match &before {
            None => normal_quantile(spend)? * libm::sqrt(*share),
            Some(density) => {
                let far = DEEP * libm::sqrt(*share);
                root(|edge| density.beyond(edge, share - past) - spend, -far, far)?
            }
        };
        levels.push(normal_sf(edge / libm::sqrt(*share)));
        before = Some(Density::below(edge, *share, share - past, before.as_ref()));
        past = *share;
    }
    Some(levels)
}

/// The density of a Brownian motion that has not crossed any edge yet, on a grid.
struct Density {
    low: f64,
    step: f64,
    values: Vec<f64>,
}

impl Density {
    /// At a time, below an edge; `lag` after the one before.
    fn below(edge: f64, at: f64, lag: f64, before: Option<&Self>) -> Self {
        let low = -DEEP * libm::sqrt(at);
        let step = (edge - low) / (POINTS - 1) as f64;
        let root_lag = libm::sqrt(lag);
        let bell = |x: f64| libm::exp(-0.5 * x * x / lag) / (root_lag * libm::sqrt(std::f64::consts::TAU));
        let value = |i: usize| {
            let x = low + i as f64 * step;
            before.map_or_else(|| bell(x), |before| before.integral(|s| bell(x - s)))
        };
        Self { low, step, values: (0..POINTS).map(value).collect() }
    }

    /// The probability to be beyond an edge after a time.
    fn beyond(&self, edge: f64, lag: f64) -> f64 {
        let root_lag = libm::sqrt(lag);
        self.integral(|s| normal_sf((edge - s) / root_lag))
    }

    /// ∫ density · f, by Simpson's rule.
    fn integral(&self, f: impl Fn(f64) -> f64) -> f64 {
        let last = self.values.len().saturating_sub(1);
        let weighted = self.values.iter().enumerate().map(|(i, value)| {
            let weight = if i == 0 || i == last {
                1.0
            } else if i % 2 == 1 {
                4.0
            } else {
                2.0
            };
            weight * value * f(self.low + i as f64 * self.step)
        });
        weighted.sum::<f64>() * self.step / 3.0
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::{Answer, Plan, levels};
    use crate::stats::special::normal_quantile;
    use serde_json::Value;

    /// The edges of looks, as normal scores.
    fn edges(shares: &[f64], error: f64) -> Vec<f64> {
        levels(shares, error).unwrap().into_iter().map(|level| normal_quantile(level).unwrap()).collect()
    }

    /// Five equal looks at a two-sided error of 0.05, as printed for Pocock's form of spending by Lan and DeMets' program
    /// (Reboussin, DeMets, Kim and Lan 2000), and by R's ldbounds.
    #[test]
    fn published_edges() {
        let ours = edges(&[0.2, 0.4, 0.6, 0.8, 1.0], 0.025);
        for (ours, printed) in ours.iter().zip([2.438, 2.427, 2.410, 2.397, 2.386]) {
            assert!((ours - printed).abs() < 1e-3, "{ours} instead of {printed}");
        }
    }

    /// The edges of `tools/sequential-edges.py`: scipy's multivariate normal distribution, solved look by look.
    #[test]
    fn edges_of_scipy() {
        let file: Value = serde_json::from_str(include_str!("../../tests/vectors/sequential.json")).unwrap();
        let plans = file["plans"].as_array().unwrap();
        assert!(plans.len() >= 4);
        for plan in plans {
            let numbers = |name: &str| serde_json::from_value::<Vec<f64>>(plan[name].clone()).unwrap();
            let (shares, theirs) = (numbers("shares"), numbers("edges"));
            let ours = edges(&shares, plan["error"].as_f64().unwrap());
            assert_eq!(ours.len(), theirs.len());
            for (ours, theirs) in ours.iter().zip(theirs) {
                // As far as scipy's integration goes.
                assert!((ours - theirs).abs() < 2e-3, "{shares:?}: {ours} instead of {theirs}");
            }
        }
    }

    fn plan() -> Plan {
        Plan::new(libm::log1p(0.025), libm::log1p(0.1), 20).unwrap()
    }

    const SD: f64 = 0.03;

    #[test]
    fn equal_programs_are_hardly_ever_worse() {
        let equal = plan().expected(0.0, SD, 6, 1, 1000);
        assert!(equal.confirmed <= 0.01, "{equal:?}");
        assert!(equal.worse <= 0.01, "{equal:?}");
        assert!(equal.cleared >= 0.95, "{equal:?}");
        assert!(equal.median_rounds <= 8, "{equal:?}");
    }

    /// At the limit itself the error is the one that is spent. The bound is 0.025 and three standard errors of 4,000
    /// simulations.
    #[test]
    fn the_error_at_the_limit_is_as_spent() {
        let plan = plan();
        let at_limit = plan.expected(plan.limit, SD, 6, 2, 4000);
        assert!(at_limit.worse <= 0.025 + 3.0 * libm::sqrt(0.025 * 0.975 / 4000.0), "{at_limit:?}");
        // Not all of it: cleared ones are not looked at again.
        assert!(at_limit.worse >= 0.005, "{at_limit:?}");
        assert!(at_limit.confirmed <= 0.003, "{at_limit:?}");
        let missed = plan.expected(plan.change, SD, 6, 3, 4000);
        assert!(missed.cleared <= 0.1 + 3.0 * libm::sqrt(0.1 * 0.9 / 4000.0), "{missed:?}");
    }

    #[test]
    fn a_slowdown_is_found() {
        let plan = plan();
        let (ten, fifteen) = (libm::log1p(0.1), libm::log1p(0.15));
        let found = plan.expected(ten, SD, 6, 4, 1000);
        assert!(found.confirmed >= 0.8, "{found:?}");
        assert!(found.median_rounds <= 10, "{found:?}");
        let larger = plan.expected(fifteen, SD, 6, 5, 1000);
        assert!(larger.confirmed >= 0.97, "{larger:?}");
        assert!(
            larger.median_rounds <= found.median_rounds && larger.most_rounds < found.most_rounds.max(8),
            "{larger:?} {found:?}"
        );
    }

    #[test]
    fn answers_only_at_looks() {
        let plan = plan();
        let worse = [0.20, 0.21, 0.22, 0.21, 0.20, 0.22, 0.21];
        assert_eq!(plan.answer(&worse[..5]), Answer::Open);
        assert_eq!(plan.answer(&worse[..6]), Answer::Worse);
        assert_eq!(plan.answer(&worse), Answer::Open);
        assert_eq!(plan.answer(&[0.001, -0.002, 0.003, 0.0, 0.002, -0.001]), Answer::Cleared);
        // No spread at all.
        assert_eq!(plan.answer(&[0.2; 6]), Answer::Worse);
        assert_eq!(plan.answer(&[0.0; 6]), Answer::Cleared);
        // Too noisy for any answer, to the last look.
        let noisy: Vec<f64> = (0..20).map(|i| if i % 2 == 0 { 0.9 } else { -0.8 }).collect();
        assert_eq!(plan.answer(&noisy[..18]), Answer::Open);
        assert_eq!(plan.answer(&noisy), Answer::Undecided);
        // A figure that is not a number decides nothing.
        assert_eq!(plan.answer(&[f64::NAN; 6]), Answer::Open);
    }

    #[test]
    fn plans_without_sense() {
        assert_eq!(Plan::new(0.0, 0.1, 5), None);
        assert_eq!(Plan::new(0.0, 0.1, 61), None);
        assert_eq!(Plan::new(0.1, 0.1, 20), None);
        assert_eq!(Plan::new(f64::NAN, 0.1, 20), None);
        assert_eq!(Plan::new(0.0, 0.1, 6).unwrap().looks.len(), 1);
        assert_eq!(Plan::new(0.0, 0.1, 9).unwrap().looks.iter().map(|l| l.rounds).collect::<Vec<_>>(), [6, 8, 9]);
    }
}
