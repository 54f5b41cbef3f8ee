//! The report inside another page: `?embed=1` shows it without bar, drop zone and foot. The page around may post two
//! runs; who it is is shown to a person, who allows it or not. `docs/embed.md` describes the messages.

use std::cell::RefCell;

use js_sys::{Array, ArrayBuffer, JsString, Object, Reflect, Uint8Array};
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{File, MessageEvent, Window};

use super::{browser, engine};
use crate::engine::message::ToEngine;
use crate::ingest::Role;
use crate::link::sources::{MOST_FILES, host_of};
use crate::number;
use crate::session::As;

/// Maximum bytes of all files of a message together: they are held twice for a moment.
const LARGEST_TOGETHER: u64 = 100_000_000;
/// The key of the origins that were allowed, one a line, until the tab is closed.
const ALLOWED_KEY: &str = "loaddiff.embed.allowed";
/// UTF-16 units of a file's name.
const LONGEST_NAME: u32 = 500;

thread_local! {
    /// The origins of requests to the engine, by their numbers.
    static REQUESTS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Whether the page was opened to be shown inside another one.
pub(super) fn is_asked_for() -> bool {
    let query = window().location().search().unwrap_or_default();
    query.trim_start_matches('?').split('&').any(|pair| pair == "embed=1")
}

/// The window around this one, if there is one.
fn parent() -> Option<Window> {
    let parent = window().parent().ok().flatten()?;
    (JsValue::from(&parent) != JsValue::from(window())).then_some(parent)
}

/// Sends `fields` to the page around, if it is of this origin.
fn post(origin: &str, fields: &[(&str, &str)]) {
    let message = Object::new();
    for (key, value) in fields {
        let _ = Reflect::set(&message, &(*key).into(), &(*value).into());
    }
    if let Some(parent) = parent() {
        let _ = parent.post_message(&message, origin);
    }
}

fn post_error(origin: &str, message: &str) {
    post(origin, &[("type", "loaddiff:error"), ("message", message)]);
}

/// Whether, and whom, a person has answered.
#[derive(Clone, Copy)]
struct Asking {
    /// Who waits for an answer.
    origin: RwSignal<Option<String>>,
    /// What they sent, not looked into before the answer.
    message: StoredValue<Option<JsValue>, LocalStorage>,
    /// Who was allowed or refused since the page was loaded.
    answered: StoredValue<Vec<(String, bool)>>,
    /// Whether a message came from a page that cannot be named.
    nameless: RwSignal<bool>,
}

impl Asking {
    fn answer_to(self, origin: &str) -> Option<bool> {
        let now = self.answered.with_value(|all| all.iter().rfind(|(o, _)| o == origin).map(|(_, answer)| *answer));
        now.or_else(|| {
            let stored = window().session_storage().ok().flatten()?.get_item(ALLOWED_KEY).ok().flatten()?;
            stored.lines().any(|line| line == origin).then_some(true)
        })
    }

    fn remember(self, origin: &str, answer: bool) {
        self.answered.update_value(|all| all.push((origin.to_owned(), answer)));
        // Storage may be switched off: then the answer holds until the page is loaded again.
        if let Some(storage) = window().session_storage().ok().flatten().filter(|_| answer) {
            let stored = storage.get_item(ALLOWED_KEY).ok().flatten().unwrap_or_default();
            let _ = storage.set_item(ALLOWED_KEY, &format!("{stored}{origin}\n"));
        }
    }

    fn receive(self, event: &MessageEvent) {
        let from_parent = parent()
            .is_some_and(|parent| event.source().is_some_and(|source| JsValue::from(source) == JsValue::from(parent)));
        let data = event.data();
        if !from_parent || text(&data, "type").as_deref() != Some("loaddiff:compare") {
            return;
        }
        let origin = event.origin();
        // A page from a file, or in a sandbox: there is no name to ask about, and none to answer to.
        if host_of(&origin) == origin {
            return self.nameless.set(true);
        }
        match self.answer_to(&origin) {
            Some(true) => take(&origin, &data),
            Some(false) => post_error(&origin, "The person at the page refused."),
            None => {
                self.drop_message("A later message took its place.");
                self.message.set_value(Some(data));
                self.origin.set(Some(origin));
            }
        }
    }

    /// What a person said about whoever waits.
    fn answer(self, answer: bool) {
        let Some(origin) = self.origin.get_untracked() else { return };
        self.remember(&origin, answer);
        if answer {
            let data = self.message.try_update_value(Option::take).flatten();
            self.origin.set(None);
            if let Some(data) = data {
                take(&origin, &data);
            }
        } else {
            self.drop_message("The person at the page refused.");
        }
    }

    /// Puts away the message that waits, and says why.
    fn drop_message(self, why: &str) {
        self.message.set_value(None);
        if let Some(origin) = self.origin.get_untracked() {
            post_error(&origin, why);
            self.origin.set(None);
        }
    }
}

/// Has the engine compare what a message holds; [`answer`] comes when that is done.
fn take(origin: &str, data: &JsValue) {
    match files(data) {
        Ok(given) => {
            let (given, files): (Vec<As>, Vec<File>) = given.into_iter().unzip();
            let request = REQUESTS.with_borrow_mut(|requests| {
                requests.push(origin.to_owned());
                requests.len() - 1
            });
            engine::send_files(&ToEngine::Given { request: request as u32, files: given }, &files);
        }
        Err(message) => post_error(origin, &message),
    }
}

/// Tells the page around what became of its files.
fn answer(request: u32, verdict: Result<(String, String), String>) {
    let Some(origin) = REQUESTS.with_borrow(|requests| requests.get(request as usize).cloned()) else { return };
    match verdict {
        Ok((word, gate)) => post(&origin, &[("type", "loaddiff:done"), ("word", &word), ("gate", &gate)]),
        Err(message) => post_error(&origin, &message),
    }
}

/// The files of a message. What is posted is a copy, so nothing in it can run or change.
fn files(data: &JsValue) -> Result<Vec<(As, File)>, String> {
    let mut left = LARGEST_TOGETHER;
    let mut files = Vec::new();
    for (key, role) in [("baseline", Role::Baseline), ("run", Role::Run)] {
        let list = field(data, key).filter(Array::is_array).map(|list| Array::from(&list));
        let list = list.filter(|list| list.length() > 0).ok_or_else(|| format!("{key}: a list of files is missing"))?;
        if list.length() as usize + files.len() > MOST_FILES {
            return Err(format!("{key}: up to {MOST_FILES} files are taken"));
        }
        for (index, item) in list.iter().enumerate() {
            files.push(file(&item, As::Side(role), &format!("{key}[{index}]"), &mut left)?);
        }
    }
    if let Some(policy) = field(data, "policy") {
        files.push(file(&policy, As::Thresholds, "policy", &mut left)?);
    }
    Ok(files)
}

/// One file: `{name, text}` or `{name, bytes}`.
fn file(item: &JsValue, given: As, place: &str, left: &mut u64) -> Result<(As, File), String> {
    let name = field(item, "name").and_then(|n| n.dyn_into::<JsString>().ok());
    let name = name.filter(|name| (1..=LONGEST_NAME).contains(&name.length()));
    let name = name.ok_or_else(|| format!("{place}: a name is missing, or has more than {LONGEST_NAME} characters"))?;
    let mut fits = |length: u32| {
        *left = left
            .checked_sub(u64::from(length))
            .ok_or_else(|| format!("{place}: the files hold more than {} together", number::bytes(LARGEST_TOGETHER)))?;
        Ok::<(), String>(())
    };
    let bytes = if let Some(text) = field(item, "text").and_then(|t| t.dyn_into::<JsString>().ok()) {
        fits(text.length())?;
        String::from(text).into_bytes()
    } else if let Some(bytes) = field(item, "bytes").and_then(bytes) {
        fits(bytes.length())?;
        bytes.to_vec()
    } else {
        return Err(format!("{place}: neither text (a string) nor bytes (a Uint8Array or an ArrayBuffer)"));
    };
    let parts = Array::of1(&Uint8Array::from(bytes.as_slice()));
    let file = File::new_with_u8_array_sequence(&parts, &String::from(name));
    file.map(|file| (given, file)).map_err(|error| browser::message(&error))
}

fn bytes(value: JsValue) -> Option<Uint8Array> {
    match value.dyn_into::<ArrayBuffer>() {
        Ok(buffer) => Some(Uint8Array::new(&buffer)),
        Err(value) => value.dyn_into().ok(),
    }
}

/// A field that is there.
fn field(object: &JsValue, key: &str) -> Option<JsValue> {
    Reflect::get(object, &key.into()).ok().filter(|value| !value.is_undefined() && !value.is_null())
}

fn text(object: &JsValue, key: &str) -> Option<String> {
    field(object, key)?.as_string()
}

/// Listens to the page around, tells it that this one is ready, and asks a person about it.
pub(super) fn mount() {
    engine::on_answer(answer);
    browser::mount_into("p-around", || view! { <PageAround/> });
}

#[component]
fn PageAround() -> impl IntoView {
    let asking = Asking {
        origin: RwSignal::new(None),
        message: StoredValue::new_local(None),
        answered: StoredValue::new(Vec::new()),
        nameless: RwSignal::new(false),
    };
    browser::listen("message", move |event| {
        if let Ok(event) = event.dyn_into::<MessageEvent>() {
            asking.receive(&event);
        }
    });
    // To whoever is around: it says nothing but that there is a page.
    post("*", &[("type", "loaddiff:ready"), ("version", env!("CARGO_PKG_VERSION"))]);
    move || {
        let asked = asking.origin.get().map(|origin| {
            view! {
                <section class="panel sources" role="alertdialog" aria-labelledby="around-title" aria-describedby="around-says">
                    <h2 id="around-title"><b class="wrap">{origin}</b> " sends two runs to compare"</h2>
                    <p id="around-says">
                        "It is the page around this report. It will learn the verdict. To allow holds until this tab is closed."
                    </p>
                    <div class="acts">
                        <button type="button" class="primary" on:click=move |_| asking.answer(true)>"Allow"</button>
                        <button type="button" on:click=move |_| asking.answer(false)>"Refuse"</button>
                    </div>
                </section>
            }
        });
        let nameless = asking.nameless.get().then(|| {
            view! {
                <p class="card-error" role="alert">
                    "The page around this report has sent runs, but it has no origin to ask you about: it was opened from \
                     a file, or is in a sandbox. They are not taken."
                </p>
            }
        });
        view! {
            {asked}
            {nameless}
        }
    }
}
