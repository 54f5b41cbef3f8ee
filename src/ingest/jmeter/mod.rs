//! Apache JMeter's results files ("JTL"), of every version, as CSV.
//!
//! From JMeter's sources (`CSVSaveService`, `SampleEvent`, `report/*`): a row is one sample, written when it ends, so
//! that rows are not in the order of their moments. Columns are a subset of a fixed list in a fixed order, with a header
//! from 3.0 on (before, by default, without); any delimiter. `timeStamp` is the begin of the sample as JMeter is shipped
//! (`sampleresult.timestamp.start=true`), in milliseconds or as text in the local time zone. `elapsed` is milliseconds.
//! A failed sample is one whose `success` is false: a response code of 400 or more, or an assertion.
//!
//! Two kinds of rows cover others. A *transaction controller* has a row for the requests within it, recognised by its
//! message; the dashboard lists it and leaves it out of the total, and so does this. *Sub-results* (redirects, embedded
//! resources) have rows of their own from 5.0 on, behind the row of their page, named after it; the dashboard counts
//! them, and so does this unless [`Options::collapse_sub_results`](super::Options) is set.

pub(super) mod csv;
mod layout;
mod recent;
pub(super) mod statistics;
mod time;
