//! The runs of [digests](super::digest) as the parts that their files were.

use super::content::{Content, Part};
use super::registry::FORMATS;
use crate::run::{Note, Run};

/// The runs of digests as parts of their own; other parts as they are.
pub(super) fn expand(parts: Vec<Part>) -> Vec<Part> {
    let count: usize =
        parts.iter().map(|part| if let Content::Runs(runs) = &part.content { runs.len() } else { 1 }).sum();
    let mut all = Vec::with_capacity(count);
    for part in parts {
        match part.content {
            Content::Runs(runs) => {
                for (at, run) in runs.into_iter().enumerate() {
                    let notes = if at == 0 { part.notes.clone() } else { Vec::new() };
                    all.push(of_run(run, notes, count > 1));
                }
            }
            content => all.push(Part { content, ..part }),
        }
    }
    all
}

/// A run as the part that its file was. Among `several`, notes on its files are the part's, as where the files are read.
fn of_run(mut run: Run, mut notes: Vec<Note>, several: bool) -> Part {
    let file = run.source.files.first().cloned().unwrap_or_default();
    if several {
        let (on_files, on_run): (Vec<Note>, Vec<Note>) =
            std::mem::take(&mut run.notes).into_iter().partition(|note| note.file.is_some());
        run.notes = on_run;
        notes.splice(0..0, on_files);
    }
    Part {
        path: file.name.clone(),
        tool: FORMATS.iter().find(|format| format.id == file.format).map_or("loaddiff", |format| format.tool),
        version: None,
        file,
        content: Content::Results(Box::new(run)),
        notes,
    }
}
