//! Rounds: base and head once each, in the order A B, B A, A B, …

use std::ffi::OsStr;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::ArgMatches;
use loaddiff::number;
use loaddiff::run::Run;
use tempfile::TempDir;

use super::child::{self, Shown};
use super::results;
use crate::{Failure, output};

/// The names of the sides.
pub const SIDES: [&str; 2] = ["base", "head"];

/// Lines of a failed command's output that are shown, and bytes in which they are looked for.
const LAST_LINES: usize = 10;
const LAST_BYTES: u64 = 16 << 10;

/// The folder of the runs: kept, or removed at the end.
enum Folder {
    Kept(PathBuf),
    Temporary(TempDir),
}

/// Runs the two commands in turn.
pub struct Rounds<'m> {
    args: &'m ArgMatches,
    commands: [String; 2],
    results: Vec<PathBuf>,
    allowed: Vec<i32>,
    folder: Folder,
    started: Instant,
    budget: Option<Duration>,
    /// The longest round so far.
    slowest: Duration,
    done: usize,
}

impl<'m> Rounds<'m> {
    pub fn new(args: &'m ArgMatches, budget: Option<Duration>) -> Result<Self, Failure> {
        let command = |side: &str| {
            let text = args.get_one::<String>(side).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
            text.ok_or_else(|| format!("--{side} is needed: the command that runs one load test of the {side}."))
        };
        let folder = match args.get_one::<PathBuf>("keep") {
            Some(path) => {
                let failed = |e| format!("{}: could not be made: {e}.", path.display());
                std::fs::create_dir_all(path).map_err(failed)?;
                // The command may be in another folder.
                Folder::Kept(std::path::absolute(path).map_err(failed)?)
            }
            None => {
                let made = tempfile::Builder::new().prefix("loaddiff-ab-").tempdir();
                let made = made.map_err(|e| format!("a temporary folder could not be made: {e}."))?;
                child::remove_when_interrupted(made.path());
                Folder::Temporary(made)
            }
        };
        Ok(Self {
            args,
            commands: [command("base")?, command("head")?],
            results: args.get_many::<PathBuf>("results").into_iter().flatten().cloned().collect(),
            allowed: args.get_many::<i32>("allow-exit").into_iter().flatten().copied().collect(),
            folder,
            started: Instant::now(),
            budget,
            slowest: Duration::ZERO,
            done: 0,
        })
    }

    /// Rounds that are done.
    pub fn done(&self) -> usize {
        self.done
    }

    /// Whether the budget leaves time for more rounds, each as long as the slowest one.
    pub fn has_time_for(&self, rounds: usize) -> bool {
        let needed = self.slowest.saturating_mul(u32::try_from(rounds).unwrap_or(u32::MAX));
        self.budget.is_none_or(|budget| self.started.elapsed().saturating_add(needed) <= budget)
    }

    /// The time for this many rounds in all.
    pub fn time_for(&self, rounds: usize) -> Duration {
        self.slowest.saturating_mul(u32::try_from(rounds).unwrap_or(u32::MAX))
    }

    /// Runs both commands once: base and head.
    pub fn next(&mut self) -> Result<(Run, Run), Failure> {
        let began = Instant::now();
        let round = self.done + 1;
        let pair = if round % 2 == 1 {
            let base = self.run(0, round)?;
            (base, self.run(1, round)?)
        } else {
            let head = self.run(1, round)?;
            (self.run(0, round)?, head)
        };
        self.done = round;
        self.slowest = self.slowest.max(began.elapsed());
        Ok(pair)
    }

    fn run(&self, side: usize, round: usize) -> Result<Run, Failure> {
        let name = SIDES.get(side).copied().unwrap_or_default();
        let command = self.commands.get(side).map(String::as_str).unwrap_or_default();
        let root = match &self.folder {
            Folder::Kept(path) => path.as_path(),
            Folder::Temporary(made) => made.path(),
        };
        let own = root.join(format!("round-{round:02}-{name}"));
        std::fs::create_dir(&own).map_err(|e| {
            let next = if own.exists() { " Name a new folder with --keep." } else { "" };
            format!("{}: could not be made: {e}.{next}", own.display())
        })?;
        let beside = |end: &str| root.join(format!("round-{round:02}-{name}.{end}"));
        let (out, err) = (beside("out"), beside("err"));
        let paths: Vec<PathBuf> = self.results.iter().map(|path| results::named(path, name, round)).collect();
        let before = results::written(&paths)?;
        let number = round.to_string();
        let environment: [(&str, &OsStr); 3] = [
            ("LOADDIFF_OUT", own.as_os_str()),
            ("LOADDIFF_SIDE", OsStr::new(name)),
            ("LOADDIFF_ROUND", OsStr::new(&number)),
        ];
        let is_shown = self.args.get_flag("show-output");
        let shown = if is_shown { Shown::Yes } else { Shown::No(&out, &err) };
        let until = self.budget.and_then(|budget| self.started.checked_add(budget));
        let Some(status) = child::run(command, &environment, &shown, until)? else {
            let budget = number::duration_s(self.budget.unwrap_or_default().as_secs_f64());
            return Err(format!(
                "--{name}: the command was ended in round {round}, since the budget of {budget} was spent. Raise --budget, \
                 or check that the command ends: {command}"
            ));
        };
        let is_allowed = status.success() || status.code().is_some_and(|code| self.allowed.contains(&code));
        if !is_allowed {
            if !is_shown {
                tell_last_lines(&err, &out);
            }
            let (how, next) = match status.code() {
                Some(code) => (
                    format!("failed with exit code {code}"),
                    format!(" If its results count nevertheless, allow it: --allow-exit {code}."),
                ),
                None => ("was ended by a signal".to_owned(), String::new()),
            };
            return Err(format!(
                "--{name}: the command {how} in round {round}: {command}. Run it by itself to see why.{next}"
            ));
        }
        let files = if paths.is_empty() {
            let written: Vec<PathBuf> = results::written(std::slice::from_ref(&own))?.into_keys().collect();
            // Many tools print their results.
            let has_printed = !is_shown && std::fs::metadata(&out).is_ok_and(|about| about.len() > 0);
            match written.as_slice() {
                [] if has_printed => vec![out],
                [] => {
                    return Err(format!(
                        "--{name}: the command wrote no result in round {round}. Let it write into the folder that \
                         LOADDIFF_OUT names, or to standard output, or name the files it writes with --results: {command}"
                    ));
                }
                _ => written,
            }
        } else {
            let files = results::since(&before, results::written(&paths)?);
            if files.is_empty() {
                let named: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
                return Err(format!(
                    "--{name}: the command did not write {} in round {round}. Check --results and the command: {command}",
                    named.join(", ")
                ));
            }
            if let Folder::Kept(_) = self.folder {
                keep(&files, &own)?;
            }
            files
        };
        results::run_of(&files, name, self.args)
    }
}

/// Copies files into the folder of their run: the next run may replace them.
fn keep(files: &[PathBuf], folder: &Path) -> Result<(), Failure> {
    for file in files {
        let Some(name) = file.file_name() else { continue };
        let to = folder.join(name);
        if !to.exists() {
            std::fs::copy(file, &to).map_err(|e| format!("{}: could not be copied: {e}.", file.display()))?;
        }
    }
    Ok(())
}

/// Prints the last lines of what a command said: on standard error, else on standard output.
fn tell_last_lines(err: &Path, out: &Path) {
    for path in [err, out] {
        let text = end_of(path).unwrap_or_default();
        let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
        if lines.is_empty() {
            continue;
        }
        for line in lines.iter().skip(lines.len().saturating_sub(LAST_LINES)) {
            output::print_error(&format!("  {line}"));
        }
        return;
    }
}

fn end_of(path: &Path) -> std::io::Result<String> {
    let mut file = std::fs::File::open(path)?;
    let from = file.metadata()?.len().saturating_sub(LAST_BYTES);
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.take(LAST_BYTES).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
