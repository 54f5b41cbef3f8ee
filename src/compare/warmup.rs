//! Warm-up: finds its end, by the same rule on both sides, and removes it from a run.
//!
//! statistics.md §4.5: by users, if known, until they first reach their maximum, plus the policy's settling time; else
//! by MSER-5 (White 1997) on the mean of each interval, in the first half only. A file without a timeline cannot be
//! cut, and then neither is the other side: comparing a run without its start to one with it would create a difference.
//! The same applies to every row and its percentiles.

use std::collections::BTreeMap;

use crate::number;
use crate::policy::{Warmup as Settings, WarmupMode};
use crate::run::{
    Definition, Distribution, Endpoint, FailedLatency, Figure, Histogram, Interval, Note, NoteLevel, Run, Sketch,
    Timeline, Words,
};
use crate::stats::warmup::mser5;

const WARMUP_CUT: Words =
    Words { code: "warm-up-cut", level: NoteLevel::Info, text: "Left out the first {0} s as warm-up.{2}{3}" };

const WARMUP_CUT_IN_PART: Words = Words {
    text: "Left out the first {0} s as warm-up. {1:row has no timeline and covers|rows have no timeline and cover} the \
           whole run.{2}{3}",
    ..WARMUP_CUT
};

/// The warm-ups of a pair.
#[derive(Debug, Clone, PartialEq)]
pub struct Warmup {
    /// The rule for both sides; [`WarmupMode::None`] if nothing can or should be cut. For a warm-up excluded before
    /// ([`Why::LeftOut`]), the rule of the policy: by users if known, else by MSER-5.
    pub rule: WarmupMode,
    /// The baseline's.
    pub baseline: Cut,
    /// The run's.
    pub run: Cut,
}

/// The warm-up of one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// Seconds from the start that are not measured; [`trim`] removes them.
    pub seconds: u32,
    /// When its users first reached their maximum, in seconds from the start, if known.
    pub reached_s: Option<u32>,
    /// The reason.
    pub why: Why,
}

/// Reason for the length of a cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Disabled by the policy.
    Off,
    /// The file has no timeline.
    NoTimeline,
    /// The other side has no timeline.
    OtherHasNone,
    /// The users reached their maximum, plus settling time.
    Users {
        /// The maximum.
        users: u64,
    },
    /// By MSER-5.
    Mser5,
    /// A fixed time from the policy.
    Fixed,
    /// Excluded before: every figure is of the time after it.
    LeftOut,
    /// More than half of the run would be cut: a ramp, not a warm-up, or a short run.
    TooMuch {
        /// Seconds that would have been cut.
        seconds: u32,
    },
}

impl Cut {
    /// The cut and its reason in words.
    #[must_use]
    pub fn text(&self) -> String {
        let cut = number::duration_s(f64::from(self.seconds));
        match self.why {
            Why::Off => "not cut: the thresholds turn it off".into(),
            Why::NoTimeline => "not cut: the file has no timeline".into(),
            Why::OtherHasNone => "not cut: the other run has no timeline".into(),
            Why::Users { users: 1 } if self.seconds == 0 => "none: 1 user from the start".into(),
            Why::Users { users } if self.seconds == 0 => {
                format!("none: {} users from the start", number::count(users))
            }
            Why::Users { users: 1 } => format!("{cut}, until the only user ran"),
            Why::Users { users } => format!("{cut}, until all {} users ran", number::count(users)),
            Why::Mser5 if self.seconds == 0 => "none: the mean is stable from the start (MSER-5)".into(),
            Why::Mser5 => format!("{cut}, until the mean was stable (MSER-5)"),
            Why::Fixed => format!("{cut}, set in the thresholds"),
            Why::LeftOut if self.seconds == 0 => "none".into(),
            Why::LeftOut => format!("{cut}, left out of every row that has a timeline"),
            Why::TooMuch { seconds } => {
                format!("not cut: it would be {}, more than half of the run", number::duration_s(f64::from(seconds)))
            }
        }
    }
}

/// Finds the ends of the warm-ups of two runs, by the same rule. A warm-up excluded before stays.
#[must_use]
pub fn warmup(baseline: &Run, run: &Run, settings: &Settings) -> Warmup {
    let sides = [baseline, run];
    let whole: Vec<&Run> = sides.into_iter().filter(|run| already(run).is_none()).collect();
    let rule = if whole.is_empty() { settings.mode } else { rule(&whole, settings) };
    let [baseline, run] = sides.map(|run| already(run).unwrap_or_else(|| cut_of(run, rule, settings)));
    Warmup { rule, baseline, run }
}

/// Removes the warm-up from every run of both sides, if the policy asks for it ([`Settings::leave_out`]) and all can be
/// cut; at most once per run.
pub(super) fn leave_out(runs: &mut [&mut Run], settings: &Settings) {
    let whole: Vec<&Run> = runs.iter().map(|run| &**run).filter(|run| already(run).is_none()).collect();
    let rule = rule(&whole, settings);
    if !settings.leave_out || whole.is_empty() || rule == WarmupMode::None {
        return;
    }
    let cuts: Vec<Cut> = whole.iter().map(|run| cut_of(run, rule, settings)).collect();
    // One would keep its ramp: then keep those of the others.
    if cuts.iter().any(|cut| matches!(cut.why, Why::TooMuch { .. })) {
        return;
    }
    let cuttable = Cuttable::of(&whole.iter().zip(&cuts).map(|(run, cut)| (*run, cut.seconds)).collect::<Vec<_>>());
    let whole = runs.iter_mut().filter(|run| already(run).is_none());
    for (run, Cut { seconds, .. }) in whole.zip(cuts) {
        if let Some(left) = trim_rows(run, seconds, cuttable.total, |row| cuttable.row(row)) {
            **run = Run { left_out_s: Some(seconds), ..left };
        }
    }
}

/// The warm-up excluded from a run before.
fn already(run: &Run) -> Option<Cut> {
    run.left_out_s.map(|seconds| Cut { seconds, reached_s: None, why: Why::LeftOut })
}

fn timeline_of(run: &Run) -> Option<&Timeline> {
    run.timeline.as_ref().filter(|t| !t.intervals.is_empty())
}

/// A rule that works for all runs.
fn rule(runs: &[&Run], settings: &Settings) -> WarmupMode {
    let timelines: Option<Vec<&Timeline>> = runs.iter().map(|run| timeline_of(run)).collect();
    match (settings.mode, timelines) {
        (_, None) => WarmupMode::None,
        (WarmupMode::Users, Some(all)) if all.iter().any(|t| users_reached(t).is_none()) => WarmupMode::Mser5,
        (mode, _) => mode,
    }
}

pub(super) fn cut_of(run: &Run, rule: WarmupMode, settings: &Settings) -> Cut {
    let timeline = timeline_of(run);
    let reached = timeline.and_then(users_reached);
    let reached_s = reached.map(|(s, _)| s);
    let nothing = |why| Cut { seconds: 0, reached_s, why };
    let settle_s = settings.settle_ms.map_or(0, |ms| libm::ceil(ms.clamp(0.0, 1e9) / 1000.0) as u32);
    let (seconds, why) = match (rule, timeline) {
        _ if settings.mode == WarmupMode::None => return nothing(Why::Off),
        (_, None) => return nothing(Why::NoTimeline),
        (WarmupMode::None, _) => return nothing(Why::OtherHasNone),
        (WarmupMode::Fixed, _) => (settle_s, Why::Fixed),
        (WarmupMode::Users, _) => match reached {
            Some((s, users)) => (s.saturating_add(settle_s), Why::Users { users }),
            None => return nothing(Why::NoTimeline),
        },
        (WarmupMode::Mser5, Some(timeline)) => (settled_s(timeline), Why::Mser5),
    };
    let half = timeline.and_then(Timeline::duration_s).unwrap_or(0.0) / 2.0;
    if f64::from(seconds) > half { nothing(Why::TooMuch { seconds }) } else { Cut { seconds, reached_s, why } }
}

/// When the users first reached their maximum, in seconds from the start, and that maximum. An interval has the users
/// at its end: the interval that reaches it belongs to the ramp, unless it is the first.
fn users_reached(timeline: &Timeline) -> Option<(u32, u64)> {
    let most = timeline.max_users().filter(|users| *users > 0)?;
    let at = timeline.intervals.iter().position(|i| i.users == Some(most))?;
    let seconds = match at {
        0 => 0,
        _ => timeline.intervals.get(at)?.end_s.saturating_sub(timeline.start_s()?),
    };
    Some((u32::try_from(seconds).ok()?, most))
}

/// The end of the warm-up by MSER-5 on the intervals' means, in seconds from the start.
fn settled_s(timeline: &Timeline) -> u32 {
    let with: Vec<&Interval> = timeline.intervals.iter().filter(|i| i.mean_ms.is_some()).collect();
    let means: Vec<f64> = with.iter().filter_map(|i| i.mean_ms).collect();
    let last = mser5(&means).and_then(|found| found.truncate.checked_sub(1)).and_then(|last| with.get(last));
    let seconds = last.zip(timeline.start_s()).map(|(i, start_s)| i.end_s.saturating_sub(start_s));
    seconds.and_then(|s| u32::try_from(s).ok()).unwrap_or(0)
}

/// Figures of a row that can be recomputed from its timeline.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Parts {
    /// Nothing.
    #[default]
    Nothing,
    /// Counts, means and rates.
    Sums,
    /// Percentiles as well.
    All,
}

/// Figures of each row that can be cut in every run that has it: a cut row against a whole one would create a
/// difference. Rows are identified by name and method, without the policy's matches.
#[derive(Debug)]
struct Cuttable {
    total: Parts,
    rows: BTreeMap<(String, Option<String>), Parts>,
}

impl Cuttable {
    /// From runs with the seconds to cut.
    fn of(runs: &[(&Run, u32)]) -> Self {
        let mut cuttable = Self { total: Parts::All, rows: BTreeMap::new() };
        for (run, seconds) in runs {
            let Some(from_s) = from_s(run, *seconds) else { continue };
            let parts =
                |row: &Endpoint, own: Option<&Timeline>| own.map_or(Parts::Nothing, |own| parts(row, own, from_s));
            if let Some(total) = &run.total {
                cuttable.total = cuttable.total.min(parts(total, total.timeline.as_ref().or(run.timeline.as_ref())));
            }
            for row in &run.endpoints {
                let own = parts(row, row.timeline.as_ref());
                let key = (row.name.clone(), row.method.clone());
                cuttable.rows.entry(key).and_modify(|parts| *parts = own.min(*parts)).or_insert(own);
            }
        }
        cuttable
    }

    fn row(&self, row: &Endpoint) -> Parts {
        self.rows.get(&(row.name.clone(), row.method.clone())).copied().unwrap_or_default()
    }
}

/// Start of the measurement, second since the Unix epoch.
fn from_s(run: &Run, seconds: u32) -> Option<i64> {
    Some(run.timeline.as_ref()?.start_s()?.saturating_add(i64::from(seconds)))
}

/// A run without its first `seconds`: timelines start later, and requests, failures, means and rates are recomputed
/// from the remaining intervals, if these have them. `None` if the run has no timeline.
///
/// Percentiles come from the sketches of the remaining intervals, within 0.8 %, if there are any (raw samples).
/// Percentiles of a table, minimum and maximum, and endpoints without a timeline cannot be recomputed: these stay
/// unchanged, with a note. The remaining counts no longer add up to a total row, which the checks of the files take
/// into account ([`check::of_run`](super::check::of_run)).
#[must_use]
pub fn trim(run: &Run, seconds: u32) -> Option<Run> {
    trim_rows(run, seconds, Parts::All, |_| Parts::All)
}

/// As [`trim`], limited to these figures of the total and of each row.
fn trim_rows(run: &Run, seconds: u32, of_total: Parts, of_row: impl Fn(&Endpoint) -> Parts) -> Option<Run> {
    let timeline = run.timeline.as_ref()?;
    let from_s = from_s(run, seconds)?;
    let mut left = run.clone();
    if seconds == 0 {
        return Some(left);
    }
    let rest = after(timeline, from_s);
    // The start may be known to the millisecond, the intervals to the second.
    left.started_ms = run.started_ms.map(|ms| ms.saturating_add(i64::from(seconds).saturating_mul(1000)));
    left.duration_s = run.duration_s.map(|s| (s - f64::from(seconds)).max(0.0));
    let mut whole = 0;
    let mut quantiles = Quantiles::default();
    if let Some(total) = &mut left.total {
        let own = total.timeline.take();
        let known = own.is_some();
        whole += u64::from(!cut(total, own.as_ref().unwrap_or(timeline), from_s, of_total, &mut quantiles));
        if !known {
            total.timeline = None;
        }
    }
    for endpoint in &mut left.endpoints {
        let most = of_row(endpoint);
        match endpoint.timeline.take() {
            Some(own) => whole += u64::from(!cut(endpoint, &own, from_s, most, &mut quantiles)),
            None => whole += 1,
        }
    }
    left.timeline = Some(rest);
    left.notes.push(note(seconds, whole, &quantiles));
    Some(left)
}

/// The warm-up was excluded; `whole` is the number of endpoints, including the total, that could not be cut.
fn note(seconds: u32, whole: u64, quantiles: &Quantiles) -> Note {
    let words = if whole == 0 { WARMUP_CUT } else { WARMUP_CUT_IN_PART };
    let word_if = |is_true: bool, word| Figure::Word(if is_true { word } else { "" });
    let of_whole =
        word_if(quantiles.whole, " Percentiles, minimum and maximum cover the whole run: a table cannot be cut.");
    let approximate = word_if(quantiles.approximate, " Percentiles are read from sketches, within 0.8 %.");
    Note::on_run(&words, [u64::from(seconds).into(), whole.into(), of_whole, approximate])
}

fn after(timeline: &Timeline, from_s: i64) -> Timeline {
    let begins = |i: &&Interval| i.end_s.saturating_sub(i64::from(i.length_s)) >= from_s;
    Timeline { intervals: timeline.intervals.iter().filter(begins).cloned().collect(), grid: timeline.grid }
}

/// Minimum share of the requests that the intervals must cover to represent the endpoint: Locust's history may miss the
/// end of a run.
const COVERED: f64 = 0.9;

/// The state of the percentiles.
#[derive(Default)]
struct Quantiles {
    /// Some still cover the whole run.
    whole: bool,
    /// Some are from sketches.
    approximate: bool,
}

/// Response times of intervals as a histogram; `None` if one lacks a sketch of all its requests.
fn distribution(timeline: &Timeline) -> Option<Histogram> {
    let mut all = Sketch::default();
    for interval in timeline.intervals.iter().filter(|i| i.requests > 0) {
        all.merge(interval.sketch.as_ref().filter(|s| s.count() == interval.requests)?);
    }
    of_sketch(&all)
}

fn of_sketch(sketch: &Sketch) -> Option<Histogram> {
    let values: Vec<(u64, u64)> = sketch.middles_ns().collect();
    let (min_ns, max_ns) = (values.first()?.0, values.last()?.0);
    Some(Histogram::restore(values, min_ns, max_ns, false))
}

/// Failed requests of intervals, if all separate them.
fn failed(timeline: &Timeline) -> Option<FailedLatency> {
    let (mut all, mut requests, mut sum_ns) = (Sketch::default(), 0_u64, 0_u128);
    for interval in timeline.intervals.iter().filter(|i| i.failures > 0 || i.failed.is_some()) {
        let failed = interval.failed.as_ref()?;
        all.merge(&failed.sketch);
        requests = requests.saturating_add(failed.requests);
        sum_ns = sum_ns.saturating_add(failed.sum_ns.into());
    }
    let histogram = of_sketch(&all).unwrap_or_default();
    (histogram.count() == requests).then_some(FailedLatency { histogram, sum_ns })
}

/// Sum of the response times of intervals in nanoseconds; `None` if one is unknown.
fn sum_ns(timeline: &Timeline) -> Option<u128> {
    timeline.intervals.iter().filter(|i| i.requests > 0).try_fold(0_u128, |sum, interval| {
        let of_mean = || {
            let ns = libm::round(interval.mean_ms? * interval.requests as f64 * 1e6);
            (0.0..1e30).contains(&ns).then_some(ns as u128)
        };
        sum.checked_add(interval.sum_ns.map(u128::from).or_else(of_mean)?)
    })
}

/// Figures of an endpoint that can be recomputed from its intervals after `from_s`.
fn parts(endpoint: &Endpoint, timeline: &Timeline, from_s: i64) -> Parts {
    let left = after(timeline, from_s);
    let held = timeline.requests();
    let covered = endpoint.requests.is_some_and(|n| held as f64 >= COVERED * n as f64 && held <= n);
    if !covered || sum_ns(&left).is_none() {
        Parts::Nothing
    } else if distribution(&left).is_none() {
        Parts::Sums
    } else {
        Parts::All
    }
}

/// Recomputes these figures of an endpoint from its intervals after `from_s`; `false` if not possible or not requested,
/// leaving it unchanged.
fn cut(endpoint: &mut Endpoint, timeline: &Timeline, from_s: i64, most: Parts, quantiles: &mut Quantiles) -> bool {
    let left = after(timeline, from_s);
    let parts = parts(endpoint, timeline, from_s).min(most);
    endpoint.timeline = Some(timeline.clone());
    if parts == Parts::Nothing {
        return false;
    }
    let Some(sum_ns) = sum_ns(&left) else { return false };
    let requests = left.requests();
    let failures = left.intervals.iter().fold(0_u64, |sum, i| sum.saturating_add(i.failures));
    let seconds = left.intervals.iter().fold(0_u64, |sum, i| sum.saturating_add(u64::from(i.length_s)));
    let per_s = |n: u64| (seconds > 0).then(|| n as f64 / seconds as f64);
    endpoint.requests = Some(requests);
    endpoint.failures = endpoint.failures.map(|_| failures);
    endpoint.stated_error_rate_pct = None;
    endpoint.rate_per_s = per_s(requests);
    endpoint.failures_per_s = endpoint.failures_per_s.and(per_s(failures));
    endpoint.latency.sum_ns = Some(sum_ns);
    endpoint.latency.timed = Some(requests);
    endpoint.latency.mean_ms = (requests > 0).then(|| sum_ns as f64 / requests as f64 / 1e6);
    if let Some(histogram) = distribution(&left).filter(|_| parts == Parts::All) {
        let definition = match &endpoint.latency.distribution {
            Distribution::Samples(samples) => samples.definition(),
            _ => Definition::default(),
        };
        // The extremes of a sketch are bucket middles, not measured values.
        (endpoint.latency.min_ms, endpoint.latency.max_ms) = (None, None);
        endpoint.latency.distribution = Distribution::Samples(histogram.by(definition));
        endpoint.failed = endpoint.failed.take().and_then(|_| failed(&left)).map(Box::new);
        quantiles.approximate = true;
    } else {
        // Those of the whole run do not match the remaining sums.
        endpoint.failed = None;
        quantiles.whole |= endpoint.latency.distribution != Distribution::Unknown;
    }
    endpoint.timeline = Some(left);
    true
}
