//! What a comparison says in one or two sentences: what decided, then what else is worth knowing at once.

use super::brief;
use super::words::{self, Span};
use crate::compare::comparable::ReasonKind;
use crate::compare::{Comparison, Gate, Method, NoiseFrom, Reason, Row, Scope, Settle, Subject, Verdict, Word};
use crate::number;
use crate::policy;
use crate::run::{Metric, Percentile};

use Span::{Code, Name, Strong, Text};

/// Percent from which the effect of the mix of endpoints on the mean is reported.
const MIX_PCT: f64 = 2.5;

/// Percent from which a limit lets nearly every change pass.
const WIDE_PCT: f64 = 40.0;

/// The parts of a headline.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Headline {
    /// What decided.
    pub decided: Vec<Span>,
    /// What is lost of the files. A place that says it before the verdict can leave it out.
    pub lost: Vec<Span>,
    /// What else: what could have been seen, what would settle it. It may be empty.
    pub also: Vec<Span>,
    /// How much improved, where that is not what decided. A place that names what improved can leave it out.
    pub better: Vec<Span>,
}

impl Headline {
    /// All of it as one run of sentences.
    #[must_use]
    pub fn spans(self) -> Vec<Span> {
        joined([self.decided, self.lost, self.also, self.better])
    }
}

/// All parts as one run of sentences.
#[must_use]
pub fn spans(comparison: &Comparison) -> Vec<Span> {
    headline(comparison).spans()
}

/// The same as plain text.
#[must_use]
pub fn plain(comparison: &Comparison) -> String {
    spans(comparison).iter().map(Span::text).collect()
}

/// What decided, as a line of plain text: `REGRESSED: POST /v1/chat p95 rose …`.
#[must_use]
pub fn line(comparison: &Comparison) -> String {
    let decided: String = headline(comparison).decided.iter().map(Span::text).collect();
    format!("{}: {decided}", comparison.word.as_str())
}

/// What a comparison says.
#[must_use]
pub fn headline(c: &Comparison) -> Headline {
    let headline = of_word(c);
    // Where it decides, it is said already.
    if c.word == Word::CannotTell && brief::lost_too_much(c) {
        return headline;
    }
    Headline { lost: plainly(brief::lost(c)), ..headline }
}

fn of_word(c: &Comparison) -> Headline {
    match c.word {
        Word::NotComparable => not_comparable(c),
        Word::Regressed | Word::Critical | Word::Warning => worse(c),
        Word::Missing => missing(c),
        Word::ProbablyRegressed => probably(c),
        Word::Improved => improved(c),
        Word::NoRegressionFound => Headline {
            decided: joined([unsure(c), seen(c)]),
            also: joined([mix(c), slower(c), fewer(c), smaller(c)]),
            better: better(c),
            ..Headline::default()
        },
        Word::CannotTell => cannot_tell(c),
        Word::Pass => Headline { decided: passed(c), ..Headline::default() },
    }
}

fn text(text: impl Into<String>) -> Span {
    Text(text.into())
}

/// Sentences behind each other.
fn joined<const N: usize>(sentences: [Vec<Span>; N]) -> Vec<Span> {
    let mut all = Vec::new();
    for sentence in sentences.into_iter().filter(|s| !s.is_empty()) {
        if !all.is_empty() {
            all.push(text(" "));
        }
        all.extend(sentence);
    }
    all
}

/// A text without foreign words as a sentence.
fn plainly(sentence: String) -> Vec<Span> {
    if sentence.is_empty() { Vec::new() } else { vec![text(sentence)] }
}

/// `one endpoint`, `3 endpoints`.
fn several(n: usize, one: &str, many: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{} {many}", number::count(n as u64)) }
}

/// The row that decided: the worst, unless that fails no gate and another row does.
pub(super) fn decisive(c: &Comparison) -> Option<(&Subject, &Row)> {
    let worst = c.worst_row();
    if c.gate != Gate::Fail || worst.is_some_and(|(_, row)| c.fails_gate(row)) {
        return worst;
    }
    let failing = c.by_severity.iter().filter_map(|i| c.subjects.get(*i));
    let failing = failing.flat_map(|s| s.rows.iter().filter(|r| c.fails_gate(r)).map(move |r| (s, r)));
    failing.min_by(|a, b| a.1.verdict.cmp(&b.1.verdict)).or(worst)
}

fn worse(c: &Comparison) -> Headline {
    let Some((subject, row)) = decisive(c) else {
        return Headline { decided: gone(c), also: fewer(c), ..Headline::default() };
    };
    let decided = if row.verdict == Verdict::Missing { gone(c) } else { row_sentence(subject, row) };
    let also_gone = if row.verdict == Verdict::Missing { Vec::new() } else { gone(c) };
    Headline {
        // What fails the gate stands where it cannot be overlooked.
        decided: joined([decided, also_gone]),
        also: joined([others(c, subject), fewer(c), acknowledged(c)]),
        better: better(c),
        ..Headline::default()
    }
}

fn missing(c: &Comparison) -> Headline {
    Headline { decided: gone(c), also: fewer(c), better: better(c), ..Headline::default() }
}

fn probably(c: &Comparison) -> Headline {
    let Some((subject, row)) = decisive(c) else { return Headline { decided: gone(c), ..Headline::default() } };
    let settle = row.evidence.as_ref().and_then(|e| e.settle).map(words::settle).unwrap_or_default();
    let doubt = plainly(format!("Probable, not confirmed.{}{settle}", if settle.is_empty() { "" } else { " " }));
    Headline {
        decided: joined([row_sentence(subject, row), gone(c)]),
        also: joined([doubt, others(c, subject), fewer(c)]),
        better: better(c),
        ..Headline::default()
    }
}

/// `POST /v1/chat p95 rose from 212 ms to 294 ms, +39 % (31 to 47 %; limit 10 %), since minute 4:10.`
fn row_sentence(subject: &Subject, row: &Row) -> Vec<Span> {
    let title = match row.metric {
        Metric::ErrorRate => "error rate".to_owned(),
        Metric::Rps => "requests a second".to_owned(),
        _ => row.metric.title(),
    };
    let mut spans = match subject.scope {
        Scope::Total => vec![text(format!("All requests: {title} "))],
        Scope::Service | Scope::Endpoint => vec![Name(subject.shown()), text(format!(" {title} "))],
    };
    match row.reason {
        Reason::OnlyInBaseline => return vec![Name(words::subject_name(subject)), text(" is missing from the run.")],
        Reason::OnlyInRun => {
            return vec![Name(words::subject_name(subject)), text(" is in the run and not in the baseline.")];
        }
        Reason::Judged(policy::Reason::AboveMax | policy::Reason::BelowMin) => {
            spans.push(text("is "));
            spans.push(Strong(words::value(&row.metric, &row.run)));
            spans.push(text(format!(", beyond the limit {}.", words::limit(row))));
            return spans;
        }
        _ if row.change.is_none() => {
            spans.pop();
            let reason = words::reason(row);
            let name = Name(words::subject_name(subject));
            return vec![name, text(format!(" {title}: {}", lower_first(&reason)))];
        }
        _ => {}
    }
    let judged = words::judged_change(row);
    let moved = match row.change {
        Some(change) if change.abs < 0.0 => "fell",
        // Only what was judged has moved.
        Some(change) if change.abs == 0.0 => "went",
        _ => "rose",
    };
    spans.push(text(format!("{moved} from {} to ", words::value(&row.metric, &row.baseline))));
    spans.push(Strong(words::value(&row.metric, &row.run)));
    spans.push(text(", "));
    spans.push(Strong(words::brief_change(row)));
    if let Some(judged) = judged {
        spans.push(text("; "));
        spans.push(Strong(judged));
    }
    let which = if matches!(row.verdict, Verdict::Warning | Verdict::Slower) { "warning limit" } else { "limit" };
    let limit =
        (row.rule.is_some() && !row.verdict.is_better()).then(|| format!("{which} {}", words::limit_short(row)));
    let inside: Vec<String> = words::interval(row).into_iter().chain(limit).collect();
    if !inside.is_empty() {
        spans.push(text(format!(" ({})", inside.join("; "))));
    }
    if let Some(basis) = row.evidence.as_ref().map(|e| &e.basis) {
        let since = basis.since_s.map(|s| format!(", since minute {}", words::minute(s)));
        let burst =
            basis.burst_s.map(|(from, to)| format!(", all between {} and {}", words::minute(from), words::minute(to)));
        spans.extend(since.or(burst).map(text));
    }
    spans.push(text("."));
    spans
}

/// What is missing or new and fails the gate by that alone.
fn gone(c: &Comparison) -> Vec<Span> {
    let missing = |s: &&Subject| s.verdict == Verdict::Missing && s.scope != Scope::Total;
    let counted = |s: &&Subject| c.absence_fails_gate(s) || s.rows.iter().any(|r| c.fails_gate(r));
    let of = |wanted: &dyn Fn(&&Subject) -> bool| -> Vec<&Subject> {
        c.by_severity.iter().filter_map(|i| c.subjects.get(*i)).filter(wanted).collect()
    };
    let all = of(&|s| missing(s) && (counted(s) || c.word == Word::Warning));
    let sentence = |subjects: &[&Subject], what: &str, too: &str| -> Vec<Span> {
        let Some(first) = subjects.first() else { return Vec::new() };
        let more = match subjects.len() {
            1 => String::new(),
            n => format!(" {} {too}.", several(n - 1, "more endpoint is", "more endpoints are")),
        };
        vec![Name(words::subject_name(first)), text(format!(" {what}.{more}"))]
    };
    let requests = all.first().and_then(|s| s.baseline.as_ref()).and_then(|e| e.requests);
    let what = match requests {
        Some(n) => format!("is missing: {} in the baseline, none in the run", several_requests(n)),
        None => "is missing from the run".into(),
    };
    let new = of(&|s| s.baseline.is_none() && s.scope != Scope::Total && (counted(s) || c.word == Word::Warning));
    joined([sentence(&all, &what, "missing"), sentence(&new, "is in the run and not in the baseline", "new")])
}

fn several_requests(n: u64) -> String {
    if n == 1 { "1 request".into() } else { format!("{} requests", number::count(n)) }
}

/// How much else regressed: `3 more endpoints regressed.`
fn others(c: &Comparison, named: &Subject) -> Vec<Span> {
    let count = |verdict: Verdict| {
        let all = c.subjects.iter().filter(|s| s.scope != Scope::Total && s.verdict == verdict);
        all.filter(|s| !std::ptr::eq(*s, named)).count()
    };
    let (confirmed, probable) = (count(Verdict::Regressed), count(Verdict::ProbablyRegressed));
    let also = if named.scope == Scope::Total { "" } else { "more " };
    let endpoints = |n: usize| several(n, &format!("{also}endpoint"), &format!("{also}endpoints"));
    plainly(match (confirmed, probable) {
        (0, 0) => String::new(),
        (n, 0) => format!("{} regressed.", endpoints(n)),
        (0, n) => format!("{} probably regressed.", endpoints(n)),
        (n, m) => format!("{} regressed, {} probably.", endpoints(n), number::count(m as u64)),
    })
}

/// What is beyond its limit as measured, and not sure: it fails the gate, or its interval lies beyond the limit.
fn unsure(c: &Comparison) -> Vec<Span> {
    let all = brief::unsure(c);
    let Some(first) = all.first() else { return Vec::new() };
    let sure = match c.gate {
        Gate::Fail => "Beyond the limit as measured, which fails the gate. It is not sure.",
        _ => "Beyond the limit, but not sure.",
    };
    let more = match all.iter().skip(1).filter(|o| o.subject.scope != Scope::Total).count() {
        0 => String::new(),
        1 => " So is 1 more endpoint.".into(),
        n => format!(" So are {} more endpoints.", number::count(n as u64)),
    };
    joined([row_sentence(first.subject, first.row), plainly(format!("{sure}{more}"))])
}

/// What improved beside something else.
fn better(c: &Comparison) -> Vec<Span> {
    let improved = brief::improved(c);
    let endpoints = improved.iter().filter(|b| b.subject.scope != Scope::Total);
    let (sure, probable): (Vec<_>, Vec<_>) = endpoints.partition(|b| b.row.verdict == Verdict::Improved);
    plainly(match (sure.len(), probable.len()) {
        (0, 0) if improved.is_empty() => String::new(),
        (0, 0) => match improved.first() {
            Some(b) => format!(
                "The {} of all requests improved: {}.",
                words::short_title(&b.row.metric),
                words::brief_change(b.row)
            ),
            None => String::new(),
        },
        (n, 0) => format!("{} improved.", several(n, "endpoint", "endpoints")),
        (0, n) => format!("{} probably improved.", several(n, "endpoint", "endpoints")),
        (n, m) => format!("{} improved, {} probably.", several(n, "endpoint", "endpoints"), number::count(m as u64)),
    })
}

/// What is slower and within its limit.
fn slower(c: &Comparison) -> Vec<Span> {
    let slower =
        |s: &&Subject| s.rows.iter().any(|r| r.verdict == Verdict::Slower && r.reason != Reason::FewerRequests);
    let endpoints = c.subjects.iter().filter(|s| s.scope != Scope::Total).filter(slower).count();
    let total = c.total().filter(slower).is_some();
    plainly(match (endpoints, total) {
        (0, false) => String::new(),
        (0, true) => "All requests together are slower, within the limit.".into(),
        (n, _) => format!("{} slower, within the limit.", several(n, "endpoint is", "endpoints are")),
    })
}

/// That the mean of all requests moved because other endpoints were requested more or less often.
fn mix(c: &Comparison) -> Vec<Span> {
    let row = c.total().and_then(|t| t.row(&Metric::Mean));
    let Some((row, judged)) = row.and_then(|row| Some((row, words::judged_change(row)?))) else { return Vec::new() };
    let moved = row.evidence.as_ref().is_some_and(|e| {
        // As large as what would be judged: less is of no interest.
        let change = row.change.and_then(|change| change.pct).zip(e.estimate);
        e.basis.mix && change.is_some_and(|(pct, judged)| (pct - judged).abs() > MIX_PCT)
    });
    let mean = words::brief_change(row);
    plainly(if moved { format!("The mix of requests moved: mean {mean}, {judged}.") } else { String::new() })
}

/// Maximum change of the mean that is called the same latency, in percent.
const SAME_PCT: f64 = 5.0;

/// Fewer requests a second, and what the response times did meanwhile.
fn fewer(c: &Comparison) -> Vec<Span> {
    let Some(total) = c.total() else { return Vec::new() };
    let change = |metric: Metric| total.row(&metric).and_then(|row| Some((row, row.change?.pct?)));
    let Some((_, pct)) = change(Metric::Rps).filter(|(row, _)| row.reason == Reason::FewerRequests) else {
        return Vec::new();
    };
    let brief = |pct: f64| number::brief(pct.abs(), " %").trim_start_matches('+').to_owned();
    let fewer = format!("{} fewer requests a second", brief(pct));
    let time = change(Metric::Mean).or_else(|| change(Metric::Latency(Percentile::P50)));
    plainly(match time {
        None => format!("{fewer}."),
        Some((_, pct)) if pct.abs() <= SAME_PCT => format!("{fewer} at the same latency: fewer were sent."),
        Some((row, pct)) => {
            let moved = if pct > 0.0 { "rose" } else { "fell" };
            format!("{fewer}; the {} {moved} by {}.", words::short_title(&row.metric), brief(pct))
        }
    })
}

fn acknowledged(c: &Comparison) -> Vec<Span> {
    let n = c.subjects.iter().flat_map(|s| &s.rows).filter(|r| r.ack.is_some() && r.verdict.is_worse()).count();
    plainly(if n == 0 { String::new() } else { format!("{} acknowledged.", several(n, "result is", "results are")) })
}

fn improved(c: &Comparison) -> Headline {
    let improved = brief::improved(c);
    let decided = improved.first().map(|b| row_sentence(b.subject, b.row)).unwrap_or_default();
    let endpoints = improved.iter().skip(1).filter(|b| b.subject.scope != Scope::Total).count();
    let more = match endpoints {
        0 => String::new(),
        n => format!("{} improved too.", several(n, "other endpoint", "other endpoints")),
    };
    Headline { decided, also: joined([seen(c), slower(c), fewer(c)]), better: plainly(more), ..Headline::default() }
}

/// What could have been seen; empty where nothing could.
#[must_use]
pub fn seen(c: &Comparison) -> Vec<Span> {
    let whole = |pct: f64| Strong(format!("{} %", number::count(libm::ceil(pct - 1e-9).max(1.0) as u64)));
    let seen = &c.seen;
    let shown = |pct: Option<f64>| pct.filter(|p| p.is_finite() && *p <= 1000.0);
    let runs = measured(c);
    let a = if runs.is_empty() { "A" } else { "a" };
    match (shown(seen.total_pct), shown(seen.endpoint_pct).zip(seen.endpoint_requests)) {
        (Some(total), Some((endpoint, requests))) => vec![
            text(format!("{runs}{a} slowdown of ")),
            whole(total),
            text(" or more of all requests, or of "),
            whole(endpoint),
            text(format!(" of any endpoint with {} or more, would have been seen.", several_requests(requests))),
        ],
        (Some(total), None) => vec![
            text(format!("{runs}{a} slowdown of ")),
            whole(total),
            text(" or more of all requests would have been seen; no endpoint has enough requests by itself."),
        ],
        (None, Some((endpoint, requests))) => vec![
            text(format!("{runs}{a} slowdown of ")),
            whole(endpoint),
            text(format!(" or more of any endpoint with {} or more would have been seen.", several_requests(requests))),
        ],
        (None, None) => Vec::new(),
    }
}

/// What makes that small: several runs a side, or earlier ones; empty where there is one run a side.
fn measured(c: &Comparison) -> String {
    let evidence = || c.subjects.iter().flat_map(|s| &s.rows).filter_map(|r| r.evidence.as_ref());
    let repeats = evidence().filter(|e| e.method == Method::Repeats);
    let runs = repeats.filter_map(|e| e.n.0.zip(e.n.1)).min_by_key(|(b, r)| *b.min(r));
    match runs.map(|(b, r)| (b.min(r), b)) {
        Some((1, earlier)) => format!("With {} earlier runs, ", number::count(earlier)),
        Some((n, _)) => format!("With {} runs a side, ", number::count(n)),
        None if evidence().any(|e| e.noise == NoiseFrom::History) => "With the earlier runs, ".into(),
        None => String::new(),
    }
}

/// How more could be seen.
fn smaller(c: &Comparison) -> Vec<Span> {
    if c.seen.total_pct.is_none() || !measured(c).is_empty() {
        return Vec::new();
    }
    vec![
        text("Repeats or earlier runs (on the command line "),
        Code("--history"),
        text(") would show smaller changes."),
    ]
}

fn cannot_tell(c: &Comparison) -> Headline {
    let counts = &c.counts;
    let judged = counts.total - counts.no_data - counts.new - counts.missing - counts.too_few_requests;
    let requests = c.baseline.requests().zip(c.run.requests()).map(|(b, r)| b.min(r));
    let have = requests.map(|n| format!("{} on the smaller side: ", several_requests(n))).unwrap_or_default();
    let decided = match (c.seen.total_pct, c.seen.errors_pp) {
        _ if brief::lost_too_much(c) => plainly(brief::lost(c)),
        _ if counts.total == 0 || counts.total == counts.no_data => {
            vec![text("The two runs have no result in common that has a limit.")]
        }
        _ if judged == 0 => vec![text(format!("{have}too few to judge anything."))],
        (None, _) => vec![text(format!("{have}no response time could be judged."))],
        (Some(pct), _) if pct > 50.0 && pct <= 10_000.0 => vec![
            text(format!("{have}only a slowdown of ")),
            Strong(format!("{} %", number::count(libm::ceil(pct) as u64))),
            text(" or more would have been seen."),
        ],
        (Some(pct), _) if pct > 50.0 => vec![text(format!("{have}no slowdown could have been seen."))],
        (_, Some(pp)) if pp > 5.0 => vec![
            text(format!("{have}only a rise of errors of ")),
            Strong(number::brief(pp, " pp").trim_start_matches('+').to_owned()),
            text(" or more would have been seen."),
        ],
        _ => match (counts.unclear + counts.too_few_requests) as usize {
            1 => vec![text("1 result needs more data.")],
            n => vec![text(format!("{} results need more data.", number::count(n as u64)))],
        },
    };
    Headline { decided, also: joined([settles(c), wide(c), fewer(c)]), better: better(c), ..Headline::default() }
}

/// That the limits themselves are wider than what a reader wants to know.
fn wide(c: &Comparison) -> Vec<Span> {
    let times =
        c.total().into_iter().flat_map(|t| &t.rows).filter(|r| matches!(r.metric, Metric::Mean | Metric::Latency(_)));
    let limits = times.filter_map(|r| Some((r, r.evidence.as_ref()?.limit?)));
    let least = limits.min_by(|a, b| a.1.total_cmp(&b.1));
    plainly(match least {
        Some((row, limit)) if limit >= WIDE_PCT => {
            format!("The limit {} lets everything below it pass.", words::limit_short(row))
        }
        _ => String::new(),
    })
}

/// What would settle what the total does not tell.
fn settles(c: &Comparison) -> Vec<Span> {
    let wanted = |row: &&Row| matches!(row.verdict, Verdict::Unclear | Verdict::TooFew);
    let of = |subject: &Subject| -> Vec<Settle> {
        subject.rows.iter().filter(wanted).filter_map(|r| r.evidence.as_ref()?.settle).collect()
    };
    let settles = match c.total() {
        Some(total) => of(total),
        None => c.endpoints_by_severity().flat_map(|(_, s)| of(s)).collect(),
    };
    // Whatever it takes for the hardest; the file that would tell more before any number of requests.
    let most = settles.into_iter().max_by_key(|s| match s {
        Settle::Samples => (2, 0),
        Settle::Runs(n) => (1, *n),
        Settle::Requests(n) => (0, *n),
    });
    plainly(most.map(words::settle).unwrap_or_default())
}

fn not_comparable(c: &Comparison) -> Headline {
    if c.baseline.same_files(&c.run) {
        return Headline {
            decided: vec![text("Both sides are the same file: there is nothing to compare.")],
            also: vec![
                text("Choose another file for one side; on the command line, "),
                Code("--no-verdict pass"),
                text(" accepts it."),
            ],
            ..Headline::default()
        };
    }
    let required = c.comparability.reasons.iter().filter(|r| r.required);
    let reasons: Vec<String> = required.map(crate::compare::comparable::Reason::fact).collect();
    let users = c.comparability.reasons.iter().filter(|r| r.required).find_map(|r| match r.kind {
        ReasonKind::Users { run, .. } => Some(run),
        _ => None,
    });
    let next = match users {
        Some(n) => format!("Run the baseline with {}, or accept that: ", several(n as usize, "user", "users")),
        None => "To accept that: ".to_owned(),
    };
    let accepts = vec![
        text(next),
        Code("require_same = []"),
        text(" in a thresholds file (the page takes one too), or on the command line "),
        Code("--no-verdict pass"),
        text("."),
    ];
    let also = joined([all_the_same(c), gone(c), accepts]);
    Headline { decided: plainly(reasons.join(" ")), also, ..Headline::default() }
}

/// What was seen all the same: the total's mean, or what else is known of it, and its errors.
fn all_the_same(c: &Comparison) -> Vec<Span> {
    let Some(total) = c.total() else {
        return c.worst_row().map(|(s, r)| row_sentence(s, r)).unwrap_or_default();
    };
    let known = |metric: Metric| {
        let row = total.row(&metric)?;
        row.change.as_ref()?;
        let (title, from, to) =
            (words::short_title(&metric), words::value(&metric, &row.baseline), words::value(&metric, &row.run));
        let both = match from == to {
            true => format!("{title} {to} on both sides"),
            false => format!("{title} {from} → {to}, {}", words::brief_change(row)),
        };
        let inside = [words::judged_change(row), words::interval(row)].into_iter().flatten().collect::<Vec<_>>();
        Some(if inside.is_empty() { both } else { format!("{both} ({})", inside.join("; ")) })
    };
    let time = known(Metric::Mean)
        .or_else(|| known(Metric::Latency(Percentile::P50)))
        .or_else(|| known(Metric::Latency(Percentile::P95)));
    let seen: Vec<String> = time.into_iter().chain(known(Metric::ErrorRate)).collect();
    plainly(if seen.is_empty() { String::new() } else { format!("Measured: {}.", seen.join("; ")) })
}

/// By limits alone.
fn passed(c: &Comparison) -> Vec<Span> {
    let n = &c.counts;
    let endpoints = c.subjects.iter().filter(|s| s.scope != Scope::Total).count();
    let unjudged = match n.no_data {
        0 => String::new(),
        m => format!(" {} not judged: no data.", several(m as usize, "result was", "results were")),
    };
    vec![text(format!(
        "{} of {} within the limits.{unjudged}",
        several((n.pass + n.improved) as usize, "result", "results"),
        several(endpoints, "endpoint", "endpoints"),
    ))]
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}
