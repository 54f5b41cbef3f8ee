//! Rows in words: figures with their units, verdicts, and why. The sentence on a whole comparison is
//! [`headline`](super::headline).
//!
//! Colour and fill follow the evidence: filled is confirmed, outlined is probable, grey is what cannot be told.

use std::sync::Arc;

use crate::compare::{
    Basis, Change, Evidence, Method, NoiseFrom, Reason, Row, Scope, Settle, Subject, Verdict, Widened, Word,
};
use crate::number;
use crate::policy::{self, Better};
use crate::run::{Absent, Metric, Provenance, Value};

/// Why something is missing.
pub const ONLY_IN_BASELINE: &str = "It is in the baseline and not in the run.";

/// Why something is new.
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
    /// What is typed as it stands: a setting or a flag.
    Code(&'static str),
}

impl Span {
    /// The text alone.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Text(text) | Self::Name(text) | Self::Strong(text) => text,
            Self::Code(text) => text,
        }
    }
}

/// The sign that stands beside a verdict's word, so that colour is never alone.
#[must_use]
pub fn sign(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Critical | Verdict::Regressed => "▲",
        Verdict::Warning | Verdict::ProbablyRegressed => "△",
        Verdict::Missing => "✕",
        Verdict::New => "+",
        Verdict::NoData | Verdict::TooFew => "∅",
        Verdict::Improved => "▼",
        Verdict::ProbablyImproved => "▽",
        Verdict::Pass | Verdict::Within => "✓",
        Verdict::Slower => "›",
        Verdict::Unclear => "?",
        Verdict::Info => "·",
    }
}

/// A verdict's word in sentence case, for badges: `Probably regressed`.
#[must_use]
pub fn badge(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Critical => "Critical",
        Verdict::Regressed => "Regressed",
        Verdict::Missing => "Missing",
        Verdict::ProbablyRegressed => "Probably regressed",
        Verdict::Warning => "Warning",
        Verdict::Slower => "Slower, within limit",
        Verdict::Unclear => "Unclear",
        Verdict::TooFew => "Too few requests",
        Verdict::NoData => "No data",
        Verdict::New => "New",
        Verdict::ProbablyImproved => "Probably improved",
        Verdict::Improved => "Improved",
        Verdict::Within => "Within limit",
        Verdict::Pass => "Pass",
        Verdict::Info => "Info",
    }
}

/// The verdict's colour group: a name for style sheets.
#[must_use]
pub fn tone(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Critical | Verdict::Regressed => "critical",
        Verdict::Warning | Verdict::ProbablyRegressed => "probable",
        Verdict::Missing => "warning",
        Verdict::Improved => "improved",
        Verdict::ProbablyImproved => "improving",
        Verdict::NoData | Verdict::TooFew | Verdict::Unclear => "unknown",
        Verdict::Pass | Verdict::Within | Verdict::Slower => "pass",
        Verdict::New | Verdict::Info => "info",
    }
}

/// The colour group of a row. Limits alone say nothing of how sure a figure is: only its interval does.
#[must_use]
pub fn row_tone(row: &Row) -> &'static str {
    if !matches!(row.verdict, Verdict::Critical | Verdict::Warning) {
        return tone(row.verdict);
    }
    let evidence = row.evidence.as_ref().filter(|e| e.interval.lower.is_some() || e.interval.upper.is_some());
    let Some((evidence, rule)) = evidence.zip(row.rule.as_ref()) else { return tone(Verdict::Warning) };
    let Some((baseline, target)) = row.baseline.number.zip(rule.target) else { return tone(Verdict::Warning) };
    let at = |change: f64| if row.metric.unit() == "%" { baseline + change } else { baseline * (1.0 + change / 100.0) };
    let beyond = match rule.better {
        Better::Lower => evidence.interval.lower.is_some_and(|lower| at(lower) >= target),
        Better::Neutral => false,
        Better::Higher => evidence.interval.upper.is_some_and(|upper| at(upper) <= target),
    };
    if beyond { tone(row.verdict) } else { tone(Verdict::Unclear) }
}

/// The sign of a row: that of its verdict, unless its figures cannot tell.
#[must_use]
pub fn row_sign(row: &Row) -> &'static str {
    let unsure = row_tone(row) == tone(Verdict::Unclear) && row.verdict != Verdict::TooFew;
    if unsure && row.verdict != Verdict::NoData { sign(Verdict::Unclear) } else { sign(row.verdict) }
}

/// The sign of the whole's word.
#[must_use]
pub fn word_sign(word: Word) -> &'static str {
    match word {
        Word::Regressed | Word::Critical => "▲",
        Word::ProbablyRegressed | Word::Warning => "△",
        Word::NotComparable => "≠",
        Word::Missing => "✕",
        Word::CannotTell => "?",
        Word::Improved => "▼",
        Word::NoRegressionFound | Word::Pass => "✓",
    }
}

/// The whole's word in sentence case, for headings: `No regression found`.
#[must_use]
pub fn word_title(word: Word) -> &'static str {
    match word {
        Word::NotComparable => "Not comparable",
        Word::Regressed => "Regressed",
        Word::Missing => "Missing",
        Word::ProbablyRegressed => "Probably regressed",
        Word::Improved => "Improved",
        Word::NoRegressionFound => "No regression found",
        Word::CannotTell => "Can't tell",
        Word::Critical => "Critical",
        Word::Warning => "Warning",
        Word::Pass => "Pass",
    }
}

/// The colour group of the whole's word.
#[must_use]
pub fn word_tone(word: Word) -> &'static str {
    match word {
        Word::Regressed | Word::Critical => "critical",
        Word::Warning | Word::ProbablyRegressed => "probable",
        Word::Missing => "warning",
        Word::NotComparable | Word::CannotTell => "unknown",
        Word::Improved => "improved",
        Word::NoRegressionFound | Word::Pass => "pass",
    }
}

/// A row's word: its verdict's, except where fewer requests are not the run's fault; and whether it is acknowledged.
#[must_use]
pub fn row_word(row: &Row) -> String {
    let word = match row.reason {
        Reason::FewerRequests => "fewer requests",
        Reason::AbsentByChance { .. } => "not in the run",
        _ => row.verdict.as_str(),
    };
    let unsure = matches!(row.verdict, Verdict::Critical | Verdict::Warning) && row_tone(row) == tone(Verdict::Unclear);
    let word = if unsure { format!("{word}, not sure") } else { word.to_owned() };
    if row.ack.is_some() { format!("{word} · acknowledged") } else { word }
}

/// A subject's word: that of the row that decided, in sentence case.
#[must_use]
pub fn subject_badge(subject: &Subject) -> &'static str {
    match subject.worst_row() {
        Some((_, row)) if row.reason == Reason::FewerRequests => "Fewer requests",
        Some((_, row)) if matches!(row.reason, Reason::AbsentByChance { .. }) => "Not in the run",
        _ => badge(subject.verdict),
    }
}

/// What a metric is called in a short table: `p95`, `errors`, `requests/s`.
#[must_use]
pub fn short_title(metric: &Metric) -> String {
    match metric {
        Metric::ErrorRate => "errors".into(),
        Metric::Rps => "requests/s".into(),
        _ => metric.title(),
    }
}

/// A metric's figure with its unit; a dash where there is none, bounds where only they are known.
#[must_use]
pub fn value(metric: &Metric, value: &Value) -> String {
    match (value.number, value.bounds) {
        (Some(number), _) => metric.figure(number),
        (None, Some((low, high))) if low == high => format!("≈ {}", metric.figure(low)),
        (None, Some((low, high))) => format!("{} to {}", metric.figure(low), metric.figure(high)),
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

/// What a subject is called in a sentence.
#[must_use]
pub fn subject_name(subject: &Subject) -> String {
    match subject.scope {
        Scope::Total => "All requests".into(),
        Scope::Service | Scope::Endpoint => subject.shown(),
    }
}

/// The limit a row is judged against, as written in the thresholds: `+20% and +10ms`; a dash where no rule is about it.
#[must_use]
pub fn limit_as_written(row: &Row) -> String {
    let Some(rule) = &row.rule else { return NONE.into() };
    match row.verdict {
        Verdict::Warning | Verdict::Slower => rule.warn.clone().or_else(|| rule.fail.clone()),
        _ => rule.fail.clone().or_else(|| rule.warn.clone()),
    }
    .map_or_else(|| NONE.into(), |limits| limits.to_string())
}

/// The same as people write it: `+20 % and +10 ms`.
#[must_use]
pub fn limit(row: &Row) -> String {
    spelled(&limit_as_written(row))
}

/// A limit with its units set apart from their numbers, and a real minus sign.
pub(super) fn spelled(limit: &str) -> String {
    let mut text = String::with_capacity(limit.len() + 4);
    let mut before = ' ';
    for c in limit.chars() {
        let unit = c == '%' || c.is_ascii_alphabetic() || c == '/';
        if unit && before.is_ascii_digit() {
            text.push(' ');
        }
        text.push(if c == '-' && (before == ' ' || before == '(') { '−' } else { c });
        before = c;
    }
    text
}

/// The limit without the sign of growth, for a place that says so: `limit 10 %`.
pub(super) fn limit_short(row: &Row) -> String {
    limit(row).replace('+', "")
}

/// The change of a row's figures, as a sentence has it.
#[must_use]
pub fn brief_change(row: &Row) -> String {
    row.change.as_ref().map_or_else(|| NONE.into(), |change| brief_of(&row.metric, change))
}

/// A change of a metric, as a sentence has it.
#[must_use]
pub fn brief_of(metric: &Metric, change: &Change) -> String {
    let unit = metric.change_unit();
    if unit == " pp" {
        number::brief(change.abs, unit)
    } else {
        change.pct.map_or_else(|| "∞".into(), |pct| number::brief(pct, unit))
    }
}

/// What was judged where that is not the figures as they are shown, with its change: `at equal mix +2 %`.
#[must_use]
pub fn judged_change(row: &Row) -> Option<String> {
    let evidence = row.evidence.as_ref()?;
    let estimate = number::brief(evidence.estimate?, row.metric.change_unit());
    let what = match &evidence.basis {
        Basis { successes: true, mix: true, .. } => "successful requests at equal mix",
        Basis { successes: true, .. } => "successful requests",
        Basis { mix: true, .. } => "at equal mix",
        _ => return None,
    };
    (estimate != brief_change(row)).then(|| format!("{what} {estimate}"))
}

/// The change with what is known of it: `+39 % (31 to 47 %)`, `+12 %; at equal mix +2 % (−1 to +5 %)`.
#[must_use]
pub fn change_with_interval(row: &Row) -> String {
    let mut text = brief_change(row);
    if let Some(judged) = judged_change(row) {
        text.push_str(&format!("; {judged}"));
    }
    match interval(row) {
        Some(interval) if row.change.is_some() => format!("{text} ({interval})"),
        _ => text,
    }
}

/// A change as evidence has it: percent, or percentage points of an error rate.
#[must_use]
pub fn evidence_change(metric: &Metric, change: f64) -> String {
    number::brief(change, metric.change_unit())
}

/// The interval of a change: `31 to 47 %`, `−0.91 to +1.37 pp`; `None` where nothing bounds it.
#[must_use]
pub fn interval(row: &Row) -> Option<String> {
    let bounds = row.evidence.as_ref()?.interval;
    let unit = row.metric.change_unit();
    let finite = |bound: Option<f64>| bound.filter(|b| b.is_finite());
    Some(match (finite(bounds.lower), finite(bounds.upper)) {
        (Some(lower), Some(upper)) if lower > 0.0 => {
            format!("{} to {}{unit}", number::brief_size(lower, unit), number::brief_size(upper, unit))
        }
        (Some(lower), Some(upper)) => {
            let low = number::brief(lower, unit);
            format!("{} to {}", low.strip_suffix(unit).unwrap_or(&low), number::brief(upper, unit))
        }
        (Some(lower), None) => format!("{} or more", number::brief(lower, unit)),
        (None, Some(upper)) => format!("{} or less", number::brief(upper, unit)),
        (None, None) => return None,
    })
}

/// A moment of a run, in minutes and seconds since its start: `4:10`.
#[must_use]
pub fn minute(seconds: u32) -> String {
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// How an interval was found, in a few words.
#[must_use]
pub fn method(method: Method) -> String {
    match method {
        Method::Newcombe => "failures counted: Newcombe's interval".into(),
        Method::Strata => "failures counted endpoint by endpoint: Mantel and Haenszel's interval".into(),
        Method::Slices => "slices of both runs at the same elapsed time".into(),
        Method::Moments => "mean and standard deviation; how far requests depend on each other is assumed".into(),
        Method::Repeats => "runs compared with runs: Welch's interval".into(),
        Method::OrderStatistics => "order statistics of the response times".into(),
        Method::Table => "the slope of the percentiles that the tool printed".into(),
        Method::Mixed => "two intervals of different kinds, put together".into(),
        Method::Poisson => "counts of requests, for reference only".into(),
        Method::TooFew { requests, needed } => {
            format!("no interval: {} requests, {} needed", number::count(requests), number::count(needed))
        }
        Method::None => "no interval: the files do not show how much it varies".into(),
    }
}

/// What made an interval or a floor wider, as a sentence.
#[must_use]
pub fn widened(widened: Widened) -> &'static str {
    match widened {
        Widened::NoTimes => "Wider, since the file has no times of single requests.",
        Widened::Short => "Wider, since a run took less than 30 s.",
        Widened::Users => "Wider, since the numbers of users differ.",
        Widened::Dependent => "Wider, since requests depend on each other for long, as in a queue.",
        Widened::Bursts => "Wider, since failures came in bursts.",
    }
}

/// Where the difference between equal runs comes from, in a few words.
#[must_use]
pub fn noise_from(e: &Evidence) -> String {
    let why = |widened: &Widened| match widened {
        Widened::NoTimes => Some("no times of single requests"),
        Widened::Short => Some("a run under 30 s"),
        Widened::Dependent => Some("requests depend on each other"),
        Widened::Users | Widened::Bursts => None,
    };
    let raised: Vec<&str> = e.basis.widened.iter().filter_map(why).collect();
    match e.noise {
        NoiseFrom::Raised => return format!("assumed, and raised: {}", raised.join(", ")),
        NoiseFrom::None => "not added",
        NoiseFrom::Stated => "assumed: not measured",
        NoiseFrom::Policy => "from the thresholds",
        NoiseFrom::History => "measured on earlier runs",
        NoiseFrom::Repeats => "measured on the repeats: in the interval",
    }
    .to_owned()
}

/// What would settle it: `About 17,800 requests a side`.
#[must_use]
pub fn settle_by(settle: Settle) -> String {
    match settle {
        Settle::Requests(n) => format!("About {} requests a side", number::count(rough(n))),
        Settle::Runs(n) => format!("About {} runs a side", number::count(n)),
        Settle::Samples => "Per-request data".into(),
    }
}

/// The same as a sentence.
#[must_use]
pub fn settle(settle: Settle) -> String {
    let if_any = if settle == Settle::Samples { ", where the tool writes it," } else { "" };
    format!("{}{if_any} would settle it.", settle_by(settle))
}

/// A rough number should look like one: three digits, rounded up.
pub(super) fn rough(n: u64) -> u64 {
    let step = 10_u64.saturating_pow(n.checked_ilog10().unwrap_or(0).saturating_sub(2));
    n.div_ceil(step).saturating_mul(step)
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
    let limit =
        e.limit.map_or_else(|| "the limit".into(), |l| format!("the limit of {}", evidence_change(&row.metric, l)));
    let floor = equal_runs(e);
    let mut sentences = Vec::new();
    if let Some(interval) = interval(row) {
        let among = if e.family > 1 {
            format!(" after correction for {} rules", number::count(e.family as u64))
        } else {
            String::new()
        };
        sentences.push(match row.verdict {
            Verdict::Regressed => {
                let and = floor.map(|floor| format!(" by more than {floor}")).unwrap_or_default();
                format!("Confirmed{among}: the interval, {interval}, lies beyond {limit}{and}.")
            }
            Verdict::ProbablyRegressed => format!("Probable: the interval is {interval}. {}", doubt(e)),
            Verdict::Unclear if row.interval_is_beyond() => {
                format!("The interval, {interval}, lies beyond {limit}. {}", doubt(e))
            }
            Verdict::Unclear => format!("The interval, {interval}, spans {limit}."),
            Verdict::Within if !within_for_sure(row) => format!("The interval is {interval}."),
            Verdict::Within => {
                let falls = e.limit.is_some_and(|limit| limit < 0.0);
                let (ends, by) = if falls { ("begins above", "less") } else { ("ends below", "plus") };
                let floor = floor.map(|floor| format!(" {by} {floor}")).unwrap_or_default();
                format!("The interval, {interval}, {ends} {limit}{floor}.")
            }
            Verdict::Improved => format!("Confirmed{among}: the interval, {interval}, lies beyond the opposite limit."),
            Verdict::ProbablyImproved => format!("Probable: the interval is {interval}. {}", doubt(e)),
            _ => format!("The interval is {interval}."),
        });
    }
    sentences.extend(basis(&e.basis));
    sentences.extend(e.settle.filter(|_| !matches!(row.verdict, Verdict::Regressed | Verdict::Within)).map(settle));
    (!sentences.is_empty()).then(|| sentences.join(" "))
}

/// Why a row has its verdict and how sure that is. What the interval says is not said before in fewer words.
#[must_use]
pub fn explanation(row: &Row) -> String {
    // The interval is of the rows that could be read.
    if let Reason::RowsLost { .. } = row.reason {
        return reason(row);
    }
    let told = match row.reason {
        Reason::SpansLimit => true,
        Reason::Judged(policy::Reason::WithinLimits) => within_for_sure(row),
        Reason::Judged(why) => {
            matches!(why, policy::Reason::Exceeded | policy::Reason::OppositeFails) && row.verdict != Verdict::Slower
        }
        _ => false,
    };
    match evidence(row) {
        Some(evidence) if told && interval(row).is_some() => evidence,
        Some(evidence) => format!("{} {evidence}", reason(row)),
        None => reason(row),
    }
}

/// Whether a row is within its limit because its interval is, and not as measured or by the tool's rounding.
pub(super) fn within_for_sure(row: &Row) -> bool {
    row.evidence.as_ref().is_some_and(|e| e.limit.is_some())
        && matches!(row.reason, Reason::Judged(_))
        && row.metric != Metric::Rps
}

/// `the 8 % by which equal runs may differ`, where that is added.
fn equal_runs(e: &Evidence) -> Option<String> {
    (e.floor > 0.0).then(|| format!("the {} by which equal runs may differ", number::percent(e.floor)))
}

/// Why something is probable and not confirmed.
fn doubt(e: &Evidence) -> String {
    let level = (100.0 - e.confidence_pct) / 100.0;
    let alone = e.p.is_some_and(|p| p <= level);
    match equal_runs(e) {
        _ if alone && e.family > 1 => {
            format!("Not sure after correction for {} rules.", number::count(e.family as u64))
        }
        Some(floor) => format!("Not sure beyond {floor}."),
        None => "Not sure.".into(),
    }
}

/// What was judged, where that is not the figures as they are shown; each a sentence.
fn basis(basis: &Basis) -> Vec<String> {
    let mut sentences = Vec::new();
    if basis.successes {
        sentences.push("Judged on successful requests alone.".into());
    }
    if basis.mixed_failures {
        sentences
            .push("The times include failed requests. Only a change that they cannot explain is confirmed.".into());
    }
    if basis.mix {
        sentences.push("Judged at the baseline's mix of endpoints.".into());
    }
    if let Some(seconds) = basis.left_out_s {
        let seconds = number::duration_s(f64::from(seconds));
        sentences.push(format!(
            "The change is judged without the first {seconds} of both runs, the warm-up. The figures include them."
        ));
    }
    if let Some(seconds) = basis.since_s {
        sentences.push(format!("The change begins at minute {} of the run.", minute(seconds)));
    }
    if let Some((from, to)) = basis.burst_s {
        sentences.push(format!("The failures are between {} and {} of the run.", minute(from), minute(to)));
    }
    sentences.extend(basis.widened.iter().map(|w| widened(*w).to_owned()));
    sentences
}

/// What would change a verdict, as a sentence; `None` where no limit would.
#[must_use]
pub fn would_change(row: &Row) -> Option<String> {
    let e = row.evidence.as_ref().filter(|_| !matches!(row.reason, Reason::RowsLost { .. }))?;
    let shown = |change: f64| evidence_change(&row.metric, change);
    match row.verdict {
        Verdict::Regressed | Verdict::ProbablyRegressed | Verdict::Unclear => {
            passes_from(row).map(|from| format!("Within a limit of {from} or more."))
        }
        Verdict::Within | Verdict::Improved | Verdict::ProbablyImproved => {
            e.critical_below.map(|below| match below < 0.0 {
                true => format!("As measured, beyond any limit nearer to 0 than {}.", shown(below)),
                false => format!("As measured, beyond any limit under {}.", shown(below)),
            })
        }
        _ => None,
    }
}

/// From which limit on a verdict would be another, in a few words; `None` where no limit would change it.
#[must_use]
pub fn break_even(row: &Row) -> Option<String> {
    if let Some(from) = passes_from(row) {
        return Some(format!("within limits from {from}"));
    }
    let e = row.evidence.as_ref().filter(|_| !matches!(row.reason, Reason::RowsLost { .. }))?;
    let good = matches!(row.verdict, Verdict::Within | Verdict::Improved | Verdict::ProbablyImproved);
    e.critical_below
        .filter(|_| good)
        .map(|below| format!("beyond limits under {}", evidence_change(&row.metric, below)))
}

/// In percent or percentage points; nobody sets a limit beyond it.
pub(super) const FARTHEST_LIMIT: f64 = 1_000.0;

/// The limit from which on a row is within it; `None` where it is too far to be set, or the row is within its limit.
#[must_use]
pub fn passes_from(row: &Row) -> Option<String> {
    use Verdict as V;
    let e = row.evidence.as_ref().filter(|_| !matches!(row.reason, Reason::RowsLost { .. }))?;
    let worse = matches!(row.verdict, V::Regressed | V::ProbablyRegressed | V::Unclear);
    e.passes_from.filter(|from| worse && from.abs() < FARTHEST_LIMIT).map(|from| evidence_change(&row.metric, from))
}

/// Why a row has its verdict, as one sentence.
#[must_use]
pub fn reason(row: &Row) -> String {
    let count = number::count;
    match row.reason {
        Reason::Judged(why) => judged(row, why),
        Reason::NoRule => "No limit applies.".into(),
        Reason::NoBaselineValue => format!("Not in the baseline: {}.", absent(&row.baseline)),
        Reason::NoRunValue => format!("Not in the run: {}.", absent(&row.run)),
        Reason::NoValues => format!("On neither side: {}.", absent(&row.run)),
        Reason::MissingReadAsZero(_) => {
            "The scripts read a missing column as 0, and so does this profile; there is no measurement.".into()
        }
        Reason::TooFewRequests { requests, needed } => {
            format!("Too few requests: {}, the rule asks for {}.", count(requests), count(needed))
        }
        Reason::TooFewSamples { requests, needed } => {
            let (requests, needed) = (count(requests), count(needed));
            format!("Too few requests: {requests}, {} needs {needed}.", short_title(&row.metric))
        }
        Reason::RowsLost { rows } => format!(
            "{} of the run could not be read. If they were failed requests, the error rate would be beyond its limit {}.",
            if rows == 1 { "1 row".to_owned() } else { format!("{} rows", count(rows)) },
            limit(row)
        ),
        Reason::SpansLimit => format!("{} as measured; limit {}.", capitalise(&brief_change(row)), limit(row)),
        Reason::NoInterval if row.rose_from_zero() => "From a baseline of 0 there is no percentage to judge.".into(),
        Reason::NoInterval => "The files do not show how much it varies.".into(),
        Reason::BelowResolution => "The change is no more than one step of the tool's rounding.".into(),
        Reason::FewerRequests => "Fewer requests a second. This alone fails no gate.".into(),
        Reason::OnlyInRun => ONLY_IN_RUN.into(),
        Reason::OnlyInBaseline => ONLY_IN_BASELINE.into(),
        Reason::AbsentByChance { expected } => format!(
            "Not in the run, where about {} {}: that may be chance.",
            count(expected),
            if expected == 1 { "request was to be expected" } else { "requests were to be expected" }
        ),
    }
}

/// Why a row is worse, in at most twelve words. `cause` is the failure that rose most.
#[must_use]
pub fn why(row: &Row, cause: Option<&str>) -> String {
    if let Some(cause) = cause.filter(|_| row.metric == Metric::ErrorRate) {
        return cause.to_owned();
    }
    let limit = limit_short(row);
    let basis = row.evidence.as_ref().map(|e| &e.basis);
    let since = basis.and_then(|b| b.since_s).map(|s| format!(", since {}", minute(s)));
    let burst = basis.and_then(|b| b.burst_s).map(|(from, to)| format!(", all {} to {}", minute(from), minute(to)));
    let when = since.or(burst).unwrap_or_default();
    match row.verdict {
        Verdict::Regressed => format!("beyond {limit}, confirmed{when}"),
        Verdict::ProbablyRegressed => match &row.evidence {
            Some(e) if e.p.is_some_and(|p| p <= 1.0 - e.confidence_pct / 100.0) && e.family > 1 => {
                format!("probable: not sure after correction for {} rules{when}", number::count(e.family as u64))
            }
            _ => format!("beyond {limit}, probable{when}"),
        },
        Verdict::Improved => format!("confirmed{when}"),
        Verdict::ProbablyImproved => format!("probable{when}"),
        Verdict::Critical => format!("beyond {limit}"),
        Verdict::Warning => format!("beyond the warning limit {limit}"),
        Verdict::Missing => "in the baseline, not in the run".into(),
        Verdict::New => "in the run, not in the baseline".into(),
        _ => format!("beyond {limit} as measured"),
    }
}

fn absent(value: &Value) -> &'static str {
    match value.absent {
        Some(Absent::NoRequests) => "nothing was requested",
        Some(Absent::OnlyBounds) => "rows were merged, which leaves only bounds of their percentiles",
        Some(Absent::NoEndpoint) => "the endpoint is not there",
        Some(Absent::NoColumn) | None => "the column is absent, or empty",
    }
}

fn judged(row: &Row, why: policy::Reason) -> String {
    use policy::Reason as R;
    let change = brief_change(row);
    match why {
        R::WithinLimits => format!("Within the limit {}.", limit(row)),
        R::Exceeded if matches!(row.verdict, Verdict::Warning | Verdict::Slower) => {
            format!("{change} is beyond the warning limit {}.", limit(row))
        }
        R::Exceeded => format!("{change} is beyond the limit {}.", limit(row)),
        R::InBand => format!("{change} is over the limit {}, and under one and a half times it.", limit(row)),
        R::AboveMax => format!("{} is over the maximum {}.", value(&row.metric, &row.run), decided(row)),
        R::BelowMin => format!("{} is under the minimum {}.", value(&row.metric, &row.run), decided(row)),
        R::OppositeFails => format!("{change} is better by more than the limit {}.", limit_short(row)),
        R::ImprovedAsPass => format!("{change} is better; this profile counts it as passed."),
        R::TooFewEvents { events, needed } => {
            format!("Beyond the limit {}, with {events} failures; the rule asks for {needed}.", limit(row))
        }
        R::NoAbsoluteLimit => "The baseline is 0, and the rule has no absolute limit.".into(),
        R::ZeroBaselineIgnored => "The baseline is 0, which the policy leaves unjudged.".into(),
        R::NoLimits => "The rule about it has no limit.".into(),
        R::NotANumber => "A value is not a number of at least 0.".into(),
    }
}

fn decided(row: &Row) -> String {
    let decided = row.rule.as_ref().and_then(|r| r.decided_by.as_ref());
    decided.map_or_else(|| NONE.to_owned(), |d| spelled(d.text()))
}

/// How the verdict was computed, with the numbers in it; `None` where nothing was computed.
#[must_use]
pub fn formula(row: &Row) -> Option<String> {
    let (baseline, run) = (row.baseline.number?, row.run.number?);
    let f = |n: f64| precise(&row.metric, n);
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
            Verdict::Improved | Verdict::ProbablyImproved => "the baseline is beyond it, seen from the run",
            Verdict::Critical | Verdict::Warning | Verdict::Slower => "the run is beyond it",
            _ if row.beyond => "as measured, the run is beyond it",
            _ if rule.target.is_some_and(|at| if at < baseline { run < at } else { run > at }) => {
                "as measured, the run is beyond it"
            }
            _ => "the run is within it",
        };
        if target.is_finite() {
            let limits = |limits: &Option<Arc<str>>| {
                limits.as_deref().is_some_and(|all| all.split(' ').any(|limit| limit == decider.text()))
            };
            let kind = if limits(&rule.warn) && !limits(&rule.fail) { "warning limit" } else { "limit" };
            text.push_str(&format!("; the {kind} {} lies at {}{band}: {side}", spelled(decider.text()), f(target)));
        }
    }
    Some(text)
}

/// A figure in five digits, so that a reader who computes with it gets the same change.
fn precise(metric: &Metric, number: f64) -> String {
    let digits = |n: f64| crate::run::significant(n, 5);
    match metric.unit() {
        "ms" if number >= 999.5 => format!("{} s", digits(number / 1000.0)),
        "" => digits(number).to_string(),
        unit => format!("{} {unit}", digits(number)),
    }
}

fn capitalise(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_as_people_write_them() {
        for (written, spelt) in [
            ("+20% and +10ms", "+20 % and +10 ms"),
            ("-15%", "−15 %"),
            ("+0.5pp", "+0.5 pp"),
            ("-5/s or -10%", "−5 /s or −10 %"),
            (NONE, NONE),
        ] {
            assert_eq!(spelled(written), spelt);
        }
    }

    #[test]
    fn minutes_and_rough_counts() {
        assert_eq!(minute(250), "4:10");
        assert_eq!(rough(17_783), 17_800);
        assert_eq!(rough(55), 55);
    }
}
