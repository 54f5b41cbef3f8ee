//! vegeta: its rows (`vegeta encode`) and its reports (`vegeta report`).
//!
//! To vegeta a request succeeded whose status is from 200 to 399; it has the status 0 where there was no response.

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
