//! The name that each name is replaced by. Two names stay two.

use std::collections::{BTreeMap, BTreeSet};

use super::{Kind, text};

/// Names and what replaces them.
#[derive(Debug, Default)]
pub(super) struct Aliases(BTreeMap<String, String>);

impl Aliases {
    /// Masked names. Different ones stay apart by a number, in the order of the names: `/orders/… (2)`.
    pub fn masked<'n>(names: impl IntoIterator<Item = &'n str>, kind: Kind) -> Self {
        let names = crate::order::set(names);
        let masked = |name: &'n str| (name, text(name, kind));
        // A name that is not changed keeps its own.
        let mut taken: BTreeSet<String> = crate::order::set(names.iter().filter_map(|name| {
            let (name, masked) = masked(name);
            (masked == name).then(|| name.to_owned())
        }));
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        let mut aliases = BTreeMap::new();
        for (name, masked) in names.into_iter().map(masked) {
            let mut alias = masked.into_owned();
            if alias != name {
                let count = counts.entry(alias.clone()).or_default();
                let plain = alias;
                alias = loop {
                    *count += 1;
                    let alias = if *count == 1 { plain.clone() } else { format!("{plain} ({count})") };
                    if taken.insert(alias.clone()) {
                        break alias;
                    }
                };
            }
            aliases.insert(name.to_owned(), alias);
        }
        Self(aliases)
    }

    /// Masked sentences; equal ones become one.
    pub fn merged<'n>(texts: impl IntoIterator<Item = &'n str>, kind: Kind) -> Self {
        let texts = texts.into_iter().map(|given| (given.to_owned(), text(given, kind).into_owned()));
        Self(crate::order::map(texts))
    }

    /// Hashes of names: the fewest hexadecimal digits, at least six, that are unique.
    pub fn hashed<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        let names = crate::order::set(names);
        let all = |digits: usize| -> BTreeMap<String, String> {
            let alias = |name: &str| {
                let hash = format!("{:016x}", fnv(name));
                format!("endpoint-{}", hash.get(..digits).unwrap_or_default())
            };
            crate::order::map(names.iter().map(|n| ((*n).to_owned(), alias(n))))
        };
        let apart = |aliases: &BTreeMap<String, String>| crate::order::set(aliases.values()).len() == aliases.len();
        let found = [6, 8, 12, 16].into_iter().map(all).find(apart);
        let numbered = || names.iter().enumerate().map(|(i, n)| ((*n).to_owned(), format!("endpoint-{i}")));
        Self(found.unwrap_or_else(|| crate::order::map(numbered())))
    }

    /// What replaces a name; itself, if it is none of them.
    pub fn get<'a>(&'a self, name: &'a str) -> &'a str {
        self.known(name).unwrap_or(name)
    }

    /// What replaces a name.
    pub fn known(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Replaces a name in place.
    pub fn put(&self, name: &mut String) {
        if let Some(alias) = self.0.get(name.as_str()) {
            name.clone_from(alias);
        }
    }

    /// Names and their replacements, in the order of the names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, alias)| (name.as_str(), alias.as_str()))
    }

    /// Whether a name is changed.
    pub fn change_any(&self) -> bool {
        self.iter().any(|(name, alias)| name != alias)
    }
}

/// FNV-1a with final mixing, so that the first digits of similar names differ.
fn fnv(text: &str) -> u64 {
    let hash = crate::fnv::fnv1a(text.bytes());
    let hash = (hash ^ hash >> 32).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    hash ^ hash >> 29
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn different_names_stay_apart() {
        let names = ["/orders/11111", "/orders/22222", "/orders/… (2)", "/v1/chat", "/orders/33333"];
        let aliases = Aliases::masked(names, Kind::Name);
        let got: Vec<_> = aliases.iter().collect();
        assert_eq!(
            got,
            [
                ("/orders/11111", "/orders/…"),
                ("/orders/22222", "/orders/… (3)"),
                ("/orders/33333", "/orders/… (4)"),
                ("/orders/… (2)", "/orders/… (2)"),
                ("/v1/chat", "/v1/chat"),
            ]
        );
        // What was masked is not masked again.
        assert!(!Aliases::masked(got.iter().map(|(_, alias)| *alias), Kind::Name).change_any());
    }
}
