//! The colours of charts can be told apart without red and green: the page's own, in both themes.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

const TOKENS: &str = include_str!("../style/tokens.css");

/// Linear light of a token in the light and the dark theme; references are followed.
fn token(name: &str) -> [[f64; 3]; 2] {
    let line = TOKENS.lines().find_map(|line| line.trim().strip_prefix(&format!("--{name}: "))).unwrap();
    let value = line.trim_end_matches(';');
    if let Some(other) = value.strip_prefix("var(--").and_then(|value| value.strip_suffix(')')) {
        return token(other);
    }
    let both = value.strip_prefix("light-dark(").and_then(|value| value.strip_suffix(')')).unwrap();
    let mut both = both.split(", ").map(|hex| {
        let byte = |at: usize| f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()) / 255.0;
        [byte(1), byte(3), byte(5)].map(|c| if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) })
    });
    [both.next().unwrap(), both.next().unwrap()]
}

/// Deuteranopia in linear light: Machado, Oliveira and Fernandes 2009, severity 1.0.
fn deuteranopia([r, g, b]: [f64; 3]) -> [f64; 3] {
    [
        0.367_322 * r + 0.860_646 * g - 0.227_968 * b,
        0.280_085 * r + 0.672_501 * g + 0.047_413 * b,
        -0.011_820 * r + 0.042_940 * g + 0.968_881 * b,
    ]
}

/// CIE L*a*b*, D65.
fn lab([r, g, b]: [f64; 3]) -> [f64; 3] {
    let f = |t: f64| if t > 216.0 / 24_389.0 { t.cbrt() } else { (24_389.0 / 27.0 * t + 16.0) / 116.0 };
    let x = f((0.412_456_4 * r + 0.357_576_1 * g + 0.180_437_5 * b) / 0.950_47);
    let y = f(0.212_672_9 * r + 0.715_152_2 * g + 0.072_175_0 * b);
    let z = f((0.019_333_9 * r + 0.119_192_0 * g + 0.950_304_1 * b) / 1.088_83);
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

/// CIE 1976 difference; some 2.3 is just noticeable.
fn difference(a: [f64; 3], b: [f64; 3]) -> f64 {
    let (a, b) = (lab(a), lab(b));
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
}

/// Ten times what is just noticeable. The limit is drawn in ink, a regression in the critical tone.
#[test]
fn baseline_run_limit_and_regressed_differ_in_deuteranopia() {
    let names = ["chart-baseline", "chart-run", "chart-ink", "chart-critical", "chart-card"];
    for (i, one) in names.iter().enumerate() {
        for other in &names[i + 1..] {
            for (theme, (a, b)) in ["light", "dark"].into_iter().zip(token(one).into_iter().zip(token(other))) {
                let seen = difference(deuteranopia(a), deuteranopia(b));
                assert!(seen > 23.0, "{one} and {other} in the {theme} theme: {seen:.1}");
            }
        }
    }
}

/// The check can fail: red and green of equal lightness.
#[test]
fn red_and_green_of_equal_lightness_are_refused() {
    let linear = |hex: [f64; 3]| hex.map(|c: f64| ((c / 255.0 + 0.055) / 1.055).powf(2.4));
    let (red, green) = (linear([200.0, 80.0, 60.0]), linear([110.0, 130.0, 30.0]));
    assert!(difference(red, green) > 50.0);
    assert!(difference(deuteranopia(red), deuteranopia(green)) < 23.0);
}
