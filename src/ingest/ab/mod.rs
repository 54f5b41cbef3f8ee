//! ApacheBench: its report, and its two export tables.

pub(super) mod percentiles;
pub(super) mod plot;
pub(super) mod text;
