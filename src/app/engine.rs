//! The engine, as the page sees it: messages go to it, what it shows goes to [`patch`](super::patch).

use std::cell::RefCell;

use js_sys::{Array, Function, Reflect, Uint8Array};
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{File, Worker};

use super::notices;
use super::{browser, focus, patch};
use crate::engine::message::{ToEngine, ToPage, from_bytes, to_bytes};
use crate::session::{Action, Opening, Update, same_comparison};

/// Maximum gestures that are kept to be repeated.
const MOST_KEPT: usize = 1000;

#[derive(Default)]
struct Engine {
    worker: Option<Worker>,
    /// Numbers the engines: answers of a former one are passed over.
    number: u32,
    is_ready: bool,
    /// Messages until the engine is ready.
    waiting: Vec<Array>,
    /// What a person gave since `base`: sent again to a fresh engine.
    given: Vec<Array>,
    /// The page's address when nothing was given.
    base: String,
    /// The page's address now.
    shown: String,
    /// `base` and `given` of what was put away last.
    undo: (String, Vec<Array>),
    /// How the page is opened.
    opening: Option<Box<dyn Fn() -> Opening>>,
    /// Hears of answers to other pages.
    answered: Option<Answered>,
    /// Whether the engine compares nothing for now.
    paused: bool,
    /// Called with the engine's number and each message, or its number and why it is gone.
    callbacks: Option<(Function, Function)>,
}

thread_local! {
    static ENGINE: RefCell<Engine> = RefCell::default();
}

/// What hears of [`ToPage::Answer`].
type Answered = fn(u32, Result<(String, String), String>);

/// From now on, answers to other pages go there.
pub(super) fn on_answer(heard: Answered) {
    ENGINE.with_borrow_mut(|engine| engine.answered = Some(heard));
}

fn answered(request: u32, verdict: Result<(String, String), String>) {
    if let Some(heard) = ENGINE.with_borrow(|engine| engine.answered) {
        heard(request, verdict);
    }
}

/// Starts the first engine.
pub(super) fn start(opening: Box<dyn Fn() -> Opening>) {
    ENGINE.with_borrow_mut(|engine| {
        engine.opening = Some(opening);
        engine.base = browser::address();
        engine.shown.clone_from(&engine.base);
    });
    start_anew();
}

fn start_anew() {
    let started = ENGINE.with_borrow_mut(|engine| {
        engine.number = engine.number.wrapping_add(1);
        engine.is_ready = false;
        engine.waiting.clear();
        let paused = engine.paused;
        let address = engine.base.clone();
        let opening = engine.opening.as_ref().map(|opening| Opening { paused, address, ..opening() });
        engine.waiting.extend(opening.map(|opening| message(&ToEngine::Open(opening), &[])));
        let (heard, died) = engine.callbacks.get_or_insert_with(|| {
            let heard = Closure::<dyn Fn(u32, Uint8Array)>::new(heard).into_js_value().unchecked_into();
            let died = Closure::<dyn Fn(u32, JsValue)>::new(died).into_js_value().unchecked_into();
            (heard, died)
        });
        let start: Function = Reflect::get(&window(), &"loaddiffEngine".into())?.dyn_into()?;
        // A handle with the methods of a worker: its program may not have arrived yet.
        engine.worker = Some(start.call3(&JsValue::UNDEFINED, &engine.number.into(), heard, died)?.unchecked_into());
        Ok::<(), JsValue>(())
    });
    if let Err(error) = started {
        notices::gone(browser::message(&error));
    }
}

fn message(message: &ToEngine, files: &[File]) -> Array {
    let array = Array::of1(&Uint8Array::from(to_bytes(message).as_slice()));
    for file in files {
        array.push(file);
    }
    array
}

/// Sends a message.
pub(super) fn send(what: &ToEngine) {
    post(message(what, &[]));
}

fn post(message: Array) {
    ENGINE.with_borrow_mut(|engine| match &engine.worker {
        // Files and bytes can always be sent.
        Some(worker) if engine.is_ready => drop(worker.post_message(&message)),
        _ => engine.waiting.push(message),
    });
}

/// Sends what a person gave, and keeps it for a fresh engine.
fn give(message: Array) {
    let was_paused = ENGINE.with_borrow_mut(|engine| {
        if engine.given.len() < MOST_KEPT {
            engine.given.push(message.clone());
        }
        std::mem::take(&mut engine.paused)
    });
    if was_paused {
        act(&Action::Compare.to_string(), "");
    }
    post(message);
}

/// The names of the files that a person gave, where they can be told now.
pub(super) fn given_names() -> Vec<String> {
    ENGINE.with(|engine| {
        let Ok(engine) = engine.try_borrow() else { return Vec::new() };
        let files = engine.given.iter().flat_map(|message| message.iter().collect::<Vec<_>>());
        files.filter_map(|file| Some(file.dyn_into::<File>().ok()?.name())).take(20).collect()
    })
}

/// Sends files that a person gave.
pub(super) fn send_files(what: &ToEngine, files: &[File]) {
    if !files.is_empty() {
        give(message(what, files));
    }
}

/// Sends the page's new address.
pub(super) fn open_address(address: String) {
    if !ENGINE
        .with_borrow_mut(|engine| same_comparison(&std::mem::replace(&mut engine.shown, address.clone()), &address))
    {
        forget_given(address.clone());
    }
    send(&ToEngine::Address(address));
}

/// The page's address was changed by what is shown.
pub(super) fn address_is(address: String) {
    ENGINE.with_borrow_mut(|engine| engine.shown = address);
}

/// A fresh engine begins with this address.
fn forget_given(base: String) {
    ENGINE.with_borrow_mut(|engine| {
        let base = std::mem::replace(&mut engine.base, base);
        engine.undo = (base, std::mem::take(&mut engine.given));
    });
}

/// Sends what a person did to an element.
pub(super) fn act(action: &str, value: &str) {
    let what = ToEngine::Do { action: action.to_owned(), value: value.to_owned() };
    match action.parse() {
        Ok(Action::Sample) => {
            forget_given(browser::page());
            give(message(&what, &[]));
        }
        Ok(Action::StartOver) => {
            forget_given(browser::page());
            send(&what);
        }
        Ok(Action::OpenKept(id)) => {
            forget_given(format!("{}#c={id}", browser::page()));
            send(&what);
        }
        Ok(Action::Undo) => {
            ENGINE.with_borrow_mut(|engine| (engine.base, engine.given) = std::mem::take(&mut engine.undo));
            send(&what);
        }
        _ => send(&what),
    }
}

/// Ends the engine, whatever it does, and gives a fresh one again what a person gave. It compares nothing if `paused`,
/// until a person says so or gives something else.
pub(super) fn restart(paused: bool) {
    let given = ENGINE.with_borrow_mut(|engine| {
        engine.paused = paused;
        if let Some(worker) = engine.worker.take() {
            worker.terminate();
        }
        engine.given.clone()
    });
    patch::reset();
    start_anew();
    given.into_iter().for_each(post);
}

#[allow(clippy::needless_pass_by_value)] // As JavaScript gives it.
fn heard(number: u32, bytes: Uint8Array) {
    if ENGINE.with_borrow(|engine| engine.number != number) {
        return;
    }
    let Some(message) = from_bytes::<ToPage>(&bytes.to_vec()) else {
        return died(number, "its answer cannot be read".into());
    };
    match message {
        ToPage::Ready => {
            browser::mark_ready();
            let waiting = ENGINE.with_borrow_mut(|engine| {
                engine.is_ready = true;
                std::mem::take(&mut engine.waiting)
            });
            waiting.into_iter().for_each(post);
        }
        ToPage::Show(updates) => {
            let had_focus = focus::is_somewhere();
            for update in updates {
                match update {
                    Update::Comparing(endpoints) => notices::comparing(Some(endpoints)),
                    Update::Address { .. } => {
                        patch::show(update);
                        address_is(browser::address());
                    }
                    _ => patch::show(update),
                }
            }
            patch::fit();
            focus::keep(had_focus);
        }
        ToPage::Idle => notices::comparing(None),
        ToPage::Answer { request, verdict } => answered(request, verdict),
        ToPage::Died(detail) => died(number, detail.into()),
    }
}

#[allow(clippy::needless_pass_by_value)] // As JavaScript gives it.
fn died(number: u32, detail: JsValue) {
    let was_running = ENGINE.with_borrow_mut(|engine| {
        let is_this = engine.number == number && engine.worker.is_some();
        if is_this && let Some(worker) = engine.worker.take() {
            worker.terminate();
            engine.is_ready = false;
        }
        is_this
    });
    if was_running {
        let detail = detail.as_string().unwrap_or_else(|| "the browser gives no reason".into());
        notices::comparing(None);
        notices::gone(detail);
    }
}
