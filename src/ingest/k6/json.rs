//! `--out json`: reads lines into points.

use super::super::error::Error;
use super::super::importer::{Descriptor, Format, How, Imported, Opening, Sliced, Sniff};
use super::super::rows::{RowFormat, Rows};
use super::line::{self, Framed, Parsed};
use super::moment::{self, Clock};
use super::points::{self, Metric, Points, Request, Tags};
use crate::run::{Definition, Run};

pub(in super::super) const FORMAT: Descriptor = Descriptor {
    format: Format {
        id: "k6-json",
        tool: "k6",
        title: "every point as JSON (`--out json`), `.gz` too",
        command: "k6 run --out json=results.json script.js",
        percentiles: Some(Definition::Linear),
        endings: &[],
    },
    recognise,
    read: How::Rows(open),
};

fn recognise(sniff: &Sniff<'_>) -> Option<String> {
    line::recognise(sniff.head)
}

fn open(opening: Opening<'_>) -> Box<dyn Sliced> {
    Box::new(Rows::new(Json::new(opening.name)))
}

const MILLION: u64 = 1_000_000;

/// A file during reading.
struct Json {
    points: Points,
    clock: Clock,
    /// The raw tags of the last request: its ten points have the same.
    last: Vec<u8>,
    /// Their content.
    request: Option<Request>,
}

impl Json {
    fn new(name: &str) -> Self {
        Self { points: Points::new(name), clock: Clock::default(), last: Vec::new(), request: None }
    }

    /// Fast path. Returns `None` without counting anything for the slow path.
    #[inline(always)]
    fn fast(&mut self, line: &[u8]) -> Option<()> {
        let framed = Framed::find(line)?;
        let metric = Metric::of(framed.name);
        if metric.is_left_out() {
            self.points.left_out(metric, framed.name);
            return Some(());
        }
        let pieces = framed.pieces()?;
        let moment = self.clock.read(pieces.time)?;
        let value = points::plain_millionths(pieces.value)?;
        match metric {
            Metric::Duration => {
                let request = self.request(pieces.tags)?;
                self.points.duration(request, Some(moment), value);
            }
            Metric::Failed if value == 0 => {
                let request = self.request(pieces.tags)?;
                self.points.judged(request);
            }
            Metric::Failed if value == MILLION => {
                let tags = line::tags(pieces.tags)?;
                let request = self.request(pieces.tags)?;
                self.points.failed(request, Some(moment), true, &tags);
            }
            Metric::Requests if value.is_multiple_of(MILLION) => {
                self.request(pieces.tags)?;
                self.points.requests(value / MILLION);
            }
            Metric::Users if value.is_multiple_of(MILLION) => {
                line::tags(pieces.tags)?;
                self.points.users(moment, value / MILLION);
            }
            Metric::Check if value == 0 || value == MILLION => {
                let tags = line::tags(pieces.tags)?;
                self.points.check(value > 0, &tags);
            }
            _ => return None,
        }
        Some(())
    }

    #[inline(always)]
    fn request(&mut self, text: &[u8]) -> Option<Request> {
        if let Some(request) = self.request
            && self.last == text
        {
            return Some(request);
        }
        let tags = line::tags(text)?;
        let request = self.points.request(&tags);
        self.last.clear();
        self.last.extend_from_slice(text);
        self.request = Some(request);
        Some(request)
    }

    /// Marks a rejected line as a point of a failed request if it is one.
    fn failing(&mut self, line: &[u8]) {
        let has = |text: &[u8]| memchr::memmem::find(line, text).is_some();
        if has(b"\"expected_response\":\"false\"") || has(b"\"http_req_failed\"") && has(b"\"value\":1") {
            self.points.losses().failing();
        }
    }

    /// Slow path: any line, by `serde_json`.
    fn any(&mut self, line: &[u8]) -> Result<(), String> {
        let point = match line::parse(line)? {
            Parsed::Point(point) => point,
            Parsed::Metric => {
                // Once in a run, before the first point.
                if memchr::memmem::find(line, b"\"metric\":\"http_reqs\"").is_some() {
                    self.points.losses().header();
                }
                return Ok(());
            }
            Parsed::Other if line::is_piece(line) => return Err("it is no point as k6 writes it".into()),
            Parsed::Other => {
                self.points.other_text(line.len());
                return Ok(());
            }
        };
        let metric = point.metric();
        if metric.is_left_out() {
            self.points.left_out(metric, point.name.as_bytes());
            return Ok(());
        }
        let value = points::of_number(point.value)
            .ok_or_else(|| format!("the value {} of {} is negative or too large", point.value, point.name))?;
        take(&mut self.points, metric, point.time.as_bytes(), value, &point.tags())
    }
}

/// Counts a point: `value` is in millionths.
pub(super) fn take(
    points: &mut Points,
    metric: Metric,
    time: &[u8],
    value: u64,
    tags: &Tags<'_>,
) -> Result<(), String> {
    let shown = value as f64 / 1e6;
    let is_whole = value.is_multiple_of(MILLION);
    let is_rate = value == 0 || value == MILLION;
    let moment = moment::parse(time);
    match metric {
        Metric::Duration => {
            if moment.is_none() {
                points.unread_moment(time);
            }
            let request = points.request(tags);
            points.duration(request, moment, value);
        }
        Metric::Failed if is_rate => {
            let request = points.request(tags);
            points.failed(request, moment, value > 0, tags);
        }
        Metric::Failed => return Err(format!("the value {shown} of http_req_failed is neither 0 nor 1")),
        Metric::Requests if is_whole => {
            points.request(tags);
            points.requests(value / MILLION);
        }
        Metric::Requests => return Err(format!("the value {shown} of http_reqs is no whole number")),
        Metric::Users if is_whole => points.users(moment.ok_or("the moment cannot be read")?, value / MILLION),
        Metric::Users => return Err(format!("the value {shown} of vus is no whole number")),
        Metric::Check if is_rate => points.check(value > 0, tags),
        Metric::Check => return Err(format!("the value {shown} of checks is neither 0 nor 1")),
        Metric::Common(_) | Metric::Other => {}
    }
    Ok(())
}

impl RowFormat for Json {
    fn delimiter(&self) -> Option<u8> {
        None
    }

    fn unquoted_row(&mut self, row: &[u8], line: u64) {
        if self.fast(row).is_none() {
            self.general_row(row, line, false);
        }
    }

    fn general_row(&mut self, row: &[u8], line: u64, is_last: bool) {
        let text = row.trim_ascii();
        let read = if text.starts_with(b"{") || line::is_piece(text) {
            self.any(text)
        } else {
            self.points.other_text(text.len());
            Ok(())
        };
        if let Err(why) = read {
            if is_last {
                self.cut(text, line);
            } else {
                self.points.losses().reject(line, None, why);
                self.failing(text);
            }
        }
    }

    fn broken(&mut self, line_text: &[u8], line: u64) {
        self.points.losses().reject(line, None, "it is longer than 1 MiB".into());
        self.failing(line_text);
    }

    fn cut(&mut self, line_text: &[u8], line: u64) {
        self.points.losses().cut(line);
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
        self.points.join(next.points, lines);
        self.request = None;
    }

    fn digest(&self) -> Run {
        self.points.digest()
    }

    fn imported(self) -> Result<Imported, Error> {
        self.points.imported()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A tag value in JSON spelling.
    fn value() -> impl Strategy<Value = String> {
        prop::sample::select(
            &[
                "GET",
                "/a",
                "/b?x=1\\u0026y=2",
                "",
                "\\\"q\\\"",
                "é",
                "\\u00e9",
                "\\ud83d\\ude00",
                "😀",
                "a\\\\",
                "0",
                "200",
                "500",
                "x\\ty",
                "\\/",
                "}}",
                "\\\"},\\\"metric\\\":\\\"vus",
                "bad\\x",
                "\\ud83d",
                "\\u12",
            ][..],
        )
        .prop_map(str::to_owned)
    }

    /// Lines that k6 writes, might write, and should not: other order of keys, blanks, escapes and duplicates of keys,
    /// other spellings of numbers and timestamps, cut lines.
    fn a_line() -> impl Strategy<Value = String> {
        let pick = |from: &'static [&'static str]| prop::sample::select(from);
        let metric = pick(&[
            "http_req_duration",
            "http_req_duration",
            "http_req_failed",
            "http_reqs",
            "vus",
            "checks",
            "http_req_duratio\\u006e",
        ]);
        let time = pick(&[
            "\"2026-11-24T14:16:33.06467258Z\"",
            "\"2026-11-24T14:16:33.064Z\"",
            "\"2026-11-24T14:16:34+05:30\"",
            "\"2026-11-24T14:16:33.\"",
            "\"2026-11-24T14:16:33\"",
            "\"2026-13-24T14:16:33Z\"",
            "\"\"",
            "1795529793",
            "null",
        ]);
        let number = pick(&[
            "0",
            "1",
            "1",
            "12.5",
            "0.000001",
            "25.937636",
            "1e-06",
            "01",
            "1.",
            "-1",
            "1e400",
            "\"1\"",
            "12345678901.5",
            "2",
        ]);
        let key = pick(&[
            "name",
            "method",
            "url",
            "status",
            "error",
            "error_code",
            "check",
            "service",
            "group",
            "na\\u006de",
        ]);
        let pairs = prop::collection::vec((key, value()), 0..5);
        let style = (0..8_u8, pick(&["", "", "", "", " "]), pick(&["", "", "", "", ",\"metadata\":{\"t\":\"x\"}"]));
        (metric, time, number, pairs, style, any::<prop::sample::Index>(), 0..12_u8).prop_map(
            |(metric, time, number, pairs, (order, blank, metadata), cut, cuts)| {
                let tags: Vec<String> =
                    pairs.iter().map(|(key, value)| format!("\"{key}\":{blank}\"{value}\"")).collect();
                let tags = tags.join(",");
                let data = match order {
                    7 => format!("\"value\":{number},\"time\":{time},\"tags\":{{{tags}}}{metadata}"),
                    6 => format!("\"time\":{time},\"value\":{number},\"tags\":null"),
                    _ => format!("\"time\":{time},\"value\":{number},\"tags\":{{{tags}}}{metadata}"),
                };
                let mut line = match order {
                    4 => format!("{{\"type\":\"Point\",\"data\":{{{data}}},\"metric\":\"{metric}\"}}"),
                    5 => format!("{{\"data\":{{{data}}},\"type\":\"Point\",\"metric\":\"{metric}\"}}"),
                    _ => format!("{{\"metric\":\"{metric}\",\"type\":\"Point\",\"data\":{{{data}}}}}"),
                };
                if cuts == 0 {
                    let mut at = cut.index(line.len());
                    while !line.is_char_boundary(at) {
                        at -= 1;
                    }
                    line.truncate(at);
                }
                line
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(600))]

        /// The fast path equals `serde_json`, line by line, after any lines.
        #[test]
        fn the_fast_path_equals_serde_json(lines in prop::collection::vec(a_line(), 1..12)) {
            let (mut fast, mut slow) = (Json::new("f"), Json::new("f"));
            for (at, line) in lines.iter().enumerate() {
                fast.unquoted_row(line.as_bytes(), at as u64 + 1);
                slow.general_row(line.as_bytes(), at as u64 + 1, false);
            }
            prop_assert_eq!(fast.points.run(), slow.points.run());
            let both = (fast.imported().map(|r| r.notes), slow.imported().map(|r| r.notes));
            prop_assert_eq!(both.0, both.1);
        }
    }

    /// Of k6's own lines, only metric descriptions take the slow path.
    #[test]
    fn own_lines_take_the_fast_path() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/k6");
        for version in ["0.57.0", "1.1.0"] {
            let text = std::fs::read_to_string(format!("{folder}/{version}/samples.json")).unwrap();
            let mut json = Json::new("f");
            for line in text.lines().filter(|line| !line.contains("\"type\":\"Metric\"")) {
                assert_eq!(json.fast(line.as_bytes()), Some(()), "{line}");
            }
        }
    }
}
