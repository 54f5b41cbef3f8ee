//! What a file is: results, which a worker reads; thresholds and reports, which are small, and read here.

use js_sys::{Array, Uint8Array};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, File};

use super::comparing::in_steps;
use super::workers::{self, Ended, Told};

use crate::ingest::{self, Part, Problem};
use crate::link::LinkError;
use crate::number;
use crate::policy::{self, Policy, PolicyError, TooMuchMatching};
use crate::report::html::{self, RestoreError, RestoreProblem, Restored};

/// A larger file is no thresholds, in bytes.
const LARGEST_THRESHOLDS: u64 = 1_000_000;

/// A larger file is no report, in bytes.
const LARGEST_REPORT: u64 = 100_000_000;

/// So many bytes tell whether a file may be a report.
const HEAD: f64 = 64.0;

/// A file that a person gave, with the folders it was in.
#[derive(Debug, Clone)]
pub(super) struct Given {
    pub file: File,
    pub path: String,
}

impl Given {
    /// A file in memory.
    pub(super) fn of(name: &str, bytes: &[u8]) -> Option<Self> {
        let file = File::new_with_u8_array_sequence(&Array::of1(&Uint8Array::from(bytes)), name).ok()?;
        Some(Self { file, path: name.to_owned() })
    }
}

/// What a file turned out to be.
pub(super) enum Content {
    /// Results, or what belongs to them; several in an archive.
    Parts(Vec<Part>),
    /// Thresholds.
    Policy(Box<Policy>),
    /// A report of both runs, and what it was made from.
    Report(Box<Restored>),
}

/// Why a file, or a set of files, could not be used.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Failure {
    /// The browser could not read it.
    Unreadable { file: String, detail: String },
    /// Its reader is gone, at this byte of so many.
    Died { file: String, at: u64, bytes: u64, detail: String },
    /// Read, and of no use.
    Results(ingest::Error),
    /// A thresholds file with a mistake, and the line it is on.
    Thresholds { error: PolicyError, line: Option<String> },
    /// A report that does not give back what it was made from.
    Report(RestoreError),
    /// The page's address holds no comparison that can be read.
    Link(LinkError),
    /// The thresholds would take too long to match with the runs.
    Matching { thresholds: String, error: TooMuchMatching },
}

/// Reads one file; `id` is what [`workers::cancel`] calls it. `None` where a person does not want it any more, which
/// `wanted` tells.
pub(super) async fn read(
    id: u32,
    given: &Given,
    told: impl Fn(Told) + 'static,
    wanted: impl Fn() -> bool,
) -> Option<Result<Content, Failure>> {
    let Given { file, path } = given;
    let name = file.name();
    let bytes = file.size() as u64;
    let unreadable = |detail| Failure::Unreadable { file: name.clone(), detail };
    let whole = async || bytes_of(file).await.map_err(unreadable);
    // A name that ends in `.toml` settles what kind of mistake is shown.
    if name.to_ascii_lowercase().ends_with(".toml") && bytes <= LARGEST_THRESHOLDS {
        return Some(whole().await.and_then(|bytes| thresholds(path, &bytes)).map(Content::Policy));
    }
    if bytes <= LARGEST_REPORT && begins_like_report(file).await {
        match whole().await {
            Ok(bytes) => {
                // What is no UTF-8 was changed on the way, and the check says so.
                let text = String::from_utf8_lossy(&bytes);
                if html::is_report(&text) {
                    let unchecked = match html::Unchecked::of(&name, &text) {
                        Ok(unchecked) => unchecked,
                        Err(error) => return Some(Err(Failure::Report(error))),
                    };
                    let comparison = in_steps(unchecked.comparing(), wanted).await?;
                    return Some(Ok(Content::Report(Box::new(unchecked.check(&text, &comparison)))));
                }
            }
            Err(failure) => return Some(Err(failure)),
        }
    }
    let error = match workers::read(id, file, path, told).await {
        Ok(parts) => return Some(Ok(Content::Parts(parts))),
        Err(Ended::Cancelled) => return None,
        Err(Ended::Unreadable(detail)) => return Some(Err(unreadable(detail))),
        Err(Ended::Died { at, detail }) => return Some(Err(Failure::Died { file: name.clone(), at, bytes, detail })),
        Err(Ended::Useless(error)) => error,
    };
    // To a reader of JSON, a TOML file that begins with `[[rule]]` is malformed.
    if bytes > LARGEST_THRESHOLDS || !matches!(error.problem(), Problem::Unrecognised { .. } | Problem::BadJson { .. })
    {
        return Some(Err(Failure::Results(error)));
    }
    Some(whole().await.and_then(|bytes| match thresholds(path, &bytes) {
        Ok(policy) if says_something(&policy) => Ok(Content::Policy(policy)),
        Err(mistaken) if has_rules(&bytes) => Err(mistaken),
        _ => Err(Failure::Results(error)),
    }))
}

/// All bytes of a file, or what the browser says.
async fn bytes_of(blob: &Blob) -> Result<Vec<u8>, String> {
    let buffer = JsFuture::from(blob.array_buffer()).await;
    buffer.map(|buffer| Uint8Array::new(&buffer).to_vec()).map_err(|error: JsValue| super::browser::message(&error))
}

/// Whether a file may be an HTML report. XML, which JMeter writes by the gigabyte, is none.
async fn begins_like_report(file: &File) -> bool {
    let Ok(head) = file.slice_with_f64_and_f64(0.0, HEAD) else { return false };
    let Ok(bytes) = bytes_of(&head).await else { return false };
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes).trim_ascii_start();
    text.starts_with(b"<") && !text.starts_with(b"<?xml") && !text.starts_with(b"<testResults")
}

/// Reads what is meant as thresholds, whatever it looks like.
pub(super) fn thresholds(path: &str, bytes: &[u8]) -> Result<Box<Policy>, Failure> {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    let policy = policy::parse_bytes(name, bytes).map_err(|error| mistake(error, bytes))?;
    Ok(Box::new(policy))
}

/// A mistake in thresholds, with the line it is on.
fn mistake(error: PolicyError, bytes: &[u8]) -> Failure {
    let text = String::from_utf8_lossy(bytes);
    let line = error.line.checked_sub(1).and_then(|n| text.lines().nth(n));
    let line = line.map(|l| l.chars().take(80).collect::<String>()).filter(|l| !l.trim().is_empty());
    Failure::Thresholds { error, line }
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
            Self::Unreadable { file, .. } | Self::Died { file, .. } => (file.as_str(), None, None),
            Self::Results(error) => (error.file(), error.line(), error.column()),
            Self::Thresholds { error, .. } => (error.file.as_str(), Some(error.line as u64), Some(error.column as u64)),
            Self::Report(error) => (error.file.as_str(), None, None),
            Self::Link(_) => ("", None, None),
            Self::Matching { thresholds, .. } => (thresholds.as_str(), None, None),
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
            Self::Unreadable { .. } => "File could not be read",
            Self::Died { .. } => "Reading the file broke off",
            Self::Thresholds { .. } => "Mistake in the thresholds file",
            Self::Report(_) => "The report cannot be opened",
            Self::Link(LinkError::Damaged { .. } | LinkError::NotALink | LinkError::TooLong { .. }) => {
                "The link is damaged"
            }
            Self::Link(LinkError::Newer { .. }) => "The link is newer than this page",
            Self::Link(_) => "The link cannot be opened",
            Self::Matching { .. } => "The thresholds take too long to match",
            Self::Results(error) => match error.problem() {
                Problem::TooLarge { .. } => "File too large",
                Problem::Unrecognised { .. } => "Format not recognised",
                Problem::Empty | Problem::HeaderOnly => "No results in the file",
                Problem::SeveralResults { .. } => "Several results on one side",
                Problem::NoResults { .. } => "The summary is missing",
                Problem::Aborted { .. } => "The report has no figures",
                _ => "File could not be used",
            },
        }
    }

    /// What is wrong.
    pub(super) fn what(&self) -> String {
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
            Self::Matching { error, .. } => format!("{}.", capital(&error.to_string())),
            Self::Link(error) => format!("{}. Nothing of it is shown.", capital(&error.to_string())),
        }
    }

    /// What to do about it.
    pub(super) fn next_step(&self) -> Option<String> {
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
