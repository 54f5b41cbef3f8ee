//! Archives: zip, tar, and zstd, which holds one file. They are buffered up to
//! [`DOCUMENT_LIMIT`](super::DOCUMENT_LIMIT) and opened at the end, where a zip archive has its directory.
//!
//! gzip is unpacked while it arrives ([`gzip`](super::gzip)).

use std::borrow::Cow;
use std::io::{Cursor, Read};

use zip::result::ZipError;

use super::error::Problem;

/// The kind of an archive, by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Zip,
    Tar,
    Zstd,
}

/// Maximum ratio of unpacked to packed size beyond [`FREE`] bytes. DEFLATE's own limit is 1,032.
const MOST_RATIO: u64 = 500;
const FREE: u64 = 64 << 20;

/// Maximum files in an archive.
const MAX_FILES: usize = 10_000;

/// Bytes unpacked per step.
const STEP: usize = 128 << 10;

/// The kind of archive that a file begins with.
pub(super) fn kind(head: &[u8]) -> Option<Kind> {
    // An archive without files begins with its end record.
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        Some(Kind::Zip)
    } else if head.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        Some(Kind::Zstd)
    } else {
        (head.get(257..262) == Some(b"ustar")).then_some(Kind::Tar)
    }
}

impl Kind {
    /// Name for messages.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Zip => "zip",
            Self::Tar => "tar",
            Self::Zstd => "zstd",
        }
    }
}

/// Why an archive, or a file in it, was not unpacked.
#[derive(Debug, Clone)]
pub(super) enum UnpackError {
    /// Damaged or cut, with the reason.
    Damaged(String),
    /// Intact, but not unpacked, with the reason.
    Refused(String),
}

impl UnpackError {
    /// The reason, a sentence without its capital and its full stop.
    pub(super) fn detail(&self) -> &str {
        match self {
            Self::Damaged(detail) | Self::Refused(detail) => detail,
        }
    }

    pub(super) fn problem(self) -> Problem {
        match self {
            Self::Damaged(detail) => Problem::BadArchive { detail },
            Self::Refused(detail) => Problem::ArchiveRefused { detail },
        }
    }

    fn of_zip(error: &ZipError) -> Self {
        match error {
            ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) | ZipError::InvalidPassword => {
                Self::Refused("it is locked with a password".into())
            }
            ZipError::UnsupportedArchive(_) | ZipError::CompressionMethodNotSupported(_) => {
                Self::Refused(error.to_string())
            }
            _ => Self::Damaged(error.to_string()),
        }
    }
}

/// Receives an archive's files, one after another.
pub(super) trait FileSink {
    /// Begins a file.
    fn begin(&mut self, path: &str);

    /// Takes its next bytes. Returns `false` if no more are wanted.
    fn push(&mut self, bytes: &[u8]) -> bool;

    /// Ends it: complete, or with the reason why the rest could not be unpacked.
    fn end(&mut self, error: Option<UnpackError>);
}

/// Unpacks an archive. Returns the number of files that cannot be reached because another has the same name. An error
/// concerns the whole archive; files before it have been delivered.
pub(super) fn unpack(kind: Kind, bytes: &[u8], files: &mut dyn FileSink) -> Result<u64, UnpackError> {
    let mut hidden = 0;
    let mut budget = Budget { packed: bytes.len() as u64, unpacked: 0 };
    match kind {
        Kind::Zip => {
            let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|e| UnpackError::of_zip(&e))?;
            hidden = entries(bytes).unwrap_or(0).saturating_sub(archive.len() as u64);
            if archive.len() > MAX_FILES {
                return Err(too_many(archive.len()));
            }
            for index in 0..archive.len() {
                let name = archive.name_for_index(index).and_then(Result::ok).map(Cow::into_owned).unwrap_or_default();
                match archive.by_index(index) {
                    Ok(file) if file.is_dir() || is_clutter(&name) => {}
                    Ok(mut file) => one(&name, &mut file, &mut budget, files)?,
                    Err(error) => {
                        files.begin(&name);
                        files.end(Some(UnpackError::of_zip(&error)));
                    }
                }
            }
        }
        Kind::Tar => {
            let mut archive = tar::Archive::new(bytes);
            let entries = archive.entries().map_err(damaged)?;
            for (index, entry) in entries.enumerate() {
                if index >= MAX_FILES {
                    return Err(too_many(MAX_FILES));
                }
                let mut entry = entry.map_err(damaged)?;
                let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
                if entry.header().entry_type().is_file() && !is_clutter(&name) {
                    one(&name, &mut entry, &mut budget, files)?;
                }
            }
            // Every tar archive ends with two blocks of zeros. Without them, files may be missing.
            if !bytes.last_chunk::<1024>().is_some_and(|end| end.iter().all(|byte| *byte == 0)) {
                return Err(UnpackError::Damaged("the end of the tar archive is missing".into()));
            }
        }
        Kind::Zstd => {
            files.begin("");
            ended(frames(bytes, &mut budget, files), files)?;
        }
    }
    Ok(hidden)
}

fn damaged(error: std::io::Error) -> UnpackError {
    UnpackError::Damaged(error.to_string())
}

fn too_many(files: usize) -> UnpackError {
    UnpackError::Refused(format!(
        "it holds {} files, more than {}",
        crate::number::count(files as u64),
        crate::number::count(MAX_FILES as u64)
    ))
}

/// Number of files in a zip archive, from the record at its end (APPNOTE 4.3.16); `None` if it exceeds the field. The
/// zip reader keeps one file per name.
fn entries(bytes: &[u8]) -> Option<u64> {
    // A comment of at most 65,535 bytes may follow the record's 22.
    let end = bytes.get(bytes.len().saturating_sub(22 + 65_535)..)?;
    let record = end.get(memchr::memmem::rfind(end, b"PK\x05\x06")?..)?;
    let count = u16::from_le_bytes(record.get(10..12)?.try_into().ok()?);
    (count != u16::MAX).then_some(count.into())
}

/// Metadata that macOS adds to archives.
fn is_clutter(path: &str) -> bool {
    path.split('/').any(|part| part == "__MACOSX" || part == ".DS_Store")
}

/// Remaining unpacking budget.
struct Budget {
    packed: u64,
    unpacked: u64,
}

impl Budget {
    fn take(&mut self, bytes: usize) -> Result<(), UnpackError> {
        self.unpacked += bytes as u64;
        if self.unpacked > FREE && self.unpacked / MOST_RATIO > self.packed {
            return Err(UnpackError::Refused(format!("it unpacks to more than {MOST_RATIO} times its size")));
        }
        Ok(())
    }
}

fn one(name: &str, from: &mut dyn Read, budget: &mut Budget, files: &mut dyn FileSink) -> Result<(), UnpackError> {
    files.begin(name);
    ended(unpack_file(from, budget, files), files)
}

/// Ends a file.
fn ended(unpacked: Result<Unpacked, UnpackError>, files: &mut dyn FileSink) -> Result<(), UnpackError> {
    files.end(match &unpacked {
        Ok(Unpacked::All | Unpacked::Stopped) => None,
        Ok(Unpacked::Damaged(why)) => Some(UnpackError::Damaged(why.clone())),
        Err(why) => Some(why.clone()),
    });
    unpacked.map(|_| ())
}

/// How a file ended.
enum Unpacked {
    All,
    /// No more bytes were wanted.
    Stopped,
    /// The rest cannot be unpacked.
    Damaged(String),
}

/// Delivers a file's bytes. An error concerns the whole archive.
fn unpack_file(from: &mut dyn Read, budget: &mut Budget, files: &mut dyn FileSink) -> Result<Unpacked, UnpackError> {
    let mut buffer = vec![0; STEP];
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return Ok(Unpacked::All),
            Ok(read) => {
                budget.take(read)?;
                if !files.push(buffer.get(..read).unwrap_or_default()) {
                    return Ok(Unpacked::Stopped);
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Ok(Unpacked::Damaged(error.to_string())),
        }
    }
}

/// Unpacks all frames of a zstd file in order.
fn frames(mut rest: &[u8], budget: &mut Budget, files: &mut dyn FileSink) -> Result<Unpacked, UnpackError> {
    while !rest.is_empty() {
        if let Some(behind) = behind_skippable(rest) {
            rest = behind;
            continue;
        }
        let mut decoder = match ruzstd::decoding::StreamingDecoder::new(&mut rest) {
            Ok(decoder) => decoder,
            Err(error) => return Ok(Unpacked::Damaged(error.to_string())),
        };
        match unpack_file(&mut decoder, budget, files)? {
            Unpacked::All => {}
            ended => return Ok(ended),
        }
    }
    Ok(Unpacked::All)
}

/// The bytes after a leading skippable frame (RFC 8878, 3.1.2), if there is one.
fn behind_skippable(bytes: &[u8]) -> Option<&[u8]> {
    let (magic, rest) = bytes.split_first_chunk::<4>()?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let is_skippable = u32::from_le_bytes(*magic) & 0xffff_fff0 == 0x184d_2a50;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    is_skippable.then(|| rest.get(length..).unwrap_or_default())
}
