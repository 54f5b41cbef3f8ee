//! The report as data for a page: everything a component shows, already in words.

use super::{brief, words};
use crate::compare::{
    Change, Check, Comparison, Cut, Evidence, Exploration, Reason, Row, Scope, Settle, Subject, Verdict, Why, Word,
    check,
};
use crate::fnv::fnv1a;
use crate::ingest::FORMATS;
use crate::number;
use crate::policy::{Condition, Policy, Unit};
use crate::run::{ALL_REQUESTS, Absent, Metric, NoteLevel, Percentile, Run, TOTAL, Value, time};
use crate::stats::Bounds;
use crate::stats::rank::Magnitude;

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
    /// The interval of the change; empty where there is none.
    pub interval: String,
    /// The row's verdict.
    pub verdict: Verdict,
    /// Its colour group.
    pub tone: &'static str,
    /// Its sign.
    pub sign: &'static str,
    /// Its word.
    pub word: String,
}

/// The interval of a change, behind what was judged where that is not the figures as they are shown.
pub(super) fn interval_and_basis(row: &Row) -> String {
    match (words::judged_change(row), words::interval(row)) {
        (Some(judged), Some(interval)) => format!("{judged} ({interval})"),
        (judged, interval) => judged.or(interval).unwrap_or_default(),
    }
}

/// The headline strip: the total's mean, percentiles, error rate and throughput, as far as a side knows them. Empty where
/// the runs have no total. The chosen percentile takes the place of the nearest of p50, p95 and p99.
#[must_use]
pub fn tiles(comparison: &Comparison, chosen: Percentile) -> Vec<Tile> {
    let mut percentiles = [Percentile::P50, Percentile::P95, Percentile::P99];
    if let Some(nearest) = percentiles.iter_mut().min_by_key(|p| p.0.abs_diff(chosen.0)) {
        *nearest = chosen;
    }
    let percentiles = percentiles.map(Metric::Latency);
    let metrics: Vec<Metric> =
        [Metric::Mean].into_iter().chain(percentiles).chain([Metric::ErrorRate, Metric::Rps]).collect();
    let Some(total) = comparison.total() else { return Vec::new() };
    // A mean that no rule is about is one figure too many.
    let wanted = |(metric, cell): &(&Metric, Cell)| **metric != Metric::Mean || cell.verdict != Verdict::Info;
    metrics
        .iter()
        .filter(|metric| numbers(total, metric).iter().any(Option::is_some))
        .map(|metric| (metric, Cell::of(total, metric)))
        .filter(wanted)
        .map(|(metric, cell)| Tile {
            title: match metric {
                Metric::Latency(_) => metric.title(),
                _ => capital(&metric.title()),
            },
            run: cell.run,
            baseline: cell.baseline,
            change: cell.change,
            interval: total.row(metric).map(interval_and_basis).unwrap_or_default(),
            verdict: cell.verdict,
            tone: cell.tone,
            sign: total.row(metric).map_or("", words::row_sign),
            word: total.row(metric).map(|row| capital(&words::row_word(row))).unwrap_or_default(),
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
    /// Its colour group.
    pub tone: &'static str,
    /// Its sign.
    pub sign: &'static str,
    /// Its word, in sentence case.
    pub word: &'static str,
    /// What decided, in a few words: `p95 +54 %`.
    pub because: String,
    /// How sure that is, or what would tell: `not sure after correction for 120 rules`, `needs 9,000 requests`. Empty where nothing is to
    /// say.
    pub sure: String,
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
    /// Its colour group.
    pub tone: &'static str,
}

impl Line {
    /// What decided and how sure that is, on one line: `p50 +3 % · needs 9,000 requests`.
    #[must_use]
    pub fn why(&self) -> String {
        let parts = [self.because.as_str(), self.sure.as_str()];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
    }
}

impl Cell {
    /// A metric that no rule is about is shown without a verdict.
    fn of(subject: &Subject, metric: &Metric) -> Self {
        let Some(row) = subject.row(metric) else {
            let [baseline, run] = unjudged(subject, metric);
            let change = baseline.number.zip(run.number).map(|(baseline, run)| Change::between(baseline, run));
            return Self {
                baseline: words::value(metric, &baseline),
                run: words::value(metric, &run),
                change: change.map_or_else(|| words::NONE.into(), |change| words::brief_of(metric, &change)),
                verdict: Verdict::Info,
                tone: words::tone(Verdict::Info),
            };
        };
        Self {
            baseline: words::value(&row.metric, &row.baseline),
            run: words::value(&row.metric, &row.run),
            change: words::brief_change(row),
            verdict: row.verdict,
            tone: words::row_tone(row),
        }
    }
}

/// Both sides' numbers of a metric, judged or not.
fn numbers(subject: &Subject, metric: &Metric) -> [Option<f64>; 2] {
    match subject.row(metric) {
        Some(row) => [row.baseline.number, row.run.number],
        None => unjudged(subject, metric).map(|value| value.number),
    }
}

/// Both sides' values of a metric that a subject has no row of.
fn unjudged(subject: &Subject, metric: &Metric) -> [Value; 2] {
    [&subject.baseline, &subject.run]
        .map(|side| side.as_ref().map_or_else(|| Value::absent(Absent::NoEndpoint), |endpoint| endpoint.value(metric)))
}

/// Which figure of a row a table is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Figure {
    /// The baseline's.
    Baseline,
    /// The run's.
    Run,
    /// The change, in percent; of error rates in percentage points.
    Change,
}

/// The number that a subject is sorted by; `None` where it has none.
#[must_use]
pub fn sort_number(subject: &Subject, metric: &Metric, figure: Figure) -> Option<f64> {
    let [baseline, run] = numbers(subject, metric);
    match figure {
        Figure::Baseline => baseline,
        Figure::Run => run,
        Figure::Change => {
            let judged = subject.row(metric).and_then(|row| row.change);
            judged.or_else(|| Some(Change::between(baseline?, run?))).map(|change| match metric {
                Metric::ErrorRate => change.abs,
                _ => change.pct.unwrap_or(f64::INFINITY),
            })
        }
    }
}

/// The subjects of the endpoints table, as indices: the total, where there is one, then the most severe first.
pub fn order(comparison: &Comparison) -> impl Iterator<Item = usize> + '_ {
    let total = comparison.subjects.iter().position(|s| s.scope == Scope::Total);
    total.into_iter().chain(comparison.endpoints_by_severity().map(|(i, _)| i))
}

/// The lines of the endpoints table, most severe first; the total, where there is one, is the first.
#[must_use]
pub fn lines(comparison: &Comparison, percentile: Percentile) -> Vec<Line> {
    order(comparison).filter_map(|subject| line(comparison, subject, percentile)).collect()
}

/// One line of it, of a subject by its index. A table of many makes those that it draws.
#[must_use]
pub fn line(comparison: &Comparison, index: usize, percentile: Percentile) -> Option<Line> {
    let subject = comparison.subjects.get(index)?;
    let cell = |metric: Metric| Cell::of(subject, &metric);
    let shown = shown(subject);
    Some(Line {
        subject: index,
        scope: subject.scope,
        verdict: shown.verdict,
        tone: shown.tone,
        sign: shown.sign,
        word: shown.word,
        because: because(&shown),
        sure: sure(&shown),
        method: subject.method.clone().unwrap_or_default(),
        name: crate::run::shown(&subject.name).into_owned(),
        latency: cell(Metric::Latency(percentile)),
        errors: cell(Metric::ErrorRate),
        rate: cell(Metric::Rps),
        requests: cell(Metric::Requests),
        unchanged: is_unchanged(subject),
    })
}

/// The name of a subject in addresses and markup: 16 hex digits, which other thresholds leave as they are.
#[must_use]
pub fn key(subject: &Subject) -> String {
    format!("{:016x}", number_of(subject))
}

/// A [`key`] as a number: that of a subject among 10,000 is found without writing any.
fn number_of(subject: &Subject) -> u64 {
    // No byte of UTF-8 is 0xff: where a part ends is unambiguous.
    let method = subject.method.iter().flat_map(|method| [0xff].into_iter().chain(method.bytes()));
    fnv1a(subject.scope.as_str().bytes().chain(method).chain([0xff, 0xff]).chain(subject.name.bytes()))
}

/// Whether a text has the form of a [`key`].
#[must_use]
pub fn is_key(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// The subject with a [`key`], as an index.
#[must_use]
pub fn find(comparison: &Comparison, with: &str) -> Option<usize> {
    let wanted = u64::from_str_radix(with, 16).ok().filter(|_| is_key(with))?;
    comparison.subjects.iter().position(|subject| number_of(subject) == wanted)
}

/// Whether nothing about a subject is worth a look.
#[must_use]
pub fn is_unchanged(subject: &Subject) -> bool {
    matches!(shown_verdict(subject), Verdict::Within | Verdict::Pass | Verdict::Info)
}

/// What a line says of a subject.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'s> {
    /// The verdict whose colour it has.
    pub verdict: Verdict,
    /// The colour group: how sure it is.
    pub tone: &'static str,
    /// The sign.
    pub sign: &'static str,
    /// Its word, in sentence case.
    pub word: &'static str,
    /// The row that says why; `None` where no rule is about it.
    pub row: Option<&'s Row>,
}

/// What a line says of a subject: its worst row, unless nothing is worse and something improved, which would stand behind
/// what cannot be told of another figure; or unless only some of its figures have too few requests.
#[must_use]
pub fn shown(subject: &Subject) -> Shown<'_> {
    let (verdict, improved) = verdict_and_improved(subject);
    let row = improved.or_else(|| subject.worst_row().map(|(_, row)| row));
    let (tone, sign, word) = match row {
        Some(row) if !is_mild(subject) => (words::row_tone(row), words::row_sign(row), words::subject_badge(subject)),
        _ => (words::tone(verdict), words::sign(verdict), words::badge(verdict)),
    };
    Shown { verdict, tone, sign, word, row }
}

/// The verdict of [`shown`], without what it costs to find the row that decided.
#[must_use]
pub fn shown_verdict(subject: &Subject) -> Verdict {
    verdict_and_improved(subject).0
}

/// Whether an improvement stands before the verdict of a subject.
fn is_mild(subject: &Subject) -> bool {
    matches!(
        subject.verdict,
        Verdict::Unclear | Verdict::TooFew | Verdict::NoData | Verdict::Improved | Verdict::Within
    )
}

/// The verdict of a line, and the row that improved where it is of that one.
fn verdict_and_improved(subject: &Subject) -> (Verdict, Option<&Row>) {
    if !is_mild(subject) {
        return (subject.verdict, None);
    }
    let first = |verdict: Verdict| subject.rows.iter().find(|row| row.verdict == verdict);
    let mean = subject.row(&Metric::Mean).filter(|row| row.verdict == Verdict::Improved);
    let improved = mean.or_else(|| first(Verdict::Improved)).or_else(|| first(Verdict::ProbablyImproved));
    match improved {
        Some(row) => (row.verdict, Some(row)),
        None if subject.verdict == Verdict::TooFew && first(Verdict::Within).is_some() => (Verdict::Within, None),
        None => (subject.verdict, None),
    }
}

/// What decided a subject's verdict, in a few words.
fn because(shown: &Shown<'_>) -> String {
    use Verdict as V;
    match (shown.verdict, shown.row) {
        (V::Missing, _) => "not in the run".into(),
        (V::New, _) => "not in the baseline".into(),
        (V::NoData, Some(row)) => format!("no {}", row.metric.title()),
        (V::Within, Some(row)) if row.verdict == V::TooFew => format!("{}: too few requests", row.metric.title()),
        (V::TooFew | V::Within | V::Pass | V::Info, _) | (_, None) => String::new(),
        (_, Some(row)) => format!("{} {}", row.metric.title(), words::brief_change(row)),
    }
}

/// How sure a subject's verdict is, or what would tell.
fn sure(shown: &Shown<'_>) -> String {
    let Some(row) = shown.row else { return String::new() };
    match (shown.verdict, row.reason, &row.evidence) {
        (Verdict::TooFew, Reason::TooFewSamples { requests, needed }, _) => format!(
            "{} requests, {} needs {}",
            number::count(requests),
            words::short_title(&row.metric),
            number::count(needed)
        ),
        // That it is confirmed, the verdict's word and colour say.
        (Verdict::Regressed, _, Some(evidence)) => {
            evidence.basis.since_s.map(|s| format!("since {}", words::minute(s))).unwrap_or_default()
        }
        (Verdict::ProbablyRegressed, ..) => {
            let why = words::why(row, None);
            why.strip_prefix(&format!("beyond {}, ", words::limit_short(row))).unwrap_or(&why).to_owned()
        }
        (Verdict::Unclear, _, Some(evidence)) => needs(evidence),
        _ => String::new(),
    }
}

/// What would settle it, in a few words.
fn needs(evidence: &Evidence) -> String {
    match evidence.settle {
        // How many there are stands in the table. Hardly more than those would not settle it, and nobody makes twenty times
        // as many.
        Some(Settle::Requests(n)) => match evidence.n.0.into_iter().chain(evidence.n.1).min() {
            Some(has) if n <= has.saturating_add(has / 4) || n > has.saturating_mul(20) => String::new(),
            _ => format!("needs {} requests", number::count(words::rough(n))),
        },
        Some(Settle::Runs(n)) => format!("needs {} runs a side", number::count(n)),
        Some(Settle::Samples) => "needs per-request data".into(),
        None => String::new(),
    }
}

/// The metric whose intervals stand against their limits in the endpoints table: the chosen percentile; where that has no
/// interval anywhere, what decided; else what else has some.
#[must_use]
pub fn forest_metric(comparison: &Comparison, percentile: Percentile) -> Metric {
    let chosen = Metric::Latency(percentile);
    let decided = comparison.worst_row().map(|(_, row)| row.metric.clone());
    let others = [Metric::ErrorRate, Metric::Mean, Metric::Rps];
    let told = |metric: &Metric| {
        let rows = comparison.subjects.iter().filter_map(|s| s.row(metric));
        rows.filter_map(|row| row.evidence.as_ref()).any(|e| e.interval != Bounds::default())
    };
    [chosen.clone()].into_iter().chain(decided).chain(others).find(told).unwrap_or(chosen)
}

/// The limit that a shift plot shows: that of the judged percentile that is the surest beyond its
/// own, and of these the one that went furthest.
#[must_use]
pub fn shift_limit(subject: &Subject) -> Option<(Percentile, f64)> {
    let limits = subject.rows.iter().filter_map(|row| match row.metric {
        Metric::Latency(percentile) => Some((row.verdict, row.times_limit, percentile, row.evidence.as_ref()?.limit?)),
        _ => None,
    });
    // The first of equals: `min_by` keeps it.
    limits.min_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1))).map(|(.., percentile, limit)| (percentile, limit))
}

/// A finding of a closer look: its name, and what was found.
pub type Finding = (&'static str, String);

/// What a closer look at a subject found beyond its verdicts, each with its name.
#[must_use]
pub fn findings(explored: &Exploration) -> Vec<Finding> {
    let mut found = Vec::new();
    if let Some(samples) = &explored.samples {
        let ms = |v: f64| number::signed(v, " ms");
        found.extend(samples.shift_ms.map(|shift| {
            let range = number::change_range(shift.bounds.lower, shift.bounds.upper, " ms");
            let range = range.map(|range| format!(", interval {range}")).unwrap_or_default();
            ("Typical difference of two requests (Hodges-Lehmann)", format!("{}{range}", ms(shift.shift)))
        }));
        found.extend(samples.delta.map(|delta| {
            let size = match delta.label {
                Magnitude::Negligible => "negligible",
                Magnitude::Small => "small",
                Magnitude::Medium => "medium",
                Magnitude::Large => "large",
            };
            (
                "How often slower, less how often faster (Cliff’s δ)",
                format!("{}, {size}", number::signed(delta.delta, "")),
            )
        }));
        found.extend(samples.tendency.map(|t| {
            ("Whether requests tend to be slower (Brunner-Munzel)", format!("p {}", words::p_value(t.greater)))
        }));
        found.extend(samples.shape.map(|shape| {
            let at = number::latency_ms(shape.at);
            let distance = number::figure(shape.distance);
            (
                "Whether the shapes differ (Kolmogorov-Smirnov)",
                format!("D {distance} at {at}, p {}", words::p_value(shape.p)),
            )
        }));
    }
    found.extend(explored.failures.map(|fisher| {
        (
            "Whether failures are more frequent at all (Fisher, mid-p)",
            format!("p {}", words::p_value(fisher.mid_p_greater)),
        )
    }));
    found
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
    /// Its colour group.
    pub tone: &'static str,
    /// Its sign.
    pub sign: &'static str,
    /// Why, in a few words.
    pub short: String,
    /// The limit from which on it passes.
    pub passes_from: Option<String>,
    /// Why and how sure, as sentences.
    pub reason: String,
    /// The formula with the numbers in it.
    pub formula: Option<String>,
    /// Where the run's number comes from.
    pub provenance: &'static str,
    /// The verdict's word: `regressed · acknowledged`.
    pub word: String,
    /// The interval of the change.
    pub interval: Option<String>,
    /// How the interval was found.
    pub method: Option<String>,
    /// What would change the verdict.
    pub would_change: Option<String>,
    /// The numbers behind it, each with its name: n, the limit, the noise, p.
    pub numbers: Vec<(&'static str, String)>,
}

/// The numbers behind a row's evidence, each with its name.
fn evidence_numbers(row: &crate::compare::Row) -> Vec<(&'static str, String)> {
    let Some(e) = row.evidence.as_ref().filter(|_| row.rule.is_some()) else { return Vec::new() };
    let change = |c: f64| words::evidence_change(&row.metric, c);
    let count = |n: Option<u64>| n.map_or_else(|| words::NONE.to_owned(), number::count);
    let mut numbers = vec![("Sample size, baseline and run", format!("{} and {}", count(e.n.0), count(e.n.1)))];
    numbers.extend(e.estimate.map(|estimate| ("Change that is judged", change(estimate))));
    numbers.extend(e.limit.filter(|l| l.is_finite()).map(|limit| ("Limit", change(limit))));
    if e.floor > 0.0 {
        let floor = format!("{} ({})", number::percent(e.floor), words::noise_from(e));
        numbers.push(("Equal runs may differ by", floor));
    }
    numbers
        .extend(e.detectable.filter(|d| *d < words::FARTHEST_LIMIT).map(|d| ("Would have been seen from", change(d))));
    numbers.extend(e.p.map(|p| ("p value if the change were within the limit", words::p_value(p))));
    numbers.extend(
        e.adjusted_p.map(|p| ("Corrected for many rules", format!("{} ({} rules)", words::p_value(p), e.family))),
    );
    numbers.extend(e.confirmed_below.filter(|b| b.is_finite()).map(|b| ("Confirmed for limits under", change(b))));
    numbers
}

/// Why a row has its verdict, in a few words, and what would tell.
fn short(row: &Row) -> String {
    let needs = row.evidence.as_ref().filter(|_| row.verdict == Verdict::Unclear).map(|e| needs(e)).unwrap_or_default();
    let why = brief::in_short(row);
    if needs.is_empty() { why } else { format!("{why} · {needs}") }
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
                tone: words::row_tone(row),
                sign: words::row_sign(row),
                short: short(row),
                passes_from: words::passes_from(row),
                reason: words::explanation(row),
                formula: words::formula(row),
                provenance: words::provenance(if row.run.number.is_some() {
                    row.run.provenance
                } else {
                    row.baseline.provenance
                }),
                word: words::row_word(row),
                interval: words::interval(row),
                method: row.evidence.as_ref().map(|e| words::method(e.method)),
                would_change: words::would_change(row),
                numbers: evidence_numbers(row),
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
    let (baseline, run) = (&comparison.warmup.baseline, &comparison.warmup.run);
    facts.push(Fact { name: "Warm-up", baseline: warmup(baseline), run: warmup(run) });
    facts.push(Fact { name: "Rows", baseline: comparison.baseline_account.text(), run: comparison.run_account.text() });
    facts
}

/// A warm-up, and whether the figures hold it.
fn warmup(cut: &Cut) -> String {
    let held = cut.seconds > 0 && cut.why != Why::LeftOut;
    format!("{}{}", cut.text(), if held { "; included in results" } else { "" })
}

/// The tool, with its version where the files tell it: `Locust >=1.10.2`, `JMeter`.
#[must_use]
pub fn tool(run: &Run) -> String {
    match &run.source.version {
        Some(version) => format!("{} {version}", run.source.tool),
        None => run.source.tool.clone(),
    }
}

/// What is known about one run as a whole: names and values.
#[must_use]
pub fn run_facts(run: &Run) -> Vec<(&'static str, String)> {
    let none = || words::NONE.to_owned();
    let files: Vec<String> =
        run.source.files.iter().map(|f| format!("{} ({})", f.name, number::bytes(f.bytes))).collect();
    vec![
        ("Tool", tool(run)),
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
    let mut parts = vec![tool(run)];
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
        same.push(if users == 1 { "1 user".into() } else { format!("{} users", number::count(users)) });
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

/// Every data check: what the two runs differ in, what both together show, then what each file shows; warnings first.
/// What both files show in the same words is one line that names both.
#[must_use]
pub fn checks(comparison: &Comparison) -> Vec<NoteLine> {
    let of_pair = |text: String, level: NoteLevel| NoteLine {
        about: vec![("Comparison", None)],
        text,
        warning: level == NoteLevel::Warning,
    };
    let reasons = comparison.comparability.reasons.iter().map(|r| of_pair(r.text(), r.level()));
    let pair = comparison.checks.pair.iter().map(|c| of_pair(c.text(), c.level()));
    let baseline = check_lines("Baseline", &comparison.checks.baseline);
    merged(reasons.chain(pair).chain(baseline).chain(check_lines("Run", &comparison.checks.run)))
}

/// Every data check of one run.
#[must_use]
pub fn run_checks(about: &'static str, run: &Run) -> Vec<NoteLine> {
    check_lines(about, &check::of_run(run)).collect()
}

fn check_lines(about: &'static str, checks: &[Check]) -> impl Iterator<Item = NoteLine> {
    checks.iter().map(move |check| NoteLine {
        about: vec![(about, check.file().map(str::to_owned))],
        text: check.text(),
        warning: check.level() == NoteLevel::Warning,
    })
}

/// Every note: of the pair, then of the baseline, then of the run, without what is among the [`checks`]; warnings first.
/// What several say in the same words is one line that names them all.
#[must_use]
pub fn notes(comparison: &Comparison) -> Vec<NoteLine> {
    let pair = comparison.notes.iter().map(|n| NoteLine {
        about: vec![("Comparison", None)],
        text: n.text(),
        warning: n.level() == NoteLevel::Warning,
    });
    let baseline = note_lines("Baseline", &comparison.baseline, &comparison.checks.baseline);
    merged(pair.chain(baseline).chain(note_lines("Run", &comparison.run, &comparison.checks.run)))
}

/// Every note of one run that is not among its [`run_checks`].
#[must_use]
pub fn run_notes(about: &'static str, run: &Run) -> Vec<NoteLine> {
    note_lines(about, run, &check::of_run(run)).collect()
}

fn note_lines(about: &'static str, run: &Run, checks: &[Check]) -> impl Iterator<Item = NoteLine> {
    check::other_notes(run, checks).into_iter().map(move |n| NoteLine {
        about: vec![(about, n.file.clone())],
        text: n.text(),
        warning: n.level() == NoteLevel::Warning,
    })
}

/// Lines in the same words made one, warnings first.
fn merged(all: impl Iterator<Item = NoteLine>) -> Vec<NoteLine> {
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

/// What speaks against comparing the two, each with whether it is a warning: what they differ in, then the notes on the
/// pair. What the headline says of it is not said again.
#[must_use]
pub fn comparable(comparison: &Comparison) -> Vec<(bool, String)> {
    let said = |required: bool| comparison.word == Word::NotComparable && required;
    let reasons = comparison.comparability.reasons.iter().filter(|r| !said(r.required)).map(|r| (r.level(), r.text()));
    let notes = comparison.notes.iter().map(|n| (n.level(), n.text()));
    reasons.chain(notes).map(|(level, text)| (level == NoteLevel::Warning, text)).collect()
}

/// The data checks in a few words: how many lines of [`checks`] and [`notes`] there are, and how many of them warn.
#[must_use]
pub fn data_checks(comparison: &Comparison) -> String {
    let lines = || checks(comparison).into_iter().chain(notes(comparison));
    let all = lines().count();
    let warnings = lines().filter(|line| line.warning).count();
    let plural = |n: usize, one: &str, many: &str| format!("{n} {}", if n == 1 { one } else { many });
    let notes = plural(all - warnings, "note", "notes");
    let warned = plural(warnings, "warning", "warnings");
    match (warnings, all - warnings) {
        (0, 0) => "No problems found in the files".into(),
        (0, _) => format!("{notes} on how the numbers were read"),
        (_, 0) => format!("{warned} on the data"),
        _ => format!("{warned} and {notes} on the data"),
    }
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
pub fn singles(run: &Run) -> impl Iterator<Item = Single> {
    let metrics = [
        Metric::Requests,
        Metric::ErrorRate,
        Metric::Rps,
        Metric::Latency(Percentile::P50),
        Metric::Latency(Percentile::P95),
        Metric::Latency(Percentile::P99),
    ];
    let single = move |endpoint: &crate::run::Endpoint, name: &str| Single {
        method: endpoint.method.clone().unwrap_or_default(),
        name: crate::run::shown(name).into_owned(),
        figures: metrics.iter().map(|m| words::value(m, &endpoint.value(m))).collect(),
    };
    let total = run.total.iter().map(|t| (t, "All requests"));
    total.chain(run.endpoints.iter().map(|e| (e, e.name.as_str()))).map(move |(e, name)| single(e, name))
}

/// A rule in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleLine {
    /// What it is about: `every endpoint`, `service “api”`, `POST /v1/chat`.
    pub about: String,
    /// The metric, as thresholds files call it.
    pub metric: String,
    /// The metric, as reports call it.
    pub title: String,
    /// From where on it is a warning.
    pub warn: String,
    /// From where on it is beyond the limit.
    pub fail: String,
    /// The line of the thresholds file it stands on; `None` in a built-in profile.
    pub line: Option<usize>,
}

/// A limit that can be moved by hand.
#[derive(Debug, Clone, PartialEq)]
pub struct MovableLimit {
    /// The rule, as an index of the policy's.
    pub rule: usize,
    /// The metric, as reports call it, and what it is about where that is not everything.
    pub name: String,
    /// How far the limit lies from no change.
    pub magnitude: f64,
    /// What stands before the number: `+` or `−`.
    pub sign: &'static str,
    /// What stands behind it: `%`, `pp`, `ms`.
    pub unit: &'static str,
}

/// The limits that can be moved by hand: the first `fail` limit of each rule.
#[must_use]
pub fn movable_limits(policy: &Policy) -> Vec<MovableLimit> {
    let limit = |(rule, of): (usize, &crate::policy::Rule)| {
        let limit = of.movable()?;
        let metric = Metric::parse(&of.metric).title();
        let name = match (of.service.as_str(), &of.name) {
            ("*", None) => metric,
            (TOTAL, None) => format!("{metric} of {ALL_REQUESTS}"),
            (_, Some(name)) if name.to_string() == TOTAL => format!("{metric} of {ALL_REQUESTS}"),
            (_, Some(name)) => format!("{metric} of {name}"),
            (service, None) => format!("{metric} of {service}"),
        };
        let unit = match limit.unit {
            Unit::Percent => "%",
            Unit::Pp => "pp",
            Unit::Ms => "ms",
            Unit::Rps => "/s",
            Unit::Req => "",
        };
        let sign = if limit.limits_fall() { "−" } else { "+" };
        Some(MovableLimit { rule, name, magnitude: limit.amount.abs(), sign, unit })
    };
    policy.rules.iter().enumerate().filter_map(limit).collect()
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
                    let limits: Vec<String> = c.limits.iter().map(|l| words::spelled(&l.text)).collect();
                    limits.join(if c.all { " and " } else { " or " })
                })
            };
            let mut fail: Vec<String> = condition(&rule.fail).into_iter().collect();
            fail.extend(rule.max.as_ref().map(|b| format!("over {}", words::spelled(&b.text))));
            fail.extend(rule.min.as_ref().map(|b| format!("under {}", words::spelled(&b.text))));
            let or_none = |text: String| if text.is_empty() { words::NONE.to_owned() } else { text };
            RuleLine {
                about,
                metric: rule.metric.clone(),
                title: Metric::parse(&rule.metric).title(),
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

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
