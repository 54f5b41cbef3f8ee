//! Goose. A request failed if the load test marked it as failed, else if its status is not a success.

pub(super) mod json;
pub(super) mod requests;
