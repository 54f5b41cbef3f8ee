//! The engine's program: hears the page and applies what it asks for.

use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{File, MessageEvent};

use super::held::{apply, apply_first, tell, with};
use super::message::{ToEngine, ToPage, from_bytes};
use super::{browser, fetch, keep, pool, take};
use crate::session::{Action, Command, Failure, Session, Stage, Target, sample};

/// Starts to listen; called once, by the binary.
pub(super) fn start() {
    let Some(scope) = browser::scope() else { return };
    browser::on_panic(|detail| tell(&ToPage::Died(detail)));
    let hear = Closure::<dyn Fn(MessageEvent)>::new(|event: MessageEvent| hear(&event));
    scope.set_onmessage(Some(hear.as_ref().unchecked_ref()));
    // It listens as long as the worker lives.
    hear.forget();
    keep::start();
    tell(&ToPage::Ready);
}

/// A message is bytes, with the files it is about.
fn hear(event: &MessageEvent) {
    let message = Array::from(&event.data());
    let bytes = message.get(0).dyn_into::<Uint8Array>().map(|bytes| bytes.to_vec()).unwrap_or_default();
    let files: Vec<File> = message.iter().skip(1).filter_map(|file| file.dyn_into().ok()).collect();
    let Some(message) = from_bytes::<ToEngine>(&bytes) else { return };
    match message {
        ToEngine::Open(opening) => apply(Command::Open(opening)),
        ToEngine::Address(address) => {
            fetch::stop();
            apply(Command::Address(address));
        }
        ToEngine::Narrow(narrow) => apply(Command::Narrow(narrow)),
        ToEngine::Do { action, value } => {
            if let Ok(action) = action.parse() {
                act(action, value);
            }
        }
        ToEngine::Files { paths, target } => {
            let files = files.into_iter().zip(paths).collect();
            spawn_local(take::take(files, target));
        }
        ToEngine::Unreadable { file, detail } => {
            let contents = vec![Err(Failure::Unreadable { file, detail })];
            apply(Command::Read { contents, target: Target::Anywhere });
        }
        ToEngine::Given { request, files: given } => {
            let files = given.into_iter().zip(files).collect();
            spawn_local(async move {
                let taken = take::given(files).await;
                let verdict = taken.and_then(|()| with(Session::verdict));
                let verdict = verdict.map(|(word, gate)| (word.to_owned(), gate.to_owned()));
                tell(&ToPage::Answer { request, verdict });
            });
        }
    }
    tell(&ToPage::Idle);
}

fn act(action: Action, value: String) {
    let at_ms = browser::now_ms();
    let (is_sample, is_fetch) = (action == Action::Sample, action == Action::Fetch);
    let (is_cancel, stops) = (matches!(action, Action::Cancel(_)), action == Action::FetchCancel);
    if stops {
        fetch::stop();
    }
    let forgets = if let Action::Forget(id) = &action { Some(id.clone()) } else { None };
    let is_typed = matches!(action, Action::Move(_));
    let command = Command::Do { action, value, at_ms };
    if is_typed {
        apply_first(command)
    } else {
        apply(command)
    }
    if let Some(id) = forgets {
        spawn_local(keep::forget(id));
    }
    if is_cancel {
        pool::cancel(|id| with(|session| session.stage_of(id)) == Some(Stage::Cancelled));
    }
    if is_sample {
        apply(sample());
    }
    if is_fetch {
        fetch::start();
    }
}
