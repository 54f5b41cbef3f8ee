//! Keeps comparisons on this device, and brings them back. web/keep.js stores them: in the browser's database, or in memory
//! where there is none.

use js_sys::{Array, Function, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};

use super::browser;
use super::held::{after, apply, ask};
use crate::session::{Command, Keep};

/// From now on, what is shown is kept.
pub(super) fn start() {
    after(follow);
}

/// Does what the session wants after a command.
fn follow() {
    let (keep, wanted, list) = ask(|session| {
        let (keep, updates) = session.keep();
        ((keep, session.wanted(), session.wants_list()), updates)
    });
    if let Some(keep) = keep {
        spawn_local(put(keep));
    }
    if let Some(id) = wanted {
        spawn_local(get(id));
    }
    if list {
        spawn_local(self::list());
    }
}

/// Calls a function of web/keep.js.
async fn call(name: &str, given: &Array) -> Result<JsValue, JsValue> {
    let function: Function = browser::own("keep", name).dyn_into()?;
    JsFuture::from(function.apply(&JsValue::UNDEFINED, given)?.dyn_into::<Promise>()?).await
}

fn bytes(of: &JsValue, name: &str) -> Option<Vec<u8>> {
    Some(Reflect::get(of, &name.into()).ok()?.dyn_into::<Uint8Array>().ok()?.to_vec())
}

async fn put(keep: Keep) {
    let array = |bytes: &[u8]| JsValue::from(Uint8Array::from(bytes));
    let data = keep.data.as_deref().map_or(JsValue::NULL, array);
    let given = Array::of4(&keep.id.into(), &(browser::now_ms() as f64).into(), &array(&keep.about), &data);
    // Why it is in memory alone; empty where it is kept.
    let why = call("put", &given).await.ok().and_then(|why| why.as_string()).unwrap_or_else(|| "denied".into());
    if !why.is_empty() {
        apply(Command::NotKept { full: why == "full" });
    }
}

async fn get(id: String) {
    let found = call("get", &Array::of1(&id.as_str().into())).await.unwrap_or(JsValue::NULL);
    let kept = bytes(&found, "about").zip(bytes(&found, "data"));
    apply(Command::Kept { id, kept });
}

/// Forgets a comparison, or all.
pub(super) async fn forget(id: Option<String>) {
    let _ = call("forget", &Array::of1(&id.map_or(JsValue::NULL, JsValue::from))).await;
    list().await;
}

async fn list() {
    let listed = call("list", &Array::new()).await.map(|all| Array::from(&all)).unwrap_or_default();
    let one = |item: JsValue| {
        let field = |name: &str| Reflect::get(&item, &name.into()).ok();
        Some((field("id")?.as_string()?, field("at")?.as_f64()? as i64, bytes(&item, "about")?))
    };
    apply(Command::Recents { listed: listed.iter().filter_map(one).collect(), now_ms: browser::now_ms() });
}
