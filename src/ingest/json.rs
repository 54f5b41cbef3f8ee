//! Finding the JSON document in a file.

use serde_json::Value;

use super::error::{Error, Problem};
use crate::run::{Note, NoteKind};

pub(super) struct Found {
    pub value: Value,
    /// Says that something stood before the document.
    pub note: Option<Note>,
}

/// How many places that look like the beginning of a document are tried.
const TRIES: usize = 100;

/// The JSON document of a file: the whole text, or what begins with `{` or `[` at the start of a line beside a tool's
/// other output. `None` where the text is no JSON document; an error where it plainly begins as one and does not parse.
pub(super) fn find(name: &str, text: &str) -> Result<Option<Found>, Error> {
    let has_python_numbers = text.contains("NaN") || text.contains("Infinity");
    // Logs may stand before the document, as with `locust --json` and its log on one stream.
    let lines = text.match_indices('\n').map(|(at, _)| at + 1);
    let starts = [text.len() - text.trim_start().len()].into_iter().chain(lines);
    for start in starts.filter(|start| begins_document(text.get(*start..).unwrap_or(""))).take(TRIES) {
        let rest = text.get(start..).unwrap_or("");
        let is_head = text.get(..start).unwrap_or("").trim().is_empty();
        let mut parsed = first_document(rest);
        if parsed.is_err() && has_python_numbers {
            parsed = first_document(&without_python_numbers(rest));
        }
        let (value, end) = match parsed {
            Ok(found) => found,
            // A document that began well and then broke is not searched for pieces that parse.
            Err(error) if is_head => {
                let lines_before = text.get(..start).unwrap_or("").matches('\n').count();
                return Err(malformed(name, rest, &error, lines_before));
            }
            Err(_) => continue,
        };
        let behind = rest.get(end..).unwrap_or("").trim_start();
        if begins_document(behind) {
            // One document after another: lines of JSON, which none of the formats is.
            return Ok(None);
        }
        if is_head && !behind.is_empty() && !ends_line(rest, end) {
            return Err(trailing(name, text, start + end));
        }
        let skipped = text.get(..start).unwrap_or("").trim().len() + behind.len();
        let note = (skipped > 0).then(|| Note::about(name, NoteKind::BannerSkipped { bytes: skipped as u64 }));
        return Ok(Some(Found { value, note }));
    }
    Ok(None)
}

/// Whether a text begins as a JSON object or array of something: `[2026-11-23 …` is the beginning of a log line.
pub(super) fn begins_document(text: &str) -> bool {
    let rest = text.strip_prefix('{').or_else(|| text.strip_prefix('['));
    rest.is_some_and(|rest| rest.trim_start().is_empty() || rest.trim_start().starts_with(['{', '}', '[', ']', '"']))
}

/// Whether only blanks stand between `at` and the end of its line.
fn ends_line(text: &str, at: usize) -> bool {
    text.get(at..).and_then(|rest| rest.lines().next()).unwrap_or("").trim().is_empty()
}

/// The document at the beginning of a text, and where it ends.
fn first_document(text: &str) -> Result<(Value, usize), serde_json::Error> {
    let mut documents = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    match documents.next() {
        Some(Ok(value)) => Ok((value, documents.byte_offset())),
        Some(Err(error)) => Err(error),
        None => serde_json::from_str(text).map(|value| (value, text.len())),
    }
}

/// Python writes `NaN` and `Infinity`, which JSON does not know. They become texts of the same length, so that they are
/// named like any other value that is no number, and places stay where they are.
fn without_python_numbers(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut quoted, mut escaped) = (false, false);
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let found = [("NaN", "\"N\""), ("-Infinity", "\"-Infini\""), ("Infinity", "\"Infini\"")]
            .into_iter()
            .find(|(token, _)| !quoted && rest.starts_with(token));
        let (taken, put) = found.map_or((c.len_utf8(), None), |(token, text)| (token.len(), Some(text)));
        match put {
            Some(put) => out.push_str(put),
            None => out.push(c),
        }
        quoted ^= c == '"' && !escaped;
        escaped = quoted && c == '\\' && !escaped;
        rest = rest.get(taken..).unwrap_or("");
    }
    out
}

fn trailing(name: &str, text: &str, at: usize) -> Error {
    let before = text.get(..at).unwrap_or("");
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
    let rest = text.get(at..).unwrap_or("");
    Error::new(name, Problem::BadJson { detail: "more text behind the end of the document".into() })
        .at(line as u64, column as u64)
        .showing(rest)
}

/// `text` begins `lines_before` lines into the file.
fn malformed(name: &str, text: &str, error: &serde_json::Error, lines_before: usize) -> Error {
    let detail = error.to_string();
    let detail = detail.split(" at line ").next().unwrap_or("").to_owned();
    let excerpt = text.lines().nth(error.line().saturating_sub(1)).unwrap_or("");
    // The parser counts bytes.
    let column = excerpt.char_indices().take_while(|(at, _)| at + 1 < error.column()).count() + 1;
    // Around the place, where the document is one long line.
    let around: String = excerpt.chars().skip(column.saturating_sub(40)).take(80).collect();
    let line = error.line() + lines_before;
    Error::new(name, Problem::BadJson { detail }).at(line as u64, column as u64).showing(&around)
}
