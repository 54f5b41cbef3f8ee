//! Archives of results from CI systems and users, packed by real tools (`tests/cases/archives/make.sh`): they read like
//! unpacked files.
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

/// The run without traces of the archive.
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
fn every_archive_gives_its_content() {
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
fn unreadable_archives_have_a_reason() {
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
    assert!(matches!(error.problem(), Problem::ArchiveRefused { .. } | Problem::NoUsableRow { .. }), "{error}");
}

/// Cut anywhere, an archive gives an error or its readable part, without panic, and reports missing parts.
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
            // tar has no checksums of files: a damaged byte is undetectable.
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

/// Cut between two files, all files present are complete: only the missing end shows that files may be missing.
#[test]
fn a_tar_archive_without_its_end_is_reported() {
    let whole = packed("base.tar");
    let end = whole.iter().rposition(|byte| *byte != 0).unwrap().next_multiple_of(512);
    let parts = parts_of("base.tar", &whole[..end], 4096).unwrap();
    let told = assemble(parts.clone(), Parts::Refuse).unwrap();
    let note = told.notes.iter().find(|note| note.code() == "damaged-archive").unwrap();
    assert!(note.text().contains("the end of the tar archive is missing"), "{}", note.text());
    assert_eq!(plain(parts[0].clone()).requests(), unpacked().requests());
}

/// A zip archive that stores its files uncompressed.
fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    use std::io::Write;
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in files {
        let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        zip.start_file(*name, stored).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)).unwrap()
}

/// Damages the local header of a file in an archive: nothing of that file can be read.
fn spoiled(mut archive: Vec<u8>, name: &str) -> Vec<u8> {
    let at = archive.windows(name.len()).position(|bytes| bytes == name.as_bytes()).unwrap() - 30;
    archive[at] = b'X';
    archive
}

const STATS: &str = "locust/2.47.0/base_stats.csv";

#[test]
fn a_damaged_file_beside_others_keeps_its_reason() {
    let files = [
        ("base_stats.csv", fixture(STATS)),
        ("base_stats_history.csv", fixture("locust/2.47.0/base_stats_history.csv")),
    ];
    let archive = zipped(&[(files[0].0, &files[0].1), (files[1].0, &files[1].1)]);
    let read = parts_of("r.zip", &spoiled(archive.clone(), "base_stats_history.csv"), 1000).unwrap();
    let run = assemble(read, Parts::Refuse).unwrap();
    let note = run.notes.iter().find(|note| note.code() == "damaged-archive").unwrap();
    assert!(
        note.text().starts_with("base_stats_history.csv in the archive could not be unpacked ("),
        "{}",
        note.text()
    );
    // The summary is the damaged one.
    let failures = fixture("locust/2.47.0/base_failures.csv");
    let archive = zipped(&[("base_failures.csv", &failures), ("base_stats.csv", &files[0].1)]);
    let read = parts_of("r.zip", &spoiled(archive, "base_stats.csv"), 1000).unwrap();
    let error = assemble(read, Parts::Refuse).unwrap_err().to_string();
    assert!(error.contains("base_stats.csv in the archive could not be unpacked"), "{error}");
    assert!(error.contains("Copy the archive again"), "{error}");
}

#[test]
fn notes_on_an_archive_are_shown_once() {
    let archive = zipped(&[
        ("base_stats.csv", &fixture(STATS)),
        ("base_failures.csv", &fixture("locust/2.47.0/base_failures.csv")),
        ("README.txt", b"nothing"),
    ]);
    let run = assemble(parts_of("r.zip", &archive, 1000).unwrap(), Parts::Refuse).unwrap();
    assert_eq!(run.notes.iter().filter(|note| note.code() == "archive-left-out").count(), 1);
}

/// The reader of the archive's directory keeps only the last file of a name.
#[test]
fn two_files_of_one_name_are_reported() {
    let mut archive = zipped(&[("a_stats.csv", &fixture(STATS)), ("b_stats.csv", &fixture(STATS))]);
    let at = |archive: &[u8]| archive.windows(11).position(|bytes| bytes == b"b_stats.csv");
    while let Some(at) = at(&archive) {
        archive[at] = b'a';
    }
    let parts = parts_of("r.zip", &archive, 1000).unwrap();
    let run = assemble(parts, Parts::Refuse).unwrap();
    let note = run.notes.iter().find(|note| note.code() == "archive-same-name").unwrap();
    assert!(note.text().starts_with("The archive has 1 more file under the name of another."), "{}", note.text());
}

#[test]
fn a_refused_archive_has_a_next_step() {
    let next = |bytes: &[u8]| {
        let error = read("f", bytes).err().unwrap();
        format!("{} {}", error.what(), error.next_step())
    };
    let unpack = "Unpack it and give the result files inside.";
    assert_eq!(next(b"\xfd7zXZ\0\0\x04"), format!("This is an xz archive, not a result file. {unpack}"));
    assert_eq!(next(b"BZh91AY&SY\0\0"), format!("This is a bzip2 archive, not a result file. {unpack}"));
    for (name, why) in
        [("locked.zip", "locked with a password"), ("deep.zip", "an archive within an archive within an archive")]
    {
        let said = error(name).to_string();
        assert!(said.contains(why) && said.ends_with(unpack), "{said}");
    }
}

/// `ab -e`'s file goes to the only report in its folder, for any names.
#[test]
fn percentiles_go_to_the_run_in_their_folder() {
    let (report, percentiles) = (fixture("ab/2.3/report.txt"), fixture("ab/2.3/percentiles.csv"));
    let part = |path: &str, bytes: &[u8]| read(path, bytes).unwrap();
    let both = |folder: &str| {
        [part(&format!("{folder}/report.txt"), &report), part(&format!("{folder}/percentiles.csv"), &percentiles)]
    };
    let groups = group([both("base"), both("run")].concat());
    let counts: Vec<usize> = groups.iter().map(|group| group.parts.len()).collect();
    assert_eq!(counts, [2, 2]);
    // With two runs of the tool in the folder: assigned by name, or left out.
    let other = part("x/other.txt", &report);
    let named = group(vec![part("x/ab.txt", &report), other.clone(), part("x/ab.e.csv", &percentiles)]);
    assert_eq!(named.iter().map(|group| group.parts.len()).collect::<Vec<_>>(), [2, 1]);
    let parts = vec![part("x/ab.txt", &report), other, part("x/p.csv", &percentiles)];
    let groups = group(parts.clone());
    assert_eq!(groups.len(), 2);
    for runs in [assemble(groups[0].parts.clone(), Parts::Refuse).unwrap(), assemble(parts, Parts::Merge).unwrap()] {
        assert!(runs.notes.iter().any(|note| note.code() == "companion-left-out"));
    }
}

/// By hand: 60 requests in the 37 s from the first to the last are 1.6 per second, not the sum of 30 and 30.
#[test]
fn rates_of_consecutive_parts_do_not_add() {
    let stats = |name: &str| {
        let text = "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min Response Time,\
                    Max Response Time,Average Content Size,Requests/s,Failures/s,50%,95%,100%\n\
                    GET,/a,30,0,5,5,1,9,10,30.0,0.0,5,8,9\n,Aggregated,30,0,5,5,1,9,10,30.0,0.0,5,8,9\n";
        read(&format!("{name}_stats.csv"), text.as_bytes()).unwrap()
    };
    let history = |name: &str, from: u64| {
        let head = "Timestamp,User Count,Type,Name,Requests/s,Failures/s,50%,95%,100%,Total Request Count,Total Failure Count,\
                    Total Median Response Time,Total Average Response Time,Total Min Response Time,Total Max Response Time,\
                    Total Average Content Size\n";
        let row = |s: u64, n: u64| format!("{},2,,Aggregated,3.0,0.0,5,8,9,{n},0,5,5,1,9,10\n", from + s);
        let text = format!("{head}{}{}{}", row(0, 0), row(5, 15), row(10, 30));
        read(&format!("{name}_stats_history.csv"), text.as_bytes()).unwrap()
    };
    let rate = |second: u64| {
        let parts = vec![stats("a"), history("a", 1_700_000_000), stats("b"), history("b", second)];
        let run = assemble(parts, Parts::Merge).unwrap();
        let told = run.notes.iter().any(|note| note.code() == "parts-in-turn");
        (run.total.unwrap().rate_per_s.unwrap(), run.duration_s.unwrap(), told)
    };
    let (at_once, _, told) = rate(1_700_000_000);
    assert_eq!((at_once, told), (60.0, false));
    let (in_turn, seconds, told) = rate(1_700_000_027);
    assert!((36.0..=38.0).contains(&seconds), "{seconds} s");
    assert!(told && (in_turn - 60.0 / seconds).abs() < 1e-9, "{in_turn} over {seconds} s");
}

// ---- the command line

fn loaddiff(args: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_loaddiff")).args(args).current_dir(folder()).output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn one_archive_holds_both_sides() {
    let (code, told) = loaddiff(&["compare", "runs.zip"]);
    assert_ne!(code, Some(2), "{told}");
    let roles = "note: runs.zip/base/results.jtl is the baseline, runs.zip/candidate/results.jtl is the run: a name says “base”.";
    assert!(told.starts_with(roles), "{told}");
    let (code, told) = loaddiff(&["compare", "base.tar"]);
    assert!(code == Some(2) && told.contains("it holds one run (base.tar/artifact/base/results.jtl)"), "{told}");
    let (code, told) = loaddiff(&["compare", "runs.zip", "--run", "base.tar"]);
    assert!(code == Some(2) && told.contains("cannot be used with"), "{told}");
}

/// The faster run would be an improvement if it were complete.
#[test]
fn a_damaged_archive_gives_no_verdict() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.zip");
    let history = fixture("locust/2.47.0/base_stats_history.csv");
    let archive = zipped(&[("base_stats.csv", &fixture(STATS)), ("base_stats_history.csv", &history)]);
    // The same with twice the response times.
    let slow: String = String::from_utf8(fixture(STATS))
        .unwrap()
        .lines()
        .map(|line| {
            let double = |(at, cell): (usize, &str)| match cell.parse::<f64>() {
                Ok(ms) if (4..8).contains(&at) || at > 10 => (ms * 2.0).to_string(),
                _ => cell.to_owned(),
            };
            line.split(',').enumerate().map(double).collect::<Vec<_>>().join(",") + "\n"
        })
        .collect();
    let before = folder.path().join("before_stats.csv");
    std::fs::write(&before, slow).unwrap();
    let (slow, path) = (before.to_str().unwrap(), path.to_str().unwrap());
    let code = |bytes: &[u8]| {
        std::fs::write(path, bytes).unwrap();
        loaddiff(&["compare", "--baseline", slow, "--run", path]).0
    };
    assert_eq!(code(&archive), Some(0));
    assert_eq!(code(&spoiled(archive, "base_stats_history.csv")), Some(3));
}

#[test]
fn two_runs_on_one_side_are_reported() {
    let (_, told) = loaddiff(&["compare", "--baseline", "runs.zip", "--run", "base.tar"]);
    let said = "warning: --baseline: runs.zip holds 2 runs in different folders: runs.zip/base/results.jtl, runs.zip/candidate/results.jtl.";
    assert!(told.starts_with(said), "{told}");
}

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

/// A report next to its log is the same run, not another part of it.
#[test]
fn a_run_in_two_formats_counts_once() {
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
    // In another folder it may be another run of the same length.
    let other = read("zip/base/report/statistics.json", &statistics);
    assert_eq!(group(vec![other, log]).len(), 2);
}
