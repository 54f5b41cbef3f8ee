//! The figures of all endpoints together.

use std::fmt::Write;

use super::super::escape::Text;
use super::parts::written;
use crate::compare::{Comparison, Verdict};
use crate::report::{view, words};

/// The figures of all endpoints together; empty where there are none.
#[must_use]
pub fn tiles(c: &Comparison) -> String {
    let tiles = view::tiles(c);
    if tiles.is_empty() {
        return String::new();
    }
    written(|out| {
        writeln!(out, "<section class=\"tiles\" id=\"tiles\" aria-label=\"All endpoints together\">")?;
        for tile in tiles {
            let verdict = match tile.verdict {
                Verdict::Info => "no rule".to_owned(),
                verdict => format!("<i aria-hidden=\"true\">{}</i> {}", words::sign(verdict), Text(&tile.word)),
            };
            writeln!(
                out,
                "<div class=\"tile tone-{}\"><h2>{}</h2><p class=\"tile-run\">{}</p><p class=\"tile-from\">from \
                 {}</p><p class=\"tile-change\">{} <span class=\"tile-verdict\">{verdict}</span></p>\
                 <p class=\"tile-interval\">{}</p></div>",
                words::tone(tile.verdict),
                Text(&tile.title),
                Text(&tile.run),
                Text(&tile.baseline),
                Text(&tile.change),
                Text(&tile.interval),
            )?;
        }
        writeln!(out, "</section>")
    })
}
