//! The lines of JMeter's summariser, in `jmeter.log` or on the console, alone or inside another log.
//!
//! From JMeter's source (`Summariser`, `SummariserRunningSample`): every 30 s, for each name, a line with `+` for the
//! samples since the last one and a line with `=` for all; at the end a final one. Times are whole milliseconds, the
//! mean is rounded. A rate is `******` if no time has passed. Up to 2.13 the duration is seconds (`1.3s`), then
//! `HH:MM:SS`. Log timestamps are local without a zone; the console has only that of the start.

use std::collections::BTreeMap;

use super::super::error::Error;
use super::super::field;
use super::super::importer::{Descriptor, Format, How, Imported, Input, Sniff};
use super::super::summary::Summary;
use super::{notes, time};
use crate::run::time::is_moment;
use crate::run::{ALL_REQUESTS, Endpoint, Figure, Interval, Latency, Note, NoteLevel, Run, Timeline, Words};

pub(in super::super) const FORMAT: Descriptor = Descriptor {
    format: Format {
        id: "jmeter-summary-lines",
        tool: "JMeter",
        title: "summary lines in `jmeter.log` or in a console log",
        command: "jmeter -n -t plan.jmx -j jmeter.log",
        percentiles: None,
        endings: &[],
    },
    recognise,
    read: How::Log(read),
};

const NO_PERCENTILES: Words = Words {
    code: "summary-lines",
    level: NoteLevel::Info,
    text: "JMeter's summary lines have no percentiles and no endpoints. The last line was read.",
};

const WITH_CONTROLLERS: Words = Words {
    code: "summary-lines-controllers",
    level: NoteLevel::Info,
    text: "The summary lines count transaction controllers beside their requests, and do not tell whether the plan has some. \
           The .jtl file does.",
};

const SEVERAL_RUNS: Words = Words {
    code: "several-runs",
    level: NoteLevel::Warning,
    text: "The log has {0:run|runs} one after another. The last one was read.",
};

/// In every line of the summariser, and rare elsewhere.
const MARK: &[u8] = b"/s Avg:";

/// Maximum bytes of a line.
const MAX_LINE_BYTES: usize = 4096;

/// Maximum summariser names.
const MAX_NAMES: usize = 1000;

/// Maximum intervals of a name: 30 days.
const MAX_INTERVALS: usize = 100_000;

fn recognise(sniff: &Sniff<'_>) -> Option<String> {
    let line = sniff.text.lines().find_map(Line::parse)?;
    let sign = if line.is_delta { '+' } else { '=' };
    Some(format!("a line “{} {sign} {} in … /s Avg: …”", line.name.chars().take(40).collect::<String>(), line.requests))
}

/// One line.
struct Line {
    name: String,
    /// Only the samples since the previous one.
    is_delta: bool,
    requests: u64,
    failures: Option<u64>,
    stated_pct: Option<f64>,
    duration_s: f64,
    rate_per_s: Option<f64>,
    mean_ms: Option<f64>,
    min_ms: Option<f64>,
    max_ms: Option<f64>,
    active: Option<u64>,
    started: Option<u64>,
    finished: Option<u64>,
    /// A number in an invalid format.
    bad: Option<String>,
    /// Timestamp, without a zone.
    moment: Option<time::Moment>,
}

impl Line {
    fn parse(line: &str) -> Option<Self> {
        if line.len() > MAX_LINE_BYTES || memchr::memmem::find(line.as_bytes(), MARK).is_none() {
            return None;
        }
        let (before, figures) = line.split_once("/s Avg:")?;
        let (before, rate) = before.rsplit_once('=')?;
        let (before, duration) = before.rsplit_once(" in ")?;
        let (before, requests) = before.trim_end().rsplit_once(' ')?;
        let mut bad = None;
        // JMeter writes integers here. With a separator the value is ambiguous.
        let mut whole = |what: &str, text: &str| {
            let whole = super::whole(text);
            if whole.is_none() && figure(text).is_some_and(|number| number < 9e18) {
                bad.get_or_insert_with(|| {
                    format!("{what} “{}” is no whole number", text.chars().take(40).collect::<String>())
                });
            }
            whole.or(figure(text).map(|_| 0))
        };
        let requests = whole("the number of samples", requests)?;
        let before = before.trim_end();
        let (head, is_delta) = match before.strip_suffix('+') {
            Some(head) => (head, true),
            None => (before.strip_suffix('=')?, false),
        };
        let after = |key: &str| figures.split_once(key).and_then(|(_, rest)| rest.split_whitespace().next());
        let mut time = |what: &str, text: Option<&str>| {
            let ms = text.and_then(|text| whole(what, text)).map(|ms| ms as f64);
            ms.filter(|ms| requests > 0 && *ms < 9e18)
        };
        let mean_ms = time("the mean", figures.split_whitespace().next());
        let (min_ms, max_ms) = (time("the minimum", Some(after("Min:")?)), time("the maximum", Some(after("Max:")?)));
        let failures = whole("the number of errors", after("Err:")?)?;
        let pct = figures.split_once('(').and_then(|(_, rest)| rest.split_once('%')).and_then(|(pct, _)| figure(pct));
        let count = |key: &str| after(key).and_then(super::whole);
        Some(Self {
            name: name(head)?,
            is_delta,
            requests,
            failures: Some(failures),
            stated_pct: pct.filter(|_| requests > 0),
            duration_s: seconds(duration.trim())?,
            rate_per_s: figure(rate).filter(|_| requests > 0),
            mean_ms,
            min_ms,
            max_ms,
            active: count("Active:"),
            started: count("Started:"),
            finished: count("Finished:"),
            bad,
            moment: moment(head),
        })
    }

    fn endpoint(&self, name: &str) -> Endpoint {
        Endpoint {
            name: name.to_owned(),
            requests: Some(self.requests),
            failures: self.failures,
            stated_error_rate_pct: self.stated_pct,
            latency: Latency { mean_ms: self.mean_ms, min_ms: self.min_ms, max_ms: self.max_ms, ..Latency::default() },
            rate_per_s: self.rate_per_s,
            ..Endpoint::default()
        }
    }
}

/// Parses a number with the decimal separator of any locale.
fn figure(text: &str) -> Option<f64> {
    field::number(&super::plain(text).0).ok().flatten()
}

/// `00:01:40`, `72:00:05`, `1.3s`.
fn seconds(text: &str) -> Option<f64> {
    if let Some(seconds) = text.strip_suffix('s') {
        return figure(seconds);
    }
    let mut parts = text.split(':').map(figure);
    let (hours, minutes, seconds) = (parts.next()??, parts.next()??, parts.next()??);
    parts.next().is_none().then_some(hours * 3600.0 + minutes * 60.0 + seconds)
}

/// The summariser's name at the end of the log prefix.
fn name(head: &str) -> Option<String> {
    let head = head.trim();
    let head = head.rsplit_once("ummariser: ").map_or(head, |(_, name)| name.trim());
    if head == "summary" || head.ends_with([' ', '\t', '|', ']', '>', ':']) || head.is_empty() {
        return Some(head.to_owned()).filter(|name| !name.is_empty());
    }
    if head.rsplit([' ', '\t', '|', ']', '>']).next() == Some("summary") {
        return Some("summary".to_owned());
    }
    // Log prefixes change from line to line: timestamps, levels, brackets.
    let is_prefix = |word: &&str| {
        let digits = word.chars().filter(char::is_ascii_digit).count();
        word.starts_with(['[', '('])
            || word.ends_with([']', '|', ':', '>'])
            || digits >= 4 && word.contains([':', '-', '/'])
            || matches!(*word, "INFO" | "-" | "|")
    };
    let words: Vec<&str> = head.split_whitespace().collect();
    let behind = words.iter().rposition(is_prefix).map_or(0, |at| at + 1);
    let name = words.get(behind..)?.join(" ");
    Some(super::super::text::shortened(&name).to_owned()).filter(|name| !name.is_empty())
}

/// The timestamp in a log prefix.
fn moment(head: &str) -> Option<time::Moment> {
    let mut words = head.split_whitespace().map(|word| word.trim_matches(['[', ']', '(', ')', '|']));
    let first = words.find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    if first.contains(':') {
        return time::parse(first.as_bytes());
    }
    time::parse(format!("{first} {}", words.next()?).as_bytes())
}

/// The start time: `Starting the test @ Thu Aug 15 13:07:11 UTC 2024 (1723727231846)`.
fn beginning(line: &str) -> Option<i64> {
    let (_, behind) = line.split_once("Starting ")?;
    let (what, behind) = behind.split_once(" @ ")?;
    if !what.contains("test") {
        return None;
    }
    let (_, ms) = behind.split_once('(')?;
    let (ms, _) = ms.split_once(')')?;
    ms.parse().ok().filter(|ms| is_moment(*ms))
}

/// The lines of one name.
#[derive(Default)]
struct Lines {
    last: Option<Line>,
    deltas: Vec<Line>,
    /// Number of these before the last line with totals.
    summed: usize,
    /// Another run has begun.
    is_over: bool,
    /// Runs that ended before.
    earlier: u64,
}

impl Lines {
    fn add(&mut self, line: Line) {
        if self.is_over {
            *self = Self { earlier: self.earlier + 1, ..Self::default() };
        }
        if line.is_delta {
            if self.deltas.len() < MAX_INTERVALS {
                self.deltas.push(line);
            }
            return;
        }
        let falls = |last: &Line| line.requests < last.requests || line.duration_s < last.duration_s;
        if self.last.as_ref().is_some_and(falls) {
            // Later lines belong to the new run.
            self.deltas.drain(..self.summed.min(self.deltas.len()));
            self.earlier += 1;
        }
        self.summed = self.deltas.len();
        self.last = Some(line);
    }

    /// The maximum number of users: those active at a line. Until the first finishes, all started users are active,
    /// including those that start and finish before the next line. At the last line none is active, which is no
    /// information.
    fn users(&self) -> Option<u64> {
        let mut finished = None;
        let mut most = None;
        for delta in &self.deltas {
            most = most.max(delta.active).max(delta.started.filter(|_| finished == Some(0)));
            finished = delta.finished;
        }
        most.filter(|users| *users > 0)
    }

    /// The last line with totals; for a run stopped before the second line, the first.
    fn result(&self) -> Option<&Line> {
        self.last.as_ref().or(self.deltas.last())
    }

    /// The intervals by the log's timestamps, else relative to the start. `None` if they do not add up to the last
    /// line.
    fn timeline(&self, started_ms: Option<i64>) -> Option<Timeline> {
        let counted = self.deltas.iter().fold(0_u64, |sum, delta| sum.saturating_add(delta.requests));
        if self.deltas.is_empty() || counted > self.result()?.requests {
            return None;
        }
        let has_moments = self.deltas.iter().all(|delta| delta.moment.is_some());
        let mut end_s = started_ms.filter(|_| !has_moments).map_or(0, |ms| ms.div_euclid(1000));
        let mut intervals: Vec<Interval> = Vec::with_capacity(self.deltas.len());
        for delta in &self.deltas {
            let length = libm::round(delta.duration_s).clamp(1.0, 1e9) as i64;
            let moment = delta.moment.filter(|_| has_moments).map(|moment| moment.ms.div_euclid(1000));
            let end = moment.unwrap_or(end_s.saturating_add(length));
            let room = if intervals.is_empty() && moment.is_some() { length } else { end.saturating_sub(end_s) };
            if room <= 0 {
                // The clock was set back.
                return None;
            }
            end_s = end;
            intervals.push(Interval {
                end_s,
                length_s: u32::try_from(length.min(room)).unwrap_or(u32::MAX),
                requests: delta.requests,
                failures: delta.failures.unwrap_or(0),
                mean_ms: delta.mean_ms,
                // The final line, written when all users have finished, describes the end, not the interval.
                users: delta
                    .active
                    .filter(|active| *active > 0 || delta.started.is_none() || delta.started > delta.finished),
                ..Interval::default()
            });
        }
        Some(Timeline { intervals: intervals.into(), grid: None })
    }
}

fn read(input: &Input<'_>) -> Result<Imported, Error> {
    let mut names: BTreeMap<String, Lines> = BTreeMap::new();
    let (mut started_ms, mut begun_ms) = (None, None);
    let mut summary = Summary::new(input);
    for (nth, text) in input.text.lines().enumerate() {
        if let Some(line) = Line::parse(text) {
            if let Some(why) = line.bad {
                summary.reject(nth as u64 + 1, 1, why);
                continue;
            }
            started_ms = begun_ms;
            if names.len() < MAX_NAMES || names.contains_key(&line.name) {
                names.entry(line.name.clone()).or_default().add(line);
            }
        } else if text.len() <= MAX_LINE_BYTES
            && let Some(ms) = beginning(text)
        {
            begun_ms = Some(ms);
            names.values_mut().for_each(|lines| lines.is_over = true);
        }
    }
    names.retain(|_, lines| lines.result().is_some());
    let whole = if names.len() == 1 { names.pop_first() } else { names.remove_entry("summary") };
    let runs = whole.iter().map(|(_, lines)| lines.earlier).chain(names.values().map(|lines| lines.earlier)).max();
    let mut run = Run { started_ms, ..Run::default() };
    if let Some((name, lines)) = whole
        && let Some(line) = lines.result()
    {
        let timeline = lines.timeline(started_ms);
        if let Some(pattern) = lines.deltas.iter().find_map(|delta| delta.moment.filter(|_| timeline.is_some())?.local)
        {
            summary.note(Note::say(input.name, &notes::MOMENTS_LOCAL, [Figure::Word(pattern)]));
        }
        let moment = lines.deltas.first().and_then(|delta| Some((delta.moment?.ms, delta.duration_s)));
        let first_ms = moment.map(|(ms, duration)| ms.saturating_sub((duration * 1000.0) as i64));
        run.started_ms = run.started_ms.or(first_ms.filter(|ms| timeline.is_some() && is_moment(*ms)));
        run.duration_s = Some(line.duration_s).filter(|s| *s > 0.0);
        run.users = lines.users();
        run.timeline.clone_from(&timeline);
        let endpoint = Endpoint { timeline, ..line.endpoint(if name == "summary" { ALL_REQUESTS } else { &name }) };
        if names.is_empty() {
            summary.only(endpoint);
        } else {
            summary.total(endpoint);
        }
    }
    for (name, lines) in &names {
        if let Some(line) = lines.result() {
            summary.push(line.endpoint(name));
        }
    }
    summary.note(Note::say(input.name, &NO_PERCENTILES, []));
    summary.note(Note::say(input.name, &WITH_CONTROLLERS, []));
    if let Some(earlier @ 1..) = runs {
        summary.note(Note::say(input.name, &SEVERAL_RUNS, [(earlier + 1).into()]));
    }
    // Listeners with different names may have the same samples.
    summary.finish_overlapping(run, None)
}
