//! Foreign text on a terminal or in the log of a continuous-integration run. Names come from files that may be anyone's:
//! none may move the cursor, hide or turn around what is beside it, or be taken for a command. A runner takes a line of
//! any program's output for a command that begins with `::` (GitHub) or has `##[` or `##vso[` in it (Azure).
//!
//! [`cell`] is for a text within a line; [`output`] and [`json`] for all that is written to a stream.

use std::borrow::Cow;

use unicode_width::UnicodeWidthStr;

use crate::chart::is_unseen;

/// What commands of runners begin with, wherever they stand in a line.
const COMMANDS: [&str; 2] = ["##[", "##vso["];

/// What commands of runners begin with at the beginning of a line.
const COMMAND_LINE: &str = "::";

/// What is put before `::`, and within the others.
const APART: char = '\'';

/// A text on one line: each control character and each that is not seen has a mark of one column in its place, and a
/// text that a runner would take for a command begins with an apostrophe.
#[must_use]
pub fn cell(text: &str) -> String {
    let marked: String = text.chars().map(|c| marked(c).unwrap_or(c)).collect();
    apart(&marked).into_owned()
}

/// The columns that a text takes.
#[must_use]
pub fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// A whole output, line by line as [`cell`]; LF and CR LF end lines, and tabs stay.
#[must_use]
pub fn output(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let (line, end) = match line.strip_suffix("\r\n") {
            Some(line) => (line, "\r\n"),
            None => line.strip_suffix('\n').map_or((line, ""), |line| (line, "\n")),
        };
        let marked: String = line.chars().map(|c| if c == '\t' { c } else { marked(c).unwrap_or(c) }).collect();
        safe.push_str(&apart(&marked));
        safe.push_str(end);
    }
    safe
}

/// JSON: the same characters are written as escapes, so that what is read from it is the same.
#[must_use]
pub fn json(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if c == '[' && COMMANDS.iter().any(|command| safe.ends_with(command.trim_end_matches('['))) {
            safe.push_str("\\u005b");
        } else if c != '\n' && marked(c).is_some() {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                safe.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            safe.push(c);
        }
    }
    safe
}

/// What stands for a character that is not shown.
fn marked(c: char) -> Option<char> {
    match c {
        '\0'..='\x1f' => char::from_u32(0x2400 + u32::from(c)),
        '\x7f' => Some('␡'),
        c if c.is_control() || is_unseen(c) => Some(char::REPLACEMENT_CHARACTER),
        _ => None,
    }
}

/// A line that no runner takes for a command.
fn apart(line: &str) -> Cow<'_, str> {
    let begins = line.trim_start().starts_with(COMMAND_LINE);
    if !begins && !COMMANDS.iter().any(|command| line.contains(command)) {
        return Cow::Borrowed(line);
    }
    let (space, text) = line.split_at(line.len() - line.trim_start().len());
    let mut safe = space.to_owned();
    if begins {
        safe.push(APART);
    }
    safe.push_str(text);
    for command in COMMANDS {
        safe = safe.replace(command, &format!("##{APART}{}", command.trim_start_matches('#')));
    }
    Cow::Owned(safe)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_not_shown_has_a_mark() {
        assert_eq!(cell("a\nb\u{1b}[31mc\u{7f}"), "a␊b␛[31mc␡");
        assert_eq!(
            cell("a\u{202e}b\u{200b}\u{2028}\u{85}\u{feff}\u{2066}c"),
            "a\u{fffd}b\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}c"
        );
        assert_eq!(width("é漢e\u{301}"), 4);
    }

    #[test]
    fn no_command() {
        for (text, safe) in [
            ("::error::x", "'::error::x"),
            ("  ::stop-commands::t", "  '::stop-commands::t"),
            ("a ##[error]x", "a ##'[error]x"),
            ("##vso[task.setvariable]x", "##'vso[task.setvariable]x"),
            ("a::b", "a::b"),
        ] {
            assert_eq!(cell(text), safe, "{text}");
        }
        assert_eq!(output("a\r\n\t::error::\nb\r::x"), "a\r\n\t'::error::\nb␍::x");
        let name = "##[error]\u{202e}\u{1f600}\u{e0041}";
        let text = serde_json::to_string(name).unwrap();
        assert_eq!(json(&text), "\"##\\u005berror]\\u202e\u{1f600}\\udb40\\udc41\"");
        assert_eq!(serde_json::from_str::<String>(&json(&text)).unwrap(), name);
    }

    proptest! {
        #[test]
        fn nothing_begins_a_command(text in "[:# \t\r\n\u{b}\u{85}\u{2028}a\\[vso]{0,12}") {
            for line in output(&text).lines().chain(cell(&text).lines()) {
                prop_assert!(!line.trim_start().starts_with("::"));
                prop_assert!(!line.contains("##[") && !line.contains("##vso["));
            }
            let whole = serde_json::to_string(&text).unwrap();
            prop_assert_eq!(serde_json::from_str::<String>(&json(&whole)).unwrap(), text);
        }
    }
}
