//! Whether two runs can be compared: differences other than the measured figures, and whether the policy allows them.

use std::collections::BTreeMap;

use super::check::sides;
use super::warmup::Warmup;
use super::{Subject, Verdict, Which};
use crate::number;
use crate::policy::{EvidenceIs, OtherToolIs, Policy, Same};
pub use crate::run::Definition;
use crate::run::{Distribution, Endpoint, Metric, NoteLevel, Run, Source, Timeline};

/// Minimum difference of durations to report, as a share of the longer one (statistics.md §6).
const DURATION_SHARE: f64 = 0.2;
/// Tool name of the scripts' files, which do not name the tool.
const SERVICE_METRICS: &str = "Service metrics";
/// Minimum difference of users to report, as a share of the larger number.
const USERS_SHARE: f64 = 0.1;
/// Maximum ratio of users for which the noise floor is widened; beyond, users could explain any change.
const USERS_FACTOR: f64 = 2.0;
/// Minimum share of requests on endpoints missing on the other side to report.
const ALONE_SHARE: f64 = 0.1;
/// Minimum total-variation distance of the mix of endpoints to report, …
const MIX_DISTANCE: f64 = 0.1;
/// … and minimum multiple of the distance expected by chance for equal mixes.
const MIX_CHANCE: f64 = 2.0;
/// Minimum ratio of the numbers of requests to report (statistics.md §4.1: a cap on evidence).
const SIZE_RATIO: f64 = 3.0;
/// Minimum difference of warm-ups to report, as a share of the shorter run.
const WARMUP_SHARE: f64 = 0.1;

/// Whether two runs can be compared, with reasons.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparability {
    /// The answer.
    pub state: State,
    /// Differences: those that the policy forbids first, then warnings, then the rest.
    pub reasons: Vec<Reason>,
}

/// Whether two runs can be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// No relevant difference.
    Comparable,
    /// Some difference that the policy allows.
    Warn,
    /// Some difference that the policy forbids.
    NotComparable,
}

impl State {
    /// Stable identifier for programs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Comparable => "comparable",
            Self::Warn => "warn",
            Self::NotComparable => "not-comparable",
        }
    }
}

/// A difference between the two runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Reason {
    /// Its kind.
    pub kind: ReasonKind,
    /// Whether the policy requires equality (`require_same`).
    pub required: bool,
}

/// Kinds of differences.
#[derive(Debug, Clone, PartialEq)]
pub enum ReasonKind {
    /// The tools.
    Tools {
        /// The baseline's.
        baseline: String,
        /// The run's.
        run: String,
        /// Whether the policy therefore leaves response times unconfirmed.
        doubted: bool,
    },
    /// The versions of one tool.
    Versions {
        /// The baseline's, a version or a range.
        baseline: String,
        /// The run's.
        run: String,
    },
    /// The definitions of percentiles.
    Percentiles {
        /// The baseline's.
        baseline: Definition,
        /// The run's.
        run: Definition,
    },
    /// The numbers of users.
    Users {
        /// The baseline's.
        baseline: u64,
        /// The run's.
        run: u64,
    },
    /// The durations, by more than a fifth.
    Durations {
        /// The baseline's in seconds.
        baseline_s: f64,
        /// The run's in seconds.
        run_s: f64,
    },
    /// The numbers of requests, by more than 3:1.
    Sizes {
        /// The baseline's.
        baseline: u64,
        /// The run's.
        run: u64,
    },
    /// The endpoints: a large share of one side's requests is on endpoints missing on the other.
    Endpoints {
        /// In percent of the baseline's requests.
        baseline_pct: f64,
        /// In percent of the run's requests.
        run_pct: f64,
    },
    /// The shares of the common endpoints.
    Mix {
        /// Total-variation distance: percentage of requests that would have to move to another endpoint.
        moved_pct: f64,
        /// The endpoint whose share differs most.
        example: String,
        /// Its share in the baseline, in percent.
        baseline_pct: f64,
        /// Its share in the run, in percent.
        run_pct: f64,
    },
    /// The lengths of the warm-ups.
    Warmups {
        /// The baseline's in seconds.
        baseline_s: u32,
        /// The run's in seconds.
        run_s: u32,
    },
    /// The figures of one side exclude its warm-up, those of the other include it.
    WarmupOfOne {
        /// The side that excludes it.
        side: Which,
        /// Seconds excluded.
        seconds: u32,
    },
}

/// The definition behind an endpoint's percentiles, if known.
fn definition(source: &Source, distribution: &Distribution) -> Option<Definition> {
    let format = source.files.first().map_or("", |file| &*file.format);
    match distribution {
        Distribution::Unknown => None,
        Distribution::Samples(samples) => Some(samples.definition()),
        Distribution::Table(_) | Distribution::Tables(_) | Distribution::Buckets(_) => {
            Definition::of_printed(&source.tool, format)
        }
    }
}

impl Comparability {
    /// Compares the properties of two runs, and checks them against the policy.
    pub(super) fn of(baseline: &Run, run: &Run, policy: &Policy, warmup: &Warmup) -> Self {
        let requires = |same: Same| policy.compare.require_same.contains(&same);
        let mut reasons = Vec::new();
        let mut add = |kind: Option<ReasonKind>, required: bool| {
            reasons.extend(kind.map(|kind| Reason { kind, required }));
        };
        add(tools(baseline, run, policy), requires(Same::Tool));
        add(users(baseline, run), requires(Same::Users));
        add(durations(baseline, run), requires(Same::Duration));
        add(versions(baseline, run), false);
        add(definitions(baseline, run), false);
        add(sizes(baseline, run), false);
        add(endpoints(baseline, run), false);
        add(warmups(baseline, run, warmup), false);
        crate::order::sort_by_key(&mut reasons, |r| (!r.required, std::cmp::Reverse(r.level())));
        let warns = |r: &Reason| r.level() == NoteLevel::Warning;
        let state = if reasons.iter().any(|r| r.required) {
            State::NotComparable
        } else if reasons.iter().any(warns) {
            State::Warn
        } else {
            State::Comparable
        };
        Self { state, reasons }
    }
}

impl Comparability {
    /// Leaves response times of two different tools unconfirmed: tools start and stop their clocks at different points.
    pub(super) fn doubt_times(&self, subjects: &mut [Subject]) {
        if !self.reasons.iter().any(|reason| matches!(reason.kind, ReasonKind::Tools { doubted: true, .. })) {
            return;
        }
        for row in subjects.iter_mut().flat_map(|subject| &mut subject.rows) {
            if matches!(row.metric, Metric::Mean | Metric::Latency(_)) {
                row.verdict = match row.verdict {
                    Verdict::Regressed => Verdict::ProbablyRegressed,
                    Verdict::Improved => Verdict::ProbablyImproved,
                    other => other,
                };
            }
        }
    }

    /// The ratio of users, if that is the only forbidden difference and the noise floor can allow for it; always above
    /// 1.
    #[must_use]
    pub fn users_ratio(&self) -> Option<f64> {
        let mut required = self.reasons.iter().filter(|r| r.required);
        match (required.next().map(|r| &r.kind), required.next()) {
            (Some(ReasonKind::Users { baseline, run }), None) => {
                let (few, many) = (*baseline.min(run) as f64, *baseline.max(run) as f64);
                (few > 0.0 && many < USERS_FACTOR * few).then(|| many / few)
            }
            _ => None,
        }
    }
}

fn tools(baseline: &Run, run: &Run, policy: &Policy) -> Option<ReasonKind> {
    let (a, b) = (&baseline.source.tool, &run.source.tool);
    // Metrics by service do not name the tool.
    let named = |tool: &str| !tool.is_empty() && tool != SERVICE_METRICS;
    // Without evidence, nothing is confirmed anyway.
    let doubted = policy.compare.other_tool == OtherToolIs::Probable && policy.compare.evidence == EvidenceIs::Judge;
    (a != b && named(a) && named(b)).then(|| ReasonKind::Tools { baseline: a.clone(), run: b.clone(), doubted })
}

/// Numbers of users that differ by more than a tenth of the larger one: threads end before others start, so observed
/// numbers fluctuate. Users that follow from latency are not a load setting.
fn users(baseline: &Run, run: &Run) -> Option<ReasonKind> {
    let (users, users_run) = (baseline.users?, run.users?);
    let apart = users.abs_diff(users_run) as f64 > USERS_SHARE * users.max(users_run) as f64;
    (apart && !follow(baseline, run)).then_some(ReasonKind::Users { baseline: users, run: users_run })
}

/// Whether users follow from response times at equal arrival rates.
fn follow(baseline: &Run, run: &Run) -> bool {
    let rate = |run: &Run| run.total.as_ref()?.rate_per_s.filter(|rate| *rate > 0.0);
    let alike = rate(baseline).zip(rate(run)).is_some_and(|(b, r)| (b - r).abs() <= USERS_SHARE * b.max(r));
    baseline.users_follow && run.users_follow && alike
}

fn durations(baseline: &Run, run: &Run) -> Option<ReasonKind> {
    let (baseline_s, run_s) = (baseline.duration_s?, run.duration_s?);
    let differ = (baseline_s - run_s).abs() > DURATION_SHARE * baseline_s.max(run_s);
    differ.then_some(ReasonKind::Durations { baseline_s, run_s })
}

/// Versions of one tool that cannot be equal. Files often give a range; overlapping ranges may be equal.
fn versions(baseline: &Run, run: &Run) -> Option<ReasonKind> {
    if baseline.source.tool != run.source.tool {
        return None;
    }
    let (a, b) = (baseline.source.version.as_ref()?, run.source.version.as_ref()?);
    let ((from, to), (from_run, to_run)) = (version_range(a)?, version_range(b)?);
    let before = |to: &Option<Version>, from: &Option<Version>| match (to, from) {
        (Some(to), Some(from)) => to < from && !from.starts_with(to),
        _ => false,
    };
    let apart = before(&to, &from_run) || before(&to_run, &from);
    apart.then(|| ReasonKind::Versions { baseline: a.clone(), run: b.clone() })
}

type Version = Vec<u64>;

/// Parses `2.47.0`, `>=1.0`, `<=0.13.2`, `0.13.3 to 0.14` into first and last version; `None` for anything else.
fn version_range(text: &str) -> Option<(Option<Version>, Option<Version>)> {
    let one = |text: &str| -> Option<Version> {
        let digits = text.trim().trim_start_matches('v');
        digits.split('.').map(|part| part.parse().ok()).collect()
    };
    if let Some(from) = text.strip_prefix(">=") {
        return Some((Some(one(from)?), None));
    }
    if let Some(to) = text.strip_prefix("<=") {
        return Some((None, Some(one(to)?)));
    }
    let (from, to) = text.split_once(" to ").unwrap_or((text, text));
    Some((Some(one(from)?), Some(one(to)?)))
}

fn definitions(baseline: &Run, run: &Run) -> Option<ReasonKind> {
    let of_run = |run: &Run| {
        let mut rows = run.total.iter().chain(&run.endpoints);
        rows.find_map(|e| definition(&run.source, &e.latency.distribution))
    };
    let (baseline, run) = (of_run(baseline)?, of_run(run)?);
    (baseline != run).then_some(ReasonKind::Percentiles { baseline, run })
}

fn sizes(baseline: &Run, run: &Run) -> Option<ReasonKind> {
    let (baseline, run) = (baseline.requests().filter(|n| *n > 0)?, run.requests().filter(|n| *n > 0)?);
    let apart = baseline.max(run) as f64 > SIZE_RATIO * baseline.min(run) as f64;
    apart.then_some(ReasonKind::Sizes { baseline, run })
}

/// Whether they requested the same endpoints in the same proportions.
fn endpoints(baseline: &Run, run: &Run) -> Option<ReasonKind> {
    let requests = |e: Option<&Endpoint>| e.map_or(Some(0), |e| e.requests);
    let mut both = Vec::new();
    let (mut all, mut all_run, mut alone, mut alone_run) = (0_u64, 0_u64, 0_u64, 0_u64);
    for (b, r) in sides(&baseline.endpoints, &run.endpoints) {
        let (n, n_run) = (requests(b)?, requests(r)?);
        (all, all_run) = (all.checked_add(n)?, all_run.checked_add(n_run)?);
        match (b, r) {
            (Some(endpoint), Some(_)) => both.push((endpoint, n, n_run)),
            _ => (alone, alone_run) = (alone + n, alone_run + n_run),
        }
    }
    // Without common endpoints, the pair has a note.
    if both.is_empty() || all == alone || all_run == alone_run {
        return None;
    }
    let (share, share_run) = (alone as f64 / all as f64, alone_run as f64 / all_run as f64);
    if share > ALONE_SHARE || share_run > ALONE_SHARE {
        return Some(ReasonKind::Endpoints { baseline_pct: share * 100.0, run_pct: share_run * 100.0 });
    }
    let (all, all_run) = ((all - alone) as f64, (all_run - alone_run) as f64);
    let (mut distance, mut chance) = (0.0, 0.0);
    let mut widest: Option<(f64, &Endpoint, f64, f64)> = None;
    for (endpoint, n, n_run) in both {
        let (s, s_run) = (n as f64 / all, n_run as f64 / all_run);
        let gap = (s - s_run).abs();
        distance += gap / 2.0;
        // Half the mean distance of two shares that differ by chance, approximately normal.
        let pooled = (n as f64 + n_run as f64) / (all + all_run);
        chance += libm::sqrt(pooled * (1.0 - pooled).max(0.0) * (1.0 / all + 1.0 / all_run) / std::f64::consts::TAU);
        if widest.is_none_or(|(most, ..)| gap > most) {
            widest = Some((gap, endpoint, s, s_run));
        }
    }
    let (_, endpoint, s, s_run) = widest?;
    (distance > MIX_DISTANCE && distance > MIX_CHANCE * chance).then(|| ReasonKind::Mix {
        moved_pct: distance * 100.0,
        example: endpoint.shown(),
        baseline_pct: s * 100.0,
        run_pct: s_run * 100.0,
    })
}

fn warmups(baseline: &Run, run: &Run, warmup: &Warmup) -> Option<ReasonKind> {
    match (baseline.left_out_s.filter(|s| *s > 0), run.left_out_s.filter(|s| *s > 0)) {
        (Some(seconds), None) if run.left_out_s.is_none() => {
            return Some(ReasonKind::WarmupOfOne { side: Which::Baseline, seconds });
        }
        (None, Some(seconds)) if baseline.left_out_s.is_none() => {
            return Some(ReasonKind::WarmupOfOne { side: Which::Run, seconds });
        }
        _ => {}
    }
    let shorter_s = baseline.duration_s?.min(run.duration_s?);
    let (baseline_s, run_s) = (warmup.baseline.reached_s?, warmup.run.reached_s?);
    let apart = f64::from(baseline_s.abs_diff(run_s)) > WARMUP_SHARE * shorter_s;
    apart.then_some(ReasonKind::Warmups { baseline_s, run_s })
}

impl Reason {
    /// Importance.
    #[must_use]
    pub fn level(&self) -> NoteLevel {
        match self.kind {
            ReasonKind::Percentiles { .. } => NoteLevel::Info,
            _ => NoteLevel::Warning,
        }
    }

    /// Stable identifier for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self.kind {
            ReasonKind::Tools { .. } => "tools-differ",
            ReasonKind::Versions { .. } => "versions-differ",
            ReasonKind::Percentiles { .. } => "percentile-definitions-differ",
            ReasonKind::Users { .. } => "users-differ",
            ReasonKind::Durations { .. } => "durations-differ",
            ReasonKind::Sizes { .. } => "sizes-differ",
            ReasonKind::Endpoints { .. } => "endpoints-differ",
            ReasonKind::Mix { .. } => "mix-differs",
            ReasonKind::Warmups { .. } => "warm-ups-differ",
            ReasonKind::WarmupOfOne { .. } => "warm-up-left-out-of-one",
        }
    }

    /// The difference in words, with its numbers.
    #[must_use]
    pub fn fact(&self) -> String {
        let count = number::count;
        match &self.kind {
            ReasonKind::Tools { baseline, run, doubted } => format!(
                "The baseline was made with {baseline}, the run with {run}. Tools define failures and percentiles \
                 differently{}.",
                if *doubted {
                    ", so a response time is at most probably regressed. Set other_tool = \"accept\" in the thresholds file \
                     to confirm it"
                } else {
                    ""
                }
            ),
            ReasonKind::Versions { baseline, run } => {
                format!("The baseline was made with version {baseline} of the tool, the run with {run}.")
            }
            ReasonKind::Percentiles { baseline, run } => format!(
                "Percentiles are defined differently. Baseline: {}. Run: {}. Differences of 1 to 3 % may come from that.",
                baseline.text(),
                run.text()
            ),
            ReasonKind::Users { baseline, run } => format!(
                "The baseline had {} {}, the run {}. A change may come from the load.",
                count(*baseline),
                if *baseline == 1 { "user" } else { "users" },
                count(*run)
            ),
            ReasonKind::Durations { baseline_s, run_s } => format!(
                "The baseline took {}, the run {}.",
                number::duration_s(*baseline_s),
                number::duration_s(*run_s)
            ),
            ReasonKind::Sizes { baseline, run } => format!(
                "The baseline has {} requests, the run {}. They differ by more than a factor of 3.",
                count(*baseline),
                count(*run)
            ),
            ReasonKind::Endpoints { baseline_pct, run_pct } => format!(
                "{} of the baseline's requests and {} of the run's went to endpoints that the other does not have. Compare \
                 the endpoints, not the totals.",
                number::percent(*baseline_pct),
                number::percent(*run_pct)
            ),
            ReasonKind::Mix { moved_pct, example, baseline_pct, run_pct } => format!(
                "The mix of endpoints differs by {} of requests. {example} has {} of the baseline's requests and {} of the \
                 run's.",
                number::percent(*moved_pct),
                number::percent(*baseline_pct),
                number::percent(*run_pct)
            ),
            ReasonKind::Warmups { baseline_s, run_s } => format!(
                "The baseline took {} to reach its load, the run {}. Warm-up requests weigh more on one side.",
                number::duration_s(f64::from(*baseline_s)),
                number::duration_s(f64::from(*run_s))
            ),
            ReasonKind::WarmupOfOne { side, seconds } => {
                let (side, other) = match side {
                    Which::Baseline => ("baseline", "run"),
                    Which::Run => ("run", "baseline"),
                };
                format!(
                    "The first {} of the {side} are left out as warm-up. The {other} could not be cut: its figures include \
                     its start.",
                    number::duration_s(f64::from(*seconds))
                )
            }
        }
    }

    /// The difference and, if equality is required, the next step.
    #[must_use]
    pub fn text(&self) -> String {
        let fact = self.fact();
        if self.required {
            format!("{fact} Set require_same = [] in the thresholds file to compare them all the same.")
        } else {
            fact
        }
    }
}

/// The periods of both runs with the same number of users.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EqualLoad {
    /// Users, on both sides.
    pub users: u64,
    /// Periods of the baseline.
    pub baseline: Period,
    /// Periods of the run.
    pub run: Period,
}

/// Intervals of one run with the same number of users.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Period {
    /// Start and end in seconds since the run's start, in order, with neighbours joined.
    pub spans_s: Vec<(i64, i64)>,
    /// Total seconds.
    pub seconds: u64,
    /// Requests that ended in them.
    pub requests: u64,
}

/// The numbers of users that both runs had, largest first, each with its intervals. Empty if a timeline is missing or
/// has no users, or without a common number. An interval counts if the users were the same at its start and end, which
/// excludes ramps.
#[must_use]
pub fn equal_loads(baseline: &Run, run: &Run) -> Vec<EqualLoad> {
    let periods = |run: &Run| run.timeline.as_ref().map(periods).unwrap_or_default();
    let (baseline, mut run) = (periods(baseline), periods(run));
    let shared = baseline.into_iter().rev();
    shared.filter_map(|(users, baseline)| Some(EqualLoad { users, baseline, run: run.remove(&users)? })).collect()
}

fn periods(timeline: &Timeline) -> BTreeMap<u64, Period> {
    let mut periods: BTreeMap<u64, Period> = BTreeMap::new();
    let Some(start_s) = timeline.start_s() else { return periods };
    let mut before = None;
    for interval in &timeline.intervals {
        let steady = interval.users.filter(|users| *users > 0 && before == Some(*users));
        before = interval.users;
        let Some(users) = steady else { continue };
        let spell = periods.entry(users).or_default();
        let to = interval.end_s.saturating_sub(start_s);
        let from = to.saturating_sub(i64::from(interval.length_s));
        match spell.spans_s.last_mut() {
            Some((_, end)) if *end == from => *end = to,
            _ => spell.spans_s.push((from, to)),
        }
        spell.seconds = spell.seconds.saturating_add(u64::from(interval.length_s));
        spell.requests = spell.requests.saturating_add(interval.requests);
    }
    periods
}
