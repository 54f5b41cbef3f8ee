//! Rows of unquoted fields separated by tabs, split in place.

use super::mask::{BLOCK, mask};
use super::quoted::MAX_ROW_BYTES;

/// Maximum fields examined per row.
const FIELDS: usize = 12;

/// A row's first fields, in place.
pub(super) struct Fields<'a> {
    data: &'a [u8],
    start: usize,
    /// End of each.
    ends: [usize; FIELDS],
    /// Number of fields, up to [`FIELDS`].
    pub count: usize,
}

impl<'a> Fields<'a> {
    pub(super) fn of(row: &'a [u8]) -> Self {
        let mut fields = Self { data: row, start: 0, ends: [0; FIELDS], count: 0 };
        memchr::memchr_iter(b'\t', row).chain([row.len()]).take(FIELDS).for_each(|end| fields.end(end));
        fields
    }

    /// The fields of the row at `start`, and the end of its line. `None` for the slow path: the end is not in the data,
    /// or too near its end, or the row has a carriage return other than right before the line end. `special` is the
    /// next carriage return.
    #[inline]
    pub(super) fn scan(data: &'a [u8], start: usize, special: usize) -> Option<(Self, usize)> {
        let mut fields = Self { data, start, ends: [0; FIELDS], count: 0 };
        let mut at = start;
        loop {
            let block = data.get(at..)?.first_chunk::<BLOCK>()?;
            let line_ends = mask(block, b'\n');
            // Only tabs before the line end.
            let mut tabs = mask(block, b'\t') & (line_ends & line_ends.wrapping_neg()).wrapping_sub(1);
            while tabs != 0 {
                fields.end(at + tabs.trailing_zeros() as usize);
                tabs &= tabs - 1;
            }
            if line_ends != 0 {
                let newline = at + line_ends.trailing_zeros() as usize;
                let is_return = special + 1 == newline;
                if (special < newline && !is_return) || newline - start > MAX_ROW_BYTES {
                    return None;
                }
                fields.end(newline - usize::from(is_return));
                return Some((fields, newline));
            }
            at += BLOCK;
        }
    }

    #[inline]
    fn end(&mut self, at: usize) {
        if let Some(end) = self.ends.get_mut(self.count) {
            *end = at;
            self.count += 1;
        }
    }

    /// Start and end of a field.
    #[inline]
    fn bounds(&self, at: usize) -> Option<(usize, usize)> {
        let begin = match at.checked_sub(1) {
            Some(before) => self.ends.get(before)? + 1,
            None => self.start,
        };
        (at < self.count).then_some((begin, *self.ends.get(at)?))
    }

    /// A field; empty if the row has none.
    #[inline]
    pub(super) fn get(&self, at: usize) -> &'a [u8] {
        self.span(at, at)
    }

    /// A range of fields, including the tabs between them.
    #[inline]
    pub(super) fn span(&self, from: usize, to: usize) -> &'a [u8] {
        let bounds = self.bounds(from).zip(self.bounds(to));
        bounds.and_then(|((begin, _), (_, end))| self.data.get(begin..end)).unwrap_or_default()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// In place, alone, and by the standard library: the same fields.
        #[test]
        fn fields_equal_split(before in "[a\t\n]{0,9}", row in "[ab\t]{0,150}", crlf in any::<bool>()) {
            let data = format!("{before}{row}{}{}", if crlf { "\r\n" } else { "\n" }, "x".repeat(BLOCK));
            let special = data.find('\r').unwrap_or(data.len());
            let (fields, newline) = Fields::scan(data.as_bytes(), before.len(), special).unwrap();
            let alone = Fields::of(row.as_bytes());
            prop_assert_eq!(newline, before.len() + row.len() + usize::from(crlf));
            let all: Vec<&[u8]> = row.split('\t').map(str::as_bytes).take(FIELDS).collect();
            prop_assert_eq!((fields.count, alone.count), (all.len(), all.len()));
            for (at, want) in all.iter().enumerate() {
                prop_assert_eq!((fields.get(at), alone.get(at)), (*want, *want));
            }
            prop_assert_eq!(fields.get(FIELDS), b"");
            // A carriage return within the row.
            let stray = Fields::scan(data.as_bytes(), before.len(), before.len());
            prop_assert!(stray.is_none() || row.len() <= 1);
        }
    }
}
