//! What the report shows, from top to bottom. Everything was computed before; here it is set in HTML.

use std::fmt::{Result, Write};

use super::super::summaries::CHARTED;
use super::super::view::{self, Cell, Detail, Line};
use super::super::words::{self, Span};
use super::super::{brief, headline};
use super::escape::{Name, Text};
use super::made_by;
use crate::chart::{self, Chart, Forest, Over, Size};
use crate::compare::{Comparison, Reason, Row, Scope, Subject, Verdict, explore};
use crate::number;
use crate::run::{Percentile, Run};

/// Endpoints of the chart of changes.
const DUMBBELL_ROWS: usize = 30;
/// Endpoints with a percentile plot, beside the total: the most severe.
const PLOTTED: usize = 8;
/// Endpoints whose every figure is listed, beside the total: the most severe.
const DETAILED: usize = 200;
/// Endpoints whose interval is drawn against its limit, beside the total: the most severe.
const FOREST_ROWS: usize = 200;
/// Messages of an endpoint's failures.
const MESSAGES: usize = 20;

pub(super) fn body(out: &mut String, c: &Comparison, made_at: &str, sha256: &str) -> Result {
    let when = made_at.trim_end_matches('Z').replace('T', " ");
    let (baseline, run) = view::labels(c);
    writeln!(
        out,
        "<header class=\"top\">\n<p class=\"brand\">load<b>diff</b></p>\n\
         <p class=\"sides\"><span class=\"side\"><i class=\"dot dot-baseline\"></i> Baseline <b>{}</b></span> \
         <span class=\"side\"><i class=\"dot dot-run\"></i> Run <b>{}</b></span></p>\n\
         <p class=\"when\">made <time datetime=\"{}\">{}{}</time></p>\n</header>\n<main>",
        Name(&baseline),
        Name(&run),
        Text(made_at),
        Text(&when),
        if made_at.ends_with('Z') { " UTC" } else { "" },
    )?;
    verdict(out, c)?;
    tiles(out, c)?;
    changes(out, c)?;
    endpoints(out, c)?;
    judged(out, c)?;
    details(out, c)?;
    facts(out, c)?;
    method(out, c)?;
    file(out, c, sha256)?;
    writeln!(out, "</main>\n<footer class=\"foot\"><p>Made by {}, which asks no server.</p></footer>", made_by())
}

/// What a subject is called in tables.
fn name_of(subject: &Subject) -> String {
    if subject.scope == Scope::Total { "All endpoints".to_owned() } else { subject.shown() }
}

/// The sign and the word, so that colour is never alone.
fn badge(verdict: Verdict, word: &str) -> String {
    format!(
        "<span class=\"badge tone-{}\"><i aria-hidden=\"true\">{}</i> {}</span>",
        words::tone(verdict),
        words::sign(verdict),
        word
    )
}

/// A table may be wider than the page: it scrolls by itself, also by keyboard.
fn open_table(out: &mut String, class: &str, caption: &str, label: &str) -> Result {
    writeln!(
        out,
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{}\">\n<table class=\"{class}\">\n\
         <caption>{}</caption>",
        Text(label),
        Text(caption)
    )
}

const CLOSE_TABLE: &str = "</tbody>\n</table>\n</div>\n";
const BASELINE_HEAD: &str = "<th scope=\"col\" class=\"n\"><i class=\"dot dot-baseline\"></i> Baseline</th>";
const RUN_HEAD: &str = "<th scope=\"col\" class=\"n\"><i class=\"dot dot-run\"></i> Run</th>";

fn verdict(out: &mut String, c: &Comparison) -> Result {
    write!(
        out,
        "<section class=\"verdict tone-{}\" aria-label=\"Verdict\">\n\
         <span class=\"verdict-sign\" aria-hidden=\"true\">{}</span>\n<div class=\"verdict-say\">\n\
         <div class=\"verdict-word\"><h1>{}</h1> <span class=\"{}\">{}</span></div>\n",
        words::word_tone(c.word),
        words::word_sign(c.word),
        words::word_title(c.word),
        brief::gate_class(c),
        brief::gate_badge(c)
    )?;
    let said = headline::headline(c);
    for (class, spans) in [("decided", said.decided), ("also", said.also)] {
        if !spans.is_empty() {
            sentence(out, class, spans)?;
        }
    }
    improved(out, c)?;
    open(out, c)?;
    causes(out, c)?;
    write!(out, "<ul class=\"chips\" aria-label=\"Judged figures by verdict\">")?;
    for counter in view::counters(c) {
        write!(
            out,
            "<li class=\"chip tone-{}\"><i aria-hidden=\"true\">{}</i> {}</li>",
            words::tone(counter.verdict),
            words::sign(counter.verdict),
            Text(&counter.text)
        )?;
    }
    writeln!(out, "<li class=\"chips-of\">{}</li></ul>\n</div>", Text(&view::judged_figures(c)))?;
    write!(out, "<dl class=\"verdict-aside\">\n<div><dt>{}</dt>", view::comparable_title(c))?;
    let against = view::comparable(c);
    if against.is_empty() {
        let same = view::in_common(c).unwrap_or_else(|| "Nothing speaks against it".into());
        write!(out, "<dd>✓ {}</dd>", Text(&same))?;
    }
    for (warning, text) in against {
        let sign = if warning { "△" } else { "·" };
        write!(out, "<dd>{sign} {}</dd>", Text(&text))?;
    }
    writeln!(
        out,
        "</div>\n<div><dt>Data checks</dt><dd>{} <a href=\"#checks\">read</a></dd></div>\n\
         <div><dt>Judged by</dt><dd>{} <a href=\"#rules\">rules</a></dd>{}</div>\n</dl>\n\
         </section>",
        Text(&view::data_checks(c)),
        Text(&view::judged_by(c)),
        match brief::gate_beside(c) {
            why if why.is_empty() => String::new(),
            why => format!("<dd>Gate: {}</dd>", Text(&why)),
        }
    )
}

/// A sentence with its names and figures set off.
fn sentence(out: &mut String, class: &str, spans: Vec<Span>) -> Result {
    write!(out, "<p class=\"{class}\">")?;
    for span in spans {
        match span {
            Span::Text(text) => write!(out, "{}", Text(&text))?,
            Span::Name(name) => write!(out, "<b class=\"mono name\">{}</b>", Name(&name))?,
            Span::Strong(figure) => write!(out, "<b class=\"nowrap\">{}</b>", Text(&figure))?,
            Span::Code(code) => write!(out, "<code>{code}</code>")?,
        }
    }
    writeln!(out, "</p>")
}

/// What improved most, where that is not what decided.
fn improved(out: &mut String, c: &Comparison) -> Result {
    let all = brief::named_improvements(c);
    if all.is_empty() {
        return Ok(());
    }
    write!(out, "<p class=\"also\">Improved: ")?;
    for (i, better) in all.iter().take(brief::IMPROVED).enumerate() {
        write!(
            out,
            "{}<b class=\"mono name\">{}</b> {}",
            if i > 0 { "; " } else { "" },
            Name(&words::subject_name(better.subject)),
            Text(&better.text())
        )?;
    }
    match all.len().saturating_sub(brief::IMPROVED) {
        0 => writeln!(out, ".</p>"),
        more => writeln!(out, "; and {} more.</p>", number::count(more as u64)),
    }
}

/// What may be worse where nothing can be told.
fn open(out: &mut String, c: &Comparison) -> Result {
    let all = brief::open(c);
    if all.is_empty() {
        return Ok(());
    }
    write!(out, "<p class=\"also\">Unclear: ")?;
    for (i, open) in all.iter().take(brief::OPEN).enumerate() {
        write!(
            out,
            "{}<b class=\"mono name\">{}</b> {}",
            if i > 0 { "; " } else { "" },
            Name(&words::subject_name(open.subject)),
            Text(&open.text())
        )?;
    }
    match all.len().saturating_sub(brief::OPEN) {
        0 => writeln!(out, ".</p>"),
        more => writeln!(out, "; and {} more.</p>", number::count(more as u64)),
    }
}

/// The causes of failures that rose most.
fn causes(out: &mut String, c: &Comparison) -> Result {
    let all = brief::clear_causes(c);
    if all.is_empty() {
        return Ok(());
    }
    write!(out, "<p class=\"also\">Failures that rose: ")?;
    for (i, cause) in all.iter().take(brief::CAUSES).enumerate() {
        write!(
            out,
            "{}<b class=\"mono name\">{}</b> {} (<span class=\"mono name\">{}</span>)",
            if i > 0 { "; " } else { "" },
            Name(&brief::clipped(&cause.message, 80)),
            cause.counts(),
            Name(&cause.label())
        )?;
    }
    match all.len().saturating_sub(brief::CAUSES) {
        0 => writeln!(out, ".</p>"),
        more => writeln!(out, "; and {more} more causes.</p>"),
    }
}

fn tiles(out: &mut String, c: &Comparison) -> Result {
    let tiles = view::tiles(c);
    if tiles.is_empty() {
        return Ok(());
    }
    writeln!(out, "<section class=\"tiles\" aria-label=\"All endpoints together\">")?;
    for tile in tiles {
        let verdict = match tile.verdict {
            Verdict::Info => "no rule".to_owned(),
            verdict => format!("<i aria-hidden=\"true\">{}</i> {}", words::sign(verdict), Text(&tile.word)),
        };
        writeln!(
            out,
            "<div class=\"tile tone-{}\"><h2>{}</h2><p class=\"tile-run\">{}</p><p class=\"tile-from\">from {}</p>\
             <p class=\"tile-change\">{} <span class=\"tile-verdict\">{verdict}</span></p>\
             <p class=\"tile-interval\">{}</p></div>",
            words::tone(tile.verdict),
            Text(&tile.title),
            Text(&tile.run),
            Text(&tile.baseline),
            Text(&tile.change),
            Text(&tile.interval),
        )?;
    }
    writeln!(out, "</section>")
}

/// A chart for the width of a page and, where there is one, another for a phone.
fn figure(out: &mut String, caption: &str, wide: &Chart, narrow: Option<&Chart>) -> Result {
    let (class, caption) = (if narrow.is_some() { " class=\"wide-only\"" } else { "" }, Text(caption));
    writeln!(out, "<figure>\n<figcaption>{caption}</figcaption>\n<div{class}>{}</div>", wide.svg)?;
    if let Some(narrow) = narrow {
        writeln!(out, "<div class=\"narrow-only\">{}</div>", narrow.svg)?;
    }
    writeln!(out, "</figure>")
}

/// The data of a chart, folded.
fn data_of(out: &mut String, caption: &str, chart: &Chart) -> Result {
    let (header, rows) = &chart.table;
    writeln!(out, "<details class=\"data\"><summary>{}: the figures</summary>", Text(caption))?;
    open_table(out, "figures", &chart.summary, caption)?;
    write!(out, "<thead><tr>")?;
    for (i, head) in header.iter().enumerate() {
        let class = if i > 0 { " class=\"n\"" } else { "" };
        write!(out, "<th scope=\"col\"{class}>{}</th>", Text(head))?;
    }
    write!(out, "</tr></thead>\n<tbody>")?;
    for row in rows {
        write!(out, "<tr>")?;
        for (i, cell) in row.iter().enumerate() {
            if i == 0 {
                write!(out, "<th scope=\"row\">{}</th>", Text(cell))?;
            } else {
                write!(out, "<td class=\"n\">{}</td>", Text(cell))?;
            }
        }
        writeln!(out, "</tr>")?;
    }
    writeln!(out, "{CLOSE_TABLE}</details>")
}

fn changes(out: &mut String, c: &Comparison) -> Result {
    let draw = |size| chart::dumbbell(c, Percentile::P95, DUMBBELL_ROWS, size);
    let Some(wide) = draw(Size::WIDE) else { return Ok(()) };
    let shown = wide.table.1.len();
    let all = c.subjects.iter().filter(|s| s.scope != Scope::Total).count();
    let caption = match shown {
        _ if shown == all => "p95 of every endpoint, most severe first".to_owned(),
        DUMBBELL_ROWS => format!("p95 of the {shown} most severe of {} endpoints", number::count(all as u64)),
        1 => "p95 of the endpoint that has it on both sides".to_owned(),
        _ => format!("p95 of the {shown} endpoints that have it on both sides, most severe first"),
    };
    writeln!(out, "<section class=\"panel\" aria-labelledby=\"changes\">\n<h2 id=\"changes\">What changed</h2>")?;
    figure(out, &caption, &wide, draw(Size::NARROW).as_ref())?;
    writeln!(out, "</section>")
}

fn endpoints(out: &mut String, c: &Comparison) -> Result {
    let lines = view::lines(c, Percentile::P95);
    let detailed = detailed(c);
    let count = lines.iter().filter(|l| l.scope != Scope::Total).count();
    writeln!(
        out,
        "<section class=\"panel\" aria-labelledby=\"endpoints\">\n<h2 id=\"endpoints\">Endpoints <span \
         class=\"sub\">{}</span></h2>",
        number::count(count as u64)
    )?;
    let forest = Forest::new(c, &view::forest_metric(c, Percentile::P95), Size::WIDE);
    open_table(out, "endpoint-table", "Every endpoint, most severe first; each links to its details", "Endpoints")?;
    writeln!(
        out,
        "<thead><tr><th scope=\"col\">Verdict</th><th scope=\"col\">Endpoint</th>\
         <th scope=\"col\" class=\"n\"><i class=\"dot dot-baseline\"></i> p95 baseline</th>\
         <th scope=\"col\" class=\"n\"><i class=\"dot dot-run\"></i> p95 run</th>\
         <th scope=\"col\" class=\"n\">Change</th>"
    )?;
    if let Some(forest) = &forest {
        let head = forest.head();
        let title = forest.title();
        write!(out, "<th scope=\"col\" class=\"forest\">{} against limit{}</th>", Text(&title), head.svg)?;
    }
    writeln!(
        out,
        "<th scope=\"col\" class=\"n\">Errors</th>\
         <th scope=\"col\" class=\"n\">Throughput</th><th scope=\"col\" class=\"n\">Requests</th></tr></thead>\n<tbody>"
    )?;
    for (index, line) in lines.iter().enumerate() {
        let drawn = forest.as_ref().map(|forest| {
            let subject = c.subjects.get(line.subject).filter(|_| index < FOREST_ROWS);
            subject.and_then(|s| forest.row(s)).map(|chart| chart.svg).unwrap_or_default()
        });
        endpoint_line(out, line, detailed.contains(&line.subject), drawn.as_deref())?;
    }
    writeln!(out, "{CLOSE_TABLE}</section>")
}

fn endpoint_line(out: &mut String, line: &Line, linked: bool, forest: Option<&str>) -> Result {
    let total = line.scope == Scope::Total;
    let class = if total { "row total" } else { "row" };
    write!(out, "<tr class=\"{class}\"><td class=\"cell-verdict\">{}", badge(line.verdict, line.word))?;
    let why = line.why();
    if !why.is_empty() {
        write!(out, "<small>{}</small>", Text(&why))?;
    }
    write!(out, "</td><th scope=\"row\" class=\"endpoint\">")?;
    if linked {
        write!(out, "<a href=\"#e{}\">", line.subject)?;
    }
    if !line.method.is_empty() {
        write!(out, "<span class=\"method\">{}</span> ", Name(&line.method))?;
    }
    let name = if total { "All endpoints" } else { &line.name };
    write!(out, "<span class=\"path\">{}</span>{}</th>", Name(name), if linked { "</a>" } else { "" })?;
    write!(
        out,
        "<td class=\"n base\" data-label=\"p95 from\">{}</td><td class=\"n run\" data-label=\"p95 to\">{}</td>\
         <td class=\"n change tone-{}\" data-label=\"change\">{}</td>",
        Text(&line.latency.baseline),
        Text(&line.latency.run),
        words::tone(line.latency.verdict),
        Text(&line.latency.change)
    )?;
    if let Some(drawing) = forest {
        write!(out, "<td class=\"forest\">{drawing}</td>")?;
    }
    for (cell, label) in [(&line.errors, "errors"), (&line.rate, "throughput"), (&line.requests, "requests")] {
        endpoint_cell(out, cell, label)?;
    }
    writeln!(out, "</tr>")
}

fn endpoint_cell(out: &mut String, cell: &Cell, label: &str) -> Result {
    write!(out, "<td class=\"n\" data-label=\"{label}\">{}", Text(&cell.run))?;
    if cell.change != words::NONE {
        let tone = words::tone(cell.verdict);
        write!(out, "<small class=\"change tone-{tone}\">{}</small>", Text(&cell.change))?;
    }
    write!(out, "</td>")
}

/// Every figure that is not simply within its limits, with the reason.
fn judged(out: &mut String, c: &Comparison) -> Result {
    for (wanted, title) in [
        (Verdict::Critical, "Failures"),
        (Verdict::Regressed, "Regressed"),
        (Verdict::Missing, "Missing"),
        (Verdict::ProbablyRegressed, "Probably regressed"),
        (Verdict::Warning, "Warnings"),
        (Verdict::New, "New"),
        (Verdict::Improved, "Improved"),
    ] {
        let of = |s| -> Vec<(&Subject, &Row)> { rows_of(s, wanted).collect() };
        let rows: Vec<_> = c.by_severity.iter().filter_map(|i| c.subjects.get(*i)).flat_map(of).collect();
        if rows.is_empty() {
            continue;
        }
        let id = words::badge(wanted).to_lowercase().replace(' ', "-");
        writeln!(
            out,
            "<section class=\"panel judged tone-{}\" aria-labelledby=\"{id}\">\n\
             <h2 id=\"{id}\"><i aria-hidden=\"true\">{}</i> {title} <span class=\"sub\">{}</span></h2>",
            words::tone(wanted),
            words::sign(wanted),
            match rows.len() {
                1 => "one figure".to_owned(),
                n => format!("{} figures", number::count(n as u64)),
            }
        )?;
        if rows.iter().all(|(_, row)| matches!(row.reason, Reason::OnlyInBaseline | Reason::OnlyInRun)) {
            one_sided(out, c, wanted, title)?;
            continue;
        }
        open_table(out, "metrics", &format!("{title}: what was measured, the limit, and why"), title)?;
        writeln!(
            out,
            "<thead><tr><th scope=\"col\">Endpoint</th><th scope=\"col\">Metric</th>{BASELINE_HEAD}{RUN_HEAD}\
             <th scope=\"col\" class=\"n\">Change</th><th scope=\"col\">Limit</th><th scope=\"col\">Why</th></tr></thead>\n\
             <tbody>"
        )?;
        let causes = brief::causes(c);
        for (subject, row) in rows {
            write!(
                out,
                "<tr><th scope=\"row\" class=\"endpoint mono\">{}</th><td data-label=\"metric\">{}</td>",
                Name(&name_of(subject)),
                Text(&row.metric.title())
            )?;
            figures(
                out,
                wanted,
                [
                    &words::value(&row.metric, &row.baseline),
                    &words::value(&row.metric, &row.run),
                    &words::brief_change(row),
                    &words::limit(row),
                ],
                view::interval_and_basis(row),
            )?;
            // The whole of it is among the details.
            let cause = causes.iter().find(|cause| cause.is_of(subject)).map(|c| c.text(60));
            let text = words::why(row, cause.as_deref());
            let beyond = format!("beyond {}, ", words::limit_short(row));
            why(out, text.strip_prefix(&beyond).unwrap_or(&text), None, None)?;
            writeln!(out, "</tr>")?;
        }
        writeln!(out, "{CLOSE_TABLE}</section>")?;
    }
    Ok(())
}

/// Endpoints that only one side has, one a line: there is nothing to explain figure by figure.
fn one_sided(out: &mut String, c: &Comparison, wanted: Verdict, title: &str) -> Result {
    let side = if wanted == Verdict::Missing { "baseline" } else { "run" };
    open_table(out, "one-sided", &format!("{title}: endpoints that are in the {side} only"), title)?;
    writeln!(
        out,
        "<thead><tr><th scope=\"col\">Endpoint</th><th scope=\"col\"><i class=\"dot dot-{side}\"></i> In the {side} \
         only: its judged figures</th></tr></thead>\n<tbody>"
    )?;
    for subject in c.by_severity.iter().filter_map(|i| c.subjects.get(*i)) {
        let figures: Vec<String> = rows_of(subject, wanted)
            .map(|(_, row)| {
                let value = if wanted == Verdict::Missing { &row.baseline } else { &row.run };
                format!("{} {}", row.metric.title(), words::value(&row.metric, value))
            })
            .collect();
        if !figures.is_empty() {
            writeln!(
                out,
                "<tr><th scope=\"row\" class=\"endpoint mono\">{}</th><td>{}</td></tr>",
                Name(&name_of(subject)),
                Text(&figures.join(" · "))
            )?;
        }
    }
    writeln!(out, "{CLOSE_TABLE}</section>")
}

fn rows_of(subject: &Subject, wanted: Verdict) -> impl Iterator<Item = (&Subject, &Row)> {
    subject.rows.iter().filter(move |r| r.verdict == wanted).map(move |r| (subject, r))
}

/// Baseline, run, change with its interval, and limit of one metric.
fn figures(out: &mut String, verdict: Verdict, [baseline, run, change, limit]: [&str; 4], interval: String) -> Result {
    let interval = match interval.is_empty() {
        true => interval,
        false => format!("<small class=\"interval\">{}</small>", Text(&interval)),
    };
    write!(
        out,
        "<td class=\"n base\" data-label=\"from\">{}</td><td class=\"n run\" data-label=\"to\">{}</td>\
         <td class=\"n change tone-{}\" data-label=\"change\">{}{interval}</td>\
         <td class=\"limit\" data-label=\"limit\">{}</td>",
        Text(baseline),
        Text(run),
        words::tone(verdict),
        Text(change),
        Text(limit)
    )
}

fn why(out: &mut String, reason: &str, would_change: Option<&str>, formula: Option<&str>) -> Result {
    write!(out, "<td class=\"reason\">{}", Text(reason))?;
    if let Some(sentence) = would_change {
        write!(out, " {}", Text(sentence))?;
    }
    if let Some(formula) = formula {
        write!(out, "<small class=\"formula\">{}</small>", Text(formula))?;
    }
    write!(out, "</td>")
}

/// The subjects with details: the total, then the most severe.
fn detailed(c: &Comparison) -> Vec<usize> {
    let total = c.subjects.iter().position(|s| s.scope == Scope::Total);
    total.into_iter().chain(c.endpoints_by_severity().map(|(i, _)| i).take(DETAILED)).collect()
}

fn details(out: &mut String, c: &Comparison) -> Result {
    let detailed = detailed(c);
    if detailed.is_empty() {
        return Ok(());
    }
    let all = c.subjects.len();
    let shown = match detailed.len() {
        n if n < all => format!("the {} most severe of {}", number::count(n as u64), number::count(all as u64)),
        _ => "every figure, its limit and its reason".to_owned(),
    };
    writeln!(
        out,
        "<section class=\"panel\" aria-labelledby=\"details\">\n<h2 id=\"details\">In detail <span \
         class=\"sub\">{shown}</span></h2>"
    )?;
    let worst = c.worst.map(|(subject, _)| subject);
    let mut endpoints = 0;
    for index in detailed {
        let Some(subject) = c.subjects.get(index) else { continue };
        let total = subject.scope == Scope::Total;
        let rank = if total { 0 } else { endpoints };
        endpoints += usize::from(!total);
        let charts = (total || rank < PLOTTED, total || rank < CHARTED);
        detail(out, c, (index, subject), worst == Some(index), charts)?;
    }
    writeln!(out, "</section>")
}

fn detail(
    out: &mut String,
    c: &Comparison,
    (index, subject): (usize, &Subject),
    open: bool,
    (plotted, timed): (bool, bool),
) -> Result {
    let one_sided = subject.baseline.is_none() || subject.run.is_none();
    let plain = view::is_unchanged(subject) && subject.scope != Scope::Total || one_sided;
    let class = if plain { "subject plain" } else { "subject" };
    let name = name_of(subject);
    let shown = view::shown(subject);
    writeln!(
        out,
        "<details class=\"{class}\"{}>\n<summary>{} <h3 class=\"mono name\">{}</h3></summary>\n<div class=\"inside\" \
         id=\"e{index}\">",
        if open { " open" } else { "" },
        badge(shown.verdict, shown.word),
        Name(&name)
    )?;
    if let Some(row) = shown.row.filter(|_| subject.verdict != Verdict::Info) {
        let metric = row.metric.title();
        writeln!(out, "<p class=\"why\"><b>{}:</b> {}</p>", Text(&metric), Text(&words::explanation(row)))?;
    }
    metrics(out, &name, view::details(subject))?;
    charts(out, c, subject, plotted, timed)?;
    failures(out, &name, &view::failures(c, subject))?;
    writeln!(out, "</div>\n</details>")
}

/// All metrics: those that a rule is about first.
fn metrics(out: &mut String, name: &str, rows: Vec<Detail>) -> Result {
    let (judged, others): (Vec<Detail>, Vec<Detail>) = rows.into_iter().partition(|r| r.verdict != Verdict::Info);
    open_table(out, "metrics", &format!("{name}: every metric"), &format!("Metrics of {name}"))?;
    writeln!(
        out,
        "<thead><tr><th scope=\"col\">Metric</th>{BASELINE_HEAD}{RUN_HEAD}<th scope=\"col\" class=\"n\">Change</th>\
         <th scope=\"col\">Limit</th><th scope=\"col\">Verdict</th><th scope=\"col\">Why</th></tr></thead>\n<tbody>"
    )?;
    let none_judged = judged.is_empty();
    for row in judged {
        write!(out, "<tr><th scope=\"row\">{} <small>{}</small></th>", Text(&row.metric), row.provenance)?;
        let interval = row.interval.unwrap_or_default();
        figures(out, row.verdict, [&row.baseline, &row.run, &row.change, &row.limit], interval)?;
        write!(out, "<td class=\"cell-verdict\">{}</td>", badge(row.verdict, words::badge(row.verdict)))?;
        // Of hundreds of passed figures the interval says enough.
        let formula = row.formula.filter(|_| !matches!(row.verdict, Verdict::Pass | Verdict::Within));
        why(out, &row.reason, row.would_change.as_deref(), formula.as_deref())?;
        writeln!(out, "</tr>")?;
    }
    if !others.is_empty() {
        let between = "<tr class=\"between\"><th scope=\"rowgroup\" colspan=\"7\">No rule is about these</th></tr>\n";
        let between = if none_judged { "" } else { between };
        write!(out, "</tbody>\n<tbody class=\"unjudged\">\n{between}")?;
        for row in others {
            writeln!(
                out,
                "<tr><th scope=\"row\">{}</th><td class=\"n base\" data-label=\"from\">{}</td><td class=\"n run\" \
                 data-label=\"to\">{}</td><td class=\"n\" data-label=\"change\">{}</td><td colspan=\"3\"></td></tr>",
                Text(&row.metric),
                Text(&row.baseline),
                Text(&row.run),
                Text(&row.change)
            )?;
        }
    }
    write!(out, "{CLOSE_TABLE}")
}

fn charts(out: &mut String, c: &Comparison, subject: &Subject, plotted: bool, timed: bool) -> Result {
    let over = |what| move |size| chart::time_overlay(c, subject, what, size);
    let plot = |size| chart::percentile_plot(subject, size);
    let mut drawn = Vec::new();
    if plotted && let Some(wide) = plot(Size::HALF) {
        drawn.push(("Response time by percentile", wide, plot(Size::NARROW), false));
    }
    let explored = timed.then(|| explore(c, subject));
    let limit = view::shift_limit(subject);
    let shift = |size| chart::shift_plot(subject, explored.as_ref()?, limit, size);
    if let Some(wide) = shift(Size::HALF) {
        drawn.push(("Change by percentile", wide, shift(Size::NARROW), true));
    }
    for (title, what) in [
        ("Mean response time over time", Over::Latency),
        ("Requests per second over time", Over::Throughput),
        ("Failed requests over time", Over::Errors),
    ] {
        if timed && let Some(wide) = over(what)(Size::HALF) {
            drawn.push((title, wide, over(what)(Size::NARROW), true));
        }
    }
    if drawn.is_empty() {
        return Ok(());
    }
    writeln!(out, "<div class=\"charts\">")?;
    for (title, wide, narrow, _) in &drawn {
        figure(out, title, wide, narrow.as_ref())?;
    }
    writeln!(out, "</div>")?;
    // The figures of the percentile plot are in the table of metrics.
    for (title, wide, ..) in drawn.iter().filter(|(.., listed)| *listed) {
        data_of(out, title, wide)?;
    }
    Ok(())
}

fn failures(out: &mut String, name: &str, failures: &[(String, u64, u64)]) -> Result {
    if failures.is_empty() {
        return Ok(());
    }
    let more = match failures.len() {
        n if n > MESSAGES => format!("; {} more are left out", number::count((n - MESSAGES) as u64)),
        _ => String::new(),
    };
    open_table(out, "failures", &format!("{name}: failures by message{more}"), &format!("Failures of {name}"))?;
    writeln!(out, "<thead><tr><th scope=\"col\">Failure</th>{BASELINE_HEAD}{RUN_HEAD}</tr></thead>\n<tbody>")?;
    for (message, baseline, run) in failures.iter().take(MESSAGES) {
        writeln!(
            out,
            "<tr><th scope=\"row\" class=\"message\">{}</th><td class=\"n base\">{}</td><td class=\"n run\">{}</td></tr>",
            Name(message),
            number::count(*baseline),
            number::count(*run)
        )?;
    }
    write!(out, "{CLOSE_TABLE}")
}

fn facts(out: &mut String, c: &Comparison) -> Result {
    writeln!(
        out,
        "<section class=\"panel facts\" aria-labelledby=\"facts\">\n<h2 id=\"facts\">Run facts <span class=\"sub\">≠ \
         marks what differs</span></h2>"
    )?;
    open_table(out, "fact-table", "Both runs side by side", "Run facts")?;
    writeln!(
        out,
        "<thead><tr><td></td><th scope=\"col\"><i class=\"dot dot-baseline\"></i> Baseline</th>\
         <th scope=\"col\"><i class=\"dot dot-run\"></i> Run</th></tr></thead>\n<tbody>"
    )?;
    let (baseline, run) = view::labels(c);
    let label = view::Fact { name: "Label", baseline, run };
    for fact in std::iter::once(label).chain(view::facts(c)) {
        let (class, mark) = if fact.differs() { (" class=\"differs\"", " ≠") } else { ("", "") };
        writeln!(
            out,
            "<tr{class}><th scope=\"row\">{}{mark}</th><td data-label=\"baseline\">{}</td><td data-label=\"run\">{}</td></tr>",
            fact.name,
            Name(&fact.baseline),
            Name(&fact.run)
        )?;
    }
    writeln!(out, "{CLOSE_TABLE}")?;
    for (id, title, lines) in [("checks", "Data checks", view::checks(c)), ("notes", "Notes", view::notes(c))] {
        writeln!(out, "<h3 id=\"{id}\">{title}</h3>")?;
        note_list(out, lines)?;
    }
    writeln!(out, "<h3>How the files were recognised</h3>\n<ul class=\"recognised\">")?;
    for side in [&c.baseline, &c.run] {
        recognised(out, side)?;
    }
    writeln!(out, "</ul>\n</section>")
}

fn note_list(out: &mut String, notes: Vec<view::NoteLine>) -> Result {
    if notes.is_empty() {
        writeln!(out, "<p class=\"muted\">None.</p>")?;
    } else {
        writeln!(out, "<ul class=\"notes\">")?;
        for note in notes {
            let (class, sign) = if note.warning { (" class=\"warning\"", "△ ") } else { ("", "") };
            write!(out, "<li{class}><span class=\"note-about\">{sign}")?;
            for (i, (side, file)) in note.about.iter().enumerate() {
                write!(out, "{}{side}", if i > 0 { ", " } else { "" })?;
                if let Some(file) = file {
                    write!(out, ": <span class=\"mono\">{}</span>", Name(file))?;
                }
            }
            writeln!(out, "</span> <span>{}</span></li>", Text(&note.text))?;
        }
        writeln!(out, "</ul>")?;
    }
    Ok(())
}

fn recognised(out: &mut String, run: &Run) -> Result {
    for (file, format, evidence) in view::recognised(run) {
        writeln!(
            out,
            "<li><b class=\"mono\">{}</b> read as {}<span class=\"muted\"> · {}</span></li>",
            Name(&file),
            Text(&format.replace('`', "")),
            Text(&evidence)
        )?;
    }
    Ok(())
}

const METHOD: &[(&str, &str)] = &[
    (
        "Change",
        "(run − baseline) ÷ baseline, always in this direction. Error rates change in percentage points (pp). From a \
         baseline of 0 the change in percent is ∞.",
    ),
    (
        "Percentiles",
        "p95 is the response time that 95 % of the requests do not exceed, as the load-test tool reports it: no \
         percentile is computed from others, averaged, or filled in. Where rows are merged it is shown as bounds.",
    ),
    ("Error rate", "Failed requests ÷ all requests, from the counts."),
    (
        "Verdict",
        "Each figure is judged by the most specific rule about it. Regressed: beyond its limit, and that is confirmed. \
         Probably regressed: that is likely. Unclear: the interval spans the limit. Within limit: the whole interval \
         ends below the limit and what equal runs may differ by. The word of the report is the first that holds: not \
         comparable, regressed, missing, probably regressed, improved, no regression found, can’t tell.",
    ),
    (
        "How sure",
        "A change is confirmed where the whole interval lies beyond the limit by more than equal runs may differ, also \
         after correction for judging many rules at once. What would have been seen is the smallest change that this \
         confirms in four of five cases.",
    ),
    (
        "Missing",
        "A figure that no file holds is shown as – and never counts as 0. An endpoint of one side only is New or \
         Missing.",
    ),
];

fn method(out: &mut String, c: &Comparison) -> Result {
    writeln!(out, "<section class=\"panel how\" aria-labelledby=\"method\">\n<h2 id=\"method\">Method</h2>\n<dl>")?;
    for (term, text) in METHOD {
        writeln!(out, "<div><dt>{term}</dt><dd>{text}</dd></div>")?;
    }
    writeln!(
        out,
        "</dl>\n<h3 id=\"rules\">The rules in force <span class=\"sub\">{}</span></h3>",
        Name(&c.policy.name)
    )?;
    open_table(out, "rule-table", "Every rule of the policy, in its order", "Rules in force")?;
    writeln!(
        out,
        "<thead><tr><th scope=\"col\">About</th><th scope=\"col\">Metric</th><th scope=\"col\">Warning</th>\
         <th scope=\"col\">Limit</th><th scope=\"col\" class=\"n\">Line</th></tr></thead>\n<tbody>"
    )?;
    for rule in view::rules(&c.policy) {
        let line = rule.line.map_or_else(|| words::NONE.to_owned(), |line| line.to_string());
        writeln!(
            out,
            "<tr><th scope=\"row\">{}</th><td class=\"mono\">{}</td><td data-label=\"warning\">{}</td>\
             <td data-label=\"limit\">{}</td><td class=\"n\" data-label=\"line\">{line}</td></tr>",
            Name(&rule.about),
            Name(&rule.metric),
            Text(&rule.warn),
            Text(&rule.fail)
        )?;
    }
    writeln!(out, "{CLOSE_TABLE}</section>")
}

/// What the file holds, and how it can be checked.
fn file(out: &mut String, c: &Comparison, sha256: &str) -> Result {
    let charts = format!(
        "Percentiles are drawn for the total and the {PLOTTED} most severe endpoints, the course over time for the \
         total and the {CHARTED} most severe. Long time series are held in coarser steps, which their charts name."
    );
    writeln!(
        out,
        "<section class=\"panel about\" aria-labelledby=\"file\">\n<h2 id=\"file\">This file</h2>\n\
         <p>It holds what it was made from: the summaries of both runs ({} and {} endpoints) and the rules, as JSON. \
         Dropped into loaddiff it is judged again, and loaddiff says whether its verdicts verify. It has no script and \
         loads nothing.</p>\n<p>{charts}</p>\n\
         <dl><div><dt>SHA-256 of the summaries</dt><dd class=\"mono hash\">{sha256}</dd></div>\
         <div><dt>To check it</dt><dd class=\"mono\">sed -n &#39;s/.*id=&quot;loaddiff-summaries&quot;[^&gt;]*&gt;\\(.*\\)&lt;\\/script&gt;.*/\\1/p&#39; \
         report.html | tr -d &#39;\\n&#39; | sha256sum</dd></div>\
         <div><dt>Made by</dt><dd>{}</dd></div></dl>\n</section>",
        number::count(c.baseline.endpoints.len() as u64),
        number::count(c.run.endpoints.len() as u64),
        made_by()
    )
}
