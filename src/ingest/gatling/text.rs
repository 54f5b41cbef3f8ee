//! `simulation.log` as text, of Gatling 1.x to 3.12: one record per line, fields separated by tabs, nothing quoted.
//!
//! From Gatling's source at its tags (`LogFileDataWriter`, before 2.0 `FileDataWriter`). Generations differ in the fields
//! before the request's name:
//!
//! | Version | A request |
//! |---|---|
//! | 1.x | `ACTION` scenario user name start sendEnd receiveStart end status message |
//! | 2.0, 2.1 | scenario user `REQUEST` groups name start sendEnd receiveStart end status message |
//! | 2.2, 2.3 | `REQUEST` scenario user groups name start end status message |
//! | 3.0 to 3.3 | `REQUEST` user groups name start end status message |
//! | 3.4 to 3.12 | `REQUEST` groups name start end status message |
//!
//! The version in `RUN` is unreliable (`2.0` in 2.3), so each row's own fields decide. `ASSERTION` records precede it.
//! An empty message is a space, which editors strip. An error of 2.2 and 2.3 is a `GROUP` of three fields.

use memchr::memchr;

use super::super::digits::epoch_ms;
use super::super::error::Error;
use super::super::importer::{Descriptor, Format, How, Imported, Opening, Sliced, Sniff};
use super::super::labels::{self, Labels, OTHER};
use super::super::rows::{Next, RowFormat, Rows};
use super::super::tabs::Fields;
use super::super::text;
use super::super::text::clip;
use super::records::{Records, path};
use crate::run::recorder::{OTHER_ENDPOINTS, Sample, Simple, Slot};
use crate::run::{Definition, Run};
use crate::wire::{from_bytes, to_bytes, wire_enum, wire_struct};

pub(in super::super) const FORMAT: Descriptor = Descriptor {
    format: Format {
        id: "gatling-log",
        tool: "Gatling",
        title: "`simulation.log` as text, up to 3.12",
        command: "Gatling, in the folder of its results",
        percentiles: Some(Definition::Linear),
        endings: &[],
    },
    recognise,
    read: How::Rows(open),
};

fn recognise(sniff: &Sniff<'_>) -> Option<String> {
    let head = sniff.head.get(sniff.head.iter().position(|b| !b.is_ascii_whitespace())?..)?;
    let line = head.split(|b| matches!(b, b'\n' | b'\r')).next()?;
    let fields = Fields::of(line);
    let is_moment = |at: usize| moment(fields.get(at)).is_some();
    let (kind, is_ours) = match kind(&fields)? {
        Kind::Run(first) => ("RUN", (1..=4).any(|at| is_moment(first + at))),
        Kind::Assertion => ("ASSERTION", fields.count == 2 && is_base64(fields.get(1))),
        // A log whose start is lost.
        Kind::Request => ("REQUEST", request(&fields).is_ok()),
        Kind::Action => ("ACTION", request(&fields).is_ok()),
        Kind::User => ("USER", user(&fields).is_some()),
        Kind::Group | Kind::Error => return None,
    };
    is_ours.then(|| format!("first record {kind}"))
}

fn open(opening: Opening<'_>) -> Box<dyn Sliced> {
    Box::new(Rows::new(Log { name: opening.name.to_owned(), ..Log::default() }))
}

fn is_base64(field: &[u8]) -> bool {
    !field.is_empty() && field.iter().all(|b| b.is_ascii_alphanumeric() || b"+/=-_".contains(b))
}

/// The kind of a record.
#[derive(Clone, Copy)]
enum Kind {
    /// With the index of the keyword.
    Run(usize),
    Request,
    /// A request of 1.x.
    Action,
    User,
    Group,
    Error,
    Assertion,
}

fn kind(fields: &Fields) -> Option<Kind> {
    Some(match fields.get(0) {
        b"REQUEST" => Kind::Request,
        b"USER" | b"SCENARIO" => Kind::User,
        b"ACTION" => Kind::Action,
        b"GROUP" if fields.count == 3 => Kind::Error,
        b"GROUP" => Kind::Group,
        b"RUN" => Kind::Run(0),
        b"ERROR" => Kind::Error,
        b"ASSERTION" => Kind::Assertion,
        // 2.0 and 2.1.
        _ => match fields.get(2) {
            b"REQUEST" => Kind::Request,
            b"USER" => Kind::User,
            b"GROUP" => Kind::Group,
            b"RUN" => Kind::Run(2),
            _ => return None,
        },
    })
}

/// A timestamp: exactly 13 digits, to reject cut ones.
fn moment(field: &[u8]) -> Option<i64> {
    epoch_ms(field, &mut (0, i64::MIN))
}

/// The versions that write a row like this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Generation {
    V1,
    V20,
    V22,
    V30,
    V34,
}

wire_enum! { Generation { 0 V1, 1 V20, 2 V22, 3 V30, 4 V34 } }

impl Generation {
    /// First and last version.
    fn range(self) -> (&'static str, &'static str) {
        match self {
            Self::V1 => ("1.0", "1.5"),
            Self::V20 => ("2.0", "2.1"),
            Self::V22 => ("2.2", "2.3"),
            Self::V30 => ("3.0", "3.3"),
            Self::V34 => ("3.4", "3.12"),
        }
    }

    /// Gatling's version: the one in `RUN` if plausible.
    fn version(self, stated: &str) -> String {
        let (first, last) = self.range();
        let minor = |version: &str| -> Option<(u32, u32)> {
            let (major, rest) = version.split_once('.')?;
            let minor = rest.split(|c: char| !c.is_ascii_digit()).next()?;
            Some((major.parse().ok()?, minor.parse().ok()?))
        };
        let fits = minor(stated).is_some_and(|stated| minor(first) <= Some(stated) && Some(stated) <= minor(last));
        // 2.x always writes 2.0.
        if fits && stated != "2.0" { stated.to_owned() } else { format!("{first} to {last}") }
    }
}

/// A request record.
struct Request<'a> {
    generation: Generation,
    /// Column of the status.
    status: usize,
    /// Groups separated by commas, a tab and the name; only the name in 1.x.
    label: &'a [u8],
    start_ms: i64,
    /// `None` for an unsolicited incoming message.
    end_ms: Option<i64>,
    failed: bool,
    message: &'a [u8],
}

/// Parses a request record; the error is the bad column and the reason.
fn request<'a>(fields: &Fields<'a>) -> Result<Request<'a>, (usize, String)> {
    let is_status = |at: usize| matches!(fields.get(at), b"OK" | b"KO");
    let (generation, status, times) = match fields.get(0) {
        b"ACTION" => (Generation::V1, 8, 4),
        b"REQUEST" if is_status(5) => (Generation::V34, 5, 2),
        b"REQUEST" if is_status(6) => (Generation::V30, 6, 2),
        b"REQUEST" => (Generation::V22, 7, 2),
        _ => (Generation::V20, 9, 4),
    };
    if !is_status(status) {
        return Err((status.min(fields.count), "the record of a request has no OK and no KO".into()));
    }
    let first = status - times;
    let wrong = |at: usize| {
        let shown = clip(&String::from_utf8_lossy(fields.get(at)));
        (at, format!("“{shown}” is no moment in milliseconds"))
    };
    let start_ms = moment(fields.get(first)).ok_or_else(|| wrong(first))?;
    // One of four times is the end, and none is later.
    let mut end_ms = None;
    for at in first + 1..status {
        let ms = moment(fields.get(at));
        if ms.is_none() && fields.get(at) != b"-9223372036854775808" {
            return Err(wrong(at));
        }
        end_ms = end_ms.max(ms);
    }
    if end_ms.is_some_and(|end| end < start_ms) {
        return Err((status - 1, "the request ends before it begins".into()));
    }
    let groups = if generation == Generation::V1 { first - 1 } else { first - 2 };
    let label = fields.span(groups, first - 1);
    let failed = fields.get(status) == b"KO";
    Ok(Request { generation, status, label, start_ms, end_ms, failed, message: fields.get(status + 1) })
}

/// A user's start (1) or end (-1), with its time.
fn user(fields: &Fields) -> Option<(i64, i64)> {
    let is_event = |at: usize| matches!(fields.get(at), b"START" | b"END");
    let event = if is_event(3) { 3 } else { 2 };
    match fields.get(event) {
        b"START" => Some((moment(fields.get(event + 1))?, 1)),
        // Before 3.4 the start precedes the end.
        b"END" if fields.count > event + 2 => Some((moment(fields.get(event + 2))?, -1)),
        b"END" => Some((moment(fields.get(event + 1))?, -1)),
        _ => None,
    }
}

/// A log during reading.
#[derive(Default)]
struct Log {
    name: String,
    labels: Labels,
    records: Records,
    /// Version range of the first request.
    generation: Option<Generation>,
    /// The version in `RUN`.
    stated: Option<String>,
    /// Status column of the last request, for the fast path; 0 before the first.
    status: usize,
}

wire_struct! { Log { name, labels, records, generation, stated, status } }

/// Samples counted per batch, to fit into the processor's L1 cache.
const BATCH: usize = 64;

impl Log {
    /// The endpoint of a label (groups, a tab and the name).
    #[inline]
    fn slot(&mut self, label: &[u8]) -> Slot {
        let label = labels::name(label);
        let known = self.labels.find(label, labels::hash(label)).and_then(|number| self.labels.get(number)?.slot);
        known.unwrap_or_else(|| self.new_slot(label))
    }

    #[cold]
    fn new_slot(&mut self, label: &[u8]) -> Slot {
        let number = self.labels.number(label);
        let (label, is_utf8) = text::lenient(label);
        self.records.decoded |= !is_utf8;
        let (groups, name) = label.split_once('\t').unwrap_or(("", &label));
        let name = path(groups.split(',').filter(|group| !group.trim().is_empty()), name);
        let name = if number == OTHER { OTHER_ENDPOINTS } else { text::shortened(&name) };
        let slot = self.records.recorder.endpoint(None, name, true);
        if let Some(known) = self.labels.get_mut(number) {
            known.slot = Some(slot);
        }
        slot
    }

    fn request(&mut self, request: &Request) {
        self.generation.get_or_insert(request.generation);
        self.status = request.status;
        let Some(end_ms) = request.end_ms else {
            self.records.incoming += 1;
            return;
        };
        self.records.rows += 1;
        let slot = self.slot(request.label);
        let elapsed_ns = end_ms.abs_diff(request.start_ms).saturating_mul(1_000_000);
        self.records.recorder.record(slot, &Sample::one(Some(end_ms), elapsed_ns, request.failed));
        if request.failed {
            let (message, is_utf8) = text::lenient(request.message);
            self.records.decoded |= !is_utf8;
            self.records.failed(slot, &message);
        }
    }

    /// Fast path: a successful request with its status in the expected column. Returns its endpoint, end and response
    /// time.
    #[inline]
    fn plain_request(&mut self, fields: &Fields, day: &mut (u64, i64)) -> Option<Simple> {
        let status = self.status;
        if fields.get(status) != b"OK" {
            return None;
        }
        let start_ms = epoch_ms(fields.get(status.checked_sub(2)?), day)?;
        let end_ms = epoch_ms(fields.get(status.checked_sub(1)?), day)?;
        let elapsed_ms = u32::try_from(end_ms - start_ms).ok()?;
        let slot = self.slot(fields.span(status.checked_sub(4)?, status.checked_sub(3)?));
        Some(Simple { slot, end_ms, elapsed_ms, failed: false, bytes: None, users: None })
    }

    /// Reads any record; the error is the bad column and the reason.
    fn record(&mut self, fields: &Fields) -> Result<(), (usize, String)> {
        match kind(fields) {
            Some(Kind::Request | Kind::Action) => self.request(&request(fields)?),
            Some(Kind::User) => {
                let (at_ms, by) = user(fields)
                    .ok_or_else(|| (fields.count, "the record of a user has no START or END with its moment".into()))?;
                self.records.active.change(at_ms, by);
            }
            Some(Kind::Error) => self.records.error(|| text::lenient(fields.get(1)).0),
            Some(Kind::Run(at)) => {
                self.records.losses.header();
                let last = (at + 1..fields.count).next_back().map(|last| fields.get(last)).unwrap_or_default();
                let version = std::str::from_utf8(last).ok().map(|version| version.trim().to_owned());
                self.stated = self.stated.take().or(version);
            }
            Some(Kind::Group | Kind::Assertion) => {}
            None => return Err((0, "the line is no record of Gatling’s".into())),
        }
        Ok(())
    }

    fn failing(&mut self, row: &[u8]) {
        if row.split(|b| *b == b'\t').any(|field| field == b"KO") {
            self.records.losses.failing();
        }
    }
}

impl RowFormat for Log {
    fn delimiter(&self) -> Option<u8> {
        None
    }

    fn unquoted_rows(&mut self, data: &[u8], mut start: usize, special: &mut Next, last: usize) -> (usize, u64) {
        let find = |from: usize| data.get(from..).and_then(|d| memchr(b'\r', d)).map_or(data.len(), |at| from + at);
        let (mut samples, mut day, mut lines) = (Vec::new(), (0, i64::MIN), 0);
        while (5..=7).contains(&self.status) && start <= last {
            let Some((fields, newline)) = Fields::scan(data, start, special.from(start, find)) else { break };
            match fields.get(0) {
                b"REQUEST" => {
                    let Some(sample) = self.plain_request(&fields, &mut day) else { break };
                    samples.push(sample);
                }
                b"USER" => {
                    let Some((at_ms, by)) = user(&fields) else { break };
                    self.records.active.change(at_ms, by);
                }
                b"GROUP" if fields.count > 3 => {}
                _ => break,
            }
            if samples.len() == BATCH {
                self.records.recorder.record_all(&samples);
                self.records.rows += samples.len() as u64;
                samples.clear();
            }
            start = newline + 1;
            lines += 1;
        }
        self.records.recorder.record_all(&samples);
        self.records.rows += samples.len() as u64;
        (start, lines)
    }

    fn unquoted_row(&mut self, row: &[u8], line: u64) {
        self.general_row(row, line, false);
    }

    fn general_row(&mut self, row: &[u8], line: u64, is_last: bool) {
        if row.trim_ascii().is_empty() {
            return;
        }
        match self.record(&Fields::of(row)) {
            Ok(()) => {}
            Err(_) if is_last => self.cut(row, line),
            Err((column, why)) => {
                self.records.rows += 1;
                self.records.losses.reject(line, Some(column), why);
                self.failing(row);
            }
        }
    }

    fn broken(&mut self, line_text: &[u8], line: u64) {
        self.records.rows += 1;
        self.records.losses.reject(line, None, "the line is too long".into());
        self.failing(line_text);
    }

    fn cut(&mut self, line_text: &[u8], line: u64) {
        self.records.rows += 1;
        self.records.losses.cut(line);
        self.failing(line_text);
    }

    fn looks_like_row(&self, rest: &[u8]) -> bool {
        let line = rest.split(|b| matches!(b, b'\n' | b'\r')).next().unwrap_or_default();
        kind(&Fields::of(line)).is_some()
    }

    fn columns(&self) -> usize {
        0
    }

    fn pack(&self) -> Option<Vec<u8>> {
        Some(to_bytes(self))
    }

    fn unpack(bytes: &[u8]) -> Option<Self> {
        from_bytes(bytes)
    }

    fn join(&mut self, next: Self, lines: u64) {
        self.records.join(next.records, lines);
        // Endpoint indices differ between slices.
        for label in next.labels.iter() {
            self.slot(&label.bytes);
        }
        self.generation = self.generation.or(next.generation);
        self.stated = self.stated.take().or(next.stated);
    }

    fn digest(&self) -> Run {
        self.records.digest()
    }

    fn imported(self) -> Result<Imported, Error> {
        let version = self.generation.map(|generation| generation.version(self.stated.as_deref().unwrap_or("")));
        self.records.imported(&self.name, version, Vec::new())
    }
}
