//! Shared by charts: the legend, and the frame of those with a vertical axis from 0.

use super::canvas::{Anchor, Canvas, Point, Stroke, crisp};
use super::scale::{Linear, Tick};
use super::text::Font;
use super::theme::Role;

/// Tick labels, legends and captions.
pub(super) const SMALL: Font = Font::sans(12.0);

/// Height of the legend.
pub(super) const LEGEND: f64 = 26.0;

/// Marks of the two sides in a legend.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Mark {
    /// A ring and a dot.
    Points,
    /// Two lines.
    Lines,
}

/// The baseline's line: thinner than the run's, for distinction without colour.
pub(super) const BASELINE: Stroke = Stroke::new(Role::Baseline, 1.6);

/// The run's line; where the baseline has one too, it is dashed.
pub(super) const RUN: Stroke = Stroke::new(Role::Run, 2.2);

/// Right part of the legend.
pub(super) enum Caption<'a> {
    /// Description of the chart.
    Text(&'a str),
    /// Meaning of the shaded background.
    Shaded(&'a str),
}

/// Draws the legend at the top: the marks of both sides at the left, the first caption that fits at the right.
pub(super) fn legend(canvas: &Canvas<'_>, mark: Mark, (from, to): (f64, f64), captions: &[Caption<'_>]) {
    let y = 10.0;
    let mut x = from;
    for (name, stroke) in [("baseline", BASELINE), ("run", RUN)] {
        match mark {
            Mark::Points if stroke.role == Role::Baseline => baseline_mark(canvas, (x + 7.0, y)),
            Mark::Points => canvas.dot((x + 7.0, y), RADIUS, stroke.role),
            Mark::Lines if stroke.role == Role::Run => canvas.line((x, y), (x + 17.0, y), stroke.dashed()),
            Mark::Lines => canvas.line((x, y), (x + 17.0, y), stroke),
        }
        x += if mark == Mark::Points { 19.0 } else { 22.0 };
        canvas.text((x, y), Anchor::Start, SMALL, Role::Ink, name);
        x += SMALL.width(name) + 18.0;
    }
    caption(canvas, (x, to), captions);
}

/// Draws the first caption that fits, at the top right.
pub(super) fn caption(canvas: &Canvas<'_>, (from, to): (f64, f64), captions: &[Caption<'_>]) {
    let y = 10.0;
    for caption in captions {
        let (text, swatch) = match caption {
            Caption::Text(text) => (text, 0.0),
            Caption::Shaded(text) => (text, SWATCH + 6.0),
        };
        let left = to - SMALL.width(text) - swatch;
        if left < from {
            continue;
        }
        // Anchored at the left, so that the swatch is adjacent in any font.
        if swatch > 0.0 {
            canvas.rect((left, y - 6.0), (left + SWATCH, y + 6.0), Role::Muted, SHADE);
            canvas.text((left + swatch, y), Anchor::Start, SMALL, Role::Muted, text);
        } else {
            canvas.text((to, y), Anchor::End, SMALL, Role::Muted, text);
        }
        return;
    }
}

/// Width of a swatch in a legend.
const SWATCH: f64 = 16.0;

/// Opacity of shaded background.
pub(super) const SHADE: f64 = 0.09;

/// Radius of the run's dot: it fits into the ring, so that both are visible without a change.
pub(super) const RADIUS: f64 = 4.2;

/// Radius of the baseline's ring, to the middle of its line.
pub(super) const RING: f64 = 5.6;

/// The baseline's ring, a different shape from the run's dot.
pub(super) fn baseline_mark(canvas: &Canvas<'_>, at: Point) {
    canvas.ring(at, RING, Stroke::new(Role::Baseline, 1.7));
}

/// The plotting area, with a vertical axis at its left.
pub(super) struct Frame {
    /// Width of the chart.
    width: f64,
    /// Left and right edge.
    pub x: (f64, f64),
    /// Upper and lower edge.
    pub y: (f64, f64),
    /// Maps values to pixels, upwards from 0.
    pub scale: Linear,
}

impl Frame {
    /// A frame in a chart of this size for an axis from 0 to `top` with these ticks.
    pub(super) fn new((width, height): (f64, f64), top: f64, ticks: &[Tick]) -> Self {
        let labels = ticks.iter().map(|t| SMALL.width(&t.label)).fold(20.0, f64::max);
        let y = (LEGEND + 8.0, height - 26.0);
        Self { width, x: ((labels + 10.0).ceil(), width - 14.0), y, scale: Linear::new((0.0, top), (y.1, y.0)) }
    }

    /// Horizontal gridlines and their labels.
    pub(super) fn draw_values(&self, canvas: &Canvas<'_>, ticks: &[Tick]) {
        for tick in ticks {
            let y = crisp(self.scale.px(tick.value));
            // The horizontal axis is at 0.
            if tick.value > 0.0 {
                canvas.line((self.x.0, y), (self.x.1, y), Stroke::new(Role::Line, 1.0));
            }
            canvas.text((self.x.0 - 8.0, y), Anchor::End, SMALL, Role::Muted, &tick.label);
        }
    }

    /// The horizontal axis: a tick mark and a label at each of these pixels.
    pub(super) fn draw_axis(&self, canvas: &Canvas<'_>, ticks: impl Iterator<Item = (f64, String)>) {
        let bottom = crisp(self.y.1);
        for (x, label) in ticks {
            canvas.line((crisp(x), bottom), (crisp(x), bottom + 4.0), Stroke::new(Role::Baseline, 1.0));
            // Keep the last label inside.
            let x = x.min(self.width - SMALL.width(&label) / 2.0);
            canvas.text((x, bottom + 15.0), Anchor::Middle, SMALL, Role::Muted, &label);
        }
        canvas.line((self.x.0, bottom), (self.x.1, bottom), Stroke::new(Role::Baseline, 1.0));
    }
}
