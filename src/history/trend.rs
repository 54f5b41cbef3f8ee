//! What a metric of an endpoint did over the runs: levels between changes, their noise, and whether the last is broken.

use super::read::{History, Subject};
use crate::number;
use crate::run::Metric;
use crate::run::repeats::FEWEST_EARLIER;
use crate::stats::change_points::Search;
use crate::stats::history::noise_floor;
use crate::stats::special::student_quantile;
use crate::stats::welch::Estimate;

/// Smallest change that divides a history: 5 %, so that the limits of no usual rule lie below.
const SMALLEST: f64 = 0.05;

/// Runs on each side of a change that can be confirmed.
pub const CONFIRMED_BY: usize = 3;

/// Largest one-sided p of a confirmed change, by Welch's t.
const CONFIRMED_AT: f64 = 0.001;

/// Newest runs of a level that say how noisy it is.
pub const NEWEST: usize = 100;

/// Runs of a level that can become the good one: a few lucky runs are none.
const LASTING: usize = 10;

/// Smallest change of an error rate, in percentage points, beside [`SMALLEST`].
const SMALLEST_PP: f64 = 0.1;

/// Error of each bound of a level's interval.
const TAIL: f64 = 0.025;

/// A metric over the runs of a history.
#[derive(Debug, Clone, PartialEq)]
pub struct Trend {
    /// Index into [`History::subjects`].
    pub subject: usize,
    /// The metric.
    pub metric: Metric,
    /// Its value in each run that has one, oldest first: index into [`History::runs`].
    pub values: Vec<(usize, f64)>,
    /// The levels between changes, oldest first. At least one.
    pub segments: Vec<Segment>,
    /// Index of the last good level.
    pub good: usize,
    /// What it comes to.
    pub state: State,
}

/// Runs between two changes.
#[derive(Debug, Clone, PartialEq)]
pub struct Segment {
    /// The first value and the one after the last: indices into [`Trend::values`].
    pub range: (usize, usize),
    /// Mean.
    pub mean: f64,
    /// Where the next run of this level lies with a chance of 95 %, if that can be told.
    pub next: Option<(f64, f64)>,
    /// Noise from run to run in percent: Q3 + 3·IQR of the changes from one run to the next.
    pub noise_pct: Option<f64>,
    /// The change that began this level; `None` for the first.
    pub change: Option<Change>,
}

/// A change from one level to the next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change {
    /// p by Student's t as Otava computes it.
    pub p: f64,
    /// In percent of the level before; `None` if that is 0.
    pub pct: Option<f64>,
    /// Whether it is for the worse.
    pub worse: bool,
}

/// What a trend comes to. `since` is the first run after the change: an index into [`History::runs`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // The variants say what their fields are.
pub enum State {
    /// Worse than the last good level, in at least [`CONFIRMED_BY`] runs.
    Broken { since: usize },
    /// Worse than the last good level, in too few runs to confirm it.
    Suspected { since: usize },
    /// Better than the level before.
    Improved { since: usize },
    /// At the last good level.
    Steady,
    /// Too few runs to find a change.
    TooFew,
}

impl State {
    /// Its word in tables.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Broken { .. } => "broken",
            Self::Suspected { .. } => "suspected",
            Self::Improved { .. } => "improved",
            Self::Steady => "steady",
            Self::TooFew => "too few runs",
        }
    }

    /// The same as the beginning of a sentence: confirmed or not.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Broken { .. } => "Broken, confirmed,",
            Self::Suspected { .. } => "Worse, not confirmed yet,",
            Self::Improved { .. } => "Improved",
            Self::Steady => "Steady",
            Self::TooFew => "Too few runs",
        }
    }

    /// The first run after the change.
    #[must_use]
    pub fn since(self) -> Option<usize> {
        match self {
            Self::Broken { since } | Self::Suspected { since } | Self::Improved { since } => Some(since),
            Self::Steady | Self::TooFew => None,
        }
    }

    fn rank(self) -> u8 {
        match self {
            Self::Broken { .. } => 0,
            Self::Suspected { .. } => 1,
            Self::Improved { .. } => 2,
            Self::Steady => 3,
            Self::TooFew => 4,
        }
    }
}

impl Trend {
    /// A value of the metric with its unit.
    #[must_use]
    pub fn figure(&self, value: f64) -> String {
        match self.metric {
            Metric::ErrorRate => number::percent(value),
            Metric::Rps => format!("{} /s", number::rate(value)),
            _ => number::latency_ms(value),
        }
    }

    /// The change against the last good level with its unit: `+21 %`, or `+0.5 pp` for error rates. `None` without one.
    #[must_use]
    pub fn change_text(&self) -> Option<String> {
        let (before, now) = self.compared()?;
        Some(match self.metric {
            Metric::ErrorRate => number::points_change(now.mean - before.mean),
            _ => number::percent_change((now.mean / before.mean - 1.0) * 100.0),
        })
    }

    /// The newest level, and the one it is compared with: the last good one, or the one before where it is good itself.
    #[must_use]
    pub fn compared(&self) -> Option<(&Segment, &Segment)> {
        let newest = self.segments.len().checked_sub(1)?;
        let before = if newest == self.good { newest.checked_sub(1)? } else { self.good };
        self.segments
            .get(before)
            .zip(self.segments.get(newest))
            .filter(|(before, _)| before.mean > 0.0 || self.metric == Metric::ErrorRate)
    }

    /// The first and the last run of a level: indices into [`History::runs`].
    #[must_use]
    pub fn runs(&self, segment: &Segment) -> Option<(usize, usize)> {
        let (first, _) = self.values.get(segment.range.0)?;
        let (last, _) = self.values.get(segment.range.1.checked_sub(1)?)?;
        Some((*first, *last))
    }

    /// Whether two levels differ by more than what divides a good level from another.
    #[must_use]
    pub fn differ(&self, a: &Segment, b: &Segment) -> bool {
        is_worse(&self.metric, a.mean, b.mean) || is_worse(&self.metric, b.mean, a.mean)
    }

    /// The last good level.
    #[must_use]
    pub fn good_level(&self) -> Option<&Segment> {
        self.segments.get(self.good)
    }

    /// How large the change is that [`Trend::compared`] compares, as a share of the level before.
    fn size(&self) -> f64 {
        self.compared().map_or(
            0.0,
            |(before, now)| {
                if before.mean > 0.0 { (now.mean / before.mean - 1.0).abs() } else { f64::MAX }
            },
        )
    }
}

/// Judges the wanted metrics of all endpoints; the worst first, then by size of the change, endpoint and metric.
#[must_use]
pub fn trends(history: &History, wanted: impl Fn(&Subject, &Metric) -> bool) -> Vec<Trend> {
    let subjects = history.subjects.iter().enumerate();
    let jobs: Vec<(usize, Metric)> = subjects
        .flat_map(|(index, subject)| {
            subject
                .metrics()
                .filter(|metric| wanted(subject, metric))
                .map(move |metric| (index, metric))
                .collect::<Vec<_>>()
        })
        .collect();
    let mut all = on_threads(&jobs, history.runs.len() * jobs.len(), |(index, metric)| {
        let values = history.subjects.get(*index).map(|subject| subject.values(metric)).unwrap_or_default();
        judge(history, *index, metric.clone(), values)
    });
    // Equals keep their order: by endpoint, then by metric.
    crate::order::sort_by(&mut all, |a, b| {
        a.state.rank().cmp(&b.state.rank()).then_with(|| b.size().total_cmp(&a.size()))
    });
    all
}

/// Work of one thread, in values: below, a thread costs more than it saves.
#[cfg(not(target_arch = "wasm32"))]
const ONE_THREAD: usize = 100_000;

/// Does jobs on all processors where there is much to do; the results in the order of the jobs.
#[cfg(not(target_arch = "wasm32"))]
fn on_threads<J: Sync, T: Send>(jobs: &[J], work: usize, run: impl Fn(&J) -> T + Sync) -> Vec<T> {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = (work / ONE_THREAD).clamp(1, processors);
    if threads == 1 {
        return jobs.iter().map(run).collect();
    }
    let run = &run;
    std::thread::scope(|scope| {
        let parts = jobs.chunks(jobs.len().div_ceil(threads).max(1));
        let parts: Vec<_> =
            parts.map(|part| (part, scope.spawn(move || part.iter().map(run).collect::<Vec<T>>()))).collect();
        // A thread that was lost is made up for.
        let joined =
            parts.into_iter().map(|(part, thread)| thread.join().unwrap_or_else(|_| part.iter().map(run).collect()));
        joined.flatten().collect()
    })
}

#[cfg(target_arch = "wasm32")]
fn on_threads<J, T>(jobs: &[J], _work: usize, run: impl Fn(&J) -> T) -> Vec<T> {
    jobs.iter().map(run).collect()
}

/// Whether one level is worse than another by more than [`SMALLEST`], and an error rate by more than [`SMALLEST_PP`].
fn is_worse(metric: &Metric, good: f64, level: f64) -> bool {
    match metric {
        Metric::Rps => level < good * (1.0 - SMALLEST),
        Metric::ErrorRate => level > (good * (1.0 + SMALLEST)).max(good + SMALLEST_PP),
        _ => level > good * (1.0 + SMALLEST),
    }
}

/// The last good level: of the first, of those that are like the good one before, and of better ones, each if it lasts.
/// An accepted level is good whatever it is.
fn last_good(
    history: &History,
    metric: &Metric,
    values: &[(usize, f64)],
    series: &[f64],
    segments: &[Segment],
) -> usize {
    let accepted = |segment: &Segment| {
        let runs = values.get(segment.range.0..segment.range.1).unwrap_or_default();
        runs.iter().any(|(run, _)| history.runs.get(*run).is_some_and(|entry| entry.accepted))
    };
    let length = |segment: &Segment| segment.range.1 - segment.range.0;
    let mut good = 0;
    for (at, segment) in segments.iter().enumerate().skip(1) {
        let Some(before) = segments.get(good) else { break };
        let lasts = length(segment) >= LASTING.min(length(before));
        let better = is_worse(metric, segment.mean, before.mean);
        let takes_over = if better {
            // Seen from behind, the good level is worse than this one.
            length(segment) >= LASTING && is_confirmed(metric, newest(series, segment), newest(series, before))
        } else {
            lasts && !is_worse(metric, before.mean, segment.mean)
        };
        if takes_over || accepted(segment) {
            good = at;
        }
    }
    good
}

/// The newest values of a level.
fn newest<'s>(series: &'s [f64], segment: &Segment) -> &'s [f64] {
    let (start, end) = segment.range;
    series.get(start.max(end.saturating_sub(NEWEST))..end).unwrap_or_default()
}

fn judge(history: &History, subject: usize, metric: Metric, values: Vec<(usize, f64)>) -> Trend {
    let series: Vec<f64> = values.iter().map(|(_, value)| *value).collect();
    let changes = Search { magnitude: SMALLEST, ..Search::default() }.find(&series);
    let mut segments: Vec<Segment> = Vec::with_capacity(changes.len() + 1);
    let starts = changes.iter().map(|change| Some(*change));
    for (at, begins) in std::iter::once(None).chain(starts).enumerate() {
        let start = begins.map_or(0, |change| change.index);
        let end = changes.get(at).map_or(series.len(), |next| next.index);
        let level = series.get(start..end).unwrap_or_default();
        let mean = level.iter().sum::<f64>() / level.len().max(1) as f64;
        let change = begins.map(|change| Change {
            p: change.p,
            pct: (change.mean_before > 0.0).then(|| (change.mean_after / change.mean_before - 1.0) * 100.0),
            worse: (change.mean_after > change.mean_before) != (metric == Metric::Rps),
        });
        let recent = level.get(level.len().saturating_sub(NEWEST)..).unwrap_or_default();
        let noise_pct = (recent.len() >= FEWEST_EARLIER).then(|| noise_floor(recent)).flatten();
        segments.push(Segment {
            range: (start, end),
            mean,
            next: next_run(recent),
            noise_pct: noise_pct.map(|noise| noise.floor * 100.0),
            change,
        });
    }
    let good = last_good(history, &metric, &values, &series, &segments);
    let state = state(&metric, &values, &series, &segments, good);
    Trend { subject, metric, values, segments, good, state }
}

fn state(metric: &Metric, values: &[(usize, f64)], series: &[f64], segments: &[Segment], good: usize) -> State {
    if series.len() < FEWEST_EARLIER {
        return State::TooFew;
    }
    let run_of = |segment: &Segment| values.get(segment.range.0).map_or(0, |(run, _)| *run);
    let (Some(level), Some(last)) = (segments.get(good), segments.last()) else { return State::Steady };
    // Since when all levels are worse.
    let worse = segments.iter().skip(good + 1).rev().take_while(|segment| is_worse(metric, level.mean, segment.mean));
    if let Some(first) = worse.last() {
        let since = run_of(first);
        let after = series.get(first.range.0..).unwrap_or_default();
        let confirmed = is_confirmed(metric, newest(series, level), after);
        return if confirmed { State::Broken { since } } else { State::Suspected { since } };
    }
    let better = is_worse(metric, last.mean, level.mean);
    let began_better = last.change.is_some_and(|change| !change.worse) && good + 1 == segments.len();
    if better || began_better { State::Improved { since: run_of(last) } } else { State::Steady }
}

/// Whether a change for the worse is sure: by Welch's t, on logarithms where all values have one.
fn is_confirmed(metric: &Metric, before: &[f64], after: &[f64]) -> bool {
    if before.len().min(after.len()) < CONFIRMED_BY {
        return false;
    }
    let (before, after) = match (logarithms(before), logarithms(after)) {
        (Some(before), Some(after)) => (before, after),
        _ => (before.to_vec(), after.to_vec()),
    };
    let change = Estimate::of_mean(&after).zip(Estimate::of_mean(&before)).and_then(|(a, b)| a.minus(&b));
    change.is_some_and(|change| {
        let p = if *metric == Metric::Rps { change.p_below(0.0) } else { change.p_above(0.0) };
        p <= CONFIRMED_AT
    })
}

fn logarithms(values: &[f64]) -> Option<Vec<f64>> {
    values.iter().map(|value| (*value > 0.0).then(|| libm::log(*value))).collect()
}

/// Where the next run of a level lies: mean ± t·s·√(1 + 1/n), on logarithms where all values have one. Vector T15.
fn next_run(level: &[f64]) -> Option<(f64, f64)> {
    if level.len() < 3 {
        return None;
    }
    let logs = logarithms(level);
    let estimate = Estimate::of_mean(logs.as_deref().unwrap_or(level))?;
    let n = level.len() as f64;
    let half = student_quantile(TAIL, n - 1.0)? * estimate.standard_error * libm::sqrt(n + 1.0);
    let (lower, upper) = (estimate.value - half, estimate.value + half);
    Some(if logs.is_some() { (libm::exp(lower), libm::exp(upper)) } else { (lower.max(0.0), upper) })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::next_run;

    /// Vector T15: the log-normal prediction interval of 20 runs.
    #[test]
    fn t15_prediction_interval() {
        let history = [
            412.0, 398.0, 431.0, 405.0, 420.0, 409.0, 415.0, 402.0, 427.0, 411.0, 418.0, 404.0, 422.0, 413.0, 407.0,
            416.0, 401.0, 425.0, 410.0, 419.0,
        ];
        let (lower, upper) = next_run(&history).unwrap();
        assert!((lower / 394.159_580_911_892_4 - 1.0).abs() < 1e-9, "{lower}");
        assert!((upper / 433.066_631_731_712_1 - 1.0).abs() < 1e-9, "{upper}");
        assert_eq!(next_run(&[1.0, 2.0]), None);
    }
}
