//! Compares two runs by a policy: at once, step by step, or again with another policy.

use super::{
    Account, Checks, Comparability, Comparison, Counts, Lost, PairNote, Seen, Subject, Warmup, acknowledged, check,
    comparable, evidence, judge, lost, matching, note, overall, paths, warmup,
};
use crate::policy::{MissingIs, Policy, TooMuchMatching};
use crate::run::repeats::{note_noise, typical};
use crate::run::{Endpoint, Run};

/// Compares two runs.
#[must_use]
pub fn compare(baseline: Run, run: Run, policy: Policy) -> Comparison {
    Comparing::new(baseline, run, policy).finish()
}

/// Compares several runs of the same test per side: with two or more, the run is the unit. `earlier` are older runs of
/// the baseline's program, which give the noise between runs; at least
/// [`FEWEST_EARLIER`](crate::run::repeats::FEWEST_EARLIER) are needed. `None` if a side has no run.
#[must_use]
pub fn compare_sides(mut baseline: Vec<Run>, mut run: Vec<Run>, earlier: &[Run], policy: Policy) -> Option<Comparison> {
    let mut all: Vec<&mut Run> = baseline.iter_mut().chain(&mut run).collect();
    warmup::leave_out(&mut all, &policy.compare.warmup);
    let mut baseline = typical(baseline)?;
    note_noise(&mut baseline, earlier.iter().collect());
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

/// A comparison in steps, for callers that must stay responsive: a page that judges 10,000 endpoints.
pub struct Comparing {
    baseline: Run,
    run: Run,
    policy: Policy,
    precisions: evidence::Precisions,
    chance: judge::AbsenceChance,
    services: matching::Services,
    is_matched: bool,
    pairs: std::vec::IntoIter<matching::Pair>,
    subjects: Vec<Subject>,
    used_rules: Vec<bool>,
    one_sided: Vec<matching::OnlyOn>,
    unnamed: Option<matching::Unnamed>,
    accounts: (Account, Account),
    checked: Option<(check::Mix, Checks)>,
    settled: Option<(Warmup, Comparability)>,
}

impl Comparing {
    /// Starts a comparison without matching or judging anything.
    #[must_use]
    pub fn new(mut baseline: Run, mut run: Run, policy: Policy) -> Self {
        warmup::leave_out(&mut [&mut baseline, &mut run], &policy.compare.warmup);
        paths::align(&mut baseline, &run, &policy);
        Self {
            precisions: evidence::Precisions::of(&baseline, &run, &policy.compare.warmup),
            chance: judge::AbsenceChance::of(&baseline, &run),
            services: matching::Services::new([&baseline, &run], &policy),
            is_matched: false,
            subjects: Vec::new(),
            pairs: Vec::new().into_iter(),
            used_rules: vec![false; policy.rules.len()],
            one_sided: Vec::new(),
            unnamed: None,
            accounts: Default::default(),
            checked: None,
            settled: None,
            baseline,
            run,
            policy,
        }
    }

    /// Matches more names. When done, pairs the endpoints.
    fn match_names(&mut self) {
        if self.services.step(&self.policy) {
            return;
        }
        let matched = matching::pair(&self.baseline, &self.run, &self.policy, &self.services);
        self.subjects.reserve(matched.pairs.len());
        self.pairs = matched.pairs.into_iter();
        self.one_sided = matched.excluded_services;
        self.unnamed = matched.unnamed;
        self.accounts =
            (Account::of(&self.baseline, matched.baseline_account), Account::of(&self.run, matched.run_account));
        self.is_matched = true;
    }

    /// Does the next step: matches some names, judges up to `pairs` more pairs, checks the files, or settles the evidence.
    /// Returns whether there is more to do.
    pub fn step(&mut self, pairs: usize) -> bool {
        if !self.is_matched {
            self.match_names();
            return true;
        }
        if self.pairs.len() == 0 {
            let more = self.checked.is_none();
            if more {
                self.checked = Some(check(&self.baseline, &self.run));
            } else if self.settled.is_none() {
                self.settled =
                    Some(settle(&self.baseline, &self.run, &self.policy, &mut self.subjects, self.precisions.short));
            }
            return more;
        }
        let mut judge = judge::Judge::new(&self.policy, self.chance);
        judge.used = std::mem::take(&mut self.used_rules);
        let judged = self.pairs.by_ref().take(pairs).map(|pair| judge.judge(pair, &self.precisions));
        self.subjects.extend(judged);
        self.used_rules = judge.used;
        true
    }

    /// Number of pairs; 0 before the endpoints are matched.
    #[must_use]
    pub fn pairs(&self) -> usize {
        self.subjects.len() + self.pairs.len()
    }

    /// Whether all pairs are judged.
    #[must_use]
    pub fn is_judged(&self) -> bool {
        self.is_matched && self.pairs.len() == 0
    }

    /// Does the remaining steps and concludes.
    #[must_use]
    pub fn finish(mut self) -> Comparison {
        while self.step(usize::MAX) {}
        let Self {
            baseline,
            run,
            policy,
            precisions,
            mut subjects,
            used_rules,
            one_sided,
            unnamed,
            accounts,
            checked,
            settled,
            services,
            ..
        } = self;
        let (mix, checks) = checked.unwrap_or_else(|| check(&baseline, &run));
        let (warmup, comparability) =
            settled.unwrap_or_else(|| settle(&baseline, &run, &policy, &mut subjects, precisions.short));
        let (baseline_account, run_account) = accounts;
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
        let mut notes =
            note::notes(&baseline, &run, &policy, (&services, &used_rules), (one_sided, unnamed), &subjects);
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
    let Comparison { baseline, run, subjects, baseline_account, run_account, notes, .. } = comparison;
    if !only_limits {
        return compare(baseline, run, policy);
    }
    let chance = judge::AbsenceChance::of(&baseline, &run);
    let mut judge = judge::Judge::new(&policy, chance);
    let precisions = evidence::Precisions::of(&baseline, &run, &policy.compare.warmup);
    let subjects: Vec<Subject> = subjects.into_iter().map(|subject| judge.judge_again(subject, &precisions)).collect();
    let used_rules = std::mem::take(&mut judge.used);
    let one_sided = notes.iter().filter_map(PairNote::one_sided).collect();
    let unnamed = notes.iter().find_map(PairNote::unnamed);
    let accounts = (baseline_account, run_account);
    let pairs = Vec::new().into_iter();
    let (checked, settled) = (None, None);
    let services = matching::Services::all([&baseline, &run], &policy);
    Comparing {
        services,
        is_matched: true,
        baseline,
        run,
        policy,
        precisions,
        chance,
        pairs,
        subjects,
        used_rules,
        one_sided,
        unnamed,
        accounts,
        checked,
        settled,
    }
    .finish()
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

/// Checks the files and the mix of requests.
fn check(baseline: &Run, run: &Run) -> (check::Mix, Checks) {
    let mix = check::mix(baseline, run);
    let checks = check::of_pair(baseline, run, &mix);
    (mix, checks)
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
