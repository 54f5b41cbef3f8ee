//! Notes: frequent ones as a number with their figures, all others as text.

use super::LinkError;
use super::coder::{Codec, Kind};
use super::value::text;
use crate::ingest::{locust::notes as locust, notes as reading, service_metrics as services};
use crate::run::merge::PARTS_MERGED;
use crate::run::{Figure, Note, NoteLevel, Words};

const WHICH: Kind = Kind(100);
const COUNT: Kind = Kind(101);
const WORD: Kind = Kind(102);
const WARNS: Kind = Kind(103);
const NAMED: Kind = Kind(104);

/// Upper limit of note numbers.
const NUMBERS: u32 = 32;

/// Added to every run decoded from a link, and never part of a link.
const FROM_LINK: Words = Words {
    code: "from-link",
    level: NoteLevel::Info,
    text: "The figures came in a link. Means and rates are rounded to four digits, minimum and maximum to three, where \
           that changes no verdict. Counts are exact.",
};

const FROM_LINK_WITH_QUANTILES: Words = Words {
    text: "The figures came in a link. Means and rates are rounded to four digits, minimum and maximum to three, where \
           that changes no verdict. Counts are exact. The percentiles were read from a histogram at 33 places. The link \
           does not hold the histogram.",
    ..FROM_LINK
};

/// Kinds of figures.
enum FigureKind {
    Count,
    Text,
    /// One of these.
    Word(&'static [&'static str]),
}

const ENCODINGS: FigureKind = FigureKind::Word(&["UTF-16", "Windows-1252"]);
const COUNTED: FigureKind = FigureKind::Word(&["requests", "failures"]);
const REASONS: FigureKind = FigureKind::Word(&[
    "keys that begin with “_” are comments",
    "not a service with metrics",
    "negative or not finite",
    "nested, not a number",
    "not a number",
    "not a readable time",
    "not a whole number",
]);

/// Numbered notes. New ones are added at the end.
const NUMBERED: [(&Words, &[FigureKind]); 27] = [
    (&locust::PERCENTILES_ROUNDED, &[]),
    (&locust::CSV_MAY_MISS_END, &[]),
    (&reading::DECODED, &[ENCODINGS]),
    (&reading::BANNER_SKIPPED, &[FigureKind::Count]),
    (&reading::ROWS_REJECTED, &[FigureKind::Count, FigureKind::Text]),
    (&reading::CUT_ROW, &[FigureKind::Count]),
    (&locust::QUOTES_REPAIRED, &[FigureKind::Count, FigureKind::Count]),
    (&reading::ROWS_MERGED, &[FigureKind::Count, FigureKind::Text]),
    (&PARTS_MERGED, &[FigureKind::Count]),
    (&reading::TOTAL_SUMMED, &[]),
    (&reading::TOTAL_DISAGREES, &[COUNTED, FigureKind::Count, FigureKind::Count]),
    (&reading::PERCENTILE_ABOVE_MAX, &[FigureKind::Count, FigureKind::Text]),
    (&reading::PERCENTILES_OUT_OF_ORDER, &[FigureKind::Count, FigureKind::Text]),
    (&reading::MORE_FAILURES_THAN_REQUESTS, &[FigureKind::Text]),
    (&locust::HISTORY_PERCENTILES_CUMULATIVE, &[]),
    (&locust::HISTORY_PERCENTILES_WINDOWED, &[]),
    (&reading::HISTORY_ENDS_EARLY, &[FigureKind::Count, FigureKind::Count]),
    (&locust::HISTORY_SKIPPED_SECONDS, &[FigureKind::Count]),
    (&locust::HISTORY_RESET, &[FigureKind::Count]),
    (&locust::HISTORY_BEFORE_START, &[FigureKind::Count]),
    (&services::KEY_SKIPPED, &[FigureKind::Text, REASONS]),
    (&services::KEYS_SKIPPED_MORE, &[FigureKind::Count]),
    (&services::NO_TOTAL, &[]),
    (&locust::NONE_RESPONSES, &[FigureKind::Count]),
    (&reading::FAILURES_CUT_OFF, &[FigureKind::Count, FigureKind::Count]),
    (&services::ESTIMATE_SUSPECTED, &[FigureKind::Text]),
    (&locust::HISTORY_RESET_ONCE, &[FigureKind::Count]),
];

/// The number of a note, if it has one.
fn number(note: &Note) -> Option<usize> {
    let fits = |(is, figure): (&FigureKind, &Figure)| match (is, figure) {
        (FigureKind::Count, Figure::Count(_)) | (FigureKind::Text, Figure::Text(_)) => true,
        (FigureKind::Word(known), Figure::Word(word)) => known.contains(word),
        _ => false,
    };
    NUMBERED.iter().position(|(words, all)| {
        (note.code(), note.level, &*note.text) == (words.code, words.level, words.text)
            && all.len() == note.figures.len()
            && all.iter().zip(&note.figures).all(fits)
    })
}

/// The note that a run came from a link, with or without percentiles from histograms.
pub(super) fn from_link(quantiles: bool) -> Note {
    Note::on_run(if quantiles { &FROM_LINK_WITH_QUANTILES } else { &FROM_LINK }, [])
}

/// A note in the form of links, without its file; one without a number becomes text. `None` if it is left out.
pub(super) fn as_it_travels(note: &Note) -> Option<Note> {
    if note.is(&FROM_LINK) {
        return None;
    }
    Some(match number(note) {
        Some(_) => Note { file: None, ..note.clone() },
        None => Note::told(note.code().to_owned(), note.level, note.text()),
    })
}

/// One note of a run with these endpoints, as from [`as_it_travels`]; `None` when reading.
pub(super) fn note(codec: &mut Codec<'_>, endpoints: &[String], note: Option<&Note>) -> Result<Note, LinkError> {
    let told = NUMBERED.len();
    let which = note.map_or(0, |note| number(note).unwrap_or(told));
    let which = codec.choice(WHICH, &[0], NUMBERS, which as u32)? as usize;
    let figures = note.map(|note| note.figures.as_slice()).unwrap_or_default();
    if which == told {
        let code = words(codec, endpoints, note.map_or("", Note::code))?;
        let warns = codec.flag(WARNS, &[0], note.is_some_and(|note| note.level == NoteLevel::Warning))?;
        let text = words(codec, endpoints, text_of(figures.first()))?;
        return Ok(Note::told(code, if warns { NoteLevel::Warning } else { NoteLevel::Info }, text));
    }
    let (kind, all) = NUMBERED.get(which).ok_or(LinkError::Unreadable)?;
    let mut made = Note::on_run(kind, []);
    for (at, is) in all.iter().enumerate() {
        let figure = figures.get(at);
        made.figures.push(match is {
            FigureKind::Count => {
                let count = if let Some(Figure::Count(count)) = figure { *count } else { 0 };
                Figure::Count(codec.number(COUNT, &[0], count)?)
            }
            FigureKind::Text => Figure::Text(words(codec, endpoints, text_of(figure))?),
            FigureKind::Word(known) => {
                let word = |word: &&str| matches!(figure, Some(Figure::Word(this)) if this == word);
                let (at, length) = (known.iter().position(word).unwrap_or(0), known.len() as u32);
                let at = codec.choice(WORD, &[length], length, at as u32)?;
                Figure::Word(known.get(at as usize).copied().ok_or(LinkError::Unreadable)?)
            }
        });
    }
    Ok(made)
}

fn text_of(figure: Option<&Figure>) -> &str {
    if let Some(Figure::Text(text)) = figure { text } else { "" }
}

/// Marks the position of an endpoint label in a text.
const PLACE: char = '\u{1}';

/// A text. An endpoint label in it, such as `GET /users`, is coded as its index in the list of endpoints.
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers are unique, and one is left for text.
    #[test]
    fn numbers_are_distinct() {
        for (at, (words, _)) in NUMBERED.iter().enumerate() {
            assert_eq!(NUMBERED.iter().position(|(other, _)| other == words), Some(at), "{words:?}");
        }
        assert!(NUMBERED.len() < NUMBERS as usize);
    }
}
