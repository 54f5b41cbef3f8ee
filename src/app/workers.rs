//! The workers that read files, as the page sees them. web/boot.js makes one from what was fetched before the page was
//! ready; here is who reads what, and what became of it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use js_sys::{Array, Function, Promise, Reflect, Uint8Array};
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{File, Worker};

use crate::ingest::{self, Options, Part};
use crate::run::{Endpoint, Run};
use crate::worker::protocol::{self, Answer, Request};

/// A worker that has read more bytes than this is replaced by a fresh one: its memory never shrinks.
const KEEP: u64 = 64 << 20;

/// From so many cores on, several files are read at a time. Below, one worker and the browser's own reading keep all
/// of them busy.
const MANY_CORES: f64 = 4.0;

/// So many files are read at a time, at most.
const MOST: f64 = 4.0;

/// What is told while a file is read.
pub(super) enum Told {
    /// So many bytes are read.
    Read(u64),
    /// A digest of what they hold, and how many endpoints there are.
    SoFar(Box<Run>, u64),
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

/// The file that a worker reads.
struct Job {
    id: u32,
    /// Bytes read so far.
    read: u64,
    /// What asks for it, until the worker is ready to be asked.
    ask: Option<Array>,
    endpoints: Vec<Endpoint>,
    told: Rc<dyn Fn(Told)>,
    end: Box<dyn FnOnce(Result<Part, Ended>)>,
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
    /// Hear answers and deaths, each with the worker's number; they live as long as the page.
    ears: Option<(Function, Function)>,
}

thread_local! {
    static POOL: RefCell<Pool> = RefCell::default();
}

/// So many files are read at a time on this machine.
pub(super) fn most() -> usize {
    let cores = window().navigator().hardware_concurrency();
    if cores < MANY_CORES { 1 } else { (cores - 1.0).min(MOST) as usize }
}

/// Reads a file. `id` is what [`cancel`] calls it.
pub(super) async fn read(id: u32, file: &File, path: &str, told: impl Fn(Told) + 'static) -> Result<Part, Ended> {
    let byob = Reflect::has(&window(), &"ReadableStreamBYOBReader".into()).unwrap_or(false);
    let bytes = file.size() as u64;
    let request = Request::Read { id, path: path.to_owned(), bytes, options: Options::default(), byob };
    let ask = Array::of2(&Uint8Array::from(request.to_bytes().as_slice()), file);
    let outcome = Rc::new(RefCell::new(None));
    let told: Rc<dyn Fn(Told)> = Rc::new(told);
    let ended = Promise::new(&mut |resolve, _| {
        let slot = Rc::clone(&outcome);
        let end = Box::new(move |outcome| {
            *slot.borrow_mut() = Some(outcome);
            let _ = resolve.call0(&JsValue::UNDEFINED);
        });
        give(Job { id, read: 0, ask: Some(ask.clone()), endpoints: Vec::new(), told: Rc::clone(&told), end });
    });
    // It is never rejected.
    let _ = JsFuture::from(ended).await;
    let outcome = outcome.borrow_mut().take();
    outcome.unwrap_or(Err(Ended::Cancelled))
}

/// Ends the reading of a file, at once.
pub(super) fn cancel(id: u32) {
    let number = POOL.with_borrow(|pool| {
        pool.hands.iter().find(|(_, hand)| hand.job.as_ref().is_some_and(|job| job.id == id)).map(|(number, _)| *number)
    });
    if let Some(number) = number {
        end(number, |_| Err(Ended::Cancelled));
    }
}

/// Gives a file to a worker that has none, to a new one if need be.
fn give(job: Job) {
    let refused = POOL.with_borrow_mut(|pool| {
        if let Some(hand) = pool.hands.values_mut().find(|hand| hand.job.is_none()) {
            hand.job = Some(job);
            hand.ask();
            return None;
        }
        let number = pool.next;
        pool.next = pool.next.wrapping_add(1);
        match pool.start(number) {
            Ok(worker) => {
                pool.hands.insert(number, Hand { worker, is_ready: false, read: 0, job: Some(job) });
                None
            }
            Err(error) => Some((job, super::browser::message(&error))),
        }
    });
    if let Some((job, detail)) = refused {
        (job.end)(Err(Ended::Died { at: 0, detail }));
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
    let Some(answer) = Answer::from_bytes(&bytes.to_vec()) else {
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
            with_job(number, |job| job.read = bytes);
            tell(number, Told::Read(bytes));
        }
        Answer::Snapshot { run, endpoints, .. } => tell(number, Told::SoFar(run, endpoints)),
        Answer::Endpoints { endpoints, .. } => with_job(number, |job| job.endpoints.extend(endpoints)),
        Answer::Done { part, .. } => end(number, |job| Ok(protocol::whole(*part, std::mem::take(&mut job.endpoints)))),
        Answer::Failed { error, .. } => end(number, |_| Err(Ended::Useless(error))),
        Answer::Unreadable { detail, .. } => end(number, |_| Err(Ended::Unreadable(detail))),
        Answer::Died { detail } => died(number, detail.into()),
    }
}

/// A worker is gone, or of no more use.
#[allow(clippy::needless_pass_by_value)] // As JavaScript gives it.
fn died(number: u32, detail: JsValue) {
    let detail = detail.as_string().unwrap_or_else(|| "no reason is known".into());
    end(number, |job| Err(Ended::Died { at: job.read, detail }));
}

fn with_job(number: u32, change: impl FnOnce(&mut Job)) {
    POOL.with_borrow_mut(|pool| {
        if let Some(job) = pool.hands.get_mut(&number).and_then(|hand| hand.job.as_mut()) {
            change(job);
        }
    });
}

/// Outside of the pool's borrow: whoever is told may ask for more.
fn tell(number: u32, what: Told) {
    let told =
        POOL.with_borrow(|pool| pool.hands.get(&number).and_then(|hand| Some(Rc::clone(&hand.job.as_ref()?.told))));
    if let Some(told) = told {
        told(what);
    }
}

/// The worker's file has come to its end. The worker stays for the next one, unless it is gone or has grown.
fn end(number: u32, outcome: impl FnOnce(&mut Job) -> Result<Part, Ended>) {
    let ended = POOL.with_borrow_mut(|pool| {
        let hand = pool.hands.get_mut(&number)?;
        let ended = hand.job.take().map(|mut job| {
            hand.read = hand.read.saturating_add(job.read);
            (outcome(&mut job), job.end)
        });
        let is_fit = matches!(&ended, Some((Ok(_) | Err(Ended::Useless(_) | Ended::Unreadable(_)), _)));
        if !is_fit || hand.read > KEEP {
            hand.worker.terminate();
            pool.hands.remove(&number);
        }
        ended
    });
    if let Some((outcome, end)) = ended {
        end(outcome);
    }
}
