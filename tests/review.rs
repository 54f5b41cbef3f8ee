//! The review comment and the prefilled issue, parsed as GitHub's Markdown.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use comrak::nodes::{AstNode, NodeValue};
use comrak::{Arena, Options, parse_document};
use loaddiff::compare::{self, Comparison};
use loaddiff::policy::{self, Policy};
use loaddiff::report::issue::{self, Repository};
use loaddiff::report::{markdown, review};
use serde_json::{Value, json};
use support::{run_from, run_of};

const LINK: &str =
    "https://example.org/loaddiff/#r1.eNqrVkosLcmIz0vMTVWyUsooKSmw0tfPyy_WLS1OLUpJLS7Wz0_K0isoBgBVQA5Z.61.c0ffee";

fn locust() -> Comparison {
    let (base, slow) = support::locust_pair();
    compare::compare(base, slow, support::limits_alone())
}

fn scripts(number: u32, profile: &str) -> Comparison {
    let path = |file: &str| format!("scripts/report-{number}/{file}");
    let (baseline, run) = (run_of(&[&path("performance-baselines.json")]), run_of(&[&path("load-results.json")]));
    compare::compare(baseline, run, policy::profile(profile).unwrap())
}

/// Services by name, each with a p95 of 100 ms in the baseline and this one in the run.
fn services<'a>(names: impl IntoIterator<Item = (&'a str, f64)>, policy: Policy) -> Comparison {
    let (mut base, mut run) = (serde_json::Map::new(), serde_json::Map::new());
    for (name, p95) in names {
        base.insert(name.to_owned(), json!({ "p95_latency_ms": 100, "error_rate_pct": 0.5 }));
        run.insert(name.to_owned(), json!({ "p95_latency_ms": p95, "error_rate_pct": 0.5 }));
    }
    compare::compare(run_from(&Value::Object(base).to_string()), run_from(&Value::Object(run).to_string()), policy)
}

fn default() -> Policy {
    policy::profile("default").unwrap()
}

/// GitHub's extensions.
fn options() -> Options<'static> {
    let mut options = Options::default();
    options.extension.table = true;
    options.extension.autolink = true;
    options.extension.strikethrough = true;
    options.extension.tasklist = true;
    options.extension.footnotes = true;
    options.extension.alerts = true;
    options.extension.math_dollars = true;
    options.extension.math_code = true;
    options
}

/// The content of a document.
#[derive(Debug, Default)]
struct Parsed {
    /// Columns and rows of every table, including its head.
    tables: Vec<(usize, usize)>,
    /// Targets of links.
    links: Vec<String>,
    /// Headings as text.
    headings: Vec<String>,
    /// All visible text outside of code.
    text: String,
    /// All code.
    code: Vec<String>,
    /// Elements.
    html: Vec<String>,
    /// Elements that a report does not use.
    strange: Vec<String>,
}

fn parse(markdown: &str) -> Parsed {
    let arena = Arena::new();
    let root = parse_document(&arena, markdown, &options());
    let mut parsed = Parsed::default();
    for node in root.descendants() {
        let value = &node.data.borrow().value;
        match value {
            NodeValue::Table(table) => {
                let rows: Vec<_> = node.children().collect();
                assert!(rows.iter().all(|row| row.children().count() == table.num_columns), "{rows:?}");
                parsed.tables.push((table.num_columns, rows.len()));
            }
            NodeValue::Link(link) => parsed.links.push(link.url.clone()),
            NodeValue::Heading(_) => parsed.headings.push(text_of(node)),
            NodeValue::Text(text) => parsed.text.push_str(text),
            NodeValue::Code(code) => parsed.code.push(code.literal.clone()),
            NodeValue::HtmlInline(html) => parsed.html.push(html.clone()),
            NodeValue::HtmlBlock(html) => parsed.html.extend(tags(&html.literal)),
            NodeValue::SoftBreak | NodeValue::Paragraph | NodeValue::TableCell | NodeValue::List(_) => {
                parsed.text.push(' ');
            }
            NodeValue::Document | NodeValue::TableRow(_) | NodeValue::Item(_) | NodeValue::Strong => {}
            other => parsed.strange.push(format!("{other:?}")),
        }
    }
    parsed
}

fn text_of<'a>(node: &'a AstNode<'a>) -> String {
    let mut text = String::new();
    for node in node.descendants() {
        match &node.data.borrow().value {
            NodeValue::Text(part) => text.push_str(part),
            NodeValue::Code(code) => text.push_str(&code.literal),
            _ => {}
        }
    }
    text
}

/// Everything between `<` and `>` in a block of HTML.
fn tags(html: &str) -> Vec<String> {
    html.match_indices('<').map(|(at, _)| html[at..].split_inclusive('>').next().unwrap().to_owned()).collect()
}

#[track_caller]
fn assert_ours(parsed: &Parsed, link: Option<&str>) {
    let ours = ["<details>", "</details>", "<summary>", "</summary>", "<code>", "</code>"];
    for html in &parsed.html {
        assert!(ours.contains(&html.as_str()), "{html}");
    }
    let count = |tag: &str| parsed.html.iter().filter(|t| *t == tag).count();
    for (open, close) in [("<details>", "</details>"), ("<summary>", "</summary>"), ("<code>", "</code>")] {
        assert_eq!(count(open), count(close), "{open}");
    }
    assert_eq!(parsed.links, link.into_iter().map(str::to_owned).collect::<Vec<_>>());
    assert!(parsed.strange.is_empty(), "{:?}", parsed.strange);
}

#[test]
fn a_review_reads_from_the_headline_to_the_link() {
    let text = review::render(&locust(), Some(LINK));
    let parsed = parse(&text);
    assert_ours(&parsed, Some(LINK));
    assert_eq!(parsed.headings, ["▲ Critical: slow against base"]);
    let order = [
        "## ▲ Critical",
        "`POST /v1/chat` p95 rose from 430 ms to **660 ms**, **+53 %** (limit 20 % and 10 ms).",
        "| All requests | base | slow | Change | |",
        "| Worse | | base | slow | Change | Why |",
        "| ▲ `POST /v1/chat` | p95 | 430 ms | 660 ms | +53 % | beyond 20 % and 10 ms |",
        "| △ `POST /query` | p95 | 180 ms | 210 ms | +17 % | beyond the warning limit 10 % and 5 ms |",
        "**Improved:** ",
        "results of ",
        "<details><summary>Runs, checks, notes: 7 notes on how the numbers were read</summary>",
        "Gate: **fail** (2 results beyond their limits) · [The whole report](",
    ];
    let places: Vec<usize> =
        order.iter().map(|t| text.find(t).unwrap_or_else(|| panic!("no {t} in\n{text}"))).collect();
    assert!(places.is_sorted(), "{places:?}");
    assert!(text.ends_with(&format!("[The whole report]({LINK})\n")));
    // The total, regressions, the runs (label and 9 facts); each with its head.
    assert_eq!(parsed.tables, [(5, 7), (6, 4), (3, 11)]);
    assert!(!text.contains("more row"), "{text}");
}

#[test]
fn a_review_without_a_link_has_none() {
    for link in [None, Some("javascript:alert(1)"), Some("file:///tmp/report.html"), Some("")] {
        assert_ours(&parse(&review::render(&locust(), link)), None);
    }
}

#[test]
fn a_link_cannot_escape_its_place() {
    let text = review::render(&locust(), Some("https://example.org/a) <img src=x> [b](c `d` \"e\"\n\n# f|é"));
    let parsed = parse(&text);
    let safe = "https://example.org/a%29%20%3Cimg%20src=x%3E%20%5Bb%5D%28c%20%60d%60%20%22e%22%0A%0A#%20f%7C%C3%A9";
    assert_ours(&parsed, Some(safe));
}

#[test]
fn a_link_in_markdown_is_one_link_for_any_names() {
    let mut comparison = locust();
    let shown = |c: &Comparison| {
        let parsed = parse(&review::markdown_link(c, LINK).unwrap());
        assert_eq!(parsed.links, [LINK]);
        assert!(parsed.html.is_empty() && parsed.code.is_empty() && parsed.strange.is_empty());
        parsed.text.trim().to_owned()
    };
    assert_eq!(shown(&comparison), "▲ Critical: slow against base");
    comparison.run.label = "](https://evil.example) <img src=x> **b** `c`".into();
    assert!(shown(&comparison).contains("<img src=x> **b** `c`"));
    assert_eq!(review::markdown_link(&comparison, "javascript:alert(1)"), None);
}

#[test]
fn the_scripts_profile_has_the_same_review() {
    let text = review::render(&scripts(1, "seed-v1"), None);
    let parsed = parse(&text);
    assert_ours(&parsed, None);
    assert!(text.contains("| ▲ `rag_service` | errors | 0 % | 0.33 % | +0.33 pp | beyond 0.75 % |"), "{text}");
    assert!(text.contains("- ✓ 1 result of 1 endpoint: a missing column, read as 0: `api_gateway`"), "{text}");
}

/// Hostile endpoint names.
const HOSTILE: &[&str] = &[
    "<img src=x onerror=alert(1)>",
    "</details><script>alert(1)</script>",
    "a|b || c",
    "`code` ``more``",
    "back\\|slash\\",
    "first\n\nsecond\n# heading",
    "[link](https://evil.example) ![image](https://evil.example/x.png)",
    "https://evil.example/ www.evil.example mail@evil.example",
    "| https://evil.example/ WWW.evil.example mail@evil.example xmpp:a@b.example ftp://evil.example",
    "`@octocat @octo-org/team #12 octo/repo#12 GH-12",
    "**bold** _em_ ~~no~~ $math$ $`x`$ [^1] :bomb:",
    "\u{202e}evil\u{0}\u{7}",
    "- [ ] task",
    "1. one",
    "> [!NOTE]",
    "<!-- comment",
    "&lt;b&gt; &#64;octocat &amp;",
    "   ",
    "    indented",
    "+ plus",
    "---",
];

#[test]
fn foreign_text_is_not_markup() {
    let comparison = services(HOSTILE.iter().map(|n| (*n, 900.0)), support::limits_alone());
    for text in [review::render(&comparison, Some(LINK)), markdown::render(&comparison)] {
        let parsed = parse(&text);
        let link = text.contains("[The whole report]").then_some(LINK);
        assert_ours(&parsed, link);
        // Text outside of code is searched for mentions and references.
        for live in ["@oct", "#12", "GH-12", "://evil", "www.evil", "WWW.evil", "mail@evil"] {
            assert!(!parsed.text.contains(live), "{live} in {}", parsed.text);
        }
        // Ten rows, and the number of others.
        assert_eq!(parsed.tables[0], (6, 11));
        assert!(text.contains(&format!("\n{} more results are worse.\n", HOSTILE.len() - 10)), "{text}");
    }
    // Each name is readable, in code: unchanged in a span, as text in an element.
    for name in HOSTILE {
        let comparison = services([(*name, 900.0)], support::limits_alone());
        let parsed = parse(&review::render(&comparison, Some(LINK)));
        assert_ours(&parsed, Some(LINK));
        let shown = format!("{} {}", parsed.code.join(" "), parsed.text).replace('\u{200b}', "");
        let name = name.trim().replace(|c: char| c.is_control(), " ");
        assert!(shown.contains(name.trim()), "{name:?} is not in {shown}");
    }
}

/// Names also occur in notes, labels, limits and metrics.
#[test]
fn foreign_text_is_nowhere_markup() {
    for hostile in HOSTILE {
        let metric = json!({ "p95_latency_ms": 100, "error_rate_pct": 0.5, format!("{hostile}_ms"): 5 });
        let text = |n: u32| {
            let mut metric = metric.clone();
            metric[format!("{hostile}_ms")] = n.into();
            json!({ "api": metric, format!("_{hostile}"): 1, *hostile: { "p95_latency_ms": "many" } }).to_string()
        };
        let rule = format!(
            "[[rule]]\nservice = \"*\"\nmetric = {}\nbetter = \"lower\"\nfail = {{ any = [\"+20%\"] }}\n",
            json!(format!("{hostile}_ms"))
        );
        let (mut base, mut run) = (run_from(&text(5)), run_from(&text(50)));
        base.label = format!("{hostile} a");
        run.label = (*hostile).to_owned();
        let comparison = compare::compare(base, run, policy::parse(hostile, &rule).unwrap());
        for text in [review::render(&comparison, None), markdown::render(&comparison)] {
            let parsed = parse(&text);
            assert_ours(&parsed, None);
            assert!(parsed.headings[0].contains(" against "), "{text}");
            for live in ["@oct", "#12", "GH-12", "://evil", "www.evil", "WWW.evil", "mail@evil"] {
                assert!(!parsed.text.contains(live), "{live} in {}", parsed.text);
            }
        }
    }
}

/// For any number and names of endpoints: below GitHub's limit, cut at whole rows, all counted.
#[test]
fn a_review_always_fits() {
    let long = "x".repeat(100_000);
    let wide = "\u{1f4a5}|@a".repeat(200);
    for (count, prefix) in
        [(1, ""), (50, "/v1/"), (2000, "/v1/a/rather/long/path/"), (500, &*wide), (3, &*long), (3000, "|@")]
    {
        let names: Vec<String> = (0..count).map(|i| format!("{prefix}{i}")).collect();
        for p95 in [900.0, 100.0, 10.0] {
            let comparison = services(names.iter().map(|n| (n.as_str(), p95)), support::limits_alone());
            let text = review::render(&comparison, Some(LINK));
            assert!(text.len() < 65_536, "{count} {prefix:.10}: {}", text.len());
            assert!(text.ends_with(&format!("[The whole report]({LINK})\n")));
            let parsed = parse(&text);
            assert_ours(&parsed, Some(LINK));
            // Ten rows are shown, and the others counted.
            let shown = parsed.tables.first().filter(|t| t.0 == 6).map_or(0, |t| t.1 - 1);
            let counted: usize = text.lines().filter_map(left_out).sum();
            let worse = if p95 > 100.0 { count } else { 0 };
            assert_eq!(shown + counted, worse, "{count} {prefix:.10} {p95}\n{text}");
            assert!(text.lines().filter(|l| l.starts_with("… and ")).count() == 0, "{text}");
        }
    }
}

/// The number in `312 more results are worse.`.
fn left_out(line: &str) -> Option<usize> {
    match line.strip_suffix(" are worse.").and_then(|l| l.strip_suffix(" more results")) {
        Some(number) => Some(number.replace(',', "").parse().unwrap()),
        None => (line == "One more result is worse.").then_some(1),
    }
}

#[test]
fn a_link_without_room_is_left_out_with_a_note() {
    let link = format!("https://example.org/#r1.{}", "A".repeat(66_000));
    let text = review::render(&locust(), Some(&link));
    assert!(text.len() < 65_536 && text.ends_with("The link to the whole report is too long for this place.\n"));
    let link = format!("https://example.org/#r1.{}", "A".repeat(60_000));
    let text = review::render(&locust(), Some(&link));
    assert!(text.len() < 65_536 && text.ends_with(&format!("{link})\n")) && text.contains("`POST /v1/chat`"));
}

// The prefilled issue.

/// The parameters of a URL, decoded, in order.
fn parameters(address: &str) -> Vec<(String, String)> {
    let decode = |text: &str| {
        let mut bytes = Vec::new();
        let mut rest = text.as_bytes();
        while let Some((first, tail)) = rest.split_first() {
            rest = tail;
            if *first == b'%' {
                let (digits, tail) = rest.split_at(2);
                bytes.push(u8::from_str_radix(std::str::from_utf8(digits).unwrap(), 16).unwrap());
                rest = tail;
            } else {
                bytes.push(*first);
            }
        }
        String::from_utf8(bytes).unwrap()
    };
    let (_, query) = address.split_once('?').unwrap();
    query.split('&').map(|p| p.split_once('=').unwrap()).map(|(k, v)| (k.to_owned(), decode(v))).collect()
}

fn repository() -> Repository {
    Repository::parse("octocat/hello-world").unwrap()
}

#[test]
fn an_issue_about_failures_equals_the_scripts() {
    let address = issue::address(&scripts(1, "seed-v1"), &repository(), Some(LINK)).unwrap();
    assert!(address.starts_with("https://github.com/octocat/hello-world/issues/new?title="), "{address}");
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-._~%:/?&=".contains(c);
    assert!(address.chars().all(allowed) && address.len() <= issue::MAX_ADDRESS);
    let [(title, the_title), (labels, the_labels), (body, the_body)] = &parameters(&address)[..] else { panic!() };
    assert_eq!((title.as_str(), labels.as_str(), body.as_str()), ("title", "labels", "body"));
    assert_eq!(the_title, "🚨 Critical Performance Regression Detected (2 metrics)");
    assert_eq!(the_labels, "performance,regression,automated,priority-critical");
    assert_ours(&parse(the_body), Some(LINK));
    assert!(the_body.contains("`rag_service`"));
}

#[test]
fn an_issue_about_warnings_equals_the_scripts() {
    // +60 % of a limit of +50 % with a band of 1.5: a warning.
    let comparison = services([("api_gateway", 160.0)], policy::profile("seed-v1").unwrap());
    let address = issue::address(&comparison, &repository(), None).unwrap();
    let parameters = parameters(&address);
    assert_eq!(parameters[0].1, "⚠️ Performance Warning (1 metrics trending towards regression)");
    assert_eq!(parameters[1].1, "performance,regression,automated");
}

#[test]
fn without_failures_there_is_no_issue() {
    assert!(!issue::is_due(&services([("api", 100.0)], support::limits_alone())));
    assert!(issue::is_due(&locust()));
    assert_eq!(issue::address(&services([("api", 100.0)], default()), &repository(), None), None);
    assert_eq!(issue::address(&services([("api", 10.0)], default()), &repository(), None), None);
}

/// The whole URL, for any content.
#[test]
fn an_address_always_fits() {
    let repository = Repository::parse(&format!("{}/{}", "o".repeat(39), "r".repeat(100))).unwrap();
    let wide = "\u{1f4a5}|@a".repeat(200);
    let links = [None, Some(LINK.to_owned()), Some(format!("https://e.org/#{}", "A".repeat(6_000)))];
    for link in links.iter().map(Option::as_deref) {
        for (count, prefix) in [(1, ""), (20, "/v1/"), (300, "/v1/"), (300, &*wide), (300, "<&|>")] {
            let names: Vec<String> = (0..count).map(|i| format!("{prefix}{i}")).collect();
            let mut comparison = services(names.iter().map(|n| (n.as_str(), 900.0)), support::limits_alone());
            comparison.run.label = wide.clone();
            comparison.baseline.label = format!("b{wide}");
            let address = issue::address(&comparison, &repository, link).unwrap();
            assert!(address.len() <= issue::MAX_ADDRESS, "{count} {prefix:.10}: {}", address.len());
            let body = &parameters(&address)[2].1;
            let parsed = parse(body);
            let fits = parsed.links.len() == 1;
            assert_ours(&parsed, link.filter(|_| fits));
            assert!(link.is_none() || fits || body.ends_with("too long for this place.\n"), "{body}");
            assert!(count < 300 || body.contains(" more "), "{body}");
        }
    }
}

#[test]
fn repositories_are_checked() {
    for (text, read) in [
        ("octocat/hello-world", "octocat/hello-world"),
        (" octocat/Hello_World.rs ", "octocat/Hello_World.rs"),
        ("https://github.com/octocat/hello-world", "octocat/hello-world"),
        ("https://github.com/octocat/hello-world.git", "octocat/hello-world"),
        ("github.com/octocat/hello-world/", "octocat/hello-world"),
        ("mona_acme/x", "mona_acme/x"),
    ] {
        assert_eq!(Repository::parse(text).unwrap().to_string(), read);
    }
    let long_owner = format!("{}/x", "o".repeat(40));
    let long_name = format!("o/{}", "r".repeat(101));
    for text in [
        "",
        "octocat",
        "/x",
        "octocat/",
        "-octocat/x",
        "octo cat/x",
        "octocat/x/y",
        "octocat/..",
        "octocat/x?y",
        "octocat/x#y",
        "octocat/é",
        "https://evil.example/octocat/x",
        "javascript:alert(1)/x",
        &long_owner,
        &long_name,
    ] {
        let error = Repository::parse(text).unwrap_err();
        assert!(error.ends_with('.') && error.len() > 20, "{text}: {error}");
    }
}
