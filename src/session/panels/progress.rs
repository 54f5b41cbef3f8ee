//! How far the reading of files is, and the figures of the part that was read.

use super::parts::{button, named_button};
use crate::number;
use crate::report::html::escape::{Name, Text};
use crate::report::html::sections;
use crate::report::pace::pace;
use crate::session::action::Action;
use crate::session::state::State;
use crate::session::state::reading::{Reading, Snapshot, Stage};

/// The progress of reading. It stands above the page and takes no room in it; the style sheet shows it after 200 ms, so
/// that a small file makes nothing flash.
pub(super) fn progress(state: &State) -> String {
    let reading = &state.reading;
    if reading.is_empty() {
        return String::new();
    }
    let over = reading.iter().filter(|r| !r.stage.is_open()).count();
    let says = match reading.len() {
        1 => "Reading 1 file".to_owned(),
        files => format!("Reading file {} of {files}", (over + 1).min(files)),
    };
    let files: String = reading.iter().map(|file| line(file, reading.len() > 1)).collect();
    format!(
        "<section class=\"progress\" aria-label=\"Reading files\"><div class=\"progress-head\"><b \
         role=\"status\">{says}</b>{}</div><ul>{files}</ul></section>",
        button("small", &Action::Cancel(None), "Cancel")
    )
}

fn line(file: &Reading, several: bool) -> String {
    let now = pace(file.read, file.bytes, file.now_ms.saturating_sub(file.began_ms));
    let sign = match file.stage {
        Stage::Waiting => "·",
        Stage::Reading => "…",
        Stage::Done => "✓",
        Stage::Failed | Stage::Cancelled => "✕",
    };
    let said = match file.stage {
        Stage::Reading => now.text,
        Stage::Cancelled => "cancelled".to_owned(),
        _ => number::bytes(file.bytes),
    };
    let (name, id) = (Text(&file.name), file.id);
    let stop = if several && file.stage.is_open() {
        named_button("quiet small", &Action::Cancel(Some(id)), "✕", &format!("Cancel {}", file.name))
    } else {
        String::new()
    };
    let bar = if file.stage == Stage::Reading {
        format!("<progress max=\"100\" value=\"{}\" aria-label=\"Bytes read of {name}\"></progress>", now.percent)
    } else {
        String::new()
    };
    format!(
        "<li id=\"reading-{id}\"><span class=\"progress-sign\" aria-hidden=\"true\">{sign}</span><span \
         class=\"progress-name\" title=\"{name}\">{}</span>{stop}<span class=\"muted n progress-pace\">{}</span>{bar}</li>",
        Name(&file.name),
        Text(&said)
    )
}

/// Figures of files that are being read. Nothing is judged by them.
pub(super) fn snapshots(state: &State) -> String {
    let one = |snapshot: &Snapshot| {
        let label = format!("{} so far", snapshot.name);
        let run = &snapshot.run;
        let more = run.rows.endpoints.saturating_sub(run.endpoints.len() as u64);
        let more = if more > 0 {
            format!("<p class=\"muted\">and {} more endpoints</p>", number::count(more))
        } else {
            String::new()
        };
        format!(
            "<section class=\"panel single so-far\" aria-label=\"{}\"><h2><span class=\"wrap\">{}</span> <span \
             class=\"sub\">so far, of the part that was read. Nothing is judged yet.</span></h2>{}{more}</section>",
            Text(&label),
            Name(&snapshot.name),
            sections::singles(run, &format!("Endpoints of {label}"), usize::MAX)
        )
    };
    state.snapshots.iter().map(one).collect()
}
