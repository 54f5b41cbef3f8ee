//! Gatling's files: `simulation.log` as text (up to 3.12) and binary (since 3.13), and the report's `stats.json`.
//!
//! Read in Gatling's source (`LogFileDataWriter`, `LogFileReader`, `ResultsHolder`): times are milliseconds; a request
//! failed where its status is `KO`. Groups have rows of their own, whose time covers their requests and pauses: they are no
//! requests. A request in groups is named by its path, `group / name`, as in `path` of the report's `stats.json`. An
//! incoming message that nothing waited for (SSE, WebSocket) has no end, and is no request in Gatling's report either.

mod active;
pub(super) mod binary;
mod records;
pub(super) mod stats;
pub(super) mod text;
