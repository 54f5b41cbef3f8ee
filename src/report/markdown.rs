//! The full report as Markdown, for a file or a review. Foreign text cannot become markup: see [`code`].

use std::fmt::Write;

use super::view;
use super::words::{self, Span};
use crate::compare::{Comparison, Row, Scope, Subject, Verdict};
use crate::policy::MissingIs;
use crate::run::NoteLevel;

/// Renders the report. The profile of the scripts (`seed-v1`) keeps their shape,
/// [`regression_analysis`](super::regression_analysis).
#[must_use]
pub fn render(comparison: &Comparison) -> String {
    if comparison.policy.compare.missing == MissingIs::Zero {
        return super::regression_analysis::render(comparison);
    }
    let mut out = String::new();
    // Writing to a `String` cannot fail.
    let _ = write_report(&mut out, comparison);
    out
}

fn write_report(out: &mut String, c: &Comparison) -> std::fmt::Result {
    let (baseline, run) = view::labels(c);
    writeln!(out, "# {} {}: {} against {}\n", words::word_sign(c.word), c.word.as_str(), text(&run), text(&baseline))?;
    for span in words::headline(c) {
        match span {
            Span::Text(plain) => out.push_str(&text(&plain)),
            Span::Name(name) => out.push_str(&code(&name)),
            Span::Strong(figure) => write!(out, "**{}**", text(&figure))?,
        }
    }
    writeln!(out, "\n")?;
    writeln!(out, "{}\n", counts(c))?;
    writeln!(out, "Judged by {}.\n", text(&view::judged_by(c)))?;

    let tiles = view::tiles(c);
    if !tiles.is_empty() {
        writeln!(out, "| Total | Baseline | Run | Change | Verdict |\n|---|--:|--:|--:|---|")?;
        for tile in tiles {
            let verdict = verdict(tile.verdict);
            writeln!(out, "| {} | {} | {} | {} | {verdict} |", tile.title, tile.baseline, tile.run, tile.change)?;
        }
        writeln!(out)?;
    }
    for (verdict, title) in [
        (Verdict::Critical, "Failures"),
        (Verdict::Missing, "Missing"),
        (Verdict::Warning, "Warnings"),
        (Verdict::NoData, "No data"),
        (Verdict::New, "New"),
        (Verdict::Improved, "Improved"),
    ] {
        section(out, c, verdict, title)?;
    }
    passed(out, c)?;
    runs(out, c)?;
    notes(out, c)?;
    writeln!(out, "## Summary\n")?;
    let n = &c.counts;
    writeln!(out, "- **Total metrics**: {}", n.total)?;
    writeln!(out, "- **Failures**: {}", n.critical)?;
    writeln!(out, "- **Warnings**: {}", n.warning)?;
    writeln!(out, "- **Passed**: {}", n.pass + n.improved)?;
    writeln!(out, "- **Gate**: {}", c.gate.as_str())
}

/// `1 critical, 2 warnings, 30 pass`, without what there is none of.
fn counts(c: &Comparison) -> String {
    let n = &c.counts;
    let parts = [
        (n.critical, "critical"),
        (n.missing, "missing"),
        (n.warning, "warning"),
        (n.no_data, "without data"),
        (n.new, "new"),
        (n.improved, "improved"),
        (n.pass, "pass"),
    ];
    let parts: Vec<String> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
    if parts.is_empty() {
        return "Nothing was judged.".into();
    }
    let figures = if n.total == 1 { "figure" } else { "figures" };
    format!("{} judged {figures}: {}.", n.total, parts.join(", "))
}

fn verdict(verdict: Verdict) -> String {
    format!("{} {}", words::sign(verdict), words::badge(verdict))
}

fn rows_of(c: &Comparison, wanted: Verdict) -> Vec<(&Subject, &Row)> {
    c.by_severity
        .iter()
        .filter_map(|i| c.subjects.get(*i))
        .flat_map(|s| s.rows.iter().filter(move |r| r.verdict == wanted).map(move |r| (s, r)))
        .collect()
}

fn section(out: &mut String, c: &Comparison, wanted: Verdict, title: &str) -> std::fmt::Result {
    let rows = rows_of(c, wanted);
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(out, "## {} {title} ({})\n", words::sign(wanted), rows.len())?;
    writeln!(out, "| Endpoint | Metric | Baseline | Run | Change | Limit | Why |\n|---|---|--:|--:|--:|---|---|")?;
    for (subject, row) in rows {
        line(out, subject, row)?;
    }
    writeln!(out)
}

fn line(out: &mut String, subject: &Subject, row: &Row) -> std::fmt::Result {
    let label = match subject.scope {
        Scope::Total => "**Total**".into(),
        Scope::Service | Scope::Endpoint => code(&subject.label()),
    };
    writeln!(
        out,
        "| {label} | {} | {} | {} | {} | {} | {} |",
        text(&row.metric.title()),
        words::value(&row.metric, &row.baseline),
        words::value(&row.metric, &row.run),
        words::change(&row.metric, row.change.as_ref()),
        text(&words::limit(row)),
        text(&words::reason(row))
    )
}

fn passed(out: &mut String, c: &Comparison) -> std::fmt::Result {
    let rows = rows_of(c, Verdict::Pass);
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(out, "<details><summary>✓ Passed ({})</summary>\n", rows.len())?;
    writeln!(out, "| Endpoint | Metric | Baseline | Run | Change | Limit | Why |\n|---|---|--:|--:|--:|---|---|")?;
    for (subject, row) in rows {
        line(out, subject, row)?;
    }
    writeln!(out, "\n</details>\n")
}

fn runs(out: &mut String, c: &Comparison) -> std::fmt::Result {
    writeln!(out, "## Runs\n\n| | Baseline | Run |\n|---|---|---|")?;
    let (baseline, run) = view::labels(c);
    writeln!(out, "| Label | {} | {} |", text(&baseline), text(&run))?;
    for fact in view::facts(c) {
        writeln!(out, "| {} | {} | {} |", fact.name, text(&fact.baseline), text(&fact.run))?;
    }
    writeln!(out)
}

fn notes(out: &mut String, c: &Comparison) -> std::fmt::Result {
    let mark = |level: NoteLevel| if level == NoteLevel::Warning { "△ " } else { "" };
    let mut lines: Vec<String> = c.notes.iter().map(|n| format!("{}{}", mark(n.level()), text(&n.text()))).collect();
    for (side, run) in [("Baseline", &c.baseline), ("Run", &c.run)] {
        for note in &run.notes {
            let about = note.file.as_ref().map_or_else(|| side.to_owned(), |f| format!("{side}, {}", code(f)));
            lines.push(format!("{}{about}: {}", mark(note.level()), text(&note.text())));
        }
    }
    if lines.is_empty() {
        return Ok(());
    }
    writeln!(out, "## Notes\n")?;
    for line in lines {
        writeln!(out, "- {line}")?;
    }
    writeln!(out)
}

/// Foreign text as text: every character that Markdown or HTML could take for markup becomes an entity, every control
/// character a space.
#[must_use]
pub fn text(foreign: &str) -> String {
    let mut safe = String::with_capacity(foreign.len());
    let mut chars = foreign.chars().peekable();
    let mut before = ' ';
    while let Some(c) = chars.next() {
        let inside_word = before.is_alphanumeric() && chars.peek().is_some_and(|next| next.is_alphanumeric());
        before = c;
        match c {
            // Within a word an underscore is no emphasis, and file names are full of them.
            '_' if inside_word => safe.push('_'),
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '|' | '`' | '*' | '_' | '[' | ']' | '\\' | '~' | '#' | '!' | '$' | '@' => {
                safe.push_str(&format!("&#{};", u32::from(c)));
            }
            c if c.is_control() => safe.push(' '),
            c => safe.push(c),
        }
    }
    safe
}

/// A name as code: a code span where the name has nothing that could end it or a table's cell, else an element with
/// entities. In code GitHub makes no links or mentions.
#[must_use]
pub fn code(name: &str) -> String {
    let plain = |c: char| !c.is_control() && !matches!(c, '`' | '|' | '\\');
    if !name.trim().is_empty() && name.chars().all(plain) {
        format!("`{}`", name.trim())
    } else {
        format!("<code>{}</code>", text(name))
    }
}
