//! A history of runs as it leaves.

use super::aliases::Aliases;
use super::{Kind, text};
use crate::history::History;

/// The history with its names masked: endpoints, labels, versions, reasons and the file's name. No figure changes, and
/// different names stay different.
#[must_use]
pub fn history(mut history: History) -> History {
    let keys = || history.subjects.iter().filter_map(|subject| subject.key.as_ref());
    let names = Aliases::masked(keys().map(|(_, name)| name.as_str()), Kind::Name);
    let methods = Aliases::masked(keys().filter_map(|(method, _)| method.as_deref()), Kind::Name);
    let labels = history.runs.iter().flat_map(|run| [&run.label, &run.version, &run.source]).flatten();
    let labels = Aliases::masked(labels.map(String::as_str), Kind::File);
    let reasons = Aliases::merged(history.runs.iter().filter_map(|run| run.reason.as_deref()), Kind::Message);
    for (method, name) in history.subjects.iter_mut().filter_map(|subject| subject.key.as_mut()) {
        names.put(name);
        method.iter_mut().for_each(|method| methods.put(method));
    }
    for run in &mut history.runs {
        [&mut run.label, &mut run.version, &mut run.source].into_iter().flatten().for_each(|label| labels.put(label));
        run.reason.iter_mut().for_each(|reason| reasons.put(reason));
    }
    // A line with a mistake may be quoted.
    for trouble in &mut history.troubles {
        trouble.text = text(&trouble.text, Kind::Message).into_owned();
    }
    history.name = text(&history.name, Kind::File).into_owned();
    history
}
