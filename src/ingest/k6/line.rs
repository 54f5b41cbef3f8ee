//! One line of `--out json`.
//!
//! [`Framed`] recognises k6's own layouts of a point, `{"metric":…,"type":"Point","data":{…}}` and up to 0.30
//! `{"type":"Point","data":{…},"metric":…}`, and finds the pieces by position. It accepts only valid JSON; any other
//! line goes to `serde_json`.
//!
//! The page is built with a low threshold of inlining, so what runs for every point is inlined always.

use memchr::memchr2;
use serde_json::Value;

use super::super::text::clip;
use super::points::{Metric, Tags};

/// A point in k6's own layout.
#[derive(Debug, Clone, Copy)]
pub(super) struct Framed<'a> {
    /// The metric's name: letters, digits and `_`.
    pub name: &'a [u8],
    /// The text between the braces of `data`.
    data: &'a [u8],
}

/// The pieces of `data`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pieces<'a> {
    pub time: &'a [u8],
    pub value: &'a [u8],
    /// From after the opening brace of `tags` to the end of `data`.
    pub tags: &'a [u8],
}

impl<'a> Framed<'a> {
    #[inline(always)]
    pub(super) fn find(line: &'a [u8]) -> Option<Self> {
        let (name, data) = if let Some(rest) = line.strip_prefix(b"{\"metric\":\"") {
            let (name, rest) = rest.split_at_checked(name_length(rest))?;
            (name, rest.strip_prefix(b"\",\"type\":\"Point\",\"data\":{")?.strip_suffix(b"}}")?)
        } else {
            let rest = line.strip_prefix(b"{\"type\":\"Point\",\"data\":{")?.strip_suffix(b"\"}")?;
            let length = rest.iter().rev().take_while(|b| is_of_name(**b)).count();
            let (data, name) = rest.split_at_checked(rest.len() - length)?;
            (name, data.strip_suffix(b"},\"metric\":\"")?)
        };
        // End of `tags`, or of `metadata`.
        (!name.is_empty() && data.ends_with(b"}")).then_some(Self { name, data })
    }

    #[inline(always)]
    pub(super) fn pieces(&self) -> Option<Pieces<'a>> {
        let rest = self.data.strip_prefix(b"\"time\":\"")?;
        let (time, rest) = rest.split_at_checked(rest.iter().take(40).position(|b| *b == b'"')?)?;
        let rest = rest.strip_prefix(b"\",\"value\":")?;
        let (value, rest) = rest.split_at_checked(rest.iter().take(40).position(|b| *b == b',')?)?;
        Some(Pieces { time, value, tags: rest.strip_prefix(b",\"tags\":{")? })
    }
}

fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

#[inline(always)]
fn name_length(rest: &[u8]) -> usize {
    rest.iter().take_while(|b| is_of_name(**b)).count()
}

/// Tags from after their opening brace to the closing one, which must be the last byte. `None` if this is not plain
/// JSON with strings only.
pub(super) fn tags(bytes: &[u8]) -> Option<Tags<'_>> {
    if std::str::from_utf8(bytes).is_err() || bytes.iter().any(|b| *b < b' ') {
        return None;
    }
    let mut tags = Tags::default();
    if bytes == b"}" {
        return Some(tags);
    }
    let mut rest = bytes;
    loop {
        let (key, has_escape, behind) = string(rest)?;
        if has_escape {
            return None;
        }
        let (value, has_escape, behind) = string(behind.strip_prefix(b":")?)?;
        tags.escaped |= has_escape;
        if let Some(place) = tags.place(key) {
            *place = value;
        }
        match behind.split_first()? {
            (b',', more) => rest = more,
            (b'}', []) => return Some(tags),
            _ => return None,
        }
    }
}

/// A JSON string at the start, raw; whether it has escapes; and the rest. `None` for an invalid escape, or half a
/// surrogate pair.
#[inline(always)]
fn string(bytes: &[u8]) -> Option<(&[u8], bool, &[u8])> {
    let bytes = bytes.strip_prefix(b"\"")?;
    let mut at = 0;
    let mut has_escape = false;
    loop {
        at += memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes.get(at) == Some(&b'"') {
            let (text, behind) = bytes.split_at_checked(at)?;
            return Some((text, has_escape, behind.get(1..)?));
        }
        has_escape = true;
        at += match bytes.get(at + 1)? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => 2,
            b'u' => {
                let digits = bytes.get(at + 2..at + 6)?;
                let is_half = matches!(digits, [b'd' | b'D', b'8'..=b'9' | b'a'..=b'f' | b'A'..=b'F', ..]);
                if is_half || !digits.iter().all(u8::is_ascii_hexdigit) {
                    return None;
                }
                6
            }
            _ => return None,
        };
    }
}

/// The kind of a JSON line.
pub(super) enum Parsed {
    /// A point.
    Point(Point),
    /// The description of a metric.
    Metric,
    /// Other JSON, as loggers write it.
    Other,
}

/// A point, owned.
pub(super) struct Point {
    pub name: String,
    pub time: String,
    pub value: f64,
    tags: serde_json::Map<String, Value>,
}

impl Point {
    pub(super) fn metric(&self) -> Metric {
        Metric::of(self.name.as_bytes())
    }

    pub(super) fn tags(&self) -> Tags<'_> {
        let mut tags = Tags::default();
        for (name, value) in &self.tags {
            if let (Some(place), Some(text)) = (tags.place(name.as_bytes()), value.as_str()) {
                *place = text.as_bytes();
            }
        }
        tags
    }
}

/// Parses any line by `serde_json`. The error is the reason.
pub(super) fn parse(line: &[u8]) -> Result<Parsed, String> {
    let value: Value = serde_json::from_slice(line).map_err(|error| {
        let text = error.to_string();
        format!("it is no JSON ({}, column {})", text.split(" at line ").next().unwrap_or_default(), error.column())
    })?;
    let Value::Object(mut object) = value else { return Ok(Parsed::Other) };
    match object.get("type").and_then(Value::as_str) {
        Some("Point") => {}
        Some("Metric") => return Ok(Parsed::Metric),
        _ => return Ok(Parsed::Other),
    }
    let Some(Value::String(name)) = object.remove("metric") else {
        return Err("“metric” is no name".into());
    };
    let Some(Value::Object(mut data)) = object.remove("data") else {
        return Err("“data” is no object".into());
    };
    let value = data.get("value").and_then(Value::as_f64).ok_or("“data.value” is no number")?;
    let time = match data.remove("time") {
        Some(Value::String(time)) => time,
        _ => String::new(),
    };
    let tags = match data.remove("tags") {
        Some(Value::Object(tags)) => tags,
        // Up to 0.30 written even without tags.
        None | Some(Value::Null) => serde_json::Map::new(),
        _ => return Err("“data.tags” is no object".into()),
    };
    Ok(Parsed::Point(Point { name, time, value, tags }))
}

/// Whether a line contains text that only k6 writes: then it is a damaged point if it does not parse.
pub(super) fn is_piece(line: &[u8]) -> bool {
    let pieces: [&[u8]; 5] =
        [b"\"type\":\"Point\"", b"\"type\":\"Metric\"", b"\"metric\":\"", b"\"data\":{\"time\":\"", b",\"tags\":{\""];
    pieces.into_iter().any(|piece| memchr::memmem::find(line, piece).is_some())
}

/// The evidence in the first bytes of a file: a line of k6's. Other text may precede it (k6's banner, with both on
/// standard output), but no other JSON. A damaged line is skipped unless it is the last.
pub(super) fn recognise(head: &[u8]) -> Option<String> {
    let is_line = |line: &&[u8]| line.starts_with(b"{") || line.starts_with(b"[");
    let mut lines = head.split(|b| matches!(b, b'\n' | b'\r')).map(<[u8]>::trim_ascii).peekable();
    let mut damaged = None;
    while let Some(line) = lines.next() {
        if !is_line(&line) {
            continue;
        }
        let shown = || {
            let shown: String = clip(&String::from_utf8_lossy(line));
            format!("line “{shown}”")
        };
        match parse(line) {
            Ok(Parsed::Point(_) | Parsed::Metric) => {
                let value: Value = serde_json::from_slice(line).ok()?;
                let is_ours = value.get("data").is_some_and(Value::is_object)
                    && value.get("metric").is_some_and(Value::is_string);
                return is_ours.then(shown);
            }
            Ok(Parsed::Other) => return None,
            Err(_) if !begins_as_ours(line) => return None,
            // Cut at the end of the head or of the file.
            Err(_) if lines.peek().is_none() => return Some(shown()),
            Err(_) => damaged = damaged.or_else(|| Some(shown())),
        }
    }
    damaged.filter(|_| head.trim_ascii_start().starts_with(b"{"))
}

fn begins_as_ours(line: &[u8]) -> bool {
    let begins: [&[u8]; 3] = [
        b"{\"metric\":\"",
        b"{\"type\":\"Metric\",\"data\":{\"name\":\"",
        b"{\"type\":\"Point\",\"data\":{\"time\":\"",
    ];
    begins.into_iter().any(|begin| line.starts_with(begin))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn only_valid_json_is_framed() {
        let read = tags(br#""name":"a\u0026\"b","method":"GET","x":"","url":"/\u00e9"}"#).unwrap();
        assert_eq!((read.name, read.method, read.escaped), (&br#"a\u0026\"b"#[..], &b"GET"[..], true));
        for bad in [
            r#""name":"a""#,
            r#""name":"a"},"metadata":{"x":"y"}"#,
            r#""name":1}"#,
            r#""name" :"a"}"#,
            r#""na\u006de":"a"}"#,
            r#""name":"\ud83d\ude00"}"#,
            r#""name":"\x"}"#,
            r#""name":"a",}"#,
            "\"name\":\"a\tb\"}",
            "",
        ] {
            assert_eq!(tags(bad.as_bytes()), None, "{bad}");
        }
        assert_eq!(tags(b"\"name\":\"\xff\"}"), None);
    }
}
