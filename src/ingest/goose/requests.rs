//! Goose's log of single requests (`--request-log`), as JSON lines or CSV.
//!
//! From Goose's source (`metrics.rs`, `goose.rs`, `logger.rs`): one row at the end of each request, in milliseconds.
//! `elapsed` is its start relative to the load test, so there are no absolute times. A request whose result the load
//! test changes (`set_failure`, `set_success`) has a second row with `update`: not a request, but one failure more or
//! fewer. A row with `coordinated_omission_elapsed` was not sent either: Goose adds it for a delayed request. The
//! method is in `raw`, which is JSON within CSV, and up to 0.11 next to it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::Value;

use super::super::content::Content;
use super::super::error::{Error, Problem};
use super::super::importer::{Descriptor, Format, How, Imported, Opening, Sliced, Sniff};
use super::super::json::{count, number};
use super::super::losses::Losses;
use super::super::quoted::Fields;
use super::super::rows::{RowFormat, Rows};
use super::super::text;
use crate::run::recorder::{MOST_ENDPOINTS, OTHER_ENDPOINTS, Sample};
use crate::run::{Definition, Endpoint, Note, NoteLevel, Recorder, Run, Words};

pub(in super::super) const FORMAT: Descriptor = Descriptor {
    format: Format {
        id: "goose-requests",
        tool: "Goose",
        title: "log of every request, as JSON lines or CSV",
        command: "loadtest --request-log requests.log --request-format csv",
        percentiles: Some(Definition::Linear),
        endings: &[],
    },
    recognise,
    read: How::Rows(open),
};

const ADDED: Words = Words {
    code: "goose-added-rows",
    level: NoteLevel::Info,
    text: "Left out {0:row|rows} that Goose added against coordinated omission. They are no requests that were made.",
};

/// Common to all layouts: columns of a CSV, members of a JSON line.
const MEMBERS: [&str; 6] = ["elapsed", "name", "final_url", "response_time", "success", "update"];

/// Column positions.
#[derive(Default)]
struct Layout {
    /// The header line.
    header: Vec<u8>,
    names: Vec<String>,
}

impl Layout {
    fn find(head: &[u8]) -> Option<Self> {
        let line = first_line(head);
        let mut fields = Fields::default();
        fields.split(line, b',');
        let names: Vec<String> = fields.iter().map(|field| String::from_utf8_lossy(field).trim().to_owned()).collect();
        let has = |wanted: &&str| names.iter().any(|name| name == wanted);
        MEMBERS.iter().all(has).then(|| Self { header: line.to_vec(), names })
    }
}

fn first_line(head: &[u8]) -> &[u8] {
    head.trim_ascii_start().split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default()
}

fn recognise(sniff: &Sniff<'_>) -> Option<String> {
    let line = first_line(sniff.head);
    if line.starts_with(b"{") {
        let value: Value = serde_json::from_slice(line).ok()?;
        let is_known = MEMBERS.iter().all(|member| value.get(member).is_some());
        return is_known.then(|| "lines of JSON with elapsed, final_url and response_time".into());
    }
    Layout::find(line).map(|_| "header with elapsed, final_url and response_time".into())
}

fn open(opening: Opening<'_>) -> Box<dyn Sliced> {
    Box::new(Rows::new(Log {
        name: opening.name.to_owned(),
        layout: Layout::find(opening.head),
        fields: Fields::default(),
        recorder: Recorder::by(Definition::of_samples("Goose")),
        counts: Counts::default(),
    }))
}

/// A log during reading.
struct Log {
    name: String,
    /// `None` for JSON lines.
    layout: Option<Layout>,
    fields: Fields,
    recorder: Recorder,
    counts: Counts,
}

/// Counts for the notes.
#[derive(Default)]
struct Counts {
    rows: u64,
    losses: Losses,
    added: u64,
    /// First start and last end, in milliseconds.
    span_ms: Option<(u64, u64)>,
    /// Change in failures by method and name, limited to the listed endpoints.
    changed: BTreeMap<(Option<String>, String), i64>,
}

impl Counts {
    fn change(&mut self, key: (Option<String>, String), by: i64) {
        let is_known = self.changed.len() < MOST_ENDPOINTS || self.changed.contains_key(&key);
        let entry = self.changed.entry(if is_known { key } else { (None, OTHER_ENDPOINTS.to_owned()) });
        let changed = entry.or_default();
        *changed = changed.saturating_add(by);
    }

    fn span(&mut self, begin: u64, end: u64) {
        let (first, last) = self.span_ms.unwrap_or((begin, end));
        self.span_ms = Some((first.min(begin), last.max(end)));
    }
}

/// A row's members as JSON values.
struct Members<'a> {
    json: Value,
    layout: Option<&'a Layout>,
    fields: &'a Fields,
}

impl Members<'_> {
    fn get(&self, name: &str) -> Cow<'_, Value> {
        let Some(layout) = self.layout else {
            return self.json.get(name).map_or(Cow::Owned(Value::Null), Cow::Borrowed);
        };
        let field = layout.names.iter().position(|column| column == name).and_then(|at| self.fields.get(at));
        Cow::Owned(field.map_or(Value::Null, |field| text::lenient(field.trim_ascii()).0.into()))
    }

    fn text(&self, name: &str) -> String {
        self.get(name).as_str().unwrap_or_default().to_owned()
    }

    fn is(&self, name: &str) -> Option<bool> {
        match &*self.get(name) {
            Value::Bool(is) => Some(*is),
            Value::String(text) => text.parse().ok(),
            _ => None,
        }
    }

    fn method(&self) -> Option<String> {
        let raw = self.get("raw");
        let parsed = raw.as_str().and_then(|text| serde_json::from_str::<Value>(text).ok());
        let raw = parsed.as_ref().unwrap_or(&raw);
        let method = raw["method"].as_str().map_or_else(|| self.text("method"), str::to_owned);
        Some(text::shortened(&method).to_uppercase()).filter(|method| !method.is_empty())
    }
}

impl Log {
    fn row(&mut self, row: &[u8]) -> Result<(), String> {
        let mut fields = std::mem::take(&mut self.fields);
        let json = match &self.layout {
            Some(layout) => {
                fields.split(row, b',');
                if fields.len() < layout.names.len() {
                    return Err(format!("the row has {} of {} columns", fields.len(), layout.names.len()));
                }
                Value::Null
            }
            None => serde_json::from_slice(row).map_err(|_| "it is no JSON".to_owned())?,
        };
        let members = Members { json, layout: self.layout.as_ref(), fields: &fields };
        let result = take(&mut self.recorder, &mut self.counts, &members);
        self.fields = fields;
        result
    }

    /// Marks a rejected row as a failed request if it is one.
    fn failing(&mut self, row: &[u8]) {
        if memchr::memmem::find(row, b"\"success\":false").is_some() {
            self.counts.losses.failing();
        }
    }

    fn dressed(&self, mut run: Run) -> Run {
        run.notes.iter_mut().for_each(|note| note.file = Some(self.name.clone()));
        let change = |endpoint: &mut Endpoint, by: i64| {
            endpoint.failures = endpoint.failures.map(|failures| failures.saturating_add_signed(by));
            endpoint.forget_failed();
        };
        for ((method, name), by) in self.counts.changed.iter().filter(|(_, by)| **by != 0) {
            let at = run.endpoints.binary_search_by(|e| e.key().cmp(&(name, method.as_deref())));
            if let Some(endpoint) = at.ok().and_then(|at| run.endpoints.get_mut(at)) {
                change(endpoint, *by);
            }
            run.total.iter_mut().for_each(|total| change(total, *by));
        }
        let seconds = self.counts.span_ms.map(|(first, last)| last.saturating_sub(first) as f64 / 1000.0);
        run.duration_s = seconds.filter(|s| *s > 0.0 && !self.counts.losses.is_appended());
        for endpoint in run.endpoints.iter_mut().chain(&mut run.total) {
            endpoint.rate_per_s = endpoint.requests.zip(run.duration_s).map(|(requests, s)| requests as f64 / s);
        }
        run
    }
}

/// Counts a row.
fn take(recorder: &mut Recorder, counts: &mut Counts, members: &Members<'_>) -> Result<(), String> {
    let (Some(success), Some(update)) = (members.is("success"), members.is("update")) else {
        return Err("success or update is neither true nor false".to_owned());
    };
    let Some(elapsed) = count(&members.get("response_time")).filter(|ms| *ms < 1_000_000_000_000) else {
        return Err("response_time is no whole number".to_owned());
    };
    if number(&members.get("coordinated_omission_elapsed")).is_some_and(|ms| ms > 0.0) {
        counts.added += 1;
        return Ok(());
    }
    let (method, name) = (members.method(), members.text("name"));
    // For a request without a name, this is its path; else its URL.
    let name = if name.is_empty() { members.text("final_url") } else { name };
    let name = text::shortened(&name);
    let slot = recorder.endpoint(method.as_deref(), name, true);
    if update {
        counts.change((method, name.to_owned()), if success { -1 } else { 1 });
    } else {
        recorder.record(slot, &Sample::one(None, elapsed * 1_000_000, !success));
        if let Some(begin) = count(&members.get("elapsed")) {
            counts.span(begin, begin.saturating_add(elapsed));
        }
    }
    if !success {
        let (error, status) = (members.text("error"), count(&members.get("status_code")).unwrap_or(0));
        recorder.failed(slot, &if error.is_empty() { format!("status {status}") } else { error }, 1);
    }
    Ok(())
}

impl RowFormat for Log {
    fn delimiter(&self) -> Option<u8> {
        self.layout.as_ref().map(|_| b',')
    }

    fn unquoted_row(&mut self, row: &[u8], line: u64) {
        self.general_row(row, line, false);
    }

    fn general_row(&mut self, row: &[u8], line: u64, is_last: bool) {
        let text = row.trim_ascii();
        if text.is_empty() {
            return;
        }
        // Concatenated files repeat the header.
        if self.layout.as_ref().is_some_and(|layout| text == layout.header.trim_ascii()) {
            return self.counts.losses.header();
        }
        match self.row(text) {
            Ok(()) => self.counts.rows += 1,
            Err(_) if is_last => self.cut(text, line),
            Err(why) => {
                self.counts.rows += 1;
                self.counts.losses.reject(line, None, why);
                self.failing(text);
            }
        }
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
        let line = rest.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
        let is_number = |field: &[u8]| !field.is_empty() && field.iter().all(u8::is_ascii_digit);
        match self.layout {
            Some(_) => line.split(|byte| *byte == b',').next().is_some_and(is_number),
            None => line.starts_with(b"{"),
        }
    }

    fn columns(&self) -> usize {
        self.layout.as_ref().map_or(0, |layout| layout.names.len())
    }

    fn join(&mut self, next: Self, lines: u64) {
        self.recorder.merge(&next.recorder);
        let (counts, next) = (&mut self.counts, next.counts);
        counts.rows += next.rows;
        counts.losses.join(next.losses, lines);
        counts.added += next.added;
        if let Some((begin, end)) = next.span_ms {
            counts.span(begin, end);
        }
        next.changed.into_iter().for_each(|(key, by)| counts.change(key, by));
    }

    fn digest(&self) -> Run {
        self.dressed(self.recorder.digest(self.counts.rows, self.counts.losses.lost()))
    }

    fn imported(mut self) -> Result<Imported, Error> {
        let counts = &self.counts;
        if counts.rows > 0 && counts.rows == counts.losses.lost() {
            return Err(counts.losses.no_usable_row(&self.name, counts.rows));
        }
        if self.recorder.requests() == 0 {
            return Err(Error::new(&self.name, Problem::HeaderOnly));
        }
        let mut notes = counts.losses.notes(&self.name);
        if counts.added > 0 {
            notes.push(Note::say(&self.name, &ADDED, [counts.added.into()]));
        }
        let run = self.recorder.take(self.counts.rows, self.counts.losses.lost());
        let content = Content::Results(Box::new(self.dressed(run)));
        Ok(Imported { content, version: None, notes, evidence: None })
    }
}
