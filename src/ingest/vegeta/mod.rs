//! vegeta: its rows (`vegeta encode`) and its reports (`vegeta report`).
//!
//! In vegeta a request succeeded if its status is 200 to 399; the status is 0 without a response.

pub(super) mod csv;
pub(super) mod hdrplot;
pub(super) mod hist;
pub(super) mod json;
pub(super) mod report;
mod results;

/// Whether a status is a success.
fn is_success(code: u64) -> bool {
    (200..400).contains(&code)
}
