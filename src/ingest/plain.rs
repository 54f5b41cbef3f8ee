//! A CSV of single requests for custom scripts: `endpoint,start_ms,latency_ms,ok`, described in `docs/formats.md`.
//!
//! The header names the columns, in any order. `method`, `bytes` and `users` are optional; others are ignored.
//! `start_ms` is the start of a request, in milliseconds since 1970.

use super::content::Content;
use super::error::{Error, Problem};
use super::importer::{Descriptor, Format, How, Imported, Opening, Sliced, Sniff};
use super::losses::Losses;
use super::notes::decoded;
use super::quoted::Fields;
use super::rows::{RowFormat, Rows};
use super::text;
use super::text::clip;
use crate::run::recorder::Sample;
use crate::run::time::{is_moment, is_moment_ms};
use crate::run::{Definition, Recorder, Run};
use crate::wire::{from_bytes, to_bytes, wire_struct};

pub(super) const FORMAT: Descriptor = Descriptor {
    format: Format {
        id: "plain-csv",
        tool: "Plain CSV",
        title: "every request in a CSV of your own (`endpoint,start_ms,latency_ms,ok`)",
        command: "any script",
        percentiles: Some(Definition::Linear),
        endings: &[],
    },
    recognise,
    read: How::Rows(open),
};

/// Column positions.
#[derive(Debug, Clone, Default)]
struct Layout {
    /// The header line.
    header: Vec<u8>,
    columns: usize,
    endpoint: usize,
    start: usize,
    latency: usize,
    ok: usize,
    method: Option<usize>,
    bytes: Option<usize>,
    users: Option<usize>,
}

wire_struct! { Layout { header, columns, endpoint, start, latency, ok, method, bytes, users } }

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
            endpoint: at("endpoint")?,
            start: at("start_ms")?,
            latency: at("latency_ms")?,
            ok: at("ok")?,
            method: at("method"),
            bytes: at("bytes"),
            users: at("users"),
        })
    }
}

fn recognise(sniff: &Sniff<'_>) -> Option<String> {
    let layout = Layout::find(sniff.head)?;
    let shown: String = clip(&String::from_utf8_lossy(&layout.header));
    Some(format!("header “{shown}”"))
}

fn open(opening: Opening<'_>) -> Box<dyn Sliced> {
    Box::new(Rows::new(Log {
        name: opening.name.to_owned(),
        layout: Layout::find(opening.head).unwrap_or_default(),
        fields: Fields::default(),
        recorder: Recorder::by(Definition::of_samples("Plain CSV")),
        rows: 0,
        losses: Losses::default(),
        decoded: false,
    }))
}

/// A file during reading.
struct Log {
    name: String,
    layout: Layout,
    fields: Fields,
    recorder: Recorder,
    rows: u64,
    losses: Losses,
    decoded: bool,
}

wire_struct! { Log { name, layout, fields, recorder, rows, losses, decoded } }

impl Log {
    fn sample(&mut self, fields: &Fields) -> Result<(), (usize, String)> {
        let layout = &self.layout;
        let field = |column: usize| fields.get(column).unwrap_or_default().trim_ascii();
        let shown = |column: usize| clip(&String::from_utf8_lossy(field(column)));
        if fields.len() < layout.columns {
            return Err((fields.len(), format!("the row has {} of {} columns", fields.len(), layout.columns)));
        }
        let elapsed_ns = decimal(field(layout.latency), 1e6).ok_or_else(|| {
            (layout.latency, format!("latency_ms “{}” is no number of at least 0", shown(layout.latency)))
        })?;
        let failed = is_failed(field(layout.ok))
            .ok_or_else(|| (layout.ok, format!("ok “{}” is neither true nor false", shown(layout.ok))))?;
        let start_ms =
            decimal(field(layout.start), 1.0).and_then(|ms| i64::try_from(ms).ok()).filter(|ms| is_moment_ms(*ms));
        let end_ms = start_ms.map(|ms| ms.saturating_add_unsigned(elapsed_ns / 1_000_000)).filter(|ms| is_moment(*ms));
        if end_ms.is_none() {
            self.losses.unread_moment(|| format!("“{}”", shown(layout.start)));
        }
        let count = |column: Option<usize>| column.and_then(|column| decimal(field(column), 1.0));
        let (bytes, users) = (count(layout.bytes), count(layout.users));
        let (method, _) = text::lenient(layout.method.map(field).unwrap_or_default());
        let (name, is_utf8) = text::lenient(fields.get(layout.endpoint).unwrap_or_default());
        self.decoded |= !is_utf8;
        let method = Some(text::shortened(&method)).filter(|method| !method.is_empty());
        let slot = self.recorder.endpoint(method, text::shortened(&name), true);
        self.recorder.record(slot, &Sample { bytes, users, ..Sample::one(end_ms, elapsed_ns, failed) });
        Ok(())
    }

    /// Marks a rejected row as a failed request if it is one.
    fn failing(&mut self, row: &[u8]) {
        if row.split(|b| *b == b',').nth(self.layout.ok).is_some_and(|ok| is_failed(ok.trim_ascii()) == Some(true)) {
            self.losses.failing();
        }
    }

    /// Drops the figures that the file does not have.
    fn dressed(&self, mut run: Run) -> Run {
        run.rates_over_the_run();
        if self.losses.unread_moments() > 0 {
            run.forget_rates();
        }
        // Before 1973: times are relative.
        if self.losses.is_appended() && run.started_ms.is_some_and(|ms| ms < 1_000_000_000) {
            run.forget_time();
        }
        run.notes.iter_mut().for_each(|note| note.file = Some(self.name.clone()));
        run
    }
}

/// Parses `ok` into whether a request failed.
fn is_failed(ok: &[u8]) -> Option<bool> {
    match ok {
        b"1" => Some(false),
        b"0" => Some(true),
        ok if ok.eq_ignore_ascii_case(b"true") => Some(false),
        ok if ok.eq_ignore_ascii_case(b"false") => Some(true),
        _ => None,
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
            return self.losses.header();
        }
        let mut fields = std::mem::take(&mut self.fields);
        fields.split(row, b',');
        if is_last && fields.len() < self.layout.columns {
            self.cut(row, line);
        } else {
            match self.sample(&fields) {
                Ok(()) => self.rows += 1,
                Err(_) if is_last => self.cut(row, line),
                Err((column, why)) => {
                    self.rows += 1;
                    self.losses.reject(line, Some(column), why);
                    self.failing(row);
                }
            }
        }
        self.fields = fields;
    }

    fn broken(&mut self, line_text: &[u8], line: u64) {
        self.rows += 1;
        self.losses.broken(line_text, line);
        self.failing(line_text);
    }

    fn cut(&mut self, line_text: &[u8], line: u64) {
        self.rows += 1;
        self.losses.cut(line);
        self.failing(line_text);
    }

    fn looks_like_row(&self, rest: &[u8]) -> bool {
        let line = rest.split(|b| matches!(b, b'\n' | b'\r')).next().unwrap_or_default();
        let mut fields = line.split(|b| *b == b',').map(<[u8]>::trim_ascii);
        fields.any(|field| is_failed(field).is_some())
            && line.iter().filter(|b| **b == b',').count() + 1 >= self.layout.columns
    }

    fn columns(&self) -> usize {
        self.layout.columns
    }

    fn pack(&self) -> Option<Vec<u8>> {
        Some(to_bytes(self))
    }

    fn unpack(bytes: &[u8]) -> Option<Self> {
        from_bytes(bytes)
    }

    fn join(&mut self, next: Self, lines: u64) {
        self.recorder.merge(&next.recorder);
        self.rows += next.rows;
        self.losses.join(next.losses, lines);
        self.decoded |= next.decoded;
    }

    fn digest(&self) -> Run {
        self.dressed(self.recorder.digest(self.rows, self.losses.lost()))
    }

    fn imported(mut self) -> Result<Imported, Error> {
        if self.rows == 0 {
            return Err(Error::new(&self.name, Problem::HeaderOnly));
        }
        if self.rows == self.losses.lost() {
            return Err(self.losses.no_usable_row(&self.name, self.rows));
        }
        let mut notes = self.losses.notes(&self.name);
        notes.extend(self.decoded.then(|| decoded(&self.name, "Windows-1252")));
        let run = self.recorder.take(self.rows, self.losses.lost());
        let content = Content::Results(Box::new(self.dressed(run)));
        Ok(Imported { content, version: None, notes, evidence: None })
    }
}

/// Parses a number of at least 0, multiplies it, and rounds.
fn decimal(text: &[u8], times: f64) -> Option<u64> {
    let number: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
    let scaled = libm::round(number * times);
    (number >= 0.0 && scaled < 1e18).then_some(scaled as u64)
}
