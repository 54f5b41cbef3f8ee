//! From single samples to a [`Run`], in memory that depends on the number of endpoints and not on the length of the
//! file.
//!
//! A [`Recorder`] takes one sample after another. Recorders of slices of one file merge into the recorder of the whole:
//! associative and commutative, bit for bit, below the limits. Beyond [`MOST_ENDPOINTS`] or [`MAX_CAUSES`], the
//! content of the row for the rest depends on the order of reading; the totals do not, and a note states it.

use std::collections::BTreeMap;

use super::timeline::{
    Beat, COARSE_INTERVALS, ENDPOINT_INTERVALS, FINE_ENDPOINTS, FailedBeat, RUN_INTERVALS, TimelineBuilder,
};
use super::users::follow_from_latency;
use super::{
    Definition, Distribution, Endpoint, FailedLatency, Failure, Figure, HistogramBuilder, Latency, Note, NoteLevel,
    RowAccount, Run, Sketch, Timeline, Words,
};
use crate::wire::{Wire, wire_struct};

/// Maximum endpoints kept separately.
pub const MOST_ENDPOINTS: usize = 10_000;

/// Name of the row for everything beyond [`MOST_ENDPOINTS`].
pub const OTHER_ENDPOINTS: &str = "(all other endpoints)";

/// Endpoints in a [`Recorder::digest`]: those with most requests.
pub const BUSIEST: usize = 20;

/// Maximum causes of failures kept separately, over all endpoints.
pub const MAX_CAUSES: usize = 1000;

/// Message of the row for everything beyond [`MAX_CAUSES`].
pub const OTHER_CAUSES: &str = "(all other causes)";

const ENDPOINTS_CAPPED: Words = Words {
    code: "endpoints-capped",
    level: NoteLevel::Warning,
    text: "The run has more than {0} endpoints, as with ids in names. The rest is one row, “{1}”. Which endpoints have \
           their own row depends on the order of reading. The totals do not.",
};

const CAUSES_CAPPED: Words = Words {
    code: "causes-capped",
    level: NoteLevel::Warning,
    text: "The run has more than {0} causes of failures. The rest is counted as “{1}”. Which causes are listed depends \
           on the order of reading. Their sum does not.",
};

const TIMELINES_COARSE: Words = Words {
    code: "timelines-coarse",
    level: NoteLevel::Warning,
    text: "The run has more than {0} endpoints. Each keeps at most {1} intervals, with counts and means and without \
           percentiles. The timeline of the whole run is complete.",
};

/// Maximum characters kept of a cause.
const CAUSE_CHARS: usize = 300;

/// Maximum endpoints with an array of [`DENSE_MS`] whole milliseconds.
const DENSE_ENDPOINTS: usize = 200;
const DENSE_MS: usize = 4096;

// The wire form of a recorder, for passing slices between workers.
wire_struct! {
    Recorder { entries, index, timeline, causes, aside, fine, users, definition }
    Causes { counts, other }
    Aside { timeline, causes }
    Entry { method, name, in_total, requests, failures, sum_ns, bytes, span_ms, histogram, timeline, failed, failures_unknown }
    Failed { histogram, sum_ns }
    Sample { end_ms, elapsed_ns, sum_ns, requests, failures, failed, bytes, users }
}

/// Maximum bytes of an endpoint's name in a log. Longer names with the same prefix are one endpoint.
pub(crate) const MAX_NAME_BYTES: usize = 2048;
/// Maximum bytes of a character. A name is cut before a character that would cross the limit.
const MAX_CHAR_BYTES: usize = 4;

/// Figures: number of names, bytes kept.
const NAMES_SHORTENED: Words = Words {
    code: "names-shortened",
    level: NoteLevel::Warning,
    text: "{0:endpoint name|endpoint names} may be cut: at most {1} bytes of a name are kept. Longer names that begin alike are \
           one endpoint.",
};

/// More than [`MOST_ENDPOINTS`] endpoints.
pub(crate) fn endpoints_capped() -> Note {
    Note::on_run(&ENDPOINTS_CAPPED, [(MOST_ENDPOINTS as u64).into(), Figure::Word(OTHER_ENDPOINTS)])
}

/// More than [`MAX_CAUSES`] causes.
pub(super) fn causes_capped() -> Note {
    Note::on_run(&CAUSES_CAPPED, [(MAX_CAUSES as u64).into(), Figure::Word(OTHER_CAUSES)])
}

/// More than [`FINE_ENDPOINTS`] endpoints.
pub(super) fn timelines_coarse() -> Note {
    Note::on_run(&TIMELINES_COARSE, [(FINE_ENDPOINTS as u64).into(), (COARSE_INTERVALS as u64).into()])
}

impl Wire for Slot {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
    }

    fn take(from: &mut &[u8]) -> Option<Self> {
        u32::take(from).map(Self)
    }
}

/// Index of an endpoint in a recorder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Slot(u32);

/// One sample, or several in one row of the file.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// End, milliseconds since the Unix epoch; `None` if unknown.
    pub end_ms: Option<i64>,
    /// Response time of each in nanoseconds.
    pub elapsed_ns: u64,
    /// Sum of the response times; more than [`Sample::elapsed_ns`] for several samples.
    pub sum_ns: u64,
    /// Number of samples, usually 1.
    pub requests: u64,
    /// Of these, failed ones.
    pub failures: u64,
    /// Response times of failed requests among these; `None` if unknown. A tool may separate failures from response
    /// times: then a failure need not have a response time.
    pub failed: Option<u64>,
    /// Total size of the responses in bytes.
    pub bytes: Option<u64>,
    /// Users at that moment.
    pub users: Option<u64>,
}

impl Sample {
    /// One sample.
    #[must_use]
    pub fn one(end_ms: Option<i64>, elapsed_ns: u64, failed: bool) -> Self {
        let failures = u64::from(failed);
        let failed = Some(failures);
        Self { end_ms, elapsed_ns, sum_ns: elapsed_ns, requests: 1, failures, failed, bytes: None, users: None }
    }
}

/// One sample of whole milliseconds with a known end: nearly every row of a log.
#[derive(Debug, Clone, Copy)]
pub struct Simple {
    /// Its endpoint.
    pub slot: Slot,
    /// End, milliseconds since the Unix epoch.
    pub end_ms: i64,
    /// Response time in milliseconds.
    pub elapsed_ms: u32,
    /// Whether it failed.
    pub failed: bool,
    /// Size of the response in bytes.
    pub bytes: Option<u64>,
    /// Users at that moment.
    pub users: Option<u64>,
}

impl Simple {
    fn elapsed_ns(&self) -> u64 {
        u64::from(self.elapsed_ms) * 1_000_000
    }
}

/// Builds a run from samples.
#[derive(Debug, Clone)]
pub struct Recorder {
    entries: Vec<Entry>,
    /// By name, method and whether it counts towards the total.
    index: BTreeMap<(String, Option<String>, bool), Slot>,
    timeline: TimelineBuilder,
    causes: Causes,
    aside: Aside,
    fine: bool,
    users: Option<u64>,
    definition: Definition,
}

/// Failures by cause.
#[derive(Debug, Clone, Default)]
struct Causes {
    counts: BTreeMap<(Slot, String), u64>,
    /// Failures beyond [`MAX_CAUSES`].
    other: u64,
}

impl Causes {
    fn add(&mut self, key: (Slot, String), n: u64) {
        if let Some(count) = self.counts.get_mut(&key) {
            *count = count.saturating_add(n);
        } else if self.counts.len() < MAX_CAUSES {
            self.counts.insert(key, n);
        } else {
            self.other = self.other.saturating_add(n);
        }
    }

    fn merge(&mut self, other: &Self, slots: &[Slot]) {
        for ((slot, cause), n) in &other.counts {
            if let Some(slot) = slots.get(slot.0 as usize) {
                self.add((*slot, cause.clone()), *n);
            }
        }
        self.other = self.other.saturating_add(other.other);
    }
}

/// Sum of the samples outside the total: the run if there are no others.
#[derive(Debug, Clone)]
struct Aside {
    timeline: TimelineBuilder,
    causes: Causes,
}

#[derive(Debug, Clone)]
struct Entry {
    method: Option<String>,
    name: String,
    in_total: bool,
    requests: u64,
    failures: u64,
    sum_ns: u128,
    /// `None` after the first sample without a size.
    bytes: Option<u128>,
    /// Start of the first and end of the last, milliseconds since the Unix epoch.
    span_ms: Option<(i64, i64)>,
    histogram: HistogramBuilder,
    timeline: TimelineBuilder,
    /// Response times of failed requests, if any.
    failed: Option<Box<Failed>>,
    /// For some response times it is unknown whether the request failed.
    failures_unknown: bool,
}

#[derive(Debug, Clone, Default)]
struct Failed {
    histogram: HistogramBuilder,
    sum_ns: u128,
}

impl Failed {
    fn build(&self, definition: Definition) -> FailedLatency {
        FailedLatency { histogram: self.histogram.build().by(definition), sum_ns: self.sum_ns }
    }
}

impl Default for Recorder {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            index: BTreeMap::new(),
            timeline: TimelineBuilder::new(RUN_INTERVALS, true),
            causes: Causes::default(),
            aside: Aside { timeline: TimelineBuilder::new(RUN_INTERVALS, true), causes: Causes::default() },
            fine: true,
            users: None,
            definition: Definition::default(),
        }
    }
}

impl Recorder {
    /// A recorder with this definition of percentiles.
    #[must_use]
    pub fn by(definition: Definition) -> Self {
        Self { definition, ..Self::default() }
    }

    /// The index of an endpoint, created if new; that of [`OTHER_ENDPOINTS`] beyond the limit. Look it up once per
    /// endpoint, not per sample. An endpoint that is not `in_total` is listed but not summed, unless nothing else was
    /// recorded.
    pub fn endpoint(&mut self, method: Option<&str>, name: &str, in_total: bool) -> Slot {
        let key = (name.to_owned(), method.map(str::to_owned), in_total);
        if let Some(slot) = self.index.get(&key) {
            return *slot;
        }
        if self.index.len() >= MOST_ENDPOINTS && name != OTHER_ENDPOINTS {
            return self.endpoint(None, OTHER_ENDPOINTS, in_total);
        }
        let slot = Slot(u32::try_from(self.entries.len()).unwrap_or(u32::MAX));
        if self.fine && self.entries.len() >= FINE_ENDPOINTS {
            self.fine = false;
            self.entries.iter_mut().for_each(|e| e.timeline.coarsen());
        }
        let mut timeline = TimelineBuilder::new(ENDPOINT_INTERVALS, self.fine);
        if !self.fine {
            timeline.coarsen();
        }
        let dense = if self.entries.len() < DENSE_ENDPOINTS { DENSE_MS } else { 0 };
        let histogram = HistogramBuilder::with_dense(dense);
        self.entries.push(Entry { histogram, timeline, ..Entry::new(key.1.clone(), key.0.clone(), in_total) });
        self.index.insert(key, slot);
        slot
    }

    /// Counts a sample.
    #[inline]
    pub fn record(&mut self, slot: Slot, sample: &Sample) {
        let Some(entry) = self.entries.get_mut(slot.0 as usize) else { return };
        entry.requests = entry.requests.saturating_add(sample.requests);
        entry.failures = entry.failures.saturating_add(sample.failures);
        entry.sum_ns = entry.sum_ns.saturating_add(u128::from(sample.sum_ns));
        entry.bytes = match (entry.bytes, sample.bytes) {
            (Some(sum), Some(bytes)) => sum.checked_add(u128::from(bytes)),
            _ => None,
        };
        entry.histogram.record_n(sample.elapsed_ns, sample.requests);
        if let Some(end_ms) = sample.end_ms {
            let start_ms = end_ms.saturating_sub_unsigned(sample.elapsed_ns / 1_000_000);
            entry.at(start_ms, end_ms);
            let beat = Beat {
                end_s: end_ms.div_euclid(1000),
                requests: sample.requests,
                failures: sample.failures,
                sum_ns: sample.sum_ns,
                bucket: Sketch::bucket(sample.elapsed_ns),
                users: sample.users,
            };
            entry.timeline.record(&Beat { users: None, ..beat });
            if entry.in_total { &mut self.timeline } else { &mut self.aside.timeline }.record(&beat);
        }
        if sample.failures > 0 || sample.failed != Some(0) {
            self.record_failed(slot, sample);
        }
        if sample.users > self.users {
            self.users = sample.users;
        }
    }

    /// Records the failed part of a sample, after [`Recorder::record`] has counted it.
    #[cold]
    fn record_failed(&mut self, slot: Slot, sample: &Sample) {
        let Some(entry) = self.entries.get_mut(slot.0 as usize) else { return };
        // For several samples in one row of which only some failed, each counts with the mean.
        let requests = sample.failed.unwrap_or(0).min(sample.requests);
        let sum_ns =
            if requests == sample.requests { sample.sum_ns } else { sample.elapsed_ns.saturating_mul(requests) };
        entry.failures_unknown |= sample.failed.is_none();
        if requests > 0 {
            let failed = entry.failed.get_or_insert_default();
            failed.histogram.record_n(sample.elapsed_ns, requests);
            failed.sum_ns = failed.sum_ns.saturating_add(u128::from(sum_ns));
        }
        if let Some(end_ms) = sample.end_ms {
            let end_s = end_ms.div_euclid(1000);
            let beat = FailedBeat { requests, sum_ns, bucket: Sketch::bucket(sample.elapsed_ns) };
            let beat = sample.failed.map(|_| &beat);
            entry.timeline.failed(end_s, beat);
            if entry.in_total { &mut self.timeline } else { &mut self.aside.timeline }.failed(end_s, beat);
        }
    }

    /// As [`Recorder::record`], for one sample of whole milliseconds with a known end.
    #[inline]
    pub fn record_ms(
        &mut self,
        slot: Slot,
        end_ms: i64,
        elapsed_ms: u32,
        failed: bool,
        bytes: Option<u64>,
        users: Option<u64>,
    ) {
        self.record_all(&[Simple { slot, end_ms, elapsed_ms, failed, bytes, users }]);
    }

    /// As [`Recorder::record_ms`], for a batch that fits into the processor's L1 cache.
    ///
    /// Data of different endpoints is far apart in memory, and samples come in any order. Each kind of data has a loop
    /// of its own, short enough that the processor prefetches several samples at once.
    pub fn record_all(&mut self, samples: &[Simple]) {
        for sample in samples {
            let Some(entry) = self.entries.get_mut(sample.slot.0 as usize) else { continue };
            entry.histogram.record_ms(u64::from(sample.elapsed_ms));
        }
        // Consecutive samples mostly end in the same second: one beat in the run's timeline.
        let (mut second, mut beat, mut at) = (i64::MIN..i64::MIN, Beat::default(), 0);
        for sample in samples {
            let Some(entry) = self.entries.get_mut(sample.slot.0 as usize) else { continue };
            if !second.contains(&sample.end_ms) {
                self.timeline.add_at(at, &beat);
                let (end_s, into) = (sample.end_ms.div_euclid(1000), sample.end_ms.rem_euclid(1000));
                beat = Beat { end_s, ..Beat::default() };
                second = sample.end_ms.saturating_sub(into)..sample.end_ms.saturating_add(1000 - into);
            }
            let (sum_ns, failures) = (sample.elapsed_ns(), u64::from(sample.failed));
            let bucket = Sketch::bucket(sum_ns);
            entry.requests = entry.requests.saturating_add(1);
            entry.failures = entry.failures.saturating_add(failures);
            // 128 bits cannot overflow here.
            entry.sum_ns = entry.sum_ns.wrapping_add(u128::from(sum_ns));
            entry.bytes = match (entry.bytes, sample.bytes) {
                (Some(sum), Some(bytes)) => sum.checked_add(u128::from(bytes)),
                _ => None,
            };
            entry.at(sample.end_ms.saturating_sub(i64::from(sample.elapsed_ms)), sample.end_ms);
            entry.timeline.record_one(&Beat { requests: 1, failures, sum_ns, bucket, users: None, ..beat });
            if entry.in_total {
                if beat.requests == 0 {
                    at = self.timeline.find(beat.end_s);
                }
                beat.requests += 1;
                beat.failures += failures;
                beat.sum_ns = beat.sum_ns.saturating_add(sum_ns);
                beat.users = beat.users.max(sample.users);
                self.timeline.sketch_at(at, bucket);
            } else {
                self.aside.timeline.record(&Beat {
                    requests: 1,
                    failures,
                    sum_ns,
                    bucket,
                    users: sample.users,
                    ..beat
                });
            }
            if sample.failed {
                self.record_failed(sample.slot, &Sample::one(Some(sample.end_ms), sum_ns, true));
            }
            self.users = self.users.max(sample.users);
        }
        self.timeline.add_at(at, &beat);
    }

    /// Counts a request without a response time: it is in no percentile, mean or interval of a timeline.
    pub fn record_untimed(&mut self, slot: Slot, end_ms: Option<i64>, failed: bool, bytes: Option<u64>) {
        // A sample without response times, then the request.
        self.record(slot, &Sample { requests: 0, bytes, ..Sample::one(end_ms, 0, failed) });
        let Some(entry) = self.entries.get_mut(slot.0 as usize) else { return };
        entry.requests = entry.requests.saturating_add(1);
    }

    /// Counts `n` failures of one cause.
    pub fn failed(&mut self, slot: Slot, cause: &str, n: u64) {
        let end = match cause.len() {
            short @ ..=CAUSE_CHARS => short,
            long => cause.char_indices().nth(CAUSE_CHARS).map_or(long, |(at, _)| at),
        };
        let mut key = (slot, cause.get(..end).unwrap_or("").to_owned());
        if end < cause.len() {
            key.1.push('…');
        }
        let in_total = self.entries.get(slot.0 as usize).is_none_or(|entry| entry.in_total);
        if in_total { &mut self.causes } else { &mut self.aside.causes }.add(key, n);
    }

    /// Records the number of users at a moment, seconds since the Unix epoch.
    pub fn users(&mut self, at_s: i64, users: u64) {
        self.timeline.users(at_s, users);
        self.users = self.users.max(Some(users));
    }

    /// Number of samples, in and outside the total.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.entries.iter().fold(0, |sum, e| sum.saturating_add(e.requests))
    }

    /// Merges the recorder of another slice of the same file.
    pub fn merge(&mut self, other: &Self) {
        let mut slots = Vec::with_capacity(other.entries.len());
        for theirs in &other.entries {
            let slot = self.endpoint(theirs.method.as_deref(), &theirs.name, theirs.in_total);
            slots.push(slot);
            if let Some(mine) = self.entries.get_mut(slot.0 as usize) {
                mine.add(theirs);
            }
        }
        self.causes.merge(&other.causes, &slots);
        self.aside.causes.merge(&other.aside.causes, &slots);
        self.timeline.merge(&other.timeline);
        self.aside.timeline.merge(&other.aside.timeline);
        self.users = self.users.max(other.users);
    }

    /// The run at this point. `rows` are the data rows read, `rejected` those that could not be used. Without moments
    /// in the file, there is no timeline and no rate.
    #[must_use]
    pub fn run(&self, rows: u64, rejected: u64) -> Run {
        self.clone().finish(rows, rejected)
    }

    /// The run, emptying the recorder: as [`Recorder::run`], but releases each endpoint's data once it is in the run,
    /// so that peak memory is little more than one of them.
    #[must_use]
    pub fn take(&mut self, rows: u64, rejected: u64) -> Run {
        std::mem::take(self).finish(rows, rejected)
    }

    fn finish(self, rows: u64, rejected: u64) -> Run {
        let total = self.total();
        let (timeline, causes) =
            if self.is_aside_alone() { (self.aside.timeline, self.aside.causes) } else { (self.timeline, self.causes) };
        let timeline = Some(timeline.finish()).filter(|t| !t.intervals.is_empty());
        let total = total.map(|total| Endpoint { timeline: timeline.clone(), ..total });
        let mut failures: Vec<Failure> = causes
            .counts
            .into_iter()
            .filter_map(|((slot, message), count)| {
                let entry = self.entries.get(slot.0 as usize)?;
                let (method, name) = (entry.method.clone(), entry.name.clone());
                Some(Failure { method, name, message, count })
            })
            .collect();
        if causes.other > 0 {
            let message = OTHER_CAUSES.to_owned();
            failures.push(Failure { message, count: causes.other, ..Failure::default() });
        }
        super::merge::fold_failures(&mut failures);
        let is_capped = self.index.len() >= MOST_ENDPOINTS;
        drop(self.index);
        let mut endpoints: Vec<Endpoint> =
            self.entries.into_iter().filter(|e| e.requests > 0).map(|e| e.finish(self.definition)).collect();
        super::merge::fold_endpoints(&mut endpoints);
        let mut notes = Vec::new();
        // A request may have this name.
        if is_capped && endpoints.iter().any(|e| e.name == OTHER_ENDPOINTS) {
            notes.push(endpoints_capped());
        }
        let long = endpoints.iter().filter(|e| e.name.len() + MAX_CHAR_BYTES > MAX_NAME_BYTES).count() as u64;
        if long > 0 {
            notes.push(Note::on_run(&NAMES_SHORTENED, [long.into(), (MAX_NAME_BYTES as u64).into()]));
        }
        if causes.other > 0 {
            notes.push(causes_capped());
        }
        if endpoints.iter().filter_map(|e| e.timeline.as_ref()?.grid).any(|g| g.most < ENDPOINT_INTERVALS) {
            notes.push(timelines_coarse());
        }
        let listed = endpoints.len() as u64;
        Run {
            users_follow: timeline.as_ref().is_some_and(follow_from_latency),
            timeline,
            failures,
            notes,
            rows: account(rows, rejected, listed),
            endpoints: endpoints.into(),
            ..of_total(total, self.users)
        }
    }

    /// An excerpt of the current run for display while reading: the total and the [`BUSIEST`] endpoints, without
    /// timelines and causes. The number of endpoints is in [`Run::rows`].
    #[must_use]
    pub fn digest(&self, rows: u64, rejected: u64) -> Run {
        let mut busy: Vec<&Entry> = self.entries.iter().filter(|e| e.requests > 0).collect();
        let key = |entry: &Entry| (entry.name.clone(), entry.method.clone());
        let names = crate::order::set(busy.iter().map(|e| (&e.name, &e.method)));
        let listed = names.len() as u64;
        drop(names);
        crate::order::sort_by_key(&mut busy, |e| std::cmp::Reverse(e.requests));
        busy.truncate(BUSIEST);
        // A name may have a second entry outside the total.
        let shown = crate::order::set(busy.into_iter().map(key));
        let entries = self.entries.iter().filter(|e| e.requests > 0 && shown.contains(&key(e)));
        let mut endpoints: Vec<Endpoint> = entries.map(|entry| entry.endpoint(None, self.definition)).collect();
        super::merge::fold_endpoints(&mut endpoints);
        Run { endpoints: endpoints.into(), rows: account(rows, rejected, listed), ..of_total(self.total(), self.users) }
    }

    /// Whether all samples are outside the total.
    fn is_aside_alone(&self) -> bool {
        !self.entries.iter().any(|e| e.in_total && e.requests > 0)
    }

    /// The sum of all endpoints in the total, without a timeline.
    fn total(&self) -> Option<Endpoint> {
        let mut total: Option<Entry> = None;
        let is_aside_alone = self.is_aside_alone();
        for entry in self.entries.iter().filter(|e| (e.in_total || is_aside_alone) && e.requests > 0) {
            total.get_or_insert_with(|| Entry::new(None, "Total".into(), true)).add_sums(entry);
        }
        total.map(|total| total.endpoint(None, self.definition))
    }
}

/// A run with the properties of its total.
fn of_total(total: Option<Endpoint>, users: Option<u64>) -> Run {
    let span = total.as_ref().and_then(|t| t.span_ms);
    Run {
        started_ms: span.map(|(start, _)| start),
        duration_s: span.map(|(start, end)| end.saturating_sub(start) as f64 / 1000.0),
        users,
        total,
        ..Run::default()
    }
}

fn account(rows: u64, rejected: u64, listed: u64) -> RowAccount {
    let merged = rows.saturating_sub(rejected).saturating_sub(listed);
    RowAccount { read: rows, endpoints: listed, merged, rejected, totals: 0 }
}

impl Entry {
    fn new(method: Option<String>, name: String, in_total: bool) -> Self {
        Self {
            method,
            name,
            in_total,
            requests: 0,
            failures: 0,
            sum_ns: 0,
            bytes: Some(0),
            span_ms: None,
            histogram: HistogramBuilder::default(),
            timeline: TimelineBuilder::new(1, false),
            failed: None,
            failures_unknown: false,
        }
    }

    #[inline]
    fn at(&mut self, start_ms: i64, end_ms: i64) {
        self.span_ms = Some(match self.span_ms {
            Some((start, end)) => (start.min(start_ms), end.max(end_ms)),
            None => (start_ms, end_ms),
        });
    }

    fn add(&mut self, other: &Self) {
        self.add_sums(other);
        self.timeline.merge(&other.timeline);
    }

    fn add_sums(&mut self, other: &Self) {
        self.requests = self.requests.saturating_add(other.requests);
        self.failures = self.failures.saturating_add(other.failures);
        self.sum_ns = self.sum_ns.saturating_add(other.sum_ns);
        self.bytes = self.bytes.zip(other.bytes).and_then(|(a, b)| a.checked_add(b));
        if let Some((start, end)) = other.span_ms {
            self.at(start, end);
        }
        self.histogram.merge(&other.histogram);
        if let Some(theirs) = &other.failed {
            let mine = self.failed.get_or_insert_default();
            mine.histogram.merge(&theirs.histogram);
            mine.sum_ns = mine.sum_ns.saturating_add(theirs.sum_ns);
        }
        self.failures_unknown |= other.failures_unknown;
    }

    fn finish(mut self, definition: Definition) -> Endpoint {
        let timeline = std::mem::replace(&mut self.timeline, TimelineBuilder::new(1, false)).finish();
        self.endpoint(Some(timeline).filter(|t| !t.intervals.is_empty()), definition)
    }

    fn endpoint(&self, timeline: Option<Timeline>, definition: Definition) -> Endpoint {
        let histogram = self.histogram.build().by(definition);
        let ms = |ns: Option<u64>| ns.map(|ns| ns as f64 / 1e6);
        let mut endpoint = Endpoint {
            method: self.method.clone(),
            name: self.name.clone(),
            requests: Some(self.requests),
            failures: Some(self.failures),
            latency: Latency {
                // Over requests with a response time.
                mean_ms: (!histogram.is_empty()).then(|| self.sum_ns as f64 / histogram.count() as f64 / 1e6),
                sum_ns: Some(self.sum_ns),
                min_ms: ms(histogram.min_ns()),
                max_ms: ms(histogram.max_ns()),
                timed: Some(histogram.count()),
                distribution: Distribution::Samples(histogram),
            },
            sum_bytes: self.bytes,
            span_ms: self.span_ms,
            timeline,
            failed: (!self.failures_unknown)
                .then(|| Box::new(self.failed.as_deref().map(|failed| failed.build(definition)).unwrap_or_default())),
            ..Endpoint::default()
        };
        super::merge::derive(&mut endpoint);
        endpoint
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::run::{COARSE_INTERVALS, Percentile};
    use proptest::prelude::*;

    /// Endpoint, end in ms, elapsed in ms, failed.
    type Row = (usize, i64, u32, bool);

    fn record(recorder: &mut Recorder, row: &Row) {
        let (endpoint, end_ms, elapsed_ms, failed) = *row;
        let slot = recorder.endpoint(None, &format!("/{endpoint}"), endpoint % 5 != 4);
        if endpoint % 2 == 0 {
            recorder.record_ms(slot, end_ms, elapsed_ms, failed, Some(10), Some(7));
        } else {
            let sample = Sample::one(Some(end_ms), u64::from(elapsed_ms) * 1_000_000, failed);
            recorder.record(slot, &Sample { bytes: Some(10), users: Some(7), ..sample });
        }
        if failed {
            recorder.failed(slot, &format!("status {}", elapsed_ms % 3), 1);
        }
    }

    fn of(rows: &[Row]) -> Recorder {
        let mut recorder = Recorder::default();
        rows.iter().for_each(|row| record(&mut recorder, row));
        recorder
    }

    /// By hand.
    #[test]
    fn a_few_samples() {
        let run = of(&[(0, 10_000, 100, false), (0, 11_000, 300, true), (4, 12_000, 900, false)]).run(3, 0);
        let total = run.total.as_ref().unwrap();
        assert_eq!((total.requests, total.failures), (Some(2), Some(1)));
        assert_eq!(total.latency.mean_ms, Some(200.0));
        assert_eq!((total.latency.min_ms, total.latency.max_ms), (Some(100.0), Some(300.0)));
        assert_eq!(total.latency.distribution.quantile_ms(Percentile::P50), Some(200.0));
        assert_eq!(total.mean_bytes, Some(10.0));
        // From 9.9 s to 11 s.
        assert_eq!(run.duration_s, Some(1.1));
        assert_eq!(total.rate_per_s, Some(2.0 / 1.1));
        assert_eq!(run.users, Some(7));
        // The controller is listed but not summed.
        assert_eq!(run.endpoint(None, "/4").unwrap().requests, Some(1));
        assert_eq!(run.timeline.as_ref().unwrap().requests(), 2);
        let failure = Failure { method: None, name: "/0".into(), message: "status 0".into(), count: 1 };
        assert_eq!(run.failures, [failure]);
    }

    #[test]
    fn a_digest_has_the_busiest_endpoints_without_timelines() {
        // By hand: i · 7 mod 50 takes every value once, so that the endpoints have 1 to 50 requests.
        let mut rows: Vec<Row> = (0..50).flat_map(|i| vec![(i * 5, 10_000, 100, true); (i * 7 % 50) + 1]).collect();
        // Listed but not summed.
        rows.push((4, 10_000, 100, false));
        let recorder = of(&rows);
        let (digest, run) = (recorder.digest(1276, 0), recorder.run(1276, 0));
        assert_eq!((digest.rows, digest.rows.endpoints), (run.rows, 51));
        assert_eq!(digest.endpoints.len(), BUSIEST);
        assert!(digest.endpoints.iter().all(|e| e.requests > Some(30)));
        assert!(digest.endpoints.is_sorted_by(|a, b| a.name < b.name));
        for shown in &digest.endpoints {
            let whole = run.endpoint(None, &shown.name).unwrap();
            assert_eq!(shown, &Endpoint { timeline: None, ..whole.clone() });
        }
        assert_eq!(digest.total, run.total.map(|total| Endpoint { timeline: None, ..total }));
        assert!(digest.timeline.is_none() && digest.failures.is_empty());
        assert_eq!(digest.total.and_then(|t| t.requests), Some(1275));
    }

    /// By hand: 100 and 300 ms succeeded, 5 and 7 failed.
    #[test]
    fn successful_requests_only() {
        let rows = [(0, 10_000, 100, false), (0, 10_500, 5, true), (0, 11_000, 300, false), (0, 12_000, 7, true)];
        let mut recorder = of(&rows);
        let run = recorder.run(4, 0);
        let endpoint = run.endpoint(None, "/0").unwrap();
        let failed = endpoint.failed.as_ref().unwrap();
        assert_eq!(failed.histogram.iter().collect::<Vec<_>>(), [(5_000_000, 1), (7_000_000, 1)]);
        assert_eq!(failed.sum_ns, 12_000_000);
        for row in [endpoint, run.total.as_ref().unwrap()] {
            let alone = row.successes().unwrap();
            assert_eq!((alone.requests, alone.failures, alone.latency.timed), (Some(2), Some(0), Some(2)));
            assert_eq!((alone.latency.mean_ms, alone.latency.min_ms), (Some(200.0), Some(100.0)));
            // From 9.9 s to 12 s.
            assert_eq!((alone.rate_per_s, alone.failures_per_s), (Some(2.0 / 2.1), Some(0.0)));
            let timeline = alone.timeline.unwrap();
            let seconds: Vec<_> = timeline.intervals.iter().map(|i| (i.end_s, i.requests, i.mean_ms)).collect();
            assert_eq!(seconds, [(11, 1, Some(100.0)), (12, 1, Some(300.0)), (13, 0, None)]);
        }
        // A failure without a response time.
        let slot = recorder.endpoint(None, "/0", true);
        recorder.record_untimed(slot, Some(12_000), true, None);
        let alone = recorder.run(5, 0).total.unwrap().successes().unwrap();
        assert_eq!((alone.requests, alone.latency.mean_ms), (Some(2), Some(200.0)));
        assert_eq!(alone.timeline.unwrap().requests(), 2);
        // Ten in one row, of which one failed: its response time is unknown.
        recorder.record(slot, &Sample { requests: 10, failed: None, ..Sample::one(Some(12_000), 9, true) });
        let run = recorder.run(6, 0);
        assert_eq!(run.total.as_ref().unwrap().successes(), None);
        assert_eq!(run.timeline.as_ref().unwrap().successes(), None);
    }

    /// A mean covers only requests with a response time.
    #[test]
    fn requests_without_a_time() {
        let mut recorder = of(&[(0, 10_000, 100, false), (0, 11_000, 300, false)]);
        let slot = recorder.endpoint(None, "/0", true);
        recorder.record_untimed(slot, Some(12_000), true, Some(10));
        let run = recorder.run(3, 0);
        let total = run.total.as_ref().unwrap();
        assert_eq!((total.requests, total.failures, total.latency.timed), (Some(3), Some(1), Some(2)));
        assert_eq!((total.latency.mean_ms, total.latency.min_ms), (Some(200.0), Some(100.0)));
        assert_eq!((total.mean_bytes, run.duration_s), (Some(10.0), Some(2.1)));
    }

    /// Beyond the limits, totals are complete and notes state what is not.
    #[test]
    fn limits() {
        let mut recorder = Recorder::default();
        for i in 0..MOST_ENDPOINTS + 100 {
            let slot = recorder.endpoint(None, &format!("/{i}"), true);
            recorder.record_ms(slot, 1000 * i as i64, 5, true, None, None);
            recorder.failed(slot, "x", 1);
        }
        let run = recorder.run(10_100, 0);
        assert_eq!(run.endpoints.len(), MOST_ENDPOINTS + 1);
        assert_eq!(run.endpoint(None, OTHER_ENDPOINTS).unwrap().requests, Some(100));
        assert_eq!(run.total.as_ref().unwrap().requests, Some(10_100));
        assert_eq!(run.failures.iter().map(|f| f.count).sum::<u64>(), 10_100);
        assert_eq!(run.failures[0].message, OTHER_CAUSES);
        assert!(run.endpoints.iter().all(|e| e.timeline.as_ref().unwrap().intervals.len() <= COARSE_INTERVALS));
        let codes: Vec<_> = run.notes.iter().map(Note::code).collect();
        assert_eq!(codes, ["endpoints-capped", "causes-capped", "timelines-coarse"]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        /// A batch equals its samples recorded one by one, in one second or many, in order or not.
        #[test]
        fn a_batch_equals_its_samples(
            rows in prop::collection::vec((0..6_usize, -4_000..9_000_i64, 0..60_000_u32, any::<bool>()), 0..200),
            far in prop::sample::select(&[0, 1, i64::MAX, i64::MIN][..]),
            batch in 1..70_usize,
        ) {
            let (mut one_by_one, mut batches) = (Recorder::default(), Recorder::default());
            let mut samples = Vec::new();
            for (i, (endpoint, end_ms, elapsed_ms, failed)) in rows.iter().copied().enumerate() {
                let slot = one_by_one.endpoint(None, &format!("/{endpoint}"), endpoint != 4);
                prop_assert_eq!(slot, batches.endpoint(None, &format!("/{endpoint}"), endpoint != 4));
                // Occasional outliers in time.
                let end_ms = if i % 50 == 49 { far } else { end_ms };
                let (bytes, users) = (Some(u64::from(elapsed_ms)), (i % 3 > 0).then_some(i as u64 % 7));
                let one = Sample::one(Some(end_ms), u64::from(elapsed_ms) * 1_000_000, failed);
                one_by_one.record(slot, &Sample { bytes, users, ..one });
                samples.push(Simple { slot, end_ms, elapsed_ms, failed, bytes, users });
            }
            samples.chunks(batch).for_each(|samples| batches.record_all(samples));
            let n = rows.len() as u64;
            prop_assert_eq!(batches.run(n, 0), one_by_one.run(n, 0));
        }

        /// The successful requests of a run equal a recording of these only: while recording, after merging, when
        /// finished, and over the wire.
        #[test]
        fn successes_equal_a_recording_of_these_only(
            rows in prop::collection::vec((0..12_usize, 0..400_000_i64, 0..40_000_u32, any::<bool>()), 1..2600),
            cut in 0..2600_usize,
            fine in any::<bool>(),
        ) {
            // Milliseconds above 4095 and many values: exact values are dropped beyond 2,048.
            let mut rows: Vec<Row> = rows;
            if fine {
                rows.iter_mut().for_each(|row| row.0 %= 2);
            }
            let n = rows.len() as u64;
            let whole = of(&rows).run(n, 0);
            let good: Vec<Row> = rows.iter().filter(|row| !row.3).copied().collect();
            let alone = of(&good).run(good.len() as u64, 0);
            let cut = cut.min(rows.len());
            let (a, b) = (of(&rows[..cut]), of(&rows[cut..]));
            let at_rest = crate::run::merge::merge_runs(a.run(1, 0), b.run(1, 0));
            let sent: Run = crate::wire::from_bytes(&crate::wire::to_bytes(&whole)).unwrap();
            prop_assert_eq!(&sent, &whole);
            let runs = [whole, at_rest].into_iter();
            for run in runs.filter(|run| run.total.is_some()) {
                let rows = run.endpoints.iter().chain(&run.total);
                for row in rows {
                    let got = row.successes().unwrap();
                    let mut wanted = if row.name == "Total" { alone.total.clone() } else { None };
                    wanted = wanted.or_else(|| alone.endpoint(None, &row.name).cloned());
                    let Some(wanted) = wanted else {
                        prop_assert_eq!(got.requests, Some(0));
                        continue;
                    };
                    prop_assert_eq!((got.requests, got.failures), (wanted.requests, Some(0)));
                    prop_assert_eq!(got.latency.sum_ns, wanted.latency.sum_ns);
                    prop_assert_eq!(got.latency.mean_ms, wanted.latency.mean_ms);
                    prop_assert_eq!(got.latency.timed, wanted.latency.timed);
                    for (got, wanted) in [(got.latency.min_ms, wanted.latency.min_ms), (got.latency.max_ms, wanted.latency.max_ms)] {
                        prop_assert!(got.is_none() || got == wanted, "{:?} {:?}", got, wanted);
                    }
                    let (g, w) = (&got.latency.distribution, &wanted.latency.distribution);
                    if matches!(&row.latency.distribution, Distribution::Samples(all) if all.is_exact()) {
                        prop_assert_eq!(g, w);
                    }
                    for p in [1_000, 50_000, 95_000, 99_000, 100_000].map(Percentile) {
                        let (g, w) = (g.quantile_ms(p).unwrap(), w.quantile_ms(p).unwrap());
                        prop_assert!((g - w).abs() <= w * 0.001 + 1e-9, "{:?}: {} {}", p, g, w);
                    }
                    // The intervals of the whole may be longer than those of the successful requests.
                    let (g, w) = (got.timeline.unwrap(), wanted.timeline.unwrap());
                    for i in g.intervals.iter() {
                        let of: Vec<_> = w.intervals.iter().filter(|w| w.end_s <= i.end_s && w.end_s > i.end_s - i64::from(i.length_s)).collect();
                        prop_assert_eq!(i.requests, of.iter().map(|i| i.requests).sum::<u64>());
                        prop_assert_eq!(u128::from(i.sum_ns.unwrap()), of.iter().map(|i| u128::from(i.sum_ns.unwrap())).sum::<u128>());
                        let mut sketch = Sketch::default();
                        of.iter().filter_map(|i| i.sketch.as_deref()).for_each(|s| sketch.merge(s));
                        prop_assert_eq!(i.sketch.as_deref(), Some(&sketch));
                        prop_assert_eq!(i.failures, 0);
                    }
                }
            }
        }

        /// Any split into slices and any order of merging give the same run.
        #[test]
        fn merging_is_associative_and_commutative(
            rows in prop::collection::vec((0..700_usize, 0..3_000_000_i64, 0..60_000_u32, any::<bool>()), 1..900),
            few in 1..800_usize,
            cuts in prop::collection::vec(0..900_usize, 0..4),
        ) {
            let rows: Vec<Row> = rows.into_iter().map(|(e, t, ms, f)| (e % few, t, ms, f)).collect();
            let n = rows.len() as u64;
            let whole = of(&rows).run(n, 0);
            let mut cuts: Vec<usize> = cuts.into_iter().map(|c| c.min(rows.len())).chain([0, rows.len()]).collect();
            cuts.sort_unstable();
            let parts: Vec<Recorder> = cuts.windows(2).map(|w| of(&rows[w[0]..w[1]])).collect();
            let fold = |mut a: Recorder, b: &Recorder| { a.merge(b); a };
            prop_assert_eq!(&parts.iter().fold(Recorder::default(), fold).run(n, 0), &whole);
            prop_assert_eq!(&parts.iter().rev().fold(Recorder::default(), fold).run(n, 0), &whole);
        }
    }
}
