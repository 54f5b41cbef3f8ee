//! How sure is a difference: pure functions over numbers, with no knowledge of runs, files or thresholds.
//!
//! | Question | Where |
//! |---|---|
//! | a share of failures, and how two shares differ | [`proportion`] |
//! | how two counts over time differ | [`rate`] |
//! | where a percentile lies | [`quantile`] |
//! | the difference of two figures with intervals of their own | [`mover`] |
//! | the error of a series' mean; Student's t and Welch's | [`scatter`], [`welch`] |
//! | whether one side's values tend to be larger, and by how much | [`rank`] |
//! | whether the shapes differ | [`ks`] |
//! | random numbers that are the same everywhere | [`random`] |
//! | where the warm-up ends | [`warmup`] |
//! | how throughput follows the number of users | [`usl`] |
//! | many questions at once | [`multiple`] |
//! | what earlier runs say of noise | [`history`] |
//! | where a series of runs changed | [`change_points`] |
//! | two programs run in turn, until it is decided | [`sequential`] |
//! | gamma, beta, normal and Student's distribution | [`special`] |
//!
//! # Conventions
//!
//! - **`tail`** is the error that *one* bound may make: 0.025 for each bound of a two-sided 95 % interval. Functions that
//!   take one accept 0 < `tail` < 0.5 and answer `None` outside of it.
//! - **`p_above(margin)`** is one-sided: the smallest `tail` at which the interval's lower bound still exceeds the margin.
//!   It asks whether the change is larger than the margin, not whether there is any. It never falls as the margin grows.
//! - A difference is run − baseline, a ratio run ÷ baseline.
//! - What cannot be told is `None`; no finite input makes a panic or a NaN.
//!
//! # The same everywhere
//!
//! Only the four operations, square roots (IEEE 754 fixes both) and [`libm`] are used, so that wasm and native code agree
//! in every bit (`cargo xtask test parity`). That is one reason for special functions of our own; [`special`] has the
//! other, their tails.

// `!(x > 0.0)` is meant: it refuses a NaN too.
#![allow(clippy::neg_cmp_op_on_partial_ord)]

pub mod change_points;
pub mod history;
pub mod interval;
pub mod ks;
pub mod mover;
pub mod multiple;
pub mod proportion;
pub mod quantile;
pub mod random;
pub mod rank;
pub mod rate;
pub(crate) mod root;
pub mod scatter;
pub mod sequential;
pub mod special;
pub mod usl;
pub mod warmup;
pub mod weighted;
pub mod welch;

pub use interval::{Bounds, Interval};
pub use weighted::Weighted;

/// Whether this is an error that one bound of an interval may make.
fn is_tail(tail: f64) -> bool {
    tail > 0.0 && tail < 0.5
}

/// Nothing that is not finite leaves this module.
fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

/// The sum, by Neumaier's compensated summation (1974): the same to the last digits in any order.
fn sum(values: impl IntoIterator<Item = f64>) -> f64 {
    let (mut sum, mut lost) = (0.0_f64, 0.0_f64);
    for value in values {
        let next = sum + value;
        lost += if sum.abs() >= value.abs() { (sum - next) + value } else { (value - next) + sum };
        sum = next;
    }
    if lost.is_finite() { sum + lost } else { sum }
}

/// The arithmetic mean; `None` of nothing, or beyond what a float holds.
fn mean(values: &[f64]) -> Option<f64> {
    if values.is_empty() {
        return None;
    }
    finite(sum(values.iter().copied()) / values.len() as f64)
}

/// The sum of squared distances from `center`.
fn squares(values: &[f64], center: f64) -> f64 {
    sum(values.iter().map(|v| (v - center) * (v - center)))
}

#[cfg(test)]
mod vectors;
