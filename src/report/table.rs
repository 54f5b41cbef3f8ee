//! The endpoints table as data: which endpoints a filter leaves, in which order, and how many of them are drawn.

use std::fmt;
use std::str::FromStr;

use super::view::{self, Figure};
use crate::compare::{Comparison, Scope, Subject, Verdict};
use crate::run::{Metric, Percentile};

/// Maximum rows drawn until all are asked for.
pub const ROWS: usize = 200;

/// With more endpoints than this, unchanged ones are hidden by default.
pub const MANY: usize = 20;

/// A column that the table can be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// The verdict.
    Severity,
    /// Name, then method.
    Name,
    /// The baseline's percentile.
    Baseline,
    /// The run's percentile.
    Run,
    /// The change of the percentile.
    Change,
    /// The run's error rate.
    Errors,
    /// The run's throughput.
    Rate,
    /// The run's requests.
    Requests,
}

impl Column {
    /// All columns, in the order of the table.
    pub const ALL: [Self; 8] =
        [Self::Severity, Self::Name, Self::Baseline, Self::Run, Self::Change, Self::Errors, Self::Rate, Self::Requests];

    /// A stable name for markup.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Severity => "severity",
            Self::Name => "name",
            Self::Baseline => "baseline",
            Self::Run => "run",
            Self::Change => "change",
            Self::Errors => "errors",
            Self::Rate => "rate",
            Self::Requests => "requests",
        }
    }

    /// Whether it holds numbers.
    #[must_use]
    pub fn is_numeric(self) -> bool {
        !matches!(self, Self::Severity | Self::Name)
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Column {
    type Err = ();

    fn from_str(code: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|column| column.code() == code).ok_or(())
    }
}

/// How the table is filtered and sorted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filters {
    /// Text in the label, in any case.
    pub text: String,
    /// The verdict that its row shows.
    pub verdict: Option<Verdict>,
    /// Whether unchanged endpoints are hidden; `None` is the default for the number of endpoints.
    pub hide_unchanged: Option<bool>,
    /// The column it is sorted by.
    pub column: Column,
    /// Whether the order is reversed: of numbers the largest first, of verdicts the mildest.
    pub descending: bool,
    /// Whether all rows are drawn.
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

impl Filters {
    /// No filter: every endpoint, most severe first.
    #[must_use]
    pub fn none() -> Self {
        Self { hide_unchanged: Some(false), ..Self::default() }
    }

    /// Sorts by a column; by the same column again, in the other direction.
    pub fn sort(&mut self, column: Column) {
        // Numbers begin with the largest, words with the first.
        self.descending = if self.column == column { !self.descending } else { column.is_numeric() };
        self.column = column;
    }

    /// Filters by a verdict; by the same verdict again, no longer.
    pub fn toggle(&mut self, verdict: Verdict) {
        self.verdict = if self.verdict == Some(verdict) { None } else { Some(verdict) };
    }
}

/// The rows of the table. Rows are indices into [`Comparison::subjects`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Window {
    /// The total, which only a filter by verdict hides.
    pub total: Option<usize>,
    /// The endpoints, filtered and sorted.
    pub lines: Vec<usize>,
    /// Endpoints in the comparison.
    pub of: usize,
    /// Whether unchanged endpoints are hidden.
    pub hiding: bool,
    /// Endpoints hidden as unchanged.
    pub unchanged_hidden: usize,
    /// Unchanged endpoints, hidden or not.
    pub unchanged: usize,
    /// Rows of `lines` to draw.
    pub drawn: usize,
}

impl Window {
    /// The rows to draw: the total first.
    pub fn order(&self) -> impl Iterator<Item = usize> + '_ {
        self.total.iter().chain(self.lines.iter().take(self.drawn)).copied()
    }

    /// Number of rows to draw.
    #[must_use]
    pub fn len(&self) -> usize {
        usize::from(self.total.is_some()) + self.drawn.min(self.lines.len())
    }

    /// Whether there is no row to draw.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The place of a subject among the rows to draw.
    #[must_use]
    pub fn place(&self, subject: usize) -> Option<usize> {
        self.order().position(|row| row == subject)
    }

    /// The subject `by` rows below another; the first row where the other is not drawn.
    #[must_use]
    pub fn step(&self, subject: Option<usize>, by: isize) -> Option<usize> {
        let to = match subject.and_then(|subject| self.place(subject)) {
            Some(at) => at.checked_add_signed(by)?,
            None => 0,
        };
        self.order().nth(to)
    }
}

/// Filters and sorts the rows of the table.
#[must_use]
pub fn window(comparison: &Comparison, filters: &Filters, percentile: Percentile) -> Window {
    let subject = |index: usize| comparison.subjects.get(index);
    let is_total = |index: &usize| subject(*index).is_some_and(|s| s.scope == Scope::Total);
    let (total, endpoints): (Vec<usize>, Vec<usize>) = view::order(comparison).partition(is_total);
    let text = filters.text.trim().to_lowercase();
    let has_verdict = |s: &Subject| filters.verdict.is_none_or(|verdict| view::shown(s).verdict == verdict);
    let has_text = |s: &Subject| text.is_empty() || s.label().to_lowercase().contains(&text);
    let is_kept = |index: &usize| subject(*index).is_some_and(|s| has_text(s) && has_verdict(s));
    let is_unchanged = |index: &usize| subject(*index).is_some_and(view::is_unchanged);
    let mut lines: Vec<usize> = endpoints.iter().copied().filter(is_kept).collect();
    let matching = lines.len();
    let unchanged = endpoints.iter().copied().filter(is_unchanged).count();
    let by_default = endpoints.len() > MANY && unchanged < endpoints.len() && text.is_empty();
    // A filter by a verdict may be about unchanged endpoints.
    let hiding = filters.verdict.is_none() && filters.hide_unchanged.unwrap_or(by_default);
    if hiding {
        lines.retain(|index| !is_unchanged(index));
    }
    let unchanged_hidden = matching - lines.len();
    sort(comparison, &mut lines, filters, percentile);
    Window {
        // What a counter counts is what it shows.
        total: total.first().copied().filter(|_| filters.verdict.is_none()),
        drawn: if filters.all { lines.len() } else { lines.len().min(ROWS) },
        of: endpoints.len(),
        hiding,
        unchanged_hidden,
        unchanged,
        lines,
    }
}

/// Sorts rows that are in the order of severity.
fn sort(comparison: &Comparison, lines: &mut [usize], filters: &Filters, percentile: Percentile) {
    let subject = |index: usize| comparison.subjects.get(index);
    let latency = Metric::Latency(percentile);
    let (metric, figure) = match filters.column {
        Column::Severity => {
            if filters.descending {
                lines.reverse();
            }
            return;
        }
        Column::Name => {
            let name = |index: &usize| subject(*index).map(|s| (&s.name, &s.method));
            crate::order::sort_by(lines, |a, b| name(a).cmp(&name(b)));
            if filters.descending {
                lines.reverse();
            }
            return;
        }
        Column::Baseline => (latency, Figure::Baseline),
        Column::Run => (latency, Figure::Run),
        Column::Change => (latency, Figure::Change),
        Column::Errors => (Metric::ErrorRate, Figure::Run),
        Column::Rate => (Metric::Rps, Figure::Run),
        Column::Requests => (Metric::Requests, Figure::Run),
    };
    let number = |index: &usize| view::sort_number(subject(*index)?, &metric, figure);
    // What has no number is last in either direction.
    crate::order::sort_by(lines, |a, b| match (number(a), number(b)) {
        (Some(a), Some(b)) if filters.descending => b.total_cmp(&a),
        (Some(a), Some(b)) => a.total_cmp(&b),
        (a, b) => b.is_some().cmp(&a.is_some()),
    });
}
