//! The report as CSV, for a spreadsheet: a line per row of the [JSON](super::json), with its columns; bounds take two
//! columns each. UTF-8 without a byte-order mark, lines end in CR LF (RFC 4180), missing is empty.
//!
//! A spreadsheet takes a cell that begins with `=`, `+`, `-` or `@` for a formula, and names come from files that may
//! be anyone's. **A text cell that begins with one of these (or their full-width forms), a tab or a line end gets an
//! apostrophe before it.** Control characters and those that are not seen have a mark in their place, so that every row is
//! one line, and what a runner would take for a command is kept apart: see [`terminal::cell`]. Limits such as `+20%` are text and get one too; numbers never do.

use ::csv::{Terminator, WriterBuilder};

use super::json::{self, RowOut};
use super::terminal;
use crate::compare::Comparison;

/// A column: its name and its cell.
type Column = (&'static str, fn(&RowOut<'_>) -> String);

const COLUMNS: [Column; 27] = [
    ("scope", |r| text(r.scope)),
    ("service", |r| text(r.service.unwrap_or_default())),
    ("method", |r| text(r.method.unwrap_or_default())),
    ("name", |r| text(r.name)),
    ("metric", |r| text(&r.metric)),
    ("unit", |r| text(r.unit)),
    ("baseline", |r| number(r.baseline)),
    ("baseline_low", |r| number(r.baseline_bounds.map(|b| b.0))),
    ("baseline_high", |r| number(r.baseline_bounds.map(|b| b.1))),
    ("run", |r| number(r.run)),
    ("run_low", |r| number(r.run_bounds.map(|b| b.0))),
    ("run_high", |r| number(r.run_bounds.map(|b| b.1))),
    ("provenance", |r| text(r.provenance)),
    ("change_abs", |r| number(r.change_abs)),
    ("change_pct", |r| number(r.change_pct)),
    ("limit", |r| text(r.limit.as_deref().unwrap_or_default())),
    ("target", |r| number(r.target)),
    ("verdict", |r| text(r.verdict)),
    ("reason", |r| text(&r.reason)),
    ("estimate", |r| number(r.evidence.as_ref().and_then(|e| e.estimate))),
    ("interval_low", |r| number(r.evidence.as_ref().and_then(|e| e.lower))),
    ("interval_high", |r| number(r.evidence.as_ref().and_then(|e| e.upper))),
    ("interval_method", |r| text(r.evidence.as_ref().map_or("", |e| e.method))),
    ("detectable", |r| number(r.evidence.as_ref().and_then(|e| e.detectable))),
    ("noise_pct", |r| number(r.evidence.as_ref().map(|e| e.noise_pct))),
    ("p", |r| number(r.evidence.as_ref().and_then(|e| e.p))),
    ("adjusted_p", |r| number(r.evidence.as_ref().and_then(|e| e.adjusted_p))),
];

/// Renders the report.
#[must_use]
pub fn render(comparison: &Comparison) -> String {
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
    // Writing to memory cannot fail, and every line has as many cells as there are columns.
    let _ = writer.write_record(COLUMNS.map(|(name, _)| name));
    for row in json::rows(comparison) {
        let _ = writer.write_record(COLUMNS.map(|(_, cell)| cell(&row)));
    }
    writer.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}

/// Text on one line that no spreadsheet takes for a formula.
fn text(cell: &str) -> String {
    let marked = terminal::cell(cell);
    let formula = |c| matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠');
    if cell.starts_with(formula) { format!("'{marked}") } else { marked }
}

/// A number in the digits that JSON has for it.
fn number(cell: Option<f64>) -> String {
    cell.map_or_else(String::new, |number| format!("{number:?}"))
}
