//! Reading files.

use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use loaddiff::ingest::slice::{self, Plan, Slice, Sliced, Stretch};
use loaddiff::ingest::{self, Options, Part};
use loaddiff::number;
use loaddiff::run::time;

use crate::{Failure, output, progress};

/// Reads a file.
pub fn bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|e| unreadable(path, &e))
}

/// Why a file could not be read, and what to do.
fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    let path = path.display();
    match error.kind() {
        ErrorKind::NotFound => {
            let here = std::env::current_dir().map(|here| format!(" in {}", here.display())).unwrap_or_default();
            format!("{path}: there is no such file or folder. Check its name; the command was started{here}.")
        }
        ErrorKind::PermissionDenied => format!("{path}: could not be read: {error}. Check its permissions."),
        _ => format!("{path}: could not be read: {error}."),
    }
}

/// How to read result files.
#[derive(Debug, Clone, Copy)]
pub struct ReadOptions {
    /// Options of the formats.
    pub options: Options,
    /// Threads for reading slices of one file.
    pub threads: usize,
}

/// Bytes per read.
const CHUNK: usize = 1 << 20;

/// Minimum bytes per slice of a file: below, threads cost more than they save.
const SLICE: u64 = 16 << 20;

/// Reads a result file: one part, or those of an archive or a folder. `-` is standard input. For a log of single
/// requests, at most one chunk is in memory.
pub fn read(path: &Path, how: ReadOptions) -> Result<Vec<Part>, Failure> {
    if path.is_dir() {
        return folder(path, how);
    }
    if path.as_os_str() == "-" {
        let _progress = progress::begin("standard input", None);
        return stream("standard input", &mut std::io::stdin().lock(), how.options);
    }
    let name = path.to_string_lossy();
    let failed = |e| unreadable(path, &e);
    let mut file = File::open(path).map_err(failed)?;
    // The length of a pipe and similar is 0.
    let bytes = file.metadata().map_err(failed)?.len();
    let _progress = progress::begin(&name, (bytes > 0).then_some(bytes));
    let slices = usize::try_from(bytes / SLICE).unwrap_or(usize::MAX).min(how.threads);
    if slices > 1 {
        let mut head = Vec::new();
        (&mut file).take(slice::HEAD as u64).read_to_end(&mut head).map_err(failed)?;
        if let Some(plan) = Plan::new(&name, &head, how.options) {
            return in_slices(path, &plan, bytes, slices).map(|part| vec![part]);
        }
        file.seek(SeekFrom::Start(0)).map_err(failed)?;
    }
    stream(&name, &mut file, how.options)
}

/// Maximum files of a folder, and maximum depth.
const MAX_FILES: usize = 10_000;
pub const MAX_DEPTH: usize = 16;

/// Reads all readable files of a folder. The others are listed on standard error.
fn folder(path: &Path, how: ReadOptions) -> Result<Vec<Part>, Failure> {
    let mut files = Vec::new();
    list(path, MAX_DEPTH, &mut files).map_err(|e| unreadable(path, &e))?;
    if files.len() > MAX_FILES {
        return Err(format!("{}: holds more than {MAX_FILES} files. Name the result files.", path.display()));
    }
    files.sort();
    let (mut parts, mut left) = (Vec::new(), Vec::new());
    for file in &files {
        match read(file, how) {
            Ok(more) => parts.extend(more),
            Err(failure) => left.push((file, failure)),
        }
    }
    match left.as_slice() {
        [] => {}
        [(_, first), ..] if parts.is_empty() => {
            let count = number::count(left.len() as u64);
            return Err(format!("{}: none of {count} files can be read. The first: {first}", path.display()));
        }
        left => {
            let named: Vec<_> = left.iter().take(5).map(|(file, _)| file.display().to_string()).collect();
            let more = left.len().saturating_sub(5);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let read = files.len() - left.len();
            let (path, of) = (path.display(), files.len());
            output::print_error(&format!(
                "note: {path}: read {read} of {of} files. Left out: {}{more}.",
                named.join(", ")
            ));
        }
    }
    if parts.is_empty() {
        return Err(format!("{}: the folder is empty.", path.display()));
    }
    Ok(parts)
}

/// Adds the files of a folder and of folders in it, down to a depth.
pub fn list(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        // Links are not followed: they may form cycles.
        let kind = entry.file_type()?;
        if kind.is_dir() && depth > 0 {
            list(&entry.path(), depth - 1, files)?;
        } else if kind.is_file() && files.len() <= MAX_FILES {
            files.push(entry.path());
        }
    }
    Ok(())
}

/// Reads to the end, a chunk at a time.
fn stream(name: &str, from: &mut impl Read, options: Options) -> Result<Vec<Part>, Failure> {
    let mut reader = ingest::Reader::new(name, options);
    chunks(name, from, |bytes| match reader.push(bytes) {
        Ok(()) => ControlFlow::Continue(()),
        Err(e) => ControlFlow::Break(Err(sentence(&e))),
    })
    .unwrap_or(Ok(()))?;
    reader.parts().map_err(|e| sentence(&e))
}

/// Passes on chunk after chunk; `Some` if stopped early, or if reading failed.
fn chunks<T>(
    name: &str,
    from: &mut impl Read,
    mut with: impl FnMut(&[u8]) -> ControlFlow<Result<T, Failure>>,
) -> Option<Result<T, Failure>> {
    let mut buffer = vec![0; CHUNK];
    loop {
        let bytes = match from.read(&mut buffer) {
            Ok(0) => return None,
            Ok(n) => buffer.get(..n).unwrap_or_default(),
            Err(e) if e.kind() == ErrorKind::Interrupted => continue,
            Err(e) => return Some(Err(format!("{name}: could not be read: {e}."))),
        };
        progress::add(bytes.len());
        if let ControlFlow::Break(ended) = with(bytes) {
            return Some(ended);
        }
    }
}

/// Reads slices of a file on threads and joins them.
fn in_slices(path: &Path, plan: &Plan, bytes: u64, slices: usize) -> Result<Part, Failure> {
    let stretches = slice::cut(bytes, slices);
    let read: Vec<Result<Sliced, Failure>> = std::thread::scope(|scope| {
        let threads: Vec<_> =
            stretches.iter().map(|stretch| scope.spawn(|| fill(path, stretch, plan.slice(stretch)))).collect();
        let lost = |_| Err("a thread was lost.".to_owned());
        threads.into_iter().map(|thread| thread.join().unwrap_or_else(lost)).collect()
    });
    let mut joined = plan.join();
    for slice in read {
        let mut next = joined.add(slice?).map_err(|e| sentence(&e))?;
        while let Some(again) = next {
            let slice = fill(path, &again, plan.again(&again))?;
            next = joined.add(slice).map_err(|e| sentence(&e))?;
        }
    }
    joined.finish().map_err(|e| sentence(&e))
}

/// Reads one slice.
fn fill(path: &Path, stretch: &Stretch, mut slice: Slice) -> Result<Sliced, Failure> {
    let failed = |e| format!("{}: could not be read: {e}.", path.display());
    let mut file = File::open(path).map_err(failed)?;
    file.seek(SeekFrom::Start(stretch.bytes.start)).map_err(failed)?;
    let name = path.to_string_lossy();
    let ended = chunks(&name, &mut file, |bytes| {
        if slice.push(bytes) { ControlFlow::Continue(()) } else { ControlFlow::Break(Ok(())) }
    });
    ended.unwrap_or(Ok(()))?;
    Ok(slice.end())
}

fn sentence(error: &ingest::Error) -> Failure {
    let excerpt = error.excerpt().map(|x| format!(" It begins: {x}")).unwrap_or_default();
    format!("{error}{excerpt}")
}

/// The current time, RFC 3339.
pub fn now() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    time::format_rfc3339(i64::try_from(since.as_millis()).unwrap_or(0))
}
