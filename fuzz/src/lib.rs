//! What is fuzzed: a function for each target, from bytes. Each panics where an oracle fails: something panics within; rows
//! are lost (what was read is the sum of what became of it); a file in chunks or slices is not the file as a whole; what is
//! written of a run is not read back; or an input takes longer than its length allows.

use std::io::Write;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use arbitrary::Unstructured;
use flate2::Compression;
use flate2::write::GzEncoder;
use loaddiff::ingest::slice::{self, Plan};
use loaddiff::ingest::{self, Error, Options, Parts, Reader};
use loaddiff::policy::{self, Policy};
use loaddiff::report::html::{Verification, render, restore};
use loaddiff::report::metrics;
use loaddiff::report::summaries::from_canonical_json;
use loaddiff::run::{Endpoint, Run};
use loaddiff::{compare, link};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

#[path = "../../tests/support/link_frame.rs"]
#[allow(dead_code)]
mod link_frame;
mod rows;

const NOW: &str = "2026-01-02T03:04:05Z";

/// Nothing takes longer than this and [`EACH_BYTE`], on a busy machine with all assertions.
const LEAST: Duration = Duration::from_secs(10);
const EACH_BYTE: Duration = Duration::from_micros(50);

/// Names that files have.
const NAMES: [&str; 8] = [
    "a_stats.csv",
    "a_stats_history.csv",
    "a_failures.csv",
    "a_exceptions.csv",
    "a_requests.csv",
    "a.jtl",
    "a.json",
    "performance-baselines.json",
];

/// A file of any format: the first byte tells its name and whether it is packed, the second where it is cut into chunks.
pub fn ingest(bytes: &[u8]) {
    let [kind, cut, content @ ..] = bytes else { return };
    let name = NAMES[usize::from(*kind) % NAMES.len()];
    if kind & 0x80 == 0 {
        file(name, content, *cut);
    } else {
        file(&format!("{name}.gz"), &gzipped(content), *cut);
    }
}

/// Archives: any bytes as one, or two files packed by `zip` or `tar`, with a few bytes changed after packing.
pub fn archive(bytes: &[u8]) {
    let [kind, cut, flip, content @ ..] = bytes else { return };
    let (first, second) = content.split_at(content.len() * usize::from(*cut) / 256);
    let files = [("base/a_stats.csv", first), ("run/a.jtl", second)];
    let mut packed = match kind % 4 {
        0 => content.to_vec(),
        1 => zipped(&files, CompressionMethod::Stored),
        2 => zipped(&files, CompressionMethod::Deflated),
        _ => tarred(&files),
    };
    if kind & 0x40 != 0 {
        packed = gzipped(&packed);
    }
    if kind & 0x80 != 0 && !packed.is_empty() {
        let at = usize::from(*flip) * packed.len() / 256;
        packed[at] ^= flip | 1;
    }
    let began = Instant::now();
    let runs = |chunk: usize| -> Result<Vec<Result<Run, Error>>, Error> {
        let mut reader = Reader::new("results.zip", Options::default());
        packed.chunks(chunk).try_for_each(|chunk| reader.push(chunk))?;
        Ok(reader.parts()?.into_iter().map(|part| ingest::assemble(vec![part], Parts::Merge)).collect())
    };
    let whole = runs(packed.len().max(1));
    let chunked = runs(usize::from(*cut) + 1);
    assert!(whole == chunked, "chunks of {} give {chunked:?}, the whole {whole:?}", usize::from(*cut) + 1);
    for run in whole.iter().flatten().flatten() {
        let rows = run.rows;
        assert_eq!(rows.read, rows.endpoints + rows.totals + rows.merged + rows.rejected, "{rows:?}");
    }
    let most = LEAST + EACH_BYTE * packed.len() as u32;
    assert!(began.elapsed() < most, "{} bytes took {:?}", packed.len(), began.elapsed());
}

fn zipped(files: &[(&str, &[u8])], method: CompressionMethod) -> Vec<u8> {
    let mut archive = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in files {
        archive.start_file(*name, SimpleFileOptions::default().compression_method(method)).expect("memory");
        archive.write_all(content).expect("memory");
    }
    archive.finish().expect("memory").into_inner()
}

fn tarred(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (name, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        archive.append_data(&mut header, name, *content).expect("memory");
    }
    archive.into_inner().expect("memory")
}

/// Rows of one tool, of values that such rows have and of values at the edges.
pub fn rows(bytes: &[u8]) {
    let mut choices = Unstructured::new(bytes);
    let Ok((name, content)) = rows::file(&mut choices) else { return };
    file(name, &content, bytes.len() as u8);
}

fn gzipped(content: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(content).expect("memory");
    packed.finish().expect("memory")
}

/// A file, read in every way there is.
fn file(name: &str, content: &[u8], cut: u8) {
    let began = Instant::now();
    let whole = read(name, content, content.len().max(1));
    let chunked = read(name, content, usize::from(cut) + 1);
    assert!(whole == chunked, "chunks of {} give {chunked:?}, the whole {whole:?}", usize::from(cut) + 1);
    if let (Ok(whole), Some(sliced)) = (&whole, sliced(name, content, usize::from(cut % 5) + 2)) {
        assert!(sliced.as_ref() == Ok(whole), "slices give {sliced:?}, the whole {whole:?}");
    }
    if let Ok(run) = whole {
        let rows = run.rows;
        assert_eq!(rows.read, rows.endpoints + rows.totals + rows.merged + rows.rejected, "{rows:?}");
        round_trip(&run);
    }
    let most = LEAST + EACH_BYTE * content.len() as u32;
    assert!(began.elapsed() < most, "{} bytes took {:?}", content.len(), began.elapsed());
}

/// Reads a run in chunks of the given size, in bytes.
fn read(name: &str, content: &[u8], chunk: usize) -> Result<Run, Error> {
    let mut reader = Reader::new(name, Options::default());
    content.chunks(chunk).try_for_each(|chunk| reader.push(chunk))?;
    ingest::assemble(vec![reader.finish()?], Parts::Merge)
}

/// A run as it is read in slices; `None` where the format has none.
fn sliced(name: &str, content: &[u8], slices: usize) -> Option<Result<Run, Error>> {
    let head = &content[..content.len().min(slice::HEAD)];
    let plan = Plan::new(name, head, Options::default())?;
    let fill = |stretch: &slice::Stretch, mut slice: slice::Slice| {
        slice.push(&content[stretch.bytes.start as usize..]);
        slice.end()
    };
    let mut joined = plan.join();
    for stretch in slice::cut(content.len() as u64, slices) {
        let mut next = match joined.add(fill(&stretch, plan.slice(&stretch))) {
            Ok(next) => next,
            Err(error) => return Some(Err(error)),
        };
        while let Some(again) = next {
            next = match joined.add(fill(&again, plan.again(&again))) {
                Ok(next) => next,
                Err(error) => return Some(Err(error)),
            };
        }
    }
    Some(joined.finish().and_then(|part| ingest::assemble(vec![part], Parts::Merge)))
}

/// What is written of a run is read back.
fn round_trip(run: &Run) {
    let comparison = compare::compare(run.clone(), run.clone(), Policy::default());
    let html = render(&comparison, NOW);
    let restored = restore("report.html", &html).unwrap_or_else(|error| panic!("{error}"));
    let right = !matches!(restored.verified, Verification::SummariesAltered { .. } | Verification::VerdictsDiffer { .. });
    assert!(right, "{}", restored.verified.sentence());
    assert_eq!(restored.run.started_ms, run.started_ms);
    if let Ok(made) = link::encode(&comparison, &link::Options::default()) {
        let shared = link::decode(&made.text).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(shared.judge().counts, comparison.counts);
    }
    let baseline = metrics::baseline(run, &Policy::default());
    if baseline.entries > 0 {
        let text = baseline.text.as_bytes();
        let read = read("performance-baselines.json", text, text.len()).unwrap_or_else(|error| panic!("{error}"));
        assert!(!baseline.whole || read.endpoints == run.endpoints, "the baseline is another run");
    }
}

/// Any text as thresholds; what is read is judged by.
pub fn thresholds(bytes: &[u8]) {
    let began = Instant::now();
    match policy::parse_bytes("thresholds.toml", bytes) {
        Ok(policy) => {
            let endpoint = |name: &str, requests| Endpoint { name: name.into(), requests: Some(requests), ..Endpoint::default() };
            let names = ["/a", &"a".repeat(4000)];
            let run = |requests| {
                let mut endpoints: Vec<Endpoint> = names.iter().map(|name| endpoint(name, requests)).collect();
                endpoints.sort_by(|a, b| a.key().cmp(&b.key()));
                Run { endpoints: endpoints.into(), ..Run::default() }
            };
            let (baseline, run) = (run(100), run(90));
            if compare::check_matching([&baseline, &run], &policy, policy::MOST_STEPS).is_ok() {
                let _ = compare::compare(baseline, run, policy);
            }
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    assert!(began.elapsed() < LEAST + EACH_BYTE * bytes.len() as u32, "{:?}", began.elapsed());
}

/// Any bytes as a link, and as the body of one in a right frame.
pub fn link(bytes: &[u8]) {
    let began = Instant::now();
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = link::decode(text);
    }
    if let Ok(shared) = link::decode(&link_frame::framed(1, bytes)) {
        let _ = shared.judge();
    }
    assert!(began.elapsed() < LEAST, "{} bytes took {:?}", bytes.len(), began.elapsed());
}

/// A report in two parts: what stands before its summaries, and what stands behind them.
fn around() -> &'static (String, String) {
    static AROUND: OnceLock<(String, String)> = OnceLock::new();
    AROUND.get_or_init(|| {
        let html = render(&compare::compare(Run::default(), Run::default(), Policy::default()), NOW);
        let tag = html.find("id=\"loaddiff-summaries\"").expect("summaries");
        let from = tag + html[tag..].find("\">").expect("the tag's end") + 2;
        let to = from + html[from..].find("</script>").expect("the element's end");
        (html[..from].to_owned(), html[to..].to_owned())
    })
}

/// Any bytes as an HTML report, and as the summaries of one whose frame and hash are right.
pub fn report(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let began = Instant::now();
    let _ = restore("report.html", text);
    let (before, behind) = around();
    if let Ok(restored) = restore("report.html", &format!("{before}{text}{behind}")) {
        let _ = restored.verified.sentence();
    }
    // What was read is judged and written again, and that is read alike.
    if let Ok((baseline, run, policy)) = from_canonical_json(text) {
        let html = render(&compare::compare(baseline, run, policy), NOW);
        let again = restore("report.html", &html).unwrap_or_else(|error| panic!("{error}"));
        assert!(again.verified.holds(), "{}", again.verified.sentence());
    }
    assert!(began.elapsed() < LEAST + EACH_BYTE * bytes.len() as u32, "{:?}", began.elapsed());
}
