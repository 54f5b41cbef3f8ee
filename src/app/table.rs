//! Every endpoint, one row each: sorted, filtered, and none dropped in silence.

use leptos::prelude::*;
use web_sys::ScrollLogicalPosition;

use super::parts::{self, badge_saying};
use super::state::{Column, Filters, ROWS, Shown};
use super::{browser, state};
use crate::number;
use crate::report::view::{self, Cell};
use crate::report::words;
use crate::run::Metric;

#[component]
pub(super) fn Table(
    /// Of the rows to draw, so many are for now.
    #[prop(into)]
    most: Signal<usize>,
) -> impl IntoView {
    let state = state();
    let filter = move |event| {
        let text = event_target_value(&event);
        state.filters.update(|f| f.text = text);
    };
    // A row is drawn anew when what it shows changes: with another comparison or percentile.
    let drawing = Memo::new_with_compare(
        move |before: Option<&u32>| {
            state.comparison.track();
            state.percentile.track();
            state.forest.track();
            before.map_or(0, |before| before.wrapping_add(1))
        },
        |_, _| true,
    );
    let rows = move || {
        let drawing = drawing.get();
        let most = most.get();
        state.shown.with(|shown| {
            let subjects = shown.lines.iter().take(shown.drawn.min(most));
            subjects.map(|subject| (drawing, *subject)).collect::<Vec<_>>()
        })
    };
    let total = move || {
        state.forest.track();
        state.shown.with(|shown| shown.total.map(|subject| view! { <Row subject total=true/> }))
    };
    let percentile = move || format!("p{}", state.percentile.get());
    view! {
        <section class="panel endpoints" id="endpoints" aria-labelledby="endpoints-title">
            <h2 id="endpoints-title">
                <span>"Endpoints"</span>
                <span class="sub" aria-live="polite"><Counted/></span>
                <input
                    type="search"
                    id="filter"
                    placeholder="Filter  /"
                    aria-label="Filter endpoints"
                    autocomplete="off"
                    spellcheck="false"
                    prop:value=move || state.filters.with(|f| f.text.clone())
                    on:input=filter
                />
            </h2>
            <div class="scroll table-scroll">
                <table aria-label="Endpoints" class="endpoint-table">
                    <thead>
                        <tr>
                            <Head column=Column::Severity label=|| "Verdict".to_owned() numeric=false/>
                            <Head column=Column::Name label=|| "Endpoint".to_owned() numeric=false/>
                            <Head column=Column::Baseline label=move || format!("{} baseline", percentile()) numeric=true/>
                            <Head column=Column::Run label=move || format!("{} run", percentile()) numeric=true/>
                            <Head column=Column::Change label=|| "Change".to_owned() numeric=true/>
                            <ForestHead/>
                            <Head column=Column::Errors label=|| "Errors".to_owned() numeric=true/>
                            <Head column=Column::Rate label=|| "Req/s".to_owned() numeric=true/>
                            <Head column=Column::Requests label=|| "Requests".to_owned() numeric=true/>
                        </tr>
                    </thead>
                    <tbody>
                        {total}
                        <For each=rows key=|row| *row let((_, subject))>
                            <Row subject total=false/>
                        </For>
                    </tbody>
                </table>
            </div>
            <Rest/>
        </section>
    }
}

/// How many rows are shown, and how to see the others.
#[component]
fn Counted() -> impl IntoView {
    let state = state();
    let hide = move |hide: bool| state.filters.update(|f| f.hide_unchanged = Some(hide));
    move || {
        let Shown { lines, of, unchanged, unchanged_hidden, hiding, .. } = &*state.shown.get();
        let (unchanged, hidden, hiding) = (*unchanged, *unchanged_hidden, *hiding);
        let verdict = state.filters.with(|f| f.verdict);
        let switch = if hiding && hidden > 0 {
            view! {
                " · "
                {format!("{} unchanged hidden – ", number::count(hidden as u64))}
                <button type="button" class="link" on:click=move |_| hide(false)>"show"</button>
            }
            .into_any()
        } else if unchanged > 0 && verdict.is_none() && unchanged < *of {
            view! {
                " · "
                {format!("{} unchanged shown – ", number::count(unchanged as u64))}
                <button type="button" class="link" on:click=move |_| hide(true)>"hide"</button>
            }
            .into_any()
        } else {
            ().into_any()
        };
        let only = verdict.map(|verdict| {
            view! {
                {format!(" · those with a {} figure – ", words::badge(verdict).to_lowercase())}
                <button type="button" class="link" on:click=move |_| state.toggle_verdict(verdict)>"show all"</button>
            }
        });
        view! {
            {format!("{} of {}", number::count(lines.len() as u64), number::count(*of as u64))}
            {switch}
            {only}
        }
    }
}

/// What stands below the rows: that there are more, or that there are none.
#[component]
fn Rest() -> impl IntoView {
    let state = state();
    move || {
        let shown = state.shown.get();
        if shown.lines.is_empty() {
            let reset = move |_| state.filters.set(Filters { hide_unchanged: Some(false), ..Filters::default() });
            return view! {
                <p class="rest">
                    "No endpoint is left by these filters. "
                    <button type="button" class="link" on:click=reset>"Show all"</button>
                </p>
            }
            .into_any();
        }
        let all = shown.lines.len();
        if shown.drawn < all {
            return view! {
                <parts::Rest drawn=ROWS of=all all=move || state.filters.update(|f| f.all = true)/>
            }
            .into_any();
        }
        ().into_any()
    }
}

/// The head of the intervals: which metric's, and the axis that all rows share.
#[component]
fn ForestHead() -> impl IntoView {
    let state = state();
    let metrics = [Metric::Mean, Metric::ErrorRate, Metric::Rps];
    let chosen = move |event: web_sys::Event| {
        let value = event_target_value(&event);
        let metric = [Metric::Mean, Metric::ErrorRate, Metric::Rps].into_iter().find(|m| m.title() == value);
        state.forest_of.set(Some(metric.unwrap_or_else(|| Metric::Latency(state.percentile.get_untracked()))));
    };
    let drawn = move || state.forest.with(|forest| forest.as_ref().map(|f| f.title()).unwrap_or_default());
    let percentile = move || format!("p{}", state.percentile.get());
    view! {
        <th scope="col" class="forest">
            <select aria-label="Interval against limit of" title="Which interval is drawn against its limit" on:change=chosen prop:value=drawn>
                <option value=percentile selected=move || drawn() == percentile()>{percentile}</option>
                {metrics
                    .into_iter()
                    .map(|metric| {
                        let title = metric.title();
                        let (value, same) = (title.clone(), title.clone());
                        view! {
                            <option value=value selected=move || drawn() == same>{title}</option>
                        }
                    })
                    .collect_view()}
            </select>
            " against limit"
            {move || {
                state.forest.with(|forest| {
                    forest.as_ref().map(|forest| view! { <span class="drawing" inner_html=forest.head().svg></span> })
                })
            }}
        </th>
    }
}

/// A column's head: a button that sorts by it.
#[component]
fn Head<L: Fn() -> String + Send + 'static>(column: Column, label: L, numeric: bool) -> impl IntoView {
    let state = state();
    let sorted = move || state.filters.with(|f| (f.column == column).then_some(f.descending));
    // The most severe stand first: from the worst downwards.
    let aria = move || {
        sorted().map(|descending| match (column, descending) {
            (Column::Severity, true) => "ascending",
            (Column::Severity, false) => "descending",
            (_, true) => "descending",
            (_, false) => "ascending",
        })
    };
    let sort = move |_| {
        state.filters.update(|f| {
            if f.column == column {
                f.descending = !f.descending;
            } else {
                f.column = column;
                // Of numbers, the largest are looked for; of words, the first.
                f.descending = numeric;
            }
        });
    };
    let arrow = move || match aria() {
        Some("ascending") => "↑",
        Some(_) => "↓",
        None => "",
    };
    view! {
        <th scope="col" class:n=numeric aria-sort=aria>
            <button type="button" class="head" on:click=sort>
                {label}
                <span class="arrow" aria-hidden="true">{arrow}</span>
            </button>
        </th>
    }
}

#[component]
fn Row(subject: usize, total: bool) -> impl IntoView {
    let state = state();
    let percentile = state.percentile.get_untracked();
    let line = state.comparison.with_untracked(|c| view::line(c.as_ref()?, subject, percentile))?;
    let selected = Memo::new(move |_| state.subject.get() == Some(subject));
    let pick = move || {
        state.select(subject);
        browser::reveal("details", ScrollLogicalPosition::Start);
    };
    let key = move |event: web_sys::KeyboardEvent| {
        if event.key() == "Enter" || event.key() == " " {
            event.prevent_default();
            pick();
        }
    };
    let why = line.why();
    let name = if total { "All endpoints".to_owned() } else { line.name };
    let drawing = state.forest.with_untracked(|forest| {
        let forest = forest.as_ref()?;
        state.comparison.with_untracked(|c| Some(forest.row(c.as_ref()?.subjects.get(subject)?)?.svg))
    });
    let latency = format!("n change tone-{}", words::tone(line.latency.verdict));
    Some(view! {
        <tr
            tabindex="0"
            class=format!("row tone-{}", words::tone(line.verdict))
            class:total=total
            aria-selected=move || selected.get().to_string()
            on:click=move |_| pick()
            on:keydown=key
        >
            <td class="cell-verdict">
                {badge_saying(line.verdict, line.word)} <small class="sure">{why}</small>
            </td>
            <th scope="row" class="endpoint">
                <span class="verb">{line.method}</span>
                " "
                <span class="path">{name}</span>
            </th>
            <td class="n base" data-label="from">{line.latency.baseline}</td>
            <td class="n run" data-label="to">{line.latency.run}</td>
            <td class=latency data-label="change">{line.latency.change}</td>
            <td class="forest" inner_html=drawing.unwrap_or_default()></td>
            {pair("Errors", line.errors)}
            {pair("Req/s", line.rate)}
            <td class="n" data-label="Requests">{line.requests.run}</td>
        </tr>
    })
}

/// The run's figure above, its change below.
fn pair(label: &'static str, cell: Cell) -> impl IntoView {
    let class = format!("change tone-{}", words::tone(cell.verdict));
    view! { <td class="n" data-label=label>{cell.run} {(cell.change != words::NONE).then(|| view! { <small class=class>{cell.change}</small> })}</td> }
}
