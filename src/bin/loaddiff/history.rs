//! `loaddiff history`: keeps the figures of runs in a file, and shows what changed when.

use std::fs::OpenOptions;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches, Command};
use loaddiff::history::{Entry, History, Reference, State, Trend, is_history, line, trends};
use loaddiff::ingest::{self, Parts};
use loaddiff::report::html::{self, sections};
use loaddiff::report::terminal;
use loaddiff::run::{Metric, Percentile, Run, time};
use loaddiff::{mask, number};
use serde_json::{Value, json};

use crate::output::Shape;
use crate::{Failure, args, files, output};

/// Maximum bytes of a history.
const LARGEST: u64 = 2 << 30;

/// Rows of the table, without `--all`.
const ROWS: usize = 20;

/// The names of `--metric`.
const METRICS: [(&str, Metric); 7] = [
    ("p50", Metric::Latency(Percentile::P50)),
    ("p90", Metric::Latency(Percentile::P90)),
    ("p95", Metric::Latency(Percentile::P95)),
    ("p99", Metric::Latency(Percentile::P99)),
    ("mean", Metric::Mean),
    ("errors", Metric::ErrorRate),
    ("rps", Metric::Rps),
];

pub fn command() -> Command {
    let text = |name: &'static str, help: &'static str| Arg::new(name).long(name).value_name("TEXT").help(help);
    let add = Command::new("add")
        .about("Append a run to a history")
        .arg(args::paths("files").help("Result files of the run. Several files are parts of one run"))
        .arg(args::path("to", "HISTORY").long("to").required(true).help("History to append to. It is created if missing"))
        .arg(text("label", "Label of the run, such as a release. Charts mark each new label"))
        .arg(text("version", "Version of what was tested"))
        .arg(text("reason", "Why this run was made"))
        .arg(text("at", "Start of the run, such as 2026-11-30T02:00:00Z [default: from the files, else now]"))
        .arg(
            Arg::new("accept")
                .long("accept")
                .action(ArgAction::SetTrue)
                .help("Accept the level of this run: later runs are judged against it, even if it is worse"),
        )
        .after_help(
            "One line is appended for each run. Two writers may append at the same time. In git, set `history.jsonl \
             merge=union` in .gitattributes.\n\nExample:\n  loaddiff history add run_stats.csv --to history.jsonl --label v1.4",
        );
    let show = Command::new("show")
        .about("Show what changed in a history, and since when")
        .arg(args::path("history", "HISTORY").required(true).help("File of `loaddiff history add`"))
        .arg(text("endpoint", "Only endpoints whose method and name contain this text"))
        .arg(
            Arg::new("metric")
                .long("metric")
                .value_name("NAME")
                .action(ArgAction::Append)
                .value_parser(PossibleValuesParser::new(METRICS.map(|(name, _)| name)))
                .help("Only this metric. Repeat the flag for several"),
        )
        .arg(Arg::new("all").long("all").action(ArgAction::SetTrue).help("List every metric, not only what changed"))
        .arg(args::format(["text", "json", "html"]))
        .arg(args::output())
        .arg(args::keep_names().help(
            "With --format html: keep hosts, query values, ids, credentials and e-mail addresses in names [default: masked, see docs/privacy.md]",
        ))
        .after_help("Example:\n  loaddiff history show history.jsonl --metric p95 --format html --output trend.html");
    Command::new("history")
        .about("Keep the figures of runs in a file, and show what changed when")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommands([add, show])
        .after_help(
            "Example:\n  loaddiff history add run_stats.csv --to history.jsonl --label v1.4\n  loaddiff history show history.jsonl",
        )
}

pub fn run(args: &ArgMatches) -> Result<ExitCode, Failure> {
    match args.subcommand() {
        Some(("add", args)) => add(args),
        Some(("show", args)) => show(args),
        _ => Err("a command is needed: see `loaddiff history --help`.".into()),
    }
}

fn add(args: &ArgMatches) -> Result<ExitCode, Failure> {
    let to = args.get_one::<PathBuf>("to").ok_or("--to is needed.")?;
    output::check_inputs(args, &[to])?;
    let run = ingest::assemble(args::parts(args, "files")?, Parts::Merge).map_err(|e| e.to_string())?;
    let given = |name: &str| args.get_one::<String>(name).map(|text| text.trim().to_owned()).filter(|t| !t.is_empty());
    let at_ms = match given("at") {
        Some(text) => time::parse_rfc3339(&text)
            .ok_or_else(|| format!("--at: {text:?} is no time. Expected one such as 2026-11-30T02:00:00Z."))?,
        None => run.started_ms.or_else(|| time::parse_rfc3339(&files::now())).unwrap_or(0),
    };
    let entry = Entry {
        label: given("label"),
        version: given("version"),
        reason: given("reason"),
        accepted: args.get_flag("accept"),
        ..Entry::of(&run, at_ms)
    };
    let text = line::write(&entry, &run);
    // What is appended must be readable: a label may be too long.
    line::read(text.trim_end().as_bytes()).map_err(|(_, mistake)| format!("the run cannot be kept: {mistake}."))?;
    let before =
        if to.exists() && std::fs::metadata(to).is_ok_and(|file| file.len() > 0) { Some(read(to)?) } else { None };
    if let Some(before) = &before
        && let Some(index) = before.runs.iter().position(|run| run.id == entry.id)
    {
        let same = before.runs.get(index) == Some(&entry);
        if same {
            output::print_error(&format!(
                "note: {}: it holds this run already, as {}.",
                to.display(),
                before.run_name(index)
            ));
            return Ok(ExitCode::SUCCESS);
        }
        output::print_error(&format!(
            "note: {}: it holds this run already, as {}. The new line counts.",
            to.display(),
            before.run_name(index)
        ));
    }
    append(to, &text)?;
    let endpoints = run.endpoints.len() as u64;
    let bytes = number::count(text.len() as u64);
    output::print_error(&format!(
        "{}: added a run of {} endpoints ({bytes} bytes).",
        to.display(),
        number::count(endpoints)
    ));
    Ok(ExitCode::SUCCESS)
}

/// Appends a line in one write, so that two writers cannot mix theirs. After a line that was cut off, for example by a
/// full disk, a new one is begun.
fn append(path: &Path, line: &str) -> Result<(), Failure> {
    let failed = |e: std::io::Error| format!("{}: could not be written: {e}.", path.display());
    let mut file = OpenOptions::new().read(true).append(true).create(true).open(path).map_err(failed)?;
    let mut last = [b'\n'];
    if file.metadata().map_err(failed)?.len() > 0 {
        file.seek(SeekFrom::End(-1)).map_err(failed)?;
        file.read_exact(&mut last).map_err(failed)?;
    }
    let text = if last == [b'\n'] { line.to_owned() } else { format!("\n{line}") };
    match file.write(text.as_bytes()).map_err(failed)? {
        written if written == text.len() => file.sync_all().map_err(failed),
        written => Err(format!(
            "{}: only {written} of {} bytes could be written. The line is left out when the history is read. Make room, \
             and add the run again.",
            path.display(),
            text.len()
        )),
    }
}

/// Reads a history, and tells what is wrong with its lines.
pub fn read(path: &Path) -> Result<History, Failure> {
    if std::fs::metadata(path).is_ok_and(|file| file.len() > LARGEST) {
        return Err(format!("{}: it is larger than {}. Split it by time.", path.display(), number::bytes(LARGEST)));
    }
    let history = History::read(&path.to_string_lossy(), &files::bytes(path)?).map_err(|e| e.to_string())?;
    for trouble in &history.troubles {
        output::print_error(&format!("warning: {}: {trouble}", path.display()));
    }
    Ok(history)
}

fn show(args: &ArgMatches) -> Result<ExitCode, Failure> {
    let path = args.get_one::<PathBuf>("history").ok_or("a history is needed.")?;
    let output = args.get_one::<PathBuf>("output");
    output::check_inputs(args, &output.map(PathBuf::as_path).into_iter().collect::<Vec<_>>())?;
    let history = read(path)?;
    let text = args.get_one::<String>("endpoint").map(|text| text.to_lowercase());
    let names: Vec<&String> = args.get_many::<String>("metric").unwrap_or_default().collect();
    let metrics: Vec<&Metric> =
        METRICS.iter().filter(|(name, _)| names.iter().any(|n| n == name)).map(|(_, metric)| metric).collect();
    let trends = trends(&history, |subject, metric| {
        text.as_ref().is_none_or(|text| subject.label().to_lowercase().contains(text))
            && (metrics.is_empty() || metrics.contains(&metric))
    });
    if trends.is_empty() {
        return Err(format!("{}: it has no such endpoint or metric.", path.display()));
    }
    let (text, shape) = match args.get_one::<String>("format").map(String::as_str) {
        Some("json") => (in_json(&history, &trends), Shape::Json),
        Some("html") => {
            // Trends name endpoints and runs by their places, which stay.
            let leaving = if args.get_flag("keep-names") { history } else { mask::history(history) };
            (html::render_trend(&leaving, &trends, &files::now()), Shape::Html)
        }
        _ => (in_text(&history, &trends, args.get_flag("all")), Shape::Lines),
    };
    output::write(output, text, shape)?;
    Ok(ExitCode::SUCCESS)
}

/// What changed, in columns.
fn in_text(history: &History, trends: &[Trend], all: bool) -> String {
    let last = history.runs.len().saturating_sub(1);
    let mut text = format!(
        "{}: {} runs, {} to {}\n{}\n",
        history.name,
        number::count(history.runs.len() as u64),
        history.day(0),
        history.day(last),
        sections::trend_outcome(history, trends)
    );
    let listed: Vec<&Trend> = trends.iter().filter(|trend| all || trend.state.since().is_some()).collect();
    let rows: Vec<[String; 7]> =
        listed.iter().take(if all { usize::MAX } else { ROWS }).map(|t| row(history, t)).collect();
    if rows.is_empty() {
        return text;
    }
    let head = ["metric", "state", "before", "now", "change", "noise", "since"].map(str::to_owned);
    let widths: Vec<usize> = (0..head.len())
        .map(|column| {
            let cells = std::iter::once(&head).chain(&rows).filter_map(|row| row.get(column));
            cells.map(|cell| terminal::width(cell)).max().unwrap_or(0)
        })
        .collect();
    text.push('\n');
    for row in std::iter::once(&head).chain(&rows) {
        let cells = row.iter().zip(&widths).map(|(cell, width)| {
            let room = " ".repeat(width.saturating_sub(terminal::width(cell)));
            format!("{cell}{room}")
        });
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    let more = listed.len().saturating_sub(rows.len());
    if more > 0 {
        text.push_str(&format!("… and {more} more: see them with --all\n"));
    }
    text
}

fn row(history: &History, trend: &Trend) -> [String; 7] {
    let none = || "–".to_owned();
    let levels = trend.state.since().and_then(|_| trend.compared());
    [
        sections::trend_name(history, trend),
        trend.state.word().to_owned(),
        levels.map_or_else(none, |(before, _)| trend.figure(before.mean)),
        trend.segments.last().map_or_else(none, |level| trend.figure(level.mean)),
        levels.and_then(|_| trend.change_text()).unwrap_or_else(none),
        trend.good_level().and_then(|level| level.noise_pct).map_or_else(none, number::percent),
        trend.state.since().map_or_else(none, |since| history.run_name(since)),
    ]
}

/// Everything, for programs: `docs/history.md`.
fn in_json(history: &History, trends: &[Trend]) -> String {
    let runs: Vec<Value> = history
        .runs
        .iter()
        .map(|run| {
            json!({
                "id": run.id, "at": time::format_rfc3339(run.at_ms), "label": run.label, "version": run.version,
                "reason": run.reason, "accepted": run.accepted,
            })
        })
        .collect();
    let trends: Vec<Value> = trends.iter().map(|trend| trend_json(history, trend)).collect();
    let troubles: Vec<String> = history.troubles.iter().map(ToString::to_string).collect();
    let all = json!({ "schema": 1, "history": history.name, "runs": runs, "trends": trends, "left_out": troubles });
    format!("{all:#}\n")
}

fn trend_json(history: &History, trend: &Trend) -> Value {
    let key = history.subjects.get(trend.subject).and_then(|subject| subject.key.as_ref());
    let levels: Vec<Value> = trend
        .segments
        .iter()
        .map(|level| {
            let runs = trend.runs(level).map(|(first, last)| [first + 1, last + 1]);
            json!({
                "runs": runs, "mean": level.mean, "next_run": level.next.map(|(low, high)| [low, high]),
                "noise_pct": level.noise_pct,
                "change_pct": level.change.and_then(|change| change.pct), "p": level.change.map(|change| change.p),
            })
        })
        .collect();
    json!({
        "method": key.and_then(|(method, _)| method.clone()), "name": key.map(|(_, name)| name.clone()),
        "metric": trend.metric.to_string(), "state": trend.state.word(),
        "confirmed": matches!(trend.state, State::Broken { .. }),
        "since_run": trend.state.since().map(|since| since + 1), "good_level": trend.good, "levels": levels,
    })
}

/// The history among the files of `--history`; `None` if they are results.
pub fn given(args: &ArgMatches) -> Result<Option<History>, Failure> {
    let paths: Vec<&PathBuf> = args.get_many::<PathBuf>("history").unwrap_or_default().collect();
    let is = |path: &&&PathBuf| {
        let mut head = Vec::new();
        let file = path.is_file().then(|| std::fs::File::open(path).ok()).flatten();
        file.is_some_and(|file| file.take(64).read_to_end(&mut head).is_ok()) && is_history(&head)
    };
    let Some(path) = paths.iter().find(is) else { return Ok(None) };
    if paths.len() > 1 {
        return Err(format!(
            "--history: {} is a history of runs, and is given alone, without result files or another history.",
            path.display()
        ));
    }
    Ok(Some(read(path)?))
}

/// Judges a history of `--history` without the run that is compared. Without a baseline, the last good runs become it; a
/// baseline that is out of date is told.
pub fn reference(history: History, baselines: &mut Vec<Run>, run: &[Run]) -> Result<Reference, Failure> {
    let name = history.name.clone();
    let reference = Reference::of(history, run);
    if baselines.is_empty() {
        let last_good = reference.last_good();
        baselines.push(
            last_good
                .ok_or_else(|| format!("{name}: it holds no other run to compare with. Name one with --baseline."))?,
        );
    } else {
        let told = baselines.iter().map(|run| reference.outdated(run)).find(|told| !told.is_empty());
        for sentence in told.into_iter().flatten() {
            output::print_error(&format!("warning: {sentence}"));
        }
    }
    Ok(reference)
}
