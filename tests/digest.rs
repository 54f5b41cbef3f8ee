//! Digests: in any order and nesting, reading them gives what reading all files at once gives.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use loaddiff::ingest::{self, Part, Parts, assemble, digest, read};
use proptest::prelude::*;

const HEADER: &str =
    "timeStamp,elapsed,label,responseCode,responseMessage,threadName,success,bytes,grpThreads,allThreads\n";

/// A JTL file of `rows` requests that begins `start_s` into the test.
fn jtl(seed: u64, rows: u64, start_s: u64) -> String {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let mut text = HEADER.to_owned();
    let mut at = 1_700_000_000_000 + start_s * 1000;
    for _ in 0..rows {
        at += next(400);
        let (elapsed, label, failed, users) = (1 + next(900), next(4), next(20) == 0, 1 + next(9));
        let (code, message, success) = if failed { (500, "Error", false) } else { (200, "OK", true) };
        let thread = next(5);
        writeln!(text, "{at},{elapsed},GET /{label},{code},{message},T {thread},{success},{elapsed},{users},{users}")
            .unwrap();
    }
    text
}

fn part(name: &str, text: &str) -> Part {
    read(name, text.as_bytes()).unwrap()
}

fn digest_of(parts: Vec<Part>) -> Part {
    part("some.digest.json", &digest(parts).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// The steps merge two parts, each a file or a digest, as workers of a cluster do.
    #[test]
    fn any_tree_of_digests_is_all_files_at_once(
        files in prop::collection::vec((any::<u64>(), 0_u64..120, 0_u64..200), 2..7),
        packed in prop::collection::vec(any::<bool>(), 7),
        steps in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 7),
    ) {
        let all: Vec<Part> = files
            .iter()
            .enumerate()
            .map(|(at, (seed, rows, start))| part(&format!("gen{at}.jtl"), &jtl(*seed, rows + 1, *start)))
            .collect();
        let at_once = assemble(all.clone(), Parts::Merge).unwrap();
        let bytes = digest(all.clone()).unwrap();
        let mut left: Vec<Part> = all
            .into_iter()
            .zip(packed)
            .map(|(part, packed)| if packed { digest_of(vec![part]) } else { part })
            .collect();
        for (a, b) in steps {
            prop_assert_eq!(&assemble(left.clone(), Parts::Merge).unwrap(), &at_once);
            if left.len() > 1 {
                let a = left.remove(a.index(left.len()));
                let b = left.remove(b.index(left.len()));
                left.push(digest_of(vec![a, b]));
            }
        }
        prop_assert_eq!(digest(left).unwrap(), bytes);
    }

    /// Damage is an error or another digest, never a panic.
    #[test]
    fn a_damaged_digest_is_an_error(at in any::<prop::sample::Index>(), by in 1_u8..255, cut in any::<bool>()) {
        let mut bytes = digest(vec![part("a.jtl", &jtl(1, 30, 0))]).unwrap().into_bytes();
        let at = at.index(bytes.len());
        if cut { bytes.truncate(at) } else { bytes[at] ^= by }
        if let Ok(part) = read("d.json", &bytes) {
            let _ = assemble(vec![part], Parts::Refuse);
        }
    }
}

/// The files of every fixture's folder that can be read, each with its companions.
#[test]
fn a_digest_stands_for_the_files_of_every_fixture() {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")];
    let mut count = 0;
    while let Some(folder) = folders.pop() {
        let mut paths: Vec<PathBuf> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        let (inner, files): (Vec<_>, Vec<_>) = paths.into_iter().partition(|path| path.is_dir());
        folders.extend(inner);
        let parts = files.iter().filter_map(|path| read(path.to_str().unwrap(), &std::fs::read(path).unwrap()).ok());
        for group in ingest::group(parts.collect()) {
            let Ok(run) = assemble(group.parts.clone(), Parts::Merge) else { continue };
            // What has no distributions, such as a report read back, has no digest.
            let Ok(text) = digest(group.parts.clone()) else { continue };
            let again = assemble(vec![part("d.json", &text)], Parts::Refuse).unwrap();
            assert_eq!(again, run, "{} {}", folder.display(), group.key);
            count += 1;
        }
    }
    assert!(count > 100, "only {count} runs");
}

#[test]
fn a_digest_of_another_version_says_so() {
    let error = read("d.json", br#"{"loaddiff_digest": 99, "runs": ["AA"]}"#).unwrap_err().to_string();
    assert!(
        error.contains("d.json: This digest was written by another version of loaddiff (version 99, not"),
        "{error}"
    );
    assert!(error.contains("loaddiff digest"), "{error}");
}

#[test]
fn a_run_that_is_none_has_its_number() {
    let good = digest(vec![part("a.jtl", &jtl(1, 30, 0))]).unwrap();
    let text = good.replace("\n]}", ",\n\"AAAA\"\n]}");
    let error = read("d.json", text.as_bytes()).unwrap_err().to_string();
    assert!(error.contains("Run 2 of this digest is damaged"), "{error}");
}

#[test]
fn digests_are_one_result_each() {
    let digest = digest_of(vec![part("a.jtl", &jtl(1, 30, 0)), part("b.jtl", &jtl(2, 30, 0))]);
    assert!(assemble(vec![digest.clone()], Parts::Refuse).is_ok());
    assert!(assemble(vec![digest, part("c.jtl", &jtl(3, 30, 0))], Parts::Refuse).is_err());
}
