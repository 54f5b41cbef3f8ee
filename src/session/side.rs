//! One side of a comparison: where its run comes from.

use std::sync::Arc;

use super::opened::Opened;
use crate::ingest::{self, Group, Part, Parts, Role};
use crate::run::{Run, repeats};

/// One side of a comparison.
#[derive(Debug, Clone)]
pub(super) struct Side {
    /// Where its run comes from.
    pub origin: Origin,
    /// Whether a person chose this side; else it was guessed.
    pub chosen: bool,
    /// What a person calls its run.
    pub label: Option<String>,
    /// Its run, or why its files are none. Kept equal to `origin` and `label`.
    run: Result<Arc<Run>, ingest::Error>,
}

/// Where the run of a side comes from.
#[derive(Debug, Clone)]
pub(super) enum Origin {
    /// Files, assembled to one run.
    Files(Files),
    /// A link or a report, which brought both runs; the role is the one the run had there.
    Opened(Arc<Opened>, Role),
}

/// The files of one side.
#[derive(Debug, Clone)]
pub(super) struct Files {
    /// Folder and common name of the files: later files of the same name belong to this side.
    pub key: String,
    /// The files.
    pub parts: Vec<Part>,
    /// Whether several results among them are parts of one run.
    pub several: Parts,
    /// Further executions on the same side.
    pub more: Vec<Group>,
    /// Whether the executions are parts of one run; else repeats of the same test.
    pub all_parts: bool,
}

impl Side {
    /// A side made of one group of files.
    pub fn of(group: Group, chosen: bool) -> Self {
        Self::made_of(Files::of(group), chosen)
    }

    /// A side made of files.
    pub fn made_of(files: Files, chosen: bool) -> Self {
        let run = files.run().map(Arc::new);
        Self { origin: Origin::Files(files), chosen, label: None, run }
    }

    /// A side that came with a link or report.
    pub fn opened(opened: &Arc<Opened>, role: Role) -> Self {
        let origin = Origin::Opened(Arc::clone(opened), role);
        Self { run: Ok(opened.run(role)), origin, chosen: true, label: None }
    }

    /// Its run, or why its files are none.
    pub fn run(&self) -> Result<&Arc<Run>, &ingest::Error> {
        self.run.as_ref()
    }

    /// The link or report it came with, and the role it had there.
    pub fn came_with(&self) -> Option<(&Arc<Opened>, Role)> {
        match &self.origin {
            Origin::Files(_) => None,
            Origin::Opened(opened, role) => Some((opened, *role)),
        }
    }

    /// Its files, if it is made of files.
    pub fn files(&self) -> Option<&Files> {
        match &self.origin {
            Origin::Files(files) => Some(files),
            Origin::Opened(..) => None,
        }
    }

    /// Changes its files, if it is made of files, and assembles them again.
    pub fn change_files(&mut self, change: impl FnOnce(&mut Files)) {
        if let Origin::Files(files) = &mut self.origin {
            change(files);
            self.run = files.run().map(Arc::new);
            self.relabel();
        }
    }

    /// Calls its run by this name; `None` by the one of its files.
    pub fn set_label(&mut self, label: Option<String>) {
        self.run = match &self.origin {
            Origin::Files(files) => files.run().map(Arc::new),
            Origin::Opened(opened, role) => Ok(opened.run(*role)),
        };
        self.label = label;
        self.relabel();
    }

    fn relabel(&mut self) {
        if let (Ok(run), Some(label)) = (&mut self.run, &self.label) {
            label.clone_into(&mut Arc::make_mut(run).label);
        }
    }
}

impl Files {
    /// The files of one group.
    pub fn of(group: Group) -> Self {
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

    /// Removes one of its executions; keeps at least one.
    pub fn remove(&mut self, index: usize) {
        match index.checked_sub(1) {
            Some(more) if more < self.more.len() => drop(self.more.remove(more)),
            None if !self.more.is_empty() => {
                let first = self.more.remove(0);
                (self.key, self.parts) = (first.key, first.parts);
            }
            _ => {}
        }
    }

    /// Several results among its files are repeats of the same test.
    pub fn split_into_repeats(&mut self) {
        let mut groups = ingest::group(std::mem::take(&mut self.parts)).into_iter();
        if let Some(first) = groups.next() {
            (self.key, self.parts) = (first.key, first.parts);
        }
        self.more.extend(groups);
    }

    /// Keeps one of several results, and the files that belong to it.
    pub fn keep(&mut self, file: &str) {
        let groups = ingest::group(std::mem::take(&mut self.parts));
        let kept = groups.into_iter().find(|g| g.parts.iter().any(|p| p.file.name == file && p.is_results()));
        if let Some(group) = kept {
            (self.key, self.parts) = (group.key, group.parts);
            // Two formats of the same name, such as `base.json` beside `base_stats.csv`.
            self.parts.retain(|p| !p.is_results() || p.file.name == file);
        }
    }

    /// Its first execution.
    pub fn group(&self) -> Group {
        Group { label: String::new(), key: self.key.clone(), parts: self.parts.clone() }
    }
}

/// Whether a file of the same format and name is among `parts`.
pub(super) fn holds(parts: &[Part], part: &Part) -> bool {
    parts.iter().any(|p| p.file.format == part.file.format && p.file.name == part.file.name)
}
