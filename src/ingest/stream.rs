//! Files as they arrive: chunks of any size in, a [`Part`] out.
//!
//! A [`Reader`] is pushed bytes. It unpacks gzip, looks at the first [`HEAD`] bytes to recognise the format, and hands
//! everything to that format's [`Importer`], which keeps no more of the bytes than a row that is not complete yet. A
//! format that needs its document whole is read by [`Whole`], which keeps it up to [`DOCUMENT_LIMIT`].

use super::content::Part;
use super::error::{Error, Problem};
use super::fingerprint::Fingerprint;
use super::gzip::{self, End, Unpacker};
use super::importer::{Descriptor, Format, How, Importer, Input, Opening, Options, Reading, Sliced, Sniff};
use super::registry::DESCRIPTORS;
use super::{json, table, text, unread};
use crate::run::{Note, NoteKind, Run, SourceFile};

/// So many bytes are looked at to recognise a format: a header has to fit.
const HEAD: usize = 64 << 10;

/// So many bytes are hashed and then read, while they are at hand in the processor's cache.
pub(super) const PIECE: usize = 128 << 10;

/// So many bytes a document may have that is read as a whole: 256 MiB, unpacked.
pub const DOCUMENT_LIMIT: usize = 256 << 20;

/// One file as it is read.
pub struct Reader {
    path: String,
    name: String,
    options: Options,
    fingerprint: Fingerprint,
    /// Bytes of the whole file, where they are known beforehand.
    size: u64,
    /// The first bytes, until there are enough to tell an archive.
    first: Option<Vec<u8>>,
    unpacker: Option<Unpacker>,
    content: Stage,
}

/// How far the content is known.
enum Stage {
    /// The first bytes, of what format is not known yet.
    Head(Vec<u8>),
    Rows(Known),
    /// A document, of what format is known at its end.
    Whole(Whole),
    /// An error was given back.
    Failed,
}

struct Known {
    format: &'static Format,
    evidence: String,
    importer: Box<dyn Importer>,
}

impl Reader {
    /// A file. `path` is used in messages, and later to group files: it has no say in what the file is.
    #[must_use]
    pub fn new(path: &str, options: Options) -> Self {
        Self {
            path: path.to_owned(),
            name: name_of(path).to_owned(),
            options,
            fingerprint: Fingerprint::default(),
            size: 0,
            first: Some(Vec::new()),
            unpacker: None,
            content: Stage::Head(Vec::new()),
        }
    }

    /// So many bytes will come: a document that is too large is refused by its beginning.
    #[must_use]
    pub fn of_size(self, bytes: u64) -> Self {
        Self { size: bytes, ..self }
    }

    /// Bytes taken so far, as they were given.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.fingerprint.bytes()
    }

    /// Takes the next bytes, as many as there are.
    ///
    /// # Errors
    ///
    /// An [`Error`] that names the file and the place where nothing that follows could be read. Nothing is taken after
    /// that.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), Error> {
        bytes.chunks(PIECE).try_for_each(|piece| self.piece(piece))
    }

    fn piece(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.fingerprint.push(bytes);
        let Some(mut first) = self.first.take() else { return self.packed(bytes) };
        first.extend_from_slice(bytes);
        if first.len() < gzip::MAGIC.len() {
            self.first = Some(first);
            return Ok(());
        }
        self.begin(&first)
    }

    fn begin(&mut self, first: &[u8]) -> Result<(), Error> {
        if first.starts_with(&gzip::MAGIC) {
            self.unpacker = Some(Unpacker::new());
        }
        self.packed(first)
    }

    fn packed(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let Some(mut unpacker) = self.unpacker.take() else { return self.content(bytes) };
        let done = unpacker.push(bytes, |bytes| self.content(bytes));
        self.unpacker = Some(unpacker);
        done.map_err(|detail| self.bad_archive(detail))?
    }

    fn bad_archive(&self, detail: String) -> Error {
        Error::new(&self.name, Problem::BadArchive { detail })
    }

    fn content(&mut self, mut bytes: &[u8]) -> Result<(), Error> {
        if let Stage::Head(head) = &mut self.content {
            let room = HEAD.saturating_sub(head.len());
            let (now, later) = bytes.split_at_checked(room).unwrap_or((bytes, &[]));
            head.extend_from_slice(now);
            if head.len() < HEAD {
                return Ok(());
            }
            let head = std::mem::take(head);
            self.recognise(&head)?;
            bytes = later;
        }
        let pushed = match &mut self.content {
            _ if bytes.is_empty() => Ok(()),
            Stage::Rows(known) => known.importer.push(bytes),
            Stage::Whole(whole) => whole.push(bytes),
            Stage::Head(_) | Stage::Failed => Ok(()),
        };
        if pushed.is_err() {
            self.content = Stage::Failed;
        }
        pushed
    }

    /// Finds the importer and gives it the head.
    fn recognise(&mut self, head: &[u8]) -> Result<(), Error> {
        self.content = Stage::Failed;
        self.content = if let Some((format, evidence, mut importer)) = begin_rows(&self.name, head, self.options) {
            importer.push(without_mark(head))?;
            Stage::Rows(Known { format, evidence, importer })
        } else if let Some(error) = unread::find(&self.name, head) {
            return Err(error);
        } else if self.unpacker.is_none() && self.size > DOCUMENT_LIMIT as u64 {
            return Err(Error::new(&self.name, Problem::TooLarge { limit: DOCUMENT_LIMIT }));
        } else {
            let mut whole = Whole { name: self.name.clone(), options: self.options, bytes: Vec::new() };
            whole.push(head)?;
            Stage::Whole(whole)
        };
        Ok(())
    }

    /// What has been read so far, for a report that fills in; `None` where nothing can be shown before the end.
    #[must_use]
    pub fn snapshot(&self) -> Option<Run> {
        let Stage::Rows(Known { format, evidence, importer }) = &self.content else { return None };
        let mut run = importer.snapshot()?;
        format.tool.clone_into(&mut run.source.tool);
        run.source.files = vec![self.file(format, evidence.clone())];
        Some(run)
    }

    fn file(&self, format: &Format, evidence: String) -> SourceFile {
        SourceFile {
            name: self.name.clone(),
            bytes: self.fingerprint.bytes(),
            fingerprint: self.fingerprint.value(),
            format: format.id.into(),
            evidence,
        }
    }

    /// The file has ended.
    ///
    /// # Errors
    ///
    /// An [`Error`] that names the file and the place where the content is empty, cut, of no known format or unusable.
    pub fn finish(mut self) -> Result<Part, Error> {
        let mut notes = Vec::new();
        if let Some(first) = self.first.take() {
            self.begin(&first)?;
        }
        if let Some(unpacker) = self.unpacker.take() {
            let (bytes, end) = unpacker.finish();
            notes.push(Note::about(&self.name, NoteKind::Unzipped { bytes }));
            let damage = match end {
                End::Whole => None,
                End::Cut => Some(NoteKind::CutArchive),
                End::Damaged { at, rest } if rest < gzip::SHORTEST => Some(NoteKind::TrailingBytes { at, rest }),
                End::Damaged { at, rest } => Some(NoteKind::DamagedArchive { at, rest }),
            };
            notes.extend(damage.map(|kind| Note::about(&self.name, kind)));
        }
        if let Stage::Head(head) = &mut self.content {
            let head = std::mem::take(head);
            self.recognise(&head)?;
        }
        let (format, evidence, reading) = match std::mem::replace(&mut self.content, Stage::Failed) {
            Stage::Rows(known) => (known.format, known.evidence, known.importer.finish()?),
            Stage::Whole(whole) => whole.finish()?,
            // The error was given back already.
            Stage::Head(_) | Stage::Failed => return Err(Error::new(&self.name, Problem::Unrecognised)),
        };
        let evidence = reading.evidence.unwrap_or(evidence);
        notes.extend(reading.notes);
        Ok(Part {
            file: self.file(format, evidence),
            path: self.path,
            tool: format.tool,
            version: reading.version,
            content: reading.content,
            notes,
        })
    }
}

/// Reads one file. `path` is used in messages, and later to group files: it has no say in what the file is.
///
/// # Errors
///
/// An [`Error`] that names the file and the place where the content is empty, cut, of no known format or unusable.
pub fn read(path: &str, bytes: &[u8]) -> Result<Part, Error> {
    let mut reader = Reader::new(path, Options::default());
    reader.push(bytes)?;
    reader.finish()
}

pub(super) fn name_of(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// Without the mark that UTF-8 may begin with.
pub(super) fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

/// The importer of a format that is read as it arrives, where the first bytes are of one.
pub(super) fn begin_rows(
    name: &str,
    head: &[u8],
    options: Options,
) -> Option<(&'static Format, String, Box<dyn Sliced>)> {
    let head = without_mark(head);
    let sniff = Sniff { header: Vec::new(), json: None, text: "", head };
    DESCRIPTORS.iter().find_map(|Descriptor { format, recognise, read }| {
        let How::Rows(open) = read else { return None };
        let evidence = recognise(&sniff)?;
        Some((format, evidence, open(Opening { name, head, options })))
    })
}

/// The importer of all formats that need their document whole.
struct Whole {
    name: String,
    options: Options,
    bytes: Vec<u8>,
}

impl Whole {
    fn push(&mut self, bytes: &[u8]) -> Result<(), Error> {
        if self.bytes.len().saturating_add(bytes.len()) > DOCUMENT_LIMIT {
            return Err(Error::new(&self.name, Problem::TooLarge { limit: DOCUMENT_LIMIT }));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    /// The format, what gave it away, and what was read.
    fn finish(self) -> Result<(&'static Format, String, Reading), Error> {
        let name = self.name.as_str();
        let decoded = text::decode(name, self.bytes)?;
        let mut notes = decoded.notes;
        // UTF-16 hides what is read row by row.
        let head = decoded.text.as_bytes();
        let head = head.get(..HEAD).unwrap_or(head);
        if let Some((format, evidence, mut importer)) = begin_rows(name, head, self.options) {
            importer.push(decoded.text.as_bytes())?;
            let mut reading = importer.finish()?;
            reading.notes.splice(0..0, notes);
            return Ok((format, evidence, reading));
        }
        let json = json::find(name, &decoded.text)?;
        let document = json.as_ref().map(|found| &*found.document);
        let sniff = Sniff {
            header: if json.is_some() { Vec::new() } else { table::first_record(&decoded.text) },
            json: document,
            text: &decoded.text,
            head: &[],
        };
        let found = DESCRIPTORS.iter().find_map(|Descriptor { format, recognise, read }| {
            let (read, is_text) = match read {
                How::Whole(read) => (read, false),
                How::Text(read) => (read, true),
                How::Rows(_) => return None,
            };
            recognise(&sniff).map(|evidence| (format, evidence, read, is_text))
        });
        let (format, evidence, read, is_text) = found.ok_or_else(|| Error::unrecognised(name, &decoded.text))?;
        let mut reading = read(&Input { name, text: &decoded.text, json: document })?;
        notes.extend(json.and_then(|found| found.note).filter(|_| !is_text));
        notes.append(&mut reading.notes);
        reading.notes = notes;
        Ok((format, evidence, reading))
    }
}
