//! A text as a reader sees it: percent-encoding, escapes of JSON and HTML, full-width letters and invisible characters
//! undone, each character with its place in the original. A secret is found in any of these spellings.

/// A character, and where it was written.
#[derive(Debug, Clone, Copy)]
struct Seen {
    c: char,
    from: usize,
    to: usize,
    /// Whether it was written as itself.
    plain: bool,
}

/// The characters of a text.
#[derive(Debug)]
pub(super) struct View {
    seen: Vec<Seen>,
}

/// Levels of percent-encoding that are undone.
const LEVELS: usize = 4;

impl View {
    /// Linear in the length of the text.
    pub fn of(text: &str) -> Self {
        let mut seen = Vec::with_capacity(text.len());
        let mut from = 0;
        while let Some(rest) = text.get(from..).filter(|rest| !rest.is_empty()) {
            let first = rest.chars().next().unwrap_or_default();
            let escape = match first {
                '%' => percent(rest.as_bytes()),
                '\\' => backslash(rest),
                '&' => entity(rest),
                _ => None,
            };
            let (c, length) = escape.unwrap_or((first, first.len_utf8()));
            if !is_invisible(c) {
                // `\/` and `\"` stand for themselves.
                let plain = escape.is_none() || matches!((first, length), ('\\', 2) | ('&', _));
                seen.push(Seen { c: narrow(c), from, to: from + length, plain });
            }
            from += length;
        }
        Self { seen }
    }

    /// Number of characters.
    pub fn len(&self) -> usize {
        self.seen.len()
    }

    /// The character at a place; a space outside of the text.
    pub fn at(&self, at: usize) -> char {
        self.seen.get(at).map_or(' ', |seen| seen.c)
    }

    /// The character before a place.
    pub fn before(&self, at: usize) -> char {
        at.checked_sub(1).map_or(' ', |at| self.at(at))
    }

    /// Whether the character was written as itself.
    pub fn is_plain(&self, at: usize) -> bool {
        self.seen.get(at).is_none_or(|seen| seen.plain)
    }

    /// The end of the characters from here that are of a kind.
    pub fn run(&self, from: usize, is: impl Fn(char) -> bool) -> usize {
        let after = self.seen.get(from..).unwrap_or_default();
        from + after.iter().take_while(|seen| is(seen.c)).count()
    }

    /// The same, of at most a number of characters.
    pub fn run_most(&self, from: usize, most: usize, is: impl Fn(char) -> bool) -> usize {
        let after = self.seen.get(from..).unwrap_or_default();
        from + after.iter().take(most).take_while(|seen| is(seen.c)).count()
    }

    /// The beginning of at most `most` characters up to here that are of a kind.
    pub fn run_back(&self, to: usize, most: usize, is: impl Fn(char) -> bool) -> usize {
        let before = self.seen.get(..to).unwrap_or_default();
        to - before.iter().rev().take(most).take_while(|seen| is(seen.c)).count()
    }

    /// The characters from here to there.
    pub fn chars(&self, from: usize, to: usize) -> impl DoubleEndedIterator<Item = char> {
        self.seen.get(from..to).unwrap_or_default().iter().map(|seen| seen.c)
    }

    /// The characters from here to there, in lower case.
    pub fn lower(&self, from: usize, to: usize) -> String {
        self.chars(from, to).map(|c| c.to_ascii_lowercase()).collect()
    }

    /// Where the characters from here to there were written.
    pub fn place(&self, from: usize, to: usize) -> Option<(usize, usize)> {
        Some((self.seen.get(from)?.from, self.seen.get(to.checked_sub(1)?)?.to))
    }
}

fn hex(byte: Option<&u8>) -> Option<u8> {
    byte.and_then(|byte| char::from(*byte).to_digit(16)).and_then(|digit| u8::try_from(digit).ok())
}

/// The byte behind `%40`, `%2540`, …, and its length.
fn percent_byte(bytes: &[u8]) -> Option<(u8, usize)> {
    if bytes.first() != Some(&b'%') {
        return None;
    }
    let mut length = 1;
    for _ in 0..LEVELS {
        let byte = hex(bytes.get(length))? << 4 | hex(bytes.get(length + 1))?;
        length += 2;
        let is_more = byte == b'%' && hex(bytes.get(length)).is_some() && hex(bytes.get(length + 1)).is_some();
        if !is_more {
            return Some((byte, length));
        }
    }
    None
}

/// A percent-encoded character of one to four bytes.
fn percent(bytes: &[u8]) -> Option<(char, usize)> {
    let (mut encoded, mut length) = ([0_u8; 4], 0);
    for count in 1..=encoded.len() {
        let (byte, more) = percent_byte(bytes.get(length..)?)?;
        *encoded.get_mut(count - 1)? = byte;
        length += more;
        if let Ok(text) = std::str::from_utf8(encoded.get(..count)?) {
            return Some((text.chars().next()?, length));
        }
    }
    None
}

/// An escape of JSON: `\u0040`, `\x40`, `\n`, `\"`.
fn backslash(rest: &str) -> Option<(char, usize)> {
    let digits = |from: usize, to: usize| {
        let code = u32::from_str_radix(rest.get(from..to)?, 16).ok()?;
        Some((char::from_u32(code)?, to))
    };
    match rest.as_bytes().get(1)? {
        b'u' => digits(2, 6),
        b'x' => digits(2, 4),
        b'n' | b'r' => Some(('\n', 2)),
        b't' => Some((' ', 2)),
        b'/' => Some(('/', 2)),
        b'"' => Some(('"', 2)),
        b'\'' => Some(('\'', 2)),
        _ => None,
    }
}

/// An entity of HTML: `&#64;`, `&#x40;`, `&amp;`.
fn entity(rest: &str) -> Option<(char, usize)> {
    let name = rest.get(1..rest.bytes().take(10).position(|b| b == b';')?)?;
    let c = match name {
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        "lt" => '<',
        "gt" => '>',
        "commat" => '@',
        _ => {
            let code = name.strip_prefix('#')?;
            let code = match code.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => code.parse().ok()?,
            };
            char::from_u32(code)?
        }
    };
    Some((c, name.len() + 2))
}

/// Whether a character shows nothing: it may stand within a secret.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// The ASCII character that a full-width one stands for.
fn narrow(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{fe6b}' => '@',
        other => other,
    }
}
