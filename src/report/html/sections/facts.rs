//! What is known about the runs: facts, data checks, notes, and the endpoints of one run alone.

use std::fmt::{Result, Write};

use super::super::act::Act;
use super::super::escape::{Name, Text};
use super::Live;
use super::endpoints::endpoint;
use super::parts::{BASELINE_DOT, CLOSE_TABLE, RUN_DOT, open_table, written};
use crate::compare::{Comparison, PairNote};
use crate::report::view::{self, NoteLine};
use crate::report::words;
use crate::run::Run;

/// What is known about both runs, every data check, and every note.
#[must_use]
pub fn facts(c: &Comparison, live: Option<&Live>) -> String {
    written(|out| {
        writeln!(
            out,
            "<section class=\"panel facts\" id=\"facts\" aria-labelledby=\"facts-title\">\n\
             <h2 id=\"facts-title\">Run facts <span class=\"sub\">≠ marks what differs</span></h2>"
        )?;
        table(out, c)?;
        writeln!(out, "<h3 id=\"checks\">Data checks</h3>\n{}", note_list(&view::checks(c)))?;
        writeln!(out, "<h3 id=\"notes\">Notes</h3>\n{}", note_list(&view::notes(c)))?;
        if live.is_some() && c.notes.iter().any(|note| matches!(note, PairNote::LabelsCarryIds { .. })) {
            writeln!(
                out,
                "<p><button type=\"button\" class=\"small\" data-do=\"{}\">Judge endpoints that differ only in ids as \
                 one</button></p>",
                Act::GroupIds
            )?;
        }
        let files = [&c.baseline, &c.run].map(recognised).concat();
        // A link brings none.
        if !files.is_empty() {
            writeln!(out, "<h3>How the files were recognised</h3>\n{files}")?;
        }
        writeln!(out, "</section>")
    })
}

fn table(out: &mut String, c: &Comparison) -> Result {
    open_table(out, "fact-table", "Run facts")?;
    writeln!(
        out,
        "<thead><tr><td></td><th scope=\"col\">{BASELINE_DOT}Baseline</th><th scope=\"col\">{RUN_DOT}Run</th></tr>\
         </thead>\n<tbody>"
    )?;
    let label = |run: &Run| if run.label.is_empty() { words::NONE.to_owned() } else { run.label.clone() };
    let label = view::Fact { name: "Label", baseline: label(&c.baseline), run: label(&c.run) };
    for fact in std::iter::once(label).chain(view::facts(c)) {
        let (class, mark) = if fact.differs() {
            (" class=\"differs\"", " <span aria-hidden=\"true\">≠</span><span class=\"hidden\"> differs</span>")
        } else {
            ("", "")
        };
        writeln!(
            out,
            "<tr{class}><th scope=\"row\">{}{mark}</th><td>{}</td><td>{}</td>\
             </tr>",
            fact.name,
            Name(&fact.baseline),
            Name(&fact.run)
        )?;
    }
    write!(out, "{CLOSE_TABLE}")
}

/// Notes, each with what it is about.
#[must_use]
pub fn note_list(lines: &[NoteLine]) -> String {
    if lines.is_empty() {
        return "<p class=\"muted\">None.</p>".to_owned();
    }
    written(|out| {
        writeln!(out, "<ul class=\"notes\">")?;
        for note in lines {
            let (class, sign) =
                if note.warning { (" class=\"warning\"", "<span aria-hidden=\"true\">△</span> ") } else { ("", "") };
            write!(out, "<li{class}><span class=\"note-about\">{sign}")?;
            for (side, file) in &note.about {
                write!(out, "<span class=\"note-source\">{side}")?;
                if let Some(file) = file {
                    write!(out, ": <span class=\"mono\">{}</span>", Name(file))?;
                }
                write!(out, "</span> ")?;
            }
            writeln!(out, "</span> <span>{}</span></li>", Text(&note.text))?;
        }
        writeln!(out, "</ul>")
    })
}

/// What each file of a run was recognised as, and by what; empty where it has no files.
#[must_use]
pub fn recognised(run: &Run) -> String {
    let files = view::recognised(run);
    if files.is_empty() {
        return String::new();
    }
    written(|out| {
        writeln!(out, "<ul class=\"recognised\">")?;
        for (file, format, evidence) in files {
            writeln!(
                out,
                "<li><b class=\"mono\">{}</b> read as {}<span class=\"muted\"> · {}</span></li>",
                Name(&file),
                Text(&format.replace('`', "")),
                Text(&evidence)
            )?;
        }
        writeln!(out, "</ul>")
    })
}

/// The endpoints of one run that is compared with nothing: the total, and at most this many endpoints. The label names the
/// table.
#[must_use]
pub fn singles(run: &Run, label: &str, most: usize) -> String {
    written(|out| {
        open_table(out, "singles", label)?;
        write!(out, "<thead><tr><th scope=\"col\">Endpoint</th>")?;
        for column in view::SINGLE_COLUMNS {
            write!(out, "<th scope=\"col\" class=\"n\">{column}</th>")?;
        }
        writeln!(out, "</tr></thead>\n<tbody>")?;
        for single in view::singles(run).take(most.saturating_add(usize::from(run.total.is_some()))) {
            write!(out, "<tr><th scope=\"row\" class=\"endpoint\">")?;
            endpoint(out, &single.method, &single.name)?;
            write!(out, "</th>")?;
            for figure in &single.figures {
                write!(out, "<td class=\"n\">{}</td>", Text(figure))?;
            }
            writeln!(out, "</tr>")?;
        }
        write!(out, "{CLOSE_TABLE}")
    })
}
