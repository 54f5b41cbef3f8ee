//! A complete run embedded in another file: stored in `performance-baselines.json` under [`KEY`].
//!
//! Such a file shows the figures of a summary. The embedded run makes a comparison with the file a comparison with the
//! run. Members: `schema`, the run's [`Wire`](crate::wire::Wire) form as zlib and base64url (`run`), and a hash of the
//! figures (`entries`). A figure edited by hand changes the hash; then only the figures count.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::Run;
use crate::base64::{base64url, base64url_bytes};
use crate::wire::{from_bytes, to_bytes};

/// Member of the document. Readers, including the scripts, skip members that begin with `_`.
pub(crate) const KEY: &str = "_loaddiff";

/// Version of the wire form of a run. Raise it with every change to that form.
pub(crate) const SCHEMA: u64 = 1;

/// Maximum bytes of an embedded run, for writing and for unpacking.
pub(crate) const MAX_BYTES: usize = 128 << 20;

/// The embedded run of a document.
#[derive(Debug)]
pub(crate) enum Embedded {
    /// No run.
    Nothing,
    /// The run behind the figures.
    Whole(Box<Run>),
    /// A run whose figures were edited since.
    Edited,
}

/// The value under [`KEY`] for these entries. `None` if the run cannot be embedded whole: it is too large, or it came
/// from a link or a report and carries data that only these have.
pub(crate) fn write(run: &Run, entries: &Map<String, Value>) -> Option<Value> {
    let members =
        [("schema", Value::from(SCHEMA)), ("entries", Value::from(hash(entries))), ("run", Value::from(pack(run)?.0))];
    Some(Value::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()))
}

/// Reads the embedded run. The error completes a sentence that begins with “The run that is kept”.
pub(crate) fn read(document: &Value) -> Result<Embedded, String> {
    let Some((entries, kept)) = document.as_object().and_then(|entries| Some((entries, entries.get(KEY)?))) else {
        return Ok(Embedded::Nothing);
    };
    let schema = kept.get("schema").and_then(Value::as_u64).ok_or("has no version")?;
    if schema != SCHEMA {
        return Err(format!("was written by another version of loaddiff (schema {schema}, not {SCHEMA})"));
    }
    if kept.get("entries").and_then(Value::as_str) != Some(&hash(entries)) {
        return Ok(Embedded::Edited);
    }
    let text = kept.get("run").and_then(Value::as_str).unwrap_or_default();
    unpack(text).map(|(run, _)| Embedded::Whole(Box::new(run)))
}

/// A run as zlib and base64url of its wire form, and the bytes of that form; `None` if it cannot be kept whole (see [`write`]).
pub(crate) fn pack(run: &Run) -> Option<(String, usize)> {
    let bytes = to_bytes(run);
    // Skip a run that does not round-trip.
    if bytes.len() > MAX_BYTES
        || super::sound::problem(run).is_some()
        || from_bytes::<Run>(&bytes).as_ref() != Some(run)
    {
        return None;
    }
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
    zlib.write_all(&bytes).ok()?;
    Some((base64url(&zlib.finish().ok()?), bytes.len()))
}

/// The run that [`pack`] wrote, and its bytes unpacked, at most [`MAX_BYTES`]. The error completes a sentence about the
/// run.
pub(crate) fn unpack(text: &str) -> Result<(Run, usize), String> {
    let damaged = "is damaged";
    let bytes = base64url_bytes(text).ok_or(damaged)?;
    let mut unpacked = Vec::new();
    ZlibDecoder::new(bytes.as_slice()).take(MAX_BYTES as u64 + 1).read_to_end(&mut unpacked).map_err(|_| damaged)?;
    if unpacked.len() > MAX_BYTES {
        return Err(format!("has more than {} MiB", MAX_BYTES >> 20));
    }
    let run: Run = from_bytes(&unpacked).ok_or(damaged)?;
    match super::sound::problem(&run) {
        Some(why) => Err(format!("is impossible: {why}")),
        None => Ok((run, unpacked.len())),
    }
}

/// Hash of the entries, independent of order and layout, without comments.
fn hash(entries: &Map<String, Value>) -> String {
    let sorted = |map: &Map<String, Value>| -> BTreeMap<String, String> {
        crate::order::map(map.iter().map(|(key, value)| (key.clone(), value.to_string())))
    };
    let mut hash = Sha256::new();
    let shown: Vec<(&String, &Value)> = entries.iter().filter(|(key, _)| !key.starts_with('_')).collect();
    for (key, value) in crate::order::map(shown) {
        hash.update(format!("{key:?}"));
        match value {
            Value::Object(figures) => hash.update(format!("{:?}", sorted(figures))),
            other => hash.update(other.to_string()),
        }
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::{
        Endpoint, FailedInterval, FailedLatency, Interval, Note, NoteLevel, Sketch, SourceFile, Timeline, Words,
    };

    /// Later builds read stored runs. If this fails, the wire form of a run has changed: raise [`SCHEMA`], so that
    /// older files are refused by version, and update the hash here.
    #[test]
    fn the_wire_form_has_its_version() {
        let interval = Interval {
            sketch: Some(Box::new(Sketch::default())),
            failed: Some(Box::new(FailedInterval::default())),
            ..Interval::default()
        };
        let timeline = Some(Timeline { intervals: vec![interval].into(), grid: None });
        let endpoint = Endpoint {
            timeline: timeline.clone(),
            failed: Some(Box::new(FailedLatency::default())),
            ..Endpoint::default()
        };
        let mut run = Run { timeline, total: Some(endpoint.clone()), ..Run::default() };
        run.endpoints.push(endpoint);
        run.source.files.push(SourceFile::default());
        let words = Words { code: "code", level: NoteLevel::Warning, text: "{0}" };
        run.notes.push(Note::say("file", &words, [1_u64.into()]));
        let hash: String = Sha256::digest(to_bytes(&run)).iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        assert_eq!((SCHEMA, hash.as_str()), (1, "fc4bf793"));
    }
}
