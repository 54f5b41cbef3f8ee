//! Why a file, a link or thresholds could not be used, in words: where, what, and what to do.

use crate::history;
use crate::ingest::{self, Problem};
use crate::link::LinkError;
use crate::number;
use crate::policy::{PolicyError, TooMuchMatching};
use crate::report::html::{RestoreError, RestoreProblem};

/// Larger comparisons, in bytes, are not kept on this device.
pub(super) const LARGEST: u64 = 32_000_000;

/// Why a file, or a set of files, could not be used.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)] // The variants say what their fields are.
pub enum Failure {
    /// The browser could not read it.
    Unreadable { file: String, detail: String },
    /// Its reader ended by itself, at byte `at` of `bytes`.
    Died { file: String, at: u64, bytes: u64, detail: String },
    /// It was read, and cannot be used.
    Results(ingest::Error),
    /// A thresholds file with a mistake, and the line it is on.
    Thresholds { error: PolicyError, line: Option<String> },
    /// A report that does not give back what it was made from.
    Report(RestoreError),
    /// A history of runs that cannot be used.
    History(history::ReadError),
    /// The page's address holds no comparison that can be read.
    Link(LinkError),
    /// The page's address holds this, which is no link.
    Address(String),
    /// The page's address names a comparison that is not kept on this device.
    NotHere,
    /// Comparisons are not kept on this device.
    NotKept(Unkept),
    /// The thresholds would take too long to match with the runs.
    Matching { thresholds: String, error: TooMuchMatching },
}

/// Why a comparison is not kept on this device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unkept {
    /// The browser allows no storage.
    Denied,
    /// The storage is full.
    Full,
    /// It is judged by a history, which is not kept.
    History,
    /// It is larger than what is kept; its bytes.
    Large(u64),
}

impl Failure {
    /// Whether it is a note, and nothing that a person asked for has failed.
    pub fn is_note(&self) -> bool {
        matches!(self, Self::NotKept(_))
    }

    /// `file:line:column`, as far as it is known.
    pub fn place(&self) -> String {
        let (file, line, column) = match self {
            Self::Unreadable { file, .. } | Self::Died { file, .. } => (file.as_str(), None, None),
            Self::Results(error) => (error.file(), error.line(), error.column()),
            Self::Thresholds { error, .. } => (error.file.as_str(), Some(error.line as u64), Some(error.column as u64)),
            Self::Report(error) => (error.file.as_str(), None, None),
            Self::History(error) => (error.file.as_str(), None, None),
            Self::Link(_) | Self::NotHere | Self::NotKept(_) => ("", None, None),
            Self::Address(text) => (text.as_str(), None, None),
            Self::Matching { thresholds, .. } => (thresholds.as_str(), None, None),
        };
        let mut place = file.to_owned();
        for number in [line, column].into_iter().flatten() {
            place.push_str(&format!(":{number}"));
        }
        place
    }

    /// The file it is about; empty where it is about none.
    pub fn file(&self) -> &str {
        match self {
            Self::Unreadable { file, .. } | Self::Died { file, .. } => file,
            Self::Results(error) => error.file(),
            _ => "",
        }
    }

    /// What the card is called.
    pub fn title(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "File could not be read",
            Self::Died { detail, .. } if is_memory(detail) => "Out of memory",
            Self::Died { .. } => "Reading the file broke off",
            Self::Thresholds { .. } => "Mistake in the thresholds file",
            Self::Report(_) => "The report cannot be opened",
            Self::History(_) => "The history cannot be used",
            Self::Link(LinkError::Damaged { .. } | LinkError::NotALink | LinkError::TooLong { .. }) => {
                "The link is damaged"
            }
            Self::Link(LinkError::Newer { .. }) => "The link is newer than this page",
            Self::Link(_) => "The link cannot be opened",
            Self::Address(_) => "This address is no link of loaddiff",
            Self::NotHere => "This comparison is not on this device",
            Self::NotKept(Unkept::Denied | Unkept::History) => "Not kept on this device",
            Self::NotKept(Unkept::Full) => "The browser’s storage is full",
            Self::NotKept(Unkept::Large(_)) => "Too large to keep on this device",
            Self::Matching { .. } => "The thresholds take too long to match",
            Self::Results(error) => match error.problem() {
                Problem::TooLarge { .. } => "File too large",
                Problem::Unrecognised { .. } => "Format not recognised",
                Problem::Empty | Problem::HeaderOnly => "No results in the file",
                Problem::SeveralResults { .. } => "Several results on one side",
                Problem::NoResults { .. } => "The summary is missing",
                Problem::Aborted { .. } => "The report has no figures",
                Problem::Binary { what: "binary data" } => "Wrong encoding, or no text",
                Problem::Binary { .. } => "Not a result file",
                Problem::TooMany { .. } | Problem::DigestTooLarge { .. } => "File too large",
                Problem::BadJson { .. } | Problem::BadArchive { .. } => "The file is damaged or cut",
                Problem::BadKept { .. } | Problem::BadDigest { .. } => "The file is damaged",
                Problem::NotYet { .. } => "Format not supported",
                _ => "File could not be used",
            },
        }
    }

    /// What is wrong.
    pub fn what(&self) -> String {
        match self {
            Self::Died { at, bytes, detail, .. } => format!(
                "Its reader ended at byte {} of {} ({}). What was read from other files is still there.",
                number::count(*at),
                number::count(*bytes),
                detail.trim_end_matches('.')
            ),
            Self::Unreadable { detail, .. } => format!("The browser says: {detail}"),
            Self::Results(error) => error.what(),
            Self::Thresholds { error, .. } => capital(&error.message),
            Self::Report(error) => format!("{}.", capital(&error.problem.to_string())),
            Self::History(error) => error.what.clone(),
            Self::Matching { error, .. } => format!("{}.", capital(&error.to_string())),
            Self::Address(_) => {
                "What stands behind # in the page’s address is neither a comparison nor a list of files.".into()
            }
            Self::NotHere => {
                "Its address names a comparison that this browser kept. It was forgotten since, or kept by \
                              another browser or another version of this page."
                    .into()
            }
            Self::NotKept(Unkept::Denied) => "The browser allows this page no storage.".into(),
            Self::NotKept(Unkept::History) => "A comparison that is judged by a history is not kept.".into(),
            Self::NotKept(Unkept::Full) => "There is no room left to keep this comparison.".into(),
            Self::NotKept(Unkept::Large(bytes)) => {
                format!("This comparison has {}; up to {} are kept.", number::bytes(*bytes), number::bytes(LARGEST))
            }
            Self::Link(error) => format!("{}. Nothing of it is shown.", capital(&error.to_string())),
        }
    }

    /// What to do about it.
    pub fn next_step(&self) -> Option<String> {
        match self {
            Self::Died { .. } => Some(
                "Drop the file again: a fresh reader is at hand. If it breaks off again, the browser may be short of \
                 memory: close other tabs, or compare on the command line: `loaddiff compare --baseline A --run B`."
                    .into(),
            ),
            Self::Unreadable { .. } => {
                Some("It may have been moved or changed since you chose it: choose it again.".into())
            }
            Self::Results(error) => Some(error.next_step()),
            Self::Thresholds { error, .. } => error.hint.as_deref().map(|hint| format!("{}.", capital(hint))),
            Self::Report(RestoreError { problem, .. }) => Some(match problem {
                RestoreProblem::Cut => "Save or download it again: it must end with </html>.".into(),
                _ => "Ask for the report again, or for the files that it was made from.".into(),
            }),
            Self::History(error) => Some(error.next_step.clone()),
            Self::Address(_) => Some(
                "A link begins with `#r1.` (a whole comparison) or `#base=URL&run=URL` (where its files are). Copy the \
                 link again where it came from, or drop two result files."
                    .into(),
            ),
            Self::NotHere => Some("Drop the files again, or ask for a link: Share makes one that holds the report.".into()),
            Self::NotKept(_) => Some("A reload loses it. Share makes a link, Export a file.".into()),
            Self::Link(LinkError::Newer { .. }) => None,
            Self::Link(LinkError::Matching(_)) => {
                Some("Ask for the files, and compare them with other thresholds.".into())
            }
            Self::Matching { .. } => {
                Some("The runs are kept: drop another thresholds file, or choose a profile.".into())
            }
            Self::Link(LinkError::Damaged { got, expected: Some(expected) }) if got < expected => Some(
                "It was cut on the way: Slack and some mail programs do that. Ask for it as a file, or in a place \
                      that keeps it whole."
                    .into(),
            ),
            Self::Link(_) => {
                Some("Copy the whole link once more where it came from, or ask for the report as a file.".into())
            }
        }
    }

    /// The offending text.
    pub fn excerpt(&self) -> Option<String> {
        match self {
            Self::Results(error) => error.excerpt().map(str::to_owned),
            Self::Thresholds { line, .. } => line.clone(),
            _ => None,
        }
    }

    /// All of it as text, for an issue or a message.
    pub fn diagnostic(&self) -> String {
        let mut text = format!("loaddiff {}: {}\n", env!("CARGO_PKG_VERSION"), self.title());
        let place = self.place();
        if !place.is_empty() {
            text.push_str(&format!("at {place}\n"));
        }
        text.push_str(&format!("{}\n", self.what()));
        if let Some(excerpt) = self.excerpt() {
            text.push_str(&format!("> {excerpt}\n"));
        }
        if let Some(next) = self.next_step() {
            text.push_str(&format!("{next}\n"));
        }
        text
    }
}

/// Whether a reader ended for want of memory, by what the browser says.
fn is_memory(detail: &str) -> bool {
    ["memory", "allocat", "RangeError"].iter().any(|word| detail.contains(word))
}

/// With a capital letter in front.
pub fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
