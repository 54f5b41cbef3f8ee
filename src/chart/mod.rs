//! Charts: [`Comparison`](crate::compare::Comparison) → SVG text, drawn by plotters; one file per chart, one theme.
//!
//! Charts are pure functions, and give the same bytes on every target: values map to pixels by the scales of our own
//! in `scale`, the width of a text comes from the table in `text`, and coordinates are rounded to tenths of a pixel.
//!
//! # Colours
//!
//! A chart holds no style sheet and no `style` attribute, so that a page with `style-src 'self'` can take it in. Each
//! colour is a presentation attribute of the form `var(--chart-run, #2F5FD0)`: a page sets the custom properties to
//! follow its theme, and alone the chart shows the light theme. The properties are `--chart-` and one of `ink`,
//! `muted`, `line`, `baseline`, `run`, `critical`, `warning`, `improved`, `unknown`, `pass`, `card`.

mod axis;
mod canvas;
mod dumbbell;
mod forest;
mod percentile_plot;
mod scale;
mod shift_plot;
mod svg;
mod text;
mod theme;
mod time_overlay;

pub use dumbbell::dumbbell;
pub use forest::Forest;
pub use percentile_plot::percentile_plot;
pub use shift_plot::shift_plot;
pub(crate) use text::{clean, is_unseen};
pub use time_overlay::time_overlay;

/// One drawn chart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chart {
    /// The drawing: one `svg` element, fit for a document of its own and for a page.
    pub svg: String,
    /// What it shows, in one to three sentences, for people who do not see it: plain text, not yet escaped.
    pub summary: String,
    /// The data behind it as a table: header, rows; formatted text, not yet escaped.
    pub table: (Vec<String>, Vec<Vec<String>>),
}

/// How much room a chart has. Its height follows from what it shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Width in pixels.
    pub width: u32,
    /// Whether to lay it out for a phone: names above what they name, fewer ticks.
    pub narrow: bool,
}

impl Size {
    /// The whole width of the page.
    pub const WIDE: Self = Self { width: 1160, narrow: false };
    /// One of two charts side by side.
    pub const HALF: Self = Self { width: 560, narrow: false };
    /// A phone of 390 pixels.
    pub const NARROW: Self = Self { width: 340, narrow: true };

    /// The width to draw in: at least what axis and labels need.
    fn px(self) -> f64 {
        f64::from(self.width.clamp(240, 4000))
    }
}

/// What a time overlay shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// Mean response time of each interval.
    Latency,
    /// Requests per second.
    Throughput,
    /// Failed requests in percent of all.
    Errors,
}
