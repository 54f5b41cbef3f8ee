//! Compares two runs by a policy, or again with another policy.

use super::{
    Account, Checks, Comparability, Comparison, Counts, Lost, PairNote, Seen, Stages, Subject, Warmup, acknowledged,
    check, comparable, evidence, judge, lost, matching, note, overall, paths, warmup,
};
use crate::policy::{MissingIs, Policy, TooMuchMatching};
use crate::run::repeats::{note_noise, typical};
use crate::run::{Endpoint, Run};

/// Compares two runs.
#[must_use]
pub fn compare(baseline: Run, run: Run, policy: Policy) -> Comparison {
    Judged::of(baseline, run, policy).conclude()
}

/// Compares several runs of the same test per side: with two or more, the run is the unit. `earlier` are older runs of
/// the baseline's program, which give the noise between runs; at least
/// [`FEWEST_EARLIER`](crate::run::repeats::FEWEST_EARLIER) are needed. `None` if a side has no run.
#[must_use]
pub fn compare_sides(baseline: Vec<Run>, run: Vec<Run>, earlier: &[Run], policy: Policy) -> Option<Comparison> {
    compare_noted(baseline, run, |baseline| note_noise(baseline, earlier.iter().collect()), policy)
}

/// As [`compare_sides`], with the noise between runs from elsewhere: `note` stores it in the typical baseline.
#[must_use]
pub fn compare_noted(
    mut baseline: Vec<Run>,
    mut run: Vec<Run>,
    note: impl FnOnce(&mut Run),
    policy: Policy,
) -> Option<Comparison> {
    let mut all: Vec<&mut Run> = baseline.iter_mut().chain(&mut run).collect();
    warmup::leave_out(&mut all, &policy.compare.warmup);
    let mut baseline = typical(baseline)?;
    note(&mut baseline);
    Some(compare(baseline, typical(run)?, policy))
}

/// One run in the form that is judged: summed rows of services, in the order of the policy, then single endpoints by
/// name; and the account of the rows.
#[must_use]
pub fn judged(run: &Run, policy: &Policy) -> (Vec<Endpoint>, Account) {
    let (endpoints, account) = matching::one_side(run, policy);
    (endpoints, Account::of(run, account))
}

/// Checks that matching a policy's patterns with the endpoints of these runs takes at most `most_steps`, usually
/// [`policy::MOST_STEPS`](crate::policy::MOST_STEPS). Call it before comparing files from elsewhere.
///
/// # Errors
///
/// [`TooMuchMatching`], with the excess and what to change.
pub fn check_matching<'r>(
    runs: impl IntoIterator<Item = &'r Run>,
    policy: &Policy,
    most_steps: u64,
) -> Result<(), TooMuchMatching> {
    let endpoints: Vec<&Endpoint> = runs.into_iter().flat_map(|run| &run.endpoints).collect();
    let names = crate::order::set(endpoints.iter().map(|e| e.name.as_str()));
    let services = crate::order::set(endpoints.iter().filter_map(|e| e.service.as_deref()));
    let (names, services): (Vec<&str>, Vec<&str>) = (names.into_iter().collect(), services.into_iter().collect());
    policy.check_matching(&names, &services, most_steps)
}

/// Two runs whose endpoints are matched and judged one by one.
struct Judged {
    baseline: Run,
    run: Run,
    policy: Policy,
    /// Whether a run is too short for its errors to be known.
    short: bool,
    subjects: Vec<Subject>,
    used_rules: Vec<bool>,
    one_sided: Vec<matching::OnlyOn>,
    unnamed: Option<matching::Unnamed>,
    /// See [`note::of_names`].
    of_names: Vec<PairNote>,
    accounts: (Account, Account),
    mix: check::Mix,
    checks: Checks,
    stages: Option<Box<Stages>>,
}

impl Judged {
    fn of(mut baseline: Run, mut run: Run, policy: Policy) -> Self {
        warmup::leave_out(&mut [&mut baseline, &mut run], &policy.compare.warmup);
        paths::align(&mut baseline, &run, &policy);
        let precisions = evidence::Precisions::of(&baseline, &run, &policy.compare.warmup);
        let services = matching::Services::all([&baseline, &run], &policy);
        let matched = matching::pair(&baseline, &run, &policy, &services);
        let mut judge = judge::Judge::new(&policy, judge::AbsenceChance::of(&baseline, &run));
        let subjects = matched.pairs.into_iter().map(|pair| judge.judge(pair, &precisions)).collect();
        let used_rules = std::mem::take(&mut judge.used);
        let accounts = (Account::of(&baseline, matched.baseline_account), Account::of(&run, matched.run_account));
        let mix = check::mix(&baseline, &run);
        Self {
            checks: check::of_pair(&baseline, &run, &mix),
            stages: Stages::of(&baseline, &run, &policy).map(Box::new),
            short: precisions.short,
            one_sided: matched.excluded_services,
            unnamed: matched.unnamed,
            of_names: note::of_names(&baseline, &run, &policy, &services),
            mix,
            subjects,
            used_rules,
            accounts,
            baseline,
            run,
            policy,
        }
    }

    /// Settles what takes all endpoints together, and concludes.
    fn conclude(self) -> Comparison {
        let Self {
            baseline,
            run,
            policy,
            short,
            mut subjects,
            used_rules,
            one_sided,
            unnamed,
            of_names,
            accounts: (baseline_account, run_account),
            mix,
            checks,
            stages,
        } = self;
        let (warmup, comparability) = settle(&baseline, &run, &policy, &mut subjects, short);
        lost::unsettle_errors(&mut subjects, &run, &policy);
        comparability.doubt_times(&mut subjects);
        subjects.iter_mut().for_each(|subject| subject.verdict = judge::worst(subject, &policy.compare));
        let unchecked = acknowledged::acknowledge(&mut subjects, &policy, &run);
        let by_severity = overall::by_severity(&subjects);
        let counts = Counts::of(&subjects);
        let seen = Seen::of(&subjects);
        // A difference covered by the noise floor does not explain a confirmed change.
        let explained = comparability.state == comparable::State::NotComparable
            && (comparability.users_ratio().is_none() || counts.regressed == 0);
        let not_comparable = baseline.same_files(&run) || explained;
        let lost = [&baseline, &run].into_iter().any(|run| Lost::of(run).is_more_than(policy.compare.max_lost_pct));
        let overall = overall::Overall::of(&subjects, &counts, &policy, not_comparable, lost);
        let mut notes = note::notes(&baseline, &run, &policy, &used_rules, (one_sided, unnamed), of_names, &subjects);
        notes.extend(unchecked.into_iter().filter_map(|i| policy.acks.get(i)).map(|ack| PairNote::AckWithoutDay {
            metric: ack.metric.clone(),
            until: ack.until.clone().unwrap_or_default(),
        }));
        Comparison {
            worst: overall::worst(&subjects, &by_severity, policy.compare.missing),
            word: overall.word,
            gate: overall.gate,
            seen,
            subjects,
            by_severity,
            counts,
            notes,
            comparability,
            checks,
            mix,
            warmup,
            stages,
            baseline_account,
            run_account,
            baseline,
            run,
            policy,
        }
    }
}

/// Judges the same comparison by another policy, without reading the data if the policy only moves limits.
#[must_use]
pub fn judge_again(comparison: Comparison, policy: Policy) -> Comparison {
    let only_limits = only_moves_limits(&comparison.policy, &policy);
    let Comparison { baseline, run, subjects, baseline_account, run_account, notes, mix, checks, mut stages, .. } =
        comparison;
    if !only_limits {
        return compare(baseline, run, policy);
    }
    let mut judge = judge::Judge::new(&policy, judge::AbsenceChance::of(&baseline, &run));
    let precisions = evidence::Precisions::of(&baseline, &run, &policy.compare.warmup);
    let subjects: Vec<Subject> = subjects.into_iter().map(|subject| judge.judge_again(subject, &precisions)).collect();
    let used_rules = std::mem::take(&mut judge.used);
    if let Some(stages) = &mut stages {
        stages.judge(&policy);
    }
    let judged = Judged {
        short: precisions.short,
        one_sided: notes.iter().filter_map(PairNote::one_sided).collect(),
        unnamed: notes.iter().find_map(PairNote::unnamed),
        of_names: notes.into_iter().filter(PairNote::is_of_names).collect(),
        accounts: (baseline_account, run_account),
        subjects,
        used_rules,
        mix,
        checks,
        stages,
        baseline,
        run,
        policy,
    };
    judged.conclude()
}

/// Whether a comparison by one policy can be judged by the other without reading the data.
#[must_use]
pub fn only_moves_limits(before: &Policy, after: &Policy) -> bool {
    before.matches == after.matches
        && before.compare.unmapped == after.compare.unmapped
        && (before.compare.missing == MissingIs::Zero) == (after.compare.missing == MissingIs::Zero)
        && before.compare.evidence == after.compare.evidence
        && before.compare.warmup == after.compare.warmup
}

/// Determines the evidence for all judged rows together.
fn settle(
    baseline: &Run,
    run: &Run,
    policy: &Policy,
    subjects: &mut Vec<Subject>,
    short: bool,
) -> (Warmup, Comparability) {
    subjects.retain(|s| !s.rows.is_empty());
    let warmup = warmup::warmup(baseline, run, &policy.compare.warmup);
    let comparability = Comparability::of(baseline, run, policy, &warmup);
    let users = comparability.users_ratio().map_or(0.0, |ratio| libm::log(ratio).abs());
    evidence::settle(subjects, policy, evidence::Context { users, short });
    (warmup, comparability)
}
