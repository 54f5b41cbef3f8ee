//! What a link leaves out, and what it rounds: never so that a verdict or a figure that is judged changes.

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

/// Causes of failures of one run.
const CAUSES: usize = 5;
/// Characters of a cause.
const MESSAGE: usize = 120;
/// Characters of a note's text.
const NOTE: usize = 400;
/// Intervals of a run; of a longer one, neighbours are put together.
const INTERVALS: usize = 120;

/// What goes along beside the figures.
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

/// Whose figure: an endpoint's by name and method, or the total's.
type Whose = Option<(String, Option<String>)>;

/// How exactly each figure travels: not at all named here is as usual.
#[derive(Debug, Clone, Default)]
pub(super) struct Exact {
    levels: BTreeMap<(Whose, Field), Level>,
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
    /// The histogram that a quantile was read off, since those of several rows are added up.
    Whole,
}

/// Rows that a link would judge, or show, otherwise.
#[derive(Debug, Clone, Default)]
pub(super) struct Differences {
    /// Subject and row, by index; `None` is something about the whole.
    pub verdicts: Vec<Option<(usize, usize)>>,
    pub figures: Vec<(usize, usize)>,
    /// Nothing but the order of severity, or what could have been seen.
    pub order: bool,
}

impl Differences {
    pub fn is_empty(&self) -> bool {
        self.verdicts.is_empty() && self.figures.is_empty() && !self.order
    }
}

/// Where two comparisons of the same runs differ.
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
    found.order = found.is_empty() && (order(a) != order(b) || shown_seen(a) != shown_seen(b));
    found
}

/// What a row says in words: the verdict, why, how that was found, and what it is about.
fn judged(row: &Row) -> impl PartialEq + use<> {
    let evidence = row.evidence.as_ref().map(|e| {
        let noise = (e.floor.to_bits(), e.noise);
        (e.method, e.n, e.family, e.basis.clone(), noise, e.direction, e.settle.as_ref().map(std::mem::discriminant))
    });
    (row.metric.clone(), row.verdict, row.reason, row.beyond, row.rule.as_ref().map(|r| r.index), row.ack, evidence)
}

/// What could have been seen, in the digits in which a report shows it.
fn shown_seen(c: &Comparison) -> impl PartialEq + use<> {
    let percent = |value: Option<f64>| value.map(number::percent_change);
    let seen = &c.seen;
    (percent(seen.total_pct), percent(seen.endpoint_pct), seen.endpoint_requests, percent(seen.errors_pp))
}

/// What a report shows of a row, in the digits in which it does.
fn shown(row: &Row) -> Vec<Option<String>> {
    // Nobody reads every digit of what is a hundred times as much.
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
    // Of what passes by limits alone, and of what no limit is about, the last digit of an interval may differ.
    if let Some(e) = row.evidence.as_deref().filter(|_| row.verdict != Verdict::Info) {
        let all = [e.estimate, e.interval.lower, e.interval.upper, e.limit, e.detectable];
        shown.extend(all.map(|value| value.map(percent)));
    }
    shown
}

impl Exact {
    fn level(&self, whose: &Whose, field: Field) -> Level {
        if self.everything {
            return Level::Whole;
        }
        self.levels.get(&(whose.clone(), field)).copied().unwrap_or_default()
    }

    /// Makes what differs more exact; `false` where nothing is left to be made so.
    pub fn raise(&mut self, comparison: &Comparison, differences: &Differences) -> bool {
        if self.everything {
            return false;
        }
        let mut moved = false;
        let exactly = differences.verdicts.iter().map(|at| (*at, Level::Exact));
        let finer = differences.figures.iter().map(|at| (Some(*at), Level::Finer));
        // The order follows from how far judged rows are beyond their limits.
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
            // Two figures that are all but equally far beyond their limits.
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
        let whose: Vec<Whose> = match subject.scope {
            Scope::Total => vec![None],
            Scope::Endpoint => vec![Some((subject.name.clone(), subject.method.clone()))],
            // Any row may be part of a service, and so may the total.
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
            // What is known of a service follows from all that is known of its rows.
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
        for (whose, field) in whose.iter().flat_map(|whose| fields.iter().map(move |field| (whose.clone(), *field))) {
            let now = self.levels.entry((whose, field)).or_default();
            moved |= *now < level;
            *now = (*now).max(level);
        }
        moved
    }
}

/// What travels, as it arrives.
pub(super) fn shared(comparison: &Comparison, known: &Known, exact: &Exact, contents: Contents) -> Shared {
    let policy = &comparison.policy;
    let side = |run: &Run| side(run, policy, exact, contents);
    let mut shared =
        Shared { baseline: side(&comparison.baseline), run: side(&comparison.run), policy: policy.clone() };
    tell(&mut shared, known);
    shared
}

/// What is judged by evidence, of both sides.
type Pairs<'r> = Vec<(Scope, Option<&'r Endpoint>, Option<&'r Endpoint>)>;

/// The totals where both have one, and the endpoints of both by name and method.
fn pairs<'r>(baseline: &'r Run, run: &'r Run) -> Pairs<'r> {
    let totals = baseline.total.as_ref().zip(run.total.as_ref()).map(|(b, r)| (Scope::Total, Some(b), Some(r)));
    let endpoints = baseline.endpoints.iter().filter_map(|b| {
        let (name, method) = b.key();
        Some((Scope::Endpoint, Some(b), Some(run.endpoint(method, name)?)))
    });
    totals.into_iter().chain(endpoints).collect()
}

/// How sure the figures of a comparison are that both sides have, by whose they are.
pub(super) struct Known {
    metrics: Vec<Metric>,
    by: BTreeMap<Whose, (Sureness, Sureness)>,
}

impl Known {
    /// Nothing, where limits alone judge.
    pub fn of(comparison: &Comparison) -> Self {
        let (baseline, run, policy) = (&comparison.baseline, &comparison.run, &comparison.policy);
        if policy.compare.evidence == EvidenceIs::Ignore {
            return Self { metrics: Vec::new(), by: BTreeMap::new() };
        }
        let metrics = Portable::metrics(policy);
        let portable = Portable::of(baseline, run, policy);
        let told = pairs(baseline, run).into_iter().map(|(scope, b, r)| {
            let whose = b.filter(|_| scope != Scope::Total).map(whose);
            (whose, portable.sureness(scope, (b, r), &metrics))
        });
        Self { by: crate::order::map(told), metrics }
    }
}

fn whose(e: &Endpoint) -> (String, Option<String>) {
    (e.name.clone(), e.method.clone())
}

/// Adds how sure the figures are, where whoever reads the link would not find the same from what is in it.
fn tell(shared: &mut Shared, known: &Known) {
    if known.metrics.is_empty() {
        return;
    }
    let portable = Portable::of(&shared.baseline, &shared.run, &shared.policy);
    let mut told: BTreeMap<Whose, (Sureness, Sureness)> = BTreeMap::new();
    for (scope, b, r) in pairs(&shared.baseline, &shared.run) {
        let whose = b.filter(|_| scope != Scope::Total).map(whose);
        let Some((baseline, run)) = known.by.get(&whose) else { continue };
        let found = portable.sureness(scope, (b, r), &known.metrics);
        let mut tell = (Sureness::default(), Sureness::default());
        for metric in &known.metrics {
            let precision = (baseline.precision.get(metric), run.precision.get(metric));
            let same = (found.0.precision.get(metric), found.1.precision.get(metric)) == precision;
            let judged = run.judged.get(metric).copied();
            if same && found.1.judged.get(metric).copied() == judged {
                continue;
            }
            tell.0.precision.extend(precision.0.map(|p| (metric.clone(), p.clone())));
            tell.1.precision.extend(precision.1.map(|p| (metric.clone(), p.clone())));
            // With both errors there is nothing to find out, and nothing beside the figures unless it is told.
            if judged.is_some() || precision.0.is_none() || precision.1.is_none() {
                tell.1.judged.insert(metric.clone(), judged.unwrap_or_default());
            }
        }
        (tell.0.noise_pct, tell.1.noise_pct) = (baseline.noise_pct.clone(), run.noise_pct.clone());
        told.insert(whose, tell);
    }
    for (is_run, side) in [(false, &mut shared.baseline), (true, &mut shared.run)] {
        let total = side.total.iter_mut().map(|e| (None, e));
        for (whose, e) in total.chain(side.endpoints.iter_mut().map(|e| (Some(whose(e)), e))) {
            if let Some((of_baseline, of_run)) = told.get_mut(&whose) {
                e.sureness = std::mem::take(if is_run { of_run } else { of_baseline });
            }
        }
    }
}

fn side(run: &Run, policy: &Policy, exact: &Exact, contents: Contents) -> Run {
    let mut notes: Vec<Note> = run.notes.iter().filter_map(notes::as_it_travels).collect();
    for text in notes.iter_mut().flat_map(notes::texts_in) {
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
        endpoints: run.endpoints.iter().map(|e| endpoint(e, &Some(whose(e)), seconds, policy, exact)).collect(),
        total: run.total.as_ref().map(|e| endpoint(e, &None, seconds, policy, exact)),
        timeline: if contents.time_series { run.timeline.as_ref().map(timeline) } else { None },
        failures: if contents.causes { causes(&run.failures) } else { Vec::new() },
        exceptions: Vec::new(),
        notes,
        label: cut(&run.label, caps::TEXT / 8),
        ..run.clone()
    }
}

fn endpoint(e: &Endpoint, whose: &Whose, seconds: Option<f64>, policy: &Policy, exact: &Exact) -> Endpoint {
    let level = |field| exact.level(whose, field);
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
    // What follows from the counts needs no rounding.
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

/// Samples as counts by whole microseconds, for where they have to be added up: a quantile is then read off by the
/// buckets' rule, which differs by less than one sample.
fn whole_us(h: &Histogram) -> BTreeMap<u64, u64> {
    let mut counts = BTreeMap::new();
    for (ns, count) in h.iter() {
        let slot = counts.entry(ns / 1000).or_insert(0_u64);
        *slot = slot.saturating_add(count);
    }
    counts
}

/// A histogram at the usual quantiles, and at those that the policy asks for. `None` where it has to be whole.
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

/// Rounded to so many digits, so that the three that are shown stay what they were: 12.349 is 12.3, and 12.35 would be
/// 12.4 or 12.3 as the rounding of halves goes.
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

/// At most so many characters; a cut text ends in `…`.
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

/// Says of a run that it came in a link.
pub(super) fn note(run: &mut Run) {
    let of_histogram = |e: &Endpoint| match &e.latency.distribution {
        Distribution::Table(t) => QUANTILES.iter().all(|p| t.values_ms.contains_key(&Percentile(*p))),
        _ => false,
    };
    let quantiles = run.endpoints.iter().chain(&run.total).any(of_histogram);
    run.notes.push(notes::from_link(quantiles));
}
