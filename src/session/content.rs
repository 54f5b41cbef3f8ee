//! What a small file is: thresholds, a report, or neither. Results are read by [`ingest`](crate::ingest).

use super::failure::Failure;
use crate::history::{self, History};
use crate::ingest::{self, Part, Problem};
use crate::policy::{self, Policy, PolicyError};
use crate::report::html::{self, Restored};

/// Maximum size of a thresholds file, in bytes.
pub const LARGEST_THRESHOLDS: u64 = 1_000_000;

/// Maximum size of a report, in bytes.
pub const LARGEST_REPORT: u64 = 100_000_000;

/// Maximum size of a history, in bytes.
pub const LARGEST_HISTORY: u64 = 200_000_000;

/// Bytes that tell whether a file may be a report.
pub const HEAD: u64 = 64;

/// What a file turned out to be.
#[derive(Debug)]
pub enum Content {
    /// Results, or files that belong to them; several in an archive.
    Parts(Vec<Part>),
    /// Thresholds.
    Policy(Box<Policy>),
    /// A report of both runs.
    Report {
        /// The name of its file.
        name: String,
        /// What it holds.
        restored: Box<Restored>,
        /// Its whole text.
        text: String,
    },
    /// The figures of many runs.
    History(Box<History>),
}

/// Whether a file is read as thresholds whatever it holds, so that its mistakes are shown as those of thresholds.
#[must_use]
pub fn is_named_thresholds(name: &str, bytes: u64) -> bool {
    name.to_ascii_lowercase().ends_with(".toml") && bytes <= LARGEST_THRESHOLDS
}

/// Whether a file may be an HTML report, by its first [`HEAD`] bytes. XML, which JMeter writes by the gigabyte, is none.
#[must_use]
pub fn begins_like_report(head: &[u8]) -> bool {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    text.starts_with(b"<") && !text.starts_with(b"<?xml") && !text.starts_with(b"<testResults")
}

/// Whether a file is a history of runs, by its first [`HEAD`] bytes.
#[must_use]
pub fn begins_like_history(head: &[u8]) -> bool {
    history::is_history(head)
}

/// Reads a history of runs.
///
/// # Errors
///
/// [`Failure::History`] if it holds no run.
pub fn history(name: &str, bytes: &[u8]) -> Result<Content, Failure> {
    let read = History::read(name, bytes).map_err(Failure::History)?;
    Ok(Content::History(Box::new(read)))
}

/// Reads a report and judges it again; `None` where the text is no report.
#[must_use]
pub fn report(name: &str, bytes: &[u8]) -> Option<Result<Content, Failure>> {
    // Bytes that are no UTF-8 are replaced, and the check of the report says so.
    let text = String::from_utf8_lossy(bytes);
    html::is_report(&text).then(|| {
        let restored = html::restore(name, &text).map_err(Failure::Report)?;
        Ok(Content::Report { name: name.to_owned(), restored: Box::new(restored), text: text.into_owned() })
    })
}

/// Reads thresholds.
///
/// # Errors
///
/// [`Failure::Thresholds`] with the line of the first mistake.
pub fn thresholds(path: &str, bytes: &[u8]) -> Result<Content, Failure> {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    let policy = policy::parse_bytes(name, bytes).map_err(|error| mistake(error, bytes))?;
    Ok(Content::Policy(Box::new(policy)))
}

/// Whether a file that no importer reads may be thresholds. To a reader of JSON, a TOML file that begins with `[[rule]]` is
/// malformed.
#[must_use]
pub fn may_be_thresholds(error: &ingest::Error, bytes: u64) -> bool {
    bytes <= LARGEST_THRESHOLDS && matches!(error.problem(), Problem::Unrecognised { .. } | Problem::BadJson { .. })
}

/// Reads a file that no importer reads as thresholds.
///
/// # Errors
///
/// The mistake in the thresholds where the file holds rules, else why it holds no results.
pub fn thresholds_or(error: ingest::Error, path: &str, bytes: &[u8]) -> Result<Content, Failure> {
    match thresholds(path, bytes) {
        Ok(Content::Policy(policy)) if says_something(&policy) => Ok(Content::Policy(policy)),
        Err(mistake) if has_rules(bytes) => Err(mistake),
        _ => Err(Failure::Results(error)),
    }
}

/// A mistake in thresholds, with the line it is on.
fn mistake(error: PolicyError, bytes: &[u8]) -> Failure {
    let text = String::from_utf8_lossy(bytes);
    let line = error.line.checked_sub(1).and_then(|n| text.lines().nth(n));
    let line = line.map(|l| l.chars().take(80).collect::<String>()).filter(|l| !l.trim().is_empty());
    Failure::Thresholds { error, line }
}

/// Whether a thresholds file holds anything but comments.
fn says_something(policy: &Policy) -> bool {
    policy.profile.is_some() || !policy.rules.is_empty() || !policy.matches.is_empty()
}

/// Whether a file that cannot be read was meant as thresholds.
fn has_rules(bytes: &[u8]) -> bool {
    let has = |word: &[u8]| bytes.windows(word.len()).any(|window| window == word);
    has(b"[[rule]]") || (has(b"\"rule\"") && has(b"\"metric\""))
}
