//! The verdict: what to know before it; the word, what decided, what could have been seen, the gate; the counters.

use std::fmt::{Result, Write};

use super::super::act::Act;
use super::super::escape::{Figures, Text};
use super::Live;
use super::parts::{Code, sentence, written};
use crate::compare::{Comparison, PairNote, Subject};
use crate::number;
use crate::report::band::{self, Known};
use crate::report::{brief, headline, view, words};

/// Lines of the strip that are not folded.
const STRIP: usize = 2;

/// The verdict, and the strip above it.
#[must_use]
pub fn verdict(c: &Comparison, live: Option<&Live>) -> String {
    written(|out| {
        strip(out, c, live)?;
        let why = brief::gate_beside(c);
        let why = if why.is_empty() { String::new() } else { format!(" title=\"{}\"", Text(&why)) };
        write!(
            out,
            "<section class=\"verdict tone-{}\" id=\"verdict\" {}aria-label=\"Verdict\">\n\
             <span class=\"verdict-sign\" aria-hidden=\"true\">{}</span>\n<h1>{}</h1>\n<p class=\"{}\"{why}>{}</p>\n\
             <div class=\"verdict-say\">\n",
            band::word_tone(c),
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
            |(subject, text): (&Subject, String)| format!("{} {}", Code(&words::subject_name(subject)), Figures(&text));
        let better = brief::named_improvements(c).iter().map(|b| figure((b.subject, b.text()))).collect();
        first(out, "Improved", better, brief::IMPROVED, "")?;
        let open = brief::open(c).iter().map(|o| figure((o.subject, o.text()))).collect();
        first(out, "Unclear", open, brief::OPEN, "")?;
        let cause = |cause: &brief::Cause| {
            let (message, label) = (brief::clipped(&cause.message, 80), cause.label());
            format!("{} {} ({})", Code(&message), cause.counts(), Code(&label))
        };
        let risen = brief::clear_causes(c).iter().map(cause).collect();
        first(out, "More failures", risen, brief::CAUSES, " causes")?;
        chips(out, c, live)?;
        limits(out, c, live)?;
        writeln!(out, "</div>\n</section>")
    })
}

/// What to know before the word is read, one line each; what is more than a line is folded.
fn strip(out: &mut String, c: &Comparison, live: Option<&Live>) -> Result {
    let known = band::known(c);
    if known.is_empty() {
        return Ok(());
    }
    writeln!(out, "<section class=\"strip\" id=\"strip\" aria-label=\"Before you read the verdict\">")?;
    let ids = live.is_some() && c.notes.iter().any(|note| matches!(note, PairNote::LabelsCarryIds { .. }));
    for line in known.iter().take(STRIP) {
        strip_line(out, line, ids)?;
    }
    if let Some(rest) = known.get(STRIP..).filter(|rest| !rest.is_empty()) {
        let warning = if rest.iter().any(|line| line.warning) { " warning" } else { "" };
        writeln!(out, "<details class=\"known{warning}\"><summary>{} more</summary>", rest.len())?;
        for line in rest {
            strip_line(out, line, ids)?;
        }
        writeln!(out, "</details>")?;
    }
    writeln!(out, "</section>")
}

fn strip_line(out: &mut String, line: &Known, ids: bool) -> Result {
    let (class, sign) = match line.warning {
        true => ("known warning", "<span aria-hidden=\"true\">△</span> "),
        false => ("known", ""),
    };
    let first = format!("{sign}{}", Text(&line.first));
    if line.rest.is_empty() {
        return writeln!(out, "<p class=\"{class}\">{first}</p>");
    }
    let group = if ids && !line.warning && line.rest.contains("--group-ids") {
        format!(" <button type=\"button\" class=\"small\" data-do=\"{}\">Judge them as one</button>", Act::GroupIds)
    } else {
        String::new()
    };
    writeln!(out, "<details class=\"{class}\"><summary>{first}</summary><p>{}{group}</p></details>", Text(&line.rest))
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

/// How many endpoints have each verdict; on the page each filters the table.
fn chips(out: &mut String, c: &Comparison, live: Option<&Live>) -> Result {
    let counters = band::counters(c);
    if counters.is_empty() {
        return Ok(());
    }
    write!(out, "<div class=\"chips\" role=\"group\" aria-label=\"Endpoints by verdict\">")?;
    for counter in counters {
        let (tag, touched) = match live {
            Some(live) => (
                "button",
                format!(
                    " type=\"button\" data-do=\"{}\" data-reveal=\"endpoints\" aria-pressed=\"{}\" title=\"Show these \
                     endpoints\"",
                    Act::Verdict(counter.verdict),
                    live.filters.verdict == Some(counter.verdict)
                ),
            ),
            None => ("span", String::new()),
        };
        write!(
            out,
            "<{tag} class=\"chip tone-{}\"{touched}><i aria-hidden=\"true\">{}</i> {}</{tag}> ",
            counter.tone,
            counter.sign,
            Text(&counter.text)
        )?;
    }
    writeln!(out, "<span class=\"chips-of\">{}</span></div>", Text(&band::of_endpoints(c)))
}

/// One line: what it is judged by, what both runs have in common, and what the files show.
fn limits(out: &mut String, c: &Comparison, live: Option<&Live>) -> Result {
    let (edit, see) = match live {
        Some(_) => (
            "<button type=\"button\" class=\"link\" data-page=\"open settings\">Edit limits</button>",
            "<a href=\"#facts\" data-page=\"go facts\">",
        ),
        None => ("<a href=\"#rules\">See limits</a>", "<a href=\"#checks\">"),
    };
    write!(
        out,
        "<p class=\"limits-line\"><span title=\"{}\">{}</span> {edit}",
        Text(&band::judged_how(c)),
        Text(&band::judged_by(c))
    )?;
    if let Some(same) = view::in_common(c) {
        write!(out, " · {}", Text(&same))?;
    }
    writeln!(out, "<span class=\"off-paper\"> · {see}{}</a></span></p>", Text(&view::data_checks(c)))
}
