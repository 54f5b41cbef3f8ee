//! The report as JUnit XML, for what shows test results: a test case for every row that a rule is about.
//!
//! * A row that fails the gate is a `failure`: its message the reason, its type the verdict. So is an endpoint that fails
//!   the gate by being on one side only and has no such row.
//! * What could not be judged is `skipped`. Where the gate has no verdict, so is a first test case `gate`, and its message
//!   says why; where that fails the gate without a row that does, it is a `failure`.
//! * Everything else passes. What is worth knowing about it, warnings above all, is in the suite's `system-out`.
//!
//! There is no one schema. The document is valid by both that are in use: Ant's (windyroad/JUnit-Schema) and Jenkins'
//! (xunit-plugin, `junit-10.xsd`). Ant's allows no `system-out` in a test case, hence the suite's.

use super::{brief, headline, view, words};
use crate::compare::{Comparison, Gate, Row, Subject, Verdict};

/// A test case.
struct Case<'a> {
    class: &'a str,
    name: String,
    outcome: Outcome,
}

enum Outcome {
    Pass,
    Failure { verdict: &'static str, reason: String, figures: String },
    Skipped { reason: String },
}

/// Renders the report; `made_at` is the moment the runs were judged, RFC 3339: it becomes the suite's time stamp.
#[must_use]
pub fn render(comparison: &Comparison, made_at: &str) -> String {
    let cases: Vec<Case<'_>> = comparison.subjects.iter().flat_map(|s| cases(comparison, s)).collect();
    let cases: Vec<Case<'_>> = whole(comparison, &cases).into_iter().chain(cases).collect();
    let count = |wanted: fn(&Outcome) -> bool| cases.iter().filter(|c| wanted(&c.outcome)).count();
    let mut xml = Xml(String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"));
    xml.open("testsuites", &[]);
    xml.open(
        "testsuite",
        &[
            ("id", "0"),
            ("package", "loaddiff"),
            ("name", "loaddiff"),
            // Ant's schema allows no time zone; it is UTC, as all times here.
            ("timestamp", made_at.trim_end_matches('Z')),
            ("hostname", "localhost"),
            ("tests", &cases.len().to_string()),
            ("failures", &count(|o| matches!(o, Outcome::Failure { .. })).to_string()),
            ("errors", "0"),
            ("skipped", &count(|o| matches!(o, Outcome::Skipped { .. })).to_string()),
            ("time", "0"),
        ],
    );
    properties(&mut xml, comparison);
    for case in &cases {
        write_case(&mut xml, case);
    }
    xml.element("system-out", &[], &worth_knowing(comparison));
    xml.element("system-err", &[], "");
    xml.close("testsuite");
    xml.close("testsuites");
    xml.0
}

/// A case for the whole, where no row says what the gate is.
fn whole<'a>(comparison: &Comparison, cases: &[Case<'_>]) -> Option<Case<'a>> {
    let reason = headline::line(comparison);
    let failed = cases.iter().any(|case| matches!(case.outcome, Outcome::Failure { .. }));
    let outcome = match comparison.gate {
        Gate::NoVerdict => Outcome::Skipped { reason },
        Gate::Fail if !failed => {
            Outcome::Failure { verdict: comparison.word.code(), reason, figures: headline::plain(comparison) }
        }
        Gate::Fail | Gate::Pass => return None,
    };
    Some(Case { class: "loaddiff", name: "gate".into(), outcome })
}

fn properties(xml: &mut Xml, comparison: &Comparison) {
    let (baseline, run) = view::labels(comparison);
    xml.open("properties", &[]);
    for (name, value) in [
        ("made_by", concat!("loaddiff ", env!("CARGO_PKG_VERSION"))),
        ("baseline", &baseline),
        ("run", &run),
        ("profile", &comparison.policy.name),
        ("gate", comparison.gate.as_str()),
        ("word", comparison.word.code()),
    ] {
        xml.empty("property", &[("name", name), ("value", value)]);
    }
    xml.close("properties");
}

fn cases<'a>(comparison: &'a Comparison, subject: &'a Subject) -> Vec<Case<'a>> {
    let class = subject.service.as_deref().unwrap_or(subject.scope.as_str());
    let label = subject.shown();
    let judged = subject.rows.iter().filter(|r| r.verdict != Verdict::Info);
    let mut cases: Vec<Case<'_>> = judged
        .map(|row| Case { class, name: format!("{label} {}", row.metric), outcome: outcome(comparison, row) })
        .collect();
    let named = subject.rows.iter().any(|r| comparison.fails_gate(r));
    if comparison.absence_fails_gate(subject) && !named && comparison.gate == Gate::Fail {
        let reason = if subject.run.is_none() { words::ONLY_IN_BASELINE } else { words::ONLY_IN_RUN }.to_owned();
        let verdict = if subject.run.is_none() { Verdict::Missing.code() } else { Verdict::New.code() };
        let outcome = Outcome::Failure { verdict, reason, figures: String::new() };
        cases.push(Case { class, name: label, outcome });
    }
    cases
}

fn outcome(comparison: &Comparison, row: &Row) -> Outcome {
    let reason = words::reason(row);
    match row.verdict {
        verdict if comparison.fails_gate(row) && comparison.gate == Gate::Fail => {
            Outcome::Failure { verdict: verdict.code(), reason, figures: figures(row) }
        }
        Verdict::NoData | Verdict::TooFew | Verdict::Unclear => Outcome::Skipped { reason },
        _ if comparison.fails_gate(row) => Outcome::Skipped { reason },
        _ => Outcome::Pass,
    }
}

/// `p95: 430 ms → 660 ms, +53 %; limit +20 % and +10 ms`.
fn figures(row: &Row) -> String {
    format!(
        "{}: {} → {}, {}; limit {}",
        row.metric.title(),
        words::value(&row.metric, &row.baseline),
        words::value(&row.metric, &row.run),
        words::brief_change(row),
        words::limit(row)
    ) + &words::evidence(row).map(|text| format!("\n{text}")).unwrap_or_default()
}

/// The headline, the rows that warn without failing the gate, and the data checks and notes that warn.
fn worth_knowing(comparison: &Comparison) -> String {
    let mut lines = vec![format!("{}: {}", comparison.word.as_str(), headline::plain(comparison))];
    let causes = brief::clear_causes(comparison);
    lines.extend(causes.iter().map(|cause| format!("Failures that rose: {} ({})", cause.text(200), cause.label())));
    for subject in &comparison.subjects {
        let warns = |r: &&Row| r.verdict < Verdict::Unclear && !comparison.fails_gate(r);
        lines.extend(subject.rows.iter().filter(warns).map(|row| {
            let verdict = row.verdict.as_str();
            format!("{verdict}: {} {}. {}", subject.shown(), figures(row), words::reason(row))
        }));
    }
    for (what, found) in [("Data check", view::checks(comparison)), ("Note", view::notes(comparison))] {
        let warnings = found.into_iter().filter(|n| n.warning);
        lines.extend(warnings.map(|note| format!("{what} ({}): {}", note.about_each(str::to_owned), note.text)));
    }
    lines.push(String::new());
    lines.join("\n")
}

fn write_case(xml: &mut Xml, case: &Case<'_>) {
    let attributes = [("classname", case.class), ("name", case.name.as_str()), ("time", "0")];
    match &case.outcome {
        Outcome::Pass => xml.empty("testcase", &attributes),
        Outcome::Failure { verdict, reason, figures } => {
            xml.open("testcase", &attributes);
            xml.element("failure", &[("type", *verdict), ("message", reason)], figures);
            xml.close("testcase");
        }
        Outcome::Skipped { reason } => {
            xml.open("testcase", &attributes);
            xml.empty("skipped", &[("message", reason)]);
            xml.close("testcase");
        }
    }
}

/// A document as it grows, an element a line.
struct Xml(String);

impl Xml {
    fn tag(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.0.push('<');
        self.0.push_str(name);
        for (attribute, value) in attributes {
            self.0.push_str(&format!(" {attribute}=\"{}\"", escape(value)));
        }
    }

    fn open(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.tag(name, attributes);
        self.0.push_str(">\n");
    }

    fn close(&mut self, name: &str) {
        self.0.push_str(&format!("</{name}>\n"));
    }

    fn empty(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.tag(name, attributes);
        self.0.push_str("/>\n");
    }

    fn element(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) {
        self.tag(name, attributes);
        // In text a line end is only a line end.
        let text = escape(text).replace("&#10;", "\n");
        self.0.push_str(&format!(">{text}</{name}>\n"));
    }
}

/// Text for an attribute: markup as entities, white space that a parser would fold as references. What XML 1.0 has no
/// place for (`Char`, section 2.2) is left out.
fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&apos;"),
            '\t' | '\n' | '\r' => safe.push_str(&format!("&#{};", u32::from(c))),
            '\0'..='\x1f' | '\u{fffe}' | '\u{ffff}' => {}
            c => safe.push(c),
        }
    }
    safe
}
