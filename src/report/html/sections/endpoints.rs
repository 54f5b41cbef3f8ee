//! Every endpoint, one row each.

use std::fmt::{Result, Write};

use super::super::act::Act;
use super::super::escape::{Name, Text};
use super::details::DETAILED;
use super::parts::{
    BASELINE_DOT, CLOSE_TABLE, OTHER_METRICS, RUN_DOT, badge, link_button, metric_options, open_table, written,
};
use super::{Live, percentile, size};
use crate::chart::{Forest, Size};
use crate::compare::{Comparison, Scope};
use crate::number;
use crate::report::table::{Column, Group, Grouping, HIDEABLE, ROWS, Window};
use crate::report::view::{self, Cell, Line};
use crate::report::words;
use crate::run::Metric;

/// Maximum endpoints of the file whose interval is drawn, beside the total: the most severe.
const FOREST_ROWS: usize = 200;

/// The axis that all intervals of the table are drawn on.
#[must_use]
pub fn forest(c: &Comparison, live: Option<&Live>) -> Option<Forest> {
    let chosen = live.and_then(|live| live.forest_of.clone());
    let metric = chosen.unwrap_or_else(|| view::forest_metric(c, percentile(c, live)));
    Forest::new(c, &metric, size(live, Size::WIDE))
}

/// The table of endpoints. The page's has no rows: each comes by itself ([`row`]).
#[must_use]
pub fn endpoints(c: &Comparison, live: Option<&Live>, window: &Window, forest: Option<&Forest>) -> String {
    written(|out| {
        write!(
            out,
            "<section class=\"panel endpoints\" id=\"endpoints\" aria-labelledby=\"endpoints-title\">\n\
             <h2 id=\"endpoints-title\"><span>Endpoints</span> "
        )?;
        match live {
            None => write!(out, "<span class=\"sub\">{}</span>", number::count(window.of as u64))?,
            Some(live) => {
                write!(out, "<span class=\"sub\" aria-live=\"polite\">")?;
                counted(out, live, window)?;
                write!(
                    out,
                    "</span> <input type=\"search\" id=\"filter\" placeholder=\"Filter  /\" title=\"Words that the name holds; -word leaves out (/)\" aria-label=\"Filter \
                     endpoints\" autocomplete=\"off\" spellcheck=\"false\" data-set=\"filter\" value=\"{}\">",
                    Text(&live.filters.text)
                )?;
            }
        }
        writeln!(out, "</h2>")?;
        if let Some(live) = live {
            tools(out, c, live)?;
        }
        let name =
            if live.is_some() { "Endpoints" } else { "Every endpoint, most severe first; each links to its details" };
        let mut class = "endpoint-table".to_owned();
        for hidden in live.iter().flat_map(|live| &live.filters.hidden) {
            write!(class, " hide-{hidden}")?;
        }
        if live.is_some() {
            // The head and the total are rows too.
            let rows = 1 + usize::from(window.total.is_some()) + window.entries();
            write!(class, "\" aria-rowcount=\"{rows}")?;
        }
        open_table(out, &class, name)?;
        heads(out, c, live, forest)?;
        writeln!(out, "<tbody id=\"endpoint-rows\">")?;
        if live.is_none() {
            if let Some(total) = window.total {
                table_row(out, c, live, forest, total, None)?;
            }
            for (rank, subject) in window.lines.iter().enumerate() {
                table_row(out, c, live, forest, *subject, Some(rank))?;
            }
        }
        write!(out, "{CLOSE_TABLE}")?;
        if live.is_some() && window.lines.is_empty() {
            let reset = link_button(&Act::FiltersReset, "Show all");
            writeln!(out, "<p class=\"rest\">No endpoint is left by these filters. {reset}</p>")?;
        }
        if live.is_some() && window.entries() > ROWS {
            let all = number::count(window.entries() as u64);
            writeln!(
                out,
                "<p class=\"rest print-only\">Only rows near those in view are on paper. The HTML report has all {all}.</p>"
            )?;
        }
        writeln!(out, "</section>")
    })
}

/// Which columns are shown, and how rows are grouped.
fn tools(out: &mut String, c: &Comparison, live: &Live) -> Result {
    write!(out, "<div class=\"table-tools\"><details class=\"columns\"><summary>Columns</summary><div>")?;
    for (code, label) in HIDEABLE {
        let checked = if live.filters.hidden.contains(&code) { "" } else { " checked" };
        let act = Act::Column(code);
        write!(
            out,
            "<label><input type=\"checkbox\" id=\"column-{code}\" data-set=\"{act}\"{checked}> {label}</label>"
        )?;
    }
    write!(out, "</div></details>")?;
    let has_services = c.subjects.iter().any(|s| s.scope != Scope::Total && s.service.is_some());
    let is_one_sided = c.subjects.iter().any(|s| s.baseline.is_none() || s.run.is_none());
    if has_services || is_one_sided || live.filters.grouping != Grouping::None {
        write!(out, "<label class=\"group\">Group by <select id=\"group\" data-set=\"{}\">", Act::Group)?;
        for (grouping, label) in
            [(Grouping::None, "nothing"), (Grouping::Service, "service"), (Grouping::Sides, "added, removed")]
        {
            let selected = if live.filters.grouping == grouping { " selected" } else { "" };
            write!(out, "<option value=\"{}\"{selected}>{label}</option>", grouping.code())?;
        }
        write!(out, "</select></label>")?;
    }
    writeln!(out, "</div>")
}

/// The id of the row that stands for those above the drawn ones, and for those below.
pub const SPACES: [&str; 2] = ["rows-above", "rows-below"];

/// A row in place of `rows` rows that are not in the document; the row whose details are open may be one of them.
#[must_use]
pub fn space(id: &str, rows: usize, opened: bool) -> String {
    let opened = if opened { " data-opened=\"\"" } else { "" };
    format!(
        "<tr class=\"space\" id=\"{id}\" aria-hidden=\"true\" data-rows=\"{rows}\"{opened}><td colspan=\"{}\"></td></tr>",
        Column::ALL.len() + 1
    )
}

/// The head of a group; its id is the place of the group.
#[must_use]
pub fn group_head(group: &Group) -> String {
    format!(
        "<tr class=\"row group-head\" id=\"group-{}\"><th scope=\"rowgroup\" colspan=\"{}\">{} <span class=\"sub\">{}</span>\
         </th></tr>",
        group.first,
        Column::ALL.len() + 1,
        Name(&group.name),
        number::count(group.count as u64)
    )
}

/// One row of the page's table, of a subject by its index.
#[must_use]
pub fn row(c: &Comparison, live: &Live, forest: Option<&Forest>, subject: usize) -> String {
    written(|out| table_row(out, c, Some(live), forest, subject, None))
}

/// How many endpoints are shown, and how to see the others.
fn counted(out: &mut String, live: &Live, window: &Window) -> Result {
    let count = |n: usize| number::count(n as u64);
    let noun = if live.filters.text.trim().is_empty() { "" } else { " endpoints" };
    write!(out, "{} of {}{noun}", count(window.lines.len()), count(window.of))?;
    let verdict = live.filters.verdict;
    if window.hiding && window.unchanged_hidden > 0 {
        let show = link_button(&Act::ShowUnchanged, "show");
        write!(out, " · {} unchanged hidden – {show}", count(window.unchanged_hidden))?;
    } else if window.unchanged > 0 && verdict.is_none() && window.unchanged < window.of {
        let hide = link_button(&Act::HideUnchanged, "hide");
        write!(out, " · {} unchanged shown – {hide}", count(window.unchanged))?;
    }
    if let Some(verdict) = verdict {
        let all = link_button(&Act::Verdict(verdict), "show all");
        write!(out, " {} – {all}", words::badge(verdict).to_lowercase())?;
    }
    Ok(())
}

fn heads(out: &mut String, c: &Comparison, live: Option<&Live>, forest: Option<&Forest>) -> Result {
    let percentile = percentile(c, live);
    write!(out, "<thead><tr>")?;
    for column in Column::ALL {
        let label = match column {
            Column::Severity => "Verdict".to_owned(),
            Column::Name => "Endpoint".to_owned(),
            Column::Baseline => format!("{BASELINE_DOT}p{percentile} baseline"),
            Column::Run => format!("{RUN_DOT}p{percentile} run"),
            Column::Change => "Change".to_owned(),
            Column::Errors => "Errors".to_owned(),
            Column::Rate => "Req/s".to_owned(),
            Column::Requests => "Requests".to_owned(),
        };
        head(out, live, column, &label)?;
        if column == Column::Change {
            forest_head(out, live, forest)?;
        }
    }
    writeln!(out, "</tr></thead>")
}

/// The head of a column; on the page a button that sorts by it.
fn head(out: &mut String, live: Option<&Live>, column: Column, label: &str) -> Result {
    let class = format!(" class=\"{}col-{}\"", if column.is_numeric() { "n " } else { "" }, column.code());
    let Some(live) = live else { return write!(out, "<th scope=\"col\"{class}>{label}</th>") };
    let sorted = (live.filters.column == column).then_some(live.filters.descending);
    // The most severe are the largest.
    let ascending = sorted.map(|descending| descending == (column == Column::Severity));
    let then = live.filters.then.iter().position(|(also, _)| *also == column);
    let also = then.and_then(|at| Some((at, live.filters.then.get(at)?.1)));
    let (sorted, arrow) = match (ascending, also) {
        (Some(true), _) => (" aria-sort=\"ascending\"", "↑".to_owned()),
        (Some(false), _) => (" aria-sort=\"descending\"", "↓".to_owned()),
        (None, Some((at, descending))) => ("", format!("{}{}", if descending { "↓" } else { "↑" }, at + 2)),
        (None, None) => ("", String::new()),
    };
    write!(
        out,
        "<th scope=\"col\"{class}{sorted}><button type=\"button\" class=\"head\" title=\"Sort; with Shift, among equals\" \
         data-do=\"{}\">{label}\
         <span class=\"arrow\" aria-hidden=\"true\">{arrow}</span></button></th>",
        Act::Sort(column)
    )
}

/// The head of the intervals: whose they are, and the axis that all rows share.
fn forest_head(out: &mut String, live: Option<&Live>, forest: Option<&Forest>) -> Result {
    let axis = forest.map(|forest| forest.head().svg).unwrap_or_default();
    let drawn = forest.map(Forest::metric);
    let Some(live) = live else {
        return match drawn {
            Some(metric) => {
                write!(out, "<th scope=\"col\" class=\"forest\">{} vs limit{axis}</th>", Text(&metric.title()))
            }
            None => Ok(()),
        };
    };
    write!(
        out,
        "<th scope=\"col\" class=\"forest\"><select id=\"forest\" data-set=\"forest\" aria-label=\"Interval against \
         limit of\" title=\"Which interval is drawn against its limit\">"
    )?;
    let choices: Vec<Metric> = [Metric::Latency(live.percentile)].into_iter().chain(OTHER_METRICS).collect();
    metric_options(out, &choices, drawn, " vs limit")?;
    write!(out, "</select>{axis}</th>")
}

/// One row. Without a `rank`, which counts the endpoints from 0, nothing of it is left out.
fn table_row(
    out: &mut String,
    c: &Comparison,
    live: Option<&Live>,
    forest: Option<&Forest>,
    index: usize,
    rank: Option<usize>,
) -> Result {
    let percentile = percentile(c, live);
    let Some((subject, line)) = c.subjects.get(index).zip(view::line(c, index, percentile)) else { return Ok(()) };
    let class = if line.scope == Scope::Total { "row total" } else { "row" };
    write!(out, "<tr class=\"{class}\"")?;
    if let Some(live) = live {
        let key = view::key(subject);
        let selected = live.selected == Some(index);
        let act = if selected { Act::Close } else { Act::Row(key.clone()) };
        write!(out, " id=\"row-{key}\" data-do=\"{act}\" tabindex=\"0\" aria-selected=\"{selected}\"")?;
    }
    let why = live
        .filter(|live| live.break_even)
        .and_then(|_| words::break_even(view::shown(subject).row?))
        .unwrap_or_else(|| line.why());
    write!(
        out,
        "><td class=\"cell-verdict\" title=\"{}\">{} <small class=\"sure\">{}</small></td>",
        Text(&format!("{}{}{why}", line.word, if why.is_empty() { "" } else { ": " })),
        badge(line.tone, line.sign, line.word),
        Text(&why)
    )?;
    let within = |most: usize| live.is_some() || rank.is_none_or(|rank| rank < most);
    let linked = live.is_none() && within(DETAILED);
    name_cell(out, &line, linked.then_some(index), live.is_some())?;
    write!(
        out,
        "<td class=\"n base\">{}</td><td class=\"n run\">{}</td><td class=\"n change tone-{}\" data-of=\"p{percentile}\">{}</td>",
        Text(&line.latency.baseline),
        Text(&line.latency.run),
        line.latency.tone,
        Text(&line.latency.change)
    )?;
    if live.is_some() || forest.is_some() {
        let drawing = forest.filter(|_| within(FOREST_ROWS)).and_then(|forest| forest.row(subject));
        write!(out, "<td class=\"forest\">{}</td>", drawing.map(|chart| chart.svg).unwrap_or_default())?;
    }
    for (cell, label) in [(&line.errors, "errors"), (&line.rate, "throughput"), (&line.requests, "requests")] {
        figure_cell(out, cell, label, live.is_some())?;
    }
    writeln!(out, "</tr>")
}

/// Method and name; in the file a link to the details.
fn name_cell(out: &mut String, line: &Line, details: Option<usize>, titled: bool) -> Result {
    let (open, close) = match details {
        Some(subject) => (format!("<a href=\"#e{subject}\">"), "</a>"),
        None => (String::new(), ""),
    };
    let name = if line.scope == Scope::Total { "All requests" } else { &line.name };
    let label = if line.method.is_empty() { name.to_owned() } else { format!("{} {name}", line.method) };
    // The file has the whole name with the details.
    let title = if titled { format!(" title=\"{0}\" aria-label=\"{0}\"", Text(&label)) } else { String::new() };
    write!(out, "<th scope=\"row\" class=\"endpoint\"{title}>{open}<span class=\"label\">")?;
    if !line.method.is_empty() {
        write!(out, "<span class=\"verb\">{}</span> ", Name(&line.method))?;
    }
    // Where there is no room for all of it, its end tells more than its middle.
    let cut = name.char_indices().rev().nth(TAIL - 1).map_or(0, |(at, _)| at);
    let (head, tail) = name.split_at_checked(cut).unwrap_or((name, ""));
    write!(
        out,
        "<span class=\"path\"><bdi><span class=\"path-head\">{}</span><span>{}</span></bdi></span>",
        Text(head),
        Text(tail)
    )?;
    write!(out, "</span>{close}</th>")
}

/// Characters at the end of a name that a row always shows.
const TAIL: usize = 14;

/// Method and name of an endpoint.
pub(super) fn endpoint(out: &mut String, method: &str, name: &str) -> Result {
    if !method.is_empty() {
        write!(out, "<span class=\"verb\">{}</span> ", Name(method))?;
    }
    write!(out, "<span class=\"path\">{}</span>", Name(name))
}

/// The run's figure. Its change stands beside it where it has a verdict that counts.
fn figure_cell(out: &mut String, cell: &Cell, label: &str, titled: bool) -> Result {
    let title = match cell.change.as_str() {
        words::NONE => String::new(),
        // The file has it among the details, and is to be small.
        _ if !titled => String::new(),
        change => format!(" title=\"{} → {}, {}\"", Text(&cell.baseline), Text(&cell.run), Text(change)),
    };
    write!(out, "<td class=\"n fig-{label}\"{title}>{}", Text(&cell.run))?;
    if cell.change != words::NONE && !matches!(cell.tone, "pass" | "info" | "unknown") {
        write!(out, " <small class=\"change tone-{}\">{}</small>", cell.tone, Text(&cell.change))?;
    }
    write!(out, "</td>")
}
