//! ApacheBench: its report, and the two tables that it writes beside it.

pub(super) mod percentiles;
pub(super) mod plot;
pub(super) mod text;
