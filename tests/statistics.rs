//! The statistics against scipy, statsmodels and mpmath (tests/fixtures/statistics.json, written by
//! tools/statistics-fixture.py), and their invariants.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::sync::LazyLock;

use loaddiff::compare::Spread;
use loaddiff::stats::mover::{self, Estimated};
use loaddiff::stats::proportion::{self, Proportion};
use loaddiff::stats::rate::{self, Rate};
use loaddiff::stats::scatter::scatter;
use loaddiff::stats::welch::Estimate;
use loaddiff::stats::{Bounds, Interval, Weighted, history, ks, multiple, quantile, rank, special, warmup};
use proptest::prelude::*;
use serde_json::Value;

static FIXTURE: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("fixtures/statistics.json")).unwrap());

#[track_caller]
fn near(ours: f64, expected: f64, relative: f64, what: &Value) {
    let off = (ours - expected).abs();
    assert!(off <= relative * expected.abs() || ours == expected, "{ours:?} instead of {expected:?}: {what}");
}

fn rows(path: &str) -> &'static [Value] {
    let rows = FIXTURE.pointer(path).unwrap().as_array().unwrap();
    assert!(!rows.is_empty());
    rows
}

fn list(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

#[test]
fn distributions_in_their_tails() {
    for row in rows("/special/normal_sf") {
        let v = list(row);
        near(special::normal_sf(v[0]), v[1], 1e-12, row);
    }
    for row in rows("/special/normal_quantile") {
        let v = list(row);
        near(special::normal_quantile(v[0]).unwrap(), v[1], 1e-14, row);
    }
    for row in rows("/special/student_sf") {
        let v = list(row);
        near(special::student_sf(v[0], v[1]), v[2], 1e-11, row);
        near(special::student_sf(-v[0], v[1]), 1.0 - v[2], 1e-11, row);
    }
    for row in rows("/special/student_quantile") {
        let v = list(row);
        near(special::student_quantile(v[0], v[1]).unwrap(), v[2], 1e-11, row);
    }
    for row in rows("/special/beta") {
        let v = list(row);
        let (lower, upper) = special::beta(v[0], v[1], v[2], 1.0 - v[2]);
        near(lower, v[3], 1e-11, row);
        near(upper, v[4], 1e-11, row);
    }
    for row in rows("/special/binomial") {
        let v = list(row);
        let (k, n) = (v[0] as u64, v[1] as u64);
        near(special::binomial_term(k, n, v[2]), v[3], 1e-10, row);
        near(special::binomial_at_most(k, n, v[2]), v[4], 1e-10, row);
        near(special::binomial_at_least(k, n, v[2]), v[5], 1e-10, row);
    }
    for row in rows("/special/kolmogorov_sf") {
        let v = list(row);
        near(special::kolmogorov_sf(v[0]), v[1], 1e-11, row);
    }
    // Both factors of its series overflow: formerly NaN.
    assert_eq!(special::kolmogorov_sf(1e-309), 1.0);
}

fn side(value: &Value) -> Proportion {
    Proportion::new(value[0].as_u64().unwrap(), value[1].as_u64().unwrap()).unwrap()
}

#[test]
fn proportions_at_their_edges() {
    for row in rows("/proportions") {
        let (base, run) = (side(&row["base"]), side(&row["run"]));
        // To 1e-9 of the value, or of the width if the value is nearly zero.
        let check = |ours: Interval, expected: &[f64], tolerance: f64| {
            let slack = tolerance * (expected[2] - expected[1]);
            for (ours, expected) in [(ours.lower, expected[1]), (ours.upper, expected[2])] {
                let off = (ours - expected).abs();
                assert!(off <= slack.max(tolerance * expected.abs()).max(1e-16), "{ours} instead of {expected}: {row}");
            }
        };
        for expected in row["wilson"].as_array().unwrap().iter().map(list) {
            check(run.wilson(expected[0]).unwrap(), &expected, 1e-9);
        }
        for expected in row["newcombe"].as_array().unwrap().iter().map(list) {
            check(proportion::newcombe(base, run, expected[0]).unwrap(), &expected, 1e-9);
        }
        for expected in row["score"].as_array().unwrap().iter().map(list) {
            let ours = proportion::miettinen_nurminen_p_above(base, run, expected[0]).unwrap();
            near(ours, expected[1], 1e-9, row);
        }
        let expected = list(&row["fisher"]);
        let ours = proportion::fisher(base, run).unwrap();
        near(ours.greater, expected[0], 1e-9, row);
        near(ours.less, expected[1], 1e-9, row);
        near(ours.two_sided, expected[2], 1e-9, row);
    }
}

/// Newcombe's own examples (1998, table II), method 10.
#[test]
fn newcombes_examples() {
    for (run, base, score) in [((56, 70), (48, 80), [0.0524, 0.3339]), ((9, 10), (3, 10), [0.1705, 0.8090])] {
        let side = |(x, n)| Proportion::new(x, n).unwrap();
        let ours = proportion::newcombe(side(base), side(run), 0.025).unwrap();
        assert!((ours.lower - score[0]).abs() < 6e-5 && (ours.upper - score[1]).abs() < 6e-5, "{ours:?}");
    }
}

#[test]
fn rates_at_their_edges() {
    for row in rows("/rates") {
        let side = |v: &Value| Rate::new(v[0].as_u64().unwrap(), v[1].as_f64().unwrap()).unwrap();
        let (base, run) = (side(&row["base"]), side(&row["run"]));
        for expected in row["bounds"].as_array().unwrap().iter().map(list) {
            let ours = rate::ratio_interval(base, run, expected[0]).unwrap().interval().unwrap();
            near(ours.lower, expected[1], 1e-9, row);
            near(ours.upper, expected[2], 1e-9, row);
        }
    }
}

#[test]
fn ranks_at_every_level() {
    for row in rows("/order_statistics") {
        let ours =
            quantile::ranks(row[0].as_u64().unwrap(), row[1].as_f64().unwrap(), row[2].as_f64().unwrap()).unwrap();
        assert_eq!((ours.lower, ours.upper), (row[3].as_u64(), row[4].as_u64()), "{row}");
    }
}

#[test]
fn two_samples_with_ties_and_extremes() {
    for row in rows("/samples") {
        let (base, run) = (list(&row["base"]), list(&row["run"]));
        let (a, b) = (Weighted::of_samples(&base).unwrap(), Weighted::of_samples(&run).unwrap());
        if let (Some(ours), Some(expected)) = (rank::brunner_munzel(&a, &b), row.get("brunner_munzel")) {
            let expected = list(expected);
            near(ours.statistic, expected[0], 1e-9, row);
            near(ours.two_sided, expected[1], 1e-9, row);
            near(ours.greater, expected[2], 1e-9, row);
        }
        let ours = rank::hodges_lehmann(&a, &b, 0.025).unwrap();
        near(ours.shift, row["hodges_lehmann"].as_f64().unwrap(), 1e-12, row);
        let ours = ks::kolmogorov_smirnov(&a, &b).unwrap();
        let expected = list(&row["ks"]);
        near(ours.distance, expected[0], 1e-12, row);
        near(ours.p, expected[1], 1e-9, row);
        let ours = Estimate::of_mean(&run).unwrap().minus(&Estimate::of_mean(&base).unwrap()).unwrap();
        let expected = list(&row["welch"]);
        near(ours.statistic(0.0), expected[0], 1e-9, row);
        near(ours.degrees_of_freedom, expected[1], 1e-9, row);
        near(two_sided(&ours), expected[2], 1e-9, row);
        for expected in row["type7"].as_array().unwrap().iter().map(list) {
            near(quantile::type7(&b, expected[0]).unwrap(), expected[1], 1e-12, row);
        }
    }
}

/// Levels, from wide to narrow confidence.
fn tails() -> impl Strategy<Value = (f64, f64)> {
    (1e-9..0.49_f64, 1e-9..0.49_f64).prop_map(|(a, b)| (a.min(b), a.max(b)))
}

fn any_proportion() -> impl Strategy<Value = Proportion> {
    prop_oneof![1..60_u64, 1..5000_u64, 1..(1_u64 << 40)]
        .prop_flat_map(|n| (prop_oneof![Just(0), Just(n), 0..=n, 0..=n.min(30)], Just(n)))
        .prop_map(|(x, n)| Proportion::new(x, n).unwrap())
}

/// Response times as in tools: rounded, with ties.
fn times(size: std::ops::Range<usize>) -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(prop_oneof![4 => (1..400_u32).prop_map(f64::from), 1 => 0.5..1e5_f64], size)
}

/// Any finite floats, including extremes.
fn floats() -> impl Strategy<Value = Vec<f64>> {
    let any = any::<f64>().prop_filter("finite", |v| v.is_finite());
    prop::collection::vec(prop_oneof![any, Just(0.0), Just(-0.0), Just(f64::MAX), Just(5e-324), 0.0..9.0_f64], 0..40)
}

fn nests(wide: Bounds, narrow: Bounds) -> bool {
    let below = |a: Option<f64>, b: Option<f64>| a.is_none() || b.is_some_and(|b| a.is_some_and(|a| a <= b));
    below(wide.lower, narrow.lower)
        && (wide.upper.is_none() || narrow.upper.is_some_and(|n| wide.upper.is_some_and(|w| n <= w)))
}

/// Whether the bounds are numbers.
fn sound(bounds: Bounds) -> bool {
    [bounds.lower, bounds.upper].into_iter().flatten().all(f64::is_finite)
}

fn ranked(samples: &[f64]) -> Weighted {
    Weighted::of_samples(samples).unwrap()
}

/// Between the samples of the bounding ranks.
fn interval(samples: &Weighted, p: f64, tail: f64) -> Bounds {
    let ranks = quantile::ranks(samples.total(), p, tail);
    let at = |rank: Option<u64>| samples.at_rank(rank?);
    ranks.map(|ranks| Bounds::new(at(ranks.lower), at(ranks.upper))).unwrap_or_default()
}

fn estimated(samples: &Weighted, p: f64, tail: f64) -> Estimated {
    Estimated { value: quantile::type7(samples, p).unwrap(), bounds: interval(samples, p, tail) }
}

/// ln(run ÷ baseline) of the geometric means.
fn welch_log(baseline: &[f64], run: &[f64]) -> Option<Estimate> {
    let mean = |values: &[f64]| Estimate::of_mean(&values.iter().map(|value| value.ln()).collect::<Vec<f64>>());
    mean(run)?.minus(&mean(baseline)?)
}

fn two_sided(estimate: &Estimate) -> f64 {
    2.0 * estimate.p_above(0.0).min(estimate.p_below(0.0))
}

proptest! {
    #[test]
    fn more_confidence_is_a_wider_interval(
        (strict, loose) in tails(), base in any_proportion(), run in any_proportion(), a in times(2..80), b in times(2..80),
    ) {
        let newcombe = |tail| proportion::newcombe(base, run, tail).unwrap();
        let (wide, narrow) = (newcombe(strict), newcombe(loose));
        let d = run.share() - base.share();
        prop_assert!(wide.lower <= narrow.lower + 1e-12 && narrow.upper <= wide.upper + 1e-12);
        prop_assert!(narrow.lower <= d && d <= narrow.upper);
        prop_assert!((-1.0..=1.0).contains(&wide.lower) && (-1.0..=1.0).contains(&wide.upper), "{wide:?}");
        let (wide, narrow) = (run.wilson(strict).unwrap(), run.wilson(loose).unwrap());
        prop_assert!(wide.lower <= narrow.lower && narrow.upper <= wide.upper);
        let (x, y) = (ranked(&a), ranked(&b));
        for p in [0.5, 0.95] {
            prop_assert!(nests(interval(&x, p, strict), interval(&x, p, loose)));
            let difference = |tail| mover::difference(&estimated(&x, p, tail), &estimated(&y, p, tail));
            prop_assert!(nests(difference(strict), difference(loose)));
        }
        let shift = |tail| rank::hodges_lehmann(&x, &y, tail).unwrap();
        prop_assert!(nests(shift(strict).bounds, shift(loose).bounds));
        let change = welch_log(&a, &b).unwrap();
        let (wide, narrow) = (change.interval(strict).unwrap(), change.interval(loose).unwrap());
        prop_assert!(nests(wide.into(), narrow.into()));
        let rates = (Rate::new(base.events(), 3.0).unwrap(), Rate::new(run.events(), 7.0).unwrap());
        if let (Some(wide), Some(narrow)) =
            (rate::ratio_interval(rates.0, rates.1, strict), rate::ratio_interval(rates.0, rates.1, loose))
        {
            let slack = |v: f64| v * (1.0 + 1e-12);
            let loosened = Bounds { lower: narrow.lower.map(slack), upper: narrow.upper.map(|v| v * (1.0 - 1e-12)) };
            prop_assert!(nests(wide, loosened), "{wide:?} {narrow:?}");
        }
    }

    #[test]
    fn a_larger_margin_is_harder_to_exceed(
        base in any_proportion(), run in any_proportion(), a in -1.2..1.2_f64, b in -1.2..1.2_f64,
        x in times(2..40), y in times(2..40),
    ) {
        let (low, high) = (a.min(b), a.max(b));
        let p_above = |margin| proportion::miettinen_nurminen_p_above(base, run, margin).unwrap();
        let (p, q) = (p_above(low), p_above(high));
        prop_assert!((0.0..=1.0).contains(&p) && p <= q + 1e-12, "{p} {q}");
        let change = welch_log(&x, &y).unwrap();
        prop_assert!(change.p_above(low) <= change.p_above(high));
        prop_assert!(change.p_below(high) <= change.p_below(low));
    }

    /// p(margin) ≤ tail exactly if the interval's lower bound is at least the margin.
    #[test]
    fn p_values_are_the_inverse_of_intervals(
        margin in -0.3..0.3_f64, tail in 1e-6..0.45_f64, x in times(2..40), y in times(2..40),
    ) {
        let agree = |p: f64, lower: f64| (lower - margin).abs() < 1e-9 || (p < tail) == (lower > margin);
        let change = welch_log(&x, &y).unwrap();
        prop_assert!(agree(change.p_above(margin), change.interval(tail).unwrap().lower));
    }

    #[test]
    fn the_unit_does_not_matter(a in times(2..60), b in times(2..60), k in -20..20_i32) {
        // Powers of two, which keep all digits.
        let scale = 2.0_f64.powi(k);
        let scaled = |v: &[f64]| v.iter().map(|v| v * scale).collect::<Vec<f64>>();
        let (a2, b2) = (scaled(&a), scaled(&b));
        let difference =
            |a: &[f64], b: &[f64]| mover::difference(&estimated(&ranked(a), 0.5, 0.025), &estimated(&ranked(b), 0.5, 0.025));
        let (one, two) = (difference(&a, &b), difference(&a2, &b2));
        for (one, two) in [(one.lower, two.lower), (one.upper, two.upper)] {
            prop_assert_eq!(one.map(|v| v * scale), two);
        }
        let (one, two) = (welch_log(&a, &b).unwrap(), welch_log(&a2, &b2).unwrap());
        prop_assert!((one.value - two.value).abs() < 1e-9 && (one.standard_error - two.standard_error).abs() < 1e-9);
        prop_assert_eq!(rank::brunner_munzel(&ranked(&a), &ranked(&b)), rank::brunner_munzel(&ranked(&a2), &ranked(&b2)));
        let shift = |a: &[f64], b: &[f64]| rank::hodges_lehmann(&ranked(a), &ranked(b), 0.025).unwrap().shift;
        prop_assert_eq!(shift(&a, &b) * scale, shift(&a2, &b2));
    }

    #[test]
    fn the_order_does_not_matter(a in times(2..60), b in times(2..60), seed: u64) {
        let mut random = loaddiff::stats::random::SplitMix64::new(seed);
        let mut c = a.clone();
        random.shuffle(&mut c);
        let (x, y, z) = (ranked(&a), ranked(&b), ranked(&c));
        prop_assert_eq!(&x, &z);
        let (one, two) = (welch_log(&a, &b).unwrap(), welch_log(&c, &b).unwrap());
        prop_assert!((one.value - two.value).abs() < 1e-12 && (one.standard_error - two.standard_error).abs() < 1e-12);
        // Swapped, larger becomes smaller.
        let (there, back) = (rank::cliffs_delta(&x, &y).unwrap(), rank::cliffs_delta(&y, &x).unwrap());
        prop_assert_eq!(there.delta, -back.delta);
        let (there, back) = (rank::hodges_lehmann(&x, &y, 0.025).unwrap(), rank::hodges_lehmann(&y, &x, 0.025).unwrap());
        prop_assert_eq!(there.shift, -back.shift);
        prop_assert_eq!(there.bounds.lower, back.bounds.upper.map(|v| 0.0 - v));
    }

    #[test]
    fn duplicated_data_never_widens_an_interval(
        base in any_proportion(), run in any_proportion(), a in times(8..60), b in times(8..60), tail in 1e-4..0.2_f64,
    ) {
        let twice = |p: Proportion| Proportion::new(2 * p.events(), 2 * p.trials()).unwrap();
        let newcombe = |base, run| proportion::newcombe(base, run, tail).unwrap();
        let (one, two) = (newcombe(base, run), newcombe(twice(base), twice(run)));
        prop_assert!(two.upper - two.lower <= one.upper - one.lower + 1e-12);
        prop_assert!(nests(run.wilson(tail).unwrap().into(), twice(run).wilson(tail).unwrap().into()));
        let doubled = |v: &[f64]| v.iter().chain(v).copied().collect::<Vec<f64>>();
        let (a2, b2) = (doubled(&a), doubled(&b));
        for p in [0.5, 0.95] {
            prop_assert!(nests(interval(&ranked(&a), p, tail), interval(&ranked(&a2), p, tail)));
        }
        let width = |a: &[f64], b: &[f64]| welch_log(a, b).unwrap().interval(tail).map(|i| i.upper - i.lower).unwrap();
        prop_assert!(width(&a2, &b2) <= width(&a, &b) + 1e-12);
    }

    #[test]
    fn buckets_give_the_same_as_samples(
        pairs in prop::collection::vec((1..60_u32, 1..9_u64), 1..20), others in times(1..50),
    ) {
        let buckets = Weighted::new(pairs.iter().map(|(v, n)| (f64::from(*v), *n))).unwrap();
        let mut samples = Vec::new();
        for (value, times) in &pairs {
            samples.extend(std::iter::repeat_n(f64::from(*value), *times as usize));
        }
        prop_assert_eq!(&buckets, &ranked(&samples));
        // From the definitions, pair by pair.
        let other = ranked(&others);
        let (mut larger, mut smaller) = (0_i64, 0_i64);
        let mut differences = Vec::new();
        for x in &samples {
            for y in &others {
                larger += i64::from(y > x);
                smaller += i64::from(y < x);
                differences.push(y - x);
            }
        }
        differences.sort_by(f64::total_cmp);
        let all = differences.len();
        let delta = rank::cliffs_delta(&buckets, &other).unwrap().delta;
        prop_assert!((delta - (larger - smaller) as f64 / all as f64).abs() < 1e-12);
        let median = (differences[(all - 1) / 2] + differences[all / 2]) / 2.0;
        let shift = rank::hodges_lehmann(&buckets, &other, 0.025).unwrap().shift;
        prop_assert!((shift - median).abs() <= 1e-12 * median.abs(), "{} {}", shift, median);
    }

    /// The exact p of Kolmogorov-Smirnov by all arrangements, without ties.
    #[test]
    fn the_exact_test_counts_arrangements(m in 1..6_usize, n in 1..6_usize, pick: u64) {
        let arrangements: Vec<u32> = (0..1_u32 << (m + n)).filter(|bits| bits.count_ones() as usize == n).collect();
        let sides = |bits: u32| {
            let (mut a, mut b) = (Vec::new(), Vec::new());
            for at in 0..m + n {
                if bits >> at & 1 == 1 { b.push(at as f64) } else { a.push(at as f64) }
            }
            (ranked(&a), ranked(&b))
        };
        let (a, b) = sides(arrangements[(pick % arrangements.len() as u64) as usize]);
        let d = ks::kolmogorov_smirnov(&a, &b).unwrap();
        prop_assert!(d.exact);
        let share = |f: &dyn Fn(&Weighted, &Weighted) -> bool| {
            let hits = arrangements.iter().filter(|bits| { let (a, b) = sides(**bits); f(&a, &b) }).count();
            hits as f64 / arrangements.len() as f64
        };
        let farther = share(&|a, b| ks::kolmogorov_smirnov(a, b).unwrap().distance >= d.distance - 1e-12);
        prop_assert!((d.p - farther).abs() < 1e-12, "{} {}", d.p, farther);
    }

    #[test]
    fn adjusted_p_values_keep_their_order(p in prop::collection::vec(0.0..1.0_f64, 0..40)) {
        let (holm, bh) = (multiple::holm(&p), multiple::benjamini_hochberg(&p));
        for i in 0..p.len() {
            prop_assert!(p[i] <= bh[i] + 1e-15 && bh[i] <= holm[i] + 1e-15 && holm[i] <= 1.0);
            prop_assert!(holm[i] <= (p[i] * p.len() as f64).min(1.0) + 1e-15 || holm.iter().zip(&p).any(|(h, q)| h == &holm[i] && q < &p[i]));
            for j in 0..p.len() {
                prop_assert!(p[i] > p[j] || (holm[i] <= holm[j] && bh[i] <= bh[j]));
            }
        }
    }

    #[test]
    fn nothing_panics_and_nothing_is_nan(
        a in floats(), b in floats(), x: f64, y: f64, z: f64, m: u64, n: u64,
    ) {
        for tail in [x, 0.025, 1e-300] {
            if let (Some(p), Some(q)) = (Proportion::new(m % 100, n % 1000), Proportion::new(m.min(n), n)) {
                prop_assert!(proportion::newcombe(p, q, tail).is_none_or(|i| sound(i.into())));
                let p_above = proportion::miettinen_nurminen_p_above(p, q, z);
                prop_assert!(p_above.is_none_or(|p| (0.0..=1.0).contains(&p)));
                prop_assert!(proportion::fisher(p, p).is_some_and(|f| (f.two_sided - 1.0).abs() < 1e-9));
            }
            if let (Some(p), Some(q)) = (Rate::new(m % 10_000, y), Rate::new(n % 10_000, z)) {
                prop_assert!(rate::ratio_interval(p, q, tail).is_none_or(sound));
            }
            let estimates = [Estimate::of_mean(&a), welch_log(&a, &b), Estimate::around(y, &a)];
            for e in estimates.into_iter().flatten() {
                prop_assert!([e.value, e.standard_error, e.degrees_of_freedom].iter().all(|v| v.is_finite()), "{:?}", e);
                prop_assert!(e.interval(tail).is_none_or(|i| sound(i.into())));
                prop_assert!((0.0..=1.0).contains(&e.p_above(0.1)) && (0.0..=1.0).contains(&e.p_below(0.1)));
            }
            let (Some(p), Some(q)) = (Weighted::of_samples(&a), Weighted::of_samples(&b)) else { continue };
            if let Some(shift) = rank::hodges_lehmann(&p, &q, tail) {
                prop_assert!(shift.shift.is_finite() && sound(shift.bounds));
            }
            prop_assert!(rank::brunner_munzel(&p, &q).is_none_or(|t| (0.0..=1.0).contains(&t.two_sided)));
            prop_assert!(ks::kolmogorov_smirnov(&p, &q).is_none_or(|t| (0.0..=1.0).contains(&t.p)));
            if p.total() > 0 && q.total() > 0 {
                let (p, q) = (estimated(&p, 0.5, 0.025), estimated(&q, 0.5, 0.025));
                prop_assert!(sound(mover::difference(&p, &q)));
            }
            prop_assert!(quantile::type7(&p, y).is_none_or(f64::is_finite));
        }
        for value in [
            special::normal_quantile(x), special::student_quantile(x, y), special::student_quantile(0.01, y.abs()),
            scatter(&a).map(|s| s.standard_error), warmup::mser5(&a).map(|w| w.statistic),
            history::noise_floor(&a).map(|f| f.floor), Some(special::student_sf(x, y)), Some(special::normal_sf(x)),
            Some(special::kolmogorov_sf(x)), Some(special::beta(x, y, 0.3, 0.7).0),
            Some(special::binomial_at_most(m % 1000, n % 1000, x)), Estimate::of_mean(&a).map(|e| e.value),
        ] {
            prop_assert!(value.is_none_or(|v| !v.is_nan()), "{:?}", value);
        }
        prop_assert!(quantile::ranks(n % (1 << 34), y, 0.025).is_none_or(|r| r.lower.is_none_or(|l| l >= 1)));
        prop_assert!(multiple::holm(&a).iter().chain(&multiple::benjamini_hochberg(&b)).all(|p| (0.0..=1.0).contains(p)));
    }
}

/// By numpy 2:
///
/// ```python
/// def scatter(y):
///     y = np.asarray(y, float); n = len(y); t = (np.arange(n) + .5) / n
///     X = np.column_stack([np.ones(n), t - .5, np.cos(2*np.pi*t), np.sin(2*np.pi*t)])
///     if n < 12: X = X[:, :2]
///     p = X.shape[1]; r = y - X @ np.linalg.lstsq(X, y, rcond=None)[0]; s = r @ r
///     rho = min(max((r[:-1] @ r[1:]) / s + p / (2*n), 0), .9); w = (1 + rho) / (1 - rho)
///     return np.sqrt(s / (n - p) / n * w), max((n - p) / w, 3)
/// ```
#[test]
fn scatter_around_a_line_and_a_wave() {
    let series = |n: usize, f: &dyn Fn(usize) -> f64| (0..n).map(f).collect::<Vec<f64>>();
    let cases = [
        // Alternating neighbours: no correlation.
        (series(20, &|i| (i * 37 % 11) as f64 / 10.0 + 0.05 * i as f64), 0.073_028_523_355_550_73, 16.0),
        // Equal in groups of three: ρ is 0.346.
        (series(24, &|i| (i / 3 * 7 % 5) as f64 / 4.0), 0.080_584_100_687_192_28, 9.717_422_235_566_826),
        // Fewer than twelve: a line only.
        (vec![1.0, 2.5, 2.0, 4.0, 3.5, 5.5, 6.0, 5.0], 0.275_148_769_283_264_7, 6.0),
        (vec![3.0, 1.0, 4.0, 1.0, 5.0, 9.0], 0.981_171_958_781_136_7, 4.0),
        // A step up and down: ρ is 0.561.
        (series(40, &|i| f64::from((10..30).contains(&i))), 0.068_083_162_663_600_8, 10.126_697_077_110_668),
        // ρ is limited to 0.9.
        (series(200, &|i| (i / 50 % 2) as f64), 0.112_440_125_845_383_92, 10.315_789_473_684_209),
    ];
    for (series, standard_error, degrees_of_freedom) in cases {
        let found = scatter(&series).unwrap();
        let what = serde_json::json!(series);
        near(found.standard_error, standard_error, 1e-10, &what);
        near(found.degrees_of_freedom, degrees_of_freedom, 1e-9, &what);
    }
    assert!(scatter(&[1.0, 2.0, 3.0, 4.0, 5.0]).is_none());
}

/// Line and wave are not errors: nothing remains of a trend with a daily curve.
#[test]
fn a_trend_and_a_daily_curve_do_not_scatter() {
    let series: Vec<f64> = (0..24)
        .map(|i| {
            let t = (f64::from(i) + 0.5) / 24.0;
            5.0 + 3.0 * t + 2.0 * (std::f64::consts::TAU * t + 0.7).sin()
        })
        .collect();
    assert!(scatter(&series).unwrap().standard_error < 1e-12);
}

/// Mantel and Haenszel (1959) by hand: 10 of 100 → 20 of 100 and 5 of 50 → 5 of 150. Weights are n₀n₁ ÷ (n₀ + n₁) = 50 and
/// 37.5, differences +0.1 and −0.0667: (5 − 2.5) ÷ 87.5. Pooled shares of 0.15 and 0.05 give a variance of
/// (50 · 0.15 · 0.85 + 37.5 · 0.05 · 0.95) ÷ 87.5².
#[test]
fn strata_by_hand() {
    let of = |x, n| Proportion::new(x, n).unwrap();
    let strata = [(of(10, 100), of(20, 100)), (of(5, 50), of(5, 150))];
    let estimate = |dispersion| match Spread::strata(&strata, dispersion).unwrap() {
        Spread::Strata(estimate, _) => estimate,
        other => panic!("{other:?}"),
    };
    let found = estimate(1.0);
    assert!((found.value - 2.5 / 87.5).abs() < 1e-15);
    assert!((found.standard_error - 8.156_25_f64.sqrt() / 87.5).abs() < 1e-15);
    // Twice the variance.
    assert!((estimate(2.0).standard_error - (2.0 * 8.156_25_f64).sqrt() / 87.5).abs() < 1e-15);
    // A stratum without requests on one side has no weight; strata without failures have no error.
    let more = [strata[0], strata[1], (of(0, 40), of(0, 60))];
    let Spread::Strata(with, _) = Spread::strata(&more, 1.0).unwrap() else { panic!() };
    // Weight 24 more, difference 0.
    assert!((with.value - 2.5 / 111.5).abs() < 1e-15);
    assert!(Spread::strata(&[(of(0, 40), of(0, 60))], 1.0).is_none());
    // Swapped sides negate it.
    let back = strata.map(|(b, r)| (r, b));
    let Spread::Strata(back, _) = Spread::strata(&back, 1.0).unwrap() else { panic!() };
    assert!((back.value + found.value).abs() < 1e-15 && (back.standard_error - found.standard_error).abs() < 1e-15);
}
