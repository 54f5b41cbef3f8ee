//! Display form of names.

use std::borrow::Cow;

/// Maximum characters of a name in a sentence, a table or a chart. Data formats (JSON, CSV) hold it whole.
pub const SHOWN: usize = 200;

/// Characters kept at the end: similar names often differ there.
const END: usize = 60;

/// A name cut in the middle to at most [`SHOWN`] characters.
#[must_use]
pub fn shown(name: &str) -> Cow<'_, str> {
    if name.len() <= SHOWN || name.chars().nth(SHOWN).is_none() {
        return Cow::Borrowed(name);
    }
    let begin = name.char_indices().nth(SHOWN - END - 1).map_or(0, |(at, _)| at);
    let end = name.char_indices().rev().nth(END - 1).map_or(name.len(), |(at, _)| at);
    let (begin, end) = (name.get(..begin).unwrap_or_default(), name.get(end..).unwrap_or_default());
    Cow::Owned(format!("{begin}…{end}"))
}

#[cfg(test)]
mod tests {
    use super::{SHOWN, shown};

    #[test]
    fn long_names_keep_both_ends() {
        for filler in ["x", "é", "漢"] {
            let whole = filler.repeat(SHOWN);
            assert_eq!(shown(&whole), whole);
            let long = format!("/begin/{}/17", filler.repeat(100_000));
            let cut = shown(&long);
            assert_eq!(cut.chars().count(), SHOWN);
            assert!(cut.starts_with("/begin/") && cut.ends_with("/17") && cut.contains('…'), "{cut}");
        }
    }
}
