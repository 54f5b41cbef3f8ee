//! The page. It holds no arithmetic: what it shows was computed by the library, and put into words there.
//!
//! [`state`](self) is one struct of signals; each component has a file of its own. [`reader`](self) tells what
//! a file is, and [`workers`](self) have it read.

mod address;
mod ask;
mod assign;
mod browser;
mod changed;
mod comparing;
mod details;
mod drop;
mod embed;
mod empty;
mod errors;
mod executions;
mod export;
mod facts;
mod fetch;
mod figure;
mod formats;
mod given;
mod help;
mod keys;
mod made;
mod method;
mod opened;
mod panics;
mod parts;
mod privacy;
mod progress;
mod reader;
mod sample;
mod settings;
mod share;
mod shown;
mod singles;
mod so_far;
mod sources;
mod state;
mod table;
mod take;
mod tiles;
mod topbar;
mod turns;
mod verdict;
mod workers;

use leptos::prelude::*;
use leptos::task::spawn_local;

use state::State;

/// The report's sections below the tiles are drawn one after the other: so many, and which of them the table is.
const SECTIONS: usize = 5;
const TABLE: usize = 2;

/// So many rows of the table are drawn at a time, at first.
const ROWS_AT_A_TIME: usize = 25;

/// Puts the page into the document.
pub fn mount() {
    panics::watch();
    mount_to_body(App);
}

#[component]
fn App() -> impl IntoView {
    let state = State::new();
    provide_context(state);
    browser::watch_media("(max-width: 640px)", move |narrow| state.narrow.set(narrow));
    keys::listen(state);
    shown::follow_address(state);
    // A new report is read from its verdict on.
    let has_report = Memo::new(move |_| state.comparison.with(Option::is_some));
    let embedded = embed::is_asked_for();
    let content = move || match (has_report.get(), embedded) {
        (true, _) => view! { <Report embedded/> }.into_any(),
        (false, false) => view! { <empty::Empty/> }.into_any(),
        (false, true) => view! { <embed::Waiting/> }.into_any(),
    };

    view! {
        {(!embedded).then(|| view! { <topbar::TopBar has_report/> })}
        <main id="main" tabindex="-1" class:embedded=embedded aria-busy=move || state.drawing.get().then_some("true")>
            {embedded.then(|| view! { <embed::PageAround/> })}
            <sources::FromSources/>
            <errors::Errors/>
            <assign::Assign/>
            <so_far::SoFar/>
            <executions::Executions/>
            {content}
        </main>
        {(!embedded)
            .then(|| {
                view! {
                    <footer class="foot">
                        <p>{privacy::sentence()} <span class="nowrap">"loaddiff " {env!("CARGO_PKG_VERSION")}</span></p>
                    </footer>
                    <drop::DropZone/>
                    <share::Share/>
                }
            })}
        <progress::Progress/>
        <ask::Ask/>
        <settings::Settings/>
        <help::Help/>
        <p class="hidden" role="log" aria-live="polite">{move || state.said.get()}</p>
    }
}

#[component]
fn Report(
    /// Whether it is shown inside another page.
    embedded: bool,
) -> impl IntoView {
    let state = state();
    // Sections are drawn from the top, each in a task of its own: all together would hold up the page.
    let section = RwSignal::new(0);
    let rows = RwSignal::new(ROWS_AT_A_TIME);
    state.drawing.set(true);
    on_cleanup(move || state.drawing.set(false));
    spawn_local(async move {
        for next in 1..=SECTIONS {
            browser::breathe().await;
            if section.try_set(next).is_some() {
                return;
            }
            let to_draw = state.shown.with_untracked(|shown| shown.drawn.min(state::ROWS));
            while next == TABLE && rows.try_get_untracked().is_some_and(|rows| rows < to_draw) {
                browser::breathe().await;
                let _ = rows.try_update(|rows| *rows = rows.saturating_add(ROWS_AT_A_TIME));
            }
        }
        let _ = rows.try_set(usize::MAX);
        state.drawing.set(false);
    });
    let has = move |at: usize| Memo::new(move |_| section.get() >= at);
    let (changed, table, details, facts, rest) = (has(1), has(TABLE), has(3), has(4), has(SECTIONS));

    view! {
        <shown::Checked/>
        <verdict::VerdictBand/>
        <tiles::Tiles/>
        {move || changed.get().then(|| view! { <changed::Changed/> })}
        {move || table.get().then(|| view! { <table::Table most=rows/> })}
        {move || details.get().then(|| view! { <details::Details/> })}
        {move || facts.get().then(|| view! { <facts::Facts/> })}
        {move || {
            (!embedded && rest.get())
                .then(|| {
                    view! {
                        <export::Exports/>
                        <method::Method/>
                    }
                })
        }}
    }
}

/// The page's state.
fn state() -> State {
    expect_context::<State>()
}
