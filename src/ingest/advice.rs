//! Next steps for errors, including the list of readable formats.

use std::fmt;

use super::error::{Error, Problem};
use super::registry::FORMATS;
use crate::run::kept;

impl Error {
    /// The next step for the user.
    #[must_use]
    pub fn next_step(&self) -> String {
        match self.problem() {
            Problem::Empty | Problem::HeaderOnly => {
                "Check that the load test made requests and ended normally, then take its result file again.".into()
            }
            Problem::Binary { what } if what.ends_with(" archive") => "Unpack it and give the result files inside.".into(),
            Problem::Binary { what: "binary data" } => {
                "Give the file as the tool wrote it, as text (UTF-8 or UTF-16); if it is an archive, unpack it.".into()
            }
            Problem::Binary { .. } => "Give the file that the load test tool wrote.".into(),
            Problem::Unrecognised { near, .. } if near.is_empty() => format!("Give a result of {}, or {OWN_CSV}.", readable()),
            Problem::Unrecognised { near, .. } => {
                format!("{near} Take the file as the tool wrote it, a result of {}, or {OWN_CSV}.", readable())
            }
            Problem::BadJson { .. } => {
                "Take the file again once the tool has ended; if the tool also prints other text, keep the JSON alone."
                    .into()
            }
            Problem::NoUsableRow { .. } | Problem::MissingColumn { .. } | Problem::BadValue { .. } => {
                "If the tool wrote the file like this, please report it with these lines; if it was edited, take the \
                 original."
                    .into()
            }
            Problem::Aborted { tool, .. } => {
                format!("Run {tool} again, let it end, and take its whole report.")
            }
            Problem::RenamedColumn { column, .. } => {
                format!("Give the column its own name again (`{column}`), or take the file as JMeter wrote it.")
            }
            Problem::SeveralDocuments { .. } => "Write each document to a file of its own.".into(),
            Problem::OtherColumns => "Cut the file before that line and give each part as a file of its own.".into(),
            Problem::NoResults { damaged, .. } if !damaged.is_empty() => {
                "Copy the archive again, or add the summary of the same run.".into()
            }
            Problem::NoResults { .. } => {
                "Add the summary of the same run (for Locust the file ending in `_stats.csv`, for ab its report).".into()
            }
            Problem::SeveralResults { .. } => {
                "Merge them if they are parts of one run (several load generators), or keep the one you mean.".into()
            }
            Problem::TooLarge { .. } => {
                "If it is a summary, have the tool write it with fewer details; if it holds single requests, take the log \
                 in a format that is read row by row; if it is an archive, unpack it."
                    .into()
            }
            Problem::TooMany { .. } => {
                "Give the file as the load test tool wrote it, or keep fewer endpoints in it.".into()
            }
            Problem::NothingInArchive { .. } => format!("Put a result of one of these tools into it: {}.", readable()),
            Problem::BadArchive { .. } => "Copy the archive again, or unpack it and take the file inside.".into(),
            Problem::ArchiveRefused { .. } => "Unpack it and give the result files inside.".into(),
            Problem::NotYet { instead, .. } => (*instead).into(),
            Problem::BadKept { .. } => format!(
                "Write the baseline again with `loaddiff baseline`, or take “{}” out of the file: then its figures alone \
                 are compared.",
                kept::KEY
            ),
            Problem::DigestTooLarge { .. } => "Give the digests of its parts instead of one of all.".into(),
            Problem::BadDigest { .. } => "Write it again with `loaddiff digest` of this version.".into(),
            Problem::NoFile => "Choose the result file of a load test.".into(),
        }
    }
}

/// What a file needs that no tool wrote.
const OWN_CSV: &str =
    "a CSV of your own with the columns `endpoint`, `start_ms`, `latency_ms` and `ok`, one row per request";

/// The tools that are named.
const NAMED: [&str; 4] = ["Locust", "JMeter", "k6", "Gatling"];
/// No load-test tools: formats of scripts, and the program's own.
const NO_TOOLS: [&str; 4] = ["Plain CSV", "Simulator", "Service metrics", "loaddiff"];

/// The supported tools: the most frequent ones, and the number of the others.
fn readable() -> String {
    let mut others: Vec<&str> = FORMATS
        .iter()
        .map(|format| format.tool)
        .filter(|tool| !NAMED.contains(tool) && !NO_TOOLS.contains(tool))
        .collect();
    others.sort_unstable();
    others.dedup();
    format!("{} or one of {} other tools", NAMED.join(", "), others.len())
}

impl fmt::Display for Error {
    /// `file:line:column: what. next step`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = self.place();
        if !place.file.is_empty() {
            f.write_str(&place.file)?;
            if let Some(line) = place.line {
                write!(f, ":{line}")?;
            }
            if let Some(column) = place.column {
                write!(f, ":{column}")?;
            }
            f.write_str(": ")?;
        }
        write!(f, "{} {}", self.what(), self.next_step())
    }
}

impl std::error::Error for Error {}
