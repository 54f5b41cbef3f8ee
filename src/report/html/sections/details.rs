//! Why an endpoint has its verdict: every metric with its limit and formula, charts, failures. The page shows one
//! endpoint, the file many, folded.

use std::fmt::{Result, Write};

use super::super::act::Act;
use super::super::escape::{Name, Text};
use super::Live;
use super::figure::{Drawn, drawn, figure};
use super::parts::{CLOSE_TABLE, badge, badge_of, name_of, open_table, side_heads, terms, written};
use crate::chart::{self, Over, Size};
use crate::compare::{Comparison, Exploration, Scope, Subject, Verdict, explore};
use crate::number;
use crate::report::summaries::CHARTED;
use crate::report::table::Window;
use crate::report::view::{self, Detail, Shown};
use crate::report::words;

/// Maximum endpoints of the file with details, beside the total: the most severe.
pub(super) const DETAILED: usize = 200;
/// Maximum endpoints of the file with a percentile plot, beside the total: the most severe.
pub(super) const PLOTTED: usize = 8;
/// Maximum messages of an endpoint's failures in the file.
const MESSAGES: usize = 20;

/// How much is shown of an endpoint.
struct Extent {
    /// The percentile plot.
    plotted: bool,
    /// All else: the charts over time, the numbers behind each verdict, what a closer look finds.
    whole: bool,
    /// What the names of tables end in: ` of POST /chat`; empty where one endpoint is shown alone.
    of: String,
    /// The level of headings.
    heading: &'static str,
    /// Maximum messages of failures.
    messages: usize,
}

/// The details of the subject that is selected on the page.
#[must_use]
pub fn details(c: &Comparison, subject: usize, live: &Live, window: &Window) -> String {
    let Some((index, subject)) = c.subjects.get(subject).map(|s| (subject, s)) else { return String::new() };
    let extent = Extent { plotted: true, whole: true, of: String::new(), heading: "h3", messages: usize::MAX };
    let shown = view::shown(subject);
    written(|out| {
        writeln!(
            out,
            "<section class=\"panel details\" id=\"details\" aria-labelledby=\"details-title\">\n\
             <header class=\"details-head\">\n<h2 id=\"details-title\">{} <span class=\"mono name\">{}</span></h2>",
            badge_of(&shown),
            Name(&name_of(subject))
        )?;
        steps(out, window, index)?;
        writeln!(out, "</header>")?;
        inside(out, c, (subject, &shown), Some(live), &extent)?;
        writeln!(out, "</section>")
    })
}

/// To the endpoints above and below in the table, and back to the table.
fn steps(out: &mut String, window: &Window, subject: usize) -> Result {
    let at = window.place(subject);
    let first = at.is_none_or(|at| at == 0);
    let last = at.is_none_or(|at| at + 1 >= window.len());
    write!(out, "<div class=\"steps\">")?;
    for (act, disabled, name, key, arrow) in
        [(Act::Previous, first, "Previous endpoint", "k", "↑"), (Act::Next, last, "Next endpoint", "j", "↓")]
    {
        let title = name.split(' ').next().unwrap_or(name);
        write!(
            out,
            "<button type=\"button\" class=\"icon\" data-do=\"{act}\" aria-label=\"{name}\" title=\"{title} ({key})\"{}>\
             {arrow}</button>",
            if disabled { " disabled" } else { "" }
        )?;
    }
    writeln!(
        out,
        "<button type=\"button\" class=\"quiet small\" data-page=\"go endpoints\">Back to the table</button></div>"
    )
}

/// The subjects with details in the file: the total, then the most severe.
fn detailed(c: &Comparison) -> Vec<usize> {
    let total = c.subjects.iter().position(|s| s.scope == Scope::Total);
    total.into_iter().chain(c.endpoints_by_severity().map(|(i, _)| i).take(DETAILED)).collect()
}

/// The details of the file.
pub(super) fn folded(out: &mut String, c: &Comparison) -> Result {
    let detailed = detailed(c);
    if detailed.is_empty() {
        return Ok(());
    }
    let all = c.subjects.len();
    let what = match detailed.len() {
        n if n < all => format!("the {} most severe of {}", number::count(n as u64), number::count(all as u64)),
        _ => "every figure, its limit and its reason".to_owned(),
    };
    writeln!(
        out,
        "<section class=\"panel\" id=\"details\" aria-labelledby=\"details-title\">\n\
         <h2 id=\"details-title\">In detail <span class=\"sub\">{what}</span></h2>"
    )?;
    let worst = c.worst.map(|(subject, _)| subject);
    let mut endpoints = 0;
    for index in detailed {
        let Some(subject) = c.subjects.get(index) else { continue };
        let total = subject.scope == Scope::Total;
        let rank = if total { 0 } else { endpoints };
        endpoints += usize::from(!total);
        let extent = Extent {
            plotted: total || rank < PLOTTED,
            whole: total || rank < CHARTED,
            of: format!(" of {}", name_of(subject)),
            heading: "h4",
            messages: MESSAGES,
        };
        fold(out, c, (index, subject), worst == Some(index), &extent)?;
    }
    writeln!(out, "</section>")
}

fn fold(out: &mut String, c: &Comparison, (index, subject): (usize, &Subject), open: bool, extent: &Extent) -> Result {
    let one_sided = subject.baseline.is_none() || subject.run.is_none();
    let plain = view::is_unchanged(subject) && subject.scope != Scope::Total || one_sided;
    let shown = view::shown(subject);
    writeln!(
        out,
        "<details class=\"{}\"{}>\n<summary>{} <h3 class=\"mono name\">{}</h3></summary>\n<div class=\"inside\" \
         id=\"e{index}\">",
        if plain { "subject plain" } else { "subject" },
        if open { " open" } else { "" },
        badge_of(&shown),
        Name(&name_of(subject))
    )?;
    inside(out, c, (subject, &shown), None, extent)?;
    writeln!(out, "</div>\n</details>")
}

fn inside(
    out: &mut String,
    c: &Comparison,
    (subject, shown): (&Subject, &Shown<'_>),
    live: Option<&Live>,
    extent: &Extent,
) -> Result {
    if let Some(row) = shown.row.filter(|_| subject.verdict != Verdict::Info) {
        let (metric, why) = (row.metric.title(), words::explanation(row));
        write!(out, "<p class=\"why\"><b>{}:</b> {}", Text(&metric), Text(&why))?;
        would_change(out, words::would_change(row).as_deref())?;
        writeln!(out, "</p>")?;
    }
    metrics(out, view::details(subject), extent)?;
    let explored = extent.whole.then(|| explore(c, subject));
    charts(out, c, subject, live, (extent, explored.as_ref()))?;
    let found = explored.map(|explored| view::findings(&explored)).unwrap_or_default();
    if !found.is_empty() {
        let h = extent.heading;
        writeln!(
            out,
            "<{h}>A closer look <span class=\"sub\">requests taken for independent; no verdict depends on it</span></{h}>"
        )?;
        terms(out, "findings", found.iter().map(|(name, value)| (*name, value.as_str())))?;
    }
    failures(out, &view::failures(c, subject), extent)
}

fn would_change(out: &mut String, sentence: Option<&str>) -> Result {
    sentence.map_or(Ok(()), |text| write!(out, " <span class=\"would-change\">{}</span>", Text(text)))
}

/// All metrics: those with a rule first.
fn metrics(out: &mut String, rows: Vec<Detail>, extent: &Extent) -> Result {
    let (judged, others): (Vec<Detail>, Vec<Detail>) = rows.into_iter().partition(|r| r.verdict != Verdict::Info);
    open_table(out, "metrics", &format!("Metrics{}", extent.of))?;
    writeln!(
        out,
        "<thead><tr><th scope=\"col\">Metric</th>{}<th scope=\"col\" class=\"n\">Change</th><th scope=\"col\">Limit</th>\
         <th scope=\"col\">Verdict</th><th scope=\"col\">Why</th></tr></thead>\n<tbody>",
        side_heads()
    )?;
    for row in &judged {
        write!(out, "<tr>")?;
        metric(out, row, true)?;
        figures(
            out,
            row.tone,
            [&row.baseline, &row.run, &row.change, &row.limit],
            row.interval.as_deref().unwrap_or_default(),
        )?;
        write!(out, "<td class=\"cell-verdict\">{}</td>", badge(row.tone, row.sign, words::badge(row.verdict)))?;
        write!(out, "<td class=\"reason\">{}", Text(&row.reason))?;
        would_change(out, row.would_change.as_deref())?;
        // Of hundreds of passed figures the interval says enough.
        if let Some(formula) = &row.formula
            && (extent.whole || !matches!(row.verdict, Verdict::Pass | Verdict::Within))
        {
            write!(out, "<small class=\"formula\">{}</small>", Text(formula))?;
        }
        if extent.whole {
            numbers(out, row)?;
        }
        writeln!(out, "</td></tr>")?;
    }
    if !others.is_empty() {
        writeln!(out, "</tbody>\n<tbody class=\"unjudged\">")?;
        if !judged.is_empty() {
            writeln!(
                out,
                "<tr class=\"between\"><th scope=\"rowgroup\" colspan=\"7\">No rule is about these</th></tr>"
            )?;
        }
        for row in &others {
            write!(out, "<tr>")?;
            metric(out, row, extent.whole)?;
            writeln!(
                out,
                "<td class=\"n base\">{}</td><td class=\"n run\">{}</td><td \
                 class=\"n\">{}</td><td colspan=\"3\"></td></tr>",
                Text(&row.baseline),
                Text(&row.run),
                Text(&row.change)
            )?;
        }
    }
    write!(out, "{CLOSE_TABLE}")
}

/// A metric, and where its figures come from.
fn metric(out: &mut String, row: &Detail, source: bool) -> Result {
    write!(out, "<th scope=\"row\">{}", Text(&row.metric))?;
    if source {
        write!(out, " <small>{}</small>", row.provenance)?;
    }
    write!(out, "</th>")
}

/// Baseline, run, change with its interval, and limit of one metric.
pub(super) fn figures(
    out: &mut String,
    tone: &str,
    [baseline, run, change, limit]: [&str; 4],
    interval: &str,
) -> Result {
    write!(
        out,
        "<td class=\"n base\">{}</td><td class=\"n run\">{}</td><td class=\"n change tone-{tone}\">{}",
        Text(baseline),
        Text(run),
        Text(change),
    )?;
    if !interval.is_empty() {
        write!(out, "<small class=\"interval\">{}</small>", Text(interval))?;
    }
    write!(out, "</td><td class=\"limit\">{}</td>", Text(limit))
}

/// The numbers behind a verdict, folded.
fn numbers(out: &mut String, row: &Detail) -> Result {
    let method = row.method.as_deref().map(|method| ("Found by", method));
    let all: Vec<_> = method.into_iter().chain(row.numbers.iter().map(|(name, n)| (*name, n.as_str()))).collect();
    if all.is_empty() {
        return Ok(());
    }
    write!(out, "<details class=\"numbers\"><summary>The numbers</summary>")?;
    terms(out, "", all)?;
    write!(out, "</details>")
}

/// The percentile plot, and what there is over time.
fn charts(
    out: &mut String,
    c: &Comparison,
    subject: &Subject,
    live: Option<&Live>,
    (extent, explored): (&Extent, Option<&Exploration>),
) -> Result {
    let mut all: Vec<(String, Option<Drawn>)> = Vec::new();
    if extent.plotted {
        let plot = drawn(live, Size::HALF, |size| chart::percentile_plot(subject, size));
        all.push(("Response time by percentile".to_owned(), plot));
    }
    if let Some(explored) = explored {
        let limit = view::shift_limit(subject);
        let shift = drawn(live, Size::HALF, |size| chart::shift_plot(subject, explored, limit, size));
        all.push(("Change by percentile".to_owned(), shift));
        for (title, what) in [
            ("Mean response time over time", Over::Latency),
            ("Requests per second over time", Over::Throughput),
            ("Failed requests over time", Over::Errors),
        ] {
            let over = |s: &Subject| drawn(live, Size::HALF, |size| chart::time_overlay(c, s, what, size));
            // Many tools know the history of the whole run alone: it says at least whether the run was steady. The file
            // has it with the total.
            all.push(match (over(subject), c.total().filter(|_| live.is_some())) {
                (None, Some(total)) => (format!("{title}, all endpoints together"), over(total)),
                (own, _) => (title.to_owned(), own),
            });
        }
    }
    let all: Vec<_> = all.into_iter().filter_map(|(title, drawn)| Some((title, drawn?))).collect();
    if all.is_empty() {
        return Ok(());
    }
    writeln!(out, "<div class=\"charts\">")?;
    for (title, drawn) in &all {
        figure(out, &format!("{title}{}", extent.of), title, drawn)?;
    }
    writeln!(out, "</div>")
}

/// Failures by what the tool said.
fn failures(out: &mut String, failures: &[(String, u64, u64)], extent: &Extent) -> Result {
    if failures.is_empty() {
        return Ok(());
    }
    let left = failures.len().saturating_sub(extent.messages);
    let h = extent.heading;
    write!(out, "<{h}>Failures by message")?;
    if left > 0 {
        write!(out, " <span class=\"sub\">{} more are left out</span>", number::count(left as u64))?;
    }
    writeln!(out, "</{h}>")?;
    open_table(out, "failures", &format!("Failures by message{}", extent.of))?;
    writeln!(out, "<thead><tr><th scope=\"col\">Message</th>{}</tr></thead>\n<tbody>", side_heads())?;
    for (message, baseline, run) in failures.iter().take(extent.messages) {
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
