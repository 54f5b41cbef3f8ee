//! Rows of a text log as they arrive: where one ends, with quoted line ends or without, and how slices of one file are
//! read apart and joined.
//!
//! A row begins behind the end of the one before it, so that where it begins decides where it ends. Rows without quotes,
//! nearly all, are found by the next line end and handed on as they stand; the others go a careful way, by the rules in
//! `quoted.rs`. Empty rows are none. A row that was cut inside of quotes costs its first line: reading goes on with the next.

use std::any::Any;

use memchr::memchr;

use super::error::Error;
use super::importer::{Importer, Reached, Reading, Sliced};
use super::quoted::{End, LONGEST, Shape, line_end, row_end};
use crate::run::Run;
use crate::wire::{Packed, from_bytes, to_bytes};

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
    fn cut(&mut self, line_text: &[u8], line: u64);

    /// Whether a row seems to begin here. Slices begin at such places; where that is wrong, they are read again.
    fn looks_like_row(&self, rest: &[u8]) -> bool;

    /// Fields that a row has; 0 where lines have none.
    fn columns(&self) -> usize;

    /// Whether a line within quotes is the beginning of a row, so that the quotes were not closed.
    fn begins_row(&self, line: &[u8]) -> bool {
        let shape = Shape::of(line, self.delimiter().unwrap_or(b','));
        shape.is_open || shape.fields >= self.columns() && self.looks_like_row(line)
    }

    /// Whether what was read as a row over several lines has the fields of one.
    fn fits(&self, row: &[u8]) -> bool {
        let Some(delimiter) = self.delimiter() else { return true };
        memchr::memchr2(b'\n', b'\r', row).is_none() || Shape::of(row, delimiter).fields == self.columns()
    }

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
            match row_end(row, delimiter, |line| self.format.begins_row(line)) {
                End::At(end) if end <= LONGEST && self.format.fits(row.get(..end).unwrap_or_default()) => {
                    let (row, rest) = row.split_at_checked(end).unwrap_or((row, &[]));
                    if !row.is_empty() {
                        self.format.careful(row, self.lines + 1, false);
                    }
                    self.lines += memchr::memchr_iter(b'\n', row).count() as u64;
                    self.lines += u64::from(rest.first() == Some(&b'\n'));
                    start += end + 1;
                }
                End::Open if row.len() <= LONGEST => break,
                _ => {
                    let line = line_end(row.get(..=LONGEST).unwrap_or(row));
                    let shown = row.get(..line.unwrap_or(LONGEST)).unwrap_or_default();
                    self.format.broken(shown, self.lines + 1);
                    match line {
                        Some(line) => {
                            self.lines += u64::from(row.get(line) == Some(&b'\n'));
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
            let rest = held.len() - consumed;
            if self.done {
                return;
            } else if rest <= now.len() {
                // What is not consumed is of this chunk.
                bytes = bytes.get(now.len() - rest..).unwrap_or_default();
            } else {
                take = if consumed == 0 { take * 2 } else { TAKEN };
                held.drain(..consumed);
                self.held = held;
                bytes = later;
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
        // So that the last line has an end as the others have.
        held.push(b'\n');
        let mut rest = held.as_slice();
        while rest.len() > 1 && !self.skipping && self.at <= self.last {
            let end = row_end(rest, delimiter, |line| self.format.begins_row(line));
            match end {
                End::At(end) if self.format.fits(rest.get(..end).unwrap_or_default()) => {
                    let (row, behind) = rest.split_at_checked(end).unwrap_or((rest, &[]));
                    let is_last = behind.len() == 1;
                    if !row.is_empty() {
                        self.format.careful(row, self.lines + 1, is_last);
                    }
                    self.lines += memchr::memchr_iter(b'\n', row).count() as u64;
                    self.lines += u64::from(!is_last && behind.first() == Some(&b'\n'));
                    self.at += end as u64 + u64::from(!is_last);
                    rest = behind.get(1..).unwrap_or_default();
                }
                // Quotes that do not close: the row is cut, unless the last line is one that is cut as well.
                End::Open if !self.ends_in_row(rest) => {
                    self.format
                        .cut(rest.get(..line_end(rest).unwrap_or(rest.len())).unwrap_or_default(), self.lines + 1);
                    self.at += rest.len() as u64 - 1;
                    break;
                }
                _ => {
                    let line = line_end(rest).unwrap_or(rest.len() - 1);
                    self.format.broken(rest.get(..line).unwrap_or_default(), self.lines + 1);
                    self.lines += u64::from(rest.get(line) == Some(&b'\n'));
                    self.at += line as u64 + 1;
                    rest = rest.get(line + 1..).unwrap_or_default();
                }
            }
        }
        self.done = true;
    }

    /// Whether the last of several lines seems to be the beginning of a row.
    fn ends_in_row(&self, lines: &[u8]) -> bool {
        let lines = lines.trim_ascii_end();
        let last = memchr::memrchr2(b'\n', b'\r', lines).and_then(|at| lines.get(at + 1..));
        last.is_some_and(|last| self.format.looks_like_row(last))
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
}

impl<F: RowFormat> Sliced for Rows<F> {
    fn slice(&mut self, from: u64, last: u64, is_exact: bool) {
        self.at = from;
        self.start = is_exact.then_some(from);
        self.last = last;
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

    fn join(&mut self, next: Box<dyn Sliced>) -> bool {
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
    use super::super::quoted::Fields;
    use super::*;
    use proptest::prelude::*;

    /// Keeps the rows.
    #[derive(Default)]
    struct Kept {
        /// 0: any.
        columns: usize,
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

        fn broken(&mut self, line_text: &[u8], line: u64) {
            self.rows.push(vec![b"broken".to_vec(), line_text.to_vec()]);
            self.lines.push(line);
        }

        fn cut(&mut self, _line_text: &[u8], line: u64) {
            self.rows.push(vec![b"cut".to_vec()]);
            self.lines.push(line);
        }

        fn looks_like_row(&self, rest: &[u8]) -> bool {
            rest.first().is_some_and(u8::is_ascii_digit)
        }

        fn columns(&self) -> usize {
            self.columns
        }

        fn fits(&self, row: &[u8]) -> bool {
            let is_one_line = memchr::memchr2(b'\n', b'\r', row).is_none();
            self.columns == 0 || is_one_line || Shape::of(row, b',').fields == self.columns
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

    fn rows_of(columns: usize, bytes: &[u8], chunk: usize) -> Kept {
        let mut rows = Rows::new(Kept { columns, ..Kept::default() });
        bytes.chunks(chunk.max(1)).for_each(|chunk| Rows::push(&mut rows, chunk));
        rows.end();
        rows.format
    }

    fn rows(bytes: &[u8], chunk: usize) -> Kept {
        rows_of(0, bytes, chunk)
    }

    /// As the `csv` crate reads it.
    fn reference(bytes: &[u8]) -> Vec<Vec<Vec<u8>>> {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
        let fields = |r: Result<csv::ByteRecord, _>| r.unwrap().iter().map(<[u8]>::to_vec).collect();
        reader.byte_records().map(fields).collect()
    }

    /// Text in which everything that matters to a reader of CSV is frequent.
    fn adversarial() -> impl Strategy<Value = Vec<u8>> {
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

        /// Of what a writer of CSV wrote, the same records as those of the `csv` crate, in chunks of any size: a line
        /// within quotes that close is never taken for the beginning of a row.
        #[test]
        fn rows_are_those_of_the_csv_crate(
            fields in prop::collection::vec(("[a\"\n\r,é ]{0,12}", "[a\"\n\r, ]{0,12}"), 1..9), chunk in 1..40_usize,
        ) {
            let mut writer = csv::Writer::from_writer(Vec::new());
            for (first, second) in &fields {
                writer.write_record([first.as_str(), second.as_str(), "x"]).unwrap();
            }
            let bytes = writer.into_inner().unwrap();
            let want = reference(&bytes);
            prop_assert_eq!(&rows_of(3, &bytes, chunk).rows, &want);
            prop_assert_eq!(&rows_of(3, &bytes, usize::MAX).rows, &want);
        }

        /// Of any bytes.
        #[test]
        fn chunks_make_no_difference(bytes in adversarial(), chunk in 1..40_usize, columns in 0..4_usize) {
            let (whole, chunked) = (rows_of(columns, &bytes, usize::MAX), rows_of(columns, &bytes, chunk));
            prop_assert_eq!(whole.rows, chunked.rows, "{:?}", String::from_utf8_lossy(&bytes));
            prop_assert_eq!(whole.lines, chunked.lines);
        }

        /// A row that is cut in a quoted field costs itself alone, wherever the next quote stands.
        #[test]
        fn a_cut_row_costs_itself(
            before in 0..5_usize, after in 0..5_usize, quoted in "[ab]|, ?[ab]|\"\"[ab]|\n[ab]", tail in 0..3_usize, chunk in 1..40_usize,
        ) {
            let row = |i: usize| format!("{i},b,c\n");
            let head: String = (0..before).map(row).collect();
            let middle: String = (0..after).map(row).collect();
            let behind: String = (0..tail).map(row).collect();
            let text = format!("{head}7,\"op\n{middle}8,\"{quoted}\",c\n{behind}");
            let kept = rows_of(3, text.as_bytes(), chunk);
            prop_assert_eq!(kept.rows.len(), before + after + tail + 2, "{:?}", text);
            let broken: Vec<_> = kept.rows.into_iter().filter(|row| row.first().unwrap() == b"broken").collect();
            prop_assert_eq!(broken, vec![vec![b"broken".to_vec(), b"7,\"op".to_vec()]], "{:?}", text);
        }
    }

    /// Lines that open quotes and close none, within a row or across rows, are read in a time in proportion to their
    /// number.
    #[test]
    fn quotes_that_never_close_are_linear() {
        for line in ["1,\"a\",\"\n", "x,\"a\",\"\n", "1,\"\"\"\n", "\"\n", "x\"\"\"\"\n"] {
            let bytes = line.repeat((3 << 20) / line.len());
            let started = std::time::Instant::now();
            let kept = rows(bytes.as_bytes(), 65_536);
            assert!(kept.lines.last().is_some_and(|last| *last as usize + 1 >= (3 << 20) / line.len()), "{line:?}");
            // Without the bound it is minutes.
            assert!(started.elapsed().as_secs() < 20, "{line:?}: {:?}", started.elapsed());
        }
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
