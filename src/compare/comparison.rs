//! Two runs, compared.

use super::{
    Account, Checks, Comparability, Counts, Gate, PairNote, Row, Scope, Seen, Subject, Warmup, Word, check::Mix,
    overall,
};
use crate::policy::Policy;
use crate::run::Run;

/// Two runs, compared.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// What is compared with.
    pub baseline: Run,
    /// What is judged.
    pub run: Run,
    /// The thresholds it was judged by.
    pub policy: Policy,
    /// Everything that was judged: the total first, then services and endpoints by name.
    pub subjects: Vec<Subject>,
    /// The same, most severe first: indices into [`Comparison::subjects`].
    pub by_severity: Vec<usize>,
    /// Verdicts by kind, over all judged rows.
    pub counts: Counts,
    /// The one word.
    pub word: Word,
    /// Whether a pipeline should stop.
    pub gate: Gate,
    /// The row that decided: its subject and row index.
    pub worst: Option<(usize, usize)>,
    /// What could have been seen.
    pub seen: Seen,
    /// What the reader should know about the pair.
    pub notes: Vec<PairNote>,
    /// Whether the two can be compared at all.
    pub comparability: Comparability,
    /// Whether the files can be trusted.
    pub checks: Checks,
    /// The total's mean and error rate: what the endpoints changed, and what the mix of requests changed.
    pub mix: Mix,
    /// Where the warm-ups end. Nothing is judged without them yet: [`trim`](super::trim) makes the runs without.
    pub warmup: Warmup,
    /// Where the baseline's rows went.
    pub baseline_account: Account,
    /// Where the run's rows went.
    pub run_account: Account,
}

impl Comparison {
    /// Whether a row is one that fails the gate.
    #[must_use]
    pub fn fails_gate(&self, row: &Row) -> bool {
        overall::fails_gate(row, &self.policy.compare)
    }

    /// Whether a subject fails the gate by being on one side only, whatever rules there are about it.
    #[must_use]
    pub fn absence_fails_gate(&self, subject: &Subject) -> bool {
        overall::absence_fails(subject, &self.policy.compare)
    }

    /// The total over all endpoints, where both or one of the runs has one.
    #[must_use]
    pub fn total(&self) -> Option<&Subject> {
        self.subjects.iter().find(|s| s.scope == Scope::Total)
    }

    /// The services and endpoints, most severe first.
    pub fn endpoints_by_severity(&self) -> impl Iterator<Item = (usize, &Subject)> {
        self.by_severity
            .iter()
            .filter_map(|i| Some((*i, self.subjects.get(*i)?)))
            .filter(|(_, s)| s.scope != Scope::Total)
    }

    /// The row that decided the verdict, with its subject.
    #[must_use]
    pub fn worst_row(&self) -> Option<(&Subject, &Row)> {
        let (subject, row) = self.worst?;
        let subject = self.subjects.get(subject)?;
        Some((subject, subject.rows.get(row)?))
    }
}
