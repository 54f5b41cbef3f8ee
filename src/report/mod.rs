//! [`Comparison`](crate::compare::Comparison) → words, tables, files.
//!
//! * [`words`]: verdicts as sentences, figures with their units, formulas with the numbers in them;
//! * [`view`]: the report as data for a page: headline figures, table lines, run facts;
//! * [`markdown`]: the full report for a review; [`regression_analysis`]: the shape the scripts wrote (`seed-v1`);
//! * [`html`]: one file that opens anywhere, and restores the comparison it shows;
//! * [`summaries`]: what a report carries, as canonical JSON: both runs and the policy;
//! * [`json`]: for programs, with a published schema (`docs/report.schema.json`);
//! * [`inspect`]: what was read from one run's files.
//!
//! Nothing is computed here that a comparison does not hold.

pub mod html;
pub mod inspect;
pub mod json;
pub mod markdown;
pub mod regression_analysis;
pub mod summaries;
pub mod view;
pub mod words;
