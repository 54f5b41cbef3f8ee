//! All checks of a run, or of a pair.

use super::pair::Mix;
use super::{Check, Checks, counts, load, pair, percentiles};
use crate::run::{Note, Run};

/// Every check of one run, warnings first.
#[must_use]
pub fn of_run(run: &Run) -> Vec<Check> {
    let mut checks: Vec<Check> = run.notes.iter().filter(|n| is_check(n)).cloned().map(Check::Noted).collect();
    let noted: Vec<String> = checks.iter().map(|c| c.code().into_owned()).collect();
    let mut found = Vec::new();
    counts::check(run, &mut found);
    percentiles::check(run, &mut found);
    load::check(run, &mut found);
    checks.extend(found.into_iter().filter(|check| !noted.iter().any(|code| *code == check.code())));
    crate::order::sort_by_key(&mut checks, |c| std::cmp::Reverse(c.level()));
    checks
}

/// The checks of a pair.
pub(in crate::compare) fn of_pair(baseline: &Run, run: &Run, mix: &Mix) -> Checks {
    let mut pair = Vec::new();
    pair::check(baseline, run, mix, &mut pair);
    Checks { baseline: of_run(baseline), run: of_run(run), pair }
}

/// The notes of a run that are not among its checks.
#[must_use]
pub fn other_notes<'r>(run: &'r Run, checks: &[Check]) -> Vec<&'r Note> {
    run.notes.iter().filter(|note| !is_check(note) && !is_superseded(note, checks)).collect()
}

/// Whether a note is shown among the checks: it reports inconsistent numbers, not only how they were read.
fn is_check(note: &Note) -> bool {
    let codes = [
        "total-disagrees",
        "percentiles-out-of-order",
        "more-failures-than-requests",
        "history-ends-early",
        "history-skipped-seconds",
        "history-reset",
        "failures-cut-off",
        "estimate-suspected",
    ];
    codes.contains(&note.code())
}

/// Whether a check subsumes a note: that percentiles exceed the maximum by rounding, if they exceed it by more.
fn is_superseded(note: &Note, checks: &[Check]) -> bool {
    note.code() == "percentile-above-max" && checks.iter().any(|c| matches!(c, Check::PercentileBeyondMax { .. }))
}
