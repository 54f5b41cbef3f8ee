//! The verdict benchmark: `cargo xtask evaluate`. See `docs/verdicts.md`.
//!
//! Simulates pairs of load tests with and without a known change, writes them in the formats of tools, and judges them
//! by `default` and its rivals.
#![allow(missing_docs, clippy::indexing_slicing)]

mod cells;
mod hard;
mod judge;
mod random;
mod real;
mod rivals;
mod scenarios;
mod simulate;
mod table;
mod write;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use cells::{Cell, Outcome, Pairs};
use judge::{Kind, Policies};

const HELP: &str = "\
Usage: cargo xtask evaluate [OPTIONS]

  --full             Every cell with all its pairs (an hour or more), and write the tables into docs/verdicts.md
  --cell KEY=VALUE   Only such cells: sd=2, n=20000, repeats=5, kind=raw|full|history|table; several joined by commas.
                     May be repeated; a cell is run if one of them fits
  --pairs N          So many unchanged pairs instead of a cell's own number
  --effect-pairs N   So many pairs of each effect
  --resume           With --full: keep cells that target/verdicts/ holds from an earlier run
  --write            Write the tables of everything in target/verdicts/ into docs/verdicts.md
  --real             Only the recorded pairs
  --dump FOLDER      Only write one simulated test into a folder: its samples, and the files made of them
  --threads N        Default: the number of cores

  --family hard      The hard family instead of the cells, with these options:
     --scenario NAME,...  Only these scenarios; --list names them
     --change NAME,...    Only these changes, of any size: none, all-x1.2, one-x1.3, tail-x5, errors+1pp, dead, outage,
                          leak, step, planted=0.1
     --forms NAME,...     raw, full, history, table; default: all four
     --pairs N            Pairs of each scenario and change; default 20
     --sd PERCENT         Run-to-run standard deviation; default 2
     --seed N             Default 1
     --honest             Plant the sizes that the program calls detectable, and count how often it detects them
     --dump-pair FOLDER   Only write one pair's files: of the first scenario and change that are asked for
     --pair N             That one's number; default 0

Without --full: a few cells with few pairs, printed and not written.
";

#[derive(Default)]
struct Options {
    full: bool,
    filters: Vec<Filter>,
    pairs: Option<usize>,
    effect_pairs: Option<usize>,
    resume: bool,
    write: bool,
    real: bool,
    dump: Option<PathBuf>,
    threads: Option<usize>,
    hard: Option<hard::Asked>,
}

/// One `--cell`.
#[derive(Default, Clone)]
struct Filter {
    sd_pct: Option<u32>,
    requests: Option<u32>,
    repeats: Option<u32>,
    kind: Option<Kind>,
}

impl Filter {
    fn parse(text: &str) -> Result<Self, String> {
        let mut filter = Self::default();
        for part in text.split(',') {
            let (key, value) = part.split_once('=').ok_or_else(|| format!("--cell {part}: expected KEY=VALUE"))?;
            let number = || value.replace('_', "").parse::<u32>().map_err(|_| format!("--cell {part}: not a number"));
            match key {
                "sd" => filter.sd_pct = Some(number()?),
                "n" => filter.requests = Some(number()?),
                "repeats" => filter.repeats = Some(number()?),
                "kind" => {
                    filter.kind = Some(match value {
                        "raw" => Kind::Raw,
                        "full" => Kind::FullHistory,
                        "history" => Kind::History,
                        "table" => Kind::Table,
                        _ => return Err(format!("--cell {part}: raw, full, history or table")),
                    });
                }
                _ => return Err(format!("--cell {part}: sd, n, repeats or kind")),
            }
        }
        Ok(filter)
    }

    fn fits(&self, cell: &Cell) -> bool {
        self.sd_pct.is_none_or(|sd| sd == cell.sd_pct)
            && self.requests.is_none_or(|n| n == cell.requests)
            && self.repeats.is_none_or(|r| r == cell.repeats)
    }
}

fn options() -> Result<Option<Options>, String> {
    let mut options = Options::default();
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or(format!("{word} needs a value"));
        let number = |text: String| text.parse::<usize>().map_err(|_| format!("{text} is not a number"));
        match word.as_str() {
            "--full" => options.full = true,
            "--resume" => options.resume = true,
            "--write" => options.write = true,
            "--real" => options.real = true,
            "--dump" => options.dump = Some(value()?.into()),
            "--cell" => options.filters.push(Filter::parse(&value()?)?),
            "--pairs" => options.pairs = Some(number(value()?)?),
            "--effect-pairs" => options.effect_pairs = Some(number(value()?)?),
            "--threads" => options.threads = Some(number(value()?)?),
            "--family" => match value()?.as_str() {
                "hard" => drop(options.hard.get_or_insert_default()),
                other => return Err(format!("--family {other}: there is only hard")),
            },
            "--list" | "--honest" => options.hard.get_or_insert_default().set(&word, "")?,
            "--scenario" | "--change" | "--forms" | "--sd" | "--seed" | "--pair" | "--dump-pair" => {
                let value = value()?;
                options.hard.get_or_insert_default().set(&word, &value)?;
            }
            "--help" | "-h" => return Ok(None),
            _ => return Err(format!("{word} is not an option\n\n{HELP}")),
        }
    }
    Ok(Some(options))
}

fn main() -> ExitCode {
    match options().and_then(|options| match options {
        Some(options) => evaluate(&options),
        None => {
            print!("{HELP}");
            Ok(())
        }
    }) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn evaluate(options: &Options) -> Result<(), String> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    if options.real {
        print!("{}", real::table(&root)?);
        return Ok(());
    }
    if let Some(folder) = &options.dump {
        return dump(folder).map_err(|error| format!("{}: {error}", folder.display()));
    }
    if let Some(asked) = &options.hard {
        let threads = options.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
        return hard::run(asked, options.pairs.unwrap_or(20), threads);
    }
    let store = root.join("target/verdicts");
    if options.write && !options.full {
        return write_tables(&root, &stored(&store)?);
    }
    let policies = Policies::new()?;
    let threads = options.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
    let readable: Vec<Kind> = Kind::EVERY.into_iter().filter(|kind| kind.is_readable()).collect();
    for kind in Kind::EVERY.iter().filter(|kind| !readable.contains(kind)) {
        eprintln!("left out: {} files, which are not read yet", kind.title());
    }

    let cells = if options.full || !options.filters.is_empty() { Cell::every() } else { Cell::quick() };
    let mut outcomes = Vec::new();
    for cell in cells {
        let filters: Vec<&Filter> = options.filters.iter().filter(|f| f.fits(&cell)).collect();
        if filters.is_empty() && !options.filters.is_empty() {
            continue;
        }
        // Between repeats the run is the unit: endpoint histories would add hours and no information.
        let is_usual = |kind: &Kind| cell.repeats == 1 || *kind != Kind::FullHistory;
        let is_asked = |kind: &Kind| {
            let by_filter = |f: &&Filter| f.kind.map_or(is_usual(kind), |k| k == *kind);
            if filters.is_empty() { is_usual(kind) } else { filters.iter().any(by_filter) }
        };
        let kinds: Vec<Kind> = readable.iter().copied().filter(is_asked).collect();
        let kept = store.join(format!("{}.json", cell.name()));
        if options.full && options.resume && kept.exists() {
            outcomes.extend(load(&kept)?);
            continue;
        }
        let pairs = pairs(options, cell);
        let start = Instant::now();
        let found = cells::run(cell, &kinds, pairs, threads, &policies)?;
        let seconds = start.elapsed().as_secs_f64();
        let made = pairs.unchanged + pairs.changed * (simulate::Effect::EVERY.len() - 1);
        let each = seconds * 1000.0 * threads as f64 / made.max(1) as f64;
        eprintln!("{}: {made} pairs in {seconds:.1} s, {each:.1} ms of a thread each", cell.name());
        if options.full {
            std::fs::create_dir_all(&store).map_err(|error| error.to_string())?;
            let text = serde_json::to_string(&found).map_err(|error| error.to_string())?;
            std::fs::write(&kept, text).map_err(|error| error.to_string())?;
        }
        outcomes.extend(found);
    }
    if options.full && options.filters.is_empty() {
        return write_tables(&root, &outcomes);
    }
    for (name, table) in table::tables(&outcomes) {
        println!("## {name}\n\n{table}");
    }
    Ok(())
}

/// Writes the files that `tools/check-evaluate-files.py` compares with Locust's own code.
fn dump(folder: &Path) -> std::io::Result<()> {
    let mut random = random::Random::new(&[1]);
    let drift = simulate::Drift::Second90;
    let world = simulate::World::draw(&mut random, 2000.0, 100.0, 0.02, drift, false);
    let test = world.run(&mut random, simulate::Effect::Errors(0.03), 1.0, 0);
    let files = write::locust(&test, true);
    let mut samples = String::from("end_ms,elapsed_ms,name,bytes,failed\n");
    for s in &test.samples {
        let endpoint = usize::from(s.endpoint);
        let (name, bytes) = (simulate::NAMES[endpoint], test.bytes[endpoint]);
        samples += &format!("{:?},{:?},{name},{bytes},{}\n", s.end_ms(), s.elapsed_ms, s.failed);
    }
    let facts = serde_json::json!({
        "epoch_s": test.epoch_s, "clock_ms": test.clock_ms, "phase_ms": test.phase_ms, "end_ms": test.end_ms,
        "users": test.users, "ramp_ms": test.ramp_ms,
    });
    std::fs::create_dir_all(folder)?;
    for (name, text) in [
        ("samples.csv", &samples),
        ("facts.json", &facts.to_string()),
        ("test.jtl", &write::jtl(&test)),
        ("test_stats.csv", &files.stats),
        ("test_stats_history.csv", &files.history),
        ("full_stats_history.csv", &files.full_history),
    ] {
        std::fs::write(folder.join(name), text)?;
    }
    Ok(())
}

fn pairs(options: &Options, cell: Cell) -> Pairs {
    let own = if options.full { cell.pairs() } else { Pairs { unchanged: 200, changed: 50 } };
    Pairs { unchanged: options.pairs.unwrap_or(own.unchanged), changed: options.effect_pairs.unwrap_or(own.changed) }
}

fn load(path: &Path) -> Result<Vec<Outcome>, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_json::from_str(&text).map_err(|error| format!("{}: {error}; run without --resume", path.display()))
}

/// Results of earlier runs with `--full`, in the order of tables.
fn stored(store: &Path) -> Result<Vec<Outcome>, String> {
    let files = Cell::every().into_iter().map(|cell| store.join(format!("{}.json", cell.name())));
    let outcomes: Result<Vec<Vec<Outcome>>, String> = files.filter(|f| f.exists()).map(|f| load(&f)).collect();
    Ok(outcomes?.into_iter().flatten().collect())
}

fn write_tables(root: &Path, outcomes: &[Outcome]) -> Result<(), String> {
    let path = root.join("docs/verdicts.md");
    let mut document = std::fs::read_to_string(&path).map_err(|error| format!("docs/verdicts.md: {error}"))?;
    let mut tables = table::tables(outcomes);
    tables.insert("real", real::table(root)?);
    for (name, table) in tables {
        document = table::insert(&document, name, &table)?;
    }
    std::fs::write(&path, document).map_err(|error| format!("docs/verdicts.md: {error}"))?;
    eprintln!("written: docs/verdicts.md");
    Ok(())
}
