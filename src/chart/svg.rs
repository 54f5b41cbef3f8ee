//! Converts plotters' output to SVG for pages: tenths of a pixel become pixels, colours become custom properties,
//! redundant attributes are removed.

use super::theme::Role;

/// Font of all text except labels: one declaration, on the root.
const SANS: &str = "system-ui,-apple-system,Segoe UI,Roboto,DejaVu Sans,sans-serif";
/// Font of labels.
const MONO: &str = "ui-monospace,SFMono-Regular,Menlo,Consolas,DejaVu Sans Mono,monospace";

/// The finished SVG: our own root around the elements drawn by plotters.
pub(super) fn finish(drawn: &str, width: u32, height: u32, summary: &str) -> String {
    // The first tag is plotters' own root, in tenths of a pixel.
    let inner = drawn.split_once('>').map_or("", |(_, inner)| inner);
    let inner = inner.trim_end().strip_suffix("</svg>").unwrap_or(inner);
    let fonts = if inner.contains("<text") { format!(" font-family=\"{SANS}\"") } else { String::new() };
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{}\"{fonts}>\n",
        escape(summary)
    );
    rewrite(inner, &mut svg);
    svg.push_str("</svg>\n");
    svg
}

/// Escapes text for attributes and elements.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Rewrites elements one by one. plotters escapes `<`, `>` and quotes in texts and attributes, so that each `<` opens a
/// tag and the next `>` closes it.
fn rewrite(mut rest: &str, out: &mut String) {
    while let Some((text, tail)) = rest.split_once('<') {
        let Some((tag, tail)) = tail.split_once('>') else { return };
        // plotters puts line ends around texts.
        out.push_str(text.trim_matches('\n'));
        element(tag, out);
        if tag.ends_with('/') || tag.starts_with('/') {
            out.push('\n');
        }
        rest = tail;
    }
}

/// Added to the width of a dashed line, in tenths of a pixel.
pub(super) const DASHED: u32 = 10_000;

fn element(tag: &str, out: &mut String) {
    let (tag, end) = tag.strip_suffix('/').map_or((tag, ">"), |tag| (tag, "/>"));
    let (name, mut rest) = tag.split_once(' ').unwrap_or((tag, ""));
    out.push('<');
    out.push_str(name);
    let unstroked = rest.contains("stroke=\"none\"");
    while let Some((key, tail)) = rest.split_once("=\"") {
        let Some((value, tail)) = tail.split_once('"') else { break };
        rest = tail;
        let key = key.trim();
        let idle = unstroked && (key == "stroke" || key == "stroke-width");
        let dashed =
            value.parse().ok().filter(|_| key == "stroke-width").and_then(|n: i64| n.checked_sub(DASHED.into()));
        if let Some(width) = dashed.filter(|width| *width >= 0) {
            out.push_str(&format!(" {key}=\"{}\" stroke-dasharray=\"7 3\"", tenths(width)));
        } else if let Some(value) = attribute(key, value).filter(|_| !idle) {
            out.push_str(&format!(" {key}=\"{value}\""));
        }
    }
    if name == "polyline" {
        out.push_str(" stroke-linejoin=\"round\"");
    }
    out.push_str(end);
}

/// An attribute's value in the finished SVG; `None` for a default.
fn attribute(key: &str, value: &str) -> Option<String> {
    match (key, value) {
        ("opacity", "1") | ("text-anchor", "start") | ("font-family", "sans-serif") => None,
        ("font-family", "monospace") => Some(MONO.into()),
        ("fill" | "stroke", "none") => Some(value.into()),
        ("fill" | "stroke", colour) => Some(themed(colour)),
        ("x" | "y" | "x1" | "y1" | "x2" | "y2" | "cx" | "cy" | "r" | "width" | "height" | "stroke-width", _) => {
            Some(pixels(value))
        }
        ("font-size", _) => {
            Some(value.parse::<f64>().map_or_else(|_| value.into(), |size| tenths(size.round() as i64)))
        }
        ("points", _) => {
            let points = value.split_whitespace().map(|point| {
                let (x, y) = point.split_once(',').unwrap_or((point, "0"));
                format!("{},{}", pixels(x), pixels(y))
            });
            Some(points.collect::<Vec<_>>().join(" "))
        }
        _ => Some(value.into()),
    }
}

fn themed(colour: &str) -> String {
    match Role::ALL.into_iter().find(|role| role.hex() == colour) {
        Some(role) => format!("var(--chart-{}, {colour})", role.name()),
        None => colour.into(),
    }
}

/// Whole tenths of a pixel as pixels.
fn pixels(text: &str) -> String {
    text.parse().map_or_else(|_| text.into(), tenths)
}

fn tenths(n: i64) -> String {
    let (sign, n) = (if n < 0 { "-" } else { "" }, n.unsigned_abs());
    if n % 10 == 0 { format!("{sign}{}", n / 10) } else { format!("{sign}{}.{}", n / 10, n % 10) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_by_hand() {
        for (tenth, pixel) in [("0", "0"), ("5", "0.5"), ("-5", "-0.5"), ("120", "12"), ("-1234", "-123.4")] {
            assert_eq!(pixels(tenth), pixel);
        }
    }

    #[test]
    fn elements_are_rewritten() {
        let drawn = "<svg width=\"100\">\n<circle cx=\"105\" r=\"40\" opacity=\"1\" fill=\"#2F5FD0\" stroke=\"none\" \
                     stroke-width=\"10\"/>\n<text x=\"5\" fill=\"#14171C\" font-family=\"sans-serif\" \
                     font-size=\"129.99999999999997\">\n#2F5FD0 &lt;b&gt; x=&quot;5&quot;\n</text>\n</svg>\n";
        let svg = finish(drawn, 10, 20, "a \"b\" <c>");
        let (root, body) = svg.split_once('\n').unwrap_or_default();
        assert!(root.contains("viewBox=\"0 0 10 20\" role=\"img\" aria-label=\"a &quot;b&quot; &lt;c&gt;\""), "{root}");
        assert_eq!(
            body,
            "<circle cx=\"10.5\" r=\"4\" fill=\"var(--chart-run, #2F5FD0)\"/>\n\
             <text x=\"0.5\" fill=\"var(--chart-ink, #14171C)\" font-size=\"13\">\
             #2F5FD0 &lt;b&gt; x=&quot;5&quot;</text>\n</svg>\n"
        );
    }
}
