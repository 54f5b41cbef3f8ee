//! What a reader takes in within ten seconds, as data: the total, what is worse, what is better, what rose among the
//! failures; and everything else by its reason. Markdown, the review, the terminal and the page all show this.

use std::collections::BTreeMap;

use super::words;
use crate::compare::{Comparison, Gate, Lost, Reason, Row, Scope, Subject, Verdict, Word};
use crate::number;
use crate::policy;
use crate::run::{Metric, Percentile};

/// Rows that are worse and shown at once.
pub const WORSE: usize = 10;

/// Improvements that are named at once.
pub const IMPROVED: usize = 3;

/// Causes of failures that are named at once.
pub const CAUSES: usize = 3;

/// Endpoints that a group names.
pub const NAMED: usize = 12;

/// A figure of all requests together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TotalLine {
    /// What: `mean`, `p95`, `errors`, `requests/s`.
    pub title: String,
    /// The baseline's.
    pub baseline: String,
    /// The run's.
    pub run: String,
    /// The change, with its interval.
    pub change: String,
    /// The row's word; empty where no rule is about it.
    pub word: String,
    /// Its verdict.
    pub verdict: Verdict,
}

/// The total: mean, p50, p95, p99, errors and throughput, as far as a side knows them.
#[must_use]
pub fn total(c: &Comparison) -> Vec<TotalLine> {
    let metrics = [
        Metric::Mean,
        Metric::Latency(Percentile::P50),
        Metric::Latency(Percentile::P95),
        Metric::Latency(Percentile::P99),
        Metric::ErrorRate,
        Metric::Rps,
    ];
    let Some(total) = c.total() else { return Vec::new() };
    let known = |row: &&Row| row.baseline.number.is_some() || row.run.number.is_some();
    metrics
        .iter()
        .filter_map(|metric| total.row(metric))
        .filter(known)
        .map(|row| TotalLine {
            title: words::short_title(&row.metric),
            baseline: plain_value(row, &row.baseline),
            run: plain_value(row, &row.run),
            change: words::change_with_interval(row),
            word: if row.verdict == Verdict::Info { String::new() } else { words::row_word(row) },
            verdict: row.verdict,
        })
        .collect()
}

/// A figure; without the unit where the title says it.
pub fn plain_value(row: &Row, value: &crate::run::Value) -> String {
    let text = words::value(&row.metric, value);
    match row.metric {
        Metric::Rps => text.strip_suffix(" /s").map(str::to_owned).unwrap_or(text),
        _ => text,
    }
}

/// A figure that is worse.
#[derive(Debug, Clone, PartialEq)]
pub struct Worse<'c> {
    /// Whose.
    pub subject: &'c Subject,
    /// The figure; `None` for what fails the gate by being on one side only.
    pub row: Option<&'c Row>,
    /// Other figures of the same kind that are worse too: `mean`, `p50`.
    pub also: Vec<String>,
    /// Why, in at most twelve words.
    pub why: String,
}

/// What regressed or probably did, or fails the gate in another way; the worst first. An endpoint has one line for its
/// response times. The total's own figures are in [`total`].
#[must_use]
pub fn worse(c: &Comparison) -> Vec<Worse<'_>> {
    let is_worse =
        |r: &Row| r.verdict.is_worse() || c.fails_gate(r) || (r.verdict == Verdict::Warning && r.rule.is_some());
    let mut lines: Vec<Worse<'_>> = Vec::new();
    let causes = causes(c);
    for subject in c.by_severity.iter().filter_map(|i| c.subjects.get(*i)) {
        if subject.scope == Scope::Total {
            continue;
        }
        let mut rows: Vec<&Row> = subject.rows.iter().filter(|r| is_worse(r)).collect();
        crate::order::sort_by(&mut rows, |a, b| {
            a.verdict.cmp(&b.verdict).then(b.times_limit.total_cmp(&a.times_limit))
        });
        let gone = subject.baseline.is_none() || subject.run.is_none();
        if gone && (c.absence_fails_gate(subject) || !rows.is_empty()) {
            let missing = subject.run.is_none();
            let why = if missing { "in the baseline, not in the run" } else { "in the run, not in the baseline" };
            lines.push(Worse { subject, row: None, also: Vec::new(), why: why.into() });
            continue;
        }
        let mut first: Option<usize> = None;
        for row in rows {
            let is_time = matches!(row.metric, Metric::Mean | Metric::Latency(_) | Metric::Max | Metric::Min);
            if let Some(line) = first.filter(|_| is_time).and_then(|at| lines.get_mut(at)) {
                line.also.push(words::short_title(&row.metric));
                continue;
            }
            if is_time {
                first = Some(lines.len());
            }
            let cause = causes.iter().find(|cause| cause.is_of(subject)).map(|c| c.text(CAUSE_CHARS));
            let why = words::why(row, cause.as_deref());
            lines.push(Worse { subject, row: Some(row), also: Vec::new(), why });
        }
    }
    // What fails the gate and what is surest first, whosever it is.
    let verdict = |line: &Worse<'_>| line.row.map_or(line.subject.verdict, |r| r.verdict);
    crate::order::sort_by(&mut lines, |a, b| verdict(a).cmp(&verdict(b)));
    lines
}

/// Characters of a cause in a table.
const CAUSE_CHARS: usize = 40;

impl Worse<'_> {
    /// The metric, with the others: `p95, mean, p50`.
    #[must_use]
    pub fn metrics(&self) -> String {
        let metric = self.row.map(|row| words::short_title(&row.metric));
        let all: Vec<&str> = metric.iter().chain(&self.also).map(String::as_str).collect();
        match all.as_slice() {
            [first, rest @ ..] if !rest.is_empty() => format!("{first}, also {}", rest.join(", ")),
            all => all.join(", "),
        }
    }

    /// Its verdict.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        self.row.map_or(self.subject.verdict, |row| row.verdict)
    }
}

/// A figure that is better.
#[derive(Debug, Clone, PartialEq)]
pub struct Better<'c> {
    /// Whose.
    pub subject: &'c Subject,
    /// The figure.
    pub row: &'c Row,
}

impl Better<'_> {
    /// `p50 19 ms → 14 ms (−26 %)`.
    #[must_use]
    pub fn text(&self) -> String {
        let probably = if self.row.verdict == Verdict::ProbablyImproved { "probably, " } else { "" };
        format!(
            "{} {} → {} ({probably}{})",
            words::short_title(&self.row.metric),
            plain_value(self.row, &self.row.baseline),
            plain_value(self.row, &self.row.run),
            words::brief_change(self.row)
        )
    }
}

/// What improved, one figure a subject: the total first, then what is sure, then the largest.
#[must_use]
pub fn improved(c: &Comparison) -> Vec<Better<'_>> {
    let gain = |row: &Row| row.change.and_then(|change| change.log_ratio).map_or(0.0, f64::abs);
    let best = |subject: &'_ Subject| -> Option<usize> {
        let rows = subject.rows.iter().enumerate().filter(|(_, r)| r.verdict.is_better());
        // The mean says it best of all requests; of one endpoint what changed most.
        rows.min_by(|(_, a), (_, b)| {
            let kind = |r: &Row| u8::from(subject.scope == Scope::Total && r.metric != Metric::Mean);
            rank(a).cmp(&rank(b)).then(kind(a).cmp(&kind(b))).then(gain(b).total_cmp(&gain(a)))
        })
        .map(|(i, _)| i)
    };
    let mut all: Vec<Better<'_>> = c
        .subjects
        .iter()
        .filter_map(|subject| Some(Better { subject, row: subject.rows.get(best(subject)?)? }))
        .collect();
    crate::order::sort_by(&mut all, |a, b| {
        let total = |x: &Better<'_>| x.subject.scope != Scope::Total;
        rank(a.row).cmp(&rank(b.row)).then(total(a).cmp(&total(b))).then(gain(b.row).total_cmp(&gain(a.row)))
    });
    all
}

/// The improvements that the headline has not named.
#[must_use]
pub fn named_improvements(c: &Comparison) -> Vec<Better<'_>> {
    // Of runs that cannot be compared it says what all requests show.
    let said = |b: &Better<'_>| c.word == Word::NotComparable && b.subject.scope == Scope::Total;
    improved(c).into_iter().skip(usize::from(c.word == Word::Improved)).filter(|b| !said(b)).collect()
}

/// Figures that are named at once where nothing can be told.
pub const OPEN: usize = 5;

/// A figure that may be worse, where the comparison as a whole can't tell.
#[derive(Debug, Clone, PartialEq)]
pub struct Open<'c> {
    /// Whose.
    pub subject: &'c Subject,
    /// The figure.
    pub row: &'c Row,
}

impl Open<'_> {
    /// `errors 0.33 % → 1 %, +0.67 pp (−0.91 to +1.37 pp)`.
    #[must_use]
    pub fn text(&self) -> String {
        format!(
            "{} {} → {}, {}",
            words::short_title(&self.row.metric),
            plain_value(self.row, &self.row.baseline),
            plain_value(self.row, &self.row.run),
            words::change_with_interval(self.row)
        )
    }

    /// What would settle it, where that is known.
    #[must_use]
    pub fn settled_by(&self) -> Option<String> {
        self.row.evidence.as_ref()?.settle.map(words::settle)
    }
}

/// Where nothing can be told, what rose all the same with an interval that spans its limit, one figure a subject: what is
/// beyond its limit as measured first. The total's own figures are in [`total`].
#[must_use]
pub fn open(c: &Comparison) -> Vec<Open<'_>> {
    if c.word != Word::CannotTell {
        return Vec::new();
    }
    let times = Row::measured_times_limit;
    let subjects = c.by_severity.iter().filter_map(|i| c.subjects.get(*i)).filter(|s| s.scope != Scope::Total);
    let mut all: Vec<Open<'_>> = subjects
        .filter_map(|subject| {
            let rows =
                subject.rows.iter().filter(|r| r.reason == Reason::SpansLimit && !r.is_aside() && times(r) > 0.0);
            let row = rows.max_by(|a, b| times(a).total_cmp(&times(b)))?;
            Some(Open { subject, row })
        })
        .collect();
    crate::order::sort_by(&mut all, |a, b| times(b.row).total_cmp(&times(a.row)));
    all
}

/// Where no regression was found, what is beyond its limit all the same: figures that fail the gate, or else those whose
/// interval lies beyond it, one a subject. The largest first.
#[must_use]
pub fn unsure(c: &Comparison) -> Vec<Open<'_>> {
    let fails = c.gate == Gate::Fail;
    let counted = |r: &&Row| {
        if fails { r.beyond && c.fails_gate(r) } else { r.verdict == Verdict::Unclear && r.is_clearly_beyond() }
    };
    let subjects = c.by_severity.iter().filter_map(|i| c.subjects.get(*i));
    let rows = subjects.filter_map(|subject| {
        let row = subject.rows.iter().filter(|r| !r.is_aside()).filter(counted).max_by(|a, b| a.cmp_unsure(b))?;
        Some(Open { subject, row })
    });
    let mut all: Vec<Open<'_>> = rows.collect();
    crate::order::sort_by(&mut all, |a, b| b.row.cmp_unsure(a.row));
    all
}

/// Sure improvements before probable ones.
fn rank(row: &Row) -> u8 {
    u8::from(row.verdict != Verdict::Improved)
}

/// A cause of failures that rose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// Method of the endpoint.
    pub method: Option<String>,
    /// Name of the endpoint.
    pub name: String,
    /// What the tool said.
    pub message: String,
    /// How often in the baseline.
    pub baseline: u64,
    /// How often in the run.
    pub run: u64,
}

impl Cause {
    pub(super) fn is_of(&self, subject: &Subject) -> bool {
        subject.scope == Scope::Endpoint && self.name == subject.name && self.method == subject.method
    }

    /// The endpoint's label, as it is shown.
    #[must_use]
    pub fn label(&self) -> String {
        let name = crate::run::shown(&self.name);
        match &self.method {
            Some(method) => format!("{method} {name}"),
            None => name.into_owned(),
        }
    }

    /// `0 → 113`.
    #[must_use]
    pub fn counts(&self) -> String {
        format!("{} → {}", number::count(self.baseline), number::count(self.run))
    }

    /// `503 Service Unavailable: 0 → 113`, with the first characters of the message.
    #[must_use]
    pub fn text(&self, chars: usize) -> String {
        format!("{}: {}", clipped(&self.message, chars), self.counts())
    }
}

/// The causes of failures that rose, the largest rise first; none where the baseline's files do not tell causes.
#[must_use]
pub fn causes(c: &Comparison) -> Vec<Cause> {
    type Key<'a> = (&'a Option<String>, &'a str, &'a str);
    let failed = c.baseline.total.as_ref().and_then(|total| total.failures);
    if c.baseline.failures.is_empty() && failed != Some(0) {
        return Vec::new();
    }
    let mut counts: BTreeMap<Key<'_>, (u64, u64)> = BTreeMap::new();
    for (run, is_run) in [(&c.baseline, false), (&c.run, true)] {
        for failure in &run.failures {
            let slot = counts.entry((&failure.method, &failure.name, &failure.message)).or_default();
            let slot = if is_run { &mut slot.1 } else { &mut slot.0 };
            *slot = slot.saturating_add(failure.count);
        }
    }
    let risen = counts.into_iter().filter(|(_, (baseline, run))| run > baseline);
    let mut causes: Vec<Cause> = risen
        .map(|((method, name, message), (baseline, run))| Cause {
            method: method.clone(),
            name: name.to_owned(),
            message: message.to_owned(),
            baseline,
            run,
        })
        .collect();
    crate::order::sort_by_key(&mut causes, |cause| std::cmp::Reverse(cause.run - cause.baseline));
    causes
}

/// Those of them that rose by more than counts scatter: three standard errors of their difference.
#[must_use]
pub fn clear_causes(c: &Comparison) -> Vec<Cause> {
    let is_clear = |cause: &Cause| {
        let (baseline, run) = (cause.baseline as f64, cause.run as f64);
        (run - baseline) * (run - baseline) > 9.0 * (run + baseline)
    };
    causes(c).into_iter().filter(is_clear).collect()
}

/// Figures with one verdict for one reason.
#[derive(Debug, Clone, PartialEq)]
pub struct Group<'c> {
    /// Their verdict.
    pub verdict: Verdict,
    /// What they have in common: `fewer than 72 requests`.
    pub reason: String,
    /// How many figures.
    pub figures: usize,
    /// Whose they are, each once.
    pub subjects: Vec<&'c Subject>,
}

impl Group<'_> {
    /// `18 results of 6 endpoints: fewer than 72 requests`.
    #[must_use]
    pub fn text(&self) -> String {
        let count = |n: usize, one: &str, many: &str| match n {
            1 => format!("1 {one}"),
            n => format!("{} {many}", number::count(n as u64)),
        };
        let endpoints = self.subjects.iter().filter(|s| s.scope != Scope::Total).count();
        let whose = match (endpoints, self.subjects.len()) {
            (0, _) => "all requests".to_owned(),
            (n, all) if n < all => format!("all requests and {}", count(n, "endpoint", "endpoints")),
            (n, _) => count(n, "endpoint", "endpoints"),
        };
        format!("{} of {whose}: {}", count(self.figures, "result", "results"), self.reason)
    }

    /// The first few names, each clipped by `name`, and how many more there are.
    #[must_use]
    pub fn names(&self, name: impl Fn(&Subject) -> String) -> String {
        let named: Vec<String> = self.subjects.iter().take(NAMED).map(|s| name(s)).collect();
        match self.subjects.len().saturating_sub(NAMED) {
            0 => named.join(", "),
            more => format!("{}, and {} more", named.join(", "), number::count(more as u64)),
        }
    }
}

/// Every judged figure that no line above the fold shows, by verdict and reason.
#[must_use]
pub fn groups(c: &Comparison) -> Vec<Group<'_>> {
    let worse = worse(c);
    let shown: Vec<&Worse<'_>> = worse.iter().take(WORSE).collect();
    let is_shown = |subject: &Subject, row: &Row| {
        shown.iter().any(|line| {
            std::ptr::eq(line.subject, subject)
                && line
                    .row
                    .is_none_or(|r| r.metric == row.metric || line.also.contains(&words::short_title(&row.metric)))
        })
    };
    let mut groups: BTreeMap<(Verdict, String), Group<'_>> = BTreeMap::new();
    for subject in c.by_severity.iter().filter_map(|i| c.subjects.get(*i)) {
        for row in subject.rows.iter().filter(|r| r.verdict != Verdict::Info) {
            let worse = row.verdict.is_worse() || row.verdict == Verdict::Warning || c.fails_gate(row);
            if worse && (subject.scope == Scope::Total || is_shown(subject, row)) {
                continue;
            }
            let reason = common_reason(row);
            let group = groups.entry((row.verdict, reason.clone())).or_insert_with(|| Group {
                verdict: row.verdict,
                reason,
                figures: 0,
                subjects: Vec::new(),
            });
            group.figures += 1;
            if group.subjects.last().is_none_or(|last| !std::ptr::eq(*last, subject)) {
                group.subjects.push(subject);
            }
        }
    }
    let mut all: Vec<Group<'_>> = groups.into_values().collect();
    crate::order::sort_by(&mut all, |a, b| a.verdict.cmp(&b.verdict).then(b.figures.cmp(&a.figures)));
    all
}

/// Why a row has its verdict, in a few words.
#[must_use]
pub fn in_short(row: &Row) -> String {
    use Verdict as V;
    match (row.verdict, row.reason) {
        (V::Regressed | V::ProbablyRegressed | V::Critical | V::Warning, _) => words::why(row, None),
        (V::Improved | V::ProbablyImproved | V::Missing | V::New, _) => words::why(row, None),
        (V::TooFew, Reason::TooFewSamples { requests, needed }) => {
            format!("{} requests, needs {}", number::count(requests), number::count(needed))
        }
        (V::Within, Reason::Judged(_)) if row.metric == Metric::Rps => "within the limit as measured".into(),
        (V::Within, Reason::Judged(_)) if words::within_for_sure(row) && words::interval(row).is_some() => {
            "the interval ends below the limit".into()
        }
        _ => {
            let reason = common_reason(row);
            reason.strip_prefix("unclear, ").map(str::to_owned).unwrap_or(reason)
        }
    }
}

/// What a row has in common with others of its verdict.
fn common_reason(row: &Row) -> String {
    match row.reason {
        Reason::TooFewRequests { needed, .. } => {
            format!("fewer than the {} requests of the rule", number::count(needed))
        }
        Reason::TooFewSamples { needed, .. } => format!("fewer than {} requests", number::count(needed)),
        Reason::SpansLimit if row.interval_is_beyond() => "unclear, beyond the limit but not sure".into(),
        Reason::SpansLimit => "unclear, the interval spans the limit".into(),
        Reason::RowsLost { .. } => "unclear, lost rows may be failed requests".into(),
        Reason::NoInterval if row.rose_from_zero() => "unclear, from 0 there is no percentage".into(),
        Reason::NoInterval => "unclear, the files do not show how much it varies".into(),
        Reason::BelowResolution => "within the tool's rounding".into(),
        Reason::FewerRequests => "fewer requests a second".into(),
        Reason::AbsentByChance { .. } => "not in the run, which may be chance".into(),
        Reason::NoBaselineValue => "no such figure in the baseline".into(),
        Reason::NoRunValue => "no such figure in the run".into(),
        Reason::NoValues => "no such figure on either side".into(),
        Reason::OnlyInRun => "new, not in the baseline".into(),
        Reason::OnlyInBaseline => "missing, not in the run".into(),
        Reason::MissingReadAsZero(_) => "a missing column, read as 0".into(),
        Reason::Judged(policy::Reason::TooFewEvents { needed, .. }) => {
            format!("fewer than {} failures", number::count(needed))
        }
        Reason::Judged(policy::Reason::NoAbsoluteLimit | policy::Reason::ZeroBaselineIgnored) => {
            "the baseline is 0".into()
        }
        Reason::Judged(policy::Reason::NoLimits | policy::Reason::NotANumber) => "could not be judged".into(),
        Reason::Judged(_) | Reason::NoRule => match row.verdict {
            Verdict::Regressed => "beyond the limit, confirmed".into(),
            Verdict::ProbablyRegressed => "beyond the limit, probable".into(),
            Verdict::Unclear if row.interval_is_beyond() => "unclear, beyond the limit but not sure".into(),
            Verdict::Unclear => "unclear, the interval spans the limit".into(),
            verdict => verdict.as_str().to_lowercase(),
        },
    }
}

/// How many figures of how many endpoints are in each group's verdict, for a summary: `41 endpoints within limits, 5
/// unclear`. An endpoint counts with its worst.
#[must_use]
pub fn rest(c: &Comparison) -> String {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for subject in c.subjects.iter().filter(|s| s.scope != Scope::Total) {
        let fewer = subject.worst_row().is_some_and(|(_, row)| row.reason == Reason::FewerRequests);
        let what = match subject.verdict {
            Verdict::Info => continue,
            verdict if verdict.is_worse() || verdict.is_better() || verdict == Verdict::Warning => continue,
            _ if fewer => "with fewer requests",
            Verdict::Within | Verdict::Pass => "within limits",
            Verdict::Slower => "slower but within the limit",
            Verdict::TooFew => "with too few requests",
            Verdict::NoData => "without data",
            verdict => verdict.as_str(),
        };
        *counts.entry(what).or_default() += 1;
    }
    let mut counts: Vec<(&str, u64)> = counts.into_iter().collect();
    crate::order::sort_by_key(&mut counts, |(_, n)| std::cmp::Reverse(*n));
    let part = |(i, (what, n)): (usize, &(&str, u64))| {
        let endpoints = match (i, n) {
            (0, 1) => " endpoint",
            (0, _) => " endpoints",
            _ => "",
        };
        format!("{}{endpoints} {what}", number::count(*n))
    };
    let parts: Vec<String> = counts.iter().enumerate().map(part).collect();
    if parts.is_empty() { "Other results".into() } else { parts.join(", ") }
}

/// What decided the gate, in a few words: `1 confirmed regression, 2 missing endpoints`; empty where nothing fails.
#[must_use]
pub fn gate_why(c: &Comparison) -> String {
    why(c, false)
}

/// The same. Figures say `whose` they are where that is another number: counters beside them count endpoints.
fn why(c: &Comparison, whose: bool) -> String {
    // The figures of an only endpoint are those of all requests.
    let is_only = c.subjects.iter().filter(|s| s.scope != Scope::Total).count() == 1;
    let counted = c.subjects.iter().filter(|s| !(is_only && s.scope == Scope::Total));
    let rows = || counted.clone().flat_map(|s| &s.rows).filter(|r| c.fails_gate(r));
    let count = |wanted: &dyn Fn(Verdict) -> bool| rows().filter(|r| wanted(r.verdict)).count();
    let absent = |missing: bool| {
        let gone = |s: &&Subject| if missing { s.run.is_none() } else { s.baseline.is_none() };
        let counted = |s: &&Subject| c.absence_fails_gate(s) || s.rows.iter().any(|r| c.fails_gate(r));
        c.subjects.iter().filter(|s| s.scope != Scope::Total).filter(gone).filter(counted).count()
    };
    let shown = |n: usize, one: &str, many: &str| match n {
        0 => None,
        1 => Some(format!("1 {one}")),
        n => Some(format!("{} {many}", number::count(n as u64))),
    };
    let regressions = |verdict: Verdict, one: &str, many: &str| {
        let figures = shown(count(&|v| v == verdict), one, many)?;
        let has = |s: &&Subject| s.rows.iter().any(|r| r.verdict == verdict && c.fails_gate(r));
        let (all, endpoints): (Vec<_>, Vec<_>) = counted.clone().filter(has).partition(|s| s.scope == Scope::Total);
        let of = shown(endpoints.len(), "endpoint", "endpoints");
        let of: Vec<String> = of.into_iter().chain((!all.is_empty()).then(|| "all requests".to_owned())).collect();
        let plain = !whose || all.is_empty() && endpoints.len() == count(&|v| v == verdict);
        Some(if plain { figures } else { format!("{figures} of {}", of.join(" and of ")) })
    };
    let others = |v: Verdict| !v.is_worse() && v != Verdict::New;
    match (c.gate, c.word) {
        (Gate::Pass, Word::NotComparable | Word::CannotTell) => "no verdict, which passes here".into(),
        (Gate::Pass, _) => String::new(),
        (Gate::NoVerdict, Word::NotComparable) => "not comparable".into(),
        (Gate::NoVerdict, _) => "too little data to tell".into(),
        (Gate::Fail, word) => {
            let parts: Vec<String> = [
                shown(count(&|v| v == Verdict::Critical), "result beyond its limit", "results beyond their limits"),
                regressions(Verdict::Regressed, "confirmed regression", "confirmed regressions"),
                shown(absent(true), "missing endpoint", "missing endpoints"),
                regressions(Verdict::ProbablyRegressed, "probable regression", "probable regressions"),
                shown(absent(false), "new endpoint", "new endpoints"),
                shown(count(&others), "result beyond its limit as measured", "results beyond their limits as measured"),
            ]
            .into_iter()
            .flatten()
            .collect();
            match (parts.is_empty(), word) {
                (true, Word::NotComparable) => "not comparable, which fails here".into(),
                (true, _) => "too little data to tell, which fails here".into(),
                (false, _) => parts.join(", "),
            }
        }
    }
}

/// The gate in words: `pass`, `fail`, `no verdict`.
#[must_use]
pub fn gate(c: &Comparison) -> &'static str {
    match c.gate {
        Gate::Pass => "pass",
        Gate::Fail => "fail",
        Gate::NoVerdict => "no verdict",
    }
}

/// The gate as a badge has it: `Gate: fail`, `No verdict`.
#[must_use]
pub fn gate_badge(c: &Comparison) -> &'static str {
    match c.gate {
        Gate::Pass => "Gate: pass",
        Gate::Fail => "Gate: fail",
        Gate::NoVerdict => "No verdict",
    }
}

/// What decided the gate, where that is not the word itself: `1 confirmed regression`.
#[must_use]
pub fn gate_beside(c: &Comparison) -> String {
    if c.gate == Gate::NoVerdict { String::new() } else { why(c, true) }
}

/// The gate as a name for style sheets.
#[must_use]
pub fn gate_class(c: &Comparison) -> &'static str {
    match c.gate {
        Gate::Pass => "gate gate-pass",
        Gate::Fail => "gate gate-fail",
        Gate::NoVerdict => "gate gate-none",
    }
}

/// What is lost of the files, as sentences, where it has to stand beside the verdict; else empty.
#[must_use]
pub fn lost(c: &Comparison) -> String {
    let sides = [("baseline", Lost::of(&c.baseline)), ("run", Lost::of(&c.run))];
    let most = c.policy.compare.max_lost_pct;
    let sentences = sides.into_iter().flat_map(|(side, lost)| {
        let failing = if lost.is_failing { ", failed requests among them" } else { "" };
        let rows = format!(
            "{} of {} rows of the {side} could not be read{failing}.",
            number::count(lost.rejected),
            number::count(lost.rows)
        );
        let damaged = format!("A part of the {side}'s archive is damaged: requests are missing.");
        let cut = format!("The {side}'s archive is cut: the last requests are missing.");
        let is_told = |told: bool, sentence: String| told.then_some(sentence);
        [is_told(lost.rows_tell(most), rows), is_told(lost.is_damaged, damaged), is_told(lost.is_cut, cut)]
            .into_iter()
            .flatten()
    });
    sentences.collect::<Vec<_>>().join(" ")
}

/// Whether so much is lost that there is no verdict.
#[must_use]
pub fn lost_too_much(c: &Comparison) -> bool {
    [&c.baseline, &c.run].into_iter().any(|run| Lost::of(run).is_more_than(c.policy.compare.max_lost_pct))
}

/// A text cut to a maximum number of characters, with `…` in place of the rest.
pub(super) fn clipped(foreign: &str, chars: usize) -> std::borrow::Cow<'_, str> {
    match foreign.char_indices().nth(chars) {
        Some((at, _)) => format!("{}…", foreign.get(..at).unwrap_or_default()).into(),
        None => foreign.into(),
    }
}
