//! The model: one execution of a load test, whatever tool wrote it down.
//!
//! A [`Run`] is what every importer produces and all that [`compare`](crate::compare) reads. Three rules hold
//! throughout:
//!
//! * **Missing is `None`.** A figure that no file held is never 0 and never estimated.
//! * **Units are in the names** (`_ms`, `_pct`, `_per_s`); times are UTC; latencies are milliseconds as `f64`, counts
//!   are `u64`.
//! * **Merging is associative and commutative** ([`merge`]): counts and sums are integers, distributions merge as
//!   multisets, so that the parts of a run may arrive in any order.

use std::borrow::Cow;

mod definition;
mod endpoint;
mod failure;
mod histogram;
pub(crate) mod kept;
mod latency;
pub mod merge;
mod metric;
mod nanos;
mod note;
mod precision;
pub mod recorder;
pub mod repeats;
mod shared;
mod shown;
mod sketch;
mod sound;
pub mod time;
mod timeline;
pub mod users;
mod wire;

pub use definition::Definition;
pub use endpoint::{ALL_REQUESTS, Endpoint, FailedLatency};
pub use failure::{Exception, Failure};
pub use histogram::{EXACT, Histogram, HistogramBuilder};
pub use latency::{Buckets, Distribution, Latency, Percentile, PercentileTable, Rounding, TablePart};
pub use metric::{Absent, Metric, Provenance, Value};
pub use nanos::Nanos;
pub use note::{Figure, Note, NoteLevel, Words};
pub use precision::{Batches, Judged, Order, Precision, Sureness, significant};
pub(crate) use precision::{at_place, place_above, rounded_up};
pub use recorder::Recorder;
pub use shared::Shared;
pub use shown::{SHOWN, shown};
pub use sketch::Sketch;
pub use timeline::{
    Beat, COARSE_INTERVALS, ENDPOINT_INTERVALS, FINE_ENDPOINTS, FailedInterval, Grid, Interval, RUN_INTERVALS,
    Timeline, TimelineBuilder,
};

/// One execution of a load test.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Run {
    /// What to call this run: the part of its file names that is its own, e.g. `base` for `base_stats.csv`.
    pub label: String,
    /// The tool and the files it was read from.
    pub source: Source,
    /// When the run started, milliseconds since the Unix epoch (UTC), where a file says so.
    pub started_ms: Option<i64>,
    /// How long the run took, in seconds, where a file says so.
    pub duration_s: Option<f64>,
    /// The largest number of simultaneous users, where a file says so.
    pub users: Option<u64>,
    /// Whether these users follow from the response times ([`users::follow_from_latency`]): then they are no load of their
    /// own, and more of them are a consequence of a slower run.
    pub users_follow: bool,
    /// Seconds of warm-up that every figure here is without; `None` where that was not asked for.
    pub left_out_s: Option<u32>,
    /// The endpoints, sorted by [`Endpoint::key`], each key once.
    pub endpoints: Shared<Endpoint>,
    /// All endpoints together: as the tool reported it, else summed (then a note says so).
    /// `None` where the file knows no total (service metrics).
    pub total: Option<Endpoint>,
    /// The whole run over time, where a history was read.
    pub timeline: Option<Timeline>,
    /// Failures by cause, most frequent first.
    pub failures: Vec<Failure>,
    /// Exceptions raised in the load generator's own code.
    pub exceptions: Vec<Exception>,
    /// What the reader should know about these numbers.
    pub notes: Vec<Note>,
    /// Where the rows of the files went.
    pub rows: RowAccount,
}

/// Where a run was read from.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Source {
    /// The tool that wrote the files, e.g. `Locust`.
    pub tool: String,
    /// The tool's version as far as its files tell: a version, or a range such as `>=1.0`.
    pub version: Option<String>,
    /// The files, in the order of their names.
    pub files: Vec<SourceFile>,
}

/// One file that went into a run.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SourceFile {
    /// The file's name without its folders.
    pub name: String,
    /// Size in bytes as it was read.
    pub bytes: u64,
    /// A 64-bit hash of the bytes as they were given (`ingest::fingerprint`): tells whether both sides hold the same
    /// file. Not a cryptographic hash.
    pub fingerprint: u64,
    /// The format it was recognised as, e.g. `locust-stats`.
    pub format: Cow<'static, str>,
    /// What in the content gave it away, e.g. the header that was found.
    pub evidence: String,
}

/// Where the rows of a run's summary files went. `read` is always the sum of the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RowAccount {
    /// Data rows in the files that list endpoints (blank lines and headers are no rows).
    pub read: u64,
    /// Rows that became an endpoint of their own.
    pub endpoints: u64,
    /// Total rows.
    pub totals: u64,
    /// Rows added into an endpoint that another row had opened (same method and name).
    pub merged: u64,
    /// Rows that could not be used; a note names each reason.
    pub rejected: u64,
}

impl RowAccount {
    /// The account of two parts together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            read: self.read.saturating_add(other.read),
            endpoints: self.endpoints.saturating_add(other.endpoints),
            totals: self.totals.saturating_add(other.totals),
            merged: self.merged.saturating_add(other.merged),
            rejected: self.rejected.saturating_add(other.rejected),
        }
    }
}

impl Run {
    /// The endpoint with this method and name.
    #[must_use]
    pub fn endpoint(&self, method: Option<&str>, name: &str) -> Option<&Endpoint> {
        self.endpoints.binary_search_by(|e| e.key().cmp(&(name, method))).ok().and_then(|i| self.endpoints.get(i))
    }

    /// Reads percentiles off samples as the run's tool does, for where samples came back without saying how.
    pub(crate) fn quantiles_by_tool(&mut self) {
        let definition = Definition::of_samples(&self.source.tool);
        for endpoint in self.endpoints.iter_mut().chain(&mut self.total) {
            if let Distribution::Samples(histogram) = &mut endpoint.latency.distribution {
                *histogram = std::mem::take(histogram).by(definition);
            }
        }
    }

    /// Requests over all endpoints: the total's, else the sum of the endpoints that know theirs.
    #[must_use]
    pub fn requests(&self) -> Option<u64> {
        self.total
            .as_ref()
            .and_then(|t| t.requests)
            .or_else(|| self.endpoints.iter().filter_map(|e| e.requests).reduce(u64::saturating_add))
    }

    /// Whether both runs were read from the same bytes: then there is nothing to compare.
    #[must_use]
    pub fn same_files(&self, other: &Self) -> bool {
        let prints = |run: &Self| {
            let mut prints: Vec<_> = run.source.files.iter().map(|f| (f.fingerprint, f.bytes)).collect();
            crate::order::sort(&mut prints);
            prints
        };
        !self.source.files.is_empty() && prints(self) == prints(other)
    }
}
