//! `loaddiff calibrate`: from repeats of one program, how far equal runs differ, and the thresholds that follow.

mod advice;
mod measure;
mod repeats;
mod slowed;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{ArgMatches, Command};
use loaddiff::number;
use loaddiff::report::terminal;
use loaddiff::run::{Endpoint, Metric, Run};
use serde_json::{Value, json};

use crate::output::{Output, Shape};
use crate::{Failure, args, output};
use advice::{Advice, advice};
use measure::{Alarms, LEADS, Lead, METRICS, Noise, Seen, alarms, noise, seen};

/// Endpoints in the table.
const ROWS: usize = 20;

pub fn command() -> Command {
    let command = Command::new("calibrate")
        .about("Measure the noise between equal runs, and make thresholds from it")
        .arg(
            args::paths("files")
                .required(false)
                .required_unless_present("history")
                .help("Results of the same test of the same program, one run each: at least 5, better 20"),
        )
        .arg(
            args::path("history", "FILE")
                .long("history")
                .conflicts_with("files")
                .help("History of `loaddiff history add`: the runs of its last good level"),
        )
        .arg(args::format(["text", "json"]))
        .arg(args::path("output", "FILE").long("output").help("Write the thresholds to FILE, such as thresholds.toml"))
        .after_help(
            "The present thresholds are those of --policy or --profile; the new ones are made from them.\n\n\
             Example:\n  loaddiff calibrate nightly/*.jtl --output thresholds.toml",
        );
    args::with_thresholds(command)
}

pub fn run(matches: &ArgMatches) -> Result<ExitCode, Failure> {
    let to = matches.get_one::<PathBuf>("output");
    output::check_inputs(matches, &to.map(PathBuf::as_path).into_iter().collect::<Vec<_>>())?;
    let policy = args::thresholds(matches)?;
    let runs = repeats::given(matches)?;
    args::can_match(&runs, &policy)?;
    let lead = Lead::of(&runs).ok_or("the runs have no endpoint in common. Give repeats of one test.")?;
    let advice = advice(matches, &runs, &policy)?;
    args::can_match(&runs, &advice.policy)?;
    // Two are left out for each comparison.
    let by_history = (runs.len() >= repeats::FEWEST + 2).then(|| alarms(&runs, &policy, true));
    let found = Found {
        present: (alarms(&runs, &policy, false), seen(&runs, &lead, &policy)),
        by_history,
        new: (alarms(&runs, &advice.policy, false), seen(&runs, &lead, &advice.policy)),
        runs,
        lead,
        advice,
    };
    if let Some(path) = to {
        output::write_all(vec![Output { path: path.clone(), text: found.advice.text.clone() }])?;
        output::print_error(&format!("{}: written. Use it with --policy.", path.display()));
    }
    match matches.get_one::<String>("format").map(String::as_str) {
        Some("json") => output::print(&format!("{:#}\n", found.json()), Shape::Json)?,
        _ => output::print(&found.text(), Shape::Lines)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// What was measured.
struct Found {
    runs: Vec<Run>,
    lead: Lead,
    advice: Advice,
    present: (Alarms, Seen),
    by_history: Option<Alarms>,
    new: (Alarms, Seen),
}

impl Found {
    fn total(&self, metric: &Metric) -> Option<Noise> {
        noise(self.runs.iter().filter_map(|run| run.total.as_ref()), metric)
    }

    /// Label and noise of every endpoint of the first run.
    fn endpoints(&self) -> Vec<(&Endpoint, Vec<Option<Noise>>)> {
        let first = self.runs.first().into_iter().flat_map(|run| run.endpoints.iter());
        let each = |e: &Endpoint, metric: &Metric| {
            noise(self.runs.iter().filter_map(|run| run.endpoint(e.method.as_deref(), &e.name)), metric)
        };
        first.map(|e| (e, METRICS.iter().map(|metric| each(e, metric)).collect())).collect()
    }

    fn lead_name(&self) -> String {
        let first = self.runs.first().and_then(|run| self.lead.endpoint(run));
        match self.lead {
            Lead::Total => "all requests".into(),
            Lead::Endpoint(..) => first.map(Endpoint::shown).unwrap_or_default(),
        }
    }

    fn text(&self) -> String {
        let (runs, endpoints) = (self.runs.len() as u64, self.endpoints());
        let mut text = format!(
            "{} runs, {} endpoints\n\nNoise between equal runs: of 100 pairs, one is slower by more (standard deviation of \
             a run)\n",
            number::count(runs),
            number::count(endpoints.len() as u64)
        );
        let mut table: Vec<Vec<String>> =
            vec![std::iter::once(String::new()).chain(METRICS.iter().map(Metric::title)).collect()];
        let cell = |noise: &Option<Noise>| {
            noise.map_or_else(
                || "–".to_owned(),
                |n| format!("{} ({})", number::percent(n.floor_pct), number::percent(libm::expm1(n.deviation) * 100.0)),
            )
        };
        if self.runs.iter().any(|run| run.total.is_some()) {
            let all = METRICS.iter().map(|metric| cell(&self.total(metric)));
            table.push(std::iter::once("all requests".to_owned()).chain(all).collect());
        }
        for (endpoint, noises) in endpoints.iter().take(ROWS) {
            table.push(std::iter::once(endpoint.shown()).chain(noises.iter().map(cell)).collect());
        }
        text.push_str(&columns(&table));
        let more = endpoints.len().saturating_sub(ROWS);
        if more > 0 {
            text.push_str(&format!("… and {more} more: see them with --format json\n"));
        }
        let alarm = |a: &Alarms| {
            let none = if a.no_verdict > 0 { format!(", {} without verdict", a.no_verdict) } else { String::new() };
            format!("{} of {} pairs ({}){none}", a.failed, a.pairs, percent_of(a.failed, a.pairs))
        };
        let seen = |s: &Seen| {
            let size = |pct: Option<f64>| {
                pct.map_or_else(|| "above 200 %".to_owned(), |pct| format!("+{}", number::percent(pct)))
            };
            format!("{} (predicted {})", size(s.planted_pct), size(s.predicted_pct))
        };
        let mut table = vec![vec![
            String::new(),
            "false alarms, equal runs".into(),
            format!("seen in 80 %, slowdown of {}", self.lead_name()),
        ]];
        let present = &self.present.0;
        table.push(vec![
            "limits alone".into(),
            format!("{} of {} pairs ({})", present.beyond, present.pairs, percent_of(present.beyond, present.pairs)),
        ]);
        table.push(vec!["present thresholds".into(), alarm(present), seen(&self.present.1)]);
        if let Some(by_history) = &self.by_history {
            table.push(vec!["with --history".into(), alarm(by_history)]);
        }
        table.push(vec!["new thresholds".into(), alarm(&self.new.0), seen(&self.new.1)]);
        text.push_str(&format!(
            "\n{}\nNew thresholds: noise {}; {} {} raised.\n",
            columns(&table),
            number::percent(self.advice.noise_pct),
            self.advice.raised,
            if self.advice.raised == 1 { "limit" } else { "limits" }
        ));
        text
    }

    fn json(&self) -> Value {
        let of = |noise: &Option<Noise>| {
            noise.map(|n| {
                json!({
                    "noise_pct": n.floor_pct, "deviation_pct": libm::expm1(n.deviation) * 100.0,
                    "range_pct": n.range_pct, "runs": n.runs,
                })
            })
        };
        let named = |noises: &[Option<Noise>]| {
            let each = METRICS.iter().zip(noises).map(|(metric, noise)| (metric.to_string(), json!(of(noise))));
            Value::Object(each.collect())
        };
        let endpoints: Vec<Value> = self
            .endpoints()
            .iter()
            .map(|(e, noises)| json!({ "method": e.method, "name": e.name, "noise": named(noises) }))
            .collect();
        let alarms = |a: &Alarms| json!({ "pairs": a.pairs, "failed": a.failed, "no_verdict": a.no_verdict });
        let both = |(a, s): &(Alarms, Seen)| json!({ "false_alarms": alarms(a), "seen_pct": s.planted_pct, "predicted_pct": s.predicted_pct });
        let present = &self.present.0;
        json!({
            "schema": 1,
            "runs": self.runs.len(),
            "slowed": self.lead_name(),
            "leads": LEADS.map(|metric| metric.to_string()),
            "total": self.runs.iter().any(|r| r.total.is_some())
                .then(|| named(&METRICS.iter().map(|metric| self.total(metric)).collect::<Vec<_>>())),
            "endpoints": endpoints,
            "limits_alone": { "pairs": present.pairs, "beyond": present.beyond },
            "present": both(&self.present),
            "with_history": self.by_history.as_ref().map(alarms),
            "new": both(&self.new),
            "new_noise_pct": self.advice.noise_pct,
            "raised": self.advice.raised,
            "thresholds": self.advice.text,
        })
    }
}

fn percent_of(part: usize, all: usize) -> String {
    number::percent(part as f64 / all.max(1) as f64 * 100.0)
}

/// Rows in columns.
fn columns(rows: &[Vec<String>]) -> String {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| terminal::width(cell)).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..count).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let cells = row.iter().zip(&widths).map(|(cell, width)| {
            let room = " ".repeat(width.saturating_sub(terminal::width(cell)));
            format!("{cell}{room}")
        });
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}
