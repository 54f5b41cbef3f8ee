//! Goose. A request failed that the load test says failed; without a word of it, one whose status is not of success.

pub(super) mod json;
pub(super) mod requests;
