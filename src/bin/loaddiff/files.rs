//! Reading and writing files.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use loaddiff::ingest::{self, Part};
use loaddiff::run::time;

use crate::Failure;

/// A file's bytes.
pub fn bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|e| format!("{}: could not be read: {e}.", path.display()))
}

/// A result file, recognised and read.
pub fn read(path: &Path) -> Result<Part, Failure> {
    ingest::read(&path.to_string_lossy(), &bytes(path)?).map_err(|e| {
        let excerpt = e.excerpt().map(|x| format!(" It begins: {x}")).unwrap_or_default();
        format!("{e}{excerpt}")
    })
}

/// Writes to a file, or to standard output where none is named.
pub fn write(path: Option<&PathBuf>, text: &str) -> Result<(), Failure> {
    match path {
        Some(path) => std::fs::write(path, text).map_err(|e| format!("{}: could not be written: {e}.", path.display())),
        None => print(text),
    }
}

/// Prints to standard output. A reader that has seen enough (`| head`) is no error.
pub fn print(text: &str) -> Result<(), Failure> {
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => Err(format!("standard output: {e}.")),
        _ => Ok(()),
    }
}

/// This moment, RFC 3339.
pub fn now() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    time::format_rfc3339(i64::try_from(since.as_millis()).unwrap_or(0))
}
