//! A chart: the drawing, and the same in words and numbers.

use std::fmt::{Result, Write};

use super::super::escape::Text;
use super::parts::{CLOSE_TABLE, open_table};
use super::{Live, size};
use crate::chart::{Chart, Size};

/// A chart at the widths it is shown at: the page's, or a wide page's and a phone's.
pub(super) struct Drawn {
    pub chart: Chart,
    narrow: Option<Chart>,
}

/// Draws a chart; `None` where there is nothing to draw.
pub(super) fn drawn(live: Option<&Live>, wide: Size, draw: impl Fn(Size) -> Option<Chart>) -> Option<Drawn> {
    let chart = draw(size(live, wide))?;
    let narrow = if live.is_none() { draw(Size::NARROW) } else { None };
    Some(Drawn { chart, narrow })
}

/// A figure of a drawn chart. The drawing is markup of our own; all else is text. `caption` is empty where a heading says
/// what it shows, which `title` names.
pub(super) fn figure(out: &mut String, title: &str, caption: &str, drawn: &Drawn) -> Result {
    writeln!(out, "<figure class=\"figure\">")?;
    if !caption.is_empty() {
        writeln!(out, "<figcaption>{}</figcaption>", Text(caption))?;
    }
    let class = if drawn.narrow.is_some() { " wide-only" } else { "" };
    writeln!(out, "<div class=\"drawing{class}\">{}</div>", drawn.chart.svg)?;
    if let Some(narrow) = &drawn.narrow {
        writeln!(out, "<div class=\"drawing narrow-only\">{}</div>", narrow.svg)?;
    }
    let (header, rows) = &drawn.chart.table;
    writeln!(
        out,
        "<details class=\"data\"><summary>In words and numbers</summary>\n<p>{}</p>",
        Text(&drawn.chart.summary)
    )?;
    open_table(out, "figures", &format!("The chart’s data: {title}"))?;
    write!(out, "<thead><tr>")?;
    for head in header {
        write!(out, "<th scope=\"col\">{}</th>", Text(head))?;
    }
    write!(out, "</tr></thead>\n<tbody>")?;
    for row in rows {
        write!(out, "<tr>")?;
        for (i, cell) in row.iter().enumerate() {
            if i == 0 {
                write!(out, "<th scope=\"row\">{}</th>", Text(cell))?;
            } else {
                write!(out, "<td>{}</td>", Text(cell))?;
            }
        }
        writeln!(out, "</tr>")?;
    }
    writeln!(out, "{CLOSE_TABLE}</details>\n</figure>")
}
