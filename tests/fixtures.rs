//! Every fixture of every tool: `tests/fixtures/<tool>/<version>/`, with `expected.json` next to the files. Fixtures
//! alone test a new format here; peculiarities of a tool have separate tests.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use loaddiff::ingest::slice::{HEAD, Plan, Slice, Stretch};
use loaddiff::ingest::{Error, FORMATS, Options, Part, Parts, Reader, assemble, read};
use loaddiff::run::{Endpoint, Percentile, Run};
use serde_json::Value;

struct Fixture {
    path: PathBuf,
    /// Unchanged, possibly compressed.
    bytes: Vec<u8>,
    expected: Value,
}

impl Fixture {
    fn label(&self) -> String {
        self.path.display().to_string()
    }

    /// Unpacked.
    fn content(&self) -> Vec<u8> {
        if !self.bytes.starts_with(&[0x1f, 0x8b]) {
            return self.bytes.clone();
        }
        let mut content = Vec::new();
        flate2::read::MultiGzDecoder::new(self.bytes.as_slice()).read_to_end(&mut content).unwrap();
        content
    }
}

fn fixtures() -> Vec<Fixture> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let folders = |of: &Path| -> Vec<PathBuf> {
        std::fs::read_dir(of).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect()
    };
    let mut all = Vec::new();
    for version in folders(&root).iter().flat_map(|tool| folders(tool)) {
        let Ok(text) = std::fs::read_to_string(version.join("expected.json")) else { continue };
        let expected: Value = serde_json::from_str(&text).unwrap();
        // Files with values in other tests are read as well.
        for entry in std::fs::read_dir(&version).unwrap() {
            let path = entry.unwrap().path();
            let bytes = std::fs::read(&path).unwrap();
            let expected = expected["files"][path.file_name().unwrap().to_str().unwrap()].clone();
            if !expected.is_null() || read("f", &bytes).is_ok() {
                all.push(Fixture { bytes, path, expected });
            }
        }
    }
    all.sort_by_key(Fixture::label);
    // JMeter, k6 and Locust, of twelve versions.
    assert!(all.len() >= 54, "only {} fixtures", all.len());
    all
}

const SMALLEST: &str = "Type,Name,Request Count,Failure Count\nGET,/a,1,0\n";

/// A file's run; companion files are added to a minimal one. Names, sizes and fingerprints are ignored.
fn outcome(part: Result<Part, Error>) -> Result<Run, String> {
    let part = part.map_err(|error| error.to_string())?;
    let smallest = read("zzz_stats.csv", SMALLEST.as_bytes()).unwrap();
    let run = assemble(vec![part.clone()], Parts::Refuse).or_else(|_| assemble(vec![part, smallest], Parts::Refuse));
    let mut run = run.map_err(|error| error.to_string())?;
    run.label.clear();
    for file in &mut run.source.files {
        (file.bytes, file.fingerprint) = (0, 0);
        file.name.clear();
        file.evidence.clear();
    }
    run.notes.iter_mut().for_each(|note| note.file = None);
    Ok(run)
}

fn of(bytes: &[u8]) -> Result<Run, String> {
    outcome(read("f", bytes))
}

fn chunked(bytes: &[u8], size: usize) -> Result<Run, String> {
    let mut reader = Reader::new("f", Options::default());
    match bytes.chunks(size).try_for_each(|chunk| reader.push(chunk)) {
        Ok(()) => outcome(reader.finish()),
        Err(error) => outcome(Err(error)),
    }
}

/// Random numbers from a seed (SplitMix64).
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % n.max(1) as u64) as usize
    }
}

/// Third-party samples are read in place, if present. Skipped ones are reported even with captured output.
#[test]
fn skipped_samples_are_reported() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    if root.join("../shared/samples").exists() {
        return;
    }
    let tests = std::fs::read_dir(root.join("tests")).unwrap().filter_map(|entry| {
        let text = std::fs::read_to_string(entry.unwrap().path()).ok()?;
        Some(text.matches("\"../shared/samples").count())
    });
    let places: usize = tests.sum();
    writeln!(std::io::stderr(), "not run: {places} places in tests/ read ../shared/samples, which is not here")
        .unwrap();
}

// ---- values

#[test]
fn counts_equal_an_independent_reader() {
    let mut compared = 0;
    for fixture in fixtures() {
        let Some(endpoints) = fixture.expected["endpoints"].as_array().filter(|all| all[0]["requests"].is_u64()) else {
            continue;
        };
        // A history has the last state of its endpoints only if it lists them.
        if fixture.expected["kind"].as_str().is_some_and(|kind| !matches!(kind, "stats" | "json")) {
            continue;
        }
        let run = outcome(read("unknown", &fixture.bytes)).unwrap_or_else(|e| panic!("{}: {e}", fixture.label()));
        let total = run.total.as_ref().map(|total| (total, &fixture.expected["total"]));
        let found = |want: &Value| -> Option<&Endpoint> {
            let method = want["method"].as_str();
            let name = want["name"].as_str()?;
            run.endpoint(method, name).or_else(|| run.endpoint(None, name))
        };
        for (got, want) in endpoints.iter().filter_map(|want| Some((found(want)?, want))).chain(total) {
            let label = format!("{} {}", fixture.label(), got.label());
            assert_eq!(got.requests, want["requests"].as_u64(), "{label}");
            assert_eq!(got.failures, want["failures"].as_u64(), "{label}");
            if fixture.expected["figures"] == true {
                figures_are_those_of(got, want, &label);
            }
            compared += 1;
        }
        assert_eq!(run.endpoints.len(), endpoints.len(), "{}", fixture.label());
    }
    assert!(compared > 150, "{compared}");
}

/// Every figure in `expected.json`, in milliseconds and per second, if it has `"figures": true`; null means unknown.
fn figures_are_those_of(got: &Endpoint, want: &Value, label: &str) {
    for (key, want) in want.as_object().unwrap() {
        let value = match key.as_str() {
            "method" | "name" | "requests" | "failures" => continue,
            "mean" => got.latency.mean_ms,
            "min" => got.latency.min_ms,
            "max" => got.latency.max_ms,
            "rate" => got.rate_per_s,
            "bytes" => got.mean_bytes,
            percentile => {
                let percentile = Percentile::parse(percentile.strip_prefix('p').unwrap()).unwrap();
                got.latency.distribution.quantile_ms(percentile)
            }
        };
        let near = match (value, want.as_f64()) {
            (Some(value), Some(want)) => (value - want).abs() <= 1e-6 * want.abs().max(1.0),
            (value, want) => value == want,
        };
        assert!(near, "{label} {key}: {value:?} for {want}");
    }
}

#[test]
fn every_sampled_format_has_a_fixture() {
    let read: Vec<String> =
        fixtures().iter().filter_map(|f| Some(read("f", &f.bytes).ok()?.file.format.into_owned())).collect();
    let without: Vec<&str> = FORMATS.iter().map(|f| f.id).filter(|id| !read.iter().any(|read| read == id)).collect();
    // The simulator and the scripts have no versions.
    assert_eq!(without, ["simulator-csv", "service-metrics"]);
}

// ---- names, chunks and slices

#[test]
fn names_make_no_difference() {
    for fixture in fixtures() {
        let want = of(&fixture.bytes);
        assert!(want.is_ok(), "{}: {want:?}", fixture.label());
        for name in ["unknown", "a/b/other_stats_history.csv", "x.json.gz", "C:\\x\\results.jtl"] {
            assert_eq!(outcome(read(name, &fixture.bytes)), want, "{} as {name}", fixture.label());
        }
    }
}

#[test]
fn chunks_make_no_difference() {
    for fixture in fixtures() {
        let want = of(&fixture.bytes);
        for size in [1, 7, 4096] {
            assert_eq!(chunked(&fixture.bytes, size), want, "{} in {size}", fixture.label());
        }
    }
}

/// Read in two slices.
fn sliced(plan: &Plan, bytes: &[u8], cut: usize) -> Result<Run, String> {
    let fill = |stretch: &Stretch, mut slice: Slice| {
        for chunk in bytes[stretch.bytes.start as usize..].chunks(1024) {
            if !slice.push(chunk) {
                break;
            }
        }
        slice.end()
    };
    let mut joined = plan.join();
    for (from, to, is_last) in [(0, cut, false), (cut, bytes.len(), true)] {
        let stretch = Stretch { bytes: from as u64..to as u64, is_last };
        let mut next = joined.add_rows(fill(&stretch, plan.slice(&stretch))).map_err(|e| e.to_string())?;
        while let Some(again) = next {
            next = joined.add_rows(fill(&again, plan.again(&again))).map_err(|e| e.to_string())?;
        }
    }
    outcome(joined.finish())
}

fn in_slices(bytes: &[u8], random: &mut Random, most: usize, label: &str) -> usize {
    let Some(plan) = Plan::new("f", &bytes[..bytes.len().min(HEAD)], Options::default()) else { return 0 };
    let want = of(bytes);
    let all = bytes.len() <= 8192 && most > 8192;
    let cuts: Vec<usize> =
        if all { (0..=bytes.len()).collect() } else { (0..most.min(200)).map(|_| random.below(bytes.len())).collect() };
    for cut in &cuts {
        assert_eq!(sliced(&plan, bytes, *cut), want, "{label} cut at {cut}");
    }
    cuts.len()
}

#[test]
fn slices_make_no_difference() {
    let mut random = Random(1);
    let tried: usize = fixtures().iter().map(|f| in_slices(&f.content(), &mut random, usize::MAX, &f.label())).sum();
    println!("{tried} cuts");
    assert!(tried > 10_000, "{tried}");
}

// ---- mutations

/// Invariants of every run.
fn sound(run: &Run, label: &str) {
    let rows = run.rows;
    assert_eq!(rows.read, rows.endpoints + rows.totals + rows.merged + rows.rejected, "{label}: {rows:?}");
    for endpoint in run.endpoints.iter().chain(&run.total) {
        assert!(endpoint.latency.mean_ms.is_none_or(|ms| ms.is_finite() && ms >= 0.0), "{label}: {endpoint:?}");
    }
    assert!(run.endpoints.windows(2).all(|pair| pair[0].key() < pair[1].key()), "{label}");
}

#[test]
fn mutated_files_do_no_harm() {
    let mut random = Random(2);
    let pieces: [&[u8]; 12] =
        [b"\"", b"\"\"", b",", b"\n", b"\r\n", b"\r", b"-1", b"NaN", b"\0", b"\xff", b"1e999", b"{}"];
    let (mut tried, mut read) = (0, 0);
    for fixture in fixtures() {
        for _ in 0..25 {
            let mut bytes = fixture.bytes.clone();
            for _ in 0..=random.below(4) {
                let at = random.below(bytes.len());
                match random.below(4) {
                    0 => bytes[at] ^= 1 << random.below(8),
                    1 => drop(bytes.splice(at..at, pieces[random.below(pieces.len())].iter().copied())),
                    2 => drop(bytes.drain(at..(at + 1 + random.below(40)).min(bytes.len()))),
                    _ => bytes.truncate(at.max(1)),
                }
                if bytes.is_empty() {
                    bytes.push(b'x');
                }
            }
            let whole = of(&bytes);
            assert_eq!(chunked(&bytes, 1 + random.below(500)), whole, "{}", fixture.label());
            in_slices(&bytes, &mut random, 2, &fixture.label());
            tried += 1;
            if let Ok(run) = whole {
                sound(&run, &fixture.label());
                read += 1;
            }
        }
    }
    println!("{tried} mutated files, {read} of them read");
    assert!(read * 2 > tried, "{read} of {tried}");
}

// ---- conservation

/// Rows that could not be read, according to the notes.
fn lost(run: &Run) -> u64 {
    run.notes
        .iter()
        .map(|note| match note.code() {
            "rows-rejected" => note.count(0).unwrap(),
            "cut-row" => 1,
            _ => 0,
        })
        .sum()
}

/// A run without its losses.
fn content(run: &Run) -> Run {
    let mut run = run.clone();
    (run.rows.read, run.rows.rejected, run.rows.merged) = (0, 0, 0);
    let told = ["rows-rejected", "cut-row", "failing-rows-lost", "banner-skipped", "decoded", "unzipped"];
    run.notes.retain(|note| !told.contains(&note.code()));
    run
}

/// The lines of a file with one row per line, and the first line that is a row; `None` for other files: documents, and
/// logs with `"lines": false` in `expected.json`.
fn lines(fixture: &Fixture, run: &Run) -> Option<(Vec<String>, usize)> {
    let content = fixture.content();
    let is_log = Plan::new("f", &content[..content.len().min(HEAD)], Options::default()).is_some();
    let is_table = run.source.files.iter().any(|file| file.format.starts_with("locust-"));
    if fixture.expected["lines"] == false || !is_log && !is_table {
        return None;
    }
    let text = String::from_utf8(fixture.content()).ok()?.replace("\r\r\n", "\n").replace("\r\n", "\n");
    let is_json = text.starts_with(['[']);
    let old = text.starts_with('"');
    if is_json || old || text.lines().any(|line| line.matches('"').count() % 2 == 1) {
        return None;
    }
    let has_header = !text.starts_with('{') && !text.starts_with(|c: char| c.is_ascii_digit());
    Some((text.lines().map(str::to_owned).collect(), usize::from(has_header)))
}

fn joined(lines: &[String]) -> Vec<u8> {
    lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect::<String>().into_bytes()
}

#[test]
fn every_lost_row_is_reported() {
    let mut random = Random(3);
    let long = "x".repeat(5000);
    // None of them is a row in any format.
    let junk = [
        "junk",
        "a,b,c",
        ",,,x",
        "\"closed\"",
        "\"never closed",
        "a,\"never closed, either",
        "a,b,\"\"\"c",
        "1700000000000,\"12",
        "{\"metric\":\"http_req_duration\",\"type\":\"Point\",\"data\":{\"ti",
        "NaN",
        "\u{1}\u{2}",
        "é;ü;…",
        "#",
        &long,
    ];
    let mut tried = BTreeMap::<String, usize>::new();
    for fixture in fixtures() {
        let label = fixture.label();
        let base = of(&fixture.bytes).unwrap();
        let Some((lines, first)) = lines(&fixture, &base) else { continue };
        if lines.len() < first + 3 {
            continue;
        }
        let format = read("f", &fixture.bytes).unwrap().file.format.into_owned();
        let is_k6_json = format == "k6-json";
        let mut check = |edited: Vec<u8>, lost_rows: u64, what: &str| {
            let run = of(&edited).unwrap_or_else(|error| panic!("{label} {what}: {error}"));
            assert_eq!(lost(&run), lost(&base) + lost_rows, "{label} {what}: {:?}", run.notes);
            assert_eq!(content(&run), content(&base), "{label} {what}");
            sound(&run, &label);
            assert_eq!(chunked(&edited, 13), Ok(run), "{label} {what}");
            *tried.entry(what.chars().take(12).collect()).or_default() += 1;
        };
        let text = joined(&lines);
        check(text.clone(), 0, "as it is");
        check(String::from_utf8(text.clone()).unwrap().replace('\n', "\r\n").into_bytes(), 0, "CRLF");
        check(String::from_utf8(text.clone()).unwrap().replace('\n', "\r\r\n").into_bytes(), 0, "CRCRLF");
        check([b"\xef\xbb\xbf".as_slice(), &text].concat(), 0, "BOM");
        for junk in &junk {
            // Between two rows: after the last it may be a cut row.
            let at = first + 1 + random.below(lines.len() - first - 2);
            let mut edited = lines.clone();
            edited.insert(at, (*junk).to_owned());
            // Text between k6's lines is k6's own output, or the script's, counted in bytes.
            let is_row = !is_k6_json || junk.starts_with('{');
            check(joined(&edited), u64::from(is_row), &format!("junk {junk}"));
        }
    }
    println!("{tried:?}");
    assert!(tried.values().sum::<usize>() > 300, "{tried:?}");
}

/// Rows duplicated, removed, and reordered: counted as present.
#[test]
fn duplicated_and_removed_rows_are_counted() {
    let mut random = Random(4);
    let mut tried = 0;
    for fixture in fixtures() {
        let label = fixture.label();
        let format = read("f", &fixture.bytes).unwrap().file.format.into_owned();
        if !["jmeter-csv", "locust-requests", "k6-json", "k6-csv"].contains(&&*format) {
            continue;
        }
        let base = of(&fixture.bytes).unwrap();
        let Some((lines, first)) = lines(&fixture, &base) else { continue };
        // A k6 point, or a row, that is a request in the total.
        let is_request = |line: &str| match &*format {
            "jmeter-csv" => !line.contains("Number of samples in transaction"),
            "locust-requests" => true,
            "k6-json" => line.contains("http_req_duration") && line.contains("\"Point\""),
            _ => line.contains("http_req_duration"),
        };
        let places: Vec<usize> = (first..lines.len()).filter(|at| is_request(&lines[*at])).collect();
        let requests = |run: &Run| run.requests().unwrap();
        for _ in 0..10 {
            let at = places[random.below(places.len())];
            let mut twice = lines.clone();
            twice.insert(at, lines[at].clone());
            let run = of(&joined(&twice)).unwrap();
            assert_eq!((requests(&run), run.rows.read), (requests(&base) + 1, base.rows.read + 1), "{label}");
            let mut gone = lines.clone();
            gone.remove(at);
            let run = of(&joined(&gone)).unwrap();
            assert_eq!((requests(&run), run.rows.read), (requests(&base) - 1, base.rows.read - 1), "{label}");
            let mut mixed = lines.clone();
            for i in (first + 1..mixed.len()).rev() {
                mixed.swap(i, first + random.below(i - first + 1));
            }
            let run = of(&joined(&mixed)).unwrap();
            assert_eq!((requests(&run), run.rows.read), (requests(&base), base.rows.read), "{label}");
            assert_eq!(run.total.unwrap().failures, base.total.as_ref().unwrap().failures, "{label}");
            tried += 3;
        }
    }
    println!("{tried} edited files");
    assert!(tried >= 300, "{tried}");
}
