//! Why an endpoint has its verdict: every metric with its limit and formula, its failures, its charts.

use std::sync::Arc;

use leptos::prelude::*;
use web_sys::ScrollLogicalPosition;

use super::figure::Figure;
use super::parts::{badge, badge_saying, dot};
use super::{browser, figure, state};
use crate::chart::{self, Over, Size};
use crate::compare::{Comparison, Verdict, explore};
use crate::ingest::Role;
use crate::number;
use crate::report::view::{self, Detail};
use crate::report::words;

#[component]
pub(super) fn Details() -> impl IntoView {
    let state = state();
    view! {
        <section class="panel details" id="details" aria-labelledby="details-title">
            {move || {
                let comparison = state.comparison.get()?;
                let index = state.subject.get()?;
                let subject = comparison.subjects.get(index)?;
                let rows = view::details(subject);
                let failures = view::failures(&comparison, subject);
                let shown = view::shown(subject);
                let headline = shown.row.map(|row| (row.metric.title(), words::explanation(row)));
                let would_change = shown.row.and_then(words::would_change);
                Some(
                    view! {
                        <header class="details-head">
                            <h2 id="details-title">
                                {badge_saying(shown.verdict, shown.word)}
                                <span class="mono name">{words::subject_name(subject)}</span>
                            </h2>
                            <Steps/>
                        </header>
                        {headline
                            .map(|(metric, why)| {
                                let passes = would_change.map(|text| view! { " " <span class="would-change">{text}</span> });
                                view! { <p class="why"><b>{metric} ": "</b> {why} {passes}</p> }
                            })}
                        <Metrics rows/>
                        <Charts comparison=Arc::clone(&comparison) subject=index/>
                        <Failures failures/>
                    },
                )
            }}
        </section>
    }
}

/// To the endpoint above or below in the table, and back to the table.
#[component]
fn Steps() -> impl IntoView {
    let state = state();
    let at = move || {
        let order = state.order();
        let at = state.subject.get().and_then(|s| order.iter().position(|o| *o == s));
        (at, order.len())
    };
    let place = Memo::new(move |_| at());
    view! {
        <div class="steps">
            <button
                type="button"
                class="icon"
                aria-label="Previous endpoint"
                title="Previous (k)"
                disabled=move || place.get().0.is_none_or(|at| at == 0)
                on:click=move |_| state.step(-1)
            >
                "↑"
            </button>
            <button
                type="button"
                class="icon"
                aria-label="Next endpoint"
                title="Next (j)"
                disabled=move || { let (at, of) = place.get(); at.is_none_or(|at| at + 1 >= of) }
                on:click=move |_| state.step(1)
            >
                "↓"
            </button>
            <button
                type="button"
                class="quiet small"
                on:click=move |_| browser::reveal("endpoints", ScrollLogicalPosition::Start)
            >
                "Back to the table"
            </button>
        </div>
    }
}

/// All metrics: those that a rule is about first.
#[component]
fn Metrics(rows: Vec<Detail>) -> impl IntoView {
    let (judged, others): (Vec<Detail>, Vec<Detail>) = rows.into_iter().partition(|r| r.verdict != Verdict::Info);
    let row = |detail: Detail, judged: bool| {
        let class = format!("tone-{}", words::tone(detail.verdict));
        view! {
            <tr class=class>
                <th scope="row">{detail.metric} <small>{detail.provenance}</small></th>
                <td class="n base" data-label="from">{detail.baseline}</td>
                <td class="n run" data-label="to">{detail.run}</td>
                <td class="n change" data-label="change">
                    {detail.change}
                    {detail.interval.map(|interval| view! { <small class="interval">{interval}</small> })}
                </td>
                <td class="limit" data-label="limit">{detail.limit}</td>
                <td class="cell-verdict">{judged.then(|| badge(detail.verdict))}</td>
                <td class="reason" data-label="why">
                    {judged.then_some(detail.reason)}
                    {judged.then(|| view! { <Evidence would_change=detail.would_change method=detail.method numbers=detail.numbers formula=detail.formula/> })}
                </td>
            </tr>
        }
    };
    let any_judged = !judged.is_empty();
    let has_others = !others.is_empty();
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="Metrics">
            <table aria-label="Metrics" class="metrics">
                <thead>
                    <tr>
                        <th scope="col">"Metric"</th>
                        <th scope="col" class="n">{dot(Role::Baseline)} "Baseline"</th>
                        <th scope="col" class="n">{dot(Role::Run)} "Run"</th>
                        <th scope="col" class="n">"Change"</th>
                        <th scope="col">"Limit"</th>
                        <th scope="col">"Verdict"</th>
                        <th scope="col">"Why"</th>
                    </tr>
                </thead>
                <tbody>{judged.into_iter().map(|d| row(d, true)).collect_view()}</tbody>
                {has_others
                    .then(|| {
                        view! {
                            <tbody class="unjudged">
                                {any_judged
                                    .then(|| {
                                        view! {
                                            <tr class="between">
                                                <th scope="rowgroup" colspan="7">"No rule is about these"</th>
                                            </tr>
                                        }
                                    })}
                                {others.into_iter().map(|d| row(d, false)).collect_view()}
                            </tbody>
                        }
                    })}
            </table>
        </div>
    }
}

/// What would change a figure's verdict, and the numbers behind it.
#[component]
fn Evidence(
    would_change: Option<String>,
    method: Option<String>,
    numbers: Vec<(&'static str, String)>,
    formula: Option<String>,
) -> impl IntoView {
    let numbers: Vec<_> = method.map(|method| ("Found by", method)).into_iter().chain(numbers).collect();
    view! {
        {would_change.map(|text| view! { " " <span class="would-change">{text}</span> })}
        {formula.map(|formula| view! { <small class="formula">{formula}</small> })}
        {(!numbers.is_empty())
            .then(|| {
                view! {
                    <details class="numbers">
                        <summary>"The numbers"</summary>
                        <dl>
                            {numbers
                                .into_iter()
                                .map(|(name, value)| view! { <div><dt>{name}</dt><dd>{value}</dd></div> })
                                .collect_view()}
                        </dl>
                    </details>
                }
            })}
    }
}

/// The percentile plot, and what there is over time.
#[component]
fn Charts(comparison: Arc<Comparison>, subject: usize) -> impl IntoView {
    move || {
        let subject = comparison.subjects.get(subject)?;
        let size = figure::size(Size::HALF);
        let over = |caption: &str, what| {
            let own = chart::time_overlay(&comparison, subject, what, size).map(|c| (caption.to_owned(), c));
            // Many histories know the whole run alone: that says at least whether the run was steady.
            own.or_else(|| {
                let total = chart::time_overlay(&comparison, comparison.total()?, what, size)?;
                Some((format!("{caption}, all endpoints together"), total))
            })
        };
        let plot = chart::percentile_plot(subject, size).map(|c| ("Response time by percentile".to_owned(), c));
        // Computed here, for the subject that is looked at alone.
        let explored = explore(&comparison, subject);
        let shift = chart::shift_plot(subject, &explored, view::shift_limit(subject), size)
            .map(|c| ("Shift: how much slower, by percentile".to_owned(), c));
        let findings = view::findings(&explored);
        let charts = [
            plot,
            shift,
            over("Mean response time over time", Over::Latency),
            over("Requests per second over time", Over::Throughput),
            over("Failed requests over time", Over::Errors),
        ];
        let drawn: Vec<_> =
            charts.into_iter().flatten().map(|(caption, chart)| view! { <Figure caption chart/> }).collect();
        Some(view! {
            {(!drawn.is_empty()).then(|| view! { <div class="charts">{drawn}</div> })}
            <Findings findings/>
        })
    }
}

/// What a closer look found beyond the verdicts.
#[component]
fn Findings(findings: Vec<view::Finding>) -> impl IntoView {
    (!findings.is_empty()).then(|| {
        view! {
            <h3>"A closer look " <span class="sub">"requests taken for independent; judged by none of these"</span></h3>
            <dl class="findings">
                {findings
                    .into_iter()
                    .map(|(name, value)| view! { <div><dt>{name}</dt><dd>{value}</dd></div> })
                    .collect_view()}
            </dl>
        }
    })
}

/// Failures by what the tool said.
#[component]
fn Failures(failures: Vec<(String, u64, u64)>) -> impl IntoView {
    (!failures.is_empty()).then(|| {
        view! {
            <h3>"Failures by message"</h3>
            <div class="scroll" tabindex="0" role="region" aria-label="Failures by message">
                <table class="failures" aria-label="Failures by message">
                    <thead>
                        <tr>
                            <th scope="col">"Message"</th>
                            <th scope="col" class="n">{dot(Role::Baseline)} "Baseline"</th>
                            <th scope="col" class="n">{dot(Role::Run)} "Run"</th>
                        </tr>
                    </thead>
                    <tbody>
                        {failures
                            .into_iter()
                            .map(|(message, baseline, run)| {
                                view! {
                                    <tr>
                                        <th scope="row" class="message">{message}</th>
                                        <td class="n base">{number::count(baseline)}</td>
                                        <td class="n run">{number::count(run)}</td>
                                    </tr>
                                }
                            })
                            .collect_view()}
                    </tbody>
                </table>
            </div>
        }
    })
}
