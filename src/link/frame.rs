//! The envelope of a link: `#r1.<payload>.<length>.<check>`, the same in every version, so that an old page can
//! distinguish a newer link from a damaged one.

use super::LinkError;
use crate::base64::{base64url, base64url_bytes};

/// Maximum characters of a text to read.
pub(super) const MAX_CHARACTERS: usize = 1_000_000;

/// Bytes before the body that repeat the number of payload characters: they survive truncation.
const HEAD: usize = 3;

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Characters of the check: 62^7 is more than 2^40.
const CHECK: usize = 7;

/// A link's parts, with verified characters.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Framed {
    pub version: u32,
    pub body: Vec<u8>,
}

/// The fragment with its `#`. `None` if the body is too long for any link.
pub(super) fn wrap(version: u32, body: &[u8]) -> Option<String> {
    let characters = (HEAD + body.len()).checked_mul(4)?.div_ceil(3);
    let head = u32::try_from(characters).ok().filter(|n| *n < 1 << 24)?;
    let bytes: Vec<u8> = head.to_be_bytes().into_iter().skip(1).chain(body.iter().copied()).collect();
    let payload = base64url(&bytes);
    let checked = format!("r{version}.{payload}.{characters}");
    let text = format!("#{checked}.{}", check(checked.as_bytes()));
    (text.len() <= MAX_CHARACTERS).then_some(text)
}

/// Extracts a link from a URL or a bare fragment, and verifies that no character was changed.
pub(super) fn unwrap(text: &str) -> Result<Framed, LinkError> {
    if text.len() > 2 * MAX_CHARACTERS {
        return Err(LinkError::TooLong { characters: text.len() });
    }
    let fragment = fragment(text.trim()).ok_or(LinkError::NotALink)?;
    let fragment = percent_decoded(fragment);
    // How the page looks at it may follow: `&e=…`.
    let fragment = fragment.split_once('&').map_or(fragment.as_str(), |(link, _)| link);
    let got = fragment.chars().count() + 1;
    if got > MAX_CHARACTERS {
        return Err(LinkError::TooLong { characters: got });
    }
    let mut parts = fragment.split('.');
    let (name, payload, length, sum, more) = (parts.next(), parts.next(), parts.next(), parts.next(), parts.next());
    let name = name.unwrap_or_default();
    let Some(version) = name.strip_prefix('r').and_then(decimal) else {
        let begins = name.strip_prefix('r').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        return Err(if begins { LinkError::Damaged { got, expected: None } } else { LinkError::NotALink });
    };
    let payload = payload.unwrap_or_default();
    let stated = length.and_then(decimal);
    let damaged = || {
        // The length is at the end, where truncation removes it, and repeated at the front, where it survives.
        let characters = stated.filter(|_| sum.is_some()).or_else(|| head(payload));
        let expected = characters.map(|n| {
            let n = n as usize;
            1 + name.len() + 1 + n + 1 + n.to_string().len() + 1 + CHECK
        });
        LinkError::Damaged { got, expected }
    };
    let (Some(stated), Some(sum), None) = (stated, sum, more) else { return Err(damaged()) };
    if payload.chars().count() != stated as usize || check(format!("{name}.{payload}.{stated}").as_bytes()) != sum {
        return Err(damaged());
    }
    // The characters are intact. If decoding fails now, this program did not write it.
    let bytes = base64url_bytes(payload).ok_or(LinkError::Unreadable)?;
    let (head, body) = bytes.split_at_checked(HEAD).ok_or(LinkError::Unreadable)?;
    if head.iter().fold(0, |sum, byte| sum << 8 | u32::from(*byte)) != stated {
        return Err(LinkError::Unreadable);
    }
    Ok(Framed { version, body: body.to_vec() })
}

/// The number of payload characters stated in the first four characters of the payload.
fn head(payload: &str) -> Option<u32> {
    let bytes = base64url_bytes(payload.get(..4)?)?;
    Some(bytes.iter().fold(0, |sum, byte| sum << 8 | u32::from(*byte)))
}

/// The fragment of a URL: from the first `#r`, since a changed character may look like another one.
fn fragment(text: &str) -> Option<&str> {
    let text = text.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')).unwrap_or(text);
    ["#r", "%23r"].iter().find_map(|mark| {
        let at = text.find(mark)?;
        text.get(at + mark.len() - 1..)
    })
}

/// `%5F` → `_`: undoes unnecessary encoding by chat and mail programs. Anything else stays and fails the check.
fn percent_decoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        let byte = after.get(..2).filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()));
        let byte = byte.and_then(|hex| u8::from_str_radix(hex, 16).ok()).filter(u8::is_ascii_graphic);
        match byte {
            Some(byte) => {
                out.push(char::from(byte));
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                out.push('%');
                rest = after;
            }
        }
    }
    out + rest
}

/// A decimal number without sign or leading zero.
fn decimal(text: &str) -> Option<u32> {
    let plain = text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0') && text.len() <= 9;
    if plain { text.parse().ok() } else { None }
}

/// The check: CRC-40/GSM (ETSI TS 100 909) of the characters from `r` to before the last point, as seven digits in
/// base 62. A CRC is certain to detect every change within 40 neighbouring bits, so within five characters.
fn check(bytes: &[u8]) -> String {
    let mut crc = crc40(bytes);
    let mut digits = [0_u8; CHECK];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS.get((crc % 62) as usize).copied().unwrap_or_default();
        crc /= 62;
    }
    digits.iter().map(|d| char::from(*d)).collect()
}

fn crc40(bytes: &[u8]) -> u64 {
    const POLYNOMIAL: u64 = 0x00_0482_0009;
    const MASK: u64 = (1 << 40) - 1;
    let crc = bytes.iter().fold(0_u64, |crc, byte| {
        (0..8).fold(crc ^ u64::from(*byte) << 32, |crc, _| {
            let shifted = crc << 1 & MASK;
            if crc >> 39 & 1 == 1 { shifted ^ POLYNOMIAL } else { shifted }
        })
    });
    crc ^ MASK
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    /// The check value of the catalogue of parametrised CRC algorithms.
    #[test]
    fn crc_40_gsm() {
        assert_eq!(crc40(b"123456789"), 0xd4164fc646);
    }

    #[test]
    fn links_are_found_in_text() {
        let text = wrap(1, b"some body").unwrap();
        let framed = Framed { version: 1, body: b"some body".to_vec() };
        for form in [
            text.clone(),
            format!("https://example.org/loaddiff/{text}"),
            format!("  <https://example.org/?x=1{text}>\n"),
            text.replace('#', "%23"),
            text.replace('.', "%2E"),
            text.replace('#', "%23").replace('r', "%72"),
        ] {
            let read = unwrap(&form);
            if form.contains("%72") { assert!(read.is_err()) } else { assert_eq!(read.unwrap(), framed, "{form}") }
        }
        for text in ["", "#", "#rx", "r1.AAAA", "#r.AAAA.4.0000000", "hello", "#r١.A"] {
            assert!(matches!(unwrap(text), Err(LinkError::NotALink)), "{text}");
        }
    }

    #[test]
    fn damage_is_counted() {
        let text = wrap(1, &[7; 900]).unwrap();
        let whole = text.len();
        let cut = unwrap(&text[..500]).unwrap_err();
        assert_eq!(cut, LinkError::Damaged { got: 500, expected: Some(whole) });
        assert_eq!(cut.to_string(), "this link is damaged: 500 of 1,221 characters");
        let changed = text.replacen("BwcH", "BwcI", 1);
        assert_eq!(unwrap(&changed).unwrap_err(), LinkError::Damaged { got: whole, expected: Some(whole) });
        assert_eq!(unwrap(&text[..6]).unwrap_err(), LinkError::Damaged { got: 6, expected: None });
        assert!(unwrap(&format!("{}{}", &text[..90], &text[400..])).unwrap_err().to_string().contains("911 of 1,221"));
    }
}
