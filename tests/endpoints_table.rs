//! The endpoints table: filters, order, and how many rows are drawn.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use loaddiff::compare::{self, Comparison, Scope, Verdict};
use loaddiff::policy;
use loaddiff::report::band;
use loaddiff::report::table::{Column, Filters, MANY, ROWS, Window, window};
use loaddiff::run::{Endpoint, Percentile, Run};

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
    assert_eq!((all.lines.len(), all.of, all.drawn), (8, 8, 8));
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
fn more_rows_are_drawn_on_request() {
    let c = many(ROWS + 5);
    let first = window(&c, &Filters::none(), P95);
    assert_eq!((first.lines.len(), first.drawn), (ROWS + 5, ROWS));
    assert_eq!(first.len(), ROWS + usize::from(first.total.is_some()));
    assert_eq!(first.place(first.lines[ROWS]), None);
    let all = window(&c, &Filters { all: true, ..Filters::none() }, P95);
    assert_eq!((all.lines.len(), all.drawn), (ROWS + 5, ROWS + 5));
    assert_eq!(all.place(all.lines[ROWS]), Some(ROWS + usize::from(all.total.is_some())));
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
