//! A GitHub issue: its title, labels and body, and the address that opens one without a token. Titles and labels are the
//! scripts'.

use super::review::{self, Room};
use crate::compare::{Comparison, Subject, Verdict};

/// The longest address that is made. GitHub answers longer ones with an error (its front end takes about 8 kB), and
/// browsers take more.
pub const MAX_ADDRESS: usize = 8_000;

/// How much of a foreign text is shown: of the longest names, the address must still hold the headline.
const CLIP: usize = 60;

/// A repository on GitHub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    owner: String,
    name: String,
}

impl Repository {
    /// Reads `OWNER/REPO`, or the address of a repository.
    ///
    /// # Errors
    ///
    /// A sentence that says what is expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let path = text.strip_prefix("https://").unwrap_or(text);
        let path = path.strip_prefix("github.com/").unwrap_or(path);
        let path = path.strip_suffix('/').unwrap_or(path);
        let path = path.strip_suffix(".git").unwrap_or(path);
        let Some((owner, name)) = path.split_once('/') else {
            return Err("A repository is written OWNER/REPO, such as octocat/hello-world.".into());
        };
        // An underscore stands before the short code of accounts that a company manages.
        let owner_ok = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if owner.is_empty() || owner.len() > 39 || !owner.chars().all(owner_ok) || owner.starts_with('-') {
            return Err(
                "The owner of a repository has 1 to 39 letters, digits and hyphens, and no hyphen in front.".into()
            );
        }
        let name_ok = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if name.is_empty() || name.len() > 100 || !name.chars().all(name_ok) || matches!(name, "." | "..") {
            return Err("The name of a repository has 1 to 100 letters, digits, hyphens, underscores and dots.".into());
        }
        Ok(Self { owner: owner.to_owned(), name: name.to_owned() })
    }
}

impl std::fmt::Display for Repository {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.owner, self.name)
    }
}

/// The address of a new issue about a comparison, at most [`MAX_ADDRESS`] characters long; what does not fit is behind
/// the share link. `None` where nothing fails and nothing warns: the scripts opened no issue then.
#[must_use]
pub fn address(comparison: &Comparison, repository: &Repository, link: Option<&str>) -> Option<String> {
    let (title, labels) = subject(comparison)?;
    let labels = encode(&labels.join(","));
    let head = format!("https://github.com/{repository}/issues/new?title={}&labels={labels}&body=", encode(&title));
    let room = Room { limit: MAX_ADDRESS.saturating_sub(head.len()), measure: encoded_len, clip: CLIP };
    Some(head + &encode(&review::within(comparison, link, &room)))
}

/// Whether there is anything to open an issue about: something fails or warns.
#[must_use]
pub fn is_due(comparison: &Comparison) -> bool {
    let counts = |s: &Subject| {
        comparison.absence_fails_gate(s) || s.rows.iter().any(|r| warns(r.verdict) || comparison.fails_gate(r))
    };
    comparison.subjects.iter().any(counts)
}

/// What is worse and does not fail the gate is a warning to whoever reads the issue.
fn warns(verdict: Verdict) -> bool {
    verdict.is_worse() || verdict == Verdict::Warning
}

/// The labels of every issue.
pub const LABELS: &[&str] = &["performance", "regression", "automated"];

/// Those of an issue about failures.
const CRITICAL_LABELS: &[&str] = &["performance", "regression", "automated", "priority-critical"];

/// How many figures fail the gate.
#[must_use]
pub fn failures(comparison: &Comparison) -> usize {
    let rows = comparison.subjects.iter().flat_map(|s| &s.rows);
    let one_sided = comparison
        .subjects
        .iter()
        .filter(|s| comparison.absence_fails_gate(s) && !s.rows.iter().any(|r| comparison.fails_gate(r)));
    rows.filter(|r| comparison.fails_gate(r)).count() + one_sided.count()
}

/// Title and labels; `None` where nothing fails and nothing warns.
#[must_use]
pub fn subject(comparison: &Comparison) -> Option<(String, &'static [&'static str])> {
    let rows = comparison.subjects.iter().flat_map(|s| &s.rows);
    let warnings = rows.filter(|r| warns(r.verdict)).count();
    match (failures(comparison), warnings) {
        (0, 0) => None,
        (0, n) => Some((format!("⚠️ Performance Warning ({n} metrics trending towards regression)"), LABELS)),
        (n, _) => Some((format!("🚨 Critical Performance Regression Detected ({n} metrics)"), CRITICAL_LABELS)),
    }
}

/// Percent-encodes all but what RFC 3986 calls unreserved.
fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        if unreserved(byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

fn encoded_len(text: &str) -> usize {
    text.bytes().map(|byte| if unreserved(byte) { 1 } else { 3 }).sum()
}

fn unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}
