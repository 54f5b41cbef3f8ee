//! Charts: [`Comparison`](crate::compare::Comparison) → SVG text, drawn by plotters; one file per chart, one theme.
//!
//! Charts are pure functions, with the same bytes on every target: our own scales in `scale` map values to pixels, text
//! widths come from the table in `text`, and coordinates are rounded to tenths of a pixel.
//!
//! # Colours
//!
//! A chart has no style sheet and no `style` attribute, so that a page with `style-src 'self'` can embed it. Each
//! colour is a presentation attribute of the form `var(--chart-run, #2F5FD0)`: a page sets the custom properties for
//! its theme; a standalone chart has the light theme. The properties are `--chart-` and one of `ink`, `muted`, `line`,
//! `baseline`, `run`, `critical`, `warning`, `improved`, `unknown`, `pass`, `card`.

mod axis;
mod canvas;
mod dumbbell;
mod ecdf;
mod forest;
mod heatmap;
mod percentile_plot;
mod points;
mod scale;
mod shift_plot;
mod stages;
mod svg;
mod text;
mod theme;
mod time_overlay;
mod time_series;
mod trend;

pub use dumbbell::dumbbell;
pub use ecdf::ecdf;
pub use forest::Forest;
pub use heatmap::heatmap;
pub use percentile_plot::percentile_plot;
pub use shift_plot::shift_plot;
pub use stages::stages;
pub(crate) use text::{clean, is_unseen};
pub use time_overlay::{latencies_over_time, time_overlay};
pub use trend::trend;

use crate::run::Percentile;

/// One drawn chart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chart {
    /// The drawing: one `svg` element, usable standalone and embedded.
    pub svg: String,
    /// Text alternative in one to three sentences: plain text, unescaped.
    pub summary: String,
    /// The data as a table: header, rows; formatted text, unescaped.
    pub table: (Vec<String>, Vec<Vec<String>>),
    /// The drawn points for the page's overlay, which shows the one under the pointer: see `points`. Unescaped.
    pub points: String,
    /// Rows that stand for a subject, for a page that opens it.
    pub rows: Vec<DrawnRow>,
}

/// A row of a chart that stands for a subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrawnRow {
    /// The subject, as an index of the comparison.
    pub subject: usize,
    /// Its name: plain text, unescaped.
    pub name: String,
    /// Upper edge in pixels.
    pub top: u32,
    /// Height in pixels.
    pub height: u32,
}

/// Available space of a chart. The height depends on its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Width in pixels.
    pub width: u32,
    /// Whether to lay it out for a phone: names on lines of their own, fewer ticks.
    pub narrow: bool,
}

impl Size {
    /// Full page width.
    pub const WIDE: Self = Self { width: 1160, narrow: false };
    /// One of two charts side by side.
    pub const HALF: Self = Self { width: 560, narrow: false };
    /// A phone of 390 pixels.
    pub const NARROW: Self = Self { width: 340, narrow: true };

    /// The width to draw: at least enough for axis and labels.
    fn px(self) -> f64 {
        f64::from(self.width.clamp(240, 4000))
    }
}

/// The quantity of a time overlay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// Mean response time of each interval.
    Latency,
    /// A percentile of the response times.
    Percentile(Percentile),
    /// Requests per second.
    Throughput,
    /// Failed requests in percent of all.
    Errors,
    /// Users.
    Users,
}

/// The quantity of a chart by number of users.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByUsers {
    /// Successful requests per second.
    Throughput,
    /// Mean response time.
    Latency,
}
