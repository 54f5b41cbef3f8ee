//! What changed: one line per endpoint, baseline to run, in one metric.

use std::fmt::{self, Write};

use super::super::act::Act;
use super::super::escape::Text;
use super::figure::{Extras, drawn, figure_with};
use super::parts::{CHOICES, OTHER_METRICS, link_button, metric_options, written};
use super::{Live, percentile};
use crate::chart::{self, Size};
use crate::compare::{Comparison, Scope};
use crate::number;
use crate::report::{band, view};
use crate::run::Metric;

/// Maximum endpoints of the chart in the file.
const FILE: usize = 30;
/// Maximum endpoints of the chart on the page, until all are asked for.
const FIRST: usize = 12;
/// Attributes of the link from a row to the endpoint's details.
fn link(c: &Comparison, subject: usize, live: Option<&Live>) -> String {
    match (live, c.subjects.get(subject)) {
        (Some(_), Some(of)) => {
            let key = view::key(of);
            format!("href=\"#row-{key}\" data-do=\"row {key}\"")
        }
        _ => format!("href=\"#e{subject}\""),
    }
}

/// The chart of changes. The file has none where no endpoint has the metric on both sides.
#[must_use]
pub fn changes(c: &Comparison, live: Option<&Live>) -> String {
    let percentile = percentile(c, live);
    let chosen = live.and_then(|live| live.changes_of.clone());
    let metric = chosen.unwrap_or_else(|| band::first_metric(c, percentile));
    let most = match live {
        None => FILE,
        Some(live) if live.all_changes => usize::MAX,
        Some(_) => FIRST,
    };
    let drawn = drawn(live, Size::WIDE, |size| chart::dumbbell(c, &metric, most, size));
    if drawn.is_none() && live.is_none() {
        return String::new();
    }
    let all = c.subjects.iter().filter(|s| s.scope != Scope::Total).count();
    let shown = drawn.as_ref().map_or(0, |drawn| drawn.chart.table.1.len());
    let what = match shown {
        0 => String::new(),
        _ if shown == all => "of every endpoint, most severe first".to_owned(),
        1 => "of the endpoint that has it on both sides".to_owned(),
        _ if shown == most => format!("of the {shown} most severe of {} endpoints", number::count(all as u64)),
        _ => format!("of the {shown} endpoints that have it on both sides, most severe first"),
    };
    written(|out| {
        write!(
            out,
            "<section class=\"panel changed\" id=\"changes\" aria-labelledby=\"changes-title\">\n\
             <h2 id=\"changes-title\">What changed <span class=\"sub\">"
        )?;
        match live {
            Some(_) => choice_of_metric(out, &metric)?,
            None => write!(out, "{}", Text(&metric.title()))?,
        }
        write!(out, " {what}</span>")?;
        writeln!(out, "</h2>")?;
        match &drawn {
            Some(drawn) => {
                let extras = Extras { link: &|subject| link(c, subject, live), ..Extras::NONE };
                figure_with(out, "What changed", "", drawn, &extras)?;
            }
            None => writeln!(out, "<p class=\"muted\">No endpoint has {} on both sides.</p>", Text(&missing(&metric)))?,
        }
        if let Some(live) = live {
            if live.all_changes && shown > FIRST {
                let label = format!("Show the first {FIRST}");
                writeln!(out, "<p class=\"rest\">{}</p>", link_button(&Act::ChangesAll, label))?;
            } else if shown == most && shown < all {
                writeln!(out, "<p class=\"rest\">{}</p>", link_button(&Act::ChangesAll, "Show all"))?;
            }
        }
        writeln!(out, "</section>")
    })
}

/// The metric that is drawn, to be chosen.
fn choice_of_metric(out: &mut String, drawn: &Metric) -> fmt::Result {
    let choices: Vec<Metric> = CHOICES.into_iter().map(Metric::Latency).chain(OTHER_METRICS).collect();
    write!(out, "<select id=\"changes-of\" data-set=\"changes\" aria-label=\"Metric of the chart\">")?;
    metric_options(out, &choices, Some(drawn), "")?;
    write!(out, "</select>")
}

/// `a p95`, `an error rate`: what no endpoint has.
fn missing(metric: &Metric) -> String {
    match metric {
        Metric::ErrorRate => "an error rate".to_owned(),
        Metric::Rps => "a throughput".to_owned(),
        _ => format!("a {}", metric.title()),
    }
}
