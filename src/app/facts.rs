//! What is known about the two runs, every data check, and every note about them.

use std::sync::Arc;

use leptos::prelude::*;

use super::parts::dot;
use super::state;
use super::state::State;
use crate::compare::{self, Comparison, PairNote};
use crate::ingest::Role;
use crate::report::view::{self, NoteLine};
use crate::run::Run;

#[component]
pub(super) fn Facts() -> impl IntoView {
    let state = state();
    move || {
        let comparison = state.comparison.get()?;
        let rows = view::facts(&comparison)
            .into_iter()
            .map(|fact| {
                let differs = fact.differs();
                view! {
                    <tr class:differs=differs>
                        <th scope="row">
                            {fact.name}
                            {differs.then(|| view! { <span class="differs-mark" title="The two differ">" ≠"<span class="hidden">" differs"</span></span> })}
                        </th>
                        <td data-label="Baseline">{fact.baseline}</td>
                        <td data-label="Run">{fact.run}</td>
                    </tr>
                }
            })
            .collect_view();
        // A link brings none.
        let has_files = [&comparison.baseline, &comparison.run].iter().any(|run| !run.source.files.is_empty());
        Some(view! {
            <section class="panel facts" id="facts" aria-labelledby="facts-title">
                <h2 id="facts-title">"Run facts" <span class="sub">"≠ marks what differs"</span></h2>
                <div class="scroll" tabindex="0" role="region" aria-label="Run facts">
                    <table>
                        <thead>
                            <tr>
                                <td></td>
                                <th scope="col">{dot(Role::Baseline)} "Baseline"</th>
                                <th scope="col">{dot(Role::Run)} "Run"</th>
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
                <h3>"Data checks"</h3>
                <NoteList lines=view::checks(&comparison)/>
                <h3>"Notes"</h3>
                <NoteList lines=view::notes(&comparison)/>
                {proposes_groups(&comparison)
                    .then(|| {
                        view! {
                            <p>
                                <button type="button" class="small" on:click=move |_| group_ids(state)>
                                    "Judge endpoints that differ only in ids as one"
                                </button>
                            </p>
                        }
                    })}
                {has_files
                    .then(|| {
                        view! {
                            <details class="recognised-both">
                                <summary>"How the files were recognised"</summary>
                                <Recognised run=Arc::new(comparison.baseline.clone())/>
                                <Recognised run=Arc::new(comparison.run.clone())/>
                            </details>
                        }
                    })}
            </section>
        })
    }
}

/// Whether endpoints differ in ids alone.
fn proposes_groups(comparison: &Comparison) -> bool {
    comparison.notes.iter().any(|note| matches!(note, PairNote::LabelsCarryIds { .. }))
}

/// Adds the matches that take endpoints with ids together to the thresholds.
fn group_ids(state: State) {
    let Some(comparison) = state.comparison.get_untracked() else { return };
    let matches = compare::id_matches(&comparison.baseline, &comparison.run, &comparison.policy);
    let count = matches.len();
    state.adjustments.update(|adjustments| adjustments.matches.extend(matches));
    let groups = if count == 1 { "1 group".to_owned() } else { format!("{count} groups") };
    state
        .said
        .set(format!("Endpoints with ids are judged as {groups}. Reset the thresholds to judge them one by one."));
}

/// Notes with what they are about.
#[component]
pub(super) fn NoteList(lines: Vec<NoteLine>) -> impl IntoView {
    if lines.is_empty() {
        return view! { <p class="muted">"None."</p> }.into_any();
    }
    view! {
        <ul class="notes">
            {lines
                .into_iter()
                .map(|note| {
                    view! {
                        <li class:warning=note.warning>
                            <span class="note-about">
                                {if note.warning { "△ " } else { "" }}
                                {note
                                    .about
                                    .into_iter()
                                    .map(|(about, file)| {
                                        view! {
                                            <span class="note-source">
                                                {about}
                                                {file.map(|file| view! { ": " <span class="mono wrap">{file}</span> })}
                                            </span>
                                        }
                                    })
                                    .collect_view()}
                            </span>
                            <span>{note.text}</span>
                        </li>
                    }
                })
                .collect_view()}
        </ul>
    }
    .into_any()
}

/// What each file was recognised as, and by what.
#[component]
pub(super) fn Recognised(run: Arc<Run>) -> impl IntoView {
    view! {
        <ul class="recognised">
            {view::recognised(&run)
                .into_iter()
                .map(|(file, format, evidence)| {
                    view! {
                        <li>
                            <b class="mono wrap">{file}</b>
                            " read as "
                            {format.replace('`', "")}
                            <span class="muted">" · " {evidence}</span>
                        </li>
                    }
                })
                .collect_view()}
        </ul>
    }
}
