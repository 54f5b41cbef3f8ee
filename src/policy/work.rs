//! Upper bound of the time for matching, known before judging.

use std::fmt;

use super::Policy;
use super::error::quote;
use super::pattern::Pattern;
use crate::number;

/// Maximum steps for matching the names of two runs with the patterns of a policy. A step takes up to 0.5 ns in native
/// code, and two to three times as long in a browser.
pub const MOST_STEPS: u64 = 2_000_000_000;

/// Steps for one rule and one endpoint, without its patterns.
const RULE_STEPS: u64 = 8;

/// Matching the patterns of a policy with the names of two runs would take too long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TooMuchMatching {
    /// Patterns and rules of the policy.
    pub patterns: usize,
    /// Distinct names of endpoints.
    pub endpoints: usize,
    /// Total bytes of these.
    pub bytes: u64,
    /// Maximum steps.
    pub most_steps: u64,
    /// The most expensive pattern.
    pub costliest: Option<String>,
}

impl fmt::Display for TooMuchMatching {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { patterns, endpoints, bytes, most_steps, costliest } = self;
        write!(
            f,
            "matching {} patterns and rules with {} endpoint names of {} would take more than {} steps, which is the \
             limit",
            number::count(*patterns as u64),
            number::count(*endpoints as u64),
            number::bytes(*bytes),
            number::count(*most_steps)
        )?;
        if let Some(costliest) = costliest {
            write!(f, ". The pattern with the most steps is {}", quote(costliest))?;
        }
        f.write_str(". Use fewer or shorter patterns, and globs such as \"/v1/*\" instead of regular expressions")
    }
}

impl std::error::Error for TooMuchMatching {}

impl Policy {
    /// Checks that the policy can be matched with these names and services within `most_steps`.
    ///
    /// # Errors
    ///
    /// [`TooMuchMatching`], after at most `most_steps` steps.
    pub fn check_matching(&self, names: &[&str], services: &[&str], most_steps: u64) -> Result<(), TooMuchMatching> {
        let bytes: u64 = names.iter().map(|name| name.len() as u64 + 1).sum();
        let endpoints = names.len() as u64;
        let services: Vec<&str> =
            self.matches.iter().map(|m| m.service.as_str()).chain(services.iter().copied()).chain([""]).collect();
        let mut count = Count { left: most_steps, costliest: None };
        count.add(None, self.rules.len() as u64 * endpoints * RULE_STEPS);
        let matches = self.matches.iter().flat_map(|m| m.name.others());
        let rules = self.rules.iter().filter_map(|rule| rule.name.as_ref());
        let acks = self.acks.iter().filter_map(|ack| ack.name.as_ref());
        for pattern in matches.chain(rules).chain(acks) {
            match pattern.steps_for_byte() {
                Some(steps) => count.add(Some(pattern), bytes.saturating_mul(steps)),
                None => {
                    for name in names {
                        if count.left == 0 {
                            break;
                        }
                        count.add(Some(pattern), pattern.steps(name));
                    }
                }
            }
            if count.left == 0 {
                break;
            }
        }
        let of_services = self.rules.iter().map(|rule| &rule.service).chain(self.acks.iter().map(|ack| &ack.service));
        for pattern in of_services.filter(|pattern| pattern.steps_for_byte() != Some(0)) {
            if count.left == 0 {
                break;
            }
            let most = services.iter().map(|service| pattern.steps(service)).max().unwrap_or(0);
            count.add(Some(pattern), endpoints.saturating_mul(most));
        }
        if count.left > 0 {
            return Ok(());
        }
        let patterns = self.matches.iter().map(|m| m.name.len()).sum::<usize>() + self.rules.len() + self.acks.len();
        let costliest = count.costliest.map(|(_, pattern)| pattern.as_str().to_owned());
        Err(TooMuchMatching { patterns, endpoints: names.len(), bytes, most_steps, costliest })
    }
}

struct Count<'p> {
    left: u64,
    costliest: Option<(u64, &'p Pattern)>,
}

impl<'p> Count<'p> {
    fn add(&mut self, pattern: Option<&'p Pattern>, steps: u64) {
        self.left = self.left.saturating_sub(steps);
        if let Some(pattern) = pattern
            && self.costliest.is_none_or(|(most, _)| steps > most)
        {
            self.costliest = Some((steps, pattern));
        }
    }
}
