//! A reader's program: reads the file or slice it is asked for, and sends the engine what it holds.

use std::cell::RefCell;

use js_sys::{Array, Date, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, MessageEvent};

use super::browser;
use super::protocol::{Answer, Packed, Request};
use super::source::Source;
use crate::ingest::slice::{self, Plan, Slice, Sliced, Stretch};
use crate::ingest::{Error, Options, Part, Reader};
use crate::run::Run;

/// Bytes copied into the program's memory at a time, and parsed there.
const CHUNK: usize = 1 << 17;

/// Between two answers about how far reading is, in milliseconds.
const PROGRESS_MS: f64 = 100.0;

/// Milliseconds before the first snapshot. The pause doubles up to the longest, since the figures change less and less,
/// and is at least [`SNAPSHOT_SHARE`] times what the last snapshot took.
const SNAPSHOT_MS: f64 = 500.0;
const LONGEST_PAUSE_MS: f64 = 4000.0;
const SNAPSHOT_SHARE: f64 = 25.0;

thread_local! {
    /// The file whose first slice this reader has read.
    static FIRST: RefCell<Option<First>> = const { RefCell::new(None) };
}

/// Starts to listen; called once, by the binary.
pub(super) fn start() {
    let Some(scope) = browser::scope() else { return };
    browser::on_panic(|detail| tell(&Answer::Died { detail }));
    let hear = Closure::<dyn Fn(MessageEvent)>::new(|event: MessageEvent| hear(&event));
    scope.set_onmessage(Some(hear.as_ref().unchecked_ref()));
    // It listens as long as the worker lives.
    hear.forget();
    tell(&Answer::Ready);
}

fn tell(answer: &Answer) {
    browser::post(&answer.to_bytes());
}

/// The file whose first slice this worker has read, until the others come.
struct First {
    id: u32,
    plan: Plan,
    file: Blob,
    byob: bool,
    slice: Sliced,
}

/// A message is a request's bytes with the file it is about.
fn hear(event: &MessageEvent) {
    let message = Array::from(&event.data());
    let request = message.get(0).dyn_into::<Uint8Array>().ok().and_then(|b| Request::from_bytes(&b.to_vec()));
    let Some(request) = request else { return };
    let file = message.get(1).dyn_into::<Blob>();
    spawn_local(async move {
        let (id, ended) = match (request, file) {
            (Request::Read { id, path, bytes, options, byob, workers }, Ok(file)) => {
                let plan = if workers > 1 { plan(&file, &path, options).await } else { None };
                (
                    id,
                    match plan {
                        Some((plan, head)) => lead(id, plan, head, file, byob, slice::cut(bytes, workers)).await,
                        None => {
                            read(id, &path, bytes, options, Source::open(file, byob)).await.map(|parts| done(id, parts))
                        }
                    },
                )
            }
            (Request::Slice { id, path, options, byob, head, stretch }, Ok(file)) => {
                let begun = Plan::new(&path, &head.0, options).map(|plan| plan.slice(&stretch));
                (
                    id,
                    match begun {
                        Some(slice) => fill(id, slice, &file, byob, &stretch).await.map(|slice| {
                            let slice = Packed(slice.to_bytes().unwrap_or_default());
                            tell(&Answer::Sliced { id, slice });
                        }),
                        // It was one of such a format a moment ago.
                        None => Err(Ended::Unreadable("the file has changed while it was read".into())),
                    },
                )
            }
            (Request::Join { id, slices }, _) => (id, join(id, slices).await.map(|part| done(id, vec![part]))),
            _ => return,
        };
        match ended {
            Ok(()) => {}
            Err(Ended::Useless(error)) => tell(&Answer::Failed { id, error }),
            Err(Ended::Unreadable(detail)) => tell(&Answer::Unreadable { id, detail }),
        }
    });
}

fn done(id: u32, parts: Vec<Part>) {
    for part in parts {
        tell(&Answer::Part { id, part: Box::new(part) });
    }
    tell(&Answer::Done { id });
}

/// How a file is read in slices by several workers, with its beginning; `None` where it is not.
async fn plan(file: &Blob, path: &str, options: Options) -> Option<(Plan, Vec<u8>)> {
    let head = file.slice_with_f64_and_f64(0.0, slice::HEAD as f64).ok()?;
    let head = Uint8Array::new(&JsFuture::from(head.array_buffer()).await.ok()?).to_vec();
    let plan = Plan::new(path, &head, options).filter(Plan::can_be_sent)?;
    Some((plan, head))
}

/// Reads the first slice and keeps it.
async fn lead(
    id: u32,
    plan: Plan,
    head: Vec<u8>,
    file: Blob,
    byob: bool,
    stretches: Vec<Stretch>,
) -> Result<(), Ended> {
    let first = stretches.first().cloned().ok_or_else(|| Ended::Unreadable("it is empty".into()))?;
    tell(&Answer::Cut { id, head: Packed(head), stretches });
    let slice = fill(id, plan.slice(&first), &file, byob, &first).await?;
    FIRST.with_borrow_mut(|kept| *kept = Some(First { id, plan, file, byob, slice }));
    tell(&Answer::Sliced { id, slice: Packed::default() });
    Ok(())
}

/// Joins all slices. One that began in the middle of a row is read again.
async fn join(id: u32, slices: Vec<Packed>) -> Result<Part, Ended> {
    let first = FIRST.with_borrow_mut(Option::take).filter(|first| first.id == id);
    let Some(First { plan, file, byob, slice, .. }) = first else {
        return Err(Ended::Unreadable("its first slice is gone".into()));
    };
    let mut joined = plan.join();
    let mut next = joined.add(slice)?;
    for packed in slices {
        while let Some(again) = next {
            next = joined.add(fill(id, plan.again(&again), &file, byob, &again).await?)?;
        }
        let slice = plan.arrived(&packed.0).ok_or_else(|| Ended::Unreadable("a slice of it is gone".into()))?;
        next = joined.add(slice)?;
    }
    while let Some(again) = next {
        next = joined.add(fill(id, plan.again(&again), &file, byob, &again).await?)?;
    }
    Ok(joined.finish()?)
}

/// Reads one slice.
async fn fill(id: u32, mut slice: Slice, file: &Blob, byob: bool, stretch: &Stretch) -> Result<Sliced, Ended> {
    let mut source = Source::open(file.slice_with_f64(stretch.bytes.start as f64)?, byob);
    let mut telling = Telling::new(id);
    let mut read = 0;
    let mut wants_more = true;
    while wants_more && let Some(given) = source.next().await? {
        telling.pieces(&given, |piece| {
            wants_more = wants_more && slice.push(piece);
            Ok(())
        })?;
        read += u64::from(given.length());
        // The last row may reach beyond the slice.
        telling.progress(read.min(stretch.bytes.end.saturating_sub(stretch.bytes.start)), || {
            if stretch.bytes.start == 0 { slice.snapshot() } else { None }
        });
    }
    telling.end();
    Ok(slice.end())
}

/// Why reading ended early.
enum Ended {
    Useless(Error),
    Unreadable(String),
}

impl From<Error> for Ended {
    fn from(error: Error) -> Self {
        Self::Useless(error)
    }
}

impl From<JsValue> for Ended {
    fn from(error: JsValue) -> Self {
        let message = Reflect::get(&error, &"message".into()).ok().and_then(|m| m.as_string());
        Self::Unreadable(message.unwrap_or_else(|| "no reason given".into()))
    }
}

/// Reads a file from its beginning to its end.
async fn read(id: u32, path: &str, bytes: u64, options: Options, mut source: Source) -> Result<Vec<Part>, Ended> {
    let mut reader = Reader::new(path, options).of_size(bytes);
    let mut telling = Telling::new(id);
    while let Some(given) = source.next().await? {
        telling.pieces(&given, |piece| reader.push(piece))?;
        telling.progress(reader.bytes(), || reader.snapshot());
    }
    telling.end();
    Ok(reader.parts()?)
}

/// Takes bytes over, and tells the page from time to time.
struct Telling {
    id: u32,
    chunk: Vec<u8>,
    bytes: u64,
    told_ms: f64,
    next_snapshot_ms: f64,
    pause_ms: f64,
}

impl Telling {
    fn new(id: u32) -> Self {
        let now = Date::now();
        Self {
            id,
            chunk: vec![0; CHUNK],
            bytes: 0,
            told_ms: now,
            next_snapshot_ms: now + SNAPSHOT_MS,
            pause_ms: SNAPSHOT_MS * 2.0,
        }
    }

    /// Copies what the browser gave into the program's memory, once, and hands it on.
    fn pieces(&mut self, given: &Uint8Array, mut with: impl FnMut(&[u8]) -> Result<(), Error>) -> Result<(), Error> {
        let length = given.length();
        for from in (0..length).step_by(CHUNK) {
            let piece = given.subarray(from, length.min(from.saturating_add(CHUNK as u32)));
            let Some(room) = self.chunk.get_mut(..piece.length() as usize) else { continue };
            piece.copy_to(room);
            with(room)?;
        }
        Ok(())
    }

    fn progress(&mut self, bytes: u64, snapshot: impl FnOnce() -> Option<Run>) {
        self.bytes = bytes;
        let now = Date::now();
        if now - self.told_ms >= PROGRESS_MS {
            self.told_ms = now;
            tell(&Answer::Progress { id: self.id, bytes });
        }
        if now >= self.next_snapshot_ms {
            if let Some(run) = snapshot() {
                tell(&Answer::Snapshot { id: self.id, run: Box::new(run) });
            }
            let took = Date::now() - now;
            self.next_snapshot_ms = now + self.pause_ms.max(took * SNAPSHOT_SHARE);
            self.pause_ms = (self.pause_ms * 2.0).min(LONGEST_PAUSE_MS);
        }
    }

    fn end(&self) {
        tell(&Answer::Progress { id: self.id, bytes: self.bytes });
    }
}
