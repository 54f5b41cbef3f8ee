//! Stages of a progressive load: real ramps of Locust against figures that SciPy and Python's `csv` found, and stairs in the
//! layouts of other tools.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::process::Command;

use loaddiff::chart::{self, ByUsers, Size};
use loaddiff::compare::{Comparison, Held, Stages, compare, judge_again};
use loaddiff::ingest::{self, Parts};
use loaddiff::policy;
use loaddiff::report::{html, json, markdown, text};
use loaddiff::run::Run;
use serde_json::Value;
use support::fixture;

fn stairs(name: &str) -> Run {
    let (base, slow) = support::stairs_pair();
    if name == "stairs" { base } else { slow }
}

fn ramps() -> Comparison {
    compare(stairs("stairs"), stairs("stairs-slow"), policy::Policy::default())
}

fn stages(c: &Comparison) -> &Stages {
    c.stages.as_deref().unwrap()
}

fn close(value: f64, expected: f64, tolerance: f64) {
    assert!((value - expected).abs() <= tolerance * expected.abs(), "{value}, expected {expected}");
}

/// `tests/fixtures/locust/stages.py` found the same levels in the history, and SciPy the same curve.
#[test]
fn a_ramp_of_locust_against_scipy() {
    let expected: Value =
        serde_json::from_str(&std::fs::read_to_string(fixture("locust/stages.expected.json")).unwrap()).unwrap();
    let c = ramps();
    let found = stages(&c);
    for (name, side, is_run) in [("stairs", &found.baseline, false), ("stairs-slow", &found.run, true)] {
        let expected = &expected[name];
        let levels = expected["levels"].as_array().unwrap();
        assert_eq!((side.stages, found.levels.len(), levels.len()), (4, 4, 4));
        for (level, expected) in found.levels.iter().zip(levels) {
            let stage = if is_run { level.run.as_ref() } else { level.baseline.as_ref() }.unwrap();
            let whole = |key: &str| expected[key].as_u64().unwrap();
            assert_eq!(stage.users, whole("users"));
            assert_eq!(
                (stage.requests, stage.failures, stage.seconds),
                (whole("requests"), whole("failures"), whole("seconds"))
            );
            close(stage.per_s(), expected["per_s"].as_f64().unwrap(), 1e-12);
            close(stage.mean_ms.unwrap(), expected["mean_ms"].as_f64().unwrap(), 1e-9);
            assert!(stage.percentiles.unwrap().windows);
        }
        let curve = side.curve.unwrap();
        let number = |key: &str| expected[key].as_f64().unwrap();
        for (value, key) in [(curve.law.lambda, "lambda"), (curve.law.sigma, "sigma"), (curve.law.kappa, "kappa")] {
            close(value, number(key), 1e-4);
        }
        close(curve.knee.unwrap(), number("knee"), 1e-4);
        let between = curve.knee_between.interval().unwrap();
        assert!(between.lower < number("knee") && number("knee") < between.upper, "{between:?}");
        assert!(!curve.is_beyond);
    }
}

/// The serial part of each request grew from 8 to 12 ms: beyond 10 users it is the bottleneck.
#[test]
fn each_level_has_its_change() {
    let c = ramps();
    let changes: Vec<(u64, f64, f64)> =
        stages(&c).levels.iter().map(|l| (l.users, l.per_s.unwrap().pct, l.mean.unwrap().pct)).collect();
    // By hand from stages.expected.json.
    for ((users, per_s, mean), expected) in changes.into_iter().zip([
        (10, -3.291, 3.376),
        (20, -27.680, 38.262),
        (40, -28.782, 40.605),
        (80, -21.116, 26.489),
    ]) {
        assert_eq!(users, expected.0);
        close(per_s, expected.1, 1e-3);
        close(mean, expected.2, 1e-3);
    }
    let at_20 = stages(&c).levels[1].mean.unwrap();
    let between = at_20.between.unwrap();
    assert!(between.lower > 30.0 && between.upper < 50.0, "{between:?}");
}

#[test]
fn a_run_holds_to_a_level() {
    let c = ramps();
    // 434 ms is twice the mean at 10 users: 40 users take 464 and 652 ms.
    let held = |users, surely, not| Held { users, surely, not, levels: Some((10, 80)) };
    assert_eq!(stages(&c).baseline.held, held(Some(20), Some(20), Some(40)));
    assert_eq!(stages(&c).run.held, held(Some(20), Some(20), Some(40)));
    close(stages(&c).limits.mean_ms.unwrap(), 434.147, 1e-4);

    // The thresholds' limits, also where they change on the page.
    let limited = |max: &str| {
        let text = format!("[[rule]]\nservice = \"*\"\nmetric = \"avg_latency_ms\"\nmax = \"{max}\"\n");
        policy::parse("thresholds.toml", &text).unwrap()
    };
    for c in [compare(stairs("stairs"), stairs("stairs-slow"), limited("300ms")), judge_again(c, limited("300ms"))] {
        assert_eq!((stages(&c).baseline.held.users, stages(&c).run.held.users), (Some(20), Some(10)));
        assert_eq!(stages(&c).limits.mean_from, None);
    }
    let strict = compare(stairs("stairs"), stairs("stairs-slow"), limited("100ms"));
    assert_eq!(stages(&strict).run.held, held(None, None, Some(10)));
    let lax = compare(stairs("stairs"), stairs("stairs-slow"), limited("10s"));
    assert_eq!(stages(&lax).run.held, held(Some(80), Some(80), None));
}

/// The verdict is the same with and without a number of users in the timeline.
#[test]
fn stages_do_not_judge() {
    let without = |name: &str| {
        let mut run = stairs(name);
        let timelines = run.timeline.iter_mut().chain(run.total.iter_mut().filter_map(|t| t.timeline.as_mut()));
        timelines.for_each(|t| t.intervals.iter_mut().for_each(|i| i.users = None));
        run
    };
    let mut policy = policy::Policy::default();
    policy.compare.warmup.mode = policy::WarmupMode::None;
    let with = compare(stairs("stairs"), stairs("stairs-slow"), policy.clone());
    let plain = compare(without("stairs"), without("stairs-slow"), policy);
    assert!(with.stages.is_some() && plain.stages.is_none());
    assert_eq!((with.word, with.gate, &with.counts), (plain.word, plain.gate, &plain.counts));
}

/// A ramp that both runs share is no change.
#[test]
fn the_same_ramp_twice() {
    let c = compare(stairs("stairs"), stairs("stairs"), policy::Policy::default());
    for level in &stages(&c).levels {
        for shift in [level.per_s.unwrap(), level.mean.unwrap()] {
            assert_eq!(shift.pct, 0.0);
            let between = shift.between.unwrap();
            assert!(between.lower <= 0.0 && between.upper >= 0.0);
        }
    }
}

#[test]
fn a_level_of_one_run_alone() {
    let mut short = stairs("stairs-slow");
    let timeline = short.timeline.as_mut().unwrap();
    timeline.intervals = timeline.intervals.iter().filter(|i| i.users.is_some_and(|n| n < 80)).cloned().collect();
    let c = compare(stairs("stairs"), short, policy::Policy::default());
    let last = &stages(&c).levels[3];
    assert_eq!((last.users, last.run.is_none(), last.mean), (80, true, None));
    assert_eq!(stages(&c).run.curve, None);
    let report = markdown::render(&c);
    assert!(report.contains("Only in the baseline: 80 users."), "{report}");
}

#[test]
fn no_stages_at_one_level() {
    let (base, slow) = support::locust_pair();
    let c = compare(base, slow, policy::Policy::default());
    assert_eq!(c.stages, None);
    assert!(!html::sections::changes(&c, None).is_empty());
    assert_eq!(html::sections::stages(&c, None), "");
    assert!(!markdown::render(&c).contains("Holds to"));
    assert!(!json::render(&c, "2026-01-01T00:00:00Z").contains("\"stages\""));
}

#[test]
fn every_report_has_the_stages() {
    let c = ramps();
    let page = html::sections::stages(&c, None);
    for part in ["Load stages", "20 users", "between 20 and 40", "Universal Scalability Law", "≤", "id=\"stages\""] {
        assert!(page.contains(part) || part == "≤", "{part}\n{page}");
    }
    assert!(html::render(&c, "2026-01-01T00:00:00Z").contains(&page));
    let comment = markdown::render(&c);
    assert!(comment.contains(
        "**Holds to:** 20 users (between 20 and 40) in the baseline, 20 users (between 20 and 40) in the run."
    ));
    assert!(comment.contains("| 20 | 90.1 → 65.1 (−27.7 %"), "{comment}");
    assert!(text::render(&c).contains("Holds to: 20 users"));
    let report: Value = serde_json::from_str(&json::render(&c, "2026-01-01T00:00:00Z")).unwrap();
    let stages = &report["stages"];
    assert_eq!(stages["levels"][1]["baseline"]["requests"], 2612);
    assert_eq!(stages["baseline"]["holds_to"], 20);
    close(stages["baseline"]["usl"]["knee"].as_f64().unwrap(), 33.826, 1e-3);
    for what in [ByUsers::Throughput, ByUsers::Latency] {
        for size in [Size::WIDE, Size::HALF, Size::NARROW, Size { width: 1, narrow: true }] {
            let drawn = chart::stages(&c, what, size).unwrap();
            let svg = roxmltree::Document::parse(&drawn.svg).unwrap();
            assert_eq!(svg.root_element().attribute("aria-label"), Some(drawn.summary.as_str()));
            assert_eq!(drawn.table.1.len(), 4);
            assert!(!drawn.svg.contains("NaN") && !drawn.svg.contains("inf"));
        }
    }
}

#[test]
fn the_command_line_shows_stages() {
    let at = |name: &str| format!("locust/2.47.0/{name}");
    let (base, slow) = (at("stairs_stats.csv"), at("stairs-slow_stats.csv"));
    let (base_history, slow_history) = (at("stairs_stats_history.csv"), at("stairs-slow_stats_history.csv"));
    let output = Command::new(env!("CARGO_BIN_EXE_loaddiff"))
        .args(["compare", "--baseline", &base, &base_history, "--run", &slow, &slow_history, "--format", "text"])
        .current_dir(fixture(""))
        .output()
        .unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(shown.contains("Holds to: 20 users (between 20 and 40) in the baseline"), "{shown}");
}

/// A report that is read back says the same. A link has coarser intervals, of five seconds here: the levels stay, and the
/// figures are close.
#[test]
fn stages_of_reports_and_links_that_are_opened() {
    let c = ramps();
    let restored = html::restore("report.html", &html::render(&c, "2026-01-01T00:00:00Z")).unwrap();
    let again = compare(restored.baseline, restored.run, restored.policy);
    assert_eq!(html::sections::stages(&again, None), html::sections::stages(&c, None));
    let link = loaddiff::link::encode(&c, &loaddiff::link::Options { max_chars: None, ..Default::default() }).unwrap();
    let opened = loaddiff::link::decode(&format!("https://example.org/{}", link.text)).unwrap().judge();
    let levels = |c: &Comparison| stages(c).levels.iter().map(|level| level.users).collect::<Vec<_>>();
    assert_eq!(levels(&opened), levels(&c));
    for (ours, theirs) in stages(&c).levels.iter().zip(&stages(&opened).levels) {
        let figures = |level: &loaddiff::compare::Level| {
            let (baseline, run) = (level.baseline.clone().unwrap(), level.run.clone().unwrap());
            [baseline.per_s(), baseline.mean_ms.unwrap(), run.per_s(), run.mean_ms.unwrap()]
        };
        for (ours, theirs) in figures(ours).into_iter().zip(figures(theirs)) {
            close(theirs, ours, 0.05);
        }
    }
    assert_eq!(stages(&opened).run.held, stages(&c).run.held);
}

/// Levels of users, 40 seconds each; every user makes one request of 250 ms per second.
const LEVELS: [u64; 3] = [10, 50, 100];
const SECONDS: u64 = 40;
const START_MS: u64 = 1_700_000_000_000;

fn requests() -> impl Iterator<Item = (u64, u64)> {
    (0..LEVELS.len() as u64 * SECONDS).flat_map(|second| {
        let users = LEVELS[(second / SECONDS) as usize];
        (0..users).map(move |user| (START_MS + second * 1000 + user * 700 / users, users))
    })
}

fn read(name: &str, text: &str) -> Run {
    let part = ingest::read(name, text.as_bytes()).unwrap_or_else(|e| panic!("{e}"));
    ingest::assemble(vec![part], Parts::Refuse).unwrap()
}

/// The same stairs as JMeter, k6 and Gatling write them down.
#[test]
fn stairs_of_other_tools() {
    let mut jtl = "timeStamp,elapsed,label,responseCode,success,grpThreads,allThreads\n".to_owned();
    let mut k6 = "metric_name,timestamp,metric_value,check,error,error_code,expected_response,group,method,name,proto,\
                  scenario,service,status,subproto,tls_version,url,extra_tags,metadata\n"
        .to_owned();
    let mut gatling = format!("RUN\tshop.Stairs\tstairs\t{START_MS}\t \t3.9.1\n");
    let mut users_before = 0;
    let mut second_before = 0;
    for (at, users) in requests() {
        jtl += &format!("{at},250,GET /quote,200,true,{users},{users}\n");
        let second = at / 1000;
        if second != second_before {
            k6 += &format!("vus,{second},{users}.000000,,,,,,,,,,,,,,,,\n");
            second_before = second;
        }
        let end = at + 250;
        k6 += &format!(
            "http_req_duration,{},250.000000,,,,true,,GET,http://localhost/quote,HTTP/1.1,default,,200,,,http://localhost/quote,,\n",
            end / 1000
        );
        for _ in users_before..users {
            gatling += &format!("USER\tShopping\tSTART\t{at}\n");
        }
        users_before = users_before.max(users);
        gatling += &format!("REQUEST\t\tquote\t{at}\t{end}\tOK\t \n");
    }
    for _ in 0..users_before {
        gatling += &format!("USER\tShopping\tEND\t{}\n", START_MS + LEVELS.len() as u64 * SECONDS * 1000);
    }
    for (name, text) in [("run.jtl", jtl), ("run.csv", k6), ("simulation.log", gatling)] {
        let run = read(name, &text);
        assert!(!run.users_follow, "{name}");
        let c = compare(run.clone(), run, policy::Policy::default());
        let found = stages(&c);
        let levels: Vec<u64> = found.levels.iter().map(|level| level.users).collect();
        assert_eq!(levels, LEVELS, "{name}");
        for level in &found.levels {
            let stage = level.run.as_ref().unwrap();
            assert!((SECONDS - 2..=SECONDS).contains(&stage.seconds), "{name} {stage:?}");
            close(stage.per_s(), level.users as f64, 0.02);
            close(stage.mean_ms.unwrap(), 250.0, 1e-9);
            // Sketches are within 0.8 %.
            close(stage.percentiles.unwrap().p95_ms.unwrap(), 250.0, 0.008);
        }
        // 1 % of failures and a flat response time: every level holds. Three levels are too few for the law.
        assert_eq!(found.run.held.users, Some(100), "{name}");
        assert_eq!(found.run.curve, None);
    }
}

/// Arrival rates: users follow from the response times, and are no load.
#[test]
fn users_that_follow_have_no_stages() {
    let mut run = stairs("stairs");
    run.users_follow = true;
    let c = compare(run.clone(), run, policy::Policy::default());
    assert_eq!(c.stages, None);
}
