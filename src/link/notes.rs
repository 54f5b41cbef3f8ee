//! Notes, as codes with their numbers.

use super::LinkError;
use super::coder::{Codec, Kind};
use super::value::text;
use crate::run::{Note, NoteKind, NoteLevel};

const WHICH: Kind = Kind(100);
const COUNT: Kind = Kind(101);
const WORD: Kind = Kind(102);
const WARNS: Kind = Kind(103);
const NAMED: Kind = Kind(104);

/// The order is the code: new kinds are added at the end.
fn kinds() -> [NoteKind; 27] {
    use NoteKind as K;
    let text = String::new;
    [
        K::PercentilesRounded,
        K::CsvMayMissEnd,
        K::Decoded { from: "" },
        K::BannerSkipped { bytes: 0 },
        K::RowsRejected { count: 0, first: text() },
        K::CutRow { line: 0 },
        K::QuotesRepaired { count: 0, line: 0 },
        K::RowsMerged { count: 0, example: text() },
        K::PartsMerged { files: 0 },
        K::TotalSummed,
        K::TotalDisagrees { what: "", total: 0, sum: 0 },
        K::PercentileAboveMax { count: 0, example: text() },
        K::PercentilesOutOfOrder { count: 0, example: text() },
        K::MoreFailuresThanRequests { endpoint: text() },
        K::HistoryPercentilesCumulative,
        K::HistoryPercentilesWindowed,
        K::HistoryEndsEarly { history: 0, stats: 0 },
        K::HistorySkippedSeconds { seconds: 0 },
        K::HistoryReset { resets: 0 },
        K::HistoryBeforeStart { requests: 0 },
        K::KeySkipped { key: text(), why: "" },
        K::KeysSkippedMore { count: 0 },
        K::NoTotal,
        K::NoneResponses { count: 0 },
        K::FailuresCutOff { listed: 0, counted: 0 },
        K::EstimateSuspected { example: text() },
        K::Told { code: text(), warning: false, text: text() },
    ]
}

/// Words that notes hold as static texts; the last one stands for any other.
const ENCODINGS: [&str; 3] = ["UTF-16", "Windows-1252", "another encoding"];
const COUNTED: [&str; 3] = ["requests", "failures", "rows"];
const REASONS: [&str; 6] = [
    "keys that begin with “_” are comments",
    "it is no service with metrics",
    "it is negative or not finite",
    "it is nested, not a number",
    "it is not a number",
    "it could not be used",
];

fn code(kind: &NoteKind) -> Option<u32> {
    let same = |known: &NoteKind| std::mem::discriminant(known) == std::mem::discriminant(kind);
    kinds().iter().position(same).map(|at| at as u32)
}

/// Whether links carry this note. That a run came in a link is said by every link for itself.
fn travels(kind: &NoteKind) -> bool {
    code(kind).is_some() && !matches!(kind, NoteKind::Told { code, .. } if code == "from-link")
}

/// A note as links carry it: one that has no code of its own travels in its words. `None` where it stays behind.
pub(super) fn as_it_travels(note: &Note) -> Option<Note> {
    if matches!(note.kind, NoteKind::FromLink { .. }) {
        return None;
    }
    let mut note = note.clone();
    if code(&note.kind).is_none() {
        let warning = note.level() == NoteLevel::Warning;
        note.kind = NoteKind::Told { code: note.code().to_owned(), warning, text: note.text() };
    }
    travels(&note.kind).then_some(note)
}

/// The text in a note: foreign, of any length, and it may name an endpoint.
pub(super) fn text_in(kind: &mut NoteKind) -> Option<&mut String> {
    use NoteKind as K;
    match kind {
        K::RowsRejected { first: text, .. }
        | K::RowsMerged { example: text, .. }
        | K::PercentileAboveMax { example: text, .. }
        | K::PercentilesOutOfOrder { example: text, .. }
        | K::MoreFailuresThanRequests { endpoint: text }
        | K::KeySkipped { key: text, .. }
        | K::EstimateSuspected { example: text }
        | K::Told { text, .. } => Some(text),
        _ => None,
    }
}

/// One note of a run with these endpoints.
pub(super) fn note(codec: &mut Codec<'_>, endpoints: &[String], note: Note) -> Result<Note, LinkError> {
    use NoteKind as K;
    let which = codec.choice(WHICH, &[0], 32, code(&note.kind).unwrap_or(0))?;
    let blank = kinds().into_iter().nth(which as usize).ok_or(LinkError::Unreadable)?;
    let kind = if codec.is_reading() { blank } else { note.kind };
    let kind = match kind {
        K::Decoded { from } => K::Decoded { from: word(codec, &ENCODINGS, from)? },
        K::BannerSkipped { bytes } => K::BannerSkipped { bytes: count(codec, bytes)? },
        K::RowsRejected { count: n, first } => {
            K::RowsRejected { count: count(codec, n)?, first: words(codec, endpoints, &first)? }
        }
        K::CutRow { line } => K::CutRow { line: count(codec, line)? },
        K::QuotesRepaired { count: n, line } => {
            K::QuotesRepaired { count: count(codec, n)?, line: count(codec, line)? }
        }
        K::RowsMerged { count: n, example } => {
            K::RowsMerged { count: count(codec, n)?, example: words(codec, endpoints, &example)? }
        }
        K::PartsMerged { files } => K::PartsMerged { files: count(codec, files)? },
        K::TotalDisagrees { what, total, sum } => K::TotalDisagrees {
            what: word(codec, &COUNTED, what)?,
            total: count(codec, total)?,
            sum: count(codec, sum)?,
        },
        K::PercentileAboveMax { count: n, example } => {
            K::PercentileAboveMax { count: count(codec, n)?, example: words(codec, endpoints, &example)? }
        }
        K::PercentilesOutOfOrder { count: n, example } => {
            K::PercentilesOutOfOrder { count: count(codec, n)?, example: words(codec, endpoints, &example)? }
        }
        K::MoreFailuresThanRequests { endpoint } => {
            K::MoreFailuresThanRequests { endpoint: words(codec, endpoints, &endpoint)? }
        }
        K::HistoryEndsEarly { history, stats } => {
            K::HistoryEndsEarly { history: count(codec, history)?, stats: count(codec, stats)? }
        }
        K::HistorySkippedSeconds { seconds } => K::HistorySkippedSeconds { seconds: count(codec, seconds)? },
        K::HistoryReset { resets } => K::HistoryReset { resets: count(codec, resets)? },
        K::HistoryBeforeStart { requests } => K::HistoryBeforeStart { requests: count(codec, requests)? },
        K::KeySkipped { key, why } => {
            K::KeySkipped { key: words(codec, endpoints, &key)?, why: word(codec, &REASONS, why)? }
        }
        K::KeysSkippedMore { count: n } => K::KeysSkippedMore { count: count(codec, n)? },
        K::NoneResponses { count: n } => K::NoneResponses { count: count(codec, n)? },
        K::FailuresCutOff { listed, counted } => {
            K::FailuresCutOff { listed: count(codec, listed)?, counted: count(codec, counted)? }
        }
        K::EstimateSuspected { example } => K::EstimateSuspected { example: words(codec, endpoints, &example)? },
        K::Told { code, warning, text } => K::Told {
            code: words(codec, endpoints, &code)?,
            warning: codec.flag(WARNS, &[0], warning)?,
            text: words(codec, endpoints, &text)?,
        },
        plain => plain,
    };
    // The file's name stays behind, as those of all files.
    Ok(Note { file: None, kind })
}

fn count(codec: &mut Codec<'_>, value: u64) -> Result<u64, LinkError> {
    codec.number(COUNT, &[0], value)
}

/// Where the label of an endpoint stands in a text.
const PLACE: char = '\u{1}';

/// A text. The label of an endpoint in it, such as `GET /users`, is told by its place in the list of endpoints.
fn words(codec: &mut Codec<'_>, endpoints: &[String], value: &str) -> Result<String, LinkError> {
    let named = endpoints.iter().enumerate().filter(|(_, label)| label.len() > 3 && value.contains(label.as_str()));
    let longest = if codec.is_reading() || value.contains(PLACE) { None } else { named.max_by_key(|(_, l)| l.len()) };
    let parts = longest.and_then(|(at, label)| Some((at, value.split_once(label.as_str())?)));
    if !codec.flag(NAMED, &[0], parts.is_some())? {
        return text(codec, 4, "", value);
    }
    let (at, (before, after)) = parts.unwrap_or_default();
    let text = text(codec, 4, "", &format!("{before}{PLACE}{after}"))?;
    let at = codec.choice(NAMED, &[0], endpoints.len() as u32, at as u32)?;
    let label = endpoints.get(at as usize).ok_or(LinkError::Unreadable)?;
    codec.count_text(label.len())?;
    Ok(text.replacen(PLACE, label, 1))
}

fn word<const N: usize>(
    codec: &mut Codec<'_>,
    known: &[&'static str; N],
    value: &str,
) -> Result<&'static str, LinkError> {
    let at = known.iter().position(|word| *word == value).unwrap_or(N - 1);
    let at = codec.choice(WORD, &[N as u32], N as u32, at as u32)?;
    known.get(at as usize).copied().ok_or(LinkError::Unreadable)
}
