use std::fmt;

use super::{Distribution, Endpoint, Percentile};
use crate::number;

/// A metric of an endpoint, with the name used in thresholds files and reports.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Metric {
    /// `p95_latency_ms`: a percentile of the response time.
    Latency(Percentile),
    /// `mean_latency_ms`.
    Mean,
    /// `min_latency_ms`.
    Min,
    /// `max_latency_ms`.
    Max,
    /// `error_rate_pct`: failed requests in percent of all.
    ErrorRate,
    /// `rps`: requests per second.
    Rps,
    /// `requests`: a count.
    Requests,
    /// `failures`: a count.
    Failures,
    /// Any other name in a file, e.g. `sandbox_violations`.
    Named(String),
}

impl Metric {
    /// Parses a metric name. The scripts' names (`avg_latency_ms`, `median_latency_ms`, `total_requests`) are aliases.
    /// An unknown name is [`Metric::Named`].
    #[must_use]
    pub fn parse(name: &str) -> Self {
        match name {
            "mean_latency_ms" | "avg_latency_ms" => Self::Mean,
            "median_latency_ms" => Self::Latency(Percentile::P50),
            "min_latency_ms" => Self::Min,
            "max_latency_ms" => Self::Max,
            "error_rate_pct" => Self::ErrorRate,
            "rps" => Self::Rps,
            "requests" | "total_requests" => Self::Requests,
            "failures" | "total_failures" => Self::Failures,
            _ => name
                .strip_prefix('p')
                .and_then(|rest| rest.strip_suffix("_latency_ms"))
                .and_then(Percentile::parse)
                .map_or_else(|| Self::Named(name.to_owned()), Self::Latency),
        }
    }

    /// The scripts' name, if it differs.
    #[must_use]
    pub fn alias(&self) -> Option<&'static str> {
        match self {
            Self::Mean => Some("avg_latency_ms"),
            Self::Latency(Percentile::P50) => Some("median_latency_ms"),
            Self::Requests => Some("total_requests"),
            Self::Failures => Some("total_failures"),
            _ => None,
        }
    }

    /// Unit of the values, shown next to a number; empty for counts and unknown metrics.
    #[must_use]
    pub fn unit(&self) -> &'static str {
        match self {
            Self::Latency(_) | Self::Mean | Self::Min | Self::Max => "ms",
            Self::ErrorRate => "%",
            Self::Rps => "/s",
            Self::Requests | Self::Failures => "",
            Self::Named(name) if name.ends_with("_ms") => "ms",
            Self::Named(name) if name.ends_with("_pct") => "%",
            Self::Named(name) if name.ends_with("_per_s") => "/s",
            Self::Named(_) => "",
        }
    }

    /// Unit of a change: percentage points for rates in percent, percent for everything else.
    #[must_use]
    pub fn change_unit(&self) -> &'static str {
        if self.unit() == "%" { " pp" } else { " %" }
    }

    /// A value with its unit.
    #[must_use]
    pub fn figure(&self, value: f64) -> String {
        match self.unit() {
            "ms" => number::latency_ms(value),
            "%" => number::percent(value),
            "" => number::figure(value),
            unit => format!("{} {unit}", number::rate(value)),
        }
    }

    /// Short display name: `p95`, `error rate`, `throughput`.
    #[must_use]
    pub fn title(&self) -> String {
        match self {
            Self::Latency(p) => format!("p{p}"),
            Self::Mean => "mean".into(),
            Self::Min => "min".into(),
            Self::Max => "max".into(),
            Self::ErrorRate => "error rate".into(),
            Self::Rps => "throughput".into(),
            Self::Requests => "requests".into(),
            Self::Failures => "failures".into(),
            Self::Named(name) => name.clone(),
        }
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Latency(p) => write!(f, "p{p}_latency_ms"),
            Self::Mean => f.write_str("mean_latency_ms"),
            Self::Min => f.write_str("min_latency_ms"),
            Self::Max => f.write_str("max_latency_ms"),
            Self::ErrorRate => f.write_str("error_rate_pct"),
            Self::Rps => f.write_str("rps"),
            Self::Requests => f.write_str("requests"),
            Self::Failures => f.write_str("failures"),
            Self::Named(name) => f.write_str(name),
        }
    }
}

/// Source of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provenance {
    /// The tool's percentile table, as printed.
    PercentileTable,
    /// Counts by bucketed response time.
    Histogram,
    /// Raw response times; quantiles by the tool's [`Definition`](super::Definition).
    Samples,
    /// A single figure of a summary.
    Summary,
    /// Computed from counts.
    Counts,
    /// Several rows merged.
    Merged,
}

impl Provenance {
    /// The name used in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PercentileTable => "percentile_table",
            Self::Histogram => "histogram",
            Self::Samples => "samples",
            Self::Summary => "summary_only",
            Self::Counts => "counts",
            Self::Merged => "merged",
        }
    }
}

/// Reason for a missing number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absent {
    /// The file has no such column or key, or its value is empty or `N/A`.
    NoColumn,
    /// Nothing was requested.
    NoRequests,
    /// Rows were merged and only bounds are known.
    OnlyBounds,
    /// The endpoint is not on this side.
    NoEndpoint,
}

/// A metric's value on one side: a number with its source, or the reason why it is missing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Value {
    /// The number, finite. `None` if missing, never 0.
    pub number: Option<f64>,
    /// Lower and upper bound, if only these are known.
    pub bounds: Option<(f64, f64)>,
    /// Source of the number.
    pub provenance: Provenance,
    /// Reason for a missing number; `None` if there is one.
    pub absent: Option<Absent>,
}

impl Value {
    /// A known number; a non-finite one counts as missing.
    #[must_use]
    pub fn known(number: f64, provenance: Provenance) -> Self {
        if number.is_finite() {
            Self { number: Some(number), bounds: None, provenance, absent: None }
        } else {
            Self::absent(Absent::NoColumn)
        }
    }

    /// A missing number with its reason.
    #[must_use]
    pub fn absent(why: Absent) -> Self {
        Self { number: None, bounds: None, provenance: Provenance::Summary, absent: Some(why) }
    }

    fn of(number: Option<f64>, provenance: Provenance) -> Self {
        number.map_or_else(|| Self::absent(Absent::NoColumn), |n| Self::known(n, provenance))
    }
}

impl Endpoint {
    /// The value of a metric. A latency or error rate of an endpoint without requests is [`Absent::NoRequests`].
    #[must_use]
    pub fn value(&self, metric: &Metric) -> Value {
        let none_made = self.requests == Some(0);
        match metric {
            Metric::Requests => Value::of(self.requests.map(|n| n as f64), Provenance::Summary),
            Metric::Failures => Value::of(self.failures.map(|n| n as f64), Provenance::Summary),
            Metric::Rps => Value::of(self.rate_per_s, Provenance::Summary),
            Metric::Named(name) => Value::of(self.metrics.get(name).copied(), Provenance::Summary),
            _ if none_made => Value::absent(Absent::NoRequests),
            Metric::ErrorRate => {
                let counted = self.requests.is_some() && self.failures.is_some();
                let from = if counted { Provenance::Counts } else { Provenance::Summary };
                Value::of(self.error_rate_pct(), from)
            }
            Metric::Mean => Value::of(self.latency.mean_ms, Provenance::Summary),
            Metric::Min => Value::of(self.latency.min_ms, Provenance::Summary),
            Metric::Max => Value::of(self.latency.max_ms, Provenance::Summary),
            Metric::Latency(p) => self.quantile(*p),
        }
    }

    fn quantile(&self, p: Percentile) -> Value {
        let distribution = &self.latency.distribution;
        if let Some(bounds) = distribution.quantile_bounds_ms(p) {
            return Value {
                number: None,
                bounds: Some(bounds),
                provenance: Provenance::Merged,
                absent: Some(Absent::OnlyBounds),
            };
        }
        let provenance = match distribution {
            Distribution::Buckets(_) => Provenance::Histogram,
            Distribution::Samples(_) => Provenance::Samples,
            _ => Provenance::PercentileTable,
        };
        Value::of(distribution.quantile_ms(p), provenance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for name in ["p95_latency_ms", "p99.9_latency_ms", "mean_latency_ms", "error_rate_pct", "rps", "query_p95_ms"] {
            assert_eq!(Metric::parse(name).to_string(), name);
        }
        assert_eq!(Metric::parse("query_p95_ms"), Metric::Named("query_p95_ms".into()));
        assert_eq!(Metric::parse("pzz_latency_ms"), Metric::Named("pzz_latency_ms".into()));
    }

    #[test]
    fn no_requests_is_no_data() {
        let idle = Endpoint { requests: Some(0), failures: Some(0), ..Endpoint::default() };
        assert_eq!(idle.value(&Metric::ErrorRate).absent, Some(Absent::NoRequests));
        assert_eq!(idle.value(&Metric::Latency(Percentile::P95)).absent, Some(Absent::NoRequests));
        assert_eq!(idle.value(&Metric::Requests).number, Some(0.0));
    }
}
