//! Verdicts as sentences.

use crate::compare::{
    Cap, Change, Comparison, Evidence, EvidenceState, Method, NoiseFrom, Reason, Row, Scope, Settle, Subject, Verdict,
    Word, comparable,
};
use crate::number;
use crate::policy;
use crate::run::{Absent, Metric, Provenance, Value};

/// Why something is MISSING.
pub const ONLY_IN_BASELINE: &str = "It is in the baseline and not in the run.";

/// Why something is NEW.
pub const ONLY_IN_RUN: &str = "It is in the run and not in the baseline.";

/// What stands where there is no value.
pub const NONE: &str = "–";

/// A piece of a sentence, so that Markdown and page can each set it off in their way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Span {
    /// Plain text.
    Text(String),
    /// An endpoint's label: foreign text.
    Name(String),
    /// A figure that matters.
    Strong(String),
}

impl Span {
    /// The text alone.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Text(text) | Self::Name(text) | Self::Strong(text) => text,
        }
    }
}

/// The sign that stands beside a verdict's word, so that colour is never alone.
#[must_use]
pub fn sign(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Critical => "▲",
        Verdict::Warning => "△",
        Verdict::Missing => "✕",
        Verdict::New => "+",
        Verdict::NoData => "∅",
        Verdict::Improved => "▼",
        Verdict::Pass => "✓",
        Verdict::Info => "·",
        Verdict::Inconclusive => "?",
        Verdict::BelowResolution => "≈",
    }
}

/// A verdict's word in sentence case, for badges: `Critical`.
#[must_use]
pub fn badge(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Critical => "Critical",
        Verdict::Warning => "Warning",
        Verdict::Missing => "Missing",
        Verdict::New => "New",
        Verdict::NoData => "No data",
        Verdict::Improved => "Improved",
        Verdict::Pass => "Pass",
        Verdict::Info => "Info",
        Verdict::Inconclusive => "Inconclusive",
        Verdict::BelowResolution => "Below resolution",
    }
}

/// The verdict's colour group: a name for style sheets.
#[must_use]
pub fn tone(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Critical => "critical",
        Verdict::Warning | Verdict::Missing => "warning",
        Verdict::Improved => "improved",
        Verdict::NoData | Verdict::Inconclusive => "unknown",
        Verdict::Pass | Verdict::BelowResolution => "pass",
        Verdict::New | Verdict::Info => "info",
    }
}

/// The sign of the page's word.
#[must_use]
pub fn word_sign(word: Word) -> &'static str {
    match word {
        Word::Regressed | Word::PossiblyRegressed => "▲",
        Word::NotComparable => "≠",
        Word::Missing => "✕",
        Word::Warning => "△",
        Word::NotEnoughData => "∅",
        Word::Improved => "▼",
        Word::Pass => "✓",
    }
}

/// The colour group of the page's word.
#[must_use]
pub fn word_tone(word: Word) -> &'static str {
    match word {
        Word::Regressed | Word::PossiblyRegressed => "critical",
        Word::Missing | Word::Warning => "warning",
        Word::NotComparable | Word::NotEnoughData => "unknown",
        Word::Improved => "improved",
        Word::Pass => "pass",
    }
}

/// A metric's figure with its unit; a dash where there is none, bounds where only they are known.
#[must_use]
pub fn value(metric: &Metric, value: &Value) -> String {
    match (value.number, value.bounds) {
        (Some(number), _) => figure(metric, number),
        (None, Some((low, high))) if low == high => format!("≈ {}", figure(metric, low)),
        (None, Some((low, high))) => format!("{} to {}", figure(metric, low), figure(metric, high)),
        (None, None) => NONE.into(),
    }
}

/// Where a figure comes from, in a few words.
#[must_use]
pub fn provenance(provenance: Provenance) -> &'static str {
    match provenance {
        Provenance::PercentileTable => "as the tool printed it",
        Provenance::Histogram => "from the histogram",
        Provenance::Samples => "of all response times",
        Provenance::Summary => "from the summary",
        Provenance::Counts => "from the counts",
        Provenance::Merged => "bounds of merged rows",
    }
}

/// A number of a metric with its unit.
#[must_use]
pub fn figure(metric: &Metric, number: f64) -> String {
    match metric.unit() {
        "ms" => number::latency_ms(number),
        "%" => number::percent(number),
        "" => number::figure(number),
        unit => format!("{} {unit}", number::rate(number)),
    }
}

/// The change of a metric: percentage points for rates in percent, percent for everything else; `∞` from 0.
#[must_use]
pub fn change(metric: &Metric, change: Option<&Change>) -> String {
    let Some(change) = change else { return NONE.into() };
    if metric.unit() == "%" {
        return number::points_change(change.abs);
    }
    change.pct.map_or_else(|| "∞".into(), number::percent_change)
}

/// The change in percent beside one in percentage points: `+203 %`, `∞`.
#[must_use]
pub fn relative_change(change: &Change) -> String {
    change.pct.map_or_else(|| "∞".into(), number::percent_change)
}

/// The change in the metric's own unit: `+230 ms`, `−0.5 /s`.
#[must_use]
pub fn absolute_change(metric: &Metric, change: &Change) -> String {
    match metric.unit() {
        "%" => number::points_change(change.abs),
        "" => number::signed(change.abs, ""),
        unit => number::signed(change.abs, &format!(" {unit}")),
    }
}

/// The sentence of the verdict band: what decided, by how much, against which limit.
#[must_use]
pub fn headline(comparison: &Comparison) -> Vec<Span> {
    use Span::{Name, Strong, Text};
    let text = |t: &str| vec![Text(t.to_owned())];
    if comparison.word == Word::NotComparable {
        if comparison.baseline.same_files(&comparison.run) {
            return text("Both sides are the same file: there is nothing to compare.");
        }
        let required = comparison.comparability.reasons.iter().filter(|r| r.required);
        return vec![Text(required.map(comparable::Reason::text).collect::<Vec<_>>().join(" "))];
    }
    if comparison.word == Word::Pass {
        return pass_sentence(comparison);
    }
    if comparison.verdict == Verdict::Inconclusive {
        return inconclusive_sentence(comparison);
    }
    let Some((subject, row)) = comparison.worst_row() else {
        return match comparison.word {
            Word::Missing | Word::Warning => one_sided_sentence(comparison),
            Word::Improved => text("Every figure that is judged is clearly better than in the baseline."),
            _ => text("None of the figures that the rules ask for is in both runs."),
        };
    };
    let name = Name(subject_name(subject));
    match row.reason {
        Reason::OnlyInBaseline => missing_sentence(comparison, subject),
        Reason::OnlyInRun => vec![name, Text(" is in the run and not in the baseline.".into())],
        Reason::Judged(policy::Reason::AboveMax | policy::Reason::BelowMin) => {
            vec![
                name,
                Text(format!(" {} is ", row.metric.title())),
                Strong(value(&row.metric, &row.run)),
                Text(format!(", {}.", limit_clause(row))),
            ]
        }
        _ if row.change.is_some() => {
            let rose = if row.change.is_some_and(|c| c.abs < 0.0) { "fell" } else { "rose" };
            let title = row.metric.title();
            vec![
                name,
                Text(format!(" {title} {rose} from {} to ", value(&row.metric, &row.baseline))),
                Strong(value(&row.metric, &row.run)),
                Text(": ".into()),
                Strong(change(&row.metric, row.change.as_ref())),
                Text(format!("{}, {}.{}", interval_clause(row), limit_clause(row), state_sentence(row))),
            ]
        }
        _ => vec![name, Text(format!(": {} {}", row.metric.title(), lower_first(&reason(row))))],
    }
}

fn missing_sentence(comparison: &Comparison, subject: &Subject) -> Vec<Span> {
    let more = match comparison.subjects.iter().filter(|s| s.run.is_none()).count() {
        0 | 1 => String::new(),
        2 => ", and so is one other endpoint".into(),
        n => format!(", and so are {} other endpoints", n - 1),
    };
    vec![Span::Name(subject_name(subject)), Span::Text(format!(" is in the baseline and not in the run{more}."))]
}

/// What decided where no rule is about the endpoints that only one side has.
fn one_sided_sentence(comparison: &Comparison) -> Vec<Span> {
    let missing = comparison.endpoints_by_severity().find(|(_, s)| s.run.is_none());
    let new = comparison.endpoints_by_severity().find(|(_, s)| s.baseline.is_none());
    match (missing, new) {
        (Some((_, subject)), _) => missing_sentence(comparison, subject),
        (None, Some((_, subject))) => {
            vec![Span::Name(subject_name(subject)), Span::Text(" is in the run and not in the baseline.".into())]
        }
        (None, None) => Vec::new(),
    }
}

fn inconclusive_sentence(comparison: &Comparison) -> Vec<Span> {
    let n = comparison.counts.inconclusive;
    let figures = if n == 1 { "one figure".into() } else { format!("{} figures", number::count(n)) };
    let text = format!("Nothing is beyond its limit as measured, but of {figures} too little was measured to tell.");
    vec![Span::Text(text)]
}

fn pass_sentence(comparison: &Comparison) -> Vec<Span> {
    let endpoints = comparison.subjects.iter().filter(|s| s.scope != Scope::Total).count();
    let of = match endpoints {
        1 => "one endpoint".into(),
        n => format!("{n} endpoints"),
    };
    let count = comparison.counts.pass + comparison.counts.improved + comparison.counts.below_resolution;
    let better = match comparison.counts.improved {
        0 => String::new(),
        1 => "; one is clearly better".into(),
        n => format!("; {n} are clearly better"),
    };
    let open = match comparison.counts.inconclusive {
        0 => String::new(),
        1 => "; one has too few requests to tell".into(),
        n => format!("; {n} have too few requests to tell"),
    };
    let unjudged = match comparison.counts.no_data {
        0 => String::new(),
        1 => "; one could not be judged".into(),
        n => format!("; {n} could not be judged"),
    };
    vec![Span::Text(format!("All {count} judged figures of {of} are within their limits{better}{open}{unjudged}."))]
}

/// What a subject is called in a sentence.
#[must_use]
pub fn subject_name(subject: &Subject) -> String {
    match subject.scope {
        Scope::Total => "The total".into(),
        Scope::Service | Scope::Endpoint => subject.label(),
    }
}

/// The limit a row is judged against, as written, e.g. `+20% and +10ms`; a dash where no rule is about it.
#[must_use]
pub fn limit(row: &Row) -> String {
    let Some(rule) = &row.rule else { return NONE.into() };
    match row.verdict {
        Verdict::Warning => rule.warn.clone().or_else(|| rule.fail.clone()),
        _ => rule.fail.clone().or_else(|| rule.warn.clone()),
    }
    .map_or_else(|| NONE.into(), |limits| limits.to_string())
}

fn limit_clause(row: &Row) -> String {
    let which = if row.verdict == Verdict::Warning { "warning limit" } else { "limit" };
    format!("beyond the {which} {}", limit(row))
}

/// The interval of a change as a clause behind it; empty where there is none.
fn interval_clause(row: &Row) -> String {
    let confidence = row.evidence.as_ref().map(|e| number::percent(e.confidence_pct));
    let clause = confidence.zip(interval(row)).map(|(confidence, range)| format!(", {confidence} interval {range}"));
    clause.unwrap_or_default()
}

/// How sure a CRITICAL is, as a sentence of one word behind another.
fn state_sentence(row: &Row) -> &'static str {
    match &row.evidence {
        Some(evidence) if row.verdict == Verdict::Critical => match evidence.state {
            EvidenceState::Confirmed => " Confirmed.",
            EvidenceState::Suspected => " Suspected.",
            EvidenceState::Unconfirmed => " Unconfirmed.",
        },
        _ => "",
    }
}

/// A verdict's word with how sure it is: `CRITICAL · confirmed`.
#[must_use]
pub fn sure_verdict(row: &Row) -> String {
    match &row.evidence {
        Some(evidence) if row.verdict == Verdict::Critical => {
            let acknowledged = if row.ack.is_some() { " · acknowledged" } else { "" };
            format!("{} · {}{acknowledged}", row.verdict.as_str(), evidence.state.as_str())
        }
        _ if row.ack.is_some() => format!("{} · acknowledged", row.verdict.as_str()),
        _ => row.verdict.as_str().into(),
    }
}

/// A change as evidence has it: percent, or percentage points of an error rate.
#[must_use]
pub fn evidence_change(metric: &Metric, change: f64) -> String {
    if *metric == Metric::ErrorRate { number::points_change(change) } else { number::percent_change(change) }
}

/// The interval of a change: `−0.913 to +1.37 pp`; `None` where nothing bounds it.
#[must_use]
pub fn interval(row: &Row) -> Option<String> {
    let bounds = row.evidence.as_ref()?.interval;
    let shown = |change: f64| evidence_change(&row.metric, change);
    Some(match (bounds.lower, bounds.upper) {
        (Some(lower), Some(upper)) => {
            let (lower, upper) = (shown(lower), shown(upper));
            // One unit for both.
            let unit = if row.metric == Metric::ErrorRate { " pp" } else { " %" };
            format!("{} to {upper}", lower.strip_suffix(unit).unwrap_or(&lower))
        }
        (Some(lower), None) => format!("{} or more", shown(lower)),
        (None, Some(upper)) => format!("{} or less", shown(upper)),
        (None, None) => return None,
    })
}

/// How an interval was found, in a few words.
#[must_use]
pub fn method(method: Method) -> String {
    match method {
        Method::Newcombe => "Newcombe's interval from the counts".into(),
        Method::Batches => "Welch's interval from time batches".into(),
        Method::Repeats => "Welch's interval from the repeats, the run being the unit".into(),
        Method::OrderStatistics => "order statistics of the samples".into(),
        Method::Table => "the printed percentiles on either side, requests taken for independent".into(),
        Method::Mixed => "two intervals of different kinds, put together".into(),
        Method::Poisson => "counts over time, for reference only: it would hold for Poisson arrivals".into(),
        Method::TooFew { requests, needed } => {
            format!("no interval: {} requests, and it takes {}", number::count(requests), number::count(needed))
        }
        Method::None => "no interval: the files say nothing of the figure's spread".into(),
    }
}

/// What keeps a change from being confirmed, as a sentence.
#[must_use]
pub fn cap(cap: Cap) -> &'static str {
    match cap {
        Cap::TwoRuns => "Two runs a side tell too little of what is between runs to confirm anything.",
        Cap::Dependent => "Requests depend on those before for longer than the run could be cut into batches.",
        Cap::Lopsided => "The sides differ in size by more than 3 to 1, and the stricter interval is not clear.",
        Cap::Short => "A run of less than 30 seconds confirms nothing.",
        Cap::NotComparable => "The two runs cannot be compared, so that nothing is confirmed.",
    }
}

/// Where a noise floor comes from, in a few words.
#[must_use]
pub fn noise_from(from: NoiseFrom) -> &'static str {
    match from {
        NoiseFrom::None => "none",
        NoiseFrom::Stated => "stated, as nothing is known of it",
        NoiseFrom::Doubled => "stated, and doubled for want of times",
        NoiseFrom::Policy => "from the thresholds",
        NoiseFrom::History => "from earlier runs",
        NoiseFrom::Repeats => "in the interval, from the repeats",
    }
}

/// What would settle it, as a sentence.
#[must_use]
pub fn settle(settle: Settle) -> String {
    match settle {
        Settle::Requests(n) => format!("About {} requests a side would settle it.", number::count(n)),
        Settle::Runs(n) => format!("About {} runs a side would settle it.", number::count(n)),
        Settle::Samples => {
            "A history of every endpoint (Locust: --csv-full-history) or raw samples would settle it; more requests in a table would not.".into()
        }
    }
}

/// A p value: `0.36`, `0.0002`, `under 0.0001`.
#[must_use]
pub fn p_value(p: f64) -> String {
    if p < 0.000_1 { "under 0.0001".into() } else { format!("{}", crate::run::significant(p, 2)) }
}

/// How sure a row's verdict is, in plain words; `None` where there is no evidence about a limit.
#[must_use]
pub fn evidence(row: &Row) -> Option<String> {
    let e = row.evidence.as_ref()?;
    row.rule.as_ref()?;
    let confidence = number::percent(e.confidence_pct);
    let mut sentences = Vec::new();
    match (row.verdict, interval(row)) {
        (Verdict::Critical, Some(interval)) if e.state == EvidenceState::Confirmed => sentences.push(format!(
            "Confirmed: the change is {interval} ({confidence} interval), beyond the limit{}{}.",
            noise(e),
            if e.family > 1 { format!(", among {} rules judged at once", e.family) } else { String::new() }
        )),
        (Verdict::Critical, Some(interval)) if e.state == EvidenceState::Suspected => {
            sentences.push(format!("Suspected: the interval, {interval} ({confidence}), clears the limit."));
            if e.alone {
                sentences.push(format!("It does so alone, not among {} rules.", e.family));
            }
        }
        (Verdict::Critical, Some(interval)) => sentences.push(format!(
            "Unconfirmed: {interval} ({confidence} interval) is compatible with what was measured{}.",
            noise(e)
        )),
        (Verdict::Inconclusive, Some(interval)) => sentences.push(format!(
            "It cannot be told: {interval} ({confidence} interval) reaches beyond the limit{}.",
            noise(e)
        )),
        (_, Some(interval)) => sentences.push(format!("The change is {interval} ({confidence} interval).")),
        (_, None) => sentences.push(format!("There is {}.", method(e.method))),
    }
    sentences.extend(e.caps.iter().map(|c| cap(*c).to_owned()));
    sentences.extend(e.settle.map(settle));
    Some(sentences.join(" "))
}

fn noise(e: &Evidence) -> String {
    if e.floor > 0.0 { format!(" and a noise of {} between two runs", number::percent(e.floor)) } else { String::new() }
}

/// What would change a verdict, as a sentence; `None` where no limit would.
#[must_use]
pub fn would_change(row: &Row) -> Option<String> {
    let e = row.evidence.as_ref()?;
    let shown = |change: f64| evidence_change(&row.metric, change);
    match row.verdict {
        Verdict::Critical | Verdict::Inconclusive | Verdict::Warning => {
            e.passes_from.map(|from| format!("It would pass with a limit of {} or more.", shown(from)))
        }
        Verdict::Pass | Verdict::Improved => {
            e.critical_below.map(|below| format!("It flips if the limit is under {}.", shown(below)))
        }
        _ => None,
    }
}

/// Why a row has its verdict, as one sentence.
#[must_use]
pub fn reason(row: &Row) -> String {
    match row.reason {
        Reason::Judged(why) => judged(row, why),
        Reason::NoRule => "No rule is about it.".into(),
        Reason::NoBaselineValue => format!("The baseline has no such figure: {}.", absent(&row.baseline)),
        Reason::NoRunValue => format!("The run has no such figure: {}.", absent(&row.run)),
        Reason::NoValues => format!("Neither side has such a figure: {}.", absent(&row.run)),
        Reason::MissingReadAsZero(_) => {
            "The scripts read a missing column as 0, and so does this profile; there is no measurement.".into()
        }
        Reason::TooFewRequests { requests, needed } => {
            format!("{requests} requests are fewer than the {needed} that the rule asks for.")
        }
        Reason::Inconclusive => format!("Within the limit {} as measured.", limit(row)),
        Reason::TooFewSamples => "Too few requests for an interval.".into(),
        Reason::BelowResolution => {
            "The change is within what the tool rounds its response times to: no limit can be held against it.".into()
        }
        Reason::SurelyWithin => "The change is within the noise between two runs of the same program.".into(),
        Reason::OnlyInRun => ONLY_IN_RUN.into(),
        Reason::OnlyInBaseline => ONLY_IN_BASELINE.into(),
    }
}

fn absent(value: &Value) -> &'static str {
    match value.absent {
        Some(Absent::NoRequests) => "nothing was requested",
        Some(Absent::OnlyBounds) => "rows were merged, and of their percentiles only bounds are known",
        Some(Absent::NoEndpoint) => "the endpoint is not there",
        Some(Absent::NoColumn) | None => "the column is absent, or empty",
    }
}

fn judged(row: &Row, why: policy::Reason) -> String {
    use policy::Reason as R;
    match why {
        R::WithinLimits => format!("Within the limit {}.", limit(row)),
        R::Exceeded => format!("{} is {}.", capitalise(&moved(row)), limit_clause(row)),
        R::InBand => {
            format!("{} is over the limit {}, and under one and a half times it.", capitalise(&moved(row)), limit(row))
        }
        R::AboveMax => format!("{} is over the maximum {}.", value(&row.metric, &row.run), decided(row)),
        R::BelowMin => format!("{} is under the minimum {}.", value(&row.metric, &row.run), decided(row)),
        R::OppositeFails => {
            format!(
                "{} is better by so much that the opposite would be beyond {}.",
                capitalise(&moved(row)),
                limit(row)
            )
        }
        R::ImprovedAsPass => format!("{} is better; this profile counts it as passed.", capitalise(&moved(row))),
        R::TooFewEvents { events, needed } => format!(
            "Beyond the limit {}, but with {events} failures where the rule asks for at least {needed}.",
            limit(row)
        ),
        R::NoAbsoluteLimit => {
            "The baseline is 0 and the rule has no absolute limit, so that the change cannot be judged.".into()
        }
        R::ZeroBaselineIgnored => "The baseline is 0, which the policy leaves unjudged.".into(),
        R::NoLimits => "The rule about it has no limit.".into(),
        R::NotANumber => "A value is not a number of at least 0.".into(),
    }
}

fn moved(row: &Row) -> String {
    change(&row.metric, row.change.as_ref())
}

fn decided(row: &Row) -> String {
    row.rule.as_ref().and_then(|r| r.decided_by.as_ref()).map_or_else(|| NONE.to_owned(), |d| d.text().to_owned())
}

/// How the verdict was computed, with the numbers in it; `None` where nothing was computed.
#[must_use]
pub fn formula(row: &Row) -> Option<String> {
    let (baseline, run) = (row.baseline.number?, row.run.number?);
    let f = |n: f64| figure(&row.metric, n);
    let change = row.change.as_ref()?;
    let mut text = match change.pct {
        Some(pct) if baseline > 0.0 => {
            format!("({} − {}) ÷ {} = {}", f(run), f(baseline), f(baseline), number::percent_change(pct))
        }
        _ => format!("{} − {} = {}", f(run), f(baseline), absolute_change(&row.metric, change)),
    };
    if row.metric.unit() == "%" {
        text = format!("{} − {} = {}", f(run), f(baseline), number::points_change(change.abs));
    }
    if let Some(rule) = &row.rule
        && let (Some(target), Some(decider)) = (rule.target, &rule.decided_by)
    {
        let edge = rule.band_edge.filter(|e| e.is_finite());
        let band = edge.map(|e| format!(", critical from {}", f(e))).unwrap_or_default();
        let side = match row.verdict {
            Verdict::Critical | Verdict::Warning => "the run is beyond it",
            Verdict::Improved => "the baseline is beyond it, seen from the run",
            _ => "the run is within it",
        };
        if target.is_finite() {
            text.push_str(&format!("; the limit {} lies at {}{band}: {side}", decider.text(), f(target)));
        }
    }
    Some(text)
}

fn capitalise(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}
