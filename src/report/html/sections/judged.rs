//! Every figure of the file that is not simply within its limits, with the reason.

use std::fmt::{Result, Write};

use super::super::escape::{Name, Text};
use super::parts::{BASELINE_DOT, CLOSE_TABLE, RUN_DOT, name_of, open_table, side_heads};
use super::reasons::figures;
use crate::compare::{Comparison, Reason, Row, Subject, Verdict};
use crate::number;
use crate::report::{brief, view, words};

/// One section per verdict.
pub(super) fn judged(out: &mut String, c: &Comparison) -> Result {
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
                1 => "1 result".to_owned(),
                n => format!("{} results", number::count(n as u64)),
            }
        )?;
        if rows.iter().all(|(_, row)| matches!(row.reason, Reason::OnlyInBaseline | Reason::OnlyInRun)) {
            one_sided(out, c, wanted, title)?;
        } else {
            figure_rows(out, c, title, &rows)?;
        }
        writeln!(out, "{CLOSE_TABLE}</section>")?;
    }
    Ok(())
}

fn figure_rows(out: &mut String, c: &Comparison, title: &str, rows: &[(&Subject, &Row)]) -> Result {
    open_table(out, "metrics", &format!("{title}: what was measured, the limit, and why"))?;
    writeln!(
        out,
        "<thead><tr><th scope=\"col\">Endpoint</th><th scope=\"col\">Metric</th>{}<th scope=\"col\" class=\"n\">Change\
         </th><th scope=\"col\">Limit</th><th scope=\"col\">Why</th></tr></thead>\n<tbody>",
        side_heads()
    )?;
    let causes = brief::causes(c);
    for (subject, row) in rows {
        write!(
            out,
            "<tr><th scope=\"row\" class=\"endpoint mono\">{}</th><td class=\"of\">{}</td>",
            Name(&name_of(subject)),
            Text(&row.metric.title())
        )?;
        figures(
            out,
            words::row_tone(row),
            [
                &words::value(&row.metric, &row.baseline),
                &words::value(&row.metric, &row.run),
                &words::brief_change(row),
                &words::limit(row),
            ],
            &view::interval_and_basis(row),
        )?;
        // The whole of it is among the details.
        let cause = causes.iter().find(|cause| cause.is_of(subject)).map(|c| c.text(60));
        let text = words::why(row, cause.as_deref());
        let beyond = format!("beyond {}, ", words::limit_short(row));
        let text = text.strip_prefix(&beyond).unwrap_or(&text);
        writeln!(out, "<td class=\"reason\">{}</td></tr>", Text(text))?;
    }
    Ok(())
}

/// Endpoints that only one side has, one a line: there is nothing to explain figure by figure.
fn one_sided(out: &mut String, c: &Comparison, wanted: Verdict, title: &str) -> Result {
    let (side, dot) = if wanted == Verdict::Missing { ("baseline", BASELINE_DOT) } else { ("run", RUN_DOT) };
    open_table(out, "one-sided", &format!("{title}: endpoints that are in the {side} only"))?;
    writeln!(
        out,
        "<thead><tr><th scope=\"col\">Endpoint</th><th scope=\"col\">{dot}Results, in the {side} only</th>\
         </tr></thead>\n<tbody>"
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
    Ok(())
}

fn rows_of(subject: &Subject, wanted: Verdict) -> impl Iterator<Item = (&Subject, &Row)> {
    subject.rows.iter().filter(move |r| r.verdict == wanted).map(move |r| (subject, r))
}
