//! Validates a run from outside: whether an importer could have produced it. All other code relies on this.

use super::time::{has_moment, is_moment};
use super::{Distribution, Endpoint, FailedLatency, Interval, PercentileTable, Run, Sureness, Timeline};

/// The first violation, in words.
pub(super) fn problem(run: &Run) -> Option<&'static str> {
    let rows = run.rows;
    let parts = [rows.endpoints, rows.totals, rows.merged, rows.rejected];
    let account = parts.iter().try_fold(0_u64, |sum, n| sum.checked_add(*n));
    // Each check with its words.
    let checks = [
        (run.source.tool.is_empty(), "it has no tool"),
        (!run.started_ms.is_none_or(is_moment), "its start is no moment"),
        (!numbers([run.duration_s]), "its duration is no number"),
        (!run.endpoints.is_sorted_by(|a, b| a.key() < b.key()), "its endpoints are not in order"),
        (account != Some(rows.read), "its account of rows does not add up"),
        (run.total.iter().chain(&run.endpoints).any(|e| !endpoint(e)), "an endpoint's figures contradict each other"),
        (!run.timeline.as_ref().is_none_or(timeline), "its timeline is not in order"),
        (!sums(run.endpoints.iter()), "its counts are too large"),
        (!run.notes.iter().all(super::Note::is_sound), "a note has too many figures"),
    ];
    checks.into_iter().find(|(wrong, _)| *wrong).map(|(_, words)| words)
}

/// Whether all known numbers are finite and at least 0.
fn numbers(all: impl IntoIterator<Item = Option<f64>>) -> bool {
    all.into_iter().flatten().all(|n| n.is_finite() && n >= 0.0)
}

/// Whether the sum of all counts fits a count.
fn sums<'e>(mut endpoints: impl Iterator<Item = &'e Endpoint>) -> bool {
    let add = |sum: u64, n: Option<u64>| sum.checked_add(n.unwrap_or(0));
    endpoints
        .try_fold((0, 0, 0), |(requests, failures, timed), e| {
            Some((add(requests, e.requests)?, add(failures, e.failures)?, add(timed, e.latency.timed)?))
        })
        .is_some()
}

fn endpoint(e: &Endpoint) -> bool {
    let latency = &e.latency;
    let figures = [latency.mean_ms, latency.min_ms, latency.max_ms, e.rate_per_s, e.failures_per_s];
    numbers(figures)
        && numbers([e.stated_error_rate_pct, e.mean_bytes])
        && e.metrics.values().all(|n| n.is_finite())
        && e.span_ms.is_none_or(|(start, end)| start <= end && is_moment(start) && is_moment(end))
        && e.sureness == Sureness::default()
        && e.timeline.as_ref().is_none_or(timeline)
        && distribution(&latency.distribution)
        && e.failed.as_ref().is_none_or(|failed| is_part(failed, e))
}

/// Whether the failed requests are among those of the endpoint.
fn is_part(failed: &FailedLatency, of: &Endpoint) -> bool {
    match &of.latency.distribution {
        Distribution::Samples(all) => {
            failed.histogram.is_sound()
                && all.minus(&failed.histogram).is_some()
                && of.latency.sum_ns.is_some_and(|sum| failed.sum_ns <= sum)
        }
        _ => false,
    }
}

fn distribution(distribution: &Distribution) -> bool {
    match distribution {
        Distribution::Unknown => true,
        Distribution::Table(of) => table(of),
        Distribution::Tables(parts) => {
            let requests = parts.iter().try_fold(0_u64, |sum, part| sum.checked_add(part.requests));
            requests.is_some() && parts.iter().all(|part| table(&part.table) && numbers([part.min_ms, part.max_ms]))
        }
        Distribution::Buckets(buckets) => {
            buckets.counts_by_us.values().try_fold(0_u64, |sum, n| sum.checked_add(*n)).is_some()
        }
        Distribution::Samples(histogram) => histogram.is_sound(),
    }
}

fn table(table: &PercentileTable) -> bool {
    table.values_ms.iter().all(|(p, ms)| (1..=100_000).contains(&p.0) && numbers([Some(*ms)]))
}

fn timeline(timeline: &Timeline) -> bool {
    let Some(grid) = timeline.grid else { return in_order(&timeline.intervals) };
    let step = grid.step_s();
    let on_grid = |i: &Interval| i.length_s == step && i.end_s.rem_euclid(i64::from(step)) == 0;
    grid.most > 0 && timeline.intervals.iter().all(on_grid) && in_order(&timeline.intervals)
}

fn in_order(intervals: &[Interval]) -> bool {
    let (mut before, mut requests, mut failures) = (None, 0_u64, 0_u64);
    for i in intervals {
        let is_next = has_moment(i.end_s, i.length_s) && before.is_none_or(|before| before < i.end_s);
        let sums = requests.checked_add(i.requests).zip(failures.checked_add(i.failures));
        let Some(sums) = sums.filter(|_| is_next && interval(i)) else { return false };
        ((requests, failures), before) = (sums, Some(i.end_s));
    }
    true
}

fn interval(i: &Interval) -> bool {
    let failed = i.failed.as_ref().is_none_or(|failed| failed.sketch.is_sound() && failed.requests <= i.requests);
    numbers([i.mean_ms, i.window_p50_ms, i.window_p95_ms])
        && i.sketch.as_ref().is_none_or(|sketch| sketch.is_sound())
        && failed
}
