//! What a person did, and what follows: a state machine without a browser, a clock or a thread.
//!
//! A face (the page, a test) sends a [`Command`] and shows the [`Update`]s that come back, in their order. The session
//! holds the runs and the comparison; a face holds neither. Parts of the page come as HTML whose elements carry what they
//! do ([`Action`]) as text.
//!
//! ```
//! use loaddiff::session::{Command, Content, Session, Target, Update};
//! use loaddiff::ingest;
//!
//! let mut session = Session::new();
//! let file = |name: &str, csv: &[u8]| ingest::read(name, csv).map(|part| Ok(Content::Parts(vec![part])));
//! let contents = vec![
//!     file("base_stats.csv", include_bytes!("../../samples/baseline_stats.csv"))?,
//!     file("run_stats.csv", include_bytes!("../../samples/run_stats.csv"))?,
//! ];
//! let updates = session.apply(Command::Read { contents, target: Target::Anywhere });
//! let verdict = updates.iter().find_map(|update| match update {
//!     Update::Part { id, html } if id == "verdict" => Some(html.as_str()),
//!     _ => None,
//! });
//! assert!(verdict.is_some_and(|html| html.contains("Regressed")));
//! # Ok::<(), loaddiff::ingest::Error>(())
//! ```

mod action;
mod address;
mod comparing;
mod content;
mod export;
mod failure;
mod keep;
mod opened;
mod panels;
mod place;
mod reading;
mod sample;
mod share;
mod show;
mod side;
mod sources;
mod state;
mod thresholds;
mod update;
mod view;

use std::sync::Arc;

pub use action::Action;
use address::{Asked, Fragment};
pub use address::{link_in, same_comparison};
use comparing::Step;
pub use content::{
    Content, HEAD, LARGEST_HISTORY, LARGEST_REPORT, begins_like_history, begins_like_report, history,
    is_named_thresholds, may_be_thresholds, report, thresholds, thresholds_or,
};
pub use failure::Failure;
pub use keep::Keep;
use opened::{Bringer, Opened};
pub use panels::start_page;
pub use sample::{sample, sample_page};
use serde::{Deserialize, Serialize};
use show::Shown;
use state::place::Place;
pub use state::place::Target;
pub use state::reading::Stage;
pub use state::sources::{As, Phase, Stage as SourceStage};
pub use state::thresholds::Field;
use state::thresholds::Thresholds;
use state::trends::Trends;
use state::{MOST_DRAWN, State};
pub use update::Update;

use crate::history::History;
use crate::ingest::Role;
use crate::link;
use crate::link::sources::Source;
use crate::mask::Names;
use crate::report::html::act::Act;
use crate::report::html::sections::SPACES;
use crate::report::table;
use crate::run::{Metric, Run};

/// The id of the row of the endpoint table that stands for the rows above those in the document.
pub const ROWS_ABOVE: &str = SPACES[0];

/// The id of the row that stands for those below.
pub const ROWS_BELOW: &str = SPACES[1];

/// Characters of a label.
const LONGEST_LABEL: usize = 80;

/// How a page is opened.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Opening {
    /// Its whole address.
    pub address: String,
    /// Origins other than its own that it may fetch from.
    pub allowed: Vec<String>,
    /// Whether it is as narrow as a phone.
    pub narrow: bool,
    /// Whether it is shown inside another page.
    pub embedded: bool,
    /// Whether nothing is compared before [`Action::Compare`]: a person cancelled a comparison.
    pub paused: bool,
}

/// Something that happened. Moments are milliseconds since the Unix epoch.
#[derive(Debug)]
#[allow(missing_docs)] // The variants say what their fields are.
pub enum Command {
    /// A page is opened.
    Open(Opening),
    /// The page's address is another one.
    Address(String),
    /// The page is now narrow, or wide.
    Narrow(bool),
    /// A person did this to an element; fields have a value.
    Do { action: Action, value: String, at_ms: i64 },
    /// Files wait to be read: number, name, bytes.
    Announce(Vec<(u32, String, u64)>),
    /// The reading of a file is at this stage.
    Stage { id: u32, stage: Stage, at_ms: i64 },
    /// Bytes of a file that are read.
    Progress { id: u32, bytes: u64, at_ms: i64 },
    /// Figures of the part of a file that was read.
    Snapshot { id: u32, run: Box<Run> },
    /// The reading of these files has ended.
    Finished(Vec<u32>),
    /// Files of one gesture are read.
    Read { contents: Vec<Result<Content, Failure>>, target: Target },
    /// Files are read that came with what they are. Where one cannot be used, none is.
    Given(Vec<(As, Result<Content, Failure>)>),
    /// The fetching of a link's files is at this phase.
    Fetching(Phase),
    /// One of those files is at this stage.
    Source { index: usize, stage: SourceStage, at_ms: i64 },
    /// The link to files is done with.
    Fetched,
    /// Make the comparison that [`Update::Comparing`] announced.
    Compare,
    /// What was kept under this name; `None` where there is nothing.
    Kept { id: String, kept: Option<(Vec<u8>, Vec<u8>)> },
    /// All that is kept: name, moment, what a list shows.
    Recents { listed: Vec<(String, i64, Vec<u8>)>, now_ms: i64 },
    /// A comparison could not be kept on this device.
    NotKept { full: bool },
}

/// What a person did, and what follows.
#[derive(Debug)]
pub struct Session {
    state: State,
    /// What the page's address asks for.
    main: Fragment,
    /// The fragment that is in the address.
    at: String,
    /// Whether the last change of the address was a step from one endpoint to the next, and whether the next one is.
    stepped: bool,
    steps: bool,
    /// Whether the next change of the address is one to go back from.
    push: bool,
    /// What a face was shown.
    shown: Shown,
    /// What is to be shown once, in this order.
    updates: Vec<Update>,
}

impl Default for Session {
    fn default() -> Self {
        Self::new()
    }
}

impl Session {
    /// A session in which nothing happened.
    #[must_use]
    pub fn new() -> Self {
        Self {
            state: State::new(),
            main: Fragment::Empty,
            at: String::new(),
            stepped: false,
            steps: false,
            push: false,
            shown: Shown::default(),
            updates: Vec::new(),
        }
    }

    /// Does what follows from a command; returns what a face is to show.
    pub fn apply(&mut self, command: Command) -> Vec<Update> {
        self.handle(command);
        if let Step::Announced(endpoints) = self.state.follow() {
            self.updates.push(Update::Comparing(endpoints as u64));
        }
        self.forget_link();
        let address = self.address();
        self.updates.extend(address);
        let once = std::mem::take(&mut self.updates);
        let mut updates = self.shown.bring_up_to_date(&mut self.state);
        updates.extend(once);
        updates
    }

    /// Whether, from now on, only what a person looks at while typing is brought up to date: the verdict, the table, the
    /// panel of limits. [`Session::rest`] gives the others.
    pub fn hold_back(&mut self, hold_back: bool) {
        self.shown.hold_back = hold_back;
    }

    /// What was held back.
    pub fn rest(&mut self) -> Vec<Update> {
        self.shown.bring_up_to_date(&mut self.state)
    }

    /// What is to be kept on this device now, and what a face is to show then: the address names it.
    pub fn keep(&mut self) -> (Option<Keep>, Vec<Update>) {
        let before = self.state.keeping.id.clone();
        let keep = self.state.next_to_keep().unwrap_or_else(|why| {
            self.not_kept(why);
            None
        });
        // What was changed of a link stays in its place.
        let by_link = matches!(self.main, Fragment::Shared(_));
        self.push |= !by_link && self.state.keeping.id.is_some() && self.state.keeping.id != before;
        let updates = self.apply_nothing();
        (keep, updates)
    }

    /// The name of the comparison that is to be had from this device; each is asked for once.
    pub fn wanted(&mut self) -> Option<String> {
        let keeping = &mut self.state.keeping;
        keeping.wanted.clone().filter(|_| !std::mem::replace(&mut keeping.is_asked, true))
    }

    /// Whether what is kept is to be listed again.
    pub fn wants_list(&mut self) -> bool {
        std::mem::take(&mut self.state.keeping.list)
    }

    /// Files of a link, with what they are, for whoever fetches them.
    #[must_use]
    pub fn sources(&self) -> Vec<(Source, As)> {
        self.state.sources()
    }

    /// How far the fetching of a link's files is.
    #[must_use]
    pub fn phase(&self) -> Option<Phase> {
        self.state.phase()
    }

    /// The stage of a file that is read; `None` where it is not listed.
    #[must_use]
    pub fn stage_of(&self, id: u32) -> Option<Stage> {
        self.state.stage_of(id)
    }

    /// The page's address without its fragment, and the origins it may fetch from.
    #[must_use]
    pub fn may_fetch(&self) -> (&str, &[String]) {
        (&self.state.page, &self.state.allowed)
    }

    /// The word and the gate of the comparison that is shown.
    ///
    /// # Errors
    ///
    /// Why there is none.
    pub fn verdict(&self) -> Result<(&'static str, &'static str), String> {
        if let Some(comparison) = &self.state.comparison {
            return Ok((comparison.word.as_str(), comparison.gate.as_str()));
        }
        let error = |role| self.state.side(role).and_then(|side| side.run().err()).map(ToString::to_string);
        Err(error(Role::Baseline).or_else(|| error(Role::Run)).unwrap_or_else(|| "no two runs".to_owned()))
    }

    fn handle(&mut self, command: Command) {
        let state = &mut self.state;
        match command {
            Command::Open(Opening { address, allowed, narrow, embedded, paused }) => {
                (state.allowed, state.narrow) = (allowed, narrow);
                (state.embedded, state.paused) = (embedded, paused);
                state.page = address::without_fragment(&address).to_owned();
                state.keeping.list = !embedded;
                self.follow_address(&address);
            }
            Command::Address(address) => self.follow_address(&address),
            Command::Narrow(narrow) => state.narrow = narrow,
            Command::Do { action, value, at_ms } => self.act(action, &value, at_ms),
            Command::Announce(files) => {
                files.into_iter().for_each(|(id, name, bytes)| state.announce(id, name, bytes));
            }
            Command::Stage { id, stage, at_ms } => state.set_stage(id, stage, at_ms),
            Command::Progress { id, bytes, at_ms } => state.set_read(id, bytes, at_ms),
            Command::Snapshot { id, run } => state.set_snapshot(id, *run),
            Command::Finished(ids) => state.reading.retain(|reading| !ids.contains(&reading.id)),
            Command::Read { contents, target } => self.read(contents, target),
            Command::Given(contents) => self.given(contents),
            Command::Fetching(phase) => state.set_phase(phase),
            Command::Source { index, stage, at_ms } => {
                state.now_ms = at_ms;
                state.set_source_stage(index, stage);
            }
            Command::Fetched => {
                state.fetching = None;
                self.say("The files are fetched and compared.");
            }
            Command::Compare => state.compare_announced(),
            Command::Kept { id, kept } => self.kept(&id, kept),
            Command::Recents { listed, now_ms } => state.set_recents(listed, now_ms),
            Command::NotKept { full } => {
                self.not_kept(if full { failure::Unkept::Full } else { failure::Unkept::Denied });
            }
        }
    }

    fn say(&mut self, what: impl Into<String>) {
        self.updates.push(Update::Said(what.into()));
    }

    fn reveal(&mut self, id: &str, nearest: bool) {
        self.updates.push(Update::Reveal { id: id.into(), nearest });
    }

    fn fail(&mut self, failure: Failure) {
        self.state.fail(failure);
        // Cards stand at the top of the page.
        self.reveal("main", false);
    }

    /// Opens what the page's address asks for. A comparison that cannot be read leaves nothing on the page that might be
    /// taken for it.
    fn follow_address(&mut self, address: &str) {
        let asked = Asked::of(address);
        address::fragment_of(address).clone_into(&mut self.at);
        let state = &mut self.state;
        let here = state.comparison.is_some();
        let is_it = match &asked.kept {
            Some(_) => asked.kept == state.keeping.id,
            None => asked.main == self.main && state.keeping.id.is_none(),
        };
        if here && is_it {
            return state.set_view(&asked.view);
        }
        if asked.kept.is_none() && asked.main == Fragment::Empty && (!here || state.embedded) {
            state.keeping.wanted = None;
            return;
        }
        if let (Fragment::Other(text), None) = (&asked.main, &asked.kept) {
            let failure = Failure::Address(text.chars().take(80).collect());
            if !here {
                self.main = asked.main;
            }
            return self.fail(failure);
        }
        let before = std::mem::replace(&mut self.main, asked.main);
        state.put_away(before);
        state.fetching = None;
        state.set_view(&asked.view);
        match asked.kept.filter(|_| !state.embedded) {
            Some(id) => (state.keeping.wanted, state.keeping.is_asked) = (Some(id), false),
            None => self.open_link(),
        }
    }

    /// Opens the link that the address holds.
    fn open_link(&mut self) {
        match &self.main {
            Fragment::Shared(text) => match link::decode(text) {
                Ok(shared) => {
                    let view = self.view();
                    self.state.open(Opened::link(shared, text.clone()));
                    self.state.set_view(&view);
                }
                Err(error) => self.fail(Failure::Link(error)),
            },
            Fragment::Sources(text) => {
                self.state.ask_for_sources(text);
                self.reveal("main", false);
            }
            Fragment::Other(_) | Fragment::Empty => {}
        }
    }

    /// How the comparison is to be looked at that is not there yet.
    fn view(&self) -> Vec<(&'static str, String)> {
        Asked::of(&format!("#{}", self.state.view())).view
    }

    /// Shows what was kept under a name that the address asked for; else the link beside it.
    fn kept(&mut self, id: &str, kept: Option<(Vec<u8>, Vec<u8>)>) {
        if self.state.keeping.wanted.as_deref() != Some(id) {
            return;
        }
        self.state.keeping.wanted = None;
        let view = self.view();
        if kept.is_some_and(|(about, data)| self.state.restore(id, &about, &data)) {
            self.state.set_view(&view);
        } else if matches!(self.main, Fragment::Empty | Fragment::Other(_)) {
            self.fail(Failure::NotHere);
        } else {
            self.open_link();
        }
    }

    /// Says, once, that comparisons are not kept.
    fn not_kept(&mut self, why: failure::Unkept) {
        if !std::mem::replace(&mut self.state.keeping.is_told, true) {
            self.state.fail(Failure::NotKept(why));
        }
    }

    /// Takes the link out of the address once the page shows something else.
    fn forget_link(&mut self) {
        let any = self.state.baseline.is_some() || self.state.run.is_some();
        let by_link = self.state.opened().is_some_and(|opened| matches!(opened.by, Bringer::Link));
        let stays = match &self.main {
            Fragment::Shared(_) => by_link,
            Fragment::Other(_) => false,
            Fragment::Sources(_) | Fragment::Empty => true,
        };
        if any {
            self.state.cards.retain(|card| card.failure != Failure::NotHere);
        }
        if any && !stays {
            self.main = Fragment::Empty;
            let is_gone = |failure: &Failure| matches!(failure, Failure::Link(_) | Failure::Address(_));
            self.state.cards.retain(|card| !is_gone(&card.failure));
        }
    }

    /// The change of the page's address that follows from what is shown.
    fn address(&mut self) -> Option<Update> {
        let (push, steps) = (std::mem::take(&mut self.push), std::mem::take(&mut self.steps));
        let keeping = &self.state.keeping;
        // What is asked for is not there yet.
        if keeping.wanted.is_some() {
            return None;
        }
        let mut fragment = self.main.text().to_owned();
        if !self.state.embedded && self.state.comparison.is_some() {
            fragment += &keeping.id.as_ref().map(|id| format!("&c={id}")).unwrap_or_default();
            fragment += &self.state.view();
        }
        let fragment = fragment.trim_start_matches('&').to_owned();
        if fragment == self.at {
            return None;
        }
        self.stepped = steps;
        self.at.clone_from(&fragment);
        Some(Update::Address { fragment, push: push && !self.state.embedded })
    }

    /// What a face is to show where nothing was done.
    fn apply_nothing(&mut self) -> Vec<Update> {
        let address = self.address();
        let mut updates = self.shown.bring_up_to_date(&mut self.state);
        updates.extend(std::mem::take(&mut self.updates));
        updates.extend(address);
        updates
    }

    fn read(&mut self, contents: Vec<Result<Content, Failure>>, target: Target) {
        let (mut parts, mut report, mut thresholds, mut history) = (Vec::new(), None, None, None);
        let mut failed = Vec::new();
        let is_run = |content: &Result<Content, _>| matches!(content, Ok(Content::Parts(_) | Content::Report { .. }));
        if matches!(self.main, Fragment::Sources(_)) && contents.iter().any(is_run) {
            self.main = Fragment::Empty;
        }
        for content in contents {
            match content {
                Ok(Content::Parts(read)) => parts.extend(read),
                Ok(Content::Policy(policy)) => thresholds = Some(policy),
                Ok(Content::Report { name, restored, text }) => report = Some(Opened::report(name, *restored, text)),
                Ok(Content::History(read)) => history = Some(*read),
                Err(failure) => failed.push(failure),
            }
        }
        if parts.is_empty() && report.is_none() {
            failed.into_iter().for_each(|failure| self.fail(failure));
        } else {
            // What came along with files that are used hides nothing of what they give.
            let count = failed.len();
            failed.into_iter().for_each(|failure| self.state.fail(failure));
            self.state.mark_extra(count);
        }
        // A report brings thresholds; a thresholds file beside it counts more.
        if let Some(opened) = report {
            self.state.open(opened);
        }
        if let Some(policy) = thresholds {
            self.say(format!("Thresholds are taken from {}.", policy.name));
            self.state.set_thresholds(Thresholds::File(Arc::from(policy)));
        }
        if let Some(history) = history {
            self.show_history(history);
        }
        self.state.place(parts, target);
    }

    /// Shows a history, in place of another one.
    fn show_history(&mut self, history: History) {
        self.say(format!("The trend of {} is shown.", history.name));
        self.state.history = Some(Trends::of(history));
        self.reveal("trend", false);
    }

    fn given(&mut self, contents: Vec<(As, Result<Content, Failure>)>) {
        let (mut baseline, mut run, mut failures) = (Vec::new(), Vec::new(), Vec::new());
        let (mut report, mut thresholds) = (None, None);
        for (given, content) in contents {
            match (content, given) {
                (Ok(Content::Parts(parts)), As::Side(Role::Baseline)) => baseline.extend(parts),
                (Ok(Content::Parts(parts)), _) => run.extend(parts),
                (Ok(Content::Policy(policy)), _) => thresholds = Some(policy),
                (Ok(Content::Report { name, restored, text }), _) => {
                    report = Some(Opened::report(name, *restored, text));
                }
                (Ok(Content::History(read)), _) => self.state.history = Some(Trends::of(*read)),
                (Err(failure), _) => failures.push(failure),
            }
        }
        self.state.cards.clear();
        if !failures.is_empty() {
            return failures.into_iter().for_each(|failure| self.fail(failure));
        }
        let view = self.view();
        self.state.forget_choices();
        self.state.undecided.clear();
        let is_whole = report.is_some() || (baseline.is_empty() && run.is_empty());
        for (role, parts) in [(Role::Baseline, &baseline), (Role::Run, &run)] {
            if is_whole || !parts.is_empty() {
                self.state.clear(role);
            }
        }
        if let Some(opened) = report {
            self.state.open(opened);
        }
        if let Some(policy) = thresholds {
            self.state.set_thresholds(Thresholds::File(Arc::from(policy)));
        }
        self.state.place(baseline, Target::Side(Role::Baseline));
        self.state.place(run, Target::Side(Role::Run));
        self.state.set_view(&view);
    }

    fn act(&mut self, action: Action, value: &str, at_ms: i64) {
        let state = &mut self.state;
        match action {
            Action::Report(act) => self.act_on_report(act, value),
            Action::Compare => state.paused = false,
            Action::Trend => {
                if let (Some(trends), Ok(index)) = (&mut state.history, value.parse()) {
                    trends.chosen = index;
                }
            }
            Action::TrendClose => state.history = None,
            Action::Swap => {
                state.swap();
                self.say("Baseline and run are swapped.");
            }
            Action::StartOver => {
                self.put_away();
                self.reveal("main", false);
            }
            Action::Undo => {
                if let Some(main) = state.undo() {
                    self.main = main;
                    self.push = true;
                    self.say("The comparison is shown again.");
                }
            }
            Action::OpenKept(id) => {
                self.put_away();
                let keeping = &mut self.state.keeping;
                (keeping.wanted, keeping.is_asked) = (Some(id), false);
                self.push = true;
            }
            Action::Forget(id) => {
                state.keeping.recents.retain(|recent| id.as_ref().is_some_and(|id| recent.id != *id));
                self.say(if id.is_some() { "The comparison is forgotten." } else { "All comparisons are forgotten." });
            }
            Action::Label(role) => {
                let label = value.trim().chars().take(LONGEST_LABEL).collect::<String>();
                state.set_label(role, Some(label).filter(|label| !label.is_empty()));
            }
            Action::Clear(role) => state.clear(role),
            Action::Answer(role) => state.answer(role),
            Action::Repeat(role) => state.add_repeat(role),
            Action::Earlier => state.earlier.extend(state.asked.take()),
            Action::Place(index) => {
                if let Some(place) = state.places.get_mut(index) {
                    *place = match value {
                        "earlier" => Some(Place::Earlier),
                        word => action::role_of(word).map(Place::Side),
                    };
                }
            }
            Action::Assign => state.assign(),
            Action::AssignCancel => state.undecided.clear(),
            Action::AllParts(role, all) => state.change_files(role, |files| files.all_parts = all),
            Action::RemoveExecution(role, index) => state.change_files(role, |files| files.remove(index)),
            Action::RemoveEarlier(index) => {
                if index < state.earlier.len() {
                    state.earlier.remove(index);
                }
            }
            Action::Merge(role) => state.change_files(role, |files| files.several = crate::ingest::Parts::Merge),
            Action::Repeats(role) => state.change_files(role, side::Files::split_into_repeats),
            Action::Split(role) => state.split(role),
            Action::Keep(role, index) => {
                let name = panels::several(state.side(role)).into_iter().nth(index);
                if let Some(name) = name {
                    state.change_files(role, |files| files.keep(&name));
                }
            }
            Action::Dismiss(card) => {
                state.cards.retain(|c| c.id != card);
                if matches!(self.main, Fragment::Other(_)) {
                    self.main = Fragment::Empty;
                }
            }
            Action::Profile(name) => {
                let name = if name.is_empty() { value } else { &name };
                if let Some(thresholds) = Thresholds::profile(name) {
                    state.set_thresholds(thresholds);
                }
            }
            Action::Move(field) => {
                // The chart that is dragged on stays open, whatever the verdict becomes.
                if field == Field::WarmupAt
                    && let Some(comparison) = &state.comparison
                    && let Some(subject) = show::selected(state, comparison).and_then(|at| comparison.subjects.get(at))
                {
                    state.selected = Some(crate::report::view::key(subject));
                }
                state.move_field(field, value);
            }
            Action::LimitsReset => {
                state.reset_limits();
                self.say("The limits are reset.");
            }
            Action::ExportThresholds => self.updates.push(state.export_thresholds()),
            Action::Settings(open) => state.settings_open = open,
            Action::Share(open) => {
                state.share_open = open;
                state.wishes.time_series = true;
                state.wishes.however_long = false;
            }
            Action::HideNames => state.wishes.names = if value == "true" { Names::Hash } else { Names::Mask },
            Action::KeepNames => state.wishes.names = if value == "true" { Names::Keep } else { Names::Mask },
            Action::TimeSeries => state.wishes.time_series = value == "true",
            Action::HoweverLong(on) => state.wishes.however_long = on,
            Action::Export(number) => {
                let saved = state.export(number, at_ms);
                self.updates.extend(saved);
            }
            Action::Issue => {
                let updates = state.issue(value);
                self.updates.extend(updates);
            }
            Action::Cancel(which) => {
                state.cancel(which, at_ms);
                self.say("Reading was cancelled.");
            }
            Action::SinglesAll => state.all_singles = true,
            // Whoever holds the sample files and the network does these.
            Action::Sample => self.put_away(),
            Action::Fetch => {}
            Action::FetchCancel => match state.phase() {
                Some(Phase::Fetching) => state.set_phase(Phase::Asking),
                _ => {
                    state.fetching = None;
                    self.main = Fragment::Empty;
                }
            },
        }
    }

    /// Back to the start.
    fn put_away(&mut self) {
        let main = std::mem::take(&mut self.main);
        self.state.put_away(main);
        self.state.fetching = None;
        self.push = true;
    }

    fn act_on_report(&mut self, act: Act, value: &str) {
        let was_stepped = self.stepped;
        let state = &mut self.state;
        let filters = &mut state.filters;
        match act {
            Act::Verdict(verdict) => filters.toggle(verdict),
            Act::Row(key) => {
                state.selected = Some(key);
                state.rows = self.shown.rows_around(state, state.rows);
                self.push = true;
                self.reveal("details", true);
            }
            Act::Sort(column) => {
                filters.sort(column);
                let order = filters.order();
                self.say(order);
            }
            Act::SortAlso(column) => {
                filters.sort_also(column);
                let order = filters.order();
                self.say(order);
            }
            Act::Column(code) => filters.show_column(code, value == "true"),
            Act::Group => filters.grouping = table::Grouping::of(value).unwrap_or_default(),
            Act::ShowUnchanged => filters.hide_unchanged = Some(false),
            Act::HideUnchanged => filters.hide_unchanged = Some(true),
            Act::Rows(first, count) => state.rows = (first, count.clamp(1, MOST_DRAWN)),
            Act::FiltersReset => {
                let hidden = std::mem::take(&mut filters.hidden);
                *filters = table::Filters { hidden, ..table::Filters::none() };
            }
            Act::Percentile(percentile) => state.choose(Metric::Latency(percentile)),
            Act::Over(percentile) => state.over = percentile,
            Act::ChangesAll => state.all_changes = !state.all_changes,
            Act::GroupIds => {
                let count = state.group_ids();
                let groups = if count == 1 { "1 group".to_owned() } else { format!("{count} groups") };
                self.say(format!(
                    "Endpoints with ids are judged as {groups}. Reset the thresholds to judge them one by one."
                ));
            }
            Act::Next | Act::Previous => {
                if let Some(key) = self.shown.step(state, if act == Act::Next { 1 } else { -1 }) {
                    state.selected = Some(key);
                    state.rows = self.shown.rows_around(state, state.rows);
                    // One step back leads over all of them.
                    (self.push, self.steps) = (!was_stepped, true);
                    self.reveal("details", true);
                }
            }
            Act::Close => {
                if let Some(row) = self.shown.open_row(state) {
                    state.selected = Some(String::new());
                    self.reveal(&row, true);
                }
            }
            Act::Filter(_) => {
                value.clone_into(&mut filters.text);
                // Without those above what is in view.
                if std::mem::take(&mut state.rows.0) > 0 {
                    state.rows.1 = (state.rows.1 * 2).div_ceil(3);
                }
            }
            Act::Changes(_) => state.choose(Metric::parse(value)),
            Act::Forest(_) => state.forest_of = Some(Metric::parse(value)),
        }
    }
}
