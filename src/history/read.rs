//! A file of lines → the runs in the order of their time, and their figures by endpoint.

use std::collections::BTreeMap;
use std::fmt;

use super::line::{self, Entry, Read};
use super::{Figures, METRICS};
use crate::run::Metric;

/// Limits of what is read.
const MAX_RUNS: usize = 100_000;
const MAX_ENDPOINTS: usize = 20_000;
const MAX_ROWS: usize = 10_000_000;

/// The lines with a mistake that are named.
const NAMED: usize = 20;

/// The runs of a test, oldest first.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct History {
    /// The file's name.
    pub name: String,
    /// The runs.
    pub runs: Vec<Entry>,
    /// The figures by endpoint: all requests first, then by name.
    pub subjects: Vec<Subject>,
    /// Lines that were left out, and what else there is to know of the file.
    pub troubles: Vec<Trouble>,
}

/// Figures by run: index into [`History::runs`].
pub type ByRun = Vec<(usize, Figures)>;

/// An endpoint over all runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    /// Method and name; `None` for all requests of a run together.
    pub key: Option<(Option<String>, String)>,
    /// Its figures in each run that has it: index into [`History::runs`].
    pub figures: ByRun,
}

impl Subject {
    /// Method and name as one label; `All requests` for the total.
    #[must_use]
    pub fn label(&self) -> String {
        match &self.key {
            None => "All requests".to_owned(),
            Some((Some(method), name)) => format!("{method} {name}"),
            Some((None, name)) => name.clone(),
        }
    }

    /// A metric over the runs that have it.
    #[must_use]
    pub fn values(&self, metric: &Metric) -> Vec<(usize, f64)> {
        self.figures.iter().filter_map(|(run, figures)| Some((*run, figures.value(metric)?))).collect()
    }

    /// The metrics that are known in at least one run.
    pub fn metrics(&self) -> impl Iterator<Item = Metric> {
        METRICS.into_iter().filter(|metric| self.figures.iter().any(|(_, figures)| figures.value(metric).is_some()))
    }
}

/// Something about the file that a person should know.
#[derive(Debug, Clone, PartialEq)]
pub struct Trouble {
    /// The line, from 1; `None` for the whole file.
    pub line: Option<usize>,
    /// The column, from 1, if there is one place.
    pub column: Option<usize>,
    /// What is the matter, as a sentence that follows the place.
    pub text: String,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}")?;
            if let Some(column) = self.column {
                write!(f, ", column {column}")?;
            }
            f.write_str(": ")?;
        }
        f.write_str(&self.text)
    }
}

/// Why a file is not used as a history.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadError {
    /// The file's name.
    pub file: String,
    /// What is wrong: a sentence.
    pub what: String,
    /// What to do: a sentence.
    pub next_step: String,
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} {}", self.file, self.what, self.next_step)
    }
}

impl std::error::Error for ReadError {}

/// Whether a file is a history, by its first bytes.
#[must_use]
pub fn is_history(head: &[u8]) -> bool {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    text.starts_with(b"{\"history\":")
}

/// The lines that are not empty, each with its number, read.
type Lines = Vec<(usize, Result<Read, line::Mistake>)>;

/// Reads the lines of a part, and counts them.
fn part(bytes: &[u8]) -> (Lines, usize) {
    let mut count = 0;
    let mut read = Vec::new();
    for line in bytes.split(|byte| *byte == b'\n') {
        count += 1;
        if !line.trim_ascii().is_empty() {
            read.push((count, line::read(line)));
        }
    }
    (read, count)
}

/// Bytes of one thread: below, a thread costs more than it saves.
#[cfg(not(target_arch = "wasm32"))]
const ONE_THREAD: usize = 2 << 20;

/// All lines, read on all processors where there are many.
#[cfg(not(target_arch = "wasm32"))]
fn lines(bytes: &[u8]) -> Lines {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = (bytes.len() / ONE_THREAD).clamp(1, processors);
    let mut parts = Vec::new();
    let mut rest = bytes;
    for left in (1..=threads).rev() {
        // A part ends before a line end, which belongs to none.
        let at = rest.len() / left;
        let end = if left == 1 { None } else { rest.get(at..).and_then(|tail| memchr::memchr(b'\n', tail)) };
        let Some((head, tail)) = end.and_then(|end| rest.split_at_checked(at + end)) else {
            parts.push(rest);
            break;
        };
        parts.push(head);
        rest = tail.get(1..).unwrap_or_default();
    }
    let read: Vec<(Lines, usize)> = std::thread::scope(|scope| {
        let threads: Vec<_> = parts.into_iter().map(|bytes| (bytes, scope.spawn(move || part(bytes)))).collect();
        // A thread that was lost is made up for.
        threads.into_iter().map(|(bytes, thread)| thread.join().unwrap_or_else(|_| part(bytes))).collect()
    });
    let (mut all, mut before) = (Vec::new(), 0);
    for (lines, count) in read {
        all.extend(lines.into_iter().map(|(number, outcome)| (before + number, outcome)));
        before += count;
    }
    all
}

#[cfg(target_arch = "wasm32")]
fn lines(bytes: &[u8]) -> Lines {
    part(bytes).0
}

impl History {
    /// Reads a history. Lines may be in any order. A line with a mistake is left out and named; of lines with the same id
    /// the last counts.
    ///
    /// # Errors
    ///
    /// If no line can be read, or the file is too large.
    pub fn read(name: &str, bytes: &[u8]) -> Result<Self, ReadError> {
        let refuse = |what: String, next_step: &str| {
            Err(ReadError { file: name.to_owned(), what, next_step: next_step.to_owned() })
        };
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let mut troubles = Vec::new();
        let mut left_out = 0_usize;
        let mut read: Vec<(usize, Read)> = Vec::new();
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        let mut rows = 0_usize;
        for (number, outcome) in lines(bytes) {
            let run = match outcome {
                Ok(run) => run,
                Err((column, mistake)) => {
                    left_out += 1;
                    if left_out <= NAMED {
                        troubles.push(Trouble { line: Some(number), column, text: format!("left out: {mistake}.") });
                    }
                    continue;
                }
            };
            rows = rows.saturating_add(run.endpoints.len());
            if rows > MAX_ROWS {
                return refuse(format!("It has more than {MAX_ROWS} rows of endpoints."), "Split it by time.");
            }
            match places.get(&run.entry.id).and_then(|place| Some((*place, read.get_mut(*place)?))) {
                Some((_, (before, first))) => {
                    if *first != run {
                        let text = format!(
                            "it is the same run as line {before}, with other figures or notes: this line counts."
                        );
                        troubles.push(Trouble { line: Some(number), column: None, text });
                    }
                    (*before, *first) = (number, run);
                }
                None => {
                    places.insert(run.entry.id.clone(), read.len());
                    read.push((number, run));
                }
            }
            if read.len() > MAX_RUNS {
                return refuse(format!("It has more than {MAX_RUNS} runs."), "Split it by time.");
            }
        }
        if left_out > NAMED {
            let text = format!("{} more lines are left out.", left_out - NAMED);
            troubles.push(Trouble { line: None, column: None, text });
        }
        if read.is_empty() {
            let first = troubles.first().map(|trouble| format!(" The first mistake: {trouble}")).unwrap_or_default();
            return refuse(format!("It holds no run.{first}"), "Add runs with `loaddiff history add`.");
        }
        crate::order::sort_by(&mut read, |(_, a), (_, b)| {
            a.entry.at_ms.cmp(&b.entry.at_ms).then_with(|| a.entry.id.cmp(&b.entry.id))
        });
        let mut history =
            Self { name: name.to_owned(), runs: Vec::with_capacity(read.len()), subjects: Vec::new(), troubles };
        let mut total = Vec::new();
        let mut subjects: BTreeMap<(String, Option<String>), ByRun> = BTreeMap::new();
        for (index, (_, run)) in read.into_iter().enumerate() {
            history.runs.push(run.entry);
            total.extend(run.total.map(|figures| (index, figures)));
            for endpoint in run.endpoints {
                subjects.entry((endpoint.name, endpoint.method)).or_default().push((index, endpoint.figures));
            }
        }
        if subjects.len() > MAX_ENDPOINTS {
            return refuse(
                format!("It has more than {MAX_ENDPOINTS} endpoints."),
                "Endpoints that differ only in ids belong under one name.",
            );
        }
        let total = (!total.is_empty()).then_some(Subject { key: None, figures: total });
        let named =
            subjects.into_iter().map(|((name, method), figures)| Subject { key: Some((method, name)), figures });
        history.subjects = total.into_iter().chain(named).collect();
        Ok(history)
    }

    /// The subject of an endpoint, or of all requests.
    #[must_use]
    pub fn subject(&self, key: Option<(Option<&str>, &str)>) -> Option<&Subject> {
        self.subjects
            .iter()
            .find(|subject| subject.key.as_ref().map(|(method, name)| (method.as_deref(), name.as_str())) == key)
    }

    /// A run as it is named to a person: `run 41 (v1.4, 2026-02-10)`.
    #[must_use]
    pub fn run_name(&self, index: usize) -> String {
        let Some(entry) = self.runs.get(index) else { return format!("run {}", index + 1) };
        let label = entry.label.as_ref().or(entry.version.as_ref());
        let label = label.map(|label| format!("{}, ", crate::run::shown(label))).unwrap_or_default();
        format!("run {} ({label}{})", index + 1, self.day(index))
    }

    /// The day of a run, UTC.
    #[must_use]
    pub fn day(&self, index: usize) -> String {
        let at = self.runs.get(index).map_or(0, |entry| entry.at_ms);
        crate::run::time::format_rfc3339(at).chars().take(10).collect()
    }
}
