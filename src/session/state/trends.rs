//! A history of runs that is shown beside, or without, a comparison.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::history::{History, Trend, trends};

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
}

/// Histories so far.
static NUMBER: AtomicU32 = AtomicU32::new(0);

impl Trends {
    /// Judges a history.
    pub fn of(history: History) -> Self {
        let trends = trends(&history, |_, _| true);
        Self { history, trends, chosen: 0, number: NUMBER.fetch_add(1, Ordering::Relaxed) }
    }
}
