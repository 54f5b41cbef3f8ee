//! Files as they arrive: chunks of any size in, a [`Part`] out.
//!
//! A [`Reader`] is pushed bytes. It unpacks gzip, looks at the first [`HEAD`] bytes to recognise the format, and hands
//! everything to that format's [`Importer`], which keeps no more of the bytes than a row that is not complete yet. A
//! format that needs its document whole is read by [`Whole`], which keeps it up to [`DOCUMENT_LIMIT`].

use std::any::Any;

use super::error::{Error, Problem};
use super::fingerprint::Fingerprint;
use super::gzip::{self, End, Unpacker};
use super::importers::{How, importers};
use super::rows::Reached;
use super::{Format, Input, Part, Reading, Sniff, json, table, text, unread};
use crate::run::{Note, NoteKind, Run, SourceFile};

/// So many bytes are looked at to recognise a format: a header has to fit.
const HEAD: usize = 64 << 10;

/// So many bytes are hashed and then read, while they are at hand in the processor's cache.
pub(super) const PIECE: usize = 128 << 10;

/// So many bytes a document may have that is read as a whole: 256 MiB, unpacked.
pub const DOCUMENT_LIMIT: usize = 256 << 20;

/// How files are read, where there is a choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// JMeter from 5.0 on writes redirects and embedded resources as rows of their own, behind the row of the page that
    /// covers them, and its dashboard counts them all. Set, they are left out.
    pub collapse_sub_results: bool,
}

/// What reads one format as its bytes arrive. There is one trait for all of them; what it asks of an importer:
///
/// * **Chunks are of any size**, down to one byte, and may end anywhere, inside of a character as well. The importer
///   keeps the bytes of the row (line, record) that is not complete, and nothing else of what it was given.
/// * **Memory is bounded** by the endpoints: samples go into a [`Recorder`](crate::run::Recorder). A row that never ends
///   is an error once it is longer than any real one.
/// * **Errors have places**: the importer counts lines (or bytes, where there are none) as it goes. A row that cannot be
///   used is counted, the first is named, and reading goes on; `push` fails where nothing that follows can be read.
/// * **The same bytes give the same run**, whatever the chunks.
///
/// JMeter's rows, k6's lines and Locust's request log are rows that end at a line end. A Gatling text log is that as
/// well, with state across lines: its first names the format's version, which tells the columns, and groups pair up by
/// user. A binary Gatling log has no lines: a record begins with a byte for its type, and texts are numbered where they
/// first occur, so that its importer keeps the table of texts, parses records off the front of what it holds
/// (`while let Some((record, rest)) = record(held)?`) and leaves the last, incomplete one. Both fit `push`: nothing here
/// speaks of lines.
pub(super) trait Importer: Any + Send {
    /// Takes the next bytes. The first call begins at the first byte behind a byte-order mark.
    fn push(&mut self, bytes: &[u8]) -> Result<(), Error>;

    /// What has been read so far, for a report that fills in: cheap enough for several times a second. `None` where
    /// there is nothing to show before the end.
    fn snapshot(&self) -> Option<Run>;

    /// Nothing follows: what is held is the last row, whole or cut.
    fn finish(self: Box<Self>) -> Result<Reading, Error>;

    /// Before the first bytes: these are from the middle of the file, at `from`, and what begins beyond `last` belongs to
    /// the next slice. `is_exact`: a row begins at `from`; otherwise the first is looked for behind it. `false` where the
    /// format cannot be read from the middle.
    fn slice(&mut self, _from: u64, _last: u64, _is_exact: bool) -> bool {
        false
    }

    /// Where a slice began and ended.
    fn reached(&self) -> Reached {
        Reached { start: Some(0), end: 0, done: false }
    }

    /// The file has ended, and with it this slice.
    fn end_slice(&mut self) {}

    /// All that was read so far, to be sent to another worker; `None` where the format is not sent.
    fn pack(&self) -> Option<Vec<u8>> {
        None
    }

    /// Takes the place of the importer that [`Importer::pack`] gave these bytes; `false` where they are of none.
    fn unpack(&mut self, _bytes: &[u8]) -> bool {
        false
    }

    /// Adds what the importer of the next slice has read.
    fn join(&mut self, _next: Box<dyn Importer>) -> bool {
        false
    }
}

/// What an importer begins with.
pub(super) struct Opening<'a> {
    /// The file's name, for messages.
    pub name: &'a str,
    /// The first bytes, those that the format was recognised by. They are pushed as well.
    pub head: &'a [u8],
    pub options: Options,
}

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
    Known(Known),
    /// An error was given back.
    Failed,
}

struct Known {
    /// `None` until the end, where the document is read as a whole.
    format: Option<(&'static Format, String)>,
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
        let Stage::Known(known) = &mut self.content else { return Ok(()) };
        let pushed = if bytes.is_empty() { Ok(()) } else { known.importer.push(bytes) };
        if pushed.is_err() {
            self.content = Stage::Failed;
        }
        pushed
    }

    /// Finds the importer and gives it the head.
    fn recognise(&mut self, head: &[u8]) -> Result<(), Error> {
        let rows = begin_rows(&self.name, head, self.options);
        if rows.is_none()
            && let Some(error) = unread::find(&self.name, head)
        {
            self.content = Stage::Failed;
            return Err(error);
        }
        let mut known = match rows {
            Some((format, evidence, importer)) => Known { format: Some((format, evidence)), importer },
            None if self.unpacker.is_none() && self.size > DOCUMENT_LIMIT as u64 => {
                self.content = Stage::Failed;
                return Err(Error::new(&self.name, Problem::TooLarge { limit: DOCUMENT_LIMIT }));
            }
            None => {
                let (name, options) = (self.name.clone(), self.options);
                Known { format: None, importer: Box::new(Whole { name, options, bytes: Vec::new() }) }
            }
        };
        let pushed = known.importer.push(if known.format.is_some() { without_mark(head) } else { head });
        self.content = if pushed.is_ok() { Stage::Known(known) } else { Stage::Failed };
        pushed
    }

    /// What has been read so far, for a report that fills in; `None` where nothing can be shown before the end.
    #[must_use]
    pub fn snapshot(&self) -> Option<Run> {
        let Stage::Known(known) = &self.content else { return None };
        let mut run = known.importer.snapshot()?;
        if let Some((format, evidence)) = &known.format {
            format.tool.clone_into(&mut run.source.tool);
            run.source.files = vec![self.file(format, evidence.clone())];
        }
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
            if matches!(end, End::Cut) {
                notes.push(Note::about(&self.name, NoteKind::CutArchive));
            }
        }
        if let Stage::Head(head) = &mut self.content {
            let head = std::mem::take(head);
            self.recognise(&head)?;
        }
        let Stage::Known(known) = std::mem::replace(&mut self.content, Stage::Failed) else {
            // The error was given back already.
            return Err(Error::new(&self.name, Problem::Unrecognised));
        };
        let reading = known.importer.finish()?;
        let found = known.format.or_else(|| reading.format.clone());
        let (format, evidence) = found.ok_or_else(|| Error::new(&self.name, Problem::Unrecognised))?;
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
) -> Option<(&'static Format, String, Box<dyn Importer>)> {
    let head = without_mark(head);
    let sniff = Sniff { header: Vec::new(), json: None, head };
    importers().find_map(|(format, importing)| {
        let How::Rows(open) = importing.read else { return None };
        let evidence = (importing.recognise)(&sniff)?;
        Some((format, evidence, open(Opening { name, head, options })))
    })
}

/// The importer of all formats that need their document whole.
struct Whole {
    name: String,
    options: Options,
    bytes: Vec<u8>,
}

impl Importer for Whole {
    fn push(&mut self, bytes: &[u8]) -> Result<(), Error> {
        if self.bytes.len().saturating_add(bytes.len()) > DOCUMENT_LIMIT {
            return Err(Error::new(&self.name, Problem::TooLarge { limit: DOCUMENT_LIMIT }));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    fn snapshot(&self) -> Option<Run> {
        None
    }

    fn finish(self: Box<Self>) -> Result<Reading, Error> {
        let name = self.name.as_str();
        let mut decoded = text::decode(name, &self.bytes)?;
        // UTF-16 hides what is read row by row.
        if let Some((format, evidence, mut importer)) = begin_rows(name, decoded.text.as_bytes(), self.options) {
            importer.push(decoded.text.as_bytes())?;
            let mut reading = importer.finish()?;
            reading.format = Some((format, evidence));
            reading.notes.splice(0..0, decoded.notes);
            return Ok(reading);
        }
        drop(self.bytes);
        let json = json::find(name, &decoded.text)?;
        let sniff = Sniff {
            header: if json.is_some() { Vec::new() } else { table::first_record(&decoded.text) },
            json: json.as_ref().map(|found| &found.value),
            head: &[],
        };
        let found = importers().find_map(|(format, importing)| {
            let How::Whole(read) = importing.read else { return None };
            (importing.recognise)(&sniff).map(|evidence| (format, evidence, read))
        });
        let (format, evidence, read) = found.ok_or_else(|| Error::unrecognised(name, &decoded.text))?;
        let input = Input { name, text: &decoded.text, json: json.as_ref().map(|found| &found.value) };
        let mut reading = read(&input)?;
        reading.format.get_or_insert((format, evidence));
        let notes = std::mem::take(&mut reading.notes);
        reading.notes = std::mem::take(&mut decoded.notes);
        reading.notes.extend(json.and_then(|found| found.note));
        reading.notes.extend(notes);
        Ok(reading)
    }
}
