//! `regression-analysis.md` in the shape the scripts wrote: failures, warnings, passed, summary. People's other
//! scripts read it by its headings and columns, so they stay as they were.

use std::fmt::Write;

use super::markdown::text;
use super::words;
use crate::compare::{Comparison, Reason, Row, Subject, Verdict};
use crate::run::Metric;

/// Renders the report.
#[must_use]
pub fn render(comparison: &Comparison) -> String {
    let mut out = String::new();
    // Writing to a `String` cannot fail.
    let _ = write_report(&mut out, comparison);
    out
}

fn write_report(out: &mut String, c: &Comparison) -> std::fmt::Result {
    let rows = |wanted: &[Verdict]| -> Vec<(&Subject, &Row)> {
        let rows = c.subjects.iter().flat_map(|s| s.rows.iter().map(move |r| (s, r)));
        rows.filter(|(_, r)| wanted.contains(&r.verdict)).collect()
    };
    writeln!(out, "## Performance Regression Analysis\n")?;
    let failures = rows(&[Verdict::Critical]);
    if !failures.is_empty() {
        writeln!(out, "### ❌ Failures (Action Required)\n")?;
        writeln!(out, "| Service | Metric | Expected | Current | Change | Impact |")?;
        writeln!(out, "|---------|--------|----------|---------|--------|--------|")?;
        for (subject, row) in &failures {
            writeln!(out, "{} ❌ Critical |", cells(subject, row))?;
        }
        writeln!(out)?;
    }
    let warnings = rows(&[Verdict::Warning]);
    if !warnings.is_empty() {
        writeln!(out, "### ⚠️ Warnings (Monitor)\n")?;
        writeln!(out, "| Service | Metric | Expected | Current | Change |")?;
        writeln!(out, "|---------|--------|----------|---------|--------|")?;
        for (subject, row) in &warnings {
            writeln!(out, "{}", cells(subject, row))?;
        }
        writeln!(out)?;
    }
    let passed = rows(&[Verdict::Pass, Verdict::Improved]);
    if !passed.is_empty() {
        writeln!(out, "### ✅ Passed ({} metrics within thresholds)\n", passed.len())?;
        writeln!(out, "All measured metrics are within acceptable thresholds.")?;
    }
    writeln!(out, "\n## Summary\n")?;
    writeln!(out, "- **Total Metrics**: {}", c.counts.total)?;
    writeln!(out, "- **Failures**: {}", failures.len())?;
    writeln!(out, "- **Warnings**: {}", warnings.len())?;
    writeln!(out, "- **Passed**: {}", passed.len())?;
    notes(out, c, &passed)
}

/// Service, metric, expected, current, change: a table row up to the change.
fn cells(subject: &Subject, row: &Row) -> String {
    let change = match row.change {
        Some(change) => change.pct.map_or_else(|| "∞".into(), |pct| format!("{pct:+.1}%")),
        None => words::NONE.into(),
    };
    format!(
        "| {} | {} | {} | {} | {change} |",
        text(&subject.name),
        row.metric,
        number(&row.metric, row.baseline.number),
        number(&row.metric, row.run.number)
    )
}

/// A number as Python prints it: `1.0`, `0.33`; metrics without a unit are counts.
fn number(metric: &Metric, number: Option<f64>) -> String {
    match number {
        Some(number) if metric.unit().is_empty() => format!("{number}"),
        Some(number) => format!("{number:?}"),
        None => words::NONE.into(),
    }
}

/// What the scripts did not say, behind all that they did.
fn notes(out: &mut String, c: &Comparison, passed: &[(&Subject, &Row)]) -> std::fmt::Result {
    let mut lines: Vec<String> = passed
        .iter()
        .filter(|(_, r)| matches!(r.reason, Reason::MissingReadAsZero(_)))
        .map(|(s, r)| format!("{} {}: {}", text(&s.name), r.metric, text(&words::reason(r))))
        .collect();
    lines.extend(c.comparability.reasons.iter().map(|r| text(&r.text())));
    lines.extend(c.notes.iter().map(|n| text(&n.text())));
    for (side, account) in [("baseline", &c.baseline_account), ("run", &c.run_account)] {
        for excluded in &account.excluded {
            let names: Vec<String> = excluded.names.iter().map(|n| text(n)).collect();
            lines.push(format!("Left out of the {side}, {} {}.", excluded.what, names.join(", ")));
        }
    }
    if lines.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n## Notes\n")?;
    for line in lines {
        writeln!(out, "- {line}")?;
    }
    Ok(())
}
