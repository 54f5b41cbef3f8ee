//! The HTML report of k6's web dashboard (`K6_WEB_DASHBOARD_EXPORT`, before 0.49 the extension xk6-dashboard).
//!
//! From xk6-dashboard's source (`dashboard/report.go`, `meter.go`): an element holds events as JSON lines, compressed
//! with gzip and encoded in base64. `metric` declares metrics. `snapshot` has the figures of one period, `cumulative`
//! those of the run: an array for each declared metric, in order of their names. Figures are truncated to five digits;
//! integers are exact. The extension's first reports held one object with `cumulative` and `snapshot` by name.

#![allow(clippy::indexing_slicing, reason = "a member that a JSON value does not have is null")]

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::error::{Error, Problem};
use super::super::field;
use super::super::gzip::{End, Unpacker};
use super::super::importer::{Descriptor, Format, How, Imported, Input, Sniff};
use super::super::json::{self, number};
use super::totals::{Figures, Totals, failures};
use crate::base64::base64_bytes;
use crate::order;
use crate::run::time::is_moment;
use crate::run::{Definition, Interval, Note, NoteLevel, Run, Timeline, Words};

pub(in super::super) const FORMAT: Descriptor = Descriptor {
    format: Format {
        id: "k6-dashboard",
        tool: "k6",
        title: "HTML report of the web dashboard",
        command: "k6 run --out web-dashboard=export=report.html script.js",
        percentiles: Some(Definition::Linear),
        endings: &[],
    },
    recognise,
    read: How::Whole(read),
};

const FIVE_DIGITS: Words = Words {
    code: "cut-to-five-digits",
    level: NoteLevel::Info,
    text: "k6's dashboard cuts figures to five digits. Where the number of failed requests does not follow from their \
           rate, the rate alone is known.",
};

/// Maximum bytes of unpacked events: twice those of a day at one per second.
const MAX_EVENT_BYTES: usize = 64 << 20;

/// Maximum metrics of a run. k6 itself warns far below.
const MAX_METRICS: usize = 100_000;

const ELEMENT: &str = "<script id=\"data\" type=\"application/json; charset=utf-8; gzip; base64\">";

fn recognise(sniff: &Sniff<'_>) -> Option<String> {
    (sniff.text.starts_with('<') && sniff.text.contains(ELEMENT)).then(|| format!("HTML with {ELEMENT}"))
}

fn read(input: &Input<'_>) -> Result<Imported, Error> {
    let text = unpacked(input)?;
    let mut report = Report::default();
    // One object over several lines, in the oldest reports.
    if text.trim_start().starts_with("{\"cumulative\"") {
        let mut late = None;
        json::members(input.name, &text, &mut |key, value| {
            match key {
                "snapshot" => value.as_array().into_iter().flatten().for_each(|data| report.snapshot(data)),
                "cumulative" => late = Some(value),
                key => report.event(key, &value),
            }
            Ok(())
        })?;
        late.iter().for_each(|data| report.event("cumulative", data));
    } else {
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            let event = json::values(input.name, line)?;
            report.event(event["event"].as_str().unwrap_or_default(), &event["data"]);
            if report.metrics.len() > MAX_METRICS {
                return Err(Error::new(input.name, Problem::TooMany { what: "metrics", limit: MAX_METRICS }).at(1, 1));
            }
        }
    }
    report.imported(input)
}

/// The unpacked content of the element.
fn unpacked(input: &Input<'_>) -> Result<String, Error> {
    let bad = |detail: &str| Error::new(input.name, Problem::BadArchive { detail: detail.to_owned() }).at(1, 1);
    let element = input.text.split_once(ELEMENT).map(|(_, rest)| rest).unwrap_or_default();
    let (packed, _) = element.split_once("</script>").ok_or_else(|| bad("the file ends before it does"))?;
    let packed = base64_bytes(packed).ok_or_else(|| bad("it is no base64"))?;
    let (mut unpacker, mut bytes) = (Unpacker::new(), Vec::new());
    let done = unpacker.push(&packed, |more| {
        bytes.extend_from_slice(more);
        if bytes.len() <= MAX_EVENT_BYTES { Ok(()) } else { Err(Problem::TooLarge { limit: MAX_EVENT_BYTES }) }
    });
    match done {
        Err(detail) => return Err(bad(&detail)),
        Ok(Err(problem)) => return Err(Error::new(input.name, problem).at(1, 1)),
        Ok(Ok(())) => {}
    }
    match unpacker.finish() {
        (_, End::Whole) => String::from_utf8(bytes).map_err(|_| bad("it holds no text")),
        _ => Err(bad("it ends early")),
    }
}

#[derive(Default)]
struct Report {
    /// Type of each declared metric, in the order of the figures.
    metrics: BTreeMap<String, String>,
    /// Names of the figures by metric type.
    aggregates: BTreeMap<String, Vec<String>>,
    start_ms: Option<f64>,
    stop_ms: Option<f64>,
    period_s: Option<f64>,
    intervals: Vec<Interval>,
    users: Option<u64>,
    totals: Totals,
    is_whole: bool,
}

impl Report {
    fn event(&mut self, event: &str, data: &Value) {
        let moment = |data: &Value| number(&data[0][0]).filter(|ms| is_moment(*ms as i64));
        match event {
            "param" => {
                self.period_s = number(&data["period"]).map(|ms| ms / 1000.0).filter(|s| *s >= 1.0);
                for (kind, names) in data["aggregates"].as_object().into_iter().flatten() {
                    let names = names.as_array().into_iter().flatten();
                    let names = names.filter_map(|name| name.as_str().map(str::to_owned)).collect();
                    self.aggregates.insert(kind.clone(), names);
                }
            }
            "metric" => {
                for (name, metric) in data.as_object().into_iter().flatten() {
                    self.metrics.insert(name.clone(), metric["type"].as_str().unwrap_or_default().to_owned());
                }
            }
            "start" => self.start_ms = self.start_ms.or_else(|| moment(data)),
            "stop" => self.stop_ms = moment(data),
            "snapshot" => self.snapshot(data),
            // Failed thresholds, at the end.
            "threshold" => {
                for (metric, conditions) in data.as_object().into_iter().flatten() {
                    for condition in conditions.as_array().into_iter().flatten().filter_map(Value::as_str) {
                        self.totals.thresholds.add(metric, condition);
                    }
                }
            }
            "cumulative" => {
                self.is_whole = true;
                for (name, figures) in self.figures(data, |_| true) {
                    self.totals.put(&name, figures);
                }
            }
            _ => {}
        }
    }

    /// The figures of the metrics selected by `asked`.
    fn figures(&self, data: &Value, asked: impl Fn(&str) -> bool) -> Vec<(String, Figures)> {
        let named = |(name, figures): (&String, &Value)| {
            let figures = figures.as_object()?.iter().filter_map(|(key, value)| Some((key.clone(), number(value)?)));
            Some((name.clone(), order::map(figures)))
        };
        let placed = |((name, kind), figures): ((&String, &String), &Value)| {
            let default: &[&str] = match kind.as_str() {
                "trend" => &["avg", "max", "med", "min", "p(90)", "p(95)", "p(99)"],
                "counter" => &["count", "rate"],
                "rate" => &["rate"],
                _ => &["value"],
            };
            let declared = self.aggregates.get(kind).filter(|names| !names.is_empty());
            let keys = declared.cloned().unwrap_or_else(|| default.iter().map(|key| (*key).to_owned()).collect());
            let figures = keys.into_iter().zip(figures.as_array()?);
            let figures = order::map(figures.filter_map(|(key, value)| Some((key, number(value)?))));
            (!figures.is_empty()).then(|| (name.clone(), figures))
        };
        match data {
            Value::Object(members) => members.iter().filter(|(name, _)| asked(name)).filter_map(named).collect(),
            Value::Array(items) if items.len() == self.metrics.len() => {
                self.metrics.iter().zip(items).filter(|((name, _), _)| asked(name)).filter_map(placed).collect()
            }
            _ => Vec::new(),
        }
    }

    /// One period.
    fn snapshot(&mut self, data: &Value) {
        let read = ["time", "vus", "http_reqs", "http_req_duration", "http_req_failed"];
        let all = order::map(self.figures(data, |name| read.contains(&name)));
        let get = |metric: &str, key: &str| all.get(metric)?.get(key).copied();
        let whole = |metric: &str, key: &str| field::whole(get(metric, key)?).ok();
        let users = whole("vus", "value");
        self.users = self.users.max(users);
        let Some(time_ms) = get("time", "value").filter(|ms| is_moment(*ms as i64)) else { return };
        let end_s = libm::floor(time_ms / 1000.0) as i64;
        let requests = whole("http_reqs", "count").unwrap_or(0);
        let rate = get("http_req_failed", "rate").unwrap_or(0.0).min(1.0);
        // Beyond 100,000 requests per period, the number nearest to the rate.
        let failures = failures(rate, requests, true).unwrap_or(libm::round(rate * requests as f64) as u64);
        if let Some(last) = self.intervals.last_mut()
            && last.end_s >= end_s
        {
            // Two in one second.
            last.requests = last.requests.saturating_add(requests);
            last.failures = last.failures.saturating_add(failures);
            (last.mean_ms, last.window_p50_ms, last.window_p95_ms) = (None, None, None);
            return;
        }
        let start_s = match (self.intervals.last(), self.start_ms) {
            (Some(last), _) => last.end_s,
            (None, Some(start_ms)) => libm::floor(start_ms / 1000.0) as i64,
            (None, None) => end_s.saturating_sub(self.period_s.unwrap_or(1.0) as i64),
        };
        let ms = |key: &str| get("http_req_duration", key).filter(|_| requests > 0);
        self.intervals.push(Interval {
            end_s,
            length_s: u32::try_from(end_s.saturating_sub(start_s)).unwrap_or(1).max(1),
            requests,
            failures,
            mean_ms: ms("avg"),
            users,
            window_p50_ms: ms("med"),
            window_p95_ms: ms("p(95)"),
            ..Interval::default()
        });
    }

    fn imported(mut self, input: &Input<'_>) -> Result<Imported, Error> {
        if !self.is_whole {
            let detail = "there are no cumulative figures".to_owned();
            return Err(Error::new(input.name, Problem::BadJson { detail }).at(1, 1));
        }
        let span = self.start_ms.zip(self.stop_ms).filter(|(start, stop)| stop > start);
        let has_requests = self.intervals.iter().any(|interval| interval.requests > 0);
        let run = Run {
            started_ms: self.start_ms.map(|ms| ms as i64),
            duration_s: span.map(|(start, stop)| (stop - start) / 1000.0),
            users: self.users,
            timeline: has_requests.then(|| Timeline { intervals: self.intervals.into(), grid: None }),
            ..Run::default()
        };
        self.totals.cut_rates = true;
        self.totals.notes.push(Note::say(input.name, &FIVE_DIGITS, []));
        self.totals.imported(input, run)
    }
}
