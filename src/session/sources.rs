//! The files of a link to files: where they are is shown first, and nothing is fetched before a person says so.

use super::state::State;
use super::state::sources::{As, Fetching, Phase, Stage};
use crate::ingest::Role;
use crate::link::sources::{Address, Source, Sources};

/// The files with what they are, in the order of [`Sources::files`].
pub(super) fn listed(sources: &Sources) -> impl Iterator<Item = (&Source, As)> {
    fn of(role: Role) -> impl Fn(&Source) -> (&Source, As) {
        move |source| (source, As::Side(role))
    }
    let thresholds = sources.policy.iter().map(|source| (source, As::Thresholds));
    sources.baseline.iter().map(of(Role::Baseline)).chain(sources.run.iter().map(of(Role::Run))).chain(thresholds)
}

impl State {
    /// The page's own address: what relative addresses are relative to.
    pub fn page_address(&self) -> Option<Address> {
        Address::parse(&self.page).ok()
    }

    /// Shows the files that a fragment names.
    pub fn ask_for_sources(&mut self, fragment: &str) {
        self.fetching = Some(match Sources::parse(fragment, self.page_address().as_ref()) {
            Ok(sources) => {
                Fetching::Files { stages: vec![Stage::Waiting; sources.files().count()], sources, phase: Phase::Asking }
            }
            Err(error) => Fetching::Wrong(error.to_string()),
        });
    }

    /// The files to fetch, with what they are.
    pub fn sources(&self) -> Vec<(Source, As)> {
        match &self.fetching {
            Some(Fetching::Files { sources, .. }) => listed(sources).map(|(s, given)| (s.clone(), given)).collect(),
            _ => Vec::new(),
        }
    }

    /// Where the fetching is.
    pub fn phase(&self) -> Option<Phase> {
        match &self.fetching {
            Some(Fetching::Files { phase, .. }) => Some(*phase),
            _ => None,
        }
    }

    /// The fetching is at another phase; no file has come when it begins or is stopped.
    pub fn set_phase(&mut self, to: Phase) {
        if let Some(Fetching::Files { stages, phase, .. }) = &mut self.fetching {
            *phase = to;
            if to != Phase::Failed {
                stages.fill(Stage::Waiting);
            }
        }
    }

    /// One file is at another stage.
    pub fn set_source_stage(&mut self, index: usize, stage: Stage) {
        if let Some(Fetching::Files { stages, .. }) = &mut self.fetching
            && let Some(slot) = stages.get_mut(index)
        {
            *slot = stage;
        }
    }
}
