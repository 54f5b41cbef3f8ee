//! Links: round trips with the same verdicts, detection of damage, and safety against hostile content.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "support/columnar.rs"]
mod columnar;
#[path = "support/link_frame.rs"]
mod link_frame;
#[path = "support/pairs.rs"]
mod pairs;
mod support;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use link_frame::{body, framed, sealed};
use loaddiff::compare::{Comparison, Error, Row, Scope, Side, Verdict, Word, compare};
use loaddiff::ingest::locust::notes::HISTORY_RESET;
use loaddiff::ingest::notes::ROWS_MERGED;
use loaddiff::link::{self, Link, LinkError, Options, Piece, Unshareable, caps};
use loaddiff::mask::Names;
use loaddiff::number;
use loaddiff::policy::{self, Policy};
use loaddiff::run::{
    Buckets, Distribution, Endpoint, Failure, Interval, Latency, Note, Percentile, PercentileTable, Rounding,
    RowAccount, Run, Source, SourceFile, TablePart, Timeline, significant,
};
use pairs::{Keeps, Random, pair};
use proptest::prelude::*;
use support::{Recorded, fixture, locust_pair, run_of};

fn compared((baseline, run): (Run, Run), profile: &str) -> Comparison {
    compare(baseline, run, policy::profile(profile).unwrap())
}

fn figures_alone() -> Options {
    Options { time_series: false, max_chars: None, names: Names::Keep }
}

/// Without time series and causes of failures: always included content only.
fn shortest() -> Options {
    Options { max_chars: Some(1), names: Names::Keep, ..Options::default() }
}

fn everything() -> Options {
    Options { max_chars: None, names: Names::Keep, ..Options::default() }
}

fn opened(link: &Link) -> Comparison {
    link::decode(&format!("https://example.org/loaddiff/{}", link.text)).unwrap().judge()
}

/// All parts of the verdicts.
fn verdicts(c: &Comparison) -> Vec<String> {
    let whole = format!("{:?} {:?} {:?}", c.word, c.gate, c.counts);
    let rows = c.subjects.iter().flat_map(|s| {
        let row = |r: &Row| {
            let said = format!("{:?} {:?} {}", r.verdict, r.reason, r.beyond);
            format!("{:?} {:?} {} {}: {said}", s.scope, s.service, s.label(), r.metric)
        };
        s.rows.iter().map(row).collect::<Vec<_>>()
    });
    std::iter::once(whole).chain(rows).collect()
}

/// The precision of the figures, to the last bit, and its use.
fn sureness(c: &Comparison) -> Vec<String> {
    let rows = c.subjects.iter().filter(|s| s.scope != Scope::Service).flat_map(|s| {
        let side = |side: &Option<Side>| match side.as_ref().map(|s| &s.error) {
            Some(error @ (Error::Batches(_) | Error::Order(_) | Error::Counts(..) | Error::Runs(_))) => {
                format!("{error:?}")
            }
            _ => String::new(),
        };
        let row = |r: &Row| {
            let sides = r.sides.as_ref().filter(|_| r.evidence.is_some());
            let sides = sides.map(|s| (side(&s.baseline), side(&s.run), s.judged)).unwrap_or_default();
            let evidence = r
                .evidence
                .as_ref()
                .map(|e| (e.method, e.n, e.family, &e.basis, e.floor, e.noise, e.direction, e.confidence_pct));
            format!("{} {}: {evidence:?} {sides:?}", s.label(), r.metric)
        };
        s.rows.iter().map(row).collect::<Vec<_>>()
    });
    rows.collect()
}

/// Changes, intervals and detectable changes, in display precision.
fn evidence(c: &Comparison) -> Vec<String> {
    let few = |pct: f64| if pct.abs() > 1e4 { significant(pct, 3) } else { pct };
    let shown = |value: Option<f64>| value.map(|pct| number::percent_change(few(pct)));
    let rows = c.subjects.iter().flat_map(|s| {
        let row = |r: &Row| {
            let e = r.evidence.as_ref()?;
            let all = [e.estimate, e.interval.lower, e.interval.upper, e.limit, e.detectable].map(shown);
            let told = r.rule.is_some() && r.verdict != Verdict::Info;
            told.then(|| format!("{} {}: {all:?}", s.label(), r.metric))
        };
        s.rows.iter().filter_map(row).collect::<Vec<_>>()
    });
    let seen = &c.seen;
    let seen = ([seen.total_pct, seen.endpoint_pct, seen.errors_pp].map(shown), seen.endpoint_requests);
    std::iter::once(format!("{seen:?}")).chain(rows).collect()
}

/// A link's comparison equals its original, within the stated precision.
fn assert_alike(made: &Comparison, opened: &Comparison) {
    assert_eq!(sureness(made), sureness(opened));
    assert_eq!(verdicts(made), verdicts(opened));
    assert_eq!(evidence(made), evidence(opened));
    assert_eq!(made.policy, opened.policy);
    assert_eq!(made.baseline_account, opened.baseline_account);
    for (a, b) in [(&made.baseline, &opened.baseline), (&made.run, &opened.run)] {
        assert_eq!((&a.label, &a.source.tool, &a.source.version), (&b.label, &b.source.tool, &b.source.version));
        assert_eq!((a.started_ms, a.duration_s, a.users, a.rows), (b.started_ms, b.duration_s, b.users, b.rows));
        let rows = a.endpoints.iter().chain(&a.total).zip(b.endpoints.iter().chain(&b.total));
        assert_eq!((a.endpoints.len(), a.total.is_some()), (b.endpoints.len(), b.total.is_some()));
        for (x, y) in rows {
            assert_eq!((x.key(), &x.service), (y.key(), &y.service));
            assert_eq!((x.requests, x.failures, x.latency.timed), (y.requests, y.failures, y.latency.timed));
            close(x.rate_per_s, y.rate_per_s, 0.001);
            close(x.stated_error_rate_pct, y.stated_error_rate_pct, 0.0);
            close(x.latency.mean_ms, y.latency.mean_ms, 0.001);
            close(x.latency.min_ms, y.latency.min_ms, 0.01);
            close(x.latency.max_ms, y.latency.max_ms, 0.01);
            assert_eq!(x.metrics, y.metrics);
            match (&x.latency.distribution, &y.latency.distribution) {
                (Distribution::Table(s), Distribution::Table(t)) => {
                    assert_eq!((s.rounding, s.values_ms.len()), (t.rounding, t.values_ms.len()));
                    for ((p, v), (q, w)) in s.values_ms.iter().zip(&t.values_ms) {
                        assert_eq!(p, q);
                        close(Some(*v), Some(*w), if s.rounding == Rounding::TwoDigits { 0.0 } else { 0.001 });
                    }
                }
                (Distribution::Buckets(b), Distribution::Table(t)) => {
                    assert!(t.values_ms.len() >= 33);
                    for (p, w) in &t.values_ms {
                        let stated = if b.rounding == Rounding::TwoDigits { 0.0 } else { 0.02 };
                        close(b.quantile_ms(*p), Some(*w), stated);
                    }
                }
                (s, t) => assert_eq!(s, t),
            }
        }
    }
}

fn close(a: Option<f64>, b: Option<f64>, within: f64) {
    match (a, b) {
        (Some(a), Some(b)) if a.is_finite() => assert!((a - b).abs() <= within * a.abs(), "{a} became {b}"),
        (a, b) => assert_eq!(a.map(f64::to_bits), b.map(f64::to_bits)),
    }
}

const CUSTOM: &str = r#"
schema = 1
profile = "default"
[compare]
missing = "warn"
warmup = { mode = "fixed", settle = "5s" }
unmatched_new = "fail"
zero_baseline = "absolute"
equal_is = "fail"
[[match]]
service = "a"
name = ["*a*", "re:^/[bc]"]
aggregate = "pooled-counts"
[[match]]
service = "d"
method = "get"
name = ["*d*"]
[[rule]]
service = "a"
metric = "mean_latency_ms"
warn = { any = ["+1%"] }
fail = { all = ["+3%", "+1ms"] }
max = "2s"
[[rule]]
name = "/e*"
metric = "p97.3_latency_ms"
limit = "+5%"
band = 1.5
[[rule]]
metric = "max_latency_ms"
warn = { any = ["+2.5%"] }
min_requests = 10
[[rule]]
metric = "error_rate_pct"
fail = { any = ["+0.5%"], min_events = 3 }
source = "rounded_pct"
[[rule]]
metric = "extra"
max = "17.123456"
[[ack]]
metric = "rps"
reason = "known"
up_to = "-20%"
"#;

#[test]
fn real_pairs_round_trip() {
    let custom = || policy::parse("thresholds.toml", CUSTOM).unwrap();
    let json = || (run_of(&["locust/2.47.0/base.json"]), run_of(&["locust/2.47.0/slow.json"]));
    let full = || (run_of(&["locust/2.47.0/full.json"]), run_of(&["locust/2.47.0/full_stats.csv"]));
    let scripts =
        || (run_of(&["scripts/report-1/performance-baselines.json"]), run_of(&["scripts/report-1/load-results.csv"]));
    for (name, runs) in [("csv", locust_pair()), ("json", json()), ("full", full()), ("scripts", scripts())] {
        for policy in [policy::profile("default").unwrap(), policy::profile("seed-v1").unwrap(), custom()] {
            let made = compare(runs.0.clone(), runs.1.clone(), policy);
            let link = link::encode(&made, &everything()).unwrap();
            println!("{name}, {}: {} characters", made.policy.name, link.text.len());
            let opened = opened(&link);
            assert_alike(&made, &opened);
            // Shared again it has the same result, possibly with other digits.
            assert_alike(&opened, &self::opened(&link::encode(&opened, &everything()).unwrap()));
        }
    }
}

#[test]
fn content_included_and_left_out() {
    let made = compared(locust_pair(), "default");
    let link = link::encode(&made, &everything()).unwrap();
    let opened = opened(&link);
    assert!(link.text.ends_with(|c: char| c.is_ascii_alphanumeric()));
    assert!(link.included.contains(&Piece::TimeSeries) && link.included.contains(&Piece::Endpoints(8)));
    assert!(link.left_out.contains(&Piece::Files));
    assert!(link.cut_to_fit.is_empty());
    let (a, b) = (made.run.timeline.as_ref().unwrap(), opened.run.timeline.as_ref().unwrap());
    assert_eq!(a.requests(), b.requests());
    assert_eq!((a.start_s(), a.duration_s(), a.max_users()), (b.start_s(), b.duration_s(), b.max_users()));
    let causes = |r: &Run| r.failures.iter().map(|f| (f.name.clone(), f.count)).collect::<Vec<_>>();
    assert_eq!(causes(&made.run), causes(&opened.run));
    assert!(opened.run.notes.iter().any(|n| n.code() == "from-link" && !n.text().contains("histogram")));

    let short = link::encode(&made, &Options { max_chars: Some(link.text.len() - 1), ..Options::default() }).unwrap();
    assert!(short.left_out.contains(&Piece::TimeSeries) && short.text.len() < link.text.len());
    assert!(short.included.iter().any(|p| matches!(p, Piece::FailureCauses(_))));
    // Requested content that did not fit is distinguished from content that is never included, or was not requested.
    assert_eq!(short.cut_to_fit, [Piece::TimeSeries]);
    let unasked = link::encode(&made, &Options { time_series: false, ..everything() }).unwrap();
    assert!(unasked.left_out.contains(&Piece::TimeSeries) && unasked.cut_to_fit.is_empty());
    let hidden = link::encode(&made, &Options { names: Names::Hash, ..everything() }).unwrap();
    assert!(hidden.cut_to_fit.is_empty());
    let shortest = link::encode(&made, &Options { max_chars: Some(1), ..Options::default() }).unwrap();
    assert!(shortest.left_out.iter().any(|p| matches!(p, Piece::FailureCauses(_))));
    assert_eq!(shortest.cut_to_fit.len(), 2);
    assert_eq!(verdicts(&self::opened(&shortest)), verdicts(&made));
}

/// Browsers give a page's main thread a stack of a megabyte, shared with other code.
#[test]
fn a_small_stack_is_enough() {
    let work = || {
        let made = compared(pair(30, Keeps::Table, 3), "default");
        assert_alike(&made, &opened(&link::encode(&made, &everything()).unwrap()));
    };
    std::thread::Builder::new().stack_size(256 * 1024).spawn(work).unwrap().join().unwrap();
}

#[test]
fn the_same_file_twice_stays_not_comparable() {
    let run = run_of(&["locust/2.47.0/base_stats.csv"]);
    let made = compared((run.clone(), run), "default");
    assert_eq!(made.word, Word::NotComparable);
    assert_alike(&made, &opened(&link::encode(&made, &everything()).unwrap()));
}

#[test]
fn names_can_be_hidden() {
    let options = Options { names: Names::Hash, ..everything() };
    for profile in ["default", "seed-v1"] {
        let made = compared(locust_pair(), profile);
        let link = link::encode(&made, &options).unwrap();
        let opened = opened(&link);
        assert_eq!((made.word, made.gate, made.counts), (opened.word, opened.gate, opened.counts));
        assert!(opened.run.endpoints.iter().all(|e| e.name.starts_with("endpoint-") && e.name.len() == 15));
        assert!(link.left_out.contains(&Piece::Names) && opened.run.failures.is_empty());
        // All readable text in it.
        let text = format!("{opened:?}");
        for name in ["/v1/chat", "/search", "/users", "tools", "/query\""] {
            assert!(!text.contains(name), "{profile}: {name}");
        }
    }
}

/// For example rules that distinguish endpoints by the length of their names.
#[test]
fn names_that_decide_are_not_hidden() {
    let thresholds = "[[rule]]\nname = \"/v1/*\"\nmetric = \"p95_latency_ms\"\nfail = { any = [\"+20%\"] }\n\
                      [[rule]]\nname = \"/v1/c*\"\nmetric = \"p95_latency_ms\"\nfail = { any = [\"+900%\"] }\n\
                      [[rule]]\nname = \"*\"\nmetric = \"p95_latency_ms\"\nfail = { any = [\"+1%\"] }\n";
    let (a, b) = locust_pair();
    let made = compare(a, b, policy::parse("t.toml", thresholds).unwrap());
    let hidden = link::encode(&made, &Options { names: Names::Hash, ..everything() });
    match hidden {
        Err(why) => assert_eq!(why, Unshareable::NamesDecide),
        Ok(link) => assert_eq!(opened(&link).counts, made.counts),
    }
}

#[test]
fn too_much_is_refused() {
    let row = |i: usize| Endpoint { name: format!("{i:06}"), requests: Some(5), ..Endpoint::default() };
    let run = Run { endpoints: (0..=caps::ENDPOINTS).map(row).collect(), ..Run::default() };
    let made = compare(run.clone(), run, Policy::default());
    assert_eq!(link::encode(&made, &everything()).unwrap_err(), Unshareable::TooMuch { what: "endpoints" });

    let run = Run { endpoints: vec![row(1), row(1)].into(), ..Run::default() };
    let made = compare(run, Run::default(), Policy::default());
    assert_eq!(link::encode(&made, &everything()).unwrap_err(), Unshareable::Unsorted);
}

// ---------------------------------------------------------------------------------------------------------- sizes

/// Endpoints, and maximum characters with 11 percentiles per side, and with 33 quantiles of Locust.
/// `docs/link-format.md` has the targets, and exceptions.
const MOST: [(usize, usize, usize); 2] = [(20, 1200, 2000), (50, 2300, 4000)];

fn assert_short(endpoints: usize, eleven: &Link, thirty_three: &Link) {
    for (_, eleven_most, thirty_three_most) in MOST.into_iter().filter(|most| most.0 == endpoints) {
        assert!(eleven.text.len() <= eleven_most, "{endpoints}: {}", eleven.text.len());
        assert!(thirty_three.text.len() <= thirty_three_most, "{endpoints}: {}", thirty_three.text.len());
    }
}

fn assert_documented(table: &str) {
    println!("{table}");
    let documented = std::fs::read_to_string(support::project("docs/link-format.md")).unwrap();
    assert!(documented.contains(table), "docs/link-format.md must hold:\n{table}");
}

fn characters(n: usize) -> String {
    loaddiff::number::count(n as u64)
}

/// Histograms of a tool without rounding: their quantiles are on the 2 % grid.
fn unrounded((mut baseline, mut run): (Run, Run)) -> (Run, Run) {
    for e in [&mut baseline, &mut run].into_iter().flat_map(|r| r.endpoints.iter_mut().chain(&mut r.total)) {
        if let Distribution::Buckets(b) = &mut e.latency.distribution {
            b.rounding = Rounding::None;
            // Uniform between the steps of Locust's rounding.
            let mut random = Random::new(e.requests.unwrap_or_default());
            let mut spread = BTreeMap::new();
            for (us, n) in &b.counts_by_us {
                let step = if *us < 100_000 { 1000 } else { 10_u64.pow(us.ilog10() - 1) };
                for _ in 0..*n {
                    *spread.entry((us + random.next() % step).saturating_sub(step / 2)).or_default() += 1;
                }
            }
            b.counts_by_us = spread;
        }
    }
    (baseline, run)
}

/// Links to real runs that the coder was not trained on. `cargo test --test link lengths -- --nocapture` prints the
/// table.
#[test]
fn lengths_of_recorded_runs() {
    let mut table = String::from(
        "| Endpoints | 11 percentiles | 33 quantiles, Locust | 33 quantiles, 2 % | causes | time series | columns, 11 | columns, 33 | columns, 2 % | JSON, 11 | JSON, 33 |\n|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n",
    );
    for endpoints in support::RECORDED {
        let csv = compared(support::recorded_pair(endpoints, Recorded::Csv), "default");
        let json = compared(support::recorded_pair(endpoints, Recorded::Json), "default");
        let log = compared(unrounded(support::recorded_pair(endpoints, Recorded::Json)), "default");
        assert_eq!(csv.run.endpoints.len(), endpoints);
        let [eleven, locust, log] = [csv.clone(), json, log].map(|made| {
            let link = link::encode(&made, &shortest()).unwrap();
            if endpoints <= 50 {
                assert_alike(&made, &opened(&link));
            }
            link
        });
        let with_causes = link::encode(&csv, &figures_alone()).unwrap().text.len();
        let series = link::encode(&csv, &everything()).unwrap().text.len().saturating_sub(with_causes);
        let causes = with_causes.saturating_sub(eleven.text.len());
        let [columns_11, columns_33, columns_log] =
            [&eleven, &locust, &log].map(|l| characters(columnar::columnar_length(&link::decode(&l.text).unwrap())));
        let [json_11, json_33] =
            [&eleven, &locust].map(|l| characters(columnar::json_length(&link::decode(&l.text).unwrap())));
        let [of_11, of_33, of_log] = [&eleven, &locust, &log].map(|l| characters(l.text.len()));
        table += &format!(
            "| {endpoints} | {of_11} | {of_33} | {of_log} | +{causes} | +{series} | {columns_11} | {columns_33} | {columns_log} | {json_11} | {json_33} |\n"
        );
        assert_short(endpoints, &eleven, &locust);
        if endpoints == 20 {
            let made = compared(support::recorded_pair(endpoints, Recorded::Json), "default");
            let hidden = link::encode(&made, &Options { names: Names::Hash, ..shortest() }).unwrap().text.len();
            assert_documented(&format!("with hidden names they take {}.", characters(hidden)));
        }
    }
    assert_documented(&table);
}

/// The same with sampled runs of any number: other names, other loads.
#[test]
fn lengths_of_sampled_runs() {
    let mut table = String::from(
        "| Endpoints | 11 percentiles | 33 quantiles, Locust | 33 quantiles, 2 % |\n|---:|---:|---:|---:|\n",
    );
    for endpoints in [1, 5, 20, 50] {
        let link = |keeps| link::encode(&compared(pair(endpoints, keeps, 1), "default"), &figures_alone()).unwrap();
        let (eleven, locust, log) = (link(Keeps::Table), link(Keeps::TwoDigitBuckets), link(Keeps::Buckets));
        let [of_11, of_33, of_log] = [&eleven, &locust, &log].map(|l| characters(l.text.len()));
        table += &format!("| {endpoints} | {of_11} | {of_33} | {of_log} |\n");
        assert_short(endpoints, &eleven, &locust);
    }
    assert_documented(&table);
}

// --------------------------------------------------------------------------------------------------------- damage

/// A small, a medium and a large link of real runs: the scripts' two services, eight endpoints with their time series,
/// and fifty.
fn three_links() -> [String; 3] {
    let scripts = compared(
        (run_of(&["scripts/report-1/performance-baselines.json"]), run_of(&["scripts/report-1/load-results.csv"])),
        "seed-v1",
    );
    let medium = compared(locust_pair(), "default");
    let large = compared(support::recorded_pair(50, Recorded::Csv), "default");
    let links = [(scripts, everything()), (medium, everything()), (large, figures_alone())]
        .map(|(comparison, options)| link::encode(&comparison, &options).unwrap().text);
    assert!(links[0].len() < 400 && links[2].len() > 1500, "{:?}", links.each_ref().map(String::len));
    links
}

#[test]
fn every_changed_character_is_found() {
    for link in three_links() {
        let whole = link.len();
        let every: Vec<char> = (0x21..0x7f_u8).map(char::from).chain(['é', '\u{0}', ' ']).collect();
        // For the long one a few of each kind: letters of both cases, digits, delimiters and escapes.
        let few = ['A', 'B', 'z', '0', '9', '-', '_', '.', '#', '%', '=', 'é'];
        for character in if whole < 1000 { every } else { few.to_vec() } {
            for at in 0..whole {
                if link[at..].starts_with(character) {
                    continue;
                }
                let changed: String = link[..at].chars().chain([character]).chain(link[at + 1..].chars()).collect();
                let error = link::decode(&changed).expect_err(&changed);
                let ends = character.is_whitespace() || character == '#' || character == '%';
                assert!(
                    matches!(error, LinkError::Damaged { .. })
                        || (at < 4 && error == LinkError::NotALink)
                        || (ends && matches!(error, LinkError::Damaged { .. } | LinkError::NotALink)),
                    "{at} {character}: {error:?}"
                );
                if at > 7 && at + 20 < whole && character.is_ascii_alphanumeric() {
                    assert_eq!(error, LinkError::Damaged { got: whole, expected: Some(whole) });
                }
            }
        }
    }
}

#[test]
fn every_cut_and_every_insertion_is_found() {
    for link in three_links() {
        let whole = link.len();
        for at in 0..whole {
            let error = link::decode(&link[..at]).unwrap_err();
            if at > 8 {
                assert_eq!(error, LinkError::Damaged { got: at, expected: Some(whole) }, "{at}");
                let text = error.to_string();
                assert!(text.starts_with("this link is damaged: ") && text.contains(" of "), "{text}");
            }
            assert!(link::decode(&format!("{}{}", &link[..at], &link[at + 1..])).is_err(), "without {at}");
            if at + 1 < whole && link[at..=at] != link[at + 1..=at + 1] {
                let swapped = format!("{}{}{}{}", &link[..at], &link[at + 1..=at + 1], &link[at..=at], &link[at + 2..]);
                assert!(link::decode(&swapped).is_err(), "exchanged {at}");
            }
            for more in ["A", "_", ".", "0", "%41", "x y"] {
                if at > 0 {
                    assert!(link::decode(&format!("{}{more}{}", &link[..at], &link[at..])).is_err(), "{more} at {at}");
                }
            }
            for to in [at + 2, at + 7, at + 40] {
                if let Some(rest) = link.get(to..) {
                    assert!(link::decode(&format!("{}{rest}", &link[..at])).is_err(), "without {at}..{to}");
                }
            }
        }
        for more in ["A", "0", ".", "_", ")"] {
            assert!(link::decode(&format!("{link}{more}")).is_err());
        }
    }
}

#[test]
fn other_versions_and_other_base64() {
    let link = &three_links()[1];
    let newer = sealed(link[1..link.rfind('.').unwrap()].replacen("r1", "r2", 1).as_str());
    assert_eq!(link::decode(&newer).unwrap_err(), LinkError::Newer { version: 2 });
    assert!(LinkError::Newer { version: 2 }.to_string().contains("newer version"));
    assert_eq!(framed(1, &body(link)), *link);
    // The same bytes in other encodings, each with a valid check.
    let inner = &link[1..link.rfind('.').unwrap()];
    let (head, length) = inner.rsplit_once('.').unwrap();
    let (name, payload) = head.split_once('.').unwrap();
    for payload in
        [format!("{payload}="), format!("{payload}=="), format!("{payload}A"), payload.replacen(['-', '_'], "+", 1)]
    {
        if payload != head.split_once('.').unwrap().1 {
            let text = sealed(&format!("{name}.{payload}.{}", payload.len()));
            assert_eq!(link::decode(&text).unwrap_err(), LinkError::Unreadable, "{text}");
        }
    }
    for body in [&body(link)[..], &[1, 2], &[1], &[]] {
        // Bits beyond the last byte.
        let link = framed(1, body);
        let inner = &link[1..link.rfind('.').unwrap()];
        let payload = inner.split('.').nth(1).unwrap();
        let last = payload.chars().last().unwrap();
        let next = char::from(last as u8 + 1);
        if !payload.len().is_multiple_of(4) && next.is_ascii_alphanumeric() {
            let changed = format!("{}{next}", &payload[..payload.len() - 1]);
            let text = sealed(&format!("r1.{changed}.{}", payload.len()));
            assert_eq!(link::decode(&text).unwrap_err(), LinkError::Unreadable);
        }
    }
    let _ = length;
}

#[test]
fn percent_encoded_links() {
    let made = compared(locust_pair(), "default");
    let link = link::encode(&made, &figures_alone()).unwrap().text;
    let encoded: String = link.bytes().map(|b| format!("%{b:02X}")).collect();
    let encoded = encoded.replacen("%23%72", "%23r", 1);
    for text in [
        format!("https://example.org/a?b=c{link}"),
        format!(" <https://example.org/{link}> "),
        link.replace('#', "%23").replace('_', "%5F").replace('-', "%2d"),
        encoded,
    ] {
        assert_eq!(verdicts(&link::decode(&text).unwrap().judge()), verdicts(&made), "{text}");
    }
}

// ------------------------------------------------------------------------------------------------------ hostility

/// Everything read is within the limits.
fn assert_within_caps(shared: &link::Shared) {
    for run in [&shared.baseline, &shared.run] {
        assert!(run.endpoints.len() <= caps::ENDPOINTS);
        assert!(run.endpoints.is_sorted_by(|a, b| a.key() < b.key()));
        assert!(run.endpoints.iter().all(|e| e.name.len() <= caps::TEXT && e.metrics.len() <= caps::METRICS));
        assert!(run.timeline.as_ref().is_none_or(|t| t.intervals.len() <= caps::INTERVALS));
        assert!(run.failures.len() <= caps::FAILURES && run.notes.len() <= caps::NOTES + 1);
    }
    assert!(shared.policy.rules.len() <= caps::RULES);
}

/// Bodies that begin as real ones and continue differently, each with a valid frame. Returns whether one was readable.
fn attack(random: &mut Random, bodies: &[Vec<u8>], judging: bool) -> bool {
    let mut body = bodies[(random.next() % bodies.len() as u64) as usize].clone();
    match random.next() % 6 {
        0 => body = (0..random.next() % 200).map(|_| random.next() as u8).collect(),
        1 => {
            let at = (random.next() % (body.len() as u64 + 1)) as usize;
            body.truncate(at);
            body.extend((0..random.next() % 100).map(|_| random.next() as u8));
        }
        2 => {
            let at = (random.next() % (body.len() as u64 + 1)) as usize;
            body.truncate(at);
            body.resize(at + (random.next() % 3000) as usize, [0, 255, 85][(random.next() % 3) as usize]);
        }
        3 => {
            let other = &bodies[(random.next() % bodies.len() as u64) as usize];
            let at = (random.next() % (body.len().min(other.len()) as u64 + 1)) as usize;
            body.truncate(at);
            body.extend_from_slice(&other[at..]);
        }
        _ => {
            for _ in 0..=random.next() % 4 {
                let at = (random.next() % body.len() as u64) as usize;
                body[at] ^= 1 << (random.next() % 8);
            }
        }
    }
    match link::decode(&framed(1, &body)) {
        Ok(shared) => {
            assert_within_caps(&shared);
            if judging {
                let _ = shared.judge();
            }
            true
        }
        Err(LinkError::Unreadable | LinkError::Beyond { .. }) => false,
        Err(other) => panic!("{other:?}"),
    }
}

fn corpus() -> Vec<Vec<u8>> {
    let custom = policy::parse("thresholds.toml", CUSTOM).unwrap();
    let (a, b) = (run_of(&["locust/2.47.0/full.json"]), run_of(&["locust/2.47.0/full_stats.csv"]));
    let pooled = link::encode(&compare(a, b, custom), &everything()).unwrap().text;
    let many = link::encode(&compared(pair(20, Keeps::Buckets, 9), "default"), &everything()).unwrap().text;
    three_links().into_iter().chain([pooled, many]).map(|link| body(&link)).collect()
}

/// `LOADDIFF_FUZZ_SECONDS=600 cargo test --release --test link hostile` fuzzes for ten minutes.
#[test]
fn hostile_bodies_do_no_harm() {
    let seconds = std::env::var("LOADDIFF_FUZZ_SECONDS").ok().and_then(|s| s.parse().ok());
    let seed = std::env::var("LOADDIFF_FUZZ_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(1);
    let mut random = Random::new(seed);
    let bodies = corpus();
    let (mut count, mut read, mut slowest) = (0_u64, 0_u64, Duration::ZERO);
    let began = Instant::now();
    while seconds.map_or(count < 200, |s: u64| began.elapsed().as_secs() < s) {
        let each = Instant::now();
        read += u64::from(attack(&mut random, &bodies, true));
        slowest = slowest.max(each.elapsed());
        count += 1;
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let memory = status.lines().find(|l| l.starts_with("VmHWM")).unwrap_or("").to_owned();
    println!("{count} bodies, {read} of them read as something, the slowest in {slowest:?}; {memory}");
    let kb: u64 = memory.split_whitespace().nth(1).and_then(|n| n.parse().ok()).unwrap_or(0);
    assert!(kb < 600_000, "{memory}");
}

/// Earlier findings of fuzzing.
#[test]
fn bodies_that_once_panicked() {
    for entry in std::fs::read_dir(fixture("link/found")).unwrap() {
        let path = entry.unwrap().path();
        let read = link::decode(&framed(1, &std::fs::read(&path).unwrap()));
        assert!(read.is_err() || read.is_ok_and(|shared| shared.judge().subjects.len() < 100_000), "{path:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_text_is_refused_or_read(text in "\\PC*", body in proptest::collection::vec(any::<u8>(), 0..60)) {
        let _ = link::decode(&text);
        let _ = link::decode(&format!("#r1.{text}"));
        let _ = link::decode(&framed(1, &body));
    }
}

// ----------------------------------------------------------------------------------------------------- properties

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        8 => 0.01..50_000.0,
        2 => (0_u32..2000).prop_map(f64::from),
        1 => prop_oneof![Just(0.0), Just(1e-12), Just(9.9999e11), Just(123_456_789.123), Just(0.1 + 0.2)],
    ]
}

fn table() -> impl Strategy<Value = PercentileTable> {
    let two_digits = |v: f64| if v < 100.0 { v.round() } else { format!("{v:.1e}").parse().unwrap() };
    let values = proptest::collection::btree_map(
        prop_oneof![
            3 => prop::sample::select(vec![50_000, 66_000, 75_000, 90_000, 95_000, 99_000, 99_900, 100_000]),
            1 => 1_u32..=100_000,
        ],
        number(),
        0..12,
    );
    (values, any::<bool>(), any::<bool>()).prop_map(move |(values, rounded, named)| PercentileTable {
        values_ms: values.into_iter().map(|(p, v)| (Percentile(p), if rounded { two_digits(v) } else { v })).collect(),
        rounding: if rounded && named { Rounding::TwoDigits } else { Rounding::None },
    })
}

fn distribution() -> impl Strategy<Value = Distribution> {
    let buckets = (proptest::collection::btree_map(1_u64..50_000_000, 1_u64..500, 1..40), any::<bool>());
    prop_oneof![
        1 => Just(Distribution::Unknown),
        6 => table().prop_map(Distribution::Table),
        1 => proptest::collection::vec((1_u64..900, table(), proptest::option::of(number()), proptest::option::of(number())), 1..4)
            .prop_map(|parts| {
                let part = |(requests, table, min_ms, max_ms)| TablePart { requests, table, min_ms, max_ms };
                Distribution::Tables(parts.into_iter().map(part).collect())
            }),
        2 => buckets.prop_map(|(counts, rounded)| {
            let round = |us: u64| if us < 100_000 { us / 1000 * 1000 } else { let d = 10_u64.pow(us.ilog10() - 1); us / d * d };
            let counts = counts.into_iter().map(|(us, n)| (if rounded { round(us) } else { us }, n)).collect();
            let rounding = if rounded { Rounding::TwoDigits } else { Rounding::None };
            Distribution::Buckets(Buckets { counts_by_us: counts, rounding })
        }),
    ]
}

prop_compose! {
    fn endpoint()(
        counts in (proptest::option::weighted(0.9, 0_u64..5000), proptest::option::weighted(0.9, 0_u64..60)),
        mean in proptest::option::weighted(0.9, number()),
        extremes in (proptest::option::of(number()), proptest::option::of(number())),
        distribution in distribution(),
        rate in proptest::option::weighted(0.9, number()),
        stated in proptest::option::weighted(0.2, (0_u32..10_000).prop_map(|n| f64::from(n) / 100.0)),
        timed in proptest::option::weighted(0.8, 0_u64..5000),
        service in proptest::option::weighted(0.1, "[a-d]{1,3}"),
        metrics in proptest::collection::btree_map("(extra|[a-z_]{1,9})", number(), 0..3),
    ) -> Endpoint {
        let (requests, failures) = counts;
        let weight = timed.or(requests);
        Endpoint {
            service,
            requests,
            failures: failures.zip(requests).map_or(failures, |(f, n)| Some(f.min(n))),
            latency: Latency {
                mean_ms: mean,
                sum_ns: mean.zip(weight).map(|(m, n)| (m * n as f64 * 1e6).round() as u128),
                min_ms: extremes.0,
                max_ms: extremes.1,
                timed,
                distribution,
            },
            rate_per_s: rate,
            stated_error_rate_pct: stated,
            metrics,
            ..Endpoint::default()
        }
    }
}

fn changed(e: &Endpoint, by: f64) -> Endpoint {
    let mut e = e.clone();
    let scale = |v: &mut f64| *v *= by;
    e.latency.mean_ms.iter_mut().for_each(scale);
    e.latency.max_ms.iter_mut().for_each(scale);
    e.rate_per_s.iter_mut().for_each(|v| *v /= by);
    e.latency.sum_ns = None;
    if let Distribution::Table(t) = &mut e.latency.distribution {
        t.rounding = Rounding::None;
        t.values_ms.values_mut().for_each(scale);
    }
    e
}

fn run(
    label: String,
    endpoints: BTreeMap<(String, Option<String>), Endpoint>,
    total: Option<Endpoint>,
    note: u64,
) -> Run {
    let endpoints: Vec<Endpoint> =
        endpoints.into_iter().map(|((name, method), e)| Endpoint { name, method, ..e }).collect();
    let count = endpoints.len() as u64;
    Run {
        source: Source {
            tool: if note.is_multiple_of(2) { "Locust".into() } else { label.clone() },
            version: (note.is_multiple_of(3)).then(|| "2.47".to_owned()),
            files: vec![SourceFile { fingerprint: note, ..SourceFile::default() }],
        },
        label,
        started_ms: (!note.is_multiple_of(4)).then_some(1_700_000_000_000 + note as i64 * 977),
        duration_s: (!note.is_multiple_of(5)).then_some(note as f64 / 7.0),
        users: (!note.is_multiple_of(6)).then_some(note),
        failures: endpoints
            .first()
            .map(|e| Failure { method: e.method.clone(), name: e.name.clone(), message: "no".into(), count: note })
            .into_iter()
            .collect(),
        timeline: (note.is_multiple_of(2)).then(|| Timeline {
            grid: None,
            intervals: (0..note as i64 % 9)
                .map(|i| Interval { end_s: note as i64 + i, length_s: 1, requests: note, ..Interval::default() })
                .collect(),
        }),
        notes: vec![
            Note::on_run(&HISTORY_RESET, [note.into()]),
            Note::on_run(&ROWS_MERGED, [note.into(), "/é".into()]),
        ],
        rows: RowAccount { read: count + note, endpoints: count, totals: 0, merged: note, rejected: 0 },
        endpoints: endpoints.into(),
        total,
        ..Run::default()
    }
}

prop_compose! {
    fn runs()(
        endpoints in proptest::collection::btree_map(
            ("/?[a-eé/\\[\\]]{0,9}", proptest::option::of(prop::sample::select(vec!["GET", "POST", "X"]).prop_map(str::to_owned))),
            (endpoint().boxed(), endpoint().boxed(), 0_u8..8, 0.7..1.5),
            0..9,
        ),
        totals in (proptest::option::of(endpoint().boxed()), proptest::option::of(endpoint().boxed())),
        labels in ("\\PC{0,9}", "\\PC{0,9}"),
        notes in (0_u64..1000, 0_u64..1000),
    ) -> (Run, Run) {
        let (mut a, mut b) = (BTreeMap::new(), BTreeMap::new());
        for (key, (x, y, which, by)) in endpoints {
            if which != 0 {
                let _ = b.insert(key.clone(), if which < 3 { y } else { changed(&x, by) });
            }
            if which != 1 {
                let _ = a.insert(key, x);
            }
        }
        let named = |e: Option<Endpoint>| e.map(|e| Endpoint { name: "Aggregated".into(), ..e });
        (run(labels.0, a, named(totals.0), notes.0), run(labels.1, b, named(totals.1), notes.1))
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Any two runs under any of three policies: the same verdicts and rows, exact counts, figures within the stated
    /// precision.
    #[test]
    fn a_link_is_judged_like_its_comparison((a, b) in runs(), which in 0..3) {
        let policy = match which {
            0 => policy::profile("default").unwrap(),
            1 => policy::profile("seed-v1").unwrap(),
            _ => policy::parse("thresholds.toml", CUSTOM).unwrap(),
        };
        let made = compare(a, b, policy);
        let link = link::encode(&made, &everything()).unwrap();
        let opened = opened(&link);
        assert_alike(&made, &opened);
        // Shared again it has the same result, possibly with fewer digits: the reason for an additional digit may be
        // gone.
        assert_alike(&opened, &self::opened(&link::encode(&opened, &everything()).unwrap()));
    }

    /// Hidden names change the order of rows, but no verdict: endpoints are identified by figures.
    #[test]
    fn hidden_names_change_no_verdict((a, b) in runs(), which in 0..3) {
        let policy = match which {
            0 => policy::profile("default").unwrap(),
            1 => policy::profile("seed-v1").unwrap(),
            _ => policy::parse("thresholds.toml", CUSTOM).unwrap(),
        };
        let made = compare(a, b, policy);
        let link = match link::encode(&made, &Options { names: Names::Hash, ..everything() }) {
            Ok(link) => link,
            // Only if rules distinguish endpoints by their names.
            Err(why) => {
                prop_assert!(which == 2 && why == Unshareable::NamesDecide, "{:?}", why);
                return Ok(());
            }
        };
        let opened = opened(&link);
        prop_assert_eq!((made.word, made.gate, made.counts), (opened.word, opened.gate, opened.counts));
        let rows = |c: &Comparison| {
            let mut all: Vec<String> = c.subjects.iter().flat_map(|s| {
                s.rows.iter().map(|r| format!("{:?} {:?} {} {:?}", s.scope, s.method, r.metric, r.verdict)).collect::<Vec<_>>()
            }).collect();
            all.sort();
            all
        };
        prop_assert_eq!(rows(&made), rows(&opened));
    }
}

// --------------------------------------------------------------------------------------------------------- format

/// A published link stays readable. `LOADDIFF_BLESS=1` regenerates it, which is valid only while nobody has such a
/// link.
#[test]
fn a_link_of_the_format_is_still_read() {
    let text = |name: &str| std::fs::read_to_string(fixture(&format!("link/kept/{name}"))).unwrap();
    let side = |name: &str| run_of(&[&format!("link/kept/{name}_stats.csv")]);
    let policy = policy::parse("thresholds.toml", &text("thresholds.toml")).unwrap();
    let made = compare(side("baseline"), side("run"), policy);
    let written = |c: &Comparison| verdicts(c).join("\n") + "\n";
    if std::env::var_os("LOADDIFF_BLESS").is_some() {
        let link = link::encode(&made, &everything()).unwrap().text;
        std::fs::write(fixture("link/kept/link.txt"), link + "\n").unwrap();
        std::fs::write(fixture("link/kept/verdict.txt"), written(&made)).unwrap();
    }
    assert!(text("link.txt").starts_with("#r1."));
    let shared = link::decode(&text("link.txt")).unwrap();
    assert_eq!(shared.policy, made.policy);
    let opened = shared.judge();
    assert_eq!(written(&opened), text("verdict.txt"));
    assert_alike(&made, &opened);
    // The current encoder writes the same characters: otherwise the format has changed and needs a new version.
    assert_eq!(link::encode(&made, &everything()).unwrap().text, text("link.txt").trim_end());
}
