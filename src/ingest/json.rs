//! Finding the JSON document in a file.

use serde_json::Value;

use super::error::{Error, Problem};
use crate::run::{Note, NoteKind};

pub(super) struct Found {
    pub value: Value,
    /// Says that something stood before the document.
    pub note: Option<Note>,
}

/// The JSON document of a file: the whole text, or what begins with `{` or `[` at the start of a line behind a tool's
/// banner. `None` where the text is no JSON at all; an error where it plainly begins as JSON and does not parse.
pub(super) fn find(name: &str, text: &str) -> Result<Option<Found>, Error> {
    let trimmed = text.trim_start();
    if trimmed.starts_with(['{', '[']) {
        return match serde_json::from_str(text) {
            Ok(value) => Ok(Some(Found { value, note: None })),
            Err(error) => Err(malformed(name, text, &error)),
        };
    }
    // Logs before the document, as with `locust --json` and its log on one stream.
    let starts = text.match_indices('\n').map(|(at, _)| at + 1);
    for start in starts.take(1000) {
        let Some(rest) = text.get(start..) else { continue };
        if !rest.starts_with(['{', '[']) {
            continue;
        }
        let mut documents = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
        if let Some(Ok(value @ (Value::Object(_) | Value::Array(_)))) = documents.next() {
            let note = Note::about(name, NoteKind::BannerSkipped { bytes: start as u64 });
            return Ok(Some(Found { value, note: Some(note) }));
        }
    }
    Ok(None)
}

fn malformed(name: &str, text: &str, error: &serde_json::Error) -> Error {
    let detail = error.to_string();
    let detail = detail.split(" at line ").next().unwrap_or("").to_owned();
    let excerpt = text.lines().nth(error.line().saturating_sub(1)).unwrap_or("");
    // Around the place, where the document is one long line.
    let from = error.column().saturating_sub(40);
    let around: String = excerpt.chars().skip(from).take(80).collect();
    Error::new(name, Problem::BadJson { detail }).at(error.line() as u64, error.column() as u64).showing(&around)
}
