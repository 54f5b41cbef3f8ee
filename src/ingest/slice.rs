//! Reads one file in parallel slices, joined to exactly the result of sequential reading.
//!
//! A row begins where the previous one ends, and a line end within quotes is none. A slice cannot know whether its
//! first line end is quoted. So it begins where a row *seems* to begin, reads to the end of its last row, and reports
//! its start and end. [`Joined::add`] accepts a slice only if it began exactly at the end of the previous one;
//! otherwise that slice must be read again from there. Nothing is guessed.
//!
//! ```text
//! let plan = Plan::new(path, &head, options)?;         // None: not a format that is read row by row, or packed
//! for range in cut(bytes, workers) { … }               // each on a thread or in a worker:
//!     let mut slice = plan.slice(&range);
//!     while slice.push(next bytes from range.start on) {}   // on beyond range.end, until it wants no more
//!     let part = slice.end();
//! let mut joined = plan.join();
//! if let Some(again) = joined.add(part)? { … }         // read again: plan.again(&again)
//! let part = joined.finish()?;
//! ```

use std::ops::Range;

use super::content::Part;
use super::error::Error;
use super::fingerprint::Fingerprint;
use super::importer::{self, Format, Options, Reached};
use super::stream::{PIECE, begin_rows, name_of, without_mark};
use super::{gzip, nearest};
use crate::run::{Run, SourceFile};
use crate::wire::{Packed, Wire, from_bytes, to_bytes};

/// Bytes at the start of a file needed for a [`Plan`].
pub const HEAD: usize = 64 << 10;

/// How to read a file in slices.
#[derive(Clone)]
pub struct Plan {
    path: String,
    head: Vec<u8>,
    options: Options,
    format: &'static Format,
    evidence: String,
}

/// A part of a file, in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    /// The slice's own bytes.
    pub bytes: Range<u64>,
    /// Whether it is the last of the file.
    pub is_last: bool,
}

/// Splits a file into at most `most` parts of about the same size; fewer for small files. Each begins at a multiple of
/// [`Fingerprint::ALIGNMENT`].
#[must_use]
pub fn cut(bytes: u64, most: usize) -> Vec<Stretch> {
    let blocks = bytes.div_ceil(Fingerprint::ALIGNMENT).max(1);
    let n = (most.max(1) as u64).min(blocks);
    let at = |i: u64| (blocks * i / n).saturating_mul(Fingerprint::ALIGNMENT).min(bytes);
    (0..n).map(|i| Stretch { bytes: at(i)..if i + 1 == n { bytes } else { at(i + 1) }, is_last: i + 1 == n }).collect()
}

impl Plan {
    /// A plan for a file that begins with these bytes ([`HEAD`] of them, or the whole file). `None` if the file can
    /// only be read sequentially, by a [`Reader`](super::Reader): a document, an archive, another encoding, or an
    /// unknown format.
    #[must_use]
    pub fn new(path: &str, head: &[u8], options: Options) -> Option<Self> {
        if head.starts_with(&gzip::MAGIC) {
            return None;
        }
        let (format, evidence, _) = begin_rows(name_of(path), head, options)?;
        Some(Self { path: path.to_owned(), head: head.to_vec(), options, format, evidence })
    }

    fn importer(&self) -> Option<Box<dyn importer::Sliced>> {
        begin_rows(name_of(&self.path), &self.head, self.options).map(|(_, _, importer)| importer)
    }

    fn mark(&self) -> u64 {
        (self.head.len() - without_mark(&self.head).len()) as u64
    }

    /// Starts reading a slice.
    #[must_use]
    pub fn slice(&self, stretch: &Stretch) -> Slice {
        self.begin(stretch.clone(), stretch.bytes.start == 0, true)
    }

    /// Starts reading a slice again, from the start of a row.
    #[must_use]
    pub fn again(&self, stretch: &Stretch) -> Slice {
        self.begin(stretch.clone(), true, false)
    }

    fn begin(&self, stretch: Stretch, is_exact: bool, hashes: bool) -> Slice {
        let mut importer = self.importer();
        let from = stretch.bytes.start;
        // A byte-order mark is not part of a row.
        let mark = if from == 0 { self.mark() } else { 0 };
        let last = if stretch.is_last { u64::MAX } else { stretch.bytes.end };
        if let Some(importer) = &mut importer {
            importer.slice(from + mark, last, is_exact);
        }
        Slice { importer, mark, at: from, stretch, fingerprint: hashes.then(Fingerprint::default) }
    }

    /// Whether slices can be transferred between workers.
    #[must_use]
    pub fn can_be_sent(&self) -> bool {
        self.importer().is_some_and(|importer| importer.pack().is_some())
    }

    /// A slice read by another worker with the same plan; `None` for invalid bytes.
    #[must_use]
    pub fn arrived(&self, bytes: &[u8]) -> Option<Sliced> {
        type SentSlice = (Option<Packed>, Reached, (Stretch, Option<Fingerprint>));
        let (packed, reached, (stretch, fingerprint)): SentSlice = from_bytes(bytes)?;
        let importer = match packed {
            Some(packed) => Some(self.importer().and_then(|mut i| i.unpack(&packed.0).then_some(i))?),
            None => None,
        };
        Some(Sliced { importer, reached, stretch, fingerprint })
    }

    /// Starts joining slices.
    #[must_use]
    pub fn join(&self) -> Joined {
        Joined { plan: self.clone(), importer: None, at: self.mark(), fingerprint: Fingerprint::default() }
    }
}

/// A slice during reading.
pub struct Slice {
    importer: Option<Box<dyn importer::Sliced>>,
    mark: u64,
    at: u64,
    stretch: Stretch,
    fingerprint: Option<Fingerprint>,
}

impl Slice {
    /// Takes the next bytes, from the first byte of the part on. Continue beyond its last byte until this returns
    /// `false`: the last row is complete.
    pub fn push(&mut self, bytes: &[u8]) -> bool {
        bytes.chunks(PIECE).all(|piece| self.piece(piece))
    }

    fn piece(&mut self, bytes: &[u8]) -> bool {
        let own = self.stretch.bytes.end.saturating_sub(self.at);
        let own = usize::try_from(own).unwrap_or(usize::MAX).min(bytes.len());
        if let Some(print) = &mut self.fingerprint {
            print.push(bytes.get(..own).unwrap_or_default());
        }
        self.at += bytes.len() as u64;
        let skip = usize::try_from(self.mark).unwrap_or(0).min(bytes.len());
        self.mark -= skip as u64;
        let Some(importer) = &mut self.importer else { return false };
        if importer.push(bytes.get(skip..).unwrap_or_default()).is_err() {
            self.importer = None;
            return false;
        }
        // The slice's own bytes are hashed to the end, even if no row begins in them.
        !importer.reached().done || self.at < self.stretch.bytes.end
    }

    /// The run at this point, for a live report.
    #[must_use]
    pub fn snapshot(&self) -> Option<Run> {
        self.importer.as_ref()?.snapshot()
    }

    /// Ends the slice, complete or at the end of the file.
    #[must_use]
    pub fn end(mut self) -> Sliced {
        let mut reached = Reached { start: None, end: 0, done: true };
        if let Some(importer) = &mut self.importer {
            if !importer.reached().done {
                importer.end_slice();
            }
            reached = importer.reached();
        }
        Sliced { importer: self.importer, reached, stretch: self.stretch, fingerprint: self.fingerprint }
    }
}

/// A slice after reading.
pub struct Sliced {
    importer: Option<Box<dyn importer::Sliced>>,
    reached: Reached,
    stretch: Stretch,
    fingerprint: Option<Fingerprint>,
}

impl Wire for Stretch {
    fn put(&self, out: &mut Vec<u8>) {
        (self.bytes.start, self.bytes.end, self.is_last).put(out);
    }

    fn take(from: &mut &[u8]) -> Option<Self> {
        let (start, end, is_last) = Wire::take(from)?;
        Some(Self { bytes: start..end, is_last })
    }
}

impl Sliced {
    /// Serialises it for another worker; `None` if the format does not support it ([`Plan::can_be_sent`]).
    #[must_use]
    pub fn to_bytes(&self) -> Option<Vec<u8>> {
        let importer = match &self.importer {
            Some(importer) => Some(Packed(importer.pack()?)),
            None => None,
        };
        Some(to_bytes(&(importer, self.reached, (self.stretch.clone(), self.fingerprint.clone()))))
    }
}

/// Joins the slices of one file in order.
pub struct Joined {
    plan: Plan,
    importer: Option<Box<dyn importer::Sliced>>,
    /// Start of the next row.
    at: u64,
    fingerprint: Fingerprint,
}

impl Joined {
    /// Adds the next slice, in file order. Returns the part to read again ([`Plan::again`]) and add before the next, if
    /// the slice began in the middle of a row.
    ///
    /// # Errors
    ///
    /// `Problem::Unrecognised` for slices of different files or formats.
    pub fn add(&mut self, mut slice: Sliced) -> Result<Option<Stretch>, Error> {
        if let Some(print) = slice.fingerprint.take()
            && !self.fingerprint.append(print)
        {
            return Err(self.error());
        }
        self.add_rows(slice)
    }

    /// As [`Joined::add`], for slices that begin anywhere; the file then has no fingerprint.
    ///
    /// # Errors
    ///
    /// As [`Joined::add`].
    pub fn add_rows(&mut self, slice: Sliced) -> Result<Option<Stretch>, Error> {
        let Stretch { bytes, is_last } = slice.stretch;
        // Rows that begin up to the next slice's first byte belong to this one.
        if self.at > bytes.end || (is_last && self.at >= bytes.end) {
            return Ok(None);
        }
        if slice.reached.start != Some(self.at) {
            return Ok(Some(Stretch { bytes: self.at..bytes.end, is_last }));
        }
        let Some(importer) = slice.importer else { return Err(self.error()) };
        self.at = slice.reached.end;
        match &mut self.importer {
            None => self.importer = Some(importer),
            Some(joined) => {
                if !joined.join(importer) {
                    return Err(self.error());
                }
            }
        }
        Ok(None)
    }

    fn error(&self) -> Error {
        nearest::unrecognised(name_of(&self.plan.path), "")
    }

    /// The run at this point, for a live report.
    #[must_use]
    pub fn snapshot(&self) -> Option<Run> {
        self.importer.as_ref()?.snapshot()
    }

    /// Ends after all slices are joined.
    ///
    /// # Errors
    ///
    /// As [`read`](super::read).
    pub fn finish(self) -> Result<Part, Error> {
        let error = self.error();
        let reading = self.importer.ok_or(error)?.finish()?;
        Ok(Part {
            file: SourceFile {
                name: name_of(&self.plan.path).to_owned(),
                bytes: self.fingerprint.bytes(),
                fingerprint: self.fingerprint.value(),
                format: self.plan.format.id.into(),
                evidence: self.plan.evidence,
            },
            path: self.plan.path,
            tool: self.plan.format.tool,
            version: reading.version,
            content: reading.content,
            notes: reading.notes,
        })
    }
}
