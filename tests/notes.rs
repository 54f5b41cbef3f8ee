//! The words of all notes, read from the sources: their files, and whether their placeholders can be filled.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Maximum placeholders, below the library's own limit (`MAX_PLACES` of `src/run/note.rs`).
const MAX_PLACES: usize = 8;

/// Every constant of note words: its file, its name and the lines of its value.
fn all() -> Vec<(PathBuf, String, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut folders, mut found) = (vec![src.clone()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let file = path.strip_prefix(&src).unwrap().to_owned();
            for (before, behind) in text.match_indices(": Words =").map(|(at, _)| text.split_at(at)) {
                let name = before.rsplit(' ').next().unwrap().to_owned();
                found.push((file.clone(), name, behind.split("};").next().unwrap().to_owned()));
            }
        }
    }
    found
}

/// The value of a string member, with lines joined as by the compiler.
fn member(words: &str, name: &str) -> Option<String> {
    let (_, value) = words.split_once(&format!("{name}: \""))?;
    let joined: Vec<&str> = value.split("\\\n").map(str::trim_start).collect();
    Some(joined.concat().split('"').next().unwrap().to_owned())
}

/// Several tools may use the same code with different words: the level is the same for all.
#[test]
fn a_code_has_one_level() {
    let mut levels: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut texts = BTreeMap::new();
    for (file, name, words) in all() {
        if let Some(code) = member(&words, "code") {
            assert!(code.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'), "{code}");
            let level = words.split("NoteLevel::").nth(1).unwrap().split([',', ' ']).next().unwrap();
            levels.entry(code).or_default().insert(level.to_owned());
        }
        let text = member(&words, "text").unwrap_or_else(|| panic!("{name} has no text"));
        let other = texts.insert(text, (file.clone(), name.clone()));
        assert_eq!(other, None, "the text of {name} in {}", file.display());
    }
    assert!(levels.len() > 50, "{levels:#?}");
    levels.retain(|_, levels| levels.len() > 1);
    assert!(levels.is_empty(), "{levels:#?}");
}

#[test]
fn texts_are_sentences_with_placeholders() {
    for (_, name, words) in all() {
        let text = member(&words, "text").unwrap();
        assert!(text.ends_with(['.', '}']), "{name}: {text}");
        assert!(!text.contains("  "), "{name}: {text}");
        let places: Vec<&str> = text.split('{').skip(1).collect();
        assert!(places.len() <= MAX_PLACES, "{name}");
        for place in &places {
            let (place, _) = place.split_once('}').unwrap_or_else(|| panic!("{name}: {text}"));
            let (index, nouns) = place.split_once(':').unwrap_or((place, "row|rows"));
            assert!(index.parse().is_ok_and(|index: usize| index < MAX_PLACES), "{name}: {{{place}}}");
            assert_eq!(nouns.matches('|').count(), 1, "{name}: {{{place}}}");
        }
        assert_eq!(text.matches('}').count(), places.len(), "{name}: {text}");
    }
}
