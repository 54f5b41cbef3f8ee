//! What the engine asks of the browser. web/boot.js runs the worker's script with `loaddiff` in its global scope.

use js_sys::{Array, Date, Function, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{DedicatedWorkerGlobalScope, Worker};

/// This worker's global scope.
pub(super) fn scope() -> Option<DedicatedWorkerGlobalScope> {
    js_sys::global().dyn_into().ok()
}

fn of(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

/// What web/boot.js put there: `loaddiff.room.name`.
pub(super) fn own(room: &str, name: &str) -> JsValue {
    of(&of(&of(&js_sys::global(), "loaddiff"), room), name)
}

fn ours(name: &str) -> JsValue {
    of(&of(&js_sys::global(), "loaddiff"), name)
}

/// Whether this worker was made to read files.
pub(super) fn is_reader() -> bool {
    ours("role").as_string().as_deref() == Some("reader")
}

/// Starts a reader. `heard` is called with its number and each message, `died` with its number and a reason.
pub(super) fn start_reader(number: u32, heard: &Function, died: &Function) -> Result<Worker, JsValue> {
    let start: Function = ours("startReader").dyn_into()?;
    start.call3(&JsValue::UNDEFINED, &number.into(), heard, died)?.dyn_into()
}

/// Sends bytes to whoever made this worker. They are handed over, not copied again.
pub(super) fn post(bytes: &[u8]) {
    let bytes = Uint8Array::from(bytes);
    if let Some(scope) = scope() {
        let _ = scope.post_message_with_transfer(&bytes, &Array::of1(&bytes.buffer()));
    }
}

/// What an exception says.
pub(super) fn message(error: &JsValue) -> String {
    Reflect::get(error, &"message".into()).ok().and_then(|m| m.as_string()).unwrap_or_else(|| "no reason given".into())
}

/// Milliseconds since the Unix epoch.
pub(super) fn now_ms() -> i64 {
    Date::now() as i64
}

/// Calls `report` with where a panic happened.
pub(super) fn on_panic(report: fn(String)) {
    std::panic::set_hook(Box::new(move |info| {
        let place = info.location().map(|l| format!("{}:{}", l.file(), l.line())).unwrap_or_default();
        report(format!("a fault of loaddiff at {place}"));
    }));
}

/// Calls back when what waits to be heard by now was heard.
pub(super) fn soon(then: impl FnOnce() + 'static) {
    set_timeout(&Closure::once_into_js(then), 0);
}

/// Resolves after `ms` milliseconds.
pub(super) async fn sleep(ms: i32) {
    // It is never rejected.
    let _ = JsFuture::from(Promise::new(&mut |resolve, _| set_timeout(&resolve, ms))).await;
}

fn set_timeout(then: &JsValue, ms: i32) {
    let global = js_sys::global();
    if let Ok(set) = js_sys::Reflect::get(&global, &"setTimeout".into())
        && let Ok(set) = set.dyn_into::<Function>()
    {
        let _ = set.call2(&global, then, &ms.into());
    }
}
