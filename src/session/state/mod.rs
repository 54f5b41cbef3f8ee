//! Everything a session knows: what a person gave and chose, and the comparison that follows.

pub(super) mod compared;
pub(super) mod keep;
pub(super) mod place;
pub(super) mod reading;
pub(super) mod share;
pub(super) mod sources;
pub(super) mod thresholds;
pub(super) mod trends;

use std::sync::Arc;

pub(super) use compared::Compared;
use keep::Keeping;
use place::{Guess, Place};
use reading::{Reading, Snapshot};
use share::{Made, Wishes};
use sources::Fetching;
use thresholds::Thresholds;
use trends::Trends;

use super::failure::Failure;
use super::opened::Opened;
use super::side::Side;
use crate::compare::Comparison;
use crate::ingest::{Group, Role};
use crate::link::Unshareable;
use crate::policy::{Adjustments, Policy, TooMuchMatching};
use crate::report::table::Filters;
use crate::run::{Metric, Percentile};

/// Maximum rows that are drawn of many, for windows of any height.
pub const MOST_DRAWN: usize = 600;

/// Rows that are drawn of many before a face has said how many are in view.
const DRAWN: usize = 32;

/// Everything a session knows.
#[derive(Debug)]
pub(super) struct State {
    /// The page's address without its fragment.
    pub page: String,
    /// Origins other than its own that the page may fetch from.
    pub allowed: Vec<String>,
    /// The moment of the last news about fetching, in milliseconds since the Unix epoch.
    pub now_ms: i64,
    /// Whether the page is as narrow as a phone.
    pub narrow: bool,
    /// Whether the page is shown inside another one.
    pub embedded: bool,
    /// Whether nothing is compared for now: a person cancelled a comparison.
    pub paused: bool,

    /// The baseline.
    pub baseline: Option<Side>,
    /// The run.
    pub run: Option<Side>,
    /// How the two were told apart, where that was guessed.
    pub guess: Option<Guess>,
    /// Executions that wait for a person to say what they are, and what is said so far.
    pub undecided: Vec<Group>,
    /// See `undecided`.
    pub places: Vec<Option<Place>>,
    /// Earlier runs of the baseline's program, which show how far equal runs differ.
    pub earlier: Vec<Group>,
    /// A history of runs.
    pub history: Option<Trends>,
    /// An execution dropped over a report, until a person says what it replaces.
    pub asked: Option<Group>,

    /// The thresholds as they were chosen.
    pub thresholds: Thresholds,
    /// Those thresholds as a policy.
    pub base_policy: Policy,
    /// What of them was moved by hand.
    pub adjustments: Adjustments,
    /// The thresholds in force.
    pub policy: Arc<Policy>,
    /// How often other thresholds were chosen: the fields of the dialog belong to one choice.
    pub thresholds_set: u32,

    /// Failures, shown until they are put away.
    pub cards: Vec<Card>,
    /// The next card's number.
    pub next_card: u32,
    /// Files that are being read.
    pub reading: Vec<Reading>,
    /// Figures of files that are being read.
    pub snapshots: Vec<Snapshot>,
    /// The files of a link, until they are compared.
    pub fetching: Option<Fetching>,

    /// The comparison of the two sides; the former one while the next is made.
    pub comparison: Option<Arc<Comparison>>,
    /// What `comparison` is of.
    pub compared: Option<Compared>,
    /// Whether a comparison is announced and not made yet.
    pub pending: bool,
    /// Comparisons made so far.
    pub made: u32,
    /// Thresholds that are not matched with the two runs, by name, and why.
    pub refused: Option<(String, TooMuchMatching)>,

    /// What is kept on this device.
    pub keeping: Keeping,

    /// The percentile of chart and table; `None` takes the one that the verdict's sentence names.
    pub percentile: Option<Percentile>,
    /// The metric of the chart of changes; `None` takes the one that the verdict's sentence names.
    pub changes_of: Option<Metric>,
    /// The metric whose intervals are drawn; `None` takes one that has some.
    pub forest_of: Option<Metric>,
    /// The percentile of the response times over time; `None` is the mean.
    pub over: Option<Percentile>,
    /// The key of the endpoint that was picked; empty where its details were closed.
    pub selected: Option<String>,
    /// How the table is narrowed and ordered.
    pub filters: Filters,
    /// The first row of the table that is drawn, of those below the total, and how many are, where not all are.
    pub rows: (usize, usize),
    /// Whether the chart of changes shows every endpoint.
    pub all_changes: bool,
    /// Whether every endpoint of a single run is listed.
    pub all_singles: bool,

    /// Whether the share dialog is open.
    pub share_open: bool,
    /// Whether the thresholds dialog is open.
    pub settings_open: bool,
    /// What of the link a person chose.
    pub wishes: Wishes,
    /// The link, while the share dialog is open.
    pub link: Option<Result<Made, Unshareable>>,
    /// What there is to say about the last export.
    pub exported: String,
    /// Why no issue was opened.
    pub issue_mistake: Option<String>,
}

/// A failure that is shown until a person puts it away.
#[derive(Debug, Clone)]
pub(super) struct Card {
    /// Its number.
    pub id: u32,
    /// What could not be used.
    pub failure: Failure,
    /// Whether it came along with files that are used.
    pub extra: bool,
}

impl State {
    /// A session in which nothing was done.
    pub fn new() -> Self {
        let thresholds = Thresholds::default();
        let mut state = Self {
            page: String::new(),
            allowed: Vec::new(),
            now_ms: 0,
            narrow: false,
            embedded: false,
            paused: false,
            baseline: None,
            run: None,
            guess: None,
            undecided: Vec::new(),
            places: Vec::new(),
            earlier: Vec::new(),
            history: None,
            asked: None,
            thresholds: thresholds.clone(),
            base_policy: Policy::default(),
            adjustments: Adjustments::default(),
            policy: Arc::default(),
            thresholds_set: 0,
            cards: Vec::new(),
            next_card: 0,
            reading: Vec::new(),
            snapshots: Vec::new(),
            fetching: None,
            comparison: None,
            compared: None,
            pending: false,
            made: 0,
            refused: None,
            keeping: Keeping::default(),
            percentile: None,
            changes_of: None,
            forest_of: None,
            over: None,
            selected: None,
            filters: Filters::default(),
            rows: (0, DRAWN),
            all_changes: false,
            all_singles: false,
            share_open: false,
            settings_open: false,
            wishes: Wishes::default(),
            link: None,
            exported: String::new(),
            issue_mistake: None,
        };
        state.base_policy = thresholds.policy();
        state.policy = Arc::new(state.base_policy.clone());
        state
    }

    /// Shows a failure until it is put away.
    pub fn fail(&mut self, failure: Failure) {
        self.cards.push(Card { id: self.next_card, failure, extra: false });
        self.next_card = self.next_card.wrapping_add(1);
    }

    /// Marks the last failures as about files that came along with others that are used.
    pub fn mark_extra(&mut self, count: usize) {
        for card in self.cards.iter_mut().rev().take(count) {
            card.extra = matches!(card.failure, Failure::Results(_) | Failure::Unreadable { .. });
        }
    }

    /// The link or report that brought both sides, where that is the same.
    pub fn opened(&self) -> Option<&Arc<Opened>> {
        let (baseline, _) = self.baseline.as_ref()?.came_with()?;
        let (run, _) = self.run.as_ref()?.came_with()?;
        Arc::ptr_eq(baseline, run).then_some(baseline)
    }

    /// How what is shown differs from what was opened, as a sentence.
    pub fn changed_since(&self) -> Option<&'static str> {
        let opened = self.opened()?;
        let (_, role) = self.baseline.as_ref()?.came_with()?;
        if role != Role::Baseline {
            return Some("The sides were swapped since: what is shown is another comparison.");
        }
        let other = *self.policy != *opened.policy;
        other.then_some("Other thresholds were chosen since: what is shown is judged by those.")
    }

    /// Shows changes of this metric; a percentile in the table too.
    pub fn choose(&mut self, metric: Metric) {
        if let Metric::Latency(percentile) = metric {
            self.percentile = Some(percentile);
        }
        self.changes_of = Some(metric);
    }

    /// Forgets what was picked and filtered in the comparison that is shown.
    pub fn forget_choices(&mut self) {
        self.selected = None;
        self.percentile = None;
        self.changes_of = None;
        self.forest_of = None;
        self.filters = Filters::default();
        self.rows.0 = 0;
        self.exported.clear();
        self.issue_mistake = None;
    }
}
