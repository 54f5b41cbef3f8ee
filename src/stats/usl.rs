//! The Universal Scalability Law (Gunther 1993): throughput against the number of users.
//!
//! X(N) = λN ÷ (1 + σ(N − 1) + κN(N − 1)). λ is the throughput of one user, σ the share that waits in line (contention),
//! κ the cost of agreement between any two (coherency). With κ above 0, throughput falls beyond the knee
//! N* = √((1 − σ) ÷ κ).

use super::random::SplitMix64;
use super::{Bounds, finite, mean, sum};

/// Minimum different numbers of users for a fit: one more than there are parameters.
pub const MIN_LEVELS: usize = 4;

/// Resamples of [`knee_bounds`], and the rank of each bound from its end: 95 %.
const RESAMPLES: usize = 200;
const CUT: usize = 5;

/// Steps of one fit.
const STEPS: usize = 100;

/// Measured throughput at one number of users.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Load {
    /// Users, at least 1.
    pub users: f64,
    /// Throughput per second, above 0.
    pub per_s: f64,
    /// Its standard error.
    pub standard_error: f64,
}

/// The law's parameters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Usl {
    /// Throughput of one user, per second.
    pub lambda: f64,
    /// Contention; 0 if the data have none.
    pub sigma: f64,
    /// Coherency; 0 if throughput does not fall.
    pub kappa: f64,
}

impl Usl {
    /// Throughput per second at this many users.
    #[must_use]
    pub fn per_s(&self, users: f64) -> f64 {
        self.lambda * users / (1.0 + self.sigma * (users - 1.0) + self.kappa * users * (users - 1.0))
    }

    /// The number of users with the largest throughput; `None` if throughput never falls, or never rises.
    #[must_use]
    pub fn knee(&self) -> Option<f64> {
        finite(libm::sqrt((1.0 - self.sigma) / self.kappa)).filter(|knee| *knee >= 1.0)
    }
}

/// Fits the law by nonlinear least squares with σ and κ of at least 0. `None` with fewer than [`MIN_LEVELS`] different
/// numbers of users, or with values that are not finite and positive.
#[must_use]
pub fn fit(loads: &[Load]) -> Option<Usl> {
    fit_from(loads, None, 1e-14)
}

/// From a law nearby, if there is one, until a step reduces the sum of squares by less than this share.
fn fit_from(loads: &[Load], near: Option<&Usl>, tolerance: f64) -> Option<Usl> {
    let valid = |load: &Load| load.users >= 1.0 && load.per_s > 0.0 && load.users < 1e9 && load.per_s < 1e12;
    let levels = crate::order::set(loads.iter().map(|load| load.users.to_bits()));
    if levels.len() < MIN_LEVELS || !loads.iter().all(valid) {
        return None;
    }
    let most = loads.iter().map(|load| load.users).fold(1.0, f64::max);
    let top = loads.iter().map(|load| load.per_s).fold(0.0, f64::max);
    let points: Vec<Point> = loads.iter().map(|load| Point::of(load, most, top)).collect();
    let near = near.map(|law| {
        let a = top / law.lambda;
        [a, law.sigma * a * most, law.kappa * a * most * most]
    });
    let found = descend(&points, [true; 3], near, tolerance).or_else(|| {
        // A parameter below 0 is held at 0: of the fits without one or two, the closest.
        let free = [[true, true, false], [true, false, true], [true, false, false]];
        let fits = free.into_iter().filter_map(|free| descend(&points, free, None, tolerance));
        fits.reduce(|best, next| if next.0 < best.0 { next } else { best })
    });
    let [a, b, c] = found?.1;
    Some(Usl { lambda: finite(top / a)?, sigma: finite(b / a / most)?, kappa: finite(c / a / (most * most))? })
}

/// A load in the form y = users ÷ (a + b·u + c·v), in which the denominator is linear; u and v are at most 1.
struct Point {
    users: f64,
    u: f64,
    v: f64,
    y: f64,
}

impl Point {
    fn of(load: &Load, most: f64, top: f64) -> Self {
        let u = (load.users - 1.0) / most;
        Self { users: load.users, u, v: load.users / most * u, y: load.per_s / top }
    }

    fn row(&self) -> [f64; 3] {
        [1.0, self.u, self.v]
    }

    fn denominator(&self, [a, b, c]: [f64; 3]) -> f64 {
        a + b * self.u + c * self.v
    }
}

/// The sum of squared residuals; `None` where the law is not defined.
fn residue(points: &[Point], at: [f64; 3]) -> Option<f64> {
    let squared = |point: &Point| {
        let denominator = point.denominator(at);
        let off = point.y - point.users / denominator;
        if denominator > 0.0 { off * off } else { f64::NAN }
    };
    finite(sum(points.iter().map(squared)))
}

/// Normal equations: Σ w·row·rowᵀ and Σ w·row·target, limited to the free parameters.
fn normal(points: &[Point], free: [bool; 3], of: impl Fn(&Point) -> (f64, f64)) -> ([[f64; 3]; 3], [f64; 3]) {
    let (mut matrix, mut right) = ([[0.0; 3]; 3], [0.0; 3]);
    for point in points {
        let (weight, target) = of(point);
        for ((line, into), (x, x_free)) in matrix.iter_mut().zip(&mut right).zip(point.row().into_iter().zip(free)) {
            if x_free {
                *into += weight * x * target;
                for (cell, (y, y_free)) in line.iter_mut().zip(point.row().into_iter().zip(free)) {
                    *cell += if y_free { weight * x * y } else { 0.0 };
                }
            }
        }
    }
    // A held parameter does not move.
    for (i, (line, is_free)) in matrix.iter_mut().zip(free).enumerate() {
        if let Some(cell) = line.get_mut(i).filter(|_| !is_free) {
            *cell = 1.0;
        }
    }
    (matrix, right)
}

/// Solves a symmetric, positive definite system by Cholesky's factors.
fn solve([[a, b, c], [_, e, f], [_, _, i]]: [[f64; 3]; 3], [p, q, r]: [f64; 3]) -> Option<[f64; 3]> {
    let root = |square: f64| if square > 0.0 { finite(libm::sqrt(square)) } else { None };
    let l11 = root(a)?;
    let (l21, l31) = (b / l11, c / l11);
    let l22 = root(e - l21 * l21)?;
    let l32 = (f - l31 * l21) / l22;
    let l33 = root(i - l31 * l31 - l32 * l32)?;
    let y1 = p / l11;
    let y2 = (q - l21 * y1) / l22;
    let y3 = (r - l31 * y1 - l32 * y2) / l33;
    let z3 = y3 / l33;
    let z2 = (y2 - l32 * z3) / l22;
    let z1 = (y1 - l21 * z2 - l31 * z3) / l11;
    Some([finite(z1)?, finite(z2)?, finite(z3)?])
}

/// Levenberg (1944) and Marquardt (1963), from a point nearby or the fit of the linear form users ÷ throughput: the sum of squares and the
/// parameters, if none is negative.
fn descend(points: &[Point], free: [bool; 3], near: Option<[f64; 3]>, tolerance: f64) -> Option<(f64, [f64; 3])> {
    // An error of y is one of users ÷ y times y² ÷ users.
    let linear = |point: &Point| {
        let weight = point.y * point.y / point.users;
        (weight * weight, point.users / point.y)
    };
    let start = || {
        let (matrix, right) = normal(points, free, linear);
        solve(matrix, right)
    };
    let mut at = near.or_else(start).filter(|at| residue(points, *at).is_some()).unwrap_or_else(|| {
        let ratios: Vec<f64> = points.iter().map(|point| point.users / point.y).collect();
        [mean(&ratios).unwrap_or(1.0), 0.0, 0.0]
    });
    let mut left = residue(points, at)?;
    let mut damping = 1e-3;
    for _ in 0..STEPS {
        let tangent = |point: &Point| {
            let denominator = point.denominator(at);
            let slope = -point.users / (denominator * denominator);
            (slope * slope, (point.y - point.users / denominator) / slope)
        };
        let (mut matrix, right) = normal(points, free, tangent);
        for (i, line) in matrix.iter_mut().enumerate() {
            if let Some(cell) = line.get_mut(i) {
                *cell *= 1.0 + damping;
            }
        }
        let Some([da, db, dc]) = solve(matrix, right) else { break };
        let [a, b, c] = at;
        let next = [a + da, b + db, c + dc];
        match residue(points, next).filter(|next| *next < left) {
            Some(less) => {
                let done = left - less <= tolerance * left;
                (at, left) = (next, less);
                damping = (damping / 10.0).max(1e-12);
                if done {
                    break;
                }
            }
            None if damping > 1e9 => break,
            None => damping *= 10.0,
        }
    }
    let [a, b, c] = at;
    (a > 0.0 && b >= 0.0 && c >= 0.0).then_some((left, at))
}

/// The 95 % interval of the knee, by a parametric bootstrap with a fixed seed: throughputs around the fitted law, with
/// their standard errors and the distance that the law itself leaves (residuals beyond these errors). The upper bound is
/// open if throughput need not fall at all; both are if it need not rise.
#[must_use]
pub fn knee_bounds(loads: &[Load], law: &Usl) -> Bounds {
    let off = |load: &Load| load.per_s - law.per_s(load.users);
    let freedom = loads.len().saturating_sub(3).max(1) as f64;
    let unexplained = sum(loads.iter().map(|load| off(load) * off(load))) / freedom;
    let explained = sum(loads.iter().map(|load| load.standard_error * load.standard_error)) / loads.len().max(1) as f64;
    let excess = (unexplained - explained).max(0.0);
    let mut random = SplitMix64::new(0x10ad_d1ff);
    let mut knees = Vec::with_capacity(RESAMPLES);
    for _ in 0..RESAMPLES {
        let resample = |load: &Load| {
            let spread = libm::sqrt(load.standard_error * load.standard_error + excess);
            let per_s = law.per_s(load.users) + spread * normal_deviate(&mut random);
            Load { per_s: per_s.max(load.per_s * 1e-6), ..*load }
        };
        let again: Vec<Load> = loads.iter().map(resample).collect();
        knees.push(match fit_from(&again, Some(law), 1e-6) {
            Some(again) if again.sigma < 1.0 => again.knee().unwrap_or(f64::INFINITY),
            _ => 1.0,
        });
    }
    crate::order::sort_by(&mut knees, f64::total_cmp);
    Bounds::new(knees.get(CUT).copied(), knees.get(RESAMPLES - 1 - CUT).copied())
}

/// A standard normal number (Box & Muller 1958).
fn normal_deviate(random: &mut SplitMix64) -> f64 {
    let mut unit = || ((random.next_u64() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
    let (radius, turn) = (unit(), unit());
    libm::sqrt(-2.0 * libm::log(radius)) * libm::cos(std::f64::consts::TAU * turn)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn loads(data: &[(f64, f64)]) -> Vec<Load> {
        data.iter().map(|(users, per_s)| Load { users: *users, per_s: *per_s, standard_error: 0.0 }).collect()
    }

    fn close(value: f64, expected: f64, tolerance: f64) {
        assert!((value - expected).abs() <= tolerance * expected.abs(), "{value} {expected}");
    }

    /// SPEC SDM91, SPARCcenter 2000: data and coefficients as published with R's package usl (method nlxb): γ 89.995,
    /// α 0.02773, β 0.0001044, peak at 96.52. SciPy's `curve_fit` gives 89.9952326, 0.0277284754, 0.000104365483,
    /// 96.5195613.
    #[test]
    fn specsdm91() {
        let data =
            [(1., 64.9), (18., 995.9), (36., 1652.4), (72., 1853.2), (108., 1828.9), (144., 1775.0), (216., 1702.2)];
        let law = fit(&loads(&data)).unwrap();
        close(law.lambda, 89.995_232_567_1, 1e-6);
        close(law.sigma, 0.027_728_475_377_4, 1e-6);
        close(law.kappa, 0.000_104_365_483_188, 1e-6);
        close(law.knee().unwrap(), 96.519_561_281_8, 1e-6);
        let bounds = knee_bounds(&loads(&data), &law).interval().unwrap();
        assert!(bounds.lower < 96.5 && 96.5 < bounds.upper && bounds.upper - bounds.lower < 60.0, "{bounds:?}");
    }

    /// The other data set of that package, a ray tracer: γ 21.848843, α 0.057771, β 0. Throughput never falls.
    #[test]
    fn raytracer() {
        let data = [
            (1., 20.),
            (4., 78.),
            (8., 130.),
            (12., 170.),
            (16., 190.),
            (20., 200.),
            (24., 210.),
            (28., 230.),
            (32., 260.),
            (48., 280.),
            (64., 310.),
        ];
        let law = fit(&loads(&data)).unwrap();
        close(law.lambda, 21.848_843, 1e-5);
        close(law.sigma, 0.057_771, 1e-4);
        assert_eq!((law.kappa, law.knee()), (0.0, None));
        assert_eq!(knee_bounds(&loads(&data), &law).upper, None);
    }

    #[test]
    fn too_few_levels_and_no_data() {
        let data = [(10., 95.), (20., 170.), (40., 250.), (80., 240.)];
        assert!(fit(&loads(&data)).is_some());
        assert_eq!(fit(&loads(&[(10., 95.), (10., 96.), (20., 170.), (40., 250.)])), None);
        assert_eq!(fit(&loads(&[(10., 95.), (20., 170.), (40., 250.), (80., 0.0)])), None);
        assert_eq!(fit(&loads(&[(10., 95.), (20., 170.), (40., f64::NAN), (80., 5.0)])), None);
        assert_eq!(fit(&[]), None);
    }

    /// Proportional throughput has neither contention nor a knee; one that falls from the start has none above 1 user.
    #[test]
    fn limits_of_the_law() {
        let law = fit(&loads(&[(1., 10.), (2., 20.), (4., 40.), (8., 80.)])).unwrap();
        close(law.lambda, 10.0, 1e-9);
        assert!(law.sigma < 1e-9 && law.knee().is_none_or(|knee| knee > 1e3), "{law:?}");
        let falls = fit(&loads(&[(10., 100.), (20., 60.), (40., 30.), (80., 15.)])).unwrap();
        assert!(falls.knee().is_none_or(|knee| knee < 20.0), "{falls:?}");
    }

    /// Known parameters with 2 % noise on each throughput: each interval is of 95 %, so that 80 of 100 is far below what
    /// chance explains.
    #[test]
    fn intervals_cover_the_known_knee() {
        let truth = Usl { lambda: 10.0, sigma: 0.03, kappa: 0.000_3 };
        let knee = truth.knee().unwrap();
        let mut random = SplitMix64::new(5);
        let mut covered = 0;
        for _ in 0..100 {
            let data = [5.0, 10.0, 20.0, 40.0, 80.0, 160.0].map(|users| {
                let exact = truth.per_s(users);
                let standard_error = 0.02 * exact;
                Load { users, per_s: exact + standard_error * normal_deviate(&mut random), standard_error }
            });
            let law = fit(&data).unwrap();
            let bounds = knee_bounds(&data, &law);
            covered += u32::from(bounds.lower.is_some_and(|l| l <= knee) && bounds.upper.is_none_or(|u| knee <= u));
        }
        assert!((85..=100).contains(&covered), "{covered}");
    }
}
