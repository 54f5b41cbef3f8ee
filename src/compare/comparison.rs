//! The result of a comparison.

use super::{
    Account, Checks, Comparability, Counts, Gate, PairNote, Row, Scope, Seen, Stages, Subject, Warmup, Word,
    check::Mix, overall,
};
use crate::policy::Policy;
use crate::run::Run;

/// The result of comparing two runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The reference.
    pub baseline: Run,
    /// The run to judge.
    pub run: Run,
    /// The thresholds applied.
    pub policy: Policy,
    /// All judged subjects: the total first, then services and endpoints by name.
    pub subjects: Vec<Subject>,
    /// The same, most severe first: indices into [`Comparison::subjects`].
    pub by_severity: Vec<usize>,
    /// Verdicts by kind, over all judged rows.
    pub counts: Counts,
    /// The overall word.
    pub word: Word,
    /// Whether a pipeline should stop.
    pub gate: Gate,
    /// The deciding row: indices of its subject and row.
    pub worst: Option<(usize, usize)>,
    /// The detectable changes.
    pub seen: Seen,
    /// Notes on the pair.
    pub notes: Vec<PairNote>,
    /// Whether the two can be compared.
    pub comparability: Comparability,
    /// Whether the files can be trusted.
    pub checks: Checks,
    /// The total's mean and error rate, decomposed into changes within endpoints and of the mix.
    pub mix: Mix,
    /// The ends of the warm-ups. They are not excluded yet: [`trim`](super::trim) does that.
    pub warmup: Warmup,
    /// The stages of a progressive load, if a run has at least two.
    pub stages: Option<Box<Stages>>,
    /// Account of the baseline's rows.
    pub baseline_account: Account,
    /// Account of the run's rows.
    pub run_account: Account,
}

impl Comparison {
    /// Whether a row fails the gate.
    #[must_use]
    pub fn fails_gate(&self, row: &Row) -> bool {
        overall::fails_gate(row, &self.policy.compare)
    }

    /// Whether a subject fails the gate by being on one side only, independent of the rules for it.
    #[must_use]
    pub fn absence_fails_gate(&self, subject: &Subject) -> bool {
        overall::absence_fails(subject, &self.policy.compare)
    }

    /// The total over all endpoints, if at least one run has one.
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
