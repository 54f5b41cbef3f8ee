//! Sampled pairs of Locust runs of any size: lognormal response times, with medians, spreads and loads of the endpoints
//! as in the real fixtures, written in the form of Locust 2.47.
#![allow(dead_code)]

use std::collections::BTreeMap;

use loaddiff::ingest::locust::notes::{CSV_MAY_MISS_END, HISTORY_PERCENTILES_WINDOWED, PERCENTILES_ROUNDED};
use loaddiff::run::{
    Buckets, Distribution, Endpoint, Interval, Latency, Note, Percentile, PercentileTable, Rounding, RowAccount, Run,
    Source, SourceFile, Timeline,
};
use loaddiff::stats::random::SplitMix64;

pub struct Random(SplitMix64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(SplitMix64::new(seed))
    }

    pub fn next(&mut self) -> u64 {
        self.0.next_u64()
    }

    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    pub fn normal(&mut self) -> f64 {
        libm::sqrt(-2.0 * libm::log(1.0 - self.unit())) * libm::cos(std::f64::consts::TAU * self.unit())
    }
}

/// Parameters of one row.
struct Kind {
    method: &'static str,
    name: String,
    weight: f64,
    median: f64,
    sigma: f64,
    failing: f64,
}

const RESOURCES: [&str; 24] = [
    "accounts",
    "addresses",
    "audit-log",
    "baskets",
    "campaigns",
    "comments",
    "coupons",
    "customers",
    "deliveries",
    "devices",
    "documents",
    "employees",
    "exports",
    "feature-flags",
    "invoices",
    "messages",
    "orders",
    "payments",
    "products",
    "projects",
    "shipments",
    "subscriptions",
    "teams",
    "tickets",
];

fn kinds(count: usize, random: &mut Random) -> Vec<Kind> {
    type Form = fn(&str) -> String;
    let forms: [(&str, Form); 6] = [
        ("GET", |r| format!("/api/v2/{r}")),
        ("GET", |r| format!("/api/v2/{r}/[id]")),
        ("POST", |r| format!("/api/v2/{r}")),
        ("PUT", |r| format!("/api/v2/{r}/[id]")),
        ("GET", |r| format!("/api/v2/{r}/[id]/history")),
        ("DELETE", |r| format!("/api/v2/{r}/[id]")),
    ];
    let mut names: Vec<(&'static str, String)> =
        [("GET", "/"), ("GET", "/health"), ("POST", "/login"), ("POST", "/oauth/token"), ("GET", "/search?q=[term]")]
            .map(|(m, n)| (m, n.to_owned()))
            .into();
    let mut at = 0;
    while names.len() < count {
        let resource = RESOURCES[(at * 7 + at / 24) % 24];
        let (method, form) = forms[[0, 1, 2, 1, 0, 3, 4, 5][at % 8]];
        let name = match at / 192 {
            0 => form(resource),
            more => form(&format!("{resource}-{more}")),
        };
        if !names.contains(&(method, name.clone())) {
            names.push((method, name));
        }
        at += 1;
    }
    names.truncate(count);
    names.sort_by(|a, b| (&a.1, a.0).cmp(&(&b.1, b.0)));
    let kind = |(method, name)| Kind {
        method,
        name,
        weight: [1.0, 1.0, 2.0, 3.0, 5.0, 8.0][(random.next() % 6) as usize] * random.between(0.9, 1.1),
        median: libm::exp(libm::log(70.0) + 0.9 * random.normal()),
        sigma: random.between(0.2, 0.6),
        failing: if random.unit() < 0.25 { random.between(0.001, 0.02) } else { 0.0 },
    };
    names.into_iter().map(kind).collect()
}

/// Locust's rounding.
fn two_digits(ms: f64) -> f64 {
    let step = if ms < 100.0 { 1.0 } else { libm::pow(10.0, libm::floor(libm::log10(ms)) - 1.0) };
    libm::rint(ms / step) * step
}

/// Form of a pair's percentiles.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Keeps {
    /// Locust's CSV: eleven percentiles.
    Table,
    /// Locust's JSON: counts of response times rounded to two digits.
    TwoDigitBuckets,
    /// A histogram of a tool without rounding.
    Buckets,
}

/// A baseline and a run with this many endpoints.
pub fn pair(endpoints: usize, keeps: Keeps, seed: u64) -> (Run, Run) {
    let mut random = Random::new(seed);
    let kinds = kinds(endpoints, &mut random);
    // The difference of two times from Python's `time.time()`, in steps of 2^-22 s.
    let measured = |random: &mut Random| libm::round((300.0 + random.between(-1.0, 1.0)) * 4_194_304.0) / 4_194_304.0;
    let seconds = measured(&mut random);
    let baseline = run("baseline", &kinds, &vec![1.0; kinds.len()], seconds, keeps, &mut random);
    let factors: Vec<f64> = kinds
        .iter()
        .map(|_| match random.next() % 10 {
            0 => random.between(1.15, 1.8),
            1 => random.between(0.7, 0.95),
            _ => random.between(0.96, 1.04),
        })
        .collect();
    let seconds = measured(&mut random);
    let run = run("pr-482", &kinds, &factors, seconds, keeps, &mut random);
    (baseline, run)
}

fn run(label: &str, kinds: &[Kind], factors: &[f64], seconds: f64, keeps: Keeps, random: &mut Random) -> Run {
    let mut all = Vec::new();
    let mut failed = 0;
    let mut endpoints = Vec::new();
    let weights: f64 = kinds.iter().map(|k| k.weight).sum();
    for (kind, factor) in kinds.iter().zip(factors) {
        let expected = 400.0 * kinds.len() as f64 * kind.weight / weights;
        let requests = libm::round(expected + random.normal() * libm::sqrt(expected)).max(5.0) as u64;
        let mut samples: Vec<f64> = (0..requests)
            .map(|_| {
                let ms = libm::exp(libm::log(kind.median * factor) + kind.sigma * random.normal());
                if random.unit() < 0.01 { ms * random.between(1.5, 4.0) } else { ms }
            })
            .collect();
        samples.sort_by(f64::total_cmp);
        let failures = (0..requests).filter(|_| random.unit() < kind.failing).count() as u64;
        failed += failures;
        endpoints.push(endpoint(Some(kind.method), &kind.name, &samples, failures, seconds, keeps));
        all.extend(samples);
    }
    all.sort_by(f64::total_cmp);
    let total = endpoint(None, "Aggregated", &all, failed, seconds, keeps);
    let count = endpoints.len() as u64;
    let started = 1_795_458_079 + (seconds * 1000.0) as i64 % 977;
    let timeline = (1..=seconds as i64).map(|s| {
        let users = 50.min(s as u64 * 2);
        let requests = (all.len() as f64 / seconds * users as f64 / 50.0 * random.between(0.9, 1.1)) as u64;
        Interval {
            end_s: started + s,
            length_s: 1,
            requests,
            failures: 0,
            mean_ms: Some(all.iter().sum::<f64>() / all.len() as f64 * random.between(0.9, 1.1)),
            users: Some(users),
            ..Interval::default()
        }
    });
    let timeline = Some(Timeline { intervals: timeline.collect(), grid: None });
    Run {
        label: label.to_owned(),
        source: Source {
            tool: "Locust".into(),
            version: Some(">=1.0".into()),
            files: vec![SourceFile {
                name: format!("{label}_stats.csv"),
                bytes: 10_000,
                fingerprint: random.next(),
                format: "locust-stats".into(),
                evidence: "the header".into(),
            }],
        },
        started_ms: Some(started * 1000),
        duration_s: Some(libm::floor(seconds)),
        users: Some(50),
        endpoints: endpoints.into(),
        total: Some(total),
        timeline,
        notes: vec![
            Note::say("stats.csv", &PERCENTILES_ROUNDED, []),
            Note::say("stats.csv", &CSV_MAY_MISS_END, []),
            Note::say("stats_history.csv", &HISTORY_PERCENTILES_WINDOWED, []),
        ],
        rows: RowAccount { read: count + 1, endpoints: count, totals: 1, ..RowAccount::default() },
        ..Run::default()
    }
}

fn endpoint(method: Option<&str>, name: &str, samples: &[f64], failures: u64, seconds: f64, keeps: Keeps) -> Endpoint {
    let requests = samples.len() as u64;
    let mut counts: BTreeMap<u64, u64> = BTreeMap::new();
    for ms in samples {
        let ms = if keeps == Keeps::Buckets { *ms } else { two_digits(*ms) };
        *counts.entry((ms * 1000.0) as u64).or_default() += 1;
    }
    let rounding = if keeps == Keeps::Buckets { Rounding::None } else { Rounding::TwoDigits };
    let buckets = Buckets { counts_by_us: counts, rounding };
    let distribution = match keeps {
        Keeps::Table => {
            let places = [50_000, 66_000, 75_000, 80_000, 90_000, 95_000, 98_000, 99_000, 99_900, 99_990, 100_000];
            let values = places.map(|p| (Percentile(p), buckets.quantile_ms(Percentile(p)).unwrap()));
            Distribution::Table(PercentileTable { values_ms: values.into(), rounding })
        }
        _ => Distribution::Buckets(buckets),
    };
    let sum: f64 = samples.iter().sum();
    let mean = sum / requests as f64;
    Endpoint {
        method: method.map(str::to_owned),
        name: name.to_owned(),
        requests: Some(requests),
        failures: Some(failures),
        latency: Latency {
            mean_ms: Some(mean),
            sum_ns: Some(libm::round(mean * requests as f64 * 1e6) as u128),
            min_ms: samples.first().copied(),
            max_ms: samples.last().copied(),
            timed: Some(requests),
            distribution,
        },
        rate_per_s: Some(requests as f64 / seconds),
        failures_per_s: Some(failures as f64 / seconds),
        mean_bytes: Some(600.0),
        ..Endpoint::default()
    }
}
