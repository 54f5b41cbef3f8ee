//! Foreign text as text.

use std::fmt::{self, Display, Write};

use crate::chart::clean;

/// Text as it may stand between tags and in a quoted attribute. Everything that is shown goes through here: markup
/// becomes entities; control characters, and those that are not seen and change how others are, are dropped or replaced
/// as in charts.
pub(crate) struct Text<'a>(pub &'a str);

impl Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in clean(self.0).chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

/// Text of our own in which a number and its unit stay on one line.
pub(crate) struct Figures<'a>(pub &'a str);

/// What may stand behind a number as its unit.
const UNITS: [&str; 12] = ["%", "pp", "ms", "s", "/s", "min", "h", "B", "kB", "MB", "GB", "req"];

impl Display for Figures<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut before = None;
        for word in self.0.split(' ') {
            let is_number = before.is_some_and(|last: char| last.is_ascii_digit());
            let is_unit = UNITS.contains(&word.trim_end_matches(['.', ',', ';', ':', ')']));
            match before {
                None => {}
                Some(_) if is_number && is_unit => f.write_char('\u{a0}')?,
                Some(_) => f.write_char(' ')?,
            }
            write!(f, "{}", Text(word))?;
            before = Some(word.chars().next_back().unwrap_or(' '));
        }
        Ok(())
    }
}

/// A name: text that keeps its direction to itself.
pub(crate) struct Name<'a>(pub &'a str);

impl Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<bdi>{}</bdi>", Text(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_units() {
        for (text, shown) in [
            (
                "rose to 240 ms, +39 % (31 to 47 %; limit 5 % and 1 ms).",
                "rose to 240_ms, +39_% (31 to 47_%; limit 5_% and 1_ms).",
            ),
            ("1 min 30 s · 12 hits  at 3 x", "1_min 30_s · 12 hits  at 3 x"),
            (" a % b", " a % b"),
            ("", ""),
        ] {
            assert_eq!(Figures(text).to_string(), shown.replace('_', "\u{a0}"));
        }
        assert_eq!(Figures("5 <b>").to_string(), "5 &lt;b&gt;");
    }

    #[test]
    fn nothing_gets_out() {
        let text = "</td><script>alert('1' & \"2\")</script>\u{202e}a\u{0}\nb";
        assert_eq!(
            Text(text).to_string(),
            "&lt;/td&gt;&lt;script&gt;alert(&#39;1&#39; &amp; &quot;2&quot;)&lt;/script&gt;a\u{fffd} b"
        );
    }
}
