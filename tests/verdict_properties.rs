//! Invariants of verdicts for any runs: a less detailed file never confirms more, swapped sides mirror, unit and order
//! have no effect, and a promoted baseline equals its files.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::fmt::Write as _;

use loaddiff::compare::{self, Comparison, Row, Scope, Verdict, Word};
use loaddiff::ingest::{self, Parts};
use loaddiff::policy::{self, Policy};
use loaddiff::report;
use loaddiff::run::recorder::Sample;
use loaddiff::run::{Metric, Recorder, Run};
use loaddiff::stats::random::SplitMix64;
use proptest::prelude::*;

/// Pseudo-random numbers, the same on every target.
struct Random(SplitMix64);

impl Random {
    fn new(seed: u64) -> Self {
        Self(SplitMix64::new(seed))
    }

    /// Between 0 and 1, exclusive.
    fn uniform(&mut self) -> f64 {
        ((self.0.next_u64() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    /// Box and Muller.
    fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
    }
}

const NAMES: [&str; 3] = ["/a", "/b", "/c"];
const START_MS: u64 = 1_700_000_000_000;

/// One response.
#[derive(Clone, Copy)]
struct Response {
    endpoint: usize,
    start_ms: u64,
    elapsed_ms: u64,
    failed: bool,
}

/// Parameters of a run. Every endpoint always has the same number of requests.
#[derive(Debug, Clone, Copy)]
struct Shape {
    requests: u64,
    seconds: u64,
    /// Factor of all response times, and of those of `/b` only.
    all: f64,
    one: f64,
    /// Factor of the slowest percent.
    tail: f64,
    /// From this share of the run on, a factor of all response times.
    since: (f64, f64),
    /// Cold caches: factor at the start, halved every 5 seconds.
    warmup: f64,
    /// Share of failures.
    failing: f64,
    /// Median between two peaks.
    two_peaks: bool,
    /// Standard deviation from run to run, as a logarithm.
    between: f64,
}

impl Default for Shape {
    fn default() -> Self {
        Self {
            requests: 6000,
            seconds: 180,
            all: 1.0,
            one: 1.0,
            tail: 1.0,
            since: (1.0, 1.0),
            warmup: 1.0,
            failing: 0.002,
            two_peaks: false,
            between: 0.02,
        }
    }
}

fn responses(seed: u64, shape: Shape) -> Vec<Response> {
    let mut random = Random::new(seed);
    let level = (shape.between * random.normal()).exp();
    (0..shape.requests)
        .map(|i| {
            let endpoint = (i % 3) as usize;
            let at = i as f64 / shape.requests as f64;
            let seconds = at * shape.seconds as f64;
            let peak = if shape.two_peaks && random.uniform() < 0.5 { 4.0 } else { 1.0 };
            let mut ms = [40.0, 120.0, 300.0][endpoint] * level * shape.all * peak * (0.5 * random.normal()).exp();
            if endpoint == 1 {
                ms *= shape.one;
            }
            if at >= shape.since.0 {
                ms *= shape.since.1;
            }
            if random.uniform() < 0.01 {
                ms *= 3.0 * shape.tail;
            }
            ms *= 1.0 + (shape.warmup - 1.0) * (-seconds / 5.0).exp2();
            Response {
                endpoint,
                start_ms: START_MS + (seconds * 1000.0) as u64,
                elapsed_ms: ms.round().max(1.0) as u64,
                failed: random.uniform() < shape.failing,
            }
        })
        .collect()
}

/// The responses as JMeter's CSV.
fn jtl(responses: &[Response]) -> String {
    let mut text = String::from("timeStamp,elapsed,label,responseCode,success,allThreads\n");
    for r in responses {
        let (code, success) = if r.failed { (503, false) } else { (200, true) };
        let _ = writeln!(text, "{},{},{},{code},{success},10", r.start_ms, r.elapsed_ms, NAMES[r.endpoint]);
    }
    text
}

/// Locust's rounding.
fn two_digits(ms: u64) -> u64 {
    let step = match ms {
        0..100 => 1,
        100..1000 => 10,
        1000..10_000 => 100,
        _ => 1000,
    };
    (ms as f64 / step as f64).round() as u64 * step
}

/// The responses as Locust's summary, with its total row.
fn table(responses: &[Response], seconds: u64) -> String {
    const SHARES: [f64; 11] = [0.5, 0.66, 0.75, 0.8, 0.9, 0.95, 0.98, 0.99, 0.999, 0.9999, 1.0];
    let mut text = String::from(
        "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min Response Time,\
         Max Response Time,Average Content Size,Requests/s,Failures/s,50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,\
         100%\n",
    );
    let mut line = |method: &str, name: &str, of: &[Response]| {
        let mut times: Vec<u64> = of.iter().map(|r| r.elapsed_ms).collect();
        times.sort_unstable();
        let n = times.len();
        let at = |share: f64| two_digits(times[((share * n as f64).ceil() as usize).clamp(1, n) - 1]);
        let failures = of.iter().filter(|r| r.failed).count();
        let mean = times.iter().sum::<u64>() as f64 / n as f64;
        let rate = |count: usize| count as f64 / seconds as f64;
        let _ = write!(
            text,
            "{method},{name},{n},{failures},{},{mean},{},{},100,{},{}",
            at(0.5),
            times[0],
            times[n - 1],
            rate(n),
            rate(failures)
        );
        SHARES.iter().for_each(|share| {
            let _ = write!(text, ",{}", at(*share));
        });
        text.push('\n');
    };
    for (endpoint, name) in NAMES.iter().enumerate() {
        let own: Vec<Response> = responses.iter().copied().filter(|r| r.endpoint == endpoint).collect();
        line("GET", name, &own);
    }
    line("", "Aggregated", responses);
    text
}

fn read(parts: &[(&str, &str)]) -> Run {
    let parts = parts.iter().map(|(name, text)| ingest::read(name, text.as_bytes()).unwrap());
    ingest::assemble(parts.collect(), Parts::Merge).unwrap()
}

fn raw(responses: &[Response]) -> Run {
    read(&[("results.jtl", &jtl(responses))])
}

fn tabled(responses: &[Response], seconds: u64) -> Run {
    read(&[("results_stats.csv", &table(responses, seconds))])
}

fn default_policy() -> Policy {
    policy::profile("default").unwrap()
}

/// Rows of both comparisons, paired.
fn rows<'c>(a: &'c Comparison, b: &'c Comparison) -> Vec<(String, Scope, &'c Row, &'c Row)> {
    assert_eq!(a.subjects.len(), b.subjects.len());
    let subjects = a.subjects.iter().zip(&b.subjects);
    subjects
        .flat_map(|(x, y)| {
            assert_eq!((x.label(), x.rows.len()), (y.label(), y.rows.len()));
            x.rows.iter().zip(&y.rows).map(|(r, s)| (x.label(), x.scope, r, s))
        })
        .collect()
}

/// The kinds of changes in pairs.
fn changed(kind: u64, random: &mut Random) -> (Shape, Shape) {
    let usual = Shape::default();
    let up = 1.0 + random.uniform();
    match kind % 10 {
        0 => (usual, usual),
        1 => (usual, Shape { all: up, ..usual }),
        2 => (usual, Shape { one: up * up, ..usual }),
        3 => (usual, Shape { tail: 1.0 + 4.0 * random.uniform(), ..usual }),
        4 => (usual, Shape { failing: 0.002 + 0.03 * random.uniform(), ..usual }),
        5 => (usual, Shape { since: (0.6, up * up), ..usual }),
        6 => {
            let cold = Shape { warmup: 6.0, ..usual };
            (cold, Shape { all: up, ..cold })
        }
        7 => {
            let short = Shape { seconds: 20, requests: 2000, ..usual };
            (short, Shape { all: up * 2.0, ..short })
        }
        8 => {
            let peaks = Shape { two_peaks: true, ..usual };
            (peaks, Shape { all: up, ..peaks })
        }
        _ => {
            let failing = Shape { failing: 0.03, ..usual };
            (failing, Shape { all: up, failing: 0.06, ..usual })
        }
    }
}

/// If the table alone regresses, the samples of the same two runs regress, or probably regress.
#[test]
fn more_detail_never_confirms_less() {
    let pairs = 200;
    let (mut confirmed, mut less, mut lost) = (0, Vec::new(), Vec::new());
    for pair in 0..pairs {
        let mut random = Random::new(pair);
        let (was, is) = changed(pair, &mut random);
        let (b, r) = (responses(1000 + 2 * pair, was), responses(1001 + 2 * pair, is));
        let poor = compare::compare(tabled(&b, was.seconds), tabled(&r, is.seconds), default_policy());
        if poor.word != Word::Regressed {
            continue;
        }
        confirmed += 1;
        let rich = compare::compare(raw(&b), raw(&r), default_policy());
        match rich.word {
            Word::Regressed => {}
            Word::ProbablyRegressed => less.push(pair),
            word => lost.push((pair, word, is)),
        }
    }
    // Most of these changes are large: ensures that the test is not empty.
    assert!(confirmed >= 60, "{confirmed}");
    assert!(lost.len() * 100 <= pairs as usize, "{lost:?}");
    // Requirement: a richer form confirms whatever a poorer one does, with at most one exception in a hundred.
    assert!((less.len() + lost.len()) * 100 <= pairs as usize, "of {confirmed}: {less:?} {lost:?}");
}

/// Unchanged pairs raise no alarm, in either form.
#[test]
fn unchanged_pairs_raise_no_alarm() {
    let (mut alarms, mut found) = (Vec::new(), 0);
    for pair in 0..60_u64 {
        let shape =
            Shape { two_peaks: pair % 3 == 2, warmup: if pair % 3 == 1 { 6.0 } else { 1.0 }, ..Shape::default() };
        let (b, r) = (responses(5000 + 2 * pair, shape), responses(5001 + 2 * pair, shape));
        for comparison in [
            compare::compare(raw(&b), raw(&r), default_policy()),
            compare::compare(tabled(&b, shape.seconds), tabled(&r, shape.seconds), default_policy()),
        ] {
            match comparison.word {
                Word::NoRegressionFound => found += 1,
                Word::Regressed | Word::Improved | Word::Missing => alarms.push((pair, comparison.word)),
                _ => {}
            }
        }
    }
    assert!(alarms.len() <= 2, "{alarms:?}");
    assert!(found >= 90, "{found} of 120");
}

fn shapes() -> impl Strategy<Value = (u64, Shape, Shape)> {
    (0..10_000_u64, 0..10_u64, any::<bool>()).prop_map(|(seed, kind, back)| {
        let (was, is) = changed(kind, &mut Random::new(seed));
        if back { (seed, is, was) } else { (seed, was, is) }
    })
}

/// Run values: response times in nanoseconds with the same end times.
fn recorded(responses: &[Response], times: u64) -> Run {
    let mut recorder = Recorder::default();
    let slots = NAMES.map(|name| recorder.endpoint(Some("GET"), name, true));
    for r in responses {
        let mut sample = Sample::one(Some(r.start_ms as i64), r.elapsed_ms * times * 1_000_000, r.failed);
        sample.users = Some(10);
        recorder.record(slots[r.endpoint], &sample);
    }
    recorder.run(responses.len() as u64, 0)
}

/// Relative limits only.
fn relative() -> Policy {
    let rule = |metric: &str| format!("[[rule]]\nmetric = \"{metric}\"\nfail = {{ any = [\"+5%\"] }}\n");
    let metrics = ["mean_latency_ms", "p50_latency_ms", "p95_latency_ms", "p99_latency_ms"];
    policy::parse("thresholds.toml", &metrics.map(rule).concat()).unwrap()
}

fn unit_does_not_matter(seed: u64, was: Shape, is: Shape) -> Result<(), TestCaseError> {
    let (b, r) = (responses(2 * seed, was), responses(2 * seed + 1, is));
    // Longer responses end later, which makes a run longer, and short runs depend on the unit.
    let lasting = |responses: &[Response], times| {
        let mut run = recorded(responses, times);
        run.duration_s = Some(if seed.is_multiple_of(2) { 20.0 } else { 100.0 });
        run
    };
    let judge = |times| compare::compare(lasting(&b, times), lasting(&r, times), relative());
    let (one, eight) = (judge(1), judge(8));
    for (label, _, x, y) in rows(&one, &eight) {
        prop_assert_eq!(x.verdict, y.verdict, "{} {}", label, x.metric);
    }
    prop_assert_eq!((one.word, one.gate), (eight.word, eight.gate));
    Ok(())
}

/// p95 of 1,840 requests lies exactly between two buckets of the intervals' sketches, for `/b` of this run.
#[test]
fn a_quantile_between_two_buckets_does_not_depend_on_the_unit() {
    let failing = Shape { failing: 0.03, ..Shape::default() };
    let slower = Shape { all: 1.517_057_418_211_451_8, failing: 0.06, ..failing };
    unit_does_not_matter(5536, failing, slower).unwrap();
}

/// Items in an order that depends on the seed.
fn shuffled<T>(mut items: Vec<T>, seed: u64) -> Vec<T> {
    SplitMix64::new(seed).shuffle(&mut items);
    items
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Swapping the sides exchanges improved and regressed; intervals are negated on the logarithmic scale.
    #[test]
    fn swapping_the_sides_mirrors_verdicts((seed, was, is) in shapes(), as_table in any::<bool>()) {
        let (b, r) = (responses(2 * seed, was), responses(2 * seed + 1, is));
        let read = |of: &[Response], seconds| if as_table { tabled(of, seconds) } else { raw(of) };
        let judge = |b: Run, r: Run| compare::compare(b, r, relative());
        let there = judge(read(&b, was.seconds), read(&r, is.seconds));
        let back = judge(read(&r, is.seconds), read(&b, was.seconds));
        for (label, scope, x, y) in rows(&there, &back) {
            if !matches!(x.metric, Metric::Mean | Metric::Latency(_)) {
                continue;
            }
            let bounds = |row: &Row| row.sides.as_ref().and_then(|s| s.spread.as_ref()?.bounds(0.025).interval());
            if let (Some(i), Some(j), true) = (bounds(x), bounds(y), scope == Scope::Endpoint) {
                prop_assert!((i.lower + j.upper).abs() < 1e-9 && (i.upper + j.lower).abs() < 1e-9, "{label} {}", x.metric);
            }
            for (x, y) in [(x, y), (y, x)] {
                prop_assert_eq!(
                    x.verdict == Verdict::Improved, y.verdict == Verdict::Regressed, "{} {}: {:?} {:?}", label, x.metric, x, y
                );
            }
        }
    }

    /// Milliseconds or eighths of them: relative limits do not depend on it.
    #[test]
    fn the_unit_does_not_matter((seed, was, is) in shapes()) {
        unit_does_not_matter(seed, was, is)?;
    }

    /// The order of a run's files, and of their rows or endpoints, has no effect.
    #[test]
    fn order_does_not_matter((seed, was, is) in shapes()) {
        let (b, r) = (responses(2 * seed, was), responses(2 * seed + 1, is));
        let baseline = || raw(&b);
        let thirds = |of: &[Response]| of.chunks(of.len() / 3 + 1).map(jtl).collect::<Vec<_>>();
        let files = |parts: &[String]| {
            let named: Vec<(String, &str)> =
                parts.iter().enumerate().map(|(i, text)| (format!("part{i}.jtl"), text.as_str())).collect();
            read(&named.iter().map(|(name, text)| (name.as_str(), *text)).collect::<Vec<_>>())
        };
        let judge = |run: Run| compare::compare(baseline(), run, default_policy());
        let same = |a: &Comparison, b: &Comparison| -> Result<(), TestCaseError> {
            for (x, y) in a.subjects.iter().zip(&b.subjects) {
                for (r, s) in x.rows.iter().zip(&y.rows) {
                    prop_assert_eq!(r, s, "{}", x.label());
                }
                prop_assert!(x.run.as_ref().map(|e| &e.timeline) == y.run.as_ref().map(|e| &e.timeline), "timeline");
                prop_assert!(x.run.as_ref().map(|e| &e.latency) == y.run.as_ref().map(|e| &e.latency), "latency");
                prop_assert!(x == y, "{}", x.label());
            }
            prop_assert_eq!(a.subjects.len(), b.subjects.len());
            prop_assert_eq!((a.word, a.gate, a.seen), (b.word, b.gate, b.seen));
            Ok(())
        };
        let in_order = judge(files(&thirds(&r)));
        let of_files = judge(files(&shuffled(thirds(&r), seed)));
        same(&in_order, &of_files)?;

        let whole = judge(raw(&r));
        let of_rows = judge(raw(&shuffled(r.clone(), seed)));
        same(&whole, &of_rows)?;

        // Endpoints of a table; its total is the last row.
        let text = table(&r, is.seconds);
        let lines: Vec<&str> = text.lines().collect();
        let endpoints = shuffled(lines[1..lines.len() - 1].to_vec(), seed).join("\n");
        let other = format!("{}\n{endpoints}\n{}\n", lines[0], lines[lines.len() - 1]);
        let judge = |text: &str| {
            compare::compare(tabled(&b, was.seconds), read(&[("run_stats.csv", text)]), default_policy())
        };
        let (one, other) = (judge(&text), judge(&other));
        same(&one, &other)?;
    }

    /// A promoted baseline judges the next run like its files.
    #[test]
    fn a_promoted_baseline_equals_its_files((seed, was, is) in shapes(), as_table in any::<bool>()) {
        let (b, r) = (responses(2 * seed, was), responses(2 * seed + 1, is));
        let read_side = |of: &[Response], seconds| if as_table { tabled(of, seconds) } else { raw(of) };
        let text = report::metrics::baseline(&read_side(&b, was.seconds), &default_policy()).text;
        let promoted = read(&[("performance-baselines.json", &text)]);
        let judge = |baseline: Run| compare::compare(baseline, read_side(&r, is.seconds), default_policy());
        let (by_files, by_json) = (judge(read_side(&b, was.seconds)), judge(promoted));
        prop_assert_eq!(&by_files.subjects, &by_json.subjects);
        prop_assert_eq!((by_files.word, by_files.gate, by_files.seen), (by_json.word, by_json.gate, by_json.seen));
    }
}
