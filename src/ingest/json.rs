//! Finds the JSON document in a file and reads it within limits.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::error::{Error, Problem};
use super::field;
use super::notes::BANNER_SKIPPED;
use crate::run::Note;

pub(super) struct Found<'a> {
    /// Well-formed JSON text, not parsed into memory.
    pub document: Cow<'a, str>,
    /// A note if text precedes the document.
    pub note: Option<Note>,
    /// Bytes before the document.
    pub head: usize,
    /// The text from the document to the end of the file.
    pub from: &'a str,
    pub behind: &'a str,
}

impl Found<'_> {
    /// Whether another document follows directly: JSON lines, or several documents in one file.
    pub(super) fn is_one_of_several(&self) -> bool {
        begins_document(self.behind)
    }
}

/// Maximum attempts at possible starts of a document.
const MAX_ATTEMPTS: usize = 100;

/// Maximum work of all attempts, as a multiple of the text.
const MAX_WORK_RATIO: usize = 4;

/// Finds the JSON document of a file: the whole text, or a part that begins with `{` or `[` at the start of a line,
/// between a tool's other output. `None` if the text is not JSON; an error if it clearly begins as JSON and does not
/// parse.
pub(super) fn find<'a>(name: &str, text: &'a str) -> Result<Option<Found<'a>>, Error> {
    let has_python_numbers = text.contains("NaN") || text.contains("Infinity");
    let mut left = text.len().saturating_mul(MAX_WORK_RATIO);
    // Logs may precede the document, as with `locust --json` and its log on one stream.
    let lines = text.match_indices('\n').map(|(at, _)| at + 1);
    let starts = [text.len() - text.trim_start().len()].into_iter().chain(lines);
    for start in starts.filter(|start| begins_document(text.get(*start..).unwrap_or(""))).take(MAX_ATTEMPTS) {
        let rest = text.get(start..).unwrap_or("");
        let is_head = text.get(..start).unwrap_or("").trim().is_empty();
        let mut found = first_document(rest).map(|end| (Cow::Borrowed(rest.get(..end).unwrap_or(rest)), end));
        left = left.saturating_sub(found.as_ref().map_or_else(|error| position(rest, error), |(_, end)| *end));
        if found.is_err() && has_python_numbers {
            let mut replaced = without_python_numbers(rest);
            left = left.saturating_sub(rest.len());
            found = first_document(&replaced).map(|end| {
                replaced.truncate(end);
                (Cow::Owned(replaced), end)
            });
        }
        let (document, end) = match found {
            Ok(found) => found,
            // Do not search a broken document for pieces that parse.
            Err(error) if is_head => {
                let lines_before = text.get(..start).unwrap_or("").matches('\n').count();
                return Err(malformed(name, rest, &error, lines_before));
            }
            Err(_) if left == 0 => return Ok(None),
            Err(_) => continue,
        };
        let behind = rest.get(end..).unwrap_or("").trim_start();
        if is_head && !behind.is_empty() && !begins_document(behind) && !ends_line(rest, end) {
            return Err(trailing(name, text, start + end));
        }
        let head = text.get(..start).unwrap_or("").trim().len();
        let skipped = head + behind.len();
        let note = (skipped > 0).then(|| Note::say(name, &BANNER_SKIPPED, [(skipped as u64).into()]));
        return Ok(Some(Found { document, note, head, from: rest, behind }));
    }
    Ok(None)
}

/// Counts further documents at line starts that satisfy `is_like`, up to a maximum.
pub(super) fn more(text: &str, is_like: impl Fn(&str) -> bool) -> u64 {
    let (mut found, mut left, mut from) = (0, text.len().saturating_mul(MAX_WORK_RATIO), 0);
    let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1));
    for start in starts.filter(|start| begins_document(text.get(*start..).unwrap_or(""))).take(MAX_ATTEMPTS) {
        if start < from || left == 0 {
            continue;
        }
        let rest = text.get(start..).unwrap_or("");
        let document = first_document(rest);
        left = left.saturating_sub(document.as_ref().map_or_else(|error| position(rest, error), |end| *end));
        if let Ok(end) = document {
            found += u64::from(is_like(rest.get(..end).unwrap_or(rest)));
            from = start + end;
        }
    }
    found
}

/// Converts an array, or consecutive pretty-printed documents (as from `jq`), to JSON lines. Blanks outside of strings
/// are removed.
pub(super) fn lines(text: &str) -> String {
    let text = text.trim();
    // For an array, brackets and commas are removed too.
    let (items, top) = match text.strip_prefix('[') {
        Some(items) => (items, true),
        None => (text, false),
    };
    let mut out = String::with_capacity(text.len());
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for c in items.chars() {
        if quoted {
            out.push(c);
            (quoted, escaped) = (c != '"' || escaped, c == '\\' && !escaped);
            continue;
        }
        match c {
            '{' | '[' => depth += 1,
            // End of the array.
            ']' if depth == 0 => break,
            ',' if depth == 0 && top => {
                out.push('\n');
                continue;
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 && !top {
                    out.push_str("}\n");
                    continue;
                }
            }
            '"' => quoted = true,
            c if c.is_ascii_whitespace() => continue,
            _ => {}
        }
        out.push(c);
    }
    out
}

/// The first item of an array.
pub(super) fn first_item(document: &str) -> Option<&str> {
    let items = document.trim_start().strip_prefix('[')?.trim_start();
    let end = first_document(items).ok()?;
    items.get(..end)
}

/// Whether a text begins as a JSON object or array: `[2026-11-23 …` is the start of a log line.
pub(super) fn begins_document(text: &str) -> bool {
    let rest = text.strip_prefix('{').or_else(|| text.strip_prefix('['));
    rest.is_some_and(|rest| rest.trim_start().is_empty() || rest.trim_start().starts_with(['{', '}', '[', ']', '"']))
}

/// Whether only blanks lie between `at` and the end of the line.
fn ends_line(text: &str, at: usize) -> bool {
    text.get(at..).and_then(|rest| rest.lines().next()).unwrap_or("").trim().is_empty()
}

/// End of the document that a text begins with.
fn first_document(text: &str) -> Result<usize, serde_json::Error> {
    let mut documents = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
    match documents.next() {
        Some(Ok(_)) => Ok(documents.byte_offset()),
        Some(Err(error)) => Err(error),
        None => serde_json::from_str::<IgnoredAny>(text).map(|_| text.len()),
    }
}

/// The document at the start of a text, with Python's and JavaScript's `NaN` as strings. `None` if there is none.
pub(super) fn at_the_beginning(text: &str) -> Option<Cow<'_, str>> {
    if let Ok(end) = first_document(text) {
        return text.get(..end).map(Cow::Borrowed);
    }
    let mut replaced = without_python_numbers(text);
    let end = first_document(&replaced).ok()?;
    replaced.truncate(end);
    Some(Cow::Owned(replaced))
}

/// Position of a parse error.
fn position(text: &str, error: &serde_json::Error) -> usize {
    let before = error.line().saturating_sub(1);
    let line = before.checked_sub(1).and_then(|nth| text.match_indices('\n').nth(nth)).map_or(0, |(at, _)| at + 1);
    line.saturating_add(error.column())
}

/// Replaces Python's `NaN` and `Infinity`, which are not JSON, by strings of the same length: errors then show them
/// like any other value, and positions stay.
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

/// The error of a document, `text`, that begins `lines_before` lines into the file.
pub(super) fn malformed(name: &str, text: &str, error: &serde_json::Error, lines_before: usize) -> Error {
    let detail = error.to_string();
    let detail = detail.split(" at line ").next().unwrap_or("").to_owned();
    let excerpt = text.lines().nth(error.line().saturating_sub(1)).unwrap_or("");
    // The parser counts bytes.
    let column = excerpt.char_indices().take_while(|(at, _)| at + 1 < error.column()).count() + 1;
    // An excerpt around the position, for a document on one long line.
    let around: String = excerpt.chars().skip(column.saturating_sub(40)).take(80).collect();
    let line = error.line() + lines_before;
    Error::new(name, Problem::BadJson { detail }).at(line as u64, column as u64).showing(&around)
}

/// Maximum values of a document: each takes about 100 bytes of memory.
pub(super) const MAX_VALUES: usize = 1_000_000;

/// Parses the whole document. For documents that are always small; others are read entry by entry.
///
/// # Errors
///
/// [`Problem::TooMany`] beyond [`MAX_VALUES`], [`Problem::BadJson`] for an invalid number or string.
pub(super) fn values(name: &str, document: &str) -> Result<Value, Error> {
    let mut left = MAX_VALUES;
    let parsed = Bounded(&mut left, &[]).deserialize(&mut serde_json::Deserializer::from_str(document));
    parsed.map_err(|error| unparsed(name, document, &error, left))
}

/// Parses these members of the document's object and skips all others.
///
/// # Errors
///
/// As [`values`]; the limit applies to what is kept.
pub(super) fn picked(name: &str, document: &str, wanted: &[&str]) -> Result<Value, Error> {
    let mut left = MAX_VALUES;
    let parsed = serde_json::Deserializer::from_str(document).deserialize_any(Picked { left: &mut left, wanted });
    parsed.map_err(|error| unparsed(name, document, &error, left))
}

struct Picked<'a> {
    left: &'a mut usize,
    wanted: &'a [&'a str],
}

impl<'de> Visitor<'de> for Picked<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut all = Map::new();
        while let Some(key) = members.next_key::<String>()? {
            if self.wanted.contains(&key.as_str()) {
                all.insert(key, members.next_value_seed(Bounded(self.left, &[]))?);
            } else {
                members.next_value::<IgnoredAny>()?;
            }
        }
        Ok(Value::Object(all))
    }
}

fn unparsed(name: &str, document: &str, error: &serde_json::Error, left: usize) -> Error {
    if left == 0 {
        return Error::new(name, Problem::TooMany { what: "values", limit: MAX_VALUES })
            .at(error.line() as u64, error.column() as u64);
    }
    malformed(name, document, error, 0)
}

/// Passes the members of the document's object, or the items of its array (with an empty key), to `each` one at a time,
/// without keeping them.
///
/// # Errors
///
/// As [`values`], with the limit per member, and the errors of `each`.
pub(super) fn members(
    name: &str,
    document: &str,
    each: &mut dyn FnMut(&str, Value) -> Result<(), Error>,
) -> Result<(), Error> {
    members_without(name, document, &[], each)
}

/// As [`members`], skipping members of these names at any depth: long ones that are not needed.
///
/// # Errors
///
/// As [`members`].
pub(super) fn members_without(
    name: &str,
    document: &str,
    without: &[&str],
    each: &mut dyn FnMut(&str, Value) -> Result<(), Error>,
) -> Result<(), Error> {
    let (mut left, mut failed) = (MAX_VALUES, None);
    let visitor = Members { left: &mut left, without, failed: &mut failed, each };
    let parsed = serde_json::Deserializer::from_str(document).deserialize_any(visitor);
    match (parsed, failed) {
        (Ok(()), _) => Ok(()),
        (Err(_), Some(error)) => Err(error),
        (Err(error), None) => Err(unparsed(name, document, &error, left)),
    }
}

struct Members<'a> {
    left: &'a mut usize,
    without: &'a [&'a str],
    failed: &'a mut Option<Error>,
    each: &'a mut dyn FnMut(&str, Value) -> Result<(), Error>,
}

impl Members<'_> {
    fn take<E: serde::de::Error>(&mut self, key: &str, value: Value) -> Result<(), E> {
        *self.left = MAX_VALUES;
        (self.each)(key, value).map_err(|error| {
            *self.failed = Some(error);
            E::custom("refused")
        })
    }
}

impl<'de> Visitor<'de> for Members<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        while let Some(item) = items.next_element_seed(Bounded(self.left, self.without))? {
            self.take("", item)?;
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<(), A::Error> {
        while let Some(key) = members.next_key::<String>()? {
            if self.without.contains(&key.as_str()) {
                members.next_value::<IgnoredAny>()?;
                continue;
            }
            let value = members.next_value_seed(Bounded(self.left, self.without))?;
            self.take(&key, value)?;
        }
        Ok(())
    }
}

/// Which of these paths exist in a document: `aggregate/counters` is the member `counters` of the member `aggregate`,
/// `stats/0` the first item of the array `stats`. Values are not kept.
pub(super) fn which<const N: usize>(document: &str, paths: [&str; N]) -> [bool; N] {
    let mut found = [false; N];
    peek(document, Paths { wanted: paths.into_iter().enumerate().collect(), found: &mut found });
    found
}

/// Whether all of these paths exist; see [`which`].
pub(super) fn has<const N: usize>(document: &str, paths: [&str; N]) -> bool {
    which(document, paths).into_iter().all(|found| found)
}

/// Whether the first member of a document has all of these members. Reads no further, and keeps no values.
pub(super) fn first_has<const N: usize>(document: &str, paths: [&str; N]) -> bool {
    let mut found = [false; N];
    peek(document, First(Paths { wanted: paths.into_iter().enumerate().collect(), found: &mut found }));
    found.into_iter().all(|found| found)
}

struct First<'a>(Paths<'a>);

impl<'de> Visitor<'de> for First<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        if members.next_key::<IgnoredAny>()?.is_some() {
            members.next_value_seed(self.0)?;
        }
        // Stop here.
        Err(serde::de::Error::custom("enough"))
    }
}

struct Paths<'a> {
    /// Index and remainder of each path.
    wanted: Vec<(usize, &'a str)>,
    found: &'a mut [bool],
}

impl<'de> DeserializeSeed<'de> for Paths<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// A value that is not an object has no members: the error stops the search.
impl<'de> Visitor<'de> for Paths<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let first = self.wanted.iter().filter_map(|(place, path)| Some((*place, path.strip_prefix("0/")?))).collect();
        items.next_element_seed(Paths { wanted: first, found: self.found })?;
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some(key) = members.next_key::<Cow<'_, str>>()? {
            let mut deeper = Vec::new();
            for (place, path) in &self.wanted {
                match path.split_once('/') {
                    Some((first, rest)) if first == key => deeper.push((*place, rest)),
                    None if *path == key => {
                        if let Some(found) = self.found.get_mut(*place) {
                            *found = true;
                        }
                    }
                    _ => {}
                }
            }
            if deeper.is_empty() {
                members.next_value::<IgnoredAny>()?;
            } else {
                members.next_value_seed(Paths { wanted: deeper, found: &mut *self.found })?;
            }
        }
        Ok(())
    }
}

/// A member, or with `outer/inner` a nested one; null if missing.
pub(super) fn at<'v>(value: &'v Value, path: &str) -> &'v Value {
    static NULL: Value = Value::Null;
    path.split('/').try_fold(value, |value, key| value.get(key)).unwrap_or(&NULL)
}

/// Parses a number, also from a string. `None` for anything else, and for negative or non-finite numbers.
pub(super) fn number(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    field::checked(number).ok()
}

/// Parses an integer, as [`number`].
pub(super) fn count(value: &Value) -> Option<u64> {
    field::whole(number(value)?).ok()
}

/// A value with a budget of values, skipping members of these names.
struct Bounded<'a>(&'a mut usize, &'a [&'a str]);

impl Bounded<'_> {
    fn count<E: serde::de::Error>(&mut self) -> Result<(), E> {
        *self.0 -= 1;
        if *self.0 == 0 { Err(E::custom("too many values")) } else { Ok(()) }
    }
}

impl<'de> DeserializeSeed<'de> for Bounded<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(mut self, deserializer: D) -> Result<Value, D::Error> {
        self.count()?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Bounded<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut all = Vec::new();
        while let Some(item) = items.next_element_seed(Bounded(self.0, self.1))? {
            all.push(item);
        }
        Ok(Value::Array(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut all = Map::new();
        while let Some(key) = members.next_key::<String>()? {
            if self.1.contains(&key.as_str()) {
                members.next_value::<IgnoredAny>()?;
            } else {
                all.insert(key, members.next_value_seed(Bounded(self.0, self.1))?);
            }
        }
        Ok(Value::Object(all))
    }
}

/// Visits a document; the visitor may stop early.
pub(super) fn peek<'de>(document: &'de str, visitor: impl Visitor<'de, Value = ()>) {
    // Stopping early is an error.
    let _ = serde_json::Deserializer::from_str(document).deserialize_any(visitor);
}
