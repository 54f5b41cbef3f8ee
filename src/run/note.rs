//! Notes on a run: a code, a level, a text and its figures.
//!
//! Each kind of note is a constant of [`Words`] in the file of the code that raises it. A new kind touches that file
//! only.

use std::borrow::Cow;

use crate::number;
use crate::wire::{wire_enum, wire_struct};

/// Importance of a note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoteLevel {
    /// Background information.
    Info,
    /// May change how to read a number.
    Warning,
}

/// A note on a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Note {
    /// The file concerned; `None` for the run as a whole.
    pub file: Option<String>,
    /// [`Words::code`].
    pub code: Cow<'static, str>,
    /// [`Words::level`].
    pub level: NoteLevel,
    /// [`Words::text`], with placeholders for the figures.
    pub text: Cow<'static, str>,
    /// Counts and names in the text.
    pub figures: Vec<Figure>,
}

/// The words of one kind of note, next to the code that raises it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words {
    /// Stable identifier for programs, e.g. `percentiles-rounded`. All words of one code are in one file.
    pub code: &'static str,
    /// Importance.
    pub level: NoteLevel,
    /// One or two sentences. `{0}` is the first figure; `{0:row|rows}` is the first figure with its noun, as in
    /// `2,000 rows`.
    pub text: &'static str,
}

/// A count or a name in a note.
#[derive(Debug, Clone, PartialEq)]
pub enum Figure {
    /// Shown with separators: `2,000`.
    Count(u64),
    /// Text from the file, such as a name: shown unchanged, cut in links, and hidden where names are hidden.
    Text(String),
    /// A fixed word of the program, such as `UTF-16`.
    Word(&'static str),
}

wire_struct! {
    Note { file, code, level, text, figures }
}

wire_enum! {
    NoteLevel { 0 Info, 1 Warning }
    Figure { 0 Count(count), 1 Text(text), 2 Word(word) }
}

impl From<u64> for Figure {
    fn from(count: u64) -> Self {
        Self::Count(count)
    }
}

impl From<&str> for Figure {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Figure {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

/// Maximum placeholders in a text. Limits the length of a text from a file.
pub(super) const MAX_PLACES: usize = 8;

/// The text with its placeholders filled.
fn filled(text: &str, figures: &[Figure]) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, (place, behind))) = rest.split_once('{').and_then(|(b, a)| Some((b, a.split_once('}')?))) {
        filled.push_str(before);
        let (index, nouns) = place.split_once(':').unwrap_or((place, ""));
        match index.parse().ok().and_then(|index: usize| figures.get(index)) {
            Some(Figure::Count(count)) => {
                filled.push_str(&number::count(*count));
                if let Some((one, many)) = nouns.split_once('|') {
                    filled.push(' ');
                    filled.push_str(if *count == 1 { one } else { many });
                }
            }
            Some(Figure::Text(text)) => filled.push_str(text),
            Some(Figure::Word(word)) => filled.push_str(word),
            None => filled.push_str(place),
        }
        rest = behind;
    }
    filled + rest
}

impl Note {
    /// A note on one file.
    #[must_use]
    pub fn say<const N: usize>(file: &str, words: &Words, figures: [Figure; N]) -> Self {
        Self { file: Some(file.to_owned()), ..Self::on_run(words, figures) }
    }

    /// A note on the run as a whole.
    #[must_use]
    pub fn on_run<const N: usize>(words: &Words, figures: [Figure; N]) -> Self {
        let (code, text) = (Cow::Borrowed(words.code), Cow::Borrowed(words.text));
        Self { file: None, code, level: words.level, text, figures: figures.into() }
    }

    /// A note from a report or a link, in the words of the version that wrote it.
    #[must_use]
    pub fn told(code: String, level: NoteLevel, text: String) -> Self {
        Self { code: code.into(), ..Self::on_run(&Words { code: "", level, text: "{0}" }, [text.into()]) }
    }

    /// Whether it is of this kind, in any wording.
    #[must_use]
    pub fn is(&self, words: &Words) -> bool {
        self.code == words.code
    }

    /// Importance.
    #[must_use]
    pub fn level(&self) -> NoteLevel {
        self.level
    }

    /// Stable identifier for programs.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The text with its figures, one or two sentences.
    #[must_use]
    pub fn text(&self) -> String {
        filled(&self.text, &self.figures)
    }

    /// The texts in it that are not the program's own: of any length, possibly naming an endpoint.
    pub(crate) fn texts_mut(&mut self) -> impl Iterator<Item = &mut String> {
        self.figures.iter_mut().filter_map(|figure| match figure {
            Figure::Text(text) => Some(text),
            Figure::Count(_) | Figure::Word(_) => None,
        })
    }

    /// The count at this index of the figures, if any.
    #[must_use]
    pub fn count(&self, at: usize) -> Option<u64> {
        self.figures.get(at).and_then(|figure| if let Figure::Count(count) = figure { Some(*count) } else { None })
    }

    /// Whether its text stays within bounds.
    pub(super) fn is_sound(&self) -> bool {
        self.text.matches('{').count() <= MAX_PLACES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_filled() {
        let figures = [1_u64.into(), 2_000_u64.into(), "{0} of “{x:y|z}”".into(), Figure::Word("UTF-16")];
        for (text, expected) in [
            ("", ""),
            ("No figure.", "No figure."),
            ("{0} and {1}", "1 and 2,000"),
            ("{1:row|rows} of {0:row has|rows have}", "2,000 rows of 1 row has"),
            ("{3}: {2}!", "UTF-16: {0} of “{x:y|z}”!"),
            ("{2:row|rows}{3:row|rows}", "{0} of “{x:y|z}”UTF-16"),
            // Text that is no placeholder, or has no figure, stays.
            ("{4} {} {-1} {x} {1:rows}", "4  -1 x 2,000"),
            ("} {1} {0", "} 2,000 {0"),
        ] {
            assert_eq!(filled(text, &figures), expected, "{text}");
        }
    }

    #[test]
    fn restored_text_is_not_a_template() {
        let note = Note::told("code".into(), NoteLevel::Warning, "{0} is “{1:row|rows}”".into());
        assert_eq!((note.code(), note.text()), ("code", "{0} is “{1:row|rows}”".to_owned()));
    }
}
