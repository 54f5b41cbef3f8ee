//! The report as CSV and as JUnit XML.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::collections::BTreeMap;

use loaddiff::compare::{self, Comparison, Gate, Verdict};
use loaddiff::policy::{self, Policy};
use loaddiff::report::{csv, json, junit};
use regex_lite::Regex;
use serde_json::{Value, json};
use support::{run_from, run_of};

const MADE_AT: &str = "2026-01-02T03:04:05Z";

fn locust() -> Comparison {
    let (base, slow) = support::locust_pair();
    compare::compare(base, slow, support::limits_alone())
}

fn scripts(profile: &str) -> Comparison {
    let baseline = run_of(&["scripts/report-1/performance-baselines.json"]);
    let run = run_of(&["scripts/report-1/load-results.csv"]);
    compare::compare(baseline, run, policy::profile(profile).unwrap())
}

/// A pair of services by name: p95 and error rate of both sides, `None` if missing on a side.
type Service<'a> = (&'a str, Option<(f64, f64)>, Option<(f64, f64)>);

fn services(services: &[Service<'_>], policy: Policy) -> Comparison {
    let side = |pick: fn(&Service<'_>) -> Option<(f64, f64)>| {
        let entries = services.iter().filter_map(|s| {
            let (p95, errors) = pick(s)?;
            Some((s.0.to_owned(), json!({ "p95_latency_ms": p95, "error_rate_pct": errors })))
        });
        run_from(&Value::Object(entries.collect()).to_string())
    };
    compare::compare(side(|s| s.1), side(|s| s.2), policy)
}

/// A row of CSV by the names of its columns.
fn read_csv(text: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = ::csv::Reader::from_reader(text.as_bytes());
    reader.deserialize().collect::<Result<_, _>>().unwrap()
}

#[test]
fn csv_has_the_rows_of_the_json() {
    for comparison in [locust(), scripts("default"), scripts("seed-v1")] {
        let report: Value = serde_json::from_str(&json::render(&comparison, MADE_AT)).unwrap();
        let rows = report["rows"].as_array().unwrap();
        let lines = read_csv(&csv::render(&comparison));
        assert_eq!(lines.len(), rows.len());
        for (line, row) in lines.iter().zip(rows) {
            for key in
                ["scope", "service", "method", "name", "metric", "unit", "provenance", "limit", "verdict", "reason"]
            {
                let text = row[key].as_str().unwrap_or_default();
                let cell = line[key].as_str();
                let guarded = text.starts_with(['+', '-']);
                assert_eq!(cell, if guarded { format!("'{text}") } else { text.to_owned() }, "{key}");
            }
            for key in ["baseline", "run", "change_abs", "change_pct", "target"] {
                let number = line[key].parse::<f64>().ok();
                assert_eq!(number, row[key].as_f64(), "{key}: {}", line[key]);
            }
            for (side, bounds) in [("baseline", &row["baseline_bounds"]), ("run", &row["run_bounds"])] {
                for (i, end) in ["low", "high"].iter().enumerate() {
                    assert_eq!(line[&format!("{side}_{end}")].parse::<f64>().ok(), bounds[i].as_f64());
                }
            }
        }
    }
}

/// Line by line, by hand: a table of two services as in the file.
#[test]
fn csv_is_exact() {
    let policy = policy::parse(
        "t.toml",
        "[compare]\nevidence = \"ignore\"\n[[rule]]\nservice = \"*\"\nmetric = \"p95_latency_ms\"\nfail = { any = [\"+20%\"] }\n",
    );
    let comparison = services(&[("a, \"b\"", Some((100.0, 0.5)), Some((150.0, 0.25)))], policy.unwrap());
    let expected = "scope,service,method,name,metric,unit,baseline,baseline_low,baseline_high,run,run_low,run_high,\
        provenance,change_abs,change_pct,limit,target,verdict,reason,estimate,interval_low,interval_high,\
        interval_method,detectable,noise_pct,p,adjusted_p\r\n\
        endpoint,\"a, \"\"b\"\"\",,\"a, \"\"b\"\"\",p95_latency_ms,ms,100.0,,,150.0,,,percentile_table,50.0,50.0,'+20%,120.0,\
        CRITICAL,'+50 % is beyond the limit +20 %.,,,,,,,,\r\n\
        endpoint,\"a, \"\"b\"\"\",,\"a, \"\"b\"\"\",error_rate_pct,%,0.5,,,0.25,,,summary_only,-0.25,-50.0,,,info,\
        No limit applies.,,,,,,,,\r\n";
    assert_eq!(csv::render(&comparison), expected);
}

/// OWASP, CSV Injection: the leading characters that make a cell a formula; numbers are safe.
#[test]
fn csv_contains_no_formula() {
    let names = [
        "=cmd|'/c calc'!A1",
        "+1+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "＝1",
        "plain",
        "a=1",
        "'quoted",
        " =1",
    ];
    let pairs: Vec<Service<'_>> = names.iter().map(|n| (*n, Some((100.0, 0.5)), Some((50.0, 0.1)))).collect();
    let text = csv::render(&services(&pairs, policy::profile("default").unwrap()));
    let lines = read_csv(&text);
    for name in names {
        let cell = match name {
            "plain" | "a=1" | "'quoted" | " =1" => name.to_owned(),
            formula => format!("'{}", formula.replace('\t', "␉").replace('\r', "␍").replace('\n', "␊")),
        };
        assert!(lines.iter().any(|l| l["name"] == cell && l["service"] == cell), "{name:?}");
    }
    for cell in lines.iter().flat_map(BTreeMap::values) {
        let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝']);
        assert!(!formula || cell.parse::<f64>().is_ok(), "{cell:?}");
    }
    assert!(lines.iter().any(|l| l["change_abs"] == "-50.0"), "numbers stay numbers");
}

// JUnit XML: the rules of the two schemas that are in use, each element with its attributes and its content.

/// An attribute: name, whether it is required, pattern of its values.
type Attribute = (&'static str, bool, &'static str);

/// An element: name, attributes, children (a regular expression over their names, each followed by a space), and
/// whether it may contain text.
struct Element(&'static str, &'static [Attribute], &'static str, bool);

const ANY: &str = "(?s).*";
const INT: &str = "[0-9]+";
const DECIMAL: &str = r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)";
const MOMENT: &str = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}";

/// github.com/windyroad/JUnit-Schema, JUnit.xsd: the format of Ant's tasks.
const ANT: &[Element] = &[
    Element("testsuites", &[], "(testsuite )*", false),
    Element(
        "testsuite",
        &[
            ("package", true, ANY),
            ("id", true, INT),
            ("name", true, "(?s).+"),
            ("timestamp", true, MOMENT),
            ("hostname", true, "(?s).+"),
            ("tests", true, INT),
            ("failures", true, INT),
            ("errors", true, INT),
            ("skipped", false, INT),
            ("time", true, DECIMAL),
        ],
        "properties (testcase )*system-out system-err ",
        false,
    ),
    Element("properties", &[], "(property )*", false),
    Element("property", &[("name", true, "(?s).+"), ("value", true, ANY)], "", false),
    Element(
        "testcase",
        &[("name", true, ANY), ("classname", true, ANY), ("time", true, DECIMAL)],
        "(skipped |error |failure )?",
        false,
    ),
    // Untyped: any content.
    Element("skipped", &[("message", false, ANY), ("type", false, ANY)], "", true),
    Element("error", &[("message", false, ANY), ("type", true, ANY)], "", true),
    Element("failure", &[("message", false, ANY), ("type", true, ANY)], "", true),
    Element("system-out", &[], "", true),
    Element("system-err", &[], "", true),
];

/// Jenkins' xunit-plugin, junit-10.xsd.
const JENKINS: &[Element] = &[
    Element(
        "testsuites",
        &[
            ("name", false, ANY),
            ("time", false, SUREFIRE_TIME),
            ("tests", false, ANY),
            ("failures", false, ANY),
            ("errors", false, ANY),
        ],
        "(testsuite )*",
        false,
    ),
    Element(
        "testsuite",
        &[
            ("name", true, ANY),
            ("tests", true, ANY),
            ("failures", true, ANY),
            ("errors", true, ANY),
            ("group", false, ANY),
            ("time", false, SUREFIRE_TIME),
            ("skipped", false, ANY),
            ("timestamp", false, ANY),
            ("hostname", false, ANY),
            ("id", false, ANY),
            ("package", false, ANY),
            ("file", false, ANY),
            ("log", false, ANY),
            ("url", false, ANY),
        ],
        "(testsuite |properties |testcase |system-out |system-err )*",
        false,
    ),
    Element("properties", &[], "(property )*", false),
    Element("property", &[("name", true, ANY), ("value", true, ANY)], "", false),
    Element(
        "testcase",
        &[("name", true, ANY), ("time", false, ANY), ("classname", false, ANY), ("group", false, ANY)],
        "(skipped |error |failure |rerunFailure |rerunError |flakyFailure |flakyError |system-out |system-err )*",
        false,
    ),
    Element("skipped", &[("message", false, ANY), ("type", false, ANY)], "", true),
    Element("error", &[("message", false, ANY), ("type", false, ANY)], "", true),
    Element("failure", &[("message", false, ANY), ("type", false, ANY)], "", true),
    Element("system-out", &[], "", true),
    Element("system-err", &[], "", true),
];

const SUREFIRE_TIME: &str = r"(([0-9]{0,3},)*[0-9]{3}|[0-9]{0,3})*(\.[0-9]*)?";

fn matches(pattern: &str, text: &str) -> bool {
    Regex::new(&format!("^(?:{pattern})$")).unwrap().is_match(text)
}

/// The violations of a schema, and of the counts stated in the suites.
fn violations(schema: &[Element], xml: &str) -> Vec<String> {
    let document = match roxmltree::Document::parse(xml) {
        Ok(document) => document,
        Err(e) => return vec![e.to_string()],
    };
    let mut wrong = Vec::new();
    if document.root_element().tag_name().name() != "testsuites" {
        wrong.push("the root is no testsuites".to_owned());
    }
    for node in document.descendants().filter(roxmltree::Node::is_element) {
        let name = node.tag_name().name();
        let Some(Element(_, attributes, children, text)) = schema.iter().find(|e| e.0 == name) else {
            wrong.push(format!("there is no {name}"));
            continue;
        };
        for (attribute, required, pattern) in *attributes {
            match node.attribute(*attribute) {
                None if *required => wrong.push(format!("{name} has no {attribute}")),
                Some(value) if !matches(pattern, value) => wrong.push(format!("{name}: {attribute} is {value:?}")),
                _ => {}
            }
        }
        for attribute in node.attributes() {
            if !attributes.iter().any(|a| a.0 == attribute.name()) {
                wrong.push(format!("{name} has {}", attribute.name()));
            }
        }
        let content: String =
            node.children().filter(|n| n.is_element()).map(|n| format!("{} ", n.tag_name().name())).collect();
        if !matches(children, &content) {
            wrong.push(format!("{name} holds {content}"));
        }
        let has_text = node.children().any(|n| n.is_text() && !n.text().unwrap_or_default().trim().is_empty());
        if has_text && !text {
            wrong.push(format!("{name} holds text"));
        }
        if name == "testsuite" {
            let cases = || node.children().filter(|n| n.has_tag_name("testcase"));
            let with = |child: &str| cases().filter(|n| n.children().any(|c| c.has_tag_name(child))).count();
            let counts = [("tests", cases().count()), ("failures", with("failure")), ("skipped", with("skipped"))];
            for (attribute, count) in counts.into_iter().chain([("errors", with("error"))]) {
                if node.attribute(attribute) != Some(&count.to_string()) {
                    wrong.push(format!("{attribute} is not {count}"));
                }
            }
        }
    }
    wrong
}

#[track_caller]
fn assert_valid(xml: &str) {
    for (which, schema) in [("Ant", ANT), ("Jenkins", JENKINS)] {
        let wrong = violations(schema, xml);
        assert!(wrong.is_empty(), "{which}: {wrong:?}\n{xml}");
    }
}

#[test]
fn junit_is_valid_by_both_schemas() {
    for comparison in [locust(), scripts("default"), scripts("seed-v1")] {
        assert_valid(&junit::render(&comparison, MADE_AT));
    }
    // Check that the checker rejects something.
    let xml = junit::render(&locust(), MADE_AT);
    for (from, to) in [
        (" classname=\"endpoint\"", ""),
        ("time=\"0\"", "time=\"fast\""),
        ("failures=\"2\"", "failures=\"3\""),
        ("<testcase ", "<testcase status=\"run\" "),
        ("</failure>", "</failure><system-out/>"),
        ("<system-err></system-err>\n", ""),
        ("T03:04:05\"", "T03:04:05Z\""),
        ("<properties>", "<properties>stray"),
        ("</testsuites>", ""),
    ] {
        assert!(xml.contains(from), "{from}");
        assert!(!violations(ANT, &xml.replacen(from, to, 1)).is_empty(), "{from} → {to}");
    }
}

/// A case: class name, name, and the kind of its outcome.
fn cases(xml: &str) -> Vec<(String, String, &'static str)> {
    let document = roxmltree::Document::parse(xml).unwrap();
    let kind = |n: roxmltree::Node| match n.children().find(|c| c.is_element()).map(|c| c.tag_name().name()) {
        Some("failure") => "failure",
        Some("skipped") => "skipped",
        None => "pass",
        Some(other) => panic!("{other}"),
    };
    document
        .descendants()
        .filter(|n| n.has_tag_name("testcase"))
        .map(|n| (n.attribute("classname").unwrap().to_owned(), n.attribute("name").unwrap().to_owned(), kind(n)))
        .collect()
}

fn case(class: &str, name: &str, kind: &'static str) -> (String, String, &'static str) {
    (class.into(), name.into(), kind)
}

/// Golden report 1 by hand: 4 metrics, 2 failures; the scripts' missing p95 passes, and services are the classes.
#[test]
fn junit_of_the_golden_report() {
    let xml = junit::render(&scripts("seed-v1"), MADE_AT);
    assert_eq!(
        cases(&xml),
        [
            case("api_gateway", "api_gateway p95_latency_ms", "pass"),
            case("api_gateway", "api_gateway error_rate_pct", "failure"),
            case("api_gateway", "api_gateway rps", "pass"),
            case("rag_service", "rag_service error_rate_pct", "failure"),
        ]
    );
    let document = roxmltree::Document::parse(&xml).unwrap();
    let failure = document.descendants().find(|n| n.has_tag_name("failure")).unwrap();
    assert_eq!(failure.attribute("type"), Some("CRITICAL"));
    assert!(failure.attribute("message").unwrap().contains("beyond the limit +0.75 %"));
    assert_eq!(failure.text(), Some("error rate: 0.33 % → 1 %, +0.67 pp; limit +0.75 %"));
}

#[test]
fn junit_lists_warnings_and_skips_missing_data() {
    let comparison = scripts("default");
    let xml = junit::render(&comparison, MADE_AT);
    let cases = cases(&xml);
    // A case for every judged figure, and one for the missing verdict.
    assert_eq!(cases.len() as u64, comparison.counts.total + 1);
    assert_eq!(cases[0], case("loaddiff", "gate", "skipped"));
    assert!(cases.contains(&case("endpoint", "api_gateway p95_latency_ms", "skipped")));
    let locust = locust();
    let xml = junit::render(&locust, MADE_AT);
    let document = roxmltree::Document::parse(&xml).unwrap();
    let said = document.descendants().find(|n| n.has_tag_name("system-out")).unwrap().text().unwrap();
    assert!(said.starts_with("CRITICAL: POST /v1/chat p95 rose"), "{said}");
    assert_eq!(said.lines().filter(|l| l.starts_with("WARNING: ")).count() as u64, locust.counts.warning);
}

/// Failures are in the document exactly if the gate fails, for any policy.
#[test]
fn junit_fails_if_the_gate_fails() {
    let pairs: &[Service<'_>] = &[
        ("same", Some((100.0, 0.5)), Some((100.0, 0.5))),
        ("slow", Some((100.0, 0.5)), Some((900.0, 0.5))),
        ("gone", Some((100.0, 0.5)), None),
        ("new", None, Some((100.0, 0.5))),
    ];
    let rule = |service: &str| {
        format!("[[rule]]\nservice = \"{service}\"\nmetric = \"p95_latency_ms\"\nfail = {{ any = [\"+20%\"] }}\n")
    };
    for gate in ["point", "confirmed"] {
        for missing in ["fail", "warn", "ignore"] {
            for new in ["fail", "warn", "info"] {
                for about in ["*", "same", "slow"] {
                    for names in [pairs, &pairs[..1], &pairs[2..], &pairs[3..]] {
                        let settings = format!(
                            "[compare]\ngate = \"{gate}\"\nmissing = \"{missing}\"\nunmatched_new = \"{new}\"\n"
                        );
                        let policy = policy::parse("t.toml", &format!("{settings}{}", rule(about))).unwrap();
                        // Both sides need a service: one of the omitted ones, without a rule.
                        let mut names = names.to_vec();
                        names.push(("other", Some((100.0, 0.5)), Some((100.0, 0.5))));
                        let comparison = services(&names, policy);
                        let xml = junit::render(&comparison, MADE_AT);
                        assert_valid(&xml);
                        let fails = xml.contains("<failure ");
                        assert_eq!(fails, comparison.gate == Gate::Fail, "{settings} {about}\n{xml}");
                        let headline = &json::render(&comparison, MADE_AT);
                        let gone = comparison.subjects.iter().any(|s| s.verdict == Verdict::Missing);
                        let fails = gone && missing == "fail";
                        assert!(!fails || headline.contains("gone is missing"), "{headline}");
                    }
                }
            }
        }
    }
}

#[test]
fn junit_keeps_foreign_text_as_text() {
    let names = ["<b> & \"c\" 'd' ]]>", "\u{1}\u{8}bell\u{b}\u{fffe}", "line\nand\ttab\r", "\u{1f4a5} é", "<![CDATA["];
    let pairs: Vec<Service<'_>> = names.iter().map(|n| (*n, Some((100.0, 0.5)), Some((900.0, 9.0)))).collect();
    let xml = junit::render(&services(&pairs, support::limits_alone()), MADE_AT);
    assert_valid(&xml);
    let cases = cases(&xml);
    let without_controls = |name: &str| name.replace(['\u{1}', '\u{8}', '\u{b}', '\u{fffe}'], "");
    for name in names {
        let name = without_controls(name);
        assert!(cases.contains(&case(&name, &format!("{name} p95_latency_ms"), "failure")), "{name:?}: {cases:?}");
    }
}
