use std::collections::BTreeMap;

use super::{Distribution, Histogram, Latency, Sureness, Timeline};

/// Name of the only endpoint in a file without endpoint names, and of the total where it is shown.
pub const ALL_REQUESTS: &str = "all requests";

/// Name of the total in files and rules.
pub const TOTAL: &str = "Total";

/// One endpoint (or service, or total) of a run.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Endpoint {
    /// Request method or type as the tool names it, e.g. `GET`. `None` where the tool has none.
    pub method: Option<String>,
    /// Name, usually a path.
    pub name: String,
    /// The service it belongs to, where the file names services.
    pub service: Option<String>,
    /// Requests made, failed ones included.
    pub requests: Option<u64>,
    /// Requests that the tool counted as failed.
    pub failures: Option<u64>,
    /// Response times.
    pub latency: Latency,
    /// Throughput in requests per second, as the tool reported it.
    pub rate_per_s: Option<f64>,
    /// Failed requests per second, as the tool reported it.
    pub failures_per_s: Option<f64>,
    /// Error rate in percent as stated in the file, usually rounded. [`Endpoint::error_rate_pct`] prefers the counts.
    pub stated_error_rate_pct: Option<f64>,
    /// Mean size of a response in bytes.
    pub mean_bytes: Option<f64>,
    /// Sum of the sizes of all responses in bytes, for merging means. Raw samples only.
    pub sum_bytes: Option<u128>,
    /// Start of the first request and end of the last, milliseconds since the Unix epoch. Rates of raw samples are over
    /// this span.
    pub span_ms: Option<(i64, i64)>,
    /// This endpoint over time, if a history was read.
    pub timeline: Option<Timeline>,
    /// Other named metrics of the file, e.g. `sandbox_violations`.
    pub metrics: BTreeMap<String, f64>,
    /// Precision of the figures, if computed from data that is not stored here.
    pub sureness: Sureness,
    /// Response times of the failed requests, which [`Endpoint::latency`] includes. `None` if the file does not
    /// separate them.
    pub failed: Option<Box<FailedLatency>>,
}

/// The response times of failed requests.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FailedLatency {
    /// All of them.
    pub histogram: Histogram,
    /// Their sum in nanoseconds.
    pub sum_ns: u128,
}

impl FailedLatency {
    /// The sum of two.
    #[must_use]
    pub(super) fn plus(&self, other: &Self) -> Self {
        Self { histogram: self.histogram.merge(&other.histogram), sum_ns: self.sum_ns.saturating_add(other.sum_ns) }
    }
}

impl Endpoint {
    /// Sort and match key: name first, then method, so that methods of one path are adjacent.
    #[must_use]
    pub fn key(&self) -> (&str, Option<&str>) {
        (&self.name, self.method.as_deref())
    }

    /// Method and name as one label, e.g. `POST /v1/chat`.
    #[must_use]
    pub fn label(&self) -> String {
        match &self.method {
            Some(method) => format!("{method} {}", self.name),
            None => self.name.clone(),
        }
    }

    /// The label for display: cut in the middle if long.
    #[must_use]
    pub fn shown(&self) -> String {
        super::shown(&self.label()).into_owned()
    }

    /// The endpoint with its successful requests only, if the file separates their response times. The result equals a
    /// recording of these requests only, except: minimum and maximum are `None` if only failed requests have them and
    /// exact values were dropped ([`EXACT`](super::EXACT)). Response sizes are not separated.
    ///
    /// The timeline is `None` if it does not separate them.
    #[must_use]
    pub fn successes(&self) -> Option<Self> {
        let failed = self.failed.as_ref()?;
        let Distribution::Samples(all) = &self.latency.distribution else { return None };
        let histogram = all.minus(&failed.histogram)?;
        let sum_ns = self.latency.sum_ns?.checked_sub(failed.sum_ns)?;
        let requests = self.requests?.checked_sub(self.failures?)?;
        let ms = |ns: Option<u64>, is_measured: bool| ns.filter(|_| is_measured).map(|ns| ns as f64 / 1e6);
        let less = |own: Option<u64>, of: Option<u64>| histogram.is_exact() || of.is_none() || own != of;
        let timed = histogram.count();
        let mut rest = Self {
            method: self.method.clone(),
            name: self.name.clone(),
            service: self.service.clone(),
            requests: Some(requests),
            failures: Some(0),
            latency: Latency {
                mean_ms: (timed > 0).then(|| sum_ns as f64 / timed as f64 / 1e6),
                sum_ns: Some(sum_ns),
                min_ms: ms(histogram.min_ns(), less(all.min_ns(), failed.histogram.min_ns())),
                max_ms: ms(histogram.max_ns(), less(all.max_ns(), failed.histogram.max_ns())),
                timed: Some(timed),
                distribution: Distribution::Samples(histogram),
            },
            rate_per_s: self.rate_per_s.zip(self.failures_per_s).map(|(all, failed)| (all - failed).max(0.0)),
            failures_per_s: self.failures_per_s.map(|_| 0.0),
            span_ms: self.span_ms,
            timeline: self.timeline.as_ref().and_then(Timeline::successes),
            failed: Some(Box::default()),
            ..Self::default()
        };
        super::merge::derive(&mut rest);
        Some(rest)
    }

    /// Drops the separate record of failed requests.
    pub(crate) fn forget_failed(&mut self) {
        self.failed = None;
        if let Some(timeline) = &mut self.timeline {
            timeline.forget_failed();
        }
    }

    /// Failed requests in percent of all requests, from the counts, else as stated in the file. `None` without
    /// requests.
    #[must_use]
    pub fn error_rate_pct(&self) -> Option<f64> {
        match (self.requests, self.failures) {
            (Some(0), _) => None,
            (Some(requests), Some(failures)) => Some(failures as f64 / requests as f64 * 100.0),
            _ => self.stated_error_rate_pct,
        }
    }
}
