//! A history: the figures of many runs of one test, one line of JSON a run, and what they say together.
//!
//! * [`mod@line`]: a run as a line, and back;
//! * [`read`]: a file of such lines → [`History`], the runs in the order of their time;
//! * [`trend`]: per endpoint and metric the changes, the noise, and since when it is broken;
//! * [`baseline`]: the last good runs as a baseline, and their noise for another one;
//! * [`mod@reference`]: both, for a run that is judged.
//!
//! `docs/history.md` describes the file.

pub mod baseline;
pub mod line;
pub mod read;
pub mod reference;
pub mod trend;

pub use line::Entry;
pub use read::{History, ReadError, Trouble, is_history};
pub use reference::Reference;
pub use trend::{Change, Segment, State, Trend, trends};

use crate::run::{Metric, Percentile};

/// What is kept of one endpoint and run. Missing is `None`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Figures {
    /// Requests made.
    pub requests: Option<u64>,
    /// Failed requests.
    pub failures: Option<u64>,
    /// Requests per second.
    pub rate_per_s: Option<f64>,
    /// Mean response time in milliseconds.
    pub mean_ms: Option<f64>,
    /// Response times in milliseconds at [`PERCENTILES`].
    pub percentiles_ms: [Option<f64>; 4],
}

/// The percentiles that a history keeps.
pub const PERCENTILES: [Percentile; 4] = [Percentile::P50, Percentile::P90, Percentile::P95, Percentile::P99];

/// The metrics of a history, in the order they are shown.
pub const METRICS: [Metric; 7] = [
    Metric::Latency(Percentile::P50),
    Metric::Latency(Percentile::P90),
    Metric::Latency(Percentile::P95),
    Metric::Latency(Percentile::P99),
    Metric::Mean,
    Metric::ErrorRate,
    Metric::Rps,
];

impl Figures {
    /// The value of one of [`METRICS`].
    #[must_use]
    pub fn value(&self, metric: &Metric) -> Option<f64> {
        match metric {
            Metric::Latency(percentile) => {
                let at = PERCENTILES.iter().position(|p| p == percentile)?;
                self.percentiles_ms.get(at).copied().flatten()
            }
            Metric::Mean => self.mean_ms,
            Metric::Rps => self.rate_per_s,
            Metric::ErrorRate => {
                let (requests, failures) = self.requests.zip(self.failures).filter(|(requests, _)| *requests > 0)?;
                Some(failures as f64 / requests as f64 * 100.0)
            }
            _ => None,
        }
    }
}
