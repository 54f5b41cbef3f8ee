//! What a touched element of the report asks for. It stands in the markup as text: in `data-do` the whole, in `data-set`
//! of an input the name, to which the page adds the input's value.

use std::fmt;
use std::str::FromStr;

use super::super::table::{Column, HIDEABLE};
use super::super::view;
use crate::compare::Verdict;
use crate::run::{Metric, Percentile};

/// What a touched element asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Filter by a verdict, or no longer: `verdict CODE`.
    Verdict(Verdict),
    /// Show the details of a subject, by its [`view::key`]: `row KEY`.
    Row(String),
    /// Sort by a column: `sort COLUMN`.
    Sort(Column),
    /// Sort rows with equal values by a further column: `sort-also COLUMN`.
    SortAlso(Column),
    /// Show a column, or hide it: `column NAME`; the value is `true` or `false`.
    Column(&'static str),
    /// Group the rows: `group`; the value is the grouping.
    Group,
    /// Show unchanged endpoints: `unchanged show`.
    ShowUnchanged,
    /// Hide unchanged endpoints: `unchanged hide`.
    HideUnchanged,
    /// Draw these rows of the table, of those below the total: `rows FIRST COUNT`.
    Rows(usize, usize),
    /// Drop all filters of the table: `filters-reset`.
    FiltersReset,
    /// Show another percentile in chart and table: `percentile 95`.
    Percentile(Percentile),
    /// Draw a percentile of the response times over time; `None` is the mean: `over 95`, `over mean`.
    Over(Option<Percentile>),
    /// Draw all endpoints in the chart of changes, or the first ones again: `changes-all`.
    ChangesAll,
    /// Judge endpoints that differ only in ids as one: `group-ids`.
    GroupIds,
    /// Show the details of the row below: `step 1`.
    Next,
    /// Show the details of the row above: `step -1`.
    Previous,
    /// Close the details: `close`.
    Close,
    /// Filter by a text: `filter TEXT`; in markup `filter`.
    Filter(String),
    /// Draw the changes of another metric: `changes METRIC`; in markup `changes`.
    Changes(Metric),
    /// Draw the intervals of another metric: `forest METRIC`; in markup `forest`.
    Forest(Metric),
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Verdict(verdict) => write!(f, "verdict {}", verdict.code()),
            Self::Row(key) => write!(f, "row {key}"),
            Self::Sort(column) => write!(f, "sort {column}"),
            Self::SortAlso(column) => write!(f, "sort-also {column}"),
            Self::Column(code) => write!(f, "column {code}"),
            Self::Group => f.write_str("group"),
            Self::ShowUnchanged => f.write_str("unchanged show"),
            Self::HideUnchanged => f.write_str("unchanged hide"),
            Self::Rows(first, count) => write!(f, "rows {first} {count}"),
            Self::FiltersReset => f.write_str("filters-reset"),
            Self::Percentile(percentile) => write!(f, "percentile {percentile}"),
            Self::Over(None) => f.write_str("over mean"),
            Self::Over(Some(percentile)) => write!(f, "over {percentile}"),
            Self::ChangesAll => f.write_str("changes-all"),
            Self::GroupIds => f.write_str("group-ids"),
            Self::Next => f.write_str("step 1"),
            Self::Previous => f.write_str("step -1"),
            Self::Close => f.write_str("close"),
            Self::Filter(text) => write!(f, "filter {text}"),
            Self::Changes(metric) => write!(f, "changes {metric}"),
            Self::Forest(metric) => write!(f, "forest {metric}"),
        }
    }
}

/// A text that is no [`Act`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownAct;

impl fmt::Display for UnknownAct {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("unknown act")
    }
}

impl std::error::Error for UnknownAct {}

impl FromStr for Act {
    type Err = UnknownAct;

    fn from_str(text: &str) -> Result<Self, UnknownAct> {
        let (name, value) = text.split_once(' ').unwrap_or((text, ""));
        let act = match (name, value) {
            ("verdict", code) => Verdict::ALL.into_iter().find(|v| v.code() == code).map(Self::Verdict),
            ("row", key) => view::is_key(key).then(|| Self::Row(key.to_owned())),
            ("sort", column) => column.parse().ok().map(Self::Sort),
            ("sort-also", column) => column.parse().ok().map(Self::SortAlso),
            ("column", code) => HIDEABLE.iter().find(|(known, _)| *known == code).map(|(code, _)| Self::Column(code)),
            ("group", "") => Some(Self::Group),
            ("unchanged", "show") => Some(Self::ShowUnchanged),
            ("unchanged", "hide") => Some(Self::HideUnchanged),
            ("rows", rows) => rows
                .split_once(' ')
                .and_then(|(first, count)| Some(Self::Rows(first.parse().ok()?, count.parse().ok()?))),
            ("filters-reset", "") => Some(Self::FiltersReset),
            ("percentile", percentile) => Percentile::parse(percentile).map(Self::Percentile),
            ("over", "mean") => Some(Self::Over(None)),
            ("over", percentile) => Percentile::parse(percentile).map(|p| Self::Over(Some(p))),
            ("changes-all", "") => Some(Self::ChangesAll),
            ("group-ids", "") => Some(Self::GroupIds),
            ("step", "1") => Some(Self::Next),
            ("step", "-1") => Some(Self::Previous),
            ("close", "") => Some(Self::Close),
            ("filter", text) => Some(Self::Filter(text.to_owned())),
            ("changes", metric) => Some(Self::Changes(Metric::parse(metric))),
            ("forest", metric) => Some(Self::Forest(Metric::parse(metric))),
            _ => None,
        };
        act.ok_or(UnknownAct)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_act_reads_back() {
        let metrics = [Metric::Mean, Metric::ErrorRate, Metric::Rps, Metric::Latency(Percentile(99_900))];
        let acts = Verdict::ALL.map(Act::Verdict).into_iter().chain(Column::ALL.map(Act::Sort)).chain([
            Act::Row("00ff00ff00ff00ff".into()),
            Act::ShowUnchanged,
            Act::HideUnchanged,
            Act::Rows(0, 60),
            Act::SortAlso(Column::Name),
            Act::Column("rate"),
            Act::Group,
            Act::FiltersReset,
            Act::Percentile(Percentile::P95),
            Act::Percentile(Percentile(99_900)),
            Act::Over(None),
            Act::Over(Some(Percentile::P99)),
            Act::ChangesAll,
            Act::GroupIds,
            Act::Next,
            Act::Previous,
            Act::Close,
            Act::Filter(String::new()),
            Act::Filter("  GET /a b ".into()),
        ]);
        for act in acts.chain(metrics.clone().map(Act::Forest)).chain(metrics.map(Act::Changes)) {
            assert_eq!(act.to_string().parse(), Ok(act.clone()), "{act}");
        }
    }

    #[test]
    fn other_texts_are_none() {
        for text in [
            "",
            "row",
            "row 1",
            "row 00FF00FF00FF00FF",
            "sort",
            "sort x",
            "step 2",
            "unchanged",
            "rows 1",
            "rows -1 2",
            "column x",
        ] {
            assert_eq!(text.parse::<Act>(), Err(UnknownAct), "{text}");
        }
    }
}
