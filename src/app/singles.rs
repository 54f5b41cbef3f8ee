//! The endpoints of one run, before there is another to compare it with.

use leptos::prelude::*;

use crate::report::view;
use crate::run::Run;

/// Their figures, one row each, the total first.
#[component]
pub(super) fn Singles(
    run: std::sync::Arc<Run>,
    /// What the table is of, for those who hear it.
    label: String,
    /// So many endpoints are listed.
    most: usize,
) -> impl IntoView {
    let rows = view::singles(&run).take(most.saturating_add(usize::from(run.total.is_some()))).map(|single| {
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
    let columns = view::SINGLE_COLUMNS.iter().map(|column| view! { <th scope="col" class="n">{*column}</th> });
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label=label>
            <table>
                <thead>
                    <tr>
                        <th scope="col">"Endpoint"</th>
                        {columns.collect_view()}
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
}
