//! The verdict: a word, what decided, what could have been seen, the counters; and what to know before believing it.

use std::fmt::{Display, Result, Write};

use super::super::act::Act;
use super::super::escape::Text;
use super::Live;
use super::parts::{Code, sentence, written};
use crate::compare::{Comparison, Subject};
use crate::number;
use crate::report::{brief, headline, view, words};

/// The verdict.
#[must_use]
pub fn verdict(c: &Comparison, live: Option<&Live>) -> String {
    written(|out| {
        write!(
            out,
            "<section class=\"verdict tone-{}\" id=\"verdict\" {}aria-label=\"Verdict\">\n\
             <span class=\"verdict-sign\" aria-hidden=\"true\">{}</span>\n<div class=\"verdict-say\">\n\
             <div class=\"verdict-word\"><h1>{}</h1> <span class=\"{}\">{}</span></div>\n",
            words::word_tone(c.word),
            if live.is_some() { "role=\"status\" " } else { "" },
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
        let figure =
            |(subject, text): (&Subject, String)| format!("{} {}", Code(&words::subject_name(subject)), Text(&text));
        let better = brief::named_improvements(c).iter().map(|b| figure((b.subject, b.text()))).collect();
        first(out, "Improved", better, brief::IMPROVED, "")?;
        let open = brief::open(c).iter().map(|o| figure((o.subject, o.text()))).collect();
        first(out, "Unclear", open, brief::OPEN, "")?;
        let cause = |cause: &brief::Cause| {
            let (message, label) = (brief::clipped(&cause.message, 80), cause.label());
            format!("{} {} ({})", Code(&message), cause.counts(), Code(&label))
        };
        let risen = brief::clear_causes(c).iter().map(cause).collect();
        first(out, "Failures that rose", risen, brief::CAUSES, " causes")?;
        chips(out, c, live)?;
        writeln!(out, "</div>")?;
        aside(out, c, live)?;
        writeln!(out, "</section>")
    })
}

/// The first few of a list of markup, and how many more there are.
fn first(out: &mut String, what: &str, all: Vec<String>, most: usize, kind: &str) -> Result {
    if all.is_empty() {
        return Ok(());
    }
    let more = match all.len().saturating_sub(most) {
        0 => String::new(),
        more => format!("; and {} more{kind}", number::count(more as u64)),
    };
    let named: Vec<String> = all.into_iter().take(most).collect();
    writeln!(out, "<p class=\"also\">{what}: {}{more}.</p>", named.join("; "))
}

/// How many judged figures have each verdict; on the page each filters the table.
fn chips(out: &mut String, c: &Comparison, live: Option<&Live>) -> Result {
    write!(out, "<div class=\"chips\" role=\"group\" aria-label=\"Judged figures by verdict\">")?;
    for counter in view::counters(c) {
        let (tag, touched) = match live {
            Some(live) => (
                "button",
                format!(
                    " type=\"button\" data-do=\"{}\" aria-pressed=\"{}\" title=\"Show the endpoints with such a figure\"",
                    Act::Verdict(counter.verdict),
                    live.filters.verdict == Some(counter.verdict)
                ),
            ),
            None => ("span", String::new()),
        };
        write!(
            out,
            "<{tag} class=\"chip tone-{}\"{touched}><i aria-hidden=\"true\">{}</i> {}</{tag}> ",
            words::tone(counter.verdict),
            words::sign(counter.verdict),
            Text(&counter.text)
        )?;
    }
    writeln!(out, "<span class=\"chips-of\">{}</span></div>", Text(&view::judged_figures(c)))
}

/// What to know before believing the verdict.
fn aside(out: &mut String, c: &Comparison, live: Option<&Live>) -> Result {
    write!(out, "<dl class=\"verdict-aside\">\n<div><dt>{}</dt>", view::comparable_title(c))?;
    let mut reason =
        |sign: &str, text: &dyn Display| write!(out, "<dd><span aria-hidden=\"true\">{sign}</span> {text}</dd>");
    let against = view::comparable(c);
    if against.is_empty() {
        let same = view::in_common(c).unwrap_or_else(|| "Nothing speaks against it".into());
        reason("✓", &Text(&same))?;
    }
    for (warning, text) in against {
        reason(if warning { "△" } else { "·" }, &Text(&text))?;
    }
    let (checks, rules) = match live {
        Some(_) => (
            "<a href=\"#facts\" data-page=\"go facts\">see them</a>",
            "<button type=\"button\" class=\"link\" data-page=\"open settings\">change</button>",
        ),
        None => ("<a href=\"#checks\">see them</a>", "<a href=\"#rules\">rules</a>"),
    };
    write!(
        out,
        "</div>\n<div><dt>Data checks</dt><dd>{} {checks}</dd></div>\n<div><dt>Judged by</dt><dd>{} {rules}</dd>",
        Text(&view::data_checks(c)),
        Text(&view::judged_by(c))
    )?;
    let why = brief::gate_beside(c);
    if !why.is_empty() {
        write!(out, "<dd>Gate: {}</dd>", Text(&why))?;
    }
    writeln!(out, "</div>\n</dl>")
}
