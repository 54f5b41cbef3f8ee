//! Common to JSON lines and CSV rows: results, one per request.

use std::collections::BTreeMap;

use super::super::content::Content;
use super::super::error::{Error, Problem};
use super::super::importer::Imported;
use super::super::losses::Losses;
use super::super::notes::decoded;
use super::super::text;
use super::is_success;
use crate::run::recorder::{MOST_ENDPOINTS, Sample, Slot};
use crate::run::time::is_moment;
use crate::run::{ALL_REQUESTS, Definition, Recorder, Run};

/// One result.
#[derive(Debug, Clone, Copy)]
pub(super) struct SentRequest {
    /// Start, milliseconds since 1970.
    pub start_ms: Option<i64>,
    pub code: u64,
    pub latency_ns: u64,
    pub bytes_in: u64,
}

/// The results of a file during reading.
pub(super) struct Results {
    name: String,
    recorder: Recorder,
    /// Endpoints by their raw identification in the file.
    known: BTreeMap<Vec<u8>, Slot>,
    pub rows: u64,
    pub losses: Losses,
    /// A text was not UTF-8.
    decoded: bool,
}

impl Results {
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            recorder: Recorder::by(Definition::of_samples("vegeta")),
            known: BTreeMap::new(),
            rows: 0,
            losses: Losses::default(),
            decoded: false,
        }
    }

    /// The known endpoint of these bytes.
    #[inline]
    pub(super) fn known(&self, raw: &[u8]) -> Option<Slot> {
        self.known.get(raw).copied()
    }

    /// The endpoint of a method and a URL, remembered for these bytes.
    pub(super) fn endpoint(&mut self, raw: &[u8], method: &str, url: &str) -> Slot {
        let method = Some(text::shortened(method)).filter(|method| !method.is_empty());
        let url = if url.is_empty() { ALL_REQUESTS } else { text::shortened(url) };
        let slot = self.recorder.endpoint(method, url, true);
        if self.known.len() < MOST_ENDPOINTS && raw.len() <= url.len().saturating_add(64) {
            self.known.insert(raw.to_vec(), slot);
        }
        slot
    }

    /// Counts a result.
    #[inline]
    pub(super) fn add(&mut self, slot: Slot, sent: &SentRequest, error: &[u8]) {
        let end_ms = sent.start_ms.map(|ms| ms.saturating_add_unsigned(sent.latency_ns / 1_000_000));
        let failed = !is_success(sent.code);
        let sample = Sample::one(end_ms.filter(|ms| is_moment(*ms)), sent.latency_ns, failed);
        self.recorder.record(slot, &Sample { bytes: Some(sent.bytes_in), ..sample });
        if failed {
            self.failed(slot, sent.code, error);
        }
    }

    #[cold]
    fn failed(&mut self, slot: Slot, code: u64, error: &[u8]) {
        let (error, is_utf8) = text::lenient(error);
        self.decoded |= !is_utf8;
        if error.is_empty() {
            self.recorder.failed(slot, &format!("status {code}"), 1);
        } else {
            self.recorder.failed(slot, &error, 1);
        }
    }

    pub(super) fn decoded(&mut self, is_utf8: bool) {
        self.decoded |= !is_utf8;
    }

    pub(super) fn join(&mut self, next: Self, lines: u64) {
        self.recorder.merge(&next.recorder);
        self.rows += next.rows;
        self.losses.join(next.losses, lines);
        self.decoded |= next.decoded;
    }

    pub(super) fn digest(&self) -> Run {
        self.dressed(self.recorder.digest(self.rows, self.losses.lost()))
    }

    fn dressed(&self, mut run: Run) -> Run {
        run.rates_over_the_run();
        if self.losses.unread_moments() > 0 {
            run.forget_rates();
        }
        run.notes.iter_mut().for_each(|note| note.file = Some(self.name.clone()));
        run
    }

    pub(super) fn imported(mut self) -> Result<Imported, Error> {
        if self.rows == 0 {
            return Err(Error::new(&self.name, Problem::HeaderOnly).at(1, 1));
        }
        if self.rows == self.losses.lost() {
            return Err(self.losses.no_usable_row(&self.name, self.rows));
        }
        let mut notes = self.losses.notes(&self.name);
        notes.extend(self.decoded.then(|| decoded(&self.name, "Windows-1252")));
        let run = self.recorder.take(self.rows, self.losses.lost());
        let content = Content::Results(Box::new(self.dressed(run)));
        Ok(Imported { content, version: None, notes, evidence: None })
    }
}

/// The digits at the start of a text as a number, at most 19, and the rest.
#[inline]
pub(super) fn digits(text: &[u8]) -> Option<(u64, &[u8])> {
    let length = text.iter().take(20).take_while(|b| b.is_ascii_digit()).count();
    let (digits, rest) = text.split_at_checked(length)?;
    // JSON numbers have no leading zeros.
    if !(1..=19).contains(&length) || length > 1 && digits.starts_with(b"0") {
        return None;
    }
    // 19 digits fit.
    Some((digits.iter().fold(0, |n: u64, b| n.wrapping_mul(10).wrapping_add(u64::from(b - b'0'))), rest))
}

/// Parses a text that is only a number.
#[inline]
pub(super) fn whole(text: &[u8]) -> Option<u64> {
    digits(text).filter(|(_, rest)| rest.is_empty()).map(|(number, _)| number)
}
