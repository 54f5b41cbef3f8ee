//! The figures of a file while it is read. They are those of the part that was read, and said to be: nothing is judged by
//! them.

use leptos::prelude::*;

use super::state;
use super::state::SoFar as Read;
use crate::number;
use crate::report::view;

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
    let rows = view::singles(&run).into_iter().map(|single| {
        view! {
            <tr>
                <th scope="row" class="endpoint">
                    <span class="verb">{single.method}</span>
                    " "
                    <span class="path">{single.name}</span>
                </th>
                {single.figures.into_iter().map(|figure| view! { <td class="n">{figure}</td> }).collect_view()}
            </tr>
        }
    });
    view! {
        <section class="panel single so-far" aria-label=label.clone()>
            <h2>
                <span class="wrap">{name}</span>
                <span class="sub">"so far, of the part that was read. Nothing is judged yet."</span>
            </h2>
            <div class="scroll" tabindex="0" role="region" aria-label=format!("Endpoints of {label}")>
                <table>
                    <thead>
                        <tr>
                            <th scope="col">"Endpoint"</th>
                            {view::SINGLE_COLUMNS.iter().map(|c| view! { <th scope="col" class="n">{*c}</th> }).collect_view()}
                        </tr>
                    </thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            </div>
            {(more > 0).then(|| view! { <p class="muted">{format!("and {} more endpoints", number::count(more))}</p> })}
        </section>
    }
}
