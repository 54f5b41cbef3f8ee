//! The JSON of `backend="json"`: `{"stats": [{"timestamp": SECONDS, "samples": [counters]}]}`. In old builds the
//! `value` of an event counter is its sum, as `total` is.

use serde_json::Value;

use super::super::error::Error;
use super::super::importer::{Descriptor, Format, How, Imported, Input, Sniff};
use super::super::json::{self, at, count, number};
use super::{Counter, Dumps};
use crate::run::{Note, NoteLevel, Words};

pub(in super::super) const FORMAT: Descriptor = Descriptor {
    format: Format {
        id: "tsung-json",
        tool: "Tsung",
        title: "`tsung.log` as JSON (`backend=\"json\"`)",
        command: "tsung -f scenario.xml start",
        percentiles: None,
        endings: &[],
    },
    recognise,
    read: How::Whole(read),
};

fn recognise(sniff: &Sniff<'_>) -> Option<String> {
    json::has(sniff.json?, ["stats/0/timestamp", "stats/0/samples"])
        .then(|| "JSON object with stats[].timestamp and stats[].samples".into())
}

const ENDS_EARLY: Words = Words {
    code: "tsung-ends-early",
    level: NoteLevel::Warning,
    text: "The JSON is cut, as when Tsung is killed. Its complete dumps were read. Requests behind them are missing.",
};

/// Closes a document without an end after its last complete dump, and adds a note. `None` if it is not Tsung's, or has
/// no complete dump.
pub(in super::super) fn closed(name: &str, text: &str) -> Option<(String, Note)> {
    let rest = text.trim_start().strip_prefix('{')?.trim_start().strip_prefix("\"stats\"")?;
    let dumps = rest.trim_start().strip_prefix(':')?.trim_start().strip_prefix('[')?;
    let begins = dumps.trim_start().strip_prefix('{')?.trim_start();
    if !begins.starts_with("\"timestamp\"") {
        return None;
    }
    let (mut depth, mut quoted, mut escaped, mut complete) = (0_usize, false, false, None);
    for (at, c) in dumps.char_indices() {
        match c {
            _ if quoted => (quoted, escaped) = (c != '"' || escaped, c == '\\' && !escaped),
            '"' => quoted = true,
            '{' | '[' => depth += 1,
            '}' | ']' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    complete = Some(at + 1);
                }
            }
            _ => {}
        }
    }
    let dumps = dumps.get(..complete?)?;
    Some((format!("{{\"stats\":[{dumps}]}}"), Note::say(name, &ENDS_EARLY, [])))
}

fn read(input: &Input<'_>) -> Result<Imported, Error> {
    let document = json::values(input.name, input.json.unwrap_or_default())?;
    let mut dumps = Dumps::default();
    for dump in at(&document, "stats").as_array().into_iter().flatten() {
        dumps.dump(at(dump, "timestamp").as_i64().unwrap_or(i64::MAX));
        for sample in at(dump, "samples").as_array().into_iter().flatten() {
            read_counter(&mut dumps, sample);
        }
    }
    dumps.imported(input)
}

fn read_counter(dumps: &mut Dumps, sample: &Value) {
    let (Some(name), Some(value)) = (at(sample, "name").as_str(), count(at(sample, "value"))) else { return };
    // Counters of the machine have its name.
    if sample.get("hostname").is_some() {
        return;
    }
    let figure = |key: &str| number(at(sample, key));
    if name == "users" {
        dumps.users(value, count(at(sample, "max")));
    } else if let Some(total) = count(at(sample, "total")) {
        dumps.counter(name, Counter { count: value, total: Some(total), ..Counter::default() });
    } else if let Some(before_count) = count(at(sample, "global_count")) {
        let (mean, max, min, before_mean) = (figure("mean"), figure("max"), figure("min"), figure("global_mean"));
        dumps.counter(name, Counter { count: value, mean, max, min, before_mean, before_count, total: None });
    }
}
