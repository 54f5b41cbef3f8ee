//! The HTML report: what it holds, that foreign text stays text, and that it restores what it was made from.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::collections::BTreeMap;

use loaddiff::compare::{self, Comparison, Subject, Verdict};
use loaddiff::ingest::notes::{MORE_FAILURES_THAN_REQUESTS, ROWS_MERGED};
use loaddiff::policy::{self, Policy};
use loaddiff::report::band;
use loaddiff::report::html::act::Act;
use loaddiff::report::html::sections::{self, Live};
use loaddiff::report::html::{RestoreProblem, Verification, is_report, render, restore};
use loaddiff::report::summaries::{self, SummariesError, from_canonical_json, to_canonical_json};
use loaddiff::report::table::{Column, Filters, window};
use loaddiff::report::view;
use loaddiff::run::{
    Buckets, Distribution, Endpoint, Exception, Failure, Histogram, Interval, Latency, Metric, Note, Percentile,
    PercentileTable, Rounding, RowAccount, Run, Source, SourceFile, Sureness, TablePart, Timeline,
};
use proptest::prelude::*;
use scraper::{Html, Node, Selector};
use support::run_of;

const MADE_AT: &str = "2026-01-02T03:04:05Z";

fn policy(profile: &str) -> Policy {
    policy::profile(profile).unwrap()
}

fn locust() -> Comparison {
    let (base, slow) = support::locust_pair();
    compare::compare(base, slow, policy("default"))
}

/// Names that were chosen to hurt, in a real Locust run.
fn hard() -> Comparison {
    let files =
        ["stats", "stats_history", "failures", "exceptions"].map(|kind| format!("locust/2.47.0/full_{kind}.csv"));
    let run = run_of(&files.each_ref().map(String::as_str));
    let (base, _) = support::locust_pair();
    compare::compare(base, run, policy("default"))
}

/// A comparison whose every text is hostile.
fn hostile(text: &str) -> Comparison {
    let endpoint = |p95: f64| Endpoint {
        method: Some(text.into()),
        name: text.into(),
        service: Some(text.into()),
        requests: Some(1000),
        failures: Some(10),
        latency: Latency {
            distribution: Distribution::Table(PercentileTable {
                values_ms: [(Percentile::P50, 5.0), (Percentile::P95, p95)].into(),
                rounding: Rounding::None,
            }),
            ..Latency::default()
        },
        rate_per_s: Some(5.0),
        metrics: [(text.to_owned(), p95)].into(),
        timeline: Some(timeline(30, 1)),
        ..Endpoint::default()
    };
    let run = |p95: f64| Run {
        label: format!("{text}{p95}"),
        source: Source {
            tool: text.into(),
            version: Some(text.into()),
            files: vec![SourceFile {
                name: text.into(),
                bytes: p95 as u64,
                fingerprint: u64::MAX,
                format: text.to_owned().into(),
                evidence: text.into(),
            }],
        },
        endpoints: vec![endpoint(p95)].into(),
        total: Some(endpoint(p95)),
        timeline: Some(timeline(30, 1)),
        failures: vec![Failure {
            method: Some(text.into()),
            name: text.into(),
            message: text.into(),
            count: p95 as u64,
        }],
        exceptions: vec![Exception { message: text.into(), traceback: text.into(), count: 1 }],
        notes: vec![Note::say(text, &MORE_FAILURES_THAN_REQUESTS, [text.into()])],
        rows: RowAccount { read: 2, endpoints: 1, totals: 1, merged: 0, rejected: 0 },
        ..Run::default()
    };
    let mut policy = policy("default");
    policy.name = text.into();
    compare::compare(run(10.0), run(99.0), policy)
}

fn timeline(intervals: i64, length_s: u32) -> Timeline {
    let interval = |i: i64| Interval {
        end_s: 1_700_000_000 + (i + 1) * i64::from(length_s),
        length_s,
        requests: 37 + (i * 7919 % 23) as u64,
        failures: u64::from(i % 11 == 0),
        mean_ms: Some(120.0 + ((i * 104_729) % 997) as f64 / 7.0),
        users: Some(20),
        window_p50_ms: Some(100.0 + (i % 7) as f64 * 10.0),
        window_p95_ms: Some(300.0 + (i % 5) as f64 * 10.0),
        ..Interval::default()
    };
    Timeline { intervals: (0..intervals).map(interval).collect(), grid: None }
}

/// What was judged, without what a report says of how sure the figures are beside them: that is in the rows.
fn bare(comparison: &Comparison) -> Vec<Subject> {
    let mut subjects = comparison.subjects.clone();
    for e in subjects.iter_mut().flat_map(|s| [&mut s.baseline, &mut s.run]).flatten() {
        e.sureness = Sureness::default();
    }
    subjects
}

/// So many endpoints with a history of so many seconds, each.
fn large(endpoints: usize, seconds: i64) -> Comparison {
    let run = |slower: f64| {
        let endpoint = |i: usize| {
            let at = |p: f64| (20.0 + i as f64) * p * if i.is_multiple_of(3) { slower } else { 1.0 };
            let values =
                [50, 66, 75, 80, 90, 95, 98, 99].map(|p| (Percentile(p * 1000), at(f64::from(p) / 10.0).round()));
            Endpoint {
                method: Some(["GET", "POST", "PUT"][i % 3].into()),
                name: format!("/api/v1/organisations/{{id}}/projects/{i:04}/builds"),
                requests: Some(9000 + i as u64),
                failures: Some(i as u64 % 7),
                latency: Latency {
                    mean_ms: Some(at(5.3)),
                    min_ms: Some(1.2),
                    max_ms: Some(at(12.0)),
                    timed: None,
                    sum_ns: Some(123_456_789_012_345),
                    distribution: Distribution::Table(PercentileTable {
                        values_ms: values.into(),
                        rounding: Rounding::TwoDigits,
                    }),
                },
                rate_per_s: Some(10.0 + i as f64 / 7.0),
                failures_per_s: Some(0.1),
                mean_bytes: Some(1234.5),
                timeline: Some(timeline(seconds, 1)),
                ..Endpoint::default()
            }
        };
        let mut list: Vec<Endpoint> = (0..endpoints).map(endpoint).collect();
        list.sort_by(|a, b| a.key().cmp(&b.key()));
        let total = Endpoint { name: "Aggregated".into(), ..endpoint(0) };
        Run {
            label: format!("run {slower}"),
            source: Source { tool: "Locust".into(), ..Source::default() },
            users: Some(20),
            duration_s: Some(seconds as f64),
            timeline: total.timeline.clone(),
            total: Some(total),
            endpoints: list.into(),
            ..Run::default()
        }
    };
    compare::compare(run(1.0), run(1.4), policy("default"))
}

/// Every section of the page, with every row of the table.
fn live_sections(c: &Comparison, live: &Live) -> String {
    let rows = window(c, &live.filters, live.percentile);
    let forest = sections::forest(c, Some(live));
    let shown = live.selected.unwrap_or_default();
    [
        sections::verdict(c, Some(live)),
        sections::tiles(c, Some(live)),
        sections::changes(c, Some(live)),
        sections::endpoints(c, Some(live), &rows, forest.as_ref()),
        format!(
            "<table><tbody>{}</tbody></table>",
            rows.order().map(|subject| sections::row(c, live, forest.as_ref(), subject)).collect::<String>()
        ),
        format!("<table><tbody>{}</tbody></table>", sections::details(c, shown, live, &rows)),
        sections::facts(c, Some(live)),
        sections::method(c, Some(live), Some("Your files stay on this device. ")),
        sections::singles(&c.run, &c.run.label, 10),
        sections::note_list(&view::notes(c)),
        sections::recognised(&c.run),
    ]
    .concat()
}

/// The page in many states.
fn lives(c: &Comparison) -> Vec<Live> {
    let all = Filters { all: true, ..Filters::none() };
    let some = Live { filters: all.clone(), ..Live::default() };
    let other = Live {
        over: Some(Percentile::P95),
        narrow: true,
        percentile: Percentile::P50,
        changes_of: Some(Metric::ErrorRate),
        forest_of: Some(Metric::ErrorRate),
        filters: Filters { text: c.run.label.clone(), verdict: Some(Verdict::Regressed), column: Column::Rate, ..all },
        all_changes: true,
        selected: Some(1),
        break_even: true,
        embedded: true,
    };
    let own = c.run.endpoints.iter().flat_map(|e| e.metrics.keys()).next().cloned().map(Metric::Named);
    let named = Live { changes_of: own.clone(), forest_of: own, selected: Some(c.subjects.len()), ..some.clone() };
    vec![Live::default(), some, other, named]
}

/// The values of an attribute.
fn values(html: &Html, attribute: &str) -> Vec<String> {
    let with = Selector::parse(&format!("[{attribute}]")).unwrap();
    html.select(&with).map(|e| e.value().attr(attribute).unwrap().to_owned()).collect()
}

const HOSTILE: &[&str] = &[
    "<img src=x onerror=alert(1)>",
    "</td></table></main><script>alert(1)</script>",
    "\"><svg onload=alert(1)>",
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "</script><script>alert(1)</script>",
    "</style></title></textarea><!-- ",
    "--><iframe src=//evil.example>",
    "&lt;b&gt; &#60;i&#62; &amp;",
    "<script type=\"application/json\" id=\"loaddiff-summaries\" data-sha256=\"",
    "a\u{202e}b\u{2066}c\u{0}d\u{7}e\nf\tg\u{2028}h\u{feff}",
    "\\u003c/script\\u003e \\\" \\",
    "{{constructor}} ${7*7} %3Cb%3E",
];

/// Everything the report is built of. What is not here came from a name.
const ELEMENTS: &[(&str, &[&str])] = &[
    ("html", &["lang"]),
    ("head", &[]),
    ("meta", &["http-equiv", "content", "charset", "name"]),
    ("title", &[]),
    ("link", &["rel", "href"]),
    ("style", &[]),
    ("body", &[]),
    ("header", &["class"]),
    ("main", &[]),
    ("footer", &["class"]),
    ("section", &["class", "id", "role", "aria-label", "aria-labelledby", "tabindex"]),
    ("div", &["class", "id", "tabindex", "role", "aria-label", "data-points"]),
    ("p", &["class", "title"]),
    ("span", &["class", "aria-hidden", "aria-live", "role", "aria-label", "title"]),
    ("b", &["class"]),
    ("i", &["class", "aria-hidden"]),
    ("small", &["class"]),
    ("bdi", &[]),
    ("code", &[]),
    ("time", &["datetime"]),
    ("a", &["href", "data-page", "data-do", "aria-label"]),
    ("h1", &[]),
    ("h2", &["id"]),
    ("h3", &["id", "class"]),
    ("h4", &[]),
    ("ul", &["class"]),
    ("ol", &["class"]),
    ("li", &["class"]),
    ("dl", &["class"]),
    ("dt", &[]),
    ("dd", &["class"]),
    ("figure", &["class", "data-name"]),
    ("figcaption", &[]),
    ("details", &["class", "open"]),
    ("summary", &[]),
    ("table", &["class", "aria-rowcount"]),
    ("caption", &["class"]),
    ("thead", &[]),
    ("tbody", &["class", "id"]),
    ("tr", &["class", "id", "data-do", "tabindex", "aria-selected", "aria-label"]),
    ("th", &["class", "scope", "colspan", "aria-sort", "title", "aria-label"]),
    ("td", &["class", "colspan", "title", "data-of"]),
    ("script", &["type", "id", "data-sha256"]),
    ("svg", &["xmlns", "class", "width", "height", "viewBox", "role", "aria-label", "font-family"]),
    ("rect", &["x", "y", "width", "height", "fill", "opacity", "stroke"]),
    ("line", &["x1", "y1", "x2", "y2", "stroke", "stroke-width", "stroke-dasharray", "opacity"]),
    ("circle", &["cx", "cy", "r", "fill", "stroke", "stroke-width", "opacity"]),
    ("polyline", &["points", "fill", "stroke", "stroke-width", "opacity", "stroke-linejoin", "stroke-dasharray"]),
    ("polygon", &["points", "fill", "opacity"]),
    ("path", &["d", "fill", "stroke", "stroke-width", "opacity"]),
    (
        "text",
        &["x", "y", "dy", "text-anchor", "font-family", "font-size", "font-weight", "fill", "opacity", "transform"],
    ),
];

/// What the page has besides.
const LIVE_ELEMENTS: &[(&str, &[&str])] = &[
    (
        "button",
        &[
            "type",
            "class",
            "data-do",
            "data-page",
            "aria-pressed",
            "aria-label",
            "title",
            "disabled",
            "data-save",
            "data-reveal",
        ],
    ),
    (
        "input",
        &[
            "type",
            "id",
            "data-set",
            "placeholder",
            "aria-label",
            "autocomplete",
            "spellcheck",
            "value",
            "min",
            "max",
            "step",
            "data-late",
            "title",
            "checked",
            "aria-valuetext",
        ],
    ),
    ("label", &["class"]),
    ("output", &["for"]),
    ("select", &["id", "data-set", "aria-label", "title"]),
    ("option", &["value", "selected"]),
];

/// Panics where an element or attribute is not one of the file's own.
fn check_markup(html: &str) {
    let document = Html::parse_document(html);
    check_elements(&document, &[]);
    let scripts: Vec<_> = document.select(&Selector::parse("script").unwrap()).collect();
    assert_eq!(scripts.len(), 2);
    assert!(scripts.iter().all(|s| s.value().attr("type") == Some("application/json")));
    check_text(html);
}

fn check_elements(document: &Html, besides: &[(&str, &[&str])]) {
    for node in document.tree.nodes() {
        match node.value() {
            Node::Element(element) => {
                let name = element.name();
                let allowed = ELEMENTS.iter().chain(besides).find(|(n, _)| *n == name);
                let allowed = allowed.unwrap_or_else(|| panic!("<{name}> got in"));
                for (key, value) in element.attrs() {
                    assert!(allowed.1.contains(&key), "<{name} {key}={value:?}> got in");
                    let ours = match key {
                        "href" => value.starts_with('#') || value.starts_with("data:image/svg+xml,%3Csvg"),
                        "class" => value.chars().all(|c| c.is_ascii_lowercase() || matches!(c, ' ' | '-' | '_')),
                        "id" => value.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'),
                        "type" => ["application/json", "button", "search", "range", "checkbox"].contains(&value),
                        "value" | "aria-label" | "title" | "data-points" => true,
                        _ => !value.trim_start().to_lowercase().starts_with("javascript:"),
                    };
                    assert!(ours, "<{name} {key}={value:?}>");
                }
            }
            Node::Comment(comment) => panic!("a comment got in: {comment:?}"),
            Node::ProcessingInstruction(_) => panic!("a processing instruction got in"),
            _ => {}
        }
    }
}

/// Whatever the tree says: nothing in the text turns directions around or cuts it.
fn check_text(html: &str) {
    let forbidden =
        |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    assert!(!html.contains(forbidden));
}

#[test]
fn no_markup_from_input_survives() {
    for text in HOSTILE {
        let comparison = hostile(text);
        let html = render(&comparison, MADE_AT);
        check_markup(&html);
        // It is all there, as text.
        let document = Html::parse_document(&html);
        let path = document.select(&Selector::parse(".endpoint-table .path").unwrap()).nth(1).unwrap();
        let shown: String = path.text().collect();
        let visible: String =
            text.chars().filter(|c| !matches!(c, '\u{202e}' | '\u{2066}' | '\u{feff}')).collect::<String>();
        let visible = visible.replace(['\n', '\t', '\u{2028}'], " ").replace(['\u{0}', '\u{7}'], "\u{fffd}");
        assert_eq!(shown, visible);
        assert_eq!(restore("a.html", &html).unwrap().verified, Verification::Verified, "{text}");
    }
    check_markup(&render(&hard(), HOSTILE[0]));
    check_markup(&render(&locust(), MADE_AT));
}

#[test]
fn no_markup_from_input_survives_on_the_page() {
    let all = HOSTILE.iter().map(|text| hostile(text)).chain([hard(), locust()]);
    for comparison in all {
        for live in lives(&comparison) {
            let html = live_sections(&comparison, &live);
            check_text(&html);
            check_elements(&Html::parse_document(&html), LIVE_ELEMENTS);
        }
    }
    // What a person typed is text too.
    let live = Live { filters: Filters { text: HOSTILE[2].into(), ..Filters::default() }, ..Live::default() };
    let html = Html::parse_document(&live_sections(&locust(), &live));
    assert!(values(&html, "value").iter().any(|value| value == HOSTILE[2]));
}

#[test]
fn what_can_be_touched_reads_back_as_an_act() {
    for comparison in [locust(), large(300, 0), hostile(HOSTILE[3])] {
        for live in lives(&comparison) {
            let html = Html::parse_document(&live_sections(&comparison, &live));
            for act in values(&html, "data-do") {
                assert_eq!(act.parse::<Act>().unwrap().to_string(), act);
            }
            for name in values(&html, "data-set") {
                let with_value = format!("{name} p95_latency_ms").parse::<Act>();
                // The warm-up is a setting: an action of the session.
                let is_action = name.parse::<loaddiff::session::Action>().is_ok();
                assert!(with_value.is_ok() || is_action, "{name}");
            }
            for page in values(&html, "data-page") {
                assert!(["open settings", "go facts", "go endpoints"].contains(&page.as_str()), "{page}");
            }
            let unmarked = Selector::parse("button:not([data-do]):not([data-page]):not([data-save])").unwrap();
            assert_eq!(html.select(&unmarked).count(), 0);
        }
    }
}

#[test]
fn the_page_shows_what_the_file_shows() {
    let comparison = locust();
    let percentile = band::first_percentile(&comparison);
    let live =
        Live { filters: Filters { all: true, ..Filters::none() }, selected: Some(0), percentile, ..Live::default() };
    let html = live_sections(&comparison, &live);
    assert_eq!(html, live_sections(&locust(), &live));
    let page = Html::parse_document(&html);
    let file = Html::parse_document(&render(&comparison, MADE_AT));
    let texts = |document: &Html, selector: &str| -> Vec<String> {
        let selector = Selector::parse(selector).unwrap();
        document.select(&selector).map(|e| e.text().collect::<String>()).collect()
    };
    for selector in [".decided", ".chip", ".tile", "#changes svg", ".row", ".fact-table", ".notes", ".terms > div > dd"]
    {
        let (page, file) = (texts(&page, selector), texts(&file, selector));
        assert!(!page.is_empty(), "{selector}");
        let shared = page.iter().filter(|text| file.contains(text)).count();
        // The page states its version among the terms.
        assert!(shared + 1 >= page.len(), "{selector}: {page:#?}");
    }
    let count = |selector: &str| page.select(&Selector::parse(selector).unwrap()).count();
    assert_eq!(count("#details .drawing"), count("#details figure"));
    assert_eq!(count("tr[aria-selected=true]"), 1);
    assert_eq!(count("#verdict[role=status]"), 1);
    assert_eq!(texts(&page, ".metrics > caption"), ["Metrics", "Figures without a limit"]);
    let names = texts(&file, ".subject caption");
    assert_eq!(names.iter().collect::<std::collections::BTreeSet<_>>().len(), names.len(), "{names:#?}");
    assert_eq!(count("[aria-sort]"), 1);
    for id in ["verdict", "tiles", "changes", "endpoints", "endpoint-rows", "details", "facts", "method"] {
        assert_eq!(count(&format!("#{id}")), 1, "{id}");
    }
}

#[test]
fn the_key_of_a_row_is_its_own_and_stays() {
    let comparison = large(300, 0);
    let keys = |c: &Comparison| -> Vec<String> { c.subjects.iter().map(view::key).collect() };
    let before = keys(&comparison);
    let different: std::collections::BTreeSet<&String> = before.iter().collect();
    assert_eq!(different.len(), 301);
    for (index, key) in before.iter().enumerate() {
        assert_eq!(view::find(&comparison, key), Some(index));
    }
    assert_eq!(view::find(&comparison, "0000000000000000"), None);
    let live = Live { filters: Filters { all: true, ..Filters::none() }, ..Live::default() };
    let html = Html::parse_document(&live_sections(&comparison, &live));
    let rows: Vec<String> = values(&html, "id").into_iter().filter(|id| id.starts_with("row-")).collect();
    assert_eq!(rows.len(), 301);
    assert!(rows.iter().all(|id| before.iter().any(|key| *id == format!("row-{key}"))));
    let rules = comparison.policy.rules.len();
    let moved =
        policy::Adjustments { limits: (0..rules).map(|rule| (rule, Some(90.0))).collect(), ..Default::default() };
    let policy = comparison.policy.adjusted(&moved);
    let words: Vec<_> = comparison.subjects.iter().map(|s| s.verdict).collect();
    let again = compare::judge_again(comparison, policy);
    assert_ne!(words, again.subjects.iter().map(|s| s.verdict).collect::<Vec<_>>());
    assert_eq!(keys(&again).into_iter().collect::<std::collections::BTreeSet<_>>(), before.into_iter().collect());
}

#[test]
fn it_holds_what_a_reader_needs() {
    let html = render(&locust(), MADE_AT);
    for text in [
        "<title>▲ Regressed: slow against base · loaddiff</title>",
        "<h1>Regressed</h1>",
        "<b class=\"mono name\"><bdi>POST /v1/chat</bdi></b> p50 rose from 240\u{a0}ms to <b class=\"nowrap\">390\u{a0}ms</b>",
        "+10 % and +2 ms",
        "Confirmed after correction for ",
        "(660 ms − 430 ms) ÷ 430 ms = +53.5 %",
        "9 rows = 8 endpoints + 1 total",
        "Locust rounds percentiles to two digits",
        "Gate: fail",
        "2026-01-02 03:04:05 UTC",
    ] {
        assert!(html.contains(text), "{text}");
    }
    let document = Html::parse_document(&html);
    let count = |selector: &str| document.select(&Selector::parse(selector).unwrap()).count();
    assert_eq!(count("h1"), 1);
    assert_eq!(count(".endpoint-table tbody tr"), 9);
    assert_eq!(count(".subject"), 9);
    assert_eq!(count("table"), count("table > caption"));
    // A drawing whose rows are links is a group: what is in an image cannot be reached.
    assert_eq!(count("svg"), count("svg[role=img][aria-label]") + count("svg[role=group][aria-label]"));
    assert!(count("#changes svg a") > 0);
    assert!(count("svg") > 20, "{}", count("svg"));
    // Every link leads somewhere, and no address is used twice.
    let mut ids = BTreeMap::new();
    for element in document.select(&Selector::parse("[id]").unwrap()) {
        *ids.entry(element.value().attr("id").unwrap().to_owned()).or_insert(0) += 1;
    }
    assert!(ids.values().all(|n| *n == 1), "{ids:?}");
    for link in document.select(&Selector::parse("a").unwrap()) {
        let target = link.value().attr("href").unwrap().strip_prefix('#').unwrap();
        assert!(ids.contains_key(target), "{target}");
    }
    // The policy is the first thing in the head.
    let head = document.select(&Selector::parse("head > *").unwrap()).next().unwrap();
    assert_eq!(head.value().attr("http-equiv"), Some("Content-Security-Policy"));
    assert!(head.value().attr("content").unwrap().starts_with("default-src 'none'; style-src 'unsafe-inline'"));
    assert!(!html.replace("http://www.w3.org/2000/svg", "").contains("://"), "it refers to something outside");
}

#[test]
fn the_hash_is_that_of_the_bytes_in_the_file() {
    use sha2::{Digest, Sha256};
    let html = render(&hostile(HOSTILE[1]), MADE_AT);
    let document = Html::parse_document(&html);
    let script = document.select(&Selector::parse("#loaddiff-summaries").unwrap()).next().unwrap();
    let text: String = script.text().collect();
    let hash: String = Sha256::digest(text.as_bytes()).iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!(script.value().attr("data-sha256"), Some(hash.as_str()));
    let shown: String = document.select(&Selector::parse(".hash").unwrap()).next().unwrap().text().collect();
    assert_eq!(shown, hash);
}

#[test]
fn fifty_endpoints_with_a_history_weigh_less_than_a_megabyte() {
    for (endpoints, seconds, most) in
        [(50, 900, 1_000_000), (50, 7200, 1_000_000), (50, 0, 750_000), (300, 300, 3_500_000)]
    {
        let comparison = large(endpoints, seconds);
        let html = render(&comparison, MADE_AT);
        println!("{endpoints} endpoints, {seconds} s: {} bytes", html.len());
        assert!(html.len() <= most, "{endpoints} endpoints, {seconds} s: {} bytes", html.len());
        assert_eq!(html.matches("<tr class=\"row").count(), endpoints + 1);
        let restored = restore("r.html", &html).unwrap();
        assert_eq!(restored.verified, Verification::Verified);
        // What was made coarser loses no request.
        let sum = |t: &Option<Timeline>| t.as_ref().map(Timeline::requests);
        assert_eq!(sum(&restored.run.timeline), sum(&comparison.run.timeline));
        assert_eq!(sum(&restored.run.endpoints[7].timeline), sum(&comparison.run.endpoints[7].timeline));
    }
}

#[test]
fn real_comparisons_restore() {
    let seed = compare::compare(
        run_of(&["scripts/report-1/performance-baselines.json"]),
        run_of(&["scripts/report-1/load-results.csv"]),
        policy("seed-v1"),
    );
    for comparison in [locust(), hard(), seed] {
        let html = render(&comparison, MADE_AT);
        let restored = restore("r.html", &html).unwrap();
        assert_eq!((restored.made_at.as_str(), &restored.verified), (MADE_AT, &Verification::Verified));
        let again = compare::compare(restored.baseline, restored.run, restored.policy);
        assert_eq!((again.word, again.gate, again.counts), (comparison.word, comparison.gate, comparison.counts));
        assert_eq!(bare(&again), bare(&comparison));
        assert_eq!(again.policy, comparison.policy);
        assert_eq!(render(&again, MADE_AT), html);
        // Only the moment differs.
        let later = render(&again, "2027-01-01T00:00:00Z");
        assert_eq!(
            later.replace("2027-01-01T00:00:00Z", MADE_AT).replace("2027-01-01 00:00:00", "2026-01-02 03:04:05"),
            html
        );
    }
}

/// What fuzzing once found: a report written from odd summaries verifies.
#[test]
fn reports_of_odd_summaries_verify() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/report");
    let mut restored = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let Ok((baseline, run, policy)) = from_canonical_json(&std::fs::read_to_string(&path).unwrap()) else {
            continue;
        };
        let html = render(&compare::compare(baseline, run, policy), MADE_AT);
        assert_eq!(restore("r.html", &html).unwrap().verified, Verification::Verified, "{}", path.display());
        restored += 1;
    }
    assert!(restored >= 3, "{restored} of the corpus are summaries");
}

#[test]
fn what_was_altered_is_told() {
    let html = render(&locust(), MADE_AT);
    let verified = |text: &str| restore("r.html", text).unwrap().verified;
    assert_eq!(verified(&html), Verification::Verified);
    assert_eq!(verified(&html.replace('\n', "\r\n")), Verification::Verified);

    let title = |html: &str| verified(html).title();
    assert_eq!(title(&html), "Verified");

    // Text for the eye alone.
    let (_, shown) = html.split_once("<h1>").unwrap();
    let (shown, _) = shown.split_once(" <").unwrap();
    let text = html.replace(&format!("<h1>{shown}"), "<h1>Improved");
    assert!(matches!(verified(&text), Verification::TextDiffers { .. }));
    assert!(matches!(verified(&format!("{html}<p>All is well.</p>")), Verification::TextDiffers { .. }));

    // A figure of the summaries.
    let figure = html.replace("\"95\":660,", "\"95\":430,");
    assert_ne!(figure, html);
    assert!(matches!(verified(&figure), Verification::SummariesAltered { .. }));
    assert!(!verified(&figure).holds());
    assert_eq!(title(&figure), "Does not verify: its data were changed");
    assert_eq!(title(&text), "Does not verify: its text was changed");

    // The verdicts beside them.
    let verdict = html.replace("\"word\":\"regressed\"", "\"word\":\"improved\"");
    let Verification::VerdictsDiffer { differences, count: 1, .. } = verified(&verdict) else { panic!() };
    assert_eq!(differences, ["The result is regressed by its data, and the report states improved."]);
    assert_eq!(title(&verdict), "Does not verify: its verdicts differ");
    assert_eq!(verified(&verdict).differences(), (differences.as_slice(), 0));
    let row = html.replace("\"p50_latency_ms\":\"regressed\"", "\"p50_latency_ms\":\"within_limit\"");
    assert_ne!(row, html);
    assert!(matches!(verified(&row), Verification::VerdictsDiffer { .. }));

    // Another version.
    let other = html.replace(&format!("loaddiff {}", env!("CARGO_PKG_VERSION")), "loaddiff 99.0.0");
    assert_eq!(verified(&other), Verification::OtherVersion { made_by: "loaddiff 99.0.0".into() });
    assert!(verified(&other).holds());
    assert_eq!(title(&other), "Verdicts verified");
    for v in [verified(&html), verified(&text), verified(&figure), verified(&verdict), verified(&other)] {
        assert!(v.sentence().len() > 40 && v.sentence().ends_with('.'), "{}", v.sentence());
    }
}

#[test]
fn what_is_no_report_is_refused() {
    let html = render(&locust(), MADE_AT);
    let problem = |text: &str| restore("r.html", text).unwrap_err().problem;
    assert!(is_report(&html) && !is_report("<html></html>"));
    assert_eq!(problem("<html></html>"), RestoreProblem::NoReport);
    assert_eq!(problem(&format!("{html}{html}")), RestoreProblem::Twice);
    let at = html.find("loaddiff-summaries\" data").unwrap();
    assert_eq!(problem(&html[..at + 4000]), RestoreProblem::Cut);
    let newer = html.replace("},\"schema\":1}</script>\n<script", "},\"schema\":2}</script>\n<script");
    assert_ne!(newer, html);
    assert_eq!(problem(&newer), RestoreProblem::Summaries(SummariesError::UnknownSchema(2)));
    let text = restore("r.html", &html[..at + 4000]).unwrap_err().to_string();
    assert_eq!(text, "r.html: the report is cut: it ends before its data do");
}

#[test]
fn summaries_that_no_run_has_are_refused() {
    let json = to_canonical_json(&locust());
    assert!(from_canonical_json(&json).is_ok());
    let refused = |from: &str, to: &str| {
        let changed = json.replacen(from, to, 1);
        assert_ne!(changed, json, "{from}");
        from_canonical_json(&changed).unwrap_err().to_string()
    };
    for (from, to, says) in [
        ("\"read\":9", "\"read\":10", "does not add up"),
        ("\"read\":9", "\"read\":-9", "invalid value: integer `-9`"),
        ("\"95\":", "\"195\":", "the percentile \"195\""),
        ("\"fingerprint\":\"", "\"fingerprint\":\"zz", "the fingerprint"),
        ("\"length_s\":1", "\"length_s\":0", "the order of time"),
        ("\"requests\":[", "\"requests\":[1,", "values for"),
        ("\"name\":\"/health\"", "\"name\":\"/z\"", "not in order"),
        ("\"mean_ms\":", "\"mean_ms\":1e999,\"x\":", "number out of range"),
        ("\"+10%\"", "\"10\"", "has no sign"),
        ("\"rule\":[null,", "\"rule\":[", "whose lines"),
        ("},\"schema\":1}", "},\"schema\":7}", "schema 7"),
    ] {
        let error = refused(from, to);
        assert!(error.contains(says), "{from}: {error}");
    }
    assert!(matches!(from_canonical_json(""), Err(SummariesError::Malformed(_))));
    let deep = format!("{{\"schema\":1,\"x\":{}", "[".repeat(100_000));
    assert!(matches!(from_canonical_json(&deep), Err(SummariesError::Malformed(_))));
    let long = " ".repeat(summaries::LONGEST + 1);
    assert_eq!(from_canonical_json(&long), Err(SummariesError::TooLong { bytes: long.len() }));
}

const CUSTOM: &str = r##"
schema = 1
profile = "default"

[compare]
gate = "point"
confidence = 0.9
missing = "warn"
unmatched_new = "warn"
require_same = ["tool"]
warmup = { mode = "fixed", settle = "1.5s" }
noise = "8%"

[[match]]
service = "api"
name = ["/v1/*", "re:^/a+$"]
method = "GET"
aggregate = "pooled-counts"

[[rule]]
service = "api"
name = "/v1/<b>"
method = "GET"
metric = "p95_latency_ms"
warn = { any = ["+0.3%", "+7ms"], min_events = 3 }
fail = { all = ["+50%", "+1.5s"] }
max = "800ms"
severity = "minor"
min_requests = 10

[[rule]]
metric = "error_rate_pct"
fail = { any = ["+0.5%"] }
source = "rounded_pct"

[[rule]]
metric = "mean_latency_ms"
limit = "+33.3%"
band = 1.37

[[rule]]
metric = "custom"
better = "neutral"
min = "2"

[[ack]]
service = "api"
metric = "p95_latency_ms"
until = 2026-12-31
reason = "known </script>"
up_to = "+30%"
"##;

fn policies() -> Vec<Policy> {
    let custom = policy::parse("thresholds.toml", CUSTOM).unwrap();
    assert!(!custom.questions.is_empty());
    vec![policy("default"), policy("seed-v1"), custom.in_points(), custom]
}

#[test]
fn policies_come_back_as_they_were() {
    for policy in policies() {
        let comparison = compare::compare(Run::default(), Run::default(), policy.clone());
        let json = to_canonical_json(&comparison);
        let (_, _, back) = from_canonical_json(&json).unwrap();
        assert_eq!(back, policy);
    }
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-z/{}<>&\"'*_ ]{1,12}",
        1 => any::<String>(),
        1 => prop::sample::select(HOSTILE).prop_map(str::to_owned),
    ]
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        3 => 0.0..5000.0_f64,
        1 => (0_u32..5000).prop_map(f64::from),
        1 => any::<f64>().prop_filter("finite", |x| x.is_finite()),
    ]
}

fn percentiles() -> impl Strategy<Value = PercentileTable> {
    let values = prop::collection::btree_map((1_u32..=100_000).prop_map(Percentile), number(), 0..6);
    let usual = (number(), number(), number())
        .prop_map(|(a, b, c)| [(Percentile::P50, a), (Percentile::P95, b), (Percentile::P99, c)].into());
    (prop_oneof![values, usual], any::<bool>()).prop_map(|(values_ms, two)| PercentileTable {
        values_ms,
        rounding: if two { Rounding::TwoDigits } else { Rounding::None },
    })
}

fn distribution() -> impl Strategy<Value = Distribution> {
    let option = || prop::option::of(number());
    let part = (0_u64..1000, percentiles(), option(), option())
        .prop_map(|(requests, table, min_ms, max_ms)| TablePart { requests, table, min_ms, max_ms });
    let buckets = prop::collection::btree_map(0_u64..9_000_000, 0_u64..1000, 0..8);
    let few = prop::collection::vec((0_u64..9_000_000_000, 1_u64..1000), 0..8);
    // More than are kept exactly.
    let many = (any::<u32>(), 2100_u64..2300).prop_map(|(step, n)| (0..n).map(|i| (i * u64::from(step), 1)).collect());
    let samples = prop_oneof![3 => few, 1 => many];
    prop_oneof![
        samples.prop_map(|pairs: Vec<_>| Distribution::Samples(Histogram::of(pairs))),
        Just(Distribution::Unknown),
        percentiles().prop_map(Distribution::Table),
        prop::collection::vec(part, 1..4).prop_map(Distribution::Tables),
        buckets.prop_map(|counts_by_us| Distribution::Buckets(Buckets { counts_by_us, rounding: Rounding::TwoDigits })),
    ]
}

fn intervals() -> impl Strategy<Value = Timeline> {
    let interval = (0_i64..4, 1_u32..3, 0_u64..500, 0_u64..9, prop::option::of(number()), prop::option::of(0_u64..50));
    prop::collection::vec(interval, 0..12).prop_map(|list| {
        let mut end_s = 1_700_000_000;
        let intervals = list.into_iter().map(|(gap, length_s, requests, failures, mean_ms, users)| {
            end_s += gap + i64::from(length_s);
            Interval {
                end_s,
                length_s,
                requests,
                failures,
                mean_ms,
                users,
                window_p50_ms: mean_ms,
                window_p95_ms: mean_ms,
                ..Interval::default()
            }
        });
        Timeline { intervals: intervals.collect(), grid: None }
    })
}

fn endpoint(name: impl Strategy<Value = String> + 'static) -> impl Strategy<Value = Endpoint> {
    let option = || prop::option::of(number());
    let count = || prop::option::of(0_u64..100_000);
    let names = (prop::option::of(text()), name, prop::option::of(text()), prop::option::of(intervals()));
    let counts = (count(), count(), count(), prop::option::of(any::<u128>()));
    let figures = (option(), option(), option(), option(), option(), option());
    let metrics = prop::collection::btree_map(text(), number(), 0..2);
    (names, counts, figures, distribution(), metrics)
        .prop_map(|(names, counts, figures, distribution, metrics)| Endpoint {
            method: names.0,
            name: names.1,
            service: names.2,
            timeline: names.3,
            requests: counts.0,
            failures: counts.1,
            latency: Latency {
                mean_ms: figures.0,
                sum_ns: counts.3,
                min_ms: figures.1,
                max_ms: figures.2,
                timed: counts.2,
                distribution,
            },
            rate_per_s: figures.3,
            failures_per_s: figures.4,
            stated_error_rate_pct: figures.5,
            mean_bytes: figures.0,
            sum_bytes: counts.3,
            span_ms: counts.0.map(|n| (n as i64 - 500, n as i64 * 2)),
            metrics,
            sureness: loaddiff::run::Sureness::default(),
            failed: None,
        })
        // On the heap: these are large.
        .boxed()
}

fn run() -> impl Strategy<Value = Run> {
    // Few names, so that both sides share some.
    let name =
        || prop_oneof![3 => prop::sample::select(&["/v1/<b>", "/aa", "chat"][..]).prop_map(str::to_owned), 1 => text()];
    let note = (prop::option::of(text()), text())
        .prop_map(|(file, text)| Note { file, ..Note::on_run(&ROWS_MERGED, [2.into(), text.into()]) });
    let source = (text(), prop::option::of(text()), text(), any::<u64>());
    let times =
        (prop::option::of(0_i64..2_000_000_000_000), prop::option::of(0.0..1e6_f64), prop::option::of(any::<u64>()));
    let endpoints = prop::collection::vec(endpoint(name()), 0..5);
    let total = prop::option::of(endpoint(Just("Aggregated".to_owned())));
    let rest = (prop::option::of(intervals()), prop::collection::vec(note, 0..3), any::<bool>(), text());
    (source, times, endpoints, total, rest)
        .prop_map(|(source, times, mut endpoints, mut total, rest)| {
            endpoints.sort_by(|a, b| a.key().cmp(&b.key()));
            endpoints.dedup_by(|a, b| a.key() == b.key());
            if let Some(total) = total.as_mut().filter(|_| rest.2) {
                total.timeline = rest.0.clone();
            }
            Run {
                label: source.0.clone(),
                source: Source {
                    tool: source.0,
                    version: source.1,
                    files: vec![SourceFile {
                        name: source.2.clone(),
                        bytes: source.3,
                        fingerprint: source.3,
                        format: source.2.clone().into(),
                        evidence: source.2,
                    }],
                },
                started_ms: times.0,
                duration_s: times.1,
                users_follow: false,
                users: times.2,
                left_out_s: None,
                rows: RowAccount {
                    read: endpoints.len() as u64,
                    endpoints: endpoints.len() as u64,
                    ..RowAccount::default()
                },
                endpoints: endpoints.into(),
                total,
                timeline: rest.0,
                failures: vec![Failure { method: None, name: rest.3.clone(), message: rest.3.clone(), count: 7 }],
                exceptions: vec![Exception { message: rest.3.clone(), traceback: rest.3, count: 1 }],
                notes: rest.1,
            }
        })
        .boxed()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// HTML → restore → HTML gives equal bytes, and the comparison is the same.
    #[test]
    fn any_comparison_restores(baseline in run(), run in run(), which in 0_usize..4) {
        let policy = policies().swap_remove(which);
        let comparison = compare::compare(baseline, run, policy);
        let html = render(&comparison, MADE_AT);
        check_markup(&html);
        let restored = restore("r.html", &html).unwrap();
        prop_assert_eq!(&restored.verified, &Verification::Verified);
        let again = compare::compare(restored.baseline, restored.run, restored.policy);
        prop_assert_eq!(bare(&again), bare(&comparison));
        prop_assert_eq!(&again.policy, &comparison.policy);
        prop_assert_eq!(to_canonical_json(&again), to_canonical_json(&comparison));
        prop_assert_eq!(render(&again, MADE_AT), html);
    }

    /// Bytes changed at random never panic, and are never taken for what was written.
    #[test]
    fn damaged_summaries_never_panic(at in 0.0..1.0_f64, with in any::<u8>(), cut in any::<bool>()) {
        let html = render(&hostile(HOSTILE[2]), MADE_AT);
        let from = html.find("<script type").unwrap();
        let at = from + ((html.len() - from) as f64 * at) as usize;
        let mut bytes = html.clone().into_bytes();
        if cut { bytes.truncate(at) } else { bytes[at] = with }
        if let Ok(text) = String::from_utf8(bytes)
            && let Ok(restored) = restore("r.html", &text)
            && text.lines().ne(html.lines())
        {
            prop_assert_ne!(restored.verified, Verification::Verified);
        }
    }
}
