//! The model: one execution of a load test, independent of the tool.
//!
//! Every importer produces a [`Run`], and [`compare`](crate::compare) reads nothing else. Three rules hold throughout:
//!
//! * **Missing is `None`.** A figure that is in no file is never 0 and never estimated.
//! * **Units are in the names** (`_ms`, `_pct`, `_per_s`); times are UTC; latencies are milliseconds as `f64`, counts
//!   are `u64`.
//! * **Merging is associative and commutative** ([`merge`]): counts and sums are integers, distributions merge as
//!   multisets. The parts of a run may arrive in any order.

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
pub mod stages;
pub mod time;
mod timeline;
pub mod users;
mod wire;

pub use definition::Definition;
pub use endpoint::{ALL_REQUESTS, Endpoint, FailedLatency, TOTAL};
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
    /// Display name of the run: the distinctive part of its file names, e.g. `base` for `base_stats.csv`.
    pub label: String,
    /// The tool and its files.
    pub source: Source,
    /// Start of the run, milliseconds since the Unix epoch (UTC), if known.
    pub started_ms: Option<i64>,
    /// Duration in seconds, if known.
    pub duration_s: Option<f64>,
    /// Maximum simultaneous users, if known.
    pub users: Option<u64>,
    /// Whether the users follow from the response times ([`users::follow_from_latency`]): then they are not a load
    /// setting, and a slower run has more of them.
    pub users_follow: bool,
    /// Seconds of warm-up excluded from every figure; `None` if not requested.
    pub left_out_s: Option<u32>,
    /// The endpoints, sorted by [`Endpoint::key`], each key once.
    pub endpoints: Shared<Endpoint>,
    /// All endpoints together: as the tool reported it, else summed (with a note). `None` if the file has no total
    /// (service metrics).
    pub total: Option<Endpoint>,
    /// The whole run over time, if a history was read.
    pub timeline: Option<Timeline>,
    /// Failures by cause, most frequent first.
    pub failures: Vec<Failure>,
    /// Exceptions raised in the load generator's own code.
    pub exceptions: Vec<Exception>,
    /// Notes on how to read these numbers.
    pub notes: Vec<Note>,
    /// Account of the files' rows.
    pub rows: RowAccount,
}

/// Source of a run.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Source {
    /// The tool that wrote the files, e.g. `Locust`.
    pub tool: String,
    /// The tool's version as far as its files show it: a version, or a range such as `>=1.0`.
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
    /// A 64-bit hash of the input bytes (`ingest::fingerprint`), to detect the same file on both sides. Not
    /// cryptographic.
    pub fingerprint: u64,
    /// Detected format, e.g. `locust-stats`.
    pub format: Cow<'static, str>,
    /// Content that identified the format, e.g. a header.
    pub evidence: String,
}

/// Account of the rows of a run's summary files. `read` is always the sum of the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RowAccount {
    /// Data rows in the files that list endpoints, without blank lines and headers.
    pub read: u64,
    /// Rows that became an endpoint of their own.
    pub endpoints: u64,
    /// Total rows.
    pub totals: u64,
    /// Rows merged into the endpoint of an earlier row (same method and name).
    pub merged: u64,
    /// Rows that could not be used; a note states each reason.
    pub rejected: u64,
}

impl RowAccount {
    /// The sum of two accounts.
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

    /// Sets the tool's definition of percentiles on samples that were restored without one.
    pub(crate) fn quantiles_by_tool(&mut self) {
        let definition = Definition::of_samples(&self.source.tool);
        for endpoint in self.endpoints.iter_mut().chain(&mut self.total) {
            if let Distribution::Samples(histogram) = &mut endpoint.latency.distribution {
                *histogram = std::mem::take(histogram).by(definition);
            }
        }
    }

    /// Requests over all endpoints: the total's, else the sum over endpoints with a count.
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
