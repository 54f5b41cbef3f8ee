//! Lines for a terminal: wrapped text, and tables that fit into a width.

use crate::report::terminal;

/// How a piece of a line is set off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Paint {
    #[default]
    Plain,
    Bold,
    /// Unclear.
    Dim,
    /// Confirmed and worse.
    Worse,
    /// Probably worse.
    MaybeWorse,
    /// Confirmed and better.
    Better,
    /// Probably better.
    MaybeBetter,
}

impl Paint {
    /// Parameters of the escape sequence. The sixteen basic colours: a terminal's theme keeps them readable.
    fn code(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Bold => "1",
            Self::Dim => "2",
            Self::Worse => "1;97;41",
            Self::MaybeWorse => "31",
            // Bold black is grey in many themes.
            Self::Better => "30;42",
            Self::MaybeBetter => "32",
        }
    }
}

/// A piece of a line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Piece {
    pub text: String,
    pub paint: Paint,
}

impl Piece {
    pub fn new(text: impl Into<String>, paint: Paint) -> Self {
        Self { text: text.into(), paint }
    }

    pub fn plain(text: impl Into<String>) -> Self {
        Self::new(text, Paint::Plain)
    }

    fn width(&self) -> usize {
        terminal::width(&self.text)
    }
}

/// A line.
pub(super) type Line = Vec<Piece>;

/// The end of colours.
const END: &str = "\u{1b}[0m";

/// The lines as text. A line that needs a mark to be safe is written with the mark and without colours.
pub(super) fn show(lines: &[Line], colors: bool) -> String {
    let mut shown = String::new();
    for line in lines {
        let text: String = line.iter().map(|piece| piece.text.as_str()).collect();
        let text = text.trim_end();
        let safe = terminal::cell(text);
        if !colors || safe != text {
            shown.push_str(&safe);
        } else {
            let (mut left, mut before) = (text.len(), "");
            for piece in line {
                // What is trimmed off the end.
                let text = piece.text.get(..piece.text.len().min(left)).unwrap_or_default();
                left -= text.len();
                let code = piece.paint.code();
                if code != before && !text.is_empty() {
                    let end = if before.is_empty() { "" } else { END };
                    let start = if code.is_empty() { String::new() } else { format!("\u{1b}[{code}m") };
                    shown.push_str(&format!("{end}{start}"));
                    before = code;
                }
                shown.push_str(text);
            }
            if !before.is_empty() {
                shown.push_str(END);
            }
        }
        shown.push('\n');
    }
    shown
}

/// The columns that a line takes.
pub(super) fn width(line: &Line) -> usize {
    let text: String = line.iter().map(|piece| piece.text.as_str()).collect();
    terminal::width(text.trim_end())
}

/// Units, which stay on the line of their number.
const UNITS: [&str; 8] = ["%", "pp", "ms", "s", "/s", "MB", "GB", "min"];

/// Breaks a text between words. Lines after the first are indented.
pub(super) fn wrap(pieces: &[Piece], width: Option<usize>, indent: usize) -> Vec<Line> {
    let (mut lines, mut line, mut used) = (Vec::new(), Line::new(), 0);
    for word in words(pieces) {
        let wide: usize = word.iter().map(Piece::width).sum();
        if line.is_empty() {
            used = wide;
        } else if width.is_some_and(|width| used + 1 + wide > width) {
            lines.push(std::mem::take(&mut line));
            line.push(Piece::plain(" ".repeat(indent)));
            used = indent + wide;
        } else {
            line.push(space(line.last(), word.first()));
            used += 1 + wide;
        }
        line.extend(word);
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// The space between two pieces: as they are, if they are alike.
fn space(before: Option<&Piece>, after: Option<&Piece>) -> Piece {
    let paint = before.zip(after).filter(|(b, a)| b.paint == a.paint).map_or(Paint::Plain, |(b, _)| b.paint);
    Piece::new(" ", paint)
}

/// The words of a text, each with the unit that follows it.
fn words(pieces: &[Piece]) -> Vec<Line> {
    let (mut words, mut word): (Vec<Line>, Line) = (Vec::new(), Line::new());
    let mut add = |word: Line| {
        let text: String = word.iter().map(|piece| piece.text.as_str()).collect();
        let is_unit = UNITS.contains(&text.trim_end_matches([',', '.', ';', ':', ')']));
        match words.last_mut().filter(|_| is_unit) {
            Some(number) => {
                number.push(space(number.last(), word.first()));
                number.extend(word);
            }
            None => words.push(word),
        }
    };
    for piece in pieces {
        for (at, part) in piece.text.split(' ').enumerate() {
            if at > 0 && !word.is_empty() {
                add(std::mem::take(&mut word));
            }
            if !part.is_empty() {
                word.push(Piece::new(part, piece.paint));
            }
        }
    }
    if !word.is_empty() {
        add(word);
    }
    words
}

/// What a column does where its table is too wide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Give {
    /// It shows what is before the first comma.
    ToComma,
    /// It moves above its row, once for rows with the same words.
    Above,
    /// It loses the middle of its texts.
    Middle,
    /// Its cells that have no room move below their rows.
    Overflow,
    /// Nothing.
    Keep,
}

/// Columns that a text keeps when it loses its middle.
const LEAST: usize = 16;

/// The indents of texts above and below their rows.
const ABOVE: usize = 2;
const BELOW: usize = 4;

/// A column of a table; the first cell is its head.
#[derive(Debug, Clone)]
pub(super) struct Column {
    pub cells: Vec<Piece>,
    pub is_right: bool,
    pub give: Give,
}

impl Column {
    /// Text to the left.
    pub fn left(give: Give, cells: Vec<Piece>) -> Self {
        Self { cells, is_right: false, give }
    }

    /// Figures to the right.
    pub fn right(cells: Vec<Piece>) -> Self {
        Self { cells, is_right: true, give: Give::Keep }
    }

    fn width(&self) -> usize {
        self.cells.iter().map(Piece::width).max().unwrap_or(0)
    }

    fn map(&mut self, change: impl Fn(&str) -> String) {
        for cell in &mut self.cells {
            cell.text = change(&cell.text);
        }
    }
}

/// Columns between two columns.
const GAP: usize = 2;

/// A table. If it is wider than `width`, its columns give way in this order: [`Give`].
pub(super) fn table(mut columns: Vec<Column>, width: Option<usize>) -> Vec<Line> {
    columns.retain(|column| column.width() > 0);
    let wide = |columns: &[Column]| columns.iter().map(|c| c.width() + GAP).sum::<usize>().saturating_sub(GAP);
    let (mut above, mut below): (Option<Column>, Option<Column>) = (None, None);
    for give in [Give::ToComma, Give::Above, Give::Middle, Give::Overflow] {
        let over = width.map_or(0, |width| wide(&columns).saturating_sub(width));
        let Some(at) = columns.iter().position(|column| column.give == give).filter(|_| over > 0) else { continue };
        if give == Give::Above {
            above = Some(columns.remove(at));
            continue;
        }
        let Some(column) = columns.get_mut(at) else { continue };
        let room = column.width().saturating_sub(over);
        match give {
            Give::ToComma => {
                column.map(|text| text.split(',').next().unwrap_or_default().to_owned());
            }
            Give::Middle => column.map(|text| without_middle(text, room.max(LEAST))),
            _ => {
                let mut moved = column.clone();
                column.map(|text| if terminal::width(text) > room { String::new() } else { text.to_owned() });
                moved.map(|text| if terminal::width(text) > room { text.to_owned() } else { String::new() });
                below = Some(moved);
                columns.retain(|column| column.width() > 0);
            }
        }
    }
    let widths: Vec<usize> = columns.iter().map(Column::width).collect();
    let rows = columns.first().map_or(0, |column| column.cells.len());
    let mut lines = Vec::new();
    for row in 0..rows {
        let mut line = Line::new();
        for (at, (column, width)) in columns.iter().zip(&widths).enumerate() {
            let cell = column.cells.get(row).cloned().unwrap_or_default();
            let room = Piece::plain(" ".repeat(width.saturating_sub(cell.width())));
            if at > 0 {
                line.push(Piece::plain(" ".repeat(GAP)));
            }
            line.extend(if column.is_right { [room, cell] } else { [cell, room] });
        }
        let cell = |column: &Option<Column>, row: usize| {
            let cell = column.as_ref().filter(|_| row > 0).and_then(|column| column.cells.get(row));
            cell.filter(|cell| !cell.text.is_empty()).cloned()
        };
        let words = cell(&above, row);
        if let Some(words) = words.filter(|words| cell(&above, row.saturating_sub(1)).as_ref() != Some(words)) {
            let colon = Piece::new(":", words.paint);
            lines.push(vec![Piece::plain(" ".repeat(ABOVE)), words, colon]);
        }
        lines.push(line);
        lines.extend(cell(&below, row).map(|cell| vec![Piece::plain(" ".repeat(BELOW)), cell]));
    }
    lines
}

/// Cuts a text to a number of columns. `…` replaces its middle, since names differ at their ends.
fn without_middle(text: &str, room: usize) -> String {
    if terminal::width(text) <= room {
        return text.to_owned();
    }
    let (mut head, mut tail, mut left) = (String::new(), Vec::new(), room.saturating_sub(1));
    let (mut from_start, mut from_end) = (text.chars(), text.chars().rev());
    while left > 0 {
        let takes_head = terminal::width(&head) <= tail.len();
        let Some(c) = (if takes_head { from_start.next() } else { from_end.next() }) else { break };
        let wide = terminal::width(c.encode_utf8(&mut [0; 4]));
        if wide > left {
            break;
        }
        left -= wide;
        if takes_head {
            head.push(c);
        } else {
            tail.push(c);
        }
    }
    let tail: String = tail.into_iter().rev().collect();
    format!("{head}…{tail}")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(lines: &[Line]) -> Vec<String> {
        show(lines, false).lines().map(str::to_owned).collect()
    }

    #[test]
    fn text_breaks_between_words_and_not_before_units() {
        let pieces = [Piece::plain("rose by "), Piece::new("12 ms", Paint::Bold), Piece::plain(", +10 % of it.")];
        assert_eq!(text(&wrap(&pieces, Some(12), 2)), ["rose by", "  12 ms,", "  +10 % of", "  it."]);
        assert_eq!(text(&wrap(&pieces, None, 2)), ["rose by 12 ms, +10 % of it."]);
        let painted = show(&wrap(&pieces, None, 2), true);
        assert_eq!(painted, "rose by \u{1b}[1m12 ms\u{1b}[0m, +10 % of it.\n");
    }

    #[test]
    fn columns_give_way_in_their_order() {
        let cells = |texts: [&str; 2]| texts.map(Piece::plain).to_vec();
        let columns = || {
            vec![
                Column::left(Give::Middle, cells(["Worse", "GET /a/long/name/of/an/endpoint"])),
                Column::left(Give::ToComma, cells(["", "p95, also mean"])),
                Column::right(cells(["run", "漢1 ms"])),
                Column::left(Give::Overflow, cells(["", "(1 to 2 %)"])),
                Column::left(Give::Above, cells(["why", "confirmed"])),
            ]
        };
        let row = "GET /a/long/name/of/an/endpoint  p95, also mean  漢1 ms  (1 to 2 %)  confirmed";
        assert_eq!(text(&table(columns(), None)).last().unwrap(), row);
        assert_eq!(text(&table(columns(), Some(79)))[1], row);
        let row = "GET /a/long/name/of/an/endpoint  p95  漢1 ms  (1 to 2 %)  confirmed";
        assert_eq!(text(&table(columns(), Some(70)))[1], row);
        let rows = ["  confirmed:", "GET /a/long/name/of/an/endpoint  p95  漢1 ms  (1 to 2 %)"];
        assert_eq!(text(&table(columns(), Some(60)))[1..], rows);
        let rows = ["  confirmed:", "GET /a/lo…endpoint  p95  漢1 ms  (1 to 2 %)"];
        assert_eq!(text(&table(columns(), Some(43)))[1..], rows);
        let rows = ["  confirmed:", "GET /a/l…ndpoint  p95  漢1 ms", "    (1 to 2 %)"];
        assert_eq!(text(&table(columns(), Some(30)))[1..], rows);
    }

    #[test]
    fn words_above_several_rows_are_said_once() {
        let column = |give, texts: [&str; 4]| Column::left(give, texts.map(Piece::plain).to_vec());
        let columns = vec![
            column(Give::Keep, ["Worse", "▲ a", "▲ b", "△ c"]),
            column(Give::Above, ["why", "confirmed", "confirmed", "probable"]),
        ];
        let lines = ["Worse", "  confirmed:", "▲ a", "▲ b", "  probable:", "△ c"];
        assert_eq!(text(&table(columns, Some(10))), lines);
    }

    /// A line that a runner would take for a command is marked, wherever a break puts it; colours hide none.
    #[test]
    fn no_line_is_a_command() {
        let pieces = [Piece::new("a name ::error::x", Paint::Worse)];
        let lines = wrap(&pieces, Some(8), 0);
        assert_eq!(show(&lines, true).lines().last().unwrap(), "'::error::x");
    }

    proptest! {
        #[test]
        fn a_wrapped_line_fits_unless_it_is_one_word(text in "[a-c漢 ]{0,60}", width in 4_usize..30) {
            for line in wrap(&[Piece::plain(text)], Some(width), 0) {
                let shown = show(&[line], false);
                prop_assert!(terminal::width(shown.trim_end()) <= width || !shown.trim().contains(' '), "{}", shown);
            }
        }

        #[test]
        fn a_text_without_its_middle_fits(text in "[a-z漢é/]{0,60}", room in 4_usize..30) {
            prop_assert!(terminal::width(&without_middle(&text, room)) <= room);
        }

        #[test]
        fn colours_add_escapes_alone(text in "[a-z :漢]{0,40}", width in 4_usize..30) {
            let lines = wrap(&[Piece::new(text, Paint::Better)], Some(width), 2);
            let painted = show(&lines, true).replace("\u{1b}[30;42m", "").replace("\u{1b}[0m", "");
            prop_assert_eq!(painted, show(&lines, false));
        }
    }
}
