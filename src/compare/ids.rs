//! Labels with ids: `/users/123` and `/users/456` are one endpoint to users and two in a file.

use std::collections::{BTreeMap, BTreeSet};

use crate::policy::Pattern;

/// Minimum labels that differ only in ids.
pub const MIN_LABELS: usize = 5;

/// Maximum proposals: those with most labels.
pub const MAX_PROPOSALS: usize = 20;

/// Maximum bytes of a label: each pattern is tested against every label.
const MAX_LABEL_BYTES: usize = 256;

/// A pattern that merges labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// In the syntax of a thresholds file: a glob such as `/users/*`; if that would match other labels too, a regular
    /// expression after `re:`.
    pub pattern: String,
    /// One of the labels.
    pub example: String,
    /// Number of distinct labels.
    pub labels: usize,
}

/// The characters of an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Id {
    Number,
    Hex,
    Token,
}

impl Id {
    fn regex(self) -> &'static str {
        match self {
            Self::Number => "[0-9]+",
            Self::Hex => "[0-9a-f-]+",
            Self::Token => "[^/?&=;,# ]+",
        }
    }

    /// The id kind of a whole piece of a label.
    fn of(piece: &str) -> Option<Self> {
        let bytes = piece.as_bytes();
        let digits = bytes.iter().filter(|b| b.is_ascii_digit()).count();
        let is_hex = |bytes: &[u8]| bytes.iter().all(u8::is_ascii_hexdigit);
        let is_uuid =
            || piece.split('-').map(str::len).eq([8, 4, 4, 4, 12]) && piece.split('-').all(|p| is_hex(p.as_bytes()));
        if digits == 0 {
            // Words consist of letters.
            is_uuid().then_some(Self::Hex)
        } else if digits == bytes.len() {
            Some(Self::Number)
        } else if is_uuid() || bytes.len() >= 8 && is_hex(bytes) {
            Some(Self::Hex)
        } else {
            let plain = bytes.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
            (plain && bytes.len() >= 16 && digits >= 3).then_some(Self::Token)
        }
    }
}

/// Whether a part of a path is an id: a number, a UUID, a hexadecimal or other long token.
pub(super) fn is_id(part: &str) -> bool {
    Id::of(part).is_some()
}

/// A label in pieces: literal text and ids.
type Shape<'l> = Vec<Result<&'l str, Id>>;

/// Splits at the boundaries of paths, queries and sentences.
fn shape(label: &str) -> Shape<'_> {
    let mut shape = Vec::new();
    for piece in label.split_inclusive(['/', '?', '&', '=', ';', ',', '#', ' ']) {
        let ends = piece.ends_with(['/', '?', '&', '=', ';', ',', '#', ' ']);
        let (bare, end) = piece.split_at_checked(piece.len() - usize::from(ends)).unwrap_or((piece, ""));
        // Also `17.json`.
        let (stem, extension) = bare.split_at_checked(bare.find('.').unwrap_or(bare.len())).unwrap_or((bare, ""));
        match (Id::of(bare), Id::of(stem)) {
            (Some(id), _) => shape.push(Err(id)),
            (None, Some(id)) if !extension.bytes().any(|b| b.is_ascii_digit()) => {
                shape.extend([Err(id), Ok(extension)]);
            }
            _ => numbers(bare, &mut shape),
        }
        shape.push(Ok(end));
    }
    shape
}

/// Numbers within a piece: `item-17` and `item17000`, but not `v1` or `oauth2`.
fn numbers<'l>(mut piece: &'l str, shape: &mut Shape<'l>) {
    let mut before = None;
    while let Some(from) = piece.find(|c: char| c.is_ascii_digit()) {
        let (text, rest) = piece.split_at_checked(from).unwrap_or((piece, ""));
        let length = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, behind) = rest.split_at_checked(length).unwrap_or((rest, ""));
        let joined = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let alone = !joined(text.chars().next_back().or(before)) && !joined(behind.chars().next());
        shape.push(Ok(text));
        shape.push(if alone || length >= 4 { Err(Id::Number) } else { Ok(digits) });
        (piece, before) = (behind, Some('0'));
    }
    shape.push(Ok(piece));
}

/// The shape as a glob.
fn glob(shape: &Shape<'_>) -> String {
    shape.iter().map(|part| part.unwrap_or("*")).collect()
}

/// The shape as a regular expression.
fn regex(shape: &Shape<'_>) -> String {
    let parts = shape.iter().map(|part| match part {
        Ok(text) => regex_lite::escape(text),
        Err(id) => id.regex().to_owned(),
    });
    format!("re:^{}$", parts.collect::<String>())
}

/// Patterns for labels that differ only in ids: numbers, UUIDs, hexadecimal and other long tokens, between slashes, as
/// values of a query, or in words such as `item-17`. Those with most labels first. Linear in the length and number of
/// labels.
#[must_use]
pub fn propose<'l>(labels: impl Iterator<Item = &'l str>) -> Vec<Proposal> {
    let labels: BTreeSet<&str> = labels.filter(|label| label.len() <= MAX_LABEL_BYTES).collect();
    // Patterns ignore case.
    let mut groups: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for label in &labels {
        let shape = shape(label);
        let says_something = shape.iter().flatten().any(|text| text.chars().any(char::is_alphanumeric));
        if shape.iter().any(Result::is_err) && says_something && !label.starts_with("re:") {
            groups.entry(glob(&shape).to_lowercase()).or_default().push(label);
        }
    }
    let mut groups: Vec<Vec<&str>> = groups.into_values().filter(|group| group.len() >= MIN_LABELS).collect();
    crate::order::sort_by_key(&mut groups, |group| std::cmp::Reverse(group.len()));
    groups.truncate(MAX_PROPOSALS);
    let propose = |group: Vec<&str>| {
        let first = group.first()?;
        let shape = shape(first);
        let count = |pattern: &str| {
            let pattern = Pattern::new(pattern).ok()?;
            Some(labels.iter().filter(|label| pattern.matches(label)).count())
        };
        let glob = glob(&shape);
        let pattern = if count(&glob)? == group.len() {
            glob
        } else {
            // A regular expression that matches only these, if possible; ids in a group may be of different kinds.
            let own = regex(&shape);
            if count(&own) == Some(group.len()) { own } else { glob }
        };
        Some(Proposal { pattern, example: (*first).to_owned(), labels: group.len() })
    };
    groups.into_iter().filter_map(propose).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(labels: &[String]) -> Vec<(String, usize)> {
        propose(labels.iter().map(String::as_str)).into_iter().map(|p| (p.pattern, p.labels)).collect()
    }

    fn labels(label: impl Fn(u64) -> String, n: u64) -> Vec<String> {
        (0..n).map(label).collect()
    }

    #[test]
    fn ids_of_every_kind() {
        type Label = fn(u64) -> String;
        // Multiples of an odd number scatter like ids.
        let cases: [(Label, &str); 11] = [
            (|i| format!("/users/{}", 120 + i), "/users/*"),
            (|i| format!("GET /item/{i}"), "GET /item/*"),
            (|i| format!("/users/{i}/orders/{}", i * 7), "/users/*/orders/*"),
            (|i| format!("/doc/{:08x}-12ab-4cde-8f01-23456789abcd", i * 0x0101_0107), "/doc/*"),
            (|i| format!("/commit/{:016x}", (i + 1) * 0x1234_5678_9abc_def1), "/commit/*"),
            (|i| format!("/s/tok3n_Zx9kQ2w-{}x7{i}", i * 31), "/s/*"),
            (|i| format!("/search?page={i}&size=large"), "/search?page=*&size=large"),
            (|i| format!("/img/{i}.png"), "/img/*.png"),
            (|i| format!("/v1/item-{i}"), "/v1/item-*"),
            (|i| format!("/oauth2/order{}/done", 10_000 + i), "/oauth2/order*/done"),
            (|i| format!("/é/{i}/ü"), "/é/*/ü"),
        ];
        for (label, pattern) in cases {
            assert_eq!(of(&labels(label, 9)), [(pattern.to_owned(), 9)]);
            assert_eq!(of(&labels(label, 4)), [], "{pattern}");
            let pattern = Pattern::new(pattern).unwrap();
            assert!(labels(label, 9).iter().all(|label| pattern.matches(label)));
        }
    }

    #[test]
    fn words_and_versions_are_not_ids() {
        let words = ["login", "logout", "facade", "deadbeef", "checkout-confirmation", "internationalization"];
        assert_eq!(of(&words.map(|word| format!("/shop/{word}"))), []);
        assert_eq!(of(&labels(|i| format!("/v{i}/chat"), 9)), []);
        assert_eq!(of(&labels(|i| i.to_string(), 9)), []);
        // Duplicate labels count once.
        assert_eq!(of(&labels(|_| "/users/7".into(), 9)), []);
    }

    /// If a glob would match other labels, a regular expression is proposed.
    #[test]
    fn other_labels_are_not_matched() {
        let mut all = labels(|i| format!("/users/{i}"), 30);
        all.extend(labels(|i| format!("/users/{i}/orders"), 6));
        all.push("/users/login".into());
        let expected = [("re:^/users/[0-9]+$".to_owned(), 30), ("/users/*/orders".to_owned(), 6)];
        assert_eq!(of(&all), expected);
        // Most labels first; case is ignored.
        let mut mixed = labels(|i| format!("/A/{i}"), 5);
        mixed.extend(labels(|i| format!("/a/{}", 100 + i), 5));
        mixed.extend(labels(|i| format!("/b/{i}"), 8));
        assert_eq!(of(&mixed), [("/A/*".to_owned(), 10), ("/b/*".to_owned(), 8)]);
    }

    /// 10,000 labels of 2,000 shapes, and of one.
    #[test]
    fn many_labels_are_fast() {
        let many = labels(|i| format!("/shape{}x/{}/{i}", i % 2000, "x".repeat(100)), 10_000);
        let one = labels(|i| format!("/users/{i}/orders/{}", i * 7919 % 10_000), 10_000);
        let started = std::time::Instant::now();
        assert_eq!((of(&many).len(), of(&one)), (MAX_PROPOSALS, vec![("/users/*/orders/*".to_owned(), 10_000)]));
        assert!(started.elapsed().as_secs() < 10, "{:?}", started.elapsed());
    }

    proptest! {
        /// Each pattern matches at least the labels that it counts, including the example.
        #[test]
        fn patterns_match_their_labels(labels in prop::collection::vec("[/a-c?=0-9.*é -]{0,9}", 0..60)) {
            let distinct: BTreeSet<&str> = labels.iter().map(String::as_str).collect();
            for proposal in propose(labels.iter().map(String::as_str)) {
                let pattern = Pattern::new(&proposal.pattern).unwrap();
                prop_assert!(pattern.matches(&proposal.example));
                let taken = distinct.iter().filter(|label| pattern.matches(label)).count();
                prop_assert!(proposal.labels >= MIN_LABELS && taken >= proposal.labels);
            }
        }
    }
}
