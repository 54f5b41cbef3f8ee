//! Pairs of runs with a known difference: the folder's name states the change, `expected.json` and the READMEs the
//! correct result. Each was once judged wrongly.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use std::path::{Path, PathBuf};

use loaddiff::compare::{self, Comparison};
use loaddiff::ingest::{self, Parts};
use loaddiff::run::{Metric, Percentile, Run};
use loaddiff::{policy, report};
use serde_json::Value;

fn folder(of: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(of)
}

fn run(folder: &Path, files: &[String]) -> Run {
    let parts = files.iter().map(|name| {
        let bytes = std::fs::read(folder.join(name)).unwrap();
        ingest::read(name, &bytes).unwrap()
    });
    ingest::assemble(parts.collect(), Parts::Merge).unwrap()
}

fn compared(folder: &Path, baseline: &[String], of: &[String]) -> Comparison {
    compare::compare(run(folder, baseline), run(folder, of), policy::profile("default").unwrap())
}

/// One case in all of its formats.
fn verdicts(case: &str) {
    let all: Value = serde_json::from_slice(&std::fs::read(folder("verdicts/expected.json")).unwrap()).unwrap();
    let expected = &all[case];
    let folder = folder("verdicts").join(case);
    let forms: [(&str, &[&str]); 3] =
        [("raw", &[".jtl.gz"]), ("table", &["_stats.csv"]), ("history", &["_stats.csv", "_stats_history.csv"])];
    let mut wrong = Vec::new();
    let mut judged = 0;
    for (form, ends) in forms {
        let files = |side: &str| ends.iter().map(|end| format!("{side}{end}")).collect::<Vec<_>>();
        if !files("baseline").iter().all(|name| folder.join(name).exists()) {
            continue;
        }
        judged += 1;
        let comparison = compared(&folder, &files("baseline"), &files("run"));
        let wanted = if expected[form].is_null() { &expected["all"] } else { &expected[form] };
        let (word, gate) = (comparison.word.code(), comparison.gate.as_str());
        let words: Vec<&str> = wanted["words"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        let gate_is_right = match wanted["gate"].as_str().unwrap() {
            "any" => true,
            "any-but-fail" => gate != "fail",
            wanted => gate == wanted,
        };
        if !words.contains(&word) || !gate_is_right {
            wrong.push(format!("{form}: {word}, gate {gate}; wanted {wanted}"));
        }
    }
    assert!(judged > 0, "{case} has no files");
    assert!(wrong.is_empty(), "{case}:\n  {}", wrong.join("\n  "));
}

macro_rules! verdict_cases {
    ($($name:ident = $case:literal,)+) => {
        $(
            #[test]
            fn $name() {
                verdicts($case);
            }
        )+

        /// All cases are tested.
        #[test]
        fn every_case_is_tested() {
            let asked = [$($case),+];
            let found = std::fs::read_dir(folder("verdicts")).unwrap().map(|entry| entry.unwrap());
            for entry in found.filter(|entry| entry.path().is_dir()) {
                let name = entry.file_name().into_string().unwrap();
                assert!(asked.contains(&name.as_str()), "{name} is not asked");
            }
        }
    };
}

verdict_cases! {
    fourteen_of_150_requests_fail = "14-of-150-requests-fail",
    fifty_one_users_for_fifty = "51-users-for-50-ten-times-slower",
    an_endpoint_fails_91_of_91 = "endpoint-fails-91-of-91",
    everything_faster_by_a_fifth = "everything-20-percent-faster",
    fast_failures_repaired = "fast-failures-repaired",
    fewer_arrivals_at_the_same_latency = "fewer-arrivals-same-latency",
    labels_with_ids = "labels-with-ids-unchanged",
    a_leak = "leak-grows-to-ten-times",
    one_outage = "one-outage-of-1000-requests",
    only_the_mix_moved = "only-the-mix-moved",
    stairs_of_users = "stairs-of-users-plus-20",
    slower_after_sixty_percent = "three-times-slower-after-60-percent",
    twenty_seconds = "twenty-seconds-ten-times-slower-half-fail",
    a_clock_of_10_ms = "unchanged-clock-of-10-ms",
    two_peaks_at_the_median = "unchanged-two-peaks-at-the-median",
    warm_up_on_both_sides = "warmup-on-both-sides-plus-20",
}

/// A pair of a field case, from files of its folder.
fn field(case: &str, baseline: &str, of: &str) -> Comparison {
    compared(&folder("field").join(case), &[baseline.to_owned()], &[of.to_owned()])
}

fn says(comparison: &Comparison) -> (&'static str, &'static str) {
    (comparison.word.code(), comparison.gate.as_str())
}

/// The headline names what fails the gate, next to other regressions.
#[test]
fn the_headline_names_what_failed_the_gate() {
    let comparison = field("exit1-without-a-reason", "base.jtl", "run.jtl");
    assert_eq!(comparison.gate.as_str(), "fail");
    let headline = report::headline::plain(&comparison);
    assert!(headline.contains("/c is missing"), "{headline}");
}

/// Every report for people shows increased causes of failures.
#[test]
fn failures_are_in_every_report() {
    let comparison = field("failures-not-in-markdown", "base.jtl", "run.jtl");
    assert_eq!(says(&comparison), ("regressed", "fail"));
    for text in [
        report::markdown::render(&comparison),
        report::review::render(&comparison, None),
        report::json::render(&comparison, "2026-11-29T00:00:00Z"),
    ] {
        assert!(text.contains("Service Unavailable"), "{text}");
    }
}

/// −94 % is an improvement, for any ratio of sizes.
#[test]
fn a_large_improvement_is_not_noise() {
    for (baseline, run) in [
        ("base_stats.csv", "run_stats.csv"),
        ("base30k_stats.csv", "run_stats.csv"),
        ("short_base.jtl", "short_run.jtl"),
    ] {
        assert_eq!(says(&field("improved-called-noise", baseline, run)), ("improved", "pass"), "{baseline}");
    }
}

/// JMeter's dashboard shows p95 139.5 ms and p99 400 ms for the same samples.
#[test]
fn percentiles_equal_jmeters() {
    let run = run(&folder("field/jmeter-percentiles"), &["results.jtl".into()]);
    let total = run.total.unwrap();
    let percentile = |p| total.latency.distribution.quantile_ms(p).unwrap();
    assert!((percentile(Percentile::P95) - 139.5).abs() < 1e-9);
    assert!((percentile(Percentile::P99) - 400.0).abs() < 1e-9);
}

/// VUs of an arrival-rate executor follow from latency: they are not a load setting.
#[test]
fn users_of_an_arrival_rate_are_not_a_load() {
    assert_eq!(says(&field("k6-arrival-rate-users", "base.json.gz", "slow2x.json.gz")), ("regressed", "fail"));
}

/// A million requests in a table: unchanged, 40 % slower, twice as fast.
#[test]
fn a_table_of_many_requests_has_narrow_intervals() {
    let against = |run| field("locust-table-never-settles", "base_stats.csv", run);
    assert_eq!(says(&against("run_stats.csv")), ("no_regression_found", "pass"));
    assert_eq!(says(&against("run40pct_stats.csv")), ("regressed", "fail"));
    assert_eq!(says(&against("runfaster_stats.csv")), ("improved", "pass"));
    // A "95 % interval −92.1 to +1,170 %" for the median of a million requests is implausible.
    let unchanged = against("run_stats.csv");
    let median = unchanged.total().unwrap().row(&Metric::Latency(Percentile::P50)).unwrap();
    let interval = median.evidence.as_ref().unwrap().interval;
    assert!(interval.lower.unwrap() > -20.0 && interval.upper.unwrap() < 25.0, "{interval:?}");
}

/// A promoted baseline is judged like its files.
#[test]
fn a_promoted_baseline_judges_the_same() {
    let folder = folder("field/own-baseline-json");
    let original = run(&folder, &["base.jtl".into()]);
    let default = || policy::profile("default").unwrap();
    let text = report::metrics::baseline(&original, &default()).text;
    let promoted = || {
        let part = ingest::read("performance-baselines.json", text.as_bytes()).unwrap();
        ingest::assemble(vec![part], Parts::Merge).unwrap()
    };
    for (name, wanted) in [
        ("slow3x.jtl", ("regressed", "fail")),
        ("fails.jtl", ("regressed", "fail")),
        ("same.jtl", ("no_regression_found", "pass")),
    ] {
        let of = || run(&folder, &[name.into()]);
        let by_json = compare::compare(promoted(), of(), default());
        assert_eq!(says(&by_json), wanted, "{name}");
        let by_files = compare::compare(run(&folder, &["base.jtl".into()]), of(), default());
        assert_eq!(by_json.subjects, by_files.subjects, "{name}");
    }
}

/// Identical programs raise no alarm.
#[test]
fn identical_programs_raise_no_alarm() {
    let comparison = field("possibly-regressed-identical", "base.jtl", "run.jtl");
    assert_eq!(says(&comparison), ("no_regression_found", "pass"));
}

/// 99 and 100 observed threads are the same load.
#[test]
fn observed_threads_may_differ_slightly() {
    assert_eq!(says(&field("users-99-100", "base.jtl", "slow3x.jtl")), ("regressed", "fail"));
}

/// 10 and 20 users are not the same file: the reason is the users.
#[test]
fn not_comparable_names_its_reason() {
    let comparison = field("wrong-warning-same-file", "base.jtl", "run.jtl");
    assert_eq!(says(&comparison), ("not_comparable", "no_verdict"));
    let headline = report::headline::plain(&comparison);
    assert!(headline.contains("10 users") && headline.contains("20"), "{headline}");
    assert!(!headline.contains("same file"), "{headline}");
}
