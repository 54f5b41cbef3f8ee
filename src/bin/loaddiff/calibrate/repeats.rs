//! Runs of one program: each from a file, or from the lines of a history.

use std::path::PathBuf;

use clap::ArgMatches;
use loaddiff::history::{History, trends};
use loaddiff::ingest::{self, Parts};
use loaddiff::run::{
    Distribution, Endpoint, Latency, Metric, Percentile, PercentileTable, Rounding, Run, Source, SourceFile,
};

use crate::{Failure, args, history, inputs, output};

/// Fewest runs that say how far equal runs differ.
pub const FEWEST: usize = 5;

/// The runs given by the arguments.
pub fn given(matches: &ArgMatches) -> Result<Vec<Run>, Failure> {
    let runs = match matches.get_one::<PathBuf>("history") {
        Some(path) => of_history(&history::read(path)?)?,
        None => of_files(matches)?,
    };
    if runs.len() < FEWEST {
        return Err(format!(
            "{} runs are too few: at least {FEWEST} of the same program are needed, and 20 tell more. Run the same test \
             again.",
            runs.len()
        ));
    }
    Ok(runs)
}

/// Each file is a run.
fn of_files(matches: &ArgMatches) -> Result<Vec<Run>, Failure> {
    let named = inputs::expand_all(matches.get_many::<PathBuf>("files").unwrap_or_default())?;
    // A pattern finds Locust's other files as well: they belong to a run.
    let others: Vec<PathBuf> = named.iter().flat_map(|path| inputs::companions(path)).collect();
    let paths: Vec<PathBuf> = named.into_iter().filter(|path| !others.contains(path)).collect();
    let mut runs: Vec<Run> = Vec::new();
    for path in &paths {
        let parts = inputs::read_with_companions(std::slice::from_ref(path), args::read_options(matches))?;
        let run = ingest::assemble(parts, Parts::Refuse).map_err(|e| e.to_string())?;
        if let Some(same) = runs.iter().position(|before| before.same_files(&run)) {
            let before = paths.get(same).map(|path| path.display().to_string()).unwrap_or_default();
            let path = path.display();
            return Err(format!("{path}: it is the same as {before}. Give each run once."));
        }
        runs.push(run);
    }
    if runs.iter().all(|run| run.started_ms.is_some()) {
        runs.sort_by_key(|run| run.started_ms);
    }
    Ok(runs)
}

/// The runs since the last change: those of the last good level of the response times of all requests.
fn of_history(history: &History) -> Result<Vec<Run>, Failure> {
    let leads = [Metric::Latency(Percentile::P50), Metric::Mean];
    let has_total = history.subjects.iter().any(|subject| subject.key.is_none());
    let of_all = |subject: &loaddiff::history::read::Subject| !has_total || subject.key.is_none();
    let (mut first, mut last) = (0, history.runs.len());
    for trend in trends(history, |subject, metric| of_all(subject) && leads.contains(metric)) {
        let Some(level) = trend.good_level() else { continue };
        let run = |at: usize| trend.values.get(at).map(|(run, _)| *run);
        first = first.max(run(level.range.0).unwrap_or(0));
        last = last.min(run(level.range.1.saturating_sub(1)).map_or(last, |run| run + 1));
    }
    let kept = last.saturating_sub(first);
    if kept < history.runs.len() {
        output::print_error(&format!(
            "note: {}: {kept} of {} runs are at the last good level, and count.",
            history.name,
            history.runs.len()
        ));
    }
    Ok((first..last).map(|at| run_of(history, at)).collect())
}

/// One line of a history as a run.
fn run_of(history: &History, at: usize) -> Run {
    let mut run = Run::default();
    if let Some(entry) = history.runs.get(at) {
        run.label = history.run_name(at);
        run.source = Source {
            tool: entry.source.clone().unwrap_or_else(|| "history".to_owned()),
            version: None,
            // Each line is another run.
            files: vec![SourceFile { name: history.name.clone(), fingerprint: at as u64, ..SourceFile::default() }],
        };
        (run.started_ms, run.duration_s, run.users) = (Some(entry.at_ms), entry.duration_s, entry.users);
    }
    let mut endpoints = Vec::new();
    for subject in &history.subjects {
        let Some((_, figures)) = subject.figures.iter().find(|(run, _)| *run == at) else { continue };
        let percentiles = loaddiff::history::PERCENTILES.into_iter().zip(figures.percentiles_ms);
        let values_ms = percentiles.filter_map(|(percentile, ms)| Some((percentile, ms?))).collect();
        let table = PercentileTable { values_ms, rounding: Rounding::None };
        let (method, name) = subject.key.clone().unwrap_or_default();
        let endpoint = Endpoint {
            method,
            name,
            requests: figures.requests,
            failures: figures.failures,
            rate_per_s: figures.rate_per_s,
            latency: Latency {
                mean_ms: figures.mean_ms,
                distribution: Distribution::Table(table),
                ..Latency::default()
            },
            ..Endpoint::default()
        };
        if subject.key.is_some() { endpoints.push(endpoint) } else { run.total = Some(endpoint) }
    }
    endpoints.sort_by(|a, b| a.key().cmp(&b.key()));
    run.endpoints = endpoints.into();
    run
}
