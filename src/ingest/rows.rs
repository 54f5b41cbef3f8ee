//! Rows of a text log as they arrive: where one ends, with quoted line ends or without, and how slices of one file are
//! read apart and joined.
//!
//! A row begins behind the end of the one before it, so that where it begins decides where it ends. Rows without quotes,
//! nearly all, are found by the next line end and handed on as they stand; the others go a careful way, by the rules of
//! the `csv` crate: a quote at the beginning of a field opens it, two in it are one, all others are ordinary characters;
//! `\n` and `\r` end a row, empty rows are none.

use std::any::Any;

use memchr::{memchr, memchr3};

use super::Reading;
use super::error::Error;
use super::stream::Importer;
use crate::run::Run;
use crate::wire::{Packed, from_bytes, to_bytes, wire_struct};

/// A row is at most so long: 1 MiB. A longer one begins with a quote that nobody closed, or is none: its first line is
/// rejected, and reading goes on with the next.
pub(super) const LONGEST: usize = 1 << 20;

/// So much is taken at a time to complete a row that began in an earlier chunk; more where that is not enough.
const TAKEN: usize = 4096;

/// What makes sense of rows.
pub(super) trait RowFormat: Send + Sized + 'static {
    /// What stands between fields, where a field may be quoted; `None` where a line end is always one.
    fn delimiter(&self) -> Option<u8>;

    /// Reads rows from `start` on as long as they are of a kind that it can read in place, up to one that begins behind
    /// `last`: where the first begins that is not read, and how many were. No row is read that has a quote in it, or a
    /// carriage return but right before its line end; where the next of either is, is kept in `special` from call to call.
    fn many(&mut self, _data: &[u8], start: usize, _special: &mut Next, _last: usize) -> (usize, u64) {
        (start, 0)
    }

    /// A row without quotes and carriage returns, not empty.
    fn plain(&mut self, row: &[u8], line: u64);

    /// Any other row, without its line end. `is_last`: it ends with the file, not with a line end, and may be cut.
    fn careful(&mut self, row: &[u8], line: u64, is_last: bool);

    /// A first line of which no row could be made: too long, or its quotes do not close.
    fn broken(&mut self, line_text: &[u8], line: u64);

    /// A row that the file ends in.
    fn cut(&mut self, line: u64);

    /// Whether a row seems to begin here. Slices begin at such places; where that is wrong, they are read again.
    fn looks_like_row(&self, rest: &[u8]) -> bool;

    /// All that was read so far, to be sent to another worker; `None` where the format is not sent.
    fn pack(&self) -> Option<Vec<u8>> {
        None
    }

    /// What [`RowFormat::pack`] gave.
    fn unpack(_bytes: &[u8]) -> Option<Self> {
        None
    }

    /// Adds what was read of the next slice, which begins so many lines into this one.
    fn join(&mut self, next: Self, lines: u64);

    /// What is shown of it while it is read: [`Recorder::digest`](crate::run::Recorder::digest), with what this format
    /// knows besides.
    fn digest(&self) -> Run;

    fn reading(self) -> Result<Reading, Error>;
}

/// Where a slice of a file began and ended. It has the rows that begin behind its first byte and up to the first byte of
/// the next slice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reached {
    /// Where the first of its rows begins, if there is one.
    pub start: Option<u64>,
    /// Behind its last row.
    pub end: u64,
    /// Whether all its rows are read.
    pub done: bool,
}

wire_struct! {
    Reached { start, end, done }
    Fields { bytes, ends }
}

/// Where the next of something rare is: looked for once, not in every row.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Next(Option<usize>);

impl Next {
    /// The place at `start` or behind it, which is looked for where it is not known.
    #[inline]
    pub(super) fn from(&mut self, start: usize, find: impl FnOnce(usize) -> usize) -> usize {
        match self.0 {
            Some(at) if at >= start => at,
            _ => *self.0.insert(find(start)),
        }
    }
}

/// Reads rows of a format.
pub(super) struct Rows<F> {
    format: F,
    /// The beginning of a row that is not complete.
    held: Vec<u8>,
    /// Inside of a line that is too long to be a row.
    skipping: bool,
    /// Line ends before `at`.
    lines: u64,
    /// Where the next row begins, from the beginning of the file.
    at: u64,
    /// Where the first row began; `None` while it is looked for.
    start: Option<u64>,
    /// The last place at which a row of this slice may begin.
    last: u64,
    done: bool,
}

impl<F: RowFormat> Rows<F> {
    pub(super) fn new(format: F) -> Self {
        Self { format, held: Vec::new(), skipping: false, lines: 0, at: 0, start: Some(0), last: u64::MAX, done: false }
    }

    /// Reads all complete rows; how many bytes those are.
    fn consume(&mut self, data: &[u8]) -> usize {
        let find =
            |byte: u8, from: usize| data.get(from..).and_then(|d| memchr(byte, d)).map_or(data.len(), |at| at + from);
        let delimiter = self.format.delimiter();
        let (mut quotes, mut returns, mut special) = (Next::default(), Next::default(), Next::default());
        let last = usize::try_from(self.last.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let mut start = 0;
        loop {
            if !self.skipping && self.at + start as u64 <= self.last {
                let (next, rows) = self.format.many(data, start, &mut special, last);
                start = next;
                self.lines += rows;
            }
            if self.at + start as u64 > self.last {
                self.done = true;
                break;
            }
            let end_of_line = find(b'\n', start);
            if self.skipping {
                if end_of_line == data.len() {
                    start = data.len();
                    break;
                }
                self.skipping = false;
                self.lines += 1;
                start = end_of_line + 1;
                continue;
            }
            let quote = if delimiter.is_some() { quotes.from(start, |at| find(b'"', at)) } else { data.len() };
            let cr = returns.from(start, |at| find(b'\r', at));
            let mut end = end_of_line;
            if cr < end && end < data.len() {
                let line = data.get(start..end).unwrap_or_default();
                end = start + line.iter().rposition(|b| *b != b'\r').map_or(0, |at| at + 1);
            }
            if end_of_line < data.len() && quote >= end && cr >= end && end - start <= LONGEST {
                if let Some(row) = data.get(start..end).filter(|row| !row.is_empty()) {
                    self.format.plain(row, self.lines + 1);
                }
                self.lines += 1;
                start = end_of_line + 1;
                continue;
            }
            if start >= data.len() {
                break;
            }
            let row = data.get(start..).unwrap_or_default();
            match row_end(row, delimiter) {
                Some(end) if end <= LONGEST => {
                    let (row, rest) = row.split_at_checked(end).unwrap_or((row, &[]));
                    if !row.is_empty() {
                        self.format.careful(row, self.lines + 1, false);
                    }
                    self.lines += memchr::memchr_iter(b'\n', row).count() as u64;
                    self.lines += u64::from(rest.first() == Some(&b'\n'));
                    start += end + 1;
                }
                None if row.len() <= LONGEST => break,
                _ => {
                    let line = memchr(b'\n', row.get(..=LONGEST).unwrap_or(row));
                    let shown = row.get(..line.unwrap_or(LONGEST).min(256)).unwrap_or_default();
                    self.format.broken(shown, self.lines + 1);
                    match line {
                        Some(line) => {
                            self.lines += 1;
                            start += line + 1;
                        }
                        None => self.skipping = true,
                    }
                }
            }
        }
        self.at += start as u64;
        start
    }

    fn push(&mut self, mut bytes: &[u8]) {
        let mut take = TAKEN;
        if self.start.is_none() {
            self.held.extend_from_slice(bytes);
            if !self.find_start() {
                return;
            }
            let held = std::mem::take(&mut self.held);
            return self.push(&held);
        }
        while !self.held.is_empty() && !self.done {
            if bytes.is_empty() {
                return;
            }
            let (now, later) = bytes.split_at_checked(take).unwrap_or((bytes, &[]));
            let mut held = std::mem::take(&mut self.held);
            held.extend_from_slice(now);
            let consumed = self.consume(&held);
            if consumed == 0 && !self.done {
                self.held = held;
                bytes = later;
                take *= 2;
            } else {
                // What was held was less than a row, so that the rest is of this chunk.
                let rest = (held.len() - consumed).min(now.len());
                bytes = bytes.get(now.len() - rest..).unwrap_or_default();
            }
        }
        if self.done {
            return;
        }
        let consumed = self.consume(bytes);
        self.held = bytes.get(consumed..).unwrap_or_default().to_vec();
    }

    /// In the middle of a file: looks for the first place where a row seems to begin.
    fn find_start(&mut self) -> bool {
        let mut from = 0;
        while let Some(at) = self.held.get(from..).and_then(|rest| memchr(b'\n', rest)) {
            let begin = from + at + 1;
            if self.at + begin as u64 > self.last {
                self.done = true;
                return false;
            }
            let rest = self.held.get(begin..).unwrap_or_default();
            if rest.len() < 64 {
                // Not enough to tell; where nothing follows, the slice is read again from where the last one ended.
                return false;
            }
            if self.format.looks_like_row(rest) {
                self.held.drain(..begin);
                self.at += begin as u64;
                self.start = Some(self.at);
                return true;
            }
            from = begin;
        }
        self.held.drain(..from.saturating_sub(1));
        self.at += from.saturating_sub(1) as u64;
        if self.at > self.last {
            self.done = true;
        }
        false
    }

    /// The file has ended.
    fn end(&mut self) {
        let mut held = std::mem::take(&mut self.held);
        if self.start.is_none() || self.done {
            self.done = true;
            return;
        }
        let delimiter = self.format.delimiter();
        while !held.is_empty() && !self.skipping {
            if self.at > self.last {
                break;
            }
            held.push(b'\n');
            match row_end(&held, delimiter) {
                Some(end) => {
                    // A line end that was there already.
                    let is_last = end + 1 == held.len();
                    let row = held.get(..end).unwrap_or_default();
                    if !row.is_empty() {
                        self.format.careful(row, self.lines + 1, is_last);
                    }
                    self.at += end as u64 + u64::from(!is_last);
                    held.pop();
                    held.drain(..(end + 1).min(held.len()));
                }
                None => {
                    held.pop();
                    // Quotes that do not close: the last row is cut, unless rows follow.
                    let line = memchr(b'\n', &held).unwrap_or(held.len());
                    let rest = held.get(line + 1..).unwrap_or_default();
                    let rows_follow = std::iter::once(0)
                        .chain(memchr::memchr_iter(b'\n', rest).map(|at| at + 1))
                        .any(|at| self.format.looks_like_row(rest.get(at..).unwrap_or_default()));
                    if !rows_follow {
                        self.format.cut(self.lines + 1);
                        self.at += held.len() as u64;
                        break;
                    }
                    let shown = held.get(..line.min(256)).unwrap_or_default().to_vec();
                    self.format.broken(&shown, self.lines + 1);
                    self.lines += 1;
                    self.at += line as u64 + 1;
                    let rest = rest.to_vec();
                    let consumed = self.consume(&rest);
                    held = rest.get(consumed..).unwrap_or_default().to_vec();
                }
            }
        }
        self.done = true;
    }
}

/// Where a row ends: at its line end, quoted ones apart. `None` where that is not to be seen yet.
fn row_end(row: &[u8], delimiter: Option<u8>) -> Option<usize> {
    let Some(delimiter) = delimiter else { return memchr::memchr2(b'\n', b'\r', row) };
    let mut at = 0;
    loop {
        if row.get(at) == Some(&b'"') {
            at += 1;
            loop {
                at += memchr(b'"', row.get(at..)?)? + 1;
                match row.get(at)? {
                    b'"' => at += 1,
                    _ => break,
                }
            }
        }
        at += memchr3(delimiter, b'\n', b'\r', row.get(at..)?)?;
        if *row.get(at)? != delimiter || delimiter == b'\r' || delimiter == b'\n' {
            return Some(at);
        }
        at += 1;
    }
}

/// The fields of a row, quotes resolved: their bytes one after another, and where each ends.
#[derive(Debug, Clone, Default)]
pub(super) struct Fields {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Fields {
    /// Splits a row by the rules of the `csv` crate.
    pub(super) fn split(&mut self, row: &[u8], delimiter: u8) {
        self.bytes.clear();
        self.ends.clear();
        let mut rest = row;
        loop {
            if let Some(quoted) = rest.strip_prefix(b"\"") {
                rest = quoted;
                loop {
                    let Some(at) = memchr(b'"', rest) else {
                        self.bytes.extend_from_slice(rest);
                        rest = &[];
                        break;
                    };
                    let (text, behind) = rest.split_at_checked(at).unwrap_or((rest, &[]));
                    self.bytes.extend_from_slice(text);
                    if let Some(more) = behind.strip_prefix(b"\"\"") {
                        self.bytes.push(b'"');
                        rest = more;
                    } else {
                        rest = behind.get(1..).unwrap_or_default();
                        break;
                    }
                }
            }
            match memchr(delimiter, rest) {
                Some(at) => {
                    let (text, behind) = rest.split_at_checked(at).unwrap_or((rest, &[]));
                    self.bytes.extend_from_slice(text);
                    self.ends.push(self.bytes.len());
                    rest = behind.get(1..).unwrap_or_default();
                }
                None => {
                    self.bytes.extend_from_slice(rest);
                    self.ends.push(self.bytes.len());
                    return;
                }
            }
        }
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn get(&self, column: usize) -> Option<&[u8]> {
        let end = *self.ends.get(column)?;
        let start = column.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        self.bytes.get(start..end)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.len()).filter_map(|column| self.get(column))
    }
}

impl<F: RowFormat> Importer for Rows<F> {
    fn push(&mut self, bytes: &[u8]) -> Result<(), Error> {
        if !self.done {
            Self::push(self, bytes);
        }
        Ok(())
    }

    fn snapshot(&self) -> Option<Run> {
        Some(self.format.digest())
    }

    fn finish(mut self: Box<Self>) -> Result<Reading, Error> {
        self.end();
        self.format.reading()
    }

    fn slice(&mut self, from: u64, last: u64, is_exact: bool) -> bool {
        self.at = from;
        self.start = is_exact.then_some(from);
        self.last = last;
        true
    }

    fn reached(&self) -> Reached {
        Reached { start: self.start, end: self.at, done: self.done }
    }

    fn end_slice(&mut self) {
        self.end();
    }

    fn pack(&self) -> Option<Vec<u8>> {
        let Self { format, held, skipping, lines, at, start, last, done } = self;
        let format = Packed(format.pack()?);
        Some(to_bytes(&((format, Packed(held.clone()), *skipping), (*lines, *at, *start), (*last, *done))))
    }

    fn unpack(&mut self, bytes: &[u8]) -> bool {
        type All = ((Packed, Packed, bool), (u64, u64, Option<u64>), (u64, bool));
        let all: Option<All> = from_bytes(bytes);
        let Some(((format, held, skipping), (lines, at, start), (last, done))) = all else { return false };
        let Some(format) = F::unpack(&format.0) else { return false };
        *self = Self { format, held: held.0, skipping, lines, at, start, last, done };
        true
    }

    fn join(&mut self, next: Box<dyn Importer>) -> bool {
        let next: Box<dyn Any> = next;
        let Ok(next) = next.downcast::<Self>() else { return false };
        self.format.join(next.format, self.lines);
        self.lines += next.lines;
        self.at = next.at;
        true
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Keeps the rows.
    #[derive(Default)]
    pub(in super::super) struct Kept {
        rows: Vec<Vec<Vec<u8>>>,
        lines: Vec<u64>,
    }

    impl Kept {
        fn take(&mut self, row: &[u8], line: u64) {
            let mut fields = Fields::default();
            fields.split(row, b',');
            self.rows.push(fields.iter().map(<[u8]>::to_vec).collect());
            self.lines.push(line);
        }
    }

    impl RowFormat for Kept {
        fn delimiter(&self) -> Option<u8> {
            Some(b',')
        }

        fn plain(&mut self, row: &[u8], line: u64) {
            self.take(row, line);
        }

        fn careful(&mut self, row: &[u8], line: u64, _is_last: bool) {
            self.take(row, line);
        }

        fn broken(&mut self, line_text: &[u8], _line: u64) {
            self.rows.push(vec![b"broken".to_vec(), line_text.to_vec()]);
        }

        fn cut(&mut self, _line: u64) {
            self.rows.push(vec![b"cut".to_vec()]);
        }

        fn looks_like_row(&self, rest: &[u8]) -> bool {
            rest.first().is_some_and(u8::is_ascii_digit)
        }

        fn join(&mut self, next: Self, lines: u64) {
            self.rows.extend(next.rows);
            self.lines.extend(next.lines.iter().map(|line| line + lines));
        }

        fn digest(&self) -> Run {
            Run::default()
        }

        fn reading(self) -> Result<Reading, Error> {
            panic!("not asked for")
        }
    }

    fn rows(bytes: &[u8], chunk: usize) -> Kept {
        let mut rows = Rows::new(Kept::default());
        bytes.chunks(chunk.max(1)).for_each(|chunk| Rows::push(&mut rows, chunk));
        rows.end();
        rows.format
    }

    /// As the `csv` crate reads it.
    fn reference(bytes: &[u8]) -> Vec<Vec<Vec<u8>>> {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
        let fields = |r: Result<csv::ByteRecord, _>| r.unwrap().iter().map(<[u8]>::to_vec).collect();
        reader.byte_records().map(fields).collect()
    }

    /// Text in which everything that matters to a reader of CSV is frequent.
    pub(in super::super) fn adversarial() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop::sample::select(
            &[
                ",",
                ",",
                "\n",
                "\r\n",
                "\r",
                "\"",
                "\"\"",
                ",\"",
                "\",",
                "\"\n",
                "\n\"",
                "a",
                "12",
                "é",
                " ",
                "\r\r\n",
                "1700000000000,12,x",
                "\n1,2,3\n",
                "\"a,b\"",
                "\"a\nb\"",
                "\"a\"\"b\"",
            ][..],
        );
        prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat().into_bytes())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        /// Of a file that does not end inside of quotes (which here is a cut row, not a row), the same records as those of
        /// the `csv` crate, in chunks of any size.
        #[test]
        fn rows_are_those_of_the_csv_crate(mut bytes in adversarial(), chunk in 1..40_usize) {
            // A quote that is open to the end: close it.
            bytes.extend_from_slice(b"\n");
            if row_end_of_all(&bytes).is_none() {
                bytes.extend_from_slice(b"\"\n");
            }
            prop_assume!(row_end_of_all(&bytes).is_some());
            let want = reference(&bytes);
            prop_assert_eq!(&rows(&bytes, chunk).rows, &want);
            prop_assert_eq!(&rows(&bytes, usize::MAX).rows, &want);
        }

        /// Also where it does.
        #[test]
        fn chunks_make_no_difference(bytes in adversarial(), chunk in 1..40_usize) {
            let (whole, chunked) = (rows(&bytes, usize::MAX), rows(&bytes, chunk));
            prop_assert_eq!(whole.rows, chunked.rows);
            prop_assert_eq!(whole.lines, chunked.lines);
        }
    }

    /// Whether all rows end.
    fn row_end_of_all(bytes: &[u8]) -> Option<()> {
        let mut rest = bytes;
        while !rest.is_empty() {
            rest = rest.get(row_end(rest, Some(b','))? + 1..)?;
        }
        Some(())
    }

    /// A row that never ends costs its first line, in whatever chunks it comes.
    #[test]
    fn an_open_quote_does_not_swallow_the_file() {
        let mut bytes = b"1,\"open\n".to_vec();
        (0..200_000).for_each(|i| bytes.extend_from_slice(format!("{i},b,c\n").as_bytes()));
        for chunk in [1000, 65_536, usize::MAX] {
            let kept = rows(&bytes, chunk);
            assert_eq!(kept.rows.len(), 200_001, "{chunk}");
            assert_eq!(kept.rows.first().unwrap().first().unwrap(), b"broken");
            assert_eq!(kept.lines.last(), Some(&200_001));
        }
        let long = [vec![b'x'; LONGEST + 10], b"\n1,2\n".to_vec()].concat();
        for chunk in [1000, 1 << 20, usize::MAX] {
            assert_eq!(rows(&long, chunk).rows.len(), 2, "{chunk}");
        }
    }
}
