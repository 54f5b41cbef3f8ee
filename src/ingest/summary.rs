//! Builds a run from the rows of a summary; shared by the importers of documents.

use std::collections::BTreeMap;

use super::capped::Capped;
use super::content::Content;
use super::error::{Error, Problem};
use super::importer::{Imported, Input};
use super::notes::{ENDPOINTS_OVERLAP, ROWS_MERGED, ROWS_REJECTED, TOTAL_SUMMED};
use crate::run::merge::sum_endpoints;
use crate::run::recorder::{MAX_CAUSES, OTHER_CAUSES};
use crate::run::{Distribution, Endpoint, Failure, Note, Percentile, PercentileTable, Rounding, RowAccount, Run};

/// The rows of a summary during reading: each becomes an endpoint or a total, or is rejected with a reason.
pub(super) struct Summary<'a> {
    file: &'a str,
    endpoints: Capped,
    total: Option<Endpoint>,
    totals: u64,
    read: u64,
    rejected: u64,
    first: Option<(u64, u64, String)>,
    notes: Vec<Note>,
}

impl<'a> Summary<'a> {
    pub(super) fn new(input: &Input<'a>) -> Self {
        Self {
            file: input.name,
            endpoints: Capped::default(),
            total: None,
            totals: 0,
            read: 0,
            rejected: 0,
            first: None,
            notes: Vec::new(),
        }
    }

    /// Adds an endpoint.
    pub(super) fn push(&mut self, endpoint: Endpoint) {
        self.read += 1;
        self.endpoints.push(endpoint);
    }

    /// Sets the total. Its name becomes `Total`.
    pub(super) fn total(&mut self, endpoint: Endpoint) {
        self.read += 1;
        self.totals += 1;
        self.total = Some(Endpoint { method: None, name: "Total".into(), ..endpoint });
    }

    /// Adds the only endpoint, which is also the total.
    pub(super) fn only(&mut self, endpoint: Endpoint) {
        self.total = Some(Endpoint { method: None, name: "Total".into(), ..endpoint.clone() });
        self.push(endpoint);
    }

    /// Rejects a row. Line and column count from 1; `why` is a sentence without its capital and its full stop.
    pub(super) fn reject(&mut self, line: u64, column: u64, why: String) {
        self.read += 1;
        self.rejected += 1;
        self.first.get_or_insert((line, column, why));
    }

    pub(super) fn note(&mut self, note: Note) {
        self.notes.push(note);
    }

    /// Finishes the file. `run` has the known properties of the whole run (start, duration, users, timeline, failures);
    /// endpoints, total and account are filled in. Without a total row, the total is the sum of the endpoints.
    ///
    /// # Errors
    ///
    /// [`Problem::NoUsableRow`] if none of the rows could be used, [`Problem::HeaderOnly`] without rows.
    pub(super) fn finish(self, run: Run, version: Option<String>) -> Result<Imported, Error> {
        self.end(run, version, true)
    }

    /// As [`Summary::finish`], for overlapping rows: without a total row there is no total.
    pub(super) fn finish_overlapping(self, run: Run, version: Option<String>) -> Result<Imported, Error> {
        self.end(run, version, false)
    }

    fn end(mut self, run: Run, version: Option<String>, is_sum: bool) -> Result<Imported, Error> {
        let first = self.first.take().map(|(line, column, why)| (line, column, format!("line {line}: {why}.")));
        if self.endpoints.is_empty() && self.total.is_none() {
            return Err(match first {
                Some((line, column, first)) => {
                    Error::new(self.file, Problem::NoUsableRow { rows: self.read, first }).at(line, column)
                }
                None => Error::new(self.file, Problem::HeaderOnly).at(1, 1),
            });
        }
        let (endpoints, merged, repeated, capped) = self.endpoints.finish(self.file);
        let mut notes = self.notes;
        if let Some((_, _, first)) = first {
            notes.push(Note::say(self.file, &ROWS_REJECTED, [self.rejected.into(), first.into()]));
        }
        notes.extend(capped);
        if let Some(example) = repeated {
            notes.push(Note::say(self.file, &ROWS_MERGED, [merged.into(), example.into()]));
        }
        let mut total = self.total;
        if total.is_none() && is_sum {
            notes.push(Note::say(self.file, &TOTAL_SUMMED, []));
            total = sum_endpoints("Total", &endpoints);
        }
        if !is_sum
            && let Some(of_total) = total.as_ref().and_then(|total| total.requests)
            && endpoints.iter().fold(0_u64, |sum, e| sum.saturating_add(e.requests.unwrap_or(0))) > of_total
            && !notes.iter().any(|note| ["rows-overlap", "transactions-listed"].contains(&note.code()))
        {
            notes.push(Note::say(self.file, &ENDPOINTS_OVERLAP, []));
        }
        let rows = RowAccount {
            read: self.read,
            endpoints: endpoints.len() as u64,
            totals: self.totals,
            merged,
            rejected: self.rejected,
        };
        let run = Run { endpoints: endpoints.into(), total, rows, ..run };
        Ok(Imported { content: Content::Results(Box::new(run)), version, notes, evidence: None })
    }
}

/// Causes of failures of one endpoint: at most [`MAX_CAUSES`], and one for the rest.
pub(super) struct Causes<'a> {
    method: Option<&'a str>,
    name: &'a str,
    all: Vec<Failure>,
    rest: u64,
    /// Sum of all.
    pub count: u64,
}

impl<'a> Causes<'a> {
    pub(super) fn of(method: Option<&'a str>, name: &'a str) -> Self {
        Self { method, name, all: Vec::new(), rest: 0, count: 0 }
    }

    /// Adds failures of one cause; a count of 0 is ignored.
    pub(super) fn push(&mut self, message: impl Into<String>, count: u64) {
        self.count = self.count.saturating_add(count);
        if count > 0 && self.all.len() < MAX_CAUSES {
            self.all.push(self.failure(message.into(), count));
        } else {
            self.rest = self.rest.saturating_add(count);
        }
    }

    fn failure(&self, message: String, count: u64) -> Failure {
        Failure { method: self.method.map(str::to_owned), name: self.name.to_owned(), message, count }
    }

    pub(super) fn finish(mut self) -> Vec<Failure> {
        if self.rest > 0 {
            self.all.push(self.failure(OTHER_CAUSES.to_owned(), self.rest));
        }
        self.all
    }
}

/// Percentiles as a tool printed them, in percent and milliseconds; skips missing values.
pub(super) fn percentiles(values: impl IntoIterator<Item = (Percentile, Option<f64>)>) -> Distribution {
    // A vector first: the sort within `collect` is compiled once for all importers. By inserting, a map takes more memory.
    let values: Vec<_> = values.into_iter().filter_map(|(percentile, ms)| Some((percentile, ms?))).collect();
    let values_ms: BTreeMap<Percentile, f64> = values.into_iter().collect();
    if values_ms.is_empty() {
        return Distribution::Unknown;
    }
    Distribution::Table(PercentileTable { values_ms, rounding: Rounding::None })
}
