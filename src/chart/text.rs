//! Text: width, permitted characters, and shortening.

/// A font of charts. Sizes are in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Font {
    pub size: f64,
    pub mono: bool,
    pub bold: bool,
}

impl Font {
    pub(super) const fn sans(size: f64) -> Self {
        Self { size, mono: false, bold: false }
    }

    pub(super) const fn mono(size: f64) -> Self {
        Self { size, mono: true, bold: false }
    }

    pub(super) const fn bold(self) -> Self {
        Self { bold: true, ..self }
    }

    /// Width of a text in pixels.
    pub(super) fn width(self, text: &str) -> f64 {
        let thousandths: u64 = text.chars().map(|c| u64::from(advance(c, self.mono))).sum();
        // Bold is wider by a tenth; digits and signs, most bold text, by less.
        let bold = if self.bold && !self.mono { 1.1 } else { 1.0 };
        thousandths as f64 / 1000.0 * self.size * bold
    }
}

/// Advance widths of U+0020 to U+007E in thousandths of the size, from DejaVu Sans: the widest common sans-serif font,
/// so that no text exceeds its planned space.
#[rustfmt::skip]
const SANS: [u16; 95] = [
    318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337,
    636, 636, 636, 636, 636, 636, 636, 636, 636, 636, 337, 337, 838, 838, 838, 531,
    1000, 684, 686, 698, 770, 632, 575, 775, 752, 295, 295, 656, 557, 863, 748, 787,
    603, 787, 695, 635, 611, 732, 684, 989, 685, 611, 685, 390, 337, 390, 838, 500,
    500, 613, 635, 550, 635, 615, 352, 635, 634, 278, 278, 579, 278, 974, 634, 612,
    635, 635, 411, 521, 392, 634, 592, 818, 592, 592, 525, 636, 337, 636, 838,
];

/// Advance of every character of a monospaced font, from DejaVu Sans Mono, Menlo and Liberation Mono.
const MONO: u16 = 602;

/// Advance width of a character in thousandths of the size. Beyond ASCII by block, rounded up.
fn advance(c: char, mono: bool) -> u16 {
    if is_mark(c) {
        return 0;
    }
    let ascii = (c as usize).checked_sub(0x20).and_then(|i| SANS.get(i)).copied();
    match (ascii, c as u32) {
        (Some(_), _) if mono => MONO,
        (Some(width), _) => width,
        (None, 0xA0..=0x52F | 0x2010..=0x2044 | 0x2190..=0x2193 | 0x2212) if mono => MONO,
        (None, 0xA0..=0x24F | 0x370..=0x3FF | 0x590..=0x6FF) => 700,
        (None, 0x2010..=0x2013 | 0x2018..=0x2022) => 520,
        (None, 0x400..=0x52F | 0x2190..=0x2193 | 0x2212) => 838,
        (None, 0x1F000..) => 1300,
        (None, _) => 1000,
    }
}

/// Combining marks and joiners.
fn is_mark(c: char) -> bool {
    matches!(c as u32,
        0x300..=0x36F | 0x483..=0x489 | 0x591..=0x5BD | 0x610..=0x61A | 0x64B..=0x65F | 0x6D6..=0x6DC
        | 0x1AB0..=0x1AFF | 0x1DC0..=0x1DFF | 0x200C..=0x200D | 0x20D0..=0x20FF | 0xFE00..=0xFE0F | 0xFE20..=0xFE2F)
}

/// Invisible characters that change the display of others: a name must not reverse its row.
fn is_invisible(c: char) -> bool {
    matches!(c as u32,
        0xAD | 0x61C | 0x180E | 0x200B | 0x200E..=0x200F | 0x202A..=0x202E | 0x2060..=0x206F | 0xFEFF | 0xFFF9..=0xFFFB
        | 0xE0000..=0xE0FFF)
}

/// Invisible characters without width: [`is_invisible`], joiners, fillers, and line separators.
pub(crate) fn is_unseen(c: char) -> bool {
    is_invisible(c)
        || matches!(c as u32, 0x34F | 0x115F..=0x1160 | 0x180B..=0x180D | 0x200C..=0x200D | 0x2028..=0x2029 | 0x3164 | 0xFFA0)
}

/// Cleans a text for drawing: one line, characters that XML allows, without bidirectional controls and stacked marks.
/// The SVG writer escapes it.
pub(crate) fn clean(text: &str) -> String {
    let mut marks = 0;
    let shown = text.chars().filter_map(|c| {
        marks = if is_mark(c) { marks + 1 } else { 0 };
        match c {
            _ if marks > 2 || is_invisible(c) => None,
            '\n' | '\r' | '\t' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some(' '),
            c if c.is_control() || c as u32 & 0xFFFE == 0xFFFE => Some(char::REPLACEMENT_CHARACTER),
            c => Some(c),
        }
    });
    shown.collect()
}

/// Cleans a text and, if wider than `room`, cuts it in the middle: paths differ at their ends.
pub(super) fn fit(text: &str, font: Font, room: f64) -> String {
    let text = clean(text);
    if font.width(&text) <= room {
        return text;
    }
    let left = (room - font.width("…")).max(0.0);
    cut(&text, left, |c| font.width(c.encode_utf8(&mut [0; 4])))
}

/// Cleans a text and cuts it in the middle to at most `count` characters, for sentences.
pub(super) fn shorten(text: &str, count: usize) -> String {
    let text = clean(text);
    if text.chars().count() <= count { text } else { cut(&text, count.saturating_sub(1) as f64, |_| 1.0) }
}

/// The start and the end of a text with an ellipsis between, at most `room` wide in total.
fn cut(text: &str, room: f64, width: impl Fn(char) -> f64) -> String {
    let take = |chars: &mut dyn Iterator<Item = (usize, char)>, room: f64| {
        let mut used = 0.0;
        let mut last = None;
        for (at, c) in chars {
            used += width(c);
            if used > room {
                break;
            }
            last = Some((at, c, used));
        }
        last
    };
    let head = take(&mut text.char_indices(), room * 0.45);
    let (head_end, head_width) = head.map_or((0, 0.0), |(at, c, used)| (at + c.len_utf8(), used));
    let tail = take(&mut text.char_indices().rev(), room - head_width);
    let tail_start = tail.map_or(text.len(), |(at, ..)| at).max(head_end);
    let head = text.get(..head_end).unwrap_or_default().trim_end();
    let tail = text.get(tail_start..).unwrap_or_default().trim_start_matches(is_mark);
    format!("{head}…{tail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const FONT: Font = Font::sans(10.0);

    #[test]
    fn widths_by_hand() {
        // 684 + 686 + 318 thousandths of 10 px.
        assert!((FONT.width("AB ") - 16.88).abs() < 1e-9);
        assert!((Font::mono(10.0).width("AB 日") - 28.06).abs() < 1e-9);
        assert_eq!(FONT.width("e\u{301}"), FONT.width("e"));
        assert!(FONT.bold().width("AB") > FONT.width("AB"));
    }

    #[test]
    fn hostile_text_becomes_one_plain_line() {
        assert_eq!(clean("a\nb\tc\u{0}d\u{1b}e"), "a b c\u{FFFD}d\u{FFFD}e");
        assert_eq!(clean("safe\u{202E}gnp.exe\u{200B}"), "safegnp.exe");
        assert_eq!(clean("z\u{300}\u{301}\u{302}\u{303}"), "z\u{300}\u{301}");
        assert_eq!(clean("\u{FFFE}\u{FFFF}\u{1FFFE}"), "\u{FFFD}\u{FFFD}\u{FFFD}");
        assert_eq!(clean("GET /مرحبا"), "GET /مرحبا");
    }

    #[test]
    fn long_text_is_cut_in_the_middle_and_fits() {
        let name = "GET /api/v1/organisations/12/projects/34/builds/56/artifacts";
        for room in [0.0, 5.0, 20.0, 80.0, 120.0, 200.0] {
            let cut = fit(name, FONT, room);
            assert!(FONT.width(&cut) <= room.max(10.0), "{cut} in {room}");
            assert!(cut.contains('…'));
        }
        let cut = fit(name, FONT, 150.0);
        assert!(cut.starts_with("GET /") && cut.ends_with("artifacts"), "{cut}");
        assert_eq!(fit("short", FONT, 100.0), "short");
        assert_eq!(shorten("abcdefghij", 5), "a…hij");
        assert_eq!(fit("日本語日本語日本語", FONT, 50.0).chars().count(), 5);
        assert_eq!(fit("", FONT, 0.0), "");
    }
}
