//! How sure one side's figure is: a property of that side alone, computed once, whatever the limits are.
//!
//! | What the run holds | How its figure's error is found |
//! |---|---|
//! | several runs | the spread between the runs (Kalibera & Jones 2013) |
//! | requests over time | time batches: means and rates, and percentiles by sectioning |
//! | samples without times, or too few for batches | order statistics, at the effective number of samples |
//! | a printed table | the printed percentiles on either side bracket the figure |
//! | counts of failures | Wilson's interval, widened where failures come in bursts |
//! | a total over a time | a Poisson count: for reference only |

use std::cell::RefCell;

use crate::run::{
    Batches, Distribution, Endpoint, Interval, Latency, Metric, Order, Percentile, PercentileTable, Precision,
    Rounding, Run, Sketch, rounded_up, significant,
};
use crate::stats::proportion::Proportion;
use crate::stats::quantile::{Printed, RankRule, TableBracket, locust_half_width, minimum_samples};
use crate::stats::rate::Rate;
use crate::stats::special::{normal_quantile, student_quantile};
use crate::stats::welch::Estimate;
use crate::stats::{batch, quantile};

/// The tail for which samples are counted as enough: each bound of a two-sided 95 % interval.
pub(super) const USUAL_TAIL: f64 = 0.025;

/// The tails at which order statistics are looked at.
pub(crate) const ORDER_TAILS: [f64; 4] = [USUAL_TAIL, 0.003, 0.000_3, 0.000_03];

/// A τ, in intervals, up to which a series is taken to have no memory: of a hundred independent values chance gives as
/// much.
const MEMORYLESS: f64 = 1.5;
/// Fewest intervals, or batches of failures, that say anything of their spread.
const FEWEST_BATCHES: usize = 5;
/// Fewest batches where a series remembers so long that more would not be independent: Student's t pays for it.
const LEAST_BATCHES: usize = 4;
/// Batches where nothing speaks for more or for fewer.
const USUAL_BATCHES: usize = 10;
/// Most batches.
const MOST_BATCHES: usize = 30;
/// Requests below which an error rate has no evidence.
pub(crate) const FEWEST_FOR_ERRORS: u64 = 100;
/// Significant digits of a minimum or maximum, where it bounds a percentile.
const EXTREME_DIGITS: usize = 3;
/// Seconds that a run must last to confirm anything.
pub(super) const SHORTEST_S: f64 = 30.0;

/// One side's figure with its error.
#[derive(Debug, Clone, PartialEq)]
pub struct Side {
    /// The figure: milliseconds, a share of requests, or per second.
    pub figure: f64,
    /// What is known of its error.
    pub error: Error,
    /// Requests behind it, where known.
    pub requests: Option<u64>,
    /// Half the width of what the tool may have rounded to the figure.
    pub half_width: f64,
    /// Whether requests had to be taken for independent, there being no times.
    pub assumed: bool,
    /// Whether the series depends on itself for longer than batches can be made.
    pub dependent: bool,
    /// Whether the run is too short to confirm anything.
    pub short: bool,
}

/// What is known of a figure's error.
#[derive(Debug, Clone, PartialEq)]
pub enum Error {
    /// Time batches: Student's t around the logarithm.
    Batches(Batches),
    /// Order statistics, as standard errors of the logarithm below and above.
    Order(Order),
    /// Printed percentiles around it.
    Table(TableBracket),
    /// Failures among requests, and how many times their variance is that of independent requests.
    Counts(Proportion, f64),
    /// The figure of each of several runs.
    Runs(Vec<f64>),
    /// A count over a time: exact only for Poisson arrivals, so for reference.
    Poisson(Rate),
    /// Fewer samples than an interval needs: so many.
    TooFew(u64),
}

/// Batches of one endpoint, merged: for all its percentiles alike.
#[derive(Default)]
pub(super) struct Merged(RefCell<Option<(usize, Vec<Sketch>, Sketch)>>);

impl Merged {
    /// The percentile of all intervals, and of each batch.
    fn quantiles(
        &self,
        (intervals, window): (&[&Interval], (i64, i64)),
        batches: usize,
        share: f64,
    ) -> Option<(f64, Vec<f64>)> {
        let mut kept = self.0.borrow_mut();
        if kept.as_ref().is_none_or(|(k, ..)| *k != batches) {
            let parts: Vec<Sketch> = cut(intervals, window, batches)
                .iter()
                .map(|batch| {
                    let mut all = Sketch::default();
                    batch.iter().filter_map(|i| i.sketch.as_ref()).for_each(|s| all.merge(s));
                    all
                })
                .collect();
            let mut whole = Sketch::default();
            parts.iter().for_each(|part| whole.merge(part));
            *kept = Some((batches, parts, whole));
        }
        let (_, parts, whole) = kept.as_ref()?;
        let parts: Option<Vec<f64>> = parts.iter().map(|part| part.quantile_ms(share)).collect();
        Some((whole.quantile_ms(share)?, parts?))
    }
}

/// What is the same for all endpoints of a run.
pub(super) struct Whole {
    /// The part that counts, seconds since the epoch: after the warm-up.
    window: Option<(i64, i64)>,
    short: bool,
}

impl Whole {
    pub fn of(run: &Run) -> Self {
        let timeline = run.timeline.as_ref().filter(|t| !t.intervals.is_empty());
        let seconds = run.duration_s.or_else(|| timeline?.duration_s());
        let window = timeline.and_then(|t| {
            let (start, end) = (t.start_s()?, t.intervals.last()?.end_s);
            let most = t.max_users().filter(|users| *users > 0);
            // Everyone is there: what comes before is warm-up.
            let full = t.intervals.iter().find(|i| i.users.is_some() && i.users >= most);
            let from = most.and(full).map_or(start, |i| i.end_s.saturating_sub(i64::from(i.length_s)));
            let (all, left) = (end.saturating_sub(start), end.saturating_sub(from));
            Some(if left >= all / 2 { (from, end) } else { (start, end) })
        });
        Self { window, short: seconds.is_some_and(|s| s < SHORTEST_S) }
    }
}

/// How sure a figure is; `None` where nothing is known about that.
pub(super) fn side(endpoint: &Endpoint, metric: &Metric, figure: f64, whole: &Whole, merged: &Merged) -> Option<Side> {
    let requests = match metric {
        Metric::Latency(_) | Metric::Mean => endpoint.latency.timed.or(endpoint.requests),
        _ => endpoint.requests,
    };
    let mut side = Side {
        figure,
        error: Error::TooFew(0),
        requests,
        half_width: 0.0,
        assumed: false,
        dependent: false,
        short: whole.short,
    };
    if let Metric::Latency(_) = metric {
        side.half_width = half_width(&endpoint.latency, figure);
    }
    let carried = endpoint.sureness.precision.get(metric);
    if let Some(Precision::Runs(values)) = carried {
        side.error = Error::Runs(values.clone());
        if *metric == Metric::ErrorRate {
            side.figure = figure / 100.0;
        }
        return Some(side);
    }
    match metric {
        Metric::ErrorRate => errors(&mut side, endpoint, carried, whole)?,
        Metric::Mean => {
            let error = carried_batches(carried).or_else(|| means(endpoint, whole))?;
            side.set_batches(error);
        }
        Metric::Rps => match carried_batches(carried).or_else(|| rates(endpoint, whole)) {
            Some(error) => side.set_batches(error),
            None => {
                let count = endpoint.requests.filter(|n| *n > 0)?;
                side.error = Error::Poisson(Rate::new(count, count as f64 / figure)?);
                side.assumed = true;
            }
        },
        Metric::Latency(p) => percentile(&mut side, endpoint, *p, carried, (whole, merged))?,
        _ => return None,
    }
    Some(side)
}

/// The few numbers by which a side's error travels; `None` where it is computed from what travels anyway.
#[must_use]
pub fn portable(side: &Side) -> Option<Precision> {
    match &side.error {
        Error::Batches(batches) => Some(Precision::Batches(*batches)),
        Error::Order(order) => Some(Precision::Order(*order)),
        Error::Counts(_, dispersion) if *dispersion > 1.0 => Some(Precision::Dispersion(*dispersion)),
        Error::Runs(values) => Some(Precision::Runs(values.clone())),
        _ => None,
    }
}

fn carried_batches(carried: Option<&Precision>) -> Option<Batches> {
    match carried {
        Some(Precision::Batches(batches)) => Some(*batches),
        _ => None,
    }
}

impl Side {
    fn set_batches(&mut self, batches: Batches) {
        self.dependent = batches.dependent;
        self.error = Error::Batches(batches);
    }

    /// The figure's logarithm with its standard error, where batches or runs gave one.
    pub(super) fn estimate(&self) -> Option<Estimate> {
        match &self.error {
            Error::Batches(b) => Some(Estimate {
                value: log(self.figure)?,
                standard_error: b.standard_error,
                degrees_of_freedom: f64::from(b.batches.saturating_sub(1)),
            }),
            Error::Runs(values) => {
                let logs: Option<Vec<f64>> = values.iter().map(|v| log(*v)).collect();
                Estimate::of_mean(&logs?)
            }
            _ => None,
        }
    }
}

pub(super) fn log(value: f64) -> Option<f64> {
    (value > 0.0 && value.is_finite()).then(|| libm::log(value))
}

/// Half the width of what the tool may have rounded to a percentile.
fn half_width(latency: &Latency, figure: f64) -> f64 {
    let rounding = match &latency.distribution {
        Distribution::Table(table) => table.rounding,
        Distribution::Buckets(buckets) => buckets.rounding,
        _ => Rounding::None,
    };
    if rounding == Rounding::TwoDigits { locust_half_width(figure) } else { 0.0 }
}

// ---- failures ----

fn errors(side: &mut Side, endpoint: &Endpoint, carried: Option<&Precision>, whole: &Whole) -> Option<()> {
    let (requests, failures) = (endpoint.requests?, endpoint.failures?);
    let counts = Proportion::new(failures, requests)?;
    side.figure = counts.share();
    if requests < FEWEST_FOR_ERRORS {
        side.error = Error::TooFew(FEWEST_FOR_ERRORS);
        return Some(());
    }
    let timed = windowed(endpoint, whole);
    side.assumed = timed.is_none();
    let dispersion = match carried {
        Some(Precision::Dispersion(d)) => Some(*d),
        _ => timed.and_then(|(intervals, window)| dispersion(&intervals, window)),
    };
    side.error = Error::Counts(counts, dispersion.unwrap_or(1.0));
    Some(())
}

/// How many times the variance of failures among batches is that of independent ones: Pearson's χ² over its degrees of
/// freedom, where that is more than chance (p < 0.01); else `None`.
fn dispersion(intervals: &[&Interval], window: (i64, i64)) -> Option<f64> {
    let batches = cut(intervals, window, USUAL_BATCHES);
    let counts: Vec<(f64, f64)> = batches
        .iter()
        .map(|b| b.iter().fold((0.0, 0.0), |(n, x), i| (n + i.requests as f64, x + i.failures as f64)))
        .collect();
    let (ratio, df) = chi2_ratio(&counts)?;
    // The 99 % quantile of χ² over its degrees of freedom, by Wilson and Hilferty (1931).
    let spread = 2.0 / (9.0 * df);
    let edge = 1.0 - spread + 2.326_347_874 * libm::sqrt(spread);
    (ratio > edge * edge * edge).then(|| rounded_up(ratio))
}

/// Pearson's χ² of "all batches have the same share" over its degrees of freedom, and these: of requests and those of
/// them that are counted.
fn chi2_ratio(counts: &[(f64, f64)]) -> Option<(f64, f64)> {
    let counts: Vec<&(f64, f64)> = counts.iter().filter(|(n, _)| *n > 0.0).collect();
    let (n, x) = counts.iter().fold((0.0, 0.0), |(a, b), (n, x)| (a + n, b + x));
    let share = x / n;
    if counts.len() < FEWEST_BATCHES || !(share > 0.0 && share < 1.0) {
        return None;
    }
    let chi2: f64 = counts.iter().map(|(n, x)| (x - n * share) * (x - n * share) / (n * share * (1.0 - share))).sum();
    let df = (counts.len() - 1) as f64;
    Some((chi2 / df, df))
}

// ---- time batches ----

/// An endpoint's intervals within the part that counts.
fn windowed<'e>(endpoint: &'e Endpoint, whole: &Whole) -> Option<(Vec<&'e Interval>, (i64, i64))> {
    let timeline = endpoint.timeline.as_ref()?;
    let window = whole.window.or_else(|| Some((timeline.start_s()?, timeline.intervals.last()?.end_s)))?;
    let inside: Vec<&Interval> = timeline.intervals.iter().filter(|i| middle(i) >= 2 * i128::from(window.0)).collect();
    (inside.len() >= FEWEST_BATCHES).then_some((inside, window))
}

/// Twice the middle of an interval, seconds since the epoch.
fn middle(interval: &Interval) -> i128 {
    2 * i128::from(interval.end_s) - i128::from(interval.length_s)
}

/// Batches of equal time, by the middles of the intervals.
fn cut<'i>(intervals: &[&'i Interval], (start, end): (i64, i64), batches: usize) -> Vec<Vec<&'i Interval>> {
    let mut cut: Vec<Vec<&Interval>> = vec![Vec::new(); batches];
    let twice = 2 * (i128::from(end) - i128::from(start)).max(1);
    for interval in intervals {
        let at = (middle(interval) - 2 * i128::from(start)).max(0) * batches as i128 / twice;
        if let Some(batch) = cut.get_mut((at as usize).min(batches.saturating_sub(1))) {
            batch.push(interval);
        }
    }
    cut
}

/// How many batches, and whether even those depend on each other (statistics.md §4.4): ten; more, up to thirty, while a
/// batch is as long as 20 τ; fewer, down to four, where it would be shorter than 5 τ.
struct Plan {
    batches: usize,
    dependent: bool,
}

fn plan(series: &[f64], intervals: usize, most: usize) -> Option<Plan> {
    let tau = batch::geyer(series).map_or(1.0, |d| d.tau.max(1.0));
    let length = intervals as f64;
    // A series without memory: then nothing speaks against batches of as many intervals as any batch has to have.
    let long = if tau <= MEMORYLESS { length / 5.0 } else { length / (20.0 * tau) };
    let long = libm::floor(long) as usize;
    let mut batches = long.clamp(USUAL_BATCHES, MOST_BATCHES).min(most).min(intervals / 2);
    if tau > MEMORYLESS && tau * batches as f64 > length / 5.0 {
        batches = batches.min((length / (5.0 * tau)) as usize).max(LEAST_BATCHES);
    }
    let dependent = tau > MEMORYLESS && tau * batches as f64 > length / 5.0;
    (batches >= LEAST_BATCHES && batches <= intervals).then_some(Plan { batches, dependent })
}

/// Sum of the response times, ms, and their number.
fn sums<'i>(intervals: impl IntoIterator<Item = &'i &'i Interval>) -> Option<(f64, f64)> {
    let (mut ns, mut ms, mut n) = (0_u128, 0.0, 0_u64);
    for interval in intervals {
        n = n.saturating_add(interval.requests);
        match (interval.sum_ns, interval.mean_ms) {
            (Some(sum), _) => ns = ns.saturating_add(sum.into()),
            (None, Some(mean)) => ms += mean * interval.requests as f64,
            (None, None) if interval.requests == 0 => {}
            (None, None) => return None,
        }
    }
    (n > 0).then_some((ns as f64 / 1e6 + ms, n as f64))
}

fn mean(intervals: &[&Interval]) -> Option<f64> {
    sums(intervals).map(|(sum, n)| sum / n).filter(|mean| *mean > 0.0)
}

/// Means of the intervals that have requests: the series by which dependence is measured.
fn mean_series(intervals: &[&Interval]) -> Vec<f64> {
    intervals.iter().filter_map(|i| mean(&[i])).collect()
}

fn means(endpoint: &Endpoint, whole: &Whole) -> Option<Batches> {
    let (intervals, window) = windowed(endpoint, whole)?;
    let plan = plan(&mean_series(&intervals), intervals.len(), MOST_BATCHES)?;
    let batches: Option<Vec<f64>> = cut(&intervals, window, plan.batches).iter().map(|b| mean(b)).collect();
    spread(mean(&intervals)?, &batches?, &plan)
}

fn rates(endpoint: &Endpoint, whole: &Whole) -> Option<Batches> {
    let (mut intervals, window) = windowed(endpoint, whole)?;
    // The first and the last interval are cut off somewhere inside.
    let step = i64::from(intervals.get(1)?.length_s);
    let (start, end) = (window.0.saturating_add(step), window.1.saturating_sub(step));
    intervals.retain(|i| i.end_s.saturating_sub(i64::from(i.length_s)) >= start && i.end_s <= end);
    let seconds = end.saturating_sub(start);
    if seconds <= 0 || step <= 0 {
        return None;
    }
    // A series of samples has no intervals in which nothing happened.
    let slots = usize::try_from(seconds / step).ok().filter(|n| *n <= 100_000)?;
    let mut series = vec![0.0; slots];
    for interval in &intervals {
        let at = usize::try_from((interval.end_s.saturating_sub(1).saturating_sub(start)) / step).ok()?;
        if let Some(slot) = series.get_mut(at.min(slots.saturating_sub(1))) {
            *slot += interval.requests as f64;
        }
    }
    let plan = plan(&series, slots, MOST_BATCHES)?;
    let size = slots / plan.batches;
    if size == 0 {
        return None;
    }
    let batches: Vec<f64> = series.chunks_exact(size).take(plan.batches).map(|c| c.iter().sum::<f64>()).collect();
    let overall = batches.iter().sum::<f64>() / batches.len() as f64;
    spread(overall, &batches, &plan)
}

/// The spread of batches around the figure of the whole, on the log scale.
fn spread(overall: f64, batches: &[f64], plan: &Plan) -> Option<Batches> {
    let estimate = batch::sectioning(overall, batches)?;
    let standard_error = rounded_up(estimate.standard_error);
    (standard_error > 0.0).then_some(Batches {
        standard_error,
        batches: batches.len() as u32,
        dependent: plan.dependent,
    })
}

// ---- percentiles ----

fn percentile(
    side: &mut Side,
    endpoint: &Endpoint,
    p: Percentile,
    carried: Option<&Precision>,
    (whole, merged): (&Whole, &Merged),
) -> Option<()> {
    let share = p.share();
    if !(share > 0.0 && share < 1.0) {
        return None;
    }
    let requests = side.requests?;
    let needed = minimum_samples(share, USUAL_TAIL)?;
    if requests < needed {
        side.error = Error::TooFew(needed);
        return Some(());
    }
    match carried {
        Some(Precision::Batches(batches)) => {
            side.set_batches(*batches);
            return Some(());
        }
        Some(Precision::Order(order)) => {
            side.assumed = order.assumed;
            side.error = Error::Order(*order);
            return Some(());
        }
        _ => {}
    }
    if let Some(batches) = sections(endpoint, share, whole, merged) {
        side.set_batches(batches);
        return Some(());
    }
    match &endpoint.latency.distribution {
        Distribution::Samples(samples) => {
            let timed = windowed(endpoint, whole);
            let design = design(endpoint, side.figure, whole).unwrap_or((1.0, f64::INFINITY));
            let at = |rank: u64| samples.order_statistic_ns(rank).map(|ns| ns as f64 / 1e6);
            let order = order(side.figure, samples.count(), share, design, timed.is_none(), 0.0, at)?;
            side.assumed = order.assumed;
            side.error = Error::Order(order);
        }
        Distribution::Buckets(buckets) => {
            let total = buckets.total();
            let at = |rank: u64| {
                let mut passed = 0_u64;
                let found = buckets.counts_by_us.iter().find(|(_, n)| {
                    passed = passed.saturating_add(**n);
                    passed >= rank
                });
                found.map(|(us, _)| *us as f64 / 1000.0)
            };
            let order = order(side.figure, total, share, (1.0, f64::INFINITY), true, side.half_width, at)?;
            side.assumed = true;
            side.error = Error::Order(order);
        }
        Distribution::Table(table) => {
            side.assumed = true;
            side.error = Error::Table(bracket(&endpoint.latency, table, requests, share)?);
        }
        Distribution::Tables(_) | Distribution::Unknown => return None,
    }
    Some(())
}

/// A percentile's error by sectioning: its spread over time batches around that of all of them.
fn sections(endpoint: &Endpoint, share: f64, whole: &Whole, merged: &Merged) -> Option<Batches> {
    let (intervals, window) = windowed(endpoint, whole)?;
    if intervals.iter().any(|i| i.sketch.is_none()) {
        return None;
    }
    let requests: u64 = intervals.iter().map(|i| i.requests).sum();
    // A batch must hold some samples beyond the percentile, or its own is the batch's maximum.
    let needed = libm::ceil(2.0 / (1.0 - share)).max(10.0);
    let most = (requests as f64 / needed) as usize;
    if most < FEWEST_BATCHES {
        return None;
    }
    let plan = plan(&mean_series(&intervals), intervals.len(), most.min(MOST_BATCHES))?;
    let (overall, batches) = merged.quantiles((&intervals, window), plan.batches, share)?;
    spread(overall, &batches, &plan)
}

/// How many times the variance of the share of slower samples is that of independent ones, and the degrees of freedom by
/// which that is known: χ² of the batches over its degrees of freedom, at least 1. The share beyond a percentile depends
/// on itself less than the mean does, and the farther out the less.
fn design(endpoint: &Endpoint, figure_ms: f64, whole: &Whole) -> Option<(f64, f64)> {
    let (intervals, window) = windowed(endpoint, whole)?;
    let figure = Sketch::bucket((figure_ms * 1e6) as u64);
    let slower = |intervals: &[&Interval]| {
        intervals.iter().try_fold((0.0, 0.0), |(n, x), i| {
            let sketch = i.sketch.as_ref()?;
            Some((n + sketch.count() as f64, x + sketch.above(figure) as f64))
        })
    };
    let series: Option<Vec<(f64, f64)>> = intervals.iter().map(|i| slower(&[*i])).collect();
    let series: Vec<f64> = series?.into_iter().filter(|(n, _)| *n > 0.0).map(|(n, x)| x / n).collect();
    let batches = plan(&series, intervals.len(), MOST_BATCHES)?.batches;
    let counts: Option<Vec<(f64, f64)>> = cut(&intervals, window, batches).iter().map(|b| slower(b)).collect();
    let (ratio, df) = chi2_ratio(&counts?)?;
    Some((rounded_up(ratio.max(1.0)), df))
}

/// Order statistics as standard errors: at each of several levels the distance to the bound over the normal quantile,
/// and of these the largest, since bounds of a long tail go out faster than a normal's. Ranks are those of fewer
/// independent samples (Woodruff 1952), by the design effect and, since that is an estimate, by Student's t.
fn order(
    figure: f64,
    samples: u64,
    share: f64,
    (design, df): (f64, f64),
    assumed: bool,
    half_width: f64,
    at: impl Fn(u64) -> Option<f64>,
) -> Option<Order> {
    let centre = log(figure)?;
    let (mut below, mut above, mut deepest) = (0.0_f64, 0.0_f64, None);
    for tail in ORDER_TAILS {
        let z = normal_quantile(tail)?;
        let t = if df.is_finite() { student_quantile(tail, df)? } else { z };
        let effective = libm::floor(samples as f64 / design * (z / t) * (z / t)).max(1.0) as u64;
        let scale = samples as f64 / effective as f64;
        let ranks = quantile::ranks(effective, share, tail)?;
        let (Some(lower), Some(upper)) = (ranks.lower, ranks.upper) else { break };
        let rank = |rank: u64, up: bool| {
            let rank = rank as f64 * scale;
            let rank = if up { libm::ceil(rank) } else { libm::floor(rank) };
            (rank.max(1.0) as u64).min(samples)
        };
        let (Some(low), Some(high)) = (at(rank(lower, false)), at(rank(upper, true))) else { break };
        let (Some(low), Some(high)) = (log(low - half_width), log(high + half_width)) else { break };
        below = below.max((centre - low) / z);
        above = above.max((high - centre) / z);
        deepest = Some(tail);
    }
    Some(Order {
        below: rounded_up(below.max(0.0)),
        above: rounded_up(above.max(0.0)),
        deepest: deepest?,
        design,
        assumed,
    })
}

/// What a printed table says of one of its percentiles.
fn bracket(latency: &Latency, table: &PercentileTable, requests: u64, share: f64) -> Option<TableBracket> {
    let locust = table.rounding == Rounding::TwoDigits;
    let rule = if locust { RankRule::Locust } else { RankRule::Interpolated };
    let half = |value: f64| if locust { locust_half_width(value) } else { 0.0 };
    let mut printed: Vec<Printed> = table
        .values_ms
        .iter()
        .filter_map(|(p, value)| Printed::new(rule, requests, p.share(), *value, half(*value)))
        .collect();
    // To the digits that a link carries, so that it tells the same interval.
    let extreme = |ms: f64| significant(ms, EXTREME_DIGITS);
    printed.extend(latency.min_ms.map(extreme).and_then(Printed::minimum));
    printed.extend(latency.max_ms.map(extreme).and_then(|max| Printed::maximum(requests, max)));
    TableBracket::new(requests, share, &printed)
}
