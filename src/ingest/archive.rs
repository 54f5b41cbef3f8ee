//! Archives that hold files: zip, tar, and zstd, which holds one. They are kept as they arrive, up to
//! [`DOCUMENT_LIMIT`](super::DOCUMENT_LIMIT), and opened at their end: a zip archive's directory stands there.
//!
//! gzip is unpacked as it arrives ([`gzip`](super::gzip)).

use std::borrow::Cow;
use std::io::{Cursor, Read};

use zip::result::ZipError;

use super::error::Problem;

/// What an archive is, by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Zip,
    Tar,
    Zstd,
}

/// Beyond [`FREE`] bytes, what unpacks to more than this many times its size is refused. DEFLATE's own limit is 1,032.
const MOST_RATIO: u64 = 500;
const FREE: u64 = 64 << 20;

/// Files of an archive.
const MOST_FILES: usize = 10_000;

/// Unpacked at a time.
const STEP: usize = 128 << 10;

/// The archive that a file begins as.
pub(super) fn kind(head: &[u8]) -> Option<Kind> {
    // An archive without files begins with its end.
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        Some(Kind::Zip)
    } else if head.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        Some(Kind::Zstd)
    } else {
        (head.get(257..262) == Some(b"ustar")).then_some(Kind::Tar)
    }
}

impl Kind {
    /// Its name, for messages.
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
pub(super) enum Trouble {
    /// It is damaged or cut: what is wrong with it.
    Damaged(String),
    /// It is whole, and not unpacked for a reason.
    Refused(String),
}

impl Trouble {
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

/// What takes an archive's files, one after another.
pub(super) trait Files {
    /// A file begins.
    fn begin(&mut self, path: &str);

    /// Its next bytes; `false` where no more of it are wanted.
    fn push(&mut self, bytes: &[u8]) -> bool;

    /// It has ended: whole, or at a place where it could not be unpacked, with what is wrong.
    fn end(&mut self, trouble: Option<Trouble>);
}

/// Unpacks an archive; how many of its files cannot be reached, since another has the same name. The error is the archive's:
/// what came before it is handed on.
pub(super) fn unpack(kind: Kind, bytes: &[u8], files: &mut dyn Files) -> Result<u64, Trouble> {
    let mut hidden = 0;
    let mut room = Room { packed: bytes.len() as u64, unpacked: 0 };
    match kind {
        Kind::Zip => {
            let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|e| Trouble::of_zip(&e))?;
            hidden = entries(bytes).unwrap_or(0).saturating_sub(archive.len() as u64);
            if archive.len() > MOST_FILES {
                return Err(too_many(archive.len()));
            }
            for index in 0..archive.len() {
                let name = archive.name_for_index(index).and_then(Result::ok).map(Cow::into_owned).unwrap_or_default();
                match archive.by_index(index) {
                    Ok(file) if file.is_dir() || is_clutter(&name) => {}
                    Ok(mut file) => one(&name, &mut file, &mut room, files)?,
                    Err(error) => {
                        files.begin(&name);
                        files.end(Some(Trouble::of_zip(&error)));
                    }
                }
            }
        }
        Kind::Tar => {
            let mut archive = tar::Archive::new(bytes);
            let entries = archive.entries().map_err(damaged)?;
            for (index, entry) in entries.enumerate() {
                if index >= MOST_FILES {
                    return Err(too_many(MOST_FILES));
                }
                let mut entry = entry.map_err(damaged)?;
                let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
                if entry.header().entry_type().is_file() && !is_clutter(&name) {
                    one(&name, &mut entry, &mut room, files)?;
                }
            }
            // Every tar archive ends with two blocks of zeros: without them, files may be missing.
            if !bytes.last_chunk::<1024>().is_some_and(|end| end.iter().all(|byte| *byte == 0)) {
                return Err(Trouble::Damaged("the end of the tar archive is missing".into()));
            }
        }
        Kind::Zstd => {
            files.begin("");
            ended(frames(bytes, &mut room, files), files)?;
        }
    }
    Ok(hidden)
}

fn damaged(error: std::io::Error) -> Trouble {
    Trouble::Damaged(error.to_string())
}

fn too_many(files: usize) -> Trouble {
    Trouble::Refused(format!(
        "it holds {} files, more than {}",
        crate::number::count(files as u64),
        crate::number::count(MOST_FILES as u64)
    ))
}

/// Files of a zip archive, by the record at its end (APPNOTE 4.3.16); `None` where there are too many for it. The archive's
/// reader keeps one file of each name.
fn entries(bytes: &[u8]) -> Option<u64> {
    // A comment of at most 65,535 bytes may follow the record's 22.
    let end = bytes.get(bytes.len().saturating_sub(22 + 65_535)..)?;
    let record = end.get(memchr::memmem::rfind(end, b"PK\x05\x06")?..)?;
    let count = u16::from_le_bytes(record.get(10..12)?.try_into().ok()?);
    (count != u16::MAX).then_some(count.into())
}

/// What a Mac puts beside files.
fn is_clutter(path: &str) -> bool {
    path.split('/').any(|part| part == "__MACOSX" || part == ".DS_Store")
}

/// How much may still be unpacked.
struct Room {
    packed: u64,
    unpacked: u64,
}

impl Room {
    fn take(&mut self, bytes: usize) -> Result<(), Trouble> {
        self.unpacked += bytes as u64;
        if self.unpacked > FREE && self.unpacked / MOST_RATIO > self.packed {
            return Err(Trouble::Refused(format!("it unpacks to more than {MOST_RATIO} times its size")));
        }
        Ok(())
    }
}

fn one(name: &str, from: &mut dyn Read, room: &mut Room, files: &mut dyn Files) -> Result<(), Trouble> {
    files.begin(name);
    ended(pour(from, room, files), files)
}

/// Ends a file.
fn ended(poured: Result<Poured, Trouble>, files: &mut dyn Files) -> Result<(), Trouble> {
    files.end(match &poured {
        Ok(Poured::All | Poured::Enough) => None,
        Ok(Poured::Damaged(why)) => Some(Trouble::Damaged(why.clone())),
        Err(why) => Some(why.clone()),
    });
    poured.map(|_| ())
}

/// How a file ended.
enum Poured {
    All,
    /// No more of it was wanted.
    Enough,
    /// It cannot be unpacked from here on.
    Damaged(String),
}

/// Hands on a file's bytes. The error is the whole archive's.
fn pour(from: &mut dyn Read, room: &mut Room, files: &mut dyn Files) -> Result<Poured, Trouble> {
    let mut buffer = vec![0; STEP];
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return Ok(Poured::All),
            Ok(read) => {
                room.take(read)?;
                if !files.push(buffer.get(..read).unwrap_or_default()) {
                    return Ok(Poured::Enough);
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Ok(Poured::Damaged(error.to_string())),
        }
    }
}

/// Unpacks all frames of a zstd file, one after another.
fn frames(mut rest: &[u8], room: &mut Room, files: &mut dyn Files) -> Result<Poured, Trouble> {
    while !rest.is_empty() {
        if let Some(behind) = behind_skippable(rest) {
            rest = behind;
            continue;
        }
        let mut decoder = match ruzstd::decoding::StreamingDecoder::new(&mut rest) {
            Ok(decoder) => decoder,
            Err(error) => return Ok(Poured::Damaged(error.to_string())),
        };
        match pour(&mut decoder, room, files)? {
            Poured::All => {}
            ended => return Ok(ended),
        }
    }
    Ok(Poured::All)
}

/// What follows a skippable frame (RFC 8878, 3.1.2), where a text begins with one.
fn behind_skippable(bytes: &[u8]) -> Option<&[u8]> {
    let (magic, rest) = bytes.split_first_chunk::<4>()?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let is_skippable = u32::from_le_bytes(*magic) & 0xffff_fff0 == 0x184d_2a50;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    is_skippable.then(|| rest.get(length..).unwrap_or_default())
}
