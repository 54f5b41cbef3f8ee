//! Pieces that several sections share.

use std::fmt::{Display, Result, Write};

use super::super::act::Act;
use super::super::escape::{Figures, Name, Text};
use super::Live;
use crate::compare::{Scope, Subject};
use crate::report::view::Shown;
use crate::report::words::Span;
use crate::run::{Metric, Percentile};

/// The text that a function writes.
pub(super) fn written(write: impl FnOnce(&mut String) -> Result) -> String {
    let mut out = String::new();
    // Writing to a `String` cannot fail.
    let _ = write(&mut out);
    out
}

/// The name of a subject in tables.
pub(super) fn name_of(subject: &Subject) -> String {
    if subject.scope == Scope::Total { "All requests".to_owned() } else { subject.shown() }
}

/// A verdict: its sign and a word, so that colour is never alone. Its colour and fill say how sure it is.
pub(super) fn badge(tone: &str, sign: &str, word: &str) -> String {
    format!("<span class=\"badge tone-{tone}\"><i aria-hidden=\"true\">{sign}</i> {word}</span>")
}

/// The badge of what a row or an endpoint shows.
pub(super) fn badge_of(shown: &Shown<'_>) -> String {
    badge(shown.tone, shown.sign, shown.word)
}

/// The percentiles to choose from.
pub(super) const CHOICES: [Percentile; 4] = [Percentile::P50, Percentile::P90, Percentile::P95, Percentile::P99];

/// The choice of a percentile.
pub(super) fn choice(out: &mut String, live: &Live) -> Result {
    write!(out, "<span class=\"choice\" role=\"group\" aria-label=\"Percentile\">")?;
    for choice in CHOICES {
        write!(
            out,
            "<button type=\"button\" data-do=\"{}\" aria-pressed=\"{}\">p{choice}</button>",
            Act::Percentile(choice),
            live.percentile == choice
        )?;
    }
    write!(out, "</span>")
}

/// What is chosen beside percentiles.
pub(super) const OTHER_METRICS: [Metric; 3] = [Metric::Mean, Metric::ErrorRate, Metric::Rps];

/// The options of a `select` of metrics; the drawn one is among them.
pub(super) fn metric_options(out: &mut String, choices: &[Metric], drawn: Option<&Metric>, after: &str) -> Result {
    let other = drawn.filter(|metric| !choices.contains(metric));
    for metric in choices.iter().chain(other) {
        let selected = if drawn == Some(metric) { " selected" } else { "" };
        let (value, title) = (metric.to_string(), metric.title());
        write!(out, "<option value=\"{}\"{selected}>{}{after}</option>", Text(&value), Text(&title))?;
    }
    Ok(())
}

/// A button that looks like a link.
pub(super) fn link_button(act: &Act, label: impl Display) -> String {
    format!("<button type=\"button\" class=\"link\" data-do=\"{}\">{label}</button>", Text(&act.to_string()))
}

/// A sentence with its names and figures set off.
pub(super) fn sentence(out: &mut String, class: &str, spans: Vec<Span>) -> Result {
    write!(out, "<p class=\"{class}\">")?;
    for span in spans {
        match span {
            Span::Text(text) => write!(out, "{}", Figures(&text))?,
            Span::Name(name) => write!(out, "{}", Code(&name))?,
            Span::Strong(figure) => write!(out, "<b class=\"nowrap\">{}</b>", Figures(&figure))?,
            Span::Code(code) => write!(out, "<code>{code}</code>")?,
        }
    }
    writeln!(out, "</p>")
}

/// A foreign name or message in a sentence.
pub(super) struct Code<'a>(pub &'a str);

impl Display for Code<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> Result {
        write!(f, "<b class=\"mono name\">{}</b>", Name(self.0))
    }
}

/// Begins a table. It may be wider than the page: it scrolls by itself, also by keyboard. Its name is for assistive
/// technology alone, where a heading already says what it shows.
pub(super) fn open_table(out: &mut String, class: &str, name: &str) -> Result {
    let name = Text(name);
    writeln!(
        out,
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{name}\">\n<table class=\"{class}\">\n\
         <caption class=\"hidden\">{name}</caption>"
    )
}

pub(super) const CLOSE_TABLE: &str = "</tbody>\n</table>\n</div>\n";

pub(super) const BASELINE_DOT: &str = "<i class=\"dot dot-baseline\" aria-hidden=\"true\"></i>";
pub(super) const RUN_DOT: &str = "<i class=\"dot dot-run\" aria-hidden=\"true\"></i>";

/// The heads of the two columns of figures.
pub(super) fn side_heads() -> String {
    format!("<th scope=\"col\" class=\"n\">{BASELINE_DOT}Baseline</th><th scope=\"col\" class=\"n\">{RUN_DOT}Run</th>")
}

/// Terms and what they mean.
pub(super) fn terms<'a>(out: &mut String, class: &str, terms: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result {
    write!(out, "<dl class=\"{class}\">")?;
    for (term, text) in terms {
        write!(out, "<div><dt>{}</dt><dd>{}</dd></div>", Text(term), Text(text))?;
    }
    writeln!(out, "</dl>")
}
