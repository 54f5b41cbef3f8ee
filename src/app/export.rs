//! The report as files, the run as the next baseline, and an issue about it.

use leptos::prelude::*;

use super::state::State;
use super::{browser, made, state};
use crate::compare::Comparison;
use crate::report::issue::{self, Repository};
use crate::report::metrics::{self, Written};
use crate::report::{csv, html, json, junit, markdown};
use crate::run::time;

/// A file to download.
struct Export {
    label: &'static str,
    about: &'static str,
    file: &'static str,
    media_type: &'static str,
    /// The second argument is the moment of writing, RFC 3339.
    render: Render,
}

#[derive(Clone, Copy)]
enum Render {
    /// The whole comparison.
    Report(fn(&Comparison, &str) -> String),
    /// The run alone, by the services that the thresholds name.
    Run(fn(&Comparison) -> Written),
}

const HTML: Export = Export {
    label: "Download HTML",
    about: "One file that opens anywhere and prints. Drop it here and it is checked.",
    file: "loaddiff-report.html",
    media_type: "text/html;charset=utf-8",
    render: Render::Report(html::render),
};

/// The files, by what they are for.
const GROUPS: [(&str, &[Export]); 3] = [
    (
        "To read",
        &[
            HTML,
            Export {
                label: "Download Markdown",
                about: "The whole report, failures first.",
                file: "loaddiff-report.md",
                media_type: "text/markdown;charset=utf-8",
                render: Render::Report(|c, _| markdown::render(c)),
            },
        ],
    ),
    (
        "For tools",
        &[
            Export {
                label: "Download JSON",
                about: "For programs, with a published schema.",
                file: "loaddiff-report.json",
                media_type: "application/json",
                render: Render::Report(json::render),
            },
            Export {
                label: "Download CSV",
                about: "For spreadsheets: a line a figure, no formulas.",
                file: "loaddiff-report.csv",
                media_type: "text/csv;charset=utf-8",
                render: Render::Report(|c, _| csv::render(c)),
            },
            Export {
                label: "Download JUnit",
                about: "For what shows test results: a case a judged figure.",
                file: "loaddiff-junit.xml",
                media_type: "application/xml",
                render: Render::Report(junit::render),
            },
        ],
    ),
    (
        "The run alone",
        &[
            Export {
                label: "Download baseline",
                about: "Promotes this run: what the next ones are compared with.",
                file: "performance-baselines.json",
                media_type: "application/json",
                render: Render::Run(|c| metrics::baseline(&c.run, &c.policy)),
            },
            Export {
                label: "Download metrics",
                about: "Its figures as normalised metrics JSON.",
                file: "load-results.json",
                media_type: "application/json",
                render: Render::Run(|c| metrics::extract(&c.run, &c.policy)),
            },
        ],
    ),
];

#[component]
pub(super) fn Exports() -> impl IntoView {
    let state = state();
    let said = RwSignal::new(String::new());
    view! {
        <section class="panel export" id="export" tabindex="-1" aria-labelledby="export-title">
            <h2 id="export-title">"Export" <span class="sub">"files, made in this tab"</span></h2>
            <div class="export-groups">
                {GROUPS
                    .iter()
                    .map(|(title, exports)| {
                        view! {
                            <div>
                                <h3>{*title}</h3>
                                <ul>
                                    {exports
                                        .iter()
                                        .map(|export| {
                                            view! {
                                                <li>
                                                    <button type="button" on:click=move |_| said.set(export.save(state))>
                                                        {export.label}
                                                    </button>
                                                    <p>{export.about}</p>
                                                </li>
                                            }
                                        })
                                        .collect_view()}
                                </ul>
                            </div>
                        }
                    })
                    .collect_view()}
            </div>
            <p class="export-said" role="status">{move || said.get()}</p>
            <Issue/>
        </section>
    }
}

/// The report as one HTML file.
pub(super) fn html(state: State) {
    HTML.save(state);
}

impl Export {
    /// Writes the file and offers it. What there is to say about it, or nothing.
    fn save(&self, state: State) -> String {
        let Some(comparison) = state.comparison.get_untracked() else { return String::new() };
        let (text, said) = match self.render {
            Render::Report(render) => (render(&comparison, &time::format_rfc3339(browser::now_ms())), String::new()),
            Render::Run(render) => {
                let written = render(&comparison);
                let left_out = written.left_out();
                if written.entries == 0 {
                    let thresholds = &comparison.policy.name;
                    return format!(
                        "No file: none of the endpoints is of a service that “{thresholds}” names: {left_out}."
                    );
                }
                let warning = format!("{} is without these, for which no service is named: {left_out}.", self.file);
                (written.text, if left_out.is_empty() { String::new() } else { warning })
            }
        };
        browser::download(self.file, self.media_type, &text);
        said
    }
}

/// The key under which the repository is remembered on this device.
const REPOSITORY: &str = "loaddiff.repository";

/// An issue on GitHub about what fails or warns.
#[component]
fn Issue() -> impl IntoView {
    let state = state();
    let storage = || window().local_storage().ok().flatten();
    let remembered = storage().and_then(|s| s.get_item(REPOSITORY).ok().flatten()).unwrap_or_default();
    let repository = RwSignal::new(remembered);
    let mistake = RwSignal::new(None::<String>);
    let open = move || {
        let Some(comparison) = state.comparison.get_untracked() else { return };
        let wanted = match Repository::parse(&repository.get_untracked()) {
            Ok(wanted) => wanted,
            Err(why) => return mistake.set(Some(why)),
        };
        mistake.set(None);
        let _ = storage().map(|s| s.set_item(REPOSITORY, &wanted.to_string()));
        let made = made::now(state);
        let (shown, link) = match &made {
            Some(made) => (&made.comparison, Some(made.address.as_str())),
            // Names that shall be hidden, and cannot be, stay here.
            None if state.hide_names.get_untracked() => {
                return mistake.set(Some("The names cannot be hidden: see Share.".into()));
            }
            None => (&comparison, None),
        };
        if let Some(address) = issue::address(shown, &wanted, link) {
            let _ = window().open_with_url_and_target_and_features(&address, "_blank", "noopener,noreferrer");
        }
    };
    let due = move || state.comparison.with(|c| c.as_ref().is_some_and(|c| issue::is_due(c)));
    let enter = move |event: web_sys::KeyboardEvent| {
        if event.key() == "Enter" {
            open();
        }
    };
    view! {
        <Show when=due>
            <div class="issue">
                <h3>"An issue on GitHub"</h3>
                <div class="acts">
                    <input
                        type="text"
                        aria-label="Repository"
                        placeholder="OWNER/REPO"
                        autocomplete="off"
                        autocapitalize="off"
                        spellcheck="false"
                        aria-invalid=move || mistake.with(Option::is_some).to_string()
                        aria-describedby="issue-about"
                        prop:value=move || repository.get()
                        on:input=move |event| repository.set(event_target_value(&event))
                        on:keydown=enter
                    />
                    <button type="button" on:click=move |_| open()>"Open issue"</button>
                </div>
                {move || mistake.get().map(|why| view! { <p class="issue-mistake" role="alert">{why}</p> })}
                <p class="muted" id="issue-about">
                    "GitHub opens in a new tab with title, labels and text filled in. The address tells GitHub what the \
                     report says; nothing is posted before you submit it."
                    {move || state.hide_names.get().then_some(" Names are hidden, as chosen under Share.")}
                </p>
            </div>
        </Show>
    }
}
