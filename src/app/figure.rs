//! A chart: the drawing, and the same as words and as a table.

use leptos::prelude::*;

use super::state;
use crate::chart::{Chart, Size};

/// Shows a chart under a caption, or without where the panel is about it alone. The drawing is markup that the library made; all else is text.
#[component]
pub(super) fn Figure(caption: String, chart: Chart) -> impl IntoView {
    let Chart { svg, summary, table: (header, rows) } = chart;
    view! {
        <figure class="figure">
            {(!caption.is_empty()).then(|| view! { <figcaption>{caption}</figcaption> })}
            <div class="drawing" inner_html=svg></div>
            <details>
                <summary>"In words and numbers"</summary>
                <p>{summary}</p>
                <div class="scroll" tabindex="0" role="region" aria-label="The chart’s data">
                    <table>
                        <thead>
                            <tr>{header.into_iter().map(|h| view! { <th scope="col">{h}</th> }).collect_view()}</tr>
                        </thead>
                        <tbody>
                            {rows
                                .into_iter()
                                .map(|row| {
                                    view! {
                                        <tr>{row.into_iter().map(|cell| view! { <td>{cell}</td> }).collect_view()}</tr>
                                    }
                                })
                                .collect_view()}
                        </tbody>
                    </table>
                </div>
            </details>
        </figure>
    }
}

/// The room there is: the size on a wide screen, or a phone's.
pub(super) fn size(wide: Size) -> Size {
    if state().narrow.get() { Size::NARROW } else { wide }
}
