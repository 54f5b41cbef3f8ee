//! The stages of a progressive load in words and figures, for every report.

use crate::compare::{Comparison, Curve, Held, Level, Limits, Shift, StagedRun, Stages};
use crate::number;
use crate::run::stages::Stage;

use super::words::NONE;

/// The columns beside the number of users.
pub const COLUMNS: [&str; 4] = ["Requests/s", "Mean", "p95", "Failed"];

/// One level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// `40`.
    pub users: String,
    /// By [`COLUMNS`].
    pub cells: [Cell; 4],
}

/// A figure of both runs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cell {
    /// The baseline's figure.
    pub baseline: String,
    /// The run's figure.
    pub run: String,
    /// The change; empty if it is unknown.
    pub change: String,
    /// Its 95 % interval; empty if it is unknown.
    pub interval: String,
    /// Whether the interval excludes no change.
    pub is_clear: bool,
}

/// The stages of a comparison, if it has any.
#[must_use]
pub fn of(c: &Comparison) -> Option<&Stages> {
    c.stages.as_deref()
}

/// Every level, by users.
#[must_use]
pub fn lines(stages: &Stages) -> Vec<Line> {
    stages.levels.iter().map(line).collect()
}

fn line(level: &Level) -> Line {
    let sides = [level.baseline.as_ref(), level.run.as_ref()];
    let cell = |figure: fn(&Stage) -> Option<String>, shift: Option<Shift>| {
        let [baseline, run] = sides.map(|stage| stage.and_then(figure).unwrap_or_else(|| NONE.into()));
        let between = shift.and_then(|shift| shift.between);
        Cell {
            baseline,
            run,
            change: shift.map(|shift| number::percent_change(shift.pct)).unwrap_or_default(),
            interval: between
                .and_then(|b| number::change_range(Some(b.lower), Some(b.upper), " %"))
                .unwrap_or_default(),
            is_clear: between.is_some_and(|b| b.lower > 0.0 || b.upper < 0.0),
        }
    };
    let failed = match sides.map(|stage| stage.and_then(Stage::error_pct)) {
        [Some(b), Some(r)] if b != r => number::points_change(r - b),
        _ => String::new(),
    };
    Line {
        users: number::count(level.users),
        cells: [
            cell(|stage| Some(number::rate(stage.per_s())), level.per_s),
            cell(|stage| stage.mean_ms.map(number::latency_ms), level.mean),
            cell(|stage| stage.percentiles?.p95_ms.map(number::latency_ms), level.p95),
            Cell { change: failed, ..cell(|stage| stage.error_pct().map(number::percent), None) },
        ],
    }
}

/// To how many users each run holds: a figure and its interval.
#[must_use]
pub fn holds(stages: &Stages) -> [(String, String); 2] {
    [&stages.baseline.held, &stages.run.held].map(held)
}

/// `1 user`, `40 users`.
fn of_users(n: u64) -> String {
    format!("{} user{}", number::count(n), if n == 1 { "" } else { "s" })
}

fn held(held: &Held) -> (String, String) {
    let Some((lowest, highest)) = held.levels else { return ("no stages".into(), String::new()) };
    let users = number::count;
    let figure = match held.users {
        None => format!("fewer than {}", of_users(lowest)),
        Some(n) if n == highest => format!("at least {}", of_users(n)),
        Some(n) => of_users(n),
    };
    let between = match (held.surely, held.not) {
        (Some(low), Some(not)) => format!("between {} and {}", users(low), users(not)),
        (None, Some(not)) if held.users.is_none() && not == lowest => "the lowest level".to_owned(),
        (None, Some(not)) => format!("below {}", users(not)),
        (Some(low), None) if low == highest => "the highest level".to_owned(),
        (Some(low), None) => format!("at least {}", users(low)),
        (None, None) => "not sure at any level".to_owned(),
    };
    (figure, between)
}

/// Both runs in one sentence, without markup.
#[must_use]
pub fn holds_text(stages: &Stages) -> String {
    let [baseline, run] = holds(stages).map(|(figure, between)| match between.as_str() {
        "" => figure,
        between => format!("{figure} ({between})"),
    });
    format!("{baseline} in the baseline, {run} in the run")
}

/// What a level must keep to hold.
#[must_use]
pub fn limits(limits: &Limits) -> String {
    let errors = format!(
        "at most {} of its requests fail{}",
        number::percent(limits.error_pct),
        if limits.error_by_rule { " (thresholds)" } else { "" }
    );
    let mean = limits.mean_ms.map(|ms| match limits.mean_from {
        Some(users) => {
            format!("its mean response time is at most {}, twice that at {}", number::latency_ms(ms), of_users(users))
        }
        None => format!("its mean response time is at most {} (thresholds)", number::latency_ms(ms)),
    });
    let p95 = limits.p95_ms.map(|ms| {
        let unknown = if limits.p95_unknown { ", not checked where it is unknown" } else { "" };
        format!("its p95 is at most {} (thresholds{unknown})", number::latency_ms(ms))
    });
    let all: Vec<String> = std::iter::once(errors).chain(mean).chain(p95).collect();
    format!("A run holds to the highest level at which, as at every lower one, {}.", all.join(" and "))
}

/// The fitted law of a run.
#[must_use]
pub fn law(side: &StagedRun) -> String {
    let Some(Curve { law, knee, knee_between, is_beyond }) = side.curve else {
        return "No curve: it takes four levels with successful requests.".into();
    };
    let coefficient = |v: f64| crate::run::significant(if v < 1e-9 { 0.0 } else { v }, 3).to_string();
    let parameters =
        format!("λ {} /s, σ {}, κ {}", number::rate(law.lambda), coefficient(law.sigma), coefficient(law.kappa));
    let users = |n: f64| number::count(libm::round(n.clamp(0.0, 1e15)) as u64);
    let Some(knee) = knee else {
        return format!("No knee, throughput does not fall; {parameters}");
    };
    let between = match (knee_between.lower, knee_between.upper) {
        (Some(low), Some(high)) => format!(" (95\u{a0}%: {} to {})", users(low), users(high)),
        (Some(low), None) => format!(" (95\u{a0}%: at least {})", users(low)),
        (None, Some(high)) => format!(" (95\u{a0}%: at most {})", users(high)),
        (None, None) => String::new(),
    };
    let beyond = if is_beyond { ", beyond the highest level" } else { "" };
    format!(
        "Largest throughput {} /s at {} users{between}{beyond}; {parameters}",
        number::rate(law.per_s(knee)),
        users(knee)
    )
}

/// What to know beside the figures: levels on one side only, and what is outside of the stages.
#[must_use]
pub fn remarks(stages: &Stages) -> Vec<String> {
    let mut remarks = Vec::new();
    type Of = fn(&Level) -> bool;
    let only: [(&str, Of); 2] = [("baseline", |level| level.run.is_none()), ("run", |level| level.baseline.is_none())];
    for (name, is_alone) in only {
        let users: Vec<String> =
            stages.levels.iter().filter(|level| is_alone(level)).map(|level| number::count(level.users)).collect();
        if !users.is_empty() {
            remarks.push(format!("Only in the {name}: {} users.", users.join(", ")));
        }
    }
    let outside = |side: &StagedRun| format!("{} of {}", number::count(side.outside), number::count(side.requests));
    remarks.push(format!(
        "Outside of the stages, on ramps between them: {} requests in the baseline, {} in the run.",
        outside(&stages.baseline),
        outside(&stages.run)
    ));
    let all = || stages.levels.iter().flat_map(|level| level.baseline.iter().chain(&level.run));
    if all().any(|stage| stage.failures > 0) {
        remarks.push("Requests/s are successful requests.".into());
    }
    if all().any(|stage| stage.percentiles.is_some_and(|p| p.windows)) {
        remarks.push("p95 is the median of the tool’s sliding windows within the stage.".into());
    }
    remarks
}
