//! The recorded pairs of `tests/fixtures/pairs/`, with known changes and expected results.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use loaddiff::compare::{self, Row, Scope, Subject, Verdict};
use loaddiff::ingest;
use loaddiff::policy::{self, Policy};
use loaddiff::run::{Metric, Percentile, Run};
use serde::Deserialize;

use crate::judge;

/// `manifest.json`.
#[derive(Deserialize)]
struct Manifest {
    pairs: BTreeMap<String, Pair>,
}

/// One pair of it.
#[derive(Deserialize)]
struct Pair {
    tool: String,
    version: String,
    /// In words; `None` if nothing was changed.
    change: Option<String>,
    /// `total`, `every endpoint`, or endpoints by label.
    touches: Vec<String>,
    load_average: (f64, f64),
}

/// The files of a side that are read together, by their names in the table.
fn inputs(tool: &str) -> &'static [(&'static str, &'static [&'static str])] {
    match tool {
        "locust" => &[
            ("table + history", &["_stats.csv", "_stats_history.csv", "_failures.csv"]),
            ("table", &["_stats.csv", "_failures.csv"]),
            ("JSON", &[".json"]),
        ],
        _ => &[("raw", &[".csv.gz"]), ("summary", &["_summary.json"])],
    }
}

fn read(folder: &Path, side: &str, endings: &[&str]) -> Result<Run, String> {
    let part = |ending: &&str| {
        let name = format!("{side}{ending}");
        let bytes = std::fs::read(folder.join(&name)).map_err(|error| format!("{name}: {error}"))?;
        ingest::read(&name, &bytes).map_err(|error| error.to_string())
    };
    let parts = endings.iter().map(part).collect::<Result<Vec<_>, _>>()?;
    ingest::assemble(parts, ingest::Parts::Refuse).map_err(|error| error.to_string())
}

/// Largest increase of p95, percent.
fn p95(comparison: &compare::Comparison, touched: impl Fn(&Subject, &Row) -> bool) -> f64 {
    let rows = comparison.subjects.iter().flat_map(|s| s.rows.iter().map(move |r| (s, r)));
    let rows = rows.filter(|(s, r)| r.metric == Metric::Latency(Percentile::P95) && touched(s, r));
    let changes = rows.filter_map(|(_, r)| Some(r.run.number? / r.baseline.number? - 1.0));
    changes.fold(f64::NEG_INFINITY, f64::max) * 100.0
}

/// A table of all pairs.
pub fn table(root: &Path) -> Result<String, String> {
    let folder = root.join("tests/fixtures/pairs");
    let text = std::fs::read_to_string(folder.join("manifest.json")).map_err(|e| format!("manifest.json: {e}"))?;
    let manifest: Manifest = serde_json::from_str(&text).map_err(|e| format!("manifest.json: {e}"))?;
    let profile = |name: &str| policy::profile(name).ok_or(format!("there is no profile `{name}`"));
    let (default, seed_v1): (Policy, Policy) = (profile("default")?, profile("seed-v1")?);

    let mut out = String::from(
        "| pair | tool | changed | files | load | `default` on the touched rows | false alarm | `seed-v1` | p95, largest |\n\
         | --- | --- | --- | --- | ---: | --- | --- | --- | ---: |\n",
    );
    for (name, pair) in &manifest.pairs {
        for (files, endings) in inputs(&pair.tool) {
            let (pair_folder, change) = (folder.join(name), pair.change.as_deref().unwrap_or("nothing"));
            let load = format!("{}, {}", pair.load_average.0, pair.load_average.1);
            let about = format!("{name} | {} {} | {change} | {files} | {load}", pair.tool, pair.version);
            let sides = read(&pair_folder, "base", endings).and_then(|b| Ok((b, read(&pair_folder, "run", endings)?)));
            let Ok((baseline, run)) = sides else {
                let _ = writeln!(out, "| {about} | not read yet | – | – | – |");
                continue;
            };
            let is_errors = change.starts_with("errors");
            let touches = |subject: &Subject, row: &Row| {
                let is_there = match subject.scope {
                    Scope::Total => pair.touches.iter().any(|t| t == "total"),
                    _ => pair.touches.iter().any(|t| t == "every endpoint" || *t == subject.label()),
                };
                is_there && (row.metric == Metric::ErrorRate) == is_errors
            };
            let comparison = compare::compare(baseline.clone(), run.clone(), default.clone());
            let said = judge::said_of(&comparison, touches);
            let (found, alarm) = match &pair.change {
                Some(_) => (said.touched, "–"),
                None => ("–", if said.any_confirmed { "yes" } else { "no" }),
            };
            let p95 = p95(&comparison, |s, r| pair.change.is_none() || touches(s, r));
            let seed = compare::compare(baseline, run, seed_v1.clone());
            let seed = if seed.subjects.iter().flat_map(|s| &s.rows).any(|r| r.verdict == Verdict::Critical) {
                "CRITICAL"
            } else {
                "passes"
            };
            let p95 = if p95.is_finite() { format!("{p95:+.0} %") } else { "–".into() };
            let _ = writeln!(out, "| {about} | {found} | {alarm} | {seed} | {p95} |");
        }
    }
    Ok(out)
}
