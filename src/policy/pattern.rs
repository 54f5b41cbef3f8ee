//! Which services and endpoints a selector means.

use std::fmt;

use regex_lite::{Regex, RegexBuilder};
use serde::{Serialize, Serializer};
use wildmatch::WildMatch;

/// A glob (`*` any text, `?` one character) over the whole name, or, after `re:`, a regular expression that may match
/// anywhere in it. Neither minds upper and lower case.
///
/// ```
/// use loaddiff::policy::Pattern;
///
/// assert!(Pattern::new("/v1/*").unwrap().matches("/V1/chat"));
/// assert!(Pattern::new("re:^/user/[0-9]+$").unwrap().matches("/user/17"));
/// ```
#[derive(Debug, Clone)]
pub struct Pattern {
    text: String,
    matcher: Matcher,
}

#[derive(Debug, Clone)]
enum Matcher {
    Glob(WildMatch),
    Regex(Regex),
}

/// Compiled regular expressions above this many bytes are refused.
const REGEX_BYTES: usize = 32 * 1024;

impl Pattern {
    /// Reads a glob, or a regular expression after `re:`. The error is a sentence without a position.
    pub fn new(text: &str) -> Result<Self, String> {
        let matcher = match text.strip_prefix("re:") {
            Some("") => return Err("the regular expression after \"re:\" is empty".to_owned()),
            Some(regex) => RegexBuilder::new(regex)
                .case_insensitive(true)
                .size_limit(REGEX_BYTES)
                .build()
                .map(Matcher::Regex)
                .map_err(|error| format!("the regular expression cannot be read: {error}"))?,
            None if text.is_empty() => return Err("the pattern is empty".to_owned()),
            None => Matcher::Glob(WildMatch::new_case_insensitive(text)),
        };
        Ok(Self { text: text.to_owned(), matcher })
    }

    /// The glob `*`, which matches every name, the empty one included.
    pub fn any() -> Self {
        Self { text: "*".to_owned(), matcher: Matcher::Glob(WildMatch::new_case_insensitive("*")) }
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the name is meant.
    pub fn matches(&self, name: &str) -> bool {
        match &self.matcher {
            Matcher::Glob(glob) => glob.matches(name),
            Matcher::Regex(regex) => regex.is_match(name),
        }
    }

    /// How narrow the pattern is; a larger value is more specific. A name without wildcards stands above every glob, a
    /// glob with more characters that are no wildcards above one with fewer, these above a regular expression, and that
    /// above `*`.
    pub fn specificity(&self) -> (u8, usize) {
        match &self.matcher {
            Matcher::Regex(_) => (1, 0),
            Matcher::Glob(_) => {
                let literal = self.text.chars().filter(|c| !matches!(c, '*' | '?'));
                match literal.count() {
                    0 => (0, 0),
                    all if all == self.text.chars().count() => (3, all),
                    some => (2, some),
                }
            }
        }
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for Pattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}
