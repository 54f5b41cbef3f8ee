//! HdrHistogram's interval log: one histogram per line, compressed, in base64.
//!
//! From HdrHistogram's source (`HistogramLogReader`, `AbstractHistogram.decodeFromByteBuffer`, `ZigZagEncoding`):
//! `[Tag=NAME,]start,length,max,histogram`. Start and length are seconds; start is relative to `#[BaseTime:`, or to
//! `#[StartTime:` if it is not an absolute time. A histogram is a cookie, a length and a zlib stream with a header and
//! counts by index: zigzag LEB128 in V2, where −n is a run of n zeros; words in V1 and V0, with the size in the cookie.
//! The file does not name the unit of the values. `max` is the largest value in another unit, usually milliseconds: the
//! ratio of the two gives the unit.

use std::collections::BTreeMap;
use std::io::Read as _;

use super::error::Error;
use super::importer::{Descriptor, Format, How, Imported, Input, Sniff};
use super::notes::APPENDED;
use super::summary::Summary;
use crate::base64::base64url_bytes;
use crate::run::recorder::OTHER_ENDPOINTS;
use crate::run::time::is_moment;
use crate::run::{
    ALL_REQUESTS, Definition, Distribution, Endpoint, Figure, HistogramBuilder, Interval, Latency, Note, NoteLevel,
    Run, Timeline, Words,
};

pub(super) const FORMAT: Descriptor = Descriptor {
    format: Format {
        id: "hdr-log",
        tool: "HdrHistogram",
        title: "histogram log (`#[Histogram log format version 1.…`)",
        command: "HistogramLogWriter, or `jHiccup -l results.hlog`",
        percentiles: Some(Definition::HdrHistogram),
        endings: &[],
    },
    recognise,
    read: How::Whole(read),
};

const UNIT: Words = Words {
    code: "hdr-unit",
    level: NoteLevel::Info,
    text: "The log does not name its unit. Its values were read as {0}: the largest is {1} times the maximum beside it. It \
           says nothing of failed requests.",
};

const UNIT_UNKNOWN: Words = Words {
    code: "hdr-unit-unknown",
    level: NoteLevel::Warning,
    text: "The log does not name its unit, and its maxima do not show it. Its values were read as {0}. It says nothing of \
           failed requests.",
};

/// Figures: largest value in seconds, rounded; length of the log.
const UNIT_TOO_LARGE: Words = Words {
    text: "The log does not name its unit. Read as {0}, a response time would be {1:second|seconds}, longer than the log \
           ({2:second|seconds}), so response times were left out. It says nothing of failed requests.",
    ..UNIT_UNKNOWN
};

/// Times before 2001 are relative to the start of the log.
const EARLIEST_MS: i64 = 1_000_000_000_000;

/// Maximum characters of a tag.
const MAX_TAG_CHARS: usize = 200;

/// Maximum tags with their own endpoint.
const MAX_TAGS: usize = 1000;

/// Maximum bytes of a histogram, unpacked.
const MAX_HISTOGRAM_BYTES: usize = 2 << 20;
/// Maximum bytes of all histograms of a file, unpacked.
const MAX_UNPACKED: usize = 1 << 30;

const FIRST: &str = "#[Histogram log format version 1.";

fn recognise(sniff: &Sniff<'_>) -> Option<String> {
    let is_first = |line: &str| line.trim_start().starts_with(FIRST);
    // The log may begin with a comment by the program that wrote it.
    let comments = sniff.text.lines().take_while(|line| line.is_empty() || line.starts_with('#'));
    comments.take(100).any(is_first).then(|| format!("line “{FIRST}…”"))
}

fn read(input: &Input<'_>) -> Result<Imported, Error> {
    // Two passes: the unit follows from the largest value of all.
    let mut largest = None;
    let mut finding = Lines::default();
    for line in input.text.lines() {
        if let Ok(Some(row)) = finding.row(line.trim())
            && let Some((value, ..)) = row.counts.last()
            && largest.is_none_or(|(known, _)| known < *value)
        {
            largest = Some((*value, row.max));
        }
    }
    let mut log = Log::new(Unit::of(largest));
    let (mut summary, mut lines, mut headers) = (Summary::new(input), Lines::default(), 0_u64);
    for (at, line) in input.text.lines().enumerate() {
        if line.trim_start().starts_with(FIRST) {
            headers += 1;
        }
        match lines.row(line.trim()) {
            Ok(Some(row)) => log.add(&row),
            Ok(None) => {}
            Err(why) => summary.reject(at as u64 + 1, 1, why),
        }
    }
    if headers > 1 {
        summary.note(Note::say(input.name, &APPENDED, [(headers - 1).into()]));
        log.is_appended = true;
    }
    log.finish(input, summary)
}

/// Iterates over the lines.
#[derive(Default)]
struct Lines {
    start_s: Option<f64>,
    base_s: Option<f64>,
    unpacked: usize,
}

/// The histogram of one line.
struct Row<'a> {
    tag: &'a str,
    /// Start and end, in seconds.
    time_s: (f64, f64),
    /// The largest value, in its own unit.
    max: f64,
    /// Counts by value: the largest equivalent value, and the middle one.
    counts: Vec<(u64, u64, u64)>,
}

impl Lines {
    fn row<'a>(&mut self, line: &'a str) -> Result<Option<Row<'a>>, String> {
        let seconds = |text: &str| text.trim_start().split([' ', ']']).next()?.parse::<f64>().ok();
        if let Some(rest) = line.strip_prefix("#[StartTime:") {
            self.start_s = seconds(rest);
        } else if let Some(rest) = line.strip_prefix("#[BaseTime:") {
            self.base_s = seconds(rest);
        }
        if line.is_empty() || line.starts_with(['#', '"']) {
            return Ok(None);
        }
        let (tag, rest) = line.strip_prefix("Tag=").and_then(|rest| rest.split_once(',')).unwrap_or(("", line));
        let mut fields = rest.splitn(4, ',');
        let mut number = || fields.next()?.trim().parse::<f64>().ok().filter(|number| number.is_finite());
        let (Some(start_s), Some(length_s), Some(max)) = (number(), number(), number()) else {
            return Err("the line has no start, length and maximum".into());
        };
        let packed = fields.next().unwrap_or_default().trim().trim_end_matches('=');
        let counts = decode(packed, &mut self.unpacked)?;
        let offset = match (self.base_s, self.start_s) {
            (Some(base), _) => base,
            // More than a year before the start: relative to it.
            (None, Some(start)) if start_s < start - 365.0 * 86_400.0 => start,
            _ => 0.0,
        };
        let begin = start_s + offset;
        Ok(Some(Row { tag, time_s: (begin, begin + length_s), max, counts }))
    }
}

/// The log during reading.
struct Log {
    unit: Unit,
    tags: BTreeMap<String, Times>,
    whole: Times,
    /// Start of the first histogram and end of the last.
    span_s: Option<(f64, f64)>,
    /// The file holds several runs.
    is_appended: bool,
}

impl Log {
    fn new(unit: Unit) -> Self {
        Self { unit, tags: BTreeMap::new(), whole: Times::default(), span_s: None, is_appended: false }
    }

    fn add(&mut self, row: &Row) {
        let tag: String = row.tag.chars().take(MAX_TAG_CHARS).collect();
        let is_kept = self.tags.len() < MAX_TAGS || self.tags.contains_key(&tag);
        let tag = if is_kept { tag } else { OTHER_ENDPOINTS.into() };
        self.tags.entry(tag).or_default().add(row, self.unit.ns);
        self.whole.add(row, self.unit.ns);
        let (begin, end) = row.time_s;
        let (from, to) = self.span_s.unwrap_or(row.time_s);
        self.span_s = Some((libm::fmin(from, begin), libm::fmax(to, end)));
    }

    fn finish(mut self, input: &Input<'_>, mut summary: Summary<'_>) -> Result<Imported, Error> {
        let duration_s = self.span_s.map(|(from, to)| to - from).filter(|s| *s > 0.0 && s.is_finite());
        // Without a start in the log, seconds count from its beginning.
        let started_ms = self.span_s.map(|(from, _)| (from * 1000.0) as i64);
        let started_ms = started_ms.filter(|ms| *ms >= EARLIEST_MS && is_moment(*ms));
        // A request starts and ends within the log.
        let largest_s = self.whole.histogram.build().max_ns().map_or(0.0, |ns| ns as f64 / 1e9);
        let too_large = duration_s.filter(|seconds| self.unit.ratio.is_none() && largest_s > *seconds);
        let note = match too_large {
            Some(seconds) => {
                self.tags.values_mut().chain([&mut self.whole]).for_each(Times::forget);
                let seconds = [largest_s, seconds].map(|s| Figure::Count(libm::round(s) as u64));
                let [largest, length] = seconds;
                Note::say(input.name, &UNIT_TOO_LARGE, [self.unit.name.into(), largest, length])
            }
            None => self.unit.note(input.name),
        };
        let are_offsets = self.is_appended && started_ms.is_none();
        let duration_s = duration_s.filter(|_| !are_offsets);
        if self.tags.len() == 1 {
            for (tag, times) in &self.tags {
                summary.only(times.endpoint(named(tag), duration_s));
            }
        } else if !self.tags.is_empty() {
            self.tags.iter().for_each(|(tag, times)| summary.push(times.endpoint(named(tag), duration_s)));
            summary.total(self.whole.endpoint("Total", duration_s));
        }
        let timeline = self.whole.timeline().filter(|_| !are_offsets);
        summary.note(note);
        summary.finish(Run { started_ms, duration_s, timeline, ..Run::default() }, None)
    }
}

fn named(tag: &str) -> &str {
    if tag.is_empty() { ALL_REQUESTS } else { tag }
}

/// The unit of the values.
#[derive(Clone, Copy)]
struct Unit {
    /// Nanoseconds.
    ns: u64,
    name: &'static str,
    ratio: Option<&'static str>,
}

impl Unit {
    /// From the largest value and the maximum of its line, which is in milliseconds, or in seconds if values are
    /// nanoseconds.
    fn of(largest: Option<(u64, f64)>) -> Self {
        let ratio = largest.filter(|(_, max)| *max > 0.0).map_or(0.0, |(value, max)| value as f64 / max);
        let known = [
            (1e9, 1, "nanoseconds", "1,000,000,000"),
            (1e6, 1, "nanoseconds", "1,000,000"),
            (1e3, 1000, "microseconds", "1,000"),
        ];
        let found = known.into_iter().find(|(times, ..)| (ratio / times - 1.0).abs() < 0.1);
        found.map_or(Self { ns: 1_000_000, name: "milliseconds", ratio: None }, |(_, ns, name, ratio)| Self {
            ns,
            name,
            ratio: Some(ratio),
        })
    }

    fn note(self, file: &str) -> Note {
        match self.ratio {
            Some(ratio) => Note::say(file, &UNIT, [self.name.into(), ratio.into()]),
            None => Note::say(file, &UNIT_UNKNOWN, [self.name.into()]),
        }
    }
}

/// Response times of one tag, or of all.
#[derive(Default)]
struct Times {
    histogram: HistogramBuilder,
    sum_ns: u128,
    intervals: BTreeMap<i64, Interval>,
    /// Requests are counted, but their response times are unknown.
    is_untimed: bool,
}

impl Times {
    fn add(&mut self, row: &Row, unit_ns: u64) {
        let (mut requests, mut sum_ns) = (0_u64, 0_u128);
        for (value, middle, count) in &row.counts {
            self.histogram.record_n(value.saturating_mul(unit_ns), *count);
            requests = requests.saturating_add(*count);
            let sum = u128::from(*middle).saturating_mul(unit_ns.into()).saturating_mul((*count).into());
            sum_ns = sum_ns.saturating_add(sum);
        }
        self.sum_ns = self.sum_ns.saturating_add(sum_ns);
        let (begin_s, end_s) = (libm::round(row.time_s.0) as i64, libm::round(row.time_s.1) as i64);
        let end_s = end_s.max(begin_s.saturating_add(1));
        let Ok(length_s) = u32::try_from(end_s.saturating_sub(begin_s)) else { return };
        if !is_moment(end_s.saturating_mul(1000)) {
            return;
        }
        let into = self.intervals.entry(end_s).or_default();
        let sum_ns = u128::from(into.sum_ns.unwrap_or_default()).saturating_add(sum_ns);
        into.end_s = end_s;
        into.length_s = into.length_s.max(length_s);
        into.requests = into.requests.saturating_add(requests);
        into.sum_ns = Some(sum_ns.into());
        into.mean_ms = (into.requests > 0).then(|| sum_ns as f64 / into.requests as f64 / 1e6);
    }

    /// Keeps the counts and drops the response times.
    fn forget(&mut self) {
        self.is_untimed = true;
        for interval in self.intervals.values_mut() {
            (interval.sum_ns, interval.mean_ms) = (None, None);
        }
    }

    fn timeline(&self) -> Option<Timeline> {
        let (mut intervals, mut before) = (Vec::new(), None);
        for interval in self.intervals.values() {
            // Trim the start of an interval that overlaps the previous one.
            let room = before.map_or(i64::MAX, |before: i64| interval.end_s.saturating_sub(before));
            let length_s = interval.length_s.min(u32::try_from(room).unwrap_or(u32::MAX));
            intervals.push(Interval { length_s, ..interval.clone() });
            before = Some(interval.end_s);
        }
        (!intervals.is_empty()).then(|| Timeline { intervals: intervals.into(), grid: None })
    }

    fn endpoint(&self, name: &str, duration_s: Option<f64>) -> Endpoint {
        let histogram = self.histogram.build();
        let ms = |ns: Option<u64>| ns.map(|ns| ns as f64 / 1e6);
        let requests = histogram.count();
        Endpoint {
            name: name.to_owned(),
            requests: Some(requests),
            latency: if self.is_untimed {
                Latency::default()
            } else {
                Latency {
                    mean_ms: (requests > 0).then(|| self.sum_ns as f64 / requests as f64 / 1e6),
                    sum_ns: Some(self.sum_ns),
                    min_ms: ms(histogram.min_ns()),
                    max_ms: ms(histogram.max_ns()),
                    timed: Some(requests),
                    distribution: Distribution::Samples(histogram),
                }
            },
            rate_per_s: duration_s.map(|seconds| requests as f64 / seconds),
            timeline: self.timeline(),
            ..Endpoint::default()
        }
    }
}

/// Reads from the front of a byte slice.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (array, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*array)
    }

    fn int(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    fn long(&mut self) -> Option<i64> {
        self.array().map(i64::from_be_bytes)
    }

    /// LEB128 of at most nine bytes, the ninth with eight bits; then zigzag.
    fn zigzag(&mut self) -> Option<i64> {
        let mut value = 0_u64;
        for at in 0..9 {
            let [byte] = self.array()?;
            if at == 8 {
                value |= u64::from(byte) << 56;
                break;
            }
            value |= u64::from(byte & 0x7f) << (7 * at);
            if byte & 0x80 == 0 {
                break;
            }
        }
        Some((value >> 1) as i64 ^ -((value & 1) as i64))
    }
}

/// Encodings of counts: base of the cookie, and of the compressed cookie.
const VERSIONS: [(u32, u32); 3] = [(0x1c84_9304, 0x1c84_9303), (0x1c84_9302, 0x1c84_9301), (0x1c84_9309, 0x1c84_9308)];

/// Decodes a packed histogram: the largest equivalent value, the middle one, and the count.
fn decode(packed: &str, unpacked: &mut usize) -> Result<Vec<(u64, u64, u64)>, String> {
    let url: String = packed
        .chars()
        .map(|c| {
            if c == '+' {
                '-'
            } else if c == '/' {
                '_'
            } else {
                c
            }
        })
        .collect();
    let bytes = base64url_bytes(&url).ok_or("the histogram is no base64")?;
    counts(&bytes, unpacked).ok_or_else(|| "the histogram cannot be unpacked".into())
}

fn counts(packed: &[u8], all_unpacked: &mut usize) -> Option<Vec<(u64, u64, u64)>> {
    // The bits in between are the word size.
    let base = |cookie: u32| cookie & !0xf0;
    let mut packed = Bytes(packed);
    let cookie = base(packed.int()?);
    let (_, inner) = VERSIONS.into_iter().find(|(outer, _)| *outer == cookie)?;
    let length = usize::try_from(packed.int()?).ok()?;
    let stream = packed.0.get(..length)?;
    let mut unpacked = Vec::new();
    let most = MAX_UNPACKED.checked_sub(*all_unpacked)?.min(MAX_HISTOGRAM_BYTES);
    flate2::read::ZlibDecoder::new(stream).take(most as u64).read_to_end(&mut unpacked).ok()?;
    *all_unpacked += unpacked.len();
    let mut bytes = Bytes(&unpacked);
    let cookie = bytes.int()?;
    if base(cookie) != inner {
        return None;
    }
    let is_v0 = inner == 0x1c84_9308;
    let length = if is_v0 { None } else { Some((usize::try_from(bytes.int()?).ok()?, bytes.int()?).0) };
    let digits = bytes.int()?;
    let (lowest, _highest) = (bytes.long()?, bytes.long()?);
    // The ratio to doubles; in V0 the total count.
    bytes.long()?;
    let scale = Scale::of(digits, lowest)?;
    let mut counts = Bytes(length.map_or(Some(bytes.0), |length| bytes.0.get(..length))?);
    let word = cookie >> 4 & 0xe;
    let is_zigzag = inner == 0x1c84_9303 || word == 0;
    let (mut all, mut index) = (Vec::new(), 0_u64);
    while !counts.0.is_empty() {
        let count = match word {
            _ if is_zigzag => counts.zigzag()?,
            2 => i16::from_be_bytes(counts.array()?).into(),
            4 => i32::from_be_bytes(counts.array()?).into(),
            _ => counts.long()?,
        };
        if count < 0 {
            if !is_zigzag {
                return None;
            }
            index = index.checked_add(count.unsigned_abs())?;
            continue;
        }
        if count > 0 {
            let (low, width) = scale.value(index)?;
            all.push((low.checked_add(width - 1)?, low.checked_add(width / 2)?, count.unsigned_abs()));
        }
        index = index.checked_add(1)?;
    }
    Some(all)
}

/// Maps indices to values.
#[derive(Clone, Copy)]
struct Scale {
    /// Values in half a bucket, and the smallest step, as powers of two.
    half: u32,
    unit: u32,
}

impl Scale {
    fn of(digits: u32, lowest: i64) -> Option<Self> {
        let lowest = u64::try_from(lowest).ok().filter(|lowest| *lowest > 0)?;
        let single = 2 * 10_u64.checked_pow(digits.min(5))?;
        let half = single.next_power_of_two().trailing_zeros().saturating_sub(1);
        (digits <= 5).then_some(Self { half, unit: lowest.ilog2() })
    }

    /// The smallest value of an index, and the size of its range.
    fn value(self, index: u64) -> Option<(u64, u64)> {
        let bucket = index >> self.half;
        let in_half = index & ((1 << self.half) - 1);
        let (bucket, sub) = if bucket == 0 { (0, in_half) } else { (bucket - 1, in_half + (1 << self.half)) };
        let shift = u32::try_from(bucket).ok()?.checked_add(self.unit)?;
        let width = 1_u64.checked_shl(shift)?;
        Some((sub.checked_mul(width)?, width))
    }
}
