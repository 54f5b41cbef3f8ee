//! `loaddiff calibrate`, by the real binary, on simulated repeats whose noise is known.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::path::Path;
use std::process::{Command, Output};

use loaddiff::compare::{self, Verdict};
use loaddiff::policy::{self, Noise, Policy};
use loaddiff::run::{Metric, Percentile};
use loaddiff::stats::random::SplitMix64;
use serde_json::Value;
use support::Line;

fn loaddiff(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_loaddiff")).args(args).current_dir(folder).output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A sum of twelve uniform numbers, less its mean: nearly normal.
fn normal(random: &mut SplitMix64) -> f64 {
    (0..12).map(|_| random.below(1_000_000)).sum::<u64>() as f64 / 1e6 - 6.0
}

/// A run of two endpoints: all vary by `sd`, `/batch` by `batch` more. Response times are times `factor`.
fn result(random: &mut SplitMix64, sd: f64, batch: f64, factor: f64) -> String {
    let all = factor * libm::exp(sd * normal(random));
    let line = |method, name: &str, requests: u64, p50: f64| Line {
        method,
        name: name.into(),
        requests,
        failures: requests / 1000,
        mean: 1.1 * p50,
        rate: requests as f64 / 300.0,
        percentiles: [p50, 1.4 * p50, 1.7 * p50, 2.5 * p50, 4.0 * p50],
    };
    let (chat, other) = (500.0 * all, 480.0 * all * libm::exp(batch * normal(random)));
    support::summary(&[
        line("POST", "/chat", 9_000, chat),
        line("GET", "/batch", 1_000, other),
        line("", "Aggregated", 10_000, 0.9 * chat + 0.1 * other),
    ])
}

/// A folder with that many repeats, and their names.
fn repeats(runs: usize, sd: f64, batch: f64, seed: u64) -> (tempfile::TempDir, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let mut random = SplitMix64::new(seed);
    let names: Vec<String> = (1..=runs).map(|run| format!("run{run:02}_stats.csv")).collect();
    for name in &names {
        std::fs::write(folder.path().join(name), result(&mut random, sd, batch, 1.0)).unwrap();
    }
    (folder, names)
}

fn calibrated(folder: &Path, names: &[String], more: &[&str]) -> Value {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let done = loaddiff(folder, &[&["calibrate", "--format", "json"], more, &names].concat());
    assert_eq!(done.status.code(), Some(0), "{}", err(&done));
    serde_json::from_str(&out(&done)).unwrap()
}

fn thresholds(found: &Value) -> Policy {
    policy::parse("thresholds.toml", found["thresholds"].as_str().unwrap()).unwrap_or_else(|e| panic!("{e}\n{found:#}"))
}

/// The share of fresh pairs in which a slowdown of all requests is confirmed.
fn found_in(policy: &Policy, sd: f64, slowdown_pct: f64, seed: u64, pairs: usize) -> f64 {
    let mut random = SplitMix64::new(seed);
    let found = (0..pairs).filter(|_| {
        let base = support::run_from(&result(&mut random, sd, 0.01, 1.0));
        let run = support::run_from(&result(&mut random, sd, 0.01, 1.0 + slowdown_pct / 100.0));
        let c = compare::compare(base, run, policy.clone());
        let total = c.total().unwrap();
        [Metric::Latency(Percentile::P50), Metric::Mean]
            .iter()
            .any(|metric| total.row(metric).unwrap().verdict == Verdict::Regressed)
    });
    found.count() as f64 / pairs as f64
}

#[test]
fn the_predicted_slowdown_is_the_one_that_is_seen() {
    // The last is the normal share of pairs whose run is above the total's limit: 1 − Φ(ln 1.025 ÷ (√2·sd)).
    for (seed, sd, above_limit) in [(1, 0.03, 0.280), (2, 0.015, 0.122)] {
        let (folder, names) = repeats(20, sd, 0.01, seed);
        let found = calibrated(folder.path(), &names, &[]);
        let deviation = found["total"]["p50_latency_ms"]["deviation_pct"].as_f64().unwrap();
        // Twenty runs tell a standard deviation within a third, nearly always.
        assert!((deviation / 100.0 / sd - 1.0).abs() < 0.34, "{deviation} % at {sd}");
        let made = thresholds(&found);
        let present = policy::profile("default").unwrap();
        for (name, policy) in [("present", &present), ("new", &made)] {
            let size = |key: &str| found[name][key].as_f64().unwrap();
            let (predicted, planted) = (size("predicted_pct"), size("seen_pct"));
            assert!((predicted / planted - 1.0).abs() < 0.2, "{name}, sd {sd}: {predicted} against {planted}");
            // In fresh pairs of that noise as well.
            let (below, above) = (predicted / 1.2, predicted * 1.2);
            let (few, many) = (
                found_in(policy, deviation / 100.0, below, 9, 150),
                found_in(policy, deviation / 100.0, above, 9, 150),
            );
            assert!(few <= 0.8 && many >= 0.8, "{name}, sd {sd}: {few} at {below} %, {many} at {above} %");
        }
        let alarms = &found["new"]["false_alarms"];
        assert!(alarms["pairs"].as_u64().unwrap() >= 100, "{found:#}");
        assert!(alarms["failed"].as_u64().unwrap() <= 4, "{found:#}");
        let alone = &found["limits_alone"];
        let share = alone["beyond"].as_f64().unwrap() / alone["pairs"].as_f64().unwrap();
        assert!((share - above_limit).abs() < 0.12, "{share} at {sd}");
    }
}

#[test]
fn the_noise_that_is_made_is_the_noise_that_is_read() {
    let (folder, names) = repeats(13, 0.02, 0.0, 3);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let done = loaddiff(folder.path(), &[&["calibrate", "--output", "thresholds.toml"], &names[..]].concat());
    assert_eq!(done.status.code(), Some(0), "{}", err(&done));
    let said = out(&done);
    assert!(said.contains("13 runs, 2 endpoints") && said.contains("with --history"), "{said}");
    let text = std::fs::read_to_string(folder.path().join("thresholds.toml")).unwrap();
    let made = policy::parse("thresholds.toml", &text).unwrap();
    let Noise::Percent(noise) = made.compare.noise else { panic!("{text}") };
    // t at 1 % with 12 degrees of freedom is 2.681 (tables); the limit of the total's p50 is 2.5 %.
    let logs: Vec<f64> = names
        .iter()
        .map(|name| {
            let run = support::run_from(&std::fs::read_to_string(folder.path().join(name)).unwrap());
            libm::log(run.total.unwrap().latency.distribution.quantile_ms(Percentile::P50).unwrap())
        })
        .collect();
    let mean = logs.iter().sum::<f64>() / 13.0;
    let sd = (logs.iter().map(|log| (log - mean) * (log - mean)).sum::<f64>() / 12.0).sqrt();
    let floor = ((2.681 * 2.0_f64.sqrt() * sd).exp() - 1.0) * 100.0;
    assert!((noise - (floor - 2.5)).abs() < 0.12, "{noise} for {floor}");
    // It is used as such.
    let used =
        loaddiff(folder.path(), &["compare", "--policy", "thresholds.toml", "--baseline", names[0], "--run", names[1]]);
    assert_eq!(used.status.code(), Some(0), "{}", err(&used));
}

#[test]
fn a_noisy_endpoint_has_its_own_limit() {
    let (folder, names) = repeats(15, 0.01, 0.12, 4);
    let found = calibrated(folder.path(), &names, &[]);
    let made = thresholds(&found);
    let limit = |name: &str, method: &str| {
        made.rule_for(None, Some(method), name, "p50_latency_ms").unwrap().fail.clone().unwrap()
    };
    assert_eq!(limit("/chat", "POST").limits[0].amount, 5.0);
    let batch = limit("/batch", "GET");
    assert!(batch.all && batch.limits[0].amount > 20.0 && batch.limits[1].text == "+1ms", "{batch:?}");
    assert!(found["new"]["false_alarms"]["failed"].as_u64() <= found["present"]["false_alarms"]["failed"].as_u64());
}

#[test]
fn a_thresholds_file_keeps_its_rules_and_comments() {
    let (folder, names) = repeats(8, 0.02, 0.0, 5);
    let before = "# Ours.\nschema = 1\n\n[compare] # as agreed\nnoise = \"30%\"\nmissing = \"warn\"\n\n[[rule]]\n\
                  service = \"*\"\nmetric = \"p50_latency_ms\"\nfail = { any = [\"+4%\"] } # agreed in May\n";
    std::fs::write(folder.path().join("ours.toml"), before).unwrap();
    let found = calibrated(folder.path(), &names, &["--policy", "ours.toml"]);
    let text = found["thresholds"].as_str().unwrap();
    assert!(text.contains("# agreed in May") && text.contains("missing = \"warn\"") && !text.contains("30%"), "{text}");
    let made = thresholds(&found);
    assert!(matches!(made.compare.noise, Noise::Percent(noise) if noise < 20.0));
    assert_eq!(
        made.rule_for(None, Some("POST"), "/chat", "p50_latency_ms").unwrap().fail.as_ref().unwrap().limits[0].amount,
        4.0
    );
}

#[test]
fn a_history_calibrates_by_its_last_good_level() {
    let (folder, names) = repeats(30, 0.02, 0.0, 6);
    let mut random = SplitMix64::new(7);
    for (day, name) in names.iter().enumerate() {
        // The first ten are of a slower program.
        if day < 10 {
            std::fs::write(folder.path().join(name), result(&mut random, 0.02, 0.0, 1.5)).unwrap();
        }
        let at = format!("2026-01-{:02}T02:00:00Z", day + 1);
        let added = loaddiff(folder.path(), &["history", "add", name, "--to", "h.jsonl", "--at", &at]);
        assert_eq!(added.status.code(), Some(0), "{}", err(&added));
    }
    let done = loaddiff(folder.path(), &["calibrate", "--history", "h.jsonl", "--format", "json"]);
    assert_eq!(done.status.code(), Some(0), "{}", err(&done));
    assert!(err(&done).contains("20 of 30 runs are at the last good level"), "{}", err(&done));
    let found: Value = serde_json::from_str(&out(&done)).unwrap();
    assert_eq!(found["runs"], 20);
    // The same as of the files of these runs.
    let of_files = calibrated(folder.path(), &names[10..], &[]);
    let deviation = |found: &Value| found["total"]["p50_latency_ms"]["deviation_pct"].as_f64().unwrap();
    assert!((deviation(&found) / deviation(&of_files) - 1.0).abs() < 0.01, "{found:#}");
}

#[test]
fn what_cannot_be_calibrated() {
    let (folder, names) = repeats(5, 0.02, 0.0, 8);
    let fails = |args: &[&str], said: &str| {
        let done = loaddiff(folder.path(), &[&["calibrate"], args].concat());
        assert_eq!(done.status.code(), Some(2), "{args:?}: {}", err(&done));
        assert!(err(&done).contains(said), "{args:?}: {}", err(&done));
    };
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    fails(&names[..4], "4 runs are too few: at least 5");
    std::fs::copy(folder.path().join(names[0]), folder.path().join("again.csv")).unwrap();
    fails(&[&names[..], &["again.csv"]].concat(), "again.csv: it is the same as run01_stats.csv");
    std::fs::write(folder.path().join("ours.json"), "{\"schema\": 1}").unwrap();
    fails(&[&names[..], &["--policy", "ours.json"]].concat(), "it is JSON");
    fails(&[&names[..], &["--output", names[0]]].concat(), "the output would replace an input");
    fails(&[], "<FILE>");
}
