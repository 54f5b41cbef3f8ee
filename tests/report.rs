//! Reports: their schema, their shape, and foreign text that stays text.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use loaddiff::compare::{self, Comparison};
use loaddiff::policy;
use loaddiff::report::{json, markdown};
use serde_json::Value;
use support::{Line, run_from, run_of, summary};

/// The same by limits alone.
fn by_limits() -> Comparison {
    let (base, slow) = support::locust_pair();
    compare::compare(base, slow, support::limits_alone())
}

fn locust() -> Comparison {
    let (base, slow) = support::locust_pair();
    compare::compare(base, slow, policy::profile("default").unwrap())
}

fn scripts(profile: &str) -> Comparison {
    let baseline = run_of(&["scripts/report-1/performance-baselines.json"]);
    let run = run_of(&["scripts/report-1/load-results.csv"]);
    compare::compare(baseline, run, policy::profile(profile).unwrap())
}

fn hostile(names: &[&str]) -> Comparison {
    let lines: Vec<Line> = names
        .iter()
        .map(|name| Line {
            method: "GET",
            name: (*name).into(),
            requests: 100,
            failures: 0,
            mean: 5.0,
            rate: 1.0,
            percentiles: [5.0, 5.0, 5.0, 5.0, 5.0],
        })
        .collect();
    let slower: Vec<Line> =
        lines.iter().cloned().map(|l| Line { percentiles: [9.0, 90.0, 95.0, 99.0, 99.0], ..l }).collect();
    compare::compare(run_from(&summary(&lines)), run_from(&summary(&slower)), policy::profile("default").unwrap())
}

#[test]
fn json_follows_the_published_schema() {
    let schema: Value =
        serde_json::from_str(&std::fs::read_to_string(support::project("docs/report.schema.json")).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for comparison in [locust(), scripts("default"), scripts("seed-v1"), hostile(&["<b>", "a|b"])] {
        let report: Value = serde_json::from_str(&json::render(&comparison, "2026-01-02T03:04:05Z")).unwrap();
        let errors: Vec<String> = validator.iter_errors(&report).map(|e| e.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}");
        // A schema that lets everything pass would prove nothing.
        let mut broken = report.clone();
        broken["rows"][0]["verdict"] = "FINE".into();
        assert!(!validator.is_valid(&broken));
    }
}

#[test]
fn json_holds_what_was_asked() {
    let report: Value = serde_json::from_str(&json::render(&by_limits(), "2026-01-02T03:04:05Z")).unwrap();
    assert_eq!((&report["verdict"], &report["gate"]), (&"CRITICAL".into(), &"fail".into()));
    let rows = report["rows"].as_array().unwrap();
    let row = rows.iter().find(|r| r["name"] == "/v1/chat" && r["metric"] == "p95_latency_ms").unwrap();
    assert_eq!((&row["method"], &row["service"]), (&"POST".into(), &Value::Null));
    assert_eq!(
        (row["baseline"].as_f64(), row["run"].as_f64(), row["change_abs"].as_f64()),
        (Some(430.0), Some(660.0), Some(230.0))
    );
    assert!((row["change_pct"].as_f64().unwrap() - 230.0 / 430.0 * 100.0).abs() < 1e-12);
    assert_eq!((&row["limit"], &row["verdict"]), (&"+20% and +10ms".into(), &"CRITICAL".into()));
    assert_eq!(row["target"].as_f64(), Some(516.0));
    let counts = &report["counts"];
    let sum: u64 = ["critical", "warning", "pass", "improved", "new", "missing", "no_data"]
        .iter()
        .map(|k| counts[k].as_u64().unwrap())
        .sum();
    assert_eq!(counts["total"].as_u64(), Some(sum));
    assert_eq!(rows.len() as u64, sum + counts["info"].as_u64().unwrap());
}

/// A table's row has its cells, whatever its names hold.
#[test]
fn foreign_text_stays_text_in_markdown() {
    let names = [
        "/plain_name_here",
        "<img src=x onerror=alert(1)>",
        "a|b",
        "`; rm -rf /`",
        "back\\|slash",
        "first\nsecond",
        "[link](javascript:alert(1))",
        "**bold** _em_ ~~no~~ # h @user",
        "</details><script>alert(1)</script>",
        "\u{202e}evil",
    ];
    let markdown = markdown::render(&hostile(&names));
    for line in markdown.lines() {
        let outside_code: String = line.split('`').step_by(2).collect();
        for tag in ["<img", "<script", "</script", "javascript:alert(1))"] {
            assert!(!outside_code.contains(tag), "{line}");
        }
        // `<details>`, `<summary>` and `<code>` are the only elements, and ours.
        for (at, _) in outside_code.match_indices('<') {
            let rest = &outside_code[at..];
            let ours = ["<details>", "</details>", "<summary>", "</summary>", "<code>", "</code>"];
            assert!(ours.iter().any(|tag| rest.starts_with(tag)), "{line}");
        }
    }
    let table: Vec<&str> = markdown.lines().filter(|l| l.starts_with("| ") && l.contains(" p95 ")).collect();
    // One of each name, the total among the failures and in the headline table.
    assert_eq!(table.len(), names.len() + 2);
    let table = table.into_iter().filter(|row| !row.starts_with("| p95"));
    for row in table {
        assert_eq!(row.matches('|').count(), 8, "{row}");
    }
    assert!(markdown.contains("`GET /plain_name_here`"));
}

/// The seed's shape is as safe.
#[test]
fn foreign_text_stays_text_in_the_scripts_shape() {
    let run = |rate: f64| run_from(&format!("{{\"api|<b>`x`\": {{\"error_rate_pct\": {rate}, \"rps\": 5}}}}"));
    let c = compare::compare(run(0.1), run(5.0), policy::profile("seed-v1").unwrap());
    let markdown = markdown::render(&c);
    assert!(!markdown.contains("<b>") && markdown.contains("api"), "{markdown}");
}

#[test]
fn the_fuller_report_names_everything_that_matters() {
    let markdown = markdown::render(&by_limits());
    for text in [
        "# ▲ REGRESSED: slow against base",
        "`POST /v1/chat` p95 rose from 430 ms to **660 ms**: **+53.5 %**",
        "## ▲ Failures (2)",
        "## △ Warnings (2)",
        "## ▼ Improved (1)",
        "✓ Passed (22)",
        "9 rows = 8 endpoints + 1 total",
        "Percentiles are rounded to two digits by Locust",
        "- **Gate**: fail",
    ] {
        assert!(markdown.contains(text), "{text} is not in\n{markdown}");
    }
}
