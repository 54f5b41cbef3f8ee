//! Paths as a person means them: files, folders, patterns that no shell has expanded, and what belongs to a file.

use std::path::{Path, PathBuf};

use loaddiff::ingest::Part;

use crate::files::{self, ReadOptions};
use crate::{Failure, output};

/// Files of a pattern.
const MAX_FILES: usize = 10_000;

/// The files of a path: itself, or those that match it as a pattern, in the order of their names.
pub fn expand(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    let is_pattern = path.to_str().filter(|text| text.contains(['*', '?', '[']) && !path.exists());
    let Some(pattern) = is_pattern else { return Ok(vec![path.to_owned()]) };
    let found = glob::glob(pattern).map_err(|e| {
        let at = pattern.get(..e.pos).map_or(0, |before| before.chars().count()) + 1;
        format!("{pattern}:1:{at}: this pattern is wrong: {}. Name the files, or use * and ? alone.", e.msg)
    })?;
    let mut files = Vec::new();
    for file in found {
        let file = file.map_err(|e| format!("{}: could not be read: {}.", e.path().display(), e.error()))?;
        files.push(file);
        if files.len() > MAX_FILES {
            return Err(format!("{pattern}: more than {MAX_FILES} files match. Use a narrower pattern."));
        }
    }
    if files.is_empty() {
        return Err(format!("{pattern}: no file matches. Check the pattern with: ls {pattern}"));
    }
    Ok(files)
}

/// The files of several paths. A pattern adds no file twice.
pub fn expand_all<'p>(paths: impl IntoIterator<Item = &'p PathBuf>) -> Result<Vec<PathBuf>, Failure> {
    let mut files: Vec<PathBuf> = Vec::new();
    for path in paths {
        let found = expand(path)?;
        let is_named = found.first() == Some(path);
        for file in found {
            if is_named || !files.contains(&file) {
                files.push(file);
            }
        }
    }
    Ok(files)
}

/// Ending of Locust's summary, and of the other files of the same run.
const SUMMARY: &str = "_stats.csv";
const COMPANIONS: [&str; 3] = ["_stats_history.csv", "_failures.csv", "_exceptions.csv"];

/// Locust's other files of a run, beside its summary.
pub fn companions(path: &Path) -> Vec<PathBuf> {
    let name = path.file_name().and_then(|name| name.to_str());
    let Some(prefix) = name.and_then(|name| name.strip_suffix(SUMMARY)) else { return Vec::new() };
    COMPANIONS.iter().map(|end| path.with_file_name(format!("{prefix}{end}"))).filter(|path| path.is_file()).collect()
}

/// Reads files, and with Locust's summaries the other files of their runs. These are named on standard error.
pub fn read_with_companions(paths: &[PathBuf], how: ReadOptions) -> Result<Vec<Part>, Failure> {
    let mut parts = Vec::new();
    for path in paths {
        parts.extend(files::read(path, how)?);
        let mut taken = Vec::new();
        for companion in companions(path).into_iter().filter(|companion| !paths.contains(companion)) {
            match files::read(&companion, how) {
                Ok(more) => {
                    parts.extend(more);
                    taken.extend(companion.file_name().map(|name| name.to_string_lossy().into_owned()));
                }
                // Nobody named it.
                Err(failure) => output::print_error(&format!("warning: left out: {failure}")),
            }
        }
        if !taken.is_empty() {
            output::print_error(&format!("note: {}: read with {}.", path.display(), taken.join(", ")));
        }
    }
    Ok(parts)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for name in ["b_stats.csv", "a_stats.csv", "a_failures.csv", "a_other.csv", "[x].csv"] {
            std::fs::write(path(name), "").unwrap();
        }
        assert_eq!(expand(&path("*_stats.csv")).unwrap(), [path("a_stats.csv"), path("b_stats.csv")]);
        // A name that looks like a pattern, and none.
        assert_eq!(expand(&path("[x].csv")).unwrap(), [path("[x].csv")]);
        assert_eq!(expand(&path("none.csv")).unwrap(), [path("none.csv")]);
        let both = [path("a_stats.csv"), path("a_*.csv")];
        assert_eq!(expand_all(&both).unwrap(), [path("a_stats.csv"), path("a_failures.csv"), path("a_other.csv")]);
        assert!(expand(&path("c_*.csv")).unwrap_err().contains("c_*.csv: no file matches."));
        assert!(expand(&path("a***.csv")).unwrap_err().contains("this pattern is wrong"));
        assert_eq!(companions(&path("a_stats.csv")), [path("a_failures.csv")]);
        assert!(companions(&path("a_failures.csv")).is_empty());
    }
}
