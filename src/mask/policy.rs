//! The thresholds for masked names: a pattern that would tell a name, or would select others, becomes the list of what
//! it selects.

use super::aliases::Aliases;
use super::{Kind, NamesDecide, text};
use crate::compare::Comparison;
use crate::policy::{Ack, Match, Pattern, Policy, Rule};
use crate::run::TOTAL;

/// Said in place of a text that may hold a name.
pub(super) const HIDDEN: &str = "(hidden with the names)";

/// What replaces the names in a policy.
pub(super) struct Replaced<'a> {
    pub names: &'a Aliases,
    pub services: &'a Aliases,
    pub methods: &'a Aliases,
    pub hashed: bool,
}

/// The patterns that select after the change what one selected before; `None` if it can stay.
fn replaced(pattern: &Pattern, aliases: &Aliases, hashed: bool) -> Result<Option<Vec<Pattern>>, NamesDecide> {
    let of = |text: &str| Pattern::new(text).map_err(|_| NamesDecide);
    let stays = !hashed && text(pattern.as_str(), Kind::Name) == pattern.as_str();
    if stays && aliases.iter().all(|(name, alias)| name == alias || pattern.matches(name) == pattern.matches(alias)) {
        return Ok(None);
    }
    let mut selected: Vec<&str> = aliases.iter().filter(|(name, _)| pattern.matches(name)).map(|(_, a)| a).collect();
    crate::order::sort(&mut selected);
    selected.dedup();
    selected.into_iter().map(of).collect::<Result<Vec<_>, _>>().map(Some)
}

/// The policy for the changed names.
pub(super) fn policy(c: &Comparison, by: &Replaced<'_>) -> Result<Policy, NamesDecide> {
    let mut policy = c.policy.clone();
    let of = |text: &str| Pattern::new(text).map_err(|_| NamesDecide);
    policy.name = text(&policy.name, Kind::File).into_owned();
    policy.matches = c.policy.matches.iter().map(|found| matched(c, found, by)).collect::<Result<_, _>>()?;
    let (mut rules, mut places) = (Vec::new(), Vec::new());
    for rule in &c.policy.rules {
        places.push(rules.len());
        let services = replaced(&rule.service, by.services, false)?.unwrap_or_else(|| vec![rule.service.clone()]);
        let names: Vec<Option<Pattern>> = match &rule.name {
            None => vec![None],
            Some(name) => match replaced(name, by.names, by.hashed)? {
                None => vec![Some(name.clone())],
                Some(names) => {
                    // The total keeps its name.
                    let total = if name.matches(TOTAL) { Some(Some(of(TOTAL)?)) } else { None };
                    total.into_iter().chain(names.into_iter().map(Some)).collect()
                }
            },
        };
        for service in &services {
            for name in &names {
                let method = rule.method.as_deref().map(|method| self::method(by, method));
                rules.push(Rule { service: service.clone(), name: name.clone(), method, ..rule.clone() });
            }
        }
    }
    policy.rules = rules;
    for question in &mut policy.questions {
        question.rule = places.get(question.rule).copied().unwrap_or(0);
    }
    let mut acks = Vec::new();
    for ack in &c.policy.acks {
        // One for a named endpoint would reveal it.
        if by.hashed && ack.name.is_some() {
            continue;
        }
        let reason = if by.hashed { HIDDEN.to_owned() } else { text(&ack.reason, Kind::Message).into_owned() };
        let services = replaced(&ack.service, by.services, false)?.unwrap_or_else(|| vec![ack.service.clone()]);
        let names = match &ack.name {
            None => vec![None],
            Some(name) => {
                let names = replaced(name, by.names, false)?.unwrap_or_else(|| vec![name.clone()]);
                names.into_iter().map(Some).collect()
            }
        };
        for service in &services {
            for name in &names {
                acks.push(Ack { service: service.clone(), name: name.clone(), reason: reason.clone(), ..ack.clone() });
            }
        }
    }
    policy.acks = acks;
    Ok(policy)
}

/// The method in a rule, which may be written in another case.
fn method(by: &Replaced<'_>, method: &str) -> String {
    let alias = by.methods.iter().find(|(name, alias)| name != alias && name.eq_ignore_ascii_case(method));
    alias.map_or_else(|| text(method, Kind::Name).into_owned(), |(_, alias)| alias.to_owned())
}

fn matched(c: &Comparison, found: &Match, by: &Replaced<'_>) -> Result<Match, NamesDecide> {
    let service = by.services.get(&found.service).to_owned();
    let method = found.method.as_deref().map(|method| self::method(by, method));
    let tells = |pattern: &Pattern| by.hashed || text(pattern.as_str(), Kind::Name) != pattern.as_str();
    let selects_others = || by.names.iter().any(|(n, a)| n != a && found.name.matches(n) != found.name.matches(a));
    if !found.name.iter().any(tells) && !selects_others() {
        return Ok(Match { service, method, ..found.clone() });
    }
    let endpoints = [&c.baseline, &c.run].into_iter().flat_map(|run| &run.endpoints);
    let selected = endpoints.filter(|e| found.matches(e.method.as_deref(), &e.name)).map(|e| by.names.get(&e.name));
    let mut names: Vec<&str> = selected.collect();
    crate::order::sort(&mut names);
    names.dedup();
    if names.is_empty() {
        // A match without endpoints keeps its position, for a file that names its services.
        names.push("endpoint-none");
    }
    let names = names.into_iter().map(|name| Pattern::new(name).map_err(|_| NamesDecide));
    Ok(Match { service, method, name: names.collect::<Result<_, _>>()?, ..found.clone() })
}
