//! What was read from the files of one run: for people as text, for programs as JSON.

use std::fmt::Write;

use serde::Serialize;

use super::terminal::{cell, width};
use super::view::tool;
use super::words::NONE;
use crate::compare::check;
use crate::number;
use crate::run::{Endpoint, NoteLevel, Percentile, Run, time};

#[derive(Serialize)]
struct Inspected<'a> {
    tool: &'a str,
    version: Option<&'a str>,
    label: &'a str,
    started: Option<String>,
    duration_s: Option<f64>,
    users: Option<u64>,
    files: Vec<File<'a>>,
    total: Option<EndpointOut<'a>>,
    endpoints: Vec<EndpointOut<'a>>,
    failures_by_cause: Vec<Cause<'a>>,
    exceptions: Vec<ExceptionOut<'a>>,
    notes: Vec<NoteOut<'a>>,
    checks: Vec<CheckOut>,
}

#[derive(Serialize)]
struct File<'a> {
    name: &'a str,
    bytes: u64,
    format: &'a str,
    evidence: &'a str,
}

#[derive(Serialize)]
struct EndpointOut<'a> {
    method: Option<&'a str>,
    name: &'a str,
    requests: Option<u64>,
    failures: Option<u64>,
    latency_ms: LatencyOut,
    rate_per_s: Option<f64>,
    metrics: &'a std::collections::BTreeMap<String, f64>,
}

#[derive(Serialize)]
struct LatencyOut {
    min: Option<f64>,
    mean: Option<f64>,
    p50: Option<f64>,
    p90: Option<f64>,
    p95: Option<f64>,
    p99: Option<f64>,
    max: Option<f64>,
}

#[derive(Serialize)]
struct Cause<'a> {
    method: Option<&'a str>,
    name: &'a str,
    message: &'a str,
    count: u64,
}

#[derive(Serialize)]
struct ExceptionOut<'a> {
    message: &'a str,
    count: u64,
}

#[derive(Serialize)]
struct NoteOut<'a> {
    file: Option<&'a str>,
    code: &'a str,
    text: String,
}

#[derive(Serialize)]
struct CheckOut {
    file: Option<String>,
    level: &'static str,
    code: String,
    text: String,
}

/// One run as JSON, indented, with a newline at its end.
#[must_use]
pub fn json(run: &Run) -> String {
    super::json::to_text(&inspected(run))
}

/// Several runs as a JSON array.
#[must_use]
pub fn json_list(runs: &[Run]) -> String {
    super::json::to_text(&runs.iter().map(inspected).collect::<Vec<_>>())
}

fn inspected(run: &Run) -> Inspected<'_> {
    let checks = check::of_run(run);
    Inspected {
        tool: &run.source.tool,
        version: run.source.version.as_deref(),
        label: &run.label,
        started: run.started_ms.map(time::format_rfc3339),
        duration_s: run.duration_s,
        users: run.users,
        files: run
            .source
            .files
            .iter()
            .map(|f| File { name: &f.name, bytes: f.bytes, format: &f.format, evidence: &f.evidence })
            .collect(),
        total: run.total.as_ref().map(endpoint),
        endpoints: run.endpoints.iter().map(endpoint).collect(),
        failures_by_cause: run
            .failures
            .iter()
            .map(|f| Cause { method: f.method.as_deref(), name: &f.name, message: &f.message, count: f.count })
            .collect(),
        exceptions: run.exceptions.iter().map(|e| ExceptionOut { message: &e.message, count: e.count }).collect(),
        notes: check::other_notes(run, &checks)
            .into_iter()
            .map(|n| NoteOut { file: n.file.as_deref(), code: n.code(), text: n.text() })
            .collect(),
        checks: super::json::checks("run", &checks)
            .map(|c| CheckOut {
                file: c.file.map(str::to_owned),
                level: c.level,
                code: c.code.into_owned(),
                text: c.text,
            })
            .collect(),
    }
}

fn endpoint(endpoint: &Endpoint) -> EndpointOut<'_> {
    let latency = &endpoint.latency;
    let quantile = |p| latency.distribution.quantile_ms(p);
    EndpointOut {
        method: endpoint.method.as_deref(),
        name: &endpoint.name,
        requests: endpoint.requests,
        failures: endpoint.failures,
        latency_ms: LatencyOut {
            min: latency.min_ms,
            mean: latency.mean_ms,
            p50: quantile(Percentile::P50),
            p90: quantile(Percentile::P90),
            p95: quantile(Percentile::P95),
            p99: quantile(Percentile::P99),
            max: latency.max_ms,
        },
        rate_per_s: endpoint.rate_per_s,
        metrics: &endpoint.metrics,
    }
}

/// One run as text for a terminal.
#[must_use]
pub fn text(run: &Run) -> String {
    let mut out = String::new();
    // Writing to a `String` cannot fail.
    let _ = write_text(&mut out, run);
    out
}

fn write_text(out: &mut String, run: &Run) -> std::fmt::Result {
    let none = || NONE.to_owned();
    writeln!(out, "{}: {}", run.label, tool(run))?;
    for file in &run.source.files {
        writeln!(
            out,
            "  {} ({}): {}, by {}",
            cell(&file.name),
            number::bytes(file.bytes),
            file.format,
            cell(&file.evidence)
        )?;
    }
    writeln!(
        out,
        "  started {}, {} long, {} users",
        run.started_ms.map_or_else(none, time::format_rfc3339),
        run.duration_s.map_or_else(none, number::duration_s),
        run.users.map_or_else(none, number::count)
    )?;
    writeln!(out)?;
    let header = ["endpoint", "requests", "failures", "mean", "p50", "p95", "p99", "max", "req/s"];
    let mut table: Vec<[String; 9]> = vec![header.map(str::to_owned)];
    table.extend(run.endpoints.iter().chain(&run.total).map(cells));
    let widths: Vec<usize> =
        (0..9).map(|i| table.iter().filter_map(|r| r.get(i)).map(|c| width(c)).max().unwrap_or(0)).collect();
    for row in &table {
        let mut line = String::new();
        for (i, (cell, room)) in row.iter().zip(&widths).enumerate() {
            let pad = " ".repeat(room.saturating_sub(width(cell)));
            line.push_str(&if i == 0 { format!("  {cell}{pad}") } else { format!("  {pad}{cell}") });
        }
        writeln!(out, "{}", line.trim_end())?;
    }
    if !run.failures.is_empty() {
        writeln!(out, "\nFailures:")?;
        for failure in &run.failures {
            let label = format!("{} {}", failure.method.as_deref().unwrap_or(""), failure.name);
            writeln!(out, "  {} × {}: {}", number::count(failure.count), cell(label.trim()), cell(&failure.message))?;
        }
    }
    let checks = check::of_run(run);
    if !checks.is_empty() {
        writeln!(out, "\nData checks:")?;
        for check in &checks {
            let sign = if check.level() == NoteLevel::Warning { "△" } else { "·" };
            match check.file() {
                Some(file) => writeln!(out, "  {sign} {}: {}", cell(file), cell(&check.text()))?,
                None => writeln!(out, "  {sign} {}", cell(&check.text()))?,
            }
        }
    }
    let notes = check::other_notes(run, &checks);
    if !notes.is_empty() {
        writeln!(out, "\nNotes:")?;
        for note in notes {
            match &note.file {
                Some(file) => writeln!(out, "  {}: {}", cell(file), cell(&note.text()))?,
                None => writeln!(out, "  {}", cell(&note.text()))?,
            }
        }
    }
    Ok(())
}

fn cells(endpoint: &Endpoint) -> [String; 9] {
    let none = || NONE.to_owned();
    let ms = |value: Option<f64>| value.map_or_else(none, number::latency_ms);
    let quantile = |p| match endpoint.latency.distribution.quantile_bounds_ms(p) {
        Some((low, high)) => format!("{}–{}", number::latency_ms(low), number::latency_ms(high)),
        None => ms(endpoint.latency.distribution.quantile_ms(p)),
    };
    [
        cell(&endpoint.shown()),
        endpoint.requests.map_or_else(none, number::count),
        endpoint.failures.map_or_else(none, number::count),
        ms(endpoint.latency.mean_ms),
        quantile(Percentile::P50),
        quantile(Percentile::P95),
        quantile(Percentile::P99),
        ms(endpoint.latency.max_ms),
        endpoint.rate_per_s.map_or_else(none, number::rate),
    ]
}
