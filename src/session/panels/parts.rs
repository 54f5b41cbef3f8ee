//! Small pieces that several panels share.

use crate::ingest::{Problem, Role};
use crate::report::html::escape::Text;
use crate::session::action::Action;
use crate::session::side::Side;

/// The files of several results on one side.
pub(crate) fn several(side: Option<&Side>) -> Vec<String> {
    match side.and_then(|side| side.run().err()).map(crate::ingest::Error::problem) {
        Some(Problem::SeveralResults { files }) => files.clone(),
        _ => Vec::new(),
    }
}

/// A button that does something.
pub(super) fn button(class: &str, action: &Action, label: &str) -> String {
    let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
    format!("<button type=\"button\"{class} data-do=\"{}\">{}</button>", Text(&action.to_string()), Text(label))
}

/// The label of [`Action::KeepNames`], and what it does.
pub(super) const KEEP: (&str, &str) =
    ("Keep names as they are", "else hosts, query values, ids, credentials and e-mail addresses are masked");

/// A box to tick, with what it does behind its label.
pub(super) fn check(id: &str, action: &Action, label: &str, about: &str, on: bool) -> String {
    format!(
        "<label><input type=\"checkbox\" id=\"{id}{action}\" aria-label=\"{label}\" data-set=\"{action}\"{}> \
         <span>{label}<span class=\"muted\">, {about}</span></span></label>",
        if on { " checked" } else { "" }
    )
}

/// A button whose accessible name says more than its label.
pub(super) fn named_button(class: &str, action: &Action, label: &str, name: &str) -> String {
    let (action, name) = (action.to_string(), Text(name));
    format!(
        "<button type=\"button\" class=\"{class}\" aria-label=\"{name}\" data-do=\"{}\">{}</button>",
        Text(&action),
        Text(label)
    )
}

/// A button that copies a text.
pub(super) fn copy_button(text: &str, name: &str) -> String {
    format!(
        "<button type=\"button\" class=\"quiet small\" aria-label=\"{}\" data-copy=\"{}\">{}</button>",
        Text(name),
        Text(text),
        if name.contains(':') { "Copy" } else { name }
    )
}

/// A field to choose files with; its label is drawn around it. `target` is `anywhere` or a side.
pub(super) fn file_input(target: &str, name: &str) -> String {
    format!("<input type=\"file\" multiple class=\"hidden-input\" aria-label=\"{name}\" data-files=\"{target}\">")
}

/// The colour of a side, as a dot.
pub(super) fn dot(role: Role) -> &'static str {
    match role {
        Role::Baseline => "<i class=\"dot dot-baseline\" aria-hidden=\"true\"></i>",
        Role::Run => "<i class=\"dot dot-run\" aria-hidden=\"true\"></i>",
    }
}

/// What a side is called.
pub(super) fn side_name(role: Role) -> &'static str {
    match role {
        Role::Baseline => "Baseline",
        Role::Run => "Run",
    }
}

/// A text of our own, with what stands between backticks set as code.
pub(super) fn marked(text: &str) -> String {
    let pieces = text.split('`').enumerate();
    pieces
        .map(|(i, piece)| if i % 2 == 1 { format!("<code>{}</code>", Text(piece)) } else { Text(piece).to_string() })
        .collect()
}
