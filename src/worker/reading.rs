//! The worker's program: hears requests, reads files, tells how far it is.

use std::cell::RefCell;

use js_sys::{Array, Date, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Blob, DedicatedWorkerGlobalScope, MessageEvent};

use super::protocol::{self, Answer, Request};
use super::source::Source;
use crate::ingest::{Error, Options, Part, Reader};

/// So many bytes are copied into the program's memory at a time, and parsed there.
const CHUNK: usize = 1 << 20;

/// Between two answers about how far reading is, in milliseconds.
const PROGRESS_MS: f64 = 100.0;

/// Between two snapshots, in milliseconds: at least so long, and so many times as long as the last one took.
const SNAPSHOT_MS: f64 = 500.0;
const SNAPSHOT_SHARE: f64 = 25.0;

thread_local! {
    /// The worker itself, to speak through.
    static SCOPE: RefCell<Option<DedicatedWorkerGlobalScope>> = const { RefCell::new(None) };
}

/// Starts to listen; called once, by the worker's binary.
pub fn start() {
    let Ok(scope) = js_sys::global().dyn_into::<DedicatedWorkerGlobalScope>() else { return };
    SCOPE.with_borrow_mut(|slot| *slot = Some(scope.clone()));
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map(|l| format!("{}:{}", l.file(), l.line())).unwrap_or_default();
        tell(&Answer::Died { detail: format!("a fault of loaddiff at {place}") });
    }));
    let hear = Closure::<dyn Fn(MessageEvent)>::new(|event: MessageEvent| hear(&event));
    scope.set_onmessage(Some(hear.as_ref().unchecked_ref()));
    // It listens as long as the worker lives.
    hear.forget();
    tell(&Answer::Ready);
}

/// Sends an answer; its bytes are handed over, not copied.
fn tell(answer: &Answer) {
    let bytes = Uint8Array::from(answer.to_bytes().as_slice());
    SCOPE.with_borrow(|scope| {
        if let Some(scope) = scope {
            let _ = scope.post_message_with_transfer(&bytes, &Array::of1(&bytes.buffer()));
        }
    });
}

/// A message is a request's bytes with the file it is about.
fn hear(event: &MessageEvent) {
    let message = Array::from(&event.data());
    let request = message.get(0).dyn_into::<Uint8Array>().ok().and_then(|b| Request::from_bytes(&b.to_vec()));
    let (Some(Request::Read { id, path, bytes, options, byob }), Ok(file)) =
        (request, message.get(1).dyn_into::<Blob>())
    else {
        return;
    };
    spawn_local(async move {
        match read(id, &path, bytes, options, Source::open(file, byob)).await {
            Ok(part) => protocol::done(id, part).iter().for_each(tell),
            Err(Ended::Useless(error)) => tell(&Answer::Failed { id, error }),
            Err(Ended::Unreadable(detail)) => tell(&Answer::Unreadable { id, detail }),
        }
    });
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

async fn read(id: u32, path: &str, bytes: u64, options: Options, mut source: Source) -> Result<Part, Ended> {
    let mut reader = Reader::new(path, options).of_size(bytes);
    let mut chunk = vec![0; CHUNK];
    let begun = Date::now();
    let (mut told, mut next_snapshot) = (begun, begun + SNAPSHOT_MS);
    while let Some(given) = source.next().await? {
        let length = given.length();
        for from in (0..length).step_by(CHUNK) {
            let piece = given.subarray(from, length.min(from.saturating_add(CHUNK as u32)));
            let Some(room) = chunk.get_mut(..piece.length() as usize) else { continue };
            piece.copy_to(room);
            reader.push(room)?;
        }
        let now = Date::now();
        if now - told >= PROGRESS_MS {
            told = now;
            tell(&Answer::Progress { id, bytes: reader.bytes() });
        }
        if now >= next_snapshot {
            if let Some((run, endpoints)) = reader.snapshot().map(protocol::digest) {
                tell(&Answer::Snapshot { id, run: Box::new(run), endpoints });
            }
            let took = Date::now() - now;
            next_snapshot = now + SNAPSHOT_MS.max(took * SNAPSHOT_SHARE);
        }
    }
    tell(&Answer::Progress { id, bytes: reader.bytes() });
    Ok(reader.finish()?)
}
