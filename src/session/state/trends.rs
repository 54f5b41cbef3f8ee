//! A history of runs that is shown beside, or without, a comparison.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::history::{History, Reference, Trend, trends};
use crate::run::Run;

/// A history, judged.
#[derive(Debug)]
pub struct Trends {
    /// The runs.
    pub history: History,
    /// Every metric of every endpoint, the worst first.
    pub trends: Vec<Trend>,
    /// The one that is drawn, by its place.
    pub chosen: usize,
    /// Its number: what is made of one history is not taken for another's.
    pub number: u32,
    /// What the last run was judged against.
    against: Option<Against>,
}

#[derive(Debug)]
struct Against {
    run: Arc<Run>,
    reference: Arc<Reference>,
    last_good: Option<Arc<Run>>,
}

/// Histories so far.
static NUMBER: AtomicU32 = AtomicU32::new(0);

impl Trends {
    /// Judges a history.
    pub fn of(history: History) -> Self {
        let trends = trends(&history, |_, _| true);
        Self { history, trends, chosen: 0, number: NUMBER.fetch_add(1, Ordering::Relaxed), against: None }
    }

    /// Makes what a run is judged against, once for each run.
    pub fn judge(&mut self, run: &Arc<Run>) {
        if self.against.as_ref().is_none_or(|against| !Arc::ptr_eq(&against.run, run)) {
            let reference = Arc::new(Reference::of(self.history.clone(), [&**run]));
            let last_good = reference.last_good().map(Arc::new);
            self.against = Some(Against { run: Arc::clone(run), reference, last_good });
        }
    }

    /// The last good level, where a run was judged and the history holds others.
    pub fn last_good(&self) -> Option<&Arc<Run>> {
        self.against.as_ref()?.last_good.as_ref()
    }

    /// What the last run was judged against.
    pub fn reference(&self) -> Option<&Arc<Reference>> {
        self.against.as_ref().map(|against| &against.reference)
    }
}
