//! Shared by the importers of XML: attributes and escapes. Documents are scanned from tag to tag, without a tree.

use std::borrow::Cow;

use memchr::memchr;

/// The attributes of a tag, as name and value, with escapes unresolved.
pub(super) struct Attributes<'t> {
    rest: &'t [u8],
    /// A value's quotes do not close: the tag ends after its assumed end.
    pub is_open: bool,
}

impl<'t> Attributes<'t> {
    /// From the text between the name of a tag and its end.
    pub(super) fn new(rest: &'t [u8]) -> Self {
        Self { rest, is_open: false }
    }
}

impl<'t> Iterator for Attributes<'t> {
    type Item = (&'t [u8], &'t [u8]);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let equals = self.rest.iter().position(|byte| *byte == b'=')?;
        let (name, behind) = self.rest.split_at_checked(equals)?;
        let behind = behind.get(1..)?.trim_ascii_start();
        let (quote, behind) = behind.split_first()?;
        if !matches!(quote, b'"' | b'\'') {
            return None;
        }
        let Some(end) = memchr(*quote, behind) else {
            self.is_open = true;
            return None;
        };
        self.rest = behind.get(end + 1..).unwrap_or_default();
        Some((name.trim_ascii(), behind.get(..end)?))
    }
}

/// The name of a tag, and the rest after it.
#[inline]
pub(super) fn name(tag: &[u8]) -> (&[u8], &[u8]) {
    let end = tag.iter().position(|byte| byte.is_ascii_whitespace() || *byte == b'/');
    tag.split_at_checked(end.unwrap_or(tag.len())).unwrap_or((tag, &[]))
}

/// Resolves escapes. Invalid ones stay unchanged.
pub(super) fn unescaped(text: &[u8]) -> Cow<'_, [u8]> {
    if memchr(b'&', text).is_none() {
        return text.into();
    }
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr(b'&', rest) {
        plain.extend_from_slice(rest.get(..at).unwrap_or_default());
        rest = rest.get(at..).unwrap_or_default();
        let end = rest.iter().take(12).position(|byte| *byte == b';');
        match end.and_then(|end| Some((character(rest.get(1..end)?)?, end))) {
            Some((c, end)) => {
                plain.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                rest = rest.get(end + 1..).unwrap_or_default();
            }
            None => {
                plain.push(b'&');
                rest = rest.get(1..).unwrap_or_default();
            }
        }
    }
    plain.extend_from_slice(rest);
    plain.into()
}

/// The character of an escape: `amp`, `#10`, `#xA`.
fn character(escape: &[u8]) -> Option<char> {
    match escape {
        b"amp" => Some('&'),
        b"lt" => Some('<'),
        b"gt" => Some('>'),
        b"quot" => Some('"'),
        b"apos" => Some('\''),
        _ => {
            let number = std::str::from_utf8(escape.strip_prefix(b"#")?).ok()?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes() {
        for (text, plain) in [
            ("a &lt;b&gt; &quot;c&quot; &apos;d&apos; &amp;amp;", "a <b> \"c\" 'd' &amp;"),
            ("&#10;&#xA;&#xe9;&#8364;", "\n\né€"),
            ("a & b &; &nope; &#xFFFFFFFF; &#x; &", "a & b &; &nope; &#xFFFFFFFF; &#x; &"),
            ("", ""),
        ] {
            assert_eq!(String::from_utf8_lossy(&unescaped(text.as_bytes())), plain);
        }
    }

    #[test]
    fn attributes() {
        let mut all = Attributes::new(br#" t="1" lb = 'a "b" > c' x="" /"#);
        let found: Vec<_> =
            all.by_ref().map(|(n, v)| (String::from_utf8_lossy(n), String::from_utf8_lossy(v))).collect();
        let wanted = [("t", "1"), ("lb", "a \"b\" > c"), ("x", "")].map(|(n, v)| (n.into(), v.into()));
        assert_eq!(found, wanted);
        assert!(!all.is_open);
        let mut all = Attributes::new(br#" t="1" lb="a "#);
        assert_eq!(all.by_ref().count(), 1);
        assert!(all.is_open);
    }
}
