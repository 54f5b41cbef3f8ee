//! Notes: the most frequent as a number with their figures, all others in words.

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

/// More numbers than there are notes.
const NUMBERS: u32 = 32;

/// That a run came in a link is said by every link for itself, and travels in none.
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

/// What a figure may be.
enum Is {
    Count,
    Text,
    /// One of these.
    Word(&'static [&'static str]),
}

const ENCODINGS: Is = Is::Word(&["UTF-16", "Windows-1252"]);
const COUNTED: Is = Is::Word(&["requests", "failures"]);
const REASONS: Is = Is::Word(&[
    "keys that begin with “_” are comments",
    "not a service with metrics",
    "negative or not finite",
    "nested, not a number",
    "not a number",
    "not a readable time",
    "not a whole number",
]);

/// Notes with a number: their place. New ones are added at the end.
const NUMBERED: [(&Words, &[Is]); 27] = [
    (&locust::PERCENTILES_ROUNDED, &[]),
    (&locust::CSV_MAY_MISS_END, &[]),
    (&reading::DECODED, &[ENCODINGS]),
    (&reading::BANNER_SKIPPED, &[Is::Count]),
    (&reading::ROWS_REJECTED, &[Is::Count, Is::Text]),
    (&reading::CUT_ROW, &[Is::Count]),
    (&locust::QUOTES_REPAIRED, &[Is::Count, Is::Count]),
    (&reading::ROWS_MERGED, &[Is::Count, Is::Text]),
    (&PARTS_MERGED, &[Is::Count]),
    (&reading::TOTAL_SUMMED, &[]),
    (&reading::TOTAL_DISAGREES, &[COUNTED, Is::Count, Is::Count]),
    (&reading::PERCENTILE_ABOVE_MAX, &[Is::Count, Is::Text]),
    (&reading::PERCENTILES_OUT_OF_ORDER, &[Is::Count, Is::Text]),
    (&reading::MORE_FAILURES_THAN_REQUESTS, &[Is::Text]),
    (&locust::HISTORY_PERCENTILES_CUMULATIVE, &[]),
    (&locust::HISTORY_PERCENTILES_WINDOWED, &[]),
    (&reading::HISTORY_ENDS_EARLY, &[Is::Count, Is::Count]),
    (&locust::HISTORY_SKIPPED_SECONDS, &[Is::Count]),
    (&locust::HISTORY_RESET, &[Is::Count]),
    (&locust::HISTORY_BEFORE_START, &[Is::Count]),
    (&services::KEY_SKIPPED, &[Is::Text, REASONS]),
    (&services::KEYS_SKIPPED_MORE, &[Is::Count]),
    (&services::NO_TOTAL, &[]),
    (&locust::NONE_RESPONSES, &[Is::Count]),
    (&reading::FAILURES_CUT_OFF, &[Is::Count, Is::Count]),
    (&services::ESTIMATE_SUSPECTED, &[Is::Text]),
    (&locust::HISTORY_RESET_ONCE, &[Is::Count]),
];

/// The number of a note, where it has one.
fn number(note: &Note) -> Option<usize> {
    let fits = |(is, figure): (&Is, &Figure)| match (is, figure) {
        (Is::Count, Figure::Count(_)) | (Is::Text, Figure::Text(_)) => true,
        (Is::Word(known), Figure::Word(word)) => known.contains(word),
        _ => false,
    };
    NUMBERED.iter().position(|(words, all)| {
        (note.code(), note.level, &*note.text) == (words.code, words.level, words.text)
            && all.len() == note.figures.len()
            && all.iter().zip(&note.figures).all(fits)
    })
}

/// Says of a run that it came in a link, with percentiles that were read from histograms or without.
pub(super) fn from_link(quantiles: bool) -> Note {
    Note::on_run(if quantiles { &FROM_LINK_WITH_QUANTILES } else { &FROM_LINK }, [])
}

/// A note as links carry it, without its file: one that has no number travels in its words. `None` where it stays behind.
pub(super) fn as_it_travels(note: &Note) -> Option<Note> {
    if note.is(&FROM_LINK) {
        return None;
    }
    Some(match number(note) {
        Some(_) => Note { file: None, ..note.clone() },
        None => Note::told(note.code().to_owned(), note.level, note.text()),
    })
}

/// The texts in a note that are not the program's own: of any length, and they may name an endpoint.
pub(super) fn texts_in(note: &mut Note) -> impl Iterator<Item = &mut String> {
    note.figures.iter_mut().filter_map(|figure| match figure {
        Figure::Text(text) => Some(text),
        Figure::Count(_) | Figure::Word(_) => None,
    })
}

/// One note of a run with these endpoints, as [`as_it_travels`] has it; `None` of what is yet to be read.
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
            Is::Count => {
                let count = if let Some(Figure::Count(count)) = figure { *count } else { 0 };
                Figure::Count(codec.number(COUNT, &[0], count)?)
            }
            Is::Text => Figure::Text(words(codec, endpoints, text_of(figure))?),
            Is::Word(known) => {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// What is read is one of them, and a number for one in words is left.
    #[test]
    fn numbers_are_distinct() {
        for (at, (words, _)) in NUMBERED.iter().enumerate() {
            assert_eq!(NUMBERED.iter().position(|(other, _)| other == words), Some(at), "{words:?}");
        }
        assert!(NUMBERED.len() < NUMBERS as usize);
    }
}
