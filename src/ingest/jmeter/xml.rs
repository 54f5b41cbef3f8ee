//! JMeter's results file in XML (`jmeter.save.saveservice.output_format=xml`), as a stream.
//!
//! From JMeter's source (`SampleResultConverter`, `HTTPResultConverter`, `AssertionResultConverter`): a sample is a
//! `sample` or an `httpSample` with short attributes: `t` response time in milliseconds, `ts` its start, `s` success
//! (default true), `lb` label, `rc` (in old files `rs`) code, `rm` message, `by` bytes, `na` all threads, `sc` and `ec`
//! the number of samples and errors it represents. It contains assertions, texts, and the samples that it covers:
//! redirects, embedded resources, and those in a transaction ("Generate parent sample"). So the top-level samples are
//! the run. A transaction that contains its samples is one request; otherwise its samples are siblings, and it is not
//! in the total.
//!
//! In texts and values every `<` is escaped, so each one begins a tag. A file that JMeter could not end has no
//! `</testResults>`; its complete part is read.

use std::any::Any;

use memchr::{memchr, memchr2, memmem};

use super::super::content::Content;
use super::super::digits::{epoch_ms, whole};
use super::super::error::{Error, Problem};
use super::super::importer::{Descriptor, Format, How, Imported, Importer, Opening, Reached, Sliced, Sniff};
use super::super::labels::{self, Labels, OTHER};
use super::super::losses::Losses;
use super::super::mask::{BLOCK, mask};
use super::super::notes::decoded;
use super::super::text;
use super::super::text::clip;
use super::super::xml::{Attributes, name, unescaped};
use super::csv::{self, CONTROLLER, IN_TRANSACTION};
use super::notes;
use crate::run::recorder::{OTHER_ENDPOINTS, Sample, Simple, Slot};
use crate::run::time::{is_moment, is_moment_ms};
use crate::run::{Definition, Note, NoteLevel, Recorder, Run, Words};

pub(in super::super) const FORMAT: Descriptor = Descriptor {
    format: Format {
        id: "jmeter-xml",
        tool: "JMeter",
        title: "results XML (`.jtl`): every sample",
        command: "jmeter -n -t plan.jmx -l results.jtl -Jjmeter.save.saveservice.output_format=xml",
        percentiles: Some(Definition::Legacy),
        endings: &[],
    },
    recognise,
    read: How::Rows(open),
};

const NESTED: Words = Words {
    code: "samples-within-samples",
    level: NoteLevel::Info,
    text: "Did not count {0:sample|samples} within another one (in a transaction, redirects, embedded resources): the one \
           around them covers them.",
};

const ENDS_EARLY: Words = Words {
    code: "xml-ends-early",
    level: NoteLevel::Warning,
    text: "The file ends without `</testResults>`: JMeter was stopped, or the file is cut. Its complete samples were read.",
};

/// Maximum bytes of a tag; anything longer is not a tag.
const MAX_TAG_BYTES: usize = 256 << 10;

/// Maximum `>` in the values of a tag. JMeter escapes them.
const MAX_BRACKETS: usize = 16;

/// Maximum bytes kept of an assertion's message.
const MAX_MESSAGE_BYTES: usize = 2048;

/// Bytes appended at a time to complete a tag from an earlier chunk.
const APPENDED_BYTES: usize = 4096;

/// Samples per batch.
const BATCH: usize = 64;

fn recognise(sniff: &Sniff<'_>) -> Option<String> {
    let head = sniff.head.trim_ascii_start();
    let head = head.get(..4096).unwrap_or(head);
    let is_xml = head.starts_with(b"<?xml") || head.starts_with(b"<testResults");
    // Up to 2.0 a sample was a `sampleResult` with other attributes.
    let is_old = memmem::find(head, b"<sampleResult ").is_some()
        && [b"<sample ".as_slice(), b"<httpSample "].iter().all(|tag| memmem::find(head, tag).is_none());
    (is_xml && !is_old && memmem::find(head, b"<testResults").is_some()).then(|| "XML element testResults".into())
}

fn open(opening: Opening<'_>) -> Box<dyn Sliced> {
    Box::new(Xml {
        name: opening.name.to_owned(),
        recorder: Recorder::by(Definition::of_samples("JMeter")),
        labels: Labels::default(),
        batch: Vec::with_capacity(BATCH),
        counts: Counts::default(),
        depth: 0,
        pending: None,
        capture: None,
        skipped_to: None,
        day: (0, i64::MIN),
        is_closed: false,
        held: Vec::new(),
        wanted: 0,
        before: b'\n',
        lines: 0,
        at: 0,
        start: Some(0),
        last: u64::MAX,
        done: false,
    })
}

/// A file during reading.
struct Xml {
    name: String,
    recorder: Recorder,
    /// With escapes unresolved.
    labels: Labels,
    batch: Vec<Simple>,
    counts: Counts,
    /// Number of open samples.
    depth: usize,
    /// The open top-level sample.
    pending: Option<Pending>,
    /// The open text of an assertion.
    capture: Option<(Text, Vec<u8>)>,
    /// End of the open comment or CDATA section, in which nothing is a tag.
    skipped_to: Option<&'static [u8]>,
    /// The first five digits of the last timestamp, and their value.
    day: (u64, i64),
    /// `</testResults>` was read.
    is_closed: bool,
    /// The start of an incomplete tag.
    held: Vec<u8>,
    /// Bytes needed before the buffer is examined again.
    wanted: usize,
    /// The byte before the current data.
    before: u8,
    /// Line ends before `at`.
    lines: u64,
    /// Position of the current data in the file.
    at: u64,
    /// Start of the first sample; `None` until found.
    start: Option<u64>,
    /// The last position where a sample of this slice may begin.
    last: u64,
    done: bool,
}

/// Counts for the notes.
#[derive(Debug, Clone, Default)]
struct Counts {
    rows: u64,
    losses: Losses,
    /// Transactions that do not contain their samples, and one of them.
    controllers: u64,
    controller: Option<String>,
    /// All other samples.
    samples: u64,
    nested: u64,
    weighted_rows: u64,
    weighted_samples: u64,
    /// Samples without a timestamp.
    timeless: u64,
    decoded: bool,
}

/// A text to keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Text {
    /// Whether an assertion failed.
    Failure,
    Message,
}

/// A top-level sample.
struct Pending {
    label: u32,
    sample: Sample,
    is_controller: bool,
    /// Samples within it.
    nested: u64,
    code: Vec<u8>,
    message: Vec<u8>,
    /// The last assertion failed.
    has_failed: bool,
    /// Message of the first failed assertion.
    failure: Vec<u8>,
    /// Why the first sample within it failed.
    inner: Option<String>,
    /// Tags within it are indented, as JMeter writes them.
    is_indented: bool,
}

/// How to continue after a tag.
enum Step {
    To(usize),
    /// It is incomplete.
    More,
    /// It belongs to the next slice.
    Done,
}

/// A sample's attributes, raw.
#[derive(Default)]
struct Fields<'t> {
    elapsed: &'t [u8],
    start: &'t [u8],
    success: &'t [u8],
    label: &'t [u8],
    code: &'t [u8],
    message: &'t [u8],
    bytes: &'t [u8],
    threads: &'t [u8],
    samples: &'t [u8],
    errors: &'t [u8],
    is_open: bool,
}

impl<'t> Fields<'t> {
    #[inline]
    fn of(tag: &'t [u8]) -> Self {
        let mut fields = Self::default();
        let mut attributes = Attributes::new(tag);
        for (name, value) in attributes.by_ref() {
            let field = match name {
                b"t" => &mut fields.elapsed,
                b"ts" => &mut fields.start,
                b"s" => &mut fields.success,
                b"lb" => &mut fields.label,
                b"rc" | b"rs" => &mut fields.code,
                b"rm" => &mut fields.message,
                b"by" => &mut fields.bytes,
                b"na" => &mut fields.threads,
                b"sc" => &mut fields.samples,
                b"ec" => &mut fields.errors,
                _ => continue,
            };
            *field = value;
        }
        fields.is_open = attributes.is_open;
        fields
    }

    /// Fast path of [`Fields::of`] for a tag as JMeter writes it: one blank before each name, double quotes, no bracket
    /// in a value. `tag` may extend beyond its end. Returns the end of the tag, and whether it also ends the element.
    /// `None` for other or incomplete tags.
    #[inline]
    fn fast(tag: &'t [u8]) -> Option<(usize, Self, bool)> {
        let mut fields = Self::default();
        let mut at = match tag {
            [b'h', b't', b't', b'p', b'S', ..] => "httpSample".len(),
            _ => "sample".len(),
        };
        // After the last closed quote; the open one.
        let (mut begin, mut open) = (at, None);
        loop {
            let rest = tag.get(at..).filter(|rest| !rest.is_empty() && at < MAX_TAG_BYTES)?;
            let padded;
            let block = match rest.first_chunk::<BLOCK>() {
                Some(block) => block,
                None => {
                    let mut last = [0; BLOCK];
                    last.get_mut(..rest.len())?.copy_from_slice(rest);
                    padded = last;
                    &padded
                }
            };
            let quotes = mask(block, b'"');
            let mut signs = quotes | mask(block, b'>') | mask(block, b'<');
            while signs != 0 {
                let bit = signs.trailing_zeros();
                signs &= signs - 1;
                let place = at + bit as usize;
                match (quotes >> bit & 1 == 1, open.take()) {
                    (true, None) => open = Some(place),
                    (true, Some(from)) => {
                        let value = tag.get(from + 1..place)?;
                        match fields.named(tag.get(begin..from)?, tag.get(..from)?.last_chunk()?) {
                            Some(Some(field)) => *field = value,
                            Some(None) => {}
                            None => return None,
                        }
                        begin = place + 1;
                    }
                    (false, None) if tag.get(place) == Some(&b'>') => {
                        return match tag.get(begin..place)? {
                            b"" => Some((place, fields, false)),
                            b"/" => Some((place, fields, true)),
                            _ => None,
                        };
                    }
                    (false, _) => return None,
                }
            }
            at += BLOCK;
        }
    }

    /// The field of the attribute given as ` name=`, also as the last of eight bytes; `Some(None)` if it is not read,
    /// `None` for anything else.
    #[inline]
    fn named(&mut self, name: &[u8], eight: &[u8; 8]) -> Option<Option<&mut &'t [u8]>> {
        const fn key(name: [u8; 4]) -> u64 {
            u32::from_le_bytes(name) as u64
        }
        const T: u64 = key(*b" t=\0");
        const S: u64 = key(*b" s=\0");
        const TS: u64 = key(*b" ts=");
        const LB: u64 = key(*b" lb=");
        const RC: u64 = key(*b" rc=");
        const RS: u64 = key(*b" rs=");
        const RM: u64 = key(*b" rm=");
        const BY: u64 = key(*b" by=");
        const NA: u64 = key(*b" na=");
        const SC: u64 = key(*b" sc=");
        const EC: u64 = key(*b" ec=");
        let word = u64::from_le_bytes(*eight);
        Some(Some(match (name.len(), word >> 40, word >> 32) {
            (3, T, _) => &mut self.elapsed,
            (3, S, _) => &mut self.success,
            (4, _, TS) => &mut self.start,
            (4, _, LB) => &mut self.label,
            (4, _, RC | RS) => &mut self.code,
            (4, _, RM) => &mut self.message,
            (4, _, BY) => &mut self.bytes,
            (4, _, NA) => &mut self.threads,
            (4, _, SC) => &mut self.samples,
            (4, _, EC) => &mut self.errors,
            _ => {
                let name = name.strip_prefix(b" ")?.strip_suffix(b"=")?;
                return name.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_-.:".contains(byte)).then_some(None);
            }
        }))
    }

    fn has_failed(&self) -> bool {
        self.success.eq_ignore_ascii_case(b"false")
    }

    fn is_controller(&self) -> bool {
        self.message.starts_with(CONTROLLER)
    }

    fn cause(&self) -> String {
        csv::cause(&unescaped(self.code), &unescaped(self.message), b"")
    }
}

fn is_sample(name: &[u8]) -> bool {
    matches!(name, b"httpSample" | b"sample")
}

impl Xml {
    /// Reads all complete tags and the texts around them. Returns their number of bytes.
    fn consume(&mut self, data: &[u8]) -> usize {
        let mut at = 0;
        while let Some(rest) = data.get(at..) {
            if let Some(end) = self.skipped_to {
                let Some(found) = memmem::find(rest, end) else {
                    // The end may be cut here.
                    at = data.len().saturating_sub(end.len() - 1).max(at);
                    break;
                };
                (at, self.skipped_to) = (at + found + end.len(), None);
                continue;
            }
            let text = memchr(b'<', rest);
            if let Some((_, kept)) = &mut self.capture {
                let text = rest.get(..text.unwrap_or(rest.len())).unwrap_or_default();
                let room = MAX_MESSAGE_BYTES.saturating_sub(kept.len());
                kept.extend_from_slice(text.get(..room).unwrap_or(text));
            }
            let Some(text) = text else {
                at = data.len();
                break;
            };
            let open = at + text;
            match self.tag(data, open) {
                Step::To(next) => at = next,
                Step::More => {
                    at = open;
                    break;
                }
                Step::Done => {
                    at = open;
                    self.done = true;
                    break;
                }
            }
        }
        self.flush();
        let read = data.get(..at).unwrap_or_default();
        self.before = read.last().copied().unwrap_or(self.before);
        self.lines += memchr::memchr_iter(b'\n', read).count() as u64;
        self.at += at as u64;
        at
    }

    /// Reads the tag at `open`.
    #[inline]
    fn tag(&mut self, data: &[u8], open: usize) -> Step {
        if self.depth == 0 && self.at + open as u64 > self.last {
            return Step::Done;
        }
        let rest = data.get(open + 1..).unwrap_or_default();
        for (begin, end) in [(b"!--".as_slice(), b"-->".as_slice()), (b"![CDATA[", b"]]>")] {
            if rest.starts_with(begin) {
                self.text_ends();
                self.skipped_to = Some(end);
                return Step::To(open + 1 + begin.len());
            }
            if rest.len() < begin.len() && begin.starts_with(rest) && !rest.is_empty() {
                return Step::More;
            }
        }
        if (rest.starts_with(b"httpSample ") || rest.starts_with(b"sample "))
            && let Some((end, fields, is_whole)) = Fields::fast(rest)
        {
            self.begins(data, open, rest.get(..end).unwrap_or_default(), &fields, is_whole);
            return Step::To(open + end + 2);
        }
        let mut end = 0;
        for _ in 0..MAX_BRACKETS {
            end = match memchr2(b'<', b'>', rest.get(end..).unwrap_or_default()).map(|at| end + at) {
                None if rest.len() <= MAX_TAG_BYTES => return Step::More,
                Some(end) if end <= MAX_TAG_BYTES && rest.get(end) == Some(&b'>') => end,
                found => {
                    end = found.unwrap_or(rest.len());
                    break;
                }
            };
            if self.element(data, open, rest.get(..end).unwrap_or_default()) {
                return Step::To(open + end + 2);
            }
            // A `>` within a value.
            end += 1;
        }
        // Without an end, or too long.
        let tag = rest.get(..end).unwrap_or_default();
        if self.depth == 0 && is_sample(name(tag).0) {
            self.reject(data, open, tag, "the tag does not end".into());
        }
        Step::To(open + 1 + end)
    }

    /// Reads a tag between its brackets; `false` if it does not end there.
    #[inline]
    fn element(&mut self, data: &[u8], open: usize, tag: &[u8]) -> bool {
        if let Some(closing) = tag.strip_prefix(b"/") {
            self.text_ends();
            let closing = closing.trim_ascii();
            if is_sample(closing) {
                self.depth = self.depth.saturating_sub(1);
                if self.depth == 0 {
                    self.commit();
                }
            } else if closing == b"testResults" {
                self.depth = 0;
                self.commit();
                self.is_closed = true;
            }
            return true;
        }
        let (element, behind) = name(tag);
        if is_sample(element) {
            let fields = Fields::of(behind);
            if fields.is_open {
                return false;
            }
            self.begins(data, open, tag, &fields, behind.last() == Some(&b'/'));
            return true;
        }
        self.text_ends();
        if element == b"testResults" {
            // A file that JMeter appends to has one per run; the previous run may have no end.
            self.depth = 0;
            self.commit();
            self.is_closed = false;
            self.counts.losses.header();
            return true;
        }
        self.within(self.before(data, open));
        if self.depth == 1 && tag.last() != Some(&b'/') {
            self.capture = match element {
                b"failure" | b"error" => Some((Text::Failure, Vec::new())),
                b"failureMessage" => Some((Text::Message, Vec::new())),
                b"assertionResult" => {
                    self.pending.iter_mut().for_each(|pending| pending.has_failed = false);
                    None
                }
                _ => None,
            };
        }
        true
    }

    /// The byte before a position.
    #[inline]
    fn before(&self, data: &[u8], place: usize) -> u8 {
        place.checked_sub(1).and_then(|at| data.get(at)).copied().unwrap_or(self.before)
    }

    /// Begins a sample, at the top or nested.
    #[inline]
    fn begins(&mut self, data: &[u8], open: usize, tag: &[u8], fields: &Fields<'_>, is_whole: bool) {
        self.text_ends();
        if self.depth > 0 {
            let before = self.before(data, open);
            // The previous sample did not end where it should have.
            if before == b'\n' && self.pending.as_ref().is_some_and(|pending| pending.is_indented) {
                self.depth = 0;
                self.commit();
            }
            self.within(before);
        }
        if self.depth == 0 {
            self.sample(data, open, tag, fields);
            if is_whole {
                self.commit();
            }
        } else {
            self.counts.nested += 1;
            if let Some(pending) = &mut self.pending {
                pending.nested += 1;
                if pending.inner.is_none() && fields.has_failed() && !fields.is_controller() {
                    pending.inner = Some(fields.cause());
                }
            }
        }
        self.depth += usize::from(!is_whole);
    }

    /// Begins a tag within a sample.
    #[inline]
    fn within(&mut self, before: u8) {
        if self.depth > 0
            && let Some(pending) = &mut self.pending
        {
            pending.is_indented |= matches!(before, b' ' | b'\t');
        }
    }

    /// Ends a text of an assertion.
    #[inline]
    fn text_ends(&mut self) {
        let Some((what, text)) = self.capture.take() else { return };
        let Some(pending) = &mut self.pending else { return };
        match what {
            Text::Failure => pending.has_failed |= text.trim_ascii() == b"true",
            // JMeter writes the message after both.
            Text::Message if pending.has_failed && pending.failure.is_empty() => pending.failure = text,
            Text::Message => {}
        }
    }

    /// Begins a top-level sample.
    fn sample(&mut self, data: &[u8], open: usize, tag: &[u8], fields: &Fields<'_>) {
        let shown = |field: &[u8]| clip(&text::lenient(&unescaped(field)).0);
        let Some(elapsed) = whole(fields.elapsed).filter(|ms| u32::try_from(*ms).is_ok()) else {
            let why = format!("t “{}” is no whole number of milliseconds", shown(fields.elapsed));
            return self.reject(data, open, tag, why);
        };
        let has_failed = fields.has_failed();
        if !has_failed && !fields.success.is_empty() && !fields.success.eq_ignore_ascii_case(b"true") {
            let why = format!("s “{}” is neither true nor false", shown(fields.success));
            return self.reject(data, open, tag, why);
        }
        let requests = match fields.samples {
            b"" | b"1" => 1,
            weight => match whole(weight) {
                Some(requests) => requests,
                None => return self.reject(data, open, tag, format!("sc “{}” is no whole number", shown(weight))),
            },
        };
        let failures = match (requests, whole(fields.errors)) {
            (2.., Some(errors)) => errors.min(requests),
            _ => requests * u64::from(has_failed),
        };
        let slow = |field: &[u8]| whole(field).and_then(|ms| i64::try_from(ms).ok());
        let start_ms = epoch_ms(fields.start, &mut self.day).or_else(|| slow(fields.start));
        let start_ms = start_ms.filter(|ms| is_moment_ms(*ms));
        if start_ms.is_none() {
            if fields.start.is_empty() {
                self.counts.timeless += 1;
            } else {
                self.counts.losses.unread_moment(|| format!("“{}”", shown(fields.start)));
            }
        }
        self.counts.rows += 1;
        if requests > 1 {
            self.counts.weighted_rows += 1;
            self.counts.weighted_samples = self.counts.weighted_samples.saturating_add(requests);
        }
        let elapsed_ns = elapsed * 1_000_000;
        let kept = |field: &[u8]| {
            if failures > 0 { field.get(..MAX_MESSAGE_BYTES).unwrap_or(field).to_vec() } else { Vec::new() }
        };
        self.pending = Some(Pending {
            label: self.labels.number(labels::name(fields.label)),
            sample: Sample {
                end_ms: start_ms.map(|ms| ms.saturating_add_unsigned(elapsed)).filter(|ms| is_moment(*ms)),
                elapsed_ns: elapsed_ns / requests.max(1),
                sum_ns: elapsed_ns,
                requests,
                failures,
                // For several samples of which some failed, only the common mean is known.
                failed: Some(failures).filter(|failed| *failed == 0 || *failed == requests),
                bytes: whole(fields.bytes),
                users: whole(fields.threads),
            },
            is_controller: fields.is_controller(),
            nested: 0,
            code: kept(fields.code),
            message: kept(fields.message),
            has_failed: false,
            failure: Vec::new(),
            inner: None,
            is_indented: false,
        });
    }

    /// Ends a top-level sample.
    fn commit(&mut self) {
        let Some(pending) = self.pending.take() else { return };
        let Pending { label, sample, is_controller, nested, .. } = pending;
        let in_total = !is_controller || nested > 0;
        let slot = self.slot(label, in_total);
        if in_total {
            self.counts.samples = self.counts.samples.saturating_add(sample.requests);
        } else {
            self.counts.controllers += 1;
            if self.counts.controller.is_none() {
                self.counts.controller = self.labels.get(label).map(|l| text::lenient(&unescaped(&l.bytes)).0);
            }
        }
        if let (Some(end_ms), 1, 0) = (sample.end_ms, sample.requests, sample.failures)
            && let Ok(elapsed_ms) = u32::try_from(sample.sum_ns / 1_000_000)
        {
            let Sample { bytes, users, .. } = sample;
            self.batch.push(Simple { slot, end_ms, elapsed_ms, failed: false, bytes, users });
            if self.batch.len() >= BATCH {
                self.flush();
            }
            return;
        }
        self.recorder.record(slot, &sample);
        if sample.failures > 0 {
            let code = unescaped(&pending.code);
            let cause = match pending.inner {
                Some(inner) if is_controller => inner,
                _ => {
                    let message = unescaped(&pending.message);
                    let message = if is_controller { IN_TRANSACTION } else { &message };
                    csv::cause(&code, message, unescaped(&pending.failure).trim_ascii())
                }
            };
            self.recorder.failed(slot, &cause, sample.failures);
        }
    }

    fn flush(&mut self) {
        if !self.batch.is_empty() {
            self.recorder.record_all(&self.batch);
            self.batch.clear();
        }
    }

    #[inline]
    fn slot(&mut self, number: u32, in_total: bool) -> Slot {
        let known = self.labels.get(number);
        if let Some(slot) = known.and_then(|known| if in_total { known.slot } else { known.controller }) {
            return slot;
        }
        let (label, is_utf8) = known.map_or_else(Default::default, |known| text::lenient(&unescaped(&known.bytes)));
        self.counts.decoded |= !is_utf8 && number != OTHER;
        let slot = self.recorder.endpoint(None, if number == OTHER { OTHER_ENDPOINTS } else { &label }, in_total);
        if let Some(known) = self.labels.get_mut(number) {
            *(if in_total { &mut known.slot } else { &mut known.controller }) = Some(slot);
        }
        slot
    }

    #[cold]
    fn reject(&mut self, data: &[u8], open: usize, tag: &[u8], why: String) {
        let before = data.get(..open).unwrap_or_default();
        let line = self.lines + memchr::memchr_iter(b'\n', before).count() as u64 + 1;
        self.counts.rows += 1;
        self.counts.losses.reject(line, None, why);
        if memmem::find(tag, b" s=\"false\"").is_some() {
            self.counts.losses.failing();
        }
    }

    fn take(&mut self, mut bytes: &[u8]) {
        if self.start.is_none() {
            self.held.extend_from_slice(bytes);
            if !self.find_start() {
                return;
            }
            let held = std::mem::take(&mut self.held);
            return self.take(&held);
        }
        while !self.held.is_empty() && !self.done {
            let (now, later) = bytes.split_at_checked(APPENDED_BYTES.max(self.wanted)).unwrap_or((bytes, &[]));
            self.held.extend_from_slice(now);
            if self.held.len() < self.wanted {
                return;
            }
            let mut held = std::mem::take(&mut self.held);
            let consumed = self.consume(&held);
            let rest = held.len() - consumed;
            if rest <= now.len() {
                // The rest belongs to this chunk.
                bytes = bytes.get(now.len() - rest..).unwrap_or_default();
            } else {
                held.drain(..consumed);
                (self.wanted, self.held, bytes) = (held.len() * 2, held, later);
                if bytes.is_empty() {
                    return;
                }
            }
        }
        if self.done || bytes.is_empty() {
            return;
        }
        let consumed = self.consume(bytes);
        self.held = bytes.get(consumed..).unwrap_or_default().to_vec();
        self.wanted = self.held.len() * 2;
    }

    /// In the middle of a file: searches for the first sample at the start of a line. JMeter indents nested ones. If
    /// this is wrong, the slice is read again from the end of the previous one.
    fn find_start(&mut self) -> bool {
        // The longest of them, and the byte that must follow.
        const SEEN: usize = "\n<httpSample ".len();
        let mut from = 0;
        while let Some(at) = self.held.get(from..).and_then(|rest| memmem::find(rest, b"\n<")).map(|at| from + at) {
            let begin = at + 1;
            if self.at + begin as u64 > self.last {
                self.done = true;
                return false;
            }
            let rest = self.held.get(begin + 1..).unwrap_or_default();
            if rest.len() < SEEN {
                break;
            }
            if is_sample(name(rest.get(..SEEN).unwrap_or(rest)).0) {
                self.held.drain(..begin);
                self.at += begin as u64;
                self.start = Some(self.at);
                return true;
            }
            from = begin;
        }
        let keep = from.max(self.held.len().saturating_sub(SEEN + 2));
        self.held.drain(..keep);
        self.at += keep as u64;
        self.done |= self.at > self.last;
        false
    }

    /// Ends the file.
    fn end(&mut self) {
        let held = std::mem::take(&mut self.held);
        if self.done || self.start.is_none() {
            self.done = true;
            return;
        }
        let consumed = self.consume(&held);
        if self.done {
            return;
        }
        let rest = held.get(consumed..).unwrap_or_default();
        let tag = rest.get(1..).unwrap_or_default();
        // A tag with an incomplete name may be any.
        if self.depth == 0 && is_sample(name(tag).0) && tag.iter().any(u8::is_ascii_whitespace) {
            self.counts.rows += 1;
            self.counts.losses.cut(self.lines + 1);
            if memmem::find(tag, b" s=\"false\"").is_some() {
                self.counts.losses.failing();
            }
        }
        self.text_ends();
        self.commit();
        self.flush();
        self.depth = 0;
        self.at += rest.len() as u64;
        self.done = true;
    }

    fn notes(&self, has_cut: bool) -> Vec<Note> {
        let counts = &self.counts;
        let example = counts.controller.clone().unwrap_or_default();
        let (is_listed, is_alone) =
            (counts.controllers > 0 && counts.samples > 0, counts.controllers > 0 && counts.samples == 0);
        let weighted = || [counts.weighted_rows, counts.weighted_samples].map(Into::into);
        let listed = || [counts.controllers.into(), example.as_str().into()];
        let optional = [
            is_listed.then(|| Note::say(&self.name, &notes::TRANSACTIONS_LISTED, listed())),
            (counts.weighted_rows > 0).then(|| Note::say(&self.name, &notes::SEVERAL_PER_ROW, weighted())),
            counts.decoded.then(|| decoded(&self.name, "Windows-1252")),
            is_alone.then(|| Note::say(&self.name, &notes::CONTROLLERS_ALONE, [example.as_str().into()])),
            (counts.nested > 0).then(|| Note::say(&self.name, &NESTED, [counts.nested.into()])),
            (!self.is_closed && !has_cut).then(|| Note::say(&self.name, &ENDS_EARLY, [])),
        ];
        counts.losses.notes(&self.name).into_iter().chain(optional.into_iter().flatten()).collect()
    }

    fn dressed(&self, mut run: Run) -> Run {
        let timeless = self.counts.timeless;
        if self.counts.losses.unread_moments() > 0 || timeless > 0 && timeless < self.counts.rows {
            run.forget_rates();
        }
        run.notes.iter_mut().for_each(|note| note.file = Some(self.name.clone()));
        run
    }
}

impl Importer for Xml {
    fn push(&mut self, bytes: &[u8]) -> Result<(), Error> {
        if !self.done {
            self.take(bytes);
        }
        Ok(())
    }

    fn snapshot(&self) -> Option<Run> {
        Some(self.dressed(self.recorder.digest(self.counts.rows, self.counts.losses.lost())))
    }

    fn finish(mut self: Box<Self>) -> Result<Imported, Error> {
        self.end();
        let (rows, lost) = (self.counts.rows, self.counts.losses.lost());
        if rows == 0 {
            return Err(Error::new(&self.name, Problem::HeaderOnly));
        }
        if rows == lost {
            return Err(self.counts.losses.no_usable_row(&self.name, rows));
        }
        let run = self.recorder.take(rows, lost);
        let run = self.dressed(run);
        let has_cut = self.counts.losses.is_cut();
        let notes = self.notes(has_cut);
        Ok(Imported { content: Content::Results(Box::new(run)), version: None, notes, evidence: None })
    }
}

impl Sliced for Xml {
    fn slice(&mut self, from: u64, last: u64, is_exact: bool) {
        (self.at, self.last) = (from, last);
        self.start = is_exact.then_some(from);
    }

    fn reached(&self) -> Reached {
        Reached { start: self.start, end: self.at, done: self.done }
    }

    fn end_slice(&mut self) {
        self.end();
    }

    fn pack(&self) -> Option<Vec<u8>> {
        None
    }

    fn unpack(&mut self, _bytes: &[u8]) -> bool {
        false
    }

    fn join(&mut self, next: Box<dyn Sliced>) -> bool {
        let next: Box<dyn Any> = next;
        let Ok(next) = next.downcast::<Self>() else { return false };
        let mut next = *next;
        self.flush();
        next.flush();
        self.recorder.merge(&next.recorder);
        self.counts.join(next.counts, self.lines);
        self.lines += next.lines;
        self.is_closed |= next.is_closed;
        (self.depth, self.pending, self.capture) = (next.depth, next.pending, next.capture);
        self.skipped_to = next.skipped_to;
        (self.held, self.wanted, self.before) = (next.held, next.wanted, next.before);
        (self.at, self.last, self.done) = (next.at, next.last, next.done);
        true
    }
}

impl Counts {
    fn join(&mut self, next: Self, lines: u64) {
        self.rows += next.rows;
        self.losses.join(next.losses, lines);
        self.controllers += next.controllers;
        self.controller = self.controller.take().or(next.controller);
        self.samples = self.samples.saturating_add(next.samples);
        self.nested += next.nested;
        self.weighted_rows += next.weighted_rows;
        self.weighted_samples = self.weighted_samples.saturating_add(next.weighted_samples);
        self.timeless += next.timeless;
        self.decoded |= next.decoded;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn values<'t>(f: &Fields<'t>) -> [&'t [u8]; 10] {
        [f.elapsed, f.start, f.success, f.label, f.code, f.message, f.bytes, f.threads, f.samples, f.errors]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        /// The fast path reads the same as the slow path, or nothing.
        #[test]
        fn fast_tags_equal_general_tags(
            element in "httpSample|sample",
            attributes in prop::collection::vec(
                (
                    " | | | | | | |  |\n|", "t|ts|s|lb|rc|rs|rm|by|na|sc|ec|tn|x.y_z|t'", "=|=|=|=|=| =", "\"|\"|\"|\"|\"|'",
                    "[a-c0-9 '&;=/]{0,20}|>|<|\"",
                ),
                0..24,
            ),
            end in ">|/>| >|/ >|\">|",
            behind in "[a-z\"<>\n ]{0,80}",
        ) {
            let attributes: String =
                attributes.iter().map(|(blank, name, is, quote, value)| format!("{blank}{name}{is}{quote}{value}{quote}")).collect();
            let text = format!("{element}{attributes}{end}{behind}");
            let Some((at, fields, is_whole)) = Fields::fast(text.as_bytes()) else { return Ok(()) };
            prop_assert_eq!(text.find(['<', '>']), Some(at));
            prop_assert!(text.get(at..).is_some_and(|rest| rest.starts_with('>')));
            let (_, attributes) = name(text.get(..at).unwrap_or_default().as_bytes());
            let slow = Fields::of(attributes);
            prop_assert!(!slow.is_open);
            prop_assert_eq!(values(&fields), values(&slow), "{}", text);
            prop_assert_eq!(is_whole, attributes.last() == Some(&b'/'));
        }
    }

    /// JMeter's own tags take the fast path.
    #[test]
    fn jmeters_own_tags_take_the_fast_path() {
        let tag = b"httpSample t=\"55\" it=\"0\" lt=\"53\" ct=\"0\" ts=\"1795966682980\" s=\"true\" lb=\"a &gt; b\" rc=\"200\" \
            rm=\"OK\" tn=\"users 1-1\" dt=\"text\" by=\"183\" sc=\"1\" ec=\"0\" ng=\"1\" na=\"4\"/>";
        let found = Fields::fast(tag).map(|(end, fields, is_whole)| (end, fields.elapsed, fields.threads, is_whole));
        assert_eq!(found, Some((tag.len() - 1, b"55".as_slice(), b"4".as_slice(), true)));
    }
}
