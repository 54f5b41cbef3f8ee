//! Archives that CI systems and people make of results, packed by the real tools (`tests/cases/archives/make.sh`): what is in
//! them is read as if it were not packed.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::path::{Path, PathBuf};
use std::process::Command;

use loaddiff::ingest::{Error, Options, Part, Parts, Problem, Reader, assemble, group, guess_roles, read};
use loaddiff::run::Run;

fn packed(name: &str) -> Vec<u8> {
    std::fs::read(folder().join(name)).unwrap()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/archives")
}

fn parts_of(name: &str, bytes: &[u8], chunk: usize) -> Result<Vec<Part>, Error> {
    let mut reader = Reader::new(name, Options::default());
    bytes.chunks(chunk).try_for_each(|chunk| reader.push(chunk))?;
    reader.parts()
}

fn parts(name: &str) -> Vec<Part> {
    parts_of(name, &packed(name), 1000).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn error(name: &str) -> Error {
    parts_of(name, &packed(name), 1000).err().unwrap()
}

/// The run, without what tells of the packing.
fn plain(part: Part) -> Run {
    let mut run = assemble(vec![part], Parts::Refuse).unwrap();
    run.notes.retain(|note| !["unzipped", "archive-left-out"].contains(&note.code()));
    run.notes.iter_mut().for_each(|note| note.file = None);
    for file in &mut run.source.files {
        (file.bytes, file.fingerprint) = (0, 0);
        file.name.clear();
    }
    run.label.clear();
    run
}

fn unpacked() -> Run {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/jmeter/2.13/every-column.csv");
    plain(read("results.jtl", &std::fs::read(path).unwrap()).unwrap())
}

#[test]
fn an_artifact_with_two_runs_is_two_sides() {
    let parts = parts("runs.zip");
    let paths: Vec<&str> = parts.iter().map(|part| part.path.as_str()).collect();
    assert_eq!(paths, ["runs.zip/base/results.jtl", "runs.zip/candidate/results.jtl"]);
    let left = parts[0].clone();
    let run = assemble(vec![left], Parts::Refuse).unwrap();
    let note = run.notes.iter().find(|note| note.code() == "archive-left-out").unwrap();
    assert_eq!(note.text(), "Read 2 of 4 files in the archive. Left out: README.txt, chart.png.");
    assert_eq!(plain(parts[0].clone()), unpacked());
    let mean = |part: &Part| plain(part.clone()).total.unwrap().latency.mean_ms.unwrap();
    assert!((mean(&parts[1]) - mean(&parts[0]) - 20.0).abs() < 1e-9);
    let groups = group(parts);
    let guess = guess_roles(&groups).unwrap();
    assert_eq!((groups.len(), guess.baseline), (2, 0));
}

#[test]
fn every_archive_gives_what_was_packed() {
    for name in ["base.tar", "base.tar.gz", "base.jtl.zst", "frames.jtl.zst", "gz.zip"] {
        let parts = parts(name);
        assert_eq!(parts.len(), 1, "{name}");
        assert_eq!(plain(parts[0].clone()), unpacked(), "{name}");
    }
    assert_eq!(parts("inner.zip").len(), 2);
}

#[test]
fn chunks_make_no_difference() {
    for name in ["runs.zip", "base.tar.gz", "base.jtl.zst"] {
        let whole = parts(name).into_iter().map(plain).collect::<Vec<_>>();
        for chunk in [1, 7, 100_000] {
            let again = parts_of(name, &packed(name), chunk).unwrap().into_iter().map(plain).collect::<Vec<_>>();
            assert_eq!(again, whole, "{name} in {chunk}");
        }
    }
}

#[test]
fn what_cannot_be_read_says_why() {
    let text = |name: &str| error(name).to_string();
    assert!(text("empty.zip").contains("empty.zip: The zip archive is empty."), "{}", text("empty.zip"));
    let none = text("none.zip");
    assert!(
        none.contains("None of the 2 files in the zip archive can be read. README.txt: The format is not"),
        "{none}"
    );
    let locked = text("locked.zip");
    assert!(locked.to_lowercase().contains("password"), "{locked}");
    assert!(text("deep.zip").contains("an archive within an archive within an archive"), "{}", text("deep.zip"));
}

/// 100 MB of one row in 97 kB: more than 500 times its size.
#[test]
fn a_bomb_is_refused() {
    let error = error("bomb.zip");
    assert!(matches!(error.problem(), Problem::BadArchive { .. } | Problem::NoUsableRow { .. }), "{error}");
}

/// Cut anywhere, an archive gives an error or what it had, and no panic; what is missing is told.
#[test]
fn cut_and_damaged_archives() {
    for name in ["runs.zip", "base.tar", "base.tar.gz", "base.jtl.zst", "frames.jtl.zst"] {
        let whole = packed(name);
        let requests = |parts: &[Part]| -> u64 {
            parts.iter().map(|part| plain(part.clone()).total.unwrap().requests.unwrap()).sum()
        };
        let all = requests(&parts(name));
        for at in (0..whole.len()).step_by(97) {
            let mut damaged = whole.clone();
            damaged[at] ^= 0x55;
            // A tar archive has no checksum of its files: there, a damaged byte is another file.
            let damaged = if name == "base.tar" { &whole[..at] } else { &damaged };
            for bytes in [&whole[..at], damaged] {
                let Ok(parts) = parts_of(name, bytes, 4096) else { continue };
                let told = |part: &Part| {
                    let run = assemble(vec![part.clone()], Parts::Refuse).unwrap();
                    run.notes.iter().any(|note| {
                        [
                            "damaged-archive",
                            "cut-archive",
                            "trailing-bytes",
                            "cut-row",
                            "archive-left-out",
                            "rows-rejected",
                        ]
                        .contains(&note.code())
                    })
                };
                let fewer = requests(&parts) < all;
                assert!(!fewer || parts.iter().any(told), "{name} at {at}: {} of {all} requests", requests(&parts));
            }
        }
    }
}

/// Cut between two files, what is there is whole: only the end tells that files may be missing.
#[test]
fn a_tar_archive_without_its_end_is_told() {
    let whole = packed("base.tar");
    let end = whole.iter().rposition(|byte| *byte != 0).unwrap().next_multiple_of(512);
    let parts = parts_of("base.tar", &whole[..end], 4096).unwrap();
    let told = assemble(parts.clone(), Parts::Refuse).unwrap();
    let note = told.notes.iter().find(|note| note.code() == "damaged-archive").unwrap();
    assert!(note.text().contains("the end of the tar archive is missing"), "{}", note.text());
    assert_eq!(plain(parts[0].clone()).requests(), unpacked().requests());
}

// ---- the command line

#[test]
fn the_command_line_takes_archives_and_folders() {
    let inspect = |path: &Path| {
        let output = Command::new(env!("CARGO_BIN_EXE_loaddiff")).arg("inspect").arg(path).output().unwrap();
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (text, _) = inspect(&folder().join("runs.zip"));
    assert!(text.matches("JMeter").count() >= 2, "{text}");
    let folder_of_runs = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder_of_runs.path().join("base")).unwrap();
    std::fs::copy(folder().join("base.tar"), folder_of_runs.path().join("base/base.tar")).unwrap();
    std::fs::write(folder_of_runs.path().join("notes.txt"), "nothing").unwrap();
    let (text, told) = inspect(folder_of_runs.path());
    assert!(text.contains("results.jtl"), "{text}");
    assert!(told.contains("read 1 of 2 files. Left out: ") && told.contains("notes.txt"), "{told}");
    let (_, told) = inspect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/img"));
    assert!(told.contains("files can be read. The first: "), "{told}");
}

/// A report beside the log it was made from is the same run, not another part of it.
#[test]
fn a_run_told_twice_counts_once() {
    let rows: String =
        (0..50).map(|i| format!("{},{},/a,200,true\n", 1_700_000_000_000_u64 + i * 100, 10 + i)).collect();
    let log = format!("timeStamp,elapsed,label,responseCode,success\n{rows}");
    let row = |name: &str| {
        format!(
            "\"{name}\": {{\"transaction\": \"{name}\", \"sampleCount\": 50, \"errorCount\": 0, \"meanResTime\": 34.5}}"
        )
    };
    let statistics = format!("{{{}, {}}}", row("/a"), row("Total"));
    let read = |path: &str, text: &str| read(path, text.as_bytes()).unwrap();
    let log = read("zip/run/results.jtl", &log);
    let summary = read("zip/run/report/statistics.json", &statistics);
    let groups = group(vec![summary.clone(), log.clone()]);
    assert_eq!(groups.len(), 1);
    let run = assemble(groups[0].parts.clone(), Parts::Refuse).unwrap();
    assert_eq!(run.requests(), Some(50));
    assert!(run.endpoints[0].latency.distribution.quantile_ms(loaddiff::run::Percentile::P95).is_some());
    let note = run.notes.iter().find(|note| note.code() == "told-twice").unwrap();
    assert_eq!(note.text(), "statistics.json holds the same run as results.jtl, with less detail, and was left out.");
    // Elsewhere it may be another run of the same length.
    let other = read("zip/base/report/statistics.json", &statistics);
    assert_eq!(group(vec![other, log]).len(), 2);
}
