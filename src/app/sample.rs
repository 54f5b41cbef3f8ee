//! The sample data: two real Locust runs that travel with the page, so that trying it asks for nothing.

use super::reader::Given;
use super::state::{State, Target};
use super::take::take;

/// The files in `samples/`.
const FILES: &[(&str, &[u8])] = &[
    ("baseline_stats.csv", include_bytes!("../../samples/baseline_stats.csv")),
    ("baseline_stats_history.csv", include_bytes!("../../samples/baseline_stats_history.csv")),
    ("baseline_failures.csv", include_bytes!("../../samples/baseline_failures.csv")),
    ("run_stats.csv", include_bytes!("../../samples/run_stats.csv")),
    ("run_stats_history.csv", include_bytes!("../../samples/run_stats_history.csv")),
    ("run_failures.csv", include_bytes!("../../samples/run_failures.csv")),
];

/// Compares the sample runs, by the road that dropped files take.
pub(super) fn load(state: State) {
    state.start_over();
    take(state, FILES.iter().filter_map(|(name, bytes)| Given::of(name, bytes)).collect(), Target::Anywhere);
}
