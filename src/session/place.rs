//! Puts files in their places: which side they are on, and what a person is asked about them.

use std::sync::Arc;

use super::opened::Opened;
use super::side::{Files, Origin, Side, holds};
use super::state::State;
use super::state::place::{Guess, Place, Target};
use super::state::thresholds::Thresholds;
use crate::ingest::{self, Group, Part, Parts, Role, RoleReason};

/// Whether a group is a run by itself.
pub(super) fn is_run(group: &Group) -> bool {
    ingest::assemble(group.parts.clone(), Parts::Merge).is_ok()
}

/// What is proposed for each group: what its name says; where no name says which is the baseline, or the run, of those
/// that say when they started the first, or the last.
pub(super) fn proposal(groups: &[Group]) -> Vec<Option<Place>> {
    let told = ingest::told_roles(groups);
    let mut places: Vec<Option<Place>> = told.iter().map(|role| role.map(Place::Side)).collect();
    let started = |i: &usize| groups.get(*i).and_then(Group::started_ms);
    let mut by_start: Vec<usize> =
        (0..groups.len()).filter(|i| told.get(*i) == Some(&None) && started(i).is_some()).collect();
    crate::order::sort_by_key(&mut by_start, |i| started(i).unwrap_or(i64::MAX));
    let has = |role: Role| told.contains(&Some(role));
    let baseline = by_start.first().filter(|_| !has(Role::Baseline));
    let run = by_start.last().filter(|last| !has(Role::Run) && baseline != Some(*last));
    for (at, role) in [(baseline, Role::Baseline), (run, Role::Run)] {
        if let Some(place) = at.and_then(|at| places.get_mut(*at)) {
            *place = Some(Place::Side(role));
        }
    }
    // A moment alone is no reason to take a run for one side while nobody knows the other: then names alone tell.
    let pair = [Role::Baseline, Role::Run].iter().all(|role| places.contains(&Some(Place::Side(*role))));
    if pair { places } else { told.iter().map(|role| role.map(Place::Side)).collect() }
}

impl State {
    /// A side.
    pub fn side(&self, role: Role) -> Option<&Side> {
        match role {
            Role::Baseline => self.baseline.as_ref(),
            Role::Run => self.run.as_ref(),
        }
    }

    fn side_mut(&mut self, role: Role) -> &mut Option<Side> {
        match role {
            Role::Baseline => &mut self.baseline,
            Role::Run => &mut self.run,
        }
    }

    /// Puts what was read in its place.
    pub fn place(&mut self, parts: Vec<Part>, target: Target) {
        if parts.is_empty() {
            return;
        }
        match target {
            Target::Side(role) => self.put(role, parts),
            _ => self.place_anywhere(parts, target),
        }
        self.forget_opened();
    }

    fn place_anywhere(&mut self, parts: Vec<Part>, target: Target) {
        let mut groups = ingest::group(parts);
        let filled = [&self.baseline, &self.run].iter().filter(|s| s.is_some()).count();
        if groups.len() == 1
            && let Some(group) = groups.pop()
        {
            match (target, filled) {
                (Target::Over(role), _) => self.put(role, group.parts),
                (_, 0) => self.first(group),
                (_, 1) => self.second(group),
                _ => self.asked = Some(group),
            }
        } else if groups.len() == 2 && groups.iter().all(is_run) {
            self.compare(groups);
        } else {
            self.places = proposal(&groups);
            self.undecided = groups;
        }
    }

    /// Files given to one side replace what is there, unless they only add to it.
    fn put(&mut self, role: Role, parts: Vec<Part>) {
        let adds = !parts.iter().any(Part::is_results)
            && self.side(role).and_then(Side::files).is_some_and(|f| !f.parts.iter().any(|p| holds(&parts, p)));
        if adds {
            return self.change_files(role, |files| files.parts.extend(parts));
        }
        let key = ingest::group(parts.clone()).into_iter().next().map(|g| g.key).unwrap_or_default();
        *self.side_mut(role) = Some(Side::of(Group { label: String::new(), key, parts }, true));
        self.guess = None;
    }

    /// Changes the files of a side that is made of files.
    pub fn change_files(&mut self, role: Role, change: impl FnOnce(&mut Files)) {
        if let Some(side) = self.side_mut(role) {
            side.change_files(change);
        }
    }

    /// The first files: the run, unless their name says that they are the baseline.
    fn first(&mut self, group: Group) {
        let nothing = Group { label: String::new(), key: String::new(), parts: Vec::new() };
        let pair = [group, nothing];
        let says_baseline = ingest::guess_roles(&pair)
            .is_some_and(|guess| guess.baseline == 0 && matches!(guess.reason, RoleReason::Name(_)));
        let [group, _] = pair;
        let role = if says_baseline { Role::Baseline } else { Role::Run };
        *self.side_mut(role) = Some(Side::of(group, false));
    }

    /// A second execution beside a first one. Where a person chose the first one's side, this is the other; else both
    /// roles are guessed anew.
    fn second(&mut self, group: Group) {
        let (role, other) =
            if self.baseline.is_some() { (Role::Baseline, Role::Run) } else { (Role::Run, Role::Baseline) };
        let Some(side) = self.side(role) else { return };
        if !is_run(&group) {
            return self.put(role, group.parts);
        }
        let chosen = side.chosen;
        let Origin::Files(first) = &side.origin else {
            *self.side_mut(other) = Some(Side::of(group, true));
            return;
        };
        if first.key == group.key && !group.parts.iter().any(|p| holds(&first.parts, p)) {
            return self.change_files(role, |files| files.parts.extend(group.parts));
        }
        let groups = vec![first.group(), group];
        let guess = ingest::guess_roles(&groups).filter(|g| !chosen && g.reason != RoleReason::Order);
        if guess.is_some() {
            self.compare(groups);
        } else if let Some(group) = groups.into_iter().nth(1) {
            *self.side_mut(other) = Some(Side::of(group, true));
        }
    }

    /// Two executions in one gesture: the baseline is guessed, and the guess is shown.
    fn compare(&mut self, mut groups: Vec<Group>) {
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

    /// A new pair: forgets what was picked and filtered in the former one.
    pub fn set_sides(&mut self, baseline: Side, run: Side, guess: Option<Guess>) {
        self.forget_choices();
        self.undecided.clear();
        self.baseline = Some(baseline);
        self.run = Some(run);
        self.guess = guess;
    }

    /// Shows a comparison that came in one piece, judged by the thresholds that came with it.
    pub fn open(&mut self, opened: Opened) {
        self.set_thresholds(Thresholds::brought(&opened.policy));
        let opened = Arc::new(opened);
        self.set_sides(Side::opened(&opened, Role::Baseline), Side::opened(&opened, Role::Run), None);
    }

    /// Puts the executions that waited where a person said. Several on one side are repeats of the same test, until that
    /// person says that they are parts of one run.
    pub fn assign(&mut self) {
        let at = |place: Place| {
            self.undecided.iter().zip(&self.places).filter(move |(_, p)| **p == Some(place)).map(|(g, _)| g.clone())
        };
        let of = |role: Role| {
            let (runs, others): (Vec<Group>, Vec<Group>) = at(Place::Side(role)).partition(is_run);
            let mut runs = runs.into_iter();
            let mut first = runs.next()?;
            // What is no run by itself belongs to the first.
            first.parts.extend(others.into_iter().flat_map(|g| g.parts));
            let more = runs.collect();
            Some(Side::made_of(Files { more, ..Files::of(first) }, true))
        };
        if let (Some(baseline), Some(run)) = (of(Role::Baseline), of(Role::Run)) {
            let earlier = at(Place::Earlier).collect();
            self.set_sides(baseline, run, None);
            self.earlier = earlier;
            self.forget_opened();
        }
    }

    /// The files that a person is asked about are a repeat of the test on this side.
    pub fn add_repeat(&mut self, role: Role) {
        if let Some(group) = self.asked.take() {
            self.change_files(role, |files| files.more.push(group));
        }
    }

    /// The files that a person is asked about replace this side; `None` drops them.
    pub fn answer(&mut self, role: Option<Role>) {
        if let (Some(group), Some(role)) = (self.asked.take(), role) {
            self.put(role, group.parts);
            self.forget_opened();
        }
    }

    /// Exchanges the two sides.
    pub fn swap(&mut self) {
        self.guess = None;
        std::mem::swap(&mut self.baseline, &mut self.run);
        for side in [&mut self.baseline, &mut self.run].into_iter().flatten() {
            side.chosen = true;
        }
    }

    /// Several results on a side are two runs to be compared.
    pub fn split(&mut self, role: Role) {
        if let Some(files) = self.side(role).and_then(Side::files) {
            self.compare(ingest::group(files.parts.clone()));
        }
    }

    /// Calls the run of a side by this name; `None` by the one of its files.
    pub fn set_label(&mut self, role: Role, label: Option<String>) {
        if let Some(side) = self.side_mut(role).as_mut().filter(|side| side.label != label) {
            side.set_label(label);
        }
    }

    /// Empties a side.
    pub fn clear(&mut self, role: Role) {
        *self.side_mut(role) = None;
        self.guess = None;
        self.forget_opened();
    }

    /// Back to the start; thresholds stay.
    pub fn start_over(&mut self) {
        self.clear(Role::Baseline);
        self.clear(Role::Run);
        self.earlier.clear();
        self.history = None;
        self.cards.clear();
        self.undecided.clear();
        self.asked = None;
        self.forget_choices();
    }

    /// Thresholds that a link or report brought go with it: nobody is judged by thresholds they did not choose.
    fn forget_opened(&mut self) {
        let came_with = |side: &Option<Side>| side.as_ref().is_some_and(|side| side.came_with().is_some());
        if matches!(self.thresholds, Thresholds::Opened(_)) && !came_with(&self.baseline) && !came_with(&self.run) {
            self.set_thresholds(Thresholds::default());
        }
    }
}
