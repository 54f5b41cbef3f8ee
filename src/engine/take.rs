//! Takes files: has them read, tells the session how far that is, and gives it what they hold.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Array, Uint8Array};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, File};

use super::held::{apply, with};
use super::pool::{self, Ended, News};
use super::{browser, turns};
use crate::session::{
    As, Command, Content, Failure, HEAD, LARGEST_HISTORY, LARGEST_REPORT, Stage, Target, begins_like_history,
    begins_like_report, history, is_named_thresholds, may_be_thresholds, report, thresholds, thresholds_or,
};

thread_local! {
    /// The number of the next file.
    static NEXT: Cell<u32> = const { Cell::new(0) };
}

/// A file of bytes in memory.
pub(super) fn in_memory(name: &str, bytes: &[u8]) -> Result<File, Failure> {
    File::new_with_u8_array_sequence(&Array::of1(&Uint8Array::from(bytes)), name)
        .map_err(|error| Failure::Unreadable { file: name.to_owned(), detail: browser::message(&error) })
}

/// Reads files, each with its path, and puts them where a person put them. Files given before are read first.
pub(super) async fn take(files: Vec<(File, String)>, target: Target) {
    let ids = announce(&files);
    let _turn = turns::turn().await;
    let contents = read_all(&ids, files).await.into_iter().flatten().collect();
    finish(ids);
    apply(Command::Read { contents, target });
}

/// Reads files that came with what they are.
pub(super) async fn given(files: Vec<(As, File)>) -> Result<(), String> {
    let (given, files): (Vec<As>, Vec<(File, String)>) = files
        .into_iter()
        .map(|(given, file)| {
            let name = file.name();
            (given, (file, name))
        })
        .unzip();
    let (is_thresholds, results): (Vec<_>, Vec<_>) =
        given.into_iter().zip(files).partition(|(given, _)| *given == As::Thresholds);
    let (sides, results): (Vec<As>, Vec<(File, String)>) = results.into_iter().unzip();
    let ids = announce(&results);
    let _turn = turns::turn().await;
    let mut contents = Vec::new();
    for (given, (file, name)) in is_thresholds {
        contents.push((given, whole(&file).await.and_then(|bytes| thresholds(&name, &bytes))));
    }
    let read = read_all(&ids, results).await;
    finish(ids);
    for (given, content) in sides.into_iter().zip(read) {
        contents.push((given, content.ok_or_else(|| "Reading was cancelled.".to_owned())?));
    }
    let failure = contents.iter().find_map(|(_, content)| content.as_ref().err()).map(Failure::diagnostic);
    apply(Command::Given(contents));
    failure.map_or(Ok(()), Err)
}

/// Lists files that wait to be read; returns their numbers.
fn announce(files: &[(File, String)]) -> Vec<u32> {
    let first = NEXT.get();
    let ids: Vec<u32> = (first..).take(files.len()).collect();
    NEXT.set(ids.last().map_or(first, |last| last.wrapping_add(1)));
    let listed = ids.iter().zip(files).map(|(id, (file, _))| (*id, file.name(), file.size() as u64));
    apply(Command::Announce(listed.collect()));
    ids
}

fn finish(ids: Vec<u32>) {
    apply(Command::Finished(ids));
}

fn stage(id: u32, stage: Stage) {
    apply(Command::Stage { id, stage, at_ms: browser::now_ms() });
}

/// Reads files, several at a time where the machine allows it; what each is, in the same order. `None` where a person
/// cancelled it.
async fn read_all(ids: &[u32], files: Vec<(File, String)>) -> Vec<Option<Result<Content, Failure>>> {
    let count = files.len();
    let contents: Rc<RefCell<Vec<_>>> = Rc::new(RefCell::new((0..count).map(|_| None).collect()));
    let (slots, jobs) = (Rc::clone(&contents), ids.to_vec());
    let lanes = pool::at_a_time(files.iter().map(|(file, _)| file.size() as u64));
    turns::all(count, lanes, async move |at| {
        let (Some(id), Some((file, path))) = (jobs.get(at).copied(), files.get(at)) else { return };
        if with(|session| session.stage_of(id)) != Some(Stage::Waiting) {
            return;
        }
        stage(id, Stage::Reading);
        let content = read(id, file, path).await;
        stage(
            id,
            match &content {
                Some(Ok(_)) => Stage::Done,
                Some(Err(_)) => Stage::Failed,
                None => Stage::Cancelled,
            },
        );
        if let Some(slot) = slots.borrow_mut().get_mut(at) {
            *slot = content;
        }
    })
    .await;
    contents.take()
}

/// Reads one file: results by a reader, thresholds and reports here. `None` where a person cancelled it.
async fn read(id: u32, file: &File, path: &str) -> Option<Result<Content, Failure>> {
    let (name, bytes) = (file.name(), file.size() as u64);
    if is_named_thresholds(&name, bytes) {
        return Some(whole(file).await.and_then(|bytes| thresholds(path, &bytes)));
    }
    let head = if bytes <= LARGEST_HISTORY { head(file).await.unwrap_or_default() } else { Vec::new() };
    if begins_like_history(&head) {
        return Some(whole(file).await.and_then(|bytes| history(&name, &bytes)));
    }
    if bytes <= LARGEST_REPORT && begins_like_report(&head) {
        match whole(file).await {
            Ok(bytes) => {
                if let Some(content) = report(&name, &bytes) {
                    return Some(content);
                }
            }
            Err(failure) => return Some(Err(failure)),
        }
    }
    let news = move |news| match news {
        News::Read(bytes) => apply(Command::Progress { id, bytes, at_ms: browser::now_ms() }),
        News::Snapshot(run) => apply(Command::Snapshot { id, run }),
    };
    Some(match pool::read(id, file, path, news).await {
        Ok(parts) => Ok(Content::Parts(parts)),
        Err(Ended::Cancelled) => return None,
        Err(Ended::Unreadable(detail)) => Err(Failure::Unreadable { file: name, detail }),
        Err(Ended::Died { at, detail }) => Err(Failure::Died { file: name, at, bytes, detail }),
        Err(Ended::Useless(error)) if may_be_thresholds(&error, bytes) => {
            whole(file).await.and_then(|bytes| thresholds_or(error, path, &bytes))
        }
        Err(Ended::Useless(error)) => Err(Failure::Results(error)),
    })
}

/// The first bytes of a file.
async fn head(file: &File) -> Option<Vec<u8>> {
    bytes_of(&file.slice_with_f64_and_f64(0.0, HEAD as f64).ok()?).await.ok()
}

/// All bytes of a file.
async fn whole(file: &File) -> Result<Vec<u8>, Failure> {
    bytes_of(file).await.map_err(|error| Failure::Unreadable { file: file.name(), detail: browser::message(&error) })
}

async fn bytes_of(blob: &Blob) -> Result<Vec<u8>, JsValue> {
    Ok(Uint8Array::new(&JsFuture::from(blob.array_buffer()).await?).to_vec())
}
