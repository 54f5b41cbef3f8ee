//! [`Comparison`](crate::compare::Comparison) → words, tables, files. `docs/reports.md` describes each file.
//!
//! * [`words`]: rows as sentences, figures with their units, formulas with the numbers in them;
//! * [`headline`]: the whole in one or two sentences; [`brief`]: what is taken in within ten seconds;
//! * [`band`]: what stands around the word: what to know before it, the counters, the limits;
//! * [`view`]: the report as data for a page: headline figures, table lines, run facts; [`table`]: filters and order of its
//!   endpoints;
//! * [`markdown`]: that as a file; [`text`]: on a terminal; [`regression_analysis`]: the shape the scripts wrote
//!   (`seed-v1`);
//! * [`html`]: the report's sections as markup, for the page and for one file that opens anywhere and restores the
//!   comparison it shows;
//! * [`summaries`]: what a report carries, as `canonical` JSON: both runs and the policy;
//! * [`thresholds_file`]: the policy in force as a file of its own;
//! * [`review`]: a comment on a pull request; [`issue`]: a GitHub issue;
//! * [`json`]: for programs, with a published schema (`docs/report.schema.json`); [`csv`]: for spreadsheets;
//!   [`junit`]: for what shows test results;
//! * [`stages`]: the stages of a progressive load;
//! * [`metrics`]: one run as normalised metrics, or as the next baseline;
//! * [`inspect`]: what was read from one run's files;
//! * [`terminal`]: foreign text where it could be taken for something else.
//!
//! Nothing is computed here that a comparison does not hold.

pub mod band;
pub mod brief;
mod canonical;
pub mod csv;
pub mod headline;
pub mod html;
pub mod inspect;
pub mod issue;
pub mod json;
mod json_stages;
pub mod junit;
pub mod markdown;
pub mod metrics;
pub mod pace;
pub mod regression_analysis;
pub mod review;
mod rows;
pub mod stages;
pub mod summaries;
pub mod table;
pub mod terminal;
pub mod text;
pub mod thresholds_file;
pub mod view;
pub mod words;
