//! Writes [digests](super::digest).

use super::assemble::{self, Parts};
use super::content::{Content, Part};
use super::digest::{MAX_RUNS, MAX_UNPACKED, VERSION};
use super::error::{Error, Problem};
use crate::run::{Run, kept};

/// The digest of files that are parts of one run, and of other digests. Its bytes depend on the files alone, not on
/// their order or on which of them were digests before.
///
/// # Errors
///
/// As [`assemble`](super::assemble()) for the files of each part; [`Problem::TooMany`] and [`Problem::DigestTooLarge`] beyond the limits of a digest;
/// [`Problem::BadDigest`] for a run that came from a link or a report, which has no distributions to keep.
pub fn digest(parts: Vec<Part>) -> Result<String, Error> {
    let mut runs: Vec<Run> = Vec::new();
    let mut plain = Vec::new();
    for part in parts {
        match part.content {
            Content::Runs(more) => runs.extend(more),
            _ => plain.push(part),
        }
    }
    for group in assemble::group(plain) {
        runs.push(assemble::assemble(group.parts, Parts::Merge)?);
    }
    if runs.is_empty() {
        return Err(Error::new("", Problem::NoFile));
    }
    if runs.len() > MAX_RUNS {
        return Err(Error::new("", Problem::TooMany { what: "runs", limit: MAX_RUNS }));
    }
    // What is written can be read.
    let mut room = MAX_UNPACKED;
    let mut packed: Vec<((String, u64), String)> = Vec::with_capacity(runs.len());
    for (at, run) in runs.iter().enumerate() {
        let Some((text, bytes)) = kept::pack(run) else {
            let why = "cannot be kept whole: it is too large, or came from a link or a report".to_owned();
            return Err(Error::new(&run.label, Problem::BadDigest { number: at as u64 + 1, why }));
        };
        room =
            room.checked_sub(bytes).ok_or_else(|| Error::new("", Problem::DigestTooLarge { limit: MAX_UNPACKED }))?;
        packed.push((first_file(run), text));
    }
    crate::order::sort(&mut packed);
    let lines: Vec<String> = packed.iter().map(|(_, text)| format!("\"{text}\"")).collect();
    Ok(format!("{{\"{VERSION}\": {}, \"runs\": [\n{}\n]}}\n", kept::SCHEMA, lines.join(",\n")))
}

/// Name and fingerprint of a run's first file.
fn first_file(run: &Run) -> (String, u64) {
    run.source.files.first().map(|file| (file.name.clone(), file.fingerprint)).unwrap_or_default()
}
