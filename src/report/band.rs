//! The verdict band as data: what to know before the word, the counters, and the line of limits.

use super::{brief, view, words};
use crate::compare::{Comparison, Row, Scope, Verdict, Word};
use crate::number;
use crate::policy::{Correction, Gate};
use crate::run::{Endpoint, Metric, Percentile};

/// Something to know before the word is read: a problem of comparability, or a file that is cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Whether it is a warning.
    pub warning: bool,
    /// The first sentence.
    pub first: String,
    /// The rest; empty for most.
    pub rest: String,
}

/// Codes of notes about files that end early.
const CUT: [&str; 7] =
    ["cut-row", "cut-report", "cut-archive", "cut-record", "history-ends-early", "xml-ends-early", "tsung-ends-early"];

/// What to know before the word is read, warnings first. The sentence of the verdict does not repeat it.
#[must_use]
pub fn known(c: &Comparison) -> Vec<Known> {
    let lost = brief::lost(c);
    // Where it decides, the verdict's sentence says it.
    let is_said = lost.is_empty() || (c.word == Word::CannotTell && brief::lost_too_much(c));
    let archive = lost.is_empty();
    let lost = (!is_said).then_some((true, lost));
    let cut = [("Baseline", &c.baseline), ("Run", &c.run)].into_iter().flat_map(|(side, run)| {
        let is_cut = |code: &str| CUT.contains(&code) && (archive || code != "cut-archive");
        run.notes
            .iter()
            .filter(move |note| is_cut(note.code()))
            .map(move |note| (true, format!("{side}: {}", note.text())))
    });
    let equal =
        all_equal(c).then(|| (true, "All figures are equal on both sides. It may be one run twice.".to_owned()));
    let mut all: Vec<Known> = lost
        .into_iter()
        .chain(equal)
        .chain(view::comparable(c))
        .chain(cut)
        .map(|(warning, text)| match text.split_once(". ") {
            Some((first, rest)) => Known { warning, first: format!("{first}."), rest: rest.to_owned() },
            None => Known { warning, first: text, rest: String::new() },
        })
        .collect();
    crate::order::sort_by_key(&mut all, |known| !known.warning);
    all
}

/// Whether two files hold the very same figures; of one file, the verdict's sentence says it.
fn all_equal(c: &Comparison) -> bool {
    let rows = || c.subjects.iter().flat_map(|subject| &subject.rows).filter(|row| row.metric != Metric::Requests);
    // Counts alone are often equal: of a fixed number of requests, without failures.
    let timed = |row: &Row| matches!(row.metric, Metric::Mean | Metric::Latency(_)) && row.run.number.is_some();
    let requests = |run: &crate::run::Run| run.requests().filter(|n| *n > 0);
    !c.baseline.same_files(&c.run)
        && requests(&c.baseline).is_some_and(|n| requests(&c.run) == Some(n))
        && rows().any(timed)
        && rows().all(|row| row.baseline.number == row.run.number)
}

/// A counter: how many endpoints have a verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counter {
    /// The verdict.
    pub verdict: Verdict,
    /// The colour group.
    pub tone: &'static str,
    /// The sign.
    pub sign: &'static str,
    /// Number of endpoints.
    pub endpoints: usize,
    /// The same, and the word: `3 regressed`.
    pub text: String,
}

/// The counters, worst first. Each endpoint counts once, with the verdict that its row shows. Empty where both sides are
/// the same file, which has no verdicts.
#[must_use]
pub fn counters(c: &Comparison) -> Vec<Counter> {
    if c.baseline.same_files(&c.run) {
        return Vec::new();
    }
    let shown: Vec<_> = c.subjects.iter().filter(|s| s.scope != Scope::Total).map(view::shown).collect();
    let counter = |verdict: Verdict| {
        let of: Vec<_> = shown.iter().filter(|shown| shown.verdict == verdict).collect();
        let first = of.first()?;
        let same = of.iter().all(|shown| shown.word == first.word);
        let word = if same { first.word } else { words::badge(verdict) };
        // The colour of the surest of them.
        let sure =
            of.iter().min_by_key(|shown| ["critical", "probable"].iter().position(|t| *t == shown.tone).unwrap_or(2));
        let (tone, sign) = sure.map_or((words::tone(verdict), words::sign(verdict)), |shown| (shown.tone, shown.sign));
        let what = match verdict {
            Verdict::Info => "not judged".to_owned(),
            Verdict::Within => "within limits".to_owned(),
            _ => word.to_lowercase(),
        };
        let text = format!("{} {what}", number::count(of.len() as u64));
        Some(Counter { verdict, tone, sign, endpoints: of.len(), text })
    };
    Verdict::ALL.into_iter().filter_map(counter).collect()
}

/// What the counters count: `of 50 endpoints`.
#[must_use]
pub fn of_endpoints(c: &Comparison) -> String {
    match c.subjects.iter().filter(|s| s.scope != Scope::Total).count() {
        1 => "of 1 endpoint".into(),
        n => format!("of {} endpoints", number::count(n as u64)),
    }
}

/// The limits and what fails, in a line: `Default limits. Fails on confirmed regressions only.`
#[must_use]
pub fn judged_by(c: &Comparison) -> String {
    let name = c.policy.name.as_str();
    let limits = match name.strip_prefix("default").filter(|rest| rest.is_empty() || rest.starts_with(',')) {
        Some(rest) => format!("Default limits{rest}"),
        None => format!("Limits: {name}"),
    };
    format!("{limits}. Fails on {}.", fails_on(c.policy.compare.gate))
}

/// What the gate fails on.
#[must_use]
pub fn fails_on(gate: Gate) -> &'static str {
    match gate {
        Gate::Point => "any figure beyond its limit, sure or not",
        Gate::Suspected => "confirmed and probable regressions",
        Gate::Confirmed => "confirmed regressions only",
        Gate::Inconclusive => "any figure beyond its limit, and without a verdict",
    }
}

/// The correction for many rules judged at once, by its name.
#[must_use]
pub fn correction(correction: Correction) -> &'static str {
    match correction {
        Correction::Holm => "Holm",
        Correction::Bh => "Benjamini-Hochberg",
        Correction::None => "none",
    }
}

/// What stands between a change and *confirmed*, as sentences; for a tooltip and the method.
#[must_use]
pub fn judged_how(c: &Comparison) -> String {
    let evidence = || c.subjects.iter().flat_map(|s| &s.rows).filter_map(|row| row.evidence.as_ref());
    let family = evidence().map(|e| e.family).max().unwrap_or(0);
    if family == 0 {
        return "Judged by limits alone.".into();
    }
    let rules = if family == 1 { "1 rule".to_owned() } else { format!("{} rules", number::count(family as u64)) };
    let correction = match c.policy.compare.correction {
        Correction::None => format!("{rules} judged at once, not corrected for that."),
        method => format!("Corrected for {rules} judged at once ({}).", correction(method)),
    };
    let floors = || evidence().filter(|e| e.limit.is_some()).map(|e| e.floor).filter(|floor| *floor > 0.0);
    let noise = match floors().reduce(f64::min).zip(floors().reduce(f64::max)) {
        None => "No noise between equal runs is added.".to_owned(),
        Some((low, high)) if low == high => format!("Equal runs may differ by {}.", number::percent(low)),
        Some((low, high)) => format!("Equal runs may differ by {} to {}.", number::figure(low), number::percent(high)),
    };
    format!("{correction} {noise}")
}

/// The colour group of the word. A word of limits alone is as sure as the figures behind it.
#[must_use]
pub fn word_tone(c: &Comparison) -> &'static str {
    if !matches!(c.word, Word::Critical | Word::Warning) {
        return words::word_tone(c.word);
    }
    let worse = |row: &&Row| matches!(row.verdict, Verdict::Critical | Verdict::Warning);
    let tones: Vec<_> = c.subjects.iter().flat_map(|s| &s.rows).filter(worse).map(words::row_tone).collect();
    ["critical", "probable"].into_iter().find(|tone| tones.contains(tone)).unwrap_or("unknown")
}

/// The metric that the verdict's sentence names, if it is one that charts draw.
fn named(c: &Comparison) -> Option<Metric> {
    let improved = || brief::improved(c).first().map(|b| b.row.metric.clone());
    let named = match c.word {
        Word::Improved => improved(),
        Word::NoRegressionFound => brief::unsure(c).first().map(|unsure| unsure.row.metric.clone()),
        _ => super::headline::decisive(c).filter(|(_, row)| row.verdict.is_worse()).map(|(_, row)| row.metric.clone()),
    };
    named.filter(|metric| matches!(metric, Metric::Mean | Metric::Latency(_) | Metric::ErrorRate | Metric::Rps))
}

/// The percentile that a report opens with: the one that the verdict's sentence names, else p95.
#[must_use]
pub fn first_percentile(c: &Comparison) -> Percentile {
    match named(c) {
        Some(Metric::Latency(percentile)) => percentile,
        _ => Percentile::P95,
    }
}

/// The metric that the chart of changes opens with: the one that the verdict's sentence names, if endpoints have it on
/// both sides, else this percentile.
#[must_use]
pub fn first_metric(c: &Comparison, percentile: Percentile) -> Metric {
    let known = |metric: &Metric| {
        let value = |side: &Option<Endpoint>| side.as_ref().is_some_and(|e| e.value(metric).number.is_some());
        c.subjects.iter().any(|s| s.scope != Scope::Total && value(&s.baseline) && value(&s.run))
    };
    match named(c) {
        Some(Metric::Latency(_)) | None => Metric::Latency(percentile),
        Some(metric) => Some(metric).filter(known).unwrap_or(Metric::Latency(percentile)),
    }
}
