//! Endpoints of a summary, no more than a report can hold.

use crate::run::merge::{cap_listed, fold_endpoints};
use crate::run::recorder::{MOST_ENDPOINTS, OTHER_ENDPOINTS, endpoints_capped};
use crate::run::{Distribution, Endpoint, Note};

/// Percentiles of so many rows of one endpoint are kept as bounds; of more, nothing is known.
const MOST_PARTS: usize = 1000;

/// Endpoints as they are read, from any number of rows: those beyond [`MOST_ENDPOINTS`] are one.
#[derive(Debug, Default)]
pub(super) struct Capped {
    endpoints: Vec<Endpoint>,
    merged: u64,
    /// An endpoint that two rows name.
    repeated: Option<String>,
    is_capped: bool,
}

impl Capped {
    pub(super) fn push(&mut self, endpoint: Endpoint) {
        self.endpoints.push(endpoint);
        if self.endpoints.len() > 3 * MOST_ENDPOINTS {
            self.fold();
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.endpoints.is_empty()
    }

    fn fold(&mut self) {
        let before = self.endpoints.len();
        if self.repeated.is_none() {
            self.repeated = repeated(&self.endpoints);
        }
        fold_endpoints(&mut self.endpoints);
        self.merged += (before - self.endpoints.len()) as u64;
        for endpoint in &mut self.endpoints {
            if matches!(&endpoint.latency.distribution, Distribution::Tables(parts) if parts.len() > MOST_PARTS) {
                endpoint.latency.distribution = Distribution::Unknown;
            }
        }
        if let Some(moved) = cap_listed(&mut self.endpoints) {
            self.merged += moved;
            self.is_capped = true;
        }
    }

    /// The endpoints, sorted and each once; how many rows went into one that another had opened, and an example; and the
    /// note of `file` where there were too many.
    pub(super) fn finish(mut self, file: &str) -> (Vec<Endpoint>, u64, Option<String>, Option<Note>) {
        self.fold();
        let note = Note { file: Some(file.to_owned()), ..endpoints_capped() };
        (self.endpoints, self.merged, self.repeated, self.is_capped.then_some(note))
    }
}

/// The label of an endpoint that two rows name, the row for the rest apart.
fn repeated(endpoints: &[Endpoint]) -> Option<String> {
    let mut all: Vec<&Endpoint> = endpoints.iter().filter(|e| e.name != OTHER_ENDPOINTS).collect();
    crate::order::sort_by(&mut all, |a, b| a.key().cmp(&b.key()));
    let pair = all.windows(2).find(|pair| matches!(pair, [a, b] if a.key() == b.key()))?;
    pair.first().map(|endpoint| endpoint.shown())
}
