//! Regressions that are known and accepted for a limited time: `[[ack]]` of the thresholds file.
//!
//! An acknowledged row keeps its verdict and does not fail the gate. An acknowledgement expires by the start date of
//! the run (UTC), not by the clock: the same files give the same result on any day. A run without a start date cannot
//! expire it; a note states this.

use super::{Row, Subject, Verdict};
use crate::policy::{Ack, Policy};
use crate::run::{Run, time};

/// Marks the rows beyond a limit that are acknowledged. Returns the indices of acknowledgements whose expiry could not
/// be checked.
pub(super) fn acknowledge(subjects: &mut [Subject], policy: &Policy, run: &Run) -> Vec<usize> {
    let day = run.started_ms.map(time::format_rfc3339);
    let day = day.as_deref().and_then(|moment| moment.get(..10));
    let mut unchecked = Vec::new();
    for subject in subjects {
        let Subject { service, name, rows, .. } = subject;
        for row in rows.iter_mut() {
            row.ack = None;
            if !matches!(row.verdict, Verdict::Critical | Verdict::Regressed | Verdict::ProbablyRegressed) {
                continue;
            }
            let holds = |ack: &Ack| {
                (ack.metric == row.metric.to_string() || Some(ack.metric.as_str()) == row.metric.alias())
                    && ack.service.matches(service.as_deref().unwrap_or_default())
                    && ack.name.as_ref().is_none_or(|pattern| pattern.matches(name))
                    && within(ack, row)
                    // Dates of this form compare as strings.
                    && ack.until.as_deref().is_none_or(|until| day.is_none_or(|day| day <= until))
            };
            row.ack = policy.acks.iter().position(holds);
            if let Some(index) = row.ack
                && day.is_none()
                && policy.acks.get(index).is_some_and(|ack| ack.until.is_some())
                && !unchecked.contains(&index)
            {
                unchecked.push(index);
            }
        }
    }
    unchecked
}

/// Whether the acknowledgement accepts the change.
fn within(ack: &Ack, row: &Row) -> bool {
    let Some(up_to) = &ack.up_to else { return true };
    let Some((baseline, run)) = row.baseline.number.zip(row.run.number) else { return false };
    let target = up_to.target(baseline);
    let slack = 1e-9 * target.abs().max(run.abs());
    if up_to.limits_fall() { run >= target - slack } else { run <= target + slack }
}
