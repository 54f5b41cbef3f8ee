//! What an estimate is between.

use super::finite;

/// A lower and an upper bound, both known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The lower bound.
    pub lower: f64,
    /// The upper bound, never below the lower.
    pub upper: f64,
}

impl Interval {
    /// An interval of two finite bounds in order.
    #[must_use]
    pub fn new(lower: f64, upper: f64) -> Option<Self> {
        (lower.is_finite() && upper.is_finite() && lower <= upper).then_some(Self { lower, upper })
    }
}

/// A lower and an upper bound, of which one or both may be unknown: 20 samples bound no 99th percentile from above.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Bounds {
    /// The lower bound; `None` where the data give none.
    pub lower: Option<f64>,
    /// The upper bound; `None` where the data give none.
    pub upper: Option<f64>,
}

impl Bounds {
    /// These bounds; none at all if they are not finite or cross.
    #[must_use]
    pub fn new(lower: Option<f64>, upper: Option<f64>) -> Self {
        let (lower, upper) = (lower.and_then(finite), upper.and_then(finite));
        match (lower, upper) {
            (Some(l), Some(u)) if l > u => Self::default(),
            _ => Self { lower, upper },
        }
    }

    /// Both bounds, where both are known.
    #[must_use]
    pub fn interval(self) -> Option<Interval> {
        Interval::new(self.lower?, self.upper?)
    }
}

impl From<Interval> for Bounds {
    fn from(interval: Interval) -> Self {
        Self { lower: Some(interval.lower), upper: Some(interval.upper) }
    }
}
