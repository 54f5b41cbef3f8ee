//! Files to parts. The one place where the page reads bytes: [`read`] may move to a worker without a change elsewhere.

use js_sys::Uint8Array;
use wasm_bindgen_futures::JsFuture;
use web_sys::File;

use crate::ingest::{self, Part, Problem};
use crate::number;
use crate::policy::{self, Policy, PolicyError};

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

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
