//! Where a function crosses zero.

/// A zero of a continuous function between two points at which it has opposite signs, by Chandrupatla's method (1997):
/// inverse quadratic steps where they are safe, halving where not. Stops when two neighbouring floats are left, or after
/// 200 steps. `None` where the signs agree or a value is NaN.
pub fn root(mut f: impl FnMut(f64) -> f64, lower: f64, upper: f64) -> Option<f64> {
    let (mut b, mut a) = (lower, upper);
    let (mut fb, mut fa) = (f(b), f(a));
    if fb == 0.0 {
        return Some(b);
    }
    if fa == 0.0 {
        return Some(a);
    }
    if fa.is_nan() || fb.is_nan() || (fa > 0.0) == (fb > 0.0) {
        return None;
    }
    // a is the newest point, b the one across zero, c the one before.
    let mut share = 0.5;
    for _ in 0..200 {
        let x = a + share * (b - a);
        let fx = f(x);
        if fx.is_nan() {
            return None;
        }
        let (c, fc);
        if (fx > 0.0) == (fa > 0.0) {
            (c, fc) = (a, fa);
        } else {
            (c, fc) = (b, fb);
            (b, fb) = (a, fa);
        }
        (a, fa) = (x, fx);
        let (best, f_best) = if fa.abs() < fb.abs() { (a, fa) } else { (b, fb) };
        let tolerance = f64::EPSILON * best.abs() + f64::MIN_POSITIVE;
        let limit = tolerance / (b - a).abs();
        if f_best == 0.0 || limit > 0.5 {
            return Some(best);
        }
        let xi = (a - b) / (c - b);
        let phi = (fa - fb) / (fc - fb);
        let safe = phi * phi < xi && (1.0 - phi) * (1.0 - phi) < 1.0 - xi;
        share = if safe {
            fa / (fb - fa) * (fc / (fb - fc)) + (c - a) / (b - a) * (fa / (fc - fa)) * (fb / (fc - fb))
        } else {
            0.5
        };
        if share.is_nan() {
            share = 0.5;
        }
        share = share.clamp(limit, 1.0 - limit);
    }
    Some(if fa.abs() < fb.abs() { a } else { b })
}

/// A zero by Newton's steps, from a start near it: `f` gives value and slope. `None` where `f` has none, or the steps do
/// not settle.
pub fn newton(start: f64, mut f: impl FnMut(f64) -> Option<(f64, f64)>) -> Option<f64> {
    let mut at = start;
    for _ in 0..20 {
        let (value, slope) = f(at)?;
        let step = value / slope;
        if !step.is_finite() {
            return None;
        }
        at -= step;
        // Steps that small are rounding.
        if step.abs() <= 8.0 * f64::EPSILON * at.abs().max(1.0) {
            return Some(at);
        }
    }
    None
}

/// The smallest float from `lower` to `upper` for which this holds, if it holds for all above it: halving by the order of
/// floats, so that the answer is one of the values themselves. `None` if it does not hold for `upper`.
pub fn bisect_floats(lower: f64, upper: f64, mut holds: impl FnMut(f64) -> bool) -> Option<f64> {
    if !holds(upper) {
        return None;
    }
    // Bits of floats below zero fall as these rise: flipped, the order is that of integers.
    let key = |v: f64| {
        let bits = v.to_bits() as i64;
        if bits < 0 { !(bits ^ i64::MIN) } else { bits }
    };
    let value = |key: i64| f64::from_bits((if key < 0 { !key ^ i64::MIN } else { key }) as u64);
    let (mut low, mut high) = (key(lower), key(upper));
    while low < high {
        let middle = low + ((high as i128 - low as i128) / 2) as i64;
        if holds(value(middle)) { high = middle } else { low = middle + 1 }
    }
    Some(value(high) + 0.0)
}

/// The largest number in 1..=n for which this holds, if it holds for all smaller ones and for none above; looks near
/// `guess` first. `None` if it holds for none.
pub(crate) fn last_true(n: u64, guess: u64, mut holds: impl FnMut(u64) -> bool) -> Option<u64> {
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{bisect_floats, root};

    #[test]
    fn halves_by_the_order_of_floats() {
        for edge in [-1e300, -3.5, -0.0, 0.0, 5e-324, 0.1, 7.0, 1e300] {
            assert_eq!(bisect_floats(-1e301, 1e301, |v| v >= edge), Some(edge));
        }
        assert_eq!(bisect_floats(0.0, 1.0, |_| false), None);
    }

    #[test]
    fn finds_what_is_known() {
        let two = root(|x| x * x - 2.0, 0.0, 9.0).unwrap();
        assert!((two - std::f64::consts::SQRT_2).abs() < 1e-15, "{two}");
        // A step, and a zero at an end.
        let step = root(|x| if x < 0.3 { -1.0 } else { 1.0 }, 0.0, 1.0).unwrap();
        assert!((step - 0.3).abs() < 1e-15, "{step}");
        assert_eq!(root(|x| x, 0.0, 1.0), Some(0.0));
        assert_eq!(root(|x| x + 1.0, 0.0, 1.0), None);
        assert_eq!(root(|_| f64::NAN, 0.0, 1.0), None);
    }
}
