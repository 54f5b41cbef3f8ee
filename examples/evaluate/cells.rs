//! The cells of the benchmark: the pairs to simulate, and their outcomes.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde::{Deserialize, Serialize};

use crate::judge::{self, FLOORS, Files, Judged, Kind, Policies, Side};
use crate::random::Random;
use crate::rivals::Rival;
use crate::simulate::{Drift, Effect, Test, World};

/// Seed of all random numbers.
const SEED: u64 = 5;

/// Pairs of one size, one spread and one number of repeats; all kinds of files are from the same samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    /// Run-to-run standard deviation, percent.
    pub sd_pct: u32,
    /// Requests per run.
    pub requests: u32,
    /// Runs per side.
    pub repeats: u32,
}

impl Cell {
    /// All of them, in the order of tables.
    pub fn every() -> Vec<Self> {
        let mut cells = Vec::new();
        for repeats in [1, 5] {
            for requests in [2000, 20_000, 200_000] {
                for sd_pct in [1, 2, 3, 5] {
                    cells.push(Self { sd_pct, requests, repeats });
                }
            }
        }
        cells
    }

    /// The cells without `--full`.
    pub fn quick() -> Vec<Self> {
        let is_quick = |c: &Self| (c.sd_pct == 2 || c.sd_pct == 3) && c.requests * c.repeats <= 20_000;
        Self::every().into_iter().filter(is_quick).collect()
    }

    /// File name, and progress label.
    pub fn name(self) -> String {
        format!("sd{}-n{}-r{}", self.sd_pct, self.requests, self.repeats)
    }

    /// Duration of a run of nominal size, in seconds.
    fn seconds(self) -> f64 {
        match self.requests {
            ..10_000 => 100.0,
            10_000..100_000 => 400.0,
            _ => 1000.0,
        }
    }

    /// Number of unchanged pairs, and of pairs per effect, in the full benchmark.
    pub fn pairs(self) -> Pairs {
        match (self.requests, self.repeats) {
            (..100_000, 1) => Pairs { unchanged: 1000, changed: 200 },
            (..100_000, _) => Pairs { unchanged: 1000, changed: 100 },
            (_, 1) => Pairs { unchanged: 200, changed: 40 },
            (_, _) => Pairs { unchanged: 200, changed: 20 },
        }
    }

    /// Sizes of baseline and run relative to nominal, and their ratio in words. Four in ten unchanged pairs differ in
    /// size; those with an effect do not, nor do repeats.
    fn sizes(self, effect: Effect, pair: usize) -> (f64, f64, &'static str) {
        if effect != Effect::None || self.repeats > 1 {
            return (1.0, 1.0, "1:1");
        }
        // The nominal size is that of the larger one, or of the smaller one in the smallest cells.
        let (long, short3, short10) = if self.requests < 10_000 { (10.0, 1.0, 1.0) } else { (1.0, 1.0 / 3.0, 0.1) };
        let long3 = if self.requests < 10_000 { 3.0 } else { 1.0 };
        match pair / Drift::EVERY.len() % 10 {
            6 => (long3, short3, "3:1"),
            7 => (short3, long3, "1:3"),
            8 => (long, short10, "10:1"),
            9 => (short10, long, "1:10"),
            _ => (1.0, 1.0, "1:1"),
        }
    }
}

/// Numbers of pairs.
#[derive(Debug, Clone, Copy)]
pub struct Pairs {
    pub unchanged: usize,
    pub changed: usize,
}

/// Outcome of a cell, from one kind of files.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    pub cell: Cell,
    pub kind: Kind,
    /// Unchanged pairs.
    pub unchanged: u32,
    /// Unchanged pairs with a CRITICAL · confirmed, by [`FLOORS`]; empty if `default` could not be used.
    pub false_alarms: Vec<u32>,
    /// Unchanged pairs with a CRITICAL of any evidence.
    pub any_critical: u32,
    /// Unchanged pairs and false alarms by the dependence within the runs.
    pub by_drift: Vec<Group>,
    /// The same by the ratio of the sizes.
    pub by_ratio: Vec<Group>,
    /// By [`Effect::EVERY`], without the first.
    pub effects: Vec<Detected>,
    /// By [`Rival::EVERY`]; `None` if the files lack the data that it needs.
    pub rivals: Vec<Option<RivalOutcome>>,
    /// Medians in ms: reading both sides, comparing, Mann-Whitney.
    pub read_ms: f64,
    pub compare_ms: f64,
    pub mann_whitney_ms: f64,
}

/// Unchanged pairs of one sort.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Group {
    pub title: String,
    pub pairs: u32,
    pub false_alarms: u32,
}

/// Pairs of one effect.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Detected {
    pub effect: String,
    pub pairs: u32,
    /// By [`FLOORS`].
    pub detected: Vec<u32>,
    /// The worst verdict of an affected row, with the profile's own floor.
    pub words: BTreeMap<String, u32>,
    /// By [`Rival::EVERY`]: at its own threshold, and at the raised one.
    pub rivals: Vec<Option<(u32, u32)>>,
}

/// Result of a rival on the unchanged pairs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RivalOutcome {
    pub false_alarms: u32,
    /// The threshold for 1 % false alarms; `None` if there is none.
    pub raised: Option<f64>,
}

/// Runs a cell on several threads. The result does not depend on their number.
pub fn run(
    cell: Cell,
    kinds: &[Kind],
    pairs: Pairs,
    threads: usize,
    policies: &Policies,
) -> Result<Vec<Outcome>, String> {
    let count = |effect: usize| if effect == 0 { pairs.unchanged } else { pairs.changed };
    let work: Vec<(usize, usize)> =
        (0..Effect::EVERY.len()).flat_map(|effect| (0..count(effect)).map(move |pair| (effect, pair))).collect();
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<Option<Vec<Judged>>>> = Mutex::new(work.iter().map(|_| None).collect());
    let failed: Mutex<Option<String>> = Mutex::new(None);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((effect, pair)) = work.get(next.fetch_add(1, Ordering::Relaxed)).copied() {
                    let index = (0..effect).map(count).sum::<usize>() + pair;
                    match judge_pair(cell, kinds, effect, pair, policies) {
                        Ok(judged) => {
                            if let Ok(mut done) = done.lock() {
                                done[index] = Some(judged);
                            }
                        }
                        Err(error) => {
                            if let Ok(mut failed) = failed.lock() {
                                failed.get_or_insert(format!("{}, pair {pair}: {error}", cell.name()));
                            }
                            next.store(work.len(), Ordering::Relaxed);
                        }
                    }
                }
            });
        }
    });
    if let Some(error) = failed.into_inner().map_err(|e| e.to_string())? {
        return Err(error);
    }
    let done = done.into_inner().map_err(|e| e.to_string())?;
    let done: Vec<Vec<Judged>> = done.into_iter().flatten().collect();
    Ok(kinds.iter().enumerate().map(|(index, kind)| outcome(cell, *kind, index, &work, &done)).collect())
}

/// Simulates a pair once and judges it from every kind of files.
fn judge_pair(
    cell: Cell,
    kinds: &[Kind],
    effect_index: usize,
    pair: usize,
    policies: &Policies,
) -> Result<Vec<Judged>, String> {
    let effect = Effect::EVERY[effect_index];
    let mut random = Random::new(&[
        SEED,
        u64::from(cell.sd_pct),
        u64::from(cell.requests),
        u64::from(cell.repeats),
        effect_index as u64,
        pair as u64,
    ]);
    let drift = Drift::EVERY[pair % Drift::EVERY.len()];
    let any = matches!(effect, Effect::AnyTail(_));
    let sd = f64::from(cell.sd_pct) / 100.0;
    let world = World::draw(&mut random, f64::from(cell.requests), cell.seconds(), sd, drift, any);
    let (base_size, run_size, _) = cell.sizes(effect, pair);
    let mut side = |effect: Effect, size: f64, which: u64| {
        let tests: Vec<Test> = (0..u64::from(cell.repeats))
            .map(|repeat| world.run(&mut random, effect, size, 2 * repeat + which))
            .collect();
        Side { files: tests.iter().map(|test| Files::of(test, kinds)).collect(), tests }
    };
    let baseline = side(Effect::None, base_size, 0);
    let run = side(effect, run_size, 1);
    kinds.iter().map(|kind| judge::judge(*kind, (&baseline, &run), effect, world.changed, policies)).collect()
}

/// Evaluates a cell's pairs from one kind of files.
fn outcome(cell: Cell, kind: Kind, index: usize, work: &[(usize, usize)], done: &[Vec<Judged>]) -> Outcome {
    let all: Vec<(usize, usize, &Judged)> = work
        .iter()
        .zip(done)
        .filter_map(|((effect, pair), judged)| Some((*effect, *pair, judged.get(index)?)))
        .collect();
    let of = |effect: usize| all.iter().filter(move |(e, _, _)| *e == effect);
    let has_said = all.iter().all(|(_, _, judged)| judged.said.len() == FLOORS.len());
    let alarms = |floor: usize| of(0).filter(|(_, _, j)| j.said[floor].any_confirmed).count() as u32;
    let grouped = |title: &dyn Fn(usize) -> &'static str, titles: &[&'static str]| -> Vec<Group> {
        let group = |wanted: &&'static str| {
            let members: Vec<_> = of(0).filter(|(_, pair, _)| title(*pair) == *wanted).collect();
            let false_alarms = members.iter().filter(|(_, _, j)| j.said.first().is_some_and(|s| s.any_confirmed));
            Group { title: (*wanted).into(), pairs: members.len() as u32, false_alarms: false_alarms.count() as u32 }
        };
        titles.iter().map(group).filter(|g| g.pairs > 0).collect()
    };

    let rivals: Vec<Option<RivalOutcome>> = Rival::EVERY
        .iter()
        .enumerate()
        .map(|(r, rival)| {
            let mut scores: Vec<f64> = of(0).map(|(_, _, j)| j.rivals[r].map(|s| s.any)).collect::<Option<_>>()?;
            scores.sort_by(|a, b| b.total_cmp(a));
            let false_alarms = scores.iter().filter(|s| **s > rival.threshold()).count() as u32;
            // Maximum number above.
            let raised = scores.get(scores.len() / 100).copied().unwrap_or(f64::INFINITY);
            let raised = raised.max(rival.threshold());
            Some(RivalOutcome { false_alarms, raised: raised.is_finite().then_some(raised) })
        })
        .collect();

    let effects = (1..Effect::EVERY.len())
        .map(|effect| {
            let mut words = BTreeMap::new();
            for (_, _, judged) in of(effect) {
                let word = judged.said.first().map_or("not judged", |s| s.touched);
                *words.entry(word.to_owned()).or_default() += 1;
            }
            let above = |r: usize, threshold: f64| {
                of(effect).filter(|(_, _, j)| j.rivals[r].is_some_and(|s| s.touched > threshold)).count() as u32
            };
            let by_rival = rivals.iter().enumerate().map(|(r, outcome)| {
                let raised = outcome.as_ref()?.raised.map_or(0, |threshold| above(r, threshold));
                Some((above(r, Rival::EVERY[r].threshold()), raised))
            });
            Detected {
                effect: Effect::EVERY[effect].title(),
                pairs: of(effect).count() as u32,
                detected: (0..if has_said { FLOORS.len() } else { 0 })
                    .map(|floor| of(effect).filter(|(_, _, j)| j.said[floor].touched_confirmed).count() as u32)
                    .collect(),
                words,
                rivals: by_rival.collect(),
            }
        })
        .collect();

    let median_ms = |pick: fn(&Judged) -> u64| {
        // Of pairs of equal size.
        let mut values: Vec<u64> = all.iter().filter(|(e, _, _)| *e > 0).map(|(_, _, j)| pick(j)).collect();
        values.sort_unstable();
        values.get(values.len() / 2).map_or(0.0, |ns| *ns as f64 / 1e6)
    };
    Outcome {
        cell,
        kind,
        unchanged: of(0).count() as u32,
        false_alarms: (0..if has_said { FLOORS.len() } else { 0 }).map(alarms).collect(),
        any_critical: of(0).filter(|(_, _, j)| j.said.first().is_some_and(|s| s.any_critical)).count() as u32,
        by_drift: grouped(&|pair| Drift::EVERY[pair % Drift::EVERY.len()].title(), &Drift::EVERY.map(Drift::title)),
        by_ratio: grouped(&|pair| cell.sizes(Effect::None, pair).2, &["1:1", "3:1", "1:3", "10:1", "1:10"]),
        effects,
        rivals,
        read_ms: median_ms(|j| j.read_ns),
        compare_ms: median_ms(|j| j.compare_ns),
        mann_whitney_ms: median_ms(|j| j.rival_ns),
    }
}
