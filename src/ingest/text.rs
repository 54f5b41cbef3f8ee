//! Bytes to text: byte-order marks, UTF-16, Windows code pages, line ends.

use super::error::{Error, Problem};
use super::notes;
use crate::run::Note;
use crate::run::recorder::MAX_NAME_BYTES;

/// What a spreadsheet or text of an office program is.
pub(super) const OFFICE: &str = "an Office document";

pub(super) struct Decoded {
    /// Without a byte-order mark, with `\n` as line ends.
    pub text: String,
    pub notes: Vec<Note>,
}

/// Decodes a file. Line ends become `\n`: Locust's on Windows are CR CR LF, so any run of carriage returns before a
/// line feed is one end, and so is a lone carriage return. This also applies inside quotes: a file reads the same after
/// a tool has changed its line ends.
pub(super) fn decode(name: &str, bytes: Vec<u8>) -> Result<Decoded, Error> {
    let binary = match bytes.as_slice() {
        [0x1f, 0x8b, ..] => Some("a gzip archive inside of a gzip archive"),
        [b'P', b'K', 3, 4, ..] => Some("a zip archive"),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Some("a zstd archive"),
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Some("an xz archive"),
        [b'B', b'Z', b'h', b'1'..=b'9', b'1', b'A', b'Y', b'&', b'S', b'Y', ..] => Some("a bzip2 archive"),
        [b'7', b'z', 0xbc, 0xaf, 0x27, 0x1c, ..] => Some("a 7-Zip archive"),
        [b'R', b'a', b'r', b'!', 0x1a, 0x07, ..] => Some("a RAR archive"),
        [0x89, b'P', b'N', b'G', ..]
        | [0xff, 0xd8, 0xff, ..]
        | [b'G', b'I', b'F', b'8', ..]
        | [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("an image"),
        [b'%', b'P', b'D', b'F', b'-', ..] => Some("a PDF document"),
        [0xd0, 0xcf, 0x11, 0xe0, ..] => Some(OFFICE),
        _ => None,
    };
    if let Some(what) = binary {
        return Err(Error::new(name, Problem::Binary { what }));
    }
    let mut noted = Vec::new();
    let mut decoded_from = |from| noted.push(notes::decoded(name, from));
    let text = match bytes.as_slice() {
        [0xff, 0xfe, rest @ ..] => {
            decoded_from("UTF-16");
            utf16(rest, u16::from_le_bytes)
        }
        [0xfe, 0xff, rest @ ..] => {
            decoded_from("UTF-16");
            utf16(rest, u16::from_be_bytes)
        }
        [0xef, 0xbb, 0xbf, rest @ ..] => utf8_or_windows(rest.to_vec(), &mut decoded_from),
        _ if bytes.iter().take(1024).any(|b| *b == 0) => {
            let Some(unit) = unmarked_utf16(&bytes) else {
                return Err(Error::new(name, Problem::Binary { what: "binary data" }));
            };
            decoded_from("UTF-16");
            utf16(&bytes, unit)
        }
        _ => utf8_or_windows(bytes, &mut decoded_from),
    };
    if text.trim().is_empty() {
        return Err(Error::new(name, Problem::Empty));
    }
    Ok(Decoded { text: unify_line_ends(text), notes: noted })
}

/// Decodes the start of a file as far as possible: it may be cut.
pub(super) fn beginning(bytes: &[u8]) -> String {
    match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        _ => match unmarked_utf16(bytes) {
            Some(unit) => utf16(bytes, unit),
            None => String::from_utf8_lossy(bytes).into_owned(),
        },
    }
}

/// Detects UTF-16 without a mark: for ASCII characters, a good part of any result, every other byte is 0, and the bytes
/// between them are rarely 0.
fn unmarked_utf16(bytes: &[u8]) -> Option<fn([u8; 2]) -> u16> {
    let (pairs, _) = bytes.get(..1024).unwrap_or(bytes).as_chunks::<2>();
    let zeros = |at: usize| pairs.iter().filter(|pair| pair.get(at) == Some(&0)).count();
    let (first, second) = (zeros(0), zeros(1));
    let tells = |zeros: usize, others: usize| pairs.len() >= 8 && zeros * 4 >= pairs.len() && others * 8 <= zeros;
    if tells(second, first) {
        Some(u16::from_le_bytes)
    } else if tells(first, second) {
        Some(u16::from_be_bytes)
    } else {
        None
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units = bytes.chunks_exact(2).filter_map(|pair| Some(unit(pair.try_into().ok()?)));
    char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

fn utf8_or_windows(bytes: Vec<u8>, decoded_from: &mut impl FnMut(&'static str)) -> String {
    let error = match String::from_utf8(bytes) {
        Ok(text) => return text,
        Err(error) => error,
    };
    let (problem, bytes) = (error.utf8_error(), error.into_bytes());
    // UTF-8 cut inside its last character: only other non-ASCII characters distinguish it from Windows-1252.
    let valid = bytes.get(..problem.valid_up_to()).unwrap_or_default();
    if problem.error_len().is_none() && !valid.is_ascii() {
        return String::from_utf8_lossy(valid).into_owned();
    }
    decoded_from("Windows-1252");
    bytes.iter().map(|byte| windows_1252(*byte)).collect()
}

/// Maximum characters of file text in a message.
pub(super) const CLIPPED: usize = 60;

/// Clips a text for messages: its first [`CLIPPED`] characters, and `…` if there are more.
pub(super) fn clip(text: &str) -> String {
    match text.char_indices().nth(CLIPPED) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Decodes a field as UTF-8 or else as Windows-1252. Returns whether it was UTF-8.
pub(super) fn lenient(bytes: &[u8]) -> (String, bool) {
    match std::str::from_utf8(bytes) {
        Ok(text) => (text.to_owned(), true),
        Err(_) => (bytes.iter().map(|byte| windows_1252(*byte)).collect(), false),
    }
}

/// The start of a name, up to a character boundary.
pub(super) fn shortened(name: &str) -> &str {
    if name.len() <= MAX_NAME_BYTES {
        return name;
    }
    let end = (0..=MAX_NAME_BYTES).rev().find(|at| name.is_char_boundary(*at)).unwrap_or(0);
    name.get(..end).unwrap_or(name)
}

/// Windows-1252 as the WHATWG Encoding Standard maps it.
fn windows_1252(byte: u8) -> char {
    const HIGH: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘',
        '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
    ];
    match byte {
        0x80..=0x9f => HIGH.get(usize::from(byte - 0x80)).copied().unwrap_or(char::REPLACEMENT_CHARACTER),
        _ => char::from(byte),
    }
}

fn unify_line_ends(text: String) -> String {
    if !text.contains('\r') {
        return text;
    }
    let mut unified = String::with_capacity(text.len());
    let mut returns = 0;
    for c in text.chars() {
        match c {
            '\r' => returns += 1,
            '\n' => {
                returns = 0;
                unified.push('\n');
            }
            _ => {
                unified.extend(std::iter::repeat_n('\n', returns));
                returns = 0;
                unified.push(c);
            }
        }
    }
    unified.extend(std::iter::repeat_n('\n', returns));
    unified
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_encoding_reads_the_same() {
        let text = "Name\n/café\n";
        let utf16 = |unit: fn(u16) -> [u8; 2], mark: [u8; 2]| {
            let mut bytes = mark.to_vec();
            bytes.extend(text.encode_utf16().flat_map(unit));
            bytes
        };
        for bytes in [
            text.as_bytes().to_vec(),
            [b"\xef\xbb\xbf", text.as_bytes()].concat(),
            utf16(u16::to_le_bytes, [0xff, 0xfe]),
            utf16(u16::to_be_bytes, [0xfe, 0xff]),
            b"Name\n/caf\xe9\n".to_vec(),
            b"Name\r\r\n/caf\xe9\r\r\n".to_vec(),
            b"Name\r\n/caf\xc3\xa9\r\n".to_vec(),
            b"Name\r/caf\xc3\xa9\r".to_vec(),
        ] {
            assert_eq!(decode("f", bytes).unwrap().text, text);
        }
    }

    #[test]
    fn long_names_end_at_a_character_boundary() {
        assert_eq!(shortened("é"), "é");
        let long = "x".to_owned() + &"é".repeat(3000);
        assert_eq!(shortened(&long), long.get(..2047).unwrap());
    }

    #[test]
    fn empty_files_and_archives_are_named() {
        for bytes in [b"".as_slice(), b"\xef\xbb\xbf", b" \r\n\n"] {
            assert_eq!(decode("f", bytes.to_vec()).err().unwrap().problem(), &Problem::Empty);
        }
        for bytes in [b"\x1f\x8b\x08".as_slice(), b"PK\x03\x04", b"a\0b"] {
            assert!(matches!(decode("f", bytes.to_vec()).err().unwrap().problem(), Problem::Binary { .. }));
        }
    }
}
