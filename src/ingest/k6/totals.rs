//! Common to all layouts of k6's summaries: metrics, each with its figures.
//!
//! From k6's source (`internal/js/summary.go`, `metrics/sink.go`, `lib/netext/httpext`):
//!
//! * **`http_req_failed` is a rate of failures**: its `passes` are the failed requests.
//! * A summary has no single URLs. A threshold on tags makes a sub-metric, such as `http_req_duration{name:/a}`. These
//!   overlap and may not cover all requests, so they are never added up.
//! * Percentiles cover all requests, including failed ones. A request without a response has 0 ms.
//! * Rates are counts over the whole run, so the duration is a count divided by its rate.

use std::collections::BTreeMap;

use super::super::error::{Error, Problem};
use super::super::field;
use super::super::importer::{Imported, Input};
use super::super::summary::{Summary, percentiles};
use super::notes;
use crate::run::{ALL_REQUESTS, Endpoint, Latency, Note, NoteLevel, Percentile, Run, Words};

/// A metric's figures under k6's own keys: `avg`, `p(95)`, `count`, `passes`.
pub(super) type Figures = BTreeMap<String, f64>;

const OVERLAP: Words = Words {
    code: "rows-overlap",
    level: NoteLevel::Info,
    text: "The rows by name, URL or group are k6's sub-metrics. They overlap, and the total is k6's own.",
};

const OTHER_PROTOCOLS: Words = Words {
    code: "other-protocols",
    level: NoteLevel::Warning,
    text: "The run has other protocols as well ({0}). Only HTTP requests are read.",
};

/// Maximum metrics. A run has a few dozen, and one for each threshold on tags.
const MAX_METRICS: usize = 20_000;

/// Metrics to read, in addition to those of HTTP requests.
const READ: [&str; 9] = [
    "dropped_iterations",
    "checks",
    "checks_succeeded",
    "data_received",
    "iterations",
    "vus",
    "grpc_req_duration",
    "ws_sessions",
    "browser_http_req_duration",
];

/// Thresholds of the script that failed.
#[derive(Debug, Default)]
pub(super) struct Failed {
    count: u64,
    /// The first.
    example: Option<String>,
}

impl Failed {
    /// Adds a failed condition of a metric; empty if unknown.
    pub(super) fn add(&mut self, metric: &str, condition: &str) {
        self.count += 1;
        self.example.get_or_insert_with(|| format!("{metric} {condition}").trim().chars().take(120).collect());
    }
}

/// The content of a summary.
#[derive(Debug, Default)]
pub(super) struct Totals {
    metrics: BTreeMap<String, Figures>,
    /// The check that failed most, and its number of failures.
    pub worst_check: Option<(String, u64)>,
    pub thresholds: Failed,
    pub notes: Vec<Note>,
    pub version: Option<String>,
    pub evidence: Option<String>,
    /// Whether rates are truncated to five digits.
    pub cut_rates: bool,
    are_too_many: bool,
}

impl Totals {
    pub(super) fn put(&mut self, metric: &str, figures: Figures) {
        if !metric.starts_with("http_req") && !READ.contains(&metric) {
            return;
        }
        if self.metrics.len() >= MAX_METRICS && !self.has(metric) {
            self.are_too_many = true;
            return;
        }
        self.metrics.insert(metric.to_owned(), figures);
    }

    pub(super) fn has(&self, metric: &str) -> bool {
        self.metrics.contains_key(metric)
    }

    pub(super) fn get(&self, metric: &str, key: &str) -> Option<f64> {
        self.metrics.get(metric)?.get(key).copied().and_then(|n| field::checked(n).ok())
    }

    pub(super) fn count(&self, metric: &str, key: &str) -> Option<u64> {
        field::whole(self.get(metric, key)?).ok()
    }

    /// Passed and failed checks.
    fn checks(&self) -> Option<(u64, u64)> {
        let checks = self.count("checks", "passes").zip(self.count("checks", "fails"));
        checks.filter(|(passed, failed)| passed.saturating_add(*failed) > 0)
    }

    /// The requests with these tags: `{name:/a}`, or all requests without tags.
    pub(super) fn endpoint(&self, tags: &str) -> Endpoint {
        let of = |metric: &str| format!("{metric}{tags}");
        let (duration, failed, all) = (of("http_req_duration"), of("http_req_failed"), of("http_reqs"));
        let (passes, fails) = (self.count(&failed, "passes"), self.count(&failed, "fails"));
        let judged = passes.zip(fails).map(|(a, b)| a.saturating_add(b));
        let requests = self.count(&all, "count").or_else(|| self.count(&duration, "count")).or(judged);
        let requests = requests.or_else(|| self.count(&all, "value"));
        let rate = self.get(&failed, "rate").or_else(|| self.get(&failed, "value")).filter(|rate| *rate <= 1.0);
        let failures = passes.or_else(|| failures(rate?, requests?, self.cut_rates));
        let time = |key: &str| self.get(&duration, key);
        let levels = self.metrics.get(&duration).into_iter().flatten().filter_map(|(key, ms)| {
            let level = key.strip_prefix("p(").and_then(|rest| rest.strip_suffix(')'));
            let level = if key == "med" { Some(Percentile::P50) } else { Percentile::parse(level?) };
            Some((level?, field::checked(*ms).ok()))
        });
        Endpoint {
            name: ALL_REQUESTS.to_owned(),
            requests,
            failures,
            stated_error_rate_pct: rate.map(|rate| rate * 100.0).or_else(|| self.get(&failed, "percent")),
            latency: Latency {
                mean_ms: time("avg"),
                min_ms: time("min"),
                max_ms: time("max"),
                timed: self.count(&duration, "count"),
                distribution: percentiles(levels),
                ..Latency::default()
            },
            rate_per_s: self.get(&all, "rate"),
            ..Endpoint::default()
        }
    }

    /// Builds the run. `run` has its other known properties.
    ///
    /// # Errors
    ///
    /// [`Problem::NotYet`] without HTTP requests, [`Problem::TooMany`] beyond [`MAX_METRICS`].
    pub(super) fn imported(mut self, input: &Input<'_>, mut run: Run) -> Result<Imported, Error> {
        if self.are_too_many {
            return Err(Error::new(input.name, Problem::TooMany { what: "metrics", limit: MAX_METRICS }).at(1, 1));
        }
        if !self.has("http_req_duration") && !self.has("http_reqs") {
            let id = "k6-without-http";
            let what = "k6's summary of a run without HTTP requests: iterations are no requests, and other protocols are \
                        not read yet";
            let instead = "Give the summary of a script that makes HTTP requests. It has http_reqs and \
                           http_req_duration.";
            return Err(Error::new(input.name, Problem::NotYet { id, what, instead }).at(1, 1));
        }
        let mut all = self.endpoint("");
        run.users = run.users.or_else(|| self.count("vus", "max"));
        run.duration_s = run.duration_s.or_else(|| {
            let counters = ["http_reqs", "iterations", "data_received"];
            let seconds = counters.iter().find_map(|name| {
                let rate = self.get(name, "rate").filter(|rate| *rate > 0.0)?;
                Some(self.get(name, "count")? / rate)
            });
            seconds.filter(|seconds| seconds.is_finite() && *seconds > 0.0)
        });
        let seconds = run.duration_s.filter(|seconds| *seconds > 0.0);
        let rate = |requests: Option<u64>| Some(requests? as f64 / seconds?).filter(|rate| rate.is_finite());
        all.rate_per_s = all.rate_per_s.or_else(|| rate(all.requests));
        all.timeline.clone_from(&run.timeline);

        let mut summary = Summary::new(input);
        let mut total = all.clone();
        if let Some((passed, failed)) = self.checks() {
            // As the importers of single points compute it.
            let share = failed as f64 / (passed as f64 + failed as f64) * 100.0;
            total.metrics.insert("checks_failed_pct".to_owned(), share);
        }
        summary.total(total);
        summary.push(all.clone());
        let mut parts = 0_u64;
        for metric in self.metrics.keys() {
            let Some(tags) = metric.strip_prefix("http_req_duration") else { continue };
            let Some((method, name)) = tags.strip_prefix('{').and_then(|tags| named(tags.strip_suffix('}')?)) else {
                continue;
            };
            let mut part = self.endpoint(tags);
            // A sub-metric without requests.
            if part.requests.is_none_or(|n| n == 0) && part.latency.max_ms.is_none_or(|max| max == 0.0) {
                continue;
            }
            part.rate_per_s = part.rate_per_s.or_else(|| rate(part.requests));
            summary.push(Endpoint { method, name, ..part });
            parts += 1;
        }
        if parts > 0 {
            summary.note(Note::say(input.name, &OVERLAP, []));
        }
        let judged = self.count("http_req_failed", "passes").zip(self.count("http_req_failed", "fails"));
        if let (Some((passes, fails)), Some(of)) = (judged, all.requests)
            && let Some(requests) = of.checked_sub(passes.saturating_add(fails)).filter(|n| *n > 0)
        {
            summary.note(Note::say(input.name, &notes::FAILURES_UNKNOWN, [requests.into(), of.into()]));
        }
        if let Some((passed, failed)) = self.checks() {
            let worst = self.worst_check.take().filter(|_| failed > 0);
            summary.note(notes::checks_counted(input.name, passed, failed, worst));
        }
        let others: Vec<&str> = ["grpc_req_duration", "ws_sessions", "browser_http_req_duration"]
            .into_iter()
            .filter(|name| self.has(name))
            .collect();
        if !others.is_empty() {
            summary.note(Note::say(input.name, &OTHER_PROTOCOLS, [others.join(", ").into()]));
        }
        if self.count("http_req_failed", "passes").is_none()
            && let (None, None, Some(requests)) = (all.failures, all.stated_error_rate_pct, all.requests)
        {
            summary.note(Note::say(input.name, &notes::FAILURES_UNKNOWN, [requests.into(), requests.into()]));
        }
        if let Failed { count, example: Some(example) } = std::mem::take(&mut self.thresholds) {
            summary.note(Note::say(input.name, &notes::THRESHOLDS_FAILED, [count.into(), example.into()]));
        }
        if let Some(dropped) = self.count("dropped_iterations", "count").filter(|dropped| *dropped > 0) {
            summary.note(Note::say(input.name, &notes::ITERATIONS_DROPPED, [dropped.into()]));
        }
        self.notes.into_iter().for_each(|note| summary.note(note));
        let reading = summary.finish_overlapping(run, self.version)?;
        Ok(Imported { evidence: self.evidence, ..reading })
    }
}

/// The number of failed requests, if the rate determines it uniquely. `is_cut`: the rate was truncated to five digits.
pub(super) fn failures(rate: f64, requests: u64, is_cut: bool) -> Option<u64> {
    let near = rate * requests as f64;
    if !is_cut {
        let count = libm::round(near);
        return ((count - near).abs() < 1e-3 && count <= requests as f64).then_some(count as u64);
    }
    // Truncated as in k6's dashboard.
    let cut = |count: u64| libm::trunc(count as f64 / requests as f64 * 1e5) / 1e5;
    let first = libm::floor(near) as u64;
    let mut fitting = (first..=first.saturating_add(2).min(requests)).filter(|count| cut(*count) == rate);
    let count = fitting.next()?;
    fitting.next().is_none().then_some(count)
}

/// Method and name of a sub-metric's requests; `None` if its tags do not identify a request.
fn named(tags: &str) -> Option<(Option<String>, String)> {
    let (mut method, mut name, mut rest) = (None, None, String::new());
    let bare = |text: &str| text.trim().trim_matches(['"', '\'']).to_owned();
    for pair in tags.split(',') {
        let (key, value) = pair.split_once(':').unwrap_or((pair, ""));
        match bare(key).as_str() {
            "name" | "url" | "group" if name.is_none() => name = Some(bare(value)),
            "method" => method = Some(bare(value)).filter(|method| !method.is_empty()),
            key => rest.push_str(&format!(" {{{key}:{}}}", bare(value))),
        }
    }
    let name = name.filter(|name| !name.is_empty())?;
    Some((method, name + &rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_that_name_requests() {
        let of = |tags| named(tags).map(|(method, name)| (method.unwrap_or_default(), name));
        let want = |method: &str, name: &str| Some((method.to_owned(), name.to_owned()));
        assert_eq!(of("name:/a"), want("", "/a"));
        assert_eq!(of(" name: http://x:80/a "), want("", "http://x:80/a"));
        assert_eq!(of("name:/users/{id},method:PUT"), want("PUT", "/users/{id}"));
        assert_eq!(of("group:::a::b"), want("", "::a::b"));
        assert_eq!(of("name:\"/a\",scenario:x"), want("", "/a {scenario:x}"));
        for tags in ["expected_response:true", "scenario:x", "group:", "", "name"] {
            assert_eq!(of(tags), None, "{tags}");
        }
    }

    #[test]
    fn failures_by_a_rate() {
        assert_eq!(failures(0.0, 40, true), Some(0));
        assert_eq!(failures(0.2, 40, true), Some(8));
        assert_eq!(failures(0.66666, 6, true), Some(4));
        assert_eq!(failures(1.0, 7, true), Some(7));
        // 12 to 21 of two million are 0.00000 or 0.00001.
        assert_eq!(failures(0.00001, 2_000_000, true), None);
        assert_eq!(failures(0.00001, 2_000_000, false), Some(20));
        assert_eq!(failures(0.3, 5, false), None);
        assert_eq!(failures(1e300, u64::MAX, true), None);
    }
}
