//! Reads CSV rows into samples.
//!
//! Nearly every row is a successful sample without quotes. The fast path reads these in place, eight bytes at a time,
//! without a copy. All others (failed, quoted, timestamps in text, several samples in one) take the slow path, which
//! splits the row into fields first. A property test checks that both give the same.

use memchr::{memchr, memchr2};

use super::super::content::Content;
use super::super::digits::{epoch_ms, number, whole};
use super::super::error::{Error, Problem};
use super::super::importer::{Descriptor, Format, How, Imported, Opening, Options, Sliced, Sniff};
use super::super::labels::{self, Labels, OTHER, name};
use super::super::losses::Losses;
use super::super::mask::{BLOCK, has, mask};
use super::super::notes::decoded;
use super::super::quoted::{Fields, MAX_ROW_BYTES};
use super::super::rows::{Next, RowFormat, Rows};
use super::super::text;
use super::super::text::clip;
use super::layout::Layout;
use super::notes;
use super::parents::{Decided, Parents, Row, Waiting};
use super::recent::{LOOK_BACK, Recent, Seen};
use super::time;
use crate::run::recorder::{OTHER_ENDPOINTS, Sample, Simple, Slot};
use crate::run::time::{is_moment, is_moment_ms};
use crate::run::{Definition, Figure, Note, Recorder, Run};
use crate::wire::{Wire, from_bytes, to_bytes, wire_struct};

pub(in super::super) const FORMAT: Descriptor = Descriptor {
    format: Format {
        id: "jmeter-csv",
        tool: "JMeter",
        title: "results CSV (`.jtl`): every sample",
        command: "jmeter -n -t plan.jmx -l results.jtl",
        percentiles: Some(Definition::Legacy),
        endings: &[],
    },
    recognise,
    read: How::Rows(open),
};

fn recognise(sniff: &Sniff<'_>) -> Option<String> {
    Layout::find(sniff.head).map(|layout| layout.evidence)
}

fn open(opening: Opening<'_>) -> Box<dyn Sliced> {
    Box::new(Rows::new(Jtl::new(opening)))
}

/// Start of a transaction controller's message.
pub(super) const CONTROLLER: &[u8] = b"Number of samples in transaction";

/// The cause of a failed transaction controller.
pub(super) const IN_TRANSACTION: &[u8] = b"a sample in the transaction failed";

/// Maximum samples of a row, the last ones, in the percentiles of JMeter's dashboard
/// (`jmeter.reportgenerator.statistic_window`).
pub(super) const DASHBOARD_WINDOW: u64 = 20_000;

/// Rows split before they are counted, to fit into the processor's L1 cache.
const BATCH: usize = 64;

/// Maximum columns for the fast path.
const MAX_COLUMNS: usize = 24;

/// A results file during reading.
struct Jtl {
    name: String,
    layout: Layout,
    options: Options,
    columns: Columns,
    scratch: Scratch,
    fields: Fields,
    labels: Labels,
    recorder: Recorder,
    recent: Recent,
    undecided: Vec<Undecided>,
    parents: Parents,
    counts: Counts,
    /// The first five digits of the last timestamp, and their value.
    day: (u64, i64),
}

/// Counts for the notes.
#[derive(Debug, Clone, Default)]
struct Counts {
    rows: u64,
    losses: Losses,
    controllers: u64,
    controller: Option<String>,
    /// Controllers that represent their requests, and their number of samples.
    parents: u64,
    parent_samples: u64,
    /// The alphabetically first label of those, and of the others.
    parent: Option<String>,
    listed: Option<String>,
    /// Samples, without listed transaction controllers.
    samples: u64,
    sub_results: u64,
    weighted_rows: u64,
    weighted_samples: u64,
    local: Option<&'static str>,
    decoded: bool,
    /// Line of the first header with columns in other positions.
    other_header: Option<u64>,
}

/// A row that may be a sub-result of a page before this slice.
struct Undecided {
    /// Rows of this slice before it.
    before: u64,
    label: u32,
    thread: u64,
    start_ms: i64,
    row: Row,
}

wire_struct! {
    Jtl {
        name, layout, options, columns, scratch, fields, labels, recorder, recent, undecided, parents, counts, day,
    }
    Columns { delimiter, time, elapsed, label, message, thread, success, bytes, threads, samples, last }
    Counts {
        rows, losses, controllers, controller, parents, parent_samples, parent, listed, samples, sub_results, weighted_rows,
        weighted_samples, local, decoded, other_header,
    }
    Undecided { before, label, thread, start_ms, row }
}

/// Buffers of the fast path, reused for every row.
#[derive(Default)]
struct Scratch {
    ends: Ends,
    rows: Vec<PlainRow>,
    samples: Vec<Simple>,
}

/// A successful sample without quotes, split.
struct PlainRow {
    start: usize,
    newline: usize,
    /// Start and end of its label.
    label: (usize, usize),
    label_hash: u64,
    /// Hash of the thread's name; 0 without such a column.
    thread: u64,
    start_ms: i64,
    elapsed_ms: u32,
    bytes: Option<u64>,
    users: Option<u64>,
}

/// Not part of the result.
impl Wire for Scratch {
    fn put(&self, _out: &mut Vec<u8>) {}

    fn take(_from: &mut &[u8]) -> Option<Self> {
        Some(Self::default())
    }
}

impl Jtl {
    fn new(opening: Opening<'_>) -> Self {
        let layout = Layout::find(opening.head).unwrap_or_default();
        Self {
            name: opening.name.to_owned(),
            options: opening.options,
            columns: Columns::of(&layout),
            layout,
            scratch: Scratch::default(),
            fields: Fields::default(),
            labels: Labels::default(),
            recorder: Recorder::by(Definition::of_samples("JMeter")),
            recent: Recent::default(),
            undecided: Vec::new(),
            parents: Parents::default(),
            counts: Counts::default(),
            day: (0, i64::MIN),
        }
    }

    /// Fast path: splits the row at `start`. `None` for the slow path. The next quote or carriage return is at
    /// `special`.
    #[inline]
    fn plain_row(&mut self, data: &[u8], start: usize, special: usize) -> Option<PlainRow> {
        let columns = &self.columns;
        let newline = self.scratch.ends.fill(data, start, columns, special)?;
        if newline - start > MAX_ROW_BYTES {
            return None;
        }
        let ends = &self.scratch.ends;
        let field = |column: u8| {
            let (from, to) = ends.bounds(column);
            data.get(from..to)
        };
        let number = |column: u8| {
            let (from, to) = ends.bounds(column);
            number(data, from, to)
        };
        if field(columns.success?)? != b"true" {
            return None;
        }
        let elapsed_ms = u32::try_from(number(columns.elapsed)?).ok()?;
        let start_ms = epoch_ms(field(columns.time?)?, &mut self.day).filter(|ms| is_moment_ms(*ms))?;
        let thread = match columns.thread {
            Some(column) => labels::hash(field(column)?),
            None => 0,
        };
        if let Some(column) = columns.message
            && field(column)?.starts_with(CONTROLLER)
        {
            return None;
        }
        if let Some(column) = columns.samples
            && field(column)? != b"1"
        {
            return None;
        }
        let optional = |column: Option<u8>| match column {
            // Empty columns and columns without a number take the slow path.
            Some(column) => number(column).map(Some),
            None => Some(None),
        };
        let (bytes, users) = (optional(columns.bytes)?, optional(columns.threads)?);
        let label = ends.bounds(columns.label?);
        let label_hash = labels::hash(name(data.get(label.0..label.1)?));
        Some(PlainRow { start, newline, label, label_hash, thread, start_ms, elapsed_ms, bytes, users })
    }

    /// Counts split rows, up to the first with a label without an endpoint. Returns their number.
    fn count(&mut self, data: &[u8], rows: &[PlainRow], samples: &mut Vec<Simple>) -> usize {
        samples.clear();
        let mut counted = 0;
        for row in rows {
            let &PlainRow { thread, start_ms, elapsed_ms, bytes, users, .. } = row;
            let label = name(data.get(row.label.0..row.label.1).unwrap_or_default());
            let Some(number) = self.labels.find(label, row.label_hash) else { break };
            let Some(known) = self.labels.get(number) else { break };
            let Some(slot) = known.slot else { break };
            let end_ms = start_ms + i64::from(elapsed_ms);
            if known.page.is_none() || thread == 0 {
                samples.push(Simple { slot, end_ms, elapsed_ms, failed: false, bytes, users });
            } else {
                let one = Sample::one(Some(end_ms), u64::from(elapsed_ms) * 1_000_000, false);
                let row = Row { slot, sample: Sample { bytes, users, ..one }, cause: None };
                self.maybe_sub_result(number, thread, start_ms, row);
            }
            if thread != 0 {
                self.seen(Seen { thread, label: number, start_ms, end_ms });
            }
            counted += 1;
        }
        self.recorder.record_all(samples);
        self.counts.rows += counted as u64;
        self.counts.samples += counted as u64;
        counted
    }

    /// Remembers a row.
    #[inline]
    fn seen(&mut self, seen: Seen) {
        if self.parents.is_first() {
            self.parents.keep(seen);
        }
        if !self.parents.is_idle() {
            let decided = self.parents.row(&seen, self.recent.count());
            decided.into_iter().for_each(|decided| self.transaction(decided));
        }
        self.recent.push(seen);
    }

    /// Counts a transaction controller: in the total if its requests have no rows, else separately.
    #[cold]
    fn transaction(&mut self, (waiting, is_parent): Decided) {
        let Waiting { label, mut row, .. } = waiting;
        let name = self.labels.get(label).map(|label| label.bytes.clone()).unwrap_or_default();
        row.slot = self.slot(label, &name, !is_parent);
        let shown = text::lenient(&name).0;
        let counts = &mut self.counts;
        if is_parent {
            counts.parents += 1;
            counts.parent_samples = counts.parent_samples.saturating_add(row.sample.requests);
            counts.samples = counts.samples.saturating_add(row.sample.requests);
        }
        let first = if is_parent { &mut counts.parent } else { &mut counts.listed };
        if first.as_ref().is_none_or(|first| shown < *first) {
            *first = Some(shown);
        }
        self.record(row);
    }

    /// Handles a sample whose label is that of a page plus a number: it may be part of that page.
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

    /// Slow path: counts a row of fields.
    fn sample(&mut self, layout: &Layout, fields: &Fields) -> Result<(), (usize, String)> {
        let field = |column: Option<usize>| column.and_then(|c| fields.get(c)).unwrap_or_default().trim_ascii();
        let shown = |column: usize| clip(&String::from_utf8_lossy(field(Some(column))));
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
                let ms = whole(moment).and_then(|ms| i64::try_from(ms).ok()).filter(|ms| is_moment_ms(*ms));
                let ms = ms.or_else(|| {
                    let moment = time::parse(moment)?;
                    self.counts.local = self.counts.local.or(moment.local);
                    Some(moment.ms)
                });
                if ms.is_none() {
                    let what = || format!("“{}”", shown(layout.time.unwrap_or(0)));
                    self.counts.losses.unread_moment(what);
                }
                ms
            }
        };
        let is_controller = field(layout.message).starts_with(CONTROLLER);
        // The label unchanged, including blanks.
        let label = name(layout.label.and_then(|c| fields.get(c)).unwrap_or_default());
        let number = self.labels.number(label);
        // The endpoint of a controller depends on a later decision.
        let slot = if is_controller { Slot::default() } else { self.slot(number, label, false) };
        let elapsed_ns = elapsed * 1_000_000;
        let end_ms = start_ms.map(|ms| ms.saturating_add_unsigned(elapsed)).filter(|ms| is_moment(*ms));
        let each_ns = elapsed_ns / requests.max(1);
        let sample = Sample {
            end_ms,
            elapsed_ns: each_ns,
            sum_ns: elapsed_ns,
            requests,
            failures,
            // For several samples in one row of which some failed, only the common mean is known.
            failed: Some(failures).filter(|failed| *failed == 0 || *failed == requests),
            bytes: whole(field(layout.bytes)),
            users: whole(field(layout.threads)),
        };
        if requests > 1 {
            self.counts.weighted_rows += 1;
            self.counts.weighted_samples = self.counts.weighted_samples.saturating_add(requests);
        }
        // A controller's message is a count.
        let message = if is_controller { IN_TRANSACTION } else { field(layout.message) };
        let cause = (failures > 0).then(|| cause(code, message, field(layout.failure)));
        let row = Row { slot, sample, cause };
        let thread = layout.thread.and_then(|c| fields.get(c)).map_or(0, labels::hash);
        if is_controller {
            self.counts.controllers += 1;
            if self.counts.controller.is_none() {
                self.counts.controller = Some(text::lenient(label).0);
            }
            let span = start_ms.zip(end_ms).filter(|_| thread != 0);
            let (start_ms, end_ms) = span.unwrap_or((i64::MIN, i64::MIN));
            let before = self.recent.count();
            let idle_ms = whole(field(layout.idle)).and_then(|ms| i64::try_from(ms).ok()).unwrap_or(0);
            let waiting = Waiting { before, thread, label: number, start_ms, end_ms, idle_ms, row, looks_back: false };
            let decided = match span {
                Some(_) => {
                    // It may be in the enclosing transaction.
                    let around = Seen { thread: !thread, label: number, start_ms, end_ms };
                    let around = self.parents.row(&around, before);
                    let mut decided = self.parents.controller(waiting, &self.recent);
                    decided.extend(around);
                    decided
                }
                // Without threads or timestamps, assume that its requests have rows.
                None => vec![(waiting, false)],
            };
            decided.into_iter().for_each(|decided| self.transaction(decided));
        } else {
            self.counts.samples = self.counts.samples.saturating_add(requests);
            let may_be_part = self.labels.get(number).is_some_and(|l| l.page.is_some());
            match start_ms.filter(|_| may_be_part && thread != 0) {
                Some(start_ms) => self.maybe_sub_result(number, thread, start_ms, row),
                None => self.record(row),
            }
        }
        let start_ms = start_ms.unwrap_or(i64::MIN);
        if layout.thread.is_some() {
            let seen = Seen { thread, label: number, start_ms, end_ms: end_ms.unwrap_or(i64::MIN) };
            if is_controller {
                // It has no sub-results, and no waiting controller needs it.
                let seen = Seen { thread: !thread, ..seen };
                if self.parents.is_first() {
                    self.parents.keep(seen);
                }
                self.recent.push(seen);
            } else {
                self.seen(seen);
            }
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

    /// A note if the dashboard computes percentiles of some row from a part of its samples.
    fn window(&self, run: &Run) -> Option<Note> {
        // The total may be the only such row, but an endpoint is the better example.
        let row =
            run.endpoints.iter().max_by_key(|row| row.requests).filter(|row| row.requests > Some(DASHBOARD_WINDOW));
        let row = row.or(run.total.as_ref())?;
        let most = row.requests.filter(|requests| *requests > DASHBOARD_WINDOW)?;
        Some(Note::say(&self.name, &notes::WINDOW, [DASHBOARD_WINDOW.into(), most.into(), row.shown().into()]))
    }

    fn notes(&self) -> Vec<Note> {
        let counts = &self.counts;
        let mut all = counts.losses.notes(&self.name);
        if let Some(first) = counts.controller.as_deref() {
            let listed = counts.controllers - counts.parents;
            if counts.samples == counts.parent_samples {
                all.push(Note::say(&self.name, &notes::CONTROLLERS_ALONE, [first.into()]));
            } else {
                if listed > 0 {
                    let example = counts.listed.as_deref().filter(|_| counts.parents > 0).unwrap_or(first);
                    all.push(Note::say(&self.name, &notes::TRANSACTIONS_LISTED, [listed.into(), example.into()]));
                }
                if let Some(example) = counts.parent.as_deref() {
                    let figures = [counts.parents.into(), example.into()];
                    all.push(Note::say(&self.name, &notes::TRANSACTIONS_COUNTED, figures));
                }
            }
        }
        if counts.sub_results > 0 {
            let left_out = self.options.collapse_sub_results;
            let words = if left_out { notes::SUB_RESULTS_LEFT_OUT } else { notes::SUB_RESULTS_COUNTED };
            let without = counts.samples.saturating_sub(counts.sub_results);
            all.push(Note::say(&self.name, &words, [counts.sub_results, counts.samples, without].map(Into::into)));
        }
        if counts.weighted_rows > 0 {
            let figures = [counts.weighted_rows, counts.weighted_samples].map(Into::into);
            all.push(Note::say(&self.name, &notes::SEVERAL_PER_ROW, figures));
        }
        if let Some(pattern) = counts.local {
            all.push(Note::say(&self.name, &notes::MOMENTS_LOCAL, [Figure::Word(pattern)]));
        }
        if counts.decoded {
            all.push(decoded(&self.name, "Windows-1252"));
        }
        if self.layout.success.is_none() && self.layout.code.is_some() {
            all.push(Note::say(&self.name, &notes::NO_SUCCESS_COLUMN, []));
        }
        all
    }

    /// Drops the figures that the file does not have.
    fn dressed(&self, mut run: Run) -> Run {
        if self.layout.success.is_none() && self.layout.code.is_none() {
            // Failures are not marked.
            for endpoint in run.endpoints.iter_mut().chain(&mut run.total) {
                (endpoint.failures, endpoint.failures_per_s) = (None, None);
                endpoint.forget_failed();
            }
        }
        if self.counts.losses.unread_moments() > 0 {
            run.forget_rates();
        }
        run.notes.iter_mut().for_each(|note| note.file = Some(self.name.clone()));
        run
    }

    /// Whether a row is a header, the first one or another.
    fn is_header(&self, row: &[u8], fields: &Fields) -> bool {
        self.layout.header.as_ref().is_some_and(|header| header.trim_ascii() == row.trim_ascii())
            || Layout::of_header(row, fields, self.layout.delimiter).is_some()
    }

    /// Marks a rejected row as a failed request if it is one.
    fn failing(&mut self, row: &[u8]) {
        let mut fields = row.split(|b| *b == self.layout.delimiter).map(<[u8]>::trim_ascii);
        let is_failing = match (self.layout.success, self.layout.code) {
            (None, Some(code)) => fields.nth(code).and_then(whole).is_some_and(|code| code >= 400),
            // A damaged row may have lost an earlier column.
            _ => fields.any(|field| field.eq_ignore_ascii_case(b"false")),
        };
        if is_failing {
            self.counts.losses.failing();
        }
    }

    /// Undecided rows are not sub-results: no page covers them.
    fn decide(&mut self) {
        self.parents.rest().into_iter().for_each(|decided| self.transaction(decided));
        for undecided in std::mem::take(&mut self.undecided) {
            self.record(undecided.row);
        }
    }
}

impl RowFormat for Jtl {
    fn delimiter(&self) -> Option<u8> {
        Some(self.layout.delimiter)
    }

    fn unquoted_rows(&mut self, data: &[u8], mut start: usize, special: &mut Next, last: usize) -> (usize, u64) {
        let find = |from: usize| {
            let rest = data.get(from..);
            rest.and_then(|rest| memchr2(b'"', b'\r', rest)).map_or(data.len(), |at| from + at)
        };
        let (mut rows, mut samples) =
            (std::mem::take(&mut self.scratch.rows), std::mem::take(&mut self.scratch.samples));
        let mut read = 0;
        loop {
            rows.clear();
            let mut next = start;
            while next <= last
                && rows.len() < BATCH
                && let Some(row) = self.plain_row(data, next, special.from(next, find))
            {
                next = row.newline + 1;
                rows.push(row);
            }
            let counted = self.count(data, &rows, &mut samples);
            read += counted as u64;
            start = rows.get(counted).map_or(next, |row| row.start);
            if counted < BATCH {
                break;
            }
        }
        (self.scratch.rows, self.scratch.samples) = (rows, samples);
        (start, read)
    }

    fn unquoted_row(&mut self, row: &[u8], line: u64) {
        self.general_row(row, line, false);
    }

    fn general_row(&mut self, row: &[u8], line: u64, is_last: bool) {
        let mut fields = std::mem::take(&mut self.fields);
        fields.split(row, self.layout.delimiter);
        if fields.len() > self.layout.columns
            && let Some(joined) = rejoined(&self.layout, &fields)
        {
            fields = joined;
        }
        let is_blank = fields.iter().all(|f| f.trim_ascii().is_empty());
        let may_be_cut = is_last && fields.len() < self.layout.columns;
        if may_be_cut && !self.is_header(row, &fields) {
            self.cut(row, line);
        } else if !is_blank {
            self.counts.rows += 1;
            let layout = std::mem::take(&mut self.layout);
            let counted = self.sample(&layout, &fields);
            self.layout = layout;
            if let Err((column, why)) = counted {
                // Concatenated files repeat the header.
                if self.is_header(row, &fields) {
                    self.counts.rows -= 1;
                    self.counts.losses.header();
                    let found = Layout::of_header(row, &fields, self.layout.delimiter);
                    if found.is_some_and(|found| !self.layout.is_like(&found)) {
                        self.counts.other_header.get_or_insert(line);
                    }
                } else {
                    self.counts.losses.reject(line, Some(column), why);
                    self.failing(row);
                }
            }
        }
        self.fields = fields;
    }

    fn broken(&mut self, line_text: &[u8], line: u64) {
        self.counts.rows += 1;
        self.counts.losses.broken(line_text, line);
        self.failing(line_text);
    }

    fn cut(&mut self, line_text: &[u8], line: u64) {
        self.counts.rows += 1;
        self.counts.losses.cut(line);
        self.failing(line_text);
    }

    fn looks_like_row(&self, rest: &[u8]) -> bool {
        let line = rest.split(|b| matches!(b, b'\n' | b'\r')).next().unwrap_or_default();
        let mut fields = line.split(|b| *b == self.layout.delimiter);
        let time = self.layout.time.and_then(|c| fields.clone().nth(c)).unwrap_or_default();
        let elapsed = fields.nth(self.layout.elapsed).unwrap_or_default();
        whole(elapsed).is_some() && (self.layout.time.is_none() || whole(time).is_some() || time::parse(time).is_some())
    }

    fn columns(&self) -> usize {
        self.layout.columns
    }

    fn pack(&self) -> Option<Vec<u8>> {
        Some(to_bytes(self))
    }

    fn unpack(bytes: &[u8]) -> Option<Self> {
        from_bytes(bytes)
    }

    fn join(&mut self, next: Self, lines: u64) {
        // Numbers of the other slice's labels in this one.
        let numbers: Vec<u32> = next.labels.iter().map(|label| self.labels.number(&label.bytes)).collect();
        let number = |theirs: u32| numbers.get(theirs as usize).copied().unwrap_or(OTHER);
        let mut undecided = Vec::new();
        for mut row in next.undecided {
            let back = (LOOK_BACK as u64).saturating_sub(row.before) as usize;
            let name = next.labels.get(row.label).map(|l| l.bytes.clone()).unwrap_or_default();
            row.label = number(row.label);
            let page =
                next.labels.iter().find(|l| l.bytes == name).and_then(|l| self.labels.known(name.get(..l.page?)?));
            // Endpoint indices differ between slices.
            row.row.slot = self.slot(row.label, &name, false);
            let covered = page.is_some_and(|page| self.recent.covers(row.thread, page, row.start_ms, back));
            undecided.push((row, covered));
        }
        let before = self.recent.count();
        let decided = self.parents.join(next.parents, next.recent.count(), &self.recent, number);
        self.recent.join(&next.recent, number);
        self.recorder.merge(&next.recorder);
        // Labels whose endpoints the merge has created.
        for label in next.labels.iter() {
            for (there, is_controller) in [(label.slot, false), (label.controller, true)] {
                if there.is_some() {
                    let mine = self.labels.number(&label.bytes);
                    self.slot(mine, &label.bytes, is_controller);
                }
            }
        }
        self.counts.join(next.counts, lines);
        decided.into_iter().for_each(|decided| self.transaction(decided));
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
        self.dressed(self.recorder.digest(self.counts.rows, self.counts.losses.lost()))
    }

    fn imported(mut self) -> Result<Imported, Error> {
        self.decide();
        if let Some(line) = self.counts.other_header {
            return Err(Error::new(&self.name, Problem::OtherColumns).at(line, 1));
        }
        // Its first run has no header.
        if self.layout.header.is_none() {
            self.counts.losses.header();
        }
        if self.counts.rows == 0 {
            return Err(Error::new(&self.name, Problem::HeaderOnly));
        }
        if self.counts.rows == self.counts.losses.lost() {
            return Err(self.counts.losses.no_usable_row(&self.name, self.counts.rows));
        }
        let run = self.recorder.take(self.counts.rows, self.counts.losses.lost());
        let run = self.dressed(run);
        let mut notes = self.notes();
        notes.extend(self.window(&run));
        Ok(Imported { content: Content::Results(Box::new(run)), version: None, notes, evidence: None })
    }
}

impl Counts {
    fn join(&mut self, next: Self, lines: u64) {
        self.rows += next.rows;
        self.losses.join(next.losses, lines);
        self.controllers += next.controllers;
        self.controller = self.controller.take().or(next.controller);
        self.parents += next.parents;
        self.parent_samples = self.parent_samples.saturating_add(next.parent_samples);
        for (mine, theirs) in [(&mut self.parent, next.parent), (&mut self.listed, next.listed)] {
            if mine.is_none() || theirs.as_ref().is_some_and(|theirs| Some(theirs) < mine.as_ref()) {
                *mine = theirs.or(mine.take());
            }
        }
        self.samples = self.samples.saturating_add(next.samples);
        self.sub_results = self.sub_results.saturating_add(next.sub_results);
        self.weighted_rows += next.weighted_rows;
        self.weighted_samples = self.weighted_samples.saturating_add(next.weighted_samples);
        self.local = self.local.or(next.local);
        self.decoded |= next.decoded;
        self.other_header = self.other_header.or(next.other_header.map(|line| line + lines));
    }
}

/// Repairs a row with too many fields, from an unquoted delimiter in a message: joins the parts of the message, if
/// exactly one of the message columns gives a valid row.
fn rejoined(layout: &Layout, fields: &Fields) -> Option<Fields> {
    layout.header.as_ref()?;
    let more = fields.len().checked_sub(layout.columns)?;
    let is_whole = |field: &[u8]| whole(field.trim_ascii()).is_some();
    let join = |column: usize| {
        let mut joined: Vec<Vec<u8>> = Vec::with_capacity(layout.columns);
        for (at, field) in fields.iter().enumerate() {
            match joined.last_mut().filter(|_| at > column && at <= column + more) {
                Some(message) => {
                    message.push(layout.delimiter);
                    message.extend_from_slice(field);
                }
                None => joined.push(field.to_vec()),
            }
        }
        let mut all = Fields::default();
        all.set(joined.iter().map(Vec::as_slice));
        let field = |column: usize| all.get(column).unwrap_or_default().trim_ascii();
        let is_boolean =
            |column: usize| [b"true".as_slice(), b"false"].iter().any(|w| field(column).eq_ignore_ascii_case(w));
        let numbers = [Some(layout.elapsed), layout.bytes, layout.threads];
        let fits = layout.success.is_none_or(is_boolean) && numbers.into_iter().flatten().all(|c| is_whole(field(c)));
        fits.then_some(all)
    };
    let mut candidates = [layout.message, layout.failure].into_iter().flatten().filter_map(join);
    candidates.next().filter(|_| candidates.next().is_none())
}

/// A failure in words: code, message, and assertion.
pub(super) fn cause(code: &[u8], message: &[u8], failure: &[u8]) -> String {
    let texts = [code, message].map(|bytes| text::lenient(bytes).0);
    let mut cause = texts.iter().filter(|t| !t.is_empty()).map(String::as_str).collect::<Vec<_>>().join(" ");
    if !failure.is_empty() {
        let (failure, _) = text::lenient(failure);
        cause = if cause.is_empty() { failure } else { format!("{cause}: {failure}") };
    }
    if cause.contains('\r') {
        // Changed line ends must not change causes.
        cause = cause.replace("\r\n", "\n").replace('\r', "\n");
    }
    if cause.is_empty() { "(no reason given)".into() } else { cause }
}

/// Columns read by the fast path, as small integers that always index into [`Ends`].
#[derive(Debug, Clone, Copy)]
struct Columns {
    delimiter: u8,
    time: Option<u8>,
    elapsed: u8,
    label: Option<u8>,
    message: Option<u8>,
    thread: Option<u8>,
    success: Option<u8>,
    bytes: Option<u8>,
    threads: Option<u8>,
    samples: Option<u8>,
    /// The last required column. The fast path is disabled if it is not below [`MAX_COLUMNS`].
    last: u8,
}

impl Columns {
    fn of(layout: &Layout) -> Self {
        let small = |column: usize| u8::try_from(column).unwrap_or(u8::MAX);
        Self {
            delimiter: layout.delimiter,
            time: layout.time.map(small),
            elapsed: small(layout.elapsed),
            label: layout.label.map(small),
            message: layout.message.map(small),
            thread: layout.thread.map(small),
            success: layout.success.map(small),
            bytes: layout.bytes.map(small),
            threads: layout.threads.map(small),
            samples: layout.samples.map(small),
            last: small(layout.last_needed()),
        }
    }
}

/// Size of [`Ends`]: one more than the number of columns.
const ROOM: usize = 257;

/// The start of the row's first field minus one, then the end of each field.
struct Ends([usize; ROOM]);

impl Default for Ends {
    fn default() -> Self {
        Self([0; ROOM])
    }
}

impl Ends {
    /// End of a column.
    #[inline]
    fn of(&self, column: u8) -> usize {
        self.0.get(usize::from(column) + 1).copied().unwrap_or(0)
    }

    /// Start and end of a column.
    #[inline]
    fn bounds(&self, column: u8) -> (usize, usize) {
        (self.0.get(usize::from(column)).copied().unwrap_or(0).wrapping_add(1), self.of(column))
    }

    /// Stores the first eight delimiters of a block at `at`, after the first `behind` ones; if there are fewer, the
    /// rest is the block's end. Branch-free, since their number is unpredictable.
    #[inline]
    fn put_eight(&mut self, behind: usize, at: usize, mut delimiters: u64) -> Option<u64> {
        let mut next = || {
            let place = at + (delimiters | 1 << 63).trailing_zeros() as usize;
            delimiters &= delimiters.wrapping_sub(1);
            place
        };
        // Unrolled: with optimisation for size, a loop would stay one.
        let slots = self.0.get_mut(behind + 1..)?.first_chunk_mut::<8>()?;
        *slots = [next(), next(), next(), next(), next(), next(), next(), next()];
        Some(delimiters)
    }

    /// Finds the fields of the row at `start`, up to the last required one, and returns its line end. The next quote or
    /// carriage return is at `special`. `None` if the row does not end in the data, has fewer fields, or has a special
    /// character other than a carriage return right before its line end.
    #[inline]
    fn fill(&mut self, data: &[u8], start: usize, columns: &Columns, special: usize) -> Option<usize> {
        *self.0.first_mut()? = start.wrapping_sub(1);
        let blocks = data.get(start..)?.first_chunk::<{ 2 * BLOCK }>();
        // Most rows have the required fields in their first two blocks, and end after these.
        if let Some(blocks) = blocks
            && !has(blocks, b'\n')
            && let ([first, second], _) = blocks.as_chunks::<BLOCK>()
        {
            let first = mask(first, columns.delimiter);
            let found = first.count_ones() as usize;
            let more = self.put_eight(0, start, first)?;
            self.put_eight(found, start + BLOCK, mask(second, columns.delimiter))?;
            let (from, to) = self.bounds(columns.last);
            // Entries beyond the last delimiter all equal the block's end.
            if more == 0
                && usize::from(columns.last) < found + 8
                && from <= to
                && data.get(to) == Some(&columns.delimiter)
            {
                let newline = line_end(data, start + 2 * BLOCK)?;
                let is_plain = special > newline || is_before_line_end(data, special, newline);
                return is_plain.then_some(newline);
            }
        }
        self.fill_any(data, start, columns, special)
    }

    /// As [`Ends::fill`], for rows of any shape.
    #[inline(never)]
    fn fill_any(&mut self, data: &[u8], start: usize, columns: &Columns, special: usize) -> Option<usize> {
        let last = usize::from(columns.last);
        if last >= MAX_COLUMNS {
            return None;
        }
        let (mut found, mut at) = (0, start);
        let newline = loop {
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
                let mut delimiters = mask(block, columns.delimiter);
                let count = delimiters.count_ones() as usize;
                for eights in 0.. {
                    delimiters = self.put_eight(found + 8 * eights, at, delimiters)?;
                    if delimiters == 0 {
                        break;
                    }
                }
                found += count;
            }
            if has(block, b'\n') {
                break at + mask(block, b'\n').trailing_zeros() as usize;
            }
            at += BLOCK;
        };
        let end = match special {
            _ if special > newline => newline,
            _ if is_before_line_end(data, special, newline) => special,
            _ => return None,
        };
        // Delimiters of the next row may be included: this row has the fields that begin before its end.
        if found < last || self.bounds(columns.last).0 > end {
            return None;
        }
        let last_end = self.0.get_mut(last + 1)?;
        *last_end = if found == last { end } else { end.min(*last_end) };
        Some(newline)
    }
}

/// The next line end.
#[inline]
fn line_end(data: &[u8], mut at: usize) -> Option<usize> {
    while let Some(block) = data.get(at..)?.first_chunk::<BLOCK>() {
        let line_ends = mask(block, b'\n');
        if line_ends != 0 {
            return Some(at + line_ends.trailing_zeros() as usize);
        }
        at += BLOCK;
    }
    memchr(b'\n', data.get(at..)?).map(|behind| at + behind)
}

/// Whether a carriage return is right before the line end.
#[cold]
fn is_before_line_end(data: &[u8], special: usize, newline: usize) -> bool {
    special + 1 == newline && data.get(special) == Some(&b'\r')
}

/// The last bytes of a chunk, padded; `None` without any.
#[cold]
fn last_block(rest: &[u8]) -> Option<[u8; BLOCK]> {
    let mut block = [0; BLOCK];
    block.get_mut(..rest.len())?.copy_from_slice(rest);
    (!rest.is_empty()).then_some(block)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn field_ends_equal_split(
            before in "[a,]{0,9}", row in "[a-c,]{0,200}", behind in "[,\n]{0,80}", last in 0..12_usize,
        ) {
            let mut ends = Ends::default();
            let columns = Columns { last: last as u8, ..Columns::of(&Layout { delimiter: b',', ..Layout::default() }) };
            let all: Vec<&str> = row.split(',').collect();
            for end in ["\n", "\r\n", "", "\"\n", "\r\r\n"] {
                let data = format!("{before}{row}{end}{behind}");
                let special = data.find(['\r', '"']).unwrap_or(data.len());
                let found = ends.fill(data.as_bytes(), before.len(), &columns, special);
                if !matches!(end, "\n" | "\r\n") {
                    // Without a line end there is no row, or it is that of the following text.
                    prop_assert!(found.is_none() || end.is_empty() && behind.contains('\n'));
                    continue;
                }
                prop_assert_eq!(found.is_some(), all.len() > last);
                if found.is_some() {
                    prop_assert_eq!(found, Some(before.len() + row.len() + end.len() - 1));
                    let got: Vec<&str> = (0..=columns.last).map(|c| ends.bounds(c)).map(|(from, to)| &data[from..to]).collect();
                    prop_assert_eq!(Some(got.as_slice()), all.get(..=last));
                }
            }
            let stray = format!("{row}\r,\n");
            prop_assert_eq!(ends.fill(stray.as_bytes(), 0, &columns, row.len()), None);
        }
    }
}
