//! The stages of a progressive load: at how many users what is different, and to how many each run holds.

use std::fmt::{Result, Write};

use super::super::escape::Text;
use super::Live;
use super::figure::{drawn, figure};
use super::parts::{BASELINE_DOT, CLOSE_TABLE, RUN_DOT, open_table, terms, written};
use crate::chart::{self, ByUsers, Size};
use crate::compare::{Comparison, Stages};
use crate::report::stages::{self as told, COLUMNS, Cell};

/// The stages; empty where neither run has two levels of users.
#[must_use]
pub fn stages(c: &Comparison, live: Option<&Live>) -> String {
    let Some(stages) = told::of(c) else { return String::new() };
    written(|out| {
        writeln!(
            out,
            "<section class=\"panel stages\" id=\"stages\" aria-labelledby=\"stages-title\">\n\
             <h2 id=\"stages-title\">Load stages <span class=\"sub\">all requests, compared at equal numbers of users\
             </span></h2>"
        )?;
        let [(baseline, b_between), (run, r_between)] = told::holds(stages);
        write!(out, "<p class=\"why\">Holds to ")?;
        holds(out, BASELINE_DOT, &baseline, &b_between, "in the baseline")?;
        write!(out, ", ")?;
        holds(out, RUN_DOT, &run, &r_between, "in the run")?;
        writeln!(out, ".</p>")?;
        table(out, stages)?;
        writeln!(out, "<div class=\"charts\">")?;
        for (title, what) in
            [("Throughput by users", ByUsers::Throughput), ("Mean response time by users", ByUsers::Latency)]
        {
            if let Some(drawn) = drawn(live, Size::HALF, |size| chart::stages(c, what, size)) {
                figure(out, title, title, &drawn)?;
            }
        }
        writeln!(out, "</div>")?;
        let (before, after) = (told::law(&stages.baseline), told::law(&stages.run));
        terms(out, "terms", [("Baseline", before.as_str()), ("Run", &after)])?;
        let remarks = std::iter::once(told::limits(&stages.limits)).chain(told::remarks(stages));
        writeln!(out, "<p class=\"muted\">{}</p>", Text(&remarks.collect::<Vec<_>>().join(" ")))?;
        writeln!(out, "</section>")
    })
}

fn holds(out: &mut String, dot: &str, figure: &str, between: &str, side: &str) -> Result {
    write!(out, "<span class=\"nowrap\">{dot}<b>{}</b></span>", Text(figure))?;
    if !between.is_empty() {
        write!(out, " ({})", Text(between))?;
    }
    write!(out, " {side}")
}

fn table(out: &mut String, stages: &Stages) -> Result {
    open_table(out, "stage-table", "Stages by number of users, baseline to run")?;
    write!(out, "<thead><tr><th scope=\"col\" class=\"n\">Users</th>")?;
    for column in COLUMNS {
        write!(out, "<th scope=\"col\" class=\"n\">{column}</th>")?;
    }
    writeln!(out, "</tr></thead>\n<tbody>")?;
    for line in told::lines(stages) {
        write!(out, "<tr><th scope=\"row\" class=\"n\">{}</th>", line.users)?;
        for cell in &line.cells {
            write!(out, "<td class=\"n\"><span class=\"base\">{}</span> → {}", Text(&cell.baseline), Text(&cell.run))?;
            change(out, cell)?;
            write!(out, "</td>")?;
        }
        writeln!(out, "</tr>")?;
    }
    write!(out, "{CLOSE_TABLE}")
}

fn change(out: &mut String, cell: &Cell) -> Result {
    if cell.change.is_empty() {
        return Ok(());
    }
    let change = Text(&cell.change);
    write!(out, "<small class=\"interval\">")?;
    if cell.is_clear {
        write!(out, "<b>{change}</b>")?
    } else {
        write!(out, "{change}")?
    }
    if !cell.interval.is_empty() {
        write!(out, " ({})", Text(&cell.interval))?;
    }
    write!(out, "</small>")
}
