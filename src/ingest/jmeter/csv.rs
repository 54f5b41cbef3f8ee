//! CSV rows to samples.
//!
//! Nearly every row is a successful sample without quotes: those are read in place, eight bytes at a time, without a copy.
//! All others (failed, quoted, with a moment in text, several samples in one) go a careful way that splits the row into
//! fields first. Both give the same; a property test holds them to it.

use memchr::memchr;

use super::super::error::{Error, Problem};
use super::super::mask::{BLOCK, mask};
use super::super::rows::{Fields, LONGEST, RowFormat};
use super::super::stream::{Opening, Options};
use super::super::text;
use super::super::{Content, Reading};
use super::labels::{self, Labels, OTHER};
use super::layout::Layout;
use super::recent::{LOOK_BACK, Recent, Seen};
use super::time;
use crate::run::recorder::{OTHER_ENDPOINTS, Sample, Slot};
use crate::run::{Note, NoteKind, Recorder, Run};
use crate::wire::{Wire, from_bytes, to_bytes, wire_struct};

/// What the message of a transaction controller begins with.
const CONTROLLER: &[u8] = b"Number of samples in transaction";

/// Labels that agree in so many bytes are one.
const LONGEST_LABEL: usize = 2048;

/// The fast way can pass by fewer columns.
const MOST_COLUMNS: usize = 24;

/// A results file while it is read.
pub(in super::super) struct Jtl {
    name: String,
    layout: Layout,
    options: Options,
    last_needed: usize,
    ends: Ends,
    fields: Fields,
    labels: Labels,
    recorder: Recorder,
    recent: Recent,
    undecided: Vec<Undecided>,
    counts: Counts,
    /// The first five digits of the last moment, and what they stand for.
    day: (u64, i64),
}

/// What the notes tell.
#[derive(Debug, Clone, Default)]
struct Counts {
    rows: u64,
    rejected: u64,
    first_rejection: Option<(u64, String)>,
    cut: Option<u64>,
    controllers: u64,
    controller: Option<String>,
    /// Samples, transaction controllers apart.
    samples: u64,
    sub_results: u64,
    weighted_rows: u64,
    weighted_samples: u64,
    unread_moments: u64,
    first_unread: Option<String>,
    local: Option<&'static str>,
    decoded: bool,
}

/// A row that may be a sub-result of a page before the beginning of this slice.
struct Undecided {
    /// Rows of this slice before it.
    before: u64,
    label: u32,
    thread: u64,
    start_ms: i64,
    row: Row,
}

/// A row's sample with its place.
struct Row {
    slot: Slot,
    sample: Sample,
    cause: Option<String>,
}

wire_struct! {
    Jtl {
        name, layout, options, last_needed, ends, fields, labels, recorder, recent, undecided, counts, day,
    }
    Counts {
        rows, rejected, first_rejection, cut, controllers, controller, samples, sub_results, weighted_rows,
        weighted_samples, unread_moments, first_unread, local, decoded,
    }
    Undecided { before, label, thread, start_ms, row }
    Row { slot, sample, cause }
}

/// Nothing of a row that was read is needed any more.
impl Wire for Ends {
    fn put(&self, _out: &mut Vec<u8>) {}

    fn take(_from: &mut &[u8]) -> Option<Self> {
        Some(Self::default())
    }
}

impl Jtl {
    pub(super) fn new(opening: Opening<'_>) -> Self {
        let layout = Layout::find(opening.head).unwrap_or_default();
        Self {
            name: opening.name.to_owned(),
            options: opening.options,
            last_needed: layout.last_needed(),
            layout,
            ends: Ends::default(),
            fields: Fields::default(),
            labels: Labels::default(),
            recorder: Recorder::default(),
            recent: Recent::default(),
            undecided: Vec::new(),
            counts: Counts::default(),
            day: (0, i64::MIN),
        }
    }

    /// The fast way: reads the row at `start` and gives its line end. `None`, and nothing is counted, where the row has to
    /// go the other.
    #[inline]
    fn fast(&mut self, data: &[u8], start: usize, quote: usize, cr: usize) -> Option<usize> {
        let layout = &self.layout;
        let newline = self.ends.fill(data, start, self.last_needed, layout.delimiter)?;
        if newline >= quote || newline - start > LONGEST || (cr < newline && cr + 1 != newline) {
            return None;
        }
        let ends = &self.ends;
        // The row's end is the last field's.
        let end = newline.min(cr);
        let bounds = |column: usize| {
            let from = column.checked_sub(1).map_or(start, |before| ends.get(before) + 1);
            (from, ends.get(column).min(end))
        };
        // Where the row has fewer columns than are needed, the last one would begin beyond its end.
        if bounds(self.last_needed).0 > end {
            return None;
        }
        let field = |column: usize| {
            let (from, to) = bounds(column);
            data.get(from..to)
        };
        let number = |column: usize| {
            let (from, to) = bounds(column);
            number(data, from, to)
        };
        if field(layout.success?)? != b"true" {
            return None;
        }
        let elapsed_ms = u32::try_from(number(layout.elapsed)?).ok()?;
        let start_ms = epoch_ms(field(layout.time?)?, &mut self.day)?;
        let label = name(field(layout.label?)?);
        let thread = match layout.thread {
            Some(column) => labels::hash(field(column)?),
            None => 0,
        };
        if let Some(column) = layout.message
            && field(column)?.starts_with(CONTROLLER)
        {
            return None;
        }
        if let Some(column) = layout.samples
            && field(column)? != b"1"
        {
            return None;
        }
        let optional = |column: Option<usize>| match column {
            // A column that is there and empty, or no number, is for the careful way.
            Some(column) => number(column).map(Some),
            None => Some(None),
        };
        let (bytes, users) = (optional(layout.bytes)?, optional(layout.threads)?);
        let end_ms = start_ms + i64::from(elapsed_ms);
        let label = self.labels.number(label);
        let known = self.labels.get(label)?;
        let slot = known.slot?;
        let is_page = known.page.is_none();
        self.counts.rows += 1;
        self.counts.samples += 1;
        if is_page || thread == 0 {
            self.recorder.record_ms(slot, end_ms, elapsed_ms, false, bytes, users);
        } else {
            let sample = Sample { bytes, users, ..Sample::one(Some(end_ms), u64::from(elapsed_ms) * 1_000_000, false) };
            self.maybe_sub_result(label, thread, start_ms, Row { slot, sample, cause: None });
        }
        if thread != 0 {
            self.recent.push(Seen { thread, label, start_ms, end_ms });
        }
        Some(newline)
    }

    /// A sample whose label is a page's with a number behind it: is it a part of that page?
    fn maybe_sub_result(&mut self, label: u32, thread: u64, start_ms: i64, row: Row) {
        let page = self.labels.get(label).and_then(|l| self.labels.known(l.bytes.get(..l.page?)?));
        let covered = page.is_some_and(|page| self.recent.covers(thread, page, start_ms, LOOK_BACK));
        if covered {
            self.counts.sub_results += row.sample.requests;
            if !self.options.collapse_sub_results {
                self.record(row);
            }
        } else if self.recent.count() < LOOK_BACK as u64 {
            self.undecided.push(Undecided { before: self.recent.count(), label, thread, start_ms, row });
        } else {
            self.record(row);
        }
    }

    fn record(&mut self, row: Row) {
        self.recorder.record(row.slot, &row.sample);
        if let Some(cause) = row.cause {
            self.recorder.failed(row.slot, &cause, row.sample.failures);
        }
    }

    /// The careful way: a row as fields.
    fn sample(&mut self, fields: &Fields) -> Result<(), (usize, String)> {
        let layout = self.layout.clone();
        let field = |column: Option<usize>| column.and_then(|c| fields.get(c)).unwrap_or_default().trim_ascii();
        let shown = |column: usize| String::from_utf8_lossy(field(Some(column))).chars().take(60).collect::<String>();
        let elapsed = whole(field(Some(layout.elapsed))).filter(|ms| u32::try_from(*ms).is_ok());
        let elapsed = elapsed.ok_or_else(|| {
            (layout.elapsed, format!("elapsed “{}” is no whole number of milliseconds", shown(layout.elapsed)))
        })?;
        let code = field(layout.code);
        let failed = match layout.success {
            Some(column) => match field(Some(column)) {
                t if t.eq_ignore_ascii_case(b"true") => false,
                f if f.eq_ignore_ascii_case(b"false") => true,
                _ => return Err((column, format!("success “{}” is neither true nor false", shown(column)))),
            },
            // 1xx to 3xx are successes.
            None => !code.is_empty() && whole(code).is_none_or(|code| code >= 400),
        };
        if let Some(column) = layout.label
            && fields.len() <= column
        {
            return Err((column, "there is no label".into()));
        }
        let requests = match layout.samples {
            Some(_) if field(layout.samples).is_empty() => 1,
            Some(column) => whole(field(Some(column)))
                .ok_or_else(|| (column, format!("SampleCount “{}” is no whole number", shown(column))))?,
            None => 1,
        };
        let failures = match (requests, layout.errors.and_then(|c| whole(field(Some(c))))) {
            (2.., Some(errors)) => errors.min(requests),
            _ => {
                if failed {
                    requests
                } else {
                    0
                }
            }
        };
        let moment = field(layout.time);
        let start_ms = match layout.time {
            None => None,
            Some(_) => {
                let ms = whole(moment).and_then(|ms| i64::try_from(ms).ok()).filter(|ms| *ms < 1 << 53);
                let ms = ms.or_else(|| {
                    let moment = time::parse(moment)?;
                    self.counts.local = self.counts.local.or(moment.local);
                    Some(moment.ms)
                });
                if ms.is_none() {
                    self.counts.unread_moments += 1;
                    let what = || format!("“{}”", shown(layout.time.unwrap_or(0)));
                    self.counts.first_unread.get_or_insert_with(what);
                }
                ms
            }
        };
        let is_controller = field(layout.message).starts_with(CONTROLLER);
        // The label as it stands, blanks included.
        let label = name(layout.label.and_then(|c| fields.get(c)).unwrap_or_default());
        let number = self.labels.number(label);
        let slot = self.slot(number, label, is_controller);
        let elapsed_ns = elapsed * 1_000_000;
        let end_ms = start_ms.map(|ms| ms.saturating_add_unsigned(elapsed));
        let each_ns = elapsed_ns / requests.max(1);
        let sample = Sample {
            end_ms,
            elapsed_ns: each_ns,
            sum_ns: elapsed_ns,
            requests,
            failures,
            bytes: whole(field(layout.bytes)),
            users: whole(field(layout.threads)),
        };
        if requests > 1 {
            self.counts.weighted_rows += 1;
            self.counts.weighted_samples = self.counts.weighted_samples.saturating_add(requests);
        }
        let cause = (failures > 0 && !is_controller).then(|| cause(code, field(layout.message), field(layout.failure)));
        let row = Row { slot, sample, cause };
        let thread = layout.thread.and_then(|c| fields.get(c)).map_or(0, labels::hash);
        if is_controller {
            self.counts.controllers += 1;
            if self.counts.controller.is_none() {
                self.counts.controller = Some(text::lenient(label).0);
            }
            self.record(row);
        } else {
            self.counts.samples = self.counts.samples.saturating_add(requests);
            let may_be_part = self.labels.get(number).is_some_and(|l| l.page.is_some());
            match start_ms.filter(|_| may_be_part && thread != 0) {
                Some(start_ms) => self.maybe_sub_result(number, thread, start_ms, row),
                None => self.record(row),
            }
        }
        // A controller's row is behind those of its requests: it is the page of none.
        let thread = if is_controller { u64::MAX } else { thread };
        let start_ms = start_ms.unwrap_or(i64::MIN);
        if layout.thread.is_some() {
            self.recent.push(Seen { thread, label: number, start_ms, end_ms: end_ms.unwrap_or(i64::MIN) });
        }
        Ok(())
    }

    fn slot(&mut self, number: u32, label: &[u8], is_controller: bool) -> Slot {
        if let Some(known) = self.labels.get(number)
            && let Some(slot) = if is_controller { known.controller } else { known.slot }
        {
            return slot;
        }
        let (name, is_utf8) = text::lenient(label);
        self.counts.decoded |= !is_utf8;
        let name = if number == OTHER { OTHER_ENDPOINTS } else { &name };
        let slot = self.recorder.endpoint(None, name, !is_controller);
        if let Some(known) = self.labels.get_mut(number) {
            *(if is_controller { &mut known.controller } else { &mut known.slot }) = Some(slot);
        }
        slot
    }

    fn reject(&mut self, line: u64, why: String) {
        self.counts.rejected += 1;
        self.counts.first_rejection.get_or_insert((line, why));
    }

    fn notes(&self) -> Vec<Note> {
        let counts = &self.counts;
        let mut kinds = Vec::new();
        if let Some((_, first)) = &counts.first_rejection {
            kinds.push(NoteKind::RowsRejected { count: counts.rejected, first: first.clone() });
        }
        if let Some(line) = counts.cut {
            kinds.push(NoteKind::CutRow { line });
        }
        if let Some(example) = &counts.controller {
            kinds.push(NoteKind::TransactionsListed { rows: counts.controllers, example: example.clone() });
        }
        if counts.sub_results > 0 {
            let left_out = self.options.collapse_sub_results;
            kinds.push(NoteKind::SubResults { rows: counts.sub_results, all: counts.samples, left_out });
        }
        if counts.weighted_rows > 0 {
            kinds.push(NoteKind::SeveralPerRow { rows: counts.weighted_rows, samples: counts.weighted_samples });
        }
        if let Some(first) = &counts.first_unread {
            kinds.push(NoteKind::MomentsUnread { rows: counts.unread_moments, first: first.clone() });
        }
        if let Some(pattern) = counts.local {
            kinds.push(NoteKind::MomentsLocal { pattern });
        }
        if counts.decoded {
            kinds.push(NoteKind::Decoded { from: "Windows-1252" });
        }
        if self.layout.success.is_none() && self.layout.code.is_some() {
            kinds.push(NoteKind::NoSuccessColumn);
        }
        kinds.into_iter().map(|kind| Note::about(&self.name, kind)).collect()
    }

    /// What could not be decided is none: no page covers it.
    fn decide(&mut self) {
        for undecided in std::mem::take(&mut self.undecided) {
            self.record(undecided.row);
        }
    }
}

impl RowFormat for Jtl {
    fn delimiter(&self) -> Option<u8> {
        Some(self.layout.delimiter)
    }

    fn many(&mut self, data: &[u8], mut start: usize, quote: usize, mut cr: usize, last: usize) -> (usize, u64) {
        let mut rows = 0;
        while start <= last {
            if cr < start {
                cr = data.get(start..).and_then(|rest| memchr(b'\r', rest)).map_or(data.len(), |at| start + at);
            }
            let Some(newline) = self.fast(data, start, quote, cr) else { break };
            (start, rows) = (newline + 1, rows + 1);
        }
        (start, rows)
    }

    fn plain(&mut self, row: &[u8], line: u64) {
        self.careful(row, line, false);
    }

    fn careful(&mut self, row: &[u8], line: u64, is_last: bool) {
        let mut fields = std::mem::take(&mut self.fields);
        fields.split(row, self.layout.delimiter);
        let is_blank = fields.iter().all(|f| f.trim_ascii().is_empty());
        let is_header = || self.layout.header.as_ref().is_some_and(|h| h.trim_ascii() == row.trim_ascii());
        if is_last && fields.len() < self.layout.columns && !is_header() {
            self.cut(line);
        } else if !is_blank {
            self.counts.rows += 1;
            if let Err((column, why)) = self.sample(&fields) {
                // Files that were put together have the header again.
                if self.layout.header.as_ref().is_some_and(|h| h.trim_ascii() == row.trim_ascii()) {
                    self.counts.rows -= 1;
                } else {
                    self.reject(line, format!("line {line}, column {}: {why}.", column + 1));
                }
            }
        }
        self.fields = fields;
    }

    fn broken(&mut self, line_text: &[u8], line: u64) {
        self.counts.rows += 1;
        let (shown, _) = text::lenient(line_text.get(..60).unwrap_or(line_text));
        self.reject(line, format!("line {line}: the row's quotes do not close (“{shown}…”)."));
    }

    fn cut(&mut self, line: u64) {
        self.counts.cut = Some(line);
    }

    fn looks_like_row(&self, rest: &[u8]) -> bool {
        let line = rest.split(|b| matches!(b, b'\n' | b'\r')).next().unwrap_or_default();
        let mut fields = line.split(|b| *b == self.layout.delimiter);
        let time = self.layout.time.and_then(|c| fields.clone().nth(c)).unwrap_or_default();
        let elapsed = fields.nth(self.layout.elapsed).unwrap_or_default();
        whole(elapsed).is_some() && (self.layout.time.is_none() || whole(time).is_some() || time::parse(time).is_some())
    }

    fn pack(&self) -> Option<Vec<u8>> {
        Some(to_bytes(self))
    }

    fn unpack(bytes: &[u8]) -> Option<Self> {
        from_bytes(bytes)
    }

    fn join(&mut self, next: Self, lines: u64) {
        // What the other slice calls its labels, here.
        let numbers: Vec<u32> = next.labels.iter().map(|label| self.labels.number(&label.bytes)).collect();
        let number = |theirs: u32| numbers.get(theirs as usize).copied().unwrap_or(OTHER);
        let mut undecided = Vec::new();
        for mut row in next.undecided {
            let back = (LOOK_BACK as u64).saturating_sub(row.before) as usize;
            let name = next.labels.get(row.label).map(|l| l.bytes.clone()).unwrap_or_default();
            row.label = number(row.label);
            let page =
                next.labels.iter().find(|l| l.bytes == name).and_then(|l| self.labels.known(name.get(..l.page?)?));
            // Its endpoint has another place here.
            row.row.slot = self.slot(row.label, &name, false);
            let covered = page.is_some_and(|page| self.recent.covers(row.thread, page, row.start_ms, back));
            undecided.push((row, covered));
        }
        let before = self.recent.count();
        self.recent.join(&next.recent, number);
        self.recorder.merge(&next.recorder);
        // Labels whose endpoints the merge has made.
        for label in next.labels.iter() {
            for (there, is_controller) in [(label.slot, false), (label.controller, true)] {
                if there.is_some() {
                    let mine = self.labels.number(&label.bytes);
                    self.slot(mine, &label.bytes, is_controller);
                }
            }
        }
        self.counts.join(next.counts, lines);
        for (mut row, covered) in undecided {
            if covered {
                self.counts.sub_results += row.row.sample.requests;
                if !self.options.collapse_sub_results {
                    self.record(row.row);
                }
            } else if before + row.before < LOOK_BACK as u64 {
                row.before += before;
                self.undecided.push(row);
            } else {
                self.record(row.row);
            }
        }
    }

    fn run(&self) -> Run {
        let mut run = self.recorder.run(self.counts.rows, self.counts.rejected);
        if self.layout.success.is_none() && self.layout.code.is_none() {
            // Nothing says which failed.
            for endpoint in run.endpoints.iter_mut().chain(&mut run.total) {
                (endpoint.failures, endpoint.failures_per_s) = (None, None);
            }
        }
        if self.counts.unread_moments > 0 {
            for endpoint in run.endpoints.iter_mut().chain(&mut run.total) {
                (endpoint.span_ms, endpoint.rate_per_s, endpoint.failures_per_s) = (None, None, None);
            }
        }
        run.notes.iter_mut().for_each(|note| note.file = Some(self.name.clone()));
        run
    }

    fn reading(mut self) -> Result<Reading, Error> {
        self.decide();
        if self.counts.rows == 0 {
            return Err(Error::new(&self.name, Problem::HeaderOnly));
        }
        if self.counts.rows == self.counts.rejected {
            let (line, first) = self.counts.first_rejection.clone().unwrap_or_default();
            let problem = Problem::NoUsableRow { rows: self.counts.rows, first };
            return Err(Error::new(&self.name, problem).at(line, 1));
        }
        let run = self.run();
        Ok(Reading { content: Content::Results(Box::new(run)), version: None, notes: self.notes(), format: None })
    }
}

impl Counts {
    fn join(&mut self, next: Self, lines: u64) {
        self.rows += next.rows;
        self.rejected += next.rejected;
        if self.first_rejection.is_none()
            && let Some((line, why)) = next.first_rejection
        {
            // The line is a line of the slice.
            let (there, here) = (format!("line {line}"), format!("line {}", line + lines));
            self.first_rejection = Some((line + lines, why.replacen(&there, &here, 1)));
        }
        self.cut = self.cut.or(next.cut.map(|line| line + lines));
        self.controllers += next.controllers;
        self.controller = self.controller.take().or(next.controller);
        self.samples = self.samples.saturating_add(next.samples);
        self.sub_results = self.sub_results.saturating_add(next.sub_results);
        self.weighted_rows += next.weighted_rows;
        self.weighted_samples = self.weighted_samples.saturating_add(next.weighted_samples);
        self.unread_moments += next.unread_moments;
        self.first_unread = self.first_unread.take().or(next.first_unread);
        self.local = self.local.or(next.local);
        self.decoded |= next.decoded;
    }
}

/// A label that can be kept: its first [`LONGEST_LABEL`] bytes, up to the end of a character.
#[inline]
fn name(label: &[u8]) -> &[u8] {
    if label.len() <= LONGEST_LABEL {
        return label;
    }
    let ends = (LONGEST_LABEL - 3..=LONGEST_LABEL).rev();
    let mut at_characters = ends.filter(|at| label.get(*at).is_some_and(|byte| byte & 0xc0 != 0x80));
    label.get(..at_characters.next().unwrap_or(LONGEST_LABEL)).unwrap_or(label)
}

/// A failure in words: the code, the message, and what an assertion said.
fn cause(code: &[u8], message: &[u8], failure: &[u8]) -> String {
    let texts = [code, message].map(|bytes| text::lenient(bytes).0);
    let mut cause = texts.iter().filter(|t| !t.is_empty()).map(String::as_str).collect::<Vec<_>>().join(" ");
    if !failure.is_empty() {
        let (failure, _) = text::lenient(failure);
        cause = if cause.is_empty() { failure } else { format!("{cause}: {failure}") };
    }
    if cause.is_empty() { "(no reason given)".into() } else { cause }
}

/// A whole number of at most 18 digits, and nothing else.
#[inline]
fn whole(field: &[u8]) -> Option<u64> {
    if field.is_empty() || field.len() > 18 {
        return None;
    }
    let mut number = 0_u64;
    for byte in field {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        number = number * 10 + u64::from(digit);
    }
    Some(number)
}

/// As [`whole`], of `from..to` of the data. Nearly all numbers have at most eight digits, and eight bytes before them.
#[inline]
fn number(data: &[u8], from: usize, to: usize) -> Option<u64> {
    let length = to.wrapping_sub(from);
    match data.get(..to)?.last_chunk::<8>() {
        Some(eight) if length.wrapping_sub(1) < 8 => eight_digits(eight, length),
        _ => whole(data.get(from..to)?),
    }
}

/// The number that the last `length` (1 to 8) of eight bytes are the digits of; without a branch for each, since the
/// length of a number is not to be foreseen.
#[inline]
fn eight_digits(bytes: &[u8; 8], length: usize) -> Option<u64> {
    let word = (u64::from_le_bytes(*bytes) ^ 0x3030_3030_3030_3030) & u64::MAX << (64 - 8 * length.clamp(1, 8));
    // Whether any is above nine: then its highest bit is set, or is by an addition.
    if (word.wrapping_add(0x7676_7676_7676_7676) | word) & 0x8080_8080_8080_8080 != 0 {
        return None;
    }
    // Neighbours together: to two digits, to four, to eight.
    let twos = word.wrapping_mul((10 << 8) + 1) >> 8 & 0x00ff_00ff_00ff_00ff;
    let fours = twos.wrapping_mul((100 << 16) + 1) >> 16 & 0x0000_ffff_0000_ffff;
    Some(fours.wrapping_mul((10_000 << 32) + 1) >> 32)
}

/// A moment of 13 digits. The first five are nearly always those of the row before.
#[inline]
fn epoch_ms(field: &[u8], last: &mut (u64, i64)) -> Option<i64> {
    let (head, tail) = (field.first_chunk::<8>()?, field.last_chunk::<8>()?);
    if field.len() != 13 {
        return None;
    }
    let bits = u64::from_le_bytes(*head) & 0xff_ffff_ffff;
    if bits != last.0 || last.1 == i64::MIN {
        *last = (bits, i64::try_from(whole(field.get(..5)?)?).ok()? * 100_000_000);
    }
    Some(last.1 + i64::try_from(eight_digits(tail, 8)?).ok()?)
}

/// Places in [`Ends`]: a power of two, so that no index is out of it.
const ROOM: usize = 128;

/// Where the fields of one row end.
struct Ends([usize; ROOM]);

impl Default for Ends {
    fn default() -> Self {
        Self([0; ROOM])
    }
}

impl Ends {
    #[inline]
    fn get(&self, column: usize) -> usize {
        self.0.get(column % ROOM).copied().unwrap_or(0)
    }

    /// Finds where the row at `start` ends, and its fields up to the one at `last`: where the row has so many, each of
    /// those ends where it is said here or with the row, whatever is first. `None` where the row does not end in the
    /// data, or is shorter, or `last` is beyond [`MOST_COLUMNS`].
    #[inline]
    fn fill(&mut self, data: &[u8], start: usize, last: usize, delimiter: u8) -> Option<usize> {
        if last >= MOST_COLUMNS {
            return None;
        }
        let (mut found, mut at) = (0, start);
        loop {
            let padded;
            let rest = data.get(at..)?;
            let block = match rest.first_chunk::<BLOCK>() {
                Some(block) => block,
                None => {
                    padded = last_block(rest)?;
                    &padded
                }
            };
            if found <= last {
                let mut delimiters = mask(block, delimiter);
                let count = delimiters.count_ones() as usize;
                // Eight at a time whether there are so many or not: how many is not to be foreseen.
                for slots in self.0.get_mut(found..found + BLOCK)?.chunks_exact_mut(8) {
                    for slot in slots {
                        *slot = at + (delimiters | 1 << 63).trailing_zeros() as usize;
                        delimiters &= delimiters.wrapping_sub(1);
                    }
                    if delimiters == 0 {
                        break;
                    }
                }
                found += count;
            }
            let line_ends = mask(block, b'\n');
            if line_ends != 0 {
                let newline = at + line_ends.trailing_zeros() as usize;
                // Delimiters of the next row may have been found as well.
                *self.0.get_mut(found)? = newline;
                return (found >= last).then_some(newline);
            }
            at += BLOCK;
        }
    }
}

/// The last bytes of a chunk, filled up; `None` where there are none.
#[cold]
fn last_block(rest: &[u8]) -> Option<[u8; BLOCK]> {
    let mut block = [0; BLOCK];
    block.get_mut(..rest.len())?.copy_from_slice(rest);
    (!rest.is_empty()).then_some(block)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn ends_are_those_of_split(row in "[a-c,]{0,200}", behind in "[,\n]{0,80}", last in 0..12_usize) {
            let data = format!("{row}\n{behind}");
            let mut ends = Ends::default();
            let found = ends.fill(data.as_bytes(), 0, last, b',');
            let all: Vec<usize> = row.match_indices(',').map(|(at, _)| at).chain([row.len()]).collect();
            let got: Vec<usize> = (0..=last).map(|column| ends.get(column).min(row.len())).collect();
            let is_whole = found.is_some() && (last == 0 || ends.get(last - 1) < row.len());
            prop_assert_eq!(is_whole, all.len() > last);
            if is_whole {
                prop_assert_eq!(found, Some(row.len()));
                prop_assert_eq!(Some(got.as_slice()), all.get(..=last));
            }
            // Without a line end there is no row.
            prop_assert_eq!(ends.fill(row.as_bytes(), 0, last, b','), None);
        }

        /// Against the standard library.
        #[test]
        fn numbers(before in "[0-9a/:]{0,9}", digits in "[0-9]{0,19}|[0-9/:\u{80}é]{1,9}", behind in "[,0-9]{0,9}") {
            let data = format!("{before}{digits}{behind}");
            let (from, to) = (before.len(), before.len() + digits.len());
            let all_digits = !digits.is_empty() && digits.len() <= 18 && digits.bytes().all(|b| b.is_ascii_digit());
            let want = all_digits.then(|| digits.parse::<u64>().unwrap());
            prop_assert_eq!(number(data.as_bytes(), from, to), want);
            let mut last = (0, i64::MIN);
            let moment = want.filter(|_| digits.len() == 13).map(|ms| ms as i64);
            prop_assert_eq!(epoch_ms(digits.as_bytes(), &mut last), moment);
            prop_assert_eq!(epoch_ms(digits.as_bytes(), &mut last), moment);
        }
    }

    /// Every byte but a digit is none, in every place.
    #[test]
    fn all_but_digits_are_none() {
        for (place, byte) in (0..8).flat_map(|place| (0..=255_u8).map(move |byte| (place, byte))) {
            let mut eight = *b"12345678";
            *eight.get_mut(place).unwrap() = byte;
            let want = std::str::from_utf8(&eight).ok().filter(|_| byte.is_ascii_digit()).map(|t| t.parse().unwrap());
            assert_eq!(eight_digits(&eight, 8), want, "{eight:?}");
        }
    }
}
