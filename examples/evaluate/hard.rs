//! The hard family, judged from every form of its files: `evaluate --family hard`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use loaddiff::compare::{self, Comparison, Row, Scope, Subject, Verdict};
use loaddiff::policy::{self, Policy};
use loaddiff::run::{Metric, Percentile, Run};

use crate::judge::{Files, Kind};
use crate::random::Random;
use crate::scenarios::{Change, Scenario, World};
use crate::simulate::Test;

/// Arguments of the command line.
pub struct Asked {
    scenarios: Vec<Scenario>,
    changes: Vec<Change>,
    forms: Vec<Kind>,
    /// Percent.
    sd: f64,
    seed: u64,
    /// The pair to write.
    pair: usize,
    list: bool,
    honest: bool,
    dump: Option<PathBuf>,
}

impl Default for Asked {
    fn default() -> Self {
        Self {
            scenarios: Scenario::EVERY.to_vec(),
            changes: Change::EVERY.to_vec(),
            forms: Kind::EVERY.to_vec(),
            sd: 2.0,
            seed: 1,
            pair: 0,
            list: false,
            honest: false,
            dump: None,
        }
    }
}

/// A form's name on the command line and in tables.
fn form(kind: Kind) -> &'static str {
    match kind {
        Kind::Raw => "raw",
        Kind::FullHistory => "full",
        Kind::History => "history",
        Kind::Table => "table",
    }
}

impl Asked {
    pub fn set(&mut self, option: &str, value: &str) -> Result<(), String> {
        fn each<T>(option: &str, value: &str, parse: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, String> {
            value.split(',').map(|v| parse(v).ok_or(format!("{option} {v}: there is none of that name"))).collect()
        }
        let unread = || format!("{option} {value}: not a number");
        match option {
            "--scenario" => self.scenarios = each(option, value, Scenario::parse)?,
            "--change" => self.changes = each(option, value, Change::parse)?,
            "--forms" => {
                let asked = each(option, value, |v| Kind::EVERY.into_iter().find(|k| form(*k) == v))?;
                // From the most detailed on, the order for counting monotonicity.
                self.forms = Kind::EVERY.into_iter().filter(|k| asked.contains(k)).collect();
            }
            "--sd" => self.sd = value.parse().map_err(|_| unread())?,
            "--seed" => self.seed = value.parse().map_err(|_| unread())?,
            "--pair" => self.pair = value.parse().map_err(|_| unread())?,
            "--list" => self.list = true,
            "--honest" => self.honest = true,
            "--dump-pair" => self.dump = Some(value.into()),
            _ => return Err(format!("{option} is not an option")),
        }
        Ok(())
    }
}

// Only these three functions depend on the library's words.

/// Whether a row is a regression certain enough to stop a pipeline.
fn is_alarm(row: &Row) -> bool {
    row.verdict == Verdict::Regressed
}

/// A row's stated detectable change (in four of five pairs), in percent; for an error rate in percentage points.
fn detectable(row: &Row) -> Option<f64> {
    row.evidence.as_ref()?.detectable
}

/// Whether the gate fails.
fn stops(said: &Said) -> bool {
    said.gate == "fail"
}

/// Whether the gate passes.
fn goes_on(said: &Said) -> bool {
    said.gate == "pass"
}

/// Result of a pair.
#[derive(Clone)]
struct Said {
    word: &'static str,
    gate: &'static str,
    /// A row affected by the change is an alarm.
    row: bool,
    /// Any row is an alarm.
    any_row: bool,
}

fn said_of(comparison: &Comparison, world: &World, change: Change) -> Said {
    let rows = || comparison.subjects.iter().flat_map(|s| s.rows.iter().map(move |r| (s, r)));
    Said {
        word: comparison.word.as_str(),
        gate: comparison.gate.as_str(),
        row: rows().any(|(s, r)| is_touched(s, r, world, change) && is_alarm(r)),
        any_row: rows().any(|(_, r)| is_alarm(r)),
    }
}

/// Whether a change affected a row. A change of one endpoint affects the total too.
fn is_touched(subject: &Subject, row: &Row, world: &World, change: Change) -> bool {
    let is_errors = matches!(row.metric, Metric::ErrorRate | Metric::Failures);
    let is_at = |endpoint: usize| subject.scope == Scope::Total || subject.name.ends_with(world.name(endpoint));
    match change {
        Change::None => false,
        Change::All(_) | Change::Leak | Change::Step | Change::Planted(_) => !is_errors,
        Change::One(_) | Change::Tail(_) => !is_errors && is_at(world.changed),
        Change::PlantedOne(endpoint, _) => !is_errors && is_at(endpoint),
        Change::Errors(_) | Change::Outage => is_errors,
        Change::Dead => is_errors && is_at(world.dying),
    }
}

/// Reads a test's files of each form, in order.
fn read(test: &Test, forms: &[Kind], side: &str) -> Result<Vec<Run>, String> {
    let files = Files::of(test, forms);
    forms.iter().map(|kind| files.read(*kind, side).map_err(|e| format!("{}: {e}", form(*kind)))).collect()
}

/// Compares as the command line does.
fn compared(baseline: &Run, run: &Run, policy: &Policy) -> Result<Comparison, String> {
    compare::compare_sides(vec![baseline.clone()], vec![run.clone()], &[], policy.clone()).ok_or("no run".into())
}

/// Does the work on several threads; results are in the order of the work.
fn on_threads<T: Send>(
    threads: usize,
    work: usize,
    one: impl Fn(usize) -> Result<T, String> + Sync,
) -> Result<Vec<T>, String> {
    let next = AtomicUsize::new(0);
    let done: Mutex<BTreeMap<usize, Result<T, String>>> = Mutex::new(BTreeMap::new());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= work {
                        break;
                    }
                    let result = one(index);
                    if result.is_err() {
                        next.store(work, Ordering::Relaxed);
                    }
                    if let Ok(mut done) = done.lock() {
                        done.insert(index, result);
                    }
                }
            });
        }
    });
    done.into_inner().map_err(|e| e.to_string())?.into_values().collect()
}

/// Pair `pair` of a scenario: the common properties of both sides, and the name of its random numbers.
fn world(asked: &Asked, scenario: Scenario, pair: usize) -> (World, Vec<u64>) {
    let parts = vec![asked.seed, 1000 + scenario as u64, pair as u64];
    (World::draw(&mut Random::new(&parts), scenario, asked.sd / 100.0), parts)
}

pub fn run(asked: &Asked, pairs: usize, threads: usize) -> Result<(), String> {
    if asked.list {
        for scenario in Scenario::EVERY {
            println!("{}", scenario.name());
        }
        return Ok(());
    }
    if let Some(folder) = &asked.dump {
        return dump(asked, folder).map_err(|error| format!("{}: {error}", folder.display()));
    }
    let policy = policy::profile("default").ok_or("there is no profile `default`")?;
    if asked.honest {
        return honest(asked, pairs, threads, &policy);
    }
    let mut lines: Vec<Line> = Vec::new();
    for scenario in &asked.scenarios {
        // By pair, change and form; all changes share the baseline.
        let said: Vec<Vec<Vec<Said>>> = on_threads(threads, pairs, |pair| {
            let (world, parts) = world(asked, *scenario, pair);
            let context = |e: String| format!("{}, pair {pair}: {e}", scenario.name());
            let baseline = read(&world.run(&parts, Change::None, 0), &asked.forms, "base").map_err(context)?;
            let judge = |change: &Change| -> Result<Vec<Said>, String> {
                let run = read(&world.run(&parts, *change, 1), &asked.forms, "run").map_err(context)?;
                let each = baseline.iter().zip(&run);
                each.map(|(b, r)| Ok(said_of(&compared(b, r, &policy)?, &world, *change))).collect()
            };
            asked.changes.iter().map(judge).collect()
        })?;
        for (c, change) in asked.changes.iter().enumerate() {
            for (f, kind) in asked.forms.iter().enumerate() {
                let of: Vec<&[Said]> = said.iter().map(|pair| &pair[c][..=f]).collect();
                let line = Line::of(*scenario, *change, *kind, &of);
                println!("{line}");
                lines.push(line);
            }
        }
    }
    totals(asked, &lines);
    Ok(())
}

/// Results of all pairs of a scenario and a change, from one form.
#[derive(Clone)]
struct Line {
    scenario: &'static str,
    change: Change,
    kind: Kind,
    pairs: usize,
    words: BTreeMap<&'static str, usize>,
    gates: BTreeMap<&'static str, usize>,
    row: usize,
    any_row: usize,
    /// Pairs in which this form fails the gate and the next more detailed one, or any more detailed one, does not.
    not_next: usize,
    not_richer: usize,
    /// Numbers of wrong pairs, for inspection.
    wrong: Vec<usize>,
}

impl Line {
    /// Results by pair, from each form up to this one, the most detailed first.
    fn of(scenario: Scenario, change: Change, kind: Kind, pairs: &[&[Said]]) -> Self {
        let mut line = Self {
            scenario: scenario.name(),
            change,
            kind,
            pairs: pairs.len(),
            words: BTreeMap::new(),
            gates: BTreeMap::new(),
            row: 0,
            any_row: 0,
            not_next: 0,
            not_richer: 0,
            wrong: Vec::new(),
        };
        for (pair, forms) in pairs.iter().enumerate() {
            let Some((said, richer)) = forms.split_last() else { continue };
            *line.words.entry(said.word).or_default() += 1;
            *line.gates.entry(said.gate).or_default() += 1;
            line.row += usize::from(said.row);
            line.any_row += usize::from(said.any_row);
            line.not_next += usize::from(stops(said) && richer.last().is_some_and(|r| !stops(r)));
            line.not_richer += usize::from(stops(said) && richer.iter().any(|r| !stops(r)));
            if if change.is_worse() { goes_on(said) } else { stops(said) } {
                line.wrong.push(pair);
            }
        }
        line
    }

    fn add(&mut self, other: &Self) {
        self.pairs += other.pairs;
        for (word, n) in &other.words {
            *self.words.entry(word).or_default() += n;
        }
        for (gate, n) in &other.gates {
            *self.gates.entry(gate).or_default() += n;
        }
        self.row += other.row;
        self.any_row += other.any_row;
        self.not_next += other.not_next;
        self.not_richer += other.not_richer;
        self.wrong.extend(&other.wrong);
    }

    fn percent(&self, n: usize) -> f64 {
        n as f64 * 100.0 / self.pairs.max(1) as f64
    }
}

impl std::fmt::Display for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:18} {:11} {:7} {:5} |", self.scenario, self.change.name(), form(self.kind), self.pairs)?;
        for gate in ["pass", "fail"] {
            write!(f, " {gate} {:3.0}", self.percent(self.gates.get(gate).copied().unwrap_or(0)))?;
        }
        let other = self.gates.iter().filter(|(gate, _)| !matches!(**gate, "pass" | "fail")).map(|(_, n)| n).sum();
        write!(
            f,
            " none {:3.0} | row {:3.0} any {:3.0} ",
            self.percent(other),
            self.percent(self.row),
            self.percent(self.any_row)
        )?;
        write!(f, "| not next {:3.0} richer {:3.0} |", self.percent(self.not_next), self.percent(self.not_richer))?;
        let mut words: Vec<_> = self.words.iter().collect();
        words.sort_by(|a, b| b.1.cmp(a.1));
        for (word, n) in words {
            write!(f, " {word} {:.0}", self.percent(*n))?;
        }
        Ok(())
    }
}

/// Pooled over the scenarios, by change and form; then the worst.
fn totals(asked: &Asked, lines: &[Line]) {
    println!("\nAll scenarios together (per cent of pairs)");
    for change in &asked.changes {
        for kind in &asked.forms {
            let mut of = lines.iter().filter(|l| l.change == *change && l.kind == *kind);
            if let Some(first) = of.next() {
                let mut sum = Line { scenario: "all", ..first.clone() };
                of.for_each(|line| sum.add(line));
                println!("{sum}");
            }
        }
    }
    for kind in &asked.forms {
        let of = || lines.iter().filter(|l| l.kind == *kind);
        let share = |worse: bool| {
            let of = || of().filter(|l| l.change.is_worse() == worse);
            let pairs: usize = of().map(|l| l.pairs).sum();
            of().map(|l| l.wrong.len()).sum::<usize>() as f64 * 100.0 / pairs.max(1) as f64
        };
        let pairs: usize = of().map(|l| l.pairs).sum();
        let richer: usize = of().map(|l| l.not_richer).sum();
        println!(
            "{:7}: the gate fails {:.1} % of what is not worse, passes {:.1} % of what is; it fails and that of a \
             richer form does not in {richer} of {pairs} pairs",
            form(*kind),
            share(false),
            share(true)
        );
    }
    for (worse, title) in [(false, "Fails what is not worse"), (true, "Passes what is worse")] {
        // By scenario and change, with the forms side by side.
        let mut groups: Vec<&[Line]> = lines.chunks(asked.forms.len()).collect();
        groups.retain(|g| g.iter().any(|l| l.change.is_worse() == worse && !l.wrong.is_empty()));
        let sum = |group: &[Line]| group.iter().map(|l| l.wrong.len()).sum::<usize>();
        groups.sort_by_key(|group| std::cmp::Reverse(sum(group)));
        println!("\n{title}, per cent of pairs, the worst of {}", groups.len());
        for group in groups.iter().take(60) {
            let Some(first) = group.iter().find(|l| !l.wrong.is_empty()) else { continue };
            print!("{:18} {:11}", first.scenario, first.change.name());
            for line in *group {
                print!(" {} {:3.0}", form(line.kind), line.percent(line.wrong.len()));
            }
            let pairs: Vec<String> = first.wrong.iter().take(6).map(usize::to_string).collect();
            println!("   {}: pairs {}", form(first.kind), pairs.join(" "));
        }
    }
}

/// Writes the files of one pair.
fn dump(asked: &Asked, folder: &Path) -> std::io::Result<()> {
    let (Some(scenario), Some(change)) = (asked.scenarios.first(), asked.changes.first()) else { return Ok(()) };
    let (world, parts) = world(asked, *scenario, asked.pair);
    std::fs::create_dir_all(folder)?;
    for (side, name, change) in [(0, "baseline", Change::None), (1, "run", *change)] {
        let files = Files::of(&world.run(&parts, change, side), &Kind::EVERY);
        for (ending, text) in [
            (".jtl", &files.jtl),
            ("_stats.csv", &files.locust.stats),
            ("_stats_history.csv", &files.locust.history),
            ("_full_stats_history.csv", &files.locust.full_history),
        ] {
            std::fs::write(folder.join(format!("{name}{ending}")), text)?;
        }
    }
    println!(
        "{} {}: changed {}, dying {}, large {}",
        scenario.name(),
        change.name(),
        world.name(world.changed),
        world.name(world.dying),
        world.large().iter().map(|e| world.name(*e)).collect::<Vec<_>>().join(" ")
    );
    Ok(())
}

/// A row whose stated size is simulated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Planted {
    TotalMean,
    TotalP50,
    EndpointMean,
    EndpointP50,
    /// In percentage points.
    TotalErrors,
}

impl Planted {
    const EVERY: [Self; 5] =
        [Self::TotalMean, Self::TotalP50, Self::EndpointMean, Self::EndpointP50, Self::TotalErrors];

    fn name(self) -> &'static str {
        match self {
            Self::TotalMean => "total mean",
            Self::TotalP50 => "total p50",
            Self::EndpointMean => "endpoint mean",
            Self::EndpointP50 => "endpoint p50",
            Self::TotalErrors => "total errors",
        }
    }

    fn row(self, comparison: &Comparison, endpoint: &str) -> Option<Row> {
        let is_total = !matches!(self, Self::EndpointMean | Self::EndpointP50);
        let metric = match self {
            Self::TotalMean | Self::EndpointMean => Metric::Mean,
            Self::TotalP50 | Self::EndpointP50 => Metric::Latency(Percentile::P50),
            Self::TotalErrors => Metric::ErrorRate,
        };
        let subject = if is_total {
            comparison.total()
        } else {
            comparison.subjects.iter().find(|s| s.scope == Scope::Endpoint && s.name.ends_with(endpoint))
        };
        subject?.row(&metric).cloned()
    }
}

/// For one pair and form: the stated size of a row, and whether the simulated change of that size raised an alarm.
struct Tried {
    scenario: Scenario,
    kind: Kind,
    planted: Planted,
    stated: Option<f64>,
    found: bool,
}

/// Simulates changes of the stated detectable size, and counts detections.
fn honest(asked: &Asked, pairs: usize, threads: usize, policy: &Policy) -> Result<(), String> {
    println!(
        "Stated as detectable, planted in a new pair of the same world, and an alarm in that very row (75 to 85 %)"
    );
    let mut all: Vec<Tried> = Vec::new();
    for scenario in &asked.scenarios {
        let tried: Vec<Vec<Tried>> = on_threads(threads, pairs, |pair| {
            let (world, mut parts) = world(asked, *scenario, pair);
            let large = world.large();
            let endpoint = large.get(pair % large.len().max(1)).copied().unwrap_or(0);
            let baseline = read(&world.run(&parts, Change::None, 0), &asked.forms, "base")?;
            let run = read(&world.run(&parts, Change::None, 1), &asked.forms, "run")?;
            let mut tried = Vec::new();
            for (f, kind) in asked.forms.iter().enumerate() {
                let comparison = compared(&baseline[f], &run[f], policy)?;
                for planted in Planted::EVERY {
                    let row = planted.row(&comparison, world.name(endpoint));
                    let stated = row.as_ref().and_then(detectable);
                    let mut found = false;
                    if let Some(percent) = stated {
                        let d = percent / 100.0;
                        let change = match planted {
                            Planted::TotalMean | Planted::TotalP50 => Change::Planted(d),
                            Planted::EndpointMean | Planted::EndpointP50 => Change::PlantedOne(endpoint, d),
                            Planted::TotalErrors => Change::Errors(d),
                        };
                        parts.truncate(3);
                        parts.extend([1 + f as u64, planted as u64]);
                        let baseline = read(&world.run(&parts, Change::None, 0), &[*kind], "base")?;
                        let run = read(&world.run(&parts, change, 1), &[*kind], "run")?;
                        let comparison = compared(&baseline[0], &run[0], policy)?;
                        found = planted.row(&comparison, world.name(endpoint)).is_some_and(|row| is_alarm(&row));
                    }
                    tried.push(Tried { scenario: *scenario, kind: *kind, planted, stated, found });
                }
            }
            Ok(tried)
        })?;
        all.extend(tried.into_iter().flatten());
        for kind in &asked.forms {
            for planted in Planted::EVERY {
                let of = |t: &&Tried| t.scenario == *scenario && t.kind == *kind && t.planted == planted;
                print_tried(scenario.name(), *kind, planted, all.iter().filter(of));
            }
        }
    }
    println!("\nAll scenarios together");
    for kind in &asked.forms {
        for planted in Planted::EVERY {
            print_tried("all", *kind, planted, all.iter().filter(|t| t.kind == *kind && t.planted == planted));
        }
    }
    Ok(())
}

fn print_tried<'a>(scenario: &str, kind: Kind, planted: Planted, tried: impl Iterator<Item = &'a Tried>) {
    let tried: Vec<&Tried> = tried.collect();
    let mut stated: Vec<f64> = tried.iter().filter_map(|t| t.stated).collect();
    stated.sort_by(f64::total_cmp);
    let found = tried.iter().filter(|t| t.found).count() as f64;
    let at = |share: f64| {
        stated.get(((stated.len() as f64 * share) as usize).min(stated.len().max(1) - 1)).copied().unwrap_or(f64::NAN)
    };
    let (n, percent) = (stated.len(), found * 100.0 / stated.len() as f64);
    let mark = match percent {
        _ if n == 0 => "not stated",
        p if p < 75.0 => "LOW",
        p if p > 85.0 => "high",
        _ => "",
    };
    println!(
        "{scenario:18} {:7} {:13} stated {n:4} of {:4}: median {:6.1} % ({:.1} to {:.1})  found {percent:5.1} % {mark}",
        form(kind),
        planted.name(),
        tried.len(),
        at(0.5),
        at(0.1),
        at(0.9)
    );
}
