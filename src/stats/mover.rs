//! The difference of two figures that each have an interval: MOVER, the method of variance estimates recovery
//! (Zou & Donner 2008).
//!
//! The two sides are taken as independent. Each bound of the result needs one bound of each side, so a lower bound can be
//! known where an upper is not.

use super::{Bounds, finite};

/// A figure and what it is between.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimated {
    /// The figure.
    pub value: f64,
    /// Its bounds.
    pub bounds: Bounds,
}

/// Run − baseline, in the figures' unit. Vector T8.
#[must_use]
pub fn difference(baseline: &Estimated, run: &Estimated) -> Bounds {
    let d = run.value - baseline.value;
    let below = |e: &Estimated| e.bounds.lower.map(|lower| (e.value - lower).max(0.0));
    let above = |e: &Estimated| e.bounds.upper.map(|upper| (upper - e.value).max(0.0));
    let distance = |a: Option<f64>, b: Option<f64>| Some(libm::hypot(a?, b?)).and_then(finite);
    Bounds::new(
        distance(below(run), above(baseline)).map(|half| d - half),
        distance(above(run), below(baseline)).map(|half| d + half),
    )
}
