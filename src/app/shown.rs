//! What the page does with a comparison that came in one piece: it follows its own address, and says whether an opened report
//! shows its own verdict.

use leptos::ev;
use leptos::prelude::*;

use super::address::{self, Address};
use super::opened::{Bringer, Opened};
use super::reader::Failure;
use super::state;
use super::state::State;
use crate::link;
use crate::report::html::Verification;

/// Opens what the page's address holds, now and whenever that changes; and takes it out of the address once something
/// else is shown.
pub(super) fn follow_address(state: State) {
    open(state);
    let handle = window_event_listener(ev::hashchange, move |_| open(state));
    // It listens as long as the page lives.
    std::mem::forget(handle);
    Effect::new(move |_| {
        let any = [state.baseline, state.run].iter().any(|side| side.with(Option::is_some));
        let by_link = state.opened.with(|o| o.as_ref().is_some_and(|o| matches!(o.by, Bringer::Link)));
        if any && !by_link && matches!(Address::of_page(), Address::Shared(_)) {
            address::forget();
            state.cards.update(|cards| cards.retain(|card| !matches!(card.failure, Failure::Link(_))));
        }
    });
}

/// Opens the comparison in the address. One that cannot be read leaves nothing on the page that might be taken for it.
fn open(state: State) {
    let Address::Shared(fragment) = Address::of_page() else { return };
    let shared = link::decode(&fragment);
    state.start_over();
    match shared {
        Ok(shared) => state.open(Opened::link(shared)),
        Err(error) => state.fail(Failure::Link(error)),
    }
}

/// Above the verdict: whether that of an opened report is the one it shows, and whether it still is.
#[component]
pub(super) fn Checked() -> impl IntoView {
    let state = state();
    move || {
        let opened = state.opened.get()?;
        let Bringer::Report { file, made_at, verified } = &opened.by else { return None };
        let (sign, tone) = match verified {
            Verification::Verified => ("✓", "improved"),
            Verification::OtherVersion { .. } => ("✓", "pass"),
            _ => ("✕", "critical"),
        };
        let (first, more) = verified.differences();
        let listed = (first.len() > 1).then(|| {
            let more = (more > 0).then(|| view! { <li>{format!("and {more} more")}</li> });
            view! {
                <details>
                    <summary>"What differs"</summary>
                    <ul>{first.iter().map(|line| view! { <li>{line.clone()}</li> }).collect_view()} {more}</ul>
                </details>
            }
        });
        Some(view! {
            <section class=format!("checked tone-{tone}") role="status" aria-label="Check of the report">
                <h2><span aria-hidden="true">{sign} " "</span> {verified.title()}</h2>
                <p>{verified.sentence()}</p>
                <p class="muted"><span class="mono wrap">{file.clone()}</span> ", made " {made_at.replace('T', " ")}</p>
                {move || state.changed_since().map(|what| view! { <p><b>{what}</b></p> })}
                {listed}
            </section>
        })
    }
}
