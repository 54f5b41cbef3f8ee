//! Matching, judging and aggregation.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use loaddiff::compare::{self, Comparison, Gate, Reason, Scope, Subject, Verdict, Word};
use loaddiff::ingest::{self, Parts};
use loaddiff::run::{Absent, Metric, Percentile, Run};
use loaddiff::{policy, report};
use proptest::prelude::*;
use support::{Line, run_from, summary};

fn judge(baseline: Run, run: Run) -> Comparison {
    compare::compare(baseline, run, policy::profile("default").unwrap())
}

fn judge_by(thresholds: &str, baseline: Run, run: Run) -> Comparison {
    compare::compare(baseline, run, policy::parse("thresholds.toml", thresholds).unwrap())
}

fn subject<'c>(c: &'c Comparison, label: &str) -> &'c Subject {
    c.subjects.iter().find(|s| s.label() == label).unwrap_or_else(|| panic!("no {label}"))
}

fn line(method: &'static str, name: &str, requests: u64, p95: f64) -> Line {
    Line {
        method,
        name: name.into(),
        requests,
        failures: 0,
        mean: p95 / 2.0,
        rate: requests as f64 / 60.0,
        percentiles: [p95 / 2.0, p95 * 0.9, p95, p95 * 1.1, p95 * 1.5],
    }
}

/// The pair was recorded with `POST /v1/chat` slowed to 1.6 times, `POST /query` to 1.12 times and `GET /search` sped
/// up to 0.7 times (tests/fixtures/locust/README.md).
#[test]
fn a_real_regression_is_found_and_named() {
    let (base, slow) = support::locust_pair();
    let c = judge(base, slow);
    assert_eq!((c.word, c.gate), (Word::Regressed, Gate::Fail));
    let (subject_, row) = c.worst_row().unwrap();
    assert_eq!((subject_.label().as_str(), row.verdict), ("POST /v1/chat", Verdict::Regressed));
    let p95 = subject(&c, "POST /v1/chat").row(&Metric::Latency(Percentile::P95)).unwrap();
    assert_eq!((p95.baseline.number, p95.run.number), (Some(430.0), Some(660.0)));
    let labels = |wanted: &dyn Fn(Verdict) -> bool| {
        let rows = c.subjects.iter().flat_map(|s| s.rows.iter().map(move |r| (s.label(), r)));
        let mut labels: Vec<String> = rows.filter(|(_, r)| wanted(r.verdict)).map(|(label, _)| label).collect();
        labels.dedup();
        labels
    };
    // Unchanged and faster endpoints are not called worse, and faster ones are better.
    let slowed = ["Total", "POST /query", "POST /v1/chat"];
    let worse = labels(&Verdict::is_worse);
    assert!(worse.iter().all(|label| slowed.contains(&label.as_str())), "{worse:?}");
    assert_eq!(labels(&Verdict::is_better), ["GET /search"]);
    let headline = report::headline::plain(&c);
    assert!(headline.contains("POST /v1/chat"), "{headline}");
    assert!(c.baseline_account.adds_up() && c.run_account.adds_up());
}

#[test]
fn endpoints_match_by_method_and_name() {
    let c = judge(
        run_from(&summary(&[line("GET", "/a", 100, 10.0), line("PUT", "/a", 100, 50.0)])),
        run_from(&summary(&[line("PUT", "/a", 100, 50.0), line("GET", "/a", 100, 10.0)])),
    );
    for label in ["GET /a", "PUT /a"] {
        assert_eq!(subject(&c, label).row(&Metric::Latency(Percentile::P95)).unwrap().change.unwrap().abs, 0.0);
    }
}

#[test]
fn endpoints_on_one_side_are_new_or_missing() {
    let both = line("GET", "/a", 10_000, 10.0);
    let c = judge(
        run_from(&summary(&[both.clone(), line("GET", "/old", 10, 10.0)])),
        run_from(&summary(&[both, line("GET", "/new", 10, 10.0)])),
    );
    assert_eq!(subject(&c, "GET /old").verdict, Verdict::Missing);
    assert_eq!(subject(&c, "GET /new").verdict, Verdict::New);
    assert_eq!((c.word, c.gate), (Word::Missing, Gate::Fail));
    let gone = subject(&c, "GET /old").row(&Metric::Rps).unwrap();
    assert_eq!((gone.run.number, gone.run.absent, gone.change), (None, Some(Absent::NoEndpoint), None));
    assert!(c.baseline_account.adds_up() && c.run_account.adds_up());

    // `missing` decides the effect.
    for (missing, gate, word) in [
        ("fail", Gate::Fail, Word::Missing),
        ("warn", Gate::Pass, Word::NoRegressionFound),
        ("ignore", Gate::Pass, Word::NoRegressionFound),
    ] {
        let thresholds = format!("profile = \"default\"\n[compare]\nmissing = \"{missing}\"\n");
        let c = judge_by(&thresholds, c.baseline.clone(), c.run.clone());
        assert_eq!((c.gate, c.word), (gate, word), "{missing}");
    }
}

/// An endpoint with 10 of 10,010 requests would have 10 in the run, and by chance none in 1 of 22,000 runs; one with 3
/// is absent by chance in one of twenty. The number expected in the run counts: a tenth as many requests explain the
/// absence of ten.
#[test]
fn an_absence_by_chance_is_not_missing() {
    let judge = |requests: u64, old: u64| {
        let baseline = [line("GET", "/a", 10_000, 10.0), line("GET", "/old", old, 10.0)];
        judge(run_from(&summary(&baseline)), run_from(&summary(&[line("GET", "/a", requests, 10.0)])))
    };
    for (requests, old, is_missing) in
        [(10_000, 10, true), (10_000, 3, false), (1000, 10, false), (1000, 200, true), (100_000, 3, true)]
    {
        let c = judge(requests, old);
        let gone = subject(&c, "GET /old");
        assert_eq!(gone.verdict == Verdict::Missing, is_missing, "{requests} {old}");
        assert_eq!(c.word == Word::Missing, is_missing, "{requests} {old}");
        assert_eq!(c.gate == Gate::Fail, is_missing, "{requests} {old}");
        if !is_missing {
            let expected = old * requests / 10_000;
            let says = |r: &compare::Row| r.reason == Reason::AbsentByChance { expected };
            assert!(gone.rows.iter().any(says), "{:?}", gone.rows);
        }
    }
}

#[test]
fn an_endpoint_without_requests_has_no_data() {
    let header = "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min Response Time,\
                  Max Response Time,Average Content Size,Requests/s,Failures/s,50%,95%,100%\n";
    let idle = run_from(&format!("{header}GET,/a,0,0,0,0,0,0,0,0,0,N/A,N/A,N/A\nGET,/b,10,0,5,5,5,5,0,1,0,5,5,5\n"));
    let busy = run_from(&format!("{header}GET,/a,10,5,5,5,5,5,0,1,0,5,5,5\nGET,/b,10,0,5,5,5,5,0,1,0,5,5,5\n"));
    let c = judge(idle, busy);
    for metric in [Metric::Latency(Percentile::P95), Metric::ErrorRate] {
        let row = subject(&c, "GET /a").row(&metric).unwrap();
        assert_eq!((row.verdict, row.baseline.absent), (Verdict::NoData, Some(Absent::NoRequests)), "{metric}");
    }
}

/// Statistics.md §6: two rows with p95 of 10 and 1,000 are summed by counts; their p95 is an interval, never 505.
#[test]
fn rows_of_a_service_are_summed_by_counts() {
    let rows = [
        Line { failures: 10, ..line("GET", "/v1/fast", 100, 10.0) },
        Line { failures: 0, ..line("GET", "/v1/slow", 300, 1000.0) },
        line("GET", "/health", 50, 5.0),
    ];
    let thresholds = r#"
        [[match]]
        service = "api_gateway"
        name = ["/v1/*"]
        aggregate = "pooled-counts"
        [[rule]]
        service = "api_gateway"
        metric = "error_rate_pct"
        better = "lower"
        fail = { any = ["+0.5pp"] }
        [[rule]]
        service = "api_gateway"
        metric = "p95_latency_ms"
        better = "lower"
        fail = { any = ["+20%"] }
    "#;
    let run = || run_from(&summary(&rows));
    let c = judge_by(thresholds, run(), run());
    let service = c.subjects.iter().find(|s| s.scope == Scope::Service).unwrap();
    assert_eq!(service.service.as_deref(), Some("api_gateway"));
    let sum = service.run.as_ref().unwrap();
    assert_eq!((sum.requests, sum.failures), (Some(400), Some(10)));
    assert_eq!(service.row(&Metric::ErrorRate).unwrap().run.number, Some(2.5));
    let p95 = service.row(&Metric::Latency(Percentile::P95)).unwrap();
    assert_eq!((p95.run.number, p95.verdict), (None, Verdict::NoData));
    // 380 of 400 requests: the fast row contributes at most its 100, so the slow one must contribute 280 of its 300,
    // 93.3 %: between its p90 of 900 ms and its p95 of 1,000 ms.
    assert_eq!(p95.run.bounds, Some((900.0, 1000.0)));
    assert_eq!(c.run_account.pooled, 2);
    assert!(c.run_account.adds_up());
    assert!(c.subjects.iter().any(|s| s.name == "/health"));

    // By default a match names the service and keeps the endpoints separate.
    let c = judge_by(&thresholds.replace("aggregate = \"pooled-counts\"", ""), run(), run());
    let fast = subject(&c, "GET /v1/fast");
    assert_eq!((fast.scope, fast.service.as_deref()), (Scope::Endpoint, Some("api_gateway")));
    // Of 100 requests the 95th percentile is between the 88th and the largest (statistics.md §4.3).
    let p95 = fast.row(&Metric::Latency(Percentile::P95)).unwrap();
    assert_eq!((p95.verdict, p95.reason), (Verdict::Unclear, Reason::SpansLimit));
}

#[test]
fn parts_of_one_run_merge_only_on_request() {
    let part = |name: &str, p95| ingest::read(name, summary(&[line("GET", "/a", 600, p95)]).as_bytes()).unwrap();
    let parts = || vec![part("worker1_stats.csv", 100.0), part("worker2_stats.csv", 200.0)];
    let error = ingest::assemble(parts(), Parts::Refuse).unwrap_err().to_string();
    assert!(error.contains("worker1_stats.csv, worker2_stats.csv") && error.contains("Merge them"), "{error}");
    let merged = ingest::assemble(parts(), Parts::Merge).unwrap();
    assert_eq!((merged.endpoints.len(), merged.endpoints[0].requests), (1, Some(1200)));
    assert_eq!(merged.endpoints[0].rate_per_s, Some(20.0));
    assert_eq!(merged.endpoints[0].value(&Metric::Latency(Percentile::P95)).number, None);
    assert_eq!((merged.rows.read, merged.rows.merged), (2, 1));
}

#[test]
fn the_same_file_on_both_sides_does_not_pass() {
    let (base, _) = support::locust_pair();
    let c = judge(base.clone(), base);
    assert_eq!((c.word, c.gate), (Word::NotComparable, Gate::NoVerdict));
    assert!(c.notes.iter().any(|n| n.code() == "same-files"));
}

#[test]
fn rules_that_match_nothing_are_reported() {
    let thresholds = r#"
        [[match]]
        service = "nobody"
        name = ["/nowhere/*"]
        [[rule]]
        service = "nobody"
        metric = "p95_latency_ms"
        better = "lower"
        fail = { any = ["+20%"] }
    "#;
    let run = || run_from(&summary(&[line("GET", "/a", 10, 10.0)]));
    let c = judge_by(thresholds, run(), run());
    let text = c.notes.iter().map(|n| n.text()).collect::<Vec<_>>().join("\n");
    assert!(text.contains("The rule on line 5") && text.contains("The match on line 2"), "{text}");
}

#[test]
fn a_gate_with_evidence_ignores_point_verdicts() {
    // 200 to 260 ms is beyond the limit, and 40 requests are no evidence: not green.
    let side = |p95| run_from(&summary(&[line("GET", "/a", 40, p95)]));
    let c = judge(side(200.0), side(260.0));
    assert_eq!((c.word, c.gate), (Word::CannotTell, Gate::NoVerdict));
    let c = judge_by("profile = \"default\"\n[compare]\ngate = \"point\"\n", side(200.0), side(260.0));
    assert_eq!((c.word, c.gate), (Word::CannotTell, Gate::Fail));
    // By limits alone, as before evidence existed.
    let thresholds = "profile = \"default\"\n[compare]\nevidence = \"ignore\"\n";
    let c = judge_by(thresholds, side(200.0), side(260.0));
    assert_eq!((c.word, c.gate), (Word::Critical, Gate::Fail));
    assert!(c.subjects.iter().flat_map(|s| &s.rows).all(|r| r.evidence.is_none()));
}

/// With `missing = "ignore"` the slower endpoint decides, and is in the headline.
#[test]
fn ignored_rows_are_not_the_headline() {
    // The mean is half of that: +3 % and 0.9 ms, beyond a warning but not beyond a limit; with a million requests not
    // by chance.
    let baseline = run_from(&summary(&[line("GET", "/a", 1_000_000, 60.0), line("GET", "/old", 1000, 60.0)]));
    let run = run_from(&summary(&[line("GET", "/a", 1_000_000, 61.8)]));
    let c = judge_by("profile = \"default\"\n[compare]\nmissing = \"ignore\"\n", baseline, run);
    assert_eq!((c.word, c.gate), (Word::NoRegressionFound, Gate::Pass));
    let (worst, row) = c.worst_row().unwrap();
    assert_eq!((worst.label().as_str(), row.verdict), ("GET /a", Verdict::Slower));
}

/// Of two endpoints equally far beyond the same limit, the headline names the first in the table.
#[test]
fn the_sentence_and_the_table_name_the_same_endpoint() {
    let lines = |p95| [line("GET", "/few", 2000, p95), line("GET", "/many", 50_000, p95)];
    let c = judge(run_from(&summary(&lines(100.0))), run_from(&summary(&lines(200.0))));
    let (worst, _) = c.worst_row().unwrap();
    let (_, first) = c.endpoints_by_severity().next().unwrap();
    assert_eq!((worst.label(), first.label()), ("GET /many".to_owned(), "GET /many".to_owned()));
    assert_eq!(subject(&c, "GET /few").verdict, Verdict::Regressed);
}

/// The effect of `no_verdict`: too few requests, another load, and the same file.
#[test]
fn the_policy_decides_the_gate_without_a_verdict() {
    let few = |p95| run_from(&summary(&[line("GET", "/a", 40, p95)]));
    let users = |n| Run { users: Some(n), ..run_from(&summary(&[line("GET", "/a", 10_000, 100.0 + n as f64)])) };
    let pairs = || {
        [
            (few(200.0), few(200.0 + 1.0), Word::CannotTell),
            (users(10), users(100), Word::NotComparable),
            (few(200.0), few(200.0), Word::NotComparable),
        ]
    };
    for (setting, gate) in [("report", Gate::NoVerdict), ("pass", Gate::Pass), ("fail", Gate::Fail)] {
        let thresholds = format!("profile = \"default\"\n[compare]\nno_verdict = \"{setting}\"\n");
        for (baseline, run, word) in pairs() {
            let c = judge_by(&thresholds, baseline, run);
            assert_eq!((c.word, c.gate), (word, gate), "{setting}");
        }
        // It affects nothing else.
        let side = |p95| run_from(&summary(&[line("GET", "/a", 100_000, p95)]));
        assert_eq!(judge_by(&thresholds, side(100.0), side(200.0)).gate, Gate::Fail, "{setting}");
        assert_eq!(judge_by(&thresholds, side(100.0), side(101.0)).gate, Gate::Pass, "{setting}");
    }
}

/// A run with more lost rows than configured has no verdict; a regression is reported all the same.
#[test]
fn many_lost_rows_give_no_verdict() {
    let side = |p95, rejected| {
        let mut run = run_from(&summary(&[line("GET", "/a", 100_000, p95)]));
        (run.rows.read, run.rows.rejected) = (1000, rejected);
        run
    };
    let says = |thresholds: &str, baseline, run| {
        let c = judge_by(&format!("profile = \"default\"\n{thresholds}"), baseline, run);
        (c.word, c.gate)
    };
    let whole = || side(100.0, 0);
    assert_eq!(says("", whole(), side(101.0, 1)), (Word::NoRegressionFound, Gate::Pass));
    // 200 of 1,000, on either side.
    assert_eq!(says("", whole(), side(101.0, 200)), (Word::CannotTell, Gate::NoVerdict));
    assert_eq!(says("", side(100.0, 200), side(101.0, 0)), (Word::CannotTell, Gate::NoVerdict));
    assert_eq!(says("", side(100.0, 200), side(50.0, 0)), (Word::CannotTell, Gate::NoVerdict));
    assert_eq!(says("", whole(), side(200.0, 200)), (Word::Regressed, Gate::Fail));
    assert_eq!(
        says("[compare]\nmax_lost = \"25%\"\n", whole(), side(101.0, 200)),
        (Word::NoRegressionFound, Gate::Pass)
    );
    assert_eq!(says("[compare]\nmax_lost = \"0%\"\n", whole(), side(101.0, 1)), (Word::CannotTell, Gate::NoVerdict));
    // The detectable change is configurable, but never stricter than the rules.
    let strict = says("[compare]\nmust_see = \"5%\"\n", whole(), side(101.0, 0));
    assert_eq!(strict, (Word::CannotTell, Gate::NoVerdict));
    let few = |p95: f64| run_from(&summary(&[line("GET", "/a", 3000, p95)]));
    for (most, word) in [("5pp", Word::NoRegressionFound), ("0.8pp", Word::CannotTell)] {
        let said =
            says(&format!("[compare]\nmust_see = \"1000%\"\nmust_see_errors = \"{most}\"\n"), few(100.0), few(101.0));
        assert_eq!(said.0, word, "{most}");
    }
    let lenient = "[[rule]]\nmetric = \"mean_latency_ms\"\nfail = { any = [\"+100%\"] }\n";
    let c = judge_by(lenient, whole(), side(101.0, 0));
    assert!(c.seen.total_pct.is_some_and(|pct| pct > 100.0), "{:?}", c.seen);
    assert_eq!(c.word, Word::NoRegressionFound);
}

/// The note proposes a `[[match]]`, a valid thresholds file that merges the labels.
#[test]
fn labels_with_ids_come_with_a_ready_match() {
    let lines = |from: u64, p95| -> Vec<Line> {
        (0..40).map(|i| line("GET", &format!("/orders/{}", from + i * 7919), 500, p95)).collect()
    };
    let pair = || (run_from(&summary(&lines(100_001, 100.0))), run_from(&summary(&lines(500_009, 101.0))));
    let (baseline, run) = pair();
    let c = judge(baseline, run);
    let note = c.notes.iter().find(|n| n.code() == "labels-carry-ids").expect("a note");
    let file = format!("profile = \"default\"\n{}", note.ready().expect("a match"));
    let (baseline, run) = pair();
    let c = judge_by(&file, baseline, run);
    assert!(!c.notes.iter().any(|n| n.code() == "labels-carry-ids"), "{file}");
    assert_eq!((c.baseline_account.pooled, c.run_account.pooled), (40, 40));
    assert_eq!((c.word, c.gate), (Word::NoRegressionFound, Gate::Pass), "{file}");
}

#[test]
fn absolute_limits_need_no_baseline() {
    let thresholds = r#"
        [[rule]]
        service = "*"
        metric = "p95_latency_ms"
        better = "lower"
        max = "800ms"
    "#;
    let c = judge_by(
        thresholds,
        run_from(&summary(&[line("GET", "/a", 10, 10.0)])),
        run_from(&summary(&[line("GET", "/a", 10, 10.0), line("GET", "/new", 10, 900.0)])),
    );
    // One figure of ten requests may be chance; its own limit is exceeded all the same.
    assert_eq!(subject(&c, "GET /new").verdict, Verdict::ProbablyRegressed);
    assert_eq!(c.word, Word::ProbablyRegressed);
}

/// Very large figures, from broken or hostile files, stay finite.
#[test]
fn huge_figures_give_no_infinity() {
    let header = "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min Response Time,\
                  Max Response Time,Average Content Size,Requests/s,Failures/s,50%,95%,100%\n";
    let row = |v: &str| run_from(&format!("{header}GET,/a,10,0,{v},{v},{v},{v},{v},{v},0,{v},{v},{v}\n"));
    for (a, b) in [("1e308", "1e-300"), ("1e-300", "1e308"), ("1e308", "1e308"), ("0", "1e308")] {
        let c = judge(row(a), row(b));
        let json = report::json::render(&c, "now");
        let markdown = report::markdown::render(&c);
        for text in [&json, &markdown] {
            for word in text.split(|c: char| !c.is_alphanumeric()) {
                assert!(!matches!(word, "inf" | "NaN"), "{a} {b}: {text}");
            }
        }
    }
}

fn lines() -> impl Strategy<Value = Vec<Line>> {
    let row = (0..4_usize, 0..12_u32, 0..5000_u64, 0.0..1.0_f64, 0.0..1e5_f64, 0.0..500.0_f64, 1.0..2.0_f64);
    prop::collection::vec(row, 1..12).prop_map(|rows| {
        let mut seen = std::collections::BTreeSet::new();
        rows.into_iter()
            .map(|(m, n, requests, share, p50, rate, spread)| Line {
                method: ["GET", "POST", "PUT", "DELETE"][m],
                name: format!("/path/{n}"),
                requests,
                failures: (requests as f64 * share) as u64,
                mean: p50 * 1.1,
                rate,
                percentiles: [p50, p50 * spread, p50 * spread * 1.2, p50 * spread * 1.5, p50 * spread * 3.0],
            })
            .filter(|l| seen.insert((l.method, l.name.clone())))
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Swapping the files swaps the sides of every row and negates the change bit for bit.
    #[test]
    fn swapping_the_sides_mirrors_the_result(a in lines(), b in lines()) {
        let there = judge(run_from(&summary(&a)), run_from(&summary(&b)));
        let back = judge(run_from(&summary(&b)), run_from(&summary(&a)));
        prop_assert_eq!(there.subjects.len(), back.subjects.len());
        for (x, y) in there.subjects.iter().zip(&back.subjects) {
            prop_assert_eq!(x.label(), y.label());
            // Without requests, an endpoint is missing from the run, but not from the baseline.
            let sides = [&x.baseline, &x.run, &y.baseline, &y.run];
            if sides.into_iter().flatten().any(|endpoint| endpoint.requests == Some(0)) {
                continue;
            }
            prop_assert_eq!(x.rows.len(), y.rows.len());
            for (r, s) in x.rows.iter().zip(&y.rows) {
                prop_assert_eq!(r.baseline, s.run);
                prop_assert_eq!(r.run, s.baseline);
                match (r.change, s.change) {
                    (Some(c), Some(d)) => {
                        if c.abs == 0.0 {
                            prop_assert_eq!(d.abs, 0.0);
                        } else {
                            prop_assert_eq!(c.abs.to_bits(), (-d.abs).to_bits());
                        }
                        if let (Some(l), Some(m)) = (c.log_ratio, d.log_ratio) {
                            prop_assert!(l == -m && (l == 0.0 || l.to_bits() == (-m).to_bits()));
                        }
                        if let (Some(q), Some(b), Some(r)) = (c.ratio, r.baseline.number, r.run.number) {
                            prop_assert_eq!(q.to_bits(), (r / b).to_bits());
                        }
                    }
                    (None, None) => {}
                    other => prop_assert!(false, "{:?}", other),
                }
            }
        }
    }

    /// A run against itself: no change anywhere, and no relative rule is violated.
    #[test]
    fn against_itself_nothing_changes(a in lines()) {
        let c = judge(run_from(&summary(&a)), run_from(&summary(&a)));
        for row in c.subjects.iter().flat_map(|s| &s.rows) {
            if let Some(change) = row.change {
                prop_assert_eq!(change.abs, 0.0);
                prop_assert_eq!(change.pct, Some(0.0));
            }
            // With too few requests it may be unclear whether a limit is exceeded.
            let fine = matches!(
                row.verdict,
                Verdict::Within | Verdict::Info | Verdict::NoData | Verdict::Unclear | Verdict::TooFew
            );
            prop_assert!(fine, "{:?}", row);
        }
        prop_assert_eq!((c.word, c.gate), (Word::NotComparable, Gate::NoVerdict));
    }

    /// Every row of the files is accounted for, and every endpoint of either side is a subject.
    #[test]
    fn nothing_is_dropped(a in lines(), b in lines()) {
        let c = judge(run_from(&summary(&a)), run_from(&summary(&b)));
        prop_assert!(c.baseline_account.adds_up() && c.run_account.adds_up());
        for line in a.iter().chain(&b) {
            let label = format!("{} {}", line.method, line.name);
            prop_assert!(c.subjects.iter().any(|s| s.label() == label));
        }
        prop_assert_eq!(c.by_severity.len(), c.subjects.len());
    }
}
