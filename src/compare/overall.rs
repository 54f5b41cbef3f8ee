//! Many verdicts to one word and a gate (statistics.md §4.1).

use super::{EvidenceState, Row, Scope, Subject, Verdict};
use crate::policy::{self, CompareSettings, MissingIs, NewIs, Policy};

/// Verdicts by kind over all rows that a rule judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Counts {
    /// Rows that a rule is about: all but `info`.
    pub total: u64,
    /// CRITICAL.
    pub critical: u64,
    /// WARNING.
    pub warning: u64,
    /// PASS.
    pub pass: u64,
    /// IMPROVED.
    pub improved: u64,
    /// NEW.
    pub new: u64,
    /// MISSING.
    pub missing: u64,
    /// NO DATA.
    pub no_data: u64,
    /// INFO: no rule is about them.
    pub info: u64,
    /// INCONCLUSIVE.
    #[serde(default)]
    pub inconclusive: u64,
    /// BELOW RESOLUTION.
    #[serde(default)]
    pub below_resolution: u64,
}

impl Counts {
    pub(super) fn of(subjects: &[Subject]) -> Self {
        let mut counts = Self::default();
        for row in subjects.iter().flat_map(|s| &s.rows) {
            counts.add(row.verdict);
        }
        counts
    }

    /// Counts one verdict.
    pub fn add(&mut self, verdict: Verdict) {
        let slot = match verdict {
            Verdict::Critical => &mut self.critical,
            Verdict::Missing => &mut self.missing,
            Verdict::Warning => &mut self.warning,
            Verdict::NoData => &mut self.no_data,
            Verdict::New => &mut self.new,
            Verdict::Improved => &mut self.improved,
            Verdict::Pass => &mut self.pass,
            Verdict::Info => &mut self.info,
            Verdict::Inconclusive => &mut self.inconclusive,
            Verdict::BelowResolution => &mut self.below_resolution,
        };
        *slot += 1;
        self.total += u64::from(verdict != Verdict::Info);
    }

    /// The count of one verdict.
    #[must_use]
    pub fn get(&self, verdict: Verdict) -> u64 {
        match verdict {
            Verdict::Critical => self.critical,
            Verdict::Missing => self.missing,
            Verdict::Warning => self.warning,
            Verdict::NoData => self.no_data,
            Verdict::New => self.new,
            Verdict::Improved => self.improved,
            Verdict::Pass => self.pass,
            Verdict::Info => self.info,
            Verdict::Inconclusive => self.inconclusive,
            Verdict::BelowResolution => self.below_resolution,
        }
    }
}

/// Whether a pipeline should stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// Go on.
    Pass,
    /// Stop.
    Fail,
}

impl Gate {
    /// `pass` or `fail`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
        }
    }
}

/// The page's word for a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// A CRITICAL that the gate counts.
    Regressed,
    /// A CRITICAL that the gate does not count.
    PossiblyRegressed,
    /// The two cannot be compared: both sides are the same file, or differ in what the policy requires to be the same.
    NotComparable,
    /// Something of the baseline is gone, and the policy requires it.
    Missing,
    /// A warning.
    Warning,
    /// No rule could be judged, or too little was measured to tell.
    NotEnoughData,
    /// Everything judged is better.
    Improved,
    /// Within the limits.
    Pass,
}

impl Word {
    /// The word in capitals.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Regressed => "REGRESSED",
            Self::PossiblyRegressed => "POSSIBLY REGRESSED",
            Self::NotComparable => "NOT COMPARABLE",
            Self::Missing => "MISSING",
            Self::Warning => "WARNING",
            Self::NotEnoughData => "NOT ENOUGH DATA",
            Self::Improved => "IMPROVED",
            Self::Pass => "PASS",
        }
    }
}

pub(super) struct Overall {
    pub verdict: Verdict,
    pub word: Word,
    pub gate: Gate,
}

impl Overall {
    pub(super) fn of(
        subjects: &[Subject],
        counts: &Counts,
        policy: &Policy,
        same_files: bool,
        not_comparable: bool,
    ) -> Self {
        let rows = || subjects.iter().flat_map(|s| &s.rows);
        let gated = rows().any(|r| r.verdict == Verdict::Critical && fails_gate(r, &policy.compare));
        let only_on = |side: fn(&Subject) -> bool| subjects.iter().any(side);
        let missing = only_on(|s| s.run.is_none());
        let new = only_on(|s| s.baseline.is_none());
        let missing_is = policy.compare.missing;
        let required = missing && missing_is == MissingIs::Fail;
        let warned = counts.warning > 0
            || (missing && missing_is == MissingIs::Warn)
            || (new && policy.compare.unmatched_new == NewIs::Warn);
        let refused_new = new && policy.compare.unmatched_new == NewIs::Fail;
        let verdict = if counts.critical > 0 {
            Verdict::Critical
        } else if required || refused_new {
            if required { Verdict::Missing } else { Verdict::New }
        } else if warned {
            Verdict::Warning
        } else if decided_by_inconclusive(subjects) {
            Verdict::Inconclusive
        } else if counts.pass + counts.inconclusive + counts.below_resolution > 0 {
            Verdict::Pass
        } else if counts.improved > 0 {
            Verdict::Improved
        } else {
            Verdict::NoData
        };
        let undecided = verdict == Verdict::Inconclusive && policy.compare.gate == policy::Gate::Inconclusive;
        let gate = if gated || required || refused_new || undecided { Gate::Fail } else { Gate::Pass };
        let word = match verdict {
            _ if same_files => Word::NotComparable,
            Verdict::Critical if gated => Word::Regressed,
            Verdict::Critical => Word::PossiblyRegressed,
            // What differs may be the load; a CRITICAL is told all the same (statistics.md §4.1).
            _ if not_comparable => Word::NotComparable,
            Verdict::Missing => Word::Missing,
            Verdict::New | Verdict::Warning => Word::Warning,
            Verdict::Pass | Verdict::BelowResolution => Word::Pass,
            Verdict::Improved => Word::Improved,
            Verdict::NoData | Verdict::Info | Verdict::Inconclusive => Word::NotEnoughData,
        };
        Self { verdict, word, gate }
    }
}

/// An endpoint with so large a share of the requests is one of those that decide.
const DECIDING_SHARE: f64 = 0.05;

/// Whether what cannot be told is reason enough to say so of the whole: where it is about the total, or about an
/// endpoint with at least one in twenty requests. The rest is counted as too few requests.
fn decided_by_inconclusive(subjects: &[Subject]) -> bool {
    let requests = |s: &Subject| s.run.as_ref().and_then(|e| e.requests).unwrap_or(0);
    let total = subjects.iter().find(|s| s.scope == Scope::Total).map(requests);
    let all = total.unwrap_or_else(|| subjects.iter().map(requests).fold(0, u64::saturating_add));
    subjects.iter().any(|s| {
        let large = s.scope == Scope::Total || all == 0 || requests(s) as f64 >= DECIDING_SHARE * all as f64;
        large && s.rows.iter().any(|r| r.verdict == Verdict::Inconclusive)
    })
}

/// Whether a row fails the gate.
pub(super) fn fails_gate(row: &Row, settings: &CompareSettings) -> bool {
    match row.verdict {
        Verdict::Critical => row.ack.is_none() && counts_for_gate(row, settings.gate),
        Verdict::Missing => settings.missing == MissingIs::Fail,
        Verdict::New => settings.unmatched_new == NewIs::Fail,
        _ => false,
    }
}

/// Whether a CRITICAL row fails the gate. Without evidence nothing is suspected or confirmed.
fn counts_for_gate(row: &Row, gate: policy::Gate) -> bool {
    let state = row.evidence.as_ref().map(|e| e.state);
    match gate {
        policy::Gate::Point | policy::Gate::Inconclusive => true,
        policy::Gate::Suspected => matches!(state, Some(EvidenceState::Confirmed | EvidenceState::Suspected)),
        policy::Gate::Confirmed => state == Some(EvidenceState::Confirmed),
    }
}

/// The furthest that any row of a subject with the subject's verdict went beyond its limit.
fn excess(subject: &Subject) -> f64 {
    subject.worst_row().map_or(0.0, |(_, r)| r.times_limit)
}

/// Subjects in order of severity: verdict, how sure that is, then how far beyond the limit, then requests, then the order of names.
pub(super) fn by_severity(subjects: &[Subject]) -> Vec<usize> {
    let requests = |s: &Subject| s.run.as_ref().or(s.baseline.as_ref()).and_then(|e| e.requests).unwrap_or(0);
    let mut keyed: Vec<(usize, (Verdict, EvidenceState), f64, u64)> =
        subjects.iter().enumerate().map(|(i, s)| (i, (s.verdict, s.sure()), excess(s), requests(s))).collect();
    crate::order::sort_by(&mut keyed, |a, b| {
        a.1.cmp(&b.1).then(b.2.total_cmp(&a.2)).then(b.3.cmp(&a.3)).then(a.0.cmp(&b.0))
    });
    keyed.into_iter().map(|(i, ..)| i).collect()
}

/// The row that decided: of the worst verdicts the surest, of these the one furthest beyond its limit, and an endpoint's rather than the
/// total's, since it says where to look; of equals the first in order of severity, so that the sentence and the table
/// name the same. What is missing decides nothing where the policy ignores that.
pub(super) fn worst(subjects: &[Subject], by_severity: &[usize], missing: MissingIs) -> Option<(usize, usize)> {
    let decides = |row: &Row| {
        row.verdict < Verdict::Improved && (row.verdict != Verdict::Missing || missing != MissingIs::Ignore)
    };
    let in_order = by_severity.iter().filter_map(|i| Some((*i, subjects.get(*i)?)));
    let candidates = in_order.filter_map(|(i, s)| {
        let (row_index, row) = s.worst_row()?;
        decides(row).then_some((i, row_index, s.scope == Scope::Total, row))
    });
    // `min_by` keeps the first of equals.
    let best = candidates.min_by(|a, b| {
        let (a_row, b_row) = (a.3, b.3);
        let surer = a_row.verdict.cmp(&b_row.verdict).then(a_row.sure().cmp(&b_row.sure()));
        surer.then(a.2.cmp(&b.2)).then(b_row.times_limit.total_cmp(&a_row.times_limit))
    });
    best.map(|(subject, row, ..)| (subject, row))
}
