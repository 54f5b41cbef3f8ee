//! Pairs of runs whose difference is known: what was changed is the folder's name, and what is right to say of it stands in
//! `expected.json` and in the READMEs. Each was once answered wrongly.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use std::path::{Path, PathBuf};

use loaddiff::compare::{self, Comparison};
use loaddiff::ingest::{self, Parts};
use loaddiff::policy;
use loaddiff::run::Run;
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

/// One case in every form that it has.
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

        /// No case is left out.
        #[test]
        fn every_case_is_asked() {
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
