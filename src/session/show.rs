//! What a face was shown, and what is different now.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hasher};
use std::sync::Arc;

use super::panels;
use super::state::State;
use super::update::Update;
use crate::chart::Forest;
use crate::compare::{Comparison, Word};
use crate::order;
use crate::report::band;
use crate::report::html::sections::{self, Chosen, Live};
use crate::report::table::{self, Entry, Window};
use crate::report::view;
use crate::run::Percentile;

/// Rows of the table in one update: a face draws one update without a pause.
const ROWS_AT_ONCE: usize = 32;

/// What a face was shown.
#[derive(Debug)]
pub(super) struct Shown {
    /// The hash of each part's content.
    parts: BTreeMap<&'static str, u64>,
    /// What each section of the report was made from, as a hash.
    made_from: BTreeMap<&'static str, u64>,
    /// The rows of the table by their ids, with hashes.
    rows: Vec<(String, u64)>,
    /// Whether there was a report, and any run.
    has: (bool, bool),
    /// The rows of the last report.
    window: Window,
    /// What they were made from, as a hash.
    window_of: u64,
    /// The axis of the table's intervals, with what it was made from, as a hash: it is made of all endpoints.
    forest: (u64, Option<Forest>),
    /// Whether only what a person looks at while typing is brought up to date.
    pub hold_back: bool,
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(text.as_bytes());
    hasher.finish()
}

impl Default for Shown {
    /// The page as index.html has it.
    fn default() -> Self {
        let parts = order::map(panels::start_page().into_iter().map(|(id, html)| (id, hash(&html))));
        Self {
            parts,
            made_from: BTreeMap::new(),
            rows: Vec::new(),
            has: (false, false),
            window: Window::default(),
            window_of: 0,
            forest: (0, None),
            hold_back: false,
        }
    }
}

impl Shown {
    /// Everything that is different from what was shown.
    pub fn bring_up_to_date(&mut self, state: &mut State) -> Vec<Update> {
        let mut updates = Vec::new();
        let has = (state.comparison.is_some(), state.baseline.is_some() || state.run.is_some());
        if has != self.has {
            self.has = has;
            updates.push(Update::Shown { report: has.0, any: has.1 });
        }
        for (id, render) in panels::ABOVE {
            self.part(&mut updates, id, render(state));
        }
        self.trend(&mut updates, state);
        // Kept while limits move: the page holds still.
        if let Some(comparison) = state.comparison.as_ref().filter(|_| !state.pending) {
            if state.percentile.is_none() {
                state.percentile = Some(band::first_percentile(comparison));
            }
            if state.selected.is_none() {
                let opened = decided(comparison).and_then(|subject| comparison.subjects.get(subject));
                state.selected = Some(opened.map(view::key).unwrap_or_default());
            }
        }
        self.report(&mut updates, state);
        for (id, render) in panels::BELOW {
            self.part(&mut updates, id, render(state));
        }
        self.link(&mut updates, state);
        updates
    }

    /// The row `by` rows further down than the one that is picked, as a key.
    pub fn step(&self, state: &State, by: isize) -> Option<String> {
        let comparison = state.comparison.as_ref()?;
        let next = self.window.step(selected(state, comparison), by)?;
        comparison.subjects.get(next).map(view::key)
    }

    /// The id of the row whose details are shown.
    pub fn open_row(&self, state: &State) -> Option<String> {
        let comparison = state.comparison.as_ref()?;
        let subject = selected(state, comparison).filter(|subject| self.window.place(*subject).is_some())?;
        Some(format!("row-{}", view::key(comparison.subjects.get(subject)?)))
    }

    fn part(&mut self, updates: &mut Vec<Update>, id: &'static str, html: String) {
        let hash = hash(&html);
        if self.parts.insert(id, hash).unwrap_or_else(|| self::hash("")) != hash {
            updates.push(Update::Part { id: id.to_owned(), html });
        }
    }

    /// Renders a section again where what it is made from has changed.
    fn section(&mut self, updates: &mut Vec<Update>, id: &'static str, from: &str, render: impl FnOnce() -> String) {
        let from = hash(from);
        if self.made_from.insert(id, from) != Some(from) {
            self.part(updates, id, render());
        }
    }

    /// A history, made again where another one is shown, another metric, or the page's width has changed.
    fn trend(&mut self, updates: &mut Vec<Update>, state: &State) {
        let Some(trends) = &state.history else {
            if self.made_from.remove("trend").is_some() {
                self.part(updates, "trend", String::new());
            }
            return;
        };
        let chosen = Chosen { narrow: state.narrow, trend: trends.chosen };
        self.section(updates, "trend", &format!("{} {chosen:?}", trends.number), || panels::trend(trends, &chosen));
    }

    fn report(&mut self, updates: &mut Vec<Update>, state: &State) {
        let Some(comparison) = state.comparison.as_ref() else {
            if self.rows.is_empty() && self.made_from.keys().all(|id| *id == "trend") {
                return;
            }
            self.made_from.retain(|id, _| *id == "trend");
            self.rows.clear();
            (self.window, self.window_of) = (Window::default(), 0);
            for id in ["verdict", "tiles", "changes", "stages", "endpoints", "facts", "method"] {
                self.part(updates, id, String::new());
            }
            return;
        };
        let percentile = state.percentile.unwrap_or(Percentile::P95);
        let window_of = hash(&format!("{} {percentile} {:?}", state.made, state.filters));
        let window = match self.window_of == window_of {
            true => std::mem::take(&mut self.window),
            false => table::window(comparison, &state.filters, percentile),
        };
        self.window_of = window_of;
        let live = Live {
            narrow: state.narrow,
            percentile,
            over: state.over,
            changes_of: state.changes_of.clone(),
            forest_of: state.forest_of.clone(),
            filters: state.filters.clone(),
            all_changes: state.all_changes,
            selected: selected(state, comparison),
            break_even: state.settings_open,
            embedded: state.embedded,
        };
        let (c, some, made) = (&**comparison, Some(&live), state.made);
        let chart = format!("{made} {} {}", live.percentile, live.narrow);
        self.section(updates, "verdict", &format!("{made} {:?}", live.filters.verdict), || sections::verdict(c, some));
        self.section(updates, "tiles", &format!("{made} {}", live.percentile), || sections::tiles(c, some));
        self.table(updates, c, &live, &window, (&chart, state.rows));
        if !self.hold_back {
            self.section(updates, "changes", &format!("{chart} {} {:?}", live.all_changes, live.changes_of), || {
                sections::changes(c, some)
            });
            self.section(updates, "stages", &format!("{made} {}", live.narrow), || sections::stages(c, some));
            self.section(updates, "facts", &made.to_string(), || sections::facts(c, some));
            self.section(updates, "method", &made.to_string(), || {
                sections::method(c, some, Some(&panels::promise(state)))
            });
        }
        self.window = window;
    }

    /// The table: its frame, and the rows that are new or changed. Of many rows those near what is in view are in the
    /// document; two more stand for those above and below.
    fn table(
        &mut self,
        updates: &mut Vec<Update>,
        c: &Comparison,
        live: &Live,
        window: &Window,
        (chart, rows): (&str, (usize, usize)),
    ) {
        let frame = format!(
            "{chart} {:?} {:?} {:?} {:?} {}",
            live.over, live.forest_of, live.filters, live.selected, live.break_even
        );
        let from = hash(&format!("{frame} {rows:?} {}", self.hold_back));
        if self.made_from.insert("endpoints", from) == Some(from) {
            return;
        }
        let axis = hash(&format!("{chart} {:?}", live.forest_of));
        if self.forest.0 != axis {
            self.forest = (axis, sections::forest(c, Some(live)));
        }
        let forest = self.forest.1.clone();
        self.part(updates, "endpoints", sections::endpoints(c, Some(live), window, forest.as_ref()));
        let entries = window.entries();
        let all = entries <= table::ROWS || live.filters.all;
        let first = if all { 0 } else { rows.0.min(entries.saturating_sub(rows.1)) };
        let end = if all { entries } else { entries.min(first.saturating_add(rows.1)) };
        let opened = live.selected.and_then(|subject| window.row(subject));
        let [above, below] = sections::SPACES;
        let before = std::mem::take(&mut self.rows);
        let hashes = order::map(before.iter().map(|(id, hash)| (id.as_str(), *hash)));
        // The details have charts: they are made again only where something of them has changed.
        let place = live.selected.and_then(|subject| window.place(subject));
        let ends = place.map(|place| (place == 0, place + 1 >= window.len()));
        let details = hash(&format!("{chart} {:?} {:?} {ends:?}", live.over, live.selected));
        let same = self.hold_back || self.made_from.insert(sections::OPENED, details) == Some(details);
        let known = hashes.get(sections::OPENED).copied().filter(|_| same);
        // Each with its HTML, or the hash of what is shown.
        let mut drawn: Vec<(String, Result<String, u64>)> = Vec::new();
        let line = |drawn: &mut Vec<_>, index: usize| {
            let Some(subject) = c.subjects.get(index) else { return };
            let html = sections::row(c, live, forest.as_ref(), index);
            drawn.push((format!("row-{}", view::key(subject)), Ok(html)));
            if live.selected == Some(index) {
                let html = known.map_or_else(|| Ok(sections::details(c, index, live, window)), Err);
                drawn.push((sections::OPENED.to_owned(), html));
            }
        };
        window.total.into_iter().for_each(|total| line(&mut drawn, total));
        if !all {
            drawn.push((above.into(), Ok(sections::space(above, first, opened.is_some_and(|row| row < first)))));
        }
        for entry in window.drawn(first..end) {
            match entry {
                Entry::Head(group) => {
                    drawn.push((format!("group-{}", group.first), Ok(sections::group_head(group))));
                }
                Entry::Line(index) => line(&mut drawn, index),
            }
        }
        if !all {
            let is_below = opened.is_some_and(|row| row >= end);
            drawn.push((below.into(), Ok(sections::space(below, entries - end, is_below))));
        }
        let mut changed = Vec::new();
        let mut last = String::new();
        for (id, html) in drawn {
            let hash = html.as_ref().map_or_else(|known| *known, |html| hash(html));
            if let Ok(html) = html
                && hashes.get(id.as_str()) != Some(&hash)
            {
                // The heights of what is above and below change together, before any row: the page keeps its place.
                match id == below && hashes.contains_key(below) {
                    true => changed.insert(0, (String::new(), html)),
                    false => changed.push((last, html)),
                }
            }
            last = id.clone();
            self.rows.push((id, hash));
        }
        if !before.iter().map(|(id, _)| id).eq(self.rows.iter().map(|(id, _)| id)) {
            updates.push(Update::Order(self.rows.iter().map(|(id, _)| id.clone()).collect()));
        }
        let mut changed = changed.into_iter();
        while changed.len() > 0 {
            updates.push(Update::Rows(changed.by_ref().take(ROWS_AT_ONCE).collect()));
        }
    }

    /// The rows to draw so that the one of this subject is among them.
    pub fn rows_around(&self, state: &State, rows: (usize, usize)) -> (usize, usize) {
        let comparison = state.comparison.as_ref();
        let row = comparison.and_then(|c| selected(state, c)).and_then(|subject| self.window.row(subject));
        match row {
            Some(row) if row < rows.0 || row >= rows.0.saturating_add(rows.1) => {
                (row.saturating_sub(rows.1 / 2), rows.1)
            }
            _ => rows,
        }
    }

    /// The link of the share dialog, made again where the comparison, a wish or the view has changed.
    fn link(&mut self, updates: &mut Vec<Update>, state: &mut State) {
        let view = if state.share_open { state.view() } else { String::new() };
        let from = format!("{} {:?} {} {view}", state.made, state.wishes, state.share_open);
        if self.made_from.insert("share", hash(&from)) != Some(hash(&from)) {
            state.link = if state.share_open { state.make_link(state.wishes) } else { None };
        }
        self.part(updates, "share", panels::share(state));
    }
}

/// The subject whose details are shown: the one picked, else the one that decided where something is worse.
pub(super) fn selected(state: &State, comparison: &Arc<Comparison>) -> Option<usize> {
    let picked = state.selected.as_deref();
    if picked == Some("") {
        return None;
    }
    picked.and_then(|key| view::find(comparison, key)).or_else(|| decided(comparison))
}

/// The subject that decided, where something is worse.
pub(super) fn decided(comparison: &Comparison) -> Option<usize> {
    match comparison.word {
        Word::Regressed | Word::ProbablyRegressed | Word::Critical | Word::Warning => {
            comparison.worst.map(|(subject, _)| subject)
        }
        _ => None,
    }
}
