//! What the page knows. The signals hold what a person did: files given, thresholds chosen, rows picked. Everything
//! else is derived from them: the two runs, their comparison, and what each component shows.

use std::sync::Arc;

use leptos::prelude::*;

use super::browser;
use super::comparing::{self, Compared, Data};
use super::opened::Opened;
use super::reader::Failure;
use crate::chart::{Forest, Size};
use crate::compare::{Comparison, Scope, Subject, Verdict};
use crate::ingest::{self, Group, Part, Parts, Role, RoleReason};
use crate::policy::{self, Adjustments, Policy, TooMuchMatching};
use crate::report::view::{self, Figure};
use crate::run::{Metric, Percentile, Run, repeats};

/// One side of a comparison.
#[derive(Debug, Clone)]
pub(super) struct Side {
    /// Where its run comes from.
    pub origin: Origin,
    /// Whether a person put it on this side, and not the page.
    pub chosen: bool,
}

/// Where a side's run comes from.
#[derive(Debug, Clone)]
pub(super) enum Origin {
    /// From files that are put together.
    Files(Files),
    /// It came with the other one, by a link or in a report, and was this one there.
    Opened(Arc<Opened>, Role),
}

/// The files of one side.
#[derive(Debug, Clone)]
pub(super) struct Files {
    /// Folder and common name of its files: later files of the same name belong to it.
    pub key: String,
    /// The files.
    pub parts: Vec<Part>,
    /// Whether several results on it are parts of one run.
    pub several: Parts,
    /// Further executions on the same side.
    pub more: Vec<Group>,
    /// Whether those are parts of one run too, and not repeats of the same test.
    pub all_parts: bool,
}

impl Side {
    fn of(group: Group, chosen: bool) -> Self {
        Self { origin: Origin::Files(Files::of(group)), chosen }
    }

    /// Its run, or why its files are none.
    fn run(&self) -> Result<Arc<Run>, ingest::Error> {
        match &self.origin {
            Origin::Files(files) => files.run().map(Arc::new),
            Origin::Opened(opened, role) => Ok(opened.run(*role)),
        }
    }

    /// What it came with, and what it was there.
    fn opened(&self) -> Option<(&Arc<Opened>, Role)> {
        match &self.origin {
            Origin::Files(_) => None,
            Origin::Opened(opened, role) => Some((opened, *role)),
        }
    }

    /// Its files, if it is made of files.
    fn files(&self) -> Option<&Files> {
        match &self.origin {
            Origin::Files(files) => Some(files),
            Origin::Opened(..) => None,
        }
    }
}

impl Files {
    fn of(group: Group) -> Self {
        Self { key: group.key, parts: group.parts, several: Parts::Refuse, more: Vec::new(), all_parts: false }
    }

    /// One run of all its files, or the typical run of its executions.
    fn run(&self) -> Result<Run, ingest::Error> {
        if self.more.is_empty() {
            return ingest::assemble(self.parts.clone(), self.several);
        }
        let executions = self.executions();
        if self.all_parts {
            return ingest::assemble(executions.into_iter().flat_map(|group| group.parts).collect(), Parts::Merge);
        }
        let runs = executions.into_iter().map(|group| ingest::assemble(group.parts, Parts::Merge));
        let runs: Vec<Run> = runs.collect::<Result<_, _>>()?;
        // There is at least one: without any, there is no file either.
        repeats::typical(runs).map_or_else(|| ingest::assemble(Vec::new(), Parts::Refuse), Ok)
    }

    /// Its executions, each with its files.
    pub fn executions(&self) -> Vec<Group> {
        std::iter::once(self.group()).chain(self.more.iter().cloned()).collect()
    }

    /// Takes one of its executions away; it keeps at least one.
    fn remove(&mut self, index: usize) {
        match index.checked_sub(1) {
            Some(more) if more < self.more.len() => drop(self.more.remove(more)),
            None if !self.more.is_empty() => {
                let first = self.more.remove(0);
                (self.key, self.parts) = (first.key, first.parts);
            }
            _ => {}
        }
    }

    fn group(&self) -> Group {
        Group { label: String::new(), key: self.key.clone(), parts: self.parts.clone() }
    }
}

/// What a person says that an execution is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// On this side.
    Side(Role),
    /// An earlier run of the baseline's program: it tells how far two runs differ.
    Earlier,
}

/// Where a person put files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    /// On the window, or by a button that names no side.
    Anywhere,
    /// Let go over a side: it counts where they are one run.
    Over(Role),
    /// Chosen for this side.
    Side(Role),
}

/// How the page came to say which run is the baseline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Guess {
    /// The side the reason is about.
    pub about: Role,
    /// The reason.
    pub reason: RoleReason,
}

/// The thresholds in force.
#[derive(Debug, Clone)]
pub(super) enum Thresholds {
    /// A built-in profile, by its name.
    Profile(&'static str),
    /// A file.
    File(Arc<Policy>),
    /// Others, that came with what was opened. They go with it: nobody shall be judged by thresholds that a link brought
    /// and that are not looked at.
    Opened(Arc<Policy>),
}

/// A file that is being read.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Reading {
    pub id: u32,
    pub name: String,
    pub bytes: u64,
    pub stage: Stage,
    /// Bytes read so far.
    pub read: u64,
    /// When its reading began, and when that was last heard of.
    pub began_ms: i64,
    pub now_ms: i64,
}

/// What was read so far of a file that is being read.
#[derive(Debug, Clone)]
pub(super) struct SoFar {
    pub id: u32,
    pub name: String,
    /// The total and some endpoints; how many there are is in its [`Run::rows`].
    pub run: Arc<Run>,
}

/// How far the reading of a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Waiting,
    Reading,
    Done,
    Failed,
    Cancelled,
}

/// A file, or side, that could not be used; shown until it is put away.
#[derive(Debug, Clone)]
pub(super) struct Card {
    pub id: u32,
    pub failure: Failure,
}

/// What identifies a subject across swaps and other thresholds.
pub(super) type Key = (Scope, Option<String>, String);

/// A column that the table can be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    Severity,
    Name,
    Baseline,
    Run,
    Change,
    Errors,
    Rate,
    Requests,
}

/// How the table is narrowed and ordered.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Filters {
    /// Text that the label holds.
    pub text: String,
    /// A verdict that one of its figures has.
    pub verdict: Option<Verdict>,
    /// Whether endpoints without anything to look at are hidden; `None` leaves that to the number of rows.
    pub hide_unchanged: Option<bool>,
    pub column: Column,
    pub descending: bool,
    /// Whether all rows are drawn, however many there are.
    pub all: bool,
}

impl Default for Filters {
    fn default() -> Self {
        Self {
            text: String::new(),
            verdict: None,
            hide_unchanged: None,
            column: Column::Severity,
            descending: false,
            all: false,
        }
    }
}

/// What the table draws.
#[derive(Debug, Clone, Default)]
pub(super) struct Shown {
    /// The total, which no filter hides, as an index into the comparison's subjects.
    pub total: Option<usize>,
    /// The endpoints, filtered and sorted.
    pub lines: Vec<usize>,
    /// How many endpoints there are.
    pub of: usize,
    /// Whether endpoints without anything to look at are hidden.
    pub hiding: bool,
    /// How many endpoints that hides.
    pub unchanged_hidden: usize,
    /// How many of them are unchanged, hidden or not.
    pub unchanged: usize,
    /// How many of `lines` are drawn.
    pub drawn: usize,
}

/// As many rows as are drawn at once; more on request.
pub(super) const ROWS: usize = 200;

/// From more endpoints than these on, unchanged ones are hidden until they are asked for.
const MANY: usize = 20;

/// The page's state: signals to write, memos to read.
#[derive(Clone, Copy)]
pub(super) struct State {
    pub baseline: RwSignal<Option<Side>>,
    pub run: RwSignal<Option<Side>>,
    pub guess: RwSignal<Option<Guess>>,
    /// Executions that wait for a person to say what they are.
    pub undecided: RwSignal<Vec<Group>>,
    /// Earlier runs of the baseline's program, which tell how far equal runs differ.
    pub earlier: RwSignal<Vec<Group>>,
    /// An execution dropped over a report: what shall it replace?
    pub asked: RwSignal<Option<Group>>,
    pub thresholds: RwSignal<Thresholds>,
    /// What of the thresholds was moved by hand.
    pub adjustments: RwSignal<Adjustments>,
    pub cards: RwSignal<Vec<Card>>,
    pub reading: RwSignal<Vec<Reading>>,
    /// How many files were given before: the next one's number.
    pub read_before: StoredValue<u32>,
    pub so_far: RwSignal<Vec<SoFar>>,
    pub percentile: RwSignal<Percentile>,
    /// The metric whose intervals are drawn; `None` leaves that to what has some.
    pub forest_of: RwSignal<Option<Metric>>,
    pub selected: RwSignal<Option<Key>>,
    pub filters: RwSignal<Filters>,
    pub narrow: RwSignal<bool>,
    pub settings_open: RwSignal<bool>,
    pub help_open: RwSignal<bool>,
    pub share_open: RwSignal<bool>,
    /// Whether what is given away calls endpoints by hashes of their names.
    pub hide_names: RwSignal<bool>,
    /// Whether the report is being drawn: from the top, a section at a time.
    pub drawing: RwSignal<bool>,
    /// Said once to those who hear the page: what an action did.
    pub said: RwSignal<String>,

    pub policy: Memo<Arc<Policy>>,
    pub baseline_run: Memo<Option<Result<Arc<Run>, ingest::Error>>>,
    pub run_run: Memo<Option<Result<Arc<Run>, ingest::Error>>>,
    /// As of a moment ago, while the next one is made.
    pub comparison: RwSignal<Option<Arc<Comparison>>>,
    /// How many endpoints are being compared, where that takes longer than a moment.
    pub comparing: RwSignal<Option<usize>>,
    /// Whether a person ended the comparison.
    pub cancelled: RwSignal<bool>,
    /// The thresholds that are not matched with the two runs, and why.
    pub refused: RwSignal<Option<(String, TooMuchMatching)>>,
    /// What both sides came with, where that is the same.
    pub opened: Memo<Option<Arc<Opened>>>,
    pub shown: Memo<Arc<Shown>>,
    /// The axis that all intervals of the table are drawn on.
    pub forest: Memo<Option<Arc<Forest>>>,
    /// The subject whose details are shown: the one picked, else the one that decided.
    pub subject: Memo<Option<usize>>,
}

/// A memo that passes every new value on: comparing two comparisons costs more than showing one.
fn derived<T: Send + Sync + 'static>(of: impl Fn() -> T + Send + Sync + 'static) -> Memo<T> {
    Memo::new_with_compare(move |_| of(), |_, _| true)
}

impl State {
    pub(super) fn new() -> Self {
        let baseline = RwSignal::new(None);
        let run = RwSignal::new(None);
        let thresholds = RwSignal::new(Thresholds::Profile("default"));
        let percentile = RwSignal::new(Percentile::P95);
        let selected = RwSignal::new(None);
        let filters = RwSignal::new(Filters::default());
        let narrow = RwSignal::new(false);
        let forest_of = RwSignal::new(None);
        let earlier = RwSignal::new(Vec::<Group>::new());

        let adjustments = RwSignal::new(Adjustments::default());

        let base_policy = derived(move || {
            thresholds.with(|thresholds| {
                Arc::new(match thresholds {
                    Thresholds::Profile(name) => policy::profile(name).unwrap_or_default(),
                    Thresholds::File(policy) | Thresholds::Opened(policy) => (**policy).clone(),
                })
            })
        });
        let policy = derived(move || {
            let base = base_policy.get();
            adjustments.with(|by| if by.is_empty() { Arc::clone(&base) } else { Arc::new(base.adjusted(by)) })
        });
        // What was moved on top of other thresholds means nothing on top of these.
        Effect::new(move |before: Option<()>| {
            thresholds.track();
            if before.is_some() {
                adjustments.set(Adjustments::default());
            }
        });
        let assembled = |side: RwSignal<Option<Side>>| derived(move || side.with(|side| side.as_ref().map(Side::run)));
        let baseline_run = assembled(baseline);
        let run_run = assembled(run);
        let earlier_runs = derived(move || {
            let assemble = |group: &Group| ingest::assemble(group.parts.clone(), Parts::Merge).ok();
            earlier.with(|earlier| Arc::new(earlier.iter().filter_map(assemble).collect::<Vec<Run>>()))
        });
        let data = derived(move || {
            let (Some(Ok(baseline)), Some(Ok(run))) = (baseline_run.get(), run_run.get()) else { return None };
            Some(Data { baseline, run, earlier: earlier_runs.get() })
        });
        let Compared { comparison, comparing, cancelled, refused } = comparing::follow(data, policy);
        let opened = derived(move || {
            let of = |side: RwSignal<Option<Side>>| side.with(|s| s.as_ref()?.opened().map(|(o, _)| Arc::clone(o)));
            of(baseline).zip(of(run)).filter(|(a, b)| Arc::ptr_eq(a, b)).map(|(both, _)| both)
        });
        let shown = derived(move || {
            let comparison = comparison.get();
            Arc::new(comparison.map_or_else(Shown::default, |comparison| {
                filters.with(|filters| shown(&comparison, filters, percentile.get()))
            }))
        });
        let forest = derived(move || {
            let comparison = comparison.get()?;
            let metric = forest_of.get().unwrap_or_else(|| view::forest_metric(&comparison, percentile.get()));
            let size = if narrow.get() { Size::NARROW } else { Size::WIDE };
            Forest::new(&comparison, &metric, size).map(Arc::new)
        });
        let subject = derived(move || {
            let comparison = comparison.get()?;
            let find = |key: &Key| {
                comparison.subjects.iter().position(|s| (s.scope, &s.method, &s.name) == (key.0, &key.1, &key.2))
            };
            let picked = selected.with(|key| key.as_ref().and_then(find));
            picked
                .or_else(|| comparison.worst.map(|(subject, _)| subject))
                .or_else(|| comparison.by_severity.first().copied())
        });

        Self {
            baseline,
            run,
            guess: RwSignal::new(None),
            undecided: RwSignal::new(Vec::new()),
            earlier,
            asked: RwSignal::new(None),
            thresholds,
            adjustments,
            cards: RwSignal::new(Vec::new()),
            reading: RwSignal::new(Vec::new()),
            read_before: StoredValue::new(0),
            so_far: RwSignal::new(Vec::new()),
            percentile,
            forest_of,
            selected,
            filters,
            narrow,
            settings_open: RwSignal::new(false),
            help_open: RwSignal::new(false),
            share_open: RwSignal::new(false),
            hide_names: RwSignal::new(false),
            drawing: RwSignal::new(false),
            said: RwSignal::new(String::new()),
            policy,
            baseline_run,
            run_run,
            comparison,
            comparing,
            cancelled,
            refused,
            opened,
            shown,
            forest,
            subject,
        }
    }

    /// Shows a comparison that came in one piece, judged by the thresholds that came with it.
    pub(super) fn open(self, opened: Opened) {
        let policy = Arc::clone(&opened.policy);
        let built_in = policy::PROFILES.iter().find(|(name, _)| policy::profile(name).as_ref() == Some(&*policy));
        self.thresholds.set(match built_in {
            Some((name, _)) => Thresholds::Profile(name),
            None => Thresholds::Opened(policy),
        });
        let opened = Arc::new(opened);
        let side = |role| Side { origin: Origin::Opened(Arc::clone(&opened), role), chosen: true };
        self.set_sides(side(Role::Baseline), side(Role::Run), None);
    }

    /// How what is shown is no longer what was opened, as a sentence.
    pub(super) fn changed_since(self) -> Option<&'static str> {
        let opened = self.opened.get()?;
        let as_baseline = |side: &Option<Side>| side.as_ref()?.opened().map(|(_, role)| role == Role::Baseline);
        if self.baseline.with(as_baseline) == Some(false) {
            return Some("The sides were swapped since: what is shown is another comparison.");
        }
        let other = *self.policy.get() != *opened.policy;
        other.then_some("Other thresholds were chosen since: what is shown is judged by those.")
    }

    /// Thresholds that came with what was opened go when neither side is of it any more.
    fn forget_opened(self) {
        let of_it =
            |side: RwSignal<Option<Side>>| side.with_untracked(|s| s.as_ref().is_some_and(|s| s.opened().is_some()));
        let came = self.thresholds.with_untracked(|t| matches!(t, Thresholds::Opened(_)));
        if came && !of_it(self.baseline) && !of_it(self.run) {
            self.thresholds.set(Thresholds::Profile("default"));
        }
    }

    /// Waits until what was put on the sides is compared.
    pub(super) async fn settled(self) {
        browser::breathe().await;
        while self.comparing.get_untracked().is_some() {
            browser::breathe().await;
        }
    }

    /// The signal of a side.
    pub(super) fn side(self, role: Role) -> RwSignal<Option<Side>> {
        match role {
            Role::Baseline => self.baseline,
            Role::Run => self.run,
        }
    }

    /// A side's run, or why there is none.
    pub(super) fn run_of(self, role: Role) -> Memo<Option<Result<Arc<Run>, ingest::Error>>> {
        match role {
            Role::Baseline => self.baseline_run,
            Role::Run => self.run_run,
        }
    }

    /// Puts what was read in its place.
    pub(super) fn place(self, parts: Vec<Part>, target: Target) {
        if parts.is_empty() {
            return;
        }
        if let Target::Side(role) = target {
            self.put(role, parts);
            return self.forget_opened();
        }
        self.place_anywhere(parts, target);
        self.forget_opened();
    }

    fn place_anywhere(self, parts: Vec<Part>, target: Target) {
        let mut groups = ingest::group(parts);
        let filled = [self.baseline, self.run].iter().filter(|s| s.with_untracked(Option::is_some)).count();
        if groups.len() == 1
            && let Some(group) = groups.pop()
        {
            match (target, filled) {
                (Target::Over(role), _) => self.put(role, group.parts),
                (_, 0) => self.first(group),
                (_, 1) => self.second(group),
                _ => self.asked.set(Some(group)),
            }
        } else if groups.len() == 2 && groups.iter().all(is_run) {
            self.compare(groups);
        } else {
            self.undecided.set(groups);
        }
    }

    /// Files that a person gave to one side: they replace what is there, unless they only add to it.
    fn put(self, role: Role, parts: Vec<Part>) {
        let side = self.side(role);
        let new_to = |side: &Option<Side>| {
            side.as_ref().and_then(Side::files).is_some_and(|f| !f.parts.iter().any(|p| holds(&parts, p)))
        };
        if !parts.iter().any(Part::is_results) && side.with_untracked(new_to) {
            return self.update_files(role, |files| files.parts.extend(parts));
        }
        let key = ingest::group(parts.clone()).into_iter().next().map(|g| g.key).unwrap_or_default();
        side.set(Some(Side::of(Group { label: String::new(), key, parts }, true)));
        self.guess.set(None);
    }

    /// Changes the files of a side that is made of files.
    fn update_files(self, role: Role, change: impl FnOnce(&mut Files)) {
        self.side(role).update(|side| {
            if let Some(Side { origin: Origin::Files(files), .. }) = side {
                change(files);
            }
        });
    }

    /// The first run there is: the run, unless its name says that it is the baseline.
    fn first(self, group: Group) {
        let nothing = Group { label: String::new(), key: String::new(), parts: Vec::new() };
        let pair = [group, nothing];
        let says_baseline = ingest::guess_roles(&pair)
            .is_some_and(|guess| guess.baseline == 0 && matches!(guess.reason, RoleReason::Name(_)));
        let [group, _] = pair;
        let role = if says_baseline { Role::Baseline } else { Role::Run };
        self.side(role).set(Some(Side::of(group, false)));
    }

    /// A second execution beside a first one. Where a person said what the first is, this is the other; else both
    /// roles are guessed anew.
    fn second(self, group: Group) {
        let (role, other) = if self.baseline.with_untracked(Option::is_some) {
            (Role::Baseline, Role::Run)
        } else {
            (Role::Run, Role::Baseline)
        };
        let Some(Side { origin, chosen }) = self.side(role).get_untracked() else { return };
        if !is_run(&group) {
            return self.put(role, group.parts);
        }
        let Origin::Files(first) = origin else { return self.side(other).set(Some(Side::of(group, true))) };
        if first.key == group.key && !group.parts.iter().any(|p| holds(&first.parts, p)) {
            return self.update_files(role, |files| files.parts.extend(group.parts));
        }
        let mut groups = vec![first.group(), group];
        let guess = ingest::guess_roles(&groups).filter(|g| !chosen && g.reason != RoleReason::Order);
        match (guess, groups.pop()) {
            (None, Some(group)) => self.side(other).set(Some(Side::of(group, true))),
            (Some(_), Some(group)) => {
                groups.push(group);
                self.compare(groups);
            }
            (_, None) => {}
        }
    }

    /// Two executions in one gesture: the baseline is guessed, and the guess is shown.
    fn compare(self, mut groups: Vec<Group>) {
        let Some(guess) = ingest::guess_roles(&groups) else { return };
        if guess.baseline == 1 {
            groups.reverse();
        }
        let mut groups = groups.into_iter();
        let (Some(baseline), Some(run)) = (groups.next(), groups.next()) else { return };
        let says = |group: &Group, word: &str| {
            group.key.to_lowercase().split(|c: char| !c.is_alphanumeric()).any(|part| part == word)
        };
        let about = match &guess.reason {
            RoleReason::Name(word) if !says(&baseline, word) => Role::Run,
            _ => Role::Baseline,
        };
        self.set_sides(Side::of(baseline, false), Side::of(run, false), Some(Guess { about, reason: guess.reason }));
    }

    /// A new pair: what was picked and filtered in the former one goes.
    pub(super) fn set_sides(self, baseline: Side, run: Side, guess: Option<Guess>) {
        self.selected.set(None);
        self.forest_of.set(None);
        self.filters.set(Filters::default());
        self.undecided.set(Vec::new());
        self.baseline.set(Some(baseline));
        self.run.set(Some(run));
        self.guess.set(guess);
    }

    /// What a person said about the executions that waited. Several on one side are repeats of the same test, until
    /// that person says that they are parts of one run.
    pub(super) fn assign(self, places: &[Option<Place>]) {
        let groups = self.undecided.get_untracked();
        let at =
            |place: Place| groups.iter().zip(places).filter(move |(_, p)| **p == Some(place)).map(|(g, _)| g.clone());
        let of = |role: Role| {
            let (runs, others): (Vec<Group>, Vec<Group>) = at(Place::Side(role)).partition(is_run);
            let mut runs = runs.into_iter();
            let mut first = runs.next()?;
            // What is no run by itself belongs to the first.
            first.parts.extend(others.into_iter().flat_map(|g| g.parts));
            let more = runs.collect();
            Some(Side { origin: Origin::Files(Files { more, ..Files::of(first) }), chosen: true })
        };
        if let (Some(baseline), Some(run)) = (of(Role::Baseline), of(Role::Run)) {
            let earlier = at(Place::Earlier).collect();
            self.set_sides(baseline, run, None);
            self.earlier.set(earlier);
            self.forget_opened();
        }
    }

    /// The dropped execution is a repeat of the test that is on this side.
    pub(super) fn add_repeat(self, role: Role) {
        if let Some(group) = self.asked.get_untracked() {
            self.asked.set(None);
            self.update_files(role, |files| files.more.push(group));
        }
    }

    /// The dropped execution is an earlier run of the baseline's program.
    pub(super) fn add_earlier(self) {
        if let Some(group) = self.asked.get_untracked() {
            self.asked.set(None);
            self.earlier.update(|earlier| earlier.push(group));
        }
    }

    /// Whether a side is made of files, so that further ones can stand beside them.
    pub(super) fn has_files(self, role: Role) -> bool {
        self.side(role).with(|side| side.as_ref().and_then(Side::files).is_some())
    }

    /// Several results on a side are repeats of the same test.
    pub(super) fn repeats(self, role: Role) {
        self.update_files(role, |files| {
            let mut groups = ingest::group(std::mem::take(&mut files.parts)).into_iter();
            if let Some(first) = groups.next() {
                (files.key, files.parts) = (first.key, first.parts);
            }
            files.more.extend(groups);
        });
    }

    /// Whether the executions on a side are parts of one run, and not repeats of the same test.
    pub(super) fn set_all_parts(self, role: Role, all_parts: bool) {
        self.update_files(role, |files| files.all_parts = all_parts);
    }

    /// Takes one of a side's executions away.
    pub(super) fn remove_execution(self, role: Role, index: usize) {
        self.update_files(role, |files| files.remove(index));
    }

    /// The answer to what a dropped execution shall replace; `None` is nothing.
    pub(super) fn answer(self, role: Option<Role>) {
        let group = self.asked.get_untracked();
        self.asked.set(None);
        if let (Some(group), Some(role)) = (group, role) {
            self.put(role, group.parts);
            self.forget_opened();
        }
    }

    /// Exchanges the two sides.
    pub(super) fn swap(self) {
        let (baseline, run) = (self.baseline.get_untracked(), self.run.get_untracked());
        let chosen = |side: Option<Side>| side.map(|s| Side { chosen: true, ..s });
        self.guess.set(None);
        self.baseline.set(chosen(run));
        self.run.set(chosen(baseline));
        self.said.set("Baseline and run are swapped.".into());
    }

    /// Several results on a side are parts of one run.
    pub(super) fn merge(self, role: Role) {
        self.update_files(role, |files| files.several = Parts::Merge);
    }

    /// Of several results on a side, this file and what belongs to it is meant.
    pub(super) fn keep(self, role: Role, file: &str) {
        self.update_files(role, |files| {
            let groups = ingest::group(std::mem::take(&mut files.parts));
            let meant = groups.into_iter().find(|g| g.parts.iter().any(|p| p.file.name == file && p.is_results()));
            if let Some(group) = meant {
                files.key = group.key;
                files.parts = group.parts;
                // Two formats of the same name, such as `base.json` beside `base_stats.csv`.
                files.parts.retain(|p| !p.is_results() || p.file.name == file);
            }
        });
    }

    /// Several results on a side are two runs to be compared.
    pub(super) fn split(self, role: Role) {
        let Some(Side { origin: Origin::Files(files), .. }) = self.side(role).get_untracked() else { return };
        self.compare(ingest::group(files.parts));
    }

    /// Takes a side away.
    pub(super) fn clear(self, role: Role) {
        self.side(role).set(None);
        self.guess.set(None);
        self.forget_opened();
    }

    /// Back to the start; thresholds stay.
    pub(super) fn start_over(self) {
        self.clear(Role::Baseline);
        self.clear(Role::Run);
        self.earlier.set(Vec::new());
        self.cards.set(Vec::new());
        self.undecided.set(Vec::new());
        self.selected.set(None);
        self.filters.set(Filters::default());
    }

    /// Shows a failure until it is put away.
    pub(super) fn fail(self, failure: Failure) {
        self.cards.update(|cards| {
            let id = cards.last().map_or(0, |card| card.id.wrapping_add(1));
            cards.push(Card { id, failure });
        });
    }

    /// Picks a subject.
    pub(super) fn select(self, subject: usize) {
        let key = self.comparison.with_untracked(|comparison| {
            let subject = comparison.as_ref()?.subjects.get(subject)?;
            Some((subject.scope, subject.method.clone(), subject.name.clone()))
        });
        if key.is_some() {
            self.selected.set(key);
        }
    }

    /// The subjects in the order in which the table shows them.
    pub(super) fn order(self) -> Vec<usize> {
        self.shown.with(|shown| shown.total.iter().chain(shown.lines.iter().take(shown.drawn)).copied().collect())
    }

    /// Picks the subject this many rows further down the table.
    pub(super) fn step(self, by: isize) {
        let order = untrack(move || self.order());
        let at = self.subject.get_untracked().and_then(|s| order.iter().position(|o| *o == s));
        let to = match at {
            Some(at) => at.checked_add_signed(by),
            None => Some(0),
        };
        if let Some(subject) = to.and_then(|to| order.get(to)) {
            self.select(*subject);
        }
    }

    /// Narrows the table to a verdict, or no longer.
    pub(super) fn toggle_verdict(self, verdict: Verdict) {
        self.filters.update(|f| f.verdict = if f.verdict == Some(verdict) { None } else { Some(verdict) });
    }
}

/// Whether a group is a run by itself.
fn is_run(group: &Group) -> bool {
    ingest::assemble(group.parts.clone(), Parts::Merge).is_ok()
}

/// Whether there is a file of the same kind and name.
fn holds(parts: &[Part], part: &Part) -> bool {
    parts.iter().any(|p| p.file.format == part.file.format && p.file.name == part.file.name)
}

/// Filters and sorts the table's lines.
fn shown(comparison: &Comparison, filters: &Filters, percentile: Percentile) -> Shown {
    let subject = |index: usize| comparison.subjects.get(index);
    let is_total = |index: &usize| subject(*index).is_some_and(|s| s.scope == Scope::Total);
    let (total, endpoints): (Vec<usize>, Vec<usize>) = view::order(comparison).partition(is_total);
    let text = filters.text.trim().to_lowercase();
    let has_verdict = |s: &Subject| filters.verdict.is_none_or(|verdict| s.rows.iter().any(|r| r.verdict == verdict));
    let has_text = |s: &Subject| text.is_empty() || s.label().to_lowercase().contains(&text);
    let is_kept = |index: &usize| subject(*index).is_some_and(|s| has_text(s) && has_verdict(s));
    let is_unchanged = |index: &usize| subject(*index).is_some_and(view::is_unchanged);
    let mut kept: Vec<usize> = endpoints.iter().copied().filter(is_kept).collect();
    let matching = kept.len();
    let unchanged = endpoints.iter().copied().filter(is_unchanged).count();
    let by_default = endpoints.len() > MANY && unchanged < endpoints.len() && text.is_empty();
    // Who asks for passed figures wants to see them.
    let hiding = filters.verdict.is_none() && filters.hide_unchanged.unwrap_or(by_default);
    if hiding {
        kept.retain(|index| !is_unchanged(index));
    }
    let unchanged_hidden = matching - kept.len();
    let latency = Metric::Latency(percentile);
    let (metric, figure) = match filters.column {
        Column::Severity | Column::Name | Column::Run => (latency, Figure::Run),
        Column::Baseline => (latency, Figure::Baseline),
        Column::Change => (latency, Figure::Change),
        Column::Errors => (Metric::ErrorRate, Figure::Run),
        Column::Rate => (Metric::Rps, Figure::Run),
        Column::Requests => (Metric::Requests, Figure::Run),
    };
    match filters.column {
        Column::Severity if filters.descending => kept.reverse(),
        Column::Severity => {}
        Column::Name => {
            let name = |index: &usize| subject(*index).map(|s| (&s.name, &s.method));
            crate::order::sort_by(&mut kept, |a, b| name(a).cmp(&name(b)));
            if filters.descending {
                kept.reverse();
            }
        }
        // What has no number comes last in either direction.
        _ => {
            let number = |index: &usize| view::sort_number(subject(*index)?, &metric, figure);
            crate::order::sort_by(&mut kept, |a, b| match (number(a), number(b)) {
                (Some(a), Some(b)) if filters.descending => b.total_cmp(&a),
                (Some(a), Some(b)) => a.total_cmp(&b),
                (a, b) => b.is_some().cmp(&a.is_some()),
            });
        }
    }
    Shown {
        total: total.first().copied(),
        drawn: if filters.all { kept.len() } else { kept.len().min(ROWS) },
        of: endpoints.len(),
        unchanged,
        hiding,
        unchanged_hidden,
        lines: kept,
    }
}
