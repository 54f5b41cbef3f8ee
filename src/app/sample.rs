//! The sample data: two real Locust runs that travel with the page, so that trying it asks for nothing.

use super::reader::{self, Content};
use super::state::{State, Target};

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
    let mut parts = Vec::new();
    for (name, bytes) in FILES {
        match reader::interpret(name, bytes) {
            Ok(Content::Part(part)) => parts.push(*part),
            Ok(Content::Policy(_) | Content::Report(_)) => {}
            Err(failure) => state.fail(failure),
        }
    }
    state.place(parts, Target::Anywhere);
}
