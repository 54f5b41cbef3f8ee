//! The ten-second report on a terminal: what [`brief`] holds, in columns, without markup.

use super::{brief, headline, markdown, stages, terminal, view, words};
use crate::compare::{Comparison, Scope, Subject};

/// How much of a name or a label is shown.
const CLIP: usize = 48;

/// Warnings that are shown.
const WARNINGS: usize = 3;

/// Renders the report.
#[must_use]
pub fn render(c: &Comparison) -> String {
    let (baseline, run) = view::labels(c);
    let title = format!(
        "{} {}: {} against {}",
        words::word_sign(c.word),
        words::word_title(c.word),
        plain(&run, CLIP),
        plain(&baseline, CLIP)
    );
    let mut parts = vec![title];
    let said = headline::headline(c);
    for spans in [said.decided, said.also, said.better] {
        let sentence: String = spans.iter().map(words::Span::text).collect();
        if !sentence.is_empty() {
            parts.push(plain(&sentence, 1_000));
        }
    }
    let head = |first: &str, more: &[&str]| -> Vec<String> {
        let heads = [first.to_owned(), plain(&baseline, 20), plain(&run, 20)];
        heads.into_iter().chain(more.iter().map(|s| (*s).to_owned())).collect()
    };
    let total = brief::total(c).into_iter().map(|l| vec![l.title, l.baseline, l.run, l.change, l.word]);
    parts.extend(table(head("All requests", &["change", ""]), total.collect()));
    let worse = brief::worse(c);
    let rows = worse.iter().take(brief::WORSE).map(|line| {
        let name = format!("{} {}", words::sign(line.verdict()), name(line.subject));
        let (from, to, change) = match line.row {
            Some(row) => (
                brief::plain_value(row, &row.baseline),
                brief::plain_value(row, &row.run),
                words::change_with_interval(row),
            ),
            None => {
                let requests = |side: &Option<crate::run::Endpoint>| markdown::requests(side.as_ref());
                (requests(&line.subject.baseline), requests(&line.subject.run), words::NONE.into())
            }
        };
        let metrics = line.metrics();
        let metric = if metrics.is_empty() { String::new() } else { format!(" {}", plain(&metrics, CLIP)) };
        vec![format!("{name}{metric}"), from, to, change, plain(&line.why, 100)]
    });
    let mut worse_table = table(head("Worse", &["change", "why"]), rows.collect());
    if let (Some(table), Some(more)) = (&mut worse_table, worse.len().checked_sub(brief::WORSE).filter(|n| *n > 0)) {
        table.push_str(&format!("\n… and {more} more"));
    }
    parts.extend(worse_table);
    let improved = brief::named_improvements(c);
    if !improved.is_empty() {
        let named: Vec<String> =
            improved.iter().take(brief::IMPROVED).map(|b| format!("{} {}", name(b.subject), b.text())).collect();
        parts.push(format!("Improved: {}{}", named.join("; "), and_more(improved.len(), brief::IMPROVED)));
    }
    let open = brief::open(c);
    if !open.is_empty() {
        let named: Vec<String> =
            open.iter().take(brief::OPEN).map(|o| format!("{} {}", name(o.subject), o.text())).collect();
        parts.push(format!("Unclear: {}{}", named.join("; "), and_more(open.len(), brief::OPEN)));
    }
    let causes = brief::clear_causes(c);
    if !causes.is_empty() {
        let named: Vec<String> = causes
            .iter()
            .take(brief::CAUSES)
            .map(|cause| format!("{} ({})", plain(&cause.text(60), 200), plain(&cause.label(), CLIP)))
            .collect();
        parts.push(format!("Failures that rose: {}{}", named.join("; "), and_more(causes.len(), brief::CAUSES)));
    }
    if let Some(found) = stages::of(c) {
        let cell = |cell: &stages::Cell| {
            let change = if cell.change.is_empty() { String::new() } else { format!(" ({})", cell.change) };
            format!("{} → {}{change}", cell.baseline, cell.run)
        };
        let row = |line: stages::Line| std::iter::once(line.users).chain(line.cells.iter().map(cell)).collect();
        let head = std::iter::once("Users").chain(stages::COLUMNS).map(str::to_owned).collect();
        let rows = table(head, stages::lines(found).into_iter().map(row).collect()).unwrap_or_default();
        parts.push(format!("Holds to: {}\n{rows}", stages::holds_text(found)));
    }
    let groups: Vec<String> = brief::groups(c).iter().map(|g| plain(&g.text(), 200)).collect();
    if !groups.is_empty() {
        let shown = groups.iter().take(8).map(|g| format!("  {g}\n")).collect::<String>();
        let more = groups.len().checked_sub(8).filter(|n| *n > 0).map(|n| format!("  … and {n} more\n"));
        parts.push(format!("{}:\n{shown}{}", plain(&brief::rest(c), 200), more.unwrap_or_default()).trim_end().into());
    }
    let warnings: Vec<String> = view::checks(c)
        .into_iter()
        .chain(view::notes(c))
        .filter(|note| note.warning)
        .map(|note| format!("△ {}", plain(&note.text, 300)))
        .collect();
    if !warnings.is_empty() {
        let shown: Vec<&str> = warnings.iter().take(WARNINGS).map(String::as_str).collect();
        let more =
            warnings.len().checked_sub(WARNINGS).filter(|n| *n > 0).map(|n| format!("\n… and {n} more warnings"));
        parts.push(format!("{}{}", shown.join("\n"), more.unwrap_or_default()));
    }
    let why = brief::gate_why(c);
    let why = if why.is_empty() { why } else { format!(" ({why})") };
    parts.push(format!("Gate: {}{why}\n", brief::gate(c)));
    parts.join("\n\n")
}

fn and_more(all: usize, shown: usize) -> String {
    match all.saturating_sub(shown) {
        0 => String::new(),
        more => format!("; and {more} more"),
    }
}

fn name(subject: &Subject) -> String {
    match subject.scope {
        Scope::Total => "All requests".into(),
        Scope::Service | Scope::Endpoint => plain(&subject.label(), CLIP),
    }
}

/// Foreign text on one line: nothing that moves a cursor or turns the direction.
fn plain(text: &str, chars: usize) -> String {
    brief::clipped(&terminal::cell(text), chars).into_owned()
}

/// Columns under each other: names and words to the left, figures to the right; `None` without rows.
fn table(head: Vec<String>, rows: Vec<Vec<String>>) -> Option<String> {
    if rows.is_empty() {
        return None;
    }
    let all: Vec<Vec<String>> = std::iter::once(head).chain(rows).collect();
    let width = |column: usize| {
        all.iter().filter_map(|row| row.get(column)).map(|cell| terminal::width(cell)).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..all.first().map_or(0, Vec::len)).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).enumerate().map(|(i, (cell, width))| {
            let room = " ".repeat(width.saturating_sub(terminal::width(cell)));
            // Between the first and the last stand figures.
            if i == 0 || i + 1 == row.len() { format!("{cell}{room}") } else { format!("{room}{cell}") }
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    Some(all.iter().map(line).collect::<Vec<_>>().join("\n"))
}
