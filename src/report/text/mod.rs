//! The ten-second report on a terminal: what [`brief`] holds, in columns, without markup. Colours follow the evidence:
//! filled if confirmed, plain if probable, dim if unclear. Signs and words say the same without colours.

mod layout;

use layout::{Column, Give, Line, Paint, Piece};

use super::{brief, headline, markdown, stages, terminal, view, words};
use crate::compare::{Comparison, Scope, Subject, Word};

/// How much of a name or a label is shown.
const CLIP: usize = 48;

/// Warnings that are shown.
const WARNINGS: usize = 3;

/// Groups of other figures that are shown.
const GROUPS: usize = 8;

/// Lines longer than this are hard to read.
const WIDEST_TEXT: usize = 110;

/// Width in columns below which the labels of the runs are cut further.
const NARROW: usize = 100;

/// What a report is shown on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Look {
    /// Columns of the terminal; `None` breaks no line.
    pub width: Option<usize>,
    /// Whether to use colours.
    pub colors: bool,
}

/// Renders the report without colours, and with lines as long as they are.
#[must_use]
pub fn render(c: &Comparison) -> String {
    render_for(c, Look::default())
}

/// Renders the report for a terminal.
#[must_use]
pub fn render_for(c: &Comparison, look: Look) -> String {
    let parts: Vec<String> = [said(c, look), figures(c, look), lists(c, look), end(c, look)]
        .into_iter()
        .flatten()
        .filter(|lines| !lines.is_empty())
        .map(|lines| layout::show(&lines, look.colors))
        .collect();
    parts.join("\n")
}

/// The word, and the sentences on it.
fn said(c: &Comparison, look: Look) -> Vec<Vec<Line>> {
    let (baseline, run) = view::labels(c);
    let word = format!("{} {}", words::word_sign(c.word), words::word_title(c.word));
    let runs = format!(": {} against {}", plain(&run, CLIP), plain(&baseline, CLIP));
    let word = Piece::new(word, paint(words::word_tone(c.word), Paint::Bold));
    let mut parts = vec![text(look, &[word, Piece::plain(runs)])];
    let said = headline::headline(c);
    // Elsewhere the headline says it.
    let says_seen = matches!(c.word, Word::NoRegressionFound | Word::Improved | Word::CannotTell | Word::NotComparable);
    let seen = if says_seen { Vec::new() } else { headline::seen(c) };
    let decided: Vec<Piece> = said.decided.iter().map(span).collect();
    parts.push(text(look, &decided));
    let mut rest = Vec::new();
    for spans in [said.lost, said.also, said.better, seen].into_iter().filter(|spans| !spans.is_empty()) {
        if !rest.is_empty() {
            rest.push(Piece::plain(" "));
        }
        rest.extend(spans.iter().map(span));
    }
    parts.push(text(look, &rest));
    parts
}

/// All requests, and what is worse.
fn figures(c: &Comparison, look: Look) -> Vec<Vec<Line>> {
    let (baseline, run) = view::labels(c);
    let label = if look.width.is_some_and(|width| width < NARROW) { 12 } else { 20 };
    let heads = |first: &str, last: &str| {
        [first.to_owned(), plain(&baseline, label), plain(&run, label), "change".into(), last.to_owned()]
    };
    let total: Vec<Figures> = brief::total(c)
        .into_iter()
        .map(|line| Figures {
            tone: words::tone(line.verdict),
            name: line.title,
            metrics: String::new(),
            values: [line.baseline, line.run],
            change: line.change,
            last: line.word,
        })
        .collect();
    let worse = brief::worse(c);
    let rows = worse.iter().take(brief::WORSE).map(|line| {
        let (values, change) = match line.row {
            Some(row) => (
                [brief::plain_value(row, &row.baseline), brief::plain_value(row, &row.run)],
                words::change_with_interval(row),
            ),
            None => {
                let requests = |side: &Option<crate::run::Endpoint>| markdown::requests(side.as_ref());
                ([requests(&line.subject.baseline), requests(&line.subject.run)], words::NONE.into())
            }
        };
        Figures {
            tone: words::tone(line.verdict()),
            name: format!("{} {}", words::sign(line.verdict()), name(line.subject)),
            metrics: plain(&line.metrics(), CLIP),
            values,
            change,
            last: plain(&line.why, 100),
        }
    });
    let mut worse_lines = table(heads("Worse", "why"), rows.collect(), Give::Above, look);
    if let Some(more) = worse.len().checked_sub(brief::WORSE).filter(|n| *n > 0) {
        worse_lines.push(vec![Piece::plain(format!("… and {more} more"))]);
    }
    vec![table(heads("All requests", ""), total, Give::Keep, look), worse_lines]
}

/// A row of figures.
struct Figures {
    tone: &'static str,
    name: String,
    metrics: String,
    values: [String; 2],
    change: String,
    last: String,
}

/// A table of figures; empty without rows. `give` is what its last column does where there is no room.
fn table(heads: [String; 5], rows: Vec<Figures>, give: Give, look: Look) -> Vec<Line> {
    if rows.is_empty() {
        return Vec::new();
    }
    let [first, baseline, run, change, last] = heads.map(Piece::plain);
    let (mut names, mut metrics, mut befores, mut afters) =
        (vec![first], vec![Piece::default()], vec![baseline], vec![run]);
    let (mut changes, mut intervals, mut lasts) = (vec![change], vec![Piece::default()], vec![last]);
    for row in rows {
        let tone = paint(row.tone, Paint::Plain);
        let rest = if tone == Paint::Dim { Paint::Dim } else { Paint::Plain };
        let [before, after] = row.values;
        // `+39 %` and what follows: `; at equal mix +2 %`, ` (31 to 47 %)`.
        let cut = row.change.find([';', '(']).unwrap_or(row.change.len());
        let (change, interval) = row.change.split_at_checked(cut).unwrap_or((&row.change, ""));
        names.push(Piece::new(row.name, rest));
        metrics.push(Piece::new(row.metrics, rest));
        befores.push(Piece::new(before, rest));
        afters.push(Piece::new(after, rest));
        changes.push(Piece::new(change.trim(), tone));
        intervals.push(Piece::new(interval.trim_start_matches("; "), rest));
        lasts.push(Piece::new(row.last, if rest == Paint::Dim { Paint::Dim } else { unfilled(tone) }));
    }
    let columns = vec![
        Column::left(Give::Middle, names),
        Column::left(Give::ToComma, metrics),
        Column::right(befores),
        Column::right(afters),
        Column::right(changes),
        Column::left(Give::Overflow, intervals),
        Column::left(give, lasts),
    ];
    layout::table(columns, look.width)
}

/// What improved, is unclear, failed more often; and everything else by its reason.
fn lists(c: &Comparison, look: Look) -> Vec<Vec<Line>> {
    let list = |title: &str, named: Vec<String>, most: usize| -> Vec<Line> {
        if named.is_empty() {
            return Vec::new();
        }
        let shown = named.iter().take(most).cloned().collect::<Vec<_>>().join("; ");
        let more = match named.len().saturating_sub(most) {
            0 => String::new(),
            more => format!("; and {more} more"),
        };
        text(look, &[Piece::new(title, Paint::Bold), Piece::plain(format!(": {shown}{more}"))])
    };
    let improved = brief::named_improvements(c);
    let improved = improved.iter().map(|b| format!("{} {}", name(b.subject), b.text())).collect();
    let open = brief::open(c).iter().map(|o| format!("{} {}", name(o.subject), o.text())).collect();
    let causes = brief::clear_causes(c);
    let causes = causes.iter().map(|x| format!("{} ({})", plain(&x.text(60), 200), plain(&x.label(), CLIP))).collect();
    vec![
        list("Improved", improved, brief::IMPROVED),
        list("Unclear", open, brief::OPEN),
        list("Failures that rose", causes, brief::CAUSES),
        load_stages(c, look),
        groups(c, look),
    ]
}

/// To how many users the runs hold, and the figures of each stage of the load.
fn load_stages(c: &Comparison, look: Look) -> Vec<Line> {
    let Some(found) = stages::of(c) else { return Vec::new() };
    let all = stages::lines(found);
    let cell = |cell: &stages::Cell, with_change: bool| match cell.change.as_str() {
        change if with_change && !change.is_empty() => format!("{} → {} ({change})", cell.baseline, cell.run),
        _ => format!("{} → {}", cell.baseline, cell.run),
    };
    let table = |with_change: bool| {
        let users = std::iter::once("Users".to_owned()).chain(all.iter().map(|line| line.users.clone()));
        let mut columns = vec![Column::left(Give::Keep, users.map(Piece::plain).collect())];
        for (at, title) in stages::COLUMNS.into_iter().enumerate() {
            let figures = all.iter().filter_map(|line| line.cells.get(at)).map(|figure| cell(figure, with_change));
            let cells = std::iter::once(title.to_owned()).chain(figures).map(Piece::plain).collect();
            columns.push(Column::left(Give::Keep, cells));
        }
        layout::table(columns, None)
    };
    let holds = format!(": {}", plain(&stages::holds_text(found), 1_000));
    let mut lines = text(look, &[Piece::new("Holds to", Paint::Bold), Piece::plain(holds)]);
    let whole = table(true);
    let is_wide = look.width.is_some_and(|width| whole.iter().any(|line| layout::width(line) > width));
    lines.extend(if is_wide { table(false) } else { whole });
    lines
}

fn groups(c: &Comparison, look: Look) -> Vec<Line> {
    let groups = brief::groups(c);
    if groups.is_empty() {
        return Vec::new();
    }
    let mut lines = text(look, &[Piece::plain(format!("{}:", plain(&brief::rest(c), 200)))]);
    for group in groups.iter().take(GROUPS) {
        let paint = if words::tone(group.verdict) == "unknown" { Paint::Dim } else { Paint::Plain };
        let mut wrapped = wrapped(look, &[Piece::new(plain(&group.text(), 200), paint)], 4);
        if let Some(first) = wrapped.first_mut() {
            first.insert(0, Piece::plain("  "));
        }
        lines.extend(wrapped);
    }
    if let Some(more) = groups.len().checked_sub(GROUPS).filter(|n| *n > 0) {
        lines.push(vec![Piece::plain(format!("  … and {more} more"))]);
    }
    lines
}

/// The warnings, and the gate.
fn end(c: &Comparison, look: Look) -> Vec<Vec<Line>> {
    let warnings: Vec<String> = view::checks(c)
        .into_iter()
        .chain(view::notes(c))
        .filter(|note| note.warning)
        .map(|note| format!("△ {}", plain(&note.text, 300)))
        .collect();
    let mut lines: Vec<Line> =
        warnings.iter().take(WARNINGS).flat_map(|warning| wrapped(look, &[Piece::plain(warning)], 2)).collect();
    if let Some(more) = warnings.len().checked_sub(WARNINGS).filter(|n| *n > 0) {
        lines.push(vec![Piece::plain(format!("… and {more} more warnings"))]);
    }
    let why = brief::gate_why(c);
    let why = if why.is_empty() { why } else { format!(" ({why})") };
    let gate = [Piece::plain("Gate: "), Piece::new(brief::gate(c), Paint::Bold), Piece::plain(why)];
    vec![lines, text(look, &gate)]
}

/// Wrapped text.
fn text(look: Look, pieces: &[Piece]) -> Vec<Line> {
    wrapped(look, pieces, 0)
}

fn wrapped(look: Look, pieces: &[Piece], indent: usize) -> Vec<Line> {
    layout::wrap(pieces, look.width.map(|width| width.min(WIDEST_TEXT)), indent)
}

/// How a piece of a sentence is set off.
fn span(span: &words::Span) -> Piece {
    let paint = match span {
        words::Span::Name(_) | words::Span::Strong(_) => Paint::Bold,
        words::Span::Text(_) | words::Span::Code(_) => Paint::Plain,
    };
    Piece::new(plain(span.text(), 1_000), paint)
}

/// The paint of a tone of [`words`].
fn paint(tone: &str, other: Paint) -> Paint {
    match tone {
        "critical" => Paint::Worse,
        "probable" | "warning" => Paint::MaybeWorse,
        "improved" => Paint::Better,
        "improving" => Paint::MaybeBetter,
        "unknown" => Paint::Dim,
        _ => other,
    }
}

/// The same without the filling, for words beside a filled figure.
fn unfilled(paint: Paint) -> Paint {
    match paint {
        Paint::Worse => Paint::MaybeWorse,
        Paint::Better => Paint::MaybeBetter,
        paint => paint,
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
