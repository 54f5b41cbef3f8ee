//! How the numbers are made, and the rules in force.

use std::fmt::{Result, Write};

use super::super::escape::{Name, Text};
use super::super::made_by;
use super::Live;
use super::parts::{CLOSE_TABLE, open_table, terms, written};
use crate::compare::Comparison;
use crate::report::{band, view, words};

const METHOD: [(&str, &str); 6] = [
    (
        "Change",
        "(run − baseline) ÷ baseline, always in this direction. Error rates change in percentage points (pp). From a \
         baseline of 0 the change in percent is ∞.",
    ),
    (
        "Percentiles",
        "p95 is the response time that 95 % of the requests do not exceed, as the load-test tool reports it. No \
         percentile is averaged, filled in, or computed from others. Merged rows show bounds.",
    ),
    ("Error rate", "Failed requests ÷ all requests, from the counts."),
    (
        "Verdict",
        "The most specific rule judges each result. Regressed: beyond its limit, confirmed. Probably regressed: beyond \
         its limit, likely. Unclear: the interval spans the limit. Within limit: the whole interval ends below the limit \
         plus what equal runs may differ by. The report has the first word that holds: not comparable, regressed, \
         missing, probably regressed, improved, no regression found, can’t tell. An endpoint has the verdict of its \
         worst result.",
    ),
    (
        "How sure",
        "A change is confirmed if its whole interval lies beyond the limit by more than equal runs may differ, also \
         after correction for many rules judged at once. “Would have been seen” is the smallest change that is confirmed \
         in four of five cases. Colour and fill follow this: filled is confirmed, outlined is probable, grey is unclear.",
    ),
    (
        "Missing",
        "A figure that no file has is shown as –, and never counts as 0. An endpoint on one side only is new or \
         missing.",
    ),
];

/// How to see that the page keeps its promise.
const TO_CHECK: [&str; 3] = [
    "The first line of this page’s source is a content security policy. The browser refuses every connection that it does \
     not name, from the page and from its workers.",
    "Open the developer tools (F12), choose “Network”, and drop your files: the list stays empty.",
    "Load the page, switch the network off, and drop your files: it works the same.",
];

/// How the numbers are made, and the rules in force; empty where the page is inside another one. `kept` is what the page
/// promises about files: see [`promise`].
#[must_use]
pub fn method(c: &Comparison, live: Option<&Live>, kept: Option<&str>) -> String {
    if live.is_some_and(|live| live.embedded) {
        return String::new();
    }
    written(|out| {
        writeln!(
            out,
            "<section class=\"panel method\" id=\"method\" aria-labelledby=\"method-title\">\n\
             <h2 id=\"method-title\">Method</h2>"
        )?;
        let version = format!("{}. The command line gives the same answer for the same files.", made_by());
        let version = live.map(|_| ("Version", version.as_str()));
        let judged = format!("{} {}", band::judged_by(c), band::judged_how(c));
        let judged = std::iter::once(("This report", judged.as_str()));
        terms(out, "terms", METHOD.into_iter().chain(judged).chain(version))?;
        let name = Name(&c.policy.name);
        write!(out, "<h3 id=\"rules\">The rules in force <span class=\"sub\">{name}</span>")?;
        if live.is_some() {
            write!(
                out,
                " <button type=\"button\" class=\"link\" data-page=\"open settings\">Change the rules</button>"
            )?;
        }
        writeln!(out, "</h3>")?;
        rules(out, c)?;
        if let Some(sentence) = kept {
            write!(out, "{}", promise(sentence))?;
        }
        writeln!(out, "</section>")
    })
}

fn rules(out: &mut String, c: &Comparison) -> Result {
    open_table(out, "rule-table", "Every rule of the policy, in its order")?;
    writeln!(
        out,
        "<thead><tr><th scope=\"col\">About</th><th scope=\"col\">Metric</th><th scope=\"col\">Warning</th>\
         <th scope=\"col\">Limit</th><th scope=\"col\" class=\"n\">Line</th></tr></thead>\n<tbody>"
    )?;
    for rule in view::rules(&c.policy) {
        let line = rule.line.map_or_else(|| words::NONE.to_owned(), |line| line.to_string());
        writeln!(
            out,
            "<tr><th scope=\"row\">{}</th><td title=\"{}\">{}</td><td>{}</td>\
             <td>{}</td><td class=\"n\">{line}</td></tr>",
            Name(&rule.about),
            Text(&rule.metric),
            Name(&rule.title),
            Text(&rule.warn),
            Text(&rule.fail)
        )?;
    }
    write!(out, "{CLOSE_TABLE}")
}

/// What the page promises about files, and how to check it.
#[must_use]
pub fn promise(sentence: &str) -> String {
    let checks = TO_CHECK.map(|check| format!("<li>{check}</li>")).concat();
    format!(
        "<details class=\"promise\"><summary>{} <span class=\"link\">How to check</span></summary><ol>{checks}</ol>\
         </details>\n",
        Text(sentence.trim_end())
    )
}
