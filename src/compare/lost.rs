//! Losses in a run's files: whether to report them next to the verdict, and what they may hide.

use super::{Reason, Row, Subject, Verdict};
use crate::policy::{self, Events, EvidenceIs, Level, Policy};
use crate::run::{Metric, Run};

/// Minimum share of lost rows to report next to the verdict, in percent.
const REPORTED_PCT: f64 = 0.1;

/// The losses of one side.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Lost {
    /// Rows of its files.
    pub rows: u64,
    /// Those that could not be read.
    pub rejected: u64,
    /// Whether one of those is a failed request.
    pub is_failing: bool,
    /// Whether a part of an archive could not be unpacked: its number of rows is unknown.
    pub is_damaged: bool,
    /// Whether an archive is cut: its last rows are missing.
    pub is_cut: bool,
}

impl Lost {
    /// The losses of a run.
    #[must_use]
    pub fn of(run: &Run) -> Self {
        let has = |code: &str| run.notes.iter().any(|note| note.code() == code);
        Self {
            rows: run.rows.read,
            rejected: run.rows.rejected,
            is_failing: has("failing-rows-lost"),
            is_damaged: has("damaged-archive"),
            is_cut: has("cut-archive"),
        }
    }

    /// Whether the loss is stated beside the verdict. Above `most_pct` there is no verdict.
    #[must_use]
    pub fn rows_tell(self, most_pct: f64) -> bool {
        self.is_failing || self.pct() > REPORTED_PCT.min(most_pct)
    }

    /// Whether more than `pct` percent of the rows are lost. A damaged archive lost an unknown share, which counts as
    /// more than any limit below 100 %.
    #[must_use]
    pub fn is_more_than(self, pct: f64) -> bool {
        self.pct() > pct || self.is_damaged && pct < 100.0
    }

    fn pct(self) -> f64 {
        if self.rows == 0 { 0.0 } else { self.rejected as f64 / self.rows as f64 * 100.0 }
    }
}

/// Unsettles error rates that would be beyond their limit if all lost rows of the run were failed requests of the
/// subject: they are then not within it.
pub(super) fn unsettle_errors(subjects: &mut [Subject], run: &Run, policy: &Policy) {
    let lost = run.rows.rejected;
    if lost == 0 || policy.compare.evidence == EvidenceIs::Ignore {
        return;
    }
    for subject in subjects {
        let counts = |e: &crate::run::Endpoint| Some((e.failures?, e.requests?));
        let Some((failures, requests)) = subject.run.as_ref().and_then(counts) else { continue };
        let baseline = subject.baseline.as_ref().and_then(|e| e.failures);
        let (failures, requests) = (failures.saturating_add(lost), requests.saturating_add(lost));
        let rate_pct = failures as f64 / requests as f64 * 100.0;
        for row in subject.rows.iter_mut().filter(|row| row.metric == Metric::ErrorRate) {
            if exceeds(row, policy, rate_pct, Events { baseline, run: Some(failures) }) {
                (row.verdict, row.reason) = (Verdict::Unclear, Reason::RowsLost { rows: lost });
            }
        }
    }
}

fn exceeds(row: &Row, policy: &Policy, rate_pct: f64, events: Events) -> bool {
    let is_fine =
        matches!(row.verdict, Verdict::Within | Verdict::Slower | Verdict::ProbablyImproved | Verdict::Improved);
    let rule = row.rule.as_ref().and_then(|applied| policy.rules.get(applied.index));
    let (Some(rule), Some(baseline)) = (rule.filter(|_| is_fine), row.baseline.number) else { return false };
    policy::evaluate(rule, &policy.compare, baseline, rate_pct, events).level == Level::Fail
}
