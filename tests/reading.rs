//! The report as it reads: colour follows evidence, what to know stands before the word, reasons take one line.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use loaddiff::compare::{self, Comparison, Verdict};
use loaddiff::policy;
use loaddiff::report::html::{render, sections};
use loaddiff::report::{band, view, words};
use loaddiff::run::{Percentile, Run};
use scraper::{Html, Selector};

fn locust(rules: &str) -> Comparison {
    let (base, slow) = support::locust_pair();
    compare::compare(base, slow, policy::parse("t.toml", rules).unwrap())
}

fn texts(html: &str, selector: &str) -> Vec<String> {
    let document = Html::parse_document(html);
    let selector = Selector::parse(selector).unwrap();
    document.select(&selector).map(|e| e.text().collect::<Vec<_>>().join("").trim().to_owned()).collect()
}

/// Filled is confirmed: no row, tile or counter has that colour with another verdict.
#[test]
fn only_what_is_confirmed_is_filled() {
    for rules in
        ["profile = \"default\"", "profile = \"seed-v1\"", "profile = \"default\"\n[compare]\nevidence = \"ignore\"\n"]
    {
        let c = locust(rules);
        for row in c.subjects.iter().flat_map(|s| &s.rows) {
            let tone = words::row_tone(row);
            match row.verdict {
                Verdict::Regressed => assert_eq!(tone, "critical"),
                Verdict::ProbablyRegressed => assert_eq!(tone, "probable"),
                // By limits alone, nothing says how sure a figure is.
                Verdict::Critical | Verdict::Warning if row.evidence.is_none() => assert_eq!(tone, "probable"),
                Verdict::Unclear | Verdict::TooFew | Verdict::NoData => assert_eq!(tone, "unknown"),
                _ => assert!(row.verdict == Verdict::Critical || tone != "critical", "{:?}", row.verdict),
            }
            assert!(tone != "unknown" || words::row_sign(row) != "▲");
        }
        let html = render(&c, "2026-01-02T03:04:05Z");
        let confirmed = c.subjects.iter().flat_map(|s| &s.rows).any(|r| r.verdict == Verdict::Regressed);
        for filled in [".chip.tone-critical", ".tile.tone-critical", ".badge.tone-critical", ".verdict.tone-critical"] {
            assert!(confirmed || texts(&html, filled).is_empty(), "{filled} of {rules}");
        }
    }
}

/// A pair that nothing changed in has no verdict's colour anywhere.
#[test]
fn nothing_is_coloured_where_nothing_changed() {
    let (base, _) = support::locust_pair();
    let again = Run { label: "again".into(), ..base.clone() };
    let mut policy = policy::profile("default").unwrap();
    policy.compare.require_same.clear();
    let html = render(&compare::compare(base, again, policy), "2026-01-02T03:04:05Z");
    for tone in ["critical", "probable", "warning", "improved", "improving"] {
        assert_eq!(texts(&html, &format!(".badge.tone-{tone}, .chip.tone-{tone}, .tile.tone-{tone}")), [""; 0]);
    }
}

/// Endpoints that differ only in ids are told in one line before the word; how to judge them as one is folded.
#[test]
fn what_to_know_stands_before_the_word_in_one_line_each() {
    let header = "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min Response Time,Max \
                  Response Time,Average Content Size,Requests/s,Failures/s,50%,95%,100%\n";
    let run = |ms: u32| {
        let row =
            |i: usize| format!("GET,/users/{}/orders,4000,0,{ms},{ms},{ms},{ms},10,10,0,{ms},{ms},{ms}\n", 1000 + i);
        support::run_from(&(0..40).map(row).fold(header.to_owned(), |all, row| all + &row))
    };
    let c = compare::compare(run(100), Run { label: "b".into(), ..run(101) }, policy::profile("default").unwrap());
    let known = band::known(&c);
    assert_eq!(known.len(), 1, "{known:?}");
    assert!(known[0].first.ends_with("orders.") && known[0].first.len() < 90, "{known:?}");
    assert!(known[0].rest.contains("--group-ids"));
    let html = sections::verdict(&c, None);
    assert!(html.find("id=\"strip\"").unwrap() < html.find("<h1>").unwrap());
    assert_eq!(texts(&html, "#strip summary"), [known[0].first.clone()]);
    assert!(!texts(&html, "#verdict")[0].contains("group-ids"));
}

/// The limits in force are one line of two short sentences.
#[test]
fn the_limits_are_one_line() {
    let (base, slow) = support::locust_pair();
    let c = compare::compare(base, slow, policy::profile("default").unwrap());
    assert_eq!(band::judged_by(&c), "Default limits. Fails on confirmed regressions only.");
    assert!(band::judged_how(&c).starts_with("Corrected for "));
    let scripts = locust("profile = \"seed-v1\"");
    assert_eq!(band::judged_how(&scripts), "Judged by limits alone.");
}

/// The reason in a row and in the table of metrics is a few words.
#[test]
fn reasons_take_one_line() {
    let c = locust("profile = \"default\"");
    for subject in &c.subjects {
        for detail in view::details(subject) {
            assert!(detail.short.chars().count() <= 90, "{}", detail.short);
            assert!(!detail.short.is_empty() || detail.verdict == Verdict::Info);
        }
    }
    for line in view::lines(&c, Percentile::P95) {
        assert!(line.why().chars().count() <= 70, "{}", line.why());
    }
}

/// A report opens with the percentile that its sentence names.
#[test]
fn what_changed_is_what_the_sentence_names() {
    let c = locust("profile = \"default\"");
    let html = render(&c, "2026-01-02T03:04:05Z");
    let percentile = band::first_percentile(&c);
    assert!(texts(&html, ".decided")[0].contains(&format!(" p{percentile} rose ")), "{:?}", texts(&html, ".decided"));
    assert!(texts(&html, "#changes-title .sub")[0].starts_with(&format!("p{percentile} of ")));
    assert!(texts(&html, ".endpoint-table thead th").iter().any(|head| head.ends_with(&format!("p{percentile} run"))));
}

/// On paper there are the details of the few that regressed for sure: each is marked.
#[test]
fn the_details_for_paper_are_those_confirmed() {
    let c = locust("profile = \"default\"");
    let html = render(&c, "2026-01-02T03:04:05Z");
    let marked = texts(&html, ".subject.confirmed > summary .badge");
    assert!(!marked.is_empty() && marked.len() <= 7, "{marked:?}");
    assert!(marked.iter().all(|badge| badge.ends_with("Regressed") && badge.starts_with('▲')), "{marked:?}");
}

/// What the verdict says of notes and checks is what stands where its link leads.
#[test]
fn notes_are_counted_as_they_are_shown() {
    let (base, slow) = support::locust_pair();
    let policy = policy::profile("default").unwrap();
    let whole = compare::compare(base.clone(), slow, policy.clone());
    let same = compare::compare(base.clone(), base, policy);
    let fragment = loaddiff::link::encode(&whole, &loaddiff::link::Options::default()).unwrap().text;
    let opened = loaddiff::link::decode(&fragment).unwrap().judge();
    for c in [&whole, &same, &opened] {
        let html = sections::facts(c, None);
        let shown = texts(&html, ".notes > li").len();
        let warned = texts(&html, ".notes > li.warning").len();
        let said = view::data_checks(c);
        let numbers: Vec<usize> = said.split(' ').filter_map(|word| word.parse().ok()).collect();
        assert_eq!(numbers.iter().sum::<usize>(), shown, "{said}");
        assert!(warned == 0 || numbers[0] == warned, "{said}");
        assert!(!said.contains("0 "), "{said}");
    }
}

/// Runs that are called the same differ in nothing by that.
#[test]
fn equal_labels_are_no_difference() {
    let (base, slow) = support::locust_pair();
    let called = |run: &Run, label: &str| Run { label: label.into(), ..run.clone() };
    let differ = |baseline: &str, run: &str| {
        let policy = policy::profile("default").unwrap();
        let c = compare::compare(called(&base, baseline), called(&slow, run), policy);
        texts(&sections::facts(&c, None), ".fact-table .differs th").iter().any(|name| name.starts_with("Label"))
    };
    assert!(!differ("base", "base") && !differ("", ""));
    assert!(differ("base", "slow"));
}

/// A number and its unit are not parted in the verdict's sentence and in the tiles.
#[test]
fn numbers_stay_with_their_units() {
    let c = locust("profile = \"default\"");
    let html = format!("{}{}", sections::verdict(&c, None), sections::tiles(&c, None));
    let said = texts(&html, ".decided, .tile p").join(" ");
    assert!(said.contains("\u{a0}ms") && said.contains("\u{a0}%"), "{said}");
    for unit in [" ms", " %", " pp"] {
        assert!(!said.contains(unit), "{said}");
    }
}

/// Each reason is true of its numbers: 7.1 → 6.3 requests a second is not within −10 % (−21 to −0.45 %), 130 → 140 ms is one
/// step of Locust's rounding and its interval ends nowhere near the limit, and 150 → 157 ms is beyond the warning limit.
#[test]
fn reasons_are_true_of_their_numbers() {
    let c = locust("profile = \"default\"");
    let row = |label: &str, metric: &str| {
        let subject = c.subjects.iter().find(|s| s.label() == label).unwrap();
        subject.rows.iter().find(|row| row.metric.to_string() == metric).unwrap()
    };
    let throughput = row("POST /v1/chat", "rps");
    assert_eq!(throughput.verdict, Verdict::Unclear);
    assert!(!c.fails_gate(throughput));
    for subject in c.subjects.iter().filter(|s| s.verdict == Verdict::Unclear) {
        assert!(!subject.worst_row().unwrap().1.is_aside(), "{}", subject.label());
    }
    let mut checked = 0;
    for row in c.subjects.iter().flat_map(|s| &s.rows).filter(|row| row.verdict == Verdict::Within) {
        let said = words::explanation(row);
        let Some(evidence) = row.evidence.as_ref().filter(|_| said.contains("ends below")) else { continue };
        let (limit, upper) = (evidence.limit.unwrap(), evidence.interval.upper.unwrap());
        // Both as factors, since the difference between equal runs is one.
        let edge = if row.metric.unit() == "%" {
            limit
        } else {
            ((1.0 + limit / 100.0).ln() + (1.0 + evidence.floor / 100.0).ln()).exp_m1() * 100.0
        };
        assert!(upper <= edge + 1e-9, "{said}");
        checked += 1;
    }
    assert!(checked > 3, "{checked}");
    let rounded = row("POST /tools/run", "p50_latency_ms");
    assert_eq!(
        words::explanation(rounded).split(". ").next().unwrap(),
        "The change is no more than one step of the tool's rounding"
    );
    let mean = words::formula(row("POST /tools/run", "mean_latency_ms")).unwrap();
    assert!(
        mean.contains("; the warning limit +2.5 % lies at ") && mean.ends_with("as measured, the run is beyond it"),
        "{mean}"
    );
}

/// Two files with the same figures are named as that; one file twice has no counters.
#[test]
fn equal_figures_are_named() {
    let (base, _) = support::locust_pair();
    let policy = policy::profile("default").unwrap();
    let mut again = base.clone();
    for file in &mut again.source.files {
        file.bytes += 1;
    }
    let c = compare::compare(base.clone(), again, policy.clone());
    let known = band::known(&c);
    assert!(known.iter().any(|known| known.first == "All figures are equal on both sides."), "{known:?}");
    assert!(band::counters(&compare::compare(base.clone(), base, policy)).is_empty());
}

/// A percentile that no rule is about has its figures, without a verdict.
#[test]
fn a_percentile_without_a_rule_has_figures() {
    let c = locust("profile = \"default\"");
    let chat = view::lines(&c, Percentile(90_000)).into_iter().find(|line| line.name == "/v1/chat").unwrap();
    assert_eq!([&chat.latency.baseline, &chat.latency.run, &chat.latency.change], ["390 ms", "610 ms", "+56 %"]);
    assert_eq!(chat.latency.verdict, Verdict::Info);
}
