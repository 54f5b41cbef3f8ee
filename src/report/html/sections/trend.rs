//! A history of runs: what is broken since when, a chart of a metric over the runs, and the table of all metrics.

use std::collections::BTreeSet;
use std::fmt::{Result, Write};

use super::super::escape::{Name, Text};
use super::Live;
use super::figure::{drawn, figure};
use super::parts::{CLOSE_TABLE, open_table, written};
use crate::chart::{self, Size};
use crate::history::{History, State, Trend};
use crate::number;

/// Charts of the file: the worst metric of as many endpoints.
const FILE_CHARTS: usize = 12;
/// Rows of the table on the page, and in the file.
const PAGE_ROWS: usize = 25;
const FILE_ROWS: usize = 1_000;
/// Metrics to choose from on the page.
const CHOICES: usize = 2_000;
/// Lines with a mistake that are listed.
const TROUBLES: usize = 25;

/// What of a trend the page shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Chosen {
    /// Whether charts are drawn for a phone.
    pub narrow: bool,
    /// The trend that is drawn, as an index.
    pub trend: usize,
}

/// The trends of a history, the worst first. The page draws the one that is chosen, the file the worst.
#[must_use]
pub fn trend(history: &History, trends: &[Trend], chosen: Option<&Chosen>) -> String {
    let runs = history.runs.len();
    let span = match runs.checked_sub(1) {
        Some(last) => format!("{}, {} to {}", several(runs, "run"), history.day(0), history.day(last)),
        None => several(runs, "run"),
    };
    let live = chosen.map(|chosen| Live { narrow: chosen.narrow, ..Live::default() });
    written(|out| {
        writeln!(
            out,
            "<section class=\"panel trend\" id=\"trend\" aria-labelledby=\"trend-title\">\n\
             <h2 id=\"trend-title\">Trend <span class=\"sub\">{}: {span}</span></h2>\n<p class=\"lead\">{}</p>",
            Name(&history.name),
            Text(&outcome(history, trends))
        )?;
        match chosen {
            Some(chosen) => {
                choice(out, history, trends, chosen.trend)?;
                draw(out, history, trends.get(chosen.trend), live.as_ref())?;
                table(out, history, trends, PAGE_ROWS)?;
            }
            None => {
                table(out, history, trends, FILE_ROWS)?;
                worst_by_endpoint(trends).try_for_each(|trend| draw(out, history, Some(trend), None))?;
            }
        }
        troubles(out, history)?;
        writeln!(out, "</section>")
    })
}

/// The worst metric of each endpoint, for the charts of the file.
fn worst_by_endpoint(trends: &[Trend]) -> impl Iterator<Item = &Trend> {
    let mut drawn = BTreeSet::new();
    trends.iter().filter(move |trend| drawn.insert(trend.subject)).take(FILE_CHARTS)
}

fn several(count: usize, noun: &str) -> String {
    format!("{} {noun}{}", number::count(count as u64), if count == 1 { "" } else { "s" })
}

/// What a history comes to, in one or two sentences.
#[must_use]
pub fn outcome(history: &History, trends: &[Trend]) -> String {
    let count = |is: fn(State) -> bool| trends.iter().filter(|trend| is(trend.state)).count();
    let broken = count(|state| matches!(state, State::Broken { .. }));
    let suspected = count(|state| matches!(state, State::Suspected { .. }));
    let worst = trends.first().filter(|_| broken + suspected > 0);
    let of = several(trends.len(), "metric");
    let Some((worst, since)) = worst.and_then(|worst| Some((worst, worst.state.since()?))) else {
        let few = trends.iter().all(|trend| trend.state == State::TooFew);
        return if few && !trends.is_empty() {
            "There are too few runs to find a change: at least 5 are needed.".to_owned()
        } else {
            format!("None of {of} is worse than its last good level.")
        };
    };
    let also = if suspected > 0 { format!(", {suspected} suspected") } else { String::new() };
    let size = worst.change_text().map(|change| format!(" ({change})")).unwrap_or_default();
    format!(
        "{broken} of {of} {} broken{also}. The worst: {}{size} since {}{}.",
        if broken == 1 { "is" } else { "are" },
        name(history, worst),
        history.run_name(since),
        if matches!(worst.state, State::Broken { .. }) { ", confirmed" } else { ", not confirmed yet" }
    )
}

/// `p95 of POST /chat`.
#[must_use]
pub fn name(history: &History, trend: &Trend) -> String {
    let subject = history.subjects.get(trend.subject).map(crate::history::read::Subject::label).unwrap_or_default();
    format!("{} of {}", trend.metric.title(), crate::run::shown(&subject))
}

fn choice(out: &mut String, history: &History, trends: &[Trend], chosen: usize) -> Result {
    write!(out, "<p class=\"pick\"><label>Metric <select id=\"trend-of\" data-set=\"trend\">")?;
    for (index, trend) in trends.iter().enumerate().take(CHOICES) {
        let selected = if index == chosen { " selected" } else { "" };
        let text = format!("{}: {}", name(history, trend), trend.state.word());
        write!(out, "<option value=\"{index}\"{selected}>{}</option>", Text(&text))?;
    }
    writeln!(out, "</select></label></p>")
}

fn draw(out: &mut String, history: &History, trend: Option<&Trend>, live: Option<&Live>) -> Result {
    let Some(trend) = trend else { return Ok(()) };
    match drawn(live, Size::WIDE, |size| chart::trend(history, trend, size)) {
        Some(drawn) => {
            let name = name(history, trend);
            let caption = if live.is_some() { "" } else { name.as_str() };
            figure(out, &format!("Trend of {name}"), caption, &drawn)
        }
        None => Ok(()),
    }
}

fn table(out: &mut String, history: &History, trends: &[Trend], most: usize) -> Result {
    open_table(out, "figures", "Metrics of the history, the worst first")?;
    write!(out, "<thead><tr>")?;
    for head in ["Metric", "State", "Since"] {
        write!(out, "<th scope=\"col\">{head}</th>")?;
    }
    for head in ["Before", "Now", "Change", "Noise"] {
        write!(out, "<th scope=\"col\" class=\"n\">{head}</th>")?;
    }
    writeln!(out, "</tr></thead>\n<tbody>")?;
    for trend in trends.iter().take(most) {
        let (tone, sign) = tone(trend.state);
        let since = trend.state.since().map_or_else(|| "–".to_owned(), |since| history.run_name(since));
        let levels = trend.state.since().and_then(|_| trend.compared());
        let now = trend.segments.last().map(|level| trend.figure(level.mean)).unwrap_or_default();
        let noise = trend.good_level().and_then(|level| level.noise_pct);
        write!(
            out,
            "<tr><th scope=\"row\">{}</th><td><span class=\"badge tone-{tone}\"><i aria-hidden=\"true\">{sign}</i> \
             {}</span></td><td>{}</td>",
            Name(&name(history, trend)),
            trend.state.word(),
            Text(&since)
        )?;
        let none = || "–".to_owned();
        for cell in [
            levels.map_or_else(none, |(before, _)| trend.figure(before.mean)),
            now,
            levels.and_then(|_| trend.change_text()).unwrap_or_else(none),
            noise.map_or_else(none, number::percent),
        ] {
            write!(out, "<td class=\"n\">{}</td>", Text(&cell))?;
        }
        writeln!(out, "</tr>")?;
    }
    out.push_str(CLOSE_TABLE);
    let more = trends.len().saturating_sub(most);
    if more > 0 {
        let instead = if most == PAGE_ROWS { " Choose them above." } else { "" };
        writeln!(out, "<p class=\"muted\">{} not listed.{instead}</p>", several(more, "more metric"))?;
    }
    Ok(())
}

/// Tone and sign of a state.
fn tone(state: State) -> (&'static str, &'static str) {
    match state {
        State::Broken { .. } => ("critical", "▲"),
        State::Suspected { .. } => ("warning", "△"),
        State::Improved { .. } => ("improved", "▼"),
        State::Steady => ("pass", "✓"),
        State::TooFew => ("unknown", "?"),
    }
}

fn troubles(out: &mut String, history: &History) -> Result {
    if history.troubles.is_empty() {
        return Ok(());
    }
    writeln!(out, "<h3>Lines of the file</h3>\n<ul class=\"notes\">")?;
    for trouble in history.troubles.iter().take(TROUBLES) {
        writeln!(out, "<li class=\"warning\"><span>{}</span></li>", Text(&trouble.to_string()))?;
    }
    writeln!(out, "</ul>")
}
