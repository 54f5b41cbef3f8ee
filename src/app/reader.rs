//! Files to parts. The one place where the page reads bytes: [`read`] may move to a worker without a change elsewhere.

use js_sys::Uint8Array;
use wasm_bindgen_futures::JsFuture;
use web_sys::File;

use crate::ingest::{self, Part, Problem};
use crate::link::LinkError;
use crate::number;
use crate::policy::{self, Policy, PolicyError};
use crate::report::html::{self, RestoreError, RestoreProblem, Restored};

/// A file larger than this is refused before it is read, in bytes.
pub(super) const LARGEST: u64 = 200_000_000;

/// A file that a person gave, with the folders it was in.
#[derive(Debug, Clone)]
pub(super) struct Given {
    pub file: File,
    pub path: String,
}

/// What a file turned out to be.
pub(super) enum Content {
    /// Results, or what belongs to them.
    Part(Box<Part>),
    /// Thresholds.
    Policy(Box<Policy>),
    /// A report of both runs, and what it was made from.
    Report(Box<Restored>),
}

/// Why a file, or a set of files, could not be used.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Failure {
    /// Too large to be read.
    TooLarge { file: String, bytes: u64 },
    /// The browser could not read it.
    Unreadable { file: String, detail: String },
    /// Read, and of no use.
    Results(ingest::Error),
    /// A thresholds file with a mistake, and the line it is on.
    Thresholds { error: PolicyError, line: Option<String> },
    /// A report that does not give back what it was made from.
    Report(RestoreError),
    /// The page's address holds no comparison that can be read.
    Link(LinkError),
}

/// Reads one file.
pub(super) async fn read(given: &Given) -> Result<Content, Failure> {
    let name = given.file.name();
    let bytes = given.file.size() as u64;
    if bytes > LARGEST {
        return Err(Failure::TooLarge { file: name, bytes });
    }
    let buffer = JsFuture::from(given.file.array_buffer())
        .await
        .map_err(|error| Failure::Unreadable { file: name.clone(), detail: super::browser::message(&error) })?;
    interpret(&given.path, &Uint8Array::new(&buffer).to_vec())
}

/// Reads what is meant as thresholds, whatever it looks like.
pub(super) fn thresholds(path: &str, bytes: &[u8]) -> Result<Content, Failure> {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    let policy = policy::parse_bytes(name, bytes).map_err(|error| mistake(error, bytes))?;
    Ok(Content::Policy(Box::new(policy)))
}

/// A mistake in thresholds, with the line it is on.
fn mistake(error: PolicyError, bytes: &[u8]) -> Failure {
    let text = String::from_utf8_lossy(bytes);
    let line = error.line.checked_sub(1).and_then(|n| text.lines().nth(n));
    let line = line.map(|l| l.chars().take(80).collect::<String>()).filter(|l| !l.trim().is_empty());
    Failure::Thresholds { error, line }
}

/// Tells thresholds from results, by content; a name that ends in `.toml` settles what kind of mistake is shown.
pub(super) fn interpret(path: &str, bytes: &[u8]) -> Result<Content, Failure> {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    if name.to_ascii_lowercase().ends_with(".toml") {
        return thresholds(path, bytes);
    }
    if bytes.trim_ascii_start().starts_with(b"<") || bytes.starts_with(b"\xef\xbb\xbf<") {
        // What is no UTF-8 was changed on the way, and the check says so.
        let text = String::from_utf8_lossy(bytes);
        if html::is_report(&text) {
            let restored = html::restore(name, &text).map_err(Failure::Report)?;
            return Ok(Content::Report(Box::new(restored)));
        }
    }
    let error = match ingest::read(path, bytes) {
        Ok(part) => return Ok(Content::Part(Box::new(part))),
        Err(error) => error,
    };
    // To a reader of JSON, a TOML file that begins with `[[rule]]` is malformed.
    if !matches!(error.problem(), Problem::Unrecognised | Problem::BadJson { .. }) {
        return Err(Failure::Results(error));
    }
    match thresholds(path, bytes) {
        Ok(Content::Policy(policy)) if says_something(&policy) => Ok(Content::Policy(policy)),
        Err(mistaken) if has_rules(bytes) => Err(mistaken),
        _ => Err(Failure::Results(error)),
    }
}

/// Whether a thresholds file holds anything: an empty one, and one of comments alone, are none.
fn says_something(policy: &Policy) -> bool {
    policy.profile.is_some() || !policy.rules.is_empty() || !policy.matches.is_empty()
}

/// Whether a file that cannot be read was meant as thresholds.
fn has_rules(bytes: &[u8]) -> bool {
    let has = |word: &[u8]| bytes.windows(word.len()).any(|window| window == word);
    has(b"[[rule]]") || (has(b"\"rule\"") && has(b"\"metric\""))
}

impl Failure {
    /// `file:line:column`, as far as it is known.
    pub(super) fn place(&self) -> String {
        let (file, line, column) = match self {
            Self::TooLarge { file, .. } | Self::Unreadable { file, .. } => (file.as_str(), None, None),
            Self::Results(error) => (error.file(), error.line(), error.column()),
            Self::Thresholds { error, .. } => (error.file.as_str(), Some(error.line as u64), Some(error.column as u64)),
            Self::Report(error) => (error.file.as_str(), None, None),
            Self::Link(_) => ("", None, None),
        };
        let mut place = file.to_owned();
        for number in [line, column].into_iter().flatten() {
            place.push_str(&format!(":{number}"));
        }
        place
    }

    /// What the card is called.
    pub(super) fn title(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "File too large",
            Self::Unreadable { .. } => "File could not be read",
            Self::Thresholds { .. } => "Mistake in the thresholds file",
            Self::Report(_) => "The report cannot be opened",
            Self::Link(LinkError::Damaged { .. } | LinkError::NotALink | LinkError::TooLong { .. }) => {
                "The link is damaged"
            }
            Self::Link(LinkError::Newer { .. }) => "The link is newer than this page",
            Self::Link(_) => "The link cannot be opened",
            Self::Results(error) => match error.problem() {
                Problem::Unrecognised => "Format not recognised",
                Problem::Empty | Problem::HeaderOnly => "No results in the file",
                Problem::SeveralResults { .. } => "Several results on one side",
                Problem::NoResults { .. } => "The summary is missing",
                _ => "File could not be used",
            },
        }
    }

    /// What is wrong.
    pub(super) fn what(&self) -> String {
        match self {
            Self::TooLarge { bytes, .. } => {
                format!("It holds {}; files up to {} are read.", number::bytes(*bytes), number::bytes(LARGEST))
            }
            Self::Unreadable { detail, .. } => format!("The browser says: {detail}"),
            Self::Results(error) => error.what(),
            Self::Thresholds { error, .. } => capital(&error.message),
            Self::Report(error) => format!("{}.", capital(&error.problem.to_string())),
            Self::Link(error) => format!("{}. Nothing of it is shown.", capital(&error.to_string())),
        }
    }

    /// What to do about it.
    pub(super) fn next_step(&self) -> Option<String> {
        match self {
            Self::TooLarge { .. } => Some(
                "Take the tool's summary instead (for Locust the file ending in _stats.csv, or --json), or compare on \
                 the command line: loaddiff compare --baseline A --run B."
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
            Self::Link(LinkError::Newer { .. }) => None,
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
    pub(super) fn excerpt(&self) -> Option<String> {
        match self {
            Self::Results(error) => error.excerpt().map(str::to_owned),
            Self::Thresholds { line, .. } => line.clone(),
            _ => None,
        }
    }

    /// All of it as text, for an issue or a message.
    pub(super) fn diagnostic(&self) -> String {
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

/// With a capital letter in front.
pub(super) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
