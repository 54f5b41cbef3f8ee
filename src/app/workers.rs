//! The workers that read files, as the page sees them. web/boot.js makes one from what was fetched before the page was
//! ready; here is who reads what, and what became of it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use js_sys::{Array, Date, Function, Promise, Reflect, Uint8Array};
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{File, Worker};

use crate::ingest::slice::Stretch;
use crate::ingest::{self, Options, Part};
use crate::run::{Endpoint, Run};
use crate::worker::protocol::{self, Answer, Packed, Request};

/// A worker that has read more bytes than this is replaced by a fresh one: its memory never shrinks.
const KEEP: u64 = 64 << 20;

/// From so many cores on, several workers read at a time. Below, one worker and the browser's own reading keep all of
/// them busy.
const MANY_CORES: f64 = 4.0;

/// So many workers read at a time, at most.
const MOST: f64 = 4.0;

/// A file is cut into slices of at least so many bytes, one a worker: below, joining them costs more than it saves.
const SLICE: u64 = 32 << 20;

/// So long is unpacked at a time, in milliseconds.
const LONGEST_STEP_MS: f64 = 10.0;

/// What is told while a file is read.
pub(super) enum Told {
    /// So many bytes are read.
    Read(u64),
    /// A digest of what they hold.
    SoFar(Box<Run>),
}

/// Why there is nothing of a file.
pub(super) enum Ended {
    /// It is of no use.
    Useless(ingest::Error),
    /// The browser does not give its bytes.
    Unreadable(String),
    /// The worker is gone, at this byte.
    Died { at: u64, detail: String },
    /// A person does not want it any more.
    Cancelled,
}

/// What was read, with its endpoints still packed: messages, each an [`Answer::Endpoints`], outside of this program's memory.
type Outcome = Result<Vec<(Box<Part>, Vec<Uint8Array>)>, Ended>;

/// A file that is being read.
struct Reading {
    file: File,
    path: String,
    byob: bool,
    /// Bytes read of each slice; one, where it is not cut.
    read: Vec<u64>,
    /// The slices, as they come; the first one stays where it is read.
    slices: Vec<Option<Packed>>,
    /// Endpoints of the next part, as they come.
    lots: Vec<Uint8Array>,
    /// What was read: one part, or those of an archive.
    parts: Vec<(Box<Part>, Vec<Uint8Array>)>,
    told: Rc<dyn Fn(Told)>,
    end: Box<dyn FnOnce(Outcome)>,
}

/// What a worker reads: a file, or a slice of one.
struct Job {
    id: u32,
    slice: usize,
    /// What asks for it, until the worker is ready to be asked.
    ask: Option<Array>,
}

/// A worker.
struct Hand {
    worker: Worker,
    is_ready: bool,
    /// Bytes read of all its files.
    read: u64,
    job: Option<Job>,
}

#[derive(Default)]
struct Pool {
    next: u32,
    hands: BTreeMap<u32, Hand>,
    files: BTreeMap<u32, Reading>,
    /// Hear answers and deaths, each with the worker's number; they live as long as the page.
    ears: Option<(Function, Function)>,
}

thread_local! {
    static POOL: RefCell<Pool> = RefCell::default();
}

/// So many workers read at a time on this machine.
fn most() -> usize {
    let cores = window().navigator().hardware_concurrency();
    if cores < MANY_CORES { 1 } else { (cores - 1.0).min(MOST) as usize }
}

/// So many workers read a file of so many bytes.
fn workers_for(bytes: u64) -> usize {
    usize::try_from(bytes / SLICE).unwrap_or(usize::MAX).clamp(1, most())
}

/// So many files of these sizes are read at a time: one, where a file alone keeps several workers busy.
pub(super) fn at_a_time(sizes: impl IntoIterator<Item = u64>) -> usize {
    if sizes.into_iter().any(|bytes| workers_for(bytes) > 1) { 1 } else { most() }
}

/// Reads a file. `id` is what [`cancel`] calls it.
pub(super) async fn read(id: u32, file: &File, path: &str, told: impl Fn(Told) + 'static) -> Result<Vec<Part>, Ended> {
    let byob = Reflect::has(&window(), &"ReadableStreamBYOBReader".into()).unwrap_or(false);
    let bytes = file.size() as u64;
    let (path, options, workers) = (path.to_owned(), Options::default(), workers_for(bytes));
    let ask = message(&Request::Read { id, path: path.clone(), bytes, options, byob, workers }, Some(file));
    let outcome = Rc::new(RefCell::new(None));
    let told: Rc<dyn Fn(Told)> = Rc::new(told);
    let ended = Promise::new(&mut |resolve, _| {
        let slot = Rc::clone(&outcome);
        let end = Box::new(move |outcome| {
            *slot.borrow_mut() = Some(outcome);
            let _ = resolve.call0(&JsValue::UNDEFINED);
        });
        let (file, path, told) = (file.clone(), path.clone(), Rc::clone(&told));
        let (read, slices, lots, parts) = (vec![0], Vec::new(), Vec::new(), Vec::new());
        let reading = Reading { file, path, byob, read, slices, lots, parts, told, end };
        POOL.with_borrow_mut(|pool| pool.files.insert(id, reading));
        give(Job { id, slice: 0, ask: Some(ask.clone()) });
    });
    // It is never rejected.
    let _ = JsFuture::from(ended).await;
    let outcome = outcome.borrow_mut().take();
    let mut parts = Vec::new();
    for (part, lots) in outcome.unwrap_or(Err(Ended::Cancelled))? {
        match unpack(lots).await {
            Some(endpoints) => parts.push(protocol::whole(*part, endpoints)),
            None => return Err(Ended::Died { at: bytes, detail: "its answer cannot be read".into() }),
        }
    }
    Ok(parts)
}

/// Unpacks endpoints, with pauses, so that the page answers meanwhile. The worker that packed them is gone by now: its
/// memory and that of what it has read are not needed at the same time.
async fn unpack(lots: Vec<Uint8Array>) -> Option<Vec<Endpoint>> {
    let mut endpoints = Vec::new();
    let mut began_ms = Date::now();
    for lot in lots {
        if Date::now() - began_ms > LONGEST_STEP_MS {
            super::browser::breathe().await;
            began_ms = Date::now();
        }
        let bytes = lot.to_vec();
        discard(&lot);
        let Answer::Endpoints { lot, .. } = Answer::from_bytes(&bytes)? else { return None };
        drop(bytes);
        endpoints.extend(protocol::unpacked(&lot)?);
    }
    Some(endpoints)
}

fn message(request: &Request, file: Option<&File>) -> Array {
    let message = Array::of1(&Uint8Array::from(request.to_bytes().as_slice()));
    if let Some(file) = file {
        message.push(file);
    }
    message
}

/// Ends the reading of a file, at once.
pub(super) fn cancel(id: u32) {
    end(id, None, |_| Err(Ended::Cancelled));
}

/// Gives a file or slice to a worker that has none, to a new one if need be.
fn give(job: Job) {
    let id = job.id;
    let given = POOL.with_borrow_mut(|pool| {
        if let Some(hand) = pool.hands.values_mut().find(|hand| hand.job.is_none()) {
            hand.job = Some(job);
            hand.ask();
            return Ok(());
        }
        let number = pool.next;
        pool.next = pool.next.wrapping_add(1);
        let worker = pool.start(number)?;
        pool.hands.insert(number, Hand { worker, is_ready: false, read: 0, job: Some(job) });
        Ok(())
    });
    if let Err(error) = given {
        let detail = super::browser::message(&error);
        end(id, None, |reading| Err(Ended::Died { at: reading.read.iter().sum(), detail }));
    }
}

impl Pool {
    fn start(&mut self, number: u32) -> Result<Worker, JsValue> {
        let (heard, died) = self.ears.get_or_insert_with(|| {
            let heard = Closure::<dyn Fn(u32, Uint8Array)>::new(heard).into_js_value().unchecked_into();
            let died = Closure::<dyn Fn(u32, JsValue)>::new(died).into_js_value().unchecked_into();
            (heard, died)
        });
        let start: Function = Reflect::get(&window(), &"loaddiffWorker".into())?.dyn_into()?;
        start.call3(&JsValue::UNDEFINED, &number.into(), heard, died)?.dyn_into()
    }

    /// The file that a worker reads, and which slice of it.
    fn of(&mut self, number: u32) -> Option<(u32, usize, &mut Reading)> {
        let job = self.hands.get(&number)?.job.as_ref()?;
        Some((job.id, job.slice, self.files.get_mut(&job.id)?))
    }

    /// A worker has nothing to read any more: it waits for the next file, unless it has grown.
    fn release(&mut self, number: u32) {
        if let Some(hand) = self.hands.get_mut(&number) {
            hand.job = None;
            if hand.read > KEEP {
                hand.worker.terminate();
                self.hands.remove(&number);
            }
        }
    }
}

impl Hand {
    /// Asks for its file, once it can be asked.
    fn ask(&mut self) {
        if self.is_ready
            && let Some(ask) = self.job.as_mut().and_then(|job| job.ask.take())
        {
            // A file can always be sent.
            let _ = self.worker.post_message(&ask);
        }
    }
}

/// An answer of a worker. One of a worker that is no longer there is passed over.
#[allow(clippy::needless_pass_by_value)] // As JavaScript gives it.
fn heard(number: u32, bytes: Uint8Array) {
    if bytes.length() > 0 && protocol::is_endpoints(bytes.get_index(0)) {
        return POOL.with_borrow_mut(|pool| {
            if let Some((_, _, reading)) = pool.of(number) {
                reading.lots.push(bytes);
            }
        });
    }
    let copy = bytes.to_vec();
    discard(&bytes);
    let Some(answer) = Answer::from_bytes(&copy) else {
        return died(number, "its answer cannot be read".into());
    };
    match answer {
        Answer::Ready => POOL.with_borrow_mut(|pool| {
            if let Some(hand) = pool.hands.get_mut(&number) {
                hand.is_ready = true;
                hand.ask();
            }
        }),
        Answer::Progress { bytes, .. } => {
            let sum = POOL.with_borrow_mut(|pool| {
                let (_, slice, reading) = pool.of(number)?;
                *reading.read.get_mut(slice)? = bytes;
                Some(reading.read.iter().sum())
            });
            if let Some(sum) = sum {
                tell(number, Told::Read(sum));
            }
        }
        Answer::Cut { head, stretches, .. } => cut(number, &head, &stretches),
        Answer::Sliced { slice, .. } => sliced(number, slice),
        Answer::Snapshot { run, .. } => tell(number, Told::SoFar(run)),
        // Has gone another way.
        Answer::Endpoints { .. } => {}
        Answer::Part { part, .. } => POOL.with_borrow_mut(|pool| {
            if let Some((_, _, reading)) = pool.of(number) {
                let lots = std::mem::take(&mut reading.lots);
                reading.parts.push((part, lots));
            }
        }),
        Answer::Done { id } => end(id, Some(number), |reading| Ok(std::mem::take(&mut reading.parts))),
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
        let (id, _, reading) = pool.of(number)?;
        reading.slices = vec![None; stretches.len()];
        reading.read = vec![0; stretches.len()];
        let (path, file, byob) = (&reading.path, &reading.file, reading.byob);
        let ask = |stretch: &Stretch| {
            let (path, options, head, stretch) = (path.clone(), Options::default(), head.clone(), stretch.clone());
            message(&Request::Slice { id, path, options, byob, head, stretch }, Some(file))
        };
        let job = |(slice, stretch)| Job { id, slice, ask: Some(ask(stretch)) };
        Some(stretches.iter().enumerate().skip(1).map(job).collect())
    });
    jobs.into_iter().flatten().for_each(give);
}

/// A slice is read. With the last one, all go to the worker that has the first.
fn sliced(number: u32, slice: Packed) {
    POOL.with_borrow_mut(|pool| {
        let Some((id, at, reading)) = pool.of(number) else { return };
        if let Some(slot) = reading.slices.get_mut(at) {
            *slot = Some(slice);
        }
        let all = reading.slices.iter().all(Option::is_some);
        let slices = if all { std::mem::take(&mut reading.slices) } else { Vec::new() };
        let read = reading.read.get(at).copied().unwrap_or_default();
        if at > 0 {
            if let Some(hand) = pool.hands.get_mut(&number) {
                hand.read = hand.read.saturating_add(read);
            }
            pool.release(number);
        }
        if all {
            let slices = slices.into_iter().skip(1).flatten().collect();
            let is_first = |hand: &&Hand| hand.job.as_ref().is_some_and(|job| job.id == id && job.slice == 0);
            if let Some(hand) = pool.hands.values().find(is_first) {
                let _ = hand.worker.post_message(&message(&Request::Join { id, slices }, None));
            }
        }
    });
}

/// A worker is gone, or of no more use.
#[allow(clippy::needless_pass_by_value)] // As JavaScript gives it.
fn died(number: u32, detail: JsValue) {
    let detail = detail.as_string().unwrap_or_else(|| "the browser gives no reason".into());
    let id = POOL.with_borrow_mut(|pool| {
        let hand = pool.hands.remove(&number)?;
        hand.worker.terminate();
        hand.job.map(|job| job.id)
    });
    if let Some(id) = id {
        end(id, None, |reading| Err(Ended::Died { at: reading.read.iter().sum(), detail }));
    }
}

/// Outside of the pool's borrow: whoever is told may ask for more.
fn tell(number: u32, what: Told) {
    let told = POOL.with_borrow_mut(|pool| pool.of(number).map(|(_, _, reading)| Rc::clone(&reading.told)));
    if let Some(told) = told {
        told(what);
    }
}

/// A file has come to its end. The worker that said so stays for the next one; others that read it are ended.
fn end(id: u32, by: Option<u32>, outcome: impl FnOnce(&mut Reading) -> Outcome) {
    let ended = POOL.with_borrow_mut(|pool| {
        let mut reading = pool.files.remove(&id)?;
        let reads = |hand: &Hand| hand.job.as_ref().is_some_and(|job| job.id == id);
        let numbers: Vec<u32> = pool.hands.iter().filter(|(_, hand)| reads(hand)).map(|(number, _)| *number).collect();
        for number in numbers {
            let Some(hand) = pool.hands.get_mut(&number) else { continue };
            if by == Some(number) {
                hand.read = hand.read.saturating_add(reading.read.first().copied().unwrap_or_default());
                pool.release(number);
            } else {
                hand.worker.terminate();
                pool.hands.remove(&number);
            }
        }
        Some((outcome(&mut reading), reading.end))
    });
    if let Some((outcome, end)) = ended {
        end(outcome);
    }
}
