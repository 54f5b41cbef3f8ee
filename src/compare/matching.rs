//! Pairs endpoints by method and name, and rows with services by the policy. Endpoints on one side only are kept.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use super::Scope;
use super::account::{Excluded, SideAccount};
use super::check;
use crate::policy::{Aggregate, Match, MissingIs, Policy, UnmappedIs};
use crate::run::merge::sum_endpoints;
use crate::run::{ALL_REQUESTS, Endpoint, Run, TOTAL};

/// A service on one side only that the profile does not judge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnlyOn {
    /// The service.
    pub service: String,
    /// Whether it is in the baseline (else in the run).
    pub in_baseline: bool,
}

/// The same subject on both sides, or on one.
pub(super) struct Pair {
    pub scope: Scope,
    pub service: Option<String>,
    pub method: Option<String>,
    pub name: String,
    pub baseline: Option<Endpoint>,
    pub run: Option<Endpoint>,
}

pub(super) struct Matched {
    pub pairs: Vec<Pair>,
    pub baseline_account: SideAccount,
    pub run_account: SideAccount,
    pub excluded_services: Vec<OnlyOn>,
    /// Set if the file of one side names no endpoints, so that only the totals are paired.
    pub unnamed: Option<Unnamed>,
}

/// A side whose file names no endpoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unnamed {
    pub in_baseline: bool,
}

/// An endpoint with its service.
type WithService = (Option<String>, Endpoint);

/// One side's endpoints, grouped as they will be judged.
#[derive(Default)]
struct SideEndpoints {
    /// Sorted by [`Endpoint::key`].
    endpoints: Vec<WithService>,
    services: BTreeMap<String, Endpoint>,
    account: SideAccount,
}

pub(super) fn pair(baseline: &Run, run: &Run, policy: &Policy, matched: &Services) -> Matched {
    let (mut base, mut run_side) = (side(baseline, policy, matched), side(run, policy, matched));
    let mut pairs = Vec::new();
    let mut excluded_services = Vec::new();
    let judges_total = policy.compare.unmapped == UnmappedIs::Judge;
    // A total on one side only is not a new or missing endpoint.
    if judges_total && baseline.total.is_some() && run.total.is_some() {
        pairs.push(Pair {
            scope: Scope::Total,
            service: None,
            method: None,
            name: TOTAL.into(),
            baseline: baseline.total.clone(),
            run: run.total.clone(),
        });
    }
    for service in services(policy).into_iter().map(str::to_owned) {
        let (b, r) = (base.services.remove(&service), run_side.services.remove(&service));
        if b.is_none() && r.is_none() {
            continue;
        }
        // The scripts never mention a service on one side only. Their profile judges it as they did, with a note.
        if policy.compare.missing == MissingIs::Zero && (b.is_none() || r.is_none()) {
            excluded_services.push(OnlyOn { service: service.clone(), in_baseline: b.is_some() });
        }
        pairs.push(Pair {
            scope: Scope::Service,
            service: Some(service.clone()),
            method: None,
            name: service,
            baseline: b,
            run: r,
        });
    }
    take_labels_apart(&mut base.endpoints, &run_side.endpoints);
    take_labels_apart(&mut run_side.endpoints, &base.endpoints);
    let has_total = pairs.first().is_some_and(|pair| pair.scope == Scope::Total);
    let unnamed = unnamed(baseline, run).filter(|_| has_total && policy.compare.missing != MissingIs::Zero);
    let from = pairs.len();
    join(base.endpoints, run_side.endpoints, &mut pairs);
    if policy.compare.missing != MissingIs::Zero {
        pairs.iter_mut().skip(from).for_each(without_requests);
    }
    if unnamed.is_some() {
        let mut alone = (Vec::new(), Vec::new());
        pairs.retain(|pair| {
            match (pair.scope, &pair.baseline, &pair.run) {
                (Scope::Endpoint, Some(endpoint), None) => alone.0.push(endpoint.label()),
                (Scope::Endpoint, None, Some(endpoint)) => alone.1.push(endpoint.label()),
                _ => return true,
            }
            false
        });
        base.account.leave_out("the other file names no endpoints:", alone.0);
        run_side.account.leave_out("the other file names no endpoints:", alone.1);
    }
    Matched { pairs, baseline_account: base.account, run_account: run_side.account, excluded_services, unnamed }
}

/// An endpoint with requests in the run but no responses is missing, not faster.
fn without_requests(pair: &mut Pair) {
    let requests = |e: &Option<Endpoint>| e.as_ref().and_then(|e| e.requests);
    if requests(&pair.baseline) > Some(0) && requests(&pair.run) == Some(0) {
        pair.run = None;
    }
}

/// The only side, if any, whose file names no endpoints: it has all requests in one row, or overlapping parts of them.
fn unnamed(baseline: &Run, run: &Run) -> Option<Unnamed> {
    let names_none = |run: &Run| {
        !run.endpoints.is_empty()
            && (run.endpoints.iter().all(|e| e.name == ALL_REQUESTS) || check::notes(run, &["rows-overlap"]))
    };
    match (names_none(baseline), names_none(run)) {
        (true, false) => Some(Unnamed { in_baseline: true }),
        (false, true) => Some(Unnamed { in_baseline: false }),
        _ => None,
    }
}

/// Merges two sorted lists: the same method and name form a pair, others stay alone.
fn join(baseline: Vec<WithService>, run: Vec<WithService>, pairs: &mut Vec<Pair>) {
    let (mut baseline, mut run) = (baseline.into_iter().peekable(), run.into_iter().peekable());
    loop {
        let order = match (baseline.peek(), run.peek()) {
            (Some((_, b)), Some((_, r))) => b.key().cmp(&r.key()),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => break,
        };
        let b = if order.is_le() { baseline.next() } else { None };
        let r = if order.is_ge() { run.next() } else { None };
        let Some((service, endpoint)) = r.as_ref().or(b.as_ref()) else { break };
        pairs.push(Pair {
            scope: Scope::Endpoint,
            service: service.clone(),
            method: endpoint.method.clone(),
            name: endpoint.name.clone(),
            baseline: b.map(|(_, e)| e),
            run: r.map(|(_, e)| e),
        });
    }
}

/// Normalised metrics name an endpoint by its label, `POST /v1/chat`, without a method: if only the other side has that
/// method and name, it is the same endpoint.
fn take_labels_apart(side: &mut [WithService], other: &[WithService]) {
    let has =
        |list: &[WithService], key: (&str, Option<&str>)| list.binary_search_by(|(_, e)| e.key().cmp(&key)).is_ok();
    if side.iter().all(|(_, e)| e.method.is_some()) {
        return;
    }
    let apart = other.iter().filter(|(_, e)| e.method.is_some() && !has(side, e.key()));
    let apart = crate::order::map(apart.map(|served| (served.1.label(), served)));
    for (service, endpoint) in side.iter_mut() {
        if endpoint.method.is_none()
            && !has(other, endpoint.key())
            && let Some((theirs, named)) = apart.get(&endpoint.name)
        {
            service.clone_from(theirs);
            endpoint.method.clone_from(&named.method);
            endpoint.name.clone_from(&named.name);
        }
    }
    crate::order::sort_by(side, |a, b| a.1.key().cmp(&b.1.key()));
}

/// One run's endpoints as they are judged: services, then single endpoints.
pub(super) fn one_side(run: &Run, policy: &Policy) -> (Vec<Endpoint>, SideAccount) {
    let mut side = side(run, policy, &Services::all([run], policy));
    let mut judged: Vec<Endpoint> = services(policy).iter().filter_map(|s| side.services.remove(*s)).collect();
    judged.extend(side.endpoints.into_iter().map(|(_, endpoint)| endpoint));
    (judged, side.account)
}

/// The services in the order of the policy.
fn services(policy: &Policy) -> Vec<&str> {
    let mut seen = BTreeSet::new();
    policy.matches.iter().map(|m| m.service.as_str()).filter(|service| seen.insert(*service)).collect()
}

/// The first match in the policy for each endpoint. Names are matched once for both sides, since many long patterns are
/// slow.
pub(super) struct Services {
    /// By name, for each method.
    found: BTreeMap<String, Vec<MethodMatch>>,
    /// Whether any endpoint meets the match, by its index in the policy.
    met: Vec<bool>,
}

/// A method, and the index of the first match.
type MethodMatch = (Option<String>, Option<usize>);

impl Services {
    /// Matches every endpoint of the runs.
    pub(super) fn all<'r>(runs: impl IntoIterator<Item = &'r Run>, policy: &Policy) -> Self {
        let keys = runs.into_iter().flat_map(|run| &run.endpoints).map(|e| (&e.name, &e.method));
        let mut services = Self { found: BTreeMap::new(), met: vec![false; policy.matches.len()] };
        for (name, method) in crate::order::set(keys) {
            let mut first = None;
            for (index, (candidate, met)) in policy.matches.iter().zip(&mut services.met).enumerate() {
                if (first.is_none() || !*met) && candidate.matches(method.as_deref(), name) {
                    first = first.or(Some(index));
                    *met = true;
                }
            }
            services.found.entry(name.clone()).or_default().push((method.clone(), first));
        }
        services
    }

    /// Whether an endpoint of the runs meets a match, at any position in the policy.
    pub(super) fn meets(&self, index: usize) -> bool {
        self.met.get(index).copied().unwrap_or(false)
    }

    /// Index of the first match for the endpoint.
    pub(super) fn first(&self, endpoint: &Endpoint) -> Option<usize> {
        let named = self.found.get(&endpoint.name)?;
        named.iter().find(|(method, _)| *method == endpoint.method)?.1
    }
}

/// The match for an endpoint's service. Services named in a file (normalised metrics) take precedence: its
/// `api_gateway` is that service, whatever the names of its endpoints.
fn service_for<'p>(policy: &'p Policy, services: &Services, endpoint: &Endpoint) -> Option<&'p Match> {
    let stated = endpoint.service.as_deref();
    let named = stated.and_then(|stated| policy.matches.iter().find(|m| m.service == stated));
    named.or_else(|| policy.matches.get(services.first(endpoint)?))
}

fn side(run: &Run, policy: &Policy, services: &Services) -> SideEndpoints {
    let mut side = SideEndpoints::default();
    let mut pooled: BTreeMap<String, Vec<&Endpoint>> = BTreeMap::new();
    let mut unmapped: Vec<String> = Vec::new();
    for endpoint in &run.endpoints {
        let found = service_for(policy, services, endpoint);
        let service = found.map(|m| m.service.clone()).or_else(|| endpoint.service.clone());
        match (found.map(|m| m.aggregate), service) {
            (Some(Aggregate::PooledCounts | Aggregate::ReportedAggregate), Some(service)) => {
                pooled.entry(service).or_default().push(endpoint);
            }
            (None, _) if policy.compare.unmapped == UnmappedIs::Exclude => unmapped.push(endpoint.label()),
            (_, service) => {
                side.endpoints.push((service, endpoint.clone()));
                side.account.shown += 1;
            }
        }
    }
    for (service, members) in pooled {
        side.account.pooled += members.len() as u64;
        let reported =
            policy.matches.iter().any(|m| m.service == service && m.aggregate == Aggregate::ReportedAggregate);
        // The tool's own total applies to a service with every endpoint; for a part of them it would be wrong.
        let whole = reported && members.len() == run.endpoints.len();
        let sum = run.total.as_ref().filter(|_| whole).cloned().or_else(|| sum_endpoints(&service, members));
        if let Some(sum) = sum {
            side.services.insert(service.clone(), Endpoint { name: service, ..sum });
        }
    }
    if !unmapped.is_empty() {
        side.account.excluded.push(Excluded { what: "no service is named for", names: unmapped });
    }
    side
}
