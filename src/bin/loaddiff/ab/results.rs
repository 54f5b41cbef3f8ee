//! What a command wrote: the files of its own folder, those of `--results`, or what it printed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use clap::ArgMatches;
use loaddiff::ingest::{self, Parts};
use loaddiff::policy::Pattern;
use loaddiff::run::Run;

use crate::{Failure, args, files, output};

/// When each file was written, and its size.
pub type Written = BTreeMap<PathBuf, (Option<SystemTime>, u64)>;

/// A path with `{side}` and `{round}` replaced.
pub fn named(path: &Path, side: &str, round: usize) -> PathBuf {
    match path.to_str() {
        Some(text) => PathBuf::from(text.replace("{side}", side).replace("{round}", &round.to_string())),
        None => path.to_owned(),
    }
}

/// The files of some paths as they are now: of a folder all, of a pattern in the last part of a path those that match.
/// What is missing has none.
pub fn written(paths: &[PathBuf]) -> Result<Written, Failure> {
    let mut found = Vec::new();
    for path in paths {
        let failed = |e: std::io::Error| format!("{}: could not be read: {e}.", path.display());
        let last = path.file_name().and_then(|name| name.to_str()).filter(|name| name.contains(['*', '?']));
        match (path.exists(), last) {
            (true, _) if path.is_dir() => files::list(path, files::MAX_DEPTH, &mut found).map_err(failed)?,
            (true, _) => found.push(path.clone()),
            (false, Some(pattern)) => {
                let pattern = Pattern::new(pattern).map_err(|e| format!("{}: {e}", path.display()))?;
                let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
                let mut all = Vec::new();
                if folder.is_dir() {
                    files::list(folder, 0, &mut all).map_err(failed)?;
                }
                let matches = |file: &PathBuf| {
                    file.file_name().and_then(|name| name.to_str()).is_some_and(|name| pattern.matches(name))
                };
                found.extend(all.into_iter().filter(matches));
            }
            (false, None) => {}
        }
    }
    let stamp = |file: PathBuf| {
        let about = std::fs::metadata(&file).ok()?;
        Some((file, (about.modified().ok(), about.len())))
    };
    Ok(found.into_iter().filter_map(stamp).collect())
}

/// The files that were written since: new ones, and those with another time or size.
pub fn since(before: &Written, now: Written) -> Vec<PathBuf> {
    now.into_iter().filter(|(file, stamp)| before.get(file) != Some(stamp)).map(|(file, _)| file).collect()
}

/// Reads the files of one run.
pub fn run_of(files: &[PathBuf], side: &str, matches: &ArgMatches) -> Result<Run, Failure> {
    let how = args::read_options(matches);
    let (mut parts, mut notes, mut left) = (Vec::new(), Vec::new(), Vec::new());
    for file in files {
        match files::read(file, how) {
            Ok(read) => {
                let (more, note) = ingest::several_runs(&file.to_string_lossy(), read);
                parts.extend(more);
                notes.extend(note);
            }
            // A tool writes more than its results.
            Err(failure) => left.push(failure),
        }
    }
    if parts.is_empty() {
        let first = left.into_iter().next().unwrap_or_else(|| "there is no file.".to_owned());
        return Err(format!("--{side}: no result can be read: {first}"));
    }
    for note in &notes {
        output::print_error(&format!("warning: --{side}: {}", note.text()));
    }
    let mut run = ingest::assemble(parts, Parts::Merge).map_err(|e| format!("--{side}: {e}"))?;
    run.notes.splice(0..0, notes);
    side.clone_into(&mut run.label);
    Ok(run)
}
