//! For a file of unknown format: its apparent kind, and the nearest format.

use super::error::{Error, Problem};
use super::registry::FORMATS;
use super::{json, table};

/// Characteristic columns of table formats, by format name. A user may have renamed one.
const COLUMNS: &[(&str, &[&str])] = &[
    ("jmeter-csv", &["timeStamp", "elapsed", "label", "success"]),
    ("locust-stats", &["Type", "Name", "Request Count", "Failure Count"]),
    ("locust-history", &["Timestamp", "User Count", "Type", "Name", "Total Request Count"]),
    ("locust-requests", &["timestamp", "request_type", "name", "response_time_ms"]),
    ("k6-csv", &["metric_name", "timestamp", "metric_value"]),
    ("plain-csv", &["endpoint", "start_ms", "latency_ms", "ok"]),
];

/// Maximum columns or keys named.
const MAX_NAMED: usize = 6;
/// Maximum characters of each.
const CHARS: usize = 40;

/// The error for a text of unknown format.
pub(super) fn unrecognised(file: &str, text: &str) -> Error {
    let (looks, near) = if json::begins_document(text.trim_start()) {
        let keys = keys(text);
        let looks = match keys.as_slice() {
            [] => "It is JSON without keys of any load test tool.".to_owned(),
            keys => format!("It is JSON with the keys {}.", named(keys)),
        };
        (looks, None)
    } else {
        let commas = table::with_commas(text);
        let header = table::first_record(commas.as_deref().unwrap_or(text));
        if header.iter().filter(|name| !name.is_empty()).count() > 1 {
            (format!("It is a table with the columns {}.", named(&header)), nearest(&header))
        } else if text.trim_start().starts_with('<') {
            ("It is HTML or XML of no known tool.".to_owned(), None)
        } else {
            ("It is text of no known tool.".to_owned(), None)
        }
    };
    Error::new(file, Problem::Unrecognised { looks, near: near.unwrap_or_default() }).at(1, 1).showing(text)
}

/// The format with most of these columns (at least two, and half of its own), and the missing ones.
fn nearest(header: &[String]) -> Option<String> {
    let has = |column: &str| header.iter().any(|name| name.eq_ignore_ascii_case(column));
    let found = |columns: &[&str]| columns.iter().filter(|column| has(column)).count();
    let close = COLUMNS.iter().filter(|(_, columns)| found(columns) >= 2 && found(columns) * 2 >= columns.len());
    let (id, columns) = close.max_by_key(|(_, columns)| found(columns) * 100 / columns.len())?;
    let format = FORMATS.iter().find(|format| format.id == *id)?;
    let missing: Vec<String> =
        columns.iter().filter(|column| !has(column)).map(|column| (*column).to_owned()).collect();
    let (tool, title) = (format.tool, format.title);
    Some(if missing.is_empty() {
        format!("The nearest format is {tool}: {title}.")
    } else {
        let noun = if missing.len() == 1 { "column" } else { "columns" };
        format!("The nearest format is {tool}: {title}. It misses the {noun} {}.", named(&missing))
    })
}

/// The first keys of a document, or of the first item of its array.
fn keys(text: &str) -> Vec<String> {
    let mut keys: Vec<String> = Vec::new();
    let mut depth = 0_usize;
    let mut rest = text.trim_start();
    let base = usize::from(rest.starts_with('[')) + 1;
    while keys.len() <= MAX_NAMED
        && let Some(at) = rest.find(['{', '}', '[', ']', '"'])
    {
        let (_, from) = rest.split_at(at);
        let mut chars = from.chars();
        match chars.next() {
            Some('{' | '[') => depth += 1,
            // Invalid JSON may close more than it opened.
            Some('}' | ']') => depth = depth.saturating_sub(1),
            _ => {
                let inner = chars.as_str();
                let mut escaped = false;
                let end = inner.find(|c| {
                    let ends = c == '"' && !escaped;
                    escaped = c == '\\' && !escaped;
                    ends
                });
                let Some((key, behind)) = end.and_then(|end| inner.split_at_checked(end)) else { break };
                rest = behind.strip_prefix('"').unwrap_or_default();
                if depth == base && rest.trim_start().starts_with(':') {
                    keys.push(key.to_owned());
                }
                continue;
            }
        }
        rest = chars.as_str();
        if depth < base && !keys.is_empty() {
            break;
        }
    }
    keys
}

/// `a, b, c and others`, each clipped.
fn named(names: &[String]) -> String {
    let short = |name: &String| -> String {
        let clean = name.chars().map(|c| if c.is_control() { ' ' } else { c });
        let mut short: String = clean.take(CHARS).collect();
        if name.chars().nth(CHARS).is_some() {
            short.push('…');
        }
        format!("“{short}”")
    };
    let shown: Vec<String> = names.iter().filter(|name| !name.is_empty()).take(MAX_NAMED).map(short).collect();
    let more = if names.len() > MAX_NAMED { " and others" } else { "" };
    format!("{}{more}", shown.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn what(text: &str) -> String {
        unrecognised("f", text).what()
    }

    #[test]
    fn the_apparent_kind_is_named() {
        for (text, said) in [
            ("{\"a\": {\"x\": 1}, \"b\": [{\"c\": 1}]}", "It is JSON with the keys “a”, “b”."),
            ("[{\"id\": 1, \"t\": \"{\"}, {\"other\": 2}]", "It is JSON with the keys “id”, “t”."),
            ("[]]]{\"a\": 1}", "It is JSON without keys of any load test tool."),
            ("[[1], 2]", "It is JSON without keys of any load test tool."),
            ("a;b;c\n1;2;3\n", "It is a table with the columns “a”, “b”, “c”."),
            ("<html>", "It is HTML or XML of no known tool."),
            ("hello\n", "It is text of no known tool."),
        ] {
            assert_eq!(what(text), format!("The format is not recognised. {said}"), "{text}");
        }
        let many = (0..9).map(|i| format!("column {i}")).collect::<Vec<_>>().join(",");
        assert!(what(&many).ends_with("“column 5” and others."), "{}", what(&many));
        assert!(!what("{\"a\": 1, \"\u{202e}\u{7}\": \"").is_empty());
    }

    #[test]
    fn the_nearest_format_is_named_with_its_missing_columns() {
        let next = unrecognised("f", "timeStamp,time,label,success\n1,2,/a,true\n").next_step();
        let said = "The nearest format is JMeter: results CSV (`.jtl`): every sample. It misses the column “elapsed”.";
        assert!(next.starts_with(said), "{next}");
        let next = unrecognised("f", "Type,Name,Requests,Failures\n").next_step();
        assert!(next.contains("Locust") && next.contains("“Request Count”, “Failure Count”"), "{next}");
        assert!(!unrecognised("f", "a,b,c\n").next_step().contains("nearest"));
    }
}
