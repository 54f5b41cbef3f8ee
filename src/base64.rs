//! Bytes as text: base64url, and decoding of standard base64.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// RFC 4648 §5, without padding.
pub(crate) fn base64url(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let word = (0..3).fold(0_u32, |word, i| word << 8 | u32::from(chunk.get(i).copied().unwrap_or(0)));
        for i in 0..=chunk.len() {
            let at = word >> (18 - 6 * i) & 63;
            out.push(char::from(ALPHABET.get(at as usize).copied().unwrap_or_default()));
        }
    }
    out
}

/// Decodes base64url as [`base64url`] writes it: no padding, no other alphabet, no bits set beyond the last byte.
pub(crate) fn base64url_bytes(text: &str) -> Option<Vec<u8>> {
    let value = |byte: u8| {
        Some(u32::from(match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'-' => 62,
            b'_' => 63,
            _ => return None,
        }))
    };
    let mut out = Vec::with_capacity(text.len() / 4 * 3 + 2);
    for chunk in text.as_bytes().chunks(4) {
        let mut word = 0;
        for byte in chunk {
            word = word << 6 | value(*byte)?;
        }
        let (bytes, spare) = match chunk.len() {
            4 => (3, 0),
            3 => (2, 2),
            2 => (1, 4),
            _ => return None,
        };
        if word & ((1 << spare) - 1) != 0 {
            return None;
        }
        let word = word >> spare;
        out.extend((0..bytes).rev().map(|i| (word >> (8 * i)) as u8));
    }
    Some(out)
}

/// Decodes standard base64 (RFC 4648 §4); accepts line ends and padding.
pub(crate) fn base64_bytes(text: &str) -> Option<Vec<u8>> {
    let url = |c: char| match c {
        '+' => '-',
        '/' => '_',
        c => c,
    };
    let text: String = text.chars().filter(|c| !c.is_ascii_whitespace()).map(url).collect();
    base64url_bytes(text.trim_end_matches('='))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn standard_base64() {
        for text in ["+/+/Zm8=", "+/+/Zm8", "+/+/\n  Zm8=\n "] {
            assert_eq!(base64_bytes(text).unwrap(), b"\xfb\xff\xbffo");
        }
        assert_eq!(base64_bytes("<p>"), None);
    }

    #[test]
    fn base64_is_canonical() {
        for (text, bytes) in [("", ""), ("Zg", "f"), ("Zm8", "fo"), ("Zm9v", "foo"), ("Zm9vYmE", "fooba")] {
            assert_eq!(base64url(bytes.as_bytes()), text);
            assert_eq!(base64url_bytes(text).unwrap(), bytes.as_bytes());
        }
        for text in ["Z", "Zh", "Zm9", "Zg==", "Zm8=", "+A", "/A", "Z g", "Zm9vY", "é"] {
            assert_eq!(base64url_bytes(text), None, "{text}");
        }
    }
}
