//! Endpoints of a summary, limited in number.

use crate::run::merge::{cap_listed, fold_endpoints};
use crate::run::recorder::{MOST_ENDPOINTS, OTHER_ENDPOINTS, endpoints_capped};
use crate::run::{Distribution, Endpoint, Note};

/// Maximum rows of one endpoint whose percentiles are kept as bounds. Beyond, they are dropped.
const MAX_PARTS: usize = 1000;

/// Endpoints while reading, from any number of rows. Those beyond [`MOST_ENDPOINTS`] are merged into one.
#[derive(Debug, Default)]
pub(super) struct Capped {
    endpoints: Vec<Endpoint>,
    merged: u64,
    /// An endpoint named by two rows.
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
            if matches!(&endpoint.latency.distribution, Distribution::Tables(parts) if parts.len() > MAX_PARTS) {
                endpoint.latency.distribution = Distribution::Unknown;
            }
        }
        if let Some(moved) = cap_listed(&mut self.endpoints) {
            self.merged += moved;
            self.is_capped = true;
        }
    }

    /// The endpoints, sorted and unique; the number of rows merged into an earlier one, with an example; and a note on
    /// `file` if there were too many.
    pub(super) fn finish(mut self, file: &str) -> (Vec<Endpoint>, u64, Option<String>, Option<Note>) {
        self.fold();
        let note = Note { file: Some(file.to_owned()), ..endpoints_capped() };
        (self.endpoints, self.merged, self.repeated, self.is_capped.then_some(note))
    }
}

/// The label of an endpoint named by two rows, ignoring the row for the rest.
fn repeated(endpoints: &[Endpoint]) -> Option<String> {
    let mut all: Vec<&Endpoint> = endpoints.iter().filter(|e| e.name != OTHER_ENDPOINTS).collect();
    crate::order::sort_by(&mut all, |a, b| a.key().cmp(&b.key()));
    let pair = all.windows(2).find(|pair| matches!(pair, [a, b] if a.key() == b.key()))?;
    pair.first().map(|endpoint| endpoint.shown())
}
