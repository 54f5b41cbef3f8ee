//! The drawing surface of charts: plotters' SVG backend, with text widths from our own table.

use std::fmt::Debug;

use plotters::backend::SVGBackend;
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters::element::{Circle, PathElement, Polygon, Rectangle, Text};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontDesc, FontFamily, FontStyle, ShapeStyle, TextStyle};
use plotters_backend::{BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind};

use super::svg;
use super::text::{Font, clean};
use super::theme::Role;

/// plotters divides font sizes by this before writing them.
const FONT_FACTOR: f64 = 1.24;

/// plotters' SVG backend in tenths of a pixel, without measuring text: in a browser plotters would do so through the
/// document.
struct Paper<'a>(SVGBackend<'a>);

type Drawn<'a> = Result<(), DrawingErrorKind<<SVGBackend<'a> as DrawingBackend>::ErrorType>>;

impl<'a> DrawingBackend for Paper<'a> {
    type ErrorType = <SVGBackend<'a> as DrawingBackend>::ErrorType;

    fn get_size(&self) -> (u32, u32) {
        self.0.get_size()
    }

    fn ensure_prepared(&mut self) -> Drawn<'a> {
        self.0.ensure_prepared()
    }

    fn present(&mut self) -> Drawn<'a> {
        self.0.present()
    }

    fn draw_pixel(&mut self, point: BackendCoord, color: BackendColor) -> Drawn<'a> {
        self.0.draw_pixel(point, color)
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Drawn<'a> {
        self.0.draw_line(from, to, style)
    }

    fn draw_rect<S: BackendStyle>(&mut self, a: BackendCoord, b: BackendCoord, style: &S, fill: bool) -> Drawn<'a> {
        self.0.draw_rect(a, b, style, fill)
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> Drawn<'a> {
        let mut path = path.into_iter();
        match (path.next(), path.next(), path.next()) {
            (Some(from), Some(to), None) => self.0.draw_line(from, to, style),
            (a, b, c) => self.0.draw_path(a.into_iter().chain(b).chain(c).chain(path), style),
        }
    }

    fn draw_circle<S: BackendStyle>(&mut self, center: BackendCoord, r: u32, style: &S, fill: bool) -> Drawn<'a> {
        self.0.draw_circle(center, r, style, fill)
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> Drawn<'a> {
        self.0.fill_polygon(path, style)
    }

    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, pos: BackendCoord) -> Drawn<'a> {
        self.0.draw_text(&clean(text), style, pos)
    }

    fn estimate_text_size<S: BackendTextStyle>(
        &self,
        text: &str,
        style: &S,
    ) -> Result<(u32, u32), DrawingErrorKind<Self::ErrorType>> {
        let font = Font {
            size: style.size() / FONT_FACTOR,
            mono: style.family().as_str() == FontFamily::Monospace.as_str(),
            bold: matches!(style.style(), FontStyle::Bold),
        };
        Ok((font.width(text).ceil() as u32, font.size.ceil() as u32))
    }
}

/// A point in pixels.
pub(super) type Point = (f64, f64);

/// Style of a line.
#[derive(Clone, Copy)]
pub(super) struct Stroke {
    pub role: Role,
    pub width: f64,
    pub alpha: f64,
    pub dashed: bool,
}

impl Stroke {
    pub(super) const fn new(role: Role, width: f64) -> Self {
        Self { role, width, alpha: 1.0, dashed: false }
    }

    pub(super) const fn alpha(self, alpha: f64) -> Self {
        Self { alpha, ..self }
    }

    pub(super) const fn dashed(self) -> Self {
        Self { dashed: true, ..self }
    }

    fn style(self) -> ShapeStyle {
        // plotters has no dashes: `svg` makes them of a width beyond any.
        let width = tenths(self.width).max(0) as u32 + if self.dashed { svg::DASHED } else { 0 };
        ShapeStyle { color: self.role.alpha(self.alpha), filled: false, stroke_width: width }
    }
}

/// Alignment of a text at its position; vertical text is always centred.
#[derive(Clone, Copy)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// A drawing. All figures are pixels.
pub(super) struct Canvas<'a>(DrawingArea<Paper<'a>, Shift>);

/// Draws an SVG of this size; `summary` is its accessible name.
pub(super) fn draw(width: f64, height: f64, summary: &str, draw: impl FnOnce(&Canvas<'_>)) -> String {
    glyph(width, height, summary, |canvas| {
        never_fails(canvas.0.fill(&Role::Card.rgb()));
        draw(canvas);
    })
}

/// The same without a background, for table cells.
pub(super) fn glyph(width: f64, height: f64, summary: &str, draw: impl FnOnce(&Canvas<'_>)) -> String {
    let (width, height) = (width.round() as u32, height.round() as u32);
    let mut drawn = String::new();
    {
        let canvas = Canvas(Paper(SVGBackend::with_string(&mut drawn, (width * 10, height * 10))).into_drawing_area());
        draw(&canvas);
        never_fails(canvas.0.present());
    }
    svg::finish(&drawn, width, height, &clean(summary))
}

/// Writing to a `String` does not fail.
fn never_fails<T, E: Debug>(result: Result<T, E>) {
    debug_assert!(result.is_ok(), "{:?}", result.err());
}

/// Pixels in the backend's unit.
fn tenths(px: f64) -> i32 {
    (px * 10.0).round() as i32
}

fn place((x, y): Point) -> BackendCoord {
    (tenths(x), tenths(y))
}

/// The middle of a pixel, where a 1 px line is sharp.
pub(super) fn crisp(px: f64) -> f64 {
    px.floor() + 0.5
}

impl Canvas<'_> {
    pub(super) fn line(&self, from: Point, to: Point, stroke: Stroke) {
        self.path(&[from, to], stroke);
    }

    pub(super) fn path(&self, points: &[Point], stroke: Stroke) {
        let points: Vec<_> = points.iter().copied().map(place).collect();
        never_fails(self.0.draw(&PathElement::new(points, stroke.style())));
    }

    /// Fills a polygon.
    pub(super) fn area(&self, points: &[Point], role: Role, alpha: f64) {
        let points: Vec<_> = points.iter().copied().map(place).collect();
        let style = ShapeStyle { filled: true, ..Stroke::new(role, 0.0).alpha(alpha).style() };
        never_fails(self.0.draw(&Polygon::new(points, style)));
    }

    pub(super) fn dot(&self, center: Point, radius: f64, role: Role) {
        let style = ShapeStyle { filled: true, ..Stroke::new(role, 0.0).style() };
        never_fails(self.0.draw(&Circle::new(place(center), tenths(radius), style)));
    }

    pub(super) fn ring(&self, center: Point, radius: f64, stroke: Stroke) {
        never_fails(self.0.draw(&Circle::new(place(center), tenths(radius), stroke.style())));
    }

    pub(super) fn rect(&self, from: Point, to: Point, role: Role, alpha: f64) {
        let style = ShapeStyle { filled: true, ..Stroke::new(role, 0.0).alpha(alpha).style() };
        never_fails(self.0.draw(&Rectangle::new([place(from), place(to)], style)));
    }

    pub(super) fn text(&self, at: Point, anchor: Anchor, font: Font, role: Role, text: &str) {
        let h_pos = match anchor {
            Anchor::Start => HPos::Left,
            Anchor::Middle => HPos::Center,
            Anchor::End => HPos::Right,
        };
        let family = if font.mono { FontFamily::Monospace } else { FontFamily::SansSerif };
        let style = if font.bold { FontStyle::Bold } else { FontStyle::Normal };
        let style = TextStyle::from(FontDesc::new(family, font.size * 10.0 * FONT_FACTOR, style));
        let color = role.rgb();
        let style = style.color(&color).pos(Pos::new(h_pos, VPos::Center));
        never_fails(self.0.draw(&Text::new(text, place(at), style)));
    }
}
