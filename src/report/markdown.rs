//! The ten-second report as Markdown, for a file, a pipe or a review: what [`brief`] holds, set in tables.
//! Foreign text cannot become markup: see [`text`] and [`code`].

use super::brief::{self, clipped};
use super::words::{self, Span};
use super::{headline, review, stages, view};
use crate::compare::{Comparison, Scope, Subject};
use crate::policy::MissingIs;

/// The longest report, in bytes: what GitHub takes for a comment.
pub const LIMIT: usize = 64_000;

/// How much of a foreign text is shown.
pub(super) const CLIP: usize = 120;

/// How much of a label is shown at the head of a column.
const HEAD: usize = 40;

/// Renders the report. The profile of the scripts (`seed-v1`) keeps their shape,
/// [`regression_analysis`](super::regression_analysis).
#[must_use]
pub fn render(comparison: &Comparison) -> String {
    if comparison.policy.compare.missing == MissingIs::Zero {
        return super::regression_analysis::render(comparison);
    }
    review::within(comparison, None, &review::Room { limit: LIMIT, measure: str::len, clip: CLIP })
}

// The pieces below are put together by the review. `clip` is how many characters of a foreign text are shown.

/// `▲ Regressed: slow against base`.
pub(super) fn title(c: &Comparison, clip: usize) -> String {
    let (baseline, run) = view::labels(c);
    let (baseline, run) = (text_within(&baseline, clip), text_within(&run, clip));
    format!("{} {}: {run} against {baseline}", words::word_sign(c.word), words::word_title(c.word))
}

/// The sentences that say what decided, and what else.
pub(super) fn headline(c: &Comparison, clip: usize) -> String {
    let span = |span: Span| match span {
        Span::Text(plain) => text_within(&plain, clip.saturating_mul(4)),
        Span::Name(name) => code_within(&name, clip),
        // Our own figures: `46.5 ms` is no item of a list within a sentence.
        Span::Strong(figure) => format!("**{figure}**"),
        Span::Code(code) => format!("`{code}`"),
    };
    headline::spans(c).into_iter().map(span).collect()
}

/// The labels of both sides, for the heads of columns.
fn heads(c: &Comparison, clip: usize) -> (String, String) {
    let (baseline, run) = view::labels(c);
    (text_within(&baseline, clip.min(HEAD)), text_within(&run, clip.min(HEAD)))
}

/// The head of the table of [`total`].
pub(super) fn total_head(c: &Comparison, clip: usize) -> String {
    let (baseline, run) = heads(c, clip);
    format!("| All requests | {baseline} | {run} | Change | |\n|---|--:|--:|--:|---|\n")
}

/// The total's figures, a table's row each.
pub(super) fn total(c: &Comparison) -> Vec<String> {
    let row = |line: brief::TotalLine| {
        let word = if line.verdict.is_worse() { format!("**{}**", text(&line.word)) } else { text(&line.word) };
        format!("| {} | {} | {} | {} | {word} |\n", line.title, line.baseline, line.run, text(&line.change))
    };
    brief::total(c).into_iter().map(row).collect()
}

/// The head of the table of [`worse`].
pub(super) fn worse_head(c: &Comparison, clip: usize) -> String {
    let (baseline, run) = heads(c, clip);
    format!("| Worse | | {baseline} | {run} | Change | Why |\n|---|---|--:|--:|--:|---|\n")
}

/// What is worse, a table's row each: at most [`brief::WORSE`], and how many there are besides.
pub(super) fn worse(c: &Comparison, clip: usize) -> (Vec<String>, usize) {
    let all = brief::worse(c);
    let rows = all.iter().take(brief::WORSE).map(|line| {
        let (baseline, run, change) = match line.row {
            Some(row) => (
                brief::plain_value(row, &row.baseline),
                brief::plain_value(row, &row.run),
                words::change_with_interval(row),
            ),
            None => (requests(line.subject.baseline.as_ref()), requests(line.subject.run.as_ref()), words::NONE.into()),
        };
        format!(
            "| {} {} | {} | {baseline} | {run} | {} | {} |\n",
            words::sign(line.verdict()),
            name(line.subject, clip),
            text_within(&line.metrics(), clip),
            text(&change),
            text(&line.why)
        )
    });
    (rows.collect(), all.len().saturating_sub(brief::WORSE))
}

/// The requests of a side that alone has an endpoint.
pub(super) fn requests(endpoint: Option<&crate::run::Endpoint>) -> String {
    let requests = endpoint.and_then(|e| e.requests);
    requests.map_or_else(|| words::NONE.into(), |n| format!("{} requests", crate::number::count(n)))
}

/// What improved, in a line; empty where nothing did.
pub(super) fn improved(c: &Comparison, clip: usize) -> String {
    let all = brief::named_improvements(c);
    let one = |b: &brief::Better<'_>| format!("{} {}", name(b.subject, clip), text(&b.text()));
    let named: Vec<String> = all.iter().take(brief::IMPROVED).map(one).collect();
    match all.len().saturating_sub(brief::IMPROVED) {
        _ if named.is_empty() => String::new(),
        0 => format!("**Improved:** {}.\n\n", named.join("; ")),
        more => format!("**Improved:** {}; and {more} more.\n\n", named.join("; ")),
    }
}

/// What may be worse where nothing can be told, in a line; empty elsewhere.
pub(super) fn open(c: &Comparison, clip: usize) -> String {
    let all = brief::open(c);
    let one = |o: &brief::Open<'_>| {
        let settled = o.settled_by().map(|by| format!(" ({})", text(&by))).unwrap_or_default();
        format!("{} {}{settled}", name(o.subject, clip), text(&o.text()))
    };
    let named: Vec<String> = all.iter().take(brief::OPEN).map(one).collect();
    match all.len().saturating_sub(brief::OPEN) {
        _ if named.is_empty() => String::new(),
        0 => format!("**Unclear:** {}.\n\n", named.join("; ")),
        more => format!("**Unclear:** {}; and {more} more.\n\n", named.join("; ")),
    }
}

/// The causes of failures that rose, in a line; empty where none did.
pub(super) fn causes(c: &Comparison, clip: usize) -> String {
    let all = brief::clear_causes(c);
    let one = |cause: &brief::Cause| {
        let message = code_within(&cause.message, clip.min(60));
        format!("{message} {} ({})", cause.counts(), code_within(&cause.label(), clip))
    };
    let named: Vec<String> = all.iter().take(brief::CAUSES).map(one).collect();
    match all.len().saturating_sub(brief::CAUSES) {
        _ if named.is_empty() => String::new(),
        0 => format!("**Failures that rose:** {}.\n\n", named.join("; ")),
        more => format!("**Failures that rose:** {}; and {more} more causes.\n\n", named.join("; ")),
    }
}

/// The head of the table of [`load_stages`].
pub(super) fn load_stages_head() -> String {
    format!("| Users | {} |\n|--:|--:|--:|--:|--:|\n", stages::COLUMNS.join(" | "))
}

/// The stages of a progressive load, a table's row each.
pub(super) fn load_stages(c: &Comparison) -> Vec<String> {
    let lines = stages::of(c).map(stages::lines).unwrap_or_default();
    let cell = |cell: &stages::Cell| {
        let change = match (cell.change.is_empty(), cell.interval.is_empty()) {
            (true, _) => String::new(),
            (false, true) => format!(" ({})", cell.change),
            (false, false) => format!(" ({}; {})", cell.change, cell.interval),
        };
        format!(" {} → {}{} |", cell.baseline, cell.run, text(&change))
    };
    let row = |line: stages::Line| format!("| {} |{}\n", line.users, line.cells.iter().map(cell).collect::<String>());
    lines.into_iter().map(row).collect()
}

/// Everything else by its reason, an item of a list each.
pub(super) fn groups(c: &Comparison, clip: usize) -> Vec<String> {
    let item = |group: brief::Group<'_>| {
        let names = group.names(|s| name(s, clip.min(HEAD)));
        let reason = text_within(&group.text(), clip.saturating_mul(2));
        format!("- {} {reason}: {names}\n", words::sign(group.verdict))
    };
    brief::groups(c).into_iter().map(item).collect()
}

/// The last line: the gate, and what decided it.
pub(super) fn gate(c: &Comparison) -> String {
    let why = brief::gate_why(c);
    let why = if why.is_empty() { why } else { format!(" ({why})") };
    format!("Gate: **{}**{why}", brief::gate(c))
}

fn name(subject: &Subject, clip: usize) -> String {
    match subject.scope {
        Scope::Total => "All requests".into(),
        Scope::Service | Scope::Endpoint => code_within(&subject.label(), clip),
    }
}

/// The head of the table of [`facts`].
pub(super) const FACTS: &str = "| | Baseline | Run |\n|---|---|---|\n";

/// What is known about the two runs, a table's row each.
pub(super) fn facts(c: &Comparison, clip: usize) -> Vec<String> {
    let (baseline, run) = view::labels(c);
    let row = |name: &str, baseline: &str, run: &str| {
        format!("| {name} | {} | {} |\n", text_within(baseline, clip), text_within(run, clip))
    };
    let labels = row("Label", &baseline, &run);
    std::iter::once(labels).chain(view::facts(c).iter().map(|f| row(f.name, &f.baseline, &f.run))).collect()
}

/// The data checks and the notes, an item of a list each: what warns first.
pub(super) fn notes(c: &Comparison, clip: usize) -> Vec<String> {
    let (mut all, notes) = (view::checks(c), view::notes(c));
    all.extend(notes);
    crate::order::sort_by_key(&mut all, |line| !line.warning);
    let item = |note: view::NoteLine| {
        let mark = if note.warning { "△ " } else { "" };
        let about = note.about_each(|file| code_within(file, clip));
        format!("- {mark}{about}: {}\n", text_within(&note.text, clip.saturating_mul(4)))
    };
    all.into_iter().map(item).collect()
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

/// [`text`], cut to a maximum number of characters.
pub(super) fn text_within(foreign: &str, clip: usize) -> String {
    text(&clipped(foreign, clip))
}

/// [`code`] of a name cut to a maximum number of characters.
pub(super) fn code_within(name: &str, clip: usize) -> String {
    code(&clipped(name, clip))
}
