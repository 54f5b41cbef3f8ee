//! Small pieces that several components share.

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;

use super::state::Target;
use super::take::take;
use super::{browser, drop, state};
use crate::compare::Verdict;
use crate::ingest::Role;
use crate::number;
use crate::report::words::{self, Span};

/// A verdict: sign, word, colour.
pub(super) fn badge(verdict: Verdict) -> impl IntoView {
    badge_saying(verdict, words::badge(verdict))
}

/// The same with another word for it.
pub(super) fn badge_saying(verdict: Verdict, word: &'static str) -> impl IntoView {
    let class = format!("badge tone-{}", words::tone(verdict));
    view! { <span class=class><i aria-hidden="true">{words::sign(verdict)}</i>" "{word}</span> }
}

/// A sentence with its names and figures set off. Names are text, whatever they hold.
pub(super) fn spans(spans: Vec<Span>) -> impl IntoView {
    spans
        .into_iter()
        .map(|span| match span {
            Span::Text(text) => text.into_any(),
            Span::Name(name) => view! { <b class="mono name">{name}</b> }.into_any(),
            Span::Strong(text) => view! { <b class="nowrap">{text}</b> }.into_any(),
            Span::Code(code) => view! { <code>{code}</code> }.into_any(),
        })
        .collect_view()
}

/// A foreign name or message, as it is written.
pub(super) fn code_name(name: String) -> impl IntoView {
    view! { <b class="mono name">{name}</b> }
}

/// A text of our own, with what stands between backticks set as code.
pub(super) fn marked(text: &str) -> Vec<AnyView> {
    let piece = |(index, piece): (usize, &str)| {
        let piece = piece.to_owned();
        if index % 2 == 1 { view! { <code>{piece}</code> }.into_any() } else { piece.into_any() }
    };
    text.split('`').enumerate().map(piece).collect()
}

/// The colour of a side, as a dot.
pub(super) fn dot(role: Role) -> impl IntoView {
    let class = match role {
        Role::Baseline => "dot dot-baseline",
        Role::Run => "dot dot-run",
    };
    view! { <i class=class aria-hidden="true"></i> }
}

/// What a side is called.
pub(super) fn side_name(role: Role) -> &'static str {
    match role {
        Role::Baseline => "Baseline",
        Role::Run => "Run",
    }
}

/// The value of a side's `data-side`: what is let go over it is meant for it.
pub(super) fn side_id(role: Role) -> &'static str {
    match role {
        Role::Baseline => "baseline",
        Role::Run => "run",
    }
}

/// A field to choose files with; its label is drawn around it.
#[component]
pub(super) fn FileInput(target: Target, name: &'static str) -> impl IntoView {
    let state = state();
    let chosen = move |event: web_sys::Event| {
        let Some(input) = event.target().and_then(|t| t.dyn_into::<HtmlInputElement>().ok()) else { return };
        let files = input.files().map(|list| drop::given(&list)).unwrap_or_default();
        take(state, files, target);
        // So that the same file, changed, can be chosen again.
        input.set_value("");
    };
    view! { <input type="file" multiple class="hidden-input" aria-label=name on:change=chosen/> }
}

/// A button that copies a text, and says so.
#[component]
pub(super) fn Copy(
    /// What is copied.
    text: String,
    /// What the button is called.
    label: &'static str,
    /// Its accessible name, where the label alone says too little.
    #[prop(optional, into)]
    name: Option<String>,
) -> impl IntoView {
    let state = state();
    let done = RwSignal::new(None::<bool>);
    let copy = move |_| {
        let text = text.clone();
        spawn_local(async move {
            let copied = browser::copy(&text).await;
            state.said.set(if copied { "Copied." } else { "The browser did not allow copying." }.into());
            done.set(Some(copied));
            set_timeout(move || drop_answer(done), std::time::Duration::from_secs(2));
        });
    };
    let says = move || match done.get() {
        None => label,
        Some(true) => "Copied",
        Some(false) => "Not allowed",
    };
    view! { <button type="button" class="quiet small" aria-label=name on:click=copy>{says}</button> }
}

/// The component may be gone by then.
fn drop_answer(done: RwSignal<Option<bool>>) {
    let _ = done.try_set(None);
}

/// Below a table: that there are more rows than are drawn, and a way to have all.
#[component]
pub(super) fn Rest(drawn: usize, of: usize, all: impl Fn() + Send + 'static) -> impl IntoView {
    view! {
        <p class="rest">
            {format!("The first {} of {} are drawn. ", number::count(drawn as u64), number::count(of as u64))}
            <button type="button" class="link" on:click=move |_| all()>
                {format!("Show all {}", number::count(of as u64))}
            </button>
        </p>
    }
}
