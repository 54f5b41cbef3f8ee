//! ghz's CSV (`-O csv`): one line per call, `duration (ms),status,error`, after an empty line.
//!
//! From ghz's source (`printer/template.go`): durations have two decimals, and nothing is quoted, so that an error
//! with commas has more fields and one with line ends more lines. A call failed if its status is not `OK`. There are no
//! timestamps, and at most a million calls.

use super::super::content::Content;
use super::super::error::{Error, Problem};
use super::super::importer::{Descriptor, Format, How, Imported, Opening, Sliced, Sniff};
use super::super::losses::Losses;
use super::super::notes;
use super::super::rows::{RowFormat, Rows};
use super::super::text;
use crate::run::recorder::{Sample, Slot};
use crate::run::{ALL_REQUESTS, Definition, Recorder, Run};

pub(in super::super) const FORMAT: Descriptor = Descriptor {
    format: Format {
        id: "ghz-csv",
        tool: "ghz",
        title: "CSV of every call",
        command: "ghz --insecure --call helloworld.Greeter.SayHello -O csv -o calls.csv 127.0.0.1:50051",
        percentiles: Some(Definition::Linear),
        endings: &[],
    },
    recognise,
    read: How::Rows(open),
};

const HEADER: &str = "duration (ms),status,error";

fn recognise(sniff: &Sniff<'_>) -> Option<String> {
    let head = sniff.head.trim_ascii_start();
    let is_known = head.starts_with(HEADER.as_bytes()) && matches!(head.get(HEADER.len()), None | Some(b'\n' | b'\r'));
    is_known.then(|| format!("header “{HEADER}”"))
}

fn open(opening: Opening<'_>) -> Box<dyn Sliced> {
    Box::new(Rows::new(Log {
        name: opening.name.to_owned(),
        slot: None,
        recorder: Recorder::by(Definition::of_samples("ghz")),
        counts: Counts::default(),
    }))
}

/// A log during reading.
struct Log {
    name: String,
    /// The only endpoint.
    slot: Option<Slot>,
    recorder: Recorder,
    counts: Counts,
}

/// Counts for the notes.
#[derive(Default)]
struct Counts {
    rows: u64,
    losses: Losses,
    decoded: bool,
}

/// Duration, status and error.
fn fields(row: &[u8]) -> Option<(u64, &[u8], &[u8])> {
    let mut parts = row.splitn(3, |byte| *byte == b',');
    let (duration, status, error) = (parts.next()?, parts.next()?, parts.next()?);
    let ms: f64 = std::str::from_utf8(duration.trim_ascii()).ok()?.parse().ok()?;
    let ns = libm::round(ms * 1e6);
    (0.0..1e18).contains(&ns).then_some((ns as u64, status.trim_ascii(), error.trim_ascii()))
}

impl RowFormat for Log {
    // Nothing is quoted: every line end ends a row.
    fn delimiter(&self) -> Option<u8> {
        None
    }

    fn unquoted_row(&mut self, row: &[u8], line: u64) {
        self.general_row(row, line, false);
    }

    fn general_row(&mut self, row: &[u8], line: u64, is_last: bool) {
        let row = row.trim_ascii();
        if row.is_empty() {
            return;
        }
        // Concatenated files repeat the header.
        if row == HEADER.as_bytes() {
            return self.counts.losses.header();
        }
        let Some((ns, status, error)) = fields(row) else {
            if is_last {
                self.cut(row, line);
            } else {
                self.counts.rows += 1;
                self.counts.losses.reject(line, None, "it is no duration, status and error".to_owned());
            }
            return;
        };
        self.counts.rows += 1;
        let recorder = &mut self.recorder;
        let slot = *self.slot.get_or_insert_with(|| recorder.endpoint(None, ALL_REQUESTS, true));
        let failed = status != b"OK";
        recorder.record(slot, &Sample::one(None, ns, failed));
        if failed {
            let (cause, is_utf8) = text::lenient(if error.is_empty() { status } else { error });
            recorder.failed(slot, &cause, 1);
            self.counts.decoded |= !is_utf8;
        }
    }

    fn broken(&mut self, line_text: &[u8], line: u64) {
        self.counts.rows += 1;
        self.counts.losses.broken(line_text, line);
    }

    fn cut(&mut self, _: &[u8], line: u64) {
        self.counts.rows += 1;
        self.counts.losses.cut(line);
    }

    fn looks_like_row(&self, rest: &[u8]) -> bool {
        rest.split(|byte| matches!(byte, b'\n' | b'\r')).next().is_some_and(|line| fields(line).is_some())
    }

    fn columns(&self) -> usize {
        0
    }

    fn join(&mut self, next: Self, lines: u64) {
        self.recorder.merge(&next.recorder);
        let (counts, next) = (&mut self.counts, next.counts);
        counts.rows += next.rows;
        counts.losses.join(next.losses, lines);
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
        if counts.decoded {
            notes.push(notes::decoded(&self.name, "Windows-1252"));
        }
        let run = self.recorder.take(self.counts.rows, self.counts.losses.lost());
        let content = Content::Results(Box::new(self.dressed(run)));
        Ok(Imported { content, version: None, notes, evidence: None })
    }
}

impl Log {
    fn dressed(&self, mut run: Run) -> Run {
        run.notes.iter_mut().for_each(|note| note.file = Some(self.name.clone()));
        run
    }
}
