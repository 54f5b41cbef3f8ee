//! A comparison as it leaves: no secret in any output for people elsewhere, and the same figures and verdicts.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use loaddiff::compare::{Comparison, Scope, compare};
use loaddiff::ingest::{self, Parts};
use loaddiff::link::{self, Options};
use loaddiff::mask::{Names, leaving};
use loaddiff::policy::{self, Policy};
use loaddiff::report::{html, markdown, review};
use loaddiff::run::{Failure, Note, Run};

const NAMES: [&str; 7] = [
    "/invite/ada@example.org",
    "/orders/10000001",
    "/orders/10000002",
    "/orders/10000003?token=s3cr3t&page=2",
    "/v1/chat",
    "http://shop.internal:8080/cart",
    "http://shop2.internal:8080/cart",
];

const SECRETS: [&str; 11] = [
    "ada",
    "10000001",
    "10000002",
    "10000003",
    "s3cr3t",
    "shop.internal",
    "shop2",
    "10.0.0.5",
    "hunter2",
    "payments-db",
    "4fab9c0d77",
];

fn csv(slow: &str) -> String {
    let mut text = String::from(
        "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min Response Time,Max Response \
         Time,Average Content Size,Requests/s,Failures/s,50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%\n",
    );
    for name in NAMES {
        let p = if name == slow { 300 } else { 100 };
        text += &format!("GET,{name},2000,0,{p},{p},{},{},10,20.0,0.0", p / 2, p * 2);
        for step in 0..11 {
            text += &format!(",{}", p + step * p / 10);
        }
        text += "\n";
    }
    text
}

fn run(name: &str, slow: &str) -> Run {
    let mut run = ingest::assemble(vec![ingest::read(name, csv(slow).as_bytes()).unwrap()], Parts::Refuse).unwrap();
    run.failures = vec![Failure {
        method: Some("GET".into()),
        name: NAMES[1].into(),
        message: "Connection refused: payments-db/10.0.0.5:5432, password=hunter2".into(),
        count: 3,
    }];
    run
}

fn compared(policy: Policy) -> Comparison {
    compare(run("base-4fab9c0d77_stats.csv", ""), run("ada@example.org_stats.csv", NAMES[5]), policy)
}

fn default() -> Policy {
    policy::profile("default").unwrap()
}

fn assert_silent(text: &str, whole: &Comparison) {
    for secret in SECRETS {
        assert!(!text.contains(secret), "{secret} in {}", text.lines().find(|l| l.contains(secret)).unwrap());
    }
    assert_eq!(whole.word.as_str(), "REGRESSED");
}

/// Everything about the rows of a comparison but their names, sorted.
fn figures(c: &Comparison) -> Vec<String> {
    let rows = c.subjects.iter().flat_map(|s| {
        s.rows.iter().map(move |r| {
            format!("{:?} {} {:?} {:?} {:?} {:?}", s.scope, r.metric, r.baseline, r.run, r.verdict, r.reason)
        })
    });
    let mut rows: Vec<String> = rows.collect();
    rows.sort();
    rows
}

#[test]
fn no_secret_leaves_and_no_figure_changes() {
    let given = compared(default());
    let leaving = leaving(&given, Names::Mask).unwrap();
    let told = leaving.of(&given);
    assert_eq!(figures(told), figures(&given));
    assert_eq!((told.word, told.gate, told.counts), (given.word, given.gate, given.counts));
    let report = html::render(told, "2026-01-01T00:00:00Z");
    let link = link::encode(&given, &Options::default()).unwrap();
    let opened = link::decode(&link.text).unwrap().judge();
    for text in [&report, &markdown::render(told), &review::render(told, None), &format!("{opened:?}")] {
        assert_silent(text, &given);
    }
    // A report with masked names is restored and verifies.
    let restored = html::restore("report.html", &report).unwrap();
    assert_eq!(restored.verified, html::Verification::Verified);
    assert_eq!(opened.word, given.word);
}

#[test]
fn different_names_stay_apart_on_both_sides() {
    let given = compared(default());
    let leaving = leaving(&given, Names::Mask).unwrap();
    let names = |run: &Run| run.endpoints.iter().map(|e| e.name.clone()).collect::<Vec<_>>();
    let told = leaving.of(&given);
    assert_eq!(names(&told.baseline), names(&told.run));
    assert_eq!(
        names(&told.run),
        [
            "/invite/…",
            "/orders/…",
            "/orders/… (2)",
            "/orders/…?token=…&page=…",
            "/v1/chat",
            "http://…:8080/cart",
            "http://…:8080/cart (2)",
        ]
    );
    let slow = told.subjects.iter().find(|s| s.name == "http://…:8080/cart").unwrap();
    assert_eq!(slow.verdict.as_str(), "regressed");
    // What was masked is not masked again.
    assert!(loaddiff::mask::leaving(told, Names::Mask).unwrap().comparison.is_none());
    assert!(leaving.masked() > 8);
    assert!(leaving.texts[0].is_masked() && !leaving.texts.last().unwrap().is_masked());
}

#[test]
fn kept_on_purpose_nothing_changes() {
    let given = compared(default());
    let kept = leaving(&given, Names::Keep).unwrap();
    assert!(kept.comparison.is_none() && kept.masked() == 0 && !kept.texts.is_empty());
    let link = link::encode(&given, &Options { names: Names::Keep, ..Options::default() }).unwrap();
    assert!(format!("{:?}", link::decode(&link.text).unwrap().run).contains("shop.internal"));
}

/// Patterns that tell a name, or would select others, become lists; the rest stays.
#[test]
fn thresholds_judge_as_before() {
    let text = "schema = 1\nprofile = \"default\"\n[[match]]\nservice = \"shop.internal\"\nname = [\"http://shop.internal*\"]\n\
                [[rule]]\nservice = \"*\"\nname = \"/orders/10000002\"\nmetric = \"mean_latency_ms\"\nfail = { any = [\"+1000%\"] }\n\
                [[rule]]\nservice = \"*\"\nname = \"/v1/*\"\nmetric = \"p95_latency_ms\"\nfail = { any = [\"+50%\"] }\n\
                [[ack]]\nservice = \"shop.internal\"\nmetric = \"mean_latency_ms\"\nreason = \"ada@example.org knows\"\n";
    let given = compared(policy::parse_bytes("10.0.0.5.toml", text.as_bytes()).unwrap());
    let leaving = leaving(&given, Names::Mask).unwrap();
    let told = leaving.of(&given);
    assert_eq!(figures(told), figures(&given));
    assert_silent(&format!("{told:?}"), &given);
    assert!(told.policy.rules.iter().any(|r| r.name.as_ref().is_some_and(|name| name.as_str() == "/v1/*")));
    assert!(told.subjects.iter().any(|s| s.service.as_deref() == Some("…") && s.scope == Scope::Endpoint));
    let link = link::encode(&given, &Options::default()).unwrap();
    assert_silent(&format!("{:?}", link::decode(&link.text).unwrap().judge()), &given);
}

#[test]
fn hashed_names_tell_nothing_either() {
    let given = compared(default());
    let leaving = leaving(&given, Names::Hash).unwrap();
    assert_silent(&format!("{:?}", leaving.of(&given)), &given);
    assert!(leaving.of(&given).run.endpoints.iter().all(|e| e.name.starts_with("endpoint-")));
}

#[test]
fn nothing_to_mask_costs_nothing() {
    let mut given = compared(default());
    for run in [&mut given.baseline, &mut given.run] {
        run.endpoints.retain(|e| e.name == "/v1/chat");
        run.failures.clear();
        run.notes.clear();
        run.source.files.clear();
        run.label = "base".into();
    }
    let given = compare(given.baseline, given.run, default());
    assert!(leaving(&given, Names::Mask).unwrap().comparison.is_none());
}

/// A note's text is foreign too.
#[test]
fn notes_are_masked() {
    let mut given = compared(default());
    let note =
        Note::told("x".into(), loaddiff::run::NoteLevel::Info, "asked http://shop.internal/x?token=s3cr3t".into());
    given.run.notes.push(note);
    let leaving = leaving(&given, Names::Mask).unwrap();
    assert_silent(&format!("{:?}", leaving.of(&given).run.notes), &given);
}

fn folder() -> (tempfile::TempDir, [PathBuf; 2]) {
    let folder = tempfile::tempdir().unwrap();
    let files = ["base.csv", "run.csv"].map(|name| folder.path().join(name));
    fs::write(&files[0], csv("")).unwrap();
    fs::write(&files[1], csv(NAMES[5])).unwrap();
    (folder, files)
}

fn said(args: &[&str], files: &[PathBuf; 2]) -> (String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_loaddiff")).args(args).args(files).output().unwrap();
    (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn the_command_line_masks_what_leaves() {
    let (_folder, files) = folder();
    for format in ["markdown", "review", "html", "github-annotations"] {
        let masked = said(&["report", "--format", format], &files).0;
        assert!(!masked.contains("shop.internal") && masked.contains('…'), "{format}: {masked}");
        let kept = said(&["report", "--keep-names", "--format", format], &files).0;
        // Markdown breaks addresses apart.
        assert!(kept.contains("shop") && kept.contains("internal"), "{format}: {kept}");
    }
    for format in ["json", "csv", "junit"] {
        assert!(said(&["report", "--format", format], &files).0.contains("shop.internal"), "{format}");
    }
    assert!(!said(&["compare"], &files).0.contains("internal"));
    assert!(said(&["compare", "--keep-names"], &files).0.contains("internal"));
    assert!(said(&["compare", "--format", "json"], &files).0.contains("shop.internal"));
    for command in ["issue", "comment"] {
        let more: &[&str] = if command == "comment" { &["--pull-request", "1"] } else { &[] };
        let args =
            [&[command, "--dry-run", "--repository", "a/b", "--base-url", "https://example.org/"], more].concat();
        let (masked, _) = said(&args, &files);
        assert!(!masked.contains("internal") && masked.contains("cart"), "{masked}");
        let (kept, _) = said(&[&args[..], &["--keep-names"]].concat(), &files);
        assert!(kept.contains("internal"), "{kept}");
    }
}

#[test]
fn the_command_line_shows_what_leaves() {
    let (_folder, files) = folder();
    let (link, masked) = said(&["link"], &files);
    assert!(masked.contains("endpoint: http://shop.internal:8080/cart → http://…:8080/cart\n"), "{masked}");
    let open = |link: &str, more: &[&str]| {
        let output =
            Command::new(env!("CARGO_BIN_EXE_loaddiff")).args(["link", "--decode", link.trim()]).args(more).output();
        String::from_utf8(output.unwrap().stdout).unwrap()
    };
    let inside = open(&link, &["--contents"]);
    assert!(inside.contains("endpoint: /orders/… (2)\n") && inside.contains("endpoint: /v1/chat\n"), "{inside}");
    let (kept, said) = said(&["link", "--keep-names"], &files);
    assert!(!said.contains("Masked"), "{said}");
    assert!(open(&kept, &["--contents"]).contains("endpoint: http://shop.internal:8080/cart\n"));
    // What is in a link has left: it is shown as it is.
    assert!(open(&kept, &["--format", "markdown"]).contains("internal"));
}
