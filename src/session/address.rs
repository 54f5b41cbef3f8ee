//! What the page's address asks for. The fragment, which is sent to no server, carries a comparison, says where its files
//! are, or names one that is kept on this device; and how it is looked at.
//!
//! `#c=ID&e=KEY&q=TEXT&sort=COLUMN`: pairs of this module may follow a link too.

use crate::link::sources::percent_decoded;
use crate::report::view;

/// Longer values of the view are passed over.
const LONGEST: usize = 500;

/// What the fragment of an address is, without the view.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Fragment {
    /// There is none.
    #[default]
    Empty,
    /// A comparison: `#r1.…`, from its `#` on, for [`crate::link::decode`]. It may be damaged.
    Shared(String),
    /// Where files are: `base=URL&run=URL`, without its `#` and still percent-encoded.
    Sources(String),
    /// None of these.
    Other(String),
}

/// What an address asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Asked {
    /// A link.
    pub main: Fragment,
    /// A comparison that is kept on this device; it counts more than a link.
    pub kept: Option<String>,
    /// How it is looked at.
    pub view: Vec<(&'static str, String)>,
}

/// Keys of the view, in the order they are written.
const VIEW: [&str; 11] = ["e", "q", "v", "sort", "same", "g", "hide", "p", "m", "i", "o"];

impl Asked {
    /// What the fragment of an address asks for.
    pub fn of(href: &str) -> Self {
        let mut asked = Self::default();
        let mut main: Vec<&str> = Vec::new();
        for piece in fragment_of(href).split('&') {
            let (key, value) = piece.split_once('=').unwrap_or((piece, ""));
            let view = VIEW.into_iter().find(|known| *known == key && piece.contains('='));
            if key == "c" && view::is_key(value) {
                asked.kept = Some(value.to_owned());
            } else if let Some(key) = view {
                asked.view.extend(percent_decoded(value).filter(|v| v.len() <= LONGEST).map(|value| (key, value)));
            } else if !piece.is_empty() {
                main.push(piece);
            }
        }
        asked.main = Fragment::of(&main.join("&"));
        asked
    }
}

impl Fragment {
    fn of(fragment: &str) -> Self {
        let begins_with = |word: &str| fragment.get(..word.len()).is_some_and(|f| f.eq_ignore_ascii_case(word));
        if fragment.is_empty() {
            Self::Empty
        } else if is_shared(fragment) {
            Self::Shared(format!("#{fragment}"))
        } else if begins_with("base=") || begins_with("run=") || begins_with("policy=") {
            Self::Sources(fragment.to_owned())
        } else {
            Self::Other(fragment.to_owned())
        }
    }

    /// As it stands in an address.
    pub fn text(&self) -> &str {
        match self {
            Self::Empty => "",
            Self::Shared(text) => text.strip_prefix('#').unwrap_or(text),
            Self::Sources(text) | Self::Other(text) => text,
        }
    }
}

/// The fragment of an address, without its `#`.
pub(super) fn fragment_of(href: &str) -> &str {
    href.split_once('#').map_or("", |(_, fragment)| fragment)
}

/// An address without its fragment.
pub(super) fn without_fragment(href: &str) -> &str {
    href.split_once('#').map_or(href, |(address, _)| address)
}

/// Whether two addresses ask for the same comparison, however it is looked at.
#[must_use]
pub fn same_comparison(a: &str, b: &str) -> bool {
    let (a, b) = (Asked::of(a), Asked::of(b));
    (a.main, a.kept) == (b.main, b.kept)
}

/// The fragment in a text that is a link of this page, and nothing else.
#[must_use]
pub fn link_in(text: &str) -> Option<&str> {
    let text = text.trim();
    let (_, fragment) = text.split_once('#').filter(|_| !text.contains(char::is_whitespace))?;
    let asked = Asked::of(text);
    (asked.kept.is_some() || matches!(asked.main, Fragment::Shared(_) | Fragment::Sources(_))).then_some(fragment)
}

/// Whether a fragment is a comparison, or was one before it was damaged: `r1`, `r1.…`, `%721.…`, `#r1.…`.
fn is_shared(fragment: &str) -> bool {
    let fragment = fragment.trim_start_matches(['#', '<']).trim_start_matches("%23").trim_start_matches("%3C");
    let rest = ["r", "%72"].iter().find_map(|r| fragment.strip_prefix(r));
    rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()) || rest.starts_with("%3"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shared(text: &str) -> Fragment {
        Fragment::Shared(text.to_owned())
    }

    #[test]
    fn what_fragments_ask_for() {
        let asked = |fragment: &str| Asked::of(&format!("http://a/#{fragment}"));
        assert_eq!(Asked::of("http://a/"), Asked::default());
        assert_eq!(asked("r1.abc.3.d&e=0123456789abcdef").main, shared("#r1.abc.3.d"));
        assert_eq!(asked("r1.abc").main, shared("#r1.abc"));
        assert_eq!(asked("%721.abc").main, shared("#%721.abc"));
        let both = asked("base=a.csv&c=0123456789abcdef&run=b.csv&q=a%20b");
        assert_eq!(both.main, Fragment::Sources("base=a.csv&run=b.csv".into()));
        assert_eq!((both.kept.as_deref(), both.view), (Some("0123456789abcdef"), vec![("q", "a b".to_owned())]));
        assert_eq!(asked("c=nonsense").main, Fragment::Other("c=nonsense".into()));
        assert_eq!(asked("e").main, Fragment::Other("e".into()));
    }

    #[test]
    fn a_link_in_a_pasted_text() {
        assert_eq!(link_in(" https://a.example/x/#r1.abc.3.d\n"), Some("r1.abc.3.d"));
        assert_eq!(link_in("#base=a.csv"), Some("base=a.csv"));
        assert_eq!(link_in("a,b\n#r1,2"), None);
        assert_eq!(link_in("https://a.example/#top"), None);
        assert_eq!(link_in("https://a.example/a.csv"), None);
    }

    #[test]
    fn the_same_comparison_looked_at_otherwise() {
        assert!(same_comparison("http://a/#c=0123456789abcdef", "http://a/#c=0123456789abcdef&e=0123456789abcdef"));
        assert!(!same_comparison("http://a/#c=0123456789abcdef", "http://a/"));
        assert!(!same_comparison("http://a/#r1.a", "http://a/#r1.b&e=0123456789abcdef"));
    }
}
