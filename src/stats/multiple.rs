//! Many questions at once.
//!
//! Both functions give adjusted p-values in the order of the input: a question is answered at level α if its adjusted p
//! is at most α. A NaN counts as 1.

use crate::order;

/// Holm's step-down method (1979): the chance of any false alarm stays below α, whatever the dependence. Vector T10.
#[must_use]
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut left = p.len();
    let mut highest = 0.0_f64;
    adjust(p, false, |p| {
        highest = highest.max(p * left as f64).min(1.0);
        left -= 1;
        highest
    })
}

/// Benjamini and Hochberg's step-up method (1995): the expected share of false alarms among all alarms stays below α if
/// the questions are independent or positively dependent. Vector T10.
#[must_use]
pub fn benjamini_hochberg(p: &[f64]) -> Vec<f64> {
    let all = p.len() as f64;
    let mut rank = all;
    let mut lowest = 1.0_f64;
    adjust(p, true, |p| {
        lowest = lowest.min(p * (all / rank));
        rank -= 1.0;
        lowest
    })
}

/// Each p through `step`, in rising order or in falling; the answers in the order given.
fn adjust(p: &[f64], falling: bool, mut step: impl FnMut(f64) -> f64) -> Vec<f64> {
    let mut items: Vec<(usize, f64)> =
        p.iter().map(|p| if p.is_nan() { 1.0 } else { p.clamp(0.0, 1.0) }).enumerate().collect();
    order::sort_by(&mut items, |a, b| if falling { b.1.total_cmp(&a.1) } else { a.1.total_cmp(&b.1) });
    let mut adjusted = vec![1.0; p.len()];
    for (at, p) in items {
        if let Some(slot) = adjusted.get_mut(at) {
            *slot = step(p);
        }
    }
    adjusted
}
