//! Reading and writing files.

use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::ops::ControlFlow;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use loaddiff::ingest::slice::{self, Plan, Slice, Sliced, Stretch};
use loaddiff::ingest::{self, Options, Part};
use loaddiff::run::time;

use crate::Failure;

/// A file's bytes.
pub fn bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|e| format!("{}: could not be read: {e}.", path.display()))
}

/// How result files are read.
#[derive(Debug, Clone, Copy)]
pub struct Reading {
    /// What the formats leave open.
    pub options: Options,
    /// Threads that read slices of one file.
    pub threads: usize,
}

/// Bytes that are read at a time.
const CHUNK: usize = 1 << 20;

/// A file is cut into slices of at least so many bytes: below, threads cost more than they save.
const SLICE: u64 = 16 << 20;

/// A result file, recognised and read; `-` is standard input. Of a log of single requests, no more than a chunk is in
/// memory.
pub fn read(path: &Path, how: Reading) -> Result<Part, Failure> {
    if path.as_os_str() == "-" {
        return stream("standard input", &mut std::io::stdin().lock(), how.options);
    }
    let name = path.to_string_lossy();
    let failed = |e| format!("{}: could not be read: {e}.", path.display());
    let mut file = File::open(path).map_err(failed)?;
    // The length of what is no file, a pipe for example, is 0.
    let bytes = file.metadata().map_err(failed)?.len();
    let slices = usize::try_from(bytes / SLICE).unwrap_or(usize::MAX).min(how.threads);
    if slices > 1 {
        let mut head = Vec::new();
        (&mut file).take(slice::HEAD as u64).read_to_end(&mut head).map_err(failed)?;
        if let Some(plan) = Plan::new(&name, &head, how.options) {
            return in_slices(path, &plan, bytes, slices);
        }
        file.seek(SeekFrom::Start(0)).map_err(failed)?;
    }
    stream(&name, &mut file, how.options)
}

/// Reads to the end, a chunk at a time.
fn stream(name: &str, from: &mut impl Read, options: Options) -> Result<Part, Failure> {
    let mut reader = ingest::Reader::new(name, options);
    chunks(name, from, |bytes| match reader.push(bytes) {
        Ok(()) => ControlFlow::Continue(()),
        Err(e) => ControlFlow::Break(Err(sentence(&e))),
    })
    .unwrap_or(Ok(()))?;
    reader.finish().map_err(|e| sentence(&e))
}

/// Hands on chunk after chunk; `Some` where that was ended early, or reading failed.
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

/// This moment, RFC 3339.
pub fn now() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    time::format_rfc3339(i64::try_from(since.as_millis()).unwrap_or(0))
}
