//! What a person does to an element of the page. The markup carries it as text: `data-do` for what is clicked, `data-set`
//! for fields, whose value comes beside it.

use std::fmt::{self, Display};
use std::str::FromStr;

use super::state::thresholds::Field;
use crate::ingest::Role;
use crate::report::html::act::Act;
use crate::report::view::is_key;

/// What a person does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// To an element of the report.
    Report(Act),
    /// Compare after all what was cancelled.
    Compare,
    /// Draw another metric of the history; the value is its place.
    Trend,
    /// Put the history away.
    TrendClose,
    /// Exchange the sides.
    Swap,
    /// Put the comparison away.
    StartOver,
    /// Show again what was put away.
    Undo,
    /// Show a comparison that is kept on this device.
    OpenKept(String),
    /// Forget a comparison that is kept on this device, or all.
    Forget(Option<String>),
    /// Call the run of a side by the value; by the name of its files where that is empty.
    Label(Role),
    /// Compare the sample data.
    Sample,
    /// Empty a side.
    Clear(Role),
    /// What the files that wait replace; `None` drops them.
    Answer(Option<Role>),
    /// The files that wait are a repeat of this side.
    Repeat(Role),
    /// The files that wait are an earlier run.
    Earlier,
    /// Say what an undecided execution is; the value is `baseline`, `run`, `earlier` or `none`.
    Place(usize),
    /// Compare as said.
    Assign,
    /// Drop the undecided executions.
    AssignCancel,
    /// Whether the executions of a side are parts of one run.
    AllParts(Role, bool),
    /// Remove an execution of a side.
    RemoveExecution(Role, usize),
    /// Remove an earlier run.
    RemoveEarlier(usize),
    /// Several results on a side are parts of one run.
    Merge(Role),
    /// Several results on a side are repeats.
    Repeats(Role),
    /// Several results on a side are two runs.
    Split(Role),
    /// Keep one of several results on a side, by its place.
    Keep(Role, usize),
    /// Put a card away.
    Dismiss(u32),
    /// Judge by the profile of this name; empty takes the value.
    Profile(String),
    /// Move a field of the thresholds.
    Move(Field),
    /// Save the thresholds as a file.
    ExportThresholds,
    /// Forget what was moved on top of the thresholds.
    LimitsReset,
    /// The panel of limits was opened or closed.
    Settings(bool),
    /// The share dialog was opened or closed.
    Share(bool),
    /// Hide endpoint names in what leaves; the value is `true` or `false`.
    HideNames,
    /// Keep names as they are in what leaves; the value is `true` or `false`.
    KeepNames,
    /// Share the runs over time; the value is `true` or `false`.
    TimeSeries,
    /// Leave nothing out of the link to shorten it.
    HoweverLong(bool),
    /// Save an export, by its number.
    Export(usize),
    /// Open an issue; the value is the repository.
    Issue,
    /// Cancel the reading of a file, or of all.
    Cancel(Option<u32>),
    /// List all endpoints of the one run that is there.
    SinglesAll,
    /// Fetch the files of a link.
    Fetch,
    /// Stop fetching, or put the link away.
    FetchCancel,
}

/// The word of a side, as in `data-side`.
pub(super) fn role_word(role: Role) -> &'static str {
    match role {
        Role::Baseline => "baseline",
        Role::Run => "run",
    }
}

/// The side of a word.
pub(super) fn role_of(word: &str) -> Option<Role> {
    match word {
        "baseline" => Some(Role::Baseline),
        "run" => Some(Role::Run),
        _ => None,
    }
}

impl Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let role = |role: &Role| role_word(*role);
        match self {
            Self::Report(act) => act.fmt(f),
            Self::Compare => f.write_str("compare"),
            Self::Trend => f.write_str("trend"),
            Self::TrendClose => f.write_str("trend-close"),
            Self::Swap => f.write_str("swap"),
            Self::StartOver => f.write_str("start-over"),
            Self::Undo => f.write_str("undo"),
            Self::OpenKept(id) => write!(f, "open-kept {id}"),
            Self::Forget(id) => write!(f, "forget {}", id.as_deref().unwrap_or("all")),
            Self::Label(side) => write!(f, "label {}", role(side)),
            Self::Sample => f.write_str("sample"),
            Self::Clear(side) => write!(f, "clear {}", role(side)),
            Self::Answer(side) => write!(f, "answer {}", side.as_ref().map_or("none", role)),
            Self::Repeat(side) => write!(f, "repeat {}", role(side)),
            Self::Earlier => f.write_str("earlier"),
            Self::Place(index) => write!(f, "place {index}"),
            Self::Assign => f.write_str("assign"),
            Self::AssignCancel => f.write_str("assign-cancel"),
            Self::AllParts(side, all) => write!(f, "all-parts {} {all}", role(side)),
            Self::RemoveExecution(side, index) => write!(f, "remove-execution {} {index}", role(side)),
            Self::RemoveEarlier(index) => write!(f, "remove-earlier {index}"),
            Self::Merge(side) => write!(f, "merge {}", role(side)),
            Self::Repeats(side) => write!(f, "repeats {}", role(side)),
            Self::Split(side) => write!(f, "split {}", role(side)),
            Self::Keep(side, index) => write!(f, "keep {} {index}", role(side)),
            Self::Dismiss(card) => write!(f, "dismiss {card}"),
            Self::Profile(name) => write!(f, "profile {name}"),
            Self::Move(field) => match field {
                Field::Limit(rule) => write!(f, "limit {rule}"),
                Field::Percentile => f.write_str("judge-percentile"),
                Field::Gate => f.write_str("gate"),
                Field::Confidence => f.write_str("confidence"),
                Field::Correction => f.write_str("correction"),
                Field::Noise => f.write_str("noise"),
                Field::Warmup => f.write_str("warmup"),
                Field::WarmupSeconds => f.write_str("warmup-seconds"),
                Field::WarmupAt => f.write_str("warmup-at"),
            },
            Self::LimitsReset => f.write_str("limits-reset"),
            Self::ExportThresholds => f.write_str("export-thresholds"),
            Self::Settings(open) => write!(f, "settings {open}"),
            Self::Share(open) => write!(f, "share {open}"),
            Self::HideNames => f.write_str("hide-names"),
            Self::KeepNames => f.write_str("keep-names"),
            Self::TimeSeries => f.write_str("time-series"),
            Self::HoweverLong(on) => write!(f, "however-long {on}"),
            Self::Export(number) => write!(f, "export {number}"),
            Self::Issue => f.write_str("issue"),
            Self::Cancel(None) => f.write_str("cancel all"),
            Self::Cancel(Some(file)) => write!(f, "cancel {file}"),
            Self::SinglesAll => f.write_str("singles-all"),
            Self::Fetch => f.write_str("fetch"),
            Self::FetchCancel => f.write_str("fetch-cancel"),
        }
    }
}

impl FromStr for Action {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut words = text.splitn(3, ' ');
        let (name, first, second) =
            (words.next().unwrap_or_default(), words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let role = || role_of(first).ok_or(());
        let on = || first.parse::<bool>().map_err(drop);
        let number = |word: &str| word.parse::<usize>().map_err(drop);
        let id = || first.parse::<u32>().map_err(drop);
        Ok(match name {
            "compare" => Self::Compare,
            "trend" => Self::Trend,
            "trend-close" => Self::TrendClose,
            "swap" => Self::Swap,
            "start-over" => Self::StartOver,
            "undo" => Self::Undo,
            "open-kept" if is_key(first) => Self::OpenKept(first.to_owned()),
            "forget" if first == "all" => Self::Forget(None),
            "forget" if is_key(first) => Self::Forget(Some(first.to_owned())),
            "label" => Self::Label(role()?),
            "sample" => Self::Sample,
            "clear" => Self::Clear(role()?),
            "answer" => Self::Answer(role_of(first)),
            "repeat" => Self::Repeat(role()?),
            "earlier" => Self::Earlier,
            "place" => Self::Place(number(first)?),
            "assign" => Self::Assign,
            "assign-cancel" => Self::AssignCancel,
            "all-parts" => Self::AllParts(role()?, second.parse().map_err(drop)?),
            "remove-execution" => Self::RemoveExecution(role()?, number(second)?),
            "remove-earlier" => Self::RemoveEarlier(number(first)?),
            "merge" => Self::Merge(role()?),
            "repeats" => Self::Repeats(role()?),
            "split" => Self::Split(role()?),
            "keep" => Self::Keep(role()?, number(second)?),
            "dismiss" => Self::Dismiss(id()?),
            "profile" => Self::Profile(first.to_owned()),
            "limit" => Self::Move(Field::Limit(number(first)?)),
            "judge-percentile" => Self::Move(Field::Percentile),
            "gate" => Self::Move(Field::Gate),
            "confidence" => Self::Move(Field::Confidence),
            "correction" => Self::Move(Field::Correction),
            "noise" => Self::Move(Field::Noise),
            "warmup" => Self::Move(Field::Warmup),
            "warmup-seconds" => Self::Move(Field::WarmupSeconds),
            "limits-reset" => Self::LimitsReset,
            "warmup-at" => Self::Move(Field::WarmupAt),
            "export-thresholds" => Self::ExportThresholds,
            "settings" => Self::Settings(on()?),
            "share" => Self::Share(on()?),
            "hide-names" => Self::HideNames,
            "keep-names" => Self::KeepNames,
            "time-series" => Self::TimeSeries,
            "however-long" => Self::HoweverLong(on()?),
            "export" => Self::Export(number(first)?),
            "issue" => Self::Issue,
            "cancel" if first == "all" => Self::Cancel(None),
            "cancel" => Self::Cancel(Some(id()?)),
            "singles-all" => Self::SinglesAll,
            "fetch" => Self::Fetch,
            "fetch-cancel" => Self::FetchCancel,
            _ => Self::Report(text.parse::<Act>().map_err(|_| ())?),
        })
    }
}
