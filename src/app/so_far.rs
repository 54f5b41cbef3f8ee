//! The figures of a file while it is read. They are those of the part that was read, and said to be: nothing is judged by
//! them.

use leptos::prelude::*;

use super::singles::Singles;
use super::state;
use super::state::SoFar as Read;
use crate::number;

#[component]
pub(super) fn SoFar() -> impl IntoView {
    let state = state();
    move || state.so_far.get().into_iter().map(|read| view! { <One read/> }).collect_view()
}

#[component]
fn One(read: Read) -> impl IntoView {
    let Read { name, run, .. } = read;
    let label = format!("{name} so far");
    let more = run.rows.endpoints.saturating_sub(run.endpoints.len() as u64);
    view! {
        <section class="panel single so-far" aria-label=label.clone()>
            <h2>
                <span class="wrap">{name}</span>
                <span class="sub">"so far, of the part that was read. Nothing is judged yet."</span>
            </h2>
            <Singles run label=format!("Endpoints of {label}") most=usize::MAX/>
            {(more > 0).then(|| view! { <p class="muted">{format!("and {} more endpoints", number::count(more))}</p> })}
        </section>
    }
}
