//! Drops and rounds content of a link, without changing verdicts or judged figures.

use std::collections::BTreeMap;

use super::rows::{self, DIGITS, EXTREME_DIGITS, QUANTILES};
use super::value::{at_log, nearest_log, rounded, two_digit_of};
use super::{Shared, Unshareable, caps, notes, runs};
use crate::compare::{Comparison, Portable, Row, Scope, Subject, Verdict};
use crate::number;
use crate::policy::{EvidenceIs, Policy};
use crate::run::{
    Buckets, Distribution, Endpoint, Failure, Histogram, Interval, Latency, Metric, Note, Percentile, PercentileTable,
    Rounding, Run, Sureness, Timeline, significant,
};

/// Maximum causes of failures of one run.
const CAUSES: usize = 5;
/// Maximum characters of a cause.
const MESSAGE: usize = 120;
/// Maximum characters of a note's text.
const NOTE: usize = 400;
/// Maximum intervals of a run; for longer ones, neighbours are merged.
const INTERVALS: usize = 120;

/// Optional content.
#[derive(Debug, Clone, Copy)]
pub(super) struct Contents {
    pub time_series: bool,
    pub causes: bool,
}

/// Refuses what no link can hold.
pub(super) fn check(comparison: &Comparison) -> Result<(), Unshareable> {
    let too_much = |what| Err(Unshareable::TooMuch { what });
    for run in [&comparison.baseline, &comparison.run] {
        if !run.endpoints.is_sorted_by(|a, b| a.key() < b.key()) {
            return Err(Unshareable::Unsorted);
        }
        for e in run.endpoints.iter().chain(&run.total) {
            let texts = [Some(&e.name), e.method.as_ref(), e.service.as_ref()];
            if texts.into_iter().flatten().any(|t| t.len() > caps::TEXT) {
                return too_much("characters in a name");
            }
        }
    }
    let keys = [&comparison.baseline, &comparison.run].map(|r| r.endpoints.iter().map(Endpoint::key));
    if crate::order::set(keys.into_iter().flatten()).len() > caps::ENDPOINTS {
        return too_much("endpoints");
    }
    Ok(())
}

/// A figure of an endpoint that may be rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Field {
    Mean,
    Min,
    Max,
    Rate,
    Quantile(Percentile),
    Named,
    Stated,
}

impl Field {
    fn of(metric: &Metric) -> Option<Self> {
        match metric {
            Metric::Latency(p) => Some(Self::Quantile(*p)),
            Metric::Mean => Some(Self::Mean),
            Metric::Min => Some(Self::Min),
            Metric::Max => Some(Self::Max),
            Metric::Rps => Some(Self::Rate),
            Metric::Named(_) => Some(Self::Named),
            Metric::ErrorRate => Some(Self::Stated),
            Metric::Requests | Metric::Failures => None,
        }
    }
}

/// The owner of a figure: an endpoint by name and method, or the total.
type Owner = Option<(String, Option<String>)>;

/// Precision of each figure; those not listed have the usual precision.
#[derive(Debug, Clone, Default)]
pub(super) struct Exact {
    levels: BTreeMap<(Owner, Field), Level>,
    everything: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
enum Level {
    #[default]
    Usual,
    /// Two digits more.
    Finer,
    /// Four digits more.
    Finest,
    /// Every bit.
    Exact,
    /// The histogram behind a quantile, since those of several rows are summed.
    Whole,
}

/// Rows that a link would judge or show differently.
#[derive(Debug, Clone, Default)]
pub(super) struct Differences {
    /// Subject and row, by index; `None` concerns the whole.
    pub verdicts: Vec<Option<(usize, usize)>>,
    pub figures: Vec<(usize, usize)>,
    /// Only the order of severity or the detectable changes differ.
    pub order: bool,
}

impl Differences {
    pub fn is_empty(&self) -> bool {
        self.verdicts.is_empty() && self.figures.is_empty() && !self.order
    }
}

/// Differences between two comparisons of the same runs.
pub(super) fn differences(a: &Comparison, b: &Comparison) -> Differences {
    let mut found = Differences::default();
    let whole = |c: &Comparison| (c.word, c.gate, c.counts, c.subjects.len());
    for (i, (x, y)) in a.subjects.iter().zip(&b.subjects).enumerate() {
        let key = |s: &Subject| (s.scope, s.service.clone(), s.method.clone(), s.name.clone(), s.rows.len());
        if key(x) != key(y) {
            found.verdicts.push(None);
        }
        for (j, (p, q)) in x.rows.iter().zip(&y.rows).enumerate() {
            if judged(p) != judged(q) {
                found.verdicts.push(Some((i, j)));
            } else if p.rule.is_some() && shown(p) != shown(q) {
                found.figures.push((i, j));
            }
        }
    }
    if found.verdicts.is_empty() && whole(a) != whole(b) {
        found.verdicts.push(None);
    }
    let order = |c: &Comparison| (c.worst, c.by_severity.clone());
    found.order = found.is_empty() && (order(a) != order(b) || shown_detectable(a) != shown_detectable(b));
    found
}

/// A row's judgement in words: verdict, reason, method, and basis.
fn judged(row: &Row) -> impl PartialEq + use<> {
    let evidence = row.evidence.as_ref().map(|e| {
        let noise = (e.floor.to_bits(), e.noise);
        (e.method, e.n, e.family, e.basis.clone(), noise, e.direction, e.settle.as_ref().map(std::mem::discriminant))
    });
    (row.metric.clone(), row.verdict, row.reason, row.beyond, row.rule.as_ref().map(|r| r.index), row.ack, evidence)
}

/// The detectable changes, in display precision.
fn shown_detectable(c: &Comparison) -> impl PartialEq + use<> {
    let percent = |value: Option<f64>| value.map(number::percent_change);
    let seen = &c.seen;
    (percent(seen.total_pct), percent(seen.endpoint_pct), seen.endpoint_requests, percent(seen.errors_pp))
}

/// A row's figures, in display precision.
fn shown(row: &Row) -> Vec<Option<String>> {
    // Figures of a hundredfold change need fewer digits.
    let percent = |value: f64| match row.metric.unit() {
        "%" => number::points_change(value),
        _ if value.abs() > 1e4 => number::percent_change(significant(value, 3)),
        _ => number::percent_change(value),
    };
    let change = row.change.as_ref().map(|c| match row.metric.unit() {
        "%" => percent(c.abs),
        _ => c.pct.map_or_else(|| "∞".to_owned(), percent),
    });
    let mut shown = vec![row.baseline.number.map(number::figure), row.run.number.map(number::figure), change];
    // For rows that pass by limits alone, or have no limit, the last digit of an interval may differ.
    if let Some(e) = row.evidence.as_deref().filter(|_| row.verdict != Verdict::Info) {
        let all = [e.estimate, e.interval.lower, e.interval.upper, e.limit, e.detectable];
        shown.extend(all.map(|value| value.map(percent)));
    }
    shown
}

impl Exact {
    fn level(&self, owner: &Owner, field: Field) -> Level {
        if self.everything {
            return Level::Whole;
        }
        self.levels.get(&(owner.clone(), field)).copied().unwrap_or_default()
    }

    /// Increases the precision of differing figures; `false` if all are exact.
    pub fn raise(&mut self, comparison: &Comparison, differences: &Differences) -> bool {
        if self.everything {
            return false;
        }
        let mut moved = false;
        let exactly = differences.verdicts.iter().map(|at| (*at, Level::Exact));
        let finer = differences.figures.iter().map(|at| (Some(*at), Level::Finer));
        // The order depends on the distance of judged rows from their limits.
        let order = differences.order.then_some((None, Level::Finer));
        for (at, level) in exactly.chain(finer).chain(order) {
            match at {
                Some((subject, row)) => {
                    if let Some(subject) = comparison.subjects.get(subject)
                        && let Some(row) = subject.rows.get(row)
                    {
                        moved |= self.raise_row(comparison, subject, row, level);
                    }
                }
                None => {
                    for subject in &comparison.subjects {
                        for row in subject.rows.iter().filter(|r| r.rule.is_some()) {
                            moved |= self.raise_row(comparison, subject, row, level);
                        }
                    }
                }
            }
        }
        if !moved && differences.order {
            // Two figures almost equally far beyond their limits.
            for subject in &comparison.subjects {
                for row in subject.rows.iter().filter(|r| r.times_limit > 0.0) {
                    moved |= self.raise_row(comparison, subject, row, Level::Exact);
                }
            }
        }
        for level in [Level::Finest, Level::Exact] {
            if moved {
                break;
            }
            for (subject, row) in &differences.figures {
                if let Some(subject) = comparison.subjects.get(*subject)
                    && let Some(row) = subject.rows.get(*row)
                {
                    moved |= self.raise_row(comparison, subject, row, level);
                }
            }
        }
        if !moved && !differences.verdicts.is_empty() {
            self.everything = true;
            moved = true;
        }
        moved
    }

    fn raise_row(&mut self, comparison: &Comparison, subject: &Subject, row: &Row, level: Level) -> bool {
        let owner: Vec<Owner> = match subject.scope {
            Scope::Total => vec![None],
            Scope::Endpoint => vec![Some((subject.name.clone(), subject.method.clone()))],
            // Any row, and the total, may be part of a service.
            Scope::Service => [&comparison.baseline, &comparison.run]
                .into_iter()
                .flat_map(|r| &r.endpoints)
                .map(|e| Some((e.name.clone(), e.method.clone())))
                .chain([None])
                .collect(),
        };
        let level = if subject.scope == Scope::Service && level == Level::Exact { Level::Whole } else { level };
        let Some(field) = Field::of(&row.metric) else { return false };
        let mut fields = vec![field];
        if subject.scope == Scope::Service && matches!(row.metric, Metric::Latency(_) | Metric::Mean) {
            // The precision of a service depends on all of its rows.
            let runs = [&comparison.baseline, &comparison.run].into_iter();
            let places = runs.flat_map(|r| &r.endpoints).flat_map(|e| match &e.latency.distribution {
                Distribution::Table(table) => table.values_ms.keys().copied().collect(),
                Distribution::Buckets(_) | Distribution::Samples(_) => vec![Percentile::P50],
                Distribution::Tables(_) | Distribution::Unknown => Vec::new(),
            });
            fields.extend(crate::order::set(places.map(Field::Quantile)));
            fields.extend([Field::Mean, Field::Min, Field::Max]);
        }
        let mut moved = false;
        for (owner, field) in owner.iter().flat_map(|owner| fields.iter().map(move |field| (owner.clone(), *field))) {
            let now = self.levels.entry((owner, field)).or_default();
            moved |= *now < level;
            *now = (*now).max(level);
        }
        moved
    }
}

/// The content of a link, as decoded.
pub(super) fn shared(comparison: &Comparison, known: &KnownErrors, exact: &Exact, contents: Contents) -> Shared {
    let policy = &comparison.policy;
    let side = |run: &Run| side(run, policy, exact, contents);
    let mut shared =
        Shared { baseline: side(&comparison.baseline), run: side(&comparison.run), policy: policy.clone() };
    add_precision(&mut shared, known);
    shared
}

/// Subjects judged by evidence, of both sides.
type Pairs<'r> = Vec<(Scope, Option<&'r Endpoint>, Option<&'r Endpoint>)>;

/// The totals if both have one, and the common endpoints by name and method.
fn pairs<'r>(baseline: &'r Run, run: &'r Run) -> Pairs<'r> {
    let totals = baseline.total.as_ref().zip(run.total.as_ref()).map(|(b, r)| (Scope::Total, Some(b), Some(r)));
    let endpoints = baseline.endpoints.iter().filter_map(|b| {
        let (name, method) = b.key();
        Some((Scope::Endpoint, Some(b), Some(run.endpoint(method, name)?)))
    });
    totals.into_iter().chain(endpoints).collect()
}

/// Precision of the figures of a comparison that both sides have, by owner.
pub(super) struct KnownErrors {
    metrics: Vec<Metric>,
    by: BTreeMap<Owner, (Sureness, Sureness)>,
}

impl KnownErrors {
    /// Empty if judged by limits alone.
    pub fn of(comparison: &Comparison) -> Self {
        let (baseline, run, policy) = (&comparison.baseline, &comparison.run, &comparison.policy);
        if policy.compare.evidence == EvidenceIs::Ignore {
            return Self { metrics: Vec::new(), by: BTreeMap::new() };
        }
        let metrics = Portable::metrics(policy);
        let portable = Portable::of(baseline, run, policy);
        let stated = pairs(baseline, run).into_iter().map(|(scope, b, r)| {
            let owner = b.filter(|_| scope != Scope::Total).map(owner_of);
            (owner, portable.sureness(scope, (b, r), &metrics))
        });
        Self { by: crate::order::map(stated), metrics }
    }
}

fn owner_of(e: &Endpoint) -> (String, Option<String>) {
    (e.name.clone(), e.method.clone())
}

/// Adds the precision that a recipient could not derive from the link.
fn add_precision(shared: &mut Shared, known: &KnownErrors) {
    if known.metrics.is_empty() {
        return;
    }
    let portable = Portable::of(&shared.baseline, &shared.run, &shared.policy);
    let mut stated: BTreeMap<Owner, (Sureness, Sureness)> = BTreeMap::new();
    for (scope, b, r) in pairs(&shared.baseline, &shared.run) {
        let owner = b.filter(|_| scope != Scope::Total).map(owner_of);
        let Some((baseline, run)) = known.by.get(&owner) else { continue };
        let found = portable.sureness(scope, (b, r), &known.metrics);
        let mut added = (Sureness::default(), Sureness::default());
        for metric in &known.metrics {
            let precision = (baseline.precision.get(metric), run.precision.get(metric));
            let same = (found.0.precision.get(metric), found.1.precision.get(metric)) == precision;
            let judged = run.judged.get(metric).copied();
            if same && found.1.judged.get(metric).copied() == judged {
                continue;
            }
            added.0.precision.extend(precision.0.map(|p| (metric.clone(), p.clone())));
            added.1.precision.extend(precision.1.map(|p| (metric.clone(), p.clone())));
            // With both errors stated, the recipient derives nothing.
            if judged.is_some() || precision.0.is_none() || precision.1.is_none() {
                added.1.judged.insert(metric.clone(), judged.unwrap_or_default());
            }
        }
        (added.0.noise_pct, added.1.noise_pct) = (baseline.noise_pct.clone(), run.noise_pct.clone());
        stated.insert(owner, added);
    }
    for (is_run, side) in [(false, &mut shared.baseline), (true, &mut shared.run)] {
        let total = side.total.iter_mut().map(|e| (None, e));
        for (owner, e) in total.chain(side.endpoints.iter_mut().map(|e| (Some(owner_of(e)), e))) {
            if let Some((of_baseline, of_run)) = stated.get_mut(&owner) {
                e.sureness = std::mem::take(if is_run { of_run } else { of_baseline });
            }
        }
    }
}

fn side(run: &Run, policy: &Policy, exact: &Exact, contents: Contents) -> Run {
    let mut notes: Vec<Note> = run.notes.iter().filter_map(notes::as_it_travels).collect();
    for text in notes.iter_mut().flat_map(Note::texts_mut) {
        *text = cut(text, NOTE);
    }
    let mut seen = Vec::new();
    notes.retain(|n| {
        let new = !seen.contains(n);
        seen.push(n.clone());
        new
    });
    notes.truncate(caps::NOTES);
    let seconds = runs::seconds_of(run);
    Run {
        endpoints: run.endpoints.iter().map(|e| endpoint(e, &Some(owner_of(e)), seconds, policy, exact)).collect(),
        total: run.total.as_ref().map(|e| endpoint(e, &None, seconds, policy, exact)),
        timeline: if contents.time_series { run.timeline.as_ref().map(timeline) } else { None },
        failures: if contents.causes { causes(&run.failures) } else { Vec::new() },
        exceptions: Vec::new(),
        notes,
        label: cut(&run.label, caps::TEXT / 8),
        ..run.clone()
    }
}

fn endpoint(e: &Endpoint, owner: &Owner, seconds: Option<f64>, policy: &Policy, exact: &Exact) -> Endpoint {
    let level = |field| exact.level(owner, field);
    let kept = |value: Option<f64>, field, digits: u32| {
        value.map(|v| match level(field) {
            Level::Usual => rounded_as_shown(v, digits),
            Level::Finer => rounded_as_shown(v, digits + 2),
            Level::Finest => rounded_as_shown(v, digits + 4),
            Level::Exact | Level::Whole => v,
        })
    };
    let mean_ms = kept(e.latency.mean_ms, Field::Mean, DIGITS);
    let weight = e.latency.timed.or(e.requests);
    // Figures derived from counts need no rounding.
    let by_counts = || Some(e.requests? as f64 / seconds?);
    let follows = e.rate_per_s.is_some() && e.rate_per_s == by_counts();
    Endpoint {
        latency: Latency {
            mean_ms,
            sum_ns: match (e.latency.sum_ns, level(Field::Mean)) {
                (Some(_), Level::Usual | Level::Finer | Level::Finest) if mean_ms.is_some() => {
                    rows::sum_ns(mean_ms, weight)
                }
                (sum, _) => sum,
            },
            min_ms: kept(e.latency.min_ms, Field::Min, EXTREME_DIGITS),
            max_ms: kept(e.latency.max_ms, Field::Max, EXTREME_DIGITS),
            timed: e.latency.timed,
            distribution: distribution(&e.latency.distribution, policy, |p| level(Field::Quantile(p))),
        },
        rate_per_s: if follows { e.rate_per_s } else { kept(e.rate_per_s, Field::Rate, DIGITS) },
        failures_per_s: None,
        mean_bytes: None,
        timeline: None,
        failed: None,
        sureness: Sureness::default(),
        ..e.clone()
    }
}

fn distribution(d: &Distribution, policy: &Policy, level: impl Fn(Percentile) -> Level) -> Distribution {
    match d {
        Distribution::Table(t) => {
            let values = crate::order::map(t.values_ms.iter().map(|(p, v)| (*p, table_value(*v, level(*p)))));
            Distribution::Table(PercentileTable { values_ms: values, rounding: t.rounding })
        }
        Distribution::Buckets(b) => {
            quantiles(d, b.rounding, policy, level).map_or_else(|| d.clone(), Distribution::Table)
        }
        Distribution::Samples(h) => quantiles(d, Rounding::None, policy, level).map_or_else(
            || Distribution::Buckets(Buckets { counts_by_us: whole_us(h), rounding: Rounding::None }),
            Distribution::Table,
        ),
        Distribution::Unknown | Distribution::Tables(_) => d.clone(),
    }
}

fn table_value(value: f64, level: Level) -> f64 {
    let keep = two_digit_of(value).is_some() || super::value::log_of(value).is_some();
    match level {
        _ if keep => value,
        Level::Usual => rounded_as_shown(value, DIGITS),
        Level::Finer => rounded_as_shown(value, DIGITS + 2),
        Level::Finest => rounded_as_shown(value, DIGITS + 4),
        Level::Exact | Level::Whole => value,
    }
}

/// Samples as counts by whole microseconds, for summing: a quantile then follows the buckets' rule, which differs by
/// less than one sample.
fn whole_us(h: &Histogram) -> BTreeMap<u64, u64> {
    let mut counts = BTreeMap::new();
    for (ns, count) in h.iter() {
        let slot = counts.entry(ns / 1000).or_insert(0_u64);
        *slot = slot.saturating_add(count);
    }
    counts
}

/// A histogram at the usual quantiles, and at those needed by the policy. `None` if it must be whole.
fn quantiles(
    d: &Distribution,
    rounding: Rounding,
    policy: &Policy,
    level: impl Fn(Percentile) -> Level,
) -> Option<PercentileTable> {
    let asked = crate::order::set(policy.rules.iter().filter_map(|r| match Metric::parse(&r.metric) {
        Metric::Latency(p) => Some(p),
        _ => None,
    }));
    let places = crate::order::set(asked.iter().copied().chain(QUANTILES.map(Percentile)));
    if places.iter().any(|p| level(*p) == Level::Whole) {
        return None;
    }
    let value = |p: Percentile, ms: f64| match (rounding, level(p)) {
        _ if two_digit_of(ms).is_some() => ms,
        (Rounding::None, Level::Usual) if !asked.contains(&p) => at_log(nearest_log(ms)).unwrap_or(ms),
        (_, level) => table_value(ms, level),
    };
    let values_ms = crate::order::map(places.into_iter().filter_map(|p| Some((p, value(p, d.quantile_ms(p)?)))));
    (!values_ms.is_empty()).then_some(PercentileTable { values_ms, rounding })
}

/// Rounds such that the three displayed digits stay the same: 12.349 is 12.3, and 12.35 would be 12.4 or 12.3 depending
/// on the rounding of halves.
fn rounded_as_shown(value: f64, digits: u32) -> f64 {
    if !value.is_finite() || value == 0.0 {
        return value;
    }
    let shown = |v: f64| (number::figure(v), number::figure(v / 1000.0));
    let near = rounded(value, digits as usize);
    let wanted = shown(value);
    let step = libm::pow(10.0, libm::floor(libm::log10(value.abs())) - f64::from(digits) + 1.0);
    let other = |by: f64| rounded(near + by * step, digits as usize);
    [near, other(-1.0), other(1.0)].into_iter().find(|v| shown(*v) == wanted).unwrap_or(near)
}

/// The most frequent causes, long ones cut.
fn causes(failures: &[Failure]) -> Vec<Failure> {
    let mut top: Vec<Failure> = failures.to_vec();
    crate::order::sort_by_key(&mut top, |f| std::cmp::Reverse(f.count));
    top.truncate(CAUSES);
    for failure in &mut top {
        failure.message = cut(&failure.message, MESSAGE);
        failure.name = cut(&failure.name, caps::TEXT / 8);
    }
    top
}

/// At most `most` characters; a cut text ends in `…`.
fn cut(text: &str, most: usize) -> String {
    if text.chars().nth(most).is_none() {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}

/// A run over time, in at most [`INTERVALS`] steps.
fn timeline(t: &Timeline) -> Timeline {
    let together = t.intervals.len().div_ceil(INTERVALS).max(1);
    let intervals = t.intervals.chunks(together).filter_map(|chunk| {
        let last = chunk.last()?;
        let requests = chunk.iter().fold(0_u64, |sum, i| sum.saturating_add(i.requests));
        let timed = chunk.iter().filter_map(|i| Some((i.mean_ms?, i.requests)));
        let (sum, weight) =
            timed.fold((0.0, 0.0), |(sum, weight), (mean, n)| (sum + mean * n as f64, weight + n as f64));
        let mean = if chunk.len() == 1 { last.mean_ms } else { (weight > 0.0).then(|| sum / weight) };
        Some(Interval {
            end_s: last.end_s,
            length_s: chunk.iter().fold(0, |sum: u32, i| sum.saturating_add(i.length_s)),
            requests,
            failures: chunk.iter().fold(0, |sum: u64, i| sum.saturating_add(i.failures)),
            mean_ms: mean.map(|m| rounded(m, runs::INTERVAL_DIGITS as usize)),
            users: last.users,
            ..Interval::default()
        })
    });
    Timeline { intervals: intervals.collect(), grid: None }
}

/// Adds the note that a run came from a link.
pub(super) fn note(run: &mut Run) {
    let of_histogram = |e: &Endpoint| match &e.latency.distribution {
        Distribution::Table(t) => QUANTILES.iter().all(|p| t.values_ms.contains_key(&Percentile(*p))),
        _ => false,
    };
    let quantiles = run.endpoints.iter().chain(&run.total).any(of_histogram);
    run.notes.push(notes::from_link(quantiles));
}
