//! The binary `simulation.log` of Gatling 3.13 and later.
//!
//! From Gatling's source (`LogFileDataWriter`, `DataWriterMessageSerializer`): big-endian records, each a type byte and
//! its fields. A string is its length, its bytes and an encoding byte (0 Latin-1, 1 UTF-16 in the machine's byte order,
//! little-endian), or only its length 0. A cached string has a number: the first time that number and the string,
//! afterwards the negative number. Times are milliseconds since the start of the run. An unsolicited incoming message
//! has the smallest number as its end.
//!
//! A record depends on earlier ones for its strings, so such a log cannot be read in slices.

use std::any::Any;
use std::collections::BTreeMap;

use super::super::error::Error;
use super::super::importer::{Descriptor, Format, How, Imported, Importer, Opening, Reached, Sliced, Sniff};
use super::super::text;
use super::records::{Records, path};
use crate::run::recorder::{MOST_ENDPOINTS, Sample, Slot};
use crate::run::{Definition, Note, NoteLevel, Run, Words};

pub(in super::super) const FORMAT: Descriptor = Descriptor {
    format: Format {
        id: "gatling-binary",
        tool: "Gatling",
        title: "binary `simulation.log`, since 3.13",
        command: "Gatling, in the folder of its results",
        percentiles: Some(Definition::Linear),
        endings: &[],
    },
    recognise,
    read: How::Rows(open),
};

const CUT: Words = Words {
    code: "cut-record",
    level: NoteLevel::Warning,
    text: "The log ends in the middle of a record, as when Gatling is killed. Everything before it was read.",
};

const DAMAGED: Words = Words {
    code: "damaged-log",
    level: NoteLevel::Warning,
    text: "The log is damaged at byte {0} ({1}). Only the part before it was read.",
};

const BACKWARDS: Words = Words {
    code: "requests-backwards",
    level: NoteLevel::Warning,
    text: "Left out {0:request that ends before it begins|requests that end before they begin}.",
};

const TEXTS: Words = Words {
    code: "texts-capped",
    level: NoteLevel::Warning,
    text: "The log has more texts than are kept. Names and messages beyond them are “(text not kept)”.",
};

/// Replaces a string that was not kept.
const NOT_KEPT: &str = "(text not kept)";

/// Maximum bytes of a string.
const MAX_STRING_BYTES: i32 = 1 << 20;

/// Bytes kept of a string.
const KEPT_BYTES: usize = 2048;

/// Maximum strings in the cache.
const MAX_TEXTS: usize = 200_000;
/// Maximum total bytes of the cached strings.
const MAX_BYTES: usize = 32 << 20;

/// Maximum groups around a request.
const MAX_GROUPS: i32 = 100;
/// Maximum scenarios of a run, and maximum assertions.
const MAX_LISTED: i32 = 10_000;

/// Maximum bytes of a record.
const MAX_RECORD_BYTES: usize = 16 << 20;

/// A 0 for the run record, then the length of Gatling's version, and the version.
fn recognise(sniff: &Sniff<'_>) -> Option<String> {
    let [0, 0, 0, 0, length @ 1..64, rest @ ..] = sniff.head else { return None };
    let version = rest.get(..usize::from(*length))?;
    let is_version = version.first()?.is_ascii_digit()
        && version.contains(&b'.')
        && version.iter().all(|byte| byte.is_ascii_alphanumeric() || b".-+".contains(byte));
    // Latin-1.
    let is_run = is_version && rest.get(usize::from(*length)) == Some(&0);
    is_run.then(|| format!("binary record of a run, version {}", String::from_utf8_lossy(version)))
}

fn open(opening: Opening<'_>) -> Box<dyn Sliced> {
    Box::new(Log { name: opening.name.to_owned(), ..Log::default() })
}

/// A log during reading.
#[derive(Default)]
struct Log {
    name: String,
    /// The start of an incomplete record.
    held: Vec<u8>,
    /// Position of `held` in the file, and the first byte that was read.
    at: u64,
    from: u64,
    taken: u64,
    /// These bytes are from the middle of a file and cannot be read.
    is_middle: bool,
    has_ended: bool,
    /// Position and reason of the first error; reading stops there.
    damage: Option<(u64, &'static str)>,
    version: Option<String>,
    start_ms: i64,
    texts: Texts,
    /// By the numbers of the groups and of the name.
    slots: BTreeMap<Vec<i32>, Slot>,
    records: Records,
    backwards: u64,
}

/// Cached strings by number.
#[derive(Default)]
struct Texts {
    all: BTreeMap<i32, String>,
    bytes: usize,
    capped: bool,
}

impl Texts {
    fn get(&self, number: i32) -> &str {
        self.all.get(&number).map_or(NOT_KEPT, String::as_str)
    }

    /// Stores a string. Returns whether its number was used for another one.
    fn put(&mut self, number: i32, text: String) -> bool {
        let known = self.all.get(&number);
        if known == Some(&text) {
            return false;
        }
        let had_another = known.is_some();
        if self.all.len() >= MAX_TEXTS || self.bytes + text.len() > MAX_BYTES {
            self.capped = true;
            return self.all.remove(&number).is_some();
        }
        self.bytes += text.len();
        self.all.insert(number, text);
        had_another
    }
}

/// Why a record was not read.
enum Stop {
    /// It is incomplete.
    More,
    Damaged(&'static str),
}

/// Reads from the front of a byte slice.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn array<const N: usize>(&mut self) -> Result<[u8; N], Stop> {
        let (array, rest) = self.0.split_first_chunk::<N>().ok_or(Stop::More)?;
        self.0 = rest;
        Ok(*array)
    }

    fn int(&mut self) -> Result<i32, Stop> {
        self.array().map(i32::from_be_bytes)
    }

    fn flag(&mut self) -> Result<bool, Stop> {
        match self.array()? {
            [0] => Ok(false),
            [1] => Ok(true),
            _ => Err(Stop::Damaged("neither true nor false")),
        }
    }

    /// Reads a number of items.
    fn count(&mut self, most: i32) -> Result<i32, Stop> {
        let count = self.int()?;
        if (0..=most).contains(&count) { Ok(count) } else { Err(Stop::Damaged("no number of anything")) }
    }

    fn slice(&mut self) -> Result<&'a [u8], Stop> {
        let length = self.int()?;
        if !(0..=MAX_STRING_BYTES).contains(&length) {
            return Err(Stop::Damaged("no length of a text"));
        }
        let (slice, rest) = self.0.split_at_checked(length as usize).ok_or(Stop::More)?;
        self.0 = rest;
        Ok(slice)
    }

    fn text(&mut self) -> Result<String, Stop> {
        let bytes = self.slice()?;
        if bytes.is_empty() {
            return Ok(String::new());
        }
        let shown = bytes.get(..2 * KEPT_BYTES).unwrap_or(bytes);
        let text: String = match self.array()? {
            [0] => shown.iter().map(|byte| char::from(*byte)).collect(),
            [1] => {
                let (units, _) = shown.as_chunks::<2>();
                String::from_utf16_lossy(&units.iter().map(|unit| u16::from_le_bytes(*unit)).collect::<Vec<u16>>())
            }
            _ => return Err(Stop::Damaged("no coding of a text")),
        };
        Ok(text::shortened(&text).to_owned())
    }
}

impl Log {
    /// Reads a cached string and returns its number.
    fn numbered(&mut self, bytes: &mut Bytes) -> Result<i32, Stop> {
        let number = bytes.int()?;
        if number >= 0 {
            let text = bytes.text()?;
            if self.texts.put(number, text) {
                self.slots.clear();
            }
            return Ok(number);
        }
        let number = number.checked_neg().ok_or(Stop::Damaged("no number of a text"))?;
        if !self.texts.capped && !self.texts.all.contains_key(&number) {
            return Err(Stop::Damaged("a text that has not come yet"));
        }
        Ok(number)
    }

    fn groups(&mut self, bytes: &mut Bytes) -> Result<Vec<i32>, Stop> {
        let count = bytes.count(MAX_GROUPS)?;
        (0..count).map(|_| self.numbered(bytes)).collect()
    }

    fn moment(&self, since_start: i32) -> i64 {
        self.start_ms.saturating_add(since_start.into())
    }

    fn record(&mut self, bytes: &mut Bytes) -> Result<(), Stop> {
        match bytes.array()? {
            [0] => self.run(bytes),
            [1] => self.request(bytes),
            [2] => {
                bytes.int()?;
                let (starts, at) = (bytes.flag()?, bytes.int()?);
                let at_ms = self.moment(at);
                self.records.active.change(at_ms, if starts { 1 } else { -1 });
                Ok(())
            }
            [3] => {
                self.groups(bytes)?;
                // Its start, end and response time.
                bytes.array::<12>()?;
                bytes.flag().map(drop)
            }
            [4] => {
                let number = self.numbered(bytes)?;
                bytes.int()?;
                let texts = &self.texts;
                self.records.error(|| texts.get(number).to_owned());
                Ok(())
            }
            _ => Err(Stop::Damaged("no kind of a record")),
        }
    }

    fn run(&mut self, bytes: &mut Bytes) -> Result<(), Stop> {
        let version = bytes.text()?;
        bytes.text()?;
        let start_ms = i64::from_be_bytes(bytes.array()?);
        bytes.text()?;
        for _ in 0..bytes.count(MAX_LISTED)? {
            bytes.text()?;
        }
        for _ in 0..bytes.count(MAX_LISTED)? {
            bytes.slice()?;
        }
        // Milliseconds of the 21st century, and beyond.
        if !(1_000_000_000_000..10_000_000_000_000).contains(&start_ms) {
            return Err(Stop::Damaged("no start of a run"));
        }
        (self.start_ms, self.texts) = (start_ms, Texts::default());
        self.slots.clear();
        self.records.losses.header();
        self.version.get_or_insert(version);
        Ok(())
    }

    fn request(&mut self, bytes: &mut Bytes) -> Result<(), Stop> {
        let mut key = self.groups(bytes)?;
        key.push(self.numbered(bytes)?);
        let (start, end, ok) = (bytes.int()?, bytes.int()?, bytes.flag()?);
        let message = self.numbered(bytes)?;
        // Written as a long minus the start; the lower half remains.
        if end == i32::MIN || end == i64::MIN.wrapping_sub(self.start_ms) as i32 {
            self.records.incoming += 1;
            return Ok(());
        }
        if end < start {
            self.backwards += 1;
            return Ok(());
        }
        self.records.rows += 1;
        let slot = self.slot(key);
        let elapsed_ns = u64::from(end.abs_diff(start)) * 1_000_000;
        self.records.recorder.record(slot, &Sample::one(Some(self.moment(end)), elapsed_ns, !ok));
        if !ok {
            self.records.failed(slot, self.texts.get(message));
        }
        Ok(())
    }

    fn slot(&mut self, key: Vec<i32>) -> Slot {
        if let Some(slot) = self.slots.get(&key) {
            return *slot;
        }
        let (name, groups) = key.split_last().map_or((0, &[][..]), |(name, groups)| (*name, groups));
        let name = path(groups.iter().map(|group| self.texts.get(*group)), self.texts.get(name));
        let slot = self.records.recorder.endpoint(None, text::shortened(&name), true);
        if self.slots.len() < MOST_ENDPOINTS {
            self.slots.insert(key, slot);
        }
        slot
    }

    /// Reads all complete records in the buffer.
    fn consume(&mut self) {
        let held = std::mem::take(&mut self.held);
        let mut rest = held.as_slice();
        while !rest.is_empty() && self.damage.is_none() {
            let mut bytes = Bytes(rest);
            match self.record(&mut bytes) {
                Ok(()) => {
                    self.at += (rest.len() - bytes.0.len()) as u64;
                    rest = bytes.0;
                }
                Err(Stop::More) if rest.len() <= MAX_RECORD_BYTES => break,
                Err(Stop::More) => self.damage = Some((self.at, "a record without an end")),
                Err(Stop::Damaged(why)) => self.damage = Some((self.at, why)),
            }
        }
        if self.damage.is_none() {
            self.held = rest.to_vec();
        }
    }

    fn notes(&self) -> Vec<Note> {
        let damage = self.damage.map(|(at, why)| Note::say(&self.name, &DAMAGED, [at.into(), why.into()]));
        let cut = (!self.held.is_empty()).then(|| Note::say(&self.name, &CUT, []));
        let backwards = (self.backwards > 0).then(|| Note::say(&self.name, &BACKWARDS, [self.backwards.into()]));
        let capped = self.texts.capped.then(|| Note::say(&self.name, &TEXTS, []));
        [damage, cut, backwards, capped].into_iter().flatten().collect()
    }
}

impl Importer for Log {
    fn push(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.taken += bytes.len() as u64;
        // Not an error before the end: what was read counts.
        if self.damage.is_none() && !self.is_middle {
            self.held.extend_from_slice(bytes);
            self.consume();
        }
        Ok(())
    }

    fn snapshot(&self) -> Option<Run> {
        Some(self.records.digest())
    }

    fn finish(self: Box<Self>) -> Result<Imported, Error> {
        let notes = self.notes();
        self.records.imported(&self.name, self.version, notes)
    }
}

/// The first slice reads the whole file; the others are empty.
impl Sliced for Log {
    fn slice(&mut self, from: u64, _last: u64, is_exact: bool) {
        // A byte-order mark may precede.
        self.is_middle = !is_exact || from > 3;
        self.has_ended = self.is_middle;
        (self.at, self.from) = (from, from);
    }

    fn reached(&self) -> Reached {
        Reached { start: Some(self.from), end: self.from + self.taken, done: self.has_ended }
    }

    fn end_slice(&mut self) {
        self.has_ended = true;
    }

    fn pack(&self) -> Option<Vec<u8>> {
        None
    }

    fn unpack(&mut self, _bytes: &[u8]) -> bool {
        false
    }

    fn join(&mut self, next: Box<dyn Sliced>) -> bool {
        let next: Box<dyn Any> = next;
        next.downcast::<Self>().is_ok_and(|next| next.is_middle)
    }
}
