//! Request logs for one target from small tools: a header, then rows of unquoted fields.

use super::content::Content;
use super::error::{Error, Problem};
use super::importer::{Imported, Opening, Sliced};
use super::losses::Losses;
use super::rows::{RowFormat, Rows};
use super::text;
use super::text::clip;
use crate::run::recorder::{Sample, Slot};
use crate::run::time::is_moment;
use crate::run::{ALL_REQUESTS, Definition, Note, Recorder, Run, Timeline, Words};

/// Variant of such a log.
#[derive(Debug)]
pub(super) struct Kind {
    pub tool: &'static str,
    pub delimiter: u8,
    /// The identifying columns, first in the header.
    pub header: &'static [&'static str],
    /// Start of a request, in seconds.
    pub start: &'static str,
    /// Whether starts are since 1970; otherwise since the start of the run.
    pub since_1970: bool,
    pub elapsed: &'static str,
    /// Nanoseconds per unit of its response times.
    pub unit_ns: f64,
    /// A status of 400 or more is a failure. Without a status, failures are unknown.
    pub status: Option<&'static str>,
    pub bytes: Option<&'static str>,
    /// Notes on every such file.
    pub notes: &'static [&'static Words],
    /// The tool's maximum number of rows, and the note when reached.
    pub most: Option<(u64, &'static Words)>,
    /// The error for a file without rows, if the tool leaves some requests out.
    pub empty: Option<&'static Empty>,
}

/// A file without rows: its kind, and the alternative.
#[derive(Debug)]
pub(super) struct Empty {
    pub id: &'static str,
    pub what: &'static str,
    pub instead: &'static str,
}

/// Column positions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Layout {
    /// The header line.
    header: Vec<u8>,
    columns: usize,
    start: Option<usize>,
    elapsed: usize,
    status: Option<usize>,
    bytes: Option<usize>,
}

impl Layout {
    fn find(kind: &Kind, head: &[u8]) -> Option<Self> {
        let head = head.trim_ascii_start();
        let line = head.split(|b| matches!(b, b'\n' | b'\r')).next()?;
        let fields = || line.split(|b| *b == kind.delimiter).map(<[u8]>::trim_ascii);
        if !kind.header.iter().map(|name| name.as_bytes()).eq(fields().take(kind.header.len())) {
            return None;
        }
        let at = |name: &str| fields().position(|field| field == name.as_bytes());
        Some(Self {
            header: line.trim_ascii().to_vec(),
            columns: fields().count(),
            start: at(kind.start),
            elapsed: at(kind.elapsed)?,
            status: kind.status.and_then(at),
            bytes: kind.bytes.and_then(at),
        })
    }
}

/// The evidence if the head is of such a log.
pub(super) fn recognise(kind: &Kind, head: &[u8]) -> Option<String> {
    let layout = Layout::find(kind, head)?;
    let shown: String = clip(&String::from_utf8_lossy(&layout.header));
    Some(format!("header “{}”", shown.replace('\t', " ")))
}

/// Creates the importer.
pub(super) fn open(kind: &'static Kind, opening: &Opening<'_>) -> Box<dyn Sliced> {
    let mut recorder = Recorder::by(Definition::of_samples(kind.tool));
    let slot = recorder.endpoint(None, ALL_REQUESTS, true);
    let layout = Layout::find(kind, opening.head).unwrap_or_default();
    let log = Log { name: opening.name.to_owned(), kind, layout, recorder, slot, rows: 0, losses: Losses::default() };
    Box::new(Rows::new(log))
}

struct Log {
    name: String,
    kind: &'static Kind,
    layout: Layout,
    recorder: Recorder,
    slot: Slot,
    rows: u64,
    losses: Losses,
}

impl Log {
    /// Reads a row; the error contains the column.
    fn sample(&mut self, row: &[u8]) -> Result<(), (usize, String)> {
        let Layout { columns, start, elapsed, status, bytes, .. } = self.layout;
        let mut found = [&[][..]; MAX_COLUMNS];
        let mut width = 0;
        for field in row.split(|b| *b == self.kind.delimiter) {
            if let Some(place) = found.get_mut(width) {
                *place = field.trim_ascii();
            }
            width += 1;
        }
        if width != columns {
            return Err((width.min(columns), format!("the row has {width} of {columns} columns")));
        }
        let field = |column: usize| found.get(column).copied().unwrap_or_default();
        let bad = |column: usize, name: &str| {
            let shown: String = clip(&text::lenient(field(column)).0);
            (column, format!("{name} “{shown}” is no number of at least 0"))
        };
        let elapsed_ns = scaled(field(elapsed), self.kind.unit_ns).ok_or_else(|| bad(elapsed, self.kind.elapsed))?;
        let code = match (status, self.kind.status) {
            (Some(column), Some(name)) => Some(scaled(field(column), 1.0).ok_or_else(|| bad(column, name))?),
            _ => None,
        };
        let start_ms = match start {
            Some(column) => {
                let ms = scaled(field(column), 1e3).and_then(|ms| i64::try_from(ms).ok()).filter(|ms| is_moment(*ms));
                if ms.is_none() {
                    self.losses.unread_moment(|| format!("“{}”", text::lenient(field(column)).0));
                }
                ms
            }
            None => None,
        };
        let end_ms = start_ms.map(|ms| ms.saturating_add_unsigned(elapsed_ns / 1_000_000)).filter(|ms| is_moment(*ms));
        let bytes = bytes.and_then(|column| scaled(field(column), 1.0));
        let failed = code.is_some_and(|code| code >= 400);
        self.recorder.record(self.slot, &Sample { bytes, ..Sample::one(end_ms, elapsed_ns, failed) });
        if let Some(code) = code.filter(|_| failed) {
            self.recorder.failed(self.slot, &format!("status {code}"), 1);
        }
        Ok(())
    }

    /// Marks a rejected row as a failed request if it is one.
    fn failing(&mut self, row: &[u8]) {
        let status = self.layout.status.and_then(|column| row.split(|b| *b == self.kind.delimiter).nth(column));
        if status.and_then(|status| scaled(status.trim_ascii(), 1.0)).is_some_and(|status| status >= 400) {
            self.losses.failing();
        }
    }

    /// Drops the figures that the file does not have.
    fn dressed(&self, mut run: Run) -> Run {
        run.rates_over_the_run();
        if !self.kind.since_1970 {
            run.started_ms = None;
        }
        if self.layout.start.is_none() || self.losses.unread_moments() > 0 {
            run.forget_rates();
        }
        if self.losses.is_appended() && !self.kind.since_1970 {
            run.forget_time();
        }
        if self.layout.status.is_none() {
            for endpoint in run.endpoints.iter_mut().chain(&mut run.total) {
                (endpoint.failures, endpoint.failures_per_s) = (None, None);
                endpoint.forget_failed();
            }
            run.timeline.iter_mut().for_each(Timeline::forget_failed);
        }
        run.notes.iter_mut().for_each(|note| note.file = Some(self.name.clone()));
        run
    }
}

/// Maximum columns of such a log.
const MAX_COLUMNS: usize = 16;

impl RowFormat for Log {
    fn delimiter(&self) -> Option<u8> {
        None
    }

    fn unquoted_row(&mut self, row: &[u8], line: u64) {
        self.general_row(row, line, false);
    }

    fn general_row(&mut self, row: &[u8], line: u64, is_last: bool) {
        // Concatenated files repeat the header.
        let bare = row.trim_ascii();
        if bare.is_empty() {
            return;
        }
        if bare == self.layout.header {
            return self.losses.header();
        }
        if is_last && row.split(|b| *b == self.kind.delimiter).count() < self.layout.columns {
            return self.cut(row, line);
        }
        self.rows += 1;
        if let Err((column, why)) = self.sample(row) {
            self.losses.reject(line, Some(column), why);
            self.failing(row);
        }
    }

    fn broken(&mut self, line_text: &[u8], line: u64) {
        self.rows += 1;
        self.losses.reject(line, None, "it is longer than 1 MiB".into());
        self.failing(line_text);
    }

    fn cut(&mut self, line_text: &[u8], line: u64) {
        self.rows += 1;
        self.losses.cut(line);
        self.failing(line_text);
    }

    fn looks_like_row(&self, _rest: &[u8]) -> bool {
        true
    }

    fn columns(&self) -> usize {
        0
    }

    fn join(&mut self, next: Self, lines: u64) {
        self.recorder.merge(&next.recorder);
        self.rows += next.rows;
        self.losses.join(next.losses, lines);
    }

    fn digest(&self) -> Run {
        self.dressed(self.recorder.digest(self.rows, self.losses.lost()))
    }

    fn imported(mut self) -> Result<Imported, Error> {
        if self.rows == 0 {
            let problem = self.kind.empty.map_or(Problem::HeaderOnly, |Empty { id, what, instead }| Problem::NotYet {
                id,
                what,
                instead,
            });
            return Err(Error::new(&self.name, problem).at(1, 1));
        }
        if self.rows == self.losses.lost() {
            return Err(self.losses.no_usable_row(&self.name, self.rows));
        }
        let mut notes: Vec<Note> = self.kind.notes.iter().map(|words| Note::say(&self.name, words, [])).collect();
        let reached = self.kind.most.filter(|(most, _)| self.rows >= *most);
        notes.extend(reached.map(|(_, words)| Note::say(&self.name, words, [self.rows.into()])));
        notes.extend(self.losses.notes(&self.name));
        let run = self.recorder.take(self.rows, self.losses.lost());
        let content = Content::Results(Box::new(self.dressed(run)));
        Ok(Imported { content, version: None, notes, evidence: None })
    }
}

/// Parses a number of at least 0, multiplies it, and rounds.
pub(super) fn scaled(text: &[u8], times: f64) -> Option<u64> {
    let number: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
    let scaled = libm::round(number * times);
    (number >= 0.0 && scaled < 1e18).then_some(scaled as u64)
}
