//! The report as JSON; its schema is `docs/report.schema.json`.

use std::borrow::Cow;

use serde::Serialize;

use super::{brief, headline, words};
use crate::compare::{Account, Check, Comparison, Counts, Cut, Row, Seen, Subject, Warmup, Why, check};
use crate::policy::Policy;
use crate::run::{Metric, NoteLevel, Run, time};

/// The version of the report's shape. It grows when a field is removed or means something else; new fields alone do
/// not change it.
pub const SCHEMA: u32 = 1;

#[derive(Serialize)]
struct Report<'a> {
    schema: u32,
    made_at: &'a str,
    made_by: String,
    word: &'static str,
    gate: &'static str,
    headline: String,
    seen: SeenOut,
    profile: &'a str,
    counts: &'a Counts,
    runs: Runs<'a>,
    rows: Vec<RowOut<'a>>,
    causes: Vec<CauseOut>,
    notes: Vec<NoteOut<'a>>,
    comparability: ComparabilityOut,
    warmup: WarmupOut,
    checks: Vec<CheckOut<'a>>,
    mix: MixOut,
    #[serde(skip_serializing_if = "Option::is_none")]
    stages: Option<super::json_stages::StagesOut>,
}

/// The smallest changes that would have been confirmed with a chance of 80 %.
#[derive(Serialize)]
struct SeenOut {
    total_pct: Option<f64>,
    endpoint_pct: Option<f64>,
    endpoint_requests: Option<u64>,
    errors_pp: Option<f64>,
}

/// A cause of failures that rose.
#[derive(Serialize)]
struct CauseOut {
    method: Option<String>,
    name: String,
    message: String,
    baseline: u64,
    run: u64,
}

#[derive(Serialize)]
struct ComparabilityOut {
    state: &'static str,
    reasons: Vec<ReasonOut>,
}

/// Where the measurement begins on each side, by which rule.
#[derive(Serialize)]
struct WarmupOut {
    rule: &'static str,
    left_out: bool,
    baseline: CutOut,
    run: CutOut,
}

#[derive(Serialize)]
struct CutOut {
    seconds: u32,
    text: String,
}

fn warmup(warmup: &Warmup) -> WarmupOut {
    let cut = |cut: &Cut| CutOut { seconds: cut.seconds, text: cut.text() };
    WarmupOut {
        rule: warmup.rule.word(),
        left_out: warmup.baseline.why == Why::LeftOut,
        baseline: cut(&warmup.baseline),
        run: cut(&warmup.run),
    }
}

#[derive(Serialize)]
struct ReasonOut {
    level: &'static str,
    code: &'static str,
    required: bool,
    text: String,
}

/// A data check: on a pair here, on one run in `inspect`.
#[derive(Serialize)]
pub(super) struct CheckOut<'a> {
    pub about: &'static str,
    pub file: Option<&'a str>,
    pub level: &'static str,
    pub code: Cow<'a, str>,
    pub text: String,
}

#[derive(Serialize)]
struct MixOut {
    mean_ms: Option<PartsOut>,
    error_pct: Option<PartsOut>,
}

#[derive(Serialize)]
struct PartsOut {
    change: f64,
    within: f64,
    mix: f64,
}

#[derive(Serialize)]
struct Runs<'a> {
    baseline: RunOut<'a>,
    run: RunOut<'a>,
}

#[derive(Serialize)]
struct RunOut<'a> {
    label: &'a str,
    tool: &'a str,
    version: Option<&'a str>,
    started: Option<String>,
    duration_s: Option<f64>,
    users: Option<u64>,
    requests: Option<u64>,
    files: Vec<FileOut<'a>>,
    rows: AccountOut,
}

#[derive(Serialize)]
struct FileOut<'a> {
    name: &'a str,
    bytes: u64,
    format: &'a str,
}

/// Where the rows of a side's files went: `read` is the sum of the others.
#[derive(Serialize)]
struct AccountOut {
    read: u64,
    endpoints: u64,
    totals: u64,
    merged: u64,
    pooled: u64,
    excluded: u64,
    rejected: u64,
}

/// One judged metric: an object here, a line in CSV.
#[derive(Serialize)]
pub(super) struct RowOut<'a> {
    pub scope: &'static str,
    pub service: Option<&'a str>,
    pub method: Option<&'a str>,
    pub name: &'a str,
    pub metric: String,
    pub unit: &'static str,
    pub baseline: Option<f64>,
    pub baseline_bounds: Option<(f64, f64)>,
    pub run: Option<f64>,
    pub run_bounds: Option<(f64, f64)>,
    pub provenance: &'static str,
    pub change_abs: Option<f64>,
    pub change_pct: Option<f64>,
    pub limit: Option<String>,
    pub target: Option<f64>,
    pub verdict: &'static str,
    pub reason: String,
    pub acknowledged: Option<String>,
    pub evidence: Option<EvidenceOut>,
}

/// How sure a row's verdict is; see `docs/how-verdicts-are-made.md`.
#[derive(Serialize)]
pub(super) struct EvidenceOut {
    pub direction: &'static str,
    pub method: &'static str,
    pub unit: &'static str,
    pub confidence_pct: f64,
    pub estimate: Option<f64>,
    pub lower: Option<f64>,
    pub upper: Option<f64>,
    pub limit: Option<f64>,
    pub detectable: Option<f64>,
    pub noise_pct: f64,
    pub noise_from: &'static str,
    pub n_baseline: Option<u64>,
    pub n_run: Option<u64>,
    pub p: Option<f64>,
    pub adjusted_p: Option<f64>,
    pub rules: usize,
    pub basis: BasisOut,
    pub widened: Vec<&'static str>,
    pub passes_from: Option<f64>,
    pub critical_below: Option<f64>,
    pub confirmed_below: Option<f64>,
    pub settle: Option<&'static str>,
    pub settle_count: Option<u64>,
    pub text: Option<String>,
}

/// What was judged, where that is not the figures as they are shown.
#[derive(Serialize)]
pub(super) struct BasisOut {
    pub successes: bool,
    pub mixed_failures: bool,
    pub mix: bool,
    pub left_out_s: Option<u32>,
    pub since_s: Option<u32>,
    pub burst_s: Option<(u32, u32)>,
}

fn evidence(row: &Row) -> Option<EvidenceOut> {
    let e = row.evidence.as_ref()?;
    let finite = |number: Option<f64>| number.filter(|n| n.is_finite());
    Some(EvidenceOut {
        direction: e.direction.code(),
        method: e.method.code(),
        unit: if row.metric == Metric::ErrorRate { "pp" } else { "%" },
        confidence_pct: e.confidence_pct,
        estimate: finite(e.estimate),
        lower: finite(e.interval.lower),
        upper: finite(e.interval.upper),
        limit: finite(e.limit),
        detectable: finite(e.detectable),
        noise_pct: e.floor,
        noise_from: e.noise.code(),
        n_baseline: e.n.0,
        n_run: e.n.1,
        p: e.p,
        adjusted_p: e.adjusted_p,
        rules: e.family,
        basis: BasisOut {
            successes: e.basis.successes,
            mixed_failures: e.basis.mixed_failures,
            mix: e.basis.mix,
            left_out_s: e.basis.left_out_s,
            since_s: e.basis.since_s,
            burst_s: e.basis.burst_s,
        },
        widened: e.basis.widened.iter().map(|w| w.code()).collect(),
        passes_from: finite(e.passes_from),
        critical_below: finite(e.critical_below),
        confirmed_below: finite(e.confirmed_below),
        settle: e.settle.map(|s| s.code()),
        settle_count: e.settle.and_then(|s| s.count()),
        text: words::evidence(row),
    })
}

#[derive(Serialize)]
struct NoteOut<'a> {
    about: &'static str,
    file: Option<&'a str>,
    level: &'static str,
    code: &'a str,
    text: String,
}

/// Renders the report, indented, with a newline at its end; `made_at` is the moment it was made, RFC 3339.
#[must_use]
pub fn render(comparison: &Comparison, made_at: &str) -> String {
    let pair = comparison.notes.iter().map(|n| NoteOut {
        about: "comparison",
        file: None,
        level: level(n.level()),
        code: n.code(),
        text: n.text(),
    });
    let parts = |parts: check::Parts| PartsOut { change: parts.change(), within: parts.within, mix: parts.mix };
    let found = [
        ("comparison", &comparison.checks.pair),
        ("baseline", &comparison.checks.baseline),
        ("run", &comparison.checks.run),
    ];
    let report = Report {
        schema: SCHEMA,
        made_at,
        made_by: format!("loaddiff {}", env!("CARGO_PKG_VERSION")),
        word: comparison.word.code(),
        gate: comparison.gate.as_str(),
        headline: headline::plain(comparison),
        seen: seen(&comparison.seen),
        profile: &comparison.policy.name,
        counts: &comparison.counts,
        runs: Runs {
            baseline: run(&comparison.baseline, &comparison.baseline_account),
            run: run(&comparison.run, &comparison.run_account),
        },
        rows: rows(comparison).collect(),
        causes: causes(comparison),
        notes: pair
            .chain(notes("baseline", &comparison.baseline, &comparison.checks.baseline))
            .chain(notes("run", &comparison.run, &comparison.checks.run))
            .collect(),
        comparability: ComparabilityOut {
            state: comparison.comparability.state.as_str(),
            reasons: comparison
                .comparability
                .reasons
                .iter()
                .map(|r| ReasonOut { level: level(r.level()), code: r.code(), required: r.required, text: r.text() })
                .collect(),
        },
        warmup: warmup(&comparison.warmup),
        checks: found.into_iter().flat_map(|(about, checks)| self::checks(about, checks)).collect(),
        mix: MixOut { mean_ms: comparison.mix.mean_ms.map(parts), error_pct: comparison.mix.error_pct.map(parts) },
        stages: comparison.stages.as_deref().map(super::json_stages::stages),
    };
    to_text(&report)
}

fn seen(seen: &Seen) -> SeenOut {
    let finite = |number: Option<f64>| number.filter(|n| n.is_finite());
    SeenOut {
        total_pct: finite(seen.total_pct),
        endpoint_pct: finite(seen.endpoint_pct),
        endpoint_requests: seen.endpoint_requests,
        errors_pp: finite(seen.errors_pp),
    }
}

fn causes(comparison: &Comparison) -> Vec<CauseOut> {
    let out = |cause: brief::Cause| CauseOut {
        method: cause.method,
        name: cause.name,
        message: cause.message,
        baseline: cause.baseline,
        run: cause.run,
    };
    brief::causes(comparison).into_iter().map(out).collect()
}

/// Indented JSON with a newline at its end.
pub(super) fn to_text(value: &impl Serialize) -> String {
    // Only maps with keys that are no strings, and numbers that are not finite, could fail; there are none.
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}

fn level(level: NoteLevel) -> &'static str {
    match level {
        NoteLevel::Info => "info",
        NoteLevel::Warning => "warning",
    }
}

/// Checks in their order.
pub(super) fn checks<'a>(about: &'static str, checks: &'a [Check]) -> impl Iterator<Item = CheckOut<'a>> {
    checks.iter().map(move |c| CheckOut {
        about,
        file: c.file(),
        level: level(c.level()),
        code: c.code(),
        text: c.text(),
    })
}

fn notes<'a>(about: &'static str, run: &'a Run, checks: &[Check]) -> impl Iterator<Item = NoteOut<'a>> {
    check::other_notes(run, checks).into_iter().map(move |n| NoteOut {
        about,
        file: n.file.as_deref(),
        level: level(n.level()),
        code: n.code(),
        text: n.text(),
    })
}

fn run<'a>(run: &'a Run, account: &Account) -> RunOut<'a> {
    RunOut {
        label: &run.label,
        tool: &run.source.tool,
        version: run.source.version.as_deref(),
        started: run.started_ms.map(time::format_rfc3339),
        duration_s: run.duration_s,
        users: run.users,
        requests: run.requests(),
        files: run.source.files.iter().map(|f| FileOut { name: &f.name, bytes: f.bytes, format: &f.format }).collect(),
        rows: AccountOut {
            read: account.rows,
            endpoints: account.shown,
            totals: account.totals,
            merged: account.merged,
            pooled: account.pooled,
            excluded: account.excluded_count(),
            rejected: account.rejected,
        },
    }
}

/// Every row, in the order of the subjects.
pub(super) fn rows(comparison: &Comparison) -> impl Iterator<Item = RowOut<'_>> {
    let policy = &comparison.policy;
    comparison.subjects.iter().flat_map(move |s| s.rows.iter().map(move |r| row(policy, s, r)))
}

fn row<'a>(policy: &Policy, subject: &'a Subject, row: &'a Row) -> RowOut<'a> {
    let known = if row.run.number.is_some() { &row.run } else { &row.baseline };
    RowOut {
        scope: subject.scope.as_str(),
        service: subject.service.as_deref(),
        method: subject.method.as_deref(),
        name: &subject.name,
        metric: row.metric.to_string(),
        unit: row.metric.unit(),
        baseline: row.baseline.number,
        baseline_bounds: row.baseline.bounds,
        run: row.run.number,
        run_bounds: row.run.bounds,
        provenance: known.provenance.as_str(),
        change_abs: row.change.map(|c| c.abs).filter(|a| a.is_finite()),
        change_pct: row.change.and_then(|c| c.pct),
        limit: row.rule.as_ref().map(|_| words::limit_as_written(row)),
        target: row.rule.as_ref().and_then(|r| r.target).filter(|t| t.is_finite()),
        verdict: row.verdict.code(),
        reason: words::reason(row),
        acknowledged: row.ack.and_then(|i| policy.acks.get(i)).map(|ack| ack.reason.clone()),
        evidence: evidence(row),
    }
}
