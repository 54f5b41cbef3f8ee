//! Reads files as streams: chunks of any size in, a [`Part`] out.
//!
//! A [`Reader`] takes bytes. It unpacks gzip, opens archives ([`archive`]), detects the format from the first [`HEAD`]
//! bytes, and passes everything to the [`Importer`] of the format, which keeps only the bytes of an incomplete row.
//! Formats that need the whole document are read by [`Whole`], which buffers up to [`DOCUMENT_LIMIT`].

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::archive::{self, FileSink, UnpackError};
use super::console::{self, PREFIXES_TAKEN_OFF};
use super::content::Part;
use super::error::{Error, Problem};
use super::fingerprint::Fingerprint;
use super::gzip::{self, End, Unpacker};
use super::importer::{Descriptor, Format, How, Imported, Importer, Input, Opening, Options, Sliced, Sniff};
use super::notes::{
    BANNER_SKIPPED, CUT_ARCHIVE, DAMAGED_ARCHIVE, DAMAGED_BESIDE, DAMAGED_FILE, TRAILING_BYTES, UNZIPPED,
};
use super::registry::DESCRIPTORS;
use super::{json, nearest, table, text, tsung, unread};
use crate::run::{Figure, Note, NoteLevel, Run, SourceFile, Words};

/// Bytes examined to detect a format: a header must fit.
const HEAD: usize = 64 << 10;

/// Bytes hashed and then read at a time, while in the processor's cache.
pub(super) const PIECE: usize = 128 << 10;

/// Maximum nesting of archives.
const MAX_DEPTH: u32 = 2;

/// Maximum bytes unpacked from all files of an archive: 4 GiB.
const MAX_UNPACKED: u64 = 4 << 30;

/// Maximum left-out files of an archive named in a note.
const MAX_NAMED: usize = 5;

/// Figure: number of files.
const SAME_NAME: Words = Words {
    code: "archive-same-name",
    level: NoteLevel::Warning,
    text: "The archive has {0:more file|more files} under the name of another. Only the last file of each name was read. \
           Unpack the archive, or pack it anew with other names.",
};

const LEFT_OUT: Words = Words {
    code: "archive-left-out",
    level: NoteLevel::Info,
    text: "Read {0} of {1:file|files} in the archive. Left out: {2}.",
};

/// Maximum bytes of a document read as a whole: 256 MiB, unpacked.
pub const DOCUMENT_LIMIT: usize = 256 << 20;

/// One file during reading.
pub struct Reader {
    path: String,
    name: String,
    options: Options,
    fingerprint: Fingerprint,
    /// Bytes of the whole file, if known in advance.
    size: u64,
    /// The first bytes, until they suffice to detect an archive.
    first: Option<Vec<u8>>,
    unpacker: Option<Unpacker>,
    content: Stage,
    /// Number of enclosing archives.
    depth: u32,
    /// Bytes unpacked from the outermost archive.
    unpacked: Arc<AtomicU64>,
}

/// Progress of detection.
enum Stage {
    /// The first bytes; the format is still unknown.
    Head(Vec<u8>),
    Rows(Recognition),
    /// A document; its format is detected at the end.
    Whole(Whole),
    /// An archive, opened at its end.
    Archive(archive::Kind, Vec<u8>),
    /// An error was returned.
    Failed,
}

struct Recognition {
    format: &'static Format,
    evidence: String,
    importer: Box<dyn Importer>,
}

impl Reader {
    /// A file. `path` is used in messages and for grouping, not for detection.
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
            depth: 0,
            unpacked: Arc::default(),
        }
    }

    /// Sets the expected size: a document that is too large is refused at once.
    #[must_use]
    pub fn of_size(self, bytes: u64) -> Self {
        Self { size: bytes, ..self }
    }

    /// Bytes read so far, before unpacking.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.fingerprint.bytes()
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    ///
    /// An [`Error`] with the file and the position, if nothing after it can be read. Further bytes are ignored.
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
        if self.depth > 0 {
            let unpacked = self.unpacked.fetch_add(bytes.len() as u64, Ordering::Relaxed);
            if unpacked > MAX_UNPACKED {
                self.content = Stage::Failed;
                let detail = format!("it unpacks to more than {} GiB", MAX_UNPACKED >> 30);
                return Err(Error::new(&self.name, Problem::ArchiveRefused { detail }));
            }
        }
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
            Stage::Archive(_, held) if held.len().saturating_add(bytes.len()) > DOCUMENT_LIMIT => {
                Err(Error::new(&self.name, Problem::TooLarge { limit: DOCUMENT_LIMIT }))
            }
            Stage::Archive(_, held) => {
                held.extend_from_slice(bytes);
                Ok(())
            }
            Stage::Head(_) | Stage::Failed => Ok(()),
        };
        if pushed.is_err() {
            self.content = Stage::Failed;
        }
        pushed
    }

    /// Finds the importer and passes the head to it.
    fn recognise(&mut self, head: &[u8]) -> Result<(), Error> {
        self.content = Stage::Failed;
        self.content = if let Some(kind) = archive::kind(head) {
            if self.depth >= MAX_DEPTH {
                let detail = "it is an archive within an archive within an archive".into();
                return Err(Error::new(&self.name, Problem::ArchiveRefused { detail }));
            }
            if self.unpacker.is_none() && self.size > DOCUMENT_LIMIT as u64 {
                return Err(Error::new(&self.name, Problem::TooLarge { limit: DOCUMENT_LIMIT }));
            }
            Stage::Archive(kind, head.to_vec())
        } else if let Some((format, evidence, mut importer)) = begin_rows(&self.name, head, self.options) {
            importer.push(without_mark(head))?;
            Stage::Rows(Recognition { format, evidence, importer })
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

    /// The run at this point, for a live report; `None` if nothing can be shown before the end.
    #[must_use]
    pub fn snapshot(&self) -> Option<Run> {
        let Stage::Rows(Recognition { format, evidence, importer }) = &self.content else { return None };
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

    /// Ends a file that is a single result, or an archive with one readable file.
    ///
    /// # Errors
    ///
    /// As [`Reader::parts`], and [`Problem::SeveralResults`] for several.
    pub fn finish(self) -> Result<Part, Error> {
        let name = self.name.clone();
        let mut parts = self.parts()?;
        match (parts.pop(), parts.is_empty()) {
            (Some(part), true) => Ok(part),
            (last, _) => {
                let files = parts.into_iter().chain(last).map(|part| part.path).collect();
                Err(Error::new(&name, Problem::SeveralResults { files }))
            }
        }
    }

    /// Ends the file and returns its content: for an archive, one part per readable file.
    ///
    /// # Errors
    ///
    /// An [`Error`] with the file and the position, if the content is empty, cut, unrecognised or unusable;
    /// [`Problem::NothingInArchive`] if that holds for every file of an archive.
    pub fn parts(mut self) -> Result<Vec<Part>, Error> {
        let mut notes = Vec::new();
        if let Some(first) = self.first.take() {
            self.begin(&first)?;
        }
        if let Some(unpacker) = self.unpacker.take() {
            let (bytes, end) = unpacker.finish();
            notes.push(Note::say(&self.name, &UNZIPPED, [bytes.into()]));
            match end {
                End::Whole => {}
                End::Cut => notes.push(Note::say(&self.name, &CUT_ARCHIVE, [])),
                End::Damaged { at, rest } => {
                    let words = if rest < gzip::SHORTEST { TRAILING_BYTES } else { DAMAGED_ARCHIVE };
                    notes.push(Note::say(&self.name, &words, [at.into(), rest.into()]));
                }
            }
        }
        if let Stage::Head(head) = &mut self.content {
            let head = std::mem::take(head);
            self.recognise(&head)?;
        }
        if let Stage::Archive(kind, bytes) = &mut self.content {
            let (kind, bytes) = (*kind, std::mem::take(bytes));
            return self.files(kind, &bytes, notes);
        }
        let (format, evidence, reading) = match std::mem::replace(&mut self.content, Stage::Failed) {
            Stage::Rows(known) => (known.format, known.evidence, known.importer.finish()?),
            Stage::Whole(whole) => whole.finish()?,
            // The error was returned before.
            Stage::Head(_) | Stage::Failed | Stage::Archive(..) => {
                return Err(nearest::unrecognised(&self.name, ""));
            }
        };
        let evidence = reading.evidence.unwrap_or(evidence);
        notes.extend(reading.notes);
        Ok(vec![Part {
            file: self.file(format, evidence),
            path: self.path,
            tool: format.tool,
            version: reading.version,
            content: reading.content,
            notes,
        }])
    }

    /// Opens an archive and reads its files. `notes` apply to each.
    fn files(self, kind: archive::Kind, bytes: &[u8], notes: Vec<Note>) -> Result<Vec<Part>, Error> {
        let mut inside =
            ArchiveReader { of: &self, kind, file: None, refused: None, parts: Vec::new(), left: Vec::new() };
        let unpacked = archive::unpack(kind, bytes, &mut inside);
        let ArchiveReader { mut parts, left, .. } = inside;
        let count = (parts.len() + left.len()) as u64;
        let mut notes = notes;
        match unpacked {
            Ok(0) => {}
            Ok(hidden) => notes.push(Note::say(&self.name, &SAME_NAME, [hidden.into()])),
            Err(error) if parts.is_empty() => return Err(Error::new(&self.name, error.problem())),
            Err(error) => parts.iter_mut().for_each(|part| part.note(&DAMAGED_FILE, [error.detail().into()])),
        }
        if parts.is_empty() {
            return Err(match <[Error; 1]>::try_from(left) {
                Ok([only]) => only,
                Err(left) => nothing_in(&self.name, kind, &left),
            });
        }
        let read = parts.len() as u64;
        // Notes on the archive, not on the part: shown once for a run with several parts.
        for error in &left {
            if let Problem::BadArchive { detail } = error.problem() {
                let file = name_of(error.file());
                notes.push(Note::say(&self.name, &DAMAGED_BESIDE, [file.into(), detail.as_str().into()]));
            }
        }
        if !left.is_empty() {
            notes.push(Note::say(&self.name, &LEFT_OUT, [read.into(), count.into(), named(&left).into()]));
        }
        for part in &mut parts {
            part.notes.splice(0..0, notes.iter().cloned());
        }
        Ok(parts)
    }
}

impl Part {
    fn note<const N: usize>(&mut self, words: &Words, figures: [crate::run::Figure; N]) {
        self.notes.push(Note::say(&self.file.name, words, figures));
    }
}

/// The names of files that were left out, up to a limit.
fn named(left: &[Error]) -> String {
    let named = |error: &Error| match error.problem() {
        Problem::ArchiveRefused { detail } => format!("{} ({detail})", name_of(error.file())),
        _ => name_of(error.file()).to_owned(),
    };
    let mut names: Vec<String> = left.iter().take(MAX_NAMED).map(named).collect();
    if left.len() > MAX_NAMED {
        names.push(format!("{} more", crate::number::count(left.len().saturating_sub(MAX_NAMED) as u64)));
    }
    names.join(", ")
}

/// The error for an archive without a readable file. One of a known kind is most informative.
fn nothing_in(name: &str, kind: archive::Kind, left: &[Error]) -> Error {
    if left.iter().any(|error| error.file().ends_with("[Content_Types].xml")) {
        return Error::new(name, Problem::Binary { what: text::OFFICE });
    }
    let telling =
        left.iter().find(|error| !matches!(error.problem(), Problem::Unrecognised { .. } | Problem::Binary { .. }));
    let first = telling.or(left.first()).map(|error| format!("{}: {}", name_of(error.file()), error.what()));
    let (kind, files, first) = (kind.name(), left.len() as u64, first.unwrap_or_default());
    Error::new(name, Problem::NothingInArchive { kind, files, first })
}

/// An archive's files during unpacking.
struct ArchiveReader<'a> {
    of: &'a Reader,
    kind: archive::Kind,
    file: Option<Reader>,
    refused: Option<Error>,
    parts: Vec<Part>,
    /// Errors of the files left out.
    left: Vec<Error>,
}

impl FileSink for ArchiveReader<'_> {
    fn begin(&mut self, inner: &str) {
        let outer = self.of;
        // zstd packs one file without a name.
        let path = match self.kind {
            archive::Kind::Zstd => outer.path.clone(),
            archive::Kind::Zip | archive::Kind::Tar => format!("{}/{inner}", outer.path),
        };
        // Its folder may identify the run.
        let name = if self.kind == archive::Kind::Zstd { outer.name.clone() } else { inner.to_owned() };
        self.file = Some(Reader {
            name,
            depth: outer.depth + 1,
            unpacked: Arc::clone(&outer.unpacked),
            ..Reader::new(&path, outer.options)
        });
        self.refused = None;
    }

    fn push(&mut self, bytes: &[u8]) -> bool {
        let Some(file) = &mut self.file else { return false };
        self.refused = file.push(bytes).err();
        self.refused.is_none()
    }

    fn end(&mut self, error: Option<UnpackError>) {
        let Some(file) = self.file.take() else { return };
        let name = file.name.clone();
        let read = match self.refused.take() {
            Some(error) => Err(error),
            None => file.parts(),
        };
        match (read, error) {
            (Ok(parts), error) => self.parts.extend(parts.into_iter().map(|mut part| {
                if let Some(error) = &error {
                    part.note(&DAMAGED_FILE, [error.detail().into()]);
                }
                part
            })),
            (Err(_), Some(error)) => self.left.push(Error::new(&name, error.problem())),
            (Err(error), None) => self.left.push(error),
        }
    }
}

/// Reads one file. `path` is used in messages and for grouping, not for detection.
///
/// # Errors
///
/// An [`Error`] with the file and the position, if the content is empty, cut, unrecognised or unusable.
pub fn read(path: &str, bytes: &[u8]) -> Result<Part, Error> {
    let mut reader = Reader::new(path, Options::default());
    reader.push(bytes)?;
    reader.finish()
}

pub(super) fn name_of(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// Strips a UTF-8 byte-order mark.
pub(super) fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

/// The importer of a streamed format that matches the first bytes, if any.
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

/// Figure: number of documents.
const MORE_DOCUMENTS: Words = Words {
    code: "several-reports",
    level: NoteLevel::Warning,
    text: "The file has {0:more report|more reports} behind the first. Only the first was read: give each run a file of its own.",
};

const SEPARATED: Words = Words {
    code: "separated-otherwise",
    level: NoteLevel::Info,
    text: "The fields are separated by semicolons or tabs, as spreadsheets save them in some languages. Decimal commas were read \
           as points.",
};

/// A document's format.
struct Recognised {
    format: &'static Format,
    /// The evidence for it.
    evidence: String,
    read: fn(&Input<'_>) -> Result<Imported, Error>,
    /// Whether JSON inside is part of other text.
    is_text: bool,
}

fn recognised(text: &str, json: Option<&str>) -> Option<Recognised> {
    let header = if json.is_some() { Vec::new() } else { table::first_record(text) };
    let sniff = Sniff { header, json, text, head: &[] };
    DESCRIPTORS.iter().find_map(|Descriptor { format, recognise, read }| {
        let (read, is_text) = match read {
            How::Whole(read) => (*read, false),
            How::Text(read) => (*read, true),
            How::Log(read) => (*read, false),
            How::Rows(_) => return None,
        };
        recognise(&sniff).map(|evidence| Recognised { format, evidence, read, is_text })
    })
}

/// Format, evidence, and result.
type Read = (&'static Format, String, Imported);

/// The text after a leading `sep=;`, which Excel uses.
fn behind_separator(text: &str) -> Option<&str> {
    let rest = text.trim_start().strip_prefix("sep=")?;
    let mut chars = rest.chars();
    (chars.next()?.is_ascii() && chars.as_str().starts_with('\n')).then_some(chars.as_str())
}

/// Removes colours and the line prefixes of CI systems and containers, and names the prefix. A log whose importer skips
/// prefixes keeps its lines.
fn printed(text: &str) -> (Cow<'_, str>, Option<&'static str>) {
    let text = console::without_colours(text.into());
    let Some((plain, what)) = console::without_prefixes(&text) else { return (text, None) };
    let sniff = Sniff { header: Vec::new(), json: None, text: &text, head: &[] };
    let is_log = DESCRIPTORS.iter().any(|d| matches!(d.read, How::Log(_)) && (d.recognise)(&sniff).is_some());
    if is_log { (text, None) } else { (plain.into(), Some(what)) }
}

/// Imports all formats that need the whole document.
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

    /// Handles several documents: JSON lines that a program has put into an array or pretty-printed are read as lines.
    /// An error if they are documents of a format, each a result.
    fn several(&self, found: &json::Found<'_>, notes: &mut Vec<Note>) -> Result<Option<Read>, Error> {
        let first = match json::first_item(&found.document) {
            _ if found.is_one_of_several() => &*found.document,
            Some(item) if recognised(&found.document, Some(&found.document)).is_none() => item,
            _ => return Ok(None),
        };
        let line = json::lines(first);
        if begin_rows(&self.name, line.as_bytes(), self.options).is_some() {
            if found.head > 0 {
                notes.push(Note::say(&self.name, &BANNER_SKIPPED, [(found.head as u64).into()]));
            }
            let all = if found.is_one_of_several() { found.from } else { &*found.document };
            return self.rows_of(&json::lines(all), notes);
        }
        match recognised(first, Some(first)).filter(|recognised| !recognised.is_text) {
            Some(Recognised { format, .. }) => {
                Err(Error::new(&self.name, Problem::SeveralDocuments { tool: format.tool }))
            }
            None => Ok(None),
        }
    }

    /// Reads a text of a streamed format. Takes the notes if it is one.
    fn rows_of(&self, text: &str, notes: &mut Vec<Note>) -> Result<Option<Read>, Error> {
        let bytes = text.as_bytes();
        let head = bytes.get(..HEAD).unwrap_or(bytes);
        let Some((format, evidence, mut importer)) = begin_rows(&self.name, head, self.options) else {
            return Ok(None);
        };
        importer.push(bytes)?;
        let mut reading = importer.finish()?;
        reading.notes.splice(0..0, std::mem::take(notes));
        Ok(Some((format, evidence, reading)))
    }

    /// Format, evidence, and result.
    fn finish(mut self) -> Result<Read, Error> {
        let decoded = text::decode(&self.name, std::mem::take(&mut self.bytes))?;
        let name = self.name.as_str();
        let mut notes = decoded.notes;
        let (original, prefixes) = printed(&decoded.text);
        notes.extend(prefixes.map(|what| Note::say(name, &PREFIXES_TAKEN_OFF, [Figure::Word(what)])));
        // UTF-16 and console prefixes hide streamed formats.
        if let Some(read) = self.rows_of(&original, &mut notes)? {
            return Ok(read);
        }
        // Excel's hint is not a row; an empty line in its place keeps the line numbers.
        let mut text: &str = &original;
        if let Some(behind) = behind_separator(text) {
            text = behind;
            if let Some(read) = self.rows_of(text, &mut notes)? {
                return Ok(read);
            }
        }
        let json = match json::find(name, text) {
            Ok(json) => json,
            Err(error) => {
                let Some((document, note)) = tsung::json::closed(name, text) else { return Err(error) };
                Some(json::Found { document: document.into(), note: Some(note), head: 0, from: text, behind: "" })
            }
        };
        if let Some(several) = &json
            && let Some(read) = self.several(several, &mut notes)?
        {
            return Ok(read);
        }
        // JSON lines are some kind of log.
        let json = json.filter(|found| !found.is_one_of_several());
        let document = json.as_ref().map(|found| &*found.document);
        let mut found = recognised(text, document);
        let commas = if found.is_none() && document.is_none() { table::with_commas(text) } else { None };
        if let Some(commas) = &commas {
            found = recognised(commas, None);
            if found.is_some() {
                notes.push(Note::say(name, &SEPARATED, []));
                text = commas;
            } else {
                let mut notes = std::mem::take(&mut notes);
                notes.push(Note::say(name, &SEPARATED, []));
                if let Some(read) = self.rows_of(commas, &mut notes)? {
                    return Ok(read);
                }
            }
        }
        let head = original.as_bytes();
        let head = head.get(..HEAD).unwrap_or(head);
        let Recognised { format, evidence, read, is_text } =
            found.ok_or_else(|| unread::printed(name, head).unwrap_or_else(|| nearest::unrecognised(name, text)))?;
        let mut reading = read(&Input { name, text, json: document })?;
        let json = json.filter(|_| !is_text);
        let is_like = |document: &str| recognised(document, Some(document)).is_some_and(|f| f.format.id == format.id);
        let more = json.as_ref().map_or(0, |found| json::more(found.behind, is_like));
        if more > 0 {
            notes.push(Note::say(name, &MORE_DOCUMENTS, [more.into()]));
        }
        notes.extend(json.and_then(|found| found.note));
        notes.append(&mut reading.notes);
        reading.notes = notes;
        Ok((format, evidence, reading))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::io::Read as _;
    use std::path::PathBuf;

    use super::*;

    /// Every format that matches a file.
    fn claims(name: &str, bytes: Vec<u8>) -> Vec<&'static str> {
        let head = bytes.get(..HEAD).unwrap_or(&bytes);
        let first = Sniff { header: Vec::new(), json: None, text: "", head: without_mark(head) };
        let rows = DESCRIPTORS.iter().filter(|d| matches!(d.read, How::Rows(_)) && (d.recognise)(&first).is_some());
        let mut claims: Vec<_> = rows.map(|descriptor| descriptor.format.id).collect();
        let Ok(decoded) = text::decode(name, bytes) else { return claims };
        let (text, _) = printed(&decoded.text);
        let Ok(json) = json::find(name, &text) else { return claims };
        let json = json.as_ref().map(|found| &*found.document);
        let header = if json.is_some() { Vec::new() } else { table::first_record(&text) };
        let sniff = Sniff { header, json, text: &text, head: &[] };
        let whole = DESCRIPTORS.iter().filter(|d| !matches!(d.read, How::Rows(_)) && (d.recognise)(&sniff).is_some());
        claims.extend(whole.map(|descriptor| descriptor.format.id));
        claims
    }

    /// At most one format matches a file, and one matches each readable file.
    #[test]
    fn one_format_matches_a_file() {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let mut folders = vec![root.join("tests/fixtures"), root.join("samples"), root.join("../shared/samples")];
        let (mut files, mut wrong) = (0, Vec::new());
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let mut bytes = std::fs::read(&path).unwrap();
                if bytes.starts_with(&gzip::MAGIC) {
                    let mut unpacked = Vec::new();
                    let _ = flate2::read::MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut unpacked);
                    bytes = unpacked;
                }
                let is_read = read("f", &bytes).is_ok();
                let claims = claims("f", bytes);
                files += usize::from(is_read);
                if claims.len() > 1 || claims.is_empty() && is_read {
                    wrong.push(format!("{}: {claims:?}", path.display()));
                }
            }
        }
        assert!(files > 100 && wrong.is_empty(), "{files} files read; {wrong:#?}");
    }
}
