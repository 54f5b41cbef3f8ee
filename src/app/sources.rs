//! A link to files: where they are is shown first, and nothing is fetched before a person says so.

use std::sync::Arc;

use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::AbortController;

use super::address::{self, Address as PageAddress};
use super::fetch::fetch;
use super::given::{self, As, LARGEST_TOGETHER, Named};
use super::parts::marked;
use super::state::State;
use super::{browser, privacy, state};
use crate::ingest::Role;
use crate::link::refusal::{self, Refusal};
use crate::link::sources::{Address, Source, Sources, host_of};
use crate::number;

/// What the address asks for.
#[derive(Debug, Clone)]
enum Asked {
    Files(Arc<Sources>),
    /// It cannot be read, and why.
    Wrong(String),
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Asking,
    Fetching,
    Failed,
}

/// How far one file is.
#[derive(Debug, Clone, PartialEq)]
enum Stage {
    Waiting,
    Coming { bytes: u64, of: Option<u64> },
    Here { bytes: u64 },
    Refused(Refusal),
}

#[derive(Clone, Copy)]
struct Panel {
    asked: RwSignal<Option<Asked>>,
    phase: RwSignal<Phase>,
    /// In the order of [`Sources::files`].
    stages: RwSignal<Vec<Stage>>,
    /// What ends the fetching that is under way.
    abort: StoredValue<Option<AbortController>, LocalStorage>,
}

/// The page's own address: what relative addresses are relative to.
fn page() -> Option<Address> {
    Address::parse(&address::without_fragment()).ok()
}

impl Panel {
    /// Asks for what the page's address names, if it names files.
    fn open(self) {
        let fragment = match PageAddress::of_page() {
            PageAddress::Sources { fragment } => fragment,
            // What it holds is shown instead.
            PageAddress::Shared(_) => {
                self.stop();
                return self.asked.set(None);
            }
            // A place in the page.
            PageAddress::Empty | PageAddress::Other => return,
        };
        self.stop();
        self.phase.set(Phase::Asking);
        self.asked.set(Some(match Sources::parse(&fragment, page().as_ref()) {
            Ok(sources) => {
                self.stages.set(vec![Stage::Waiting; sources.files().count()]);
                Asked::Files(Arc::new(sources))
            }
            Err(error) => Asked::Wrong(error.to_string()),
        }));
    }

    /// Ends the fetching that is under way.
    fn stop(self) {
        self.abort.update_value(|abort| {
            if let Some(abort) = abort.take() {
                abort.abort();
            }
        });
    }

    /// Cancels the fetching, or puts the link away.
    fn cancel(self) {
        if self.phase.get_untracked() == Phase::Fetching {
            self.stop();
            self.stages.update(|stages| stages.fill(Stage::Waiting));
            self.phase.set(Phase::Asking);
        } else {
            self.asked.set(None);
            address::forget();
        }
    }

    fn stage(self, index: usize, stage: Stage) {
        self.stages.update(|stages| {
            if let Some(slot) = stages.get_mut(index) {
                *slot = stage;
            }
        });
    }

    /// Fetches all files, one after the other, and compares them.
    fn start(self, state: State, sources: Arc<Sources>) {
        let Ok(abort) = AbortController::new() else { return };
        let signal = abort.signal();
        self.stop();
        self.abort.set_value(Some(abort));
        self.stages.update(|stages| stages.fill(Stage::Waiting));
        self.phase.set(Phase::Fetching);
        spawn_local(async move {
            let page = page();
            let mut files = Vec::new();
            let mut left = LARGEST_TOGETHER;
            for (index, (source, given)) in listed(&sources).enumerate() {
                let progress = |bytes, of| self.stage(index, Stage::Coming { bytes, of });
                match fetch(&source.address, page.as_ref(), left, &signal, progress).await {
                    Ok(bytes) => {
                        left = left.saturating_sub(bytes.len() as u64);
                        self.stage(index, Stage::Here { bytes: bytes.len() as u64 });
                        files.push(Named { given, name: source.name(), bytes });
                    }
                    Err(None) => return,
                    Err(Some(refusal)) => {
                        let pointless = matches!(
                            refusal,
                            Refusal::Limited { status: 429, .. }
                                | Refusal::Limited { until_ms: Some(_), .. }
                                | Refusal::Offline
                        );
                        self.stage(index, Stage::Refused(refusal));
                        if pointless {
                            break;
                        }
                    }
                }
            }
            // A cancelled reading may have ended by itself at the same moment.
            if signal.aborted() {
                return;
            }
            let all = files.len() == self.stages.with_untracked(Vec::len);
            if all && given::put(state, files).await.is_ok() {
                self.asked.set(None);
                state.said.set("The files are fetched and compared.".into());
            } else {
                self.phase.set(Phase::Failed);
            }
        });
    }
}

/// The files with what they are, in the order of [`Sources::files`].
fn listed(sources: &Sources) -> impl Iterator<Item = (&Source, As)> {
    fn of(role: Role) -> impl Fn(&Source) -> (&Source, As) {
        move |source| (source, As::Side(role))
    }
    let thresholds = sources.policy.iter().map(|source| (source, As::Thresholds));
    sources.baseline.iter().map(of(Role::Baseline)).chain(sources.run.iter().map(of(Role::Run))).chain(thresholds)
}

#[component]
pub(super) fn FromSources() -> impl IntoView {
    let panel = Panel {
        asked: RwSignal::new(None),
        phase: RwSignal::new(Phase::Asking),
        stages: RwSignal::new(Vec::new()),
        abort: StoredValue::new_local(None),
    };
    panel.open();
    // It listens as long as the page lives.
    std::mem::forget(window_event_listener(ev::hashchange, move |_| panel.open()));
    move || {
        panel.asked.get().map(|asked| match asked {
            Asked::Files(sources) => view! { <Files panel sources/> }.into_any(),
            Asked::Wrong(why) => view! {
                <div class="card-error" role="alert">
                    <h2><span aria-hidden="true">"✕ "</span>"This link to files cannot be read"</h2>
                    <p>{marked(&why)}</p>
                    <div class="card-acts">
                        <button type="button" class="quiet small" on:click=move |_| panel.cancel()>"Dismiss"</button>
                    </div>
                </div>
            }
            .into_any(),
        })
    }
}

#[component]
fn Files(panel: Panel, sources: Arc<Sources>) -> impl IntoView {
    let state = state();
    let count = sources.files().count();
    let files = if count == 1 { "1 file".to_owned() } else { format!("{count} files") };
    let hosts: Vec<&str> = sources.origins().into_iter().map(host_of).collect();
    let hosts = refusal::listed(&hosts);
    let (own, allowed) = (page(), privacy::allowed());
    let mut refused: Vec<String> = Vec::new();
    for file in sources.files().filter(|file| !file.address.may_be_fetched(own.as_ref(), &allowed)) {
        let origin = file.address.origin();
        if !refused.iter().any(|known| known == origin) {
            refused.push(origin.to_owned());
        }
    }
    let notice = {
        let refusal = Refusal::NotAllowed { origins: refused.clone() };
        // Afterwards each file says so itself.
        let is_shown = move || panel.phase.get() == Phase::Asking;
        let any = !refused.is_empty();
        move || {
            (any && is_shown()).then(|| {
                view! {
                    <p class="sources-notice">
                        <b>{refusal.what(0)}</b>
                        " The browser itself will refuse it. "
                        {marked(&refusal.next_step())}
                    </p>
                }
            })
        }
    };
    let rows: Vec<_> = listed(&sources)
        .enumerate()
        .map(|(index, (source, given))| {
            let may = !refused.iter().any(|origin| origin == source.address.origin());
            view! { <Row panel index source=source.clone() given may/> }
        })
        .collect();
    let says = {
        let files = files.clone();
        move || match panel.phase.get() {
            Phase::Asking => "Nothing has been fetched yet.".to_owned(),
            Phase::Fetching => {
                let done = panel
                    .stages
                    .with(|s| s.iter().filter(|s| matches!(s, Stage::Here { .. } | Stage::Refused(_))).count());
                format!("Fetching {} of {files}.", (done + 1).min(count))
            }
            Phase::Failed => "Not every file could be used, so nothing was compared.".to_owned(),
        }
    };
    // So that what is said is changed, and announced, once a file.
    let says = Memo::new(move |_| says());
    let fetching = move || panel.phase.get() == Phase::Fetching;
    let label = move || match panel.phase.get() {
        Phase::Failed => "Fetch again".to_owned(),
        _ => format!("Fetch {files}"),
    };
    let start = move |_| panel.start(state, Arc::clone(&sources));
    view! {
        <section class="panel sources" aria-labelledby="sources-title">
            <h2 id="sources-title">"This link compares files from " <b class="wrap">{hosts}</b></h2>
            <p role="status">{move || says.get()}</p>
            {notice}
            <ul>{rows}</ul>
            <div class="acts">
                <button type="button" class="primary" prop:hidden=fetching on:click=start>{label}</button>
                <button type="button" on:click=move |_| panel.cancel()>"Cancel"</button>
                <span class="muted">"No cookies and no passwords are sent along."</span>
            </div>
        </section>
    }
}

/// One file: what it is, where it is, how far it has come.
#[component]
fn Row(
    panel: Panel,
    index: usize,
    source: Source,
    given: As,
    /// Whether this page is allowed to fetch it.
    may: bool,
) -> impl IntoView {
    let what = match given {
        As::Side(Role::Baseline) => "Baseline",
        As::Side(Role::Run) => "Run",
        As::Thresholds => "Thresholds",
    };
    let full = source.address.to_string();
    let origin = source.address.origin().to_owned();
    let path = full.strip_prefix(&origin).unwrap_or_default().to_owned();
    let stage = Memo::new(move |_| panel.stages.with(|stages| stages.get(index).cloned().unwrap_or(Stage::Waiting)));
    let size = move || match stage.get() {
        Stage::Waiting => String::new(),
        Stage::Coming { bytes, of: Some(of) } => format!("{} of {}", number::bytes(bytes), number::bytes(of)),
        Stage::Coming { bytes, of: None } => format!("{} …", number::bytes(bytes)),
        Stage::Here { bytes } => format!("✓ {}", number::bytes(bytes)),
        Stage::Refused(_) => "✕".to_owned(),
    };
    let refused = move || {
        let why = match stage.get() {
            Stage::Refused(refusal) => Some(view! {
                <p class="sources-refused" role="alert">
                    {marked(&format!("{} {}", refusal.what(browser::now_ms()), refusal.next_step()))}
                </p>
            }),
            _ => None,
        };
        let open = (why.is_some() || !may).then(|| {
            view! { <p><a href=full.clone() target="_blank" rel="noopener noreferrer">"Open the file in a tab"</a></p> }
        });
        view! {
            {why}
            {open}
        }
    };
    view! {
        <li>
            <span class="muted">{what}</span>
            <b class="wrap">{source.name()}</b>
            <span class="n sources-size">{size}</span>
            <code class="wrap"><b>{origin}</b>{path}</code>
            {refused}
        </li>
    }
}
