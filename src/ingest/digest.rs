//! Digests: a run as a small file, so that a log is read where it lies and only its digest travels.
//!
//! A digest holds the parts of one run (a load generator, a shard, an object of a bucket), each assembled and packed by
//! itself: merging is to put the lists together and sort them, and reading a digest gives what reading all its files at
//! once gives, to the bit. Its size does not depend on the number of requests.

use std::fmt;

use serde::Deserialize;
use serde::de::{IgnoredAny, MapAccess, Visitor};

use super::content::Content;
use super::error::{Error, Problem};
use super::importer::{Descriptor, Format, How, Imported, Input, Sniff};
use super::json;
use crate::run::kept;

pub(super) const FORMAT: Descriptor = Descriptor {
    format: Format {
        id: "loaddiff-digest",
        tool: "loaddiff",
        title: "digest of result files",
        command: "loaddiff digest --output run.digest.json results.jtl",
        percentiles: None,
        endings: &[],
    },
    recognise,
    read: How::Whole(read),
};

/// Member of the document with the version of the runs' packed form. It stands first.
pub(super) const VERSION: &str = "loaddiff_digest";

/// Maximum runs in a digest.
pub(super) const MAX_RUNS: usize = 100_000;

/// Maximum bytes of all runs of a digest, unpacked.
pub(super) const MAX_UNPACKED: usize = 2 * kept::MAX_BYTES;

#[derive(Deserialize)]
struct Document {
    loaddiff_digest: u64,
    runs: Vec<String>,
}

fn recognise(sniff: &Sniff<'_>) -> Option<String> {
    let mut is_digest = false;
    json::peek(sniff.json?, First(&mut is_digest));
    is_digest.then(|| format!("JSON object that begins with “{VERSION}”"))
}

/// Looks at the first member alone.
struct First<'a>(&'a mut bool);

impl<'de> Visitor<'de> for First<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        *self.0 = members.next_key::<std::borrow::Cow<'_, str>>()?.is_some_and(|name| name == VERSION);
        members.next_value::<IgnoredAny>().map(drop)
    }
}

fn read(input: &Input<'_>) -> Result<Imported, Error> {
    let bad = |number: usize, why: String| Error::new(input.name, Problem::BadDigest { number: number as u64, why });
    let document: Document = serde_json::from_str(input.json.unwrap_or_default())
        .map_err(|error| bad(0, format!("has other members than expected: {error}")))?;
    if document.loaddiff_digest != kept::SCHEMA {
        let (found, known) = (document.loaddiff_digest, kept::SCHEMA);
        return Err(bad(0, format!("was written by another version of loaddiff (version {found}, not {known})")));
    }
    if document.runs.is_empty() || document.runs.len() > MAX_RUNS {
        return Err(bad(0, format!("has {} runs, not 1 to {MAX_RUNS}", document.runs.len())));
    }
    let mut room = MAX_UNPACKED;
    let mut runs = Vec::with_capacity(document.runs.len());
    for (at, text) in document.runs.iter().enumerate() {
        let (run, bytes) = kept::unpack(text).map_err(|why| bad(at + 1, why))?;
        room = room
            .checked_sub(bytes)
            .ok_or_else(|| Error::new(input.name, Problem::DigestTooLarge { limit: MAX_UNPACKED }))?;
        if run.source.files.is_empty() {
            return Err(bad(at + 1, "names no file".into()));
        }
        runs.push(run);
    }
    let files: usize = runs.iter().map(|run| run.source.files.len()).sum();
    let evidence = Some(format!("“{VERSION}”, the digest of {files} files"));
    Ok(Imported { content: Content::Runs(runs), version: None, notes: Vec::new(), evidence })
}
