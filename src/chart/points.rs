//! What a chart tells about the place under the pointer: the drawn points and their texts, for the page's overlay.

use std::fmt::Write;

use super::text::clean;

/// Points of a chart as text: parts separated by blank lines, of one entry a line. The first part has the axis, the
/// edges of the plotting area (left, top, right, bottom) and the names of the cells. Every other part has the value on
/// the axis, its pixel, the pixels of the baseline's and the run's point (`-` without one), and the cells: the first
/// names the place.
#[derive(Debug, Default)]
pub(super) struct Points(String);

impl Points {
    /// No points yet. Charts with an `axis` of the same name have the same values on it.
    pub(super) fn new(axis: &str, x: (f64, f64), y: (f64, f64), heads: &[&str]) -> Self {
        let mut text = format!("{axis}\n{}\n{}\n{}\n{}", px(x.0), px(y.0), px(x.1), px(y.1));
        for head in heads {
            text.push('\n');
            text.push_str(head);
        }
        Self(text)
    }

    /// Adds a point of both sides.
    pub(super) fn push(&mut self, at: f64, x: f64, y: [Option<f64>; 2], cells: &[&str]) {
        let [baseline, run] = y.map(|y| y.map_or_else(|| "-".to_owned(), px));
        // Writing to a `String` cannot fail.
        let _ = write!(self.0, "\n\n{}\n{}\n{baseline}\n{run}", libm::round(at * 1e4) / 1e4, px(x));
        for cell in cells {
            self.0.push('\n');
            let cell = clean(cell);
            self.0.push_str(if cell.is_empty() { "–" } else { &cell });
        }
    }

    /// The points as text.
    pub(super) fn text(self) -> String {
        self.0
    }
}

/// A pixel, in tenths.
fn px(value: f64) -> String {
    (libm::round(value * 10.0) / 10.0).to_string()
}
