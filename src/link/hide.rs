//! Replaces names by short hashes, for recipients who may see results but not names.

use std::collections::BTreeMap;

use super::Unshareable;
use super::notes::texts_in;
use crate::compare::{Comparison, Row, Scope, compare};
use crate::policy::{Match, Pattern, Patterns, Policy, Rule};
use crate::run::{Endpoint, Run};

/// The same comparison with endpoints named like `endpoint-3f9a51`. Methods and names of services stay; failures,
/// exceptions and the texts of notes are removed, since they quote names.
pub(super) fn names(comparison: &Comparison) -> Result<Comparison, Unshareable> {
    let names = aliases([&comparison.baseline, &comparison.run]);
    let hidden = |run: &Run| {
        let mut run = run.clone();
        for e in &mut run.endpoints {
            if let Some(alias) = names.get(&e.name) {
                e.name.clone_from(alias);
            }
        }
        crate::order::sort_by(&mut run.endpoints, |a, b| a.key().cmp(&b.key()));
        run.failures.clear();
        run.exceptions.clear();
        for text in run.notes.iter_mut().flat_map(texts_in) {
            *text = "(hidden with the names)".to_owned();
        }
        run
    };
    let policy = policy(comparison, &names)?;
    let judged = compare(hidden(&comparison.baseline), hidden(&comparison.run), policy);
    if same_verdicts(comparison, &judged, &names) { Ok(judged) } else { Err(Unshareable::NamesDecide) }
}

/// Replacements of names: the fewest hexadecimal digits, at least six, that are unique.
fn aliases(runs: [&Run; 2]) -> BTreeMap<String, String> {
    let names: Vec<&str> = {
        let mut names: Vec<_> = runs.into_iter().flat_map(|r| &r.endpoints).map(|e| e.name.as_str()).collect();
        crate::order::sort(&mut names);
        names.dedup();
        names
    };
    let all = |digits: usize| -> BTreeMap<String, String> {
        let alias = |name: &str| {
            let hash = format!("{:016x}", fnv(name));
            format!("endpoint-{}", hash.get(..digits).unwrap_or_default())
        };
        crate::order::map(names.iter().map(|n| ((*n).to_owned(), alias(n))))
    };
    let apart = |aliases: &BTreeMap<String, String>| {
        let mut seen: Vec<&String> = aliases.values().collect();
        crate::order::sort(&mut seen);
        seen.windows(2).all(|pair| pair.first() != pair.last())
    };
    let found = [6, 8, 12, 16].into_iter().map(all).find(apart);
    let numbered = || names.iter().enumerate().map(|(i, n)| ((*n).to_owned(), format!("endpoint-{i}")));
    found.unwrap_or_else(|| crate::order::map(numbered()))
}

/// FNV-1a with final mixing, so that the first digits of similar names differ.
fn fnv(text: &str) -> u64 {
    let hash = crate::fnv::fnv1a(text.bytes());
    let hash = (hash ^ hash >> 32).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    hash ^ hash >> 29
}

/// Name of the total in rules.
const TOTAL: &str = "Total";

/// The policy, with patterns on names replaced by the hashes of the matching names.
fn policy(comparison: &Comparison, names: &BTreeMap<String, String>) -> Result<Policy, Unshareable> {
    let mut policy = comparison.policy.clone();
    let refused = |_| Unshareable::NamesDecide;
    let endpoints = || [&comparison.baseline, &comparison.run].into_iter().flat_map(|r| &r.endpoints);
    let chosen = |m: &Match| -> Result<Patterns, Unshareable> {
        let mut aliases: Vec<&String> = endpoints()
            .filter(|e: &&Endpoint| m.matches(e.method.as_deref(), &e.name))
            .filter_map(|e| names.get(&e.name))
            .collect();
        crate::order::sort(&mut aliases);
        aliases.dedup();
        aliases.into_iter().map(|a| Pattern::new(a).map_err(refused)).collect()
    };
    let mut matches = Vec::new();
    for found in &comparison.policy.matches {
        let name = chosen(found)?;
        // A match without endpoints keeps its position, for a file that names its services.
        let name = if name.is_empty() { vec![Pattern::new("endpoint-none").map_err(refused)?].into() } else { name };
        matches.push(Match { name, ..found.clone() });
    }
    policy.matches = matches;
    let mut rules = Vec::new();
    let mut places = Vec::new();
    for rule in &comparison.policy.rules {
        places.push(rules.len());
        let Some(name) = &rule.name else {
            rules.push(rule.clone());
            continue;
        };
        // The total keeps its name.
        if name.matches(TOTAL) {
            rules.push(Rule { name: Some(Pattern::new(TOTAL).map_err(refused)?), ..rule.clone() });
        }
        let meant: Vec<&String> = names.iter().filter(|(n, _)| name.matches(n)).map(|(_, alias)| alias).collect();
        for alias in meant {
            let mut rule = rule.clone();
            rule.name = Some(Pattern::new(alias).map_err(refused)?);
            rules.push(rule);
        }
    }
    policy.rules = rules;
    for question in &mut policy.questions {
        question.rule = places.get(question.rule).copied().unwrap_or(0);
    }
    // An acknowledgement's reason may contain a name, and one for a named endpoint would reveal it.
    policy.acks.retain(|ack| ack.name.is_none());
    policy.acks.iter_mut().for_each(|ack| "(hidden with the names)".clone_into(&mut ack.reason));
    Ok(policy)
}

/// Whether every row of one comparison has its verdict in the other.
fn same_verdicts(a: &Comparison, b: &Comparison, names: &BTreeMap<String, String>) -> bool {
    let whole = |c: &Comparison| (c.word, c.gate, c.counts, c.subjects.len());
    let judged = |rows: &[Row]| -> Vec<_> { rows.iter().map(|r| (r.metric.clone(), r.verdict, r.reason)).collect() };
    let mut there: BTreeMap<_, _> = BTreeMap::new();
    for s in &b.subjects {
        there.insert((s.scope, s.name.as_str(), s.method.as_deref()), &s.rows);
    }
    whole(a) == whole(b)
        && a.subjects.iter().all(|s| {
            let name = match s.scope {
                Scope::Endpoint => names.get(&s.name).map_or("", String::as_str),
                Scope::Total | Scope::Service => s.name.as_str(),
            };
            let other = there.get(&(s.scope, name, s.method.as_deref()));
            other.is_some_and(|rows| judged(rows) == judged(&s.rows))
        })
}
