//! Whether files can be trusted and compared. Expected values are computed by hand, in the comments.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use loaddiff::compare::check::{self, Check, fewest_for, mix};
use loaddiff::compare::comparable::{ReasonKind, State, equal_loads};
use loaddiff::compare::{self, Comparison, Cut, Gate, Verdict, Which, Why, Word, trim, warmup};
use loaddiff::ingest::notes::{TOTAL_DISAGREES, TOTAL_SUMMED};
use loaddiff::policy::{self, Policy, Same, Warmup, WarmupMode};
use loaddiff::run::{
    Distribution, Endpoint, Failure, Figure, Histogram, HistogramBuilder, Interval, Latency, Metric, Note, NoteLevel,
    Percentile, PercentileTable, Recorder, Rounding, Run, Sketch, Source, Timeline,
};
use proptest::prelude::*;
use support::{locust_pair, project, run_from, run_of};

/// An endpoint over 100 s, with a table of percentiles consistent with its mean.
fn endpoint(name: &str, requests: u64, failures: u64, mean: f64) -> Endpoint {
    Endpoint {
        name: name.into(),
        requests: Some(requests),
        failures: Some(failures),
        latency: Latency {
            mean_ms: Some(mean),
            sum_ns: Some((mean * requests as f64 * 1e6) as u128),
            min_ms: Some(mean * 0.5),
            max_ms: Some(mean * 3.0),
            timed: Some(requests),
            distribution: Distribution::Unknown,
        },
        rate_per_s: Some(requests as f64 / 100.0),
        ..Endpoint::default()
    }
}

fn table(values: &[(u32, f64)], rounding: Rounding) -> Distribution {
    let values_ms = values.iter().map(|(p, ms)| (Percentile(*p), *ms)).collect();
    Distribution::Table(PercentileTable { values_ms, rounding })
}

/// A run of 100 s of these endpoints, with their sum as the total.
fn run(endpoints: Vec<Endpoint>) -> Run {
    let sum = |pick: fn(&Endpoint) -> Option<u64>| endpoints.iter().filter_map(pick).sum::<u64>();
    let (requests, failures) = (sum(|e| e.requests), sum(|e| e.failures));
    let waited: f64 = endpoints.iter().map(|e| e.latency.mean_ms.unwrap() * e.requests.unwrap() as f64).sum();
    Run {
        source: Source { tool: "Locust".into(), ..Source::default() },
        duration_s: Some(100.0),
        total: Some(Endpoint { name: "Total".into(), ..endpoint("", requests, failures, waited / requests as f64) }),
        endpoints: endpoints.into(),
        ..Run::default()
    }
}

/// Intervals of one second from 1,000 s after the epoch: requests, mean, users.
fn timeline(seconds: impl IntoIterator<Item = (u64, f64, u64)>) -> Timeline {
    let interval = |(at, (requests, mean, users)): (usize, (u64, f64, u64))| Interval {
        end_s: 1001 + at as i64,
        length_s: 1,
        requests,
        mean_ms: (requests > 0).then_some(mean),
        users: Some(users),
        ..Interval::default()
    };
    Timeline { intervals: seconds.into_iter().enumerate().map(interval).collect(), ..Timeline::default() }
}

fn timed(timeline: Timeline) -> Run {
    let requests = timeline.requests();
    let seconds = timeline.intervals.len() as f64;
    let waited: f64 = timeline.intervals.iter().filter_map(|i| Some(i.mean_ms? * i.requests as f64)).sum();
    let mut run = run(vec![endpoint("/a", requests, 0, waited / requests as f64)]);
    for row in run.endpoints.iter_mut().chain(&mut run.total) {
        row.rate_per_s = Some(requests as f64 / seconds);
    }
    run.duration_s = Some(seconds);
    run.started_ms = Some(1_000_000);
    run.users = timeline.max_users();
    run.timeline = Some(timeline);
    run
}

fn codes(checks: &[Check]) -> Vec<String> {
    checks.iter().map(|c| c.code().into_owned()).collect()
}

fn found<'c>(checks: &'c [Check], code: &str) -> &'c Check {
    checks.iter().find(|c| c.code() == code).unwrap_or_else(|| panic!("no {code} in {:?}", codes(checks)))
}

fn sound() -> Run {
    run(vec![endpoint("/a", 1000, 0, 10.0), endpoint("/b", 3000, 30, 20.0)])
}

#[test]
fn nothing_is_found_in_a_sound_run() {
    assert_eq!(codes(&check::of_run(&sound())), [""; 0]);
}

#[test]
fn counts_that_do_not_add_up() {
    let mut run = sound();
    run.total.as_mut().unwrap().failures = Some(31);
    assert_eq!(check::of_run(&run), [Check::TotalDisagrees { what: "failures", total: 31, sum: 30 }]);

    let mut run = sound();
    run.endpoints[0].failures = Some(1001);
    run.total.as_mut().unwrap().failures = Some(1031);
    let example =
        Check::MoreFailuresThanRequests { endpoints: 1, example: "/a".into(), failures: 1001, requests: 1000 };
    assert_eq!(check::of_run(&run), [example]);

    let mut run = sound();
    run.failures = vec![Failure { name: "/b".into(), message: "500".into(), count: 29, ..Failure::default() }];
    assert_eq!(check::of_run(&run), [Check::CausesDisagree { listed: 29, counted: 30 }]);
    // A link has only a few causes.
    run.notes.push(Note::told("from-link".into(), NoteLevel::Info, "…".into()));
    assert_eq!(check::of_run(&run), []);
}

/// A problem both noted and computed is shown once, in the note's words.
#[test]
fn a_problem_is_reported_once() {
    let mut run = sound();
    run.total.as_mut().unwrap().failures = Some(31);
    let note = Note::say("a.csv", &TOTAL_DISAGREES, [Figure::Word("failures"), 31.into(), 30.into()]);
    run.notes = vec![note.clone(), Note::on_run(&TOTAL_SUMMED, [])];
    let checks = check::of_run(&run);
    assert_eq!(checks, [Check::Noted(note)]);
    let rest = check::other_notes(&run, &checks);
    assert_eq!(rest, [&Note::on_run(&TOTAL_SUMMED, [])]);
    // As restored from a report.
    run.notes[0] = Note::told("total-disagrees".into(), NoteLevel::Warning, "…".into());
    assert_eq!(codes(&check::of_run(&run)), ["total-disagrees"]);
}

/// 4,000 requests at 25 per second are 160 s, not 100; an endpoint may have been active for less, but not for longer.
#[test]
fn rate_times_duration_is_requests() {
    let mut off = sound();
    off.total.as_mut().unwrap().rate_per_s = Some(25.0);
    let checks = check::of_run(&off);
    let Check::RateDisagrees { rows: 1, requests: 4000, duration_s, .. } = found(&checks, "rate-disagrees") else {
        panic!("{checks:?}")
    };
    assert_eq!(*duration_s, 100.0);
    let mut shorter = sound();
    shorter.endpoints[0].rate_per_s = Some(40.0);
    assert_eq!(check::of_run(&shorter), []);
    let mut longer = sound();
    longer.endpoints[0].rate_per_s = Some(5.0);
    assert_eq!(codes(&check::of_run(&longer)), ["rate-disagrees"]);
    // Without a duration, the total's is used.
    longer.duration_s = None;
    assert_eq!(codes(&check::of_run(&longer)), ["rate-disagrees"]);
}

#[test]
fn impossible_percentiles() {
    let with = |values: &[(u32, f64)], rounding| {
        let mut endpoint = endpoint("/a", 1000, 0, 10.0);
        endpoint.latency.distribution = table(values, rounding);
        check::of_run(&run(vec![endpoint]))
    };
    let checks = with(&[(50_000, 9.0), (90_000, 15.0), (95_000, 14.0)], Rounding::None);
    let Check::PercentilesOutOfOrder { lower, higher, .. } = found(&checks, "percentiles-out-of-order") else {
        panic!("{checks:?}")
    };
    assert_eq!((*lower, *higher), ((Percentile::P90, 15.0), (Percentile::P95, 14.0)));

    // The maximum is 30 ms.
    assert_eq!(codes(&with(&[(50_000, 9.0), (95_000, 40.0)], Rounding::None)), ["percentile-beyond-max"]);
    // 31 ms may be 30.5 rounded, and a maximum printed as 30 may be 30.9 truncated: not reported.
    assert_eq!(codes(&with(&[(50_000, 9.0), (95_000, 31.0)], Rounding::TwoDigits)), [""; 0]);

    // Half of the requests take at least 25 ms, the rest at least 5 ms: the mean is at least 15 ms, not 10.
    let checks = with(&[(50_000, 25.0)], Rounding::None);
    let Check::MeanContradictsPercentiles { mean_ms, least_ms, .. } = found(&checks, "mean-contradicts-percentiles")
    else {
        panic!("{checks:?}")
    };
    assert!(*mean_ms == 10.0 && (least_ms - 15.0).abs() < 0.03, "{least_ms}");
    // Half at most 6 ms, 99 % at most 7 ms, the rest at 30 ms: at most 0.5·6 + 0.49·7 + 0.01·30 = 6.73 ms.
    let checks = with(&[(50_000, 6.0), (99_000, 7.0)], Rounding::None);
    let Check::MeanContradictsPercentiles { most_ms, .. } = found(&checks, "mean-contradicts-percentiles") else {
        panic!("{checks:?}")
    };
    assert!((most_ms - 6.73).abs() < 0.04, "{most_ms}");

    let mut outside = sound();
    outside.endpoints[0].latency.mean_ms = Some(70.0);
    assert_eq!(codes(&check::of_run(&outside)), ["mean-out-of-range"]);
}

/// p95 = 1.4 × mean on every endpoint, as the scripts wrote it; measured ones vary.
#[test]
fn invented_percentiles() {
    let of = |pairs: &[(f64, f64)]| {
        let rows = pairs.iter().enumerate().map(|(i, (mean, p95))| {
            let mut row = endpoint(&format!("/{i}"), 1000, 0, *mean);
            row.latency.distribution = table(&[(95_000, *p95)], Rounding::None);
            row
        });
        check::of_run(&run(rows.collect()))
    };
    let checks = of(&[(105.25, 147.35), (88.4, 123.76), (230.0, 322.0)]);
    let Check::ConstantRatio { endpoints: 3, ratio, .. } = found(&checks, "constant-ratio") else { panic!() };
    assert!((ratio - 1.4).abs() < 1e-3, "{ratio}");
    // Two endpoints, or three with the same figures, are a coincidence.
    assert_eq!(codes(&of(&[(105.25, 147.35), (88.4, 123.76)])), [""; 0]);
    assert_eq!(codes(&of(&[(100.0, 140.0), (100.0, 140.0), (100.0, 140.0)])), [""; 0]);
    // Measured and similar.
    assert_eq!(codes(&of(&[(105.25, 149.0), (88.4, 123.76), (230.0, 318.5)])), [""; 0]);
    // Whole milliseconds of fast endpoints: 5 → 7 may be 1.18 to 1.67 times.
    assert_eq!(codes(&of(&[(5.0, 7.0), (6.0, 8.0), (4.0, 6.0)])), [""; 0]);
}

/// statistics.md §4.3: p50 6, p90 36, p95 72, p99 368, p99.9 3688.
#[test]
fn minimum_requests_of_a_percentile() {
    for (p, needed) in [(50_000, 6), (90_000, 36), (95_000, 72), (99_000, 368), (99_900, 3688)] {
        assert_eq!(fewest_for(Percentile(p)), Some(needed));
    }
    assert_eq!(fewest_for(Percentile::P100), None);
    let rows = [("/a", 71), ("/b", 72), ("/c", 367), ("/d", 368)].map(|(name, n)| {
        let mut row = endpoint(name, n, 0, 10.0);
        row.latency.distribution = table(&[(95_000, 20.0), (99_000, 25.0)], Rounding::None);
        row
    });
    let checks = check::of_run(&run(rows.into()));
    let Check::TooFewForPercentile { percentiles, example, requests, whole_run } = &checks[0] else { panic!() };
    let thin: Vec<_> = percentiles.iter().map(|t| (t.percentile, t.endpoints)).collect();
    assert_eq!(thin, [(Percentile::P95, 1), (Percentile::P99, 3)]);
    assert_eq!((example.as_str(), *requests, *whole_run), ("/a", 71, false));
    assert_eq!((checks.len(), checks[0].level()), (1, NoteLevel::Info));
    let said = checks[0].text();
    for fact in ["p95 needs 72 (1 endpoint has fewer)", "p99 needs 368 (3 endpoints have fewer)", "/a has 71"] {
        assert!(said.contains(fact), "{said}");
    }
}

/// 20 per second, then nothing for 12 s.
#[test]
fn silence() {
    let seconds = (0..60).map(|s| if (20..32).contains(&s) { (0, 0.0, 10) } else { (20, 50.0, 10) });
    let checks = check::of_run(&timed(timeline(seconds)));
    // 48 · 20 requests in 60 s are 16 per second.
    let silence = Check::Silence { seconds: 12, longest_s: 12, from_s: 1020, rate_per_s: 16.0 };
    assert_eq!(found(&checks, "silence"), &silence);
    // At one request in two seconds, five seconds without one are normal.
    let rare = (0..200).map(|s| (u64::from(s % 5 == 0), 50.0, 10));
    assert_eq!(codes(&check::of_run(&timed(timeline(rare)))), [""; 0]);
}

#[test]
fn users_against_throughput_times_latency() {
    // 40 per second × 0.5 s are 20 in progress: of 10 users impossible, of 20 all of them, of 30 valid.
    let of = |users| check::of_run(&timed(timeline((0..60).map(|_| (40, 500.0, users)))));
    let checks = of(10);
    let Check::MoreBusyThanUsers { busy, users } = found(&checks, "more-busy-than-users") else { panic!() };
    assert!((busy - 20.0).abs() < 1e-9 && *users == 10.0);
    assert_eq!(codes(&of(20)), ["no-pauses"]);
    assert_eq!(found(&of(20), "no-pauses").level(), NoteLevel::Info);
    assert_eq!(codes(&of(30)), [""; 0]);

    // Users double, latency doubles, throughput stays: the limit is reached.
    let ramp = (0..90).map(|s| if s < 45 { (40, 250.0, 10) } else { (40, 500.0, 20) });
    let checks = check::of_run(&timed(timeline(ramp)));
    let Check::Saturated { early, late } = found(&checks, "saturated") else { panic!() };
    assert_eq!((early.busy(), late.busy(), late.pause_s()), (10.0, 20.0, 0.0));
    assert_eq!(codes(&checks), ["saturated"]);

    // The same users, the same latency, half the requests: pauses grow from 0.1 s to 0.3 s.
    let slower = (0..90).map(|s| if s < 45 { (50, 100.0, 10) } else { (25, 100.0, 10) });
    let checks = check::of_run(&timed(timeline(slower)));
    let Check::GeneratorSlowed { early, late } = found(&checks, "generator-slowed") else { panic!() };
    assert!((early.pause_s() - 0.1).abs() < 1e-9 && (late.pause_s() - 0.3).abs() < 1e-9);
    // If the responses took the time, it is not the generator.
    let service = (0..90).map(|s| if s < 45 { (50, 100.0, 10) } else { (25, 300.0, 10) });
    assert_eq!(codes(&check::of_run(&timed(timeline(service)))), [""; 0]);
}

#[test]
fn too_short() {
    let mut run = sound();
    for row in run.endpoints.iter_mut().chain(&mut run.total) {
        row.rate_per_s = row.rate_per_s.map(|rate| rate * 4.0);
    }
    run.duration_s = Some(25.0);
    assert_eq!(check::of_run(&run), [Check::TooShort { duration_s: 25.0 }]);
}

fn judge(baseline: Run, run: Run) -> Comparison {
    compare::compare(baseline, run, Policy::default())
}

/// Errors from 0.1 to 20 %, the mean from 100 to 82 ms: 20 % of the requests fail fast.
#[test]
fn failing_fast_is_not_an_improvement() {
    let (a, b) = (run(vec![endpoint("/a", 1000, 1, 100.0)]), run(vec![endpoint("/a", 1000, 200, 82.0)]));
    let forth = judge(a.clone(), b.clone()).checks.pair;
    let Check::FailFast { side: Which::Run, endpoints: 1, from_error_pct, to_error_pct, .. } = &forth[0] else {
        panic!("{forth:?}")
    };
    assert!((from_error_pct - 0.1).abs() < 1e-12 && (to_error_pct - 20.0).abs() < 1e-12);
    let back = judge(b.clone(), a.clone()).checks.pair;
    assert!(matches!(back[0], Check::FailFast { side: Which::Baseline, .. }), "{back:?}");
    // If it is unknown whether the mean includes failed requests, nothing is reported.
    let mut unknown = b;
    unknown.endpoints[0].latency.timed = None;
    unknown.total = None;
    assert_eq!(judge(a.clone(), unknown).checks.pair, []);
    // Slower and failing is unambiguous.
    assert_eq!(judge(a, run(vec![endpoint("/a", 1000, 200, 120.0)])).checks.pair, []);
}

/// Both endpoints become faster, but the total slower, since the slow one is requested more. 0.9·100 + 0.1·1000 = 190 →
/// 0.1·90 + 0.9·900 = 819. Within: 0.5·(−10) + 0.5·(−100) = −55. Mix: 95·(−0.8) + 950·0.8 = 684.
#[test]
fn simpson() {
    let a = run(vec![endpoint("/fast", 900, 0, 100.0), endpoint("/slow", 100, 0, 1000.0)]);
    let b = run(vec![endpoint("/fast", 100, 0, 90.0), endpoint("/slow", 900, 0, 900.0)]);
    let parts = mix(&a, &b).mean_ms.unwrap();
    for (ours, by_hand) in [(parts.within, -55.0), (parts.mix, 684.0), (parts.change(), 629.0), (parts.run, 819.0)] {
        assert!((ours - by_hand).abs() < 1e-9, "{parts:?}");
    }
    let checks = judge(a.clone(), b.clone()).checks.pair;
    assert_eq!(checks, [Check::MeanMovedByMix(parts)]);
    assert!(checks[0].text().contains("−55 ms within endpoints") && checks[0].text().contains("+684 ms"), "{checks:?}");
    let back = mix(&b, &a).mean_ms.unwrap();
    assert!((back.within - 55.0).abs() < 1e-9 && (back.mix + 684.0).abs() < 1e-9);

    // An endpoint missing on one side is mix only: 0.5·100 + 0.5·300 = 200 → 100.
    let two = run(vec![endpoint("/a", 500, 0, 100.0), endpoint("/b", 500, 0, 300.0)]);
    let one = run(vec![endpoint("/a", 1000, 0, 100.0)]);
    let parts = mix(&two, &one).mean_ms.unwrap();
    assert_eq!((parts.within, parts.mix), (0.0, -100.0));

    // Errors: 1 % and 5 % each, from 90:10 to 10:90 is 1.4 % → 4.6 %.
    let a = run(vec![endpoint("/a", 9000, 90, 10.0), endpoint("/b", 1000, 50, 10.0)]);
    let b = run(vec![endpoint("/a", 1000, 10, 10.0), endpoint("/b", 9000, 450, 10.0)]);
    let parts = mix(&a, &b).error_pct.unwrap();
    assert!((parts.mix - 3.2).abs() < 1e-9 && parts.within.abs() < 1e-9, "{parts:?}");
    assert_eq!(codes(&judge(a, b).checks.pair), ["errors-moved-by-mix"]);
}

fn reasons(comparison: &Comparison) -> Vec<&'static str> {
    comparison.comparability.reasons.iter().map(|r| r.code()).collect()
}

fn requiring(same: &[Same]) -> Policy {
    let mut policy = Policy::default();
    policy.compare.require_same = same.to_vec();
    policy
}

#[test]
fn required_equalities() {
    let (mut a, mut b) = (sound(), sound());
    assert_eq!(judge(a.clone(), b.clone()).comparability.state, State::Comparable);
    (a.users, b.users) = (Some(1), Some(100));
    let c = judge(a.clone(), b.clone());
    assert_eq!((c.comparability.state, reasons(&c)), (State::NotComparable, vec!["users-differ"]));
    assert_eq!((c.word, c.gate), (Word::NotComparable, Gate::NoVerdict));
    // The reason includes the next step.
    let said = c.comparability.reasons[0].text();
    assert!(said.starts_with("The baseline had 1 user, the run 100.") && said.contains("require_same = []"), "{said}");
    let c = compare::compare(a.clone(), b.clone(), requiring(&[]));
    assert_eq!((c.comparability.state, c.word), (State::Warn, Word::CannotTell));
    assert!(!c.comparability.reasons[0].text().contains("require_same"));
    // A hundred times the users could explain any slowdown.
    let mut worse = b.clone();
    worse.endpoints[0].failures = Some(100);
    let c = judge(a.clone(), worse);
    assert_eq!((c.word, c.gate), (Word::NotComparable, Gate::NoVerdict));
    // It is reported all the same.
    assert!(c.subjects.iter().any(|s| s.verdict == Verdict::Regressed));
    // A tenth is the same load; a fifth more widens the allowed noise, and changes beyond it are reported; twice as
    // many could explain any change.
    for (users, word) in [
        ((50, 51), Word::Regressed),
        ((99, 110), Word::Regressed),
        ((10, 12), Word::Regressed),
        ((10, 19), Word::Regressed),
        ((10, 20), Word::NotComparable),
    ] {
        let (mut a, mut worse) = (a.clone(), b.clone());
        (a.users, worse.users) = (Some(users.0), Some(users.1));
        worse.endpoints[0].failures = Some(400);
        assert_eq!(judge(a, worse).word, word, "{users:?}");
    }
    // An unknown value is not a known difference.
    b.users = None;
    assert_eq!(judge(a.clone(), b.clone()).comparability.state, State::Comparable);

    b.source.tool = "k6".into();
    assert_eq!(judge(a.clone(), b.clone()).comparability.state, State::Warn);
    let c = compare::compare(a.clone(), b.clone(), requiring(&[Same::Tool]));
    assert_eq!(c.comparability.state, State::NotComparable);
    b.source.tool = "Locust".into();
    // 20 % of the longer one is still equal; 20.1 % is not.
    for (seconds, same) in [(80.0, true), (79.9, false), (125.0, true), (125.1, false)] {
        b.duration_s = Some(seconds);
        let c = compare::compare(a.clone(), b.clone(), requiring(&[Same::Duration]));
        assert_eq!(c.comparability.state == State::Comparable, same, "{seconds}");
    }
}

/// Ranges that overlap may be the same version.
#[test]
fn versions() {
    let differ = |x: &str, y: &str| {
        let (mut a, mut b) = (sound(), sound());
        (a.source.version, b.source.version) = (Some(x.into()), Some(y.into()));
        let codes = [(a.clone(), b.clone()), (b, a)].map(|(a, b)| reasons(&judge(a, b)).contains(&"versions-differ"));
        assert_eq!(codes[0], codes[1], "{x} {y}");
        codes[0]
    };
    for (x, y) in [(">=1.0", ">=2.44"), ("2.47.0", ">=2.44"), ("2.47.0", "2.47.0"), ("0.13.3 to 0.14", "0.14.6")] {
        assert!(!differ(x, y), "{x} {y}");
    }
    for (x, y) in [("2.47.0", "2.46.9"), ("<=0.13.2", ">=1.0"), ("0.13.3 to 0.14", ">=1.0"), ("5.6.3", "5.10.0")] {
        assert!(differ(x, y), "{x} {y}");
    }
    // Text that is not a version is not compared.
    assert!(!differ("nightly", "2.47.0"));
}

#[test]
fn different_mixes_of_endpoints() {
    let shares = |a: u64, b: u64| run(vec![endpoint("/a", a, 0, 10.0), endpoint("/b", b, 0, 10.0)]);
    // ½·(|0.5 − 0.8| + |0.5 − 0.2|) = 30 %.
    let c = judge(shares(5000, 5000), shares(8000, 2000));
    let ReasonKind::Mix { moved_pct, baseline_pct, run_pct, .. } = &c.comparability.reasons[0].kind else { panic!() };
    assert!((moved_pct - 30.0).abs() < 1e-9, "{moved_pct}");
    assert!((baseline_pct - 50.0).abs() < 1e-9 && (run_pct - 80.0).abs() < 1e-9);
    assert_eq!(c.comparability.state, State::Warn);
    // Of 20 requests, 10:10 against 13:7 is chance.
    assert_eq!(reasons(&judge(shares(10, 10), shares(13, 7))), [""; 0]);

    let c = judge(run(vec![endpoint("/a", 800, 0, 10.0), endpoint("/old", 200, 0, 10.0)]), shares(1000, 0));
    let ReasonKind::Endpoints { baseline_pct, run_pct } = &c.comparability.reasons[0].kind else { panic!() };
    assert!((baseline_pct - 20.0).abs() < 1e-9 && *run_pct == 0.0);

    assert_eq!(reasons(&judge(shares(1000, 1000), shares(3000, 3000))), [""; 0]);
    assert_eq!(reasons(&judge(shares(1000, 1000), shares(3001, 3001))), ["sizes-differ"]);
}

#[test]
fn definitions_of_percentiles() {
    let with = |tool: &str, distribution: Distribution| {
        let mut run = sound();
        run.source.tool = tool.into();
        for row in run.endpoints.iter_mut().chain(&mut run.total) {
            row.latency.distribution = distribution.clone();
        }
        run
    };
    let printed = table(&[(95_000, 25.0)], Rounding::None);
    let samples = Distribution::Samples(Histogram::of([(10_000_000, 4000)]));
    let c = judge(with("JMeter", printed.clone()), with("JMeter", samples.clone()));
    assert_eq!(reasons(&c), ["percentile-definitions-differ"]);
    assert_eq!(c.comparability.state, State::Comparable);
    assert_eq!(reasons(&judge(with("k6", printed), with("k6", samples))), [""; 0]);
}

/// Users go 5, 10, 10, …: at 10 at the end of the second second, steady from then on.
#[test]
fn equal_users() {
    let a = timed(timeline([5, 10, 10, 10, 10].map(|users| (10, 20.0, users))));
    let b = timed(timeline([10, 10, 20, 20, 10, 10].map(|users| (7, 20.0, users))));
    let loads = equal_loads(&a, &b);
    assert_eq!(loads.len(), 1);
    assert_eq!((loads[0].users, loads[0].baseline.seconds, loads[0].run.seconds), (10, 3, 2));
    assert_eq!(loads[0].baseline.spans_s, [(2, 5)]);
    assert_eq!(loads[0].run.spans_s, [(1, 2), (5, 6)]);
    assert_eq!((loads[0].baseline.requests, loads[0].run.requests), (30, 14));
    assert_eq!(equal_loads(&a, &sound()), []);
}

fn settings(mode: WarmupMode, settle_ms: Option<f64>) -> Warmup {
    Warmup { mode, settle_ms, leave_out: false }
}

#[test]
fn warm_up_by_users() {
    let ramp = |to: u64| timed(timeline((1..=60).map(|s| (10, 20.0, (s * 2).min(to)))));
    let found = warmup(&ramp(20), &ramp(10), &settings(WarmupMode::Users, Some(3000.0)));
    let cut = |seconds, reached_s, users| Cut { seconds, reached_s: Some(reached_s), why: Why::Users { users } };
    assert_eq!((found.baseline, found.run), (cut(13, 10, 20), cut(8, 5, 10)));
    // Constant users from the start.
    let steady = timed(timeline((0..60).map(|_| (10, 20.0, 10))));
    assert_eq!(warmup(&steady, &steady, &settings(WarmupMode::Users, None)).run.seconds, 0);
    // A ramp to the end is not a warm-up.
    let whole = warmup(&ramp(120), &ramp(20), &settings(WarmupMode::Users, None));
    assert_eq!((whole.baseline.seconds, whole.baseline.why), (0, Why::TooMuch { seconds: 60 }));
    // Totals alone cannot be cut, so the other side is not cut either.
    let none = warmup(&ramp(20), &sound(), &settings(WarmupMode::Users, None));
    assert_eq!((none.rule, none.baseline.why, none.run.why), (WarmupMode::None, Why::OtherHasNone, Why::NoTimeline));
    let fixed = warmup(&ramp(20), &ramp(20), &settings(WarmupMode::Fixed, Some(2500.0)));
    assert_eq!((fixed.baseline.seconds, fixed.baseline.why), (3, Why::Fixed));
    let off = warmup(&ramp(20), &ramp(20), &settings(WarmupMode::None, Some(2500.0)));
    assert_eq!((off.baseline.seconds, off.baseline.why), (0, Why::Off));
}

/// The series of vector T13, as seconds: MSER-5 cuts 20 of its 40 values. Used for both sides without users.
#[test]
fn warm_up_by_mser5() {
    let series = [
        39.7, 28.8, 24.77, 20.76, 40.63, 27.0, 13.75, 16.79, 11.97, 15.94, 4.07, 4.52, 3.87, 4.41, 4.96, 4.1, 5.2, 4.6,
        3.9, 4.8, 4.4, 4.7, 5.1, 4.2, 4.5, 4.9, 4.3, 4.6, 5.0, 4.4, 4.1, 4.8, 4.7, 4.5, 4.6, 4.3, 4.9, 5.1, 4.2, 4.4,
    ];
    let mut a = timed(timeline(series.map(|ms| (10, ms, 5))));
    let b = a.clone();
    for interval in &mut a.timeline.as_mut().unwrap().intervals {
        interval.users = None;
    }
    let found = warmup(&a, &b, &settings(WarmupMode::Users, None));
    assert_eq!((found.rule, found.baseline.seconds, found.run.seconds), (WarmupMode::Mser5, 20, 20));
    assert_eq!(found.baseline.why, Why::Mser5);
}

/// One side ramps up for 30 of 100 s.
#[test]
fn warm_ups_that_differ() {
    let ramp = |per_s: u64| timed(timeline((1..=100).map(|s| (10, 20.0, (s * per_s).min(30)))));
    assert_eq!(reasons(&judge(ramp(1), ramp(30))), ["warm-ups-differ"]);
    assert_eq!(reasons(&judge(ramp(15), ramp(30))), [""; 0]);
}

/// 2 s of 10 requests at 100 ms, then 8 s of 20 at 50 ms: 160 requests, 50 ms, 20 per second.
#[test]
fn trimming() {
    let seconds = (0..10).map(|s| if s < 2 { (10, 100.0, 5) } else { (20, 50.0, 10) });
    let mut whole = timed(timeline(seconds));
    let own = whole.timeline.clone();
    whole.endpoints[0].timeline = own;
    whole.endpoints.push(Endpoint { requests: Some(5), ..endpoint("/z", 5, 0, 1.0) });
    whole.endpoints[0].latency.distribution = table(&[(95_000, 100.0)], Rounding::TwoDigits);
    let left = trim(&whole, 2).unwrap();
    assert_eq!((left.started_ms, left.duration_s), (Some(1_002_000), Some(8.0)));
    assert_eq!(left.timeline.as_ref().unwrap().start_s(), Some(1002));
    for row in [&left.endpoints[0], left.total.as_ref().unwrap()] {
        assert_eq!((row.requests, row.failures), (Some(160), Some(0)));
        assert_eq!((row.latency.mean_ms, row.rate_per_s), (Some(50.0), Some(20.0)));
    }
    assert_eq!(left.endpoints[0].latency.distribution.quantile_ms(Percentile::P95), Some(100.0));
    assert_eq!(left.endpoints[1], whole.endpoints[1]);
    let [note] = &*left.notes else { panic!("{:?}", left.notes) };
    let text = "Left out the first 2 s as warm-up. 1 row has no timeline and covers the whole run. Percentiles, minimum and \
                maximum cover the whole run: a table cannot be cut.";
    assert_eq!((note.code(), note.level(), note.text().as_str()), ("warm-up-cut", NoteLevel::Info, text));
    assert_eq!(trim(&whole, 0).unwrap(), whole);
    assert_eq!(trim(&sound(), 2), None);
}

/// 2 s of 10 requests at 100 ms with 5 users, then 8 s of 20 at 50 ms with 10: without the ramp 160 requests at 50 ms.
#[test]
fn warm_up_is_excluded_from_the_figures() {
    let ramp = || timed(timeline((0..10).map(|s| if s < 2 { (10, 100.0, 5) } else { (20, 50.0, 10) })));
    let file = |text: &str| policy::parse("t.toml", &format!("schema = 1\nprofile = \"default\"\n{text}")).unwrap();
    let figures = |c: &Comparison| {
        [&c.baseline, &c.run].map(|r| {
            let total = r.total.as_ref().unwrap();
            (total.requests.unwrap(), total.latency.mean_ms.unwrap())
        })
    };
    // Nothing is cut by default; if requested, both sides are.
    let whole = compare::compare(ramp(), ramp(), file(""));
    assert_eq!(figures(&whole), [(180, 55.555_555_555_555_56); 2]);
    assert_eq!((whole.warmup.run.seconds, whole.warmup.run.why), (3, Why::Users { users: 10 }));
    let fixed = "[compare]\nwarmup = { mode = \"fixed\", settle = \"2s\" }\n";
    let cut = compare::compare(ramp(), ramp(), file(fixed));
    assert_eq!(figures(&cut), [(160, 50.0); 2]);
    assert_eq!((cut.warmup.run.seconds, cut.warmup.run.why), (2, Why::LeftOut));
    // Only once, when compared again by other limits.
    let again = compare::compare(cut.baseline.clone(), cut.run.clone(), file(fixed));
    assert_eq!(again, cut);
    let moved = format!(
        "{fixed}[[rule]]\nservice = \"*\"\nmetric = \"rps\"\nbetter = \"higher\"\nfail = {{ any = [\"-50%\"] }}\n"
    );
    assert_eq!(figures(&compare::judge_again(cut, file(&moved))), [(160, 50.0); 2]);
    // Each of several runs per side is cut.
    let sides = compare::compare_sides(vec![ramp(), ramp()], vec![ramp()], &[], file(fixed)).unwrap();
    assert_eq!(figures(&sides).map(|(_, mean)| mean), [50.0; 2]);
    // If one cannot be cut, none is: a partial measurement against a whole one would differ by itself.
    let totals = compare::compare(ramp(), sound(), file(fixed));
    assert_eq!(figures(&totals)[0], (180, 55.555_555_555_555_56));
    assert_eq!(totals.warmup.baseline.why, Why::OtherHasNone);
}

/// Cutting must not create a difference: what cannot be cut on one side is cut on neither.
#[test]
fn warm_up_is_excluded_on_both_sides_or_neither() {
    let file = |text: &str| policy::parse("t.toml", &format!("schema = 1\nprofile = \"default\"\n{text}")).unwrap();
    let fixed = |s: u32| file(&format!("[compare]\nwarmup = {{ mode = \"fixed\", settle = \"{s}s\" }}\n"));
    let of = |seconds: u32| timed(timeline((0..seconds).map(|s| if s < 2 { (10, 100.0, 5) } else { (20, 50.0, 10) })));
    let requests = |c: &Comparison| [&c.baseline, &c.run].map(|r| r.total.as_ref().unwrap().requests.unwrap());

    // 4 of 20 s are a warm-up, 4 of 6 s are not: both stay whole.
    let short = compare::compare(of(20), of(6), fixed(4));
    assert_eq!(requests(&short), [380, 100]);
    assert_eq!((short.baseline.left_out_s, short.run.left_out_s), (None, None));
    assert_eq!(short.warmup.run.why, Why::TooMuch { seconds: 4 });

    // A row with a timeline on one side only is whole on both.
    let mut with = of(10);
    with.endpoints[0].timeline = with.timeline.clone();
    let row = |c: &Comparison| [&c.baseline, &c.run].map(|r| r.endpoints[0].requests.unwrap());
    assert_eq!(row(&compare::compare(with.clone(), with.clone(), fixed(2))), [160, 160]);
    let one = compare::compare(with.clone(), of(10), fixed(2));
    assert_eq!((row(&one), requests(&one)), ([180, 180], [160, 160]));

    // Samples against a table: counts and means are cut, percentiles on neither side.
    let p95 = |c: &Comparison| {
        [&c.baseline, &c.run].map(|r| r.endpoints[0].latency.distribution.quantile_ms(Percentile::P95).unwrap())
    };
    let sampled = |mut run: Run| {
        let timeline = run.endpoints[0].timeline.as_mut().unwrap();
        let mut all = HistogramBuilder::default();
        for interval in &mut timeline.intervals {
            let ns = (interval.mean_ms.unwrap() * 1e6) as u64;
            let mut sketch = Sketch::default();
            sketch.record(Sketch::bucket(ns), u32::try_from(interval.requests).unwrap());
            interval.sketch = Some(Box::new(sketch));
            all.record_n(ns, interval.requests);
        }
        run.endpoints[0].latency.distribution = Distribution::Samples(all.build());
        run
    };
    let mut printed = with.clone();
    printed.endpoints[0].latency.distribution = table(&[(95_000, 100.0)], Rounding::TwoDigits);
    let both = compare::compare(sampled(with.clone()), sampled(with.clone()), fixed(2));
    assert!(p95(&both).iter().all(|ms| (ms / 50.0 - 1.0).abs() < 0.01), "{:?}", p95(&both));
    let mixed = compare::compare(sampled(with), printed, fixed(2));
    assert_eq!((row(&mixed), p95(&mixed)), ([160, 160], [100.0, 100.0]));

    // A run that was cut before, from a link, is not cut again; the other is.
    let cut = compare::compare(of(10), of(10), fixed(2)).baseline;
    assert_eq!(requests(&compare::compare(cut.clone(), of(10), fixed(2))), [160, 160]);
    let late = compare::compare(cut, of(3), fixed(2));
    assert_eq!(requests(&late), [160, 40]);
    assert!(reasons(&late).contains(&"warm-up-left-out-of-one"), "{:?}", reasons(&late));
    assert_eq!((late.warmup.baseline.why, late.warmup.run.why), (Why::LeftOut, Why::TooMuch { seconds: 2 }));
}

/// Raw samples have sketches: percentiles cover the remaining time, within 0.8 %.
#[test]
fn trimming_samples() {
    let mut whole = timed(timeline((0..10).map(|s| (10, if s < 2 { 100.0 } else { 50.0 }, 5))));
    let ms = |ms: u64| {
        let mut sketch = Sketch::default();
        sketch.record(Sketch::bucket(ms * 1_000_000), 10);
        Some(Box::new(sketch))
    };
    for (s, interval) in whole.timeline.as_mut().unwrap().intervals.iter_mut().enumerate() {
        interval.sketch = ms(if s < 2 { 100 } else { 50 });
        interval.sum_ns = Some(if s < 2 { 1_000_000_000 } else { 500_000_000 }.into());
    }
    let left = trim(&whole, 2).unwrap();
    let total = left.total.unwrap();
    let p95 = total.value(&Metric::Latency(Percentile::P95)).number.unwrap();
    assert!((p95 / 50.0 - 1.0).abs() < 0.008, "{p95}");
    assert_eq!((total.latency.mean_ms, total.latency.max_ms), (Some(50.0), None));
}

/// After a cut, a run still separates its successful requests. By hand: from second 2 on, seven of 50 ms per second and
/// three failures of 2 ms.
#[test]
fn trimming_keeps_failed_requests_separate() {
    let mut recorder = Recorder::default();
    let slot = recorder.endpoint(None, "/a", true);
    for (second, i) in (0..10).flat_map(|second| (0..10).map(move |i| (second, i))) {
        let ms = if second < 2 {
            900
        } else if i < 3 {
            2
        } else {
            50
        };
        recorder.record_ms(slot, 1000 * second + 999, ms, i < 3, None, Some(5));
    }
    let left = trim(&recorder.run(100, 0), 2).unwrap();
    for row in left.endpoints.iter().chain(&left.total) {
        let alone = row.successes().unwrap();
        assert_eq!((row.requests, alone.requests, alone.failures), (Some(80), Some(56), Some(0)));
        assert_eq!(alone.latency.mean_ms, Some(50.0));
        let p50 = alone.value(&Metric::Latency(Percentile::P50)).number.unwrap();
        assert!((p50 / 50.0 - 1.0).abs() < 0.008, "{p50}");
        assert_eq!(alone.timeline.unwrap().requests(), 56);
    }
}

/// A real run of another project, and a hand-edited file.
#[test]
fn third_party_samples() {
    let read = |names: &[&str]| {
        let folder = project("../shared/samples/locust");
        let parts = names.iter().map(|name| {
            let bytes = std::fs::read(folder.join(name)).ok()?;
            Some(loaddiff::ingest::read(name, &bytes).unwrap())
        });
        let parts: Option<Vec<_>> = parts.collect();
        parts.map(|parts| loaddiff::ingest::assemble(parts, loaddiff::ingest::Parts::Refuse).unwrap())
    };
    let names = ["exceptions", "failures", "stats", "stats_history"].map(|k| format!("bitcoinapi_results_{k}.csv"));
    let Some(run) = read(&names.each_ref().map(String::as_str)) else {
        println!("skipped: ../shared/samples is not here");
        return;
    };
    let expected = ["history-skipped-seconds", "history-ends-early", "too-few-for-percentile"];
    assert_eq!(codes(&check::of_run(&run)), expected);
    let edited = read(&["jenkins_test_results_stats.csv"]).unwrap();
    let expected =
        ["total-disagrees", "percentile-beyond-max", "mean-contradicts-percentiles", "too-few-for-percentile"];
    assert_eq!(codes(&check::of_run(&edited)), expected);
}

/// No false alarms: real, unmodified files of every Locust version are found short and thin, nothing else.
#[test]
fn nothing_is_found_in_real_runs() {
    let (base, slow) = locust_pair();
    for run in [&base, &slow] {
        assert_eq!(codes(&check::of_run(run)), ["too-few-for-percentile"]);
    }
    let c = judge(base, slow);
    assert_eq!((c.comparability.state, c.checks.pair.as_slice()), (State::Comparable, [].as_slice()));
    let mix = c.mix.mean_ms.unwrap();
    assert!(mix.within > 0.0 && mix.mix < 0.0, "the slower endpoint is requested less: {mix:?}");

    let rest = [
        ("0.11.0", &["base_requests", "base_distribution"][..]),
        ("0.12.2", &["base_requests", "base_distribution"]),
        ("0.13.5", &["base_stats", "base_stats_history"]),
        ("0.14.6", &["full_stats", "full_stats_history", "full_failures"]),
        ("0.14.6", &["quotes_stats", "quotes_stats_history", "quotes_failures"]),
        ("1.0.3", &["base_stats", "base_stats_history", "base_failures"]),
        ("1.0.3", &["full_stats", "full_stats_history", "full_failures"]),
        ("1.6.0", &["base_stats", "base_stats_history", "base_failures"]),
        ("2.47.0", &["full_stats", "full_stats_history", "full_failures"]),
    ];
    for (version, files) in rest {
        let paths: Vec<String> = files.iter().map(|f| format!("locust/{version}/{f}.csv")).collect();
        let run = run_of(&paths.iter().map(String::as_str).collect::<Vec<_>>());
        let mut found = codes(&check::of_run(&run));
        // Stopped while its history was being written.
        found.retain(|code| !(version == "1.6.0" && code == "history-ends-early"));
        assert_eq!(found, ["too-short", "too-few-for-percentile"], "{version}");
    }
}

/// The scripts' own files: their profile requires no equality, the default profile requires equal users.
#[test]
fn the_scripts_files() {
    let path = |file: &str| format!("scripts/report-1/{file}");
    let runs = || (run_of(&[&path("performance-baselines.json")]), run_of(&[&path("load-results.csv")]));
    let (a, mut b) = runs();
    b.users = Some(100);
    let c = compare::compare(a, b, policy::profile("seed-v1").unwrap());
    assert_ne!(c.comparability.state, State::NotComparable);
    assert_eq!((c.word, c.gate), (Word::Critical, Gate::Fail));
}

/// A summary with invented percentiles in a hand-made file, end to end.
#[test]
fn reports_show_the_checks() {
    let (a, mut b) = (sound(), sound());
    b.users = Some(7);
    b.total.as_mut().unwrap().failures = Some(31);
    let mut a = a;
    a.users = Some(5);
    let c = judge(a, b.clone());
    let markdown = loaddiff::report::markdown::render(&c);
    assert!(markdown.contains("- △ Comparison: The baseline had 5 users, the run 7."), "{markdown}");
    assert!(markdown.contains("- △ Run: The total row counts 31 failures, the endpoints add up to 30."), "{markdown}");
    assert!(markdown.contains("≠ Not comparable"), "{markdown}");
    let json: serde_json::Value =
        serde_json::from_str(&loaddiff::report::json::render(&c, "2026-01-02T03:04:05Z")).unwrap();
    assert_eq!(json["comparability"]["state"], "not-comparable");
    assert_eq!(json["comparability"]["reasons"][0]["required"], true);
    assert_eq!(json["checks"][0]["code"], "total-disagrees");
    assert_eq!(json["checks"][0]["about"], "run");
    let text = loaddiff::report::inspect::text(&b);
    assert!(text.contains("Data checks:\n  △ The total row counts 31 failures"), "{text}");
    let csv = "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min Response Time,\
               Max Response Time,Average Content Size,Requests/s,Failures/s,50%,95%\nGET,/a,10,11,1,1,1,2,1,1,1,1,2\n";
    assert!(loaddiff::report::inspect::json(&run_from(csv)).contains("\"more-failures-than-requests\""));
}

fn any_figure() -> BoxedStrategy<Option<f64>> {
    prop_oneof![
        1 => Just(None),
        4 => (0.0..1e4_f64).prop_map(Some),
        1 => prop::sample::select(vec![0.0, 1e-300, 1e300, f64::MAX, 5e-324]).prop_map(Some),
    ]
    .boxed()
}

fn any_count() -> BoxedStrategy<Option<u64>> {
    prop_oneof![1 => Just(None), 6 => (0..10_000_u64).prop_map(Some), 1 => Just(Some(u64::MAX))].boxed()
}

fn any_endpoint(name: &'static str) -> BoxedStrategy<Endpoint> {
    let values = prop::collection::btree_map(1..=100_000_u32, 0.0..1e9_f64, 0..6);
    let figures = (any_figure(), any_figure(), any_figure(), any_figure());
    (any_count(), any_count(), any_count(), figures, values, any::<bool>())
        .prop_map(move |(requests, failures, timed, (mean_ms, min_ms, max_ms, rate_per_s), values, rounded)| Endpoint {
            name: name.into(),
            requests,
            failures,
            latency: Latency {
                mean_ms,
                min_ms,
                max_ms,
                timed,
                sum_ns: None,
                distribution: Distribution::Table(PercentileTable {
                    values_ms: values.into_iter().map(|(p, ms)| (Percentile(p), ms)).collect(),
                    rounding: if rounded { Rounding::TwoDigits } else { Rounding::None },
                }),
            },
            rate_per_s,
            ..Endpoint::default()
        })
        .boxed()
}

fn any_timeline() -> BoxedStrategy<Timeline> {
    let second = (0..50_u64, any_figure(), prop::option::of(0..30_u64), 1..4_u32, 0..9_i64);
    prop::collection::vec(second, 0..90)
        .prop_map(|seconds| {
            let mut end_s = 0;
            let interval = |(requests, mean_ms, users, length_s, gap): (u64, Option<f64>, Option<u64>, u32, i64)| {
                end_s += i64::from(length_s) + gap / 8;
                Interval { end_s, length_s, requests, mean_ms, users, ..Interval::default() }
            };
            Timeline { intervals: seconds.into_iter().map(interval).collect(), ..Timeline::default() }
        })
        .boxed()
}

fn any_run() -> BoxedStrategy<Run> {
    let endpoints = (
        prop::option::of(any_endpoint("/a")),
        prop::option::of(any_endpoint("/b")),
        prop::option::of(any_endpoint("/c")),
    );
    let facts = (any_count(), any_figure(), prop::sample::select(vec!["Locust", "k6"]));
    (endpoints, prop::option::of(any_endpoint("Total")), prop::option::of(any_timeline()), facts)
        .prop_map(|((a, b, c), total, timeline, (users, duration_s, tool))| Run {
            source: Source { tool: tool.into(), ..Source::default() },
            endpoints: a.into_iter().chain(b).chain(c).collect(),
            total,
            timeline,
            users,
            duration_s,
            ..Run::default()
        })
        .boxed()
}

proptest! {
    /// Every pair has a result in words; swapping the sides swaps only the sides of it.
    #[test]
    fn any_pair_is_checked_the_same_both_ways(a in any_run(), b in any_run(), seconds in 0..200_u32) {
        let forth = judge(a.clone(), b.clone());
        let back = judge(b.clone(), a.clone());
        prop_assert_eq!(&forth.checks.baseline, &back.checks.run);
        prop_assert_eq!(&forth.checks.run, &back.checks.baseline);
        prop_assert_eq!(forth.comparability.state, back.comparability.state);
        prop_assert_eq!(reasons(&forth), reasons(&back));
        let (x, y) = (codes(&forth.checks.pair), codes(&back.checks.pair));
        prop_assert_eq!(x, y);
        prop_assert_eq!((forth.warmup.baseline, forth.warmup.run), (back.warmup.run, back.warmup.baseline));
        for (x, y) in [(forth.mix.mean_ms, back.mix.mean_ms), (forth.mix.error_pct, back.mix.error_pct)] {
            prop_assert_eq!(x.is_some(), y.is_some());
            if let (Some(x), Some(y)) = (x, y) {
                // Subnormal numbers have fewer than nine digits.
                let scale = 1e-9 * (x.baseline.abs() + x.run.abs()) + f64::MIN_POSITIVE;
                prop_assert!((x.within + y.within).abs() <= scale && (x.mix + y.mix).abs() <= scale);
                prop_assert!((x.within + x.mix - x.change()).abs() <= scale);
            }
        }
        for check in forth.checks.run.iter().chain(&forth.checks.pair) {
            prop_assert!(!check.text().contains("NaN") && !check.text().is_empty(), "{}", check.text());
        }
        for reason in &forth.comparability.reasons {
            prop_assert!(!reason.text().contains("NaN"), "{}", reason.text());
        }
        let loads = equal_loads(&a, &b);
        prop_assert_eq!(loads.len(), equal_loads(&b, &a).len());
        if let Some(left) = trim(&a, seconds) {
            let requests = |run: &Run| run.timeline.as_ref().map(Timeline::requests);
            prop_assert!(requests(&left) <= requests(&a));
            let _ = judge(left, b);
        }
    }
}
