//! Merges parts of one run, and rows of one service.
//!
//! Counts, failures and rates add. Sums of response times are integers (nanoseconds), so that any order gives the same
//! mean. Distributions merge as multisets. Percentiles of merged tables are bounds (statistics.md §6), never an
//! average.

use super::latency::sort_parts;
use super::recorder::{MAX_CAUSES, MOST_ENDPOINTS, OTHER_CAUSES, OTHER_ENDPOINTS};
use super::recorder::{causes_capped, endpoints_capped, timelines_coarse};
use super::timeline::{ENDPOINT_INTERVALS, FINE_ENDPOINTS};
use super::users::follow_from_latency;
use super::{Distribution, Endpoint, Latency, NoteLevel, Run, TablePart, Words};
use super::{Failure, Interval, Note, Sketch, Sureness, Timeline};

/// Adds `other` into `into`: the same endpoint, or another row of the same service. Name and method of `into` stay.
pub fn add_endpoint(into: &mut Endpoint, other: &Endpoint) {
    append(into, other);
    settle(into);
}

/// As [`add_endpoint`], but appends tables and intervals unsorted, so that [`settle`] sorts once after many.
fn append(into: &mut Endpoint, other: &Endpoint) {
    let (mine, theirs) = (into.requests, other.requests);
    merge_latency(&mut into.latency, mine, &other.latency, theirs);
    into.mean_bytes = match (into.mean_bytes, mine, other.mean_bytes, theirs) {
        (Some(a), Some(n), Some(b), Some(m)) if n.saturating_add(m) > 0 => {
            Some((a * n as f64 + b * m as f64) / n.saturating_add(m) as f64).filter(|mean| mean.is_finite())
        }
        _ => None,
    };
    // Failed requests stay separate only if both sides of raw samples separate them.
    let of_samples = matches!(into.latency.distribution, Distribution::Samples(_));
    into.failed = match (into.failed.take(), &other.failed) {
        (Some(mine), Some(theirs)) if of_samples => Some(Box::new(mine.plus(theirs))),
        _ => None,
    };
    into.requests = add(mine, theirs);
    into.failures = add(into.failures, other.failures);
    into.sum_bytes = into.sum_bytes.zip(other.sum_bytes).and_then(|(a, b)| a.checked_add(b));
    into.span_ms = into.span_ms.zip(other.span_ms).map(|(a, b)| (a.0.min(b.0), a.1.max(b.1)));
    into.rate_per_s = add_f64(into.rate_per_s, other.rate_per_s);
    into.failures_per_s = add_f64(into.failures_per_s, other.failures_per_s);
    into.stated_error_rate_pct = None;
    into.sureness = Sureness::default();
    into.timeline = match (into.timeline.take(), &other.timeline) {
        (Some(mut a), Some(b)) => Some(a.plus(b, true).unwrap_or_else(|| {
            a.grid = None;
            a.intervals.extend_from_slice(&b.intervals);
            a
        })),
        _ => None,
    };
    // Named metrics have no rule of addition; only equal values stay.
    into.metrics.retain(|name, value| other.metrics.get(name) == Some(value));
}

/// Sorts what [`append`] has appended into the canonical order.
fn settle(endpoint: &mut Endpoint) {
    if let Distribution::Tables(parts) = &mut endpoint.latency.distribution {
        sort_parts(parts);
    }
    if let Some(timeline) = &mut endpoint.timeline
        && timeline.grid.is_none()
    {
        fold_intervals(&mut timeline.intervals);
    }
    derive(endpoint);
}

/// The sum of two counts. `None` if either is unknown.
fn add(a: Option<u64>, b: Option<u64>) -> Option<u64> {
    a?.checked_add(b?)
}

fn add_f64(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    Some(a? + b?).filter(|sum| sum.is_finite())
}

fn merge_latency(into: &mut Latency, mine: Option<u64>, other: &Latency, theirs: Option<u64>) {
    let (mine, theirs) = (into.timed.or(mine), other.timed.or(theirs));
    // A side without timed requests has no response times: take those of the other.
    match (mine, theirs) {
        (Some(0), Some(0)) => {
            *into = Latency { timed: Some(0), ..Latency::default() };
            return;
        }
        (_, Some(0)) => {
            into.timed = mine;
            return;
        }
        (Some(0), _) => {
            *into = Latency { timed: theirs, ..other.clone() };
            return;
        }
        _ => {}
    }
    into.distribution = match (std::mem::take(&mut into.distribution), &other.distribution) {
        (Distribution::Buckets(mut merged), Distribution::Buckets(more)) => {
            for (us, count) in &more.counts_by_us {
                let slot = merged.counts_by_us.entry(*us).or_insert(0);
                *slot = slot.saturating_add(*count);
            }
            merged.rounding = merged.rounding.max(more.rounding);
            Distribution::Buckets(merged)
        }
        (Distribution::Samples(mine), Distribution::Samples(theirs)) => Distribution::Samples(mine.merge(theirs)),
        (table, _) => match (table_parts(table, mine, into.min_ms, into.max_ms), table_parts_of(other, theirs)) {
            (Some(mut parts), Some(more)) => {
                parts.extend(more);
                Distribution::Tables(parts)
            }
            _ => Distribution::Unknown,
        },
    };
    into.sum_ns = match (into.sum_ns, other.sum_ns) {
        (Some(a), Some(b)) => a.checked_add(b),
        _ => None,
    };
    into.timed = add(mine, theirs);
    into.mean_ms = match (into.sum_ns, into.timed) {
        (Some(sum), Some(requests)) if requests > 0 => Some(sum as f64 / requests as f64 / 1e6),
        _ => None,
    };
    let both = |a: Option<f64>, b: Option<f64>, pick: fn(f64, f64) -> f64| Some(pick(a?, b?));
    into.min_ms = both(into.min_ms, other.min_ms, f64::min);
    into.max_ms = both(into.max_ms, other.max_ms, f64::max);
}

/// A distribution as parts of a mixture of tables. `None` if it cannot be one.
fn table_parts(
    distribution: Distribution,
    requests: Option<u64>,
    min_ms: Option<f64>,
    max_ms: Option<f64>,
) -> Option<Vec<TablePart>> {
    match distribution {
        Distribution::Table(table) => Some(vec![TablePart { requests: requests?, table, min_ms, max_ms }]),
        Distribution::Tables(parts) => Some(parts),
        Distribution::Unknown | Distribution::Buckets(_) | Distribution::Samples(_) => None,
    }
}

fn table_parts_of(latency: &Latency, requests: Option<u64>) -> Option<Vec<TablePart>> {
    match &latency.distribution {
        // Not tables: avoid the copy.
        Distribution::Buckets(_) | Distribution::Samples(_) => None,
        distribution => table_parts(distribution.clone(), requests, latency.min_ms, latency.max_ms),
    }
}

/// The sum over all endpoints, named `name`. `None` without endpoints.
#[must_use]
pub fn sum_endpoints<'a>(name: &str, endpoints: impl IntoIterator<Item = &'a Endpoint>) -> Option<Endpoint> {
    let mut endpoints = endpoints.into_iter();
    let mut sum = endpoints.next()?.clone();
    sum.method = None;
    name.clone_into(&mut sum.name);
    for endpoint in endpoints {
        append(&mut sum, endpoint);
    }
    settle(&mut sum);
    Some(sum)
}

/// Merges all parts of one run, as [`merge_runs`] merges two. Users are the maximum at one time over all parts. Parts
/// are merged in order of time: two periods merged across a gap would appear to overlap the period between them.
#[must_use]
pub fn merge_all(mut parts: Vec<Run>) -> Option<Run> {
    crate::order::sort_by_key(&mut parts, span);
    let users: Vec<_> = parts.iter().map(|run| (span(run), run.users)).collect();
    let mut run = parts.into_iter().reduce(merge_runs)?;
    run.users = users_together(&users);
    let spans: Vec<Option<Span>> = users.iter().map(|(span, _)| *span).collect();
    if is_in_turn(&spans) {
        rates_over(&mut run, spans.iter().all(Option::is_some));
        run.notes.push(Note::on_run(&PARTS_IN_TURN, []));
    }
    Some(run)
}

/// Whether two of several parts did not run at the same time, so that rates cannot add.
fn is_in_turn(spans: &[Option<Span>]) -> bool {
    let known = || spans.iter().flatten();
    let (last_start, first_end) = (known().map(|span| span.0).max(), known().map(|span| span.1).min());
    last_start.zip(first_end).is_some_and(|(start, end)| end.saturating_sub(start) <= 1000) && known().nth(1).is_some()
}

/// Rates as requests over the run's duration, if known; else none.
fn rates_over(run: &mut Run, is_known: bool) {
    let seconds = run.duration_s.filter(|s| is_known && *s > 0.0);
    let rate = |count: Option<u64>| Some(count? as f64 / seconds?);
    // Raw samples have their own span.
    for endpoint in run.endpoints.iter_mut().chain(&mut run.total).filter(|endpoint| endpoint.span_ms.is_none()) {
        endpoint.rate_per_s = endpoint.rate_per_s.and(rate(endpoint.requests));
        endpoint.failures_per_s = endpoint.failures_per_s.and(rate(endpoint.failures));
    }
}

/// Merges two parts of one run: several load generators, a file per worker, or periods of time. Endpoints of the same
/// method and name add; notes are deduplicated. Users of simultaneous parts add; of consecutive parts, the larger
/// number counts.
#[must_use]
pub fn merge_runs(mut a: Run, b: Run) -> Run {
    let both = |a: Option<i64>, b: Option<i64>, pick: fn(i64, i64) -> i64| match (a, b) {
        (Some(a), Some(b)) => Some(pick(a, b)),
        (a, b) => a.or(b),
    };
    let end = |run: &Run| Some(run.started_ms?.saturating_add(libm::round(run.duration_s? * 1000.0) as i64));
    let (when, when_b) = (span(&a), span(&b));
    let at_once = overlap(when, when_b);
    let ended = both(end(&a), end(&b), i64::max);
    a.started_ms = both(a.started_ms, b.started_ms, i64::min);
    a.duration_s = match (a.started_ms, ended) {
        (Some(start), Some(end)) => Some(end.saturating_sub(start) as f64 / 1000.0),
        _ => match (a.duration_s, b.duration_s) {
            (Some(x), Some(y)) => Some(x.max(y)),
            _ => None,
        },
    };
    a.users = users_together(&[(when, a.users), (when_b, b.users)]);
    // Runs of raw samples also have the run's timeline in their total.
    let has_total_s =
        |run: &Run| run.timeline.is_some() && run.total.as_ref().is_some_and(|t| t.timeline == run.timeline);
    let shared = has_total_s(&a) && has_total_s(&b);
    a.source.files.extend(b.source.files);
    crate::order::sort_by(&mut a.source.files, |x, y| (&x.name, x.fingerprint).cmp(&(&y.name, y.fingerprint)));
    if a.source.tool != b.source.tool {
        let both = crate::order::set(a.source.tool.split(" + ").chain(b.source.tool.split(" + ")));
        a.source.tool = both.into_iter().filter(|tool| !tool.is_empty()).collect::<Vec<_>>().join(" + ");
    }
    if a.source.version != b.source.version {
        a.source.version = None;
    }
    a.endpoints.extend(b.endpoints);
    let merged = fold_endpoints(&mut a.endpoints);
    let capped = cap_endpoints(&mut a);
    let merged = merged.saturating_add(capped);
    a.rows = a.rows.plus(b.rows);
    a.rows.endpoints = a.rows.endpoints.saturating_sub(merged);
    a.rows.merged = a.rows.merged.saturating_add(merged);
    a.total = match (a.total.take(), b.total) {
        (Some(mut x), Some(y)) => {
            add_endpoint(&mut x, &y);
            Some(x)
        }
        _ => None,
    };
    a.timeline = match (a.timeline.take(), b.timeline) {
        (Some(x), Some(y)) => Some(merge_timelines(x, y, at_once)),
        _ => None,
    };
    if shared && let Some(total) = &mut a.total {
        total.timeline.clone_from(&a.timeline);
    }
    a.users_follow = a.timeline.as_ref().is_some_and(follow_from_latency);
    a.failures.extend(b.failures);
    fold_failures(&mut a.failures);
    cap_causes(&mut a);
    a.exceptions.extend(b.exceptions);
    crate::order::sort_by(&mut a.exceptions, |x, y| {
        (y.count, &x.message, &x.traceback).cmp(&(x.count, &y.message, &y.traceback))
    });
    for note in b.notes {
        if !a.notes.contains(&note) {
            a.notes.push(note);
        }
    }
    a.notes.retain(|n| !n.is(&PARTS_MERGED));
    a
}

/// Sorts endpoints and adds up those of the same method and name. Returns the number of rows merged into another.
pub fn fold_endpoints(endpoints: &mut Vec<Endpoint>) -> u64 {
    crate::order::sort_by(endpoints, |a, b| a.key().cmp(&b.key()));
    let before = endpoints.len();
    endpoints.dedup_by(|next, kept| {
        let same = next.key() == kept.key();
        if same {
            append(kept, next);
        }
        same
    });
    let merged = before - endpoints.len();
    if merged > 0 {
        endpoints.iter_mut().for_each(settle);
    }
    merged as u64
}

/// Merges the endpoints beyond [`MOST_ENDPOINTS`] into one. The endpoints must be sorted and unique. Returns the number
/// merged, `None` if there are no more. The merged endpoint has percentiles and means only if they add up.
pub(crate) fn cap_listed(endpoints: &mut Vec<Endpoint>) -> Option<u64> {
    let is_rest = |e: &Endpoint| e.name == OTHER_ENDPOINTS && e.method.is_none();
    let listed = endpoints.iter().filter(|e| !is_rest(e)).count();
    if listed <= MOST_ENDPOINTS {
        return None;
    }
    let mut kept = 0;
    for endpoint in endpoints.iter_mut().filter(|e| !is_rest(e)) {
        kept += 1;
        if kept > MOST_ENDPOINTS {
            endpoint.method = None;
            OTHER_ENDPOINTS.clone_into(&mut endpoint.name);
            // Distributions that do not merge would keep thousands of tables.
            if !matches!(endpoint.latency.distribution, Distribution::Samples(_)) {
                if !matches!(endpoint.latency.distribution, Distribution::Buckets(_)) {
                    endpoint.latency.distribution = Distribution::Unknown;
                }
                endpoint.timeline = None;
                endpoint.service = None;
                endpoint.metrics.clear();
            }
        }
    }
    Some(fold_endpoints(endpoints))
}

/// Limits the endpoints and their timelines. Returns the number of endpoints merged into the row for the rest.
fn cap_endpoints(run: &mut Run) -> u64 {
    let mut endpoints: Vec<Endpoint> = std::mem::take(&mut run.endpoints).into_iter().collect();
    let moved = cap_listed(&mut endpoints);
    run.endpoints = endpoints.into();
    if moved.is_some() {
        let note = endpoints_capped();
        if !run.notes.contains(&note) {
            run.notes.push(note);
        }
    }
    let moved = moved.unwrap_or(0);
    if run.endpoints.len() > FINE_ENDPOINTS {
        let note = timelines_coarse();
        for timeline in run.endpoints.iter_mut().filter_map(|e| e.timeline.as_mut()) {
            if timeline.grid.is_some_and(|g| g.most >= ENDPOINT_INTERVALS) {
                timeline.coarsen();
                if !run.notes.contains(&note) {
                    run.notes.push(note.clone());
                }
            }
        }
    }
    moved
}

/// Keeps the most frequent causes of failures and merges the others into one row.
pub(crate) fn cap_causes(run: &mut Run) {
    let is_rest = |f: &Failure| f.name.is_empty() && f.message == OTHER_CAUSES;
    if run.failures.len() <= MAX_CAUSES + usize::from(run.failures.iter().any(is_rest)) {
        return;
    }
    let mut rest = 0_u64;
    let mut kept = 0;
    run.failures.retain(|f| {
        let keep = !is_rest(f) && kept < MAX_CAUSES;
        kept += usize::from(keep);
        rest = if keep { rest } else { rest.saturating_add(f.count) };
        keep
    });
    run.failures.push(Failure { message: OTHER_CAUSES.into(), count: rest, ..Failure::default() });
    fold_failures(&mut run.failures);
    let note = causes_capped();
    if !run.notes.contains(&note) {
        run.notes.push(note);
    }
}

/// Adds up failures of the same cause and sorts them, most frequent first.
pub fn fold_failures(failures: &mut Vec<super::Failure>) {
    crate::order::sort_by(failures, |a, b| (&a.name, &a.method, &a.message).cmp(&(&b.name, &b.method, &b.message)));
    failures.dedup_by(|next, kept| {
        let same = next.name == kept.name && next.method == kept.method && next.message == kept.message;
        if same {
            kept.count = kept.count.saturating_add(next.count);
        }
        same
    });
    crate::order::sort_by_key(failures, |f| std::cmp::Reverse(f.count));
}

/// Adds two timelines second by second. Users of simultaneous parts add where intervals of raw samples meet; see
/// [`Timeline`].
#[must_use]
pub fn merge_timelines(mut a: Timeline, b: Timeline, at_once: bool) -> Timeline {
    if let Some(both) = a.plus(&b, at_once) {
        return both;
    }
    a.grid = None;
    a.intervals.extend(b.intervals);
    fold_intervals(&mut a.intervals);
    a
}

/// Start and end, milliseconds since the Unix epoch.
pub type Span = (i64, i64);

/// When a run ran, if known.
fn span(run: &Run) -> Option<Span> {
    let start = run.started_ms?;
    Some((start, start.saturating_add(libm::round(run.duration_s? * 1000.0) as i64)))
}

/// Whether both ran at the same time, for more than the second that files resolve. An unknown span may overlap.
fn overlap(a: Option<Span>, b: Option<Span>) -> bool {
    let (Some(a), Some(b)) = (a, b) else { return true };
    a.1.min(b.1).saturating_sub(a.0.max(b.0)) > 1000
}

/// Users of several parts together: the maximum at one time. Users of simultaneous parts add; those of consecutive
/// parts do not. `None` if any part has no users.
#[must_use]
pub fn users_together(parts: &[(Option<Span>, Option<u64>)]) -> Option<u64> {
    let mut most = None;
    for (own, _) in parts {
        // All parts active when this one began. A part that ends within a second after that is counted as ended.
        let there = parts.iter().filter(|(other, _)| match (own, other) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some((at, _)), Some((from, to))) => from <= at && (at == from || at.saturating_add(1000) < *to),
        });
        let sum = there.map(|(_, users)| *users).try_fold(0_u64, |sum, users| sum.checked_add(users?))?;
        most = most.max(Some(sum));
    }
    most
}

/// Derives rates and means from the sums of raw samples.
pub(super) fn derive(endpoint: &mut Endpoint) {
    if let (Some(sum), Some(requests)) = (endpoint.sum_bytes, endpoint.requests)
        && requests > 0
    {
        endpoint.mean_bytes = Some(sum as f64 / requests as f64);
    }
    if let Some((start, end)) = endpoint.span_ms {
        let seconds = Some(end.saturating_sub(start) as f64 / 1000.0).filter(|s| *s > 0.0);
        let rate = |count: Option<u64>| Some(count? as f64 / seconds?);
        (endpoint.rate_per_s, endpoint.failures_per_s) = (rate(endpoint.requests), rate(endpoint.failures));
    }
}

impl Run {
    /// Rates over the duration of the whole run, as k6 and Locust compute them: an endpoint's requests count from the
    /// start of the run. Over the time between its own first and last request, two requests could be a hundred per
    /// second.
    pub(crate) fn rates_over_the_run(&mut self) {
        let span = self.total.as_ref().and_then(|total| total.span_ms);
        for endpoint in self.endpoints.iter_mut().filter(|endpoint| endpoint.span_ms.is_some()) {
            endpoint.span_ms = span.or(endpoint.span_ms);
            derive(endpoint);
        }
    }

    /// Drops all timelines, if moments count from the starts of several runs.
    pub(crate) fn forget_time(&mut self) {
        self.forget_rates();
        (self.started_ms, self.duration_s, self.timeline) = (None, None, None);
        self.endpoints.iter_mut().chain(&mut self.total).for_each(|endpoint| endpoint.timeline = None);
    }

    /// Drops rates, if some requests have no moment.
    pub(crate) fn forget_rates(&mut self) {
        for endpoint in self.endpoints.iter_mut().chain(&mut self.total) {
            (endpoint.span_ms, endpoint.rate_per_s, endpoint.failures_per_s) = (None, None, None);
        }
    }
}

/// Sorts intervals by their ends. Intervals with the same end add up; a single one stays unchanged. Window percentiles
/// of two parts cannot be added and are dropped.
fn fold_intervals(intervals: &mut Vec<Interval>) {
    crate::order::sort_by_key(intervals, |i| i.end_s);
    intervals.dedup_by(|next, kept| {
        let same = next.end_s == kept.end_s;
        if same {
            let requests = kept.requests.saturating_add(next.requests);
            kept.mean_ms = match (sum_ns(kept), sum_ns(next)) {
                (Some(a), Some(b)) if requests > 0 => Some((a + b) / requests as f64 / 1e6).filter(|m| m.is_finite()),
                _ => None,
            };
            kept.requests = requests;
            kept.failures = kept.failures.saturating_add(next.failures);
            kept.length_s = kept.length_s.max(next.length_s);
            kept.users = add(kept.users, next.users);
            kept.window_p50_ms = None;
            kept.window_p95_ms = None;
            kept.sum_ns = None;
            kept.sketch = None;
            kept.failed = None;
        }
        same
    });
}

/// A timeline in steps of `step_s` seconds from `origin_s`. Intervals that end within a step add up to one, which has
/// the users and window percentile of the last.
#[must_use]
pub fn coarser(timeline: &Timeline, origin_s: i64, step_s: u32) -> Timeline {
    let step = |i: &Interval| i.end_s.saturating_sub(1).saturating_sub(origin_s).div_euclid(i64::from(step_s.max(1)));
    let mut intervals: Vec<Interval> = Vec::new();
    for next in &timeline.intervals {
        match intervals.last_mut().filter(|last| step(last) == step(next)) {
            Some(last) => {
                let requests = last.requests.saturating_add(next.requests);
                last.mean_ms = match (sum_ns(last), sum_ns(next)) {
                    (Some(a), Some(b)) if requests > 0 => {
                        Some((a + b) / requests as f64 / 1e6).filter(|m| m.is_finite())
                    }
                    _ => None,
                };
                *last = Interval {
                    requests,
                    sum_ns: last.sum_ns.zip(next.sum_ns).map(|(a, b)| a.plus(b)),
                    sketch: merged_sketch(last, next),
                    failed: last.failed_with(next),
                    failures: last.failures.saturating_add(next.failures),
                    length_s: last.length_s.saturating_add(next.length_s),
                    mean_ms: last.mean_ms,
                    ..next.clone()
                };
            }
            None => intervals.push(next.clone()),
        }
    }
    Timeline { intervals: intervals.into(), grid: None }
}

/// The merged response times of two intervals, if both are known.
fn merged_sketch(a: &Interval, b: &Interval) -> Option<Box<Sketch>> {
    let (mut sketch, more) = (a.sketch.clone()?, b.sketch.as_ref()?);
    sketch.merge(more);
    Some(sketch)
}

/// Sum of an interval's response times in whole nanoseconds, so that any order gives the same mean. `None` if there are
/// requests without a known mean.
fn sum_ns(interval: &Interval) -> Option<f64> {
    if interval.requests == 0 {
        Some(0.0)
    } else {
        Some(libm::round(interval.mean_ms? * interval.requests as f64 * 1e6))
    }
}

/// The figure is the number of files.
pub const PARTS_MERGED: Words = Words {
    code: "parts-merged",
    level: NoteLevel::Info,
    text: "Merged {0} result files as parts of one run. Counts are sums, and so are the rates of parts that ran at the \
           same time. Percentiles are known only as bounds.",
};

const PARTS_IN_TURN: Words = Words {
    code: "parts-in-turn",
    level: NoteLevel::Info,
    text: "The parts did not all run at the same time. Rates are requests over the time from the first to the last, \
           where all files tell their times.",
};

/// Puts the note on the number of merged parts first.
pub fn note_parts(run: &mut Run, files: u64) {
    run.notes.retain(|n| !n.is(&PARTS_MERGED));
    run.notes.insert(0, Note::on_run(&PARTS_MERGED, [files.into()]));
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::run::{Metric, Percentile, PercentileTable, Rounding};

    fn endpoint(name: &str, requests: u64, failures: u64, mean: f64, p95: f64) -> Endpoint {
        Endpoint {
            name: name.into(),
            requests: Some(requests),
            failures: Some(failures),
            latency: Latency {
                mean_ms: Some(mean),
                sum_ns: Some((mean * requests as f64 * 1e6) as u128),
                timed: Some(requests),
                min_ms: Some(1.0),
                max_ms: Some(p95 * 2.0),
                distribution: Distribution::Table(PercentileTable {
                    values_ms: [(Percentile::P95, p95)].into(),
                    rounding: Rounding::None,
                }),
            },
            rate_per_s: Some(1.0),
            ..Endpoint::default()
        }
    }

    /// A run of raw samples with this number of users, one sample per second.
    fn part(from_s: i64, to_s: i64, users: u64) -> Run {
        let mut recorder = crate::run::Recorder::default();
        let slot = recorder.endpoint(None, "/a", true);
        for second in from_s..to_s {
            recorder.record_ms(slot, second * 1000 + 999, 999, false, None, Some(users));
        }
        recorder.run(to_s.abs_diff(from_s), 0)
    }

    /// By hand: users of consecutive parts do not add.
    #[test]
    fn users_of_parts() {
        let all = |parts: &[(i64, i64, u64)]| {
            merge_all(parts.iter().map(|(from, to, users)| part(*from, *to, *users)).collect()).unwrap()
        };
        let most = |run: &Run| run.timeline.as_ref().and_then(Timeline::max_users);
        for (parts, users) in [
            (&[(1000, 1100, 20), (1100, 1200, 30)][..], 30),
            (&[(1000, 1100, 20), (5000, 5100, 20)], 20),
            (&[(1000, 1100, 20), (1000, 1100, 30)], 50),
            (&[(1000, 1100, 20), (1050, 1200, 30)], 50),
            // Two generators for ten minutes, each log split in two.
            (&[(1000, 1300, 20), (1300, 1600, 20), (1000, 1300, 30), (1300, 1600, 30)], 50),
            // Three consecutive parts; the middle one is listed last.
            (&[(1000, 1100, 20), (1200, 1300, 20), (1100, 1200, 20)], 20),
            // One long part and three consecutive short ones.
            (&[(1000, 4000, 5), (1000, 2000, 7), (2000, 3000, 8), (3000, 4000, 9)], 14),
        ] {
            let run = all(parts);
            assert_eq!(run.users, Some(users), "{parts:?}");
            let mut back = parts.to_vec();
            back.reverse();
            assert_eq!(all(&back).users, Some(users), "{parts:?}");
            assert_eq!(all(&back).timeline, run.timeline, "{parts:?}");
            if parts.len() == 2 {
                assert_eq!(most(&run), Some(users), "{parts:?}");
                assert_eq!(run.total.unwrap().timeline, run.timeline, "{parts:?}");
            }
        }
        // Beyond 512 intervals, one interval holds the end of the first part and the start of the next.
        assert_eq!(most(&all(&[(1000, 1301, 20), (1301, 1800, 30)])), Some(30));
        // A part without a span may overlap; a part without users makes the result unknown.
        let without_span = |run: Run, users| Run { started_ms: None, users, ..run };
        let pair = |b: Run| merge_runs(part(1000, 1100, 20), b).users;
        assert_eq!(pair(without_span(part(5000, 5100, 0), Some(30))), Some(50));
        assert_eq!(pair(without_span(part(5000, 5100, 0), None)), None);
    }

    #[test]
    fn counts_add_and_percentiles_do_not() {
        let sum =
            sum_endpoints("s", &[endpoint("a", 100, 1, 10.0, 10.0), endpoint("b", 300, 5, 50.0, 1000.0)]).unwrap();
        assert_eq!((sum.requests, sum.failures), (Some(400), Some(6)));
        assert_eq!(sum.value(&Metric::ErrorRate).number, Some(1.5));
        assert_eq!(sum.latency.mean_ms, Some(40.0));
        assert_eq!(sum.value(&Metric::Rps).number, Some(2.0));
        let p95 = sum.value(&Metric::Latency(Percentile::P95));
        assert_eq!(p95.number, None);
        assert!(p95.bounds.is_some_and(|(low, high)| low <= 1000.0 && high >= 1000.0));
    }

    #[test]
    fn merging_is_associative_and_commutative() {
        let parts = [endpoint("x", 10, 1, 3.3, 7.0), endpoint("x", 20, 0, 1.7, 5.0), endpoint("x", 7, 7, 9.1, 11.0)];
        let mut sums = Vec::new();
        for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2], [2, 0, 1]] {
            sums.push(sum_endpoints("x", order.iter().filter_map(|i| parts.get(*i))).unwrap());
        }
        let mut right = parts[1].clone();
        add_endpoint(&mut right, &parts[2]);
        let mut nested = parts[0].clone();
        add_endpoint(&mut nested, &right);
        sums.push(nested);
        assert!(sums.windows(2).all(|w| w[0] == w[1]));
    }
}
