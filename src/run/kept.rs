//! A whole run within another file: what `performance-baselines.json` holds under [`KEY`].
//!
//! The figures that such a file shows are those of a summary. Beside them stands the run that they are of, so that a
//! comparison with it is a comparison with the run: `schema`, the run's [`Wire`](crate::wire::Wire) form, as zlib and
//! base64url (`run`), and a hash of the figures (`entries`). Whoever changes a figure by hand means it: then the hash
//! differs, and the figures count alone.

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

/// The member of the document. Readers, the scripts too, skip what begins with `_`.
pub(crate) const KEY: &str = "_loaddiff";

/// Raise it with every change to how a run goes over the wire: what was written before is another shape.
const SCHEMA: u64 = 1;

/// A run is kept where it has no more than so many bytes, and no more are unpacked.
const MOST_BYTES: usize = 128 << 20;

/// What a document holds.
#[derive(Debug)]
pub(crate) enum Kept {
    /// No run.
    Nothing,
    /// The run that its figures are of.
    Whole(Box<Run>),
    /// A run, and figures that were changed since.
    Edited,
}

/// What stands under [`KEY`] beside these entries; `None` where the run cannot be kept whole: one that is very large, or
/// that came from a link or a report and carries what only these have.
pub(crate) fn write(run: &Run, entries: &Map<String, Value>) -> Option<Value> {
    let bytes = to_bytes(run);
    // What would not come back as it is here is not kept.
    if bytes.len() > MOST_BYTES
        || super::sound::problem(run).is_some()
        || from_bytes::<Run>(&bytes).as_ref() != Some(run)
    {
        return None;
    }
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
    zlib.write_all(&bytes).ok()?;
    let members = [
        ("schema", Value::from(SCHEMA)),
        ("entries", Value::from(hash(entries))),
        ("run", Value::from(base64url(&zlib.finish().ok()?))),
    ];
    Some(Value::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()))
}

/// The run that a document holds. An error says what is wrong with it, to stand behind “The run that is kept”.
pub(crate) fn read(document: &Value) -> Result<Kept, String> {
    let Some((entries, kept)) = document.as_object().and_then(|entries| Some((entries, entries.get(KEY)?))) else {
        return Ok(Kept::Nothing);
    };
    let schema = kept.get("schema").and_then(Value::as_u64).ok_or("has no version")?;
    if schema != SCHEMA {
        return Err(format!("was written by another version of loaddiff (schema {schema}, not {SCHEMA})"));
    }
    if kept.get("entries").and_then(Value::as_str) != Some(&hash(entries)) {
        return Ok(Kept::Edited);
    }
    let damaged = "is damaged";
    let bytes = kept.get("run").and_then(Value::as_str).and_then(base64url_bytes).ok_or(damaged)?;
    let mut unpacked = Vec::new();
    let most = MOST_BYTES as u64 + 1;
    ZlibDecoder::new(bytes.as_slice()).take(most).read_to_end(&mut unpacked).map_err(|_| damaged)?;
    if unpacked.len() > MOST_BYTES {
        return Err(format!("has more than {} MiB", MOST_BYTES >> 20));
    }
    let run: Run = from_bytes(&unpacked).ok_or(damaged)?;
    match super::sound::problem(&run) {
        Some(why) => Err(format!("is impossible: {why}")),
        None => Ok(Kept::Whole(Box::new(run))),
    }
}

/// Of the entries whatever their order and layout, without comments.
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

    /// What is stored is read by later builds. Where this fails, the shape of a run on the wire has changed: raise
    /// [`SCHEMA`], so that what was written before is refused by its version, and put the new hash here.
    #[test]
    fn the_shape_has_its_version() {
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
