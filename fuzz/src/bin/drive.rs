//! Runs the fuzz targets without libFuzzer: `drive SECONDS FOLDER [SEED]`. Inputs are those of `corpus/` and `seeds()`, changed by a
//! seeded generator; one whose target panics is written to FOLDER. Prints a line for each target at the end.

use std::collections::BTreeMap;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{env, fs};

type Target = (&'static str, fn(&[u8]));

const TARGETS: [Target; 6] = [
    ("ingest", loaddiff_fuzz::ingest),
    ("archive", loaddiff_fuzz::archive),
    ("rows", loaddiff_fuzz::rows),
    ("thresholds", loaddiff_fuzz::thresholds),
    ("link", loaddiff_fuzz::link),
    ("report", loaddiff_fuzz::report),
];

/// xorshift64*.
struct Seed(u64);

impl Seed {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() >> 33) as usize % n.max(1)
    }
}

fn main() {
    let args: Vec<String> = env::args().collect();
    let seconds = args.get(1).and_then(|s| s.parse().ok()).expect("drive SECONDS FOLDER [SEED]");
    let folder = PathBuf::from(args.get(2).expect("drive SECONDS FOLDER [SEED]"));
    fs::create_dir_all(&folder).expect("the folder can be made");
    let mut seed = Seed(args.get(3).and_then(|s| s.parse().ok()).unwrap_or(0x5eed));
    let until = Instant::now() + Duration::from_secs(seconds);
    panic::set_hook(Box::new(|_| {}));
    let corpus: Vec<Vec<Vec<u8>>> = TARGETS.iter().map(|(name, _)| seeds(name)).collect();
    let mut tried: BTreeMap<&str, u64> = BTreeMap::new();
    let mut found: BTreeMap<String, u64> = BTreeMap::new();
    while Instant::now() < until {
        for ((name, target), corpus) in TARGETS.iter().zip(&corpus) {
            let began = Instant::now();
            // Each target has the same time.
            while began.elapsed() < Duration::from_secs(2) && Instant::now() < until {
                let input = changed(corpus, &mut seed);
                *tried.entry(name).or_default() += 1;
                let outcome = panic::catch_unwind(AssertUnwindSafe(|| target(&input)));
                let Err(cause) = outcome else { continue };
                let said = cause.downcast_ref::<String>().map(String::as_str).or(cause.downcast_ref::<&str>().copied());
                let said: String = said.unwrap_or("it panicked").chars().take(160).collect();
                let kind = format!("{name}: {}", said.split(|c: char| c.is_ascii_digit()).next().unwrap_or_default());
                let number = found.entry(kind.clone()).or_default();
                *number += 1;
                if *number <= 3 {
                    let path = folder.join(format!("{name}-{:016x}", seed.next()));
                    fs::write(&path, &input).expect("the finding can be written");
                    println!("{}: {said}", path.display());
                }
            }
        }
    }
    for (name, tried) in tried {
        println!("{name}: {tried} inputs");
    }
    for (kind, number) in found {
        println!("{number} × {kind}");
    }
}

/// The inputs to begin with: the corpus, and the fixtures of the tests.
fn seeds(name: &str) -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut seeds = Vec::new();
    let mut folders = vec![root.join("corpus").join(name)];
    match name {
        "ingest" => folders.push(root.join("../tests/fixtures")),
        "archive" => folders.extend(["../tests/fixtures", "../tests/cases/archives"].map(|folder| root.join(folder))),
        "thresholds" => folders.push(root.join("../src/policy/profiles")),
        _ => {}
    }
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if entry.metadata().is_ok_and(|about| about.len() < 20_000) {
                let mut bytes = fs::read(&path).unwrap_or_default();
                if name == "ingest" && path.starts_with(root.join("../tests")) {
                    bytes.splice(0..0, [0, 7]);
                }
                if name == "archive" {
                    let kind = if path.starts_with(root.join("../tests/cases")) { 0 } else { seeds.len() as u8 };
                    bytes.splice(0..0, [kind, 0x80, 7]);
                }
                seeds.push(bytes);
            }
        }
    }
    seeds.sort();
    seeds.push(vec![0; 64]);
    seeds
}

/// One of the inputs, changed in a few places; or any bytes.
fn changed(corpus: &[Vec<u8>], seed: &mut Seed) -> Vec<u8> {
    const TOKENS: [&[u8]; 16] = [
        b",", b"\n", b"\"", b"\r\n", b"0", b"-1", b"1e308", b"null", b"\xff", b"\xef\xbb\xbf", b"18446744073709551616",
        b"253402300800", b"{", b"]", b"NaN", b"\0",
    ];
    if seed.below(8) == 0 {
        return (0..seed.below(3000)).map(|_| seed.next() as u8).collect();
    }
    let mut bytes = corpus[seed.below(corpus.len())].clone();
    for _ in 0..=seed.below(6) {
        let at = seed.below(bytes.len() + 1);
        let most = 1 << seed.below(9);
        let until = (at + seed.below(most)).min(bytes.len());
        match seed.below(7) {
            0 if at < bytes.len() => bytes[at] = seed.next() as u8,
            1 => drop(bytes.splice(at..until, [])),
            2 => {
                let piece = bytes[at..until].to_vec();
                let to = seed.below(bytes.len() + 1);
                bytes.splice(to..to, piece);
            }
            3 => {
                let token = TOKENS[seed.below(TOKENS.len())];
                bytes.splice(at..(at + seed.below(2)).min(bytes.len()), token.iter().copied());
            }
            4 => {
                let other = &corpus[seed.below(corpus.len())];
                let from = seed.below(other.len() + 1);
                let piece = other[from..(from + seed.below(200)).min(other.len())].to_vec();
                bytes.splice(at..at, piece);
            }
            5 if at < bytes.len() => bytes[at] ^= 1 << seed.below(8),
            _ => bytes.truncate(bytes.len() - seed.below(bytes.len() / 4 + 1)),
        }
    }
    bytes
}
