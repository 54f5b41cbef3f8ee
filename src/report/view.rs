//! The report as data for a page: everything a component shows, already in words.

use super::words;
use crate::compare::{Comparison, Row, Scope, Subject, Verdict};
use crate::ingest::FORMATS;
use crate::number;
use crate::policy::{Condition, Policy};
use crate::run::{Metric, NoteLevel, Percentile, Run, time};

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
    /// The baseline's number, for sorting.
    pub sort_baseline: Option<f64>,
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
                sort_baseline: None,
                sort_run: None,
                sort_change: None,
            },
            |row| Self {
                baseline: words::value(&row.metric, &row.baseline),
                run: words::value(&row.metric, &row.run),
                change: words::change(&row.metric, row.change.as_ref()),
                verdict: row.verdict,
                sort_baseline: row.baseline.number,
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
                provenance: words::provenance(if row.run.number.is_some() {
                    row.run.provenance
                } else {
                    row.baseline.provenance
                }),
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
    crate::order::sort_by_key(&mut list, |(_, b, r)| std::cmp::Reverse((*r, *b)));
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
    let mut facts: Vec<Fact> = run_facts(&comparison.baseline)
        .into_iter()
        .zip(run_facts(&comparison.run))
        .map(|((name, baseline), (_, run))| Fact { name, baseline, run })
        .collect();
    facts.push(Fact { name: "Rows", baseline: comparison.baseline_account.text(), run: comparison.run_account.text() });
    facts
}

/// What is known about one run as a whole: names and values.
#[must_use]
pub fn run_facts(run: &Run) -> Vec<(&'static str, String)> {
    let none = || words::NONE.to_owned();
    let tool = match &run.source.version {
        Some(version) => format!("{} {version}", run.source.tool),
        None => run.source.tool.clone(),
    };
    let files: Vec<String> =
        run.source.files.iter().map(|f| format!("{} ({})", f.name, number::bytes(f.bytes))).collect();
    vec![
        ("Tool", tool),
        ("Started", run.started_ms.map_or_else(none, |ms| time::format_rfc3339(ms).replace('T', " "))),
        ("Duration", run.duration_s.map_or_else(none, number::duration_s)),
        ("Users", run.users.map_or_else(none, number::count)),
        ("Requests", run.requests().map_or_else(none, number::count)),
        ("Endpoints", number::count(run.endpoints.len() as u64)),
        ("Files", if files.is_empty() { none() } else { files.join(", ") }),
    ]
}

/// A run in one line: `Locust >=1.10.2 · 8 endpoints · 2,931 requests · 2 notes`.
#[must_use]
pub fn summary(run: &Run) -> String {
    let plural = |n: u64, one: &str, many: &str| format!("{} {}", number::count(n), if n == 1 { one } else { many });
    let mut parts = vec![match &run.source.version {
        Some(version) => format!("{} {version}", run.source.tool),
        None => run.source.tool.clone(),
    }];
    parts.push(plural(run.endpoints.len() as u64, "endpoint", "endpoints"));
    parts.extend(run.requests().map(|n| plural(n, "request", "requests")));
    if !run.notes.is_empty() {
        parts.push(plural(run.notes.len() as u64, "note", "notes"));
    }
    parts.join(" · ")
}

/// What a file was recognised as, and by what: file, format, evidence.
#[must_use]
pub fn recognised(run: &Run) -> Vec<(String, String, String)> {
    let title = |id: &str| {
        FORMATS.iter().find(|f| f.id == id).map_or_else(|| id.to_owned(), |f| format!("{} {}", f.tool, f.title))
    };
    run.source.files.iter().map(|f| (f.name.clone(), title(&f.format), f.evidence.clone())).collect()
}

/// What both runs have in common, as far as it bears on comparing them: `Locust ≥1.0 · 20 users · 1 min 29 s`; `None`
/// where nothing is known to be the same.
#[must_use]
pub fn in_common(comparison: &Comparison) -> Option<String> {
    let (a, b) = (&comparison.baseline, &comparison.run);
    let mut same = Vec::new();
    if a.source.tool == b.source.tool {
        same.push(b.source.tool.clone());
    }
    if let Some(users) = b.users.filter(|_| a.users == b.users) {
        same.push(format!("{} users", number::count(users)));
    }
    if let (Some(x), Some(y)) = (a.duration_s, b.duration_s)
        && number::duration_s(x) == number::duration_s(y)
    {
        same.push(number::duration_s(y));
    }
    (!same.is_empty()).then(|| format!("{} on both sides", same.join(", ")))
}

/// A note with what it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteLine {
    /// What it is about: `Baseline`, `Run`, or `Comparison`, each with the file, where it is about one.
    pub about: Vec<(&'static str, Option<String>)>,
    /// The note.
    pub text: String,
    /// Whether it is a warning.
    pub warning: bool,
}

impl NoteLine {
    /// What it is about, in words: `Baseline, base_stats.csv; Run, slow_stats.csv`, each file set off by `file`.
    #[must_use]
    pub fn about_each(&self, file: impl Fn(&str) -> String) -> String {
        let each = self.about.iter().map(|(side, name)| match name {
            Some(name) => format!("{side}, {}", file(name)),
            None => (*side).to_owned(),
        });
        each.collect::<Vec<_>>().join("; ")
    }
}

/// Every note: of the pair, then of the baseline, then of the run; warnings first. What several say in the same words
/// is one line that names them all.
#[must_use]
pub fn notes(comparison: &Comparison) -> Vec<NoteLine> {
    let pair = comparison.notes.iter().map(|n| NoteLine {
        about: vec![("Comparison", None)],
        text: n.text(),
        warning: n.level() == NoteLevel::Warning,
    });
    let all = pair.chain(run_notes("Baseline", &comparison.baseline)).chain(run_notes("Run", &comparison.run));
    let mut lines: Vec<NoteLine> = Vec::new();
    for note in all {
        match lines.iter_mut().find(|line| line.text == note.text) {
            Some(line) => line.about.extend(note.about),
            None => lines.push(note),
        }
    }
    crate::order::sort_by_key(&mut lines, |line| !line.warning);
    lines
}

/// Every note of one run.
#[must_use]
pub fn run_notes(about: &'static str, run: &Run) -> Vec<NoteLine> {
    let line = |n: &crate::run::Note| NoteLine {
        about: vec![(about, n.file.clone())],
        text: n.text(),
        warning: n.level() == NoteLevel::Warning,
    };
    run.notes.iter().map(line).collect()
}

/// The data checks in a few words: how many notes there are, and how many of them warn.
#[must_use]
pub fn data_checks(comparison: &Comparison) -> String {
    let (baseline, run) = (&comparison.baseline.notes, &comparison.run.notes);
    let all = baseline.len() + run.len();
    let warnings = baseline.iter().chain(run).filter(|n| n.level() == NoteLevel::Warning).count();
    let plural = |n: usize, one: &str, many: &str| format!("{n} {}", if n == 1 { one } else { many });
    match (all, warnings) {
        (0, _) => "Nothing was found amiss in the files".into(),
        (_, 0) => format!("{} on how the numbers were read", plural(all, "note", "notes")),
        (_, _) => format!(
            "{} and {} on the files",
            plural(warnings, "warning", "warnings"),
            plural(all - warnings, "note", "notes")
        ),
    }
}

/// How many figures were judged, to stand beside the counters: `of 27 judged figures`.
#[must_use]
pub fn judged_figures(comparison: &Comparison) -> String {
    match comparison.counts.total {
        1 => "of one judged figure".into(),
        n => format!("of {} judged figures", number::count(n)),
    }
}

/// A counter of the verdict band: how many judged figures have a verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counter {
    /// The verdict.
    pub verdict: Verdict,
    /// How many, and the word: `3 critical`.
    pub text: String,
}

/// The counters of the verdict band, worst first; verdicts that no figure has are left out.
#[must_use]
pub fn counters(comparison: &Comparison) -> Vec<Counter> {
    use Verdict as V;
    [V::Critical, V::Missing, V::Warning, V::NoData, V::New, V::Improved, V::Pass]
        .into_iter()
        .map(|verdict| (verdict, comparison.counts.get(verdict)))
        .filter(|(_, count)| *count > 0)
        .map(|(verdict, count)| Counter {
            verdict,
            text: format!("{} {}", number::count(count), words::badge(verdict).to_lowercase()),
        })
        .collect()
}

/// One endpoint of a run that has nothing to be compared with yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Single {
    /// Request method, or nothing.
    pub method: String,
    /// Name.
    pub name: String,
    /// Requests, errors, throughput, p50, p95 and p99.
    pub figures: Vec<String>,
}

/// The columns of [`singles`].
pub const SINGLE_COLUMNS: &[&str] = &["Requests", "Errors", "Throughput", "p50", "p95", "p99"];

/// The endpoints of one run, and its total first where it has one.
#[must_use]
pub fn singles(run: &Run) -> Vec<Single> {
    let metrics = [
        Metric::Requests,
        Metric::ErrorRate,
        Metric::Rps,
        Metric::Latency(Percentile::P50),
        Metric::Latency(Percentile::P95),
        Metric::Latency(Percentile::P99),
    ];
    let single = |endpoint: &crate::run::Endpoint, name: &str| Single {
        method: endpoint.method.clone().unwrap_or_default(),
        name: name.to_owned(),
        figures: metrics.iter().map(|m| words::value(m, &endpoint.value(m))).collect(),
    };
    let total = run.total.iter().map(|t| single(t, "All endpoints"));
    total.chain(run.endpoints.iter().map(|e| single(e, &e.name))).collect()
}

/// A rule in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleLine {
    /// What it is about: `every endpoint`, `service “api”`, `POST /v1/chat`.
    pub about: String,
    /// The metric.
    pub metric: String,
    /// From where on it is a warning.
    pub warn: String,
    /// From where on it is CRITICAL.
    pub fail: String,
    /// The line of the thresholds file it stands on; `None` in a built-in profile.
    pub line: Option<usize>,
}

/// The rules in force, in the order of the policy.
#[must_use]
pub fn rules(policy: &Policy) -> Vec<RuleLine> {
    policy
        .rules
        .iter()
        .map(|rule| {
            let mut about = match rule.service.as_str() {
                "*" => "every endpoint".to_owned(),
                service => format!("service “{service}”"),
            };
            if let Some(name) = &rule.name {
                about = format!("{}{name}", rule.method.as_deref().map(|m| format!("{m} ")).unwrap_or_default());
            } else if let Some(method) = &rule.method {
                about = format!("{about}, {method}");
            }
            let condition = |condition: &Option<Condition>| {
                condition.as_ref().map(|c| {
                    let limits: Vec<&str> = c.limits.iter().map(|l| l.text.as_str()).collect();
                    limits.join(if c.all { " and " } else { " or " })
                })
            };
            let mut fail: Vec<String> = condition(&rule.fail).into_iter().collect();
            fail.extend(rule.max.as_ref().map(|b| format!("over {}", b.text)));
            fail.extend(rule.min.as_ref().map(|b| format!("under {}", b.text)));
            let or_none = |text: String| if text.is_empty() { words::NONE.to_owned() } else { text };
            RuleLine {
                about,
                metric: rule.metric.clone(),
                warn: or_none(condition(&rule.warn).unwrap_or_default()),
                fail: or_none(fail.join(" or ")),
                line: rule.line,
            }
        })
        .collect()
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
        number::count(comparison.counts.total)
    )
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
