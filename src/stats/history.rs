//! What earlier runs of the same test say of its noise.

use super::quantile::type7;
use super::{Weighted, finite};

/// Quartiles of the changes between one run and the next, and the floor they set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NoiseFloor {
    /// First quartile of |change|, a share of the run before.
    pub q1: f64,
    /// Third quartile.
    pub q3: f64,
    /// Q3 + 3·(Q3 − Q1): changes below it are the test's own noise (as rustc-perf's significance threshold).
    pub floor: f64,
}

/// The noise floor of a history in the order of its runs: at least three values, all above zero. Quartiles are of type
/// 7. Vector T15.
#[must_use]
pub fn noise_floor(history: &[f64]) -> Option<NoiseFloor> {
    if history.len() < 3 || history.iter().any(|v| !(*v > 0.0)) {
        return None;
    }
    let changes: Vec<f64> =
        history.iter().zip(history.iter().skip(1)).map(|(before, after)| ((after - before) / before).abs()).collect();
    let changes = Weighted::of_samples(&changes)?;
    let (q1, q3) = (type7(&changes, 0.25)?, type7(&changes, 0.75)?);
    Some(NoiseFloor { q1, q3, floor: finite(q3 + 3.0 * (q3 - q1))? })
}
