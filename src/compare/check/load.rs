//! Gaps in time, users against throughput × latency, short runs.
//!
//! Little's law (Little 1961): the number of requests in progress is throughput × mean response time, `X·R`. Users that
//! wait for each response have at most one in progress, so `X·R ≤ N`; for the rest of the time they pause (think time),
//! which is the usual case. `X·R > N` is impossible for such users. `X·R ≈ N` means no pauses: latency then limits
//! throughput, and during a stall few requests are sent (coordinated omission, Tene). If in addition latency grows
//! while throughput does not, the service or the generator is at its limit. If the same users make fewer requests with
//! unchanged response times, the pauses grew: the generator itself became slow.

use super::counts::notes;
use super::{Check, Phase};
use crate::run::{Interval, Run, Timeline};

/// Below this duration in seconds, a run is too short (statistics.md §4.7).
pub(super) const SHORT_S: f64 = 30.0;
/// Seconds without a request that count as silence, …
const SILENT_S: u64 = 3;
/// … if at least this many requests were expected: no request by chance has a probability of `e^-20`.
const EXPECTED: f64 = 20.0;
/// Minimum share of users with a request in progress that counts as no pauses.
const BUSY: f64 = 0.9;
/// Minimum ratio of requests in progress to users (and one more) that rounding of durations cannot explain.
const IMPOSSIBLE: f64 = 1.1;
/// Minimum length in seconds of a third of a run for comparison, …
const PHASE_S: f64 = 10.0;
/// … and minimum requests in it.
const PHASE_REQUESTS: u64 = 100;

pub(super) fn check(run: &Run, out: &mut Vec<Check>) {
    if let Some(timeline) = &run.timeline {
        out.extend(silence(timeline));
    }
    let phases = run.timeline.as_ref().and_then(thirds);
    let trend = phases.and_then(|(early, late)| saturated(early, late).or_else(|| slowed(early, late)));
    out.extend(
        busy(run).filter(|check| {
            !(matches!(check, Check::NoPauses { .. }) && matches!(trend, Some(Check::Saturated { .. })))
        }),
    );
    out.extend(trend);
    if let Some(duration_s) = duration_s(run).filter(|s| *s < SHORT_S) {
        out.push(Check::TooShort { duration_s });
    }
}

/// The run's duration, else the time over which the total's rate was measured.
fn duration_s(run: &Run) -> Option<f64> {
    let implied = || {
        let total = run.total.as_ref()?;
        let rate = total.rate_per_s.filter(|rate| *rate > 0.0)?;
        Some(total.requests.filter(|n| *n > 0)? as f64 / rate)
    };
    run.duration_s.filter(|s| *s > 0.0).or_else(implied)
}

/// Periods without requests between the first and the last request.
fn silence(timeline: &Timeline) -> Option<Check> {
    let with: Vec<&Interval> = timeline.intervals.iter().filter(|i| i.requests > 0).collect();
    let (first, last) = (with.first()?, with.last()?);
    let begins = |i: &Interval| i.end_s.saturating_sub(i64::from(i.length_s));
    let span_s = last.end_s.saturating_sub(begins(first));
    let rate_per_s = timeline.requests() as f64 / span_s as f64;
    let mut longest: Option<(u64, i64)> = None;
    let mut seconds = 0_u64;
    for (a, b) in with.iter().zip(with.iter().skip(1)) {
        let gap = u64::try_from(begins(b).saturating_sub(a.end_s)).unwrap_or(0);
        if gap >= SILENT_S && gap as f64 * rate_per_s >= EXPECTED {
            seconds = seconds.saturating_add(gap);
            if longest.is_none_or(|(most, _)| gap > most) {
                longest = Some((gap, a.end_s));
            }
        }
    }
    longest.map(|(longest_s, from_s)| Check::Silence { seconds, longest_s, from_s, rate_per_s })
}

/// Requests in progress against users, over the whole run.
fn busy(run: &Run) -> Option<Check> {
    // Their times include waits of requests that were never sent.
    if notes(run, &["wrk-corrected", "wrk2-from-schedule", "autocannon-corrected"]) {
        return None;
    }
    let total = run.total.as_ref()?;
    let timed = total.latency.timed.or(total.requests)? as f64;
    // Requests without a response time are not counted as in progress.
    let share = total.requests.filter(|n| *n > 0).map_or(1.0, |n| (timed / n as f64).min(1.0));
    // Tools round durations to seconds, so their own rate is more precise.
    let counted = || run.duration_s.filter(|s| *s > 0.0).map(|s| timed / (s + 1.0));
    let rate_per_s = total.rate_per_s.map(|rate| rate * share).or_else(counted)?;
    let average = run.timeline.as_ref().and_then(|t| mean_users(&t.intervals));
    let users = average.or(run.users.map(|n| n as f64)).filter(|n| *n > 0.0)?;
    let busy = rate_per_s * total.latency.mean_ms? / 1000.0;
    if busy > IMPOSSIBLE * users + 1.0 {
        Some(Check::MoreBusyThanUsers { busy, users })
    } else {
        (busy >= BUSY * users).then_some(Check::NoPauses { busy, users })
    }
}

/// Mean users over time; `None` if an interval has no users.
fn mean_users(intervals: &[Interval]) -> Option<f64> {
    let (mut users, mut seconds) = (0.0, 0.0);
    for interval in intervals {
        users += interval.users? as f64 * f64::from(interval.length_s);
        seconds += f64::from(interval.length_s);
    }
    (seconds > 0.0).then_some(users / seconds)
}

/// The first and the last third of a run, if both are long enough and have users and latencies.
fn thirds(timeline: &Timeline) -> Option<(Phase, Phase)> {
    let (start_s, duration_s) = (timeline.start_s()?, timeline.duration_s()?);
    let third = libm::floor(duration_s / 3.0) as i64;
    let phase = |from: i64, to: i64| {
        let within = |i: &&Interval| i.end_s > from && i.end_s <= to;
        let intervals: Vec<Interval> = timeline.intervals.iter().filter(within).cloned().collect();
        let seconds = to.saturating_sub(from) as f64;
        let requests = intervals.iter().fold(0_u64, |sum, i| sum.saturating_add(i.requests));
        let mut waited_ms = 0.0;
        for interval in intervals.iter().filter(|i| i.requests > 0) {
            waited_ms += interval.mean_ms? * interval.requests as f64;
        }
        let enough = seconds >= PHASE_S && requests >= PHASE_REQUESTS;
        let users = mean_users(&intervals).filter(|users| enough && *users > 0.0)?;
        Some(Phase { users, rate_per_s: requests as f64 / seconds, mean_ms: waited_ms / requests as f64 })
    };
    let end_s = timeline.intervals.last()?.end_s;
    Some((phase(start_s, start_s.saturating_add(third))?, phase(end_s.saturating_sub(third), end_s)?))
}

fn saturated(early: Phase, late: Phase) -> Option<Check> {
    let at_limit = late.busy() >= BUSY * late.users
        && late.users >= 0.95 * early.users
        && late.mean_ms >= 1.5 * early.mean_ms
        && late.rate_per_s <= 1.1 * early.rate_per_s;
    at_limit.then_some(Check::Saturated { early, late })
}

fn slowed(early: Phase, late: Phase) -> Option<Check> {
    let same_users = (late.users - early.users).abs() <= 0.05 * early.users;
    let slower = late.rate_per_s <= 0.75 * early.rate_per_s
        && late.mean_ms <= 1.1 * early.mean_ms
        && late.pause_s() >= 1.25 * early.pause_s().max(0.0);
    (same_users && slower).then_some(Check::GeneratorSlowed { early, late })
}
