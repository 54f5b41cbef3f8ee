//! Canonical JSON: the same value gives the same bytes.
//!
//! Members are sorted by their names, nothing stands between tokens, a member that is `null` is left out, and a number is
//! the shortest text that reads back to it. `<`, `>`, `&`, control characters and those that are not seen are written
//! `\u003c`, so that the text can stand in an HTML `script` element as it is.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::chart::is_unseen;

/// Canonical JSON of a value.
pub(super) fn canonical(value: &impl Serialize) -> String {
    let mut out = String::new();
    // Only maps with keys that are no strings could fail; there are none.
    write_value(&serde_json::to_value(value).unwrap_or_default(), &mut out);
    out
}

fn write_value(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(yes) => out.push_str(if *yes { "true" } else { "false" }),
        Value::Number(number) => {
            let text = number.to_string();
            out.push_str(text.strip_suffix(".0").unwrap_or(&text));
        }
        Value::String(text) => write_text(text, out),
        Value::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                out.push_str(if i > 0 { "," } else { "" });
                write_value(item, out);
            }
            out.push(']');
        }
        Value::Object(members) => write_members(members, out),
    }
}

/// In the order of the names' bytes, whatever order the map keeps.
fn write_members(members: &Map<String, Value>, out: &mut String) {
    let mut sorted: Vec<(&String, &Value)> = members.iter().filter(|(_, value)| !value.is_null()).collect();
    crate::order::sort_by(&mut sorted, |a, b| a.0.cmp(b.0));
    out.push('{');
    for (i, (name, value)) in sorted.into_iter().enumerate() {
        out.push_str(if i > 0 { "," } else { "" });
        write_text(name, out);
        out.push(':');
        write_value(value, out);
    }
    out.push('}');
}

fn write_text(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '<' | '>' | '&' => {
                out.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c if c.is_control() || is_unseen(c) => {
                let mut units = [0; 2];
                c.encode_utf16(&mut units).iter().for_each(|unit| out.push_str(&format!("\\u{unit:04x}")));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn canonical_by_hand() {
        let value = json!({
            "z": [1, 1.0, 0.1, 1e21, -0.0, 100_000_000_000_000_000_000.0],
            "a": { "b": null, "A": "</script>&\u{2028}\u{202e}\"\\\n\u{7f}é😀" },
            "none": [null],
        });
        assert_eq!(
            canonical(&value),
            "{\"a\":{\"A\":\"\\u003c/script\\u003e\\u0026\\u2028\\u202e\\\"\\\\\\u000a\\u007fé😀\"},\"none\":[null],\
             \"z\":[1,1,0.1,1e+21,-0,1e+20]}"
        );
    }
}
