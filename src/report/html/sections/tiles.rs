//! The figures of all endpoints together, on one line.

use std::fmt::Write;

use super::super::escape::{Figures, Text};
use super::parts::{choice, written};
use super::{Live, percentile};
use crate::compare::{Comparison, Verdict};
use crate::report::view;

/// The figures of all endpoints together; empty where there are none.
#[must_use]
pub fn tiles(c: &Comparison, live: Option<&Live>) -> String {
    let tiles = view::tiles(c, percentile(c, live));
    if tiles.is_empty() {
        return String::new();
    }
    written(|out| {
        write!(
            out,
            "<section class=\"tiles\" id=\"tiles\" aria-labelledby=\"tiles-title\">\n\
             <h2 id=\"tiles-title\">All requests together"
        )?;
        if let Some(live) = live {
            choice(out, live)?;
        }
        writeln!(out, "</h2>\n<div class=\"tile-row\">")?;
        for tile in tiles {
            write!(out, "<div class=\"tile tone-{}\"><h3>{}</h3> ", tile.tone, Text(&tile.title))?;
            if tile.verdict != Verdict::Info {
                write!(
                    out,
                    "<span class=\"tile-verdict\"><i aria-hidden=\"true\">{}</i> {}</span>",
                    tile.sign,
                    Text(&tile.word)
                )?;
            }
            write!(
                out,
                "<p class=\"tile-run\"><span class=\"base\">{} →</span> <b>{}</b></p><p class=\"tile-change\"><b>{}</b>",
                Figures(&tile.baseline),
                Figures(&tile.run),
                Figures(&tile.change)
            )?;
            if !tile.interval.is_empty() {
                let interval = if tile.interval.contains('(') {
                    format!("; {}", tile.interval)
                } else {
                    format!(" ({})", tile.interval)
                };
                write!(
                    out,
                    "<span class=\"interval\" title=\"{}\">{}</span>",
                    Text(&tile.interval),
                    Figures(&interval)
                )?;
            }
            writeln!(out, "</p></div>")?;
        }
        writeln!(out, "</div>\n</section>")
    })
}
