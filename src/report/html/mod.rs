//! The report as HTML: its [`sections`], which the page shows, and what their buttons ask for ([`act`]); and one file of
//! them ([`render()`]). The file opens from a disk without a network, follows light and dark, prints, and holds what
//! it was made from, so that it can be judged again ([`restore()`]).
//!
//! The file has no script and refers to nothing outside of itself; its content security policy would let nothing run or
//! load. What is in it, and what a check of it shows, is in `docs/html-report.md`.

pub mod act;
pub(crate) mod escape;
mod restore;
pub mod sections;

use std::fmt::{self, Write};

use escape::Text;
pub use restore::{RestoreError, RestoreProblem, Restored, Verification, is_report, restore};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::canonical::canonical;
use super::summaries::{key, sureness, to_canonical_json};
use super::{view, words};
use crate::compare::{self, Comparison, Counts, Scope, Verdict};
#[cfg(not(target_arch = "wasm32"))]
use crate::history::{History, Trend};
use crate::policy::EvidenceIs;
use crate::run::merge::coarser;
use crate::run::{Run, Timeline};

/// The page's own sheets, then what is in the file alone.
const STYLE: &str = concat!(
    include_str!("../../../style/tokens.css"),
    include_str!("../../../style/base.css"),
    include_str!("../../../style/verdict.css"),
    include_str!("../../../style/tiles.css"),
    include_str!("../../../style/chart.css"),
    include_str!("../../../style/table.css"),
    include_str!("../../../style/details.css"),
    include_str!("../../../style/facts.css"),
    include_str!("../../../style/print.css"),
    include_str!("../../../style/file.css"),
);

/// First in the head. Were markup to slip through, it could run nothing, load nothing, and send nothing.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

const ICON: &str = "data:image/svg+xml,%3Csvg xmlns=%22http://www.w3.org/2000/svg%22 viewBox=%220 0 32 32%22%3E%3Crect \
                    x=%225%22 y=%2213%22 width=%229%22 height=%2214%22 rx=%222%22 fill=%22%238791a3%22/%3E%3Crect \
                    x=%2218%22 y=%225%22 width=%229%22 height=%2222%22 rx=%222%22 fill=%22%23c2410c%22/%3E%3C/svg%3E";

/// Where the summaries begin; their hash and a closing `">` follow.
const SUMMARIES_TAG: &str = "<script type=\"application/json\" id=\"loaddiff-summaries\" data-sha256=\"";
/// Where the verdicts begin.
const VERDICTS_TAG: &str = "<script type=\"application/json\" id=\"loaddiff-verdicts\">";
const END_TAG: &str = "</script>";

/// Intervals of a timeline of a whole run that a report carries at most.
const WHOLE_INTERVALS: usize = 1_200;
/// Intervals of all endpoints' timelines that a report carries at most.
const ENDPOINT_INTERVALS: usize = 5_000;
/// The steps that longer timelines are added up to, in seconds.
const STEPS_S: [u32; 11] = [2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];

/// Renders the report; `made_at` is the moment it was made, RFC 3339. The same comparison gives the same bytes.
#[must_use]
pub fn render(comparison: &Comparison, made_at: &str) -> String {
    let carried = carried(comparison);
    let mut out = String::with_capacity(256 * 1024);
    // Writing to a `String` cannot fail.
    let _ = document(&mut out, carried.as_ref().unwrap_or(comparison), made_at);
    out
}

fn document(out: &mut String, c: &Comparison, made_at: &str) -> fmt::Result {
    let summaries = to_canonical_json(c);
    let sha256 = sha256_hex(&summaries);
    let (baseline, run) = view::labels(c);
    let title = format!("{} {}: {run} against {baseline}", words::word_sign(c.word), words::word_title(c.word));
    writeln!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"generator\" content=\"{}\">\n\
         <title>{} · loaddiff</title>\n\
         <link rel=\"icon\" href=\"{ICON}\">\n\
         <style>\n{STYLE}</style>\n</head>\n<body>",
        made_by(),
        Text(&title)
    )?;
    sections::body(out, c, made_at, &sha256)?;
    let verdicts = canonical(&Verdicts::of(c, made_at, &sha256));
    writeln!(out, "{SUMMARIES_TAG}{sha256}\">{summaries}{END_TAG}\n{VERDICTS_TAG}{verdicts}{END_TAG}\n</body>\n</html>")
}

/// Renders a history of runs as one file, without script; `made_at` is the moment it was made, RFC 3339.
#[cfg(not(target_arch = "wasm32"))]
#[must_use]
pub fn render_trend(history: &History, trends: &[Trend], made_at: &str) -> String {
    let when = made_at.trim_end_matches('Z').replace('T', " ");
    let when = if made_at.ends_with('Z') { format!("{when} UTC") } else { when };
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"generator\" content=\"{made_by}\">\n\
         <title>Trend of {} · loaddiff</title>\n\
         <link rel=\"icon\" href=\"{ICON}\">\n\
         <style>\n{STYLE}</style>\n</head>\n<body>\n\
         <header class=\"top\">\n<p class=\"brand\">load<b>diff</b></p>\n\
         <p class=\"when\">made <time datetime=\"{}\">{}</time></p>\n</header>\n<main>\n{}</main>\n\
         <footer class=\"foot\"><p>Made by {made_by}, which asks no server.</p></footer>\n</body>\n</html>\n",
        Text(&history.name),
        Text(made_at),
        Text(&when),
        sections::trend(history, trends, None),
        made_by = made_by(),
    )
}

/// The program and its version.
fn made_by() -> String {
    format!("loaddiff {}", env!("CARGO_PKG_VERSION"))
}

fn sha256_hex(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The comparison with timelines as the report carries them, where they are too long; charts are drawn of these. What
/// the whole timelines say of the figures' errors goes with them.
fn carried(c: &Comparison) -> Option<Comparison> {
    let (mut baseline, mut run) = (c.baseline.clone(), c.run.clone());
    let mut changed = false;
    let sure = (c.policy.compare.evidence == EvidenceIs::Judge).then(|| sureness(c));
    for side in [&mut baseline, &mut run] {
        let origin = origin_s(side);
        let whole = side.timeline.iter_mut().chain(side.total.iter_mut().filter_map(|t| t.timeline.as_mut()));
        for timeline in whole {
            let fits = |step: &&u32| coarser(timeline, origin, **step).intervals.len() <= WHOLE_INTERVALS;
            if timeline.intervals.len() > WHOLE_INTERVALS {
                *timeline = STEPS_S.iter().find(fits).map_or_else(Timeline::default, |s| coarser(timeline, origin, *s));
                changed = true;
            }
        }
    }
    let count = |step: Option<u32>| -> usize {
        let side = |run: &Run| {
            let origin = origin_s(run);
            let timelines = run.endpoints.iter().filter_map(|e| e.timeline.as_ref());
            let lengths = timelines.map(|t| step.map_or(t.intervals.len(), |s| coarser(t, origin, s).intervals.len()));
            lengths.sum::<usize>()
        };
        side(&baseline) + side(&run)
    };
    if count(None) > ENDPOINT_INTERVALS {
        let step = STEPS_S.into_iter().find(|step| count(Some(*step)) <= ENDPOINT_INTERVALS);
        for side in [&mut baseline, &mut run] {
            let origin = origin_s(side);
            for endpoint in &mut side.endpoints {
                endpoint.timeline = endpoint.timeline.as_ref().zip(step).map(|(t, step)| coarser(t, origin, step));
            }
        }
        changed = true;
    }
    if !changed {
        return None;
    }
    let (of_baseline, of_run) = sure.unwrap_or_default();
    for (side, sure) in [(&mut baseline, of_baseline), (&mut run, of_run)] {
        let total = side.total.iter_mut().map(|e| (true, e));
        for (is_total, endpoint) in total.chain(side.endpoints.iter_mut().map(|e| (false, e))) {
            let scope = if is_total { Scope::Total } else { Scope::Endpoint };
            if let Some(told) = sure.get(&key(scope, endpoint)).cloned() {
                endpoint.sureness = told;
            }
        }
    }
    Some(compare::compare(baseline, run, c.policy.clone()))
}

/// Where the steps of a run are counted from.
fn origin_s(run: &Run) -> i64 {
    let endpoints = run.endpoints.iter().chain(&run.total).filter_map(|e| e.timeline.as_ref());
    endpoints.chain(&run.timeline).filter_map(Timeline::start_s).min().unwrap_or(0)
}

/// The version of the shape of [`Verdicts`].
const VERDICTS_SCHEMA: u64 = 1;

/// What the report shows, for whoever checks it.
#[derive(Debug, Serialize, Deserialize, PartialEq)]
struct Verdicts {
    schema: u64,
    made_at: String,
    made_by: String,
    /// Of the summaries.
    sha256: String,
    word: String,
    gate: String,
    counts: Counts,
    subjects: Vec<SubjectVerdicts>,
}

#[derive(Debug, Serialize, Deserialize, PartialEq)]
struct SubjectVerdicts {
    scope: String,
    method: Option<String>,
    name: String,
    verdict: String,
    /// The metrics that a rule judged, each with its verdict.
    metrics: std::collections::BTreeMap<String, String>,
}

impl Verdicts {
    fn of(c: &Comparison, made_at: &str, sha256: &str) -> Self {
        let subjects = c.subjects.iter().map(|s| SubjectVerdicts {
            scope: s.scope.as_str().to_owned(),
            method: s.method.clone(),
            name: s.name.clone(),
            verdict: s.verdict.code().to_owned(),
            metrics: crate::order::map(
                s.rows
                    .iter()
                    .filter(|r| r.verdict != Verdict::Info)
                    .map(|r| (r.metric.to_string(), r.verdict.code().to_owned())),
            ),
        });
        Self {
            schema: VERDICTS_SCHEMA,
            made_at: made_at.to_owned(),
            made_by: made_by(),
            sha256: sha256.to_owned(),
            word: c.word.code().to_owned(),
            gate: c.gate.as_str().to_owned(),
            counts: c.counts,
            subjects: subjects.collect(),
        }
    }
}
