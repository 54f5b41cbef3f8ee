//! Why an endpoint has its verdict: charts, every metric with its limit, failures; and how each was decided, folded. The
//! page shows one endpoint under its row, the file many, folded.

use std::fmt::{Result, Write};

use super::super::act::Act;
use super::super::escape::{Name, Text};
use super::Live;
use super::charts::charts;
use super::parts::{CLOSE_TABLE, badge_of, name_of, open_table, side_heads, terms, written};
use super::reasons;
use crate::compare::{Comparison, Scope, Subject, Verdict, explore};
use crate::number;
use crate::report::summaries::CHARTED;
use crate::report::table::{Column, Window};
use crate::report::view::{self, Detail, Shown};
use crate::report::words;

/// Maximum endpoints of the file with details, beside the total: the most severe.
pub(super) const DETAILED: usize = 200;
/// Maximum endpoints of the file with a percentile plot, beside the total: the most severe.
pub(super) const PLOTTED: usize = 8;
/// Maximum messages of an endpoint's failures in the file.
const MESSAGES: usize = 20;
/// Maximum endpoints with details on paper: the most severe that regressed for sure.
const PRINTED: usize = 6;

/// How much is shown of an endpoint.
pub(super) struct Extent {
    /// The percentile plot.
    plotted: bool,
    /// All else: the charts over time, the numbers behind each verdict, what a closer look finds.
    pub whole: bool,
    /// What the names of tables end in: ` of POST /chat`; empty where one endpoint is shown alone.
    pub of: String,
    /// Maximum messages of failures.
    messages: usize,
}

/// The details of the subject that is selected on the page: a row of the table, under the subject's own.
#[must_use]
pub fn details(c: &Comparison, subject: usize, live: &Live, window: &Window) -> String {
    let Some((index, subject)) = c.subjects.get(subject).map(|s| (subject, s)) else { return String::new() };
    let extent = Extent { plotted: true, whole: true, of: String::new(), messages: usize::MAX };
    let shown = view::shown(subject);
    written(|out| {
        writeln!(
            out,
            "<tr class=\"opened\" id=\"{OPENED}\" aria-label=\"Details\"><td colspan=\"{}\">\n\
             <section class=\"details\" id=\"details\" tabindex=\"-1\" aria-labelledby=\"details-title\">\n\
             <header class=\"details-head\">\n<h3 id=\"details-title\"><span class=\"hidden\">Details of \
             </span><span class=\"mono name\">{}</span></h3>",
            Column::ALL.len() + 1,
            Name(&name_of(subject))
        )?;
        steps(out, window, index)?;
        writeln!(out, "</header>")?;
        inside(out, c, (subject, &shown), Some(live), &extent)?;
        writeln!(out, "</section></td></tr>")
    })
}

/// The id of the row that holds the details.
pub const OPENED: &str = "details-row";

/// To the endpoints above and below in the table, and back to the row.
fn steps(out: &mut String, window: &Window, subject: usize) -> Result {
    let at = window.place(subject);
    let first = at.is_none_or(|at| at == 0);
    let last = at.is_none_or(|at| at + 1 >= window.len());
    write!(out, "<div class=\"steps\">")?;
    for (act, disabled, name, key, sign) in [
        (Act::Previous, first, "Previous endpoint", "k", "↑"),
        (Act::Next, last, "Next endpoint", "j", "↓"),
        (Act::Close, false, "Close details", "Esc", "✕"),
    ] {
        write!(
            out,
            "<button type=\"button\" class=\"icon\" data-do=\"{act}\" aria-label=\"{name}\" title=\"{name} ({key})\"{}>\
             {sign}</button>",
            if disabled { " disabled" } else { "" }
        )?;
    }
    writeln!(out, "</div>")
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
        _ => "every result, its limit and its reason".to_owned(),
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
            messages: MESSAGES,
        };
        // On paper there are the details of the first few that regressed for sure.
        let confirmed = view::shown(subject).tone == words::tone(Verdict::Regressed) && rank < PRINTED;
        fold(out, c, (index, subject), (worst == Some(index), confirmed), &extent)?;
    }
    writeln!(out, "</section>")
}

fn fold(
    out: &mut String,
    c: &Comparison,
    (index, subject): (usize, &Subject),
    (open, confirmed): (bool, bool),
    extent: &Extent,
) -> Result {
    let one_sided = subject.baseline.is_none() || subject.run.is_none();
    let plain = view::is_unchanged(subject) && subject.scope != Scope::Total || one_sided;
    let shown = view::shown(subject);
    writeln!(
        out,
        "<details class=\"{}{}\"{}>\n<summary>{} <h3 class=\"mono name\">{}</h3></summary>\n<div class=\"inside\" \
         id=\"e{index}\">",
        if plain { "subject plain" } else { "subject" },
        if confirmed { " confirmed" } else { "" },
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
        reasons::would_change(out, words::would_change(row).as_deref())?;
        writeln!(out, "</p>")?;
    }
    let explored = extent.whole.then(|| explore(c, subject));
    charts(out, c, (subject, shown), live, (extent.plotted, &extent.of, explored.as_ref()))?;
    let (judged, others): (Vec<Detail>, Vec<Detail>) =
        view::details(subject).into_iter().partition(|r| r.verdict != Verdict::Info);
    if judged.is_empty() {
        reasons::others(out, &others, extent)?;
    } else {
        reasons::metrics(out, &judged, extent)?;
    }
    failures(out, &view::failures(c, subject), extent)?;
    if judged.is_empty() {
        return Ok(());
    }
    reasons::how(out, &judged, extent)?;
    let found = explored.map(|explored| view::findings(&explored)).unwrap_or_default();
    if !found.is_empty() {
        write!(
            out,
            "<details class=\"more\"><summary>A closer look <span class=\"sub\">for reference: no verdict depends on \
             it</span></summary>"
        )?;
        terms(out, "findings", found.iter().map(|(name, value)| (*name, value.as_str())))?;
        writeln!(out, "</details>")?;
    }
    if !others.is_empty() {
        let n = others.len();
        writeln!(
            out,
            "<details class=\"more\"><summary>Figures without a limit <span class=\"sub\">({n})</span></summary>"
        )?;
        reasons::others(out, &others, extent)?;
        writeln!(out, "</details>")?;
    }
    Ok(())
}

/// Failures by what the tool said.
fn failures(out: &mut String, failures: &[(String, u64, u64)], extent: &Extent) -> Result {
    if failures.is_empty() {
        return Ok(());
    }
    let left = failures.len().saturating_sub(extent.messages);
    write!(out, "<h4>Failures by message")?;
    if left > 0 {
        write!(out, " <span class=\"sub\">{} more are left out</span>", number::count(left as u64))?;
    }
    writeln!(out, "</h4>")?;
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
