//! siege's summary: as text, as JSON (`--json-output`, since 4.0.5), and as one line of `siege.log` per run.
//!
//! From siege's source (`main.c`, `log.c`) and real files: times are seconds, rounded to 10 ms; since 4.1.7 the text
//! has milliseconds with their unit. `transactions` are those with a response that is not an error (a status below 400,
//! 401 or 407); failed ones are counted separately. In older versions an error response may be in both, which
//! `availability` shows. There are no percentiles and no endpoints: siege has one row for all its URLs.

use super::error::Error;
use super::importer::{Imported, Input};
use super::notes::CUT_REPORT;
use super::summary::Summary;
use crate::run::{ALL_REQUESTS, Endpoint, Figure, Latency, Note, NoteLevel, Run, Words};

pub(super) mod json;
pub(super) mod log;
pub(super) mod text;

const ROUNDED: Words = Words {
    code: "siege-rounding",
    level: NoteLevel::Info,
    text: "siege gives one row for all URLs, without percentiles. Its times are rounded, to 10 ms where it writes seconds.",
};

const SEVERAL: Words = Words {
    code: "several-runs",
    level: NoteLevel::Warning,
    text: "The file holds {0:run|runs}. Only the last one{1} was read.",
};

const LISTED: Words = Words {
    code: "siege-requests-listed",
    level: NoteLevel::Info,
    text: "Left out {0:line|lines} of single requests (siege -v). The figures are those of the summary.",
};

/// The figures of a run.
#[derive(Debug, Clone, Default)]
struct Figures {
    transactions: Option<u64>,
    /// Responses with a status below 400, 401 or 407.
    ok: Option<u64>,
    failed: Option<u64>,
    availability_pct: Option<f64>,
    elapsed_s: Option<f64>,
    mean_ms: Option<f64>,
    max_ms: Option<f64>,
    min_ms: Option<f64>,
    /// The end of the summary is missing.
    is_cut: bool,
    /// Lines of single requests before it.
    listed: u64,
}

impl Figures {
    /// All requests: failed ones are not transactions, unless the availability implies it.
    fn requests(&self) -> Option<u64> {
        let (transactions, failed) = (self.transactions?, self.failed.unwrap_or(0));
        let both = transactions.saturating_add(failed);
        let is_near = |good: u64, all: u64| {
            let pct = self.availability_pct?;
            Some((good as f64 / all.max(1) as f64 * 100.0 - pct).abs() <= 0.01)
        };
        let has_both = failed <= transactions
            && is_near(transactions, both) == Some(false)
            && is_near(transactions.saturating_sub(failed), transactions) == Some(true);
        Some(if has_both { transactions } else { both })
    }

    /// A status of 400 or more counts as a transaction (a 404) or as failed (a 500): everything that is not successful
    /// has failed.
    fn failures(&self) -> Option<u64> {
        let not_ok = self.requests().zip(self.ok).map(|(requests, ok)| requests.saturating_sub(ok));
        self.failed.map(|failed| failed.max(not_ok.unwrap_or(0)))
    }

    /// Builds the file's run: the last of `runs`, which `of` names.
    fn imported(self, input: &Input<'_>, runs: u64, of: &str) -> Result<Imported, Error> {
        let mut summary = Summary::new(input);
        let (requests, failures) = (self.requests(), self.failures());
        // Without a response the times are 0.
        let has_times = self.transactions.is_some_and(|transactions| transactions > 0);
        let seconds = self.elapsed_s.filter(|seconds| *seconds > 0.0);
        if requests.is_some() {
            summary.only(Endpoint {
                name: ALL_REQUESTS.into(),
                requests,
                failures,
                latency: Latency {
                    mean_ms: self.mean_ms.filter(|_| has_times),
                    max_ms: self.max_ms.filter(|_| has_times),
                    min_ms: self.min_ms.filter(|_| has_times),
                    ..Latency::default()
                },
                rate_per_s: requests.zip(seconds).map(|(requests, seconds)| requests as f64 / seconds),
                ..Endpoint::default()
            });
        } else {
            summary.reject(1, 1, "the summary has no number of transactions".into());
        }
        summary.note(Note::say(input.name, &ROUNDED, []));
        if self.is_cut {
            summary.note(Note::say(input.name, &CUT_REPORT, [Figure::Word("siege")]));
        }
        if self.listed > 0 {
            summary.note(Note::say(input.name, &LISTED, [self.listed.into()]));
        }
        if runs > 1 {
            summary.note(Note::say(input.name, &SEVERAL, [runs.into(), of.into()]));
        }
        summary.finish(Run { duration_s: seconds, ..Run::default() }, None)
    }
}
