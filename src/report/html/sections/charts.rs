//! The charts of an endpoint: response times by percentile and as a whole, and what there is over time.

use std::fmt::{Result, Write};

use super::super::act::Act;
use super::super::escape::Text;
use super::Live;
use super::figure::{Drawn, Extras, drawn, figure_with};
use crate::chart::{self, Chart, Over, Size};
use crate::compare::{Comparison, Exploration, Subject};
use crate::report::view;
use crate::run::{Metric, Run};

/// Charts beside each other; more are folded.
const BESIDE: usize = 3;
/// One of three charts side by side.
const THIRD: Size = Size { width: 384, narrow: false };

/// A chart to be shown: its title, the drawing, and markup beside the title and below the drawing.
struct Shown {
    title: String,
    drawn: Drawn,
    beside: String,
    below: String,
}

impl Shown {
    fn plain(title: &str, drawn: Option<Drawn>) -> Option<Self> {
        Some(Self { title: title.to_owned(), drawn: drawn?, beside: String::new(), below: String::new() })
    }
}

/// The charts of a subject, those of the metric that decided first: `plotted` has those of percentiles, `explored` all
/// others. Names of tables end in `of`.
pub(super) fn charts(
    out: &mut String,
    c: &Comparison,
    (subject, shown): (&Subject, &view::Shown<'_>),
    live: Option<&Live>,
    (plotted, of, explored): (bool, &str, Option<&Exploration>),
) -> Result {
    let third = |title, draw: &dyn Fn(Size) -> Option<Chart>| Shown::plain(title, drawn(live, THIRD, draw));
    let mut all = Vec::new();
    if plotted {
        all.extend(third("Response time by percentile", &|size| chart::percentile_plot(subject, size)));
    }
    if let Some(explored) = explored {
        let limit = view::shift_limit(subject);
        all.extend(over_time(c, subject, live));
        let shift = third("Change by percentile", &|size| chart::shift_plot(subject, explored, limit, size));
        all.splice(all.len().min(2)..all.len().min(2), shift);
        let decided = shown.row.map(|row| &row.metric);
        let first = match decided {
            Some(Metric::ErrorRate) => all.iter().position(|chart| chart.title.starts_with("Failed")),
            Some(Metric::Rps) => all.iter().position(|chart| chart.title.starts_with("Requests")),
            _ => None,
        };
        if let Some(first) = first {
            let chart = all.remove(first);
            all.insert(0, chart);
        }
        // What takes room, of the endpoint that is open on the page.
        if live.is_some() {
            all.extend(third("Share of requests by response time", &|size| chart::ecdf(subject, size)));
            all.extend(third("Response times over time", &|size| chart::heatmap(c, subject, size)));
        }
    }
    if all.is_empty() {
        return Ok(());
    }
    let (first, more) = all.split_at(all.len().min(BESIDE));
    row_of_charts(out, first, of)?;
    if !more.is_empty() {
        let count = more.len();
        writeln!(
            out,
            "<details class=\"more charts-more\"><summary>More charts <span class=\"sub\">({count})</span></summary>"
        )?;
        row_of_charts(out, more, of)?;
        writeln!(out, "</details>")?;
    }
    Ok(())
}

fn row_of_charts(out: &mut String, charts: &[Shown], of: &str) -> Result {
    writeln!(out, "<div class=\"charts\">")?;
    for Shown { title, drawn, beside, below } in charts {
        let extras = Extras { beside, below, link: &|_| String::new() };
        figure_with(out, &format!("{title}{of}"), title, drawn, &extras)?;
    }
    writeln!(out, "</div>")
}

/// Response time, throughput, errors and users over time.
fn over_time(c: &Comparison, subject: &Subject, live: Option<&Live>) -> Vec<Shown> {
    let mut all = Vec::new();
    let over = |s: &Subject, what| drawn(live, THIRD, |size| chart::time_overlay(c, s, what, size));
    // Many tools know the history of the whole run alone: it says at least whether the run was steady. The file has it
    // with the total.
    let total = c.total().filter(|_| live.is_some());
    let own_or_total = |what| match (over(subject, what), total) {
        (None, Some(total)) => (", all requests", over(total, what)),
        (own, _) => ("", own),
    };
    let wanted = live.and_then(|live| live.over).map_or(Over::Latency, Over::Percentile);
    let of = if over(subject, Over::Latency).is_some() { subject } else { total.unwrap_or(subject) };
    let choices = chart::latencies_over_time(c, of);
    let latency = if choices.contains(&wanted) { wanted } else { Over::Latency };
    for what in [latency, Over::Throughput, Over::Errors, Over::Users] {
        // The file, which is to stay small, has the number of users in its facts.
        if what == Over::Users && live.is_none() {
            continue;
        }
        let (whole, Some(drawn)) = own_or_total(what) else { continue };
        let (mut beside, mut below) = (String::new(), String::new());
        if what == latency && live.is_some() {
            beside = choice(&choices, latency);
            below = warmup(c);
        }
        all.push(Shown { title: format!("{} over time{whole}", name(what)), drawn, beside, below });
    }
    all
}

fn name(what: Over) -> String {
    match what {
        Over::Latency => "Mean response time".to_owned(),
        Over::Percentile(p) => format!("p{p} response time"),
        Over::Throughput => "Requests per second".to_owned(),
        Over::Errors => "Failed requests".to_owned(),
        Over::Users => "Users".to_owned(),
    }
}

/// Buttons for the mean and the percentiles; nothing where the mean is all there is.
fn choice(choices: &[Over], chosen: Over) -> String {
    if choices.len() < 2 {
        return String::new();
    }
    let buttons: String = choices
        .iter()
        .map(|what| {
            let (act, label) = match what {
                Over::Percentile(p) => (Act::Over(Some(*p)), format!("p{p}")),
                _ => (Act::Over(None), "mean".to_owned()),
            };
            format!("<button type=\"button\" data-do=\"{act}\" aria-pressed=\"{}\">{label}</button>", *what == chosen)
        })
        .collect();
    format!("<span class=\"choice\" role=\"group\" aria-label=\"Response time over time\">{buttons}</span>")
}

/// The end of the warm-up, to be moved where both runs know their course.
fn warmup(c: &Comparison) -> String {
    let length = |run: &Run| {
        let left_out_s = run.left_out_s.unwrap_or(0);
        Some(run.timeline.as_ref()?.duration_s()? + f64::from(left_out_s))
    };
    let Some(shorter) = length(&c.baseline).zip(length(&c.run)).map(|(baseline, run)| baseline.min(run)) else {
        return String::new();
    };
    // More than half of a run is no warm-up: see `compare::warmup`.
    let most = (shorter / 2.0) as u32;
    if most == 0 {
        return String::new();
    }
    let now = c.baseline.left_out_s.max(c.run.left_out_s).unwrap_or(0);
    let length = crate::number::duration_s(f64::from(now));
    let text = if now == 0 { "nothing" } else { &length };
    format!(
        "<div class=\"warmup\"><input type=\"range\" id=\"warmup-at\" min=\"0\" max=\"{most}\" step=\"{}\" \
         value=\"{}\" data-set=\"warmup-at\" data-late aria-valuetext=\"{}\" aria-label=\"Leave out as warm-up, seconds \
         from the start of both runs\"><span>Left out of the figures as warm-up: <output for=\"warmup-at\">{}</output></span></div>",
        (most / 200).max(1),
        now.min(most),
        Text(&length),
        Text(text)
    )
}
