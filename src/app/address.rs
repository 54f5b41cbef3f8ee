//! What the page's address asks for. The fragment, which is sent to no server, carries a comparison, or says where its
//! files are.

use leptos::prelude::window;

/// What the fragment of an address is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Address {
    /// There is none.
    Empty,
    /// A comparison: `#r1.…`, from its `#` on, for [`crate::link::decode`]. It may be damaged.
    Shared(String),
    /// Where files are: `#base=URL&run=URL`, from behind its `#` on and still percent-encoded.
    Sources {
        /// The fragment.
        fragment: String,
    },
    /// A place in the page, or what another page's address would be.
    Other,
}

impl Address {
    /// That of the page. It is read from the whole address: some browsers decode `location.hash`.
    pub(super) fn of_page() -> Self {
        Self::of(&window().location().href().unwrap_or_default())
    }

    /// That of an address.
    pub(super) fn of(href: &str) -> Self {
        let Some((_, fragment)) = href.split_once('#').filter(|(_, fragment)| !fragment.is_empty()) else {
            return Self::Empty;
        };
        let begins_with = |word: &str| fragment.get(..word.len()).is_some_and(|f| f.eq_ignore_ascii_case(word));
        if is_shared(fragment) {
            Self::Shared(format!("#{fragment}"))
        } else if begins_with("base=") || begins_with("run=") || begins_with("policy=") {
            Self::Sources { fragment: fragment.to_owned() }
        } else {
            Self::Other
        }
    }
}

/// Whether a fragment is a comparison, or was one before it was damaged: `r1`, `r1.…`, `%721.…`, `#r1.…`.
fn is_shared(fragment: &str) -> bool {
    let fragment = fragment.trim_start_matches(['#', '<']).trim_start_matches("%23").trim_start_matches("%3C");
    let rest = ["r", "%72"].iter().find_map(|r| fragment.strip_prefix(r));
    rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()) || rest.starts_with("%3"))
}

/// The page's address without its fragment: what a link is put behind.
pub(super) fn without_fragment() -> String {
    let href = window().location().href().unwrap_or_default();
    href.split_once('#').map_or(href.as_str(), |(address, _)| address).to_owned()
}

/// Takes the fragment away, once the page shows something else than what it asked for. No new entry in the history.
pub(super) fn forget() {
    if Address::of_page() != Address::Empty
        && let Ok(history) = window().history()
    {
        let _ = history.replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(&without_fragment()));
    }
}
