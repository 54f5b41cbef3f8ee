//! Random comparisons and all of their output. Shared by the native and the wasm side of the parity test.

use loaddiff::compare::{self, Comparison};
use loaddiff::ingest::{self, Parts};
use loaddiff::report::{headline, inspect, json, markdown, view};
use loaddiff::run::{Metric, Percentile, Run};
use loaddiff::stats::mover::{self, Estimated};
use loaddiff::stats::proportion::{self, Proportion};
use loaddiff::stats::random::SplitMix64;
use loaddiff::stats::rate::{self, Rate};
use loaddiff::stats::scatter::scatter;
use loaddiff::stats::welch::Estimate;
use loaddiff::stats::{Bounds, Weighted, history, ks, multiple, quantile, rank, warmup};
use loaddiff::{chart, policy};

/// Number of comparisons.
pub const CASES: u64 = 1000;

struct Random(SplitMix64);

impl Random {
    fn new(seed: u64) -> Self {
        Self(SplitMix64::new(seed))
    }

    fn next(&mut self) -> u64 {
        self.0.next_u64()
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// All output of one random comparison.
pub fn everything(seed: u64) -> String {
    let mut random = Random::new(seed);
    let baseline = run(&mut random, 1.0);
    let run = run(&mut random, 0.5 + 1.5 * Random::new(seed).share());
    let profile = if seed.is_multiple_of(5) { "seed-v1" } else { "default" };
    let thresholds = policy::profile(profile).unwrap_or_default();
    let mut shown = inspect::text(&run);
    let comparison = compare::compare(baseline, run, thresholds);
    shown.push_str(&json::render(&comparison, "2026-01-02T03:04:05Z"));
    shown.push_str(&markdown::render(&comparison));
    shown.push_str(&format!(
        "{:?}{:?}",
        view::tiles(&comparison, Percentile::P95),
        view::lines(&comparison, Percentile::P95)
    ));
    shown.push_str(&headline::plain(&comparison));
    for change in comparison.subjects.iter().flat_map(|s| &s.rows).filter_map(|r| r.change) {
        shown.push_str(&format!("{:?}", change.log_ratio));
    }
    shown.push_str(&charts(&comparison));
    shown.push_str(&statistics(&mut random));
    shown
}

/// Every statistic of random numbers, to the last digit.
fn statistics(random: &mut Random) -> String {
    let mut samples = |factor: f64| -> Vec<f64> {
        let rounded = random.below(2) == 0;
        let many = 10 + random.below(40);
        (0..many)
            .map(|_| factor * (1.0 + 100.0 * random.share() * random.share()))
            .map(|v| if rounded { (v as u64 + 1) as f64 } else { v })
            .collect()
    };
    let (a, b) = (samples(1.0), samples(1.2));
    let tail = 0.2 * random.share() * random.share() * random.share() + 1e-12;
    let margin = random.share() - 0.5;
    let mut shown = String::new();
    let mut proportion = || {
        let n = 1 + random.below(100_000);
        (Proportion::new(random.below(n + 1).min(random.below(200)), n), Rate::new(n, 0.1 + 100.0 * random.share()))
    };
    if let ((Some(p), Some(c)), (Some(q), Some(d))) = (proportion(), proportion()) {
        shown += &format!("{:?}{:?}", p.wilson(tail), proportion::newcombe(p, q, tail));
        shown += &format!("{:?}", proportion::miettinen_nurminen_p_above(p, q, margin * 0.01));
        shown += &format!("{:?}", proportion::fisher(p, q));
        shown += &format!("{:?}{:?}", rate::ratio(c, d), rate::ratio_interval(c, d, tail));
    }
    if let (Some(x), Some(y)) = (Weighted::of_samples(&a), Weighted::of_samples(&b)) {
        let side = |w: &Weighted| Estimated {
            value: quantile::type7(w, 0.5).unwrap_or(1.0),
            bounds: Bounds::new(quantile::type7(w, tail), quantile::type7(w, 1.0 - tail)),
        };
        shown += &format!("{:?}", mover::difference(&side(&x), &side(&y)));
        shown += &format!("{:?}", rank::brunner_munzel(&x, &y));
        shown += &format!("{:?}{:?}", rank::hodges_lehmann(&x, &y, tail), rank::cliffs_delta(&x, &y));
        shown += &format!("{:?}", ks::kolmogorov_smirnov(&x, &y));
        shown += &format!("{:?}", quantile::ranks(1 + random.below(1_000_000), 0.95, tail));
    }
    let mean = |values: &[f64]| Estimate::of_mean(values);
    let change = mean(&b).zip(mean(&a)).and_then(|(run, baseline)| run.minus(&baseline));
    shown += &format!("{change:?}{:?}{:?}", change.map(|c| c.p_above(margin)), change.map(|c| c.interval(tail)));
    shown += &format!("{:?}{:?}{:?}", scatter(&a), history::noise_floor(&a), warmup::mser5(&a));
    shown + &format!("{:?}", multiple::holm(&[tail, tail * 3.0, 0.2, margin.abs()]))
}

fn charts(comparison: &Comparison) -> String {
    let sizes = [chart::Size::WIDE, chart::Size::NARROW];
    let mut drawn: Vec<chart::Chart> = Vec::new();
    for size in sizes {
        let metrics = [Metric::Latency(Percentile::P95), Metric::Mean, Metric::ErrorRate, Metric::Rps];
        drawn.extend(metrics.iter().filter_map(|metric| chart::dumbbell(comparison, metric, 12, size)));
        for subject in comparison.subjects.iter().take(3) {
            drawn.extend(chart::percentile_plot(subject, size));
            for what in [chart::Over::Latency, chart::Over::Throughput, chart::Over::Errors] {
                drawn.extend(chart::time_overlay(comparison, subject, what, size));
            }
        }
    }
    drawn.into_iter().map(|chart| chart.svg + &chart.summary).collect()
}

/// A run as Locust writes it: a summary, and a history of the total.
fn run(random: &mut Random, factor: f64) -> Run {
    let mut stats = String::from(
        "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min Response Time,\
         Max Response Time,Average Content Size,Requests/s,Failures/s,50%,66%,75%,90%,95%,99%,99.9%,100%\r\n",
    );
    for endpoint in 0..1 + random.below(12) {
        let method = ["GET", "POST", "PUT"][random.below(3) as usize % 3];
        let requests = random.below(5000);
        let failures = if random.below(3) == 0 { (requests as f64 * random.share() * 0.02) as u64 } else { 0 };
        let median = factor * (1.0 + 400.0 * random.share());
        let tail = 1.0 + 3.0 * random.share();
        let at = |share: f64| median * (1.0 + share * tail);
        stats.push_str(&format!(
            "{method},/api/{endpoint},{requests},{failures},{},{},{},{},{},{},{}",
            median,
            at(0.3),
            median * 0.2,
            at(4.0),
            random.below(9000),
            requests as f64 / 61.7,
            failures as f64 / 61.7
        ));
        for share in [0.0, 0.2, 0.35, 0.8, 1.1, 2.0, 3.0, 4.0] {
            stats.push_str(&format!(",{}", if requests == 0 { "N/A".into() } else { at(share).to_string() }));
        }
        stats.push_str("\r\n");
    }
    let mut history = String::from(
        "Timestamp,User Count,Type,Name,Requests/s,Failures/s,50%,95%,Total Request Count,Total Failure Count,\
         Total Median Response Time,Total Average Response Time,Total Min Response Time,Total Max Response Time,\
         Total Average Content Size\r\n",
    );
    let start = 1_700_000_000 + random.below(1_000_000);
    let (mut requests, mut failures, mut sum) = (0, 0, 0.0);
    for second in 0..10 + random.below(90) {
        let made = random.below(60);
        requests += made;
        failures += random.below(3).min(made);
        sum += made as f64 * factor * (5.0 + 300.0 * random.share());
        let mean = if requests == 0 { 0.0 } else { sum / requests as f64 };
        let users = (second + 1).min(20);
        history.push_str(&format!(
            "{},{users},,Aggregated,0,0,N/A,N/A,{requests},{failures},5,{mean},1,900,10\r\n",
            start + second
        ));
    }
    let read = |name: &str, text: &str| ingest::read(name, text.as_bytes()).ok();
    let parts = [read("x_stats.csv", &stats), read("x_stats_history.csv", &history)];
    ingest::assemble(parts.into_iter().flatten().collect(), Parts::Refuse).unwrap_or_default()
}

/// FNV-1a, 64 bits.
pub fn digest(seed: u64) -> u64 {
    let shown = everything(seed);
    shown.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}
