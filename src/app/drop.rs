//! The whole window is a drop target. While files are dragged over it, the page says what letting go will do.

use std::cell::Cell;
use std::rc::Rc;

use js_sys::{Array, Promise};
use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{DataTransfer, DragEvent, Element, File, FileSystemDirectoryEntry, FileSystemEntry, FileSystemFileEntry};

use super::reader::{Failure, Given};
use super::state::{State, Target};
use super::take::take;
use super::{browser, state};
use crate::ingest::Role;

/// What is being dragged: how many files, and over which side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Dragged {
    files: u32,
    over: Option<Role>,
}

#[component]
pub(super) fn DropZone() -> impl IntoView {
    let state = state();
    let dragged = RwSignal::new(None::<Dragged>);
    // `dragenter` and `dragleave` come for every element that is crossed.
    let depth = Rc::new(Cell::new(0_i32));

    let entered = Rc::clone(&depth);
    let enter = window_event_listener(ev::dragenter, move |event: DragEvent| {
        if has_files(&event) {
            event.prevent_default();
            entered.set(entered.get() + 1);
        }
    });
    let over = window_event_listener(ev::dragover, move |event: DragEvent| {
        if has_files(&event) {
            event.prevent_default();
            let now = Some(Dragged { files: count(&event), over: side_of(&event) });
            if dragged.get_untracked() != now {
                dragged.set(now);
            }
        }
    });
    let left = Rc::clone(&depth);
    let leave = window_event_listener(ev::dragleave, move |_| {
        left.set((left.get() - 1).max(0));
        if left.get() == 0 {
            dragged.set(None);
        }
    });
    let dropped = window_event_listener(ev::drop, move |event: DragEvent| {
        depth.set(0);
        dragged.set(None);
        if let Some(data) = event.data_transfer().filter(|_| has_files(&event)) {
            event.prevent_default();
            let side = side_of(&event);
            accept(state, &data, side);
        }
    });
    for handle in [enter, over, leave, dropped] {
        // They listen as long as the page lives.
        std::mem::forget(handle);
    }

    move || {
        dragged.get().map(|dragged| {
            let files = if dragged.files == 1 { "1 file".to_owned() } else { format!("{} files", dragged.files) };
            view! {
                <div class="drop" role="status">
                    <p class="drop-say"><b>"Release: " {files}</b> <span>{what_happens(state, dragged)}</span></p>
                </div>
            }
        })
    }
}

/// What letting go will do, in a few words.
fn what_happens(state: State, dragged: Dragged) -> &'static str {
    let report = state.comparison.with_untracked(Option::is_some);
    let one_side = state.baseline.with_untracked(Option::is_some) || state.run.with_untracked(Option::is_some);
    match dragged {
        Dragged { over: Some(Role::Baseline), .. } => "as the baseline",
        Dragged { over: Some(Role::Run), .. } => "as the run",
        Dragged { files: 1, .. } if report => "you will be asked what it replaces",
        Dragged { .. } if report => "a new comparison",
        Dragged { files: 1, .. } if one_side => "compared with what is there",
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

/// Takes what was dropped, folders with all that is in them.
fn accept(state: State, data: &DataTransfer, side: Option<Role>) {
    let target = side.map_or(Target::Anywhere, Target::Over);
    let items = data.items();
    // Entries and files can be asked for during the event alone.
    let entries: Vec<FileSystemEntry> =
        (0..items.length()).filter_map(|i| items.get(i)?.webkit_get_as_entry().ok()?).collect();
    let files: Vec<Given> = data.files().map(|list| given(&list)).unwrap_or_default();
    if !entries.iter().any(FileSystemEntry::is_directory) {
        return take(state, files, target);
    }
    spawn_local(async move {
        let mut found = Vec::new();
        let mut waiting = entries;
        while let Some(entry) = waiting.pop() {
            match open(&entry).await {
                Ok(Opened::Folder(inside)) => waiting.extend(inside),
                Ok(Opened::File(file)) => {
                    // `/folder/file`: the slash in front is the drop's own.
                    let path = entry.full_path().trim_start_matches('/').to_owned();
                    found.push(Given { file, path });
                }
                Err(error) => state.fail(Failure::Unreadable { file: entry.name(), detail: browser::message(&error) }),
            }
        }
        // A folder's order is the browser's.
        crate::order::sort_by(&mut found, |a, b| a.path.cmp(&b.path));
        found.retain(|given| !given.file.name().starts_with('.'));
        take(state, found, target);
    });
}

/// The files of a list, with the folders that the browser tells.
pub(super) fn given(list: &web_sys::FileList) -> Vec<Given> {
    (0..list.length())
        .filter_map(|i| list.get(i))
        .map(|file| {
            let folder = js_sys::Reflect::get(&file, &"webkitRelativePath".into()).ok().and_then(|p| p.as_string());
            let path = folder.filter(|p| !p.is_empty()).unwrap_or_else(|| file.name());
            Given { file, path }
        })
        .collect()
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
        // It tells them in lots, the last of which is empty.
        let lot: Array = JsFuture::from(promise).await?.unchecked_into();
        if lot.length() == 0 {
            return Ok(Opened::Folder(inside));
        }
        inside.extend(lot.iter().map(JsCast::unchecked_into::<FileSystemEntry>));
    }
}
