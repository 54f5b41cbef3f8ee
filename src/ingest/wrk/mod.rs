//! wrk and wrk2: their reports.

pub(super) mod text;
pub(super) mod wrk2;
