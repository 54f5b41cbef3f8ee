//! Charts from outside: embeddable in a page, for any two runs.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeMap;

use loaddiff::chart::{
    Chart, Forest, Over, Size, dumbbell, ecdf, heatmap, latencies_over_time, percentile_plot, shift_plot, time_overlay,
    trend,
};
use loaddiff::compare::{Comparison, Verdict, compare, explore};
use loaddiff::policy::EvidenceIs;
use loaddiff::run::{
    Buckets, Distribution, Endpoint, Histogram, Interval, Latency, Metric, Percentile, PercentileTable, Rounding, Run,
    Timeline,
};
use loaddiff::{ingest, policy};
use proptest::prelude::*;
use roxmltree::{Document, Node};

const SIZES: [Size; 4] = [Size::WIDE, Size::HALF, Size::NARROW, Size { width: 1, narrow: true }];

/// The only attributes that may occur, by element. Presentation attributes and geometry: nothing that runs, loads,
/// identifies or styles.
const ALLOWED: &[(&str, &[&str])] = &[
    ("svg", &["class", "width", "height", "viewBox", "role", "aria-label", "font-family"]),
    ("rect", &["x", "y", "width", "height", "fill", "opacity"]),
    ("line", &["x1", "y1", "x2", "y2", "stroke", "stroke-width", "stroke-dasharray", "opacity"]),
    ("polyline", &["points", "fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linejoin", "opacity"]),
    ("polygon", &["points", "fill", "opacity"]),
    ("circle", &["cx", "cy", "r", "fill", "stroke", "stroke-width", "opacity"]),
    ("text", &["x", "y", "dy", "text-anchor", "font-family", "font-size", "font-weight", "fill"]),
];

/// Invariants of every chart.
fn check(chart: &Chart) {
    let document = Document::parse(&chart.svg).unwrap_or_else(|e| panic!("{e}\n{}", chart.svg));
    let root = document.root_element();
    assert_eq!(root.attribute("role"), Some("img"));
    assert_eq!(root.attribute("class"), Some("chart"));
    assert_eq!(root.attribute("aria-label"), Some(chart.summary.as_str()));
    assert!(!chart.summary.is_empty());
    let size = |name| number(root, name);
    let (width, height) = (size("width"), size("height"));
    assert_eq!(root.attribute("viewBox"), Some(format!("0 0 {width} {height}").as_str()));
    for node in root.descendants().filter(Node::is_element) {
        let name = node.tag_name().name();
        let (_, attributes) = ALLOWED.iter().find(|(n, _)| *n == name).unwrap_or_else(|| panic!("<{name}>"));
        for attribute in node.attributes() {
            let (key, value) = (attribute.name(), attribute.value());
            assert!(attributes.contains(&key), "{name} {key}");
            match key {
                "fill" | "stroke" => assert!(value == "none" || is_themed(value), "{value}"),
                "x" | "x1" | "x2" | "cx" => assert!((-0.5..=width + 0.5).contains(&number(node, key)), "{value}"),
                "y" | "y1" | "y2" | "cy" => assert!((-0.5..=height + 0.5).contains(&number(node, key)), "{value}"),
                "width" | "height" | "r" | "stroke-width" | "font-size" | "opacity" => {
                    assert!(number(node, key) >= 0.0, "{value}");
                }
                "points" => {
                    for point in points(node) {
                        assert!((0.0..=width).contains(&point.0) && (0.0..=height).contains(&point.1), "{point:?}");
                    }
                }
                _ => {}
            }
        }
    }
    check_points(chart, (width, height));
    let (header, rows) = &chart.table;
    assert!(!rows.is_empty() && rows.iter().all(|row| row.len() == header.len()));
    let texts = root.descendants().filter_map(|n| n.text()).map(str::to_owned);
    for text in texts.chain([chart.summary.clone()]).chain(rows.iter().flatten().cloned()) {
        let word = |w: &str| matches!(w.trim_matches(['(', ')', ',', '.', '+', '−']), "NaN" | "inf" | "-inf");
        assert!(!text.split_whitespace().any(word), "{text}");
        assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
    }
}

/// What the overlay reads is where it is drawn: in order on the axis, with a cell for each name.
fn check_points(chart: &Chart, (width, height): (f64, f64)) {
    if chart.points.is_empty() {
        return;
    }
    let mut lines = chart.points.split("\n\n").map(|part| part.lines().collect::<Vec<_>>());
    let head = lines.next().unwrap();
    let edges: Vec<f64> = head[1..5].iter().map(|edge| edge.parse().unwrap()).collect();
    let is_rows = head[0] == "rows";
    let (from, to) = if is_rows { (edges[1], edges[3]) } else { (edges[0], edges[2]) };
    assert!(edges[0] < edges[2] && edges[1] < edges[3] && edges[2] <= width && edges[3] <= height, "{edges:?}");
    let mut last = (f64::NEG_INFINITY, f64::NEG_INFINITY);
    for line in lines {
        assert_eq!(line.len(), 5 + head.len() - 5, "{line:?}");
        let (at, x): (f64, f64) = (line[0].parse().unwrap(), line[1].parse().unwrap());
        assert!(at >= last.0 && x >= last.1 && (from - 0.1..=to + 0.1).contains(&x), "{line:?} after {last:?}");
        for y in line[2..4].iter().filter(|y| **y != "-") {
            let y: f64 = y.parse().unwrap();
            assert!(y >= 0.0 && y <= if is_rows { width } else { height }, "{line:?}");
        }
        last = (at, x);
    }
}

/// The boxes of all texts, narrower than any font draws them: left, top, right, bottom.
fn text_boxes(document: &Document<'_>) -> Vec<(String, [f64; 4])> {
    elements(document, "text")
        .map(|node| {
            let (text, size) = (node.text().unwrap_or_default().to_owned(), number(node, "font-size"));
            let width = text.chars().map(|c| if ".,:;|il′' ".contains(c) { 0.25 } else { 0.48 }).sum::<f64>() * size;
            let (x, y) = (number(node, "x"), number(node, "y"));
            let left = match node.attribute("text-anchor") {
                Some("middle") => x - width / 2.0,
                Some("end") => x - width,
                _ => x,
            };
            (text, [left, y - size * 0.4, left + width, y + size * 0.4])
        })
        .collect()
}

/// No text lies on another one.
fn check_texts_apart(chart: &Chart) {
    let document = Document::parse(&chart.svg).unwrap();
    let boxes = text_boxes(&document);
    for (i, (text, a)) in boxes.iter().enumerate() {
        for (other, b) in &boxes[i + 1..] {
            let apart = a[2] <= b[0] || b[2] <= a[0] || a[3] <= b[1] || b[3] <= a[1];
            assert!(apart, "“{text}” {a:?} lies on “{other}” {b:?}: {}", chart.summary);
        }
    }
}

fn is_themed(value: &str) -> bool {
    let inner = value.strip_prefix("var(--chart-").and_then(|v| v.strip_suffix(')'));
    let (role, colour) = inner.and_then(|v| v.split_once(", ")).unwrap_or_default();
    let hex = colour.strip_prefix('#').is_some_and(|h| h.len() == 6 && h.chars().all(|c| c.is_ascii_hexdigit()));
    !role.is_empty() && role.chars().all(|c| c.is_ascii_lowercase()) && hex
}

fn number(node: Node<'_, '_>, key: &str) -> f64 {
    let value = node.attribute(key).unwrap_or_else(|| panic!("no {key}"));
    assert!(value.chars().all(|c| c.is_ascii_digit() || c == '.' || c == '-'), "{value}");
    value.parse().unwrap()
}

fn points(node: Node<'_, '_>) -> Vec<(f64, f64)> {
    let pair = |p: &str| p.split_once(',').map(|(x, y)| (x.parse().unwrap(), y.parse().unwrap())).unwrap();
    node.attribute("points").unwrap().split(' ').map(pair).collect()
}

fn elements<'a>(document: &'a Document<'a>, name: &'a str) -> impl Iterator<Item = Node<'a, 'a>> {
    document.descendants().filter(move |n| n.tag_name().name() == name)
}

fn role_of(node: Node<'_, '_>, key: &str) -> String {
    let value = node.attribute(key).unwrap_or_default();
    value.strip_prefix("var(--chart-").and_then(|v| v.split(',').next()).unwrap_or(value).to_owned()
}

/// The circles of a dumbbell without those of its legend: baselines and runs.
fn dots(chart: &Chart) -> (Vec<f64>, Vec<(f64, String)>) {
    let document = Document::parse(&chart.svg).unwrap();
    let circles: Vec<_> = elements(&document, "circle").skip(2).collect();
    let baseline = circles.iter().step_by(2).map(|c| number(*c, "cx")).collect();
    let run = circles.iter().skip(1).step_by(2).map(|c| (number(*c, "cx"), role_of(*c, "fill"))).collect();
    (baseline, run)
}

fn endpoint(name: &str, requests: u64, values: &[(u32, f64)]) -> Endpoint {
    Endpoint {
        method: Some("GET".into()),
        name: name.into(),
        requests: Some(requests),
        failures: Some(0),
        latency: Latency {
            distribution: Distribution::Table(PercentileTable {
                values_ms: values.iter().map(|(p, v)| (Percentile(*p), *v)).collect(),
                rounding: Rounding::None,
            }),
            ..Latency::default()
        },
        ..Endpoint::default()
    }
}

fn run(mut endpoints: Vec<Endpoint>) -> Run {
    endpoints.sort_by(|a, b| a.key().cmp(&b.key()));
    endpoints.dedup_by(|a, b| a.key() == b.key());
    Run {
        total: endpoints.first().map(|e| Endpoint { method: None, name: "Total".into(), ..e.clone() }),
        endpoints: endpoints.into(),
        ..Run::default()
    }
}

fn judged(baseline: Run, run: Run) -> Comparison {
    compare(baseline, run, policy::profile("default").unwrap())
}

/// Two runs whose endpoints have these 95th percentiles.
fn by_p95(pairs: &[(f64, f64)]) -> Comparison {
    let side = |pick: fn(&(f64, f64)) -> f64| {
        run(pairs.iter().enumerate().map(|(i, p)| endpoint(&format!("/{i:05}"), 1000, &[(95_000, pick(p))])).collect())
    };
    // By limits alone: independent of evidence.
    let thresholds = "[compare]\nevidence = \"ignore\"\n[[rule]]\nmetric = \"p95_latency_ms\"\n\
                      warn = { all = [\"+10%\", \"+5ms\"] }\nfail = { all = [\"+20%\", \"+10ms\"] }\n";
    let policy = loaddiff::policy::parse("thresholds.toml", thresholds).unwrap();
    loaddiff::compare::compare(side(|p| p.0), side(|p| p.1), policy)
}

fn interval(end_s: i64, requests: u64, mean_ms: f64) -> Interval {
    Interval { end_s, length_s: 1, requests, mean_ms: (requests > 0).then_some(mean_ms), ..Interval::default() }
}

/// Two runs with these timelines.
fn over_time(baseline: Vec<Interval>, after: Vec<Interval>) -> Comparison {
    let side = |intervals| Run {
        timeline: Some(Timeline { intervals, grid: None }),
        ..run(vec![endpoint("/a", 1000, &[(95_000, 10.0)])])
    };
    judged(side(baseline.into()), side(after.into()))
}

fn sample() -> Comparison {
    let side = |name: &str| {
        let read = |kind: &str| {
            let file = format!("{name}_{kind}.csv");
            ingest::read(&file, &std::fs::read(format!("samples/{file}")).unwrap()).unwrap()
        };
        ingest::assemble(["stats", "stats_history", "failures"].map(read).into(), ingest::Parts::Refuse).unwrap()
    };
    judged(side("baseline"), side("run"))
}

/// Every chart of a comparison.
fn all_charts(comparison: &Comparison, size: Size) -> Vec<Chart> {
    let percentiles = [Percentile::P50, Percentile::P90, Percentile::P95].map(Metric::Latency);
    let mut charts: Vec<Chart> = percentiles
        .into_iter()
        .chain([Metric::Mean, Metric::ErrorRate, Metric::Rps])
        .filter_map(|metric| dumbbell(comparison, &metric, 12, size))
        .collect();
    for metric in [Metric::Latency(Percentile::P95), Metric::ErrorRate] {
        if let Some(forest) = Forest::new(comparison, &metric, size) {
            charts.push(forest.head());
            charts.extend(comparison.subjects.iter().filter_map(|s| forest.row(s)));
        }
    }
    for subject in &comparison.subjects {
        charts.extend(percentile_plot(subject, size));
        charts.extend(shift_plot(subject, &explore(comparison, subject), Some((Percentile::P95, 10.0)), size));
        charts.extend(
            [Over::Latency, Over::Throughput, Over::Errors]
                .into_iter()
                .filter_map(|what| time_overlay(comparison, subject, what, size)),
        );
        let more = latencies_over_time(comparison, subject).into_iter().skip(1).chain([Over::Users]);
        charts.extend(more.filter_map(|what| time_overlay(comparison, subject, what, size)));
        charts.extend(ecdf(subject, size));
        charts.extend(heatmap(comparison, subject, size));
    }
    charts
}

#[test]
fn the_sample_draws_every_chart() {
    let comparison = sample();
    for size in SIZES {
        let charts = all_charts(&comparison, size);
        // Six dumbbells, two forests of a head and nine rows, three plots per subject; over time the mean,
        // throughput, errors and users of all. Percentiles of Locust's history are of the run so far.
        assert_eq!(charts.len(), 6 + 2 * 10 + 3 * 9 + 4);
        charts.iter().for_each(check);
        if size.width > 1 {
            charts.iter().for_each(check_texts_apart);
        }
        assert_eq!(charts, all_charts(&comparison, size));
    }
    let chart = dumbbell(&comparison, &Metric::Latency(Percentile::P95), 12, Size::WIDE).unwrap();
    let judged = comparison.subjects.iter().find(|s| s.name == "/v1/chat").unwrap();
    let judged = judged.row(&Metric::Latency(Percentile::P95)).unwrap().verdict.as_str();
    let said = format!(
        "p95 response time of 8 endpoints, from baseline to run on a logarithmic axis. Most severe: POST /v1/chat, \
         from 430 ms to 660 ms (+53 %, {judged})."
    );
    assert_eq!(chart.summary, said);
    assert_eq!(chart.table.0, ["Endpoint", "Baseline p95", "Run p95", "Change", "Interval", "Verdict"]);
    let first = &chart.table.1[0];
    assert_eq!(first[..4], ["POST /v1/chat", "430 ms", "660 ms", "+53 %"]);
    assert!(first[4].contains(" to ") && first[5] == judged, "{first:?}");
    for text in ["POST /v1/chat", "430 ms → 660 ms", "+53 %", "−33 %"] {
        assert!(chart.svg.contains(&format!(">{text}</text>")), "{text}");
    }
    let total = comparison.total().unwrap();
    let chart = time_overlay(&comparison, total, Over::Latency, Size::WIDE).unwrap();
    assert!(chart.summary.contains("in intervals of 1 s"), "{}", chart.summary);
}

#[test]
fn a_dumbbell_has_two_circles_a_row_in_the_order_of_their_values() {
    let pairs: Vec<(f64, f64)> = (1..=40).map(|i| (f64::from(i * i), f64::from(41 - i) * 3.5)).collect();
    let comparison = by_p95(&pairs);
    for size in SIZES {
        let chart = dumbbell(&comparison, &Metric::Latency(Percentile::P95), 25, size).unwrap();
        check(&chart);
        let (baseline, run) = dots(&chart);
        assert_eq!((baseline.len(), run.len(), chart.table.1.len()), (25, 25, 25));
        let named = |name: &str| comparison.subjects.iter().find(|s| s.shown() == name).unwrap();
        let subjects: Vec<_> = chart.table.1.iter().map(|cells| named(&cells[0])).collect();
        let mut by_value: Vec<(f64, f64)> = Vec::new();
        for ((subject, from), (to, _)) in subjects.iter().zip(&baseline).zip(&run) {
            let row = subject.rows.iter().find(|r| r.metric.title() == "p95").unwrap();
            by_value.push((row.baseline.number.unwrap(), *from));
            by_value.push((row.run.number.unwrap(), *to));
        }
        by_value.sort_by(|a, b| a.0.total_cmp(&b.0));
        assert!(by_value.is_sorted_by(|a, b| a.1 <= b.1), "{by_value:?}");
        assert!(chart.summary.ends_with("25 of 40 endpoints shown."), "{}", chart.summary);
    }
}

#[test]
fn dots_have_the_colour_of_their_verdict() {
    // By limits alone: a single percentile is no evidence.
    let Comparison { baseline, run, .. } = by_p95(&[(100.0, 200.0), (100.0, 107.0), (100.0, 100.0), (200.0, 100.0)]);
    let rule = "[[rule]]\nmetric = \"p95_latency_ms\"\nwarn = { any = [\"+5%\"] }\nfail = { any = [\"+10%\"] }";
    let mut policy = policy::parse("rule.toml", rule).unwrap();
    policy.compare.evidence = EvidenceIs::Ignore;
    let comparison = compare(baseline, run, policy);
    let chart = dumbbell(&comparison, &Metric::Latency(Percentile::P95), 9, Size::WIDE).unwrap();
    let (_, run) = dots(&chart);
    let mut drawn: Vec<_> = comparison
        .endpoints_by_severity()
        .map(|(_, s)| s.rows.iter().find(|r| r.metric.title() == "p95").unwrap().verdict)
        .zip(run.iter().map(|(_, role)| role.as_str()))
        .collect();
    drawn.sort();
    assert_eq!(
        drawn,
        [
            (Verdict::Critical, "critical"),
            (Verdict::Warning, "warning"),
            (Verdict::Improved, "improved"),
            (Verdict::Pass, "run"),
        ]
    );
}

/// 10,000 requests per side with response times of 1, 2, … 100 ms; the run's are `factor` times as long.
fn sampled(factor: u64) -> Comparison {
    let side = |factor: u64| {
        let samples = Histogram::of((1..=100).map(|ms| (ms * factor * 1_000_000, 100)));
        let latency = Latency { distribution: Distribution::Samples(samples), ..Latency::default() };
        run(vec![Endpoint { latency, ..endpoint("/a", 10_000, &[]) }])
    };
    judged(side(1), side(factor))
}

/// Two runs with failures of 1 in 300 and 15 in 1,500: statistics.md §5 has the interval, −0.91 to +1.37 pp.
fn seed_errors() -> Comparison {
    let side = |requests, failures| run(vec![Endpoint { failures: Some(failures), ..endpoint("/a", requests, &[]) }]);
    judged(side(300, 1), side(1500, 15))
}

/// 1 % and 4 % of an axis from 0 to 4 %: the baseline is a quarter of the way to the run. Change in percentage points.
#[test]
fn a_dumbbell_of_error_rates_has_an_axis_from_zero() {
    let side = |failures: [u64; 2]| {
        let of = |(name, failures)| Endpoint { failures: Some(failures), ..endpoint(name, 5000, &[]) };
        run(["/a", "/b"].into_iter().zip(failures).map(of).collect())
    };
    let comparison = judged(side([0, 50]), side([0, 200]));
    for size in SIZES {
        let chart = dumbbell(&comparison, &Metric::ErrorRate, 12, size).unwrap();
        check(&chart);
        let cells: Vec<&str> = chart.table.1[0][..4].iter().map(String::as_str).collect();
        assert_eq!(cells, ["GET /b", "1 %", "4 %", "+3 pp"]);
        assert_eq!(chart.table.1[1][..4], ["GET /a", "0 %", "0 %", "0 pp"]);
        let summary = "Error rate of 2 endpoints, from baseline to run. Most severe: GET /b, from 1 % to 4 % (+3 pp, ";
        assert!(chart.summary.starts_with(summary), "{}", chart.summary);
        let (baseline, run) = dots(&chart);
        let zero = baseline[1];
        assert!((run[1].0 - zero).abs() < 0.01);
        assert!(((run[0].0 - zero) / (baseline[0] - zero) - 4.0).abs() < 0.05, "{baseline:?} {run:?}");
    }
}

/// What is drawn decides the order: `/a` is the most severe by its p99, `/b` by the p95 that is drawn.
#[test]
fn a_dumbbell_is_ranked_by_the_metric_it_draws() {
    let side = |a99: f64, b95: f64| {
        run(vec![
            endpoint("/a", 100_000, &[(50_000, 50.0), (95_000, 100.0), (99_000, a99)]),
            endpoint("/b", 100_000, &[(50_000, 50.0), (95_000, b95), (99_000, 900.0)]),
        ])
    };
    let rule = "[[rule]]\nmetric = \"p95_latency_ms\"\nfail = { any = [\"+10%\"] }\n\
                [[rule]]\nmetric = \"p99_latency_ms\"\nfail = { any = [\"+10%\"] }";
    let mut policy = policy::parse("rule.toml", rule).unwrap();
    policy.compare.evidence = EvidenceIs::Ignore;
    let comparison = compare(side(200.0, 100.0), side(800.0, 130.0), policy);
    assert_eq!(comparison.endpoints_by_severity().next().unwrap().1.name, "/a");
    let first = |p| dumbbell(&comparison, &Metric::Latency(p), 1, Size::WIDE).unwrap().table.1[0][0].clone();
    assert_eq!(first(Percentile::P95), "GET /b");
    assert_eq!(first(Percentile::P99), "GET /a");
}

#[test]
fn a_forest_row_has_a_summary() {
    let comparison = seed_errors();
    let forest = Forest::new(&comparison, &Metric::ErrorRate, Size::WIDE).unwrap();
    let chart = forest.row(comparison.endpoints_by_severity().next().unwrap().1).unwrap();
    check(&chart);
    let [change, interval, limit] = chart.table.1[0].as_slice() else { panic!("{:?}", chart.table) };
    assert_eq!((change.as_str(), limit.as_str()), ("+0.667 pp", "+0.5 pp"));
    assert!(interval.starts_with("−0.91") && interval.ends_with("to +1.37 pp"), "{interval}");
    assert_eq!(chart.summary, format!("error rate {change}, 95 % interval {interval}; limit {limit}"));
    // Unclear: an open dot without colour.
    let document = Document::parse(&chart.svg).unwrap();
    let dots: Vec<_> = elements(&document, "circle").map(|c| role_of(c, "fill")).collect();
    assert_eq!(dots, ["unknown", "card"]);
}

/// Zero is in the middle of the axis, increases to the right, decreases to the left, and double is as far from it as
/// half.
#[test]
fn a_forest_has_one_axis_for_all_rows() {
    let comparison = by_p95(&[(100.0, 200.0), (200.0, 100.0), (100.0, 100.0)]);
    for size in SIZES {
        let forest = Forest::new(&comparison, &Metric::Latency(Percentile::P95), size).unwrap();
        check(&forest.head());
        let mut places = BTreeMap::new();
        for subject in comparison.subjects.iter().filter(|s| s.method.is_some()) {
            let chart = forest.row(subject).unwrap();
            check(&chart);
            let document = Document::parse(&chart.svg).unwrap();
            let width = number(document.root_element(), "width");
            let dot = elements(&document, "circle").next().unwrap();
            places.insert(subject.name.clone(), number(dot, "cx") - width / 2.0);
        }
        let (up, down, same) = (places["/00000"], places["/00001"], places["/00002"]);
        assert!(up > 20.0 && (up + down).abs() <= 0.2 && same.abs() <= 0.1, "{places:?}");
    }
}

/// A value far beyond the axis is an arrow at its end: a triangle without a dot.
#[test]
fn an_outlier_is_cut_off_and_does_not_compress_the_rest() {
    let mut pairs = vec![(100.0, 105.0); 20];
    pairs.push((1.0, 1e6));
    let comparison = by_p95(&pairs);
    let forest = Forest::new(&comparison, &Metric::Latency(Percentile::P95), Size::WIDE).unwrap();
    let of = |name: &str| forest.row(comparison.subjects.iter().find(|s| s.name == name).unwrap()).unwrap();
    let outlier = of("/00020");
    check(&outlier);
    let document = Document::parse(&outlier.svg).unwrap();
    assert_eq!(elements(&document, "circle").count(), 0);
    let tip = elements(&document, "polygon").flat_map(points).map(|p| p.0).fold(0.0, f64::max);
    assert!(tip > 190.0, "{tip}");
    assert!(elements(&Document::parse(&of("/00000").svg).unwrap(), "circle").count() > 0);
}

/// Doksum's shift function of a run that takes twice as long everywhere is +100 % everywhere. 10,000 requests: 10 are
/// above p99.9, one is above p99.99.
#[test]
fn a_shift_plot_is_flat_where_everything_took_twice_as_long() {
    let comparison = sampled(2);
    let subject = comparison.endpoints_by_severity().next().unwrap().1;
    let explored = explore(&comparison, subject);
    assert!(explored.shift.iter().all(|s| s.change_pct() == Some(100.0)), "{:?}", explored.shift);
    for size in SIZES {
        let chart = shift_plot(subject, &explored, Some((Percentile::P95, 10.0)), size).unwrap();
        check(&chart);
        let document = Document::parse(&chart.svg).unwrap();
        let ys: Vec<f64> = elements(&document, "circle").map(|c| number(c, "cy")).collect();
        assert_eq!(ys.len(), explored.shift.len());
        assert!(ys.iter().all(|y| (y - ys[0]).abs() < 0.11), "{ys:?}");
        let hollow = elements(&document, "circle").filter(|c| role_of(*c, "fill") == "none").count();
        assert_eq!(hollow, 1);
        assert!(chart.summary.contains("The limit of p95 is +10 %."), "{}", chart.summary);
    }
}

/// By hand: of 10,000 pairs of values (a, 2b) with a and b in 1..=100, Σ over b of the a below 2b is 50·51 − 50 + 50·100
/// = 7,500, ties are 50, and above are 2,450: δ = (7,500 − 2,450) ÷ 10,000 = 0.505.
#[test]
fn samples_are_explored() {
    let comparison = sampled(2);
    let explored = explore(&comparison, comparison.endpoints_by_severity().next().unwrap().1);
    let samples = explored.samples.unwrap();
    assert_eq!(samples.n, (10_000, 10_000));
    assert!((samples.delta.unwrap().delta - 0.505).abs() < 1e-12, "{:?}", samples.delta);
    // At 100 ms all of the baseline is below, and half of the run.
    assert!((samples.shape.unwrap().distance - 0.5).abs() < 1e-12, "{:?}", samples.shape);
    let tables = by_p95(&[(1.0, 2.0)]);
    assert_eq!(explore(&tables, &tables.subjects[0]).samples, None);
}

#[test]
fn odd_values_are_drawn() {
    let odd = [0.0, 5e-324, 1e-9, 0.4, 1.0, 430.0, 1e15, 1e308, f64::MAX];
    let pairs: Vec<_> = odd.iter().flat_map(|a| odd.map(|b| (*a, b))).collect();
    let comparison = by_p95(&pairs);
    let single: Vec<_> = pairs.iter().map(|pair| by_p95(&[*pair])).collect();
    for size in SIZES {
        all_charts(&comparison, size).iter().for_each(check);
        for one in &single {
            check(&dumbbell(one, &Metric::Latency(Percentile::P95), 1, size).unwrap());
        }
    }
}

#[test]
fn without_data_there_is_no_chart() {
    let nothing = judged(Run::default(), Run::default());
    assert_eq!(dumbbell(&nothing, &Metric::Latency(Percentile::P95), 12, Size::WIDE), None);
    let comparison = by_p95(&[(1.0, 2.0)]);
    assert_eq!(dumbbell(&comparison, &Metric::Latency(Percentile::P95), 0, Size::WIDE), None);
    assert_eq!(dumbbell(&comparison, &Metric::Latency(Percentile::P99), 12, Size::WIDE), None);
    assert!(Forest::new(&nothing, &Metric::ErrorRate, Size::WIDE).is_none());
    assert!(Forest::new(&comparison, &Metric::Latency(Percentile::P99), Size::WIDE).is_none());
    // One percentile is not a line.
    let explored = explore(&comparison, &comparison.subjects[0]);
    assert_eq!(shift_plot(&comparison.subjects[0], &explored, None, Size::WIDE), None);
    let subject = &comparison.subjects[0];
    assert_eq!(time_overlay(&comparison, subject, Over::Latency, Size::WIDE), None);
    let mut bare = subject.clone();
    (bare.baseline, bare.run) = (None, Some(Endpoint::default()));
    assert_eq!(percentile_plot(&bare, Size::WIDE), None);
    let empty = over_time(vec![], vec![]);
    assert_eq!(time_overlay(&empty, empty.total().unwrap(), Over::Errors, Size::WIDE), None);
    let idle = over_time((0..5).map(|i| interval(i, 0, 0.0)).collect(), vec![]);
    assert_eq!(time_overlay(&idle, idle.total().unwrap(), Over::Latency, Size::WIDE), None);
    assert!(time_overlay(&idle, idle.total().unwrap(), Over::Throughput, Size::WIDE).is_some());
}

#[test]
fn ten_thousand_rows() {
    let pairs: Vec<_> = (0..10_000).map(|i| (f64::from(i), f64::from(i) * 1.1)).collect();
    let comparison = by_p95(&pairs);
    let chart = dumbbell(&comparison, &Metric::Latency(Percentile::P95), usize::MAX, Size::WIDE).unwrap();
    assert_eq!((dots(&chart).0.len(), chart.table.1.len()), (10_000, 10_000));
}

#[test]
fn hostile_names_are_text() {
    let names = [
        "<img src=x onerror=alert(1)>",
        "</text><script>alert(1)</script>",
        "\" onload=\"alert(1)",
        "a&b&amp;c 'd' \"e\"",
        "line\none\r\ntwo\ttab",
        "nul\u{0}esc\u{1b}[31m\u{FFFF}",
        "#2F5FD0 var(--chart-run, #2F5FD0)",
        "/שלום/عالم",
        "\u{202E}gnp.exe",
        "",
        "]]>",
    ];
    let long = "/very/long".repeat(10_000);
    let names: Vec<&str> = names.into_iter().chain([long.as_str()]).collect();
    let side = |factor: f64| {
        run(names.iter().map(|n| endpoint(n, 1000, &[(50_000, 5.0 * factor), (95_000, 100.0 * factor)])).collect())
    };
    let comparison = judged(side(1.0), side(2.0));
    for size in SIZES {
        for chart in all_charts(&comparison, size) {
            check(&chart);
            assert!(chart.summary.chars().count() < 500);
            assert!(chart.svg.len() < 40_000);
            assert!(!chart.svg.contains("<img") && !chart.svg.contains("<script"));
        }
    }
    let chart = dumbbell(&comparison, &Metric::Latency(Percentile::P95), 99, Size::WIDE).unwrap();
    let document = Document::parse(&chart.svg).unwrap();
    let texts: Vec<_> = elements(&document, "text").filter_map(|n| n.text()).collect();
    for name in [
        "GET <img src=x onerror=alert(1)>",
        "GET a&b&amp;c 'd' \"e\"",
        "GET line one  two tab",
        "GET nul\u{FFFD}esc\u{FFFD}[31m\u{FFFD}",
        "GET #2F5FD0 var(--chart-run, #2F5FD0)",
        "GET gnp.exe",
    ] {
        assert!(texts.contains(&name), "{name}: {texts:?}");
    }
    assert!(texts.iter().any(|t| t.starts_with("GET /very") && t.contains('…')));
}

fn subject_with(baseline: Option<Endpoint>, run: Option<Endpoint>) -> loaddiff::compare::Subject {
    let mut subject = by_p95(&[(1.0, 1.0)]).subjects[0].clone();
    (subject.baseline, subject.run) = (baseline, run);
    subject
}

#[test]
fn percentiles_beyond_what_the_requests_support_are_marked() {
    let table = [(50_000, 10.0), (90_000, 20.0), (99_000, 30.0), (99_900, 40.0), (99_990, 50.0), (100_000, 60.0)];
    // 2,000 requests: 20 above p99, 2 above p99.9, less than one above p99.99.
    let subject = subject_with(None, Some(endpoint("/a", 2000, &table)));
    for size in SIZES {
        let chart = percentile_plot(&subject, size).unwrap();
        check(&chart);
        let document = Document::parse(&chart.svg).unwrap();
        let circles: Vec<_> = elements(&document, "circle").collect();
        let fills: Vec<_> = circles.iter().map(|c| role_of(*c, "fill")).collect();
        assert_eq!(fills, ["run", "run", "run", "none"]);
        let xs: Vec<_> = circles.iter().map(|c| number(*c, "cx")).collect();
        assert!(xs.is_sorted_by(|a, b| a < b));
        // Each further nine has the same width: p90 to p99, p99 to p99.9.
        assert!((xs[2] - xs[1] - (xs[3] - xs[2])).abs() <= 0.2, "{xs:?}");
        let ys: Vec<_> = circles.iter().map(|c| number(*c, "cy")).collect();
        assert!(ys.is_sorted_by(|a, b| a > b));
        assert_eq!(chart.table.1.len(), 6);
        assert_eq!(chart.table.1[5], ["max", "–", "60 ms", "–"]);
        assert!(chart.summary.contains("Only the run has percentiles"), "{}", chart.summary);
        assert!(chart.summary.contains("fewer than 10 requests"), "{}", chart.summary);
        // Without a number of requests only the maximum is omitted.
        let mut unknown = endpoint("/a", 0, &table);
        unknown.requests = None;
        let chart = percentile_plot(&subject_with(Some(unknown), None), size).unwrap();
        check(&chart);
        assert_eq!(elements(&Document::parse(&chart.svg).unwrap(), "circle").count(), 5);
    }
}

#[test]
fn percentiles_of_single_requests_and_counts() {
    for requests in [0, 1, 2, 10, 11] {
        let one = endpoint("/a", requests, &[(50_000, 10.0), (95_000, 10.0), (99_000, 10.0)]);
        check(&percentile_plot(&subject_with(Some(one.clone()), Some(one)), Size::HALF).unwrap());
    }
    let mut counted = endpoint("/a", 1000, &[]);
    let counts_by_us: BTreeMap<u64, u64> = (1..=100).map(|i| (i * 1000, 10)).collect();
    counted.latency.distribution = Distribution::Buckets(Buckets { counts_by_us, rounding: Rounding::None });
    let chart = percentile_plot(&subject_with(Some(counted.clone()), Some(counted)), Size::HALF).unwrap();
    check(&chart);
    assert!(chart.summary.contains("follow from the tool's counts"), "{}", chart.summary);
}

/// The lines of the baseline or the run, without the legend's.
fn lines(chart: &Chart, role: &str) -> Vec<Vec<(f64, f64)>> {
    let document = Document::parse(&chart.svg).unwrap();
    elements(&document, "polyline").filter(|n| role_of(*n, "stroke") == role).map(points).collect()
}

#[test]
fn gaps_break_the_line_of_latency_and_not_of_throughput() {
    let idle = |i: i64| (4..6).contains(&i);
    let intervals: Vec<_> = (0..10).map(|i| interval(1000 + i, if idle(i) { 0 } else { 5 }, 10.0)).collect();
    let later: Vec<_> = (0..10).map(|i| interval(50_000 + i, 5, 20.0)).collect();
    let comparison = over_time(intervals, later);
    let total = comparison.total().unwrap();
    for size in SIZES {
        let chart = |what| time_overlay(&comparison, total, what, size).unwrap();
        let latency = chart(Over::Latency);
        check(&latency);
        let baseline = lines(&latency, "baseline");
        assert_eq!(baseline.iter().map(Vec::len).collect::<Vec<_>>(), [4, 4]);
        // Each from its own start: the runs are superimposed.
        let run = lines(&latency, "run");
        assert_eq!(run.len(), 1);
        assert_eq!((run[0][0].0, run[0][9].0), (baseline[0][0].0, baseline[1][3].0));
        assert!(run[0].is_sorted_by(|a, b| a.0 < b.0));
        assert!(run[0][0].1 < baseline[0][0].1);
        let throughput = chart(Over::Throughput);
        check(&throughput);
        assert_eq!(lines(&throughput, "baseline")[0].len(), 10);
        check(&chart(Over::Errors));
    }
}

/// The reported bug: the name of the limit on the line of no change. Limits and changes of every size and sign.
#[test]
fn the_name_of_a_limit_is_off_the_line_of_no_change_and_other_texts() {
    let points =
        |factor: f64| [(50_000, 20.0 * factor), (90_000, 40.0 * factor), (95_000, 60.0), (99_000, 90.0 * factor)];
    for change in [0.4, 0.9, 0.98, 1.0, 1.01, 1.05, 1.5, 3.0] {
        let side = |factor: f64| run(vec![endpoint("/a", 100_000, &points(factor))]);
        let comparison = judged(side(1.0), side(change));
        let subject = comparison.endpoints_by_severity().next().unwrap().1;
        let explored = explore(&comparison, subject);
        for (percentile, size) in
            [Percentile::P50, Percentile::P95].into_iter().flat_map(|p| SIZES[..3].iter().map(move |s| (p, *s)))
        {
            for limit in [-20.0, -1.0, 0.5, 1.0, 2.0, 5.0, 10.0, 25.0, 80.0] {
                let chart = shift_plot(subject, &explored, Some((percentile, limit)), size).unwrap();
                check(&chart);
                check_texts_apart(&chart);
                let document = Document::parse(&chart.svg).unwrap();
                let zero = elements(&document, "line").find(|n| n.attribute("stroke-width") == Some("1.2")).unwrap();
                let zero = number(zero, "y1");
                let (_, name) = text_boxes(&document).into_iter().find(|(text, _)| text.contains("limit")).unwrap();
                assert!(name[3] <= zero || name[1] >= zero, "change {change}, limit {limit}: {name:?} on {zero}");
                assert!(name[0] >= 0.0 && name[2] <= number(document.root_element(), "width"), "{name:?}");
            }
        }
    }
}

/// The baseline is solid and the run dashed, in the legend as in the chart.
#[test]
fn lines_of_the_run_are_dashed() {
    let line = |at: i64| (0..40).map(|i| interval(at + i, 5, 10.0)).collect();
    let comparison = over_time(line(1000), line(90_000));
    let chart = time_overlay(&comparison, comparison.total().unwrap(), Over::Latency, Size::HALF).unwrap();
    let document = Document::parse(&chart.svg).unwrap();
    let lines: Vec<_> = elements(&document, "polyline").chain(elements(&document, "line")).collect();
    let dashes = |role: &str| -> Vec<bool> {
        let of = lines.iter().filter(|n| role_of(**n, "stroke") == role && n.attribute("stroke-width") != Some("1"));
        of.map(|n| n.attribute("stroke-dasharray").is_some()).collect()
    };
    assert_eq!(dashes("run"), [true, true]);
    assert_eq!(dashes("baseline"), [false, false]);
}

/// Raw samples: 40 s of 50 requests a second, 10 ms and in the run 20 ms, every tenth ten times as long.
fn raw() -> Comparison {
    let side = |factor: u64| {
        let mut csv = String::from("timeStamp,elapsed,label,responseCode,success,allThreads\n");
        for i in 0..2_000_u64 {
            let ms = factor * if i % 10 == 9 { 100 } else { 10 };
            csv.push_str(&format!("{},{ms},/a,200,true,5\n", 1_700_000_000_000 + i * 20));
        }
        ingest::assemble(vec![ingest::read("a.jtl", csv.as_bytes()).unwrap()], ingest::Parts::Refuse).unwrap()
    };
    judged(side(1), side(2))
}

#[test]
fn percentiles_over_time_are_of_steps_with_enough_requests() {
    let comparison = raw();
    let subject = comparison.endpoints_by_severity().next().unwrap().1;
    let all = latencies_over_time(&comparison, subject);
    let percentile = Over::Percentile;
    assert_eq!(
        all,
        [Over::Latency, percentile(Percentile::P50), percentile(Percentile::P95), percentile(Percentile::P99)]
    );
    let chart = |p| time_overlay(&comparison, subject, percentile(p), Size::HALF).unwrap();
    // 50 requests a second: two above the 99th percentile need four seconds, and five is round.
    assert!(chart(Percentile::P99).summary.contains("drawn in steps of 5 s"), "{}", chart(Percentile::P99).summary);
    let row = &chart(Percentile::P95).table.1[3];
    assert_eq!(row[1..], ["100 ms", "200 ms"], "{row:?}");
    check(&chart(Percentile::P50));
    let users = time_overlay(&comparison, comparison.total().unwrap(), Over::Users, Size::HALF).unwrap();
    assert!(users.summary.contains("At most: baseline 5"), "{}", users.summary);
}

/// By hand: 9 of 10 requests take 10 ms in the baseline and 20 ms in the run.
#[test]
fn an_ecdf_ends_where_samples_end() {
    let comparison = raw();
    let subject = comparison.endpoints_by_severity().next().unwrap().1;
    for size in SIZES {
        let chart = ecdf(subject, size).unwrap();
        check(&chart);
        check_texts_apart(&chart);
        let at = |ms: f64| {
            let cells = chart.points.split("\n\n").skip(1).map(|part| part.lines().collect::<Vec<_>>());
            let near = cells.min_by(|a, b| {
                let far = |cells: &[&str]| (cells[0].parse::<f64>().unwrap() - ms.log10()).abs();
                far(a).total_cmp(&far(b))
            });
            near.unwrap()[5..].iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(at(15.0), ["90 %", "0 %", "−90 pp"]);
        assert_eq!(at(50.0)[..2], ["90 %", "90 %"]);
        // The baseline has nothing above 100 ms.
        assert_eq!(at(150.0), ["–", "90 %", "–"]);
        let ends: Vec<(f64, f64)> = ["baseline", "run"].map(|role| *lines(&chart, role)[0].last().unwrap()).into();
        assert!(ends[0].0 < ends[1].0 && (ends[0].1 - ends[1].1).abs() < 0.2, "{ends:?}");
    }
}

/// One scale of colour: the busiest cell of both panels is opaque, and an equal number of requests is equally dark in
/// both.
#[test]
fn a_heatmap_has_one_scale_of_colour() {
    let comparison = raw();
    let subject = comparison.endpoints_by_severity().next().unwrap().1;
    for size in SIZES {
        let chart = heatmap(&comparison, subject, size).unwrap();
        check(&chart);
        let document = Document::parse(&chart.svg).unwrap();
        let cells: Vec<_> = elements(&document, "rect").filter(|n| role_of(*n, "fill") == "run").skip(6).collect();
        // 45 of 50 a second in one row, and 5 in another: neighbours are one rectangle, in both panels alike. The last
        // second is not whole.
        let opacity = |n: &Node<'_, '_>| n.attribute("opacity").unwrap_or("1").to_owned();
        let mut shades: Vec<String> = cells.iter().map(opacity).collect();
        shades.sort();
        assert!(shades.len() < 8 && shades.chunks(2).all(|pair| pair[0] == pair[1]), "{shades:?}");
        assert!(shades[0] != shades[2] && shades.last().unwrap() == "1", "{shades:?}");
        assert!(chart.svg.len() < 12_000);
    }
    assert_eq!(heatmap(&sample(), sample().total().unwrap(), Size::HALF), None);
}

#[test]
fn a_long_run_is_thinned() {
    let intervals = |base: f64| -> Vec<_> {
        (0..20_000).map(|i| interval(i, 5, base + f64::from((i * 7919 % 97) as i32))).collect()
    };
    let comparison = over_time(intervals(100.0), intervals(120.0));
    let total = comparison.total().unwrap();
    for size in [Size::WIDE, Size::HALF, Size::NARROW] {
        for what in [Over::Latency, Over::Throughput, Over::Errors] {
            let chart = time_overlay(&comparison, total, what, size).unwrap();
            check(&chart);
            assert!(chart.summary.contains("intervals of 1 s, drawn as the mean of"), "{}", chart.summary);
            assert!(chart.table.1.len() <= 30);
            let document = Document::parse(&chart.svg).unwrap();
            let drawn = |name, role: &str| -> usize {
                let of_role = |n: &Node<'_, '_>| role_of(*n, "stroke") == role || role_of(*n, "fill") == role;
                elements(&document, name).filter(of_role).map(|n| points(n).len()).sum()
            };
            for role in ["baseline", "run"] {
                let count = drawn("polyline", role) + drawn("polygon", role);
                assert!(count <= 2 * size.width as usize, "{count} points");
            }
        }
    }
}

#[test]
fn timelines_at_the_ends_of_time() {
    for ends in [vec![i64::MIN, i64::MAX], vec![0], vec![i64::MAX], vec![0, i64::MAX / 2], vec![5, 5, 5]] {
        let intervals: Vec<_> = ends.iter().map(|end| interval(*end, u64::MAX, 1e308)).collect();
        let comparison = over_time(intervals, vec![interval(3, 1, 0.0)]);
        for size in SIZES {
            all_charts(&comparison, size).iter().for_each(check);
        }
    }
}

fn figure() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => 0.0..5000.0_f64,
        1 => prop::sample::select(vec![0.0, 5e-324, 1e-300, 1.0, 100.0, 1e15, 1e308, f64::MAX]),
    ]
}

fn name() -> impl Strategy<Value = String> {
    let word = "\\PC{0,40}".prop_filter("no figures that are none", |s| !s.contains("inf") && !s.contains("NaN"));
    prop_oneof![word, Just("/a".to_owned()), Just("<b>&\"'\n".to_owned())]
}

fn endpoints() -> impl Strategy<Value = Vec<Endpoint>> {
    let percentiles = prop::collection::btree_map(
        prop::sample::select(vec![1_000_u32, 50_000, 90_000, 95_000, 99_000, 99_900, 99_999, 100_000]),
        figure(),
        0..6,
    );
    let one = (name(), 0..3000_u64, percentiles, prop::option::of(timeline())).prop_map(
        |(name, requests, percentiles, timeline)| Endpoint {
            timeline,
            ..endpoint(&name, requests, &percentiles.into_iter().collect::<Vec<_>>())
        },
    );
    prop::collection::vec(one, 0..6)
}

fn timeline() -> impl Strategy<Value = Timeline> {
    let step = (0..4_u32, 0..50_u64, 0..60_u64, prop::option::of(figure()), 0..3_i64);
    prop::collection::vec(step, 0..250).prop_map(|steps| {
        let mut end_s = 1_700_000_000;
        let intervals = steps.into_iter().map(|(length_s, requests, failures, mean_ms, hole)| {
            end_s += i64::from(length_s) + hole / 2;
            Interval { end_s, length_s, requests, failures, mean_ms, ..Interval::default() }
        });
        Timeline { intervals: intervals.collect(), grid: None }
    })
}

fn any_run() -> impl Strategy<Value = Run> {
    (endpoints(), prop::option::of(timeline())).prop_map(|(endpoints, timeline)| Run { timeline, ..run(endpoints) })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn any_two_runs_are_drawn(baseline in any_run(), after in any_run(), size in prop::sample::select(SIZES.to_vec())) {
        let comparison = judged(baseline, after);
        let charts = all_charts(&comparison, size);
        charts.iter().for_each(check);
        prop_assert_eq!(&charts, &all_charts(&comparison, size));
    }

    /// A run against itself: every ring contains its dot.
    #[test]
    fn a_run_against_itself_shows_no_change(same in any_run()) {
        let comparison = judged(same.clone(), same);
        for p in [Percentile::P50, Percentile::P95] {
            if let Some(chart) = dumbbell(&comparison, &Metric::Latency(p), 12, Size::WIDE) {
                let (baseline, run) = dots(&chart);
                prop_assert!(baseline.iter().zip(&run).all(|(a, (b, _))| a == b));
                prop_assert!(chart.table.1.iter().all(|row| row[3] == "0 %"));
            }
        }
    }
}

/// Histories of one run to more runs than pixels, with steps, gaps and releases.
#[test]
fn trends_of_any_length() {
    for (runs, step) in [(1, 1.0), (2, 9.0), (7, 1.0), (60, 1.3), (200, 0.5), (5_000, 1.2)] {
        let line = |run: u32| {
            let ms = if run < runs / 2 { 100.0 } else { 100.0 * step } + f64::from(run % 5);
            let p99 = if run.is_multiple_of(3) { "null".to_owned() } else { ms.to_string() };
            format!(
                "{{\"history\":1,\"id\":\"r{run}\",\"at\":\"2026-01-{:02}T{:02}:{:02}:00Z\",\"label\":\"v{} & <b>\",\"endpoints\":\
                 [[null,\"/a\",100,{},5,{ms},{ms},{ms},{ms},{p99}]]}}\n",
                run / 1440 + 1,
                run / 60 % 24,
                run % 60,
                run / 10,
                run % 2
            )
        };
        let file: String = (0..runs).map(line).collect();
        let history = loaddiff::history::History::read("h.jsonl", file.as_bytes()).unwrap();
        let all = loaddiff::history::trends(&history, |_, _| true);
        assert!(all.len() >= 6, "{runs}");
        for one in &all {
            for size in SIZES {
                let chart = trend(&history, one, size).unwrap();
                check(&chart);
                assert_eq!(chart.table.1.len(), one.segments.len());
                // As many points as there are pixels, whatever the number of runs.
                assert!(chart.svg.len() < 60_000, "{runs} runs: {} bytes", chart.svg.len());
            }
        }
        let mean = all.iter().find(|one| one.metric == Metric::Mean).unwrap();
        let levels = if runs >= 60 && step != 1.0 { 2 } else { 1 };
        assert_eq!(mean.segments.len(), levels, "{runs} runs");
    }
}
