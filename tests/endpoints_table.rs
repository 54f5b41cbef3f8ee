//! The endpoints table: filters, order, and how many rows are drawn.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use loaddiff::compare::{self, Comparison, Scope, Verdict};
use loaddiff::ingest;
use loaddiff::policy;
use loaddiff::report::band;
use loaddiff::report::table::{Column, Entry, Filters, Grouping, MANY, Window, window};
use loaddiff::report::view;
use loaddiff::run::{Endpoint, Percentile, Run};
use loaddiff::session::{Command, Content, Session, Target, Update};

const P95: Percentile = Percentile::P95;

fn comparison(baseline: Run, run: Run) -> Comparison {
    compare::compare(baseline, run, policy::profile("default").unwrap())
}

fn locust() -> Comparison {
    let (baseline, run) = support::locust_pair();
    comparison(baseline, run)
}

/// This many endpoints; every seventh is three times as slow in the run.
fn many(count: usize) -> Comparison {
    let run = |slower: bool| {
        let header = "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min Response \
                      Time,Max Response Time,Average Content Size,Requests/s,Failures/s,50%,66%,75%,80%,90%,95%,98%,\
                      99%,99.9%,99.99%,100%\n";
        let row = |i: usize| {
            let times = [50, 53, 55, 57, 60, 62, 65, 67, 70, 72, 75]
                .map(|ms| ms * if slower && i.is_multiple_of(7) { 3 } else { 1 });
            let list = times.map(|ms| ms.to_string()).join(",");
            format!(
                "GET,/api/{i},2000,0,{},{},{},{},10,10,0,{list}\n",
                times[0],
                times[0] + 2,
                times[0] - 10,
                times[10]
            )
        };
        support::run_from(&(0..count).map(row).fold(header.to_owned(), |all, row| all + &row))
    };
    comparison(run(false), run(true))
}

fn names(c: &Comparison, window: &Window) -> Vec<String> {
    window.lines.iter().map(|i| c.subjects[*i].label()).collect()
}

#[test]
fn the_most_severe_are_first_and_the_total_stands_apart() {
    let c = locust();
    let all = window(&c, &Filters::default(), P95);
    assert_eq!(c.subjects[all.total.unwrap()].scope, Scope::Total);
    assert_eq!((all.lines.len(), all.of, all.entries()), (8, 8, 8));
    assert_eq!(all.lines, c.endpoints_by_severity().map(|(i, _)| i).collect::<Vec<_>>());
    assert_eq!(all.order().next(), all.total);
    assert_eq!((all.len(), all.order().count()), (9, 9));
    assert!(Window::default().is_empty() && !all.is_empty());
}

#[test]
fn a_text_is_found_in_any_case_and_anywhere_in_the_label() {
    let c = locust();
    let found = |text: &str| names(&c, &window(&c, &Filters { text: text.into(), ..Filters::default() }, P95));
    assert_eq!(found("  USERS "), ["GET /users/[id]", "PUT /users/[id]"]);
    assert_eq!(found("post /v1"), ["POST /v1/chat"]);
    assert!(found("nothing like it").is_empty());
    // No filter hides the total.
    let none = window(&c, &Filters { text: "nothing like it".into(), ..Filters::default() }, P95);
    assert_eq!((none.total.is_some(), none.len()), (true, 1));
}

#[test]
fn a_verdict_leaves_the_endpoints_whose_row_shows_it() {
    let c = locust();
    let mut filters = Filters::default();
    filters.toggle(Verdict::Regressed);
    assert_eq!(names(&c, &window(&c, &filters, P95)), ["POST /v1/chat"]);
    filters.toggle(Verdict::Improved);
    assert_eq!(names(&c, &window(&c, &filters, P95)), ["GET /search"]);
    filters.toggle(Verdict::Improved);
    assert_eq!(filters, Filters::default());
}

/// A counter of the verdict counts endpoints, and a click on it shows exactly as many rows.
#[test]
fn a_counter_shows_as_many_rows_as_it_says() {
    for c in [locust(), many(30)] {
        let counters = band::counters(&c);
        assert!(!counters.is_empty());
        for counter in &counters {
            let filters = Filters { verdict: Some(counter.verdict), ..Filters::default() };
            let rows = window(&c, &filters, P95);
            assert_eq!(rows.len(), counter.endpoints, "{}", counter.text);
            assert!(counter.text.starts_with(&format!("{} ", counter.endpoints)), "{}", counter.text);
        }
        let all: usize = counters.iter().map(|counter| counter.endpoints).sum();
        assert_eq!(all, window(&c, &Filters::none(), P95).lines.len());
        assert_eq!(band::of_endpoints(&c), format!("of {all} endpoints"));
    }
}

#[test]
fn unchanged_endpoints_of_many_are_hidden_until_they_are_asked_for() {
    let c = many(MANY + 1);
    let hidden = window(&c, &Filters::default(), P95);
    assert_eq!((hidden.hiding, hidden.lines.len(), hidden.unchanged_hidden, hidden.unchanged), (true, 3, 18, 18));
    let shown = window(&c, &Filters::none(), P95);
    assert_eq!((shown.hiding, shown.lines.len(), shown.unchanged_hidden, shown.unchanged), (false, 21, 0, 18));
    // A text and a verdict may be about unchanged endpoints.
    let text = window(&c, &Filters { text: "/api/1".into(), ..Filters::default() }, P95);
    assert_eq!((text.hiding, text.lines.len()), (false, 11));
    let within = Filters { verdict: Some(Verdict::Within), hide_unchanged: Some(true), ..Filters::default() };
    assert_eq!((window(&c, &within, P95).hiding, window(&c, &within, P95).lines.len()), (false, 18));
    // Of few, none is hidden by default.
    let few = many(MANY);
    assert_eq!(window(&few, &Filters::default(), P95).lines.len(), MANY);
    let asked = Filters { hide_unchanged: Some(true), ..Filters::default() };
    assert_eq!(window(&few, &asked, P95).lines.len(), 3);
    // Where all are unchanged, hiding them would leave nothing.
    let (_, same) = support::locust_pair();
    let same = comparison(same.clone(), Run { label: "other".into(), ..same });
    assert!(!window(&same, &Filters::default(), P95).lines.is_empty());
}

#[test]
fn words_are_all_wanted_and_those_with_a_minus_are_not() {
    let c = locust();
    let found = |text: &str| names(&c, &window(&c, &Filters { text: text.into(), ..Filters::default() }, P95));
    assert_eq!(found("users get"), ["GET /users/[id]"]);
    assert_eq!(found("users -get"), ["PUT /users/[id]"]);
    assert_eq!(found("users -get -put"), [""; 0]);
    // A minus alone excludes nothing: more is being typed.
    assert_eq!(found("users -").len(), 2);
    assert_eq!(found("-").len(), 8);
    let all: BTreeSet<String> = found("").into_iter().collect();
    let without: BTreeSet<String> = found("-users").into_iter().collect();
    assert_eq!(all.difference(&without).count(), 2);
}

#[test]
fn rows_that_one_column_leaves_equal_are_sorted_by_the_next() {
    let c = many(30);
    let mut filters = Filters::none();
    filters.sort(Column::Baseline);
    filters.sort_also(Column::Name);
    assert_eq!(filters.order(), "Sorted by baseline, largest first; then by endpoint, A to Z.");
    let sorted = names(&c, &window(&c, &filters, P95));
    // Every baseline is equal.
    let mut by_name = sorted.clone();
    by_name.sort();
    assert_eq!(sorted, by_name);
    filters.sort_also(Column::Name);
    by_name.reverse();
    assert_eq!(names(&c, &window(&c, &filters, P95)), by_name);
    // Another first column forgets the further ones.
    filters.sort(Column::Severity);
    assert_eq!(filters.order(), "Sorted by verdict, most severe first.");
    // Then equal verdicts are sorted by name.
    filters.sort_also(Column::Name);
    let verdicts: Vec<_> =
        window(&c, &filters, P95).lines.iter().map(|i| view::shown(&c.subjects[*i]).verdict).collect();
    assert!(verdicts.is_sorted());
}

#[test]
fn groups_hold_every_line_once() {
    let (mut baseline, mut run) = support::locust_pair();
    let (removed, added) = (baseline.endpoints[1].name.clone(), run.endpoints[2].name.clone());
    run.endpoints.retain(|e| e.name != removed);
    baseline.endpoints.retain(|e| e.name != added);
    let c = comparison(baseline, run);
    let plain = window(&c, &Filters::none(), P95);
    let grouped = window(&c, &Filters { grouping: Grouping::Sides, ..Filters::none() }, P95);
    let names: BTreeSet<&str> = grouped.groups.iter().map(|g| g.name.as_str()).collect();
    assert_eq!(names, BTreeSet::from(["in both", "added: in the run alone", "removed: in the baseline alone"]));
    assert_eq!(grouped.groups.iter().map(|g| g.count).sum::<usize>(), grouped.lines.len());
    assert_eq!(grouped.lines.iter().collect::<BTreeSet<_>>(), plain.lines.iter().collect::<BTreeSet<_>>());
    // Any part of the rows is the same part of all rows.
    let rows = |range| grouped.drawn(range).map(|entry| format!("{entry:?}")).collect::<Vec<_>>();
    let all = rows(0..grouped.entries());
    assert_eq!(all.len(), grouped.lines.len() + 3);
    for first in 0..all.len() {
        for end in first..=all.len() {
            assert_eq!(rows(first..end), all[first..end]);
        }
    }
    for line in &grouped.lines {
        let row = grouped.row(*line).unwrap();
        assert_eq!(all[row], format!("{:?}", Entry::Line(*line)));
    }
}

/// Of many rows those near what is in view are in the document, and two rows stand for the others.
#[test]
fn many_rows_are_drawn_where_they_are_looked_at() {
    /// More than may be drawn at once.
    const ALL: usize = 900;
    const MOST: usize = 600;
    let mut shown = Shown::default();
    let header = "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min Response \
                  Time,Max Response Time,Average Content Size,Requests/s,Failures/s,50%,95%,100%\n";
    let csv = |slower: usize| {
        let row = |i: usize| {
            let ms = 100 + if i.is_multiple_of(7) { slower } else { 0 };
            format!("GET,/{}/{i},4000,0,{ms},{ms},{ms},{ms},10,10.0,0.0,{ms},{ms},{ms}\n", i % 10)
        };
        (0..ALL).map(row).fold(header.to_owned(), |all, row| all + &row)
    };
    let part = |name: &str, text: String| Ok(Content::Parts(vec![ingest::read(name, text.as_bytes()).unwrap()]));
    let contents = vec![part("base_stats.csv", csv(0)), part("run_stats.csv", csv(90))];
    shown.apply(Command::Read { contents, target: Target::Anywhere });
    shown.apply(Command::Compare);
    shown.act("unchanged show", "");
    shown.act("sort name", "");
    let space = |shown: &Shown, id: &str| -> usize {
        shown.rows[id].split("data-rows=\"").nth(1).unwrap().split('"').next().unwrap().parse().unwrap()
    };
    let lines = |shown: &Shown| shown.order.iter().filter(|id| id.starts_with("row-")).count() - 1;
    let check = |shown: &Shown| {
        assert!(shown.order[0].starts_with("row-") && shown.order[1] == "rows-above", "{:?}", &shown.order[..2]);
        assert_eq!(shown.order.last().unwrap(), "rows-below");
        assert_eq!(space(shown, "rows-above") + lines(shown) + space(shown, "rows-below"), ALL);
        assert!(lines(shown) <= MOST);
    };
    check(&shown);
    assert_eq!(space(&shown, "rows-above"), 0);
    shown.act("rows 50 40", "");
    check(&shown);
    assert_eq!((space(&shown, "rows-above"), lines(&shown)), (50, 40));
    // Past the end, the last ones.
    shown.act("rows 9999999 40", "");
    check(&shown);
    assert_eq!((space(&shown, "rows-below"), lines(&shown)), (0, 40));
    shown.act("rows 0 99999", "");
    check(&shown);
    assert_eq!(lines(&shown), MOST);
    // The row that is stepped to is drawn.
    shown.act("rows 0 40", "");
    let last = shown.order[shown.order.len() - 2].clone();
    shown.act(&last.replace('-', " "), "");
    shown.act("step 1", "");
    check(&shown);
    assert!(space(&shown, "rows-above") > 0);
    // A filter shows its first rows, and where they are few, all of them.
    shown.act("filter", "/1/");
    assert!(!shown.order.iter().any(|id| id.starts_with("rows-")), "{:?}", shown.order);
    assert!(shown.parts["endpoints"].contains(" endpoints"), "N of M endpoints");
    shown.act("column rate", "false");
    assert!(shown.parts["endpoints"].contains("endpoint-table hide-rate"));
    shown.act("column rate", "true");
    assert!(!shown.parts["endpoints"].contains("hide-rate"));
}

/// What a face was shown of the table.
#[derive(Default)]
struct Shown {
    session: Session,
    parts: BTreeMap<String, String>,
    rows: BTreeMap<String, String>,
    order: Vec<String>,
}

impl Shown {
    fn act(&mut self, action: &str, value: &str) {
        self.apply(Command::Do { action: action.parse().unwrap(), value: value.into(), at_ms: 0 });
    }

    fn apply(&mut self, command: Command) {
        for update in self.session.apply(command) {
            match update {
                Update::Part { id, html } => drop(self.parts.insert(id, html)),
                Update::Order(order) => {
                    self.rows.retain(|id, _| order.contains(id));
                    self.order = order;
                }
                Update::Rows(rows) => {
                    for (above, html) in rows {
                        assert!(above.is_empty() || self.rows.contains_key(&above), "{above} is not there yet");
                        let id = html.split("id=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
                        self.rows.insert(id, html);
                    }
                }
                _ => {}
            }
        }
    }
}

#[test]
fn every_column_sorts_in_both_directions_with_what_has_no_number_last() {
    let (baseline, mut run) = support::locust_pair();
    let without =
        Endpoint { method: Some("GET".into()), name: "/a/without".into(), requests: Some(500), ..Endpoint::default() };
    run.endpoints.push(without);
    run.endpoints.sort_by(|a, b| a.key().cmp(&b.key()));
    let c = comparison(baseline, run);
    let sorted = |filters: &Filters| names(&c, &window(&c, filters, P95));
    for column in Column::ALL {
        let mut filters = Filters { hide_unchanged: Some(false), ..Filters::default() };
        if column == Column::Severity {
            filters.descending = true;
        }
        filters.sort(column);
        assert_eq!(filters.descending, column.is_numeric(), "{column}");
        let once = sorted(&filters);
        filters.sort(column);
        let again = sorted(&filters);
        assert_eq!(once.len(), 9);
        if column.is_numeric() {
            assert_ne!(once.first(), again.first(), "{column}");
            // It has requests, and no other figure.
            let last = (once.last().unwrap() == "GET /a/without", again.last().unwrap() == "GET /a/without");
            assert_eq!(last, (column != Column::Requests, column != Column::Requests), "{column}");
        } else {
            let back: Vec<String> = again.into_iter().rev().collect();
            assert_eq!(once, back, "{column}");
        }
        assert_eq!(column.code().parse(), Ok(column));
    }
    let by = |column, descending| {
        sorted(&Filters { column, descending, hide_unchanged: Some(false), ..Filters::default() }).swap_remove(0)
    };
    assert_eq!(by(Column::Run, true), "POST /v1/chat");
    assert_eq!(by(Column::Run, false), "GET /health");
    assert_eq!(by(Column::Change, true), "POST /v1/chat");
    assert_eq!(by(Column::Change, false), "GET /search");
    assert_eq!(by(Column::Errors, true), "GET /search");
    assert_eq!(by(Column::Name, false), "GET /a/without");
}

#[test]
fn steps_go_through_the_rows_that_are_drawn() {
    let c = locust();
    let rows = window(&c, &Filters::default(), P95);
    let total = rows.total.unwrap();
    assert_eq!(rows.step(Some(total), 1), Some(rows.lines[0]));
    assert_eq!(rows.step(Some(rows.lines[0]), -1), Some(total));
    assert_eq!((rows.step(Some(total), -1), rows.step(rows.lines.last().copied(), 1)), (None, None));
    assert_eq!((rows.step(None, 1), rows.step(Some(usize::MAX), -1)), (Some(total), Some(total)));
}
