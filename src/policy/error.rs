//! Errors in a thresholds file, with positions.

use std::fmt;

use serde::Serialize;

/// One error in a thresholds file: position, problem, and correction.
///
/// Displayed as one line: `thresholds.toml:12:9: "+0.5" has no unit: write "+0.5%" (relative) or …`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PolicyError {
    /// The file name given to the parser.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
    /// The column, in characters, counted from 1, without a byte order mark.
    pub column: usize,
    /// The problem, quoting the value.
    pub message: String,
    /// The correction, if known.
    pub hint: Option<String>,
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.message)?;
        match &self.hint {
            Some(hint) => write!(f, ": {hint}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for PolicyError {}

/// An error at a byte offset of the text. [`Fault::locate`] turns it into a [`PolicyError`]. Boxed, since every parser
/// function may return one.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fault(Box<Mistake>);

#[derive(Debug, Clone, PartialEq)]
struct Mistake {
    at: usize,
    message: String,
    hint: Option<String>,
}

impl Fault {
    pub fn new(at: usize, message: impl Into<String>) -> Self {
        Self(Box::new(Mistake { at, message: message.into(), hint: None }))
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    pub fn locate(self, file: &str, text: &str) -> PolicyError {
        let Mistake { at, message, hint } = *self.0;
        let (line, column) = Lines::new(text).position(at.min(text.len()));
        PolicyError { file: file.to_owned(), line, column, message, hint }
    }
}

/// Line starts of a text.
pub(super) struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    pub fn new(text: &'t str) -> Self {
        let after = text.match_indices('\n').map(|(at, _)| at + 1);
        Self { text, starts: std::iter::once(0).chain(after).collect() }
    }

    /// Line and column, both from 1, of a byte offset; an offset inside a character counts as its start.
    pub fn position(&self, at: usize) -> (usize, usize) {
        let line = self.starts.partition_point(|start| *start <= at);
        let start = line.checked_sub(1).and_then(|index| self.starts.get(index));
        let rest = start.and_then(|start| self.text.get(*start..)).unwrap_or_default();
        let offset = at - start.copied().unwrap_or(0);
        let column = rest.char_indices().take_while(|(index, c)| index + c.len_utf8() <= offset);
        (line, column.count() + 1)
    }
}

/// Quotes a value of the file for a message: control characters escaped, long texts cut.
pub(super) fn quote(text: &str) -> String {
    const MAX_CHARACTERS: usize = 60;
    match text.char_indices().nth(MAX_CHARACTERS) {
        Some((cut, _)) => format!("{:?}", format!("{}…", text.get(..cut).unwrap_or_default())),
        None => format!("{text:?}"),
    }
}

/// `"a"`, `"a" or "b"`, `"a", "b" or "c"`.
pub(super) fn one_of<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = words.into_iter().map(|word| format!("\"{word}\"")).collect();
    match quoted.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}
