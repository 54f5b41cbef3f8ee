//! A history in a comparison: the last good runs as the baseline, their noise, and whether a baseline is out of date.

use std::collections::BTreeMap;

use super::line;
use super::read::History;
use super::trend::{NEWEST, Segment, State, Trend};
use crate::run::repeats::FEWEST_EARLIER;
use crate::run::{
    Distribution, Endpoint, Latency, Metric, Note, NoteLevel, PercentileTable, Precision, Rounding, RowAccount, Run,
    Source, SourceFile, Words, significant,
};

/// Digits of a typical figure.
const DIGITS: usize = 6;

/// An endpoint belongs to the baseline if one of this many newest runs has it.
const STILL_THERE: usize = 5;

/// Days after which a baseline is old.
const OLD_DAYS: i64 = 30;

const LAST_GOOD: Words = Words {
    code: "last-good-level",
    level: NoteLevel::Info,
    text: "The baseline is the last good level of {0:run|runs} in a history. Response times and rates are geometric \
           means, counts are means.",
};

impl History {
    /// The history without a run, so that a run is not judged against itself.
    #[must_use]
    pub fn without(mut self, id: &str) -> Self {
        let Some(gone) = self.runs.iter().position(|entry| entry.id == id) else { return self };
        self.runs.remove(gone);
        for subject in &mut self.subjects {
            subject.figures.retain(|(run, _)| *run != gone);
            for (run, _) in &mut subject.figures {
                *run -= usize::from(*run > gone);
            }
        }
        self.subjects.retain(|subject| !subject.figures.is_empty());
        self
    }
}

/// Stores the noise of the last good levels in a baseline, in place of the assumed noise between two runs.
pub fn note_noise(history: &History, trends: &[Trend], baseline: &mut Run) {
    let by_key = by_subject(history, trends);
    let note = |endpoint: &mut Endpoint, trends: Option<&Vec<&Trend>>| {
        for trend in trends.into_iter().flatten().filter(|trend| trend.metric != Metric::ErrorRate) {
            if let Some(pct) = trend.good_level().and_then(|level| level.noise_pct).filter(|pct| pct.is_finite()) {
                endpoint.sureness.noise_pct.insert(trend.metric.clone(), significant(pct, 4));
            }
        }
    };
    if let Some(total) = &mut baseline.total {
        note(total, by_key.get(&None));
    }
    for endpoint in &mut baseline.endpoints {
        let key = Some((endpoint.name.clone(), endpoint.method.clone()));
        note(endpoint, by_key.get(&key));
    }
}

type Key = Option<(String, Option<String>)>;

fn by_subject<'t>(history: &History, trends: &'t [Trend]) -> BTreeMap<Key, Vec<&'t Trend>> {
    let mut by_key: BTreeMap<Key, Vec<&Trend>> = BTreeMap::new();
    for trend in trends {
        let Some(subject) = history.subjects.get(trend.subject) else { continue };
        let key = subject.key.as_ref().map(|(method, name)| (name.clone(), method.clone()));
        by_key.entry(key).or_default().push(trend);
    }
    by_key
}

/// The last good levels as a baseline, with their noise. `None` if no endpoint is left.
#[must_use]
pub fn last_good(history: &History, trends: &[Trend]) -> Option<Run> {
    let newest = history.runs.last()?;
    let recent = history.runs.len().saturating_sub(STILL_THERE);
    let mut made = Run {
        label: format!("last good of {}", history.name),
        source: Source {
            tool: newest.source.clone().unwrap_or_else(|| "history".to_owned()),
            version: None,
            files: vec![SourceFile { name: history.name.clone(), format: "history".into(), ..SourceFile::default() }],
        },
        started_ms: Some(newest.at_ms),
        duration_s: newest.duration_s,
        users: newest.users,
        ..Run::default()
    };
    let mut most = 0;
    for (key, trends) in by_subject(history, trends) {
        let subject = trends.first().and_then(|trend| history.subjects.get(trend.subject));
        let still = subject.and_then(|subject| subject.figures.last()).is_some_and(|(run, _)| *run >= recent);
        if !still {
            continue;
        }
        let (endpoint, runs) = typical(history, &trends, key.as_ref());
        most = most.max(runs);
        if key.is_some() { made.endpoints.push(endpoint) } else { made.total = Some(endpoint) }
    }
    if made.endpoints.is_empty() {
        return None;
    }
    let (endpoints, totals) = (made.endpoints.len() as u64, u64::from(made.total.is_some()));
    made.rows = RowAccount { read: endpoints + totals, endpoints, totals, ..RowAccount::default() };
    made.notes.push(Note::on_run(&LAST_GOOD, [(most as u64).into()]));
    note_noise(history, trends, &mut made);
    Some(made)
}

/// An endpoint of the baseline, and the number of runs it comes from.
fn typical(history: &History, trends: &[&Trend], key: Option<&(String, Option<String>)>) -> (Endpoint, usize) {
    let mut endpoint = Endpoint {
        name: key.map(|(name, _)| name.clone()).unwrap_or_default(),
        method: key.and_then(|(_, method)| method.clone()),
        ..Endpoint::default()
    };
    let (mut table, mut most) = (PercentileTable { rounding: Rounding::None, ..PercentileTable::default() }, 0);
    for trend in trends {
        let Some(level) = trend.good_level() else { continue };
        let values = newest(trend, level);
        most = most.max(values.len());
        let typical = geometric_mean(values.iter().map(|(_, value)| *value));
        if trend.metric != Metric::ErrorRate && values.len() >= FEWEST_EARLIER {
            let values = values.iter().map(|(_, value)| significant(*value, DIGITS)).collect();
            endpoint.sureness.precision.insert(trend.metric.clone(), Precision::Runs(values));
        }
        match (&trend.metric, typical) {
            (Metric::Latency(percentile), Some(ms)) => {
                table.values_ms.insert(*percentile, ms);
            }
            (Metric::Mean, ms) => endpoint.latency.mean_ms = ms,
            (Metric::Rps, rate) => endpoint.rate_per_s = rate,
            (Metric::ErrorRate, _) => {
                let figures = history.subjects.get(trend.subject).map(|subject| &subject.figures);
                let counted = figures.into_iter().flatten().filter(|(run, _)| values.iter().any(|(of, _)| of == run));
                let sums = counted.fold((0_u64, 0_u64), |(requests, failures), (_, figures)| {
                    (
                        requests.saturating_add(figures.requests.unwrap_or(0)),
                        failures.saturating_add(figures.failures.unwrap_or(0)),
                    )
                });
                // A run is the unit: the sum of many would claim more than one run can show.
                let mean = |sum: u64| Some(libm::round(sum as f64 / values.len().max(1) as f64) as u64);
                (endpoint.requests, endpoint.failures) = (mean(sums.0), mean(sums.1));
            }
            _ => {}
        }
    }
    let known = !table.values_ms.is_empty();
    endpoint.latency = Latency {
        distribution: if known { Distribution::Table(table) } else { Distribution::Unknown },
        ..endpoint.latency
    };
    (endpoint, most)
}

/// The newest runs of a level.
fn newest<'t>(trend: &'t Trend, level: &Segment) -> &'t [(usize, f64)] {
    let (start, end) = level.range;
    trend.values.get(start.max(end.saturating_sub(NEWEST))..end).unwrap_or_default()
}

fn geometric_mean(values: impl Iterator<Item = f64> + Clone) -> Option<f64> {
    let n = values.clone().count() as f64;
    let mean = if values.clone().all(|value| value > 0.0) {
        libm::exp(values.map(libm::log).sum::<f64>() / n)
    } else {
        values.sum::<f64>() / n
    };
    mean.is_finite().then(|| significant(mean, DIGITS))
}

/// Why a baseline is out of date by its history, as sentences; empty if it is not.
#[must_use]
pub fn outdated(history: &History, trends: &[Trend], baseline: &Run) -> Vec<String> {
    let Some(newest) = history.runs.len().checked_sub(1) else { return Vec::new() };
    let id = line::id_of(baseline);
    let known = history.runs.iter().position(|entry| Some(&entry.id) == id.as_ref());
    let at_ms = known.and_then(|index| history.runs.get(index)).map(|entry| entry.at_ms).or(baseline.started_ms);
    let mut told = Vec::new();
    if let Some((entry, at_ms)) = history.runs.get(newest).zip(at_ms) {
        let days = entry.at_ms.saturating_sub(at_ms) / 86_400_000;
        if days > OLD_DAYS {
            told.push(format!("The baseline is {days} days older than {}, the newest.", history.run_name(newest)));
        }
        // A level that began after the baseline, and is good: the baseline is of another one.
        let moved = trends.iter().filter_map(|trend| {
            let level = trend.good_level()?;
            let began = |segment: &Segment| history.runs.get(trend.runs(segment)?.0).map(|entry| entry.at_ms);
            let then = trend.segments.iter().rfind(|segment| began(segment).is_some_and(|began| began <= at_ms))?;
            let moved = began(level)? > at_ms && trend.differ(then, level);
            moved.then_some((trend, trend.runs(level)?.0))
        });
        let moved: Vec<_> = moved.collect();
        if let Some((trend, first)) = moved.first() {
            let subject = history.subjects.get(trend.subject).map(super::read::Subject::label).unwrap_or_default();
            let more = moved.len() - 1;
            let more = if more > 0 { format!(", and {more} more figures changed") } else { String::new() };
            told.push(format!(
                "The baseline is from before a change of level: {} of {} is at another one since {}{more}.",
                trend.metric.title(),
                crate::run::shown(&subject),
                history.run_name(*first)
            ));
        }
    }
    let broken = trends.iter().filter(|trend| matches!(trend.state, State::Broken { .. } | State::Suspected { .. }));
    let before = broken.filter_map(|trend| trend.state.since()).min().and_then(|since| since.checked_sub(1));
    let last = before.unwrap_or(newest);
    let version = |index: usize| history.runs.get(index).and_then(|entry| entry.version.as_deref());
    if let Some((of, at)) = known.and_then(version).zip(version(last)).filter(|(of, at)| of != at) {
        let what = if before.is_some() { "the last before the change" } else { "the newest" };
        told.push(format!(
            "The baseline is of version {}, and {}, {what}, is of version {}.",
            crate::run::shown(of),
            history.run_name(last),
            crate::run::shown(at)
        ));
    }
    if !told.is_empty() {
        told.push(format!(
            "Renew it from the files of {}: `loaddiff baseline FILES --output performance-baselines.json`. Or leave \
             --baseline out: then the last good runs of the history are the baseline.",
            history.run_name(last)
        ));
    }
    told
}
