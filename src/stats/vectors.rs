//! The published test vectors T1 to T17 (computed with scipy, statsmodels and arch), as literals and, where the folder
//! with the full file stands beside the repository, from there.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::excessive_precision)]

use serde_json::Value;

use super::mover::Estimated;
use super::proportion::{Proportion, fisher, newcombe};
use super::quantile::{ranks, type7};
use super::random::SplitMix64;
use super::rate::Rate;
use super::welch::Estimate;
use super::*;

pub(super) const A: [f64; 20] = [
    112.0, 115.0, 118.0, 119.0, 121.0, 123.0, 124.0, 126.0, 127.0, 128.0, 130.0, 131.0, 133.0, 135.0, 138.0, 141.0,
    147.0, 155.0, 168.0, 203.0,
];
pub(super) const B: [f64; 20] = [
    118.0, 121.0, 124.0, 126.0, 127.0, 129.0, 131.0, 133.0, 134.0, 136.0, 138.0, 140.0, 142.0, 145.0, 149.0, 153.0,
    160.0, 171.0, 190.0, 260.0,
];
/// Two-sided 95 %.
const TAIL: f64 = 0.025;

/// Asserts a relative error of at most 1e-9.
#[track_caller]
pub(super) fn close(ours: f64, expected: f64) {
    near(ours, expected, 1e-9);
}

#[track_caller]
pub(super) fn near(ours: f64, expected: f64, relative: f64) {
    let off = (ours - expected).abs();
    assert!(off <= relative * expected.abs() || ours == expected, "{ours:?} instead of {expected:?}");
}

/// The full file.
fn file() -> Value {
    serde_json::from_str(include_str!("../../tests/vectors/statistics.json")).unwrap()
}

fn f(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

fn u(value: &Value) -> u64 {
    value.as_u64().unwrap()
}

fn list(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(f).collect()
}

fn p(events: u64, trials: u64) -> Proportion {
    Proportion::new(events, trials).unwrap()
}

/// ln(run ÷ baseline) of the geometric means.
fn welch_log(baseline: &[f64], run: &[f64]) -> Option<Estimate> {
    let mean = |values: &[f64]| Estimate::of_mean(&values.iter().map(|value| libm::log(*value)).collect::<Vec<f64>>());
    mean(run)?.minus(&mean(baseline)?)
}

fn two_sided(estimate: &Estimate) -> f64 {
    2.0 * estimate.p_above(0.0).min(estimate.p_below(0.0))
}

#[test]
fn t1_wilson() {
    for (x, n, lower, upper) in [
        (1, 300, 0.0005886577218512, 0.0186366936945312),
        (15, 1500, 0.0060694375040765, 0.0164339046017013),
        (0, 150, 0.0, 0.0249702443680766),
        (0, 300, 0.0, 0.0126429712245460),
        (17837, 17837, 0.9997846817466788, 1.0),
    ] {
        let ours = p(x, n).wilson(TAIL).unwrap();
        // As printed: 16 decimals.
        assert!((ours.lower - lower).abs() < 1e-15 && (ours.upper - upper).abs() < 1e-15, "{ours:?}");
    }
    assert_eq!(p(0, 150).wilson(TAIL).unwrap().lower, 0.0);
    assert_eq!(p(17837, 17837).wilson(TAIL).unwrap().upper, 1.0);
    for row in file()["wilson95"].as_array().unwrap() {
        let ours = p(u(&row["x"]), u(&row["n"])).wilson(TAIL).unwrap();
        close(ours.lower, f(&row["lo"]));
        close(ours.upper, f(&row["hi"]));
    }
}

#[test]
fn t2_newcombe_and_fisher() {
    let ours = newcombe(p(1, 300), p(15, 1500), TAIL).unwrap();
    close(ours.lower, -0.0091334016837881);
    close(ours.upper, 0.0136615485553092);
    close(fisher(p(1, 300), p(15, 1500)).unwrap().two_sided, 0.4962319907148516);
    close(fisher(p(1, 300), p(15, 1500)).unwrap().greater, 0.2258663167452560);
    let ours = newcombe(p(0, 150), p(1, 300), TAIL).unwrap();
    close(ours.lower, -0.0217873025665345);
    close(ours.upper, 0.0186366936945312);
    close(fisher(p(0, 150), p(1, 300)).unwrap().greater, 0.6666666666666667);
    let ours = newcombe(p(5, 1000), p(8, 1000), TAIL).unwrap();
    close(ours.lower, -0.0047307920016737);
    close(ours.upper, 0.0112207843154231);
    close(fisher(p(5, 1000), p(8, 1000)).unwrap().two_sided, 0.5797924844307668);
    let ours = newcombe(p(10, 10000), p(40, 10000), TAIL).unwrap();
    close(ours.lower, 0.0016467821968689);
    close(ours.upper, 0.0045125143863004);
    close(fisher(p(10, 10000), p(40, 10000)).unwrap().two_sided, 2.333672117179714e-05);
    let ours = newcombe(p(17, 300), p(60, 300), TAIL).unwrap();
    close(ours.lower, 0.0909305693385249);
    close(ours.upper, 0.1965741605852402);
    close(fisher(p(17, 300), p(60, 300)).unwrap().two_sided, 1.543918646960919e-07);
}

#[test]
fn t2_from_the_file() {
    for row in file()["proportion_diff"].as_array().unwrap() {
        let side = |side: &Value| p(u(&side[0]), u(&side[1]));
        let (base, run) = (side(&row["base"]), side(&row["run"]));
        close(run.share() - base.share(), f(&row["diff"]));
        let ours = newcombe(base, run, TAIL).unwrap();
        let expected = list(&row["newcombe95"]);
        close(ours.lower, expected[0]);
        close(ours.upper, expected[1]);
        let ours = fisher(base, run).unwrap();
        close(ours.two_sided, f(&row["fisher_two_sided"]));
        close(ours.greater, f(&row["fisher_greater"]));
    }
}

#[test]
fn t4_exact_rate_ratio() {
    let rate = |count, seconds| Rate::new(count, seconds).unwrap();
    for (base, run, ratio, lower, upper) in [
        (rate(6000, 120.0), rate(31500, 900.0), 0.7, 0.6809153819002416, 0.7197128263288273),
        (rate(1000, 20.0), rate(950, 20.0), 0.95, 0.8683612320164953, 1.03925977895736),
        (rate(120, 60.0), rate(90, 60.0), 0.75, 0.5641970959847338, 0.9939946139265294),
    ] {
        close(rate::ratio(base, run).unwrap(), ratio);
        let ours = rate::ratio_interval(base, run, TAIL).unwrap().interval().unwrap();
        close(ours.lower, lower);
        close(ours.upper, upper);
    }
    for row in file()["poisson_rate_ratio_exact_conditional"].as_array().unwrap() {
        let side = |side: &Value| rate(u(&side[0]), f(&side[1]));
        let (base, run) = (side(&row["base"]), side(&row["run"]));
        let ours = rate::ratio_interval(base, run, TAIL).unwrap().interval().unwrap();
        let expected = list(&row["ratio_ci95_clopper"]);
        close(ours.lower, expected[0]);
        close(ours.upper, expected[1]);
    }
}

#[test]
fn t5_order_statistic_ranks() {
    let of = |n, p| {
        let ranks = ranks(n, p, TAIL).unwrap();
        (ranks.lower, ranks.upper)
    };
    for (n, p, lower, upper) in [
        (20, 0.5, 6, Some(15)),
        (100, 0.5, 40, Some(61)),
        (100, 0.9, 84, Some(96)),
        (100, 0.95, 90, Some(100)),
        (300, 0.5, 133, Some(168)),
        (300, 0.95, 277, Some(293)),
        (300, 0.99, 293, None),
        (1000, 0.5, 469, Some(532)),
        (1000, 0.95, 936, Some(964)),
        (1000, 0.99, 983, Some(997)),
        (1500, 0.95, 1408, Some(1442)),
        (10000, 0.5, 4902, Some(5099)),
        (10000, 0.99, 9880, Some(9920)),
    ] {
        assert_eq!(of(n, p), (Some(lower), upper), "n={n} p={p}");
    }
    for row in file()["order_stat_ranks95_1based"].as_array().unwrap() {
        let (n, p) = (u(&row["n"]), f(&row["p"]));
        assert_eq!(of(n, p), (row["l"].as_u64(), row["u"].as_u64()), "n={n} p={p}");
    }
}

/// §4.3: the fewest samples.
#[test]
fn t5_minimum_samples() {
    let least = |tail| [0.5, 0.9, 0.95, 0.99, 0.999].map(|p| quantile::minimum_samples(p, tail).unwrap());
    assert_eq!(least(0.025), [6, 36, 72, 368, 3688]);
    assert_eq!(least(0.05), [5, 29, 59, 299, 2995]);
}

#[test]
fn t6_welch_log() {
    let ours = welch_log(&A, &B).unwrap();
    close(libm::exp(ours.value), 1.0781036154248886);
    close(ours.statistic(0.0), 1.4570854300749678);
    close(ours.degrees_of_freedom, 35.653822286848595);
    close(two_sided(&ours), 0.15384449034038272);
    let ratio = ours.interval(TAIL).unwrap();
    close(libm::exp(ratio.lower), 0.9709246750118562);
    close(libm::exp(ratio.upper), 1.1971138807220274);
    for row in file()["two_sample"].as_array().unwrap() {
        let ours = welch_log(&list(&row["base"]), &list(&row["run"])).unwrap();
        let expected = &row["welch_log"];
        close(ours.statistic(0.0), f(&expected["t"]));
        close(ours.degrees_of_freedom, f(&expected["df"]));
        close(two_sided(&ours), f(&expected["p"]));
        close(libm::exp(ours.value), f(&expected["ratio"]));
        let ratio = ours.interval(TAIL).unwrap();
        close(libm::exp(ratio.lower), f(&expected["ci95"][0]));
        close(libm::exp(ratio.upper), f(&expected["ci95"][1]));
    }
}

/// 10-ms buckets.
fn ties() -> (Weighted, Weighted) {
    let base = [(110.0, 3), (120.0, 8), (130.0, 5), (140.0, 2), (150.0, 1), (200.0, 1)];
    let run = [(120.0, 5), (130.0, 6), (140.0, 4), (150.0, 2), (170.0, 1), (190.0, 1), (260.0, 1)];
    (Weighted::new(base).unwrap(), Weighted::new(run).unwrap())
}

#[test]
fn t6_cliffs_delta_and_hodges_lehmann() {
    let (base, run) = (Weighted::of_samples(&A).unwrap(), Weighted::of_samples(&B).unwrap());
    close(rank::cliffs_delta(&base, &run).unwrap().delta, 0.31);
    assert_eq!(rank::cliffs_delta(&base, &run).unwrap().label, rank::Magnitude::Small);
    let shift = rank::hodges_lehmann(&base, &run, TAIL).unwrap();
    assert_eq!((shift.shift, shift.bounds), (8.0, Bounds { lower: Some(-2.0), upper: Some(18.0) }));
    let ours = ks::kolmogorov_smirnov(&base, &run).unwrap();
    assert_eq!(ours.distance, 0.25);
    close(ours.p, 0.571336004933722);

    let (base, run) = ties();
    close(rank::cliffs_delta(&base, &run).unwrap().delta, 0.395);
    assert_eq!(rank::cliffs_delta(&base, &run).unwrap().label, rank::Magnitude::Medium);
    let shift = rank::hodges_lehmann(&base, &run, TAIL).unwrap();
    assert_eq!((shift.shift, shift.bounds), (10.0, Bounds { lower: Some(0.0), upper: Some(20.0) }));
}

#[test]
fn t6_and_t7_from_the_file() {
    for row in file()["two_sample"].as_array().unwrap() {
        let side = |side: &Value| Weighted::of_samples(&list(side)).unwrap();
        let (base, run) = (side(&row["base"]), side(&row["run"]));
        close(rank::cliffs_delta(&base, &run).unwrap().delta, f(&row["cliffs_delta"]));
        let ours = rank::brunner_munzel(&base, &run).unwrap();
        close(ours.statistic, f(&row["bm_stat"]));
        close(ours.two_sided, f(&row["bm_p_two"]));
        let shift = rank::hodges_lehmann(&base, &run, TAIL).unwrap();
        assert_eq!(shift.shift, f(&row["hodges_lehmann"]));
        let bounds = shift.bounds.interval().unwrap();
        assert_eq!(vec![bounds.lower, bounds.upper], list(&row["hl_ci95_exact_k128"]));
        let ours = ks::kolmogorov_smirnov(&base, &run).unwrap();
        close(ours.distance, f(&row["ks_D"]));
        close(ours.p, f(&row["ks_p"]));
    }
}

#[test]
fn t7_brunner_munzel() {
    let ours = rank::brunner_munzel(&Weighted::of_samples(&A).unwrap(), &Weighted::of_samples(&B).unwrap()).unwrap();
    close(ours.statistic, 1.7587418693202885);
    close(ours.two_sided, 0.08690614121686063);
    close(ours.greater, 0.0434530706084303);
    let (base, run) = ties();
    let ours = rank::brunner_munzel(&base, &run).unwrap();
    close(ours.statistic, 2.4326336259124495);
    close(ours.two_sided, 0.01997768621002764);
}

#[test]
fn t9_splitmix64() {
    let mut random = SplitMix64::new(42);
    let first: Vec<u64> = (0..3).map(|_| random.next_u64()).collect();
    assert_eq!(first, [13679457532755275413, 2949826092126892291, 5139283748462763858]);
    let mut random = SplitMix64::new(42);
    let below: Vec<u64> = (0..12).map(|_| random.below(20)).collect();
    assert_eq!(below, [14, 3, 5, 6, 0, 17, 4, 16, 6, 12, 4, 9]);
}

#[test]
fn t8_mover() {
    let side = |samples: &[f64]| {
        let samples = Weighted::of_samples(samples).unwrap();
        let ranks = ranks(20, 0.5, TAIL).unwrap();
        let at = |rank: Option<u64>| samples.at_rank(rank.unwrap());
        Estimated { value: samples.at_rank(10).unwrap(), bounds: Bounds::new(at(ranks.lower), at(ranks.upper)) }
    };
    let (base, run) = (side(&A), side(&B));
    assert_eq!((base.value, run.value), (128.0, 136.0));
    assert_eq!(base.bounds, Bounds { lower: Some(123.0), upper: Some(138.0) });
    assert_eq!(run.bounds, Bounds { lower: Some(129.0), upper: Some(149.0) });
    let difference = mover::difference(&base, &run).interval().unwrap();
    close(difference.lower, -4.206555615733702);
    close(difference.upper, 21.92838827718412);
}

#[test]
fn t10_holm_and_benjamini_hochberg() {
    let given = [0.0001, 0.0042, 0.0061, 0.012, 0.031, 0.042, 0.2, 0.55];
    let ours = multiple::holm(&given);
    for (ours, expected) in ours.iter().zip([0.0008, 0.0294, 0.0366, 0.06, 0.124, 0.126, 0.4, 0.55]) {
        close(*ours, expected);
    }
    let ours = multiple::benjamini_hochberg(&given);
    let bh = [0.0008, 0.01626666666666667, 0.01626666666666667, 0.024, 0.0496, 0.056, 0.2285714285714286, 0.55];
    for (ours, expected) in ours.iter().zip(bh) {
        close(*ours, expected);
    }
}

#[test]
fn t11_several_runs() {
    let ours = welch_log(&[412.0, 398.0, 431.0, 405.0, 420.0], &[455.0, 441.0, 470.0, 428.0, 462.0]).unwrap();
    close(ours.statistic(0.0), 4.036624832995401);
    close(ours.degrees_of_freedom, 7.737065417968795);
    close(two_sided(&ours), 0.004022739749181916);
    close(libm::exp(ours.value), 1.091778011547641);
    let ratio = ours.interval(TAIL).unwrap();
    close(libm::exp(ratio.lower), 1.0380536079925244);
    close(libm::exp(ratio.upper), 1.1482829184555035);
    let side = |runs: &[f64]| Weighted::of_samples(runs).unwrap();
    let base = side(&[412.0, 398.0, 431.0, 405.0, 420.0]);
    let run = side(&[455.0, 441.0, 470.0, 428.0, 462.0]);
    let shift = rank::hodges_lehmann(&base, &run, TAIL).unwrap();
    assert_eq!((shift.shift, shift.bounds), (39.0, Bounds { lower: Some(10.0), upper: Some(64.0) }));
}

#[test]
fn t13_mser5() {
    let series = [
        39.7, 28.8, 24.77, 20.76, 40.63, 27.0, 13.75, 16.79, 11.97, 15.94, 4.07, 4.52, 3.87, 4.41, 4.96, 4.1, 5.2, 4.6,
        3.9, 4.8, 4.4, 4.7, 5.1, 4.2, 4.5, 4.9, 4.3, 4.6, 5.0, 4.4, 4.1, 4.8, 4.7, 4.5, 4.6, 4.3, 4.9, 5.1, 4.2, 4.4,
    ];
    let ours = warmup::mser5(&series).unwrap();
    assert_eq!(ours.truncate, 20);
    close(ours.statistic, 3.1875e-4);
}

#[test]
fn t15_noise_floor() {
    let history = [
        412.0, 398.0, 431.0, 405.0, 420.0, 409.0, 415.0, 402.0, 427.0, 411.0, 418.0, 404.0, 422.0, 413.0, 407.0, 416.0,
        401.0, 425.0, 410.0, 419.0,
    ];
    let ours = history::noise_floor(&history).unwrap();
    close(ours.q1, 0.022032120812608615);
    close(ours.q3, 0.041012590720430356);
    close(ours.floor, 0.09795400044389557);
}

#[test]
fn t17_percentile_definitions() {
    let samples = Weighted::of_samples(&A).unwrap();
    let shares = [0.5, 0.9, 0.95, 0.99];
    for (p, expected) in shares.into_iter().zip([129.0, 156.3, 169.75, 196.35]) {
        close(type7(&samples, p).unwrap(), expected);
    }
}

#[test]
fn estimates_of_one_side() {
    let ours = Estimate::of_mean(&[1.0, 2.0, 3.0, 4.0]).unwrap();
    // t(3) at 0.975 is 3.182446305284264; s/√n is 0.6454972243679028.
    let interval = ours.interval(TAIL).unwrap();
    close(interval.upper, 2.5 + 3.182446305284264 * 0.6454972243679028);
}
