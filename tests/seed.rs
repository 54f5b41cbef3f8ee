//! `seed-v1` gives the scripts' results; the default profile has none of their defects (statistics.md §5).
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use loaddiff::compare::{self, Comparison, Gate, Reason, Row, Settle, Verdict, Word};
use loaddiff::run::{Metric, Run};
use loaddiff::{policy, report};
use support::{run_from, run_of};

fn judge(profile: &str, baseline: Run, run: Run) -> Comparison {
    compare::compare(baseline, run, policy::profile(profile).unwrap())
}

fn report(profile: &str, number: u32, results: &str) -> Comparison {
    let path = |file: &str| format!("scripts/report-{number}/{file}");
    judge(profile, run_of(&[&path("performance-baselines.json")]), run_of(&[&path(results)]))
}

fn row<'c>(comparison: &'c Comparison, name: &str, metric: &str) -> &'c Row {
    let subject = comparison.subjects.iter().find(|s| s.name == name).unwrap_or_else(|| panic!("no {name}"));
    subject.row(&Metric::parse(metric)).unwrap_or_else(|| panic!("no {metric} of {name}"))
}

fn golden(number: u32) -> String {
    let path = support::fixture(&format!("scripts/report-{number}/regression-analysis.md"));
    std::fs::read_to_string(path).unwrap()
}

/// Golden report 1: Total 4, Failures 2, Warnings 0, Passed 2, exit 1; from the simulator's CSV and from its JSON.
#[test]
fn golden_report_1() {
    for results in ["load-results.csv", "load-results.json"] {
        let c = report("seed-v1", 1, results);
        let n = c.counts;
        assert_eq!((n.total, n.critical, n.warning, n.pass), (4, 2, 0, 2), "{results}");
        assert_eq!((c.gate, c.word), (Gate::Fail, Word::Critical));
        let markdown = report::markdown::render(&c);
        assert!(markdown.starts_with(&golden(1)), "{results}:\n{markdown}");

        let api_errors = row(&c, "api_gateway", "error_rate_pct");
        assert_eq!(api_errors.verdict, Verdict::Critical);
        assert_eq!((api_errors.baseline.number, api_errors.run.number), (Some(0.33), Some(1.0)));
        assert_eq!(format!("{:+.1}", api_errors.change.unwrap().pct.unwrap()), "+203.0");
        let rag_errors = row(&c, "rag_service", "error_rate_pct");
        assert_eq!(rag_errors.verdict, Verdict::Critical);
        assert!(rag_errors.change.unwrap().is_infinite());
        assert_eq!(row(&c, "api_gateway", "rps").verdict, Verdict::Pass);
        let p95 = row(&c, "api_gateway", "p95_latency_ms");
        assert_eq!((p95.verdict, p95.run.number), (Verdict::Pass, None));
        assert!(matches!(p95.reason, Reason::MissingReadAsZero(_)));
        assert!(report::words::reason(p95).contains("read a missing column as 0"));
    }
}

/// Golden report 2: Total 5, Failures 3, Passed 2.
#[test]
fn golden_report_2() {
    let c = report("seed-v1", 2, "load-results.json");
    let n = c.counts;
    assert_eq!((n.total, n.critical, n.warning, n.pass), (5, 3, 0, 2));
    let markdown = report::markdown::render(&c);
    assert!(markdown.starts_with(&golden(2)), "{markdown}");
    assert_eq!(c.gate, Gate::Fail);
}

/// The default view of report 1, as in statistics.md §5.
#[test]
fn report_1_by_default() {
    let c = report("default", 1, "load-results.csv");
    assert_eq!((c.word, c.gate), (Word::CannotTell, Gate::NoVerdict));
    // With counts: 1/300 to 15/1500 is +200 %, not the +203 % of the rounded figure.
    let api = row(&c, "api_gateway", "error_rate_pct");
    let change = api.change.unwrap();
    assert!((change.pct.unwrap() - 200.0).abs() < 1e-9);
    assert!((change.abs - 0.666_666_666_666_667).abs() < 1e-12);
    let evidence = api.evidence.as_ref().unwrap();
    assert_eq!(api.verdict, Verdict::Unclear);
    // Vectors T2 and T3.
    let interval = evidence.interval.interval().unwrap();
    assert!((interval.lower + 0.913_340_168_378_81).abs() < 1e-9, "{interval:?}");
    assert!((interval.upper - 1.366_154_855_530_92).abs() < 1e-9, "{interval:?}");
    assert_eq!(evidence.limit, Some(0.5));
    // Miettinen and Nurminen's z is 0.361583 by an independent program, which finds the restricted shares by search;
    // Fisher's exact p of "no change" is smaller, 0.2259.
    assert!((evidence.p.unwrap() - 0.358_831_705).abs() < 1e-8);
    assert_eq!(evidence.settle, Some(Settle::Requests(17_800)));

    let rag = row(&c, "rag_service", "error_rate_pct");
    assert_eq!(rag.verdict, Verdict::Unclear);
    let interval = rag.evidence.as_ref().unwrap().interval.interval().unwrap();
    assert!((interval.lower + 2.178_730_256_653_45).abs() < 1e-9, "{interval:?}");
    assert!((interval.upper - 1.863_669_369_453_12).abs() < 1e-9, "{interval:?}");

    // 50 to 35 requests per second never fail: the offered load may differ.
    let rps = row(&c, "api_gateway", "rps");
    assert!(!rps.verdict.is_worse() && !c.fails_gate(rps), "{:?}", rps.verdict);
    let markdown = report::markdown::render(&c);
    for text in ["## ? Can't tell: ", "would settle it", "+0.67 pp (−0.91 to +1.37 pp)", "+0.33 pp (−2.18 to +1.86 pp)"]
    {
        assert!(markdown.contains(text), "{text} is not in\n{markdown}");
    }
    assert_eq!(row(&c, "api_gateway", "p95_latency_ms").verdict, Verdict::NoData);
}

/// The scripts' profile ignores evidence.
#[test]
fn the_scripts_profile_ignores_evidence() {
    let c = report("seed-v1", 1, "load-results.csv");
    assert!(c.subjects.iter().flat_map(|s| &s.rows).all(|r| r.evidence.is_none() && r.sides.is_none()));
    assert_eq!((c.counts.unclear, c.counts.too_few_requests), (0, 0));
}

const SIMULATOR: &str = "Name,# requests,# failures,Median response time,Average response time,Min response time,\
                         Max response time,Requests/s\n";

fn simulator(rows: &str) -> Run {
    run_from(&format!("{SIMULATOR}{rows}"))
}

// The scripts' defects, one by one: the default profile has none of them.

#[test]
fn percentiles_are_never_invented() {
    let c = judge("default", simulator("api,300,0,100,120,5,900,10\n"), simulator("api,300,0,100,120,5,900,10\n"));
    let p95 = row(&c, "api", "p95_latency_ms");
    assert_eq!((p95.baseline.number, p95.run.number, p95.verdict), (None, None, Verdict::NoData));
}

#[test]
fn missing_is_not_zero() {
    let c = report("default", 1, "load-results.csv");
    let p95 = row(&c, "api_gateway", "p95_latency_ms");
    assert_eq!((p95.run.number, p95.change, p95.verdict), (None, None, Verdict::NoData));
}

#[test]
fn times_with_units_are_converted() {
    let run = simulator("api,300,0,150ms,1.5s,5ms,2s,10\n");
    let latency = &run.endpoints[0].latency;
    assert_eq!((latency.mean_ms, latency.min_ms, latency.max_ms), (Some(1500.0), Some(5.0), Some(2000.0)));
    assert_eq!(run.endpoints[0].value(&Metric::parse("p50_latency_ms")).number, Some(150.0));
}

#[test]
fn rows_of_one_service_are_summed_not_overwritten() {
    let rows = "/v1/chat,100,1,10,10,1,50,5\n/v1/models,300,5,20,30,1,60,7\n";
    let c = judge("seed-v1", simulator(rows), simulator(rows));
    let service = c.subjects.iter().find(|s| s.name == "api_gateway").unwrap();
    let sum = service.run.as_ref().unwrap();
    assert_eq!((sum.requests, sum.failures, sum.rate_per_s), (Some(400), Some(6), Some(12.0)));
    assert_eq!(sum.latency.mean_ms, Some(25.0));
    // Rounded as by the scripts: 1.5 %.
    assert_eq!(row(&c, "api_gateway", "error_rate_pct").run.number, Some(1.5));
}

#[test]
fn rows_without_a_service_are_named_not_lost() {
    let rows = "/v1/chat,100,1,10,10,1,50,5\n/health,300,5,20,30,1,60,7\n";
    let c = judge("seed-v1", simulator(rows), simulator(rows));
    assert_eq!(c.run_account.excluded[0].names, ["/health"]);
    assert!(c.run_account.adds_up(), "{}", c.run_account.text());
    assert!(report::markdown::render(&c).contains("/health"));
    let c = judge("default", simulator(rows), simulator(rows));
    assert!(c.subjects.iter().any(|s| s.name == "/health"));
}

#[test]
fn both_sides_are_read_by_the_same_rows() {
    // The scripts took the baseline from the total row and the run from the last matching row.
    let rows = "/v1/chat,100,0,10,10,1,50,5\n/v1/models,300,0,20,30,1,60,7\nAggregated,400,0,15,25,1,60,12\n";
    let c = judge("default", simulator(rows), simulator(rows));
    assert!(c.subjects.iter().flat_map(|s| &s.rows).all(|r| r.change.is_none_or(|c| c.abs == 0.0)));
    assert_eq!(c.total().unwrap().run.as_ref().unwrap().requests, Some(400));
}

#[test]
fn error_limits_are_percentage_points() {
    // +0.5 % read as relative makes 10 % → 10.08 % critical.
    let pair =
        |profile| judge(profile, simulator("api,10000,1000,1,1,1,1,5\n"), simulator("api,10000,1008,1,1,1,1,5\n"));
    let seed = pair("seed-v1");
    assert_eq!(row(&seed, "api_gateway", "error_rate_pct").verdict, Verdict::Critical);
    // +0.08 points is within the limit; with 10,000 requests per side ±0.8 points are indistinguishable from it.
    assert_eq!(row(&pair("default"), "api", "error_rate_pct").verdict, Verdict::Unclear);
}

#[test]
fn a_small_rate_is_not_rounded_away() {
    let c = judge("default", simulator("api,100000,3,1,1,1,1,5\n"), simulator("api,100000,3,1,1,1,1,5\n"));
    assert_eq!(row(&c, "api", "error_rate_pct").run.number, Some(0.003));
    let c = judge("seed-v1", simulator("api,100000,3,1,1,1,1,5\n"), simulator("api,100000,3,1,1,1,1,5\n"));
    assert_eq!(row(&c, "api_gateway", "error_rate_pct").run.number, Some(0.0));
}

#[test]
fn different_users_are_reported() {
    let with_users = |users: u32| {
        run_from(&format!("{{\"api_gateway\": {{\"baseline_users\": {users}, \"p95_latency_ms\": 100, \"rps\": 5}}}}"))
    };
    let c = judge("default", with_users(1), with_users(100));
    assert!(c.comparability.reasons.iter().any(|r| r.code() == "users-differ" && r.required));
}

#[test]
fn a_service_only_in_the_baseline_does_not_vanish() {
    let (both, one) = ("api,1000,0,1,1,1,1,5\nrag,1000,0,1,1,1,1,5\n", "api,1000,0,1,1,1,1,5\n");
    let c = judge("default", simulator(both), simulator(one));
    let gone = c.subjects.iter().find(|s| s.name == "rag").unwrap();
    assert_eq!((gone.verdict, c.word, c.gate), (Verdict::Missing, Word::Missing, Gate::Fail));
    // The scripts' profile does not judge it, with a note.
    let c = judge("seed-v1", simulator(both), simulator(one));
    assert_eq!((c.gate, c.counts.missing), (Gate::Pass, 0));
    assert!(report::markdown::render(&c).contains("rag_service is only in the baseline"));
}

#[test]
fn an_improvement_is_shown() {
    let (slow, fast) = ("api,1000,90,1,1,1,1,5\n", "api,1000,0,1,1,1,1,50\n");
    let c = judge("default", simulator(slow), simulator(fast));
    assert_eq!(row(&c, "api", "error_rate_pct").verdict, Verdict::Improved);
    assert_eq!(c.gate, Gate::Pass);
    // The scripts never showed one.
    let c = judge("seed-v1", simulator(slow), simulator(fast));
    assert_eq!(row(&c, "api_gateway", "rps").verdict, Verdict::Pass);
}

#[test]
fn throughput_can_warn() {
    // The scripts' warning branch for rates was unreachable.
    let c = judge("default", simulator("api,10000,0,1,1,1,1,100\n"), simulator("api,10000,0,1,1,1,1,80\n"));
    let rps = row(&c, "api", "rps");
    assert_eq!((rps.verdict, rps.reason), (Verdict::Slower, Reason::FewerRequests));
    assert!(!c.fails_gate(rps));
}

#[test]
fn an_absolute_limit_has_its_own_key() {
    // The scripts recognised absolute limits by Python's integer type.
    let metrics = |n: u32| run_from(&format!("{{\"mcp_server\": {{\"sandbox_violations\": {n}}}}}"));
    let c = judge("seed-v1", metrics(0), metrics(1));
    assert_eq!(row(&c, "mcp_server", "sandbox_violations").verdict, Verdict::Critical);
    let c = judge("seed-v1", metrics(3), metrics(0));
    assert_eq!(row(&c, "mcp_server", "sandbox_violations").verdict, Verdict::Pass);
}
