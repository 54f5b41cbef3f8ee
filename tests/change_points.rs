//! Change points against Apache Otava: the same 100 seeded series, made by `tools/otava-changes.py`.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod support;

use std::collections::BTreeMap;

use loaddiff::stats::change_points::Search;
use loaddiff::stats::random::SplitMix64;
use serde_json::Value;

/// As `series` of `tools/otava-changes.py`.
fn series(seed: u64) -> Vec<f64> {
    let mut random = SplitMix64::new(seed);
    let length = 20 + random.below(481);
    let mut level = (100 + random.below(900)) as f64;
    let noise_pct = (1 + random.below(5)) as f64;
    let mut steps = BTreeMap::new();
    for _ in 0..random.below(5) {
        let place = random.below(length);
        steps.insert(place, (80 + random.below(51)) as f64);
    }
    (0..length)
        .map(|at| {
            if let Some(step) = steps.get(&at) {
                level = level * step / 100.0;
            }
            let normal = (0..12).map(|_| random.below(1000)).sum::<u64>() as f64 / 1000.0 - 6.0;
            let value = level + level * noise_pct / 100.0 * normal;
            if seed % 4 == 0 { (value + 0.5).floor() } else { value }
        })
        .collect()
}

#[test]
fn otava_finds_the_same_changes() {
    let otava: Value = serde_json::from_slice(&std::fs::read(support::fixture("otava.json")).unwrap()).unwrap();
    let (mut found, mut different) = (0, Vec::new());
    for (seed, theirs) in (1..).zip(otava["series"].as_array().unwrap()) {
        let series = series(seed);
        let sum: f64 = series.iter().sum();
        assert!((sum / theirs["sum"].as_f64().unwrap() - 1.0).abs() < 1e-12, "series {seed} is another one");
        let ours = Search::default().find(&series);
        let theirs: Vec<Vec<f64>> = serde_json::from_value(theirs["changes"].clone()).unwrap();
        found += theirs.len();
        let places = |changes: Vec<usize>| changes;
        let (a, b) = (
            places(ours.iter().map(|change| change.index).collect()),
            places(theirs.iter().map(|change| change[0] as usize).collect()),
        );
        if a != b {
            different.push((seed, a, b));
            continue;
        }
        for (ours, theirs) in ours.iter().zip(&theirs) {
            let close = |ours: f64, theirs: f64| (ours - theirs).abs() <= 1e-7 * theirs.abs() + 1e-300;
            assert!(close(ours.mean_before, theirs[2]) && close(ours.mean_after, theirs[3]), "{seed}: {ours:?}");
            assert!(close(ours.p, theirs[1]), "{seed}: {ours:?} {theirs:?}");
        }
    }
    assert_eq!(different, vec![]);
    assert!(found > 100, "{found}");
}
