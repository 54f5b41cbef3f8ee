//! Checks the lists of formats in the README and the documentation against the registry, and their content against the
//! fixtures.
//!
//! `LOADDIFF_BLESS=1 cargo test --test formats` updates them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use loaddiff::ingest::{FORMATS, Parts, assemble, read};
use loaddiff::run::{Distribution, Run};

/// Compares the text between two marks of a file, or updates it.
fn hold(file: &str, begin: &str, end: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let whole = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = whole.split_once(begin).expect(file);
    let (listed, after) = rest.split_once(end).expect(file);
    if std::env::var_os("LOADDIFF_BLESS").is_some() {
        std::fs::write(&path, [before, begin, text, end, after].concat()).unwrap();
    } else {
        assert_eq!(listed, text, "{file}");
    }
}

#[test]
fn lists_equal_the_registry() {
    for file in ["README.md", "docs/formats.md"] {
        hold(
            file,
            "<!-- formats: made from the registry -->\n",
            "<!-- end of formats -->",
            &loaddiff::ingest::markdown(),
        );
    }
}

fn folders(of: &Path) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = std::fs::read_dir(of).unwrap().map(|entry| entry.unwrap().path()).collect();
    all.sort();
    all
}

/// The content of a run: the most in any of its rows.
fn carries(run: &Run) -> Vec<&'static str> {
    let rows = || run.endpoints.iter().chain(&run.total);
    let has = |what: fn(&Distribution) -> bool| rows().any(|row| what(&row.latency.distribution));
    let mut carries = Vec::new();
    if has(|d| matches!(d, Distribution::Samples(_))) {
        carries.push("samples");
    } else if has(|d| matches!(d, Distribution::Buckets(_))) {
        carries.push("histogram");
    } else if has(|d| matches!(d, Distribution::Table(_) | Distribution::Tables(_))) {
        carries.push("percentiles");
    } else if rows().any(|row| row.latency.mean_ms.is_some()) {
        carries.push("means");
    }
    if run.timeline.is_some() || rows().any(|row| row.timeline.is_some()) {
        carries.push("timeline");
    }
    if rows().any(|row| row.failures.is_some()) {
        carries.push("failures");
    }
    if !run.failures.is_empty() {
        carries.push("causes");
    }
    carries
}

/// One row per format and version: the fixture with most content.
#[test]
fn the_content_of_formats_equals_their_fixtures() {
    const SUMMARY: &str = "Type,Name,Request Count,Failure Count\nGET,/a,1,0\n";
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut rows: BTreeMap<(usize, String), (usize, String)> = BTreeMap::new();
    for version in folders(&root).iter().filter(|tool| tool.is_dir()).flat_map(|tool| folders(tool)) {
        let Ok(text) = std::fs::read_to_string(version.join("expected.json")) else { continue };
        let expected: serde_json::Value = serde_json::from_str(&text).unwrap();
        let made_by = expected["made_by"].as_str().unwrap_or("the tool").to_owned();
        for file in folders(&version) {
            let name = file.file_name().unwrap().to_str().unwrap().to_owned();
            let Ok(part) = read("f", &std::fs::read(&file).unwrap()) else { continue };
            let format = part.file.format.clone();
            let run = assemble(vec![part.clone()], Parts::Refuse)
                .or_else(|_| assemble(vec![part, read("f_stats.csv", SUMMARY.as_bytes()).unwrap()], Parts::Refuse));
            let carries = run.map(|run| carries(&run)).unwrap_or_default();
            let made_by = expected["files"][&name]["made_by"].as_str().unwrap_or(&made_by);
            let at = FORMATS.iter().position(|f| f.id == format).unwrap();
            let number = version.file_name().unwrap().to_str().unwrap();
            let path = version.strip_prefix(&root).unwrap().join(&name);
            let row = format!(
                "| `{format}` | {number} | {} | `{}` | {made_by} |\n",
                if carries.is_empty() { "–".to_owned() } else { carries.join(", ") },
                path.to_str().unwrap().replace('\\', "/")
            );
            let best = rows.entry((at, number.to_owned())).or_insert((0, row.clone()));
            if carries.len() > best.0 {
                *best = (carries.len(), row);
            }
        }
    }
    let mut table = "| Format | Version | Carries | Fixture | Made by |\n|---|---|---|---|---|\n".to_owned();
    table.extend(rows.into_values().map(|(_, row)| row));
    hold("docs/formats.md", "<!-- carries: made from the fixtures -->\n", "<!-- end of carries -->", &table);
}
