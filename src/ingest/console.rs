//! Strips what terminals, CI systems and containers add to the lines of a tool: colours, timestamps, names. Done before
//! a report or a table is recognised.

use std::borrow::Cow;

use crate::run::{NoteLevel, Words};

/// The figure names what was stripped.
pub(super) const PREFIXES_TAKEN_OFF: Words = Words {
    code: "line-prefixes",
    level: NoteLevel::Info,
    text: "Left out {0} in front of the lines, as a CI system or a container writes them.",
};

/// Number of lines examined for prefixes.
const EXAMINED_LINES: usize = 200;

/// Maximum characters of a name prefix.
const MAX_NAME_CHARS: usize = 100;

/// Removes terminal escape sequences (`ESC [ 3 2 m`). Line numbers stay.
pub(super) fn without_colours(text: Cow<'_, str>) -> Cow<'_, str> {
    if memchr::memchr(0x1b, text.as_bytes()).is_none() {
        return text;
    }
    let mut pieces = text.split('\u{1b}');
    let mut plain = String::with_capacity(text.len());
    plain.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        let behind = piece.strip_prefix('[').and_then(|code| {
            // Parameters, then one letter.
            let end = code.find(|c: char| !matches!(c, ' '..='?'))?;
            code.get(end..)?.strip_prefix(|c: char| matches!(c, '@'..='~'))
        });
        plain.push_str(behind.unwrap_or(piece));
    }
    Cow::Owned(plain)
}

/// Removes prefixes that most lines have, and names them; `None` if there are none. Prefixes are timestamps
/// (`2024-05-01T10:00:00.1234567Z `), container names (`wrk-1 | `), or both.
pub(super) fn without_prefixes(text: &str) -> Option<(String, &'static str)> {
    let (mut plain, mut moments, mut names) = (Cow::Borrowed(text), false, false);
    loop {
        let next = if !moments && most_have(&plain, moment) {
            moments = true;
            stripped(&plain, moment)
        } else if !names && let Some(column) = name_column(&plain) {
            names = true;
            stripped(&plain, |line| name(line).filter(|(at, _)| *at == column).map(|(_, behind)| behind))
        } else {
            break;
        };
        plain = Cow::Owned(next);
    }
    let what = match (moments, names) {
        (false, false) => return None,
        (true, false) => "the timestamps",
        (false, true) => "the names",
        (true, true) => "the names and timestamps",
    };
    Some((plain.into_owned(), what))
}

/// The lines examined.
fn first_lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.trim().is_empty()).take(EXAMINED_LINES)
}

/// Whether more than half of the lines, and at least two, have the prefix.
fn most_have(text: &str, behind: impl Fn(&str) -> Option<&str>) -> bool {
    let (mut all, mut with) = (0, 0);
    for line in first_lines(text) {
        all += 1;
        with += usize::from(behind(line).is_some());
    }
    with >= 2 && with * 2 > all
}

/// The column of the bar after container names: the same in all lines.
fn name_column(text: &str) -> Option<usize> {
    let (column, _) = first_lines(text).find_map(name)?;
    most_have(text, |line| name(line).filter(|(at, _)| *at == column).map(|(_, behind)| behind)).then_some(column)
}

fn stripped<'t>(text: &'t str, behind: impl Fn(&'t str) -> Option<&'t str>) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        out.push_str(behind(line).unwrap_or(line));
    }
    out
}

/// The rest after a line's timestamp: RFC 3339, then a space or the end of the line.
fn moment(line: &str) -> Option<&str> {
    let bytes = line.as_bytes();
    let digits =
        |from: usize, n: usize| bytes.get(from..from + n).is_some_and(|bytes| bytes.iter().all(u8::is_ascii_digit));
    let is = |at: usize, byte: u8| bytes.get(at) == Some(&byte);
    let is_moment = digits(0, 4)
        && is(4, b'-')
        && digits(5, 2)
        && is(7, b'-')
        && digits(8, 2)
        && is(10, b'T')
        && digits(11, 2)
        && is(13, b':')
        && digits(14, 2)
        && is(16, b':')
        && digits(17, 2);
    let rest = line.get(19..).filter(|_| is_moment)?;
    let rest = rest.strip_prefix('.').map_or(rest, |rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()));
    let zone = match rest.strip_prefix('Z') {
        Some(rest) => rest,
        None => rest.strip_prefix(['+', '-']).and_then(|zone| zone.get(5..))?,
    };
    zone.strip_prefix(' ').or_else(|| zone.trim().is_empty().then_some(zone))
}

/// The column of the bar after a line's name, and the rest after it.
fn name(line: &str) -> Option<(usize, &str)> {
    let end = line.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')))?;
    let rest = line.get(end..)?;
    let behind = rest.trim_start_matches(' ');
    let blanks = rest.len() - behind.len();
    let behind = behind.strip_prefix('|').filter(|_| (1..=MAX_NAME_CHARS).contains(&end) && blanks > 0)?;
    let behind = behind.strip_prefix(' ').or_else(|| behind.trim().is_empty().then_some(behind))?;
    Some((end + blanks, behind))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn colours() {
        for (text, plain) in [
            ("\u{1b}[32m✓\u{1b}[0m a\u{1b}[1;36m=5\u{1b}[0m\u{1b}", "✓ a=5"),
            ("\u{1b}[0;34mHTTP/1.1 200\u{1b}[0m\n", "HTTP/1.1 200\n"),
            ("\u{1b}[2K\u{1b}[?25lx", "x"),
            ("é\u{1b}[é", "é[é"),
        ] {
            assert_eq!(without_colours(text.into()), plain, "{text:?}");
        }
        assert!(matches!(without_colours("a\nb".into()), Cow::Borrowed(_)));
    }

    #[test]
    fn prefixes() {
        let plain = "Running 1s\n\n  2 threads | 3\nend\n";
        let each = |prefix: &str| plain.lines().map(|line| format!("{prefix}{line}\n")).collect::<String>();
        for (prefix, what) in [
            ("2024-05-01T10:00:00.1234567Z ", "the timestamps"),
            ("2024-05-01T10:00:00+02:00 ", "the timestamps"),
            ("wrk-1  | ", "the names"),
            ("wrk-1  | 2024-05-01T10:00:00Z ", "the names and timestamps"),
            ("2024-05-01T10:00:00Z wrk_1 | ", "the names and timestamps"),
        ] {
            assert_eq!(without_prefixes(&each(prefix)).unwrap(), (plain.to_owned(), what), "{prefix}");
            // Editors strip trailing spaces.
            let trimmed: String = each(prefix).lines().map(|line| format!("{}\n", line.trim_end())).collect();
            assert_eq!(without_prefixes(&trimmed).unwrap().0, plain, "{prefix}");
        }
        let some = format!("Attaching to wrk-1\n{}", each("wrk-1  | "));
        assert_eq!(without_prefixes(&some).unwrap().0, format!("Attaching to wrk-1\n{plain}"));
        for text in [
            "",
            "\n\n",
            "2024-05-01T10:00:00Z one line",
            "2024-05-01T10:00:00Z,5\n2024-05-01T10:00:01Z,6\n",
            "| a | b |\n| c | d |\n",
            "a|b\nc|d\n",
            "a | b\nlonger | d\nlongest | e\n",
            "GET /a | b\nGET /b | b\n",
        ] {
            assert_eq!(without_prefixes(text), None, "{text}");
        }
    }
}
