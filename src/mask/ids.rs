//! Ids and tokens: what of a text names one thing, person or session.

use super::Kind;
use super::view::View;

/// Fewest digits of a number that is an id.
const LONG_NUMBER: usize = 5;
/// Fewest hexadecimal digits of an id of digits and letters.
const LONG_HEX: usize = 8;

/// Units: the number before one is a figure.
const UNITS: &[&str] = &[
    "ms",
    "sec",
    "secs",
    "second",
    "seconds",
    "min",
    "minutes",
    "us",
    "µs",
    "ns",
    "millis",
    "milliseconds",
    "microseconds",
    "nanoseconds",
    "kb",
    "mb",
    "gb",
    "kib",
    "mib",
    "bytes",
    "byte",
    "requests",
    "req",
    "rps",
    "users",
    "vus",
    "times",
    "rows",
    "records",
    "items",
    "entries",
    "characters",
    "connections",
    "attempts",
    "retries",
    "iterations",
    "samples",
    "lines",
    "s",
    "m",
    "b",
];

/// Words before a number that is no id.
const CODES: &[&str] = &["error", "errno", "winerror", "code", "status", "port"];

/// What the tokens of well-known services begin with.
const TOKENS: &[&str] = &[
    "akia",
    "asia",
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "xoxb-",
    "xoxp-",
    "xoxa-",
    "xoxs-",
    "sk_live_",
    "sk_test_",
    "pk_live_",
    "pk_test_",
    "rk_live_",
    "sk-",
    "aiza",
    "ya29.",
    "npm_",
    "hf_",
    "dop_v1_",
    "shpat_",
    "sg.",
];

fn is_token_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
}

/// The end of a JWT, of a service's token, or of an opaque token that begins here.
pub(super) fn token(view: &View, at: usize, kind: Kind) -> Option<usize> {
    let before = view.before(at);
    let word = view.run(at, |c| c.is_ascii_alphanumeric());
    if !is_token_char(before) {
        let end = view.run(at, is_token_char);
        let begin = view.lower(at, (at + 11).min(end + 1));
        if begin.starts_with("eyj") && end - at >= 10 {
            return Some(view.run(at, |c| is_token_char(c) || matches!(c, '.' | '=')));
        }
        let prefix = TOKENS.iter().find(|prefix| begin.starts_with(**prefix));
        if let Some(prefix) = prefix {
            let rest = at + prefix.chars().count();
            let end = view.run(rest, |c| is_token_char(c) || prefix.ends_with('.') && c == '.');
            let digits = view.chars(rest, end).filter(char::is_ascii_digit).count();
            if end - rest >= 12 && (digits > 0 || prefix.len() > 3) {
                return Some(end);
            }
        }
        let has = |is: fn(&char) -> bool| view.chars(at, end).any(|c| is(&c));
        if end - at >= 16
            && end > word
            && turns(view, at, end) >= 4
            && has(char::is_ascii_uppercase)
            && has(char::is_ascii_lowercase)
            && !is_made_of_words(view, at, end)
        {
            return Some(end);
        }
    }
    // Base64 with its padding.
    let base64 = if before == '+' { at } else { view.run(at, |c| c.is_ascii_alphanumeric() || c == '+') };
    let padded = view.run(base64, |c| c == '=').min(base64 + 3);
    let is_mixed = view.chars((at + 1).min(base64), base64).any(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
    let is_padding = (1..=2).contains(&(padded - base64)) && !view.at(padded).is_alphanumeric();
    if base64 - at >= 12 && is_padding && is_mixed && !before.is_alphanumeric() {
        return Some(padded);
    }
    let (length, turns) = (word - at, turns(view, at, word));
    let is_opaque = length >= 16 && turns >= 3 || length >= 10 && turns >= 4;
    let is_moment = kind == Kind::File && is_day(view, at);
    (is_opaque && !is_made_of_words(view, at, word) && !is_moment).then_some(word)
}

/// How often a letter stands beside a digit.
fn turns(view: &View, from: usize, to: usize) -> usize {
    let pairs = view.chars(from, to).zip(view.chars(from + 1, to));
    pairs.filter(|(a, b)| a.is_ascii_digit() && b.is_alphabetic() || a.is_alphabetic() && b.is_ascii_digit()).count()
}

/// Whether the letters are words, such as in `Step1Login2Cart3`: each group of three and more has a vowel, small letters
/// after the first, and few digits around it.
fn is_made_of_words(view: &View, from: usize, to: usize) -> bool {
    let (mut words, mut at) = (0, from);
    while at < to {
        let letters = view.run(at, |c| c.is_ascii_alphabetic()).min(to);
        let digits = view.run(letters, |c| !c.is_ascii_alphabetic()).min(to);
        if letters - at >= 3 {
            let small = view.chars(at + 1, letters).all(|c| c.is_ascii_lowercase());
            let vowel = view.chars(at, letters).any(|c| "aeiouyAEIOUY".contains(c));
            if !(small && vowel) {
                return false;
            }
            words += 1;
        }
        if digits - letters > 3 || digits == at {
            return false;
        }
        at = digits;
    }
    words >= 2
}

/// The end of a UUID, or of a long hexadecimal number, whose digits begin here.
pub(super) fn hex(view: &View, at: usize) -> Option<usize> {
    let before = view.before(at);
    if before.is_ascii_hexdigit() && !(before == '0' && at == 0) {
        return None;
    }
    let end = view.run(at, |c| c.is_ascii_hexdigit());
    if let Some(end) = uuid(view, at, end) {
        return Some(end);
    }
    let digits = view.chars(at, end).filter(char::is_ascii_digit).count();
    let is_mixed = digits > 0 && digits < end - at;
    let is_long = end - at >= LONG_HEX && is_mixed || end - at >= 2 * LONG_HEX;
    let is_word = before.is_alphanumeric() && !(before == 'x' && view.before(at - 1) == '0');
    (is_long && !is_word && !view.at(end).is_alphanumeric()).then_some(end)
}

fn uuid(view: &View, at: usize, first: usize) -> Option<usize> {
    if first - at < 8 {
        return None;
    }
    let mut end = first;
    for length in [4, 4, 4, 12] {
        let next = view.run(end + 1, |c| c.is_ascii_hexdigit());
        let is_group = if length == 12 { next - end > 12 } else { next - end - 1 == length };
        if !matches!(view.at(end), '-' | '_') || !is_group {
            return None;
        }
        end = next;
    }
    Some(end)
}

/// The end of a long number that begins here.
pub(super) fn number(view: &View, at: usize, kind: Kind) -> Option<usize> {
    let end = view.run(at, char::is_numeric);
    if end - at < LONG_NUMBER || view.before(at).is_numeric() || is_figure(view, end) || is_code(view, at, end) {
        return None;
    }
    let is_moment = kind == Kind::File && is_moment(view, at, end);
    (!is_moment).then_some(end)
}

/// Whether a unit follows: `60000 ms`, `1.234567s`.
fn is_figure(view: &View, mut end: usize) -> bool {
    if view.at(end) == '.' && view.at(end + 1).is_ascii_digit() {
        end = view.run(end + 1, |c| c.is_ascii_digit());
    }
    if view.at(end) == '%' {
        return true;
    }
    let from = view.run(end, |c| c == ' ').min(end + 1);
    let to = view.run(from, char::is_alphabetic);
    to - from <= 12 && UNITS.contains(&view.lower(from, to).as_str()) && !view.at(to).is_alphanumeric()
}

/// Whether it is the number of an error or a port: `[WinError 10061]`, `…:30080`.
fn is_code(view: &View, at: usize, end: usize) -> bool {
    if end - at > 5 {
        return false;
    }
    if view.before(at) == ':' && at > 1 && view.before(at - 1) == super::MASK {
        return true;
    }
    let after = view.run_back(at, 3, |c| !c.is_alphanumeric());
    let from = view.run_back(after, 16, char::is_alphabetic);
    let word = view.lower(from, after);
    after < at && CODES.iter().any(|code| word.ends_with(code))
}

/// Whether eight digits are a day.
fn is_day(view: &View, at: usize) -> bool {
    let digits: String = view.chars(at, at + 8).collect();
    let number = |from: usize, to: usize| digits.get(from..to).and_then(|text| text.parse::<u16>().ok());
    matches!((number(0, 4), number(4, 6), number(6, 8)), (Some(1990..=2099), Some(1..=12), Some(1..=31)))
}

/// Whether digits in a file's name are a day, a day with its time, or a time after a day.
fn is_moment(view: &View, at: usize, end: usize) -> bool {
    match end - at {
        8 | 12 | 14 => is_day(view, at),
        6 => {
            at >= 9
                && (is_day(view, at - 9)
                    || at >= 11 && matches!(view.before(at), '-' | '_' | 'T') && {
                        // `2024-01-31_123000`
                        let day: String = view.chars(at - 11, at - 1).collect();
                        day.chars()
                            .enumerate()
                            .all(|(i, c)| if i == 4 || i == 7 { c == '-' } else { c.is_ascii_digit() })
                    })
        }
        _ => false,
    }
}
