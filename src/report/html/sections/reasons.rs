//! The metrics of an endpoint: one line each, and how each was decided.

use std::fmt::{Result, Write};

use super::super::escape::Text;
use super::details::Extent;
use super::parts::{CLOSE_TABLE, badge, open_table, side_heads, terms};
use crate::compare::Verdict;
use crate::report::view::Detail;
use crate::report::words;

/// The metrics that a rule judged, one line each.
pub(super) fn metrics(out: &mut String, judged: &[Detail], extent: &Extent) -> Result {
    let passes = judged.iter().any(|row| row.passes_from.is_some());
    open_table(out, "metrics", &format!("Metrics{}", extent.of))?;
    writeln!(
        out,
        "<thead><tr><th scope=\"col\">Metric</th>{}<th scope=\"col\" class=\"n\">Change</th><th scope=\"col\">Limit</th>\
         <th scope=\"col\">Verdict</th><th scope=\"col\">Why</th>{}</tr></thead>\n<tbody>",
        side_heads(),
        if passes { "<th scope=\"col\" class=\"n\">Within a limit of</th>" } else { "" }
    )?;
    for row in judged {
        write!(out, "<tr><th scope=\"row\">{}</th>", Text(&row.metric))?;
        figures(
            out,
            row.tone,
            [&row.baseline, &row.run, &row.change, &row.limit],
            row.interval.as_deref().unwrap_or_default(),
        )?;
        write!(
            out,
            "<td class=\"cell-verdict\">{}</td><td class=\"reason\">{}</td>",
            badge(row.tone, row.sign, words::badge(row.verdict)),
            Text(&row.short)
        )?;
        if passes {
            write!(out, "<td class=\"n passes\">{}</td>", Text(row.passes_from.as_deref().unwrap_or_default()))?;
        }
        writeln!(out, "</tr>")?;
    }
    write!(out, "{CLOSE_TABLE}")
}

/// The metrics that no rule is about.
pub(super) fn others(out: &mut String, rows: &[Detail], extent: &Extent) -> Result {
    if rows.is_empty() {
        return Ok(());
    }
    open_table(out, "metrics unjudged", &format!("Figures without a limit{}", extent.of))?;
    writeln!(
        out,
        "<thead><tr><th scope=\"col\">Metric</th>{}<th scope=\"col\" class=\"n\">Change</th></tr></thead>\n<tbody>",
        side_heads()
    )?;
    for row in rows {
        write!(out, "<tr><th scope=\"row\">{}", Text(&row.metric))?;
        if extent.whole {
            write!(out, " <small>{}</small>", row.provenance)?;
        }
        writeln!(
            out,
            "</th><td class=\"n base\">{}</td><td class=\"n run\">{}</td><td class=\"n change\">{}</td></tr>",
            Text(&row.baseline),
            Text(&row.run),
            Text(&row.change)
        )?;
    }
    write!(out, "{CLOSE_TABLE}")
}

/// How each metric was decided, folded. Where not the whole is shown, those that simply pass are left out.
pub(super) fn how(out: &mut String, judged: &[Detail], extent: &Extent) -> Result {
    let told = |row: &&Detail| extent.whole || !matches!(row.verdict, Verdict::Pass | Verdict::Within);
    let rows: Vec<&Detail> = judged.iter().filter(told).collect();
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(out, "<details class=\"more\"><summary>How this was decided</summary>\n<div class=\"how\">")?;
    for row in rows {
        write!(
            out,
            "<div><p><b>{}</b> {} {}",
            Text(&row.metric),
            badge(row.tone, row.sign, words::badge(row.verdict)),
            Text(&row.reason)
        )?;
        would_change(out, row.would_change.as_deref())?;
        write!(out, "</p>")?;
        if let Some(formula) = row.formula.as_ref().filter(|_| extent.whole) {
            write!(out, "<p class=\"formula\">{}</p>", Text(formula))?;
        }
        if extent.whole {
            let method = row.method.as_deref().map(|method| ("Interval from", method));
            let source = ("Figures", row.provenance);
            let numbers = row.numbers.iter().map(|(name, n)| (*name, n.as_str()));
            terms(out, "numbers", [source].into_iter().chain(method).chain(numbers))?;
        }
        writeln!(out, "</div>")?;
    }
    writeln!(out, "</div></details>")
}

/// What would change the verdict.
pub(super) fn would_change(out: &mut String, sentence: Option<&str>) -> Result {
    sentence.map_or(Ok(()), |text| write!(out, " <span class=\"would-change\">{}</span>", Text(text)))
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
        write!(out, " <small class=\"interval\">{}</small>", Text(interval))?;
    }
    write!(out, "</td><td class=\"limit\">{}</td>", Text(limit))
}
