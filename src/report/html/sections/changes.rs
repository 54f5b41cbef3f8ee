//! What changed: one line per endpoint, baseline to run, at one percentile.

use std::fmt::Write;

use super::super::act::Act;
use super::super::escape::Text;
use super::figure::{Extras, drawn, figure_with};
use super::parts::{choice, link_button, written};
use super::{Live, percentile};
use crate::chart::{self, Size};
use crate::compare::{Comparison, Scope};
use crate::number;
use crate::report::view;

/// Maximum endpoints of the chart in the file.
const FILE: usize = 30;
/// Maximum endpoints of the chart on the page, until all are asked for.
const FIRST: usize = 12;
/// Attributes of the link from a row to the endpoint's details.
fn link(c: &Comparison, subject: usize, live: Option<&Live>) -> String {
    match (live, c.subjects.get(subject)) {
        (Some(_), Some(of)) => {
            let key = view::key(of);
            format!("href=\"#row-{key}\" data-do=\"row {key}\"")
        }
        _ => format!("href=\"#e{subject}\""),
    }
}

/// The chart of changes. The file has none where no endpoint has the percentile on both sides.
#[must_use]
pub fn changes(c: &Comparison, live: Option<&Live>) -> String {
    let percentile = percentile(c, live);
    let most = match live {
        None => FILE,
        Some(live) if live.all_changes => usize::MAX,
        Some(_) => FIRST,
    };
    let drawn = drawn(live, Size::WIDE, |size| chart::dumbbell(c, percentile, most, size));
    if drawn.is_none() && live.is_none() {
        return String::new();
    }
    let all = c.subjects.iter().filter(|s| s.scope != Scope::Total).count();
    let shown = drawn.as_ref().map_or(0, |drawn| drawn.chart.table.1.len());
    let what = match shown {
        0 => format!("p{percentile}"),
        _ if shown == all => format!("p{percentile} of every endpoint, most severe first"),
        1 => format!("p{percentile} of the endpoint that has it on both sides"),
        _ if shown == most => {
            format!("p{percentile} of the {shown} most severe of {} endpoints", number::count(all as u64))
        }
        _ => format!("p{percentile} of the {shown} endpoints that have it on both sides, most severe first"),
    };
    written(|out| {
        write!(
            out,
            "<section class=\"panel changed\" id=\"changes\" aria-labelledby=\"changes-title\">\n\
             <h2 id=\"changes-title\">What changed <span class=\"sub\">{}</span>",
            Text(&what)
        )?;
        // Else it is chosen in the strip of figures above.
        if let Some(live) = live.filter(|_| view::tiles(c, percentile).is_empty()) {
            choice(out, live)?;
        }
        writeln!(out, "</h2>")?;
        match &drawn {
            Some(drawn) => {
                let extras = Extras { link: &|subject| link(c, subject, live), ..Extras::NONE };
                figure_with(out, "What changed", "", drawn, &extras)?;
            }
            None => writeln!(out, "<p class=\"muted\">No endpoint has a p{percentile} on both sides.</p>")?,
        }
        if let Some(live) = live {
            if live.all_changes && shown > FIRST {
                let label = format!("Show the first {FIRST}");
                writeln!(out, "<p class=\"rest\">{}</p>", link_button(&Act::ChangesAll, label))?;
            } else if shown == most && shown < all {
                writeln!(out, "<p class=\"rest\">{}</p>", link_button(&Act::ChangesAll, "Show all"))?;
            }
        }
        writeln!(out, "</section>")
    })
}
