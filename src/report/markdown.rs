//! The full report as Markdown, for a file or a review. Foreign text cannot become markup: see [`code`].

use std::fmt::Write;

use super::view;
use super::words::{self, Span};
use crate::compare::{Comparison, Row, Scope, Subject, Verdict};
use crate::policy::MissingIs;

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
    writeln!(out, "# {}\n\n{}\n\n{}\n", title(c, FULL), headline(c, FULL), counts(c))?;
    writeln!(out, "Judged by {}.\n", text(&view::judged_by(c)))?;

    let tiles = tiles(c);
    if !tiles.is_empty() {
        writeln!(out, "{TILES}\n{}\n", tiles.join("\n"))?;
    }
    for (verdict, title) in [
        (Verdict::Critical, "Failures"),
        (Verdict::Missing, "Missing"),
        (Verdict::Warning, "Warnings"),
        (Verdict::Inconclusive, "Inconclusive"),
        (Verdict::NoData, "No data"),
        (Verdict::New, "New"),
        (Verdict::Improved, "Improved"),
        (Verdict::BelowResolution, "Below resolution"),
    ] {
        section(out, c, verdict, title)?;
    }
    passed(out, c)?;
    writeln!(out, "## Runs\n\n{FACTS}\n{}\n", facts(c, FULL).join("\n"))?;
    let checks = checks(c, FULL);
    if !checks.is_empty() {
        writeln!(out, "## Data checks\n\n{}\n", checks.join("\n"))?;
    }
    let notes = notes(c, FULL);
    if !notes.is_empty() {
        writeln!(out, "## Notes\n\n{}\n", notes.join("\n"))?;
    }
    writeln!(out, "## Summary\n")?;
    let n = &c.counts;
    writeln!(out, "- **Total metrics**: {}", n.total)?;
    writeln!(out, "- **Failures**: {}", n.critical)?;
    writeln!(out, "- **Warnings**: {}", n.warning)?;
    writeln!(out, "- **Passed**: {}", n.pass + n.improved)?;
    writeln!(out, "- **Gate**: {}", c.gate.as_str())
}

// The pieces below are shared with the review. `clip` is how many characters of a foreign text are shown.

/// No foreign text is clipped.
const FULL: usize = usize::MAX;

/// `▲ REGRESSED: slow against base`.
pub(super) fn title(c: &Comparison, clip: usize) -> String {
    let (baseline, run) = view::labels(c);
    let (baseline, run) = (text_within(&baseline, clip), text_within(&run, clip));
    format!("{} {}: {run} against {baseline}", words::word_sign(c.word), c.word.as_str())
}

/// The sentence that says what decided.
pub(super) fn headline(c: &Comparison, clip: usize) -> String {
    let span = |span: Span| match span {
        Span::Text(plain) => text_within(&plain, clip.saturating_mul(2)),
        Span::Name(name) => code_within(&name, clip),
        Span::Strong(figure) => format!("**{}**", text(&figure)),
    };
    words::headline(c).into_iter().map(span).collect()
}

/// `1 critical, 2 warnings, 30 pass`, without what there is none of.
pub(super) fn counts(c: &Comparison) -> String {
    let n = &c.counts;
    let parts = [
        (n.critical, "critical"),
        (n.missing, "missing"),
        (n.warning, "warning"),
        (n.inconclusive, "inconclusive"),
        (n.no_data, "without data"),
        (n.new, "new"),
        (n.improved, "improved"),
        (n.below_resolution, "below resolution"),
        (n.pass, "pass"),
    ];
    let parts: Vec<String> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
    if parts.is_empty() {
        return "Nothing was judged.".into();
    }
    let figures = if n.total == 1 { "figure" } else { "figures" };
    format!("{} judged {figures}: {}.", n.total, parts.join(", "))
}

/// The head of the table of [`tiles`].
pub(super) const TILES: &str = "| Total | Baseline | Run | Change | Verdict |\n|---|--:|--:|--:|---|";

/// The total's figures, a table's row each.
pub(super) fn tiles(c: &Comparison) -> Vec<String> {
    let row = |tile: view::Tile| {
        let verdict = verdict(tile.verdict);
        format!("| {} | {} | {} | {} | {verdict} |", tile.title, tile.baseline, tile.run, tile.change)
    };
    view::tiles(c).into_iter().map(row).collect()
}

/// A verdict's sign and word.
pub(super) fn verdict(verdict: Verdict) -> String {
    format!("{} {}", words::sign(verdict), words::badge(verdict))
}

/// A judged figure as a table's row: endpoint, metric, baseline, run, change and limit, then a cell of the caller's.
pub(super) struct Line {
    /// `| a | b | …`, without the row's end.
    cells: String,
    /// Why it has its verdict.
    why: String,
}

impl Line {
    /// The row, with this as its last cell.
    pub(super) fn ending(&self, last: &str) -> String {
        format!("{} | {last} |", self.cells)
    }
}

/// The figures with a verdict, most severe first; and what has it for being on one side only, without a rule about it.
pub(super) fn lines(c: &Comparison, wanted: Verdict, clip: usize) -> Vec<Line> {
    let subjects = || c.by_severity.iter().filter_map(|i| c.subjects.get(*i));
    let rows = subjects().flat_map(|s| s.rows.iter().filter(|r| r.verdict == wanted).map(move |r| line(s, r, clip)));
    let one_sided = subjects()
        .filter(|s| s.verdict == wanted && c.absence_fails_gate(s) && s.rows.iter().all(|r| r.verdict != wanted));
    let one_sided = one_sided.map(|s| Line {
        cells: format!("| {}{}", label(s, clip), format!(" | {}", words::NONE).repeat(5)),
        why: if s.run.is_none() { words::ONLY_IN_BASELINE } else { words::ONLY_IN_RUN }.into(),
    });
    rows.chain(one_sided).collect()
}

fn line(subject: &Subject, row: &Row, clip: usize) -> Line {
    let cells = format!(
        "| {} | {} | {} | {} | {} | {}",
        label(subject, clip),
        text_within(&row.metric.title(), clip),
        words::value(&row.metric, &row.baseline),
        words::value(&row.metric, &row.run),
        change_and_interval(row),
        text_within(&words::limit(row), clip),
    );
    let why = match words::evidence(row) {
        Some(evidence) => format!("{} {evidence}", words::reason(row)),
        None => words::reason(row),
    };
    Line { cells, why: text(&why) }
}

/// `+53.5 % (+30.1 to +82.7 %)`: the change with its interval, where there is one.
fn change_and_interval(row: &Row) -> String {
    let change = words::change(&row.metric, row.change.as_ref());
    match words::interval(row).filter(|_| row.rule.is_some()) {
        Some(interval) => format!("{change} ({interval})"),
        None => change,
    }
}

fn label(subject: &Subject, clip: usize) -> String {
    match subject.scope {
        Scope::Total => "**Total**".into(),
        Scope::Service | Scope::Endpoint => code_within(&subject.label(), clip),
    }
}

fn section(out: &mut String, c: &Comparison, wanted: Verdict, title: &str) -> std::fmt::Result {
    let lines = lines(c, wanted, FULL);
    if lines.is_empty() {
        return Ok(());
    }
    writeln!(out, "## {} {title} ({})\n", words::sign(wanted), lines.len())?;
    table(out, &lines)?;
    writeln!(out)
}

fn table(out: &mut String, lines: &[Line]) -> std::fmt::Result {
    writeln!(out, "| Endpoint | Metric | Baseline | Run | Change | Limit | Why |\n|---|---|--:|--:|--:|---|---|")?;
    lines.iter().try_for_each(|line| writeln!(out, "{}", line.ending(&line.why)))
}

fn passed(out: &mut String, c: &Comparison) -> std::fmt::Result {
    let lines = lines(c, Verdict::Pass, FULL);
    if lines.is_empty() {
        return Ok(());
    }
    writeln!(out, "<details><summary>✓ Passed ({})</summary>\n", lines.len())?;
    table(out, &lines)?;
    writeln!(out, "\n</details>\n")
}

/// The head of the table of [`facts`].
pub(super) const FACTS: &str = "| | Baseline | Run |\n|---|---|---|";

/// What is known about the two runs, a table's row each.
pub(super) fn facts(c: &Comparison, clip: usize) -> Vec<String> {
    let (baseline, run) = view::labels(c);
    let row = |name: &str, baseline: &str, run: &str| {
        format!("| {name} | {} | {} |", text_within(baseline, clip), text_within(run, clip))
    };
    let labels = row("Label", &baseline, &run);
    std::iter::once(labels).chain(view::facts(c).iter().map(|f| row(f.name, &f.baseline, &f.run))).collect()
}

/// The data checks, an item of a list each.
pub(super) fn checks(c: &Comparison, clip: usize) -> Vec<String> {
    items(view::checks(c), clip)
}

/// The notes, an item of a list each.
pub(super) fn notes(c: &Comparison, clip: usize) -> Vec<String> {
    items(view::notes(c), clip)
}

fn items(lines: Vec<view::NoteLine>, clip: usize) -> Vec<String> {
    let item = |note: view::NoteLine| {
        let mark = if note.warning { "△ " } else { "" };
        let about = note.about_each(|file| code_within(file, clip));
        format!("- {mark}{about}: {}", text_within(&note.text, clip.saturating_mul(4)))
    };
    lines.into_iter().map(item).collect()
}

/// Foreign text as text: every character that Markdown or HTML could take for markup becomes an entity, every control
/// character a space. GitHub looks for mentions, references and addresses in what is left when entities are read: a
/// zero-width space keeps `@name`, `#12`, `GH-12`, `www.` and `://` apart.
#[must_use]
pub fn text(foreign: &str) -> String {
    const APART: &str = "&#8203;";
    let mut safe = String::with_capacity(foreign.len());
    let mut before = ' ';
    let shown = foreign.trim_start();
    if shown.len() < foreign.len() {
        safe.push(' ');
    }
    let foreign = shown;
    for (at, c) in foreign.char_indices() {
        let mut rest = foreign.get(at + c.len_utf8()..).unwrap_or_default().chars();
        let next = rest.next();
        let inside_word = before.is_alphanumeric() && next.is_some_and(char::is_alphanumeric);
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
            // At the beginning, what a list or a line across begins with.
            '-' | '+' if at == 0 && !next.is_some_and(|n| n.is_ascii_digit()) => {
                safe.push_str(&format!("&#{};", u32::from(c)));
            }
            '.' | ')' if foreign.get(..at).is_some_and(is_number) => safe.push_str(&format!("&#{};", u32::from(c))),
            c if c.is_control() => safe.push(' '),
            c => safe.push(c),
        }
        let apart = match c {
            '@' => next.is_some_and(char::is_alphanumeric),
            '#' => next.is_some_and(|n| n.is_ascii_digit()),
            ':' => next == Some('/') && rest.next() == Some('/'),
            'w' | 'W' => next == Some('.') && ends_with(&safe, "www"),
            'h' | 'H' => next == Some('-') && ends_with(&safe, "gh"),
            _ => false,
        };
        if apart {
            safe.push_str(APART);
        }
    }
    safe
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn ends_with(text: &str, end: &str) -> bool {
    text.len().checked_sub(end.len()).and_then(|at| text.get(at..)).is_some_and(|tail| tail.eq_ignore_ascii_case(end))
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

/// [`text`] of at most so many of its characters.
pub(super) fn text_within(foreign: &str, clip: usize) -> String {
    text(&clipped(foreign, clip))
}

/// [`code`] of at most so many of the name's characters.
pub(super) fn code_within(name: &str, clip: usize) -> String {
    code(&clipped(name, clip))
}

/// The beginning of a text that has more than `clip` characters, with `…` in place of the rest.
fn clipped(foreign: &str, clip: usize) -> std::borrow::Cow<'_, str> {
    match foreign.char_indices().nth(clip) {
        Some((at, _)) => format!("{}…", foreign.get(..at).unwrap_or_default()).into(),
        None => foreign.into(),
    }
}
