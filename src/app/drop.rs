//! The whole window is a drop target. While files are dragged over it, the page says what letting go will do.

use std::cell::Cell;
use std::rc::Rc;

use js_sys::{Array, Promise, Reflect};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{DataTransfer, DragEvent, Element, File, FileSystemDirectoryEntry, FileSystemEntry, FileSystemFileEntry};

use super::{browser, engine, patch};
use crate::engine::message::ToEngine;
use crate::ingest::Role;
use crate::session::{Target, link_in};

/// What is being dragged: how many files, and over which side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Dragged {
    files: u32,
    over: Option<Role>,
}

/// Listens as long as the page lives.
pub(super) fn mount() {
    browser::mount_into("p-drop", || view! { <DropZone/> });
}

/// Sends files to the engine.
pub(super) fn send(files: Vec<(File, String)>, target: Target) {
    let (files, paths): (Vec<File>, Vec<String>) = files.into_iter().unzip();
    engine::send_files(&ToEngine::Files { paths, target }, &files);
}

/// Calls back at each drag event of this kind that carries files.
fn dragging(event: &str, heard: impl Fn(DragEvent) + 'static) {
    browser::listen(event, move |event| {
        if let Ok(event) = event.dyn_into::<DragEvent>() {
            heard(event);
        }
    });
}

#[component]
fn DropZone() -> impl IntoView {
    let dragged = RwSignal::new(None::<Dragged>);
    // `dragenter` and `dragleave` come for every element that is crossed.
    let depth = Rc::new(Cell::new(0_i32));
    let entered = Rc::clone(&depth);
    dragging("dragenter", move |event| {
        if has_files(&event) {
            event.prevent_default();
            entered.set(entered.get() + 1);
        }
    });
    dragging("dragover", move |event| {
        if has_files(&event) {
            event.prevent_default();
            let now = Some(Dragged { files: count(&event), over: side_of(&event) });
            if dragged.get_untracked() != now {
                dragged.set(now);
            }
        }
    });
    let left = Rc::clone(&depth);
    dragging("dragleave", move |_| {
        left.set((left.get() - 1).max(0));
        if left.get() == 0 {
            dragged.set(None);
        }
    });
    dragging("drop", move |event| {
        depth.set(0);
        dragged.set(None);
        if let Some(data) = event.data_transfer().filter(|_| has_files(&event)) {
            event.prevent_default();
            dropped(&data, side_of(&event).map_or(Target::Anywhere, Target::Over));
        }
    });
    browser::listen("paste", |event| {
        let target = event.target().and_then(|t| t.dyn_into::<Element>().ok());
        if target.and_then(|t| t.closest("input, textarea, select").ok().flatten()).is_some() {
            return;
        }
        let data = Reflect::get(&event, &"clipboardData".into()).ok().and_then(|data| data.dyn_into().ok());
        let Some(data): Option<DataTransfer> = data else { return };
        event.prevent_default();
        if data.files().is_some_and(|files| files.length() > 0) {
            dropped(&data, Target::Anywhere);
        } else {
            paste(&data.get_data("text/plain").unwrap_or_default());
        }
    });
    move || {
        dragged.get().map(|dragged| {
            let files = if dragged.files == 1 { "1 file".to_owned() } else { format!("{} files", dragged.files) };
            view! {
                <div class="drop" role="status">
                    <p class="drop-say"><b>"Release: " {files}</b> " " <span>{what_happens(dragged)}</span></p>
                </div>
            }
        })
    }
}

/// Takes a text that was pasted: a link is opened, anything else is read as a file.
pub(super) fn paste(text: &str) {
    if let Some(fragment) = link_in(text) {
        return browser::follow(fragment);
    }
    if text.trim().is_empty() {
        return browser::say("There is no text to paste.");
    }
    if let Ok(file) = File::new_with_str_sequence(&Array::of1(&text.into()), "pasted text") {
        send(vec![(file, "pasted text".to_owned())], Target::Anywhere);
    }
}

/// What letting go will do, in a few words.
fn what_happens(dragged: Dragged) -> &'static str {
    let (report, any) = (patch::has_report(), patch::has_any());
    match dragged {
        Dragged { over: Some(Role::Baseline), .. } => "as the baseline",
        Dragged { over: Some(Role::Run), .. } => "as the run",
        Dragged { files: 1, .. } if report => "you will be asked what it replaces",
        Dragged { .. } if report => "a new comparison",
        Dragged { files: 1, .. } if any => "compared with what is there",
        Dragged { files: 1, .. } => "then add what to compare it with",
        Dragged { .. } => "baseline and run are told apart by name and start",
    }
}

fn has_files(event: &DragEvent) -> bool {
    event.data_transfer().is_some_and(|data| data.types().includes(&"Files".into(), 0))
}

fn count(event: &DragEvent) -> u32 {
    let Some(data) = event.data_transfer() else { return 0 };
    let items = data.items();
    (0..items.length()).filter(|i| items.get(*i).is_some_and(|item| item.kind() == "file")).count() as u32
}

/// The side whose slot or pill is under the pointer.
fn side_of(event: &DragEvent) -> Option<Role> {
    let target = event.target()?.dyn_into::<Element>().ok()?;
    match target.closest("[data-side]").ok()??.get_attribute("data-side")?.as_str() {
        "baseline" => Some(Role::Baseline),
        "run" => Some(Role::Run),
        _ => None,
    }
}

/// Takes what was dropped. Entries and files can be asked for during the event alone.
fn dropped(data: &DataTransfer, target: Target) {
    let items = data.items();
    let entries = (0..items.length()).filter_map(|i| items.get(i)?.webkit_get_as_entry().ok()?).collect();
    let files = data.files().map(|list| (0..list.length()).filter_map(|i| list.get(i)).collect()).unwrap_or_default();
    accept(entries, files, target);
}

/// Takes files, and folders with all that is in them.
pub(super) fn accept(entries: Vec<FileSystemEntry>, files: Vec<File>, target: Target) {
    if !entries.iter().any(FileSystemEntry::is_directory) {
        return send(files.into_iter().map(|file| (file.clone(), file.name())).collect(), target);
    }
    spawn_local(async move {
        let (mut found, mut unreadable) = (Vec::new(), Vec::new());
        let mut waiting = entries;
        while let Some(entry) = waiting.pop() {
            match open(&entry).await {
                Ok(Opened::Folder(inside)) => waiting.extend(inside),
                // `/folder/file`: the slash in front is the drop's own.
                Ok(Opened::File(file)) => found.push((file, entry.full_path().trim_start_matches('/').to_owned())),
                Err(error) => {
                    unreadable.push(ToEngine::Unreadable { file: entry.name(), detail: browser::message(&error) });
                }
            }
        }
        // A folder's order is the browser's.
        crate::order::sort_by(&mut found, |(_, a), (_, b)| a.cmp(b));
        found.retain(|(file, _)| !file.name().starts_with('.'));
        send(found, target);
        unreadable.iter().for_each(engine::send);
    });
}

enum Opened {
    File(File),
    Folder(Vec<FileSystemEntry>),
}

async fn open(entry: &FileSystemEntry) -> Result<Opened, JsValue> {
    if entry.is_file() {
        let entry: &FileSystemFileEntry = entry.unchecked_ref();
        let promise = Promise::new(&mut |resolve, reject| entry.file_with_callback_and_callback(&resolve, &reject));
        return Ok(Opened::File(JsFuture::from(promise).await?.unchecked_into()));
    }
    let reader = entry.unchecked_ref::<FileSystemDirectoryEntry>().create_reader();
    let mut inside = Vec::new();
    loop {
        let promise = Promise::new(&mut |resolve, reject| {
            let _ = reader.read_entries_with_callback_and_callback(&resolve, &reject);
        });
        // They come in batches, the last of which is empty.
        let batch: Array = JsFuture::from(promise).await?.unchecked_into();
        if batch.length() == 0 {
            return Ok(Opened::Folder(inside));
        }
        inside.extend(batch.iter().map(JsCast::unchecked_into::<FileSystemEntry>));
    }
}
