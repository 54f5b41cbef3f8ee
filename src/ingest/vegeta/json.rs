//! `vegeta encode` with default options: one JSON line per request.
//!
//! From vegeta's source (`lib/results_easyjson.go`, `lib/results.go`): `timestamp` is the start of the request, in
//! RFC 3339 with nanoseconds and any offset; `latency` is nanoseconds. `attack` and `seq` exist since 7.0, `method`,
//! `url` and `headers` since 12.8. The base64 body is skipped.

use memchr::memchr2;
use serde_json::Value;

use super::super::error::Error;
use super::super::importer::{Descriptor, Format, How, Imported, Opening, Sliced, Sniff};
use super::super::json::at;
use super::super::k6::moment::{self, Clock};
use super::super::rows::{RowFormat, Rows};
use super::super::text::{CLIPPED, clip};
use super::results::{Results, SentRequest, digits};
use crate::run::{Definition, Run};

pub(in super::super) const FORMAT: Descriptor = Descriptor {
    format: Format {
        id: "vegeta-json",
        tool: "vegeta",
        title: "every request as JSON (`vegeta encode`)",
        command: "vegeta encode -to json results.bin > results.json",
        percentiles: Some(Definition::Linear),
        endings: &[],
    },
    recognise,
    read: How::Rows(open),
};

/// Start of a line in vegeta's own layout.
const BEGINS: &[u8] = b"{\"attack\":\"";

/// Lines examined: the first may be damaged.
const LINES: usize = 5;

fn recognise(sniff: &Sniff<'_>) -> Option<String> {
    let lines = sniff.head.split(|b| matches!(b, b'\n' | b'\r')).map(<[u8]>::trim_ascii);
    let line = lines.filter(|line| !line.is_empty()).take(LINES).find(|line| is_ours(line))?;
    let shown: String = clip(&String::from_utf8_lossy(line.get(..4 * CLIPPED).unwrap_or(line)));
    Some(format!("line “{shown}”"))
}

fn is_ours(line: &[u8]) -> bool {
    let has = |key: &[u8]| memchr::memmem::find(line, key).is_some();
    match serde_json::from_slice::<Value>(line) {
        Ok(value) => {
            at(&value, "timestamp").is_string()
                && ["code", "latency", "bytes_in"].iter().all(|key| at(&value, key).is_number())
        }
        // Cut, by the end of the head or of the file, or damaged.
        Err(_) => line.starts_with(BEGINS) && has(b",\"seq\":") && has(b",\"timestamp\":\"") && has(b",\"latency\":"),
    }
}

fn open(opening: Opening<'_>) -> Box<dyn Sliced> {
    Box::new(Rows::new(Json { results: Results::new(opening.name), clock: Clock::default() }))
}

struct Json {
    results: Results,
    clock: Clock,
}

/// A line in vegeta's own layout, in its pieces.
struct Pieces<'a> {
    code: u64,
    time: &'a [u8],
    latency_ns: u64,
    bytes_in: u64,
    /// With escapes.
    error: &'a [u8],
    /// `GET","url":"http://…`, with escapes.
    target: &'a [u8],
}

impl<'a> Pieces<'a> {
    #[inline]
    fn find(line: &'a [u8]) -> Option<Self> {
        let (_, rest) = string(line.strip_prefix(BEGINS)?)?;
        let (_, rest) = digits(rest.strip_prefix(b",\"seq\":")?)?;
        let (code, rest) = digits(rest.strip_prefix(b",\"code\":")?)?;
        let (time, rest) = string(rest.strip_prefix(b",\"timestamp\":\"")?)?;
        let (latency_ns, rest) = digits(rest.strip_prefix(b",\"latency\":")?)?;
        let (_, rest) = digits(rest.strip_prefix(b",\"bytes_out\":")?)?;
        let (bytes_in, rest) = digits(rest.strip_prefix(b",\"bytes_in\":")?)?;
        let (error, rest) = string(rest.strip_prefix(b",\"error\":\"")?)?;
        let rest = rest.strip_prefix(b",\"body\":")?;
        let rest = match rest.strip_prefix(b"\"") {
            Some(body) => string(body)?.1,
            None => rest.strip_prefix(b"null")?,
        };
        let from = rest.strip_prefix(b",\"method\":\"")?;
        let (_, rest) = string(from)?;
        let (_, rest) = string(rest.strip_prefix(b",\"url\":\"")?)?;
        let target = from.get(..from.len().checked_sub(rest.len() + 1)?)?;
        let is_whole = match rest.strip_prefix(b",\"headers\":") {
            Some(headers) => headers == b"null}" || closes(headers),
            None => rest == b"}",
        };
        is_whole.then_some(Self { code, time, latency_ns, bytes_in, error, target })
    }
}

/// A JSON string after its opening quote, raw, and the rest after its closing one.
#[inline]
fn string(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut at = 0;
    loop {
        at += memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes.get(at) == Some(&b'"') {
            let (text, behind) = bytes.split_at_checked(at)?;
            return Some((text, behind.get(1..)?));
        }
        at += 2;
    }
}

/// Whether the last byte, and none before it, closes an object opened before these bytes.
#[inline]
fn closes(mut bytes: &[u8]) -> bool {
    let mut open = 1_usize;
    while let Some((first, rest)) = bytes.split_first() {
        bytes = rest;
        match first {
            b'"' => match string(rest) {
                Some((_, behind)) => bytes = behind,
                None => return false,
            },
            b'{' | b'[' => open += 1,
            b'}' | b']' => {
                open -= 1;
                if open == 0 {
                    return rest.is_empty();
                }
            }
            _ => {}
        }
    }
    false
}

/// Resolves the escapes of a JSON string without its quotes.
fn unescaped(text: &[u8]) -> Option<String> {
    serde_json::from_slice(&[b"\"", text, b"\""].concat()).ok()
}

impl Json {
    /// Fast path. Returns `None` without counting anything for the slow path.
    #[inline]
    fn fast(&mut self, line: &[u8]) -> Option<()> {
        let Pieces { code, time, latency_ns, bytes_in, error, target } = Pieces::find(line)?;
        let moment = self.clock.read(time)?;
        let error = if error.is_empty() { String::new() } else { unescaped(error)? };
        let slot = match self.results.known(target) {
            Some(slot) => slot,
            None => {
                let (method, url) = std::str::from_utf8(target).ok()?.split_once("\",\"url\":\"")?;
                let (method, url) = (unescaped(method.as_bytes())?, unescaped(url.as_bytes())?);
                self.results.endpoint(target, &method, &url)
            }
        };
        let sent = SentRequest { start_ms: Some(moment.ms), code, latency_ns, bytes_in };
        self.results.add(slot, &sent, error.as_bytes());
        Some(())
    }

    /// Slow path: any line, by `serde_json`.
    fn any(&mut self, line: &[u8]) -> Result<(), String> {
        let value: Value = serde_json::from_slice(line).map_err(|error| {
            let text = error.to_string();
            format!("it is no JSON ({}, column {})", text.split(" at line ").next().unwrap_or_default(), error.column())
        })?;
        let number = |key: &str| at(&value, key).as_u64().ok_or_else(|| format!("“{key}” is no whole number"));
        let (code, latency_ns) = (number("code")?, number("latency")?);
        let bytes_in = number("bytes_in")?;
        let time = at(&value, "timestamp").as_str().ok_or("“timestamp” is no text")?;
        let moment = moment::parse(time.as_bytes());
        if moment.is_none() {
            self.results.losses.unread_moment(|| format!("“{}”", clip(time)));
        }
        let text = |key: &str| at(&value, key).as_str().unwrap_or_default();
        let slot = self.results.endpoint(&[], text("method"), text("url"));
        let sent = SentRequest { start_ms: moment.map(|moment| moment.ms), code, latency_ns, bytes_in };
        self.results.add(slot, &sent, text("error").as_bytes());
        Ok(())
    }

    /// Marks a rejected line as a failed request if it is one.
    fn failing(&mut self, line: &[u8]) {
        let error = memchr::memmem::find(line, b"\"error\":\"").and_then(|at| line.get(at + 9));
        if error.is_some_and(|first| *first != b'"') {
            self.results.losses.failing();
        }
    }
}

impl RowFormat for Json {
    fn delimiter(&self) -> Option<u8> {
        None
    }

    fn unquoted_row(&mut self, row: &[u8], line: u64) {
        self.general_row(row, line, false);
    }

    fn general_row(&mut self, row: &[u8], line: u64, is_last: bool) {
        let text = row.trim_ascii();
        if text.is_empty() {
            return;
        }
        self.results.rows += 1;
        if self.fast(text).is_some() {
            return;
        }
        if let Err(why) = self.any(text) {
            if is_last {
                self.results.losses.cut(line);
            } else {
                self.results.losses.reject(line, None, why);
            }
            self.failing(text);
        }
    }

    fn broken(&mut self, line_text: &[u8], line: u64) {
        self.results.rows += 1;
        self.results.losses.reject(line, None, "it is longer than 1 MiB".into());
        self.failing(line_text);
    }

    fn cut(&mut self, line_text: &[u8], line: u64) {
        self.results.rows += 1;
        self.results.losses.cut(line);
        self.failing(line_text);
    }

    /// Every line end ends a line: JSON strings contain none.
    fn looks_like_row(&self, _rest: &[u8]) -> bool {
        true
    }

    fn columns(&self) -> usize {
        0
    }

    fn join(&mut self, next: Self, lines: u64) {
        self.results.join(next.results, lines);
    }

    fn digest(&self) -> Run {
        self.results.digest()
    }

    fn imported(self) -> Result<Imported, Error> {
        self.results.imported()
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::content::Content;
    use super::*;
    use proptest::prelude::*;

    fn json() -> Json {
        Json { results: Results::new("f"), clock: Clock::default() }
    }

    fn run(json: Json) -> Option<Run> {
        match json.imported().ok()?.content {
            Content::Results(run) => Some(*run),
            _ => None,
        }
    }

    proptest! {
        /// Every line that the fast path accepts is JSON, and the slow path gives the same.
        #[test]
        fn the_fast_path_equals_the_slow_path(
            pieces in prop::collection::vec(0..64_usize, 9),
            cut in any::<prop::sample::Index>(),
            cuts in 0..6_u8,
        ) {
            let numbers = ["0", "7", "200", "404", "00", "-1", "1.5", "9007199254740993", "99999999999999999999", "", "1e3", "null"];
            let times = ["\"2026-11-29T15:31:21.213597892Z\"", "\"2026-11-29T15:31:21Z\"", "\"2026-11-29T17:31:21.5+02:00\"", "\"x\"", "null"];
            let texts = ["\"\"", "\"GET\"", "\"http://x/a?b=1\\u0026c\"", "\"é\"", "\"a\\\"b\"", "\"a\\x\"", "\"\\ud83d\"", "null", "\"a\tb\""];
            let bodies = ["null", "\"\"", "\"b2s=\"", "\"a\\\"\"", "1"];
            let heads = [",\"headers\":null", ",\"headers\":{}", "", ",\"headers\":{\"A\":[\"}\",\"\\\"\"]}", ",\"headers\":{\"A\":[\"b\"}", ",\"x\":1"];
            let pick = |nth: usize, from: &[&'static str]| {
                let at = pieces.get(nth).copied().unwrap_or_default();
                // The first is vegeta's own output, and most frequent.
                from.get(at.saturating_sub(40) % from.len()).copied().unwrap_or_default()
            };
            let mut line = format!(
                "{{\"attack\":{},\"seq\":0,\"code\":{},\"timestamp\":{},\"latency\":{},\"bytes_out\":0,\"bytes_in\":{},\"error\":{},\
                 \"body\":{},\"method\":{},\"url\":{}{}}}",
                "\"\"", pick(0, &numbers), pick(1, &times), pick(2, &numbers), pick(3, &numbers), pick(4, &texts),
                pick(5, &bodies), pick(6, &texts), pick(7, &texts), pick(8, &heads),
            );
            if cuts == 0 {
                let at = cut.index(line.len());
                line = line.get(..at).unwrap_or_default().to_owned();
            }
            let (mut fast, mut any) = (json(), json());
            (fast.results.rows, any.results.rows) = (1, 1);
            if fast.fast(line.as_bytes()).is_some() {
                prop_assert_eq!(any.any(line.as_bytes()), Ok(()), "{}", line);
                prop_assert_eq!(run(fast), run(any), "{}", line);
            }
        }
    }
}
