//! Locust's log of single requests, `locust.contrib.csv_request_logger.CsvRequestLogger`: Locust's only file with every
//! response time.
//!
//! From its source (2.47.0): one row at the end of each request. `timestamp` is its start in seconds since 1970 with
//! six decimals; `response_time_ms` is rounded to two decimals, and empty if the client reported none; `status_code` is
//! 0 without a response. A request failed if it has an exception, independent of its status: `exception` is the
//! exception's text. An exception with an empty text is indistinguishable from a success, and counts as one.

use super::super::content::Content;
use super::super::error::{Error, Problem};
use super::super::importer::{Descriptor, Format, How, Imported, Opening, Sliced, Sniff};
use super::super::losses::Losses;
use super::super::notes;
use super::super::quoted::Fields;
use super::super::rows::{RowFormat, Rows};
use super::super::text;
use super::super::text::clip;
use super::notes::NONE_RESPONSES;
use crate::run::recorder::Sample;
use crate::run::time::is_moment;
use crate::run::{Definition, Note, Recorder, Run};

pub(in super::super) const FORMAT: Descriptor = Descriptor {
    format: Format {
        id: "locust-requests",
        tool: "Locust",
        title: "log of every request (`CsvRequestLogger`)",
        command: "locust.contrib.csv_request_logger: CsvRequestLogger(\"requests.csv\").register(environment)",
        percentiles: Some(Definition::Rank),
        endings: &[],
    },
    recognise,
    read: How::Rows(open),
};

/// Column positions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Layout {
    /// The header line.
    header: Vec<u8>,
    columns: usize,
    time: usize,
    method: usize,
    name: usize,
    elapsed: usize,
    bytes: Option<usize>,
    status: Option<usize>,
    exception: usize,
}

impl Layout {
    fn find(head: &[u8]) -> Option<Self> {
        let head = head.get(head.iter().position(|b| !b.is_ascii_whitespace())?..)?;
        let line = head.split(|b| matches!(b, b'\n' | b'\r')).next()?;
        let mut fields = Fields::default();
        fields.split(line, b',');
        let at = |name: &str| fields.iter().position(|field| field.trim_ascii() == name.as_bytes());
        Some(Self {
            header: line.to_vec(),
            columns: fields.len(),
            time: at("timestamp")?,
            method: at("request_type")?,
            name: at("name")?,
            elapsed: at("response_time_ms")?,
            bytes: at("response_length"),
            status: at("status_code"),
            exception: at("exception")?,
        })
    }
}

/// The evidence if the head is of such a log.
fn recognise(sniff: &Sniff<'_>) -> Option<String> {
    let layout = Layout::find(sniff.head)?;
    let shown: String = clip(&String::from_utf8_lossy(&layout.header));
    Some(format!("header “{shown}”"))
}

/// Creates the importer.
fn open(opening: Opening<'_>) -> Box<dyn Sliced> {
    Box::new(Rows::new(Log {
        name: opening.name.to_owned(),
        layout: Layout::find(opening.head).unwrap_or_default(),
        fields: Fields::default(),
        recorder: Recorder::by(Definition::of_samples("Locust")),
        counts: Counts::default(),
    }))
}

/// A log during reading.
struct Log {
    name: String,
    layout: Layout,
    fields: Fields,
    recorder: Recorder,
    counts: Counts,
}

/// Counts for the notes.
#[derive(Debug, Clone, Default)]
struct Counts {
    rows: u64,
    losses: Losses,
    untimed: u64,
    decoded: bool,
}

impl Log {
    fn sample(&mut self, fields: &Fields) -> Result<(), (usize, String)> {
        let layout = &self.layout;
        let field = |column: usize| fields.get(column).unwrap_or_default().trim_ascii();
        let shown = |column: usize| clip(&String::from_utf8_lossy(field(column)));
        if fields.len() < layout.columns {
            return Err((fields.len(), format!("the row has {} of {} columns", fields.len(), layout.columns)));
        }
        let elapsed_ns = match field(layout.elapsed) {
            b"" => None,
            elapsed => Some(decimal(elapsed, 1e6).ok_or_else(|| {
                let why = format!("response_time_ms “{}” is no number of at least 0", shown(layout.elapsed));
                (layout.elapsed, why)
            })?),
        };
        let start_ms =
            decimal(field(layout.time), 1e3).and_then(|ms| i64::try_from(ms).ok()).filter(|ms| is_moment(*ms));
        if start_ms.is_none() {
            self.counts.losses.unread_moment(|| format!("“{}”", shown(layout.time)));
        }
        let bytes = layout.bytes.and_then(|column| decimal(field(column), 1.0));
        let exception = field(layout.exception);
        let failed = !exception.is_empty();
        let (method, _) = text::lenient(field(layout.method));
        let (name, is_utf8) = text::lenient(fields.get(layout.name).unwrap_or_default());
        self.counts.decoded |= !is_utf8;
        let slot = {
            let method = Some(text::shortened(&method)).filter(|m| !m.is_empty());
            self.recorder.endpoint(method, text::shortened(&name), true)
        };
        match elapsed_ns {
            Some(ns) => {
                let end_ms = start_ms.map(|ms| ms.saturating_add_unsigned(ns / 1_000_000)).filter(|ms| is_moment(*ms));
                self.recorder.record(slot, &Sample { bytes, ..Sample::one(end_ms, ns, failed) });
            }
            None => {
                self.counts.untimed += 1;
                self.recorder.record_untimed(slot, start_ms, failed, bytes);
            }
        }
        if failed {
            let (mut cause, _) = text::lenient(exception);
            let status = text::lenient(layout.status.map(field).unwrap_or_default()).0;
            // The client's own message lacks it.
            if !matches!(&*status, "" | "0") && !cause.contains(&*status) {
                cause = format!("status {status}: {cause}");
            }
            self.recorder.failed(slot, &cause, 1);
        }
        Ok(())
    }
}

impl RowFormat for Log {
    fn delimiter(&self) -> Option<u8> {
        Some(b',')
    }

    fn unquoted_row(&mut self, row: &[u8], line: u64) {
        self.general_row(row, line, false);
    }

    fn general_row(&mut self, row: &[u8], line: u64, is_last: bool) {
        let text = row.trim_ascii();
        // Concatenated files repeat the header.
        if text.is_empty() {
            return;
        }
        if text == self.layout.header.trim_ascii() {
            return self.counts.losses.header();
        }
        let mut fields = std::mem::take(&mut self.fields);
        fields.split(row, b',');
        if is_last && fields.len() < self.layout.columns {
            self.cut(row, line);
        } else {
            self.counts.rows += 1;
            if let Err((column, why)) = self.sample(&fields) {
                self.counts.losses.reject(line, Some(column), why);
                self.failing(row);
            }
        }
        self.fields = fields;
    }

    fn broken(&mut self, line_text: &[u8], line: u64) {
        self.counts.rows += 1;
        self.counts.losses.broken(line_text, line);
        self.failing(line_text);
    }

    fn cut(&mut self, line_text: &[u8], line: u64) {
        self.counts.rows += 1;
        self.counts.losses.cut(line);
        self.failing(line_text);
    }

    fn looks_like_row(&self, rest: &[u8]) -> bool {
        let line = rest.split(|b| matches!(b, b'\n' | b'\r')).next().unwrap_or_default();
        // The columns before the name are unquoted.
        line.split(|b| *b == b',').nth(self.layout.time).is_some_and(|time| decimal(time, 1e3).is_some())
    }

    fn columns(&self) -> usize {
        self.layout.columns
    }

    fn join(&mut self, next: Self, lines: u64) {
        self.recorder.merge(&next.recorder);
        let (counts, next) = (&mut self.counts, next.counts);
        counts.rows += next.rows;
        counts.losses.join(next.losses, lines);
        counts.untimed += next.untimed;
        counts.decoded |= next.decoded;
    }

    fn digest(&self) -> Run {
        self.dressed(self.recorder.digest(self.counts.rows, self.counts.losses.lost()))
    }

    fn imported(mut self) -> Result<Imported, Error> {
        let counts = &self.counts;
        if counts.rows == 0 {
            return Err(Error::new(&self.name, Problem::HeaderOnly));
        }
        if counts.rows == counts.losses.lost() {
            return Err(counts.losses.no_usable_row(&self.name, counts.rows));
        }
        let mut notes = counts.losses.notes(&self.name);
        if counts.untimed > 0 {
            notes.push(Note::say(&self.name, &NONE_RESPONSES, [counts.untimed.into()]));
        }
        if counts.decoded {
            notes.push(notes::decoded(&self.name, "Windows-1252"));
        }
        let run = self.recorder.take(self.counts.rows, self.counts.losses.lost());
        let content = Content::Results(Box::new(self.dressed(run)));
        Ok(Imported { content, version: None, notes, evidence: None })
    }
}

impl Log {
    /// Marks a rejected row as a failed request if it is one.
    fn failing(&mut self, row: &[u8]) {
        let mut fields = row.split(|b| *b == b',').map(<[u8]>::trim_ascii);
        if fields.nth(self.layout.exception).is_some_and(|exception| !exception.is_empty()) {
            self.counts.losses.failing();
        }
    }

    /// Drops the figures that the file does not have.
    fn dressed(&self, mut run: Run) -> Run {
        run.rates_over_the_run();
        if self.counts.losses.unread_moments() > 0 {
            run.forget_rates();
        }
        run.notes.iter_mut().for_each(|note| note.file = Some(self.name.clone()));
        run
    }
}

/// Parses a number of at least 0, multiplies it, and rounds.
fn decimal(text: &[u8], times: f64) -> Option<u64> {
    let number: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
    let scaled = libm::round(number * times);
    (number >= 0.0 && scaled < 1e18).then_some(scaled as u64)
}
