//! The report as data for a page: everything a component shows, already in words.

use super::words;
use crate::compare::{Comparison, Row, Scope, Subject, Verdict};
use crate::number;
use crate::run::{Metric, Percentile, Run, time};

/// A figure of the headline strip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tile {
    /// The metric's name.
    pub title: String,
    /// The run's figure.
    pub run: String,
    /// The baseline's figure.
    pub baseline: String,
    /// The change.
    pub change: String,
    /// The row's verdict.
    pub verdict: Verdict,
}

/// The headline strip: the total's percentiles, throughput and error rate. Empty where the runs have no total.
#[must_use]
pub fn tiles(comparison: &Comparison) -> Vec<Tile> {
    let metrics = [
        Metric::Latency(Percentile::P50),
        Metric::Latency(Percentile::P95),
        Metric::Latency(Percentile::P99),
        Metric::Rps,
        Metric::ErrorRate,
    ];
    let Some(total) = comparison.total() else { return Vec::new() };
    metrics
        .iter()
        .filter_map(|metric| total.row(metric))
        .map(|row| Tile {
            title: match row.metric {
                Metric::Latency(_) => row.metric.title(),
                _ => capital(&row.metric.title()),
            },
            run: words::value(&row.metric, &row.run),
            baseline: words::value(&row.metric, &row.baseline),
            change: words::change(&row.metric, row.change.as_ref()),
            verdict: row.verdict,
        })
        .collect()
}

/// One line of the endpoints table.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Index into [`Comparison::subjects`].
    pub subject: usize,
    /// What it is.
    pub scope: Scope,
    /// Its verdict.
    pub verdict: Verdict,
    /// What decided, in a few words: `p95 +53.5 %`.
    pub because: String,
    /// Request method, or nothing.
    pub method: String,
    /// Name.
    pub name: String,
    /// The chosen percentile: baseline, run, change.
    pub latency: Cell,
    /// Errors.
    pub errors: Cell,
    /// Throughput.
    pub rate: Cell,
    /// Requests.
    pub requests: Cell,
    /// Whether nothing about it is worth a look: hidden when unchanged lines are.
    pub unchanged: bool,
}

/// One metric of a line.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// The baseline's figure.
    pub baseline: String,
    /// The run's figure.
    pub run: String,
    /// The change.
    pub change: String,
    /// The row's verdict.
    pub verdict: Verdict,
    /// The run's number, for sorting.
    pub sort_run: Option<f64>,
    /// The change's number, for sorting.
    pub sort_change: Option<f64>,
}

impl Cell {
    fn of(row: Option<&Row>) -> Self {
        row.map_or_else(
            || Self {
                baseline: words::NONE.into(),
                run: words::NONE.into(),
                change: words::NONE.into(),
                verdict: Verdict::Info,
                sort_run: None,
                sort_change: None,
            },
            |row| Self {
                baseline: words::value(&row.metric, &row.baseline),
                run: words::value(&row.metric, &row.run),
                change: words::change(&row.metric, row.change.as_ref()),
                verdict: row.verdict,
                sort_run: row.run.number,
                sort_change: row.change.map(|c| match row.metric {
                    Metric::ErrorRate => c.abs,
                    _ => c.pct.unwrap_or(f64::INFINITY),
                }),
            },
        )
    }
}

/// The lines of the endpoints table, most severe first; the total, where there is one, is the first.
#[must_use]
pub fn lines(comparison: &Comparison, percentile: Percentile) -> Vec<Line> {
    let total = comparison.subjects.iter().position(|s| s.scope == Scope::Total);
    let rest = comparison.endpoints_by_severity().map(|(i, _)| i);
    total.into_iter().chain(rest).filter_map(|i| Some(line(i, comparison.subjects.get(i)?, percentile))).collect()
}

fn line(index: usize, subject: &Subject, percentile: Percentile) -> Line {
    let cell = |metric: Metric| Cell::of(subject.row(&metric));
    Line {
        subject: index,
        scope: subject.scope,
        verdict: subject.verdict,
        because: because(subject),
        method: subject.method.clone().unwrap_or_default(),
        name: subject.name.clone(),
        latency: cell(Metric::Latency(percentile)),
        errors: cell(Metric::ErrorRate),
        rate: cell(Metric::Rps),
        requests: cell(Metric::Requests),
        unchanged: matches!(subject.verdict, Verdict::Pass | Verdict::Info),
    }
}

/// What decided a subject's verdict, in a few words.
fn because(subject: &Subject) -> String {
    match (subject.verdict, subject.worst_row()) {
        (Verdict::Missing, _) => "not in the run".into(),
        (Verdict::New, _) => "not in the baseline".into(),
        (Verdict::Critical | Verdict::Warning | Verdict::Improved, Some((_, row))) => {
            format!("{} {}", row.metric.title(), words::change(&row.metric, row.change.as_ref()))
        }
        (Verdict::NoData, Some((_, row))) => format!("no {}", row.metric.title()),
        _ => String::new(),
    }
}

/// One row of an endpoint's details: all that is known about one metric.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detail {
    /// The metric's name.
    pub metric: String,
    /// The baseline's figure.
    pub baseline: String,
    /// The run's figure.
    pub run: String,
    /// The change.
    pub change: String,
    /// The limit as written.
    pub limit: String,
    /// The verdict.
    pub verdict: Verdict,
    /// Why, as a sentence.
    pub reason: String,
    /// The formula with the numbers in it.
    pub formula: Option<String>,
    /// Where the run's number comes from.
    pub provenance: &'static str,
}

/// All metrics of a subject.
#[must_use]
pub fn details(subject: &Subject) -> Vec<Detail> {
    subject
        .rows
        .iter()
        .map(|row| {
            let mut change = words::change(&row.metric, row.change.as_ref());
            if let Some(relative) = row.change.as_ref().filter(|c| row.metric == Metric::ErrorRate && c.abs != 0.0) {
                change = format!("{change} ({})", words::relative_change(relative));
            }
            Detail {
                metric: row.metric.title(),
                baseline: words::value(&row.metric, &row.baseline),
                run: words::value(&row.metric, &row.run),
                change,
                limit: words::limit(row),
                verdict: row.verdict,
                reason: words::reason(row),
                formula: words::formula(row),
                provenance: if row.run.number.is_some() {
                    row.run.provenance.as_str()
                } else {
                    row.baseline.provenance.as_str()
                },
            }
        })
        .collect()
}

/// Failures of an endpoint by message: message, baseline's count, run's count.
#[must_use]
pub fn failures(comparison: &Comparison, subject: &Subject) -> Vec<(String, u64, u64)> {
    let mut messages: std::collections::BTreeMap<&str, (u64, u64)> = std::collections::BTreeMap::new();
    let about = |f: &&crate::run::Failure| {
        subject.scope != Scope::Endpoint || (f.name == subject.name && f.method == subject.method)
    };
    for failure in comparison.baseline.failures.iter().filter(about) {
        let slot = &mut messages.entry(&failure.message).or_default().0;
        *slot = slot.saturating_add(failure.count);
    }
    for failure in comparison.run.failures.iter().filter(about) {
        let slot = &mut messages.entry(&failure.message).or_default().1;
        *slot = slot.saturating_add(failure.count);
    }
    let mut list: Vec<_> = messages.into_iter().map(|(m, (b, r))| (m.to_owned(), b, r)).collect();
    list.sort_by_key(|(_, b, r)| std::cmp::Reverse((*r, *b)));
    list
}

/// One fact about the two runs, side by side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// What it is about.
    pub name: &'static str,
    /// The baseline's.
    pub baseline: String,
    /// The run's.
    pub run: String,
}

impl Fact {
    /// Whether the two differ.
    #[must_use]
    pub fn differs(&self) -> bool {
        self.baseline != self.run
    }
}

/// What is known about the two runs as a whole.
#[must_use]
pub fn facts(comparison: &Comparison) -> Vec<Fact> {
    let none = || words::NONE.to_owned();
    let sides = [&comparison.baseline, &comparison.run];
    let fact = |name, of: &dyn Fn(&Run) -> String| {
        let [baseline, run] = sides.map(of);
        Fact { name, baseline, run }
    };
    vec![
        fact("Tool", &|r| match &r.source.version {
            Some(version) => format!("{} {version}", r.source.tool),
            None => r.source.tool.clone(),
        }),
        fact("Started", &|r| r.started_ms.map_or_else(none, |ms| time::format_rfc3339(ms).replace('T', " "))),
        fact("Duration", &|r| r.duration_s.map_or_else(none, number::duration_s)),
        fact("Users", &|r| r.users.map_or_else(none, number::count)),
        fact("Requests", &|r| r.requests().map_or_else(none, number::count)),
        fact("Endpoints", &|r| number::count(r.endpoints.len() as u64)),
        fact("Files", &|r| {
            let files: Vec<String> =
                r.source.files.iter().map(|f| format!("{} ({})", f.name, number::bytes(f.bytes))).collect();
            files.join(", ")
        }),
        Fact { name: "Rows", baseline: comparison.baseline_account.text(), run: comparison.run_account.text() },
    ]
}

/// Labels for the two sides: the runs' own, or their roles where those are the same.
#[must_use]
pub fn labels(comparison: &Comparison) -> (String, String) {
    let (a, b) = (&comparison.baseline.label, &comparison.run.label);
    if a == b { ("Baseline".into(), "Run".into()) } else { (a.clone(), b.clone()) }
}

/// The rule line under the verdict: profile and gate.
#[must_use]
pub fn judged_by(comparison: &Comparison) -> String {
    format!(
        "{} · gate: {} · {} rules on {} figures",
        comparison.policy.name,
        comparison.policy.compare.gate.word(),
        comparison.policy.rules.len(),
        comparison.counts.total
    )
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
