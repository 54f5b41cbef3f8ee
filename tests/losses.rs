//! Damage in a file loses only the damaged part, with a note.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::io::{Read as _, Write as _};
use std::path::Path;

use loaddiff::compare::{self, Gate, Reason, Verdict, Word};
use loaddiff::ingest::{Parts, Problem, assemble, read};
use loaddiff::run::{Metric, Run};
use loaddiff::{policy, report};

fn case(path: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/robust").join(path)).unwrap()
}

fn run_of(bytes: &[u8]) -> Run {
    let part = read("results", bytes).unwrap_or_else(|error| panic!("{error}"));
    assemble(vec![part], Parts::Refuse).unwrap()
}

fn requests(run: &Run) -> u64 {
    run.requests().unwrap()
}

fn text(run: &Run, code: &str) -> String {
    run.notes.iter().find(|note| note.code() == code).unwrap_or_else(|| panic!("{code}: {:?}", run.notes)).text()
}

fn gunzipped(bytes: &[u8]) -> Vec<u8> {
    let mut unpacked = Vec::new();
    flate2::read::MultiGzDecoder::new(bytes).read_to_end(&mut unpacked).unwrap();
    unpacked
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

const HEADER: &str = "timeStamp,elapsed,label,responseCode,responseMessage,threadName,success,failureMessage";

fn rows(n: u64) -> String {
    (0..n).map(|i| format!("{},{},/a,200,OK,t 1,true,\n", 1_700_000_000_000 + i * 10, 100 + i % 7)).collect()
}

#[test]
fn a_row_cut_in_quotes_loses_only_itself() {
    let run = run_of(&gunzipped(&case("open-quote-swallows-rows/results.jtl.gz")));
    assert_eq!((requests(&run), run.rows.read, run.rows.rejected), (19_999, 20_000, 1));
    assert!(text(&run, "rows-rejected").contains("line 102"), "{:?}", run.notes);
}

/// The next quote may be anywhere, and open or close any field.
#[test]
fn any_next_quote() {
    for quoted in ["\"a, b\"", "\"\"\"a\"\" b\"", "\"\"", "\", and\"", "\"two\nlines\"", "\"\n\"", "\"a\",\"b\""] {
        let cut = "1700000000000,5,/a,500,\"cut here\n";
        let next = format!("1700000009000,5,/b,500,{quoted},t 1,false,\n");
        let text = format!("{HEADER}\n{}{cut}{}{next}{}", rows(3), rows(20), rows(2));
        let run = run_of(text.as_bytes());
        assert_eq!((requests(&run), run.rows.rejected), (26, 1), "{quoted:?}: {:?}", run.notes);
    }
}

#[test]
fn the_same_in_tables() {
    let header = "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time\n";
    let row = |i: u64| format!("GET,/{i},10,1,5,6\n");
    let many: String = (0..50).map(row).collect();
    for quoted in ["\"/a, b\"", "\"/a\"", "\", x\"", "\"/two\nlines\""] {
        let text = format!("{header}{many}GET,\"/cut\n{}GET,{quoted},10,1,5,6\n{}", row(60), row(61));
        let run = run_of(text.as_bytes());
        assert_eq!((requests(&run), run.rows.read, run.rows.rejected), (530, 54, 1), "{quoted}: {:?}", run.notes);
    }
    let failures = "Method,Name,Error,Occurrences\nGET,/a,\"x, y\nz\",3\nGET,/a,\"cut\nGET,/b,\"a, \"\"b\"\"\",4\n";
    let part = read("f", failures.as_bytes()).unwrap();
    let summary = read("s", format!("{header}GET,/a,10,7,5,6\n").as_bytes()).unwrap();
    let run = assemble(vec![part, summary], Parts::Refuse).unwrap();
    assert_eq!(run.failures.iter().map(|f| f.count).sum::<u64>(), 7);
    assert!(text(&run, "rows-rejected").contains("line 4"), "{:?}", run.notes);
}

/// A damaged k6 line is a lost row; other text is not.
#[test]
fn a_damaged_line_of_k6_is_a_rejected_row() {
    let point = |metric: &str, value: &str| {
        format!(
            "{{\"metric\":\"{metric}\",\"type\":\"Point\",\"data\":{{\"time\":\"2026-01-01T00:00:00.5Z\",\"value\":{value},\
             \"tags\":{{\"expected_response\":\"false\",\"method\":\"GET\",\"name\":\"/a\",\"status\":\"500\"}}}}}}\n"
        )
    };
    let whole: String = (0..4).map(|_| point("http_req_duration", "5.5") + &point("http_req_failed", "1")).collect();
    let line = point("http_req_duration", "7.5");
    for damaged in [
        line[..line.len() / 2].to_owned() + "\n",
        line[1..].to_owned(),
        line[30..].to_owned(),
        line.replace("Point", "Poinu"),
        line.replace("\"metric\"", "\"netric\""),
        line.replace("7.5", "7.5.5"),
    ] {
        let run = run_of(format!("{whole}{damaged}{whole}").as_bytes());
        assert_eq!((requests(&run), run.rows.rejected), (8, 1), "{damaged}: {:?}", run.notes);
        assert!(!run.notes.iter().any(|note| note.code() == "banner-skipped"), "{damaged}: {:?}", run.notes);
    }
    let run =
        run_of(format!("{whole}INFO[0000] hello  source=console\n{{\"level\":\"info\",\"msg\":\"x\"}}\n").as_bytes());
    assert_eq!((requests(&run), run.rows.rejected), (4, 0), "{:?}", run.notes);
    assert!(text(&run, "banner-skipped").contains("58 bytes"), "{:?}", run.notes);
}

#[test]
fn a_damaged_archive_is_named() {
    let run = run_of(&case("gz-tail-silent/broken-second-header.gz"));
    assert_eq!(requests(&run), 168);
    let bytes = case("gz-tail-silent/broken-second-header.gz");
    let told = text(&run, "damaged-archive");
    // Where the second member begins.
    let first = (1..bytes.len()).find(|at| {
        let mut unpacked = Vec::new();
        flate2::read::GzDecoder::new(&bytes[..*at]).read_to_end(&mut unpacked).is_ok()
    });
    let at = loaddiff::number::count(first.unwrap() as u64);
    assert!(told.contains(&format!("at byte {at}.")), "{told}");
    // The amount missing is unknown, so there is no verdict.
    let half = |from: u64| {
        gzipped(
            rows(2000).lines().skip(from as usize).take(1000).flat_map(|l| [l, "\n"]).collect::<String>().as_bytes(),
        )
    };
    let header = gzipped(format!("{HEADER}\n").as_bytes());
    let mut last = half(1000);
    let whole = run_of(&[header.clone(), half(0), last.clone()].concat());
    last[1] ^= 1;
    let damaged = run_of(&[header, half(0), last].concat());
    assert_eq!((requests(&whole), requests(&damaged)), (2000, 1000));
    let c = compare::compare(whole, damaged, policy::profile("default").unwrap());
    let said = report::headline::plain(&c);
    assert_eq!((c.word, c.gate), (Word::CannotTell, Gate::NoVerdict), "{said}");
    assert!(said.contains("A part of the run's archive is damaged: requests are missing."), "{said}");
}

#[test]
fn bytes_after_an_archive() {
    let text = format!("{HEADER}\n{}", rows(100));
    let packed = gzipped(text.as_bytes());
    let code = |behind: &[u8]| {
        let bytes = [packed.as_slice(), behind].concat();
        let whole = run_of(&bytes);
        let mut reader = loaddiff::ingest::Reader::new("results", loaddiff::ingest::Options::default());
        bytes.iter().for_each(|byte| reader.push(&[*byte]).unwrap());
        let chunked = assemble(vec![reader.finish().unwrap()], Parts::Refuse).unwrap();
        assert_eq!(whole, chunked);
        assert_eq!(requests(&whole), 100);
        let codes = ["damaged-archive", "trailing-bytes", "cut-archive"];
        codes.into_iter().find(|code| whole.notes.iter().any(|note| note.code() == *code))
    };
    assert_eq!(code(b""), None);
    // Blocks of a tape or a disk are padded with zeros.
    assert_eq!(code(&[0; 1000]), None);
    assert_eq!(code(b"\n"), Some("trailing-bytes"));
    assert_eq!(code(&[&[0; 500][..], b"x"].concat()), Some("trailing-bytes"));
    assert_eq!(code(&[b'x'; 100]), Some("damaged-archive"));
    assert_eq!(code(&[&[0; 500][..], &packed].concat()), Some("damaged-archive"));
    let mut method = packed.clone();
    method[2] = 7;
    assert_eq!(code(&method), Some("damaged-archive"));
    assert_eq!(code(&packed[..5]), Some("cut-archive"));
    // A checksum mismatch names its part.
    let mut sum = packed.clone();
    let at = sum.len() - 5;
    sum[at] ^= 1;
    let error = read("r", &[packed.as_slice(), &sum].concat()).unwrap_err();
    assert!(
        matches!(error.problem(), Problem::BadArchive { detail } if detail.contains(&format!("byte {}", packed.len())))
    );
}

/// 1 of 1,000 rows is shown next to the verdict, and so is any failed request; beyond the limit there is no verdict.
#[test]
fn losses_are_shown_next_to_the_verdict() {
    let judged = |lost: &str| {
        let side = |lost: &str| run_of(format!("{HEADER}\n{}{lost}{}", rows(3000), rows(3000)).as_bytes());
        let c = compare::compare(side(""), side(lost), policy::profile("default").unwrap());
        (c.word, report::headline::plain(&c))
    };
    let bad = "1700000000000,x,/a,200,OK,t 1,true,\n";
    let (word, said) = judged(&bad.repeat(5));
    assert_eq!(word, Word::NoRegressionFound, "{said}");
    assert!(!said.contains("could not be read"), "{said}");
    let (word, said) = judged(&bad.repeat(10));
    assert_eq!(word, Word::NoRegressionFound, "{said}");
    assert!(said.contains("10 of 6,010 rows of the run could not be read."), "{said}");
    let (_, said) = judged(&bad.replace("true", "false"));
    assert!(said.contains("1 of 6,001 rows of the run could not be read, failed requests among them."), "{said}");
    let (word, said) = judged(&bad.repeat(400));
    assert_eq!(word, Word::CannotTell, "{said}");
    assert!(said.contains("400 of 6,400 rows of the run could not be read."), "{said}");
}

/// An error rate is within its limit only if it would be with all lost rows as failures.
#[test]
fn lost_rows_may_be_failures() {
    let judged = |lost: usize| {
        let bad = "1700000000000,x,/a,200,OK,t 1,true,\n".repeat(lost);
        let side = |lost: &str| run_of(format!("{HEADER}\n{}{lost}", rows(3000)).as_bytes());
        let c = compare::compare(side(""), side(&bad), policy::profile("default").unwrap());
        let row = c.total().unwrap().row(&Metric::ErrorRate).unwrap().clone();
        (row.verdict, row.reason, c.word)
    };
    assert_eq!(judged(0).0, Verdict::Within);
    assert_eq!(judged(1).0, Verdict::Within);
    let (verdict, reason, _) = judged(120);
    assert_eq!((verdict, reason), (Verdict::Unclear, Reason::RowsLost { rows: 120 }));
}
