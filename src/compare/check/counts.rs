//! Inconsistent requests, failures and rates.

use super::Check;
use crate::run::{Endpoint, Run};

/// Maximum difference between requests ÷ rate and the duration: the larger of this share of it …
const RATE_SHARE: f64 = 0.1;
/// … and this many seconds, since tools round durations and rates begin with the first request.
const RATE_SLACK_S: f64 = 3.0;

/// Whether the run has a note of one of these codes.
pub(in super::super) fn notes(run: &Run, codes: &[&str]) -> bool {
    run.notes.iter().any(|n| codes.contains(&n.code()))
}

pub(super) fn check(run: &Run, out: &mut Vec<Check>) {
    let rows = || run.total.iter().chain(&run.endpoints);
    // If the warm-up is excluded, rows without a timeline and causes of failures still include it.
    let whole = run.left_out_s.is_none_or(|s| s == 0);
    // Transactions are listed but not summed, since their requests are. k6's sub-metrics overlap.
    let apart = notes(run, &["transactions-listed", "rows-overlap", "endpoints-overlap"]) || !whole;
    if let Some(total) = run.total.as_ref().filter(|_| !run.endpoints.is_empty() && !apart) {
        let sum = |pick: fn(&Endpoint) -> Option<u64>| {
            run.endpoints.iter().map(pick).try_fold(0_u64, |sum, n| sum.checked_add(n?))
        };
        let counted =
            [("requests", total.requests, sum(|e| e.requests)), ("failures", total.failures, sum(|e| e.failures))];
        for (what, of_total, of_rows) in counted {
            if let (Some(total), Some(sum)) = (of_total, of_rows)
                && total != sum
            {
                out.push(Check::TotalDisagrees { what, total, sum });
            }
        }
    }
    let more = |e: &&Endpoint| e.requests.zip(e.failures).is_some_and(|(requests, failures)| failures > requests);
    if let Some(first) = rows().find(more) {
        out.push(Check::MoreFailuresThanRequests {
            endpoints: rows().filter(more).count() as u64,
            example: first.shown(),
            failures: first.failures.unwrap_or(0),
            requests: first.requests.unwrap_or(0),
        });
    }
    let listed = run.failures.iter().fold(0_u64, |sum, f| sum.saturating_add(f.count));
    // A link has only the most frequent causes, and so does a run with very many.
    let some = notes(run, &["causes-capped", "from-link"]);
    if let Some(counted) = run.total.as_ref().and_then(|t| t.failures)
        && !run.failures.is_empty()
        && whole
        && (listed > counted || (listed < counted && !some))
    {
        out.push(Check::CausesDisagree { listed, counted });
    }
    if whole {
        rates(run, out);
    }
}

/// Requests ÷ rate is the time over which the rate was measured. For the total it is the run. For an endpoint it may be
/// shorter, from its own first request to its last, but not longer.
fn rates(run: &Run, out: &mut Vec<Check>) {
    let took = |e: &Endpoint| {
        let (requests, rate) = (e.requests.filter(|n| *n > 0)?, e.rate_per_s.filter(|r| *r > 0.0)?);
        Some((requests, rate, requests as f64 / rate))
    };
    // A summed total has the sum of rates, each over a time of its own.
    let summed = notes(run, &["total-summed", "parts-merged"]);
    let total = run.total.as_ref().filter(|_| !summed);
    // For a history that misses the end of the run, the duration covers only its own requests.
    let held = run.timeline.as_ref().map(|t| t.requests()).zip(run.requests());
    let missed = held.map_or(1.0, |(held, all)| if held > 0 && held < all { all as f64 / held as f64 } else { 1.0 });
    let duration_s = run.duration_s.filter(|s| *s > 0.0).map(|s| s * missed);
    let Some(duration_s) = duration_s.or_else(|| Some(took(total?)?.2)) else { return };
    let slack = RATE_SLACK_S.max(RATE_SHARE * duration_s);
    let (mut rows, mut first) = (0, None);
    let of_total = total.into_iter().map(|e| (e, true));
    for (row, is_total) in of_total.chain(run.endpoints.iter().map(|e| (e, false))) {
        let Some((requests, rate_per_s, seconds)) = took(row) else { continue };
        if seconds > duration_s + slack || (is_total && seconds < duration_s - slack) {
            rows += 1;
            first.get_or_insert((row.shown(), requests, rate_per_s));
        }
    }
    if let Some((example, requests, rate_per_s)) = first {
        out.push(Check::RateDisagrees { rows, example, requests, rate_per_s, duration_s });
    }
}
