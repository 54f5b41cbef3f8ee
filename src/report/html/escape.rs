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
    fn nothing_gets_out() {
        let text = "</td><script>alert('1' & \"2\")</script>\u{202e}a\u{0}\nb";
        assert_eq!(
            Text(text).to_string(),
            "&lt;/td&gt;&lt;script&gt;alert(&#39;1&#39; &amp; &quot;2&quot;)&lt;/script&gt;a\u{fffd} b"
        );
    }
}
