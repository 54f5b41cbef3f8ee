//! Estimates with a standard error and degrees of freedom, and Welch's comparison of two.

use super::special::{student_quantile, student_sf};
use super::{Interval, finite, is_tail, mean, squares};

/// A figure whose error is known: distributed as Student's t around the truth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The figure.
    pub value: f64,
    /// Its standard error; 0 where all values agree, which says nothing of a figure that was rounded.
    pub standard_error: f64,
    /// Degrees of freedom of the standard error.
    pub degrees_of_freedom: f64,
}

impl Estimate {
    /// The mean of at least two values.
    #[must_use]
    pub fn of_mean(values: &[f64]) -> Option<Self> {
        let center = mean(values)?;
        Self::around(center, values)
    }

    /// A figure with the spread of `values` around it: √(Σ(v − figure)² / (k(k−1))), k − 1 degrees of freedom.
    #[must_use]
    pub fn around(figure: f64, values: &[f64]) -> Option<Self> {
        if values.len() < 2 {
            return None;
        }
        let k = values.len() as f64;
        let standard_error = libm::sqrt(finite(squares(values, finite(figure)?))? / (k * (k - 1.0)));
        Some(Self { value: figure, standard_error, degrees_of_freedom: k - 1.0 })
    }

    /// The difference self − `other` of two independent estimates, its degrees of freedom by Welch (1947) and
    /// Satterthwaite (1946).
    #[must_use]
    pub fn minus(&self, other: &Self) -> Option<Self> {
        let (a, b) = (self.standard_error * self.standard_error, other.standard_error * other.standard_error);
        let total = a + b;
        let degrees_of_freedom = if total > 0.0 {
            let (a, b) = (a / total, b / total);
            1.0 / (a * a / self.degrees_of_freedom + b * b / other.degrees_of_freedom)
        } else {
            self.degrees_of_freedom + other.degrees_of_freedom
        };
        Some(Self {
            value: finite(self.value - other.value)?,
            standard_error: finite(libm::sqrt(total))?,
            degrees_of_freedom: finite(degrees_of_freedom)?,
        })
    }

    /// With the standard error multiplied by a factor of at least 1.
    #[must_use]
    pub fn widened(&self, factor: f64) -> Self {
        Self { standard_error: self.standard_error * factor.max(1.0), ..*self }
    }

    /// (value − margin) ÷ standard error; 0, or infinite, without an error.
    #[must_use]
    pub fn statistic(&self, margin: f64) -> f64 {
        let off = self.value - margin;
        if off == 0.0 { 0.0 } else { off / self.standard_error }
    }

    /// The interval.
    #[must_use]
    pub fn interval(&self, tail: f64) -> Option<Interval> {
        if !is_tail(tail) {
            return None;
        }
        let half = student_quantile(tail, self.degrees_of_freedom)? * self.standard_error;
        Interval::new(self.value - half, self.value + half)
    }

    /// One-sided p of "the figure is at most `margin`".
    #[must_use]
    pub fn p_above(&self, margin: f64) -> f64 {
        student_sf(self.statistic(margin), self.degrees_of_freedom)
    }

    /// One-sided p of "the figure is at least `margin`".
    #[must_use]
    pub fn p_below(&self, margin: f64) -> f64 {
        student_sf(-self.statistic(margin), self.degrees_of_freedom)
    }
}
