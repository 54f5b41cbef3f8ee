//! Streams the rows of a text log: finds row ends, with or without quoted line ends, and reads slices of a file
//! separately and joins them.
//!
//! A row begins after the end of the previous one, so its start determines its end. Rows without quotes, nearly all,
//! end at the next line end and are passed on unchanged; the others take the slow path, by the rules in `quoted.rs`.
//! Empty rows are skipped. A row cut inside quotes loses its first line only: reading continues with the next.

use std::any::Any;

use memchr::memchr;

use super::error::Error;
use super::importer::{Imported, Importer, Reached, Sliced};
use super::quoted::{End, MAX_ROW_BYTES, Shape, line_end, row_end};
use crate::run::Run;
use crate::wire::{Packed, from_bytes, to_bytes};

/// Bytes appended at a time to complete a row from an earlier chunk.
const APPENDED_BYTES: usize = 4096;

/// Parses rows.
pub(super) trait RowFormat: Send + Sized + 'static {
    /// Field separator, if fields may be quoted; `None` if a line end always ends a row.
    fn delimiter(&self) -> Option<u8>;

    /// Fast path: reads consecutive rows in place from `start`, up to one that begins after `last`. Returns the start
    /// of the first row not read, and the number read. Stops at a row with a quote, or with a carriage return other
    /// than right before its line end; their next positions are cached in `special` between calls.
    fn unquoted_rows(&mut self, _data: &[u8], start: usize, _special: &mut Next, _last: usize) -> (usize, u64) {
        (start, 0)
    }

    /// Reads a non-empty row without quotes and carriage returns.
    fn unquoted_row(&mut self, row: &[u8], line: u64);

    /// Reads any other row, without its line end. `is_last`: it ends with the file, not with a line end, and may be
    /// cut.
    fn general_row(&mut self, row: &[u8], line: u64, is_last: bool);

    /// Rejects a first line that cannot be a row: too long, or with unclosed quotes.
    fn broken(&mut self, line_text: &[u8], line: u64);

    /// Rejects a row that the file ends in.
    fn cut(&mut self, line_text: &[u8], line: u64);

    /// Whether a row seems to begin here. Slices begin at such positions; if wrong, they are read again.
    fn looks_like_row(&self, rest: &[u8]) -> bool;

    /// Fields per row; 0 if lines have none.
    fn columns(&self) -> usize;

    /// Whether a line within quotes is the start of a row, so that the quotes were not closed.
    fn begins_row(&self, line: &[u8]) -> bool {
        let shape = Shape::of(line, self.delimiter().unwrap_or(b','));
        shape.is_open || shape.fields >= self.columns() && self.looks_like_row(line)
    }

    /// Whether a row over several lines has the right number of fields.
    fn fits(&self, row: &[u8]) -> bool {
        let Some(delimiter) = self.delimiter() else { return true };
        memchr::memchr2(b'\n', b'\r', row).is_none() || Shape::of(row, delimiter).fields == self.columns()
    }

    /// Serialises the state for another worker; `None` if the format does not support it.
    fn pack(&self) -> Option<Vec<u8>> {
        None
    }

    /// Restores the state from [`RowFormat::pack`].
    fn unpack(_bytes: &[u8]) -> Option<Self> {
        None
    }

    /// Appends the next slice, which begins `lines` lines later.
    fn join(&mut self, next: Self, lines: u64);

    /// The run to show while reading: [`Recorder::digest`](crate::run::Recorder::digest), with the format's own
    /// additions.
    fn digest(&self) -> Run;

    fn imported(self) -> Result<Imported, Error>;
}

/// Cached position of the next rare byte.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Next(Option<usize>);

impl Next {
    /// The first position at or after `start`, found by `find` if not cached.
    #[inline]
    pub(super) fn from(&mut self, start: usize, find: impl FnOnce(usize) -> usize) -> usize {
        match self.0 {
            Some(at) if at >= start => at,
            _ => *self.0.insert(find(start)),
        }
    }
}

/// Streams the rows of a format.
pub(super) struct Rows<F> {
    format: F,
    /// The start of an incomplete row.
    held: Vec<u8>,
    /// Inside a line that is too long for a row.
    skipping: bool,
    /// Line ends before `at`.
    lines: u64,
    /// Start of the next row, from the start of the file.
    at: u64,
    /// Start of the first row; `None` until found.
    start: Option<u64>,
    /// The last position where a row of this slice may begin.
    last: u64,
    done: bool,
}

impl<F: RowFormat> Rows<F> {
    pub(super) fn new(format: F) -> Self {
        Self { format, held: Vec::new(), skipping: false, lines: 0, at: 0, start: Some(0), last: u64::MAX, done: false }
    }

    /// Reads all complete rows. Returns their number of bytes.
    fn consume(&mut self, data: &[u8]) -> usize {
        let find =
            |byte: u8, from: usize| data.get(from..).and_then(|d| memchr(byte, d)).map_or(data.len(), |at| at + from);
        let delimiter = self.format.delimiter();
        let (mut quotes, mut returns, mut special) = (Next::default(), Next::default(), Next::default());
        let last = usize::try_from(self.last.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let mut start = 0;
        loop {
            if !self.skipping && self.at + start as u64 <= self.last {
                let (next, rows) = self.format.unquoted_rows(data, start, &mut special, last);
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
            if end_of_line < data.len() && quote >= end && cr >= end && end - start <= MAX_ROW_BYTES {
                if let Some(row) = data.get(start..end).filter(|row| !row.is_empty()) {
                    self.format.unquoted_row(row, self.lines + 1);
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
                End::At(end) if end <= MAX_ROW_BYTES && self.format.fits(row.get(..end).unwrap_or_default()) => {
                    let (row, rest) = row.split_at_checked(end).unwrap_or((row, &[]));
                    if !row.is_empty() {
                        self.format.general_row(row, self.lines + 1, false);
                    }
                    self.lines += memchr::memchr_iter(b'\n', row).count() as u64;
                    self.lines += u64::from(rest.first() == Some(&b'\n'));
                    start += end + 1;
                }
                End::Open if row.len() <= MAX_ROW_BYTES => break,
                _ => {
                    let line = line_end(row.get(..=MAX_ROW_BYTES).unwrap_or(row));
                    let shown = row.get(..line.unwrap_or(MAX_ROW_BYTES)).unwrap_or_default();
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
        let mut take = APPENDED_BYTES;
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
                // The rest belongs to this chunk.
                bytes = bytes.get(now.len() - rest..).unwrap_or_default();
            } else {
                take = if consumed == 0 { take * 2 } else { APPENDED_BYTES };
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

    /// In the middle of a file: searches for the first position where a row seems to begin.
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
                // Undecided. If nothing follows, the slice is read again from the end of the previous one.
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

    /// Ends the file.
    fn end(&mut self) {
        let mut held = std::mem::take(&mut self.held);
        if self.start.is_none() || self.done {
            self.done = true;
            return;
        }
        let delimiter = self.format.delimiter();
        // Terminate the last line like the others.
        held.push(b'\n');
        let mut rest = held.as_slice();
        while rest.len() > 1 && !self.skipping && self.at <= self.last {
            let end = row_end(rest, delimiter, |line| self.format.begins_row(line));
            match end {
                End::At(end) if self.format.fits(rest.get(..end).unwrap_or_default()) => {
                    let (row, behind) = rest.split_at_checked(end).unwrap_or((rest, &[]));
                    let is_last = behind.len() == 1;
                    if !row.is_empty() {
                        self.format.general_row(row, self.lines + 1, is_last);
                    }
                    self.lines += memchr::memchr_iter(b'\n', row).count() as u64;
                    self.lines += u64::from(!is_last && behind.first() == Some(&b'\n'));
                    self.at += end as u64 + u64::from(!is_last);
                    rest = behind.get(1..).unwrap_or_default();
                }
                // Unclosed quotes: the row is cut, unless the last line is cut as well.
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

    /// Whether the last of several lines seems to be the start of a row.
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

    fn finish(mut self: Box<Self>) -> Result<Imported, Error> {
        self.end();
        self.format.imported()
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

    /// Collects the rows.
    #[derive(Default)]
    struct Collected {
        /// 0: any.
        columns: usize,
        rows: Vec<Vec<Vec<u8>>>,
        lines: Vec<u64>,
    }

    impl Collected {
        fn take(&mut self, row: &[u8], line: u64) {
            let mut fields = Fields::default();
            fields.split(row, b',');
            self.rows.push(fields.iter().map(<[u8]>::to_vec).collect());
            self.lines.push(line);
        }
    }

    impl RowFormat for Collected {
        fn delimiter(&self) -> Option<u8> {
            Some(b',')
        }

        fn unquoted_row(&mut self, row: &[u8], line: u64) {
            self.take(row, line);
        }

        fn general_row(&mut self, row: &[u8], line: u64, _is_last: bool) {
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

        fn imported(self) -> Result<Imported, Error> {
            panic!("not asked for")
        }
    }

    fn rows_of(columns: usize, bytes: &[u8], chunk: usize) -> Collected {
        let mut rows = Rows::new(Collected { columns, ..Collected::default() });
        bytes.chunks(chunk.max(1)).for_each(|chunk| Rows::push(&mut rows, chunk));
        rows.end();
        rows.format
    }

    fn rows(bytes: &[u8], chunk: usize) -> Collected {
        rows_of(0, bytes, chunk)
    }

    /// The rows by the `csv` crate.
    fn reference(bytes: &[u8]) -> Vec<Vec<Vec<u8>>> {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
        let fields = |r: Result<csv::ByteRecord, _>| r.unwrap().iter().map(<[u8]>::to_vec).collect();
        reader.byte_records().map(fields).collect()
    }

    /// Text with frequent special characters of CSV.
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

        /// For well-formed CSV, the same records as the `csv` crate, in chunks of any size: a line within closed quotes
        /// is never taken for the start of a row.
        #[test]
        fn rows_equal_the_csv_crate(
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

        /// For any bytes.
        #[test]
        fn chunks_make_no_difference(bytes in adversarial(), chunk in 1..40_usize, columns in 0..4_usize) {
            let (whole, chunked) = (rows_of(columns, &bytes, usize::MAX), rows_of(columns, &bytes, chunk));
            prop_assert_eq!(whole.rows, chunked.rows, "{:?}", String::from_utf8_lossy(&bytes));
            prop_assert_eq!(whole.lines, chunked.lines);
        }

        /// A row cut in a quoted field loses only itself, wherever the next quote is.
        #[test]
        fn a_cut_row_loses_only_itself(
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

    /// Unclosed quotes, within a row or across rows, take linear time.
    #[test]
    fn unclosed_quotes_take_linear_time() {
        for line in ["1,\"a\",\"\n", "x,\"a\",\"\n", "1,\"\"\"\n", "\"\n", "x\"\"\"\"\n"] {
            let bytes = line.repeat((3 << 20) / line.len());
            let started = std::time::Instant::now();
            let kept = rows(bytes.as_bytes(), 65_536);
            assert!(kept.lines.last().is_some_and(|last| *last as usize + 1 >= (3 << 20) / line.len()), "{line:?}");
            // Without the bound it takes minutes.
            assert!(started.elapsed().as_secs() < 20, "{line:?}: {:?}", started.elapsed());
        }
    }

    /// An endless row loses its first line, in any chunks.
    #[test]
    fn an_open_quote_loses_one_line() {
        let mut bytes = b"1,\"open\n".to_vec();
        (0..200_000).for_each(|i| bytes.extend_from_slice(format!("{i},b,c\n").as_bytes()));
        for chunk in [1000, 65_536, usize::MAX] {
            let kept = rows(&bytes, chunk);
            assert_eq!(kept.rows.len(), 200_001, "{chunk}");
            assert_eq!(kept.rows.first().unwrap().first().unwrap(), b"broken");
            assert_eq!(kept.lines.last(), Some(&200_001));
        }
        let long = [vec![b'x'; MAX_ROW_BYTES + 10], b"\n1,2\n".to_vec()].concat();
        for chunk in [1000, 1 << 20, usize::MAX] {
            assert_eq!(rows(&long, chunk).rows.len(), 2, "{chunk}");
        }
    }
}
