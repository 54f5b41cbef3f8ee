//! The readers: workers of this module that read files. Here is which one reads what, and what became of it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use js_sys::{Array, Function, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{File, Worker};

use super::browser;
use super::protocol::{Answer, Packed, Request};
use crate::ingest::slice::Stretch;
use crate::ingest::{self, Options, Part};
use crate::run::Run;

/// A reader that has read more bytes than this is replaced: the memory of a WebAssembly module never shrinks.
const KEEP: u64 = 64 << 20;

/// Milliseconds after which a new reader that has said nothing of its file is replaced, so that no file waits for a worker
/// that does not start. Each time it is four times as long: a slow disk takes long too.
const SILENT_MS: i32 = 4_000;

/// Times that a silent reader is replaced.
const REPLACED: u32 = 2;

/// Number of cores from which several readers work at a time. With fewer, one reader and the browser's own reading keep
/// all of them busy.
const MANY_CORES: f64 = 4.0;

/// Maximum readers that work at a time.
const MOST: f64 = 4.0;

/// Minimum bytes of a slice: joining smaller ones costs more than it saves.
const SLICE: u64 = 32 << 20;

/// News of a file that is being read.
pub(super) enum News {
    /// Bytes read.
    Read(u64),
    /// Figures of the part that was read.
    Snapshot(Box<Run>),
}

/// Why a file gave nothing.
pub(super) enum Ended {
    /// It cannot be used.
    Useless(ingest::Error),
    /// The browser does not give its bytes.
    Unreadable(String),
    /// Its reader is gone, at this byte.
    Died { at: u64, detail: String },
    /// A person cancelled it.
    Cancelled,
}

type Outcome = Result<Vec<Part>, Ended>;

/// A file that is being read.
struct Open {
    file: File,
    path: String,
    byob: bool,
    /// Bytes read of each slice; one, where it is not cut.
    read: Vec<u64>,
    /// The slices, as they come; the first one stays where it is read.
    slices: Vec<Option<Packed>>,
    /// What was read: one part, or those of an archive.
    parts: Vec<Part>,
    news: Rc<dyn Fn(News)>,
    end: Box<dyn FnOnce(Outcome)>,
}

/// What a reader does: read a file, or a slice of one.
struct Job {
    id: u32,
    slice: usize,
    request: Array,
    /// Whether a reader has been asked.
    is_asked: bool,
    /// Readers that said nothing of it.
    silent: u32,
}

impl Job {
    fn new(id: u32, slice: usize, request: Array) -> Self {
        Self { id, slice, request, is_asked: false, silent: 0 }
    }
}

/// A worker that reads.
struct Reader {
    worker: Worker,
    is_ready: bool,
    /// Whether it has said anything of a file.
    has_spoken: bool,
    /// Bytes read of all its files.
    read: u64,
    job: Option<Job>,
}

#[derive(Default)]
struct Pool {
    next: u32,
    readers: BTreeMap<u32, Reader>,
    files: BTreeMap<u32, Open>,
    /// Called with a reader's number and its message, or its number and why it is gone. They live as long as the engine.
    callbacks: Option<(Function, Function)>,
}

thread_local! {
    static POOL: RefCell<Pool> = RefCell::default();
}

/// Readers that work at a time on this machine.
fn most() -> usize {
    let cores = browser::scope().map_or(1.0, |scope| scope.navigator().hardware_concurrency());
    if cores < MANY_CORES { 1 } else { (cores - 1.0).min(MOST) as usize }
}

/// Readers for a file of this size.
fn readers_for(bytes: u64) -> usize {
    usize::try_from(bytes / SLICE).unwrap_or(usize::MAX).clamp(1, most())
}

/// Files of these sizes that are read at a time: one, where a file alone keeps several readers busy.
pub(super) fn at_a_time(sizes: impl IntoIterator<Item = u64>) -> usize {
    if sizes.into_iter().any(|bytes| readers_for(bytes) > 1) { 1 } else { most() }
}

/// Reads a file; `id` is its number for [`cancel`].
pub(super) async fn read(id: u32, file: &File, path: &str, news: impl Fn(News) + 'static) -> Outcome {
    let byob = Reflect::has(&js_sys::global(), &"ReadableStreamBYOBReader".into()).unwrap_or(false);
    let bytes = file.size() as u64;
    let (path, options, workers) = (path.to_owned(), Options::default(), readers_for(bytes));
    let request = message(&Request::Read { id, path: path.clone(), bytes, options, byob, workers }, Some(file));
    let outcome = Rc::new(RefCell::new(None));
    let news: Rc<dyn Fn(News)> = Rc::new(news);
    let ended = Promise::new(&mut |resolve, _| {
        let slot = Rc::clone(&outcome);
        let end = Box::new(move |outcome| {
            *slot.borrow_mut() = Some(outcome);
            let _ = resolve.call0(&JsValue::UNDEFINED);
        });
        let (file, path, news) = (file.clone(), path.clone(), Rc::clone(&news));
        let (read, slices, parts) = (vec![0], Vec::new(), Vec::new());
        POOL.with_borrow_mut(|pool| pool.files.insert(id, Open { file, path, byob, read, slices, parts, news, end }));
        give(Job::new(id, 0, request.clone()));
    });
    // It is never rejected.
    let _ = JsFuture::from(ended).await;
    outcome.take().unwrap_or(Err(Ended::Cancelled))
}

fn message(request: &Request, file: Option<&File>) -> Array {
    let message = Array::of1(&Uint8Array::from(request.to_bytes().as_slice()));
    if let Some(file) = file {
        message.push(file);
    }
    message
}

/// Ends the reading of files, at once.
pub(super) fn cancel(which: impl Fn(u32) -> bool) {
    let ids: Vec<u32> = POOL.with_borrow(|pool| pool.files.keys().copied().filter(|id| which(*id)).collect());
    ids.into_iter().for_each(|id| end(id, None, |_| Err(Ended::Cancelled)));
}

/// Gives a job to a reader that has none, to a new one if need be.
fn give(job: Job) {
    let (id, silent) = (job.id, job.silent);
    let given = POOL.with_borrow_mut(|pool| {
        if let Some(reader) = pool.readers.values_mut().find(|reader| reader.job.is_none()) {
            reader.job = Some(job);
            reader.ask();
            return Ok(None);
        }
        let number = pool.next;
        pool.next = pool.next.wrapping_add(1);
        let worker = pool.start(number)?;
        pool.readers.insert(number, Reader { worker, is_ready: false, has_spoken: false, read: 0, job: Some(job) });
        Ok(Some(number))
    });
    match given {
        Ok(Some(number)) if silent < REPLACED => spawn_local(replace_if_silent(number, silent)),
        Ok(_) => {}
        Err(error) => {
            let detail = browser::message(&error);
            end(id, None, |open| Err(Ended::Died { at: open.read.iter().sum(), detail }));
        }
    }
}

/// Gives the job of a new reader to another one, where it says nothing of it.
async fn replace_if_silent(number: u32, silent: u32) {
    browser::sleep(SILENT_MS << (2 * silent)).await;
    let job = POOL.with_borrow_mut(|pool| {
        pool.readers.get(&number).filter(|reader| !reader.has_spoken)?;
        let reader = pool.readers.remove(&number)?;
        reader.worker.terminate();
        reader.job
    });
    if let Some(job) = job {
        give(Job { is_asked: false, silent: silent + 1, ..job });
    }
}

impl Pool {
    fn start(&mut self, number: u32) -> Result<Worker, JsValue> {
        let (heard, died) = self.callbacks.get_or_insert_with(|| {
            let heard = Closure::<dyn Fn(u32, Uint8Array)>::new(heard).into_js_value().unchecked_into();
            let died = Closure::<dyn Fn(u32, JsValue)>::new(died).into_js_value().unchecked_into();
            (heard, died)
        });
        browser::start_reader(number, heard, died)
    }

    /// The file that a worker reads, and which slice of it.
    fn of(&mut self, number: u32) -> Option<(u32, usize, &mut Open)> {
        let job = self.readers.get(&number)?.job.as_ref()?;
        Some((job.id, job.slice, self.files.get_mut(&job.id)?))
    }

    /// A worker has nothing to read any more: it waits for the next file, unless it has grown.
    fn release(&mut self, number: u32) {
        if let Some(reader) = self.readers.get_mut(&number) {
            reader.job = None;
            if reader.read > KEEP {
                reader.worker.terminate();
                self.readers.remove(&number);
            }
        }
    }
}

impl Reader {
    /// Asks for its file, once it can be asked.
    fn ask(&mut self) {
        if self.is_ready
            && let Some(job) = self.job.as_mut().filter(|job| !job.is_asked)
        {
            job.is_asked = true;
            // A file can always be sent.
            let _ = self.worker.post_message(&job.request);
        }
    }
}

/// An answer of a worker. One of a worker that is no longer there is passed over.
#[allow(clippy::needless_pass_by_value)] // As JavaScript gives it.
fn heard(number: u32, bytes: Uint8Array) {
    let copy = bytes.to_vec();
    discard(&bytes);
    let Some(answer) = Answer::from_bytes(&copy) else {
        return died(number, "its answer cannot be read".into());
    };
    if !matches!(answer, Answer::Ready) {
        POOL.with_borrow_mut(|pool| pool.readers.get_mut(&number).map(|reader| reader.has_spoken = true));
    }
    match answer {
        Answer::Ready => POOL.with_borrow_mut(|pool| {
            if let Some(reader) = pool.readers.get_mut(&number) {
                reader.is_ready = true;
                reader.ask();
            }
        }),
        Answer::Progress { bytes, .. } => {
            let sum = POOL.with_borrow_mut(|pool| {
                let (_, slice, open) = pool.of(number)?;
                *open.read.get_mut(slice)? = bytes;
                Some(open.read.iter().sum())
            });
            if let Some(sum) = sum {
                tell(number, News::Read(sum));
            }
        }
        Answer::Cut { head, stretches, .. } => cut(number, &head, &stretches),
        Answer::Sliced { slice, .. } => sliced(number, slice),
        Answer::Snapshot { run, .. } => tell(number, News::Snapshot(run)),
        Answer::Part { part, .. } => POOL.with_borrow_mut(|pool| {
            if let Some((_, _, open)) = pool.of(number) {
                open.parts.push(*part);
            }
        }),
        Answer::Done { id } => end(id, Some(number), |open| Ok(std::mem::take(&mut open.parts))),
        Answer::Failed { id, error } => end(id, Some(number), |_| Err(Ended::Useless(error))),
        Answer::Unreadable { id, detail } => end(id, Some(number), |_| Err(Ended::Unreadable(detail))),
        Answer::Died { detail } => died(number, detail.into()),
    }
}

/// Gives a message's memory back at once, where the browser can: else it is there until JavaScript's garbage is
/// collected, which many large messages in a row do not wait for.
fn discard(message: &Uint8Array) {
    let buffer = message.buffer();
    // By name, since browsers have it since 2023 and 2024. Transferred to nothing, the bytes go.
    if let Some(transfer) = Reflect::get(&buffer, &"transfer".into()).ok().and_then(|f| f.dyn_into::<Function>().ok()) {
        let _ = transfer.call1(&buffer, &0.into());
    }
}

/// A file is read in slices: all but the first are given to others.
fn cut(number: u32, head: &Packed, stretches: &[Stretch]) {
    let jobs: Option<Vec<Job>> = POOL.with_borrow_mut(|pool| {
        let (id, _, open) = pool.of(number)?;
        open.slices = vec![None; stretches.len()];
        open.read = vec![0; stretches.len()];
        let (path, file, byob) = (&open.path, &open.file, open.byob);
        let request = |stretch: &Stretch| {
            let (path, options, head, stretch) = (path.clone(), Options::default(), head.clone(), stretch.clone());
            message(&Request::Slice { id, path, options, byob, head, stretch }, Some(file))
        };
        let job = |(slice, stretch)| Job::new(id, slice, request(stretch));
        Some(stretches.iter().enumerate().skip(1).map(job).collect())
    });
    jobs.into_iter().flatten().for_each(give);
}

/// A slice is read. With the last one, all go to the worker that has the first.
fn sliced(number: u32, slice: Packed) {
    POOL.with_borrow_mut(|pool| {
        let Some((id, at, open)) = pool.of(number) else { return };
        if let Some(slot) = open.slices.get_mut(at) {
            *slot = Some(slice);
        }
        let all = open.slices.iter().all(Option::is_some);
        let slices = if all { std::mem::take(&mut open.slices) } else { Vec::new() };
        let read = open.read.get(at).copied().unwrap_or_default();
        if at > 0 {
            if let Some(reader) = pool.readers.get_mut(&number) {
                reader.read = reader.read.saturating_add(read);
            }
            pool.release(number);
        }
        if all {
            let slices = slices.into_iter().skip(1).flatten().collect();
            let is_first = |reader: &&Reader| reader.job.as_ref().is_some_and(|job| job.id == id && job.slice == 0);
            if let Some(reader) = pool.readers.values().find(is_first) {
                let _ = reader.worker.post_message(&message(&Request::Join { id, slices }, None));
            }
        }
    });
}

/// A worker is gone, or of no more use.
#[allow(clippy::needless_pass_by_value)] // As JavaScript gives it.
fn died(number: u32, detail: JsValue) {
    let detail = detail.as_string().unwrap_or_else(|| "the browser gives no reason".into());
    let id = POOL.with_borrow_mut(|pool| {
        let reader = pool.readers.remove(&number)?;
        reader.worker.terminate();
        reader.job.map(|job| job.id)
    });
    if let Some(id) = id {
        end(id, None, |open| Err(Ended::Died { at: open.read.iter().sum(), detail }));
    }
}

/// Outside of the pool's borrow: whoever is told may ask for more.
fn tell(number: u32, news: News) {
    let listener = POOL.with_borrow_mut(|pool| pool.of(number).map(|(_, _, open)| Rc::clone(&open.news)));
    if let Some(listener) = listener {
        listener(news);
    }
}

/// A file has come to its end. The worker that said so stays for the next one; others that read it are ended.
fn end(id: u32, by: Option<u32>, outcome: impl FnOnce(&mut Open) -> Outcome) {
    let ended = POOL.with_borrow_mut(|pool| {
        let mut open = pool.files.remove(&id)?;
        let reads = |reader: &Reader| reader.job.as_ref().is_some_and(|job| job.id == id);
        let numbers: Vec<u32> =
            pool.readers.iter().filter(|(_, reader)| reads(reader)).map(|(number, _)| *number).collect();
        for number in numbers {
            let Some(reader) = pool.readers.get_mut(&number) else { continue };
            if by == Some(number) {
                reader.read = reader.read.saturating_add(open.read.first().copied().unwrap_or_default());
                pool.release(number);
            } else {
                reader.worker.terminate();
                pool.readers.remove(&number);
            }
        }
        Some((outcome(&mut open), open.end))
    });
    if let Some((outcome, end)) = ended {
        end(outcome);
    }
}
