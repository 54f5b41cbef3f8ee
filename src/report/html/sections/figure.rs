//! A chart: the drawing, and the same in words and numbers.

use std::fmt::{Result, Write};

use super::super::escape::Text;
use super::parts::{CLOSE_TABLE, open_table};
use super::{Live, size};
use crate::chart::{Chart, DrawnRow, Size};

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

/// What stands around a drawing on the page.
pub(super) struct Extras<'a> {
    /// Markup beside the caption.
    pub beside: &'a str,
    /// Markup below the drawing.
    pub below: &'a str,
    /// Attributes of the link over a row, by its subject; empty without one.
    pub link: &'a dyn Fn(usize) -> String,
}

impl Extras<'_> {
    pub(super) const NONE: Self = Self { beside: "", below: "", link: &|_| String::new() };
}

/// A figure of a drawn chart. The drawing is markup of our own; all else is text. `caption` is empty where a heading says
/// what it shows, which `title` names.
pub(super) fn figure(out: &mut String, title: &str, caption: &str, drawn: &Drawn) -> Result {
    figure_with(out, title, caption, drawn, &Extras::NONE)
}

/// The same with what stands around it.
pub(super) fn figure_with(out: &mut String, title: &str, caption: &str, drawn: &Drawn, extras: &Extras<'_>) -> Result {
    let Some(narrow) = &drawn.narrow else { return live(out, (title, caption), &drawn.chart, extras) };
    writeln!(out, "<figure class=\"figure\">")?;
    heading(out, caption, "")?;
    writeln!(out, "<div class=\"drawing wide-only\">{}</div>", linked(&drawn.chart, extras.link))?;
    writeln!(out, "<div class=\"drawing narrow-only\">{}</div>", narrow.svg)?;
    data(out, title, &drawn.chart)?;
    writeln!(out, "</figure>")
}

/// On the page: web/charts.js reads the points and saves the drawing.
fn live(out: &mut String, (title, caption): (&str, &str), chart: &Chart, extras: &Extras<'_>) -> Result {
    writeln!(out, "<figure class=\"figure\" data-name=\"{}\">", file_name(title))?;
    heading(out, caption, extras.beside)?;
    let keys =
        if chart.rows.is_empty() { "Arrow keys read the values, + and − zoom" } else { "Arrow keys read the rows" };
    writeln!(
        out,
        "<div class=\"drawing\" tabindex=\"0\" role=\"group\" aria-label=\"{title}. {keys}.\" \
         data-points=\"{points}\">{}</div>{}<div class=\"figure-foot\">",
        linked(chart, extras.link),
        extras.below,
        points = points(chart),
        title = Text(title),
    )?;
    for (format, label) in [("svg", "SVG"), ("png", "PNG")] {
        write!(
            out,
            "<button type=\"button\" class=\"link\" data-save=\"{format}\" aria-label=\"{label}: {}\">{label}</button>",
            Text(title)
        )?;
    }
    data(out, title, chart)?;
    writeln!(out, "</div>\n</figure>")
}

/// The points for an attribute: their lines stay lines.
fn points(chart: &Chart) -> String {
    chart.points.split('\n').map(|line| Text(line).to_string()).collect::<Vec<_>>().join("\n")
}

fn heading(out: &mut String, caption: &str, beside: &str) -> Result {
    if caption.is_empty() { Ok(()) } else { writeln!(out, "<figcaption>{}{beside}</figcaption>", Text(caption)) }
}

/// A title as the name of a file.
fn file_name(title: &str) -> String {
    let plain = title.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { ' ' });
    let plain: String = plain.take(80).collect();
    plain.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-")
}

/// The drawing, with a link over each of its rows.
fn linked(chart: &Chart, link: &dyn Fn(usize) -> String) -> String {
    let links: String = chart.rows.iter().map(|row| over(row, &link(row.subject))).collect();
    if links.is_empty() {
        return chart.svg.clone();
    }
    // What is in an image cannot be reached.
    let svg = chart.svg.replacen("role=\"img\"", "role=\"group\"", 1);
    let end = svg.rfind("</svg>").unwrap_or(svg.len());
    let (drawing, rest) = svg.split_at(end);
    format!("{drawing}{links}{rest}")
}

fn over(row: &DrawnRow, attributes: &str) -> String {
    if attributes.is_empty() {
        return String::new();
    }
    format!(
        "<a {attributes} aria-label=\"Details of {}\"><rect x=\"0\" y=\"{}\" width=\"100%\" height=\"{}\" \
         fill=\"transparent\"/></a>",
        Text(&row.name),
        row.top,
        row.height
    )
}

/// The summary and the numbers, folded.
fn data(out: &mut String, title: &str, chart: &Chart) -> Result {
    let (header, rows) = &chart.table;
    writeln!(out, "<details class=\"data\"><summary>Data</summary>\n<p>{}</p>", Text(&chart.summary))?;
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
    writeln!(out, "{CLOSE_TABLE}</details>")
}
