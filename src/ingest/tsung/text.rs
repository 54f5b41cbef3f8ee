//! The text: `# stats: dump at SECONDS`, then one line per counter.

use std::collections::BTreeSet;

use super::super::error::Error;
use super::super::field;
use super::super::importer::{Descriptor, Format, How, Imported, Input, Sniff};
use super::super::notes::APPENDED_BEFORE;
use super::{Counter, Dumps, MAX_COUNTERS};
use crate::run::Note;

pub(in super::super) const FORMAT: Descriptor = Descriptor {
    format: Format {
        id: "tsung-log",
        tool: "Tsung",
        title: "`tsung.log`",
        command: "tsung -f scenario.xml start",
        percentiles: None,
        endings: &[],
    },
    recognise,
    read: How::Whole(read),
};

const DUMP: &str = "# stats: dump at ";

fn recognise(sniff: &Sniff<'_>) -> Option<String> {
    let line = sniff.text.lines().find(|line| !line.trim().is_empty())?;
    line.trim_start().starts_with(DUMP).then(|| format!("first line “{}…”", DUMP.trim_end()))
}

/// Removes the last dump if it is cut: a counter stays in every later dump.
fn without_cut_dump(text: &str) -> &str {
    let Some((before, last)) = text.rfind(DUMP).and_then(|at| text.split_at_checked(at)) else { return text };
    let previous = before.rfind(DUMP).and_then(|at| before.get(at..)).unwrap_or_default();
    let is_open = !last.ends_with('\n');
    // The last line may be cut within a number.
    let last = if is_open { last.rsplit_once('\n').map_or("", |(whole, _)| whole) } else { last };
    let there: BTreeSet<&str> = names(last).take(MAX_COUNTERS).collect();
    let is_missing = |name: &&str| !there.contains(name);
    let is_cut = names(previous).take(MAX_COUNTERS).last().is_some_and(|name| is_missing(&name))
        || is_open && names(previous).take(MAX_COUNTERS).any(|name| is_missing(&name));
    if is_cut { before } else { text }
}

/// The counters of a dump.
fn names(dump: &str) -> impl Iterator<Item = &str> {
    dump.lines().filter_map(|line| line.trim().strip_prefix("stats: ")?.split_whitespace().next())
}

fn read(input: &Input<'_>) -> Result<Imported, Error> {
    let text = without_cut_dump(input.text);
    let mut dumps = Dumps { is_cut: text.len() < input.text.len(), ..Dumps::default() };
    let (from, earlier) = last_run(text);
    for line in text.get(from..).unwrap_or(text).lines().map(str::trim) {
        if let Some(at_s) = line.strip_prefix(DUMP) {
            // An invalid timestamp is out of range.
            dumps.dump(at_s.parse().unwrap_or(i64::MAX));
            continue;
        }
        let Some(stats) = line.strip_prefix("stats: ") else { continue };
        let mut words = stats.split_whitespace();
        let name = words.next().unwrap_or_default();
        // Cut and negative numbers are missing.
        let numbers: Vec<Option<f64>> = words.take(8).map(|word| field::number(word).ok().flatten()).collect();
        let whole = |number: Option<f64>| number.and_then(|number| field::whole(number).ok());
        match numbers.as_slice() {
            [users, max] if name == "users" => {
                if let Some(users) = whole(*users) {
                    dumps.users(users, whole(*max));
                }
            }
            [count, total] => {
                if let (count, Some(total)) = (whole(*count).unwrap_or(0), whole(*total)) {
                    dumps.counter(name, Counter { count, total: Some(total), ..Counter::default() });
                }
            }
            // Counters of the machine have its name.
            [count, mean, _, max, min, before_mean, before] if !name.starts_with('{') => {
                let (Some(count), Some(before_count)) = (whole(*count), whole(*before)) else { continue };
                let (mean, max, min, before_mean) = (*mean, *max, *min, *before_mean);
                let counter = Counter { count, mean, max, min, before_mean, before_count, total: None };
                dumps.counter(name, counter);
            }
            _ => {}
        }
    }
    let mut reading = dumps.imported(input)?;
    if earlier > 0 {
        reading.notes.push(Note::say(input.name, &APPENDED_BEFORE, [earlier.into()]));
    }
    Ok(reading)
}

/// Start of the last run in a concatenated file, and the number of runs before it. A dump has the number of requests
/// before it, which never falls within a run.
fn last_run(text: &str) -> (usize, u64) {
    let (mut from, mut earlier, mut dump, mut at, mut known) = (0, 0, 0, 0, 0.0);
    for line in text.split_inclusive('\n') {
        let bare = line.trim();
        if bare.starts_with(DUMP) {
            dump = at;
        } else if let Some(rest) = bare.strip_prefix("stats: request ") {
            let numbers: Vec<Option<f64>> =
                rest.split_whitespace().take(8).map(|word| field::number(word).ok().flatten()).collect();
            if let [_, _, _, _, _, _, Some(before)] = *numbers.as_slice() {
                if before < known {
                    (from, earlier) = (dump, earlier + 1);
                }
                known = before;
            }
        }
        at += line.len();
    }
    (from, earlier)
}
