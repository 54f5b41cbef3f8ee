//! What the page's address asks for. The fragment, which is sent to no server, carries a comparison, or says where its
//! files are.

/// What the fragment of an address is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fragment {
    /// There is none.
    Empty,
    /// A comparison: `#r1.…`, from its `#` on, for [`crate::link::decode`]. It may be damaged.
    Shared(String),
    /// Where files are: `base=URL&run=URL`, without its `#` and still percent-encoded.
    Sources(String),
    /// A place in the page, or a fragment of another page.
    Other,
}

impl Fragment {
    /// The fragment of an address.
    pub fn of(href: &str) -> Self {
        let Some((_, fragment)) = href.split_once('#').filter(|(_, fragment)| !fragment.is_empty()) else {
            return Self::Empty;
        };
        let begins_with = |word: &str| fragment.get(..word.len()).is_some_and(|f| f.eq_ignore_ascii_case(word));
        if is_shared(fragment) {
            Self::Shared(format!("#{fragment}"))
        } else if begins_with("base=") || begins_with("run=") || begins_with("policy=") {
            Self::Sources(fragment.to_owned())
        } else {
            Self::Other
        }
    }
}

/// An address without its fragment.
pub(super) fn without_fragment(href: &str) -> &str {
    href.split_once('#').map_or(href, |(address, _)| address)
}

/// Whether a fragment is a comparison, or was one before it was damaged: `r1`, `r1.…`, `%721.…`, `#r1.…`.
fn is_shared(fragment: &str) -> bool {
    let fragment = fragment.trim_start_matches(['#', '<']).trim_start_matches("%23").trim_start_matches("%3C");
    let rest = ["r", "%72"].iter().find_map(|r| fragment.strip_prefix(r));
    rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()) || rest.starts_with("%3"))
}
