use std::collections::BTreeMap;

use super::{Latency, Sureness, Timeline};

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
    /// Error rate in percent as a file stated it, usually rounded. [`Endpoint::error_rate_pct`] prefers the counts.
    pub stated_error_rate_pct: Option<f64>,
    /// Mean size of a response in bytes.
    pub mean_bytes: Option<f64>,
    /// Sum of the sizes of all responses in bytes: what a mean merges by. Of raw samples only.
    pub sum_bytes: Option<u128>,
    /// Begin of the first request and end of the last, milliseconds since the Unix epoch: what rates of raw samples are
    /// over.
    pub span_ms: Option<(i64, i64)>,
    /// This endpoint over time, where a history was read.
    pub timeline: Option<Timeline>,
    /// Further named metrics of the file, e.g. `sandbox_violations`.
    pub metrics: BTreeMap<String, f64>,
    /// How sure the figures are, where that was computed from what is not here.
    pub sureness: Sureness,
}

impl Endpoint {
    /// What endpoints are sorted and matched by: name first, then method, so that one path's methods stand together.
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

    /// PLACEHOLDER: its successful requests alone.
    #[must_use]
    pub fn successes(&self) -> Option<Self> {
        None
    }

    /// Failed requests in percent of all requests, from the counts, else as the file stated it. `None` where nothing
    /// was requested: no requests have no error rate.
    #[must_use]
    pub fn error_rate_pct(&self) -> Option<f64> {
        match (self.requests, self.failures) {
            (Some(0), _) => None,
            (Some(requests), Some(failures)) => Some(failures as f64 / requests as f64 * 100.0),
            _ => self.stated_error_rate_pct,
        }
    }
}
