//! The verdict: a word, a sentence, the counters; and what there is to know before believing it.

use leptos::prelude::*;
use web_sys::ScrollLogicalPosition;

use super::parts::spans;
use super::{browser, state};
use crate::compare::Gate;
use crate::report::{view, words};

#[component]
pub(super) fn VerdictBand() -> impl IntoView {
    let state = state();
    move || {
        let comparison = state.comparison.get()?;
        let word = comparison.word;
        let class = format!("verdict tone-{}", words::word_tone(word));
        let figures = view::judged_figures(&comparison);
        let chips = view::counters(&comparison)
            .into_iter()
            .map(|counter| {
                let verdict = counter.verdict;
                let pressed = move || state.filters.with(|f| f.verdict == Some(verdict)).to_string();
                view! {
                    <button
                        type="button"
                        class=format!("chip tone-{}", words::tone(verdict))
                        aria-pressed=pressed
                        title="Show the endpoints with such a figure"
                        on:click=move |_| state.toggle_verdict(verdict)
                    >
                        <i aria-hidden="true">{words::sign(verdict)}</i>
                        " "
                        {counter.text}
                        {(!counter.sure.is_empty()).then(|| view! { " " <small>{counter.sure}</small> })}
                    </button>
                }
            })
            .collect_view();
        let warnings: Vec<_> = view::comparable(&comparison)
            .into_iter()
            .map(|(warning, text)| {
                let sign = if warning { "△ " } else { "· " };
                view! { <dd><span aria-hidden="true">{sign}</span>{text}</dd> }
            })
            .collect();
        let comparable = warnings.is_empty().then(|| {
            view! { <dd>"✓ " {view::in_common(&comparison).unwrap_or_else(|| "Nothing speaks against it".into())}</dd> }
        });
        let gate = match comparison.gate {
            Gate::Pass => "Gate: pass",
            Gate::Fail => "Gate: fail",
        };
        // The address may hold the comparison: a place in the page must not take its place.
        let to_facts = |event: web_sys::MouseEvent| {
            event.prevent_default();
            browser::reveal("facts", ScrollLogicalPosition::Start);
        };
        Some(view! {
            <section class=class role="status" aria-label="Verdict">
                <span class="verdict-sign" aria-hidden="true">{words::word_sign(word)}</span>
                <div class="verdict-say">
                    <h1>{word.as_str()}</h1>
                    <p>{spans(words::headline(&comparison))}</p>
                    <div class="chips" role="group" aria-label="Judged figures by verdict">
                        {chips}
                        <span class="chips-of">{figures}</span>
                    </div>
                </div>
                <dl class="verdict-aside">
                    <div>
                        <dt>"Comparable"</dt>
                        {comparable}
                        {warnings}
                    </div>
                    <div>
                        <dt>"Data checks"</dt>
                        <dd>{view::data_checks(&comparison)} " " <a href="#facts" on:click=to_facts>"see them"</a></dd>
                    </div>
                    <div>
                        <dt>"Judged by"</dt>
                        <dd>
                            {view::judged_by(&comparison)}
                            " "
                            <button type="button" class="link" on:click=move |_| state.settings_open.set(true)>"change"</button>
                        </dd>
                        <dd><b>{gate}</b></dd>
                    </div>
                </dl>
            </section>
        })
    }
}
