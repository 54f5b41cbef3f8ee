//! The endpoints table as data: which endpoints a filter leaves, in which order and groups, and which columns it has.

use std::fmt;
use std::str::FromStr;

pub use super::rows::{Entry, Group, Window};
use super::view::{self, Figure};
use crate::compare::{Comparison, Scope, Subject, Verdict};
use crate::run::{Metric, Percentile};

/// Maximum rows of the page's table that are in the document at once; of more, those near what is in view.
pub const ROWS: usize = 120;

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

    /// Its name in sentences.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Severity => "verdict",
            Self::Name => "endpoint",
            Self::Baseline => "baseline",
            Self::Run => "run",
            Self::Change => "change",
            Self::Errors => "errors",
            Self::Rate => "throughput",
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

/// Columns that can be hidden, by a stable name, and what they are called. The interval is no [`Column`]: nothing is
/// sorted by it.
pub const HIDEABLE: [(&str, &str); 7] = [
    ("baseline", "Baseline"),
    ("run", "Run"),
    ("change", "Change"),
    ("interval", "Interval and limit"),
    ("errors", "Errors"),
    ("rate", "Throughput"),
    ("requests", "Requests"),
];

/// How rows are grouped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Grouping {
    /// Not at all.
    #[default]
    None,
    /// By service.
    Service,
    /// By the runs an endpoint is in.
    Sides,
}

impl Grouping {
    /// All, with their names in markup.
    pub const ALL: [(Self, &str); 3] = [(Self::None, "none"), (Self::Service, "service"), (Self::Sides, "sides")];

    /// A stable name for markup.
    #[must_use]
    pub fn code(self) -> &'static str {
        Self::ALL.iter().find(|(grouping, _)| *grouping == self).map_or("none", |(_, code)| *code)
    }

    /// The grouping of this name.
    #[must_use]
    pub fn of(code: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == code).map(|(grouping, _)| *grouping)
    }
}

/// How the table is filtered, sorted and grouped, and which columns it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filters {
    /// Words that the label must hold, in any case; with `-` before it, must not.
    pub text: String,
    /// The verdict that its row shows.
    pub verdict: Option<Verdict>,
    /// Whether unchanged endpoints are hidden; `None` is the default for the number of endpoints.
    pub hide_unchanged: Option<bool>,
    /// The column it is sorted by.
    pub column: Column,
    /// Whether the order is reversed: of numbers the largest first, of verdicts the mildest.
    pub descending: bool,
    /// Further columns, for rows that the first leaves equal, and whether their order is reversed.
    pub then: Vec<(Column, bool)>,
    /// How its rows are grouped.
    pub grouping: Grouping,
    /// Columns that are not shown, of [`HIDEABLE`].
    pub hidden: Vec<&'static str>,
    /// Whether all rows are drawn at once.
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
            then: Vec::new(),
            grouping: Grouping::None,
            hidden: Vec::new(),
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
        self.then.clear();
    }

    /// Sorts rows with equal values by a further column. A column that is in use changes its direction.
    pub fn sort_also(&mut self, column: Column) {
        if self.column == column {
            self.descending = !self.descending;
        } else if let Some((_, descending)) = self.then.iter_mut().find(|(also, _)| *also == column) {
            *descending = !*descending;
        } else {
            self.then.push((column, column.is_numeric()));
        }
    }

    /// The order, as a sentence.
    #[must_use]
    pub fn order(&self) -> String {
        let by = std::iter::once((self.column, self.descending)).chain(self.then.iter().copied());
        let by = by.map(|(column, descending)| {
            let first = match (column, descending) {
                (Column::Severity, false) => "most severe first",
                (Column::Severity, true) => "mildest first",
                (Column::Name, false) => "A to Z",
                (Column::Name, true) => "Z to A",
                (_, true) => "largest first",
                (_, false) => "smallest first",
            };
            format!("{}, {first}", column.title())
        });
        format!("Sorted by {}.", by.collect::<Vec<_>>().join("; then by "))
    }

    /// Shows a column, or hides it.
    pub fn show_column(&mut self, code: &str, show: bool) {
        self.hidden.retain(|hidden| *hidden != code);
        if let Some((code, _)) = HIDEABLE.iter().find(|(known, _)| *known == code && !show) {
            self.hidden.push(code);
        }
    }

    /// Filters by a verdict; by the same verdict again, no longer.
    pub fn toggle(&mut self, verdict: Verdict) {
        self.verdict = if self.verdict == Some(verdict) { None } else { Some(verdict) };
    }
}

/// The words of a filter.
struct Wanted {
    with: Vec<String>,
    without: Vec<String>,
}

impl Wanted {
    fn of(text: &str) -> Self {
        let words = text.split_whitespace().map(str::to_lowercase);
        let (without, with): (Vec<String>, Vec<String>) =
            words.filter(|word| word != "-").partition(|word| word.starts_with('-'));
        Self { with, without }
    }

    fn is_any(&self) -> bool {
        self.with.is_empty() && self.without.is_empty()
    }

    /// Whether a label has what is wanted. `lower` is scratch: 10,000 labels are searched between two frames.
    fn is_met(&self, subject: &Subject, lower: &mut String) -> bool {
        if self.is_any() {
            return true;
        }
        lower.clear();
        if let Some(method) = &subject.method {
            lower.push_str(method);
            lower.push(' ');
        }
        lower.push_str(&subject.name);
        if lower.is_ascii() {
            lower.make_ascii_lowercase();
        } else {
            *lower = lower.to_lowercase();
        }
        self.with.iter().all(|word| lower.contains(word.as_str()))
            && !self.without.iter().any(|word| word.get(1..).is_some_and(|word| lower.contains(word)))
    }
}

/// Filters, sorts and groups the rows of the table.
#[must_use]
pub fn window(comparison: &Comparison, filters: &Filters, percentile: Percentile) -> Window {
    let subject = |index: usize| comparison.subjects.get(index);
    let is_total = |index: &usize| subject(*index).is_some_and(|s| s.scope == Scope::Total);
    let (total, endpoints): (Vec<usize>, Vec<usize>) = view::order(comparison).partition(is_total);
    let wanted = Wanted::of(&filters.text);
    let mut lower = String::new();
    // With whether each is unchanged.
    let mut lines: Vec<(usize, bool)> = Vec::with_capacity(endpoints.len());
    let mut unchanged = 0;
    for index in &endpoints {
        let Some(s) = subject(*index) else { continue };
        let same = view::is_unchanged(s);
        unchanged += usize::from(same);
        let has_verdict = filters.verdict.is_none_or(|verdict| view::shown_verdict(s) == verdict);
        if has_verdict && wanted.is_met(s, &mut lower) {
            lines.push((*index, same));
        }
    }
    let matching = lines.len();
    let by_default = endpoints.len() > MANY && unchanged < endpoints.len() && wanted.is_any();
    // A filter by a verdict may be about unchanged endpoints.
    let hiding = filters.verdict.is_none() && filters.hide_unchanged.unwrap_or(by_default);
    let mut lines: Vec<usize> =
        lines.into_iter().filter(|(_, same)| !(hiding && *same)).map(|(index, _)| index).collect();
    let unchanged_hidden = matching - lines.len();
    if (filters.column, filters.then.is_empty()) == (Column::Severity, true) {
        if filters.descending {
            lines.reverse();
        }
    } else {
        // Equals keep their order: the column that counts most is the last to sort.
        for (column, descending) in filters.then.iter().rev() {
            sort(comparison, &mut lines, (*column, *descending), percentile);
        }
        sort(comparison, &mut lines, (filters.column, filters.descending), percentile);
    }
    let groups = group(comparison, &mut lines, filters.grouping);
    Window {
        // What a counter counts is what it shows.
        total: total.first().copied().filter(|_| filters.verdict.is_none()),
        of: endpoints.len(),
        hiding,
        unchanged_hidden,
        unchanged,
        groups,
        lines,
    }
}

/// Brings the lines of each group together, in the order of their first lines.
fn group(comparison: &Comparison, lines: &mut Vec<usize>, grouping: Grouping) -> Vec<Group> {
    let name = |subject: &Subject| match (grouping, &subject.baseline, &subject.run) {
        (Grouping::Service, ..) => subject.service.clone().unwrap_or_else(|| "no service".to_owned()),
        (_, Some(_), None) => "removed: in the baseline alone".to_owned(),
        (_, None, Some(_)) => "added: in the run alone".to_owned(),
        _ => "in both".to_owned(),
    };
    if grouping == Grouping::None {
        return Vec::new();
    }
    let mut groups: Vec<(String, Vec<usize>)> = Vec::new();
    for index in lines.iter() {
        let Some(name) = comparison.subjects.get(*index).map(name) else { continue };
        match groups.iter_mut().find(|(known, _)| *known == name) {
            Some((_, own)) => own.push(*index),
            None => groups.push((name, vec![*index])),
        }
    }
    lines.clear();
    let group = |(name, own): (String, Vec<usize>)| {
        let group = Group { name, first: lines.len(), count: own.len() };
        lines.extend(own);
        group
    };
    groups.into_iter().map(group).collect()
}

/// Sorts rows; in the order of severity they are so far, or in that of the columns that count less.
fn sort(comparison: &Comparison, lines: &mut [usize], (column, descending): (Column, bool), percentile: Percentile) {
    let subject = |index: usize| comparison.subjects.get(index);
    let latency = Metric::Latency(percentile);
    let (metric, figure) = match column {
        Column::Severity => {
            let verdict = |index: &usize| subject(*index).map(view::shown_verdict);
            let severity = |a: &usize, b: &usize| verdict(a).cmp(&verdict(b));
            return crate::order::sort_by(lines, |a, b| if descending { severity(b, a) } else { severity(a, b) });
        }
        Column::Name => {
            let name = |index: &usize| subject(*index).map(|s| (&s.name, &s.method));
            let by_name = |a: &usize, b: &usize| name(a).cmp(&name(b));
            return crate::order::sort_by(lines, |a, b| if descending { by_name(b, a) } else { by_name(a, b) });
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
        (Some(a), Some(b)) if descending => b.total_cmp(&a),
        (Some(a), Some(b)) => a.total_cmp(&b),
        (a, b) => b.is_some().cmp(&a.is_some()),
    });
}
