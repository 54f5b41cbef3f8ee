//! The verdict: a word, what decided, what could have been seen, the counters; and what there is to know before believing
//! it.

use leptos::prelude::*;
use web_sys::ScrollLogicalPosition;

use super::parts::{code_name, spans};
use super::{browser, state};
use crate::compare::Subject;
use crate::number;
use crate::report::{brief, headline, view, words};

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
        let gate = brief::gate_badge(&comparison);
        let gate_class = brief::gate_class(&comparison);
        let why = brief::gate_beside(&comparison);
        let said = headline::headline(&comparison);
        let also = (!said.also.is_empty()).then(|| view! { <p class="also">{spans(said.also)}</p> });
        let named = |what: &'static str, figures: Vec<(&Subject, String)>, most: usize| {
            let more = figures.len().saturating_sub(most);
            let more = (more > 0).then(|| format!("; and {} more", number::count(more as u64)));
            (!figures.is_empty()).then(|| {
                let figures = figures
                    .into_iter()
                    .take(most)
                    .enumerate()
                    .map(|(i, (subject, text))| {
                        view! {
                            {(i > 0).then_some("; ")}
                            {code_name(words::subject_name(subject))}
                            " "
                            {text}
                        }
                    })
                    .collect_view();
                view! { <p class="also">{what} ": " {figures} {more} "."</p> }
            })
        };
        let better = brief::named_improvements(&comparison).iter().map(|b| (b.subject, b.text())).collect();
        let better = named("Improved", better, brief::IMPROVED);
        let open = brief::open(&comparison).iter().map(|o| (o.subject, o.text())).collect();
        let open = named("Unclear", open, brief::OPEN);
        let risen = brief::clear_causes(&comparison);
        let more = risen.len().saturating_sub(brief::CAUSES);
        let causes = (!risen.is_empty()).then(|| {
            let named = risen
                .into_iter()
                .take(brief::CAUSES)
                .enumerate()
                .map(|(i, cause)| {
                    let (counts, label) = (cause.counts(), cause.label());
                    view! {
                        {(i > 0).then_some("; ")}
                        {code_name(cause.message)}
                        " "
                        {counts}
                        " ("
                        {code_name(label)}
                        ")"
                    }
                })
                .collect_view();
            let more = (more > 0).then(|| format!("; and {more} more causes"));
            view! { <p class="also">"Failures that rose: " {named} {more} "."</p> }
        });
        // The address may hold the comparison: a place in the page must not take its place.
        let to_facts = |event: web_sys::MouseEvent| {
            event.prevent_default();
            browser::reveal("facts", ScrollLogicalPosition::Start);
        };
        Some(view! {
            <section class=class role="status" aria-label="Verdict">
                <span class="verdict-sign" aria-hidden="true">{words::word_sign(word)}</span>
                <div class="verdict-say">
                    <div class="verdict-word">
                        <h1>{words::word_title(word)}</h1>
                        <span class=gate_class>{gate}</span>
                    </div>
                    <p class="decided">{spans(said.decided)}</p>
                    {also}
                    {better}
                    {open}
                    {causes}
                    <div class="chips" role="group" aria-label="Judged figures by verdict">
                        {chips}
                        <span class="chips-of">{figures}</span>
                    </div>
                </div>
                <dl class="verdict-aside">
                    <div>
                        <dt>{view::comparable_title(&comparison)}</dt>
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
                        {(!why.is_empty()).then(|| view! { <dd>{format!("Gate: {why}")}</dd> })}
                    </div>
                </dl>
            </section>
        })
    }
}
