//! Aggregates verdicts to one word, a gate, and the detectable changes.

use super::{Row, Scope, Subject, Verdict};
use crate::policy::{self, CompareSettings, EvidenceIs, MissingIs, NewIs, NoVerdictIs, Policy};
use crate::run::Metric;

/// Number of verdicts by kind, over all rows judged by a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Counts {
    /// Rows with a rule: all but `info`.
    pub total: u64,
    /// CRITICAL, by limits alone.
    pub critical: u64,
    /// WARNING, by limits alone.
    pub warning: u64,
    /// PASS, by limits alone.
    pub pass: u64,
    /// Regressed.
    pub regressed: u64,
    /// Probably regressed.
    pub probably_regressed: u64,
    /// Slower, within limit.
    pub slower_within_limit: u64,
    /// Unclear.
    pub unclear: u64,
    /// Within limit.
    pub within_limit: u64,
    /// Probably improved.
    pub probably_improved: u64,
    /// Improved.
    pub improved: u64,
    /// Too few requests.
    pub too_few_requests: u64,
    /// New.
    pub new: u64,
    /// Missing.
    pub missing: u64,
    /// No data.
    pub no_data: u64,
    /// Without a rule.
    pub info: u64,
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
        *self.slot(verdict) += 1;
        self.total += u64::from(verdict != Verdict::Info);
    }

    fn slot(&mut self, verdict: Verdict) -> &mut u64 {
        match verdict {
            Verdict::Critical => &mut self.critical,
            Verdict::Regressed => &mut self.regressed,
            Verdict::Missing => &mut self.missing,
            Verdict::ProbablyRegressed => &mut self.probably_regressed,
            Verdict::Warning => &mut self.warning,
            Verdict::Slower => &mut self.slower_within_limit,
            Verdict::Unclear => &mut self.unclear,
            Verdict::TooFew => &mut self.too_few_requests,
            Verdict::NoData => &mut self.no_data,
            Verdict::New => &mut self.new,
            Verdict::ProbablyImproved => &mut self.probably_improved,
            Verdict::Improved => &mut self.improved,
            Verdict::Within => &mut self.within_limit,
            Verdict::Pass => &mut self.pass,
            Verdict::Info => &mut self.info,
        }
    }

    /// The count of one verdict.
    #[must_use]
    pub fn get(&self, verdict: Verdict) -> u64 {
        *{ *self }.slot(verdict)
    }
}

/// Whether a pipeline should stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// Go on.
    Pass,
    /// Stop.
    Fail,
    /// Undecided: the runs cannot be compared, or nothing could be judged.
    NoVerdict,
}

impl Gate {
    /// `pass`, `fail` or `no_verdict`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::NoVerdict => "no_verdict",
        }
    }
}

/// The overall word of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// The two cannot be compared: both sides are the same file, or a difference could explain the changes.
    NotComparable,
    /// Something regressed.
    Regressed,
    /// Something in the baseline is missing, and the policy requires it.
    Missing,
    /// Something probably regressed.
    ProbablyRegressed,
    /// Something improved, and nothing is worse.
    Improved,
    /// Nothing regressed, within the detectable changes.
    NoRegressionFound,
    /// Too little was measured for a result.
    CannotTell,
    /// By limits alone: beyond a `fail` limit.
    Critical,
    /// By limits alone: beyond a `warn` limit.
    Warning,
    /// By limits alone: within the limits.
    Pass,
}

impl Word {
    /// The word in capitals.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotComparable => "NOT COMPARABLE",
            Self::Regressed => "REGRESSED",
            Self::Missing => "MISSING",
            Self::ProbablyRegressed => "PROBABLY REGRESSED",
            Self::Improved => "IMPROVED",
            Self::NoRegressionFound => "NO REGRESSION FOUND",
            Self::CannotTell => "CAN'T TELL",
            Self::Critical => "CRITICAL",
            Self::Warning => "WARNING",
            Self::Pass => "PASS",
        }
    }

    /// Stable identifier for programs.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NotComparable => "not_comparable",
            Self::Regressed => "regressed",
            Self::Missing => "missing",
            Self::ProbablyRegressed => "probably_regressed",
            Self::Improved => "improved",
            Self::NoRegressionFound => "no_regression_found",
            Self::CannotTell => "cannot_tell",
            Self::Critical => "critical",
            Self::Warning => "warning",
            Self::Pass => "pass",
        }
    }
}

/// The smallest changes that would have been confirmed with a probability of 80 %.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Seen {
    /// A slowdown of all requests, in percent: by the total's most sensitive response time.
    pub total_pct: Option<f64>,
    /// A slowdown of any one endpoint with at least [`Seen::endpoint_requests`], in percent.
    pub endpoint_pct: Option<f64>,
    /// Minimum requests on the smaller side for [`Seen::endpoint_pct`].
    pub endpoint_requests: Option<u64>,
    /// A rise of the total's error rate, in percentage points.
    pub errors_pp: Option<f64>,
}

/// Maximum slowdown of an endpoint that counts as detectable, in percent.
const SEEN_PCT: f64 = 50.0;
/// Multiple of a rule's own limit that always counts as detectable.
const TIMES_LIMIT: f64 = 1.5;

impl Seen {
    pub(super) fn of(subjects: &[Subject]) -> Self {
        let total = subjects.iter().find(|s| s.scope == Scope::Total);
        let errors =
            |s: &Subject| s.row(&Metric::ErrorRate).and_then(|r| r.evidence.as_ref()).and_then(|e| e.detectable);
        let requests = |s: &Subject| {
            let n = |e: &Option<crate::run::Endpoint>| e.as_ref().and_then(|e| e.requests);
            Some(n(&s.baseline)?.min(n(&s.run)?))
        };
        let mut endpoints: Vec<(u64, f64)> = subjects
            .iter()
            .filter(|s| s.scope != Scope::Total && s.baseline.is_some() && s.run.is_some())
            .filter_map(|s| Some((requests(s)?, detectable_ms(s).unwrap_or(f64::INFINITY))))
            .collect();
        // Most requests first: as long as every endpoint would have shown a usual change.
        crate::order::sort_by(&mut endpoints, |a, b| b.0.cmp(&a.0).then(a.1.total_cmp(&b.1)));
        let shown: Vec<(u64, f64)> = endpoints.iter().copied().take_while(|(_, pct)| *pct <= SEEN_PCT).collect();
        let cut = endpoints.get(shown.len()).map(|(n, _)| *n);
        let shown = shown.into_iter().filter(|(n, _)| cut.is_none_or(|cut| *n > cut));
        let last = shown.fold(None, |last: Option<(u64, f64)>, (n, pct)| {
            Some(last.map_or((n, pct), |(least, most)| (least.min(n), most.max(pct))))
        });
        Self {
            total_pct: total.and_then(detectable_ms),
            endpoint_pct: last.map(|(_, pct)| pct),
            endpoint_requests: last.map(|(n, _)| n),
            errors_pp: total.and_then(errors),
        }
    }
}

/// Whether a relevant change of all requests would have been detected.
fn is_detectable(subjects: &[Subject], settings: &CompareSettings) -> bool {
    let Some(total) = subjects.iter().find(|s| s.scope == Scope::Total) else { return false };
    let sees = |row: &Row, most: f64| {
        let evidence = row.evidence.as_ref()?;
        let most = evidence.limit.map_or(most, |limit| most.max(TIMES_LIMIT * limit.abs()));
        Some(evidence.detectable? <= most)
    };
    let mut times = total.rows.iter().filter(|r| is_time(r));
    let errors = total.row(&Metric::ErrorRate).and_then(|row| sees(row, settings.must_see_errors_pp));
    times.any(|row| sees(row, settings.must_see_pct) == Some(true)) && errors.unwrap_or(true)
}

fn is_time(row: &Row) -> bool {
    matches!(row.metric, Metric::Mean | Metric::Latency(_))
}

/// The smallest slowdown of a subject that any of its response times would have confirmed: a change of all its requests
/// moves them alike.
fn detectable_ms(subject: &Subject) -> Option<f64> {
    let times = subject.rows.iter().filter(|r| is_time(r));
    times.filter_map(|r| r.evidence.as_ref()?.detectable).reduce(f64::min)
}

pub(super) struct Overall {
    pub word: Word,
    pub gate: Gate,
}

impl Overall {
    /// `not_comparable`: the two are the same file, or differ in something that could explain the changes.
    pub(super) fn of(subjects: &[Subject], counts: &Counts, policy: &Policy, not_comparable: bool, lost: bool) -> Self {
        let settings = &policy.compare;
        let word = match settings.evidence {
            EvidenceIs::Ignore => by_limits(subjects, counts, settings, not_comparable, lost),
            EvidenceIs::Judge => by_evidence(subjects, counts, settings, not_comparable, lost),
        };
        let failing =
            subjects.iter().any(|s| absence_fails(s, settings) || s.rows.iter().any(|r| fails_gate(r, settings)));
        let undecided = word == Word::CannotTell && settings.gate == policy::Gate::Inconclusive;
        let gate = match word {
            Word::NotComparable => Gate::NoVerdict,
            _ if failing || undecided => Gate::Fail,
            Word::CannotTell => Gate::NoVerdict,
            _ => Gate::Pass,
        };
        let gate = match (gate, settings.no_verdict) {
            (Gate::NoVerdict, NoVerdictIs::Pass) => Gate::Pass,
            (Gate::NoVerdict, NoVerdictIs::Fail) => Gate::Fail,
            (gate, _) => gate,
        };
        Self { word, gate }
    }
}

fn by_evidence(
    subjects: &[Subject],
    counts: &Counts,
    settings: &CompareSettings,
    not_comparable: bool,
    lost: bool,
) -> Word {
    let judged = counts.total - counts.no_data - counts.new - counts.missing - counts.too_few_requests;
    match () {
        () if not_comparable => Word::NotComparable,
        () if counts.regressed > 0 => Word::Regressed,
        () if subjects.iter().any(|s| absence_fails(s, settings)) => Word::Missing,
        () if counts.probably_regressed > 0 => Word::ProbablyRegressed,
        () if judged == 0 || lost => Word::CannotTell,
        () if counts.improved > 0 => Word::Improved,
        () if !is_detectable(subjects, settings) => Word::CannotTell,
        () => Word::NoRegressionFound,
    }
}

/// As in the four scripts: the worst level decides.
fn by_limits(
    subjects: &[Subject],
    counts: &Counts,
    settings: &CompareSettings,
    not_comparable: bool,
    lost: bool,
) -> Word {
    let missing = subjects.iter().any(|s| s.run.is_none());
    let new = subjects.iter().any(|s| s.baseline.is_none());
    match () {
        () if not_comparable => Word::NotComparable,
        () if counts.critical > 0 => Word::Critical,
        () if subjects.iter().any(|s| absence_fails(s, settings)) => Word::Missing,
        () if counts.warning > 0
            || (missing && settings.missing == MissingIs::Warn)
            || (new && settings.unmatched_new == NewIs::Warn) =>
        {
            Word::Warning
        }
        () if lost => Word::CannotTell,
        () if counts.pass + counts.improved > 0 => Word::Pass,
        () => Word::CannotTell,
    }
}

/// Whether a subject fails the gate by being on one side only, independent of the rules for it.
pub(super) fn absence_fails(subject: &Subject, settings: &CompareSettings) -> bool {
    (subject.verdict == Verdict::Missing && settings.missing == MissingIs::Fail)
        || (subject.baseline.is_none() && settings.unmatched_new == NewIs::Fail)
}

/// Whether a row fails the gate.
pub(super) fn fails_gate(row: &Row, settings: &CompareSettings) -> bool {
    let counted = match row.verdict {
        Verdict::Critical | Verdict::Regressed => true,
        Verdict::ProbablyRegressed => settings.gate != policy::Gate::Confirmed,
        Verdict::Missing => return settings.missing == MissingIs::Fail,
        Verdict::New => return settings.unmatched_new == NewIs::Fail,
        _ => matches!(settings.gate, policy::Gate::Point | policy::Gate::Inconclusive) && row.beyond,
    };
    counted && row.ack.is_none()
}

/// Maximum excess over the limit of any row with the subject's verdict. Of unclear rows it counts alone whether it is
/// clearly beyond the limit: how far is not known.
fn excess(subject: &Subject) -> f64 {
    subject.worst_row().map_or(0.0, |(_, r)| match r.verdict {
        Verdict::Unclear => f64::from(u8::from(r.is_clearly_beyond())),
        _ => r.times_limit,
    })
}

/// Subjects by severity: verdict, then excess over the limit, then requests, then name.
pub(super) fn by_severity(subjects: &[Subject]) -> Vec<usize> {
    let requests = |s: &Subject| s.run.as_ref().or(s.baseline.as_ref()).and_then(|e| e.requests).unwrap_or(0);
    let mut keyed: Vec<(usize, Verdict, f64, u64)> =
        subjects.iter().enumerate().map(|(i, s)| (i, s.verdict, excess(s), requests(s))).collect();
    crate::order::sort_by(&mut keyed, |a, b| {
        a.1.cmp(&b.1).then(b.2.total_cmp(&a.2)).then(b.3.cmp(&a.3)).then(a.0.cmp(&b.0))
    });
    keyed.into_iter().map(|(i, ..)| i).collect()
}

/// The deciding row: of the worst verdicts the one furthest beyond its limit, preferring an endpoint over the total,
/// since it shows where to look; of equals the first by severity, so that sentence and table agree. Missing subjects do
/// not decide if the policy ignores them.
pub(super) fn worst(subjects: &[Subject], by_severity: &[usize], missing: MissingIs) -> Option<(usize, usize)> {
    let decides = |row: &Row| {
        row.verdict < Verdict::ProbablyImproved && (row.verdict != Verdict::Missing || missing != MissingIs::Ignore)
    };
    let in_order = by_severity.iter().filter_map(|i| Some((*i, subjects.get(*i)?)));
    let candidates = in_order.filter_map(|(i, s)| {
        let (row_index, row) = s.worst_row()?;
        decides(row).then_some((i, row_index, s.scope == Scope::Total, row))
    });
    // `min_by` keeps the first of equals.
    let best = candidates.min_by(|a, b| {
        let worse = a.3.verdict.cmp(&b.3.verdict).then(a.2.cmp(&b.2));
        worse.then(b.3.times_limit.total_cmp(&a.3.times_limit))
    });
    best.map(|(subject, row, ..)| (subject, row))
}
