//! One pair, judged by all methods: bytes are read, assembled and compared like a user's files.

use std::time::Instant;

use loaddiff::compare::{self, Comparison, Row, Scope, Subject, Verdict};
use loaddiff::policy::{self, Noise, Policy};
use loaddiff::run::{Metric, Percentile, Run};
use loaddiff::{ingest, run};
use serde::{Deserialize, Serialize};

use crate::rivals::{self, About, Counts, Score, Series};
use crate::simulate::{ENDPOINTS, Effect, NAMES, Test};
use crate::write;

/// Available data of each run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// Every sample: a JMeter JTL.
    Raw,
    /// Locust's table, and the history of every endpoint (`--csv-full-history`).
    FullHistory,
    /// Locust's table, and the history of the total.
    History,
    /// Locust's table alone.
    Table,
}

impl Kind {
    pub const EVERY: [Self; 4] = [Self::Raw, Self::FullHistory, Self::History, Self::Table];

    /// For tables, and for `--cell kind=…`.
    pub fn title(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::FullHistory => "table + full history",
            Self::History => "table + history",
            Self::Table => "table",
        }
    }

    /// Whether the program can read such files.
    pub fn is_readable(self) -> bool {
        let line = "timeStamp,elapsed,label,responseCode,success\n1760000000000,12,/a,200,true\n";
        self != Self::Raw || ingest::read("results.jtl", line.as_bytes()).is_ok()
    }
}

/// The noise floors to judge every pair with: the profile's own, and those to compare.
pub const FLOORS: [Option<f64>; 5] = [None, Some(0.0), Some(5.0), Some(8.0), Some(12.0)];

/// The policies of the benchmark.
pub struct Policies {
    /// `default`, with each of [`FLOORS`].
    defaults: Vec<Policy>,
    seed_v1: Policy,
}

impl Policies {
    pub fn new() -> Result<Self, String> {
        let profile = |name: &str| policy::profile(name).ok_or(format!("there is no profile `{name}`"));
        let default = profile("default")?;
        let with = |floor: &Option<f64>| {
            let mut policy = default.clone();
            match floor {
                None => {}
                Some(0.0) => policy.compare.noise = Noise::None,
                Some(percent) => policy.compare.noise = Noise::Percent(*percent),
            }
            policy
        };
        Ok(Self { defaults: FLOORS.iter().map(with).collect(), seed_v1: profile("seed-v1")? })
    }
}

/// The result of `default` for a pair with one of [`FLOORS`].
#[derive(Debug, Clone)]
pub struct Said {
    /// Some row regressed.
    pub any_confirmed: bool,
    /// Some row is beyond a limit, independent of evidence.
    pub any_critical: bool,
    /// A row affected by the change regressed.
    pub touched_confirmed: bool,
    /// The worst verdict of the affected rows.
    pub touched: &'static str,
}

/// The largest score of a rival: over all rows, and over the affected ones.
#[derive(Debug, Clone, Copy)]
pub struct Scores {
    pub any: f64,
    pub touched: f64,
}

impl Scores {
    fn of(scores: impl IntoIterator<Item = (bool, f64)>) -> Self {
        let none = Self { any: f64::NEG_INFINITY, touched: f64::NEG_INFINITY };
        scores.into_iter().fold(none, |worst, (touched, score)| Self {
            any: worst.any.max(score),
            touched: if touched { worst.touched.max(score) } else { worst.touched },
        })
    }
}

/// A pair, judged from one kind of files.
pub struct Judged {
    /// By [`FLOORS`]; empty if the program cannot judge such a pair.
    pub said: Vec<Said>,
    /// By [`rivals::Rival::EVERY`]; `None` if the files lack the data that the rival needs.
    pub rivals: [Option<Scores>; 5],
    /// Reading the files of both sides, ns.
    pub read_ns: u64,
    /// Comparing, ns.
    pub compare_ns: u64,
    /// Mann-Whitney or Welch on the same pair, ns.
    pub rival_ns: u64,
}

/// The files of one test.
pub struct Files {
    pub jtl: String,
    pub locust: write::Locust,
}

impl Files {
    pub fn of(test: &Test, kinds: &[Kind]) -> Self {
        let jtl = if kinds.contains(&Kind::Raw) { write::jtl(test) } else { String::new() };
        Self { jtl, locust: write::locust(test, kinds.contains(&Kind::FullHistory)) }
    }

    /// Reads a user's files of one kind.
    pub fn read(&self, kind: Kind, side: &str) -> Result<Run, ingest::Error> {
        let stats = || ingest::read(&format!("{side}_stats.csv"), self.locust.stats.as_bytes());
        let history = |text: &str| ingest::read(&format!("{side}_stats_history.csv"), text.as_bytes());
        let parts = match kind {
            Kind::Raw => vec![ingest::read(&format!("{side}.jtl"), self.jtl.as_bytes())?],
            Kind::FullHistory => vec![stats()?, history(&self.locust.full_history)?],
            Kind::History => vec![stats()?, history(&self.locust.history)?],
            Kind::Table => vec![stats()?],
        };
        ingest::assemble(parts, ingest::Parts::Refuse)
    }
}

/// One side of a pair: a run, or its repeats.
pub struct Side {
    pub tests: Vec<Test>,
    pub files: Vec<Files>,
}

/// Compares two sides, each one run or its repeats, as the command line and the page do.
fn compared(baseline: &[Run], run: &[Run], policy: &Policy) -> Option<(Comparison, u64)> {
    let (baseline, run, policy) = (baseline.to_vec(), run.to_vec(), policy.clone());
    let start = Instant::now();
    let comparison = compare::compare_sides(baseline, run, &[], policy)?;
    Some((comparison, nanoseconds(start)))
}

/// Judges a pair from files of one kind.
pub fn judge(
    kind: Kind,
    (baseline, run): (&Side, &Side),
    effect: Effect,
    changed: usize,
    policies: &Policies,
) -> Result<Judged, String> {
    let start = Instant::now();
    let read = |side: &Side, name: &str| -> Result<Vec<Run>, String> {
        side.files.iter().map(|files| files.read(kind, name).map_err(|error| error.to_string())).collect()
    };
    let (baselines, runs) = (read(baseline, "base")?, read(run, "run")?);
    let read_ns = nanoseconds(start);

    let mut compare_ns = 0;
    let mut said = Vec::new();
    for (index, policy) in policies.defaults.iter().enumerate() {
        let Some((comparison, ns)) = compared(&baselines, &runs, policy) else { break };
        if index == 0 {
            compare_ns = ns;
        }
        said.push(said_of(&comparison, |subject, row| touched(subject, row, effect, changed)));
        // Repeats show the variation between runs: no floor is added, in any setting.
        if baselines.len() >= 3 && runs.len() >= 3 {
            said.resize(FLOORS.len(), said[0].clone());
            break;
        }
    }

    let is_touched = |score: &Score| {
        use rivals::Subject::{Endpoint, Total};
        match effect {
            Effect::None => false,
            Effect::All(_) => score.about == About::Latency,
            Effect::One(_) | Effect::Tail(_) | Effect::AnyTail(_) => {
                score.about == About::Latency && (score.subject == Total || score.subject == Endpoint(changed))
            }
            Effect::Errors(_) => score.about == About::Errors,
        }
    };
    let scores = |scores: Vec<Score>| Scores::of(scores.into_iter().map(|s| (is_touched(&s), s.score)));
    let p95 = Some(scores(p95_changes(&baselines, &runs)));
    let start = Instant::now();
    let mann_whitney = (kind == Kind::Raw)
        .then(|| scores(rivals::mann_whitney(&Counts::of(&baseline.tests), &Counts::of(&run.tests))));
    let rival_ns = nanoseconds(start);
    // A table alone has no points over time, but one per repeat.
    let otava = (kind != Kind::Table || baseline.tests.len() > 1).then(|| {
        let series = |side: &Side| side.tests.iter().map(Series::of).collect::<Vec<_>>();
        let endpoints = kind != Kind::History || baseline.tests.len() > 1;
        scores(rivals::otava(&series(baseline), &series(run), endpoints))
    });
    let seed_v1 = match (baselines.first(), runs.first()) {
        (Some(baseline), Some(run)) => Some(seed_v1(baseline, run, effect, changed, &policies.seed_v1)),
        _ => None,
    };
    Ok(Judged { said, rivals: [seed_v1, p95, p95, mann_whitney, otava], read_ns, compare_ns, rival_ns })
}

fn nanoseconds(start: Instant) -> u64 {
    u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

/// Whether the change of a pair affected a row. With slower responses, closed-loop users send less: latency and
/// throughput change together. A change of one endpoint affects the total too.
fn touched(subject: &Subject, row: &Row, effect: Effect, changed: usize) -> bool {
    let is_there =
        || subject.scope == Scope::Total || NAMES.get(changed).is_some_and(|name| subject.name.ends_with(name));
    let is_errors = matches!(row.metric, Metric::ErrorRate | Metric::Failures);
    match effect {
        Effect::None => false,
        Effect::All(_) => !is_errors,
        Effect::One(_) | Effect::Tail(_) | Effect::AnyTail(_) => !is_errors && is_there(),
        Effect::Errors(_) => is_errors,
    }
}

/// The result of a comparison, for all rows and for the affected ones.
pub fn said_of(comparison: &Comparison, touched: impl Fn(&Subject, &Row) -> bool) -> Said {
    let mut said = Said { any_confirmed: false, any_critical: false, touched_confirmed: false, touched: "nothing" };
    let mut worst: Option<Verdict> = None;
    for (subject, row) in comparison.subjects.iter().flat_map(|s| s.rows.iter().map(move |r| (s, r))) {
        let is_confirmed = row.verdict == Verdict::Regressed;
        said.any_critical |= row.beyond;
        said.any_confirmed |= is_confirmed;
        if !touched(subject, row) || matches!(row.verdict, Verdict::Info | Verdict::NoData) {
            continue;
        }
        said.touched_confirmed |= is_confirmed;
        if worst.is_none_or(|worst| row.verdict < worst) {
            worst = Some(row.verdict);
            said.touched = row.verdict.as_str();
        }
    }
    said
}

/// Change of p95 of the total and of every endpoint, relative to the baseline; for repeats, of the mean.
fn p95_changes(baselines: &[Run], runs: &[Run]) -> Vec<Score> {
    let p95 = |side: &[Run], subject: rivals::Subject| {
        let values: Vec<f64> = side
            .iter()
            .filter_map(|run| match subject {
                rivals::Subject::Total => run.total.as_ref(),
                rivals::Subject::Endpoint(index) => endpoint(run, NAMES.get(index)?),
            })
            .filter_map(|e| e.value(&Metric::Latency(Percentile::P95)).number)
            .collect();
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
    };
    std::iter::once(rivals::Subject::Total)
        .chain((0..ENDPOINTS).map(rivals::Subject::Endpoint))
        .filter_map(|subject| {
            let (baseline, run) = (p95(baselines, subject)?, p95(runs, subject)?);
            let score = run / baseline - 1.0;
            score.is_finite().then_some(Score { subject, about: About::Latency, score })
        })
        .collect()
}

fn endpoint<'a>(run: &'a Run, name: &str) -> Option<&'a run::Endpoint> {
    run.endpoints.iter().find(|e| e.name.ends_with(name))
}

/// Excess over the limit in `seed-v1`, as a multiple, if CRITICAL. Every endpoint's name belongs to one of its
/// services.
fn seed_v1(baseline: &Run, run: &Run, effect: Effect, changed: usize, policy: &Policy) -> Scores {
    let service = NAMES.get(changed).and_then(|name| policy.service_for(None, name)).map(|m| m.service.clone());
    let comparison = compare::compare(baseline.clone(), run.clone(), policy.clone());
    let rows = comparison.subjects.iter().flat_map(|s| s.rows.iter().map(move |r| (s, r)));
    Scores::of(rows.filter(|(_, row)| row.verdict == Verdict::Critical).map(|(subject, row)| {
        let is_there = subject.scope == Scope::Total || subject.service == service;
        let is_errors = row.metric == Metric::ErrorRate;
        let touched = match effect {
            Effect::None => false,
            Effect::All(_) => !is_errors,
            Effect::One(_) | Effect::Tail(_) | Effect::AnyTail(_) => !is_errors && is_there,
            Effect::Errors(_) => is_errors,
        };
        (touched, row.times_limit.max(f64::MIN_POSITIVE))
    }))
}
