//! CSV rows to samples.
//!
//! Nearly every row is a successful sample without quotes: those are read in place, eight bytes at a time, without a copy.
//! All others (failed, quoted, with a moment in text, several samples in one) go a careful way that splits the row into
//! fields first. Both give the same; a property test holds them to it.

use super::super::error::{Error, Problem};
use super::super::rows::{Fields, RowFormat};
use super::super::stream::{Opening, Options};
use super::super::text;
use super::super::{Content, Reading};
use super::labels::{self, Labels, OTHER};
use super::layout::Layout;
use super::recent::{LOOK_BACK, Recent, Seen};
use super::time;
use crate::run::recorder::{OTHER_ENDPOINTS, Sample, Slot};
use crate::run::{Note, NoteKind, Recorder, Run};
use crate::wire::{from_bytes, to_bytes, wire_struct};

/// What the message of a transaction controller begins with.
const CONTROLLER: &[u8] = b"Number of samples in transaction";

/// Labels that agree in so many bytes are one.
const LONGEST_LABEL: usize = 2048;

/// Columns that the fast way can pass by.
const MOST_COLUMNS: usize = 24;

/// A results file while it is read.
pub(in super::super) struct Jtl {
    name: String,
    layout: Layout,
    options: Options,
    last_needed: usize,
    fields: Fields,
    labels: Labels,
    recorder: Recorder,
    recent: Recent,
    undecided: Vec<Undecided>,
    counts: Counts,
    /// The first ten digits of the last moment, and what they stand for.
    second: (u64, i64),
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
        name, layout, options, last_needed, fields, labels, recorder, recent, undecided, counts, second,
    }
    Counts {
        rows, rejected, first_rejection, cut, controllers, controller, samples, sub_results, weighted_rows,
        weighted_samples, unread_moments, first_unread, local, decoded,
    }
    Undecided { before, label, thread, start_ms, row }
    Row { slot, sample, cause }
}

impl Jtl {
    pub(super) fn new(opening: Opening<'_>) -> Self {
        let layout = Layout::find(opening.head).unwrap_or_default();
        Self {
            name: opening.name.to_owned(),
            options: opening.options,
            last_needed: layout.last_needed(),
            layout,
            fields: Fields::default(),
            labels: Labels::default(),
            recorder: Recorder::default(),
            recent: Recent::default(),
            undecided: Vec::new(),
            counts: Counts::default(),
            second: (0, i64::MIN),
        }
    }

    /// The fast way; `None`, and nothing is counted, where the row has to go the other.
    #[inline]
    fn fast(&mut self, data: &[u8], start: usize, end: usize) -> Option<()> {
        let layout = &self.layout;
        let mut ends = [0_usize; MOST_COLUMNS];
        fill(ends.get_mut(..=self.last_needed)?, data, start, end, layout.delimiter)?;
        let field = |column: usize| {
            let from = match column.checked_sub(1) {
                Some(before) => *ends.get(before)? + 1,
                None => start,
            };
            data.get(from..*ends.get(column)?)
        };
        if field(layout.success?)? != b"true" {
            return None;
        }
        let elapsed_ms = whole(field(layout.elapsed)?)?;
        let elapsed_ms = u32::try_from(elapsed_ms).ok()?;
        let start_ms = epoch_ms(field(layout.time?)?, &mut self.second)?;
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
        let number = |column: Option<usize>| match column {
            // A column that is there and empty, or no number, is for the careful way.
            Some(column) => whole(field(column)?).map(Some),
            None => Some(None),
        };
        let (bytes, users) = (number(layout.bytes)?, number(layout.threads)?);
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
        Some(())
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

    /// With what the file does not say taken out.
    fn dressed(&self, mut run: Run) -> Run {
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

    fn plain(&mut self, data: &[u8], start: usize, end: usize, line: u64) {
        if self.fast(data, start, end).is_none() {
            self.careful(data.get(start..end).unwrap_or_default(), line, false);
        }
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

    fn digest(&self) -> Run {
        self.dressed(self.recorder.digest(self.counts.rows, self.counts.rejected))
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
        let run = self.recorder.take(self.counts.rows, self.counts.rejected);
        let run = self.dressed(run);
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

/// A moment of 13 digits. The first eight are nearly always those of the row before.
#[inline]
fn epoch_ms(field: &[u8], last: &mut (u64, i64)) -> Option<i64> {
    let (head, tail) = field.split_first_chunk::<8>()?;
    if tail.len() != 5 {
        return None;
    }
    let bits = u64::from_le_bytes(*head);
    if bits != last.0 || last.1 == i64::MIN {
        *last = (bits, i64::try_from(whole(head)?).ok()? * 100_000);
    }
    Some(last.1 + i64::try_from(whole(tail)?).ok()?)
}

/// Finds where the first fields of a row end; `None` where it has fewer.
#[inline]
fn fill(ends: &mut [usize], data: &[u8], start: usize, end: usize, delimiter: u8) -> Option<()> {
    let mut slots = ends.iter_mut();
    let mut at = start;
    while at < end {
        let mut found = match data.get(at..).and_then(<[u8]>::first_chunk::<64>) {
            Some(block) => mask(block, delimiter),
            None => {
                // The last bytes of a chunk.
                let mut block = [!delimiter; 64];
                let rest = data.get(at..end)?;
                block.get_mut(..rest.len())?.copy_from_slice(rest);
                mask(&block, delimiter)
            }
        };
        if end - at < 64 {
            found &= (1 << (end - at)) - 1;
        }
        while found != 0 {
            let Some(slot) = slots.next() else { return Some(()) };
            *slot = at + found.trailing_zeros() as usize;
            found &= found - 1;
        }
        at += 64;
    }
    // The row's end is the last field's.
    if let Some(slot) = slots.next() {
        *slot = end;
    }
    slots.next().is_none().then_some(())
}

/// A bit for each of 64 bytes: whether it is the one looked for. Eight bytes at a time, without a branch, by Mycroft's
/// test for a zero byte in its exact form (Warren, *Hacker's Delight*, 6-1), whose bits a product gathers.
#[inline]
fn mask(block: &[u8; 64], byte: u8) -> u64 {
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    let bytes = u64::from(byte) * 0x0101_0101_0101_0101;
    let (eights, _) = block.as_chunks::<8>();
    eights.iter().rev().fold(0, |mask, eight| {
        let word = u64::from_le_bytes(*eight) ^ bytes;
        let zero = !(((word & LOW) + LOW) | word | LOW) >> 7;
        mask << 8 | zero.wrapping_mul(0x0102_0408_1020_4080) >> 56
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Against the standard library.
        #[test]
        fn masks(bytes in prop::array::uniform32(prop::sample::select(&[b',', b'-', 0xac, b'a', 0][..]))) {
            let mut block = [b'x'; 64];
            block.iter_mut().zip(bytes.iter().cycle()).for_each(|(to, from)| *to = *from);
            let got: Vec<bool> = (0..64).map(|bit| mask(&block, b',') >> bit & 1 == 1).collect();
            let want: Vec<bool> = block.iter().map(|b| *b == b',').collect();
            prop_assert_eq!(got, want);
        }

        #[test]
        fn ends_are_those_of_split(row in "[a-c,]{0,150}", behind in "[,\n]{0,80}", columns in 1..12_usize) {
            let data = format!("{row}{behind}");
            let mut ends = vec![0; columns];
            let found = fill(&mut ends, data.as_bytes(), 0, row.len(), b',');
            let all: Vec<usize> = row.match_indices(',').map(|(at, _)| at).chain([row.len()]).collect();
            prop_assert_eq!(found.is_some(), all.len() >= columns);
            if found.is_some() {
                prop_assert_eq!(Some(ends.as_slice()), all.get(..columns));
            }
        }
    }
}
