//! Yandex.Tank's `phout`: one request per line, twelve fields separated by tabs, nothing quoted.
//!
//! From Yandex.Tank's source (`phantom` reader) and documentation: `time` (start of the request, seconds since 1970
//! with three decimals), `tag`, `interval_real`, `connect_time`, `send_time`, `latency`, `receive_time`,
//! `interval_event`, `size_out`, `size_in`, `net_code`, `proto_code`. Times are microseconds; `interval_real` is the
//! whole response time. A tag may be empty, contain an unclosed quote, and end in `#` and the number of the request's
//! text. A request succeeded if its `net_code`, the system's error number, is 0 and its `proto_code` is 200 to 399.

use memchr::memchr;

use super::content::Content;
use super::digits::whole;
use super::error::{Error, Problem};
use super::importer::{Descriptor, Format, How, Imported, Opening, Sliced, Sniff};
use super::labels::{self, Labels, OTHER};
use super::losses::Losses;
use super::notes::decoded;
use super::rows::{Next, RowFormat, Rows};
use super::tabs::Fields;
use super::text;
use super::text::clip;
use crate::run::recorder::{OTHER_ENDPOINTS, Sample, Slot};
use crate::run::time::is_moment;
use crate::run::{Definition, Note, NoteLevel, Recorder, Run, Words};
use crate::wire::{from_bytes, to_bytes, wire_struct};

pub(super) const FORMAT: Descriptor = Descriptor {
    format: Format {
        id: "phout",
        tool: "Yandex.Tank",
        title: "`phout` log: every request",
        command: "yandex-tank -c load.yaml",
        percentiles: Some(Definition::Linear),
        endings: &[],
    },
    recognise,
    read: How::Rows(open),
};

const FAILURES: Words = Words {
    code: "phout-failures",
    level: NoteLevel::Info,
    text: "A request counts as failed unless its net code is 0 and its status is 200 to 399.",
};

/// Name for an empty tag.
const NO_TAG: &str = "(no tag)";

const COLUMNS: usize = 12;

fn recognise(sniff: &Sniff<'_>) -> Option<String> {
    let head = sniff.head.get(sniff.head.iter().position(|b| !b.is_ascii_whitespace())?..)?;
    let line = head.split(|b| matches!(b, b'\n' | b'\r')).next()?;
    let has_all = line.split(|b| *b == b'\t').count() == COLUMNS;
    let is_row = has_all && Row::of(&Fields::of(line)).is_ok();
    is_row.then(|| "twelve fields between tabs, seconds first, then a tag and whole numbers".into())
}

fn open(opening: Opening<'_>) -> Box<dyn Sliced> {
    Box::new(Rows::new(Log {
        name: opening.name.to_owned(),
        labels: Labels::default(),
        recorder: Recorder::by(Definition::of_samples("Yandex.Tank")),
        rows: 0,
        losses: Losses::default(),
        decoded: false,
    }))
}

/// One request.
#[derive(Clone, Copy)]
struct Row<'a> {
    tag: &'a [u8],
    end_ms: i64,
    elapsed_us: u64,
    bytes: u64,
    net: u64,
    proto: u64,
}

impl<'a> Row<'a> {
    /// Parses a row; the error is the index of the bad column.
    #[inline]
    fn of(fields: &Fields<'a>) -> Result<Self, usize> {
        let number = |at: usize| whole(fields.get(at)).ok_or(at);
        let start_ms = moment(fields.get(0)).ok_or(0_usize)?;
        let elapsed_us = number(2)?;
        for at in 3..9 {
            number(at)?;
        }
        let (bytes, net, proto) = (number(9)?, number(10)?, number(11)?);
        let tag = fields.get(1);
        let case = memchr::memrchr(b'#', tag).and_then(|at| tag.split_at_checked(at));
        let tag =
            case.filter(|(_, case)| whole(case.get(1..).unwrap_or_default()).is_some()).map_or(tag, |(tag, _)| tag);
        let end_ms = start_ms.saturating_add_unsigned(elapsed_us / 1000);
        if !is_moment(end_ms) || elapsed_us > u64::MAX / 1000 {
            return Err(2);
        }
        Ok(Self { tag, end_ms, elapsed_us, bytes, net, proto })
    }

    fn failed(&self) -> bool {
        self.net != 0 || !(200..400).contains(&self.proto)
    }
}

/// Parses `1529592220.012` into milliseconds.
#[inline]
fn moment(field: &[u8]) -> Option<i64> {
    let (seconds, ms) = field.split_at_checked(field.len().checked_sub(4)?)?;
    let ms = whole(ms.strip_prefix(b".")?)?;
    let all = whole(seconds)?.checked_mul(1000)?.checked_add(ms)?;
    i64::try_from(all).ok().filter(|ms| is_moment(*ms))
}

/// A log during reading.
struct Log {
    name: String,
    labels: Labels,
    recorder: Recorder,
    rows: u64,
    losses: Losses,
    decoded: bool,
}

wire_struct! { Log { name, labels, recorder, rows, losses, decoded } }

impl Log {
    #[inline]
    fn slot(&mut self, tag: &[u8]) -> Slot {
        let tag = labels::name(tag);
        let known = self.labels.find(tag, labels::hash(tag)).and_then(|number| self.labels.get(number)?.slot);
        known.unwrap_or_else(|| self.new_slot(tag))
    }

    #[cold]
    fn new_slot(&mut self, tag: &[u8]) -> Slot {
        let number = self.labels.number(tag);
        let (name, is_utf8) = text::lenient(tag);
        self.decoded |= !is_utf8;
        let name = match name.as_str() {
            _ if number == OTHER => OTHER_ENDPOINTS,
            "" => NO_TAG,
            name => name,
        };
        let slot = self.recorder.endpoint(None, name, true);
        if let Some(known) = self.labels.get_mut(number) {
            known.slot = Some(slot);
        }
        slot
    }

    #[inline]
    fn record(&mut self, row: &Row) {
        self.rows += 1;
        let (slot, failed) = (self.slot(row.tag), row.failed());
        let sample = Sample::one(Some(row.end_ms), row.elapsed_us * 1000, failed);
        self.recorder.record(slot, &Sample { bytes: Some(row.bytes), ..sample });
        if failed {
            let (kind, code) = if row.net == 0 { ("status", row.proto) } else { ("net code", row.net) };
            self.recorder.failed(slot, &format!("{kind} {code}"), 1);
        }
    }

    /// Marks a rejected row as a failed request if it is one. The status of a cut row may have lost digits.
    fn failing(&mut self, row: &[u8], is_cut: bool) {
        let fields = Fields::of(row);
        let (net, proto) = (whole(fields.get(10)), whole(fields.get(11)).filter(|_| !is_cut));
        if net.is_some_and(|net| net != 0) || proto.is_some_and(|proto| !(200..400).contains(&proto)) {
            self.losses.failing();
        }
    }

    fn dressed(&self, mut run: Run) -> Run {
        run.rates_over_the_run();
        run.notes.iter_mut().for_each(|note| note.file = Some(self.name.clone()));
        run
    }
}

impl RowFormat for Log {
    fn delimiter(&self) -> Option<u8> {
        None
    }

    fn unquoted_rows(&mut self, data: &[u8], mut start: usize, special: &mut Next, last: usize) -> (usize, u64) {
        let find = |from: usize| data.get(from..).and_then(|d| memchr(b'\r', d)).map_or(data.len(), |at| from + at);
        let mut lines = 0;
        while start <= last
            && let Some((fields, newline)) = Fields::scan(data, start, special.from(start, find))
            && let Ok(row) = Row::of(&fields)
        {
            self.record(&row);
            start = newline + 1;
            lines += 1;
        }
        (start, lines)
    }

    fn unquoted_row(&mut self, row: &[u8], line: u64) {
        self.general_row(row, line, false);
    }

    fn general_row(&mut self, row: &[u8], line: u64, is_last: bool) {
        if row.trim_ascii().is_empty() {
            return;
        }
        let fields = Fields::of(row);
        match Row::of(&fields) {
            // Not if the status lost digits.
            Ok(row) if !is_last || row.proto == 0 || row.proto >= 100 => self.record(&row),
            _ if is_last => self.cut(row, line),
            Err(column) => {
                self.rows += 1;
                let why = if fields.count < COLUMNS {
                    format!("the row has {} of {COLUMNS} columns", fields.count)
                } else {
                    let shown: String = clip(&String::from_utf8_lossy(fields.get(column)));
                    format!("“{shown}” is no {}", if column == 0 { "moment in seconds" } else { "whole number" })
                };
                self.losses.reject(line, Some(column), why);
                self.failing(row, false);
            }
            Ok(_) => {}
        }
    }

    fn broken(&mut self, line_text: &[u8], line: u64) {
        self.rows += 1;
        self.losses.reject(line, None, "the line is too long".into());
        self.failing(line_text, false);
    }

    fn cut(&mut self, line_text: &[u8], line: u64) {
        self.rows += 1;
        self.losses.cut(line);
        self.failing(line_text, true);
    }

    fn looks_like_row(&self, rest: &[u8]) -> bool {
        rest.split(|b| *b == b'\t').next().is_some_and(|time| moment(time).is_some())
    }

    fn columns(&self) -> usize {
        COLUMNS
    }

    fn pack(&self) -> Option<Vec<u8>> {
        Some(to_bytes(self))
    }

    fn unpack(bytes: &[u8]) -> Option<Self> {
        from_bytes(bytes)
    }

    fn join(&mut self, next: Self, lines: u64) {
        self.recorder.merge(&next.recorder);
        // Endpoint indices differ between slices.
        for label in next.labels.iter() {
            self.slot(&label.bytes);
        }
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
        notes.push(Note::say(&self.name, &FAILURES, []));
        let run = self.recorder.take(self.rows, self.losses.lost());
        let content = Content::Results(Box::new(self.dressed(run)));
        Ok(Imported { content, version: None, notes, evidence: None })
    }
}
