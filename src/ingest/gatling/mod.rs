//! Gatling's files: `simulation.log` as text (up to 3.12) and binary (since 3.13), and the report's `stats.json`.
//!
//! From Gatling's source (`LogFileDataWriter`, `LogFileReader`, `ResultsHolder`): times are milliseconds; a request
//! failed if its status is `KO`. Groups have separate rows, whose time covers their requests and pauses; they do not
//! count as requests. A request in groups is named by its path, `group / name`, as in `path` of the report's
//! `stats.json`. An unsolicited incoming message (SSE, WebSocket) has no end and is not a request in Gatling's report
//! either.

mod active;
pub(super) mod binary;
mod records;
pub(super) mod stats;
pub(super) mod text;
