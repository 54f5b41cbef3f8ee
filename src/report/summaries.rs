//! What a report carries so that it can be judged again: both runs and the policy, as canonical JSON.
//!
//! The same comparison gives the same bytes, which can stand in an HTML `script` element as they are, so that their hash is
//! that of the file. `docs/html-report.md` describes every member.
//!
//! [`from_canonical_json`] reads text that anyone may have written: it is bounded, and what no run can hold is refused.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::canonical::canonical;
use super::thresholds_file;
use crate::compare::{self, Comparison, Portable, Scope, explored};
use crate::policy::{self, Policy, Question, TooMuchMatching};
use crate::run::time::{has_moment, is_moment};
use crate::run::{
    Batches, Buckets, Distribution, Endpoint, Exception, Failure, Histogram, Interval, Judged, Latency, Metric, Note,
    NoteLevel, Order, Percentile, PercentileTable, Precision, Rounding, RowAccount, Run, Source, SourceFile, Sureness,
    TablePart, Timeline,
};

/// The version of the shape. It grows when a member that decides a verdict is added, or one means something else.
pub const SCHEMA: u64 = 1;

/// Longer text, in bytes, is refused.
pub const LONGEST: usize = 64 * 1024 * 1024;

/// More endpoints in a run are refused.
pub const MOST_ENDPOINTS: usize = 50_000;

/// Why summaries cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SummariesError {
    /// The text is longer than [`LONGEST`].
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// The text is no JSON of this shape: where, and what is wrong.
    Malformed(String),
    /// Another version made it.
    UnknownSchema(u64),
    /// It says what no run can hold.
    Impossible(String),
    /// Its thresholds would take too long to match with its endpoints.
    Matching(TooMuchMatching),
}

impl fmt::Display for SummariesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { bytes } => write!(f, "the summaries have {bytes} bytes, and {LONGEST} is the most"),
            Self::Malformed(why) => write!(f, "the summaries cannot be read: {why}"),
            Self::UnknownSchema(schema) => {
                write!(f, "the summaries have schema {schema}, and this version reads schema {SCHEMA}")
            }
            Self::Impossible(what) => write!(f, "the summaries cannot be those of a run: {what}"),
            Self::Matching(error) => write!(f, "the report is not judged: {error}"),
        }
    }
}

impl std::error::Error for SummariesError {}

fn impossible<T>(what: impl Into<String>) -> Result<T, SummariesError> {
    Err(SummariesError::Impossible(what.into()))
}

/// Both runs and the policy as canonical JSON.
#[must_use]
pub fn to_canonical_json(comparison: &Comparison) -> String {
    let (mut baseline, mut run) = (RunJson::from(&comparison.baseline), RunJson::from(&comparison.run));
    let (of_baseline, of_run) = sureness(comparison);
    baseline.tell(&of_baseline);
    run.tell(&of_run);
    canonical(&Summaries { schema: SCHEMA, baseline, run, policy: PolicyJson::from(&comparison.policy) })
}

/// A policy alone, as JSON.
pub(crate) fn policy_to_json(policy: &Policy) -> String {
    canonical(&PolicyJson::from(policy))
}

/// The policy that [`policy_to_json`] has written.
pub(crate) fn policy_of_json(text: &str) -> Option<Policy> {
    serde_json::from_str::<PolicyJson>(text).ok()?.restore().ok()
}

/// Method and name of an endpoint; `None` is the total.
pub(super) type Key = Option<(Option<String>, String)>;

/// How sure the figures of a side are, by endpoint.
pub(super) type Sure = BTreeMap<Key, Sureness>;

/// The key of an endpoint.
pub(super) fn key(scope: Scope, endpoint: &Endpoint) -> Key {
    (scope != Scope::Total).then(|| (endpoint.method.clone(), endpoint.name.clone()))
}

/// Endpoints with a chart of changes by percentile, beside the total: the most severe.
pub(super) const CHARTED: usize = 2;

/// The subjects with such a chart in the report.
fn charted(c: &Comparison) -> Vec<usize> {
    let total = c.subjects.iter().position(|s| s.scope == Scope::Total);
    total.into_iter().chain(c.endpoints_by_severity().map(|(i, _)| i).take(CHARTED)).collect()
}

/// How sure the figures of both sides are, those of the charts among them: time series lose the sums and the sketches of raw samples, and the response times
/// of successful requests alone are not written.
pub(super) fn sureness(c: &Comparison) -> (Sure, Sure) {
    fn own(run: &Run) -> Sure {
        let total = run.total.iter().map(|e| (None, e.sureness.clone()));
        crate::order::map(total.chain(run.endpoints.iter().map(|e| (key(Scope::Endpoint, e), e.sureness.clone()))))
    }
    let (mut baseline, mut run) = (own(&c.baseline), own(&c.run));
    let portable = Portable::of(&c.baseline, &c.run, &c.policy);
    let metrics = Portable::metrics(&c.policy);
    let charted = charted(c);
    for (index, subject) in c.subjects.iter().enumerate().filter(|(_, s)| s.scope != Scope::Service) {
        let sides = (subject.baseline.as_ref(), subject.run.as_ref());
        let mut metrics = metrics.clone();
        if let (true, (Some(b), Some(r))) = (charted.contains(&index), sides) {
            metrics.extend(explored(b, r).into_iter().map(Metric::Latency));
            crate::order::sort(&mut metrics);
            metrics.dedup();
        }
        let told = portable.sureness(subject.scope, sides, &metrics);
        for (endpoint, told, side) in [(sides.0, told.0, &mut baseline), (sides.1, told.1, &mut run)] {
            if let Some(slot) = endpoint.and_then(|e| side.get_mut(&key(subject.scope, e))) {
                *slot = told;
            }
        }
    }
    (baseline, run)
}

/// Reads what [`to_canonical_json`] has written; the notes of the runs come back in the words they were written in.
///
/// # Errors
///
/// A [`SummariesError`] where the text is too long, no JSON of this shape, of a newer schema, or impossible.
pub fn from_canonical_json(text: &str) -> Result<(Run, Run, Policy), SummariesError> {
    #[derive(Deserialize)]
    struct Versioned {
        schema: u64,
    }
    if text.len() > LONGEST {
        return Err(SummariesError::TooLong { bytes: text.len() });
    }
    let malformed = |error: serde_json::Error| SummariesError::Malformed(error.to_string());
    let Versioned { schema } = serde_json::from_str(text).map_err(malformed)?;
    if schema != SCHEMA {
        return Err(SummariesError::UnknownSchema(schema));
    }
    let read: Summaries = serde_json::from_str(text).map_err(malformed)?;
    let (baseline, run, policy) = (read.baseline.restore()?, read.run.restore()?, read.policy.restore()?);
    compare::check_matching([&baseline, &run], &policy, policy::MOST_STEPS).map_err(SummariesError::Matching)?;
    Ok((baseline, run, policy))
}

#[derive(Serialize, Deserialize)]
struct Summaries {
    schema: u64,
    baseline: RunJson,
    run: RunJson,
    policy: PolicyJson,
}

#[derive(Serialize, Deserialize)]
struct RunJson {
    label: String,
    tool: String,
    version: Option<String>,
    files: Vec<FileJson>,
    started_ms: Option<i64>,
    duration_s: Option<f64>,
    users: Option<u64>,
    users_follow: Option<bool>,
    left_out_s: Option<u32>,
    endpoints: Vec<EndpointJson>,
    total: Option<EndpointJson>,
    timeline: Option<TimelineJson>,
    /// The total's timeline is the run's, which is then written once.
    total_timeline_is_the_run_s: Option<bool>,
    failures: Vec<FailureJson>,
    exceptions: Vec<ExceptionJson>,
    notes: Vec<NoteJson>,
    rows: RowsJson,
}

#[derive(Serialize, Deserialize)]
struct FileJson {
    name: String,
    bytes: u64,
    /// Sixteen hexadecimal digits: JavaScript's numbers would round it.
    fingerprint: String,
    format: String,
    evidence: String,
}

#[derive(Serialize, Deserialize)]
struct EndpointJson {
    method: Option<String>,
    name: String,
    service: Option<String>,
    requests: Option<u64>,
    failures: Option<u64>,
    mean_ms: Option<f64>,
    /// In decimal digits, since it may be longer than 64 bits.
    sum_ns: Option<String>,
    min_ms: Option<f64>,
    max_ms: Option<f64>,
    timed: Option<u64>,
    percentiles_ms: Option<BTreeMap<String, f64>>,
    tables: Option<Vec<TableJson>>,
    buckets: Option<BucketsJson>,
    samples: Option<SamplesJson>,
    rounding: Option<RoundingJson>,
    rate_per_s: Option<f64>,
    failures_per_s: Option<f64>,
    stated_error_rate_pct: Option<f64>,
    mean_bytes: Option<f64>,
    /// In decimal digits.
    sum_bytes: Option<String>,
    /// Begin of the first request and end of the last.
    span_ms: Option<(i64, i64)>,
    timeline: Option<TimelineJson>,
    metrics: BTreeMap<String, f64>,
    /// How sure the figures are, by metric; left out where nothing is known of that.
    sureness: Option<BTreeMap<String, PrecisionJson>>,
    /// How far two runs of the same program differ, in percent, by metric.
    noise_pct: Option<BTreeMap<String, f64>>,
    /// Of the run, by metric: what was judged, where that is not the figure itself.
    judged: Option<BTreeMap<String, JudgedJson>>,
}

/// The furthest that the figure judged is from the one that is shown, in steps of [`Judged::STEPS`].
const MOST_SHIFT: i32 = 200_000;

/// What was judged of a change beside the figures that are shown.
#[derive(Serialize, Deserialize)]
struct JudgedJson {
    shift: Option<i32>,
    successes: Option<bool>,
    mixed: Option<bool>,
    mix: Option<bool>,
    left_out_s: Option<u32>,
    since_s: Option<u32>,
    burst_s: Option<(u32, u32)>,
    more_noise: Option<u8>,
}

impl From<&Judged> for JudgedJson {
    fn from(judged: &Judged) -> Self {
        let Judged { shift, successes, mixed, mix, left_out_s, since_s, burst_s, more_noise } = *judged;
        let more_noise = Some(more_noise).filter(|more| *more > 0);
        let told = |flag: bool| flag.then_some(true);
        let shift = Some(shift).filter(|shift| *shift != 0);
        let (successes, mixed, mix) = (told(successes), told(mixed), told(mix));
        Self { shift, successes, mixed, mix, left_out_s, since_s, burst_s, more_noise }
    }
}

impl JudgedJson {
    fn restore(self) -> Result<Judged, SummariesError> {
        let Self { shift, successes, mixed, mix, left_out_s, since_s, burst_s, more_noise } = self;
        let shift = shift.unwrap_or(0);
        let [successes, mixed, mix] = [successes, mixed, mix].map(|flag| flag == Some(true));
        if !(-MOST_SHIFT..=MOST_SHIFT).contains(&shift) || burst_s.is_some_and(|(from, to)| from > to) {
            return impossible("something judged that no figure can be");
        }
        let more_noise = more_noise.unwrap_or(0);
        Ok(Judged { shift, successes, mixed, mix, left_out_s, since_s, burst_s, more_noise })
    }
}

/// How sure a figure is.
#[derive(Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
enum PrecisionJson {
    /// Time batches.
    Batches { standard_error: f64, batches: u32, assumed: bool },
    /// Order statistics.
    Order { below: f64, above: f64, deepest: f64, design: f64, assumed: bool },
    /// Counts, and how many times their variance is that of independent requests.
    Counts { dispersion: f64 },
    /// Several runs.
    Runs { figures: Vec<f64> },
    /// No interval: too few requests. The number that is needed.
    TooFew { needed: u64 },
}

impl From<&Precision> for PrecisionJson {
    fn from(precision: &Precision) -> Self {
        match precision {
            Precision::Batches(Batches { standard_error, batches, assumed }) => {
                Self::Batches { standard_error: *standard_error, batches: *batches, assumed: *assumed }
            }
            Precision::Order(Order { below, above, deepest, design, assumed }) => {
                Self::Order { below: *below, above: *above, deepest: *deepest, design: *design, assumed: *assumed }
            }
            Precision::Dispersion(dispersion) => Self::Counts { dispersion: *dispersion },
            Precision::Runs(figures) => Self::Runs { figures: figures.clone() },
            Precision::TooFew(needed) => Self::TooFew { needed: *needed },
        }
    }
}

impl PrecisionJson {
    fn restore(self) -> Result<Precision, SummariesError> {
        let fine = |values: &[f64]| values.iter().all(|v| *v >= 0.0 && v.is_finite());
        let (precision, fine) = match self {
            Self::Batches { standard_error, batches, assumed } => (
                Precision::Batches(Batches { standard_error, batches, assumed }),
                fine(&[standard_error]) && (2..=1_000_001).contains(&batches),
            ),
            Self::Order { below, above, deepest, design, assumed } => (
                Precision::Order(Order { below, above, deepest, design, assumed }),
                fine(&[below, above, deepest, design]),
            ),
            Self::Counts { dispersion } => (Precision::Dispersion(dispersion), fine(&[dispersion])),
            Self::TooFew { needed } => (Precision::TooFew(needed), true),
            Self::Runs { figures } => {
                let is_fine = fine(&figures) && figures.len() <= 1000;
                (Precision::Runs(figures), is_fine)
            }
        };
        if fine { Ok(precision) } else { impossible("a spread that no figure can have") }
    }
}

#[derive(Serialize, Deserialize)]
struct TableJson {
    requests: u64,
    percentiles_ms: BTreeMap<String, f64>,
    rounding: Option<RoundingJson>,
    min_ms: Option<f64>,
    max_ms: Option<f64>,
}

#[derive(Serialize, Deserialize)]
struct BucketsJson {
    us: Vec<u64>,
    counts: Vec<u64>,
}

/// Response times that were read one by one.
#[derive(Serialize, Deserialize)]
struct SamplesJson {
    ns: Vec<u64>,
    counts: Vec<u64>,
    /// Where values are the middles of log-linear buckets: the extremes, which are exact.
    bucketed: Option<ExtremesJson>,
}

#[derive(Serialize, Deserialize)]
struct ExtremesJson {
    min_ns: u64,
    max_ns: u64,
}

#[derive(Serialize, Deserialize, Clone, Copy)]
#[serde(rename_all = "kebab-case")]
enum RoundingJson {
    TwoDigits,
}

/// Intervals by column.
#[derive(Serialize, Deserialize)]
struct TimelineJson {
    start_s: i64,
    length_s: Column<u32>,
    /// Seconds between the end of the interval before and the beginning of this one; left out where there are none.
    gap_s: Option<Column<i64>>,
    requests: Vec<u64>,
    failures: Column<u64>,
    mean_ms: Option<Column<Option<f64>>>,
    users: Option<Column<Option<u64>>>,
    window_p50_ms: Option<Column<Option<f64>>>,
    window_p95_ms: Option<Column<Option<f64>>>,
}

/// One value for all intervals, or one for each.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Column<T> {
    All(T),
    Each(Vec<T>),
}

#[derive(Serialize, Deserialize)]
struct FailureJson {
    method: Option<String>,
    name: String,
    message: String,
    count: u64,
}

#[derive(Serialize, Deserialize)]
struct ExceptionJson {
    message: String,
    traceback: String,
    count: u64,
}

#[derive(Serialize, Deserialize)]
struct NoteJson {
    file: Option<String>,
    code: String,
    warning: bool,
    text: String,
}

#[derive(Serialize, Deserialize)]
struct RowsJson {
    read: u64,
    endpoints: u64,
    totals: u64,
    merged: u64,
    rejected: u64,
}

#[derive(Serialize, Deserialize)]
struct PolicyJson {
    name: String,
    profile: Option<String>,
    /// The policy as a thresholds file: all rules in force, the profile's among them.
    thresholds: Value,
    /// The lines of the original file that the matches, rules and acks of `thresholds` stand on.
    lines: LinesJson,
    questions: Vec<QuestionJson>,
}

#[derive(Serialize, Deserialize)]
struct LinesJson {
    r#match: Vec<Option<usize>>,
    rule: Vec<Option<usize>>,
    ack: Vec<Option<usize>>,
}

#[derive(Serialize, Deserialize)]
struct QuestionJson {
    rule: usize,
    line: usize,
    column: usize,
    metric: String,
    relative: String,
    points: String,
}

impl From<&Run> for RunJson {
    fn from(run: &Run) -> Self {
        let once = run.timeline.is_some() && run.total.as_ref().is_some_and(|t| t.timeline == run.timeline);
        let mut total = run.total.as_ref().map(EndpointJson::from);
        if let Some(total) = total.as_mut().filter(|_| once) {
            total.timeline = None;
        }
        Self {
            label: run.label.clone(),
            tool: run.source.tool.clone(),
            version: run.source.version.clone(),
            files: run.source.files.iter().map(FileJson::from).collect(),
            started_ms: run.started_ms,
            duration_s: run.duration_s,
            users: run.users,
            users_follow: run.users_follow.then_some(true),
            left_out_s: run.left_out_s,
            endpoints: run.endpoints.iter().map(EndpointJson::from).collect(),
            total,
            timeline: run.timeline.as_ref().map(TimelineJson::from),
            total_timeline_is_the_run_s: once.then_some(true),
            failures: run
                .failures
                .iter()
                .map(|f| FailureJson {
                    method: f.method.clone(),
                    name: f.name.clone(),
                    message: f.message.clone(),
                    count: f.count,
                })
                .collect(),
            exceptions: run
                .exceptions
                .iter()
                .map(|e| ExceptionJson { message: e.message.clone(), traceback: e.traceback.clone(), count: e.count })
                .collect(),
            notes: run
                .notes
                .iter()
                .map(|n| NoteJson {
                    file: n.file.clone(),
                    code: n.code().to_owned(),
                    warning: n.level() == NoteLevel::Warning,
                    text: n.text(),
                })
                .collect(),
            rows: RowsJson {
                read: run.rows.read,
                endpoints: run.rows.endpoints,
                totals: run.rows.totals,
                merged: run.rows.merged,
                rejected: run.rows.rejected,
            },
        }
    }
}

impl RunJson {
    fn restore(self) -> Result<Run, SummariesError> {
        if self.endpoints.len() > MOST_ENDPOINTS {
            return impossible(format!("{} endpoints, and {MOST_ENDPOINTS} is the most", self.endpoints.len()));
        }
        if self.started_ms.is_some_and(|ms| !is_moment(ms)) {
            return impossible("a run that started outside of the calendar");
        }
        let timeline = self.timeline.map(TimelineJson::restore).transpose()?;
        let mut total = self.total.map(EndpointJson::restore).transpose()?;
        if self.total_timeline_is_the_run_s == Some(true)
            && let Some(total) = &mut total
        {
            total.timeline = timeline.clone();
        }
        let endpoints: Vec<Endpoint> =
            self.endpoints.into_iter().map(EndpointJson::restore).collect::<Result<_, _>>()?;
        if !endpoints.is_sorted_by(|a, b| a.key() < b.key()) {
            return impossible("endpoints that are not in order, or twice the same");
        }
        let r = self.rows;
        let parts = [r.endpoints, r.totals, r.merged, r.rejected];
        if parts.iter().try_fold(0_u64, |sum, n| sum.checked_add(*n)) != Some(r.read) {
            return impossible("an account of rows that does not add up");
        }
        let mut run = Run {
            label: self.label,
            source: Source {
                tool: self.tool,
                version: self.version,
                files: self.files.into_iter().map(FileJson::restore).collect::<Result<_, _>>()?,
            },
            started_ms: self.started_ms,
            duration_s: self.duration_s,
            users: self.users,
            users_follow: self.users_follow.unwrap_or(false),
            left_out_s: self.left_out_s,
            endpoints: endpoints.into(),
            total,
            timeline,
            failures: self
                .failures
                .into_iter()
                .map(|f| Failure { method: f.method, name: f.name, message: f.message, count: f.count })
                .collect(),
            exceptions: self
                .exceptions
                .into_iter()
                .map(|e| Exception { message: e.message, traceback: e.traceback, count: e.count })
                .collect(),
            notes: self
                .notes
                .into_iter()
                .map(|n| {
                    let level = if n.warning { NoteLevel::Warning } else { NoteLevel::Info };
                    Note { file: n.file, ..Note::told(n.code, level, n.text) }
                })
                .collect(),
            rows: RowAccount {
                read: r.read,
                endpoints: r.endpoints,
                totals: r.totals,
                merged: r.merged,
                rejected: r.rejected,
            },
        };
        run.quantiles_by_tool();
        Ok(run)
    }
}

impl From<&SourceFile> for FileJson {
    fn from(file: &SourceFile) -> Self {
        Self {
            name: file.name.clone(),
            bytes: file.bytes,
            fingerprint: format!("{:016x}", file.fingerprint),
            format: file.format.clone().into_owned(),
            evidence: file.evidence.clone(),
        }
    }
}

impl FileJson {
    fn restore(self) -> Result<SourceFile, SummariesError> {
        let Ok(fingerprint) = u64::from_str_radix(&self.fingerprint, 16) else {
            return impossible(format!("the fingerprint {:?}", clip(&self.fingerprint)));
        };
        let (name, bytes, format, evidence) = (self.name, self.bytes, self.format.into(), self.evidence);
        Ok(SourceFile { name, bytes, fingerprint, format, evidence })
    }
}

impl RunJson {
    /// Adds how sure the figures are.
    fn tell(&mut self, sure: &Sure) {
        if let (Some(json), Some(sureness)) = (&mut self.total, sure.get(&None)) {
            json.tell(sureness);
        }
        for json in &mut self.endpoints {
            let found = sure.get(&Some((json.method.clone(), json.name.clone())));
            if let Some(sureness) = found {
                json.tell(sureness);
            }
        }
    }
}

impl EndpointJson {
    fn tell(&mut self, sureness: &Sureness) {
        let Sureness { precision, noise_pct, judged } = sureness;
        let precision = precision.iter().map(|(metric, p)| (metric.to_string(), PrecisionJson::from(p)));
        self.sureness = Some(crate::order::map(precision)).filter(|all| !all.is_empty());
        let noise = noise_pct.iter().map(|(metric, pct)| (metric.to_string(), *pct));
        self.noise_pct = Some(crate::order::map(noise)).filter(|all| !all.is_empty());
        let judged = judged.iter().map(|(metric, judged)| (metric.to_string(), JudgedJson::from(judged)));
        self.judged = Some(crate::order::map(judged)).filter(|all| !all.is_empty());
    }
}

impl From<&Endpoint> for EndpointJson {
    fn from(e: &Endpoint) -> Self {
        let latency = &e.latency;
        let (mut percentiles_ms, mut tables, mut buckets, mut samples, mut rounding) = (None, None, None, None, None);
        match &latency.distribution {
            Distribution::Unknown => {}
            Distribution::Table(table) => {
                percentiles_ms = Some(percentiles(table));
                rounding = rounded(table.rounding);
            }
            Distribution::Tables(parts) => tables = Some(parts.iter().map(TableJson::from).collect()),
            Distribution::Buckets(found) => {
                let (us, counts) = found.counts_by_us.iter().map(|(us, n)| (*us, *n)).unzip();
                buckets = Some(BucketsJson { us, counts });
                rounding = rounded(found.rounding);
            }
            Distribution::Samples(found) => {
                let (ns, counts) = found.iter().unzip();
                let extremes = found.min_ns().zip(found.max_ns()).filter(|_| !found.is_exact());
                let bucketed = extremes.map(|(min_ns, max_ns)| ExtremesJson { min_ns, max_ns });
                samples = Some(SamplesJson { ns, counts, bucketed });
            }
        }
        Self {
            method: e.method.clone(),
            name: e.name.clone(),
            service: e.service.clone(),
            requests: e.requests,
            failures: e.failures,
            mean_ms: latency.mean_ms,
            sum_ns: latency.sum_ns.map(|sum| sum.to_string()),
            min_ms: latency.min_ms,
            max_ms: latency.max_ms,
            timed: latency.timed,
            percentiles_ms,
            tables,
            buckets,
            samples,
            rounding,
            rate_per_s: e.rate_per_s,
            failures_per_s: e.failures_per_s,
            stated_error_rate_pct: e.stated_error_rate_pct,
            mean_bytes: e.mean_bytes,
            sum_bytes: e.sum_bytes.map(|sum| sum.to_string()),
            span_ms: e.span_ms,
            timeline: e.timeline.as_ref().map(TimelineJson::from),
            metrics: crate::order::map(e.metrics.iter().filter(|(_, v)| v.is_finite()).map(|(k, v)| (k.clone(), *v))),
            sureness: None,
            noise_pct: None,
            judged: None,
        }
    }
}

impl EndpointJson {
    fn restore(self) -> Result<Endpoint, SummariesError> {
        let rounding = restored(self.rounding);
        let distribution = match (self.percentiles_ms, self.tables, self.buckets, self.samples) {
            (None, None, None, None) => Distribution::Unknown,
            (Some(values), None, None, None) => Distribution::Table(table(values, rounding)?),
            (None, Some(parts), None, None) => {
                Distribution::Tables(parts.into_iter().map(TableJson::restore).collect::<Result<_, _>>()?)
            }
            (None, None, None, Some(found)) if found.ns.len() == found.counts.len() => {
                let pairs = found.ns.into_iter().zip(found.counts);
                Distribution::Samples(match found.bucketed {
                    Some(extremes) => Histogram::restore(pairs, extremes.min_ns, extremes.max_ns, false),
                    None => Histogram::of(pairs),
                })
            }
            (None, None, Some(found), None) if found.us.len() == found.counts.len() => {
                let counts_by_us = crate::order::map(found.us.into_iter().zip(found.counts));
                Distribution::Buckets(Buckets { counts_by_us, rounding })
            }
            _ => return impossible(format!("the distribution of {:?}", clip(&self.name))),
        };
        let sum_ns = match self.sum_ns.map(|digits| digits.parse()) {
            None => None,
            Some(Ok(sum)) => Some(sum),
            Some(Err(_)) => return impossible(format!("the sum of response times of {:?}", clip(&self.name))),
        };
        let sum_bytes = match self.sum_bytes.map(|digits| digits.parse()) {
            None => None,
            Some(Ok(sum)) => Some(sum),
            Some(Err(_)) => return impossible(format!("the sum of sizes of {:?}", clip(&self.name))),
        };
        let mut sureness = Sureness::default();
        for (metric, precision) in self.sureness.into_iter().flatten() {
            sureness.precision.insert(Metric::parse(&metric), precision.restore()?);
        }
        for (metric, pct) in self.noise_pct.into_iter().flatten().filter(|(_, pct)| *pct >= 0.0) {
            sureness.noise_pct.insert(Metric::parse(&metric), pct);
        }
        for (metric, judged) in self.judged.into_iter().flatten() {
            sureness.judged.insert(Metric::parse(&metric), judged.restore()?);
        }
        let mut endpoint = Endpoint {
            method: self.method,
            name: self.name,
            service: self.service,
            requests: self.requests,
            failures: self.failures,
            latency: Latency {
                mean_ms: self.mean_ms,
                sum_ns,
                min_ms: self.min_ms,
                max_ms: self.max_ms,
                timed: self.timed,
                distribution,
            },
            rate_per_s: self.rate_per_s,
            failures_per_s: self.failures_per_s,
            stated_error_rate_pct: self.stated_error_rate_pct,
            mean_bytes: self.mean_bytes,
            sum_bytes,
            span_ms: self.span_ms,
            timeline: self.timeline.map(TimelineJson::restore).transpose()?,
            sureness: Sureness::default(),
            metrics: self.metrics,
            failed: None,
        };
        // A missing figure has no precision: the report written from this run would not carry one.
        sureness.precision.retain(|metric, _| endpoint.value(metric).number.is_some());
        endpoint.sureness = sureness;
        Ok(endpoint)
    }
}

impl From<&TablePart> for TableJson {
    fn from(part: &TablePart) -> Self {
        Self {
            requests: part.requests,
            percentiles_ms: percentiles(&part.table),
            rounding: rounded(part.table.rounding),
            min_ms: part.min_ms,
            max_ms: part.max_ms,
        }
    }
}

impl TableJson {
    fn restore(self) -> Result<TablePart, SummariesError> {
        Ok(TablePart {
            requests: self.requests,
            table: table(self.percentiles_ms, restored(self.rounding))?,
            min_ms: self.min_ms,
            max_ms: self.max_ms,
        })
    }
}

fn percentiles(table: &PercentileTable) -> BTreeMap<String, f64> {
    crate::order::map(table.values_ms.iter().filter(|(_, ms)| ms.is_finite()).map(|(p, ms)| (p.to_string(), *ms)))
}

fn table(values: BTreeMap<String, f64>, rounding: Rounding) -> Result<PercentileTable, SummariesError> {
    let mut table = PercentileTable { values_ms: BTreeMap::new(), rounding };
    for (text, ms) in values {
        let Some(p) = Percentile::parse(&text) else {
            return impossible(format!("the percentile {:?}", clip(&text)));
        };
        table.values_ms.insert(p, ms);
    }
    Ok(table)
}

fn rounded(rounding: Rounding) -> Option<RoundingJson> {
    match rounding {
        Rounding::None => None,
        Rounding::TwoDigits => Some(RoundingJson::TwoDigits),
    }
}

fn restored(rounding: Option<RoundingJson>) -> Rounding {
    match rounding {
        None => Rounding::None,
        Some(RoundingJson::TwoDigits) => Rounding::TwoDigits,
    }
}

impl<T: Clone + PartialEq> Column<T> {
    fn of(values: impl Iterator<Item = T>) -> Self {
        let values: Vec<T> = values.collect();
        match values.split_first() {
            Some((first, rest)) if rest.iter().all(|value| value == first) => Self::All(first.clone()),
            _ => Self::Each(values),
        }
    }

    /// The value of each interval.
    fn restore(self, intervals: usize) -> Result<Vec<T>, SummariesError> {
        match self {
            Self::All(value) => Ok(vec![value; intervals]),
            Self::Each(values) if values.len() == intervals => Ok(values),
            Self::Each(values) => impossible(format!("a column of {} values for {intervals} intervals", values.len())),
        }
    }
}

impl From<&Timeline> for TimelineJson {
    fn from(timeline: &Timeline) -> Self {
        let intervals = &timeline.intervals;
        let start = |i: &Interval| i.end_s.saturating_sub(i64::from(i.length_s));
        let start_s = intervals.first().map_or(0, start);
        let ends = std::iter::once(start_s).chain(intervals.iter().map(|i| i.end_s));
        let gaps: Vec<i64> = intervals.iter().zip(ends).map(|(i, before)| start(i).saturating_sub(before)).collect();
        Self {
            start_s,
            length_s: Column::of(intervals.iter().map(|i| i.length_s)),
            gap_s: gaps.iter().any(|gap| *gap != 0).then(|| Column::of(gaps.into_iter())),
            requests: intervals.iter().map(|i| i.requests).collect(),
            failures: Column::of(intervals.iter().map(|i| i.failures)),
            mean_ms: Some(Column::of(intervals.iter().map(|i| i.mean_ms))),
            users: Some(Column::of(intervals.iter().map(|i| i.users))),
            window_p50_ms: Some(Column::of(intervals.iter().map(|i| i.window_p50_ms))),
            window_p95_ms: Some(Column::of(intervals.iter().map(|i| i.window_p95_ms))),
        }
    }
}

impl TimelineJson {
    fn restore(self) -> Result<Timeline, SummariesError> {
        let n = self.requests.len();
        let mut lengths = self.length_s.restore(n)?.into_iter();
        let mut gaps = self.gap_s.unwrap_or(Column::All(0)).restore(n)?.into_iter();
        let mut failures = self.failures.restore(n)?.into_iter();
        let mut means = self.mean_ms.unwrap_or(Column::All(None)).restore(n)?.into_iter();
        let mut users = self.users.unwrap_or(Column::All(None)).restore(n)?.into_iter();
        let mut medians = self.window_p50_ms.unwrap_or(Column::All(None)).restore(n)?.into_iter();
        let mut windows = self.window_p95_ms.unwrap_or(Column::All(None)).restore(n)?.into_iter();
        let mut intervals: Vec<Interval> = Vec::with_capacity(n);
        let mut before = self.start_s;
        for requests in self.requests {
            let length_s = lengths.next().unwrap_or_default();
            let gap = gaps.next().unwrap_or_default();
            let end = before.checked_add(gap).and_then(|at| at.checked_add(i64::from(length_s)));
            let in_order =
                |end: &i64| has_moment(*end, length_s) && intervals.last().is_none_or(|last| last.end_s < *end);
            let Some(end_s) = end.filter(in_order) else {
                return impossible("intervals that are not in the order of time");
            };
            intervals.push(Interval {
                end_s,
                length_s,
                requests,
                failures: failures.next().unwrap_or_default(),
                mean_ms: means.next().flatten(),
                users: users.next().flatten(),
                window_p50_ms: medians.next().flatten(),
                window_p95_ms: windows.next().flatten(),
                ..Interval::default()
            });
            before = end_s;
        }
        Ok(Timeline { intervals: intervals.into(), grid: None })
    }
}

impl From<&Policy> for PolicyJson {
    fn from(policy: &Policy) -> Self {
        Self {
            name: policy.name.clone(),
            profile: policy.profile.clone(),
            thresholds: thresholds_file::value(policy),
            lines: LinesJson {
                r#match: policy.matches.iter().map(|m| m.line).collect(),
                rule: policy.rules.iter().map(|r| r.line).collect(),
                ack: policy.acks.iter().map(|a| a.line).collect(),
            },
            questions: policy
                .questions
                .iter()
                .map(|q| QuestionJson {
                    rule: q.rule,
                    line: q.line,
                    column: q.column,
                    metric: q.metric.clone(),
                    relative: q.relative.clone(),
                    points: q.points.clone(),
                })
                .collect(),
        }
    }
}

impl PolicyJson {
    fn restore(self) -> Result<Policy, SummariesError> {
        let mut policy = policy::parse_stored("thresholds", &self.thresholds.to_string())
            .map_err(|error| SummariesError::Malformed(error.to_string()))?;
        let lengths = (policy.matches.len(), policy.rules.len(), policy.acks.len());
        if lengths != (self.lines.r#match.len(), self.lines.rule.len(), self.lines.ack.len()) {
            return impossible("thresholds whose lines are not as many as they are");
        }
        policy.matches.iter_mut().zip(self.lines.r#match).for_each(|(m, line)| m.line = line);
        policy.rules.iter_mut().zip(self.lines.rule).for_each(|(r, line)| r.line = line);
        policy.acks.iter_mut().zip(self.lines.ack).for_each(|(a, line)| a.line = line);
        for q in self.questions {
            if q.rule >= policy.rules.len() {
                return impossible("a question about a rule that is not there");
            }
            policy.questions.push(Question {
                rule: q.rule,
                line: q.line,
                column: q.column,
                metric: q.metric,
                relative: q.relative,
                points: q.points,
            });
        }
        Ok(Policy { name: self.name, profile: self.profile, ..policy })
    }
}

/// A text of foreign origin for a message.
fn clip(text: &str) -> String {
    text.chars().take(60).collect()
}
