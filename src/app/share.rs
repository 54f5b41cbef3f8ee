//! The share dialog: the comparison as a link, what that holds, and how far it gets.

use std::sync::Arc;

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::ask::Dialog;
use super::made::{Made, SHORT, Wishes, make};
use super::{browser, export, state};
use crate::link::{Fit, Link, Piece, Unshareable};
use crate::number;
use crate::report::review;

/// What can be copied.
#[derive(Clone, Copy)]
struct Copied {
    label: &'static str,
    /// What is said to be copied.
    what: &'static str,
    text: fn(&Made) -> String,
}

const COPIES: [Copied; 3] = [
    Copied { label: "Copy link", what: "The link", text: |made| made.address.clone() },
    Copied {
        label: "Copy Markdown link",
        what: "The Markdown link",
        text: |made| review::markdown_link(&made.comparison, &made.address).unwrap_or_default(),
    },
    Copied {
        label: "Copy PR comment",
        what: "The comment",
        text: |made| review::render(&made.comparison, Some(&made.address)),
    },
];

#[component]
pub(super) fn Share() -> impl IntoView {
    let state = state();
    let open = state.share_open;
    view! {
        <Dialog open close=move || open.set(false) title="Share">
            <Show when=move || open.get()>
                <Inside/>
            </Show>
        </Dialog>
    }
}

/// What is made anew whenever the dialog opens.
#[component]
fn Inside() -> impl IntoView {
    let state = state();
    let time_series = RwSignal::new(true);
    let however_long = RwSignal::new(false);
    let made = RwSignal::new(None::<Result<Arc<Made>, Unshareable>>);
    let busy = RwSignal::new(true);
    // What was answered to copying: what is said, and the text where a person must copy it.
    let answer = RwSignal::new((String::new(), None::<String>));
    Effect::new(move |_| {
        let Some(comparison) = state.comparison.get() else { return };
        let wishes = Wishes {
            hide_names: state.hide_names.get(),
            time_series: time_series.get(),
            however_long: however_long.get(),
        };
        busy.set(true);
        answer.set((String::new(), None));
        // Hundreds of endpoints take a moment: the dialog is shown before.
        spawn_local(async move {
            browser::breathe().await;
            let _ = made.try_set(Some(make(comparison, wishes).map(Arc::new)));
            let _ = busy.try_set(false);
        });
    });
    let copy = move |copied: Copied| {
        let Some(Ok(made)) = made.get_untracked() else { return };
        let text = (copied.text)(&made);
        spawn_local(async move {
            let said = if browser::copy(&text).await {
                (format!("✓ {} is copied: {} characters.", copied.what, characters(&text)), None)
            } else {
                let how = "The browser did not allow copying. The text is selected: copy it with Ctrl+C or ⌘C.";
                (how.into(), Some(text))
            };
            let _ = answer.try_set(said);
        });
    };
    let ready = move || !busy.get() && made.with(|made| matches!(made, Some(Ok(_))));
    view! {
        <p class="share-lead">
            "Whoever opens the link sees this report, judged again in their own browser. It needs no files and no server."
        </p>
        <div class="share-made" aria-busy=move || busy.get().to_string()>
            {move || match made.get() {
                None => view! { <p class="muted">"Making the link …"</p> }.into_any(),
                Some(Ok(made)) => view! { <Length made however_long/> }.into_any(),
                Some(Err(error)) => view! { <p class="share-error" role="alert">{format!("✕ {}.", sentence(&error))}</p> }.into_any(),
            }}
        </div>
        <div class="share-options">
            <Check label="Hide endpoint names" about="they become short hashes" on=state.hide_names/>
            <Check label="Time series" about="the runs over time, where they fit" on=time_series/>
        </div>
        <div class="acts">
            {COPIES
                .into_iter()
                .enumerate()
                .map(|(index, copied)| {
                    view! {
                        <button
                            type="button"
                            class:primary=index == 0
                            disabled=move || !ready()
                            on:click=move |_| copy(copied)
                        >
                            {copied.label}
                        </button>
                    }
                })
                .collect_view()}
        </div>
        <p class="share-said" role="status">{move || answer.with(|(said, _)| said.clone())}</p>
        {move || answer.with(|(_, text)| text.clone()).map(|text| view! { <ByHand text/> })}
        {move || made.get().and_then(Result::ok).map(|made| view! { <Pieces made/> })}
        <p class="share-foot muted">
            "The link holds the figures: whoever has it can read them. Browsers send what stands behind # to no server, \
             and keep it in their history. A report that must not travel by link can go as a file: "
            <button type="button" class="link" on:click=move |_| export::html(state)>"save it as HTML"</button>
            "."
        </p>
    }
}

/// How long a link is, what that means, and what it cost.
#[component]
fn Length(made: Arc<Made>, however_long: RwSignal<bool>) -> impl IntoView {
    let Made { address, link, .. } = &*made;
    let length = address.chars().count();
    let fit = Fit::of(length);
    let cut = link.cut_to_fit.iter().map(Piece::text).collect::<Vec<_>>().join(", ");
    let choice = if !cut.is_empty() {
        let note = format!("Left out, to stay below {} characters: {cut}. ", number::count(SHORT as u64));
        view! {
            <p>
                {note}
                <button type="button" class="link" on:click=move |_| however_long.set(true)>"Put in all the same"</button>
            </p>
        }
        .into_any()
    } else if however_long.get_untracked() {
        view! {
            <p>
                "Nothing is left out to make it shorter. "
                <button type="button" class="link" on:click=move |_| however_long.set(false)>"Less"</button>
            </p>
        }
        .into_any()
    } else {
        ().into_any()
    };
    view! {
        <div class=format!("share-length fit-{}", fit.code())>
            <p>
                <b>{characters(address)} " characters"</b>
                <span class="muted">" · Slack cuts near 4,000 · a GitHub comment holds 65,536"</span>
            </p>
            // Green, amber and red end at 2,000, 4,000, and nowhere.
            <svg viewBox="0 0 4000 10" preserveAspectRatio="none" aria-hidden="true">
                <rect width="4000" height="10" class="share-room"></rect>
                <rect width=length.to_string() height="10" class="share-taken"></rect>
                <path d="M2000 0V10" class="share-mark"></path>
            </svg>
            <p>{fit.text()}</p>
            {choice}
        </div>
    }
}

/// What a link holds, and what it does not.
#[component]
fn Pieces(made: Arc<Made>) -> impl IntoView {
    let Link { included, left_out, .. } = &made.link;
    let item = |class: &'static str, sign: &'static str, not: &'static str, piece: &Piece| {
        view! { <li class=class><span aria-hidden="true">{sign}</span> {not} {piece.text()}</li> }
    };
    view! {
        <h3>"What is inside"</h3>
        <ul class="share-pieces" aria-label="What is inside">
            {included.iter().map(|piece| item("", "✓", "", piece)).collect_view()}
            {left_out.iter().map(|piece| item("out", "–", "not ", piece)).collect_view()}
        </ul>
    }
}

/// A wish, on or off.
#[component]
fn Check(label: &'static str, about: &'static str, on: RwSignal<bool>) -> impl IntoView {
    view! {
        <label>
            <input
                type="checkbox"
                aria-label=label
                prop:checked=move || on.get()
                on:change=move |event| on.set(event_target_checked(&event))
            />
            <span>{label} <span class="muted">", " {about}</span></span>
        </label>
    }
}

/// A text that the browser would not copy, selected so that a person can.
#[component]
fn ByHand(text: String) -> impl IntoView {
    let area = NodeRef::<html::Textarea>::new();
    Effect::new(move |_| {
        if let Some(area) = area.get() {
            area.set_value(&text);
            let _ = area.focus();
            area.select();
        }
    });
    view! {
        <textarea node_ref=area class="share-text mono" readonly rows="5" aria-label="The text to copy"></textarea>
    }
}

/// How many characters a text has.
fn characters(text: &str) -> String {
    number::count(text.chars().count() as u64)
}

/// An error as the beginning of a sentence.
fn sentence(error: &Unshareable) -> String {
    super::reader::capital(&error.to_string())
}
