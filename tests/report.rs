//! Reports: schema, layout, and escaping of foreign text.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use loaddiff::compare::{self, Comparison};
use loaddiff::policy;
use loaddiff::report::{band, headline, inspect, json, markdown, text};
use loaddiff::run::{Metric, Percentile};
use serde_json::Value;
use support::{Line, run_from, run_of, summary};

/// The same judged by limits alone.
fn by_limits() -> Comparison {
    let (base, slow) = support::locust_pair();
    compare::compare(base, slow, support::limits_alone())
}

fn locust() -> Comparison {
    let (base, slow) = support::locust_pair();
    compare::compare(base, slow, policy::profile("default").unwrap())
}

/// A progressive load.
fn stairs() -> Comparison {
    let (base, slow) = support::stairs_pair();
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
    compare::compare(run_from(&summary(&lines)), run_from(&summary(&slower)), support::limits_alone())
}

#[test]
fn json_follows_the_published_schema() {
    let schema: Value =
        serde_json::from_str(&std::fs::read_to_string(support::project("docs/report.schema.json")).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for comparison in [locust(), stairs(), scripts("default"), scripts("seed-v1"), hostile(&["<b>", "a|b"])] {
        let report: Value = serde_json::from_str(&json::render(&comparison, "2026-01-02T03:04:05Z")).unwrap();
        let errors: Vec<String> = validator.iter_errors(&report).map(|e| e.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}");
        // Check that the schema rejects something.
        let mut broken = report.clone();
        broken["rows"][0]["verdict"] = "FINE".into();
        assert!(!validator.is_valid(&broken));
    }
}

#[test]
fn json_contains_the_requested_values() {
    let report: Value = serde_json::from_str(&json::render(&by_limits(), "2026-01-02T03:04:05Z")).unwrap();
    assert_eq!((&report["word"], &report["gate"]), (&"critical".into(), &"fail".into()));
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
    let sum: u64 = ["critical", "warning", "pass", "improved", "new", "missing", "no_data", "too_few_requests"]
        .iter()
        .map(|k| counts[k].as_u64().unwrap())
        .sum();
    assert_eq!(counts["total"].as_u64(), Some(sum));
    assert_eq!(rows.len() as u64, sum + counts["info"].as_u64().unwrap());
}

/// A table row has its cells, for any names.
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
        // `<details>`, `<summary>` and `<code>` are the only elements, from the report itself.
        for (at, _) in outside_code.match_indices('<') {
            let rest = &outside_code[at..];
            let ours = ["<details>", "</details>", "<summary>", "</summary>", "<code>", "</code>"];
            assert!(ours.iter().any(|tag| rest.starts_with(tag)), "{line}");
        }
    }
    // One row per name.
    let table: Vec<&str> = markdown.lines().filter(|l| l.starts_with("| ▲ ")).collect();
    assert_eq!(table.len(), names.len());
    for row in table {
        assert_eq!(row.matches('|').count(), 7, "{row}");
    }
    assert!(markdown.contains("`GET /plain_name_here`"));
}

/// The scripts' layout is also safe.
#[test]
fn foreign_text_stays_text_in_the_scripts_shape() {
    let run = |rate: f64| run_from(&format!("{{\"api|<b>`x`\": {{\"error_rate_pct\": {rate}, \"rps\": 5}}}}"));
    let c = compare::compare(run(0.1), run(5.0), policy::profile("seed-v1").unwrap());
    let markdown = markdown::render(&c);
    assert!(!markdown.contains("<b>") && markdown.contains("api"), "{markdown}");
}

#[test]
fn the_report_is_read_from_top_to_bottom() {
    let markdown = markdown::render(&by_limits());
    let order = [
        "## ▲ Critical: slow against base",
        "`POST /v1/chat` p95 rose from 430 ms to **660 ms**, **+53 %** (limit 20 % and 10 ms).",
        "| All requests | base | slow | Change | |",
        "| p95 | ",
        "| Worse | | base | slow | Change | Why |",
        "| ▲ `POST /v1/chat` | p95",
        "<details><summary>",
        " results of ",
        "<details><summary>Runs, checks, notes: ",
        "9 rows = 8 endpoints + 1 total",
        "Locust rounds percentiles to two digits",
        "Gate: **fail** (2 results beyond their limits)",
    ];
    let places: Vec<usize> =
        order.iter().map(|t| markdown.find(t).unwrap_or_else(|| panic!("no {t} in\n{markdown}"))).collect();
    assert!(places.is_sorted(), "{places:?}\n{markdown}");
}

/// The text outside of `<details>`.
fn visible(markdown: &str) -> Vec<&str> {
    let mut folded = false;
    let shown = markdown.lines().filter(|line| {
        let opens = line.starts_with("<details>");
        folded |= opens;
        let shown = !folded || opens;
        if line.starts_with("</details>") {
            folded = false;
        }
        shown
    });
    shown.collect()
}

fn many(endpoints: usize, policy: loaddiff::policy::Policy) -> Comparison {
    let line = |i: usize, factor: f64| Line {
        method: "GET",
        name: format!("/v1/things/{i}/of/a/rather/long/path"),
        requests: 20 + 37 * (i as u64 % 60),
        failures: i as u64 % 5,
        mean: 50.0 * factor,
        rate: 1.0,
        percentiles: [40.0, 60.0, 90.0, 120.0, 150.0].map(|p| p * factor),
    };
    let lines: Vec<Line> = (0..endpoints).map(|i| line(i, 1.0)).collect();
    // Some slower, some faster, some unchanged.
    let others: Vec<Line> = (0..endpoints).map(|i| line(i, [1.0, 3.0, 0.3, 1.1, 1.02][i % 5])).collect();
    compare::compare(run_from(&summary(&lines)), run_from(&summary(&others)), policy)
}

/// Short enough for ten seconds: fifty endpoints in sixty lines, without repeated sentences.
#[test]
fn fifty_endpoints_are_sixty_lines() {
    for policy in [policy::profile("default").unwrap(), support::limits_alone()] {
        let comparison = many(50, policy);
        for text in [markdown::render(&comparison), loaddiff::report::review::render(&comparison, None)] {
            let lines = visible(&text);
            assert!(lines.len() <= 60, "{} lines\n{text}", lines.len());
            let mut sentences: Vec<&str> = lines.iter().copied().filter(|l| l.ends_with('.')).collect();
            let all = sentences.len();
            sentences.sort_unstable();
            sentences.dedup();
            assert_eq!(sentences.len(), all, "{text}");
        }
    }
}

#[test]
fn six_thousand_names_are_64_kilobytes() {
    for policy in [policy::profile("default").unwrap(), support::limits_alone()] {
        let text = markdown::render(&many(6_000, policy));
        assert!(text.len() <= 64_000, "{}", text.len());
        assert!(visible(&text).len() <= 60);
        assert!(text.lines().last().unwrap().starts_with("Gate: "), "{text}");
    }
}

/// Retired words are not used next to figures, and no entities on a terminal.
#[test]
fn plain_words_in_plain_text() {
    for comparison in [
        locust(),
        by_limits(),
        scripts("default"),
        many(50, policy::profile("default").unwrap()),
        hostile(&["<b>&", "46.5 ms"]),
    ] {
        let text = loaddiff::report::text::render(&comparison);
        for markup in ["&#", "&amp;", "<details", "**", "`"] {
            assert!(!text.contains(markup), "{markup} in\n{text}");
        }
        assert!(text.lines().count() <= 60, "{text}");
        for said in [text, markdown::render(&comparison)] {
            for word in ["noise", "not significant", "the same as"] {
                assert!(!said.to_lowercase().contains(word), "{word} in\n{said}");
            }
        }
    }
}

/// A reason has at most twelve words.
#[test]
fn reasons_are_short() {
    for comparison in [locust(), by_limits(), many(50, policy::profile("default").unwrap())] {
        for line in loaddiff::report::brief::worse(&comparison) {
            assert!(line.why.split_whitespace().count() <= 12, "{}", line.why);
        }
    }
}

/// Names of 100 kB are cut in displays, and whole in data formats.
#[test]
fn long_names_are_cut_in_displays() {
    let long: Vec<String> = (0..30).map(|i| format!("/{}/{i}", "x".repeat(100_000))).collect();
    let side = |p95: f64| {
        let lines = long.iter().map(|name| Line {
            method: "GET",
            name: name.clone(),
            requests: 1000,
            failures: 0,
            mean: p95 / 2.0,
            rate: 10.0,
            percentiles: [p95 / 2.0, p95 * 0.9, p95, p95 * 1.1, p95 * 1.5],
        });
        run_from(&summary(&lines.collect::<Vec<_>>()))
    };
    let c = compare::compare(side(100.0), side(200.0), policy::profile("default").unwrap());
    let sentence = headline::plain(&c);
    for shown in [sentence, text::render(&c), markdown::render(&c), inspect::text(&c.run)] {
        assert!(shown.contains("xxx…") && shown.len() < 64_000, "{}", shown.len());
    }
    let whole = json::render(&c, "2026-01-02T03:04:05Z");
    assert!(long.iter().all(|name| whole.contains(name)));
}

#[test]
fn what_is_beyond_its_limit_and_not_sure_is_named() {
    let of = |pair: &str, policy: &policy::Policy| {
        let file = if pair.starts_with("k6") { ".csv.gz" } else { "_stats.csv" };
        let side = |side: &str| run_of(&[&format!("pairs/{pair}/{side}{file}")]);
        compare::compare(side("base"), side("run"), policy.clone())
    };
    let default = policy::profile("default").unwrap();
    // What was slowed is in tests/fixtures/pairs/manifest.json.
    let tail = of("k6-query-tail", &default);
    assert_eq!(tail.word, compare::Word::NoRegressionFound);
    let said = headline::plain(&tail);
    assert!(said.starts_with("POST /query mean rose from 103 ms to 143 ms"), "{said}");
    assert!(said.contains("Beyond the limit, but not sure."), "{said}");
    // The row names the same figure, and stands first.
    let (_, first) = tail.endpoints_by_severity().next().unwrap();
    assert_eq!((first.name.as_str(), first.worst_row().unwrap().1.metric.title()), ("/query", "mean".to_owned()));
    assert_eq!(band::first_metric(&tail, Percentile::P95), Metric::Mean);
    assert!(headline::plain(&of("locust-all-20", &default)).contains("Beyond the limit, but not sure."));
    for pair in ["k6-same-1", "k6-same-2", "k6-same-3", "k6-same-4", "k6-same-5", "locust-same-1", "locust-same-2"] {
        let same = headline::plain(&of(pair, &default));
        assert!(!same.contains("Beyond the limit"), "{pair}: {same}");
    }
    // A gate that measured figures fail says which.
    let point = policy::Policy {
        compare: policy::CompareSettings { gate: policy::Gate::Point, ..default.compare.clone() },
        ..default.clone()
    };
    let failed = of("k6-same-1", &point);
    assert_eq!((failed.word, failed.gate), (compare::Word::NoRegressionFound, compare::Gate::Fail));
    let said = headline::plain(&failed);
    assert!(said.contains("Beyond the limit as measured, which fails the gate."), "{said}");
    assert!(said.contains(" rose from "), "{said}");
}

#[test]
fn an_endpoint_that_rises_from_0_ms_is_named() {
    let log = |cached: u64| {
        let mut lines = "timeStamp,elapsed,label,responseCode,success\n".to_owned();
        for i in 0..4_000_u64 {
            let (label, ms) =
                if i % 10 == 0 { ("cached", cached + cached * (i % 7) / 20) } else { ("db", 50 + i * 7 % 100) };
            lines += &format!("{},{ms},{label},200,true\n", 1_700_000_000_000 + i * 10);
        }
        run_from(&lines)
    };
    let c = compare::compare(log(0), log(40), policy::profile("default").unwrap());
    let said = headline::plain(&c);
    assert!(said.starts_with("cached ") && said.contains(" rose from 0 ms to "), "{said}");
    let cached = c.subjects.iter().find(|s| s.name == "cached").unwrap();
    let (_, row) = cached.worst_row().unwrap();
    assert_eq!(loaddiff::report::words::reason(row), "From a baseline of 0 there is no percentage to judge.");
    // The same from 0 to 0 is nothing.
    let same = compare::compare(log(0), log(0), policy::profile("default").unwrap());
    assert!(!headline::plain(&same).contains("Beyond"), "{}", headline::plain(&same));
}
