//! A baseline of one tool and a run of another: recorded with both against the same server (`tests/fixtures/pairs`).
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::io::Read as _;
use std::path::Path;

use loaddiff::compare::comparable::State;
use loaddiff::compare::{Comparison, PairNote, Scope, Verdict, Word, compare, id_matches};
use loaddiff::ingest::{Parts, assemble, read};
use loaddiff::policy::{Adjustments, OtherToolIs, Policy, parse, profile};
use loaddiff::run::{Metric, Run};

fn fixture(path: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/pairs").join(path)).unwrap()
}

fn run(name: &str, bytes: &[u8]) -> Run {
    assemble(vec![read(name, bytes).unwrap()], Parts::Refuse).unwrap()
}

fn locust() -> Run {
    run("base.json", &fixture("locust-same-1/base.json"))
}

/// k6's recording, with its names unchanged or edited.
fn k6(path: &str, edit: impl Fn(&str) -> String) -> Run {
    let mut text = String::new();
    flate2::read::GzDecoder::new(fixture(path).as_slice()).read_to_string(&mut text).unwrap();
    run("run.csv", edit(&text).as_bytes())
}

fn defaults() -> Policy {
    profile("default").unwrap()
}

fn times(comparison: &Comparison) -> impl Iterator<Item = Verdict> {
    let rows = comparison.subjects.iter().flat_map(|subject| &subject.rows);
    rows.filter(|row| matches!(row.metric, Metric::Mean | Metric::Latency(_))).map(|row| row.verdict)
}

/// The server was 40 % slower for k6: found, but not confirmed.
#[test]
fn other_tools_are_judged_but_not_confirmed() {
    let slow = || k6("k6-all-40/run.csv.gz", str::to_owned);
    let comparison = compare(locust(), slow(), defaults());
    assert_eq!(comparison.comparability.state, State::Warn);
    assert!(comparison.comparability.reasons.iter().any(|reason| reason.code() == "tools-differ" && !reason.required));
    assert_eq!(comparison.word, Word::ProbablyRegressed, "{:?}", comparison.counts);
    assert!(times(&comparison).all(|verdict| !matches!(verdict, Verdict::Regressed | Verdict::Improved)));
    assert!(times(&comparison).filter(|verdict| *verdict == Verdict::ProbablyRegressed).count() > 5);
    let text = comparison.comparability.reasons.iter().find(|r| r.code() == "tools-differ").unwrap().text();
    assert!(text.contains("other_tool = \"accept\""), "{text}");

    let accepting = parse("t.toml", "profile = \"default\"\n[compare]\nother_tool = \"accept\"").unwrap();
    assert_eq!(accepting.compare.other_tool, OtherToolIs::Accept);
    let comparison = compare(locust(), slow(), accepting);
    assert_eq!(comparison.word, Word::Regressed);
    let told = |c: &Comparison| c.comparability.reasons.iter().find(|r| r.code() == "tools-differ").unwrap().text();
    assert!(told(&comparison).ends_with("failures and percentiles differently."), "{}", told(&comparison));
    let by_limits = compare(locust(), slow(), profile("seed-v1").unwrap());
    assert!(!told(&by_limits).contains("probably"), "{}", told(&by_limits));

    let strict = parse("t.toml", "profile = \"default\"\n[compare]\nrequire_same = [\"tool\"]").unwrap();
    assert_eq!(compare(locust(), slow(), strict).comparability.state, State::NotComparable);
}

/// k6 names an endpoint by its URL if a script names none: the paths match.
#[test]
fn urls_and_paths_are_matched() {
    let plain = compare(locust(), k6("k6-same-1/run.csv.gz", str::to_owned), defaults());
    let urls = |text: &str| {
        let edited = text.replace(",/", ",http://127.0.0.1:8080/").replace("/users/[id]", "/users/:id?fields=all");
        assert_ne!(edited, text);
        edited
    };
    let comparison = compare(locust(), k6("k6-same-1/run.csv.gz", urls), defaults());
    let both = |c: &Comparison| {
        c.subjects.iter().filter(|s| s.scope == Scope::Endpoint && s.baseline.is_some() && s.run.is_some()).count()
    };
    assert_eq!((both(&comparison), both(&plain)), (8, 8));
    let verdicts = |c: &Comparison| {
        let mut all: Vec<_> = c.subjects.iter().map(|s| s.verdict).collect();
        all.sort_by_key(|verdict| format!("{verdict:?}"));
        all
    };
    assert_eq!(verdicts(&comparison), verdicts(&plain));
    let note = comparison.baseline.notes.iter().find(|note| note.code() == "matched-by-path").unwrap();
    assert!(note.text().starts_with("8 endpoints are named differently in the two files and were matched by path"));
    assert!(comparison.subjects.iter().any(|s| s.name == "http://127.0.0.1:8080/users/:id?fields=all"));
}

/// A match of the thresholds file takes precedence.
#[test]
fn matches_of_the_file_take_precedence() {
    let urls = |text: &str| text.replace(",/", ",http://127.0.0.1:8080/");
    let text = "profile = \"default\"\n[[match]]\nservice = \"users\"\nname = [\"/users/*\", \"http://*/users/*\"]\n\
                aggregate = \"pooled-counts\"";
    let comparison = compare(locust(), k6("k6-same-1/run.csv.gz", urls), parse("t.toml", text).unwrap());
    let users = comparison.subjects.iter().find(|s| s.service.as_deref() == Some("users")).unwrap();
    assert!(users.baseline.is_some() && users.run.is_some());
    let note = comparison.baseline.notes.iter().find(|note| note.code() == "matched-by-path").unwrap();
    assert!(note.text().starts_with("6 endpoints"), "{}", note.text());
}

/// Ids in names lead to a proposal, which `--group-ids` accepts.
#[test]
fn ids_are_grouped_on_request() {
    let log = |slower: u64| {
        let rows = (0..3000_u64).map(|i| {
            let ms = 40 + i * 7 % 23 + slower;
            format!("{},{ms},/users/{},200,true\n", 1_700_000_000_000 + i * 20, i % 300)
        });
        let text = format!("timeStamp,elapsed,label,responseCode,success\n{}", rows.collect::<String>());
        run("results.jtl", text.as_bytes())
    };
    let before = compare(log(0), log(20), defaults());
    assert!(before.notes.iter().any(|note| matches!(note, PairNote::LabelsCarryIds { labels: 300, .. })));
    let matches = id_matches(&before.baseline, &before.run, &before.policy);
    assert_eq!(matches.len(), 1);
    let policy = defaults().adjusted(&Adjustments { matches, ..Adjustments::default() });
    let after = compare(log(0), log(20), policy.clone());
    let rows: Vec<_> = after.subjects.iter().map(|s| (s.scope, s.name.as_str(), s.verdict)).collect();
    assert!(rows.contains(&(Scope::Service, "/users/*", Verdict::Regressed)), "{rows:?}");
    assert!(!rows.iter().any(|(scope, ..)| *scope == Scope::Endpoint), "{rows:?}");
    assert!(id_matches(&after.baseline, &after.run, &policy).is_empty());
}
